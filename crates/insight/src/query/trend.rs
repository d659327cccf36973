//! The question over time.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::{check_buckets, check_zone, utc};
use super::{Compare, EventNames, Filter, Interval, QueryError, TEXT_BYTES_MAX, check_period, check_prop_name};
use crate::formula::Formula;

/// Most series of a trend: A to J.
pub const SERIES_MAX: usize = 10;
/// Longest formula, in bytes; with it, how deep its parentheses go.
pub const FORMULA_BYTES_MAX: usize = 200;
/// Fewest buckets that a moving average goes over.
pub const MOVING_AVERAGE_MIN: usize = 2;
/// Most buckets that a moving average goes over.
pub const MOVING_AVERAGE_MAX: usize = 366;
/// Values of a trend's breakdown shown when no number is given.
pub const TREND_TOP_DEFAULT: usize = 10;
/// Most values of a trend's breakdown shown: each is a line of up to 2,000 buckets.
pub const TREND_TOP_MAX: usize = 100;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Events.
    #[default]
    Total,
    /// Different people in each bucket.
    Unique,
    /// The sum of the numbers in a property.
    Sum,
    /// Events for each person who has any in the bucket: `total` / `unique`; null where there is nobody.
    PerPerson,
}

/// How often something happens over time: one event, or several series and a formula over them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendQuery {
    /// The event's name, or several of which any will do. Left out with `series`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventNames>,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// What is counted.
    #[serde(default)]
    pub measure: Measure,
    /// The property summed; for `sum` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prop: Option<String>,
    /// Several things counted beside each other instead of one `event`: 1 to 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub series: Vec<TrendSeries>,
    /// What `values` are made of, over the letters of the series (the first is `A`), numbers, `+ - * /` and
    /// parentheses: `A / B * 100`. `A` when left out. What is divided by 0 is null, and so is what null is a
    /// part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// A line for each of the values of an event property, and one for the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<TrendBreakdown>,
    /// Also answer the mean of each bucket and those before it, so many in all: 2 to 366.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 366)]
    pub moving_average: Option<usize>,
    /// Length of a bucket.
    #[serde(default)]
    pub interval: Interval,
    /// IANA zone in which days, weeks and months begin; UTC when left out.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Events from this moment on, inclusive. The first bucket is the one it lies in.
    pub from: Timestamp,
    /// Events up to and without this moment.
    pub to: Timestamp,
    /// Also answer the same for a second period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
}

/// One of several things counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendSeries {
    /// The event's name, or several of which any will do.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// What is counted.
    #[serde(default)]
    pub measure: Measure,
    /// The property summed; for `sum` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prop: Option<String>,
    /// What the series is called in the answer; its events when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Split by the values of an event property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendBreakdown {
    /// The property.
    pub prop: String,
    /// How many values have a line of their own, biggest first by the total of the first series (for
    /// `per_person` by its events): 1 to 100, 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub top: Option<usize>,
}

impl TrendSeries {
    /// What the series is called in the answer.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.event.0.join(" / "))
    }

    fn check(&self, path: &str) -> Result<(), QueryError> {
        let field = |name: &str| format!("{path}{name}");
        self.event.check(&field("event"))?;
        self.filter.check(&field("where"))?;
        if self.name.as_ref().is_some_and(|name| name.len() > TEXT_BYTES_MAX) {
            return Err(QueryError::new(field("name"), format!("at most {TEXT_BYTES_MAX} bytes")));
        }
        match (self.measure, &self.prop) {
            (Measure::Sum, None) => Err(QueryError::new(field("prop"), "`sum` needs the property to sum")),
            (Measure::Sum, Some(prop)) => check_prop_name(&field("prop"), prop),
            (_, Some(_)) => Err(QueryError::new(field("prop"), "only for the measure `sum`: leave it out")),
            (_, None) => Ok(()),
        }
    }
}

impl TrendQuery {
    /// The event when nothing is asked but its count, its people or its sum.
    pub(crate) fn plain_event(&self) -> Option<&EventNames> {
        let is_plain = self.formula.is_none() && self.breakdown.is_none() && self.moving_average.is_none();
        self.event.as_ref().filter(|_| is_plain && self.measure != Measure::PerPerson)
    }

    /// What is counted, the first for `A`.
    pub fn all_series(&self) -> Vec<TrendSeries> {
        let Some(event) = self.event.clone() else { return self.series.clone() };
        let (filter, measure, prop) = (self.filter.clone(), self.measure, self.prop.clone());
        vec![TrendSeries { event, filter, measure, prop, name: None }]
    }

    pub(super) fn check(&self) -> Result<(), QueryError> {
        self.check_series()?;
        if let Some(formula) = &self.formula {
            if formula.len() > FORMULA_BYTES_MAX {
                return Err(QueryError::new("formula", format!("at most {FORMULA_BYTES_MAX} bytes")));
            }
            Formula::parse(formula, self.all_series().len()).map_err(|why| QueryError::new("formula", why))?;
        }
        if let Some(breakdown) = &self.breakdown {
            check_prop_name("breakdown.prop", &breakdown.prop)?;
            if breakdown.top.is_some_and(|top| !(1..=TREND_TOP_MAX).contains(&top)) {
                return Err(QueryError::new("breakdown.top", format!("show 1 to {TREND_TOP_MAX} values")));
            }
        }
        if self.moving_average.is_some_and(|buckets| !(MOVING_AVERAGE_MIN..=MOVING_AVERAGE_MAX).contains(&buckets)) {
            let message = format!("go over {MOVING_AVERAGE_MIN} to {MOVING_AVERAGE_MAX} buckets");
            return Err(QueryError::new("moving_average", message));
        }
        check_zone(&self.time_zone)?;
        check_period(Some(self.from), Some(self.to))?;
        check_buckets(self.from, self.to, self.interval, &self.time_zone)?;
        self.compare.iter().try_for_each(Compare::check_with_end)?;
        self.compared().map_or(Ok(()), |second| {
            check_buckets(second.from, second.to, second.interval, &second.time_zone)
                .map_err(|error| QueryError::new("compare", error.message))
        })
    }

    /// The same question for the second period.
    pub(crate) fn compared(&self) -> Option<Self> {
        let Compare { from, to } = self.compare?;
        Some(Self { from, to: to?, compare: None, ..self.clone() })
    }

    fn check_series(&self) -> Result<(), QueryError> {
        match (&self.event, self.series.len()) {
            (None, 0) => Err(QueryError::new("event", "name the `event` to count, or give `series`")),
            (Some(_), 0) => self.all_series()[0].check(""),
            (Some(_), _) => Err(QueryError::new("event", "give `event` or `series`, not both")),
            (None, 1..=SERIES_MAX) => {
                let of_one = [
                    ("where", !self.filter.is_empty()),
                    ("measure", self.measure != Measure::Total),
                    ("prop", self.prop.is_some()),
                ];
                if let Some((field, _)) = of_one.iter().find(|(_, is_given)| *is_given) {
                    return Err(QueryError::new(*field, "write it in each of the `series`"));
                }
                let mut series = self.series.iter().enumerate();
                series.try_for_each(|(index, series)| series.check(&format!("series[{index}].")))
            }
            (None, _) => Err(QueryError::new("series", format!("give at most {SERIES_MAX} series"))),
        }
    }
}
