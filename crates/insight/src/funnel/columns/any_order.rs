//! Funnels in any order over the sorted keys of many people at once: the next event of each step is known, the
//! earliest of them opens a window, and those that lie in it are the steps done. Of the windows of a person that hold
//! most the first counts.

use super::heads::{END, Heads, with_heads};
use super::{Stretch, window_end};
use crate::frame;

/// Nobody.
const NOBODY: u32 = u32::MAX;

/// Hand the attempt that counts of each person in the stretch to `take`, as the times of the steps done.
pub(super) fn sweep(stretch: &Stretch<'_>, window_ms: u64, start_before_ms: i64, take: impl FnMut(u32, &[i64])) {
    with_heads!(stretch.steps.len(), sweep_some::<N>(stretch, window_ms, start_before_ms, take));
}

fn sweep_some<const N: usize>(
    stretch: &Stretch<'_>,
    window_ms: u64,
    start_before_ms: i64,
    mut take: impl FnMut(u32, &[i64]),
) {
    let mut heads: Heads<'_, N> = Heads::new(&stretch.steps);
    // The best window of the person at hand: what was next when it opened.
    let (mut who, mut depth_most, mut best_start, mut best) = (NOBODY, 0, END, [END; N]);
    let mut times = Vec::with_capacity(N);
    loop {
        let start = heads.key();
        if start == END || frame::person(start) != who {
            if depth_most > 0 {
                let end = window_end(best_start, window_ms);
                times.clear();
                times.extend(best.iter().filter(|key| **key <= end).map(|key| frame::at_ms(*key)));
                times.sort_unstable();
                take(who, &times);
            }
            if start == END {
                return;
            }
            (who, depth_most) = (frame::person(start), 0);
        }
        let end = window_end(start, window_ms);
        let depth = heads.next.iter().map(|key| usize::from(*key <= end)).sum();
        if depth > depth_most && frame::at_ms(start) < start_before_ms {
            (depth_most, best_start, best) = (depth, start, heads.next);
        }
        heads.pass(start);
    }
}
