//! Random histories and random questions, answered by the log and by ClickHouse: the same numbers.
//!
//! The log is given a history batch by batch: late and out of order, with repeats, with people who turn out to be one
//! early and late, with an import that is taken back, and is sealed, merged and opened again on the way. Twice in each
//! history it is asked. `tests/log/clickhouse.py` gets the same arrivals and the same questions, finds out by itself
//! which events stand and who is who, and asks ClickHouse (`chdb`, inside Python). Nothing but the language of the
//! question is ours there.
//!
//! # Where the two mean the same
//! - *In order*: `windowFunnel`. Both take the latest start that is still in its window, count the last millisecond
//!   of the window, and take events of one instant in the order of the steps. Where an event may fill several steps
//!   the plain mode counts it in each, so that `strict_once` is asked: it follows every way to give each event one step.
//! - *Strict*: `strict_order` ends at the first event that is no step or comes too early, for good, and lets a step come
//!   again at any time. Asked from each event of the first step up to the next, of at most three steps that share no
//!   events, with no two events of one instant (ClickHouse has what is no step first, Suppilo last), it is the same
//!   rule: the deepest of a person counts.
//! - *Any order*: there is no function for it; arrays say it, for steps that share no events.
//! - *First and last touch*: `argMinIf`, `argMaxIf` by time, step and letters.
//! - `entry_only`: only the first condition has `to`. Not strictly: what comes of the first step after `to` is a repetition
//!   of it to Suppilo, which ends nothing, and no step to ClickHouse.
//! - *Trends*: `toStartOfDay`, `toStartOfWeek(.., 1)`, `toStartOfMonth` in the zone, with `count`, `uniqExact`, `sum`.
//!   All amounts are quarters, so that sums are exact in any order.
//! - *Retention*: the periods in which a person was there, as arrays.
//!
//! Not asked: exclusions, steps that may be skipped or have windows, sessions, held properties, `step:N`: SQL would have
//! to say the rule itself. `crates/insight/tests/all/naive_twin.rs` holds them against a twin.
//!
//! A failure prints the seed. `SUPPILO_CLICKHOUSE=<n>` plays so many histories, `SUPPILO_SEED=<n>` from that seed on.

mod history;
mod questions;

use std::{fs, path::Path, process::Command, sync::Arc};

use base::{Clock, Random, SeededRandom, Timestamp, VirtualClock};
use events::{Durability, EventLog, LocalLog, Options, PersonKey};
use history::{Act, History};
use insight::query::Query;
use serde_json::{Value, json};

use super::peers;

/// Histories of a usual run: those of odd seeds are short, those of even ones long and asked about days and weeks.
const HISTORIES: u64 = 24;
/// Questions of each kind that a usual run must have asked.
const QUESTIONS_MIN: u64 = 200;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// A log that is played a history.
struct Player<'a> {
    folder: &'a Path,
    options: Options,
    random: &'a SeededRandom,
    log: LocalLog,
}

fn open(folder: &Path, options: &Options) -> LocalLog {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(history::NOW_MS)));
    LocalLog::open(folder, options.clone(), clock).unwrap()
}

impl<'a> Player<'a> {
    fn new(folder: &'a Path, random: &'a SeededRandom) -> Self {
        let options = Options {
            durability: Durability::Relaxed,
            background_sealing: false,
            // Few: several segments, columns of several parts, and a tail.
            tail_events_max: 20 + random.below(180) as usize,
            ids_in_memory_max: 10 + random.below(300) as usize,
            query_threads: 1 + random.below(2) as usize,
            ..Options::default()
        };
        Self { folder, log: open(folder, &options), options, random }
    }

    /// The acts in batches, with what may happen to a log between them.
    async fn play(&mut self, acts: &[Act]) {
        let mut rest = acts;
        while let Some(first) = rest.first() {
            if let Act::TakeBack(source) = first {
                self.log.retract(source).await.unwrap();
                rest = &rest[1..];
                continue;
            }
            let most = 1 + self.random.below(60) as usize;
            let batch: Vec<_> = rest.iter().map_while(Act::event).take(most).cloned().collect();
            rest = &rest[batch.len()..];
            self.log.append(batch).await.unwrap();
            match self.random.below(40) {
                0 => self.log.settle().await.unwrap(),
                1 => {
                    self.log.close().await.unwrap();
                    self.log = open(self.folder, &self.options);
                }
                _ => {}
            }
        }
    }

    /// Questions with their answers, and the person that each key leads to.
    async fn ask(&self, history: &History) -> Value {
        let mut asked = Vec::new();
        for question in questions::of(history, self.random) {
            let query = Query::parse(question.clone()).unwrap_or_else(|error| panic!("{error}: {question}"));
            let answer = self.log.answer(&query).await.unwrap();
            asked.push(json!({"question": question, "answer": answer}));
        }
        let number = |key: &PersonKey| Some((key.to_string(), self.log.person(key)?.into()));
        let people: serde_json::Map<String, Value> = history.keys.iter().filter_map(number).collect();
        json!({"asked": asked, "people": people})
    }
}

/// What one seed comes to: the acts, and what was asked after the first so many of them.
async fn played(seed: u64) -> Value {
    let random = SeededRandom::new(seed);
    let history = History::new(&random, seed.is_multiple_of(2));
    let folder = tempfile::tempdir().unwrap();
    let mut player = Player::new(folder.path(), &random);
    let middle = history.acts.len() / 4 + random.below(history.acts.len() as u64 / 2) as usize;
    let mut moments = Vec::new();
    for (from, upto) in [(0, middle), (middle, history.acts.len())] {
        player.play(&history.acts[from..upto]).await;
        let mut moment = player.ask(&history).await;
        moment["acts"] = upto.into();
        moments.push(moment);
    }
    json!({"seed": seed, "acts": history.acts.iter().map(Act::told).collect::<Vec<_>>(), "moments": moments})
}

#[tokio::test]
async fn clickhouse_counts_what_the_log_counts() {
    let Some(python) = peers::python("chdb.session") else { return };
    let (seed, histories) = (number("SUPPILO_SEED").unwrap_or(1), number("SUPPILO_CLICKHOUSE").unwrap_or(HISTORIES));
    let folder = tempfile::tempdir().unwrap();
    for seed in seed..seed + histories {
        fs::write(folder.path().join(format!("{seed}.json")), played(seed).await.to_string()).unwrap();
    }
    let output =
        Command::new(python).arg(peers::of_repository("tests/log/clickhouse.py")).arg(folder.path()).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    println!("{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    for kind in ["funnel", "trend", "retention"] {
        let asked = said[kind].as_u64().unwrap_or(0);
        assert!(asked >= QUESTIONS_MIN || histories < HISTORIES, "only {asked} questions of the kind {kind}");
    }
}
