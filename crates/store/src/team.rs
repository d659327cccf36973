//! What each person of the team did, has and is behind with: sums by user.

use std::collections::HashMap;

use base::{Currency, Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QuerySelect, Select};

use crate::activities::{self, Kind};
use crate::deals::{self, Scope};
use crate::{Result, error};

/// Deals of one owner, status and currency together.
#[derive(Debug, Clone, PartialEq)]
pub struct DealSum {
    pub owner_id: Option<Id<id::User>>,
    pub status: DealStatus,
    pub count: u64,
    pub value: Money,
}

/// Which deals are summed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub scope: Scope,
    pub funnel_id: Option<Id<id::Funnel>>,
    /// Those of these channels; of all when there are none.
    pub channels: &'a [String],
}

async fn sums(conn: &impl ConnectionTrait, query: Select<deals::Entity>) -> Result<Vec<DealSum>> {
    use deals::Column as C;
    let rows: Vec<(Option<Uuid>, String, String, i64, i64)> = query
        .select_only()
        .column(C::OwnerId)
        .column(C::Status)
        .column(C::Currency)
        .column_as(C::Id.count(), "number")
        // PostgreSQL sums whole numbers into decimals.
        .column_as(Expr::col(C::ValueMinor).sum().cast_as("BIGINT"), "total")
        .group_by(C::OwnerId)
        .group_by(C::Status)
        .group_by(C::Currency)
        .into_tuple()
        .all(conn)
        .await?;
    let read = |(owner, status, currency, count, total): (Option<Uuid>, String, String, i64, i64)| {
        let currency: Currency = error::parsed("deal", &currency)?;
        Ok(DealSum {
            owner_id: owner.map(Id::from_uuid),
            status: error::parsed("deal", &status)?,
            count: count.unsigned_abs(),
            value: Money::new(total, currency),
        })
    };
    rows.into_iter().map(read).collect()
}

fn asked(asked: Asked<'_>) -> Select<deals::Entity> {
    let mut query = deals::scoped(deals::Entity::find(), asked.scope);
    if let Some(funnel) = asked.funnel_id {
        query = query.filter(deals::Column::FunnelId.eq(funnel.uuid()));
    }
    if !asked.channels.is_empty() {
        query = query.filter(deals::Column::Channel.is_in(asked.channels));
    }
    query
}

/// Deals won and lost in a time, by whoever has them.
pub async fn closed(
    conn: &impl ConnectionTrait,
    which: Asked<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<DealSum>> {
    let query = asked(which)
        .filter(deals::Column::Status.ne(DealStatus::Open.as_str()))
        .filter(deals::Column::ClosedAt.gte(from.ms()))
        .filter(deals::Column::ClosedAt.lt(to.ms()));
    sums(conn, query).await
}

/// Deals made in a time, by whoever has them.
pub async fn made(
    conn: &impl ConnectionTrait,
    which: Asked<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<DealSum>> {
    let of_time =
        asked(which).filter(deals::Column::CreatedAt.gte(from.ms())).filter(deals::Column::CreatedAt.lt(to.ms()));
    sums(conn, of_time).await
}

/// Open deals, by whoever has them.
pub async fn open(conn: &impl ConnectionTrait, which: Asked<'_>) -> Result<Vec<DealSum>> {
    sums(conn, asked(which).filter(deals::Column::Status.eq(DealStatus::Open.as_str()))).await
}

/// What somebody did of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub user_id: Id<id::User>,
    pub kind: Kind,
    pub count: u64,
}

async fn by_user(
    conn: &impl ConnectionTrait,
    query: Select<activities::Entity>,
    user: activities::Column,
) -> Result<Vec<(Uuid, String, i64)>> {
    let rows = query
        .filter(activities::Column::RemovedAt.is_null())
        .filter(user.is_not_null())
        .select_only()
        .column(user)
        .column(activities::Column::Kind)
        .column_as(activities::Column::Id.count(), "number")
        .group_by(user)
        .group_by(activities::Column::Kind)
        .into_tuple();
    Ok(rows.all(conn).await?)
}

/// What people did in a time: calls and notes by who wrote them down, meetings that were held and tasks that were done
/// by whose they are.
pub async fn done(conn: &impl ConnectionTrait, from: Timestamp, to: Timestamp) -> Result<Vec<Done>> {
    use activities::Column as C;
    let between = |column: C| Condition::all().add(column.gte(from.ms())).add(column.lt(to.ms()));
    let closed = || activities::Entity::find().filter(C::IsOpen.eq(false));
    let written = closed().filter(C::Kind.is_in([Kind::Call.as_str(), Kind::Note.as_str()])).filter(between(C::At));
    let held = Condition::all().add(C::Kind.eq(Kind::Meeting.as_str())).add(C::Outcome.eq("held"));
    let kept = Condition::any().add(held.add(between(C::At)));
    let tasks = Condition::all().add(C::Kind.eq(Kind::Task.as_str())).add(between(C::DoneAt));
    let kept = closed().filter(kept.add(tasks));
    let mut rows = by_user(conn, written, C::AuthorId).await?;
    rows.extend(by_user(conn, kept, C::AssigneeId).await?);
    let read = |(user, kind, count): (Uuid, String, i64)| {
        let kind = error::parsed("activity", &kind)?;
        Ok(Done { user_id: Id::from_uuid(user), kind, count: count.unsigned_abs() })
    };
    rows.into_iter().map(read).collect()
}

/// Tasks of each person whose time is over.
pub async fn overdue(conn: &impl ConnectionTrait, now: Timestamp) -> Result<HashMap<Id<id::User>, u64>> {
    use activities::Column as C;
    let query = activities::Entity::find()
        .filter(C::Kind.eq(Kind::Task.as_str()))
        .filter(C::IsOpen.eq(true))
        .filter(C::DueAt.lt(now.ms()));
    let rows = by_user(conn, query, C::AssigneeId).await?;
    Ok(rows.into_iter().map(|(user, _, count)| (Id::from_uuid(user), count.unsigned_abs())).collect())
}

/// Who has each deal of a funnel.
pub async fn owners(
    conn: &impl ConnectionTrait,
    funnel: Id<id::Funnel>,
) -> Result<HashMap<Id<id::Deal>, Option<Id<id::User>>>> {
    let rows: Vec<(Uuid, Option<Uuid>)> = deals::Entity::find()
        .filter(deals::Column::FunnelId.eq(funnel.uuid()))
        .filter(deals::Column::OwnerId.is_not_null())
        .select_only()
        .column(deals::Column::Id)
        .column(deals::Column::OwnerId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(deal, owner)| (Id::from_uuid(deal), owner.map(Id::from_uuid))).collect())
}

/// Scripts that each person went through to the end in a time.
pub async fn scripts(
    conn: &impl ConnectionTrait,
    from: Timestamp,
    to: Timestamp,
) -> Result<std::collections::BTreeMap<Id<id::User>, u64>> {
    let rows = crate::playbooks::finished_by_actor(conn, from, to).await?;
    // What a program went through is nobody's.
    Ok(rows.into_iter().filter_map(|(actor, count)| Some((actor.parse().ok()?, count))).collect())
}
