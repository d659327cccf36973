//! `/api/v1/templates`: the words of mail.

use std::sync::Arc;

use app::App;
use app::messages::TestOutcome;
use app::messages::templates::{
    self, Preview, PreviewRequest, TemplateBody, TemplateSummary, TemplateTest, TemplateView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::Locale;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, save, reset))
        .routes(routes!(preview))
        .routes(routes!(test))
}

#[derive(Serialize, utoipa::ToSchema)]
struct TemplateList {
    items: Vec<TemplateSummary>,
}

/// A template in one language.
#[derive(Deserialize)]
struct Variant {
    name: String,
    locale: Locale,
}

/// All templates: the built-in ones first, then the company's own.
#[utoipa::path(get, path = "/api/v1/templates", tag = "messages", operation_id = "list_templates",
    responses((status = 200, body = TemplateList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<TemplateList>> {
    Ok(Json(TemplateList { items: templates::list(&app, &actor).await? }))
}

/// A template in one language; where it is not written yet, the words to start from.
#[utoipa::path(get, path = "/api/v1/templates/{name}/{locale}", tag = "messages", operation_id = "get_template",
    params(("name" = String, Path), ("locale" = Locale, Path)),
    responses((status = 200, body = TemplateView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(Variant { name, locale }): Path<Variant>,
) -> ApiResult<Json<TemplateView>> {
    Ok(Json(templates::get(&app, &actor, &name, &locale).await?))
}

/// Save a template in one language, if it can be used. A name that is not there yet is made.
#[utoipa::path(put, path = "/api/v1/templates/{name}/{locale}", tag = "messages", operation_id = "save_template",
    params(("name" = String, Path), ("locale" = Locale, Path)), request_body = TemplateBody,
    responses((status = 200, body = TemplateView), (status = 422, body = Problem)))]
async fn save(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(Variant { name, locale }): Path<Variant>,
    Body(request): Body<TemplateBody>,
) -> ApiResult<Json<TemplateView>> {
    Ok(Json(templates::save(&app, &actor, &name, &locale, request).await?))
}

/// Remove the company's own words: a built-in template is as it was, another is gone in this language.
#[utoipa::path(delete, path = "/api/v1/templates/{name}/{locale}", tag = "messages", operation_id = "reset_template",
    params(("name" = String, Path), ("locale" = Locale, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn reset(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(Variant { name, locale }): Path<Variant>,
) -> ApiResult<StatusCode> {
    templates::reset(&app, &actor, &name, &locale).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A template filled in, with the facts of a contact or of an invented person.
#[utoipa::path(post, path = "/api/v1/templates/{name}/{locale}/preview", tag = "messages",
    operation_id = "preview_template", params(("name" = String, Path), ("locale" = Locale, Path)),
    request_body = PreviewRequest,
    responses((status = 200, body = Preview), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn preview(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(Variant { name, locale }): Path<Variant>,
    Body(request): Body<PreviewRequest>,
) -> ApiResult<Json<Preview>> {
    Ok(Json(templates::preview(&app, &actor, &name, &locale, request).await?))
}

/// Send a template to an address now, to see it there.
#[utoipa::path(post, path = "/api/v1/templates/{name}/{locale}/test", tag = "messages",
    operation_id = "test_template", params(("name" = String, Path), ("locale" = Locale, Path)),
    request_body = TemplateTest,
    responses((status = 200, body = TestOutcome), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn test(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(Variant { name, locale }): Path<Variant>,
    Body(request): Body<TemplateTest>,
) -> ApiResult<Json<TestOutcome>> {
    Ok(Json(templates::test(&app, &actor, &name, &locale, request).await?))
}
