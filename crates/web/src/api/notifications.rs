//! `/api/v1/notifications`: what a user is told inside the program.

use std::sync::Arc;

use app::App;
use app::notifications::{self, NotificationPage, NotificationQuery, NotificationsRead};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// What the caller was told, newest first.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "activities",
    operation_id = "list_notifications", params(NotificationQuery),
    responses((status = 200, body = NotificationPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<NotificationQuery>,
) -> ApiResult<Json<NotificationPage>> {
    Ok(Json(notifications::list(&app, &actor, query).await?))
}

/// The caller has read notifications.
#[utoipa::path(post, path = "/api/v1/notifications/read", tag = "activities",
    operation_id = "read_notifications", request_body = NotificationsRead,
    responses((status = 204), (status = 422, body = Problem)))]
async fn read(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NotificationsRead>,
) -> ApiResult<StatusCode> {
    notifications::mark_read(&app, &actor, request).await?;
    Ok(StatusCode::NO_CONTENT)
}
