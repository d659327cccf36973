//! The driver: batches, progress, stop, going on, and what ends a run.

use super::super::{run::Taken, *};
use super::*;

/// Takes everything, and stops or fails where told.
#[derive(Default)]
struct Recording {
    ids: Vec<String>,
    progress: Vec<Progress>,
    stop_after: Option<usize>,
    fail_after: Option<usize>,
}

#[async_trait::async_trait]
impl Sink for Recording {
    async fn events(&mut self, events: Vec<::events::NewEvent>) -> Result<Taken, SinkError> {
        if self.fail_after == Some(self.progress.len()) {
            return Err(SinkError("the disk is full".into()));
        }
        let added = events.len() as u64;
        self.ids.extend(events.into_iter().map(|event| event.message_id));
        Ok(Taken { added, ..Taken::default() })
    }
    async fn contacts(&mut self, _: Vec<ContactDraft>) -> Result<Taken, SinkError> {
        unreachable!()
    }
    async fn companies(&mut self, _: Vec<CompanyDraft>) -> Result<Taken, SinkError> {
        unreachable!()
    }
    async fn deals(&mut self, _: Vec<DealDraft>) -> Result<Taken, SinkError> {
        unreachable!()
    }
    async fn progress(&mut self, progress: &Progress) -> Result<Verdict, SinkError> {
        self.progress.push(progress.clone());
        Ok(if self.stop_after == Some(self.progress.len()) { Verdict::Stop } else { Verdict::GoOn })
    }
}

const ROWS: u64 = 9_000;

/// Every thousandth row is bad, and rows come in equal pairs.
fn text() -> String {
    let mut text = String::from("user_id,event,time\n");
    for i in 0..ROWS {
        let time = if i % 1_000 == 7 { "soon" } else { "2024-01-01" };
        text.push_str(&format!("u{},a,{time}\n", i / 2));
    }
    text
}

fn options(path: &std::path::Path, report: Option<std::path::PathBuf>, checkpoint: Option<Checkpoint>) -> RunOptions {
    let hint = ReadHint::default();
    let sample = Sample::read(&mut open(path, &hint).unwrap()).unwrap();
    let mapping = guess(&sample, &GuessHint::default()).mapping;
    let own = OwnFields::default();
    RunOptions { path: path.to_owned(), hint, mapping, own, source: "imp_test".into(), now: now(), report, checkpoint }
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_was() {
    let file = file(text());
    let folder = tempfile::tempdir().unwrap();
    let (whole_report, report) = (folder.path().join("whole.csv"), folder.path().join("parts.csv"));
    let mut whole = Recording::default();
    let done = run(options(file.path(), Some(whole_report.clone()), None), &mut whole).await.unwrap();
    assert_eq!((done.checkpoint.counts.rows, done.checkpoint.counts.refused), (ROWS, 9));
    assert_eq!(done.checkpoint.counts.events_added, ROWS - 9);
    assert_eq!((done.checkpoint.refused_kinds.len(), done.checkpoint.refused_kinds[0].first_line), (1, 9));
    assert!(done.is_done && whole.progress.len() == 5);
    assert!(whole.progress.windows(2).all(|pair| pair[0].place.bytes <= pair[1].place.bytes));

    let mut ids = Vec::new();
    let mut checkpoint = None;
    for fail_after in [None, Some(1), None] {
        let mut part = Recording { stop_after: Some(2), fail_after, ..Default::default() };
        let result = run(options(file.path(), Some(report.clone()), checkpoint.clone()), &mut part).await;
        assert_eq!(result.is_err(), fail_after.is_some());
        checkpoint = part.progress.last().map(|progress| progress.checkpoint.clone());
        ids.extend(part.ids);
    }
    assert_eq!(ids, whole.ids);
    assert_eq!(checkpoint, Some(done.checkpoint));
    assert_eq!(std::fs::read(report).unwrap(), std::fs::read(whole_report).unwrap());
}

#[tokio::test]
async fn a_dry_run_counts_what_a_run_would_do() {
    let file = file(text());
    let mut sink = CountingSink::default();
    let done = run(options(file.path(), None, None), &mut sink).await.unwrap();
    assert_eq!((done.checkpoint.counts.events_added, done.checkpoint.counts.refused), (ROWS - 9, 9));
    assert_eq!(sink.examples.len(), 20);
}

#[tokio::test]
async fn what_ends_a_run_is_said() {
    let file = file(text());
    let mut wrong = options(file.path(), None, None);
    wrong.mapping.set("event", Target::Skip);
    let error = run(wrong, &mut Recording::default()).await.unwrap_err();
    assert!(error.to_string().contains("say what happened"), "{error}");
    let mut gone = options(file.path(), None, None);
    gone.path = "/nowhere/at/all.csv".into();
    assert!(matches!(run(gone, &mut Recording::default()).await, Err(RunError::Read(_))));
}
