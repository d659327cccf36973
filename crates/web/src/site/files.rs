//! `/assets/f/{id}/{name}`: uploaded files.

use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Id, id};
use tokio_util::io::ReaderStream;

use super::visitor::Visitor;
use super::{Public, State};

/// How a browser takes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposition {
    /// Shown in the page.
    Inline,
    /// Saved.
    Attachment,
}

/// A file of a page. Its address changes with its bytes, so it may be kept for ever.
pub(super) async fn serve(Extract(public): State, visitor: Visitor, Path((id, _)): Path<(String, String)>) -> Response {
    let Ok(id) = id.parse() else { return public.not_found(&visitor) };
    let mut response = send(&public, &visitor, id, Disposition::Inline).await;
    if response.status() == StatusCode::OK {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    response
}

/// Send a file, piece by piece.
pub(super) async fn send(public: &Public, visitor: &Visitor, id: Id<id::File>, disposition: Disposition) -> Response {
    let file = match app::files::find(&public.app, id).await {
        Ok(file) => file,
        Err(error) => return public.failed(visitor, &error),
    };
    let bytes = match tokio::fs::File::open(app::files::path_of(&public.app, id)).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let error = app::AppError::Internal(format!("the file {id} cannot be read: {error}"));
            return public.failed(visitor, &error);
        }
    };
    let kind = if disposition == Disposition::Inline { "inline" } else { "attachment" };
    // The name was cleaned when the file came in: letters, digits, dots, hyphens.
    let disposition = format!("{kind}; filename=\"{}\"", file.name);
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CONTENT_LENGTH, file.size_bytes.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(ReaderStream::new(bytes))).into_response()
}
