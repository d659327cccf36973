//! What questions get of columns, event by event, held against what they get of segments.

use std::{fmt::Write as _, sync::Arc};

use base::{Clock, Timestamp, VirtualClock};
use insight::{
    frame::{self, Source as _},
    record::{Plan, Value},
};
use proptest::prelude::*;

use super::{Snapshot, settle, snapshot, step};
use crate::{
    EventLog as _, Link, LocalLog, NewEvent, Options, PersonKey, event::tests::sample, faulty::FaultyDisk, scan::scan,
};

const START_MS: i64 = 1_700_000_000_000;

fn open(tail_events_max: usize) -> LocalLog {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
    let options = Options { tail_events_max, background_sealing: false, ..Options::default() };
    LocalLog::open_on(Arc::new(FaultyDisk::new(1)), options, clock).unwrap()
}

fn event(number: usize, person: u8, second: i64, props: &str, facts: &str) -> NewEvent {
    NewEvent {
        name: ["a", "b", "c"][number % 3].to_owned(),
        at: Timestamp::from_ms(START_MS + second * 1_000),
        person: PersonKey::anonymous(&format!("p{person}")).unwrap(),
        props: props.to_owned(),
        person_props: (!facts.is_empty()).then(|| facts.to_owned()),
        ..sample(&number.to_string())
    }
}

/// Person, time, name and values of every event.
type Rows = Vec<(u32, i64, String, String)>;

fn texts(values: impl Iterator<Item = Value>) -> String {
    values.fold(String::new(), |mut all, value| {
        write!(all, "{value:?} ").unwrap();
        all
    })
}

fn rows_of_columns(snapshot: &Snapshot, columns: usize) -> Rows {
    let mut rows = Rows::new();
    for block in 0..snapshot.blocks() {
        for (name, list) in snapshot.names().iter().zip(snapshot.load(block).unwrap().lists) {
            for (row, key) in list.iter().flat_map(|list| list.keys.iter().enumerate()) {
                let code = |column: usize| list.as_ref().unwrap().columns[column].get(row);
                let values = (0..columns).map(|column| snapshot.values(column)[code(column) as usize].clone());
                let person = block * frame::PEOPLE_PER_BLOCK + frame::person(*key);
                rows.push((person, frame::at_ms(*key), name.to_string(), texts(values)));
            }
        }
    }
    rows.sort_unstable();
    rows
}

/// Whether columns answer; if they do, that it is what segments answer.
fn agrees(log: &LocalLog, plan: &Plan) -> bool {
    let view = log.shared.state.read().view();
    let Some(found) = snapshot(&view, &log.shared.cache, plan).unwrap() else { return false };
    let records = scan(&view, plan).unwrap();
    let mut expected: Rows = records
        .rows
        .iter()
        .map(|row| {
            let name = records.names[row.name as usize].to_string();
            (row.person, row.at_ms, name, texts(row.values.iter().cloned()))
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(rows_of_columns(&found, plan.columns.len()), expected, "{plan:?}");
    true
}

fn plan(columns: &[&str]) -> Plan {
    Plan { columns: columns.iter().map(|column| (*column).to_owned()).collect(), ..Plan::default() }
}

async fn append(log: &LocalLog, events: impl IntoIterator<Item = NewEvent>) {
    log.append(events.into_iter().collect()).await.unwrap();
}

fn merge_all(log: &LocalLog) {
    while step(&log.shared).unwrap() || settle(&log.shared).unwrap() {}
    assert_eq!(log.shared.state.read().parts.len(), 1);
}

/// A question about facts sees what was told outside its time and names, in parts, in segments and in the tail.
#[tokio::test]
async fn facts_are_told_whenever_and_by_whatever_event() {
    let log = open(2);
    let one = Plan {
        names: Some(vec!["b".to_owned()]),
        from: Some(Timestamp::from_ms(START_MS + 5_000)),
        to: Some(Timestamp::from_ms(START_MS + 7_000)),
        ..plan(&["person.plan", "person.home.city"])
    };
    let stands = |expected: &str| {
        assert!(agrees(&log, &one));
        let view = log.shared.state.read().view();
        let rows = rows_of_columns(&snapshot(&view, &log.shared.cache, &one).unwrap().unwrap(), 2);
        assert!(rows.len() == 1 && rows[0].3.contains(expected), "{rows:?} has no {expected}");
    };
    append(&log, [event(0, 1, 1, "{}", r#"{"plan":"first"}"#), event(1, 1, 6, "{}", "")]).await;
    stands("first");
    append(&log, [event(2, 1, 100, "{}", r#"{"plan":"later"}"#), event(3, 2, 0, "{}", "")]).await;
    stands("later");
    // What is told later and happened before, and what has no value, changes nothing.
    append(&log, [event(5, 1, 50, "{}", r#"{"plan":"old"}"#), event(6, 1, 200, "{}", r#"{"plan":null}"#)]).await;
    stands("later");
    append(&log, [event(8, 1, 300, "{}", r#"{"plan":"in the tail","home":{"city":"Bodø"}}"#)]).await;
    stands("in the tail");
    stands("Bodø");
    // Somebody else, who is the same from then on.
    append(&log, [event(9, 2, 400, "{}", r#"{"plan":"of another"}"#)]).await;
    merge_all(&log);
    stands("in the tail");
    let merged = Link::Merge(PersonKey::anonymous("p2").unwrap());
    append(&log, [NewEvent { links: vec![merged], ..event(11, 1, 0, "{}", "") }]).await;
    stands("of another");
    merge_all(&log);
    stands("of another");
    stands("Bodø");
}

/// Deep objects take no place from plain properties, and what has no room is answered from segments.
#[tokio::test]
async fn what_has_no_room_is_answered_from_segments() {
    let many = |names: std::ops::Range<u32>| {
        let entries: Vec<String> = names.map(|n| format!(r#""k{n}":{n}"#)).collect();
        format!("{{{}}}", entries.join(","))
    };
    let log = open(4);
    let deep = r#""d":{"d":{"d":{"d":{"d":{"d":{"d":1}}}}}}"#;
    append(&log, [event(0, 1, 1, &format!(r#"{{"o":{},"v":1}}"#, many(0..150)), &format!("{{{deep}}}"))]).await;
    append(&log, (1..4).map(|n| event(n, 1, 1, r#"{"v":2,"w":3}"#, ""))).await;
    let has = |column: &str| agrees(&log, &plan(&[column]));
    assert!(has("o.k149") && has("o.nothing") && has("person.d.d.d.d.d.d"));
    assert!(!has("person.d.d.d.d.d.d.d") && has("person.d.other") && has("person.other"));
    let literal =
        event(4, 1, 1, &format!(r#"{{"o":{},"o.k250":5,"late":1,"{}":1}}"#, many(50..300), "x.".repeat(150)), "");
    append(&log, [literal]).await;
    append(&log, (5..8).map(|n| event(n, 1, 1, r#"{"v":2,"o.k260":1}"#, ""))).await;
    assert!(log.shared.state.read().parts.len() > 1);
    for _ in 0..2 {
        assert!(has("o.k149") && has("v") && has("w") && has("late") && has("nothing") && has("person.other"));
        assert!(!has("o.k299") && !has("o.k260") && !has("o.nothing") && !has(&"x.".repeat(150)));
        merge_all(&log);
    }
}

#[derive(Debug, Clone)]
enum Act {
    Tells(u8, i64, String),
    Join(u8, u8),
    Merge,
}

fn act() -> impl Strategy<Value = Act> {
    let told =
        prop::sample::select(vec![r#""x":1"#, r#""x":2"#, r#""x":null"#, r#""x":"3""#, r#""y":{"z":4}"#, r#""y":5"#]);
    let told = prop::collection::vec(told, 0..3).prop_map(|told| format!("{{{}}}", told.join(",")));
    prop_oneof![
        12 => (0..6u8, 0..3i64, told).prop_map(|(person, second, told)| Act::Tells(person, second, told)),
        2 => (0..6u8, 0..6u8).prop_map(|(one, other)| Act::Join(one, other)),
        1 => Just(Act::Merge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    /// Few instants and people who are joined: of one instant the latest event to arrive tells what stands.
    #[test]
    fn facts_of_one_instant_stand_in_the_order_of_arrival(acts in prop::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let log = open(5);
            for (number, act) in acts.iter().enumerate() {
                match act {
                    Act::Tells(person, second, told) => {
                        append(&log, [event(number, *person, *second, "{}", told)]).await;
                    }
                    Act::Join(one, other) => {
                        let links = vec![Link::Merge(PersonKey::anonymous(&format!("p{other}")).unwrap())];
                        append(&log, [NewEvent { links, ..event(number, *one, 1, "{}", "") }]).await;
                    }
                    Act::Merge => {
                        log.settle().await.unwrap();
                    }
                }
                if number % 3 == 0 {
                    assert!(agrees(&log, &plan(&["person.x", "person.y.z", "person.y"])));
                }
            }
            assert!(agrees(&log, &plan(&["person.y.z", "person.x"])));
        });
    }
}
