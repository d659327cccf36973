//! Approvals: giving one, and whether those given count.

use base::Timestamp;
use serde_json::{Map, Value};

use super::{Approval, ApprovalVoid, Deal, Mover, Reason};
use crate::condition::Subject;
use crate::deal::DealStatus;
use crate::document::{ApprovalRule, FunnelDoc, Stage, StageId};

/// What an approval is always for, beside the fields that its rule asks for.
const BOUND_FIELDS: [&str; 2] = ["deal.value", "deal.discount"];

/// Why an approval cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// The funnel has no such stage, or its gate asks for no approval of this deal.
    #[error("nothing is to be approved there")]
    NothingToApprove,
    /// The deal has ended.
    #[error("this deal is {}: open it again first", .0.as_str())]
    Closed(DealStatus),
    /// Somebody of another role must.
    #[error("your role may not approve this")]
    RoleMayNot,
    /// It is their own deal, and four eyes are asked for.
    #[error("somebody else must approve this: it is your own deal")]
    OwnDeal,
}

/// Approve that a deal enters a stage. Whoever gives it must be allowed to by at least one of the rules that the deal
/// needs; whether that suffices for all is seen when it moves.
pub fn approve(
    doc: &FunnelDoc,
    deal: &Deal<'_>,
    by: &Mover<'_>,
    stage: &StageId,
    now: Timestamp,
) -> Result<Approval, ApproveError> {
    if deal.status != DealStatus::Open {
        return Err(ApproveError::Closed(deal.status));
    }
    let stage = doc.stage(stage).ok_or(ApproveError::NothingToApprove)?;
    let needed: Vec<&ApprovalRule> = rules(stage).iter().filter(|rule| is_needed(rule, deal, now)).collect();
    if needed.is_empty() {
        return Err(ApproveError::NothingToApprove);
    }
    let role = by.role.ok_or(ApproveError::RoleMayNot)?;
    let theirs: Vec<&&ApprovalRule> = needed.iter().filter(|rule| role.is_among(&rule.by)).collect();
    if theirs.is_empty() {
        return Err(ApproveError::RoleMayNot);
    }
    if theirs.iter().all(|rule| rule.four_eyes && deal.owner == Some(by.id)) {
        return Err(ApproveError::OwnDeal);
    }
    let fields = bound(rules(stage), deal);
    Ok(Approval { stage: stage.id.clone(), by: by.id.to_owned(), role, at: now, fields })
}

fn rules(stage: &Stage) -> &[ApprovalRule] {
    stage.gate.as_ref().map_or(&[], |gate| &gate.approvals)
}

fn is_needed(rule: &ApprovalRule, deal: &Deal<'_>, now: Timestamp) -> bool {
    let subject = Subject::new(deal.fields, &[], now);
    rule.when.as_ref().is_none_or(|when| when.is_met(&subject))
}

fn bound_names(rule: &ApprovalRule) -> impl Iterator<Item = &str> {
    BOUND_FIELDS.into_iter().chain(rule.when.iter().flat_map(|when| when.fields()))
}

/// The fields that an approval is for, as they stand.
fn bound(rules: &[ApprovalRule], deal: &Deal<'_>) -> Map<String, Value> {
    let names = rules.iter().flat_map(bound_names);
    names.filter_map(|name| Some((name.to_owned(), deal.fields.get(name)?.clone()))).collect()
}

/// The approvals that are missing at the gate of a stage.
pub(super) fn blocks(stage: &Stage, deal: &Deal<'_>, mover: &Mover<'_>, now: Timestamp) -> Vec<Reason> {
    let numbered = rules(stage).iter().enumerate().filter(|(_, rule)| is_needed(rule, deal, now));
    let missing = |(index, rule): (usize, &ApprovalRule)| {
        let given = deal.approvals.iter().filter(|approval| approval.stage == stage.id && approval.at <= now);
        let mut void = None;
        for approval in given {
            match void_of(approval, rule, deal, mover, now) {
                None => return None,
                why => void = void.max(why),
            }
        }
        let (by, four_eyes) = (rule.by.clone(), rule.four_eyes);
        Some(Reason::ApprovalMissing { rule: index, by, four_eyes, void })
    };
    numbered.filter_map(missing).collect()
}

fn void_of(
    approval: &Approval,
    rule: &ApprovalRule,
    deal: &Deal<'_>,
    mover: &Mover<'_>,
    now: Timestamp,
) -> Option<ApprovalVoid> {
    let is_stale = rule.within.is_some_and(|within| approval.at.plus_ms(within.ms()) < now);
    if approval.at < deal.entered_at || is_stale {
        return Some(ApprovalVoid::TooOld);
    }
    if !approval.role.is_among(&rule.by) {
        return Some(ApprovalVoid::WrongRole);
    }
    if rule.four_eyes && (approval.by == mover.id || deal.owner == Some(approval.by.as_str())) {
        return Some(ApprovalVoid::SameEyes);
    }
    let has_changed = bound_names(rule).any(|name| approval.fields.get(name) != deal.fields.get(name));
    has_changed.then_some(ApprovalVoid::DealChanged)
}
