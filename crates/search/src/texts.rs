//! Texts as they are written, to find a part of one anywhere in it.
//!
//! No index of a database finds `irma77` in an address, unless an extension is there that a company may not be able to
//! add; so each address was read, two seconds for a million. Here they lie in small letters behind each other, about
//! 75 bytes a contact, and are looked through at the speed of memory. What is found is a little more than what a
//! database finds ([`small`]): whoever asks has the database look at it again, and loses nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memmem::Finder;
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

/// Ends each text. Texts have a blank in its place, and a part that has it is not looked for.
pub const END: char = '\u{1f}';
/// Things that lie together: a change writes so many anew.
const CHUNK: usize = 4_096;

/// What must be in the texts of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// All of them.
    All(Vec<TextTest>),
    /// One of them at least.
    Any(Vec<TextTest>),
    /// One of these texts of the thing (a bit for each, the first is 1) has a part in it.
    Has { texts: u32, part: String },
}

impl TextTest {
    /// That a part is in one of these texts; none when any text may have it or nobody can tell.
    pub fn has(texts: u32, part: &str) -> Option<Self> {
        let part = small(part);
        (!part.is_empty() && !part.contains(END)).then_some(Self::Has { texts, part })
    }

    /// Whether a database finds all that this finds. Not so for letters beyond ASCII, whose small forms they do not
    /// agree on.
    pub fn is_told_alike(&self) -> bool {
        match self {
            Self::All(tests) | Self::Any(tests) => tests.iter().all(Self::is_told_alike),
            Self::Has { part, .. } => part.is_ascii(),
        }
    }
}

/// Small letters such that whatever two texts a database takes for the same in its small letters are the same here:
/// SQLite knows those of ASCII only, PostgreSQL those of its locale, and they disagree about a dotted capital I and a
/// sigma that ends a word.
pub fn small(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let one = |c: char| if c == 'ς' { 'σ' } else { c };
    text.chars().flat_map(char::to_lowercase).filter(|c| *c != '\u{307}').map(one).collect()
}

/// Things in the order of their ids, their texts behind each other.
#[derive(Debug, Default)]
struct Chunk {
    ids: Vec<Uuid>,
    /// Where the texts of each end.
    ends: Vec<u32>,
    text: String,
}

impl Chunk {
    fn push(&mut self, id: Uuid, text: &str) {
        self.ids.push(id);
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn start(&self, doc: usize) -> usize {
        doc.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    fn text(&self, doc: usize) -> &str {
        &self.text[self.start(doc)..self.ends[doc] as usize]
    }

    /// The things that pass, by their places.
    fn found(&self, test: &Prepared<'_>) -> Vec<usize> {
        match test {
            Prepared::All(tests) => {
                let Some((first, rest)) = tests.split_first() else { return (0..self.ids.len()).collect() };
                let mut found = self.found(first);
                found.retain(|doc| rest.iter().all(|test| test.passes(self.text(*doc))));
                found
            }
            Prepared::Any(tests) => {
                let mut found: Vec<usize> = tests.iter().flat_map(|test| self.found(test)).collect();
                found.sort_unstable();
                found.dedup();
                found
            }
            Prepared::Has { texts, finder } => self.having(*texts, finder),
        }
    }

    /// All texts at once: to look through those of each alone takes longer.
    fn having(&self, texts: u32, finder: &Finder<'_>) -> Vec<usize> {
        let bytes = self.text.as_bytes();
        let (mut found, mut from, mut doc) = (Vec::new(), 0, 0);
        while let Some(place) = finder.find(&bytes[from..]).map(|place| from + place) {
            doc += self.ends[doc..].partition_point(|end| *end as usize <= place);
            if is_among(texts, &bytes[self.start(doc)..place]) {
                found.push(doc);
                from = self.ends[doc] as usize;
            } else {
                from = place + 1;
            }
        }
        found
    }
}

/// Whether the text that begins behind others of a thing is one of these.
fn is_among(texts: u32, before: &[u8]) -> bool {
    let number = before.iter().filter(|byte| **byte == END as u8).count();
    texts.checked_shr(u32::try_from(number).unwrap_or(u32::MAX)).is_some_and(|texts| texts & 1 == 1)
}

/// A test made ready to be tried on many.
enum Prepared<'a> {
    All(Vec<Prepared<'a>>),
    Any(Vec<Prepared<'a>>),
    Has { texts: u32, finder: Box<Finder<'a>> },
}

impl<'a> Prepared<'a> {
    fn new(test: &'a TextTest) -> Self {
        let each = |tests: &'a [TextTest]| tests.iter().map(Self::new).collect::<Vec<_>>();
        match test {
            TextTest::All(tests) => {
                let mut tests = each(tests);
                // What is found of the first is looked at one by one: best the rarest, and that is often the longest.
                tests.sort_by_key(|test| std::cmp::Reverse(test.length()));
                Self::All(tests)
            }
            TextTest::Any(tests) => Self::Any(each(tests)),
            TextTest::Has { texts, part } => Self::Has { texts: *texts, finder: Box::new(Finder::new(part)) },
        }
    }

    /// How long the shortest part is that must be there.
    fn length(&self) -> usize {
        match self {
            Self::All(tests) => tests.iter().map(Self::length).max().unwrap_or(0),
            Self::Any(tests) => tests.iter().map(Self::length).min().unwrap_or(usize::MAX),
            Self::Has { finder, .. } => finder.needle().len(),
        }
    }

    /// Whether a thing of these texts passes.
    fn passes(&self, text: &str) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.passes(text)),
            Self::Any(tests) => tests.iter().any(|test| test.passes(text)),
            Self::Has { texts, finder } => {
                let (bytes, mut from) = (text.as_bytes(), 0);
                while let Some(place) = finder.find(&bytes[from..]).map(|place| from + place) {
                    if is_among(*texts, &bytes[..place]) {
                        return true;
                    }
                    from = place + 1;
                }
                false
            }
        }
    }
}

type Chunks = Arc<Vec<Arc<Chunk>>>;

/// The texts of things of several kinds.
#[derive(Debug, Default)]
pub struct Texts {
    /// By kind, in the order of ids. Readers hold the list as it was when they began.
    nouns: RwLock<BTreeMap<u8, Chunks>>,
    /// Held by whoever changes it; readers do not wait for it.
    writing: Mutex<()>,
}

impl Texts {
    /// Take in what changed of a kind: the texts of each thing in their order, or none when it is gone. Nothing is left
    /// in memory of what was there before.
    pub fn change(&self, noun: u8, changes: impl IntoIterator<Item = (Uuid, Option<Vec<String>>)>) {
        let changes: BTreeMap<Uuid, Option<String>> =
            changes.into_iter().map(|(id, texts)| (id, texts.map(|texts| joined(&texts)))).collect();
        if changes.is_empty() {
            return;
        }
        let _writing = self.writing.lock();
        let before = self.nouns.read().get(&noun).cloned().unwrap_or_default();
        let after = Arc::new(changed(&before, changes));
        self.nouns.write().insert(noun, after);
    }

    /// The things of a kind that pass, in the order of their ids; none when there are more than `most`.
    pub fn find(&self, noun: u8, test: &TextTest, most: usize) -> Option<Vec<Uuid>> {
        let chunks = self.nouns.read().get(&noun).cloned().unwrap_or_default();
        let test = Prepared::new(test);
        let mut found = Vec::new();
        for chunk in chunks.iter() {
            found.extend(chunk.found(&test).into_iter().map(|doc| chunk.ids[doc]));
            if found.len() > most {
                return None;
            }
        }
        Some(found)
    }
}

fn joined(texts: &[String]) -> String {
    let mut joined = String::new();
    for text in texts {
        joined.push_str(&small(text).replace(END, " "));
        joined.push(END);
    }
    joined
}

/// The chunks with the changes in them; those without any are the same as before.
fn changed(before: &[Arc<Chunk>], mut changes: BTreeMap<Uuid, Option<String>>) -> Vec<Arc<Chunk>> {
    let mut after: Vec<Arc<Chunk>> = Vec::with_capacity(before.len() + 1);
    let empty = [Arc::default()];
    let before = if before.is_empty() { &empty } else { before };
    for (place, chunk) in before.iter().enumerate() {
        // Up to where the next one begins.
        let rest = match before.get(place + 1).and_then(|next| next.ids.first()) {
            Some(next) => changes.split_off(next),
            None => BTreeMap::new(),
        };
        let here = std::mem::replace(&mut changes, rest);
        if here.is_empty() {
            after.push(chunk.clone());
        } else {
            after.extend(merged(chunk, here));
        }
    }
    after.retain(|chunk| !chunk.ids.is_empty());
    after
}

/// A chunk with changes, cut where it became too large.
fn merged(chunk: &Chunk, changes: BTreeMap<Uuid, Option<String>>) -> Vec<Arc<Chunk>> {
    let mut out = vec![Chunk::default()];
    let mut push = |id: Uuid, text: &str| {
        if out.last().is_none_or(|last| last.ids.len() >= CHUNK) {
            out.push(Chunk::default());
        }
        if let Some(last) = out.last_mut() {
            last.push(id, text);
        }
    };
    let mut doc = 0;
    for (id, text) in changes {
        while doc < chunk.ids.len() && chunk.ids[doc] < id {
            push(chunk.ids[doc], chunk.text(doc));
            doc += 1;
        }
        doc += usize::from(chunk.ids.get(doc) == Some(&id));
        if let Some(text) = text {
            push(id, &text);
        }
    }
    (doc..chunk.ids.len()).for_each(|doc| push(chunk.ids[doc], chunk.text(doc)));
    for chunk in &mut out {
        chunk.ids.shrink_to_fit();
        chunk.ends.shrink_to_fit();
        chunk.text.shrink_to_fit();
    }
    out.into_iter().map(Arc::new).collect()
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
