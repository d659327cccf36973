//! The numbers of a funnel.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::history::Values;
use super::{PersonResult, Verdict};
use crate::query::{BREAKDOWN_TOP_DEFAULT, Bins, FunnelQuery};
use crate::stats;

/// Most values of a breakdown that an answer lists; smaller ones are in `rest` alone.
pub const BREAKDOWN_VALUES_MAX: usize = 10_000;

/// Most bars of a histogram whose number is chosen by the number of people.
const AUTO_BINS_MAX: f64 = 60.0;

/// Width of the bars when all took the same time, in seconds.
const BIN_WIDTH_S_DEFAULT: f64 = 60.0;

/// What a funnel answers. Arrays have one entry per step.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FunnelAnswer {
    /// People who reached each step.
    pub counts: Vec<u64>,
    /// The same and more, step by step.
    pub steps: Vec<StepAnswer>,
    /// Of those at the step before, the share that came here: 0 to 1, and 1 for the first step.
    pub conversion_from_prev: Vec<f64>,
    /// Of those at the first step, the share that came here.
    pub conversion_from_first: Vec<f64>,
    /// Mean seconds from the step before, over those who came here; null for the first step and for none.
    pub avg_s: Vec<Option<f64>>,
    /// Median seconds from the step before.
    pub median_s: Vec<Option<f64>>,
    /// People lost before each step: at the one before and not here. 0 for the first.
    pub dropped: Vec<u64>,
    /// People whom an exclusion removed from every step.
    pub excluded_count: u64,
    /// Their numbers, when `reached` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub excluded: Option<Vec<u32>>,
    /// The deepest step (1-based) of each person, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reached: Option<BTreeMap<u32, u32>>,
    /// With a breakdown: counts by value, `""` for people without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub breakdown: Option<BTreeMap<String, Vec<u64>>>,
    /// With a breakdown: the biggest values step by step, biggest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub breakdown_steps: Option<Vec<BreakdownSteps>>,
    /// With a breakdown: all values that are not in `breakdown_steps`, summed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rest: Option<Rest>,
    /// With a histogram: its bars as (lower edge in seconds, inclusive; people). Empty when nobody got there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub bins: Option<Vec<(f64, u64)>>,
    /// With a histogram: the mean seconds of its people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bins_avg_s: Option<Option<f64>>,
    /// With a histogram: the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time_to_convert: Option<HistogramAnswer>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StepAnswer {
    /// Its name.
    pub name: String,
    /// People who reached it.
    pub count: u64,
    /// Share of the step before.
    pub conversion_from_prev: f64,
    /// Share of the first step.
    pub conversion_from_first: f64,
    /// Lower end of the 95 % Wilson interval of the share of the step before.
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
    /// Mean seconds from the step before.
    #[schema(required)]
    pub avg_s: Option<f64>,
    /// Median seconds from the step before.
    #[schema(required)]
    pub median_s: Option<f64>,
    /// People lost since the step before.
    pub dropped: u64,
}

/// The funnel of one value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BreakdownSteps {
    /// The value; `""` for people without one.
    pub value: String,
    /// People who reached each step.
    pub counts: Vec<u64>,
    /// The same and more, step by step.
    pub steps: Vec<StepAnswer>,
}

/// The values that are not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rest {
    /// How many values.
    pub values: u64,
    /// Their counts, summed. A person may be in several values.
    pub counts: Vec<u64>,
}

/// How long people took between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HistogramAnswer {
    /// From this step (0-based).
    pub from_step: usize,
    /// To this step.
    pub to_step: usize,
    /// People who got there.
    pub count: u64,
    /// Bars as (lower edge in seconds, inclusive; people).
    pub bins: Vec<(f64, u64)>,
    /// Width of the bars in seconds.
    pub width_s: f64,
    /// Mean seconds.
    #[schema(required)]
    pub mean_s: Option<f64>,
    /// Median seconds.
    #[schema(required)]
    pub median_s: Option<f64>,
    /// Nine of ten took no longer than this.
    #[schema(required)]
    pub p90_s: Option<f64>,
}

/// The people of one funnel, counted.
#[derive(Debug, Default)]
struct Tally {
    counts: Vec<u64>,
    /// By step: milliseconds from the step before. Whole numbers, so that no sum depends on the order of people.
    gaps_ms: Vec<Vec<i64>>,
}

impl Tally {
    fn new(steps: usize) -> Self {
        Self { counts: vec![0; steps], gaps_ms: vec![Vec::new(); steps] }
    }

    fn add(&mut self, times: &[i64]) {
        for count in &mut self.counts[..times.len()] {
            *count += 1;
        }
        for (step, gap) in times.windows(2).enumerate() {
            self.gaps_ms[step + 1].push(gap[1] - gap[0]);
        }
    }

    fn merge(&mut self, other: Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        self.gaps_ms.iter_mut().zip(other.gaps_ms).for_each(|(all, gaps)| all.extend(gaps));
    }

    fn steps(&mut self, query: &FunnelQuery) -> Vec<StepAnswer> {
        let first = self.counts[0];
        let step = |index: usize| {
            let count = self.counts[index];
            let before = if index == 0 { first } else { self.counts[index - 1] };
            let (ci_low, ci_high) = stats::wilson_95(count, before);
            StepAnswer {
                name: query.steps[index].label(),
                count,
                conversion_from_prev: share(count, before),
                conversion_from_first: share(count, first),
                ci_low,
                ci_high,
                avg_s: stats::mean_of_whole(&self.gaps_ms[index]).map(|ms| ms / 1_000.0),
                median_s: stats::median_of_whole(&mut self.gaps_ms[index]).map(|ms| ms / 1_000.0),
                dropped: before - count,
            }
        };
        (0..self.counts.len()).map(step).collect()
    }
}

fn seconds(from_ms: i64, to_ms: i64) -> f64 {
    (to_ms - from_ms) as f64 / 1_000.0
}

/// A share of nobody is 0: no conversion was seen.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A tally for each value that somebody counts in, found without hashing: it is looked for once for each person.
#[derive(Default)]
struct ByValue {
    /// By number of the value: the place of its tally, counted from 1; 0 for none yet.
    places: Vec<u32>,
    tallies: Vec<(u32, Tally)>,
}

impl ByValue {
    fn tally(&mut self, value: u32, steps: usize) -> &mut Tally {
        let number = value as usize;
        if number >= self.places.len() {
            self.places.resize(number + 1, 0);
        }
        if self.places[number] == 0 {
            self.tallies.push((value, Tally::new(steps)));
            self.places[number] = self.tallies.len() as u32;
        }
        &mut self.tallies[self.places[number] as usize - 1].1
    }
}

/// Counts people and makes the answer.
pub(super) struct Tallies<'a> {
    query: &'a FunnelQuery,
    all: Tally,
    by_value: ByValue,
    span_s: Vec<f64>,
    excluded: Vec<u32>,
    reached: BTreeMap<u32, u32>,
}

impl<'a> Tallies<'a> {
    pub(super) fn new(query: &'a FunnelQuery) -> Self {
        Self {
            query,
            all: Tally::new(query.steps.len()),
            by_value: ByValue::default(),
            span_s: Vec::new(),
            excluded: Vec::new(),
            reached: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, person: u32, result: &PersonResult) {
        match &result.verdict {
            Verdict::Never => {}
            Verdict::Excluded => self.excluded.push(person),
            Verdict::Reached(attempt) => {
                self.reach(person, attempt.times());
            }
        }
        for (value, verdict) in &result.by_value {
            if let Verdict::Reached(attempt) = verdict {
                self.reach_in(*value, attempt.times());
            }
        }
    }

    /// A person took so many steps, at these times.
    pub(super) fn reach(&mut self, person: u32, times: &[i64]) {
        self.all.add(times);
        if self.query.reached {
            self.reached.insert(person, u32::try_from(times.len()).unwrap_or(u32::MAX));
        }
        if let Some(wanted) = &self.query.time_to_convert {
            let (from, to, _) = wanted.span(self.query.steps.len());
            if times.len() > to {
                self.span_s.push(seconds(times[from], times[to]));
            }
        }
    }

    /// The same inside a value of the breakdown.
    pub(super) fn reach_in(&mut self, value: u32, times: &[i64]) {
        self.by_value.tally(value, self.query.steps.len()).add(times);
    }

    /// Count other people, too. Numbers of values must mean the same in both.
    pub(super) fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        for (value, tally) in other.by_value.tallies {
            self.by_value.tally(value, self.query.steps.len()).merge(tally);
        }
        self.span_s.extend(other.span_s);
        self.excluded.extend(other.excluded);
        self.reached.extend(other.reached);
    }

    pub(super) fn answer(mut self, values: &Values) -> FunnelAnswer {
        let steps = self.all.steps(self.query);
        self.excluded.sort_unstable();
        let histogram = self.query.time_to_convert.map(|wanted| {
            let (from, to, bins) = wanted.span(self.query.steps.len());
            histogram(from, to, bins, self.span_s)
        });
        let (breakdown, breakdown_steps, rest) = match self.query.breakdown {
            Some(_) => {
                let (breakdown, top, rest) = breakdown(self.query, self.by_value, values);
                (Some(breakdown), Some(top), Some(rest))
            }
            None => (None, None, None),
        };
        FunnelAnswer {
            counts: self.all.counts,
            conversion_from_prev: steps.iter().map(|step| step.conversion_from_prev).collect(),
            conversion_from_first: steps.iter().map(|step| step.conversion_from_first).collect(),
            avg_s: steps.iter().map(|step| step.avg_s).collect(),
            median_s: steps.iter().map(|step| step.median_s).collect(),
            dropped: steps.iter().map(|step| step.dropped).collect(),
            steps,
            excluded_count: self.excluded.len() as u64,
            excluded: self.query.reached.then_some(self.excluded),
            reached: self.query.reached.then_some(self.reached),
            breakdown,
            breakdown_steps,
            rest,
            bins: histogram.as_ref().map(|histogram| histogram.bins.clone()),
            bins_avg_s: histogram.as_ref().map(|histogram| histogram.mean_s),
            time_to_convert: histogram,
        }
    }
}

fn breakdown(
    query: &FunnelQuery,
    by_value: ByValue,
    values: &Values,
) -> (BTreeMap<String, Vec<u64>>, Vec<BreakdownSteps>, Rest) {
    let mut sorted: Vec<(String, Tally)> =
        by_value.tallies.into_iter().map(|(number, tally)| (values.text(number).to_string(), tally)).collect();
    sorted.sort_by(|one, two| two.1.counts.cmp(&one.1.counts).then_with(|| one.0.cmp(&two.0)));
    let top = query.breakdown.as_ref().and_then(|breakdown| breakdown.top).unwrap_or(BREAKDOWN_TOP_DEFAULT);
    let listed = sorted.iter().take(BREAKDOWN_VALUES_MAX.max(top));
    let counts = listed.map(|(value, tally)| (value.clone(), tally.counts.clone())).collect();
    let mut rest = Rest { values: 0, counts: vec![0; query.steps.len()] };
    for (_, tally) in sorted.iter().skip(top) {
        rest.values += 1;
        rest.counts.iter_mut().zip(&tally.counts).for_each(|(sum, count)| *sum += count);
    }
    sorted.truncate(top);
    let shown = sorted.into_iter().map(|(value, mut tally)| {
        let steps = tally.steps(query);
        BreakdownSteps { value, counts: tally.counts, steps }
    });
    (counts, shown.collect(), rest)
}

/// The bars: as many as the cube root of the number of people, rounded up (a rule of thumb that PostHog
/// uses too: Rice's without its factor two); all of one width in whole seconds; one bar more, which begins
/// at or beyond the longest time.
fn histogram(from_step: usize, to_step: usize, bins: Bins, mut times_s: Vec<f64>) -> HistogramAnswer {
    times_s.sort_by(f64::total_cmp);
    let count = match bins {
        Bins::Auto => (times_s.len() as f64).cbrt().ceil().clamp(1.0, AUTO_BINS_MAX),
        Bins::Count(count) => f64::from(count),
    };
    let lowest = times_s.first().map_or(0.0, |time| time.floor());
    let highest = times_s.last().map_or(0.0, |time| time.ceil());
    let width_s = match ((highest - lowest) / count).ceil() {
        width if width > 0.0 => width,
        _ => BIN_WIDTH_S_DEFAULT,
    };
    let rows = if times_s.is_empty() { 0 } else { count as usize + 1 };
    let mut bars: Vec<(f64, u64)> = (0..rows).map(|row| (lowest + row as f64 * width_s, 0)).collect();
    for time in &times_s {
        let row = ((time - lowest) / width_s).floor() as usize;
        bars[row.min(rows - 1)].1 += 1;
    }
    HistogramAnswer {
        from_step,
        to_step,
        count: times_s.len() as u64,
        bins: bars,
        width_s,
        mean_s: stats::mean(&times_s),
        median_s: stats::percentile(&times_s, 0.5),
        p90_s: stats::percentile(&times_s, 0.9),
    }
}
