//! What came before each event: the one pass over two sorted lists that every ordered funnel is made of.
//!
//! Each step of such a pass waits for the one before it, so that a processor is idle most of the time. Passes over
//! several parts of the events take turns here, and each fills the waiting of the others.

/// Passes that take turns. More do not fit into the registers of a processor.
const WAYS: usize = 4;

/// For each event how many of `earlier` are not after it: the one before that place came last. Both lists ascend.
pub(super) fn count_before<T>(earlier: &[T], key: impl Fn(&T) -> u64 + Copy, events: &[u64], found: &mut [u32]) {
    let part = events.len() / WAYS;
    let (parts, rest) = events.split_at(part * WAYS);
    let (found_parts, found_rest) = found[..events.len()].split_at_mut(parts.len());
    if part > 0 {
        count_in_turns(earlier, key, part, parts, found_parts);
    }
    let mut next = found_parts.last().map_or(0, |count| *count as usize);
    for (event, found) in rest.iter().zip(found_rest) {
        while earlier.get(next).is_some_and(|entry| key(entry) <= *event) {
            next += 1;
        }
        *found = next as u32;
    }
}

/// The same for parts of one length, of which there are [`WAYS`].
fn count_in_turns<T>(earlier: &[T], key: impl Fn(&T) -> u64 + Copy, part: usize, events: &[u64], found: &mut [u32]) {
    let found = &mut found[..events.len()];
    let (mut begin, mut next, mut rows) = ([0; WAYS], [0; WAYS], [0; WAYS]);
    for way in 0..WAYS {
        let first = events[way * part];
        begin[way] = earlier.partition_point(|entry| key(entry) < first);
    }
    next.copy_from_slice(&begin);
    // Which list goes on cannot be foretold, so no branch depends on it.
    let mut step = |next: usize, row: usize| {
        found[row] = next as u32;
        usize::from(earlier.get(next).map_or(u64::MAX, key) <= events[row])
    };
    // Each step goes on in one of both lists, so that where one is tells where the other is: what all ways need to know
    // fits into registers. No way can come to its end before so many steps.
    let mut steps = 0;
    while let Some(more @ 1..) = rows.iter().map(|row| part - row).min() {
        for _ in 0..more {
            for way in 0..WAYS {
                next[way] += step(next[way], way * part + steps + begin[way] - next[way]);
            }
            steps += 1;
        }
        for way in 0..WAYS {
            rows[way] = steps + begin[way] - next[way];
        }
    }
    for way in 0..WAYS {
        while rows[way] < part {
            let goes_on = step(next[way], way * part + rows[way]);
            next[way] += goes_on;
            rows[way] += 1 - goes_on;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn those_before_are_counted(
            mut earlier in proptest::collection::vec(0u64..40, 0..60),
            mut events in proptest::collection::vec(0u64..40, 0..60),
        ) {
            earlier.sort_unstable();
            events.sort_unstable();
            let mut found = vec![7; events.len() + 1];
            count_before(&earlier, |entry| *entry, &events, &mut found);
            let before = |event: &u64| earlier.iter().filter(|entry| *entry <= event).count() as u32;
            proptest::prop_assert_eq!(&found[..events.len()], events.iter().map(before).collect::<Vec<_>>());
            proptest::prop_assert_eq!(found[events.len()], 7);
        }
    }
}
