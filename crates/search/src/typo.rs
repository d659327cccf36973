//! How far a written word is from a word of the index.
//!
//! The distance counts letters that are wrong, missing or too many, and two neighbours that changed places (optimal
//! string alignment): "Jhon" is one mistake from "John".

use crate::words::{PHONE, WORD_CHARS_MAX};

/// How well a word fits; a better fit is greater.
pub(crate) type Grade = u8;

pub(crate) const EXACT: Grade = 7;
pub(crate) const PREFIX: Grade = 6;
/// The same letters, two of them in each other's place: the commonest slip of fingers.
const SWAPPED: Grade = 5;
const ONE_TYPO: Grade = 4;
const PREFIX_ONE_TYPO: Grade = 3;
const TWO_TYPOS: Grade = 2;
const PREFIX_TWO_TYPOS: Grade = 1;

/// A written word, ready to be compared with many.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub text: String,
    chars: Vec<char>,
    mask: u32,
    /// Mistakes that are forgiven.
    typos_max: usize,
}

/// Which letters a word has, a bit each: what lacks three letters of another is three mistakes away from it.
pub(crate) fn mask(word: &str) -> u32 {
    word.chars().fold(0, |mask, c| {
        let bit = match c {
            'a'..='z' => c as u32 - 'a' as u32,
            '0'..='9' => 26,
            other => 27 + other as u32 % 5,
        };
        mask | 1 << bit
    })
}

impl Wanted {
    pub fn new(text: String) -> Self {
        let chars: Vec<char> = text.chars().collect();
        // Numbers are right or wrong, and a short word with a mistake is another word.
        let is_code = text.chars().any(|c| c.is_ascii_digit() || c == PHONE);
        let typos_max = match chars.len() {
            _ if is_code => 0,
            0..=2 => 0,
            3..=5 => 1,
            _ => 2,
        };
        Self { mask: mask(&text), chars, typos_max, text }
    }

    /// Whether a word may fit with mistakes, by its letters alone: two instructions for most words.
    pub fn may_be_near(&self, mask: u32, bytes: usize) -> bool {
        self.typos_max > 0
            && (self.mask & !mask).count_ones() as usize <= self.typos_max
            && bytes + self.typos_max >= self.chars.len()
    }

    /// Whether mistakes are forgiven at all.
    pub fn forgives(&self) -> bool {
        self.typos_max > 0
    }

    /// How well a word fits.
    pub fn grade(&self, word: &str) -> Option<Grade> {
        if let Some(rest) = word.strip_prefix(self.text.as_str()) {
            return Some(if rest.is_empty() { EXACT } else { PREFIX });
        }
        // A number in the index without a country is found by one with it.
        if self.text.starts_with(PHONE) && word.len() > PHONE_BYTES_MIN && self.text.starts_with(word) {
            return Some(PREFIX);
        }
        if word.starts_with(PHONE) || !self.may_be_near(mask(word), word.len()) {
            return None;
        }
        let (whole, prefix) = self.distances(word);
        match (whole, prefix) {
            (1, _) if self.mask == mask(word) && self.text.len() == word.len() => Some(SWAPPED),
            (1, _) => Some(ONE_TYPO),
            // With a mistake, the beginning of a word must be longer to mean anything.
            (_, 1) if self.chars.len() >= 4 => Some(PREFIX_ONE_TYPO),
            (2, _) if self.typos_max == 2 => Some(TWO_TYPOS),
            (_, 2) if self.typos_max == 2 && self.chars.len() >= 7 => Some(PREFIX_TWO_TYPOS),
            _ => None,
        }
    }

    /// Whether a whole word is this one, or one slip of the fingers away.
    pub fn is_slip_of(&self, word: &str) -> bool {
        matches!(self.grade(word), Some(EXACT | SWAPPED | ONE_TYPO))
            || (self.typos_max > 0 && word.len() > self.text.len() && self.distances(word).0 == 1)
    }

    /// The distance to a word, and to the nearest of its beginnings, as far as mistakes are forgiven; more is [`FAR`].
    /// Only beginnings that are as long, give or take the mistakes, can be near: a few cells of each row.
    fn distances(&self, word: &str) -> (u8, u8) {
        let mut chars = ['\0'; WORD_CHARS_MAX];
        let mut count = 0;
        for (slot, c) in chars.iter_mut().zip(word.chars()) {
            *slot = c;
            count += 1;
        }
        let chars = &chars[..count];
        let mut rows: [Row; 3] = [[FAR; WORD_CHARS_MAX + 2]; 3];
        for (column, cell) in rows[0].iter_mut().enumerate().take(self.typos_max + 1) {
            *cell = column as u8;
        }
        for (row, wanted) in self.chars.iter().enumerate() {
            let [before_last, last, now] = rows_of(&mut rows, row);
            let first = (row + 1).saturating_sub(self.typos_max).max(1);
            let end = (row + 1 + self.typos_max).min(count);
            now[first - 1] = if row < self.typos_max { row as u8 + 1 } else { FAR };
            let mut least = now[first - 1];
            for column in first..=end {
                let c = chars[column - 1];
                let replaced = last[column - 1] + u8::from(*wanted != c);
                let mut best = replaced.min(last[column] + 1).min(now[column - 1] + 1);
                if row > 0 && column > 1 && *wanted == chars[column - 2] && self.chars[row - 1] == c {
                    best = best.min(before_last[column - 2] + 1);
                }
                now[column] = best;
                least = least.min(best);
            }
            now[end.max(first - 1) + 1] = FAR;
            if usize::from(least) > self.typos_max {
                return (FAR, FAR);
            }
        }
        let last = &rows[self.chars.len() % 3];
        let first = self.chars.len().saturating_sub(self.typos_max);
        let end = (self.chars.len() + self.typos_max).min(count);
        let forgiven = |distance: u8| if usize::from(distance) > self.typos_max { FAR } else { distance };
        let nearest = last.get(first..=end).and_then(|cells| cells.iter().min()).copied().unwrap_or(FAR);
        let whole = if (first..=end).contains(&count) { last[count] } else { FAR };
        (forgiven(whole), forgiven(nearest))
    }
}

/// A distance beyond what is forgiven.
const FAR: u8 = 100;

/// Bytes of the shortest number that a longer one finds: seven digits and what stands before them.
const PHONE_BYTES_MIN: usize = 7;

type Row = [u8; WORD_CHARS_MAX + 2];

/// The row before the last, the last and the one to be filled after `row` letters.
fn rows_of(rows: &mut [Row; 3], row: usize) -> [&mut Row; 3] {
    let [a, b, c] = rows;
    match row % 3 {
        0 => [c, a, b],
        1 => [a, b, c],
        _ => [b, c, a],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mistakes_are_forgiven_by_length() {
        let wanted = [
            ("jhon", "john", Some(SWAPPED)),
            ("jhon", "jon", Some(ONE_TYPO)),
            ("smiht", "smith", Some(SWAPPED)),
            ("kari", "kari", Some(EXACT)),
            ("kar", "kari", Some(PREFIX)),
            ("nordmna", "nordmann", Some(PREFIX_ONE_TYPO)),
            ("nrodmnan", "nordmann", Some(TWO_TYPOS)),
            ("nordman", "nordmann", Some(PREFIX)),
            ("nrodm", "nordmann", Some(PREFIX_ONE_TYPO)),
            ("kxx", "kari", None),
            ("ka", "ma", None),
            ("1042", "1043", None),
            ("\u{1}5544332274", "\u{1}55443322", Some(PREFIX)),
            ("\u{1}5544332274", "\u{1}55443", None),
        ];
        for (query, word, grade) in wanted {
            assert_eq!(Wanted::new(query.to_owned()).grade(word), grade, "{query} {word}");
        }
    }

    /// The distance by its definition.
    fn twin(a: &[char], b: &[char]) -> usize {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len(),
            ([x, a_rest @ ..], [y, b_rest @ ..]) => {
                let mut best =
                    (twin(a_rest, b) + 1).min(twin(a, b_rest) + 1).min(twin(a_rest, b_rest) + usize::from(x != y));
                if let ([x2, a_rest @ ..], [y2, b_rest @ ..]) = (a_rest, b_rest)
                    && x == y2
                    && x2 == y
                {
                    best = best.min(twin(a_rest, b_rest) + 1);
                }
                best
            }
        }
    }

    proptest! {
        #[test]
        fn the_distance_is_the_distance(query in "[abc]{1,7}", word in "[abc]{0,7}") {
            let wanted = Wanted::new(query.clone());
            let (a, b): (Vec<char>, Vec<char>) = (query.chars().collect(), word.chars().collect());
            let nearest = (0..=b.len()).map(|end| twin(&a, &b[..end])).min().unwrap();
            let most = wanted.typos_max;
            let near = |distance: usize| if distance > most { FAR } else { distance as u8 };
            prop_assert_eq!(wanted.distances(&word), (near(twin(&a, &b)), near(nearest)));
            // The letters alone never refuse what the distance forgives.
            if nearest <= most && most > 0 {
                prop_assert!(wanted.may_be_near(mask(&word), word.len()));
            }
        }
    }
}
