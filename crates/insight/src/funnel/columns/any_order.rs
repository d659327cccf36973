//! Funnels in any order over the sorted keys of many people at once: the next event of each step is known, the
//! earliest of them opens a window, and those that lie in it are the steps done. Of the windows of a person that hold
//! most the first counts.

use super::{Stretch, window_end};
use crate::frame;

/// Beyond all events.
const END: u64 = u64::MAX;
/// Nobody.
const NOBODY: u32 = u32::MAX;

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Sweep {
    /// By step: its next event.
    next: Vec<u64>,
    rows: Vec<usize>,
    /// The next events when the best window opened.
    best: Vec<u64>,
    times: Vec<i64>,
}

impl Sweep {
    /// Hand the attempt that counts of each person in the stretch to `take`, as the times of the steps done.
    pub(super) fn run(
        &mut self,
        stretch: &Stretch<'_>,
        window_ms: u64,
        start_before_ms: i64,
        mut take: impl FnMut(u32, &[i64]),
    ) {
        let Self { next, rows, best, times } = self;
        next.clear();
        next.extend(stretch.steps.iter().map(|keys| keys.first().copied().unwrap_or(END)));
        rows.clear();
        rows.resize(next.len(), 0);
        best.clear();
        best.resize(next.len(), END);
        let (mut who, mut depth_most, mut best_start) = (NOBODY, 0, END);
        loop {
            let start = next.iter().fold(END, |one, two| one.min(*two));
            if start == END || frame::person(start) != who {
                if depth_most > 0 {
                    fill_times(times, best, best_start, window_ms);
                    take(who, times);
                }
                if start == END {
                    return;
                }
                (who, depth_most) = (frame::person(start), 0);
            }
            let end = window_end(start, window_ms);
            let depth = next.iter().filter(|key| **key <= end).count();
            if depth > depth_most && frame::at_ms(start) < start_before_ms {
                (depth_most, best_start) = (depth, start);
                best.copy_from_slice(next);
            }
            for ((key, row), keys) in next.iter_mut().zip(rows.iter_mut()).zip(&stretch.steps) {
                *row += usize::from(*key == start);
                *key = keys.get(*row).copied().unwrap_or(END);
            }
        }
    }
}

fn fill_times(times: &mut Vec<i64>, next: &[u64], start: u64, window_ms: u64) {
    let end = window_end(start, window_ms);
    times.clear();
    times.extend(next.iter().filter(|key| **key <= end).map(|key| frame::at_ms(*key)));
    times.sort_unstable();
}
