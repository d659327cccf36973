//! The time between two steps as bars.

use super::answer::HistogramAnswer;
use crate::query::Bins;
use crate::stats;

/// Most bars of a histogram whose number is chosen by the number of people.
const AUTO_BINS_MAX: f64 = 60.0;

/// Width of the bars when all took the same time, in seconds.
const BIN_WIDTH_S_DEFAULT: f64 = 60.0;

/// The bars: as many as the cube root of the number of people, rounded up (a rule of thumb that PostHog
/// uses too: Rice's without its factor two); all of one width in whole seconds; one bar more, which begins
/// at or beyond the longest time.
pub(super) fn histogram(from_step: usize, to_step: usize, bins: Bins, mut times_s: Vec<f64>) -> HistogramAnswer {
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
        p25_s: stats::percentile(&times_s, 0.25),
        p75_s: stats::percentile(&times_s, 0.75),
        p90_s: stats::percentile(&times_s, 0.9),
        p95_s: stats::percentile(&times_s, 0.95),
    }
}
