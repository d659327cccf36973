//! Whether a deal may move.

use base::Timestamp;

use super::{Block, Deal, Decision, Evidence, Move, Mover, Reason, approval, evidence, fields};
use crate::deal::DealStatus;
use crate::document::{AfterMax, DealEffect, FunnelDoc, OverrideRule, Role, Stage, StageId};

/// Whether a deal may move to a stage now, and if not, everything that is in the way.
pub fn may_move(
    doc: &FunnelDoc,
    deal: &Deal<'_>,
    known: &Evidence<'_>,
    mover: &Mover<'_>,
    wish: &Move<'_>,
    now: Timestamp,
) -> Decision {
    if deal.status != DealStatus::Open {
        return refused(wish.to, Reason::Closed { status: deal.status });
    }
    let Some(to) = doc.stage_index(wish.to) else { return refused(wish.to, Reason::UnknownStage) };
    let from = deal.stage.and_then(|stage| doc.stage_index(stage));
    if from == Some(to) {
        return Decision::Already;
    }
    let blocks = match from {
        Some(from) if to < from => back(&doc.stages[to + 1..=from]),
        _ => forward(doc, from, to, &Asked { deal, known, mover, now }),
    };
    if blocks.is_empty() {
        return Decision::Allowed { overridden: Vec::new() };
    }
    match wish.override_reason {
        None => Decision::Blocked { reasons: blocks },
        Some(reason) => overriding(blocks, mover, deal, reason),
    }
}

/// The stage that a won deal stands in: the first that the document marks so, else the first that is entered on
/// `Order Completed`.
pub fn winning_stage(doc: &FunnelDoc) -> Option<&Stage> {
    let marked = doc.stages.iter().find(|stage| stage.deal == Some(DealEffect::Wins));
    marked.or_else(|| doc.stages.iter().find(|stage| stage.enters_on.event == "Order Completed"))
}

/// Whether a deal may be won now: it stands in the winning stage or behind it, or may move there. Otherwise closing a
/// deal as won would be a way around every gate.
pub fn may_win(
    doc: &FunnelDoc,
    deal: &Deal<'_>,
    known: &Evidence<'_>,
    mover: &Mover<'_>,
    override_reason: Option<&str>,
    now: Timestamp,
) -> Decision {
    let Some(stage) = winning_stage(doc).or(doc.stages.last()) else {
        return Decision::Allowed { overridden: Vec::new() };
    };
    let stands = deal.stage.and_then(|stage| doc.stage_index(stage));
    if deal.status == DealStatus::Open && stands >= doc.stage_index(&stage.id) {
        return Decision::Allowed { overridden: Vec::new() };
    }
    may_move(doc, deal, known, mover, &Move { to: &stage.id, override_reason }, now)
}

fn refused(stage: &StageId, reason: Reason) -> Decision {
    Decision::Blocked { reasons: vec![Block::firm(stage, reason)] }
}

impl Block {
    /// What nobody can override.
    fn firm(stage: &StageId, reason: Reason) -> Self {
        Self { stage: stage.clone(), reason, override_by: Vec::new(), override_chars_min: 0 }
    }

    /// What the gate of a stage puts in the way.
    fn at(stage: &Stage, reason: Reason) -> Self {
        let rule = stage.gate.as_ref().and_then(|gate| gate.overriding.as_ref());
        match rule {
            Some(rule) if !matches!(reason, Reason::ConsentMissing { .. }) => Self {
                stage: stage.id.clone(),
                reason,
                override_by: who(rule),
                override_chars_min: rule.reason_chars_min.unwrap_or(1).max(1),
            },
            _ => Self::firm(&stage.id, reason),
        }
    }
}

/// Everybody who may override by a rule.
fn who(rule: &OverrideRule) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| role.is_among(&rule.by)).collect()
}

fn back(crossed: &[Stage]) -> Vec<Block> {
    let is_shut = |stage: &&Stage| stage.gate.as_ref().is_some_and(|gate| gate.no_going_back);
    crossed.iter().filter(is_shut).map(|stage| Block::at(stage, Reason::NoGoingBack)).collect()
}

struct Asked<'a, 'b> {
    deal: &'a Deal<'b>,
    known: &'a Evidence<'b>,
    mover: &'a Mover<'b>,
    now: Timestamp,
}

fn forward(doc: &FunnelDoc, from: Option<usize>, to: usize, asked: &Asked<'_, '_>) -> Vec<Block> {
    let first = from.map_or(0, |from| from + 1);
    let mut blocks = Vec::new();
    if let Some(from) = from {
        blocks.extend(time(&doc.stages[from], &doc.stages[to], asked));
    }
    for (index, stage) in doc.stages.iter().enumerate().take(to + 1).skip(first) {
        let jumped = &doc.stages[first..index];
        blocks.extend(skipping(stage, jumped).map(|reason| Block::at(stage, reason)));
        blocks.extend(gate(stage, asked).into_iter().map(|reason| Block::at(stage, reason)));
    }
    blocks
}

/// The stages that are jumped over on the way into `stage` and must not be: all of them when its gate says so, else
/// those that ask for some time.
fn skipping(stage: &Stage, jumped: &[Stage]) -> Option<Reason> {
    let is_strict = stage.gate.as_ref().is_some_and(|gate| gate.no_skipping);
    let takes_time = |stage: &Stage| stage.time.is_some_and(|time| time.min.is_some());
    // A stage that takes time is named once, at the stage behind it.
    let through: Vec<StageId> = if is_strict {
        jumped.iter().map(|stage| stage.id.clone()).collect()
    } else {
        jumped.last().filter(|stage| takes_time(stage)).map(|stage| stage.id.clone()).into_iter().collect()
    };
    (!through.is_empty()).then_some(Reason::Skipping { through })
}

/// What the time says that the deal has stood where it stands. Who may override it is said at the stage aimed at.
fn time(stage: &Stage, to: &Stage, asked: &Asked<'_, '_>) -> Vec<Block> {
    let Some(limit) = stage.time else { return Vec::new() };
    let after = |span: crate::document::Duration| asked.deal.entered_at.plus_ms(span.ms());
    let early = limit.min.map(after).filter(|until| asked.now < *until).map(|until| Reason::TooEarly { until });
    let late = limit.max.filter(|_| limit.after_max == AfterMax::Block).map(after);
    let late = late.filter(|since| asked.now > *since).map(|since| Reason::Overdue { since });
    early.into_iter().chain(late).map(|reason| Block { stage: stage.id.clone(), ..Block::at(to, reason) }).collect()
}

fn gate(stage: &Stage, asked: &Asked<'_, '_>) -> Vec<Reason> {
    let Some(gate) = &stage.gate else { return Vec::new() };
    let Asked { deal, known, mover, now } = *asked;
    let fields = gate.requires.iter().filter_map(|rule| fields::block(rule, deal.fields, now));
    let events = gate.evidence.iter().filter_map(|rule| evidence::event_block(rule, deal, known, now));
    let consents = gate.consent.iter().filter_map(|rule| evidence::consent_block(rule, known.consents, now));
    let mut reasons: Vec<Reason> = fields.chain(events).chain(consents).collect();
    reasons.extend(approval::blocks(stage, deal, mover, now));
    reasons
}

/// Whether somebody may let all of that pass. Four eyes stay four: the owner of the deal cannot override the approval
/// that somebody else should give.
fn overriding(blocks: Vec<Block>, mover: &Mover<'_>, deal: &Deal<'_>, reason: &str) -> Decision {
    let chars = u32::try_from(reason.trim().chars().count()).unwrap_or(u32::MAX);
    let mut faults = Vec::new();
    for block in &blocks {
        let is_own =
            matches!(block.reason, Reason::ApprovalMissing { four_eyes: true, .. }) && deal.owner == Some(mover.id);
        let may = mover.role.is_some_and(|role| block.override_by.contains(&role)) && !is_own;
        let fault = match may {
            false => Some(Reason::OverrideNotAllowed),
            true if chars < block.override_chars_min => {
                Some(Reason::OverrideReasonShort { chars_min: block.override_chars_min })
            }
            true => None,
        };
        faults.extend(fault.map(|reason| Block { reason, ..block.clone() }));
    }
    if faults.is_empty() {
        return Decision::Allowed { overridden: blocks };
    }
    faults.dedup_by(|one, other| one.reason == other.reason && one.stage == other.stage);
    Decision::Blocked { reasons: blocks.into_iter().chain(faults).collect() }
}
