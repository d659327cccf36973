//! Answers kept so that a request sent twice is carried out once.

use base::Timestamp;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, sea_query::OnConflict};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub request_hash: Vec<u8>,
    pub status: i64,
    pub response: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The kept answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// SHA-256 of method, path and body: the same key with another request is a mistake of the caller.
    pub request_hash: Vec<u8>,
    /// HTTP status; 0 while the first request is still being carried out.
    pub status: u16,
    pub response: String,
}

/// Claim a key. `None`: it is ours to carry out; else what was claimed or answered before.
pub async fn claim(
    conn: &impl ConnectionTrait,
    scope: &str,
    key: &str,
    request_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Kept>> {
    let row = ActiveModel {
        scope: Set(scope.to_owned()),
        key: Set(key.to_owned()),
        request_hash: Set(request_hash.to_vec()),
        status: Set(0),
        response: Set(String::new()),
        created_at: Set(now.ms()),
    };
    let keep = OnConflict::columns([Column::Scope, Column::Key]).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(keep).exec_without_returning(conn).await?;
    if inserted > 0 {
        return Ok(None);
    }
    let found = Entity::find_by_id((scope.to_owned(), key.to_owned())).one(conn).await?;
    Ok(found.map(|model| Kept {
        request_hash: model.request_hash,
        status: u16::try_from(model.status).unwrap_or(0),
        response: model.response,
    }))
}

/// Keep the answer to a claimed key.
pub async fn finish(conn: &impl ConnectionTrait, scope: &str, key: &str, status: u16, response: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Status, sea_orm::sea_query::Expr::value(i64::from(status)))
        .col_expr(Column::Response, sea_orm::sea_query::Expr::value(response))
        .filter(Column::Scope.eq(scope))
        .filter(Column::Key.eq(key))
        .exec(conn)
        .await?;
    Ok(())
}

/// Give a claimed key back: nothing was carried out.
pub async fn release(conn: &impl ConnectionTrait, scope: &str, key: &str) -> Result<()> {
    Entity::delete_by_id((scope.to_owned(), key.to_owned())).exec(conn).await?;
    Ok(())
}

/// Forget answers older than `before`.
pub async fn delete_before(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(Entity::delete_many().filter(Column::CreatedAt.lt(before.ms())).exec(conn).await?.rows_affected)
}
