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
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    Dialect, Facts, Ingest, Outcome,
    answer::Problem,
    body,
    draft::{Batch, Draft, Read, Visit, person},
    json::{Consent, Loose, Object},
    limits::{PLAIN_BODY_BYTES_MAX, PLAIN_EVENTS_MAX},
    refusals::{Reason, Refusal},
    timing,
};

const PLAIN: Dialect = Dialect { name: "api", body_bytes_max: PLAIN_BODY_BYTES_MAX, read };

pub(super) fn routes() -> Router<Arc<Ingest>> {
    Router::new().route("/api/v1/events", post(take))
}

async fn take(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
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
    let body = json!({
        "accepted": appended.written, "repeated": appended.repeated,
        "rejected": rejected, "rejected_count": rejected_count,
    });
    Json(body).into_response()
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
