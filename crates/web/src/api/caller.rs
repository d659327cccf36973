//! Who sends a request: a browser with a session cookie, or a program with a secret key.

use std::sync::Arc;

use app::{Actor, App, AppError, accounts, keys};
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, Method, StatusCode, header, request::Parts};
use subtle::ConstantTimeEq as _;

use super::Problem;

/// Holds the session's token.
pub const SESSION_COOKIE: &str = "suppilo_session";
/// Repeats the session's CSRF token on every request that changes something.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// An authenticated request.
#[derive(Clone, Copy)]
pub struct Caller(pub Actor);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // Authenticated before, by a layer that needed to know who it is.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(*known);
        }
        if let Some(key) = bearer(&parts.headers) {
            return Ok(Self(keys::authenticate(app, key).await?));
        }
        let token = session_token(&parts.headers).ok_or(AppError::Unauthenticated)?;
        let login = accounts::authenticate(app, &token).await?.ok_or(AppError::Unauthenticated)?;
        check_csrf(&parts.method, &parts.headers, &login.csrf_token)?;
        Ok(Self(login.actor))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The value of the session cookie.
pub(super) fn session_token(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(cookie::Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == SESSION_COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

/// A cookie alone must not change anything: another site can make the browser send it.
pub(super) fn check_csrf(method: &Method, headers: &HeaderMap, expected: &str) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let given = headers.get(CSRF_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
    if bool::from(given.ct_eq(expected.as_bytes())) {
        return Ok(());
    }
    let detail = "the page is too old: load it again (the X-CSRF-Token header is missing or wrong)";
    Err(Problem::new(StatusCode::FORBIDDEN, "csrf", detail))
}
