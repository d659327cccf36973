//! One fact about a person, and the names a person goes by.

use std::{fmt, sync::Arc};

use base::{Email, Timestamp};

/// One of the names a person goes by, with its namespace: `anon:…`, `user:…`, `email:…`, `contact:…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonKey(Arc<str>);

/// Longest key, namespace included, in bytes.
pub const PERSON_KEY_BYTES_MAX: usize = 300;

/// Why a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a person needs an id of 1 to {PERSON_KEY_BYTES_MAX} bytes without control characters")]
pub struct PersonKeyError;

impl PersonKey {
    fn namespaced(namespace: &str, id: &str) -> Result<Self, PersonKeyError> {
        let id = id.trim();
        let fits = !id.is_empty() && namespace.len() + id.len() <= PERSON_KEY_BYTES_MAX;
        if !fits || id.chars().any(char::is_control) {
            return Err(PersonKeyError);
        }
        Ok(Self(format!("{namespace}{id}").into()))
    }

    /// A browser or device that has not said who it is.
    pub fn anonymous(id: &str) -> Result<Self, PersonKeyError> {
        Self::namespaced("anon:", id)
    }

    /// The caller's own id of a known person (Segment's `userId`, PostHog's identified `distinct_id`).
    pub fn user(id: &str) -> Result<Self, PersonKeyError> {
        Self::namespaced("user:", id)
    }

    /// A verified e-mail address.
    pub fn email(email: &Email) -> Self {
        Self(format!("email:{email}").into())
    }

    /// A contact of ours, by the text of its id.
    pub fn contact(id: &base::Id<base::id::Contact>) -> Self {
        Self(format!("contact:{id}").into())
    }

    /// A key read back from storage or an address bar: `namespace:id`.
    pub fn parse(text: &str) -> Result<Self, PersonKeyError> {
        match text.split_once(':') {
            Some((space @ ("anon" | "user" | "email" | "contact"), id)) => Self::namespaced(&format!("{space}:"), id),
            _ => Err(PersonKeyError),
        }
    }

    /// A key that this log itself has written: checked then.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.into())
    }

    /// `namespace:id`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this key names a browser rather than a person.
    pub fn is_anonymous(&self) -> bool {
        self.0.starts_with("anon:")
    }
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Another name of the person who did an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// `identify`: the two become one, unless either is an anonymous key already tied to another known
    /// person (a shared device): then nothing is joined.
    Claim(PersonKey),
    /// `alias`, a verified address, a merge by hand: the two become one, always.
    Merge(PersonKey),
}

/// A fact to be written to the log. All limits are checked by [`NewEvent::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Names this fact: a repeat of it is dropped. 1 to 100 bytes.
    pub message_id: String,
    /// What happened, Title Case (`Page Viewed`). 1 to 200 bytes.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// When we were told.
    pub received_at: Timestamp,
    /// Who did it.
    pub person: PersonKey,
    /// Other names of the same person, learned with this event.
    pub links: Vec<Link>,
    /// A JSON object as text, at most 32 KB; `{}` when there is nothing to say.
    pub props: String,
    /// Facts to set on the person: a JSON object as text, at most 32 KB.
    pub person_props: Option<String>,
    /// What brought the event in, when it can be taken back as a whole (`imp_…`).
    pub source: Option<String>,
}

/// Where an event stands in the log: counts from 1, grows with arrival, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Position(pub u64);

/// A fact as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its place.
    pub position: Position,
    /// Dense number of the person, merges of today applied.
    pub person: u32,
    /// The fact as it came.
    pub event: NewEvent,
}

/// Longest message id, in bytes.
pub const MESSAGE_ID_BYTES_MAX: usize = 100;
/// Longest event name, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Longest text of the properties of an event, or of the facts about a person, in bytes.
pub const PROPS_BYTES_MAX: usize = 32 * 1024;
/// Longest name of a source, in bytes.
pub const SOURCE_BYTES_MAX: usize = 100;
/// Most other names of a person told with one event.
pub const LINKS_MAX: usize = 20;
/// How far an event may lie after the moment we were told of it: a client's clock may be wrong by a zone.
pub const AT_AHEAD_MS_MAX: i64 = 48 * 3600 * 1000;
/// Nothing that a funnel counts happened before 1970.
const AT_MIN: Timestamp = Timestamp::from_ms(0);

/// Which limit an event breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct EventError {
    /// The field of [`NewEvent`].
    pub field: &'static str,
    /// What to do about it.
    pub reason: String,
}

impl NewEvent {
    /// Whether the event keeps every limit of the log; else the field and what to do.
    pub fn check(&self) -> Result<(), EventError> {
        text("message_id", &self.message_id, MESSAGE_ID_BYTES_MAX)?;
        text("name", &self.name, NAME_BYTES_MAX)?;
        if let Some(source) = &self.source {
            text("source", source, SOURCE_BYTES_MAX)?;
        }
        if self.source.as_deref().is_some_and(|source| source.starts_with(crate::tombstones::RESERVED)) {
            return wrong("source", "names that begin with \"suppilo:\" are the log's own; choose another".to_owned());
        }
        object("props", &self.props)?;
        if let Some(person_props) = &self.person_props {
            object("person_props", person_props)?;
        }
        if self.links.len() > LINKS_MAX {
            return wrong("links", format!("{} other names; an event tells of at most {LINKS_MAX}", self.links.len()));
        }
        self.check_times()
    }

    fn check_times(&self) -> Result<(), EventError> {
        if self.received_at < AT_MIN {
            return wrong("received_at", format!("{} is before 1970; set this machine's clock", self.received_at));
        }
        if self.at < AT_MIN {
            return wrong("at", format!("{} is before 1970; send the moment it happened", self.at));
        }
        if self.at > self.received_at.plus_ms(AT_AHEAD_MS_MAX) {
            let reason = format!("{} lies more than 48 hours in the future; check the sender's clock", self.at);
            return wrong("at", reason);
        }
        Ok(())
    }
}

fn wrong<T>(field: &'static str, reason: String) -> Result<T, EventError> {
    Err(EventError { field, reason })
}

fn text(field: &'static str, text: &str, bytes_max: usize) -> Result<(), EventError> {
    if text.is_empty() || text.len() > bytes_max {
        return wrong(field, format!("{} bytes; send 1 to {bytes_max}", text.len()));
    }
    Ok(())
}

fn object(field: &'static str, text: &str) -> Result<(), EventError> {
    if text.len() > PROPS_BYTES_MAX {
        return wrong(field, format!("{} bytes; send at most {PROPS_BYTES_MAX}", text.len()));
    }
    crate::json::check_object(text).or_else(|reason| wrong(field, format!("send a JSON object ({reason})")))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An event that keeps every limit.
    pub(crate) fn sample(id: &str) -> NewEvent {
        NewEvent {
            message_id: id.to_owned(),
            name: "Page Viewed".to_owned(),
            at: Timestamp::from_ms(1_700_000_000_000),
            received_at: Timestamp::from_ms(1_700_000_000_500),
            person: PersonKey::anonymous("a1").unwrap(),
            links: Vec::new(),
            props: "{}".to_owned(),
            person_props: None,
            source: None,
        }
    }

    #[test]
    fn every_limit_names_its_field() {
        type Break = fn(&mut NewEvent);
        let broken: [(&str, Break); 11] = [
            ("message_id", |e| e.message_id.clear()),
            ("message_id", |e| e.message_id = "x".repeat(MESSAGE_ID_BYTES_MAX + 1)),
            ("name", |e| e.name = "x".repeat(NAME_BYTES_MAX + 1)),
            ("source", |e| e.source = Some(String::new())),
            ("props", |e| e.props = "[]".to_owned()),
            ("props", |e| e.props = format!("{{\"a\":\"{}\"}}", "x".repeat(PROPS_BYTES_MAX))),
            ("person_props", |e| e.person_props = Some("{".to_owned())),
            ("links", |e| e.links = vec![Link::Merge(e.person.clone()); LINKS_MAX + 1]),
            ("received_at", |e| e.received_at = Timestamp::from_ms(-1)),
            ("at", |e| e.at = Timestamp::from_ms(-1)),
            ("at", |e| e.at = e.received_at.plus_ms(AT_AHEAD_MS_MAX + 1)),
        ];
        assert_eq!(sample("m1").check(), Ok(()));
        for (field, break_it) in broken {
            let mut event = sample("m1");
            break_it(&mut event);
            assert_eq!(event.check().unwrap_err().field, field);
        }
    }
}
