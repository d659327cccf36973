//! The events of a list as those see them who only count: whose turn it is, and when.

use super::{at_ms, person, slot};

/// Events that are handed on together: few enough to stay in the processor's nearest memory.
pub const VISITS_MAX: usize = 256;

/// Some events of a list of a block, in order, not more than [`VISITS_MAX`].
#[derive(Clone, Copy)]
pub struct Visits<'a> {
    /// Whether each is of another person than the one before, or the first of the list.
    pub is_other: &'a [bool],
    /// The slot of time of each (see [`super::slot`]). As many.
    pub slots: &'a [u32],
}

/// Hand the events of sorted keys to `take`.
pub fn visit_keys(keys: &[u64], take: &mut dyn FnMut(Visits<'_>)) {
    let mut slots = [0; VISITS_MAX];
    each_chunk(keys, |is_other, keys| {
        slots.iter_mut().zip(keys).for_each(|(to, key)| *to = slot(at_ms(*key)));
        take(Visits { is_other, slots: &slots[..keys.len()] });
    });
}

/// Hand sorted keys to `take`, some at a time, and whether each is of another person than the one before.
pub(super) fn each_chunk(keys: &[u64], mut take: impl FnMut(&[bool], &[u64])) {
    let mut is_other = [false; VISITS_MAX];
    let mut before = u64::MAX;
    for keys in keys.chunks(VISITS_MAX) {
        for (is_other, key) in is_other.iter_mut().zip(keys) {
            *is_other = person(*key) != person(before);
            before = *key;
        }
        take(&is_other[..keys.len()], keys);
    }
}
