//! Strict funnels over the sorted keys of many people at once. The steps' events are first taken alone, as if there
//! were no others: that finds the few gaps that must be empty. All other events then pass by these gaps, list by
//! list, and mark those they lie in; with that known the steps are taken again.
//!
//! Each event matches one step at most, so a person has one attempt at a time: an event of its next step takes it
//! further, one of its last step leaves it, the first step begins a new one, and all else ends it. What shares its
//! instant with another event at the edge of a gap is decided by the rules over records.

use std::ops::Range;

use super::heads::{END, Heads, with_heads};
use super::{PEOPLE_PER_SWEEP, Stretch, rows, window_end};
use crate::frame::{self, Buffer};

const NO_GAP: u32 = u32::MAX;

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Sweep {
    events: Vec<Event>,
    people: Vec<Person>,
    gaps: Vec<Gap>,
    /// By person of the stretch: before the first of its gaps, and beyond the last.
    hulls: Vec<(u64, u64)>,
    /// By person of the stretch: the first of its gaps.
    first_gaps: Vec<u32>,
    /// By person of the stretch: left to the rules over records.
    doubtful: Vec<bool>,
    /// The times of everybody's best attempt.
    times: Vec<i64>,
    attempt: Vec<i64>,
}

/// Somebody who took the first step.
struct Person {
    who: u32,
    events: Range<usize>,
    gaps: Range<usize>,
    /// The best attempt when all gaps are empty, in the times.
    best: Range<usize>,
}

/// An event of a step.
#[derive(Clone, Copy)]
struct Event {
    key: u64,
    step: u32,
    /// Between the event before and this one, where that must be empty.
    gap: u32,
}

/// Between two events of steps, both left out.
struct Gap {
    after: u64,
    before: u64,
    is_filled: bool,
}

impl Sweep {
    /// Hand the attempt that counts of each person in the stretch to `take`, as the times of the steps taken; none for
    /// those who cannot be decided here.
    pub(super) fn run(
        &mut self,
        stretch: &Stretch<'_>,
        others: &[Buffer<u64>],
        window_ms: u64,
        start_before_ms: i64,
        mut take: impl FnMut(u32, Option<&[i64]>),
    ) {
        self.doubtful.clear();
        self.doubtful.resize(PEOPLE_PER_SWEEP as usize, false);
        let Self { events, doubtful, .. } = self;
        events.clear();
        with_heads!(stretch.steps.len(), merge::<N>(stretch, events, doubtful));
        self.find_gaps(stretch, window_ms, start_before_ms);
        for keys in others {
            self.pass(&keys[rows(keys, &stretch.edges)], stretch.first);
        }
        let mut best = Vec::new();
        for person in &self.people {
            if self.doubtful[(person.who - stretch.first) as usize] {
                take(person.who, None);
            } else if self.gaps[person.gaps.clone()].iter().any(|gap| gap.is_filled) {
                let mut walk = Walk { end: 0, attempt: &mut self.attempt, window_ms, start_before_ms };
                walk.attempt.clear();
                best.clear();
                for event in &self.events[person.events.clone()] {
                    let is_broken = event.gap != NO_GAP && self.gaps[event.gap as usize].is_filled;
                    walk.take(event, is_broken);
                    if walk.attempt.len() > best.len() {
                        best.clone_from(walk.attempt);
                    }
                }
                take(person.who, Some(&best));
            } else {
                take(person.who, Some(&self.times[person.best.clone()]));
            }
        }
    }

    /// Take the steps as if there were no other events, and note what lies between those taken.
    fn find_gaps(&mut self, stretch: &Stretch<'_>, window_ms: u64, start_before_ms: i64) {
        let Self { events, people, gaps, hulls, first_gaps, times, attempt, .. } = self;
        people.clear();
        gaps.clear();
        times.clear();
        hulls.clear();
        hulls.resize(PEOPLE_PER_SWEEP as usize, (END, 0));
        first_gaps.clear();
        first_gaps.resize(PEOPLE_PER_SWEEP as usize, 0);
        let mut walk = Walk { end: 0, attempt, window_ms, start_before_ms };
        let mut at = 0;
        for mine in events.chunk_by_mut(|one, two| frame::person(one.key) == frame::person(two.key)) {
            let (who, first_gap, first_time) = (frame::person(mine[0].key), gaps.len(), times.len());
            walk.attempt.clear();
            let mut last = END;
            for event in mine.iter_mut() {
                if walk.take(event, false) {
                    event.gap = gaps.len() as u32;
                    gaps.push(Gap { after: last, before: event.key, is_filled: false });
                }
                if walk.attempt.len() > times.len() - first_time {
                    times.truncate(first_time);
                    times.extend_from_slice(walk.attempt);
                }
                last = event.key;
            }
            if let [first, .., last] | [first @ last] = &gaps[first_gap..] {
                let person = (who - stretch.first) as usize;
                (hulls[person], first_gaps[person]) = ((first.after, last.before), first_gap as u32);
            }
            if times.len() > first_time {
                let (gaps, best) = (first_gap..gaps.len(), first_time..times.len());
                people.push(Person { who, events: at..at + mine.len(), gaps, best });
            }
            at += mine.len();
        }
    }

    /// Other events pass by the gaps.
    fn pass(&mut self, keys: &[u64], first: u32) {
        for key in keys {
            let person = (frame::person(*key) - first) as usize;
            let (after, before) = self.hulls[person];
            if *key < after || *key > before {
                continue;
            }
            for gap in &mut self.gaps[self.first_gaps[person] as usize..] {
                if gap.after > *key {
                    break;
                }
                gap.is_filled |= (*key > gap.after) & (*key < gap.before);
                self.doubtful[person] |= (*key == gap.after) | (*key == gap.before);
            }
        }
    }
}

/// The events of all steps as one list. People with two of one instant are doubtful.
fn merge<const N: usize>(stretch: &Stretch<'_>, events: &mut Vec<Event>, doubtful: &mut [bool]) {
    let mut heads: Heads<'_, N> = Heads::new(&stretch.steps);
    let mut last = END;
    loop {
        let key = heads.key();
        if key == END {
            return;
        }
        let mut step = 0;
        for index in (0..N).rev() {
            step = if heads.next[index] == key { index } else { step };
        }
        let is_alone = heads.next.iter().filter(|other| **other == key).count() == 1 && key != last;
        doubtful[(frame::person(key) - stretch.first) as usize] |= !is_alone;
        last = key;
        events.push(Event { key, step: step as u32, gap: NO_GAP });
        heads.pass(key);
    }
}

/// The attempt of a person at hand.
struct Walk<'a> {
    /// The last key in its window.
    end: u64,
    /// The times of its steps; empty when there is none.
    attempt: &'a mut Vec<i64>,
    window_ms: u64,
    start_before_ms: i64,
}

impl Walk<'_> {
    /// Answers whether an attempt that had begun before goes on, which it does only across an empty gap.
    fn take(&mut self, event: &Event, is_broken: bool) -> bool {
        let (step, depth) = (event.step as usize, self.attempt.len());
        let at_ms = frame::at_ms(event.key);
        if step == 0 && at_ms < self.start_before_ms {
            self.attempt.clear();
            self.attempt.push(at_ms);
            self.end = window_end(event.key, self.window_ms);
            return false;
        }
        let is_next = depth > 0 && step == depth && event.key <= self.end;
        let is_again = step + 1 == depth;
        if is_broken || !(is_next || is_again) {
            self.attempt.clear();
            return false;
        }
        if is_next {
            self.attempt.push(at_ms);
        }
        true
    }
}
