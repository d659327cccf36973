//! Whether a condition is met, and why.

use base::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Condition, EventTest, Subject, compare};
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
        }
    }
}

impl EventTest {
    fn explain(&self, subject: &Subject<'_>) -> Explained {
        let since = self.within.map(|within| subject.now.plus_ms(-within.ms()));
        let fits = subject.events.iter().filter(|seen| {
            seen.name == self.event
                && seen.at <= subject.now
                && since.is_none_or(|since| seen.at >= since)
                && EntersOn::has_all(&self.conditions, &seen.props)
        });
        let last_at = fits.clone().map(|seen| seen.at).max();
        let times = u32::try_from(fits.count()).unwrap_or(u32::MAX);
        let outcome = Outcome::Event { event: self.event.clone(), times, needed: self.times, last_at };
        Explained { is_met: times >= self.times, outcome }
    }
}
