//! Facts that a transaction made true, on their way to the event log, and how far its readers have come.
//!
//! A row is added in the transaction that makes the fact true, appended to the log after the commit,
//! then deleted. A crash between the two appends it again; the log drops the repeat by its message id.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{
    ActiveValue::Set,
    QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event: Json,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod cursor {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_cursors")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub reader: String,
        pub position: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A fact waiting; `event` is in the form `app` chose.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: Id<id::Outbox>,
    pub event: serde_json::Value,
}

/// Add a fact.
pub async fn push(
    conn: &impl ConnectionTrait,
    id: Id<id::Outbox>,
    event: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    let row = ActiveModel { id: Set(id.uuid()), event: Set(event), created_at: Set(now.ms()) };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Facts written with one statement.
const ROWS: usize = 2_000;

/// Add facts.
pub async fn push_all(
    conn: &impl ConnectionTrait,
    facts: Vec<(Id<id::Outbox>, serde_json::Value)>,
    now: Timestamp,
) -> Result<()> {
    let mut facts = facts.into_iter().peekable();
    while facts.peek().is_some() {
        let rows = facts.by_ref().take(ROWS).map(|(id, event)| ActiveModel {
            id: Set(id.uuid()),
            event: Set(event),
            created_at: Set(now.ms()),
        });
        Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// The oldest waiting facts.
pub async fn oldest(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<Waiting>> {
    let models = Entity::find().order_by_asc(Column::Id).limit(limit).all(conn).await?;
    Ok(models.into_iter().map(|model| Waiting { id: Id::from_uuid(model.id), event: model.event }).collect())
}

/// Forget facts that the log now holds.
pub async fn delete(conn: &impl ConnectionTrait, ids: &[Id<id::Outbox>]) -> Result<()> {
    let ids = ids.iter().map(|id| id.uuid());
    Entity::delete_many().filter(Column::Id.is_in(ids)).exec(conn).await?;
    Ok(())
}

/// How far a reader of the log has come; 0 before it has read anything.
pub async fn cursor(conn: &impl ConnectionTrait, reader: &str) -> Result<u64> {
    let found = cursor::Entity::find_by_id(reader.to_owned()).one(conn).await?;
    Ok(found.map_or(0, |model| model.position.unsigned_abs()))
}

/// Move a reader, in the transaction of what it did.
pub async fn set_cursor(conn: &impl ConnectionTrait, reader: &str, position: u64) -> Result<()> {
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    let row = cursor::ActiveModel { reader: Set(reader.to_owned()), position: Set(position) };
    let overwrite = OnConflict::column(cursor::Column::Reader).update_column(cursor::Column::Position).to_owned();
    cursor::Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}

/// Move a reader from one place to a later one, as the first thing in the transaction of what it does. Answers
/// false when the reader no longer stands at `from`: somebody else has done the work, nothing may be done.
/// Whoever comes second waits here until the first is through.
pub async fn advance_cursor(conn: &impl ConnectionTrait, reader: &str, from: u64, to: u64) -> Result<bool> {
    let place = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
    let start = cursor::ActiveModel { reader: Set(reader.to_owned()), position: Set(0) };
    let keep = OnConflict::column(cursor::Column::Reader).do_nothing().to_owned();
    cursor::Entity::insert(start).on_conflict(keep).exec_without_returning(conn).await?;
    let moved = cursor::Entity::update_many()
        .col_expr(cursor::Column::Position, Expr::value(place(to)))
        .filter(cursor::Column::Reader.eq(reader))
        .filter(cursor::Column::Position.eq(place(from)))
        .exec(conn)
        .await?;
    Ok(moved.rows_affected > 0)
}
