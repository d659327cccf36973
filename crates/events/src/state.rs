//! What readers, the writer and the sealer share, and the still picture of it that a reader works on.

use std::{collections::HashSet, sync::Arc};

use base::Clock;
use parking_lot::{Condvar, Mutex, RwLock};
use tokio::sync::watch;

use crate::{
    Lineage, LogError, Position,
    disk::Disk,
    erase::Erasures,
    identity::Identity,
    index::{Cache, Part, Recent},
    options::Options,
    segment::Segment,
    tail::{Chunk, Names, Tail},
    tombstones::Tombstones,
};

/// The log in memory. Positions run without a gap through segments, frozen tails and the active tail.
#[derive(Default)]
pub(crate) struct State {
    pub segments: Arc<Vec<Arc<Segment>>>,
    /// Columns of the oldest events, in order, without a gap.
    pub parts: Arc<[Arc<Part>]>,
    /// Columns of what no part holds, for questions.
    pub recent: Arc<Recent>,
    /// Full tails that wait for the sealer, oldest first.
    pub frozen: Vec<Arc<Tail>>,
    pub active: Tail,
    pub names: Names,
    pub identity: Identity,
    pub tombstones: Arc<Tombstones>,
    pub erasures: Erasures,
    /// Events before this moment are not shown any more.
    pub oldest_ms: i64,
}

impl State {
    /// Position of the newest event.
    pub(crate) fn end(&self) -> u64 {
        self.active.last()
    }

    /// Bytes in memory that are in no segment.
    pub(crate) fn unsealed_bytes(&self) -> usize {
        self.frozen.iter().map(|tail| tail.bytes).sum::<usize>() + self.active.bytes
    }

    /// What tells this state from others, but for events that were added.
    pub(crate) fn lineage(&self) -> Lineage {
        let Identity { partings, joins, .. } = self.identity;
        let marks = [self.tombstones.fingerprint(), self.oldest_ms.cast_unsigned(), partings];
        let bytes: Vec<u8> = marks.iter().flat_map(|mark| mark.to_le_bytes()).collect();
        Lineage { epoch: xxhash_rust::xxh3::xxh3_64(&bytes), joins }
    }

    /// Something else was done to events than appending, sealing and joining: questions read them anew.
    pub(crate) fn forget_recent(&mut self) {
        self.recent = Arc::default();
    }

    /// A still picture for a reader.
    pub(crate) fn view(&self) -> View {
        let frozen = self.frozen.iter().flat_map(|tail| &tail.chunks);
        View {
            segments: self.segments.clone(),
            parts: self.parts.clone(),
            chunks: frozen.chain(&self.active.chunks).cloned().collect(),
            tails: self.frozen.iter().map(|tail| tail.first).chain([self.active.first]).collect(),
            recent: self.recent.clone(),
            names: self.names.list(),
            persons: self.identity.persons(),
            joins: self.identity.joins,
            links_upto: self.identity.upto,
            tombstones: self.tombstones.clone(),
            oldest_ms: self.oldest_ms,
            end: self.end(),
            lineage: self.lineage(),
        }
    }
}

/// What a reader works on while others go on writing.
pub(crate) struct View {
    pub segments: Arc<Vec<Arc<Segment>>>,
    pub parts: Arc<[Arc<Part>]>,
    pub chunks: Vec<Arc<Chunk>>,
    /// The first position of each tail that the chunks are of.
    pub tails: Vec<u64>,
    pub recent: Arc<Recent>,
    pub names: Arc<Vec<Arc<str>>>,
    /// The person of each key.
    pub persons: Arc<Vec<u32>>,
    /// Changes whenever people were joined or parted.
    pub joins: u64,
    /// The last event whose links are in.
    pub links_upto: u64,
    pub tombstones: Arc<Tombstones>,
    /// Events before this moment are not shown.
    pub oldest_ms: i64,
    /// Position of the newest event.
    pub end: u64,
    pub lineage: Lineage,
}

impl View {
    /// The person of a key's number.
    pub(crate) fn person(&self, key: u32) -> u32 {
        self.persons.get(key as usize).copied().unwrap_or(key)
    }

    /// The chunks of a tail, the oldest is 0.
    pub(crate) fn tail(&self, tail: usize) -> &[Arc<Chunk>] {
        let start_of = |tail: usize| match self.tails.get(tail) {
            Some(first) => self.chunks.partition_point(|chunk| chunk.first() < *first),
            None => self.chunks.len(),
        };
        &self.chunks[start_of(tail)..start_of(tail + 1)]
    }
}

/// How sealing goes.
#[derive(Default)]
pub(crate) struct Sealing {
    /// Somebody asked the sealer to end once nothing waits.
    pub is_closing: bool,
    /// The last attempt failed; cleared by the next success.
    pub failure: Option<Arc<std::io::Error>>,
}

/// Shared by the log's handle and its threads.
pub(crate) struct Shared {
    pub disk: Arc<dyn Disk>,
    pub options: Options,
    pub clock: Arc<dyn Clock>,
    pub state: RwLock<State>,
    pub end: watch::Sender<Position>,
    /// Columns asked for lately.
    pub cache: Arc<Cache>,
    /// Held by whoever makes or merges columns.
    pub indexing: Mutex<()>,
    pub sealing: Mutex<Sealing>,
    /// Held by whoever makes segments.
    pub rewriting: Mutex<()>,
    /// Nothing older than this is in any file.
    pub expired_to: Mutex<i64>,
    /// Held by whoever carries out erasures.
    pub erasing: Mutex<()>,
    /// What the file of the people holds: the last event and the tombstones.
    pub saved_people: Mutex<(u64, u64)>,
    /// The segments that their list knows.
    pub saved_segments: Mutex<HashSet<(u64, u64)>>,
    /// Rung when a tail was frozen, sealed, or sealing failed.
    pub sealing_bell: Condvar,
}

pub(crate) fn disk_error(error: std::io::Error) -> LogError {
    LogError::Disk(Arc::new(error))
}
