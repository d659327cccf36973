//! Small data folders as earlier versions wrote them, kept for good: every later version must open them.
//!
//! When a persisted format changes, add a folder and leave the old ones alone:
//! `SUPPILO_WRITE_GOLDEN=segment-v5 cargo nextest run -p events write_one`, then name it in [`GOLDEN`].
//! The part of the name before `-v` says what is in it (see [`folders_of`]).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{Clock, Timestamp, VirtualClock};
use events::{EventLog, Link, LocalLog, NewEvent, Options, PersonKey, Position};
use insight::query::Query;

/// Every folder that must be readable for good.
const GOLDEN: &[&str] = &[
    "wal-v1",
    "segment-v1",
    "segment-v2",
    "segment-v3",
    "segment-v4",
    "derived-v1",
    "derived-v2",
    "derived-v3",
    "derived-v4",
    "columns-v1",
    "columns-v2",
    "columns-v3",
    "columns-v4",
    "columns-v5",
    "erased-v1",
    "expired-v1",
];
const START_MS: i64 = 1_700_000_000_000;
const EVENTS: i64 = 40;
const RETRACTED: &str = "imp_2";
const DAY_MS: i64 = 86_400_000;
const RETENTION_DAYS: u32 = 30;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// What is kept of a log for each kind of folder; the rest is derived anew or was not written yet.
fn folders_of(name: &str) -> &'static [&'static str] {
    match name.split("-v").next() {
        Some("wal") => &["wal"],
        Some("segment" | "erased" | "expired") => &["wal", "segments"],
        Some("derived") => &["wal", "segments", "derived"],
        Some("columns") => &["wal", "segments", "columns"],
        _ => panic!("{name} begins with none of wal, segment, derived, columns, erased, expired"),
    }
}

/// Whether it is of the version that is written now.
fn is_newest(name: &str) -> bool {
    let kind = |name: &str| name.split("-v").next().map(str::to_owned);
    GOLDEN.iter().rfind(|other| kind(other) == kind(name)) == Some(&name)
}

fn options(name: &str) -> Options {
    let tail_events_max = if name.starts_with("wal") { 1_000 } else { 9 };
    // People are written by the thread that seals.
    let background_sealing = name.starts_with("derived");
    Options { tail_events_max, ids_in_memory_max: 8, background_sealing, ..Options::default() }
}

fn open(folder: &Path, options: Options) -> LocalLog {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    LocalLog::open(folder, options, clock).unwrap()
}

/// How many events it has. Columns since the fifth version pack 256 of a list together.
fn count(name: &str) -> i64 {
    match name.strip_prefix("columns-v").and_then(|version| version.parse().ok()) {
        Some(5..=u32::MAX) => 900,
        _ => EVENTS,
    }
}

/// The events of a golden folder. Never changed: it is what the old files hold.
fn history(name: &str) -> Vec<NewEvent> {
    let mut events: Vec<NewEvent> = (0..count(name)).map(event).collect();
    if has_objects(name) {
        for whole in events.iter_mut().skip(1).step_by(3) {
            whole.props = format!(r#"{{"home":{{"city":"Bodø {}"}},"n":1}}"#, whole.at.ms() % 3);
        }
    }
    if has_expired(name) {
        for old in events.iter_mut().skip(2).step_by(4) {
            old.at = Timestamp::from_ms(old.at.ms() - 2 * i64::from(RETENTION_DAYS) * DAY_MS);
        }
    }
    events
}

fn event(n: i64) -> NewEvent {
    let key = |text: String| PersonKey::parse(&text).unwrap();
    let links = match n % 5 {
        1 => vec![Link::Claim(key(format!("user:{}", n % 3)))],
        3 => vec![Link::Merge(key(format!("email:å{}@example.no", n % 2))), Link::Claim(key("user:9".to_owned()))],
        _ => Vec::new(),
    };
    NewEvent {
        message_id: format!("golden-{n}"),
        name: ["Page Viewed", "Ordre fullført", "Signed Up"][n as usize % 3].to_owned(),
        at: Timestamp::from_ms(START_MS + (n * 7919) % 1_000_000),
        received_at: Timestamp::from_ms(START_MS + 1_000_000 + n),
        person: key(format!("{}:{}", ["anon", "user"][usize::from(n % 4 == 0)], n % 6)),
        links,
        props: match n % 4 {
            0 => "{}".to_owned(),
            1 => format!(r#"{{"channel":"ads","n":{n},"ok":true}}"#),
            2 => format!(r#"{{"channel":"mål \"{n}\"","list":[1,{{"a":null}}]}}"#),
            _ => format!(r#"{{"n":{}.5,"ok":false,"none":null}}"#, n),
        },
        person_props: (n % 7 == 0).then(|| format!(r#"{{"plan":"p{n}"}}"#)),
        source: [None, Some("imp_1"), Some(RETRACTED)][n as usize / 2 % 3].map(str::to_owned),
    }
}

/// Whether somebody was erased in it.
fn has_erased(name: &str) -> bool {
    name.starts_with("erased")
}

/// Whether some of its events are older than they are kept.
fn has_expired(name: &str) -> bool {
    name.starts_with("expired")
}

/// Whether some of its events have objects in their properties: columns did not look into them before.
fn has_objects(name: &str) -> bool {
    name.starts_with("columns") && !["columns-v1", "columns-v2", "columns-v3"].contains(&name)
}

/// Columns and segments say the same.
async fn assert_answers_agree(log: &LocalLog, name: &str) {
    for prop in ["channel", "n", "home.city", "person.plan"] {
        let breakdown = serde_json::json!({"prop": prop, "attribution": "first_touch"});
        let steps = serde_json::json!([{"event": ["Page Viewed", "Signed Up"]}]);
        let body = serde_json::json!({"steps": steps, "window_s": 60, "breakdown": breakdown});
        let query = Query::parse(body).unwrap();
        let records = log.scan(&query.plan()).await.unwrap();
        assert_eq!(log.answer(&query).await.unwrap(), query.answer(&records), "{name}: {prop}");
    }
}

/// What a golden folder gives.
fn expected(name: &str) -> Vec<NewEvent> {
    let is_gone = |key: &PersonKey| has_erased(name) && ERASED_KEYS.contains(&key.as_str());
    let is_kept = |event: &NewEvent| event.at.ms() > START_MS - i64::from(RETENTION_DAYS) * DAY_MS;
    let stands =
        |event: &NewEvent| event.source.as_deref() != Some(RETRACTED) && !is_gone(&event.person) && is_kept(event);
    let mut events: Vec<NewEvent> = history(name).into_iter().filter(stands).collect();
    for event in &mut events {
        event.links.retain(|link| matches!(link, Link::Claim(key) | Link::Merge(key) if !is_gone(key)));
    }
    events
}

fn copy(from: &Path, to: &Path, folders: &[&str]) {
    for folder in folders {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
        }
    }
}

async fn write(name: &str, to: &Path) {
    let work = tempfile::tempdir().unwrap();
    // Only who writes it: the files must say what has expired.
    let retention_days = has_expired(name).then_some(RETENTION_DAYS);
    let log = open(work.path(), Options { retention_days, ..options(name) });
    for batch in history(name).chunks(4) {
        log.append(batch.to_vec()).await.unwrap();
    }
    assert!(log.retract(RETRACTED).await.unwrap() > 0);
    if has_erased(name) {
        let person = log.person(&PersonKey::parse(ERASED).unwrap()).unwrap();
        println!("erased: {:?}", log.keys(person));
        log.erase(&[person]).await.unwrap();
    }
    if has_expired(name) {
        log.expire().await.unwrap();
    }
    if name.starts_with("wal") {
        // As a power cut leaves it: closing would seal the events.
        log.flush().await.unwrap();
        copy(work.path(), to, folders_of(name));
    } else {
        log.settle().await.unwrap();
        log.close().await.unwrap();
        copy(work.path(), to, folders_of(name));
    }
}

#[tokio::test]
async fn write_one() {
    let Ok(name) = std::env::var("SUPPILO_WRITE_GOLDEN") else { return };
    let folder = golden().join(&name);
    assert!(!folder.exists(), "{} is there: golden files are never changed, take the next number", folder.display());
    write(&name, &folder).await;
}

fn files_in(folder: &Path, part: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder.join(part))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort_unstable();
    files
}

#[tokio::test]
async fn every_golden_folder_gives_its_events() {
    for name in GOLDEN {
        let work = tempfile::tempdir().unwrap();
        copy(&golden().join(name), work.path(), folders_of(name));
        let log = open(work.path(), options(name));
        let read = log.read_after(Position(0), 1000).await.unwrap();
        let expected = expected(name);
        assert_eq!(log.person(&PersonKey::parse(ERASED).unwrap()).is_none(), has_erased(name), "{name}");
        assert_eq!(log.person(&PersonKey::parse(EXPIRED).unwrap()).is_none(), has_expired(name), "{name}");
        assert_eq!(read.len(), expected.len(), "{name}");
        for (stored, expected) in read.iter().zip(&expected) {
            assert_eq!(stored.event, *expected, "{name}");
            assert_eq!(Some(stored.person), log.person(&expected.person), "{name}");
        }
        assert_answers_agree(&log, name).await;
        let person = log.person(&PersonKey::parse("user:9").unwrap()).unwrap();
        let mut keys: Vec<String> = log.keys(person).iter().map(ToString::to_string).collect();
        keys.sort_unstable();
        assert_eq!(keys, KEYS_OF_USER_9, "{name}");
        // What was derived is used as it is, not made anew, unless it is of an earlier version.
        for part in ["derived", "columns"].iter().filter(|part| folders_of(name).contains(part) && is_newest(name)) {
            let kept = files_in(&golden().join(name), part);
            assert!(!kept.is_empty() && files_in(work.path(), part) == kept, "{name}: {part} was not used");
        }
        let again = log.append(history(name)).await.unwrap();
        assert_eq!((again.written + expected.len(), again.repeated), (count(name) as usize, expected.len()), "{name}");
        log.close().await.unwrap();
    }
}

/// Who is erased in some folders, and all keys of theirs.
const ERASED: &str = "anon:3";
const ERASED_KEYS: &[&str] = &["anon:1", "user:1", "anon:3", "email:å1@example.no"];

/// Of whom all events have expired in some folders.
const EXPIRED: &str = "anon:4";

/// Joined with it by events that stand; browsers of other known people, which also claim it, are not among them.
const KEYS_OF_USER_9: &[&str] = &["anon:0", "anon:2", "email:å0@example.no", "user:0", "user:2", "user:9"];
