//! `/api/v1/insights/export`: answers and the people behind them as files.

use std::sync::Arc;

use app::App;
use app::exports::{self, Card, ExportRequest, Exported, PeopleExportRequest, RecordFormat, Streamed};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiResult, Caller, Problem};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(answer)).routes(routes!(people))
}

/// The answer to a question as a file.
///
/// CSV holds one table of the answer, with numbers as they are and times as RFC 3339; XLSX has a sheet for each. In a
/// CSV an apostrophe stands before texts that a spreadsheet would take for a formula.
#[utoipa::path(post, path = "/api/v1/insights/export", tag = "insights",
    operation_id = "export_insight", request_body = ExportRequest,
    responses((status = 200, description = "The file; Content-Disposition names it.", content(
        (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 422, body = Problem)))]
async fn answer(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    super::Body(request): super::Body<ExportRequest>,
) -> ApiResult<impl IntoResponse> {
    Ok(download(exports::answer(&app, &actor, request).await?))
}

/// All people behind a number as a file.
///
/// A file takes at most 100,000 people, as it is made in memory: of a number with more the request is refused
/// (`too_many_people`), and asking for a shorter time or one value brings fewer. Two files are made at once, and others
/// wait their turn. Who took names out is written into the audit log.
#[utoipa::path(post, path = "/api/v1/insights/people/export", tag = "insights",
    operation_id = "export_people", request_body = PeopleExportRequest,
    responses((status = 200, description = "The file; Content-Disposition names it.", content(
        (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 422, body = Problem)))]
async fn people(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    super::Body(request): super::Body<PeopleExportRequest>,
) -> ApiResult<impl IntoResponse> {
    Ok(download(exports::people(&app, &actor, request).await?))
}

/// A file that is made.
pub(super) fn download(file: Exported) -> impl IntoResponse {
    (headers(file.format.content_type(), &file.file_name), file.bytes)
}

/// A file of any length, sent while it is made.
pub(super) fn send(file: Streamed) -> impl IntoResponse {
    let pieces = tokio_stream::wrappers::ReceiverStream::new(file.pieces);
    (headers(file.format.content_type(), &file.file_name), Body::from_stream(pieces))
}

/// An address card.
pub(super) fn send_card(card: Card) -> impl IntoResponse {
    (headers(RecordFormat::Vcf.content_type(), &card.file_name), card.text)
}

fn headers(content_type: &str, file_name: &str) -> [(HeaderName, String); 4] {
    [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, attachment(file_name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ]
}

/// What may stand bare in `filename*` (RFC 8187, attr-char) of the characters that names have.
const BARE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// The header that names a file: for all programs in ASCII, and as it is for those that know RFC 6266.
fn attachment(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, BARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_ends_the_header() {
        let cases = [
            ("Growth.csv", "attachment; filename=\"Growth.csv\"; filename*=UTF-8''Growth.csv"),
            (
                "Så \"fint\"; x=1\r\n.csv",
                "attachment; filename=\"S_ _fint_; x=1__.csv\"; filename*=UTF-8''S%C3%A5%20%22fint%22%3B%20x%3D1%0D%0A.csv",
            ),
        ];
        for (name, expected) in cases {
            assert_eq!(attachment(name), expected);
            assert!(axum::http::HeaderValue::try_from(attachment(name)).is_ok());
        }
    }
}
