//! What brings somebody into a stage.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};
use utoipa::openapi::{OneOfBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An event, perhaps with properties, perhaps not the first of its kind. Written as the event's name when
/// there is no more to say: `Page Viewed` or `{ event: Order Completed, occurrence: 2 }`.
#[derive(Debug, Clone, PartialEq)]
pub struct EntersOn {
    /// The event's name, Title Case.
    pub event: String,
    /// Properties that the event must have: by name, a value or a list of values of which one must be there.
    /// Read like the `where` of a question to the reports.
    pub conditions: BTreeMap<String, Value>,
    /// The how manieth event of that name it must at least be; 1 is the first.
    pub occurrence: u32,
}

/// The long form, as it is written and described.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LongForm {
    /// The event's name, Title Case.
    event: String,
    /// Properties that the event must have: by name, a value or a list of values of which one must be there.
    #[serde(rename = "where", default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    conditions: BTreeMap<String, Value>,
    /// The how manieth event of that name it must at least be; 1 is the first.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
}

fn first() -> u32 {
    1
}

fn is_first(occurrence: &u32) -> bool {
    *occurrence == 1
}

impl From<&str> for EntersOn {
    fn from(event: &str) -> Self {
        Self { event: event.to_owned(), conditions: BTreeMap::new(), occurrence: 1 }
    }
}

impl EntersOn {
    /// Whether an event brings somebody in: `occurrence` tells the how manieth of its name it is.
    pub fn is_met(&self, event: &str, props: &Map<String, Value>, occurrence: u32) -> bool {
        self.event == event && occurrence >= self.occurrence && Self::has_all(&self.conditions, props)
    }

    /// Whether an event has all the properties that are asked for.
    pub(crate) fn has_all(conditions: &BTreeMap<String, Value>, props: &Map<String, Value>) -> bool {
        conditions.iter().all(|(name, wanted)| has(props.get(name), wanted))
    }
}

/// Whether a value is what is wanted, or one of a list of what is wanted.
pub(crate) fn has(value: Option<&Value>, wanted: &Value) -> bool {
    match wanted {
        Value::Array(list) => list.iter().any(|wanted| is_equal(value, wanted)),
        one => is_equal(value, one),
    }
}

/// As the reports compare: a number equals a text that reads as that number; nothing equals the empty text.
fn is_equal(value: Option<&Value>, wanted: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match (value, number(wanted)) {
        (Some(Value::Number(have)), Some(wanted)) => have.as_f64() == Some(wanted),
        _ => text(value) == text(Some(wanted)),
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

impl Serialize for EntersOn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.conditions.is_empty() && self.occurrence == 1 {
            return serializer.serialize_str(&self.event);
        }
        let Self { event, conditions, occurrence } = self.clone();
        LongForm { event, conditions, occurrence }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EntersOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not an untagged enum: that would lose which of the fields is wrong.
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = EntersOn;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an event, or { event, where, occurrence }")
            }

            fn visit_str<E>(self, event: &str) -> Result<EntersOn, E> {
                Ok(EntersOn::from(event))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EntersOn, A::Error> {
                let LongForm { event, conditions, occurrence } =
                    LongForm::deserialize(MapAccessDeserializer::new(map))?;
                Ok(EntersOn { event, conditions, occurrence })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl PartialSchema for EntersOn {
    fn schema() -> RefOr<Schema> {
        let either = OneOfBuilder::new()
            .item(String::schema())
            .item(LongForm::schema())
            .description(Some("The name of an event, or an event with conditions"))
            .build();
        RefOr::T(Schema::OneOf(either))
    }
}

impl ToSchema for EntersOn {
    fn name() -> std::borrow::Cow<'static, str> {
        "EntersOn".into()
    }
}
