//! The same work over all blocks, on several threads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Do the work of every block up to and without `blocks`. Each thread has a `T` of its own that `begin` makes; all of them are answered, in no
/// order, so what is put together from them must not depend on it.
///
/// # Errors
/// That of the first block whose work failed; the others are then left out.
pub(crate) fn spread<T: Send, E: Send>(
    blocks: u32,
    threads: usize,
    begin: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, u32) -> Result<(), E> + Sync,
) -> Result<Vec<T>, E> {
    let next = AtomicU32::new(0);
    let has_failed = AtomicBool::new(false);
    let ended: Mutex<Vec<Result<T, E>>> = Mutex::default();
    let one = || {
        let mut state = begin();
        let mut run = || {
            while !has_failed.load(Ordering::Relaxed) {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= blocks {
                    break;
                }
                work(&mut state, block)?;
            }
            Ok(())
        };
        let result = run();
        has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
        ended.lock().unwrap_or_else(PoisonError::into_inner).push(result.map(|()| state));
    };
    let helpers = threads.clamp(1, (blocks as usize).max(1)) - 1;
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(one);
        }
        one();
    });
    ended.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
}
