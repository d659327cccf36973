//! Fields that a company defines itself: of which type they are, and what may stand in them.
//!
//! A value comes in as JSON, from a form, an import or the API, is checked once ([`Definition::normal`]) and stored in
//! the one form of its type, so that equal values are equal, sort and compare in the database.

mod value;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::localized::Localized;

pub use value::{normal_phone, normal_url};

/// Longest key, in characters.
pub const KEY_CHARS_MAX: usize = 60;
/// Longest label, group or name of a choice, in characters.
pub const LABEL_CHARS_MAX: usize = 120;
/// Longest help, in characters.
pub const HELP_CHARS_MAX: usize = 1_000;
/// Most choices of one field.
pub const CHOICES_MAX: usize = 500;
/// Longest text on one line, in characters.
pub const TEXT_CHARS_MAX: usize = 500;
/// Longest text of several lines, in characters.
pub const LONG_TEXT_CHARS_MAX: usize = 10_000;

/// What a field holds, and how its values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordFieldKind)]
pub enum FieldKind {
    /// Words on one line: a string.
    Text,
    /// Words on several lines: a string.
    LongText,
    /// A number without a fraction: a number up to 2^53.
    WholeNumber,
    /// Any number.
    Number,
    /// An amount: `{"minor": 12500, "currency": "NOK"}`.
    Money,
    /// A day: `2026-03-02`.
    Date,
    /// A moment: `2026-03-02T08:00:00.000Z`.
    DateTime,
    /// True or false.
    YesNo,
    /// One of the field's choices, by its value.
    Choice,
    /// Some of the field's choices: a list in the order of the definition.
    Choices,
    /// An address in the web, http or https.
    Url,
    /// A mail address in lower case.
    Email,
    /// A phone number: digits, with a plus before them when the country is known.
    Phone,
    /// Somebody who logs in: `usr_…`.
    User,
}

impl FieldKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::LongText,
        Self::WholeNumber,
        Self::Number,
        Self::Money,
        Self::Date,
        Self::DateTime,
        Self::YesNo,
        Self::Choice,
        Self::Choices,
        Self::Url,
        Self::Email,
        Self::Phone,
        Self::User,
    ];

    /// Whether the field chooses from a list of its own.
    pub fn has_choices(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }
}

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored; stays when the label changes.
    pub value: String,
    /// What people read.
    pub label: Localized,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldDefinition)]
pub struct Definition {
    /// Names the field in values, filters and files: lower case letters, digits and `_`. Never changes.
    pub key: String,
    /// What people read.
    pub label: Localized,
    /// What it holds. Never changes: values are kept in the form of their type.
    pub kind: FieldKind,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Whether somebody who adds a record by hand must fill it in, and nobody may empty it.
    #[serde(default)]
    pub is_required: bool,
    /// What people should know when they fill it in.
    #[serde(default)]
    pub help: Localized,
    /// The heading that it stands under; empty for none.
    #[serde(default)]
    pub group: Localized,
}

/// Why a value or a definition is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key of the field, or the name of what is wrong with its definition.
    pub field: String,
    /// Stable word for programs.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub message: String,
}

impl Problem {
    fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Whether a text can be the key of a field.
pub fn is_key(text: &str) -> bool {
    text.len() <= KEY_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl Definition {
    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !is_key(&self.key) {
            let message =
                format!("write a key of at most {KEY_CHARS_MAX} lower case letters, digits and _, a letter first");
            problems.push(Problem::new("key", "key", message));
        }
        if self.label.is_empty() {
            problems.push(Problem::new("label", "required", "write a label"));
        }
        let texts = [("label", &self.label, LABEL_CHARS_MAX), ("group", &self.group, LABEL_CHARS_MAX)];
        for (name, text, most) in texts.into_iter().chain([("help", &self.help, HELP_CHARS_MAX)]) {
            if text.chars_max() > most {
                problems.push(Problem::new(name, "too_long", format!("write at most {most} characters")));
            }
        }
        problems.extend(self.choice_problem());
        problems
    }

    fn choice_problem(&self) -> Option<Problem> {
        let problem = |code, message: &str| Some(Problem::new("choices", code, message));
        if !self.kind.has_choices() {
            return if self.choices.is_empty() { None } else { problem("unused", "only choices have a list of them") };
        }
        if self.choices.is_empty() || self.choices.len() > CHOICES_MAX {
            return problem("count", &format!("write 1 to {CHOICES_MAX} choices"));
        }
        let values: BTreeSet<&str> = self.choices.iter().map(|choice| choice.value.as_str()).collect();
        if values.len() < self.choices.len() {
            return problem("repeated", "each choice has a value of its own");
        }
        let is_bad = |choice: &Choice| {
            choice.value.trim() != choice.value
                || choice.value.is_empty()
                || choice.value.chars().any(|c| c.is_control() || c == ',' || c == ';')
                || choice.value.chars().count().max(choice.label.chars_max()) > LABEL_CHARS_MAX
                || choice.label.is_empty()
        };
        if self.choices.iter().any(is_bad) {
            return problem("choice", "each choice has a value without commas and a label, of at most 120 characters");
        }
        None
    }

    /// A value in the one form of its type; none when it says nothing.
    ///
    /// # Errors
    /// A word and a sentence when it cannot stand in this field.
    pub fn normal(&self, value: &Value) -> Result<Option<Value>, Problem> {
        let nothing = match value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if nothing {
            return Ok(None);
        }
        let found = value::normal(self, value);
        // A list of nothing but commas chooses nothing.
        let says_something = |value: &Value| value.as_array().is_none_or(|items| !items.is_empty());
        found
            .map(|value| Some(value).filter(says_something))
            .map_err(|(code, message)| Problem::new(self.key.as_str(), code, message))
    }
}

/// What a record may hold besides the defined fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Open facts, as they come.
    Kept,
    /// Nothing.
    Refused,
}

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// A person adds it: every required field must be there.
    New,
    /// Something of it is changed: a required field cannot be emptied.
    Change,
}

/// The values of a record after a change: `null` removes, what is absent stays.
///
/// # Errors
/// Every problem there is, each with the key of its field.
pub fn checked(
    definitions: &[Definition],
    before: &Map<String, Value>,
    change: &Map<String, Value>,
    others: Others,
    writing: Writing,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut values = before.clone();
    let mut problems = Vec::new();
    for (key, value) in change {
        let definition = definitions.iter().find(|definition| definition.key == *key);
        let normal = match (definition, others) {
            (Some(definition), _) => definition.normal(value),
            (None, Others::Kept) => Ok(Some(value.clone()).filter(|value| !value.is_null())),
            // What is no longer defined may still be taken away.
            (None, Others::Refused) if value.is_null() => Ok(None),
            (None, Others::Refused) => Err(Problem::new(
                key.as_str(),
                "unknown",
                format!("there is no field {key}: define it in the settings"),
            )),
        };
        match normal {
            Ok(Some(value)) => drop(values.insert(key.clone(), value)),
            Ok(None) => drop(values.remove(key)),
            Err(problem) => problems.push(problem),
        }
    }
    for definition in definitions.iter().filter(|definition| definition.is_required) {
        let is_asked = writing == Writing::New || change.contains_key(&definition.key);
        let is_told = problems.iter().any(|problem| problem.field == definition.key);
        if is_asked && !is_told && !values.contains_key(&definition.key) {
            problems.push(Problem::new(definition.key.as_str(), "required", "this field must be filled in"));
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

#[cfg(test)]
mod tests;
