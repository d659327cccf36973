//! Strict funnels over the sorted keys of many people at once. The steps' events are first taken alone, as if there
//! were no others: that finds the few gaps that must be empty. All other events then pass by these gaps, list by
//! list, and mark those they lie in; with that known the steps are taken again.
//!
//! Each event matches one step at most, so a person has one attempt at a time: an event of its next step takes it
//! further, one of its last step leaves it, the first step begins a new one, and all else ends it. What shares its
//! instant with another event at the edge of a gap is decided by the rules over records.

use super::heads::{END, Heads, with_heads};
use super::{PEOPLE_PER_SWEEP, Stretch, rows, window_end};
use crate::frame::{self, Buffer};

const NO_GAP: u32 = u32::MAX;

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Sweep {
    events: Vec<Event>,
    gaps: Vec<Gap>,
    /// By person of the stretch, and one more: the first of its gaps.
    first_gaps: Vec<u32>,
    /// By person of the stretch: left to the rules over records.
    doubtful: Vec<bool>,
    attempt: Vec<i64>,
    best: Vec<i64>,
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
        for person in self.events.chunk_by(|one, two| frame::person(one.key) == frame::person(two.key)) {
            let who = frame::person(person[0].key);
            if self.doubtful[(who - stretch.first) as usize] {
                take(who, None);
                continue;
            }
            self.best.clear();
            let mut walk = Walk { end: 0, attempt: &mut self.attempt, window_ms, start_before_ms };
            walk.attempt.clear();
            for event in person {
                let is_broken = event.gap != NO_GAP && self.gaps[event.gap as usize].is_filled;
                walk.take(event, is_broken);
                if walk.attempt.len() > self.best.len() {
                    self.best.clone_from(walk.attempt);
                }
            }
            if !self.best.is_empty() {
                take(who, Some(&self.best));
            }
        }
    }

    /// Take the steps as if there were no other events, and note what lies between those taken.
    fn find_gaps(&mut self, stretch: &Stretch<'_>, window_ms: u64, start_before_ms: i64) {
        self.gaps.clear();
        self.first_gaps.clear();
        let mut walk = Walk { end: 0, attempt: &mut self.attempt, window_ms, start_before_ms };
        let (mut who, mut last) = (u32::MAX, 0);
        for event in &mut self.events {
            if frame::person(event.key) != who {
                who = frame::person(event.key);
                walk.attempt.clear();
                self.first_gaps.resize((who - stretch.first) as usize + 1, self.gaps.len() as u32);
            }
            if walk.take(event, false) {
                event.gap = self.gaps.len() as u32;
                self.gaps.push(Gap { after: last, before: event.key, is_filled: false });
            }
            last = event.key;
        }
        self.first_gaps.resize(PEOPLE_PER_SWEEP as usize + 1, self.gaps.len() as u32);
    }

    /// Other events pass by the gaps.
    fn pass(&mut self, keys: &[u64], first: u32) {
        for key in keys {
            let person = (frame::person(*key) - first) as usize;
            let range = self.first_gaps[person] as usize..self.first_gaps[person + 1] as usize;
            for gap in &mut self.gaps[range] {
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
