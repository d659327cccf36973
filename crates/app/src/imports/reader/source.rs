//! The bytes of a file: counted, unpacked, and what they are by their first few.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

use super::{Place, ReadError};

/// Bytes looked at to say what a file is.
const MAGIC_BYTES: usize = 8;
/// Bytes asked of the disk at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// Most bytes that a packed file may unpack to: a bomb ends here.
const UNPACKED_BYTES_MAX: u64 = 64 << 30;

/// Bytes read of a file, shared with whoever shows progress.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    read: Arc<AtomicU64>,
    total: u64,
}

impl Counter {
    fn new(total: u64) -> Self {
        Self { read: Arc::default(), total }
    }

    pub(super) fn place(&self) -> Place {
        Place { bytes: self.read.load(Ordering::Relaxed).min(self.total), bytes_total: self.total }
    }

    /// For formats that are not read from front to back.
    pub(super) fn set_share(&self, done: u64, of: u64) {
        let share = u128::from(self.total) * u128::from(done) / u128::from(of.max(1));
        self.read.store(u64::try_from(share).unwrap_or(self.total), Ordering::Relaxed);
    }
}

struct Counted {
    file: File,
    counter: Counter,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buf)?;
        self.counter.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Says so when there is more than the limit: an end of file there would look like the end of the rows.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buf)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {} GiB; split it", UNPACKED_BYTES_MAX >> 30))
        })?;
        Ok(count)
    }
}

pub(super) type Bytes = Box<dyn BufRead + Send>;

/// A file, unpacked.
pub(super) struct Opened {
    pub(super) counter: Counter,
    pub(super) is_packed: bool,
    /// The file itself, at its start; for formats that must seek.
    pub(super) file: File,
    /// Unpacked bytes from the start.
    pub(super) bytes: Bytes,
    magic: Vec<u8>,
}

impl Opened {
    pub(super) fn is_parquet(&self) -> bool {
        self.magic.starts_with(b"PAR1")
    }

    /// Whether it is an archive as workbooks are; that it is a workbook shows when it is opened.
    pub(super) fn is_workbook(&self) -> bool {
        self.magic.starts_with(b"PK\x03\x04")
    }
}

fn peek(bytes: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    // One fill is enough: a buffered file or decoder gives at least this much unless it has no more.
    let mut magic = bytes.fill_buf()?.to_vec();
    magic.truncate(MAGIC_BYTES);
    Ok(magic)
}

/// Open a file, look at its first bytes, unpack it when it is packed.
pub(super) fn open(path: &Path) -> Result<Opened, ReadError> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(ReadError::Unsupported("this is not a file; give the path of a CSV, JSONL or Parquet file".into()));
    }
    let counter = Counter::new(meta.len());
    let counted = Counted { file: File::open(path)?, counter: counter.clone() };
    let mut bytes: Bytes = Box::new(BufReader::with_capacity(BUFFER_BYTES, counted));
    let mut magic = peek(&mut *bytes)?;
    let is_packed = magic.starts_with(&[0x1f, 0x8b]);
    if is_packed {
        let unpacked = Limited { inner: MultiGzDecoder::new(bytes), left: UNPACKED_BYTES_MAX };
        bytes = Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked));
        magic = peek(&mut *bytes).map_err(|e| damaged_gzip(&e))?;
    }
    if magic.is_empty() {
        return Err(ReadError::Empty);
    }
    refuse_foreign(&magic)?;
    Ok(Opened { counter, is_packed, file, bytes, magic })
}

/// A read that failed: of a packed file mostly because the file was cut short.
pub(super) fn read_failed(error: io::Error, is_packed: bool) -> ReadError {
    if is_packed { damaged_gzip(&error) } else { ReadError::Io(error) }
}

fn damaged_gzip(error: &io::Error) -> ReadError {
    ReadError::Damaged(format!(
        "the gzip file ends early or is damaged ({error}); copy the whole file again, or unpack it and import that"
    ))
}

/// Formats that people try and that are none of ours, each with what to do instead.
fn refuse_foreign(magic: &[u8]) -> Result<(), ReadError> {
    const FOREIGN: [(&[u8], &str); 7] = [
        (b"\xd0\xcf\x11\xe0", "this is an old Excel workbook; save the sheet as \"CSV UTF-8\" and import that"),
        (b"\x28\xb5\x2f\xfd", "this file is packed with zstd; unpack it (zstd -d) or pack it with gzip"),
        (b"BZh", "this file is packed with bzip2; unpack it (bunzip2) or pack it with gzip"),
        (b"\xfd7zXZ", "this file is packed with xz; unpack it (unxz) or pack it with gzip"),
        (b"\x1f\x8b", "this file is packed twice with gzip; unpack it once and import that"),
        (b"%PDF", "this is a PDF; import a CSV, JSONL or Parquet file"),
        (b"SQLite f", "this is an SQLite database; export the table as CSV and import that"),
    ];
    match FOREIGN.iter().find(|(start, _)| magic.starts_with(start)) {
        Some((_, what)) => Err(ReadError::Unsupported((*what).to_owned())),
        None => Ok(()),
    }
}
