//! Questions over columns that have no way through the columns themselves: block by block as records, so that no more
//! than a block of each thread is held.

use crate::frame::{self, Frame, Source, spread};
use crate::record::Records;

/// Hands the records of every block to `work`. Each thread has a `T` of its own that `begin` makes; all of them are
/// answered, in no order.
///
/// # Errors
/// The first block that could not be read.
pub(crate) fn over_blocks<S: Source, T: Send>(
    source: &S,
    columns: usize,
    threads: usize,
    begin: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, &Records) + Sync,
) -> Result<Vec<T>, S::Error> {
    let of_block = |state: &mut T, block, frame: Frame| work(state, &frame::records(source, columns, block, &frame));
    spread(source, threads, begin, of_block)
}
