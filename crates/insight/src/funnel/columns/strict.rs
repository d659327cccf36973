//! Strict funnels over the sorted keys of many people at once. The ranks of events among all of their person's say
//! whether anything happened between two of them, so that no other event has to be looked at.
//!
//! Each event matches one step at most, so a person has one attempt at a time: an event of its next step takes it
//! further, one of its last step leaves it, the first step begins a new one, and all else ends it. So an event is
//! reached only from the one right before it, of this step or the one before. What shares its instant with another
//! event is decided by the rules over records.

use super::merge::count_before;
use super::ordered::{self, Reached, fits};
use super::{Stretch, leap};
use crate::frame::{self, Codes, NEXT, is_shared};

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Sweep {
    /// By step.
    levels: Vec<Level>,
    /// By event of the step at hand: how many of the level before are not after it.
    before: Vec<u32>,
    /// By event of the step at hand.
    ranks: Vec<u32>,
    /// People with an event of a step that shares its instant.
    shared: Vec<u32>,
}

/// The events of a step that can be reached, ascending.
#[derive(Default)]
struct Level {
    reached: Vec<Reached>,
    ranks: Vec<u32>,
}

impl Level {
    fn push(&mut self, reached: Reached, rank: u32) {
        self.reached.push(reached);
        self.ranks.push(rank);
    }

    /// The start of the attempt that an event of the same step leaves where it is.
    fn stays(&self, key: u64, rank: u32) -> Option<u64> {
        let (last, before) = (self.reached.last()?, self.ranks.last()?);
        (frame::person(last.key) == frame::person(key) && before + NEXT == rank).then_some(last.start)
    }
}

impl Sweep {
    /// Fill the levels of an ordered sweep with what is reached in strict order; `ranks` are of each step's events in
    /// the block. Answers the people who cannot be decided here, in order.
    pub(super) fn fill(
        &mut self,
        stretch: &Stretch<'_>,
        ranks: &[&Codes],
        window_ms: u64,
        start_before_ms: i64,
        sweep: &mut ordered::Sweep,
    ) -> &[u32] {
        let steps = &stretch.steps;
        self.levels.resize_with(self.levels.len().max(steps.len()), Level::default);
        self.shared.clear();
        for (step, keys) in steps.iter().enumerate() {
            ranks[step].copy_to(stretch.rows[step], keys.len(), &mut self.ranks);
            let events = || keys.iter().copied().zip(self.ranks.iter().copied());
            if self.ranks.iter().any(|rank| is_shared(*rank)) {
                self.shared.extend(events().filter(|(_, rank)| is_shared(*rank)).map(|(key, _)| frame::person(key)));
            }
            let (before, here) = self.levels.split_at_mut(step);
            let here = &mut here[0];
            here.reached.clear();
            here.ranks.clear();
            let Some(before) = before.last() else {
                for (key, rank) in events() {
                    let is_start = frame::at_ms(key) < start_before_ms;
                    let start = if is_start { Some(key) } else { here.stays(key, rank) };
                    start.into_iter().for_each(|start| here.push(Reached { key, start }, rank));
                }
                continue;
            };
            self.before.resize(keys.len().max(self.before.len()), 0);
            count_before(&before.reached, |one| one.key, keys, &mut self.before);
            for ((key, rank), count) in events().zip(&self.before) {
                let place = (*count as usize).wrapping_sub(1);
                let start = before.reached.get(place).and_then(|reached| {
                    let is_next = before.ranks[place] + NEXT == rank;
                    (is_next && fits(reached.start, key, window_ms)).then_some(reached.start)
                });
                let start = start.or_else(|| here.stays(key, rank));
                start.into_iter().for_each(|start| here.push(Reached { key, start }, rank));
            }
        }
        let levels = self.levels[1..steps.len()].iter().map(|level| level.reached.as_slice());
        sweep.take(steps, start_before_ms, levels);
        self.shared.sort_unstable();
        self.shared.dedup();
        // Whoever has no event of the second step gets no further, in whatever order.
        let (second, mut at) = (steps.get(1).copied().unwrap_or_default(), 0);
        self.shared.retain(|person| {
            at = leap(second, at, frame::key(*person, 0), |key| *key);
            second.get(at).is_some_and(|key| frame::person(*key) == *person)
        });
        &self.shared
    }
}
