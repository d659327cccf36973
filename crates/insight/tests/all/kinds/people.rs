//! Behind every number stand as many people as it says.

use insight::people::{PeopleKind, Place};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::rows::{HOUR_MS, Row, T0_MS, ask, ask_people, config, moment, row, text, zone};

/// Each asks about every number of an answer.
const CASES: u32 = 60;

fn starts(answer: &Json) -> Vec<base::Timestamp> {
    serde_json::from_value(answer["starts"].clone()).unwrap()
}

fn at(start: base::Timestamp) -> Place {
    Place { at: Some(start), ..Place::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..config() })]
    #[test]
    fn every_bucket_of_a_trend_has_its_people(
        rows in prop::collection::vec(row(moment()), 0..40),
        (from_ms, to_ms) in (moment(), moment()).prop_filter("in order", |(from, to)| from < to),
        zone in zone(),
    ) {
        let series = json!([{"event": "b", "measure": "unique"}, {"event": ["a", "c"], "measure": "unique"}]);
        let query = json!({"insight": "trend", "series": series, "interval": "week", "time_zone": zone,
            "from": text(from_ms), "to": text(to_ms), "breakdown": {"prop": "p", "top": 10}, "formula": "B"});
        let answer = ask(query.clone(), &rows);
        for (bucket, start) in starts(&answer).into_iter().enumerate() {
            for series in 0..2 {
                let place = Place { series: Some(series), ..at(start) };
                let (total, people) = ask_people(&query, &place, &rows).unwrap();
                prop_assert_eq!(&json!(total as f64), &answer["series"][series]["values"][bucket]);
                prop_assert_eq!(people.len(), total);
            }
            for line in answer["breakdown"].as_array().unwrap() {
                let value = line["value"].as_str().map(str::to_owned);
                let place = Place { series: Some(1), value, ..at(start) };
                let (total, _) = ask_people(&query, &place, &rows).unwrap();
                prop_assert_eq!(&json!(total as f64), &line["values"][bucket]);
            }
        }
    }

    #[test]
    fn every_cell_of_a_cohort_has_its_people(
        rows in prop::collection::vec(row(moment()), 0..40),
        from_ms in moment(),
        cohort in prop::sample::select(vec!["first", "first_ever", "recurring"]),
        mode in prop::sample::select(vec!["n_day", "unbounded", "bracket"]),
        zone in zone(),
    ) {
        let brackets = if mode == "bracket" { json!([1, 2]) } else { json!([]) };
        let query = json!({"insight": "retention", "event": "a", "returning": ["b", "a"], "cohort": cohort,
            "mode": mode, "brackets": brackets, "period": "week", "periods": 5, "time_zone": zone,
            "from": text(from_ms)});
        let answer = ask(query.clone(), &rows);
        for (start, row) in starts(&answer).into_iter().zip(answer["cohorts"].as_array().unwrap()) {
            for (cell, count) in row.as_array().unwrap().iter().enumerate() {
                let place = Place { cell: Some(cell), ..at(start) };
                let (total, back) = ask_people(&query, &place, &rows).unwrap();
                prop_assert_eq!(&json!(total), count);
                let lost = Place { kind: PeopleKind::Dropped, ..place };
                let (others, lost) = ask_people(&query, &lost, &rows).unwrap();
                prop_assert_eq!(&json!(total + others), &row[0]);
                prop_assert!(lost.iter().all(|person| !back.contains(person)));
            }
        }
    }

    #[test]
    fn everybody_who_comes_and_goes_is_found(
        rows in prop::collection::vec(row(moment()), 0..40),
        (from_ms, to_ms) in (moment(), moment()).prop_filter("in order", |(from, to)| from < to),
        zone in zone(),
    ) {
        let query = json!({"insight": "lifecycle", "event": "a", "interval": "week", "time_zone": zone,
            "from": text(from_ms), "to": text(to_ms)});
        let answer = ask(query.clone(), &rows);
        let kinds = [
            ("new", PeopleKind::New),
            ("returning", PeopleKind::Returning),
            ("resurrecting", PeopleKind::Resurrecting),
            ("dormant", PeopleKind::Dormant),
        ];
        for (bucket, start) in starts(&answer).into_iter().enumerate() {
            for (name, kind) in kinds {
                let (total, people) = ask_people(&query, &Place { kind, ..at(start) }, &rows).unwrap();
                prop_assert_eq!(&json!(total), &answer[name][bucket]);
                prop_assert_eq!(people.len(), total);
            }
        }
    }

    #[test]
    fn everybody_in_a_stage_is_found(rows in prop::collection::vec(row(moment()), 0..40)) {
        let query = json!({"insight": "time_in_stage", "event": "a", "prop": "p", "unit": "n", "exit": "b",
            "from": text(T0_MS), "to": text(T0_MS + 900 * HOUR_MS)});
        for stage in ask(query.clone(), &rows)["stages"].as_array().unwrap() {
            let value = stage["stage"].as_str().map(str::to_owned);
            let kinds = [
                ("entered", PeopleKind::Entered),
                ("left", PeopleKind::Left),
                ("still_there", PeopleKind::StillThere),
            ];
            for (name, kind) in kinds {
                let place = Place { kind, value: value.clone(), ..Place::default() };
                prop_assert_eq!(&json!(ask_people(&query, &place, &rows).unwrap().0), &stage[name]);
            }
        }
    }
}

#[test]
fn a_place_that_is_not_there_names_its_field() {
    let rows: [Row; 0] = [];
    let trend = json!({"insight": "trend", "event": "a", "from": text(T0_MS), "to": text(T0_MS + 48 * HOUR_MS)});
    let retention = json!({"insight": "retention", "event": "a", "from": text(T0_MS), "periods": 2});
    let lifecycle = json!({"insight": "lifecycle", "event": "a", "from": text(T0_MS), "to": text(T0_MS + HOUR_MS)});
    let stage = json!({"insight": "time_in_stage", "event": "a", "prop": "p", "from": text(0), "to": text(1)});
    let funnel = json!({"steps": [{"event": "a"}, {"event": "b"}]});
    let wrong = |query: &Json, place: Place| ask_people(query, &place, &rows).unwrap_err().field;
    let start = base::Timestamp::from_ms(T0_MS);
    assert_eq!(wrong(&trend, Place::default()), "at");
    assert_eq!(wrong(&trend, at(start.plus_ms(1))), "at");
    assert_eq!(wrong(&trend, Place { series: Some(1), ..at(start) }), "series");
    assert_eq!(wrong(&trend, Place { value: Some("x".to_owned()), ..at(start) }), "value");
    let monday = base::Timestamp::from_ms(T0_MS - 6 * 24 * HOUR_MS);
    assert_eq!(wrong(&retention, Place { cell: Some(2), ..at(monday) }), "cell");
    assert_eq!(wrong(&retention, Place { kind: PeopleKind::New, ..at(monday) }), "kind");
    assert_eq!(wrong(&lifecycle, at(start)), "kind");
    assert_eq!(wrong(&stage, Place::default()), "value");
    assert_eq!(wrong(&funnel, Place::default()), "step");
    assert_eq!(wrong(&funnel, Place { step: Some(2), ..Place::default() }), "step");
    assert_eq!(wrong(&funnel, Place { step: Some(0), kind: PeopleKind::Left, ..Place::default() }), "kind");
    assert_eq!(wrong(&funnel, Place { step: Some(0), ..at(start) }), "at");
    assert_eq!(wrong(&json!({"insight": "paths"}), Place::default()), "query.insight");
}
