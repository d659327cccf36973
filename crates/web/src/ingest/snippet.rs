//! What our own browser snippet sends: `POST /e/s`, JSON as plain text so that a browser asks nothing first.
//!
//! ```text
//! {"k": write key, "c": consent to advertising (optional), "b": [{
//!   "t": "page" | "track" | "identify", "n": name of a tracked event, "i": message id, "ts": ms since it happened,
//!   "u": address of the page, "r": referrer, "l": its title, "a": anonymous id (with consent to cookies only),
//!   "d": user id, "p": properties (facts about the person when t is identify), "c": consent }]}
//! ```
//!
//! A visitor without `a` gets the number of the day (see [`daily_id`](super::daily_id)). Anything in `t` but
//! `page` and `identify` is a tracked event; without `n` its name is `t` itself in Title Case (`click` is
//! `Click`). An event with `d` belongs to that person. `Consent Given` with `a` joins what the visitor of the
//! day did so far to the browser, unless one of the two belongs to another person by then.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use events::{Link, PersonKey};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    Dialect, Facts, Ingest,
    answer::{Problem, with_rejected},
    body,
    draft::{Batch, Draft, Read, Visit, person},
    json::{Consent, Loose, Object},
    limits::{SNIPPET_BODY_BYTES_MAX, SNIPPET_EVENTS_MAX},
    refusals::{Reason, Refusal},
    touch, visitor,
};

const SNIPPET: Dialect = Dialect { name: "snippet", body_bytes_max: SNIPPET_BODY_BYTES_MAX, read };

pub(super) fn routes() -> Router<Arc<Ingest>> {
    Router::new().route("/e/s", post(take))
}

async fn take(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    ingest
        .receive(SNIPPET, request, |outcome| match outcome.rejected.is_empty() {
            true => StatusCode::NO_CONTENT.into_response(),
            false => with_rejected(json!({}), &outcome.rejected, outcome.rejected_count),
        })
        .await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    k: Loose<'a>,
    c: Option<Consent>,
    #[serde(borrow)]
    b: Option<Vec<Object<Item<'a>>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    t: Loose<'a>,
    #[serde(borrow)]
    n: Loose<'a>,
    #[serde(borrow)]
    u: Loose<'a>,
    #[serde(borrow)]
    r: Loose<'a>,
    #[serde(borrow)]
    l: Loose<'a>,
    #[serde(borrow)]
    p: Option<&'a RawValue>,
    #[serde(borrow)]
    i: Loose<'a>,
    #[serde(borrow)]
    a: Loose<'a>,
    #[serde(borrow)]
    d: Loose<'a>,
    #[serde(borrow)]
    ts: Loose<'a>,
    c: Option<Consent>,
}

fn read(ingest: &Ingest, facts: &Facts, body: &[u8]) -> Result<Read, Problem> {
    let read = serde_json::from_str::<Envelope<'_>>(body::text(body)?);
    let envelope = read.map_err(|error| Problem::malformed("", format!("the body cannot be read: {error}")))?;
    ingest.admit(envelope.k.hint(), "send it as k in the body")?;
    let items =
        envelope.b.as_deref().ok_or_else(|| Problem::malformed("b", "b: it is missing; send a list of events"))?;
    if items.len() > SNIPPET_EVENTS_MAX {
        let count = items.len();
        return Err(Problem::too_large(format!("{count} events in one body; send at most {SNIPPET_EVENTS_MAX}")));
    }
    let mut batch = Batch::new(ingest, SNIPPET.name, facts.received, items.len());
    for (index, item) in items.iter().enumerate() {
        let draft = match item {
            Object::Is(item) => draft(ingest, facts, item, envelope.c),
            _ => Err(Refusal::new(Reason::WrongType, "b", "this item of b is not an object", "")),
        };
        batch.take(index, draft);
    }
    Ok(batch.done())
}

fn draft<'a>(
    ingest: &Ingest,
    facts: &'a Facts,
    item: &'a Item<'a>,
    consent: Option<Consent>,
) -> Result<Draft<'a>, Refusal> {
    let user_agent = facts.header("user-agent").unwrap_or_default();
    let url = item.u.text("u")?;
    let given = item.a.id("a")?.map(|id| person(&id, "a", PersonKey::anonymous)).transpose()?;
    let of_today = || {
        // The site of the page, not of the collector: the same visitor on two sites is not joined.
        let site = url.and_then(touch::host).or_else(|| touch::host_of_authority(facts.header("host")?));
        let site = site.unwrap_or_default();
        let id = visitor::daily_id(&*ingest.salt, facts.received, facts.ip, user_agent, &site);
        person(&id, "a", PersonKey::anonymous)
    };
    let is_cookieless = given.is_none();
    let anonymous = given.map_or_else(of_today, Ok)?;
    let user = item.d.id("d")?.map(|id| person(&id, "d", PersonKey::user)).transpose()?;
    let kind = item.t.text("t")?.unwrap_or("track");
    let name = match (kind, item.n.text("n")?) {
        ("page", _) => "Page Viewed".to_owned(),
        ("identify", _) => "Identified".to_owned(),
        (_, Some(name)) => name.to_owned(),
        ("track", None) => return Err(Refusal::missing("n", "n must be there: the name of the event")),
        (kind, None) => title_case(kind),
    };
    let mut draft = Draft::new(name, user.clone().unwrap_or_else(|| anonymous.clone()));
    if user.is_some() && kind == "identify" {
        draft.links.push(Link::Claim(anonymous));
    }
    if draft.name == "Consent Given" && !is_cookieless {
        // What the visitor did before saying yes is the visitor's, above all the campaign of the first page.
        draft.links.push(Link::Claim(of_today()?));
    }
    draft.message_id = item.i.id("i")?;
    draft.happened = match item.ts {
        Loose::Whole(ms) => Some(facts.received.plus_ms(ms.max(0).saturating_neg())),
        Loose::Real(ms) => Some(facts.received.plus_ms((ms.max(0.0) as i64).saturating_neg())),
        Loose::Missing => None,
        _ => {
            return Err(Refusal::new(Reason::TimeMalformed, "ts", "ts is not a number; send ms since it happened", ""));
        }
    };
    if kind == "identify" {
        draft.person_props = (item.p, "p");
    } else {
        draft.props = (item.p, "p");
    }
    draft.is_view = kind == "page";
    draft.visit = Visit {
        url,
        referrer: item.r.hint(),
        title: item.l.hint(),
        user_agent: Some(user_agent).filter(|user_agent| !user_agent.is_empty()),
        has_consent: item.c.or(consent).unwrap_or_default().0,
        ..Visit::default()
    };
    Ok(draft)
}

fn title_case(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
