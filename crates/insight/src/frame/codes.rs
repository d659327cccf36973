//! A property of many events as numbers.

use std::ops::Range;
use std::sync::Arc;

use super::Buffer;

/// A property of the events of a list, as codes of [`super::Source::values`]. Code 0 is "no value".
#[derive(Debug, Clone)]
pub enum Codes {
    /// The same for every event.
    Same(u32),
    /// One each, of which none is above 255.
    Bytes(Buffer<u8>),
    /// One each, of which none is above 65,535.
    Shorts(Buffer<u16>),
    /// One each.
    Words(Buffer<u32>),
    /// Most have none.
    Sparse(Arc<Sparse>),
}

impl Codes {
    /// Events that have a code; `None` when there is one for any number of them.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Same(_) => None,
            Self::Bytes(codes) => Some(codes.len()),
            Self::Shorts(codes) => Some(codes.len()),
            Self::Words(codes) => Some(codes.len()),
            Self::Sparse(codes) => Some(codes.rows),
        }
    }

    /// The code of an event.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::Same(code) => *code,
            Self::Bytes(codes) => u32::from(codes[row]),
            Self::Shorts(codes) => u32::from(codes[row]),
            Self::Words(codes) => codes[row],
            Self::Sparse(codes) => codes.get(row),
        }
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Same(_) => 0,
            Self::Bytes(codes) => codes.bytes(),
            Self::Shorts(codes) => codes.bytes(),
            Self::Words(codes) => codes.bytes(),
            Self::Sparse(codes) => codes.set.len() * 12 + codes.known.bytes(),
        }
    }

    /// The codes of some events one after another, instead of what was there.
    pub(crate) fn copy_to(&self, first: usize, count: usize, codes: &mut Vec<u32>) {
        codes.clear();
        let rows = first..first + count;
        match self {
            Self::Same(code) => codes.resize(count, *code),
            Self::Bytes(all) => codes.extend(all[rows].iter().map(|code| u32::from(*code))),
            Self::Shorts(all) => codes.extend(all[rows].iter().map(|code| u32::from(*code))),
            Self::Words(all) => codes.extend_from_slice(&all[rows]),
            Self::Sparse(all) => {
                codes.resize(count, 0);
                all.each(rows, |row, code| codes[row - first] = code);
            }
        }
    }

    /// All codes of so many events.
    pub fn to_words(&self, count: usize) -> Vec<u32> {
        let mut codes = Vec::new();
        self.copy_to(0, count, &mut codes);
        codes
    }

    /// The rows whose codes pass; `passes` is by code, `length` the number of events.
    pub(super) fn passing(&self, length: usize, passes: &[bool]) -> Vec<u32> {
        match self {
            Self::Same(code) if passes[*code as usize] => (0..length as u32).collect(),
            Self::Same(_) => Vec::new(),
            Self::Bytes(codes) => passing(codes, |code| passes[usize::from(*code)]),
            Self::Shorts(codes) => passing(codes, |code| passes[usize::from(*code)]),
            Self::Words(codes) => passing(codes, |code| passes[*code as usize]),
            Self::Sparse(_) if passes[0] => passing(&self.to_words(length), |code| passes[*code as usize]),
            Self::Sparse(codes) => {
                let mut rows = Vec::new();
                codes.each(0..codes.rows, |row, code| {
                    if passes[code as usize] {
                        rows.push(row as u32);
                    }
                });
                rows
            }
        }
    }

    /// The events of a range that have a value, in order, noted where `to` begins; answers how many there are. `to` has
    /// room for one more than the range. `has` is by code.
    pub(crate) fn valued(&self, range: Range<usize>, has: &[bool], to: &mut [Valued]) -> usize {
        let first = range.start;
        match self {
            Self::Same(code) if !has[*code as usize] => 0,
            Self::Same(code) => {
                let length = range.len();
                range.zip(to).for_each(|(row, to)| *to = Valued { row: row as u32, code: *code });
                length
            }
            Self::Bytes(codes) => noted(&codes[range], first, |code| u32::from(*code), has, to),
            Self::Shorts(codes) => noted(&codes[range], first, |code| u32::from(*code), has, to),
            Self::Words(codes) => noted(&codes[range], first, |code| *code, has, to),
            Self::Sparse(codes) => {
                let mut count = 0;
                codes.each(range, |row, code| {
                    to[count] = Valued { row: row as u32, code };
                    count += usize::from(has[code as usize]);
                });
                count
            }
        }
    }
}

/// An event that has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Valued {
    pub(crate) row: u32,
    pub(crate) code: u32,
}

/// Note the events that have a value, counted from `first` on. Each is written and stays when it has one: a branch could
/// not be foretold.
fn noted<T>(codes: &[T], first: usize, code: impl Fn(&T) -> u32, has: &[bool], to: &mut [Valued]) -> usize {
    let to = &mut to[..=codes.len()];
    let mut count = 0;
    for (row, here) in codes.iter().enumerate() {
        let code = code(here);
        to[count] = Valued { row: (first + row) as u32, code };
        count += usize::from(has[code as usize]);
    }
    count
}

/// The rows that pass. Each is written and stays when it passes: a branch could not be foretold.
fn passing<T>(codes: &[T], passes: impl Fn(&T) -> bool) -> Vec<u32> {
    let mut rows = vec![0; codes.len()];
    let mut count = 0;
    for (row, code) in codes.iter().enumerate() {
        rows[count] = row as u32;
        count += usize::from(passes(code));
    }
    rows.truncate(count);
    rows
}

/// Codes of which most are zero.
#[derive(Debug)]
pub struct Sparse {
    rows: usize,
    /// A bit for each row that has a code.
    set: Vec<u64>,
    /// By word of `set`: the codes of the words before.
    before: Vec<u32>,
    /// The codes of those rows.
    known: Codes,
}

impl Sparse {
    /// `set` has a bit for each row, of which as many are set as codes are `known`; `None` when they are not.
    pub fn new(rows: usize, set: Vec<u64>, known: Codes) -> Option<Self> {
        let mut count = 0u32;
        let before = set.iter().map(|word| {
            let before = count;
            count += word.count_ones();
            before
        });
        let before: Vec<u32> = before.collect();
        let behind = match (set.last(), rows % 64) {
            (Some(last), used @ 1..) => last >> used,
            _ => 0,
        };
        let fits = set.len() == rows.div_ceil(64) && behind == 0 && known.count() == Some(count as usize);
        fits.then_some(Self { rows, set, before, known })
    }

    #[inline]
    fn get(&self, row: usize) -> u32 {
        let (word, bit) = (self.set[row / 64], row % 64);
        if word >> bit & 1 == 0 {
            return 0;
        }
        let place = self.before[row / 64] + (word & ((1 << bit) - 1)).count_ones();
        self.known.get(place as usize)
    }

    /// Hand the rows of a range that have a code to `take`, and their codes.
    #[inline]
    pub(crate) fn each(&self, rows: Range<usize>, take: impl FnMut(usize, u32)) {
        match &self.known {
            Codes::Bytes(known) => self.each_of(rows, |place| u32::from(known[place]), take),
            Codes::Shorts(known) => self.each_of(rows, |place| u32::from(known[place]), take),
            known => self.each_of(rows, |place| known.get(place), take),
        }
    }

    #[inline]
    fn each_of(&self, rows: Range<usize>, code: impl Fn(usize) -> u32, mut take: impl FnMut(usize, u32)) {
        if rows.is_empty() {
            return;
        }
        for index in rows.start / 64..rows.end.div_ceil(64) {
            let (word, begin) = (self.set[index], index * 64);
            let skipped = rows.start.saturating_sub(begin) as u32;
            let behind = (begin + 64).saturating_sub(rows.end) as u32;
            let mut left = word & (u64::MAX << skipped) & (u64::MAX >> behind);
            let mut place = (self.before[index] + (word ^ word >> skipped << skipped).count_ones()) as usize;
            while left != 0 {
                take(begin + left.trailing_zeros() as usize, code(place));
                left &= left - 1;
                place += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy;

    use super::*;

    fn sparse(codes: &[u32]) -> Codes {
        let mut set = vec![0; codes.len().div_ceil(64)];
        let with_code = codes.iter().enumerate().filter(|(_, code)| **code != 0);
        with_code.for_each(|(row, _)| set[row / 64] |= 1 << (row % 64));
        let known: Vec<u32> = codes.iter().copied().filter(|code| *code != 0).collect();
        let most = known.iter().max().copied().unwrap_or(0);
        let known = match most {
            0..=0xff => Codes::Bytes(Buffer::Own(known.iter().map(|code| *code as u8).collect())),
            0x100..=0xffff => Codes::Shorts(Buffer::Own(known.iter().map(|code| *code as u16).collect())),
            _ => Codes::Words(Buffer::Own(known)),
        };
        Codes::Sparse(Arc::new(Sparse::new(codes.len(), set, known).unwrap()))
    }

    proptest::proptest! {
        #[test]
        fn sparse_codes_are_what_dense_ones_are(
            codes in proptest::collection::vec(proptest::prop_oneof![3 => proptest::strategy::Just(0u32), 1 => 0u32..6], 0..300)
                .prop_flat_map(|codes| (proptest::strategy::Just(codes), proptest::prop_oneof![1u32..2, 60u32..70, 20_000u32..20_001]))
                .prop_map(|(codes, factor)| codes.into_iter().map(|code| code * factor).collect::<Vec<u32>>()),
            (start, end) in (0usize..300, 0usize..300),
            odds in 1usize..4,
        ) {
            let (sparse, dense) = (sparse(&codes), Codes::Words(Buffer::Own(codes.clone())));
            let range = start.min(codes.len())..end.clamp(start.min(codes.len()), codes.len());
            proptest::prop_assert_eq!(sparse.count(), Some(codes.len()));
            proptest::prop_assert!((0..codes.len()).all(|row| sparse.get(row) == codes[row]));
            proptest::prop_assert_eq!(sparse.to_words(codes.len()), codes.clone());
            let mut words = vec![9];
            sparse.copy_to(range.start, range.len(), &mut words);
            proptest::prop_assert_eq!(&words[..], &codes[range.clone()]);
            let most = codes.iter().max().copied().unwrap_or(0) as usize;
            for from in 0..2 {
                let passes: Vec<bool> = (0..=most).map(|code| (code + from).is_multiple_of(odds + 1)).collect();
                proptest::prop_assert_eq!(sparse.passing(codes.len(), &passes), dense.passing(codes.len(), &passes));
                let valued = |codes: &Codes| {
                    let mut has = passes.clone();
                    has[0] = false;
                    let mut found = vec![Valued::default(); range.len() + 1];
                    let count = codes.valued(range.clone(), &has, &mut found);
                    found[..count].to_vec()
                };
                proptest::prop_assert_eq!(valued(&sparse), valued(&dense));
            }
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let known = |count: usize| Codes::Bytes(Buffer::Own(vec![1; count]));
        assert!(Sparse::new(3, vec![0b101], known(2)).is_some());
        assert!(Sparse::new(64, vec![1 << 63], known(1)).is_some());
        for (rows, set, count) in [(3, vec![0b101], 3), (3, vec![0b1101], 3), (3, vec![0b101, 0], 2), (65, vec![1], 1)]
        {
            assert!(Sparse::new(rows, set, known(count)).is_none());
        }
    }
}
