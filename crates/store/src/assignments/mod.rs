//! Who had a deal, from when to when, how it came to them and how soon they answered. The rules that give deals lie
//! in [`rules`], deals that wait for somebody in [`waits`].

pub mod rules;
pub mod waits;

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use funnel::document::StageId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, QueryTrait};

use crate::{Result, deals};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deal_id: Uuid,
    pub user_id: Uuid,
    pub former_id: Option<Uuid>,
    pub rule_id: Option<Uuid>,
    pub rule_name: String,
    pub reason: Json,
    pub stage: String,
    pub actor: String,
    pub at: i64,
    pub ended_at: Option<i64>,
    pub answer_due_at: Option<i64>,
    pub tell_head_at: Option<i64>,
    pub look_at: Option<i64>,
    pub is_late: bool,
    pub answered_at: Option<i64>,
    pub answer_id: Option<Uuid>,
    pub answered_after_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A deal given to somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub id: Id<id::Assignment>,
    pub deal_id: Id<id::Deal>,
    pub user_id: Id<id::User>,
    /// Who had it before.
    pub former_id: Option<Id<id::User>>,
    /// The rule that gave it; none when a person did.
    pub rule_id: Option<Id<id::AssignmentRule>>,
    /// As it was called then.
    pub rule_name: String,
    /// What the choice was made by.
    pub reason: serde_json::Value,
    /// Where the deal stood.
    pub stage: StageId,
    /// The id of a user or key, or `system`.
    pub actor: String,
    pub at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// When an answer is late.
    pub answer_due_at: Option<Timestamp>,
    /// When the head of the team is told.
    pub tell_head_at: Option<Timestamp>,
    /// When to look at it again.
    pub look_at: Option<Timestamp>,
    /// Whether the time for an answer went by without one.
    pub is_late: bool,
    pub answered_at: Option<Timestamp>,
    /// The call, meeting or note.
    pub answer_id: Option<Id<id::Activity>>,
    /// Working time of the person until then.
    pub answered_after_ms: Option<i64>,
}

impl From<Model> for Assignment {
    fn from(model: Model) -> Self {
        let moment = |ms: Option<i64>| ms.map(Timestamp::from_ms);
        Self {
            id: Id::from_uuid(model.id),
            deal_id: Id::from_uuid(model.deal_id),
            user_id: Id::from_uuid(model.user_id),
            former_id: model.former_id.map(Id::from_uuid),
            rule_id: model.rule_id.map(Id::from_uuid),
            rule_name: model.rule_name,
            reason: model.reason,
            stage: StageId(model.stage),
            actor: model.actor,
            at: Timestamp::from_ms(model.at),
            ended_at: moment(model.ended_at),
            answer_due_at: moment(model.answer_due_at),
            tell_head_at: moment(model.tell_head_at),
            look_at: moment(model.look_at),
            is_late: model.is_late,
            answered_at: moment(model.answered_at),
            answer_id: model.answer_id.map(Id::from_uuid),
            answered_after_ms: model.answered_after_ms,
        }
    }
}

impl From<&Assignment> for ActiveModel {
    fn from(given: &Assignment) -> Self {
        let ms = |moment: Option<Timestamp>| Set(moment.map(Timestamp::ms));
        Self {
            id: Set(given.id.uuid()),
            deal_id: Set(given.deal_id.uuid()),
            user_id: Set(given.user_id.uuid()),
            former_id: Set(given.former_id.map(Id::uuid)),
            rule_id: Set(given.rule_id.map(Id::uuid)),
            rule_name: Set(given.rule_name.clone()),
            reason: Set(given.reason.clone()),
            stage: Set(given.stage.0.clone()),
            actor: Set(given.actor.clone()),
            at: Set(given.at.ms()),
            ended_at: ms(given.ended_at),
            answer_due_at: ms(given.answer_due_at),
            tell_head_at: ms(given.tell_head_at),
            look_at: ms(given.look_at),
            is_late: Set(given.is_late),
            answered_at: ms(given.answered_at),
            answer_id: Set(given.answer_id.map(Id::uuid)),
            answered_after_ms: Set(given.answered_after_ms),
        }
    }
}

/// Somebody has a deal.
pub async fn insert(conn: &impl ConnectionTrait, given: &Assignment) -> Result<()> {
    Entity::insert(ActiveModel::from(given)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field over what is stored.
pub async fn update(conn: &impl ConnectionTrait, given: &Assignment) -> Result<()> {
    Entity::update(ActiveModel::from(given).reset_all()).exec(conn).await?;
    Ok(())
}

/// Whoever has the deal has it no longer, or it has ended.
pub async fn end(conn: &impl ConnectionTrait, deal: Id<id::Deal>, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now.ms()))
        .col_expr(Column::LookAt, Expr::value(Option::<i64>::None))
        .filter(Column::DealId.eq(deal.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(conn)
        .await?;
    Ok(())
}

/// Who had a deal, the newest first.
pub async fn of_deal(conn: &impl ConnectionTrait, deal: Id<id::Deal>, limit: u64) -> Result<Vec<Assignment>> {
    let query = Entity::find()
        .filter(Column::DealId.eq(deal.uuid()))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(limit);
    Ok(query.all(conn).await?.into_iter().map(Assignment::from).collect())
}

/// Those whose time has come to be looked at.
pub async fn to_look_at(conn: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Assignment>> {
    let query = Entity::find().filter(Column::LookAt.lte(now.ms())).order_by_asc(Column::LookAt).limit(limit);
    Ok(query.all(conn).await?.into_iter().map(Assignment::from).collect())
}

/// The one of that id, held until the transaction ends.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Assignment>) -> Result<Option<Assignment>> {
    Ok(Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(Assignment::from))
}

/// Look at one later.
pub async fn postpone(conn: &impl ConnectionTrait, id: Id<id::Assignment>, look_at: Timestamp) -> Result<()> {
    let later = Entity::update_many().col_expr(Column::LookAt, Expr::value(look_at.ms()));
    later.filter(Column::Id.eq(id.uuid())).exec(conn).await?;
    Ok(())
}

/// Running ones of a user that nobody has answered yet: of a deal, or of all deals of a contact.
pub async fn unanswered(
    conn: &impl ConnectionTrait,
    user: Id<id::User>,
    deal: Option<Id<id::Deal>>,
    contact: Id<id::Contact>,
) -> Result<Vec<Assignment>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::AnsweredAt.is_null());
    let query = match deal {
        Some(deal) => query.filter(Column::DealId.eq(deal.uuid())),
        None => {
            let of_contact = deals::Entity::find()
                .filter(deals::Column::ContactId.eq(contact.uuid()))
                .select_only()
                .column(deals::Column::Id)
                .into_query();
            query.filter(Column::DealId.in_subquery(of_contact))
        }
    };
    Ok(query.all(conn).await?.into_iter().map(Assignment::from).collect())
}

/// Those that an activity answered.
pub async fn answered_by(conn: &impl ConnectionTrait, activity: Id<id::Activity>) -> Result<Vec<Assignment>> {
    let models = Entity::find().filter(Column::AnswerId.eq(activity.uuid())).all(conn).await?;
    Ok(models.into_iter().map(Assignment::from).collect())
}

/// Those of a funnel given to anybody in a time, the newest first.
pub async fn given_between(
    conn: &impl ConnectionTrait,
    user: Option<Id<id::User>>,
    funnel: Id<id::Funnel>,
    from: Timestamp,
    to: Timestamp,
    limit: u64,
) -> Result<Vec<Assignment>> {
    let of_funnel = deals::Entity::find()
        .filter(deals::Column::FunnelId.eq(funnel.uuid()))
        .select_only()
        .column(deals::Column::Id)
        .into_query();
    let mut query = Entity::find()
        .filter(Column::At.gte(from.ms()))
        .filter(Column::At.lt(to.ms()))
        .filter(Column::DealId.in_subquery(of_funnel));
    if let Some(user) = user {
        query = query.filter(Column::UserId.eq(user.uuid()));
    }
    let query = query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit);
    Ok(query.all(conn).await?.into_iter().map(Assignment::from).collect())
}

/// A deal's answer is due at a moment; or no longer.
pub async fn set_answer_due(conn: &impl ConnectionTrait, deal: Id<id::Deal>, due_at: Option<Timestamp>) -> Result<()> {
    deals::Entity::update_many()
        .col_expr(deals::Column::AnswerDueAt, Expr::value(due_at.map(Timestamp::ms)))
        .filter(deals::Column::Id.eq(deal.uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Open deals of each of these users.
pub async fn open_deals(conn: &impl ConnectionTrait, users: &[Id<id::User>]) -> Result<HashMap<Id<id::User>, u64>> {
    let rows: Vec<(Uuid, i64)> = deals::Entity::find()
        .filter(deals::Column::Status.eq(funnel::deal::DealStatus::Open.as_str()))
        .filter(deals::Column::OwnerId.is_in(users.iter().map(|id| id.uuid())))
        .select_only()
        .column(deals::Column::OwnerId)
        .column_as(Expr::col(deals::Column::Id).count(), "deals")
        .group_by(deals::Column::OwnerId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (Id::from_uuid(id), u64::try_from(count).unwrap_or(0))).collect())
}
