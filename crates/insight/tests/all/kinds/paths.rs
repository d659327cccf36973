//! Paths.

use std::collections::{BTreeMap, BTreeSet};

use insight::query::Query;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::rows::{Row, T0_MS, ask, config, row, text};

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Clone)]
struct Question {
    all: bool,
    by_prop: bool,
    group: bool,
    start: Option<&'static str>,
    end: Option<&'static str>,
    max_steps: usize,
    gap_min: i64,
    top: usize,
    collapse: bool,
}

fn question() -> impl Strategy<Value = Question> {
    let point = prop::sample::select(vec!["a", "b", "x", "late letters", "none such"]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (flags, 0..3, point, 2..5usize, 1..12i64, 1..9usize).prop_map(|(flags, which, point, max_steps, gap_min, top)| {
        let (all, by_prop, group, collapse) = flags;
        let start = (which == 1).then_some(point);
        let end = (which == 2).then_some(point);
        Question { all, by_prop, group, start, end, max_steps, gap_min, top, collapse }
    })
}

fn body(question: &Question) -> Json {
    let mut body = json!({"insight": "paths", "from": text(T0_MS + MINUTE_MS), "to": text(T0_MS + 50 * MINUTE_MS),
        "max_steps": question.max_steps, "session_gap_s": question.gap_min * 60, "top": question.top,
        "collapse": question.collapse, "start": question.start, "end": question.end});
    if !question.all {
        body["events"] = json!(["a", "c"]);
        body["where"] = json!({"n": {"op": "not_set"}});
    }
    if question.by_prop {
        body["by_prop"] = json!({"a": "p"});
    }
    if question.group {
        body["group"] = json!([{"match": "y", "as": "late letters"}, {"match": "z*", "as": "late letters"},
            {"match": "*", "as": "x"}]);
    }
    body
}

fn label(question: &Question, row: &Row) -> &'static str {
    let label = if question.by_prop && row.name == "a" { row.p.unwrap_or("a") } else { row.name };
    match label {
        label if !question.group => label,
        "y" | "z" => "late letters",
        _ => "x",
    }
}

/// The paths as lists of (number of the step, label, ms), one for each session.
fn twin(question: &Question, rows: &[Row]) -> Vec<Vec<(usize, &'static str, i64)>> {
    let mut paths = Vec::new();
    for person in 0..4 {
        let mut mine: Vec<&Row> = rows.iter().filter(|row| row.person == person).collect();
        mine.retain(|row| row.at_ms >= T0_MS + MINUTE_MS && row.at_ms < T0_MS + 50 * MINUTE_MS);
        mine.retain(|row| question.all || (row.name != "b" && row.n.is_none()));
        let is_point = |row: &Row| {
            let point = question.start.or(question.end);
            point.is_some_and(|point| row.name == point || label(question, row) == point)
        };
        mine.sort_by_key(|row| (row.at_ms, label(question, row), !is_point(row)));
        while !mine.is_empty() {
            // A session goes on until a row whose elder is too old.
            let ends = (1..mine.len()).find(|at| mine[*at].at_ms >= mine[at - 1].at_ms + question.gap_min * MINUTE_MS);
            let session: Vec<&Row> = mine.drain(..ends.unwrap_or(mine.len())).collect();
            let is_repeat = |at: usize| {
                question.collapse && at > 0 && label(question, session[at]) == label(question, session[at - 1])
            };
            // Where the run that an event belongs to begins.
            let run = |at: usize| (0..=at).rev().find(|at| !is_repeat(*at)).unwrap();
            let mut kept: Vec<usize> = (0..session.len()).filter(|at| !is_repeat(*at)).collect();
            let point = session.iter().position(|row| is_point(row)).map(run);
            let mut first_number = 1;
            if question.end.is_some() {
                let Some(point) = point else { continue };
                kept.retain(|at| *at <= point);
                while kept.len() > question.max_steps {
                    kept.remove(0);
                }
                first_number = question.max_steps - kept.len() + 1;
            } else if question.start.is_some() {
                let Some(point) = point else { continue };
                kept.retain(|at| *at >= point);
            }
            kept.truncate(question.max_steps);
            let steps = kept.iter().map(|at| (label(question, session[*at]), session[*at].at_ms)).enumerate();
            paths.push(steps.map(|(at, (label, at_ms))| (at + first_number, label, at_ms)).collect());
        }
    }
    paths
}

fn agree(question: &Question, rows: &[Row]) -> Result<(), TestCaseError> {
    let given = ask(body(question), rows);
    let paths = twin(question, rows);
    let mut links: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    let id = |(step, label, _): &(usize, &str, i64)| format!("{step} {label}");
    for pair in paths.iter().flat_map(|path| path.windows(2)) {
        let seconds = (pair[1].2 - pair[0].2) as f64 / 1_000.0;
        links.entry((id(&pair[0]), id(&pair[1]))).or_default().push(seconds);
    }
    let mut sorted: Vec<_> = links.iter().collect();
    // Stable, and the map's order is that of step (one digit) and labels.
    sorted.sort_by_key(|(_, seconds)| std::cmp::Reverse(seconds.len()));
    sorted.truncate(question.top);
    let shown: Vec<Json> = sorted
        .iter()
        .map(|((source, target), seconds)| {
            let mut seconds = (*seconds).clone();
            seconds.sort_by(f64::total_cmp);
            let median = (seconds[(seconds.len() - 1) / 2] + seconds[seconds.len() / 2]) / 2.0;
            json!({"source": source, "target": target, "sessions": seconds.len(), "median_s": median})
        })
        .collect();
    prop_assert_eq!(&given["links"], &json!(shown));
    prop_assert_eq!(&given["links_total"], &json!(links.len()));
    prop_assert_eq!(&given["sessions"], &json!(paths.len()));
    prop_assert_eq!(&given["one_step_sessions"], &json!(paths.iter().filter(|path| path.len() == 1).count()));
    let is_shown = |pair: &[(usize, &str, i64)]| {
        sorted.iter().any(|((source, target), _)| *source == id(&pair[0]) && *target == id(&pair[1]))
    };
    let cut = paths.iter().filter(|path| !path.windows(2).all(is_shown)).count();
    prop_assert_eq!(&given["cut_off_sessions"], &json!(cut));
    let ends: BTreeSet<String> =
        sorted.iter().flat_map(|((source, target), _)| [source.clone(), target.clone()]).collect();
    let nodes = given["nodes"].as_array().unwrap();
    prop_assert_eq!(nodes.len(), ends.len());
    for node in nodes {
        let name = node["id"].as_str().unwrap();
        let passed = paths.iter().filter(|path| path.iter().any(|step| id(step) == name)).count();
        prop_assert_eq!(&node["sessions"], &json!(passed));
        let own = format!("{} {}", node["step"], node["label"].as_str().unwrap());
        prop_assert_eq!(name, own);
        prop_assert!(ends.contains(name));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn paths_equal_their_twin(
        question in question(),
        rows in prop::collection::vec(row((0..55i64).prop_map(|minute| T0_MS + minute * MINUTE_MS)), 0..40),
    ) {
        agree(&question, &rows)?;
    }

    #[test]
    fn paths_do_not_hang_on_the_order_of_arrival(
        question in question(),
        (rows, shuffled) in prop::collection::vec(row((0..9i64).prop_map(|minute| T0_MS + minute * MINUTE_MS)), 0..30)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        prop_assert_eq!(ask(body(&question), &rows), ask(body(&question), &shuffled));
    }
}

#[test]
fn people_leave_the_price_list_by_different_doors() {
    let visit = |person, minute: i64, p: &'static str| {
        let name = if p == "order" { "b" } else { "a" };
        Row { person, at_ms: T0_MS + minute * MINUTE_MS, name, p: Some(p), n: None }
    };
    let rows = [
        visit(1, 0, "/home"),
        visit(1, 1, "/pricing"),
        visit(1, 2, "/pricing"),
        visit(1, 5, "order"),
        visit(2, 0, "/pricing"),
        visit(2, 4, "/blog/1"),
        // Half an hour to the second: another session.
        visit(2, 34, "/pricing"),
        visit(3, 0, "/pricing"),
        visit(3, 6, "/blog/2"),
        visit(4, 0, "/blog/3"),
    ];
    let given = ask(
        json!({"insight": "paths", "by_prop": {"a": "p"}, "start": "/pricing", "top": 1,
            "group": [{"match": "/blog/*", "as": "Blog"}]}),
        &rows,
    );
    let expected = json!({"insight": "paths", "sessions": 4, "one_step_sessions": 1, "cut_off_sessions": 1,
        "links_total": 2,
        "nodes": [{"id": "1 /pricing", "step": 1, "label": "/pricing", "sessions": 4},
            {"id": "2 Blog", "step": 2, "label": "Blog", "sessions": 2}],
        "links": [{"source": "1 /pricing", "target": "2 Blog", "sessions": 2, "median_s": 300.0}]});
    assert_eq!(given, expected);
}

#[test]
fn limits_name_their_field() {
    let wrong = |body: Json| {
        let mut query = json!({"insight": "paths"});
        query.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        Query::parse(query).unwrap_err().field
    };
    assert!(Query::parse(json!({"insight": "paths"})).is_ok(), "everything may be left out");
    assert_eq!(wrong(json!({"max_steps": 1})), "max_steps");
    assert_eq!(wrong(json!({"max_steps": 21})), "max_steps");
    assert_eq!(wrong(json!({"session_gap_s": 0})), "session_gap_s");
    assert_eq!(wrong(json!({"top": 1_001})), "top");
    assert_eq!(wrong(json!({"start": "a", "end": "b"})), "end");
    assert_eq!(wrong(json!({"start": ""})), "start");
    assert_eq!(wrong(json!({"events": "a", "by_prop": {"b": "path"}})), "by_prop.b");
    assert_eq!(wrong(json!({"group": [{"match": "a", "as": ""}]})), "group[0].as");
    assert_eq!(wrong(json!({"group": [{"match": "a"}]})), "group[0]");
}
