//! `check` finds every flipped bit, in whichever file it is, and says which file it was.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{Clock, Timestamp, VirtualClock};
use events::{Checked, EventLog, Link, LocalLog, LogError, NewEvent, Options, PersonKey, check};

const START_MS: i64 = 1_700_000_000_000;

fn open(folder: &Path) -> LocalLog {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let options = Options { tail_events_max: 25, ids_in_memory_max: 20, ..Options::default() };
    LocalLog::open(folder, options, clock).unwrap()
}

fn event(n: i64) -> NewEvent {
    let person = PersonKey::parse(&format!("anon:{}", n % 7)).unwrap();
    NewEvent {
        message_id: format!("m{n}"),
        name: if n % 2 == 0 { "Page Viewed" } else { "Signed Up" }.to_owned(),
        at: Timestamp::from_ms(START_MS + n),
        received_at: Timestamp::from_ms(START_MS + n),
        links: if n % 5 == 0 { vec![Link::Claim(PersonKey::user(&n.to_string()).unwrap())] } else { Vec::new() },
        person,
        props: format!(r#"{{"n":{n},"channel":"ads"}}"#),
        person_props: None,
        source: (n % 3 == 0).then(|| "imp_1".to_owned()),
    }
}

/// A folder with every kind of file: the newest events are in the write-ahead log only.
async fn folder_of_everything() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for batch in 0..20 {
        log.append((batch * 5..batch * 5 + 5).map(event).collect()).await.unwrap();
    }
    assert!(log.retract("imp_1").await.unwrap() > 0);
    log.settle().await.unwrap();
    log.close().await.unwrap();
    drop(log);
    let log = open(folder.path());
    for n in 100..110 {
        log.append(vec![event(n)]).await.unwrap();
    }
    // A copy, taken as a power cut would: closing seals what is only in the write-ahead log.
    let copy = tempfile::tempdir().unwrap();
    for path in files(folder.path()) {
        let to = copy.path().join(path.strip_prefix(folder.path()).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&path, to).unwrap();
    }
    log.close().await.unwrap();
    copy
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort_unstable();
    found
}

fn names_only(checked: &Checked, name: &str) -> bool {
    !checked.findings.is_empty() && checked.findings.iter().all(|finding| finding.file == name)
}

#[tokio::test]
async fn every_flipped_bit_is_found_and_its_file_is_named() {
    let folder = folder_of_everything().await;
    let whole = check(folder.path()).unwrap();
    assert!(whole.findings.is_empty() && whole.events > 0, "{whole:?}");
    let mut kinds = std::collections::BTreeSet::new();
    for path in files(folder.path()).into_iter().filter(|path| !path.ends_with("lock")) {
        let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let file = path.file_name().unwrap().to_str().unwrap();
        kinds.insert(file.rsplit('.').next().unwrap().to_owned());
        let bytes = fs::read(&path).unwrap();
        let stride = (bytes.len() / 40).max(1);
        for place in (0..bytes.len()).step_by(stride).chain(bytes.len().saturating_sub(30)..bytes.len()) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            fs::write(&path, &damaged).unwrap();
            let checked = check(folder.path()).unwrap();
            // The newest frame alone has nothing that vouches for it: it is told as the torn end that it may be.
            let is_torn = name.starts_with("wal/") && checked.notes.iter().any(|note| note.starts_with(&name));
            let is_found = checked.findings.iter().any(|finding| finding.file == name && !finding.way_back.is_empty());
            assert!(is_found || is_torn, "{name}, byte {place} of {}: {checked:?}", bytes.len());
        }
        fs::write(&path, &bytes).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let checked = check(folder.path()).unwrap();
        assert!(!checked.findings.is_empty() || name.starts_with("wal/"), "{name} cut in half: {checked:?}");
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(check(folder.path()).unwrap().findings, []);
    assert!(kinds.into_iter().eq(["cols", "freed", "ids", "parquet", "people", "segments", "wal"]));
}

#[tokio::test]
async fn what_is_derived_may_be_missing_and_what_is_not_may_not() {
    let folder = folder_of_everything().await;
    for path in files(folder.path()) {
        let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let checked = check(folder.path()).unwrap();
        let is_derived = !name.starts_with("wal/") && !name.starts_with("segments/");
        let is_last = name.starts_with("wal/") || name.starts_with("segments/") && names_only(&checked, &name);
        assert!(checked.findings.is_empty() == is_derived || is_last, "{name} removed: {checked:?}");
        fs::write(&path, bytes).unwrap();
    }
}

#[tokio::test]
async fn a_log_in_use_is_left_alone_and_so_is_a_folder_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let error = check(folder.path()).unwrap_err().to_string();
    assert!(error.contains("in use by a running suppilo"), "{error}");
    log.close().await.unwrap();
    assert!(check(folder.path()).is_ok());
    assert!(matches!(check(&folder.path().join("none")), Err(LogError::Disk(_))));
    assert!(!folder.path().join("none").exists());
}

/// Bit rot under a running log: a question is answered right or refused with the name of the file.
#[tokio::test]
async fn no_question_is_answered_from_damaged_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let log = LocalLog::open(folder.path(), Options { tail_events_max: 2_000, ..Options::default() }, clock).unwrap();
    for batch in 0..20 {
        log.append((batch * 100..batch * 100 + 100).map(event).collect()).await.unwrap();
    }
    log.settle().await.unwrap();
    let plan = insight::record::Plan { columns: vec!["n".to_owned()], ..Default::default() };
    let right = log.scan(&plan).await.unwrap().rows;
    assert_eq!(right.len(), 2_000);
    let path = files(folder.path()).into_iter().find(|path| path.extension().is_some_and(|e| e == "parquet")).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut refused = 0;
    for place in (0..bytes.len()).step_by(bytes.len() / 150) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        // In place: a running log may hold the file open.
        fs::write(&path, &damaged).unwrap();
        match log.scan(&plan).await {
            Ok(records) => assert!(records.rows == right, "byte {place} was believed"),
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(text.contains(name) && text.contains("backup"), "{text}");
            }
        }
    }
    assert!(refused > 100, "{refused} of 150");
    fs::write(&path, &bytes).unwrap();
    assert!(log.scan(&plan).await.unwrap().rows == right);
    log.close().await.unwrap();
}
