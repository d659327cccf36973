//! Conditions on event properties: `{"channel": "newsletter", "amount": {"op": "gte", "value": 100}}`.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{AdditionalProperties, ObjectBuilder},
};
use utoipa::{PartialSchema, ToSchema};

use super::{
    CONDITIONS_MAX, FILTER_PROPS_MAX, FILTER_VALUES_MAX, QueryError, REGEX_BYTES_MAX, REGEXES_MAX, TEXT_BYTES_MAX,
};
use crate::moment::Moment;

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// The same value. A number and its text are the same: a CSV import may have kept either.
    Eq,
    /// Another value, or none.
    Neq,
    /// One of the values listed.
    In,
    /// None of the values listed; also holds where the property is absent.
    NotIn,
    /// The text contains this one, letter case aside.
    Contains,
    /// The text does not contain this one; also holds where the property is absent.
    NotContains,
    /// Greater. Numbers by size, other texts by their characters (which puts RFC 3339 dates in order).
    Gt,
    /// Greater or the same.
    Gte,
    /// Less.
    Lt,
    /// Less or the same.
    Lte,
    /// The text has a part that the regular expression matches (write `^` and `$` for all of it), in the
    /// syntax of Rust's regex crate; numbers are read as texts.
    Regex,
    /// The text has no such part; also holds where the property is absent.
    NotRegex,
    /// Earlier than this date or time. Both may be RFC 3339, a date (that whole day in UTC), a time without an
    /// offset (UTC) or milliseconds since 1970; what is none of these is neither before nor after.
    Before,
    /// Later than this date or time; where it is a date, after the end of that day.
    After,
    /// Present, and neither null nor an empty text.
    Set,
    /// Absent, null, or an empty text.
    NotSet,
}

impl Op {
    /// Every operator, for messages.
    pub const NAMES: &'static str = "eq, neq, in, not_in, contains, not_contains, gt, gte, lt, lte, regex, not_regex, \
        before, after, set, not_set";

    fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }

    pub(crate) fn is_regex(self) -> bool {
        matches!(self, Self::Regex | Self::NotRegex)
    }

    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::Before | Self::After)
    }

    fn takes_nothing(self) -> bool {
        matches!(self, Self::Set | Self::NotSet)
    }
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// true or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text. The empty text stands for "no value".
    Text(String),
}

impl Scalar {
    /// The date or time that it says.
    pub(crate) fn moment(&self) -> Option<Moment> {
        match self {
            Self::Number(ms) => Moment::of_number(*ms),
            Self::Text(text) => Moment::of_text(text),
            Self::Bool(_) => None,
        }
    }
}

/// A regular expression made ready, within limits; its own words where it is none.
pub(crate) fn regex_of(text: &str) -> Result<Regex, String> {
    let made = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).build();
    made.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large: repeat less, or shorten it".to_owned(),
        error => {
            let text = error.to_string();
            // The lines before point at the place with spaces, which a message of one line cannot show.
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("not a regular expression: {reason}")
        }
    })
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// One comparison: `{"op": "gte", "value": 100}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// How to compare.
    pub op: Op,
    /// With what: nothing for `set` and `not_set`, any number of values for `in` and `not_in`, else one.
    #[serde(rename = "value", serialize_with = "value_or_list")]
    pub values: Vec<Scalar>,
}

fn value_or_list<S: serde::Serializer>(values: &[Scalar], serializer: S) -> Result<S::Ok, S::Error> {
    match values {
        [] => serializer.serialize_none(),
        [value] => value.serialize(serializer),
        values => values.serialize(serializer),
    }
}

/// All conditions that an event must meet, by property. Written short as `{"prop": value}` for equality,
/// `{"prop": [a, b]}` for one of several, `{"prop": {"op": .., "value": ..}}` for any operator and
/// `{"prop": [{"op": ..}, {"op": ..}]}` where several must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Filter(pub BTreeMap<String, Vec<Condition>>);

impl Filter {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn check(&self, path: &str) -> Result<(), QueryError> {
        if self.0.len() > FILTER_PROPS_MAX {
            return Err(QueryError::new(
                path,
                format!("at most {FILTER_PROPS_MAX} properties can be filtered at once"),
            ));
        }
        let conditions = || self.0.values().flatten();
        if conditions().filter(|condition| condition.op.is_regex()).count() > REGEXES_MAX {
            return Err(QueryError::new(path, format!("at most {REGEXES_MAX} regular expressions in one filter")));
        }
        for (prop, conditions) in &self.0 {
            let path = format!("{path}.{prop}");
            if prop.is_empty() || prop.len() > TEXT_BYTES_MAX {
                return Err(QueryError::new(path, format!("a property name has 1 to {TEXT_BYTES_MAX} bytes")));
            }
            if conditions.len() > CONDITIONS_MAX {
                return Err(QueryError::new(path, format!("at most {CONDITIONS_MAX} conditions on one property")));
            }
            for condition in conditions {
                condition.check(&path)?;
            }
        }
        Ok(())
    }
}

impl Condition {
    fn check(&self, path: &str) -> Result<(), QueryError> {
        let fail = |message: String| Err(QueryError::new(path, message));
        if self.values.len() > FILTER_VALUES_MAX {
            return fail(format!("at most {FILTER_VALUES_MAX} values can be listed"));
        }
        for value in &self.values {
            match value {
                Scalar::Text(text) if text.len() > TEXT_BYTES_MAX => {
                    return fail(format!("a value has at most {TEXT_BYTES_MAX} bytes"));
                }
                Scalar::Number(number) if !number.is_finite() => return fail("give a finite number".to_owned()),
                _ => {}
            }
        }
        match (self.op, self.values.len()) {
            (op, n) if op.takes_nothing() && n > 0 => {
                fail("`set` and `not_set` take no value: leave it out".to_owned())
            }
            (op, 0) if op.takes_list() => fail("list at least one value".to_owned()),
            (op, n) if !op.takes_nothing() && !op.takes_list() && n != 1 => {
                fail("give one `value` to compare with".to_owned())
            }
            _ => self.check_kind(path),
        }
    }

    /// Whether the value is of the kind that the operator compares with.
    fn check_kind(&self, path: &str) -> Result<(), QueryError> {
        let fail = |message: &str| Err(QueryError::new(path, message));
        match self.values.first() {
            Some(Scalar::Text(text)) if self.op.is_regex() => {
                regex_of(text).map(drop).map_err(|message| QueryError::new(path, message))
            }
            _ if self.op.is_regex() => fail("write the regular expression as a text"),
            Some(value) if self.op.is_time() && value.moment().is_none() => {
                fail("write a date (2026-01-31), a time (2026-01-31T10:00:00Z) or milliseconds since 1970")
            }
            _ => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
        let mut filter = BTreeMap::new();
        for (prop, value) in raw {
            let conditions = conditions_of(value).map_err(|why| de::Error::custom(format!("`{prop}`: {why}")))?;
            filter.insert(prop, conditions);
        }
        Ok(Self(filter))
    }
}

fn conditions_of(value: serde_json::Value) -> Result<Vec<Condition>, Cow<'static, str>> {
    use serde_json::Value as Json;
    match value {
        Json::Object(_) => Ok(vec![condition_of(value)?]),
        Json::Array(list) if list.iter().any(Json::is_object) => list.into_iter().map(condition_of).collect(),
        Json::Array(list) => Ok(vec![Condition { op: Op::In, values: scalars_of(list)? }]),
        Json::Null => Ok(vec![Condition { op: Op::NotSet, values: Vec::new() }]),
        value => Ok(vec![Condition { op: Op::Eq, values: scalars_of(vec![value])? }]),
    }
}

fn condition_of(value: serde_json::Value) -> Result<Condition, Cow<'static, str>> {
    use serde_json::Value as Json;
    let Json::Object(mut object) = value else {
        return Err("write every condition of a list as {\"op\": .., \"value\": ..}".into());
    };
    let op = object.remove("op").ok_or("a condition needs an `op`: {\"op\": \"gte\", \"value\": 100}")?;
    let op: Op =
        serde_json::from_value(op.clone()).map_err(|_| format!("unknown op {op}: use one of {}", Op::NAMES))?;
    let values = match object.remove("value") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(list)) => scalars_of(list)?,
        Some(value) => scalars_of(vec![value])?,
    };
    match object.keys().next() {
        Some(key) => Err(format!("unknown field `{key}`, expected `op` and `value`").into()),
        None => Ok(Condition { op, values }),
    }
}

fn scalars_of(list: Vec<serde_json::Value>) -> Result<Vec<Scalar>, Cow<'static, str>> {
    list.into_iter()
        .map(|value| serde_json::from_value(value).map_err(|_| "compare with a text, a number, true or false".into()))
        .collect()
}

impl PartialSchema for Filter {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some(
                "Conditions by event property: `{\"prop\": value}` (equal), `{\"prop\": [a, b]}` (one of), \
                 `{\"prop\": {\"op\": \"gte\", \"value\": 100}}`. Operators: eq, neq, in, not_in, contains, \
                 not_contains, gt, gte, lt, lte, regex, not_regex, before, after, set, not_set.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .examples([serde_json::json!({"channel": "newsletter", "amount": {"op": "gte", "value": 100}})])
            .build()
            .into()
    }
}

impl ToSchema for Filter {
    fn name() -> Cow<'static, str> {
        "PropertyFilter".into()
    }
}
