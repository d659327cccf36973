//! `/api/v1/dashboards`: saved insights side by side.

use std::sync::Arc;

use app::App;
use app::dashboards::{self, DashboardChange, DashboardView, DashboardsFilter, DashboardsPage, NewDashboard};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete)).routes(routes!(duplicate))
}

/// Dashboards, those that are pinned first, then newest first.
#[utoipa::path(get, path = "/api/v1/dashboards", tag = "dashboards",
    operation_id = "list_dashboards", params(DashboardsFilter),
    responses((status = 200, body = DashboardsPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(filter): Query<DashboardsFilter>,
) -> ApiResult<Json<DashboardsPage>> {
    Ok(Json(dashboards::list(&app, &actor, filter).await?))
}

/// Make a dashboard.
#[utoipa::path(post, path = "/api/v1/dashboards", tag = "dashboards",
    operation_id = "create_dashboard", request_body = NewDashboard,
    responses((status = 201, body = DashboardView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewDashboard>,
) -> ApiResult<(StatusCode, Json<DashboardView>)> {
    Ok((StatusCode::CREATED, Json(dashboards::create(&app, &actor, request).await?)))
}

/// One dashboard, with the saved insights that it shows.
#[utoipa::path(get, path = "/api/v1/dashboards/{id}", tag = "dashboards",
    operation_id = "get_dashboard", params(("id" = Id<id::Dashboard>, Path)),
    responses((status = 200, body = DashboardView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Dashboard>>,
) -> ApiResult<Json<DashboardView>> {
    Ok(Json(dashboards::get(&app, &actor, id).await?))
}

/// Change a dashboard.
///
/// With `base_version`, a change to a version that somebody has changed since is refused (`version_passed`).
#[utoipa::path(patch, path = "/api/v1/dashboards/{id}", tag = "dashboards",
    operation_id = "update_dashboard", request_body = DashboardChange,
    params(("id" = Id<id::Dashboard>, Path)),
    responses((status = 200, body = DashboardView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Dashboard>>,
    Body(change): Body<DashboardChange>,
) -> ApiResult<Json<DashboardView>> {
    Ok(Json(dashboards::update(&app, &actor, id, change).await?))
}

/// Remove a dashboard. The saved insights that it shows stay.
#[utoipa::path(delete, path = "/api/v1/dashboards/{id}", tag = "dashboards",
    operation_id = "delete_dashboard", params(("id" = Id<id::Dashboard>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Dashboard>>,
) -> ApiResult<StatusCode> {
    dashboards::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make another dashboard that shows the same saved insights.
#[utoipa::path(post, path = "/api/v1/dashboards/{id}/duplicate", tag = "dashboards",
    operation_id = "duplicate_dashboard", params(("id" = Id<id::Dashboard>, Path)),
    responses((status = 201, body = DashboardView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn duplicate(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Dashboard>>,
) -> ApiResult<(StatusCode, Json<DashboardView>)> {
    Ok((StatusCode::CREATED, Json(dashboards::duplicate(&app, &actor, id).await?)))
}
