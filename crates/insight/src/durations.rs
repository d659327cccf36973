//! Many lengths of time, and the numbers made of them.

/// Lengths of time in milliseconds, in no order. Those below 50 days take four bytes, so that what a question keeps of
/// millions of people stays small.
#[derive(Debug, Clone, Default)]
pub(crate) struct Durations {
    short: Vec<u32>,
    /// All of them longer than each short one.
    long: Vec<u64>,
}

impl Durations {
    pub(crate) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Add one; less than nothing is nothing.
    #[inline]
    pub(crate) fn push(&mut self, ms: i64) {
        match u32::try_from(ms.max(0)) {
            Ok(short) => self.short.push(short),
            Err(_) => self.long.push(ms.cast_unsigned()),
        }
    }

    /// Put two lists together: the shorter one is copied.
    pub(crate) fn join(&mut self, mut other: Self) {
        if other.len() > self.len() {
            std::mem::swap(self, &mut other);
        }
        self.short.extend_from_slice(&other.short);
        self.long.extend_from_slice(&other.long);
    }

    /// The arithmetic mean, the same in whatever order they came; `None` of nothing.
    pub(crate) fn mean_ms(&self) -> Option<f64> {
        let short: u64 = self.short.iter().map(|ms| u64::from(*ms)).sum();
        let long: u128 = self.long.iter().map(|ms| u128::from(*ms)).sum();
        (self.len() > 0).then(|| (u128::from(short) + long) as f64 / self.len() as f64)
    }

    /// What [`crate::stats::percentile`] gives at each of these shares (ascending). Sorted are only those near the
    /// places asked for: a count by size says which they are.
    pub(crate) fn percentiles_ms<const N: usize>(&self, shares: [f64; N]) -> [Option<f64>; N] {
        let Some(last) = self.len().checked_sub(1) else { return [None; N] };
        let places = shares.map(|share| share.clamp(0.0, 1.0) * last as f64);
        let mut ranks: Vec<usize> =
            places.iter().flat_map(|place| [place.floor() as usize, place.ceil() as usize]).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let (short, long) = ranks.split_at(ranks.partition_point(|rank| *rank < self.short.len()));
        let long: Vec<usize> = long.iter().map(|rank| rank - self.short.len()).collect();
        let found = [of_ranks(&self.short, short), of_ranks(&self.long, &long)].concat();
        places.map(|place| {
            let at = |rank: f64| ranks.binary_search(&(rank as usize)).map_or(0.0, |place| found[place] as f64);
            let (low, high) = (at(place.floor()), at(place.ceil()));
            Some(low + (high - low) * (place - place.floor()))
        })
    }
}

/// The values that would be at these ranks (ascending) if all were sorted.
fn of_ranks<T: Copy + Ord + Into<u64>>(values: &[T], ranks: &[usize]) -> Vec<u64> {
    const BIN_BITS: u32 = 12;
    let (Some(least), Some(most)) = (values.iter().min(), values.iter().max()) else { return Vec::new() };
    let (least, most): (u64, u64) = ((*least).into(), (*most).into());
    let shift = (u64::BITS - (most - least).leading_zeros()).saturating_sub(BIN_BITS);
    let bin = |value: T| ((value.into() - least) >> shift) as usize;
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
    let mut near: Vec<T> = values.iter().copied().filter(|value| is_wanted[bin(*value)]).collect();
    near.sort_unstable();
    let rank_in_bin = |(rank, (number, before)): (&usize, &(usize, usize))| {
        near[near.partition_point(|value| bin(*value) < *number) + rank - before].into()
    };
    ranks.iter().zip(&below).map(rank_in_bin).collect()
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy;

    use super::*;
    use crate::stats::percentile;

    /// From a few equal ones to many that lie far apart.
    fn lengths() -> impl Strategy<Value = Vec<i64>> {
        let edge = i64::from(u32::MAX);
        let range = proptest::prop_oneof![0i64..3, 0i64..5_000, edge - 2..edge + 3, 0i64..1 << 52];
        proptest::collection::vec(range, 0..80)
    }

    proptest::proptest! {
        #[test]
        fn durations_have_the_percentiles_and_the_mean_of_all_numbers(values in lengths(), parted in 0usize..80) {
            let (mut durations, mut others) = (Durations::default(), Durations::default());
            let (one, two) = values.split_at(parted.min(values.len()));
            one.iter().for_each(|ms| durations.push(*ms));
            two.iter().for_each(|ms| others.push(*ms));
            durations.join(others);
            let mut sorted: Vec<f64> = values.iter().map(|value| *value as f64).collect();
            sorted.sort_by(f64::total_cmp);
            let shares = [0.25, 0.5, 0.75, 0.9, 0.95];
            let wanted = shares.map(|share| percentile(&sorted, share));
            proptest::prop_assert_eq!(durations.percentiles_ms(shares), wanted);
            let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
            let mean = (!values.is_empty()).then(|| sum as f64 / values.len() as f64);
            proptest::prop_assert_eq!(durations.mean_ms(), mean);
        }
    }
}
