//! `/api/v1/search`: anything by its name.

use std::sync::Arc;

use app::App;
use app::search::{self, SearchAnswer, SearchQuery};
use axum::Json;
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Caller, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(search_all))
}

/// Find contacts, deals, orders, pages and offers by their names, misspelt ones too. A rep finds the own deals.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", operation_id = "search_everything", params(SearchQuery),
    responses((status = 200, body = SearchAnswer), (status = 422, body = Problem)))]
async fn search_all(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<SearchAnswer>> {
    Ok(Json(search::search(&app, &actor, query).await?))
}
