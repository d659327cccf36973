//! Whether a condition is met, and why.

use std::cmp::Reverse;

use base::{Id, Timestamp, id};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Condition, EventTest, Seen, Subject, SumTest, Which, Window, compare};
use crate::document::EntersOn;

/// A condition with its answer, shaped like the condition.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ConditionExplained)]
pub struct Explained {
    /// Whether it is met.
    pub is_met: bool,
    /// What was found.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What was found for a condition.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ConditionOutcome)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// All of these were asked for.
    All {
        /// Each with its own answer.
        #[schema(no_recursion)]
        parts: Vec<Explained>,
    },
    /// One of these was asked for.
    Any {
        /// Each with its own answer.
        #[schema(no_recursion)]
        parts: Vec<Explained>,
    },
    /// The opposite of this was asked for.
    Not {
        /// With its own answer.
        #[schema(no_recursion)]
        parts: Vec<Explained>,
    },
    /// A field was looked at.
    Field {
        /// Its name.
        field: String,
        /// What it holds.
        #[schema(value_type = Object)]
        value: Value,
    },
    /// Events were counted.
    Event {
        /// Their name.
        event: String,
        /// How many there were.
        times: u32,
        /// How many were asked for.
        needed: u32,
        /// The last of them.
        last_at: Option<Timestamp>,
        /// What the property came to, where that was asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        sum: Option<f64>,
    },
    /// A deal was asked for that is so. The parts are the answers of each.
    Deal {
        /// Of each deal.
        #[schema(no_recursion)]
        parts: Vec<Explained>,
    },
    /// It was asked whether they are in a segment.
    Segment {
        /// Which.
        segment: Id<id::Segment>,
    },
}

impl Condition {
    /// Whether it is met, and what was found.
    pub fn explain(&self, subject: &Subject<'_>) -> Explained {
        let explain = |parts: &[Self]| parts.iter().map(|part| part.explain(subject)).collect::<Vec<_>>();
        match self {
            Self::All(parts) => {
                let parts = explain(parts);
                Explained { is_met: parts.iter().all(|part| part.is_met), outcome: Outcome::All { parts } }
            }
            Self::Any(parts) => {
                let parts = explain(parts);
                Explained { is_met: parts.iter().any(|part| part.is_met), outcome: Outcome::Any { parts } }
            }
            Self::Not(part) => {
                let part = part.explain(subject);
                Explained { is_met: !part.is_met, outcome: Outcome::Not { parts: vec![part] } }
            }
            Self::Field(test) => {
                let value = subject.fields.get(&test.field);
                let is_met = test.tests.iter().all(|test| compare::passes(value, test));
                let value = value.cloned().unwrap_or_default();
                Explained { is_met, outcome: Outcome::Field { field: test.field.clone(), value } }
            }
            Self::Event(test) => test.explain(subject),
            Self::Deal(part) => {
                let explain = |fields| part.explain(&Subject { fields, events: &[], deals: &[], ..*subject });
                let parts: Vec<_> = subject.deals.iter().map(explain).collect();
                Explained { is_met: parts.iter().any(|part| part.is_met), outcome: Outcome::Deal { parts } }
            }
            Self::Segment(segment) => {
                let outcome = Outcome::Segment { segment: *segment };
                Explained { is_met: subject.segments.contains(segment), outcome }
            }
        }
    }
}

/// Parts of one in which amounts are added, so that a sum does not hang on the order.
const PARTS: f64 = 1e6;

/// An amount as it is added.
pub(crate) fn parts(value: Option<&Value>) -> i64 {
    value.and_then(compare::number).map_or(0, parts_of)
}

/// A number as it is added.
pub(crate) fn parts_of(number: f64) -> i64 {
    // A conversion that stops at the ends is what is wanted.
    (number * PARTS).round() as i64
}

impl SumTest {
    /// Whether a sum is what it must be.
    pub(crate) fn passes(&self, sum: i64) -> bool {
        self.at_least.is_none_or(|wanted| sum >= parts_of(wanted))
            && self.at_most.is_none_or(|wanted| sum <= parts_of(wanted))
            && self.above.is_none_or(|wanted| sum > parts_of(wanted))
            && self.below.is_none_or(|wanted| sum < parts_of(wanted))
    }
}

impl EventTest {
    fn explain(&self, subject: &Subject<'_>) -> Explained {
        let now = subject.now;
        let since = Window::of(self).since(now, subject.zone);
        let until = self.before.map_or(now, |before| now.plus_ms(-before.ms()));
        let all = subject.events.iter().filter(|seen| {
            seen.name == self.event && seen.at <= now && EntersOn::has_all(&self.conditions, &seen.props)
        });
        let amount = |seen: &Seen| self.sum.as_ref().map_or(0, |sum| parts(seen.props.get(&sum.of)));
        let looked_at: Vec<(Timestamp, i64)> = match self.which {
            None => all.map(|seen| (seen.at, amount(seen))).collect(),
            // Of one instant the largest amount, so that the answer does not hang on the order of arrival.
            Some(Which::First) => all
                .map(|seen| (seen.at, amount(seen)))
                .min_by_key(|(at, sum)| (*at, Reverse(*sum)))
                .into_iter()
                .collect(),
            Some(Which::Last) => all.map(|seen| (seen.at, amount(seen))).max().into_iter().collect(),
        };
        let fits: Vec<_> = looked_at.into_iter().filter(|(at, _)| (since..=until).contains(at)).collect();
        let last_at = fits.iter().map(|(at, _)| *at).max();
        let times = u32::try_from(fits.len()).unwrap_or(u32::MAX);
        let total = fits.iter().fold(0i64, |sum, (_, amount)| sum.saturating_add(*amount));
        let is_met = times >= self.times && self.sum.as_ref().is_none_or(|sum| sum.passes(total));
        let sum = self.sum.is_some().then_some(total as f64 / PARTS);
        let outcome = Outcome::Event { event: self.event.clone(), times, needed: self.times, last_at, sum };
        Explained { is_met, outcome }
    }
}
