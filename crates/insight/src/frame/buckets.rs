//! Which of many stretches of time a moment lies in, with one look instead of a search.

use base::Timestamp;

/// Moments are first sorted into cells of 2^20 ms, 17 minutes: shorter than any stretch.
const CELL_BITS: u32 = 20;

/// Starts of stretches of time, ascending, made ready for many questions.
pub(crate) struct Buckets {
    starts: Vec<i64>,
    first_ms: i64,
    /// By cell: the bucket in which it begins.
    cells: Vec<u32>,
}

impl Buckets {
    pub(crate) fn new(starts: &[Timestamp]) -> Self {
        let starts: Vec<i64> = starts.iter().map(|start| start.ms()).collect();
        let first_ms = starts.first().copied().unwrap_or_default();
        let last_ms = starts.last().copied().unwrap_or_default();
        let count = ((last_ms - first_ms) >> CELL_BITS) + 1;
        let mut bucket = 0;
        let cells = (0..count).map(|cell| {
            let begins_ms = first_ms + (cell << CELL_BITS);
            while starts.get(bucket + 1).is_some_and(|next| *next <= begins_ms) {
                bucket += 1;
            }
            bucket as u32
        });
        Self { cells: cells.collect(), first_ms, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The last bucket that begins at or before the moment; `None` before the first.
    pub(crate) fn of(&self, at_ms: i64) -> Option<usize> {
        if at_ms < self.first_ms || self.starts.is_empty() {
            return None;
        }
        let cell = ((at_ms - self.first_ms) >> CELL_BITS) as usize;
        let mut bucket = self.cells.get(cell).map_or(self.starts.len() - 1, |bucket| *bucket as usize);
        while self.starts.get(bucket + 1).is_some_and(|next| *next <= at_ms) {
            bucket += 1;
        }
        Some(bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar;

    proptest::proptest! {
        #[test]
        fn a_look_finds_what_a_search_finds(
            gaps in proptest::collection::vec(1i64..100_000_000, 0..50),
            moments in proptest::collection::vec(0i64..4_000_000_000, 0..50),
        ) {
            let mut at = 1_000_000;
            let starts: Vec<Timestamp> = gaps.iter().map(|gap| { at += gap; Timestamp::from_ms(at) }).collect();
            let buckets = Buckets::new(&starts);
            for moment in moments.into_iter().chain(starts.iter().map(|start| start.ms())) {
                proptest::prop_assert_eq!(buckets.of(moment), calendar::bucket(&starts, moment));
            }
        }
    }
}
