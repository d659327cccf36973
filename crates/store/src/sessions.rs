//! Logins. The token stays with the browser; we keep its SHA-256.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, sea_query::Expr};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_hash: Vec<u8>,
    pub csrf_token: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A login.
#[derive(Clone)]
pub struct Session {
    pub id: Id<id::Session>,
    pub user_id: Id<id::User>,
    /// SHA-256 of the cookie's value.
    pub token_hash: [u8; 32],
    /// What a changing request must repeat in its header.
    pub csrf_token: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Begin a login.
pub async fn insert(conn: &impl ConnectionTrait, session: &Session) -> Result<()> {
    let row = ActiveModel {
        id: Set(session.id.uuid()),
        user_id: Set(session.user_id.uuid()),
        token_hash: Set(session.token_hash.to_vec()),
        csrf_token: Set(session.csrf_token.clone()),
        created_at: Set(session.created_at.ms()),
        seen_at: Set(session.seen_at.ms()),
        expires_at: Set(session.expires_at.ms()),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The login with that token, if it has not expired.
pub async fn find(conn: &impl ConnectionTrait, token_hash: [u8; 32], now: Timestamp) -> Result<Option<Session>> {
    let found = Entity::find()
        .filter(Column::TokenHash.eq(token_hash.to_vec()))
        .filter(Column::ExpiresAt.gt(now.ms()))
        .one(conn)
        .await?;
    Ok(found.map(|model| Session {
        id: Id::from_uuid(model.id),
        user_id: Id::from_uuid(model.user_id),
        token_hash,
        csrf_token: model.csrf_token,
        created_at: Timestamp::from_ms(model.created_at),
        seen_at: Timestamp::from_ms(model.seen_at),
        expires_at: Timestamp::from_ms(model.expires_at),
    }))
}

/// Keep a login alive.
pub async fn touch(
    conn: &impl ConnectionTrait,
    id: Id<id::Session>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::SeenAt, Expr::value(now.ms()))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at.ms()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

/// End one login.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Session>) -> Result<()> {
    Entity::delete_by_id(id.uuid()).exec(conn).await?;
    Ok(())
}

/// End every login of a user: after a change of password, or when the user is shut out.
pub async fn delete_of_user(conn: &impl ConnectionTrait, user_id: Id<id::User>) -> Result<()> {
    Entity::delete_many().filter(Column::UserId.eq(user_id.uuid())).exec(conn).await?;
    Ok(())
}

/// Forget logins that have expired.
pub async fn delete_expired(conn: &impl ConnectionTrait, now: Timestamp) -> Result<u64> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now.ms())).exec(conn).await?.rows_affected)
}
