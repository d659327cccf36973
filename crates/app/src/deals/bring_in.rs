//! Deals that a file brings in.
//!
//! The file opens no gate: a deal begins in its stage as if somebody had put it there by hand, so that it passes the gate
//! of every stage up to there, and a won one those up to where won deals stand. Nobody is asked for an override.

use std::sync::Arc;

use base::{Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use serde_json::{Map, Value};
use store::Tx;
use store::funnels::Funnel;

use super::case::Case;
use super::edit::{blank, note_discount, note_fields, refuse_problems, short_title};
use super::known::{Known, needed_since};
use super::pass::{self, ByHand};
use super::versions;
use crate::{Actor, App, AppError, Result, facts};

/// A deal as a file describes it, its names understood.
pub(crate) struct Arriving {
    pub(crate) contact_id: Id<id::Contact>,
    pub(crate) funnel: Funnel,
    pub(crate) stage: StageId,
    pub(crate) status: DealStatus,
    pub(crate) title: String,
    pub(crate) value: Money,
    pub(crate) owner_id: Option<Id<id::User>>,
    pub(crate) reason: String,
    /// In per cent.
    pub(crate) discount: Option<f64>,
    pub(crate) fields: Map<String, Value>,
    /// When it was made in the old system.
    pub(crate) created_at: Option<Timestamp>,
    /// When it was won or lost there.
    pub(crate) closed_at: Option<Timestamp>,
    /// The import, by which the log can take back what it tells.
    pub(crate) source: String,
}

/// Let a deal in, or say what is in its way. `remember` writes in the same transaction under which name the deal was
/// known; a second run finds it there.
pub(crate) async fn bring_in(
    app: &App,
    actor: &Actor,
    arriving: Arriving,
    remember: impl AsyncFnOnce(&Tx, Id<id::Deal>, Timestamp) -> Result<()>,
) -> Result<()> {
    let known = Known::read(app, arriving.contact_id, needed_since(&arriving.funnel.doc, app.now())).await?;
    let tx = app.store.begin().await?;
    let contact = store::contacts::find(&tx, arriving.contact_id).await?.ok_or(AppError::NotFound("contact"))?;
    let title = if arriving.title.is_empty() { short_title(&contact.display_name()) } else { arriving.title };
    let mut deal = blank(app, &arriving.funnel, &contact, arriving.stage, arriving.value);
    (deal.title, deal.owner_id) = (title, arriving.owner_id);
    // Reports count by these; gates count by our own clock.
    let began_at = arriving.created_at.or(arriving.closed_at).unwrap_or(deal.created_at).min(deal.created_at);
    (deal.created_at, deal.stage_entered_at) = (began_at, began_at);
    let mut problems = Vec::new();
    note_fields(&tx, actor, &mut deal, Some(arriving.fields), &mut problems).await?;
    note_discount(&mut deal, arriving.discount.map(Some), &mut problems);
    refuse_problems(&tx, &deal, None, problems).await?;
    let mut case = Case::in_funnel(app, &tx, Arc::new(arriving.funnel), deal, known).await?;
    let by = |at, reason| ByHand { actor, reason, override_reason: None, at: Some(at), source: Some(&arriving.source) };
    pass::begin(app, &tx, &mut case, &by(began_at, "")).await?;
    let closed_at = arriving.closed_at.unwrap_or(app.now()).min(app.now());
    match arriving.status {
        DealStatus::Open => {}
        DealStatus::Won => pass::win(app, &tx, &mut case, &by(closed_at, &arriving.reason)).await?,
        DealStatus::Lost => pass::lose(app, &tx, &mut case, &by(closed_at, &arriving.reason)).await?,
    }
    remember(&tx, case.deal.id, case.deal.updated_at).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    versions::remember(app, &case.deal).await
}
