//! Approving that a deal enters a stage, and asking somebody to.

use base::{Id, id};
use funnel::document::StageId;
use funnel::gate::{ApproveError, Decision, Mover, Reason};
use serde::Deserialize;
use serde_json::json;
use store::deals::ApprovalAsked;

use super::case::{self, Asker, Case};
use super::edit::routed;
use super::moves::{checked_reason, reactor_position, refused};
use super::view::{DealView, view};
use super::{after_commit, pass};
use crate::{Actor, App, AppError, Result, audit, permission::Permission};

/// An approval to be given.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApproval {
    /// The stage that the deal may enter.
    pub stage: String,
}

/// Somebody else is asked to approve.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequest {
    /// The stage that the deal is to enter.
    pub stage: String,
    /// What they should know.
    #[serde(default)]
    pub note: String,
}

/// Approve that a deal enters a stage, as it stands. It moves there by itself if that was all it waited for and what
/// leads there has happened.
pub async fn approve(app: &App, actor: &Actor, id: Id<id::Deal>, request: NewApproval) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    if actor.user_id().is_none() {
        let detail = "a person must approve this: a key could be used by the one whose deal it is";
        return Err(AppError::conflict("approval_refused", detail));
    }
    let stage = StageId(request.stage);
    let known = case::known(app, actor, id).await?;
    let tx = app.store.begin().await?;
    let mut case = case::held(app, &tx, actor, id, known).await?;
    funnel::deal::known_stage(&case.funnel.doc, &stage).map_err(refused)?;
    let given = case.approve(&Asker::of(actor).mover(), &stage, app.now()).map_err(not_approved)?;
    store::deals::insert_approval(&tx, id, &given).await?;
    audit::record(app, &tx, actor, "deal.approve", id, json!({"stage": stage.as_str(), "for": given.fields})).await?;
    case.approvals.insert(0, given);
    if case.deal.approval_asked.as_ref().is_some_and(|asked| asked.stage == stage) {
        case.deal.approval_asked = None;
        store::deals::update(&tx, &case.deal).await?;
    }
    let up_to = reactor_position(&tx).await?;
    pass::advance(app, &tx, &mut case, up_to, None).await?;
    routed(app, &tx, &mut case).await?;
    tx.commit().await?;
    after_commit(app).await?;
    view(app, actor, case.deal).await
}

fn not_approved(error: ApproveError) -> AppError {
    match error {
        ApproveError::Closed(_) => AppError::conflict("deal_closed", error.to_string()),
        _ => AppError::conflict("approval_refused", error.to_string()),
    }
}

/// Ask for an approval: the deal's card says so to those who may give it.
pub async fn ask(app: &App, actor: &Actor, id: Id<id::Deal>, request: ApprovalRequest) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let note = checked_reason("note", &request.note)?;
    let stage = StageId(request.stage);
    let known = case::known(app, actor, id).await?;
    let tx = app.store.begin().await?;
    let mut case = case::held(app, &tx, actor, id, known).await?;
    funnel::deal::known_stage(&case.funnel.doc, &stage).map_err(refused)?;
    if !lacks_approval(app, &case, &stage) {
        return Err(AppError::conflict("approval_refused", "nothing is to be approved there"));
    }
    case.deal.approval_asked =
        Some(ApprovalAsked { stage: stage.clone(), by: actor.audit_name(), note, at: app.now() });
    case.deal.updated_at = app.now();
    store::deals::update(&tx, &case.deal).await?;
    audit::record(app, &tx, actor, "deal.ask_approval", id, json!({"stage": stage.as_str()})).await?;
    tx.commit().await?;
    after_commit(app).await?;
    view(app, actor, case.deal).await
}

fn lacks_approval(app: &App, case: &Case, stage: &StageId) -> bool {
    match case.may_move(&Mover::ITSELF, stage, None, app.now()) {
        Decision::Blocked { reasons } => {
            let is_it = |reason: &Reason| matches!(reason, Reason::ApprovalMissing { .. });
            reasons.iter().any(|block| block.stage == *stage && is_it(&block.reason))
        }
        Decision::Allowed { .. } | Decision::Already => false,
    }
}
