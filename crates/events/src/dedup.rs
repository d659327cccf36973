//! Message ids that the log holds: a repeat is found over the whole life of the log.
//!
//! Ids of the newest events are in a hash set. When it is full they go to a sorted file, a [`Run`]; runs are
//! merged by sizes in the background, so there are about `4 * log4(runs written)` of them. Memory: 30 bytes for
//! each of the newest ids (`Options::ids_in_memory_max`), 9.5 bits for each older one (120 MB for 100 million), read
//! before the first look: in the background after a start.
//!
//! An id that was taken back may come again. Retracted ids leave the set at once; those in runs are counted in
//! `freed`, and an id is held when the runs have it more often than it was freed. With very many of them all is
//! rebuilt instead, without them.
//!
//! A run whose writing failed may be on the disk all the same, unknown to the program, which goes on with the
//! ids in memory. Ids freed then are counted nowhere, so a start must not use that file: `derived/freed` says
//! how far the known runs reached, and a run that reaches further must be younger than the last retraction.
//!
//! Everything here is derived: without the files, or when one of them is damaged, all of it is rebuilt from the
//! events that stand; in a running log by the writer, which then finds out at a look. `derived/freed` belongs to one state of the tombstones; after a crash between a
//! retraction and that file the ids are rebuilt too.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use hashbrown::{HashMap, HashSet};

use crate::{
    disk::{Disk, read_whole, remove_if_there, write_whole},
    idcode::ID_BITS,
    run::{self, About, FOLDER, Run},
    segment::parse_range,
};

/// Adjacent runs of like size that become one.
const FAN_IN: usize = 4;
/// More runs than a log of any size has while it runs.
const RUNS_AT_START_MAX: usize = 24;
/// Ids that are counted as freed: 33 to 66 bytes of memory each.
const FREED_MAX: usize = 1_000_000;
/// At close so small a part of what memory may hold stays for the next start to read from segments.
const FEW: usize = 8;
pub(crate) const FREED_FILE: &str = "freed";
const FREED_VERSION: u32 = 3;
const FREED_HEAD: usize = 20;
const FREED_ENTRY: usize = 20;

type Ids = HashSet<u128, ahash::RandomState>;

/// The 80 bits that stand for a message id; two ids are the same when these are.
///
/// The odds that any two of 100 million ids share them are 4e-9, and an event would be lost without a word. 64 bits
/// would save two bytes of seven in a file, and make that 3e-4 over the life of a log.
pub(crate) fn hash(message_id: &str) -> u128 {
    xxhash_rust::xxh3::xxh3_128(message_id.as_bytes()) >> (u128::BITS - ID_BITS)
}

fn is_damage(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

/// Whether the list of freed ids is whole, if there is one.
pub(crate) fn check_freed(disk: &dyn Disk) -> io::Result<()> {
    match read_whole(disk, &format!("{FOLDER}/{FREED_FILE}")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(bytes) => parse_freed(&bytes).map(drop),
    }
}

/// What the list of freed ids says.
pub(crate) struct FreedList {
    tombstones: u64,
    /// How far the runs reached that were known when it was written.
    known: u64,
    ids: Vec<(u128, u32)>,
}

/// Read the list of freed ids.
pub(crate) fn parse_freed(bytes: &[u8]) -> io::Result<FreedList> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let (body, crc) = bytes.split_last_chunk::<4>().ok_or_else(|| wrong("it is too short"))?;
    let (head, entries) = body.split_at_checked(FREED_HEAD).ok_or_else(|| wrong("it is too short"))?;
    if *crc != crc32c::crc32c(body).to_le_bytes() {
        return Err(wrong("its checksum is wrong"));
    }
    let (entries, rest) = entries.as_chunks::<FREED_ENTRY>();
    if head[..4] != FREED_VERSION.to_le_bytes() || !rest.is_empty() {
        return Err(wrong("it is of another version"));
    }
    let word = |at: usize| head[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let entry = |entry: &[u8; FREED_ENTRY]| {
        let id = entry.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes));
        (id, entry.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    };
    Ok(FreedList { tombstones: word(4), known: word(12), ids: entries.iter().map(entry).collect() })
}

/// The ids of all live events.
pub(crate) struct Dedup {
    disk: Arc<dyn Disk>,
    recent: Ids,
    /// Spill at so many; grows while spilling fails.
    recent_max: usize,
    ids_in_memory_max: usize,
    /// By position; together they reach from the first event to `covered`.
    runs: Vec<Arc<Run>>,
    freed: HashMap<u128, u32, ahash::RandomState>,
    /// The state of the tombstones that all this belongs to.
    tombstones: u64,
    freed_max: usize,
    merging: Option<mpsc::Receiver<io::Result<Run>>>,
    /// Tells the thread that merges to stop.
    is_closing: Arc<AtomicBool>,
    /// A run turned out not to be as it was written, or too many ids were taken back.
    is_damaged: bool,
}

impl Drop for Dedup {
    fn drop(&mut self) {
        // Whoever opens the folder next must not get a file from a thread of ours.
        self.is_closing.store(true, Ordering::Relaxed);
        if let Some(merging) = self.merging.take() {
            let _ = merging.recv();
        }
    }
}

impl Dedup {
    fn new(disk: &Arc<dyn Disk>, in_memory_max: usize, tombstones: u64) -> Self {
        Self {
            disk: disk.clone(),
            recent: Ids::default(),
            recent_max: in_memory_max,
            ids_in_memory_max: in_memory_max,
            runs: Vec::new(),
            freed: HashMap::default(),
            tombstones,
            freed_max: FREED_MAX,
            merging: None,
            is_closing: Arc::default(),
            is_damaged: false,
        }
    }

    /// What the files hold, for a log that ends at `end` with these tombstones. Unusable files are removed.
    pub(crate) fn load(disk: &Arc<dyn Disk>, in_memory_max: usize, end: u64, tombstones: u64) -> io::Result<Self> {
        disk.make_folder(FOLDER)?;
        let mut dedup = Self::new(disk, in_memory_max, tombstones);
        match dedup.load_files(end) {
            Ok(()) => Ok(dedup),
            Err(error) => {
                // A new log has no file of them, which is nothing to tell.
                if end > 0 {
                    tracing::info!(%error, "message ids are rebuilt from the events");
                }
                Self::nothing(disk, in_memory_max, tombstones)
            }
        }
    }

    /// No ids, and no files of them: all must be added anew.
    fn nothing(disk: &Arc<dyn Disk>, in_memory_max: usize, tombstones: u64) -> io::Result<Self> {
        for (name, _) in disk.list(FOLDER)? {
            if name.ends_with(run::SUFFIX) || name == FREED_FILE {
                disk.remove(&format!("{FOLDER}/{name}"))?;
            }
        }
        // Gone for certain before new ones are written: old and new ones must not mix after a power cut.
        disk.sync_folder(FOLDER)?;
        let dedup = Self::new(disk, in_memory_max, tombstones);
        dedup.write_freed()?;
        Ok(dedup)
    }

    /// Whether a run turned out to be damaged, or too much was taken back, so that all must be rebuilt.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// Begin anew, as if nothing was known, for this state of the tombstones. It counts as damaged until
    /// [`Dedup::complete`] says that all ids were added.
    pub(crate) fn begin_anew(&mut self, tombstones: u64) -> io::Result<()> {
        // A merge may still be at work on files of old names.
        self.is_closing.store(true, Ordering::Relaxed);
        if let Some(merging) = self.merging.take() {
            let _ = merging.recv();
        }
        *self = Self::nothing(&self.disk, self.ids_in_memory_max, tombstones)?;
        self.is_damaged = true;
        Ok(())
    }

    /// All ids that stand were added.
    pub(crate) fn complete(&mut self) {
        self.is_damaged = false;
    }

    /// Read what looks need, so that the first append need not wait for it.
    pub(crate) fn prepare_in_background(&self) {
        let runs = self.runs.clone();
        let work = move || {
            // Newest first, as looks go. What cannot be read is found again by the first look.
            runs.iter().rev().try_for_each(|run| run.prepare())
        };
        if let Err(error) = std::thread::Builder::new().name("log-ids".to_owned()).spawn(work) {
            tracing::debug!(%error, "message ids are read at the first append");
        }
    }

    fn load_files(&mut self, end: u64) -> io::Result<()> {
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let names = self.disk.list(FOLDER)?;
        let mut ranges: Vec<_> = names.iter().filter_map(|(name, _)| parse_range(name, run::SUFFIX)).collect();
        ranges.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
        let known = self.read_freed()?;
        for (first, last) in ranges {
            if last <= self.covered() {
                self.disk.remove(&run::path(first, last))?;
                continue;
            }
            let run = Run::open(&*self.disk, first, last)?;
            if last > known && run.tombstones != self.tombstones {
                self.disk.remove(&run::path(first, last))?;
            } else if first != self.covered() + 1 || last > end {
                return Err(wrong("the files of message ids do not belong to this log"));
            } else {
                self.runs.push(Arc::new(run));
            }
        }
        if self.covered() < known {
            // Freed ids are counted against runs: without one of them they are too many.
            return Err(wrong("a file of message ids is gone"));
        }
        Ok(())
    }

    /// The last position whose id is in a run. Ids of later events must be added anew after loading.
    pub(crate) fn covered(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.last)
    }

    /// Add an id; false when it is there.
    ///
    /// # Errors
    /// `InvalidData` when a run is damaged; see [`Dedup::is_damaged`].
    pub(crate) fn insert(&mut self, id: u128) -> io::Result<bool> {
        if self.recent.contains(&id) {
            return Ok(false);
        }
        let is_there = self.is_in_runs(id).inspect_err(|error| self.is_damaged |= is_damage(error))?;
        Ok(!is_there && self.recent.insert(id))
    }

    /// Add an id that is known to stand.
    pub(crate) fn add(&mut self, id: u128) {
        self.recent.insert(id);
    }

    fn is_in_runs(&self, id: u128) -> io::Result<bool> {
        let freed = if self.freed.is_empty() { 0 } else { self.freed.get(&id).copied().unwrap_or(0) };
        let mut found = 0;
        for run in self.runs.iter().rev() {
            found += run.occurrences(id)?;
            if found > freed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forget an id whose event was not written after all.
    pub(crate) fn forget(&mut self, id: u128) {
        self.recent.remove(&id);
    }

    /// Let ids come again whose events were taken back; `tombstones` is the state after it.
    pub(crate) fn free(&mut self, ids: &[u128], tombstones: u64) -> io::Result<()> {
        if self.is_damaged || self.freed.len() + ids.len() > self.freed_max {
            self.is_damaged = true;
            // All of it is about to be made anew; until then there is no list that a start could take for whole.
            self.tombstones = tombstones;
            remove_if_there(&*self.disk, &format!("{FOLDER}/{FREED_FILE}"))?;
            return self.disk.sync_folder(FOLDER);
        }
        for id in ids {
            if !self.recent.remove(id) {
                *self.freed.entry(*id).or_default() += 1;
            }
        }
        self.tombstones = tombstones;
        self.write_freed()
    }

    /// Move ids of events up to `end` to a run when there are many. Nothing is lost when that fails.
    pub(crate) fn spill_when_full(&mut self, end: u64) {
        if self.recent.len() < self.recent_max {
            return;
        }
        self.take_merged();
        match self.spill(end) {
            Ok(()) => self.recent_max = self.ids_in_memory_max,
            Err(error) => {
                tracing::warn!(%error, "message ids stay in memory");
                self.recent_max = self.recent.len() * 2;
            }
        }
        self.merge_some();
    }

    /// Move ids of events up to `end` to a run, unless they are few: the next start reads them one by one from segments.
    pub(crate) fn spill_to_close(&mut self, end: u64) {
        self.take_merged();
        if self.recent.len() >= (self.ids_in_memory_max / FEW).max(1)
            && let Err(error) = self.spill(end)
        {
            tracing::warn!(%error, "message ids are not written; the next start takes longer");
        }
    }

    fn spill(&mut self, end: u64) -> io::Result<()> {
        let mut ids: Vec<u128> = self.recent.iter().copied().collect();
        ids.sort_unstable();
        let about = About { first: self.covered() + 1, last: end, count: ids.len(), tombstones: self.tombstones };
        let run = Run::write(&*self.disk, about, ids.into_iter().map(Ok))?;
        self.runs.push(Arc::new(run));
        self.recent.clear();
        Ok(())
    }

    /// Start merging when short runs of the program left many files. Else it waits until ids are written: who has a
    /// question only should not work on ids.
    pub(crate) fn merge_if_many(&mut self) {
        if self.runs.len() > RUNS_AT_START_MAX {
            self.merge_some();
        }
    }

    /// Start merging some adjacent runs that are of like size.
    fn merge_some(&mut self) {
        let is_alike = |parts: &&[Arc<Run>]| {
            let counts = parts.iter().map(|run| run.count);
            counts.clone().max() <= counts.min().map(|smallest| smallest * FAN_IN)
        };
        if self.merging.is_some() {
            return;
        }
        let Some(parts) = self.runs.windows(FAN_IN).find(is_alike) else { return };
        let (parts, disk, is_closing) = (parts.to_vec(), self.disk.clone(), self.is_closing.clone());
        let (done, merging) = mpsc::sync_channel(1);
        let work = move || {
            let _ = done.send(Run::merge(&*disk, &parts, &is_closing));
        };
        match std::thread::Builder::new().name("log-ids".to_owned()).spawn(work) {
            Ok(_) => self.merging = Some(merging),
            Err(error) => tracing::warn!(%error, "message ids are not merged"),
        }
    }

    /// Put a merged run in the place of its parts.
    fn take_merged(&mut self) {
        let Some(merging) = &self.merging else { return };
        let merged = match merging.try_recv() {
            Err(mpsc::TryRecvError::Empty) => return,
            Err(mpsc::TryRecvError::Disconnected) => Err(io::Error::other("the thread that merges has died")),
            Ok(merged) => merged,
        };
        self.merging = None;
        let merged = match merged {
            Ok(merged) => merged,
            Err(error) => {
                tracing::warn!(%error, "message ids are not merged");
                self.is_damaged |= is_damage(&error);
                return;
            }
        };
        let start = self.runs.partition_point(|run| run.first < merged.first);
        let end = self.runs.partition_point(|run| run.last <= merged.last);
        let parts: Vec<_> = self.runs.splice(start..end, [Arc::new(merged)]).collect();
        for part in parts {
            // Left behind it does no harm: its range lies inside another's.
            let _ = self.disk.remove(&run::path(part.first, part.last));
        }
    }

    fn write_freed(&self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(FREED_HEAD + 4 + self.freed.len() * FREED_ENTRY);
        bytes.extend_from_slice(&FREED_VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.tombstones.to_le_bytes());
        bytes.extend_from_slice(&self.covered().to_le_bytes());
        for (id, count) in &self.freed {
            bytes.extend_from_slice(&id.to_le_bytes());
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        write_whole(&*self.disk, FOLDER, FREED_FILE, &bytes).map(drop)
    }

    /// Answers how far the runs reached that were known when it was written.
    fn read_freed(&mut self) -> io::Result<u64> {
        let list = parse_freed(&read_whole(&*self.disk, &format!("{FOLDER}/{FREED_FILE}"))?)?;
        if list.tombstones != self.tombstones {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the list of freed message ids is of another time"));
        }
        self.freed.extend(list.ids);
        Ok(list.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faulty::FaultyDisk;

    fn id(number: u32) -> u128 {
        hash(&number.to_string())
    }

    fn disk() -> Arc<dyn Disk> {
        Arc::new(FaultyDisk::new(1))
    }

    #[test]
    fn ids_are_found_in_memory_in_runs_and_after_merges() {
        let disk = disk();
        let mut dedup = Dedup::load(&disk, 1000, 0, 0).unwrap();
        for number in 0..3000 {
            dedup.recent_max = 100;
            assert!(dedup.insert(id(number)).unwrap());
            dedup.spill_when_full(u64::from(number) + 1);
        }
        while let Some(merging) = dedup.merging.take() {
            let (done, again) = mpsc::sync_channel(1);
            done.send(merging.recv().unwrap()).unwrap();
            dedup.merging = Some(again);
            dedup.take_merged();
            dedup.merge_some();
        }
        assert!(dedup.runs.len() < 12 && dedup.covered() == 3000, "{} runs", dedup.runs.len());
        let loaded = Dedup::load(&disk, 1000, 3000, 0).unwrap();
        assert_eq!(loaded.covered(), 3000);
        for mut dedup in [dedup, loaded] {
            assert!((0..3000).all(|number| !dedup.insert(id(number)).unwrap()));
            assert!((3000..4000).all(|number| dedup.insert(id(number)).unwrap()));
        }
    }

    #[test]
    fn a_freed_id_may_come_again_once() {
        let disk = disk();
        let mut dedup = Dedup::load(&disk, 1000, 0, 0).unwrap();
        for round in 1..4 {
            assert!(dedup.insert(id(1)).unwrap() && !dedup.insert(id(1)).unwrap());
            dedup.recent_max = 1;
            dedup.spill_when_full(round);
            dedup.recent_max = 1;
            assert!(!dedup.insert(id(1)).unwrap());
            dedup.free(&[id(1)], round).unwrap();
            dedup = Dedup::load(&disk, 1000, round, round).unwrap();
            assert_eq!(dedup.covered(), round);
        }
        dedup.free(&[], 9).unwrap();
        assert_eq!(Dedup::load(&disk, 1000, 3, 8).unwrap().covered(), 0, "another state of the tombstones");
    }

    #[test]
    fn a_run_that_is_there_though_writing_it_failed_is_not_used_after_a_retraction() {
        let faulty = FaultyDisk::new(1);
        let disk: Arc<dyn Disk> = Arc::new(faulty.clone());
        let mut dedup = Dedup::load(&disk, 1000, 0, 0).unwrap();
        assert!(dedup.insert(id(1)).unwrap() && dedup.insert(id(2)).unwrap());
        let unknown = About { first: 1, last: 2, count: 2, tombstones: 0 };
        let mut ids = [id(1), id(2)];
        ids.sort_unstable();
        Run::write(&*disk, unknown, ids.into_iter().map(Ok)).unwrap();
        assert_eq!(Dedup::load(&disk, 1000, 2, 0).unwrap().covered(), 2, "nothing was taken back: it may be used");
        dedup.free(&[id(1)], 7).unwrap();
        let mut loaded = Dedup::load(&disk, 1000, 2, 7).unwrap();
        assert_eq!(loaded.covered(), 0);
        loaded.add(id(2));
        assert!(loaded.insert(id(1)).unwrap() && !loaded.insert(id(2)).unwrap());
    }

    #[test]
    fn what_is_taken_back_while_ids_are_missing_is_not_counted_as_freed() {
        let disk = disk();
        let mut dedup = Dedup::load(&disk, 1000, 0, 0).unwrap();
        dedup.begin_anew(0).unwrap();
        // Only some came back when the rest could not be read, and those are in a file already.
        dedup.add(id(1));
        dedup.spill(1).unwrap();
        assert!(dedup.is_damaged());
        dedup.free(&[id(2)], 5).unwrap();
        // The start that follows must not believe that the files have the second one, and one more of it.
        let mut loaded = Dedup::load(&disk, 1000, 2, 5).unwrap();
        assert_eq!(loaded.covered(), 0);
        assert!(loaded.insert(id(2)).unwrap() && !loaded.insert(id(2)).unwrap());
        dedup.complete();
        assert!(!dedup.is_damaged());
    }

    #[test]
    fn when_very_many_are_taken_back_all_is_made_anew() {
        let disk = disk();
        let mut dedup = Dedup::load(&disk, 1000, 0, 0).unwrap();
        (0..9).for_each(|number| dedup.add(id(number)));
        dedup.spill(9).unwrap();
        dedup.freed_max = 5;
        dedup.free(&[id(0), id(1), id(2)], 1).unwrap();
        assert!(!dedup.is_damaged() && dedup.insert(id(0)).unwrap());
        dedup.free(&[id(3), id(4), id(5)], 2).unwrap();
        assert!(dedup.is_damaged());
        // Or by the next start, if it comes first.
        assert_eq!(Dedup::load(&disk, 1000, 9, 2).unwrap().covered(), 0);
    }

    #[test]
    fn the_many_files_of_short_runs_of_the_program_become_few() {
        let disk = disk();
        for number in 0..RUNS_AT_START_MAX as u32 + 1 {
            let mut dedup = Dedup::load(&disk, 1, 1000, 0).unwrap();
            dedup.merge_if_many();
            assert!(dedup.merging.is_none());
            dedup.add(id(number));
            dedup.spill_to_close(u64::from(number) + 1);
        }
        let mut dedup = Dedup::load(&disk, 1, 1000, 0).unwrap();
        dedup.merge_if_many();
        let merged = dedup.merging.take().unwrap().recv().unwrap().unwrap();
        assert_eq!(merged.count, FAN_IN);
    }

    #[test]
    fn closing_stops_a_merge_that_is_not_finished() {
        let disk = disk();
        let mut dedup = Dedup::load(&disk, 1, 0, 0).unwrap();
        for number in 0..4 {
            dedup.add(id(number));
            dedup.spill(u64::from(number) + 1).unwrap();
        }
        dedup.is_closing.store(true, Ordering::Relaxed);
        dedup.merge_some();
        assert!(dedup.merging.take().unwrap().recv().unwrap().is_err());
        drop(dedup);
        assert_eq!(Dedup::load(&disk, 1, 4, 0).unwrap().runs.len(), 4);
    }

    #[test]
    fn closing_leaves_few_ids_for_the_next_start_to_learn() {
        let disk = disk();
        for (first, count, covered) in [(0, 99, 0), (0, 100, 100), (100, 20, 100), (100, 300, 400)] {
            let mut dedup = Dedup::load(&disk, 800, 400, 0).unwrap();
            (first..first + count).for_each(|number| dedup.add(id(number)));
            dedup.spill_to_close(u64::from(first + count));
            assert_eq!(Dedup::load(&disk, 800, 400, 0).unwrap().covered(), covered);
        }
    }

    #[test]
    fn damaged_or_foreign_files_are_rebuilt() {
        let faulty = FaultyDisk::new(1);
        let disk: Arc<dyn Disk> = Arc::new(faulty.clone());
        let fill = || {
            let mut dedup = Dedup::load(&disk, 1000, 0, 0).unwrap();
            dedup.add(id(1));
            dedup.recent_max = 1;
            dedup.spill_when_full(5);
            assert_eq!(Dedup::load(&disk, 1000, 5, 0).unwrap().covered(), 5);
        };
        fill();
        assert_eq!(Dedup::load(&disk, 1000, 4, 0).unwrap().covered(), 0, "the log is shorter");
        fill();
        faulty.damage(&run::path(1, 5), |bytes| *bytes.last_mut().unwrap() ^= 1);
        assert_eq!(Dedup::load(&disk, 1000, 5, 0).unwrap().covered(), 0);
        fill();
        Dedup::load(&disk, 1000, 5, 0).unwrap().free(&[id(1)], 1).unwrap();
        disk.remove(&run::path(1, 5)).unwrap();
        let mut loaded = Dedup::load(&disk, 1000, 5, 1).unwrap();
        loaded.add(id(1));
        assert!(!loaded.insert(id(1)).unwrap(), "what was freed in a file that is gone is freed no more");
    }
}
