//! `/api/v1/offers`: what is offered at a price.

use std::sync::Arc;

use app::App;
use app::offers::{self, OfferRequest, OfferView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

#[derive(Serialize, utoipa::ToSchema)]
struct OfferList {
    items: Vec<OfferView>,
}

/// All offers, newest first.
#[utoipa::path(get, path = "/api/v1/offers", tag = "offers",
    operation_id = "list_offers", responses((status = 200, body = OfferList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<OfferList>> {
    Ok(Json(OfferList { items: offers::list(&app, &actor).await? }))
}

/// Add an offer.
#[utoipa::path(post, path = "/api/v1/offers", tag = "offers",
    operation_id = "create_offer", request_body = OfferRequest,
    responses((status = 201, body = OfferView), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<OfferRequest>,
) -> ApiResult<(StatusCode, Json<OfferView>)> {
    Ok((StatusCode::CREATED, Json(offers::create(&app, &actor, request).await?)))
}

/// One offer.
#[utoipa::path(get, path = "/api/v1/offers/{id}", tag = "offers",
    operation_id = "get_offer", params(("id" = Id<id::Offer>, Path)),
    responses((status = 200, body = OfferView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Offer>>,
) -> ApiResult<Json<OfferView>> {
    Ok(Json(offers::get(&app, &actor, id).await?))
}

/// Change an offer. Orders placed before keep their words and prices.
#[utoipa::path(put, path = "/api/v1/offers/{id}", tag = "offers",
    operation_id = "update_offer", request_body = OfferRequest,
    params(("id" = Id<id::Offer>, Path)),
    responses((status = 200, body = OfferView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Offer>>,
    Body(request): Body<OfferRequest>,
) -> ApiResult<Json<OfferView>> {
    Ok(Json(offers::update(&app, &actor, id, request).await?))
}

/// Remove an offer.
#[utoipa::path(delete, path = "/api/v1/offers/{id}", tag = "offers",
    operation_id = "delete_offer", params(("id" = Id<id::Offer>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Offer>>,
) -> ApiResult<StatusCode> {
    offers::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
