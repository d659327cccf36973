//! What was refused or left out, counted and with a few samples, for the operator to see.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use base::Timestamp;
use serde::Serialize;

use super::limits::{SAMPLE_CHARS_MAX, SAMPLES_MAX};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why something was refused, left out or corrected.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable code that answers and the operator's page show.
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }
        }
    };
}

reasons! {
    /// No write key came with the request.
    KeyMissing = "key_missing",
    /// The write key is not one of ours, or was withdrawn.
    KeyUnknown = "key_unknown",
    /// The body, or the number of events in it, is over the limit.
    TooLarge = "too_large",
    /// The body broke off or took too long.
    BodyBroken = "body_broken",
    /// The body is packed in a way that cannot be unpacked.
    EncodingUnknown = "encoding_unknown",
    /// The body is not JSON, or not of the shape that the endpoint takes.
    BodyMalformed = "body_malformed",
    /// A field has the wrong type.
    WrongType = "wrong_type",
    /// A field that must be there is not.
    FieldMissing = "field_missing",
    /// A field is longer than its limit.
    TooLong = "too_long",
    /// A field cannot be understood.
    FieldMalformed = "field_malformed",
    /// A moment is not one.
    TimeMalformed = "time_malformed",
    /// A moment lies far in the future: the arrival was taken instead.
    TimeAhead = "time_ahead",
    /// A click id came without consent to advertising and was left out.
    ClickIdWithoutConsent = "click_id_without_consent",
    /// The log would not take the event.
    LogRefused = "log_refused",
    /// The log's queue, or the room for bodies, was full; the sender was told to try again.
    Busy = "busy",
    /// The log could not write; the sender was told to try again.
    LogFailed = "log_failed",
}

/// Why one item was refused: which field, what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) field: &'static str,
    pub(super) message: String,
    /// What stood there, already shortened and without personal data.
    pub(super) value: String,
}

impl Refusal {
    pub(super) fn new(reason: Reason, field: &'static str, message: impl Into<String>, value: &str) -> Self {
        Self { reason, field, message: message.into(), value: shorten(field, value) }
    }

    pub(super) fn missing(field: &'static str, message: &str) -> Self {
        Self::new(Reason::FieldMissing, field, message, "")
    }
}

/// Fields whose values name a person: only their length is shown.
const PERSONAL: &[&str] = &[
    "userId",
    "anonymousId",
    "previousId",
    "user_id",
    "anonymous_id",
    "distinct_id",
    "alias",
    "client_id",
    "person",
    "email",
    "$anon_distinct_id",
    "traits",
    "person_props",
    "$set",
    "$set_once",
    "user_properties",
    "a",
];

/// The start of a value, without what could name a person.
fn shorten(field: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    if PERSONAL.contains(&field) || value.contains('@') {
        return format!("{} characters", value.chars().count());
    }
    let mut digits = 0;
    let mut short: String = value
        .chars()
        .take(SAMPLE_CHARS_MAX)
        .map(|c| {
            digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
            // Five digits in a row may be the start of a telephone or identity number.
            if c.is_control() || digits > 4 { '·' } else { c }
        })
        .collect();
    if value.chars().nth(SAMPLE_CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}

/// One refusal as the operator sees it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = RefusalSample)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Which way it came in: `segment`, `posthog`, `ga4`, `snippet`, `api`.
    pub dialect: &'static str,
    /// The field, in the sender's words; empty when the whole request is meant.
    pub field: &'static str,
    /// What to do about it.
    pub message: String,
    /// The start of what stood there, without personal data.
    pub value: String,
}

/// How often a reason occurred since the start, with the newest samples last.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = RefusalReason)]
pub struct Refused {
    /// The stable code of the reason.
    pub reason: &'static str,
    /// How often.
    pub count: u64,
    /// The last few.
    pub samples: Vec<Sample>,
}

/// What ingestion did since the start.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Refusals)]
pub struct Snapshot {
    /// Events written to the log.
    pub accepted: u64,
    /// Events that the log already held.
    pub repeated: u64,
    /// Reasons that occurred.
    pub refused: Vec<Refused>,
}

#[derive(Default)]
struct Slot {
    count: AtomicU64,
    samples: Mutex<VecDeque<Sample>>,
}

/// Counters that many requests turn at once.
pub struct Refusals {
    slots: Vec<Slot>,
    accepted: AtomicU64,
    repeated: AtomicU64,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            slots: Reason::ALL.iter().map(|_| Slot::default()).collect(),
            accepted: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
        }
    }
}

impl Refusals {
    pub(super) fn note(&self, at: Timestamp, dialect: &'static str, refusal: &Refusal) {
        let slot = &self.slots[refusal.reason as usize];
        slot.count.fetch_add(1, Ordering::Relaxed);
        // A sample is worth no waiting: under a flood the count goes on and some samples are skipped.
        if let Ok(mut samples) = slot.samples.try_lock() {
            if samples.len() == SAMPLES_MAX {
                samples.pop_front();
            }
            samples.push_back(Sample {
                at,
                dialect,
                field: refusal.field,
                message: refusal.message.clone(),
                value: refusal.value.clone(),
            });
        }
    }

    pub(super) fn written(&self, accepted: usize, repeated: usize) {
        self.accepted.fetch_add(accepted as u64, Ordering::Relaxed);
        self.repeated.fetch_add(repeated as u64, Ordering::Relaxed);
    }

    /// How often a reason occurred.
    pub fn count(&self, reason: Reason) -> u64 {
        self.slots[reason as usize].count.load(Ordering::Relaxed)
    }

    /// What the operator sees.
    pub fn snapshot(&self) -> Snapshot {
        let refused = Reason::ALL.iter().filter_map(|&reason| {
            let count = self.count(reason);
            (count > 0).then(|| Refused {
                reason: reason.code(),
                count,
                samples: match self.slots[reason as usize].samples.lock() {
                    Ok(samples) => samples.iter().cloned().collect(),
                    Err(poisoned) => poisoned.into_inner().iter().cloned().collect(),
                },
            })
        });
        Snapshot {
            accepted: self.accepted.load(Ordering::Relaxed),
            repeated: self.repeated.load(Ordering::Relaxed),
            refused: refused.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_few_and_name_nobody() {
        let refusals = Refusals::default();
        for number in 0..50 {
            let refusal = Refusal::new(Reason::TimeMalformed, "timestamp", "send a moment", &format!("day {number}"));
            refusals.note(Timestamp::from_ms(number), "segment", &refusal);
        }
        let snapshot = refusals.snapshot();
        assert_eq!(snapshot.refused.len(), 1);
        assert_eq!((snapshot.refused[0].count, snapshot.refused[0].samples.len()), (50, SAMPLES_MAX));
        assert_eq!(snapshot.refused[0].samples[SAMPLES_MAX - 1].value, "day 49");

        assert_eq!(shorten("userId", "kari"), "4 characters");
        assert_eq!(shorten("event", "kari@example.no"), "15 characters");
        assert_eq!(shorten("timestamp", "call 12345678 now"), "call 1234···· now");
        assert_eq!(shorten("event", &"x".repeat(50)).chars().count(), SAMPLE_CHARS_MAX + 1);
    }
}
