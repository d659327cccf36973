//! Questions over columns that have no way through the columns themselves: block by block as records, so that no more
//! than a block of each thread is held.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::frame::{self, Source, spread};
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
    spread(source.blocks(), threads, begin, |state, block| {
        work(state, &frame::records(source, columns, block, &source.load(block)?));
        Ok(())
    })
}

/// What `work` makes of every block, put together in the order of the blocks, whichever is ready first: sums of
/// fractions depend on their order, and an answer must not depend on the threads. `None` where there is no block.
///
/// # Errors
/// The first block that could not be read.
pub(crate) fn in_order<S: Source, T: Send>(
    source: &S,
    columns: usize,
    threads: usize,
    work: impl Fn(&Records) -> T + Sync,
    merge: impl Fn(&mut T, T) + Sync,
) -> Result<Option<T>, S::Error> {
    let state = Mutex::new((0, BTreeMap::new(), None::<T>));
    let of_block = |(): &mut (), block: u32| {
        let ready = work(&frame::records(source, columns, block, &source.load(block)?));
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, waiting, all) = &mut *state;
        waiting.insert(block, ready);
        while let Some(ready) = waiting.remove(next) {
            *next += 1;
            match all {
                Some(all) => merge(all, ready),
                None => *all = Some(ready),
            }
        }
        Ok(())
    };
    spread(source.blocks(), threads, || (), of_block)?;
    Ok(state.into_inner().unwrap_or_else(PoisonError::into_inner).2)
}
