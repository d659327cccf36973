//! `/api/v1/funnel-templates`: funnels that are ready to run.

use std::sync::Arc;

use app::App;
use app::funnels::templates::{self, Suggested, WholeTemplate, Wish};
use axum::Json;
use axum::extract::State;
use funnel::template::TemplateView;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(suggest))
}

#[derive(Serialize, utoipa::ToSchema)]
struct FunnelTemplateList {
    items: Vec<TemplateView>,
}

/// All templates, the simplest first. Their texts are in five languages.
#[utoipa::path(get, path = "/api/v1/funnel-templates", tag = "funnels", operation_id = "list_funnel_templates",
    responses((status = 200, body = FunnelTemplateList)))]
async fn list(Caller(actor): Caller) -> ApiResult<Json<FunnelTemplateList>> {
    Ok(Json(FunnelTemplateList { items: templates::list(&actor)? }))
}

/// One template, as this company would begin with it.
#[utoipa::path(get, path = "/api/v1/funnel-templates/{id}", tag = "funnels", operation_id = "get_funnel_template",
    params(("id" = String, Path)),
    responses((status = 200, body = WholeTemplate), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<WholeTemplate>> {
    Ok(Json(templates::get(&app, &actor, &id)?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct FunnelTemplateSuggestions {
    items: Vec<Suggested>,
}

/// All templates, the one that suits best first.
#[utoipa::path(post, path = "/api/v1/funnel-templates/suggest", tag = "funnels",
    operation_id = "suggest_funnel_templates", request_body = Wish,
    responses((status = 200, body = FunnelTemplateSuggestions), (status = 422, body = Problem)))]
async fn suggest(Caller(actor): Caller, Body(wish): Body<Wish>) -> ApiResult<Json<FunnelTemplateSuggestions>> {
    Ok(Json(FunnelTemplateSuggestions { items: templates::suggest(&actor, &wish)? }))
}
