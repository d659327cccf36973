//! What came last before each event: the one pass over two sorted lists that every ordered funnel is made of.
//!
//! Each step of such a pass waits for the one before it, so that a processor is idle most of the time. Two passes over
//! different people take turns here, and the one fills the waiting of the other.

use std::hint::select_unpredictable;

use crate::frame;

/// One pass on its way.
struct Pass<'a, T, V> {
    earlier: &'a [T],
    events: &'a [u64],
    found: &'a mut [V],
    next: usize,
    row: usize,
    last: V,
}

impl<T, V: Copy> Pass<'_, T, V> {
    #[inline]
    fn goes_on(&self) -> bool {
        self.next < self.earlier.len() && self.row < self.events.len() && self.row < self.found.len()
    }

    #[inline]
    fn step(&mut self, key: &impl Fn(&T) -> u64, value: &impl Fn(usize, &T) -> V) {
        let earlier = &self.earlier[self.next];
        let is_before = key(earlier) <= self.events[self.row];
        self.last = select_unpredictable(is_before, value(self.next, earlier), self.last);
        self.found[self.row] = self.last;
        self.next += usize::from(is_before);
        self.row += usize::from(!is_before);
    }
}

/// For each event the value (of place and entry) of the last of `earlier` that is not after it, or `none`; who it is
/// of is not looked at, but for people of another half of the events. Both lists ascend.
pub(super) fn last_before<T, V: Copy>(
    earlier: &[T],
    key: impl Fn(&T) -> u64,
    value: impl Fn(usize, &T) -> V,
    none: V,
    events: &[u64],
    found: &mut [V],
) {
    // The first event of somebody in the middle.
    let middle = events.get(events.len() / 2).map_or(0, |event| frame::key(frame::person(*event), 0));
    let row = events.partition_point(|event| *event < middle);
    let place = earlier.partition_point(|entry| key(entry) < middle);
    let (one_found, two_found) = found[..events.len()].split_at_mut(row);
    let pass = |earlier, events, found| Pass { earlier, events, found, next: 0, row: 0, last: none };
    let mut one = pass(&earlier[..place], &events[..row], one_found);
    let mut two = pass(&earlier[place..], &events[row..], two_found);
    let value_two = |next: usize, entry: &T| value(place + next, entry);
    while one.goes_on() && two.goes_on() {
        one.step(&key, &value);
        two.step(&key, &value_two);
    }
    while one.goes_on() {
        one.step(&key, &value);
    }
    while two.goes_on() {
        two.step(&key, &value_two);
    }
    one.found[one.row..].fill(one.last);
    two.found[two.row..].fill(two.last);
}
