//! How often something happens over time: events, different people, the sum of a property, or events for each
//! person, in buckets of a day, week or month of a time zone; for one series or several, with a formula over
//! them, for all or by the values of a property.

mod curve;

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::blocks::in_order;
use crate::calendar;
use crate::formula::Formula;
use crate::frame::Source;
use crate::predicate::Columns;
use crate::query::{BUCKETS_MAX, Measure, TREND_TOP_DEFAULT, TrendQuery};
use crate::record::{Plan, Records};
use curve::{Counter, Curve, Curves, Lines, Sizes, merge_sizes};

/// Values by bucket.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendAnswer {
    /// When each bucket begins.
    pub starts: Vec<Timestamp>,
    /// The value of each bucket: of the event, or of the formula over the series. The first and the last count
    /// only what lies inside `[from, to)`. Null where there is none, as when 0 divides.
    pub values: Vec<Option<f64>>,
    /// Over the whole time: for `unique` the different people, not the sum of the buckets; for a formula what
    /// it makes of the totals.
    #[schema(required)]
    pub total: Option<f64>,
    /// When asked for: the mean of each bucket and those before it; null until there are enough of them, and
    /// where one of them is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moving_average: Option<Vec<Option<f64>>>,
    /// With `series`: each of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub series: Option<Vec<TrendLine>>,
    /// With a breakdown: the biggest values, biggest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub breakdown: Option<Vec<TrendValue>>,
    /// With a breakdown: all other values as if they were one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rest: Option<TrendRest>,
    /// With `compare`: the whole answer for the second period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, no_recursion)]
    pub compared: Option<Box<TrendAnswer>>,
}

/// One of several series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendLine {
    /// Its name.
    pub name: String,
    /// The value of each bucket.
    pub values: Vec<Option<f64>>,
    /// Over the whole time.
    #[schema(required)]
    pub total: Option<f64>,
}

/// The trend of one value of a property.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendValue {
    /// The value; `""` for events without one.
    pub value: String,
    /// The value of each bucket.
    pub values: Vec<Option<f64>>,
    /// Over the whole time.
    #[schema(required)]
    pub total: Option<f64>,
    /// When asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moving_average: Option<Vec<Option<f64>>>,
}

/// The trend of the values that have no line of their own.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendRest {
    /// How many values.
    pub value_count: u64,
    /// The value of each bucket.
    pub values: Vec<Option<f64>>,
    /// Over the whole time.
    #[schema(required)]
    pub total: Option<f64>,
    /// When asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moving_average: Option<Vec<Option<f64>>>,
}

pub(crate) fn columns(query: &TrendQuery) -> Columns {
    let mut columns = Columns::default();
    for series in query.all_series() {
        columns.add_filter(&series.filter);
        series.prop.iter().for_each(|prop| columns.add(prop));
    }
    query.breakdown.iter().for_each(|breakdown| columns.add(&breakdown.prop));
    columns
}

/// What a trend needs from the log.
pub fn plan(query: &TrendQuery) -> Plan {
    let mut names: Vec<String> = Vec::new();
    for name in query.all_series().into_iter().flat_map(|series| series.event.0) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Plan {
        names: Some(names),
        columns: columns(query).0,
        from: Some(query.from),
        to: Some(query.to),
        is_loose: query.plain_event().is_some(),
    }
}

/// The trend. Values of a summed property that are no numbers count nothing.
pub fn trend(query: &TrendQuery, records: &Records) -> TrendAnswer {
    let starts = starts(query);
    let counter = Counter::new(query, records, &starts);
    let lines = lines_of(query, || counter.sizes());
    let curves = counter.count(lines.as_ref());
    answer(query, starts, lines, curves)
}

/// The same from columns of [`plan`]; with a breakdown they are read twice.
pub(crate) fn trend_from<S: Source>(query: &TrendQuery, source: &S, threads: usize) -> Result<TrendAnswer, S::Error> {
    let (starts, width) = (starts(query), columns(query).0.len());
    let sizes = |records: &Records| Counter::new(query, records, &starts).sizes();
    let sizes = match query.breakdown {
        Some(_) => in_order(source, width, threads, sizes, merge_sizes)?,
        None => None,
    };
    let lines = lines_of(query, || sizes.unwrap_or_default());
    let count = |records: &Records| Counter::new(query, records, &starts).count(lines.as_ref());
    let curves = in_order(source, width, threads, count, |all, curves| all.merge(&curves))?;
    let curves = curves.unwrap_or_else(|| count(&Records::default()));
    Ok(answer(query, starts, lines, curves))
}

fn starts(query: &TrendQuery) -> Vec<Timestamp> {
    calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX)
}

/// The lines of the breakdown; `None` when none is asked for.
fn lines_of(query: &TrendQuery, sizes: impl FnOnce() -> Sizes) -> Option<Lines> {
    let breakdown = query.breakdown.as_ref()?;
    let first = query.all_series().first().map_or(Measure::Total, |series| series.measure);
    Some(Lines::new(sizes(), first, breakdown.top.unwrap_or(TREND_TOP_DEFAULT)))
}

fn answer(query: &TrendQuery, starts: Vec<Timestamp>, by_value: Option<Lines>, mut curves: Curves) -> TrendAnswer {
    let shape = Shape::new(query);
    let (values, total, moving_average) = shape.line(&curves.whole);
    let (breakdown, rest) = by_value.map_or((None, None), |by_value| {
        let rest = curves.lines.pop().unwrap_or_default();
        let (values, total, moving_average) = shape.line(&rest);
        let rest = TrendRest { value_count: by_value.rest, values, total, moving_average };
        let lines = by_value.texts.into_iter().zip(&curves.lines).map(|(value, curves)| {
            let (values, total, moving_average) = shape.line(curves);
            TrendValue { value, values, total, moving_average }
        });
        (Some(lines.collect()), Some(rest))
    });
    let series = (!query.series.is_empty()).then(|| lines(query, &curves.whole));
    TrendAnswer { starts, values, total, moving_average, series, breakdown, rest, compared: None }
}

/// Each of several series by itself.
fn lines(query: &TrendQuery, curves: &[Curve]) -> Vec<TrendLine> {
    let lines = query.series.iter().zip(curves).map(|(series, curve)| TrendLine {
        name: series.label(),
        values: curve.buckets.iter().map(|cell| cell.value(series.measure)).collect(),
        total: curve.whole.value(series.measure),
    });
    lines.collect()
}

/// The values of buckets, over the whole time, and their moving average.
type Line = (Vec<Option<f64>>, Option<f64>, Option<Vec<Option<f64>>>);

/// How the curves of the series become one line.
struct Shape {
    formula: Formula,
    measures: Vec<Measure>,
    window: Option<usize>,
}

impl Shape {
    fn new(query: &TrendQuery) -> Self {
        let measures: Vec<_> = query.all_series().iter().map(|series| series.measure).collect();
        let formula = query.formula.as_ref().and_then(|text| Formula::parse(text, measures.len()).ok());
        Self { formula: formula.unwrap_or_else(Formula::first), measures, window: query.moving_average }
    }

    fn line(&self, curves: &[Curve]) -> Line {
        let value = |cell: &dyn Fn(&Curve) -> curve::Cell| {
            let cells = curves.iter().zip(&self.measures).map(|(curve, measure)| cell(curve).value(*measure));
            self.formula.value(&cells.collect::<Vec<_>>())
        };
        let buckets = curves.first().map_or(0, |curve| curve.buckets.len());
        let values: Vec<Option<f64>> = (0..buckets).map(|bucket| value(&|curve| curve.buckets[bucket])).collect();
        let average = self.window.map(|window| moving_average(&values, window));
        (values, value(&|curve| curve.whole), average)
    }
}

/// The mean of each value and the `window - 1` before it.
fn moving_average(values: &[Option<f64>], window: usize) -> Vec<Option<f64>> {
    let mean = |end: usize| {
        let start = (end + 1).checked_sub(window)?;
        let sum: Option<f64> = values[start..=end].iter().copied().sum();
        sum.map(|sum| sum / window as f64)
    };
    (0..values.len()).map(mean).collect()
}
