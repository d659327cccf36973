//! Questions by facts about people and by properties of objects, from columns and from segments, and what their columns
//! take on disk.
//!
//! `cargo run --release -p events --example facts -- [events] [rounds] [folder]`
//!
//! Two logs of the same events are made: `plain` has no facts and no objects, `told` has a fact or two on every tenth
//! event and an object on every one. Each question is asked in turns of columns and of segments; the medians are printed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use base::{Clock, SystemClock, Timestamp};
use events::{Durability, EventLog, LocalLog, NewEvent, Options, PersonKey};
use insight::query::Query;
use serde_json::{Value, json};

const NAMES: [&str; 6] =
    ["Page Viewed", "Product Viewed", "Checkout Started", "Order Completed", "Mail Opened", "Video Watched"];
const START_MS: i64 = 1_700_000_000_000;
const BATCH: u64 = 1_000;
const EVENTS_PER_PERSON: u64 = 20;

fn event(n: u64, events: u64, is_told: bool) -> NewEvent {
    let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let person = (mixed >> 20) % (events / EVENTS_PER_PERSON).max(1);
    let at = Timestamp::from_ms(START_MS + n as i64 * 7_000_000_000 / events as i64);
    let channel = ["google", "meta", "mail", "partner"][(mixed >> 50) as usize % 4];
    let source = json!({"channel": channel, "campaign": format!("c{}", (mixed >> 30) % 200)});
    let mut props = json!({"path": format!("/{}", (mixed >> 12) % 200), "amount": mixed % 1_000});
    if is_told {
        props["utm"] = source;
    }
    let plan = ["free", "pro", "team"][(mixed >> 40) as usize % 3];
    let facts = || json!({"plan": plan, "company": {"size": mixed % 50}}).to_string();
    NewEvent {
        message_id: format!("{n}"),
        name: NAMES[(mixed >> 56) as usize % NAMES.len()].to_owned(),
        at,
        received_at: at,
        person: PersonKey::anonymous(&person.to_string()).expect("a short id"),
        links: Vec::new(),
        props: props.to_string(),
        person_props: (is_told && mixed.is_multiple_of(10)).then(facts),
        source: None,
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.and_then(|entry| entry.metadata()).expect("a file").len()).sum()
}

async fn make(folder: &Path, events: u64, is_told: bool) -> LocalLog {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = Options { durability: Durability::Relaxed, ..Options::default() };
    let log = LocalLog::open(folder, options, clock).expect("opened");
    let start = Instant::now();
    for first in (0..events).step_by(BATCH as usize) {
        let batch = (first..(first + BATCH).min(events)).map(|n| event(n, events, is_told));
        log.append(batch.collect()).await.expect("appended");
    }
    log.settle().await.expect("settled");
    let bytes = bytes_in(&folder.join("columns"));
    println!(
        "  {events} events in {:.1} s with columns of {bytes} bytes, {:.3} an event",
        start.elapsed().as_secs_f64(),
        bytes as f64 / events as f64
    );
    log
}

fn questions() -> Vec<(&'static str, Value)> {
    let steps = json!([{"event": NAMES[0]}, {"event": NAMES[1]}, {"event": NAMES[3]}]);
    let by = |prop: &str| json!({"steps": steps, "window_s": 604_800, "breakdown": {"prop": prop, "attribution": "first_touch"}});
    let pro = json!([{"event": NAMES[0], "where": {"person.plan": "pro"}}, {"event": NAMES[1]}, {"event": NAMES[3]}]);
    vec![
        ("funnel", json!({"steps": steps, "window_s": 604_800})),
        ("funnel by path", by("path")),
        ("funnel of person.plan = pro", json!({"steps": pro, "window_s": 604_800})),
        ("funnel by person.plan", by("person.plan")),
        ("funnel by person.company.size", by("person.company.size")),
        ("funnel by utm.channel", by("utm.channel")),
    ]
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

async fn ask(log: &LocalLog, rounds: u64) {
    for (name, body) in questions() {
        let query = Query::parse(body).expect("a question");
        let (mut columns, mut segments) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let start = Instant::now();
            let answer = log.answer(&query).await.expect("answered");
            columns.push(start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            let records = log.scan(&query.plan()).await.expect("scanned");
            let expected = query.answer(&records);
            segments.push(start.elapsed().as_secs_f64() * 1e3);
            assert!(answer == expected, "{name}: columns and segments differ");
        }
        println!("  {name}: {:.1} ms, from segments {:.1} ms", median(columns), median(segments));
    }
}

fn argument(place: usize, default: u64) -> u64 {
    std::env::args().nth(place).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::main]
async fn main() {
    let (events, rounds) = (argument(1, 1_000_000), argument(2, 5));
    let folder = std::env::args().nth(3).map_or_else(|| std::env::temp_dir().join("suppilo-facts"), PathBuf::from);
    for (name, is_told) in [("plain", false), ("told", true)] {
        println!("{name}:");
        let folder = folder.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let log = make(&folder, events, is_told).await;
        ask(&log, rounds).await;
        log.close().await.expect("closed");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
