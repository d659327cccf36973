//! The question about coming back.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::{check_zone, utc};
use super::{BUCKETS_MAX, Compare, EventNames, Filter, Interval, QueryError};

/// Most brackets of a retention table.
pub const BRACKETS_MAX: usize = 50;

/// How many of those who did something in a period come back in the periods after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionQuery {
    /// What makes a person part of a cohort.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// What counts as coming back; the same event when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returning: Option<EventNames>,
    /// Which of a person's events make cohorts.
    #[serde(default)]
    pub cohort: CohortEntry,
    /// When somebody counts as retained.
    #[serde(default)]
    pub mode: RetentionMode,
    /// For `bracket` only: lengths of the brackets in periods, from the period after the entry on.
    /// `[1, 2, 4]` asks for period 1, periods 2 to 3 and periods 4 to 7. Together at most `periods` - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub brackets: Vec<usize>,
    /// Length of a period.
    #[serde(default = "week")]
    pub period: Interval,
    /// How many periods.
    #[schema(minimum = 1)]
    pub periods: usize,
    /// The first period is the one that this moment lies in; events before it do not count (but `first_ever` sees
    /// them).
    pub from: Timestamp,
    /// IANA zone in which periods begin; UTC when left out.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Also answer the same, as many periods long, from another moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
}

/// Which of a person's events make cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CohortEntry {
    /// The first since `from`: a person is in one cohort.
    #[default]
    First,
    /// The first ever, and only if that is not before `from`: old hands are in no cohort.
    FirstEver,
    /// Any: a person is in the cohort of each period in which the event happens.
    Recurring,
}

/// When somebody counts as retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetentionMode {
    /// In a period in which they come back.
    #[default]
    NDay,
    /// In every period up to the last in which they come back: on that day or later.
    Unbounded,
    /// In a bracket of periods in any of which they come back.
    Bracket,
}

const fn week() -> Interval {
    Interval::Week
}

impl RetentionQuery {
    /// Whether nothing but the defaults is asked of cohorts and cells.
    pub(crate) fn is_plain(&self) -> bool {
        (self.cohort, self.mode) == (CohortEntry::First, RetentionMode::NDay)
    }

    pub(super) fn check(&self) -> Result<(), QueryError> {
        self.event.check("event")?;
        if let Some(returning) = &self.returning {
            returning.check("returning")?;
        }
        self.filter.check("where")?;
        check_zone(&self.time_zone)?;
        if !(1..=BUCKETS_MAX).contains(&self.periods) {
            return Err(QueryError::new("periods", format!("ask for 1 to {BUCKETS_MAX} periods")));
        }
        self.check_brackets()
    }

    /// The same question from the other moment on.
    pub(crate) fn compared(&self) -> Option<Self> {
        Some(Self { from: self.compare?.from, compare: None, ..self.clone() })
    }

    fn check_brackets(&self) -> Result<(), QueryError> {
        let fail = |message: String| Err(QueryError::new("brackets", message));
        if self.mode != RetentionMode::Bracket {
            return match self.brackets.as_slice() {
                [] => Ok(()),
                _ => fail("only for the mode `bracket`: leave it out".to_owned()),
            };
        }
        if self.brackets.is_empty() || self.brackets.len() > BRACKETS_MAX {
            return fail(format!("`bracket` needs 1 to {BRACKETS_MAX} lengths in periods, such as [1, 2, 4]"));
        }
        if let Some(index) = self.brackets.iter().position(|length| *length == 0) {
            return Err(QueryError::new(format!("brackets[{index}]"), "a bracket has at least 1 period"));
        }
        let reach = self.brackets.iter().fold(0usize, |sum, length| sum.saturating_add(*length));
        if reach >= self.periods {
            let most = self.periods - 1;
            return fail(format!("the brackets have {reach} periods, and {most} come after the first: ask for more"));
        }
        Ok(())
    }
}
