//! API keys: write keys, which may only send events and stand in public pages, and secret keys.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, sea_query::Expr};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub token_hash: Vec<u8>,
    pub token_shown: String,
    pub role: String,
    pub created_at: i64,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Send events, nothing else.
    Write,
    /// Everything its role may.
    Secret,
    /// Deliver mail that came in, nothing else.
    Mail,
}

impl KeyKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Write, Self::Secret, Self::Mail];

    /// The text in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Secret => "secret",
            Self::Mail => "mail",
        }
    }
}

/// An API key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub id: Id<id::Key>,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    pub kind: KeyKind,
    /// SHA-256 of the whole key.
    pub token_hash: [u8; 32],
    /// The whole key for a write key; the first letters of any other.
    pub token_shown: String,
    /// Whose permissions a secret key has.
    pub role: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl TryFrom<Model> for Key {
    type Error = crate::StoreError;

    fn try_from(model: Model) -> Result<Self> {
        let damaged = |detail: &str| crate::StoreError::Damaged { what: "key", detail: detail.to_owned() };
        Ok(Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            kind: match model.kind.as_str() {
                "write" => KeyKind::Write,
                "secret" => KeyKind::Secret,
                "mail" => KeyKind::Mail,
                _ => return Err(damaged("unknown kind")),
            },
            token_hash: model.token_hash.try_into().map_err(|_| damaged("hash of a wrong length"))?,
            token_shown: model.token_shown,
            role: model.role,
            created_at: Timestamp::from_ms(model.created_at),
            used_at: model.used_at.map(Timestamp::from_ms),
            revoked_at: model.revoked_at.map(Timestamp::from_ms),
        })
    }
}

/// Add a key.
pub async fn insert(conn: &impl ConnectionTrait, key: &Key) -> Result<()> {
    let row = ActiveModel {
        id: Set(key.id.uuid()),
        name: Set(key.name.clone()),
        kind: Set(key.kind.as_str().to_owned()),
        token_hash: Set(key.token_hash.to_vec()),
        token_shown: Set(key.token_shown.clone()),
        role: Set(key.role.clone()),
        created_at: Set(key.created_at.ms()),
        used_at: Set(key.used_at.map(Timestamp::ms)),
        revoked_at: Set(key.revoked_at.map(Timestamp::ms)),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The key with that hash, if nobody has revoked it.
pub async fn find_active(conn: &impl ConnectionTrait, token_hash: [u8; 32]) -> Result<Option<Key>> {
    let found = Entity::find()
        .filter(Column::TokenHash.eq(token_hash.to_vec()))
        .filter(Column::RevokedAt.is_null())
        .one(conn)
        .await?;
    found.map(Key::try_from).transpose()
}

/// All keys, newest first, revoked ones too.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Key>> {
    let models = Entity::find().order_by_desc(Column::Id).all(conn).await?;
    models.into_iter().map(Key::try_from).collect()
}

/// Let a key work no longer. Answers whether there was one that worked.
pub async fn revoke(conn: &impl ConnectionTrait, id: Id<id::Key>, now: Timestamp) -> Result<bool> {
    set_time(conn, id, Column::RevokedAt, now).await
}

/// Note that a key was used.
pub async fn note_used(conn: &impl ConnectionTrait, id: Id<id::Key>, now: Timestamp) -> Result<bool> {
    set_time(conn, id, Column::UsedAt, now).await
}

async fn set_time(conn: &impl ConnectionTrait, id: Id<id::Key>, column: Column, now: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(column, Expr::value(now.ms()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}
