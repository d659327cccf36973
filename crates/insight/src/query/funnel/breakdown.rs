//! Splitting a funnel by the values of properties.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::openapi::{RefOr, Schema, schema::ObjectBuilder, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use super::{FunnelQuery, Order};
use crate::query::names::{read_few, write_few};
use crate::query::{BREAKDOWN_PROPS_MAX, BREAKDOWN_TOP_MAX, QueryError, check_prop_name};

/// Split by the values of an event property, or by those of two together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// The property, or a list of up to two.
    pub prop: BreakdownProps,
    /// Whose value counts when the events of a person carry different ones.
    #[serde(default)]
    pub attribution: Attribution,
    /// How many values the answer shows step by step, biggest first; the others are summed in `rest`.
    /// 25 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
}

/// The property that a funnel is split by, or two. Written as a text or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakdownProps(pub Vec<String>);

impl BreakdownProps {
    /// One property.
    pub fn of(prop: &str) -> Self {
        Self(vec![prop.to_owned()])
    }

    /// The property when there is only one.
    pub fn only(&self) -> Option<&str> {
        match self.0.as_slice() {
            [prop] => Some(prop),
            _ => None,
        }
    }
}

impl Serialize for BreakdownProps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_few(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for BreakdownProps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_few(deserializer, "write the property's name, or a list of up to two").map(Self)
    }
}

impl PartialSchema for BreakdownProps {
    fn schema() -> RefOr<Schema> {
        let name = || ObjectBuilder::new().schema_type(Type::String);
        let list = utoipa::openapi::ArrayBuilder::new().items(name()).max_items(Some(BREAKDOWN_PROPS_MAX));
        utoipa::openapi::OneOfBuilder::new()
            .item(name())
            .item(list)
            .description(Some("A property, or a list of up to two"))
            .into()
    }
}

impl ToSchema for BreakdownProps {
    fn name() -> Cow<'static, str> {
        "BreakdownProps".into()
    }
}

/// Whose value counts: `first_touch`, `last_touch`, `all_events` or `step:N` (N from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attribution {
    /// The first value that is not empty on any step event of the person.
    #[default]
    FirstTouch,
    /// The last value that is not empty on any step event of the person.
    LastTouch,
    /// A person counts in every value with the steps whose events share it.
    AllEvents,
    /// The value of this step's event (0-based); a person may count in several values.
    Step(usize),
}

impl Serialize for Attribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::FirstTouch => serializer.serialize_str("first_touch"),
            Self::LastTouch => serializer.serialize_str("last_touch"),
            Self::AllEvents => serializer.serialize_str("all_events"),
            Self::Step(step) => serializer.collect_str(&format_args!("step:{step}")),
        }
    }
}

impl<'de> Deserialize<'de> for Attribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "first_touch" => Ok(Self::FirstTouch),
            "last_touch" => Ok(Self::LastTouch),
            "all_events" => Ok(Self::AllEvents),
            other => match other.strip_prefix("step:").and_then(|step| step.parse().ok()) {
                Some(step) => Ok(Self::Step(step)),
                None => Err(D::Error::custom(format!(
                    "unknown attribution `{other}`: use first_touch, last_touch, all_events or step:N with N from 0"
                ))),
            },
        }
    }
}

impl PartialSchema for Attribution {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("first_touch, last_touch, all_events or step:N (N from 0)"))
            .pattern(Some("^(first_touch|last_touch|all_events|step:[0-9]+)$"))
            .examples(["first_touch"])
            .into()
    }
}

impl ToSchema for Attribution {
    fn name() -> Cow<'static, str> {
        "Attribution".into()
    }
}

impl FunnelQuery {
    pub(super) fn check_breakdown(&self) -> Result<(), QueryError> {
        let Some(breakdown) = &self.breakdown else { return Ok(()) };
        let props = &breakdown.prop.0;
        if props.is_empty() || props.len() > BREAKDOWN_PROPS_MAX {
            return Err(QueryError::new("breakdown.prop", format!("split by 1 to {BREAKDOWN_PROPS_MAX} properties")));
        }
        props.iter().try_for_each(|prop| check_prop_name("breakdown.prop", prop))?;
        if breakdown.top.is_some_and(|top| !(1..=BREAKDOWN_TOP_MAX).contains(&top)) {
            return Err(QueryError::new("breakdown.top", format!("show 1 to {BREAKDOWN_TOP_MAX} values")));
        }
        let Attribution::Step(step) = breakdown.attribution else { return Ok(()) };
        let steps = self.steps.len();
        if step >= steps {
            let message = format!("the steps are step:0 to step:{}", steps - 1);
            return Err(QueryError::new("breakdown.attribution", message));
        }
        if !self.is_required(step) {
            let message = "the step may be skipped: name one that may not";
            return Err(QueryError::new("breakdown.attribution", message));
        }
        if step > 0 && self.order == Order::Unordered {
            let message = "in any order only the event that starts the attempt has a fixed place: use step:0";
            return Err(QueryError::new("breakdown.attribution", message));
        }
        Ok(())
    }
}
