//! The PostHog capture API, as `posthog-js`, `posthog-node` and `posthog` for Python speak it.
//!
//! **Whose event it is.** PostHog has one `distinct_id` for browsers and for people; the log tells them apart,
//! because a browser may be shared. An id maps to a key so:
//! - `$identify`, `$set` and `$create_alias` speak of people: `user:<id>`.
//! - An event that says it is anonymous (`$process_person_profile: false`, `$is_identified: false`, or
//!   `$device_id` equal to the id) belongs to `anon:<id>`, unless the log knows `user:<id>` already.
//! - Any other event belongs to `user:<id>`, unless the log knows the id as `anon:<id>` only.
//!
//! `$identify` with `$anon_distinct_id` claims `anon:<that id>`; where the id was taken for a person's (a server
//! that passes a browser's id on says nothing about it) and no other name is tied to it yet, it is merged. So a
//! later `$identify` joins what came before, and a second person on a shared device joins nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::Timestamp;
use events::{Link, PersonKey};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use url::form_urlencoded;

use super::{
    Dialect, Facts, Ingest, Outcome,
    answer::{Problem, with_rejected},
    body,
    draft::{Batch, Draft, Read, Visit, person},
    json::{Consent, Loose, Object},
    limits::{POSTHOG_BODY_BYTES_MAX, POSTHOG_EVENTS_MAX},
    props::{Fact, Known},
    refusals::{Reason, Refusal},
    timing,
    touch::Touch,
};

const NAME: &str = "posthog";

/// Properties that speak to the collector, not about the event.
const BANNED: &[&str] = &[
    "$ip",
    "token",
    "api_key",
    "$set",
    "$set_once",
    "distinct_id",
    "$anon_distinct_id",
    "$group_set",
    "$geoip_disable",
];

const CAPTURE: Dialect = Dialect { name: NAME, body_bytes_max: POSTHOG_BODY_BYTES_MAX, read: capture };

pub(super) fn routes() -> Router<Arc<Ingest>> {
    let mut router = Router::new();
    for path in ["/batch", "/capture", "/e", "/track", "/engage", "/i/v0/e", "/i/v0/ai/batch"] {
        for path in [path.to_owned(), format!("{path}/")] {
            router = router.route(&path, post(take).get(take));
        }
    }
    for path in ["/flags", "/decide"] {
        router = router.route(path, post(flags).get(flags)).route(&format!("{path}/"), post(flags).get(flags));
    }
    router
        .route("/i/v1/analytics/events", post(take_v1))
        .route("/array/{token}/config", get(config))
        .route("/array/{token}/config.js", get(config_script))
}

async fn take(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    ingest
        .receive(CAPTURE, request, |outcome| {
            with_rejected(json!({"status": 1}), &outcome.rejected, outcome.rejected_count)
        })
        .await
}

async fn take_v1(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    let dialect = Dialect { read: capture_v1, ..CAPTURE };
    ingest.receive(dialect, request, answer_v1).await
}

/// What became of each event, by its uuid. Where only the first rejected items are named, all are listed here.
fn answer_v1(outcome: Outcome) -> Response {
    let mut results = serde_json::Map::new();
    for id in outcome.ids.into_iter().flatten() {
        results.insert(id, json!({"result": "ok"}));
    }
    for rejected in &outcome.rejected {
        let id = rejected.id.clone().unwrap_or_else(|| format!("#{}", rejected.index));
        results.insert(id, json!({"result": "drop", "details": rejected.message}));
    }
    Json(json!({"results": results})).into_response()
}

/// No feature flags are kept here: none is on.
async fn flags() -> Response {
    Json(json!({
        "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false,
        "sessionRecording": false, "supportedCompression": ["gzip", "gzip-js"], "config": {"enable_collect_everything": true},
        "toolbarParams": {}, "isAuthenticated": false, "siteApps": [], "autocapture_opt_out": false,
    }))
    .into_response()
}

fn library_config(token: &str) -> serde_json::Value {
    json!({
        "token": token, "supportedCompression": ["gzip", "gzip-js"], "hasFeatureFlags": false, "sessionRecording": false,
        "heatmaps": false, "surveys": false, "captureDeadClicks": false, "capturePerformance": false,
        "autocapture_opt_out": false, "autocaptureExceptions": false, "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": true, "defaultIdentifiedOnly": true, "siteApps": [], "isAuthenticated": false, "toolbarParams": {},
    })
}

async fn config(Path(token): Path<String>) -> Response {
    Json(library_config(&token)).into_response()
}

async fn config_script(Path(token): Path<String>) -> Response {
    // The token stands in a script: without < nothing in it can end the script element.
    let quoted = json!(token).to_string().replace('<', "\\u003c");
    let config = library_config("").to_string().replacen("\"token\":\"\"", &format!("\"token\":{quoted}"), 1);
    let script = format!(
        "(function(){{window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}};window._POSTHOG_REMOTE_CONFIG[{quoted}]={{config:{config},siteApps:[]}}}})();"
    );
    ([(header::CONTENT_TYPE, "application/javascript")], script).into_response()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    api_key: Loose<'a>,
    #[serde(borrow)]
    token: Loose<'a>,
    #[serde(borrow)]
    batch: Option<Vec<Object<Item<'a>>>>,
    #[serde(borrow)]
    sent_at: Loose<'a>,
    #[serde(borrow)]
    historical_migration: Loose<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    api_key: Loose<'a>,
    #[serde(borrow)]
    token: Loose<'a>,
    #[serde(borrow)]
    event: Loose<'a>,
    #[serde(borrow)]
    distinct_id: Loose<'a>,
    #[serde(borrow)]
    uuid: Loose<'a>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    sent_at: Loose<'a>,
    /// How long before it was sent it happened, in ms.
    #[serde(borrow)]
    offset: Loose<'a>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow, rename = "$set")]
    set: Option<&'a RawValue>,
    #[serde(borrow, rename = "$set_once")]
    set_once: Option<&'a RawValue>,
    #[serde(borrow)]
    options: Object<Options<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options<'a> {
    #[serde(borrow)]
    process_person_profile: Loose<'a>,
    #[serde(borrow)]
    disable_skew_correction: Loose<'a>,
}

/// The properties that mean something to the collector.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Props<'a> {
    #[serde(borrow)]
    token: Loose<'a>,
    #[serde(borrow)]
    distinct_id: Loose<'a>,
    #[serde(borrow)]
    alias: Loose<'a>,
    #[serde(borrow, rename = "$anon_distinct_id")]
    anon_distinct_id: Loose<'a>,
    #[serde(borrow, rename = "$device_id")]
    device_id: Loose<'a>,
    #[serde(borrow, rename = "$is_identified")]
    is_identified: Loose<'a>,
    #[serde(borrow, rename = "$process_person_profile")]
    process_person_profile: Loose<'a>,
    #[serde(borrow, rename = "$ignore_sent_at")]
    ignore_sent_at: Loose<'a>,
    #[serde(borrow, rename = "$set")]
    set: Option<&'a RawValue>,
    #[serde(borrow, rename = "$set_once")]
    set_once: Option<&'a RawValue>,
    #[serde(borrow, rename = "$group_type")]
    group_type: Loose<'a>,
    #[serde(borrow, rename = "$group_key")]
    group_key: Loose<'a>,
    #[serde(borrow, rename = "$group_set")]
    group_set: Option<&'a RawValue>,
    #[serde(borrow, rename = "$current_url")]
    current_url: Loose<'a>,
    #[serde(borrow, rename = "$pathname")]
    pathname: Loose<'a>,
    #[serde(borrow, rename = "$referrer")]
    referrer: Loose<'a>,
    #[serde(borrow, rename = "$title")]
    title: Loose<'a>,
    #[serde(borrow, rename = "$browser_language")]
    language: Loose<'a>,
    #[serde(borrow, rename = "$device_type")]
    device_type: Loose<'a>,
    #[serde(borrow, rename = "$raw_user_agent")]
    raw_user_agent: Loose<'a>,
    #[serde(borrow, rename = "$user_agent")]
    user_agent: Loose<'a>,
    #[serde(rename = "$consent")]
    consent: Option<Consent>,
}

impl Props<'_> {
    /// The device in our words.
    fn device(&self) -> Option<&'static str> {
        match self.device_type.hint()?.to_ascii_lowercase().as_str() {
            "mobile" => Some("mobile"),
            "tablet" => Some("tablet"),
            "desktop" => Some("desktop"),
            _ => None,
        }
    }
}

const HOW: &str = "send it as api_key in the body";

/// The three shapes of a body: one event, a list of events, an envelope with a batch.
fn capture(ingest: &Ingest, facts: &Facts, body: &[u8]) -> Result<Read, Problem> {
    let from_query = form_urlencoded::parse(facts.query().as_bytes()).find(|(name, _)| name == "data");
    let decoded = match (body.is_empty(), &from_query) {
        (true, Some((_, data))) => body::from_form(data.as_bytes()).or_else(|| Some(data.as_bytes().to_vec())),
        _ => body::from_form(body),
    };
    let text = body::text(decoded.as_deref().unwrap_or(body))?;
    let malformed = |error: serde_json::Error| Problem::malformed("", format!("the body cannot be read: {error}"));
    if text.trim_start().starts_with('[') {
        let items: Vec<Object<Item<'_>>> = serde_json::from_str(text).map_err(malformed)?;
        let list = Envelope { batch: Some(items), ..Envelope::default() };
        return read_batch(ingest, facts, &list, None);
    }
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(malformed)?;
    if envelope.batch.is_some() {
        return read_batch(ingest, facts, &envelope, None);
    }
    let item: Item<'_> = serde_json::from_str(text).map_err(malformed)?;
    read_single(ingest, facts, &item)
}

fn capture_v1(ingest: &Ingest, facts: &Facts, body: &[u8]) -> Result<Read, Problem> {
    let text = body::text(body)?;
    let malformed = |error: serde_json::Error| Problem::malformed("", format!("the body cannot be read: {error}"));
    let mut envelope: Envelope<'_> = serde_json::from_str(text).map_err(malformed)?;
    let sent = facts.header("posthog-request-timestamp").unwrap_or_default();
    envelope.sent_at = Loose::Text(sent.into());
    let key = facts.authorized_key();
    read_batch(ingest, facts, &envelope, key.as_deref())
}

fn key_of<'a>(item: &'a Item<'a>, props: &'a Props<'a>) -> Option<&'a str> {
    item.api_key.hint().or(item.token.hint()).or(props.token.hint())
}

fn props_of<'a>(item: &Item<'a>) -> Props<'a> {
    // What is no object is refused later, by its name.
    item.properties.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

fn read_single(ingest: &Ingest, facts: &Facts, item: &Item<'_>) -> Result<Read, Problem> {
    let props = props_of(item);
    ingest.admit(key_of(item, &props), HOW)?;
    let mut batch = Batch::new(ingest, NAME, facts.received, 1);
    let sent = batch.clock(&item.sent_at, "sent_at");
    let mut people = People::new(ingest);
    let bad_request = |refusal| Problem::new(StatusCode::BAD_REQUEST, refusal);
    let draft = draft(item, &props, sent, &mut people, facts).map_err(bad_request)?;
    batch.take_only(draft).map_err(bad_request)?;
    Ok(batch.done())
}

fn read_batch(ingest: &Ingest, facts: &Facts, envelope: &Envelope<'_>, key: Option<&str>) -> Result<Read, Problem> {
    let items = envelope.batch.as_deref().unwrap_or_default();
    if items.len() > POSTHOG_EVENTS_MAX {
        let count = items.len();
        return Err(Problem::too_large(format!("{count} events in one batch; send at most {POSTHOG_EVENTS_MAX}")));
    }
    let all_props: Vec<Props<'_>> = items.iter().map(|item| item.get().map(props_of).unwrap_or_default()).collect();
    let in_items = || items.iter().zip(&all_props).find_map(|(item, props)| key_of(item.get()?, props));
    ingest.admit(key.or(envelope.api_key.hint()).or(envelope.token.hint()).or_else(in_items), HOW)?;
    let mut batch = Batch::new(ingest, NAME, facts.received, items.len());
    let sent = if envelope.historical_migration.is_yes() { None } else { batch.clock(&envelope.sent_at, "sent_at") };
    let mut people = People::new(ingest);
    let mut ids = Vec::with_capacity(items.len());
    for (index, (item, props)) in items.iter().zip(&all_props).enumerate() {
        let draft = match item {
            Object::Is(item) => draft(item, props, sent, &mut people, facts),
            _ => Err(Refusal::new(Reason::WrongType, "batch", "this item of the batch is not an object", "")),
        };
        let id = item.get().and_then(|item| item.uuid.hint()).map(str::to_owned);
        let before = batch.events.len();
        batch.take_with_id(index, id.as_deref(), draft);
        ids.push(id.filter(|_| batch.events.len() > before));
    }
    let mut read = batch.done();
    read.ids = ids;
    Ok(read)
}

/// What the log, and this batch so far, know about ids.
struct People<'i> {
    ingest: &'i Ingest,
    /// Keys that this batch has used.
    used: HashSet<PersonKey>,
    /// Anonymous ids that this batch has claimed, and for whom.
    claimed: HashMap<String, PersonKey>,
}

impl<'i> People<'i> {
    fn new(ingest: &'i Ingest) -> Self {
        Self { ingest, used: HashSet::new(), claimed: HashMap::new() }
    }

    fn knows(&self, key: &PersonKey) -> bool {
        self.used.contains(key) || self.ingest.log.person(key).is_some()
    }

    fn of_event(&mut self, id: &str, is_anonymous: bool) -> Result<PersonKey, Refusal> {
        let user = person(id, "distinct_id", PersonKey::user)?;
        let anonymous = person(id, "distinct_id", PersonKey::anonymous)?;
        let key = match is_anonymous {
            true if !self.knows(&user) => anonymous,
            false if self.knows(&anonymous) && !self.knows(&user) => anonymous,
            _ => user,
        };
        self.used.insert(key.clone());
        Ok(key)
    }

    /// A key of a known person, with what else its id was taken for.
    fn of_person(&mut self, id: &str, field: &'static str) -> Result<(PersonKey, Option<Link>), Refusal> {
        let user = person(id, field, PersonKey::user)?;
        let anonymous = person(id, field, PersonKey::anonymous)?;
        let link = self.knows(&anonymous).then_some(Link::Merge(anonymous));
        self.used.insert(user.clone());
        Ok((user, link))
    }

    fn claim(&mut self, id: &str, by: &PersonKey) -> Result<Vec<Link>, Refusal> {
        let anonymous = person(id, "$anon_distinct_id", PersonKey::anonymous)?;
        let as_user = person(id, "$anon_distinct_id", PersonKey::user)?;
        let mut links = vec![Link::Claim(anonymous.clone())];
        let is_claimed_by_other = self.claimed.get(id).is_some_and(|other| other != by);
        let is_free = self.ingest.log.person(&as_user).is_none_or(|number| {
            self.ingest.log.keys(number).iter().all(|key| *key == as_user || *key == anonymous || key == by)
        });
        if self.knows(&as_user) && is_free && !is_claimed_by_other {
            links.push(Link::Merge(as_user));
        }
        self.claimed.entry(id.to_owned()).or_insert_with(|| by.clone());
        Ok(links)
    }
}

fn draft<'a>(
    item: &'a Item<'a>,
    props: &'a Props<'a>,
    sent: Option<Timestamp>,
    people: &mut People<'_>,
    facts: &'a Facts,
) -> Result<Draft<'a>, Refusal> {
    let event = item.event.text("event")?.ok_or_else(|| Refusal::missing("event", "an event needs its name"))?;
    let id = match item.distinct_id.id("distinct_id")? {
        Some(id) => id,
        None => props.distinct_id.id("distinct_id")?.ok_or_else(|| {
            Refusal::missing("distinct_id", "distinct_id must be there, beside event or in its properties")
        })?,
    };
    let profile_off = props.process_person_profile.is_no()
        || item.options.get().is_some_and(|options| options.process_person_profile.is_no());
    let is_device = props.device_id.hint().is_some_and(|device| device == &*id);
    let is_anonymous = profile_off || props.is_identified.is_no() || is_device;
    let (key, links) = match event {
        "$identify" | "$set" | "$create_alias" => {
            let (key, link) = people.of_person(&id, "distinct_id")?;
            (key, Vec::from_iter(link))
        }
        _ => (people.of_event(&id, is_anonymous)?, Vec::new()),
    };
    let mut draft = Draft::new(event, key);
    draft.links = links;
    draft.message_id = item.uuid.id("uuid")?;
    draft.happened = happened(item, facts.received)?;
    let ignores_sent = props.ignore_sent_at.is_yes()
        || item.options.get().is_some_and(|options| options.disable_skew_correction.is_yes());
    draft.sent = if ignores_sent { None } else { sent };
    draft.props = (item.properties, "properties");
    draft.banned = BANNED;
    draft.person_props = (None, "$set");
    if !profile_off {
        draft.person_props.0 = item.set.or(props.set);
        draft.person_props_once.0 = item.set_once.or(props.set_once);
    }
    draft.visit = visit(props);
    name(&mut draft, event, props, people)?;
    Ok(draft)
}

/// The event in our words, and what it says about people.
fn name<'a>(draft: &mut Draft<'a>, event: &str, props: &'a Props<'a>, people: &mut People<'_>) -> Result<(), Refusal> {
    let is_view = matches!(event, "$pageview" | "$screen");
    draft.is_view = is_view;
    match event {
        "$pageview" => draft.name = "Page Viewed".into(),
        "$screen" => draft.name = "Screen Viewed".into(),
        "$set" => draft.name = "Identified".into(),
        "$identify" => {
            draft.name = "Identified".into();
            if let Some(anonymous) = props.anon_distinct_id.id("$anon_distinct_id")? {
                let links = people.claim(&anonymous, &draft.person)?;
                draft.links.extend(links);
            }
        }
        "$create_alias" | "$merge_dangerously" => {
            draft.name = "Aliased".into();
            let alias = props.alias.id("alias")?;
            let alias =
                alias.ok_or_else(|| Refusal::missing("alias", "$create_alias needs alias in its properties"))?;
            let (other, link) = people.of_person(&alias, "alias")?;
            draft.links.push(Link::Merge(other));
            draft.links.extend(link);
        }
        "$groupidentify" => {
            draft.name = "Group Joined".into();
            draft.props = (props.group_set, "$group_set");
            for (known, value, field) in
                [(Known::GroupId, &props.group_key, "$group_key"), (Known::GroupType, &props.group_type, "$group_type")]
            {
                let value = value.id(field)?;
                let value = value.ok_or_else(|| Refusal::missing(field, &format!("$groupidentify needs {field}")))?;
                draft.facts.push((known, Fact::Text(value)));
            }
        }
        _ => {}
    }
    Ok(())
}

fn happened(item: &Item<'_>, received: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    if let Some(happened) = timing::moment(&item.timestamp, "timestamp")? {
        return Ok(Some(happened));
    }
    Ok(match item.offset {
        Loose::Whole(ms) => Some(received.plus_ms(ms.saturating_neg())),
        _ => None,
    })
}

fn visit<'a>(props: &'a Props<'a>) -> Visit<'a> {
    Visit {
        url: props.current_url.hint(),
        path: props.pathname.hint(),
        // The library writes $direct where there is none.
        referrer: props.referrer.hint().filter(|referrer| *referrer != "$direct"),
        title: props.title.hint(),
        locale: props.language.hint(),
        device: props.device(),
        user_agent: props.raw_user_agent.hint().or(props.user_agent.hint()),
        touch: Touch::default(),
        has_consent: props.consent.unwrap_or_default().0,
    }
}
