//! One value in the one form of its type.

use base::{Email, Id, Money, Timestamp, id};
use jiff::civil::Date;
use serde_json::{Value, json};
use url::Url;

use super::{Definition, FieldKind, LONG_TEXT_CHARS_MAX, TEXT_CHARS_MAX};

/// Largest whole number that every reader of JSON takes exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
/// Digits of a phone number (E.164 has at most 15).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

type Refused = (&'static str, String);

fn refused<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refused> {
    Err((code, message.into()))
}

/// A value that says something, or why it cannot stand there.
pub(super) fn normal(definition: &Definition, value: &Value) -> Result<Value, Refused> {
    match definition.kind {
        FieldKind::Text => one_line(value),
        FieldKind::LongText => several_lines(value),
        FieldKind::WholeNumber => whole(value),
        FieldKind::Number => Ok(json!(number(value)?)),
        FieldKind::Money => money(value),
        FieldKind::Date => date(value),
        FieldKind::DateTime => moment(value),
        FieldKind::YesNo => yes_no(value),
        FieldKind::Choice => choice(definition, value),
        FieldKind::Choices => choices(definition, value),
        FieldKind::Url => normal_url(text(value)?)
            .map(Value::String)
            .ok_or_else(|| ("url", "write a web address such as https://example.com".to_owned())),
        FieldKind::Email => match text(value)?.parse::<Email>() {
            Ok(email) => Ok(json!(email.as_str())),
            Err(error) => refused("email", error.to_string()),
        },
        FieldKind::Phone => normal_phone(text(value)?).map(Value::String).ok_or_else(|| {
            ("phone", "write a phone number of 3 to 15 digits, with + and the country first".to_owned())
        }),
        FieldKind::User => match text(value)?.parse::<Id<id::User>>() {
            Ok(user) => Ok(json!(user.to_string())),
            Err(_) => refused("user", "choose a user, usr_…"),
        },
    }
}

fn text(value: &Value) -> Result<&str, Refused> {
    value.as_str().map(str::trim).map_or_else(|| refused("type", "write a text"), Ok)
}

fn one_line(value: &Value) -> Result<Value, Refused> {
    // What an import read as a number is a text here.
    let text = match value {
        Value::Number(number) => number.to_string(),
        _ => text(value)?.to_owned(),
    };
    if text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control) {
        return refused("length", format!("write at most {TEXT_CHARS_MAX} characters on one line"));
    }
    Ok(Value::String(text))
}

fn several_lines(value: &Value) -> Result<Value, Refused> {
    let text = text(value)?.replace("\r\n", "\n").replace('\r', "\n");
    let is_odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.chars().count() > LONG_TEXT_CHARS_MAX || text.chars().any(is_odd) {
        return refused("length", format!("write at most {LONG_TEXT_CHARS_MAX} characters"));
    }
    Ok(Value::String(text))
}

/// A number, also as people write it: `1 234,50`.
fn number(value: &Value) -> Result<f64, Refused> {
    let found = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let plain = if plain.contains('.') { plain } else { plain.replacen(',', ".", 1) };
            let is_written = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
            if is_written { plain.parse().ok() } else { None }
        }
        _ => None,
    };
    // Minus nought is nought: they are equal and must look so.
    let found = found.filter(|number| number.is_finite()).map(|number| if number == 0.0 { 0.0 } else { number });
    found.ok_or_else(|| ("number", "write a number".to_owned()))
}

fn whole(value: &Value) -> Result<Value, Refused> {
    let number = number(value)?;
    if number.fract() != 0.0 || number.abs() > WHOLE_MAX {
        return refused("whole_number", "write a number without a fraction");
    }
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and within 2^53")]
    let whole = number as i64;
    Ok(json!(whole))
}

fn money(value: &Value) -> Result<Value, Refused> {
    match serde_json::from_value::<Money>(value.clone()) {
        Ok(money) => Ok(json!(money)),
        Err(_) => refused("money", "write an amount in minor units: {\"minor\": 12500, \"currency\": \"NOK\"}"),
    }
}

fn date(value: &Value) -> Result<Value, Refused> {
    let text = text(value)?;
    match text.parse::<Date>() {
        // Only as it is stored: other programs' dates bring times that would be cut off here.
        Ok(date) if text.len() == 10 && date.year() > 0 => Ok(json!(date.to_string())),
        _ => refused("date", "write a day as 2026-03-02"),
    }
}

fn moment(value: &Value) -> Result<Value, Refused> {
    match text(value)?.parse::<Timestamp>() {
        Ok(moment) => Ok(json!(moment.to_string())),
        Err(_) => refused("date_time", "write a moment as 2026-03-02T08:00:00Z"),
    }
}

fn yes_no(value: &Value) -> Result<Value, Refused> {
    let word = match value {
        Value::Bool(is_so) => return Ok(Value::Bool(*is_so)),
        Value::Number(number) => number.to_string(),
        _ => text(value)?.to_lowercase(),
    };
    match word.as_str() {
        "true" | "yes" | "1" => Ok(Value::Bool(true)),
        "false" | "no" | "0" => Ok(Value::Bool(false)),
        _ => refused("yes_no", "write true or false"),
    }
}

/// The value of a choice, which may also be named by one of its labels.
fn choice(definition: &Definition, value: &Value) -> Result<Value, Refused> {
    let wanted = text(value)?;
    let is_labelled = |text: &str| text.trim().to_lowercase() == wanted.to_lowercase();
    let by_value = definition.choices.iter().find(|choice| choice.value == wanted);
    let found = by_value.or_else(|| {
        let labelled = definition.choices.iter().find(|choice| choice.label.texts().any(is_labelled));
        labelled.or_else(|| definition.choices.iter().find(|choice| is_labelled(&choice.value)))
    });
    match found {
        Some(choice) => Ok(json!(choice.value)),
        None => {
            let known: Vec<&str> = definition.choices.iter().take(10).map(|choice| choice.value.as_str()).collect();
            refused("choice", format!("choose one of {}", known.join(", ")))
        }
    }
}

fn choices(definition: &Definition, value: &Value) -> Result<Value, Refused> {
    let written: Vec<Value> = match value {
        Value::Array(items) => items.clone(),
        _ => text(value)?.split([',', ';']).filter(|part| !part.trim().is_empty()).map(Value::from).collect(),
    };
    let chosen = written.iter().map(|one| choice(definition, one)).collect::<Result<Vec<_>, _>>()?;
    let in_order = definition.choices.iter().map(|choice| json!(choice.value));
    Ok(Value::Array(in_order.filter(|value| chosen.contains(value)).collect()))
}

/// A web address with its scheme; none when it is no address of the web.
pub fn normal_url(text: &str) -> Option<String> {
    let text = text.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&with_scheme).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| host.contains('.'));
    let written = url.to_string();
    (is_web && written.chars().count() <= TEXT_CHARS_MAX).then_some(written)
}

/// The digits of a phone number, with a plus before them when it was written with its country.
pub fn normal_phone(text: &str) -> Option<String> {
    let text = text.trim();
    let is_spacing = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/');
    let (plus, rest) = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    if !rest.chars().all(|c| c.is_ascii_digit() || is_spacing(c)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    PHONE_DIGITS.contains(&digits.len()).then(|| format!("{plus}{digits}"))
}
