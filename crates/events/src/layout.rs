//! The columns of a segment and how each is packed. What depends on the events is told by the first rows of the segment
//! and by how many people it has; nothing of it needs to be known to read the file.
//!
//! Bytes an event of 66,000 page views and orders of 43,000 people: 8.1 the id (16 random letters are 8), 5.1 the person,
//! 2.7 the properties, 2.4 the time, 2.4 the number of the person, 0.7 the name, 0.5 the filter; all else 0.03.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{Array, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
};
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
    schema::types::ColumnPath,
};

/// Level 1 is three times as fast as the default and 8 % larger on demo events. Ids and keys get larger by level 3: its
/// matches of a few letters cost more than the letters.
const ZSTD_LEVEL: i32 = 1;
/// For properties that repeat, whose different texts are few: 13 % smaller.
const ZSTD_LEVEL_REPEATED: i32 = 6;
/// Share of different properties among the first rows up to which they count as repeated.
const DIFFERENT_PERCENT_MAX: usize = 50;
/// Bytes of different texts up to which a column of repeated ones has a dictionary.
const DICTIONARY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Texts that begin with so many letters of the one before, on average, are packed better without them.
const LETTERS_ALIKE_MIN: usize = 2;
/// How many looks for a person who is not in the segment may go into it for nothing. The filter has a power of two of
/// bytes: for 43,000 people 32 KiB, with which 0.09 do, where the usual 0.05 takes 64 KiB, with which 0.005 do.
const FILTER_WRONG_MAX: f64 = 0.1;
/// Letters of a key that are the same for all of its kind: `user:`.
const KIND_LETTERS: u64 = 5;
/// Bits that a letter of a key comes to when it is packed: digits 3.4, hexadecimal ones 4, words less.
const LETTER_BITS: u64 = 4;
/// Bits that tell where a key ends.
const END_BITS: u64 = 4;

fn text_type(coded: bool) -> DataType {
    if coded { DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)) } else { DataType::Utf8 }
}

/// The columns; `coded` reads names and sources as dictionary codes.
pub(crate) fn schema(coded: bool) -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("position", DataType::UInt64, false),
        Field::new("message_id", DataType::Utf8, false),
        Field::new("event", text_type(coded), false),
        Field::new("timestamp", time(), false),
        Field::new("received_at", time(), false),
        Field::new("person", DataType::Utf8, false),
        Field::new("person_number", DataType::UInt32, false),
        Field::new("links", DataType::Utf8, true),
        Field::new("props", DataType::Utf8, false),
        Field::new("person_props", DataType::Utf8, true),
        Field::new("source", text_type(coded), true),
    ]))
}

/// How many events and people a segment will have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub events: u64,
    pub people: u64,
}

/// The first rows of a segment.
pub(crate) struct Sample<'a> {
    pub message_ids: &'a StringArray,
    pub people: &'a StringArray,
    pub props: &'a StringArray,
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::from(name)
}

fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

/// How the columns are written.
pub(crate) fn properties(size: Size, sample: &Sample<'_>) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(zstd(ZSTD_LEVEL))
        .set_created_by(concat!("suppilo ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_bloom_filter_enabled(path("person_number"), true)
        .set_column_bloom_filter_fpp(path("person_number"), FILTER_WRONG_MAX)
        .set_column_bloom_filter_max_ndv(path("person_number"), size.people.max(1))
        // Split into streams of bytes it would take 2.3 bytes instead of 2.4, and readers older than 2024 would fail.
        .set_column_encoding(path("person_number"), Encoding::DELTA_BINARY_PACKED);
    for number in ["position", "timestamp", "received_at"] {
        properties = properties
            .set_column_statistics_enabled(path(number), EnabledStatistics::Page)
            .set_column_encoding(path(number), Encoding::DELTA_BINARY_PACKED);
    }
    for unique in ["position", "timestamp", "received_at", "person_number", "person_props", "links"] {
        properties = properties.set_column_dictionary_enabled(path(unique), false);
    }
    properties = without_dictionary(properties, "message_id", sample.message_ids);
    properties = if is_dictionary_smaller(size, sample.people) {
        properties.set_column_dictionary_page_size_limit(path("person"), DICTIONARY_BYTES_MAX)
    } else {
        without_dictionary(properties, "person", sample.people)
    };
    // Otherwise the dictionary, which takes 40 % off where they repeat, is given up after 1 MB, for 1.5 % more.
    if are_repeated(sample.props) {
        properties = properties
            .set_column_dictionary_page_size_limit(path("props"), DICTIONARY_BYTES_MAX)
            .set_column_compression(path("props"), zstd(ZSTD_LEVEL_REPEATED));
    }
    properties.build()
}

/// Letters and lengths apart: hexadecimal digits alone pack better than with lengths between them, 16 into 8.1 bytes
/// instead of 8.9. Of texts that begin alike only what is new: a UUID with a time in front 15.5 instead of 16, `user:` and
/// 10 digits 5.1 instead of 5.5.
fn without_dictionary(properties: WriterPropertiesBuilder, name: &str, texts: &StringArray) -> WriterPropertiesBuilder {
    let encoding = if begin_alike(texts) { Encoding::DELTA_BYTE_ARRAY } else { Encoding::DELTA_LENGTH_BYTE_ARRAY };
    properties.set_column_dictionary_enabled(path(name), false).set_column_encoding(path(name), encoding)
}

fn begin_alike(texts: &StringArray) -> bool {
    let alike = |row: usize| {
        let (before, text) = (texts.value(row - 1).as_bytes(), texts.value(row).as_bytes());
        before.iter().zip(text).take_while(|(one, other)| one == other).count()
    };
    (1..texts.len()).map(alike).sum::<usize>() >= LETTERS_ALIKE_MIN * texts.len()
}

/// Whether each key once, and a code for each event, is less than a key for each event.
fn is_dictionary_smaller(size: Size, keys: &StringArray) -> bool {
    let letters = (keys.value_data().len() as u64).checked_div(keys.len() as u64).unwrap_or(0);
    let key_bits = letters.saturating_sub(KIND_LETTERS) * LETTER_BITS + END_BITS;
    let code_bits = u64::from(u64::BITS - size.people.saturating_sub(1).leading_zeros());
    size.people * key_bits + size.events * code_bits < size.events * key_bits
}

fn are_repeated(texts: &StringArray) -> bool {
    let different: HashSet<&str, ahash::RandomState> = texts.iter().flatten().collect();
    different.len() * 100 <= texts.len() * DIFFERENT_PERCENT_MAX
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, RecordBatch};
    use parquet::{
        arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
        file::reader::{FileReader, SerializedFileReader},
    };

    use super::*;

    const ROWS: u64 = 12_000;
    type Kind = (&'static str, fn(u64) -> String);

    fn mixed(number: u64) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes())
    }

    fn hexadecimal(number: u64) -> String {
        format!("{:016x}", mixed(number))
    }

    fn uuid(number: u64) -> String {
        let digits = format!("{}{}", hexadecimal(number), hexadecimal(!number));
        format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
    }

    fn with_time(number: u64) -> String {
        format!("0192{:08x}-{}", 7_000_000 + number * 3, &uuid(number)[19..])
    }

    fn texts(text: impl Fn(u64) -> String) -> StringArray {
        (0..ROWS).map(|row| Some(text(row))).collect()
    }

    fn sample<'a>(message_ids: &'a StringArray, people: &'a StringArray, props: &'a StringArray) -> Sample<'a> {
        Sample { message_ids, people, props }
    }

    /// Bytes of one column of texts, which must come back.
    fn packed(name: &str, column: &StringArray, properties: WriterProperties) -> i64 {
        let batch = RecordBatch::try_from_iter([(name, Arc::new(column.clone()) as ArrayRef)]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        let file = bytes::Bytes::from(writer.into_inner().unwrap());
        let back = ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap().with_batch_size(column.len());
        assert_eq!(back.build().unwrap().next().unwrap().unwrap(), batch);
        SerializedFileReader::new(file).unwrap().metadata().row_group(0).column(0).compressed_size()
    }

    /// The same, with each way there is: the smallest.
    fn smallest(name: &str, column: &StringArray) -> i64 {
        let ways = [None, Some(Encoding::DELTA_BYTE_ARRAY), Some(Encoding::DELTA_LENGTH_BYTE_ARRAY)];
        let bytes = ways.map(|encoding| {
            let properties = WriterProperties::builder().set_compression(zstd(ZSTD_LEVEL));
            let properties = match encoding {
                None => properties.set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX),
                Some(encoding) => properties.set_dictionary_enabled(false).set_encoding(encoding),
            };
            packed(name, column, properties.build())
        });
        bytes.into_iter().min().unwrap()
    }

    #[test]
    fn the_way_that_is_chosen_is_the_smallest_or_near_it() {
        let props = texts(|_| "{}".to_owned());
        let kinds: [Kind; 5] = [
            ("digits", |number| format!("{:010}", mixed(number) as u32)),
            ("hexadecimal", hexadecimal),
            ("uuid", uuid),
            ("with time", with_time),
            ("numbers in order", |number| number.to_string()),
        ];
        for (kind, text) in kinds {
            let ids = texts(text);
            for people in [50, 3_000, 9_000, 10_000_000] {
                let keys = texts(|row| format!("user:{}", text(mixed(row) % people)));
                let different = keys.iter().collect::<HashSet<_>>().len() as u64;
                let size = Size { events: ROWS, people: different };
                let properties = properties(size, &sample(&ids, &keys, &props));
                for (name, column) in [("message_id", &ids), ("person", &keys)] {
                    let (bytes, least) = (packed(name, column, properties.clone()), smallest(name, column));
                    assert!(
                        bytes as f64 <= least as f64 * 1.03,
                        "{kind}, {name}, {different} of {ROWS} people: {bytes} instead of {least}"
                    );
                }
            }
        }
    }

    #[test]
    fn properties_that_repeat_have_a_large_dictionary_and_are_packed_harder() {
        let ids = texts(hexadecimal);
        let size = Size { events: ROWS, people: ROWS };
        let props = path("props");
        for (different, is_harder) in [(1, true), (100, true), (ROWS / 2, true), (ROWS / 2 + 1, false), (ROWS, false)] {
            let column = texts(|row| format!(r#"{{"path":"/{}"}}"#, hexadecimal(row % different)));
            let properties = properties(size, &sample(&ids, &ids, &column));
            assert!(properties.dictionary_enabled(&props));
            let level = if is_harder { ZSTD_LEVEL_REPEATED } else { ZSTD_LEVEL };
            assert_eq!(properties.compression(&props), zstd(level), "{different} different");
            assert_eq!(properties.column_dictionary_page_size_limit(&props) == DICTIONARY_BYTES_MAX, is_harder);
            assert!(packed("props", &column, properties) > 0);
        }
    }

    #[test]
    fn the_filter_of_people_finds_all_and_few_others() {
        let ids = texts(hexadecimal);
        for people in [1, 3_000, ROWS as u32] {
            let column = Arc::new((0..ROWS as u32).map(|row| row % people).collect::<arrow::array::UInt32Array>());
            let batch = RecordBatch::try_from_iter([("person_number", column as ArrayRef)]).unwrap();
            let size = Size { events: ROWS, people: people.into() };
            let properties = properties(size, &sample(&ids, &ids, &ids));
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
            writer.write(&batch).unwrap();
            let file = bytes::Bytes::from(writer.into_inner().unwrap());
            let options = parquet::file::serialized_reader::ReadOptionsBuilder::new().with_reader_properties(
                parquet::file::properties::ReaderProperties::builder().set_read_bloom_filter(true).build(),
            );
            let reader = SerializedFileReader::new_with_options(file, options.build()).unwrap();
            let group = reader.get_row_group(0).unwrap();
            let filter = group.get_column_bloom_filter(0).unwrap();
            assert!((0..people).all(|person| filter.check(&person)));
            let wrong = (people..people + 100_000).filter(|person| filter.check(person)).count();
            assert!(wrong < 12_000, "{wrong} of 100000 with {people} people");
            let bytes = group.metadata().column(0).bloom_filter_length().unwrap();
            assert!(bytes as u32 <= people * 3 / 2 + 64, "{bytes} for {people} people");
        }
    }
}
