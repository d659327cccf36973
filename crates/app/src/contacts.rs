//! People we may write to.

use base::{Email, Id, Locale, Timestamp, id};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Tx;
use store::contacts::{Contact, Filter};
use store::page::{LIMIT_DEFAULT, LIMIT_MAX, Page};

use crate::{
    Actor, App, AppError, FieldProblem, Result, audit, consent,
    facts::{self, Fact},
    permission::Permission,
};

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
    pub company: String,
    /// The language they read.
    pub locale: Locale,
    pub tags: Vec<String>,
    /// Open facts.
    #[schema(value_type = Object)]
    pub traits: Map<String, Value>,
    /// Channel of the first touch; empty when unknown.
    pub channel: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id,
            display_name: contact.display_name(),
            email: contact.email,
            is_email_verified: contact.is_email_verified,
            first_name: contact.first_name,
            last_name: contact.last_name,
            phone: contact.phone,
            company: contact.company,
            locale: contact.locale,
            tags: contact.tags,
            traits: contact.traits,
            channel: contact.channel,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// What is known about a contact; what is absent stays as it is (a new contact: empty).
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactChange {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub locale: Option<Locale>,
    pub tags: Option<Vec<String>>,
    /// Open facts, merged into those there are; `null` removes one.
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
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of contacts, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContactPage {
    pub items: Vec<ContactView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many contacts the filter shows in all.
    pub total: u64,
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

/// A page of contacts.
pub async fn list(app: &App, actor: &Actor, query: ContactQuery) -> Result<ContactPage> {
    actor.may(Permission::ContactsRead)?;
    let filter = Filter { search: query.q.unwrap_or_default(), channel: query.channel, source: query.source };
    let after = page_cursor(query.cursor.as_deref())?;
    let conn = app.store.reader();
    let Page { items, next_cursor } = store::contacts::list(conn, &filter, after, page_limit(query.limit)?).await?;
    let total = store::contacts::count(conn, &filter).await?;
    Ok(ContactPage { items: items.into_iter().map(ContactView::from).collect(), next_cursor, total })
}

/// One contact.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<ContactView> {
    actor.may(Permission::ContactsRead)?;
    let found = store::contacts::find(app.store.reader(), id).await?;
    found.map(ContactView::from).ok_or(AppError::NotFound("contact"))
}

/// Add a contact by hand.
pub async fn create(app: &App, actor: &Actor, change: ContactChange) -> Result<ContactView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let mut contact = blank(app, None, app.company().default_locale());
    apply(&mut contact, change)?;
    refuse_taken_address(&tx, &contact).await?;
    store::contacts::insert(&tx, &contact).await?;
    facts::record(app, &tx, created_fact(app, &contact, "by hand")).await?;
    audit::record(app, &tx, actor, "contact.create", contact.id, Value::Null).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    Ok(contact.into())
}

/// Change a contact.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Contact>, change: ContactChange) -> Result<ContactView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let mut contact = store::contacts::find(&tx, id).await?.ok_or(AppError::NotFound("contact"))?;
    let address_before = contact.email.clone();
    apply(&mut contact, change)?;
    if contact.email != address_before {
        // Another mailbox: nobody has shown that it is theirs.
        contact.is_email_verified = false;
        contact.traits.remove(consent::BOUNCES_TRAIT);
        refuse_taken_address(&tx, &contact).await?;
    }
    contact.updated_at = app.now();
    store::contacts::update(&tx, &contact).await?;
    audit::record(app, &tx, actor, "contact.update", id, Value::Null).await?;
    tx.commit().await?;
    Ok(contact.into())
}

/// Remove a contact. Its events stay in the log under a person without a name.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<()> {
    actor.may(Permission::ContactsDelete)?;
    let tx = app.store.begin().await?;
    remove(&tx, id).await?;
    audit::record(app, &tx, actor, "contact.delete", id, Value::Null).await?;
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
        created_at: app.now(),
        updated_at: app.now(),
    }
}

fn created_fact(app: &App, contact: &Contact, origin: &str) -> Fact {
    Fact::new("Contact Created", app.now(), &PersonKey::contact(&contact.id))
        .with("origin", origin)
        .setting("locale", contact.locale.as_str())
}

/// Write a change onto a contact, or say everything that is wrong with it.
fn apply(contact: &mut Contact, change: ContactChange) -> Result<()> {
    let mut problems = Vec::new();
    if let Some(email) = change.email.as_deref() {
        match email.trim() {
            "" => contact.email = None,
            text => match text.parse() {
                Ok(email) => contact.email = Some(email),
                Err(error) => problems.push(FieldProblem::new("email", "email", format!("{error}"))),
            },
        }
    }
    let mut set = |field: &mut String, name: &str, value: Option<String>| {
        let Some(value) = value else { return };
        let value = value.trim();
        if value.chars().count() > TEXT_CHARS_MAX || value.chars().any(char::is_control) {
            let message = format!("write at most {TEXT_CHARS_MAX} characters on one line");
            problems.push(FieldProblem::new(name, "length", message));
        } else {
            *field = value.to_owned();
        }
    };
    set(&mut contact.first_name, "first_name", change.first_name);
    set(&mut contact.last_name, "last_name", change.last_name);
    set(&mut contact.phone, "phone", change.phone);
    set(&mut contact.company, "company", change.company);
    if let Some(locale) = change.locale {
        contact.locale = locale;
    }
    if let Some(tags) = change.tags {
        let mut tags: Vec<String> =
            tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
        tags.sort();
        tags.dedup();
        if tags.len() > TAGS_MAX || tags.iter().any(|tag| tag.chars().count() > TEXT_CHARS_MAX) {
            let message = format!("a contact has at most {TAGS_MAX} tags of {TEXT_CHARS_MAX} characters");
            problems.push(FieldProblem::new("tags", "count", message));
        } else {
            contact.tags = tags;
        }
    }
    for (name, value) in change.traits.unwrap_or_default() {
        if value.is_null() {
            contact.traits.remove(&name);
        } else {
            contact.traits.insert(name, value);
        }
    }
    if json!(contact.traits).to_string().len() > TRAITS_BYTES_MAX {
        let message = format!("the facts about a contact have at most {TRAITS_BYTES_MAX} bytes in all");
        problems.push(FieldProblem::new("traits", "too_long", message));
    }
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

/// What a form or an order tells about its sender.
#[derive(Debug, Clone)]
pub struct Introduction {
    /// The address that was written. That somebody wrote it does not show that it is theirs.
    pub email: Email,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub locale: Locale,
    /// Channel of the touch that brought them.
    pub channel: String,
    /// The browser it came from.
    pub visitor: Option<PersonKey>,
    /// Where it was written: a path, an import.
    pub origin: String,
}

/// The contact of an introduction.
pub struct Introduced {
    /// The contact.
    pub contact: Contact,
    /// Whether it was made now.
    pub is_new: bool,
}

/// The contact with that address, made when there is none.
///
/// A browser that writes an unknown address becomes that contact: its history is theirs. A browser that
/// writes a *known* address is joined only when a link sent to that mailbox is opened ([`verify_email`]):
/// anybody can write somebody else's address. For the same reason what is known is only added to, never
/// replaced.
pub async fn introduce(app: &App, tx: &Tx, introduction: Introduction) -> Result<Introduced> {
    let Introduction { email, first_name, last_name, phone, company, locale, channel, visitor, origin } = introduction;
    if let Some(mut contact) = store::contacts::find_by_email(tx, &email).await? {
        let before = contact.clone();
        fill(&mut contact.first_name, first_name);
        fill(&mut contact.last_name, last_name);
        fill(&mut contact.phone, phone);
        fill(&mut contact.company, company);
        fill(&mut contact.channel, Some(channel));
        if contact != before {
            contact.updated_at = app.now();
            store::contacts::update(tx, &contact).await?;
        }
        return Ok(Introduced { contact, is_new: false });
    }
    let mut contact = blank(app, Some(email), locale);
    fill(&mut contact.first_name, first_name);
    fill(&mut contact.last_name, last_name);
    fill(&mut contact.phone, phone);
    fill(&mut contact.company, company);
    contact.channel = channel;
    store::contacts::insert(tx, &contact).await?;
    let mut fact = created_fact(app, &contact, &origin).with("channel", contact.channel.as_str());
    if let Some(visitor) = &visitor {
        fact = fact.claiming(visitor);
    }
    facts::record(app, tx, fact).await?;
    Ok(Introduced { contact, is_new: true })
}

fn fill(field: &mut String, value: Option<String>) {
    if field.is_empty()
        && let Some(value) = value
    {
        *field = value.trim().chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect();
    }
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
