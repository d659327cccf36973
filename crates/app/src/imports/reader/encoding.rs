//! Text out of bytes: which encoding a file is in, and each row held to it.
//!
//! UTF-8 and encodings of one byte a letter are decoded row by row, so that a row in another encoding is
//! refused alone. All others (UTF-16, Shift_JIS, …) are turned into UTF-8 on the way in.

use std::{
    borrow::Cow,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{
    Format, ReadError, ReadHint,
    lines::{Lines, line_end},
    source::{self, Bytes, Opened, read_failed},
};

/// Bytes of text looked at to find delimiter and format.
const SAMPLE_BYTES: usize = 256 * 1024;
/// Bytes looked through for letters beyond ASCII, to find the encoding.
const SCAN_BYTES_MAX: usize = 64 << 20;
/// Lines with letters beyond ASCII that settle the encoding.
const VOTES_MAX: usize = 200;
/// Of 100 bytes, how many NULs a text may hold before it counts as no text at all.
const NULS_PERCENT_MAX: usize = 10;

/// A text file opened: its bytes with the byte order mark gone.
pub(super) struct Text {
    pub(super) bytes: Bytes,
    pub(super) decoder: Decoder,
    /// The beginning of the text.
    pub(super) sample: String,
    pub(super) line_end: u8,
    pub(super) is_packed: bool,
}

impl Text {
    pub(super) fn encoding_name(&self) -> String {
        self.decoder.encoding.name().to_ascii_lowercase()
    }

    pub(super) fn looks_like(&self) -> Format {
        match self.sample.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => Format::Jsonl,
            _ if super::vcard::is_card(&self.sample) => Format::Vcard,
            _ => Format::Csv,
        }
    }

    pub(super) fn into_lines(self) -> (Lines, Decoder, bool) {
        (Lines::new(self.bytes, self.line_end), self.decoder, self.is_packed)
    }
}

/// Holds every row to the encoding of the file.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    encoding: &'static Encoding,
    /// The bytes were turned into UTF-8 on the way in; what could not be is U+FFFD.
    is_streamed: bool,
    /// No letter beyond ASCII was seen yet and nobody named the encoding: the first such row decides.
    is_open: bool,
    /// Somebody named the encoding: whatever can be read in it is meant so.
    is_named: bool,
}

impl Decoder {
    /// Whether a row can be read. The error says why not.
    pub(super) fn check(&mut self, row: &[u8]) -> Result<(), String> {
        if row.contains(&0) {
            return Err("the row holds a NUL character, which no text does; write the file again without it".into());
        }
        if row.is_ascii() {
            return Ok(());
        }
        let utf8 = str::from_utf8(row);
        if self.is_open {
            self.is_open = false;
            self.encoding = if utf8.is_ok() { UTF_8 } else { WINDOWS_1252 };
        }
        if self.is_streamed {
            return if row.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes()) {
                Err(format!("the row is not valid {} as the rest of the file; {SAVE}", self.encoding.name()))
            } else {
                Ok(())
            };
        }
        match utf8 {
            Ok(_) if self.encoding == UTF_8 => Ok(()),
            Err(error) if self.encoding == UTF_8 => {
                let byte = row[error.valid_up_to()];
                Err(format!("the row is not valid UTF-8 as the rest of the file (byte 0x{byte:02X}); {SAVE}"))
            }
            Ok(_) if self.encoding == WINDOWS_1252 && !self.is_named => {
                Err(format!("the row is UTF-8 while the rest of the file is Windows-1252; {SAVE}"))
            }
            _ => match self.encoding.decode_without_bom_handling(row) {
                (text, false) if !text.chars().any(is_c1_control) => Ok(()),
                _ => Err(format!("the row holds a byte that {} does not know; {SAVE}", self.encoding.name())),
            },
        }
    }

    /// A part of a row that was checked.
    pub(super) fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        if self.is_streamed || self.encoding == UTF_8 || bytes.is_ascii() {
            String::from_utf8_lossy(bytes)
        } else {
            self.encoding.decode_without_bom_handling(bytes).0
        }
    }

    /// A row that may have been refused, as readable as it can be made.
    pub(super) fn readable(bytes: &[u8]) -> String {
        match str::from_utf8(bytes) {
            Ok(text) => text.replace('\0', "\u{fffd}"),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.replace('\0', "\u{fffd}"),
        }
    }
}

const SAVE: &str = "save the whole file in one encoding, best UTF-8";

/// What the bytes that Windows-1252 leaves free come out as.
fn is_c1_control(c: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&c)
}

/// Find the encoding and take the first part of the text as a sample.
pub(super) fn open_text(opened: Opened, path: &Path, hint: &ReadHint) -> Result<Text, ReadError> {
    let is_packed = opened.is_packed;
    let mut bytes = opened.bytes;
    let head = take(&mut bytes, SAMPLE_BYTES).map_err(|e| read_failed(e, is_packed))?;
    let (encoding, mark_bytes) = match (named(hint)?, Encoding::for_bom(&head)) {
        (Some(encoding), Some((marked, bytes))) if marked == encoding => (Some(encoding), bytes),
        (Some(encoding), _) => (Some(encoding), 0),
        (None, Some((encoding, bytes))) => (Some(encoding), bytes),
        (None, None) => (utf16_without_mark(&head), 0),
    };
    let end = line_end(&head);
    let decoder = match encoding {
        Some(encoding) => {
            let is_streamed = encoding != UTF_8 && !encoding.is_single_byte();
            Decoder { encoding, is_streamed, is_open: false, is_named: hint.encoding.is_some() }
        }
        None => vote(path, end)?,
    };
    if !decoder.is_streamed {
        refuse_binary(&head)?;
    }
    let whole = Cursor::new(head[mark_bytes..].to_vec()).chain(bytes);
    let mut bytes: Bytes = if decoder.is_streamed {
        Box::new(BufReader::with_capacity(SAMPLE_BYTES, Transcoder::new(decoder.encoding, Box::new(whole))))
    } else {
        Box::new(whole)
    };
    let head = take(&mut bytes, SAMPLE_BYTES).map_err(|e| read_failed(e, is_packed))?;
    let sample = decoder.decode(&head).into_owned();
    if sample.trim().is_empty() && head.len() < SAMPLE_BYTES {
        return Err(ReadError::Empty);
    }
    let line_end = line_end(&head);
    Ok(Text { bytes: Box::new(Cursor::new(head).chain(bytes)), decoder, sample, line_end, is_packed })
}

fn named(hint: &ReadHint) -> Result<Option<&'static Encoding>, ReadError> {
    let Some(label) = &hint.encoding else { return Ok(None) };
    Encoding::for_label(label.trim().as_bytes()).map(Some).ok_or_else(|| {
        let label = super::super::cell::shortened(label, 40);
        ReadError::Hint(format!(
            "no encoding is called {label}; write utf-8, windows-1252, utf-16le or another web name"
        ))
    })
}

fn take(bytes: &mut Bytes, count: usize) -> io::Result<Vec<u8>> {
    let mut taken = Vec::new();
    bytes.by_ref().take(count as u64).read_to_end(&mut taken)?;
    Ok(taken)
}

/// Every second byte of Latin text in UTF-16 is zero.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    if pairs < 4 {
        return None;
    }
    let zeros_at = |place: usize| head.chunks_exact(2).filter(|pair| pair[place] == 0).count();
    let (even, odd) = (zeros_at(0), zeros_at(1));
    let most = pairs * 6 / 10;
    if odd > most && even * 10 < pairs {
        Some(UTF_16LE)
    } else if even > most && odd * 10 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn refuse_binary(head: &[u8]) -> Result<(), ReadError> {
    let nuls = head.iter().filter(|byte| **byte == 0).count();
    if nuls * 100 > head.len() * NULS_PERCENT_MAX {
        let text = "this is not a text file; import a CSV, JSONL or Parquet file (each may be packed with gzip)";
        return Err(ReadError::Unsupported(text.into()));
    }
    Ok(())
}

/// Ask the lines that hold letters beyond ASCII. A sample at the start is not enough: the first `å` of a
/// long list of customers may come late.
fn vote(path: &Path, end: u8) -> Result<Decoder, ReadError> {
    let again = source::open(path)?;
    let mut lines = Lines::new(again.bytes, end);
    let (mut utf8, mut other, mut seen) = (0usize, 0usize, 0usize);
    while utf8 + other < VOTES_MAX && seen < SCAN_BYTES_MAX {
        let Some(line) = lines.next().map_err(|e| read_failed(e, again.is_packed))? else { break };
        seen += line.bytes.len() + 1;
        if !line.is_too_long && !line.bytes.is_ascii() {
            if str::from_utf8(&line.bytes).is_ok() { utf8 += 1 } else { other += 1 }
        }
        lines.recycle(line);
    }
    let encoding = if other > utf8 { WINDOWS_1252 } else { UTF_8 };
    Ok(Decoder { encoding, is_streamed: false, is_open: utf8 + other == 0, is_named: false })
}

/// Turns an encoding of several bytes a letter into UTF-8 as it is read.
struct Transcoder {
    bytes: Bytes,
    decoder: encoding_rs::Decoder,
    is_done: bool,
}

impl Transcoder {
    fn new(encoding: &'static Encoding, bytes: Bytes) -> Self {
        Self { bytes, decoder: encoding.new_decoder_without_bom_handling(), is_done: false }
    }
}

impl Read for Transcoder {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while !self.is_done {
            let source = self.bytes.fill_buf()?;
            let is_last = source.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(source, buf, is_last);
            self.bytes.consume(read);
            self.is_done = is_last && result == encoding_rs::CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
            if read == 0 && !is_last {
                return Err(io::Error::other("no room to decode a character"));
            }
        }
        Ok(0)
    }
}
