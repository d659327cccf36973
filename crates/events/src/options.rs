//! How a local log is run, and its limits.

/// When an append is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Once it is safe against a power cut.
    #[default]
    Safe,
    /// Once the operating system has it; safe after the next [`flush`](crate::LocalLog::flush), sealing or close. For history
    /// that can be produced again.
    Relaxed,
}

/// Events of one append.
pub const BATCH_EVENTS_MAX: usize = 50_000;
/// Encoded bytes of one append.
pub const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Events that one read answers at most.
pub const READ_EVENTS_MAX: usize = 100_000;
/// Different event names in one log. Names are for kinds of things; what varies belongs in properties.
pub const EVENT_NAMES_MAX: usize = 10_000;
/// Appends waiting for the writer.
pub(crate) const QUEUE_BATCHES_MAX: usize = 4_096;
/// Encoded bytes of one commit, unless a single batch is larger.
pub(crate) const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How a local log is run. The defaults suit a small machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// When an append is answered.
    pub durability: Durability,
    /// Events in memory before they become a segment.
    pub tail_events_max: usize,
    /// Encoded bytes in memory before they become a segment.
    pub tail_bytes_max: usize,
    /// Encoded bytes of appends that wait for the writer; further appends wait before they queue.
    pub queue_bytes_max: usize,
    /// Encoded bytes that wait to become segments; further appends wait for the sealer.
    pub unsealed_bytes_max: usize,
    /// Message ids in memory before they go to a sorted file: about 30 bytes each.
    pub ids_in_memory_max: usize,
    /// Bytes of columns kept in memory, unpacked, for the next questions.
    pub cache_bytes: u64,
    /// Threads that answer one question.
    pub query_threads: usize,
    /// Days that events are kept, whole days of UTC; for good when `None`.
    pub retention_days: Option<u32>,
    /// Seal in a thread of its own. Without it the writer seals, for tests that must run the same each time.
    pub background_sealing: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Safe,
            tail_events_max: 65_536,
            tail_bytes_max: 16 * 1024 * 1024,
            queue_bytes_max: 64 * 1024 * 1024,
            unsealed_bytes_max: 384 * 1024 * 1024,
            ids_in_memory_max: 262_144,
            cache_bytes: 32 * 1024 * 1024,
            query_threads: std::thread::available_parallelism().map_or(1, usize::from),
            retention_days: None,
            background_sealing: true,
        }
    }
}
