//! `/api/v1/activities`: what salespeople do; `/api/v1/timeline`: everything about a contact or a deal; `/api/v1/today`.

use std::sync::Arc;

use app::App;
use app::activities::files::{self, RECORD_FILE_BYTES_MAX, RecordUpload};
use app::activities::settings::{self, ActivitySettings};
use app::activities::timeline::{self, RecordTimeline, RecordTimelineQuery};
use app::activities::{
    self, ActivityChange, ActivityCompletion, ActivityDone, ActivityPage, ActivityQuery, ActivityView, NewActivity,
};
use app::today::{self, Today, TodayCounts, TodayQuery};
use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Id, id};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

/// Room for the form around a file, bytes.
const FORM_BYTES: u64 = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    let body_bytes_max = usize::try_from(RECORD_FILE_BYTES_MAX + FORM_BYTES).unwrap_or(usize::MAX);
    let upload = OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(body_bytes_max));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .merge(upload)
        .routes(routes!(get_settings, update_settings))
        .routes(routes!(get, update, remove))
        .routes(routes!(complete))
        .routes(routes!(reopen))
        .routes(routes!(restore))
        .routes(routes!(download))
        .routes(routes!(of_record))
        .routes(routes!(get_today))
        .routes(routes!(counts))
}

/// Activities, newest first. A rep sees those on own deals, those on contacts alone, and the own ones.
#[utoipa::path(get, path = "/api/v1/activities", tag = "activities",
    operation_id = "list_activities", params(ActivityQuery),
    responses((status = 200, body = ActivityPage), (status = 422, body = Problem)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<ActivityQuery>,
) -> ApiResult<Json<ActivityPage>> {
    Ok(Json(activities::list(&app, &actor, query).await?))
}

/// Write a note, log a call, plan a meeting or a task.
#[utoipa::path(post, path = "/api/v1/activities", tag = "activities",
    operation_id = "create_activity", request_body = NewActivity,
    responses((status = 201, body = ActivityDone), (status = 422, body = Problem)))]
async fn create(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<NewActivity>,
) -> ApiResult<(StatusCode, Json<ActivityDone>)> {
    Ok((StatusCode::CREATED, Json(activities::create(&app, &actor, request).await?)))
}

/// One activity.
#[utoipa::path(get, path = "/api/v1/activities/{id}", tag = "activities",
    operation_id = "get_activity", params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
) -> ApiResult<Json<ActivityView>> {
    Ok(Json(activities::get(&app, &actor, id).await?))
}

/// Change an activity. Those of others need `deals.all`, unless one is to do it.
#[utoipa::path(patch, path = "/api/v1/activities/{id}", tag = "activities",
    operation_id = "update_activity", request_body = ActivityChange,
    params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
    Body(request): Body<ActivityChange>,
) -> ApiResult<Json<ActivityView>> {
    Ok(Json(activities::update(&app, &actor, id, request).await?))
}

/// Remove an activity. It can be brought back for 30 days.
#[utoipa::path(delete, path = "/api/v1/activities/{id}", tag = "activities",
    operation_id = "delete_activity", params(("id" = Id<id::Activity>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
) -> ApiResult<StatusCode> {
    activities::remove(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Bring back an activity that was removed.
#[utoipa::path(post, path = "/api/v1/activities/{id}/restore", tag = "activities",
    operation_id = "restore_activity", params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = Problem)))]
async fn restore(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
) -> ApiResult<Json<ActivityView>> {
    Ok(Json(activities::restore(&app, &actor, id).await?))
}

/// A task is done; a meeting was held, was not, or was moved.
#[utoipa::path(post, path = "/api/v1/activities/{id}/complete", tag = "activities",
    operation_id = "complete_activity", request_body = ActivityCompletion,
    params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, body = ActivityDone), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn complete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
    Body(request): Body<ActivityCompletion>,
) -> ApiResult<Json<ActivityDone>> {
    Ok(Json(activities::complete(&app, &actor, id, request).await?))
}

/// A task is not done after all; a meeting has no outcome yet.
#[utoipa::path(post, path = "/api/v1/activities/{id}/reopen", tag = "activities",
    operation_id = "reopen_activity", params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn reopen(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
) -> ApiResult<Json<ActivityView>> {
    Ok(Json(activities::reopen(&app, &actor, id).await?))
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form in OpenAPI")]
struct RecordFileForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Where a file is to be.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
struct UploadTarget {
    /// A contact, `ctc_…`. One of the two must be named.
    contact: Option<Id<id::Contact>>,
    /// A deal, `dea_…`.
    deal: Option<Id<id::Deal>>,
}

/// Add a file to a contact or a deal: a form with one part named `file`, of at most 25 MB.
#[utoipa::path(post, path = "/api/v1/activities/upload", tag = "activities", operation_id = "upload_activity_file",
    params(UploadTarget), request_body(content = RecordFileForm, content_type = "multipart/form-data"),
    responses((status = 201, body = ActivityView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn upload(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(target): Query<UploadTarget>,
    mut form: Multipart,
) -> ApiResult<(StatusCode, Json<ActivityView>)> {
    actor.may(app::permission::Permission::ActivitiesWrite)?;
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or("file").to_owned();
        let mut upload = RecordUpload::begin(&app, &actor, target.contact, target.deal, &name).await?;
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            upload.push(&piece).await?;
        }
        return Ok((StatusCode::CREATED, Json(upload.finish(&app, &actor).await?)));
    }
    Err(Problem::field("file", "required", "send the file in a part named file"))
}

fn broken(error: axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let message = format!("a file on a record has at most {} MB", RECORD_FILE_BYTES_MAX / 1024 / 1024);
        return Problem::field("file", "too_large", message);
    }
    Problem::new(error.status(), "upload", error.body_text())
}

/// The bytes of a file on a record.
#[utoipa::path(get, path = "/api/v1/activities/{id}/file", tag = "activities",
    operation_id = "download_activity_file", params(("id" = Id<id::Activity>, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = [u8]),
        (status = 404, body = Problem)))]
async fn download(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Activity>>,
) -> ApiResult<Response> {
    let (file, path) = files::open(&app, &actor, id).await?;
    let bytes = tokio::fs::File::open(&path).await.map_err(|error| {
        app::AppError::Internal(format!("the bytes of {id} cannot be read: {error}; bring them back from a backup"))
    })?;
    // The name was cleaned when the file came in: letters, digits, dots, hyphens.
    let headers: [(HeaderName, String); 6] = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CONTENT_LENGTH, file.size_bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Bytes::from_stream(ReaderStream::new(bytes))).into_response())
}

/// Everything about a contact or a deal, newest first: events of the log and what colleagues did.
#[utoipa::path(get, path = "/api/v1/timeline", tag = "activities",
    operation_id = "get_timeline", params(RecordTimelineQuery),
    responses((status = 200, body = RecordTimeline), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn of_record(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<RecordTimelineQuery>,
) -> ApiResult<Json<RecordTimeline>> {
    Ok(Json(timeline::of_record(&app, &actor, query).await?))
}

/// The day of a salesperson: what is due, who waits for an answer, which deals lie still.
#[utoipa::path(get, path = "/api/v1/today", tag = "activities", operation_id = "get_today", params(TodayQuery),
    responses((status = 200, body = Today), (status = 422, body = Problem)))]
async fn get_today(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(query): Query<TodayQuery>,
) -> ApiResult<Json<Today>> {
    Ok(Json(today::get(&app, &actor, query).await?))
}

/// How much there is to do today.
#[utoipa::path(get, path = "/api/v1/today/counts", tag = "activities", operation_id = "get_today_counts",
    responses((status = 200, body = TodayCounts)))]
async fn counts(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<TodayCounts>> {
    Ok(Json(today::counts(&app, &actor).await?))
}

/// Outcomes of calls, and when a deal is quiet.
#[utoipa::path(get, path = "/api/v1/activities/settings", tag = "activities", operation_id = "get_activity_settings",
    responses((status = 200, body = ActivitySettings)))]
async fn get_settings(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<ActivitySettings>> {
    Ok(Json(settings::get(&app, &actor).await?))
}

/// Decide outcomes of calls, and when a deal is quiet.
#[utoipa::path(put, path = "/api/v1/activities/settings", tag = "activities", operation_id = "update_activity_settings",
    request_body = ActivitySettings,
    responses((status = 200, body = ActivitySettings), (status = 422, body = Problem)))]
async fn update_settings(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<ActivitySettings>,
) -> ApiResult<Json<ActivitySettings>> {
    Ok(Json(settings::update(&app, &actor, request).await?))
}
