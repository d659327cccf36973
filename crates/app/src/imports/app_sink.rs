//! Where the rows of an import end up: events in the log, contacts and consents in the database.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use base::{Email, Id, Timestamp, id};
use events::{Link, NewEvent, PersonKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::ConnectionTrait;
use store::Tx;
use store::activities::{Activity, Kind};
use store::contacts::{Consent, Contact};
use store::external_ids::ExternalId;
use store::imports::Import;

use super::{
    CompanyDraft, ConsentDraft, ConsentStatus, ContactDraft, DealDraft, Mapping, Progress, Shape, Sink, SinkError,
    Verdict,
    contact::phone_key,
    deals_sink::Known,
    records_sink::{Named, namespace, once_each, refusal},
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

/// Counts, and knows which contacts and deals are there.
pub(super) struct CheckSink<'a> {
    app: &'a App,
    id: Id<id::Import>,
    mapping: &'a Mapping,
}

impl<'a> CheckSink<'a> {
    pub(super) fn new(app: &'a App, id: Id<id::Import>, mapping: &'a Mapping) -> Self {
        Self { app, id, mapping }
    }
}

#[async_trait]
impl Sink for CheckSink<'_> {
    async fn events(&mut self, events: Vec<NewEvent>) -> Result<Taken, SinkError> {
        Ok(Taken { added: events.len() as u64, ..Taken::default() })
    }

    async fn contacts(&mut self, contacts: Vec<ContactDraft>) -> Result<Taken, SinkError> {
        let conn = self.app.store.reader();
        let known = known_contacts(conn, self.mapping.shape, &contacts).await.map_err(failed)?;
        let mut seen: HashSet<String> = known.into_keys().collect();
        let mut taken = Taken::default();
        for contact in &contacts {
            let is_known = contact.keys().iter().any(|key| seen.contains(key));
            *(if is_known { &mut taken.repeated } else { &mut taken.added }) += 1;
            seen.extend(contact.keys());
        }
        Ok(taken)
    }

    async fn companies(&mut self, companies: Vec<CompanyDraft>) -> Result<Taken, SinkError> {
        Ok(Taken { added: companies.len() as u64, ..Taken::default() })
    }

    async fn deals(&mut self, deals: Vec<DealDraft>) -> Result<Taken, SinkError> {
        let conn = self.app.store.reader();
        let known = Known::load(self.app, conn, self.mapping, &deals).await.map_err(failed)?;
        let mut taken = Taken::default();
        for deal in deals {
            match known.understood(self.mapping, &deal) {
                Ok(_) if known.has(&deal) => taken.repeated += 1,
                Ok(_) => taken.added += 1,
                Err(error) => taken.refused.push((refusal(deal.line, error).map_err(failed)?, deal.raw)),
            }
        }
        Ok(taken)
    }

    async fn progress(&mut self, progress: &Progress) -> Result<Verdict, SinkError> {
        keep(self.app, self.id, progress, false).await.map_err(failed)
    }
}

/// The contacts that are there by the keys of those who come. By its address, else by the id of its card (ours or another
/// program's), else by telephone number and name.
async fn known_contacts(
    conn: &impl ConnectionTrait,
    shape: Shape,
    drafts: &[ContactDraft],
) -> Result<HashMap<String, Contact>> {
    let mut emails: Vec<Email> = drafts.iter().filter_map(|draft| draft.email.clone()).collect();
    emails.sort();
    emails.dedup();
    let found = store::imports::contacts_by_email(conn, &emails).await?;
    let by_email = found.into_iter().filter_map(|contact| Some((contact.email.as_ref()?.to_string(), contact)));
    let mut known: HashMap<String, Contact> = by_email.collect();
    let cards: Vec<&str> =
        drafts.iter().map(|draft| draft.known_by.card_id.as_str()).filter(|id| !id.is_empty()).collect();
    if !cards.is_empty() {
        known.extend(known_cards(conn, shape, &cards).await?);
    }
    let by_phone = drafts.iter().filter(|draft| draft.email.is_none() && draft.known_by.is_by_phone);
    let phones: Vec<String> = by_phone.map(|draft| draft.phone.clone()).collect();
    for contact in store::imports::contacts_by_phone(conn, &phones).await? {
        let key = phone_key(&contact.phone, &contact.first_name, &contact.last_name);
        known.entry(key).or_insert(contact);
    }
    Ok(known)
}

/// The contacts whose cards came before, or whom we wrote cards of.
async fn known_cards(conn: &impl ConnectionTrait, shape: Shape, cards: &[&str]) -> Result<Vec<(String, Contact)>> {
    let keys: Vec<String> = cards.iter().map(|id| format!("uid:{id}")).collect();
    let mut records = store::external_ids::find(conn, namespace(shape, "contact"), &keys).await?;
    for id in cards {
        if let Ok(ours) = id.trim_start_matches("urn:uuid:").parse::<uuid::Uuid>() {
            records.entry(format!("uid:{id}")).or_insert(ours);
        }
    }
    let ids: Vec<Id<id::Contact>> = records.values().copied().map(Id::from_uuid).collect();
    let found: HashMap<_, _> =
        store::contacts::find_many(conn, &ids).await?.into_iter().map(|contact| (contact.id.uuid(), contact)).collect();
    Ok(records.into_iter().filter_map(|(key, id)| Some((key, found.get(&id)?.clone()))).collect())
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

/// The contacts of a batch.
#[derive(Default)]
struct Entries {
    all: Vec<Entry>,
    /// Their places by all keys that name them.
    places: HashMap<String, usize>,
}

impl Entries {
    /// Whose row it is; nobody's yet when no key is known. Somebody who has another address is somebody else.
    fn place(&self, draft: &ContactDraft) -> Option<usize> {
        let has_other_address = |place: &usize| {
            let known = &self.all[*place].contact.email;
            draft.email.is_some() && known.is_some() && *known != draft.email
        };
        draft.keys().iter().find_map(|key| self.places.get(key).copied().filter(|place| !has_other_address(place)))
    }

    fn push(&mut self, entry: Entry) -> usize {
        self.all.push(entry);
        self.all.len() - 1
    }
}

impl AppSink<'_> {
    async fn take_contacts(&self, drafts: Vec<ContactDraft>) -> Result<Taken> {
        let tx = self.app.store.begin().await?;
        let mut entries = self.load(&tx, &drafts).await?;
        let mut taken = Taken::default();
        let named = self.named(&tx, &drafts).await?;
        let mut names = Vec::new();
        for draft in drafts {
            let external = external_name(&draft, self.mapping);
            let place = self.take_one(&mut entries, draft, &named, &mut taken);
            names.extend(external.map(|name| (name, place)));
        }
        let entries = &mut entries.all;
        let new = entries.iter_mut().filter(|entry| entry.before.is_none());
        companies::join_many(&tx, new.map(|entry| &mut entry.contact)).await?;
        self.save(&tx, entries).await?;
        self.remember_contacts(&tx, entries, names).await?;
        tx.commit().await?;
        // After the commit, and again after a crash in between: the message ids make a repeat harmless.
        let events: Vec<NewEvent> = entries.iter().flat_map(|entry| self.events_of(entry)).collect();
        if !events.is_empty() {
            self.app.log.append(events).await?;
        }
        Ok(taken)
    }

    async fn load(&self, tx: &Tx, drafts: &[ContactDraft]) -> Result<Entries> {
        let known = known_contacts(tx, self.mapping.shape, drafts).await?;
        let mut ids: Vec<Id<id::Contact>> = known.values().map(|contact| contact.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut ledgers = store::imports::consents_of(tx, &ids).await?;
        let mut entries = Entries::default();
        let mut of_ids: HashMap<Id<id::Contact>, usize> = HashMap::new();
        for (key, contact) in known {
            let place = *of_ids.entry(contact.id).or_insert_with(|| {
                let ledger = ledgers.remove(&contact.id).unwrap_or_default();
                let own: Vec<Consent> = ledger.iter().filter(|entry| entry.origin == self.source).cloned().collect();
                let (own_stored, before, created_at) = (own.len(), Some(contact.clone()), contact.created_at);
                let (keys, notes) = Default::default();
                entries.push(Entry { contact, before, ledger, own, own_stored, keys, notes, created_at })
            });
            entries.places.insert(key, place);
        }
        Ok(entries)
    }

    fn blank(&self, draft: &ContactDraft) -> Entry {
        let created_at = draft.created_at.unwrap_or(self.import.created_at);
        let contact = Contact {
            id: self.app.new_id(),
            email: draft.email.clone(),
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

    fn take_one(&self, entries: &mut Entries, draft: ContactDraft, named: &Named, taken: &mut Taken) -> usize {
        let known = entries.place(&draft);
        let place = known.unwrap_or_else(|| entries.push(self.blank(&draft)));
        // The surest keys of the first who has them count.
        for key in draft.keys() {
            entries.places.entry(key).or_insert(place);
        }
        let is_new = known.is_none();
        let entry = &mut entries.all[place];
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
        place
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

    async fn save(&self, tx: &Tx, entries: &[Entry]) -> Result<()> {
        let mut new: Vec<Contact> =
            entries.iter().filter(|entry| entry.before.is_none()).map(|entry| entry.contact.clone()).collect();
        // In the order of the file, so that what is kept by id grows at its end.
        new.sort_unstable_by_key(|contact| contact.id);
        store::imports::insert_contacts(tx, &new).await?;
        for entry in entries {
            if entry.before.as_ref().is_some_and(|before| *before != entry.contact) {
                let mut contact = entry.contact.clone();
                if contact.source.as_ref() != Some(&self.source) {
                    contact.updated_at = self.app.now();
                }
                store::contacts::update(tx, &contact).await?;
            }
        }
        let consents: Vec<Consent> =
            entries.iter().flat_map(|entry| entry.own.iter().skip(entry.own_stored).cloned()).collect();
        consent::record_imported(tx, &consents).await?;
        let notes: Vec<Activity> = entries.iter().flat_map(|entry| entry.notes.iter().cloned()).collect();
        store::imports::insert_notes(tx, &notes).await?;
        // Gates may ask for consent.
        for entry in entries.iter().filter(|entry| entry.before.is_some() && entry.own.len() > entry.own_stored) {
            store::deals::look_again(tx, entry.contact.id, self.app.now()).await?;
        }
        Ok(())
    }

    /// A note on a contact. Its id is made of what it says, so that it is written once however often it comes.
    fn note(&self, contact: &Contact, body: String) -> Activity {
        let whose = contact.email.as_ref().map_or_else(|| contact.id.to_string(), Email::to_string);
        let digest = Sha256::digest(format!("note\n{whose}\n{body}"));
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
    async fn remember_contacts(&self, tx: &Tx, entries: &[Entry], names: Vec<(String, usize)>) -> Result<()> {
        let known = names.into_iter().map(|(external_id, place)| {
            let record_id = entries[place].contact.id.uuid();
            ExternalId { external_id, record_id, made_at: None }
        });
        let ids: Vec<ExternalId> = once_each(known);
        Ok(store::external_ids::put(tx, self.namespace("contact"), self.import.id, &ids).await?)
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

/// The name of a contact in a program whose other files name contacts by it, or that of its card.
fn external_name(draft: &ContactDraft, mapping: &Mapping) -> Option<String> {
    match mapping.shape {
        Shape::Hubspot => Some(draft.person.as_ref()?.as_str().strip_prefix("user:")?.to_owned()),
        Shape::Vcard if !draft.known_by.card_id.is_empty() => Some(format!("uid:{}", draft.known_by.card_id)),
        _ => None,
    }
}

/// Add what the row knows and the contact does not; nothing that is known is replaced.
fn complete(contact: &mut Contact, draft: &ContactDraft) {
    contact.email = contact.email.take().or_else(|| draft.email.clone());
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
