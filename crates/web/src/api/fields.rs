//! `/api/v1/fields`: fields that the company defined itself, and who may see and change which field.

use std::sync::Arc;

use app::App;
use app::fields::{self, AccessView, Entity, FieldChange, FieldList, FieldOrder, FieldQuery, FieldView, NewField};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update))
        .routes(routes!(order))
        .routes(routes!(access))
}

/// The fields of an entity that you see, in their order.
#[utoipa::path(get, path = "/api/v1/fields", tag = "fields", operation_id = "list_fields", params(FieldQuery),
    responses((status = 200, body = FieldList), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<FieldQuery>,
) -> ApiResult<Json<FieldList>> {
    Ok(Json(fields::list(&app, &actor, query).await?))
}

/// Define a field. Where there are very many records, this takes some seconds: the field gets an index.
#[utoipa::path(post, path = "/api/v1/fields", tag = "fields", operation_id = "create_field", request_body = NewField,
    responses((status = 201, body = FieldView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewField>,
) -> ApiResult<(StatusCode, Json<FieldView>)> {
    Ok((StatusCode::CREATED, Json(fields::create(&app, &actor, request).await?)))
}

/// Change a field: what it is called, what can be chosen, whether it is in use. Values stay as they are.
#[utoipa::path(patch, path = "/api/v1/fields/{id}", tag = "fields", operation_id = "update_field",
    request_body = FieldChange, params(("id" = Id<id::Field>, Path)),
    responses((status = 200, body = FieldView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Field>>,
    Body(request): Body<FieldChange>,
) -> ApiResult<Json<FieldView>> {
    Ok(Json(fields::update(&app, &actor, id, request).await?))
}

/// Put the fields of an entity in another order.
#[utoipa::path(put, path = "/api/v1/fields/order", tag = "fields", operation_id = "order_fields",
    request_body = FieldOrder,
    responses((status = 200, body = FieldList), (status = 422, body = Problem)))]
async fn order(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<FieldOrder>,
) -> ApiResult<Json<FieldList>> {
    Ok(Json(fields::reorder(&app, &actor, request).await?))
}

/// Say which roles may not see a field, or see and not change it. It holds for views, lists, filters, orders, searches
/// and files alike.
#[utoipa::path(put, path = "/api/v1/fields/access", tag = "fields", operation_id = "set_field_access",
    params(FieldQuery), request_body = AccessView,
    responses((status = 200, body = FieldList), (status = 422, body = Problem)))]
async fn access(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<FieldQuery>,
    Body(request): Body<AccessView>,
) -> ApiResult<Json<FieldList>> {
    let entity: Entity = query.entity;
    Ok(Json(fields::set_access(&app, &actor, entity, request).await?))
}
