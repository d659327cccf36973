//! Counting people, and the numbers made of the counts.

use std::collections::BTreeMap;

use super::answer::{FunnelAnswer, StepAnswer, share};
use super::breakdown::{ByValue, breakdown};
use super::columns::Crowd;
use super::curves::Curves;
use super::histogram::histogram;
use super::values::Values;
use super::{Attempt, Fate, PersonResult, SKIPPED, Verdict};
use crate::durations::Durations;
use crate::query::FunnelQuery;
use crate::stats;

/// The shares of people at which the time from the step before is told.
const PERCENTILES: [f64; 5] = [0.25, 0.5, 0.75, 0.9, 0.95];

/// The people of one funnel, counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) counts: Vec<u64>,
    /// By step: people for whom it was the last, and who are not in the counts yet.
    pub(super) last_steps: Vec<u64>,
    /// By step: times from the step before. Whole numbers, so that no sum depends on the order of people.
    pub(super) gaps: Vec<Durations>,
    /// By step: the amounts of the events, when asked for. Kept one by one: a sum of fractions depends on its order.
    amounts: Vec<Vec<f64>>,
}

impl Tally {
    pub(super) fn new(query: &FunnelQuery) -> Self {
        let steps = query.steps.len();
        let amounts = if query.value.is_some() { vec![Vec::new(); steps] } else { Vec::new() };
        Self { counts: vec![0; steps], last_steps: vec![0; steps], gaps: vec![Durations::default(); steps], amounts }
    }

    fn add(&mut self, times: &[i64]) {
        self.last_steps[times.len() - 1] += 1;
        for (step, gap) in times.windows(2).enumerate() {
            self.gaps[step + 1].push(gap[1] - gap[0]);
        }
    }

    /// The same where steps may have been skipped and events have amounts.
    fn add_fully(&mut self, times: &[i64], amounts: &[f64]) {
        let mut last = None;
        for (step, at_ms) in times.iter().enumerate().filter(|(_, at_ms)| **at_ms != SKIPPED) {
            self.counts[step] += 1;
            if let Some(last) = last.replace(*at_ms) {
                self.gaps[step].push(at_ms - last);
            }
            if let (Some(all), Some(amount)) = (self.amounts.get_mut(step), amounts.get(step)) {
                all.push(*amount);
            }
        }
    }

    /// Whoever took a step took those before it.
    pub(super) fn settle(&mut self) {
        let mut deeper = 0;
        for (count, last) in self.counts.iter_mut().zip(&mut self.last_steps).rev() {
            deeper += std::mem::take(last);
            *count += deeper;
        }
    }

    fn merge(&mut self, mut other: Self) {
        other.settle();
        self.settle();
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        self.gaps.iter_mut().zip(other.gaps).for_each(|(all, gaps)| all.join(gaps));
        self.amounts.iter_mut().zip(other.amounts).for_each(|(all, amounts)| all.extend(amounts));
    }

    pub(super) fn steps(&mut self, query: &FunnelQuery) -> Vec<StepAnswer> {
        self.settle();
        (0..self.counts.len()).map(|index| self.step(query, index)).collect()
    }

    fn step(&mut self, query: &FunnelQuery, index: usize) -> StepAnswer {
        let (first, count) = (self.counts[0], self.counts[index]);
        let count_before = self.counts[query.required_before(index)];
        let optional = !query.is_required(index);
        let (ci_low, ci_high) = stats::wilson_95(count, count_before);
        let avg_ms = self.gaps[index].mean_ms();
        let seconds = |ms: Option<f64>| ms.map(|ms| ms / 1_000.0);
        let [p25_s, median_s, p75_s, p90_s, p95_s] = self.gaps[index].percentiles_ms(PERCENTILES).map(seconds);
        let value_sum = self.amounts.get_mut(index).map(|amounts| {
            amounts.sort_by(f64::total_cmp);
            amounts.iter().sum::<f64>()
        });
        StepAnswer {
            name: query.steps[index].label(),
            count,
            optional,
            count_before,
            conversion_from_prev: share(count, count_before),
            conversion_from_first: share(count, first),
            ci_low,
            ci_high,
            avg_s: seconds(avg_ms),
            median_s,
            p25_s,
            p75_s,
            p90_s,
            p95_s,
            dropped: if optional { 0 } else { count_before - count },
            value_sum,
            value_mean: value_sum.map(|sum| (count > 0).then(|| sum / count as f64)),
            change: None,
            change_from_first: None,
        }
    }
}

/// Counts people and makes the answer.
pub(super) struct Tallies<'a> {
    query: &'a FunnelQuery,
    all: Tally,
    by_value: ByValue,
    /// Steps may be skipped, or events have amounts.
    is_sparse: bool,
    /// More is asked of the whole than its counts and times.
    wants_more: bool,
    span_ms: Vec<i64>,
    curves: Curves,
    excluded: Vec<u32>,
    reached: BTreeMap<u32, u32>,
}

impl<'a> Tallies<'a> {
    pub(super) fn new(query: &'a FunnelQuery) -> Self {
        Self {
            query,
            all: Tally::new(query),
            by_value: ByValue::default(),
            is_sparse: query.is_flexible() || query.value.is_some(),
            wants_more: query.reached || query.time_to_convert.is_some() || query.trend.is_some() || query.survival,
            span_ms: Vec::new(),
            curves: Curves::new(query),
            excluded: Vec::new(),
            reached: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, person: u32, result: &PersonResult) {
        match &result.whole.verdict {
            Verdict::Never => {}
            Verdict::Excluded => self.excluded.push(person),
            Verdict::Reached(attempt) if self.is_sparse => {
                self.all.add_fully(attempt.times(), &result.whole.amounts);
                self.more(person, attempt.depth, attempt.times());
            }
            Verdict::Reached(attempt) => self.reach(person, attempt.times()),
        }
        for (value, fate) in &result.by_value {
            if let Fate { verdict: Verdict::Reached(attempt), amounts } = fate {
                self.add_in(*value, attempt, amounts);
            }
        }
    }

    fn add_in(&mut self, value: u32, attempt: &Attempt, amounts: &[f64]) {
        if self.is_sparse {
            self.by_value.tally(value, self.query).add_fully(attempt.times(), amounts);
        } else {
            self.reach_in(value, attempt.times());
        }
    }

    /// A person took so many steps, at these times.
    pub(super) fn reach(&mut self, person: u32, times: &[i64]) {
        self.all.add(times);
        if self.wants_more {
            self.more(person, times.len(), times);
        }
    }

    fn more(&mut self, person: u32, depth: usize, times: &[i64]) {
        if self.query.reached {
            let deepest = self.reached.entry(person).or_default();
            *deepest = (*deepest).max(u32::try_from(depth).unwrap_or(u32::MAX));
        }
        if let Some(wanted) = &self.query.time_to_convert {
            let (from, to, _) = wanted.span(self.query.steps.len());
            if let (Some(from), Some(to)) = (times.get(from), times.get(to))
                && *from != SKIPPED
                && *to != SKIPPED
            {
                self.span_ms.push(to - from);
            }
        }
        self.curves.add(times, depth);
    }

    /// Whether [`Self::reach_all`] is not enough.
    pub(super) fn wants_more(&self) -> bool {
        self.wants_more
    }

    /// These people are taken out by exclusions.
    pub(super) fn exclude(&mut self, people: impl Iterator<Item = u32>) {
        self.excluded.extend(people);
    }

    /// Many people took their steps.
    pub(super) fn reach_all(&mut self, crowd: &Crowd) {
        let counts = crowd.count();
        self.all.last_steps.iter_mut().zip(&counts[1..]).for_each(|(sum, count)| *sum += count);
        for (all, gaps) in self.all.gaps.iter_mut().zip(crowd.gaps()) {
            gaps.ms.iter().for_each(|ms| all.push(*ms));
        }
    }

    /// The same inside the value of the breakdown that each person has.
    pub(super) fn reach_all_in(&mut self, crowd: &Crowd, value: impl Fn(u32) -> u32) {
        self.by_value.add_crowd(crowd, value, self.query);
    }

    /// The same inside a value of the breakdown.
    pub(super) fn reach_in(&mut self, value: u32, times: &[i64]) {
        self.by_value.tally(value, self.query).add(times);
    }

    /// The same with other numbers for the values: by number the new one.
    pub(super) fn renumbered(mut self, numbers: &[u32]) -> Self {
        for (value, tally) in std::mem::take(&mut self.by_value).tallies() {
            *self.by_value.tally(numbers[value as usize], self.query) = tally;
        }
        self
    }

    /// Count other people, too. Numbers of values must mean the same in both.
    pub(super) fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        for (value, tally) in other.by_value.tallies() {
            self.by_value.tally(value, self.query).merge(tally);
        }
        self.span_ms.extend(other.span_ms);
        self.curves.merge(other.curves);
        self.excluded.extend(other.excluded);
        self.reached.extend(other.reached);
    }

    /// `threads` is how many may work on it.
    pub(super) fn answer(mut self, values: &Values, threads: usize) -> FunnelAnswer {
        let (mut all, by_value, query) = (self.all, self.by_value, self.query);
        let breakdown = || query.breakdown.as_ref().map(|_| breakdown(query, by_value, values));
        // The times of all people are sorted through once as a whole and once by value.
        let (steps, broken_down) = if threads > 1 && query.breakdown.is_some() {
            std::thread::scope(|scope| {
                let broken_down = scope.spawn(breakdown);
                let steps = all.steps(query);
                (steps, broken_down.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        } else {
            (all.steps(query), breakdown())
        };
        let (breakdown, breakdown_steps, rest) = match broken_down {
            Some((breakdown, top, rest)) => (Some(breakdown), Some(top), Some(rest)),
            None => (None, None, None),
        };
        let excluded_count = self.excluded.len() as u64;
        self.excluded.sort_unstable();
        self.excluded.dedup();
        let histogram = query.time_to_convert.map(|wanted| {
            let (from, to, bins) = wanted.span(query.steps.len());
            histogram(from, to, bins, self.span_ms.iter().map(|ms| *ms as f64 / 1_000.0).collect())
        });
        let (trend, survival) = self.curves.answer();
        FunnelAnswer {
            counts: all.counts,
            conversion_from_prev: steps.iter().map(|step| step.conversion_from_prev).collect(),
            conversion_from_first: steps.iter().map(|step| step.conversion_from_first).collect(),
            avg_s: steps.iter().map(|step| step.avg_s).collect(),
            median_s: steps.iter().map(|step| step.median_s).collect(),
            dropped: steps.iter().map(|step| step.dropped).collect(),
            steps,
            excluded_count,
            excluded: query.reached.then_some(self.excluded),
            reached: query.reached.then_some(self.reached),
            breakdown,
            breakdown_steps,
            rest,
            bins: histogram.as_ref().map(|histogram| histogram.bins.clone()),
            bins_avg_s: histogram.as_ref().map(|histogram| histogram.mean_s),
            time_to_convert: histogram,
            trend,
            survival,
            compared: None,
        }
    }
}
