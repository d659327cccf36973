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
    disk::{Disk, read_whole, write_whole},
    identity::Identity,
    run::FOLDER,
    state::Shared,
};

const FILE: &str = "people";
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
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    if body.get(..8)? != MAGIC || *crc != crc32c::crc32c(body).to_le_bytes() {
        return None;
    }
    let small = |at: usize| Some(u32::from_le_bytes(*body.get(at..)?.first_chunk()?));
    let large = |at: usize| Some(u64::from_le_bytes(*body.get(at..)?.first_chunk()?));
    let (keys, upto) = (small(12)? as usize, large(16)?);
    if small(8)? != VERSION || upto > end || large(24)? != tombstones {
        return None;
    }
    if body.len() != HEAD + keys * 13 + large(32)? as usize {
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
    identity.rebuild_table();
    Some(identity)
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
