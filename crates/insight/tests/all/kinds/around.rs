//! Paths around a step of a funnel.

use insight::people::{PeopleKind, PeopleQuery, Place};
use insight::query::Query;
use proptest::prelude::*;
use serde_json::json;

use super::rows::{Row, T0_MS, ask, config, records, row, text};

const MINUTE_MS: i64 = 60_000;

proptest! {
    #![proptest_config(config())]
    /// The same as paths over what is left when everybody else's events, and those on the other side, are taken out.
    #[test]
    fn paths_around_a_step_are_those_of_its_people(
        rows in prop::collection::vec(row((0..200i64).prop_map(|minute| T0_MS + minute * MINUTE_MS)), 0..60),
        step in 0..2usize,
        is_dropped in any::<bool>(),
        is_before in any::<bool>(),
        all in any::<bool>(),
    ) {
        let is_dropped = is_dropped && step > 0;
        let funnel = json!({"steps": [{"event": "a"}, {"event": "b", "where": {"p": ["x", "y"]}}], "window_s": 3600,
            "from": text(T0_MS + 20 * MINUTE_MS), "to": text(T0_MS + 150 * MINUTE_MS)});
        let mut body = json!({"insight": "paths", "from": text(T0_MS + MINUTE_MS), "by_prop": {"c": "p"}});
        if !all {
            body["events"] = json!(["a", "c"]);
        }
        let alone = body.clone();
        body["around"] = json!({"funnel": funnel, "step": step,
            "kind": if is_dropped { "dropped" } else { "reached" }, "side": if is_before { "before" } else { "after" }});

        let query = Query::parse(funnel).unwrap();
        let kind = if is_dropped { PeopleKind::Dropped } else { PeopleKind::Converted };
        let people = PeopleQuery::new(query.clone(), &Place { step: Some(step), kind, ..Place::default() }).unwrap();
        let found = people.answer(&records(&query, &rows), 100);
        let is_near = |row: &&Row| {
            let person = found.rows.iter().find(|person| person.person == row.person);
            person.and_then(|person| person.reached_at).is_some_and(|moment| {
                if is_before { row.at_ms <= moment.ms() } else { row.at_ms >= moment.ms() }
            })
        };
        let near: Vec<Row> = rows.iter().filter(is_near).cloned().collect();
        prop_assert_eq!(ask(body, &rows), ask(alone, &near));
    }
}

#[test]
fn limits_name_their_field() {
    let wrong = |around: serde_json::Value| {
        let error = Query::parse(json!({"insight": "paths", "around": around})).unwrap_err();
        (error.field, error.message)
    };
    let funnel =
        json!({"insight": "funnel", "steps": [{"event": "a"}, {"event": "b", "optional": true}, {"event": "c"}]});
    let near = |step: usize, kind: &str| wrong(json!({"funnel": funnel, "step": step, "kind": kind})).0;
    assert_eq!(near(3, "reached"), "around.step");
    assert_eq!(near(0, "dropped"), "around.step");
    assert_eq!(near(1, "dropped"), "around.step");
    assert!(near(1, "left").starts_with("around"));
    let mut totals = funnel.clone();
    totals["count"] = json!("totals");
    assert_eq!(wrong(json!({"funnel": totals, "step": 0})).0, "around.funnel");
    let (field, message) = wrong(json!({"funnel": {"steps": []}, "step": 0}));
    assert!(field == "around.funnel" && message.starts_with("steps:"), "{field} {message}");
}
