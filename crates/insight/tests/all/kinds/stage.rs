//! Time in stages.

use std::collections::BTreeMap;

use insight::query::Query;
use proptest::prelude::*;
use serde_json::json;

use super::rows::{HOUR_MS, Row, T0_MS, ask, config, moment, row, text};

/// Unit by unit, stage by stage: how long each stay was, and whether it is over. `b` ends a stay, `n` is the unit.
fn twin(rows: &[Row], by_unit: bool, from_ms: i64, until_ms: i64) -> BTreeMap<&'static str, Vec<(i64, bool)>> {
    let mut stays: BTreeMap<&'static str, Vec<(i64, bool)>> = BTreeMap::new();
    let inside = |row: &&Row| row.at_ms >= from_ms && row.at_ms < until_ms && (!by_unit || row.n.is_some());
    let mut units: Vec<_> = rows.iter().filter(inside).map(|row| (row.person, row.n.filter(|_| by_unit))).collect();
    units.sort_unstable();
    units.dedup();
    for (person, unit) in units {
        let is_mine = |row: &&Row| row.person == person && (!by_unit || row.n == unit);
        let mut mine: Vec<&Row> = rows.iter().filter(inside).filter(is_mine).collect();
        mine.retain(|row| row.name == "b" || (row.name == "a" && row.p.is_some()));
        mine.sort_by_key(|row| (row.at_ms, row.name == "b", row.p));
        let mut place: Option<(&'static str, i64)> = None;
        for row in mine {
            let next = if row.name == "b" { None } else { Some((row.p.unwrap(), row.at_ms)) };
            if let (Some((stage, _)), Some((other, _))) = (place, next)
                && stage == other
            {
                continue;
            }
            if let Some((stage, entered_ms)) = place {
                stays.entry(stage).or_default().push((row.at_ms - entered_ms, true));
            }
            place = next;
        }
        if let Some((stage, entered_ms)) = place {
            stays.entry(stage).or_default().push((until_ms - entered_ms, false));
        }
    }
    stays
}

/// The shortest time by which so large a share has left, from the share of those still there at each time.
fn quantile(stays: &[(i64, bool)], share: f64) -> Option<f64> {
    let mut ends: Vec<i64> = stays.iter().filter(|(_, over)| *over).map(|(ms, _)| *ms).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut stays_on = 1.0;
    for end in ends {
        let there = stays.iter().filter(|(ms, _)| *ms >= end).count() as f64;
        let gone = stays.iter().filter(|(ms, over)| *ms == end && *over).count() as f64;
        stays_on *= 1.0 - gone / there;
        if stays_on <= 1.0 - share + 1e-9 {
            return Some(end as f64 / 1_000.0);
        }
    }
    None
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn time_in_stage_equals_its_twin(
        rows in prop::collection::vec(row(moment()), 0..40),
        (from_ms, to_ms) in (moment(), moment()).prop_filter("in order", |(from, to)| from < to),
        now_ms in prop::option::of(moment()),
        by_unit in any::<bool>(),
    ) {
        let mut body = json!({"insight": "time_in_stage", "event": "a", "prop": "p", "exit": "b",
            "from": text(from_ms), "to": text(to_ms)});
        if by_unit {
            body["unit"] = json!("n");
        }
        if let Some(now_ms) = now_ms {
            body["now"] = json!(text(now_ms));
        }
        let given = ask(body, &rows);
        let wanted = twin(&rows, by_unit, from_ms, now_ms.map_or(to_ms, |now_ms| now_ms.min(to_ms)));
        prop_assert_eq!(given["stages"].as_array().unwrap().len(), wanted.len());
        prop_assert_eq!(&given["stages_total"], &json!(wanted.len()));
        for stage in given["stages"].as_array().unwrap() {
            let stays = &wanted[stage["stage"].as_str().unwrap()];
            let left = stays.iter().filter(|(_, over)| *over).count();
            prop_assert_eq!(&stage["entered"], &json!(stays.len()));
            prop_assert_eq!(&stage["left"], &json!(left));
            prop_assert_eq!(&stage["still_there"], &json!(stays.len() - left));
            prop_assert_eq!(stage["median_s"].as_f64(), quantile(stays, 0.5));
            prop_assert_eq!(stage["p90_s"].as_f64(), quantile(stays, 0.9));
            if left == stays.len() {
                let mean = stays.iter().map(|(ms, _)| *ms as f64 / 1_000.0).sum::<f64>() / left as f64;
                let given = stage["mean_s"].as_f64().unwrap();
                prop_assert!((given - mean).abs() <= 1e-6 * mean.max(1.0), "{} {}", given, mean);
            }
        }
    }
}

#[test]
fn a_slow_stage_is_not_fast_because_only_the_fast_have_left() {
    let event = |person, hour: i64, name, p| Row { person, at_ms: T0_MS + hour * HOUR_MS, name, p, n: None };
    let rows = [
        event(1, 0, "a", Some("x")),
        event(1, 2, "a", Some("y")),
        event(2, 0, "a", Some("x")),
        event(2, 1, "a", Some("x")),
        event(2, 4, "b", None),
        event(3, 0, "a", Some("x")),
        event(4, 5, "a", Some("x")),
    ];
    let given = ask(
        json!({"insight": "time_in_stage", "event": "a", "prop": "p", "exit": "b", "from": text(T0_MS),
            "to": text(T0_MS + 24 * HOUR_MS), "now": text(T0_MS + 10 * HOUR_MS)}),
        &rows,
    );
    // x: left after 2 h (of 4) and 4 h (of 3); seen for 10 h and 5 h. 3/4 stay on, then 1/2: the median is 4 h.
    // The mean is 2 + 3/4 * 2 + 1/2 * 6 = 6.5 h.
    let x = json!({"stage": "x", "entered": 4, "left": 2, "still_there": 2, "mean_s": 6.5 * 3_600.0,
        "median_s": 14_400.0, "p90_s": null});
    let y = json!({"stage": "y", "entered": 1, "left": 0, "still_there": 1, "mean_s": 8.0 * 3_600.0,
        "median_s": null, "p90_s": null});
    assert_eq!(given, json!({"insight": "time_in_stage", "stages": [x, y], "stages_total": 2}));
}

#[test]
fn limits_name_their_field() {
    let wrong = |change: serde_json::Value| {
        let mut query = json!({"insight": "time_in_stage", "event": "a", "prop": "p", "from": text(0), "to": text(1)});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Query::parse(query).unwrap_err().field
    };
    assert_eq!(wrong(json!({"event": []})), "event");
    assert_eq!(wrong(json!({"prop": ""})), "prop");
    assert_eq!(wrong(json!({"unit": ""})), "unit");
    assert_eq!(wrong(json!({"exit": [""]})), "exit");
    assert_eq!(wrong(json!({"to": text(0)})), "to");
    assert_eq!(wrong(json!({"stage": "x"})), "stage");
}
