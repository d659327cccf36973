//! `/api/v1/contacts`: people we may write to.

use std::sync::Arc;

use app::App;
use app::contacts::{self, ContactChange, ContactPage, ContactQuery, ContactView};
use app::exports::{self, RecordExportRequest};
use app::fields::Entity;
use app::insights::{self, Timeline};
use app::records::{self, BulkEditView, BulkRequest};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Id, Locale, Timestamp, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::exports::{send, send_card};
use super::insights::TimelineQuery;
use super::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(erase))
        .routes(routes!(timeline))
        .routes(routes!(consents))
        .routes(routes!(bulk))
        .routes(routes!(export))
        .routes(routes!(vcard))
}

/// Contacts, newest first unless another order is asked for.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "contacts", operation_id = "list_contacts", params(ContactQuery),
    responses((status = 200, body = ContactPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<ContactQuery>,
) -> ApiResult<Json<ContactPage>> {
    Ok(Json(contacts::list(&app, &actor, query).await?))
}

/// Add a contact.
#[utoipa::path(post, path = "/api/v1/contacts", tag = "contacts",
    operation_id = "create_contact", request_body = ContactChange,
    responses((status = 201, body = ContactView), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<ContactChange>,
) -> ApiResult<(StatusCode, Json<ContactView>)> {
    Ok((StatusCode::CREATED, Json(contacts::create(&app, &actor, request).await?)))
}

/// One contact.
#[utoipa::path(get, path = "/api/v1/contacts/{id}", tag = "contacts",
    operation_id = "get_contact", params(("id" = Id<id::Contact>, Path)),
    responses((status = 200, body = ContactView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<Json<ContactView>> {
    Ok(Json(contacts::get(&app, &actor, id).await?))
}

/// Change a contact.
#[utoipa::path(patch, path = "/api/v1/contacts/{id}", tag = "contacts",
    operation_id = "update_contact", request_body = ContactChange,
    params(("id" = Id<id::Contact>, Path)),
    responses((status = 200, body = ContactView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
    Body(request): Body<ContactChange>,
) -> ApiResult<Json<ContactView>> {
    Ok(Json(contacts::update(&app, &actor, id, request).await?))
}

/// Remove a contact.
#[utoipa::path(delete, path = "/api/v1/contacts/{id}", tag = "contacts",
    operation_id = "delete_contact", params(("id" = Id<id::Contact>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<StatusCode> {
    contacts::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erase a person: the contact, what hangs on it, and all that the event log holds of them. Backups made before keep
/// them until they are replaced.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/erase", tag = "contacts",
    operation_id = "erase_contact", params(("id" = Id<id::Contact>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn erase(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<StatusCode> {
    app::erasure::erase(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a contact did, newest first.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/timeline", tag = "contacts", operation_id = "get_contact_timeline",
    params(("id" = Id<id::Contact>, Path), TimelineQuery), responses((status = 200, body = Timeline)))]
async fn timeline(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
    Query(page): Query<TimelineQuery>,
) -> ApiResult<Json<Timeline>> {
    Ok(Json(insights::contact_timeline(&app, &actor, id, page.cursor.as_deref(), page.limit).await?))
}

/// One "yes" or "no".
#[derive(Serialize, utoipa::ToSchema)]
struct ConsentView {
    /// What for: `marketing`, `tracking`.
    purpose: String,
    is_given: bool,
    /// The exact words that were agreed to.
    wording: String,
    locale: Locale,
    /// Where: a page's path, `unsubscribe`, an import.
    origin: String,
    at: Timestamp,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ConsentList {
    items: Vec<ConsentView>,
}

/// What a contact agreed to, newest first.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/consents", tag = "contacts", operation_id = "list_contact_consents",
    params(("id" = Id<id::Contact>, Path)), responses((status = 200, body = ConsentList)))]
async fn consents(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<Json<ConsentList>> {
    let view = |entry: store::contacts::Consent| ConsentView {
        purpose: entry.purpose,
        is_given: entry.is_given,
        wording: entry.wording,
        locale: entry.locale,
        origin: entry.origin,
        at: entry.at,
    };
    let ledger = contacts::consents(&app, &actor, id).await?;
    Ok(Json(ConsentList { items: ledger.into_iter().map(view).collect() }))
}

/// Change many contacts: those named, or all that a list shows. Carried out in the background.
#[utoipa::path(post, path = "/api/v1/contacts/bulk", tag = "contacts", operation_id = "edit_contacts",
    request_body = BulkRequest,
    responses((status = 202, body = BulkEditView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn bulk(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<BulkRequest>,
) -> ApiResult<(StatusCode, Json<BulkEditView>)> {
    Ok((StatusCode::ACCEPTED, Json(records::start_bulk(&app, &actor, Entity::Contact, request).await?)))
}

/// A list of contacts as a file, sent while it is made.
#[utoipa::path(post, path = "/api/v1/contacts/export", tag = "contacts", operation_id = "export_contacts",
    request_body = RecordExportRequest,
    responses((status = 200, description = "The file; Content-Disposition names it.", content(
        (String = "text/csv"), (String = "text/vcard"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 422, body = Problem)))]
async fn export(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<RecordExportRequest>,
) -> ApiResult<impl IntoResponse> {
    Ok(send(exports::records(&app, &actor, Entity::Contact, request).await?))
}

/// The address card of a contact, vCard 4.0, with what your role sees of it.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/vcard", tag = "contacts", operation_id = "get_contact_vcard",
    params(("id" = Id<id::Contact>, Path)),
    responses((status = 200, description = "The card; Content-Disposition names it.", body = String,
        content_type = "text/vcard"), (status = 404, body = Problem)))]
async fn vcard(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
) -> ApiResult<impl IntoResponse> {
    Ok(send_card(exports::contact_card(&app, &actor, id).await?))
}
