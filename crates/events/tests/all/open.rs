//! The segments are open: DuckDB and pyarrow read them as they are and count what the log counts.

use std::{process::Command, sync::Arc};

use base::{Clock, Timestamp, VirtualClock};
use events::{EventLog, LocalLog, NewEvent, Options, PersonKey};
use insight::{record::Plan, record::Value as Found};
use serde_json::{Value, json};

use super::peers;

const START_MS: i64 = 1_700_000_000_000;
const CHANNELS: [&str; 3] = ["ads", "mail", "søk"];

#[tokio::test]
async fn duckdb_and_pyarrow_count_what_the_log_counts() {
    let Some(python) = peers::python("duckdb, pyarrow") else { return };
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let options = Options { tail_events_max: 150, ..Options::default() };
    let log = LocalLog::open(folder.path(), options, clock).unwrap();
    let event = |n: i64| NewEvent {
        message_id: format!("m{n}"),
        name: if n % 3 == 0 { "Order Completed" } else { "Page Viewed" }.to_owned(),
        at: Timestamp::from_ms(START_MS + n * 1000),
        received_at: Timestamp::from_ms(START_MS + n * 1000),
        person: PersonKey::parse(&format!("anon:{}", n % 50)).unwrap(),
        links: Vec::new(),
        props: format!(r#"{{"channel":"{}","n":{}}}"#, CHANNELS[n as usize % 3], n % 10),
        person_props: None,
        source: None,
    };
    for batch in 0..20 {
        log.append((batch * 50..batch * 50 + 50).map(event).collect()).await.unwrap();
    }
    // Somebody was erased: their rows keep their place, and say so.
    let erased = log.person(&PersonKey::parse("anon:7").unwrap()).unwrap();
    log.erase(&[erased]).await.unwrap();
    log.settle().await.unwrap();
    let plan = Plan { columns: vec!["channel".to_owned(), "n".to_owned()], ..Plan::default() };
    let records = log.scan(&plan).await.unwrap();
    let (mut counts, mut sums) = (serde_json::Map::new(), std::collections::BTreeMap::<String, f64>::new());
    for (name, count) in log.names().await.unwrap() {
        counts.insert(name, count.into());
    }
    for row in &records.rows {
        let (Found::Text(channel), Found::Number(n)) = (&row.values[0], &row.values[1]) else { panic!("{row:?}") };
        *sums.entry(channel.to_string()).or_default() += n;
    }
    let times = || records.rows.iter().map(|row| row.at_ms);
    log.close().await.unwrap();
    let output =
        Command::new(python).arg(peers::of_repository("tests/log/segments.py")).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    for reader in ["duckdb", "pyarrow"] {
        let said = &said[reader];
        assert_eq!(said["counts"], Value::Object(counts.clone()), "{reader}");
        for (channel, sum) in &sums {
            assert_eq!(said["sums"][channel].as_f64(), Some(*sum), "{reader}: {channel}");
        }
        assert_eq!(said["from_ms"], json!(times().min()), "{reader}");
        assert_eq!(said["upto_ms"], json!(times().max()), "{reader}");
    }
    assert_eq!(said["duckdb"]["positions"], json!([1000, 1000, 1, 1000]));
}
