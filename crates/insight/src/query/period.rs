//! What all questions over time share: buckets, zones, names.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BUCKETS_MAX, EventNames, QueryError, check_event_name};
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
