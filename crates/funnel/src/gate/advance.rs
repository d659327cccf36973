//! Moves that a deal makes by itself when the evidence arrives.

use base::Timestamp;

use super::{Block, Deal, Decision, Evidence, Move, Mover, may_move};
use crate::document::{FunnelDoc, Stage, StageId};

/// What evidence does to a deal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrival {
    /// The stages that it enters one after the other.
    pub moves: Vec<StageId>,
    /// The furthest stage that it would enter by what happened if its gates were open.
    pub held: Option<StageId>,
    /// What is in the way there.
    pub reasons: Vec<Block>,
}

/// The moves that a deal makes by itself: to the furthest later stage that something that happened leads to and whose
/// gates let it through, and on from there. To be asked whenever something happened, a field was filled in, an approval
/// given, or time has passed: it looks at all that happened, so what was held back moves on once the rest is there.
///
/// What leads to a stage counts since the deal was opened and since it was last moved back by hand; the how manieth
/// event it is, is counted over all time, as [`crate::document::advance`] does.
pub fn advance_through(doc: &FunnelDoc, deal: &Deal<'_>, known: &Evidence<'_>, now: Timestamp) -> Arrival {
    let mut arrival = Arrival::default();
    let mut stage = deal.stage.filter(|stage| doc.stage(stage).is_some()).cloned();
    let mut entered_at = deal.entered_at;
    let since = deal.moved_back_at.map_or(deal.opened_at, |at| at.max(deal.opened_at));
    let led: Vec<&Stage> = doc.stages.iter().filter(|stage| leads(stage, known, since, now)).collect();
    loop {
        let place = stage.as_ref().and_then(|stage| doc.stage_index(stage));
        let later = led.iter().rev().filter(|stage| doc.stage_index(&stage.id) > place);
        let here = Deal { stage: stage.as_ref(), entered_at, ..*deal };
        arrival.held = None;
        arrival.reasons.clear();
        let mut next = None;
        for candidate in later {
            let wish = Move { to: &candidate.id, override_reason: None };
            match may_move(doc, &here, known, &Mover::ITSELF, &wish, now) {
                Decision::Allowed { .. } => {
                    next = Some(candidate.id.clone());
                    break;
                }
                Decision::Blocked { reasons } if arrival.held.is_none() => {
                    arrival.held = Some(candidate.id.clone());
                    arrival.reasons = reasons;
                }
                Decision::Blocked { .. } | Decision::Already => {}
            }
        }
        let Some(next) = next else { return arrival };
        arrival.moves.push(next.clone());
        stage = Some(next);
        entered_at = now;
    }
}

/// Whether something that happened leads to a stage.
fn leads(stage: &Stage, known: &Evidence<'_>, since: Timestamp, now: Timestamp) -> bool {
    let rule = &stage.enters_on;
    let mut seen: Vec<_> = known.events.iter().filter(|seen| seen.name == rule.event && seen.at <= now).collect();
    seen.sort_by_key(|seen| seen.at);
    let numbered = (1u32..).zip(seen);
    numbered.into_iter().any(|(occurrence, seen)| seen.at >= since && rule.is_met(&seen.name, &seen.props, occurrence))
}
