//! The event log: everything that happens to a person, once, in order, safe on disk before it is answered.
//!
//! [`EventLog`] is what the rest of the program asks; [`LocalLog`] keeps the log in a folder:
//!
//! ```text
//! wal/        what was acknowledged and is not sealed yet      (see `wal`)
//! segments/   sealed events, Parquet, readable by any tool     (see `segment`)
//! columns/    the same events in a form for questions (see `index`); can be deleted, is then rebuilt
//! derived/    can be deleted at any time, is then rebuilt: people (`people`), message ids (`dedup`), what the footers of
//!             segments say (`manifest`)
//! lock        held by the process that has the log open
//! ```
//!
//! An append goes: checked and encoded by the caller, queued, written and synced by the one `writer` together
//! with all that wait, indexed in the `tail`, answered. The `sealer` turns full tails into segments.
//! To copy a log while it runs, copy `wal/` first and `segments/` after it.

mod check;
mod codec;
mod columns;
mod dedup;
pub mod disk;
mod erase;
mod eraser;
mod event;
#[cfg(test)]
mod faulty;
mod filter;
#[cfg(test)]
mod fuzz;
mod idcode;
mod identity;
mod index;
mod json;
mod layout;
mod local;
mod log;
mod manifest;
mod options;
mod people;
mod read;
mod recover;
mod retract;
mod run;
mod scan;
mod sealer;
mod segment;
mod segment_file;
#[cfg(test)]
mod simulation;
mod slots;
mod state;
mod stats;
mod tail;
mod texts;
mod tombstones;
mod wal;
mod writer;

pub use check::{Checked, Finding, check};
pub use event::{
    AT_AHEAD_MS_MAX, EventError, LINKS_MAX, Link, MESSAGE_ID_BYTES_MAX, NAME_BYTES_MAX, NewEvent, PERSON_KEY_BYTES_MAX,
    PROPS_BYTES_MAX, PersonKey, PersonKeyError, Position, SOURCE_BYTES_MAX, StoredEvent,
};
pub use identity::KEYS_PER_PERSON_MAX;
pub use local::LocalLog;
pub use log::{Appended, EventLog, Lineage, LogError};
pub use options::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Durability, EVENT_NAMES_MAX, Options, READ_EVENTS_MAX};
pub use tombstones::RETRACTED_SOURCES_MAX;
