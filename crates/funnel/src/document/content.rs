//! What people see and read at a stage, by reference, and how the stage looks from their side.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channel::Touchpoint;
use crate::localized::Localized;

/// A page, offer, message or the like that belongs to a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StageContent)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// What it is.
    pub kind: ContentKind,
    /// The address of the page or offer, the id of the message or automation. Empty: it is still to be made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub title: Localized,
    /// For whom it is, by the ids of personas; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<String>,
    /// Who keeps it true.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The day by which somebody looks whether it is still true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub review_by: Option<jiff::civil::Date>,
}

/// What a piece of content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = StageContentKind)]
#[serde(rename_all = "snake_case")]
pub enum ContentKind {
    /// A page of the site.
    Page,
    /// Something sold.
    Offer,
    /// What people give their address for.
    Magnet,
    /// A mail or text message.
    Message,
    /// A series that runs by itself.
    Automation,
    /// An ad.
    Ad,
    /// An article or post.
    Article,
    /// A film.
    Video,
    /// A webinar or event.
    Event,
    /// What a salesperson says.
    Script,
    /// A proposal, contract or price list.
    Paper,
}

/// A stage seen from the side of those who stand there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StageJourney)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// Where they meet the company.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touchpoints: Vec<JourneyTouchpoint>,
    /// What they look for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks_for: Vec<Localized>,
    /// What makes them doubt, and what answers it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worries: Vec<Worry>,
    /// What moves them on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motivators: Vec<Localized>,
}

/// A place where people meet the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneyTouchpoint {
    /// What people call it.
    pub name: Localized,
    /// On the web or outside it.
    #[serde(default, skip_serializing_if = "Touchpoint::is_online")]
    pub place: Touchpoint,
    /// The channel that it belongs to, by id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// The event that tells of it, for live counts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub event: String,
}

/// A doubt and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = JourneyWorry)]
#[serde(deny_unknown_fields)]
pub struct Worry {
    /// What they fear.
    pub text: Localized,
    /// What is said or shown to that.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub answer: Localized,
    /// The content that answers it, by id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
}
