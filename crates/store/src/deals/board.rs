//! What a board shows, column by column.

use base::{Currency, Money, Timestamp};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QueryOrder, QuerySelect, Select};

use super::{Column, Deal, Entity, Filter, filtered};
use crate::{Result, error};

/// Deals of one stage, status and currency together.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    pub stage: StageId,
    pub status: DealStatus,
    pub count: u64,
    pub value: Money,
}

/// A board shows open deals, and won ones closed since a moment.
fn on_board(filter: &Filter, won_since: Timestamp) -> Select<Entity> {
    let open = Column::Status.eq(DealStatus::Open.as_str());
    let won =
        Condition::all().add(Column::Status.eq(DealStatus::Won.as_str())).add(Column::ClosedAt.gte(won_since.ms()));
    filtered(filter).filter(Condition::any().add(open).add(won))
}

/// Counts and sums of what a board shows.
pub async fn board_sums(conn: &impl ConnectionTrait, filter: &Filter, won_since: Timestamp) -> Result<Vec<Sum>> {
    let rows: Vec<(String, String, String, i64, i64)> = on_board(filter, won_since)
        .select_only()
        .column(Column::Stage)
        .column(Column::Status)
        .column(Column::Currency)
        .column_as(Column::Id.count(), "number")
        // PostgreSQL sums whole numbers into decimals.
        .column_as(Expr::col(Column::ValueMinor).sum().cast_as("BIGINT"), "total")
        .group_by(Column::Stage)
        .group_by(Column::Status)
        .group_by(Column::Currency)
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

/// The deals of one column.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// Those of a stage.
    Stage(&'a StageId),
    /// Those in none of these stages: they follow an older version of the funnel.
    Outside(&'a [&'a StageId]),
}

/// The deals of one column of a board, last moved first.
pub async fn board_column(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    shown: Shown<'_>,
    won_since: Timestamp,
    limit: u64,
) -> Result<Vec<Deal>> {
    let of_column = match shown {
        Shown::Stage(stage) => Column::Stage.eq(stage.as_str()),
        Shown::Outside(stages) => Column::Stage.is_not_in(stages.iter().map(|stage| stage.as_str())),
    };
    let models = on_board(filter, won_since)
        .filter(of_column)
        .order_by_desc(Column::StageEnteredAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    models.into_iter().map(Deal::try_from).collect()
}
