//! The board: the deals of a funnel by stage.

use base::{Id, Locale, Money, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use serde::{Deserialize, Serialize};
use store::deals::{Filter, Sum};

use super::view::{DealView, Teller, views};
use super::{funnel_of, parse_owner, scope};
use crate::{Actor, App, Result, permission::Permission, search};

/// Cards in one column of a board.
pub const BOARD_COLUMN_MAX: u64 = 100;
/// How long a won deal stays on the board, ms.
pub const WON_SHOWN_MS: i64 = 30 * 24 * 3600 * 1000;

/// Which board.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct BoardQuery {
    /// A funnel, `fun_…`; the first one when absent.
    pub funnel: Option<Id<id::Funnel>>,
    /// A user, `usr_…`; `me`; or `none` for deals that nobody works on.
    pub owner: Option<String>,
    /// Words of the title.
    pub q: Option<String>,
    /// The language in which is said what is in the way; the company's when absent.
    #[param(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

/// The deals of a funnel by stage: open ones, and those won in the last 30 days.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Board {
    /// The funnel.
    pub funnel_id: Id<id::Funnel>,
    /// Won deals are shown since this moment.
    pub won_since: Timestamp,
    /// One column for each stage, in order; and behind them one for deals of older versions whose stage this version
    /// does not have, if there are any.
    pub columns: Vec<BoardColumn>,
}

/// One stage of a board.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BoardColumn {
    /// The id of the stage; empty for deals in stages of older versions.
    pub stage: String,
    /// Its open deals together.
    pub open: DealSum,
    /// Its won deals together.
    pub won: DealSum,
    /// The deals that moved last, at most 100; the list shows all.
    pub deals: Vec<DealView>,
}

/// Deals together.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct DealSum {
    /// How many.
    pub count: u64,
    /// What they are worth, one amount for each currency.
    pub values: Vec<Money>,
}

/// The deals of a funnel by stage.
pub async fn board(app: &App, actor: &Actor, query: BoardQuery) -> Result<Board> {
    actor.may(Permission::DealsRead)?;
    let funnel = funnel_of(app, query.funnel)?;
    let mut filter = Filter {
        funnel_id: Some(funnel.id),
        owner: query.owner.as_deref().map(|text| parse_owner(actor, text)).transpose()?,
        search: query.q.unwrap_or_default(),
        ..Filter::all(scope(actor))
    };
    search::narrowed_deals(app, &mut filter).await?;
    let won_since = app.now().plus_ms(-WON_SHOWN_MS);
    let conn = app.store.reader();
    let sums = store::deals::board_sums(conn, &filter, won_since).await?;
    let teller = Teller::load(app, actor, query.locale).await?;
    let stages: Vec<&StageId> = funnel.doc.stages.iter().map(|stage| &stage.id).collect();
    let mut columns = Vec::with_capacity(stages.len() + 1);
    let mut shown: Vec<(Option<&StageId>, Vec<&StageId>)> =
        stages.iter().map(|stage| (Some(*stage), vec![*stage])).collect();
    // Stages that the funnel has no more: those deals follow an older version of it.
    let mut gone: Vec<&StageId> = sums.iter().map(|sum| &sum.stage).filter(|stage| !stages.contains(stage)).collect();
    gone.sort_unstable();
    gone.dedup();
    if !gone.is_empty() {
        shown.push((None, gone));
    }
    for (stage, shown) in shown {
        let is_here = |sum: &&Sum| shown.contains(&&sum.stage);
        let together = |status: DealStatus| {
            let of_column = sums.iter().filter(is_here).filter(|sum| sum.status == status);
            of_column.fold(DealSum::default(), |mut together, sum| {
                together.count += sum.count;
                together.add(sum.value);
                together
            })
        };
        let deals = store::deals::board_column(conn, &filter, &shown, won_since, BOARD_COLUMN_MAX).await?;
        columns.push(BoardColumn {
            stage: stage.map(|stage| stage.0.clone()).unwrap_or_default(),
            open: together(DealStatus::Open),
            won: together(DealStatus::Won),
            deals: views(app, &teller, deals).await?,
        });
    }
    Ok(Board { funnel_id: funnel.id, won_since, columns })
}

impl DealSum {
    /// Several stages share the column of older versions: one amount for each currency all the same.
    fn add(&mut self, value: Money) {
        match self.values.iter_mut().find(|known| known.currency == value.currency) {
            Some(known) => known.minor = known.minor.saturating_add(value.minor),
            None => self.values.push(value),
        }
    }
}
