//! How a condition is written: one map with one of `all`, `any`, `not`, `field` and `did`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Condition, EventTest, FieldTest, Test};
use crate::document::Duration;

/// What must be so: one of `all`, `any`, `not`, `field` (with a test) and `did`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// All of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    all: Option<Vec<Condition>>,
    /// One of these at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    any: Option<Vec<Condition>>,
    /// Not this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, value_type = Option<Condition>)]
    not: Option<Box<Condition>>,
    /// A field: `contact.country`, `deal.discount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The field is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    is: Option<Value>,
    /// The field is something else, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    is_not: Option<Value>,
    /// The field is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Value>>)]
    one_of: Option<Vec<Value>>,
    /// The field is none of these, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Value>>)]
    none_of: Option<Vec<Value>>,
    /// The field has this in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    /// The field is this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    at_least: Option<Value>,
    /// The field is this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    at_most: Option<Value>,
    /// The field is more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    above: Option<Value>,
    /// The field is less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    below: Option<Value>,
    /// Whether anything is known of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known: Option<bool>,
    /// An event that must have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    did: Option<String>,
    /// Properties of the event: by name, a value or a list of values of which one must be there.
    #[serde(rename = "where", default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    conditions: BTreeMap<String, Value>,
    /// How long ago the event may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Duration>,
    /// How many times it must have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

const HEAD: &str = "write one of all, any, not, field and did";
const TEST: &str =
    "say what the field must be: is, is_not, one_of, none_of, contains, at_least, at_most, above, below or known";
const NO_TEST: &str = "is, one_of, at_least and the like belong to a field";
const NO_EVENT: &str = "where, within and times belong to did";
const TIMES: &str = "times is at least 1; use not for what must not have happened";

impl Written {
    fn tests(&mut self) -> Vec<Test> {
        let tests = [
            self.is.take().map(Test::Is),
            self.is_not.take().map(Test::IsNot),
            self.one_of.take().map(Test::OneOf),
            self.none_of.take().map(Test::NoneOf),
            self.contains.take().map(Test::Contains),
            self.at_least.take().map(Test::AtLeast),
            self.at_most.take().map(Test::AtMost),
            self.above.take().map(Test::Above),
            self.below.take().map(Test::Below),
            self.known.take().map(Test::Known),
        ];
        tests.into_iter().flatten().collect()
    }
}

impl TryFrom<Written> for Condition {
    type Error = &'static str;

    fn try_from(mut written: Written) -> Result<Self, Self::Error> {
        let tests = written.tests();
        let has_event = !written.conditions.is_empty() || written.within.is_some() || written.times.is_some();
        let Written { all, any, not, field, did, conditions, within, times, .. } = written;
        if field.is_none() && !tests.is_empty() {
            return Err(NO_TEST);
        }
        if did.is_none() && has_event {
            return Err(NO_EVENT);
        }
        match (all, any, not, field, did) {
            (Some(parts), None, None, None, None) => Ok(Self::All(parts)),
            (None, Some(parts), None, None, None) => Ok(Self::Any(parts)),
            (None, None, Some(part), None, None) => Ok(Self::Not(part)),
            (None, None, None, Some(_), None) if tests.is_empty() => Err(TEST),
            (None, None, None, Some(field), None) => Ok(Self::Field(FieldTest { field, tests })),
            (None, None, None, None, Some(_)) if times == Some(0) => Err(TIMES),
            (None, None, None, None, Some(event)) => {
                Ok(Self::Event(EventTest { event, conditions, within, times: times.unwrap_or(1) }))
            }
            _ => Err(HEAD),
        }
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Self {
        let mut written = Self::default();
        match condition {
            Condition::All(parts) => written.all = Some(parts),
            Condition::Any(parts) => written.any = Some(parts),
            Condition::Not(part) => written.not = Some(part),
            Condition::Event(test) => {
                written.did = Some(test.event);
                written.conditions = test.conditions;
                written.within = test.within;
                written.times = (test.times != 1).then_some(test.times);
            }
            Condition::Field(test) => {
                written.field = Some(test.field);
                for test in test.tests {
                    match test {
                        Test::Is(value) => written.is = Some(value),
                        Test::IsNot(value) => written.is_not = Some(value),
                        Test::OneOf(values) => written.one_of = Some(values),
                        Test::NoneOf(values) => written.none_of = Some(values),
                        Test::Contains(part) => written.contains = Some(part),
                        Test::AtLeast(value) => written.at_least = Some(value),
                        Test::AtMost(value) => written.at_most = Some(value),
                        Test::Above(value) => written.above = Some(value),
                        Test::Below(value) => written.below = Some(value),
                        Test::Known(is_known) => written.known = Some(is_known),
                    }
                }
            }
        }
        written
    }
}
