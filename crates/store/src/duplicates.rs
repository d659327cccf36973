//! Contacts that look like one person, and what was said about them.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{
    ActiveValue::Set, Condition, FromQueryResult, QueryOrder, QuerySelect, Statement, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

use crate::{Result, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub left_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub right_id: Uuid,
    pub score: i64,
    pub reasons: Json,
    pub found_at: i64,
    pub is_refused: bool,
    pub refused_by: String,
    pub refused_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Two contacts that look like one person. The lower id stands left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub left_id: Id<id::Contact>,
    pub right_id: Id<id::Contact>,
    /// From 0 to 100.
    pub points: i64,
    /// Words of `search::duplicates::Reason`.
    pub reasons: Vec<String>,
    pub found_at: Timestamp,
    /// Somebody has said that they are two people.
    pub is_refused: bool,
    pub refused_by: String,
    pub refused_at: Option<Timestamp>,
}

impl TryFrom<Model> for Pair {
    type Error = crate::StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            left_id: Id::from_uuid(model.left_id),
            right_id: Id::from_uuid(model.right_id),
            points: model.score,
            reasons: error::from_json("duplicates", model.reasons)?,
            found_at: Timestamp::from_ms(model.found_at),
            is_refused: model.is_refused,
            refused_by: model.refused_by,
            refused_at: model.refused_at.map(Timestamp::from_ms),
        })
    }
}

impl TryFrom<&Pair> for ActiveModel {
    type Error = crate::StoreError;

    fn try_from(pair: &Pair) -> Result<Self> {
        Ok(Self {
            left_id: Set(pair.left_id.uuid()),
            right_id: Set(pair.right_id.uuid()),
            score: Set(pair.points),
            reasons: Set(error::to_json("duplicates", &pair.reasons)?),
            found_at: Set(pair.found_at.ms()),
            is_refused: Set(pair.is_refused),
            refused_by: Set(pair.refused_by.clone()),
            refused_at: Set(pair.refused_at.map(Timestamp::ms)),
        })
    }
}

/// What of a contact is compared.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Compared {
    pub id: Uuid,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone: String,
    pub company: String,
}

const COMPARED: &str = "SELECT id, first_name, last_name, COALESCE(email, '') AS email, phone, company FROM contacts";

/// Contacts behind one, by id.
pub async fn after(conn: &impl ConnectionTrait, after: Uuid, limit: u64) -> Result<Vec<Compared>> {
    let sql = format!("{COMPARED} WHERE id > $1 ORDER BY id LIMIT {limit}");
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [after.into()]);
    Ok(Compared::find_by_statement(statement).all(conn).await?)
}

/// Those contacts of a list that are there.
pub async fn of(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Compared>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let sql = format!("{COMPARED} WHERE id IN ({})", places.join(", "));
    let values = ids.iter().map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(Compared::find_by_statement(statement).all(conn).await?)
}

/// Write down pairs that were found; what was said about a pair stays.
pub async fn save(conn: &impl ConnectionTrait, pairs: &[Pair]) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let rows = pairs.iter().map(ActiveModel::try_from).collect::<Result<Vec<_>>>()?;
    let known = OnConflict::columns([Column::LeftId, Column::RightId])
        .update_columns([Column::Score, Column::Reasons, Column::FoundAt])
        .to_owned();
    Entity::insert_many(rows).on_conflict(known).exec_without_returning(conn).await?;
    Ok(())
}

/// Write a pair over what is stored of it.
pub async fn update(conn: &impl ConnectionTrait, pair: &Pair) -> Result<()> {
    Entity::update(ActiveModel::try_from(pair)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Put pairs back as they were.
pub async fn restore(conn: &impl ConnectionTrait, pairs: &[Pair]) -> Result<()> {
    for pair in pairs {
        let row = ActiveModel::try_from(pair)?;
        let there = OnConflict::columns([Column::LeftId, Column::RightId]).do_nothing().to_owned();
        Entity::insert(row).on_conflict(there).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Forget pairs that were not found again, unless something was said about them.
pub async fn delete_stale(conn: &impl ConnectionTrait, before: Timestamp) -> Result<()> {
    let stale = Condition::all().add(Column::IsRefused.eq(false)).add(Column::FoundAt.lt(before.ms()));
    Entity::delete_many().filter(stale).exec(conn).await?;
    Ok(())
}

/// Pairs that nobody has decided, the most alike first.
pub async fn open(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<Pair>> {
    let query = Entity::find().filter(Column::IsRefused.eq(false));
    let sorted = query.order_by_desc(Column::Score).order_by_desc(Column::RightId).order_by_desc(Column::LeftId);
    sorted.limit(limit).all(conn).await?.into_iter().map(Pair::try_from).collect()
}

/// How many pairs nobody has decided.
pub async fn count_open(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().filter(Column::IsRefused.eq(false)).count(conn).await?)
}

/// Every pair that a contact is in.
pub async fn of_contact(conn: &impl ConnectionTrait, id: Id<id::Contact>) -> Result<Vec<Pair>> {
    let either = Condition::any().add(Column::LeftId.eq(id.uuid())).add(Column::RightId.eq(id.uuid()));
    let models = Entity::find().filter(either).order_by_desc(Column::Score).all(conn).await?;
    models.into_iter().map(Pair::try_from).collect()
}

/// What hangs on a contact, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub deals: u64,
    pub orders: u64,
    pub messages: u64,
}

#[derive(FromQueryResult)]
struct Count {
    contact_id: Uuid,
    count: i64,
}

/// What hangs on each of the contacts.
pub async fn counts(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Counts>> {
    let mut out: HashMap<Uuid, Counts> = HashMap::new();
    if ids.is_empty() {
        return Ok(out);
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let places = places.join(", ");
    for table in ["deals", "orders", "messages"] {
        let sql = format!(
            "SELECT contact_id, COUNT(*) AS count FROM {table} WHERE contact_id IN ({places}) GROUP BY contact_id"
        );
        let values = ids.iter().map(|id| Value::from(*id));
        let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
        for row in Count::find_by_statement(statement).all(conn).await? {
            let counts = out.entry(row.contact_id).or_default();
            let count = u64::try_from(row.count).unwrap_or(0);
            match table {
                "deals" => counts.deals = count,
                "orders" => counts.orders = count,
                _ => counts.messages = count,
            }
        }
    }
    Ok(out)
}
