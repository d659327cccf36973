//! Files as they come: every format, packing and encoding, and what is wrong with them.

use std::{collections::BTreeMap, io::Write, sync::Arc};

use ::parquet::arrow::ArrowWriter;
use arrow::{
    array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray, StructArray,
        TimestampMicrosecondArray,
    },
    datatypes::{DataType, Field, Int32Type},
    record_batch::RecordBatch,
};
use flate2::{Compression, write::GzEncoder};
use tempfile::NamedTempFile;

use super::*;

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

struct ReadFile {
    columns: Vec<String>,
    /// Line and cells as CSV text.
    rows: Vec<(u64, Vec<String>)>,
    /// Line, reason, raw text.
    refused: Vec<(u64, String, String)>,
}

fn try_read(bytes: &[u8], hint: &ReadHint) -> Result<ReadFile, ReadError> {
    let file = file(bytes);
    let mut table = open(file.path(), hint)?;
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    while let Some(next) = table.next_row()? {
        match next {
            Next::Row(row) => {
                rows.push((row.line, row.cells.iter().map(|cell| cell.as_text().into_owned()).collect()));
            }
            Next::Refused(row) => refused.push((row.line, row.reason, table.raw())),
        }
    }
    assert_eq!(table.place().bytes, table.place().bytes_total);
    Ok(ReadFile { columns: table.columns().to_vec(), rows, refused })
}

fn read(bytes: impl AsRef<[u8]>) -> ReadFile {
    try_read(bytes.as_ref(), &ReadHint::default()).unwrap()
}

fn error(bytes: impl AsRef<[u8]>) -> String {
    try_read(bytes.as_ref(), &ReadHint::default()).err().expect("an error").to_string()
}

fn rows(expect: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
    expect.iter().map(|(line, cells)| (*line, cells.iter().map(|cell| (*cell).to_owned()).collect())).collect()
}

#[test]
fn a_file_of_a_spreadsheet_is_read() {
    let text = "\u{feff}id;navn;dato\r\n1;Kåre;2018.02.01\r\n\r\n;;\r\n2;\"Øst;\r\nVest\"; \r\n";
    let expect = rows(&[(2, &["1", "Kåre", "2018.02.01"]), (5, &["2", "Øst;\nVest", ""])]);
    let windows = encoding_rs::WINDOWS_1252.encode(text.trim_start_matches('\u{feff}')).0.into_owned();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let unmarked = utf16[2..].to_vec();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), "utf-8"),
        (windows, "windows-1252"),
        (utf16, "utf-16le"),
        (utf16_big, "utf-16be"),
        (unmarked, "utf-16le"),
    ] {
        for bytes in [gzip(&bytes), bytes] {
            let read = read(&bytes);
            assert_eq!((read.rows, read.refused.len()), (expect.clone(), 0), "{encoding}");
            assert_eq!(read.columns, ["id", "navn", "dato"]);
            let file = file(&bytes);
            let table = open(file.path(), &ReadHint::default()).unwrap();
            assert_eq!((table.encoding(), table.format()), (Some(encoding), Format::Csv));
        }
    }
}

#[test]
fn a_row_in_another_encoding_is_refused_alone() {
    let mut text = "id,name\n1,Kåre\n2,Øyvind\n".as_bytes().to_vec();
    text.extend_from_slice(b"3,K\xe5re\n4,Ann\n");
    let utf8 = read(&text);
    assert_eq!(utf8.rows.len(), 3);
    let (line, reason, raw) = &utf8.refused[0];
    assert_eq!((*line, raw.as_str()), (4, "3,Kåre"));
    assert!(reason.contains("not valid UTF-8") && reason.contains("0xE5"), "{reason}");

    let mut text = b"id,name\n1,K\xe5re\n2,\xd8yvind\n".to_vec();
    text.extend_from_slice("3,Kåre\n4,Ann\n5,\u{1}".as_bytes());
    text.extend_from_slice(b"\x81\n");
    let windows = read(&text);
    assert_eq!(windows.rows[1].1[1], "Øyvind");
    assert_eq!(windows.refused.iter().map(|row| row.0).collect::<Vec<_>>(), [4, 6]);
    assert!(windows.refused[0].1.contains("is UTF-8 while"), "{}", windows.refused[0].1);

    let named = ReadHint { encoding: Some("windows-1252".into()), ..Default::default() };
    assert_eq!(try_read(&text, &named).unwrap().refused.len(), 1);
}

#[test]
fn the_encoding_is_found_far_from_the_start() {
    let mut text = b"id,name\n".to_vec();
    (0..100_000).for_each(|i| text.extend_from_slice(format!("{i},Ann\n").as_bytes()));
    (0..3).for_each(|_| text.extend_from_slice(b"7,K\xe5re\n"));
    let read = read(&text);
    assert_eq!((read.rows.len(), read.refused.len()), (100_003, 0));
    assert_eq!(read.rows[100_000].1[1], "Kåre");
}

#[test]
fn ragged_rows_and_nuls_are_refused_with_their_line() {
    let read = read("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n1,\0,3\nx\n4,5,6\n");
    assert_eq!(read.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 5, 8]);
    assert_eq!(read.refused.iter().map(|row| row.0).collect::<Vec<_>>(), [3, 4, 6, 7]);
    assert!(read.refused[0].1.starts_with("the row has 2 cells and the table has 3 columns"));
    assert!(read.refused[2].1.contains("NUL"));
    assert_eq!(read.refused[2].2, "1,\u{fffd},3");
}

#[test]
fn a_quote_never_closed_costs_its_own_line() {
    let mut text = String::from("id,name\n1,\"open\n");
    (2..5_000).for_each(|i| text.push_str(&format!("{i},Ann\n")));
    text.push_str("5000,\"quoted, well\"\n5001,Ann\n");
    let far = read(&text);
    assert_eq!(far.refused.len(), 1);
    assert_eq!((far.refused[0].0, far.refused[0].2.as_str()), (2, "1,\"open"));
    assert!(far.refused[0].1.contains("never closed"), "{}", far.refused[0].1);
    assert_eq!(far.rows.len(), 5_000);

    let near = read("id,name\n1,\"open\n2,\"a, b\"\n3,\"c\"\n");
    assert_eq!((near.rows.len(), near.refused.len()), (2, 1));
    assert!(near.refused[0].1.contains("after a closing quote"), "{}", near.refused[0].1);

    let at_end = read("id,name\n1,a\n2,\"open\n3,b");
    assert_eq!((at_end.rows.len(), at_end.refused.len()), (2, 1));
}

#[test]
fn a_line_of_ten_megabytes_costs_itself() {
    let mut text = b"id,name\n1,a\n2,".to_vec();
    text.extend(std::iter::repeat_n(b'x', 10 << 20));
    text.extend_from_slice(b"\n3,b\n");
    let read = read(&text);
    assert_eq!(read.rows, rows(&[(2, &["1", "a"]), (4, &["3", "b"])]));
    assert!(read.refused[0].0 == 3 && read.refused[0].1.contains("longer than 1 MiB"));
    assert!(read.refused[0].2.len() < 2_000);
}

#[test]
fn names_of_columns_are_made_unique() {
    let same = read("a,a,,a,a (2)\n1,2,3,4,5\n");
    assert_eq!(same.columns, ["a", "a (2)", "column 3", "a (3)", "a (2) (2)"]);
    let none = read("a@example.no;2024-01-01\nb@example.no;2024-01-02\n");
    assert_eq!((none.columns, none.rows.len()), (vec!["column 1".to_owned(), "column 2".to_owned()], 2));
}

#[test]
fn files_that_hold_nothing_or_something_else_say_so() {
    for nothing in ["", "\u{feff}", "\n\n \n", "\u{feff}\r\n"] {
        assert_eq!(error(nothing), "the file is empty", "{nothing:?}");
    }
    assert_eq!(error(gzip(b"")), "the file is empty");
    assert_eq!(read("a,b\n").rows.len(), 0);
    assert!(error("PK\x03\x04....").contains("Excel"));
    assert!(error([0x28, 0xb5, 0x2f, 0xfd, 1, 2]).contains("zstd"));
    assert!(error(gzip(&gzip(b"a,b\n"))).contains("twice"));
    assert!(error([7u8, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0]).contains("not a text file"));
    assert!(error("[{\"a\":1}]").contains("jq -c"));
    assert!(error("{\n  \"a\": 1\n}\n").contains("one whole object a line"));
    assert!(error("PAR1 and then no Parquet").contains("Parquet file cannot be read"));
    let folder = tempfile::tempdir().unwrap();
    assert!(open(folder.path(), &ReadHint::default()).is_err());
    let cut = gzip("id,name\n".repeat(100_000).as_bytes());
    assert!(error(&cut[..cut.len() / 2]).contains("ends early"));
    let unknown = ReadHint { encoding: Some("klingon".into()), ..Default::default() };
    assert!(try_read(b"a,b\n", &unknown).err().unwrap().to_string().contains("klingon"));
}

#[test]
fn objects_become_columns_with_dotted_names() {
    let text = r#"{"event":"a","properties":{"plan":"pro","price":12.5,"tags":["x"]},"n":null}

{"event":"b","properties":{"new":true,"empty":{}}}
[1]
{"event":"c"
{"event":"d\u0000"}
"#;
    let read = read(text);
    let first: BTreeMap<&str, &str> =
        read.columns.iter().map(String::as_str).zip(read.rows[0].1.iter().map(String::as_str)).collect();
    let expect = [
        ("event", "a"),
        ("n", ""),
        ("properties.plan", "pro"),
        ("properties.price", "12.5"),
        ("properties.tags", "[\"x\"]"),
    ];
    assert_eq!(first, BTreeMap::from(expect));
    assert_eq!(read.columns.len(), 7);
    assert_eq!((read.rows[0].0, read.rows[1].0), (1, 3));
    assert_eq!(read.refused.iter().map(|row| row.0).collect::<Vec<_>>(), [4, 5, 6]);
    assert!(read.refused[1].1.contains("EOF while parsing an object"), "{}", read.refused[1].1);
    assert!(read.refused[2].1.contains("NUL"));
}

fn parquet_file() -> Vec<u8> {
    let plan: ArrayRef = Arc::new(StringArray::from(vec![Some("pro"), Some("free")]));
    let plan_field = Arc::new(Field::new("plan", DataType::Utf8, true));
    let nested = StructArray::new(vec![plan_field].into(), vec![plan], Some(vec![true, false].into()));
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]);
    let zoned = TimestampMicrosecondArray::from(vec![1_519_675_080_000_000, 0]).with_timezone("UTC");
    let naive = TimestampMicrosecondArray::from(vec![1_519_675_080_000_000, 0]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![Some(1), None]))),
        ("price", Arc::new(Float64Array::from(vec![1.5, f64::NAN]))),
        ("won", Arc::new(BooleanArray::from(vec![true, false]))),
        ("at", Arc::new(zoned)),
        ("local", Arc::new(naive)),
        ("properties", Arc::new(nested)),
        ("list", Arc::new(lists)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn parquet_is_read_with_its_types() {
    let bytes = parquet_file();
    for bytes in [gzip(&bytes), bytes] {
        let read = read(&bytes);
        assert_eq!(read.columns, ["id", "price", "won", "at", "local", "properties.plan", "list"]);
        let first = ["1", "1.5", "true", "2018-02-26T19:58:00.000Z", "2018-02-26T19:58:00.000", "pro", "[1,null]"];
        assert_eq!(read.rows[0], (1, first.map(str::to_owned).to_vec()));
        let second = ["", "", "false", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000", "", ""];
        assert_eq!(read.rows[1], (2, second.map(str::to_owned).to_vec()));
    }
}

proptest::proptest! {
    /// Whatever the bytes, reading ends, refuses or reads, and never panics.
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let _ = try_read(&bytes, &ReadHint::default());
        let csv = [b"a;b\n".as_slice(), &bytes].concat();
        let _ = try_read(&csv, &ReadHint { format: Some(Format::Csv), ..Default::default() });
        let _ = try_read(&[b"PAR1".as_slice(), &bytes].concat(), &ReadHint::default());
    }

    /// Any table that the `csv` crate writes, with any delimiter, comes back as it was.
    #[test]
    fn written_tables_come_back(
        table in proptest::collection::vec(proptest::collection::vec("[a-zæøå]{1,3}[ ,;\t\"\n]{0,2}[a-z]{1,3}", 3), 1..8),
        delimiter in proptest::sample::select(vec![b',', b';', b'\t', b'|']),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(vec![]);
        writer.write_record(["alpha", "beta", "gamma"]).unwrap();
        table.iter().for_each(|row| writer.write_record(row).unwrap());
        let hint = ReadHint { delimiter: Some(char::from(delimiter)), header: Some(true), ..Default::default() };
        let read = try_read(&writer.into_inner().unwrap(), &hint).unwrap();
        proptest::prop_assert_eq!(read.refused.len(), 0);
        proptest::prop_assert_eq!(read.rows.into_iter().map(|row| row.1).collect::<Vec<_>>(), table);
    }
}
