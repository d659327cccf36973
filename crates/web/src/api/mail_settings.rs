//! `/api/v1/mail-settings`: how mail leaves.

use std::sync::Arc;

use app::App;
use app::messages::TestOutcome;
use app::messages::settings::{self, MailSettingsChange, MailSettingsView};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(get, update)).routes(routes!(test))
}

/// The mail settings, without secrets.
#[utoipa::path(get, path = "/api/v1/mail-settings", tag = "settings", operation_id = "get_mail_settings",
    responses((status = 200, body = MailSettingsView)))]
async fn get(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<MailSettingsView>> {
    Ok(Json(settings::get(&app, &actor).await?))
}

/// Change the mail settings. Mail that waits for them goes out at once.
#[utoipa::path(put, path = "/api/v1/mail-settings", tag = "settings", operation_id = "update_mail_settings",
    request_body = MailSettingsChange,
    responses((status = 200, body = MailSettingsView), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<MailSettingsChange>,
) -> ApiResult<Json<MailSettingsView>> {
    Ok(Json(settings::update(&app, &actor, request).await?))
}

/// Where a test mail goes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MailTest {
    to: String,
}

/// Send a test mail now, with the settings that are saved, and say what became of it.
#[utoipa::path(post, path = "/api/v1/mail-settings/test", tag = "settings", operation_id = "test_mail_settings",
    request_body = MailTest,
    responses((status = 200, body = TestOutcome), (status = 422, body = Problem)))]
async fn test(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<MailTest>,
) -> ApiResult<Json<TestOutcome>> {
    Ok(Json(settings::test(&app, &actor, &request.to).await?))
}
