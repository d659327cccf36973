//! What records are called in the programs that they were brought in from.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "external_ids")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub system: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entity: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    pub record_id: Uuid,
    pub import_id: Uuid,
    pub made_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Rows of one statement: six values each, and SQLite allows 32,766.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Whose ids they are, and of which records.
#[derive(Debug, Clone, Copy)]
pub struct Namespace<'a> {
    /// The program, as `hubspot`.
    pub system: &'a str,
    /// `contact`, `company` or `deal`.
    pub entity: &'a str,
}

/// One id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId {
    pub external_id: String,
    pub record_id: Uuid,
    /// When the import was done with the record, if it made it.
    pub made_at: Option<Timestamp>,
}

/// The records of those ids.
pub async fn find(
    conn: &impl ConnectionTrait,
    namespace: Namespace<'_>,
    external_ids: &[String],
) -> Result<HashMap<String, Uuid>> {
    let mut found = HashMap::new();
    for ids in external_ids.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<(String, Uuid)> = Entity::find()
            .select_only()
            .column(Column::ExternalId)
            .column(Column::RecordId)
            .filter(Column::System.eq(namespace.system))
            .filter(Column::Entity.eq(namespace.entity))
            .filter(Column::ExternalId.is_in(ids.iter().map(String::as_str)))
            .into_tuple()
            .all(conn)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Remember ids. One that named another record names this one from now on.
pub async fn put(
    conn: &impl ConnectionTrait,
    namespace: Namespace<'_>,
    import: Id<id::Import>,
    ids: &[ExternalId],
) -> Result<()> {
    for ids in ids.chunks(ROWS_PER_STATEMENT) {
        let rows = ids.iter().map(|id| ActiveModel {
            system: Set(namespace.system.to_owned()),
            entity: Set(namespace.entity.to_owned()),
            external_id: Set(id.external_id.clone()),
            record_id: Set(id.record_id),
            import_id: Set(import.uuid()),
            made_at: Set(id.made_at.map(Timestamp::ms)),
        });
        let again = OnConflict::columns([Column::System, Column::Entity, Column::ExternalId])
            .update_columns([Column::RecordId, Column::ImportId, Column::MadeAt])
            .to_owned();
        Entity::insert_many(rows).on_conflict(again).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// The records that an import made, with the moment when it was done with each, behind one, by id.
pub async fn made_by(
    conn: &impl ConnectionTrait,
    import: Id<id::Import>,
    entity: &str,
    after: Uuid,
    limit: u64,
) -> Result<Vec<(Uuid, Timestamp)>> {
    let rows: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::RecordId)
        .column(Column::MadeAt)
        .filter(Column::ImportId.eq(import.uuid()))
        .filter(Column::Entity.eq(entity))
        .filter(Column::MadeAt.is_not_null())
        .filter(Column::RecordId.gt(after))
        .order_by_asc(Column::RecordId)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (id, Timestamp::from_ms(at))).collect())
}

/// Forget what an import told: it was taken back.
pub async fn forget(conn: &impl ConnectionTrait, import: Id<id::Import>) -> Result<()> {
    Entity::delete_many().filter(Column::ImportId.eq(import.uuid())).exec(conn).await?;
    Ok(())
}
