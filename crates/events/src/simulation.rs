//! Random appends, retractions, sealings, power cuts, failing syncs and full disks, from a seed.
//!
//! A failure prints the seed. `SUPPILO_SEED=<n>` runs one seed, `SUPPILO_SEEDS=<n>` so many; both, so many from it on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use insight::query::Query;
use serde_json::json;

use base::{Clock, Random, SeededRandom, Timestamp, VirtualClock};

use crate::{
    EventLog, Link, LocalLog, LogError, NewEvent, Options, PersonKey, Position, StoredEvent, columns::link_ref,
    event::tests::sample, faulty::FaultyDisk, identity::Identity,
};

/// Seeds of a usual run; it takes half a minute.
const SEEDS: u64 = 12;
const LIVES: u64 = 8;
const STEPS: u64 = 40;
const SOURCES: u64 = 3;
const ERASE_TRIES_MAX: u64 = 100;
const DAY_MS: i64 = 86_400_000;
const START_MS: i64 = 20_000 * DAY_MS;
const RETENTION_DAYS: u32 = 10;
/// Days before now in which events happen, and by which time goes on between two lives.
const DAYS_SPREAD: u64 = 6;

/// What the log must hold, and what it may hold.
#[derive(Default)]
struct Truth {
    next_id: u64,
    /// Acknowledged: id and source.
    held: BTreeSet<(String, Option<String>)>,
    /// Batches without an answer: wholly there or not at all.
    open: Vec<Vec<(String, Option<String>)>>,
    /// Sources whose retraction has no answer.
    open_retractions: BTreeSet<String>,
    /// Ids that were dropped or taken back, to be sent again.
    free: Vec<String>,
    /// Who did it, by id.
    who: BTreeMap<String, String>,
    /// A word in its properties that no other event has, by id.
    words: BTreeMap<String, String>,
    words_given: u64,
    /// When it happened, by id.
    when: BTreeMap<String, i64>,
    /// Events of erasures that have no answer: gone or not, until the log has gone on with them.
    open_erasures: Vec<BTreeSet<(String, Option<String>)>>,
    /// Events whose erasure was acknowledged. They never come back.
    erased: BTreeSet<String>,
    /// Their words.
    erased_words: BTreeSet<String>,
}

struct World {
    seed: u64,
    random: SeededRandom,
    disk: FaultyDisk,
    options: Options,
    truth: Truth,
    clock: Arc<VirtualClock>,
}

fn pair(event: &NewEvent) -> (String, Option<String>) {
    (event.message_id.clone(), event.source.clone())
}

impl World {
    fn new(seed: u64, background_sealing: bool) -> Self {
        let random = SeededRandom::new(seed);
        let options = Options {
            tail_events_max: 3 + random.below(20) as usize,
            ids_in_memory_max: 5 + random.below(30) as usize,
            background_sealing,
            retention_days: (random.below(3) == 0).then_some(RETENTION_DAYS),
            query_threads: 1,
            ..Options::default()
        };
        let clock = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
        Self { clock, seed, disk: FaultyDisk::new(seed ^ 0xD15C), random, options, truth: Truth::default() }
    }

    /// Open, however often the power goes meanwhile.
    fn open(&self) -> LocalLog {
        let clock: Arc<dyn Clock> = self.clock.clone();
        loop {
            match LocalLog::open_on(Arc::new(self.disk.clone()), self.options.clone(), clock.clone()) {
                // What failed last may be kept for later, and without a thread for it is not tried again.
                Ok(log) if self.disk.is_dark() => {
                    drop(log);
                    self.disk.restart();
                }
                Ok(log) => return log,
                Err(LogError::Disk(_)) if self.disk.is_dark() => self.disk.restart(),
                Err(LogError::Disk(_)) => self.disk.fail_syncs(0),
                Err(error) => panic!("seed {}: {error}; files {:?}", self.seed, self.disk.names()),
            }
        }
    }

    fn event(&mut self) -> NewEvent {
        let truth = &mut self.truth;
        let id = match self.random.below(10) {
            0 if !truth.free.is_empty() => truth.free.swap_remove(self.random.below(truth.free.len() as u64) as usize),
            1 if !truth.held.is_empty() => {
                let place = self.random.below(truth.held.len() as u64) as usize;
                truth.held.iter().nth(place).unwrap().0.clone()
            }
            _ => {
                truth.next_id += 1;
                format!("m{}", truth.next_id)
            }
        };
        let source = self.random.below(SOURCES + 1);
        let person = self.key();
        let at = self.clock.now().plus_ms(-(self.random.below(DAYS_SPREAD * DAY_MS as u64) as i64));
        self.truth.words_given += 1;
        let word = format!("secret-{}-", self.truth.words_given);
        // Of a repeat, which the log drops, the word stays that of the first.
        if !self.truth.held.iter().any(|(known, _)| *known == id) {
            self.truth.who.insert(id.clone(), person.as_str().to_owned());
            self.truth.words.insert(id.clone(), word.clone());
            self.truth.when.insert(id.clone(), at.ms());
        }
        NewEvent {
            person,
            links: (0..self.random.below(4).saturating_sub(2)).map(|_| self.link()).collect(),
            source: (source > 0).then(|| format!("s{source}")),
            props: format!(
                r#"{{"n":{},"of":"{word}","pad":"{}"}}"#,
                self.random.below(9),
                "x".repeat(self.random.below(300) as usize)
            ),
            at,
            received_at: at,
            ..sample(&id)
        }
    }

    /// The first moment of which events are kept.
    fn oldest_ms(&self) -> i64 {
        let days = self.options.retention_days.map_or(0, i64::from);
        if days == 0 { i64::MIN } else { (self.clock.now().ms() - days * DAY_MS).div_euclid(DAY_MS) * DAY_MS }
    }

    /// What is too old by now was held and is not expected any more.
    fn let_old_go(&mut self) {
        let oldest = self.oldest_ms();
        let when = &self.truth.when;
        let is_old = |id: &String| when.get(id).is_some_and(|at| *at < oldest);
        let mut gone: Vec<String> = self.truth.held.iter().map(|(id, _)| id.clone()).filter(is_old).collect();
        self.truth.held.retain(|(id, _)| !is_old(id));
        self.truth.free.retain(|id| !is_old(id));
        for batch in self.truth.open.iter_mut() {
            gone.extend(batch.iter().map(|(id, _)| id.clone()).filter(is_old));
            batch.retain(|(id, _)| !is_old(id));
        }
        for theirs in &mut self.truth.open_erasures {
            theirs.retain(|(id, _)| !is_old(id));
        }
        self.truth.open.retain(|batch| !batch.is_empty());
        self.truth.erased.extend(gone);
    }

    fn key(&self) -> PersonKey {
        let space = ["anon", "anon", "user"][self.random.below(3) as usize];
        PersonKey::parse(&format!("{space}:{}", self.random.below(12))).unwrap()
    }

    fn link(&self) -> Link {
        let key = self.key();
        if self.random.below(4) == 0 { Link::Merge(key) } else { Link::Claim(key) }
    }

    /// The people are those that the events that stand make, whatever segments and files they came from.
    fn compare_people(&self, log: &LocalLog, read: &[StoredEvent]) {
        let mut identity = Identity::default();
        for stored in read {
            let event = &stored.event;
            identity.apply(event.person.as_str(), event.links.iter().map(link_ref), true);
        }
        for stored in read {
            let key = &stored.event.person;
            let expected = identity.keys(identity.find(key.as_str()).unwrap());
            let mut expected: Vec<String> = expected.into_iter().map(|key| identity.text(key)).collect();
            expected.sort_unstable();
            let mut keys = log.keys(log.person(key).unwrap());
            keys.sort_unstable();
            // Events that are too old still say who is who.
            if self.options.retention_days.is_none() {
                assert_eq!(keys.iter().map(PersonKey::as_str).collect::<Vec<_>>(), expected, "seed {}", self.seed);
            }
            assert_eq!(Some(stored.person), log.person(key), "seed {}", self.seed);
        }
    }

    async fn append(&mut self, log: &LocalLog) -> bool {
        let batch: Vec<NewEvent> = (0..=self.random.below(5)).map(|_| self.event()).collect();
        let held = |id: &str| self.truth.held.iter().any(|(known, _)| known == id);
        let mut fresh: Vec<(String, Option<String>)> = Vec::new();
        for event in &batch {
            if !held(&event.message_id) && !fresh.iter().any(|(id, _)| *id == event.message_id) {
                fresh.push(pair(event));
            }
        }
        match log.append(batch).await {
            Ok(appended) => {
                assert_eq!(appended.written, fresh.len(), "seed {}: {fresh:?}", self.seed);
                self.truth.held.extend(fresh);
                true
            }
            Err(_) => {
                self.truth.open.push(fresh);
                false
            }
        }
    }

    async fn retract(&mut self, log: &LocalLog) -> bool {
        let source = format!("s{}", 1 + self.random.below(SOURCES));
        match log.retract(&source).await {
            Ok(_) => {
                self.take_back(&source);
                true
            }
            Err(_) => {
                self.truth.open_retractions.insert(source);
                false
            }
        }
    }

    async fn erase(&mut self, log: &LocalLog) -> bool {
        let key = self.key();
        let Some(person) = log.person(&key) else { return true };
        let keys: Vec<String> = log.keys(person).iter().map(|key| key.as_str().to_owned()).collect();
        let theirs: BTreeSet<_> =
            self.truth.held.iter().filter(|(id, _)| keys.contains(&self.truth.who[id])).cloned().collect();
        // Of a batch without an answer that turns out to be there, the events are theirs too.
        assert!(self.truth.open.is_empty(), "seed {}", self.seed);
        match log.erase(&[person]).await {
            Ok(()) => {
                assert_eq!(log.person(&key), None, "seed {}", self.seed);
                for event in theirs {
                    self.truth.held.remove(&event);
                    self.truth.erased_words.insert(self.truth.words[&event.0].clone());
                    self.truth.erased.insert(event.0);
                }
                self.look_for_erased();
                true
            }
            Err(_) => {
                self.truth.open_erasures.push(theirs);
                false
            }
        }
    }

    /// No file has a word of theirs. Columns keep words as they are; segments pack them, and are read by [`Self::compare`].
    fn look_for_erased(&self) {
        for name in self.disk.names() {
            let bytes = self.disk.bytes(&name);
            for word in &self.truth.erased_words {
                let is_there = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!is_there, "seed {}: {name} still has {word}", self.seed);
            }
        }
    }

    fn take_back(&mut self, source: &str) {
        let gone: Vec<_> =
            self.truth.held.iter().filter(|(_, from)| from.as_deref() == Some(source)).cloned().collect();
        for pair in gone {
            self.truth.held.remove(&pair);
            self.truth.free.push(pair.0);
        }
    }

    /// Compare the log with the truth, and learn how the open questions were decided.
    async fn compare(&mut self, log: &LocalLog) {
        let seed = self.seed;
        self.let_old_go();
        if !self.truth.open_erasures.is_empty() {
            // What was begun is finished by itself; here it is waited for.
            // A sealer that failed on a full disk looks again after a second.
            let mut tries = 0;
            while let Err(error) = log.erase(&[]).await {
                tries += 1;
                assert!(tries < ERASE_TRIES_MAX, "seed {seed}: {error}");
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
        let read = log.read_after(Position(0), 100_000).await.unwrap();
        assert!(read.windows(2).all(|pair| pair[0].position < pair[1].position), "seed {seed}: order");
        let there: BTreeSet<_> = read.iter().map(|stored| pair(&stored.event)).collect();
        assert_eq!(there.len(), read.len(), "seed {seed}: an event is doubled");
        self.compare_people(log, &read);
        for source in std::mem::take(&mut self.truth.open_retractions) {
            let of_source = |(_, from): &&(String, Option<String>)| from.as_deref() == Some(source.as_str());
            if !there.iter().any(|pair| of_source(&pair)) {
                self.take_back(&source);
            }
        }
        for batch in std::mem::take(&mut self.truth.open) {
            let found = batch.iter().filter(|pair| there.contains(pair)).count();
            // A later retraction may have taken a part; otherwise all or nothing.
            let expected = batch.iter().filter(|(_, source)| source.is_none()).count();
            let found_own = batch.iter().filter(|pair| pair.1.is_none() && there.contains(pair)).count();
            assert!(found_own == 0 || found_own == expected, "seed {seed}: a batch is there in part: {batch:?}");
            if found == 0 {
                self.truth.free.extend(batch.into_iter().map(|(id, _)| id));
            } else {
                self.truth.held.extend(batch.into_iter().filter(|pair| there.contains(pair)));
            }
        }
        for theirs in std::mem::take(&mut self.truth.open_erasures) {
            let gone: Vec<_> = theirs.iter().filter(|event| !there.contains(event)).cloned().collect();
            assert!(gone.is_empty() || gone.len() == theirs.len(), "seed {seed}: somebody is erased in part");
            for event in gone {
                self.truth.held.remove(&event);
                self.truth.erased_words.insert(self.truth.words[&event.0].clone());
                self.truth.erased.insert(event.0);
            }
            self.look_for_erased();
        }
        assert!(there.iter().all(|(id, _)| !self.truth.erased.contains(id)), "seed {seed}: an erased event is back");
        let lost: Vec<_> = self.truth.held.difference(&there).collect();
        let ghosts: Vec<_> = there.difference(&self.truth.held).collect();
        assert!(lost.is_empty() && ghosts.is_empty(), "seed {seed}: lost {lost:?}, not expected {ghosts:?}");
        // From columns, where there are any, as from segments.
        for question in &self.questions() {
            let from_columns = log.answer(question).await.unwrap();
            let from_segments = question.answer(&log.scan(&question.plan()).await.unwrap());
            assert_eq!(from_columns, from_segments, "seed {seed}");
        }
        let rows = log.scan(&insight::record::Plan::default()).await.unwrap().rows.len();
        let counted: u64 = log.names().await.unwrap().iter().map(|(_, count)| count).sum();
        assert_eq!(rows, there.len(), "seed {seed}");
        // Until the files are written anew the counts know what is hidden already.
        assert!(counted >= rows as u64, "seed {seed}");
        assert!(counted == rows as u64 || self.options.retention_days.is_some(), "seed {seed}");
    }

    fn questions(&self) -> Vec<Query> {
        let (from, to) = (Timestamp::from_ms(START_MS - 100 * DAY_MS), Timestamp::from_ms(START_MS + 100 * DAY_MS));
        let (from, to) = (from.to_string(), to.to_string());
        let bodies = [
            json!({"insight": "trend", "event": "Page Viewed", "measure": "unique", "interval": "week", "from": from, "to": to}),
            json!({"insight": "trend", "event": "Page Viewed", "measure": "sum", "prop": "n", "interval": "month", "from": from, "to": to}),
            json!({"steps": [{"event": "Page Viewed", "where": {"n": 1}}, {"event": "Page Viewed"}], "window_s": 400_000}),
        ];
        bodies.into_iter().map(|body| Query::parse(body).unwrap()).collect()
    }

    async fn live(&mut self) {
        self.clock.advance_ms(self.random.below(DAYS_SPREAD * DAY_MS as u64) as i64);
        let log = self.open();
        self.disk.stay_on();
        self.compare(&log).await;
        let trouble = self.random.below(4);
        match trouble {
            0 => self.disk.cut_after(self.random.below(200)),
            1 => self.disk.fail_syncs(self.random.below(60)),
            _ => {}
        }
        for _ in 0..self.random.below(STEPS) {
            if trouble == 2 {
                self.disk.fill(self.random.below(3) == 0);
            }
            let did_work = match self.random.below(12) {
                0 => self.retract(&log).await,
                1 if self.random.below(3) == 0 => self.erase(&log).await,
                2 if self.random.below(4) == 0 => log.expire().await.is_ok(),
                _ => self.append(&log).await,
            };
            if !did_work && trouble == 2 {
                // A full disk refuses without a trace; the log goes on.
                self.disk.fill(false);
                self.compare(&log).await;
            } else if !did_work {
                break;
            }
        }
        self.disk.fill(false);
        if self.random.below(2) == 0 {
            let _ = log.close().await;
        }
        if self.random.below(3) == 0 {
            self.disk.cut_after(0);
        }
        drop(log);
        self.disk.fail_syncs(0);
        if self.disk.is_dark() || self.random.below(2) == 0 {
            self.disk.restart();
        }
        // Opening can lose its power too.
        if self.random.below(3) == 0 {
            self.disk.cut_after(self.random.below(60));
        }
    }
}

fn run(seed: u64, background_sealing: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(seed, background_sealing);
        for _ in 0..LIVES {
            world.live().await;
        }
        world.disk.restart();
        let log = world.open();
        world.compare(&log).await;
    });
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, count) = (number("SUPPILO_SEED"), number("SUPPILO_SEEDS"));
    let usual = if first.is_some() { 1 } else { SEEDS };
    let first = first.unwrap_or(0);
    first..first + count.unwrap_or(usual)
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled() {
    for seed in seeds() {
        run(seed, false);
    }
}

#[test]
fn nor_while_sealing_goes_on_in_the_background() {
    for seed in seeds() {
        run(seed, true);
    }
}

/// A segment whose name could not be made safe is seen by the next start; the power goes after that.
#[tokio::test]
async fn a_segment_that_is_seen_and_not_safe_takes_nothing_with_it() {
    for seed in 0..40 {
        let disk = FaultyDisk::new(seed);
        let open = || {
            let options = Options { tail_events_max: 2, background_sealing: false, ..Options::default() };
            let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(0)));
            LocalLog::open_on(Arc::new(disk.clone()), options, clock).unwrap()
        };
        let log = open();
        disk.fail_folder(Some(crate::segment::FOLDER));
        log.append(vec![sample("a"), sample("b")]).await.unwrap();
        drop(log);
        disk.fail_folder(None);
        drop(open());
        disk.restart();
        assert_eq!(open().read_after(Position(0), 9).await.unwrap().len(), 2, "seed {seed}");
    }
}

/// The power goes after each operation of an erasure in turn.
#[tokio::test]
async fn an_erasure_goes_on_wherever_the_power_went() {
    let mut cut = 0;
    loop {
        let disk = FaultyDisk::new(cut);
        let open = || {
            let options = Options { tail_events_max: 4, background_sealing: false, ..Options::default() };
            let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
            LocalLog::open_on(Arc::new(disk.clone()), options, clock).unwrap()
        };
        let key = |text: &str| PersonKey::parse(text).unwrap();
        let log = open();
        for n in 0..10 {
            let (kari, ola) = (sample(&format!("kari-{n}")), sample(&format!("ola-{n}")));
            let kari = NewEvent { links: vec![Link::Claim(key("user:kari"))], person: key("anon:kari"), ..kari };
            // The browser is hers: this is refused, and names her key all the same.
            let ola = NewEvent { links: vec![Link::Claim(key("anon:kari"))], person: key("user:ola"), ..ola };
            log.append(vec![kari, ola]).await.unwrap();
        }
        disk.cut_after(cut);
        let erased = log.erase(&[log.person(&key("user:kari")).unwrap()]).await;
        let was_dark = disk.is_dark();
        drop(log);
        disk.restart();
        let log = open();
        let read = log.read_after(Position(0), 100).await.unwrap();
        let count = |who: &str| read.iter().filter(|stored| stored.event.message_id.starts_with(who)).count();
        assert_eq!(count("ola"), 10, "cut {cut}");
        assert!(count("kari") == 0 || count("kari") == 10 && erased.is_err(), "cut {cut}: {}", count("kari"));
        assert_eq!(log.person(&key("anon:kari")).is_some(), count("kari") > 0, "cut {cut}");
        if count("kari") == 0 {
            for name in disk.names() {
                let bytes = disk.bytes(&name);
                assert!(!bytes.windows(4).any(|window| window == b"kari"), "cut {cut}: {name}");
            }
        }
        assert_eq!(log.keys(log.person(&key("user:ola")).unwrap()).len(), 1, "cut {cut}");
        assert_eq!(crate::check::check_on(&(Arc::new(disk.clone()) as _)).unwrap().findings, [], "cut {cut}");
        if !was_dark {
            erased.unwrap();
            break;
        }
        cut += 1;
    }
    assert!(cut > 20, "{cut} operations");
}

/// Columns that were made while two were one person say nothing of whose events they are once these have parted.
#[tokio::test]
async fn nothing_is_left_of_somebody_who_parted_from_another_just_before() {
    let disk = FaultyDisk::new(1);
    let options = Options { tail_events_max: 4, background_sealing: false, ..Options::default() };
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let log = LocalLog::open_on(Arc::new(disk.clone()), options, clock).unwrap();
    let key = |text: &str| PersonKey::parse(text).unwrap();
    let link = NewEvent { links: vec![Link::Claim(key("user:kari"))], source: Some("s1".to_owned()), ..sample("link") };
    log.append(vec![
        NewEvent { person: key("user:kari"), ..sample("a") },
        NewEvent { person: key("anon:1"), ..link },
        NewEvent { person: key("anon:1"), props: r#"{"of":"secret"}"#.to_owned(), ..sample("b") },
        NewEvent { person: key("user:kari"), ..sample("c") },
    ])
    .await
    .unwrap();
    let is_told = || disk.names().iter().any(|name| disk.bytes(name).windows(6).any(|window| window == b"secret"));
    assert!(is_told() && disk.names().iter().any(|name| name.ends_with(".cols")));
    assert_eq!(log.retract("s1").await.unwrap(), 1);
    log.erase(&[log.person(&key("anon:1")).unwrap()]).await.unwrap();
    assert!(!is_told(), "{:?}", disk.names());
    assert_eq!(log.read_after(Position(0), 9).await.unwrap().len(), 2);
}

/// What has been emptied is not read again by every later pass: here it could not be.
#[tokio::test]
async fn what_has_expired_wholly_is_not_looked_into_again() {
    let disk = FaultyDisk::new(1);
    let options =
        Options { tail_events_max: 4, background_sealing: false, retention_days: Some(1), ..Options::default() };
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let log = LocalLog::open_on(Arc::new(disk.clone()), options, clock).unwrap();
    for (from, at_ms) in [(0, START_MS - 50 * DAY_MS), (4, START_MS)] {
        let at = Timestamp::from_ms(at_ms);
        let events = (from..from + 4).map(|n| NewEvent { at, received_at: at, ..sample(&format!("m{n}")) });
        log.append(events.collect()).await.unwrap();
    }
    log.expire().await.unwrap();
    let name = format!("{}/{}", crate::segment::FOLDER, crate::segment::file_name(1, 4));
    disk.damage(&name, |bytes| bytes[4..100].fill(7));
    log.expire().await.unwrap();
}

/// What a full disk refuses, it refuses as that.
fn assert_full(error: &LogError) {
    let LogError::Disk(inner) = error else { panic!("{error}") };
    assert_eq!(inner.kind(), std::io::ErrorKind::StorageFull, "{error}");
}

/// The ids that are read.
async fn ids(log: &LocalLog) -> BTreeSet<String> {
    let read = log.read_after(Position(0), 1000).await.unwrap();
    let ids: BTreeSet<String> = read.iter().map(|stored| stored.event.message_id.clone()).collect();
    assert_eq!(ids.len(), read.len(), "an event is doubled");
    ids
}

/// The disk is full from each write in turn, until there is room again.
#[tokio::test]
async fn a_disk_that_fills_up_at_any_write_loses_nothing_and_goes_on_when_there_is_room() {
    let mut writes = 0;
    loop {
        let disk = FaultyDisk::new(writes);
        let open = || {
            let options = Options {
                tail_events_max: 4,
                ids_in_memory_max: 6,
                background_sealing: false,
                query_threads: 1,
                ..Options::default()
            };
            let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
            LocalLog::open_on(Arc::new(disk.clone()), options, clock).unwrap()
        };
        let key = |text: &str| PersonKey::parse(text).unwrap();
        let log = open();
        disk.fill_after(writes);
        let (mut held, mut refused) = (BTreeSet::new(), Vec::new());
        let (mut is_retracted, mut is_erased) = (false, false);
        for n in 0..14 {
            let theirs = NewEvent { source: Some("s1".to_owned()), ..sample(&format!("theirs-{n}")) };
            let kari = NewEvent { person: key("anon:kari"), ..sample(&format!("kari-{n}")) };
            let batch = vec![sample(&format!("mine-{n}")), if n % 2 == 0 { theirs } else { kari }];
            match log.append(batch.clone()).await {
                Ok(_) => held.extend(batch.into_iter().map(|event| event.message_id)),
                Err(error) => {
                    assert_full(&error);
                    refused.push(batch);
                }
            }
            if n == 6 {
                let retracted = log.retract("s1").await;
                is_retracted = retracted.inspect_err(assert_full).is_ok();
                held.retain(|id: &String| !is_retracted || !id.starts_with("theirs"));
            }
            if n == 10
                && let Some(person) = log.person(&key("anon:kari"))
            {
                let erased = log.erase(&[person]).await;
                is_erased = erased.inspect_err(assert_full).is_ok();
                held.retain(|id: &String| !is_erased || !id.starts_with("kari"));
            }
        }
        // An erasure that was begun and refused may have taken some already.
        let told = |ids: &BTreeSet<String>| -> Vec<String> {
            ids.iter().filter(|id| is_erased || !id.starts_with("kari")).cloned().collect()
        };
        assert_eq!(told(&ids(&log).await), told(&held), "full after {writes}");
        let was_full = disk.is_full();
        disk.fill(false);
        for batch in refused {
            let new: Vec<String> = batch.iter().map(|event| event.message_id.clone()).collect();
            assert_eq!(log.append(batch).await.unwrap().written, 2, "full after {writes}");
            held.extend(new);
        }
        if !is_retracted {
            log.retract("s1").await.unwrap();
            held.retain(|id| !id.starts_with("theirs"));
        }
        // More than a segment, so that what could not be sealed is tried again.
        for n in 0..5 {
            log.append(vec![sample(&format!("later-{n}"))]).await.unwrap();
            held.insert(format!("later-{n}"));
        }
        let kari: Vec<u32> = log.person(&key("anon:kari")).into_iter().collect();
        log.erase(&kari).await.unwrap();
        held.retain(|id| !id.starts_with("kari"));
        assert_eq!(ids(&log).await, held, "full after {writes}");
        log.close().await.unwrap();
        drop(log);
        disk.restart();
        let log = open();
        assert_eq!(ids(&log).await, held, "full after {writes}");
        assert_eq!(crate::check::check_on(&(Arc::new(disk.clone()) as _)).unwrap().findings, [], "full after {writes}");
        if !was_full {
            break;
        }
        writes += 1;
    }
    assert!(writes > 50, "{writes} writes");
}

/// An erasure that a full disk stopped, and a close before it went on: the next start knows the texts that go.
#[tokio::test]
async fn an_erasure_goes_on_after_a_full_disk_and_a_close() {
    let mut stopped = 0;
    for writes in 0..16 {
        let disk = FaultyDisk::new(writes);
        let open = || {
            let options = Options { tail_events_max: 4, query_threads: 1, ..Options::default() };
            let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
            LocalLog::open_on(Arc::new(disk.clone()), options, clock).unwrap()
        };
        let key = |text: &str| PersonKey::parse(text).unwrap();
        let log = open();
        for n in 0..6 {
            let kari = NewEvent {
                links: vec![Link::Claim(key("user:kari"))],
                person: key("anon:kari"),
                ..sample(&format!("kari-{n}"))
            };
            // The browser is hers: this is refused, and names her key all the same.
            let ola = NewEvent {
                links: vec![Link::Claim(key("anon:kari"))],
                person: key("user:ola"),
                ..sample(&format!("ola-{n}"))
            };
            log.append(vec![kari, ola]).await.unwrap();
        }
        log.settle().await.unwrap();
        disk.fill_after(writes);
        let erased = log.erase(&[log.person(&key("user:kari")).unwrap()]).await;
        disk.fill(false);
        let has_begun = log.person(&key("user:kari")).is_none();
        stopped += u32::from(erased.is_err() && has_begun);
        log.append(vec![sample("later")]).await.unwrap();
        log.close().await.unwrap();
        drop(log);
        let log = open();
        log.erase(&[]).await.unwrap();
        log.close().await.unwrap();
        let is_left = |name: &String| disk.bytes(name).windows(4).any(|window| window == b"kari");
        let left: Vec<String> = disk.names().into_iter().filter(is_left).collect();
        assert!(left.is_empty() == has_begun, "full after {writes}: {left:?}");
    }
    assert!(stopped > 2, "{stopped} erasures were stopped");
}
