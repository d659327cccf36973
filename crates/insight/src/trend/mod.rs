//! How often something happens over time: events, different people, the sum of a property, or events for each
//! person, in buckets of a day, week or month of a time zone; for one series or several, with a formula over
//! them, for all or by the values of a property.

mod curve;

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar;
use crate::formula::Formula;
use crate::predicate::Columns;
use crate::query::{BUCKETS_MAX, Measure, TrendQuery};
use crate::record::{Plan, Records};
use curve::{Counter, Curve};

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
    Plan { names: Some(names), columns: columns(query).0, from: Some(query.from), to: Some(query.to) }
}

/// The trend. Values of a summed property that are no numbers count nothing.
pub fn trend(query: &TrendQuery, records: &Records) -> TrendAnswer {
    let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
    let counter = Counter::new(query, records, &starts);
    let shape = Shape::new(query);
    let whole = counter.count(1, |_| 0).pop().unwrap_or_default();
    let (values, total, moving_average) = shape.line(&whole);
    let (breakdown, rest) = counter.by_value().map_or((None, None), |by_value| {
        let mut groups = counter.count(by_value.texts.len() + 1, |row| by_value.group(row));
        let rest = groups.pop().unwrap_or_default();
        let (values, total, moving_average) = shape.line(&rest);
        let rest = TrendRest { value_count: by_value.rest, values, total, moving_average };
        let lines = by_value.texts.iter().zip(&groups).map(|(value, curves)| {
            let (values, total, moving_average) = shape.line(curves);
            TrendValue { value: value.clone(), values, total, moving_average }
        });
        (Some(lines.collect()), Some(rest))
    });
    let series = (!query.series.is_empty()).then(|| lines(query, &whole));
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
