//! Ordered funnels over the sorted keys of many people at once.
//!
//! A level holds, for every event of a step that can be reached, the latest start from which it can. It is made of the
//! level before and of the events of the step in one pass over two sorted lists, whose only decision (which of both
//! comes next) is no branch: people do things in no order that a processor could guess. Starts only grow along a
//! step, so the latest is enough, and a start of the person before is further away than any window.
//!
//! The first event of the deepest level that a person is in is where the attempt that counts arrives, and its start is
//! the last one that gets there. Most people take a step or two: of them no more is asked than is known then.

use super::crowd::{Crowd, Depth};
use super::leap;
use super::merge::count_before;
use crate::frame;

/// No start yet. Further from every key than any window.
const NO_START: u64 = 1 << 63;

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Sweep {
    /// The starts, where not every event of the first step is one.
    early: Vec<u64>,
    has_early: bool,
    /// By step after the first; that of the first stays empty.
    levels: Vec<Level>,
    /// How many steps were taken at most.
    depth_max: usize,
    /// By step: the event at which the last search ended, and where it did in the level.
    at: Vec<(usize, usize)>,
    times: Vec<i64>,
}

/// An event that can be reached, and the latest start of an attempt that gets there.
#[derive(Clone, Copy, Default)]
pub(super) struct Reached {
    pub(super) key: u64,
    pub(super) start: u64,
}

/// The events of a step that can be reached, ascending.
#[derive(Default)]
struct Level {
    /// With room for more than is kept.
    room: Vec<Reached>,
    length: usize,
    /// By event of the step: how much was reached of the step before until then.
    before: Vec<u32>,
}

impl Level {
    /// `before` are what was reached of the step before, ascending; `reached` makes of each what it is.
    fn fill<T: Copy>(&mut self, before: &[T], reached: impl Fn(T) -> Reached + Copy, events: &[u64], window_ms: u64) {
        self.before.resize(events.len().max(self.before.len()), 0);
        // One place more, to write to what is not kept.
        self.room.resize((events.len() + 1).max(self.room.len()), Reached::default());
        let (counts, room) = (&mut self.before[..events.len()], &mut self.room[..=events.len()]);
        count_before(before, |entry| reached(*entry).key, events, counts);
        let mut length = 0;
        for (key, count) in events.iter().zip(counts) {
            let latest = before.get((*count as usize).wrapping_sub(1));
            let start = latest.map_or(NO_START, |entry| reached(*entry).start);
            room[length] = Reached { key: *key, start };
            length += usize::from(fits(start, *key, window_ms));
        }
        self.length = length;
    }

    fn all(&self) -> &[Reached] {
        &self.room[..self.length]
    }
}

/// Whether an event lies in the window of a start, which is of the same person then.
pub(super) fn fits(start: u64, event: u64, window_ms: u64) -> bool {
    // Without the second a window could reach from the end of time into the first years of the next person.
    (event.wrapping_sub(start) <= window_ms) & (frame::person(event) == frame::person(start))
}

impl Sweep {
    /// Find all levels that hold somebody, from the events of each step.
    pub(super) fn fill(&mut self, steps: &[&[u64]], window_ms: u64, start_before_ms: i64) {
        self.begin(steps, start_before_ms);
        for (step, events) in steps.iter().enumerate().skip(1) {
            let starts = if self.has_early { self.early.as_slice() } else { steps[0] };
            let (before, here) = self.levels.split_at_mut(step);
            match before.last().filter(|_| step > 1) {
                Some(level) => here[0].fill(level.all(), |reached| reached, events, window_ms),
                None => here[0].fill(starts, |key| Reached { key, start: key }, events, window_ms),
            }
            if here[0].length == 0 {
                return;
            }
            self.depth_max = step + 1;
        }
    }

    /// Take levels that were found in another way, from that of the second step on.
    pub(super) fn take<'a>(
        &mut self,
        steps: &[&[u64]],
        start_before_ms: i64,
        levels: impl Iterator<Item = &'a [Reached]>,
    ) {
        self.begin(steps, start_before_ms);
        for reached in levels.take_while(|reached| !reached.is_empty()) {
            let level = &mut self.levels[self.depth_max];
            level.room.clear();
            level.room.extend_from_slice(reached);
            level.length = reached.len();
            self.depth_max += 1;
        }
    }

    /// Everybody with a start took one step.
    fn begin(&mut self, steps: &[&[u64]], start_before_ms: i64) {
        let is_early = |key: &u64| frame::at_ms(*key) < start_before_ms;
        self.has_early = start_before_ms <= frame::AT_MS_MAX && !steps[0].iter().all(is_early);
        if self.has_early {
            self.early.clear();
            self.early.extend(steps[0].iter().copied().filter(is_early));
        }
        self.levels.resize_with(self.levels.len().max(steps.len()), Level::default);
        self.at.clear();
        self.at.resize(steps.len(), (0, 0));
        self.depth_max = 1;
    }

    /// The events that begin attempts.
    pub(super) fn starts<'a>(&'a self, steps: &[&'a [u64]]) -> &'a [u64] {
        if self.has_early { &self.early } else { steps[0] }
    }

    /// What was reached of a step after the first, ascending.
    pub(super) fn reached(&self, step: usize) -> &[Reached] {
        self.levels[..self.depth_max].get(step).map_or(&[], Level::all)
    }

    /// How many steps everybody took.
    pub(super) fn depths(&self, steps: &[&[u64]], crowd: &mut Crowd) {
        crowd.mark(self.starts(steps).iter().copied(), 1);
        for step in 1..self.depth_max {
            crowd.mark(self.levels[step].all().iter().map(|reached| reached.key), step + 1);
        }
    }

    /// Note the times of everybody.
    pub(super) fn times(&mut self, steps: &[&[u64]], crowd: &mut Crowd) {
        if self.depth_max > 1 {
            crowd.pair(self.levels[1].all());
        }
        let deep = if self.depth_max > 2 { self.levels[2].length } else { 0 };
        let mut last = u32::MAX;
        for index in 0..deep {
            let person = frame::person(self.levels[2].room[index].key);
            if person == last {
                continue;
            }
            last = person;
            if let Depth::Usual(depth @ 3..) = crowd.depth(person) {
                crowd.note(person, self.attempt(person, depth, steps).1);
            }
        }
        self.rewind();
        for index in 0..crowd.own().len() {
            let (person, start) = crowd.own()[index];
            let depth = crowd.depth(person).steps();
            crowd.note(person, self.trace(start, depth, steps));
        }
    }

    /// Hand everybody's attempt that counts to `take`, as the times of the steps taken.
    pub(super) fn each(&mut self, steps: &[&[u64]], crowd: &Crowd, mut take: impl FnMut(u32, &[i64])) {
        let mut own = crowd.own().iter();
        for (person, depth) in crowd.people() {
            let start = match depth {
                Depth::Own(_) => own.next().map_or(NO_START, |(_, start)| *start),
                Depth::Usual(depth) => self.start(person, depth, steps),
            };
            take(person, self.trace(start, depth.steps(), steps));
        }
    }

    /// Where the attempt of a person begins that was first to take so many steps, and the times of the steps. People
    /// come in order.
    pub(super) fn attempt(&mut self, person: u32, depth: usize, steps: &[&[u64]]) -> (u64, &[i64]) {
        let start = self.start(person, depth, steps);
        (start, self.trace(start, depth, steps))
    }

    /// From the first person on again.
    pub(super) fn rewind(&mut self) {
        self.at.fill((0, 0));
    }

    /// The only person's attempt that counts, where there is one.
    pub(super) fn only(&mut self, steps: &[&[u64]]) -> Option<&[i64]> {
        let first = self.starts(steps).first()?;
        Some(self.attempt(frame::person(*first), self.depth_max, steps).1)
    }

    /// Where the attempt of a person begins that was first to take so many steps. People come in order.
    fn start(&mut self, person: u32, depth: usize, steps: &[&[u64]]) -> u64 {
        let (begin, at) = (frame::key(person, 0), self.at[depth - 1].1);
        let (at, start) = if depth == 1 {
            let starts = self.starts(steps);
            let at = leap(starts, at, begin, |start| *start);
            (at, starts[at])
        } else {
            let reached = self.levels[depth - 1].all();
            let at = leap(reached, at, begin, |reached| reached.key);
            (at, reached[at].start)
        };
        self.at[depth - 1].1 = at;
        start
    }

    /// The times of the attempt that begins there. People come in order.
    fn trace(&mut self, start: u64, depth: usize, steps: &[&[u64]]) -> &[i64] {
        self.times.clear();
        self.times.push(frame::at_ms(start));
        let mut key = start;
        for (events, (at, _)) in steps[..depth].iter().zip(&mut self.at).skip(1) {
            *at = leap(events, *at, key, |event| *event);
            key = events[*at];
            self.times.push(frame::at_ms(key));
        }
        &self.times
    }
}
