//! Erasing a person and dropping what is old: nothing of it is left in any file, and nobody else loses anything.

use std::{fs, path::Path, sync::Arc};

use base::{Clock, Timestamp, VirtualClock};
use events::{EventLog, Link, LocalLog, NewEvent, Options, PersonKey, Position, check};
use insight::query::Query;
use parquet::file::reader::{FileReader, SerializedFileReader};

const DAY_MS: i64 = 86_400_000;
const START_MS: i64 = 20_000 * DAY_MS;

fn open(folder: &Path, clock: &Arc<VirtualClock>, retention_days: Option<u32>) -> LocalLog {
    let clock: Arc<dyn Clock> = clock.clone();
    let options = Options { tail_events_max: 20, ids_in_memory_max: 16, retention_days, ..Options::default() };
    LocalLog::open(folder, options, clock).unwrap()
}

fn event(n: i64, person: &str) -> NewEvent {
    NewEvent {
        message_id: format!("m{n}"),
        name: "Page Viewed".to_owned(),
        at: Timestamp::from_ms(START_MS + n * DAY_MS / 4),
        received_at: Timestamp::from_ms(START_MS + n * DAY_MS / 4),
        person: PersonKey::parse(person).unwrap(),
        links: Vec::new(),
        props: format!(r#"{{"channel":"ads","page":"/{}"}}"#, n % 3),
        person_props: None,
        source: None,
    }
}

fn secret(n: i64) -> NewEvent {
    NewEvent {
        message_id: format!("hemmelig-id-{n}"),
        name: if n % 4 == 0 { "Hemmelig Kjøp" } else { "Page Viewed" }.to_owned(),
        links: if n % 3 == 0 { vec![Link::Claim(PersonKey::user("hemmelig-kari").unwrap())] } else { Vec::new() },
        props: format!(r#"{{"channel":"hemmelig-kanal","adr":{{"hemmelig-felt":{n},"by":"Hemmelig By {n}"}}}}"#),
        person_props: Some(format!(r#"{{"name":"Hemmelig Navn","adr":{{"hemmelig-felt":"Hemmelig Vei {n}"}}}}"#)),
        ..event(n, "anon:hemmelig-browser")
    }
}

/// Every byte of every file, and every text of every segment, unpacked. Files come and go under a running log.
fn words_in(folder: &Path) -> String {
    loop {
        match try_words_in(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            words => return words.unwrap(),
        }
    }
}

fn try_words_in(folder: &Path) -> std::io::Result<String> {
    let mut all = String::new();
    for part in ["wal", "segments", "derived", "columns"] {
        for entry in fs::read_dir(folder.join(part))? {
            let path = entry?.path();
            all.push_str(&String::from_utf8_lossy(&fs::read(&path)?));
            if path.extension().is_some_and(|extension| extension == "parquet") {
                let reader = SerializedFileReader::new(fs::File::open(&path)?).unwrap();
                for row in reader.get_row_iter(None).unwrap() {
                    all.push_str(&row.unwrap().to_string());
                }
            }
        }
    }
    Ok(all.to_lowercase())
}

fn trend(event: &str) -> Query {
    let (from, to) = (Timestamp::from_ms(START_MS), Timestamp::from_ms(START_MS + 100 * DAY_MS));
    let text = format!(
        r#"{{"insight":"trend","event":"{event}","measure":"total","interval":"month","from":"{from}","to":"{to}"}}"#
    );
    Query::parse(serde_json::from_str(&text).unwrap()).unwrap()
}

#[tokio::test]
async fn no_byte_of_an_erased_person_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let mut log = open(folder.path(), &clock, None);
    let mut others = Vec::new();
    for n in 0..100 {
        let mine = event(n, &format!("anon:{}", n % 5));
        // Somebody else at the same browser: their claim is refused, and names the erased key.
        let links = vec![Link::Claim(PersonKey::anonymous("hemmelig-browser").unwrap())];
        let neighbour = NewEvent { links, message_id: format!("n{n}"), ..event(n, "user:nabo") };
        log.append(vec![mine.clone(), secret(n), neighbour.clone()]).await.unwrap();
        others.extend([mine, NewEvent { links: Vec::new(), ..neighbour }]);
        if n == 30 {
            log.close().await.unwrap();
            drop(log);
            // From here on there is a list of segments too.
            log = open(folder.path(), &clock, None);
            let list = fs::read(folder.path().join("derived/segments")).unwrap();
            assert!(String::from_utf8_lossy(&list).contains("Hemmelig Kjøp"));
        }
        if n == 60 {
            log.settle().await.unwrap();
        }
    }
    assert!(words_in(folder.path()).contains("hemmelig"));
    let key = PersonKey::anonymous("hemmelig-browser").unwrap();
    let person = log.person(&key).unwrap();
    let question = trend("Hemmelig Kjøp");
    let asked = async {
        for _ in 0..20 {
            log.answer(&question).await.unwrap();
        }
    };
    let people = [person];
    let (erased, ()) = tokio::join!(log.erase(&people), asked);
    erased.unwrap();
    let found = words_in(folder.path());
    assert!(
        !found.contains("hemmelig"),
        "{:?}",
        found.find("hemmelig").map(|at| found.get(at.saturating_sub(80)..at + 40))
    );
    let check_others = |read: Vec<events::StoredEvent>| {
        let read: Vec<NewEvent> = read.into_iter().map(|stored| stored.event).collect();
        assert_eq!(read.len(), others.len());
        assert!(read == others);
    };
    check_others(log.read_after(Position(0), 1000).await.unwrap());
    assert_eq!(log.person(&key), None);
    assert!(log.keys(person).is_empty() && log.timeline(person, None, 10).await.unwrap().is_empty());
    assert_eq!(log.names().await.unwrap(), [("Page Viewed".to_owned(), 200)]);
    assert_eq!(log.properties(None).await.unwrap(), ["channel", "page"]);
    // Sent once more, it does not come back; as somebody new they may.
    assert_eq!(log.append(vec![secret(1)]).await.unwrap().written, 0);
    log.append(vec![NewEvent { message_id: "later".to_owned(), ..event(1, "anon:hemmelig-browser") }]).await.unwrap();
    assert_ne!(log.person(&key), Some(person));
    log.close().await.unwrap();
    drop(log);
    let checked = check(folder.path()).unwrap();
    assert!(checked.findings.is_empty(), "{checked:?}");
    // All that can be derived is derived anew.
    for part in ["derived", "columns"] {
        fs::remove_dir_all(folder.path().join(part)).unwrap();
    }
    let log = open(folder.path(), &clock, None);
    log.settle().await.unwrap();
    let read = log.read_after(Position(0), 1000).await.unwrap();
    check_others(read.into_iter().filter(|stored| stored.event.message_id != "later").collect());
    assert_eq!(log.keys(log.person(&PersonKey::user("nabo").unwrap()).unwrap()).len(), 1);
    log.close().await.unwrap();
}

#[tokio::test]
async fn what_is_too_old_is_never_shown_and_leaves_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS + 25 * DAY_MS)));
    let log = open(folder.path(), &clock, None);
    for n in 0..100 {
        // Who a browser is was told at the beginning, and is known when that is long ago.
        let links = if n == 0 { vec![Link::Claim(PersonKey::user("kari").unwrap())] } else { Vec::new() };
        let person = if n < 40 { "anon:early-bird" } else { "anon:loyal" };
        let person_props = Some(format!(r#"{{"note":"note-{n}-told"}}"#));
        let loyal = NewEvent { message_id: format!("l{n}"), links, person_props, ..event(n, "anon:loyal") };
        log.append(vec![loyal, NewEvent { message_id: format!("p{n}"), ..event(n, person) }]).await.unwrap();
    }
    log.settle().await.unwrap();
    log.close().await.unwrap();
    drop(log);
    let log = open(folder.path(), &clock, Some(10));
    // Before any file was written anew.
    let shown = log.read_after(Position(0), 1000).await.unwrap();
    assert!(shown.iter().all(|stored| stored.event.at.ms() >= START_MS + 15 * DAY_MS) && shown.len() == 80);
    log.expire().await.unwrap();
    let counted: u64 = log.names().await.unwrap().iter().map(|(_, count)| count).sum();
    assert_eq!((log.scan(&Default::default()).await.unwrap().rows.len(), counted), (80, 80));
    let words = words_in(folder.path());
    assert!(!words.contains("early-bird") && !words.contains("\"l3\"") && words.contains("loyal"));
    assert!(!words.contains("note-59-told") && words.contains("note-60-told"));
    let loyal = log.person(&PersonKey::anonymous("loyal").unwrap());
    assert_eq!(loyal, log.person(&PersonKey::user("kari").unwrap()));
    clock.advance_ms(5 * DAY_MS);
    log.expire().await.unwrap();
    assert_eq!(log.scan(&Default::default()).await.unwrap().rows.len(), 40);
    log.close().await.unwrap();
    drop(log);
    let checked = check(folder.path()).unwrap();
    assert!(checked.findings.is_empty() && checked.events == 40, "{checked:?}");
    fs::remove_dir_all(folder.path().join("derived")).unwrap();
    let log = open(folder.path(), &clock, Some(10));
    assert_eq!(log.person(&PersonKey::anonymous("loyal").unwrap()), log.person(&PersonKey::user("kari").unwrap()));
    log.close().await.unwrap();
}
