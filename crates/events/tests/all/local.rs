//! The local log from outside: what is written comes back, once, whatever happened in between.

use std::{fs, path::Path, sync::Arc};

use base::{Clock, Email, Timestamp, VirtualClock};
use events::{Durability, EventLog, Link, LocalLog, LogError, NewEvent, Options, PersonKey, Position};
use insight::record::{Plan, Value};

const START_MS: i64 = 1_700_000_000_000;

fn open(folder: &Path, options: Options) -> LocalLog {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    LocalLog::open(folder, options, clock).unwrap()
}

/// A log that seals often.
fn small() -> Options {
    Options { tail_events_max: 7, ..Options::default() }
}

fn event(id: &str, name: &str, person: &str, at: i64) -> NewEvent {
    NewEvent {
        message_id: id.to_owned(),
        name: name.to_owned(),
        at: Timestamp::from_ms(START_MS + at),
        received_at: Timestamp::from_ms(START_MS + at),
        person: PersonKey::parse(person).unwrap(),
        links: Vec::new(),
        props: "{}".to_owned(),
        person_props: None,
        source: None,
    }
}

fn all() -> Plan {
    Plan::default()
}

async fn count(log: &LocalLog) -> usize {
    log.scan(&all()).await.unwrap().rows.len()
}

#[tokio::test]
async fn events_come_back_after_sealing_and_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), small());
    let mut sent = Vec::new();
    for batch in 0..10 {
        let events: Vec<NewEvent> = (0..5)
            .map(|n| NewEvent {
                props: format!(r#"{{"n":{n},"channel":"ads"}}"#),
                person_props: (n == 0).then(|| format!(r#"{{"plan":"p{batch}"}}"#)),
                source: (n == 1).then(|| "imp_1".to_owned()),
                links: if n == 2 { vec![Link::Claim(PersonKey::user("u").unwrap())] } else { Vec::new() },
                ..event(&format!("{batch}-{n}"), "Page Viewed", &format!("anon:{n}"), i64::from(batch * 10 + n))
            })
            .collect();
        let appended = log.append(events.clone()).await.unwrap();
        sent.extend(events);
        assert_eq!((appended.written, appended.last), (5, Position(sent.len() as u64)));
    }
    for _ in 0..2 {
        let read = log.read_after(Position(0), 1000).await.unwrap();
        assert_eq!(read.iter().map(|stored| stored.event.clone()).collect::<Vec<_>>(), sent);
        assert!(read.iter().zip(1..).all(|(stored, position)| stored.position == Position(position)));
        let part = log.read_after(Position(12), 9).await.unwrap();
        assert_eq!(part.iter().map(|stored| stored.position.0).collect::<Vec<_>>(), (13..22).collect::<Vec<_>>());
    }
    log.close().await.unwrap();
    assert!(matches!(log.append(vec![sent[0].clone()]).await, Err(LogError::Closed)));
    drop(log);
    let log = open(folder.path(), small());
    let read = log.read_after(Position(0), 1000).await.unwrap();
    assert_eq!(read.into_iter().map(|stored| stored.event).collect::<Vec<_>>(), sent);
    let appended = log.append(sent).await.unwrap();
    assert_eq!((appended.written, appended.repeated, appended.last), (0, 50, Position(50)));
}

#[tokio::test]
async fn a_scan_filters_sorts_and_extracts() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), small());
    for n in 0..40 {
        let person = format!("user:{}", n % 3);
        let name = if n % 2 == 0 { "Page Viewed" } else { "Order Completed" };
        let new = NewEvent {
            props: format!(r#"{{"n":{n},"to":{{"city":"Oslo"}},"empty":"","list":[1]}}"#),
            person_props: Some(format!(r#"{{"plan":"p{n}"}}"#)),
            ..event(&n.to_string(), name, &person, i64::from(1000 - n))
        };
        log.append(vec![new]).await.unwrap();
    }
    let plan = Plan {
        names: Some(vec!["Order Completed".to_owned()]),
        columns: ["n", "person.plan", "to.city", "empty", "list", "none"].map(str::to_owned).to_vec(),
        from: Some(Timestamp::from_ms(START_MS + 965)),
        to: Some(Timestamp::from_ms(START_MS + 995)),
        is_loose: false,
    };
    let records = log.scan(&plan).await.unwrap();
    let order: Vec<(u32, i64)> = records.rows.iter().map(|row| (row.person, row.at_ms)).collect();
    assert!(order.is_sorted() && order.len() == 15);
    for row in &records.rows {
        let n = 1000 - (row.at_ms - START_MS);
        assert!(n % 2 == 1 && (6..=35).contains(&n) && &*records.names[row.name as usize] == "Order Completed");
        assert_eq!(row.position as i64, n + 1);
        // The latest by time is the first that was sent.
        let plan = Value::Text(format!("p{}", n % 3).into());
        let list = Value::Text("[1]".into());
        let city = Value::Text("Oslo".into());
        assert_eq!(*row.values, [Value::Number(n as f64), plan, city, Value::Null, list, Value::Null]);
    }
    assert_eq!(log.names().await.unwrap(), [("Order Completed".to_owned(), 20), ("Page Viewed".to_owned(), 20)]);
    assert_eq!(log.properties(Some("Page Viewed")).await.unwrap(), ["empty", "list", "n", "to"]);
    assert!(log.properties(Some("None")).await.unwrap().is_empty());
}

#[tokio::test]
async fn merges_reach_the_past_and_a_timeline_has_all_keys() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), small());
    for n in 0..20 {
        log.append(vec![event(&format!("a{n}"), "Page Viewed", "anon:1", n)]).await.unwrap();
        log.append(vec![event(&format!("b{n}"), "Page Viewed", "anon:2", n)]).await.unwrap();
    }
    let email = PersonKey::email(&"kari@example.no".parse::<Email>().unwrap());
    let anonymous = |id| log.person(&PersonKey::anonymous(id).unwrap());
    assert_ne!(anonymous("1"), anonymous("2"));
    let link = |key: &PersonKey| vec![Link::Merge(key.clone())];
    for (id, person) in [("m1", "anon:1"), ("m2", "anon:2")] {
        let merge = NewEvent { links: link(&email), ..event(id, "Email Confirmed", person, 50) };
        log.append(vec![merge]).await.unwrap();
    }
    let person = log.person(&email).unwrap();
    assert_eq!((anonymous("1"), anonymous("2")), (Some(person), Some(person)));
    assert_eq!(log.keys(person).len(), 3);
    assert!(log.scan(&all()).await.unwrap().rows.iter().all(|row| row.person == person));
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = log.timeline(person, before, 9).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.position);
        seen.extend(page.iter().map(|stored| stored.position.0));
    }
    assert_eq!(seen, (1..=42).rev().collect::<Vec<_>>());
    assert!(log.timeline(999, None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_retracted_source_is_gone_everywhere_and_may_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), small());
    let bring = |from: u32, to: u32, source: &'static str| {
        (from..to)
            .map(|n| NewEvent {
                source: Some(source.to_owned()),
                links: vec![Link::Merge(PersonKey::user("all").unwrap())],
                ..event(&n.to_string(), "Imported", &format!("user:{n}"), i64::from(n))
            })
            .collect::<Vec<_>>()
    };
    log.append(vec![event("own", "Page Viewed", "user:1", 0)]).await.unwrap();
    for start in (0..30).step_by(3) {
        log.append(bring(start, start + 3, "imp_1")).await.unwrap();
    }
    assert_eq!(log.person(&PersonKey::user("1").unwrap()), log.person(&PersonKey::user("2").unwrap()));
    assert_eq!(log.retract("imp_1").await.unwrap(), 30);
    assert_eq!(log.retract("imp_1").await.unwrap(), 0);
    assert_eq!(log.retract("unknown").await.unwrap(), 0);
    let check = async |log: &LocalLog| {
        assert_eq!(count(log).await, 1);
        assert_eq!(log.names().await.unwrap(), [("Page Viewed".to_owned(), 1)]);
        assert_eq!(log.read_after(Position(0), 100).await.unwrap().len(), 1);
        let one = log.person(&PersonKey::user("1").unwrap()).unwrap();
        assert_ne!(Some(one), log.person(&PersonKey::user("2").unwrap()));
        assert_eq!(log.timeline(one, None, 100).await.unwrap().len(), 1);
    };
    check(&log).await;
    log.close().await.unwrap();
    drop(log);
    let log = open(folder.path(), small());
    check(&log).await;
    assert_eq!(log.append(bring(0, 10, "imp_1")).await.unwrap().written, 10);
    assert_eq!(log.append(bring(0, 10, "imp_2")).await.unwrap().written, 0);
    assert_eq!(count(&log).await, 11);
    assert_eq!(log.retract("imp_1").await.unwrap(), 10);
    assert_eq!(log.append(bring(0, 10, "imp_2")).await.unwrap().written, 10);
    log.close().await.unwrap();
    drop(log);
    let log = open(folder.path(), small());
    assert_eq!(log.append(bring(0, 30, "imp_3")).await.unwrap().written, 20);
    assert_eq!(count(&log).await, 31);
}

#[tokio::test]
async fn a_property_that_only_retracted_events_had_is_not_offered() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), small());
    let made = |n: i64, name: &str, props: &str, source: Option<&str>| NewEvent {
        props: props.to_owned(),
        source: source.map(str::to_owned),
        ..event(&n.to_string(), name, "user:1", n)
    };
    // Events of one name from both sides, a name that only the import had, and one that it did not touch.
    for n in (0..60).step_by(4) {
        let batch = vec![
            made(n, "Page Viewed", r#"{"path":"/","shared":1}"#, None),
            made(n + 1, "Page Viewed", r#"{"typo_path":"/","shared":1}"#, Some("imp_1")),
            made(n + 2, "Imported", r#"{"legacy":1}"#, Some("imp_1")),
            made(n + 3, "Order Completed", r#"{"value":1}"#, None),
        ];
        log.append(batch).await.unwrap();
    }
    let all = ["shared", "legacy", "path", "typo_path", "value"];
    assert_eq!(log.properties(None).await.unwrap(), all);
    log.retract("imp_1").await.unwrap();
    let check = async |log: &LocalLog| {
        assert_eq!(log.properties(None).await.unwrap(), ["path", "shared", "value"]);
        assert_eq!(log.properties(Some("Page Viewed")).await.unwrap(), ["path", "shared"]);
        assert!(log.properties(Some("Imported")).await.unwrap().is_empty());
    };
    check(&log).await;
    log.close().await.unwrap();
    drop(log);
    check(&open(folder.path(), small())).await;
}

#[tokio::test]
async fn a_bad_event_refuses_its_batch_and_names_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), Options::default());
    let bad = NewEvent { props: "[]".to_owned(), ..event("2", "Page Viewed", "anon:1", 0) };
    let refused = log.append(vec![event("1", "Page Viewed", "anon:1", 0), bad]).await.unwrap_err();
    assert!(refused.to_string().starts_with("event 1: props: send a JSON object"), "{refused}");
    assert_eq!(count(&log).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appenders_at_once_with_the_same_ids_write_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(open(folder.path(), Options { durability: Durability::Relaxed, ..small() }));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut written = 0;
                for n in 0..50 {
                    let events = (n..n + 3).map(|n| event(&n.to_string(), "Page Viewed", "anon:1", 0)).collect();
                    written += log.append(events).await.unwrap().written;
                }
                written
            })
        })
        .collect();
    let mut written = 0;
    for task in tasks {
        written += task.await.unwrap();
    }
    log.flush().await.unwrap();
    assert_eq!((written, count(&log).await), (52, 52));
}

#[tokio::test]
async fn a_folder_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), Options::default());
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let second = LocalLog::open(folder.path(), Options::default(), clock.clone());
    assert!(second.is_err_and(|error| error.to_string().contains("in use by another suppilo")));
    drop(first);
    assert!(LocalLog::open(folder.path(), Options::default(), clock).is_ok());
}

#[tokio::test]
async fn many_short_runs_leave_few_files() {
    let folder = tempfile::tempdir().unwrap();
    for run in 0..40 {
        let log = open(folder.path(), Options::default());
        log.append(vec![event(&run.to_string(), "Page Viewed", "anon:1", run)]).await.unwrap();
        assert_eq!(count(&log).await as i64, run + 1);
        log.close().await.unwrap();
    }
    let files = std::fs::read_dir(folder.path().join("segments")).unwrap().count();
    assert!(files < 8, "{files} files");
    let log = open(folder.path(), Options::default());
    assert_eq!((count(&log).await, log.read_after(Position(0), 100).await.unwrap().len()), (40, 40));
}

#[tokio::test]
async fn derived_files_may_be_deleted_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { ids_in_memory_max: 10, ..small() };
    let log = open(folder.path(), options());
    for n in 0..50 {
        let links = vec![Link::Claim(PersonKey::user(&(n % 5).to_string()).unwrap())];
        let new = NewEvent { links, ..event(&n.to_string(), "Page Viewed", &format!("anon:{}", n % 20), n) };
        log.append(vec![new]).await.unwrap();
    }
    let before = log.scan(&all()).await.unwrap();
    log.close().await.unwrap();
    drop(log);
    assert!(std::fs::read_dir(folder.path().join("derived")).unwrap().count() >= 3);
    std::fs::remove_dir_all(folder.path().join("derived")).unwrap();
    let log = open(folder.path(), options());
    assert_eq!(log.scan(&all()).await.unwrap(), before);
    let again = (0..50).map(|n| event(&n.to_string(), "Page Viewed", "anon:1", n)).collect();
    assert_eq!(log.append(again).await.unwrap().written, 0);
}

#[tokio::test]
async fn a_file_of_message_ids_that_turns_out_to_be_damaged_is_made_anew_by_the_running_log() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { ids_in_memory_max: 40, ..small() };
    let log = open(folder.path(), options.clone());
    let batch = |from: usize| (from..from + 5).map(|n| event(&format!("m{n}"), "Page Viewed", "anon:1", 0)).collect();
    for from in (0..200).step_by(5) {
        log.append(batch(from)).await.unwrap();
    }
    let of_source = NewEvent { source: Some("imp_1".to_owned()), ..event("theirs", "Page Viewed", "anon:1", 0) };
    log.append(vec![of_source.clone()]).await.unwrap();
    log.close().await.unwrap();
    for part in ["block", "filter"] {
        for entry in fs::read_dir(folder.path().join("derived")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ids") {
                // Opening reads the end of the file only.
                let mut bytes = fs::read(&path).unwrap();
                let place = if part == "block" { 20 } else { bytes.len() - 76 - 16 - 8 };
                bytes[place] ^= 4;
                fs::write(&path, &bytes).unwrap();
            }
        }
        let log = open(folder.path(), options.clone());
        for from in (0..200).step_by(5) {
            assert_eq!(log.append(batch(from)).await.unwrap().repeated, 5, "{part}");
        }
        // What is taken back may come again, once, whatever the files went through.
        log.append(vec![of_source.clone()]).await.unwrap();
        assert_eq!(log.retract("imp_1").await.unwrap(), 1);
        assert_eq!(log.append(vec![of_source.clone()]).await.unwrap().written, 1);
        assert_eq!(log.append(vec![of_source.clone()]).await.unwrap().written, 0);
        log.close().await.unwrap();
        assert_eq!(events::check(folder.path()).unwrap().findings, []);
    }
}
