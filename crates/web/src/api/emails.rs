//! `/api/v1/emails`: what salespeople and contacts write to each other.

use std::sync::Arc;

use app::App;
use app::activities::ActivityView;
use app::emails::incoming::{self, Delivery};
use app::emails::{self, NewEmail};
use app::permission::Permission;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    // What is larger is refused by the use case, in its own words.
    let limit = DefaultBodyLimit::max(incoming::RAW_BYTES_MAX + 1);
    let incoming = OpenApiRouter::new().routes(routes!(deliver)).layer(limit);
    OpenApiRouter::new().routes(routes!(write)).routes(routes!(retry)).merge(incoming)
}

/// Write an e-mail to a contact. It is from the company's address with the writer's name, and answers go to the writer.
#[utoipa::path(post, path = "/api/v1/emails", tag = "activities",
    operation_id = "send_email", request_body = NewEmail,
    responses((status = 201, body = ActivityView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn write(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewEmail>,
) -> ApiResult<(StatusCode, Json<ActivityView>)> {
    Ok((StatusCode::CREATED, Json(emails::write(&app, &actor, request).await?)))
}

/// Try again to send an e-mail that failed, or may not have arrived.
#[utoipa::path(post, path = "/api/v1/emails/{id}/retry", tag = "activities",
    operation_id = "retry_email", params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retry(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
) -> ApiResult<Json<ActivityView>> {
    Ok(Json(emails::retry(&app, &actor, id).await?))
}

/// Deliver a mail as it came, headers and all, with a key of the kind `mail`. It is matched to a contact by the mail of
/// ours that it answers, else by its sender; mail from nobody we know is counted and not kept. Delivering a mail again
/// changes nothing.
#[utoipa::path(post, path = "/api/v1/emails/incoming", tag = "activities", operation_id = "deliver_email",
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, body = Delivery), (status = 422, body = Problem)))]
async fn deliver(State(app): State<Arc<App>>, Caller(actor): Caller, raw: Bytes) -> ApiResult<Json<Delivery>> {
    actor.may(Permission::EmailsDeliver)?;
    Ok(Json(incoming::take(&app, &actor, raw.to_vec()).await?))
}
