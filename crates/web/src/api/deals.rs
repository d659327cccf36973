//! `/api/v1/deals`: possible sales, as a board and as a list.

use std::sync::Arc;

use app::App;
use app::deals::{
    self, Board, BoardQuery, DealClose, DealDetail, DealMove, DealPage, DealPatch, DealQuery, DealView, NewDeal,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(board))
        .routes(routes!(get, update))
        .routes(routes!(move_to))
        .routes(routes!(close))
        .routes(routes!(reopen))
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

/// Add a deal.
#[utoipa::path(post, path = "/api/v1/deals", tag = "deals", operation_id = "create_deal", request_body = NewDeal,
    responses((status = 201, body = DealView), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewDeal>,
) -> ApiResult<(StatusCode, Json<DealView>)> {
    Ok((StatusCode::CREATED, Json(deals::create(&app, &actor, request).await?)))
}

/// One deal and how it came where it stands.
#[utoipa::path(get, path = "/api/v1/deals/{id}", tag = "deals",
    operation_id = "get_deal", params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealDetail), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
) -> ApiResult<Json<DealDetail>> {
    Ok(Json(deals::get(&app, &actor, id).await?))
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

/// Put a deal into a stage, forward or back.
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

/// Win or lose a deal.
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
