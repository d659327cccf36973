//! What senders are told.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    draft::Rejected,
    limits::RETRY_AFTER_SECONDS,
    refusals::{Reason, Refusal},
};

/// Why a whole request was not taken. Nothing of it was written.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) refusal: Refusal,
    pub(super) errors: Vec<Rejected>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, refusal, errors: Vec::new() }
    }

    pub(super) fn key_missing(how: &str) -> Self {
        let refusal =
            Refusal::new(Reason::KeyMissing, "writeKey", format!("no write key came with the request; {how}"), "");
        Self::new(StatusCode::UNAUTHORIZED, refusal)
    }

    pub(super) fn key_unknown() -> Self {
        let message = "the write key is not known here, or was withdrawn; copy it anew from Settings, Keys";
        Self::new(StatusCode::UNAUTHORIZED, Refusal::new(Reason::KeyUnknown, "writeKey", message, ""))
    }

    pub(super) fn too_large(message: String) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::new(Reason::TooLarge, "", message, ""))
    }

    pub(super) fn malformed(field: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Refusal::new(Reason::BodyMalformed, field, message, ""))
    }

    pub(super) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, Refusal::new(Reason::Busy, "", message, ""))
    }

    fn title(&self) -> &'static str {
        match self.status.as_u16() {
            400 => "The request cannot be read",
            401 => "The write key is missing or unknown",
            408 => "The request took too long",
            413 => "The request is too large",
            415 => "The body is packed in an unknown way",
            422 => "No event could be taken",
            429 => "Too much at once",
            _ => "The event log cannot write",
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("type", format!("urn:suppilo:problem:{}", self.refusal.reason.code()).into());
        put("title", self.title().into());
        put("status", self.status.as_u16().into());
        put("code", self.refusal.reason.code().into());
        put("detail", self.refusal.message.clone().into());
        // Segment's Python library shows this one.
        put("message", self.refusal.message.clone().into());
        if !self.refusal.field.is_empty() {
            put("field", self.refusal.field.into());
        }
        if !self.errors.is_empty() {
            put("errors", json!(self.errors));
        }
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        response
    }
}

/// The rejected items as part of an answer that is otherwise the one the client expects.
pub(super) fn with_rejected(mut body: Value, rejected: &[Rejected], rejected_count: usize) -> Response {
    if let (false, Some(body)) = (rejected.is_empty(), body.as_object_mut()) {
        body.insert("rejected".to_owned(), json!(rejected));
        if rejected_count > rejected.len() {
            body.insert("rejected_count".to_owned(), rejected_count.into());
        }
    }
    Json(body).into_response()
}
