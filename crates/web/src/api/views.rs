//! `/api/v1/views` and `/api/v1/bulk-edits`: saved lists, and edits of all that a list shows.

use std::sync::Arc;

use app::App;
use app::records::{self, BulkEditView};
use app::views::{self, NewView, ViewChange, ViewList, ViewQuery, ViewView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(bulk))
        .routes(routes!(undo))
}

/// The saved views of a list: shared ones and your own.
#[utoipa::path(get, path = "/api/v1/views", tag = "views", operation_id = "list_views", params(ViewQuery),
    responses((status = 200, body = ViewList), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<ViewQuery>,
) -> ApiResult<Json<ViewList>> {
    Ok(Json(views::list(&app, &actor, query).await?))
}

/// Save a list under a name.
#[utoipa::path(post, path = "/api/v1/views", tag = "views", operation_id = "create_view", request_body = NewView,
    responses((status = 201, body = ViewView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewView>,
) -> ApiResult<(StatusCode, Json<ViewView>)> {
    Ok((StatusCode::CREATED, Json(views::create(&app, &actor, request).await?)))
}

/// Change a saved view.
#[utoipa::path(patch, path = "/api/v1/views/{id}", tag = "views", operation_id = "update_view",
    request_body = ViewChange, params(("id" = Id<id::View>, Path)),
    responses((status = 200, body = ViewView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::View>>,
    Body(request): Body<ViewChange>,
) -> ApiResult<Json<ViewView>> {
    Ok(Json(views::update(&app, &actor, id, request).await?))
}

/// Remove a saved view.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "views", operation_id = "delete_view",
    params(("id" = Id<id::View>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::View>>,
) -> ApiResult<StatusCode> {
    views::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How far an edit of many records has come.
#[utoipa::path(get, path = "/api/v1/bulk-edits/{id}", tag = "views", operation_id = "get_bulk_edit",
    params(("id" = Id<id::BulkEdit>, Path)),
    responses((status = 200, body = BulkEditView), (status = 404, body = Problem)))]
async fn bulk(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::BulkEdit>>,
) -> ApiResult<Json<BulkEditView>> {
    Ok(Json(records::get_bulk(&app, &actor, id).await?))
}

/// Take an edit of many records back: each that is still as the edit left it gets back what it had. A removal can be
/// called off before it begins, 30 seconds after it was asked for.
#[utoipa::path(post, path = "/api/v1/bulk-edits/{id}/undo", tag = "views", operation_id = "undo_bulk_edit",
    params(("id" = Id<id::BulkEdit>, Path)),
    responses((status = 202, body = BulkEditView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn undo(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::BulkEdit>>,
) -> ApiResult<(StatusCode, Json<BulkEditView>)> {
    Ok((StatusCode::ACCEPTED, Json(records::call_off_or_undo(&app, &actor, id).await?)))
}
