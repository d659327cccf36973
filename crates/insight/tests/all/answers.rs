//! Answers over hand-made records: trend, retention, people behind a number, breakdown tables, and people
//! with very many events.

use std::sync::Arc;

use insight::funnel::{At, funnel, people};
use insight::query::{Answer, FunnelQuery, Query};
use insight::record::{Record, Records, Value};
use serde_json::{Value as Json, json};

const T0_MS: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z, a Thursday
const DAY_S: i64 = 86_400;

/// Rows of (person, seconds after 2026-01-01, name, value of the only column).
fn records(rows: &[(u32, i64, &str, Json)]) -> Records {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut records = Records::default();
    for (position, (person, at_s, name, value)) in rows.iter().enumerate() {
        let known = names.iter().position(|known| **known == **name).unwrap_or_else(|| {
            names.push((*name).into());
            names.len() - 1
        });
        let value = match value {
            Json::String(text) => Value::Text(text.as_str().into()),
            Json::Number(number) => Value::Number(number.as_f64().unwrap()),
            _ => Value::Null,
        };
        let (at_ms, position, name) = (T0_MS + at_s * 1_000, position as u64, known as u32);
        records.rows.push(Record { person: *person, at_ms, position, name, values: [value].into() });
    }
    records.names = names;
    records.rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
    records
}

fn answer(query: Json, rows: &[(u32, i64, &str, Json)]) -> Json {
    let query = Query::parse(query).unwrap();
    serde_json::to_value(query.answer(&records(rows))).unwrap()
}

#[test]
fn trends_count_events_people_and_sums() {
    let rows = [
        (1, 0, "buy", json!(10)),
        (1, 100, "buy", json!("2.5")),
        (1, DAY_S, "buy", json!("much")),
        (2, DAY_S + 5, "buy", json!(null)),
        (2, 2 * DAY_S, "buy", json!(100)),
        (3, -1, "buy", json!(1)),
        (3, 5, "view", json!(1)),
    ];
    let ask = |measure: &str| {
        let mut query = json!({"insight": "trend", "event": "buy", "measure": measure, "interval": "day",
            "from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"});
        if measure == "sum" {
            query["prop"] = json!("amount");
        }
        answer(query, &rows)
    };
    let unique = ask("unique");
    assert_eq!((&unique["values"], &unique["total"]), (&json!([1.0, 2.0]), &json!(2.0)));
    assert_eq!(unique["starts"], json!(["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]));
    let total = ask("total");
    assert_eq!((&total["values"], &total["total"]), (&json!([2.0, 2.0]), &json!(4.0)));
    assert_eq!(ask("sum")["values"], json!([12.5, 0.0]));
}

#[test]
fn a_trend_cuts_days_in_its_zone() {
    // 23:30 UTC is the next day in Oslo.
    let rows = [(1, 23 * 3_600 + 1_800, "a", json!(null)), (1, 22 * 3_600, "a", json!(null))];
    let query = json!({"insight": "trend", "event": "a", "time_zone": "Europe/Oslo",
        "from": "2026-01-01T00:00:00+01:00", "to": "2026-01-03T00:00:00+01:00"});
    assert_eq!(answer(query, &rows)["values"], json!([1.0, 1.0]));
}

#[test]
fn retention_follows_cohorts_by_week() {
    let week = 7 * DAY_S;
    let rows = [
        (1, 0, "a", json!(null)),
        (1, 10, "a", json!(null)),
        (1, week, "a", json!(null)),
        (1, 2 * week, "a", json!(null)),
        (2, 0, "a", json!(null)),
        (2, 2 * week, "a", json!(null)),
        (3, week, "a", json!(null)),
        // Thursday to Monday is another week already.
        (4, 4 * DAY_S, "a", json!(null)),
        (5, 3 * week + 4 * DAY_S, "a", json!(null)),
        (6, 0, "b", json!(null)),
    ];
    let query =
        json!({"insight": "retention", "event": "a", "period": "week", "periods": 3, "from": "2026-01-01T00:00:00Z"});
    let table = answer(query.clone(), &rows);
    assert_eq!(table["starts"][0], "2025-12-29T00:00:00.000Z");
    assert_eq!(table["cohorts"], json!([[2, 1, 2], [2, 0], [0]]));

    let plan = Query::parse(query).unwrap().plan();
    assert_eq!(plan.to.unwrap().to_string(), "2026-01-19T00:00:00.000Z");
}

#[test]
fn retention_may_ask_for_another_event_on_return() {
    let week = 7 * DAY_S;
    let rows = [
        (1, 0, "b", json!(null)),
        (1, 5, "a", json!(null)),
        (1, week, "a", json!(null)),
        (1, 2 * week, "b", json!(null)),
    ];
    let query =
        json!({"insight": "retention", "event": "a", "returning": "b", "periods": 3, "from": "2026-01-01T00:00:00Z"});
    assert_eq!(answer(query, &rows)["cohorts"], json!([[1, 0, 1], [0, 0], [0]]));
}

#[test]
fn every_number_has_its_people() {
    let rows = [
        (1, 0, "a", json!("ad")),
        (1, 60, "b", json!("mail")),
        (2, 10, "a", json!("ad")),
        (3, 20, "a", json!("mail")),
        (3, 90, "b", json!(null)),
        (4, 0, "a", json!(null)),
        (4, 1, "x", json!(null)),
        (4, 2, "b", json!(null)),
    ];
    let records = records(&rows);
    let query = FunnelQuery::parse(json!({"steps": [{"event": "a"}, {"event": "b"}],
        "exclusions": [{"event": "x", "from_step": 0, "to_step": 1}],
        "breakdown": {"prop": "channel", "attribution": "first_touch"}}))
    .unwrap();
    let who = |step, at, value| people(&query, &records, step, at, value).iter().map(|p| p.person).collect::<Vec<_>>();
    assert_eq!(who(0, At::Converted, None), [3, 2, 1], "the last to come first");
    assert_eq!(who(1, At::Converted, None), [3, 1]);
    assert_eq!(who(1, At::Dropped, None), [2]);
    assert_eq!(who(0, At::Dropped, None), Vec::<u32>::new());
    assert_eq!(who(0, At::Excluded, None), [4]);
    assert_eq!(who(0, At::Converted, Some("ad")), [2, 1]);
    assert_eq!(who(1, At::Converted, Some("mail")), [3]);
    assert_eq!(who(0, At::Converted, Some("nothing such")), Vec::<u32>::new());
    let one = &people(&query, &records, 1, At::Converted, None)[0];
    assert_eq!(one.entered_at.unwrap().ms(), T0_MS + 20_000);
    assert_eq!(one.reached_at.unwrap().ms(), T0_MS + 90_000);
    assert_eq!(one.value.as_deref(), Some("mail"));
}

#[test]
fn small_values_are_summed_in_the_rest() {
    let mut rows = Vec::new();
    for person in 0..60u32 {
        // Values v0 (1 person), v1 (2), .. v9 (10), and 5 people without.
        let value = (0..10).find(|v| person < (v + 1) * (v + 2) / 2).map(|v| format!("v{v}"));
        rows.push((person, 0, "a", value.map_or(json!(null), |value| json!(value))));
        if person % 2 == 0 {
            rows.push((person, 1, "b", json!(null)));
        }
    }
    let query = json!({"steps": [{"event": "a"}, {"event": "b"}],
        "breakdown": {"prop": "v", "attribution": "first_touch", "top": 3}});
    let given = answer(query, &rows);
    let top: Vec<_> =
        given["breakdown_steps"].as_array().unwrap().iter().map(|row| (&row["value"], &row["counts"][0])).collect();
    assert_eq!(top, [(&json!("v9"), &json!(10)), (&json!("v8"), &json!(9)), (&json!("v7"), &json!(8))]);
    assert_eq!(
        given["rest"],
        json!({"values": 8, "counts": [33, given["counts"][1].as_u64().unwrap() - sum(&given, 1)]})
    );
    assert_eq!(given["breakdown"].as_object().unwrap().len(), 11);
    let shares = &given["breakdown_steps"][0]["steps"][1];
    assert!(shares["ci_low"].as_f64().unwrap() < shares["conversion_from_prev"].as_f64().unwrap());
}

fn sum(given: &Json, step: usize) -> u64 {
    given["breakdown_steps"].as_array().unwrap().iter().map(|row| row["counts"][step].as_u64().unwrap()).sum()
}

#[test]
fn the_answer_names_its_insight() {
    let Answer::Funnel(inner) = Query::parse(json!({"steps": [{"event": "a"}]})).unwrap().answer(&records(&[])) else {
        panic!("a funnel answers a funnel");
    };
    assert_eq!(inner.counts, [0]);
    assert_eq!(serde_json::to_value(Answer::Funnel(inner)).unwrap()["insight"], "funnel");
}

/// A robot's history: quadratic work would take minutes here.
#[test]
fn people_with_very_many_events_are_no_burden() {
    const EVENTS: i64 = 100_000;
    let robot = |name: fn(i64) -> &'static str, at_s: fn(i64) -> i64| {
        records(&(0..EVENTS).map(|i| (1, at_s(i), name(i), json!(format!("v{}", i % 7)))).collect::<Vec<_>>())
    };
    let exclusions = |to: usize| json!([{"event": "x", "from_step": 0, "to_step": to}]);
    let counts = |query: Json, records: &Records| funnel(&FunnelQuery::parse(query).unwrap(), records).counts;
    let steps = json!([{"event": "a"}, {"event": "a"}, {"event": "b"}, {"event": "never"}]);

    let mostly_a = robot(|i| if i % 1_000 == 999 { "b" } else { "a" }, |i| i);
    for order in ["ordered", "strict", "unordered"] {
        let mut query = json!({"steps": steps, "order": order, "window_s": 10 * DAY_S});
        assert_eq!(counts(query.clone(), &mostly_a), [1, 1, 1, 0], "{order}");
        query["exclusions"] = exclusions(3);
        assert_eq!(counts(query.clone(), &mostly_a), [1, 1, 1, 0], "{order}, exclusion never seen");
        query["breakdown"] = json!({"prop": "v", "attribution": "step:0"});
        assert_eq!(counts(query, &mostly_a), [1, 1, 1, 0], "{order}, seven values");
    }

    let at_once = robot(|i| if i % 2 == 0 { "a" } else { "b" }, |_| 0);
    for order in ["ordered", "strict", "unordered"] {
        let query = json!({"steps": steps, "order": order});
        assert_eq!(counts(query, &at_once), [1, 1, 1, 0], "{order}, all in one instant");
    }

    let with_x = robot(
        |i| match i % 10_000 {
            9_999 => "x",
            5_000 => "b",
            _ => "a",
        },
        |i| i,
    );
    for order in ["ordered", "strict"] {
        let query = json!({"steps": steps, "order": order, "window_s": 600, "exclusions": exclusions(3)});
        assert_eq!(counts(query, &with_x), [1, 1, 1, 0], "{order}, clean between the exclusions");
        let query = json!({"steps": steps, "order": order, "window_s": DAY_S, "exclusions": exclusions(3)});
        assert_eq!(counts(query, &with_x), if order == "strict" { [1, 1, 1, 0] } else { [0; 4] }, "{order}");
    }
}

/// The same for steps that may be skipped, windows of single steps, totals, sessions and deals.
#[test]
fn people_with_very_many_events_are_no_burden_in_any_count() {
    const EVENTS: i64 = 100_000;
    let name = |i: i64| if i % 1_000 == 999 { "b" } else { "a" };
    let rows: Vec<_> = (0..EVENTS).map(|i| (1, i * 60, name(i), json!(format!("v{}", i % 7)))).collect();
    let records = records(&rows);
    let counts = |change: Json| {
        let mut query = json!({"steps": [{"event": "a"}, {"event": "a"}, {"event": "b"}, {"event": "never"}],
            "window_s": 100 * DAY_S});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        funnel(&FunnelQuery::parse(query).unwrap(), &records).counts
    };
    let flexible = json!([{"event": "a"}, {"event": ["a", "b"], "optional": true}, {"event": "b", "window_s": 120},
        {"event": "never"}]);
    // The last look to begin an attempt that gets there first has nothing between itself and the order.
    assert_eq!(counts(json!({"steps": flexible})), [1, 0, 1, 0]);
    // Of 999 looks in a row every second one is the next step of the one before.
    assert_eq!(counts(json!({"count": "totals"})), [49_950, 49_950, 100, 0]);
    assert_eq!(counts(json!({"count": "totals", "steps": flexible}))[2], 100);
    assert_eq!(counts(json!({"count": "sessions"})), [1, 1, 1, 0]);
    assert_eq!(counts(json!({"count": {"prop": "v"}})), [7, 7, 7, 0]);
    let rows: Vec<_> = (0..EVENTS).map(|i| (1, i * 60, name(i), json!(i / 2))).collect();
    let deals = self::records(&rows);
    let query = json!({"steps": [{"event": "a"}, {"event": "b"}], "order": "strict", "count": {"prop": "v"}});
    // A deal has two events in a row; every five hundredth has an order as the second.
    assert_eq!(funnel(&FunnelQuery::parse(query).unwrap(), &deals).counts, [50_000, 100]);
}
