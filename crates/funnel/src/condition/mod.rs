//! Conditions over what is known of somebody and what they did: who belongs to a persona, which deals need an approval.
//!
//! Written so that a marketer can read them:
//!
//! ```yaml
//! all:
//!   - { field: contact.country, is: NO }
//!   - { field: contact.age, at_least: 30, at_most: 45 }
//!   - any:
//!       - { did: Offer Viewed, within: 7 days, times: 2 }
//!       - not: { did: Order Completed }
//! ```

mod compare;
mod decide;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::document::Duration;

pub(crate) use compare::{is_known, is_one_of, number};
pub use decide::{Explained, Outcome};

/// How deep conditions may lie inside each other.
pub const DEPTH_MAX: usize = 8;
/// Conditions of one rule, those inside others counted.
pub const CONDITIONS_MAX: usize = 100;

/// What must be so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "written::Written", into = "written::Written")]
pub enum Condition {
    /// All of them; nothing is asked by an empty list.
    All(Vec<Condition>),
    /// One of them at least; never so for an empty list.
    Any(Vec<Condition>),
    /// Not that.
    Not(Box<Condition>),
    /// Something that is known of them.
    Field(FieldTest),
    /// Something that they did.
    Event(EventTest),
}

/// What is asked of a field: all of the tests.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldTest {
    /// `contact.country`, `deal.discount`.
    pub field: String,
    /// At least one.
    pub tests: Vec<Test>,
}

/// One thing asked of a field. Numbers compare as numbers, also when they are written as text or with a per cent sign;
/// days and points in time as such. What is not known passes no test but `is_not`, `none_of` and `known: false`.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is this.
    Is(Value),
    /// It is something else, or not known.
    IsNot(Value),
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is none of these, or not known.
    NoneOf(Vec<Value>),
    /// The text has this in it, in large or small letters; a list has it as an entry.
    Contains(String),
    /// This or more; this day or later.
    AtLeast(Value),
    /// This or less.
    AtMost(Value),
    /// More.
    Above(Value),
    /// Less.
    Below(Value),
    /// Whether anything is known at all.
    Known(bool),
}

/// What is asked of the things somebody did.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTest {
    /// The event's name, Title Case.
    pub event: String,
    /// Properties that it must have, as at a stage.
    pub conditions: BTreeMap<String, Value>,
    /// How long ago at most.
    pub within: Option<Duration>,
    /// How many times at least; 1 when nothing is said.
    pub times: u32,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// The event's name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Its properties.
    pub props: Map<String, Value>,
}

/// Whom a condition is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What is known, by the full name of the field: `contact.country`.
    pub fields: &'a Map<String, Value>,
    /// What they did, in any order.
    pub events: &'a [Seen],
    /// What happens later has not happened yet.
    pub now: Timestamp,
}

impl Condition {
    /// Whether it is so.
    pub fn is_met(&self, subject: &Subject<'_>) -> bool {
        self.explain(subject).is_met
    }

    /// The conditions directly inside.
    pub fn parts(&self) -> &[Condition] {
        match self {
            Self::All(parts) | Self::Any(parts) => parts,
            Self::Not(part) => std::slice::from_ref(part),
            Self::Field(_) | Self::Event(_) => &[],
        }
    }

    /// How many conditions there are, and how deep they lie.
    pub fn size(&self) -> (usize, usize) {
        let (mut count, mut depth) = (1, 0);
        for part in self.parts() {
            let (inner_count, inner_depth) = part.size();
            count += inner_count;
            depth = depth.max(inner_depth);
        }
        (count, depth + 1)
    }

    /// The fields that it looks at.
    pub fn fields(&self) -> BTreeSet<&str> {
        match self {
            Self::Field(test) => [test.field.as_str()].into(),
            _ => self.parts().iter().flat_map(Self::fields).collect(),
        }
    }

    /// The events that it looks at.
    pub fn events(&self) -> BTreeSet<&str> {
        match self {
            Self::Event(test) => [test.event.as_str()].into(),
            _ => self.parts().iter().flat_map(Self::events).collect(),
        }
    }
}

impl utoipa::PartialSchema for Condition {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        written::Written::schema()
    }
}

impl ToSchema for Condition {
    fn name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        written::Written::schemas(schemas);
    }
}

#[cfg(test)]
pub(crate) mod tests;
