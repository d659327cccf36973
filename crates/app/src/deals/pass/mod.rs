//! The one way in which deals begin, move and are won, by hand or by themselves: each asks the gates, with the deal's
//! row held (see [`Known::fresh`] for what that means for what the log knows).
//!
//! [`Known::fresh`]: super::known::Known::fresh

mod change;

use base::{Id, Money, Timestamp, id};
use events::Position;
use funnel::deal::{self, DealStatus};
use funnel::document::{DealEffect, FunnelDoc, StageId};
use funnel::gate::{Block, Decision, Mover};
use serde_json::{Map, Value, json};
use store::Tx;
use store::orders::Order;

use super::case::{Asker, Case};
use super::gates::{self, Shut};
use super::known::Known;
use crate::{Actor, App, AppError, Result, audit};

pub(super) use change::Step;
pub(crate) use change::told_of;

/// How often a deal is looked at again whose gates may shut by themselves: approvals and consents run out, days pass.
const LOOK_EVERY_MS: i64 = 24 * 3600 * 1000;

/// A person or program moves a deal.
pub(super) struct ByHand<'a> {
    pub(super) actor: &'a Actor,
    /// Why, when that is worth a word.
    pub(super) reason: &'a str,
    /// Why it may pass a gate that is shut.
    pub(super) override_reason: Option<&'a str>,
    /// When it was done, where that was not now.
    pub(super) at: Option<Timestamp>,
    /// The import that it came with: the log can take it back by this.
    pub(super) source: Option<&'a str>,
}

impl<'a> ByHand<'a> {
    /// Here and now.
    pub(super) fn now(actor: &'a Actor, reason: &'a str, override_reason: Option<&'a str>) -> Self {
        Self { actor, reason, override_reason, at: None, source: None }
    }

    fn step(&self, app: &App) -> Step {
        Step::by(app, self.actor, self.reason).told(self.at, self.source)
    }

    /// Go on if the gates let it: what it does, or an error that says what is in the way.
    async fn pass(&self, app: &App, tx: &Tx, case: &Case, to: &StageId, decision: Decision) -> Result<Option<Step>> {
        let overridden = match decision {
            Decision::Already => return Ok(None),
            Decision::Blocked { reasons } => {
                return Err(AppError::GateShut(Box::new(Shut {
                    funnel: case.funnel.clone(),
                    to: to.clone(),
                    reasons,
                    labels: gates::labels(tx, self.actor).await?,
                    locale: None,
                })));
            }
            Decision::Allowed { overridden } => overridden,
        };
        let mut step = self.step(app);
        if !overridden.is_empty() {
            let why = self.override_reason.unwrap_or_default().trim();
            step.reason = [why, self.reason].join(" ").trim().to_owned();
            let detail = json!({"to": to.as_str(), "reason": why, "overridden": overridden});
            audit::record(app, tx, self.actor, "deal.override", case.deal.id, detail).await?;
            step.overridden = overridden;
        }
        Ok(Some(step))
    }
}

/// A new deal, in the stage that is written on it.
pub(super) async fn begin(app: &App, tx: &Tx, case: &mut Case, by: &ByHand<'_>) -> Result<()> {
    let stage = case.deal.stage.clone();
    let decision = case.may_begin(&Asker::of(by.actor).mover(), &stage, by.override_reason, app.now());
    let Some(step) = by.pass(app, tx, case, &stage, decision).await? else { return Ok(()) };
    change::open(app, tx, &case.funnel, &case.deal, &step).await?;
    audit::record(app, tx, by.actor, "deal.create", case.deal.id, json!({"stage": stage.as_str()})).await?;
    note_look(app, tx, case).await
}

/// A deal is put into a stage by hand.
pub(super) async fn go(app: &App, tx: &Tx, case: &mut Case, to: StageId, by: &ByHand<'_>) -> Result<()> {
    let decision = case.may_move(&Asker::of(by.actor).mover(), &to, by.override_reason, app.now());
    let Some(step) = by.pass(app, tx, case, &to, decision).await? else { return Ok(()) };
    let detail = json!({"from": case.deal.stage.as_str(), "to": to.as_str()});
    let funnel = case.funnel.clone();
    change::enter(app, tx, &funnel, &mut case.deal, to, &step).await?;
    audit::record(app, tx, by.actor, "deal.move", case.deal.id, detail).await?;
    note_look(app, tx, case).await
}

/// A deal is won by hand, where it stands: it must be able to come where won deals stand.
pub(super) async fn win(app: &App, tx: &Tx, case: &mut Case, by: &ByHand<'_>) -> Result<()> {
    let decision = case.may_win(&Asker::of(by.actor).mover(), by.override_reason, app.now());
    let winning = funnel::gate::winning_stage(&case.funnel.doc).map_or(&case.deal.stage, |stage| &stage.id).clone();
    // Who stands there already is let through, too.
    let step = by.pass(app, tx, case, &winning, decision).await?;
    let step = step.unwrap_or_else(|| by.step(app));
    end(app, tx, case, DealStatus::Won, by.actor, &step).await
}

/// A deal is lost: no gate asks about that.
pub(super) async fn lose(app: &App, tx: &Tx, case: &mut Case, by: &ByHand<'_>) -> Result<()> {
    end(app, tx, case, DealStatus::Lost, by.actor, &by.step(app)).await
}

async fn end(app: &App, tx: &Tx, case: &mut Case, status: DealStatus, actor: &Actor, step: &Step) -> Result<()> {
    let funnel = case.funnel.clone();
    change::close(app, tx, &funnel, &mut case.deal, status, step).await?;
    audit::record(app, tx, actor, "deal.close", case.deal.id, json!({"outcome": status.as_str()})).await
}

/// A deal that has ended goes on where it stood. That needs no gate: it was let in there once.
pub(super) async fn reopen(app: &App, tx: &Tx, case: &mut Case, actor: &Actor, why: &str) -> Result<()> {
    let funnel = case.funnel.clone();
    change::reopen(app, tx, &funnel, &mut case.deal, &Step::by(app, actor, why)).await?;
    note_look(app, tx, case).await
}

/// The order that won a deal has been cancelled: somebody must look at the deal again.
pub(crate) async fn reopen_cancelled(app: &App, tx: &Tx, actor: &Actor, order: &Order) -> Result<()> {
    for deal in store::deals::won_by_order(tx, order.id).await? {
        if deal.status != DealStatus::Won {
            continue;
        }
        let known = Known::read(app, deal.contact_id, deal.opened_at).await?;
        let mut case = Case::of(app, tx, deal, known).await?;
        // A deal whose stage the funnel has lost in the meantime stays closed: on the board it would stand nowhere.
        if case.funnel.doc.stage(&case.deal.stage).is_some() {
            reopen(app, tx, &mut case, actor, "Order Cancelled").await?;
        }
    }
    Ok(())
}

/// What happened that moves a deal by itself.
pub(super) struct Trigger<'a> {
    pub(super) name: &'a str,
    pub(super) at: Timestamp,
    pub(super) props: &'a Map<String, Value>,
}

/// The moves that a deal makes by itself, by what happened up to a place in the log; and its end, if it comes into a
/// stage that wins it. To be asked whenever something that gates look at may have changed: it does nothing twice.
pub(super) async fn advance(
    app: &App,
    tx: &Tx,
    case: &mut Case,
    up_to: Position,
    trigger: Option<&Trigger<'_>>,
) -> Result<()> {
    if case.deal.status != DealStatus::Open {
        return Ok(());
    }
    let funnel = case.funnel.clone();
    for to in case.advance(up_to, app.now()).moves {
        let (step, props) = step_into(app, case, &to, up_to, trigger);
        change::enter(app, tx, &funnel, &mut case.deal, to.clone(), &step).await?;
        if funnel.doc.stage(&to).is_some_and(|stage| stage.deal == Some(DealEffect::Wins)) {
            return record_sale(app, tx, case, &props, &step).await;
        }
    }
    note_look(app, tx, case).await
}

/// What brings a deal into a stage, and when: what just happened, at its time; else what happened earlier, and now that
/// the gate is open.
fn step_into(
    app: &App,
    case: &Case,
    to: &StageId,
    up_to: Position,
    trigger: Option<&Trigger<'_>>,
) -> (Step, Map<String, Value>) {
    let leads = |trigger: &&Trigger<'_>| {
        let rule = funnel_rule(&case.funnel.doc, to);
        rule.is_some_and(|rule| rule.is_met(trigger.name, trigger.props, rule.occurrence))
    };
    if let Some(trigger) = trigger.filter(leads) {
        let at = trigger.at.max(case.deal.stage_entered_at);
        return (Step::after(trigger.name, at), trigger.props.clone());
    }
    let cause = case.cause(to, up_to);
    let step = Step::after(cause.map_or("", |seen| &seen.name), app.now());
    (step, cause.map(|seen| seen.props.clone()).unwrap_or_default())
}

fn funnel_rule<'a>(doc: &'a FunnelDoc, stage: &StageId) -> Option<&'a funnel::document::EntersOn> {
    doc.stage(stage).map(|stage| &stage.enters_on)
}

/// Money came: the deal is won, whatever its gates say. It stays where they let it come, and what was shut is written
/// on it for somebody to look at.
pub(super) async fn win_by_sale(app: &App, tx: &Tx, case: &mut Case, sale: &Trigger<'_>) -> Result<()> {
    if let Decision::Blocked { reasons } = case.may_win(&Mover::ITSELF, None, app.now()) {
        flag(app, tx, case, &reasons).await?;
    }
    let at = sale.at.max(case.deal.stage_entered_at);
    record_sale(app, tx, case, sale.props, &Step::after(sale.name, at)).await
}

async fn flag(app: &App, tx: &Tx, case: &mut Case, reasons: &[Block]) -> Result<()> {
    case.deal.gate_flag = Some(json!(reasons));
    let detail = json!({"stage": case.deal.stage.as_str(), "shut": reasons});
    audit::record(app, tx, &Actor::SYSTEM, "deal.won_past_gate", case.deal.id, detail).await
}

async fn record_sale(app: &App, tx: &Tx, case: &mut Case, props: &Map<String, Value>, step: &Step) -> Result<()> {
    let funnel = case.funnel.clone();
    let (order_id, value) = sale(tx, &funnel.doc, props).await?;
    case.deal.order_id = order_id;
    case.deal.value = value.unwrap_or(case.deal.value);
    change::close(app, tx, &funnel, &mut case.deal, DealStatus::Won, step).await
}

/// The order that an event tells of, and what it is worth: exactly when the order is ours, else as the event
/// says in `value`, `total` or `revenue`, major units.
async fn sale(tx: &Tx, doc: &FunnelDoc, props: &Map<String, Value>) -> Result<(Option<Id<id::Order>>, Option<Money>)> {
    if let Some(id) = props.get("order").and_then(Value::as_str).and_then(|text| text.parse().ok())
        && let Some(order) = store::orders::find(tx, id).await?
    {
        return Ok((Some(id), Some(Money::new(order.amounts.total_minor, order.currency))));
    }
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let major = ["value", "total", "revenue"].iter().find_map(|name| props.get(*name).and_then(number));
    let told = props.get("currency").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let currency: base::Currency = told.unwrap_or(doc.currency);
    let minor = major.map(|major| (major * 10f64.powi(currency.exponent().cast_signed())).round());
    let is_sane = |minor: &f64| (0.0..=deal::VALUE_MINOR_MAX as f64).contains(minor);
    Ok((None, minor.filter(is_sane).map(|minor| Money::new(minor as i64, currency))))
}

/// A deal that an event opens: in the stage that the event leads to, else in the last one before it whose gate lets it
/// in; its card then says what the next one asks for. None if not even the first does: nobody is let in by a lead.
/// A sale is recorded all the same, in the first stage, with what was shut written on it.
pub(super) async fn begin_by_event(
    app: &App,
    tx: &Tx,
    case: &mut Case,
    trigger: &Trigger<'_>,
    is_sale: bool,
) -> Result<bool> {
    let funnel = case.funnel.clone();
    let Some(aim) = funnel.doc.stage_index(&case.deal.stage) else { return Ok(false) };
    let candidates = funnel.doc.stages[..=aim].iter().rev().map(|stage| &stage.id);
    let lets_in = |stage: &&StageId| case.may_begin(&Mover::ITSELF, stage, None, app.now()).is_allowed();
    let stage = match candidates.into_iter().find(lets_in) {
        Some(stage) => stage.clone(),
        None if is_sale => {
            let first = funnel.doc.stages[0].id.clone();
            if let Decision::Blocked { reasons } = case.may_begin(&Mover::ITSELF, &first, None, app.now()) {
                case.deal.gate_flag = Some(json!(reasons));
            }
            first
        }
        None => return Ok(false),
    };
    case.deal.stage = stage;
    change::open(app, tx, &funnel, &case.deal, &Step::after(trigger.name, trigger.at)).await?;
    Ok(true)
}

/// Write down what is in the way of a deal, for its card, and when to look again. Changes nothing about where it stands.
pub(super) async fn note_look(app: &App, tx: &Tx, case: &mut Case) -> Result<()> {
    let held = case.held(app.now());
    let held = (!held.is_empty()).then(|| json!(held));
    let due = if case.deal.status == DealStatus::Open { next_look(case, app.now()) } else { None };
    if held != case.deal.held || due != case.deal.gate_due_at {
        (case.deal.held, case.deal.gate_due_at) = (held, due);
        store::deals::update(tx, &case.deal).await?;
    }
    Ok(())
}

/// When time alone may change what the gates say: a time limit of the stage, else once a day. Never when there are none.
fn next_look(case: &Case, now: Timestamp) -> Option<Timestamp> {
    let stages = &case.funnel.doc.stages;
    if stages.iter().all(|stage| stage.gate.is_none() && stage.time.is_none()) {
        return None;
    }
    let limit = case.funnel.doc.stage(&case.deal.stage).and_then(|stage| stage.time);
    let spans = limit.into_iter().flat_map(|limit| [limit.min, limit.max]).flatten();
    // Something may last until a moment and be over only after it.
    let ends = spans.map(|span| case.deal.moved_at.plus_ms(span.ms() + 1)).filter(|end| *end > now);
    ends.chain([now.plus_ms(LOOK_EVERY_MS)]).min()
}
