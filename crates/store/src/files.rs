//! Uploaded files: what is known about them. The bytes lie in the data folder.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    pub width_px: Option<i64>,
    pub height_px: Option<i64>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// An uploaded file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub id: Id<id::File>,
    /// As it was called where it came from, cleaned for use in an address.
    pub name: String,
    /// Found from the bytes, not from the name.
    pub content_type: String,
    pub size_bytes: i64,
    pub sha256: [u8; 32],
    /// Of pictures.
    pub width_px: Option<i64>,
    pub height_px: Option<i64>,
    pub created_at: Timestamp,
}

impl TryFrom<Model> for File {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        let damaged = |_| StoreError::Damaged { what: "file", detail: "hash of a wrong length".to_owned() };
        Ok(Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            content_type: model.content_type,
            size_bytes: model.size_bytes,
            sha256: model.sha256.try_into().map_err(damaged)?,
            width_px: model.width_px,
            height_px: model.height_px,
            created_at: Timestamp::from_ms(model.created_at),
        })
    }
}

/// Add a file.
pub async fn insert(conn: &impl ConnectionTrait, file: &File) -> Result<()> {
    let row = ActiveModel {
        id: Set(file.id.uuid()),
        name: Set(file.name.clone()),
        content_type: Set(file.content_type.clone()),
        size_bytes: Set(file.size_bytes),
        sha256: Set(file.sha256.to_vec()),
        width_px: Set(file.width_px),
        height_px: Set(file.height_px),
        created_at: Set(file.created_at.ms()),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The file of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::File>) -> Result<Option<File>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(File::try_from).transpose()
}

/// The file with those bytes.
pub async fn find_by_hash(conn: &impl ConnectionTrait, sha256: [u8; 32]) -> Result<Option<File>> {
    Entity::find().filter(Column::Sha256.eq(sha256.to_vec())).one(conn).await?.map(File::try_from).transpose()
}

/// The newest files.
pub async fn newest(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<File>> {
    let models = Entity::find().order_by_desc(Column::Id).limit(limit).all(conn).await?;
    models.into_iter().map(File::try_from).collect()
}

/// Remove a file that nothing uses.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::File>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}
