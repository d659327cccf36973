//! The same work over all blocks, on several threads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::{Frame, Source};

/// Hand every block to `work`. Each thread has a `T` of its own that `begin` makes; all of them are answered, in no
/// order, so what is put together from them must not depend on it.
///
/// # Errors
/// The first block that could not be read; the others are then left out.
pub(crate) fn spread<S: Source, T: Send>(
    source: &S,
    threads: usize,
    begin: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, u32, Frame) + Sync,
) -> Result<Vec<T>, S::Error> {
    let next = AtomicU32::new(0);
    let has_failed = AtomicBool::new(false);
    let ended: Mutex<Vec<Result<T, S::Error>>> = Mutex::default();
    let one = || {
        let mut state = begin();
        let mut run = || {
            while !has_failed.load(Ordering::Relaxed) {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= source.blocks() {
                    break;
                }
                work(&mut state, block, source.load(block)?);
            }
            Ok(())
        };
        let result = run();
        has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
        ended.lock().unwrap_or_else(PoisonError::into_inner).push(result.map(|()| state));
    };
    let helpers = threads.clamp(1, (source.blocks() as usize).max(1)) - 1;
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(one);
        }
        one();
    });
    ended.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
}
