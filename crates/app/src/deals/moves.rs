//! Moving a deal by hand, ending it, opening it again.

use base::{Id, Locale, id};
use events::Position;
use funnel::deal::{self, DealError, DealStatus};
use funnel::document::StageId;
use serde::Deserialize;
use serde_json::Value;
use store::{ConnectionTrait, Tx};

use super::case;
use super::edit::routed;
use super::pass::{self, ByHand};
use super::view::{DealView, view};
use super::{after_commit, versions};
use crate::{Actor, App, AppError, Result, audit, permission::Permission, reactor};

/// Where a deal is put.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealMove {
    /// The id of a stage, before or after the present one.
    pub stage: String,
    /// Why, when that is worth a word.
    #[serde(default)]
    pub reason: String,
    /// Why it may pass a gate that is shut, by somebody whose role may let it.
    #[serde(default)]
    pub override_reason: Option<String>,
    /// The language in which is said what is in the way; the company's when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

/// How a deal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealOutcome {
    /// It has become a sale.
    Won,
    /// It will not.
    Lost,
}

/// The end of a deal.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealClose {
    /// How it ends.
    pub outcome: DealOutcome,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Why it may be won although a gate on its way is shut, by somebody whose role may let it.
    #[serde(default)]
    pub override_reason: Option<String>,
    /// The language in which is said what is in the way; the company's when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

pub(super) fn refused(error: DealError) -> AppError {
    match error {
        DealError::UnknownStage { .. } => AppError::invalid("stage", "unknown", error.to_string()),
        DealError::Closed(_) => AppError::conflict("deal_closed", error.to_string()),
        DealError::Open => AppError::conflict("deal_open", error.to_string()),
    }
}

/// A text that somebody wrote, without what surrounds it.
pub(super) fn checked_reason(field: &str, reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.chars().count() > deal::REASON_CHARS_MAX {
        let message = format!("say it in at most {} characters", deal::REASON_CHARS_MAX);
        return Err(AppError::invalid(field, "too_long", message));
    }
    Ok(reason.to_owned())
}

pub(super) fn checked_override(reason: Option<&str>) -> Result<Option<String>> {
    let reason = reason.map(|reason| checked_reason("override_reason", reason)).transpose()?;
    Ok(reason.filter(|reason| !reason.is_empty()))
}

/// How far the reactor has come. Read while the deal is held: it has done to it what follows from all before.
pub(super) async fn reactor_position(conn: &impl ConnectionTrait) -> Result<Position> {
    Ok(Position(store::outbox::cursor(conn, reactor::READER).await?))
}

/// Put a deal into a stage by hand, forward or back.
pub async fn move_to(app: &App, actor: &Actor, id: Id<id::Deal>, request: DealMove) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let reason = checked_reason("reason", &request.reason)?;
    let override_reason = checked_override(request.override_reason.as_deref())?;
    let to = StageId(request.stage);
    let known = case::known(app, actor, id).await?;
    let tx = app.store.begin().await?;
    let mut case = case::held(app, &tx, actor, id, known).await?;
    if case.deal.status != DealStatus::Open {
        return Err(refused(DealError::Closed(case.deal.status)));
    }
    deal::known_stage(&case.funnel.doc, &to).map_err(refused)?;
    let by = ByHand::now(actor, &reason, override_reason.as_deref());
    pass::go(app, &tx, &mut case, to, &by).await.map_err(|error| in_language(error, request.locale))?;
    routed(app, &tx, &mut case).await?;
    tx.commit().await?;
    after_commit(app).await?;
    view(app, actor, case.deal).await
}

/// What is in the way is said in the language that was asked for.
pub(super) fn in_language(error: AppError, locale: Option<Locale>) -> AppError {
    match (error, locale) {
        (AppError::GateShut(mut shut), Some(locale)) => {
            shut.locale = Some(locale);
            AppError::GateShut(shut)
        }
        (error, _) => error,
    }
}

/// End a deal.
pub async fn end(app: &App, actor: &Actor, id: Id<id::Deal>, request: DealClose) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let reason = checked_reason("reason", &request.reason)?;
    let override_reason = checked_override(request.override_reason.as_deref())?;
    let known = case::known(app, actor, id).await?;
    let tx = app.store.begin().await?;
    let mut case = case::held(app, &tx, actor, id, known).await?;
    let by = ByHand::now(actor, &reason, override_reason.as_deref());
    let ended = match request.outcome {
        DealOutcome::Won => {
            deal::may_become(case.deal.status, DealStatus::Won).map_err(refused)?;
            pass::win(app, &tx, &mut case, &by).await
        }
        DealOutcome::Lost => {
            deal::may_become(case.deal.status, DealStatus::Lost).map_err(refused)?;
            pass::lose(app, &tx, &mut case, &by).await
        }
    };
    ended.map_err(|error| in_language(error, request.locale))?;
    tx.commit().await?;
    after_commit(app).await?;
    view(app, actor, case.deal).await
}

/// Open a deal again that has ended.
pub async fn open_again(app: &App, actor: &Actor, id: Id<id::Deal>) -> Result<DealView> {
    actor.may(Permission::DealsWrite)?;
    let known = case::known(app, actor, id).await?;
    let tx = app.store.begin().await?;
    let mut case = case::held(app, &tx, actor, id, known).await?;
    deal::may_become(case.deal.status, DealStatus::Open).map_err(refused)?;
    deal::known_stage(&case.funnel.doc, &case.deal.stage).map_err(|_| {
        let detail = format!("the funnel no longer has the stage {} that this deal stood in", case.deal.stage);
        AppError::conflict("stage_gone", detail)
    })?;
    pass::reopen(app, &tx, &mut case, actor, "").await?;
    audit::record(app, &tx, actor, "deal.reopen", id, Value::Null).await?;
    commit(app, tx).await?;
    versions::remember(app, &case.deal).await?;
    view(app, actor, case.deal).await
}

async fn commit(app: &App, tx: Tx) -> Result<()> {
    tx.commit().await?;
    after_commit(app).await
}
