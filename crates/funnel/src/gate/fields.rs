//! Whether a field is filled in as it must be.

use base::{Email, Timestamp};
use serde_json::{Map, Value};

use super::{FieldFault, Reason};
use crate::condition::{is_known, is_one_of, number};
use crate::document::{Requirement, ValueKind};

/// Digits of a telephone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

pub(super) fn block(rule: &Requirement, fields: &Map<String, Value>, now: Timestamp) -> Option<Reason> {
    let value = fields.get(&rule.field);
    let Some(value) = value.filter(|value| is_known(Some(value))) else {
        let (field, label, one_of) = (rule.field.clone(), rule.label.clone(), rule.one_of.clone());
        return Some(Reason::FieldMissing { field, label, value_kind: rule.kind, one_of });
    };
    let fault = fault(rule, value, now)?;
    let (field, label) = (rule.field.clone(), rule.label.clone());
    Some(Reason::FieldWrong { field, label, value: value.clone(), fault })
}

fn fault(rule: &Requirement, value: &Value, now: Timestamp) -> Option<FieldFault> {
    if let Some(kind) = rule.kind
        && !is_of(kind, value)
    {
        return Some(FieldFault::Kind { value_kind: kind });
    }
    if rule.kind == Some(ValueKind::FutureDate) && has_passed(value, now) {
        return Some(FieldFault::Past);
    }
    // What is no number is neither enough nor little enough.
    if let Some(min) = &rule.min
        && number(value).is_none_or(|number| number < min.as_f64().unwrap_or(f64::INFINITY))
    {
        return Some(FieldFault::BelowMin { min: min.clone() });
    }
    if let Some(max) = &rule.max
        && number(value).is_none_or(|number| number > max.as_f64().unwrap_or(f64::NEG_INFINITY))
    {
        return Some(FieldFault::AboveMax { max: max.clone() });
    }
    let chars = value.as_str().map_or(0, |text| text.trim().chars().count());
    if let Some(chars_min) = rule.chars_min.filter(|min| chars < *min as usize) {
        return Some(FieldFault::TooShort { chars_min });
    }
    let is_a_choice = rule.one_of.is_empty() || is_one_of(value, &rule.one_of);
    (!is_a_choice).then(|| FieldFault::NotAChoice { one_of: rule.one_of.clone() })
}

fn is_of(kind: ValueKind, value: &Value) -> bool {
    let text = value.as_str().map(str::trim);
    match kind {
        ValueKind::Text => text.is_some(),
        ValueKind::Number => number(value).is_some(),
        ValueKind::Money => number(value).is_some_and(|number| number > 0.0),
        ValueKind::Date | ValueKind::FutureDate => text.is_some_and(|text| day(text).is_some()),
        ValueKind::Yes => *value == Value::Bool(true) || text == Some("true") || text == Some("yes"),
        ValueKind::Email => text.is_some_and(|text| text.parse::<Email>().is_ok()),
        ValueKind::Phone => text.is_some_and(is_phone),
    }
}

fn day(text: &str) -> Option<jiff::civil::Date> {
    let is_whole = text.len() == 10 || text.parse::<Timestamp>().is_ok();
    text.get(..10).filter(|_| is_whole)?.parse().ok()
}

/// Whether a day is over everywhere on earth, or a point in time is past: somewhere it may still be that day.
fn has_passed(value: &Value, now: Timestamp) -> bool {
    let Some(text) = value.as_str().map(str::trim) else { return true };
    if let Ok(time) = text.parse::<Timestamp>() {
        return time < now;
    }
    let earliest_today = now.plus_ms(-12 * 3_600_000).to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    day(text).is_none_or(|day| day < earliest_today)
}

fn is_phone(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || " +-()./".contains(c);
    text.chars().all(is_part) && PHONE_DIGITS.contains(&text.chars().filter(char::is_ascii_digit).count())
}
