//! The question about time in stages.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EventNames, Filter, QueryError, check_period, check_prop_name};

/// How long deals (or people) stay in each stage, and how many are still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeInStageQuery {
    /// The event by which a stage is entered: its name, or several of which any will do.
    pub event: EventNames,
    /// What its properties must be.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// The event property that names the stage.
    pub prop: String,
    /// The event property that names what is in a stage, such as a deal; the person when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Events that end a stay without another stage, such as a deal won or lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<EventNames>,
    /// Stages entered from this moment on, inclusive.
    pub from: Timestamp,
    /// Events up to and without this moment: whoever has not left by then is still there.
    pub to: Timestamp,
    /// The moment up to which anything can be known, when it is before `to`: now, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

impl TimeInStageQuery {
    /// Until when stays were seen.
    pub(crate) fn known_until(&self) -> Timestamp {
        self.now.map_or(self.to, |now| now.min(self.to))
    }

    pub(super) fn check(&self) -> Result<(), QueryError> {
        self.event.check("event")?;
        self.filter.check("where")?;
        check_prop_name("prop", &self.prop)?;
        self.unit.iter().try_for_each(|unit| check_prop_name("unit", unit))?;
        self.exit.iter().try_for_each(|exit| exit.check("exit"))?;
        check_period(Some(self.from), Some(self.to))
    }
}
