//! What an event does to the deals of the contact who did it.
//!
//! Preparing reads the log and memory before the transaction; applying is SQL, unless the person did something more in
//! between. Events of an import do nothing here: taking the import back could not take the moves back.

use base::{Id, Money, Timestamp, id};
use events::{Position, StoredEvent};
use funnel::deal::DealStatus;
use funnel::document::{OWN_EVENTS, StageId, advance};
use serde_json::{Map, Value};
use store::Tx;
use store::contacts::Contact;
use store::deals::{Deal, Filter, Scope, Sort};
use store::funnels::Funnel;

use super::case::Case;
use super::edit::short_title;
use super::known::{Known, needed_since};
use super::pass::{self, Trigger};
use super::versions;
use crate::{App, Result, funnels::Rules};

/// Events read at once while counting how many of a name somebody has done, and the most that are read.
const COUNT_BATCH: usize = 500;
const COUNT_EVENTS_MAX: usize = 10_000;
/// Open deals of one contact that are asked how far back they look.
const OPEN_DEALS_MAX: u64 = 50;

/// An event that may change a deal.
pub(crate) struct Reaction {
    /// Contacts that the person is, oldest first.
    contacts: Vec<Id<id::Contact>>,
    name: String,
    at: Timestamp,
    props: Map<String, Value>,
    position: Position,
    known: Known,
    /// The how manieth event of its name it is, as far as any stage asks.
    occurrence: u32,
}

impl Reaction {
    fn trigger(&self) -> Trigger<'_> {
        Trigger { name: &self.name, at: self.at, props: &self.props }
    }
}

/// Whether an event may change a deal; what it takes to find out the rest.
pub(crate) async fn prepare(app: &App, rules: &Rules, event: &StoredEvent) -> Result<Option<Reaction>> {
    let fact = &event.event;
    if fact.source.is_some() || OWN_EVENTS.contains(&fact.name.as_str()) || !rules.followed.look_at(&fact.name) {
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
        name: fact.name.clone(),
        // What happened long ago and is told now moves the deal then; a clock that is ahead moves it now.
        at: fact.at.min(fact.received_at),
        props: serde_json::from_str(&fact.props).unwrap_or_default(),
        position: event.position,
        known: known(app, contacts[0], event).await?,
        contacts,
        occurrence: occurrence(app, event, asked).await?,
    }))
}

/// What the deals of a contact need to know, read before the transaction; `fresh` finds out there whether it is enough.
async fn known(app: &App, contact: Id<id::Contact>, event: &StoredEvent) -> Result<Known> {
    let conn = app.store.reader();
    let opened_at = event.event.at.min(event.event.received_at);
    let filter = Filter { contact_id: Some(contact), status: Some(DealStatus::Open), ..Filter::all(Scope::All) };
    let mut since: Option<base::Timestamp> = None;
    for deal in store::deals::list(conn, &filter, Sort::Newest, None, OPEN_DEALS_MAX).await?.items {
        let funnel = versions::followed(app, conn, &deal).await?;
        let needed = needed_since(&funnel.doc, deal.opened_at);
        since = Some(since.map_or(needed, |since| since.min(needed)));
    }
    Known::read(app, contact, since.unwrap_or(opened_at)).await
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
            Some(deal) => has_won |= advance_deal(app, tx, deal, reaction).await?,
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
            has_won |= begin(app, tx, rules, new_deal(app, &contact, funnel, stage, reaction), reaction).await?;
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

/// Let an event do to an open deal what it does; answers whether the deal is won.
async fn advance_deal(app: &App, tx: &Tx, deal: Deal, reaction: &Reaction) -> Result<bool> {
    let mut case = Case::of(app, tx, deal, reaction.known.clone()).await?;
    let trigger = reaction.trigger();
    pass::advance(app, tx, &mut case, reaction.position, Some(&trigger)).await?;
    if case.deal.status == DealStatus::Open && case.funnel.doc.wins_deal(&reaction.name, None) {
        pass::win_by_sale(app, tx, &mut case, &trigger).await?;
    }
    Ok(case.deal.status == DealStatus::Won)
}

/// Open a deal; answers whether it is won at once.
async fn begin(app: &App, tx: &Tx, rules: &Rules, deal: Deal, reaction: &Reaction) -> Result<bool> {
    let Some(funnel) = rules.followed.get(deal.funnel_id, deal.funnel_version).cloned() else { return Ok(false) };
    let is_sale = funnel.doc.wins_deal(&reaction.name, None);
    let mut case = Case::in_funnel(app, tx, funnel.clone(), deal, reaction.known.clone()).await?;
    let trigger = reaction.trigger();
    if !pass::begin_by_event(app, tx, &mut case, &trigger, is_sale).await? {
        return Ok(false);
    }
    if funnel.doc.wins_deal(&reaction.name, Some(&case.deal.stage)) {
        pass::win_by_sale(app, tx, &mut case, &trigger).await?;
    } else {
        pass::advance(app, tx, &mut case, reaction.position, Some(&trigger)).await?;
    }
    Ok(case.deal.status == DealStatus::Won)
}

fn new_deal(app: &App, contact: &Contact, funnel: &Funnel, stage: StageId, reaction: &Reaction) -> Deal {
    let told = reaction.props.get("channel").and_then(Value::as_str).filter(|channel| !channel.is_empty());
    let channel: String = told.unwrap_or(&contact.channel).chars().take(funnel::document::ID_BYTES_MAX).collect();
    Deal {
        contact_id: contact.id,
        title: short_title(&contact.display_name()),
        channel,
        // What opens it counts for it.
        opened_at: reaction.at,
        stage_entered_at: reaction.at,
        ..super::edit::blank(app, funnel, contact, stage, Money::zero(funnel.doc.currency))
    }
}
