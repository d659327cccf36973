//! A changing request sent twice with one `Idempotency-Key` is carried out once.

use app::permission::Role;
use app::testing::{self, TestApp};
use app::{accounts, idempotency as kept, keys};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use store::keys::KeyKind;
use tower::ServiceExt as _;

struct Api {
    router: Router,
    key: String,
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    fn is_replayed(&self) -> bool {
        self.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
    }
}

impl Api {
    async fn of(test: &TestApp) -> Self {
        let router = web::build(test.app.clone(), &[]).router;
        Self { router, key: secret_key(test, Role::Admin).await }
    }

    /// The same program, asked by another.
    async fn of_another(&self, test: &TestApp, role: Role) -> Self {
        Self { router: self.router.clone(), key: secret_key(test, role).await }
    }

    fn request(&self, method: &Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
    }

    async fn answer(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 8 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answered { status: parts.status, headers: parts.headers, text }
    }

    async fn send(&self, method: Method, path: &str, key: &str, body: &Value) -> Answered {
        let request = self.request(&method, path).header("Idempotency-Key", key);
        self.answer(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Answered {
        self.send(Method::POST, path, key, body).await
    }

    async fn count(&self, path: &str) -> u64 {
        let request = self.request(&Method::GET, path).body(Body::empty()).unwrap();
        let listed = self.answer(request).await.json();
        listed["total"].as_u64().unwrap_or_else(|| listed["items"].as_array().map_or(0, |items| items.len() as u64))
    }
}

async fn secret_key(test: &TestApp, role: Role) -> String {
    keys::create(&test.app, &test.owner, "test", KeyKind::Secret, role).await.unwrap().token
}

fn kari() -> Value {
    json!({"first_name": "Kari"})
}

#[tokio::test]
async fn a_contact_created_twice_with_one_key_is_one_contact() {
    for test in testing::all().await {
        let api = Api::of(&test).await;
        let first = api.post("/contacts", "k-1", &kari()).await;
        assert_eq!((first.status, first.is_replayed()), (StatusCode::CREATED, false), "{}", test.name);
        let second = api.post("/contacts", "k-1", &kari()).await;
        assert_eq!((second.status, second.is_replayed()), (StatusCode::CREATED, true));
        assert_eq!(second.text, first.text);
        assert_eq!(second.headers.get(header::CONTENT_TYPE), first.headers.get(header::CONTENT_TYPE));
        // As the draft writes it.
        assert!(api.post("/contacts", "\"k-1\"", &kari()).await.is_replayed());
        assert_eq!(api.count("/contacts").await, 1, "{}", test.name);

        let other_body = api.post("/contacts", "k-1", &json!({"first_name": "Ola"})).await;
        assert_eq!(
            (other_body.status, other_body.code().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")
        );
        let id = first.json()["id"].as_str().unwrap().to_owned();
        let other_path = api.send(Method::DELETE, &format!("/contacts/{id}"), "k-1", &Value::Null).await;
        assert_eq!(other_path.code(), "idempotency_key_reused");
        assert_eq!(api.count("/contacts").await, 1);

        let of_another = api.of_another(&test, Role::Admin).await.post("/contacts", "k-1", &kari()).await;
        assert_eq!((of_another.status, of_another.is_replayed()), (StatusCode::CREATED, false), "another's key");
        test.clock.advance_ms(kept::ANSWERS_KEPT_MS + 1);
        assert!(
            !api.post("/contacts", "k-1", &kari()).await.is_replayed(),
            "{}: a day later it is forgotten",
            test.name
        );
        assert_eq!(api.count("/contacts").await, 3);
    }
}

#[tokio::test]
async fn an_order_is_paid_once_and_a_deletion_answers_alike() {
    for test in testing::all().await {
        let api = Api::of(&test).await;
        let offer = json!({"is_published": true, "document": {"slug": "kit", "name": "Kit",
            "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500}});
        let made = api.post("/offers", "offer", &offer).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        // Without its key the second would be refused: the slug is taken.
        assert!(api.post("/offers", "offer", &offer).await.is_replayed());
        let order = app::orders::OfferOrder {
            offer: "kit".to_owned(),
            quantity: 1,
            buyer: serde_json::from_value(json!({"name": "Kari", "email": "kari@example.no"})).unwrap(),
            locale: "nb".parse().unwrap(),
            consents: Vec::new(),
            channel: String::new(),
            origin: "/o/kit".to_owned(),
            visitor: None,
            form_token: None,
        };
        let placed = app::orders::place(&test.app, order).await.unwrap();
        let path = format!("/orders/{}/status", placed.order.order.id);
        let paid = api.post(&path, "pay", &json!({"status": "paid"})).await;
        assert_eq!(paid.status, StatusCode::OK, "{}", paid.text);
        let again = api.post(&path, "pay", &json!({"status": "paid"})).await;
        assert_eq!((again.is_replayed(), &again.text), (true, &paid.text), "{}", test.name);
        let contact = api.post("/contacts", "c", &kari()).await.json();
        let path = format!("/contacts/{}", contact["id"].as_str().unwrap());
        for is_replayed in [false, true] {
            let gone = api.send(Method::DELETE, &path, "gone", &Value::Null).await;
            assert_eq!((gone.status, gone.is_replayed()), (StatusCode::NO_CONTENT, is_replayed));
        }
    }
}

#[tokio::test]
async fn of_equal_requests_at_once_one_does_the_work() {
    const AT_ONCE: usize = 8;
    for test in testing::all().await {
        let api = std::sync::Arc::new(Api::of(&test).await);
        let asked: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let api = api.clone();
                tokio::spawn(async move { api.post("/contacts", "same", &kari()).await })
            })
            .collect();
        let mut worked = 0;
        for one in asked {
            let answer = one.await.unwrap();
            if answer.status == StatusCode::CREATED {
                worked += usize::from(!answer.is_replayed());
            } else {
                assert_eq!(answer.code(), "idempotency_in_progress", "{}", answer.text);
                assert!(answer.headers.contains_key(header::RETRY_AFTER));
            }
        }
        assert_eq!((worked, api.count("/contacts").await), (1, 1), "{}", test.name);
        assert!(api.post("/contacts", "same", &kari()).await.is_replayed());
    }
}

#[tokio::test]
async fn work_goes_on_when_the_caller_hangs_up() {
    let test = testing::sqlite().await;
    let api = Api::of(&test).await;
    let request = api.request(&Method::POST, "/contacts").header("Idempotency-Key", "left");
    let request = request.body(Body::from(kari().to_string())).unwrap();
    let mut asked = Box::pin(api.router.clone().oneshot(request));
    // Polled until the work has begun, then dropped as a server does with a closed connection.
    while api.count("/contacts").await == 0 {
        if futures::poll!(&mut asked).is_ready() {
            break;
        }
    }
    drop(asked);
    let mut again = api.post("/contacts", "left", &kari()).await;
    while again.code() == "idempotency_in_progress" {
        tokio::task::yield_now().await;
        again = api.post("/contacts", "left", &kari()).await;
    }
    assert_eq!((again.status, again.is_replayed()), (StatusCode::CREATED, true));
    assert_eq!(api.count("/contacts").await, 1);
}

#[tokio::test]
async fn a_key_whose_program_died_is_free_after_its_lease() {
    for test in testing::all().await {
        let api = Api::of(&test).await;
        let login = accounts::log_in(&test.app, "owner@example.com", testing::PASSWORD).await.unwrap();
        let body = kari().to_string();
        let fingerprint = kept::Fingerprint { method: "POST", target: "/api/v1/contacts", body: body.as_bytes() };
        // A program that claimed the key and was killed.
        let begun = kept::begin(&test.app, &test.owner, "dead", &fingerprint).await.unwrap();
        assert!(matches!(begun, kept::Begun::CarryOut(_)));
        let send = || {
            let request = Request::post("/api/v1/contacts")
                .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token))
                .header("x-csrf-token", &login.csrf_token)
                .header(header::CONTENT_TYPE, "application/json")
                .header("Idempotency-Key", "dead");
            api.answer(request.body(Body::from(body.clone())).unwrap())
        };
        let waiting = send().await;
        assert_eq!((waiting.status, waiting.code().as_str()), (StatusCode::CONFLICT, "idempotency_in_progress"));
        test.clock.advance_ms(kept::LEASE_MS);
        assert_eq!(send().await.status, StatusCode::CREATED, "{}", test.name);
        assert!(send().await.is_replayed());
    }
}

#[tokio::test]
async fn refusals_are_kept_where_the_same_request_would_be_refused_again() {
    let test = testing::sqlite().await;
    let api = Api::of(&test).await;
    for is_replayed in [false, true] {
        let answer = api.post("/contacts", "wrong", &json!({"email": "x"})).await;
        assert_eq!((answer.status, answer.is_replayed()), (StatusCode::UNPROCESSABLE_ENTITY, is_replayed));
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    }
    let viewer = api.of_another(&test, Role::Viewer).await;
    for _ in 0..2 {
        let answer = viewer.post("/contacts", "later", &kari()).await;
        assert_eq!((answer.status, answer.is_replayed()), (StatusCode::FORBIDDEN, false));
    }
    let nobody = Api { router: api.router.clone(), key: "sk_wrong".to_owned() };
    assert_eq!(nobody.post("/contacts", "k", &kari()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_a_long_answer_is_not_kept() {
    let test = testing::sqlite().await;
    let login = accounts::log_in(&test.app, "owner@example.com", testing::PASSWORD).await.unwrap();
    let api = Api::of(&test).await;
    let send = || {
        let request = Request::post("/api/v1/keys")
            .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token))
            .header("x-csrf-token", &login.csrf_token)
            .header(header::CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", "once");
        api.answer(request.body(Body::from(json!({"name": "a", "kind": "write"}).to_string())).unwrap())
    };
    assert_eq!(send().await.status, StatusCode::CREATED);
    let again = send().await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "idempotency_answer_not_kept"));

    // A preview long enough that only its status is kept.
    let blocks: Vec<Value> = (0..190)
        .map(|index| json!({"type": "Hero", "props": {"id": format!("h{index}"), "heading": "x".repeat(2_000)}}))
        .collect();
    let long = json!({"doc": {"root": {"props": {}}, "content": blocks, "zones": {}}});
    let first = api.post("/pages/preview", "long", &long).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert!(first.text.len() > 256 * 1024, "{} bytes are not long", first.text.len());
    assert_eq!(api.post("/pages/preview", "long", &long).await.code(), "idempotency_answer_not_kept");

    let short = json!({"doc": {"root": {"props": {}}, "content": [], "zones": {}}});
    let first = api.post("/pages/preview", "short", &short).await;
    let again = api.post("/pages/preview", "short", &short).await;
    assert_eq!((again.is_replayed(), &again.text), (true, &first.text));
    let policy = again.headers.get(header::CONTENT_SECURITY_POLICY);
    assert!(policy.is_some() && policy == first.headers.get(header::CONTENT_SECURITY_POLICY));
}

#[tokio::test]
async fn a_header_that_is_no_key_is_refused_by_its_name() {
    let test = testing::sqlite().await;
    let api = Api::of(&test).await;
    let longest = "k".repeat(255);
    assert_eq!(api.post("/contacts", &longest, &kari()).await.status, StatusCode::CREATED);
    for key in [String::new(), "\"\"".to_owned(), "k".repeat(256), "nøkkel".to_owned(), "a\tb".to_owned()] {
        let answer = api.post("/contacts", &key, &kari()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key:?}");
        assert_eq!(answer.json()["errors"][0]["field"], "Idempotency-Key", "{}", answer.text);
    }
    let twice = api.request(&Method::POST, "/contacts").header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    let answer = api.answer(twice.body(Body::from(kari().to_string())).unwrap()).await;
    assert_eq!(answer.json()["errors"][0]["code"], "repeated");
    for path in ["/files/upload", "/imports/upload"] {
        let answer = api.post(path, "k", &kari()).await;
        assert_eq!(
            (answer.status, answer.json()["errors"][0]["code"].clone()),
            (StatusCode::BAD_REQUEST, json!("not_supported"))
        );
    }
    // Reads take no notice of it, and nobody is known yet where a session begins.
    let get = api.send(Method::GET, "/contacts", "", &Value::Null).await;
    assert_eq!(get.status, StatusCode::OK);
    let credentials = json!({"email": "owner@example.com", "password": testing::PASSWORD});
    for _ in 0..2 {
        let login = api.post("/session", "login", &credentials).await;
        assert_eq!((login.status, login.is_replayed()), (StatusCode::OK, false));
    }
    assert_eq!(api.count("/contacts").await, 1);
    let long = Body::from(vec![b' '; web::api::BODY_BYTES_MAX + 1]);
    let request = api.request(&Method::POST, "/contacts").header("Idempotency-Key", "big").body(long).unwrap();
    assert_eq!(api.answer(request).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
