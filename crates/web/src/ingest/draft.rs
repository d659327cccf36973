//! What every dialect turns its items into, and how that becomes an event of the log.

use std::borrow::Cow;

use base::Timestamp;
use events::{Link, MESSAGE_ID_BYTES_MAX, NAME_BYTES_MAX, NewEvent, PROPS_BYTES_MAX, PersonKey};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Ingest,
    json::Loose,
    limits::REJECTED_NAMED_MAX,
    props::{self, Fact, Known, Scan},
    refusals::{Reason, Refusal},
    timing,
    touch::{self, Touch},
    visitor,
};

/// What is known about the visit during which something happened.
#[derive(Debug, Default)]
pub(super) struct Visit<'a> {
    pub(super) url: Option<&'a str>,
    pub(super) path: Option<&'a str>,
    pub(super) referrer: Option<&'a str>,
    pub(super) title: Option<&'a str>,
    pub(super) locale: Option<&'a str>,
    /// `mobile`, `tablet`, `desktop` when the sender says it.
    pub(super) device: Option<&'a str>,
    /// The browser's user agent, not that of a server that passes events on.
    pub(super) user_agent: Option<&'a str>,
    /// Campaign parameters told apart from the address.
    pub(super) touch: Touch,
    /// Consent to advertising: click ids may be kept.
    pub(super) has_consent: bool,
}

/// One item on its way into the log.
pub(super) struct Draft<'a> {
    pub(super) message_id: Option<Cow<'a, str>>,
    pub(super) name: Cow<'a, str>,
    /// The sender's clock when it happened.
    pub(super) happened: Option<Timestamp>,
    /// The sender's clock when it sent, where a wrong clock is to be set right.
    pub(super) sent: Option<Timestamp>,
    pub(super) person: PersonKey,
    pub(super) links: Vec<Link>,
    /// The properties and the sender's name for them.
    pub(super) props: (Option<&'a RawValue>, &'static str),
    /// Facts about the person and the sender's name for them.
    pub(super) person_props: (Option<&'a RawValue>, &'static str),
    /// Facts about the person to set when there are none yet.
    pub(super) person_props_once: (Option<&'a RawValue>, &'static str),
    /// Property names that are not kept.
    pub(super) banned: &'static [&'static str],
    pub(super) visit: Visit<'a>,
    /// A page or screen was opened.
    pub(super) is_view: bool,
    /// Properties that the dialect has outside of its property object.
    pub(super) facts: Vec<(Known, Fact<'a>)>,
}

impl<'a> Draft<'a> {
    /// A draft of which only the essentials are known.
    pub(super) fn new(name: impl Into<Cow<'a, str>>, person: PersonKey) -> Self {
        Self {
            message_id: None,
            name: name.into(),
            happened: None,
            sent: None,
            person,
            links: Vec::new(),
            props: (None, "properties"),
            person_props: (None, "traits"),
            person_props_once: (None, "$set_once"),
            banned: &["$ip"],
            visit: Visit::default(),
            is_view: false,
            facts: Vec::new(),
        }
    }
}

/// An item that was not taken: its place in the request, the field, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RejectedEvent)]
pub struct Rejected {
    /// Counts from 0.
    pub index: usize,
    /// In the sender's words.
    pub field: &'static str,
    /// What to do about it.
    pub message: String,
    /// The id that the sender gave the item, where the dialect answers by id.
    #[serde(skip)]
    pub(super) id: Option<String>,
}

/// The events of one request, good ones apart from bad ones.
pub(super) struct Batch<'i> {
    ingest: &'i Ingest,
    dialect: &'static str,
    pub(super) received: Timestamp,
    pub(super) events: Vec<NewEvent>,
    pub(super) rejected: Vec<Rejected>,
    /// Including those that are not named for their number.
    pub(super) rejected_count: usize,
}

/// A batch that has been read and is owned by nobody else.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) events: Vec<NewEvent>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) rejected_count: usize,
    /// Ids by place, where the dialect answers by id.
    pub(super) ids: Vec<Option<String>>,
}

impl Read {
    /// What was wrong, without what was good.
    pub(super) fn without_events(self) -> Self {
        Self { events: Vec::new(), ..self }
    }
}

impl<'i> Batch<'i> {
    pub(super) fn new(ingest: &'i Ingest, dialect: &'static str, received: Timestamp, room: usize) -> Self {
        let events = Vec::with_capacity(room);
        Self { ingest, dialect, received, events, rejected: Vec::new(), rejected_count: 0 }
    }

    /// Write down what one item became.
    pub(super) fn take(&mut self, index: usize, draft: Result<Draft<'_>, Refusal>) {
        self.take_with_id(index, None, draft);
    }

    /// The same, for a dialect that answers by id.
    pub(super) fn take_with_id(&mut self, index: usize, id: Option<&str>, draft: Result<Draft<'_>, Refusal>) {
        match draft.and_then(|draft| self.finish(draft)) {
            Ok(event) => self.events.push(event),
            Err(refusal) => self.reject_with_id(index, id, refusal),
        }
    }

    /// Write down the one item of a request.
    pub(super) fn take_only(&mut self, draft: Draft<'_>) -> Result<(), Refusal> {
        let event = self.finish(draft)?;
        self.events.push(event);
        Ok(())
    }

    pub(super) fn reject(&mut self, index: usize, refusal: Refusal) {
        self.reject_with_id(index, None, refusal);
    }

    fn reject_with_id(&mut self, index: usize, id: Option<&str>, refusal: Refusal) {
        self.note(&refusal);
        self.rejected_count += 1;
        // An answer by id must name each: one that is not named counts as taken.
        if self.rejected.len() < REJECTED_NAMED_MAX || id.is_some() {
            let id = id.map(str::to_owned);
            self.rejected.push(Rejected { index, field: refusal.field, message: refusal.message, id });
        }
    }

    /// Count something that was set right or left out without refusing the item.
    pub(super) fn note(&self, refusal: &Refusal) {
        self.ingest.refusals.note(self.received, self.dialect, refusal);
    }

    /// The sender's clock as the request tells it. A clock that cannot be read is left aside and counted: the
    /// events are good without it.
    pub(super) fn clock(&self, value: &Loose<'_>, field: &'static str) -> Option<Timestamp> {
        timing::moment(value, field).unwrap_or_else(|refusal| {
            self.note(&refusal);
            None
        })
    }

    pub(super) fn done(self) -> Read {
        let Self { events, rejected, rejected_count, .. } = self;
        Read { events, rejected, rejected_count, ids: Vec::new() }
    }

    fn finish(&self, draft: Draft<'_>) -> Result<NewEvent, Refusal> {
        let name = bounded(draft.name, "event", NAME_BYTES_MAX)?;
        let message_id = match draft.message_id {
            Some(id) => bounded(id, "messageId", MESSAGE_ID_BYTES_MAX)?,
            None => base::token(&*self.ingest.random, 16),
        };
        let settled = timing::settle(self.received, draft.sent, draft.happened);
        if settled.is_ahead {
            let message = "the event lies more than 24 hours in the future; its arrival was taken instead";
            self.note(&Refusal::new(Reason::TimeAhead, "timestamp", message, ""));
        }
        let Draft { visit, mut facts, banned, is_view, .. } = draft;
        let has_consent = visit.has_consent;
        let (raw, field) = draft.props;
        let props = props::read(raw, field, banned, |text, scan| {
            let dropped = self.describe(&visit, scan, is_view, &mut facts);
            if dropped || (scan.has_click_id && !has_consent) {
                self.note(&Refusal::new(Reason::ClickIdWithoutConsent, field, CLICK_ID_DROPPED, ""));
            }
            props::write(text, scan, banned, has_consent, &facts)
        })?;
        if props.len() > PROPS_BYTES_MAX {
            let message =
                format!("{field} has {} bytes with the page's address; send at most {PROPS_BYTES_MAX}", props.len());
            return Err(Refusal::new(Reason::TooLong, field, message, ""));
        }
        let person_props = person_props(draft.person_props, draft.person_props_once, has_consent)?;
        Ok(NewEvent {
            message_id,
            name,
            at: settled.at,
            received_at: self.received,
            person: draft.person,
            links: draft.links,
            props,
            person_props,
            source: None,
        })
    }

    /// Collect what ingestion knows about the visit. Answers whether a click id had to be left out.
    fn describe(&self, visit: &Visit<'_>, scan: &Scan<'_>, is_view: bool, facts: &mut Vec<(Known, Fact<'_>)>) -> bool {
        let url = scan.text(Known::Url).or(visit.url);
        let referrer = scan.text(Known::Referrer).or(visit.referrer);
        let is_silent = url.is_none() && referrer.is_none() && visit.touch.is_empty() && visit.user_agent.is_none();
        if is_silent && !scan.has_touch() && visit.locale.is_none() && visit.title.is_none() && visit.device.is_none() {
            // Most events of servers say nothing about a visit: nothing to work out.
            return false;
        }
        let mut text = |known: Known, value: Option<&str>| {
            if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
                facts.push((known, Fact::Text(value.to_owned().into())));
            }
        };
        let mut touch = Touch::default();
        for (known, value) in scan.texts().filter(|(known, _)| known.is_touch()) {
            touch.tell(known, value);
        }
        for (known, value) in visit.touch.iter() {
            touch.tell(known, value);
        }
        if let Some(url) = url {
            for (known, value) in Touch::of_url(url).iter() {
                touch.tell(known, value);
            }
        }
        let shown = |address: &str| match visit.has_consent {
            true => address.to_owned(),
            false => touch::without_click_ids(address).into_owned(),
        };
        text(Known::Url, visit.url.map(shown).as_deref());
        text(Known::Path, visit.path.or_else(|| url.and_then(touch::path)));
        text(Known::Referrer, visit.referrer.map(shown).as_deref());
        text(Known::Title, visit.title.filter(|_| is_view));
        text(Known::Locale, visit.locale);
        text(Known::Device, visit.device.or_else(|| visit.user_agent.map(visitor::device)));
        text(Known::Channel, touch.channel(url, referrer, is_view, &self.ingest.channels.channels()));
        let mut is_dropped = false;
        for (known, value) in touch.iter() {
            if known.is_click_id() && !visit.has_consent {
                is_dropped = true;
            } else {
                text(known, Some(value));
            }
        }
        if visit.user_agent.is_some_and(visitor::is_robot) {
            facts.push((Known::IsBot, Fact::True));
        }
        is_dropped
    }
}

const CLICK_ID_DROPPED: &str = "a click id came without consent to advertising and was left out";

fn bounded(text: Cow<'_, str>, field: &'static str, bytes_max: usize) -> Result<String, Refusal> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Refusal::missing(field, &format!("{field} is empty; send 1 to {bytes_max} bytes")));
    }
    if trimmed.len() > bytes_max {
        let message = format!("{field} has {} bytes; send at most {bytes_max}", trimmed.len());
        return Err(Refusal::new(Reason::TooLong, field, message, trimmed));
    }
    if trimmed.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        let message = format!("{field} holds control characters; take them out");
        return Err(Refusal::new(Reason::FieldMalformed, field, message, trimmed));
    }
    Ok(if trimmed.len() == text.len() { text.into_owned() } else { trimmed.to_owned() })
}

/// The facts about a person as one object; what to set only once stands under `$set_once`.
fn person_props(
    set: (Option<&RawValue>, &'static str),
    once: (Option<&RawValue>, &'static str),
    has_consent: bool,
) -> Result<Option<String>, Refusal> {
    const BANNED: &[&str] = &["$ip", "$set_once"];
    let kept = |(raw, field): (Option<&RawValue>, &'static str)| {
        props::read(raw, field, BANNED, |text, scan| props::write(text, scan, BANNED, has_consent, &[]))
    };
    if set.0.is_none() && once.0.is_none() {
        return Ok(None);
    }
    let (mut text, once_text) = (kept(set)?, kept(once)?);
    if once.0.is_some() && !is_empty(&once_text) {
        let end = text.trim_end().len() - 1;
        text.truncate(end);
        text.push_str(if is_empty(&format!("{text}}}")) { "\"$set_once\":" } else { ",\"$set_once\":" });
        text.push_str(&once_text);
        text.push('}');
    }
    if text.len() > PROPS_BYTES_MAX {
        let message = format!("{} has {} bytes; send at most {PROPS_BYTES_MAX}", set.1, text.len());
        return Err(Refusal::new(Reason::TooLong, set.1, message, ""));
    }
    Ok(Some(text).filter(|text| !is_empty(text)))
}

fn is_empty(object: &str) -> bool {
    object.bytes().all(|byte| matches!(byte, b'{' | b'}') || byte.is_ascii_whitespace())
}

/// A person's key out of an id that was sent.
pub(super) fn person(
    id: &str,
    field: &'static str,
    make: fn(&str) -> Result<PersonKey, events::PersonKeyError>,
) -> Result<PersonKey, Refusal> {
    make(id).map_err(|error| {
        let reason = if id.len() > 100 { Reason::TooLong } else { Reason::FieldMalformed };
        Refusal::new(reason, field, format!("{field}: {error}"), id)
    })
}
