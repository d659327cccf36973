//! `/api/v1/orders`: what was sold.

use std::sync::Arc;

use app::App;
use app::orders::{self, OrderDetail, OrderPage, OrderQuery};
use axum::Json;
use axum::extract::State;
use base::{Id, id};
use funnel::order::Status;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(set_status))
}

/// Orders, newest first.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", operation_id = "list_orders", params(OrderQuery),
    responses((status = 200, body = OrderPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<OrderQuery>,
) -> ApiResult<Json<OrderPage>> {
    Ok(Json(orders::list(&app, &actor, query).await?))
}

/// One order with its lines.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders",
    operation_id = "get_order", params(("id" = Id<id::Order>, Path)),
    responses((status = 200, body = OrderDetail), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Order>>,
) -> ApiResult<Json<OrderDetail>> {
    Ok(Json(orders::get(&app, &actor, id).await?))
}

/// What an order shall become.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderStatusChange {
    status: Status,
}

/// Let an order become something else: invoiced, paid, cancelled or refunded.
#[utoipa::path(post, path = "/api/v1/orders/{id}/status", tag = "orders",
    operation_id = "set_order_status", request_body = OrderStatusChange,
    params(("id" = Id<id::Order>, Path)),
    responses((status = 200, body = OrderDetail), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn set_status(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Order>>,
    Body(request): Body<OrderStatusChange>,
) -> ApiResult<Json<OrderDetail>> {
    Ok(Json(orders::set_status(&app, &actor, id, request.status).await?))
}
