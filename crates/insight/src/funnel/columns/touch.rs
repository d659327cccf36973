//! First and last touch: of each person the first or last value that is not empty on any step event. Of one instant
//! that of the first or last step, and of one step that of the first or last letters.

use std::ops::BitXor;

use super::super::values::NO_VALUE;
use super::{PEOPLE_PER_SWEEP, Step, Stretch};
use crate::frame::{self, Codes, Valued};
use crate::query::STEPS_MAX;

/// Bits of a step in a place.
const STEP_BITS: u32 = 6;
/// Later than every event's place.
const PLACE_LAST: u64 = ((frame::AT_MS_MAX.cast_unsigned() + 1) << STEP_BITS) - 1;
const _: () = assert!(STEPS_MAX < 1 << STEP_BITS);

/// The values of a breakdown in the order of letters, for first or last touch.
pub(super) struct Letters {
    /// By code: the place of its value; 0 for none.
    ranks: Vec<u32>,
    /// By code: whether it is a value.
    has: Vec<bool>,
    /// By place: the number of the value.
    numbers: Vec<u32>,
    is_last: bool,
}

/// A touch: time and step, then the place among the letters, as one number that is better when it is smaller.
trait Touch: Copy + Ord + BitXor<Output = Self> {
    const RANK_BITS: u32;
    /// Turns every comparison around for the last touch.
    const FLIP: Self;

    fn new(place: u64, rank: u32) -> Self;

    fn rank(self) -> u32;
}

/// For few values.
impl Touch for u64 {
    const RANK_BITS: u32 = PLACE_LAST.leading_zeros();
    const FLIP: Self = Self::MAX;

    fn new(place: u64, rank: u32) -> Self {
        place << Self::RANK_BITS | Self::from(rank)
    }

    fn rank(self) -> u32 {
        (self & ((1 << Self::RANK_BITS) - 1)) as u32
    }
}

impl Touch for u128 {
    const RANK_BITS: u32 = u32::BITS;
    const FLIP: Self = Self::MAX;

    fn new(place: u64, rank: u32) -> Self {
        Self::from(place) << Self::RANK_BITS | Self::from(rank)
    }

    fn rank(self) -> u32 {
        self as u32
    }
}

/// The touch of each person of a stretch; one of both lists is used.
#[derive(Default)]
pub(super) struct Touches {
    few: Vec<u64>,
    many: Vec<u128>,
    /// The events of one step that have a value.
    valued: Vec<Valued>,
}

impl Letters {
    /// `numbers` are of values by code, `ranks` by number.
    pub(super) fn new(numbers: &[u32], ranks: &[u32], is_last: bool) -> Self {
        let mut by_rank = vec![NO_VALUE; ranks.len()];
        for (number, rank) in (0..).zip(ranks) {
            by_rank[*rank as usize] = number;
        }
        let ranks: Vec<u32> = numbers.iter().map(|number| ranks[*number as usize]).collect();
        let has = ranks.iter().map(|rank| *rank != 0).collect();
        Self { ranks, has, numbers: by_rank, is_last }
    }

    fn are_few(&self) -> bool {
        self.numbers.len() <= 1 << u64::RANK_BITS
    }

    /// What is better when it is smaller.
    fn touch<T: Touch>(&self, place: u64, rank: u32) -> T {
        let touch = T::new(place, rank);
        if self.is_last { touch ^ T::FLIP } else { touch }
    }

    /// Nobody's touch: worse than every other, and its value is none.
    fn nothing<T: Touch>(&self) -> T {
        self.touch(if self.is_last { 0 } else { PLACE_LAST }, 0)
    }

    /// The number of a touch's value.
    fn number<T: Touch>(&self, touch: T) -> u32 {
        let touch = if self.is_last { touch ^ T::FLIP } else { touch };
        self.numbers[touch.rank() as usize]
    }
}

impl Touches {
    /// The number of a person's value.
    pub(super) fn value(&self, letters: &Letters, person: u32) -> u32 {
        let place = (person % PEOPLE_PER_SWEEP) as usize;
        if letters.are_few() { letters.number(self.few[place]) } else { letters.number(self.many[place]) }
    }

    /// Those of a stretch, instead of those known.
    pub(super) fn take(&mut self, stretch: &Stretch<'_>, steps: &[Step], letters: &Letters) {
        let Self { few, many, valued } = self;
        if letters.are_few() {
            take(few, valued, stretch, steps, letters);
        } else {
            take(many, valued, stretch, steps, letters);
        }
    }
}

fn take<T: Touch>(
    found: &mut Vec<T>,
    valued: &mut Vec<Valued>,
    stretch: &Stretch<'_>,
    steps: &[Step],
    letters: &Letters,
) {
    let nothing = letters.nothing();
    found.clear();
    found.resize(PEOPLE_PER_SWEEP as usize, nothing);
    for (index, (keys, first)) in stretch.steps.iter().zip(&stretch.rows).enumerate() {
        let mut see = |row: usize, code: u32| {
            let (key, rank) = (keys[row - first], letters.ranks[code as usize]);
            let touch = letters.touch(frame::at_ms(key).cast_unsigned() << STEP_BITS | index as u64, rank);
            let known = &mut found[(frame::person(key) % PEOPLE_PER_SWEEP) as usize];
            *known = (*known).min(if rank == 0 { nothing } else { touch });
        };
        let rows = *first..first + keys.len();
        if let Codes::Sparse(codes) = &steps[index].codes {
            codes.each(rows, see);
            continue;
        }
        valued.resize((keys.len() + 1).max(valued.len()), Valued::default());
        let count = steps[index].codes.valued(rows, &letters.has, valued);
        valued[..count].iter().for_each(|Valued { row, code }| see(*row as usize, *code));
    }
}
