//! A sorted file of message ids: `derived/<first>-<last>.ids`, positions with 20 digits.
//!
//! Derived data: the ids ([`crate::dedup::hash`]) of the events of a range of positions that stood when it was written.
//! Little endian:
//!
//! ```text
//! blocks of 256 ids, ascending, equal ones repeated   (see `idcode`)
//! filter, 64 bytes a line                             (see `filter`)
//! fences: for each block the highest 64 bits of its first id u64 · where it begins u64
//! "SUPPIIDS" · version u32 · remainder bits u32 · count u64 · tombstones u64 · first u64 · last u64
//!   · bytes of all blocks u64 · lines of the filter u64 · crc32c u32 of the filter · crc32c u32 of the fences
//!   · crc32c u32 of these fields
//! ```
//! Opening reads the last lines only. Filter and fences are read before the first look (120 MB for 100 million ids) and
//! stay in memory; an id that is not there costs no read in 98 of 100 cases, and one that is there
//! one read of 1.8 KB. Each part has a checksum of its own, compared when it is read.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;

use crate::{
    disk::{Disk, ReadFile, WriteFile, create_fresh},
    filter::{self, Filter, FilterMaker, LINE_BYTES, Line},
    idcode::{self, BLOCK_IDS, Block, ID_BITS, PADDING},
};

pub(crate) const FOLDER: &str = "derived";
pub(crate) const SUFFIX: &str = ".ids";
const MAGIC: &[u8; 8] = b"SUPPIIDS";
const VERSION: u32 = 3;
pub(crate) const FOOTER: usize = 76;
const FENCE_BYTES: usize = 16;
/// Bytes read or written at a time while going through a run.
const STREAM_BYTES: usize = 256 * 1024;

/// What a run says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub first: u64,
    pub last: u64,
    pub count: usize,
    pub tombstones: u64,
}

/// The file name of a range of positions, with its folder.
pub(crate) fn path(first: u64, last: u64) -> String {
    format!("{FOLDER}/{first:020}-{last:020}{SUFFIX}")
}

fn wrong(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

/// Read; a file that is too short is a damaged one.
fn read(file: &dyn ReadFile, into: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_at(into, offset).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => wrong("it is too short"),
        _ => error,
    })
}

/// Where the blocks are.
#[derive(Default)]
struct Fences {
    /// The highest 64 bits of the first id of each block.
    firsts: Vec<u64>,
    /// Where each block begins, and where the last one ends.
    offsets: Vec<u64>,
}

fn high(id: u128) -> u64 {
    (id >> (ID_BITS - 64)) as u64
}

/// The blocks of a file.
struct Blocks<'a> {
    file: &'a dyn ReadFile,
    fences: &'a Fences,
    count: usize,
    remainder_bits: u32,
}

impl Blocks<'_> {
    /// Read some adjacent blocks, with padding.
    fn read(&self, from: usize, upto: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let (start, end) = (self.fences.offsets[from], self.fences.offsets[upto]);
        into.clear();
        into.resize((end - start) as usize + PADDING, 0);
        let length = into.len() - PADDING;
        read(self.file, &mut into[..length], start)
    }

    /// A block among those that were read from `from` on.
    fn block<'b>(&self, number: usize, from: usize, bytes: &'b [u8]) -> io::Result<Block<'b>> {
        let at = |number: usize| (self.fences.offsets[number] - self.fences.offsets[from]) as usize;
        let count = BLOCK_IDS.min(self.count - number * BLOCK_IDS);
        let block = Block::new(&bytes[at(number)..at(number + 1) + PADDING], count, self.remainder_bits)?;
        if high(block.first()) != self.fences.firsts[number] {
            return Err(wrong("a block is not where it should be"));
        }
        Ok(block)
    }

    /// How many blocks one read takes.
    fn some_after(&self, from: usize) -> usize {
        let upto = self.fences.offsets[from] + STREAM_BYTES as u64;
        self.fences.offsets.partition_point(|offset| *offset <= upto).saturating_sub(1).max(from + 1)
    }

    /// All ids; nothing after an error.
    fn ids(self) -> impl Iterator<Item = io::Result<u128>> {
        let (mut bytes, mut ids) = (Vec::new(), Vec::new().into_iter());
        let (mut next, mut from, mut upto) = (0, 0, 0);
        std::iter::from_fn(move || {
            if let Some(id) = ids.next() {
                return Some(Ok(id));
            }
            if next == self.fences.firsts.len() {
                return None;
            }
            if next == upto {
                (from, upto) = (next, self.some_after(next));
                if let Err(error) = self.read(from, upto, &mut bytes) {
                    next = self.fences.firsts.len();
                    return Some(Err(error));
                }
            }
            match self.block(next, from, &bytes).and_then(all_of) {
                Ok(all) => {
                    next += 1;
                    ids = all.into_iter();
                    ids.next().map(Ok)
                }
                Err(error) => {
                    next = self.fences.firsts.len();
                    Some(Err(error))
                }
            }
        })
    }
}

fn all_of(mut block: Block<'_>) -> io::Result<Vec<u128>> {
    let mut ids = Vec::with_capacity(BLOCK_IDS);
    ids.push(block.first());
    while let Some(id) = block.next()? {
        ids.push(id);
    }
    Ok(ids)
}

/// What the footer says of the rest.
#[derive(Clone, Copy)]
struct Layout {
    remainder_bits: u32,
    count: usize,
    block_bytes: u64,
    lines: usize,
    filter_crc: u32,
    fences_crc: u32,
}

impl Layout {
    fn encode(&self, about: About) -> Vec<u8> {
        let words = [self.count as u64, about.tombstones, about.first, about.last, self.block_bytes, self.lines as u64];
        let mut bytes = [&MAGIC[..], &VERSION.to_le_bytes(), &self.remainder_bits.to_le_bytes()].concat();
        words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        bytes.extend_from_slice(&self.filter_crc.to_le_bytes());
        bytes.extend_from_slice(&self.fences_crc.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Read the footer of a file of so many bytes.
    fn decode(bytes: &[u8; FOOTER], length: u64) -> io::Result<(Self, About)> {
        let small = |at: usize| bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let large = |at: usize| bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        if bytes[..8] != *MAGIC || small(8) != VERSION {
            return Err(wrong("it is damaged, or of another version"));
        }
        if small(FOOTER - 4) != crc32c::crc32c(&bytes[..FOOTER - 4]) {
            return Err(wrong("the checksum of its end is wrong"));
        }
        let (count, lines) = (large(16), large(56));
        let parts = [
            Some(large(48)),
            lines.checked_mul(LINE_BYTES as u64),
            count.div_ceil(BLOCK_IDS as u64).checked_mul(FENCE_BYTES as u64),
            Some(FOOTER as u64),
        ];
        let sum = parts.iter().try_fold(0u64, |sum, part| sum.checked_add((*part)?));
        if sum != Some(length) || small(12) > ID_BITS {
            return Err(wrong("its parts do not make it up"));
        }
        let layout = Self {
            remainder_bits: small(12),
            count: count as usize,
            block_bytes: large(48),
            lines: lines as usize,
            filter_crc: small(64),
            fences_crc: small(68),
        };
        Ok((layout, About { first: large(32), last: large(40), count: layout.count, tombstones: large(24) }))
    }

    fn fences_at(&self) -> u64 {
        self.block_bytes + (self.lines * LINE_BYTES) as u64
    }
}

/// What a look needs.
struct Index {
    filter: Filter,
    fences: Fences,
}

/// A run, open for looks.
pub(crate) struct Run {
    pub first: u64,
    pub last: u64,
    pub count: usize,
    /// What had been taken back when its newest ids were written: see [`crate::dedup`].
    pub tombstones: u64,
    layout: Layout,
    index: OnceLock<Index>,
    /// Held by whoever reads the index.
    loading: Mutex<()>,
    file: Arc<dyn ReadFile>,
}

impl Run {
    /// Write ascending ids as a run. After an error the file may be there all the same.
    pub(crate) fn write(
        disk: &dyn Disk,
        about: About,
        ids: impl Iterator<Item = io::Result<u128>>,
    ) -> io::Result<Self> {
        let temporary = format!("{}.tmp", path(about.first, about.last));
        let mut writer = RunWriter::new(create_fresh(disk, &temporary)?, idcode::remainder_bits(about.count));
        for id in ids {
            writer.push(id?)?;
        }
        let written = disk.open_read(&temporary)?;
        writer.finish(&*written, about)?;
        drop(written);
        let name = path(about.first, about.last);
        disk.rename(&temporary, &name)?;
        disk.sync_folder(FOLDER)?;
        Self::open(disk, about.first, about.last)
    }

    /// Merge adjacent runs into one, unless it `is_closing` before. The files of the parts stay.
    pub(crate) fn merge(disk: &dyn Disk, parts: &[Arc<Run>], is_closing: &AtomicBool) -> io::Result<Self> {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Err(io::Error::other("nothing to merge"));
        };
        let mut streams = Vec::with_capacity(parts.len());
        for part in parts {
            streams.push(part.blocks(&part.index()?.fences).ids().peekable());
        }
        let ids = std::iter::from_fn(|| {
            if is_closing.load(Ordering::Relaxed) {
                return Some(Err(io::Error::new(io::ErrorKind::Interrupted, "the log is closing")));
            }
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

    /// Open a file; an error when it ends as none of ours does. The rest is compared when it is read.
    pub(crate) fn open(disk: &dyn Disk, first: u64, last: u64) -> io::Result<Self> {
        let file = disk.open_read(&path(first, last))?;
        let length = file.length()?;
        let mut footer = [0; FOOTER];
        read(&*file, &mut footer, length.checked_sub(FOOTER as u64).ok_or_else(|| wrong("it is too short"))?)?;
        let (layout, about) = Layout::decode(&footer, length)?;
        if (about.first, about.last) != (first, last) {
            return Err(wrong("its name is that of other events"));
        }
        let About { count, tombstones, .. } = about;
        Ok(Self { first, last, count, tombstones, layout, index: OnceLock::new(), loading: Mutex::default(), file })
    }

    /// Read what looks need, if nobody has.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        self.index().map(drop)
    }

    fn index(&self) -> io::Result<&Index> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let _alone = self.loading.lock();
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let index = Index { filter: self.load_filter()?, fences: self.load_fences()? };
        Ok(self.index.get_or_init(|| index))
    }

    /// Read a part of the file from end to end and compare it with its checksum.
    fn stream(&self, offset: u64, length: usize, crc: u32, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        let (mut buffer, mut done, mut seen) = (vec![0; STREAM_BYTES.min(length)], 0, 0);
        while done < length {
            let piece = STREAM_BYTES.min(length - done);
            read(&*self.file, &mut buffer[..piece], offset + done as u64)?;
            seen = crc32c::crc32c_append(seen, &buffer[..piece]);
            take(&buffer[..piece]);
            done += piece;
        }
        if seen == crc { Ok(()) } else { Err(wrong("a checksum is wrong")) }
    }

    fn load_filter(&self) -> io::Result<Filter> {
        let mut lines = Vec::with_capacity(self.layout.lines);
        self.stream(self.layout.block_bytes, self.layout.lines * LINE_BYTES, self.layout.filter_crc, |bytes| {
            lines.extend(bytes.as_chunks().0.iter().map(Line::from_bytes));
        })?;
        Ok(Filter(lines))
    }

    fn load_fences(&self) -> io::Result<Fences> {
        let blocks = self.count.div_ceil(BLOCK_IDS);
        let mut fences = Fences { firsts: Vec::with_capacity(blocks), offsets: Vec::with_capacity(blocks + 1) };
        self.stream(self.layout.fences_at(), blocks * FENCE_BYTES, self.layout.fences_crc, |bytes| {
            for words in bytes.as_chunks::<8>().0.as_chunks::<2>().0 {
                fences.firsts.push(u64::from_le_bytes(words[0]));
                fences.offsets.push(u64::from_le_bytes(words[1]));
            }
        })?;
        fences.offsets.push(self.layout.block_bytes);
        if !fences.offsets.is_sorted() || !fences.firsts.is_sorted() {
            return Err(wrong("its fences are no fences"));
        }
        Ok(fences)
    }

    fn blocks<'a>(&'a self, fences: &'a Fences) -> Blocks<'a> {
        Blocks { file: &*self.file, fences, count: self.count, remainder_bits: self.layout.remainder_bits }
    }

    /// How often an id is there.
    pub(crate) fn occurrences(&self, id: u128) -> io::Result<u32> {
        let index = self.index()?;
        if !index.filter.may_have(id) {
            return Ok(0);
        }
        let (fences, blocks) = (&index.fences, self.blocks(&index.fences));
        let mut number = fences.firsts.partition_point(|first| *first < high(id)).saturating_sub(1);
        let (mut found, mut bytes) = (0, Vec::new());
        while fences.firsts.get(number).is_some_and(|first| *first <= high(id)) {
            blocks.read(number, number + 1, &mut bytes)?;
            let mut block = blocks.block(number, number, &bytes)?;
            let mut other = Some(block.first());
            while let Some(now) = other.filter(|now| *now <= id) {
                found += u32::from(now == id);
                other = block.next()?;
            }
            if other.is_some() {
                break;
            }
            number += 1;
        }
        Ok(found)
    }

    /// Read all of it: whether the ids ascend, and filter and fences are those of the ids.
    pub(crate) fn check(&self) -> io::Result<()> {
        let index = self.index()?;
        let mut maker = FilterMaker::new(self.layout.lines);
        let (mut lines, mut seen, mut before) = (index.filter.0.iter(), Vec::new(), 0);
        let mut compare = |seen: &mut Vec<u8>| {
            let same = seen.as_chunks().0.iter().all(|line| lines.next() == Some(&Line::from_bytes(line)));
            seen.clear();
            if same { Ok(()) } else { Err(wrong("its filter is that of other ids")) }
        };
        for id in self.blocks(&index.fences).ids() {
            let id = id?;
            if id < before {
                return Err(wrong("its ids do not ascend"));
            }
            before = id;
            maker.push(id, &mut seen);
            compare(&mut seen)?;
        }
        maker.finish(&mut seen);
        compare(&mut seen)
    }
}

struct RunWriter {
    file: Box<dyn WriteFile>,
    remainder_bits: u32,
    buffer: Vec<u8>,
    written: u64,
    count: usize,
    block: Vec<u128>,
    fences: Fences,
}

impl RunWriter {
    fn new(file: Box<dyn WriteFile>, remainder_bits: u32) -> Self {
        let (buffer, block) = (Vec::with_capacity(STREAM_BYTES * 2), Vec::with_capacity(BLOCK_IDS));
        Self { file, remainder_bits, buffer, written: 0, count: 0, block, fences: Fences::default() }
    }

    fn push(&mut self, id: u128) -> io::Result<()> {
        self.count += 1;
        self.block.push(id);
        if self.block.len() == BLOCK_IDS { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        let Some(first) = self.block.first() else { return Ok(()) };
        self.fences.firsts.push(high(*first));
        self.fences.offsets.push(self.written + self.buffer.len() as u64);
        idcode::encode(&self.block, self.remainder_bits, &mut self.buffer);
        self.block.clear();
        self.write_out(STREAM_BYTES)
    }

    /// Write what waits when it is so much.
    fn write_out(&mut self, least: usize) -> io::Result<()> {
        if self.buffer.len() >= least.max(1) {
            self.file.append(&self.buffer)?;
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Write what stands behind the blocks and make it safe. The filter is made of the blocks as they can be read, so
    /// that it is never in memory as a whole.
    fn finish(mut self, written: &dyn ReadFile, about: About) -> io::Result<()> {
        self.end_block()?;
        self.write_out(0)?;
        let (lines, block_bytes) = (filter::lines(self.count), self.written);
        let mut fences = std::mem::take(&mut self.fences);
        fences.offsets.push(block_bytes);
        let blocks = Blocks { file: written, fences: &fences, count: self.count, remainder_bits: self.remainder_bits };
        let (mut maker, mut filter_crc) = (FilterMaker::new(lines), 0);
        for id in blocks.ids() {
            maker.push(id?, &mut self.buffer);
            if self.buffer.len() >= STREAM_BYTES {
                filter_crc = crc32c::crc32c_append(filter_crc, &self.buffer);
                self.write_out(0)?;
            }
        }
        maker.finish(&mut self.buffer);
        filter_crc = crc32c::crc32c_append(filter_crc, &self.buffer);
        self.write_out(0)?;
        for (first, offset) in fences.firsts.iter().zip(&fences.offsets) {
            self.buffer.extend_from_slice(&first.to_le_bytes());
            self.buffer.extend_from_slice(&offset.to_le_bytes());
        }
        let fences_crc = crc32c::crc32c(&self.buffer);
        let (remainder_bits, count) = (self.remainder_bits, self.count);
        let layout = Layout { remainder_bits, count, block_bytes, lines, filter_crc, fences_crc };
        self.buffer.extend_from_slice(&layout.encode(about));
        self.write_out(0)?;
        self.file.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faulty::FaultyDisk;

    fn ids(from: u32, upto: u32) -> Vec<u128> {
        let mut ids: Vec<u128> = (from..upto).map(|number| crate::dedup::hash(&number.to_string())).collect();
        ids.sort_unstable();
        ids
    }

    fn write(disk: &dyn Disk, first: u64, ids: &[u128]) -> Run {
        let last = first + ids.len() as u64 - 1;
        let about = About { first, last, count: ids.len(), tombstones: 5 };
        Run::write(disk, about, ids.iter().copied().map(Ok)).unwrap()
    }

    #[test]
    fn each_id_is_found_as_often_as_it_is_there() {
        let disk = FaultyDisk::new(1);
        let mut all = ids(0, 3000);
        let (often, seldom) = (all[700], all[1500]);
        // More than a block of one id, so that it goes from block to block.
        all.extend(std::iter::repeat_n(often, 600));
        all.push(seldom);
        all.push((1 << ID_BITS) - 1);
        all.push(0);
        all.sort_unstable();
        let run = write(&disk, 1, &all);
        run.check().unwrap();
        for id in ids(0, 3000) {
            let expected = if id == often { 601 } else { 1 + u32::from(id == seldom) };
            assert_eq!(run.occurrences(id).unwrap(), expected);
        }
        assert_eq!(run.occurrences(0).unwrap() + run.occurrences((1 << ID_BITS) - 1).unwrap(), 2);
        assert!(ids(3000, 9000).into_iter().all(|id| run.occurrences(id).unwrap() == 0));
    }

    #[test]
    fn a_merged_run_has_the_ids_of_its_parts() {
        let disk = FaultyDisk::new(1);
        let parts = [(0, 500), (400, 401), (401, 2000)].map(|(from, upto)| (from, ids(from, upto)));
        let mut at = 1;
        let runs: Vec<Arc<Run>> = parts
            .iter()
            .map(|(_, ids)| {
                let run = write(&disk, at, ids);
                at = run.last + 1;
                Arc::new(run)
            })
            .collect();
        let merged = Run::merge(&disk, &runs, &AtomicBool::new(false)).unwrap();
        merged.check().unwrap();
        assert_eq!((merged.first, merged.last, merged.count), (1, at - 1, 2100));
        let doubled = ids(400, 500);
        let expected = |id: u128| 1 + u32::from(doubled.contains(&id));
        assert!(ids(0, 2000).into_iter().all(|id| merged.occurrences(id).unwrap() == expected(id)));
    }

    #[test]
    fn every_flipped_bit_is_found_by_whoever_reads_it() {
        let faulty = FaultyDisk::new(1);
        let all = ids(0, 700);
        let name = path(1, 700);
        drop(write(&faulty, 1, &all));
        let whole = faulty.bytes(&name);
        for place in 0..whole.len() {
            faulty.damage(&name, |bytes| bytes[place] ^= 1 << (place % 8));
            let opened = Run::open(&faulty, 1, 700);
            if let Ok(run) = &opened {
                // A look tells the truth or fails.
                assert!(
                    all.iter()
                        .step_by(50)
                        .all(|id| run.occurrences(*id).is_ok_and(|n| n == 1) == run.occurrences(*id).is_ok())
                );
            }
            assert!(opened.and_then(|run| run.check()).is_err(), "byte {place}");
            faulty.damage(&name, |bytes| bytes.clone_from(&whole));
        }
        for length in (0..whole.len()).step_by(97) {
            faulty.damage(&name, |bytes| bytes.truncate(length));
            assert!(Run::open(&faulty, 1, 700).is_err());
            faulty.damage(&name, |bytes| bytes.clone_from(&whole));
        }
        Run::open(&faulty, 1, 700).unwrap().check().unwrap();
    }
}
