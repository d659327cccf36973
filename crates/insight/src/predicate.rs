//! Filters of a question made ready for the records of its plan: names and columns resolved to numbers.

use std::borrow::Cow;

use regex::Regex;

use crate::moment::Moment;
use crate::query::{Condition, EventNames, Filter, Op, Scalar, regex_of};
use crate::record::{Record, Records, Value};

/// The columns of a plan while it is being put together, each property once.
#[derive(Debug, Default)]
pub(crate) struct Columns(pub(crate) Vec<String>);

impl Columns {
    pub(crate) fn add(&mut self, prop: &str) {
        if !self.0.iter().any(|known| known == prop) {
            self.0.push(prop.to_owned());
        }
    }

    pub(crate) fn add_filter(&mut self, filter: &Filter) {
        filter.0.keys().for_each(|prop| self.add(prop));
    }

    pub(crate) fn index(&self, prop: &str) -> Option<usize> {
        self.0.iter().position(|known| known == prop)
    }
}

/// "Any of these events, with these properties", over records.
#[derive(Debug)]
pub(crate) struct Predicate {
    /// By `Record::name`: whether the name is wanted.
    wanted: Vec<bool>,
    conditions: Vec<(usize, Test)>,
}

impl Predicate {
    pub(crate) fn new(events: &EventNames, filter: &Filter, columns: &Columns, records: &Records) -> Self {
        let wanted = records.names.iter().map(|name| events.0.iter().any(|event| **event == **name));
        Self { wanted: wanted.collect(), conditions: conditions(filter, columns) }
    }

    /// The same without asking for the event's name.
    pub(crate) fn of_any(filter: &Filter, columns: &Columns, records: &Records) -> Self {
        Self { wanted: vec![true; records.names.len()], conditions: conditions(filter, columns) }
    }

    pub(crate) fn matches(&self, record: &Record) -> bool {
        let named = self.wanted.get(record.name as usize).copied().unwrap_or(false);
        named && self.conditions.iter().all(|(column, test)| test.holds(value(record, *column)))
    }
}

fn conditions(filter: &Filter, columns: &Columns) -> Vec<(usize, Test)> {
    let mut conditions = Vec::new();
    for (prop, wishes) in &filter.0 {
        // The plan of the same question listed every property of its filters.
        let column = columns.index(prop).unwrap_or(usize::MAX);
        conditions.extend(wishes.iter().map(|wish| (column, Test::new(wish))));
    }
    conditions
}

/// The value of a column, or none where the record is narrower than the plan.
pub(crate) fn value(record: &Record, column: usize) -> &Value {
    record.values.get(column).unwrap_or(&Value::Null)
}

/// A value as a breakdown names it: `""` for none, numbers without a needless fraction.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Text(text) => Cow::Borrowed(text),
    }
}

/// One condition, ready for values.
#[derive(Debug)]
pub(crate) struct Test {
    op: Op,
    /// The values as texts and, where they are numbers or read as one, as numbers.
    values: Vec<(String, Option<f64>)>,
    /// For `regex` and `not_regex`.
    regex: Option<Regex>,
    /// For `before` and `after`.
    moment: Option<Moment>,
}

impl Test {
    pub(crate) fn new(condition: &Condition) -> Self {
        let fold = matches!(condition.op, Op::Contains | Op::NotContains);
        let values = condition.values.iter().map(|value| {
            let text = value.to_string();
            let number = match value {
                Scalar::Number(number) => Some(*number),
                Scalar::Text(text) => number_in(text),
                Scalar::Bool(_) => None,
            };
            (if fold { text.to_lowercase() } else { text }, number)
        });
        let first = condition.values.first();
        // A question is checked when it is read: an expression that cannot be made ready never gets here.
        let regex = first.filter(|_| condition.op.is_regex()).and_then(|value| regex_of(&value.to_string()).ok());
        let moment = first.filter(|_| condition.op.is_time()).and_then(Scalar::moment);
        Self { op: condition.op, values: values.collect(), regex, moment }
    }

    pub(crate) fn holds(&self, value: &Value) -> bool {
        match self.op {
            Op::Eq | Op::In => self.equals_any(value),
            Op::Neq | Op::NotIn => !self.equals_any(value),
            Op::Contains => self.contains(value),
            Op::NotContains => !self.contains(value),
            Op::Regex => self.finds(value),
            Op::NotRegex => !self.finds(value),
            Op::Before => self.in_time(value, Moment::is_before),
            Op::After => self.in_time(value, |have, wanted| wanted.is_before(have)),
            Op::Set => !is_none(value),
            Op::NotSet => is_none(value),
            Op::Gt => self.compare(value).is_some_and(|order| order.is_gt()),
            Op::Gte => self.compare(value).is_some_and(|order| order.is_ge()),
            Op::Lt => self.compare(value).is_some_and(|order| order.is_lt()),
            Op::Lte => self.compare(value).is_some_and(|order| order.is_le()),
        }
    }

    fn equals_any(&self, value: &Value) -> bool {
        self.values.iter().any(|(wanted, number)| match (value, number) {
            (Value::Number(have), Some(number)) => have == number,
            _ => text(value) == wanted.as_str(),
        })
    }

    fn contains(&self, value: &Value) -> bool {
        if is_none(value) {
            return false;
        }
        let have = text(value).to_lowercase();
        self.values.iter().any(|(wanted, _)| have.contains(wanted.as_str()))
    }

    fn finds(&self, value: &Value) -> bool {
        !is_none(value) && self.regex.as_ref().is_some_and(|regex| regex.is_match(&text(value)))
    }

    fn in_time(&self, value: &Value, holds: impl Fn(Moment, Moment) -> bool) -> bool {
        let have = match value {
            Value::Number(ms) => Moment::of_number(*ms),
            Value::Text(text) => Moment::of_text(text),
            Value::Null | Value::Bool(_) => None,
        };
        have.zip(self.moment).is_some_and(|(have, wanted)| holds(have, wanted))
    }

    fn compare(&self, value: &Value) -> Option<std::cmp::Ordering> {
        let (wanted, number) = self.values.first()?;
        let have = match value {
            Value::Number(have) => Some(*have),
            Value::Text(text) => number_in(text),
            Value::Null | Value::Bool(_) => return None,
        };
        match (have, number) {
            (Some(have), Some(number)) => have.partial_cmp(number),
            (None, None) => Some(text(value).as_ref().cmp(wanted.as_str())),
            _ => None,
        }
    }
}

fn is_none(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as a number to be summed: 0 where it is none.
pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Text(text) => number_in(text).unwrap_or(0.0),
        Value::Null | Value::Bool(_) => 0.0,
    }
}

fn number_in(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(filter: serde_json::Value, value: Value) -> bool {
        let filter: Filter = serde_json::from_value(serde_json::json!({ "p": filter })).unwrap();
        filter.0["p"].iter().all(|condition| Test::new(condition).holds(&value))
    }

    #[test]
    fn operators_hold_as_documented() {
        use serde_json::json;
        let text = |text: &str| Value::Text(text.into());
        for (filter, value, expected) in [
            (json!("a"), text("a"), true),
            (json!("a"), text("A"), false),
            (json!(5), Value::Number(5.0), true),
            (json!("5"), Value::Number(5.0), true),
            (json!(5), text("5"), true),
            (json!("5.0"), Value::Number(5.0), true),
            (json!(true), Value::Bool(true), true),
            (json!("true"), Value::Bool(true), true),
            (json!(1), Value::Bool(true), false),
            (json!(""), Value::Null, true),
            (json!(null), Value::Null, true),
            (json!(["a", "b"]), text("b"), true),
            (json!(["a", "b"]), Value::Null, false),
            (json!({"op": "neq", "value": "a"}), Value::Null, true),
            (json!({"op": "neq", "value": "a"}), text("a"), false),
            (json!({"op": "not_in", "value": ["a", "b"]}), text("c"), true),
            (json!({"op": "in", "value": [1, 2]}), Value::Number(2.0), true),
            (json!({"op": "contains", "value": "NORD"}), text("Nordic"), true),
            (json!({"op": "contains", "value": ""}), Value::Null, false),
            (json!({"op": "not_contains", "value": "x"}), Value::Null, true),
            (json!({"op": "gt", "value": 9}), text("10"), true),
            (json!({"op": "gt", "value": "9"}), Value::Number(9.0), false),
            (json!({"op": "gte", "value": 9}), Value::Number(9.0), true),
            (json!({"op": "lt", "value": 9}), Value::Null, false),
            (json!({"op": "lt", "value": 9}), text("abc"), false),
            (json!({"op": "lte", "value": "2026-02-01"}), text("2026-01-31"), true),
            (json!({"op": "regex", "value": "^/blog/\\d+$"}), text("/blog/12"), true),
            (json!({"op": "regex", "value": "^/blog/\\d+$"}), text("/blog/12/edit"), false),
            (json!({"op": "regex", "value": "(?i)NORD"}), text("i nord"), true),
            (json!({"op": "regex", "value": r"^[\w.+-]+@(\w+\.)+\w{2,}$"}), text("kåre.b@example.no"), true),
            (json!({"op": "regex", "value": "NORD"}), text("i nord"), false),
            (json!({"op": "regex", "value": "^4.$"}), Value::Number(42.0), true),
            (json!({"op": "regex", "value": ""}), Value::Null, false),
            (json!({"op": "not_regex", "value": "x"}), Value::Null, true),
            (json!({"op": "not_regex", "value": "x"}), text("axe"), false),
            (json!({"op": "before", "value": "2026-01-31"}), text("2026-01-30T23:59:59.999Z"), true),
            (json!({"op": "before", "value": "2026-01-31"}), text("2026-01-31T00:30:00+01:00"), true),
            (json!({"op": "before", "value": "2026-01-31"}), text("2026-01-31"), false),
            (json!({"op": "after", "value": "2026-01-31"}), text("2026-01-31 23:59:59"), false),
            (json!({"op": "after", "value": "2026-01-31"}), text("2026-02-01"), true),
            (json!({"op": "after", "value": "2026-01-31T12:00:00Z"}), text("2026-01-31"), false),
            (json!({"op": "after", "value": "1970-01-01T00:00:01Z"}), Value::Number(1_001.0), true),
            (json!({"op": "after", "value": 1_000}), text("1001"), true),
            (json!({"op": "after", "value": 1_000}), text("tomorrow"), false),
            (json!({"op": "before", "value": 1_000}), Value::Null, false),
            (json!({"op": "set"}), Value::Bool(false), true),
            (json!({"op": "set"}), Value::Null, false),
            (json!({"op": "not_set"}), Value::Text("".into()), true),
            (json!([{"op": "gte", "value": 2}, {"op": "lt", "value": 4}]), Value::Number(4.0), false),
            (json!([{"op": "gte", "value": 2}, {"op": "lt", "value": 4}]), Value::Number(2.0), true),
        ] {
            assert_eq!(holds(filter.clone(), value.clone()), expected, "{filter} on {value:?}");
        }
    }
}
