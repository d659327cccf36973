//! Two hash tables that lie in one piece of memory, so that they are written and read as they are.

/// What an empty slot holds.
const EMPTY: u32 = u32::MAX;
const SLOTS_MIN: usize = 16;
/// A table grows when three of four slots are taken.
const fn is_full(count: usize, slots: usize) -> bool {
    count >= slots / 4 * 3
}

/// Finds numbers by a hash: open addressing, one slot after another.
///
/// A number takes as many of the lowest bits of its slot as it takes to number all slots; in the others are the
/// highest bits of its hash, so that nearly no other text is looked at than the right one.
#[derive(Clone, Default)]
pub(crate) struct NumberTable {
    slots: Vec<u32>,
}

impl NumberTable {
    /// The slots as they were written.
    pub(crate) fn from_slots(slots: Vec<u32>) -> Self {
        Self { slots }
    }

    /// The slots, to be written.
    pub(crate) fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// What is written of a slot so that the table has only numbers below `count`: it is as if the others had never
    /// come, since none moves when another comes.
    pub(crate) fn without_later(&self, slot: u32, count: u32) -> u32 {
        if self.number(slot) >= count { EMPTY } else { slot }
    }

    fn number(&self, slot: u32) -> u32 {
        slot & (self.slots.len() as u32).wrapping_sub(1)
    }

    fn slot(&self, hash: u64, number: u32) -> u32 {
        ((hash >> 32) as u32 & !(self.slots.len() as u32 - 1)) | number
    }

    fn home(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// The number with this hash that `is_it`.
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let (mut at, wanted) = (self.home(hash), self.slot(hash, 0));
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            let number = self.number(slot);
            if slot - number == wanted && is_it(number) {
                return Some(number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Whether it must grow before it takes another number: for numbers given from 0 on.
    pub(crate) fn is_full(&self, count: usize) -> bool {
        is_full(count, self.slots.len())
    }

    /// Make room, for numbers with their hashes.
    pub(crate) fn grow(&mut self, numbers: impl Iterator<Item = (u64, u32)>) {
        self.slots = vec![EMPTY; (self.slots.len() * 2).max(SLOTS_MIN)];
        numbers.for_each(|(hash, number)| self.insert(hash, number));
    }

    /// Add a number that is not there. There must be room.
    pub(crate) fn insert(&mut self, hash: u64, number: u32) {
        let mut at = self.home(hash);
        while self.slots[at] != EMPTY {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = self.slot(hash, number);
    }

    /// Remove a number, without a trace. `hash_of` says the hash of each that is there.
    pub(crate) fn remove(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        if self.find(hash, |other| other == number).is_none() {
            return;
        }
        let mask = self.slots.len() - 1;
        let mut hole = self.home(hash);
        while self.number(self.slots[hole]) != number {
            hole = (hole + 1) & mask;
        }
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            if self.slots[at] == EMPTY {
                break;
            }
            // Those behind that were pushed out of their place move up.
            let home = self.home(hash_of(self.number(self.slots[at])));
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
        }
        self.slots[hole] = EMPTY;
    }

    /// Whether looks end and give numbers below `count`: for slots that came from a file.
    pub(crate) fn is_sound(&self, count: usize) -> bool {
        let fits = self.slots.is_empty() && count == 0 || self.slots.len().is_power_of_two() && !self.is_full_of(count);
        fits && self.slots.iter().all(|slot| *slot == EMPTY || (self.number(*slot) as usize) < count)
    }

    /// Whether there is no empty slot, or no room for so many.
    fn is_full_of(&self, count: usize) -> bool {
        count > self.slots.len() / 4 * 3 || !self.slots.contains(&EMPTY)
    }
}

/// The next key of the same person, in a ring, for keys that are not alone.
#[derive(Clone, Default)]
pub(crate) struct Rings {
    /// A key and the next one.
    slots: Vec<[u32; 2]>,
    count: usize,
}

impl Rings {
    /// The slots as they were written.
    pub(crate) fn from_slots(slots: Vec<[u32; 2]>) -> Self {
        let count = slots.iter().filter(|[key, _]| *key != EMPTY).count();
        Self { slots, count }
    }

    /// The slots, to be written.
    pub(crate) fn slots(&self) -> &[[u32; 2]] {
        &self.slots
    }

    /// Where a key is, or would be.
    fn place(&self, key: u32) -> usize {
        let mask = self.slots.len() - 1;
        // Spreads numbers that follow each other; what it takes is the middle of the product.
        let mut at = (u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
        while self.slots[at][0] != key && self.slots[at][0] != EMPTY {
            at = (at + 1) & mask;
        }
        at
    }

    /// The next key; the key itself when it is alone.
    pub(crate) fn next(&self, key: u32) -> u32 {
        self.held(key).unwrap_or(key)
    }

    fn held(&self, key: u32) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let [held, next] = self.slots[self.place(key)];
        (held == key).then_some(next)
    }

    fn set(&mut self, key: u32, next: u32) {
        if is_full(self.count, self.slots.len()) {
            let room = (self.slots.len() * 2).max(SLOTS_MIN);
            let slots = std::mem::replace(&mut self.slots, vec![[EMPTY; 2]; room]);
            for [key, next] in slots.into_iter().filter(|[key, _]| *key != EMPTY) {
                let place = self.place(key);
                self.slots[place] = [key, next];
            }
        }
        let place = self.place(key);
        self.count += usize::from(self.slots[place][0] == EMPTY);
        self.slots[place] = [key, next];
    }

    /// Make two rings one, given a member of each.
    pub(crate) fn join(&mut self, one: u32, other: u32) {
        // Two rings become one when two of their members change successors.
        let (after_one, after_other) = (self.next(one), self.next(other));
        self.set(one, after_other);
        self.set(other, after_one);
    }

    /// Whether every walk comes back to where it began, among so many keys: for slots that came from a file.
    pub(crate) fn is_sound(&self, keys: usize) -> bool {
        let fits = self.slots.is_empty() || self.slots.len().is_power_of_two() && self.count < self.slots.len();
        // A ring in which two keys have the same successor never comes back, nor does one with a successor outside.
        let mut has_predecessor = vec![0u64; keys.div_ceil(64)];
        let mut is_first = |key: u32| {
            let (word, bit) = (&mut has_predecessor[key as usize / 64], 1 << (key % 64));
            let is_first = *word & bit == 0;
            *word |= bit;
            is_first
        };
        let mut entries = self.slots.iter().filter(|[key, _]| *key != EMPTY);
        fits && entries.all(|[key, next]| {
            (*key as usize) < keys && (*next as usize) < keys && self.held(*next).is_some() && is_first(*next)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A hash of which the place and the rest are chosen apart, so that places collide.
    fn hash(number: u32, spread: u64) -> u64 {
        (xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes()) % spread) | u64::from(number % 3) << 60
    }

    proptest::proptest! {
        #[test]
        fn numbers_are_found_until_they_are_removed(
            count in 0u32..300,
            spread in 1u64..200,
            removed in proptest::collection::btree_set(0u32..300, 0..100),
            earlier in 0u32..300,
        ) {
            let mut table = NumberTable::default();
            for number in 0..count {
                if table.is_full(number as usize) {
                    table.grow((0..number).map(|number| (hash(number, spread), number)));
                }
                table.insert(hash(number, spread), number);
            }
            // As it was when only some had come.
            let slots = table.slots().iter().map(|slot| table.without_later(*slot, earlier)).collect();
            let early = NumberTable::from_slots(slots);
            proptest::prop_assert!(early.is_sound(earlier.min(count) as usize) && table.is_sound(count as usize));
            for number in 0..count {
                let found = early.find(hash(number, spread), |other| other == number);
                proptest::prop_assert_eq!(found.is_some(), number < earlier);
            }
            for number in &removed {
                table.remove(hash(*number, spread), *number, |number| hash(number, spread));
            }
            for number in 0..count {
                let found = table.find(hash(number, spread), |other| other == number);
                proptest::prop_assert_eq!(found.is_some(), !removed.contains(&number));
            }
            let left = (0..count).filter(|number| !removed.contains(number)).count();
            proptest::prop_assert_eq!(table.slots().iter().filter(|slot| **slot != EMPTY).count(), left);
        }

        #[test]
        fn rings_come_back_to_where_they_began(joins in proptest::collection::vec((0u32..200, 0u32..200), 0..150)) {
            let mut rings = Rings::default();
            let mut sets: BTreeMap<u32, Vec<u32>> = (0..200).map(|key| (key, vec![key])).collect();
            for (one, other) in joins {
                if sets[&one].contains(&other) {
                    continue;
                }
                rings.join(one, other);
                let all = [sets[&one].clone(), sets[&other].clone()].concat();
                all.iter().for_each(|key| drop(sets.insert(*key, all.clone())));
            }
            let again = Rings::from_slots(rings.slots().to_vec());
            proptest::prop_assert!(again.is_sound(200));
            for (key, set) in sets {
                let mut seen = vec![key];
                while again.next(seen[seen.len() - 1]) != key {
                    seen.push(again.next(seen[seen.len() - 1]));
                    proptest::prop_assert!(seen.len() <= set.len());
                }
                seen.sort_unstable();
                let mut set = set;
                set.sort_unstable();
                proptest::prop_assert_eq!(seen, set);
            }
        }
    }

    #[test]
    fn slots_that_lead_astray_are_no_tables() {
        let sound = |slots: &[u32], count| NumberTable::from_slots(slots.to_vec()).is_sound(count);
        assert!(sound(&[], 0) && !sound(&[], 1) && sound(&[EMPTY, 1, EMPTY, 0], 2));
        assert!(!sound(&[EMPTY, 1, EMPTY, 2], 2), "a number that none has");
        assert!(!sound(&[0, 1, 2, 3], 3) && !sound(&[EMPTY; 3], 0) && !sound(&[EMPTY; 4], 4));
        let rings = |slots: &[[u32; 2]]| {
            let mut all = vec![[EMPTY; 2]; 16];
            for slot in slots {
                let place = Rings::from_slots(all.clone()).place(slot[0]);
                all[place] = *slot;
            }
            Rings::from_slots(all).is_sound(5)
        };
        assert!(rings(&[[1, 2], [2, 1]]) && rings(&[[1, 2], [2, 4], [4, 1]]));
        assert!(!rings(&[[1, 2], [2, 2]]) && !rings(&[[1, 2]]) && !rings(&[[1, 9], [9, 1]]));
        assert!(!Rings::from_slots(vec![[1, 1]; 4]).is_sound(5));
    }
}
