//! Retention.

use std::collections::BTreeSet;

use insight::query::Query;
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::rows::{HOUR_MS, Row, T0_MS, ask, config, first_date, moment, next_date, row, text, zone};

#[derive(Debug, Clone)]
struct Question {
    cohort: &'static str,
    mode: &'static str,
    brackets: Vec<usize>,
    returning: bool,
    interval: &'static str,
    periods: usize,
    from_ms: i64,
    zone: &'static str,
}

fn question() -> impl Strategy<Value = Question> {
    let cohort = prop::sample::select(vec!["first", "first_ever", "recurring"]);
    let mode = prop::sample::select(vec!["n_day", "unbounded", "bracket"]);
    let brackets = prop::collection::vec(1..4usize, 1..4);
    let interval = prop::sample::select(vec!["day", "week", "month"]);
    let rest = (any::<bool>(), interval, 0..12usize, moment(), zone());
    (cohort, mode, brackets, rest).prop_map(|(cohort, mode, brackets, rest)| {
        let (returning, interval, more, from_ms, zone) = rest;
        let brackets = if mode == "bracket" { brackets } else { Vec::new() };
        let periods = 1 + brackets.iter().sum::<usize>() + more;
        Question { cohort, mode, brackets, returning, interval, periods, from_ms, zone }
    })
}

fn body(question: &Question) -> Json {
    let mut body = json!({"insight": "retention", "event": ["a", "c"], "where": {"p": ["x", "y"]},
        "cohort": question.cohort, "mode": question.mode, "brackets": question.brackets,
        "period": question.interval, "periods": question.periods, "from": text(question.from_ms),
        "time_zone": question.zone});
    if question.returning {
        body["returning"] = json!("b");
    }
    body
}

/// For every cell ask of every person whether they belong into it.
fn twin(question: &Question, rows: &[Row]) -> Vec<Vec<u64>> {
    let date = |row: &Row| first_date(row.at_ms, question.interval, question.zone);
    let enters = |row: &Row| row.name != "b" && matches!(row.p, Some("x" | "y"));
    let returns = |row: &Row| if question.returning { row.name == "b" } else { enters(row) };
    let mut starts = vec![first_date(question.from_ms, question.interval, question.zone)];
    while starts.len() < question.periods {
        starts.push(next_date(starts[starts.len() - 1], question.interval));
    }
    let people: Vec<(BTreeSet<Date>, BTreeSet<Date>)> = (0..4)
        .map(|person| {
            let of = |test: &dyn Fn(&Row) -> bool, early: bool| -> BTreeSet<Date> {
                let mine = rows.iter().filter(|row| row.person == person && test(row));
                mine.filter(|row| early || row.at_ms >= question.from_ms).map(date).collect()
            };
            let mut entries = of(&enters, false);
            let was_there = rows.iter().any(|row| row.person == person && enters(row) && row.at_ms < question.from_ms);
            match question.cohort {
                "first_ever" if was_there => entries.clear(),
                "recurring" => {}
                _ => entries = entries.into_iter().take(1).collect(),
            }
            (entries, of(&returns, false))
        })
        .collect();
    let count = |entry: usize, from: usize, to: usize| -> u64 {
        let cohort = people.iter().filter(|(entries, _)| entries.contains(&starts[entry]));
        cohort.filter(|(_, seen)| (from..=to).any(|at| seen.contains(&starts[at]))).count() as u64
    };
    let last = question.periods - 1;
    let cells = |entry: usize| -> Vec<u64> {
        match question.mode {
            "n_day" => (entry + 1..=last).map(|at| count(entry, at, at)).collect(),
            "unbounded" => (entry + 1..=last).map(|at| count(entry, at, last)).collect(),
            _ => (0..question.brackets.len())
                .map(|bracket| entry + question.brackets[..bracket].iter().sum::<usize>())
                .zip(&question.brackets)
                .filter(|(before, length)| before + **length <= last)
                .map(|(before, length)| count(entry, before + 1, before + length))
                .collect(),
        }
    };
    let size = |entry: usize| people.iter().filter(|(entries, _)| entries.contains(&starts[entry])).count() as u64;
    (0..=last).map(|entry| [vec![size(entry)], cells(entry)].concat()).collect()
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn retention_equals_its_twin(question in question(), rows in prop::collection::vec(row(moment()), 0..40)) {
        prop_assert_eq!(&ask(body(&question), &rows)["cohorts"], &json!(twin(&question, &rows)));
    }
}

#[test]
fn the_three_modes_and_the_three_ways_in() {
    let seen = |person, days: &[i64]| -> Vec<Row> {
        let row = |day| Row { person, at_ms: T0_MS + day * 24 * HOUR_MS, name: "a", p: None, n: None };
        days.iter().map(|day| row(*day)).collect()
    };
    let rows = [seen(1, &[-9, 0, 2, 3]), seen(2, &[0, 1]), seen(3, &[1, 3])].concat();
    let cohorts = |change: Json| {
        let mut query =
            json!({"insight": "retention", "event": "a", "period": "day", "periods": 4, "from": text(T0_MS)});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        ask(query, &rows)["cohorts"].clone()
    };
    assert_eq!(cohorts(json!({})), json!([[2, 1, 1, 1], [1, 0, 1], [0, 0], [0]]));
    assert_eq!(cohorts(json!({"cohort": "first_ever"})), json!([[1, 1, 0, 0], [1, 0, 1], [0, 0], [0]]));
    assert_eq!(cohorts(json!({"cohort": "recurring"})), json!([[2, 1, 1, 1], [2, 0, 1], [1, 1], [2]]));
    assert_eq!(cohorts(json!({"mode": "unbounded"})), json!([[2, 2, 1, 1], [1, 1, 1], [0, 0], [0]]));
    assert_eq!(cohorts(json!({"mode": "bracket", "brackets": [1, 2]})), json!([[2, 1, 1], [1, 0], [0, 0], [0]]));
}

#[test]
fn limits_name_their_field() {
    let wrong = |change: Json| {
        let mut query = json!({"insight": "retention", "event": "a", "periods": 4, "from": text(T0_MS)});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Query::parse(query).unwrap_err().field
    };
    assert_eq!(wrong(json!({"brackets": [1]})), "brackets");
    assert_eq!(wrong(json!({"mode": "bracket"})), "brackets");
    assert_eq!(wrong(json!({"mode": "bracket", "brackets": [1, 3]})), "brackets");
    assert_eq!(wrong(json!({"mode": "bracket", "brackets": [usize::MAX, 3]})), "brackets");
    assert_eq!(wrong(json!({"mode": "bracket", "brackets": [1, 0]})), "brackets[1]");
    assert_eq!(wrong(json!({"mode": "rolling"})), "mode");
    assert_eq!(wrong(json!({"cohort": "last"})), "cohort");
    assert_eq!(wrong(json!({"periods": 0})), "periods");
}
