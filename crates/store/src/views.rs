//! Lists with their filter, order and columns under a name.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, QueryOrder};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "views")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entity: String,
    pub name: String,
    pub owner_id: Uuid,
    pub is_shared: bool,
    pub definition: Json,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A saved list.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub id: Id<id::View>,
    /// `contact` or `company`.
    pub entity: String,
    pub name: String,
    /// Who saved it.
    pub owner_id: Id<id::User>,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// Filter, words, order and columns as the interface wrote them.
    pub definition: serde_json::Value,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Model> for View {
    fn from(model: Model) -> Self {
        Self {
            id: Id::from_uuid(model.id),
            entity: model.entity,
            name: model.name,
            owner_id: Id::from_uuid(model.owner_id),
            is_shared: model.is_shared,
            definition: model.definition,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        }
    }
}

impl From<&View> for ActiveModel {
    fn from(view: &View) -> Self {
        Self {
            id: Set(view.id.uuid()),
            entity: Set(view.entity.clone()),
            name: Set(view.name.clone()),
            owner_id: Set(view.owner_id.uuid()),
            is_shared: Set(view.is_shared),
            definition: Set(view.definition.clone()),
            created_at: Set(view.created_at.ms()),
            updated_at: Set(view.updated_at.ms()),
        }
    }
}

fn seen_by(user: Option<Id<id::User>>) -> Condition {
    let shared = Condition::any().add(Column::IsShared.eq(true));
    match user {
        Some(user) => shared.add(Column::OwnerId.eq(user.uuid())),
        None => shared,
    }
}

/// The views of an entity that a user sees: shared and own ones, the oldest first.
pub async fn list(conn: &impl ConnectionTrait, entity: &str, user: Option<Id<id::User>>) -> Result<Vec<View>> {
    let query = Entity::find().filter(Column::Entity.eq(entity)).filter(seen_by(user)).order_by_asc(Column::Id);
    Ok(query.all(conn).await?.into_iter().map(View::from).collect())
}

/// The view of that id, if the user sees it.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::View>, user: Option<Id<id::User>>) -> Result<Option<View>> {
    Ok(Entity::find_by_id(id.uuid()).filter(seen_by(user)).one(conn).await?.map(View::from))
}

/// How many views a user has.
pub async fn count(conn: &impl ConnectionTrait, user: Id<id::User>) -> Result<u64> {
    Ok(Entity::find().filter(Column::OwnerId.eq(user.uuid())).count(conn).await?)
}

/// Add a view.
pub async fn insert(conn: &impl ConnectionTrait, view: &View) -> Result<()> {
    Entity::insert(ActiveModel::from(view)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write a view over what is stored.
pub async fn update(conn: &impl ConnectionTrait, view: &View) -> Result<()> {
    Entity::update(ActiveModel::from(view).reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove a view.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::View>) -> Result<()> {
    Entity::delete_by_id(id.uuid()).exec(conn).await?;
    Ok(())
}
