//! Companies that contacts work for.

use std::collections::HashMap;

use base::{Currency, Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Func, SimpleExpr};
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};

use crate::deals::Scope;
use crate::{Result, StoreError, contacts, deals, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "companies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub domain: String,
    pub organisation_number: String,
    pub phone: String,
    pub address: String,
    pub owner_id: Option<Uuid>,
    pub tags: Json,
    pub fields: Json,
    pub search: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A company that contacts work for.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    pub id: Id<id::Company>,
    pub name: String,
    /// Of the web site and of business mail; empty when unknown.
    pub domain: String,
    pub organisation_number: String,
    pub phone: String,
    /// Several lines.
    pub address: String,
    /// Who looks after it.
    pub owner_id: Option<Id<id::User>>,
    pub tags: Vec<String>,
    /// Values of its custom fields.
    pub fields: serde_json::Map<String, serde_json::Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Forms of companies in the countries we know; they say nothing about which company it is.
const LEGAL_FORMS: [&str; 24] = [
    "as",
    "asa",
    "ab",
    "aps",
    "a/s",
    "oy",
    "oyj",
    "ab (publ)",
    "ltd",
    "limited",
    "llc",
    "inc",
    "plc",
    "gmbh",
    "ag",
    "bv",
    "nv",
    "sa",
    "sarl",
    "srl",
    "spa",
    "co",
    "corp",
    "ans",
];

/// A name as it is compared: `Smile Clinic AS` and `smile clinic, a.s.` are one.
pub fn name_key(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().filter(|c| *c != '.').collect();
    let words = plain.split(|c: char| !c.is_alphanumeric() && c != '/').filter(|word| !word.is_empty());
    let mut words: Vec<&str> = words.collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(word)) {
        words.pop();
    }
    words.join(" ")
}

impl TryFrom<Model> for Company {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            domain: model.domain,
            organisation_number: model.organisation_number,
            phone: model.phone,
            address: model.address,
            owner_id: model.owner_id.map(Id::from_uuid),
            tags: error::from_json("company", model.tags)?,
            fields: error::from_json("company", model.fields)?,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl TryFrom<&Company> for ActiveModel {
    type Error = StoreError;

    fn try_from(company: &Company) -> Result<Self> {
        let Company { name, domain, organisation_number, phone, address, .. } = company;
        Ok(Self {
            id: Set(company.id.uuid()),
            name: Set(name.clone()),
            name_key: Set(name_key(name)),
            domain: Set(domain.clone()),
            organisation_number: Set(organisation_number.clone()),
            phone: Set(phone.clone()),
            address: Set(address.clone()),
            owner_id: Set(company.owner_id.map(Id::uuid)),
            tags: Set(error::to_json("company", &company.tags)?),
            fields: Set(error::to_json("company", &company.fields)?),
            search: Set(format!("{name} {domain} {organisation_number} {phone} {address}").to_lowercase()),
            created_at: Set(company.created_at.ms()),
            updated_at: Set(company.updated_at.ms()),
        })
    }
}

/// Add a company.
pub async fn insert(conn: &impl ConnectionTrait, company: &Company) -> Result<()> {
    Entity::insert(ActiveModel::try_from(company)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a company over what is stored.
pub async fn update(conn: &impl ConnectionTrait, company: &Company) -> Result<()> {
    Entity::update(ActiveModel::try_from(company)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove a company. Its people stay, without it.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Company>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// Remove those of the companies that nobody touched since the moment named with each, and that nobody works for.
/// Answers how many are gone.
pub async fn delete_untouched(conn: &impl ConnectionTrait, companies: &[(Uuid, Timestamp)]) -> Result<u64> {
    let ids: Vec<Id<id::Company>> = companies.iter().map(|(id, _)| Id::from_uuid(*id)).collect();
    let people = people_counts(conn, &ids).await?;
    let lonely = companies.iter().filter(|(id, _)| !people.contains_key(&Id::from_uuid(*id)));
    let untouched = lonely.fold(Condition::any().add(Column::Id.is_null()), |any, (id, at)| {
        any.add(Condition::all().add(Column::Id.eq(*id)).add(Column::UpdatedAt.eq(at.ms())))
    });
    Ok(Entity::delete_many().filter(untouched).exec(conn).await?.rows_affected)
}

/// The company of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Company>) -> Result<Option<Company>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Company::try_from).transpose()
}

/// The companies of those ids, in no order.
pub async fn find_many(conn: &impl ConnectionTrait, ids: &[Id<id::Company>]) -> Result<Vec<Company>> {
    let models = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).all(conn).await?;
    models.into_iter().map(Company::try_from).collect()
}

/// The companies of each of those domains.
pub async fn of_domains(
    conn: &impl ConnectionTrait,
    domains: &[String],
) -> Result<HashMap<String, Vec<Id<id::Company>>>> {
    let domain = || SimpleExpr::from(Func::lower(Expr::col(Column::Domain)));
    let query = Entity::find().filter(domain().is_in(domains.iter().cloned()));
    grouped(query.select_only().expr_as(domain(), "key").column(Column::Id).into_tuple().all(conn).await?)
}

/// The companies of each of those names, compared as [`name_key`] does.
pub async fn of_name_keys(
    conn: &impl ConnectionTrait,
    keys: &[String],
) -> Result<HashMap<String, Vec<Id<id::Company>>>> {
    let query = Entity::find().filter(Column::NameKey.is_in(keys.iter().cloned()));
    grouped(query.select_only().column(Column::NameKey).column(Column::Id).into_tuple().all(conn).await?)
}

#[expect(clippy::unnecessary_wraps, reason = "ends the functions above, which may fail")]
fn grouped(rows: Vec<(String, Uuid)>) -> Result<HashMap<String, Vec<Id<id::Company>>>> {
    let mut groups: HashMap<String, Vec<Id<id::Company>>> = HashMap::new();
    for (key, id) in rows {
        groups.entry(key).or_default().push(Id::from_uuid(id));
    }
    Ok(groups)
}

/// The people of a company, the newest first.
pub async fn people(conn: &impl ConnectionTrait, company: Id<id::Company>, limit: u64) -> Result<Vec<Id<id::Contact>>> {
    let found: Vec<Uuid> = contacts::Entity::find()
        .select_only()
        .column(contacts::Column::Id)
        .filter(contacts::Column::CompanyId.eq(company.uuid()))
        .order_by_desc(contacts::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// How many people each of the companies has.
pub async fn people_counts(
    conn: &impl ConnectionTrait,
    companies: &[Id<id::Company>],
) -> Result<HashMap<Id<id::Company>, u64>> {
    let rows: Vec<(Uuid, i64)> = contacts::Entity::find()
        .select_only()
        .column(contacts::Column::CompanyId)
        .column_as(contacts::Column::Id.count(), "people")
        .filter(contacts::Column::CompanyId.is_in(companies.iter().map(|id| id.uuid())))
        .group_by(contacts::Column::CompanyId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (Id::from_uuid(id), u64::try_from(count).unwrap_or(0))).collect())
}

fn of_people(company: Id<id::Company>, scope: Scope) -> Select<deals::Entity> {
    let people = sea_orm::sea_query::Query::select()
        .column(contacts::Column::Id)
        .from(contacts::Entity)
        .and_where(contacts::Column::CompanyId.eq(company.uuid()))
        .to_owned();
    deals::scoped(deals::Entity::find().filter(deals::Column::ContactId.in_subquery(people)), scope)
}

/// The deals with a company's people, the newest first.
pub async fn deals(
    conn: &impl ConnectionTrait,
    company: Id<id::Company>,
    scope: Scope,
    limit: u64,
) -> Result<Vec<deals::Deal>> {
    let models = of_people(company, scope).order_by_desc(deals::Column::Id).limit(limit).all(conn).await?;
    models.into_iter().map(deals::Deal::try_from).collect()
}

/// Deals of one status and currency together.
#[derive(Debug, Clone, PartialEq)]
pub struct DealSum {
    pub status: DealStatus,
    pub count: u64,
    pub value: Money,
}

/// The deals with a company's people by status and currency.
pub async fn deal_sums(conn: &impl ConnectionTrait, company: Id<id::Company>, scope: Scope) -> Result<Vec<DealSum>> {
    let rows: Vec<(String, String, i64, i64)> = of_people(company, scope)
        .select_only()
        .column(deals::Column::Status)
        .column(deals::Column::Currency)
        .column_as(deals::Column::Id.count(), "deals")
        // A sum of big integers is a decimal on PostgreSQL.
        .column_as(Expr::col(deals::Column::ValueMinor).sum().cast_as("BIGINT"), "value")
        .group_by(deals::Column::Status)
        .group_by(deals::Column::Currency)
        .order_by_asc(deals::Column::Status)
        .order_by_asc(deals::Column::Currency)
        .into_tuple()
        .all(conn)
        .await?;
    let sum = |(status, currency, count, minor): (String, String, i64, i64)| {
        let currency: Currency = error::parsed("deal", &currency)?;
        let count = u64::try_from(count).unwrap_or(0);
        Ok(DealSum { status: error::parsed("deal", &status)?, count, value: Money::new(minor, currency) })
    };
    rows.into_iter().map(sum).collect()
}
