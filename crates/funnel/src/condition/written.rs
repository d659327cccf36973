//! How a condition is written: one map with one of `all`, `any`, `not`, `field`, `did`, `deal` and `segment`.

use std::collections::BTreeMap;

use base::{Id, id};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Condition, EventTest, FieldTest, SumTest, Test, Which};
use crate::document::Duration;

/// What must be so: one of `all`, `any`, `not`, `field` (with a test), `did`, `deal` and `segment`.
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
    /// So many days of the calendar where the contact lives, today being the first: `7 days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_last: Option<Duration>,
    /// How long ago the event must be at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Duration>,
    /// Look at the first or last of these events only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    which: Option<Which>,
    /// How many times it must have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// What a property of the events must come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sum: Option<SumTest>,
    /// What one of the contact's deals must be like. Only in rules of segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, value_type = Option<Condition>)]
    deal: Option<Box<Condition>>,
    /// A segment that the contact must be in. Only in rules of segments and filters of contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    segment: Option<Id<id::Segment>>,
}

const HEAD: &str = "write one of all, any, not, field, did, deal and segment";
const TEST: &str =
    "say what the field must be: is, is_not, one_of, none_of, contains, at_least, at_most, above, below or known";
const NO_TEST: &str = "is, one_of, at_least and the like belong to a field";
const NO_EVENT: &str = "where, within, in_last, before, which, times and sum belong to did";
const TIMES: &str = "times is at least 1; use not for what must not have happened";
const TWO_WINDOWS: &str = "write within (to the second) or in_last (days of the calendar), not both";
const WHOLE_DAYS: &str = "in_last counts whole days: write it as 7 days";
const ONE_EVENT: &str = "which looks at one event: leave times out";
const NO_SUM: &str = "say what the sum must be: at_least, at_most, above or below";
const ONLY_DEALS: &str = "inside deal write fields of deals, such as deal.stage, with all, any and not";
const DAY_SECONDS: u32 = 86_400;

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

    fn event(&mut self) -> Result<Option<EventTest>, &'static str> {
        let conditions = std::mem::take(&mut self.conditions);
        let (within, in_last, before) = (self.within.take(), self.in_last.take(), self.before.take());
        let (which, times, sum) = (self.which.take(), self.times.take(), self.sum.take());
        let Some(event) = self.did.take() else {
            let has_part = !conditions.is_empty() || within.or(in_last).or(before).is_some();
            return if has_part || which.is_some() || times.is_some() || sum.is_some() {
                Err(NO_EVENT)
            } else {
                Ok(None)
            };
        };
        let has_test = |sum: &SumTest| sum.at_least.or(sum.at_most).or(sum.above).or(sum.below).is_some();
        match () {
            () if times == Some(0) => Err(TIMES),
            () if within.is_some() && in_last.is_some() => Err(TWO_WINDOWS),
            () if in_last.is_some_and(|days| !days.seconds.is_multiple_of(DAY_SECONDS)) => Err(WHOLE_DAYS),
            () if which.is_some() && times.is_some_and(|times| times > 1) => Err(ONE_EVENT),
            () if sum.as_ref().is_some_and(|sum| !has_test(sum)) => Err(NO_SUM),
            () => Ok(Some(EventTest {
                event,
                conditions,
                within,
                in_last_days: in_last.map(|days| days.seconds / DAY_SECONDS),
                before,
                which,
                times: times.unwrap_or(1),
                sum,
            })),
        }
    }
}

impl TryFrom<Written> for Condition {
    type Error = &'static str;

    fn try_from(mut written: Written) -> Result<Self, Self::Error> {
        let tests = written.tests();
        if written.field.is_none() && !tests.is_empty() {
            return Err(NO_TEST);
        }
        let event = written.event()?;
        let Written { all, any, not, field, deal, segment, .. } = written;
        match (all, any, not, field, event, deal, segment) {
            (Some(parts), None, None, None, None, None, None) => Ok(Self::All(parts)),
            (None, Some(parts), None, None, None, None, None) => Ok(Self::Any(parts)),
            (None, None, Some(part), None, None, None, None) => Ok(Self::Not(part)),
            (None, None, None, Some(_), None, None, None) if tests.is_empty() => Err(TEST),
            (None, None, None, Some(field), None, None, None) => Ok(Self::Field(FieldTest { field, tests })),
            (None, None, None, None, Some(event), None, None) => Ok(Self::Event(event)),
            (None, None, None, None, None, Some(part), None) if is_of_fields(&part) => Ok(Self::Deal(part)),
            (None, None, None, None, None, Some(_), None) => Err(ONLY_DEALS),
            (None, None, None, None, None, None, Some(segment)) => Ok(Self::Segment(segment)),
            _ => Err(HEAD),
        }
    }
}

fn is_of_fields(condition: &Condition) -> bool {
    match condition {
        Condition::Field(test) => test.field.starts_with("deal."),
        Condition::Event(_) | Condition::Deal(_) | Condition::Segment(_) => false,
        _ => condition.parts().iter().all(is_of_fields),
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Self {
        let mut written = Self::default();
        match condition {
            Condition::All(parts) => written.all = Some(parts),
            Condition::Any(parts) => written.any = Some(parts),
            Condition::Not(part) => written.not = Some(part),
            Condition::Deal(part) => written.deal = Some(part),
            Condition::Segment(segment) => written.segment = Some(segment),
            Condition::Event(test) => {
                written.did = Some(test.event);
                written.conditions = test.conditions;
                written.within = test.within;
                written.in_last = test.in_last_days.map(Duration::days);
                written.before = test.before;
                written.which = test.which;
                written.sum = test.sum;
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
