//! What all questions over time share: buckets, zones, a second period beside the first.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BUCKETS_MAX, QueryError, check_period};
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

/// Another period for the same question, to hold the first against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// From this moment on, inclusive.
    pub from: Timestamp,
    /// Up to and without this moment. A retention table needs none: it is as long as its `periods` say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Compare {
    /// For a question that ends with a moment of its own.
    pub(super) fn check_with_end(&self) -> Result<(), QueryError> {
        match self.to {
            None => Err(QueryError::new("compare.to", "say where the second period ends")),
            Some(to) => {
                check_period(Some(self.from), Some(to)).map_err(|error| QueryError::new("compare.to", error.message))
            }
        }
    }
}
