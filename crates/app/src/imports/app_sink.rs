//! Where the rows of an import end up: events in the log, contacts and consents in the database.

use std::collections::HashMap;

use async_trait::async_trait;
use base::{Email, Id, Timestamp, id};
use events::{Link, NewEvent, PersonKey};
use serde_json::{Map, Value, json};
use store::Tx;
use store::contacts::{Consent, Contact};
use store::imports::Import;

use super::{ConsentDraft, ConsentStatus, ContactDraft, Progress, Sink, SinkError, Verdict, run::Taken, view::write};
use crate::{
    App, Result, companies,
    consent::{BOUNCES_TRAIT, Purpose},
    contacts::{TAGS_MAX, TRAITS_BYTES_MAX},
};

fn failed(error: impl std::fmt::Display) -> SinkError {
    SinkError(error.to_string())
}

async fn keep(app: &App, id: Id<id::Import>, progress: &Progress, keeps_place: bool) -> Result<Verdict> {
    let checkpoint = if keeps_place { Some(write(&progress.checkpoint)?) } else { None };
    let tx = app.store.begin().await?;
    store::imports::set_progress(&tx, id, checkpoint, progress.place.bytes).await?;
    let is_cancel_wanted = store::imports::is_cancel_wanted(&tx, id).await?;
    tx.commit().await?;
    Ok(if is_cancel_wanted { Verdict::Stop } else { Verdict::GoOn })
}

/// Counts, and knows which contacts are there.
pub(super) struct CheckSink<'a> {
    app: &'a App,
    id: Id<id::Import>,
}

impl<'a> CheckSink<'a> {
    pub(super) fn new(app: &'a App, id: Id<id::Import>) -> Self {
        Self { app, id }
    }
}

#[async_trait]
impl Sink for CheckSink<'_> {
    async fn events(&mut self, events: Vec<NewEvent>) -> Result<Taken, SinkError> {
        Ok(Taken { added: events.len() as u64, ..Taken::default() })
    }

    async fn contacts(&mut self, contacts: Vec<ContactDraft>) -> Result<Taken, SinkError> {
        let emails = addresses(&contacts);
        let known = store::imports::contacts_by_email(self.app.store.reader(), &emails).await.map_err(failed)?;
        let (all, known) = (contacts.len() as u64, known.len() as u64);
        let added = emails.len() as u64 - known;
        Ok(Taken { added, changed: 0, repeated: all - added })
    }

    async fn progress(&mut self, progress: &Progress) -> Result<Verdict, SinkError> {
        keep(self.app, self.id, progress, false).await.map_err(failed)
    }
}

/// Every address once.
fn addresses(drafts: &[ContactDraft]) -> Vec<Email> {
    let mut emails: Vec<Email> = drafts.iter().map(|draft| draft.email.clone()).collect();
    emails.sort();
    emails.dedup();
    emails
}

/// Writes.
pub(super) struct AppSink<'a> {
    app: &'a App,
    import: &'a Import,
    source: String,
}

impl<'a> AppSink<'a> {
    pub(super) fn new(app: &'a App, import: &'a Import) -> Self {
        Self { app, import, source: import.id.to_string() }
    }
}

#[async_trait]
impl Sink for AppSink<'_> {
    async fn events(&mut self, events: Vec<NewEvent>) -> Result<Taken, SinkError> {
        let appended = self.app.log.append(events).await.map_err(failed)?;
        Ok(Taken { added: appended.written as u64, changed: 0, repeated: appended.repeated as u64 })
    }

    async fn contacts(&mut self, drafts: Vec<ContactDraft>) -> Result<Taken, SinkError> {
        self.take_contacts(drafts).await.map_err(failed)
    }

    async fn progress(&mut self, progress: &Progress) -> Result<Verdict, SinkError> {
        keep(self.app, self.import.id, progress, true).await.map_err(failed)
    }
}

/// A contact of a batch and what became of it.
struct Entry {
    contact: Contact,
    /// As it was in the database before the batch; `None` when it is new.
    before: Option<Contact>,
    ledger: Vec<Consent>,
    /// Entries of the ledger that this import makes, or made before a crash.
    own: Vec<Consent>,
    /// How many of those were stored before this batch: the first ones.
    own_stored: usize,
    keys: Vec<PersonKey>,
    created_at: Timestamp,
}

impl AppSink<'_> {
    async fn take_contacts(&self, drafts: Vec<ContactDraft>) -> Result<Taken> {
        let tx = self.app.store.begin().await?;
        let mut entries = self.load(&tx, &drafts).await?;
        let mut taken = Taken::default();
        for draft in drafts {
            self.take_one(&mut entries, draft, &mut taken);
        }
        let new = entries.values_mut().filter(|entry| entry.before.is_none());
        companies::join_many(&tx, new.map(|entry| &mut entry.contact)).await?;
        self.save(&tx, &entries).await?;
        tx.commit().await?;
        // After the commit, and again after a crash in between: the message ids make a repeat harmless.
        let events: Vec<NewEvent> = entries.values().flat_map(|entry| self.events_of(entry)).collect();
        if !events.is_empty() {
            self.app.log.append(events).await?;
        }
        Ok(taken)
    }

    async fn load(&self, tx: &Tx, drafts: &[ContactDraft]) -> Result<HashMap<Email, Entry>> {
        let known = store::imports::contacts_by_email(tx, &addresses(drafts)).await?;
        let ids: Vec<Id<id::Contact>> = known.iter().map(|contact| contact.id).collect();
        let mut ledgers = store::imports::consents_of(tx, &ids).await?;
        let entry = |contact: Contact| {
            let email = contact.email.clone()?;
            let ledger = ledgers.remove(&contact.id).unwrap_or_default();
            let own: Vec<Consent> = ledger.iter().filter(|entry| entry.origin == self.source).cloned().collect();
            let (own_stored, before, created_at) = (own.len(), Some(contact.clone()), contact.created_at);
            Some((email, Entry { contact, before, ledger, own, own_stored, keys: Vec::new(), created_at }))
        };
        Ok(known.into_iter().filter_map(entry).collect())
    }

    fn blank(&self, email: Email, draft: &ContactDraft) -> Entry {
        let created_at = draft.created_at.unwrap_or(self.import.created_at);
        let contact = Contact {
            id: self.app.new_id(),
            email: Some(email),
            is_email_verified: false,
            first_name: String::new(),
            last_name: String::new(),
            phone: String::new(),
            company: String::new(),
            locale: draft.locale.clone().unwrap_or_else(|| self.app.company().default_locale()),
            tags: Vec::new(),
            traits: Map::new(),
            channel: String::new(),
            source: Some(self.source.clone()),
            company_id: None,
            owner_id: None,
            created_at,
            // The same moment for all contacts of the import: whoever changes one later changes this too,
            // and then taking the import back leaves the contact alone.
            updated_at: self.import.created_at,
        };
        let (ledger, own, keys) = Default::default();
        Entry { contact, before: None, ledger, own, own_stored: 0, keys, created_at }
    }

    fn take_one(&self, entries: &mut HashMap<Email, Entry>, draft: ContactDraft, taken: &mut Taken) {
        let is_new = !entries.contains_key(&draft.email);
        let entry = entries.entry(draft.email.clone()).or_insert_with_key(|email| self.blank(email.clone(), &draft));
        let (before, ledger_before) = (entry.contact.clone(), entry.own.len());
        complete(&mut entry.contact, &draft);
        if let Some(consent) = &draft.consent {
            self.decide(entry, consent);
        }
        entry.keys.extend(draft.person);
        let is_changed = entry.contact != before || entry.own.len() > ledger_before;
        match (is_new, is_changed) {
            (true, _) => taken.added += 1,
            (false, true) => taken.changed += 1,
            (false, false) => taken.repeated += 1,
        }
    }

    /// Write the file's word on consent into the ledger, where it is news. It never turns a no that
    /// somebody said into a yes, unless it says that the yes came later.
    fn decide(&self, entry: &mut Entry, draft: &ConsentDraft) {
        let is_given = match draft.status {
            ConsentStatus::NotAsked => return,
            ConsentStatus::Subscribed => true,
            ConsentStatus::Unsubscribed => false,
            ConsentStatus::Cleaned => {
                entry.contact.traits.insert(BOUNCES_TRAIT.to_owned(), Value::Bool(true));
                false
            }
        };
        let marketing = Purpose::Marketing.as_str();
        let newest = entry.ledger.iter().filter(|known| known.purpose == marketing).max_by_key(|known| known.at);
        let is_known = entry.ledger.iter().any(|known| {
            known.purpose == marketing && known.is_given == is_given && draft.at.is_none_or(|at| at == known.at)
        });
        let contradicts =
            is_given && newest.is_some_and(|newest| !newest.is_given && draft.at.is_none_or(|at| at <= newest.at));
        if is_known || contradicts {
            return;
        }
        let status = match draft.status {
            ConsentStatus::Subscribed => "subscribed",
            ConsentStatus::Cleaned => "cleaned, the address bounces",
            _ => "unsubscribed",
        };
        let consent = Consent {
            id: self.app.new_id(),
            contact_id: entry.contact.id,
            purpose: marketing.to_owned(),
            is_given,
            wording: format!("{}: {status}", self.import.file_name),
            locale: entry.contact.locale.clone(),
            origin: self.source.clone(),
            at: draft.at.unwrap_or(self.import.created_at),
        };
        entry.ledger.push(consent.clone());
        entry.own.push(consent);
    }

    async fn save(&self, tx: &Tx, entries: &HashMap<Email, Entry>) -> Result<()> {
        let new: Vec<Contact> =
            entries.values().filter(|entry| entry.before.is_none()).map(|entry| entry.contact.clone()).collect();
        store::imports::insert_contacts(tx, &new).await?;
        for entry in entries.values() {
            if entry.before.as_ref().is_some_and(|before| *before != entry.contact) {
                let mut contact = entry.contact.clone();
                if contact.source.as_ref() != Some(&self.source) {
                    contact.updated_at = self.app.now();
                }
                store::contacts::update(tx, &contact).await?;
            }
        }
        let consents: Vec<Consent> =
            entries.values().flat_map(|entry| entry.own.iter().skip(entry.own_stored).cloned()).collect();
        store::imports::insert_consents(tx, &consents).await?;
        // Gates may ask for consent.
        for entry in entries.values().filter(|entry| entry.before.is_some() && entry.own.len() > entry.own_stored) {
            store::deals::look_again(tx, entry.contact.id, self.app.now()).await?;
        }
        Ok(())
    }

    /// What the log is told of a contact.
    fn events_of(&self, entry: &Entry) -> Vec<NewEvent> {
        let contact = &entry.contact;
        let is_ours = contact.source.as_ref() == Some(&self.source);
        let mut links: Vec<Link> = entry.keys.iter().cloned().map(Link::Merge).collect();
        links.dedup();
        links.truncate(events::LINKS_MAX - 1);
        let mut events = Vec::new();
        if is_ours {
            links.extend(contact.email.as_ref().map(|email| Link::Merge(PersonKey::email(email))));
            let id = format!("imported-{}", contact.id);
            let mut event = self.event(contact, id, "Contact Created", entry.created_at, json!({"origin": "import"}));
            event.person_props = Some(json!({"locale": contact.locale}).to_string());
            event.links = links;
            events.push(event);
        } else if !links.is_empty() {
            let id = format!("{}-{}", self.source, contact.id);
            let mut event = self.event(contact, id, "Identified", self.import.created_at, json!({"origin": "import"}));
            event.links = links;
            events.push(event);
        }
        for own in &entry.own {
            let name = if own.is_given { "Consent Given" } else { "Consent Withdrawn" };
            let props = json!({"purpose": own.purpose, "origin": "import"});
            events.push(self.event(contact, format!("imported-{}", own.id), name, own.at, props));
        }
        events
    }

    fn event(&self, contact: &Contact, message_id: String, name: &str, at: Timestamp, props: Value) -> NewEvent {
        NewEvent {
            message_id,
            name: name.to_owned(),
            at,
            received_at: self.app.now(),
            person: PersonKey::contact(&contact.id),
            links: Vec::new(),
            props: props.to_string(),
            person_props: None,
            source: Some(self.source.clone()),
        }
    }
}

/// Add what the row knows and the contact does not; nothing that is known is replaced.
fn complete(contact: &mut Contact, draft: &ContactDraft) {
    let fields = [
        (&mut contact.first_name, &draft.first_name),
        (&mut contact.last_name, &draft.last_name),
        (&mut contact.phone, &draft.phone),
        (&mut contact.company, &draft.company),
    ];
    for (known, new) in fields {
        if known.is_empty() {
            new.clone_into(known);
        }
    }
    for tag in &draft.tags {
        if !contact.tags.contains(tag) && contact.tags.len() < TAGS_MAX {
            contact.tags.push(tag.clone());
        }
    }
    let known_bytes = Value::Object(contact.traits.clone()).to_string().len();
    let new: Map<String, Value> = draft
        .traits
        .iter()
        .filter(|(name, _)| !contact.traits.contains_key(*name))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    if known_bytes + Value::Object(new.clone()).to_string().len() <= TRAITS_BYTES_MAX {
        contact.traits.extend(new);
    }
}
