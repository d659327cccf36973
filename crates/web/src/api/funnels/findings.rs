//! What the check finds in funnels.

use std::sync::Arc;

use app::App;
use app::funnels::findings::{self, CheckRequest, FindingList, FindingSummary};
use axum::Json;
use axum::extract::State;
use base::{Id, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Reader;
use crate::api::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(of_funnel))
        .routes(routes!(check))
        .routes(routes!(summary))
        .routes(routes!(schema))
}

/// What is found in a funnel as it runs: the mistakes that cost sales, with what they cost and what mends them.
#[utoipa::path(get, path = "/api/v1/funnels/{id}/findings", tag = "funnels", operation_id = "list_funnel_findings",
    params(("id" = Id<id::Funnel>, Path), Reader),
    responses((status = 200, body = FindingList), (status = 404, body = Problem)))]
async fn of_funnel(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Query(reader): Query<Reader>,
) -> ApiResult<Json<FindingList>> {
    let locale = reader.locale(&app);
    Ok(Json(findings::of_funnel(&app, &actor, id, &locale).await?))
}

/// Check a document that does not run, or its YAML. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/funnels/check", tag = "funnels", operation_id = "check_funnel",
    params(Reader), request_body = CheckRequest,
    responses((status = 200, body = FindingList), (status = 422, body = Problem)))]
async fn check(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(reader): Query<Reader>,
    Body(request): Body<CheckRequest>,
) -> ApiResult<Json<FindingList>> {
    let locale = reader.locale(&app);
    Ok(Json(findings::check(&app, &actor, request, &locale).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct FindingSummaryList {
    items: Vec<FindingSummary>,
}

/// How it stands with all funnels that run, by the last nightly check.
#[utoipa::path(get, path = "/api/v1/funnels/findings", tag = "funnels", operation_id = "summarize_funnel_findings",
    responses((status = 200, body = FindingSummaryList)))]
async fn summary(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<FindingSummaryList>> {
    Ok(Json(FindingSummaryList { items: findings::summary(&app, &actor).await? }))
}

/// The JSON Schema of the funnel document, for completion and checking in an editor.
#[utoipa::path(get, path = "/api/v1/funnels/schema", tag = "funnels", operation_id = "get_funnel_schema",
    responses((status = 200, body = Object)))]
async fn schema(Caller(actor): Caller) -> ApiResult<Json<serde_json::Value>> {
    Ok(Json(findings::schema(&actor)?))
}
