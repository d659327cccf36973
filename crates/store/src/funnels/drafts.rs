//! What a funnel shall become: one draft of each, also of funnels that never ran.

use base::{Id, Timestamp, id};
use funnel::document::FunnelDoc;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "funnel_drafts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub funnel_id: Uuid,
    pub base_version: i64,
    pub revision: i64,
    pub document: Json,
    pub source: String,
    pub created_by: String,
    pub updated_by: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The funnel that it is of, or will be.
    pub funnel_id: Id<id::Funnel>,
    /// The version it began from; 0 for a funnel that never ran.
    pub base_version: i64,
    /// Raised by each save.
    pub revision: i64,
    pub doc: FunnelDoc,
    /// The YAML as it was typed; empty when nobody typed any.
    pub source: String,
    /// The id of a user or key, or `system`.
    pub created_by: String,
    pub updated_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Draft {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            funnel_id: Id::from_uuid(model.funnel_id),
            base_version: model.base_version,
            revision: model.revision,
            doc: error::from_json("funnel draft", model.document)?,
            source: model.source,
            created_by: model.created_by,
            updated_by: model.updated_by,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

fn row(draft: &Draft) -> Result<ActiveModel> {
    Ok(ActiveModel {
        funnel_id: Set(draft.funnel_id.uuid()),
        base_version: Set(draft.base_version),
        revision: Set(draft.revision),
        document: Set(error::to_json("funnel draft", &draft.doc)?),
        source: Set(draft.source.clone()),
        created_by: Set(draft.created_by.clone()),
        updated_by: Set(draft.updated_by.clone()),
        created_at: Set(draft.created_at.ms()),
        updated_at: Set(draft.updated_at.ms()),
    })
}

/// Add a draft. Its funnel has none yet.
pub async fn insert(conn: &impl ConnectionTrait, draft: &Draft) -> Result<()> {
    Entity::insert(row(draft)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a draft over what is stored.
pub async fn update(conn: &impl ConnectionTrait, draft: &Draft) -> Result<()> {
    Entity::update(row(draft)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// The draft of a funnel.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Funnel>) -> Result<Option<Draft>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Draft::try_from).transpose()
}

/// The draft of a funnel, held until the transaction ends: two saves take turns.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Funnel>) -> Result<Option<Draft>> {
    Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(Draft::try_from).transpose()
}

/// All drafts, the one saved last first.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Draft>> {
    let models = Entity::find().order_by_desc(Column::UpdatedAt).order_by_desc(Column::FunnelId).all(conn).await?;
    models.into_iter().map(Draft::try_from).collect()
}

/// Remove a draft. Answers false when there was none.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Funnel>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}
