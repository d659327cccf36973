//! Funnels in any order over the sorted keys of many people at once: the next event of each step is known, the
//! earliest of them opens a window, and those that lie in it are the steps done. Of the windows of a person that hold
//! most the first counts.
//!
//! Each move waits for the one before it. Two walks over different people take turns, and the one fills the waiting of
//! the other.

use super::heads::{END, Heads, with_heads};
use super::{PEOPLE_PER_SWEEP, Stretch, window_end};
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
    let middle = frame::key(stretch.first + PEOPLE_PER_SWEEP / 2, 0);
    let split = |keys: &&'_ [u64]| keys.partition_point(|key| *key < middle);
    let early: Vec<&[u64]> = stretch.steps.iter().map(|keys| &keys[..split(keys)]).collect();
    let late: Vec<&[u64]> = stretch.steps.iter().map(|keys| &keys[split(keys)..]).collect();
    let windows = Windows { length_ms: window_ms, start_before_ms };
    let (mut one, mut two) = (Walk::<N>::new(&early), Walk::<N>::new(&late));
    while one.goes_on() && two.goes_on() {
        one.step(windows, &mut take);
        two.step(windows, &mut take);
    }
    for mut walk in [one, two] {
        while walk.goes_on() {
            walk.step(windows, &mut take);
        }
        walk.tell(windows, &mut take);
    }
}

#[derive(Clone, Copy)]
struct Windows {
    length_ms: u64,
    /// They open before.
    start_before_ms: i64,
}

/// One walk over some people.
struct Walk<'a, const N: usize> {
    heads: Heads<'a, N>,
    who: u32,
    /// The best window of the person at hand, what was next when it opened, and how many steps it holds.
    best_start: u64,
    best: [u64; N],
    depth: usize,
    times: Vec<i64>,
}

impl<'a, const N: usize> Walk<'a, N> {
    fn new(lists: &[&'a [u64]]) -> Self {
        Self {
            heads: Heads::new(lists),
            who: NOBODY,
            best_start: END,
            best: [END; N],
            depth: 0,
            times: Vec::with_capacity(N),
        }
    }

    #[inline]
    fn goes_on(&self) -> bool {
        self.heads.key() != END
    }

    /// Open the next window.
    #[inline]
    fn step(&mut self, windows: Windows, take: &mut impl FnMut(u32, &[i64])) {
        let start = self.heads.key();
        if frame::person(start) != self.who {
            self.tell(windows, take);
            self.who = frame::person(start);
        }
        let end = window_end(start, windows.length_ms);
        let depth = self.heads.next.iter().map(|key| usize::from(*key <= end)).sum();
        if depth > self.depth && frame::at_ms(start) < windows.start_before_ms {
            (self.depth, self.best_start, self.best) = (depth, start, self.heads.next);
        }
        self.heads.pass(start);
    }

    /// Tell of the person at hand, if there is one who started, and forget them.
    fn tell(&mut self, windows: Windows, take: &mut impl FnMut(u32, &[i64])) {
        if std::mem::take(&mut self.depth) > 0 {
            let end = window_end(self.best_start, windows.length_ms);
            self.times.clear();
            self.times.extend(self.best.iter().filter(|key| **key <= end).map(|key| frame::at_ms(*key)));
            self.times.sort_unstable();
            take(self.who, &self.times);
        }
    }
}
