//! First and last touch: of each person the first or last value that is not empty on any step event. Of one instant
//! that of the first or last step, and of one step that of the first or last letters.

use super::super::values::NO_VALUE;
use super::{PEOPLE_PER_SWEEP, Step, Stretch};
use crate::frame::{self, Codes};

/// Bits of a step in a place: there are fewer than 64.
const STEP_BITS: u32 = 6;
/// Nobody's touch: worse than every other.
const NONE: u128 = u128::MAX;

/// The values of a breakdown in the order of letters, for first or last touch.
pub(super) struct Letters {
    /// By code: the place of its value; 0 for none.
    ranks: Vec<u32>,
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
}

impl Letters {
    /// `numbers` are of values by code, `ranks` by number.
    pub(super) fn new(numbers: &[u32], ranks: &[u32], is_last: bool) -> Self {
        let mut by_rank = vec![NO_VALUE; ranks.len()];
        for (number, rank) in (0..).zip(ranks) {
            by_rank[*rank as usize] = number;
        }
        let ranks = numbers.iter().map(|number| ranks[*number as usize]).collect();
        Self { ranks, numbers: by_rank, flip: if is_last { u64::MAX } else { 0 } }
    }
}

impl Touches {
    /// The number of a person's value.
    pub(super) fn value(&self, letters: &Letters, person: u32) -> u32 {
        match self.found[(person % PEOPLE_PER_SWEEP) as usize] {
            NONE => NO_VALUE,
            found => letters.numbers[(found as u64 ^ letters.flip) as u32 as usize],
        }
    }

    /// Those of a stretch, instead of those known.
    pub(super) fn take(&mut self, stretch: &Stretch<'_>, steps: &[Step], letters: &Letters) {
        self.found.clear();
        self.found.resize(PEOPLE_PER_SWEEP as usize, NONE);
        for (index, keys) in stretch.steps.iter().enumerate() {
            let first = stretch.rows[index];
            // One loop for each width of the codes.
            match &steps[index].codes {
                Codes::Same(code) if letters.ranks[*code as usize] == 0 => {}
                Codes::Same(code) => self.step(keys, letters, index, |_| *code as usize),
                Codes::Bytes(codes) => self.step_of(keys, letters, index, &codes[first..], |code| usize::from(*code)),
                Codes::Shorts(codes) => self.step_of(keys, letters, index, &codes[first..], |code| usize::from(*code)),
                Codes::Words(codes) => self.step_of(keys, letters, index, &codes[first..], |code| *code as usize),
            }
        }
    }

    fn step_of<T>(&mut self, keys: &[u64], letters: &Letters, index: usize, codes: &[T], code: impl Fn(&T) -> usize) {
        let codes = &codes[..keys.len()];
        self.step(keys, letters, index, |row| code(&codes[row]));
    }

    /// Every event is compared, valued or not: whether it has a value could not be foretold.
    fn step(&mut self, keys: &[u64], letters: &Letters, index: usize, code: impl Fn(usize) -> usize) {
        let found = &mut self.found[..PEOPLE_PER_SWEEP as usize];
        for (row, key) in keys.iter().enumerate() {
            let rank = letters.ranks[code(row)];
            let place = frame::at_ms(*key).cast_unsigned() << STEP_BITS | index as u64;
            let is_none = u64::from(rank == 0).wrapping_neg();
            let high = (place ^ letters.flip) | is_none;
            let low = (u64::from(rank) ^ letters.flip) | is_none;
            let known = &mut found[(frame::person(*key) % PEOPLE_PER_SWEEP) as usize];
            *known = (*known).min(u128::from(high) << 64 | u128::from(low));
        }
    }
}
