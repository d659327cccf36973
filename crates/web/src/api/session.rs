//! `/api/v1/session` and `/api/v1/setup`: logging in and out, and the first run.

use std::sync::Arc;

use app::accounts::{self, Login, Setup, UserView};
use app::{App, AppError};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::caller::{check_csrf, session_token};
use super::{ApiResult, Body, Problem, SESSION_COOKIE};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(get, create, delete)).routes(routes!(set_up))
}

/// Where the admin interface stands before it shows anything.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionView {
    /// Nobody has set the company up yet.
    setup_required: bool,
    /// Who is logged in.
    #[schema(required)]
    user: Option<UserView>,
    /// To repeat in `X-CSRF-Token` on every request that changes something.
    #[schema(required)]
    csrf_token: Option<String>,
    /// What the interface needs of the company's settings.
    #[schema(required)]
    company: Option<CompanyView>,
}

/// What the interface needs of the company's settings.
#[derive(Serialize, utoipa::ToSchema)]
struct CompanyView {
    name: String,
    currency: base::Currency,
    timezone: String,
    locales: Vec<base::Locale>,
    base_url: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
}

type WithCookie = ([(HeaderName, String); 1], Json<SessionView>);

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    operation_id = "get_session", responses((status = 200, body = SessionView)))]
async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> ApiResult<Json<SessionView>> {
    let login = match session_token(&headers) {
        Some(token) => accounts::authenticate(&app, &token).await?,
        None => None,
    };
    let Some(login) = login else {
        let setup_required = accounts::is_setup_required(&app).await?;
        return Ok(Json(SessionView { setup_required, user: None, csrf_token: None, company: None }));
    };
    Ok(Json(view(&app, login.user, login.csrf_token)))
}

/// Log in.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "log_in", request_body = Credentials,
    responses((status = 200, body = SessionView), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn create(State(app): State<Arc<App>>, Body(request): Body<Credentials>) -> ApiResult<WithCookie> {
    let login = accounts::log_in(&app, &request.email, &request.password).await?;
    Ok(with_cookie(&app, login))
}

/// Log out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    operation_id = "log_out", responses((status = 204)))]
async fn delete(State(app): State<Arc<App>>, headers: HeaderMap) -> ApiResult<(StatusCode, [(HeaderName, String); 1])> {
    let token = session_token(&headers).ok_or(AppError::Unauthenticated)?;
    let login = accounts::authenticate(&app, &token).await?.ok_or(AppError::Unauthenticated)?;
    check_csrf(&Method::DELETE, &headers, &login.csrf_token)?;
    accounts::log_out(&app, &login).await?;
    let gone = Cookie::build((SESSION_COOKIE, "")).path("/").removal().build();
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone.to_string())]))
}

/// The first run: create the owner and the company.
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", operation_id = "set_up", request_body = Setup,
    responses((status = 200, body = SessionView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn set_up(State(app): State<Arc<App>>, Body(request): Body<Setup>) -> ApiResult<WithCookie> {
    let login = accounts::set_up(&app, request).await?;
    Ok(with_cookie(&app, login))
}

fn with_cookie(app: &App, login: Login) -> WithCookie {
    let is_https = app.company().base_url.starts_with("https:");
    // Lax: a link in a mail to a deal opens it logged in; changes need the CSRF token anyhow.
    let cookie = Cookie::build((SESSION_COOKIE, login.token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_https)
        .max_age(cookie::time::Duration::days(30))
        .build();
    ([(header::SET_COOKIE, cookie.to_string())], Json(view(app, login.user, login.csrf_token)))
}

fn view(app: &App, user: UserView, csrf_token: String) -> SessionView {
    let company = app.company();
    let company = CompanyView {
        name: company.name.clone(),
        currency: company.currency,
        timezone: company.timezone.clone(),
        locales: company.locales.clone(),
        base_url: company.base_url.clone(),
    };
    SessionView { setup_required: false, user: Some(user), csrf_token: Some(csrf_token), company: Some(company) }
}
