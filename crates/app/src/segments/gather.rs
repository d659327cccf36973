//! Bringing an audience what its rules ask for: from the log, from the contacts and from their deals.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use base::{Id, id};
use events::PersonKey;
use funnel::segment::{Deed, Gathering, Look};
use insight::gather::{AmountOf, Gather, Gathered, IsWanted, Origin};
use insight::record;
use serde_json::{Map, Value};
use store::contacts::{Consent, Contact};
use store::deals::Deal;
use uuid::Uuid;

use super::keeper::Keeper;
use crate::consent::Purpose;
use crate::funnels::Rules;
use crate::{App, AppError, Result, contacts, deals};

/// Contacts or deals read at once.
const BATCH: u64 = 2_000;
/// The names of the trait that says in which zone a contact lives.
const ZONE_TRAITS: [&str; 2] = ["timezone", "time_zone"];
/// What fields of consent begin with: `contact.consent.marketing` is `given` or `withdrawn`.
const CONSENT: &str = "contact.consent.";

/// A value of the log as rules see it.
fn value(value: &record::Value) -> Option<Value> {
    match value {
        record::Value::Null => None,
        record::Value::Bool(is_so) => Some((*is_so).into()),
        record::Value::Number(number) => Some((*number).into()),
        record::Value::Text(text) => Some(text.to_string().into()),
    }
}

/// The name of the zone in which a contact lives.
pub(super) fn zone_name(contact: &Contact) -> Option<&str> {
    ZONE_TRAITS.iter().find_map(|name| contact.traits.get(*name)?.as_str())
}

/// What a contact has agreed to, as fields. The newest entry of the ledger comes first.
pub(super) fn tell_consents(fields: &mut Map<String, Value>, ledger: &[Consent]) {
    for entry in ledger.iter().rev().filter(|entry| Purpose::parse(&entry.purpose).is_some()) {
        let word = if entry.is_given { "given" } else { "withdrawn" };
        fields.insert(format!("{CONSENT}{}", entry.purpose), word.into());
    }
}

fn wanted(look: &Look, from: Option<base::Timestamp>) -> Gather {
    let origin = |origin: &funnel::segment::Origin| {
        let test = |property: &String| {
            let (rule, property) = (origin.clone(), property.clone());
            let name = property.clone();
            let is_wanted: IsWanted = Arc::new(move |found| rule.takes(&name, value(found).as_ref()));
            (property, is_wanted)
        };
        Origin { event: origin.event.clone(), tests: origin.conditions.keys().map(test).collect() }
    };
    let amount = look.sum_of.clone().map(|property| {
        let rule = look.clone();
        let amount: AmountOf = Arc::new(move |found| rule.amount(value(found).as_ref()));
        (property, amount)
    });
    Gather { origins: look.origins.iter().map(origin).collect(), amount, from }
}

impl Keeper {
    /// Bring everything that rules ask for and that is not there yet. Answers whether the log is still the one that was
    /// followed so far.
    pub(super) async fn complete(&mut self, app: &App) -> Result<bool> {
        if !self.audience.missing_fields().is_empty() {
            self.read_contacts(app).await?;
        }
        if self.audience.deal_questions() != self.deal_questions {
            self.read_deals(app).await?;
        }
        let now = app.now();
        let missing: Vec<(usize, Gather)> =
            self.audience.missing_looks(now).into_iter().map(|(at, look, from)| (at, wanted(look, from))).collect();
        for (at, wanted) in missing {
            let gathering = Arc::new(Mutex::new(Some(self.audience.gathering(at, now))));
            let filled = gathering.clone();
            let take = Arc::new(move |rows: &[Gathered]| {
                let deed = |row: &Gathered| Deed { person: row.person, at_ms: row.at_ms, amount: row.amount };
                let mut gathering = filled.lock().unwrap_or_else(PoisonError::into_inner);
                gathering.iter_mut().for_each(|gathering: &mut Gathering| gathering.add(rows.iter().map(deed)));
            });
            let (upto, lineage) = app.log.gather(&wanted, take).await?;
            if lineage.epoch != self.lineage.epoch {
                return Ok(false);
            }
            let filled = gathering.lock().unwrap_or_else(PoisonError::into_inner).take();
            let filled = filled.ok_or_else(|| AppError::Internal("what was gathered is gone".to_owned()))?;
            self.audience.finish(filled);
            self.gathered.insert(at, upto);
        }
        Ok(true)
    }

    /// Read every contact.
    pub(super) async fn read_contacts(&mut self, app: &App) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let contacts = store::contacts::after(app.store.reader(), after, BATCH).await?;
            let Some(last) = contacts.last() else { return Ok(()) };
            after = last.id.uuid();
            self.take_contacts(app, contacts).await?;
        }
    }

    /// Take in contacts as they are now. Answers their numbers.
    pub(super) async fn take_contacts(&mut self, app: &App, contacts: Vec<Contact>) -> Result<Vec<u32>> {
        let ids: Vec<Id<id::Contact>> = contacts.iter().map(|contact| contact.id).collect();
        let asks_consent = self.audience.fields().iter().any(|field| field.starts_with(CONSENT));
        let consents = match asks_consent {
            true => store::imports::consents_of(app.store.reader(), &ids).await?,
            false => HashMap::new(),
        };
        let mut numbers = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let who = self.number(contact.id.uuid());
            let person = app.log.person(&PersonKey::contact(&contact.id));
            if person.is_none() {
                self.unplaced.insert(who);
            }
            self.audience.set_contact(who, person, zone_name(&contact));
            let mut fields = contacts::known_fields(&contact);
            tell_consents(&mut fields, consents.get(&contact.id).map_or(&[], Vec::as_slice));
            self.audience.set_fields(who, &fields);
            numbers.push(who);
        }
        Ok(numbers)
    }

    /// Read every deal.
    pub(super) async fn read_deals(&mut self, app: &App) -> Result<()> {
        let mut by_contact: HashMap<u32, Vec<Map<String, Value>>> = HashMap::new();
        let (mut after, rules) = (Uuid::nil(), app.running.rules());
        self.deals.clear();
        loop {
            let deals = store::deals::after(app.store.reader(), after, BATCH).await?;
            let Some(last) = deals.last() else { break };
            after = last.id.uuid();
            for deal in &deals {
                let who = self.number(deal.contact_id.uuid());
                self.deals.insert(deal.id.uuid(), who);
                by_contact.entry(who).or_default().push(self.known_of(&rules, deal));
            }
        }
        for (who, deals) in by_contact {
            self.audience.set_deals(who, &deals);
        }
        self.deal_questions = self.audience.deal_questions();
        Ok(())
    }

    /// Read the deals of some contacts again.
    pub(super) async fn read_deals_of(&mut self, app: &App, contacts: &BTreeSet<u32>) -> Result<()> {
        let rules = app.running.rules();
        let ids: Vec<Uuid> = contacts.iter().map(|who| self.ids[*who as usize]).collect();
        let mut by_contact: HashMap<u32, Vec<Map<String, Value>>> =
            contacts.iter().map(|who| (*who, Vec::new())).collect();
        for deal in store::deals::of_contacts(app.store.reader(), &ids).await? {
            let who = self.number(deal.contact_id.uuid());
            self.deals.insert(deal.id.uuid(), who);
            by_contact.entry(who).or_default().push(self.known_of(&rules, &deal));
        }
        for (who, deals) in by_contact {
            self.audience.set_deals(who, &deals);
        }
        Ok(())
    }

    /// What rules ask of a deal, and no more: there may be very many.
    fn known_of(&self, rules: &Rules, deal: &Deal) -> Map<String, Value> {
        let mut known = deals::told_fields(rules, deal, None);
        let asked = self.audience.deal_fields();
        known.retain(|field, _| asked.contains(field.as_str()));
        known
    }
}
