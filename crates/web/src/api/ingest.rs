//! `/api/v1/ingest`: what ingestion took and refused since the start.

use std::sync::Arc;

use app::App;
use app::permission::Permission;
use axum::{Extension, Json};
use serde_json::{Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Caller};
use crate::ingest::Refusals;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(refusals))
}

/// What was taken and refused since the start, with samples of the last refusals of each reason.
#[utoipa::path(get, path = "/api/v1/ingest/refusals", tag = "operate", responses((status = 200, body = Object)))]
async fn refusals(Extension(refusals): Extension<Arc<Refusals>>, Caller(actor): Caller) -> ApiResult<Json<Value>> {
    actor.may(Permission::Operate)?;
    Ok(Json(json!(refusals.snapshot())))
}
