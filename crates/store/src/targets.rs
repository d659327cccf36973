//! What is to be reached in a period.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "targets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub target: Json,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// What is to be reached; how it is written the use cases know.
#[derive(Debug, Clone, PartialEq)]
pub struct Target<T> {
    pub id: Id<id::Target>,
    /// Whose it is.
    pub user_id: Option<Id<id::User>>,
    pub team_id: Option<Id<id::Team>>,
    pub target: T,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

fn row<T: Serialize>(target: &Target<T>) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(target.id.uuid()),
        user_id: Set(target.user_id.map(Id::uuid)),
        team_id: Set(target.team_id.map(Id::uuid)),
        target: Set(error::to_json("target", &target.target)?),
        created_at: Set(target.created_at.ms()),
        updated_at: Set(target.updated_at.ms()),
    })
}

fn read<T: DeserializeOwned>(model: Model) -> Result<Target<T>> {
    Ok(Target {
        id: Id::from_uuid(model.id),
        user_id: model.user_id.map(Id::from_uuid),
        team_id: model.team_id.map(Id::from_uuid),
        target: error::from_json("target", model.target)?,
        created_at: Timestamp::from_ms(model.created_at),
        updated_at: Timestamp::from_ms(model.updated_at),
    })
}

/// Add a target.
pub async fn insert<T: Serialize>(conn: &impl ConnectionTrait, target: &Target<T>) -> Result<()> {
    Entity::insert(row(target)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a target over what is stored.
pub async fn update<T: Serialize>(conn: &impl ConnectionTrait, target: &Target<T>) -> Result<()> {
    Entity::update(row(target)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove a target.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Target>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The target of that id.
pub async fn find<T: DeserializeOwned>(conn: &impl ConnectionTrait, id: Id<id::Target>) -> Result<Option<Target<T>>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(read).transpose()
}

/// All targets, the oldest first.
pub async fn all<T: DeserializeOwned>(conn: &impl ConnectionTrait) -> Result<Vec<Target<T>>> {
    let models = Entity::find().order_by_asc(Column::Id).all(conn).await?;
    models.into_iter().map(read).collect()
}
