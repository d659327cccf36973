//! First and last touch: of each person the first or last value that is not empty on any step event. Of one instant
//! that of the first or last step, and of one step that of the first or last letters.

use super::super::values::NO_VALUE;
use super::{PEOPLE_PER_SWEEP, Step, Stretch};
use crate::frame::{self, Codes};

/// The touch of each person of a stretch.
#[derive(Default)]
pub(super) struct Touches {
    found: Vec<Touch>,
}

#[derive(Clone, Copy)]
struct Touch {
    /// Time and step as one number that is better when it is smaller.
    place: u64,
    /// In the order of letters, again so that smaller is better.
    rank: u32,
    value: u32,
}

const NONE: Touch = Touch { place: u64::MAX, rank: u32::MAX, value: NO_VALUE };
/// Bits of a step in a place: there are fewer than 64.
const STEP_BITS: u32 = 6;

impl Touches {
    /// The number of a person's value.
    pub(super) fn value(&self, person: u32) -> u32 {
        self.found[(person % PEOPLE_PER_SWEEP) as usize].value
    }

    /// Those of a stretch, instead of those known. `numbers` are of values by code, `ranks` by number.
    pub(super) fn take(
        &mut self,
        stretch: &Stretch<'_>,
        steps: &[Step],
        numbers: &[u32],
        ranks: &[u32],
        is_last: bool,
    ) {
        self.found.clear();
        self.found.resize(PEOPLE_PER_SWEEP as usize, NONE);
        for (index, keys) in stretch.steps.iter().enumerate() {
            let first = stretch.rows[index];
            let mut step = StepTouches { found: &mut self.found, keys, index: index as u64, numbers, ranks, is_last };
            // One loop for each width of the codes.
            match &steps[index].codes {
                Codes::Same(code) if numbers[*code as usize] == NO_VALUE => {}
                Codes::Same(code) => step.take(|_| *code),
                Codes::Bytes(codes) => step.take_from(&codes[first..], |code| u32::from(*code)),
                Codes::Shorts(codes) => step.take_from(&codes[first..], |code| u32::from(*code)),
                Codes::Words(codes) => step.take_from(&codes[first..], |code| *code),
            }
        }
    }
}

struct StepTouches<'a> {
    found: &'a mut [Touch],
    keys: &'a [u64],
    index: u64,
    numbers: &'a [u32],
    ranks: &'a [u32],
    is_last: bool,
}

impl StepTouches<'_> {
    fn take_from<T>(&mut self, codes: &[T], code: impl Fn(&T) -> u32) {
        let codes = &codes[..self.keys.len()];
        self.take(|row| code(&codes[row]));
    }

    fn take(&mut self, code: impl Fn(usize) -> u32) {
        for (row, key) in self.keys.iter().enumerate() {
            let value = self.numbers[code(row) as usize];
            if value == NO_VALUE {
                continue;
            }
            let mut place = frame::at_ms(*key).cast_unsigned() << STEP_BITS | self.index;
            if self.is_last {
                place = !place;
            }
            let known = &mut self.found[(frame::person(*key) % PEOPLE_PER_SWEEP) as usize];
            if place <= known.place {
                let rank = self.ranks[value as usize];
                let rank = if self.is_last { !rank } else { rank };
                if place < known.place || rank < known.rank {
                    *known = Touch { place, rank, value };
                }
            }
        }
    }
}
