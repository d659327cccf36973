//! `/api/v1/teams`, `/api/v1/working-hours`, `/api/v1/assignment-rules`: who gets which deals.

use std::sync::Arc;

use app::App;
use app::routing::{
    self, DealAssignments, HoursRequest, HoursView, RuleOrder, RulePreview, RulePreviewRequest, RuleRequest, RuleView,
    TeamRequest, TeamView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Id, id};
use funnel::assignment::WorkingHours;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(teams, add_team))
        .routes(routes!(replace_team, remove_team))
        .routes(routes!(hours, set_company_hours))
        .routes(routes!(set_hours))
        .routes(routes!(list, add))
        .routes(routes!(reorder))
        .routes(routes!(preview))
        .routes(routes!(replace, remove))
        .routes(routes!(of_deal, assign))
}

#[derive(Serialize, utoipa::ToSchema)]
struct TeamList {
    items: Vec<TeamView>,
}

/// All teams, by name.
#[utoipa::path(get, path = "/api/v1/teams", tag = "teams", operation_id = "list_teams",
    responses((status = 200, body = TeamList)))]
async fn teams(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<TeamList>> {
    Ok(Json(TeamList { items: routing::teams(&app, &actor).await? }))
}

/// Add a team.
#[utoipa::path(post, path = "/api/v1/teams", tag = "teams", operation_id = "create_team", request_body = TeamRequest,
    responses((status = 201, body = TeamView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add_team(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<TeamRequest>,
) -> ApiResult<(StatusCode, Json<TeamView>)> {
    Ok((StatusCode::CREATED, Json(routing::add_team(&app, &actor, request).await?)))
}

/// Write a team anew.
#[utoipa::path(put, path = "/api/v1/teams/{id}", tag = "teams", operation_id = "update_team",
    request_body = TeamRequest, params(("id" = Id<id::Team>, Path)),
    responses((status = 200, body = TeamView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn replace_team(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Team>>,
    Body(request): Body<TeamRequest>,
) -> ApiResult<Json<TeamView>> {
    Ok(Json(routing::replace_team(&app, &actor, id, request).await?))
}

/// Remove a team that no rule chooses from.
#[utoipa::path(delete, path = "/api/v1/teams/{id}", tag = "teams", operation_id = "delete_team",
    params(("id" = Id<id::Team>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn remove_team(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Team>>,
) -> ApiResult<StatusCode> {
    routing::remove_team(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// When people work: the company, and those who have hours of their own.
#[utoipa::path(get, path = "/api/v1/working-hours", tag = "teams", operation_id = "get_working_hours",
    responses((status = 200, body = HoursView)))]
async fn hours(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<HoursView>> {
    Ok(Json(routing::hours(&app, &actor).await?))
}

/// Change the hours of everybody who has none of their own.
#[utoipa::path(put, path = "/api/v1/working-hours", tag = "teams", operation_id = "update_working_hours",
    request_body = WorkingHours,
    responses((status = 200, body = HoursView), (status = 422, body = Problem)))]
async fn set_company_hours(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<WorkingHours>,
) -> ApiResult<Json<HoursView>> {
    Ok(Json(routing::set_company_hours(&app, &actor, request).await?))
}

/// Change the hours of one person. Everybody who works on deals changes their own.
#[utoipa::path(put, path = "/api/v1/working-hours/{user}", tag = "teams", operation_id = "update_user_working_hours",
    request_body = HoursRequest, params(("user" = Id<id::User>, Path)),
    responses((status = 200, body = HoursView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn set_hours(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(user): Path<Id<id::User>>,
    Body(request): Body<HoursRequest>,
) -> ApiResult<Json<HoursView>> {
    Ok(Json(routing::set_hours(&app, &actor, user, request).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct AssignmentRuleList {
    items: Vec<RuleView>,
}

/// The rules by which deals are given to people, in the order in which they are asked.
#[utoipa::path(get, path = "/api/v1/assignment-rules", tag = "teams", operation_id = "list_assignment_rules",
    responses((status = 200, body = AssignmentRuleList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<AssignmentRuleList>> {
    Ok(Json(AssignmentRuleList { items: routing::list(&app, &actor).await? }))
}

/// Add a rule behind the others.
#[utoipa::path(post, path = "/api/v1/assignment-rules", tag = "teams", operation_id = "create_assignment_rule",
    request_body = RuleRequest,
    responses((status = 201, body = RuleView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<RuleRequest>,
) -> ApiResult<(StatusCode, Json<RuleView>)> {
    Ok((StatusCode::CREATED, Json(routing::add(&app, &actor, request).await?)))
}

/// Ask the rules in another order.
#[utoipa::path(put, path = "/api/v1/assignment-rules/order", tag = "teams", operation_id = "order_assignment_rules",
    request_body = RuleOrder,
    responses((status = 200, body = AssignmentRuleList), (status = 422, body = Problem)))]
async fn reorder(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<RuleOrder>,
) -> ApiResult<Json<AssignmentRuleList>> {
    Ok(Json(AssignmentRuleList { items: routing::reorder(&app, &actor, request).await? }))
}

/// Try a rule on the deals that came last. Nothing is given to anybody.
#[utoipa::path(post, path = "/api/v1/assignment-rules/preview", tag = "teams",
    operation_id = "preview_assignment_rule", request_body = RulePreviewRequest,
    responses((status = 200, body = RulePreview), (status = 422, body = Problem)))]
async fn preview(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<RulePreviewRequest>,
) -> ApiResult<Json<RulePreview>> {
    Ok(Json(routing::preview(&app, &actor, request).await?))
}

/// Write a rule anew.
#[utoipa::path(put, path = "/api/v1/assignment-rules/{id}", tag = "teams", operation_id = "update_assignment_rule",
    request_body = RuleRequest, params(("id" = Id<id::AssignmentRule>, Path)),
    responses((status = 200, body = RuleView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn replace(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::AssignmentRule>>,
    Body(request): Body<RuleRequest>,
) -> ApiResult<Json<RuleView>> {
    Ok(Json(routing::replace(&app, &actor, id, request).await?))
}

/// Remove a rule. What it gave to people stays theirs.
#[utoipa::path(delete, path = "/api/v1/assignment-rules/{id}", tag = "teams", operation_id = "delete_assignment_rule",
    params(("id" = Id<id::AssignmentRule>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::AssignmentRule>>,
) -> ApiResult<StatusCode> {
    routing::remove(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who has a deal and why, who had it before, and whom it waits for.
#[utoipa::path(get, path = "/api/v1/deals/{id}/assignments", tag = "deals", operation_id = "list_deal_assignments",
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealAssignments), (status = 404, body = Problem)))]
async fn of_deal(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
) -> ApiResult<Json<DealAssignments>> {
    Ok(Json(routing::of_deal(&app, &actor, id).await?))
}

/// Ask the rules about a deal that nobody has.
#[utoipa::path(post, path = "/api/v1/deals/{id}/assignments", tag = "deals", operation_id = "assign_deal",
    params(("id" = Id<id::Deal>, Path)),
    responses((status = 200, body = DealAssignments), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn assign(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Deal>>,
) -> ApiResult<Json<DealAssignments>> {
    Ok(Json(routing::assign_now(&app, &actor, id).await?))
}
