//! A value for each of very many people, of whom most may have none.

use std::collections::HashMap;

/// People of one block: their numbers differ in the lowest bits only.
const BLOCK: u32 = 1 << 14;
/// From so many on a block is an array instead of a map: less room by then, and faster.
const FEW_MAX: usize = 5_000;

/// Values by the number of a person. What equals `none` takes no room.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    none: T,
    blocks: Vec<Block<T>>,
}

#[derive(Debug, Clone)]
enum Block<T> {
    Few(HashMap<u16, T>),
    Many(Box<[T]>),
}

impl<T: Copy + PartialEq> Table<T> {
    pub(super) fn new(none: T) -> Self {
        Self { none, blocks: Vec::new() }
    }

    pub(super) fn get(&self, person: u32) -> T {
        let place = person % BLOCK;
        match self.blocks.get((person / BLOCK) as usize) {
            Some(Block::Few(few)) => few.get(&(place as u16)).copied().unwrap_or(self.none),
            Some(Block::Many(many)) => many[place as usize],
            None => self.none,
        }
    }

    pub(super) fn set(&mut self, person: u32, value: T) {
        let (block, place) = ((person / BLOCK) as usize, person % BLOCK);
        if self.blocks.len() <= block {
            if value == self.none {
                return;
            }
            self.blocks.resize_with(block + 1, || Block::Few(HashMap::new()));
        }
        let none = self.none;
        match &mut self.blocks[block] {
            Block::Many(many) => many[place as usize] = value,
            Block::Few(few) if value == none => drop(few.remove(&(place as u16))),
            Block::Few(few) => {
                few.insert(place as u16, value);
                if few.len() > FEW_MAX {
                    let mut many = vec![none; BLOCK as usize].into_boxed_slice();
                    few.iter().for_each(|(place, value)| many[usize::from(*place)] = *value);
                    self.blocks[block] = Block::Many(many);
                }
            }
        }
    }

    /// Take the value of a person away.
    pub(super) fn take(&mut self, person: u32) -> Option<T> {
        let value = self.get(person);
        (value != self.none).then(|| {
            self.set(person, self.none);
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_block_says_the_same_as_a_sparse_one() {
        let mut table = Table::new(-1i64);
        let people = (0..40_000u32).filter(|person| person % 16_384 < 6_000 || person % 7 == 0);
        people.clone().for_each(|person| table.set(person, i64::from(person) * 3));
        for person in 0..50_000 {
            let has = person < 40_000 && (person % 16_384 < 6_000 || person % 7 == 0);
            assert_eq!(table.get(person), if has { i64::from(person) * 3 } else { -1 });
        }
        for person in people {
            assert_eq!(table.take(person), Some(i64::from(person) * 3));
            assert_eq!(table.take(person), None);
        }
    }
}
