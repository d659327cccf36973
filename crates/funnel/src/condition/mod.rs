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
//!   - { did: Order Completed, in_last: 30 days, sum: { of: value, at_least: 1000 } }
//!   - deal: { field: deal.status, is: open }
//!   - segment: seg_01jd0000000000000000000000
//! ```
//!
//! `within` counts to the second; `in_last` counts days of the calendar where somebody lives, today being the first.

mod compare;
mod decide;
mod time;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use base::{Id, Timestamp, id};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::document::Duration;

pub(crate) use compare::{is_known, is_one_of, number, passes};
pub(crate) use decide::parts;
pub use decide::{Explained, Outcome};
pub(crate) use time::{Window, day_start};

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
    /// One of their deals is so.
    Deal(Box<Condition>),
    /// They are in a segment.
    Segment(Id<id::Segment>),
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
    /// So many days of the calendar, today being the first. Not together with `within`.
    pub in_last_days: Option<u32>,
    /// How long ago at least.
    pub before: Option<Duration>,
    /// Only one of all that fit is looked at.
    pub which: Option<Which>,
    /// How many times at least; 1 when nothing is said.
    pub times: u32,
    /// What a property must come to, of all in the time together.
    pub sum: Option<SumTest>,
}

/// The one event that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = ConditionWhich)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The first of all, however long ago.
    First,
    /// The last one.
    Last,
}

/// What a property must come to. What is no number counts nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ConditionSum)]
#[serde(deny_unknown_fields)]
pub struct SumTest {
    /// The property.
    pub of: String,
    /// This or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// This or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// More.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
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
    /// What is known of each of their deals, by the full name of the field: `deal.stage`.
    pub deals: &'a [Map<String, Value>],
    /// The segments that they are in.
    pub segments: &'a [Id<id::Segment>],
    /// Where they live: days begin and end there.
    pub zone: &'a TimeZone,
}

impl<'a> Subject<'a> {
    /// Somebody without deals and in no segment, in UTC.
    pub fn new(fields: &'a Map<String, Value>, events: &'a [Seen], now: Timestamp) -> Self {
        static UTC: TimeZone = TimeZone::UTC;
        Self { fields, events, now, deals: &[], segments: &[], zone: &UTC }
    }
}

impl EventTest {
    /// That it happened at all.
    pub fn of(event: impl Into<String>) -> Self {
        Self {
            event: event.into(),
            conditions: BTreeMap::new(),
            within: None,
            in_last_days: None,
            before: None,
            which: None,
            times: 1,
            sum: None,
        }
    }
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
            Self::Not(part) | Self::Deal(part) => std::slice::from_ref(part),
            Self::Field(_) | Self::Event(_) | Self::Segment(_) => &[],
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

    /// The segments that it looks at.
    pub fn segments(&self) -> BTreeSet<Id<id::Segment>> {
        match self {
            Self::Segment(id) => [*id].into(),
            _ => self.parts().iter().flat_map(Self::segments).collect(),
        }
    }

    /// Whether it asks for deals or segments, which only a segment's rule can answer.
    pub fn is_of_segments(&self) -> bool {
        matches!(self, Self::Deal(_) | Self::Segment(_)) || self.parts().iter().any(Self::is_of_segments)
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
