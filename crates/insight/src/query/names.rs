//! Names of events in a question.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::openapi::{RefOr, Schema, schema::ObjectBuilder, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use super::{QueryError, STEP_EVENTS_MAX, check_event_name};

/// One event name, or several of which any will do. Written as a text or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNames(pub Vec<String>);

/// Write a single text as a text, and several as a list.
pub(super) fn write_few<S: Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match texts {
        [text] => text.serialize(serializer),
        texts => texts.serialize(serializer),
    }
}

/// Read a text or a list of texts; `otherwise` is said of anything else.
pub(super) fn read_few<'de, D: Deserializer<'de>>(deserializer: D, otherwise: &str) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(String),
        Many(Vec<String>),
    }
    match Either::deserialize(deserializer) {
        Ok(Either::One(text)) => Ok(vec![text]),
        Ok(Either::Many(texts)) => Ok(texts),
        Err(_) => Err(D::Error::custom(otherwise)),
    }
}

impl Serialize for EventNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_few(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for EventNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_few(deserializer, "write the event's name, or a list of names of which any will do").map(Self)
    }
}

impl PartialSchema for EventNames {
    fn schema() -> RefOr<Schema> {
        let name = || ObjectBuilder::new().schema_type(Type::String);
        let list = utoipa::openapi::ArrayBuilder::new().items(name());
        utoipa::openapi::OneOfBuilder::new()
            .item(name())
            .item(list)
            .description(Some("An event name, or several of which any will do"))
            .into()
    }
}

impl ToSchema for EventNames {
    fn name() -> Cow<'static, str> {
        "EventNames".into()
    }
}

impl EventNames {
    pub(super) fn check(&self, path: &str) -> Result<(), QueryError> {
        if self.0.is_empty() || self.0.len() > STEP_EVENTS_MAX {
            return Err(QueryError::new(path, format!("name 1 to {STEP_EVENTS_MAX} events")));
        }
        self.0.iter().try_for_each(|name| check_event_name(path, name))
    }
}
