//! Deals that the rules are to be asked about.

use base::{Id, Timestamp, id};
use funnel::document::StageId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{QueryOrder, QuerySelect};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment_waits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub deal_id: Uuid,
    pub stage: Option<String>,
    pub rule_id: Option<Uuid>,
    pub since: i64,
    pub due_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A deal that the rules are to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub deal_id: Id<id::Deal>,
    /// The stage it came into, when that is why.
    pub stage: Option<StageId>,
    /// The rule that waits for somebody; none when they were not asked yet.
    pub rule_id: Option<Id<id::AssignmentRule>>,
    pub since: Timestamp,
    pub due_at: Timestamp,
}

impl From<Model> for Wait {
    fn from(model: Model) -> Self {
        Self {
            deal_id: Id::from_uuid(model.deal_id),
            stage: model.stage.map(StageId),
            rule_id: model.rule_id.map(Id::from_uuid),
            since: Timestamp::from_ms(model.since),
            due_at: Timestamp::from_ms(model.due_at),
        }
    }
}

/// Wait, in place of what it waited for before.
pub async fn save(conn: &impl ConnectionTrait, wait: &Wait) -> Result<()> {
    let row = ActiveModel {
        deal_id: Set(wait.deal_id.uuid()),
        stage: Set(wait.stage.as_ref().map(|stage| stage.0.clone())),
        rule_id: Set(wait.rule_id.map(Id::uuid)),
        since: Set(wait.since.ms()),
        due_at: Set(wait.due_at.ms()),
    };
    let columns = [Column::Stage, Column::RuleId, Column::Since, Column::DueAt];
    let overwrite = OnConflict::column(Column::DealId).update_columns(columns).to_owned();
    Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}

/// What a deal waits for.
pub async fn find(conn: &impl ConnectionTrait, deal: Id<id::Deal>) -> Result<Option<Wait>> {
    Ok(Entity::find_by_id(deal.uuid()).one(conn).await?.map(Wait::from))
}

/// It waits no more.
pub async fn end(conn: &impl ConnectionTrait, deal: Id<id::Deal>) -> Result<()> {
    Entity::delete_by_id(deal.uuid()).exec(conn).await?;
    Ok(())
}

/// Deals whose time has come, the longest waiting first.
pub async fn due(conn: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Wait>> {
    let query = Entity::find()
        .filter(Column::DueAt.lte(now.ms()))
        .order_by_asc(Column::Since)
        .order_by_asc(Column::DealId)
        .limit(limit);
    Ok(query.all(conn).await?.into_iter().map(Wait::from).collect())
}

/// Deals that the rules were not asked about yet.
pub async fn fresh(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<Wait>> {
    let query = Entity::find().filter(Column::RuleId.is_null()).order_by_asc(Column::DealId).limit(limit);
    Ok(query.all(conn).await?.into_iter().map(Wait::from).collect())
}

/// How many wait for somebody to come.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().filter(Column::RuleId.is_not_null()).count(conn).await?)
}

/// Rules, teams or hours have changed: all that wait are to be looked at anew.
pub async fn wake_all(conn: &impl ConnectionTrait, now: Timestamp) -> Result<()> {
    Entity::update_many().col_expr(Column::DueAt, Expr::value(now.ms())).exec(conn).await?;
    Ok(())
}

/// Look at a deal later.
pub async fn postpone(conn: &impl ConnectionTrait, deal: Id<id::Deal>, due_at: Timestamp) -> Result<()> {
    let later = Entity::update_many().col_expr(Column::DueAt, Expr::value(due_at.ms()));
    later.filter(Column::DealId.eq(deal.uuid())).exec(conn).await?;
    Ok(())
}
