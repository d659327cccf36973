//! Dashboards: saved insights and texts side by side, for one period.

mod period;
#[cfg(test)]
mod tests;
mod tile;

use std::collections::HashSet;

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;
use store::dashboards::{Dashboard, Filter, Place};
use store::page::Page;

use crate::contacts::page_limit;
use crate::saved_insights::{
    self, DESCRIPTION_CHARS_MAX, InsightView, NAME_CHARS_MAX, name_problem, refuse_passed, text_problem,
};
use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

pub use period::{PERIOD_CHARS_MAX, PERIOD_DEFAULT, Period};
pub use tile::{
    COLUMNS, HEIGHT_MAX, InsightTile, TEXT_BYTES_MAX, TILE_ID_CHARS_MAX, TITLE_CHARS_MAX, TextTile, Tile, TileRequest,
};
use tile::{shown, stored_tiles, tiles_of};

/// The most dashboards of one company.
pub const DASHBOARDS_MAX: u64 = 500;
/// The most tiles of one dashboard.
pub const TILES_MAX: usize = 30;

/// A dashboard with all that it shows.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Dashboard)]
pub struct DashboardView {
    /// Its id.
    pub id: Id<id::Dashboard>,
    /// What it is called.
    pub name: String,
    /// What people should know about it.
    pub description: String,
    /// For which time it shows its insights.
    pub period: Period,
    /// Its places, in their order.
    pub tiles: Vec<Tile>,
    /// The saved insights of its tiles, each once, in no order.
    pub insights: Vec<InsightView>,
    /// Whether it stands before the others.
    pub is_pinned: bool,
    /// The id of a user or key, or `system`.
    pub created_by: String,
    /// Counts from 1; goes up with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A dashboard in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DashboardSummary {
    /// Its id.
    pub id: Id<id::Dashboard>,
    /// What it is called.
    pub name: String,
    /// What people should know about it.
    pub description: String,
    /// For which time it shows its insights.
    pub period: Period,
    /// How many places it has.
    pub tile_count: usize,
    /// Whether it stands before the others.
    pub is_pinned: bool,
    /// The id of a user or key, or `system`.
    pub created_by: String,
    /// Counts from 1; goes up with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A dashboard to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDashboard {
    /// What it is called: 1 to 200 characters.
    pub name: String,
    /// What people should know about it: at most 2,000 characters.
    #[serde(default)]
    pub description: String,
    /// For which time it shows its insights; the last 30 days when absent.
    #[serde(default)]
    pub period: Option<Period>,
    /// Its places, in their order: at most 30.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub tiles: Vec<TileRequest>,
    /// Whether it stands before the others.
    #[serde(default)]
    pub is_pinned: bool,
}

/// What becomes of a dashboard; what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DashboardChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub period: Option<Period>,
    /// All places, in their order.
    #[schema(max_items = 30)]
    pub tiles: Option<Vec<TileRequest>>,
    pub is_pinned: Option<bool>,
    /// The version that was changed: refused when somebody has changed it since.
    pub base_version: Option<i64>,
}

/// Which dashboards a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct DashboardsFilter {
    /// Words of the name.
    pub q: Option<String>,
    /// Only those that are pinned, or only those that are not.
    pub is_pinned: Option<bool>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of dashboards, those that are pinned first, then newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = DashboardPage)]
pub struct DashboardsPage {
    pub items: Vec<DashboardSummary>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many the filter shows in all.
    pub total: u64,
}

/// A page of dashboards.
pub async fn list(app: &App, actor: &Actor, query: DashboardsFilter) -> Result<DashboardsPage> {
    actor.may(Permission::InsightsRead)?;
    let filter = Filter { search: query.q.unwrap_or_default(), is_pinned: query.is_pinned };
    let after = query.cursor.as_deref().map(place).transpose()?;
    let conn = app.store.reader();
    let Page { items, next_cursor } = store::dashboards::list(conn, &filter, after, page_limit(query.limit)?).await?;
    let total = store::dashboards::count(conn, &filter).await?;
    let items = items.into_iter().map(summary).collect::<Result<_>>()?;
    Ok(DashboardsPage { items, next_cursor, total })
}

fn place(cursor: &str) -> Result<Place> {
    let read = |(pinned, id): (&str, &str)| Some((pinned == "1", id.parse().ok()?));
    let place = cursor.split_once('.').and_then(read);
    place.ok_or_else(|| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given"))
}

fn summary(dashboard: Dashboard) -> Result<DashboardSummary> {
    let tile_count = dashboard.tiles.as_array().map_or(0, Vec::len);
    Ok(DashboardSummary {
        id: dashboard.id,
        name: dashboard.name,
        description: dashboard.description,
        period: stored(dashboard.period)?,
        tile_count,
        is_pinned: dashboard.is_pinned,
        created_by: dashboard.created_by,
        version: dashboard.version,
        created_at: dashboard.created_at,
        updated_at: dashboard.updated_at,
    })
}

fn stored<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| AppError::Store(store::StoreError::Damaged { what: "dashboard", detail: error.to_string() }))
}

/// A dashboard with the insights that it shows.
async fn view(conn: &impl store::ConnectionTrait, dashboard: Dashboard) -> Result<DashboardView> {
    let tiles = stored_tiles(dashboard.tiles)?;
    let insights = store::saved_insights::find_many(conn, &shown(&tiles)).await?;
    Ok(DashboardView {
        id: dashboard.id,
        name: dashboard.name,
        description: dashboard.description,
        period: stored(dashboard.period)?,
        tiles,
        insights: saved_insights::views(insights).await?,
        is_pinned: dashboard.is_pinned,
        created_by: dashboard.created_by,
        version: dashboard.version,
        created_at: dashboard.created_at,
        updated_at: dashboard.updated_at,
    })
}

/// One dashboard.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Dashboard>) -> Result<DashboardView> {
    actor.may(Permission::InsightsRead)?;
    let conn = app.store.reader();
    let found = store::dashboards::find(conn, id).await?;
    view(conn, found.ok_or(AppError::NotFound("dashboard"))?).await
}

/// Make a dashboard.
pub async fn create(app: &App, actor: &Actor, request: NewDashboard) -> Result<DashboardView> {
    actor.may(Permission::InsightsWrite)?;
    let tiles = tiles_of(app, request.tiles)?;
    let period = request.period.unwrap_or_default();
    let dashboard = Dashboard {
        id: app.new_id(),
        name: request.name.trim().to_owned(),
        description: request.description.trim().to_owned(),
        period: json!(period),
        tiles: json!(tiles),
        is_pinned: request.is_pinned,
        created_by: actor.audit_name(),
        version: 1,
        created_at: app.now(),
        updated_at: app.now(),
    };
    check(&dashboard, &period)?;
    let tx = app.store.begin().await?;
    let made = insert(app, &tx, actor, dashboard, &tiles).await?;
    tx.commit().await?;
    Ok(made)
}

async fn insert(app: &App, tx: &Tx, actor: &Actor, dashboard: Dashboard, tiles: &[Tile]) -> Result<DashboardView> {
    if store::dashboards::count(tx, &Filter::default()).await? >= DASHBOARDS_MAX {
        let detail = format!("a company has at most {DASHBOARDS_MAX} dashboards: remove some that nobody needs");
        return Err(AppError::conflict("too_many_dashboards", detail));
    }
    refuse_unknown(tx, tiles).await?;
    store::dashboards::insert(tx, &dashboard, &shown(tiles)).await.map_err(gone_meanwhile)?;
    audit::record(app, tx, actor, "dashboard.create", dashboard.id, audited(&dashboard)).await?;
    view(tx, dashboard).await
}

/// Change a dashboard.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Dashboard>, change: DashboardChange) -> Result<DashboardView> {
    actor.may(Permission::InsightsWrite)?;
    let tx = app.store.begin().await?;
    let before = store::dashboards::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("dashboard"))?;
    refuse_passed(change.base_version, before.version)?;
    let tiles = match change.tiles {
        Some(requests) => tiles_of(app, requests)?,
        None => stored_tiles(before.tiles.clone())?,
    };
    let period = match change.period {
        Some(period) => period,
        None => stored(before.period.clone())?,
    };
    let mut dashboard = Dashboard {
        name: change.name.map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
        description: change.description.map_or_else(|| before.description.clone(), |text| text.trim().to_owned()),
        period: json!(period),
        tiles: json!(tiles),
        is_pinned: change.is_pinned.unwrap_or(before.is_pinned),
        ..before.clone()
    };
    check(&dashboard, &period)?;
    if dashboard == before {
        return view(&tx, dashboard).await;
    }
    refuse_unknown(&tx, &tiles).await?;
    dashboard.version += 1;
    dashboard.updated_at = app.now();
    store::dashboards::update(&tx, &dashboard, &shown(&tiles)).await.map_err(gone_meanwhile)?;
    audit::record(app, &tx, actor, "dashboard.update", id, audited(&dashboard)).await?;
    let changed = view(&tx, dashboard).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Remove a dashboard. The insights that it shows stay.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Dashboard>) -> Result<()> {
    actor.may(Permission::InsightsWrite)?;
    let tx = app.store.begin().await?;
    let dashboard = store::dashboards::find(&tx, id).await?.ok_or(AppError::NotFound("dashboard"))?;
    store::dashboards::delete(&tx, id).await?;
    audit::record(app, &tx, actor, "dashboard.delete", id, audited(&dashboard)).await?;
    tx.commit().await?;
    Ok(())
}

/// Make another dashboard that shows the same insights, under the same name with a number.
pub async fn duplicate(app: &App, actor: &Actor, id: Id<id::Dashboard>) -> Result<DashboardView> {
    actor.may(Permission::InsightsWrite)?;
    let tx = app.store.begin().await?;
    let original = store::dashboards::find(&tx, id).await?.ok_or(AppError::NotFound("dashboard"))?;
    let tiles = stored_tiles(original.tiles.clone())?;
    let names = store::dashboards::names(&tx).await?;
    let copy = Dashboard {
        id: app.new_id(),
        name: next_name(&original.name, &names),
        is_pinned: false,
        created_by: actor.audit_name(),
        version: 1,
        created_at: app.now(),
        updated_at: app.now(),
        ..original
    };
    let made = insert(app, &tx, actor, copy, &tiles).await?;
    tx.commit().await?;
    Ok(made)
}

/// `Growth` becomes `Growth (2)`, and that `Growth (3)`: the first that nobody has.
fn next_name(name: &str, taken: &[String]) -> String {
    let numbered = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let stem = numbered.filter(|(_, number)| number.parse::<u32>().is_ok()).map_or(name, |(stem, _)| stem);
    let with = |number: u64| {
        let end = format!(" ({number})");
        let stem: String = stem.chars().take(NAME_CHARS_MAX - end.len()).collect();
        stem + &end
    };
    // One of so many numbers is free.
    let mut names = (2..=DASHBOARDS_MAX + 2).map(with);
    names.find(|name| !taken.contains(name)).unwrap_or_else(|| name.to_owned())
}

/// Take an insight off a dashboard that the caller holds.
pub(crate) async fn take_off(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    mut dashboard: Dashboard,
    insight: Id<id::Insight>,
) -> Result<()> {
    let mut tiles = stored_tiles(dashboard.tiles)?;
    tiles.retain(|tile| tile.insight_id() != Some(insight));
    dashboard.tiles = json!(tiles);
    dashboard.version += 1;
    dashboard.updated_at = app.now();
    store::dashboards::update(tx, &dashboard, &shown(&tiles)).await?;
    audit::record(app, tx, actor, "dashboard.update", dashboard.id, audited(&dashboard)).await
}

fn audited(dashboard: &Dashboard) -> Value {
    let tiles = dashboard.tiles.as_array().map_or(0, Vec::len);
    json!({"name": dashboard.name, "tiles": tiles, "version": dashboard.version})
}

fn check(dashboard: &Dashboard, period: &Period) -> Result<()> {
    let mut problems = Vec::new();
    problems.extend(name_problem(&dashboard.name));
    problems.extend(text_problem("description", &dashboard.description, DESCRIPTION_CHARS_MAX));
    problems.extend(period::problems(period));
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

/// Every insight of the tiles is there.
async fn refuse_unknown(tx: &Tx, tiles: &[Tile]) -> Result<()> {
    let found = store::saved_insights::find_many(tx, &shown(tiles)).await?;
    let found: HashSet<_> = found.into_iter().map(|insight| insight.id).collect();
    let problems: Vec<_> = tiles
        .iter()
        .enumerate()
        .filter(|(_, tile)| tile.insight_id().is_some_and(|id| !found.contains(&id)))
        .map(|(index, _)| {
            let field = format!("tiles[{index}].insight_id");
            FieldProblem::new(field, "missing", "there is no such saved insight: save it first, or take the tile off")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

/// An insight that was there a moment ago.
fn gone_meanwhile(error: store::StoreError) -> AppError {
    match error {
        store::StoreError::Reference(_) => AppError::invalid(
            "tiles",
            "missing",
            "somebody has just removed one of these insights: load the list again",
        ),
        error => error.into(),
    }
}
