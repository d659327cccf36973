//! The fast form of events: columns sorted by person and time, one stretch of people (a block) at a time.
//!
//! A log that keeps such columns is a [`Source`]; [`crate::query::Query::answer_from`] asks it block by block, on
//! several threads, and never holds more than a block of each thread. The rules are the same as over
//! [`crate::record::Records`]: what has no faster way here is turned into records of its block and answered there.

mod buckets;
mod codebook;
mod generic;
mod memory;
mod over_time;
mod ranks;
mod selected;
mod spread;

use std::sync::Arc;

use buckets::{Buckets, Look};
pub use codebook::Codebook;
pub(crate) use generic::{records, records_of};
pub use memory::MemorySource;
pub(crate) use over_time::{retention_from, trend_from};
pub use ranks::ranks;
pub(crate) use ranks::{NEXT, is_shared};
pub(crate) use selected::{Selected, Taken, select};
pub(crate) use spread::spread;

use crate::record::Value;

/// People of one block: their numbers differ in the lowest 14 bits only. So few that the events of a block which a question
/// looks at stay in the processor's own memory between being unpacked and being counted.
pub const PEOPLE_PER_BLOCK: u32 = 1 << 14;
/// Bits of a key that hold the time: milliseconds since 1970, up to the year 2527.
const TIME_BITS: u32 = 44;
/// The last moment that a key can hold.
pub const AT_MS_MAX: i64 = (1 << TIME_BITS) - 1;

/// Person (within the block) and time of an event in one number, so that keys sort by person, then time.
///
/// Times before 1970 or after [`AT_MS_MAX`] become the nearest that fits; a log refuses such events.
#[inline]
pub fn key(person: u32, at_ms: i64) -> u64 {
    u64::from(person % PEOPLE_PER_BLOCK) << TIME_BITS | at_ms.clamp(0, AT_MS_MAX).cast_unsigned()
}

/// The time of a key, ms since 1970.
#[inline]
pub fn at_ms(key: u64) -> i64 {
    (key & AT_MS_MAX.cast_unsigned()).cast_signed()
}

/// The place of a key's person in the block.
#[inline]
pub fn person(key: u64) -> u32 {
    (key >> TIME_BITS) as u32
}

/// The block of a person.
#[inline]
pub fn block(person: u32) -> u32 {
    person / PEOPLE_PER_BLOCK
}

/// Numbers that are the reader's own or shared with others.
#[derive(Debug, Clone)]
pub enum Buffer<T> {
    /// Made for this reader.
    Own(Vec<T>),
    /// Kept by the source for others, too.
    Shared(Arc<Vec<T>>),
}

impl<T> Buffer<T> {
    /// Numbers that can be handed on without a copy.
    pub fn shared(numbers: Vec<T>) -> Self {
        Self::Shared(Arc::new(numbers))
    }
}

impl<T> std::ops::Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Own(own) => own,
            Self::Shared(shared) => shared,
        }
    }
}

/// A property of the events of a list, as codes of [`Source::values`]. Code 0 is "no value".
#[derive(Debug, Clone)]
pub enum Codes {
    /// The same for every event.
    Same(u32),
    /// One each, of which none is above 255.
    Bytes(Buffer<u8>),
    /// One each, of which none is above 65,535.
    Shorts(Buffer<u16>),
    /// One each.
    Words(Buffer<u32>),
}

impl Codes {
    /// Events that have a code; `None` when there is one for any number of them.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Same(_) => None,
            Self::Bytes(codes) => Some(codes.len()),
            Self::Shorts(codes) => Some(codes.len()),
            Self::Words(codes) => Some(codes.len()),
        }
    }

    /// The code of an event.
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::Same(code) => *code,
            Self::Bytes(codes) => u32::from(codes[row]),
            Self::Shorts(codes) => u32::from(codes[row]),
            Self::Words(codes) => codes[row],
        }
    }

    /// The codes of some events one after another, instead of what was there.
    pub(crate) fn copy_to(&self, first: usize, count: usize, codes: &mut Vec<u32>) {
        codes.clear();
        let rows = first..first + count;
        match self {
            Self::Same(code) => codes.resize(count, *code),
            Self::Bytes(all) => codes.extend(all[rows].iter().map(|code| u32::from(*code))),
            Self::Shorts(all) => codes.extend(all[rows].iter().map(|code| u32::from(*code))),
            Self::Words(all) => codes.extend_from_slice(&all[rows]),
        }
    }
}

/// The events of one name and block, sorted by person and time; of equal ones the first to arrive is first.
#[derive(Debug, Clone)]
pub struct List {
    /// See [`key`].
    pub keys: Buffer<u64>,
    /// Aligned with the columns of the plan.
    pub columns: Vec<Codes>,
    /// See [`ranks`]; only from [`Source::load_ranked`].
    pub ranks: Option<Codes>,
}

/// What one block holds.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Aligned with [`Source::names`]; `None` where there is no event.
    pub lists: Vec<Option<List>>,
}

impl Frame {
    /// The same with the ranks of all lists, which must be all that the block has.
    #[must_use]
    pub fn ranked(mut self) -> Self {
        let keys: Vec<&[u64]> = self.lists.iter().flatten().map(|list| &*list.keys).collect();
        let ranks = ranks(&keys);
        for (list, ranks) in self.lists.iter_mut().flatten().zip(ranks) {
            list.ranks = Some(Codes::Words(Buffer::Own(ranks)));
        }
        self
    }
}

/// Columns that answer one [`crate::record::Plan`]: events of its names inside its time, with its properties.
pub trait Source: Sync {
    /// Why columns cannot be read.
    type Error: Send;

    /// The names of the lists. Of a plan that asks for all names, all there are.
    fn names(&self) -> &[Arc<str>];

    /// What the codes of a column of the plan mean. The first is [`Value::Null`], and no value comes twice.
    fn values(&self, column: usize) -> &[Value];

    /// Blocks are numbered from 0 up to and without this.
    fn blocks(&self) -> u32;

    /// The columns of a block.
    ///
    /// # Errors
    /// When they cannot be read.
    fn load(&self, block: u32) -> Result<Frame, Self::Error>;

    /// The same with the ranks of the lists that are wanted; others may be left out.
    ///
    /// # Errors
    /// When they cannot be read.
    fn load_ranked(&self, block: u32, wanted: &[bool]) -> Result<Frame, Self::Error> {
        let _ = wanted;
        Ok(self.load(block)?.ranked())
    }
}
