//! People we may write to.

mod introduce;
mod record;

use std::collections::HashMap;

use base::{Email, Id, Locale, Timestamp, id};
use events::PersonKey;
use funnel::field::Writing;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::contacts::Contact;
use store::page::{LIMIT_DEFAULT, LIMIT_MAX};
use store::records::{Column, Comparison, Holds, Key, Predicate};
use store::{ConnectionTrait, Tx};

use crate::fields::{Entity, Fields};
use crate::records::{self, Record as _, Selection, present};
use crate::{
    Actor, App, AppError, Result, audit, companies, consent,
    facts::{self, Fact},
    permission::Permission,
};

pub use introduce::{Introduced, Introduction, introduce};

/// Longest name, phone number or company, in characters.
pub const TEXT_CHARS_MAX: usize = 200;
/// Most tags on a contact.
pub const TAGS_MAX: usize = 100;
/// Longest JSON text of the open facts about a contact, in bytes.
pub const TRAITS_BYTES_MAX: usize = 32 * 1024;

/// A contact as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactView {
    /// Its id.
    pub id: Id<id::Contact>,
    /// First and last name, else the address, else the id.
    pub display_name: String,
    /// Where mail goes.
    #[schema(required)]
    pub email: Option<Email>,
    /// Whether a reader of that mailbox has clicked a link we sent there.
    pub is_email_verified: bool,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    /// Their company as it was written.
    pub company: String,
    /// Which company that is, where it is known.
    #[schema(required)]
    pub company_id: Option<Id<id::Company>>,
    /// What that company is called.
    #[schema(required)]
    pub company_name: Option<String>,
    /// Who looks after them.
    #[schema(required)]
    pub owner_id: Option<Id<id::User>>,
    /// The language they read.
    pub locale: Locale,
    pub tags: Vec<String>,
    /// Values of the company's own fields by key, and open facts.
    #[schema(value_type = Object)]
    pub traits: Map<String, Value>,
    /// Channel of the first touch; empty when unknown.
    pub channel: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ContactView {
    /// As somebody sees it who may see those fields; empty where they may not.
    pub(crate) fn of(mut contact: Contact, fields: &Fields) -> Self {
        blank_hidden(&mut contact, fields);
        Self {
            id: contact.id,
            display_name: contact.display_name(),
            email: contact.email,
            is_email_verified: contact.is_email_verified,
            first_name: contact.first_name,
            last_name: contact.last_name,
            phone: contact.phone,
            company: contact.company,
            company_id: contact.company_id,
            company_name: None,
            owner_id: contact.owner_id,
            locale: contact.locale,
            tags: contact.tags,
            traits: contact.traits,
            channel: contact.channel,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// Take away what somebody may not see, before anything is made of the contact: a name to be shown, a row of a file.
pub(crate) fn blank_hidden(contact: &mut Contact, fields: &Fields) {
    let texts = [
        ("first_name", &mut contact.first_name),
        ("last_name", &mut contact.last_name),
        ("phone", &mut contact.phone),
        ("company", &mut contact.company),
        ("channel", &mut contact.channel),
    ];
    for (name, text) in texts {
        if fields.is_hidden(name) {
            text.clear();
        }
    }
    if fields.is_hidden("email") {
        contact.email = None;
        contact.is_email_verified = false;
    }
    if fields.is_hidden("tags") {
        contact.tags.clear();
    }
    contact.company_id = contact.company_id.filter(|_| !fields.is_hidden("company_id"));
    contact.owner_id = contact.owner_id.filter(|_| !fields.is_hidden("owner_id"));
    contact.traits = fields.seen_values(std::mem::take(&mut contact.traits));
}

/// The contacts as somebody sees them, with the names of their companies.
pub(crate) async fn views(
    conn: &impl ConnectionTrait,
    contacts: Vec<Contact>,
    fields: &Fields,
) -> Result<Vec<ContactView>> {
    let mut views: Vec<ContactView> = contacts.into_iter().map(|contact| ContactView::of(contact, fields)).collect();
    let mut ids: Vec<Id<id::Company>> = views.iter().filter_map(|view| view.company_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if !ids.is_empty() {
        let companies = store::companies::find_many(conn, &ids).await?;
        let names: HashMap<_, _> = companies.into_iter().map(|company| (company.id, company.name)).collect();
        for view in &mut views {
            view.company_name = view.company_id.and_then(|id| names.get(&id).cloned());
        }
    }
    Ok(views)
}

async fn one_view(conn: &impl ConnectionTrait, contact: Contact, fields: &Fields) -> Result<ContactView> {
    views(conn, vec![contact], fields).await?.pop().ok_or(AppError::NotFound("contact"))
}

/// What is known about a contact; what is absent stays as it is (a new contact: empty).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Their company as somebody wrote it. Where it is plain which one is meant, the contact is joined to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// A company, `cmp_…`; `null` for none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub company_id: Option<Option<Id<id::Company>>>,
    /// Who looks after them, `usr_…`; `null` for nobody.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<Option<Id<id::User>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Values of fields and open facts, merged into those there are; `null` removes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub traits: Option<Map<String, Value>>,
}

/// Which contacts a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct ContactQuery {
    /// Part of a name, address, phone number or company.
    pub q: Option<String>,
    /// A channel of first touch.
    pub channel: Option<String>,
    /// An import, `imp_…`.
    pub source: Option<String>,
    /// What must be so, as JSON: `{"all": [{"field": "email", "contains": "@acme.no"}, {"field": "fields.age", "at_least":
    /// 30}]}`. Fields are `name`, `first_name`, `last_name`, `email`, `is_email_verified`, `phone`, `company`,
    /// `company_id`, `owner_id`, `locale`, `channel`, `source`, `tags`, `created_at`, `updated_at`, and `fields.KEY`.
    pub filter: Option<String>,
    /// A field to order by, with a minus before it for the other way round; the newest first when absent. Who has no
    /// value comes last.
    pub sort: Option<String>,
    /// `next_cursor` of the page before, with the same `sort`.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of contacts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContactPage {
    pub items: Vec<ContactView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many contacts the filter shows in all, counted up to 10,000.
    pub total: u64,
    /// False: there are more than `total`.
    pub is_total_exact: bool,
}

/// Read a page limit that a caller gave.
pub fn page_limit(limit: Option<u64>) -> Result<u64> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        _ => Err(AppError::invalid("limit", "range", format!("ask for 1 to {LIMIT_MAX} rows"))),
    }
}

/// Read the id of a kind from a cursor that a caller gave back.
pub fn page_cursor<K: base::id::Kind>(cursor: Option<&str>) -> Result<Option<Id<K>>> {
    let parse = |text: &str| {
        text.parse().map_err(|_| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given"))
    };
    cursor.map(parse).transpose()
}

/// The texts that gates, personas and scores know of every contact, by the names that documents use.
pub(crate) fn texts(contact: &Contact) -> [(&'static str, &str); 7] {
    [
        ("email", contact.email.as_ref().map_or("", |email| email.as_str())),
        ("first_name", &contact.first_name),
        ("last_name", &contact.last_name),
        ("phone", &contact.phone),
        ("company", &contact.company),
        ("locale", contact.locale.as_str()),
        ("channel", &contact.channel),
    ]
}

/// What is known of a contact, as conditions name it. Facts come first, so that none can pass for a field.
pub(crate) fn known_fields(contact: &Contact) -> Map<String, Value> {
    let own = contact.traits.iter().map(|(name, value)| (format!("contact.{name}"), crate::deals::own_value(value)));
    let mut fields: Map<String, Value> = own.collect();
    for (name, text) in texts(contact) {
        fields.insert(format!("contact.{name}"), text.into());
    }
    fields.insert("contact.tags".to_owned(), contact.tags.clone().into());
    fields.insert("contact.created_at".to_owned(), contact.created_at.to_string().into());
    fields
}

/// A page of contacts.
pub async fn list(app: &App, actor: &Actor, query: ContactQuery) -> Result<ContactPage> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let predicate = shown(app, actor, &fields, &query)?;
    let (sort, cursor) = (query.sort.as_deref(), query.cursor.as_deref());
    let found = records::page::<Contact>(app, &fields, &predicate, sort, cursor, query.limit).await?;
    Ok(ContactPage {
        items: views(conn, found.items, &fields).await?,
        next_cursor: found.next_cursor,
        total: found.count.rows,
        is_total_exact: found.count.is_exact,
    })
}

/// Which contacts a list shows.
fn shown(app: &App, actor: &Actor, fields: &Fields, query: &ContactQuery) -> Result<Predicate> {
    let selection = Selection { q: query.q.clone(), filter: records::parse_filter(query.filter.as_deref())? };
    let mut all = vec![records::predicate::<Contact>(app, actor, fields, &selection)?];
    for (name, value) in [("channel", &query.channel), ("source", &query.source)] {
        let Some(value) = value else { continue };
        if fields.is_hidden(name) {
            return Err(AppError::invalid(name, "unknown", format!("there is no field {name} here")));
        }
        let column = Column::of(if name == "channel" { "channel" } else { "source" }, Holds::Text);
        all.push(Predicate::Compare(column, Comparison::Is, Key::Text(value.clone())));
    }
    Ok(Predicate::All(all))
}

/// One contact.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<ContactView> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let contact = store::contacts::find(conn, id).await?.ok_or(AppError::NotFound("contact"))?;
    one_view(conn, contact, &Fields::load(conn, actor, Entity::Contact).await?).await
}

/// Add a contact by hand.
pub async fn create(app: &App, actor: &Actor, change: ContactChange) -> Result<ContactView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let fields = Fields::load(&tx, actor, Entity::Contact).await?;
    records::refuse_closed::<Contact>(&fields, &change)?;
    let before = blank(app, None, app.company().default_locale());
    let mut contact = before.clone();
    let is_company_told = change.company_id.is_some();
    contact.apply(change, &fields, Writing::New)?;
    refuse_taken_address(&tx, &contact).await?;
    record::refuse_unknown_references(&tx, &contact, &before, &fields).await?;
    if !is_company_told {
        companies::join_where_sure(&tx, &mut contact).await?;
    }
    store::contacts::insert(&tx, &contact).await?;
    facts::record(app, &tx, created_fact(app, &contact, "by hand")).await?;
    let detail = records::audited(&Map::new(), &contact.flat());
    audit::record(app, &tx, actor, "contact.create", contact.id, detail).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    one_view(app.store.reader(), contact, &fields).await
}

/// Change a contact.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Contact>, change: ContactChange) -> Result<ContactView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let fields = Fields::load(&tx, actor, Entity::Contact).await?;
    records::refuse_closed::<Contact>(&fields, &change)?;
    let before = store::contacts::find(&tx, id).await?.ok_or(AppError::NotFound("contact"))?;
    let mut contact = before.clone();
    contact.apply(change, &fields, Writing::Change)?;
    if contact.email != before.email {
        // Another mailbox: nobody has shown that it is theirs.
        contact.is_email_verified = false;
        contact.traits.remove(consent::BOUNCES_TRAIT);
        refuse_taken_address(&tx, &contact).await?;
    }
    record::refuse_unknown_references(&tx, &contact, &before, &fields).await?;
    contact.updated_at = app.now();
    store::contacts::update(&tx, &contact).await?;
    let detail = records::audited(&before.flat(), &contact.flat());
    audit::record(app, &tx, actor, "contact.update", id, detail).await?;
    tx.commit().await?;
    one_view(app.store.reader(), contact, &fields).await
}

/// Remove a contact. Its events stay in the log under a person without a name.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<()> {
    actor.may(Permission::ContactsDelete)?;
    let tx = app.store.begin().await?;
    let before = store::contacts::find(&tx, id).await?.ok_or(AppError::NotFound("contact"))?;
    remove(&tx, id).await?;
    let detail = records::audited(&before.flat(), &Map::new());
    audit::record(app, &tx, actor, "contact.delete", id, detail).await?;
    tx.commit().await?;
    Ok(())
}

pub(crate) async fn remove(tx: &Tx, id: Id<id::Contact>) -> Result<()> {
    match store::contacts::delete(tx, id).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(AppError::NotFound("contact")),
        Err(store::StoreError::Reference(_)) => {
            let detail = "the contact has orders, which the books must keep: it cannot be removed";
            Err(AppError::conflict("has_orders", detail))
        }
        Err(error) => Err(error.into()),
    }
}

async fn refuse_taken_address(tx: &Tx, contact: &Contact) -> Result<()> {
    let Some(email) = &contact.email else { return Ok(()) };
    match store::contacts::find_by_email(tx, email).await? {
        Some(other) if other.id != contact.id => {
            let message = format!("{} has this address already", other.display_name());
            Err(AppError::invalid("email", "taken", message))
        }
        _ => Ok(()),
    }
}

fn blank(app: &App, email: Option<Email>, locale: Locale) -> Contact {
    Contact {
        id: app.new_id(),
        email,
        is_email_verified: false,
        first_name: String::new(),
        last_name: String::new(),
        phone: String::new(),
        company: String::new(),
        locale,
        tags: Vec::new(),
        traits: Map::new(),
        channel: String::new(),
        source: None,
        company_id: None,
        owner_id: None,
        created_at: app.now(),
        updated_at: app.now(),
    }
}

fn created_fact(app: &App, contact: &Contact, origin: &str) -> Fact {
    Fact::new("Contact Created", app.now(), &PersonKey::contact(&contact.id))
        .with("origin", origin)
        .setting("locale", contact.locale.as_str())
}

/// Somebody who reads the contact's mailbox has opened a link we sent there, in that browser: the address
/// is theirs, and so is the browser's history.
pub async fn verify_email(app: &App, tx: &Tx, id: Id<id::Contact>, visitor: Option<&PersonKey>) -> Result<Contact> {
    let mut contact = store::contacts::find(tx, id).await?.ok_or(AppError::NotFound("contact"))?;
    let is_first = !contact.is_email_verified;
    // Somebody has read what was sent there.
    if is_first || consent::bounces(&contact) {
        contact.traits.remove(consent::BOUNCES_TRAIT);
        contact.is_email_verified = true;
        contact.updated_at = app.now();
        store::contacts::update(tx, &contact).await?;
    }
    if is_first || visitor.is_some() {
        let mut fact = Fact::new("Email Verified", app.now(), &PersonKey::contact(&id));
        if let Some(email) = contact.email.as_ref().filter(|_| is_first) {
            fact = fact.merging(&PersonKey::email(email));
        }
        if let Some(visitor) = visitor {
            fact = fact.claiming(visitor);
        }
        facts::record(app, tx, fact).await?;
    }
    Ok(contact)
}

/// A contact's ledger of consent, newest first.
pub async fn consents(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<Vec<store::contacts::Consent>> {
    actor.may(Permission::ContactsRead)?;
    Ok(store::contacts::consents(app.store.reader(), id).await?)
}
