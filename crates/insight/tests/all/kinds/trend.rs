//! Trends.

use std::collections::{BTreeMap, BTreeSet};

use insight::query::Query;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::rows::{HOUR_MS, Row, T0_MS, ask, config, dates, first_date, moment, row, text, zone};

#[derive(Debug, Clone)]
struct Series {
    names: Vec<&'static str>,
    p: Option<&'static str>,
    measure: &'static str,
}

#[derive(Debug, Clone)]
struct Question {
    /// One is asked for without `series`.
    series: Vec<Series>,
    formula: Option<&'static str>,
    breakdown: Option<(&'static str, usize)>,
    window: Option<usize>,
    interval: &'static str,
    zone: &'static str,
    from_ms: i64,
    to_ms: i64,
}

fn series() -> impl Strategy<Value = Series> {
    let names = prop::sample::select(vec![vec!["a"], vec!["b"], vec!["a", "c"]]);
    let p = prop_oneof![2 => Just(None), 1 => Just(Some("x"))];
    let measure = prop::sample::select(vec!["total", "unique", "sum", "per_person"]);
    (names, p, measure).prop_map(|(names, p, measure)| Series { names, p, measure })
}

fn question() -> impl Strategy<Value = Question> {
    let formulas = (prop::collection::vec(series(), 1..4), 0..5usize).prop_map(|(series, formula)| {
        let formula = match (formula, series.len()) {
            (0, _) | (_, 1) => None,
            (1, _) => Some("A / B * 100"),
            (2, _) => Some("(A - B) / (A + B)"),
            (3, 3) => Some("A - B - C"),
            _ => Some("-B + 2 * A"),
        };
        (series, formula)
    });
    let breakdown = prop::option::of((prop::sample::select(vec!["p", "n"]), 1..5usize));
    let interval = prop::sample::select(vec!["day", "week", "month"]);
    let time = (moment(), moment()).prop_filter("in order", |(from, to)| from < to);
    (formulas, breakdown, prop::option::of(2..5usize), interval, zone(), time).prop_map(
        |((series, formula), breakdown, window, interval, zone, (from_ms, to_ms))| Question {
            series,
            formula,
            breakdown,
            window,
            interval,
            zone,
            from_ms,
            to_ms,
        },
    )
}

fn body(question: &Question) -> Json {
    let mut body = json!({"insight": "trend", "interval": question.interval, "time_zone": question.zone,
        "from": text(question.from_ms), "to": text(question.to_ms), "formula": question.formula,
        "moving_average": question.window});
    if let Some((prop, top)) = question.breakdown {
        body["breakdown"] = json!({"prop": prop, "top": top});
    }
    let series: Vec<Json> = question
        .series
        .iter()
        .map(|series| {
            let mut one = json!({"event": series.names, "measure": series.measure});
            if let Some(p) = series.p {
                one["where"] = json!({ "p": p });
            }
            if series.measure == "sum" {
                one["prop"] = json!("n");
            }
            one
        })
        .collect();
    if let [one] = series.as_slice() {
        body.as_object_mut().unwrap().extend(one.as_object().unwrap().clone());
    } else {
        body["series"] = json!(series);
    }
    body
}

fn matches(series: &Series, row: &Row) -> bool {
    series.names.contains(&row.name) && (series.p.is_none() || series.p == row.p)
}

/// The measure of a series over rows that it may count.
fn measure(series: &Series, rows: &[&Row]) -> Option<f64> {
    let mine: Vec<_> = rows.iter().filter(|row| matches(series, row)).collect();
    let people = mine.iter().map(|row| row.person).collect::<BTreeSet<_>>().len();
    match series.measure {
        "total" => Some(mine.len() as f64),
        "unique" => Some(people as f64),
        "sum" => Some(mine.iter().filter_map(|row| row.n).sum::<i32>().into()),
        _ if people == 0 => None,
        _ => Some(mine.len() as f64 / people as f64),
    }
}

fn value(question: &Question, rows: &[&Row]) -> Option<f64> {
    let of = |index: usize| measure(&question.series[index], rows);
    match question.formula {
        None => of(0),
        Some("A / B * 100") => Some(of(0)? / of(1).filter(|b| *b != 0.0)? * 100.0),
        Some("(A - B) / (A + B)") => {
            let (a, b) = (of(0)?, of(1)?);
            (a + b != 0.0).then(|| (a - b) / (a + b))
        }
        Some("A - B - C") => Some(of(0)? - of(1)? - of(2)?),
        Some(_) => Some(-of(1)? + 2.0 * of(0)?),
    }
}

fn close(given: &Json, wanted: Option<f64>) -> bool {
    match (given.as_f64(), wanted) {
        (Some(given), Some(wanted)) => (given - wanted).abs() < 1e-9,
        (None, None) => given.is_null(),
        _ => false,
    }
}

fn all_close(given: &Json, wanted: &[Option<f64>]) -> bool {
    let given = given.as_array().unwrap();
    given.len() == wanted.len() && given.iter().zip(wanted).all(|(given, wanted)| close(given, *wanted))
}

/// Holds a line of the answer against the rows that it is made of.
fn line_agrees(question: &Question, given: &Json, rows: &[&Row]) -> Result<(), TestCaseError> {
    let dates = dates(question.from_ms, question.to_ms, question.interval, question.zone);
    let of_date = |date| -> Vec<&Row> {
        let mine = rows.iter().filter(|row| first_date(row.at_ms, question.interval, question.zone) == date);
        mine.copied().collect()
    };
    let values: Vec<Option<f64>> = dates.iter().map(|date| value(question, &of_date(*date))).collect();
    prop_assert!(all_close(&given["values"], &values), "{} instead of {:?}", given["values"], values);
    prop_assert!(close(&given["total"], value(question, rows)), "{}", given["total"]);
    match question.window {
        None => prop_assert!(given.get("moving_average").is_none()),
        Some(window) => {
            let average = |at: usize| {
                let known: Vec<f64> = (0..values.len())
                    .filter(|other| *other <= at && other + window > at)
                    .filter_map(|other| values[other])
                    .collect();
                (known.len() == window).then(|| known.iter().sum::<f64>() / window as f64)
            };
            let averages: Vec<_> = (0..values.len()).map(average).collect();
            prop_assert!(all_close(&given["moving_average"], &averages), "{} of {:?}", given["moving_average"], values);
        }
    }
    Ok(())
}

fn breakdown_agrees(question: &Question, given: &Json, rows: &[&Row]) -> Result<(), TestCaseError> {
    let Some((prop, top)) = question.breakdown else {
        prop_assert!(given.get("breakdown").is_none() && given.get("rest").is_none());
        return Ok(());
    };
    let mut by_value: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| question.series.iter().any(|series| matches(series, row))) {
        let value = if prop == "p" { row.p.map(str::to_owned) } else { row.n.map(|n| n.to_string()) };
        by_value.entry(value.unwrap_or_default()).or_default().push(row);
    }
    let first = &question.series[0];
    let size = |rows: &[&Row]| match first.measure {
        "per_person" => rows.iter().filter(|row| matches(first, row)).count() as f64,
        _ => measure(first, rows).unwrap(),
    };
    let mut sorted: Vec<_> = by_value.into_iter().collect();
    sorted.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
    let others = sorted.split_off(top.min(sorted.len()));
    let lines = given["breakdown"].as_array().unwrap();
    prop_assert_eq!(lines.len(), sorted.len());
    for (line, (value, rows)) in lines.iter().zip(&sorted) {
        prop_assert_eq!(&line["value"], value);
        line_agrees(question, line, rows)?;
    }
    prop_assert_eq!(&given["rest"]["value_count"], &json!(others.len()));
    let others: Vec<&Row> = others.into_iter().flat_map(|(_, rows)| rows).collect();
    line_agrees(question, &given["rest"], &others)
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn trends_equal_their_twin(question in question(), rows in prop::collection::vec(row(moment()), 0..40)) {
        let given = ask(body(&question), &rows);
        let inside: Vec<&Row> =
            rows.iter().filter(|row| row.at_ms >= question.from_ms && row.at_ms < question.to_ms).collect();
        line_agrees(&question, &given, &inside)?;
        breakdown_agrees(&question, &given, &inside)?;
        if question.series.len() == 1 {
            prop_assert!(given.get("series").is_none());
        } else {
            for (line, series) in given["series"].as_array().unwrap().iter().zip(&question.series) {
                prop_assert_eq!(&line["name"], &json!(series.names.join(" / ")));
                let alone = Question { series: vec![series.clone()], formula: None, window: None, ..question.clone() };
                line_agrees(&alone, line, &inside)?;
            }
        }
    }
}

#[test]
fn a_share_by_day_with_its_moving_average() {
    let event = |person, day: i64, name, p| Row { person, at_ms: T0_MS + day * 24 * HOUR_MS, name, p, n: None };
    let rows = [
        event(1, 0, "a", Some("x")),
        event(2, 0, "a", Some("y")),
        event(1, 0, "b", Some("x")),
        event(1, 2, "a", Some("x")),
        event(1, 2, "a", Some("x")),
        event(1, 2, "b", Some("z")),
        event(2, 3, "b", Some("z")),
    ];
    let given = ask(
        json!({"insight": "trend", "from": text(T0_MS), "to": text(T0_MS + 4 * 24 * HOUR_MS), "moving_average": 2,
            "series": [{"event": "b", "name": "Orders"}, {"event": "a", "measure": "unique"}],
            "formula": "A / B * 100", "breakdown": {"prop": "p", "top": 1}}),
        &rows,
    );
    assert_eq!(given["values"], json!([50.0, null, 100.0, null]));
    assert_eq!(given["total"], 150.0);
    assert_eq!(given["moving_average"], json!([null, null, null, null]));
    assert_eq!(given["series"][0], json!({"name": "Orders", "values": [1.0, 0.0, 1.0, 1.0], "total": 3.0}));
    assert_eq!(given["series"][1], json!({"name": "a", "values": [2.0, 0.0, 1.0, 0.0], "total": 2.0}));
    let line = json!({"value": "z", "values": [null, null, null, null], "total": null,
        "moving_average": [null, null, null, null]});
    assert_eq!(given["breakdown"], json!([line]));
    assert_eq!(given["rest"]["value_count"], 2);
    assert_eq!(given["rest"]["values"], json!([50.0, null, 0.0, null]));

    let per_person = ask(
        json!({"insight": "trend", "event": "a", "measure": "per_person", "moving_average": 2, "interval": "day",
            "from": text(T0_MS), "to": text(T0_MS + 3 * 24 * HOUR_MS)}),
        &rows,
    );
    assert_eq!((&per_person["values"], &per_person["total"]), (&json!([1.0, null, 2.0]), &json!(2.0)));
}

#[test]
fn limits_name_their_field() {
    let wrong = |change: Json| {
        let mut query = json!({"insight": "trend", "from": text(T0_MS), "to": text(T0_MS + HOUR_MS)});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Query::parse(query).unwrap_err().field
    };
    let one = json!({"event": "a"});
    assert_eq!(wrong(json!({})), "event");
    assert_eq!(wrong(json!({"event": "a", "series": [one]})), "event");
    assert_eq!(wrong(json!({"series": vec![one.clone(); 11]})), "series");
    assert_eq!(wrong(json!({"series": [one], "measure": "unique"})), "measure");
    assert_eq!(wrong(json!({"series": [one], "where": {"p": "x"}})), "where");
    assert_eq!(wrong(json!({"series": [one, {"event": "b", "measure": "sum"}]})), "series[1].prop");
    assert_eq!(wrong(json!({"series": [one, {"event": "b", "prop": "n"}]})), "series[1].prop");
    assert_eq!(wrong(json!({"series": [one], "formula": "A / B"})), "formula");
    assert_eq!(wrong(json!({"event": "a", "formula": "(".repeat(201)})), "formula");
    assert_eq!(wrong(json!({"event": "a", "measure": "sum"})), "prop");
    assert_eq!(wrong(json!({"event": "a", "breakdown": {"prop": ""}})), "breakdown.prop");
    assert_eq!(wrong(json!({"event": "a", "breakdown": {"prop": "p", "top": 101}})), "breakdown.top");
    assert_eq!(wrong(json!({"event": "a", "moving_average": 1})), "moving_average");
    assert_eq!(wrong(json!({"event": "a", "to": text(T0_MS)})), "to");
}
