//! Personas: for whom a funnel is made.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::FunnelDoc;
use crate::condition::{Condition, Explained, Subject};
use crate::localized::Localized;

/// A kind of buyer.
///
/// Earlier versions took anything here. So what does not fit is kept as written in `more`, and [`super::check`] names
/// it: such a document goes on being read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Persona {
    /// What rules and content call it: small letters, digits, hyphens.
    pub id: String,
    /// Who it is in a few words.
    pub name: Localized,
    /// Age, place and the like.
    pub demography: Option<Demography>,
    /// Values, interests, way of life.
    pub psychography: Vec<Localized>,
    /// What hurts.
    pub pains: Vec<Localized>,
    /// What is wished for.
    pub goals: Vec<Localized>,
    /// How they find, compare and decide.
    pub buying: Vec<Localized>,
    /// Who belongs to it.
    pub rule: Option<Condition>,
    /// What no field takes.
    pub more: Map<String, Value>,
}

/// Age, place and the like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = PersonaDemography)]
#[serde(deny_unknown_fields)]
pub struct Demography {
    /// The youngest, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_min: Option<u8>,
    /// The oldest, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_max: Option<u8>,
    /// Women, men, all.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub gender: Localized,
    /// Where they live.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub place: Localized,
    /// What they do for a living.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub occupation: Localized,
    /// What they earn.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub income: Localized,
    /// What they learned.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub education: Localized,
    /// With whom they live.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub household: Localized,
    /// The company that they buy for: trade, size.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub company: Localized,
}

/// A persona as it is written and described.
#[derive(Serialize, ToSchema)]
struct WrittenPersona {
    /// What rules and content call it: small letters, digits, hyphens.
    id: Option<String>,
    /// Who it is in a few words.
    name: Option<Localized>,
    /// Age, place and the like.
    demography: Option<Demography>,
    /// Values, interests, way of life.
    psychography: Option<Vec<Localized>>,
    /// What hurts.
    pains: Option<Vec<Localized>>,
    /// What is wished for.
    goals: Option<Vec<Localized>>,
    /// How they find, compare and decide.
    buying: Option<Vec<Localized>>,
    /// Who belongs to it.
    rule: Option<Condition>,
}

/// The fields of a persona.
pub(super) const FIELDS: [&str; 8] = ["id", "name", "demography", "psychography", "pains", "goals", "buying", "rule"];

impl Persona {
    /// Why a field of the persona is in `more`: none when no field has that name.
    pub(super) fn misfit(name: &str, value: &Value) -> Option<String> {
        FIELDS.contains(&name).then(|| {
            let mut one = Self::default();
            one.take(name, value.clone()).err().map(|error| error.to_string()).unwrap_or_default()
        })
    }

    /// Whether somebody belongs to it, and why; none when it has no rule.
    pub fn explain(&self, subject: &Subject<'_>) -> Option<Explained> {
        self.rule.as_ref().map(|rule| rule.explain(subject))
    }

    fn take(&mut self, name: &str, value: Value) -> Result<(), serde_json::Error> {
        match name {
            "id" => self.id = serde_json::from_value(value)?,
            "name" => self.name = serde_json::from_value(value)?,
            "demography" => self.demography = serde_json::from_value(value)?,
            "psychography" => self.psychography = serde_json::from_value(value)?,
            "pains" => self.pains = serde_json::from_value(value)?,
            "goals" => self.goals = serde_json::from_value(value)?,
            "buying" => self.buying = serde_json::from_value(value)?,
            "rule" => self.rule = serde_json::from_value(value)?,
            _ => {
                self.more.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }
}

impl FunnelDoc {
    /// The personas that somebody belongs to, in the order of the document.
    pub fn personas_of(&self, subject: &Subject<'_>) -> impl Iterator<Item = &Persona> {
        self.personas.iter().filter(|persona| persona.rule.as_ref().is_some_and(|rule| rule.is_met(subject)))
    }
}

impl<'de> Deserialize<'de> for Persona {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut persona = Self::default();
        for (name, value) in Map::<String, Value>::deserialize(deserializer)? {
            if persona.take(&name, value.clone()).is_err() {
                persona.more.insert(name, value);
            }
        }
        Ok(persona)
    }
}

impl Serialize for Persona {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        if !self.id.is_empty() {
            map.serialize_entry("id", &self.id)?;
        }
        if !self.name.is_empty() {
            map.serialize_entry("name", &self.name)?;
        }
        if let Some(demography) = &self.demography {
            map.serialize_entry("demography", demography)?;
        }
        let lists = [
            ("psychography", &self.psychography),
            ("pains", &self.pains),
            ("goals", &self.goals),
            ("buying", &self.buying),
        ];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            map.serialize_entry(name, list)?;
        }
        if let Some(rule) = &self.rule {
            map.serialize_entry("rule", rule)?;
        }
        for (name, value) in &self.more {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl utoipa::PartialSchema for Persona {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        WrittenPersona::schema()
    }
}

impl ToSchema for Persona {
    fn name() -> std::borrow::Cow<'static, str> {
        "FunnelPersona".into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        WrittenPersona::schemas(schemas);
    }
}
