//! `/api/v1/deals`: possible sales, as a board and as a list.

use std::sync::Arc;

use app::App;
use app::deals::{
    self, ApprovalRequest, Board, BoardQuery, DealClose, DealDetail, DealGates, DealMove, DealPage, DealPatch,
    DealQuery, DealView, GateQuery, NewApproval, NewDeal,
};
use app::exports::{self, DealExportRequest};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Id, Locale, id};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::exports::send;
use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(board))
        .routes(routes!(export))
        .routes(routes!(get, update))
        .routes(routes!(move_to))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(gates))
        .routes(routes!(approve))
        .routes(routes!(ask_approval))
}

/// Deals. A rep sees the own ones.
#[utoipa::path(get, path = "/api/v1/deals", tag = "deals", operation_id = "list_deals", params(DealQuery),
    responses((status = 200, body = DealPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<DealQuery>,
) -> ApiResult<Json<DealPage>> {
    Ok(Json(deals::list(&app, &actor, query).await?))
}

/// The deals of a funnel by stage: open ones, and those won in the last 30 days.
#[utoipa::path(get, path = "/api/v1/deals/board", tag = "deals", operation_id = "get_deal_board", params(BoardQuery),
    responses((status = 200, body = Board), (status = 404, body = Problem)))]
async fn board(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<BoardQuery>,
) -> ApiResult<Json<Board>> {
    Ok(Json(deals::board(&app, &actor, query).await?))
}

/// A list of deals as a file, sent while it is made. A rep takes out the own ones.
///
/// It can be imported again: the stage by its name, the amount as a decimal number beside its currency, the deal and its
/// contact by their ids.
#[utoipa::path(post, path = "/api/v1/deals/export", tag = "deals", operation_id = "export_deals",
    request_body = DealExportRequest,
    responses((status = 200, description = "The file; Content-Disposition names it.", content(
        (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 422, body = Problem)))]
async fn export(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<DealExportRequest>,
) -> ApiResult<impl IntoResponse> {
    Ok(send(exports::deals(&app, &actor, request).await?))
}

/// Add a deal.
#[utoipa::path(post, path = "/api/v1/deals", tag = "deals", operation_id = "create_deal", request_body = NewDeal,
    responses((status = 201, body = DealView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewDeal>,
) -> ApiResult<(StatusCode, Json<DealView>)> {
    Ok((StatusCode::CREATED, Json(deals::create(&app, &actor, request).await?)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DetailQuery {
    /// The language in which is said what is in the way; the company's when absent.
    #[param(value_type = Option<String>)]
    locale: Option<Locale>,
}

/// One deal and how it came where it stands.
#[utoipa::path(get, path = "/api/v1/deals/{id}", tag = "deals",
    operation_id = "get_deal", params(("id" = Id<id::Deal>, Path), DetailQuery),
    responses((status = 200, body = DealDetail), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Query(query): Query<DetailQuery>,
) -> ApiResult<Json<DealDetail>> {
    Ok(Json(deals::get(&app, &actor, id, query.locale).await?))
}

/// Change what a deal is about, what it may bring and who works on it.
#[utoipa::path(patch, path = "/api/v1/deals/{id}", tag = "deals",
    operation_id = "update_deal", request_body = DealPatch,
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Body(request): Body<DealPatch>,
) -> ApiResult<Json<DealView>> {
    Ok(Json(deals::update(&app, &actor, id, request).await?))
}

/// Put a deal into a stage, forward or back. `409 gate_shut` says in `reasons` what is in the way.
#[utoipa::path(post, path = "/api/v1/deals/{id}/move", tag = "deals",
    operation_id = "move_deal", request_body = DealMove,
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn move_to(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Body(request): Body<DealMove>,
) -> ApiResult<Json<DealView>> {
    Ok(Json(deals::move_to(&app, &actor, id, request).await?))
}

/// Win or lose a deal. `409 gate_shut` says in `reasons` what is in the way of winning it.
#[utoipa::path(post, path = "/api/v1/deals/{id}/close", tag = "deals",
    operation_id = "close_deal", request_body = DealClose,
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn close(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Body(request): Body<DealClose>,
) -> ApiResult<Json<DealView>> {
    Ok(Json(deals::end(&app, &actor, id, request).await?))
}

/// Open a deal again that was won or lost.
#[utoipa::path(post, path = "/api/v1/deals/{id}/reopen", tag = "deals",
    operation_id = "reopen_deal", params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn reopen(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
) -> ApiResult<Json<DealView>> {
    Ok(Json(deals::open_again(&app, &actor, id).await?))
}

/// What stands between a deal and its stages, as the caller would meet it.
#[utoipa::path(get, path = "/api/v1/deals/{id}/gates", tag = "deals",
    operation_id = "get_deal_gates", params(("id" = Id<id::Deal>, Path), GateQuery),
    responses((status = 200, body = DealGates), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn gates(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Query(query): Query<GateQuery>,
) -> ApiResult<Json<DealGates>> {
    Ok(Json(deals::gates(&app, &actor, id, query).await?))
}

/// Approve that a deal enters a stage, as it stands now.
#[utoipa::path(post, path = "/api/v1/deals/{id}/approvals", tag = "deals",
    operation_id = "approve_deal", request_body = NewApproval,
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn approve(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Body(request): Body<NewApproval>,
) -> ApiResult<Json<DealView>> {
    Ok(Json(deals::approve(&app, &actor, id, request).await?))
}

/// Ask that somebody approves that a deal enters a stage: its card says so.
#[utoipa::path(post, path = "/api/v1/deals/{id}/approvals/ask", tag = "deals",
    operation_id = "ask_deal_approval", request_body = ApprovalRequest,
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn ask_approval(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
    Body(request): Body<ApprovalRequest>,
) -> ApiResult<Json<DealView>> {
    Ok(Json(deals::ask(&app, &actor, id, request).await?))
}
