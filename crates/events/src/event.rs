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
