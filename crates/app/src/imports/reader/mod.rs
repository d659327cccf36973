//! A file as rows, whatever its format, packing and encoding.
//!
//! Memory does not grow with the file: one row (at most [`super::ROW_BYTES_MAX`]) and, for Parquet, one
//! small batch are held. What the file is, is read from its first bytes, never from its name.

mod delimited;
mod dialect;
mod encoding;
mod fields;
mod jsonl;
mod lines;
mod parquet;
mod source;
#[cfg(test)]
mod tests;
mod vcard;
mod workbook;

use std::path::Path;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use dialect::Dialect;

use super::Cell;

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Rows of text with a delimiter.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Address cards, vCard 2.1 to 4.0.
    Vcard,
    /// An Excel workbook.
    Xlsx,
}

/// What is known better than the file shows. Everything left out is found out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadHint {
    /// The format.
    #[serde(default)]
    #[schema(default = json!(null))]
    pub format: Option<Format>,
    /// The character between two cells of a CSV file.
    #[serde(default)]
    #[schema(default = json!(null))]
    pub delimiter: Option<char>,
    /// The character around cells that hold a delimiter; an empty text when the file quotes nothing.
    #[serde(default)]
    #[schema(default = json!(null))]
    pub quote: Option<String>,
    /// The encoding by its web name: `utf-8`, `windows-1252`, `utf-16le`, `iso-8859-2`, `shift_jis`, …
    #[serde(default)]
    #[schema(default = json!(null))]
    pub encoding: Option<String>,
    /// Whether the first row of a CSV file names the columns.
    #[serde(default)]
    #[schema(default = json!(null))]
    pub header: Option<bool>,
    /// Lines of a CSV file before the first row, skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_lines: Option<u32>,
}

/// Why a file cannot be read at all, or not further. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or a read failed.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Not one of our formats.
    #[error("{0}")]
    Unsupported(String),
    /// The hint cannot be followed.
    #[error("{0}")]
    Hint(String),
    /// The file is broken in a way that leaves no next row to go on with.
    #[error("{0}")]
    Damaged(String),
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Line where it begins, from 1 (Parquet: number of the row).
    pub line: u64,
    /// Aligned with [`Table::columns`]; may be shorter when a JSONL file met new fields since.
    pub cells: Vec<Cell>,
}

/// Why a row was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowRefused {
    /// Line where the row begins, from 1 (Parquet: number of the row).
    pub line: u64,
    /// The column at fault, when one is.
    pub column: Option<String>,
    /// What stands there, shortened.
    pub value: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// The outcome of reading one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// A row.
    Row(Row),
    /// A row that cannot be read; reading goes on after it.
    Refused(RowRefused),
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// Bytes of the file read so far (packed bytes when it is packed).
    pub bytes: u64,
    /// Size of the file.
    pub bytes_total: u64,
}

/// What a format must be able to do.
trait Rows: Send {
    /// Names of the columns known so far; only ever grows.
    fn columns(&self) -> &[String];
    /// The next row; `None` at the end. An error ends the reading.
    fn next(&mut self) -> Result<Option<Next>, ReadError>;
    /// The row returned last as it stands in the file, for the report of refused rows.
    fn raw(&self) -> String;
}

/// A file opened for reading.
pub struct Table {
    format: Format,
    dialect: Option<Dialect>,
    encoding: Option<String>,
    is_packed: bool,
    counter: source::Counter,
    rows: Box<dyn Rows>,
}

impl Table {
    /// What the file is.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How a CSV file is written.
    pub fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_ref()
    }

    /// The encoding of a text file by its web name.
    pub fn encoding(&self) -> Option<&str> {
        self.encoding.as_deref()
    }

    /// Whether the file is packed with gzip.
    pub fn is_packed(&self) -> bool {
        self.is_packed
    }

    /// Names of the columns known so far. A JSONL file may bring further ones later; none ever leaves.
    pub fn columns(&self) -> &[String] {
        self.rows.columns()
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Only what leaves no next row: the disk, a packed stream cut short, damaged Parquet.
    pub fn next_row(&mut self) -> Result<Option<Next>, ReadError> {
        self.rows.next()
    }

    /// The row returned last as it stands in the file.
    pub fn raw(&self) -> String {
        self.rows.raw()
    }

    /// How far reading has come.
    pub fn place(&self) -> Place {
        self.counter.place()
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("format", &self.format).field("columns", &self.columns()).finish_non_exhaustive()
    }
}

/// Open a file and find out what it is.
///
/// # Errors
/// When it cannot be opened, holds nothing, or is none of the formats.
pub fn open(path: &Path, hint: &ReadHint) -> Result<Table, ReadError> {
    let opened = source::open(path)?;
    let is_packed = opened.is_packed;
    let counter = opened.counter.clone();
    if opened.is_parquet() || hint.format == Some(Format::Parquet) {
        let rows = parquet::rows(opened)?;
        return Ok(Table { format: Format::Parquet, dialect: None, encoding: None, is_packed, counter, rows });
    }
    if opened.is_workbook() {
        let rows = workbook::rows(opened)?;
        return Ok(Table { format: Format::Xlsx, dialect: None, encoding: None, is_packed, counter, rows });
    }
    let text = encoding::open_text(opened, path, hint)?;
    let name = text.encoding_name();
    let format = hint.format.unwrap_or_else(|| text.looks_like());
    let (dialect, rows) = match format {
        Format::Jsonl => (None, jsonl::rows(text)?),
        Format::Vcard => (None, vcard::rows(text)),
        _ => {
            let (dialect, rows) = delimited::rows(text, hint)?;
            (Some(dialect), rows)
        }
    };
    Ok(Table { format, dialect, encoding: Some(name), is_packed, counter, rows })
}
