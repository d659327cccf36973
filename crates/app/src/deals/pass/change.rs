//! The changes that a deal goes through: row, history and facts together. Only `pass` makes them, so that none goes
//! around the gates.

use base::Timestamp;
use events::PersonKey;
use funnel::deal::DealStatus;
use funnel::document::StageId;
use funnel::gate::Block;
use serde_json::json;
use store::Tx;
use store::deals::{Deal, note_change};
use store::funnels::Funnel;

use crate::{
    Actor, App, Result,
    facts::{self, Fact},
    offers::major_units,
    routing,
};

use super::super::versions;

/// Who makes a change, when, why, and what they let pass.
pub(crate) struct Step {
    actor: String,
    pub(super) reason: String,
    pub(super) at: Timestamp,
    pub(super) overridden: Vec<Block>,
    source: Option<String>,
}

impl Step {
    /// A change by hand, now.
    pub(crate) fn by(app: &App, actor: &Actor, reason: &str) -> Self {
        let (actor, reason) = (actor.audit_name(), reason.to_owned());
        Self { actor, reason, at: app.now(), overridden: Vec::new(), source: None }
    }

    /// The same as a file tells it: when it was, and which import says so.
    pub(super) fn told(mut self, at: Option<Timestamp>, source: Option<&str>) -> Self {
        self.at = at.unwrap_or(self.at);
        self.source = source.map(str::to_owned);
        self
    }

    /// A change that an event made, at the time of the event.
    pub(crate) fn after(event: &str, at: Timestamp) -> Self {
        let actor = Actor::SYSTEM.audit_name();
        Self { actor, reason: event.to_owned(), at, overridden: Vec::new(), source: None }
    }
}

/// A fact about a deal: `deal`, `funnel`, `stage`, `channel`, `owner`, and `value` in major units with `currency`.
fn fact(name: &str, funnel: &Funnel, deal: &Deal, step: &Step) -> Fact {
    let mut fact = Fact::new(name, step.at, &PersonKey::contact(&deal.contact_id));
    fact.source.clone_from(&step.source);
    fact.with("deal", deal.id.to_string())
        .with("funnel", funnel.doc.id.as_str())
        .with("stage", deal.stage.as_str())
        .with("channel", deal.channel.as_str())
        .with("owner", deal.owner_id.map(|id| id.to_string()))
        .with("value", major_units(deal.value))
        .with("currency", deal.value.currency.code())
}

/// A fact about a deal that does not change where it stands.
pub(crate) async fn told_of(app: &App, tx: &Tx, name: &str, deal: &Deal, at: Timestamp) -> Result<Fact> {
    let funnel = versions::followed(app, tx, deal).await?;
    Ok(fact(name, &funnel, deal, &Step::after(name, at)))
}

/// What happened in this very millisecond lies behind.
fn just_after(app: &App) -> Timestamp {
    app.now().plus_ms(1)
}

async fn note(tx: &Tx, deal: &Deal, from: Option<&StageId>, step: &Step) -> Result<()> {
    let overridden = (!step.overridden.is_empty()).then(|| json!(step.overridden));
    Ok(note_change(tx, deal, from, &step.actor, &step.reason, overridden).await?)
}

/// A deal begins.
pub(super) async fn open(app: &App, tx: &Tx, funnel: &Funnel, deal: &Deal, step: &Step) -> Result<()> {
    store::deals::insert(tx, deal).await?;
    note(tx, deal, None, step).await?;
    facts::record(app, tx, fact("Deal Created", funnel, deal, step)).await?;
    facts::record(app, tx, fact("Stage Entered", funnel, deal, step)).await?;
    routing::note(app, tx, deal).await
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
    let is_back = funnel.doc.stage_index(&deal.stage) < funnel.doc.stage_index(&from);
    deal.stage_entered_at = step.at;
    deal.moved_at = app.now();
    if is_back {
        deal.moved_back_at = Some(just_after(app));
    }
    deal.approval_asked = None;
    deal.updated_at = app.now();
    store::deals::update(tx, deal).await?;
    note(tx, deal, Some(&from), step).await?;
    let entered = fact("Stage Entered", funnel, deal, step).with("from", from.as_str());
    facts::record(app, tx, entered).await?;
    routing::note(app, tx, deal).await
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
    (deal.held, deal.gate_due_at, deal.approval_asked) = (None, None, None);
    routing::ended(app, tx, deal).await?;
    store::deals::update(tx, deal).await?;
    note(tx, deal, Some(&deal.stage), step).await?;
    let name = if status == DealStatus::Won { "Deal Won" } else { "Deal Lost" };
    let order = deal.order_id.map(|id| id.to_string()).unwrap_or_default();
    let ended = fact(name, funnel, deal, step).with("reason", step.reason.as_str()).with("order", order);
    facts::record(app, tx, ended).await
}

/// A deal that has ended goes on where it stood. What happened before moves it no more by itself: the order that won it
/// is perhaps cancelled.
pub(super) async fn reopen(app: &App, tx: &Tx, funnel: &Funnel, deal: &mut Deal, step: &Step) -> Result<()> {
    deal.status = DealStatus::Open;
    deal.reason.clear();
    deal.closed_at = None;
    deal.order_id = None;
    deal.gate_flag = None;
    deal.moved_back_at = Some(just_after(app));
    deal.updated_at = app.now();
    store::deals::update(tx, deal).await?;
    note(tx, deal, Some(&deal.stage), step).await?;
    facts::record(app, tx, fact("Deal Reopened", funnel, deal, step)).await
}
