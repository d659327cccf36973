//! Trends and retention over columns against the same over records.

use std::sync::Arc;

use insight::frame::MemorySource;
use insight::query::Query;
use insight::record::{Record, Records, Value};
use proptest::prelude::*;
use serde_json::json;

const HOUR_MS: i64 = 3_600_000;

fn records() -> impl Strategy<Value = Vec<(u32, i64, u32, Option<f64>)>> {
    let person = prop_oneof![0..4u32, 65_534..65_538u32, Just(200_000u32)];
    prop::collection::vec((person, 0..24 * 60i64, 0..3u32, prop::option::of((0..9i32).prop_map(f64::from))), 0..60)
}

fn question() -> impl Strategy<Value = serde_json::Value> {
    let event = prop_oneof![Just(json!("a")), Just(json!(["a", "b"])), Just(json!("none"))];
    let measure = prop::sample::select(vec!["total", "unique", "sum"]);
    let interval = prop::sample::select(vec!["day", "week", "month"]);
    let zone = prop::sample::select(vec!["UTC", "Europe/Oslo"]);
    let filter = prop_oneof![2 => Just(json!({})), 1 => Just(json!({"n": {"op": "gte", "value": 3}}))];
    let returning = prop::option::of(prop::sample::select(vec!["b", "c"]));
    (event, measure, interval, zone, filter, returning, any::<bool>()).prop_map(
        |(event, measure, interval, zone, filter, returning, is_trend)| {
            if is_trend {
                let prop = if measure == "sum" { json!("n") } else { json!(null) };
                json!({"insight": "trend", "event": event, "where": filter, "measure": measure, "prop": prop,
                    "interval": interval, "time_zone": zone,
                    "from": "2026-03-05T10:00:00Z", "to": "2026-04-20T00:00:00Z"})
            } else {
                let mut query = json!({"insight": "retention", "event": event, "where": filter, "period": interval,
                    "time_zone": zone, "from": "2026-03-05T10:00:00Z", "periods": 4});
                if let Some(returning) = returning {
                    query["returning"] = json!(returning);
                }
                query
            }
        },
    )
}

proptest! {
    #[test]
    fn columns_answer_as_records_do(rows in records(), body in question()) {
        let query = Query::parse(body).unwrap();
        let plan = query.plan();
        let names: Vec<Arc<str>> = ["a", "b", "c"].map(Arc::from).into();
        let begin = "2026-03-01T00:00:00Z".parse::<base::Timestamp>().unwrap().ms();
        let row = |(position, (person, hour, name, n)): (usize, &(u32, i64, u32, Option<f64>))| Record {
            person: *person,
            at_ms: begin + hour * HOUR_MS,
            position: position as u64,
            name: *name,
            values: plan.columns.iter().map(|_| n.map_or(Value::Null, Value::Number)).collect(),
        };
        let inside = |row: &Record| {
            plan.from.is_none_or(|from| row.at_ms >= from.ms()) && plan.to.is_none_or(|to| row.at_ms < to.ms())
        };
        let wanted = |row: &Record| {
            plan.names.as_ref().is_none_or(|wanted| wanted.iter().any(|name| **name == *names[row.name as usize]))
        };
        let mut rows: Vec<Record> = rows.iter().enumerate().map(row).filter(wanted).collect();
        rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
        let all = Records { names: names.clone(), rows };
        let records = Records { rows: all.rows.iter().filter(|row| inside(row)).cloned().collect(), ..all.clone() };
        let source = MemorySource::new(if plan.is_loose { &all } else { &records }, plan.columns.len());
        for threads in [1, 3] {
            prop_assert_eq!(query.answer_from(&source, threads), Ok(query.answer(&records)));
        }
    }
}
