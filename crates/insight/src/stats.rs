//! Small statistics: intervals of a proportion, comparison of two, mean and percentiles.

/// The standard normal quantile at 0.975: a two-sided interval of 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Wilson score interval of 95 % for `successes` of `trials`: (low, high), both within 0..=1. Of no trials
/// nothing is known: (0, 1).
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
/// (1927) 209-212; without continuity correction:
/// (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
pub fn wilson_95(successes: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let p = (successes.min(trials)) as f64 / n;
    let z2 = Z_95 * Z_95;
    let centre = p + z2 / (2.0 * n);
    let spread = Z_95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // At the ends the formula gives 0 and 1 but for rounding.
    let low = if successes == 0 { 0.0 } else { (centre - spread) / scale };
    let high = if successes >= trials { 1.0 } else { (centre + spread) / scale };
    (low, high)
}

/// z of two proportions with pooled variance, second minus first; `None` where there is no variance.
///
/// Source: the chi-squared test of R's `prop.test(correct = FALSE)`, of which this is the signed root.
pub fn two_proportions_z(first: (u64, u64), second: (u64, u64)) -> Option<f64> {
    let ((x1, n1), (x2, n2)) = (first, second);
    let (n1, n2) = (n1 as f64, n2 as f64);
    let pooled = (x1 + x2) as f64 / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let z = (x2 as f64 / n2 - x1 as f64 / n1) / error;
    z.is_finite().then_some(z)
}

/// The chance that two equal proportions differ at least as much as these do, in either direction; `None` where there
/// is no variance. From [`two_proportions_z`].
pub fn two_proportions_p(first: (u64, u64), second: (u64, u64)) -> Option<f64> {
    let z = two_proportions_z(first, second)?;
    Some(libm::erfc(z.abs() / std::f64::consts::SQRT_2))
}

/// Newcombe's hybrid score interval of 95 % for the difference of two proportions, second minus first.
///
/// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions",
/// Statistics in Medicine 17 (1998) 873-890, method 10: from the Wilson intervals of both.
pub fn newcombe_95(first: (u64, u64), second: (u64, u64)) -> (f64, f64) {
    let rate = |(x, n): (u64, u64)| if n == 0 { 0.0 } else { x as f64 / n as f64 };
    let (p1, p2) = (rate(first), rate(second));
    let (l1, u1) = wilson_95(first.0, first.1);
    let (l2, u2) = wilson_95(second.0, second.1);
    let difference = p2 - p1;
    (difference - (p2 - l2).hypot(u1 - p1), difference + (u2 - p2).hypot(p1 - l1))
}

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The value below which a share `q` (0..=1) of the values lies, of values in ascending order; `None` of
/// nothing. Between two values it is interpolated in a straight line: at place q·(n-1) of the sorted values
/// counted from 0.
///
/// Source: R. J. Hyndman & Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50
/// (1996) 361-365, definition 7: the default of R, NumPy and spreadsheets. The median of an even number of
/// values is the mean of the middle two.
pub fn percentile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_stay_within_reason() {
        assert_eq!(wilson_95(0, 0), (0.0, 1.0));
        let (low, high) = wilson_95(0, 10);
        assert!(low == 0.0 && (0.27..0.28).contains(&high), "{low} {high}");
        let (low, high) = wilson_95(10, 10);
        assert!((0.72..0.73).contains(&low) && high == 1.0, "{low} {high}");
        assert_eq!(two_proportions_z((0, 10), (0, 10)), None);
        assert_eq!(two_proportions_p((0, 10), (0, 10)), None);
    }

    /// R: `prop.test(c(130, 100), c(1000, 1000), correct = FALSE)`; Newcombe's method 10 for the interval.
    #[test]
    fn two_proportions_as_published() {
        let (first, second) = ((100, 1_000), (130, 1_000));
        let p = two_proportions_p(first, second).unwrap();
        assert!((p - 0.035_488_450_466_474_71).abs() < 1e-9, "{p}");
        let (low, high) = newcombe_95(first, second);
        assert!((low - 0.002_002_348_715_28).abs() < 1e-9 && (high - 0.058_070_485_022_2).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn percentiles_interpolate() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7.0], 0.9), Some(7.0));
        assert_eq!(percentile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(percentile(&[0.0, 10.0], 0.9), Some(9.0));
        assert_eq!(mean(&[]), None);
    }
}
