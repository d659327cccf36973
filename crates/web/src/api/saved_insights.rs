//! `/api/v1/insights/saved`: questions that were given a name.

use std::sync::Arc;

use app::App;
use app::saved_insights::{self, InsightChange, InsightView, InsightsFilter, InsightsPage, NewInsight};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// Saved insights, newest first.
#[utoipa::path(get, path = "/api/v1/insights/saved", tag = "insights",
    operation_id = "list_saved_insights", params(InsightsFilter),
    responses((status = 200, body = InsightsPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(filter): Query<InsightsFilter>,
) -> ApiResult<Json<InsightsPage>> {
    Ok(Json(saved_insights::list(&app, &actor, filter).await?))
}

/// Save a question under a name.
#[utoipa::path(post, path = "/api/v1/insights/saved", tag = "insights",
    operation_id = "save_insight", request_body = NewInsight,
    responses((status = 201, body = InsightView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewInsight>,
) -> ApiResult<(StatusCode, Json<InsightView>)> {
    Ok((StatusCode::CREATED, Json(saved_insights::create(&app, &actor, request).await?)))
}

/// One saved insight.
#[utoipa::path(get, path = "/api/v1/insights/saved/{id}", tag = "insights",
    operation_id = "get_saved_insight", params(("id" = Id<id::Insight>, Path)),
    responses((status = 200, body = InsightView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Insight>>,
) -> ApiResult<Json<InsightView>> {
    Ok(Json(saved_insights::get(&app, &actor, id).await?))
}

/// Change a saved insight.
///
/// With `base_version`, a change to a version that somebody has changed since is refused (`version_passed`).
#[utoipa::path(patch, path = "/api/v1/insights/saved/{id}", tag = "insights",
    operation_id = "update_saved_insight", request_body = InsightChange,
    params(("id" = Id<id::Insight>, Path)),
    responses((status = 200, body = InsightView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Insight>>,
    Body(change): Body<InsightChange>,
) -> ApiResult<Json<InsightView>> {
    Ok(Json(saved_insights::update(&app, &actor, id, change).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeleteQuery {
    /// Take it off every dashboard that shows it; without, it is refused while any does (`on_dashboard`).
    #[serde(default)]
    from_dashboards: bool,
}

/// Remove a saved insight.
#[utoipa::path(delete, path = "/api/v1/insights/saved/{id}", tag = "insights",
    operation_id = "delete_saved_insight", params(("id" = Id<id::Insight>, Path), DeleteQuery),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Insight>>,
    Query(query): Query<DeleteQuery>,
) -> ApiResult<StatusCode> {
    saved_insights::delete(&app, &actor, id, query.from_dashboards).await?;
    Ok(StatusCode::NO_CONTENT)
}
