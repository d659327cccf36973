//! The admin interface: the built `ui/`, embedded, and the routes that serve it below `/admin/`.
//!
//! Files whose names carry a hash never change and are cached for good; the page that names them is asked for every
//! time. What the build compressed is sent as it is. Every other address below `/admin/` is a screen of the interface and
//! gets the same page.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Files;

const PAGE: &str = "index.html";
/// Where Vite puts the files with a hash in their names.
const HASHED_FOLDER: &str = "assets/";
const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";
const CACHE_ASK_FIRST: &str = "no-cache";

/// Scripts come from here alone. Styles may stand inline: Mantine sets its measures that way. Pictures may come from
/// anywhere over HTTPS, because the page editor shows those that a page names; frames are the editor's previews.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob: https:; media-src 'self' blob: https:; font-src 'self'; connect-src 'self'; \
     frame-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const PAGE_HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// The routes `/admin`, `/admin/` and everything below, to be merged into the server's router. They need no session: the
/// interface is the same for everyone, and what it shows comes from the API.
pub fn router() -> Router {
    Router::new()
        .route("/admin", get(|| async { Redirect::permanent("/admin/") }))
        .route("/admin/", get(|headers: HeaderMap| async move { serve("", &headers) }))
        .route(
            "/admin/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move { serve(&path, &headers) }),
        )
}

fn serve(path: &str, request: &HeaderMap) -> Response {
    // Compressed twins are chosen by header, never by name.
    let is_twin = path.ends_with(".br") || path.ends_with(".gz");
    match Files::get(path).filter(|_| !path.is_empty() && !is_twin) {
        Some(file) => answer(path, file, request),
        None if path.starts_with(HASHED_FOLDER) => {
            // An open tab asks for a part of the version before: the interface offers to load the new one.
            (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, CACHE_ASK_FIRST)], "This file belongs to another version.")
                .into_response()
        }
        None => match Files::get(PAGE) {
            Some(page) => answer(PAGE, page, request),
            None => (StatusCode::INTERNAL_SERVER_ERROR, "The interface is missing from this build.").into_response(),
        },
    }
}

fn answer(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let etag = etag_of(&file);
    let mut headers = HeaderMap::new();
    let is_hashed = path.starts_with(HASHED_FOLDER);
    set(&mut headers, header::CACHE_CONTROL, if is_hashed { CACHE_FOREVER } else { CACHE_ASK_FIRST });
    set(&mut headers, header::CONTENT_TYPE, content_type(path));
    set(&mut headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut headers, header::VARY, "accept-encoding");
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    if path == PAGE {
        for (name, value) in PAGE_HEADERS {
            set(&mut headers, name, value);
        }
    }
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let (encoding, data) = match compressed(path, request) {
        Some((encoding, twin)) => (Some(encoding), twin.data),
        None => (None, file.data),
    };
    if let Some(encoding) = encoding {
        set(&mut headers, header::CONTENT_ENCODING, encoding);
    }
    let body = match data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    (headers, body).into_response()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// The first half of the content's SHA-256, which is plenty to tell two builds apart.
fn etag_of(file: &EmbeddedFile) -> String {
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

/// The smallest twin of a file that the client reads.
fn compressed(path: &str, request: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = request.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| Some((encoding, Files::get(&format!("{path}.{ending}"))?)))
}

/// Whether an `Accept-Encoding` names an encoding and does not refuse it with `q=0`.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let is_refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32)));
        is_named && !is_refused
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::to_bytes, http::Request};
    use tower::ServiceExt;

    const BODY_LIMIT: usize = 4 << 20;

    async fn fetch(path: &str, headers: &[(HeaderName, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        router().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
    }

    fn header_of(response: &Response, name: HeaderName) -> &str {
        response.headers().get(&name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// A script of the built interface; none when the interface was left out of this build.
    fn a_script() -> Option<String> {
        let found = Files::iter()
            .find(|path| path.starts_with(HASHED_FOLDER) && path.ends_with(".js"))
            .map(|path| path.to_string());
        if found.is_none() {
            println!("skipped: the interface was left out of this build");
        }
        found
    }

    #[tokio::test]
    async fn every_screen_gets_the_page_and_its_policy() {
        for path in ["/admin/", "/admin/funnels", "/admin/contacts/ctc_1", "/admin/../secret", "/admin/index.html"] {
            let response = fetch(path, &[]).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
            assert_eq!(header_of(&response, header::CACHE_CONTROL), CACHE_ASK_FIRST);
            assert!(header_of(&response, header::CONTENT_SECURITY_POLICY).contains("script-src 'self';"));
            let body = to_bytes(response.into_body(), BODY_LIMIT).await.expect("a body");
            assert!(body.starts_with(b"<!doctype html>"), "{path}");
        }
    }

    #[tokio::test]
    async fn the_bare_address_leads_to_the_interface() {
        let response = fetch("/admin", &[]).await;
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(header_of(&response, header::LOCATION), "/admin/");
    }

    #[tokio::test]
    async fn a_part_of_another_version_is_not_found() {
        let response = fetch("/admin/assets/index-gone.js", &[]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn hashed_files_are_kept_for_good_and_sent_compressed() {
        let Some(path) =
            Files::iter().find(|path| path.ends_with(".js.br")).map(|path| path.trim_end_matches(".br").to_owned())
        else {
            println!("skipped: the interface was left out of this build");
            return;
        };
        let address = format!("/admin/{path}");
        for (accepted, encoding) in
            [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", "")]
        {
            let response = fetch(&address, &[(header::ACCEPT_ENCODING, accepted)]).await;
            assert_eq!(header_of(&response, header::CONTENT_ENCODING), encoding, "{accepted}");
            assert_eq!(header_of(&response, header::CACHE_CONTROL), CACHE_FOREVER);
            assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
            assert_eq!(header_of(&response, header::VARY), "accept-encoding");
        }
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let tag = header_of(&fetch("/admin/", &[]).await, header::ETAG).to_owned();
        let response = fetch("/admin/", &[(header::IF_NONE_MATCH, &tag)]).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        let response = fetch("/admin/", &[(header::IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn the_page_names_only_files_that_are_there_and_no_inline_script() {
        if a_script().is_none() {
            return;
        }
        let page = Files::get(PAGE).expect("the page");
        let text = String::from_utf8(page.data.into_owned()).expect("UTF-8");
        for part in text.split(['"', '\'']).filter_map(|part| part.strip_prefix("/admin/")) {
            assert!(Files::get(part).is_some(), "{part} is named by the page and is not embedded");
        }
        assert!(!text.contains("<script>"), "the policy allows no inline script");
        assert!(
            Files::iter().all(|path| !path.starts_with(".vite") && !path.contains("mock")),
            "development files are embedded"
        );
    }
}
