//! Values against values.

use std::cmp::Ordering;

use base::Timestamp;
use serde_json::Value;

use super::Test;
use crate::document::has;

/// A number, also one written as text, perhaps with a per cent sign.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            text.trim().trim_end_matches('%').trim_end().parse().ok().filter(|n: &f64| n.is_finite())
        }
        _ => None,
    }
}

/// Which of two values is more. None when they cannot be compared.
fn order(value: &Value, wanted: &Value) -> Option<Ordering> {
    if let (Some(one), Some(other)) = (number(value), number(wanted)) {
        return one.partial_cmp(&other);
    }
    let (one, other) = (value.as_str()?, wanted.as_str()?);
    if let (Ok(one), Ok(other)) = (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        return Some(one.cmp(&other));
    }
    // A day against a point in time: the day that the point is written in.
    let day = |text: &str| text.get(..10).and_then(|text| text.parse::<jiff::civil::Date>().ok());
    Some(day(one)?.cmp(&day(other)?))
}

/// Whether there is anything: no value, nothing, an empty text and an empty list are not.
pub(crate) fn is_known(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    }
}

fn contains(value: &Value, part: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(&part.to_lowercase()),
        Value::Array(list) => list.iter().any(|entry| has(Some(entry), &Value::from(part))),
        _ => false,
    }
}

/// Whether a value is that, or a list has it. A per cent sign makes no difference.
fn is(value: Option<&Value>, wanted: &Value) -> bool {
    if let Some(Value::Array(list)) = value {
        return list.iter().any(|entry| is(Some(entry), wanted));
    }
    let is_same = |one: &Value| matches!((number(one), number(wanted)), (Some(one), Some(other)) if one == other);
    is_known(value) && (has(value, wanted) || value.is_some_and(is_same))
}

/// Whether a value is one of those.
pub(crate) fn is_one_of(value: &Value, wanted: &[Value]) -> bool {
    wanted.iter().any(|wanted| is(Some(value), wanted))
}

/// Whether a value passes a test.
pub(crate) fn passes(value: Option<&Value>, test: &Test) -> bool {
    let ordered =
        |wanted: &Value, fits: fn(Ordering) -> bool| value.and_then(|value| order(value, wanted)).is_some_and(fits);
    match test {
        Test::Is(wanted) => is(value, wanted),
        Test::IsNot(wanted) => !is(value, wanted),
        Test::OneOf(wanted) => wanted.iter().any(|wanted| is(value, wanted)),
        Test::NoneOf(wanted) => !wanted.iter().any(|wanted| is(value, wanted)),
        Test::Contains(part) => value.is_some_and(|value| contains(value, part)),
        Test::AtLeast(wanted) => ordered(wanted, Ordering::is_ge),
        Test::AtMost(wanted) => ordered(wanted, Ordering::is_le),
        Test::Above(wanted) => ordered(wanted, Ordering::is_gt),
        Test::Below(wanted) => ordered(wanted, Ordering::is_lt),
        Test::Known(wanted) => is_known(value) == *wanted,
    }
}
