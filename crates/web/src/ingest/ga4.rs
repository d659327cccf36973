//! The Measurement Protocol of Google Analytics 4.
//!
//! `client_id` is a browser (`anon:`), `user_id` a person (`user:`); where both are given the person claims the
//! browser, since the protocol has no call of its own for it. Names are kept as sent, but `page_view` and
//! `screen_view` become `Page Viewed` and `Screen Viewed`. `/debug/mp/collect` answers what is wrong and
//! writes nothing.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use events::{Link, PersonKey};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use url::form_urlencoded;

use super::{
    Dialect, Facts, Ingest,
    answer::{Problem, with_rejected},
    body,
    draft::{Batch, Draft, Read, Visit, person},
    json::{Consent, Loose, Object, Text},
    limits::{GA4_BODY_BYTES_MAX, GA4_EVENTS_MAX, GA4_NAME_CHARS_MAX, GA4_PARAMS_MAX},
    refusals::{Reason, Refusal},
    timing,
};

const COLLECT: Dialect = Dialect { name: "ga4", body_bytes_max: GA4_BODY_BYTES_MAX, read: collect };

pub(super) fn routes() -> Router<Arc<Ingest>> {
    Router::new().route("/mp/collect", post(take)).route("/debug/mp/collect", post(check))
}

/// 204 and nothing, as Google answers; with a body only where something was dropped.
async fn take(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    ingest
        .receive(COLLECT, request, |outcome| match outcome.rejected.is_empty() {
            true => StatusCode::NO_CONTENT.into_response(),
            false => with_rejected(json!({}), &outcome.rejected, outcome.rejected_count),
        })
        .await
}

/// What would be wrong, in the shape of Google's validation server. Nothing is written.
async fn check(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    let dialect =
        Dialect { read: |ingest, facts, body| collect(ingest, facts, body).map(Read::without_events), ..COLLECT };
    ingest
        .receive(dialect, request, |outcome| {
            let messages = outcome.rejected.iter().map(|rejected| {
                json!({"fieldPath": format!("events[{}].{}", rejected.index, rejected.field),
                "description": rejected.message, "validationCode": "VALUE_INVALID"})
            });
            Json(json!({"validationMessages": messages.collect::<Vec<_>>()})).into_response()
        })
        .await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    client_id: Loose<'a>,
    #[serde(borrow)]
    app_instance_id: Loose<'a>,
    #[serde(borrow)]
    user_id: Loose<'a>,
    #[serde(borrow)]
    timestamp_micros: Loose<'a>,
    #[serde(borrow)]
    user_properties: Option<&'a RawValue>,
    consent: Option<Consent>,
    #[serde(borrow)]
    events: Option<Vec<Object<Item<'a>>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp_micros: Loose<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params<'a> {
    #[serde(borrow)]
    page_location: Loose<'a>,
    #[serde(borrow)]
    page_referrer: Loose<'a>,
    #[serde(borrow)]
    page_title: Loose<'a>,
    #[serde(borrow)]
    language: Loose<'a>,
}

const HOW: &str = "send it as api_secret in the address: /mp/collect?measurement_id=G-…&api_secret=<write key>";

fn collect(ingest: &Ingest, facts: &Facts, body: &[u8]) -> Result<Read, Problem> {
    let secret = form_urlencoded::parse(facts.query().as_bytes()).find(|(name, _)| name == "api_secret");
    ingest.admit(secret.as_ref().map(|(_, value)| &**value), HOW)?;
    let read = serde_json::from_str::<Envelope<'_>>(body::text(body)?);
    let envelope = read.map_err(|error| Problem::malformed("", format!("the body cannot be read: {error}")))?;
    let items = envelope.events.as_deref();
    let items = items.ok_or_else(|| Problem::malformed("events", "events: it is missing; send a list of events"))?;
    let bad_request = |refusal| Problem::new(StatusCode::BAD_REQUEST, refusal);
    let (key, links) = identity(&envelope).map_err(bad_request)?;
    let user = user_properties(envelope.user_properties).map_err(bad_request)?;
    let mut batch = Batch::new(ingest, COLLECT.name, facts.received, items.len().min(GA4_EVENTS_MAX));
    for (index, item) in items.iter().enumerate() {
        let who = (key.clone(), links.clone());
        let draft = match item {
            _ if index >= GA4_EVENTS_MAX => {
                let message = format!("a request holds at most {GA4_EVENTS_MAX} events; send this one in the next");
                Err(Refusal::new(Reason::TooLarge, "events", message, ""))
            }
            Object::Is(item) => params_of(item)
                .and_then(|params| batch.take_only(draft(item, &params, &envelope, who, user.as_deref())?)),
            _ => Err(Refusal::new(Reason::WrongType, "events", "this item of events is not an object", "")),
        };
        if let Err(refusal) = draft {
            batch.reject(index, refusal);
        }
    }
    Ok(batch.done())
}

fn identity(envelope: &Envelope<'_>) -> Result<(PersonKey, Vec<Link>), Refusal> {
    let client = envelope.client_id.id("client_id")?.or(envelope.app_instance_id.id("app_instance_id")?);
    let client = client.map(|id| person(&id, "client_id", PersonKey::anonymous)).transpose()?;
    let user = envelope.user_id.id("user_id")?.map(|id| person(&id, "user_id", PersonKey::user)).transpose()?;
    match (user, client) {
        (Some(user), client) => Ok((user, client.map(Link::Claim).into_iter().collect())),
        (None, Some(client)) => Ok((client, Vec::new())),
        (None, None) => Err(Refusal::missing("client_id", "client_id must be there; send the id of the browser")),
    }
}

/// `{"plan": {"value": "pro"}}` as `{"plan": "pro"}`.
fn user_properties(raw: Option<&RawValue>) -> Result<Option<Box<RawValue>>, Refusal> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        value: &'a RawValue,
    }
    let Some(raw) = raw else { return Ok(None) };
    let wrong = |_| {
        let message = "user_properties: send {\"name\": {\"value\": …}}";
        Refusal::new(Reason::WrongType, "user_properties", message, "")
    };
    let read: BTreeMap<String, Wrapped<'_>> = serde_json::from_str(raw.get()).map_err(wrong)?;
    let plain: BTreeMap<&str, &RawValue> = read.iter().map(|(name, wrapped)| (name.as_str(), wrapped.value)).collect();
    serde_json::value::to_raw_value(&plain).map(Some).map_err(wrong)
}

fn params_of<'a>(item: &Item<'a>) -> Result<Params<'a>, Refusal> {
    let Some(raw) = item.params else { return Ok(Params::default()) };
    let wrong = |_| Refusal::new(Reason::WrongType, "params", "params is not an object; send one", "");
    let named: BTreeMap<Text<'_>, serde::de::IgnoredAny> = serde_json::from_str(raw.get()).map_err(wrong)?;
    if named.len() > GA4_PARAMS_MAX {
        let message = format!("params has {} parameters; send at most {GA4_PARAMS_MAX}", named.len());
        return Err(Refusal::new(Reason::TooLong, "params", message, ""));
    }
    if let Some(Text(name)) = named.keys().find(|Text(name)| name.chars().count() > GA4_NAME_CHARS_MAX) {
        let message = format!("a parameter's name is longer than {GA4_NAME_CHARS_MAX} characters");
        return Err(Refusal::new(Reason::TooLong, "params", message, name));
    }
    serde_json::from_str(raw.get()).map_err(wrong)
}

fn draft<'a>(
    item: &'a Item<'a>,
    params: &'a Params<'a>,
    envelope: &'a Envelope<'a>,
    (key, links): (PersonKey, Vec<Link>),
    user: Option<&'a RawValue>,
) -> Result<Draft<'a>, Refusal> {
    let name = item.name.text("name")?.ok_or_else(|| Refusal::missing("name", "an event needs its name"))?;
    if name.chars().count() > GA4_NAME_CHARS_MAX {
        let message = format!("name is longer than {GA4_NAME_CHARS_MAX} characters");
        return Err(Refusal::new(Reason::TooLong, "name", message, name));
    }
    let name: Cow<'_, str> = match name {
        "page_view" => "Page Viewed".into(),
        "screen_view" => "Screen Viewed".into(),
        other => other.into(),
    };
    let mut draft = Draft::new(name, key);
    draft.links = links;
    draft.happened = match micros(&item.timestamp_micros)? {
        Some(at) => Some(at),
        None => micros(&envelope.timestamp_micros)?,
    };
    draft.props = (item.params, "params");
    draft.person_props = (user, "user_properties");
    draft.is_view = matches!(&*draft.name, "Page Viewed" | "Screen Viewed");
    draft.visit = Visit {
        url: params.page_location.hint(),
        referrer: params.page_referrer.hint(),
        title: params.page_title.hint(),
        locale: params.language.hint(),
        has_consent: envelope.consent.unwrap_or_default().0,
        ..Visit::default()
    };
    Ok(draft)
}

/// Microseconds since 1970, as a number or as a text of digits.
fn micros(value: &Loose<'_>) -> Result<Option<base::Timestamp>, Refusal> {
    const FIELD: &str = "timestamp_micros";
    let micros = match value {
        Loose::Missing => return Ok(None),
        Loose::Whole(micros) => Some(*micros),
        Loose::Real(micros) => Some(*micros as i64),
        Loose::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let Some(micros) = micros else {
        let message = "timestamp_micros is not a number; send microseconds since 1970";
        return Err(Refusal::new(Reason::TimeMalformed, FIELD, message, value.hint().unwrap_or_default()));
    };
    // In milliseconds whatever its size: seconds are not meant here.
    timing::moment(&Loose::Text(base::Timestamp::from_ms(micros / 1000).to_string().into()), FIELD)
}
