//! Lead magnets: what people give their address for.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, StoreError};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "magnets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub file_id: Option<Uuid>,
    pub code: String,
    pub url: String,
    pub downloads: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// What is handed over.
#[derive(Debug, Clone, PartialEq)]
pub enum Gift {
    /// An uploaded file, by a link that expires.
    File(Id<id::File>),
    /// A code, written in the mail.
    Code(String),
    /// An address on the web, reached through a link of ours that expires.
    Url(String),
}

/// A lead magnet.
#[derive(Debug, Clone, PartialEq)]
pub struct Magnet {
    pub id: Id<id::Magnet>,
    pub name: String,
    pub gift: Gift,
    /// Times it was downloaded by people.
    pub downloads: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Magnet {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        let gift = match (model.kind.as_str(), model.file_id) {
            ("file", Some(file)) => Gift::File(Id::from_uuid(file)),
            ("code", _) => Gift::Code(model.code),
            ("url", _) => Gift::Url(model.url),
            (kind, _) => return Err(StoreError::Damaged { what: "magnet", detail: format!("unknown kind {kind}") }),
        };
        Ok(Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            gift,
            downloads: model.downloads,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl From<&Magnet> for ActiveModel {
    fn from(magnet: &Magnet) -> Self {
        let (kind, file_id, code, url) = match &magnet.gift {
            Gift::File(file) => ("file", Some(file.uuid()), "", ""),
            Gift::Code(code) => ("code", None, code.as_str(), ""),
            Gift::Url(url) => ("url", None, "", url.as_str()),
        };
        Self {
            id: Set(magnet.id.uuid()),
            name: Set(magnet.name.clone()),
            kind: Set(kind.to_owned()),
            file_id: Set(file_id),
            code: Set(code.to_owned()),
            url: Set(url.to_owned()),
            downloads: Set(magnet.downloads),
            created_at: Set(magnet.created_at.ms()),
            updated_at: Set(magnet.updated_at.ms()),
        }
    }
}

/// Add a magnet.
pub async fn insert(conn: &impl ConnectionTrait, magnet: &Magnet) -> Result<()> {
    Entity::insert(ActiveModel::from(magnet)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a magnet over what is stored.
pub async fn update(conn: &impl ConnectionTrait, magnet: &Magnet) -> Result<()> {
    Entity::update(ActiveModel::from(magnet).reset_all()).exec(conn).await?;
    Ok(())
}

/// The magnet of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Magnet>) -> Result<Option<Magnet>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Magnet::try_from).transpose()
}

/// All magnets, by name.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Magnet>> {
    let models = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    models.into_iter().map(Magnet::try_from).collect()
}

/// Count a download, in one statement.
pub async fn count_download(conn: &impl ConnectionTrait, id: Id<id::Magnet>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Downloads, Expr::col(Column::Downloads).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Remove a magnet.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Magnet>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}
