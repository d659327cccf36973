//! Which keys are one person.
//!
//! Keys get dense numbers in the order in which the log first names them (the person of an event, then its
//! links). Keys joined by links are a person, and the person's number is the lowest of its keys' numbers, so
//! it depends on the log alone: not on segments, restarts or who asks. Old numbers of a merged person go on
//! leading to it.
//!
//! The rules, for the person key `p` of an event and a linked key `k`, taken link by link in log order:
//! - *Merge*: the two become one.
//! - *Claim*: the two become one, unless `p` or `k` is an anonymous key that already belongs to a known person
//!   (one with any key that is not anonymous) while the other one belongs to another known person: two people
//!   share a device. Then nothing is joined.
//! - Neither joins beyond [`KEYS_PER_PERSON_MAX`]: an id that everybody shares is a fault of the sender.
//!
//! Retracted events keep their keys' numbers (positions of numbers never move) but their links do not count.
//!
//! A key that was erased keeps its number, so that all later ones keep theirs, and loses its text: segments then say
//! `erased:<number>`. Whoever comes under the old text again is a new key. An erased key joins nobody.
//!
//! Memory: 15 to 20 bytes a key and what its text takes, without the space before the colon; 11 to 21 more for a key
//! that is joined to another. Everything is flat, so that `people` writes and reads it as it is. `persons` is an array
//! so that a scan resolves a key with one load; a reader holds the `Arc` and the next join copies it only while
//! somebody reads.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    codec::LinkRef,
    slots::{NumberTable, Rings},
    texts::{self, KeyTexts, Short},
};

/// Keys that one person can have.
pub const KEYS_PER_PERSON_MAX: usize = 10_000;
/// Joins that are remembered for whoever keeps something by person.
const JOINED_MAX: usize = 1 << 16;
/// Bytes of all keys together; `u32` offsets end here.
pub(crate) const KEY_BYTES_MAX: usize = 3_500_000_000;

/// Keys and people.
#[derive(Clone, Default)]
pub(crate) struct Identity {
    pub(crate) texts: KeyTexts,
    /// The person of each key.
    pub(crate) persons: Arc<Vec<u32>>,
    /// The keys of the same person.
    pub(crate) rings: Rings,
    /// By person: whether any key of it is not anonymous. 64 in a word, the first in the lowest bit.
    pub(crate) known: Vec<u64>,
    /// Finds the number of a text.
    pub(crate) table: NumberTable,
    /// What the hashes of texts begin with.
    pub(crate) seed: u64,
    /// The last event whose links are in.
    pub(crate) upto: u64,
    /// Changes whenever keys were joined or parted.
    pub(crate) joins: u64,
    /// The newest joins, oldest first: who went, and into whom.
    pub(crate) joined: VecDeque<(u32, u32)>,
    /// Changes whenever people were parted or erased.
    pub(crate) partings: u64,
    /// Changes whenever something that was there before is not as it was, but for joins: while it stays, what is new
    /// stands behind what was there.
    pub(crate) upheavals: u64,
}

impl Identity {
    /// Nobody.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The person of an event and, `with_links`, what it says about other keys. Answers the key's number.
    pub(crate) fn apply<'a>(
        &mut self,
        person: &str,
        links: impl Iterator<Item = LinkRef<'a>>,
        with_links: bool,
    ) -> u32 {
        let key = self.number(person);
        for link in links {
            let other = self.number(link.key);
            if with_links {
                self.join(key, other, link.always);
            }
        }
        key
    }

    /// The number of a key, a new one when it is new.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        let count = self.texts.count();
        if let Some(number) = texts::erased_number(text).filter(|number| (*number as usize) < count) {
            return number;
        }
        let short = Short::new(text);
        let hash = short.hash(self.seed);
        if let Some(found) = self.table.find(hash, |key| self.texts.get(key) == short) {
            return found;
        }
        let key = count as u32;
        if self.table.is_full(count) {
            self.upheavals += 1;
            let (texts, seed) = (&self.texts, self.seed);
            let with_text = (0..key).filter(|key| !texts.get(*key).is_erased());
            self.table.grow(with_text.map(|key| (texts.get(key).hash(seed), key)));
        }
        self.texts.push(short);
        if !short.is_erased() {
            self.table.insert(hash, key);
        }
        Arc::make_mut(&mut self.persons).push(key);
        if key.is_multiple_of(64) {
            self.known.push(0);
        }
        self.set_known(key, !short.is_anonymous());
        key
    }

    /// The number of a key that has been seen.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let short = Short::new(text);
        self.table.find(short.hash(self.seed), |key| self.texts.get(key) == short)
    }

    /// The text of a key; empty for one that was erased.
    pub(crate) fn text(&self, key: u32) -> String {
        self.texts.text(key)
    }

    fn is_known(&self, person: u32) -> bool {
        self.known[person as usize / 64] & (1 << (person % 64)) != 0
    }

    fn set_known(&mut self, person: u32, is_known: bool) {
        self.known[person as usize / 64] |= u64::from(is_known) << (person % 64);
    }

    /// The person of each key, by key number.
    pub(crate) fn persons(&self) -> Arc<Vec<u32>> {
        self.persons.clone()
    }

    /// The person that a number, of today or from before a merge, leads to.
    pub(crate) fn person(&self, number: u32) -> Option<u32> {
        self.persons.get(number as usize).copied()
    }

    /// Who was joined since there were so many joins, oldest first; none when that is too long ago.
    pub(crate) fn joined_since(&self, joins: u64) -> Option<Vec<(u32, u32)>> {
        let new = usize::try_from(self.joins.checked_sub(joins)?).ok()?;
        let start = self.joined.len().checked_sub(new)?;
        Some(self.joined.range(start..).copied().collect())
    }

    /// The keys of a person, lowest number first.
    pub(crate) fn keys(&self, number: u32) -> Vec<u32> {
        let Some(person) = self.person(number) else { return Vec::new() };
        let mut keys: Vec<u32> = self.ring(person).collect();
        keys.sort_unstable();
        keys
    }

    /// Whether the key was erased.
    pub(crate) fn is_erased(&self, key: u32) -> bool {
        self.texts.get(key).is_erased()
    }

    /// Take the texts of some keys away. Answers those that had one, with their numbers. Erasing twice is harmless.
    pub(crate) fn erase(&mut self, keys: &[u32]) -> Vec<(String, u32)> {
        let mut erased = Vec::new();
        for key in keys.iter().copied() {
            if key >= self.key_count() || self.is_erased(key) {
                continue;
            }
            erased.push((self.text(key), key));
            let (texts, seed) = (&self.texts, self.seed);
            self.table.remove(texts.get(key).hash(seed), key, |key| texts.get(key).hash(seed));
            self.texts.erase(key);
        }
        self.upheavals += 1;
        self.partings += 1;
        erased
    }

    /// Keys with a number.
    pub(crate) fn key_count(&self) -> u32 {
        self.texts.count() as u32
    }

    /// Bytes that the texts of all keys take.
    pub(crate) fn key_bytes(&self) -> usize {
        self.texts.bytes.len()
    }

    /// Take every join back, keep the numbers: before the joins are derived anew.
    pub(crate) fn part_all(&mut self) {
        let count = self.key_count();
        self.joins += 1;
        self.upheavals += 1;
        self.partings += 1;
        self.joined.clear();
        self.persons = Arc::new((0..count).collect());
        self.rings = Rings::default();
        self.known.fill(0);
        for key in 0..count {
            let is_known = !self.texts.get(key).is_anonymous();
            self.set_known(key, is_known);
        }
    }

    /// Whether the flat parts can be walked without going astray: for those that came from a file.
    pub(crate) fn is_sound(&self) -> bool {
        let keys = self.texts.count();
        self.texts.is_sound()
            && self.persons.len() == keys
            && self.persons.iter().all(|person| (*person as usize) < keys)
            && self.known.len() == keys.div_ceil(64)
            && self.table.is_sound(keys)
            && self.rings.is_sound(keys)
    }

    /// Whether an earlier state has the same keys under the same numbers, and, of the same event, the same people.
    pub(crate) fn agrees_with(&self, earlier: &Self) -> bool {
        let keys = earlier.key_count();
        let same_texts = keys <= self.key_count()
            && (0..keys).all(|key| {
                let are_erased = earlier.is_erased(key) && self.is_erased(key);
                are_erased
                    || earlier.texts.get(key) == self.texts.get(key) && earlier.find(&self.text(key)) == Some(key)
            });
        let same_people =
            || (0..keys).all(|key| self.is_erased(key) || earlier.persons[key as usize] == self.persons[key as usize]);
        same_texts && (earlier.upto != self.upto || same_people())
    }

    fn ring(&self, key: u32) -> impl Iterator<Item = u32> {
        let mut at = Some(key);
        std::iter::from_fn(move || {
            let now = at?;
            let next = self.rings.next(now);
            at = (next != key).then_some(next);
            Some(now)
        })
    }

    fn join(&mut self, one: u32, other: u32, always: bool) {
        let (a, b) = (self.persons[one as usize], self.persons[other as usize]);
        if a == b || self.is_erased(one) || self.is_erased(other) {
            return;
        }
        let both_known = self.is_known(a) && self.is_known(b);
        let through_device = self.texts.get(one).is_anonymous() || self.texts.get(other).is_anonymous();
        if !always && both_known && through_device {
            return;
        }
        let (stays, goes) = (a.min(b), a.max(b));
        let members: Vec<u32> = self.ring(goes).take(KEYS_PER_PERSON_MAX).collect();
        if members.len() + self.ring(stays).take(KEYS_PER_PERSON_MAX).count() > KEYS_PER_PERSON_MAX {
            tracing::warn!(
                person = stays,
                "a person has {KEYS_PER_PERSON_MAX} keys and gets no more; many people seem to share one id"
            );
            return;
        }
        self.joins += 1;
        if self.joined.len() == JOINED_MAX {
            self.joined.pop_front();
        }
        self.joined.push_back((goes, stays));
        let persons = Arc::make_mut(&mut self.persons);
        for member in members {
            persons[member as usize] = stays;
        }
        self.set_known(stays, self.is_known(goes));
        self.rings.join(stays, goes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(kind: char, key: &str) -> LinkRef<'_> {
        LinkRef { always: kind == 'm', key }
    }

    fn people(events: &[(&str, &[(char, &str)])]) -> Identity {
        let mut identity = Identity::default();
        for (person, links) in events {
            identity.apply(person, links.iter().map(|(kind, key)| link(*kind, key)), true);
        }
        identity
    }

    fn same(identity: &Identity, one: &str, other: &str) -> bool {
        let person = |text| identity.person(identity.find(text).unwrap());
        person(one) == person(other)
    }

    #[test]
    fn a_claim_joins_a_browser_once() {
        let who = people(&[("anon:1", &[('c', "user:kari")]), ("anon:1", &[('c', "user:ola")])]);
        assert!(same(&who, "anon:1", "user:kari"));
        assert!(!same(&who, "anon:1", "user:ola"));
        let turned = people(&[("user:kari", &[('c', "anon:1")]), ("user:ola", &[('c', "anon:1")])]);
        assert!(same(&turned, "anon:1", "user:kari") && !same(&turned, "user:ola", "user:kari"));
    }

    #[test]
    fn a_known_person_takes_many_browsers_and_names() {
        let who = people(&[
            ("anon:1", &[('c', "user:kari")]),
            ("anon:2", &[('c', "user:kari")]),
            ("user:kari", &[('c', "email:kari@example.no")]),
        ]);
        assert!(same(&who, "anon:1", "anon:2") && same(&who, "anon:2", "email:kari@example.no"));
        assert_eq!(who.keys(3).len(), 4);
    }

    #[test]
    fn a_merge_joins_always_and_the_lowest_number_stays() {
        let who = people(&[
            ("anon:1", &[('c', "user:kari")]),
            ("anon:2", &[('c', "user:ola")]),
            ("user:ola", &[('m', "user:kari")]),
        ]);
        assert_eq!((0..4).map(|key| who.person(key)).collect::<Vec<_>>(), [Some(0); 4]);
        assert_eq!(who.keys(2), [0, 1, 2, 3]);
    }

    /// The rules again, as plainly as they can be said: sets of names.
    #[derive(Default)]
    struct Twin {
        order: Vec<String>,
        sets: Vec<std::collections::BTreeSet<String>>,
    }

    impl Twin {
        fn set(&mut self, key: &str) -> usize {
            if let Some(place) = self.sets.iter().position(|set| set.contains(key)) {
                return place;
            }
            self.order.push(key.to_owned());
            self.sets.push([key.to_owned()].into());
            self.sets.len() - 1
        }

        fn link(&mut self, person: &str, key: &str, always: bool) {
            let (a, b) = (self.set(person), self.set(key));
            let knows = |set: usize| self.sets[set].iter().any(|key| !key.starts_with("anon:"));
            let anonymous = person.starts_with("anon:") || key.starts_with("anon:");
            if a != b && (always || !(anonymous && knows(a) && knows(b))) {
                let gone = std::mem::take(&mut self.sets[b]);
                self.sets[a].extend(gone);
            }
        }

        fn person(&self, key: &str) -> u32 {
            let set = self.sets.iter().find(|set| set.contains(key)).unwrap();
            self.order.iter().position(|key| set.contains(key)).unwrap() as u32
        }
    }

    fn key() -> impl proptest::strategy::Strategy<Value = String> {
        proptest::string::string_regex("(anon|anon|user|email):[1-5]").unwrap()
    }

    proptest::proptest! {
        #[test]
        fn the_fast_form_agrees_with_its_twin(
            events in proptest::collection::vec(
                (key(), proptest::collection::vec((proptest::bool::ANY, key()), 0..3)), 0..40),
        ) {
            let (mut fast, mut twin) = (Identity::default(), Twin::default());
            for (person, links) in &events {
                let refs = links.iter().map(|(always, key)| LinkRef { always: *always, key });
                fast.apply(person, refs, true);
                twin.set(person);
                for (always, key) in links {
                    twin.set(key);
                    twin.link(person, key, *always);
                }
            }
            for key in &twin.order {
                let person = fast.person(fast.find(key).unwrap()).unwrap();
                proptest::prop_assert_eq!(person, twin.person(key));
                let keys: std::collections::BTreeSet<String> =
                    fast.keys(person).into_iter().map(|key| fast.text(key).to_owned()).collect();
                proptest::prop_assert!(twin.sets.contains(&keys));
            }
        }
    }
}
