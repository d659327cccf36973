//! Days and weeks on which the clock changes: 23 and 25 hours, and weeks of 167 and 169.

use serde_json::{Value as Json, json};

use super::rows::{Row, ask};

const HOUR_S: i64 = 3_600;

fn ms(text: &str) -> i64 {
    text.parse::<base::Timestamp>().unwrap().ms()
}

/// One event of each of these people at each of these times.
fn rows(events: &[(u32, &str)]) -> Vec<Row> {
    let row = |(person, at): &(u32, &str)| Row { person: *person, at_ms: ms(at), name: "a", p: None, n: None };
    events.iter().map(row).collect()
}

/// Lengths of the buckets but the last, in hours.
fn hours(answer: &Json) -> Vec<i64> {
    let starts: Vec<i64> = answer["starts"].as_array().unwrap().iter().map(|at| ms(at.as_str().unwrap())).collect();
    starts.windows(2).map(|pair| (pair[1] - pair[0]) / 1_000 / HOUR_S).collect()
}

/// Oslo, 2026: the clock goes on at 01:00 UTC on 29 March and back at 01:00 UTC on 25 October.
#[test]
fn a_trend_has_days_of_23_and_25_hours() {
    let spring = json!({"insight": "trend", "event": "a", "time_zone": "Europe/Oslo",
        "from": "2026-03-28T00:00:00+01:00", "to": "2026-03-31T00:00:00+02:00"});
    let events = [
        (1, "2026-03-28T22:59:59.999Z"),
        (1, "2026-03-28T23:00:00Z"),
        (2, "2026-03-29T21:59:59.999Z"),
        (1, "2026-03-29T22:00:00Z"),
    ];
    let answer = ask(spring, &rows(&events));
    assert_eq!((hours(&answer), &answer["values"]), (vec![24, 23], &json!([1.0, 2.0, 1.0])));

    let autumn = json!({"insight": "trend", "event": "a", "measure": "unique", "time_zone": "Europe/Oslo",
        "from": "2026-10-24T00:00:00+02:00", "to": "2026-10-27T00:00:00+01:00"});
    let events = [
        (1, "2026-10-24T21:59:59Z"),
        (1, "2026-10-24T22:00:00Z"),
        // Half past two, twice.
        (2, "2026-10-25T00:30:00Z"),
        (2, "2026-10-25T01:30:00Z"),
        (3, "2026-10-25T22:59:59Z"),
        (3, "2026-10-25T23:00:00Z"),
    ];
    let answer = ask(autumn, &rows(&events));
    assert_eq!((hours(&answer), &answer["values"]), (vec![24, 25], &json!([1.0, 3.0, 1.0])));
}

#[test]
fn a_retention_table_has_weeks_of_167_and_169_hours() {
    let weeks = |from: &str, events: &[(u32, &str)]| {
        let query = json!({"insight": "retention", "event": "a", "period": "week", "periods": 3, "from": from,
            "time_zone": "Europe/Oslo"});
        let answer = ask(query, &rows(events));
        (hours(&answer), answer["cohorts"].clone())
    };
    // The week of 23 March ends an hour early, the week of 19 October an hour late.
    let spring = [
        (1, "2026-03-23T00:00:00+01:00"),
        (1, "2026-03-29T21:59:59Z"),
        (2, "2026-03-23T00:00:00+01:00"),
        (2, "2026-03-29T22:00:00Z"),
    ];
    assert_eq!(weeks("2026-03-23T00:00:00+01:00", &spring), (vec![167, 168], json!([[2, 1, 0], [0, 0], [0]])));
    let autumn = [
        (1, "2026-10-19T00:00:00+02:00"),
        (1, "2026-10-25T22:59:59Z"),
        (2, "2026-10-19T00:00:00+02:00"),
        (2, "2026-10-25T23:00:00Z"),
    ];
    assert_eq!(weeks("2026-10-19T00:00:00+02:00", &autumn), (vec![169, 168], json!([[2, 1, 0], [0, 0], [0]])));
}

#[test]
fn a_lifecycle_knows_the_day_before_by_the_calendar() {
    let query = |from: &str, to: &str| json!({"insight": "lifecycle", "event": "a", "time_zone": "Europe/Oslo", "from": from, "to": to});
    // 23 hours apart and yet two days apart: the day between is the short one.
    let spring = [
        (1, "2026-03-28T22:59:00Z"),
        (1, "2026-03-29T22:01:00Z"),
        (2, "2026-03-29T21:59:00Z"),
        (2, "2026-03-29T22:00:00Z"),
    ];
    let answer = ask(query("2026-03-28T00:00:00+01:00", "2026-03-31T00:00:00+02:00"), &rows(&spring));
    assert_eq!(hours(&answer), [24, 23]);
    assert_eq!((&answer["new"], &answer["returning"]), (&json!([1, 1, 0]), &json!([0, 0, 1])));
    assert_eq!((&answer["resurrecting"], &answer["dormant"]), (&json!([0, 0, 1]), &json!([0, 1, 0])));
    // 25 hours later and still the day after.
    let autumn = [(1, "2026-10-24T21:59:00Z"), (1, "2026-10-25T22:59:00Z"), (1, "2026-10-25T23:00:00Z")];
    let answer = ask(query("2026-10-24T00:00:00+02:00", "2026-10-27T00:00:00+01:00"), &rows(&autumn));
    assert_eq!(hours(&answer), [24, 25]);
    assert_eq!((&answer["new"], &answer["returning"]), (&json!([1, 0, 0]), &json!([0, 1, 1])));
}

#[test]
fn a_funnels_trend_and_window_keep_their_own_time() {
    // Entered at half past midnight on the short day; 24 hours later is past half past one on the next.
    let rows = [(1, "2026-03-28T23:30:00Z"), (1, "2026-03-29T23:30:00Z"), (2, "2026-03-29T22:00:00Z")];
    let mut events = self::rows(&rows);
    events[1].name = "b";
    let query = json!({"steps": [{"event": "a"}, {"event": "b"}], "window_s": 86_400,
        "from": "2026-03-28T00:00:00+01:00", "to": "2026-03-31T00:00:00+02:00",
        "trend": {"interval": "day", "time_zone": "Europe/Oslo"}, "now": "2026-03-30T12:00:00Z"});
    let trend = &ask(query, &events)["trend"];
    assert_eq!(
        trend,
        &json!([
            {"start": "2026-03-27T23:00:00.000Z", "counts": [0, 0], "conversion": null, "is_unfinished": false},
            {"start": "2026-03-28T23:00:00.000Z", "counts": [1, 1], "conversion": 1.0, "is_unfinished": false},
            {"start": "2026-03-29T22:00:00.000Z", "counts": [1, 0], "conversion": 0.0, "is_unfinished": true},
        ])
    );
}
