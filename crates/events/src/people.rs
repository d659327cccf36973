//! The identities in a file, `derived/people`, so that a start need not read every event.
//!
//! Derived data: removed and rebuilt from the events when it is missing, damaged, of another version, ahead of
//! the log (a power cut took events that were never acknowledged) or of another state of the tombstones.
//! Little endian:
//!
//! ```text
//! "SUPPIPPL" · version u32 · keys u32 · upto u64 · tombstones u64 · bytes of all texts u64 · seed u64
//!   · slots of the table u64 · slots of the rings u64
//! ends u32 × keys · persons u32 × keys · known u64 × (keys / 64) · table u32 × slots · rings (u32, u32) × slots
//!   · texts · crc32c u32 of all before
//! ```
//! The parts are those of [`Identity`] as they lie in memory, the tables too: reading is copying, 0.1 s for 5 million
//! keys from the page cache. Writing goes on beside appends: parts are copied piece by piece under the lock, and while nothing but the end
//! of a part changes, the pieces belong together (`Identity::upheavals`); persons and rings, which joins change, are
//! held as they were.

use std::{io, sync::Arc};

use base::{OsRandom, Random};

use crate::{
    disk::{Disk, ReadFile, WriteFile, create_fresh, remove_if_there},
    identity::Identity,
    run::FOLDER,
    slots::{NumberTable, Rings},
    state::{Shared, State},
    texts::KeyTexts,
};

pub(crate) const FILE: &str = "people";
const MAGIC: &[u8; 8] = b"SUPPIPPL";
const VERSION: u32 = 2;
const HEAD: usize = 64;
/// New events after which a running log writes the file again; it is always written at close.
const EVENTS_BETWEEN_SAVES: u64 = 500_000;
/// With many keys it is written less often, or it would be most of what is written: a start after a crash reads the
/// people of so many events for each key from the segments.
const EVENTS_PER_KEY_BETWEEN_SAVES: f64 = 0.5;
/// Bytes read, or copied under the lock, at a time.
const PIECE_BYTES: usize = 1 << 20;
/// Attempts to write beside others before they are held.
const ATTEMPTS: u32 = 3;

/// Write the file when something is new; `always`, or only after many events.
pub(crate) fn save_when_due(shared: &Shared, always: bool) {
    let mut saved = shared.saved_people.lock();
    {
        let state = shared.state.read();
        let between = (f64::from(state.identity.key_count()) * EVENTS_PER_KEY_BETWEEN_SAVES) as u64;
        let is_due = state.identity.upto.saturating_sub(saved.0) >= between.max(EVENTS_BETWEEN_SAVES);
        if !(is_due || always) || *saved == (state.identity.upto, state.tombstones.fingerprint()) {
            return;
        }
    }
    match write(shared, false) {
        Ok(Some(now)) => *saved = now,
        // Next time.
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the people are not written; the next start takes longer"),
    }
}

/// Have no file.
pub(crate) fn remove(shared: &Shared) -> io::Result<()> {
    let mut saved = shared.saved_people.lock();
    remove_if_there(&*shared.disk, &format!("{FOLDER}/{FILE}"))?;
    *saved = (0, 0);
    shared.disk.sync_folder(FOLDER)
}

/// Write the file now, also while somebody is being erased.
pub(crate) fn save(shared: &Shared) -> io::Result<()> {
    let mut saved = shared.saved_people.lock();
    *saved = write(shared, true)?.unwrap_or_default();
    Ok(())
}

/// Shows the state to whom it is given, as it is now.
type Look<'a> = &'a dyn Fn(&mut dyn FnMut(&State));

/// Write the file. Answers the last event in it and the tombstones, or `None`: with an erasure that is not finished there
/// must be no file, unless its texts are in no segment any more (`is_erased`). The next start would not learn them.
fn write(shared: &Shared, is_erased: bool) -> io::Result<Option<(u64, u64)>> {
    let still = |state: &State| (is_erased || state.erasures.is_empty()).then(|| Still::new(state));
    let look: Look<'_> = &|see| see(&shared.state.read());
    for _ in 0..ATTEMPTS {
        let Some(before) = still(&shared.state.read()) else { return Ok(None) };
        if write_what(&*shared.disk, look, &before)? {
            return Ok(Some((before.upto, before.tombstones)));
        }
    }
    let state = shared.state.read();
    let Some(before) = still(&state) else { return Ok(None) };
    let is_written = write_what(&*shared.disk, &|see| see(&state), &before)?;
    Ok(is_written.then_some((before.upto, before.tombstones)))
}

/// Write what there was before, of what a look shows now. False when that does not belong together.
fn write_what(disk: &dyn Disk, look: Look<'_>, before: &Still) -> io::Result<bool> {
    let temporary = format!("{FOLDER}/{FILE}.tmp");
    let mut sink = Sink { file: create_fresh(disk, &temporary)?, crc: 0, look, upheavals: before.upheavals };
    let keys = before.keys as usize;
    let is_whole = sink.add(&before.head)?
        && sink.part(keys, 4, |identity, range, into| put_all(&identity.texts.ends[range], into))?
        && sink.part(keys, 4, |_, range, into| put_all(&before.persons[range], into))?
        && sink.part(before.known.len(), 8, |_, range, into| {
            before.known[range].iter().for_each(|word| into.extend_from_slice(&word.to_le_bytes()));
        })?
        && sink.part(before.slots, 4, |identity, range, into| {
            let table = &identity.table;
            let slots = table.slots()[range].iter().map(|slot| table.without_later(*slot, before.keys));
            slots.for_each(|slot| into.extend_from_slice(&slot.to_le_bytes()));
        })?
        && sink.part(before.rings.slots().len(), 8, |_, range, into| {
            put_all(before.rings.slots()[range].as_flattened(), into);
        })?
        && sink.part(before.bytes, 1, |identity, range, into| into.extend_from_slice(&identity.texts.bytes[range]))?;
    if !is_whole {
        return Ok(false);
    }
    let crc = sink.crc.to_le_bytes();
    sink.file.append(&crc)?;
    sink.file.sync()?;
    disk.rename(&temporary, &format!("{FOLDER}/{FILE}"))?;
    disk.sync_folder(FOLDER)?;
    Ok(true)
}

fn put_all(numbers: &[u32], into: &mut Vec<u8>) {
    numbers.iter().for_each(|number| into.extend_from_slice(&number.to_le_bytes()));
}

/// What is taken at once: how large the parts are, and those of which more than the end changes.
struct Still {
    head: Vec<u8>,
    keys: u32,
    bytes: usize,
    slots: usize,
    upto: u64,
    tombstones: u64,
    upheavals: u64,
    persons: Arc<Vec<u32>>,
    known: Vec<u64>,
    rings: Rings,
}

impl Still {
    fn new(state: &State) -> Self {
        let (identity, tombstones) = (&state.identity, state.tombstones.fingerprint());
        let (keys, bytes, slots) = (identity.key_count(), identity.key_bytes(), identity.table.slots().len());
        let rings = identity.rings.clone();
        let mut head = [&MAGIC[..], &VERSION.to_le_bytes(), &keys.to_le_bytes()].concat();
        let words = [identity.upto, tombstones, bytes as u64, identity.seed, slots as u64, rings.slots().len() as u64];
        words.iter().for_each(|word| head.extend_from_slice(&word.to_le_bytes()));
        let (persons, known) = (identity.persons(), identity.known.clone());
        let (upto, upheavals) = (identity.upto, identity.upheavals);
        Self { head, keys, bytes, slots, upto, tombstones, upheavals, persons, known, rings }
    }
}

struct Sink<'a> {
    file: Box<dyn WriteFile>,
    crc: u32,
    look: Look<'a>,
    upheavals: u64,
}

impl Sink<'_> {
    fn add(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        self.file.append(bytes)?;
        Ok(true)
    }

    /// Write so many entries of so many bytes. False when something changed that was there before.
    fn part(
        &mut self,
        count: usize,
        width: usize,
        put: impl Fn(&Identity, std::ops::Range<usize>, &mut Vec<u8>),
    ) -> io::Result<bool> {
        let step = PIECE_BYTES / width;
        let mut bytes = Vec::with_capacity((count * width).min(PIECE_BYTES));
        for start in (0..count).step_by(step) {
            let mut is_same = false;
            bytes.clear();
            (self.look)(&mut |State { identity, .. }| {
                is_same = identity.upheavals == self.upheavals;
                if is_same {
                    put(identity, start..count.min(start + step), &mut bytes);
                }
            });
            if !is_same {
                return Ok(false);
            }
            self.add(&bytes)?;
        }
        Ok(true)
    }
}

/// What a look at the file shows.
pub(crate) enum Looked {
    Missing,
    Damaged,
    /// The people, and the state of the tombstones they belong to.
    Whole(Box<Identity>, u64),
}

/// Look at the file without changing it.
pub(crate) fn look(disk: &dyn Disk) -> io::Result<Looked> {
    let file = match disk.open_read(&format!("{FOLDER}/{FILE}")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Looked::Missing),
        other => other?,
    };
    let length = file.length()?;
    let mut source = Source { file: &*file, at: 0, crc: 0, buffer: Vec::new() };
    Ok(match read(&mut source, length)? {
        Some((identity, tombstones)) => Looked::Whole(Box::new(identity), tombstones),
        None => Looked::Damaged,
    })
}

/// The people of a file and the state of the tombstones they belong to; `None` when it is damaged or of another version.
fn read(source: &mut Source<'_>, length: u64) -> io::Result<Option<(Identity, u64)>> {
    if length < (HEAD + 4) as u64 {
        return Ok(None);
    }
    let head = source.piece(HEAD)?.to_vec();
    let word = |at: usize| head[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let (version, keys) = (word(8) as u32, word(8) >> 32);
    let (bytes, slots, rings) = (word(32), word(48), word(56));
    let parts = [(keys, 8), (keys.div_ceil(64), 8), (slots, 4), (rings, 8), (bytes, 1), (HEAD as u64 + 4, 1)];
    let sum = parts.iter().try_fold(0u64, |sum, (count, width)| sum.checked_add(count.checked_mul(*width)?));
    if head[..8] != *MAGIC || version != VERSION || sum != Some(length) {
        return Ok(None);
    }
    let keys = keys as usize;
    let ends = source.numbers(keys)?;
    let persons = Arc::new(source.numbers(keys)?);
    let mut known = Vec::with_capacity(keys.div_ceil(64));
    source.part(keys.div_ceil(64) * 8, |bytes| {
        known.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
    })?;
    let table = NumberTable::from_slots(source.numbers(slots as usize)?);
    let mut pairs = Vec::with_capacity(rings as usize);
    source.part(rings as usize * 8, |bytes| {
        let numbers = bytes.as_chunks::<4>().0.as_chunks::<2>().0;
        pairs.extend(numbers.iter().map(|pair| pair.map(u32::from_le_bytes)));
    })?;
    let mut texts = KeyTexts { bytes: with_room(bytes as usize), ends };
    source.part(bytes as usize, |bytes| texts.bytes.extend_from_slice(bytes))?;
    let crc = source.crc.to_le_bytes();
    if *source.piece(4)? != crc {
        return Ok(None);
    }
    let rings = Rings::from_slots(pairs);
    let identity =
        Identity { texts, persons, rings, known, table, seed: word(40), upto: word(16), ..Identity::default() };
    Ok(identity.is_sound().then_some((identity, word(24))))
}

/// Empty, with room for the first of those who come after a start.
fn with_room<T>(count: usize) -> Vec<T> {
    Vec::with_capacity(count + count / 16)
}

/// Reads a file from its beginning.
struct Source<'a> {
    file: &'a dyn ReadFile,
    at: u64,
    crc: u32,
    buffer: Vec<u8>,
}

impl Source<'_> {
    fn piece(&mut self, length: usize) -> io::Result<&[u8]> {
        self.buffer.resize(length, 0);
        self.file.read_at(&mut self.buffer, self.at)?;
        self.at += length as u64;
        self.crc = crc32c::crc32c_append(self.crc, &self.buffer);
        Ok(&self.buffer)
    }

    fn part(&mut self, bytes: usize, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        for start in (0..bytes).step_by(PIECE_BYTES) {
            take(self.piece(PIECE_BYTES.min(bytes - start))?);
        }
        Ok(())
    }

    fn numbers(&mut self, count: usize) -> io::Result<Vec<u32>> {
        let mut numbers = with_room(count);
        self.part(count * 4, |bytes| {
            numbers.extend(bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)));
        })?;
        Ok(numbers)
    }
}

/// The identities of the file, or none; an unusable file is removed.
pub(crate) fn load(disk: &dyn Disk, end: u64, tombstones: u64) -> io::Result<Identity> {
    let name = format!("{FOLDER}/{FILE}");
    match look(disk)? {
        Looked::Whole(identity, of) if identity.upto <= end && of == tombstones => return Ok(*identity),
        Looked::Missing => {}
        Looked::Damaged | Looked::Whole(..) => {
            tracing::info!(file = name, "people are rebuilt from the events");
            disk.remove(&name)?;
            // The log may grow past `upto` with other events: the file must not come back then.
            disk.sync_folder(FOLDER)?;
        }
    }
    Ok(Identity::new(OsRandom.next_u64()))
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::{codec::LinkRef, faulty::FaultyDisk};

    fn some_people(count: u32) -> State {
        let mut state = State { identity: Identity::new(7), ..State::default() };
        (0..count).for_each(|number| add(&mut state, number));
        state
    }

    fn add(State { identity, .. }: &mut State, number: u32) {
        let key = format!("user:{}", number % 7);
        let link = LinkRef { always: number.is_multiple_of(5), key: &key };
        identity.apply(&format!("anon:{number}"), [link].into_iter(), true);
        identity.upto = u64::from(number) + 1;
    }

    fn path() -> String {
        format!("{FOLDER}/{FILE}")
    }

    fn whole(disk: &dyn Disk) -> Identity {
        match look(disk).unwrap() {
            Looked::Whole(identity, _) => *identity,
            _ => panic!("the file is not whole"),
        }
    }

    fn write(disk: &dyn Disk, state: &State) {
        assert!(write_what(disk, &|see| see(state), &Still::new(state)).unwrap());
    }

    fn assert_same(back: &Identity, State { identity, .. }: &State) {
        assert_eq!((&back.persons, back.upto), (&identity.persons, identity.upto));
        for key in 0..identity.key_count() {
            assert_eq!(back.find(&identity.text(key)), Some(key));
            assert_eq!(back.keys(key), identity.keys(key));
        }
    }

    #[test]
    fn the_file_gives_the_same_people_or_none() {
        let (disk, state) = (FaultyDisk::new(1), some_people(500));
        let of = state.tombstones.fingerprint();
        write(&disk, &state);
        let mut back = load(&disk, 500, of).unwrap();
        assert_same(&back, &state);
        assert_eq!(back.number("anon:new"), state.identity.key_count());
        let bytes = disk.bytes(&path());
        for place in (0..bytes.len()).step_by(7).chain(0..HEAD) {
            disk.damage(&path(), |bytes| bytes[place] ^= 1);
            assert!(matches!(look(&disk), Ok(Looked::Damaged)), "byte {place}");
            disk.damage(&path(), |damaged| damaged.truncate(place));
            assert!(matches!(look(&disk), Ok(Looked::Damaged)), "cut at {place}");
            disk.damage(&path(), |damaged| damaged.clone_from(&bytes));
        }
        for (end, tombstones) in [(499, of), (500, of + 1)] {
            assert_eq!(load(&disk, end, tombstones).unwrap().key_count(), 0);
            assert!(matches!(look(&disk), Ok(Looked::Missing)));
            write(&disk, &state);
        }
    }

    /// Somebody comes, or is joined, after each piece.
    #[test]
    fn what_is_written_beside_appends_is_what_was_there_when_it_began() {
        // Not so many that the table grows meanwhile.
        for count in [20, 120, 600] {
            let (disk, state, earlier) = (FaultyDisk::new(1), RefCell::new(some_people(count)), some_people(count));
            let before = Still::new(&state.borrow());
            let next = Cell::new(count);
            let look = |see: &mut dyn FnMut(&State)| {
                add(&mut state.borrow_mut(), next.replace(next.get() + 1));
                see(&state.borrow());
            };
            assert!(write_what(&disk, &look, &before).unwrap());
            assert!(next.get() > count + 4);
            assert_same(&whole(&disk), &earlier);
        }
    }

    #[test]
    fn what_was_changed_meanwhile_is_not_written() {
        let changes: [fn(&mut Identity); 3] = [
            |identity| drop(identity.erase(&[3])),
            Identity::part_all,
            // Until the table grows.
            |identity| {
                for number in 0..5000 {
                    identity.number(&format!("anon:more-{number}"));
                }
            },
        ];
        for change in changes {
            let (disk, state) = (FaultyDisk::new(1), RefCell::new(some_people(100)));
            let before = Still::new(&state.borrow());
            let look = |see: &mut dyn FnMut(&State)| {
                see(&state.borrow());
                change(&mut state.borrow_mut().identity);
            };
            assert!(!write_what(&disk, &look, &before).unwrap());
            assert!(matches!(super::look(&disk), Ok(Looked::Missing)));
        }
    }

    #[test]
    fn nobody_is_found_again_under_what_was_erased() {
        let (disk, mut state) = (FaultyDisk::new(1), some_people(200));
        let number = state.identity.find("anon:50").unwrap();
        assert_eq!(state.identity.erase(&[number, number]), [("anon:50".to_owned(), number)]);
        write(&disk, &state);
        let (mut back, new) = (whole(&disk), state.identity.key_count());
        // Not even where it was in the table.
        let taken = back.table.slots().iter().filter(|slot| back.table.without_later(**slot, new) != u32::MAX).count();
        assert_eq!(taken as u32, new - 1);
        assert!(back.is_erased(number) && back.find("anon:50").is_none() && back.text(number).is_empty());
        assert_eq!(back.number(&crate::texts::erased_text(number)), number);
        assert_eq!(back.number("anon:50"), new);
        // Growing must not bring it back.
        for other in 0..5000 {
            back.number(&format!("anon:more-{other}"));
        }
        assert_eq!(back.find("anon:50"), Some(new));
    }
}
