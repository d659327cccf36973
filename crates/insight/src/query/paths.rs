//! The question about paths.

use std::collections::BTreeMap;

use base::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

use super::{
    Count, EventNames, Filter, FunnelQuery, QueryError, TEXT_BYTES_MAX, check_event_name, check_period, check_prop_name,
};

/// Fewest steps of a path: one link.
pub const PATH_STEPS_MIN: usize = 2;
/// Most steps of a path.
pub const PATH_STEPS_MAX: usize = 20;
/// Steps of a path when no number is given.
pub const PATH_STEPS_DEFAULT: usize = 5;
/// A session ends after this long without an event when nothing else is asked for: 30 minutes, in seconds.
pub const SESSION_GAP_S_DEFAULT: u64 = 30 * 60;
/// Longest silence within a session: 30 days, in seconds.
pub const SESSION_GAP_S_MAX: u64 = 30 * 86_400;
/// Links shown when no number is given.
pub const PATH_LINKS_DEFAULT: usize = 50;
/// Most links shown.
pub const PATH_LINKS_MAX: usize = 1_000;
/// Most rules that group labels.
pub const PATH_GROUPS_MAX: usize = 100;
/// Most events that are told apart by a property.
pub const PATH_BY_PROP_MAX: usize = 50;

/// Which steps follow each other within sessions, for a Sankey diagram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathsQuery {
    /// The events that are steps, by name; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<EventNames>,
    /// What the properties of a step must be. Other events are as if they had not happened.
    #[serde(default, rename = "where", skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// Events from this moment on, inclusive. All, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Events up to and without this moment. All, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// A session ends when this many seconds pass without a step. 1 second to 30 days; 30 minutes when left out.
    #[serde(default = "gap_default")]
    #[schema(minimum = 1)]
    pub session_gap_s: u64,
    /// Steps are called by their event; those of the events named here by the value of the property given:
    /// `{"Page Viewed": "path"}`. By their event again where the property has no value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_prop: BTreeMap<String, String>,
    /// New names for labels; the first rule that matches counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<PathGroup>,
    /// Paths begin at the first step of a session with this label or of this event; sessions without are left
    /// aside. Not together with `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Paths end at the first step of a session with this label or of this event; sessions without are left
    /// aside. Steps are then counted back from it: it has the number `max_steps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// How many steps of a path are followed: 2 to 20, 5 when left out.
    #[serde(default = "steps_default")]
    #[schema(minimum = 2, maximum = 20)]
    pub max_steps: usize,
    /// Whether steps of one label in a row are one step, from the first of them on.
    #[serde(default = "collapse_default")]
    pub collapse: bool,
    /// Only the events of people at a step of a funnel, before or after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<PathsAround>,
    /// How many links the answer shows, biggest first: 1 to 1000, 50 when left out.
    #[serde(default = "links_default")]
    #[schema(minimum = 1, maximum = 1000)]
    pub top: usize,
}

/// A place in a funnel, to look at the ways to it and from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathsAround {
    /// The funnel; one that counts people.
    #[serde(deserialize_with = "funnel_of")]
    pub funnel: Box<FunnelQuery>,
    /// The step, counted from 0.
    pub step: usize,
    /// Which people, and so which moment.
    #[serde(default)]
    pub kind: AroundKind,
    /// Which events.
    #[serde(default)]
    pub side: Side,
}

/// Which people of a step of a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AroundKind {
    /// Those who reached it, at the moment they did.
    #[default]
    Reached,
    /// Those lost before it, at the moment of the last step that they reached.
    Dropped,
}

/// Which side of the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = PathsSide)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Events up to the moment, itself included.
    Before,
    /// Events from the moment on, itself included.
    #[default]
    After,
}

fn funnel_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<FunnelQuery>, D::Error> {
    let body = serde_json::Value::deserialize(deserializer)?;
    FunnelQuery::parse(body).map(Box::new).map_err(D::Error::custom)
}

impl PathsAround {
    fn check(&self) -> Result<(), QueryError> {
        let fail = |field: &str, message: String| Err(QueryError::new(format!("around.{field}"), message));
        let last = self.funnel.steps.len() - 1;
        if self.funnel.count != Count::People {
            return fail("funnel", "count people: paths are theirs".to_owned());
        }
        if self.step > last {
            return fail("step", format!("the last step is {last} (steps count from 0)"));
        }
        if self.kind == AroundKind::Dropped && (self.step == 0 || !self.funnel.is_required(self.step)) {
            return fail("step", "nobody is lost before the first step or one that may be skipped".to_owned());
        }
        Ok(())
    }
}

/// A new name for labels: `{"match": "/blog/*", "as": "Blog"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathGroup {
    /// The whole label; `*` stands for any characters, also none.
    #[serde(rename = "match")]
    pub pattern: String,
    /// What it is called.
    #[serde(rename = "as")]
    pub label: String,
}

const fn gap_default() -> u64 {
    SESSION_GAP_S_DEFAULT
}

const fn steps_default() -> usize {
    PATH_STEPS_DEFAULT
}

const fn collapse_default() -> bool {
    true
}

const fn links_default() -> usize {
    PATH_LINKS_DEFAULT
}

impl PathsQuery {
    pub(super) fn check(&self) -> Result<(), QueryError> {
        if let Some(events) = &self.events {
            events.check("events")?;
        }
        self.filter.check("where")?;
        check_period(self.from, self.to)?;
        if !(1..=SESSION_GAP_S_MAX).contains(&self.session_gap_s) {
            return Err(QueryError::new("session_gap_s", format!("give 1 to {SESSION_GAP_S_MAX} seconds")));
        }
        if !(PATH_STEPS_MIN..=PATH_STEPS_MAX).contains(&self.max_steps) {
            let message = format!("follow {PATH_STEPS_MIN} to {PATH_STEPS_MAX} steps");
            return Err(QueryError::new("max_steps", message));
        }
        if !(1..=PATH_LINKS_MAX).contains(&self.top) {
            return Err(QueryError::new("top", format!("show 1 to {PATH_LINKS_MAX} links")));
        }
        self.around.iter().try_for_each(PathsAround::check)?;
        self.check_labels()?;
        self.check_point()
    }

    fn check_labels(&self) -> Result<(), QueryError> {
        if self.by_prop.len() > PATH_BY_PROP_MAX {
            return Err(QueryError::new("by_prop", format!("name at most {PATH_BY_PROP_MAX} events")));
        }
        for (event, prop) in &self.by_prop {
            let path = format!("by_prop.{event}");
            check_event_name(&path, event)?;
            check_prop_name(&path, prop)?;
            if self.events.as_ref().is_some_and(|events| !events.0.contains(event)) {
                return Err(QueryError::new(path, "is not among `events`"));
            }
        }
        if self.group.len() > PATH_GROUPS_MAX {
            return Err(QueryError::new("group", format!("give at most {PATH_GROUPS_MAX} rules")));
        }
        for (index, rule) in self.group.iter().enumerate() {
            check_label(&format!("group[{index}].match"), &rule.pattern)?;
            check_label(&format!("group[{index}].as"), &rule.label)?;
        }
        Ok(())
    }

    fn check_point(&self) -> Result<(), QueryError> {
        match (&self.start, &self.end) {
            (Some(_), Some(_)) => Err(QueryError::new("end", "give `start` or `end`, not both")),
            (Some(start), None) => check_label("start", start),
            (None, Some(end)) => check_label("end", end),
            (None, None) => Ok(()),
        }
    }
}

fn check_label(path: &str, label: &str) -> Result<(), QueryError> {
    if label.is_empty() || label.len() > TEXT_BYTES_MAX {
        return Err(QueryError::new(path, format!("give 1 to {TEXT_BYTES_MAX} bytes")));
    }
    Ok(())
}
