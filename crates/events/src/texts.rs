//! The texts of person keys, one after another, by number. What stands before the colon takes one byte.

/// What texts begin with; the place here plus one is kept in its stead. Files hold these numbers.
const SPACES: [&str; 6] = ["anon:", "user:", "email:", "contact:", ERASED_PREFIX, ""];
const ANON: u8 = 1;
const ERASED: u8 = 5;
/// What an erased key has for a text.
const NOTHING: u8 = 0;
const ERASED_PREFIX: &str = "erased:";

/// What stands for an erased key in segments.
pub(crate) fn erased_text(number: u32) -> String {
    format!("{ERASED_PREFIX}{number}")
}

/// Whether a text stands for an erased key.
pub(crate) fn is_erased_text(text: &str) -> bool {
    text.starts_with(ERASED_PREFIX)
}

/// The number in a text that stands for an erased key.
pub(crate) fn erased_number(text: &str) -> Option<u32> {
    text.strip_prefix(ERASED_PREFIX)?.parse().ok()
}

/// A text as it is kept.
#[derive(Clone, Copy)]
pub(crate) struct Short<'a> {
    space: u8,
    rest: &'a [u8],
}

impl<'a> Short<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        // The last one fits every text.
        let spaces = (1..).zip(SPACES);
        let found = spaces.into_iter().find_map(|(space, prefix)| Some((space, text.strip_prefix(prefix)?)));
        let (space, rest) = found.unwrap_or((NOTHING, text));
        Self { space, rest: rest.as_bytes() }
    }

    /// What finds it in a table. The seed keeps those who choose keys from choosing where they come to lie.
    pub(crate) fn hash(self, seed: u64) -> u64 {
        xxhash_rust::xxh3::xxh3_64_with_seed(self.rest, seed.wrapping_add(u64::from(self.space)))
    }

    pub(crate) fn is_anonymous(self) -> bool {
        self.space == ANON
    }

    /// Whether there is none: it was erased.
    pub(crate) fn is_erased(self) -> bool {
        matches!(self.space, NOTHING | ERASED)
    }
}

impl PartialEq for Short<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space && self.rest == other.rest
    }
}

/// The texts of all keys.
#[derive(Clone, Default)]
pub(crate) struct KeyTexts {
    pub(crate) bytes: Vec<u8>,
    /// Where the text of each key ends.
    pub(crate) ends: Vec<u32>,
}

impl KeyTexts {
    /// Keys with a number.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Give the next number to a text.
    pub(crate) fn push(&mut self, text: Short<'_>) {
        self.bytes.push(text.space);
        self.bytes.extend_from_slice(text.rest);
        self.ends.push(self.bytes.len() as u32);
    }

    fn range(&self, key: u32) -> std::ops::Range<usize> {
        let key = key as usize;
        let start = if key == 0 { 0 } else { self.ends[key - 1] as usize };
        start..self.ends[key] as usize
    }

    /// The text of a key, as it is kept.
    pub(crate) fn get(&self, key: u32) -> Short<'_> {
        match self.bytes[self.range(key)].split_first() {
            Some((space, rest)) => Short { space: *space, rest },
            None => Short { space: NOTHING, rest: &[] },
        }
    }

    /// The text of a key; empty for an erased one.
    pub(crate) fn text(&self, key: u32) -> String {
        let Short { space, rest } = self.get(key);
        let prefix = usize::from(space).checked_sub(1).and_then(|place| SPACES.get(place));
        prefix.map_or(String::new(), |prefix| format!("{prefix}{}", String::from_utf8_lossy(rest)))
    }

    /// Take the text of a key away.
    pub(crate) fn erase(&mut self, key: u32) {
        let range = self.range(key);
        self.bytes[range].fill(NOTHING);
    }

    /// Whether the parts fit together: for those that came from a file.
    pub(crate) fn is_sound(&self) -> bool {
        self.ends.is_sorted() && self.ends.last().map_or(0, |end| *end as usize) == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_whatever_it_begins_with() {
        let all = ["anon:1", "user:ø", "email:a@b.no", "contact:1", "erased:4", "other:1", "", "user", "anon:"];
        let mut texts = KeyTexts::default();
        all.iter().for_each(|text| texts.push(Short::new(text)));
        for (key, text) in all.iter().enumerate() {
            assert_eq!(texts.text(key as u32), *text);
            assert_eq!(texts.get(key as u32).is_anonymous(), text.starts_with("anon:"));
            assert_eq!(texts.get(key as u32).is_erased(), is_erased_text(text));
            assert!(texts.get(key as u32) == Short::new(text));
        }
        assert!(
            Short::new("anon:1") != Short::new("user:1")
                && Short::new("anon:1").hash(1) != Short::new("user:1").hash(1)
        );
        texts.erase(1);
        assert!(texts.get(1).is_erased() && texts.text(1).is_empty() && texts.text(2) == all[2]);
    }
}
