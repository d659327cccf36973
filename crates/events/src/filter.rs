//! A blocked bloom filter over message ids: all bits of an id lie in one cache line.
//!
//! The line of an id follows its highest bits, so ids in ascending order fill one line after another, and a filter of
//! any size is written with one line in memory.

use crate::idcode::ID_BITS;

/// Bytes of a line.
pub(crate) const LINE_BYTES: usize = 64;
/// A large run has fewer bits an id, of which 2 in 100 looks for what is not there end at a block; a small one has more
/// (1 in 500), since there are many of them and a look goes through all.
const BITS_PER_ID_LARGE: usize = 9;
const BITS_PER_ID_SMALL: usize = 14;
/// There are few so large: a log of 10 million has one to three.
const LARGE_IDS: usize = 2_000_000;
const PROBES: u32 = 6;

/// Bits of a cache line.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Line([u64; LINE_BYTES / 8]);

impl Line {
    pub(crate) fn from_bytes(bytes: &[u8; LINE_BYTES]) -> Self {
        let mut line = Self::default();
        for (word, bytes) in line.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        line
    }

    fn put_bytes(&self, into: &mut Vec<u8>) {
        self.0.iter().for_each(|word| into.extend_from_slice(&word.to_le_bytes()));
    }

    fn bits(id: u128) -> impl Iterator<Item = (usize, u64)> {
        let low = id as u64;
        (0..PROBES).map(move |probe| {
            let bit = (low >> (probe * 9)) as usize & (LINE_BYTES * 8 - 1);
            (bit / 64, 1u64 << (bit % 64))
        })
    }

    fn insert(&mut self, id: u128) {
        Self::bits(id).for_each(|(word, bit)| self.0[word] |= bit);
    }

    fn may_have(&self, id: u128) -> bool {
        Self::bits(id).all(|(word, bit)| self.0[word] & bit != 0)
    }
}

fn place(id: u128, lines: usize) -> usize {
    (((id >> (ID_BITS - 64)) * lines as u128) >> 64) as usize
}

/// How many lines so many ids get.
pub(crate) fn lines(count: usize) -> usize {
    let bits = if count >= LARGE_IDS { BITS_PER_ID_LARGE } else { BITS_PER_ID_SMALL };
    (count * bits).div_ceil(LINE_BYTES * 8).max(1)
}

/// A filter to look into.
pub(crate) struct Filter(pub(crate) Vec<Line>);

impl Filter {
    /// False when the id is not there.
    pub(crate) fn may_have(&self, id: u128) -> bool {
        self.0.get(place(id, self.0.len())).is_none_or(|line| line.may_have(id))
    }
}

/// Makes the lines of a filter, of ascending ids.
pub(crate) struct FilterMaker {
    lines: usize,
    done: usize,
    line: Line,
}

impl FilterMaker {
    pub(crate) fn new(lines: usize) -> Self {
        Self { lines, done: 0, line: Line::default() }
    }

    /// Take the next id; lines that are full now are added to `into`.
    pub(crate) fn push(&mut self, id: u128, into: &mut Vec<u8>) {
        self.upto(place(id, self.lines), into);
        self.line.insert(id);
    }

    /// Add the lines that are left.
    pub(crate) fn finish(mut self, into: &mut Vec<u8>) {
        self.upto(self.lines, into);
    }

    fn upto(&mut self, place: usize, into: &mut Vec<u8>) {
        while self.done < place {
            std::mem::take(&mut self.line).put_bytes(into);
            self.done += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> u128 {
        crate::dedup::hash(&number.to_string())
    }

    #[test]
    fn all_that_is_there_is_found_and_little_else() {
        for (bits, most) in [(BITS_PER_ID_LARGE, 0.03), (BITS_PER_ID_SMALL, 0.004)] {
            let mut ids: Vec<u128> = (0..20_000).map(id).collect();
            ids.sort_unstable();
            let (mut maker, mut bytes) = (FilterMaker::new(ids.len() * bits / 512), Vec::new());
            ids.iter().for_each(|id| maker.push(*id, &mut bytes));
            maker.finish(&mut bytes);
            assert_eq!(bytes.len(), ids.len() * bits / 512 * LINE_BYTES);
            let filter = Filter(bytes.as_chunks().0.iter().map(Line::from_bytes).collect());
            assert!(ids.iter().all(|id| filter.may_have(*id)));
            let wrong = (20_000..220_000).filter(|number| filter.may_have(id(*number))).count();
            assert!((wrong as f64) < 200_000.0 * most, "{wrong} of 200000 with {bits} bits");
        }
    }
}
