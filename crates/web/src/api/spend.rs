//! `/api/v1/spend`: what channels cost, and with it what a lead and a sale cost.

use std::sync::Arc;

use app::App;
use app::spend::{self, SpendEntries, SpendEntry, SpendPage, SpendQuery, SpendReport, SpendReportQuery, SpendSaved};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, set, set_many)).routes(routes!(delete)).routes(routes!(report))
}

/// What channels cost, the newest day first.
#[utoipa::path(get, path = "/api/v1/spend", tag = "spend", operation_id = "list_spend",
    params(SpendQuery),
    responses((status = 200, body = SpendPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<SpendQuery>,
) -> ApiResult<Json<SpendPage>> {
    Ok(Json(spend::list(&app, &actor, query).await?))
}

/// Write down what a channel cost on a day, or on several days together. What was set for the same day, channel,
/// campaign and currency is replaced.
#[utoipa::path(put, path = "/api/v1/spend", tag = "spend", operation_id = "set_spend",
    request_body = SpendEntry,
    responses((status = 200, body = SpendSaved), (status = 422, body = Problem)))]
async fn set(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(entry): Body<SpendEntry>,
) -> ApiResult<Json<SpendSaved>> {
    Ok(Json(spend::set(&app, &actor, entry).await?))
}

/// Write down several amounts at once, all or none.
#[utoipa::path(post, path = "/api/v1/spend", tag = "spend", operation_id = "set_spend_rows",
    request_body = SpendEntries,
    responses((status = 200, body = SpendSaved), (status = 422, body = Problem)))]
async fn set_many(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(entries): Body<SpendEntries>,
) -> ApiResult<Json<SpendSaved>> {
    Ok(Json(spend::set_many(&app, &actor, entries).await?))
}

/// Remove an amount.
#[utoipa::path(delete, path = "/api/v1/spend/{id}", tag = "spend", operation_id = "delete_spend",
    params(("id" = Id<id::Spend>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Spend>>,
) -> ApiResult<StatusCode> {
    spend::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a lead and a sale cost, by channel: a funnel broken down by `channel`, beside what was spent.
#[utoipa::path(post, path = "/api/v1/spend/report", tag = "spend", operation_id = "report_spend",
    request_body = SpendReportQuery,
    responses((status = 200, body = SpendReport), (status = 422, body = Problem)))]
async fn report(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(query): Body<SpendReportQuery>,
) -> ApiResult<Json<SpendReport>> {
    Ok(Json(spend::report(&app, &actor, query).await?))
}
