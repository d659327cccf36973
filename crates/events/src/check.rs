//! Looking through a log without changing it: what `suppilo check-data` asks.
//!
//! Everything is read: every frame, every page of every segment, every piece of the columns. What can be derived is
//! derived anew and compared.

use std::{fs, io, path::Path, sync::Arc};

use crate::{
    LogError, codec,
    columns::{EVENT, link_ref},
    dedup,
    disk::{Disk, RealDisk},
    erase::Erasures,
    identity::Identity,
    index, json, manifest, people, run,
    segment::{self, Segment, parse_range},
    state::disk_error,
    stats::Stats,
    tombstones::Tombstones,
    wal::{self, Entry},
};

/// Findings of one check; what follows them is most often the same damage.
const FINDINGS_MAX: usize = 1_000;
const DERIVED: &str = "delete this file while suppilo is stopped: the next start makes it anew from the events";
const FROM_BACKUP: &str = "restore the data folder from a backup (suppilo restore); the other files can be kept aside";

/// Something that is wrong with a data folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The file, relative to the folder.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
    /// What to do about it.
    pub way_back: String,
}

/// What a check has seen.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Checked {
    /// Files read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Events held, without those taken back.
    pub events: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What is unusual and right: the remains of a power cut, say.
    pub notes: Vec<String>,
}

impl Checked {
    /// Add a finding.
    pub fn found(&mut self, file: &str, what: impl std::fmt::Display, way_back: &str) {
        if self.findings.len() < FINDINGS_MAX {
            let what = what.to_string();
            // Errors of the log say file and way back themselves.
            let bare = what.split("; restore ").next().unwrap_or(&what);
            let bare = bare.trim_start_matches("the event log is damaged: ");
            let bare = bare.strip_prefix(file).unwrap_or(bare).trim_start_matches([':', ' ']);
            self.findings.push(Finding { file: file.to_owned(), what: bare.to_owned(), way_back: way_back.to_owned() });
        }
    }
}

/// Look through the log in a folder. Nothing is changed.
///
/// # Errors
/// `Disk` when the folder is not there or a running program has it: files come and go there meanwhile.
pub fn check(folder: &Path) -> Result<Checked, LogError> {
    if !folder.is_dir() {
        let text = format!("{} is no folder of an event log", folder.display());
        return Err(disk_error(io::Error::new(io::ErrorKind::NotFound, text)));
    }
    let _alone = hold(folder).map_err(disk_error)?;
    check_on(&(Arc::new(RealDisk::existing(folder)) as Arc<dyn Disk>))
}

/// Keep others out while the check goes on, when there is something to hold.
fn hold(folder: &Path) -> io::Result<Option<fs::File>> {
    let file = match fs::File::open(folder.join("lock")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!(
                "{} is in use by a running suppilo; stop it first, or check what suppilo backup and restore make of it",
                folder.display()
            ),
        )),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Look through the log on a disk.
pub(crate) fn check_on(disk: &Arc<dyn Disk>) -> Result<Checked, LogError> {
    let mut check = Check {
        disk,
        seen: Checked::default(),
        tombstones: Tombstones::default(),
        identity: Some(Identity::default()),
        erasures: Erasures::default(),
        end: 0,
        live_by_part: Vec::new(),
        listed: manifest::Known::new(),
    };
    for folder in [wal::FOLDER, segment::FOLDER, run::FOLDER, index::FOLDER] {
        for (name, bytes) in check.list(folder)? {
            check.seen.files += 1;
            check.seen.bytes += bytes;
            if name.ends_with(".tmp") {
                check.seen.notes.push(format!("{folder}/{name} was not finished; the next start removes it"));
            }
        }
    }
    let files = check.wal_files()?;
    check.live_by_part = check.ranges(index::FOLDER, index::SUFFIX)?.into_iter().map(|range| (range, 0)).collect();
    if !check.erasures.is_empty() {
        check.seen.notes.push("people are being erased; the next start goes on with it".to_owned());
    }
    check.list_of_segments()?;
    check.segments()?;
    check.tails(&files);
    check.people()?;
    check.ids()?;
    check.columns()?;
    Ok(check.seen)
}

struct Check<'a> {
    disk: &'a Arc<dyn Disk>,
    seen: Checked,
    tombstones: Tombstones,
    /// Derived from the events; `None` after damage, when numbers cannot be compared any more.
    identity: Option<Identity>,
    erasures: Erasures,
    end: u64,
    /// Standing events in the range of each part of the columns.
    live_by_part: Vec<((u64, u64), u64)>,
    /// What the list of segments says of them.
    listed: manifest::Known,
}

impl Check<'_> {
    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, LogError> {
        match self.disk.list(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(disk_error),
        }
    }

    /// Ranges of positions by file name, longest first of those that begin alike.
    fn ranges(&self, folder: &str, suffix: &str) -> Result<Vec<(u64, u64)>, LogError> {
        let mut ranges: Vec<_> = self.list(folder)?.iter().filter_map(|(name, _)| parse_range(name, suffix)).collect();
        ranges.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
        Ok(ranges)
    }

    fn wal_files(&mut self) -> Result<Vec<(u64, Option<wal::Contents>)>, LogError> {
        let mut firsts: Vec<u64> =
            self.list(wal::FOLDER)?.iter().filter_map(|(name, _)| name.strip_suffix(".wal")?.parse().ok()).collect();
        firsts.sort_unstable();
        let last = firsts.last().copied();
        let mut files = Vec::new();
        for first in firsts {
            let name = wal::file_name(first);
            let contents = match wal::read(&**self.disk, first, Some(first) == last) {
                Ok(contents) => Some(contents),
                Err(error) => {
                    self.seen.found(&name, error, FROM_BACKUP);
                    None
                }
            };
            for entry in contents.iter().flat_map(|contents| &contents.entries) {
                if let Entry::Retraction { source, upto } = entry {
                    self.tombstones.insert(source.clone(), *upto);
                }
                self.erasures.learn(entry);
            }
            if contents.as_ref().is_some_and(|contents| contents.torn) {
                self.seen.notes.push(format!("{name} has the torn end of a power cut; the next start cuts it"));
            }
            files.push((first, contents));
        }
        Ok(files)
    }

    fn list_of_segments(&mut self) -> Result<(), LogError> {
        match manifest::look(&**self.disk).map_err(disk_error)? {
            Some(Some(listed)) => self.listed = listed,
            Some(None) => {
                let name = format!("{}/{}", run::FOLDER, manifest::FILE);
                self.seen.found(&name, "it is damaged, or of another version", DERIVED);
            }
            None => {}
        }
        Ok(())
    }

    fn segments(&mut self) -> Result<(), LogError> {
        for (first, last) in self.ranges(segment::FOLDER, ".parquet")? {
            let base = segment::file_name(first, last);
            let name = format!("{}/{base}", segment::FOLDER);
            if last <= self.end {
                self.seen.notes.push(format!("{name} was merged into another; the next start removes it"));
                continue;
            }
            if first != self.end + 1 {
                let what = if first > self.end + 1 {
                    format!("events {} to {} are missing before it", self.end + 1, first - 1)
                } else {
                    format!("events {first} to {} are in the file before it too", self.end)
                };
                self.seen.found(&name, what, FROM_BACKUP);
                self.identity = None;
            }
            if let Err(error) = self.segment(&base) {
                self.seen.found(&name, error, FROM_BACKUP);
                self.identity = None;
            }
            self.end = last;
        }
        Ok(())
    }

    fn segment(&mut self, base: &str) -> Result<(), LogError> {
        let segment = Segment::open(self.disk, base)?;
        if !segment.verify()? {
            let name = format!("{}/{base}", segment::FOLDER);
            self.seen.notes.push(format!("{name} is of an early version without checksums; its content was compared"));
        }
        let mut stats = Stats::new(segment.stats.first);
        let mut keys = Vec::new();
        segment.each(EVENT, None, |batch| {
            for (position, number, event) in batch.events()? {
                if position != stats.last + 1 {
                    return Err(segment.failed(format_args!("event {position} stands where {} should", stats.last + 1)));
                }
                let texts = [Some(&event.props), event.person_props.as_ref()];
                if let Some(error) = texts.into_iter().flatten().find_map(|text| json::check_object(text).err()) {
                    return Err(segment.failed(format_args!("event {position} has unreadable properties: {error}")));
                }
                let mut bytes = Vec::new();
                codec::encode(&event, &mut bytes);
                let back = codec::decode(&bytes, 0);
                stats.add(&back.ok_or_else(|| segment.failed("an event does not fit its form"))?.0);
                self.count(event.source.as_deref(), position);
                keys.push(number);
                let counts = self.tombstones.has_links(event.source.as_deref(), position);
                let Some(identity) = &mut self.identity else { continue };
                self.erasures.apply_before(position, identity);
                let derived = identity.apply(event.person.as_str(), event.links.iter().map(link_ref), counts);
                identity.upto = position;
                if derived != number {
                    return Err(segment.failed(format_args!("event {position} numbers its person as no log does")));
                }
            }
            Ok(())
        })?;
        if stats != segment.stats {
            return Err(segment.failed("its counts are not those of its events"));
        }
        if let Some((mark, listed)) = self.listed.get(&segment.range())
            && segment.mark().map_err(disk_error)? == Some(*mark)
            && *listed != stats
        {
            let name = format!("{}/{}", run::FOLDER, manifest::FILE);
            self.seen.found(&name, format_args!("it says something else of {base} than the file"), DERIVED);
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            if !segment.may_have_keys(&[key])? {
                return Err(segment.failed(format_args!("its filter does not know the person {key}")));
            }
        }
        Ok(())
    }

    fn count(&mut self, source: Option<&str>, position: u64) {
        if self.tombstones.covers(source, position) {
            return;
        }
        self.seen.events += 1;
        let place = self.live_by_part.partition_point(|((first, _), _)| *first <= position);
        if let Some(((_, last), count)) = place.checked_sub(1).map(|place| &mut self.live_by_part[place])
            && position <= *last
        {
            *count += 1;
        }
    }

    /// Events that no segment has.
    fn tails(&mut self, files: &[(u64, Option<wal::Contents>)]) {
        let sealed = self.end;
        for (first, contents) in files {
            let name = wal::file_name(*first);
            for entry in contents.iter().flat_map(|contents| &contents.entries) {
                let Entry::Events(bytes) = entry else { continue };
                let upto = (bytes.first + u64::from(bytes.count)).saturating_sub(1);
                if upto <= sealed {
                    continue;
                }
                if bytes.first != self.end + 1 {
                    let what = format!("it goes on with event {} though {} should come", bytes.first, self.end + 1);
                    self.seen.found(&name, what, FROM_BACKUP);
                    self.identity = None;
                }
                self.end = upto;
                self.frame(&name, bytes);
            }
        }
    }

    fn frame(&mut self, name: &str, bytes: &wal::EventBytes) {
        let mut offset = wal::EventBytes::START;
        for position in (bytes.first..).take(bytes.count as usize) {
            let Some((event, next)) = codec::decode(&bytes.bytes, offset) else {
                self.seen.found(name, format!("event {position} is not readable"), FROM_BACKUP);
                self.identity = None;
                return;
            };
            if let Err(error) = json::check_object(event.props()) {
                let what = format!("event {position} has unreadable properties: {error}");
                self.seen.found(name, what, FROM_BACKUP);
            }
            let counts = self.tombstones.has_links(event.source, position);
            if let Some(identity) = &mut self.identity {
                self.erasures.apply_before(position, identity);
                identity.apply(event.person, event.links(), counts);
                identity.upto = position;
            }
            self.count(event.source, position);
            offset = next;
        }
        if offset != bytes.bytes.len() {
            self.seen.found(name, format!("bytes follow event {}", self.end), FROM_BACKUP);
        }
    }

    fn people(&mut self) -> Result<(), LogError> {
        if let Some(identity) = &mut self.identity {
            self.erasures.apply_before(u64::MAX, identity);
        }
        let name = format!("{}/{}", run::FOLDER, people::FILE);
        let found = people::look(&**self.disk);
        match (found.map_err(disk_error)?, &self.identity) {
            (people::Looked::Missing, _) => {}
            (people::Looked::Damaged, _) => self.seen.found(&name, "its checksum is wrong", DERIVED),
            (people::Looked::Whole(saved, tombstones), Some(derived)) => {
                if saved.upto > self.end || tombstones != self.tombstones.fingerprint() {
                    self.seen.notes.push(format!("{name} is of another time; the next start makes it anew"));
                } else if !derived.agrees_with(&saved) {
                    self.seen.found(&name, "it holds other people than the events make", DERIVED);
                }
            }
            (people::Looked::Whole(..), None) => {}
        }
        Ok(())
    }

    fn ids(&mut self) -> Result<(), LogError> {
        for (first, last) in self.ranges(run::FOLDER, run::SUFFIX)? {
            if let Err(error) = run::Run::open(&**self.disk, first, last).and_then(|run| run.check()) {
                self.seen.found(&run::path(first, last), error, DERIVED);
            } else if last > self.end {
                let what = format!("it knows event {last}, and the log ends at {}", self.end);
                self.seen.notes.push(format!("{}: {what}; the next start makes it anew", run::path(first, last)));
            }
        }
        if let Err(error) = dedup::check_freed(&**self.disk) {
            self.seen.found(&format!("{}/{}", run::FOLDER, dedup::FREED_FILE), error, DERIVED);
        }
        Ok(())
    }

    fn columns(&mut self) -> Result<(), LogError> {
        let names = self.list(index::FOLDER)?;
        for (base, _) in names.iter().filter(|(base, _)| parse_range(base, index::SUFFIX).is_some()) {
            let name = format!("{}/{base}", index::FOLDER);
            match index::Part::open(self.disk, name.clone()).and_then(|part| part.check().map(|rows| (part, rows))) {
                Err(error) => self.seen.found(&name, error, DERIVED),
                Ok((part, rows)) => {
                    let origin = part.origin();
                    let is_current = origin.tombstones == self.tombstones.fingerprint();
                    let range = (origin.first, origin.last);
                    let live = self.live_by_part.iter().find(|(known, _)| *known == range).map(|(_, live)| *live);
                    // Without the identities some segment could not be read, and nothing can be counted.
                    if Some(range) != parse_range(base, index::SUFFIX) {
                        self.seen.found(&name, "its name is that of other events", DERIVED);
                    } else if is_current && self.identity.is_some() && live.is_some_and(|live| live != rows) {
                        let what = format!("it holds {rows} events where {} stand", live.unwrap_or(0));
                        self.seen.found(&name, what, DERIVED);
                    } else if !is_current {
                        self.seen.notes.push(format!("{name} is of another time; the next start makes it anew"));
                    }
                }
            }
        }
        Ok(())
    }
}
