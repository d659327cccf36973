//! The time between two steps as a histogram.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::openapi::{RefOr, Schema, schema::ObjectBuilder, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use super::FunnelQuery;
use crate::query::{BINS_MAX, QueryError};

/// The histogram asked for: `"histogram"` for the first to the last step, or the span in detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TimeToConvert {
    /// `"histogram"`.
    Whole(WholeHistogram),
    /// Between two steps.
    Span(TimeToConvertSpan),
}

/// The word `histogram`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WholeHistogram {
    /// From the first step to the last.
    Histogram,
}

/// A histogram of the time between two steps, over the people who reached the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeToConvertSpan {
    /// From this step (0-based); the first when left out.
    #[serde(default)]
    pub from_step: usize,
    /// To this step (0-based); the last when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_step: Option<usize>,
    /// How many bars; `"auto"` when left out.
    #[serde(default)]
    pub bins: Bins,
}

/// How many bars a histogram has: `"auto"` (the cube root of the number of people, rounded up) or 1 to 90.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bins {
    /// ceil(cbrt(people)).
    #[default]
    Auto,
    /// So many.
    Count(u32),
}

impl Serialize for Bins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Count(count) => serializer.serialize_u32(*count),
        }
    }
}

impl<'de> Deserialize<'de> for Bins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) if text == "auto" => Ok(Self::Auto),
            serde_json::Value::Number(number) => match number.as_u64() {
                Some(count @ 1..) if count <= u64::from(BINS_MAX) => {
                    Ok(Self::Count(u32::try_from(count).unwrap_or(BINS_MAX)))
                }
                _ => Err(D::Error::custom(format!("bins must be \"auto\" or 1 to {BINS_MAX}"))),
            },
            _ => Err(D::Error::custom(format!("bins must be \"auto\" or 1 to {BINS_MAX}"))),
        }
    }
}

impl PartialSchema for Bins {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["auto"])))
            .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(BINS_MAX)))
            .into()
    }
}

impl ToSchema for Bins {
    fn name() -> Cow<'static, str> {
        "HistogramBins".into()
    }
}

impl<'de> Deserialize<'de> for TimeToConvert {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) if text == "histogram" => Ok(Self::Whole(WholeHistogram::Histogram)),
            value @ serde_json::Value::Object(_) => {
                serde_json::from_value(value).map(Self::Span).map_err(D::Error::custom)
            }
            _ => {
                Err(D::Error::custom("write \"histogram\", or {\"from_step\": 0, \"to_step\": 1, \"bins\": \"auto\"}"))
            }
        }
    }
}

impl TimeToConvert {
    /// From and to which step (0-based), with how many bars, in a funnel of so many steps.
    pub fn span(&self, steps: usize) -> (usize, usize, Bins) {
        let last = steps.saturating_sub(1);
        match self {
            Self::Whole(_) => (0, last, Bins::Auto),
            Self::Span(span) => (span.from_step, span.to_step.unwrap_or(last), span.bins),
        }
    }
}

impl FunnelQuery {
    pub(super) fn check_histogram(&self) -> Result<(), QueryError> {
        let Some(wanted) = &self.time_to_convert else { return Ok(()) };
        let last = self.steps.len() - 1;
        let (from, to, _) = wanted.span(self.steps.len());
        if to > last {
            return Err(QueryError::new("time_to_convert.to_step", format!("the last step is {last} (from 0)")));
        }
        if from >= to {
            return Err(QueryError::new("time_to_convert.from_step", "must be less than `to_step`"));
        }
        Ok(())
    }
}
