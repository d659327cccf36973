//! Typed identifiers: UUIDv7 inside, a prefix and 26 characters of base32 in text (`ctc_01jd...`).
//!
//! The prefix is refused when it is the wrong one, so that the id of a deal never finds a contact.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Clock, Random, Timestamp};

/// What an id names. The prefix is part of every written id and never changes.
pub trait Kind: 'static {
    /// Three lower-case letters.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {}
        impl Kind for $name { const PREFIX: &'static str = $prefix; }
        // A kind stands in the API only inside an id, whose schema does not look at it.
        impl utoipa::__dev::ComposeSchema for $name {
            fn compose(_: Vec<utoipa::openapi::RefOr<utoipa::openapi::Schema>>) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::Schema::default().into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

kinds! {
    /// A person whom we may write to.
    Contact = "ctc";
    /// A possible sale.
    Deal = "dea";
    /// A note, call, meeting, task or file on a contact or deal.
    Activity = "act";
    /// What a user is told inside the program.
    Notification = "ntf";
    /// A script of the sales book.
    Playbook = "plb";
    /// People who have something in common, kept up to date.
    Segment = "seg";
    /// Somebody who logs in.
    User = "usr";
    /// People who work together.
    Team = "tea";
    /// A rule that gives deals to people.
    AssignmentRule = "asr";
    /// A deal given to somebody.
    Assignment = "asg";
    /// What somebody is to reach in a period.
    Target = "tgt";
    /// A login.
    Session = "ses";
    /// An API key.
    Key = "key";
    /// A page, in all its versions.
    Page = "pag";
    /// One saved version of a page.
    PageVersion = "pgv";
    /// One form sent by a visitor.
    Submission = "sub";
    /// An uploaded file.
    File = "fil";
    /// A lead magnet.
    Magnet = "mag";
    /// What is offered at a price.
    Offer = "off";
    /// An order.
    Order = "ord";
    /// One outgoing message.
    Message = "msg";
    /// A message template.
    Template = "tpl";
    /// One import.
    Import = "imp";
    /// A background job.
    Job = "job";
    /// A funnel, in all its versions.
    Funnel = "fun";
    /// An entry of the consent ledger.
    Consent = "cns";
    /// An entry of the audit log.
    Audit = "aud";
    /// What a channel cost on a day.
    Spend = "spd";
    /// A question to the event log that was given a name.
    Insight = "ins";
    /// Saved insights side by side.
    Dashboard = "dsh";
    /// One place of a dashboard.
    Tile = "til";
    /// Two contacts that were made one.
    Merge = "mrg";
    /// A row waiting to be written to the event log.
    Outbox = "obx";
    /// A company that contacts work for.
    Company = "cmp";
    /// A field that the company defined itself.
    Field = "fld";
    /// A list with its filter, order and columns under a name.
    View = "viw";
    /// An edit of many records at once.
    BulkEdit = "blk";
}

/// An id of one kind of thing.
pub struct Id<K: Kind> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 26 characters of 5 bits hold the 128 bits; the first character is at most `7`.
const TEXT_LEN: usize = 26;

impl<K: Kind> Id<K> {
    /// A new id; ids made later sort later.
    pub fn new(clock: &dyn Clock, random: &dyn Random) -> Self {
        Self::at(clock.now(), random)
    }

    /// A new id that sorts at the given time.
    pub fn at(time: Timestamp, random: &dyn Random) -> Self {
        let mut bytes = [0u8; 10];
        random.fill(&mut bytes);
        let ms = u64::try_from(time.ms()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid())
    }

    /// An id that nothing has.
    pub const NIL: Self = Self { uuid: Uuid::nil(), kind: PhantomData };

    /// The id for a UUID read from the database.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The UUID to write to the database.
    pub fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Id<K> {}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K: Kind> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.uuid.as_u128();
        let mut text = [0u8; TEXT_LEN];
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[(value & 31) as usize];
            value >>= 5;
        }
        write!(f, "{}_{}", K::PREFIX, str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The id names another kind of thing.
    #[error("this id should start with {expected}_ and it starts with {found}")]
    Prefix { expected: &'static str, found: String },
    /// Not 26 characters of the alphabet.
    #[error("this is not an id: {expected}_ must be followed by 26 letters and digits")]
    Text { expected: &'static str },
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = IdError::Text { expected: K::PREFIX };
        let (prefix, digits) = text.split_once('_').ok_or_else(|| wrong.clone())?;
        if prefix != K::PREFIX {
            let found = prefix.chars().take(12).collect();
            return Err(IdError::Prefix { expected: K::PREFIX, found });
        }
        if digits.len() != TEXT_LEN || digits.as_bytes()[0] > b'7' {
            return Err(wrong);
        }
        let mut value = 0u128;
        for byte in digits.bytes() {
            let digit = ALPHABET.iter().position(|&c| c == byte).ok_or_else(|| wrong.clone())?;
            value = value << 5 | digit as u128;
        }
        Ok(Self::from_uuid(Uuid::from_u128(value)))
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SeededRandom, VirtualClock};

    #[test]
    fn text_round_trips_and_sorts_by_time() {
        let clock = VirtualClock::at(Timestamp::from_ms(1_700_000_000_000));
        let random = SeededRandom::new(1);
        let first = Id::<Contact>::new(&clock, &random);
        clock.advance_ms(1);
        let second = Id::<Contact>::new(&clock, &random);
        assert!(first.to_string() < second.to_string());
        assert_eq!(first.to_string().parse(), Ok(first));
    }

    #[test]
    fn a_wrong_prefix_or_text_is_refused() {
        let random = SeededRandom::new(1);
        let deal: Id<Deal> = Id::at(Timestamp::from_ms(0), &random);
        let text = deal.to_string();
        let wrong_kind = text.parse::<Id<Contact>>().unwrap_err();
        assert_eq!(wrong_kind.to_string(), "this id should start with ctc_ and it starts with dea");
        for bad in ["dea_", "dea_8zzzzzzzzzzzzzzzzzzzzzzzzz", "dea_uuuuuuuuuuuuuuuuuuuuuuuuuu", "dea"] {
            assert!(bad.parse::<Id<Deal>>().is_err(), "{bad}");
        }
    }
}
