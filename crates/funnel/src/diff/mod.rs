//! What differs between two documents, for people: which parts came, went, moved and changed, with their place. Not a
//! difference of texts: a stage is known by its id wherever it stands, and how a file is indented does not matter.

mod lists;
mod tell;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::document::{FunnelDoc, StageId, check};
use crate::page::{Finding, Severity};

pub use tell::{Words, tell};

/// One difference. Paths name entries of lists by what they are known by: `stages[interest].target.converts`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FunnelDifference)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// Something is there that was not.
    Added {
        /// Where.
        path: String,
        /// What.
        #[schema(value_type = Value)]
        value: Value,
        /// Its place in the list now, from 0; none outside lists.
        at: Option<usize>,
    },
    /// Something is gone.
    Removed {
        /// Where it was.
        path: String,
        /// What it was.
        #[schema(value_type = Value)]
        value: Value,
        /// Its place in the list before.
        at: Option<usize>,
    },
    /// An entry stands at another place of its list. The fewest entries that explain the new order are told.
    Moved {
        /// Which.
        path: String,
        /// Its place before, from 0.
        from: usize,
        /// Its place now.
        to: usize,
    },
    /// Something is another.
    Changed {
        /// Where.
        path: String,
        /// What it was.
        #[schema(value_type = Value)]
        from: Value,
        /// What it is.
        #[schema(value_type = Value)]
        to: Value,
    },
}

impl Difference {
    /// The place.
    pub fn path(&self) -> &str {
        let (Self::Added { path, .. }
        | Self::Removed { path, .. }
        | Self::Moved { path, .. }
        | Self::Changed { path, .. }) = self;
        path
    }
}

/// `~ stages[interest].target.converts: 10% -> 12%`: for a terminal.
impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self {
            Self::Added { path, value, .. } => write!(f, "+ {path}: {}", text(value)),
            Self::Removed { path, value, .. } => write!(f, "- {path}: {}", text(value)),
            Self::Moved { path, from, to } => write!(f, "> {path}: from place {} to {}", from + 1, to + 1),
            Self::Changed { path, from, to } => write!(f, "~ {path}: {} -> {}", text(from), text(to)),
        }
    }
}

/// What would follow if a document were published.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FunnelPlan)]
pub struct Plan {
    /// Whether there is no such funnel yet.
    pub is_new: bool,
    /// What changes; empty when nothing does.
    pub changes: Vec<Difference>,
    /// Stages that go: open deals that stand there must be moved first.
    #[schema(value_type = Vec<String>)]
    pub removed_stages: Vec<StageId>,
    /// What keeps it from being published.
    pub refused: Vec<Finding>,
}

impl Plan {
    /// Whether publishing would do nothing.
    pub fn is_empty(&self) -> bool {
        !self.is_new && self.changes.is_empty()
    }
}

/// What publishing a document would do, given the one that runs. To be shown before it is done; the same document again
/// gives an empty plan.
pub fn plan(running: Option<&FunnelDoc>, wanted: &FunnelDoc) -> Plan {
    let mut refused: Vec<Finding> =
        check(wanted).into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    if let Some(running) = running.filter(|running| running.id != wanted.id) {
        let message = format!("the id of a funnel never changes: write {}", running.id);
        refused.push(Finding { path: "id".to_owned(), message, severity: Severity::Error });
    }
    let gone = running.iter().flat_map(|running| &running.stages).filter(|stage| wanted.stage(&stage.id).is_none());
    Plan {
        is_new: running.is_none(),
        removed_stages: gone.map(|stage| stage.id.clone()).collect(),
        changes: running.map(|running| diff(running, wanted)).unwrap_or_default(),
        refused,
    }
}

/// What differs between two documents, in the order of the document. Empty when they are equal.
pub fn diff(before: &FunnelDoc, after: &FunnelDoc) -> Vec<Difference> {
    // Documents are texts, numbers, lists and maps with text keys: nothing that JSON cannot write.
    let value = |doc: &FunnelDoc| serde_json::to_value(doc).unwrap_or_default();
    let mut found = Vec::new();
    values("", &value(before), &value(after), &mut found);
    found
}

fn values(path: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => maps(path, before, after, found),
        (Value::Array(before), Value::Array(after)) => lists::compare(path, before, after, found),
        _ if before == after => {}
        _ => found.push(Difference::Changed { path: path.to_owned(), from: before.clone(), to: after.clone() }),
    }
}

fn maps(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<Difference>) {
    let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, value) in before {
        match after.get(name) {
            Some(now) => values(&inner(name), value, now, found),
            None => found.push(Difference::Removed { path: inner(name), value: value.clone(), at: None }),
        }
    }
    for (name, value) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        found.push(Difference::Added { path: inner(name), value: value.clone(), at: None });
    }
}

#[cfg(test)]
mod tests;
