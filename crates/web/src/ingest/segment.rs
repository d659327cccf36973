//! The Segment HTTP tracking API, as `@segment/analytics-node`, `segment-analytics-python`, analytics.js and
//! RudderStack's libraries speak it.

use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::post,
};
use base::Timestamp;
use events::{Link, PersonKey};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    Dialect, Facts, Ingest, Outcome,
    answer::{Problem, with_rejected},
    body,
    draft::{Batch, Draft, Read, Visit, person},
    json::{Consent, Loose, Object},
    limits::{SEGMENT_BODY_BYTES_MAX, SEGMENT_EVENTS_MAX},
    props::{Fact, Known},
    refusals::{Reason, Refusal},
    timing,
    touch::Touch,
};

const NAME: &str = "segment";

type Reader = fn(&Ingest, &Facts, &[u8]) -> Result<Read, Problem>;

pub(super) fn routes() -> Router<Arc<Ingest>> {
    let mut router = Router::new().route("/v1/batch", endpoint(batch)).route("/v1/import", endpoint(batch));
    let singles: [(&str, Reader); 6] = [
        ("/v1/identify", |ingest, facts, body| single(ingest, facts, body, "identify")),
        ("/v1/track", |ingest, facts, body| single(ingest, facts, body, "track")),
        ("/v1/page", |ingest, facts, body| single(ingest, facts, body, "page")),
        ("/v1/screen", |ingest, facts, body| single(ingest, facts, body, "screen")),
        ("/v1/group", |ingest, facts, body| single(ingest, facts, body, "group")),
        ("/v1/alias", |ingest, facts, body| single(ingest, facts, body, "alias")),
    ];
    for (path, read) in singles {
        router = router.route(path, endpoint(read));
    }
    router
}

fn endpoint(read: Reader) -> axum::routing::MethodRouter<Arc<Ingest>> {
    let dialect = Dialect { name: NAME, body_bytes_max: SEGMENT_BODY_BYTES_MAX, read };
    post(move |State(ingest): State<Arc<Ingest>>, request: Request| ingest.receive(dialect, request, answer))
}

/// What Segment answers, and what was dropped, which Segment does not say.
fn answer(outcome: Outcome) -> Response {
    with_rejected(json!({"success": true}), &outcome.rejected, outcome.rejected_count)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Envelope<'a> {
    #[serde(borrow)]
    batch: Option<Vec<Object<Item<'a>>>>,
    #[serde(borrow)]
    write_key: Loose<'a>,
    #[serde(borrow)]
    sent_at: Loose<'a>,
    #[serde(borrow)]
    context: Object<Context<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Loose<'a>,
    #[serde(borrow)]
    message_id: Loose<'a>,
    #[serde(borrow)]
    user_id: Loose<'a>,
    #[serde(borrow)]
    anonymous_id: Loose<'a>,
    #[serde(borrow)]
    previous_id: Loose<'a>,
    #[serde(borrow)]
    group_id: Loose<'a>,
    #[serde(borrow)]
    event: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    category: Loose<'a>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    traits: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    original_timestamp: Loose<'a>,
    #[serde(borrow)]
    sent_at: Loose<'a>,
    #[serde(borrow)]
    context: Object<Context<'a>>,
    #[serde(borrow)]
    write_key: Loose<'a>,
}

/// The rarer parts are boxed: items are moved several times on their way, and servers send none of these.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Context<'a> {
    #[serde(borrow)]
    page: Object<Box<Page<'a>>>,
    #[serde(borrow)]
    campaign: Object<Box<Campaign<'a>>>,
    #[serde(borrow)]
    device: Object<Box<Device<'a>>>,
    #[serde(borrow)]
    user_agent: Loose<'a>,
    #[serde(borrow)]
    locale: Loose<'a>,
    consent: Option<Consent>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Page<'a> {
    #[serde(borrow)]
    url: Loose<'a>,
    #[serde(borrow)]
    path: Loose<'a>,
    #[serde(borrow)]
    referrer: Loose<'a>,
    #[serde(borrow)]
    title: Loose<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Campaign<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    source: Loose<'a>,
    #[serde(borrow)]
    medium: Loose<'a>,
    #[serde(borrow)]
    content: Loose<'a>,
    #[serde(borrow)]
    term: Loose<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Device<'a> {
    #[serde(borrow, rename = "type")]
    kind: Loose<'a>,
}

const HOW: &str = "send it as writeKey in the body, or as Authorization: Basic base64(key:)";

fn admit(ingest: &Ingest, facts: &Facts, in_body: &Loose<'_>) -> Result<(), Problem> {
    let in_header = facts.authorized_key();
    // Clients send the key both ways; one of them that holds is enough.
    match ingest.admit(in_body.hint(), HOW) {
        Err(_) if in_header.is_some() => ingest.admit(in_header.as_deref(), HOW),
        admitted => admitted,
    }
}

fn batch(ingest: &Ingest, facts: &Facts, body: &[u8]) -> Result<Read, Problem> {
    let text = body::text(body)?;
    let envelope: Envelope<'_> = match serde_json::from_str(text) {
        Ok(envelope) => envelope,
        Err(error) => return batch_by_item(ingest, facts, text, &error),
    };
    admit(ingest, facts, &envelope.write_key)?;
    let items = envelope.batch.ok_or_else(|| no_batch("it is missing"))?;
    check_count(items.len())?;
    let mut batch = Batch::new(ingest, NAME, facts.received, items.len());
    let sent = batch.clock(&envelope.sent_at, "sentAt");
    let shared = envelope.context.get();
    for (index, item) in items.iter().enumerate() {
        let draft = match item {
            Object::Is(item) => draft(item, None, sent, shared),
            _ => Err(not_an_object()),
        };
        batch.take(index, draft);
    }
    Ok(batch.done())
}

fn not_an_object() -> Refusal {
    Refusal::new(Reason::WrongType, "batch", "this item of the batch is not an object", "")
}

fn no_batch(what: &str) -> Problem {
    Problem::malformed("batch", format!("batch: {what}; send {{\"writeKey\": …, \"batch\": [{{…}}]}}"))
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count > SEGMENT_EVENTS_MAX {
        return Err(Problem::too_large(format!("{count} events in one batch; send at most {SEGMENT_EVENTS_MAX}")));
    }
    Ok(())
}

/// The slow way, item by item, for a batch that could not be read in one go: one item names a field twice, say.
/// Where the JSON itself is broken this fails as well, with the place.
fn batch_by_item(ingest: &Ingest, facts: &Facts, text: &str, error: &serde_json::Error) -> Result<Read, Problem> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Rough<'a> {
        #[serde(borrow)]
        batch: Vec<&'a RawValue>,
        #[serde(borrow)]
        write_key: Loose<'a>,
        #[serde(borrow)]
        sent_at: Loose<'a>,
        #[serde(borrow)]
        context: Object<Context<'a>>,
    }
    let rough: Rough<'_> =
        serde_json::from_str(text).map_err(|_| no_batch(&format!("the body cannot be read ({error})")))?;
    admit(ingest, facts, &rough.write_key)?;
    check_count(rough.batch.len())?;
    let mut batch = Batch::new(ingest, NAME, facts.received, rough.batch.len());
    let sent = batch.clock(&rough.sent_at, "sentAt");
    for (index, raw) in rough.batch.iter().enumerate() {
        match serde_json::from_str::<Item<'_>>(raw.get()) {
            Ok(item) => batch.take(index, draft(&item, None, sent, rough.context.get())),
            Err(error) => {
                let message = format!("this item cannot be read: {error}");
                batch.reject(index, Refusal::new(Reason::BodyMalformed, "batch", message, ""));
            }
        }
    }
    Ok(batch.done())
}

/// One call of its own. Refused as a whole, since there is nothing else to save.
fn single(ingest: &Ingest, facts: &Facts, body: &[u8], kind: &'static str) -> Result<Read, Problem> {
    let text = body::text(body)?;
    let read = serde_json::from_str::<Object<Item<'_>>>(text);
    let item = match &read {
        Ok(Object::Is(item)) => item,
        Ok(_) => return Err(Problem::malformed("", "the body is not a JSON object; send one")),
        Err(error) => return Err(Problem::malformed("", format!("the body cannot be read: {error}"))),
    };
    admit(ingest, facts, &item.write_key)?;
    let mut batch = Batch::new(ingest, NAME, facts.received, 1);
    let sent = batch.clock(&item.sent_at, "sentAt");
    let draft = draft(item, Some(kind), sent, None).map_err(bad_request)?;
    batch.take_only(draft).map_err(bad_request)?;
    Ok(batch.done())
}

fn bad_request(refusal: Refusal) -> Problem {
    Problem::new(axum::http::StatusCode::BAD_REQUEST, refusal)
}

fn draft<'a>(
    item: &'a Item<'a>,
    kind: Option<&str>,
    sent: Option<Timestamp>,
    shared: Option<&'a Context<'a>>,
) -> Result<Draft<'a>, Refusal> {
    let kind = match kind {
        Some(kind) => kind,
        None => item.kind.text("type")?.ok_or_else(|| Refusal::missing("type", TYPES))?,
    };
    let user = item.user_id.id("userId")?;
    let anonymous = item.anonymous_id.id("anonymousId")?;
    let key = match (&user, &anonymous) {
        (Some(id), _) => person(id, "userId", PersonKey::user)?,
        (None, Some(id)) => person(id, "anonymousId", PersonKey::anonymous)?,
        (None, None) => {
            return Err(Refusal::missing("userId", "userId or anonymousId must be there; send one of them"));
        }
    };
    let mut draft = Draft::new("", key);
    draft.message_id = item.message_id.id("messageId")?;
    let original = timing::moment(&item.original_timestamp, "originalTimestamp")?;
    draft.happened = original.or(timing::moment(&item.timestamp, "timestamp")?);
    draft.sent = sent;
    draft.props = (item.properties, "properties");
    let own = item.context.named("context")?;
    draft.visit = visit(own, shared);
    match kind {
        "track" => {
            let name = item.event.text("event")?;
            draft.name =
                name.ok_or_else(|| Refusal::missing("event", "a track call needs the name of its event"))?.into();
        }
        "page" | "screen" => {
            draft.name = if kind == "page" { "Page Viewed" } else { "Screen Viewed" }.into();
            draft.is_view = true;
            tell(&mut draft, Known::Name, item.name.text("name")?);
            tell(&mut draft, Known::Category, item.category.text("category")?);
        }
        "identify" => {
            draft.name = "Identified".into();
            draft.person_props = (item.traits, "traits");
            if let (Some(_), Some(anonymous)) = (&user, &anonymous) {
                draft.links.push(Link::Claim(person(anonymous, "anonymousId", PersonKey::anonymous)?));
            }
        }
        "group" => {
            draft.name = "Group Joined".into();
            draft.props = (item.traits, "traits");
            let group = item.group_id.id("groupId")?;
            let group = group.ok_or_else(|| Refusal::missing("groupId", "a group call needs a groupId"))?;
            draft.facts.push((Known::GroupId, Fact::Text(group)));
        }
        "alias" => {
            draft.name = "Aliased".into();
            let previous = item.previous_id.id("previousId")?;
            let previous =
                previous.ok_or_else(|| Refusal::missing("previousId", "an alias call needs a previousId"))?;
            // Segment lets it be either kind of id: both names are of the one person from now on.
            draft.links.push(Link::Merge(person(&previous, "previousId", PersonKey::anonymous)?));
            draft.links.push(Link::Merge(person(&previous, "previousId", PersonKey::user)?));
        }
        other => return Err(Refusal::new(Reason::FieldMalformed, "type", TYPES, other)),
    }
    Ok(draft)
}

const TYPES: &str = "type must be identify, track, page, screen, group or alias";

fn tell<'a>(draft: &mut Draft<'a>, known: Known, value: Option<&'a str>) {
    if let Some(value) = value {
        draft.facts.push((known, Fact::Text(Cow::Borrowed(value))));
    }
}

/// The visit as the item tells it, and where it does not, as its batch does.
fn visit<'a>(own: Option<&'a Context<'a>>, shared: Option<&'a Context<'a>>) -> Visit<'a> {
    if own.is_none() && shared.is_none() {
        return Visit::default();
    }
    let first = |pick: fn(&'a Context<'a>) -> Option<&'a str>| own.and_then(pick).or_else(|| shared.and_then(pick));
    let mut touch = Touch::default();
    for campaign in [own, shared].into_iter().flatten().filter_map(|context| context.campaign.get()) {
        for (known, value) in [
            (Known::UtmSource, &campaign.source),
            (Known::UtmMedium, &campaign.medium),
            (Known::UtmCampaign, &campaign.name),
            (Known::UtmContent, &campaign.content),
            (Known::UtmTerm, &campaign.term),
        ] {
            touch.tell(known, value.hint().unwrap_or_default());
        }
    }
    let consent = own.and_then(|context| context.consent).or_else(|| shared.and_then(|context| context.consent));
    Visit {
        url: first(|context| context.page.get()?.url.hint()),
        path: first(|context| context.page.get()?.path.hint()),
        referrer: first(|context| context.page.get()?.referrer.hint()),
        title: first(|context| context.page.get()?.title.hint()),
        locale: first(|context| context.locale.hint()),
        device: first(|context| context.device.get()?.kind.hint()).map(|kind| match kind {
            "ios" | "android" => "mobile",
            other => other,
        }),
        user_agent: first(|context| context.user_agent.hint()),
        touch,
        has_consent: consent.unwrap_or_default().0,
    }
}
