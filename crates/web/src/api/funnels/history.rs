//! What became of a funnel, and the way back.

use std::sync::Arc;

use app::App;
use app::funnels::FunnelView;
use app::funnels::history::{self, Comparison, Reversion};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use base::{Id, Locale, id};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(compare)).routes(routes!(revert)).routes(routes!(yaml))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CompareQuery {
    /// The version before; 0 for none. The one that runs when left out.
    from: Option<i64>,
    /// The version after; the draft when left out.
    to: Option<i64>,
    /// The reader's language; the company's first one when left out.
    locale: Option<Locale>,
}

/// What differs between two versions of a funnel, or between a version and the draft, also in words.
#[utoipa::path(get, path = "/api/v1/funnels/{id}/diff", tag = "funnels", operation_id = "compare_funnel_versions",
    params(("id" = Id<id::Funnel>, Path), CompareQuery),
    responses((status = 200, body = Comparison), (status = 404, body = Problem)))]
async fn compare(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Query(query): Query<CompareQuery>,
) -> ApiResult<Json<Comparison>> {
    let locale = query.locale.unwrap_or_else(|| app.company().default_locale());
    Ok(Json(history::compare(&app, &actor, id, query.from, query.to, &locale).await?))
}

/// Let an earlier version of a funnel run again, as a new one.
#[utoipa::path(post, path = "/api/v1/funnels/{id}/revert", tag = "funnels", operation_id = "revert_funnel",
    request_body = Reversion, params(("id" = Id<id::Funnel>, Path)),
    responses((status = 200, body = FunnelView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn revert(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Body(request): Body<Reversion>,
) -> ApiResult<Json<FunnelView>> {
    Ok(Json(history::revert(&app, &actor, id, request).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct YamlQuery {
    /// Which version; the one that runs when left out.
    version: Option<i64>,
}

/// A version of a funnel as YAML, with the comments that people wrote.
#[utoipa::path(get, path = "/api/v1/funnels/{id}/yaml", tag = "funnels", operation_id = "export_funnel",
    params(("id" = Id<id::Funnel>, Path), YamlQuery),
    responses((status = 200, body = String, content_type = "application/yaml"), (status = 404, body = Problem)))]
async fn yaml(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Query(query): Query<YamlQuery>,
) -> ApiResult<impl IntoResponse> {
    let text = history::yaml(&app, &actor, id, query.version).await?;
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], text))
}
