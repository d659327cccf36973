//! Where the rows of an import end up: events in the log, contacts and consents in the database.

use std::collections::HashMap;

use async_trait::async_trait;
use base::{Email, Id, Timestamp, id};
use events::{Link, NewEvent, PersonKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::Tx;
use store::activities::{Activity, Kind};
use store::contacts::{Consent, Contact};
use store::external_ids::{ExternalId, Namespace};
use store::imports::Import;

use super::{
    CompanyDraft, ConsentDraft, ConsentStatus, ContactDraft, DealDraft, Mapping, Progress, Shape, Sink, SinkError,
    Verdict,
    records_sink::{Named, once_each, system},
    run::Taken,
    view::write,
};
use crate::{
    App, Result, companies,
    consent::{self, Statement},
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
        Ok(Taken { added, repeated: all - added, ..Taken::default() })
    }

    async fn companies(&mut self, companies: Vec<CompanyDraft>) -> Result<Taken, SinkError> {
        Ok(Taken { added: companies.len() as u64, ..Taken::default() })
    }

    async fn deals(&mut self, deals: Vec<DealDraft>) -> Result<Taken, SinkError> {
        Ok(Taken { added: deals.len() as u64, ..Taken::default() })
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
    pub(super) app: &'a App,
    pub(super) import: &'a Import,
    pub(super) mapping: &'a Mapping,
    pub(super) source: String,
}

impl<'a> AppSink<'a> {
    pub(super) fn new(app: &'a App, import: &'a Import, mapping: &'a Mapping) -> Self {
        Self { app, import, mapping, source: import.id.to_string() }
    }
}

#[async_trait]
impl Sink for AppSink<'_> {
    async fn events(&mut self, events: Vec<NewEvent>) -> Result<Taken, SinkError> {
        let appended = self.app.log.append(events).await.map_err(failed)?;
        Ok(Taken { added: appended.written as u64, repeated: appended.repeated as u64, ..Taken::default() })
    }

    async fn contacts(&mut self, drafts: Vec<ContactDraft>) -> Result<Taken, SinkError> {
        self.take_contacts(drafts).await.map_err(failed)
    }

    async fn companies(&mut self, drafts: Vec<CompanyDraft>) -> Result<Taken, SinkError> {
        self.take_companies(drafts).await.map_err(failed)
    }

    async fn deals(&mut self, drafts: Vec<DealDraft>) -> Result<Taken, SinkError> {
        self.take_deals(drafts).await.map_err(failed)
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
    notes: Vec<Activity>,
    created_at: Timestamp,
}

impl AppSink<'_> {
    async fn take_contacts(&self, drafts: Vec<ContactDraft>) -> Result<Taken> {
        let tx = self.app.store.begin().await?;
        let mut entries = self.load(&tx, &drafts).await?;
        let mut taken = Taken::default();
        let named = self.named(&tx, &drafts).await?;
        let names = external_names(&drafts, self.mapping);
        for draft in drafts {
            self.take_one(&mut entries, draft, &named, &mut taken);
        }
        let new = entries.values_mut().filter(|entry| entry.before.is_none());
        companies::join_many(&tx, new.map(|entry| &mut entry.contact)).await?;
        self.save(&tx, &entries).await?;
        self.remember_contacts(&tx, &entries, names).await?;
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
            let (keys, notes) = Default::default();
            Some((email, Entry { contact, before, ledger, own, own_stored, keys, notes, created_at }))
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
        let (ledger, own, keys, notes) = Default::default();
        Entry { contact, before: None, ledger, own, own_stored: 0, keys, notes, created_at }
    }

    fn take_one(&self, entries: &mut HashMap<Email, Entry>, draft: ContactDraft, named: &Named, taken: &mut Taken) {
        let is_new = !entries.contains_key(&draft.email);
        let entry = entries.entry(draft.email.clone()).or_insert_with_key(|email| self.blank(email.clone(), &draft));
        let (before, ledger_before) = (entry.contact.clone(), entry.own.len());
        complete(&mut entry.contact, &draft);
        let contact = &mut entry.contact;
        contact.owner_id = contact.owner_id.or_else(|| named.owner(&draft.owner));
        contact.company_id = contact.company_id.or_else(|| named.company(&draft.company_ids));
        if let Some(consent) = &draft.consent {
            self.decide(entry, consent);
        }
        if !draft.note.is_empty() {
            entry.notes.push(self.note(&entry.contact, draft.note));
        }
        entry.keys.extend(draft.person);
        let is_changed = entry.contact != before || entry.own.len() > ledger_before;
        match (is_new, is_changed) {
            (true, _) => taken.added += 1,
            (false, true) => taken.changed += 1,
            (false, false) => taken.repeated += 1,
        }
    }

    /// Take the file's word on consent into the ledger, where it is news.
    fn decide(&self, entry: &mut Entry, draft: &ConsentDraft) {
        let status = match draft.status {
            ConsentStatus::NotAsked => return,
            ConsentStatus::Subscribed => "subscribed",
            ConsentStatus::Unsubscribed => "unsubscribed",
            ConsentStatus::Cleaned => {
                consent::mark_bouncing(&mut entry.contact);
                "cleaned, the address bounces"
            }
        };
        let is_given = draft.status == ConsentStatus::Subscribed;
        // Lists note from where somebody said yes, never from where they said no.
        let from = if is_given && !draft.from.is_empty() { format!(", from {}", draft.from) } else { String::new() };
        let says = Statement {
            is_given,
            at: draft.at,
            wording: format!("{}: {status}{from}", self.import.file_name),
            told_at: self.import.created_at,
            origin: &self.source,
        };
        if let Some(news) = consent::imported(self.app, &entry.contact, &entry.ledger, says) {
            entry.ledger.push(news.clone());
            entry.own.push(news);
        }
    }

    async fn save(&self, tx: &Tx, entries: &HashMap<Email, Entry>) -> Result<()> {
        let mut new: Vec<Contact> =
            entries.values().filter(|entry| entry.before.is_none()).map(|entry| entry.contact.clone()).collect();
        // In the order of the file, so that what is kept by id grows at its end.
        new.sort_unstable_by_key(|contact| contact.id);
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
        consent::record_imported(tx, &consents).await?;
        let notes: Vec<Activity> = entries.values().flat_map(|entry| entry.notes.iter().cloned()).collect();
        store::imports::insert_notes(tx, &notes).await?;
        // Gates may ask for consent.
        for entry in entries.values().filter(|entry| entry.before.is_some() && entry.own.len() > entry.own_stored) {
            store::deals::look_again(tx, entry.contact.id, self.app.now()).await?;
        }
        Ok(())
    }

    /// A note on a contact. Its id is made of what it says, so that it is written once however often it comes.
    fn note(&self, contact: &Contact, body: String) -> Activity {
        let email = contact.email.as_ref().map_or("", Email::as_str);
        let digest = Sha256::digest(format!("note\n{email}\n{body}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        let at = self.import.created_at;
        Activity {
            id: Id::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid()),
            kind: Kind::Note,
            contact_id: Some(contact.id),
            deal_id: None,
            company_id: None,
            author: self.import.created_by.clone(),
            author_id: self.import.created_by.parse().ok(),
            assignee_id: None,
            title: String::new(),
            body,
            outcome: String::new(),
            details: json!({}),
            is_open: false,
            priority: 0,
            due_at: None,
            at,
            done_at: None,
            follows_id: None,
            version: 1,
            removed_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    /// Who and what the rows name.
    async fn named(&self, tx: &Tx, drafts: &[ContactDraft]) -> Result<Named> {
        let companies = drafts.iter().flat_map(|draft| draft.company_ids.iter().cloned()).collect();
        Named::load(tx, self.mapping.shape, drafts.iter().any(|draft| !draft.owner.is_empty()), companies).await
    }

    /// Keep what the old program called the contacts, so that deals of another file find them.
    async fn remember_contacts(
        &self,
        tx: &Tx,
        entries: &HashMap<Email, Entry>,
        names: Vec<(String, Email)>,
    ) -> Result<()> {
        let known = names.into_iter().filter_map(|(external_id, email)| {
            let record_id = entries.get(&email)?.contact.id.uuid();
            Some(ExternalId { external_id, record_id, made_at: None })
        });
        let ids: Vec<ExternalId> = once_each(known);
        let namespace = Namespace { system: system(self.mapping.shape), entity: "contact" };
        Ok(store::external_ids::put(tx, namespace, self.import.id, &ids).await?)
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
            let name = consent::imported_fact_name(own);
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

/// Ids of contacts in a program whose other files name contacts by them.
fn external_names(drafts: &[ContactDraft], mapping: &Mapping) -> Vec<(String, Email)> {
    if mapping.shape != Shape::Hubspot {
        return Vec::new();
    }
    let name = |draft: &ContactDraft| {
        let id = draft.person.as_ref()?.as_str().strip_prefix("user:")?.to_owned();
        Some((id, draft.email.clone()))
    };
    drafts.iter().filter_map(name).collect()
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
