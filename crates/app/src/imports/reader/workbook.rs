//! Excel workbooks: the first sheet that has rows, its first row naming the columns.
//!
//! A workbook is packed, and a few kilobytes may unpack to more than any memory holds. What its list of contents says of
//! sizes is only a claim, so all texts of it are unpacked once and counted before the library takes any of them.
//!
//! A sheet is unpacked on a thread of its own, row by row, since the library's reader borrows the workbook. Texts lie
//! in one list that the whole workbook shares, so that is in memory; the sheet is not.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};

use super::{Cell, Next, ReadError, Row, RowRefused, Rows, source::Counter, source::Opened};
use crate::imports::{COLUMN_NAME_BYTES_MAX, COLUMNS_MAX};

/// Largest workbook, bytes: its texts are unpacked into memory.
const BYTES_MAX: u64 = 256 << 20;
/// Most bytes that the texts of a workbook may unpack to. A million rows of twelve columns take about half a gigabyte.
const UNPACKED_BYTES_MAX: u64 = 2 << 30;
/// Most of them beside the sheets, which are the ones that lie in memory.
const SHARED_BYTES_MAX: u64 = 512 << 20;
/// Longest stretch without a tag, bytes: a cell holds at most 32,767 characters, and a longer one would be taken whole.
const STRETCH_BYTES_MAX: u64 = 1 << 20;
/// Most parts of a workbook.
const PARTS_MAX: usize = 10_000;
/// Rows that wait for whoever reads them.
const ROWS_WAITING: usize = 256;

/// A row of a sheet: its number from 1, and its cells.
type Sent = Result<(u32, Vec<Cell>), ReadError>;

struct Sheet {
    columns: Vec<String>,
    rows: Receiver<Sent>,
    counter: Counter,
    rows_total: u64,
    /// The row returned last.
    current: Vec<Cell>,
}

fn damaged(error: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged(format!(
        "this is no Excel workbook that can be read ({error}); save it again, or save the sheet as CSV"
    ))
}

/// How much a workbook may unpack to.
struct Limits {
    unpacked_bytes: u64,
    shared_bytes: u64,
    stretch_bytes: u64,
    parts: usize,
}

const LIMITS: Limits = Limits {
    unpacked_bytes: UNPACKED_BYTES_MAX,
    shared_bytes: SHARED_BYTES_MAX,
    stretch_bytes: STRETCH_BYTES_MAX,
    parts: PARTS_MAX,
};

/// Go on only if the texts of a workbook unpack to what memory holds.
fn refuse_bombs(file: &File, limits: &Limits) -> Result<(), ReadError> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file.try_clone()?)).map_err(damaged)?;
    if archive.len() > limits.parts {
        let text = format!("the workbook has {} parts; at most {} are read", archive.len(), limits.parts);
        return Err(ReadError::Unsupported(text));
    }
    let (mut unpacked, mut shared) = (0u64, 0u64);
    let mut piece = vec![0; 64 * 1024];
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        // Nothing else is ever unpacked.
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        let is_sheet = name.contains("worksheets/");
        let mut stretch = 0u64;
        loop {
            let read = part.read(&mut piece).map_err(damaged)?;
            if read == 0 {
                break;
            }
            let bytes = &piece[..read];
            unpacked += read as u64;
            shared += if is_sheet { 0 } else { read as u64 };
            let longest = bytes.split(|byte| *byte == b'<').map(|text| text.len() as u64).enumerate();
            let longest = longest.map(|(number, length)| if number == 0 { stretch + length } else { length }).max();
            let last = bytes.iter().rev().take_while(|byte| **byte != b'<').count();
            stretch = if last == bytes.len() { stretch + last as u64 } else { last as u64 };
            if unpacked > limits.unpacked_bytes || shared > limits.shared_bytes {
                let mebibytes =
                    if shared > limits.shared_bytes { limits.shared_bytes } else { limits.unpacked_bytes } >> 20;
                return Err(too_large(&format!("unpacks to more than {mebibytes} MiB")));
            }
            if longest.unwrap_or(0) > limits.stretch_bytes {
                return Err(too_large(&format!("has a cell of more than {} KiB", limits.stretch_bytes >> 10)));
            }
        }
    }
    Ok(())
}

fn too_large(why: &str) -> ReadError {
    ReadError::Unsupported(format!(
        "the workbook {why}, which no sheet of a company does; save the sheet as \"CSV UTF-8\""
    ))
}

/// Rows of the first sheet of a workbook that has any.
pub(super) fn rows(opened: Opened) -> Result<Box<dyn Rows>, ReadError> {
    if opened.is_packed || opened.counter.place().bytes_total > BYTES_MAX {
        let mebibytes = BYTES_MAX >> 20;
        let text = format!("a workbook is read unpacked and up to {mebibytes} MiB; save the sheet as \"CSV UTF-8\"");
        return Err(ReadError::Unsupported(text));
    }
    refuse_bombs(&opened.file, &LIMITS)?;
    let (sender, rows) = sync_channel(ROWS_WAITING);
    let file = opened.file;
    std::thread::Builder::new().name("workbook".to_owned()).spawn(move || send_all(file, &sender))?;
    let mut sheet = Sheet { columns: Vec::new(), rows, counter: opened.counter, rows_total: 0, current: Vec::new() };
    // The first message is how many rows there are, the second the row that names the columns.
    sheet.rows_total = sheet.receive()?.map_or(0, |(rows, _)| u64::from(rows));
    let Some((_, names)) = sheet.receive()? else { return Err(ReadError::Empty) };
    if names.len() > COLUMNS_MAX {
        let text = format!("the sheet has {} columns; at most {COLUMNS_MAX} are read", names.len());
        return Err(ReadError::Unsupported(text));
    }
    for (place, name) in names.iter().enumerate() {
        let name: String = name.as_text().chars().take(COLUMN_NAME_BYTES_MAX / 4).collect();
        let name = if name.is_empty() { format!("column {}", place + 1) } else { name };
        let same = sheet.columns.iter().filter(|known| **known == name).count();
        sheet.columns.push(if same == 0 { name } else { format!("{name} ({})", place + 1) });
    }
    Ok(Box::new(sheet))
}

impl Sheet {
    fn receive(&mut self) -> Result<Option<(u32, Vec<Cell>)>, ReadError> {
        // Nobody sends any more: that was the last row.
        self.rows.recv().ok().transpose()
    }
}

impl Rows for Sheet {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Next>, ReadError> {
        let Some((number, mut cells)) = self.receive()? else { return Ok(None) };
        self.counter.set_share(u64::from(number), self.rows_total.max(1));
        self.current.clone_from(&cells);
        let line = u64::from(number);
        if cells.len() > self.columns.len() {
            let reason = format!("{} cells more than the first row names columns", cells.len() - self.columns.len());
            return Ok(Some(Next::Refused(RowRefused { line, column: None, value: None, reason })));
        }
        cells.resize(self.columns.len(), Cell::Empty);
        Ok(Some(Next::Row(Row { line, cells })))
    }

    fn raw(&self) -> String {
        let texts: Vec<_> = self.current.iter().map(Cell::as_text).collect();
        texts.join("\t")
    }
}

/// Send the count of rows, the row that names the columns, and the others, until the end or until nobody listens.
fn send_all(file: File, sender: &SyncSender<Sent>) {
    if let Err(error) = send_rows(file, sender) {
        // Whoever has stopped listening wants to know nothing.
        let _ = sender.send(Err(damaged(error)));
    }
}

fn send_rows(file: File, sender: &SyncSender<Sent>) -> Result<(), XlsxError> {
    let mut workbook = Xlsx::new(BufReader::new(file))?;
    for name in workbook.sheet_names() {
        let mut cells = workbook.worksheet_cells_reader(&name)?;
        let mut has_rows = false;
        let rows_total = cells.dimensions().end.0 + 1;
        let (mut row, mut gathered) = (0, Vec::new());
        loop {
            let next = cells.next_cell()?;
            let at = next.as_ref().map(|cell| cell.get_position());
            if at.is_none_or(|(at, _)| at != row) && gathered.iter().any(|cell: &Cell| !cell.is_empty()) {
                if !has_rows && sender.send(Ok((rows_total, Vec::new()))).is_err() {
                    return Ok(());
                }
                has_rows = true;
                let full = std::mem::take(&mut gathered);
                if sender.send(Ok((row + 1, full))).is_err() {
                    return Ok(());
                }
            }
            let (Some(cell), Some((at, column))) = (next, at) else { break };
            if at != row {
                gathered.clear();
                row = at;
            }
            let column = column as usize;
            if column < COLUMNS_MAX * 2 {
                gathered.resize(gathered.len().max(column + 1), Cell::Empty);
                gathered[column] = read(cell.get_value());
            }
        }
        if has_rows {
            return Ok(());
        }
    }
    Ok(())
}

fn read(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Int(whole) => Cell::Number((*whole).into()),
        DataRef::Float(number) => number_of(*number),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(moment) => time(moment).unwrap_or_else(|| number_of(moment.as_f64())),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
        // `#N/A` and its kin say nothing.
        DataRef::Error(_) | DataRef::Empty => Cell::Empty,
    }
}

/// Sheets hold every number as a fraction; whole ones are whole.
fn number_of(number: f64) -> Cell {
    #[expect(clippy::cast_possible_truncation, reason = "whole and small enough, which was just looked at")]
    if number.fract() == 0.0 && number.abs() < 9.0e15 {
        return Cell::Number((number as i64).into());
    }
    serde_json::Number::from_f64(number).map_or(Cell::Empty, Cell::Number)
}

/// A day or a moment, which sheets keep without a zone.
fn time(moment: &ExcelDateTime) -> Option<Cell> {
    if moment.is_duration() {
        return None;
    }
    let (year, month, day, hour, minute, second, millisecond) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if moment.as_f64().fract() == 0.0 {
        return Some(Cell::text(&date));
    }
    Some(Cell::text(&format!("{date} {hour:02}:{minute:02}:{second:02}.{millisecond:03}")))
}

#[cfg(test)]
mod tests;
