//! The steps of a funnel.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FunnelQuery, Order};
use crate::query::{EventNames, Filter, QueryError, STEPS_MAX, TEXT_BYTES_MAX, WINDOW_S_MAX, WINDOW_S_MIN};

/// One step: any of some events, with conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelStep)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The event's name, or a list of which any will do.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// What the step is called in the answer; its events when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the step may be skipped; only in order, and never the first step or the last. It is taken where
    /// that costs no required step and no time; the step after it then follows on it. Nobody drops out at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Most seconds since the step taken before it, inclusive, beside the funnel's window; only in order, and not
    /// for the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub window_s: Option<u64>,
}

impl Step {
    /// A step of one event, everything else as by default.
    pub fn of(event: &str) -> Self {
        Self {
            event: EventNames(vec![event.to_owned()]),
            filter: Filter::default(),
            name: None,
            optional: false,
            window_s: None,
        }
    }

    /// What the step is called in the answer.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.event.0.join(" / "))
    }

    fn check(&self, path: &str) -> Result<(), QueryError> {
        self.event.check(&format!("{path}.event"))?;
        self.filter.check(&format!("{path}.where"))?;
        if self.name.as_ref().is_some_and(|name| name.len() > TEXT_BYTES_MAX) {
            return Err(QueryError::new(format!("{path}.name"), format!("at most {TEXT_BYTES_MAX} bytes")));
        }
        if self.window_s.is_some_and(|window_s| !(WINDOW_S_MIN..=WINDOW_S_MAX).contains(&window_s)) {
            let message = format!("give {WINDOW_S_MIN} to {WINDOW_S_MAX} seconds");
            return Err(QueryError::new(format!("{path}.window_s"), message));
        }
        Ok(())
    }
}

impl FunnelQuery {
    /// Whether a step may be skipped or has a window of its own.
    pub(crate) fn is_flexible(&self) -> bool {
        self.steps.iter().any(|step| step.optional || step.window_s.is_some())
    }

    /// Whether a step may not be skipped.
    pub(crate) fn is_required(&self, step: usize) -> bool {
        self.steps.get(step).is_some_and(|step| !step.optional)
    }

    /// The last required step before this one; the first step for the first.
    pub(crate) fn required_before(&self, step: usize) -> usize {
        (0..step).rev().find(|before| self.is_required(*before)).unwrap_or(0)
    }

    pub(super) fn check_steps(&self) -> Result<(), QueryError> {
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            return Err(QueryError::new("steps", format!("give 1 to {STEPS_MAX} steps")));
        }
        let last = self.steps.len() - 1;
        for (index, step) in self.steps.iter().enumerate() {
            let path = format!("steps[{index}]");
            step.check(&path)?;
            let fail = |field: &str, message: &str| Err(QueryError::new(format!("{path}.{field}"), message));
            if step.optional && (index == 0 || index == last) {
                return fail("optional", "the first step and the last cannot be skipped");
            }
            if step.window_s.is_some() && index == 0 {
                return fail("window_s", "no step comes before the first: leave it out");
            }
            if self.order != Order::Ordered && step.optional {
                return fail("optional", "steps can be skipped only where `order` is `ordered`");
            }
            if self.order != Order::Ordered && step.window_s.is_some() {
                return fail("window_s", "steps have windows of their own only where `order` is `ordered`");
            }
        }
        Ok(())
    }
}
