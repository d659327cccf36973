//! A disk in memory that loses power, fails syncs and fills up, all from a seed. For tests.

use std::{
    any::Any,
    collections::BTreeMap,
    io::{self, ErrorKind},
    sync::Arc,
};

use base::{Random, SeededRandom};
use parking_lot::Mutex;

use crate::disk::{Disk, ReadFile, WriteFile};

/// Bytes that reach a disk in one piece; a torn write keeps or loses each of them.
const SECTOR: usize = 64;

#[derive(Default)]
struct File {
    /// What a power cut leaves for certain.
    safe: Vec<u8>,
    now: Vec<u8>,
    /// A sync has failed: the kernel dropped the pages, and says that all is well from then on.
    is_lying: bool,
}

enum NameChange {
    Put(String, usize),
    Gone(String),
    /// One step: both names change or neither.
    Moved(String, String, usize),
}

struct Inner {
    files: Vec<File>,
    safe_names: BTreeMap<String, usize>,
    names: BTreeMap<String, usize>,
    /// Changes of names since the folder was synced.
    changes: BTreeMap<String, Vec<NameChange>>,
    random: SeededRandom,
    /// Operations until the power goes.
    operations_left: Option<u64>,
    /// Of 1000 syncs, how many fail.
    sync_failures: u64,
    /// The folder whose names cannot be made safe.
    failing_folder: Option<&'static str>,
    is_full: bool,
    /// Writes until the disk is full.
    writes_left: Option<u64>,
}

/// The disk; clones are the same disk.
#[derive(Clone)]
pub(crate) struct FaultyDisk(Arc<Mutex<Inner>>);

fn full() -> io::Error {
    io::Error::new(ErrorKind::StorageFull, "disk full")
}

fn folder_of(name: &str) -> String {
    name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
}

impl Inner {
    fn step(&mut self) -> io::Result<()> {
        match &mut self.operations_left {
            Some(0) => Err(io::Error::new(ErrorKind::NotConnected, "no power")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Before something is written or made.
    fn count_write(&mut self) {
        match &mut self.writes_left {
            Some(0) => self.is_full = true,
            Some(left) => *left -= 1,
            None => {}
        }
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::Error::new(ErrorKind::NotFound, name.to_owned()))
    }

    fn change(&mut self, folder: String, change: NameChange) {
        apply(&mut self.names, &change);
        self.changes.entry(folder).or_default().push(change);
    }

    /// What is left of a file: all that was synced, and any sectors of what was not.
    fn tear(&mut self, file: usize) {
        let File { safe, now, .. } = std::mem::take(&mut self.files[file]);
        let is_longer = now.len() > safe.len() && now.starts_with(&safe);
        let left = if is_longer {
            let more = now.len() - safe.len();
            let length = safe.len() + self.random.below(more as u64 + 1) as usize;
            let mut left = now[..length].to_vec();
            if self.random.below(2) == 0 {
                for sector in left[safe.len()..].chunks_mut(SECTOR) {
                    if self.random.below(3) == 0 {
                        sector.fill(0);
                    }
                }
            }
            left
        } else if self.random.below(2) == 0 {
            now
        } else {
            safe
        };
        self.files[file] = File { safe: left.clone(), now: left, is_lying: false };
    }
}

fn apply(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Put(name, file) => {
            names.insert(name.clone(), *file);
        }
        NameChange::Gone(name) => {
            names.remove(name);
        }
        NameChange::Moved(from, to, file) => {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
    }
}

impl FaultyDisk {
    /// An empty disk.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            files: Vec::new(),
            safe_names: BTreeMap::new(),
            names: BTreeMap::new(),
            changes: BTreeMap::new(),
            random: SeededRandom::new(seed),
            operations_left: None,
            sync_failures: 0,
            failing_folder: None,
            is_full: false,
            writes_left: None,
        })))
    }

    /// Cut the power after so many more operations.
    pub(crate) fn cut_after(&self, operations: u64) {
        self.0.lock().operations_left = Some(operations);
    }

    /// Call a cut off that has not come yet.
    pub(crate) fn stay_on(&self) {
        self.0.lock().operations_left = None;
    }

    /// Whether the power is gone.
    pub(crate) fn is_dark(&self) -> bool {
        self.0.lock().operations_left == Some(0)
    }

    /// Power on again, with what the cut left.
    pub(crate) fn restart(&self) {
        let mut inner = self.0.lock();
        inner.operations_left = None;
        (inner.is_full, inner.writes_left) = (false, None);
        for (_, changes) in std::mem::take(&mut inner.changes) {
            let kept = inner.random.below(changes.len() as u64 + 1) as usize;
            changes[..kept].iter().for_each(|change| apply(&mut inner.safe_names, change));
        }
        inner.names = inner.safe_names.clone();
        (0..inner.files.len()).for_each(|file| inner.tear(file));
    }

    /// Of 1000 syncs, fail so many.
    pub(crate) fn fail_syncs(&self, of_thousand: u64) {
        self.0.lock().sync_failures = of_thousand;
    }

    /// Fail every sync of this folder's names.
    pub(crate) fn fail_folder(&self, folder: Option<&'static str>) {
        self.0.lock().failing_folder = folder;
    }

    /// Fill the disk up, or make room.
    pub(crate) fn fill(&self, is_full: bool) {
        let mut inner = self.0.lock();
        (inner.is_full, inner.writes_left) = (is_full, None);
    }

    /// Fill the disk up with so many more writes.
    pub(crate) fn fill_after(&self, writes: u64) {
        self.0.lock().writes_left = Some(writes);
    }

    /// Whether there is no room.
    pub(crate) fn is_full(&self) -> bool {
        self.0.lock().is_full
    }

    /// Change the bytes of a file behind everybody's back.
    pub(crate) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut inner = self.0.lock();
        let file = inner.find(name).unwrap();
        change(&mut inner.files[file].now);
        inner.files[file].safe = inner.files[file].now.clone();
    }

    /// What a file holds.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        let inner = self.0.lock();
        inner.find(name).map(|file| inner.files[file].now.clone()).unwrap_or_default()
    }

    /// The names of all files.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().names.keys().cloned().collect()
    }
}

struct Handle {
    disk: FaultyDisk,
    file: usize,
}

impl WriteFile for Handle {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.0.lock();
        inner.step()?;
        inner.count_write();
        let mut count = bytes.len();
        if inner.is_full {
            count = inner.random.below(bytes.len() as u64) as usize;
        }
        inner.files[self.file].now.extend_from_slice(&bytes[..count]);
        if inner.is_full { Err(full()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut inner = self.disk.0.lock();
        inner.step()?;
        let does_fail = inner.random.below(1000) < inner.sync_failures;
        let file = &mut inner.files[self.file];
        if does_fail {
            file.is_lying = true;
            return Err(io::Error::other("sync failed"));
        }
        if !file.is_lying {
            file.safe = file.now.clone();
        }
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut inner = self.disk.0.lock();
        inner.step()?;
        inner.files[self.file].now.truncate(length as usize);
        Ok(())
    }
}

impl ReadFile for Handle {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.0.lock().files[self.file].now.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        let inner = self.disk.0.lock();
        let bytes = inner.files[self.file].now.get(offset as usize..).unwrap_or_default();
        let bytes = bytes.get(..into.len()).ok_or(ErrorKind::UnexpectedEof)?;
        into.copy_from_slice(bytes);
        Ok(())
    }
}

impl Disk for FaultyDisk {
    fn make_folder(&self, _folder: &str) -> io::Result<()> {
        self.0.lock().step()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<(String, u64)>> {
        let mut inner = self.0.lock();
        inner.step()?;
        let inside = inner.names.iter().filter(|(name, _)| folder_of(name) == folder);
        let named = |name: &String| name.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(inside.map(|(name, file)| (named(name), inner.files[*file].now.len() as u64)).collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>> {
        let mut inner = self.0.lock();
        inner.step()?;
        inner.count_write();
        if inner.writes_left.is_some() && inner.is_full {
            return Err(full());
        }
        if inner.names.contains_key(name) {
            return Err(io::Error::new(ErrorKind::AlreadyExists, name.to_owned()));
        }
        inner.files.push(File::default());
        let file = inner.files.len() - 1;
        inner.change(folder_of(name), NameChange::Put(name.to_owned(), file));
        Ok(Box::new(Handle { disk: self.clone(), file }))
    }

    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>> {
        let mut inner = self.0.lock();
        inner.step()?;
        let file = inner.find(name)?;
        Ok(Arc::new(Handle { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.0.lock();
        inner.step()?;
        let file = inner.find(from)?;
        inner.change(folder_of(to), NameChange::Moved(from.to_owned(), to.to_owned(), file));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut inner = self.0.lock();
        inner.step()?;
        inner.find(name)?;
        inner.change(folder_of(name), NameChange::Gone(name.to_owned()));
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut inner = self.0.lock();
        inner.step()?;
        if inner.random.below(1000) < inner.sync_failures || inner.failing_folder == Some(folder) {
            return Err(io::Error::other("sync failed"));
        }
        for change in inner.changes.remove(folder).unwrap_or_default() {
            apply(&mut inner.safe_names, &change);
        }
        Ok(())
    }

    fn lock(&self) -> io::Result<Box<dyn Any + Send + Sync>> {
        self.0.lock().step()?;
        Ok(Box::new(()))
    }
}
