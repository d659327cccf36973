//! Events in memory that are not in a segment yet.

use std::{collections::HashMap, sync::Arc};

use crate::{
    LogError,
    codec::{self, EventRef},
    identity::Identity,
    wal::EventBytes,
};

/// One event of a chunk, with what a scan asks first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    offset: u32,
    pub key: u32,
    pub name: u32,
    pub at_ms: i64,
}

/// The events of one frame.
#[derive(Debug)]
pub(crate) struct Chunk {
    bytes: EventBytes,
    pub rows: Box<[Row]>,
}

impl Chunk {
    /// Number the names and people of a frame. The only place where an event meets the identities.
    pub(crate) fn index(
        bytes: EventBytes,
        names: &mut Names,
        identity: &mut Identity,
        link: impl Fn(u64, &EventRef<'_>) -> bool,
    ) -> Result<Self, LogError> {
        let mut rows = Vec::with_capacity(bytes.count as usize);
        let mut offset = EventBytes::START;
        for position in (bytes.first..).take(bytes.count as usize) {
            let (event, next) = codec::decode(&bytes.bytes, offset).ok_or_else(|| {
                LogError::Damaged(format!("event {position} is not readable though its checksum is right"))
            })?;
            let with_links = event.has_links() && link(position, &event);
            let key = identity.apply(event.person, event.links(), with_links);
            rows.push(Row { offset: offset as u32, key, name: names.number(event.name), at_ms: event.at_ms });
            offset = next;
        }
        Ok(Self { bytes, rows: rows.into() })
    }

    /// Position of the first event.
    pub(crate) fn first(&self) -> u64 {
        self.bytes.first
    }

    /// Position of the last event.
    pub(crate) fn last(&self) -> u64 {
        self.bytes.first + self.rows.len() as u64 - 1
    }

    /// The event of a row.
    pub(crate) fn event(&self, row: &Row) -> EventRef<'_> {
        match codec::decode(&self.bytes.bytes, row.offset as usize) {
            Some((event, _)) => event,
            None => unreachable!("every row was decoded when the chunk was indexed"),
        }
    }

    /// Positions, rows and events.
    pub(crate) fn events(&self) -> impl DoubleEndedIterator<Item = (u64, &Row, EventRef<'_>)> {
        let first = self.first();
        self.rows.iter().enumerate().map(move |(index, row)| (first + index as u64, row, self.event(row)))
    }
}

/// Events that will become one segment; exactly those of one write-ahead file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail {
    /// Names the write-ahead file.
    pub first: u64,
    pub chunks: Vec<Arc<Chunk>>,
    pub events: usize,
    pub bytes: usize,
}

impl Tail {
    /// An empty tail for events from `first` on.
    pub(crate) fn new(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// Add the events of a frame.
    pub(crate) fn push(&mut self, chunk: Chunk) {
        self.events += chunk.rows.len();
        self.bytes += chunk.bytes.bytes.len();
        self.chunks.push(Arc::new(chunk));
    }

    /// Position of the last event, or of the one before the first when empty.
    pub(crate) fn last(&self) -> u64 {
        (self.first + self.events as u64).saturating_sub(1)
    }
}

/// Event names, numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    list: Arc<Vec<Arc<str>>>,
    numbers: HashMap<Arc<str>, u32, ahash::RandomState>,
}

impl Names {
    /// The number of a name, a new one when it is new.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.list.len() as u32;
        let name: Arc<str> = name.into();
        Arc::make_mut(&mut self.list).push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    /// All names, by number.
    pub(crate) fn list(&self) -> Arc<Vec<Arc<str>>> {
        self.list.clone()
    }
}
