//! The changes that a deal goes through, whoever makes them: row, history and facts together.

use base::Timestamp;
use events::PersonKey;
use funnel::deal::DealStatus;
use funnel::document::StageId;
use store::Tx;
use store::deals::{Deal, note_change};
use store::funnels::Funnel;
use store::orders::Order;

use crate::{
    Actor, App, Result,
    facts::{self, Fact},
    offers::major_units,
};

/// Who makes a change, when and why.
pub(super) struct Step {
    actor: String,
    reason: String,
    at: Timestamp,
}

impl Step {
    /// A change by hand, now.
    pub(super) fn by(app: &App, actor: &Actor, reason: &str) -> Self {
        Self { actor: actor.audit_name(), reason: reason.to_owned(), at: app.now() }
    }

    /// A change that an event made, at the time of the event.
    pub(super) fn after(event: &str, at: Timestamp) -> Self {
        Self { actor: Actor::SYSTEM.audit_name(), reason: event.to_owned(), at }
    }
}

/// A fact about a deal: `deal`, `funnel`, `stage`, `channel`, and `value` in major units with `currency`.
fn fact(name: &str, funnel: &Funnel, deal: &Deal, at: Timestamp) -> Fact {
    Fact::new(name, at, &PersonKey::contact(&deal.contact_id))
        .with("deal", deal.id.to_string())
        .with("funnel", funnel.doc.id.as_str())
        .with("stage", deal.stage.as_str())
        .with("channel", deal.channel.as_str())
        .with("value", major_units(deal.value))
        .with("currency", deal.value.currency.code())
}

/// A deal begins.
pub(super) async fn open(app: &App, tx: &Tx, funnel: &Funnel, deal: &Deal, step: &Step) -> Result<()> {
    store::deals::insert(tx, deal).await?;
    note_change(tx, deal, None, &step.actor, &step.reason).await?;
    facts::record(app, tx, fact("Deal Created", funnel, deal, step.at)).await?;
    facts::record(app, tx, fact("Stage Entered", funnel, deal, step.at)).await
}

/// A deal comes into another stage.
pub(super) async fn enter(
    app: &App,
    tx: &Tx,
    funnel: &Funnel,
    deal: &mut Deal,
    to: StageId,
    step: &Step,
) -> Result<()> {
    let from = std::mem::replace(&mut deal.stage, to);
    deal.stage_entered_at = step.at;
    deal.updated_at = app.now();
    store::deals::update(tx, deal).await?;
    note_change(tx, deal, Some(&from), &step.actor, &step.reason).await?;
    let entered = fact("Stage Entered", funnel, deal, step.at).with("from", from.as_str());
    facts::record(app, tx, entered).await
}

/// A deal is won or lost.
pub(super) async fn close(
    app: &App,
    tx: &Tx,
    funnel: &Funnel,
    deal: &mut Deal,
    status: DealStatus,
    step: &Step,
) -> Result<()> {
    deal.status = status;
    step.reason.clone_into(&mut deal.reason);
    deal.closed_at = Some(step.at);
    deal.updated_at = app.now();
    store::deals::update(tx, deal).await?;
    note_change(tx, deal, Some(&deal.stage), &step.actor, &step.reason).await?;
    let name = if status == DealStatus::Won { "Deal Won" } else { "Deal Lost" };
    let order = deal.order_id.map(|id| id.to_string()).unwrap_or_default();
    let ended = fact(name, funnel, deal, step.at).with("reason", step.reason.as_str()).with("order", order);
    facts::record(app, tx, ended).await
}

/// A deal that has ended goes on.
pub(super) async fn reopen(app: &App, tx: &Tx, funnel: &Funnel, deal: &mut Deal, step: &Step) -> Result<()> {
    deal.status = DealStatus::Open;
    deal.reason.clear();
    deal.closed_at = None;
    deal.order_id = None;
    deal.updated_at = app.now();
    store::deals::update(tx, deal).await?;
    note_change(tx, deal, Some(&deal.stage), &step.actor, &step.reason).await?;
    facts::record(app, tx, fact("Deal Reopened", funnel, deal, step.at)).await
}

/// The order that won a deal has been cancelled: somebody must look at the deal again.
pub(crate) async fn reopen_cancelled(app: &App, tx: &Tx, actor: &Actor, order: &Order) -> Result<()> {
    let rules = app.running.rules();
    for deal in store::deals::won_by_order(tx, order.id).await? {
        let funnel = rules.funnels.iter().find(|funnel| funnel.id == deal.funnel_id);
        // A deal whose stage the funnel has lost in the meantime stays closed: on the board it would stand nowhere.
        if let Some(funnel) = funnel.filter(|funnel| funnel.doc.stage(&deal.stage).is_some())
            && deal.status == DealStatus::Won
        {
            let mut deal = deal;
            reopen(app, tx, funnel, &mut deal, &Step::by(app, actor, "Order Cancelled")).await?;
        }
    }
    Ok(())
}
