//! Several sorted lists of keys as one.

/// Beyond all keys.
pub(super) const END: u64 = u64::MAX;

/// The next key of each list. `N` is at least the number of lists: what is fixed stays in registers.
pub(super) struct Heads<'a, const N: usize> {
    pub(super) next: [u64; N],
    rows: [usize; N],
    lists: [&'a [u64]; N],
}

impl<'a, const N: usize> Heads<'a, N> {
    pub(super) fn new(lists: &[&'a [u64]]) -> Self {
        let list = |index: usize| lists.get(index).copied().unwrap_or_default();
        let lists = std::array::from_fn(list);
        Self { next: lists.map(|keys: &[u64]| keys.first().copied().unwrap_or(END)), rows: [0; N], lists }
    }

    /// The lowest key.
    pub(super) fn key(&self) -> u64 {
        self.next.iter().fold(END, |one, two| one.min(*two))
    }

    /// Go on in every list whose next key it is.
    pub(super) fn pass(&mut self, key: u64) {
        for list in 0..N {
            let row = self.rows[list] + usize::from(self.next[list] == key);
            self.rows[list] = row;
            self.next[list] = self.lists[list].get(row).copied().unwrap_or(END);
        }
    }
}

/// Calls a function for the fewest lists that do, of 2, 4, 8 or as many as there are steps.
macro_rules! with_heads {
    ($count:expr, $call:ident :: < N > $arguments:tt) => {
        match $count {
            0..=2 => $call::<2> $arguments,
            3..=4 => $call::<4> $arguments,
            5..=8 => $call::<8> $arguments,
            _ => $call::<{ $crate::query::STEPS_MAX }> $arguments,
        }
    };
}
pub(super) use with_heads;
