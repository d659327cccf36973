//! `/api/v1/company`: the company's settings.

use std::sync::Arc;

use app::App;
use app::company::{self, Company};
use axum::Json;
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(get, update))
}

/// The company's settings.
#[utoipa::path(get, path = "/api/v1/company", tag = "settings",
    operation_id = "get_company", responses((status = 200, body = Company)))]
async fn get(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<Company>> {
    Ok(Json(company::get(&app, &actor)?))
}

/// Change the company's settings.
#[utoipa::path(put, path = "/api/v1/company", tag = "settings",
    operation_id = "update_company", request_body = Company,
    responses((status = 200, body = Company), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<Company>,
) -> ApiResult<Json<Company>> {
    Ok(Json(company::update(&app, &actor, request).await?))
}
