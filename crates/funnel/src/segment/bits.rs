//! A set of dense numbers.

/// Numbers from 0 on.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    pub(super) fn has(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Put a number in or out. Answers whether that changed anything.
    pub(super) fn set(&mut self, number: u32, is_in: bool) -> bool {
        if self.has(number) == is_in {
            return false;
        }
        let word = number as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] ^= 1 << (number % 64);
        if is_in {
            self.count += 1
        } else {
            self.count -= 1
        }
        true
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.words).flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(place * 64 + bit)
            })
        })
    }
}
