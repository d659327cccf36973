//! `/api/v1/contacts/{id}/temperature`: how near a contact is to buying.

use std::sync::Arc;

use app::App;
use app::temperature::{self, ContactTemperature, TemperatureQuery};
use axum::Json;
use axum::extract::State;
use base::{Id, id};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(of_contact))
}

/// How near a contact is to buying by the rules of a funnel, what speaks for it, and which personas they fit.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/temperature", tag = "contacts",
    operation_id = "get_contact_temperature", params(("id" = Id<id::Contact>, Path), TemperatureQuery),
    responses((status = 200, body = ContactTemperature), (status = 404, body = Problem)))]
async fn of_contact(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Contact>>,
    Query(query): Query<TemperatureQuery>,
) -> ApiResult<Json<ContactTemperature>> {
    Ok(Json(temperature::of_contact(&app, &actor, id, query).await?))
}
