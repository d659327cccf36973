//! The `Idempotency-Key` header: a changing request that is sent twice with one key is carried out once.
//!
//! Follows draft-ietf-httpapi-idempotency-key-header. One layer around all of the API; no handler knows of it.
//!
//! - Whose key: of the user, or of the secret key, that sends it. Logging in and the first run have nobody yet and
//!   take no notice of the header.
//! - The same request is the same method, path, query and body, byte for byte.
//! - An answer is kept for 24 hours and given again with `Idempotency-Replayed: true`. Not kept, so that the same key
//!   may be tried again, are 401, 403, 408, 429 and 5xx: nothing was done, and what helps lies outside the request.
//! - Of an answer that is longer than [`KEPT_BYTES_MAX`], no text, a stream, or holds a secret, only the status is
//!   kept: a repeat is told that the work is done, and is never carried out again.
//! - With a key, work goes on to its end when the caller hangs up: that caller is the one who will ask again.
//! - Uploads refuse the header: their bodies stream through to the disk, so that the body cannot be compared before
//!   the work begins. A file sent twice is two files, of which one can be removed.
//! - `POST /api/v1/events` has `message_id` in each event instead.

use std::sync::Arc;
use std::time::Duration;

use app::idempotency::{self, Answer, Begun, Fingerprint};
use app::{App, AppError};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use store::idempotency::Lease;
use tracing::Instrument as _;

use super::{Caller, Problem};

/// As the caller writes it.
pub(super) const KEY_HEADER: &str = "idempotency-key";
/// Says that an answer was given before.
const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, characters.
pub(super) const KEY_CHARS_MAX: usize = 255;
/// Longest kept answer, bytes of its body.
const KEPT_BYTES_MAX: u64 = 256 * 1024;
/// How long the work of such a request may take. The answer to it must come before the general limit of a request
/// cuts it off, and long before the lease ends.
const WORK_MAX: Duration = Duration::from_secs(50);
/// When to ask again for a request that is being carried out, seconds.
const IN_PROGRESS_RETRY_S: u32 = 2;

/// Nobody is known yet, or the answer is a cookie.
const WITHOUT_CALLER: [&str; 2] = ["/api/v1/session", "/api/v1/setup"];
/// Their bodies are not read before the work begins.
const UPLOADS: [&str; 3] = ["/api/v1/activities/upload", "/api/v1/files/upload", "/api/v1/imports/upload"];
/// Their answers show a secret once, and the database must not hold it.
const SECRET_ANSWERS: [&str; 1] = ["/api/v1/keys"];

/// What the header means to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing: it changes nothing, or nobody is known.
    None,
    /// It is refused.
    Refused,
    /// It is kept.
    Kept,
}

/// What the header means to a method and a path.
pub(super) fn scope(method: &Method, path: &str) -> Scope {
    let is_changing = matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    if !is_changing || WITHOUT_CALLER.contains(&path) {
        Scope::None
    } else if UPLOADS.contains(&path) {
        Scope::Refused
    } else {
        Scope::Kept
    }
}

/// The layer.
pub(super) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(KEY_HEADER) {
        return next.run(request).await;
    }
    match scope(request.method(), request.uri().path()) {
        Scope::None => next.run(request).await,
        Scope::Refused => {
            let message = "an upload cannot be repeated by its key: send it without, and remove what came in twice";
            Problem::header("Idempotency-Key", "not_supported", message).into_response()
        }
        Scope::Kept => with_key(app, request, next).await.unwrap_or_else(Problem::into_response),
    }
}

async fn with_key(app: Arc<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let caller = Caller::from_request_parts(&mut parts, &app).await?;
    let body = read(&parts, body).await?;
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |target| target.as_str());
    let fingerprint = Fingerprint { method: parts.method.as_str(), target, body: &body };
    match idempotency::begin(&app, &caller.0, &key, &fingerprint).await? {
        Begun::CarryOut(lease) => {
            parts.extensions.insert(caller);
            // A task of its own: when the caller hangs up, the work and the keeping of its answer go on.
            let work = carry_out(app, lease, parts, body, next).in_current_span();
            let ended = tokio::spawn(work).await;
            ended.map_err(|error| AppError::Internal(format!("a request ended early: {error}")).into())
        }
        Begun::Answered(answer) => Ok(replay(answer)),
        Begun::AnswerNotKept { status } => {
            let detail = format!(
                "this was carried out before, with the status {status}, and its answer was not kept: look up what \
                 became of it"
            );
            Err(Problem::new(StatusCode::CONFLICT, "idempotency_answer_not_kept", detail))
        }
        Begun::InProgress => {
            let detail = "the first request with this Idempotency-Key is being carried out: ask again in a moment";
            let problem = Problem::new(StatusCode::CONFLICT, "idempotency_in_progress", detail);
            Err(problem.retry_after(IN_PROGRESS_RETRY_S))
        }
        Begun::OtherRequest => {
            let detail = "this Idempotency-Key was used for another request: take a new key for a new request";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail))
        }
    }
}

/// The key. The draft writes it as a quoted string; most clients send it bare. Both are the same key.
fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let wrong = |code, message: &str| Problem::header("Idempotency-Key", code, message);
    let mut values = headers.get_all(KEY_HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(wrong("repeated", "send it once"));
    };
    let is_printable = value.as_bytes().iter().all(|byte| (0x20..=0x7e).contains(byte));
    let text = value.to_str().ok().filter(|_| is_printable);
    let text = text.ok_or_else(|| wrong("shape", "only printable ASCII characters may stand in it"))?.trim();
    let key = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        return Err(wrong("length", &format!("it has 1 to {KEY_CHARS_MAX} characters; a random UUID is best")));
    }
    Ok(key.to_owned())
}

/// The whole body, under the limit that handlers have.
async fn read(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let request = Request::from_parts(parts.clone(), body);
    let read = Bytes::from_request(request, &()).await;
    read.map_err(|error| Problem::new(error.status(), "body", error.body_text()))
}

/// Let the handler work, and keep what it says.
async fn carry_out(app: Arc<App>, lease: Lease, parts: Parts, body: Bytes, next: Next) -> Response {
    let may_keep = !SECRET_ANSWERS.contains(&parts.uri.path());
    let request = Request::from_parts(parts, Body::from(body));
    // A task of its own: a handler that panics must give the key back all the same.
    let work = tokio::spawn(async move { tokio::time::timeout(WORK_MAX, next.run(request)).await }.in_current_span());
    let response = match work.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            let detail = "this took too long and was given up: try again in a moment";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", detail).into_response()
        }
        Err(error) => Problem::from(AppError::Internal(format!("a handler panicked: {error}"))).into_response(),
    };
    if !is_final(response.status()) {
        // What cannot be given back now is free when the lease ends.
        if let Err(error) = idempotency::release(&app, &lease).await {
            tracing::error!(%error, "an Idempotency-Key could not be given back");
        }
        return response;
    }
    let (response, answer) = if may_keep { split(response).await } else { (response, None) };
    let answer = answer.as_ref().ok_or(response.status().as_u16());
    if let Err(error) = idempotency::keep(&app, &lease, answer).await {
        tracing::error!(%error, "the answer to a request with an Idempotency-Key could not be kept");
    }
    response
}

/// Whether the same request would be answered the same.
fn is_final(status: StatusCode) -> bool {
    let is_passing = matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
    );
    !is_passing && !status.is_server_error()
}

/// The answer as it is, and what to keep of it: `None` where it is a stream, too long, no text, or a login.
async fn split(response: Response) -> (Response, Option<Answer>) {
    let is_short = response.body().size_hint().exact().is_some_and(|bytes| bytes <= KEPT_BYTES_MAX);
    let headers = kept_headers(response.headers());
    let (true, Some(headers)) = (is_short, headers) else { return (response, None) };
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // PostgreSQL keeps no zero characters in text.
    let text = str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0')).map(str::to_owned);
    let answer = text.map(|body| Answer { status: parts.status.as_u16(), headers, body });
    (Response::from_parts(parts, Body::from(bytes)), answer)
}

/// All that the handler has set: a page without its Content-Security-Policy would be another answer.
fn kept_headers(headers: &HeaderMap) -> Option<Vec<(String, String)>> {
    if headers.contains_key(header::SET_COOKIE) {
        return None;
    }
    let all = headers.iter().filter(|(name, _)| **name != header::CONTENT_LENGTH);
    all.map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}

fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Body::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.clear();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    headers.insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    response
}

const _: () = assert!(
    WORK_MAX.as_millis() * 2 < idempotency::LEASE_MS as u128,
    "the lease must outlive the work and the keeping of its answer"
);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use app::permission::Role;
    use app::{keys, testing};
    use axum::Router;
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;

    /// Fails in every way that leaves nothing behind, then does its work.
    async fn stumbles(State(called): State<Arc<AtomicUsize>>) -> Response {
        match called.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("a handler may panic"),
            1 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            2 => StatusCode::TOO_MANY_REQUESTS.into_response(),
            3 => StatusCode::FORBIDDEN.into_response(),
            _ => (StatusCode::CREATED, [(header::LOCATION, "/made")], "made").into_response(),
        }
    }

    async fn logs_in() -> Response {
        ([(header::SET_COOKIE, "a=b")], "hello").into_response()
    }

    #[tokio::test]
    async fn what_left_nothing_behind_may_be_tried_again() {
        let test = testing::sqlite().await;
        let key = keys::create(&test.app, &test.owner, "k", store::keys::KeyKind::Secret, Role::Admin).await.unwrap();
        let called = Arc::new(AtomicUsize::new(0));
        let router = Router::new()
            .route("/api/v1/stumbles", post(stumbles))
            .route("/api/v1/logs-in", post(logs_in))
            .route_layer(axum::middleware::from_fn_with_state(test.app.clone(), once))
            .with_state(called.clone());
        let send = async |path: &str| {
            let request = Request::post(path)
                .header(header::AUTHORIZATION, format!("Bearer {}", key.token))
                .header(KEY_HEADER, "k")
                .body(Body::empty())
                .unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        for expected in [500, 500, 429, 403, 201, 201, 201] {
            assert_eq!(send("/api/v1/stumbles").await.status().as_u16(), expected);
        }
        assert_eq!(called.load(Ordering::SeqCst), 5, "the last two were answered from what was kept");
        let again = send("/api/v1/stumbles").await;
        assert_eq!(
            (&again.headers()[REPLAYED_HEADER], &again.headers()[header::LOCATION]),
            (&"true".parse().unwrap(), &"/made".parse().unwrap())
        );

        let key_used = send("/api/v1/logs-in").await;
        assert_eq!(key_used.status(), StatusCode::UNPROCESSABLE_ENTITY, "one key is one request");
    }

    #[tokio::test]
    async fn a_login_is_never_kept() {
        let response = logs_in().await;
        let (response, answer) = split(response).await;
        assert_eq!((response.status(), answer), (StatusCode::OK, None));
    }
}
