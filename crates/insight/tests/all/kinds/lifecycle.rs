//! Lifecycle.

use std::collections::BTreeSet;

use insight::query::Query;
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::json;

use super::rows::{HOUR_MS, Row, T0_MS, ask, config, dates, first_date, moment, next_date, row, text, zone};

/// For every bucket ask of every person whether, and when else, they were there.
fn twin(rows: &[Row], from_ms: i64, to_ms: i64, interval: &str, zone: &str) -> [Vec<u64>; 4] {
    let people: BTreeSet<u32> = rows.iter().map(|row| row.person).collect();
    let active = |person: u32| -> BTreeSet<Date> {
        let mine = rows.iter().filter(|row| row.person == person && row.name == "a" && row.p == Some("x"));
        mine.filter(|row| row.at_ms < to_ms).map(|row| first_date(row.at_ms, interval, zone)).collect()
    };
    let mut counts: [Vec<u64>; 4] = Default::default();
    for date in dates(from_ms, to_ms, interval, zone) {
        let mut now = [0; 4];
        for seen in people.iter().map(|person| active(*person)) {
            let was_there = seen.iter().any(|other| next_date(*other, interval) == date);
            match seen.contains(&date) {
                true if seen.first() == Some(&date) => now[0] += 1,
                true if was_there => now[1] += 1,
                true => now[2] += 1,
                false => now[3] += u64::from(was_there),
            }
        }
        (0..4).for_each(|kind| counts[kind].push(now[kind]));
    }
    counts
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn lifecycle_equals_its_twin(
        rows in prop::collection::vec(row(moment()), 0..40),
        (from_ms, to_ms) in (moment(), moment()).prop_filter("in order", |(from, to)| from < to),
        interval in prop::sample::select(vec!["day", "week", "month"]),
        zone in zone(),
    ) {
        let given = ask(json!({"insight": "lifecycle", "event": "a", "where": {"p": "x"}, "interval": interval,
            "time_zone": zone, "from": text(from_ms), "to": text(to_ms)}), &rows);
        let [new, returning, resurrecting, dormant] = twin(&rows, from_ms, to_ms, interval, zone);
        prop_assert_eq!(&given["new"], &json!(new));
        prop_assert_eq!(&given["returning"], &json!(returning));
        prop_assert_eq!(&given["resurrecting"], &json!(resurrecting));
        prop_assert_eq!(&given["dormant"], &json!(dormant));
        prop_assert_eq!(given["starts"].as_array().unwrap().len(), dormant.len());
    }
}

#[test]
fn people_come_and_go() {
    let seen = |person, days: &[i64]| -> Vec<Row> {
        let row = |day| Row { person, at_ms: T0_MS + day * 24 * HOUR_MS, name: "a", p: None, n: None };
        days.iter().map(|day| row(*day)).collect()
    };
    let rows = [seen(1, &[-30, 0, 1, 3]), seen(2, &[-1, 1]), seen(3, &[2]), seen(4, &[-20])].concat();
    let given = ask(
        json!({"insight": "lifecycle", "event": "a", "from": text(T0_MS), "to": text(T0_MS + 4 * 24 * HOUR_MS)}),
        &rows,
    );
    assert_eq!(given["insight"], "lifecycle");
    assert_eq!(given["new"], json!([0, 0, 1, 0]));
    assert_eq!(given["returning"], json!([0, 1, 0, 0]));
    assert_eq!(given["resurrecting"], json!([1, 1, 0, 1]));
    assert_eq!(given["dormant"], json!([1, 0, 2, 1]));
}

#[test]
fn limits_name_their_field() {
    let wrong = |change: serde_json::Value| {
        let mut query = json!({"insight": "lifecycle", "event": "a", "from": text(0), "to": text(T0_MS)});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Query::parse(query).unwrap_err().field
    };
    assert_eq!(wrong(json!({"interval": "day"})), "interval");
    assert_eq!(wrong(json!({"interval": "hour"})), "interval");
    assert_eq!(wrong(json!({"time_zone": "Mars/Olympus"})), "time_zone");
    assert_eq!(wrong(json!({"to": text(0)})), "to");
    assert_eq!(wrong(json!({"event": []})), "event");
}
