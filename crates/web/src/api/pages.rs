//! `/api/v1/pages`: writing, checking, publishing. And `/api/v1/brand`: the company's look.

use std::sync::Arc;

use app::pages::{self, NewPage, PageChange, PageContent, PageView};
use app::{App, site};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Id, Locale, id};
use funnel::brand::Brand;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};
use crate::site::render;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(publish))
        .routes(routes!(unpublish))
        .routes(routes!(preview))
        .routes(routes!(get_brand, set_brand))
}

#[derive(Serialize, utoipa::ToSchema)]
struct PageList {
    items: Vec<PageView>,
}

/// All pages, last changed first.
#[utoipa::path(get, path = "/api/v1/pages", tag = "pages",
    operation_id = "list_pages", responses((status = 200, body = PageList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<PageList>> {
    Ok(Json(PageList { items: pages::list(&app, &actor).await? }))
}

/// Add a page with a draft.
#[utoipa::path(post, path = "/api/v1/pages", tag = "pages", operation_id = "create_page", request_body = NewPage,
    responses((status = 201, body = PageContent), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewPage>,
) -> ApiResult<(StatusCode, Json<PageContent>)> {
    Ok((StatusCode::CREATED, Json(pages::create(&app, &actor, request).await?)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LanguageQuery {
    /// The language; any when absent.
    #[param(value_type = Option<String>)]
    locale: Option<Locale>,
}

/// A page in one language: its draft, or what is published when there is no draft.
#[utoipa::path(get, path = "/api/v1/pages/{id}", tag = "pages", operation_id = "get_page",
    params(("id" = Id<id::Page>, Path), LanguageQuery),
    responses((status = 200, body = PageContent), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Page>>,
    Query(query): Query<LanguageQuery>,
) -> ApiResult<Json<PageContent>> {
    Ok(Json(pages::get(&app, &actor, id, query.locale.as_ref()).await?))
}

/// Save a draft, or give the page another name.
#[utoipa::path(patch, path = "/api/v1/pages/{id}", tag = "pages",
    operation_id = "update_page", request_body = PageChange,
    params(("id" = Id<id::Page>, Path)),
    responses((status = 200, body = PageContent), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Page>>,
    Body(request): Body<PageChange>,
) -> ApiResult<Json<PageContent>> {
    Ok(Json(pages::update(&app, &actor, id, request).await?))
}

/// Remove a page with all its versions.
#[utoipa::path(delete, path = "/api/v1/pages/{id}", tag = "pages",
    operation_id = "delete_page", params(("id" = Id<id::Page>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Page>>,
) -> ApiResult<StatusCode> {
    pages::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Language {
    locale: Locale,
}

/// Let visitors see the draft of a language.
#[utoipa::path(post, path = "/api/v1/pages/{id}/publish", tag = "pages",
    operation_id = "publish_page", request_body = Language,
    params(("id" = Id<id::Page>, Path)),
    responses((status = 200, body = PageContent), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn publish(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Page>>,
    Body(request): Body<Language>,
) -> ApiResult<Json<PageContent>> {
    Ok(Json(pages::publish(&app, &actor, id, &request.locale).await?))
}

/// Take a language of a page away from visitors.
#[utoipa::path(post, path = "/api/v1/pages/{id}/unpublish", tag = "pages",
    operation_id = "unpublish_page", request_body = Language,
    params(("id" = Id<id::Page>, Path)),
    responses((status = 200, body = PageContent), (status = 409, body = Problem)))]
async fn unpublish(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Page>>,
    Body(request): Body<Language>,
) -> ApiResult<Json<PageContent>> {
    Ok(Json(pages::unpublish(&app, &actor, id, &request.locale).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = PagePreviewRequest)]
#[serde(deny_unknown_fields)]
struct PreviewRequest {
    /// The document.
    #[schema(value_type = Object)]
    doc: Value,
    /// The variant to show.
    #[serde(default)]
    variant: Option<String>,
}

/// A document as visitors would see it, as HTML. Nothing is kept, and its scripts may only run in it.
#[utoipa::path(post, path = "/api/v1/pages/preview", tag = "pages",
    operation_id = "preview_page", request_body = PreviewRequest,
    responses((status = 200, content_type = "text/html", body = String), (status = 422, body = Problem)))]
async fn preview(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<PreviewRequest>,
) -> ApiResult<Response> {
    let doc = pages::preview(&actor, &request.doc)?;
    let variant = doc.variants.iter().find(|variant| Some(&variant.id) == request.variant.as_ref()).cloned();
    let doc = match &variant {
        Some(variant) => {
            doc.with_variant(variant).map_err(|error| Problem::field("doc.variants", "variant", error.to_string()))?
        }
        None => doc,
    };
    let (company, look) = (app.company(), app.site.get());
    let path = format!("/{}", doc.root.props.slug);
    let site = render::Site {
        brand: &look.brand,
        locale: &doc.root.props.locale,
        base_url: &company.base_url,
        path: &path,
        now: app.now(),
        time_zone: &company.timezone,
        tracking: None,
    };
    let form = render::FormTarget { action: "", token: "" };
    let view = render::PageView { site, doc: &doc, variant: None, form, state: None };
    let page = render::render_page(&view);
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (header::CONTENT_SECURITY_POLICY, page.policy)];
    Ok((headers, page.text).into_response())
}

/// The company's look.
#[utoipa::path(get, path = "/api/v1/brand", tag = "pages",
    operation_id = "get_brand", responses((status = 200, body = Brand)))]
async fn get_brand(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<Brand>> {
    Ok(Json(site::brand(&app, &actor)?))
}

/// Change the company's look.
#[utoipa::path(put, path = "/api/v1/brand", tag = "pages", operation_id = "set_brand", request_body = Brand,
    responses((status = 200, body = Brand), (status = 422, body = Problem)))]
async fn set_brand(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<Brand>,
) -> ApiResult<Json<Brand>> {
    Ok(Json(site::set_brand(&app, &actor, request).await?))
}
