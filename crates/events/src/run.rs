//! A sorted file of message id hashes: `derived/<first>-<last>.ids`, positions with 20 digits.
//!
//! Derived data: the ids of the events of a range of positions that stood when it was written. Little endian:
//!
//! ```text
//! hashes u128, ascending, equal ones repeated
//! "SUPPIIDS" · version u32 · count u64 · tombstones u64 · crc32c u32 of all before this field
//! ```
//! In memory a run is a bloom filter (12 bits an id, one cache line a look) and every 256th hash, so that an id
//! that is not there costs no read in 99 of 100 cases, and one that is there one read of 4 KB.

use std::{io, sync::Arc};

use crate::disk::{Disk, ReadFile, WriteFile, create_fresh};

pub(crate) const FOLDER: &str = "derived";
pub(crate) const SUFFIX: &str = ".ids";
const MAGIC: &[u8; 8] = b"SUPPIIDS";
const VERSION: u32 = 2;
const FOOTER: usize = 32;
const ID_BYTES: usize = 16;
/// Ids between two fences: one read of 4 KB.
const FENCE_IDS: usize = 256;
const FILTER_BITS_PER_ID: usize = 12;
const FILTER_PROBES: u32 = 6;
/// Bytes read or written at a time while going through a run.
const STREAM_BYTES: usize = 256 * 1024;

/// A blocked bloom filter: all bits of an id lie in one cache line.
struct Filter(Vec<[u64; 8]>);

impl Filter {
    fn new(count: usize) -> Self {
        Self(vec![[0; 8]; (count * FILTER_BITS_PER_ID).div_ceil(512).max(1)])
    }

    fn place(&self, id: u128) -> usize {
        (((id >> 64) * self.0.len() as u128) >> 64) as usize
    }

    fn bits(id: u128) -> impl Iterator<Item = (usize, u64)> {
        let low = id as u64;
        (0..FILTER_PROBES).map(move |probe| {
            let bit = (low >> (probe * 9)) as usize & 511;
            (bit / 64, 1u64 << (bit % 64))
        })
    }

    fn insert(&mut self, id: u128) {
        let place = self.place(id);
        Self::bits(id).for_each(|(word, bit)| self.0[place][word] |= bit);
    }

    fn may_have(&self, id: u128) -> bool {
        let block = &self.0[self.place(id)];
        Self::bits(id).all(|(word, bit)| block[word] & bit != 0)
    }
}

/// A run, open for looks.
pub(crate) struct Run {
    pub first: u64,
    pub last: u64,
    pub count: usize,
    /// What had been taken back when its newest ids were written: see [`crate::dedup`].
    pub tombstones: u64,
    filter: Filter,
    /// The first hash of every [`FENCE_IDS`].
    fences: Vec<u128>,
    file: Arc<dyn ReadFile>,
}

/// What a run says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub first: u64,
    pub last: u64,
    pub count: usize,
    pub tombstones: u64,
}

fn footer(count: usize, tombstones: u64) -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes(), &(count as u64).to_le_bytes(), &tombstones.to_le_bytes()].concat()
}

/// The file name of a range of positions, with its folder.
pub(crate) fn path(first: u64, last: u64) -> String {
    format!("{FOLDER}/{first:020}-{last:020}{SUFFIX}")
}

struct RunWriter {
    file: Box<dyn WriteFile>,
    buffer: Vec<u8>,
    crc: u32,
    count: usize,
    filter: Filter,
    fences: Vec<u128>,
}

impl RunWriter {
    fn push(&mut self, id: u128) -> io::Result<()> {
        if self.count.is_multiple_of(FENCE_IDS) {
            self.fences.push(id);
        }
        self.count += 1;
        self.filter.insert(id);
        self.buffer.extend_from_slice(&id.to_le_bytes());
        if self.buffer.len() >= STREAM_BYTES { self.write_out() } else { Ok(()) }
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.crc = crc32c::crc32c_append(self.crc, &self.buffer);
        self.file.append(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self, disk: &dyn Disk, temporary: &str, about: About) -> io::Result<Run> {
        let About { first, last, tombstones, .. } = about;
        self.buffer.extend(footer(self.count, tombstones));
        self.write_out()?;
        self.file.append(&self.crc.to_le_bytes())?;
        self.file.sync()?;
        let name = path(first, last);
        disk.rename(temporary, &name)?;
        disk.sync_folder(FOLDER)?;
        let file = disk.open_read(&name)?;
        Ok(Run { first, last, count: self.count, tombstones, filter: self.filter, fences: self.fences, file })
    }
}

impl Run {
    /// Write ascending ids as a run. After an error the file may be there all the same.
    pub(crate) fn write(
        disk: &dyn Disk,
        about: About,
        ids: impl Iterator<Item = io::Result<u128>>,
    ) -> io::Result<Self> {
        let temporary = format!("{}.tmp", path(about.first, about.last));
        let file = create_fresh(disk, &temporary)?;
        let filter = Filter::new(about.count);
        let buffer = Vec::with_capacity(STREAM_BYTES + ID_BYTES);
        let mut writer = RunWriter { file, buffer, crc: 0, count: 0, filter, fences: Vec::new() };
        for id in ids {
            writer.push(id?)?;
        }
        writer.finish(disk, &temporary, about)
    }

    /// Merge adjacent runs into one. The files of the parts stay.
    pub(crate) fn merge(disk: &dyn Disk, parts: &[Arc<Run>]) -> io::Result<Self> {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Err(io::Error::other("nothing to merge"));
        };
        let mut streams: Vec<_> = parts.iter().map(|part| part.ids().peekable()).collect();
        let ids = std::iter::from_fn(|| {
            let next = streams.iter_mut().enumerate().filter_map(|(place, stream)| {
                // An error goes first, so that it is answered at once.
                let id = stream.peek()?.as_ref().map_or(0, |id| *id);
                Some((id, place))
            });
            let (_, place) = next.min()?;
            streams[place].next()
        });
        let count = parts.iter().map(|part| part.count).sum();
        Self::write(disk, About { first: first.first, last: last.last, count, tombstones: last.tombstones }, ids)
    }

    /// Open a file; an error when it is not whole.
    pub(crate) fn open(disk: &dyn Disk, first: u64, last: u64) -> io::Result<Self> {
        let file = disk.open_read(&path(first, last))?;
        let length = file.length()? as usize;
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path(first, last)));
        let count = length.checked_sub(FOOTER).ok_or_else(wrong)? / ID_BYTES;
        let mut end = [0; FOOTER];
        file.read_at(&mut end, (length - FOOTER) as u64)?;
        let (text, checksum) = end.split_at(FOOTER - 4);
        let tombstones = text.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mut run = Self { first, last, count, tombstones, filter: Filter::new(count), fences: Vec::new(), file };
        let mut crc = 0;
        let (mut filter, mut fences) = (Filter::new(count), Vec::with_capacity(count / FENCE_IDS + 1));
        for (place, id) in run.ids().enumerate() {
            let id = id?;
            crc = crc32c::crc32c_append(crc, &id.to_le_bytes());
            filter.insert(id);
            if place.is_multiple_of(FENCE_IDS) {
                fences.push(id);
            }
        }
        crc = crc32c::crc32c_append(crc, text);
        if *text != footer(count, tombstones)[..] || *checksum != crc.to_le_bytes() {
            return Err(wrong());
        }
        (run.filter, run.fences) = (filter, fences);
        Ok(run)
    }

    /// Whether the ids ascend; the checksum was compared when it was opened.
    pub(crate) fn check(&self) -> io::Result<()> {
        let mut before = 0;
        for id in self.ids() {
            let id = id?;
            if id < before {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "its ids do not ascend"));
            }
            before = id;
        }
        Ok(())
    }

    fn ids(&self) -> impl Iterator<Item = io::Result<u128>> + '_ {
        let mut buffer: Vec<u8> = Vec::new();
        let mut at = 0;
        let mut read = 0;
        std::iter::from_fn(move || {
            if at == buffer.len() {
                let count = (self.count * ID_BYTES - read).min(STREAM_BYTES);
                if count == 0 {
                    return None;
                }
                buffer.resize(count, 0);
                if let Err(error) = self.file.read_at(&mut buffer, read as u64) {
                    return Some(Err(error));
                }
                (at, read) = (0, read + count);
            }
            at += ID_BYTES;
            Some(Ok(number(&buffer[at - ID_BYTES..at])))
        })
    }

    /// How often an id is there.
    pub(crate) fn occurrences(&self, id: u128) -> io::Result<u32> {
        if !self.filter.may_have(id) {
            return Ok(0);
        }
        let mut fence = self.fences.partition_point(|fence| *fence < id).saturating_sub(1);
        let mut found = 0;
        let mut block = [0; FENCE_IDS * ID_BYTES];
        while fence < self.fences.len() {
            let ids = FENCE_IDS.min(self.count - fence * FENCE_IDS);
            let block = &mut block[..ids * ID_BYTES];
            self.file.read_at(block, (fence * FENCE_IDS * ID_BYTES) as u64)?;
            for bytes in block.as_chunks::<ID_BYTES>().0 {
                let other = u128::from_le_bytes(*bytes);
                if other > id {
                    return Ok(found);
                }
                found += u32::from(other == id);
            }
            fence += 1;
        }
        Ok(found)
    }
}

fn number(bytes: &[u8]) -> u128 {
    let mut array = [0; ID_BYTES];
    array.copy_from_slice(bytes);
    u128::from_le_bytes(array)
}
