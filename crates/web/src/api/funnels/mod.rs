//! `/api/v1/funnels`: the design of funnels.

mod drafts;
mod findings;
mod history;
mod templates;

use std::sync::Arc;

use app::App;
use app::funnels::{self, FunnelChange, FunnelVersion, FunnelView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, Locale, id};
use funnel::document::FunnelDoc;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{ApiResult, Body, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, publish))
        .routes(routes!(versions))
        .merge(findings::routes())
        .merge(templates::routes())
        .merge(drafts::routes())
        .merge(history::routes())
}

/// In which language something is said.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Reader {
    /// The reader's language; the company's first one when left out.
    locale: Option<Locale>,
}

impl Reader {
    fn locale(self, app: &App) -> Locale {
        self.locale.unwrap_or_else(|| app.company().default_locale())
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct FunnelList {
    items: Vec<FunnelView>,
}

/// All funnels, the first one made first.
#[utoipa::path(get, path = "/api/v1/funnels", tag = "funnels",
    operation_id = "list_funnels", responses((status = 200, body = FunnelList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<FunnelList>> {
    Ok(Json(FunnelList { items: funnels::list(&app, &actor).await? }))
}

/// Design a further funnel and let it run.
#[utoipa::path(post, path = "/api/v1/funnels", tag = "funnels",
    operation_id = "create_funnel", request_body = FunnelDoc,
    responses((status = 201, body = FunnelView), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<FunnelDoc>,
) -> ApiResult<(StatusCode, Json<FunnelView>)> {
    Ok((StatusCode::CREATED, Json(funnels::create(&app, &actor, request).await?)))
}

/// One funnel as it runs.
#[utoipa::path(get, path = "/api/v1/funnels/{id}", tag = "funnels",
    operation_id = "get_funnel", params(("id" = Id<id::Funnel>, Path)),
    responses((status = 200, body = FunnelView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
) -> ApiResult<Json<FunnelView>> {
    Ok(Json(funnels::get(&app, &actor, id).await?))
}

/// Let a further version of a funnel run. The versions before are kept.
#[utoipa::path(put, path = "/api/v1/funnels/{id}", tag = "funnels",
    operation_id = "publish_funnel", request_body = FunnelChange,
    params(("id" = Id<id::Funnel>, Path)),
    responses((status = 200, body = FunnelView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn publish(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Body(request): Body<FunnelChange>,
) -> ApiResult<Json<FunnelView>> {
    Ok(Json(funnels::publish(&app, &actor, id, request).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct VersionQuery {
    /// `next_cursor` of the page before.
    cursor: Option<i64>,
    /// Rows on a page: 1 to 500, 50 when absent.
    limit: Option<u64>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct FunnelVersionPage {
    items: Vec<FunnelVersion>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// The versions of a funnel, newest first.
#[utoipa::path(get, path = "/api/v1/funnels/{id}/versions", tag = "funnels", operation_id = "list_funnel_versions",
    params(("id" = Id<id::Funnel>, Path), VersionQuery),
    responses((status = 200, body = FunnelVersionPage), (status = 404, body = Problem)))]
async fn versions(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Funnel>>,
    Query(page): Query<VersionQuery>,
) -> ApiResult<Json<FunnelVersionPage>> {
    let page = funnels::versions(&app, &actor, id, page.cursor, page.limit).await?;
    Ok(Json(FunnelVersionPage { items: page.items, next_cursor: page.next_cursor }))
}
