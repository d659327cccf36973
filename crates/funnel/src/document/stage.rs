//! One stage: what brings somebody in, what is done there, and what must be so before they come.

use base::Locale;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Content, Duration, EntersOn, Gate, Goal, Journey, Metric, Target};
use crate::localized::Localized;

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
    /// What it is for.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub purpose: Localized,
    /// What brings somebody in.
    pub enters_on: EntersOn,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// What is hoped for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What is measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// What is hoped for of single measures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// What is done to bring people on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tactics: Vec<Tactic>,
    /// What people get for doing what is wished.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub reward: Localized,
    /// What people see and read there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
    /// How the stage looks from their side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<Journey>,
    /// How long they should stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeLimit>,
    /// What must be so before a deal comes in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// The earlier stage that they bring others to, or come back to: what makes a flywheel of the funnel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub loops_to: Option<StageId>,
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

/// Something that is done at a stage to bring people on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StageTactic)]
#[serde(deny_unknown_fields)]
pub struct Tactic {
    /// What is done.
    pub text: Localized,
    /// Who does it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The channel that it is done in, by id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
}

/// How long a deal should stand in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StageTimeLimit)]
#[serde(deny_unknown_fields)]
pub struct TimeLimit {
    /// It goes on no sooner, and cannot jump over the stage: a period of reflection, of the law or of good sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Duration>,
    /// Then it is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Duration>,
    /// What follows when it is overdue.
    #[serde(default, skip_serializing_if = "AfterMax::is_told")]
    pub after_max: AfterMax,
}

/// What follows when a deal is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StageAfterMax)]
#[serde(rename_all = "snake_case")]
pub enum AfterMax {
    /// The board marks it.
    #[default]
    Tell,
    /// It does not go on by itself any more: somebody must let it, or close it.
    Block,
}

impl AfterMax {
    fn is_told(&self) -> bool {
        *self == Self::Tell
    }
}

impl Stage {
    /// A stage with nothing but its id and what brings somebody in.
    pub fn new(id: &str, enters_on: EntersOn) -> Self {
        Self {
            id: id.into(),
            name: Localized::default(),
            purpose: Localized::default(),
            enters_on,
            owner: String::new(),
            target: None,
            metrics: Vec::new(),
            goals: Vec::new(),
            tactics: Vec::new(),
            reward: Localized::default(),
            content: Vec::new(),
            journey: None,
            time: None,
            gate: None,
            loops_to: None,
            hue: None,
            deal: None,
        }
    }

    /// Its name for a reader.
    pub fn name(&self, locale: &Locale) -> &str {
        let name = self.name.get(locale);
        if name.trim().is_empty() { self.id.as_str() } else { name }
    }
}
