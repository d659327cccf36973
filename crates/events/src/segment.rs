//! Sealed events: one Parquet file each, `segments/<first>-<last>.parquet`, positions with 20 digits.
//!
//! Any Parquet tool reads them. Columns:
//!
//! | column | type | |
//! |---|---|---|
//! | position | uint64 | ascending by one, no gaps, within and between files |
//! | message_id, event | string | |
//! | timestamp, received_at | timestamp(ms, UTC) | |
//! | person | string | the key that did it, `anon:…`, `user:…` … |
//! | person_number | uint32 | number of that key (see `identity`), before merges |
//! | links | string, null | JSON `[["claim","user:7"],…]` |
//! | props | string | JSON object |
//! | person_props | string, null | JSON object |
//! | source | string, null | |
//!
//! The footer entry `suppilo` holds [`Stats`]; `person_number` has a bloom filter. A file is written as
//! `.tmp`, synced, renamed, and the folder synced: a name without `.tmp` is whole. A file whose range lies
//! inside that of another was merged into it and is removed.

use std::{
    collections::{BTreeMap, HashSet},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use arrow::{
    array::{RecordBatch, StringBuilder, TimestampMillisecondBuilder, UInt32Builder, UInt64Builder},
    datatypes::SchemaRef,
};
use base::Timestamp;
use parking_lot::Mutex;
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
            RowSelection,
        },
    },
    bloom_filter::Sbbf,
    errors::ParquetError,
    file::metadata::{KeyValue, PageIndexPolicy},
};

use crate::{
    LogError, NewEvent,
    codec::{self, EventRef},
    disk::{Disk, ReadFile, create_fresh},
    layout::{self, Sample, Size},
    segment_file::{self, CHECKS_KEY, Checks, Mark, SegmentFile},
    stats::{FOOTER_KEY, Stats},
    tombstones::Tombstones,
};

pub(crate) const FOLDER: &str = "segments";
/// Rows built and decoded at a time.
const BATCH_ROWS: usize = 8_192;

/// The file name of a range of positions.
pub(crate) fn file_name(first: u64, last: u64) -> String {
    format!("{first:020}-{last:020}.parquet")
}

/// The range that a file name tells.
pub(crate) fn parse_range(name: &str, suffix: &str) -> Option<(u64, u64)> {
    let (first, last) = name.strip_suffix(suffix)?.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[derive(Default)]
struct Builders {
    position: UInt64Builder,
    message_id: StringBuilder,
    event: StringBuilder,
    timestamp: TimestampMillisecondBuilder,
    received_at: TimestampMillisecondBuilder,
    person: StringBuilder,
    person_number: UInt32Builder,
    links: StringBuilder,
    props: StringBuilder,
    person_props: StringBuilder,
    source: StringBuilder,
}

impl Builders {
    /// A batch of the next events; without rows when there are none left.
    fn take<'a>(
        &mut self,
        events: &mut impl Iterator<Item = (u64, u32, EventRef<'a>)>,
        stats: &mut Stats,
    ) -> io::Result<RecordBatch> {
        for (position, key, event) in events.take(BATCH_ROWS) {
            self.push(position, key, &event);
            stats.add(&event);
        }
        self.finish(&layout::schema(false)).map_err(failed)
    }

    fn push(&mut self, position: u64, key: u32, event: &EventRef<'_>) {
        self.position.append_value(position);
        self.message_id.append_value(event.message_id);
        self.event.append_value(event.name);
        self.timestamp.append_value(event.at_ms);
        self.received_at.append_value(event.received_ms);
        self.person.append_value(event.person);
        self.person_number.append_value(key);
        let links = event.has_links().then(|| codec::links_to_json(event.links()));
        self.links.append_option(links);
        self.props.append_value(event.props());
        self.person_props.append_option(event.person_props());
        self.source.append_option(event.source);
    }

    fn finish(&mut self, schema: &SchemaRef) -> Result<RecordBatch, ParquetError> {
        let utc = |builder: &mut TimestampMillisecondBuilder| builder.finish().with_timezone("UTC");
        Ok(RecordBatch::try_new(
            schema.clone(),
            vec![
                Arc::new(self.position.finish()),
                Arc::new(self.message_id.finish()),
                Arc::new(self.event.finish()),
                Arc::new(utc(&mut self.timestamp)),
                Arc::new(utc(&mut self.received_at)),
                Arc::new(self.person.finish()),
                Arc::new(self.person_number.finish()),
                Arc::new(self.links.finish()),
                Arc::new(self.props.finish()),
                Arc::new(self.person_props.finish()),
                Arc::new(self.source.finish()),
            ],
        )?)
    }
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

/// What the layout looks at.
fn sample(batch: &RecordBatch) -> io::Result<Sample<'_>> {
    let texts = |name: &str| {
        let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
        column.ok_or_else(|| io::Error::other(format!("a segment has no texts {name}")))
    };
    Ok(Sample { message_ids: texts("message_id")?, people: texts("person")?, props: texts("props")? })
}

/// Footer entry with the moment of sealing, for people who look at the files.
const SEALED_AT_KEY: &str = "suppilo.sealed_at";

/// Write a segment of these events (positions, key numbers, events; ascending). When this answers it is safe.
pub(crate) fn write<'a>(
    disk: &Arc<dyn Disk>,
    first: u64,
    size: Size,
    sealed_at: Timestamp,
    mut events: impl Iterator<Item = (u64, u32, EventRef<'a>)>,
) -> io::Result<Segment> {
    let temporary = format!("{FOLDER}/{first:020}.parquet.tmp");
    let mut stats = Stats::new(first);
    let mut rows = Builders::default();
    let mut next = || rows.take(&mut events, &mut stats);
    let mut batch = next()?;
    let properties = layout::properties(size, &sample(&batch)?);
    // In memory: the pages of a row group are until it ends, and a segment is one.
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).map_err(failed)?;
    while batch.num_rows() > 0 {
        writer.write(&batch).map_err(failed)?;
        batch = next()?;
    }
    let footer = serde_json::to_string(&stats).map_err(io::Error::other)?;
    writer.append_key_value_metadata(KeyValue::new(FOOTER_KEY.to_owned(), footer));
    writer.append_key_value_metadata(KeyValue::new(SEALED_AT_KEY.to_owned(), sealed_at.to_string()));
    writer.append_key_value_metadata(KeyValue::new(CHECKS_KEY.to_owned(), "1".to_owned()));
    let parquet = writer.into_inner().map_err(failed)?;
    let mut file = create_fresh(&**disk, &temporary)?;
    segment_file::write(&parquet, &mut *file)?;
    file.sync()?;
    drop(file);
    let name = format!("{FOLDER}/{}", file_name(first, stats.last));
    disk.rename(&temporary, &name)?;
    disk.sync_folder(FOLDER)?;
    Ok(Segment::new(disk.clone(), name, stats))
}

/// Write a segment of whole events.
pub(crate) fn write_events(
    disk: &Arc<dyn Disk>,
    first: u64,
    sealed_at: Timestamp,
    events: &[(u64, u32, NewEvent)],
) -> io::Result<Segment> {
    let people: HashSet<u32> = events.iter().map(|(_, key, _)| *key).collect();
    let encoded: Vec<Vec<u8>> = events
        .iter()
        .map(|(_, _, event)| {
            let mut bytes = Vec::new();
            codec::encode(event, &mut bytes);
            bytes
        })
        .collect();
    let refs = events.iter().zip(&encoded).map(|((position, key, _), bytes)| {
        let (event, _) = codec::decode(bytes, 0)?;
        Some((*position, *key, event))
    });
    let refs: Option<Vec<_>> = refs.collect();
    let refs = refs.ok_or_else(|| io::Error::other("an event does not come back from its bytes"))?;
    let size = Size { events: events.len() as u64, people: people.len() as u64 };
    write(disk, first, size, sealed_at, refs.into_iter())
}

/// Live events by name, for the state of the tombstones with this fingerprint.
pub(crate) type LiveNames = (u64, Arc<BTreeMap<String, u64>>);

/// A sealed file.
pub(crate) struct Segment {
    disk: Arc<dyn Disk>,
    name: String,
    pub stats: Stats,
    people: OnceLock<Option<Sbbf>>,
    checks: OnceLock<Option<Arc<Checks>>>,
    mark: OnceLock<Option<Mark>>,
    /// Held open once the name leads elsewhere: readers go on with what they began.
    pinned: OnceLock<Arc<dyn ReadFile>>,
    /// Live events by name for a state of the tombstones.
    pub(crate) live: Mutex<Option<LiveNames>>,
}

/// A row filter, projection and selection over the file.
pub(crate) type Reader = ParquetRecordBatchReader;
/// What a read is made from.
pub(crate) type ReaderBuilder = ParquetRecordBatchReaderBuilder<SegmentFile>;

impl Segment {
    fn new(disk: Arc<dyn Disk>, name: String, stats: Stats) -> Self {
        Self {
            disk,
            name,
            stats,
            people: OnceLock::new(),
            checks: OnceLock::new(),
            mark: OnceLock::new(),
            pinned: OnceLock::new(),
            live: Mutex::default(),
        }
    }

    /// Open a file by its name in the folder.
    pub(crate) fn open(disk: &Arc<dyn Disk>, name: &str) -> Result<Self, LogError> {
        let segment = Self::new(disk.clone(), format!("{FOLDER}/{name}"), Stats::default());
        let builder = segment.builder()?;
        let entries = builder.metadata().file_metadata().key_value_metadata();
        let footer = entries.into_iter().flatten().find(|entry| entry.key == FOOTER_KEY);
        let stats = footer.and_then(|entry| Stats::parse(entry.value.as_deref()?));
        let rows = builder.metadata().file_metadata().num_rows() as u64;
        match stats {
            Some(stats) if stats.events() == rows && name == file_name(stats.first, stats.last) => {
                Ok(Self::new(disk.clone(), format!("{FOLDER}/{name}"), stats))
            }
            _ => Err(segment.damaged("its footer does not belong to this file")),
        }
    }

    /// A file of which it is known what its footer says; the footer is read by the first read.
    pub(crate) fn listed(disk: &Arc<dyn Disk>, name: &str, stats: Stats, mark: Mark) -> Self {
        let segment = Self::new(disk.clone(), format!("{FOLDER}/{name}"), stats);
        segment.mark.get_or_init(|| Some(mark));
        segment
    }

    /// The first position and the last.
    pub(crate) fn range(&self) -> (u64, u64) {
        (self.stats.first, self.stats.last)
    }

    /// What tells this file from others; `None` for those of early versions.
    pub(crate) fn mark(&self) -> io::Result<Option<Mark>> {
        if let Some(known) = self.mark.get() {
            return Ok(*known);
        }
        let mark = Mark::read(&*self.file()?)?;
        Ok(*self.mark.get_or_init(|| mark))
    }

    /// Whether the file is the one that its mark is of.
    pub(crate) fn is_as_marked(&self) -> io::Result<bool> {
        let Some(mark) = self.mark()? else { return Ok(false) };
        mark.is_of(&*self.file()?)
    }

    /// Bytes of the file; as if endless when that cannot be told.
    pub(crate) fn length(&self) -> u64 {
        self.disk.open_read(&self.name).and_then(|file| file.length()).unwrap_or(u64::MAX)
    }

    /// Let readers go on while the name gets another file, or none.
    pub(crate) fn pin(&self) -> io::Result<()> {
        let file = self.file()?;
        self.pinned.get_or_init(|| file);
        Ok(())
    }

    /// Remove the file: its events were merged into another.
    pub(crate) fn merge_away(&self) {
        if let Err(error) = self.pin().and_then(|()| self.disk.remove(&self.name)) {
            // Harmless: opening the log removes files whose range lies inside another's.
            tracing::debug!(file = self.name, %error, "a merged segment is left for the next start");
        }
    }

    fn damaged(&self, what: impl std::fmt::Display) -> LogError {
        LogError::Damaged(format!("{}: {what}; restore this file from a backup", self.name))
    }

    /// The error for content that no writer of ours writes.
    pub(crate) fn failed(&self, error: impl std::fmt::Display) -> LogError {
        self.damaged(error)
    }

    /// Work of the Parquet reader, which breaks on some damaged files that have no checksums.
    pub(crate) fn guarded<T>(&self, work: impl FnOnce() -> Result<T, LogError>) -> Result<T, LogError> {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Err(self.damaged("it is no Parquet file that can be read")))
    }

    /// What a read of the file starts from; names and sources come as dictionaries.
    pub(crate) fn builder(&self) -> Result<ReaderBuilder, LogError> {
        let disk = |error: io::Error| LogError::Disk(Arc::new(error));
        let file = self.file().map_err(disk)?;
        let length = file.length().map_err(disk)?;
        let checks = self.checks(&*file)?;
        let has_checks = checks.is_some();
        let file = SegmentFile { file, length, checks };
        let options = ArrowReaderOptions::new()
            .with_schema(layout::schema(true))
            .with_page_index_policy(PageIndexPolicy::Optional);
        let load = || ArrowReaderMetadata::load(&file, options).map_err(|error| self.damaged(error));
        let metadata = self.guarded(load)?;
        let mut entries = metadata.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        if !has_checks && entries.any(|entry| entry.key == CHECKS_KEY) {
            return Err(self.damaged("its checksums are gone"));
        }
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).with_batch_size(BATCH_ROWS))
    }

    /// The file, as it was when this segment was opened.
    fn file(&self) -> io::Result<Arc<dyn ReadFile>> {
        match self.pinned.get() {
            Some(file) => Ok(file.clone()),
            None => {
                let opened = self.disk.open_read(&self.name)?;
                // Held open before the name leads elsewhere: what was opened may be the new file already.
                Ok(self.pinned.get().cloned().unwrap_or(opened))
            }
        }
    }

    fn checks(&self, file: &dyn ReadFile) -> Result<Option<Arc<Checks>>, LogError> {
        if let Some(known) = self.checks.get() {
            return Ok(known.clone());
        }
        let loaded = Checks::load(file).map_err(|error| self.damaged(error))?;
        Ok(self.checks.get_or_init(|| loaded.map(Arc::new)).clone())
    }

    /// Compare the whole file with its checksums. False when it has none.
    pub(crate) fn verify(&self) -> Result<bool, LogError> {
        let file = self.file().map_err(|error| LogError::Disk(Arc::new(error)))?;
        let Some(checks) = self.checks(&*file)? else { return Ok(false) };
        Checks::verify_all(&checks, &file).map_err(|error| self.damaged(error))?;
        Ok(true)
    }

    /// Read some columns, of some rows when `rows` is given.
    pub(crate) fn read(&self, columns: &[&str], rows: Option<RowSelection>) -> Result<Reader, LogError> {
        let builder = self.builder()?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let mut builder = builder.with_projection(mask);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(rows);
        }
        self.guarded(|| builder.build().map_err(|error| self.damaged(error)))
    }

    /// Whether some of these keys may have events here.
    pub(crate) fn may_have_keys(&self, keys: &[u32]) -> Result<bool, LogError> {
        let filter = match self.people.get() {
            Some(filter) => filter,
            None => {
                let builder = self.builder()?;
                let column = builder.parquet_schema().columns().iter().position(|c| c.name() == "person_number");
                let column = column.ok_or_else(|| self.damaged("it has no column person_number"))?;
                let load = || builder.get_row_group_column_bloom_filter(0, column);
                let filter = self.guarded(|| load().map_err(|error| self.damaged(error)))?;
                self.people.get_or_init(|| filter)
            }
        };
        Ok(filter.as_ref().is_none_or(|filter| keys.iter().any(|key| filter.check(key))))
    }

    /// Whether some event here may not stand any more.
    pub(crate) fn may_be_retracted(&self, tombstones: &Tombstones) -> bool {
        self.stats.emptied > 0 || self.may_differ_from_stats(tombstones)
    }

    /// Whether some event that is counted in the stats may have been taken back.
    pub(crate) fn may_differ_from_stats(&self, tombstones: &Tombstones) -> bool {
        match self.stats.sources() {
            Some(sources) => tombstones.any_of(sources.iter().map(|source| &**source)),
            None => !tombstones.is_empty(),
        }
    }
}
