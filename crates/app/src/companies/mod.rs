//! Companies that contacts work for. Whoever may see and change contacts may see and change companies.

mod record;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::HashMap;

use base::{Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::field::Writing;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Tx;
use store::companies::Company;
use store::contacts::Contact;

use crate::fields::{Entity, Fields};
use crate::permission::Permission;
use crate::records::{self, Record as _, Selection, present};
use crate::{Actor, App, AppError, Result, audit, deals};

pub use timeline::{CompanyEvent, CompanyTimeline, PEOPLE_MAX, timeline};

/// Longest address, in characters.
pub const ADDRESS_CHARS_MAX: usize = 500;
/// Deals shown with a company.
pub const DEALS_SHOWN_MAX: u64 = 50;

/// A company as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = CompanyRecord)]
pub struct CompanyView {
    pub id: Id<id::Company>,
    pub name: String,
    /// Of the web site and of business mail, such as `acme.no`; empty when unknown.
    pub domain: String,
    pub organisation_number: String,
    pub phone: String,
    /// Several lines.
    pub address: String,
    /// Who looks after it.
    #[schema(required)]
    pub owner_id: Option<Id<id::User>>,
    pub tags: Vec<String>,
    /// Values of the company's own fields by key.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// How many contacts work there.
    pub people: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is known about a company; what is absent stays as it is (a new company: empty).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Also as an address of the web site; kept as `acme.no`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who looks after it, `usr_…`; `null` for nobody.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<Option<Id<id::User>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Values of fields, merged into those there are; `null` removes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Map<String, Value>>,
}

/// Which companies a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyQuery {
    /// Part of a name, domain, number or address.
    pub q: Option<String>,
    /// What must be so, as JSON, see contacts. Fields are `name`, `domain`, `organisation_number`, `phone`, `address`,
    /// `owner_id`, `tags`, `created_at`, `updated_at`, and `fields.KEY`.
    pub filter: Option<String>,
    /// A field to order by, with a minus before it for the other way round; the newest first when absent.
    pub sort: Option<String>,
    /// `next_cursor` of the page before, with the same `sort`.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of companies.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CompanyPage {
    pub items: Vec<CompanyView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many companies the filter shows in all, counted up to 10,000.
    pub total: u64,
    /// False: there are more than `total`.
    pub is_total_exact: bool,
}

/// A deal with somebody of a company.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CompanyDeal {
    pub id: Id<id::Deal>,
    pub title: String,
    pub contact_id: Id<id::Contact>,
    pub funnel_id: Id<id::Funnel>,
    pub stage: String,
    pub status: DealStatus,
    /// What it may bring.
    pub value: Money,
    #[schema(required)]
    pub owner_id: Option<Id<id::User>>,
    pub updated_at: Timestamp,
}

/// Deals of one status and currency together.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CompanyDealSum {
    pub status: DealStatus,
    pub count: u64,
    pub value: Money,
}

/// The deals with a company's people that you may see.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CompanyDeals {
    /// The newest 50.
    pub items: Vec<CompanyDeal>,
    /// All of them, by status and currency; empty where your role does not see values.
    pub sums: Vec<CompanyDealSum>,
}

fn view(mut company: Company, fields: &Fields, people: u64) -> CompanyView {
    blank_hidden(&mut company, fields);
    CompanyView {
        id: company.id,
        name: company.name,
        domain: company.domain,
        organisation_number: company.organisation_number,
        phone: company.phone,
        address: company.address,
        owner_id: company.owner_id,
        tags: company.tags,
        fields: company.fields,
        people,
        created_at: company.created_at,
        updated_at: company.updated_at,
    }
}

/// Take away what somebody may not see.
pub(crate) fn blank_hidden(company: &mut Company, fields: &Fields) {
    let texts = [
        ("domain", &mut company.domain),
        ("organisation_number", &mut company.organisation_number),
        ("phone", &mut company.phone),
        ("address", &mut company.address),
    ];
    for (name, text) in texts {
        if fields.is_hidden(name) {
            text.clear();
        }
    }
    if fields.is_hidden("tags") {
        company.tags.clear();
    }
    company.owner_id = company.owner_id.filter(|_| !fields.is_hidden("owner_id"));
    company.fields = fields.seen_values(std::mem::take(&mut company.fields));
}

/// A page of companies.
pub async fn list(app: &App, actor: &Actor, query: CompanyQuery) -> Result<CompanyPage> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, Entity::Company).await?;
    let selection = Selection { q: query.q, filter: records::parse_filter(query.filter.as_deref())? };
    let predicate = records::predicate::<Company>(app, actor, &fields, &selection)?;
    let (sort, cursor) = (query.sort.as_deref(), query.cursor.as_deref());
    let found = records::page::<Company>(app, &fields, &predicate, sort, cursor, query.limit).await?;
    let people = people_counts(app, actor, &found.items).await?;
    let items = found.items.into_iter().map(|company| {
        let count = people.get(&company.id).copied().unwrap_or(0);
        view(company, &fields, count)
    });
    Ok(CompanyPage {
        items: items.collect(),
        next_cursor: found.next_cursor,
        total: found.count.rows,
        is_total_exact: found.count.is_exact,
    })
}

/// How many people each has; nothing for who may not see where a contact works.
async fn people_counts(app: &App, actor: &Actor, companies: &[Company]) -> Result<HashMap<Id<id::Company>, u64>> {
    let conn = app.store.reader();
    if Fields::load(conn, actor, Entity::Contact).await?.is_hidden("company_id") {
        return Ok(HashMap::new());
    }
    let ids: Vec<Id<id::Company>> = companies.iter().map(|company| company.id).collect();
    Ok(store::companies::people_counts(conn, &ids).await?)
}

/// One company.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Company>) -> Result<CompanyView> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let company = store::companies::find(conn, id).await?.ok_or(AppError::NotFound("company"))?;
    let fields = Fields::load(conn, actor, Entity::Company).await?;
    let people = people_counts(app, actor, std::slice::from_ref(&company)).await?.remove(&id).unwrap_or(0);
    Ok(view(company, &fields, people))
}

/// Add a company.
pub async fn create(app: &App, actor: &Actor, change: CompanyChange) -> Result<CompanyView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let fields = Fields::load(&tx, actor, Entity::Company).await?;
    records::refuse_closed::<Company>(&fields, &change)?;
    let before = blank(app);
    let mut company = before.clone();
    company.apply(change, &fields, Writing::New)?;
    record::refuse_unknown_references(&tx, &company, &before, &fields).await?;
    store::companies::insert(&tx, &company).await?;
    let detail = records::audited(&Map::new(), &company.flat());
    audit::record(app, &tx, actor, "company.create", company.id, detail).await?;
    tx.commit().await?;
    Ok(view(company, &fields, 0))
}

pub(crate) fn blank(app: &App) -> Company {
    Company {
        id: app.new_id(),
        name: String::new(),
        domain: String::new(),
        organisation_number: String::new(),
        phone: String::new(),
        address: String::new(),
        owner_id: None,
        tags: Vec::new(),
        fields: Map::new(),
        created_at: app.now(),
        updated_at: app.now(),
    }
}

/// Change a company.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Company>, change: CompanyChange) -> Result<CompanyView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let fields = Fields::load(&tx, actor, Entity::Company).await?;
    records::refuse_closed::<Company>(&fields, &change)?;
    let before = store::companies::find(&tx, id).await?.ok_or(AppError::NotFound("company"))?;
    let mut company = before.clone();
    company.apply(change, &fields, Writing::Change)?;
    record::refuse_unknown_references(&tx, &company, &before, &fields).await?;
    if company != before {
        company.updated_at = app.now();
        store::companies::update(&tx, &company).await?;
        let detail = records::audited(&before.flat(), &company.flat());
        audit::record(app, &tx, actor, "company.update", id, detail).await?;
    }
    tx.commit().await?;
    get(app, actor, id).await
}

/// Remove a company. Its people stay, without it.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Company>) -> Result<()> {
    actor.may(Permission::ContactsDelete)?;
    let tx = app.store.begin().await?;
    let before = store::companies::find(&tx, id).await?.ok_or(AppError::NotFound("company"))?;
    let people = store::companies::people_counts(&tx, &[id]).await?.remove(&id).unwrap_or(0);
    store::companies::delete(&tx, id).await?;
    let mut detail = records::audited(&before.flat(), &Map::new());
    detail["people"] = people.into();
    audit::record(app, &tx, actor, "company.delete", id, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// The deals with a company's people; a rep's own ones.
pub async fn deals(app: &App, actor: &Actor, id: Id<id::Company>) -> Result<CompanyDeals> {
    actor.may(Permission::DealsRead)?;
    let conn = app.store.reader();
    let people = Fields::load(conn, actor, Entity::Contact).await?;
    if store::companies::find(conn, id).await?.is_none() || people.is_hidden("company_id") {
        return Err(AppError::NotFound("company"));
    }
    let scope = deals::scope(actor);
    let found = store::companies::deals(conn, id, scope, DEALS_SHOWN_MAX).await?;
    let sums = store::companies::deal_sums(conn, id, scope).await?;
    let deal = |deal: store::deals::Deal| CompanyDeal {
        id: deal.id,
        title: deal.title,
        contact_id: deal.contact_id,
        funnel_id: deal.funnel_id,
        stage: deal.stage.0,
        status: deal.status,
        value: deal.value,
        owner_id: deal.owner_id,
        updated_at: deal.updated_at,
    };
    let sum =
        |sum: store::companies::DealSum| CompanyDealSum { status: sum.status, count: sum.count, value: sum.value };
    Ok(CompanyDeals { items: found.into_iter().map(deal).collect(), sums: sums.into_iter().map(sum).collect() })
}

/// Mail providers for everybody: who writes from there says nothing about where they work.
const PROVIDERS: [&str; 40] = [
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.no",
    "hotmail.se",
    "hotmail.dk",
    "hotmail.fi",
    "outlook.com",
    "live.com",
    "live.no",
    "live.se",
    "live.dk",
    "msn.com",
    "yahoo.com",
    "yahoo.no",
    "yahoo.se",
    "yahoo.dk",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "mail.com",
    "online.no",
    "broadpark.no",
    "getmail.no",
    "telia.com",
    "spray.se",
    "jubii.dk",
    "mail.dk",
    "luukku.com",
    "kolumbus.fi",
    "example.com",
];

/// Join a contact to the company it belongs to, where that is plain.
pub(crate) async fn join_where_sure(tx: &Tx, contact: &mut Contact) -> Result<()> {
    join_many(tx, std::iter::once(contact)).await
}

/// Join contacts to the companies they belong to, where that is plain: one company has the domain of their business
/// address, or one has the name that was written, and the two do not disagree. Else a contact is left as it is.
pub(crate) async fn join_many(tx: &Tx, contacts: impl Iterator<Item = &mut Contact>) -> Result<()> {
    let free: Vec<&mut Contact> = contacts.filter(|contact| contact.company_id.is_none()).collect();
    let domain = |contact: &Contact| {
        let domain = contact.email.as_ref().map(base::Email::domain);
        domain.filter(|domain| !PROVIDERS.contains(domain)).map(str::to_owned)
    };
    let mut domains: Vec<String> = free.iter().filter_map(|contact| domain(contact)).collect();
    let mut keys: Vec<String> = free.iter().map(|contact| store::companies::name_key(&contact.company)).collect();
    for texts in [&mut domains, &mut keys] {
        texts.retain(|text| !text.is_empty());
        texts.sort_unstable();
        texts.dedup();
    }
    let by_domain =
        if domains.is_empty() { HashMap::new() } else { store::companies::of_domains(tx, &domains).await? };
    let by_name = if keys.is_empty() { HashMap::new() } else { store::companies::of_name_keys(tx, &keys).await? };
    let none = Vec::new();
    for contact in free {
        let of_domain = domain(contact).and_then(|domain| by_domain.get(&domain)).unwrap_or(&none);
        let of_name = by_name.get(&store::companies::name_key(&contact.company)).unwrap_or(&none);
        contact.company_id = match (of_domain.as_slice(), of_name.as_slice()) {
            ([one], [other]) => Some(*one).filter(|one| one == other),
            // Another name at that domain may be a part of the company, or another one: that is not sure.
            ([one], []) if contact.company.is_empty() => Some(*one),
            ([], [one]) => Some(*one),
            _ => None,
        };
    }
    Ok(())
}
