//! First and last touch: of each person the first or last value that is not empty on any step event. Of one instant
//! that of the first or last step, and of one step that of the first or last letters.

use super::super::values::NO_VALUE;
use super::{PEOPLE_PER_SWEEP, Step, Stretch};
use crate::frame::{self, Codes};

/// Bits of a step in a place: there are fewer than 64.
const STEP_BITS: u32 = 6;

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
    /// The events of one step that have a value.
    valued: Vec<Valued>,
}

/// An event that has a value.
#[derive(Clone, Copy)]
struct Valued {
    key: u64,
    /// Of its value among the letters.
    rank: u32,
}

/// Of no person in any block.
const NOBODYS: Valued = Valued { key: u64::MAX, rank: 0 };

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

    /// Of each person the touch among the events of this step is compared with those among earlier ones.
    fn step(&mut self, keys: &[u64], letters: &Letters, index: usize, code: impl Fn(usize) -> usize) {
        let Self { found, valued } = self;
        let event = |row: usize| Valued { key: keys[row], rank: letters.ranks[code(row)] };
        let take = |Valued { key, rank }: Valued| {
            let place = frame::at_ms(key).cast_unsigned() << STEP_BITS | index as u64;
            let known = &mut found[(frame::person(key) % PEOPLE_PER_SWEEP) as usize];
            *known = (*known).min(letters.found(place, rank));
        };
        match letters.flip {
            0 => each_first((0..keys.len()).map(event), u32::lt, valued, take),
            _ => each_first((0..keys.len()).rev().map(event), u32::gt, valued, take),
        }
    }
}

/// Hand of each person the first event that has a value to `take`; of one instant that whose value has the better rank.
/// Each event is written and stays when it has a value: a branch could not be foretold.
fn each_first(
    events: impl ExactSizeIterator<Item = Valued>,
    is_better: impl Fn(&u32, &u32) -> bool,
    valued: &mut Vec<Valued>,
    mut take: impl FnMut(Valued),
) {
    // Before all others one of nobody.
    valued.resize((events.len() + 2).max(valued.len()), NOBODYS);
    let mut count = 1;
    for event in events {
        valued[count] = event;
        count += usize::from(event.rank != 0);
    }
    let (mut firsts, mut before) = (1, NOBODYS);
    for at in 1..count {
        let event = valued[at];
        let last = &mut valued[firsts - 1];
        if event.key == before.key && event.key == last.key && is_better(&event.rank, &last.rank) {
            *last = event;
        }
        valued[firsts] = event;
        firsts += usize::from(frame::person(event.key) != frame::person(before.key));
        before = event;
    }
    valued[1..firsts].iter().copied().for_each(&mut take);
}
