//! Many lengths of time, and the numbers made of them.

use multiversion::multiversion;

/// Numbers that lie together. Longer lists are not moved to a larger place when they grow, nor to be put together.
const CHUNK: usize = 1 << 14;

/// Lengths of time in milliseconds, in no order. Those below 50 days take four bytes, so that what a question keeps of
/// millions of people stays small.
#[derive(Debug, Clone, Default)]
pub(crate) struct Durations {
    /// The last of them takes what comes.
    short: Vec<Vec<u32>>,
    /// All of them longer than each short one.
    long: Vec<u64>,
}

impl Durations {
    pub(crate) fn len(&self) -> usize {
        self.short_len() + self.long.len()
    }

    fn short_len(&self) -> usize {
        self.short.iter().map(Vec::len).sum()
    }

    /// Add one; less than nothing is nothing.
    #[inline]
    pub(crate) fn push(&mut self, ms: i64) {
        let Ok(short) = u32::try_from(ms.max(0)) else {
            self.long.push(ms.cast_unsigned());
            return;
        };
        match self.short.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(short),
            _ => self.short.push(vec![short]),
        }
    }

    /// Put two lists together.
    pub(crate) fn join(&mut self, mut other: Self) {
        if other.short.last().is_some_and(|chunk| chunk.len() == CHUNK) {
            std::mem::swap(&mut self.short, &mut other.short);
        }
        match (self.short.last_mut(), other.short.as_slice()) {
            (Some(last), [only]) if last.len() + only.len() <= CHUNK => last.extend_from_slice(only),
            _ => self.short.append(&mut other.short),
        }
        self.long.append(&mut other.long);
    }

    /// The arithmetic mean, the same in whatever order they came; `None` of nothing.
    pub(crate) fn mean_ms(&self) -> Option<f64> {
        let short: u64 = self.short.iter().map(|chunk| sum(chunk)).sum();
        let long: u128 = self.long.iter().map(|ms| u128::from(*ms)).sum();
        (self.len() > 0).then(|| (u128::from(short) + long) as f64 / self.len() as f64)
    }

    /// What [`crate::stats::percentile`] gives at each of these shares (ascending). Sorted are only those near the
    /// places asked for: a count by size says which they are.
    pub(crate) fn percentiles_ms<const N: usize>(&self, shares: [f64; N]) -> [Option<f64>; N] {
        let Some(last) = self.len().checked_sub(1) else { return [None; N] };
        let short_len = self.short_len();
        let places = shares.map(|share| share.clamp(0.0, 1.0) * last as f64);
        let mut ranks: Vec<usize> =
            places.iter().flat_map(|place| [place.floor() as usize, place.ceil() as usize]).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let (short, long) = ranks.split_at(ranks.partition_point(|rank| *rank < short_len));
        let long: Vec<usize> = long.iter().map(|rank| rank - short_len).collect();
        let chunks: Vec<&[u32]> = self.short.iter().map(Vec::as_slice).collect();
        let found = [of_ranks(&chunks, short), of_ranks(&[&self.long], &long)].concat();
        places.map(|place| {
            let at = |rank: f64| ranks.binary_search(&(rank as usize)).map_or(0.0, |place| found[place] as f64);
            let (low, high) = (at(place.floor()), at(place.ceil()));
            Some(low + (high - low) * (place - place.floor()))
        })
    }
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
fn sum(all: &[u32]) -> u64 {
    let mut sum = 0;
    for ms in all {
        sum += u64::from(*ms);
    }
    sum
}

/// The least and the most of them.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
fn edges<T: Copy + Ord>(all: &[T]) -> Option<(T, T)> {
    let (mut least, mut most) = (*all.first()?, *all.first()?);
    for value in all {
        least = least.min(*value);
        most = most.max(*value);
    }
    Some((least, most))
}

/// The values that would be at these ranks (ascending) if all were sorted.
fn of_ranks<T: Copy + Ord + Into<u64>>(chunks: &[&[T]], ranks: &[usize]) -> Vec<u64> {
    const BIN_BITS: u32 = 12;
    let edges = chunks.iter().filter_map(|chunk| edges(chunk));
    let edges = edges.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let Some((least, most)) = edges else { return Vec::new() };
    let (least, most): (u64, u64) = (least.into(), most.into());
    let shift = (u64::BITS - (most - least).leading_zeros()).saturating_sub(BIN_BITS);
    let bin = |value: T| ((value.into() - least) >> shift) as usize;
    let mut counts = vec![0usize; 1 << BIN_BITS];
    for chunk in chunks {
        chunk.iter().for_each(|value| counts[bin(*value)] += 1);
    }
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
    let mut near: Vec<T> = Vec::new();
    for chunk in chunks {
        near.extend(chunk.iter().filter(|value| is_wanted[bin(**value)]));
    }
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

    #[test]
    fn long_lists_are_put_together_in_chunks() {
        let of = |range: std::ops::Range<i64>| {
            let mut durations = Durations::default();
            range.for_each(|ms| durations.push(ms));
            durations
        };
        let edge = CHUNK as i64;
        for (one, two) in [(0, edge), (edge, 1), (edge, edge), (edge + 1, edge - 1), (3 * edge + 5, 2), (5, 3 * edge)] {
            let mut all = of(0..one);
            all.join(of(one..one + two));
            all.push(one + two);
            let last = (one + two) as f64;
            assert_eq!((all.len() as i64, all.mean_ms()), (one + two + 1, Some(last / 2.0)));
            assert_eq!(all.percentiles_ms([0.0, 0.5, 1.0]), [Some(0.0), Some(last / 2.0), Some(last)]);
            assert!(all.short.len() as i64 <= (one + two) / edge + 2, "{one} {two} {}", all.short.len());
        }
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
