//! Who changed what, when. Rows are only added.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// One change.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Entry {
    pub id: Id<id::Audit>,
    pub at: Timestamp,
    /// The id of a user or key, or `system`.
    pub actor: String,
    /// `noun.verb`, such as `deal.move`.
    pub action: String,
    /// The id of what was changed.
    pub subject: String,
    /// What the change was; never a secret.
    pub detail: serde_json::Value,
}

/// Add an entry.
pub async fn insert(conn: &impl ConnectionTrait, entry: &Entry) -> Result<()> {
    let row = ActiveModel {
        id: Set(entry.id.uuid()),
        at: Set(entry.at.ms()),
        actor: Set(entry.actor.clone()),
        action: Set(entry.action.clone()),
        subject: Set(entry.subject.clone()),
        detail: Set(entry.detail.clone()),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The newest entries, of one subject or of all.
pub async fn newest(conn: &impl ConnectionTrait, subject: Option<&str>, limit: u64) -> Result<Vec<Entry>> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
    if let Some(subject) = subject {
        query = query.filter(Column::Subject.eq(subject));
    }
    let models = query.all(conn).await?;
    Ok(models
        .into_iter()
        .map(|model| Entry {
            id: Id::from_uuid(model.id),
            at: Timestamp::from_ms(model.at),
            actor: model.actor,
            action: model.action,
            subject: model.subject,
            detail: model.detail,
        })
        .collect())
}
