//! `/api/v1/keys`: API keys.

use std::sync::Arc;

use app::App;
use app::keys::{self, KeyView, NewKey};
use app::permission::Role;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use serde::{Deserialize, Serialize};
use store::keys::KeyKind;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

#[derive(Serialize, utoipa::ToSchema)]
struct KeyList {
    items: Vec<KeyView>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// May only send events; may stand in public pages.
    Write,
    /// May do what its role may.
    Secret,
    /// May only deliver mail that came in.
    Mail,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyRequest {
    /// What the key is for.
    name: String,
    kind: Kind,
    /// What a secret key may do; a write key may only send events, a mail key only
    /// deliver mail.
    #[serde(default = "viewer")]
    role: Role,
}

fn viewer() -> Role {
    Role::Viewer
}

/// All keys.
#[utoipa::path(get, path = "/api/v1/keys", tag = "settings",
    operation_id = "list_keys", responses((status = 200, body = KeyList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<KeyList>> {
    Ok(Json(KeyList { items: keys::list(&app, &actor).await? }))
}

/// Make a key. The answer holds the whole key, which is never shown again.
#[utoipa::path(post, path = "/api/v1/keys", tag = "settings", operation_id = "create_key", request_body = KeyRequest,
    responses((status = 201, body = NewKey), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<KeyRequest>,
) -> ApiResult<(StatusCode, Json<NewKey>)> {
    let kind = match request.kind {
        Kind::Write => KeyKind::Write,
        Kind::Secret => KeyKind::Secret,
        Kind::Mail => KeyKind::Mail,
    };
    let key = keys::create(&app, &actor, &request.name, kind, request.role).await?;
    Ok((StatusCode::CREATED, Json(key)))
}

/// Let a key work no longer.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "settings",
    operation_id = "revoke_key", params(("id" = Id<id::Key>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn revoke(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Key>>,
) -> ApiResult<StatusCode> {
    keys::revoke(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
