//! The funnel document: the stages that people go through, the channels they come by, the ladder of offers.
//! A marketer can read it and the program runs it. People write it in YAML, the API speaks the same in JSON.
//!
//! A field that is not known is an error that names its path: a misspelt `enters_on` must not become a stage
//! that nobody ever enters.

mod advance;
mod builtin;
mod check;
mod enters_on;
mod target;

use base::{Currency, Locale};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::channel::Channel;
use crate::localized::Localized;
use crate::page::{Finding, Severity};

pub use advance::advance;
pub use builtin::six_stage;
pub use check::{OWN_EVENTS, check};
pub use enters_on::EntersOn;
pub use target::{Duration, People, Period, Rate, Target};

/// Bytes of one document in YAML or JSON.
pub const DOCUMENT_BYTES_MAX: usize = 256 * 1024;
/// Stages of one funnel; fewer than [`STAGES_MIN`] are no funnel.
pub const STAGES_MAX: usize = 20;
/// See [`STAGES_MAX`].
pub const STAGES_MIN: usize = 2;
/// Rungs of the ladder.
pub const RUNGS_MAX: usize = 20;
/// Personas of one funnel.
pub const PERSONAS_MAX: usize = 50;
/// Languages of one funnel.
pub const LOCALES_MAX: usize = 20;
/// Bytes of an id.
pub const ID_BYTES_MAX: usize = 60;
/// Characters of a title or name.
pub const NAME_CHARS_MAX: usize = 80;
/// Hues of the stage palette; a stage without one takes its place in the order.
pub const HUES: u8 = 10;

/// A funnel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelDoc {
    /// What addresses and reports call it: small letters, digits, hyphens. Never changes.
    #[serde(alias = "funnel")]
    pub id: String,
    /// What people call it.
    pub title: Localized,
    /// What its values count in.
    pub currency: Currency,
    /// IANA name of the zone its days begin in.
    pub timezone: String,
    /// The languages it speaks, the first one when nothing else is known.
    pub locales: Vec<Locale>,
    /// From the first touch to the last, in order.
    pub stages: Vec<Stage>,
    /// The ways by which people come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// From the free gift to the dearest offer, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<Rung>,
    /// For whom it is made. Kept as written; nothing is done with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub personas: Vec<Map<String, Value>>,
}

/// The id of a stage inside its funnel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageId(pub String);

impl StageId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StageId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for StageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What events and reports call it: small letters, digits, hyphens.
    #[schema(value_type = String)]
    pub id: StageId,
    /// What people call it; the id when empty.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub name: Localized,
    /// What brings somebody in.
    pub enters_on: EntersOn,
    /// What is hoped for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Its colour in every picture: a place in the stage palette, 0 to 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hue: Option<u8>,
    /// What entering it does to a deal. When no stage says it, the first `Lead Captured` opens a deal and
    /// `Order Completed` wins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<DealEffect>,
}

/// What entering a stage does to the deal of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealEffect {
    /// Opens one when none is open.
    Opens,
    /// Wins the open one.
    Wins,
}

/// A step of the ladder of offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// `lead-magnet`, `tripwire`, `core`, `additional`, or a word of one's own.
    pub rung: String,
    /// The address of the offer. Its price stands with the offer.
    pub offer: String,
}

/// Why a text is not a funnel document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .path.is_empty() { String::new() } else { format!("{}: ", .path) })]
pub struct ReadError {
    /// The place: `stages[2].enters_on`; empty for the document as a whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl ReadError {
    fn of<E: std::fmt::Display>(error: serde_path_to_error::Error<E>) -> Self {
        let path = error.path().to_string();
        Self { path: if path == "." { String::new() } else { path }, message: error.into_inner().to_string() }
    }

    fn too_large(bytes: usize) -> Result<(), Self> {
        if bytes <= DOCUMENT_BYTES_MAX {
            return Ok(());
        }
        let message = format!("a funnel document has at most {} kB", DOCUMENT_BYTES_MAX / 1024);
        Err(Self { path: String::new(), message })
    }
}

impl FunnelDoc {
    /// Read what a person wrote.
    pub fn from_yaml(text: &str) -> Result<Self, ReadError> {
        ReadError::too_large(text.len())?;
        serde_path_to_error::deserialize(serde_yaml_ng::Deserializer::from_str(text)).map_err(ReadError::of)
    }

    /// Read what a program wrote.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        ReadError::too_large(text.len())?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let doc = serde_path_to_error::deserialize(&mut reader).map_err(ReadError::of)?;
        let rest = |error: serde_json::Error| ReadError { path: String::new(), message: error.to_string() };
        reader.end().map_err(rest)?;
        Ok(doc)
    }

    /// As a person reads it.
    pub fn to_yaml(&self) -> String {
        // Texts, lists and maps with text keys: nothing that YAML cannot write.
        serde_yaml_ng::to_string(self).unwrap_or_default()
    }

    /// The place of a stage, from 0.
    pub fn stage_index(&self, id: &StageId) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == *id)
    }

    /// The stage of that id.
    pub fn stage(&self, id: &StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *id)
    }

    /// Whether entering a stage opens a deal: as the document marks it, else as `Lead Captured` does.
    pub fn opens_deal(&self, stage: &Stage) -> bool {
        if self.stages.iter().any(|stage| stage.deal == Some(DealEffect::Opens)) {
            return stage.deal == Some(DealEffect::Opens);
        }
        stage.enters_on.event == "Lead Captured"
    }

    /// Whether an event with that outcome wins the deal: it is a completed order, or enters a stage that the
    /// document marks as won.
    pub fn wins_deal(&self, event: &str, entered: Option<&StageId>) -> bool {
        event == "Order Completed"
            || entered.and_then(|id| self.stage(id)).is_some_and(|stage| stage.deal == Some(DealEffect::Wins))
    }

    /// The highest occurrence of an event that any stage asks for; 0 when no stage enters on it.
    pub fn occurrence_max(&self, event: &str) -> u32 {
        let asked = self.stages.iter().filter(|stage| stage.enters_on.event == event);
        asked.map(|stage| stage.enters_on.occurrence).max().unwrap_or(0)
    }
}

impl Stage {
    /// Its name for a reader.
    pub fn name(&self, locale: &Locale) -> &str {
        let name = self.name.get(locale);
        if name.trim().is_empty() { self.id.as_str() } else { name }
    }
}

fn error(path: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding { path: path.into(), message: message.into(), severity: Severity::Error }
}

fn advice(path: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding { path: path.into(), message: message.into(), severity: Severity::Advice }
}

#[cfg(test)]
mod tests;
