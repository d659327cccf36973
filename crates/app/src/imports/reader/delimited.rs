//! CSV and its kin, row by row.

use std::collections::HashSet;

use super::{
    Cell, Dialect, Next, ReadError, ReadHint, Row, RowRefused, Rows, dialect,
    encoding::{Decoder, Text},
    fields::{Fed, Fields},
    lines::{Line, Lines},
    source::read_failed,
};
use crate::exports::as_meant;
use crate::imports::{COLUMN_NAME_BYTES_MAX, COLUMNS_MAX, LINE_BYTES_MAX, ROW_BYTES_MAX, ROW_LINES_MAX};

/// Bytes that may be read a second time because quotes did not pair, before the file counts as broken.
const REREAD_BYTES_MAX: usize = 512 << 20;

struct Delimited {
    lines: Lines,
    decoder: Decoder,
    is_packed: bool,
    fields: Fields,
    columns: Vec<String>,
    /// The lines of the row returned last.
    current: Vec<Line>,
    reread_bytes: usize,
}

/// Rows of a delimited text. The header, when there is one, is read here.
pub(super) fn rows(text: Text, hint: &ReadHint) -> Result<(Dialect, Box<dyn Rows>), ReadError> {
    let dialect = dialect::detect(&text.sample, text.line_end, hint)?;
    let byte = |c: char| u8::try_from(c).unwrap_or(b',');
    let (mut lines, decoder, is_packed) = text.into_lines();
    for _ in 0..dialect.skipped_lines {
        lines.next().map_err(|e| read_failed(e, is_packed))?;
    }
    let fields = Fields::new(byte(dialect.delimiter), dialect.quote.map(byte));
    let current = Vec::new();
    let mut rows = Delimited { lines, decoder, is_packed, fields, columns: Vec::new(), current, reread_bytes: 0 };
    rows.read_header(dialect.has_header)?;
    Ok((dialect, Box::new(rows)))
}

/// What became of the lines taken for one row.
enum Taken {
    Row,
    Blank,
    Refused(String),
}

impl Delimited {
    fn read_header(&mut self, has_header: bool) -> Result<(), ReadError> {
        let names = loop {
            match self.take_row()? {
                None => return Err(ReadError::Empty),
                Some(Taken::Row) => break self.cells(),
                Some(Taken::Blank) => {}
                Some(Taken::Refused(reason)) => {
                    return Err(ReadError::Damaged(format!("the first row, which names the columns: {reason}")));
                }
            }
        };
        if names.len() > COLUMNS_MAX {
            let count = names.len();
            let text =
                format!("the file has {count} columns; at most {COLUMNS_MAX} are read. Leave out what is not needed");
            return Err(ReadError::Unsupported(text));
        }
        if has_header {
            self.columns = column_names(&names);
        } else {
            self.columns = (1..=names.len()).map(|number| format!("column {number}")).collect();
            let lines = std::mem::take(&mut self.current);
            self.lines.give_back(lines.into_iter());
        }
        Ok(())
    }

    fn cells(&self) -> Vec<Cell> {
        self.fields.iter().map(|bytes| Cell::text(as_meant(&self.decoder.decode(bytes)))).collect()
    }

    /// Take the lines of one row. What does not make a row gives back all lines but its first.
    fn take_row(&mut self) -> Result<Option<Taken>, ReadError> {
        for line in self.current.drain(..) {
            self.lines.recycle(line);
        }
        let Some(first) = self.next_line()? else { return Ok(None) };
        if first.is_too_long {
            self.current.push(first);
            let mib = LINE_BYTES_MAX >> 20;
            return Ok(Some(Taken::Refused(format!("the line is longer than {mib} MiB; shorten its cells"))));
        }
        if first.bytes.trim_ascii().is_empty() {
            self.current.push(first);
            return Ok(Some(Taken::Blank));
        }
        self.fields.clear();
        let mut fed = self.fields.feed(&first.bytes);
        let mut bytes = first.bytes.len();
        self.current.push(first);
        while fed == Fed::Open {
            let is_full = self.current.len() >= ROW_LINES_MAX || bytes >= ROW_BYTES_MAX;
            let Some(line) = (if is_full { None } else { self.next_line()? }) else { break };
            bytes += line.bytes.len() + 1;
            let is_too_long = line.is_too_long;
            fed = if is_too_long { Fed::Open } else { self.fields.feed(&line.bytes) };
            self.current.push(line);
            if is_too_long {
                break;
            }
        }
        let refused = match fed {
            Fed::Whole => None,
            Fed::Open => Some("a quote is opened here and never closed".to_owned()),
            Fed::Broken => Some(
                "there is text after a closing quote; a quote inside a cell must be doubled, or a quote is missing"
                    .to_owned(),
            ),
        };
        let refused = refused.or_else(|| self.whole_row_refused());
        Ok(Some(match refused {
            Some(reason) => {
                self.give_back_all_but_first()?;
                Taken::Refused(reason)
            }
            None if self.fields.iter().all(|cell| cell.trim_ascii().is_empty()) => Taken::Blank,
            None => Taken::Row,
        }))
    }

    /// Why a row whose quotes pair is none, if so.
    fn whole_row_refused(&mut self) -> Option<String> {
        if let Err(reason) = self.decoder.check(self.fields.bytes()) {
            return Some(reason);
        }
        // A delimiter too many at the end of every row is common and harmless; a cell too many is not.
        let columns = self.columns.len();
        let found = self.fields.len();
        let has_extra = self.fields.iter().skip(columns).any(|cell| !cell.trim_ascii().is_empty());
        let is_blank = self.fields.iter().all(|cell| cell.trim_ascii().is_empty());
        let is_ragged = columns > 0 && !is_blank && (found < columns || has_extra);
        is_ragged.then(|| {
            let cells = if found == 1 { "cell" } else { "cells" };
            format!(
                "the row has {found} {cells} and the table has {columns} columns; is a delimiter or a quote missing?"
            )
        })
    }

    fn give_back_all_but_first(&mut self) -> Result<(), ReadError> {
        let given_back = self.current.split_off(1);
        self.reread_bytes += given_back.iter().map(|line| line.bytes.len()).sum::<usize>();
        if self.reread_bytes > REREAD_BYTES_MAX {
            let line = self.current[0].number;
            return Err(ReadError::Damaged(format!(
                "the quotes of this file do not pair (last at line {line}); if it quotes nothing, say that its quote is empty"
            )));
        }
        self.lines.give_back(given_back.into_iter());
        Ok(())
    }

    fn next_line(&mut self) -> Result<Option<Line>, ReadError> {
        self.lines.next().map_err(|e| read_failed(e, self.is_packed))
    }
}

impl Rows for Delimited {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Next>, ReadError> {
        loop {
            let Some(taken) = self.take_row()? else { return Ok(None) };
            let line = self.current.first().map_or(0, |line| line.number);
            match taken {
                Taken::Blank => {}
                Taken::Row => {
                    let mut cells = self.cells();
                    cells.truncate(self.columns.len());
                    return Ok(Some(Next::Row(Row { line, cells })));
                }
                Taken::Refused(reason) => {
                    return Ok(Some(Next::Refused(RowRefused { line, column: None, value: None, reason })));
                }
            }
        }
    }

    fn raw(&self) -> String {
        let lines: Vec<String> = self.current.iter().map(|line| Decoder::readable(&line.bytes)).collect();
        lines.join("\n")
    }
}

/// Names that are there, short enough, and each once.
fn column_names(cells: &[Cell]) -> Vec<String> {
    let mut used = HashSet::new();
    let name = |(index, cell): (usize, &Cell)| {
        let text = cell.as_text();
        let cut = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= COLUMN_NAME_BYTES_MAX - 10).last();
        let short = if text.len() > COLUMN_NAME_BYTES_MAX - 10 { &text[..cut.unwrap_or(0)] } else { &*text };
        let base = if short.is_empty() { format!("column {}", index + 1) } else { short.replace(['\n', '\r'], " ") };
        let candidates = std::iter::once(base.clone()).chain((2..).map(|number| format!("{base} ({number})")));
        // Endless, so there is always one that is free.
        let mut free = candidates.skip_while(|name| used.contains(name));
        let name = free.next().unwrap_or(base);
        used.insert(name.clone());
        name
    };
    cells.iter().enumerate().map(name).collect()
}
