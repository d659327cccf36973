//! Errors as problem+json, and the one place that chooses HTTP status codes.

use app::deals::GateReasonView;
use app::{AppError, FieldProblem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What every handler answers with.
pub type ApiResult<T> = Result<T, Problem>;

/// What went wrong, for programs (`code`) and for people (`detail`). RFC 9457.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:suppilo:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Box<str>,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Stable word.
    code: &'static str,
    /// A sentence that says what to do.
    detail: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FieldError>)]
    errors: Box<[FieldError]>,
    /// What is in the way of a deal, when a gate is shut.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<GateReasonView>, required = false)]
    reasons: Box<[GateReasonView]>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field.
    field: String,
    /// Stable word.
    code: String,
    /// A sentence that says what to do.
    message: String,
}

impl From<FieldProblem> for FieldError {
    fn from(problem: FieldProblem) -> Self {
        Self { field: problem.field, code: problem.code, message: problem.message }
    }
}

impl Problem {
    /// A problem.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:suppilo:problem:{code}").into(),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Box::default(),
            reasons: Box::default(),
            retry_after_s: None,
        }
    }

    /// Say when to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// A header is missing something; 400, for the request cannot be understood as it stands.
    pub fn header(name: &str, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let detail = format!("{name}: {message}");
        let errors = Box::new([FieldError { field: name.to_owned(), code: code.to_owned(), message }]);
        Self { errors, ..Self::new(StatusCode::BAD_REQUEST, "header", detail) }
    }

    /// One field is wrong.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        AppError::invalid(field, code, message).into()
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let detail = error.to_string();
        match error {
            AppError::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail),
            AppError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            AppError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            AppError::Invalid(problems) => {
                let errors = problems.into_iter().map(FieldError::from).collect();
                Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
            }
            AppError::Conflict { code, .. } => Self::new(StatusCode::CONFLICT, code, detail),
            AppError::GateShut(shut) => {
                let reasons = shut.reasons().into_boxed_slice();
                // What helps first: the others are in the list.
                let detail = reasons.first().map_or(detail, |first| first.text.clone());
                Self { reasons, ..Self::new(StatusCode::CONFLICT, "gate_shut", detail) }
            }
            AppError::TooMany { retry_after_s } => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail);
                Self { retry_after_s: Some(u32::try_from(retry_after_s).unwrap_or(u32::MAX)), ..problem }
            }
            AppError::Outside { code, .. } => Self::new(StatusCode::BAD_GATEWAY, code, detail),
            AppError::Store(_) | AppError::Log(_) | AppError::Internal(_) => {
                // What failed inside is for the operator's log, not for the caller.
                tracing::error!(error = detail, "a request failed");
                let detail = "something failed on our side: nothing was changed, try again in a moment";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
