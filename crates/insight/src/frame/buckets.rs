//! Which of many stretches of time a moment lies in, with one look instead of a search.

use std::hint::select_unpredictable;
use std::ops::Range;

use base::Timestamp;
use multiversion::multiversion;

use super::{AT_MS_MAX, SLOT_MS, slot};

/// Moments are first sorted into cells of 2^24 ms, 4.7 hours, or shorter ones where a stretch is shorter.
const CELL_BITS_MAX: u32 = 24;

/// The number of a bucket, as small as their number lets it be.
pub(crate) trait Place: Copy + PartialEq + Default {
    /// The largest one.
    const MAX: usize;

    /// A bucket by its number, which is not above [`Self::MAX`].
    fn of(bucket: u32) -> Self;

    fn number(self) -> usize;
}

macro_rules! place {
    ($($kind:ty)*) => {
        $(impl Place for $kind {
            const MAX: usize = <$kind>::MAX as usize;

            fn of(bucket: u32) -> Self {
                bucket as $kind
            }

            fn number(self) -> usize {
                self as usize
            }
        })*
    };
}
place!(u8 u32);

/// Starts of stretches of time, ascending, made ready for many questions.
pub(crate) struct Buckets {
    count: usize,
    inside: Inside,
    look: Look,
    /// When they begin and end with slots.
    slots: Option<Slots>,
}

enum Look {
    Even(Even),
    Uneven(Uneven),
}

/// Stretches of the same length.
struct Even {
    first_ms: i64,
    /// 2^64 by the length, rounded up.
    share: u64,
}

/// Stretches of any length, as months are, or days when clocks change.
struct Uneven {
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
        let look = match Even::new(&starts, time.end) {
            Some(even) => Look::Even(even),
            None => Look::Uneven(Uneven::new(&starts)),
        };
        let slots = Slots::new(&starts, start_ms..time.end);
        Self { count: starts.len(), inside, look, slots }
    }

    /// How many there are; the bucket of a moment in none.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The last bucket that begins at or before a moment.
    pub(crate) fn of(&self, at_ms: i64) -> usize {
        match &self.look {
            Look::Even(look) => self.placed(at_ms, look.bucket(at_ms)),
            Look::Uneven(look) => self.placed(at_ms, look.bucket(at_ms)),
        }
    }

    #[inline]
    fn placed(&self, at_ms: i64, bucket: usize) -> usize {
        select_unpredictable(self.inside.has(at_ms), bucket, self.count)
    }

    /// The same for many moments.
    pub(crate) fn find<P: Place>(&self, moments: impl Iterator<Item = i64>, found: &mut [P]) {
        let each = found.iter_mut().zip(moments);
        match &self.look {
            Look::Even(look) => {
                each.for_each(|(to, at_ms)| *to = P::of(self.placed(at_ms, look.bucket(at_ms)) as u32));
            }
            Look::Uneven(look) => {
                each.for_each(|(to, at_ms)| *to = P::of(self.placed(at_ms, look.bucket(at_ms)) as u32));
            }
        }
    }

    /// When the slot of a moment says its bucket.
    pub(crate) fn slots(&self) -> Option<&Slots> {
        self.slots.as_ref()
    }
}

impl Even {
    /// None when the stretches are not of one length, or so long that a product would not tell them from each other.
    fn new(starts: &[i64], end_ms: i64) -> Option<Self> {
        let (first, second) = (*starts.first()?, starts.get(1)?);
        let length = second.abs_diff(first);
        let share = u64::MAX / length + 1;
        // What rounding adds to a stretch, in 2^-64: it must stay below 1 over the whole time.
        let error = u128::from(share) * u128::from(length) - (1 << 64);
        let last = starts.last().map_or(0, |last| last.abs_diff(first)) + length;
        let is_even =
            starts.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == length) && end_ms.abs_diff(first) <= last;
        (is_even && u128::from(last) * error < 1 << 64).then_some(Self { first_ms: first, share })
    }

    #[inline]
    fn bucket(&self, at_ms: i64) -> usize {
        let after = at_ms.wrapping_sub(self.first_ms).cast_unsigned();
        ((u128::from(after) * u128::from(self.share)) >> 64) as usize
    }
}

impl Uneven {
    fn new(starts: &[i64]) -> Self {
        let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
            return Self { first_ms: 0, cell_bits: 0, cells: vec![Cell { bucket: 0, next_ms: i64::MAX }] };
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
        Self { first_ms: *first, cell_bits, cells: cells.collect() }
    }

    #[inline]
    fn bucket(&self, at_ms: i64) -> usize {
        let cell = (at_ms.wrapping_sub(self.first_ms).cast_unsigned() >> self.cell_bits) as usize;
        let cell = self.cells[cell.min(self.cells.len() - 1)];
        cell.bucket as usize + usize::from(at_ms >= cell.next_ms)
    }
}

/// The bucket of every slot.
pub(crate) struct Slots {
    first: u32,
    count: u32,
    /// The bucket of the others.
    none: u32,
    kind: SlotsKind,
}

/// More slots than this, 60 years, are not listed.
const SLOTS_MAX: u32 = 1 << 21;
const _: () = assert!(SLOTS_MAX <= WHOLE_BITS);

enum SlotsKind {
    Even(EvenSlots),
    /// From the first on, and one for what lies behind the last.
    Listed(Vec<u32>),
}

/// Buckets of as many slots each.
#[derive(Clone, Copy)]
struct EvenSlots {
    /// Where the first bucket begins.
    begin: u32,
    /// 1 by the slots of a bucket.
    share: f32,
    /// What makes rounding to the nearest bucket rounding down.
    down: f32,
}

/// To add it rounds to a whole number, which is then the lowest bits: near 1.5 times 2^23 floats are 1 apart.
const WHOLE: f32 = (3u32 << 22) as f32;
const WHOLE_BITS: u32 = (1 << 22) - 1;

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
        let starts: Vec<u32> = starts.iter().map(|start| slot(*start)).collect();
        let none = starts.len() as u32;
        let kind = match EvenSlots::new(&starts, end) {
            Some(even) => SlotsKind::Even(even),
            None => SlotsKind::Listed(listed(&starts, first..end)),
        };
        Some(Self { first, count: end - first, none, kind })
    }

    /// The buckets of many slots.
    pub(crate) fn find<P: Place>(&self, slots: &[u32], found: &mut [P]) {
        let Self { first, count, none, .. } = *self;
        match &self.kind {
            SlotsKind::Even(even) => find_even(*even, first..first + count, none, slots, found),
            SlotsKind::Listed(buckets) => found.iter_mut().zip(slots).for_each(|(to, slot)| {
                let place = slot.wrapping_sub(first).min(count) as usize;
                *to = P::of(buckets.get(place).copied().unwrap_or(none));
            }),
        }
    }
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
fn find_even<P: Place>(even: EvenSlots, inside: Range<u32>, none: u32, slots: &[u32], found: &mut [P]) {
    let count = inside.end - inside.start;
    for (to, slot) in found.iter_mut().zip(slots) {
        let is_inside = slot.wrapping_sub(inside.start) < count;
        *to = P::of(if is_inside { even.bucket(*slot) } else { none });
    }
}

fn listed(starts: &[u32], slots: Range<u32>) -> Vec<u32> {
    let mut bucket = 0;
    let found = slots.map(|slot| {
        while starts.get(bucket + 1).is_some_and(|next| *next <= slot) {
            bucket += 1;
        }
        bucket as u32
    });
    found.collect()
}

impl EvenSlots {
    /// None when the buckets are not of one length, or rounding would confuse them.
    fn new(starts: &[u32], end: u32) -> Option<Self> {
        let (begin, second) = (*starts.first()?, starts.get(1)?);
        let length = second - begin;
        let last = starts.last()?;
        if end.saturating_sub(*last) > length || starts.windows(2).any(|pair| pair[1] - pair[0] != length) {
            return None;
        }
        let share = 1.0 / length as f32;
        let even = Self { begin, share, down: 0.5 * share - 0.5 };
        // None of the operations ever lets a later slot have an earlier bucket: between right edges all is right.
        let is_right = |(bucket, start): (u32, &u32)| {
            [*start, *start + length - 1].into_iter().all(|slot| even.bucket(slot) == bucket)
        };
        (0..).zip(starts).all(is_right).then_some(even)
    }

    #[inline(always)]
    fn bucket(self, slot: u32) -> u32 {
        let after = slot.wrapping_sub(self.begin).cast_signed() as f32;
        (after * self.share + self.down + WHOLE).to_bits() & WHOLE_BITS
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
                let mut found = [0u32; 2];
                buckets.find([moment, moment].into_iter(), &mut found);
                proptest::prop_assert_eq!(found, [buckets.of(moment) as u32; 2]);
                if let Some(slots) = buckets.slots() {
                    slots.find(&[slot(moment), slot(moment)], &mut found);
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
            assert!(matches!(buckets.look, Look::Even(_)), "{days}");
            let later: Vec<_> = starts.iter().map(|start| Timestamp::from_ms(start.ms() + 86_400_000)).collect();
            let buckets = Buckets::new(&later, 86_400_000..(count * days + 1) * 86_400_000);
            assert!(matches!(buckets.slots(), Some(Slots { kind: SlotsKind::Even(_), .. })), "{days}");
        }
    }
}
