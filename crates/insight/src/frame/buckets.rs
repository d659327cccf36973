//! Which of many stretches of time a moment lies in, with one look instead of a search.

use std::hint::select_unpredictable;
use std::ops::Range;

use base::Timestamp;

/// Moments are first sorted into cells of 2^24 ms, 4.7 hours, or shorter ones where a stretch is shorter.
const CELL_BITS_MAX: u32 = 24;

/// Starts of stretches of time, ascending, made ready for many questions.
pub(crate) enum Buckets {
    Even(Even),
    Uneven(Uneven),
}

/// Tells moments from each other by the stretch they lie in.
pub(crate) trait Look: Sync {
    /// How many stretches there are.
    fn len(&self) -> usize;

    /// The last stretch that begins at or before the moment; [`Self::len`] for a moment in none.
    fn of(&self, at_ms: i64) -> usize;
}

/// Stretches of the same length.
pub(crate) struct Even {
    count: usize,
    inside: Inside,
    first_ms: i64,
    /// 2^64 by the length, rounded up.
    share: u64,
}

/// Stretches of any length, as months are, or days when clocks change.
pub(crate) struct Uneven {
    count: usize,
    inside: Inside,
    first_ms: i64,
    cell_bits: u32,
    cells: Vec<Cell>,
}

/// What lies outside is in no stretch.
#[derive(Clone, Copy)]
struct Inside {
    start_ms: i64,
    length_ms: u64,
}

#[derive(Clone, Copy)]
struct Cell {
    /// The bucket in which the cell begins.
    bucket: u32,
    /// Where the next one begins: no other does in this cell.
    next_ms: i64,
}

impl Inside {
    #[inline]
    fn has(self, at_ms: i64) -> bool {
        at_ms.wrapping_sub(self.start_ms).cast_unsigned() < self.length_ms
    }
}

impl Buckets {
    /// For moments of a time: before the first start none is in a bucket.
    pub(crate) fn new(starts: &[Timestamp], time: Range<i64>) -> Self {
        let starts: Vec<i64> = starts.iter().map(|start| start.ms()).collect();
        let first_ms = starts.first().copied().unwrap_or(i64::MAX);
        let start_ms = time.start.max(first_ms);
        let inside = Inside { start_ms, length_ms: time.end.max(start_ms).abs_diff(start_ms) };
        match Even::share(&starts, time.end) {
            Some(share) => Self::Even(Even { count: starts.len(), inside, first_ms, share }),
            None => Self::Uneven(Uneven::new(&starts, inside)),
        }
    }
}

impl Even {
    /// None when the stretches are not of one length, or so long that a product would not tell them from each other.
    fn share(starts: &[i64], end_ms: i64) -> Option<u64> {
        let (first, second) = (starts.first()?, starts.get(1)?);
        let length = second.abs_diff(*first);
        let share = u64::MAX / length + 1;
        // What rounding adds to a stretch, in 2^-64: it must stay below 1 over the whole time.
        let error = u128::from(share) * u128::from(length) - (1 << 64);
        let last = starts.last().map_or(0, |last| last.abs_diff(*first)) + length;
        let is_even =
            starts.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == length) && end_ms.abs_diff(*first) <= last;
        (is_even && u128::from(last) * error < 1 << 64).then_some(share)
    }
}

impl Look for Even {
    fn len(&self) -> usize {
        self.count
    }

    #[inline]
    fn of(&self, at_ms: i64) -> usize {
        let after = at_ms.wrapping_sub(self.first_ms).cast_unsigned();
        let bucket = (u128::from(after) * u128::from(self.share)) >> 64;
        select_unpredictable(self.inside.has(at_ms), bucket as usize, self.count)
    }
}

impl Uneven {
    fn new(starts: &[i64], inside: Inside) -> Self {
        let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
            let cells = vec![Cell { bucket: 0, next_ms: i64::MAX }];
            return Self { count: 0, inside, first_ms: 0, cell_bits: 0, cells };
        };
        let shortest = starts.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(i64::MAX);
        let cell_bits = CELL_BITS_MAX.min(shortest.max(1).ilog2());
        let count = ((last - first) >> cell_bits) + 1;
        let mut bucket = 0;
        let cells = (0..count).map(|cell| {
            let begins_ms = first + (cell << cell_bits);
            while starts.get(bucket + 1).is_some_and(|next| *next <= begins_ms) {
                bucket += 1;
            }
            Cell { bucket: bucket as u32, next_ms: starts.get(bucket + 1).copied().unwrap_or(i64::MAX) }
        });
        Self { count: starts.len(), inside, first_ms: *first, cell_bits, cells: cells.collect() }
    }
}

impl Look for Uneven {
    fn len(&self) -> usize {
        self.count
    }

    #[inline]
    fn of(&self, at_ms: i64) -> usize {
        let cell = (at_ms.wrapping_sub(self.first_ms).cast_unsigned() >> self.cell_bits) as usize;
        let cell = self.cells[cell.min(self.cells.len() - 1)];
        let bucket = cell.bucket as usize + usize::from(at_ms >= cell.next_ms);
        select_unpredictable(self.inside.has(at_ms), bucket, self.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy;

    use super::*;
    use crate::calendar;

    proptest::proptest! {
        #[test]
        fn a_look_finds_what_a_search_finds(
            gaps in proptest::prop_oneof![
                proptest::collection::vec(1i64..100_000_000, 0..50),
                (1i64..700_000_000, 0usize..50).prop_map(|(gap, count)| vec![gap; count]),
                proptest::strategy::Just(vec![86_400_000; 200]),
            ],
            moments in proptest::collection::vec(0i64..40_000_000_000, 0..50),
            (from, to) in (0i64..2_000_000_000, 0i64..40_000_000_000),
        ) {
            let mut at = 1_000_000;
            let starts = gaps.iter().map(|gap| { at += gap; Timestamp::from_ms(at) });
            let starts: Vec<Timestamp> = starts.collect();
            let buckets = Buckets::new(&starts, from..to);
            let edges = starts.iter().flat_map(|start| [start.ms() - 1, start.ms()]);
            for moment in moments.into_iter().chain(edges).chain([from, to - 1, to]) {
                let wanted = calendar::bucket(&starts, moment).filter(|_| (from..to).contains(&moment));
                let found = match &buckets {
                    Buckets::Even(even) => even.of(moment),
                    Buckets::Uneven(uneven) => uneven.of(moment),
                };
                proptest::prop_assert_eq!(found, wanted.unwrap_or(starts.len()));
            }
        }
    }

    #[test]
    fn days_and_weeks_are_even() {
        for (days, count) in [(1, 366), (7, 104)] {
            let starts: Vec<_> = (0..count).map(|start| Timestamp::from_ms(start * days * 86_400_000)).collect();
            assert!(matches!(Buckets::new(&starts, 0..count * days * 86_400_000), Buckets::Even(_)), "{days}");
        }
    }
}
