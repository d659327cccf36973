//! `/api/v1/companies`: companies that contacts work for.

use std::sync::Arc;

use app::App;
use app::companies::{self, CompanyChange, CompanyDeals, CompanyPage, CompanyQuery, CompanyTimeline, CompanyView};
use app::exports::{self, RecordExportRequest};
use app::fields::Entity;
use app::records::{self, BulkEditView, BulkRequest};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::exports::send;
use super::insights::TimelineQuery;
use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(deals))
        .routes(routes!(timeline))
        .routes(routes!(bulk))
        .routes(routes!(export))
}

/// Companies, newest first unless another order is asked for.
#[utoipa::path(get, path = "/api/v1/companies", tag = "companies", operation_id = "list_companies", params(CompanyQuery),
    responses((status = 200, body = CompanyPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<CompanyQuery>,
) -> ApiResult<Json<CompanyPage>> {
    Ok(Json(companies::list(&app, &actor, query).await?))
}

/// Add a company.
#[utoipa::path(post, path = "/api/v1/companies", tag = "companies",
    operation_id = "create_company", request_body = CompanyChange,
    responses((status = 201, body = CompanyView), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<CompanyChange>,
) -> ApiResult<(StatusCode, Json<CompanyView>)> {
    Ok((StatusCode::CREATED, Json(companies::create(&app, &actor, request).await?)))
}

/// One company.
#[utoipa::path(get, path = "/api/v1/companies/{id}", tag = "companies",
    operation_id = "get_company_record", params(("id" = Id<id::Company>, Path)),
    responses((status = 200, body = CompanyView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Company>>,
) -> ApiResult<Json<CompanyView>> {
    Ok(Json(companies::get(&app, &actor, id).await?))
}

/// Change a company.
#[utoipa::path(patch, path = "/api/v1/companies/{id}", tag = "companies",
    operation_id = "update_company_record", request_body = CompanyChange,
    params(("id" = Id<id::Company>, Path)),
    responses((status = 200, body = CompanyView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Company>>,
    Body(request): Body<CompanyChange>,
) -> ApiResult<Json<CompanyView>> {
    Ok(Json(companies::update(&app, &actor, id, request).await?))
}

/// Remove a company. Its people stay, without it.
#[utoipa::path(delete, path = "/api/v1/companies/{id}", tag = "companies",
    operation_id = "delete_company", params(("id" = Id<id::Company>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Company>>,
) -> ApiResult<StatusCode> {
    companies::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The deals with a company's people, and what they come to; a rep's own ones.
#[utoipa::path(get, path = "/api/v1/companies/{id}/deals", tag = "companies", operation_id = "list_company_deals",
    params(("id" = Id<id::Company>, Path)),
    responses((status = 200, body = CompanyDeals), (status = 404, body = Problem)))]
async fn deals(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Company>>,
) -> ApiResult<Json<CompanyDeals>> {
    Ok(Json(companies::deals(&app, &actor, id).await?))
}

/// What the people of a company did, newest first.
#[utoipa::path(get, path = "/api/v1/companies/{id}/timeline", tag = "companies", operation_id = "get_company_timeline",
    params(("id" = Id<id::Company>, Path), TimelineQuery),
    responses((status = 200, body = CompanyTimeline), (status = 404, body = Problem)))]
async fn timeline(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Company>>,
    Query(page): Query<TimelineQuery>,
) -> ApiResult<Json<CompanyTimeline>> {
    Ok(Json(companies::timeline(&app, &actor, id, page.cursor.as_deref(), page.limit).await?))
}

/// Change many companies: those named, or all that a list shows. Carried out in the background.
#[utoipa::path(post, path = "/api/v1/companies/bulk", tag = "companies", operation_id = "edit_companies",
    request_body = BulkRequest,
    responses((status = 202, body = BulkEditView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn bulk(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<BulkRequest>,
) -> ApiResult<(StatusCode, Json<BulkEditView>)> {
    Ok((StatusCode::ACCEPTED, Json(records::start_bulk(&app, &actor, Entity::Company, request).await?)))
}

/// A list of companies as a file, sent while it is made.
#[utoipa::path(post, path = "/api/v1/companies/export", tag = "companies", operation_id = "export_companies",
    request_body = RecordExportRequest,
    responses((status = 200, description = "The file; Content-Disposition names it.", content(
        (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 422, body = Problem)))]
async fn export(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<RecordExportRequest>,
) -> ApiResult<impl IntoResponse> {
    Ok(send(exports::records(&app, &actor, Entity::Company, request).await?))
}
