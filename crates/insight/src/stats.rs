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

/// The arithmetic mean of whole numbers, the same in whatever order they come; `None` of nothing.
pub fn mean_of_whole(values: &[i64]) -> Option<f64> {
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    (!values.is_empty()).then(|| sum as f64 / values.len() as f64)
}

/// What [`percentile`] gives at each of these shares (ascending) of whole numbers in any order. Sorted are only those
/// near the places asked for: a count by size says which they are.
pub fn percentiles_of_whole<const N: usize>(values: &[i64], shares: [f64; N]) -> [Option<f64>; N] {
    let (Some(least), Some(most)) = (values.iter().min(), values.iter().max()) else { return [None; N] };
    let last = values.len() - 1;
    let places = shares.map(|share| share.clamp(0.0, 1.0) * last as f64);
    let mut ranks: Vec<usize> =
        places.iter().flat_map(|place| [place.floor() as usize, place.ceil() as usize]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let found = of_ranks(values, (*least, *most), &ranks);
    places.map(|place| {
        let at = |rank: f64| ranks.binary_search(&(rank as usize)).map_or(0.0, |place| found[place] as f64);
        let (low, high) = (at(place.floor()), at(place.ceil()));
        Some(low + (high - low) * (place - place.floor()))
    })
}

/// The values that would be at these ranks (ascending) if all were sorted.
fn of_ranks(values: &[i64], (least, most): (i64, i64), ranks: &[usize]) -> Vec<i64> {
    const BIN_BITS: u32 = 12;
    let width = most.abs_diff(least);
    let shift = (u64::BITS - width.leading_zeros()).saturating_sub(BIN_BITS);
    let bin = |value: i64| (value.abs_diff(least) >> shift) as usize;
    let mut counts = vec![0usize; 1 << BIN_BITS];
    values.iter().for_each(|value| counts[bin(*value)] += 1);
    // By bin that holds a rank: how many values lie below it.
    let mut below = Vec::new();
    let mut is_wanted = vec![false; 1 << BIN_BITS];
    let (mut number, mut before) = (0, 0);
    for rank in ranks {
        while before + counts[number] <= *rank {
            before += counts[number];
            number += 1;
        }
        is_wanted[number] = true;
        below.push((number, before));
    }
    let mut near: Vec<i64> = values.iter().copied().filter(|value| is_wanted[bin(*value)]).collect();
    near.sort_unstable();
    let rank_in_bin = |(rank, (number, before)): (&usize, &(usize, usize))| {
        near[near.partition_point(|value| bin(*value) < *number) + rank - before]
    };
    ranks.iter().zip(&below).map(rank_in_bin).collect()
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

/// The median of values in any order: [`percentile`] at one half.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    percentile(&sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy;

    /// From a few equal ones to many that lie far apart.
    fn numbers() -> impl Strategy<Value = Vec<i64>> {
        let range = proptest::prop_oneof![0i64..3, 0i64..5_000, -1_000_000i64..1_000_000, 0i64..1 << 52];
        proptest::collection::vec(range, 0..80)
    }

    proptest::proptest! {
        #[test]
        fn whole_numbers_have_the_percentiles_of_all_numbers(values in numbers()) {
            let mut sorted: Vec<f64> = values.iter().map(|value| *value as f64).collect();
            sorted.sort_by(f64::total_cmp);
            let shares = [0.25, 0.5, 0.75, 0.9, 0.95];
            let wanted = shares.map(|share| super::percentile(&sorted, share));
            proptest::prop_assert_eq!(super::percentiles_of_whole(&values, shares), wanted);
        }
    }

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
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(mean(&[]), None);
    }
}
