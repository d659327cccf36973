//! What was taken back: sources, each with the last position it covers.

use std::{collections::BTreeMap, sync::Arc};

/// Sources that can be taken back over the life of a log.
pub const RETRACTED_SOURCES_MAX: usize = 10_000;

/// What sources of ours begin with; nobody else's may.
pub(crate) const RESERVED: &str = "suppilo:";
/// The source of an event of a person who was erased. Its place and the numbers of its keys are left, nothing else.
pub(crate) const ERASED: &str = "suppilo:erased";
/// The source of an event that was older than events are kept. What it said of who is who is left.
pub(crate) const EXPIRED: &str = "suppilo:expired";

/// Sources taken back. Events of such a source that came later than the retraction stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tombstones(BTreeMap<Arc<str>, u64>);

impl Tombstones {
    /// Take back a source up to a position.
    pub(crate) fn insert(&mut self, source: Arc<str>, upto: u64) {
        let slot = self.0.entry(source).or_default();
        *slot = upto.max(*slot);
    }

    /// Whether the event of this source at this position is gone.
    pub(crate) fn covers(&self, source: Option<&str>, position: u64) -> bool {
        source.is_some_and(|source| {
            source.starts_with(RESERVED) || self.0.get(source).is_some_and(|upto| position <= *upto)
        })
    }

    /// Whether what the event says of who is who counts.
    pub(crate) fn has_links(&self, source: Option<&str>, position: u64) -> bool {
        source == Some(EXPIRED) || !self.covers(source, position)
    }

    /// Whether some source of these has been taken back.
    pub(crate) fn any_of<'a>(&self, mut sources: impl Iterator<Item = &'a str>) -> bool {
        !self.0.is_empty() && sources.any(|source| self.0.contains_key(source))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(source, upto)| (&**source, *upto))
    }

    /// Tells one state from another; what derived files are compared by.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut text = String::new();
        for (source, upto) in self.iter() {
            text.push_str(&format!("{upto}:{}:{source};", source.len()));
        }
        xxhash_rust::xxh3::xxh3_64(text.as_bytes())
    }
}
