//! Cases worked out by hand from the rules, the runner of cases itself, and what questions are refused.

use insight::cases;
use insight::query::{FunnelQuery, Query};
use serde_json::json;

const DERIVED: &str = include_str!("derived_cases.json");

#[test]
fn every_derived_case_comes_out_as_worked_out() {
    let cases = cases::parse(DERIVED).unwrap();
    let lines: Vec<String> =
        cases.iter().flat_map(|case| case.run().into_iter().map(|line| format!("{}: {line}", case.id))).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert!(cases.len() >= 50, "{} cases only", cases.len());
}

#[test]
fn the_runner_of_cases_finds_every_difference() {
    let file = |expect: serde_json::Value| {
        json!({"format": "funnel-cases/1", "t0": "2020-01-01T00:00:00Z", "cases": [{
            "id": "x", "events": [["p1", 0, "a", {"v": "k"}], ["p1", 2, "b"], ["p2", 0, "a"]],
            "query": {"steps": [{"event": "a"}, {"event": "b"}], "breakdown": {"prop": "v", "attribution": "first_touch"}},
            "expect": expect,
        }]})
        .to_string()
    };
    let differences = |expect: serde_json::Value| cases::parse(&file(expect)).unwrap()[0].run();
    assert_eq!(differences(json!({"counts": [2, 1], "breakdown": {"k": [1, 1], "": [1, 0]}})), Vec::<String>::new());
    for (expect, line) in [
        (json!({"counts": [2, 2]}), "counts[1]: expected 2, got 1"),
        (json!({"counts": [2]}), "counts: expected [2], got [2,1]"),
        (json!({"reached": {"p1": 2}}), "reached.p2: expected nothing, got 1"),
        (json!({"reached": {"p1": 2, "p2": 1, "p3": 1}}), "reached.p3: expected 1, got nothing"),
        (json!({"avg_s": [null, 2.1]}), "avg_s[1]: expected 2.1, got 2"),
        (json!({"avg_s": [0, 2]}), "avg_s[0]: expected 0, got null"),
        (json!({"breakdown": {"k": [1, 1]}}), "breakdown.: expected nothing, got [1,0]"),
        (json!({"excluded": ["p1"]}), "excluded: expected [\"p1\"], got []"),
        (json!({"bins": [[1, 2]]}), "bins: expected [[1,2]], got null"),
        (json!({"conversion": [1]}), "conversion: this program knows no such answer"),
    ] {
        assert_eq!(differences(expect.clone()), [line], "{expect}");
    }
}

#[test]
fn files_that_are_no_cases_say_why() {
    for (text, part) in [
        ("", "not a file of funnel cases"),
        (r#"{"format": "funnel-cases/2", "t0": "2020-01-01T00:00:00Z", "cases": []}"#, "this program reads"),
        (
            r#"{"format": "funnel-cases/1", "t0": "2020-01-01T00:00:00Z", "cases": [{"id": "q", "events": [["p", 0]], "query": {}, "expect": {}}]}"#,
            "case q: event 0 is not",
        ),
        (
            r#"{"format": "funnel-cases/1", "t0": "2020-01-01T00:00:00Z", "cases": [{"id": "q", "events": [], "query": {"steps": []}, "expect": {}}]}"#,
            "case q: query: steps: give 1 to 30 steps",
        ),
    ] {
        let error = cases::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_question_beyond_the_limits_names_the_field() {
    let two = json!([{"event": "a"}, {"event": "b"}]);
    let filtered = |condition: serde_json::Value| json!({"steps": [{"event": "a", "where": {"p": condition}}]});
    let regex = json!({"op": "regex", "value": "a"});
    let many = json!({"p": vec![regex.clone(); 3], "q": vec![regex; 3]});
    for (body, field, part) in [
        (json!([]), "", "must be a JSON object"),
        (json!({"insight": "magic"}), "insight", "use one of funnel, trend, retention"),
        (json!({"insight": "funnel"}), "", "missing field `steps`"),
        (json!({"steps": two, "windows": 3}), "windows", "unknown field `windows`, expected one of `steps`"),
        (json!({"steps": [{"event": "a"}, {"event": 3}]}), "steps[1].event", "write the event's name"),
        (json!({"steps": [{"event": "a", "wher": {}}]}), "steps[0].wher", "unknown field `wher`"),
        (json!({"steps": [{"event": ""}]}), "steps[0].event", "1 to 1000 bytes"),
        (json!({"steps": [{"event": []}]}), "steps[0].event", "name 1 to 50 events"),
        (json!({"steps": vec![json!({"event": "a"}); 31]}), "steps", "give 1 to 30 steps"),
        (json!({"steps": two, "window_s": 0}), "window_s", "give 1 to"),
        (json!({"steps": two, "window_s": -5}), "window_s", "invalid value"),
        (json!({"steps": two, "window_s": "7d"}), "window_s", "invalid type"),
        (json!({"steps": two, "order": "random"}), "order", "expected one of `ordered`, `strict`, `unordered`"),
        (json!({"steps": two, "from": "yesterday"}), "from", "not a point in time"),
        (
            json!({"steps": two, "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}),
            "to",
            "later than `from`",
        ),
        (
            filtered(json!({"op": "regex", "value": "a(b"})),
            "steps[0].where.p",
            "not a regular expression: unclosed group",
        ),
        (filtered(json!({"op": "not_regex", "value": "(?=a)"})), "steps[0].where.p", "look-around"),
        (filtered(json!({"op": "regex", "value": "\\w{900}"})), "steps[0].where.p", "too large"),
        (filtered(json!({"op": "regex", "value": 3})), "steps[0].where.p", "as a text"),
        (json!({"steps": [{"event": "a", "where": many}]}), "steps[0].where", "at most 5 regular expressions"),
        (filtered(json!({"op": "regex"})), "steps[0].where.p", "give one `value`"),
        (filtered(json!({"op": "before", "value": "31.01.2026"})), "steps[0].where.p", "write a date"),
        (filtered(json!({"op": "after", "value": true})), "steps[0].where.p", "write a date"),
        (
            json!({"steps": two, "breakdown": {"prop": "v", "attribution": "step:2"}}),
            "breakdown.attribution",
            "step:0 to step:1",
        ),
        (
            json!({"steps": two, "breakdown": {"prop": "v", "attribution": "touch"}}),
            "breakdown.attribution",
            "unknown attribution",
        ),
        (json!({"steps": two, "breakdown": {"prop": "v", "top": 0}}), "breakdown.top", "show 1 to"),
        (
            json!({"steps": two, "order": "unordered", "breakdown": {"prop": "v", "attribution": "step:1"}}),
            "breakdown.attribution",
            "use step:0",
        ),
        (
            json!({"steps": two, "exclusions": [{"event": "x", "from_step": 1, "to_step": 1}]}),
            "exclusions[0].to_step",
            "greater than",
        ),
        (
            json!({"steps": two, "exclusions": [{"event": "x", "from_step": 0, "to_step": 2}]}),
            "exclusions[0].to_step",
            "the last step is 1",
        ),
        (
            json!({"steps": two, "time_to_convert": {"from_step": 1, "to_step": 1}}),
            "time_to_convert.from_step",
            "less than",
        ),
        (json!({"steps": two, "time_to_convert": {"bins": 91}}), "time_to_convert", "1 to 90"),
        (json!({"steps": two, "hold": ["a", "b", "c", "d"]}), "hold", "at most 3"),
        (
            json!({"steps": [{"event": "a", "where": {"p": {"op": "like", "value": "x"}}}]}),
            "steps[0].where",
            "`p`: unknown op \"like\"",
        ),
        (json!({"steps": [{"event": "a", "where": {"p": {"op": "gte"}}}]}), "steps[0].where.p", "give one `value`"),
        (
            json!({"steps": [{"event": "a", "where": {"p": {"op": "set", "value": 1}}}]}),
            "steps[0].where.p",
            "take no value",
        ),
        (json!({"steps": [{"event": "a", "where": {"p": {"value": 1}}}]}), "steps[0].where", "needs an `op`"),
        (
            json!({"insight": "trend", "event": "a", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "measure": "sum"}),
            "prop",
            "needs the property",
        ),
        (
            json!({"insight": "trend", "event": "a", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "time_zone": "Europe/Nowhere"}),
            "time_zone",
            "unknown zone",
        ),
        (
            json!({"insight": "trend", "event": "a", "from": "1926-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}),
            "interval",
            "more than 2000 buckets",
        ),
        (
            json!({"insight": "retention", "event": "a", "from": "2026-01-01T00:00:00Z", "periods": 0}),
            "periods",
            "ask for 1 to",
        ),
    ] {
        let error = Query::parse(body.clone()).expect_err(&body.to_string());
        assert_eq!(error.field, field, "{body}: {error}");
        assert!(error.message.contains(part), "{body}: {error}");
    }
}

#[test]
fn a_question_survives_being_written_and_read() {
    let body = json!({
        "steps": [{"event": ["a", "b"], "where": {"p": [1, 2], "q": {"op": "contains", "value": "x"}}, "name": "Start"}, {"event": "c"}],
        "order": "strict", "window_s": 60, "from": "2026-01-01T00:00:00Z",
        "breakdown": {"prop": "channel", "attribution": "step:1", "top": 5},
        "exclusions": [{"event": "x", "from_step": 0, "to_step": 1}],
        "time_to_convert": {"from_step": 0, "bins": 7}, "hold": ["item"],
    });
    let query = FunnelQuery::parse(body).unwrap();
    let written = serde_json::to_value(&query).unwrap();
    assert_eq!(FunnelQuery::parse(written).unwrap(), query);
    assert_eq!(query.steps[0].label(), "Start");
    let typed: Query = serde_json::from_value(json!({"insight": "funnel", "steps": [{"event": "a"}]})).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap()["insight"], "funnel");
}
