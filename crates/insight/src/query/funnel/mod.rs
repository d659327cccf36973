//! The funnel question.

mod breakdown;
mod exclusion;
mod histogram;
mod step;
mod unit;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use breakdown::{Attribution, Breakdown, BreakdownProps};
pub use exclusion::Exclusion;
pub use histogram::{Bins, TimeToConvert, TimeToConvertSpan, WholeHistogram};
pub use step::Step;
pub use unit::{Count, Entry, FunnelTrend, ValueOf};

use super::{
    Compare, HOLD_MAX, QueryError, WINDOW_S_DEFAULT, WINDOW_S_MAX, WINDOW_S_MIN, check_period, check_prop_name,
};

/// How many people take the steps one after the other, and how long they need.
///
/// **Period.** Only events inside `[from, to)` count, for every step: what a reader gets who counts the
/// same events by hand, and what other tools do. People who entered late in the period may not have had
/// their whole window yet; with `entry_only` the period applies to the first step alone and later steps
/// are looked for until the end of each attempt's window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelQuery {
    /// What people do, in order: 1 to 30 steps.
    #[schema(min_items = 1, max_items = 30)]
    pub steps: Vec<Step>,
    /// Whether the steps must follow each other.
    #[serde(default)]
    pub order: Order,
    /// Seconds from the first step of an attempt, inclusive, in which the others must happen. 1 second to
    /// 10 years; 14 days when left out.
    #[serde(default = "window_default")]
    #[schema(minimum = 1)]
    pub window_s: u64,
    /// Events from this moment on, inclusive. All, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Events up to and without this moment. All, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Let `to` bound the first step only, so that everybody who entered is followed for the whole window.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub entry_only: bool,
    /// With which events of the first step an attempt may begin.
    #[serde(default, skip_serializing_if = "is_default")]
    pub entry: Entry,
    /// What is counted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count: Count,
    /// Also answer the sum of an event property at each step, over the events that count there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueOf>,
    /// Split the numbers by the values of an event property, or of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// Events that must not happen between two steps: people for whom they do leave every step, unless
    /// another attempt of theirs gets as deep without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Histogram of the time between two steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_convert: Option<TimeToConvert>,
    /// Event properties that must have one and the same value in all steps of an attempt (a product, a
    /// page). At most 3. Events without the property are left aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold: Vec<String>,
    /// Also answer conversion by the period in which people entered; needs `from` and `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trend: Option<FunnelTrend>,
    /// Also answer how conversion from the first to the last step grows with time, where people who are still
    /// under way count as long as they were seen (Kaplan-Meier).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub survival: bool,
    /// Also answer the same for a second period, and what changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// The moment up to which anything can be known: now, when left out. For `trend` and `survival`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// Also answer the deepest step of each person and who was excluded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reached: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

const fn window_default() -> u64 {
    WINDOW_S_DEFAULT
}

/// Whether the steps must follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// In order, whatever happens between them.
    #[default]
    Ordered,
    /// In order, and no other event of that person between them.
    Strict,
    /// In any order: step k means "did k of the steps".
    Unordered,
}
impl FunnelQuery {
    /// A funnel over named events, everything else as by default: what tests and templates start from.
    pub fn of(events: &[&str]) -> Self {
        Self {
            steps: events.iter().map(|event| Step::of(event)).collect(),
            order: Order::Ordered,
            window_s: WINDOW_S_DEFAULT,
            from: None,
            to: None,
            entry_only: false,
            entry: Entry::Any,
            count: Count::People,
            value: None,
            breakdown: None,
            exclusions: Vec::new(),
            time_to_convert: None,
            hold: Vec::new(),
            trend: None,
            survival: false,
            compare: None,
            now: None,
            reached: false,
        }
    }

    /// Read and check a funnel question; an `insight` field, if there, must say `funnel`.
    ///
    /// # Errors
    /// As [`crate::query::Query::parse`].
    pub fn parse(body: serde_json::Value) -> Result<Self, QueryError> {
        match crate::query::Query::parse(body)? {
            crate::query::Query::Funnel(query) => Ok(query),
            _ => Err(QueryError::new("insight", "must be `funnel` here")),
        }
    }

    /// Whether the steps are taken as by default: any first event, one count for each person, no step skipped, none
    /// with a window or a value. What is asked of the times only (`trend`, `survival`, histograms) does not matter.
    pub(crate) fn is_plain(&self) -> bool {
        let is_of_one = self.breakdown.as_ref().is_none_or(|breakdown| breakdown.prop.only().is_some());
        (self.entry, &self.count) == (Entry::Any, &Count::People)
            && self.value.is_none()
            && is_of_one
            && !self.is_flexible()
    }

    /// Until when something can be known of the people: `now`, and not beyond `to` where that bounds every step.
    pub(crate) fn known_until(&self) -> Option<Timestamp> {
        let bound = self.to.filter(|_| !self.entry_only);
        [self.now, bound].into_iter().flatten().min()
    }

    /// The same question for the second period.
    pub(crate) fn compared(&self) -> Option<Self> {
        let compare = self.compare?;
        Some(Self { from: Some(compare.from), to: compare.to, compare: None, ..self.clone() })
    }

    /// All limits, and what the order of the steps allows.
    ///
    /// # Errors
    /// The first field beyond its limit.
    pub fn check(&self) -> Result<(), QueryError> {
        self.check_steps()?;
        if !(WINDOW_S_MIN..=WINDOW_S_MAX).contains(&self.window_s) {
            let message = format!("give {WINDOW_S_MIN} to {WINDOW_S_MAX} seconds");
            return Err(QueryError::new("window_s", message));
        }
        check_period(self.from, self.to)?;
        self.check_units()?;
        self.check_breakdown()?;
        self.check_exclusions()?;
        self.check_histogram()?;
        self.check_curves()?;
        if self.hold.len() > HOLD_MAX {
            return Err(QueryError::new("hold", format!("hold at most {HOLD_MAX} properties constant")));
        }
        self.hold.iter().enumerate().try_for_each(|(index, prop)| check_prop_name(&format!("hold[{index}]"), prop))?;
        let Some(second) = self.compared() else { return Ok(()) };
        self.compare.iter().try_for_each(Compare::check_with_end)?;
        // What the second period may break is its length in buckets.
        second.check_curves().map_err(|error| QueryError::new("compare", error.message))
    }
}
