//! What an event does to the deals of the contact who did it.
//!
//! Preparing reads the log and memory only and happens before the transaction; applying is SQL only. Events of
//! an import do nothing here: taking the import back could not take the moves back.

use base::{Id, Money, Timestamp, id};
use events::{Position, StoredEvent};
use funnel::deal::{DealStatus, VALUE_MINOR_MAX};
use funnel::document::{OWN_EVENTS, StageId, advance};
use serde_json::{Map, Value};
use store::Tx;
use store::contacts::Contact;
use store::deals::Deal;
use store::funnels::Funnel;

use super::change::{Step, close, enter, open};
use super::short_title;
use crate::{App, Result, funnels::Rules};

/// Events read at once while counting how many of a name somebody has done, and the most that are read.
const COUNT_BATCH: usize = 500;
const COUNT_EVENTS_MAX: usize = 10_000;

/// An event that may change a deal.
pub(crate) struct Reaction {
    /// Contacts that the person is, oldest first.
    contacts: Vec<Id<id::Contact>>,
    name: String,
    at: Timestamp,
    props: Map<String, Value>,
    /// The how manieth event of its name it is, as far as any stage asks.
    occurrence: u32,
}

/// Whether any funnel waits for an event of that name.
fn is_awaited(rules: &Rules, name: &str) -> bool {
    !OWN_EVENTS.contains(&name)
        && rules.funnels.iter().any(|funnel| funnel.doc.occurrence_max(name) > 0 || funnel.doc.wins_deal(name, None))
}

/// Whether an event may change a deal; what it takes to find out the rest.
pub(crate) async fn prepare(app: &App, rules: &Rules, event: &StoredEvent) -> Result<Option<Reaction>> {
    let fact = &event.event;
    if fact.source.is_some() || !is_awaited(rules, &fact.name) {
        return Ok(None);
    }
    let contact = |key: events::PersonKey| key.as_str().strip_prefix("contact:")?.parse().ok();
    let mut contacts: Vec<Id<id::Contact>> = app.log.keys(event.person).into_iter().filter_map(contact).collect();
    if contacts.is_empty() {
        return Ok(None);
    }
    contacts.sort_unstable();
    let asked = rules.funnels.iter().map(|funnel| funnel.doc.occurrence_max(&fact.name)).max().unwrap_or(0);
    Ok(Some(Reaction {
        contacts,
        name: fact.name.clone(),
        // What happened long ago and is told now moves the deal then; a clock that is ahead moves it now.
        at: fact.at.min(app.now()),
        props: serde_json::from_str(&fact.props).unwrap_or_default(),
        occurrence: occurrence(app, event, asked).await?,
    }))
}

/// The how manieth event of its name this one is for its person, counted up to `asked`.
async fn occurrence(app: &App, event: &StoredEvent, asked: u32) -> Result<u32> {
    let mut count = 1;
    let mut before = event.position;
    let mut read = 0;
    while count < asked && read < COUNT_EVENTS_MAX {
        let earlier = app.log.timeline(event.person, Some(before), COUNT_BATCH).await?;
        let Some(oldest) = earlier.last().map(|event| event.position) else { break };
        let of_name = earlier.iter().filter(|earlier| earlier.event.name == event.event.name).count();
        count = count.saturating_add(u32::try_from(of_name).unwrap_or(u32::MAX));
        read += earlier.len();
        before = Position(oldest.0);
    }
    Ok(count)
}

/// Change the deals.
pub(crate) async fn apply(app: &App, tx: &Tx, rules: &Rules, reaction: &Reaction) -> Result<()> {
    let Some(contact) = living_contact(tx, &reaction.contacts).await? else { return Ok(()) };
    let mut has_won = false;
    let mut without: Vec<&Funnel> = Vec::new();
    for funnel in &rules.funnels {
        match store::deals::open_of_contact(tx, contact.id, funnel.id).await? {
            Some(deal) => has_won |= advance_deal(app, tx, funnel, deal, reaction).await?,
            None => without.push(funnel),
        }
    }
    for funnel in without {
        let next = advance(&funnel.doc, None, &reaction.name, &reaction.props, reaction.occurrence);
        let Some(stage) = next else { continue };
        let wins = funnel.doc.wins_deal(&reaction.name, Some(&stage));
        let opens = funnel.doc.stage(&stage).is_some_and(|stage| funnel.doc.opens_deal(stage));
        // A sale to somebody without a deal makes its own, once: not in every funnel that knows of orders.
        if opens || (wins && !has_won) {
            let deal = new_deal(app, &contact, funnel, stage, reaction);
            open(app, tx, funnel, &deal, &Step::after(&reaction.name, reaction.at)).await?;
            if wins {
                win(app, tx, funnel, deal, reaction).await?;
                has_won = true;
            }
        }
    }
    Ok(())
}

/// The first of the contacts that has not been removed.
async fn living_contact(tx: &Tx, ids: &[Id<id::Contact>]) -> Result<Option<Contact>> {
    for id in ids {
        if let Some(contact) = store::contacts::find(tx, *id).await? {
            return Ok(Some(contact));
        }
    }
    Ok(None)
}

/// Move an open deal forward as far as the event leads; answers whether it is won.
async fn advance_deal(app: &App, tx: &Tx, funnel: &Funnel, mut deal: Deal, reaction: &Reaction) -> Result<bool> {
    let next = advance(&funnel.doc, Some(&deal.stage), &reaction.name, &reaction.props, reaction.occurrence);
    let wins = funnel.doc.wins_deal(&reaction.name, next.as_ref());
    if let Some(next) = next {
        let at = reaction.at.max(deal.stage_entered_at);
        enter(app, tx, funnel, &mut deal, next, &Step::after(&reaction.name, at)).await?;
    }
    if wins {
        win(app, tx, funnel, deal, reaction).await?;
    }
    Ok(wins)
}

async fn win(app: &App, tx: &Tx, funnel: &Funnel, mut deal: Deal, reaction: &Reaction) -> Result<()> {
    let (order_id, value) = sale(tx, funnel, &reaction.props).await?;
    deal.order_id = order_id;
    deal.value = value.unwrap_or(deal.value);
    let at = reaction.at.max(deal.stage_entered_at);
    close(app, tx, funnel, &mut deal, DealStatus::Won, &Step::after(&reaction.name, at)).await
}

/// The order that an event tells of, and what it is worth: exactly when the order is ours, else as the event
/// says in `value`, `total` or `revenue`, major units.
async fn sale(tx: &Tx, funnel: &Funnel, props: &Map<String, Value>) -> Result<(Option<Id<id::Order>>, Option<Money>)> {
    if let Some(id) = props.get("order").and_then(Value::as_str).and_then(|text| text.parse().ok())
        && let Some(order) = store::orders::find(tx, id).await?
    {
        return Ok((Some(id), Some(Money::new(order.amounts.total_minor, order.currency))));
    }
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let major = ["value", "total", "revenue"].iter().find_map(|name| props.get(*name).and_then(number));
    let told = props.get("currency").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let currency: base::Currency = told.unwrap_or(funnel.doc.currency);
    let minor = major.map(|major| (major * 10f64.powi(currency.exponent().cast_signed())).round());
    let is_sane = |minor: &f64| (0.0..=VALUE_MINOR_MAX as f64).contains(minor);
    Ok((None, minor.filter(is_sane).map(|minor| Money::new(minor as i64, currency))))
}

fn new_deal(app: &App, contact: &Contact, funnel: &Funnel, stage: StageId, reaction: &Reaction) -> Deal {
    let told = reaction.props.get("channel").and_then(Value::as_str).filter(|channel| !channel.is_empty());
    let channel: String = told.unwrap_or(&contact.channel).chars().take(funnel::document::ID_BYTES_MAX).collect();
    Deal {
        id: app.new_id(),
        contact_id: contact.id,
        title: short_title(&contact.display_name()),
        funnel_id: funnel.id,
        stage,
        value: Money::zero(funnel.doc.currency),
        owner_id: None,
        status: DealStatus::Open,
        reason: String::new(),
        channel,
        order_id: None,
        stage_entered_at: reaction.at,
        created_at: app.now(),
        updated_at: app.now(),
        closed_at: None,
    }
}
