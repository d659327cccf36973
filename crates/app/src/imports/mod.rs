//! Bringing in what a company already has: events and contacts from CSV, JSONL and Parquet files.
//!
//! The way of a file: [`reader`] turns it into rows, whatever its format, packing and encoding;
//! [`guess`] says what it holds and proposes a [`Mapping`]; [`mapping`] turns each row into an event or a
//! contact, or refuses it with its line and a reason; [`run`] drives them and hands batches to a [`Sink`].
//!
//! A bad row never costs the file: it is refused, counted and written to a report, and the next row is read.
//! The same file imported twice adds nothing: an event's message id is made of what the row says.

mod app_sink;
pub mod apply;
mod cases;
pub mod cell;
pub mod contact;
mod deals_sink;
pub mod guess;
pub mod mapping;
mod message_id;
pub mod number;
pub(crate) mod own;
mod preview;
pub mod reader;
pub mod record;
mod records_sink;
pub mod report;
pub mod run;
mod stages;
#[cfg(test)]
mod tests;
pub mod time;
mod undo;
mod upload;
mod view;
mod work;

pub use apply::{Applier, Mapped};
pub use cases::{
    RefusedPage, RefusedRow, ReportKind, StartRequest, cancel, delete, finish_here, get, list, mapping as mapping_of,
    preview, refused, refused_file, start, tidy, undo as take_back,
};
pub use cell::Cell;
pub use contact::{ConsentDraft, ConsentStatus, ContactDraft};
pub use guess::{ColumnGuess, Guess, GuessHint, Sample, Shape, guess};
pub use mapping::{ColumnRule, ImportKind, KnownDeals, Mapping, MappingError, Others, PersonNamespace, Target};
pub use own::{FieldToMake, OwnFields, SuggestedField};
pub use preview::{Preview, PreviewRequest, PreviewResult, PreviewRow};
pub use reader::{Dialect, Format, Next, ReadError, ReadHint, Row, RowRefused, Table, open};
pub use record::{CompanyDraft, DealDraft};
pub use run::{Checkpoint, CountingSink, Counts, Progress, RunError, RunOptions, Sink, SinkError, Verdict, run};
pub use stages::StageName;
pub use upload::{UPLOAD_BYTES_MAX, Upload, add_local};
pub use view::{CheckResult, ImportPage, ImportView, UndoResult};
pub use work::{Parked, Work, carry_out};

/// Longest line of a text file, in bytes; a longer one is refused and the next line is read.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Most lines that one quoted row may span before its quote counts as never closed.
pub const ROW_LINES_MAX: usize = 1_000;
/// Longest row, its lines together, in bytes.
pub const ROW_BYTES_MAX: usize = 1 << 20;
/// Most columns of a table (for JSONL: most different fields over all rows).
pub const COLUMNS_MAX: usize = 1_000;
/// Longest column name, in bytes.
pub const COLUMN_NAME_BYTES_MAX: usize = 300;
/// Longest value that becomes a property or a trait, in bytes.
pub const VALUE_BYTES_MAX: usize = 8_192;
/// Rows looked at to say what a file is.
pub const SAMPLE_ROWS: usize = 1_000;
/// Rows that go to a sink at once.
pub const BATCH_ROWS: usize = 2_000;
/// Most rows written to the report of refused rows; further ones are only counted.
pub const REPORT_ROWS_MAX: u64 = 100_000;
