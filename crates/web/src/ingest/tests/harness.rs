//! A log in memory, a key, a clock that stands still, and requests without a socket.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{self, Body},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
};
use base::{SeededRandom, Timestamp, VirtualClock};
use events::{Appended, EventLog, Lineage, Link, LogError, NewEvent, PersonKey, Position, StoredEvent};
use insight::gather::{Gather, Take};
use insight::record::{Plan, Records};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::ingest::{Ingest, Refusals, TrustedProxies, WriteKeys, router};

pub(super) const KEY: &str = "wk_test";
pub(super) const SECRET: &str = "sk_test";
/// What the clock shows.
pub(super) const NOW: &str = "2026-11-22T12:00:00.000Z";

struct Keys;

impl WriteKeys for Keys {
    fn admits(&self, key: &str) -> bool {
        key == KEY || key == SECRET
    }
}

/// Remembers what it was given and who is who; fails when told to.
#[derive(Default)]
pub(super) struct FakeLog {
    events: Mutex<Vec<NewEvent>>,
    groups: Mutex<Vec<Vec<PersonKey>>>,
    failure: Mutex<Option<LogError>>,
}

impl FakeLog {
    fn join(groups: &mut Vec<Vec<PersonKey>>, one: &PersonKey, other: &PersonKey, always: bool) {
        let place = |groups: &mut Vec<Vec<PersonKey>>, key: &PersonKey| {
            groups.iter().position(|group| group.contains(key)).unwrap_or_else(|| {
                groups.push(vec![key.clone()]);
                groups.len() - 1
            })
        };
        let (one_at, other_at) = (place(groups, one), place(groups, other));
        let is_known = |at: usize| groups[at].iter().any(|key| !key.is_anonymous());
        let is_taken = (one.is_anonymous() || other.is_anonymous()) && is_known(one_at) && is_known(other_at);
        if one_at != other_at && (always || !is_taken) {
            let moved = groups.swap_remove(one_at.max(other_at));
            groups[one_at.min(other_at)].extend(moved);
        }
    }
}

#[async_trait]
impl EventLog for FakeLog {
    async fn append(&self, events: Vec<NewEvent>) -> Result<Appended, LogError> {
        if let Some(error) = self.failure.lock().unwrap().clone() {
            return Err(error);
        }
        let (mut held, mut groups) = (self.events.lock().unwrap(), self.groups.lock().unwrap());
        let mut appended = Appended::default();
        for (index, event) in events.into_iter().enumerate() {
            event.check().map_err(|error| LogError::Refused { index, reason: error.to_string() })?;
            if held.iter().any(|other| other.message_id == event.message_id) {
                appended.repeated += 1;
                continue;
            }
            Self::join(&mut groups, &event.person, &event.person, true);
            for link in &event.links {
                match link {
                    Link::Claim(key) => Self::join(&mut groups, &event.person, key, false),
                    Link::Merge(key) => Self::join(&mut groups, &event.person, key, true),
                }
            }
            held.push(event);
            appended.written += 1;
        }
        appended.last = Position(held.len() as u64);
        Ok(appended)
    }

    async fn scan(&self, _: &Plan) -> Result<Records, LogError> {
        Ok(Records::default())
    }

    async fn gather(&self, _: &Gather, _: Take) -> Result<(Position, Lineage), LogError> {
        Ok((Position(0), Lineage::default()))
    }

    fn joined_since(&self, before: Lineage) -> (Lineage, Option<Vec<(u32, u32)>>) {
        (before, Some(Vec::new()))
    }

    async fn erase(&self, _: &[u32]) -> Result<(), LogError> {
        Ok(())
    }

    async fn read_after(&self, _: Position, _: usize) -> Result<Vec<StoredEvent>, LogError> {
        Ok(Vec::new())
    }

    async fn timeline(&self, _: u32, _: Option<Position>, _: usize) -> Result<Vec<StoredEvent>, LogError> {
        Ok(Vec::new())
    }

    fn person(&self, key: &PersonKey) -> Option<u32> {
        self.groups.lock().unwrap().iter().position(|group| group.contains(key)).map(|at| at as u32)
    }

    fn keys(&self, person: u32) -> Vec<PersonKey> {
        self.groups.lock().unwrap().get(person as usize).cloned().unwrap_or_default()
    }

    async fn retract(&self, _: &str) -> Result<u64, LogError> {
        Ok(0)
    }

    async fn names(&self) -> Result<Vec<(String, u64)>, LogError> {
        Ok(Vec::new())
    }

    async fn properties(&self, _: Option<&str>) -> Result<Vec<String>, LogError> {
        Ok(Vec::new())
    }

    fn end(&self) -> watch::Receiver<Position> {
        watch::channel(Position(0)).1
    }

    async fn close(&self) -> Result<(), LogError> {
        Ok(())
    }
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

/// Ingestion over the remembering log.
pub(super) struct World {
    pub(super) log: Arc<FakeLog>,
    pub(super) refusals: Arc<Refusals>,
    router: Router,
}

impl World {
    pub(super) fn new() -> Self {
        let log = Arc::new(FakeLog::default());
        let clock = Arc::new(VirtualClock::at(NOW.parse::<Timestamp>().unwrap()));
        let random = Arc::new(SeededRandom::new(7));
        let ingest = Ingest::new(log.clone(), Arc::new(Keys), clock, random)
            .with_proxies(TrustedProxies::parse(["127.0.0.1"]).unwrap());
        let refusals = ingest.refusals();
        Self { log, refusals, router: router(Arc::new(ingest)) }
    }

    pub(super) fn fail(&self, error: Option<LogError>) {
        *self.log.failure.lock().unwrap() = error;
    }

    pub(super) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, answer) = response.into_parts();
        let bytes = body::to_bytes(answer, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// POST with headers.
    pub(super) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// POST of JSON to an endpoint that finds its key in the body.
    pub(super) async fn json(&self, path: &str, body: Value) -> Answer {
        self.post(path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Everything that the log was given, oldest first.
    pub(super) fn events(&self) -> Vec<NewEvent> {
        self.log.events.lock().unwrap().clone()
    }

    /// Whether two keys name one person.
    pub(super) fn is_one(&self, one: &str, other: &str) -> bool {
        let person = |key: &str| self.log.person(&PersonKey::parse(key).unwrap());
        person(one).is_some() && person(one) == person(other)
    }
}

/// An event in a form that a test can write down.
pub(super) fn shown(event: &NewEvent) -> Value {
    let links: Vec<String> = event
        .links
        .iter()
        .map(|link| match link {
            Link::Claim(key) => format!("claim {key}"),
            Link::Merge(key) => format!("merge {key}"),
        })
        .collect();
    serde_json::json!({
        "name": event.name, "person": event.person.as_str(), "links": links,
        "props": serde_json::from_str::<Value>(&event.props).unwrap(),
        "person_props": event.person_props.as_ref().map(|props| serde_json::from_str::<Value>(props).unwrap()),
    })
}
