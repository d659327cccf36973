//! Typed access to the columns of a decoded batch of a segment.

use arrow::{
    array::{Array, DictionaryArray, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array, UInt64Array},
    datatypes::Int32Type,
};
use base::Timestamp;

use crate::{
    LogError, NewEvent, PersonKey,
    codec::{self, LinkRef},
    segment::Segment,
};

/// Every column that an event is made of.
pub(crate) const EVENT: &[&str] = &[
    "position",
    "message_id",
    "event",
    "timestamp",
    "received_at",
    "person",
    "person_number",
    "links",
    "props",
    "person_props",
    "source",
];

/// A decoded batch.
pub(crate) struct Columns<'a> {
    segment: &'a Segment,
    batch: RecordBatch,
}

/// A text column whose values come as codes.
pub(crate) struct Coded<'a> {
    pub codes: &'a [i32],
    pub values: &'a StringArray,
    array: &'a DictionaryArray<Int32Type>,
}

impl<'a> Coded<'a> {
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        self.array.is_valid(row).then(|| self.values.value(self.codes[row] as usize))
    }
}

impl<'a> Columns<'a> {
    pub(crate) fn new(segment: &'a Segment, batch: RecordBatch) -> Self {
        Self { segment, batch }
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn column<T: 'static>(&self, name: &str) -> Result<&T, LogError> {
        self.batch
            .column_by_name(name)
            .and_then(|column| column.as_any().downcast_ref())
            .ok_or_else(|| self.segment.failed(format_args!("column {name} is missing or of another type")))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<&StringArray, LogError> {
        self.column(name)
    }

    pub(crate) fn positions(&self) -> Result<&[u64], LogError> {
        Ok(self.column::<UInt64Array>("position")?.values())
    }

    pub(crate) fn numbers(&self) -> Result<&[u32], LogError> {
        Ok(self.column::<UInt32Array>("person_number")?.values())
    }

    pub(crate) fn times(&self, name: &str) -> Result<&[i64], LogError> {
        Ok(self.column::<TimestampMillisecondArray>(name)?.values())
    }

    pub(crate) fn coded(&self, name: &str) -> Result<Coded<'_>, LogError> {
        let array: &DictionaryArray<Int32Type> = self.column(name)?;
        let values = array.values().as_any().downcast_ref();
        let values =
            values.ok_or_else(|| self.segment.failed(format_args!("column {name} has values of another type")))?;
        Ok(Coded { codes: array.keys().values(), values, array })
    }

    /// Whole events: position, number of the key, event. Needs all columns of [`EVENT`].
    pub(crate) fn events(&self) -> Result<Vec<(u64, u32, NewEvent)>, LogError> {
        let (positions, numbers) = (self.positions()?, self.numbers()?);
        let (times, received) = (self.times("timestamp")?, self.times("received_at")?);
        let (names, sources) = (self.coded("event")?, self.coded("source")?);
        let (ids, people, links) = (self.texts("message_id")?, self.texts("person")?, self.texts("links")?);
        let (props, person_props) = (self.texts("props")?, self.texts("person_props")?);
        let mut events = Vec::with_capacity(self.rows());
        for row in 0..self.rows() {
            let event = NewEvent {
                message_id: ids.value(row).to_owned(),
                name: names.get(row).unwrap_or_default().to_owned(),
                at: Timestamp::from_ms(times[row]),
                received_at: Timestamp::from_ms(received[row]),
                person: PersonKey::trusted(people.value(row)),
                links: self.links(links, row)?,
                props: props.value(row).to_owned(),
                person_props: person_props.is_valid(row).then(|| person_props.value(row).to_owned()),
                source: sources.get(row).map(str::to_owned),
            };
            events.push((positions[row], numbers[row], event));
        }
        Ok(events)
    }

    /// The links of a row.
    pub(crate) fn links(&self, links: &StringArray, row: usize) -> Result<Vec<crate::Link>, LogError> {
        if links.is_null(row) {
            return Ok(Vec::new());
        }
        codec::links_from_json(links.value(row))
            .ok_or_else(|| self.segment.failed(format_args!("row {row} has unreadable links")))
    }
}

/// A link of an event as the identities take it.
pub(crate) fn link_ref(link: &crate::Link) -> LinkRef<'_> {
    match link {
        crate::Link::Claim(key) => LinkRef { always: false, key: key.as_str() },
        crate::Link::Merge(key) => LinkRef { always: true, key: key.as_str() },
    }
}

impl Segment {
    /// Go through the decoded batches of some columns.
    pub(crate) fn each(
        &self,
        columns: &[&str],
        rows: Option<parquet::arrow::arrow_reader::RowSelection>,
        mut each: impl FnMut(&Columns<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let mut reader = self.read(columns, rows)?;
        while let Some(batch) = self.guarded(|| Ok(reader.next()))? {
            each(&Columns::new(self, batch.map_err(|error| self.failed(error))?))?;
        }
        Ok(())
    }
}
