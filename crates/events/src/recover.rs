//! Opening: from the files to the state in memory.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use parking_lot::RwLock;

use crate::{
    LogError,
    columns::link_ref,
    dedup::{self, Dedup},
    disk::Disk,
    index,
    manifest::{self, Opener},
    options::Options,
    people, run,
    segment::{self, Segment},
    state::{State, disk_error},
    tail::{Chunk, Tail},
    tombstones::Tombstones,
    wal::{self, Contents, Entry, WalWriter},
};

/// What opening finds.
pub(crate) struct Opened {
    pub state: State,
    pub wal: WalWriter,
    pub dedup: Dedup,
    /// What the file of the people holds.
    pub saved_people: (u64, u64),
    /// What the list of segments knows.
    pub saved_segments: HashSet<manifest::Range>,
}

/// Read the folder, cut a torn end, and open the log for writing.
pub(crate) fn open(disk: &Arc<dyn Disk>, options: &Options) -> Result<Opened, LogError> {
    for folder in [segment::FOLDER, wal::FOLDER, run::FOLDER, index::FOLDER] {
        disk.make_folder(folder).map_err(disk_error)?;
        remove_temporary(&**disk, folder).map_err(disk_error)?;
        // A name that an earlier run gave and could not make safe is seen all the same. What follows relies on what
        // is seen: a write-ahead file goes when a segment has its events.
        disk.sync_folder(folder).map_err(disk_error)?;
    }
    let (segments, saved_segments) = open_segments(disk)?;
    let files = read_wal(&**disk)?;
    let mut state = State { segments: Arc::new(segments), ..State::default() };
    let mut tombstones = Tombstones::default();
    for (_, contents) in &files {
        for entry in &contents.entries {
            if let Entry::Retraction { source, upto } = entry {
                tombstones.insert(source.clone(), *upto);
            }
            state.erasures.learn(entry);
        }
    }
    state.tombstones = Arc::new(tombstones);
    let end = end_of(&state, &files);
    let fingerprint = state.tombstones.fingerprint();
    let mut dedup = Dedup::load(disk, options.ids_in_memory_max, end, fingerprint).map_err(disk_error)?;
    state.identity = people::load(&**disk, end, fingerprint).map_err(disk_error)?;
    let saved_people = (state.identity.upto, fingerprint);
    learn_segments(&mut state, &mut dedup)?;
    let wal = load_tails(&**disk, &mut state, &mut dedup, files)?;
    state.erasures.apply_before(u64::MAX, &mut state.identity);
    if options.background_sealing {
        dedup.prepare_in_background();
        dedup.merge_if_many();
    }
    let sealed = state.segments.last().map_or(0, |segment| segment.stats.last);
    state.parts = index::open_all(disk, sealed, state.identity.upto, fingerprint).map_err(disk_error)?.into();
    Ok(Opened { state, wal, dedup, saved_people, saved_segments })
}

fn remove_temporary(disk: &dyn Disk, folder: &str) -> std::io::Result<()> {
    for (name, _) in disk.list(folder)? {
        if name.ends_with(".tmp") {
            disk.remove(&format!("{folder}/{name}"))?;
        }
    }
    Ok(())
}

/// Segments in order, without a gap; those that lie inside another are removed.
fn open_segments(disk: &Arc<dyn Disk>) -> Result<(Vec<Arc<Segment>>, HashSet<manifest::Range>), LogError> {
    let names = disk.list(segment::FOLDER).map_err(disk_error)?;
    let mut ranges: Vec<(u64, u64)> =
        names.iter().filter_map(|(name, _)| segment::parse_range(name, ".parquet")).collect();
    ranges.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
    let mut opener = Opener::new(&**disk, &names).map_err(disk_error)?;
    let mut segments = Vec::with_capacity(ranges.len());
    let mut end = 0;
    for (first, last) in ranges {
        let name = segment::file_name(first, last);
        if last <= end {
            disk.remove(&format!("{}/{name}", segment::FOLDER)).map_err(disk_error)?;
            continue;
        }
        if first != end + 1 {
            return Err(LogError::Damaged(format!(
                "events {} to {} are missing before {}/{name}; restore the segments from a backup",
                end + 1,
                first - 1,
                segment::FOLDER
            )));
        }
        segments.push(Arc::new(opener.open(disk, &name, (first, last))?));
        end = last;
    }
    Ok((segments, opener.found))
}

fn read_wal(disk: &dyn Disk) -> Result<Vec<(u64, Contents)>, LogError> {
    let names = disk.list(wal::FOLDER).map_err(disk_error)?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|(name, _)| name.strip_suffix(".wal")?.parse().ok()).collect();
    firsts.sort_unstable();
    let last = firsts.last().copied();
    firsts.into_iter().map(|first| Ok((first, wal::read(disk, first, Some(first) == last)?))).collect()
}

/// Position of the newest event in the files.
fn end_of(state: &State, files: &[(u64, Contents)]) -> u64 {
    let sealed = state.segments.last().map_or(0, |segment| segment.stats.last);
    let lasts = files.iter().flat_map(|(_, contents)| &contents.entries).filter_map(|entry| match entry {
        Entry::Events(bytes) => Some(bytes.first + u64::from(bytes.count) - 1),
        _ => None,
    });
    lasts.max().unwrap_or(0).max(sealed)
}

/// Ids and people of the sealed events that the derived files do not know.
fn learn_segments(state: &mut State, dedup: &mut Dedup) -> Result<(), LogError> {
    for segment in state.segments.clone().iter() {
        let last = segment.stats.last;
        if last > state.identity.upto {
            learn_people(state, segment)?;
            state.identity.upto = last;
        }
        if last > dedup.covered() {
            learn_ids(&state.tombstones, dedup, segment)?;
            dedup.spill_when_full(last);
        }
    }
    Ok(())
}

fn learn_people(state: &mut State, segment: &Segment) -> Result<(), LogError> {
    let State { identity, tombstones, erasures, .. } = state;
    let known = identity.upto;
    segment.each(&["position", "person", "person_number", "links", "source"], None, |batch| {
        let (positions, people, numbers) = (batch.positions()?, batch.texts("person")?, batch.numbers()?);
        let (links, sources) = (batch.texts("links")?, batch.coded("source")?);
        for row in (0..batch.rows()).filter(|row| positions[*row] > known) {
            let counts = tombstones.has_links(sources.get(row), positions[row]);
            erasures.apply_before(positions[row], identity);
            let told = batch.links(links, row)?;
            let number = identity.apply(people.value(row), told.iter().map(link_ref), counts);
            if number != numbers[row] {
                let position = positions[row];
                return Err(segment.failed(format_args!("event {position} numbers its person as no log does")));
            }
        }
        Ok(())
    })
}

fn learn_ids(tombstones: &Tombstones, dedup: &mut Dedup, segment: &Segment) -> Result<(), LogError> {
    let covered = dedup.covered();
    segment.each(&["position", "message_id", "source"], None, |batch| {
        let (positions, ids, sources) = (batch.positions()?, batch.texts("message_id")?, batch.coded("source")?);
        for row in (0..batch.rows()).filter(|row| positions[*row] > covered) {
            if !tombstones.covers(sources.get(row), positions[row]) {
                dedup.add(dedup::hash(ids.value(row)));
            }
        }
        Ok(())
    })
}

/// All message ids anew, in a running log: for the writer, when a file of them is damaged. Appends wait.
pub(crate) fn relearn_ids(state: &RwLock<State>, dedup: &mut Dedup) -> Result<(), LogError> {
    let (view, tombstones) = {
        let state = state.read();
        (state.view(), state.tombstones.fingerprint())
    };
    dedup.begin_anew(tombstones).map_err(disk_error)?;
    for segment in view.segments.iter() {
        learn_ids(&view.tombstones, dedup, segment)?;
        dedup.spill_when_full(segment.stats.last);
    }
    for chunk in &view.chunks {
        learn_ids_of_chunk(&view.tombstones, dedup, chunk);
    }
    dedup.complete();
    Ok(())
}

fn learn_ids_of_chunk(tombstones: &Tombstones, dedup: &mut Dedup, chunk: &Chunk) {
    for (position, _, event) in chunk.events() {
        if position > dedup.covered() && !tombstones.covers(event.source, position) {
            dedup.add(dedup::hash(event.message_id));
        }
    }
}

/// Events that no segment has, into tails, one for each file.
fn load_tails(
    disk: &dyn Disk,
    state: &mut State,
    dedup: &mut Dedup,
    files: Vec<(u64, Contents)>,
) -> Result<WalWriter, LogError> {
    let sealed = state.segments.last().map_or(0, |segment| segment.stats.last);
    let mut end = sealed;
    let last = files.last().map(|(first, contents)| (*first, contents.bytes.clone(), contents.torn));
    let mut covered = Vec::new();
    for (first, contents) in files {
        let mut tail = Tail::new(first);
        for entry in contents.entries {
            let Entry::Events(bytes) = entry else { continue };
            let (from, upto) = (bytes.first, bytes.first + u64::from(bytes.count) - 1);
            if upto <= sealed {
                continue;
            }
            if from != end + 1 {
                return Err(LogError::Damaged(format!(
                    "{} goes on with event {from} though {} should come; restore the folder from a backup",
                    wal::file_name(first),
                    end + 1
                )));
            }
            tail.push(load(state, dedup, bytes)?);
            end = upto;
        }
        if tail.events > 0 {
            tail.first = first;
            state.frozen.push(Arc::new(tail));
        } else if Some(first) != last.as_ref().map(|(first, ..)| *first) {
            covered.push(first);
        }
    }
    let wal = open_last(disk, state, end, last)?;
    for first in covered {
        disk.remove(&wal::file_name(first)).map_err(disk_error)?;
    }
    Ok(wal)
}

fn load(state: &mut State, dedup: &mut Dedup, bytes: wal::EventBytes) -> Result<Chunk, LogError> {
    let State { names, identity, tombstones, erasures, .. } = state;
    let known = identity.upto;
    erasures.apply_before(bytes.first, identity);
    let chunk = Chunk::index(bytes, names, identity, |position, event| {
        position > known && !tombstones.covers(event.source, position)
    })?;
    identity.upto = known.max(chunk.last());
    learn_ids_of_chunk(tombstones, dedup, &chunk);
    Ok(chunk)
}

/// Go on in the last file, or start one.
fn open_last(
    disk: &dyn Disk,
    state: &mut State,
    end: u64,
    last: Option<(u64, Bytes, bool)>,
) -> Result<WalWriter, LogError> {
    let Some((first, bytes, torn)) = last.filter(|(first, ..)| *first <= end + 1) else {
        state.active = Tail::new(end + 1);
        return WalWriter::create(disk, end + 1, &state.tombstones, &state.erasures.list()).map_err(disk_error);
    };
    if torn {
        tracing::warn!(
            file = wal::file_name(first),
            at = bytes.len(),
            "cut the torn end of the write-ahead log: it was never acknowledged"
        );
    }
    let wal = WalWriter::resume(disk, first, &bytes).map_err(disk_error)?;
    state.active = match state.frozen.pop_if(|tail| tail.first == first) {
        Some(tail) => Arc::unwrap_or_clone(tail),
        None => Tail::new(end + 1),
    };
    Ok(wal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faulty::FaultyDisk;

    #[test]
    fn ids_that_were_made_anew_are_made_anew_once() {
        let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::new(1));
        let mut dedup = Dedup::load(&disk, 10, 0, 0).unwrap();
        assert!(dedup.insert(dedup::hash("of no event")).unwrap());
        relearn_ids(&RwLock::new(State::default()), &mut dedup).unwrap();
        assert!(!dedup.is_damaged() && dedup.insert(dedup::hash("of no event")).unwrap());
    }
}
