//! `/api/v1/playbooks`: scripts, objections and checklists; and how far each has been gone through on a deal.

use std::sync::Arc;

use app::App;
use app::playbooks::{
    self, DealPlaybook, PlaybookProgress, PlaybookRequest, PlaybookRun, PlaybookStarter, PlaybookView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, Locale, id};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(starters))
        .routes(routes!(get, update, delete))
        .routes(routes!(of_deal))
        .routes(routes!(go_on))
}

#[derive(Serialize, utoipa::ToSchema)]
struct PlaybookList {
    items: Vec<PlaybookView>,
}

/// All playbooks, by name.
#[utoipa::path(get, path = "/api/v1/playbooks", tag = "playbooks", operation_id = "list_playbooks",
    responses((status = 200, body = PlaybookList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<PlaybookList>> {
    Ok(Json(PlaybookList { items: playbooks::list(&app, &actor).await? }))
}

/// Add a playbook.
#[utoipa::path(post, path = "/api/v1/playbooks", tag = "playbooks",
    operation_id = "create_playbook", request_body = PlaybookRequest,
    responses((status = 201, body = PlaybookView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<PlaybookRequest>,
) -> ApiResult<(StatusCode, Json<PlaybookView>)> {
    Ok((StatusCode::CREATED, Json(playbooks::create(&app, &actor, request).await?)))
}

/// In which language.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
struct StarterQuery {
    /// `en` (when absent) or `nb`.
    locale: Option<Locale>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct PlaybookStarterList {
    items: Vec<PlaybookStarter>,
}

/// Playbooks that come with the program, to begin with.
#[utoipa::path(get, path = "/api/v1/playbooks/starters", tag = "playbooks",
    operation_id = "list_playbook_starters", params(StarterQuery),
    responses((status = 200, body = PlaybookStarterList)))]
async fn starters(Caller(actor): Caller, Query(query): Query<StarterQuery>) -> ApiResult<Json<PlaybookStarterList>> {
    let locale = query.locale.unwrap_or_else(Locale::english);
    Ok(Json(PlaybookStarterList { items: playbooks::starters(&actor, &locale)? }))
}

/// One playbook.
#[utoipa::path(get, path = "/api/v1/playbooks/{id}", tag = "playbooks",
    operation_id = "get_playbook", params(("id" = Id<id::Playbook>, Path)),
    responses((status = 200, body = PlaybookView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Playbook>>,
) -> ApiResult<Json<PlaybookView>> {
    Ok(Json(playbooks::get(&app, &actor, id).await?))
}

/// Write a playbook anew.
#[utoipa::path(put, path = "/api/v1/playbooks/{id}", tag = "playbooks",
    operation_id = "update_playbook", request_body = PlaybookRequest,
    params(("id" = Id<id::Playbook>, Path)),
    responses((status = 200, body = PlaybookView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Playbook>>,
    Body(request): Body<PlaybookRequest>,
) -> ApiResult<Json<PlaybookView>> {
    Ok(Json(playbooks::update(&app, &actor, id, request).await?))
}

/// Remove a playbook, and how far it has been gone through on deals.
#[utoipa::path(delete, path = "/api/v1/playbooks/{id}", tag = "playbooks",
    operation_id = "delete_playbook", params(("id" = Id<id::Playbook>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Playbook>>,
) -> ApiResult<StatusCode> {
    playbooks::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, utoipa::ToSchema)]
struct DealPlaybookList {
    items: Vec<DealPlaybook>,
}

/// The playbooks for a deal in its stage and for the caller's role, and how far each has been gone through.
#[utoipa::path(get, path = "/api/v1/deals/{id}/playbooks", tag = "playbooks",
    operation_id = "list_deal_playbooks", params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealPlaybookList), (status = 404, body = Problem)))]
async fn of_deal(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
) -> ApiResult<Json<DealPlaybookList>> {
    Ok(Json(DealPlaybookList { items: playbooks::of_deal(&app, &actor, id).await? }))
}

/// Go on with a playbook on a deal: the path through the script and the points that are done.
#[utoipa::path(put, path = "/api/v1/deals/{id}/playbooks/{playbook}", tag = "playbooks",
    operation_id = "go_on_with_playbook", request_body = PlaybookProgress,
    params(("id" = Id<id::Deal>, Path), ("playbook" = Id<id::Playbook>, Path)),
    responses((status = 200, body = PlaybookRun), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn go_on(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path((deal, playbook)): Path<(Id<id::Deal>, Id<id::Playbook>)>,
    Body(request): Body<PlaybookProgress>,
) -> ApiResult<Json<PlaybookRun>> {
    Ok(Json(playbooks::go_on(&app, &actor, deal, playbook, request).await?))
}
