//! Asking the API.

use std::sync::Arc;

use app::permission::Role;
use app::testing::TestApp;
use app::{App, keys};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use store::keys::KeyKind;
use tower::ServiceExt as _;

/// The API, as a program with a key of some role sees it.
pub struct Api {
    pub router: Router,
    pub app: Arc<App>,
    pub key: String,
}

impl Api {
    pub async fn of(test: &TestApp, role: Role) -> Self {
        let key = keys::create(&test.app, &test.owner, "test", KeyKind::Secret, role).await.unwrap().token;
        Self { router: web::build(test.app.clone(), &[]).router, app: test.app.clone(), key }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let (status, bytes) = self.raw(method, path, body).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// The answer as it is sent, a file perhaps.
    pub async fn raw(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, bytes.to_vec())
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// A page of the public site.
    pub async fn page(&self, path: &str) -> (StatusCode, String) {
        let request =
            Request::builder().uri(path).header(header::USER_AGENT, "Mozilla/5.0").body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap().replace('\u{a0}', " "))
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, Some(body)).await
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
