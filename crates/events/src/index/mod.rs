//! Columns for questions: the same events as in the segments, sorted by person and time.
//!
//! A *part* holds a range of positions and is a file of its own (see `file`). Parts follow each other without a gap
//! from position 1 on; what is newer lies in segments and tails, and questions keep columns of it in memory (`recent`). The
//! `indexer` makes parts of sealed segments and merges them, in a thread of its own.
//!
//! Everything here is derived and can be deleted at any time. A part is not used, and goes, when
//! - events were taken back since it was made,
//! - it knows people by links that the log lost in a power cut.
//!
//! A part keeps each event under the person of when it was made. People joined since are moved by each question,
//! until a merge writes them anew.

mod cache;
mod facts;
mod file;
mod forget;
mod indexer;
pub(crate) mod packed;
mod properties;
mod recent;
mod rows;
mod snapshot;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use cache::Cache;
pub(crate) use file::{FOLDER, Part, SUFFIX, open_all};
pub(crate) use forget::{forget, remove_leftovers};
pub(crate) use indexer::{drop_all, run, settle, step};
pub(crate) use properties::PERSON_PREFIX;
pub(crate) use recent::Recent;
pub(crate) use snapshot::{Snapshot, snapshot};

/// Different values of a property in one part. With more it has no column, and questions about it read segments.
const VALUES_MAX: usize = 1 << 18;
/// Bytes of the texts of a property in one part.
const VALUE_BYTES_MAX: usize = 16 << 20;
