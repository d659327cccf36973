//! The bytes of a segment, with checksums: a Parquet file has none that its readers would all look at, and a flipped
//! bit in a packed page can come out as another number.
//!
//! A block of ours lies between the pages and indexes of the Parquet file and its footer, where Parquet says nothing
//! and every reader passes over it. Little endian:
//!
//! ```text
//! crc32c u32 for every 16 KiB of what lies before
//! "SUPPICHK" · version u32 · bytes before this block u64 · crc32c u32 of all behind this block · crc32c u32 of the block so far
//! ```
//! Files of version 0.1 have no such block and are read unchecked; the footer entry `suppilo.checks` tells a file
//! that lost its block from one that never had it.

use std::{
    io::{self, Read},
    sync::Arc,
};

use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, Length},
};
use serde::{Deserialize, Serialize};

use crate::disk::{ReadFile, WriteFile};

/// Footer entry of files that have checksums.
pub(crate) const CHECKS_KEY: &str = "suppilo.checks";
const MAGIC: &[u8; 8] = b"SUPPICHK";
const VERSION: u32 = 1;
const BLOCK_BYTES: usize = 16 * 1024;
/// Bytes of our block behind its list.
const TAIL: usize = 28;
/// What a Parquet file ends with: the length of its footer and "PAR1".
const PARQUET_END: usize = 8;
/// Bytes of a footer that is believed.
const FOOTER_BYTES_MAX: usize = 64 * 1024 * 1024;
const WRITE_BYTES: usize = 1024 * 1024;

/// Checksums of a file.
pub(crate) struct Checks {
    /// Bytes that the list is about.
    covered: u64,
    crcs: Box<[u32]>,
}

fn wrong(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

/// Bytes of the footer and what follows it.
fn footer_bytes(end: &[u8]) -> Option<usize> {
    let end = end.last_chunk::<PARQUET_END>()?;
    let length = u32::from_le_bytes(*end.first_chunk()?) as usize;
    (end[4..] == *b"PAR1" && length <= FOOTER_BYTES_MAX).then_some(length + PARQUET_END)
}

/// Write a whole Parquet file, with checksums.
pub(crate) fn write(parquet: &[u8], file: &mut dyn WriteFile) -> io::Result<()> {
    let footer = footer_bytes(parquet).ok_or_else(|| wrong("this is no Parquet file"))?;
    let (body, footer) = parquet.split_at(parquet.len().saturating_sub(footer));
    let mut checks: Vec<u8> = body.chunks(BLOCK_BYTES).flat_map(|block| crc32c::crc32c(block).to_le_bytes()).collect();
    checks.extend_from_slice(MAGIC);
    checks.extend_from_slice(&VERSION.to_le_bytes());
    checks.extend_from_slice(&(body.len() as u64).to_le_bytes());
    checks.extend_from_slice(&crc32c::crc32c(footer).to_le_bytes());
    checks.extend_from_slice(&crc32c::crc32c(&checks).to_le_bytes());
    for part in body.chunks(WRITE_BYTES) {
        file.append(part)?;
    }
    file.append(&checks)?;
    file.append(footer)
}

impl Checks {
    /// The checksums of a file, `None` when it has no block of them; the footer is compared with its own.
    pub(crate) fn load(file: &dyn ReadFile) -> io::Result<Option<Self>> {
        let length = file.length()?;
        let read = |bytes: usize, before_end: u64| {
            let start = length.checked_sub(before_end).ok_or_else(|| wrong("it is too short"))?;
            let mut into = vec![0; bytes];
            file.read_at(&mut into, start)?;
            Ok::<_, io::Error>(into)
        };
        let end = read(PARQUET_END, PARQUET_END as u64)?;
        let footer = footer_bytes(&end).ok_or_else(|| wrong("it does not end as Parquet files do"))?;
        let tail_at = (footer + TAIL) as u64;
        let Ok(behind) = read(footer + TAIL, tail_at) else { return Ok(None) };
        let (tail, footer) = behind.split_at(TAIL);
        if tail[..8] != *MAGIC {
            return Ok(None);
        }
        let word = |at: usize| tail[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        if word(8) != VERSION {
            return Err(wrong("its checksums are of a later version of suppilo"));
        }
        let covered = tail[12..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let list = covered.div_ceil(BLOCK_BYTES as u64).saturating_mul(4);
        if covered.saturating_add(list).saturating_add(tail_at) != length {
            return Err(wrong("its checksums are damaged"));
        }
        let list = read(list as usize, tail_at + list)?;
        if word(24) != crc32c::crc32c_append(crc32c::crc32c(&list), &tail[..24]) {
            return Err(wrong("its checksums are damaged"));
        }
        if word(20) != crc32c::crc32c(footer) {
            return Err(wrong("its footer is damaged"));
        }
        let crcs = list.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        Ok(Some(Self { covered, crcs }))
    }

    /// Compare everything in the file.
    pub(crate) fn verify_all(checks: &Arc<Self>, file: &Arc<dyn ReadFile>) -> io::Result<()> {
        let whole = SegmentFile { file: file.clone(), length: checks.covered, checks: Some(checks.clone()) };
        let mut at = 0;
        while at < checks.covered {
            let length = (checks.covered - at).min(WRITE_BYTES as u64) as usize;
            whole.bytes(at, length)?;
            at += length as u64;
        }
        Ok(())
    }
}

/// How a file ends, which tells it from every other: what the checksums of all its bytes end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    length: u64,
    /// Bytes from the tail of the checksums to the end.
    before_end: u32,
    tail: [u8; TAIL],
}

impl Mark {
    /// The mark of a file; `None` when it has no checksums.
    pub(crate) fn read(file: &dyn ReadFile) -> io::Result<Option<Self>> {
        let length = file.length()?;
        let start = length.checked_sub(PARQUET_END as u64).ok_or_else(|| wrong("it is too short"))?;
        let mut end = [0; PARQUET_END];
        file.read_at(&mut end, start)?;
        let footer = footer_bytes(&end).ok_or_else(|| wrong("it does not end as Parquet files do"))?;
        let mark = Self { length, before_end: (footer + TAIL) as u32, tail: [0; TAIL] };
        Ok(mark.tail_of(file).ok().filter(|tail| tail[..8] == *MAGIC).map(|tail| Self { tail, ..mark }))
    }

    /// Bytes of the file.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    fn tail_of(&self, file: &dyn ReadFile) -> io::Result<[u8; TAIL]> {
        let mut tail = [0; TAIL];
        let start = self.length.checked_sub(u64::from(self.before_end)).ok_or_else(|| wrong("it is too short"))?;
        file.read_at(&mut tail, start)?;
        Ok(tail)
    }

    /// Whether it is the mark of this file, which is of the same length.
    pub(crate) fn is_of(&self, file: &dyn ReadFile) -> io::Result<bool> {
        Ok(self.tail_of(file)? == self.tail)
    }
}

/// A file as the Parquet reader wants it.
pub(crate) struct SegmentFile {
    pub file: Arc<dyn ReadFile>,
    pub length: u64,
    pub checks: Option<Arc<Checks>>,
}

impl SegmentFile {
    /// Some bytes, compared with their checksums.
    fn bytes(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.length {
            return Err(wrong(format_args!("it ends before byte {end}")));
        }
        let Some(checks) = self.checks.as_ref().filter(|checks| start < checks.covered) else {
            let mut bytes = vec![0; length];
            self.file.read_at(&mut bytes, start)?;
            return Ok(bytes.into());
        };
        let block = BLOCK_BYTES as u64;
        let from = start / block * block;
        let upto = end.div_ceil(block).saturating_mul(block).min(checks.covered);
        let mut bytes = vec![0; (upto.max(end) - from) as usize];
        self.file.read_at(&mut bytes, from)?;
        let covered = &bytes[..(upto - from) as usize];
        for (place, bytes) in covered.chunks(BLOCK_BYTES).enumerate() {
            let number = (from / block) as usize + place;
            if checks.crcs.get(number) != Some(&crc32c::crc32c(bytes)) {
                let at = number * BLOCK_BYTES;
                return Err(wrong(format_args!("the bytes {at} to {} are damaged", at + bytes.len())));
            }
        }
        let skip = (start - from) as usize;
        Ok(Bytes::from(bytes).slice(skip..skip + length))
    }
}

impl Length for SegmentFile {
    fn len(&self) -> u64 {
        self.length
    }
}

/// Reads on from an offset.
pub(crate) struct SegmentStream {
    file: SegmentFile,
    offset: u64,
}

impl Read for SegmentStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(self.file.length.saturating_sub(self.offset) as usize);
        into[..count].copy_from_slice(&self.file.bytes(self.offset, count)?);
        self.offset += count as u64;
        Ok(count)
    }
}

impl ChunkReader for SegmentFile {
    type T = io::BufReader<SegmentStream>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let file = Self { file: self.file.clone(), length: self.length, checks: self.checks.clone() };
        Ok(io::BufReader::new(SegmentStream { file, offset: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.bytes(start, length)?)
    }
}
