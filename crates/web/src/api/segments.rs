//! `/api/v1/segments`: people who have something in common.

use std::sync::Arc;

use app::App;
use app::segments::{
    self, ContactSegments, PeopleSegmentRequest, SegmentAnswer, SegmentDraft, SegmentPeople, SegmentPreview,
    SegmentRequest, SegmentView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(from_people))
        .routes(routes!(get, update, delete))
        .routes(routes!(choose))
        .routes(routes!(explain))
        .routes(routes!(of_contact))
}

#[derive(Serialize, utoipa::ToSchema)]
struct SegmentList {
    items: Vec<SegmentView>,
}

/// All segments, by name.
#[utoipa::path(get, path = "/api/v1/segments", tag = "segments", operation_id = "list_segments",
    responses((status = 200, body = SegmentList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<SegmentList>> {
    Ok(Json(SegmentList { items: segments::list(&app, &actor).await? }))
}

/// Add a segment: with a rule, or without one for people chosen by hand. Who is in it by its rule is found in the
/// background; `is_counted` says when that is done.
#[utoipa::path(post, path = "/api/v1/segments", tag = "segments", operation_id = "create_segment",
    request_body = SegmentRequest,
    responses((status = 201, body = SegmentView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<SegmentRequest>,
) -> ApiResult<(StatusCode, Json<SegmentView>)> {
    Ok((StatusCode::CREATED, Json(segments::create(&app, &actor, request).await?)))
}

/// Who would be in a segment: how many people, and some of them. Nothing is saved, and nobody is told.
#[utoipa::path(post, path = "/api/v1/segments/preview", tag = "segments", operation_id = "preview_segment",
    request_body = SegmentDraft, responses((status = 200, body = SegmentPreview), (status = 422, body = Problem)))]
async fn preview(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(draft): Body<SegmentDraft>,
) -> ApiResult<Json<SegmentPreview>> {
    Ok(Json(segments::preview(&app, &actor, draft).await?))
}

/// Make the people behind a number of an insight a segment: those of them who are contacts, as they are now.
#[utoipa::path(post, path = "/api/v1/segments/from-people", tag = "segments", operation_id = "segment_from_people",
    request_body = PeopleSegmentRequest,
    responses((status = 201, body = SegmentView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn from_people(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<PeopleSegmentRequest>,
) -> ApiResult<(StatusCode, Json<SegmentView>)> {
    Ok((StatusCode::CREATED, Json(segments::from_people(&app, &actor, request).await?)))
}

/// One segment.
#[utoipa::path(get, path = "/api/v1/segments/{id}", tag = "segments", operation_id = "get_segment",
    params(("id" = Id<id::Segment>, Path)),
    responses((status = 200, body = SegmentView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Segment>>,
) -> ApiResult<Json<SegmentView>> {
    Ok(Json(segments::get(&app, &actor, id).await?))
}

/// Write a segment anew.
#[utoipa::path(put, path = "/api/v1/segments/{id}", tag = "segments", operation_id = "update_segment",
    params(("id" = Id<id::Segment>, Path)), request_body = SegmentRequest,
    responses((status = 200, body = SegmentView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Segment>>,
    Body(request): Body<SegmentRequest>,
) -> ApiResult<Json<SegmentView>> {
    Ok(Json(segments::update(&app, &actor, id, request).await?))
}

/// Remove a segment that no other asks for.
#[utoipa::path(delete, path = "/api/v1/segments/{id}", tag = "segments", operation_id = "delete_segment",
    params(("id" = Id<id::Segment>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Segment>>,
) -> ApiResult<StatusCode> {
    segments::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put people into a segment that has no rule, or take them out.
#[utoipa::path(post, path = "/api/v1/segments/{id}/people", tag = "segments", operation_id = "choose_segment_people",
    params(("id" = Id<id::Segment>, Path)), request_body = SegmentPeople,
    responses((status = 200, body = SegmentView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn choose(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Segment>>,
    Body(request): Body<SegmentPeople>,
) -> ApiResult<Json<SegmentView>> {
    Ok(Json(segments::choose(&app, &actor, id, request).await?))
}

/// Whether a contact is in a segment, and why.
#[utoipa::path(get, path = "/api/v1/segments/{id}/contacts/{contact}", tag = "segments",
    operation_id = "explain_segment", params(("id" = Id<id::Segment>, Path), ("contact" = Id<id::Contact>, Path)),
    responses((status = 200, body = SegmentAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn explain(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path((id, contact)): Path<(Id<id::Segment>, Id<id::Contact>)>,
) -> ApiResult<Json<SegmentAnswer>> {
    Ok(Json(segments::explain(&app, &actor, id, contact).await?))
}

/// The segments that a contact is in, and when the contact entered and left any.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/segments", tag = "segments", operation_id = "contact_segments",
    params(("id" = Id<id::Contact>, Path)),
    responses((status = 200, body = ContactSegments), (status = 404, body = Problem)))]
async fn of_contact(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<Json<ContactSegments>> {
    Ok(Json(segments::of_contact(&app, &actor, id).await?))
}
