//! What each person of the team did, has and is behind with: sums by user.

use std::collections::HashMap;

use base::{Currency, Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{QuerySelect, Select, Statement};

use crate::activities::Kind;
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
        // Rows, not ids: the indexes that hold all the rest have none.
        .column_as(Expr::cust("COUNT(*)"), "number")
        // PostgreSQL sums whole numbers into decimals.
        .column_as(Expr::col(C::ValueMinor).sum().cast_as("BIGINT"), "total")
        // By stage too: that is the order in which they lie in an index, and a hundred thousand need no sorting.
        .group_by(C::Status)
        .group_by(C::Stage)
        .group_by(C::Currency)
        .group_by(C::OwnerId)
        .into_tuple()
        .all(conn)
        .await?;
    let mut sums: Vec<DealSum> = Vec::new();
    for (owner, status, currency, count, total) in rows {
        let currency: Currency = error::parsed("deal", &currency)?;
        let (owner_id, status) = (owner.map(Id::from_uuid), error::parsed("deal", &status)?);
        let is_same =
            |sum: &&mut DealSum| (sum.owner_id, sum.status, sum.value.currency) == (owner_id, status, currency);
        match sums.iter_mut().find(is_same) {
            Some(sum) => {
                sum.count += count.unsigned_abs();
                sum.value.minor = sum.value.minor.saturating_add(total);
            }
            None => {
                sums.push(DealSum {
                    owner_id,
                    status,
                    count: count.unsigned_abs(),
                    value: Money::new(total, currency),
                });
            }
        }
    }
    Ok(sums)
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
        .filter(deals::Column::Status.is_in([DealStatus::Won.as_str(), DealStatus::Lost.as_str()]))
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

/// How many activities of each kind each user has that pass a test of `a`, of `$1` and `$2`. User by user, so that all is
/// read from an index that begins with the user: of five million activities those of a month took four seconds.
async fn by_user(
    conn: &impl ConnectionTrait,
    user: &str,
    kinds: &[Kind],
    test: &str,
    values: [i64; 2],
) -> Result<Vec<Done>> {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("SELECT '{}' AS kind", kind.as_str())).collect();
    let sql = format!(
        "SELECT u.id AS user_id, k.kind AS kind, (SELECT COUNT(*) FROM activities a WHERE a.{user} = u.id \
         AND a.kind = k.kind AND a.removed_at IS NULL AND {test}) AS number \
         FROM users u CROSS JOIN ({}) k",
        kinds.join(" UNION ALL ")
    );
    let values = values.map(sea_orm::Value::from);
    let rows = conn.query_all_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    let mut done = Vec::new();
    for row in rows {
        let count: i64 = row.try_get("", "number")?;
        let kind: String = row.try_get("", "kind")?;
        if count > 0 {
            let user_id = Id::from_uuid(row.try_get("", "user_id")?);
            done.push(Done { user_id, kind: error::parsed("activity", &kind)?, count: count.unsigned_abs() });
        }
    }
    Ok(done)
}

/// What people did in a time: calls and notes by who wrote them down, meetings that were held and tasks that were done
/// by whose they are.
pub async fn done(conn: &impl ConnectionTrait, from: Timestamp, to: Timestamp) -> Result<Vec<Done>> {
    let time = [from.ms(), to.ms()];
    let between = |column: &str| format!("a.is_open = FALSE AND a.{column} >= $1 AND a.{column} < $2");
    let held = format!("{} AND a.outcome = 'held'", between("at"));
    let mut done = by_user(conn, "author_id", &[Kind::Call, Kind::Note], &between("at"), time).await?;
    done.extend(by_user(conn, "assignee_id", &[Kind::Meeting], &held, time).await?);
    done.extend(by_user(conn, "assignee_id", &[Kind::Task], &between("done_at"), time).await?);
    Ok(done)
}

/// Tasks of each person whose time is over.
pub async fn overdue(conn: &impl ConnectionTrait, now: Timestamp) -> Result<HashMap<Id<id::User>, u64>> {
    let test = "a.is_open = TRUE AND a.due_at >= $1 AND a.due_at < $2";
    let rows = by_user(conn, "assignee_id", &[Kind::Task], test, [i64::MIN, now.ms()]).await?;
    Ok(rows.into_iter().map(|done| (done.user_id, done.count)).collect())
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
