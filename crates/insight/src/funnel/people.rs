//! The people behind a number.

use std::sync::Arc;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::values::Values;
use super::{Verdict, each_person};
use crate::query::FunnelQuery;
use crate::record::Records;

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
    each_person(query, records, &mut Values::default(), |values, person, result| {
        let text = |number: &u32| Arc::clone(values.text(*number));
        let (verdict, value) = match value {
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
        let times = match (&verdict, at) {
            (Verdict::Excluded, At::Excluded) => None,
            (Verdict::Reached(attempt), At::Converted) if attempt.depth > step => {
                Some((attempt.times[0], attempt.times[step]))
            }
            (Verdict::Reached(attempt), At::Dropped) if step > 0 && attempt.depth == step => {
                Some((attempt.times[0], attempt.times[step - 1]))
            }
            _ => return,
        };
        let moment = |pick: fn((i64, i64)) -> i64| times.map(|times| Timestamp::from_ms(pick(times)));
        found.push(PersonAtStep { person, entered_at: moment(|t| t.0), reached_at: moment(|t| t.1), value });
    });
    found.sort_by_key(|person| (std::cmp::Reverse(person.reached_at), person.person));
    found
}
