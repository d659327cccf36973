//! Why a use case did not do what was asked. The web turns each into one HTTP status, in one place.

use events::LogError;
use store::StoreError;

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    /// Path of the field: `email`, `steps[2].event`.
    pub field: String,
    /// Stable word for programs: `required`, `too_long`.
    pub code: String,
    /// A sentence for people that says what to do.
    pub message: String,
}

impl FieldProblem {
    /// A problem with a field.
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Nobody is logged in, or the key is unknown.
    #[error("log in, or send a key in the Authorization header")]
    Unauthenticated,
    /// The actor's role does not allow it.
    #[error("your role does not allow this: it needs the permission {0}")]
    Forbidden(&'static str),
    /// There is no such thing, or not for this actor.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The request breaks a rule.
    #[error("{}", .0.first().map_or("the request is not valid", |problem| problem.message.as_str()))]
    Invalid(Vec<FieldProblem>),
    /// The request is fine and the state of things does not allow it now. A stable word and a sentence.
    #[error("{detail}")]
    Conflict { code: &'static str, detail: String },
    /// A gate is shut before the stage that a deal was to enter.
    #[error("{0}")]
    GateShut(Box<crate::deals::Shut>),
    /// Too often or too much; try again after that many seconds.
    #[error("too many attempts: try again in {retry_after_s} seconds")]
    TooMany { retry_after_s: u64 },
    /// Something outside did not do its part. A stable word and a sentence.
    #[error("{detail}")]
    Outside { code: &'static str, detail: String },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl AppError {
    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, code, message)])
    }

    /// The state of things does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }
}
