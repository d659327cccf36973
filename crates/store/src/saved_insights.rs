//! Questions that were given a name, to be asked again.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, dialect, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_insights")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub kind: String,
    pub query: Json,
    pub view: Json,
    pub search: String,
    pub created_by: String,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A question with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedInsight {
    pub id: Id<id::Insight>,
    pub name: String,
    pub description: String,
    /// The word in the question that says its kind.
    pub kind: String,
    /// As it was asked when it was saved; whoever reads it parses it.
    pub query: serde_json::Value,
    /// How it is shown: a JSON object.
    pub view: serde_json::Value,
    /// The id of a user or key, or `system`.
    pub created_by: String,
    /// Counts from 1.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Model> for SavedInsight {
    fn from(model: Model) -> Self {
        Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            description: model.description,
            kind: model.kind,
            query: model.query,
            view: model.view,
            created_by: model.created_by,
            version: model.version,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        }
    }
}

impl From<&SavedInsight> for ActiveModel {
    fn from(insight: &SavedInsight) -> Self {
        Self {
            id: Set(insight.id.uuid()),
            name: Set(insight.name.clone()),
            description: Set(insight.description.clone()),
            kind: Set(insight.kind.clone()),
            query: Set(insight.query.clone()),
            view: Set(insight.view.clone()),
            search: Set(insight.name.to_lowercase()),
            created_by: Set(insight.created_by.clone()),
            version: Set(insight.version),
            created_at: Set(insight.created_at.ms()),
            updated_at: Set(insight.updated_at.ms()),
        }
    }
}

/// Add an insight.
pub async fn insert(conn: &impl ConnectionTrait, insight: &SavedInsight) -> Result<()> {
    Entity::insert(ActiveModel::from(insight)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of an insight over what is stored. The caller holds the row ([`find_for_update`]).
pub async fn update(conn: &impl ConnectionTrait, insight: &SavedInsight) -> Result<()> {
    Entity::update(ActiveModel::from(insight).reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove an insight that no dashboard shows. Answers whether there was one.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Insight>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The insight of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Insight>) -> Result<Option<SavedInsight>> {
    Ok(Entity::find_by_id(id.uuid()).one(conn).await?.map(SavedInsight::from))
}

/// The insight of that id, held until the transaction ends: two changes take turns.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Insight>) -> Result<Option<SavedInsight>> {
    Ok(Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(SavedInsight::from))
}

/// The insights of those ids, in no order.
pub async fn find_many(conn: &impl ConnectionTrait, ids: &[Id<id::Insight>]) -> Result<Vec<SavedInsight>> {
    let ids = ids.iter().map(|id| id.uuid());
    let models = Entity::find().filter(Column::Id.is_in(ids)).all(conn).await?;
    Ok(models.into_iter().map(SavedInsight::from).collect())
}

/// What a list takes in.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words of the name.
    pub search: String,
    /// Questions of this kind only.
    pub kind: Option<String>,
}

/// Insights, newest first, after the one named by the cursor.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<Id<id::Insight>>,
    limit: u64,
) -> Result<Page<SavedInsight>> {
    let mut query = filtered(filter).order_by_desc(Column::Id).limit(limit + 1);
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after.uuid()));
    }
    let rows = query.all(conn).await?.into_iter().map(SavedInsight::from).collect();
    Ok(Page::cut(rows, limit, |insight| insight.id.to_string()))
}

/// How many insights a list shows in all.
pub async fn count(conn: &impl ConnectionTrait, filter: &Filter) -> Result<u64> {
    Ok(filtered(filter).count(conn).await?)
}

fn filtered(filter: &Filter) -> Select<Entity> {
    let mut query = Entity::find().filter(dialect::has_words(Column::Search, &filter.search));
    if let Some(kind) = &filter.kind {
        query = query.filter(Column::Kind.eq(kind));
    }
    query
}
