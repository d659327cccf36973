//! Drafts of funnels.

use std::sync::Arc;

use app::App;
use app::funnels::FunnelView;
use app::funnels::drafts::{self, DraftChange, DraftSummary, DraftView, NewDraft, Publication};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, save, discard)).routes(routes!(publish))
}

#[derive(Serialize, utoipa::ToSchema)]
struct FunnelDraftList {
    items: Vec<DraftSummary>,
}

/// All drafts, the one saved last first.
#[utoipa::path(get, path = "/api/v1/funnel-drafts", tag = "funnels", operation_id = "list_funnel_drafts",
    responses((status = 200, body = FunnelDraftList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<FunnelDraftList>> {
    Ok(Json(FunnelDraftList { items: drafts::list(&app, &actor).await? }))
}

/// Begin to design a further funnel: from a template, from a document, or from nothing. It runs when it is published.
#[utoipa::path(post, path = "/api/v1/funnel-drafts", tag = "funnels", operation_id = "create_funnel_draft",
    request_body = NewDraft,
    responses((status = 201, body = DraftView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewDraft>,
) -> ApiResult<(StatusCode, Json<DraftView>)> {
    Ok((StatusCode::CREATED, Json(drafts::create(&app, &actor, request).await?)))
}

/// The draft of a funnel; where there is none, what runs, with the revision 0.
#[utoipa::path(get, path = "/api/v1/funnels/{id}/draft", tag = "funnels", operation_id = "get_funnel_draft",
    params(("id" = Id<id::Funnel>, Path)),
    responses((status = 200, body = DraftView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
) -> ApiResult<Json<DraftView>> {
    Ok(Json(drafts::get(&app, &actor, id).await?))
}

/// Save what was written. A draft may be unfinished; nothing of it runs before it is published.
#[utoipa::path(put, path = "/api/v1/funnels/{id}/draft", tag = "funnels", operation_id = "save_funnel_draft",
    request_body = DraftChange, params(("id" = Id<id::Funnel>, Path)),
    responses((status = 200, body = DraftView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn save(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Body(request): Body<DraftChange>,
) -> ApiResult<Json<DraftView>> {
    Ok(Json(drafts::save(&app, &actor, id, request).await?))
}

/// Throw a draft away. What runs goes on running.
#[utoipa::path(delete, path = "/api/v1/funnels/{id}/draft", tag = "funnels", operation_id = "discard_funnel_draft",
    params(("id" = Id<id::Funnel>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn discard(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
) -> ApiResult<StatusCode> {
    drafts::discard(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a draft run, as the first version of a funnel or a further one.
#[utoipa::path(post, path = "/api/v1/funnels/{id}/draft/publish", tag = "funnels",
    operation_id = "publish_funnel_draft", request_body = Publication, params(("id" = Id<id::Funnel>, Path)),
    responses((status = 200, body = FunnelView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn publish(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Body(request): Body<Publication>,
) -> ApiResult<Json<FunnelView>> {
    Ok(Json(drafts::publish(&app, &actor, id, request).await?))
}
