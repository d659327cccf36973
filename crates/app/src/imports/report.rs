//! The report of refused rows: a CSV file with line, column, reason and the row as it was.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{REPORT_ROWS_MAX, RowRefused, cell::shortened};

/// Longest row written to the report, in characters.
const ROW_CHARS_MAX: usize = 65_536;
/// Kinds of refusal that are counted apart.
const KINDS_MAX: usize = 50;

/// How often rows were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedKind {
    /// The column at fault, when one is.
    pub column: Option<String>,
    /// What is wrong, as said of the first such row.
    pub reason: String,
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub first_line: u64,
}

/// Refused rows, counted by reason and written to a file as they come.
pub struct Report {
    file: Option<csv::Writer<BufWriter<File>>>,
    rows: u64,
    kinds: Vec<RefusedKind>,
    places: HashMap<String, usize>,
}

/// What marks a report so that it opens with the right letters in a spreadsheet.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Report {
    /// A report that only counts.
    pub fn counting() -> Self {
        Self { file: None, rows: 0, kinds: Vec::new(), places: HashMap::new() }
    }

    /// A report in a new file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(BYTE_ORDER_MARK)?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(["line", "column", "value", "reason", "row"])?;
        Ok(Self { file: Some(writer), ..Self::counting() })
    }

    /// Go on with a report after its first `bytes` bytes: what came after the checkpoint comes again.
    ///
    /// # Errors
    /// When the file is gone or cannot be written.
    pub fn resume(path: &Path, bytes: u64, kinds: Vec<RefusedKind>) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.set_len(bytes)?;
        file.seek(SeekFrom::End(0))?;
        let places = kinds.iter().enumerate().map(|(place, kind)| (key(kind.column.as_deref(), &kind.reason), place));
        let places = places.collect();
        let rows = kinds.iter().map(|kind| kind.rows).sum();
        // The header is there already.
        let writer = csv::WriterBuilder::new().from_writer(BufWriter::new(file));
        Ok(Self { file: Some(writer), rows, kinds, places })
    }

    /// A row was refused; `raw` is the row as it stands in the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, refused: &RowRefused, raw: &str) -> io::Result<()> {
        self.rows += 1;
        self.count(refused);
        let Some(file) = self.file.as_mut().filter(|_| self.rows <= REPORT_ROWS_MAX) else { return Ok(()) };
        let row = shortened(raw, ROW_CHARS_MAX);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        file.write_record([
            refused.line.to_string(),
            text(&refused.column),
            text(&refused.value),
            refused.reason.clone(),
            row,
        ])?;
        Ok(())
    }

    fn count(&mut self, refused: &RowRefused) {
        let key = key(refused.column.as_deref(), &refused.reason);
        if let Some(place) = self.places.get(&key) {
            self.kinds[*place].rows += 1;
            return;
        }
        let (column, reason) = (refused.column.clone(), refused.reason.clone());
        if self.kinds.len() == KINDS_MAX {
            // All further kinds are counted together in the last place.
            if let Some(last) = self.kinds.last_mut() {
                "other reasons".clone_into(&mut last.reason);
                last.column = None;
                last.rows += 1;
            }
            return;
        }
        self.places.insert(key, self.kinds.len());
        self.kinds.push(RefusedKind { column, reason, rows: 1, first_line: refused.line });
    }

    /// Refused rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How often for which reason, the commonest first.
    pub fn kinds(&self) -> Vec<RefusedKind> {
        let mut kinds = self.kinds.clone();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
        kinds
    }

    /// Make what was added safe; answers the length of the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> io::Result<u64> {
        let Some(file) = &mut self.file else { return Ok(0) };
        file.flush()?;
        file.get_ref().get_ref().sync_data()?;
        Ok(file.get_ref().get_ref().metadata()?.len())
    }
}

/// Reasons that differ only in the value they name are one kind.
fn key(column: Option<&str>, reason: &str) -> String {
    let without_digits: String = reason.chars().filter(|c| !c.is_ascii_digit()).collect();
    format!("{}\0{without_digits}", column.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: u64, reason: &str) -> RowRefused {
        RowRefused { line, column: Some("at".into()), value: Some("x;\"y\"".into()), reason: reason.into() }
    }

    #[test]
    fn refused_rows_are_written_counted_and_taken_up_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refused.csv");
        let mut report = Report::create(&path).unwrap();
        report.add(&refused(2, "2 cells too many"), "a,\"b").unwrap();
        let (bytes, kinds) = (report.flush().unwrap(), report.kinds());
        report.add(&refused(3, "lost"), "c").unwrap();
        drop(report);

        let mut report = Report::resume(&path, bytes, kinds).unwrap();
        report.add(&refused(3, "5 cells too many"), "c").unwrap();
        report.flush().unwrap();
        assert_eq!((report.rows(), report.kinds().len(), report.kinds()[0].rows), (2, 1, 2));
        let text = std::fs::read_to_string(&path).unwrap();
        let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let rows: Vec<Vec<String>> =
            rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(rows[0], ["2", "at", "x;\"y\"", "2 cells too many", "a,\"b"]);
        assert_eq!((rows.len(), rows[1][0].as_str()), (2, "3"));
    }
}
