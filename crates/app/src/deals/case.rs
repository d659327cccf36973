//! A deal with all that its gates look at.

use std::sync::Arc;

use base::{Money, Timestamp, id};
use events::Position;
use funnel::condition::Seen;
use funnel::deal::DealStatus;
use funnel::document::{Role, StageId};
use funnel::gate::{self, Approval, Arrival, Block, Consent, Decision, Evidence, Move, Mover};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::ConnectionTrait;
use store::contacts::Contact;
use store::deals::Deal;
use store::funnels::Funnel;

use super::known::{Known, Told, is_undoing, needed_since};
use super::versions;
use crate::funnels::Rules;
use crate::{Actor, App, AppError, Result, consent, contacts, offers::major_units};

/// Approvals that are looked at, newest first. Only those since the last move count.
const APPROVALS_MAX: u64 = 50;
/// Hundredths of a per cent in a per cent.
const BP_PER_PERCENT: f64 = 100.0;

/// What gates know about a deal.
pub(super) struct Case {
    /// The document that the deal follows.
    pub(super) funnel: Arc<Funnel>,
    pub(super) deal: Deal,
    pub(super) approvals: Vec<Approval>,
    /// What is said in messages; empty for a deal before the first stage.
    contact: Option<Contact>,
    fields: Map<String, Value>,
    consents: Vec<Consent>,
    told: Vec<Told>,
    seen: Vec<Seen>,
    owner: Option<String>,
}

/// Who asks, as gates see them.
pub(super) struct Asker {
    id: String,
    role: Option<Role>,
}

impl Asker {
    /// A user or key.
    pub(super) fn of(actor: &Actor) -> Self {
        Self { id: actor.audit_name(), role: actor.role }
    }

    pub(super) fn mover(&self) -> Mover<'_> {
        Mover { id: &self.id, role: self.role }
    }
}

impl Case {
    /// Look at a deal as it stands. Inside a transaction that holds the deal's row this is what decides; outside it is
    /// what a reader is told.
    pub(super) async fn of(app: &App, conn: &impl ConnectionTrait, deal: Deal, known: Known) -> Result<Self> {
        let funnel = versions::followed(app, conn, &deal).await?;
        Self::in_funnel(app, conn, funnel, deal, known).await
    }

    /// The same, of a deal that may not be stored yet.
    pub(super) async fn in_funnel(
        app: &App,
        conn: &impl ConnectionTrait,
        funnel: Arc<Funnel>,
        deal: Deal,
        known: Known,
    ) -> Result<Self> {
        let known = known.fresh(app, deal.contact_id, needed_since(&funnel.doc, deal.opened_at)).await?;
        let contact = store::contacts::find(conn, deal.contact_id).await?;
        let consents = consent::standing(conn, deal.contact_id).await?;
        let approvals = store::deals::approvals(conn, deal.id, APPROVALS_MAX).await?;
        let told = known.seen(&funnel.doc, deal.opened_at);
        let seen = told.iter().map(|told| told.seen.clone()).collect();
        let mut case = Self { funnel, deal, approvals, contact, fields: Map::new(), consents, told, seen, owner: None };
        case.note_changed();
        Ok(case)
    }

    /// The deal's own fields have changed: what gates see of them follows.
    pub(super) fn note_changed(&mut self) {
        self.fields = fields(&self.deal, self.contact.as_ref());
        self.owner = self.deal.owner_id.map(|id| id.to_string());
    }

    fn as_gates_see_it<'a>(&'a self, stage: Option<&'a StageId>) -> gate::Deal<'a> {
        gate::Deal {
            status: self.deal.status,
            stage,
            opened_at: self.deal.opened_at,
            entered_at: self.deal.moved_at,
            moved_back_at: self.deal.moved_back_at,
            owner: self.owner.as_deref(),
            fields: &self.fields,
            approvals: &self.approvals,
        }
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence { events: &self.seen, consents: &self.consents }
    }

    /// Whether it may go to a stage.
    pub(super) fn may_move(
        &self,
        mover: &Mover<'_>,
        to: &StageId,
        override_reason: Option<&str>,
        now: Timestamp,
    ) -> Decision {
        let wish = Move { to, override_reason };
        let deal = self.as_gates_see_it(Some(&self.deal.stage));
        gate::may_move(&self.funnel.doc, &deal, &self.evidence(), mover, &wish, now)
    }

    /// Whether it may begin in a stage, before it stands anywhere.
    pub(super) fn may_begin(
        &self,
        mover: &Mover<'_>,
        at: &StageId,
        override_reason: Option<&str>,
        now: Timestamp,
    ) -> Decision {
        let wish = Move { to: at, override_reason };
        gate::may_move(&self.funnel.doc, &self.as_gates_see_it(None), &self.evidence(), mover, &wish, now)
    }

    /// Whether it may be won.
    pub(super) fn may_win(&self, mover: &Mover<'_>, override_reason: Option<&str>, now: Timestamp) -> Decision {
        let deal = self.as_gates_see_it(Some(&self.deal.stage));
        gate::may_win(&self.funnel.doc, &deal, &self.evidence(), mover, override_reason, now)
    }

    /// The moves that it makes by itself, by what happened up to a place in the log. What comes after is not forgotten:
    /// the reactor comes to it, and an order must find the deal open that it wins. What takes evidence back counts at
    /// once, wherever it is.
    pub(super) fn advance(&self, up_to: Position, now: Timestamp) -> Arrival {
        let events: Vec<Seen> = self.told_by(up_to).map(|told| told.seen.clone()).collect();
        let known = Evidence { events: &events, consents: &self.consents };
        gate::advance_through(&self.funnel.doc, &self.as_gates_see_it(Some(&self.deal.stage)), &known, now)
    }

    fn told_by(&self, up_to: Position) -> impl Iterator<Item = &Told> {
        let doc = &self.funnel.doc;
        self.told.iter().filter(move |told| told.position <= up_to || is_undoing(doc, &told.seen.name))
    }

    /// The newest event up to a place in the log that leads to a stage.
    pub(super) fn cause(&self, stage: &StageId, up_to: Position) -> Option<&Seen> {
        let rule = &self.funnel.doc.stage(stage)?.enters_on;
        let fits = |told: &&Told| rule.is_met(&told.seen.name, &told.seen.props, rule.occurrence);
        self.told_by(up_to).filter(fits).max_by_key(|told| told.position).map(|told| &told.seen)
    }

    /// Approve that it enters a stage.
    pub(super) fn approve(
        &self,
        by: &Mover<'_>,
        stage: &StageId,
        now: Timestamp,
    ) -> Result<Approval, gate::ApproveError> {
        gate::approve(&self.funnel.doc, &self.as_gates_see_it(Some(&self.deal.stage)), by, stage, now)
    }

    /// What is in the way to the next stage, if anything.
    pub(super) fn held(&self, now: Timestamp) -> Vec<Block> {
        let next = match self.funnel.doc.stage_index(&self.deal.stage) {
            Some(index) => self.funnel.doc.stages.get(index + 1),
            None => None,
        };
        let Some(next) = next.filter(|_| self.deal.status == DealStatus::Open) else { return Vec::new() };
        match self.may_move(&Mover::ITSELF, &next.id, None, now) {
            Decision::Blocked { reasons } => reasons,
            Decision::Allowed { .. } | Decision::Already => Vec::new(),
        }
    }
}

/// What gates see: `deal.value` in major units, `deal.discount` in per cent, and so on. What the program keeps itself
/// stands above fields of the company's own that are called the same.
pub(crate) fn fields(deal: &Deal, contact: Option<&Contact>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in &deal.fields {
        fields.insert(format!("deal.{name}"), own_value(value));
    }
    if let Some(contact) = contact {
        for (name, value) in &contact.traits {
            fields.insert(format!("contact.{name}"), own_value(value));
        }
    }
    let mut set = |name: &str, value: Value| {
        fields.remove(name);
        let is_empty = value.is_null() || value.as_str() == Some("");
        if !is_empty {
            fields.insert(name.to_owned(), value);
        }
    };
    // No value is known before somebody writes one: nothing is not an amount.
    set("deal.value", if deal.value.minor == 0 { Value::Null } else { json!(major_units(deal.value)) });
    set("deal.currency", deal.value.currency.code().into());
    set("deal.discount", discount_percent(deal.discount_bp).map_or(Value::Null, Value::from));
    set("deal.title", deal.title.as_str().into());
    set("deal.owner", deal.owner_id.map_or(Value::Null, |id| id.to_string().into()));
    set("deal.channel", deal.channel.as_str().into());
    if let Some(contact) = contact {
        for (name, text) in contacts::texts(contact) {
            set(&format!("contact.{name}"), text.into());
        }
        set("company.name", contact.company.as_str().into());
        set("contact.tags", json!(contact.tags));
    }
    fields
}

/// What rules of segments and of assignment see of a deal: what gates see, where it stands, and how it ended.
pub(crate) fn told_fields(rules: &Rules, deal: &Deal, contact: Option<&Contact>) -> Map<String, Value> {
    let mut known = fields(deal, contact);
    let funnel = rules.funnels.iter().find(|funnel| funnel.id == deal.funnel_id);
    known.insert("deal.funnel".to_owned(), funnel.map_or(Value::Null, |funnel| funnel.doc.id.as_str().into()));
    known.insert("deal.stage".to_owned(), deal.stage.as_str().into());
    known.insert("deal.status".to_owned(), deal.status.as_str().into());
    known.insert("deal.opened_at".to_owned(), deal.opened_at.to_string().into());
    if let Some(at) = deal.closed_at {
        known.insert("deal.closed_at".to_owned(), at.to_string().into());
    }
    known
}

/// A value of a field of the company's own, amounts in major units.
pub(crate) fn own_value(value: &Value) -> Value {
    match value {
        Value::Object(_) => Money::deserialize(value).map_or_else(|_| value.clone(), |money| json!(major_units(money))),
        other => other.clone(),
    }
}

/// A discount in per cent.
pub(crate) fn discount_percent(bp: Option<i64>) -> Option<f64> {
    bp.map(|bp| bp as f64 / BP_PER_PERCENT)
}

/// A discount in hundredths of a per cent, if it is one of 0 to 100 per cent with at most two decimals.
pub(super) fn discount_bp(percent: f64) -> Option<i64> {
    let bp = (percent * BP_PER_PERCENT).round();
    let is_exact = (bp / BP_PER_PERCENT - percent).abs() < 1e-9;
    ((0.0..=100.0 * BP_PER_PERCENT).contains(&bp) && is_exact).then_some(bp as i64)
}

/// The deal of that id, held until the transaction ends, with all that its gates look at.
pub(super) async fn held(
    app: &App,
    tx: &store::Tx,
    actor: &Actor,
    id: base::Id<id::Deal>,
    known: Known,
) -> Result<Case> {
    let found = store::deals::find_for_update(tx, id, super::scope(actor)).await?;
    Case::of(app, tx, found.ok_or(AppError::NotFound("deal"))?, known).await
}

/// Read the log for a deal, before a transaction opens.
pub(super) async fn known(app: &App, actor: &Actor, id: base::Id<id::Deal>) -> Result<Known> {
    let conn = app.store.reader();
    let deal = store::deals::find(conn, id, super::scope(actor)).await?.ok_or(AppError::NotFound("deal"))?;
    let funnel = versions::followed(app, conn, &deal).await?;
    Known::read(app, deal.contact_id, needed_since(&funnel.doc, deal.opened_at)).await
}
