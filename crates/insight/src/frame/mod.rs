//! The fast form of events: columns sorted by person and time, one stretch of people (a block) at a time.
//!
//! A log that keeps such columns is a [`Source`]; [`crate::query::Query::answer_from`] asks it block by block, on
//! several threads, and never holds more than a block of each thread. The rules are the same as over
//! [`crate::record::Records`]: what has no faster way here is turned into records of its block and answered there.

mod buckets;
mod codebook;
mod codes;
mod generic;
mod memory;
mod over_time;
mod ranks;
mod room;
mod selected;
mod spread;
mod visits;

use std::sync::Arc;

use buckets::Buckets;
pub use codebook::Codebook;
pub(crate) use codes::Valued;
pub use codes::{Codes, Sparse};
pub(crate) use generic::{records, records_of};
pub use memory::MemorySource;
pub(crate) use over_time::{retention_from, trend_from};
pub use ranks::ranks;
pub(crate) use ranks::{NEXT, is_shared};
pub use room::{Buffer, Kept, Room};
pub use selected::sort_together;
pub(crate) use selected::{Selected, Taken, select};
pub(crate) use spread::spread;
pub use visits::{VISITS_MAX, Visits, visit_keys};

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

/// A stretch of time that no day of a calendar begins or ends in: zones differ by quarters of an hour.
pub const SLOT_MS: u64 = 15 * 60 * 1_000;
/// The slot of [`AT_MS_MAX`].
pub const SLOT_LAST: u32 = (AT_MS_MAX as u64 / SLOT_MS) as u32;

/// The slot of a time that a key can hold, counted from 1970 on.
#[inline]
pub fn slot(at_ms: i64) -> u32 {
    (at_ms.cast_unsigned() / SLOT_MS) as u32
}

/// The block of a person.
#[inline]
pub fn block(person: u32) -> u32 {
    person / PEOPLE_PER_BLOCK
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

    /// Hand the events of one list of a block to `take`, in order, without their properties.
    ///
    /// # Errors
    /// When they cannot be read; some may have been handed on then.
    fn visit(&self, block: u32, list: usize, take: &mut dyn FnMut(Visits<'_>)) -> Result<(), Self::Error> {
        if let Some(list) = &self.load(block)?.lists[list] {
            visit_keys(&list.keys, take);
        }
        Ok(())
    }

    /// The columns of a block with the ranks of the lists that are wanted; others may be left out.
    ///
    /// # Errors
    /// When they cannot be read.
    fn load_ranked(&self, block: u32, wanted: &[bool]) -> Result<Frame, Self::Error> {
        let _ = wanted;
        Ok(self.load(block)?.ranked())
    }
}
