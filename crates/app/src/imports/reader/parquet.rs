//! Parquet: typed columns; structs become columns with dotted names as in JSONL.

use std::{
    fs::File,
    io::{self, Read, Seek},
    sync::Arc,
};

use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    buffer::NullBuffer,
    compute::cast,
    datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType, UInt64Type},
    error::ArrowError,
    util::display::array_value_to_string,
};
use base::Timestamp;
use serde_json::{Map, Value};

use super::{Cell, Next, ReadError, Row, Rows, source::Counter, source::Opened};
use crate::imports::COLUMNS_MAX;

/// Rows unpacked at once.
const BATCH_ROWS: usize = 512;
/// Most bytes of a Parquet file that is packed with gzip as a whole: it must be unpacked to disk to be read.
const UNPACKED_BYTES_MAX: u64 = 8 << 30;

struct Parquet {
    reader: ParquetRecordBatchReader,
    counter: Counter,
    columns: Vec<String>,
    /// Column by column, the cells of the batch.
    batch: Vec<std::vec::IntoIter<Cell>>,
    left: usize,
    row: u64,
    rows_total: u64,
    /// The row returned last.
    current: Vec<Cell>,
}

fn damaged(error: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged(format!("the Parquet file cannot be read ({error}); write it again and import that"))
}

/// Rows of a Parquet file.
pub(super) fn rows(opened: Opened) -> Result<Box<dyn Rows>, ReadError> {
    let file = if opened.is_packed { unpacked(opened.bytes)? } else { opened.file };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
    let rows_total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mut columns = Vec::new();
    for field in builder.schema().fields() {
        leaf_names("", field, &mut columns);
    }
    if columns.len() > COLUMNS_MAX {
        let count = columns.len();
        let text =
            format!("the file has {count} columns; at most {COLUMNS_MAX} are read. Leave out what is not needed");
        return Err(ReadError::Unsupported(text));
    }
    if rows_total == 0 || columns.is_empty() {
        return Err(ReadError::Empty);
    }
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(damaged)?;
    let (batch, current) = (Vec::new(), Vec::new());
    let counter = opened.counter;
    Ok(Box::new(Parquet { reader, counter, columns, batch, left: 0, row: 0, rows_total, current }))
}

/// Parquet is read from its end, a gzip stream only from its start.
fn unpacked(bytes: impl Read) -> Result<File, ReadError> {
    let mut file = tempfile::tempfile()?;
    let count = io::copy(&mut bytes.take(UNPACKED_BYTES_MAX + 1), &mut file)?;
    if count > UNPACKED_BYTES_MAX {
        let gib = UNPACKED_BYTES_MAX >> 30;
        return Err(ReadError::Unsupported(format!(
            "the file unpacks to more than {gib} GiB; unpack it and import that"
        )));
    }
    file.rewind()?;
    Ok(file)
}

fn leaf_names(prefix: &str, field: &Field, names: &mut Vec<String>) {
    let name = if prefix.is_empty() { field.name().clone() } else { format!("{prefix}.{}", field.name()) };
    match field.data_type() {
        DataType::Struct(fields) => fields.iter().for_each(|field| leaf_names(&name, field, names)),
        _ => names.push(name),
    }
}

impl Parquet {
    fn load(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.batch.clear();
        for column in batch.columns() {
            leaf_cells(column, None, &mut self.batch)?;
        }
        self.left = batch.num_rows();
        Ok(())
    }
}

fn leaf_cells(
    array: &ArrayRef,
    parent: Option<&NullBuffer>,
    out: &mut Vec<std::vec::IntoIter<Cell>>,
) -> Result<(), ArrowError> {
    let absent = NullBuffer::union(parent, array.nulls());
    if let DataType::Struct(_) = array.data_type() {
        return array.as_struct().columns().iter().try_for_each(|column| leaf_cells(column, absent.as_ref(), out));
    }
    let mut cells = cells(array)?;
    if let Some(absent) = absent {
        let empties = cells.iter_mut().zip(&absent).filter(|(_, is_there)| !is_there);
        empties.for_each(|(cell, _)| *cell = Cell::Empty);
    }
    out.push(cells.into_iter());
    Ok(())
}

/// The values of an array; what is null comes out as anything and is emptied by the caller.
fn cells(array: &ArrayRef) -> Result<Vec<Cell>, ArrowError> {
    use DataType as T;
    let each = |cell: &dyn Fn(usize) -> Cell| -> Vec<Cell> {
        (0..array.len()).map(|i| if array.is_null(i) { Cell::Empty } else { cell(i) }).collect()
    };
    Ok(match array.data_type() {
        T::Null => vec![Cell::Empty; array.len()],
        T::Boolean => each(&|i| Cell::Bool(array.as_boolean().value(i))),
        T::UInt64 => each(&|i| Cell::Number(array.as_primitive::<UInt64Type>().value(i).into())),
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
            let whole = cast(array, &T::Int64)?;
            each(&|i| Cell::Number(whole.as_primitive::<Int64Type>().value(i).into()))
        }
        T::Float16 | T::Float32 | T::Float64 => {
            let float = cast(array, &T::Float64)?;
            each(&|i| {
                let value = float.as_primitive::<Float64Type>().value(i);
                serde_json::Number::from_f64(value).map_or(Cell::Empty, Cell::Number)
            })
        }
        T::Utf8 | T::LargeUtf8 | T::Utf8View => {
            let text = cast(array, &T::Utf8)?;
            each(&|i| Cell::text(text.as_string::<i32>().value(i)))
        }
        T::Binary | T::LargeBinary | T::BinaryView => {
            let binary = cast(array, &T::Binary)?;
            each(&|i| Cell::text(&String::from_utf8_lossy(binary.as_binary::<i32>().value(i))))
        }
        T::Date32 | T::Date64 => {
            let days = cast(array, &T::Timestamp(TimeUnit::Millisecond, None))?;
            each(&|i| Cell::text(&civil(days.as_primitive::<TimestampMillisecondType>().value(i))[..10]))
        }
        T::Timestamp(_, zone) => {
            let ms = cast(array, &T::Timestamp(TimeUnit::Millisecond, zone.clone()))?;
            let ms = ms.as_primitive::<TimestampMillisecondType>();
            // Without a zone it is what a clock on the wall showed: the import's zone says where.
            let is_instant = zone.is_some();
            each(&|i| match ms.value(i) {
                ms if is_instant => Cell::Time(Timestamp::from_ms(ms)),
                ms => Cell::text(&civil(ms)),
            })
        }
        T::Dictionary(_, values) => cells(&cast(array, values)?)?,
        T::List(_) | T::LargeList(_) | T::FixedSizeList(_, _) => lists(array)?,
        _ => {
            let texts: Result<Vec<String>, ArrowError> =
                (0..array.len()).map(|i| array_value_to_string(array, i)).collect();
            texts?.iter().map(|text| Cell::text(text)).collect()
        }
    })
}

fn civil(ms: i64) -> String {
    Timestamp::from_ms(ms).to_string().trim_end_matches('Z').to_owned()
}

fn lists(array: &ArrayRef) -> Result<Vec<Cell>, ArrowError> {
    let (DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)) = array.data_type()
    else {
        return Ok(Vec::new());
    };
    let lists = cast(array, &DataType::LargeList(Arc::clone(item)))?;
    let lists = lists.as_list::<i64>();
    (0..lists.len())
        .map(|i| {
            if lists.is_null(i) {
                return Ok(Cell::Empty);
            }
            let items: Vec<Value> = values(&lists.value(i))?;
            Ok(Cell::json(Value::Array(items)))
        })
        .collect()
}

/// The items of a list as JSON.
fn values(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let DataType::Struct(fields) = array.data_type() else {
        return Ok(cells(array)?.iter().map(Cell::to_json).collect());
    };
    let mut objects = vec![Map::new(); array.len()];
    for (field, column) in fields.iter().zip(array.as_struct().columns()) {
        for (object, value) in objects.iter_mut().zip(values(column)?) {
            object.insert(field.name().clone(), value);
        }
    }
    Ok(objects.into_iter().map(Value::Object).collect())
}

impl Rows for Parquet {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Next>, ReadError> {
        while self.left == 0 {
            let Some(batch) = self.reader.next() else { return Ok(None) };
            let batch = batch.map_err(damaged)?;
            self.load(&batch).map_err(damaged)?;
        }
        self.left -= 1;
        self.row += 1;
        self.counter.set_share(self.row, self.rows_total);
        let cells: Vec<Cell> = self.batch.iter_mut().map(|column| column.next().unwrap_or_default()).collect();
        self.current.clone_from(&cells);
        Ok(Some(Next::Row(Row { line: self.row, cells })))
    }

    fn raw(&self) -> String {
        let fields = self.columns.iter().zip(&self.current).filter(|(_, cell)| !cell.is_empty());
        Value::Object(fields.map(|(name, cell)| (name.clone(), cell.to_json())).collect()).to_string()
    }
}
