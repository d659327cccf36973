//! What a board shows, column by column.

use base::{Currency, Money, Timestamp};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{QueryOrder, QuerySelect, Select};

use super::{Column, Deal, Entity, Filter, Scope, apart, filtered};
use crate::{Result, error};

/// Deals of one stage, status and currency together.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    pub stage: StageId,
    pub status: DealStatus,
    pub count: u64,
    pub value: Money,
}

/// A board shows open deals, and won ones closed since a moment: asked for apart, since each part has an index that
/// holds it, and both together have none.
fn on_board(deals: Select<Entity>, won_since: Timestamp) -> [Select<Entity>; 2] {
    let of = |status: DealStatus| deals.clone().filter(Column::Status.eq(status.as_str()));
    [of(DealStatus::Open), of(DealStatus::Won).filter(Column::ClosedAt.gte(won_since.ms()))]
}

/// Counts and sums of what a board shows.
pub async fn board_sums(conn: &impl ConnectionTrait, filter: &Filter, won_since: Timestamp) -> Result<Vec<Sum>> {
    let backend = conn.get_database_backend();
    let [open, won] = on_board(filtered(backend, filter), won_since);
    let is_somebodys = filter.owner.is_some() || filter.scope != Scope::All;
    let mut sums = sums_of(conn, open, is_somebodys).await?;
    sums.extend(sums_of(conn, won, true).await?);
    Ok(sums)
}

/// Each part is summed in an index that holds all of it. Where the part is small beside the funnel SQLite must not
/// take the one that is in the order of the groups: that is all of the funnel.
async fn sums_of(conn: &impl ConnectionTrait, part: Select<Entity>, is_small: bool) -> Result<Vec<Sum>> {
    let backend = conn.get_database_backend();
    let group = |column: Column| if is_small { apart(backend, column) } else { Expr::col(column) };
    let rows: Vec<(String, String, String, i64, i64)> = part
        .select_only()
        .column(Column::Stage)
        .column(Column::Status)
        .column(Column::Currency)
        // Rows, not ids: the index that holds all the rest has none.
        .column_as(Expr::cust("COUNT(*)"), "number")
        // PostgreSQL sums whole numbers into decimals.
        .column_as(Expr::col(Column::ValueMinor).sum().cast_as("BIGINT"), "total")
        .group_by(group(Column::Stage))
        .group_by(group(Column::Status))
        .group_by(group(Column::Currency))
        .into_tuple()
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|(stage, status, currency, count, total)| {
            let currency: Currency = error::parsed("deal", &currency)?;
            Ok(Sum {
                stage: StageId(stage),
                status: error::parsed("deal", &status)?,
                count: count.unsigned_abs(),
                value: Money::new(total, currency),
            })
        })
        .collect()
}

/// The deals of one column of a board, which may show several stages, last moved first.
pub async fn board_column(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    stages: &[&StageId],
    won_since: Timestamp,
    limit: u64,
) -> Result<Vec<Deal>> {
    let mut deals = Vec::new();
    // One stage at a time: their index is in this order, and all stages together would be sorted first.
    for stage in stages {
        for part in on_board(filtered(conn.get_database_backend(), filter), won_since) {
            let part = part.filter(Column::Stage.eq(stage.as_str()));
            let last = part.order_by_desc(Column::StageEnteredAt).order_by_desc(Column::Id).limit(limit);
            deals.extend(last.all(conn).await?.into_iter().map(Deal::try_from).collect::<Result<Vec<_>>>()?);
        }
    }
    deals.sort_by_key(|deal| std::cmp::Reverse((deal.stage_entered_at, deal.id)));
    deals.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(deals)
}
