//! The admin API: JSON under `/api/v1`, described by OpenAPI. One file per noun; each handler checks the
//! shape of the request and calls one use case.

mod activities;
mod caller;
mod companies;
mod company;
mod contacts;
mod dashboards;
mod deals;
mod description;
mod duplicates;
mod emails;
mod exports;
mod fields;
mod files;
mod funnels;
mod idempotency;
mod imports;
mod ingest;
mod insights;
mod jobs;
mod json;
mod keys;
mod mail_settings;
mod messages;
mod notifications;
mod offers;
mod orders;
mod pages;
mod playbooks;
mod problem;
mod routing;
mod saved_insights;
mod search;
mod segments;
mod session;
mod spend;
mod team;
mod temperature;
mod templates;
mod users;
mod views;

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use caller::{Caller, SESSION_COOKIE};
pub use json::{Body, Path, Query};
pub use problem::{ApiResult, Problem};

use crate::ingest::Refusals;

/// Longest JSON body of an admin request, bytes.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Suppilo",
        description = "The API of a Suppilo installation. Errors are problem+json (RFC 9457) with a stable `code`. Lists that \
            grow come in pages: pass `next_cursor` as `cursor` until it is null.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(crate::ingest::plain::take),
    components(schemas(Problem))
)]
struct Description;

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(session::routes())
        .merge(company::routes())
        .merge(users::routes())
        .merge(keys::routes())
        .merge(search::routes())
        .merge(contacts::routes())
        .merge(companies::routes())
        .merge(fields::routes())
        .merge(views::routes())
        .merge(duplicates::routes())
        .merge(temperature::routes())
        .merge(funnels::routes())
        .merge(deals::routes())
        .merge(routing::routes())
        .merge(team::routes())
        .merge(activities::routes())
        .merge(emails::routes())
        .merge(notifications::routes())
        .merge(playbooks::routes())
        .merge(segments::routes())
        .merge(offers::routes())
        .merge(orders::routes())
        .merge(insights::routes())
        .merge(saved_insights::routes())
        .merge(exports::routes())
        .merge(dashboards::routes())
        .merge(spend::routes())
        .merge(messages::routes())
        .merge(templates::routes())
        .merge(mail_settings::routes())
        .merge(jobs::routes())
        .merge(pages::routes())
        .merge(files::routes())
        .merge(ingest::routes())
        .merge(imports::routes())
}

/// The OpenAPI description, as the snapshot and `/api/v1/openapi.json` give it.
pub fn openapi() -> serde_json::Value {
    description::complete(routes().split_for_parts().1)
}

/// The routes of the API.
pub fn router(app: Arc<App>, refusals: Arc<Refusals>) -> Router {
    let (router, openapi) = routes().split_for_parts();
    let document = description::complete(openapi).to_string();
    let serve_document = move || {
        let document = document.clone();
        async move { ([("content-type", "application/json")], document).into_response() }
    };
    router
        .route_layer(axum::middleware::from_fn_with_state(app.clone(), idempotency::once))
        .route("/api/v1/openapi.json", get(serve_document))
        .route("/api/{*rest}", axum::routing::any(no_such_route))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::Extension(refusals))
        .with_state(app)
}

async fn no_such_route() -> Problem {
    Problem::new(
        axum::http::StatusCode::NOT_FOUND,
        "no_such_route",
        "there is no such address in the API: see /api/v1/openapi.json",
    )
}
