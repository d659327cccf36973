//! `/api/v1/messages`: the log of outgoing mail.

use std::sync::Arc;

use app::App;
use app::messages::log::{self, MessageDetail, MessagePage, MessageQuery, MessageView, NewMessage};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get)).routes(routes!(retry))
}

/// Messages, newest first.
#[utoipa::path(get, path = "/api/v1/messages", tag = "messages", operation_id = "list_messages", params(MessageQuery),
    responses((status = 200, body = MessagePage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<MessageQuery>,
) -> ApiResult<Json<MessagePage>> {
    Ok(Json(log::list(&app, &actor, query).await?))
}

/// Send one of the company's own templates to a contact. It goes out in the background, if the contact has agreed
/// to marketing mail.
#[utoipa::path(post, path = "/api/v1/messages", tag = "messages", operation_id = "create_message",
    request_body = NewMessage,
    responses((status = 202, body = MessageView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewMessage>,
) -> ApiResult<(StatusCode, Json<MessageView>)> {
    Ok((StatusCode::ACCEPTED, Json(log::create(&app, &actor, request).await?)))
}

/// One message with what it says, to the letter.
#[utoipa::path(get, path = "/api/v1/messages/{id}", tag = "messages", operation_id = "get_message",
    params(("id" = Id<id::Message>, Path)),
    responses((status = 200, body = MessageDetail), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Message>>,
) -> ApiResult<Json<MessageDetail>> {
    Ok(Json(log::get(&app, &actor, id).await?))
}

/// Send a message again that failed or may not have arrived.
#[utoipa::path(post, path = "/api/v1/messages/{id}/retry", tag = "messages", operation_id = "retry_message",
    params(("id" = Id<id::Message>, Path)),
    responses((status = 202, body = MessageView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retry(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Message>>,
) -> ApiResult<(StatusCode, Json<MessageView>)> {
    Ok((StatusCode::ACCEPTED, Json(log::retry(&app, &actor, id).await?)))
}
