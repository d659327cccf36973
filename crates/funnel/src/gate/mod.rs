//! Gates: whether a deal may move, why not, and which moves follow by themselves. Values in, values out.
//!
//! The rules, in one place:
//! - A move forward passes the gate of every stage from the next one to the one aimed at: jumping over a stage does not
//!   jump over its gate.
//! - A deal without a stage, or in one that the document no longer has, stands before the first.
//! - A move back needs no gate but may not cross one that says `no_going_back`; going forward again, all gates count.
//! - An approval or an override is for the next move only. An approval is for the deal as it stood: with another value,
//!   discount or other field that the rule asks for it must be given again.
//! - An event of the future has not happened. An approval of the future has not been given.

mod advance;
mod approval;
mod decide;
mod evidence;
mod fields;
mod messages;
mod names;
mod versions;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use crate::condition::Seen;
use crate::deal::DealStatus;
use crate::document::{Role, StageId, ValueKind};
use crate::localized::Localized;

pub use advance::{Arrival, advance_through};
pub use approval::{ApproveError, approve};
pub use decide::{may_move, may_win, winning_stage};
pub use names::Labels;
pub use versions::jumped;

/// A deal as its gates see it.
#[derive(Debug, Clone, Copy)]
pub struct Deal<'a> {
    /// Whether it is open.
    pub status: DealStatus,
    /// Where it stands; none before the first stage.
    pub stage: Option<&'a StageId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it entered its stage; when it was opened, without one.
    pub entered_at: Timestamp,
    /// When it was last moved back by hand: what happened before no longer moves it by itself.
    pub moved_back_at: Option<Timestamp>,
    /// Whose deal it is: the id of a user.
    pub owner: Option<&'a str>,
    /// What is known, by the full name of the field: `contact.phone`, `deal.value` (major units), `deal.discount`
    /// (15 is 15 %).
    pub fields: &'a Map<String, Value>,
    /// The approvals given so far.
    pub approvals: &'a [Approval],
}

/// What is known to have happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The events of the person, in any order.
    pub events: &'a [Seen],
    /// The consents of the person, in any order.
    pub consents: &'a [Consent],
}

/// A consent as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The name that it is kept under.
    pub purpose: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

/// Who moves a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mover<'a> {
    /// The id of a user or key; empty when it moves by itself.
    pub id: &'a str,
    /// Their role; none when it moves by itself.
    pub role: Option<Role>,
}

impl Mover<'_> {
    /// The deal moves by itself.
    pub const ITSELF: Self = Self { id: "", role: None };
}

/// An approval, made by [`approve`] and kept with the deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GateApprovalGiven)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The stage that the deal may enter.
    #[schema(value_type = String)]
    pub stage: StageId,
    /// Who gave it: the id of a user.
    pub by: String,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Timestamp,
    /// What it was given for: the fields as they stood.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// Where a deal is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move<'a> {
    /// The stage.
    pub to: &'a StageId,
    /// Why it may go there although a gate is shut; none: it may not.
    pub override_reason: Option<&'a str>,
}

/// Whether a deal may move.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = GateDecision)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It may.
    Allowed {
        /// What somebody let pass with a reason: for the audit log.
        overridden: Vec<Block>,
    },
    /// It stands there already.
    Already,
    /// It may not.
    Blocked {
        /// Everything that is in the way, in the order of the stages.
        reasons: Vec<Block>,
    },
}

impl Decision {
    /// Whether the deal may move.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// One thing in the way of a deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GateBlock)]
pub struct Block {
    /// The stage whose gate it is.
    #[schema(value_type = String)]
    pub stage: StageId,
    /// What it is.
    pub reason: Reason,
    /// Who may let the deal pass all the same, with a reason; nobody when empty.
    pub override_by: Vec<Role>,
    /// The fewest characters of that reason.
    pub override_chars_min: u32,
}

/// What is in the way, with all that a board needs to say it and to let one fill it in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[schema(as = GateReason)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The funnel has no such stage.
    #[error("the funnel has no such stage")]
    UnknownStage,
    /// The deal has ended.
    #[error("this deal is {}: open it again first", .status.as_str())]
    Closed {
        /// How.
        status: DealStatus,
    },
    /// A field is empty.
    #[error("fill in {field}")]
    FieldMissing {
        /// Its full name.
        field: String,
        /// What people call it; empty for its name.
        label: Localized,
        /// What it must be.
        value_kind: Option<ValueKind>,
        /// The values that it may have; empty for all.
        #[schema(value_type = Vec<Value>)]
        one_of: Vec<Value>,
    },
    /// A field holds what it must not.
    #[error("{field}: {fault}")]
    FieldWrong {
        /// Its full name.
        field: String,
        /// What people call it; empty for its name.
        label: Localized,
        /// What it holds.
        #[schema(value_type = Value)]
        value: Value,
        /// What is wrong with that.
        fault: FieldFault,
    },
    /// An event has not happened, or not often, freshly or lastingly enough.
    #[error("{event} is missing: {times} of {needed}")]
    EventMissing {
        /// Its name.
        event: String,
        /// Properties that it must have.
        #[serde(rename = "where")]
        #[schema(value_type = Object)]
        conditions: std::collections::BTreeMap<String, Value>,
        /// How often it happened in time.
        times: u32,
        /// How often it must happen.
        needed: u32,
        /// Since when it counts.
        counts_since: Option<Timestamp>,
        /// The last one, even when it no longer counts.
        last_at: Option<Timestamp>,
        /// When another event took it back.
        undone_at: Option<Timestamp>,
    },
    /// A consent is not current.
    #[error("the consent {purpose} is not current")]
    ConsentMissing {
        /// The name that it is kept under.
        purpose: String,
        /// When it was given, if ever.
        given_at: Option<Timestamp>,
        /// When it was taken back.
        withdrawn_at: Option<Timestamp>,
        /// When it became too old.
        expired_at: Option<Timestamp>,
    },
    /// Stages are jumped over that must not be.
    #[error("go through {} first", .through.iter().map(StageId::as_str).collect::<Vec<_>>().join(", "))]
    Skipping {
        /// The stages to go through, in order.
        #[schema(value_type = Vec<String>)]
        through: Vec<StageId>,
    },
    /// Nobody goes back from there.
    #[error("nobody goes back from here")]
    NoGoingBack,
    /// The deal has not stood long enough where it stands.
    #[error("wait until {until}")]
    TooEarly {
        /// When it may go on.
        until: Timestamp,
    },
    /// The deal has stood too long where it stands.
    #[error("overdue since {since}")]
    Overdue {
        /// Since when.
        since: Timestamp,
    },
    /// Somebody must approve.
    #[error("an approval is missing")]
    ApprovalMissing {
        /// The place of the rule in the gate.
        rule: usize,
        /// Who may give it; owner and administrators always may.
        by: Vec<Role>,
        /// Whether it must be somebody else than who moves it and whose deal it is.
        four_eyes: bool,
        /// Why an approval that was given does not count; none when there is none.
        void: Option<ApprovalVoid>,
    },
    /// Somebody without the right to it wanted to let the deal pass.
    #[error("you may not override this gate")]
    OverrideNotAllowed,
    /// The reason for letting the deal pass is too short.
    #[error("say why in at least {chars_min} characters")]
    OverrideReasonShort {
        /// The fewest characters.
        chars_min: u32,
    },
}

/// What is wrong with the value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[schema(as = GateFieldFault)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldFault {
    /// It is of another kind.
    #[error("not what is asked for")]
    Kind {
        /// What it must be.
        value_kind: ValueKind,
    },
    /// It is too little.
    #[error("at least {min}")]
    BelowMin {
        /// The least.
        #[schema(value_type = f64)]
        min: serde_json::Number,
    },
    /// It is too much.
    #[error("at most {max}")]
    AboveMax {
        /// The greatest.
        #[schema(value_type = f64)]
        max: serde_json::Number,
    },
    /// It is too short.
    #[error("at least {chars_min} characters")]
    TooShort {
        /// The fewest characters.
        chars_min: u32,
    },
    /// It is none of the values that it may have.
    #[error("none of the choices")]
    NotAChoice {
        /// Those.
        #[schema(value_type = Vec<Value>)]
        one_of: Vec<Value>,
    },
    /// The day has passed.
    #[error("this day has passed")]
    Past,
}

/// Why an approval that was given does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = GateApprovalVoid)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalVoid {
    /// It was given before the deal came to where it stands, or is older than it may be.
    TooOld,
    /// By somebody who may not.
    WrongRole,
    /// By who moves it, or whose deal it is.
    SameEyes,
    /// The deal has changed since.
    DealChanged,
}

/// Whether a field is filled in as a rule asks, whenever that is.
pub(crate) fn field_is_right(rule: &crate::document::Requirement, fields: &Map<String, Value>) -> bool {
    fields::block(rule, fields, Timestamp::from_ms(i64::MIN)).is_none()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod twin;
