//! `/api/v1/ingest`: what ingestion took and refused since the start.

use std::sync::Arc;

use app::App;
use app::permission::Permission;
use axum::{Extension, Json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Caller};
use crate::ingest::{Refusals, Snapshot};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(refusals))
}

/// What was taken and refused since the start, with samples of the last refusals of each reason.
#[utoipa::path(get, path = "/api/v1/ingest/refusals", tag = "operate",
    operation_id = "get_ingest_refusals", responses((status = 200, body = Snapshot)))]
async fn refusals(Extension(refusals): Extension<Arc<Refusals>>, Caller(actor): Caller) -> ApiResult<Json<Snapshot>> {
    actor.may(Permission::Operate)?;
    Ok(Json(refusals.snapshot()))
}
