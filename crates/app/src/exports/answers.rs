//! The tables of an answer, the main one first.

use std::borrow::Cow;
use std::collections::HashMap;

use base::Timestamp;
use insight::funnel::{BreakdownSteps, FunnelAnswer, HistogramAnswer, Rest, StepAnswer};
use insight::lifecycle::LifecycleAnswer;
use insight::paths::{PathNode, PathsAnswer};
use insight::query::{Answer, Interval, LifecycleQuery, Query, RetentionMode, RetentionQuery, TrendQuery};
use insight::retention::RetentionAnswer;
use insight::trend::TrendAnswer;
use jiff::tz::TimeZone;

use super::table::{Cell, Table};

/// What people and events without a value of the breakdown stand under.
const NO_VALUE: &str = "(no value)";
/// What the values that have no rows of their own stand under.
const OTHER_VALUES: &str = "(other values)";

/// The tables of an answer to a question.
pub(super) fn tables<'a>(query: &'a Query, answer: &'a Answer) -> Vec<Table<'a>> {
    match (query, answer) {
        (_, Answer::Funnel(answer)) => funnel(answer),
        (_, Answer::Paths(answer)) => paths(answer),
        (Query::Trend(query), Answer::Trend(answer)) => trend(query, answer),
        (Query::Retention(query), Answer::Retention(answer)) => retention(query, answer),
        (Query::Lifecycle(query), Answer::Lifecycle(answer)) => vec![lifecycle(query, answer)],
        // An answer is of the kind of its question.
        _ => Vec::new(),
    }
}

/// The day on which a bucket begins, in the zone in which it was cut.
fn day<'a>(start: Timestamp, zone: &TimeZone) -> Cell<'a> {
    Cell::Day(start.to_jiff().to_zoned(zone.clone()).date())
}

/// The zone of a question, which the parser has seen.
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn bucket_name(interval: Interval) -> &'static str {
    match interval {
        Interval::Day => "Day",
        Interval::Week => "Week",
        Interval::Month => "Month",
    }
}

fn value_name(value: &str) -> Cow<'_, str> {
    Cow::Borrowed(if value.is_empty() { NO_VALUE } else { value })
}

const STEP_HEADER: [&str; 10] = [
    "Step",
    "Name",
    "People",
    "Share of the step before",
    "Share, 95 % low",
    "Share, 95 % high",
    "Share of the first step",
    "Lost before this step",
    "Mean seconds from the step before",
    "Median seconds from the step before",
];

fn step(index: usize, step: &StepAnswer) -> Vec<Cell<'_>> {
    vec![
        Cell::Count(index as u64 + 1),
        Cell::text(&step.name),
        Cell::Count(step.count),
        Cell::Share(step.conversion_from_prev),
        Cell::Share(step.ci_low),
        Cell::Share(step.ci_high),
        Cell::Share(step.conversion_from_first),
        Cell::Count(step.dropped),
        Cell::number(step.avg_s),
        Cell::number(step.median_s),
    ]
}

fn funnel(answer: &FunnelAnswer) -> Vec<Table<'_>> {
    let rows = answer.steps.iter().enumerate().map(|(index, answer)| step(index, answer));
    let mut tables = vec![Table::new("steps", "Steps", STEP_HEADER, answer.steps.len(), rows)];
    if let Some(values) = &answer.breakdown_steps {
        tables.push(breakdown(answer, values, answer.rest.as_ref()));
    }
    tables.extend(answer.time_to_convert.as_ref().map(histogram));
    tables
}

fn breakdown<'a>(answer: &'a FunnelAnswer, values: &'a [BreakdownSteps], rest: Option<&'a Rest>) -> Table<'a> {
    let of_value = |value: &'a BreakdownSteps| {
        let name = value_name(&value.value);
        value.steps.iter().enumerate().map(move |(index, answer)| {
            let mut row = step(index, answer);
            row.insert(0, Cell::Text(name.clone()));
            row
        })
    };
    // The rest is a sum of people who may be in several values: shares of it would say nothing.
    let rest = rest.filter(|rest| rest.values > 0);
    let of_rest = rest.into_iter().flat_map(move |rest| {
        rest.counts.iter().zip(&answer.steps).enumerate().map(|(index, (count, step))| {
            let number = Cell::Count(index as u64 + 1);
            vec![Cell::Text(OTHER_VALUES.into()), number, Cell::text(&step.name), Cell::Count(*count)]
        })
    });
    let row_count = values.iter().map(|value| value.steps.len()).sum::<usize>() + rest.map_or(0, |r| r.counts.len());
    let header = std::iter::once("Value").chain(STEP_HEADER);
    Table::new("breakdown", "Breakdown", header, row_count, values.iter().flat_map(of_value).chain(of_rest))
}

fn histogram(answer: &HistogramAnswer) -> Table<'_> {
    let row = |(from_s, people): &(f64, u64)| {
        vec![Cell::Number(*from_s), Cell::Number(from_s + answer.width_s), Cell::Count(*people)]
    };
    let header = ["From seconds", "To seconds", "People"];
    Table::new("time_to_convert", "Time to convert", header, answer.bins.len(), answer.bins.iter().map(row))
}

/// A curve of a trend and what it is called.
struct Curve<'a> {
    name: Cow<'a, str>,
    values: &'a [Option<f64>],
    total: Option<f64>,
}

/// All curves of a trend: what was asked for, its moving average, each series, each value of the breakdown.
fn curves<'a>(query: &'a TrendQuery, answer: &'a TrendAnswer) -> Vec<Curve<'a>> {
    let series = answer.series.as_deref().unwrap_or_default();
    let name: Cow<'a, str> = match (&query.formula, &query.event) {
        (Some(formula), _) => Cow::Borrowed(formula),
        (None, Some(event)) => Cow::Owned(event.0.join(" / ")),
        (None, None) => series.first().map_or(Cow::Borrowed("Value"), |line| Cow::Borrowed(&line.name)),
    };
    let mut curves = Vec::new();
    // Without a formula the values are those of the first series, which comes below.
    if query.formula.is_some() || series.is_empty() {
        curves.push(Curve { name: name.clone(), values: &answer.values, total: answer.total });
    }
    if let (Some(values), Some(buckets)) = (&answer.moving_average, query.moving_average) {
        curves.push(Curve { name: format!("{name}, mean of {buckets}").into(), values, total: None });
    }
    curves.extend(series.iter().map(|line| Curve {
        name: Cow::Borrowed(&line.name),
        values: &line.values,
        total: line.total,
    }));
    curves.extend(answer.breakdown.iter().flatten().map(|line| Curve {
        name: value_name(&line.value),
        values: &line.values,
        total: line.total,
    }));
    curves.extend(answer.rest.iter().filter(|rest| rest.value_count > 0).map(|rest| Curve {
        name: Cow::Borrowed(OTHER_VALUES),
        values: &rest.values,
        total: rest.total,
    }));
    curves
}

fn trend<'a>(query: &'a TrendQuery, answer: &'a TrendAnswer) -> Vec<Table<'a>> {
    let zone = zone(&query.time_zone);
    let by_bucket = curves(query, answer);
    let header: Vec<Cow<'a, str>> = std::iter::once(Cow::Borrowed(bucket_name(query.interval)))
        .chain(by_bucket.iter().map(|curve| curve.name.clone()))
        .collect();
    let rows = answer.starts.iter().enumerate().map(move |(bucket, start)| {
        let values = by_bucket.iter().map(|curve| Cell::number(curve.values.get(bucket).copied().flatten()));
        std::iter::once(day(*start, &zone)).chain(values).collect()
    });
    let totals: Vec<_> = curves(query, answer).into_iter().filter(|curve| curve.total.is_some()).collect();
    let total_count = totals.len();
    let totals = totals.into_iter().map(|curve| vec![Cell::Text(curve.name), Cell::number(curve.total)]);
    vec![
        Table::new("trend", "Trend", header, answer.starts.len(), rows),
        Table::new("totals", "Totals", ["What", "Over the whole time"], total_count, totals),
    ]
}

/// A share of nobody is not known.
fn share<'a>(part: u64, whole: u64) -> Cell<'a> {
    if whole == 0 { Cell::Empty } else { Cell::Share(part as f64 / whole as f64) }
}

fn retention<'a>(query: &'a RetentionQuery, answer: &'a RetentionAnswer) -> Vec<Table<'a>> {
    let period = if query.mode == RetentionMode::Bracket { "Bracket" } else { bucket_name(query.period) };
    let later = format!("{period} after the first");
    let cohorts = move || {
        let zone = zone(&query.time_zone);
        let days = answer.starts.iter().map(move |start| day(*start, &zone));
        days.zip(answer.cohorts.iter().map(|cells| (cells, cells.first().copied().unwrap_or(0))))
    };
    let cells = cohorts().flat_map(|(start, (cells, size))| {
        cells.iter().enumerate().map(move |(index, people)| {
            let number = Cell::Count(index as u64);
            vec![start.clone(), Cell::Count(size), number, Cell::Count(*people), share(*people, size)]
        })
    });
    let header =
        ["Cohort".to_owned(), "People of the cohort".to_owned(), later, "People".to_owned(), "Share".to_owned()];
    let cell_count = answer.cohorts.iter().map(Vec::len).sum();
    let widest = answer.cohorts.iter().map(Vec::len).max().unwrap_or(0);
    let columns = (1..widest).map(move |index| Cow::Owned(format!("{period} {index}")));
    let wide_header = [Cow::Borrowed("Cohort"), Cow::Borrowed("People")].into_iter().chain(columns);
    let wide = cohorts().map(|(start, (cells, size))| {
        let shares = cells.iter().skip(1).map(|people| share(*people, size));
        [start, Cell::Count(size)].into_iter().chain(shares).collect()
    });
    vec![
        Table::new("retention", "Retention", header, cell_count, cells),
        Table::new("cohorts", "Cohorts", wide_header, answer.cohorts.len(), wide),
    ]
}

fn lifecycle<'a>(query: &'a LifecycleQuery, answer: &'a LifecycleAnswer) -> Table<'a> {
    let zone = zone(&query.time_zone);
    let kinds = [&answer.new, &answer.returning, &answer.resurrecting, &answer.dormant];
    let rows = answer.starts.iter().enumerate().map(move |(bucket, start)| {
        let people = kinds.iter().map(|kind| kind.get(bucket).copied().map_or(Cell::Empty, Cell::Count));
        std::iter::once(day(*start, &zone)).chain(people).collect()
    });
    let header = [bucket_name(query.interval), "New", "Returning", "Resurrecting", "Dormant"];
    Table::new("lifecycle", "Lifecycle", header, answer.starts.len(), rows)
}

fn paths(answer: &PathsAnswer) -> Vec<Table<'_>> {
    let nodes: HashMap<&str, &PathNode> = answer.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let links = answer.links.iter().map(move |link| {
        let from = nodes.get(link.source.as_str());
        let label =
            |node: Option<&&'_ PathNode>| node.map_or(Cell::Empty, |node| Cell::Text(node.label.clone().into()));
        vec![
            from.map_or(Cell::Empty, |node| Cell::Count(node.step as u64)),
            label(from),
            label(nodes.get(link.target.as_str())),
            Cell::Count(link.sessions),
            Cell::Number(link.median_s),
        ]
    });
    let by_node = answer
        .nodes
        .iter()
        .map(|node| vec![Cell::Count(node.step as u64), Cell::text(&node.label), Cell::Count(node.sessions)]);
    let header = ["Step", "From", "To", "Sessions", "Median seconds"];
    vec![
        Table::new("links", "Links", header, answer.links.len(), links),
        Table::new("steps", "Steps", ["Step", "Name", "Sessions"], answer.nodes.len(), by_node),
    ]
}
