//! `/api/v1/files` and `/api/v1/magnets`: uploads, and what is given for an address.

use std::sync::Arc;

use app::App;
use app::files::{self, FILE_BYTES_MAX, FileView, Upload};
use app::magnets::{self, MagnetRequest, MagnetView};
use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use base::{Id, id};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Body, Caller, Path, Problem};

/// Room for the form around a file, bytes.
const FORM_BYTES: u64 = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    let body_bytes_max = usize::try_from(FILE_BYTES_MAX + FORM_BYTES).unwrap_or(usize::MAX);
    let upload = OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(body_bytes_max));
    OpenApiRouter::new()
        .routes(routes!(list))
        .merge(upload)
        .routes(routes!(delete))
        .routes(routes!(list_magnets, create_magnet))
        .routes(routes!(update_magnet, delete_magnet))
}

#[derive(Serialize, utoipa::ToSchema)]
struct FileList {
    items: Vec<FileView>,
}

/// The newest files.
#[utoipa::path(get, path = "/api/v1/files", tag = "files",
    operation_id = "list_files", responses((status = 200, body = FileList)))]
async fn list(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<FileList>> {
    Ok(Json(FileList { items: files::list(&app, &actor).await? }))
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form in OpenAPI")]
struct UploadForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a file: a form with one part named `file`.
#[utoipa::path(post, path = "/api/v1/files/upload", tag = "files", operation_id = "upload_file",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = FileView), (status = 422, body = Problem)))]
async fn upload(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    mut form: Multipart,
) -> ApiResult<(StatusCode, Json<FileView>)> {
    actor.may(app::permission::Permission::PagesWrite)?;
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

fn broken(error: MultipartError) -> Problem {
    broken_upload(&error, "a file", FILE_BYTES_MAX)
}

/// Why an upload of what has at most so many bytes could not be read.
pub(super) fn broken_upload(error: &MultipartError, what: &str, bytes_max: u64) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let message = format!("{what} has at most {} MB", bytes_max / 1024 / 1024);
        return Problem::field("file", "too_large", message);
    }
    Problem::new(error.status(), "upload", error.body_text())
}

/// Remove a file.
#[utoipa::path(delete, path = "/api/v1/files/{id}", tag = "files",
    operation_id = "delete_file", params(("id" = Id<id::File>, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::File>>,
) -> ApiResult<StatusCode> {
    files::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, utoipa::ToSchema)]
struct MagnetList {
    items: Vec<MagnetView>,
}

/// All lead magnets.
#[utoipa::path(get, path = "/api/v1/magnets", tag = "files",
    operation_id = "list_magnets", responses((status = 200, body = MagnetList)))]
async fn list_magnets(State(app): State<Arc<App>>, Caller(actor): Caller) -> ApiResult<Json<MagnetList>> {
    Ok(Json(MagnetList { items: magnets::list(&app, &actor).await? }))
}

/// Add a lead magnet.
#[utoipa::path(post, path = "/api/v1/magnets", tag = "files",
    operation_id = "create_magnet", request_body = MagnetRequest,
    responses((status = 201, body = MagnetView), (status = 422, body = Problem)))]
async fn create_magnet(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Body(request): Body<MagnetRequest>,
) -> ApiResult<(StatusCode, Json<MagnetView>)> {
    Ok((StatusCode::CREATED, Json(magnets::create(&app, &actor, request).await?)))
}

/// Change a lead magnet.
#[utoipa::path(put, path = "/api/v1/magnets/{id}", tag = "files",
    operation_id = "update_magnet", request_body = MagnetRequest,
    params(("id" = Id<id::Magnet>, Path)),
    responses((status = 200, body = MagnetView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn update_magnet(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Magnet>>,
    Body(request): Body<MagnetRequest>,
) -> ApiResult<Json<MagnetView>> {
    Ok(Json(magnets::update(&app, &actor, id, request).await?))
}

/// Remove a lead magnet.
#[utoipa::path(delete, path = "/api/v1/magnets/{id}", tag = "files",
    operation_id = "delete_magnet", params(("id" = Id<id::Magnet>, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete_magnet(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Path(id): Path<Id<id::Magnet>>,
) -> ApiResult<StatusCode> {
    magnets::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
