//! The place of each event among all events of its person, so that it can be told of two events whether anything
//! happened between them without a look at anything else.

use super::{PEOPLE_PER_BLOCK, person};

/// People that are ranked in one go: their events stay in the processor's own memory.
const PEOPLE_PER_PASS: u32 = 2_048;

/// What one instant of a person is further than the one before.
pub(crate) const NEXT: u32 = 2;

/// Whether another event of the person happened in the same instant: an order that nobody knows.
pub(crate) fn is_shared(rank: u32) -> bool {
    rank & 1 == 1
}

/// An event on its way to its rank.
#[derive(Clone, Copy, Default)]
struct Place {
    key: u64,
    list: u32,
    row: u32,
}

/// By list, the rank of each of its events, given the sorted keys of all lists of a block: twice the number of
/// instants in which the person did something before, and one more where the instant has several events.
pub fn ranks(lists: &[&[u64]]) -> Vec<Vec<u32>> {
    let mut ranks: Vec<Vec<u32>> = lists.iter().map(|keys| vec![0; keys.len()]).collect();
    let mut done = vec![0; lists.len()];
    let (mut places, mut ends) = (Vec::new(), Vec::new());
    for first in (0..PEOPLE_PER_BLOCK).step_by(PEOPLE_PER_PASS as usize) {
        // The events of each person together, in the order of the lists.
        ends.clear();
        ends.resize(PEOPLE_PER_PASS as usize + 1, 0u32);
        let mine: Vec<&[u64]> = lists
            .iter()
            .zip(&done)
            .map(|(keys, done)| {
                let rest = &keys[*done..];
                &rest[..rest.partition_point(|key| person(*key) < first + PEOPLE_PER_PASS)]
            })
            .collect();
        for key in mine.iter().copied().flatten() {
            ends[(person(*key) - first) as usize + 1] += 1;
        }
        for place in 1..ends.len() {
            ends[place] += ends[place - 1];
        }
        places.clear();
        places.resize(ends[PEOPLE_PER_PASS as usize] as usize, Place::default());
        for (list, (keys, done)) in mine.iter().zip(&mut done).enumerate() {
            for (row, key) in keys.iter().enumerate() {
                let end = &mut ends[(person(*key) - first) as usize];
                places[*end as usize] = Place { key: *key, list: list as u32, row: (*done + row) as u32 };
                *end += 1;
            }
            *done += keys.len();
        }
        for mine in places.chunk_by_mut(|one, two| person(one.key) == person(two.key)) {
            mine.sort_unstable_by_key(|place| place.key);
            for (rank, instant) in (0..).step_by(NEXT as usize).zip(mine.chunk_by(|one, two| one.key == two.key)) {
                for place in instant {
                    ranks[place.list as usize][place.row as usize] = rank + u32::from(instant.len() > 1);
                }
            }
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::key;

    proptest::proptest! {
        #[test]
        fn ranks_are_those_of_the_sorted_events(
            events in proptest::collection::vec((0u32..3, 0u32..5, 0i64..12), 0..60),
        ) {
            let people = [0, 1, 2_047, 2_048, PEOPLE_PER_BLOCK - 1];
            let mut lists = vec![Vec::new(); 3];
            events.iter().for_each(|(list, who, at)| lists[*list as usize].push(key(people[*who as usize], *at)));
            lists.iter_mut().for_each(|keys: &mut Vec<u64>| keys.sort_unstable());
            let found = ranks(&lists.iter().map(Vec::as_slice).collect::<Vec<_>>());
            for (keys, ranks) in lists.iter().zip(&found) {
                for (one, rank) in keys.iter().zip(ranks) {
                    let mine = || lists.iter().flatten().filter(|key| person(**key) == person(*one));
                    let before: std::collections::BTreeSet<_> = mine().filter(|key| *key < one).collect();
                    let together = mine().filter(|key| *key == one).count();
                    proptest::prop_assert_eq!(*rank, 2 * before.len() as u32 + u32::from(together > 1));
                    proptest::prop_assert_eq!(is_shared(*rank), together > 1);
                }
            }
        }
    }
}
