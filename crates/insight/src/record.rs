//! What the mathematics reads: events as rows of a person, a time, a name and the few properties a
//! question asks for. The log produces them; nothing here knows where they come from.

use std::sync::Arc;

use base::Timestamp;

/// The value of one property.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Absent, JSON null, or an empty text: "no value" in filters and breakdowns.
    #[default]
    Null,
    /// true or false.
    Bool(bool),
    /// Any JSON number.
    Number(f64),
    /// A text that is not empty.
    Text(Arc<str>),
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Dense number of the person after all merges.
    pub person: u32,
    /// When it happened, ms since 1970 UTC.
    pub at_ms: i64,
    /// Order of arrival in the log; decides nothing but ties within one name.
    pub position: u64,
    /// Index into [`Records::names`].
    pub name: u32,
    /// Aligned with [`Plan::columns`].
    pub values: Box<[Value]>,
}

/// What a question needs from the log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Events of these names only; `None` asks for all (strict order must see every event).
    pub names: Option<Vec<String>>,
    /// Event properties to bring along, in this order.
    pub columns: Vec<String>,
    /// From this moment on, inclusive.
    pub from: Option<Timestamp>,
    /// Up to and without this moment.
    pub to: Option<Timestamp>,
    /// Columns may have events outside the time, too, which then need not be copied: whoever asks leaves them out.
    pub is_loose: bool,
}

/// What the log answers to a [`Plan`], sorted by person, then time, then position.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    /// The names that `Record::name` points into.
    pub names: Vec<Arc<str>>,
    /// The events.
    pub rows: Vec<Record>,
}
