//! The people behind a number.

use std::cmp::Reverse;
use std::sync::Arc;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::history::History;
use super::values::{Values, joined};
use super::{Rules, SKIPPED, Verdict, each_person};
use crate::predicate::Columns;
use crate::query::FunnelQuery;
use crate::record::{Record, Records};

/// Which people of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Those who reached it.
    #[default]
    Converted,
    /// Those who reached the step before, and not this one.
    Dropped,
    /// Those whom an exclusion removed. The step does not matter.
    Excluded,
}

/// A person at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonAtStep {
    /// Number of the person in the records.
    pub person: u32,
    /// When the attempt that counts began; not known of the excluded.
    pub entered_at: Option<Timestamp>,
    /// When the step was reached; of those who dropped, the step before.
    pub reached_at: Option<Timestamp>,
    /// The breakdown's value that the person counts in; `None` without a breakdown.
    pub value: Option<Arc<str>>,
}

/// The people at a step (0-based), those last there first. With `value` only those who count in that value
/// of the breakdown, with the attempt that counts there; without it those of the whole number.
pub fn people(query: &FunnelQuery, records: &Records, step: usize, at: At, value: Option<&str>) -> Vec<PersonAtStep> {
    let mut found = Vec::new();
    each_at_step(query, records, step, at, value, |person| found.push(person));
    found.sort_by_key(PersonAtStep::order);
    found
}

impl PersonAtStep {
    /// Those last there first.
    pub(crate) fn order(&self) -> (Reverse<Option<Timestamp>>, Reverse<Option<Timestamp>>, u32) {
        (Reverse(self.reached_at), Reverse(self.entered_at), self.person)
    }
}

/// Hands over the people at a step, in no order.
pub(crate) fn each_at_step(
    query: &FunnelQuery,
    records: &Records,
    step: usize,
    at: At,
    value: Option<&str>,
    mut take: impl FnMut(PersonAtStep),
) {
    // Of two properties "no value" has a key of its own.
    let wanted = value.map(|value| if value == joined("", "") { "" } else { value });
    each_person(query, records, &mut Values::default(), |values, person, result| {
        let text = |number: &u32| Arc::clone(values.text(*number));
        let (verdict, value) = match wanted {
            None => {
                // In several values at once the person as a whole has none to name.
                let only = match result.by_value.as_slice() {
                    [(number, _)] => Some(text(number)),
                    _ => None,
                };
                (result.whole.verdict, only)
            }
            Some(wanted) => match result.by_value.iter().find(|(number, _)| **values.text(*number) == *wanted) {
                Some((number, fate)) => (fate.verdict, Some(text(number))),
                None => return,
            },
        };
        let Some(times) = verdict.at_step(query, step, at) else { return };
        let moment = |pick: fn((i64, i64)) -> i64| times.map(|times| Timestamp::from_ms(pick(times)));
        take(PersonAtStep { person, entered_at: moment(|t| t.0), reached_at: moment(|t| t.1), value });
    });
}

impl Verdict {
    /// When the attempt began and when it was at the step, if it is among those asked for; no times of the excluded.
    fn at_step(&self, query: &FunnelQuery, step: usize, at: At) -> Option<Option<(i64, i64)>> {
        match (self, at) {
            (Self::Excluded, At::Excluded) => Some(None),
            (Self::Reached(attempt), At::Converted) => {
                let at_ms = attempt.times().get(step).filter(|at_ms| **at_ms != SKIPPED)?;
                Some(Some((attempt.start_ms(), *at_ms)))
            }
            // Nobody drops out at a step that may be skipped.
            (Self::Reached(attempt), At::Dropped)
                if step > 0 && query.is_required(step) && attempt.depth == query.required_before(step) + 1 =>
            {
                Some(Some((attempt.start_ms(), attempt.end_ms())))
            }
            _ => None,
        }
    }
}

/// A funnel that counts people, ready to say when each of them was at a step.
pub(crate) struct Places {
    rules: Rules,
    values: Values,
}

impl Places {
    /// For records of a wider plan with these columns.
    pub(crate) fn new(query: &FunnelQuery, records: &Records, columns: &Columns) -> Self {
        Self { rules: Rules::over(query, records, columns), values: Values::default() }
    }

    /// When the person was at the step (of those lost before it: at the last one reached); `None` when not.
    pub(crate) fn moment_ms(&mut self, query: &FunnelQuery, rows: &[Record], step: usize, at: At) -> Option<i64> {
        let history = History::new(&self.rules, rows, &mut self.values);
        let mut found = None;
        history.results(&self.rules, &self.values, |result| {
            found = result.whole.verdict.at_step(query, step, at).flatten().map(|(_, at_ms)| at_ms);
        });
        found
    }
}
