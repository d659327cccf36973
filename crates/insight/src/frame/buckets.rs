//! Which of many stretches of time a moment lies in, with one look instead of a search.

use std::hint::select_unpredictable;
use std::ops::Range;

use base::Timestamp;

use super::{AT_MS_MAX, SLOT_MS, slot};

/// Moments are first sorted into cells of 2^24 ms, 4.7 hours, or shorter ones where a stretch is shorter.
const CELL_BITS_MAX: u32 = 24;

/// Starts of stretches of time, ascending, made ready for many questions.
pub(crate) struct Buckets {
    look: AnyLook,
    /// When they begin and end with slots.
    slots: Option<Slots>,
}

enum AnyLook {
    Even(Even),
    Uneven(Uneven),
}

/// The bucket of every slot from the one before the first on to the one after the last.
struct Slots {
    before: u32,
    buckets: Vec<u32>,
}

/// More slots than this, 60 years, are not listed.
const SLOTS_MAX: u32 = 1 << 21;

/// Tells moments from each other by the stretch they lie in.
trait Look: Sync {
    /// How many stretches there are.
    fn len(&self) -> usize;

    /// The last stretch that begins at or before the moment; [`Self::len`] for a moment in none.
    fn of(&self, at_ms: i64) -> usize;
}

/// Stretches of the same length.
struct Even {
    count: usize,
    inside: Inside,
    first_ms: i64,
    /// 2^64 by the length, rounded up.
    share: u64,
}

/// Stretches of any length, as months are, or days when clocks change.
struct Uneven {
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
        let look = match Even::share(&starts, time.end) {
            Some(share) => AnyLook::Even(Even { count: starts.len(), inside, first_ms, share }),
            None => AnyLook::Uneven(Uneven::new(&starts, inside)),
        };
        let slots = Slots::new(&starts, start_ms..time.end);
        Self { look, slots }
    }

    /// How many there are; the bucket of a moment in none.
    pub(crate) fn len(&self) -> usize {
        match &self.look {
            AnyLook::Even(look) => look.len(),
            AnyLook::Uneven(look) => look.len(),
        }
    }

    /// The last bucket that begins at or before a moment.
    pub(crate) fn of(&self, at_ms: i64) -> usize {
        match &self.look {
            AnyLook::Even(look) => look.of(at_ms),
            AnyLook::Uneven(look) => look.of(at_ms),
        }
    }

    /// The same for many moments.
    pub(crate) fn find(&self, moments: impl Iterator<Item = i64>, found: &mut [u32]) {
        match &self.look {
            AnyLook::Even(look) => found.iter_mut().zip(moments).for_each(|(to, at_ms)| *to = look.of(at_ms) as u32),
            AnyLook::Uneven(look) => found.iter_mut().zip(moments).for_each(|(to, at_ms)| *to = look.of(at_ms) as u32),
        }
    }

    /// Whether the slot of a moment says its bucket.
    pub(crate) fn has_slots(&self) -> bool {
        self.slots.is_some()
    }

    /// The same for many slots; nothing where [`Self::has_slots`] does not hold.
    pub(crate) fn find_slots(&self, slots: &[u32], found: &mut [u32]) {
        let Some(known) = &self.slots else { return };
        let last = known.buckets.len() - 1;
        for (to, slot) in found.iter_mut().zip(slots) {
            *to = known.buckets[(slot.saturating_sub(known.before) as usize).min(last)];
        }
    }
}

impl Slots {
    /// None when a bucket begins or ends within a slot.
    fn new(starts: &[i64], time: Range<i64>) -> Option<Self> {
        let is_edge = |at_ms: i64| (1..AT_MS_MAX).contains(&at_ms) && at_ms.cast_unsigned().is_multiple_of(SLOT_MS);
        let edges = starts.iter().copied().chain([time.start, time.end]);
        if starts.is_empty() || !edges.into_iter().all(is_edge) {
            return None;
        }
        let (first, end) = (slot(time.start), slot(time.end));
        if end <= first || end - first > SLOTS_MAX {
            return None;
        }
        let none = starts.len() as u32;
        let mut buckets = vec![none];
        let mut bucket = 0;
        for here in first..end {
            while starts.get(bucket + 1).is_some_and(|next| slot(*next) <= here) {
                bucket += 1;
            }
            buckets.push(bucket as u32);
        }
        buckets.push(none);
        Some(Self { before: first - 1, buckets })
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
            in_slots in proptest::prelude::any::<bool>(),
        ) {
            // Whole slots, or any milliseconds.
            let unit = if in_slots { SLOT_MS.cast_signed() } else { 1 };
            let (from, to) = (from / unit * unit, to / unit * unit);
            let mut at = 900_000;
            let starts = gaps.iter().map(|gap| { at += (gap / unit).max(1) * unit; Timestamp::from_ms(at) });
            let starts: Vec<Timestamp> = starts.collect();
            let buckets = Buckets::new(&starts, from..to);
            let edges = starts.iter().flat_map(|start| [start.ms() - 1, start.ms()]);
            for moment in moments.into_iter().chain(edges).chain([from, to - 1, to]) {
                let wanted = calendar::bucket(&starts, moment).filter(|_| (from..to).contains(&moment));
                proptest::prop_assert_eq!(buckets.of(moment), wanted.unwrap_or(starts.len()));
                let mut found = [0; 2];
                buckets.find([moment, moment].into_iter(), &mut found);
                proptest::prop_assert_eq!(found, [buckets.of(moment) as u32; 2]);
                if buckets.has_slots() {
                    buckets.find_slots(&[slot(moment), slot(moment)], &mut found);
                    proptest::prop_assert_eq!(found, [buckets.of(moment) as u32; 2]);
                }
            }
        }
    }

    #[test]
    fn days_and_weeks_are_even() {
        for (days, count) in [(1, 366), (7, 104)] {
            let starts: Vec<_> = (0..count).map(|start| Timestamp::from_ms(start * days * 86_400_000)).collect();
            let buckets = Buckets::new(&starts, 0..count * days * 86_400_000);
            assert!(matches!(buckets.look, AnyLook::Even(_)), "{days}");
            let later: Vec<_> = starts.iter().map(|start| Timestamp::from_ms(start.ms() + 86_400_000)).collect();
            assert!(Buckets::new(&later, 86_400_000..(count * days + 1) * 86_400_000).has_slots(), "{days}");
        }
    }
}
