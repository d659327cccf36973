//! Real files beside the checkout, as they are.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::super::*;
use super::now;

/// A file of `../shared/data`, or nothing and a line that says so.
pub(super) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: ../shared/data/{name} is not there");
        return None;
    }
    Some(path)
}

async fn import(path: &Path, hint: GuessHint) -> (Guess, Progress, Collecting) {
    let read_hint = ReadHint::default();
    let sample = Sample::read(&mut open(path, &read_hint).unwrap()).unwrap();
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let guess = guess(&sample, &GuessHint { file_name, ..hint });
    let options = RunOptions {
        path: path.to_owned(),
        hint: read_hint,
        mapping: guess.mapping.clone(),
        own: OwnFields::default(),
        source: "imp_test".into(),
        now: now(),
        report: None,
        checkpoint: None,
    };
    let mut sink = Collecting::default();
    let progress = run(options, &mut sink).await.unwrap();
    (guess, progress, sink)
}

#[derive(Default)]
struct Collecting(Vec<events::NewEvent>);

#[async_trait::async_trait]
impl Sink for Collecting {
    async fn events(&mut self, events: Vec<events::NewEvent>) -> Result<run::Taken, SinkError> {
        let added = events.len() as u64;
        self.0.extend(events);
        Ok(run::Taken { added, ..Default::default() })
    }
    async fn contacts(&mut self, _: Vec<ContactDraft>) -> Result<run::Taken, SinkError> {
        unreachable!("these files hold events")
    }
    async fn companies(&mut self, _: Vec<CompanyDraft>) -> Result<run::Taken, SinkError> {
        unreachable!()
    }
    async fn deals(&mut self, _: Vec<DealDraft>) -> Result<run::Taken, SinkError> {
        unreachable!()
    }
    async fn progress(&mut self, _: &Progress) -> Result<Verdict, SinkError> {
        Ok(Verdict::GoOn)
    }
}

fn property(event: &events::NewEvent, name: &str) -> String {
    let props: serde_json::Value = serde_json::from_str(&event.props).unwrap();
    props[name].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn leads_and_closed_deals_come_in_as_they_are() {
    let (Some(leads), Some(deals)) = (shared("olist/leads.csv"), shared("olist/closed_deals.csv")) else { return };
    let (lead_guess, lead_run, Collecting(leads)) = import(&leads, GuessHint::default()).await;
    let (deal_guess, deal_run, Collecting(deals)) = import(&deals, GuessHint::default()).await;
    assert_eq!(lead_guess.mapping.event_name.as_deref(), Some("Lead Captured"));
    assert_eq!(deal_guess.mapping.event_name.as_deref(), Some("Deal Won"));
    assert_eq!((lead_run.checkpoint.counts.refused, deal_run.checkpoint.counts.refused), (0, 0));
    assert_eq!((leads.len(), deals.len()), (8_000, 842));

    let lead_by_person: HashMap<&str, &events::NewEvent> =
        leads.iter().map(|event| (event.person.as_str(), event)).collect();
    assert_eq!(lead_by_person.len(), 8_000);
    assert!(leads[0].person.as_str().starts_with("user:"));
    let mut by_origin: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for lead in &leads {
        by_origin.entry(property(lead, "origin")).or_default().1 += 1;
    }
    let mut days = Vec::new();
    for deal in &deals {
        let lead = lead_by_person[deal.person.as_str()];
        by_origin.entry(property(lead, "origin")).or_default().0 += 1;
        days.push((deal.at.ms() - lead.at.ms()) as f64 / 86_400_000.0);
    }
    assert_eq!(by_origin["Organic Search"], (271, 2_296));
    assert_eq!(by_origin["Paid Search"], (195, 1_586));
    assert_eq!(by_origin["Social"], (75, 1_350));
    assert_eq!(by_origin["Email"], (15, 493));
    assert_eq!(by_origin["Referral"], (24, 284));
    days.sort_by(f64::total_cmp);
    assert!(((days[420] + days[421]) / 2.0 - 14.6503).abs() < 1e-4);
    let within = |limit: f64| days.iter().filter(|days| (0.0..=limit).contains(*days)).count();
    assert_eq!([7.0, 14.0, 30.0, 60.0, 90.0].map(within), [248, 411, 546, 643, 690]);
    assert!(deals.iter().any(|deal| deal.props.contains("\"has_company\":true")));
    assert!(deals.iter().any(|deal| deal.props.contains("\"average_stock\":\"20.máj\"")));
    assert!(deals.iter().any(|deal| deal.props.contains("\"declared_monthly_revenue\":30000.0")));
}

#[tokio::test]
async fn a_clickstream_comes_in_as_it_is() {
    let Some(path) = shared("clickstream/ecom.csv.gz") else { return };
    let (_, progress, Collecting(events)) = import(&path, GuessHint::default()).await;
    assert_eq!((progress.checkpoint.counts.refused, events.len()), (0, 31_106));
    assert!(progress.is_done && progress.place.bytes == progress.place.bytes_total);
    let people: HashSet<&str> = events.iter().map(|event| event.person.as_str()).collect();
    let names: HashSet<&str> = events.iter().map(|event| event.name.as_str()).collect();
    let ids: HashSet<&str> = events.iter().map(|event| event.message_id.as_str()).collect();
    assert_eq!((people.len(), names.len(), ids.len()), (600, 19, 31_106));
    assert_eq!(events[0].at.to_string(), "2024-03-13T10:21:14.000Z");

    let (_, _, Collecting(again)) = import(&path, GuessHint::default()).await;
    assert!(again.iter().all(|event| ids.contains(event.message_id.as_str())));
}
