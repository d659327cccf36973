//! The event log: everything that happens to a person, once, in order, safe on disk before it is answered.

mod event;
mod log;

pub use event::{Link, NewEvent, PERSON_KEY_BYTES_MAX, PersonKey, PersonKeyError, Position, StoredEvent};
pub use log::{Appended, EventLog, LogError};
