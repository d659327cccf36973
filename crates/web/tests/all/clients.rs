//! Real clients, unmodified, as processes of their own, against ingestion over a real log.
//!
//! Node from PATH with `tests/clients/node/node_modules`; Python from `SUPPILO_PYTHON`, else `.venv/bin/python`
//! with `tests/requirements.txt`. Where one is missing its tests say so and pass, but not under `CI=true`.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use base::{Clock, OsRandom, SystemClock};
use events::{EventLog, LocalLog, Options, PersonKey, Position, StoredEvent};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::oneshot,
};
use web::ingest::{Ingest, WriteKeys, router};

const KEY: &str = "wk_clients";

struct Keys;

impl WriteKeys for Keys {
    fn admits(&self, key: &str) -> bool {
        key == KEY
    }
}

/// Answers that stand in the way of the first requests, as a busy or failing server gives them.
type Faults = Arc<Mutex<Vec<Fault>>>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// 429 with Retry-After, nothing written.
    Busy,
    /// 503, nothing written.
    Unavailable,
    /// Written, and the answer is lost: the client hears 503 and sends all of it again.
    AnswerLost,
}

struct Server {
    url: String,
    log: Arc<LocalLog>,
    requests: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(faults: &[Fault]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let log = Arc::new(LocalLog::open(folder.path(), Options::default(), clock.clone()).unwrap());
        let ingest = Ingest::new(log.clone(), Arc::new(Keys), clock, Arc::new(OsRandom));
        let faults: Faults = Arc::new(Mutex::new(faults.iter().rev().copied().collect()));
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        let faulty = middleware::from_fn(move |request: Request, next: Next| {
            counted.fetch_add(1, Ordering::SeqCst);
            meddle(faults.clone(), request, next)
        });
        let app: Router = router(Arc::new(ingest)).layer(faulty);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let serve = axum::serve(listener, app).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            serve.await.unwrap();
        });
        Self { url, log, requests, stop: Some(stop), _folder: folder }
    }

    async fn events(&self) -> Vec<StoredEvent> {
        self.log.read_after(Position(0), 10_000).await.unwrap()
    }

    fn person(&self, key: &str) -> Option<u32> {
        self.log.person(&PersonKey::parse(key).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

async fn meddle(faults: Faults, request: Request, next: Next) -> Response {
    // Questions for flags and settings carry no events.
    let carries_events = ["batch", "events"].iter().any(|word| request.uri().path().contains(word));
    let fault = if carries_events { faults.lock().unwrap().pop() } else { None };
    match fault {
        None => next.run(request).await,
        Some(Fault::Busy) => {
            let retry = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::TOO_MANY_REQUESTS, retry, "busy").into_response()
        }
        Some(Fault::Unavailable) => (StatusCode::SERVICE_UNAVAILABLE, "no").into_response(),
        Some(Fault::AnswerLost) => {
            assert!(next.run(request).await.status().is_success());
            (StatusCode::SERVICE_UNAVAILABLE, "lost").into_response()
        }
    }
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Skip, or fail where everything must be there.
fn missing(what: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{what}");
    println!("skipped: {what}");
}

fn node(script: &str) -> Option<Command> {
    let folder = repository().join("tests/clients/node");
    if !folder.join("node_modules").exists() {
        missing("the Node clients are not installed; run: npm ci --prefix tests/clients/node");
        return None;
    }
    let mut command = Command::new("node");
    command.arg(folder.join(script));
    Some(command)
}

fn python(script: &str) -> Option<Command> {
    let python = std::env::var_os("SUPPILO_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| repository().join(".venv/bin/python"));
    let has_libraries = std::process::Command::new(&python)
        .args(["-c", "import posthog, segment.analytics"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_libraries {
        missing(
            "the Python clients are not installed; run: python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt",
        );
        return None;
    }
    let mut command = Command::new(python);
    command.arg(repository().join("tests/clients/python").join(script));
    Some(command)
}

/// Run a client to its end; what it says that it sent.
async fn run(mut client: Command, server: &Server, name: &str, more: &[&str]) -> Value {
    client.args([&server.url, KEY, name]).args(more).kill_on_drop(true);
    let output = client.output().await.unwrap();
    let (told, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {complaints}");
    let line = told.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error} in {told}\n{complaints}"))
}

fn props(event: &StoredEvent) -> Value {
    serde_json::from_str(&event.event.props).unwrap()
}

/// The first event of a name.
fn find<'e>(events: &'e [StoredEvent], name: &str) -> &'e StoredEvent {
    events.iter().find(|event| event.event.name == name).unwrap_or_else(|| panic!("no {name} in {events:#?}"))
}

/// What holds for each client: everything came, once, with what it carried, and is one person.
async fn check_common(server: &Server, told: &Value, count: usize) -> Vec<StoredEvent> {
    assert_eq!(told["errors"], serde_json::json!([]), "{told}");
    let events = server.events().await;
    assert_eq!(Some(events.len() as u64), told["sent"].as_u64(), "{events:#?}");
    let counted: Vec<&StoredEvent> = events.iter().filter(|event| event.event.name == "Counted").collect();
    let numbers: HashSet<u64> = counted.iter().filter_map(|event| props(event)["number"].as_u64()).collect();
    assert_eq!((counted.len(), numbers.len()), (count, count), "nothing lost, nothing doubled");
    let ids: HashSet<&str> = events.iter().map(|event| event.event.message_id.as_str()).collect();
    assert_eq!(ids.len(), events.len());

    let order = find(&events, "Order Completed");
    assert_eq!(order.event.at.to_string(), "2026-03-01T08:30:00.250Z", "history keeps its moment");
    assert_eq!((&props(order)["total"], &props(order)["title"]), (&990.into(), &"Smil 😀 æøå".into()));
    let run = told["userId"].as_str().unwrap().strip_suffix("-user").unwrap();
    assert_eq!(order.event.person.as_str(), format!("user:{run}-user"));
    let person = server.person(&format!("user:{run}-user"));
    assert!(person.is_some());
    assert_eq!(server.person(find(&events, "Page Viewed").event.person.as_str()), person, "the browser joined");
    assert_eq!(server.person(&format!("user:{run}-old")), person, "the alias joined");
    assert!(events.iter().all(|event| event.person == person.unwrap()));
    let group = props(find(&events, "Group Joined"));
    assert_eq!((&group["group_id"], &group["name"]), (&format!("{run}-company").into(), &"Klinikk AS".into()));
    let mut traits = events.iter().filter_map(|event| event.event.person_props.as_deref());
    assert!(traits.any(|traits| traits.contains("Kari@Example.no")), "{events:#?}");
    events
}

fn check_segment(events: &[StoredEvent]) {
    let page = props(find(events, "Page Viewed"));
    assert_eq!(page["url"], "https://klinikk.no/?utm_source=google&utm_medium=cpc", "the click id needs consent");
    assert_eq!((&page["channel"], &page["name"]), (&"google-ads".into(), &"Home".into()));
    assert_eq!((&page["utm_medium"], page.get("gclid")), (&"cpc".into(), None));
    let product = find(events, "Product Viewed");
    assert_eq!(props(product), serde_json::json!({"sku": "W-1", "price": 129.5}));
    assert!(product.event.person.is_anonymous());
    assert!(find(events, "Order Completed").event.message_id.ends_with("-order"));
}

fn check_posthog(events: &[StoredEvent], told: &Value) {
    let page = props(find(events, "Page Viewed"));
    assert_eq!((&page["channel"], &page["path"]), (&"email".into(), &"/".into()));
    let uuids: HashSet<&str> = told["uuids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let counted = events.iter().filter(|event| event.event.name == "Counted");
    let ids: HashSet<&str> = counted.map(|event| event.event.message_id.as_str()).collect();
    assert_eq!(ids, uuids, "the uuid is the message id");
}

#[tokio::test]
async fn segment_for_node() {
    let Some(client) = node("segment.js") else { return };
    let server = Server::start(&[]).await;
    let told = run(client, &server, "sn", &[]).await;
    check_segment(&check_common(&server, &told, 20).await);
}

#[tokio::test]
async fn segment_for_python() {
    let Some(client) = python("segment_client.py") else { return };
    let server = Server::start(&[]).await;
    let told = run(client, &server, "sp", &[]).await;
    check_segment(&check_common(&server, &told, 20).await);
}

#[tokio::test]
async fn posthog_for_node() {
    let Some(client) = node("posthog.js") else { return };
    let server = Server::start(&[]).await;
    let told = run(client, &server, "pn", &[]).await;
    check_posthog(&check_common(&server, &told, 20).await, &told);
    assert_eq!(told["flags"], serde_json::json!({}));
}

#[tokio::test]
async fn posthog_for_python() {
    let Some(client) = python("posthog_client.py") else { return };
    let server = Server::start(&[]).await;
    let told = run(client, &server, "pp", &[]).await;
    check_posthog(&check_common(&server, &told, 20).await, &told);
}

#[tokio::test]
async fn posthog_for_python_in_its_newer_protocol() {
    let Some(client) = python("posthog_client.py") else { return };
    let server = Server::start(&[]).await;
    let told = run(client, &server, "pv", &["20", "v1"]).await;
    check_posthog(&check_common(&server, &told, 20).await, &told);
}

/// Each client meets a busy server, a failing one, and one whose answer is lost after it wrote.
async fn comes_back(client: Option<Command>, name: &str) {
    let Some(client) = client else { return };
    let server = Server::start(&[Fault::Busy, Fault::Unavailable, Fault::AnswerLost]).await;
    let told = run(client, &server, name, &["40"]).await;
    check_common(&server, &told, 40).await;
    assert!(server.requests.load(Ordering::SeqCst) >= 4, "it came back");
}

#[tokio::test]
async fn segment_for_node_comes_back() {
    comes_back(node("segment.js"), "snr").await;
}

#[tokio::test]
async fn segment_for_python_comes_back() {
    comes_back(python("segment_client.py"), "spr").await;
}

#[tokio::test]
async fn posthog_for_node_comes_back() {
    comes_back(node("posthog.js"), "pnr").await;
}

#[tokio::test]
async fn posthog_for_python_comes_back() {
    comes_back(python("posthog_client.py"), "ppr").await;
}

#[tokio::test]
async fn posthog_halves_a_batch_that_is_too_large() {
    let Some(client) = node("posthog_large.js") else { return };
    let server = Server::start(&[]).await;
    let told = run(client, &server, "pl", &[]).await;
    let events = server.events().await;
    let numbers: HashSet<u64> = events.iter().filter_map(|event| props(event)["number"].as_u64()).collect();
    assert_eq!((Some(events.len() as u64), numbers.len()), (told["sent"].as_u64(), events.len()));
    assert!(server.requests.load(Ordering::SeqCst) > 2, "it was sent in parts");
}

#[tokio::test]
async fn a_wrong_key_is_told_to_each_client() {
    let server = Server::start(&[]).await;
    for (client, name) in [(node("segment.js"), "wn"), (python("segment_client.py"), "wp")] {
        let Some(mut client) = client else { continue };
        let output = client.args([&server.url, "wk_wrong", name, "1"]).kill_on_drop(true).output().await.unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors = told["errors"].to_string();
        assert!(errors.contains("401") || errors.contains("key_unknown"), "{errors}");
    }
    assert!(server.events().await.is_empty());
}

#[tokio::test]
async fn measurement_protocol_by_plain_http() {
    let server = Server::start(&[]).await;
    let url = format!("{}/mp/collect?measurement_id=G-1&api_secret={KEY}", server.url);
    let body = r#"{"client_id":"g.1","user_id":"g-user","events":[
        {"name":"page_view","params":{"page_location":"https://klinikk.no/?gclid=x"}},
        {"name":"generate_lead","params":{"value":100,"currency":"NOK"}}]}"#;
    let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let events = server.events().await;
    assert_eq!(props(find(&events, "generate_lead")), serde_json::json!({"value": 100, "currency": "NOK"}));
    assert_eq!(props(find(&events, "Page Viewed"))["channel"], "google-ads");
    assert_eq!(server.person("anon:g.1"), server.person("user:g-user"));
}

#[tokio::test]
async fn a_request_that_breaks_off_changes_nothing() {
    let server = Server::start(&[]).await;
    let body = format!(r#"{{"writeKey":"{KEY}","userId":"u","event":"A","messageId":"m"}}"#);
    let head = format!("POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len() + 1);
    let mut socket = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    // The server answers or hangs up; either way it has made up its mind by the end of the stream.
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert!(server.events().await.is_empty());
}
