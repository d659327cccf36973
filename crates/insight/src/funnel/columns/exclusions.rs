//! Exclusions in ordered funnels, list by list as the steps are.
//!
//! An attempt that has passed step `from` of an exclusion dies at the next event of it, unless it has come to step `to`
//! before. So each attempt carries, for every zone that it is in, when it dies; and since of two attempts the one that
//! began later also entered the zone later, the latest start is still the only one that has to be followed. That ends
//! where a person came to rest inside a zone: an attempt that began earlier may have reached the end of its window
//! before the exclusion. Only there the other starts of the person are walked, one by one.

use std::collections::BTreeMap;

use super::crowd::Crowd;
use super::merge::count_before;
use super::ordered::{Reached, Sweep, fits};
use super::{PEOPLE_PER_SWEEP, Stretch, leap, rows, window_end};
use crate::frame::{self, Buffer, Frame, Selected, Source, select};
use crate::funnel::Zone;
use crate::predicate::Columns;
use crate::query::{EXCLUSIONS_MAX, FunnelQuery};

/// Later than every event.
const NEVER: u64 = u64::MAX;

/// The exclusions of a question.
pub(super) struct Exclusions {
    /// Those of one zone are one.
    zones: Vec<(Zone, Vec<Selected>)>,
    window_ms: u64,
}

/// Memory that is used again from stretch to stretch.
#[derive(Default)]
pub(super) struct Scratch {
    /// By person: whether an exclusion concerns them.
    concerned: Vec<bool>,
    /// The events of a step by those people.
    events: Vec<u64>,
    /// What they reached of a step without exclusions.
    reached: Vec<Reached>,
    /// By such event: how many attempts came before it.
    before: Vec<u32>,
}

impl Scratch {
    /// The first start of everybody who did what is excluded; only they may be concerned.
    fn take_first_starts(&mut self, banned: &[&[u64]], starts: &[u64]) {
        let Self { concerned, events, .. } = self;
        concerned.clear();
        concerned.resize(PEOPLE_PER_SWEEP as usize, false);
        banned.iter().copied().flatten().for_each(|key| concerned[place(*key)] = true);
        let mut last = u32::MAX;
        sift(starts, events, |key| {
            let before = std::mem::replace(&mut last, frame::person(*key));
            concerned[place(*key)] & (before != last)
        });
        concerned.fill(false);
    }

    fn take_events(&mut self, keys: &[u64]) {
        let concerned = &self.concerned;
        sift(keys, &mut self.events, |key| concerned[place(*key)]);
    }

    fn take_reached(&mut self, sweep: &Sweep, step: usize, steps: &[&[u64]]) {
        if step == 0 {
            self.take_events(sweep.starts(steps));
            self.reached.clear();
            self.reached.extend(self.events.iter().map(|key| Reached { key: *key, start: *key }));
        } else {
            let concerned = &self.concerned;
            sift(sweep.reached(step), &mut self.reached, |reached| concerned[place(reached.key)]);
        }
    }
}

/// Those that are wanted, instead of what was there. Each is written and stays when it is wanted: a branch could not be
/// foretold.
fn sift<T: Copy + Default>(all: &[T], wanted: &mut Vec<T>, mut is_wanted: impl FnMut(&T) -> bool) {
    wanted.resize(all.len(), T::default());
    let mut count = 0;
    for one in all {
        wanted[count] = *one;
        count += usize::from(is_wanted(one));
    }
    wanted.truncate(count);
}

/// Of a key's person in the stretch.
fn place(key: u64) -> usize {
    (frame::person(key) % PEOPLE_PER_SWEEP) as usize
}

/// An attempt at a step, of `N` zones.
#[derive(Clone, Copy)]
struct Attempt<const N: usize> {
    key: u64,
    start: u64,
    /// By zone: when the exclusion comes, once the zone was entered.
    dies: [u64; N],
}

impl Exclusions {
    pub(super) fn new<S: Source>(query: &FunnelQuery, source: &S, columns: &Columns, window_ms: u64) -> Self {
        let mut zones: BTreeMap<(usize, usize), Vec<Selected>> = BTreeMap::new();
        for exclusion in &query.exclusions {
            let selected = Selected::new(source, &exclusion.event, &exclusion.filter, columns);
            zones.entry((exclusion.from_step, exclusion.to_step)).or_default().push(selected);
        }
        let zones = zones.into_iter().map(|((from, to), events)| (Zone { from, to }, events));
        Self { zones: zones.collect(), window_ms }
    }

    /// Whether an event may be an exclusion and a step at once.
    pub(super) fn meet(&self, steps: &[Selected]) -> bool {
        let events = self.zones.iter().flat_map(|(_, events)| events);
        steps.iter().any(|step| events.clone().any(|event| step.meets(event)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// By zone: its events in a block.
    pub(super) fn events(&self, frame: &Frame) -> Vec<Buffer<u64>> {
        let events = |events: &[Selected]| match events {
            [only] => select(frame, only, &[]).0,
            several => {
                let mut keys: Vec<u64> = Vec::new();
                several.iter().for_each(|wanted| keys.extend_from_slice(&select(frame, wanted, &[]).0));
                keys.sort();
                Buffer::Own(keys)
            }
        };
        self.zones.iter().map(|(_, selected)| events(selected)).collect()
    }

    /// Change what is said of the people whom an exclusion concerns.
    pub(super) fn apply(
        &self,
        sweep: &mut Sweep,
        stretch: &Stretch<'_>,
        banned: &[Buffer<u64>],
        scratch: &mut Scratch,
        crowd: &mut Crowd,
    ) -> Vec<u32> {
        let banned: Vec<&[u64]> = banned.iter().map(|keys| &keys[rows(keys, &stretch.edges)]).collect();
        self.find_concerned(sweep, stretch, &banned, crowd, scratch);
        match self.zones.len() {
            0..=1 => self.apply_some::<1>(sweep, stretch, &banned, scratch, crowd),
            2 => self.apply_some::<2>(sweep, stretch, &banned, scratch, crowd),
            3..=4 => self.apply_some::<4>(sweep, stretch, &banned, scratch, crowd),
            _ => self.apply_some::<EXCLUSIONS_MAX>(sweep, stretch, &banned, scratch, crowd),
        }
    }

    /// Mark the people whose attempt that counts is excluded: whoever's is not has none that would count more.
    fn find_concerned(
        &self,
        sweep: &mut Sweep,
        stretch: &Stretch<'_>,
        banned: &[&[u64]],
        crowd: &Crowd,
        scratch: &mut Scratch,
    ) {
        scratch.take_first_starts(banned, sweep.starts(&stretch.steps));
        let Scratch { concerned, events: first_starts, .. } = scratch;
        let mut banned_at = vec![0; banned.len()];
        for first in first_starts {
            let (person, depth) = (frame::person(*first), crowd.depth(frame::person(*first)).steps());
            let only = [frame::at_ms(*first)];
            let (start, times) =
                if depth == 1 { (*first, &only[..]) } else { sweep.attempt(person, depth, &stretch.steps) };
            let mut zones = self.zones.iter().zip(banned).zip(&mut banned_at);
            concerned[place(*first)] = zones.any(|(((zone, _), events), at)| {
                let Some(entered) = times.get(zone.from) else { return false };
                *at = leap(events, *at, frame::key(person, *entered) + 1, |key| *key);
                let dies = events.get(*at).copied().unwrap_or(NEVER);
                match times.get(zone.to) {
                    Some(left) => dies < frame::key(person, *left),
                    None => dies <= window_end(start, self.window_ms),
                }
            });
        }
        sweep.rewind();
    }

    fn apply_some<const N: usize>(
        &self,
        sweep: &Sweep,
        stretch: &Stretch<'_>,
        banned: &[&[u64]],
        scratch: &mut Scratch,
        crowd: &mut Crowd,
    ) -> Vec<u32> {
        let steps = stretch.steps.len();
        let entered = self.zones.iter().map(|(zone, _)| zone.from).min().unwrap_or(steps);
        let mut walker = Walker::new(self, sweep.starts(&stretch.steps), &stretch.steps, banned);
        let mut level: Vec<Attempt<N>> = Vec::new();
        // Who came to rest at each step, and where the attempt begins that counts.
        let mut decided: Vec<(u32, Option<u64>)> = Vec::new();
        for step in entered..steps {
            scratch.take_reached(sweep, step, &stretch.steps);
            if step == entered {
                let attempt = |reached: &Reached| Attempt { key: reached.key, start: reached.start, dies: [NEVER; N] };
                level.extend(scratch.reached.iter().map(attempt));
            } else {
                scratch.take_events(stretch.steps[step]);
                level = self.next(&level, step, scratch);
            }
            self.enter(&mut level, step, banned);
            walker.begin();
            walker.rest(&level, step, &scratch.reached, crowd, &mut decided);
        }
        decided.sort_unstable_by_key(|(person, _)| *person);
        let mut excluded = Vec::new();
        for (person, start) in decided {
            crowd.decide(person, start);
            if start.is_none() {
                excluded.push(person);
            }
        }
        excluded
    }

    /// The attempts that enter a zone at this step learn when they die in it.
    fn enter<const N: usize>(&self, level: &mut [Attempt<N>], step: usize, banned: &[&[u64]]) {
        for (index, _) in self.zones.iter().enumerate().filter(|(_, (zone, _))| zone.from == step) {
            let (events, mut next) = (banned[index], 0);
            let (mut start, mut dies) = (NEVER, NEVER);
            for attempt in level.iter_mut() {
                // The attempt came here with its first event; later ones change nothing.
                if attempt.start != start {
                    while events.get(next).is_some_and(|event| *event <= attempt.key) {
                        next += 1;
                    }
                    (start, dies) = (attempt.start, events.get(next).copied().unwrap_or(NEVER));
                }
                attempt.dies[index] = dies;
            }
        }
    }

    /// The attempts that come to this step alive, from those at the step before.
    fn next<const N: usize>(&self, before: &[Attempt<N>], step: usize, scratch: &mut Scratch) -> Vec<Attempt<N>> {
        let Scratch { events, before: counts, .. } = scratch;
        counts.resize(events.len().max(counts.len()), 0);
        count_before(before, |attempt| attempt.key, events, counts);
        let mut level = Vec::new();
        for (key, count) in events.iter().zip(counts.iter()) {
            let Some(attempt) = before.get((*count as usize).wrapping_sub(1)) else { continue };
            if fits(attempt.start, *key, self.window_ms) && self.lives(attempt.dies, step, *key) {
                level.push(Attempt { key: *key, ..*attempt });
            }
        }
        level
    }

    /// Whether an attempt comes to a step alive.
    fn lives<const N: usize>(&self, dies: [u64; N], step: usize, key: u64) -> bool {
        let mut zones = self.zones.iter().zip(dies);
        zones.all(|((zone, _), dies)| !(zone.from + 1..=zone.to).contains(&step) || key <= dies)
    }

    /// Whether an attempt that came to rest at a step reaches the end of its window.
    fn outlives<const N: usize>(&self, dies: [u64; N], step: usize, start: u64) -> bool {
        let end = window_end(start, self.window_ms);
        self.open_zones(step).all(|index| dies[index] > end)
    }

    /// The zones that an attempt is in after a step.
    fn open_zones(&self, step: usize) -> impl Iterator<Item = usize> {
        let zones = self.zones.iter().enumerate();
        zones.filter(move |(_, (zone, _))| (zone.from..zone.to).contains(&step)).map(|(index, _)| index)
    }
}

/// Looks at the people who came to rest inside a zone. They come in order.
struct Walker<'a> {
    of: &'a Exclusions,
    starts: &'a [u64],
    steps: &'a [&'a [u64]],
    banned: &'a [&'a [u64]],
    /// Where the person begins among the starts, in each step, and in each zone.
    start_at: usize,
    step_at: Vec<usize>,
    banned_at: Vec<usize>,
}

impl<'a> Walker<'a> {
    fn new(of: &'a Exclusions, starts: &'a [u64], steps: &'a [&'a [u64]], banned: &'a [&'a [u64]]) -> Self {
        let (step_at, banned_at) = (vec![0; steps.len()], vec![0; banned.len()]);
        Self { of, starts, steps, banned, start_at: 0, step_at, banned_at }
    }

    /// From the first person on again.
    fn begin(&mut self) {
        self.start_at = 0;
        self.step_at.fill(0);
        self.banned_at.fill(0);
    }

    /// Decide about the people who came to rest at this step, exclusions or not.
    fn rest<const N: usize>(
        &mut self,
        level: &[Attempt<N>],
        step: usize,
        reached: &[Reached],
        crowd: &Crowd,
        decided: &mut Vec<(u32, Option<u64>)>,
    ) {
        let (mut at, mut last) = (0, u32::MAX);
        for first in reached {
            let person = frame::person(first.key);
            let is_first = std::mem::replace(&mut last, person) != person;
            if !is_first || crowd.depth(person).steps() != step + 1 {
                continue;
            }
            at = leap(level, at, frame::key(person, 0), |attempt| attempt.key);
            let attempts = level[at..].iter().take_while(|attempt| frame::person(attempt.key) == person);
            let start = self.first_clean(attempts, step);
            if start != Some(first.start) {
                decided.push((person, start));
            }
        }
    }

    /// Where the attempt begins that outlives its window and was first to get here; of several the latest.
    fn first_clean<'b, const N: usize>(
        &mut self,
        attempts: impl Iterator<Item = &'b Attempt<N>>,
        step: usize,
    ) -> Option<u64> {
        let mut before = None;
        for attempt in attempts {
            if self.of.outlives(attempt.dies, step, attempt.start) {
                return Some(attempt.start);
            }
            if before != Some(attempt.start) {
                let earlier = self.earlier_clean::<N>(attempt, step);
                if earlier.is_some() {
                    return earlier;
                }
            }
            before = Some(attempt.start);
        }
        None
    }

    /// The same of the attempts that began before this one and got here with it. They die no later than it does, so
    /// their windows must end before.
    fn earlier_clean<const N: usize>(&mut self, attempt: &Attempt<N>, step: usize) -> Option<u64> {
        if step == 0 {
            // Each began there with an event of its own.
            return None;
        }
        let begin = frame::key(frame::person(attempt.key), 0);
        let dies = self.of.open_zones(step).map(|index| attempt.dies[index]).min()?;
        let end = attempt.start.min(dies.saturating_sub(self.of.window_ms));
        let start = attempt.key.saturating_sub(self.of.window_ms).max(begin);
        if start >= end {
            return None;
        }
        self.start_at = leap(self.starts, self.start_at, start, |start| *start);
        let earlier = &self.starts[self.start_at..];
        let earlier = &earlier[..leap(earlier, 0, end, |start| *start)];
        if earlier.is_empty() {
            return None;
        }
        for (at, keys) in self.step_at.iter_mut().zip(self.steps).chain(self.banned_at.iter_mut().zip(self.banned)) {
            *at = leap(keys, *at, begin, |key| *key);
        }
        // Not before this attempt: those that did were looked at with the attempt of that event.
        earlier.iter().rev().copied().find(|start| self.walk::<N>(*start, step).is_some())
    }

    /// Whether the attempt comes to a step alive and then outlives its window; `None` when it does not.
    fn walk<const N: usize>(&self, start: u64, last: usize) -> Option<()> {
        let (mut key, mut dies) = (start, [NEVER; N]);
        for step in 0..=last {
            if step > 0 {
                let events = self.steps[step];
                key = *events.get(leap(events, self.step_at[step], key, |key| *key))?;
                if !fits(start, key, self.of.window_ms) || !self.of.lives(dies, step, key) {
                    return None;
                }
            }
            for (index, _) in self.of.zones.iter().enumerate().filter(|(_, (zone, _))| zone.from == step) {
                let events = self.banned[index];
                dies[index] =
                    events.get(leap(events, self.banned_at[index], key + 1, |key| *key)).map_or(NEVER, |key| *key);
            }
        }
        self.of.outlives(dies, last, start).then_some(())
    }
}
