//! `/api/v1/duplicates` and `/api/v1/merges`: contacts that look like one person, made one, and parted again.

use std::sync::Arc;

use app::App;
use app::duplicates::{self, DuplicateList, DuplicatePair, MergeList, MergeRequest, MergeView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(look))
        .routes(routes!(refuse))
        .routes(routes!(reconsider))
        .routes(routes!(of_contact))
        .routes(routes!(merge))
        .routes(routes!(merges))
        .routes(routes!(undo))
}

/// Pairs of contacts that look like one person and that nobody has decided, the most alike first.
#[utoipa::path(get, path = "/api/v1/duplicates", tag = "duplicates", operation_id = "list_duplicates",
    responses((status = 200, body = DuplicateList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<DuplicateList>> {
    Ok(Json(duplicates::list(&app, &actor).await?))
}

/// Compare all contacts now, in the background. It is done once a day anyway.
#[utoipa::path(post, path = "/api/v1/duplicates/look", tag = "duplicates", operation_id = "look_for_duplicates",
    responses((status = 202)))]
async fn look(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<StatusCode> {
    duplicates::look(&app, &actor).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Say that two contacts are two people: they are not shown again.
#[utoipa::path(post, path = "/api/v1/duplicates/refuse", tag = "duplicates", operation_id = "refuse_duplicate",
    request_body = DuplicatePair, responses((status = 204), (status = 404, body = Problem)))]
async fn refuse(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(pair): Body<DuplicatePair>,
) -> ApiResult<StatusCode> {
    duplicates::refuse(&app, &actor, pair).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back that two contacts are two people.
#[utoipa::path(post, path = "/api/v1/duplicates/reconsider", tag = "duplicates", operation_id = "reconsider_duplicate",
    request_body = DuplicatePair, responses((status = 204), (status = 404, body = Problem)))]
async fn reconsider(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(pair): Body<DuplicatePair>,
) -> ApiResult<StatusCode> {
    duplicates::reconsider(&app, &actor, pair).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Contacts that look like the same person as this one.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/duplicates", tag = "duplicates",
    operation_id = "list_contact_duplicates", params(("id" = Id<id::Contact>, Path)),
    responses((status = 200, body = DuplicateList)))]
async fn of_contact(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<Json<DuplicateList>> {
    Ok(Json(duplicates::of_contact(&app, &actor, id).await?))
}

/// Make two contacts one. Nothing is lost: deals, orders, messages, forms and consents go over, and where one of the
/// two has said no the no stands. It can be undone for 30 days.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/merge", tag = "duplicates", operation_id = "merge_contacts",
    params(("id" = Id<id::Contact>, Path)), request_body = MergeRequest,
    responses((status = 200, body = MergeView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn merge(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
    Body(request): Body<MergeRequest>,
) -> ApiResult<Json<MergeView>> {
    Ok(Json(duplicates::merge(&app, &actor, id, request).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MergesQuery {
    /// The contact that was kept, `ctc_…`.
    contact: Option<Id<id::Contact>>,
}

/// Merges of the last 30 days, newest first.
#[utoipa::path(get, path = "/api/v1/merges", tag = "duplicates", operation_id = "list_merges", params(MergesQuery),
    responses((status = 200, body = MergeList)))]
async fn merges(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<MergesQuery>,
) -> ApiResult<Json<MergeList>> {
    Ok(Json(duplicates::merges(&app, &actor, query.contact).await?))
}

/// Part two contacts that were made one. What happened since stays with the one that was kept.
#[utoipa::path(post, path = "/api/v1/merges/{id}/undo", tag = "duplicates", operation_id = "undo_merge",
    params(("id" = Id<id::Merge>, Path)),
    responses((status = 200, body = MergeView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn undo(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Merge>>,
) -> ApiResult<Json<MergeView>> {
    Ok(Json(duplicates::undo(&app, &actor, id).await?))
}
