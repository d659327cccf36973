//! `/api/v1/imports`: bringing in what a company already has.

use std::sync::Arc;

use app::App;
use app::imports::{
    self, ImportPage, ImportView, Preview, PreviewRequest, RefusedPage, ReportKind, StartRequest, UPLOAD_BYTES_MAX,
    Upload,
};
use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Id, id};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem, Query};

/// Room for the form around a file, bytes.
const FORM_BYTES: u64 = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    let body_bytes_max = usize::try_from(UPLOAD_BYTES_MAX + FORM_BYTES).unwrap_or(usize::MAX);
    let upload = OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(body_bytes_max));
    OpenApiRouter::new()
        .routes(routes!(list))
        .merge(upload)
        .routes(routes!(get, delete))
        .routes(routes!(preview))
        .routes(routes!(start))
        .routes(routes!(cancel))
        .routes(routes!(undo))
        .routes(routes!(refused))
        .routes(routes!(refused_file))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    limit: Option<u64>,
}

/// Imports, newest first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", operation_id = "list_imports", params(PageQuery),
    responses((status = 200, body = ImportPage)))]
async fn list(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<ImportPage>> {
    Ok(Json(imports::list(&app, &actor, page.cursor.as_deref(), page.limit).await?))
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form in OpenAPI")]
struct ImportForm {
    /// CSV, JSONL or Parquet, also packed with gzip.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a file: a form with one part named `file`. Nothing is imported yet.
#[utoipa::path(post, path = "/api/v1/imports/upload", tag = "imports", operation_id = "upload_import",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 201, body = ImportView), (status = 422, body = Problem)))]
async fn upload(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    mut form: Multipart,
) -> ApiResult<(StatusCode, Json<ImportView>)> {
    actor.may(app::permission::Permission::ImportsWrite)?;
    let broken =
        |error: axum::extract::multipart::MultipartError| Problem::new(error.status(), "upload", error.body_text());
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or("file").to_owned();
        let mut upload = Upload::begin(&app, &actor, &name).await?;
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            upload.push(&piece).await?;
        }
        return Ok((StatusCode::CREATED, Json(upload.finish(&app, &actor).await?)));
    }
    Err(Problem::field("file", "required", "send the file in a part named file"))
}

/// One import with its progress.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports",
    operation_id = "get_import", params(("id" = Id<id::Import>, Path)),
    responses((status = 200, body = ImportView), (status = 404, body = Problem)))]
async fn get(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
) -> ApiResult<Json<ImportView>> {
    Ok(Json(imports::get(&app, &actor, id).await?))
}

/// Forget an import. What it brought in stays.
#[utoipa::path(delete, path = "/api/v1/imports/{id}", tag = "imports",
    operation_id = "delete_import", params(("id" = Id<id::Import>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
) -> ApiResult<StatusCode> {
    imports::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the file holds, what its columns seem to mean, and what would become of its first rows.
#[utoipa::path(post, path = "/api/v1/imports/{id}/preview", tag = "imports",
    operation_id = "preview_import", request_body = PreviewRequest,
    params(("id" = Id<id::Import>, Path)),
    responses((status = 200, body = Preview), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn preview(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
    Body(request): Body<PreviewRequest>,
) -> ApiResult<Json<Preview>> {
    Ok(Json(imports::preview(&app, &actor, id, request).await?))
}

/// Import, or only count what would happen. It goes on in the background: ask for its progress.
#[utoipa::path(post, path = "/api/v1/imports/{id}/start", tag = "imports",
    operation_id = "start_import", request_body = StartRequest,
    params(("id" = Id<id::Import>, Path)),
    responses((status = 202, body = ImportView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn start(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
    Body(request): Body<StartRequest>,
) -> ApiResult<(StatusCode, Json<ImportView>)> {
    Ok((StatusCode::ACCEPTED, Json(imports::start(&app, &actor, id, request).await?)))
}

/// Stop what is under way. Rows that are in stay in: go on with the same mapping, or take them back.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", tag = "imports",
    operation_id = "cancel_import", params(("id" = Id<id::Import>, Path)),
    responses((status = 202, body = ImportView), (status = 409, body = Problem)))]
async fn cancel(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
) -> ApiResult<(StatusCode, Json<ImportView>)> {
    Ok((StatusCode::ACCEPTED, Json(imports::cancel(&app, &actor, id).await?)))
}

/// Take back what an import brought in.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", tag = "imports",
    operation_id = "undo_import", params(("id" = Id<id::Import>, Path)),
    responses((status = 202, body = ImportView), (status = 409, body = Problem)))]
async fn undo(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
) -> ApiResult<(StatusCode, Json<ImportView>)> {
    Ok((StatusCode::ACCEPTED, Json(imports::take_back(&app, &actor, id).await?)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RefusedQuery {
    /// Of the import, or of its last dry run.
    #[serde(default)]
    #[param(inline)]
    kind: ReportKind,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    limit: Option<u64>,
}

/// Rows that were refused, with line, column and reason.
#[utoipa::path(get, path = "/api/v1/imports/{id}/refused", tag = "imports", operation_id = "list_refused_rows",
    params(("id" = Id<id::Import>, Path), RefusedQuery),
    responses((status = 200, body = RefusedPage), (status = 404, body = Problem)))]
async fn refused(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
    Query(query): Query<RefusedQuery>,
) -> ApiResult<Json<RefusedPage>> {
    Ok(Json(imports::refused(&app, &actor, id, query.kind, query.cursor.as_deref(), query.limit).await?))
}

/// The report of refused rows as CSV.
#[utoipa::path(get, path = "/api/v1/imports/{id}/refused.csv", tag = "imports",
    operation_id = "download_refused_rows",
    params(("id" = Id<id::Import>, Path), RefusedQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem)))]
async fn refused_file(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Import>>,
    Query(query): Query<RefusedQuery>,
) -> ApiResult<Response> {
    let path = imports::refused_file(&app, &actor, id, query.kind).await?;
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| app::AppError::Internal(format!("the report cannot be read: {error}")))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"refused.csv\""),
    ];
    Ok((headers, HttpBody::from_stream(ReaderStream::new(file))).into_response())
}
