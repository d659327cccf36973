//! Events from elsewhere: clients of Segment, PostHog and Google Analytics as they are, our own snippet, and
//! plain JSON. No SQL on this path.
//!
//! | way in | endpoint | key |
//! |---|---|---|
//! | Segment | `POST /v1/{identify,track,page,screen,group,alias,batch}` | `writeKey` in the body, Basic or Bearer |
//! | PostHog | `POST /batch/`, `/capture/`, `/e/`, `/i/v0/e/`, `/i/v1/analytics/events` | `api_key` or `token` in the body, Bearer |
//! | Measurement Protocol | `POST /mp/collect?measurement_id=&api_secret=` | `api_secret` |
//! | snippet | `POST /e/s` | `k` in the body |
//! | plain | `POST /api/v1/events` | Bearer |
//!
//! A request goes: body read whole (`body`), items read by their dialect (`segment`, `posthog`, `ga4`,
//! `snippet`, `plain`) into drafts (`draft`), drafts finished into events with what their addresses tell
//! (`touch`, `props`), one append to the log, answer. Good items are taken and bad ones named; what is refused
//! is counted with samples (`refusals`). A request that breaks off changes nothing.

mod answer;
mod body;
mod draft;
mod ga4;
mod json;
mod limits;
pub(crate) mod plain;
mod posthog;
mod props;
mod refusals;
mod segment;
mod snippet;
#[cfg(test)]
mod tests;
mod timing;
mod touch;
mod visitor;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use base::{Clock, Random, Timestamp};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use events::{Appended, EventLog, LogError};
use funnel::channel::Channel;

use self::{
    answer::Problem,
    body::Budget,
    draft::Read,
    limits::{INLINE_BODY_BYTES_MAX, RETRY_AFTER_SECONDS},
    refusals::{Reason, Refusal},
};
pub use self::{
    draft::Rejected,
    refusals::{Reason as RefusalReason, Refusals, Refused, Sample, Snapshot},
    touch::{Touch, host, host_of_authority, path},
    visitor::{DailySalt, MemorySalt, NetworkError, TrustedProxies, daily_id, device, is_robot, peer},
};

/// Says which keys may write events.
pub trait WriteKeys: Send + Sync {
    /// Whether a write key (`wk_…`), or a secret key (`sk_…`) that may write events, is in force. Called for
    /// every request: answers from memory.
    fn admits(&self, key: &str) -> bool;
}

/// Gives the company's own channels, which its funnel document names.
pub trait Channels: Send + Sync {
    /// The channels of now. Called for events that tell where a visit came from: answers from memory.
    fn channels(&self) -> Arc<[Channel]>;
}

/// No channels of its own: the general rules say which channel a touch is.
struct NoChannels;

impl Channels for NoChannels {
    fn channels(&self) -> Arc<[Channel]> {
        Arc::default()
    }
}

/// Everything that ingestion needs.
pub struct Ingest {
    log: Arc<dyn EventLog>,
    keys: Arc<dyn WriteKeys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    salt: Arc<dyn DailySalt>,
    channels: Arc<dyn Channels>,
    refusals: Arc<Refusals>,
    proxies: TrustedProxies,
    budget: Budget,
}

impl Ingest {
    /// Ingestion into a log. Salts of visitors live in memory and no proxy is trusted until told otherwise.
    pub fn new(
        log: Arc<dyn EventLog>,
        keys: Arc<dyn WriteKeys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let salt = Arc::new(MemorySalt::new(random.clone()));
        let (refusals, proxies, budget) = (Arc::default(), TrustedProxies::default(), Budget::default());
        let channels = Arc::new(NoChannels);
        Self { log, keys, clock, random, salt, channels, refusals, proxies, budget }
    }

    /// Take the daily salts from here.
    #[must_use]
    pub fn with_salt(self, salt: Arc<dyn DailySalt>) -> Self {
        Self { salt, ..self }
    }

    /// Take the company's channels from here.
    #[must_use]
    pub fn with_channels(self, channels: Arc<dyn Channels>) -> Self {
        Self { channels, ..self }
    }

    /// Believe `X-Forwarded-For` of these proxies.
    #[must_use]
    pub fn with_proxies(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// What was taken and refused since the start.
    pub fn refusals(&self) -> Arc<Refusals> {
        self.refusals.clone()
    }

    /// Refuse a request whose key is not in force.
    fn admit(&self, key: Option<&str>, how: &str) -> Result<(), Problem> {
        match key.map(str::trim).filter(|key| !key.is_empty()) {
            None => Err(Problem::key_missing(how)),
            Some(key) if self.keys.admits(key) => Ok(()),
            Some(_) => Err(Problem::key_unknown()),
        }
    }

    /// Read a request by a dialect, write what is good, answer as the dialect's clients expect.
    async fn receive(self: Arc<Self>, dialect: Dialect, request: Request, answer: fn(Outcome) -> Response) -> Response {
        match self.clone().try_receive(dialect, request).await {
            Ok(outcome) => answer(outcome),
            Err(problem) => {
                self.refusals.note(self.clock.now(), dialect.name, &problem.refusal);
                problem.into_response()
            }
        }
    }

    async fn try_receive(self: Arc<Self>, dialect: Dialect, request: Request) -> Result<Outcome, Problem> {
        let (parts, body) = request.into_parts();
        let mut share = self.budget.share();
        let packed = body::collect(body, &parts.headers, dialect.body_bytes_max, &mut share).await?;
        let facts =
            Facts { received: self.clock.now(), ip: self.proxies.client(&parts.headers, visitor::peer(&parts)), parts };
        let read = if packed.len() <= INLINE_BODY_BYTES_MAX {
            let unpacked = body::unpack(packed, &facts.parts.headers, dialect.body_bytes_max, &mut share)?;
            (dialect.read)(&self, &facts, &unpacked)?
        } else {
            let ingest = self.clone();
            let read = tokio::task::spawn_blocking(move || {
                let mut share = ingest.budget.share();
                let unpacked = body::unpack(packed, &facts.parts.headers, dialect.body_bytes_max, &mut share)?;
                (dialect.read)(&ingest, &facts, &unpacked)
            });
            read.await.map_err(|_| Problem::busy("the body could not be read; send it again"))??
        };
        self.write(read).await
    }

    /// One append for the whole request.
    async fn write(&self, read: Read) -> Result<Outcome, Problem> {
        let Read { events, rejected, rejected_count, ids } = read;
        let appended = if events.is_empty() {
            Appended::default()
        } else {
            self.log.append(events).await.map_err(|error| log_problem(&error))?
        };
        self.refusals.written(appended.written, appended.repeated);
        Ok(Outcome { appended, rejected, rejected_count, ids })
    }
}

fn log_problem(error: &LogError) -> Problem {
    let unavailable = |message: String| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, Refusal::new(Reason::LogFailed, "", message, ""))
    };
    match error {
        LogError::Refused { .. } => {
            let refusal = Refusal::new(Reason::LogRefused, "", error.to_string(), "");
            Problem::new(StatusCode::BAD_REQUEST, refusal)
        }
        LogError::TooMuch(_) => Problem::busy(error.to_string()),
        LogError::Disk(cause) => {
            tracing::error!(%cause, "the event log cannot write");
            unavailable("the event log cannot write to its disk; the operator has to look. Send it again".to_owned())
        }
        LogError::Damaged(cause) => {
            tracing::error!(%cause, "the event log is damaged");
            unavailable("the event log is damaged; the operator has to look. Send it again".to_owned())
        }
        LogError::Closed => unavailable("the server is stopping; send it again".to_owned()),
    }
}

/// What a dialect knows of the request besides its body.
struct Facts {
    received: Timestamp,
    ip: Option<IpAddr>,
    parts: Parts,
}

impl Facts {
    fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// The key of an `Authorization` header: the user of Basic, or a bearer's token.
    fn authorized_key(&self) -> Option<String> {
        let (scheme, rest) = self.header("authorization")?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(rest.trim().to_owned());
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        Some(decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user).to_owned())
    }
}

/// How one kind of request is read.
#[derive(Clone, Copy)]
struct Dialect {
    /// As the operator sees it.
    name: &'static str,
    body_bytes_max: usize,
    read: fn(&Ingest, &Facts, &[u8]) -> Result<Read, Problem>,
}

/// What became of a request.
struct Outcome {
    appended: Appended,
    rejected: Vec<Rejected>,
    rejected_count: usize,
    ids: Vec<Option<String>>,
}

/// The endpoints. Any page of the world may send here: no cookie is read, and the key in the request says
/// whose events they are.
pub fn router(ingest: Arc<Ingest>) -> Router {
    Router::new()
        .merge(segment::routes())
        .merge(posthog::routes())
        .merge(ga4::routes())
        .merge(snippet::routes())
        .merge(plain::routes())
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(share_with_all))
        .with_state(ingest)
}

/// CORS for every origin, without credentials.
async fn share_with_all(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
        // A star does not cover Authorization: what is asked for is allowed by name.
        let allowed = wanted.unwrap_or_else(|| HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        headers.insert(header::VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    }
    response
}

/// How long a sender is told to wait.
const _: () = assert!(RETRY_AFTER_SECONDS > 0, "clients take 0 as no answer");
