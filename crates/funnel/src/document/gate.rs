//! What must be so before a deal enters a stage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

use super::either::{list_of, text_or_map};
use super::{Duration, EntersOn};
use crate::condition::Condition;
use crate::localized::Localized;

/// The gate before a stage. A deal that jumps over stages passes their gates, too.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StageGate)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Fields that must be filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = list_of::<Requirement>)]
    pub requires: Vec<Requirement>,
    /// Events that must have happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = list_of::<EvidenceRule>)]
    pub evidence: Vec<EvidenceRule>,
    /// Consents that must be current.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = list_of::<ConsentRule>)]
    pub consent: Vec<ConsentRule>,
    /// Whether the stage is entered only from the one just before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_skipping: bool,
    /// Whether nobody goes back to before the stage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_going_back: bool,
    /// What somebody must approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalRule>,
    /// Who may let a deal in all the same, and how. Nobody when left out.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overriding: Option<OverrideRule>,
}

/// A field that must be filled in: `contact.phone`, or with a type and a rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Requirement {
    /// `contact.`, `company.` or `deal.` and the name of the field.
    pub field: String,
    /// What people call it; the name when empty.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub label: Localized,
    /// What it must be.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = ValueKind::schema)]
    pub kind: Option<ValueKind>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub min: Option<serde_json::Number>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub max: Option<serde_json::Number>,
    /// The fewest characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chars_min: Option<u32>,
    /// The values that it may have; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Value>)]
    pub one_of: Vec<Value>,
}

/// What the value of a field must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GateValueKind)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// Any words.
    Text,
    /// A number.
    Number,
    /// An amount above nothing.
    Money,
    /// A day or a point in time.
    Date,
    /// A day that has not passed.
    FutureDate,
    /// `true`: what somebody ticks.
    Yes,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

/// An event that must have happened: `Proposal Viewed`, or with conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct EvidenceRule {
    /// The event's name, Title Case.
    pub event: String,
    /// Properties that the event must have: by name, a value or a list of values of which one must be there.
    #[serde(rename = "where", default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub conditions: BTreeMap<String, Value>,
    /// How many times at least.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// How fresh it must be when the deal moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// Since when it counts.
    #[serde(default, skip_serializing_if = "Since::is_deal")]
    #[schema(schema_with = Since::schema)]
    pub since: Since,
    /// An event that takes it back when it comes later: `Deposit Refunded`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub undone_by: String,
}

fn once() -> u32 {
    1
}

fn is_once(times: &u32) -> bool {
    *times == 1
}

/// Since when an event counts as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = EvidenceSince)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// Since the deal was opened: the proposal of an earlier deal proves nothing.
    #[default]
    Deal,
    /// Since the deal entered the stage that it stands in.
    Stage,
    /// Whenever it was.
    Ever,
}

impl Since {
    fn is_deal(&self) -> bool {
        *self == Self::Deal
    }
}

/// A consent that must be current: its name, or with the time after which it must be asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct ConsentRule {
    /// The name that it is kept under: `marketing`, `treatment`.
    pub purpose: String,
    /// How long ago it may have been given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
}

/// Something that somebody must approve. An approval is for the next move only, and only for the deal as it stood:
/// with another value or discount it must be given again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GateApproval)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// Which deals need it: `{ field: deal.discount, above: 15% }`. All when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Who may give it. Owner and administrators always may.
    pub by: Vec<Role>,
    /// Whether it must be somebody else than the one who moves the deal and the one whose deal it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub four_eyes: bool,
    /// How long it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
}

/// Who may let a deal in although the gate is shut. Consent can be overridden by nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = GateOverride)]
#[serde(deny_unknown_fields)]
pub struct OverrideRule {
    /// Who may. Owner and administrators always may.
    pub by: Vec<Role>,
    /// The fewest characters of the reason; at least one is always asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_chars_min: Option<u32>,
}

/// What a user is in the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, also handing over the company.
    Owner,
    /// Everything but the owner.
    Admin,
    /// Pages, messages, offers, imports, reports.
    Marketer,
    /// Sales: all deals and contacts, the funnel, reports.
    Manager,
    /// Sales: own deals, contacts.
    Rep,
    /// Looks and changes nothing.
    Viewer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Owner, Self::Admin, Self::Marketer, Self::Manager, Self::Rep, Self::Viewer];

    /// Whether a rule for `roles` lets somebody of this role do it. Owner and administrators could change the rule.
    pub fn is_among(self, roles: &[Self]) -> bool {
        matches!(self, Self::Owner | Self::Admin) || roles.contains(&self)
    }

    /// The text in documents and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Marketer => "marketer",
            Self::Manager => "manager",
            Self::Rep => "rep",
            Self::Viewer => "viewer",
        }
    }
}

impl From<&str> for Requirement {
    fn from(field: &str) -> Self {
        Self { field: field.to_owned(), ..Self::default() }
    }
}

impl From<&str> for ConsentRule {
    fn from(purpose: &str) -> Self {
        Self { purpose: purpose.to_owned(), within: None }
    }
}

impl From<&str> for EvidenceRule {
    fn from(event: &str) -> Self {
        Self {
            event: event.to_owned(),
            conditions: BTreeMap::new(),
            times: 1,
            within: None,
            since: Since::Deal,
            undone_by: String::new(),
        }
    }
}

impl Requirement {
    fn short(&self) -> &str {
        &self.field
    }
}

impl ConsentRule {
    fn short(&self) -> &str {
        &self.purpose
    }
}

impl EvidenceRule {
    fn short(&self) -> &str {
        &self.event
    }

    /// Whether an event is of the kind that is asked for.
    pub fn is_met(&self, event: &str, props: &serde_json::Map<String, Value>) -> bool {
        self.event == event && EntersOn::has_all(&self.conditions, props)
    }
}

text_or_map!(Requirement, "the name of a field, or { field, type, min, max, chars_min, one_of, label }");
text_or_map!(EvidenceRule, "the name of an event, or { event, where, times, within, since, undone_by }");
text_or_map!(ConsentRule, "the name of a consent, or { purpose, within }");
