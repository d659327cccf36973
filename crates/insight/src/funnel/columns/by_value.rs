//! Breakdowns of ordered funnels by the values on the events of one step or of all: a person may count in several
//! values, in each with the events that carry it. Person by person, and value by value.

use std::ops::Range;

use super::{Step, Stretch, leap, ordered};
use crate::frame;
use crate::query::Attribution;

/// Memory that is used again from person to person.
#[derive(Default)]
pub(super) struct ByValue {
    sweep: ordered::Sweep,
    /// By step: the rows of the person at hand, in the stretch.
    ranges: Vec<Range<usize>>,
    /// By step: events of the value at hand.
    chosen: Vec<Vec<u64>>,
    values: Vec<u32>,
}

/// Whose value counts, and by code the number of the value.
pub(super) struct Wanted<'a> {
    pub attribution: Attribution,
    pub numbers: &'a [u32],
    pub window_ms: u64,
    pub start_before_ms: i64,
}

impl ByValue {
    /// Hand each person's attempts to `take`: number of the value, and the times of the steps taken.
    pub(super) fn run(
        &mut self,
        stretch: &Stretch<'_>,
        steps: &[Step],
        wanted: &Wanted<'_>,
        mut take: impl FnMut(u32, &[i64]),
    ) {
        let count = steps.len();
        self.ranges.clear();
        self.ranges.resize(count, 0..0);
        self.chosen.resize_with(count, Vec::new);
        let limited = match wanted.attribution {
            Attribution::Step(step) => step..step + 1,
            _ => 0..count,
        };
        let value = |step: usize, row: usize| wanted.numbers[steps[step].codes.get(stretch.rows[step] + row) as usize];
        while let Some(first) = stretch.steps[0].get(self.ranges[0].end) {
            let begin = frame::key(frame::person(*first), 0);
            let end = frame::key(frame::person(*first), frame::AT_MS_MAX) + 1;
            for (range, keys) in self.ranges.iter_mut().zip(&stretch.steps) {
                let start = leap(keys, range.end, begin, |key| *key);
                *range = start..leap(keys, start, end, |key| *key);
            }
            self.values.clear();
            for step in limited.clone() {
                self.values.extend(self.ranges[step].clone().map(|row| value(step, row)));
            }
            self.values.sort_unstable();
            self.values.dedup();
            for number in &self.values {
                for step in limited.clone() {
                    let rows = self.ranges[step].clone().filter(|row| value(step, *row) == *number);
                    self.chosen[step].clear();
                    self.chosen[step].extend(rows.map(|row| stretch.steps[step][row]));
                }
                let events = |step: usize| match limited.contains(&step) {
                    true => self.chosen[step].as_slice(),
                    false => &stretch.steps[step][self.ranges[step].clone()],
                };
                let events: Vec<&[u64]> = (0..count).map(events).collect();
                self.sweep.fill(&events, wanted.window_ms, wanted.start_before_ms);
                if let Some(times) = self.sweep.only(&events) {
                    take(*number, times);
                }
            }
        }
    }
}
