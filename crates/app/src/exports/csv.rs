//! A table as CSV: RFC 4180 in UTF-8, numbers with a point and nothing else, times as RFC 3339.

use std::borrow::Cow;

use ::csv::{Terminator, WriterBuilder};

use super::table::{Cell, Table};
use crate::{AppError, Result};

/// The bytes of a table. No byte order mark: it would become part of the first heading for every program but a
/// spreadsheet, and spreadsheets have a format of their own.
pub(super) fn bytes(table: Table<'_>) -> Result<Vec<u8>> {
    let failed = |error: ::csv::Error| AppError::Internal(format!("a CSV could not be written: {error}"));
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let columns = table.header.len();
    writer.write_record(table.header.iter().map(|heading| harmless(heading).into_owned())).map_err(failed)?;
    for mut row in table.rows {
        row.resize(columns, Cell::Empty);
        writer.write_record(row.iter().map(|cell| field(cell).into_owned())).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| AppError::Internal(format!("a CSV could not be written: {error}")))
}

/// What tells spreadsheets that a file is UTF-8. Other programs would take it for a part of the first heading.
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The bytes of some rows without a heading.
pub(super) fn lines(rows: &[Vec<Cell<'_>>]) -> Result<Vec<u8>> {
    let failed = |error: ::csv::Error| AppError::Internal(format!("a CSV could not be written: {error}"));
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| field(cell).into_owned())).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| AppError::Internal(format!("a CSV could not be written: {error}")))
}

fn field<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => harmless(text),
        Cell::Count(count) => count.to_string().into(),
        Cell::Number(number) | Cell::Share(number) => number.to_string().into(),
        Cell::Day(day) => day.to_string().into(),
        Cell::At(moment) => moment.to_string().into(),
    }
}

/// A text that no spreadsheet takes for a formula. What visitors wrote stands in these files, and
/// `=HYPERLINK(..)` would run on the machine of whoever opens them; an apostrophe before it makes it a text
/// (OWASP, "CSV injection", which names these characters, also after white space).
fn harmless(text: &str) -> Cow<'_, str> {
    // One that has such an apostrophe of its own gets another, so that each can be taken away again.
    if is_dangerous(text.trim_start_matches('\'')) { format!("'{text}").into() } else { Cow::Borrowed(text) }
}

fn is_dangerous(text: &str) -> bool {
    const DANGEROUS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(DANGEROUS)
}

/// What a cell said before [`harmless`]: spreadsheets write the apostrophe too, before what looks like a formula.
pub(crate) fn as_meant(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+47 123", "'+47 123"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("  =1", "'  =1"),
            ("\rx", "'\rx"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("/pricing", "/pricing"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(harmless(text), expected, "{text:?}");
            assert_eq!(as_meant(expected), text, "{text:?}");
        }
        for text in ["'=1", "''+1", "'a", "'", "O'Hara"] {
            assert_eq!(as_meant(&harmless(text)), text);
        }
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let rows = [vec![Cell::text("a,\"b\"\nc"), Cell::Number(-0.5)], vec![Cell::Count(7)]];
        let table = Table::new("t", "T", ["Name", "=x"], 2, rows.into_iter());
        let text = String::from_utf8(bytes(table).unwrap()).unwrap();
        assert_eq!(text, "Name,'=x\r\n\"a,\"\"b\"\"\nc\",-0.5\r\n7,\r\n");
    }
}
