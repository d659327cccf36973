//! Funnels over columns. Ordered funnels whose steps share no event, without exclusions and held properties, are
//! walked on the sorted keys themselves; all others become records, block by block.
//!
//! The walk keeps for every event of step k the latest start from which it can be reached. Starts only grow along a
//! step, so one pointer into the step before is enough: O(events of the person). The first event of the deepest
//! step that has a start is where the attempt that counts arrives, and that start is the last one that gets there.

use super::answer::{FunnelAnswer, Tallies};
use super::history::{NO_VALUE, Values};
use super::{columns, each_person, window_ms};
use crate::frame::{self, Buffer, Codes, Frame, Selected, Source, select, spread};
use crate::query::{Attribution, FunnelQuery, Order};

/// Keys that are looked at in one go.
const NEAR: usize = 8;

/// The answer of [`super::funnel`], from columns of [`super::plan`].
///
/// # Errors
/// When a block cannot be read.
pub fn funnel_from<S: Source>(query: &FunnelQuery, source: &S, threads: usize) -> Result<FunnelAnswer, S::Error> {
    let mut values = Values::default();
    let columns = columns(query);
    let breakdown = query.breakdown.as_ref().and_then(|breakdown| {
        let column = columns.index(&breakdown.prop)?;
        Some((column, breakdown.attribution, values.numbers(source.values(column))))
    });
    let steps = query.steps.iter().map(|step| Selected::new(source, &step.event, &step.filter, &columns));
    let steps: Vec<Selected> = steps.collect();
    let tallies: Vec<Tallies> = if is_simple(query, &steps) {
        let walk = Walk {
            window_ms: window_ms(query).cast_unsigned(),
            start_before_ms: query.to.map_or(i64::MAX, base::Timestamp::ms),
            steps,
            ranks: values.ranks(),
            breakdown,
        };
        let begin = || (Tallies::new(query), Scratch::new(query.steps.len()));
        let work = |(tallies, scratch): &mut _, block, frame| walk.block(tallies, scratch, block, &frame);
        spread(source, threads, begin, work)?.into_iter().map(|(tallies, _)| tallies).collect()
    } else {
        // All values are known: each thread numbers them alike.
        let begin = || (Tallies::new(query), values.clone());
        let work = |(tallies, values): &mut (Tallies, Values), block, frame: Frame| {
            let records = frame::records(source, columns.0.len(), block, &frame);
            each_person(query, &records, values, |_, person, result| tallies.add(person, result));
        };
        spread(source, threads, begin, work)?.into_iter().map(|(tallies, _)| tallies).collect()
    };
    let mut all = Tallies::new(query);
    tallies.into_iter().for_each(|tallies| all.merge(tallies));
    Ok(all.answer(&values))
}

fn is_simple(query: &FunnelQuery, steps: &[Selected]) -> bool {
    let share = |(index, step): (usize, &Selected)| steps[..index].iter().any(|before| before.meets(step));
    query.order == Order::Ordered
        && query.exclusions.is_empty()
        && query.hold.is_empty()
        && !steps.iter().enumerate().any(share)
}

struct Walk {
    window_ms: u64,
    start_before_ms: i64,
    steps: Vec<Selected>,
    /// By number of a value: its place in the order of letters.
    ranks: Vec<u32>,
    /// Column, attribution, and by code the number of the value.
    breakdown: Option<(usize, Attribution, Vec<u32>)>,
}

/// The events of a step in a block.
struct Step {
    keys: Buffer<u64>,
    codes: Codes,
}

/// A person's events of a step: a range of its keys.
type Range = std::ops::Range<usize>;

/// When, and the latest start from which it can be reached.
type Reached = (u64, u64);

/// Memory that is used again from person to person.
struct Scratch {
    people: People,
    levels: [Vec<Reached>; 2],
    times: Vec<i64>,
    chosen: Vec<Vec<u64>>,
    values: Vec<u32>,
}

/// Where the person at hand stands in each step. Most people end early: later steps are looked at when needed.
struct People {
    /// By step: how far it has been walked.
    at: Vec<usize>,
    ranges: Vec<Range>,
    /// Steps whose range is that of the person at hand.
    known: usize,
    /// The keys of the person begin here, and end before `end`.
    begin: u64,
    end: u64,
}

impl Scratch {
    fn new(steps: usize) -> Self {
        let people = People { at: vec![0; steps], ranges: vec![0..0; steps], known: 0, begin: 0, end: 0 };
        let chosen = vec![Vec::new(); steps];
        Self { people, levels: Default::default(), times: Vec::with_capacity(steps), chosen, values: Vec::new() }
    }
}

impl People {
    /// The events of the person at hand in a step.
    fn range(&mut self, steps: &[Step], step: usize) -> Range {
        while self.known <= step {
            let keys = &steps[self.known].keys;
            let start = leap(keys, self.at[self.known], self.begin);
            self.at[self.known] = leap(keys, start, self.end);
            self.ranges[self.known] = start..self.at[self.known];
            self.known += 1;
        }
        self.ranges[step].clone()
    }
}

/// The first place from `at` on whose key is not below `wanted`. Near ones are counted, without a guess that may be
/// wrong; to far ones it leaps.
fn leap(keys: &[u64], mut at: usize, wanted: u64) -> usize {
    let Some(near) = keys.get(at..at + NEAR) else {
        return at + keys[at..].iter().filter(|key| **key < wanted).count();
    };
    let count = near.iter().filter(|key| **key < wanted).count();
    at += count;
    if count < NEAR {
        return at;
    }
    let mut width = NEAR;
    while keys.get(at + width).is_some_and(|key| *key < wanted) {
        at += width;
        width *= 2;
    }
    let end = (at + width).min(keys.len());
    at + keys[at..end].partition_point(|key| *key < wanted)
}

impl Walk {
    fn block(&self, tallies: &mut Tallies<'_>, scratch: &mut Scratch, block: u32, frame: &Frame) {
        let column = self.breakdown.as_ref().map(|(column, ..)| *column);
        let step = |wanted: &Selected| {
            let (keys, codes) = select(frame, wanted, column);
            Step { keys, codes }
        };
        let steps: Vec<Step> = self.steps.iter().map(step).collect();
        scratch.people.at.fill(0);
        while let Some(first) = steps[0].keys.get(scratch.people.at[0]) {
            let person = frame::person(*first);
            scratch.people.known = 0;
            scratch.people.begin = *first - frame::at_ms(*first).cast_unsigned();
            scratch.people.end = frame::key(person, frame::AT_MS_MAX) + 1;
            self.person(tallies, scratch, &steps, block * frame::PEOPLE_PER_BLOCK + person);
        }
    }

    fn person(&self, tallies: &mut Tallies<'_>, scratch: &mut Scratch, steps: &[Step], person: u32) {
        let Scratch { people, levels, times, chosen, values } = scratch;
        self.attempt(|step| &steps[step].keys[people.range(steps, step)], levels, times);
        if !times.is_empty() {
            tallies.reach(person, times);
        }
        let Some((_, attribution, numbers)) = &self.breakdown else { return };
        let _ = people.range(steps, steps.len() - 1);
        let ranges = &people.ranges;
        let value = |step: usize, row: usize| numbers[steps[step].codes.get(row) as usize];
        let limited = match attribution {
            Attribution::FirstTouch | Attribution::LastTouch => {
                if !times.is_empty() {
                    let touch = self.touch(steps, ranges, *attribution == Attribution::LastTouch, value);
                    tallies.reach_in(touch, times);
                }
                return;
            }
            Attribution::Step(step) => *step..*step + 1,
            Attribution::AllEvents => 0..steps.len(),
        };
        values.clear();
        for step in limited.clone() {
            values.extend(ranges[step].clone().map(|row| value(step, row)));
        }
        values.sort_unstable();
        values.dedup();
        for wanted in values.iter() {
            for step in limited.clone() {
                chosen[step].clear();
                let rows = ranges[step].clone().filter(|row| value(step, *row) == *wanted);
                chosen[step].extend(rows.map(|row| steps[step].keys[row]));
            }
            let events = |step: usize| {
                if limited.contains(&step) { &*chosen[step] } else { &steps[step].keys[ranges[step].clone()] }
            };
            self.attempt(events, levels, times);
            if !times.is_empty() {
                tallies.reach_in(*wanted, times);
            }
        }
    }

    /// The times of the attempt that counts among the events of a person; none when nothing begins one.
    fn attempt<'a>(
        &self,
        mut events: impl FnMut(usize) -> &'a [u64],
        levels: &mut [Vec<Reached>; 2],
        times: &mut Vec<i64>,
    ) {
        times.clear();
        let starts = events(0);
        let starts = &starts[..starts.partition_point(|key| frame::at_ms(*key) < self.start_before_ms)];
        let Some(first) = starts.first() else { return };
        times.push(frame::at_ms(*first));
        if self.steps.len() == 1 {
            return;
        }
        let [before, now] = levels;
        self.level(starts.iter().map(|key| (*key, *key)), events(1), before);
        let Some((_, start)) = before.first() else { return };
        let (mut depth, mut start) = (2, *start);
        while depth < self.steps.len() {
            self.level(before.iter().copied(), events(depth), now);
            let Some((_, from)) = now.first() else { break };
            start = *from;
            std::mem::swap(before, now);
            depth += 1;
        }
        times[0] = frame::at_ms(start);
        let mut at = start;
        for step in 1..depth {
            let events = events(step);
            at = events[events.partition_point(|key| *key < at)];
            times.push(frame::at_ms(at));
        }
    }

    /// The events of a step that can be reached from the step before.
    fn level(&self, before: impl Iterator<Item = Reached>, events: &[u64], now: &mut Vec<Reached>) {
        now.clear();
        let (mut before, mut start) = (before.peekable(), None);
        for key in events {
            while let Some((_, from)) = before.next_if(|(at, _)| at <= key) {
                start = Some(from);
            }
            if let Some(start) = start.filter(|start| key - start <= self.window_ms) {
                now.push((*key, start));
            }
        }
    }

    /// The number of the first or last value that is not empty: of one instant that of the first or last step, and of
    /// one step that of the first or last letters.
    fn touch(&self, steps: &[Step], ranges: &[Range], last: bool, value: impl Fn(usize, usize) -> u32) -> u32 {
        let mut found: Option<(i64, u32)> = None;
        for (step, range) in ranges.iter().enumerate() {
            let has_value = |row: &usize| value(step, *row) != NO_VALUE;
            let row = if last { range.clone().rev().find(has_value) } else { range.clone().find(has_value) };
            let Some(row) = row else { continue };
            let keys = &steps[step].keys;
            let at = frame::at_ms(keys[row]);
            if found.is_some_and(|(known, _)| if last { at < known } else { at >= known }) {
                continue;
            }
            let rank = |row: &usize| self.ranks[value(step, *row) as usize];
            let chosen = if last {
                (range.start..=row)
                    .rev()
                    .take_while(|other| keys[*other] == keys[row])
                    .filter(has_value)
                    .max_by_key(rank)
            } else {
                (row..range.end).take_while(|other| keys[*other] == keys[row]).filter(has_value).min_by_key(rank)
            };
            found = Some((at, value(step, chosen.unwrap_or(row))));
        }
        found.map_or(NO_VALUE, |(_, value)| value)
    }
}
