//! The identities in a file, `derived/people`, so that a start need not read every event.
//!
//! Derived data: removed and rebuilt from the events when it is missing, damaged, of another version, ahead of
//! the log (a power cut took events that were never acknowledged) or of another state of the tombstones.
//! Little endian:
//!
//! ```text
//! "SUPPIPPL" · version u32 · keys u32 · upto u64 · tombstones u64 · bytes of all texts u64
//! ends u32 × keys · persons u32 × keys · next u32 × keys · known u8 × keys · texts · crc32c u32 of all before
//! ```

use std::{io, sync::Arc};

use crate::{
    disk::{Disk, read_whole, remove_if_there, write_whole},
    identity::Identity,
    run::FOLDER,
    state::Shared,
};

pub(crate) const FILE: &str = "people";
const MAGIC: &[u8; 8] = b"SUPPIPPL";
const VERSION: u32 = 1;
const HEAD: usize = 40;
/// New events after which a running log writes the file again; it is always written at close.
const EVENTS_BETWEEN_SAVES: u64 = 500_000;

/// Write the file when something is new; `always`, or only after many events.
pub(crate) fn save_when_due(shared: &Shared, always: bool) {
    let mut saved = shared.saved_people.lock();
    let (identity, tombstones) = {
        let state = shared.state.read();
        let tombstones = state.tombstones.fingerprint();
        // With texts that are being erased the file would bring them back.
        if !state.erasures.is_empty() {
            return;
        }
        let is_due = state.identity.upto.saturating_sub(saved.0) >= EVENTS_BETWEEN_SAVES;
        if !(is_due || always) || *saved == (state.identity.upto, tombstones) {
            return;
        }
        (encode(&state.identity, tombstones), tombstones)
    };
    let upto = u64::from_le_bytes(*identity[16..].first_chunk().unwrap_or(&[0; 8]));
    match write_whole(&*shared.disk, FOLDER, FILE, &identity) {
        Ok(_) => *saved = (upto, tombstones),
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

/// Write the file now, whatever it holds.
pub(crate) fn save(shared: &Shared) -> io::Result<()> {
    let mut saved = shared.saved_people.lock();
    let (bytes, upto, tombstones) = {
        let state = shared.state.read();
        let tombstones = state.tombstones.fingerprint();
        (encode(&state.identity, tombstones), state.identity.upto, tombstones)
    };
    write_whole(&*shared.disk, FOLDER, FILE, &bytes)?;
    *saved = (upto, tombstones);
    Ok(())
}

fn encode(identity: &Identity, tombstones: u64) -> Vec<u8> {
    let keys = identity.ends.len();
    let mut bytes = Vec::with_capacity(HEAD + keys * 13 + identity.arena.len() + 4);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(keys as u32).to_le_bytes());
    bytes.extend_from_slice(&identity.upto.to_le_bytes());
    bytes.extend_from_slice(&tombstones.to_le_bytes());
    bytes.extend_from_slice(&(identity.arena.len() as u64).to_le_bytes());
    for numbers in [&identity.ends, &*identity.persons, &identity.next] {
        numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    }
    bytes.extend(identity.known.iter().map(|known| u8::from(*known)));
    bytes.extend_from_slice(&identity.arena);
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

fn decode(bytes: &[u8], end: u64, tombstones: u64) -> Option<Identity> {
    parse(bytes).filter(|(identity, of)| identity.upto <= end && *of == tombstones).map(|(identity, _)| identity)
}

/// What a look at the file shows.
pub(crate) enum Looked {
    Missing,
    Damaged,
    /// The people, and the state of the tombstones they belong to.
    Whole(Identity, u64),
}

/// Look at the file without changing it.
pub(crate) fn look(disk: &dyn Disk) -> io::Result<Looked> {
    match read_whole(disk, &format!("{FOLDER}/{FILE}")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Looked::Missing),
        Err(error) => Err(error),
        Ok(bytes) => Ok(parse(&bytes).map_or(Looked::Damaged, |(people, of)| Looked::Whole(people, of))),
    }
}

/// The people of a file and the state of the tombstones they belong to.
pub(crate) fn parse(bytes: &[u8]) -> Option<(Identity, u64)> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    if body.get(..8)? != MAGIC || *crc != crc32c::crc32c(body).to_le_bytes() {
        return None;
    }
    let small = |at: usize| Some(u32::from_le_bytes(*body.get(at..)?.first_chunk()?));
    let large = |at: usize| Some(u64::from_le_bytes(*body.get(at..)?.first_chunk()?));
    let (keys, upto) = (small(12)? as usize, large(16)?);
    let texts = usize::try_from(large(32)?).ok()?;
    if small(8)? != VERSION || Some(body.len()) != keys.checked_mul(13)?.checked_add(HEAD)?.checked_add(texts) {
        return None;
    }
    let numbers = |part: usize| -> Vec<u32> {
        let start = HEAD + part * keys * 4;
        body[start..start + keys * 4].as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
    };
    let known = HEAD + keys * 12;
    let mut identity = Identity {
        arena: body[known + keys..].to_vec(),
        ends: numbers(0),
        persons: Arc::new(numbers(1)),
        next: numbers(2),
        known: body[known..known + keys].iter().map(|byte| *byte != 0).collect(),
        upto,
        ..Identity::default()
    };
    if !identity.is_sound() {
        return None;
    }
    identity.rebuild_table();
    Some((identity, large(24)?))
}

/// The identities of the file, or none; an unusable file is removed.
pub(crate) fn load(disk: &dyn Disk, end: u64, tombstones: u64) -> io::Result<Identity> {
    let name = format!("{FOLDER}/{FILE}");
    let bytes = match read_whole(disk, &name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Identity::default()),
        other => other?,
    };
    if let Some(identity) = decode(&bytes, end, tombstones) {
        return Ok(identity);
    }
    tracing::info!(file = name, "people are rebuilt from the events");
    disk.remove(&name)?;
    // The log may grow past `upto` with other events: the file must not come back then.
    disk.sync_folder(FOLDER)?;
    Ok(Identity::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::LinkRef;

    #[test]
    fn the_file_gives_the_same_people_or_none() {
        let mut identity = Identity::default();
        for number in 0..500 {
            let key = format!("user:{}", number % 7);
            let link = LinkRef { always: number % 5 == 0, key: &key };
            identity.apply(&format!("anon:{number}"), [link].into_iter(), true);
        }
        identity.upto = 500;
        let bytes = encode(&identity, 3);
        let mut back = decode(&bytes, 500, 3).unwrap();
        assert_eq!((&back.persons, back.upto), (&identity.persons, 500));
        for key in 0..identity.ends.len() as u32 {
            assert_eq!(back.find(identity.text(key)), Some(key));
            assert_eq!(back.keys(key), identity.keys(key));
        }
        assert_eq!(back.number("anon:new"), identity.ends.len() as u32);
        assert!(decode(&bytes, 499, 3).is_none() && decode(&bytes, 500, 4).is_none());
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(decode(&damaged, 500, 3).is_none() && decode(&bytes[..place], 500, 3).is_none());
        }
    }
}
