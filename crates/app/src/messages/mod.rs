//! Mail to people: the settings it leaves by, the templates it is made from, and the log of what was sent.
//!
//! ```text
//! job --> letter: template + facts --> a row in the log, "queued"
//!     --> send: consent, "sending" (committed), the network, the outcome
//! ```
//!
//! [`send`] is the one place that hands mail to the network. Transactional mail is sent at least once, with the
//! same Message-ID each time; marketing mail, and what one person writes to another, at most once: after a crash in the middle its row becomes `unknown`
//! and is shown to people, not repeated.

mod context;
pub mod jobs;
pub(crate) mod letter;
pub mod log;
mod send;
pub mod settings;
pub mod templates;
#[cfg(test)]
mod tests;

pub use jobs::notify_of_lead;
pub use send::MailServer;

use base::{Id, id};
use serde::Serialize;

/// The classes of [`TestOutcome`].
pub const TEST_CLASSES: [&str; 5] = ["sent", "permanent", "temporary", "unknown", "settings"];

/// What became of a test mail, which is sent at once.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TestOutcome {
    /// Whether the next server took it.
    pub is_sent: bool,
    /// `sent`, `permanent` (refused for good), `temporary` (try later), `unknown` (it may have arrived) or
    /// `settings` (every mail would fail).
    #[schema(schema_with = crate::schema::test_class)]
    pub class: &'static str,
    /// The server's code, when it gave one.
    #[schema(required)]
    pub code: Option<u16>,
    /// What happened and what to do, in a sentence.
    pub detail: String,
    /// The message in the log.
    pub message: Id<id::Message>,
}
