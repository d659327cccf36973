//! Ordered funnels over the sorted keys of many people at once.
//!
//! A level holds, for every event of a step that can be reached, the latest start from which it can. It is made of the
//! level before and of the events of the step in one pass over two sorted lists, whose only decision (which of both
//! comes next) is no branch: people do things in no order that a processor could guess. Starts only grow along a
//! step, so the latest is enough, and a start of the person before is further away than any window.
//!
//! The first event of the deepest level that a person is in is where the attempt that counts arrives, and its start is
//! the last one that gets there.

use std::hint::select_unpredictable;

use super::leap;
use crate::frame;

/// No start yet. Further from every key than any window.
const NO_START: u64 = 1 << 63;

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Sweep {
    /// By step after the first.
    levels: Vec<Level>,
    /// By step: the rows in its level where another person begins.
    heads: Vec<Vec<u32>>,
    /// By step: how many people of its level are done.
    done: Vec<usize>,
    /// By step: the event at which the last search ended.
    at: Vec<usize>,
    times: Vec<i64>,
}

/// An event that can be reached, and the latest start of an attempt that gets there.
#[derive(Clone, Copy, Default)]
struct Reached {
    key: u64,
    start: u64,
}

/// The events of a step that can be reached, ascending.
#[derive(Default)]
struct Level {
    /// With room for more than is kept.
    room: Vec<Reached>,
    length: usize,
    /// By event of the step: the latest start before it, be it near or far.
    starts: Vec<u64>,
}

impl Level {
    /// `before` are what was reached of the step before, ascending; `reached` makes of each what it is.
    fn fill<T: Copy>(&mut self, before: &[T], reached: impl Fn(T) -> Reached, events: &[u64], window_ms: u64) {
        // One place more, to write to what is not kept.
        if self.room.len() <= events.len() {
            self.starts.resize(events.len(), 0);
            self.room.resize(events.len() + 1, Reached::default());
        }
        let (starts, room) = (&mut self.starts[..events.len()], &mut self.room[..=events.len()]);
        let (mut next, mut row, mut start) = (0, 0, NO_START);
        while next < before.len() && row < events.len() {
            let earlier = reached(before[next]);
            let is_before = earlier.key <= events[row];
            start = select_unpredictable(is_before, earlier.start, start);
            starts[row] = start;
            next += usize::from(is_before);
            row += usize::from(!is_before);
        }
        starts[row..].fill(start);
        let mut length = 0;
        for (key, start) in events.iter().zip(starts) {
            room[length] = Reached { key: *key, start: *start };
            length += usize::from(fits(*start, *key, window_ms));
        }
        self.length = length;
    }

    fn all(&self) -> &[Reached] {
        &self.room[..self.length]
    }
}

/// Whether an event lies in the window of a start, which is of the same person then.
fn fits(start: u64, event: u64, window_ms: u64) -> bool {
    // Without the second a window could reach from the end of time into the first years of the next person.
    (event.wrapping_sub(start) <= window_ms) & (frame::person(event) == frame::person(start))
}

/// The rows at which another person begins.
fn fill_heads(keys: impl ExactSizeIterator<Item = u64>, heads: &mut Vec<u32>) {
    heads.resize(keys.len(), 0);
    let (mut count, mut last) = (0, u32::MAX);
    for (row, key) in keys.enumerate() {
        let person = frame::person(key);
        heads[count] = row as u32;
        count += usize::from(person != last);
        last = person;
    }
    heads.truncate(count);
}

impl Sweep {
    /// Hand the attempt that counts of each person to `take`, as the times of the steps taken. By step its events.
    pub(super) fn run(
        &mut self,
        steps: &[&[u64]],
        window_ms: u64,
        start_before_ms: i64,
        mut take: impl FnMut(u32, &[i64]),
    ) {
        let early: Vec<u64>;
        let mut starts = steps[0];
        if starts.iter().any(|key| frame::at_ms(*key) >= start_before_ms) {
            early = starts.iter().copied().filter(|key| frame::at_ms(*key) < start_before_ms).collect();
            starts = &early;
        }
        let depth_max = self.fill(starts, steps, window_ms);
        self.done.clear();
        self.done.resize(depth_max, 0);
        self.at.clear();
        self.at.resize(depth_max, 0);
        for head in 0..self.heads[0].len() {
            let first = starts[self.heads[0][head] as usize];
            let person = frame::person(first);
            let depth = self.depth(person, depth_max);
            self.times.clear();
            if depth == 1 {
                self.times.push(frame::at_ms(first));
            } else {
                self.trace(depth, steps);
            }
            take(person, &self.times);
        }
    }

    /// All levels that hold somebody; answers how many steps were taken at most.
    fn fill(&mut self, starts: &[u64], steps: &[&[u64]], window_ms: u64) -> usize {
        if self.heads.len() < steps.len() {
            self.heads.resize_with(steps.len(), Vec::new);
            self.levels.resize_with(steps.len(), Level::default);
        }
        fill_heads(starts.iter().copied(), &mut self.heads[0]);
        for (step, events) in steps.iter().enumerate().skip(1) {
            let (before, here) = self.levels.split_at_mut(step);
            match before.last().filter(|_| step > 1) {
                Some(level) => here[0].fill(level.all(), |reached| reached, events, window_ms),
                None => here[0].fill(starts, |key| Reached { key, start: key }, events, window_ms),
            }
            if here[0].length == 0 {
                return step;
            }
            fill_heads(here[0].all().iter().map(|reached| reached.key), &mut self.heads[step]);
        }
        steps.len()
    }

    /// How many steps a person took. People come in order.
    fn depth(&mut self, person: u32, depth_max: usize) -> usize {
        let mut depth = 1;
        while depth < depth_max {
            let head = self.heads[depth].get(self.done[depth]);
            if head.is_none_or(|row| frame::person(self.levels[depth].room[*row as usize].key) != person) {
                break;
            }
            self.done[depth] += 1;
            depth += 1;
        }
        depth
    }

    /// The times of the attempt of the person whose events [`Self::depth`] passed last.
    fn trace(&mut self, depth: usize, steps: &[&[u64]]) {
        let arrival = |step: usize| self.levels[step].room[self.heads[step][self.done[step] - 1] as usize];
        let start = arrival(depth - 1).start;
        self.times.push(frame::at_ms(start));
        let mut key = start;
        for step in 1..depth {
            let first = arrival(step);
            key = if first.start == start {
                first.key
            } else {
                let events = steps[step];
                self.at[step] = leap(events, self.at[step], key);
                events[self.at[step]]
            };
            self.times.push(frame::at_ms(key));
        }
    }
}
