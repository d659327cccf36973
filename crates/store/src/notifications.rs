//! What users are told inside the program.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub kind: String,
    pub activity_id: Option<Uuid>,
    pub contact_id: Option<Uuid>,
    pub deal_id: Option<Uuid>,
    pub actor: String,
    pub text: String,
    pub dedup_key: Option<String>,
    pub created_at: i64,
    pub read_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// One thing that a user is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: Id<id::Notification>,
    /// Who is told.
    pub user_id: Id<id::User>,
    /// Why: `mention`, `assignment`, `overdue`, `reminder`.
    pub kind: String,
    pub activity_id: Option<Id<id::Activity>>,
    pub contact_id: Option<Id<id::Contact>>,
    pub deal_id: Option<Id<id::Deal>>,
    /// Whose doing it is: the id of a user or key, or `system`.
    pub actor: String,
    pub text: String,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

impl From<Model> for Notification {
    fn from(model: Model) -> Self {
        Self {
            id: Id::from_uuid(model.id),
            user_id: Id::from_uuid(model.user_id),
            kind: model.kind,
            activity_id: model.activity_id.map(Id::from_uuid),
            contact_id: model.contact_id.map(Id::from_uuid),
            deal_id: model.deal_id.map(Id::from_uuid),
            actor: model.actor,
            text: model.text,
            created_at: Timestamp::from_ms(model.created_at),
            read_at: model.read_at.map(Timestamp::from_ms),
        }
    }
}

/// Tell a user something; not again what was told under the same key.
pub async fn insert(conn: &impl ConnectionTrait, notification: &Notification, dedup_key: Option<String>) -> Result<()> {
    let row = ActiveModel {
        id: Set(notification.id.uuid()),
        user_id: Set(notification.user_id.uuid()),
        kind: Set(notification.kind.clone()),
        activity_id: Set(notification.activity_id.map(Id::uuid)),
        contact_id: Set(notification.contact_id.map(Id::uuid)),
        deal_id: Set(notification.deal_id.map(Id::uuid)),
        actor: Set(notification.actor.clone()),
        text: Set(notification.text.clone()),
        dedup_key: Set(dedup_key),
        created_at: Set(notification.created_at.ms()),
        read_at: Set(notification.read_at.map(Timestamp::ms)),
    };
    let keep = OnConflict::column(Column::DedupKey).do_nothing().to_owned();
    Entity::insert(row).on_conflict(keep).exec_without_returning(conn).await?;
    Ok(())
}

/// What a user was told, newest first.
pub async fn list(
    conn: &impl ConnectionTrait,
    user: Id<id::User>,
    unread_only: bool,
    before: Option<Id<id::Notification>>,
    limit: u64,
) -> Result<Page<Notification>> {
    let mut query = Entity::find().filter(Column::UserId.eq(user.uuid())).order_by_desc(Column::Id).limit(limit + 1);
    if unread_only {
        query = query.filter(Column::ReadAt.is_null());
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before.uuid()));
    }
    let rows = query.all(conn).await?.into_iter().map(Notification::from).collect();
    Ok(Page::cut(rows, limit, |row: &Notification| row.id.to_string()))
}

/// How many a user has not read.
pub async fn count_unread(conn: &impl ConnectionTrait, user: Id<id::User>) -> Result<u64> {
    let unread = Entity::find().filter(Column::UserId.eq(user.uuid())).filter(Column::ReadAt.is_null());
    Ok(unread.count(conn).await?)
}

/// A user has read these; all of them when none is named.
pub async fn mark_read(
    conn: &impl ConnectionTrait,
    user: Id<id::User>,
    ids: Option<&[Id<id::Notification>]>,
    now: Timestamp,
) -> Result<u64> {
    let mut query = Entity::update_many()
        .col_expr(Column::ReadAt, Expr::value(now.ms()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::ReadAt.is_null());
    if let Some(ids) = ids {
        query = query.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    Ok(query.exec(conn).await?.rows_affected)
}

/// Forget what was read before a moment.
pub async fn delete_read(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(Entity::delete_many().filter(Column::ReadAt.lt(before.ms())).exec(conn).await?.rows_affected)
}
