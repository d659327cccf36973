//! Which stage an event leads to.

use serde_json::{Map, Value};

use super::{FunnelDoc, StageId};

/// The stage that an event leads to from the current one: the latest later stage that it fits; none when the
/// event leads nowhere. Events only lead forward: who comes back to a page is not a stranger again. A person
/// without a stage, or in one that the document no longer has, stands before the first.
///
/// `occurrence` tells the how manieth event of its name it is for this person, from 1.
pub fn advance(
    doc: &FunnelDoc,
    current: Option<&StageId>,
    event: &str,
    props: &Map<String, Value>,
    occurrence: u32,
) -> Option<StageId> {
    let first_later = current.and_then(|id| doc.stage_index(id)).map_or(0, |index| index + 1);
    let later = doc.stages.iter().skip(first_later);
    later.rev().find(|stage| stage.enters_on.is_met(event, props, occurrence)).map(|stage| stage.id.clone())
}
