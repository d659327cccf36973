//! Questions: what `POST /api/v1/insights/query` takes, parsed and checked. A value that came out of
//! [`Query::parse`] keeps every limit below; the mathematics checks nothing again.

mod filter;
mod funnel;
mod lifecycle;
mod names;
mod paths;
mod period;
mod retention;
mod stage;
mod trend;

use std::fmt;

use base::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

pub(crate) use filter::regex_of;
pub use filter::{Condition, Filter, Op, Scalar};
pub use funnel::{
    Attribution, Bins, Breakdown, BreakdownProps, Count, Entry, Exclusion, FunnelQuery, FunnelTrend, Order, Step,
    TimeToConvert, TimeToConvertSpan, ValueOf, WholeHistogram,
};
pub use lifecycle::LifecycleQuery;
pub use names::EventNames;
pub use paths::{
    AroundKind, PATH_BY_PROP_MAX, PATH_GROUPS_MAX, PATH_LINKS_DEFAULT, PATH_LINKS_MAX, PATH_STEPS_DEFAULT,
    PATH_STEPS_MAX, PATH_STEPS_MIN, PathGroup, PathsAround, PathsQuery, SESSION_GAP_S_DEFAULT, SESSION_GAP_S_MAX, Side,
};
pub use period::{Compare, Interval};
pub use retention::{BRACKETS_MAX, CohortEntry, RetentionMode, RetentionQuery};
pub use stage::TimeInStageQuery;
pub use trend::{
    FORMULA_BYTES_MAX, MOVING_AVERAGE_MAX, MOVING_AVERAGE_MIN, Measure, SERIES_MAX, TREND_TOP_DEFAULT, TREND_TOP_MAX,
    TrendBreakdown, TrendQuery, TrendSeries,
};

use crate::frame::{self, Source};
use crate::record::{Plan, Records};

/// Most steps of a funnel. A person's place is kept in 32-bit masks, and no reader follows more.
pub const STEPS_MAX: usize = 30;
/// Most event names that one step may stand for.
pub const STEP_EVENTS_MAX: usize = 50;
/// Shortest conversion window, in seconds.
pub const WINDOW_S_MIN: u64 = 1;
/// Longest conversion window: ten years, in seconds.
pub const WINDOW_S_MAX: u64 = 10 * 366 * 86_400;
/// The conversion window when none is given: 14 days, in seconds.
pub const WINDOW_S_DEFAULT: u64 = 14 * 86_400;
/// Most exclusions of a funnel.
pub const EXCLUSIONS_MAX: usize = 10;
/// Most properties held constant over the steps.
pub const HOLD_MAX: usize = 3;
/// Most properties that one filter may ask about.
pub const FILTER_PROPS_MAX: usize = 20;
/// Most conditions on one property.
pub const CONDITIONS_MAX: usize = 10;
/// Most values listed for `in`.
pub const FILTER_VALUES_MAX: usize = 1_000;
/// Most regular expressions in one filter: each takes memory while the question is answered.
pub const REGEXES_MAX: usize = 5;
/// Most memory that one regular expression may take when made ready, in bytes.
pub const REGEX_BYTES_MAX: usize = 1024 * 1024;
/// Longest event name, property name or compared text, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_000;
/// Most properties that a funnel is split by at once.
pub const BREAKDOWN_PROPS_MAX: usize = 2;
/// Values of a breakdown shown step by step when no number is given.
pub const BREAKDOWN_TOP_DEFAULT: usize = 25;
/// Most values of a breakdown shown step by step.
pub const BREAKDOWN_TOP_MAX: usize = 1_000;
/// Most bars of a histogram that a caller may ask for.
pub const BINS_MAX: u32 = 90;
/// Most buckets of a trend, most periods of a retention table.
pub const BUCKETS_MAX: usize = 2_000;

/// Why a question cannot be asked: the place in the body and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// Path of the field, such as `steps[1].event`; empty for the body itself.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" | "." => f.write_str(&self.message),
            field => write!(f, "{field}: {}", self.message),
        }
    }
}

impl QueryError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A question of any kind, told apart by `insight`; a body without it is a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = InsightQuery)]
#[serde(tag = "insight", rename_all = "snake_case")]
pub enum Query {
    /// How many people take the steps, and how long they need.
    Funnel(FunnelQuery),
    /// How often something happens over time.
    Trend(TrendQuery),
    /// How many come back.
    Retention(RetentionQuery),
    /// How people come and go.
    Lifecycle(LifecycleQuery),
    /// Which steps follow each other.
    Paths(PathsQuery),
    /// How long the stages last.
    TimeInStage(TimeInStageQuery),
}

/// The kinds of question, for messages.
const INSIGHTS: &str = "funnel, trend, retention, lifecycle, paths, time_in_stage";

impl Query {
    /// Read and check a question.
    ///
    /// # Errors
    /// Names the field that is unknown, missing, of the wrong type or beyond a limit.
    pub fn parse(body: serde_json::Value) -> Result<Self, QueryError> {
        let serde_json::Value::Object(mut object) = body else {
            return Err(QueryError::new("", "the body must be a JSON object such as {\"insight\": \"funnel\", ..}"));
        };
        let kind = object.remove("insight").unwrap_or_else(|| "funnel".into());
        let rest = serde_json::Value::Object(object);
        let query = match kind.as_str() {
            Some("funnel") => Self::Funnel(read(rest)?),
            Some("trend") => Self::Trend(read(rest)?),
            Some("retention") => Self::Retention(read(rest)?),
            Some("lifecycle") => Self::Lifecycle(read(rest)?),
            Some("paths") => Self::Paths(read(rest)?),
            Some("time_in_stage") => Self::TimeInStage(read(rest)?),
            _ => return Err(QueryError::new("insight", format!("unknown insight {kind}: use one of {INSIGHTS}"))),
        };
        query.check()?;
        Ok(query)
    }

    fn check(&self) -> Result<(), QueryError> {
        match self {
            Self::Funnel(query) => query.check(),
            Self::Trend(query) => query.check(),
            Self::Retention(query) => query.check(),
            Self::Lifecycle(query) => query.check(),
            Self::Paths(query) => query.check(),
            Self::TimeInStage(query) => query.check(),
        }
    }

    /// What this question needs from the log.
    pub fn plan(&self) -> Plan {
        match self {
            Self::Funnel(query) => crate::funnel::plan(query),
            Self::Trend(query) => crate::trend::plan(query),
            Self::Retention(query) => crate::retention::plan(query),
            Self::Lifecycle(query) => crate::lifecycle::plan(query),
            Self::Paths(query) => crate::paths::plan(query),
            Self::TimeInStage(query) => crate::stage::plan(query),
        }
    }

    /// The same, asked at this moment, where the question says no other.
    #[must_use]
    pub fn asked_at(mut self, now: Timestamp) -> Self {
        match &mut self {
            // Other funnels do not depend on it, and are the same question at any time.
            Self::Funnel(query) if query.trend.is_some() || query.survival => {
                query.now.get_or_insert(now);
            }
            Self::TimeInStage(query) => {
                query.now.get_or_insert(now);
            }
            _ => {}
        }
        self
    }

    /// The same question for the second period that it is to be held against.
    pub fn compared(&self) -> Option<Self> {
        match self {
            Self::Funnel(query) => query.compared().map(Self::Funnel),
            Self::Trend(query) => query.compared().map(Self::Trend),
            Self::Retention(query) => query.compared().map(Self::Retention),
            Self::Lifecycle(_) | Self::Paths(_) | Self::TimeInStage(_) => None,
        }
    }

    /// The whole answer, from the answers that `one` gives for each period.
    ///
    /// # Errors
    /// Those of `one`.
    pub fn answer_with<E>(&self, mut one: impl FnMut(&Self) -> Result<Answer, E>) -> Result<Answer, E> {
        let answer = one(self)?;
        Ok(match self.compared() {
            Some(second) => answer.with_compared(one(&second)?),
            None => answer,
        })
    }

    /// The answer for the first period, from the records of [`Query::plan`].
    pub fn answer(&self, records: &Records) -> Answer {
        match self {
            Self::Funnel(query) => Answer::Funnel(crate::funnel::funnel(query, records)),
            Self::Trend(query) => Answer::Trend(crate::trend::trend(query, records)),
            Self::Retention(query) => Answer::Retention(crate::retention::retention(query, records)),
            Self::Lifecycle(query) => Answer::Lifecycle(crate::lifecycle::lifecycle(query, records)),
            Self::Paths(query) => Answer::Paths(crate::paths::paths(query, records)),
            Self::TimeInStage(query) => Answer::TimeInStage(crate::stage::time_in_stage(query, records)),
        }
    }

    /// The same answer from columns of [`Query::plan`], on so many threads.
    ///
    /// # Errors
    /// When the columns cannot be read.
    pub fn answer_from<S: Source>(&self, source: &S, threads: usize) -> Result<Answer, S::Error> {
        Ok(match self {
            Self::Funnel(query) => Answer::Funnel(crate::funnel::funnel_from(query, source, threads)?),
            Self::Trend(query) => match query.plain_event() {
                Some(event) => Answer::Trend(frame::trend_from(query, event, source, threads)?),
                None => Answer::Trend(crate::trend::trend_from(query, source, threads)?),
            },
            Self::Retention(query) if query.is_plain() => {
                Answer::Retention(frame::retention_from(query, source, threads)?)
            }
            Self::Retention(query) => Answer::Retention(crate::retention::retention_from(query, source, threads)?),
            Self::Lifecycle(query) => Answer::Lifecycle(crate::lifecycle::lifecycle_from(query, source, threads)?),
            Self::Paths(query) => Answer::Paths(crate::paths::paths_from(query, source, threads)?),
            Self::TimeInStage(query) => Answer::TimeInStage(crate::stage::time_in_stage_from(query, source, threads)?),
        })
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = serde_json::Value::deserialize(deserializer)?;
        Self::parse(body).map_err(serde::de::Error::custom)
    }
}

/// The answer to a [`Query`] of the same kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = InsightAnswer)]
#[serde(tag = "insight", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there is one for a request")]
pub enum Answer {
    /// To a funnel.
    Funnel(crate::funnel::FunnelAnswer),
    /// To a trend.
    Trend(crate::trend::TrendAnswer),
    /// To a retention table.
    Retention(crate::retention::RetentionAnswer),
    /// To a lifecycle.
    Lifecycle(crate::lifecycle::LifecycleAnswer),
    /// To a question about paths.
    Paths(crate::paths::PathsAnswer),
    /// To a question about time in stages.
    TimeInStage(crate::stage::TimeInStageAnswer),
}

impl Answer {
    /// Puts the answer for a second period beside this one of the same kind.
    #[must_use]
    pub fn with_compared(self, second: Self) -> Self {
        match (self, second) {
            (Self::Funnel(answer), Self::Funnel(second)) => Self::Funnel(answer.with_compared(second)),
            (Self::Trend(answer), Self::Trend(second)) => {
                Self::Trend(crate::trend::TrendAnswer { compared: Some(Box::new(second)), ..answer })
            }
            (Self::Retention(answer), Self::Retention(second)) => {
                Self::Retention(crate::retention::RetentionAnswer { compared: Some(Box::new(second)), ..answer })
            }
            (answer, _) => answer,
        }
    }
}

/// Read a typed question; serde's message with the path of the field it happened at.
pub(crate) fn read<T: DeserializeOwned>(body: serde_json::Value) -> Result<T, QueryError> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = error.path().to_string();
        QueryError::new(if path == "." { String::new() } else { path }, error.into_inner().to_string())
    })
}

pub(crate) fn check_event_name(path: &str, name: &str) -> Result<(), QueryError> {
    if name.is_empty() || name.len() > TEXT_BYTES_MAX {
        return Err(QueryError::new(path, format!("an event name has 1 to {TEXT_BYTES_MAX} bytes")));
    }
    Ok(())
}

pub(crate) fn check_prop_name(path: &str, name: &str) -> Result<(), QueryError> {
    if name.is_empty() || name.len() > TEXT_BYTES_MAX {
        return Err(QueryError::new(path, format!("a property name has 1 to {TEXT_BYTES_MAX} bytes")));
    }
    Ok(())
}

pub(crate) fn check_period(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(), QueryError> {
    match (from, to) {
        (Some(from), Some(to)) if from >= to => Err(QueryError::new("to", "must be later than `from`")),
        _ => Ok(()),
    }
}
