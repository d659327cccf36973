//! Message ids that the log holds.

use hashbrown::HashSet;

/// The hash that stands for a message id.
///
/// 128 bits: among 100 million ids the odds that any two share a hash are 1.5e-23. With 64 bits they would be
/// 2.7e-4 over the life of a log, and an event would be lost without a word.
pub(crate) fn hash(message_id: &str) -> u128 {
    xxhash_rust::xxh3::xxh3_128(message_id.as_bytes())
}

/// The ids of all live events.
#[derive(Default)]
pub(crate) struct Dedup {
    recent: HashSet<u128, ahash::RandomState>,
}

impl Dedup {
    /// Add an id; false when it is there.
    pub(crate) fn insert(&mut self, id: u128) -> bool {
        self.recent.insert(id)
    }

    /// Forget an id that was not written after all, or was taken back.
    pub(crate) fn remove(&mut self, id: u128) {
        self.recent.remove(&id);
    }
}
