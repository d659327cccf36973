//! The background work of imports: dry runs, runs, taking back. Each is cut into slices, one job after the
//! other, so that a file of hours never holds up the mail that is due.
//!
//! Between two slices the run waits in memory ([`Parked`]); after a crash the next slice begins again at the
//! checkpoint. Whatever is done twice then adds nothing: message ids and addresses see to it.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use base::{Id, id};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use store::ConnectionTrait;
use store::imports::{Import, ImportState};
use store::records::{Predicate, Table};

use super::{
    Checkpoint, ImportKind, Mapping, OwnFields, RunError, RunOptions, SinkError, Verdict,
    app_sink::{AppSink, CheckSink},
    cases::{ReportKind, find},
    run::Run,
    undo,
    upload::{disk, folder_of},
    view::{CheckResult, Findings, read, write},
};
use crate::{Actor, App, AppError, Result, jobs::JobError};

/// How long one job works before it lets others, ms.
const SLICE_MS: i64 = 3_000;

/// A file of so many bytes, about a hundred thousand rows, is worth letting indexes rest.
const LARGE_BYTES: u64 = 10 << 20;
/// Bytes of a row in a file of contacts, about.
const ROW_BYTES: u64 = 100;

/// What is to be done with an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A dry run.
    Check,
    /// A run.
    Run,
    /// Taking back.
    Undo,
}

impl Work {
    /// The kind of its jobs.
    pub fn job_kind(self) -> &'static str {
        match self {
            Self::Check => "import.check",
            Self::Run => "import.run",
            Self::Undo => "import.undo",
        }
    }

    /// The work of a kind of job.
    pub fn of_job_kind(kind: &str) -> Option<Self> {
        [Self::Check, Self::Run, Self::Undo].into_iter().find(|work| work.job_kind() == kind)
    }

    /// The state of an import while this is under way.
    fn state(self) -> ImportState {
        match self {
            Self::Check => ImportState::Checking,
            Self::Run => ImportState::Running,
            Self::Undo => ImportState::Undoing,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    import: Id<id::Import>,
}

/// Runs that wait for their next slice.
#[derive(Default)]
pub struct Parked(Mutex<HashMap<Id<id::Import>, Run>>);

impl Parked {
    fn take(&self, id: Id<id::Import>) -> Option<Run> {
        self.0.lock().remove(&id)
    }

    fn park(&self, id: Id<id::Import>, run: Run) {
        self.0.lock().insert(id, run);
    }

    /// Something was decided differently: the next slice begins anew.
    pub(super) fn forget(&self, id: Id<id::Import>) {
        self.0.lock().remove(&id);
    }
}

/// Where the report of refused rows lies.
pub(super) fn report_path(app: &App, id: Id<id::Import>, kind: ReportKind) -> PathBuf {
    folder_of(app, id).join(match kind {
        ReportKind::Import => "refused.csv",
        ReportKind::Check => "refused-check.csv",
    })
}

pub(super) async fn enqueue(app: &App, conn: &impl ConnectionTrait, work: Work, id: Id<id::Import>) -> Result<()> {
    crate::jobs::enqueue(app, conn, work.job_kind(), Payload { import: id }).await
}

/// Carry out a job of an import. With the last attempt the import fails, so that a person sees it.
///
/// # Errors
/// When trying again may help, or never will.
pub async fn carry_out(
    app: &Arc<App>,
    work: Work,
    payload: serde_json::Value,
    is_last_attempt: bool,
) -> Result<(), JobError> {
    let Payload { import: id } = serde_json::from_value(payload).map_err(|error| JobError::Dead(error.to_string()))?;
    match slice(app, work, id, SLICE_MS).await {
        Ok(false) => Ok(()),
        Ok(true) => {
            let tx = app.store.begin().await.map_err(AppError::from)?;
            enqueue(app, &tx, work, id).await?;
            tx.commit().await.map_err(AppError::from)?;
            app.bell.ring();
            Ok(())
        }
        Err(AppError::NotFound(_)) => Ok(()),
        Err(error) if is_last_attempt => {
            let reason = error.to_string();
            end(app, id, work, |import| fail(import, reason)).await?;
            Err(JobError::Dead(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Work on an import for a while. Answers whether there is more to do.
pub(super) async fn slice(app: &Arc<App>, work: Work, id: Id<id::Import>, slice_ms: i64) -> Result<bool> {
    let import = find(app, id).await?;
    if import.state != work.state() {
        // A job of work that has ended otherwise: after a crash there may be two.
        return Ok(false);
    }
    if work == Work::Undo {
        let result = undo::take_back(app, &import).await?;
        end(app, id, work, |import| {
            import.state = ImportState::Undone;
            import.checkpoint = None;
            import.bytes_done = 0;
            let mut findings: Findings = import.findings.take().map(read).transpose()?.unwrap_or_default();
            findings.undo = Some(result);
            import.findings = Some(write(&findings)?);
            Ok(())
        })
        .await?;
        return Ok(false);
    }
    let run = match app.imports.take(id) {
        Some(run) => Ok(run),
        None => begin(app, &import, work).await?,
    };
    let outcome = match run {
        Ok(run) => drive(app, &import, work, run, slice_ms).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Driven::More) => Ok(true),
        Ok(Driven::Stopped) => {
            let state = if work == Work::Check { ImportState::Ready } else { ImportState::Cancelled };
            end(app, id, work, |import| {
                import.state = state;
                Ok(())
            })
            .await?;
            Ok(false)
        }
        Ok(Driven::Done(check)) => {
            end(app, id, work, |import| finish(import, work, check)).await?;
            Ok(false)
        }
        // Log or database failed: the same batch may do next time.
        Err(RunError::Sink(error)) => Err(AppError::Internal(error.0)),
        Err(error) => {
            let reason = error.to_string();
            end(app, id, work, |import| fail(import, reason)).await?;
            Ok(false)
        }
    }
}

enum Driven {
    More,
    Stopped,
    Done(CheckResult),
}

async fn begin(app: &App, import: &Import, work: Work) -> Result<Result<Run, RunError>> {
    let (kind, checkpoint) = match work {
        Work::Check => (ReportKind::Check, None),
        _ => (ReportKind::Import, import.checkpoint.clone().map(read::<Checkpoint>).transpose()?),
    };
    tokio::fs::create_dir_all(folder_of(app, import.id)).await.map_err(|error| disk(&error))?;
    let mapping = mapping_of(import)?;
    if work == Work::Run && mapping.kind == ImportKind::Contacts && is_worth_a_rest(app, import).await? {
        let tx = app.store.begin().await?;
        store::indexes::rest(&tx, Table::Contacts).await?;
        tx.commit().await?;
    }
    Ok(Run::start(RunOptions {
        path: PathBuf::from(&import.path),
        hint: read(import.hint.clone())?,
        mapping,
        own: OwnFields::load(app, app.store.reader(), &Actor::SYSTEM).await?,
        source: import.id.to_string(),
        now: app.now(),
        report: Some(report_path(app, import.id, kind)),
        checkpoint,
    }))
}

fn mapping_of(import: &Import) -> Result<Mapping> {
    read(import.mapping.clone().ok_or_else(|| AppError::Internal("an import runs without a mapping".into()))?)
}

/// Whether so many contacts may come in that making their indexes anew is less work than keeping them up to date.
async fn is_worth_a_rest(app: &App, import: &Import) -> Result<bool> {
    if import.size_bytes < LARGE_BYTES {
        return Ok(false);
    }
    let rows = import.size_bytes / ROW_BYTES;
    let conn = app.store.reader();
    let known = store::records::count_to(conn, Table::Contacts, &Predicate::EVERYTHING, rows + 1).await?;
    Ok(known <= rows)
}

async fn drive(app: &Arc<App>, import: &Import, work: Work, mut run: Run, slice_ms: i64) -> Result<Driven, RunError> {
    let until = app.now().plus_ms(slice_ms);
    let mapping = mapping_of(import).map_err(|error| RunError::Sink(SinkError(error.to_string())))?;
    loop {
        let verdict = match work {
            Work::Check => run.step(&mut CheckSink::new(app, import.id, &mapping)).await?,
            _ => run.step(&mut AppSink::new(app, import, &mapping)).await?,
        };
        let progress = run.progress();
        if progress.is_done {
            let Checkpoint { counts, refused_kinds, .. } = progress.checkpoint.clone();
            return Ok(Driven::Done(CheckResult { counts, refused_kinds }));
        }
        if verdict == Verdict::Stop {
            return Ok(Driven::Stopped);
        }
        if app.now() >= until {
            app.imports.park(import.id, run);
            return Ok(Driven::More);
        }
    }
}

fn finish(import: &mut Import, work: Work, result: CheckResult) -> Result<()> {
    import.bytes_done = import.size_bytes;
    if work == Work::Run {
        import.state = ImportState::Done;
        return Ok(());
    }
    import.state = ImportState::Ready;
    let mut findings: Findings = import.findings.take().map(read).transpose()?.unwrap_or_default();
    findings.check = Some(result);
    import.findings = Some(write(&findings)?);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one of the changes that `end` takes")]
fn fail(import: &mut Import, reason: String) -> Result<()> {
    import.state = ImportState::Failed;
    import.error = Some(reason);
    Ok(())
}

/// Write down how the work ended, unless it ended otherwise meanwhile.
async fn end(app: &App, id: Id<id::Import>, work: Work, change: impl FnOnce(&mut Import) -> Result<()>) -> Result<()> {
    app.imports.forget(id);
    if work == Work::Run {
        app.store.wake_indexes().await?;
    }
    let tx = app.store.begin().await?;
    let Some(mut import) = store::imports::find(&tx, id).await? else { return Ok(()) };
    if import.state != work.state() {
        return Ok(());
    }
    change(&mut import)?;
    import.finished_at = Some(app.now());
    import.is_cancel_wanted = false;
    store::imports::update(&tx, &import).await?;
    tx.commit().await?;
    if import.size_bytes >= LARGE_BYTES {
        // Lists are planned by how the rows are spread, which is another way now.
        app.store.refresh_statistics().await?;
    }
    Ok(())
}
