//! Physical lines of a text, each with its number and a limit on its length.

use std::{
    collections::VecDeque,
    io::{self, BufRead},
};

use super::source::Bytes;
use crate::imports::LINE_BYTES_MAX;

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// Without the end of line; cut at the limit when `is_too_long`.
    pub(super) bytes: Vec<u8>,
    /// Whether more came than [`LINE_BYTES_MAX`]; the rest was skipped.
    pub(super) is_too_long: bool,
}

/// Reads lines and takes them back: a quote that is never closed gives its lines back.
pub(super) struct Lines {
    bytes: Bytes,
    end: u8,
    number: u64,
    given_back: VecDeque<Line>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

/// Buffers kept for use again.
const SPARES_MAX: usize = 4;
/// Of a line that is too long, what is kept to show in the report.
const TOO_LONG_KEPT_BYTES: usize = 1_024;

impl Lines {
    /// Lines that end with `end` (a CR before an LF is not part of the line).
    pub(super) fn new(bytes: Bytes, end: u8) -> Self {
        Self { bytes, end, number: 0, given_back: VecDeque::new(), spare: Vec::new() }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.given_back.pop_front() {
            return Ok(Some(line));
        }
        let mut line =
            Line { number: self.number + 1, bytes: self.spare.pop().unwrap_or_default(), is_too_long: false };
        line.bytes.clear();
        let mut is_anything = false;
        loop {
            let buffer = self.bytes.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            is_anything = true;
            let found = buffer.iter().position(|byte| *byte == self.end);
            let taken = found.unwrap_or(buffer.len());
            let room = LINE_BYTES_MAX.saturating_sub(line.bytes.len());
            line.is_too_long |= taken > room;
            line.bytes.extend_from_slice(&buffer[..taken.min(room)]);
            self.bytes.consume(found.map_or(taken, |at| at + 1));
            if found.is_some() {
                break;
            }
        }
        if !is_anything {
            return Ok(None);
        }
        self.number += 1;
        if line.is_too_long {
            line.bytes.truncate(TOO_LONG_KEPT_BYTES);
        } else if self.end == b'\n' && line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        Ok(Some(line))
    }

    /// Read these lines again, before all others.
    pub(super) fn give_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.given_back.push_front(line);
        }
    }

    /// This line is done with.
    pub(super) fn recycle(&mut self, line: Line) {
        if self.spare.len() < SPARES_MAX {
            self.spare.push(line.bytes);
        }
    }
}

/// The byte that ends a line of this sample: LF, or CR in files of old machines.
pub(super) fn line_end(sample: &[u8]) -> u8 {
    if !sample.contains(&b'\n') && sample.contains(&b'\r') { b'\r' } else { b'\n' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Lines {
        Lines::new(Box::new(io::Cursor::new(text.to_vec())), line_end(text))
    }

    fn all(mut lines: Lines) -> Vec<(u64, String, bool)> {
        std::iter::from_fn(|| lines.next().unwrap())
            .map(|line| (line.number, String::from_utf8(line.bytes).unwrap(), line.is_too_long))
            .collect()
    }

    #[test]
    fn ends_of_line_are_lf_crlf_and_cr() {
        for text in ["a\nb\n\nc", "a\r\nb\r\n\r\nc\r\n", "a\rb\r\rc\r"] {
            let read: Vec<_> =
                all(lines(text.as_bytes())).into_iter().map(|(number, text, _)| (number, text)).collect();
            let expect = [(1, "a"), (2, "b"), (3, ""), (4, "c")].map(|(number, text)| (number, text.to_owned()));
            assert_eq!(read, expect, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_read() {
        let text = format!("a\n{}\nb", "x".repeat(10 << 20));
        let read = all(lines(text.as_bytes()));
        assert_eq!((read[0].1.as_str(), read[2].1.as_str(), read[2].0), ("a", "b", 3));
        assert!(read[1].2 && read[1].1.len() == TOO_LONG_KEPT_BYTES);
        let fits = format!("{}\n", "x".repeat(LINE_BYTES_MAX));
        assert!(!all(lines(fits.as_bytes()))[0].2);
    }

    #[test]
    fn lines_given_back_come_again() {
        let mut lines = lines(b"a\nb\nc\n");
        let taken: Vec<Line> = (0..2).map(|_| lines.next().unwrap().unwrap()).collect();
        lines.give_back(taken.into_iter());
        let again: Vec<_> = all(lines).into_iter().map(|(number, text, _)| (number, text)).collect();
        assert_eq!(again, [(1, "a"), (2, "b"), (3, "c")].map(|(n, t)| (n, t.to_owned())));
    }
}
