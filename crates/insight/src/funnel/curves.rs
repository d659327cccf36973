//! What is asked of the times at which people entered and came through: conversion by period, and how it grows.

use base::Timestamp;

use super::answer::{FunnelTrendPoint, SURVIVAL_POINTS_MAX, Survival, SurvivalPoint, share};
use super::{SKIPPED, window_ms};
use crate::calendar;
use crate::query::{BUCKETS_MAX, FunnelQuery};
use crate::survival::{Curve, Moment};

/// Both curves, as far as they are asked for.
#[derive(Debug, Default)]
pub(super) struct Curves {
    trend: Option<Trend>,
    growth: Option<Growth>,
}

#[derive(Debug)]
struct Trend {
    steps: usize,
    window_ms: i64,
    known_until_ms: i64,
    starts: Vec<Timestamp>,
    /// By period and step.
    counts: Vec<Vec<u64>>,
    is_unfinished: Vec<bool>,
}

#[derive(Debug)]
struct Growth {
    steps: usize,
    window_ms: i64,
    known_until_ms: i64,
    /// How long those who came through took.
    through_ms: Vec<i64>,
    /// How long the others were seen.
    seen_ms: Vec<i64>,
}

impl Curves {
    pub(super) fn new(query: &FunnelQuery) -> Self {
        let (steps, window_ms) = (query.steps.len(), window_ms(query));
        let known_until_ms = query.known_until().map_or(i64::MAX, Timestamp::ms);
        let trend = query.trend.as_ref().zip(query.from.zip(query.to)).map(|(trend, (from, to))| {
            let starts = calendar::starts(from, to, trend.interval, &trend.time_zone, BUCKETS_MAX);
            let (counts, is_unfinished) = (vec![vec![0; steps]; starts.len()], vec![false; starts.len()]);
            Trend { steps, window_ms, known_until_ms, starts, counts, is_unfinished }
        });
        let (through_ms, seen_ms) = (Vec::new(), Vec::new());
        let growth = query.survival.then_some(Growth { steps, window_ms, known_until_ms, through_ms, seen_ms });
        Self { trend, growth }
    }

    /// An attempt that counts, and how deep it got.
    pub(super) fn add(&mut self, times: &[i64], depth: usize) {
        if let Some(trend) = &mut self.trend {
            trend.add(times, depth);
        }
        if let Some(growth) = &mut self.growth {
            growth.add(times, depth);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        if let (Some(all), Some(other)) = (&mut self.trend, other.trend) {
            let counts = all.counts.iter_mut().flatten().zip(other.counts.iter().flatten());
            counts.for_each(|(sum, count)| *sum += count);
            let flags = all.is_unfinished.iter_mut().zip(other.is_unfinished);
            flags.for_each(|(flag, other)| *flag |= other);
        }
        if let (Some(all), Some(other)) = (&mut self.growth, other.growth) {
            all.through_ms.extend(other.through_ms);
            all.seen_ms.extend(other.seen_ms);
        }
    }

    pub(super) fn answer(self) -> (Option<Vec<FunnelTrendPoint>>, Option<Survival>) {
        (self.trend.map(Trend::answer), self.growth.map(Growth::answer))
    }
}

impl Trend {
    fn add(&mut self, times: &[i64], depth: usize) {
        let start_ms = times[0];
        let Some(period) = calendar::bucket(&self.starts, start_ms) else { return };
        let taken = self.counts[period].iter_mut().zip(times).filter(|(_, at_ms)| **at_ms != SKIPPED);
        taken.for_each(|(count, _)| *count += 1);
        let is_under_way = self.known_until_ms.saturating_sub(start_ms) <= self.window_ms;
        self.is_unfinished[period] |= depth < self.steps && is_under_way;
    }

    fn answer(self) -> Vec<FunnelTrendPoint> {
        let periods = self.starts.into_iter().zip(self.counts).zip(self.is_unfinished);
        let point = |((start, counts), is_unfinished): ((Timestamp, Vec<u64>), bool)| {
            let (first, last) = (counts[0], counts[counts.len() - 1]);
            let conversion = (first > 0).then(|| share(last, first));
            FunnelTrendPoint { start, counts, conversion, is_unfinished }
        };
        periods.map(point).collect()
    }
}

impl Growth {
    fn add(&mut self, times: &[i64], depth: usize) {
        if depth == self.steps {
            self.through_ms.push(times[depth - 1] - times[0]);
        } else {
            self.seen_ms.push(self.known_until_ms.saturating_sub(times[0]).clamp(0, self.window_ms));
        }
    }

    fn answer(self) -> Survival {
        let people = (self.through_ms.len() + self.seen_ms.len()) as u64;
        let curve = Curve::new(self.through_ms, self.seen_ms);
        let seconds = |ms: i64| ms as f64 / 1_000.0;
        let point = |moment: &Moment| SurvivalPoint {
            s: seconds(moment.after_ms),
            converted: moment.happened,
            at_risk: moment.at_risk,
            ci_low: moment.ci_low,
            ci_high: moment.ci_high,
        };
        let beginning = SurvivalPoint { s: 0.0, converted: 0.0, at_risk: people, ci_low: 0.0, ci_high: 0.0 };
        let mut points = Vec::new();
        if people > 0 && curve.moments.first().is_none_or(|first| first.after_ms > 0) {
            points.push(beginning);
        }
        points.extend(chosen(&curve.moments).map(point));
        Survival { points, median_s: curve.quantile_ms(0.5).map(seconds) }
    }
}

/// At most as many as an answer lists, evenly from the first to the last.
fn chosen(moments: &[Moment]) -> impl Iterator<Item = &Moment> {
    let most = SURVIVAL_POINTS_MAX - 1;
    let count = moments.len().min(most);
    let last = moments.len().saturating_sub(1);
    (0..count).map(move |index| &moments[if count < 2 { index } else { index * last / (count - 1) }])
}
