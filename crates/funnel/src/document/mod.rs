//! The funnel document: the stages that people go through, the channels they come by, the ladder of offers.
//! A marketer can read it and the program runs it. People write it in YAML, the API speaks the same in JSON.
//!
//! A field that is not known is an error that names its path: a misspelt `enters_on` must not become a stage
//! that nobody ever enters.

mod advance;
mod builtin;
mod check;
mod content;
mod either;
mod enters_on;
mod gate;
mod metric;
mod parts;
mod patch;
mod persona;
mod schema;
mod source;
mod stage;
mod target;
mod texts;

use base::{Currency, Locale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channel::Channel;
use crate::localized::Localized;
use crate::page::{Finding, Severity};
use crate::score::Scoring;

pub use advance::advance;
pub use builtin::six_stage;
pub(crate) use builtin::usual_channels;
pub use check::{OWN_EVENTS, check, faults};
pub use content::{Content, ContentKind, Journey, JourneyTouchpoint, Worry};
pub use enters_on::EntersOn;
pub(crate) use enters_on::has;
pub use gate::{ApprovalRule, ConsentRule, EvidenceRule, Gate, OverrideRule, Requirement, Role, Since, ValueKind};
pub use metric::{Cluster, Goal, GoalValue, Metric, Unit};
pub use patch::{Change, Patch, PatchError};
pub use persona::{Demography, Persona};
pub use schema::schema;
pub use source::{Place, Rewritten, locate, rewrite};
pub use stage::{AfterMax, DealEffect, Stage, StageId, Tactic, TimeLimit};
pub use target::{Duration, People, Period, Rate, Target};
pub use texts::texts;

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
    /// What it is for, in a few sentences.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub description: Localized,
    /// The template that it began as.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template: String,
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
    /// For whom it is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<Persona>,
    /// Parts with a goal and an owner of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<Cluster>,
    /// What is hoped for of the funnel as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// The most messages that one person gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Caps>,
    /// How near somebody is to buying; the usual rule when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scoring: Option<Scoring>,
}

/// A step of the ladder of offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// `lead-magnet`, `tripwire`, `core`, `additional`, or a word of one's own.
    pub rung: String,
    /// The address of the offer. Its price stands with the offer.
    pub offer: String,
    /// The stage at which it is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub stage: Option<StageId>,
}

/// The most messages that one person gets, such as `2 per week`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelCaps)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// By mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<People>,
    /// By text message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<People>,
    /// By push notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<People>,
    /// By all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<People>,
}

/// Why a text is not a funnel document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .path.is_empty() { String::new() } else { format!("{}: ", .path) })]
pub struct ReadError {
    /// The place: `stages[2].enters_on`; empty for the document as a whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
    /// Line and column in the text, from 1, where they are known.
    pub place: Option<Place>,
}

impl ReadError {
    fn of<E: std::fmt::Display>(error: serde_path_to_error::Error<E>, place: Option<Place>) -> Self {
        let path = error.path().to_string();
        Self { path: if path == "." { String::new() } else { path }, message: error.into_inner().to_string(), place }
    }

    fn too_large(bytes: usize) -> Result<(), Self> {
        if bytes <= DOCUMENT_BYTES_MAX {
            return Ok(());
        }
        let message = format!("a funnel document has at most {} kB", DOCUMENT_BYTES_MAX / 1024);
        Err(Self { path: String::new(), message, place: None })
    }
}

impl FunnelDoc {
    /// A funnel without stages.
    pub fn new(id: &str, title: Localized, currency: Currency, timezone: &str, locales: Vec<Locale>) -> Self {
        Self {
            id: id.to_owned(),
            title,
            description: Localized::default(),
            template: String::new(),
            currency,
            timezone: timezone.to_owned(),
            locales,
            stages: Vec::new(),
            channels: Vec::new(),
            ladder: Vec::new(),
            personas: Vec::new(),
            clusters: Vec::new(),
            goals: Vec::new(),
            caps: None,
            scoring: None,
        }
    }

    /// Read what a person wrote.
    pub fn from_yaml(text: &str) -> Result<Self, ReadError> {
        ReadError::too_large(text.len())?;
        serde_path_to_error::deserialize(serde_yaml_ng::Deserializer::from_str(text)).map_err(|error| {
            let place = error.inner().location().map(|at| Place { line: at.line(), column: at.column() });
            ReadError::of(error, place)
        })
    }

    /// Read what a program wrote.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        ReadError::too_large(text.len())?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let at = |error: &serde_json::Error| Some(Place { line: error.line(), column: error.column() });
        let doc = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let place = at(error.inner());
            ReadError::of(error, place)
        })?;
        let rest = |error: serde_json::Error| {
            let place = at(&error);
            ReadError { path: String::new(), message: error.to_string(), place }
        };
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

fn error(path: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding { path: path.into(), message: message.into(), severity: Severity::Error }
}

fn advice(path: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding { path: path.into(), message: message.into(), severity: Severity::Advice }
}

#[cfg(test)]
mod grown_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod validator;
