//! The numbers of a funnel.

use std::collections::BTreeMap;

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::stats;

/// Most values of a breakdown that an answer lists; smaller ones are in `rest` alone.
pub const BREAKDOWN_VALUES_MAX: usize = 10_000;

/// Most points of a survival curve that an answer lists: more than a screen shows.
pub const SURVIVAL_POINTS_MAX: usize = 500;

/// What a funnel answers. Arrays have one entry per step. Where the question counts other things than people,
/// "people" reads sessions, attempts or values of the property.
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
    /// Mean seconds from the step taken before, over those who came here; null for the first step and for none.
    pub avg_s: Vec<Option<f64>>,
    /// Median seconds from the step taken before.
    pub median_s: Vec<Option<f64>>,
    /// People lost before each step: at the one before and not here. 0 for the first. Between steps that may not be
    /// skipped; 0 for those that may.
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
    /// With a breakdown: counts by value, `""` for people without one. With two properties the key is the JSON array
    /// of their values, as `["newsletter","NO"]`.
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
    /// When asked for: conversion by the period in which people entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trend: Option<Vec<FunnelTrendPoint>>,
    /// When asked for: how conversion grows with time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub survival: Option<Survival>,
    /// With `compare`: the whole answer for the second period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, no_recursion)]
    pub compared: Option<Box<FunnelAnswer>>,
}

impl FunnelAnswer {
    /// Puts the answer for a second period beside this one, and at each step what changed from then to now.
    #[must_use]
    pub fn with_compared(mut self, other: Self) -> Self {
        let first = (other.counts.first().copied().unwrap_or(0), self.counts.first().copied().unwrap_or(0));
        for (index, step) in self.steps.iter_mut().enumerate().skip(1) {
            let Some(then) = other.steps.get(index) else { continue };
            // What a share is taken of: those at the last step before that may not be skipped.
            step.change = Some(Change::new((then.count, then.count_before), (step.count, step.count_before)));
            step.change_from_first = Some(Change::new((then.count, first.0), (step.count, first.1)));
        }
        self.compared = Some(Box::new(other));
        self
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StepAnswer {
    /// Its name.
    pub name: String,
    /// People who reached it.
    pub count: u64,
    /// Whether it may be skipped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// People at the step before that may not be skipped; at this one for the first.
    #[serde(skip)]
    pub(super) count_before: u64,
    /// Share of the step before that may not be skipped.
    pub conversion_from_prev: f64,
    /// Share of the first step.
    pub conversion_from_first: f64,
    /// Lower end of the 95 % Wilson interval of the share of the step before.
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
    /// Mean seconds from the step taken before.
    #[schema(required)]
    pub avg_s: Option<f64>,
    /// Median seconds from the step taken before.
    #[schema(required)]
    pub median_s: Option<f64>,
    /// A quarter took no longer than this.
    #[schema(required)]
    pub p25_s: Option<f64>,
    /// Three quarters took no longer than this.
    #[schema(required)]
    pub p75_s: Option<f64>,
    /// Nine of ten took no longer than this.
    #[schema(required)]
    pub p90_s: Option<f64>,
    /// Nineteen of twenty took no longer than this.
    #[schema(required)]
    pub p95_s: Option<f64>,
    /// People lost since the step before; 0 for a step that may be skipped.
    pub dropped: u64,
    /// With `value`: the sum of the property over the events that count here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub value_sum: Option<f64>,
    /// With `value`: that by the people who came here; null for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_mean: Option<Option<f64>>,
    /// With `compare`: what changed in the share of the step before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change: Option<Change>,
    /// With `compare`: what changed in the share of the first step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change_from_first: Option<Change>,
}

/// The difference of two shares: that of the period asked about less that of the one it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = ShareChange)]
pub struct Change {
    /// The difference: 0.02 when 10 % became 12 %.
    pub diff: f64,
    /// Lower end of its 95 % interval (Newcombe's hybrid score).
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
    /// The chance of a difference at least as large if nothing had changed (two proportions, pooled z, two-sided);
    /// null when nobody or everybody came through in both.
    #[schema(required)]
    pub p_value: Option<f64>,
}

impl Change {
    /// From (people here, people before) then and now.
    fn new(then: (u64, u64), now: (u64, u64)) -> Self {
        let (ci_low, ci_high) = stats::newcombe_95(then, now);
        let diff = share(now.0, now.1) - share(then.0, then.1);
        Self { diff, ci_low, ci_high, p_value: stats::two_proportions_p(then, now) }
    }
}

/// The people who entered in one period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FunnelTrendPoint {
    /// When the period begins.
    pub start: Timestamp,
    /// Of those who entered in it, how many reached each step.
    pub counts: Vec<u64>,
    /// Of the first step, the share that came to the last; null when nobody entered.
    #[schema(required)]
    pub conversion: Option<f64>,
    /// Whether some who have not come through had not had their whole window yet: the numbers may still grow.
    pub is_unfinished: bool,
}

/// How conversion from the first to the last step grows with time (Kaplan-Meier).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FunnelSurvival)]
pub struct Survival {
    /// Each time after which somebody came through, at most 500 of them, evenly chosen; before them the beginning.
    pub points: Vec<SurvivalPoint>,
    /// Seconds after which half have come through; null when fewer do.
    #[schema(required)]
    pub median_s: Option<f64>,
}

/// A point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct SurvivalPoint {
    /// Seconds since the first step.
    pub s: f64,
    /// The share that has come through by then, 0 to 1.
    pub converted: f64,
    /// People who had not, and were still seen, just before.
    pub at_risk: u64,
    /// Lower end of the 95 % interval of the share.
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
}

/// The funnel of one value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BreakdownSteps {
    /// The value; `""` for people without one. With two properties the JSON array of their values.
    pub value: String,
    /// With two properties: the value of each, `""` for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub values: Option<Vec<String>>,
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
    /// A quarter took no longer than this.
    #[schema(required)]
    pub p25_s: Option<f64>,
    /// Three quarters took no longer than this.
    #[schema(required)]
    pub p75_s: Option<f64>,
    /// Nine of ten took no longer than this.
    #[schema(required)]
    pub p90_s: Option<f64>,
    /// Nineteen of twenty took no longer than this.
    #[schema(required)]
    pub p95_s: Option<f64>,
}

/// A share of nobody is 0: no conversion was seen.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
