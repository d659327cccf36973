//! Segments: who has something in common, kept up to date as things happen and as time passes.
//!
//! A rule is a [`Condition`]. Its answer for one person can be found from all that is known of them
//! ([`Condition::explain`]); the [`Audience`] finds the same for everybody at once and then follows what changes. Of what
//! people did it keeps no more than rules look at (the *looks*): the time of the latest purchase, not the purchases. For
//! everybody in a segment it knows until when that stays so if nothing happens, so that somebody leaves "bought in the
//! last 7 days" when the seventh day ends, and nobody is asked before.
//!
//! Nothing here is stored. Whoever keeps an audience gathers its looks from the log at the start, hands on what is new,
//! and compares its members with those that were written down.

mod audience;
mod bits;
mod columns;
mod contacts;
mod days;
mod judge;
mod looks;
mod program;
mod score;
mod table;
#[cfg(test)]
mod tests;

use base::{Id, id};
use jiff::tz::TimeZone;

use crate::condition::Condition;
use crate::score::Scoring;

pub use audience::{Audience, Gathering, Moved};
pub use looks::{Deed, Look, Origin};
pub use program::Fault;

/// The field of a rule that holds the score, 0 to 100.
pub const SCORE_FIELD: &str = "metric.score";
/// The field of a rule that holds the temperature: `cold`, `warm`, `hot`.
pub const TEMPERATURE_FIELD: &str = "metric.temperature";
/// Most days of the calendar that a rule may look back.
pub const DAYS_MAX: u32 = 3_660;

/// A segment as its audience sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Which.
    pub id: Id<id::Segment>,
    /// Who is in it; none where somebody chose them by hand.
    pub rule: Option<Condition>,
}

/// Whether segments can be followed together.
///
/// # Errors
/// The first that cannot, and why.
pub fn check(definitions: &[Definition]) -> Result<(), (Id<id::Segment>, Fault)> {
    let mut audience = Audience::new(Scoring::default(), TimeZone::UTC);
    for Definition { id, .. } in definitions {
        audience.put(&Definition { id: *id, rule: None }).map_err(|fault| (*id, fault))?;
    }
    definitions.iter().try_for_each(|definition| match audience.put(definition) {
        Ok(_) => Ok(()),
        Err(fault) => Err((definition.id, fault)),
    })
}
