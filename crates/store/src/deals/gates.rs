//! What gates need to remember of deals: approvals, when to look again, and which version of a document each follows.

use std::collections::BTreeMap;

use base::{Id, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use funnel::gate::Approval;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use super::{Column, Entity, history};
use crate::{Result, error};

mod approval {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_approvals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub deal_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub stage: String,
        pub given_by: String,
        pub role: String,
        pub fields: Json,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Add an approval. The caller holds the deal's row.
pub async fn insert_approval(conn: &impl ConnectionTrait, deal: Id<id::Deal>, given: &Approval) -> Result<()> {
    let earlier = approval::Entity::find().filter(approval::Column::DealId.eq(deal.uuid())).count(conn).await?;
    let row = approval::ActiveModel {
        deal_id: Set(deal.uuid()),
        number: Set(i64::try_from(earlier).unwrap_or(i64::MAX - 1) + 1),
        stage: Set(given.stage.0.clone()),
        given_by: Set(given.by.clone()),
        role: Set(given.role.as_str().to_owned()),
        fields: Set(given.fields.clone().into()),
        at: Set(given.at.ms()),
    };
    approval::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The newest approvals of a deal, newest first.
pub async fn approvals(conn: &impl ConnectionTrait, deal: Id<id::Deal>, limit: u64) -> Result<Vec<Approval>> {
    let models = approval::Entity::find()
        .filter(approval::Column::DealId.eq(deal.uuid()))
        .order_by_desc(approval::Column::Number)
        .limit(limit)
        .all(conn)
        .await?;
    models
        .into_iter()
        .map(|model| {
            Ok(Approval {
                stage: StageId(model.stage),
                by: model.given_by,
                role: error::from_json("approval", model.role.into())?,
                at: Timestamp::from_ms(model.at),
                fields: error::from_json("approval", model.fields)?,
            })
        })
        .collect()
}

/// Open deals that must be looked at again by now, the longest due first.
pub async fn due(conn: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Id<id::Deal>>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::GateDueAt.lte(now.ms()))
        .filter(Column::Status.eq(DealStatus::Open.as_str()))
        .order_by_asc(Column::GateDueAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// Look at a deal later.
pub async fn postpone(conn: &impl ConnectionTrait, deal: Id<id::Deal>, until: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::GateDueAt, Expr::value(until.ms()))
        .filter(Column::Id.eq(deal.uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Something that gates look at has changed about a contact: their open deals must be looked at again.
pub async fn look_again(conn: &impl ConnectionTrait, contact_id: Id<id::Contact>, now: Timestamp) -> Result<()> {
    mark(conn, Column::ContactId.eq(contact_id.uuid()), now).await
}

/// The document of a funnel has changed: its open deals must be looked at again.
pub async fn look_again_in_funnel(
    conn: &impl ConnectionTrait,
    funnel_id: Id<id::Funnel>,
    now: Timestamp,
) -> Result<()> {
    mark(conn, Column::FunnelId.eq(funnel_id.uuid()), now).await
}

async fn mark(conn: &impl ConnectionTrait, which: SimpleExpr, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::GateDueAt, Expr::value(now.ms()))
        .filter(which)
        .filter(Column::Status.eq(DealStatus::Open.as_str()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Deals of a funnel that follow one version and stand in one stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    pub version: i64,
    pub stage: StageId,
    /// Deals that are open; the others have ended.
    pub open: u64,
}

/// Where the deals of a funnel stand, open and closed.
pub async fn standing(conn: &impl ConnectionTrait, funnel_id: Id<id::Funnel>) -> Result<Vec<Standing>> {
    let rows: Vec<(i64, String, String, i64)> = Entity::find()
        .filter(Column::FunnelId.eq(funnel_id.uuid()))
        .select_only()
        .columns([Column::FunnelVersion, Column::Stage, Column::Status])
        .column_as(Column::Id.count(), "number")
        .group_by(Column::FunnelVersion)
        .group_by(Column::Stage)
        .group_by(Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    let mut open: BTreeMap<(i64, String), u64> = BTreeMap::new();
    for (version, stage, status, count) in rows {
        let of_stage = open.entry((version, stage)).or_default();
        *of_stage += if status == DealStatus::Open.as_str() { count.unsigned_abs() } else { 0 };
    }
    let standing = |((version, stage), open)| Standing { version, stage: StageId(stage), open };
    Ok(open.into_iter().map(standing).collect())
}

/// A version of a funnel's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub funnel_id: Id<id::Funnel>,
    /// Counts from 1.
    pub number: i64,
}

/// The versions that open deals follow.
pub async fn open_versions(conn: &impl ConnectionTrait) -> Result<Vec<Version>> {
    let rows: Vec<(Uuid, i64)> = Entity::find()
        .filter(Column::Status.eq(DealStatus::Open.as_str()))
        .select_only()
        .column(Column::FunnelId)
        .column(Column::FunnelVersion)
        .group_by(Column::FunnelId)
        .group_by(Column::FunnelVersion)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, number)| Version { funnel_id: Id::from_uuid(id), number }).collect())
}

/// Let all deals of a funnel follow a version, open or closed, and call the stages that they stand in by their new
/// names. Open deals whose stage got another name have that in their history. Closed deals that stand as `kept` says
/// stay with the version that they follow.
pub async fn follow(
    conn: &impl ConnectionTrait,
    version: Version,
    renamed: &[(StageId, StageId)],
    kept: &[Standing],
    actor: &str,
    now: Timestamp,
) -> Result<()> {
    if !renamed.is_empty() {
        note_renamed(conn, version, renamed, actor, now).await?;
    }
    let mut update = Entity::update_many().col_expr(Column::FunnelVersion, Expr::value(version.number));
    if !renamed.is_empty() {
        update = update.col_expr(Column::Stage, new_name(renamed).into());
    }
    for one in kept {
        let is_kept = Column::Status.ne(DealStatus::Open.as_str());
        let stands = Column::FunnelVersion.eq(one.version).and(Column::Stage.eq(one.stage.as_str()));
        update = update.filter(is_kept.and(stands).not());
    }
    update.filter(Column::FunnelId.eq(version.funnel_id.uuid())).exec(conn).await?;
    Ok(())
}

/// All at once, not one after the other: two stages may change names.
fn new_name(renamed: &[(StageId, StageId)]) -> CaseStatement {
    let begin = CaseStatement::new();
    let all = renamed.iter().fold(begin, |case, (from, to)| case.case(Column::Stage.eq(from.as_str()), to.as_str()));
    all.finally(Expr::col(Column::Stage))
}

async fn note_renamed(
    conn: &impl ConnectionTrait,
    version: Version,
    renamed: &[(StageId, StageId)],
    actor: &str,
    now: Timestamp,
) -> Result<()> {
    let earlier = Query::select()
        .expr(Expr::col(history::Column::Number).count().add(1))
        .from(history::Entity)
        .and_where(Expr::col((history::Entity, history::Column::DealId)).equals((Entity, Column::Id)))
        .to_owned();
    let rows = Query::select()
        .column(Column::Id)
        .expr(SimpleExpr::SubQuery(None, Box::new(earlier.into())))
        .column(Column::Stage)
        .expr(new_name(renamed))
        .column(Column::Status)
        .expr(Expr::value(actor))
        .expr(Expr::value(format!("version {} of the funnel", version.number)))
        .expr(Expr::value(now.ms()))
        .from(Entity)
        .and_where(Column::FunnelId.eq(version.funnel_id.uuid()))
        .and_where(Column::Status.eq(DealStatus::Open.as_str()))
        .and_where(Column::Stage.is_in(renamed.iter().map(|(from, _)| from.as_str())))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(history::Entity).columns([
        history::Column::DealId,
        history::Column::Number,
        history::Column::FromStage,
        history::Column::Stage,
        history::Column::Status,
        history::Column::Actor,
        history::Column::Reason,
        history::Column::At,
    ]);
    insert.select_from(rows).map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
    conn.execute(&insert).await?;
    Ok(())
}
