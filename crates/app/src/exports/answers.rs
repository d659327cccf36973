//! The tables of an answer, the main one first.

use std::borrow::Cow;
use std::collections::HashMap;

use base::Timestamp;
use insight::lifecycle::LifecycleAnswer;
use insight::paths::{PathNode, PathsAnswer};
use insight::query::{Answer, Interval, LifecycleQuery, Query, RetentionMode, RetentionQuery, TrendQuery};
use insight::retention::RetentionAnswer;
use insight::stage::TimeInStageAnswer;
use insight::trend::TrendAnswer;
use jiff::tz::TimeZone;

use super::funnel;
use super::table::{Cell, Table};

/// The word and the title of a table.
pub(super) type Named = (&'static str, &'static str);

/// What people and events without a value of the breakdown stand under.
const NO_VALUE: &str = "(no value)";
/// What the values that have no rows of their own stand under.
pub(super) const OTHER_VALUES: &str = "(other values)";

/// The tables of an answer to a question.
pub(super) fn tables<'a>(query: &'a Query, answer: &'a Answer) -> Vec<Table<'a>> {
    match (query, answer) {
        (Query::Funnel(query), Answer::Funnel(answer)) => funnel::tables(query, answer),
        (_, Answer::Paths(answer)) => paths(answer),
        (_, Answer::TimeInStage(answer)) => vec![stages(answer)],
        (Query::Trend(query), Answer::Trend(answer)) => trend(query, answer),
        (Query::Retention(query), Answer::Retention(answer)) => retention(query, answer),
        (Query::Lifecycle(query), Answer::Lifecycle(answer)) => vec![lifecycle(query, answer)],
        // An answer is of the kind of its question.
        _ => Vec::new(),
    }
}

/// The day on which a bucket begins, in the zone in which it was cut.
pub(super) fn day<'a>(start: Timestamp, zone: &TimeZone) -> Cell<'a> {
    Cell::Day(start.to_jiff().to_zoned(zone.clone()).date())
}

/// The zone of a question, which the parser has seen.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn bucket_name(interval: Interval) -> &'static str {
    match interval {
        Interval::Day => "Day",
        Interval::Week => "Week",
        Interval::Month => "Month",
    }
}

pub(super) fn value_name(value: &str) -> Cow<'_, str> {
    Cow::Borrowed(if value.is_empty() { NO_VALUE } else { value })
}

fn stages(answer: &TimeInStageAnswer) -> Table<'_> {
    let rows = answer.stages.iter().map(|stage| {
        let counts = [stage.entered, stage.left, stage.still_there].map(Cell::Count);
        let times = [Cell::Number(stage.mean_s), Cell::number(stage.median_s), Cell::number(stage.p90_s)];
        [Cell::Text(value_name(&stage.stage))].into_iter().chain(counts).chain(times).collect()
    });
    let header = ["Stage", "Entered", "Left", "Still there", "Mean seconds", "Median seconds", "Nine of ten within"];
    Table::new("stages", "Stages", header, answer.stages.len(), rows)
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
    let mut tables = vec![by_bucket(("trend", "Trend"), query, answer), totals(query, answer)];
    tables.extend(answer.compared.as_ref().map(|second| by_bucket(("compared", "Second period"), query, second)));
    tables
}

fn by_bucket<'a>((word, title): Named, query: &'a TrendQuery, answer: &'a TrendAnswer) -> Table<'a> {
    let zone = zone(&query.time_zone);
    let curves = curves(query, answer);
    let header: Vec<Cow<'a, str>> = std::iter::once(Cow::Borrowed(bucket_name(query.interval)))
        .chain(curves.iter().map(|curve| curve.name.clone()))
        .collect();
    let rows = answer.starts.iter().enumerate().map(move |(bucket, start)| {
        let values = curves.iter().map(|curve| Cell::number(curve.values.get(bucket).copied().flatten()));
        std::iter::once(day(*start, &zone)).chain(values).collect()
    });
    Table::new(word, title, header, answer.starts.len(), rows)
}

/// What the curves come to; with a second period what they came to then, and the change as a part of that.
fn totals<'a>(query: &'a TrendQuery, answer: &'a TrendAnswer) -> Table<'a> {
    let summed = |answer| curves(query, answer).into_iter().filter(|curve| curve.total.is_some());
    let second = answer.compared.as_deref();
    let then: HashMap<Cow<'a, str>, f64> =
        second.into_iter().flat_map(summed).filter_map(|curve| Some((curve.name, curve.total?))).collect();
    let lines: Vec<_> = summed(answer).collect();
    let row_count = lines.len();
    let rows = lines.into_iter().map(move |curve| {
        let before = then.get(&curve.name).copied();
        let change = curve.total.zip(before).filter(|(_, before)| *before != 0.0);
        let mut cells = vec![Cell::Text(curve.name), Cell::number(curve.total)];
        if second.is_some() {
            let change = change.map_or(Cell::Empty, |(now, before)| Cell::Share((now - before) / before));
            cells.extend([Cell::number(before), change]);
        }
        cells
    });
    let header = ["What", "Over the whole time", "Second period", "Change"];
    Table::new("totals", "Totals", header.into_iter().take(if second.is_some() { 4 } else { 2 }), row_count, rows)
}

/// A share of nobody is not known.
fn share<'a>(part: u64, whole: u64) -> Cell<'a> {
    if whole == 0 { Cell::Empty } else { Cell::Share(part as f64 / whole as f64) }
}

fn retention<'a>(query: &'a RetentionQuery, answer: &'a RetentionAnswer) -> Vec<Table<'a>> {
    let mut tables = cohorts([("retention", "Retention"), ("cohorts", "Cohorts")], query, answer);
    if let Some(second) = &answer.compared {
        let named = [("compared", "Second period"), ("compared_cohorts", "Second period, cohorts")];
        tables.extend(cohorts(named, query, second));
    }
    tables
}

/// A row for each cohort and period, and a row for each cohort.
fn cohorts<'a>(named: [Named; 2], query: &'a RetentionQuery, answer: &'a RetentionAnswer) -> Vec<Table<'a>> {
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
    let [long, short] = named;
    vec![
        Table::new(long.0, long.1, header, cell_count, cells),
        Table::new(short.0, short.1, wide_header, answer.cohorts.len(), wide),
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
