//! The index: segments that never change, smaller ones behind larger ones.
//!
//! What is new or changed becomes a small segment, and two neighbours of like size become one, so that there are about
//! as many segments as the number of things has binary digits, and each thing is moved that often. A thing that
//! changed dies in the segment that had it. Readers hold the list as it was when they began.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use crate::segment::{Bits, Key, Segment};
use crate::typo::Wanted;
use crate::words;

/// Words of a query that are looked at.
pub const QUERY_WORDS_MAX: usize = 6;
/// A segment is merged with the one before while it is at least half as large.
const MERGE_FACTOR: usize = 2;
/// The owner of what has none.
pub(crate) const NOBODY: u16 = u16::MAX;
/// Owners that are told apart; those beyond are seen by whoever may see everything.
const OWNERS_MAX: usize = u16::MAX as usize - 1;

/// One thing that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which kind of thing.
    pub noun: u8,
    /// Its id; a later one is newer.
    pub id: Uuid,
    /// Who works on it.
    pub owner: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// Other texts it is found by.
    pub more: String,
    /// A phone number in any writing.
    pub phone: String,
}

/// A question, cut into words.
#[derive(Debug, Clone)]
pub struct Query {
    words: Vec<Wanted>,
}

impl Query {
    /// Read what somebody wrote.
    pub fn new(text: &str) -> Self {
        if words::is_phone(text)
            && let Some(phone) = words::of_phone(text)
        {
            return Self { words: vec![Wanted::new(phone)] };
        }
        Self::of_words(text)
    }

    /// The same, with numbers taken as words: order numbers are written like phone numbers.
    pub fn of_words(text: &str) -> Self {
        let mut list = words::of(text);
        list.truncate(QUERY_WORDS_MAX);
        Self { words: list.into_iter().map(Wanted::new).collect() }
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a folded word of a text is meant by a word of the query.
    pub fn means(&self, word: &str) -> bool {
        self.words.iter().any(|wanted| wanted.grade(word).is_some())
    }
}

/// Whose things of a kind are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owned {
    /// Everybody's.
    ByAll,
    /// One user's.
    By(Uuid),
    /// Nobody's: the kind is not looked for.
    Hidden,
}

/// A thing that was found; the greatest is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// How well it fits.
    pub score: u8,
    /// Its id; of two that fit alike the newer is the better.
    pub id: Uuid,
}

/// What was found of each kind, best first, and how many there are in all.
pub type Totals = Vec<(Vec<Found>, usize)>;

type Part = (Arc<Segment>, Arc<Bits>);

/// The index.
#[derive(Debug, Default)]
pub struct Index {
    parts: RwLock<Arc<Vec<Part>>>,
    /// Held by whoever changes the index; readers do not wait for it.
    writing: Mutex<()>,
    /// The numbers of owners.
    owners: RwLock<HashMap<Uuid, u16>>,
}

impl Index {
    /// Put things in, over what was there of them.
    pub fn put(&self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let _writing = self.writing.lock();
        let keys: Vec<Key> = entries.iter().map(|entry| (entry.noun, entry.id)).collect();
        let added = Segment::build(entries, |owner| number_of(&mut self.owners.write(), owner));
        let mut parts = self.without(&keys);
        parts.push((Arc::new(added), Arc::default()));
        merge_tail(&mut parts);
        *self.parts.write() = Arc::new(parts);
    }

    /// Take things out. Their words stay in memory until parts are merged, or [`Index::compact`].
    pub fn remove(&self, keys: &[(u8, Uuid)]) {
        let _writing = self.writing.lock();
        *self.parts.write() = Arc::new(self.without(keys));
    }

    /// Leave nothing in memory of what was taken out or changed: who was erased must be gone from it, too.
    pub fn compact(&self) {
        let _writing = self.writing.lock();
        let mut parts: Vec<Part> = self.parts.read().to_vec();
        for part in parts.iter_mut().filter(|part| part.1.count > 0) {
            *part = merged(part, &(Arc::default(), Arc::default()));
        }
        parts.retain(|part| part.0.len() > 0);
        *self.parts.write() = Arc::new(parts);
    }

    /// The parts with these things dead in them.
    fn without(&self, keys: &[Key]) -> Vec<Part> {
        let mut parts: Vec<Part> = self.parts.read().to_vec();
        for (segment, dead) in &mut parts {
            for doc in keys.iter().filter_map(|key| segment.find(*key)) {
                Arc::make_mut(dead).set(doc);
            }
        }
        parts
    }

    /// How many things it holds.
    pub fn len(&self) -> usize {
        self.parts.read().iter().map(|(segment, dead)| segment.len() - dead.count).sum()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The best `limit` things of each kind that have every word of a query; `owned` says whose of each kind.
    pub fn find(&self, query: &Query, owned: &[Owned], limit: usize) -> Totals {
        let parts = self.parts.read().clone();
        let numbers: Vec<Option<u16>> = {
            let owners = self.owners.read();
            let number = |owned: &Owned| match owned {
                Owned::By(id) => Some(owners.get(id).copied().unwrap_or(NOBODY - 1)),
                _ => None,
            };
            owned.iter().map(number).collect()
        };
        let mut heaps: Vec<BinaryHeap<Reverse<Found>>> = vec![BinaryHeap::new(); owned.len()];
        let mut counts = vec![0; owned.len()];
        if query.is_empty() {
            return counts.into_iter().map(|count| (Vec::new(), count)).collect();
        }
        for (segment, dead) in parts.iter() {
            for (doc, score) in matches(segment, query) {
                let (noun, id) = segment.key(doc);
                let noun = usize::from(noun);
                let is_seen = match owned.get(noun) {
                    Some(Owned::ByAll) => true,
                    Some(Owned::By(_)) => numbers[noun] == Some(segment.owner(doc)),
                    Some(Owned::Hidden) | None => false,
                };
                if !is_seen || dead.has(doc) {
                    continue;
                }
                counts[noun] += 1;
                let (heap, found) = (&mut heaps[noun], Reverse(Found { score, id }));
                if heap.len() < limit {
                    heap.push(found);
                } else if heap.peek().is_some_and(|worst| found < *worst) {
                    heap.pop();
                    heap.push(found);
                }
            }
        }
        let sorted =
            |heap: BinaryHeap<Reverse<Found>>| heap.into_sorted_vec().into_iter().map(|found| found.0).collect();
        heaps.into_iter().map(sorted).zip(counts).collect()
    }
}

fn number_of(owners: &mut HashMap<Uuid, u16>, owner: Uuid) -> u16 {
    let count = owners.len();
    if count >= OWNERS_MAX {
        return owners.get(&owner).copied().unwrap_or(NOBODY);
    }
    *owners.entry(owner).or_insert(count as u16)
}

/// Merge the last parts while they are of like size.
fn merge_tail(parts: &mut Vec<Part>) {
    while let [.., before, last] = parts.as_slice()
        && last.0.len() * MERGE_FACTOR >= before.0.len() - before.1.count
    {
        let merged = merged(before, last);
        parts.truncate(parts.len() - 2);
        parts.push(merged);
    }
}

fn merged(a: &Part, b: &Part) -> Part {
    (Arc::new(Segment::merge((&a.0, &a.1), (&b.0, &b.1))), Arc::default())
}

/// The things of a segment that have every word, each with its score.
fn matches(segment: &Segment, query: &Query) -> Vec<(usize, u8)> {
    let mut lists: Vec<(usize, Vec<(usize, u8)>)> = Vec::with_capacity(query.words.len());
    for wanted in &query.words {
        let words = segment.fitting(wanted);
        lists.push((words.iter().map(|(word, _)| segment.postings(*word).len()).sum(), words));
    }
    // The rarest word first: what lacks it needs no look at the others.
    lists.sort_by_key(|(count, _)| *count);
    let mut best = vec![0u8; segment.len()];
    let mut found: Vec<(usize, u8)> = Vec::new();
    for (place, (_, words)) in lists.iter().enumerate() {
        if place > 0 {
            best.fill(0);
        }
        for (word, grade) in words {
            for posting in segment.postings(*word) {
                let (doc, is_main) = ((posting >> 1) as usize, (posting & 1) as u8);
                let grade = grade * 2 + is_main;
                if place == 0 && best[doc] == 0 {
                    found.push((doc, 0));
                }
                best[doc] = best[doc].max(grade);
            }
        }
        found.retain_mut(|(doc, score)| {
            *score = score.saturating_add(best[*doc]);
            best[*doc] > 0
        });
        if found.is_empty() {
            break;
        }
    }
    found
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
