//! `/api/v1/mail-settings`: how mail leaves, and how it comes in.

use std::sync::Arc;

use app::App;
use app::emails::inbox::{self, InboxTest, IncomingMailChange, IncomingMailView};
use app::messages::TestOutcome;
use app::messages::settings::{self, MailSettingsChange, MailSettingsView};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(get, update))
        .routes(routes!(test))
        .routes(routes!(get_incoming, update_incoming))
        .routes(routes!(test_incoming))
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

/// How mail comes in: the mailbox that is fetched, how that goes, and how mail was taken so far.
#[utoipa::path(get, path = "/api/v1/mail-settings/incoming", tag = "settings", operation_id = "get_incoming_mail",
    responses((status = 200, body = IncomingMailView)))]
async fn get_incoming(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<IncomingMailView>> {
    Ok(Json(inbox::get(&app, &actor).await?))
}

/// Change how mail comes in. A mailbox is read by IMAP from the next mail on; nothing in it is marked or deleted.
#[utoipa::path(put, path = "/api/v1/mail-settings/incoming", tag = "settings", operation_id = "update_incoming_mail",
    request_body = IncomingMailChange,
    responses((status = 200, body = IncomingMailView), (status = 422, body = Problem)))]
async fn update_incoming(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<IncomingMailChange>,
) -> ApiResult<Json<IncomingMailView>> {
    Ok(Json(inbox::update(&app, &actor, request).await?))
}

/// Log in to the mailbox with the settings that are saved, and say what is wrong. Nothing is fetched.
#[utoipa::path(post, path = "/api/v1/mail-settings/incoming/test", tag = "settings",
    operation_id = "test_incoming_mail",
    responses((status = 200, body = InboxTest), (status = 422, body = Problem)))]
async fn test_incoming(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<InboxTest>> {
    Ok(Json(inbox::test(&app, &actor).await?))
}
