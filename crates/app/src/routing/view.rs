//! Who has a deal and why, told on the deal.

use base::{Id, Timestamp, id};
use funnel::assignment::ChooseBy;
use serde::{Deserialize, Serialize};
use store::assignments::waits::{self, Wait};
use store::assignments::{self, Assignment};

use super::settle;
use crate::{Actor, App, AppError, Result, deals, facts, permission::Permission};

/// Shown of one deal.
const SHOWN_MAX: u64 = 50;

/// What a choice was made by.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AssignmentReason {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<ChooseBy>,
    /// The people of the rule.
    pub people: usize,
    /// How many of them were there.
    pub there: usize,
    /// Nobody was there.
    pub is_fallback: bool,
    /// Whoever had it was late with the answer.
    pub is_late: bool,
    /// How long the deal waited for somebody, ms.
    pub waited_ms: i64,
}

/// A deal given to somebody.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AssignmentView {
    pub user_id: Id<id::User>,
    /// Who had it before.
    #[schema(required)]
    pub former_id: Option<Id<id::User>>,
    /// The rule that gave it, as it was called then; empty when a person did.
    pub rule_name: String,
    #[schema(required)]
    pub reason: Option<AssignmentReason>,
    /// Where the deal stood.
    pub stage: String,
    /// The id of a user or key, or `system`.
    pub actor: String,
    pub at: Timestamp,
    /// Until when they had it; still when absent.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// When the first answer was due.
    #[schema(required)]
    pub answer_due_at: Option<Timestamp>,
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    /// Working time of the person until the answer, ms.
    #[schema(required)]
    pub answered_after_ms: Option<i64>,
    pub is_late: bool,
}

impl From<Assignment> for AssignmentView {
    fn from(given: Assignment) -> Self {
        Self {
            user_id: given.user_id,
            former_id: given.former_id,
            rule_name: given.rule_name,
            // It is there to be read: what a later version writes differently is not shown.
            reason: serde_json::from_value(given.reason).ok(),
            stage: given.stage.0,
            actor: given.actor,
            at: given.at,
            ended_at: given.ended_at,
            answer_due_at: given.answer_due_at,
            answered_at: given.answered_at,
            answered_after_ms: given.answered_after_ms,
            is_late: given.is_late,
        }
    }
}

/// Who has a deal, who had it, and whom it waits for.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DealAssignments {
    /// Newest first, at most 50.
    pub items: Vec<AssignmentView>,
    /// The name of the rule that waits for somebody to be there; none when nothing is waited for.
    #[schema(required)]
    pub waits_for: Option<String>,
    /// When somebody is there, as far as is known.
    #[schema(required)]
    pub waits_until: Option<Timestamp>,
}

/// Who has a deal and why.
pub async fn of_deal(app: &App, actor: &Actor, id: Id<id::Deal>) -> Result<DealAssignments> {
    actor.may(Permission::DealsRead)?;
    let conn = app.store.reader();
    store::deals::find(conn, id, deals::scope(actor)).await?.ok_or(AppError::NotFound("deal"))?;
    let items = assignments::of_deal(conn, id, SHOWN_MAX).await?.into_iter().map(AssignmentView::from).collect();
    let wait = waits::find(conn, id).await?;
    let rule = match wait.as_ref().and_then(|wait| wait.rule_id) {
        Some(rule) => assignments::rules::all(conn).await?.into_iter().find(|known| known.id == rule),
        None => None,
    };
    let waits_until = rule.as_ref().and(wait).map(|wait| wait.due_at);
    Ok(DealAssignments { items, waits_for: rule.map(|rule| rule.rule.name), waits_until })
}

/// Ask the rules about a deal that nobody has, now.
pub async fn assign_now(app: &App, actor: &Actor, id: Id<id::Deal>) -> Result<DealAssignments> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let found = store::deals::find_for_update(&tx, id, deals::scope(actor)).await?;
    let deal = found.ok_or(AppError::NotFound("deal"))?;
    if deal.owner_id.is_some() {
        return Err(AppError::conflict("has_owner", "somebody works on this deal: take it from them first"));
    }
    let stage = Some(deal.stage.clone());
    let now = app.now();
    waits::save(&tx, &Wait { deal_id: id, stage, rule_id: None, since: now, due_at: now }).await?;
    settle(app, &tx).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    app.bell.ring();
    of_deal(app, actor, id).await
}
