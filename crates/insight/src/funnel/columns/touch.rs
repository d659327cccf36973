//! First and last touch: of each person the first or last value that is not empty on any step event. Of one instant
//! that of the first or last step, and of one step that of the first or last letters.

use super::super::values::NO_VALUE;
use super::{PEOPLE_PER_SWEEP, Step, Stretch};
use crate::frame::{self, Valued};

/// Bits of a step in a place: there are fewer than 64.
const STEP_BITS: u32 = 6;

/// The values of a breakdown in the order of letters, for first or last touch.
pub(super) struct Letters {
    /// By code: the place of its value; 0 for none.
    ranks: Vec<u32>,
    /// By code: whether it is a value.
    has: Vec<bool>,
    /// By place: the number of the value.
    numbers: Vec<u32>,
    /// Turns every comparison around for the last touch.
    flip: u64,
}

/// The touch of each person of a stretch: time and step, then the place among the letters, as one number that is
/// better when it is smaller.
#[derive(Default)]
pub(super) struct Touches {
    found: Vec<u128>,
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
        Self { ranks, has, numbers: by_rank, flip: if is_last { u64::MAX } else { 0 } }
    }

    /// What is better when it is smaller.
    fn found(&self, place: u64, rank: u32) -> u128 {
        u128::from(place ^ self.flip) << 64 | u128::from(u64::from(rank) ^ self.flip)
    }

    /// Nobody's touch: worse than every other, and its value is none.
    fn nothing(&self) -> u128 {
        self.found(u64::MAX ^ self.flip, 0)
    }
}

impl Touches {
    /// The number of a person's value.
    pub(super) fn value(&self, letters: &Letters, person: u32) -> u32 {
        let found = self.found[(person % PEOPLE_PER_SWEEP) as usize];
        letters.numbers[(found as u64 ^ letters.flip) as u32 as usize]
    }

    /// Those of a stretch, instead of those known.
    pub(super) fn take(&mut self, stretch: &Stretch<'_>, steps: &[Step], letters: &Letters) {
        self.found.clear();
        self.found.resize(PEOPLE_PER_SWEEP as usize, letters.nothing());
        for (index, (keys, first)) in stretch.steps.iter().zip(&stretch.rows).enumerate() {
            self.valued.resize((keys.len() + 1).max(self.valued.len()), Valued::default());
            let count = steps[index].codes.valued(*first..first + keys.len(), &letters.has, &mut self.valued);
            for Valued { row, code } in &self.valued[..count] {
                let key = keys[*row as usize - first];
                let place = frame::at_ms(key).cast_unsigned() << STEP_BITS | index as u64;
                let known = &mut self.found[(frame::person(key) % PEOPLE_PER_SWEEP) as usize];
                *known = (*known).min(letters.found(place, letters.ranks[*code as usize]));
            }
        }
    }
}
