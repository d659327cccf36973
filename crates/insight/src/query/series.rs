//! The question over time, and what all questions over time share.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BUCKETS_MAX, EventNames, Filter, QueryError, check_event_name, check_period, check_prop_name};
use crate::calendar;

/// Length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// From midnight to midnight in the zone: 23 or 25 hours when the clock changes.
    #[default]
    Day,
    /// From Monday, as ISO 8601 counts weeks.
    Week,
    /// From the first of the month.
    Month,
}

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
}

/// How often something happens over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendQuery {
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
}

pub(super) fn utc() -> String {
    "UTC".to_owned()
}

pub(super) fn check_names(path: &str, names: &EventNames) -> Result<(), QueryError> {
    if names.0.is_empty() || names.0.len() > super::STEP_EVENTS_MAX {
        return Err(QueryError::new(path, format!("name 1 to {} events", super::STEP_EVENTS_MAX)));
    }
    names.0.iter().try_for_each(|name| check_event_name(path, name))
}

pub(super) fn check_zone(name: &str) -> Result<(), QueryError> {
    match calendar::zone(name) {
        Some(_) => Ok(()),
        None => Err(QueryError::new("time_zone", format!("unknown zone `{name}`: write one such as Europe/Oslo"))),
    }
}

/// Whether the time is cut into no more buckets than an answer may have.
pub(super) fn check_buckets(from: Timestamp, to: Timestamp, interval: Interval, zone: &str) -> Result<(), QueryError> {
    if calendar::starts(from, to, interval, zone, BUCKETS_MAX + 1).len() > BUCKETS_MAX {
        let message = format!("more than {BUCKETS_MAX} buckets: ask for a shorter time or longer intervals");
        return Err(QueryError::new("interval", message));
    }
    Ok(())
}

impl TrendQuery {
    pub(super) fn check(&self) -> Result<(), QueryError> {
        check_names("event", &self.event)?;
        self.filter.check("where")?;
        check_zone(&self.time_zone)?;
        check_period(Some(self.from), Some(self.to))?;
        match (self.measure, &self.prop) {
            (Measure::Sum, None) => return Err(QueryError::new("prop", "`sum` needs the property to sum")),
            (Measure::Sum, Some(prop)) => check_prop_name("prop", prop)?,
            (_, Some(_)) => return Err(QueryError::new("prop", "only for the measure `sum`: leave it out")),
            (_, None) => {}
        }
        check_buckets(self.from, self.to, self.interval, &self.time_zone)
    }
}
