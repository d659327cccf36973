//! The lifecycle question.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::{check_buckets, check_zone, utc};
use super::{EventNames, Filter, Interval, QueryError, check_period};

/// How the people who do something come and go, bucket by bucket: new, returning, resurrecting, dormant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleQuery {
    /// What makes a person active: the event's name, or several of which any will do.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// Length of a bucket.
    #[serde(default)]
    pub interval: Interval,
    /// IANA zone in which days, weeks and months begin; UTC when left out.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// The first bucket is the one that this moment lies in, and is counted whole. Whatever happened
    /// before it tells new people from others.
    pub from: Timestamp,
    /// Events up to and without this moment.
    pub to: Timestamp,
}

impl LifecycleQuery {
    pub(super) fn check(&self) -> Result<(), QueryError> {
        self.event.check("event")?;
        self.filter.check("where")?;
        check_zone(&self.time_zone)?;
        check_period(Some(self.from), Some(self.to))?;
        check_buckets(self.from, self.to, self.interval, &self.time_zone)
    }
}
