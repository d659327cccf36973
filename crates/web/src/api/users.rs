//! `/api/v1/users`: those who log in.

use std::sync::Arc;

use app::App;
use app::accounts::{self, NewUser, UserChange, UserView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(update))
}

#[derive(Serialize, utoipa::ToSchema)]
struct UserList {
    items: Vec<UserView>,
}

/// All users.
#[utoipa::path(get, path = "/api/v1/users", tag = "settings",
    operation_id = "list_users", responses((status = 200, body = UserList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<UserList>> {
    Ok(Json(UserList { items: accounts::list(&app, &actor).await? }))
}

/// Add a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "settings", operation_id = "create_user", request_body = NewUser,
    responses((status = 201, body = UserView), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewUser>,
) -> ApiResult<(StatusCode, Json<UserView>)> {
    Ok((StatusCode::CREATED, Json(accounts::create(&app, &actor, request).await?)))
}

/// Change a user.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "settings",
    operation_id = "update_user", request_body = UserChange,
    params(("id" = Id<id::User>, Path)),
    responses((status = 200, body = UserView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::User>>,
    Body(request): Body<UserChange>,
) -> ApiResult<Json<UserView>> {
    Ok(Json(accounts::update(&app, &actor, id, request).await?))
}
