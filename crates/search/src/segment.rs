//! A part of the index that never changes: things, words, and which thing has which word.
//!
//! Everything lies in a few flat arrays: about 90 bytes a contact with its name, mail address, phone and company.

use hashbrown::HashMap;
use uuid::Uuid;

use crate::index::{Entry, NOBODY};
use crate::typo::{self, Grade, Wanted};
use crate::words;

/// The kind of a thing and its id: things are sorted by it.
pub(crate) type Key = (u8, Uuid);

#[derive(Debug, Default)]
pub(crate) struct Segment {
    nouns: Vec<u8>,
    ids: Vec<Uuid>,
    owners: Vec<u16>,
    /// All words, sorted, one behind the other.
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<u32>,
    /// Which letters each word has.
    masks: Vec<u32>,
    /// Where the things of each word end in `postings`.
    posting_ends: Vec<u32>,
    /// A thing and, in the lowest bit, whether the word stands in its name.
    postings: Vec<u32>,
}

impl Segment {
    /// A segment of these things; `owner` gives the short number of an owner.
    pub fn build(mut entries: Vec<Entry>, mut owner: impl FnMut(Uuid) -> u16) -> Self {
        entries.sort_unstable_by_key(|entry| (entry.noun, entry.id));
        let mut segment = Self::default();
        let mut found: HashMap<String, Vec<u32>> = HashMap::new();
        for (doc, entry) in entries.iter().enumerate() {
            segment.nouns.push(entry.noun);
            segment.ids.push(entry.id);
            segment.owners.push(entry.owner.map_or(NOBODY, &mut owner));
            let doc = (doc as u32) << 1;
            let mut add = |word: String, is_main: u32| {
                let list = found.entry(word).or_default();
                match list.last_mut() {
                    Some(last) if *last >> 1 == doc >> 1 => *last |= is_main,
                    _ => list.push(doc | is_main),
                }
            };
            words::of(&entry.name).into_iter().for_each(|word| add(word, 1));
            words::of(&entry.more).into_iter().for_each(|word| add(word, 0));
            words::of_phone(&entry.phone).into_iter().for_each(|word| add(word, 0));
        }
        let mut list: Vec<(String, Vec<u32>)> = found.into_iter().collect();
        list.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        list.into_iter().for_each(|(word, docs)| segment.push_word(&word, docs.into_iter()));
        segment
    }

    fn push_word(&mut self, word: &str, postings: impl Iterator<Item = u32>) {
        let before = self.postings.len();
        self.postings.extend(postings);
        if self.postings.len() > before {
            self.text.push_str(word);
            self.ends.push(self.text.len() as u32);
            self.masks.push(typo::mask(word));
            self.posting_ends.push(self.postings.len() as u32);
        }
    }

    /// One segment of the living things of two.
    pub fn merge(a: (&Segment, &Bits), b: (&Segment, &Bits)) -> Self {
        let mut merged = Self::default();
        let mut places = [vec![u32::MAX; a.0.len()], vec![u32::MAX; b.0.len()]];
        let (mut i, mut j) = (0, 0);
        while i < a.0.len() || j < b.0.len() {
            let takes_a = j >= b.0.len() || (i < a.0.len() && a.0.key(i) <= b.0.key(j));
            let (side, from, dead, doc) = if takes_a { (0, a.0, a.1, i) } else { (1, b.0, b.1, j) };
            if !dead.has(doc) {
                places[side][doc] = merged.ids.len() as u32;
                merged.nouns.push(from.nouns[doc]);
                merged.ids.push(from.ids[doc]);
                merged.owners.push(from.owners[doc]);
            }
            if takes_a { i += 1 } else { j += 1 }
        }
        merged.postings.reserve_exact(a.0.postings.len() + b.0.postings.len());
        let moved = |places: &[u32], postings: &[u32]| {
            let living = postings.iter().filter(|posting| places[(**posting >> 1) as usize] != u32::MAX);
            living.map(|posting| places[(posting >> 1) as usize] << 1 | posting & 1).collect::<Vec<u32>>()
        };
        let (mut i, mut j) = (0, 0);
        while i < a.0.ends.len() || j < b.0.ends.len() {
            let (left, right) = (a.0.word(i), b.0.word(j));
            let order = match (left, right) {
                (Some(left), Some(right)) => left.cmp(right),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            let mut postings = Vec::new();
            if order.is_le() {
                postings = moved(&places[0], a.0.postings(i));
                i += 1;
            }
            if order.is_ge() {
                postings.extend(moved(&places[1], b.0.postings(j)));
                j += 1;
            }
            let word = if order.is_le() { left } else { right };
            merged.push_word(word.unwrap_or_default(), postings.into_iter());
        }
        merged.shrink();
        merged
    }

    fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.masks.shrink_to_fit();
        self.posting_ends.shrink_to_fit();
        self.postings.shrink_to_fit();
        self.nouns.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.owners.shrink_to_fit();
    }

    /// How many things it holds, dead ones too.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn key(&self, doc: usize) -> Key {
        (self.nouns[doc], self.ids[doc])
    }

    pub fn owner(&self, doc: usize) -> u16 {
        self.owners[doc]
    }

    /// Where a thing stands.
    pub fn find(&self, key: Key) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.key(middle) < key { low = middle + 1 } else { high = middle }
        }
        (low < self.len() && self.key(low) == key).then_some(low)
    }

    fn word(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        Some(&self.text[start..end])
    }

    pub fn postings(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.posting_ends[index - 1] as usize };
        &self.postings[start..self.posting_ends[index] as usize]
    }

    /// The first word that is not below a text.
    fn first_from(&self, text: &str) -> usize {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.word(middle).unwrap_or_default() < text { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The words that fit a wanted one, and how well.
    pub fn fitting(&self, wanted: &Wanted) -> Vec<(usize, Grade)> {
        let mut out = Vec::new();
        let start = self.first_from(&wanted.text);
        let mut index = start;
        while let Some(word) = self.word(index).filter(|word| word.starts_with(&wanted.text)) {
            out.push((index, if word.len() == wanted.text.len() { typo::EXACT } else { typo::PREFIX }));
            index += 1;
        }
        if wanted.text.starts_with(words::PHONE) {
            for end in 1..wanted.text.len() {
                let shorter = &wanted.text[..end];
                let index = self.first_from(shorter);
                if self.word(index) == Some(shorter) && wanted.grade(shorter).is_some() {
                    out.push((index, typo::PREFIX));
                }
            }
        }
        if wanted.forgives() {
            let exact = start..index;
            // Numbers sort before letters, and none of them is forgiven.
            let first = self.first_from(AFTER_NUMBERS);
            let mut before = first.checked_sub(1).map_or(0, |last| self.ends[last] as usize);
            for (index, (mask, end)) in self.masks.iter().zip(&self.ends).enumerate().skip(first) {
                let bytes = *end as usize - before;
                before = *end as usize;
                if wanted.may_be_near(*mask, bytes)
                    && !exact.contains(&index)
                    && let Some(grade) = self.word(index).and_then(|word| wanted.grade(word))
                {
                    out.push((index, grade));
                }
            }
        }
        out
    }
}

/// The text behind all numbers.
const AFTER_NUMBERS: &str = ":";

/// A bit for each thing of a segment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bits {
    words: Vec<u64>,
    pub count: usize,
}

impl Bits {
    pub fn has(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    pub fn set(&mut self, index: usize) {
        if self.has(index) {
            return;
        }
        if self.words.len() <= index / 64 {
            self.words.resize(index / 64 + 1, 0);
        }
        self.words[index / 64] |= 1 << (index % 64);
        self.count += 1;
    }
}
