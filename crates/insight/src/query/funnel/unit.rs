//! What a funnel counts, which attempts it lets begin, and what else it measures of them.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::openapi::{RefOr, Schema, schema::ObjectBuilder, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use super::{FunnelQuery, Order};
use crate::query::period::{check_buckets, check_zone, utc};
use crate::query::{Interval, QueryError, check_prop_name};

/// With which events of the first step an attempt may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelEntry)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// With any.
    #[default]
    Any,
    /// With the first that the person ever did, also looking before `from`, and only if it lies in the period:
    /// old hands do not enter. Not where the order is `unordered`.
    FirstEver,
}

/// What is counted: `"people"`, `"totals"`, `"sessions"` or `{"prop": "deal"}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Count {
    /// People: of all attempts of a person the best.
    #[default]
    People,
    /// Attempts: every event of the first step begins one, unless one that is going on takes it for a later step.
    Totals,
    /// Sessions: of all attempts within a session the best.
    Sessions,
    /// Values of a property (a deal, an order) within a person: of all attempts with that value the best.
    Prop(String),
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::People => serializer.serialize_str("people"),
            Self::Totals => serializer.serialize_str("totals"),
            Self::Sessions => serializer.serialize_str("sessions"),
            Self::Prop(prop) => serializer.collect_map([("prop", prop)]),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Word(String),
            Of(ValueOf),
        }
        match Either::deserialize(deserializer) {
            Ok(Either::Word(word)) if word == "people" => Ok(Self::People),
            Ok(Either::Word(word)) if word == "totals" => Ok(Self::Totals),
            Ok(Either::Word(word)) if word == "sessions" => Ok(Self::Sessions),
            Ok(Either::Of(of)) => Ok(Self::Prop(of.prop)),
            _ => Err(D::Error::custom("count `people`, `totals`, `sessions` or {\"prop\": \"deal\"}")),
        }
    }
}

impl PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        let prop = ObjectBuilder::new()
            .property("prop", ObjectBuilder::new().schema_type(Type::String))
            .required("prop")
            .description(Some("Values of a property within a person: each is a unit whose steps must share it"));
        let words = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["people", "totals", "sessions"]))
            .description(Some(
                "people: the best attempt of each; totals: every attempt that an event of the first step begins; \
                 sessions: the best attempt of each session, which 30 minutes without an event end",
            ));
        utoipa::openapi::OneOfBuilder::new().item(words).item(prop).into()
    }
}

impl ToSchema for Count {
    fn name() -> Cow<'static, str> {
        "FunnelCount".into()
    }
}

/// A property that holds a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueOf {
    /// The property. What is no number in it counts nothing.
    pub prop: String,
}

/// Conversion over time, by when people entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelTrend {
    /// Length of a period.
    #[serde(default)]
    pub interval: Interval,
    /// IANA zone in which days, weeks and months begin; UTC when left out.
    #[serde(default = "utc")]
    pub time_zone: String,
}

impl FunnelQuery {
    pub(super) fn check_units(&self) -> Result<(), QueryError> {
        let fail = |field: &str, message: &str| Err(QueryError::new(field, message));
        if self.entry == Entry::FirstEver && self.order == Order::Unordered {
            return fail("entry", "in any order no step is the first: use `any`");
        }
        if self.count == Count::Totals && self.order != Order::Ordered {
            return fail("count", "totals are counted only where `order` is `ordered`");
        }
        if let Count::Prop(prop) = &self.count {
            check_prop_name("count.prop", prop)?;
        }
        let Some(value) = &self.value else { return Ok(()) };
        if self.order == Order::Unordered {
            return fail("value", "in any order no step has an event of its own: leave it out");
        }
        check_prop_name("value.prop", &value.prop)
    }

    pub(super) fn check_curves(&self) -> Result<(), QueryError> {
        if self.survival && self.steps.len() < 2 {
            return Err(QueryError::new("survival", "a funnel of one step has no way to go: give two or more"));
        }
        let Some(trend) = &self.trend else { return Ok(()) };
        check_zone(&trend.time_zone).map_err(|error| QueryError::new("trend.time_zone", error.message))?;
        let (Some(from), Some(to)) = (self.from, self.to) else {
            let field = if self.from.is_none() { "from" } else { "to" };
            return Err(QueryError::new(field, "`trend` needs `from` and `to`"));
        };
        check_buckets(from, to, trend.interval, &trend.time_zone)
            .map_err(|error| QueryError::new("trend.interval", error.message))
    }
}
