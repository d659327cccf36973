//! Requests read strictly: what does not fit is answered with the field that is wrong.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use super::Problem;

/// A JSON body of a known shape.
pub struct Body<T>(pub T);

/// The parameters after the question mark.
pub struct Query<T>(pub T);

/// The variable parts of the path: typed ids.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(error)) => {
                let (field, reason) = field_of(&error.body_text());
                Err(Problem::field(&field, "shape", reason))
            }
            Err(JsonRejection::JsonSyntaxError(error)) => {
                Err(Problem::new(StatusCode::BAD_REQUEST, "not_json", error.body_text()))
            }
            Err(JsonRejection::MissingJsonContentType(_)) => {
                let detail = "send JSON with the header Content-Type: application/json";
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail))
            }
            Err(other) => Err(Problem::new(other.status(), "body", other.body_text())),
        }
    }
}

/// `Failed to deserialize the JSON body into the target type: steps[0].event: missing field …` names
/// its field after the first colon.
fn field_of(text: &str) -> (String, String) {
    let rest = text.split_once("target type: ").map_or(text, |(_, rest)| rest);
    match rest.split_once(": ") {
        Some((field, reason)) if !field.contains(' ') => (field.to_owned(), reason.to_owned()),
        _ => ("body".to_owned(), rest.to_owned()),
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                let (field, reason) = field_of(&error.body_text());
                Err(Problem::field(&field, "shape", reason))
            }
            Err(other) => Err(Problem::new(other.status(), "query", other.body_text())),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => match error.into_kind() {
                ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
                    Err(Problem::field(&key, "shape", format!("this should be a {expected_type}")))
                }
                ErrorKind::DeserializeError { key, message, .. } => Err(Problem::field(&key, "shape", message)),
                ErrorKind::Message(message) => Err(Problem::field("id", "shape", message)),
                other => Err(Problem::new(StatusCode::BAD_REQUEST, "path", other.to_string())),
            },
            Err(other) => Err(Problem::new(other.status(), "path", other.body_text())),
        }
    }
}
