//! Questions answered from columns and from segments: the same, whatever was sealed, merged, joined, taken back or
//! opened again in between.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use base::{Clock, Timestamp, VirtualClock};
use events::{Durability, EventLog, Lineage, Link, LocalLog, NewEvent, Options, PersonKey, Position};
use insight::gather::{AmountOf, Gather, Gathered, IsWanted, Origin};
use insight::people::{PeopleQuery, Place};
use insight::query::Query;
use proptest::prelude::*;
use serde_json::{Value, json};

const START_MS: i64 = 1_700_000_000_000;
const MINUTE_MS: i64 = 60_000;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

fn open(folder: &Path) -> LocalLog {
    open_at(folder, &Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS))), 6)
}

fn open_at(folder: &Path, clock: &Arc<VirtualClock>, tail_events_max: usize) -> LocalLog {
    let clock: Arc<dyn Clock> = clock.clone();
    let options = Options {
        tail_events_max,
        retention_days: Some(1),
        background_sealing: false,
        durability: Durability::Relaxed,
        ..Options::default()
    };
    LocalLog::open(folder, options, clock).unwrap()
}

#[derive(Debug, Clone)]
enum Act {
    Happens(Happens),
    /// One of the questions, so that what is newest is kept from one to the next.
    Ask(prop::sample::Index),
    TakeBack(u8),
    OpenAgain,
    Settle,
    Erase(u8),
    /// Days go by until what happened before midnight is kept no longer.
    Expire,
}

#[derive(Debug, Clone)]
struct Happens {
    name: &'static str,
    person: u8,
    minute: i64,
    props: String,
    facts: Option<String>,
    link: Option<(u8, bool)>,
    source: Option<u8>,
}

/// An object as text: names may stand twice.
fn object(entries: &[(&str, String)]) -> String {
    let entries: Vec<String> = entries.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", entries.join(","))
}

fn told(names: &'static [&'static str]) -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let value = prop::sample::select(vec![
        "null",
        "\"\"",
        "\"a\"",
        "\"b\"",
        "5",
        "true",
        "[1]",
        r#"{"deep":1}"#,
        r#"{"deep":"a","deep":null}"#,
        r#"{"deep":{"er":"a"}}"#,
        r#"{"deep.er":"b","deep":{"er":5}}"#,
        "{}",
    ]);
    prop::collection::vec((prop::sample::select(names), value.prop_map(str::to_owned)), 0..4)
}

fn props() -> impl Strategy<Value = String> {
    let text = prop_oneof![Just(Value::Null), Just(json!("")), Just(json!("a")), Just(json!("b")), Just(json!("5"))];
    let other =
        prop_oneof![Just(json!(5)), Just(json!(2.5)), Just(json!(true)), Just(json!({"deep": 1})), text.clone()];
    let deep = told(&["o", "o.deep", "o", "o.deep.er", "n", "person", "person.plan"]);
    (prop::option::of(text), prop::option::of(other), deep).prop_map(|(v, n, deep)| {
        let plain = [("v", v), ("n", n)].into_iter().filter_map(|(name, value)| Some((name, value?.to_string())));
        object(&plain.chain(deep).collect::<Vec<_>>())
    })
}

fn act() -> impl Strategy<Value = Act> {
    let name = prop::sample::select(vec!["a", "a", "b", "b", "c", "x"]);
    let link = prop::option::weighted(0.15, (0..12u8, any::<bool>()));
    let source = prop::option::weighted(0.2, 0..3u8);
    // Some of one instant, on both sides of midnight.
    let minute = prop_oneof![3 => 0..400i64, 1 => Just(100i64), 1 => Just(250i64)];
    let facts = told(&["plan", "plan", "tier", "home", "home.deep", "home.deep.er"]).prop_map(|told| object(&told));
    let facts = prop::option::weighted(0.4, facts);
    let happens = (name, 0..12u8, minute, props(), facts, link, source).prop_map(
        |(name, person, minute, props, facts, link, source)| {
            Act::Happens(Happens { name, person, minute, props, facts, link, source })
        },
    );
    let rare = prop_oneof![
        (0..3u8).prop_map(Act::TakeBack),
        (0..12u8).prop_map(Act::Erase),
        Just(Act::OpenAgain),
        Just(Act::Settle),
        Just(Act::OpenAgain),
        Just(Act::Settle),
        Just(Act::Expire),
    ];
    let ask = any::<prop::sample::Index>().prop_map(Act::Ask);
    prop_oneof![20 => happens, 5 => ask, 1 => rare]
}

fn person(number: u8) -> PersonKey {
    if number < 8 { PersonKey::anonymous(&format!("p{number}")) } else { PersonKey::user(&format!("p{number}")) }
        .unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_ms(START_MS + minute * MINUTE_MS)
}

/// Questions of every kind; times in text.
fn questions() -> Vec<Query> {
    let (from, to) = (at(50).to_string(), at(300).to_string());
    let steps = json!([{"event": "a"}, {"event": "b"}, {"event": "c"}]);
    let filtered =
        json!([{"event": "a", "where": {"n": {"op": "gte", "value": 5}}}, {"event": "b", "where": {"v": "a"}}]);
    let breakdown = |attribution: &str| json!({"prop": "v", "attribution": attribution});
    let by_plan = json!({"prop": "person.plan", "attribution": "first_touch"});
    let questions = [
        json!({"steps": steps, "window_s": 7200, "reached": true}),
        json!({"steps": steps, "window_s": 7200, "from": from, "to": to, "breakdown": breakdown("first_touch")}),
        json!({"steps": steps, "window_s": 7200, "breakdown": breakdown("last_touch"), "reached": true}),
        json!({"steps": filtered, "window_s": 90000, "breakdown": breakdown("step:1")}),
        json!({"steps": filtered, "window_s": 90000, "breakdown": breakdown("all_events"), "to": to, "entry_only": true}),
        json!({"steps": steps, "window_s": 7200, "order": "strict", "reached": true}),
        json!({"steps": steps, "window_s": 7200, "order": "unordered", "hold": ["v"]}),
        json!({"steps": steps, "window_s": 7200, "exclusions": [{"event": "x", "from_step": 0, "to_step": 2}]}),
        json!({"steps": [{"event": ["b", "a"]}, {"event": "a"}], "window_s": 7200, "breakdown": breakdown("first_touch")}),
        json!({"insight": "trend", "event": ["a", "b"], "measure": "unique", "from": from, "to": to}),
        json!({"insight": "trend", "event": "a", "measure": "sum", "prop": "n", "from": from, "to": to}),
        json!({"insight": "retention", "event": "a", "period": "day", "from": from, "periods": 3}),
        json!({"steps": [{"event": "a", "where": {"n.deep": 1}}, {"event": "b"}], "window_s": 7200, "reached": true}),
        json!({"steps": [{"event": "a"}, {"event": "b", "where": {"person.plan": "a"}}], "window_s": 7200}),
        json!({"steps": [{"event": "b", "where": {"person.tier": 5, "o.deep": 1}}, {"event": "a"}], "window_s": 90000,
            "breakdown": {"prop": "person.home.deep", "attribution": "first_touch"}, "from": from, "to": to}),
        json!({"steps": steps, "window_s": 90000, "order": "strict", "breakdown": by_plan}),
        json!({"steps": [{"event": "c"}], "window_s": 60, "breakdown": by_plan, "reached": true}),
        json!({"steps": [{"event": ["a", "x"]}], "window_s": 60,
            "breakdown": {"prop": "person.home.deep.er", "attribution": "all_events"}}),
        json!({"steps": [{"event": ["a", "b"]}, {"event": "c"}], "window_s": 7200,
            "breakdown": {"prop": "o.deep.er", "attribution": "step:1"}}),
        json!({"insight": "trend", "event": "a", "measure": "sum", "prop": "o.deep", "from": from, "to": to}),
        json!({"insight": "trend", "event": "b", "measure": "unique", "where": {"person.tier": {"op": "set"}},
            "from": from, "to": to}),
    ];
    questions.into_iter().map(|body| Query::parse(body).unwrap()).collect()
}

/// Questions that go through records block by block, and those of the people behind a number.
fn slow_questions() -> Vec<Query> {
    let (from, to) = (at(50).to_string(), at(300).to_string());
    let steps = json!([{"event": "a"}, {"event": "b"}, {"event": "c"}]);
    let questions = [
        json!({"steps": [{"event": "a"}, {"event": "x", "optional": true}, {"event": "b", "window_s": 3600}],
            "count": "totals", "value": {"prop": "n"}, "breakdown": {"prop": ["v", "n"]}}),
        json!({"steps": steps, "count": "sessions", "entry": "first_ever", "from": from, "to": to, "survival": true,
            "trend": {}}),
        json!({"insight": "lifecycle", "event": "a", "from": from, "to": to}),
        json!({"insight": "paths", "by_prop": {"b": "v"}, "around": {"funnel": {"steps": steps}, "step": 1}}),
        json!({"steps": [{"event": "a"}, {"event": "b"}], "count": "totals",
            "breakdown": {"prop": ["person.plan", "o.deep"]}, "value": {"prop": "person.tier"}}),
        json!({"insight": "paths", "by_prop": {"b": "person.home", "a": "o.deep"}}),
        json!({"insight": "time_in_stage", "event": ["a", "b"], "prop": "v", "unit": "n", "from": from, "to": to}),
    ];
    questions.into_iter().map(|body| Query::parse(body).unwrap()).collect()
}

async fn compare_slowly(log: &LocalLog) -> Result<(), TestCaseError> {
    for query in slow_questions() {
        let records = log.scan(&query.plan()).await.unwrap();
        prop_assert_eq!(log.answer(&query).await.unwrap(), query.answer(&records), "{:?}", query);
        let place = Place { step: Some(0), ..Place::default() };
        if let Ok(question) = PeopleQuery::new(query, &place) {
            let people = log.people(&question, 1_000).await.unwrap();
            prop_assert_eq!(people, question.answer(&records, 1_000), "{:?}", question);
        }
    }
    Ok(())
}

async fn compare_one(log: &LocalLog, query: &Query) -> Result<(), TestCaseError> {
    let records = log.scan(&query.plan()).await.unwrap();
    let answer = log.answer(query).await.unwrap();
    prop_assert_eq!(answer, query.answer(&records), "{:?}", query);
    Ok(())
}

async fn compare(log: &LocalLog) -> Result<(), TestCaseError> {
    for query in questions() {
        compare_one(log, &query).await?;
    }
    Ok(())
}

fn happened(number: usize, act: Happens) -> NewEvent {
    let link =
        act.link.map(|(other, always)| if always { Link::Merge(person(other)) } else { Link::Claim(person(other)) });
    NewEvent {
        message_id: number.to_string(),
        name: act.name.to_owned(),
        at: at(act.minute),
        received_at: at(400),
        person: person(act.person),
        links: link.into_iter().collect(),
        props: act.props,
        person_props: act.facts,
        source: act.source.map(|source| format!("imp_{source}")),
    }
}

/// Somebody who keeps what is gathered and follows what comes.
#[derive(Default)]
struct Follower {
    place: Position,
    lineage: Lineage,
    rows: Vec<Gathered>,
    has_begun: bool,
}

fn wanted() -> Gather {
    let is_wanted: IsWanted = Arc::new(|value| *value == insight::record::Value::Number(5.0));
    let amount: AmountOf = Arc::new(|value| match value {
        insight::record::Value::Number(number) => (number * 10.0) as i64,
        _ => 0,
    });
    let origins = vec![
        Origin { event: "a".to_owned(), tests: vec![("n".to_owned(), is_wanted)] },
        Origin { event: "c".to_owned(), tests: Vec::new() },
    ];
    Gather { origins, amount: Some(("n".to_owned(), amount)), from: Some(at(20)) }
}

async fn gathered(log: &LocalLog) -> (Position, Lineage, Vec<Gathered>) {
    let rows = Arc::new(Mutex::new(Vec::new()));
    let taken = rows.clone();
    let take = Arc::new(move |some: &[Gathered]| taken.lock().unwrap().extend_from_slice(some));
    let (place, lineage) = log.gather(&wanted(), take).await.unwrap();
    let mut rows = std::mem::take(&mut *rows.lock().unwrap());
    rows.sort_unstable();
    (place, lineage, rows)
}

impl Follower {
    /// Follow, and compare with what is gathered anew.
    async fn follow(&mut self, log: &LocalLog) -> Result<(), TestCaseError> {
        let (lineage, joined) = log.joined_since(self.lineage);
        match joined.filter(|_| self.has_begun) {
            None => (self.place, self.lineage, self.rows) = gathered(log).await,
            Some(joined) => {
                for (from, into) in joined {
                    self.rows.iter_mut().filter(|row| row.person == from).for_each(|row| row.person = into);
                }
                self.lineage = lineage;
                for stored in log.read_after(self.place, 1_000).await.unwrap() {
                    let props: Value = serde_json::from_str(&stored.event.props).unwrap();
                    let number = props.get("n").and_then(Value::as_f64);
                    let is_wanted = match stored.event.name.as_str() {
                        "a" => number == Some(5.0),
                        name => name == "c",
                    };
                    if is_wanted && stored.event.at >= at(20) {
                        let amount = number.map_or(0, |number| (number * 10.0) as i64);
                        self.rows.push(Gathered { person: stored.person, at_ms: stored.event.at.ms(), amount });
                    }
                    self.place = stored.position;
                }
                self.rows.sort_unstable();
            }
        }
        self.has_begun = true;
        prop_assert_eq!(&self.rows, &gathered(log).await.2);
        let mut slowly = wanted().of_records(&log.scan(&wanted().plan()).await.unwrap());
        slowly.sort_unstable();
        prop_assert_eq!(&self.rows, &slowly);
        Ok(())
    }
}

async fn play(tail_events_max: usize, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let (mut log, questions) = (open_at(folder.path(), &clock, tail_events_max), questions());
    let mut follower = Follower::default();
    for (number, act) in acts.into_iter().enumerate() {
        match act {
            Act::Happens(act) => {
                log.append(vec![happened(number, act)]).await.unwrap();
                continue;
            }
            Act::Ask(which) => {
                compare_one(&log, which.get(&questions)).await?;
                follower.follow(&log).await?;
                continue;
            }
            Act::TakeBack(source) => drop(log.retract(&format!("imp_{source}")).await.unwrap()),
            Act::OpenAgain => {
                log.close().await.unwrap();
                drop(log);
                log = open_at(folder.path(), &clock, tail_events_max);
                // Nothing that is kept beside the log outlives the program.
                follower = Follower::default();
            }
            Act::Settle => log.settle().await.unwrap(),
            Act::Erase(who) => {
                if let Some(person) = log.person(&person(who)) {
                    log.erase(&[person]).await.unwrap();
                }
            }
            Act::Expire => {
                clock.advance_to(Timestamp::from_ms(START_MS + 2 * DAY_MS));
                log.expire().await.unwrap();
            }
        }
        compare(&log).await?;
        follower.follow(&log).await?;
    }
    compare_slowly(&log).await?;
    compare(&log).await?;
    log.close().await.unwrap();
    drop(log);
    let findings = events::check(folder.path()).unwrap().findings;
    prop_assert!(findings.is_empty(), "{:?}", findings);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn columns_answer_as_segments_do(
        tail_events_max in prop::sample::select(vec![6, 6, 30]),
        acts in prop::collection::vec(act(), 1..150),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(tail_events_max, acts))?;
    }
}

/// More people than one block holds, some of them joined with people of another block after the columns were made.
#[tokio::test]
async fn people_move_between_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let options = Options {
        tail_events_max: 20_000,
        durability: Durability::Relaxed,
        background_sealing: false,
        ..Options::default()
    };
    let log = LocalLog::open(folder.path(), options, clock).unwrap();
    let event = |name: &str, who: u32, minute: i64, links: Vec<Link>| NewEvent {
        message_id: format!("{name}{who}"),
        name: name.to_owned(),
        at: at(minute),
        received_at: at(400),
        person: PersonKey::anonymous(&who.to_string()).unwrap(),
        links,
        props: json!({"v": format!("v{}", who % 300), "n": who}).to_string(),
        person_props: who.is_multiple_of(5).then(|| json!({"plan": format!("p{}", who % 7)}).to_string()),
        source: None,
    };
    for batch in 0..14 {
        let people = batch * 10_000..(batch + 1) * 10_000;
        let name = |who: u32| if who.is_multiple_of(3) { "b" } else { "a" };
        log.append(people.map(|who| event(name(who), who, i64::from(who % 100), Vec::new())).collect()).await.unwrap();
    }
    assert!(std::fs::read_dir(folder.path().join("columns")).unwrap().count() > 0);
    compare(&log).await.unwrap();
    let join = |who: u32| {
        let other = PersonKey::anonymous(&(who + 70_000).to_string()).unwrap();
        event("c", who, 120, vec![Link::Merge(other)])
    };
    log.append((0..70_000).step_by(7).map(join).collect()).await.unwrap();
    compare(&log).await.unwrap();
    let body = json!({"steps": [{"event": "a"}, {"event": "b"}, {"event": "c"}], "window_s": 360_000});
    let query = Query::parse(body).unwrap();
    let counts = |answer| serde_json::to_value(&answer).unwrap()["counts"].clone();
    let answer = counts(log.answer(&query).await.unwrap());
    assert!(answer[2].as_u64().unwrap() > 1_000, "{answer}: the joined people did all three");
}

/// Events of one instant, of two people who turn out to be one: columns and segments meet them in another order.
#[tokio::test]
async fn the_order_of_arrival_decides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let mut number = 0;
    let mut event = |name: &str, who: u8, minute: i64, v: &str, links: Vec<Link>| {
        number += 1;
        NewEvent {
            message_id: number.to_string(),
            name: name.to_owned(),
            at: at(minute),
            received_at: at(400),
            person: person(who),
            links,
            props: json!({ "v": v }).to_string(),
            person_props: None,
            source: None,
        }
    };
    // The person who is seen first and stays tells of the instant last.
    let mut events = vec![event("c", 0, 1, "", Vec::new()), event("a", 1, 5, "b", Vec::new())];
    events.push(event("a", 0, 5, "a", Vec::new()));
    events.extend((0..4).map(|minute| event("x", 2, minute, "", Vec::new())));
    log.append(events).await.unwrap();
    assert!(std::fs::read_dir(folder.path().join("columns")).unwrap().count() > 0);
    log.append(vec![event("b", 0, 60, "", vec![Link::Merge(person(1))])]).await.unwrap();
    compare(&log).await.unwrap();
}
