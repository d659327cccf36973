use std::io::{Cursor, Write as _};
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime as Moment, Format as Look, Formula, Workbook};
use serde_json::json;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::super::{Format, ReadHint, Table, open};
use super::*;
use crate::imports::{Cell, Sample, Target, guess, number::ValueType};

fn kept(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn opened(path: &Path) -> Result<Table, ReadError> {
    open(path, &ReadHint::default())
}

/// A row with its line, or why it is refused.
type Told = Result<(u64, Vec<Cell>), String>;

/// The columns and the rows.
fn read(bytes: &[u8]) -> (Vec<String>, Vec<Told>) {
    let file = kept(bytes);
    let mut table = opened(file.path()).unwrap();
    assert_eq!((table.format(), table.encoding(), table.is_packed()), (Format::Xlsx, None, false));
    let mut rows = Vec::new();
    while let Some(next) = table.next_row().unwrap() {
        rows.push(match next {
            Next::Row(row) => Ok((row.line, row.cells)),
            Next::Refused(refused) => Err(format!("{}: {}", refused.line, refused.reason)),
        });
    }
    (table.columns().to_vec(), rows)
}

fn text(text: &str) -> Cell {
    Cell::text(text)
}

fn number(value: serde_json::Value) -> Cell {
    Cell::json(value)
}

#[test]
fn cells_are_of_their_type() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0u16..).zip(["Day", "Moment", "Whole", "Part", "Yes", "Text", "Formula", "Wrong"]) {
        sheet.write(0, column, name).unwrap();
    }
    let day = Look::new().set_num_format("dd.mm.yyyy");
    let moment = Look::new().set_num_format("dd.mm.yyyy hh:mm");
    sheet.write_with_format(1, 0, Moment::from_ymd(2026, 3, 2).unwrap(), &day).unwrap();
    let at = Moment::from_ymd(2026, 3, 2).unwrap().and_hms(8, 30, 0).unwrap();
    sheet.write_with_format(1, 1, at, &moment).unwrap();
    sheet.write(1, 2, 42).unwrap();
    sheet.write(1, 3, 0.1).unwrap();
    sheet.write(1, 4, true).unwrap();
    sheet.write(1, 5, "  007 ").unwrap();
    sheet.write_formula(1, 6, Formula::new("=C2*2").set_result("84")).unwrap();
    sheet.write_formula(1, 7, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    let (columns, rows) = read(&book.save_to_buffer().unwrap());
    assert_eq!(columns.len(), 8);
    let expected = vec![
        text("2026-03-02"),
        text("2026-03-02 08:30:00.000"),
        number(json!(42)),
        number(json!(0.1)),
        Cell::Bool(true),
        text("007"),
        number(json!(84)),
        Cell::Empty,
    ];
    assert_eq!(rows, [Ok((2, expected))]);
}

#[test]
fn empty_rows_and_sheets_are_passed_over_and_lines_are_those_of_the_sheet() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Empty").unwrap();
    let sheet = book.add_worksheet().set_name("People").unwrap();
    sheet.write(1, 0, "Name").unwrap();
    sheet.write(1, 2, "Name").unwrap();
    sheet.write(4, 0, "Kari").unwrap();
    sheet.write(6, 0, "   ").unwrap();
    sheet.write(8, 2, "Ola").unwrap();
    sheet.write(9, 4, "beyond").unwrap();
    book.add_worksheet().set_name("Later").unwrap().write(0, 0, "not read").unwrap();
    let (columns, rows) = read(&book.save_to_buffer().unwrap());
    assert_eq!(columns, ["Name", "column 2", "Name (3)"]);
    let row = |line, first: Cell, third: Cell| Ok((line, vec![first, Cell::Empty, third]));
    let too_wide = Err("10: 2 cells more than the first row names columns".to_owned());
    assert_eq!(rows, [row(5, text("Kari"), Cell::Empty), row(9, Cell::Empty, text("Ola")), too_wide]);
}

#[test]
fn numbers_written_with_a_comma_are_numbers_by_the_guess() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, (name, amount)) in (0u32..).zip([("email", "Omsetning"), ("a@x.no", "1 234,50"), ("b@x.no", "99,90")]) {
        sheet.write(row, 0, name).unwrap();
        sheet.write(row, 1, amount).unwrap();
    }
    let file = kept(&book.save_to_buffer().unwrap());
    let sample = Sample::read(&mut opened(file.path()).unwrap()).unwrap();
    let guess = guess(&sample, &Default::default());
    let amount = guess.columns.iter().find(|column| column.column == "Omsetning").unwrap();
    assert_eq!(amount.target, Target::Trait { name: "Omsetning".into(), value: ValueType::NumberComma });
    assert_eq!(ValueType::NumberComma.read(&sample.rows[0].cells[1]), json!(1234.5));
}

fn refused(bytes: &[u8]) -> String {
    opened(kept(bytes).path()).unwrap_err().to_string()
}

#[test]
fn what_is_no_workbook_or_has_nothing_in_it_says_so() {
    assert!(refused(b"PK\x03\x04....").contains("save it again"));
    let mut whole = Workbook::new();
    whole.add_worksheet().write(0, 0, "Name").unwrap();
    let bytes = whole.save_to_buffer().unwrap();
    assert!(refused(&bytes[..bytes.len() / 2]).contains("save it again"));
    let mut empty = Workbook::new();
    empty.add_worksheet();
    assert!(refused(&empty.save_to_buffer().unwrap()).contains("empty"));
    let mut wide = Workbook::new();
    let sheet = wide.add_worksheet();
    for column in 0..1_001u16 {
        sheet.write(0, column, format!("c{column}")).unwrap();
    }
    assert!(refused(&wide.save_to_buffer().unwrap()).contains("at most 1000"));
    // One that is too large is not even looked into.
    let large = kept(&bytes);
    large.as_file().set_len(BYTES_MAX + 1).unwrap();
    assert!(opened(large.path()).unwrap_err().to_string().contains("up to 256 MiB"));
}

/// A workbook one part of which is another text.
fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "Name").unwrap();
    let mut archive = ZipArchive::new(Cursor::new(book.save_to_buffer().unwrap())).unwrap();
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..archive.len() {
        let part = archive.by_index(place).unwrap();
        if part.name().unwrap() != name {
            written.raw_copy_file(part).unwrap();
        }
    }
    written.start_file(name, SimpleFileOptions::default()).unwrap();
    written.write_all(content).unwrap();
    written.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_is_refused_before_it_is_in_memory() {
    let cell = [&b"<sst><si><t>"[..], &vec![b'a'; 2 << 20], b"</t></si></sst>"].concat();
    let bytes = with_part("xl/sharedStrings.xml", &cell);
    assert!(bytes.len() < 32 << 10, "{}", bytes.len());
    assert!(refused(&bytes).contains("a cell of more than 1024 KiB"), "{}", refused(&bytes));

    let tags = b"<si><t>a</t></si>".repeat(200_000);
    let small = Limits { unpacked_bytes: 2 << 20, shared_bytes: 1 << 20, ..LIMITS };
    for (part, expected) in
        [("xl/sharedStrings.xml", "more than 1 MiB"), ("xl/worksheets/sheet1.xml", "more than 2 MiB")]
    {
        let file = kept(&with_part(part, &tags));
        let told = refuse_bombs(file.as_file(), &small).unwrap_err().to_string();
        assert!(told.contains(expected) && told.contains("CSV UTF-8"), "{told}");
        refuse_bombs(file.as_file(), &LIMITS).unwrap();
    }
    let few = Limits { parts: 3, ..LIMITS };
    let told = refuse_bombs(kept(&with_part("x.xml", b"<x/>")).as_file(), &few).unwrap_err().to_string();
    assert!(told.contains("at most 3"), "{told}");
    // A picture may be as large as it likes: nobody unpacks it.
    refuse_bombs(kept(&with_part("xl/media/image1.png", &tags)).as_file(), &small).unwrap();
}
