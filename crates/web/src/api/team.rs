//! `/api/v1/team-report` and `/api/v1/targets`: what each person did and reached, and what they are to reach.

use std::sync::Arc;

use app::App;
use app::targets::{self, ClusterGoal, TargetRequest, TargetView};
use app::team::{self, TeamExportRequest, TeamQuery, TeamReport};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Id, id};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query, exports};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(report))
        .routes(routes!(export))
        .routes(routes!(list, add))
        .routes(routes!(goals))
        .routes(routes!(replace, remove))
}

/// What each person did and reached in a time. A rep sees the own row.
#[utoipa::path(get, path = "/api/v1/team-report", tag = "teams", operation_id = "get_team_report", params(TeamQuery),
    responses((status = 200, body = TeamReport), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn report(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<TeamQuery>,
) -> ApiResult<Json<TeamReport>> {
    Ok(Json(team::report(&app, &actor, query).await?))
}

/// The report as a file: people, and people by steps. CSV holds the people, XLSX both.
#[utoipa::path(get, path = "/api/v1/team-report/export", tag = "teams", operation_id = "export_team_report",
    params(TeamExportRequest),
    responses((status = 200, description = "The file; Content-Disposition names it.", content(
        (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn export(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(request): Query<TeamExportRequest>,
) -> ApiResult<impl IntoResponse> {
    Ok(exports::download(team::export(&app, &actor, request).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct TargetList {
    items: Vec<TargetView>,
}

/// All targets and how far they are. A rep sees the own ones.
#[utoipa::path(get, path = "/api/v1/targets", tag = "teams", operation_id = "list_targets",
    responses((status = 200, body = TargetList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<TargetList>> {
    Ok(Json(TargetList { items: targets::list(&app, &actor).await? }))
}

/// Add a target.
#[utoipa::path(post, path = "/api/v1/targets", tag = "teams", operation_id = "create_target",
    request_body = TargetRequest,
    responses((status = 201, body = TargetView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<TargetRequest>,
) -> ApiResult<(StatusCode, Json<TargetView>)> {
    Ok((StatusCode::CREATED, Json(targets::add(&app, &actor, request).await?)))
}

/// Write a target anew.
#[utoipa::path(put, path = "/api/v1/targets/{id}", tag = "teams", operation_id = "update_target",
    request_body = TargetRequest, params(("id" = Id<id::Target>, Path)),
    responses((status = 200, body = TargetView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn replace(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Target>>,
    Body(request): Body<TargetRequest>,
) -> ApiResult<Json<TargetView>> {
    Ok(Json(targets::replace(&app, &actor, id, request).await?))
}

/// Remove a target.
#[utoipa::path(delete, path = "/api/v1/targets/{id}", tag = "teams", operation_id = "delete_target",
    params(("id" = Id<id::Target>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Target>>,
) -> ApiResult<StatusCode> {
    targets::remove(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Of which funnel.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
struct GoalQuery {
    /// A funnel, `fun_…`; the first one when absent.
    funnel: Option<Id<id::Funnel>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ClusterGoalList {
    items: Vec<ClusterGoal>,
}

/// The goals of a funnel's clusters and how far they are.
#[utoipa::path(get, path = "/api/v1/targets/clusters", tag = "teams", operation_id = "list_cluster_goals",
    params(GoalQuery),
    responses((status = 200, body = ClusterGoalList)))]
async fn goals(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<GoalQuery>,
) -> ApiResult<Json<ClusterGoalList>> {
    Ok(Json(ClusterGoalList { items: targets::goals(&app, &actor, query.funnel).await? }))
}
