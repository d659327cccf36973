//! Plain JSON for programs without a library: `POST /api/v1/events`, `Authorization: Bearer <key>`.
//!
//! ```text
//! {"sent_at": moment (optional), "events": [{
//!   "event": "Order Completed",                    the name, 1 to 200 bytes
//!   "user_id" | "anonymous_id" | "email" | "person": who; person is a key as the log writes it (contact:ctc_…)
//!   "at": "2026-11-22T09:30:00Z",                  when; now if missing
//!   "properties": {…}, "traits": {…},              facts about the event, facts about the person
//!   "message_id": "order-1001",                    a repeat of it is dropped
//!   "consent": true                                click ids may be kept
//! }]}
//! ```
//!
//! Answers `{"accepted": n, "repeated": n, "rejected": [{index, field, message}]}`; 422 when nothing could be
//! taken. `user_id` together with `anonymous_id` joins the two as identify does. An address joins them too, but
//! only with a secret key: a write key is public, and nobody may join a stranger's address to his own browser.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use base::{Email, Timestamp};
use events::{Link, PersonKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Dialect, Facts, Ingest, Outcome,
    answer::Problem,
    body,
    draft::{Batch, Draft, Read, Rejected, Visit, person},
    json::{Consent, Loose, Object},
    limits::{PLAIN_BODY_BYTES_MAX, PLAIN_EVENTS_MAX},
    refusals::{Reason, Refusal},
    timing,
};

const PLAIN: Dialect = Dialect { name: "api", body_bytes_max: PLAIN_BODY_BYTES_MAX, read };

pub(super) fn routes() -> Router<Arc<Ingest>> {
    Router::new().route("/api/v1/events", post(take))
}

/// Write events into the log.
///
/// Good events are taken and bad ones named with their place. An event whose `message_id` the log already holds is
/// counted as repeated and not written again: send a request again that was not answered. The key is a write key, or
/// a secret key whose role may write events; an address joins a person only with a secret key. The body may be packed
/// with gzip or deflate.
#[utoipa::path(post, path = "/api/v1/events", tag = "events", operation_id = "send_events",
    request_body = EventsRequest,
    responses(
        (status = 200, body = EventsAnswer, description = "At least one event was taken, or none was sent"),
        (status = 400, body = EventsProblem, description = "The body cannot be read: nothing was written"),
        (status = 401, body = EventsProblem, description = "The key is missing, unknown or withdrawn"),
        (status = 408, body = EventsProblem, description = "The body came too slowly"),
        (status = 413, body = EventsProblem, description = "More than 5 MiB, or more than 5000 events"),
        (status = 415, body = EventsProblem, description = "Packed in an unknown way"),
        (status = 422, body = EventsProblem, description = "No event could be taken; `errors` says why"),
        (status = 429, body = EventsProblem, description = "Too much at once: wait as long as Retry-After says"),
        (status = 503, body = EventsProblem, description = "The log cannot write: send it again")))]
pub(crate) async fn take(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    ingest.receive(PLAIN, request, answer).await
}

fn answer(outcome: Outcome) -> Response {
    let Outcome { appended, rejected, rejected_count, .. } = outcome;
    if appended.written + appended.repeated == 0 && rejected_count > 0 {
        let message = format!("none of the {rejected_count} events could be taken; errors says why");
        let mut problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, Refusal::new(Reason::FieldMalformed, "events", message, ""));
        problem.errors = rejected;
        return problem.into_response();
    }
    let (accepted, repeated) = (appended.written, appended.repeated);
    Json(EventsAnswer { accepted, repeated, rejected, rejected_count }).into_response()
}

/// What became of the events.
#[derive(Serialize, utoipa::ToSchema)]
struct EventsAnswer {
    /// Events written to the log.
    accepted: usize,
    /// Events that the log already held.
    repeated: usize,
    /// Events that were not taken, at most 100 of them.
    rejected: Vec<Rejected>,
    /// How many were not taken in all.
    rejected_count: usize,
}

/// Events to write.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes in OpenAPI what is read without copying")]
struct EventsRequest {
    /// At most 5000.
    #[schema(max_items = 5000)]
    events: Vec<NewEvent>,
    /// The sender's clock when it sends: a clock that is wrong is corrected by it.
    sent_at: Option<Moment>,
}

/// One event. One of `user_id`, `anonymous_id`, `email` and `person` must be there.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes in OpenAPI what is read without copying")]
struct NewEvent {
    /// Its name, such as `Order Completed`: 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    event: String,
    /// The sender's own id of a known person.
    user_id: Option<TextOrNumber>,
    /// Id of a browser or device. Together with `user_id` it joins the two.
    anonymous_id: Option<TextOrNumber>,
    /// The person's address.
    #[schema(format = Email)]
    email: Option<String>,
    /// A key as the log writes it: `contact:ctc_…`, `user:…`, `anon:…`, `email:…`.
    person: Option<String>,
    /// When it happened; its arrival when left out.
    at: Option<Moment>,
    /// A repeat of it is dropped.
    message_id: Option<TextOrNumber>,
    /// Facts about the event.
    #[schema(value_type = Option<Object>)]
    properties: Option<()>,
    /// Facts about the person.
    #[schema(value_type = Option<Object>)]
    traits: Option<()>,
    /// Whether click ids may be kept.
    consent: Option<bool>,
}

/// A moment: RFC 3339, a date, or seconds or milliseconds since 1970.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes in OpenAPI what is read without copying")]
enum Moment {
    Text(String),
    Number(f64),
}

/// An id as a text or a number.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes in OpenAPI what is read without copying")]
enum TextOrNumber {
    Text(String),
    Number(i64),
}

/// Why nothing was written. RFC 9457.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes in OpenAPI what answer.rs writes")]
struct EventsProblem {
    /// `urn:suppilo:problem:` and the code.
    r#type: String,
    title: String,
    /// The HTTP status.
    status: u16,
    /// Stable word.
    #[schema(schema_with = reason_codes)]
    code: String,
    /// A sentence that says what to do.
    detail: String,
    /// The same sentence, where clients of Segment look for it.
    message: String,
    /// The field that is wrong.
    #[schema(required = false)]
    field: String,
    /// Events that could not be taken.
    #[schema(required = false)]
    errors: Vec<Rejected>,
}

fn reason_codes() -> utoipa::openapi::Schema {
    let codes = Reason::ALL.iter().map(|reason| reason.code());
    let text = utoipa::openapi::schema::Type::String;
    utoipa::openapi::ObjectBuilder::new().schema_type(text).enum_values(Some(codes)).build().into()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    events: Option<Vec<Object<Item<'a>>>>,
    #[serde(borrow)]
    sent_at: Loose<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    event: Loose<'a>,
    #[serde(borrow)]
    person: Loose<'a>,
    #[serde(borrow)]
    user_id: Loose<'a>,
    #[serde(borrow)]
    anonymous_id: Loose<'a>,
    #[serde(borrow)]
    email: Loose<'a>,
    #[serde(borrow)]
    at: Loose<'a>,
    #[serde(borrow)]
    message_id: Loose<'a>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    traits: Option<&'a RawValue>,
    consent: Option<Consent>,
}

fn read(ingest: &Ingest, facts: &Facts, body: &[u8]) -> Result<Read, Problem> {
    let key = facts.authorized_key();
    ingest.admit(key.as_deref(), "send it as Authorization: Bearer <key>")?;
    let is_secret = key.is_some_and(|key| key.starts_with("sk_"));
    let read = serde_json::from_str::<Envelope<'_>>(body::text(body)?);
    let envelope = read.map_err(|error| Problem::malformed("", format!("the body cannot be read: {error}")))?;
    let items = envelope.events.as_deref();
    let items = items.ok_or_else(|| Problem::malformed("events", "events: it is missing; send a list of events"))?;
    if items.len() > PLAIN_EVENTS_MAX {
        let count = items.len();
        return Err(Problem::too_large(format!("{count} events in one request; send at most {PLAIN_EVENTS_MAX}")));
    }
    let mut batch = Batch::new(ingest, PLAIN.name, facts.received, items.len());
    let sent = batch.clock(&envelope.sent_at, "sent_at");
    for (index, item) in items.iter().enumerate() {
        let draft = match item {
            Object::Is(item) => draft(item, sent, is_secret),
            _ => Err(Refusal::new(Reason::WrongType, "events", "this item of events is not an object", "")),
        };
        batch.take(index, draft);
    }
    Ok(batch.done())
}

fn draft<'a>(item: &'a Item<'a>, sent: Option<Timestamp>, is_secret: bool) -> Result<Draft<'a>, Refusal> {
    let name = item.event.text("event")?.ok_or_else(|| Refusal::missing("event", "event must be there: its name"))?;
    let (key, links) = identity(item, is_secret)?;
    let mut draft = Draft::new(name, key);
    draft.links = links;
    draft.message_id = item.message_id.id("message_id")?;
    draft.happened = timing::moment(&item.at, "at")?;
    draft.sent = sent;
    draft.props = (item.properties, "properties");
    draft.person_props = (item.traits, "traits");
    draft.is_view = matches!(name, "Page Viewed" | "Screen Viewed");
    draft.visit = Visit { has_consent: item.consent.unwrap_or_default().0, ..Visit::default() };
    Ok(draft)
}

fn identity(item: &Item<'_>, is_secret: bool) -> Result<(PersonKey, Vec<Link>), Refusal> {
    let named = item.person.text("person")?.map(|key| person(key, "person", PersonKey::parse)).transpose()?;
    let user = item.user_id.id("user_id")?.map(|id| person(&id, "user_id", PersonKey::user)).transpose()?;
    let email = item.email.text("email")?.map(email).transpose()?;
    let browser = item.anonymous_id.id("anonymous_id")?;
    let browser = browser.map(|id| person(&id, "anonymous_id", PersonKey::anonymous)).transpose()?;
    let is_by_address_only = named.is_none() && user.is_none();
    let known = [named, user].into_iter().flatten().collect::<Vec<_>>();
    let mut links = Vec::new();
    let key = match (known.first(), &email, &browser) {
        (Some(key), ..) => key.clone(),
        (None, Some(email), None) => email.clone(),
        (None, Some(email), Some(_)) if is_secret => email.clone(),
        (None, _, Some(browser)) => browser.clone(),
        (None, None, None) => {
            let message = "user_id, anonymous_id, email or person must be there; send one of them";
            return Err(Refusal::missing("user_id", message));
        }
    };
    links.extend(known.iter().skip(1).filter(|_| is_secret).cloned().map(Link::Merge));
    if is_secret {
        links.extend(email.filter(|email| *email != key).map(Link::Merge));
    }
    if is_secret || !is_by_address_only {
        links.extend(browser.filter(|browser| *browser != key).map(Link::Claim));
    }
    Ok((key, links))
}

fn email(text: &str) -> Result<PersonKey, Refusal> {
    let email: Result<Email, _> = text.parse();
    email
        .map(|email| PersonKey::email(&email))
        .map_err(|error| Refusal::new(Reason::FieldMalformed, "email", format!("email: {error}"), text))
}
