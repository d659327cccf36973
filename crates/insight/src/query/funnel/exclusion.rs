//! Events that must not happen between two steps.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FunnelQuery, Order};
use crate::query::{EXCLUSIONS_MAX, EventNames, Filter, QueryError};

/// An event that must not happen between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The event's name, or a list of names.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// After this step (0-based).
    pub from_step: usize,
    /// Before this step (0-based), or the end of the window where it is not reached.
    pub to_step: usize,
}

impl FunnelQuery {
    pub(super) fn check_exclusions(&self) -> Result<(), QueryError> {
        if self.exclusions.len() > EXCLUSIONS_MAX {
            return Err(QueryError::new("exclusions", format!("give at most {EXCLUSIONS_MAX} exclusions")));
        }
        if !self.exclusions.is_empty() && self.is_flexible() {
            let message = "do not go together with optional steps or windows of single steps: leave out either";
            return Err(QueryError::new("exclusions", message));
        }
        let last = self.steps.len() - 1;
        for (index, exclusion) in self.exclusions.iter().enumerate() {
            let path = format!("exclusions[{index}]");
            exclusion.event.check(&format!("{path}.event"))?;
            exclusion.filter.check(&format!("{path}.where"))?;
            if exclusion.from_step >= exclusion.to_step {
                return Err(QueryError::new(format!("{path}.to_step"), "must be greater than `from_step`"));
            }
            if exclusion.to_step > last {
                let message = format!("the last step is {last} (steps count from 0)");
                return Err(QueryError::new(format!("{path}.to_step"), message));
            }
            if self.order == Order::Unordered && (exclusion.from_step, exclusion.to_step) != (0, last) {
                let message = format!("in any order an exclusion spans all steps: from_step 0, to_step {last}");
                return Err(QueryError::new(path, message));
            }
        }
        Ok(())
    }
}
