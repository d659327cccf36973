//! One value of a row, as the file gave it.

use std::borrow::Cow;

use base::Timestamp;
use serde_json::Value;

/// One value of a row. Text files give [`Cell::Text`]; JSONL and Parquet know more.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing: absent, null, or only white space.
    #[default]
    Empty,
    /// A text without white space around it.
    Text(String),
    /// true or false.
    Bool(bool),
    /// A number as the file holds it.
    Number(serde_json::Number),
    /// A moment whose zone is known.
    Time(Timestamp),
    /// A list, or an object too deep to become columns.
    Json(Value),
}

impl Cell {
    /// A text, trimmed; only white space is [`Cell::Empty`].
    pub fn text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// A scalar or list of JSON. Empty objects and lists say nothing.
    pub fn json(value: Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::text(&text),
            Value::Array(ref items) if items.is_empty() => Self::Empty,
            Value::Object(ref fields) if fields.is_empty() => Self::Empty,
            value => Self::Json(value),
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// As it would stand in a CSV file.
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Time(time) => Cow::Owned(time.to_string()),
            Self::Json(value) => Cow::Owned(value.to_string()),
        }
    }

    /// As JSON, with the type the file gave it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Time(time) => Value::String(time.to_string()),
            Self::Json(value) => value.clone(),
        }
    }
}

/// A text cut to at most `chars_max` characters for a message, with `…` where it was cut.
pub fn shortened(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_empty_shapes_say_nothing() {
        for nothing in [Cell::text(" \u{a0}\t"), Cell::json(serde_json::json!([])), Cell::json(Value::Null)] {
            assert!(nothing.is_empty());
        }
        assert_eq!(Cell::text(" a ").as_text(), "a");
        assert_eq!(Cell::json(serde_json::json!([1])).as_text(), "[1]");
        assert_eq!(shortened("blåbærsyltetøy", 6), "blåbær…");
        assert_eq!(shortened("blå", 6), "blå");
    }
}
