//! `/api/v1/jobs` and `/api/v1/audit`: what the program does by itself, and who changed what.

use std::sync::Arc;

use app::audit::{self, AuditQuery};
use app::{App, jobs};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use store::jobs::{Job, JobState};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::exports::send;
use super::{ApiResult, Caller, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(revive))
        .routes(routes!(audit_log))
        .routes(routes!(audit_file))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct JobFilter {
    /// `queued`, `running`, `done` or `dead`.
    #[param(schema_with = app::schema::job_state, required = false)]
    state: Option<String>,
}

/// A job.
#[derive(Serialize, utoipa::ToSchema)]
struct JobView {
    id: Id<id::Job>,
    kind: String,
    /// `queued`, `running`, `done` or `dead`.
    #[schema(schema_with = app::schema::job_state)]
    state: &'static str,
    run_at: Timestamp,
    attempts: i64,
    attempts_max: i64,
    /// Why the last attempt failed.
    #[schema(required)]
    last_error: Option<String>,
    created_at: Timestamp,
    #[schema(required)]
    finished_at: Option<Timestamp>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state.as_str(),
            run_at: job.run_at,
            attempts: job.attempts,
            attempts_max: job.attempts_max,
            last_error: job.last_error,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct JobList {
    items: Vec<JobView>,
}

/// The newest jobs.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "operate", operation_id = "list_jobs", params(JobFilter),
    responses((status = 200, body = JobList)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(filter): Query<JobFilter>,
) -> ApiResult<Json<JobList>> {
    let states = [JobState::Queued, JobState::Running, JobState::Done, JobState::Dead];
    let state = match filter.state.as_deref() {
        None => None,
        Some(text) => Some(
            states
                .into_iter()
                .find(|state| state.as_str() == text)
                .ok_or_else(|| Problem::field("state", "unknown", "choose a state: queued, running, done or dead"))?,
        ),
    };
    let items = jobs::list(&app, &actor, state).await?.into_iter().map(JobView::from).collect();
    Ok(Json(JobList { items }))
}

/// Set a job going that is dead, or waits for its next try.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/revive", tag = "operate",
    operation_id = "revive_job", params(("id" = Id<id::Job>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn revive(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Job>>,
) -> ApiResult<StatusCode> {
    jobs::revive(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One change.
#[derive(Serialize, utoipa::ToSchema)]
struct AuditView {
    at: Timestamp,
    /// The id of a user or key, or `system`.
    actor: String,
    /// `noun.verb`.
    action: String,
    subject: String,
    #[schema(value_type = Option<Object>, required)]
    detail: serde_json::Value,
}

/// A page of the audit log, newest first.
#[derive(Serialize, utoipa::ToSchema)]
struct AuditList {
    items: Vec<AuditView>,
    /// Pass as `cursor` for what was changed before.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Who changed what, newest first. `detail` tells how each changed field stood before and after.
#[utoipa::path(get, path = "/api/v1/audit", tag = "operate", operation_id = "list_audit_log", params(AuditQuery),
    responses((status = 200, body = AuditList), (status = 422, body = Problem)))]
async fn audit_log(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Json<AuditList>> {
    let page = audit::list(&app, &actor, query).await?;
    let view = |entry: store::audit::Entry| AuditView {
        at: entry.at,
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
    };
    Ok(Json(AuditList { items: page.items.into_iter().map(view).collect(), next_cursor: page.next_cursor }))
}

/// The audit log as a CSV: a row for each field that was changed. `cursor` and `limit` are not looked at.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "operate", operation_id = "export_audit_log",
    params(AuditQuery), responses(
        (status = 200, description = "The file; Content-Disposition names it.", content((String = "text/csv"))),
        (status = 422, body = Problem)))]
async fn audit_file(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<AuditQuery>,
) -> ApiResult<impl IntoResponse> {
    Ok(send(audit::export(&app, &actor, query).await?))
}
