//! One JSON object a line; nested objects become columns with dotted names (`properties.plan`).

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use super::{
    Cell, Next, ReadError, Row, RowRefused, Rows,
    encoding::{Decoder, Text},
    lines::{Line, Lines},
    source::read_failed,
};
use crate::imports::{COLUMN_NAME_BYTES_MAX, COLUMNS_MAX, LINE_BYTES_MAX, SAMPLE_ROWS};

/// Objects within objects that become columns; deeper ones stay JSON in one cell.
const DEPTH_MAX: usize = 6;

/// Bytes read ahead to learn the columns.
const AHEAD_BYTES_MAX: usize = 4 << 20;

struct Jsonl {
    lines: Lines,
    decoder: Decoder,
    is_packed: bool,
    columns: Vec<String>,
    places: HashMap<String, usize>,
    /// Rows read ahead to learn the columns, each with its text.
    ahead: VecDeque<(Next, Line)>,
    current: Option<Line>,
}

/// Rows of a JSONL file. The first rows are read here, to learn its columns.
pub(super) fn rows(text: Text) -> Result<Box<dyn Rows>, ReadError> {
    if text.sample.trim_start().starts_with('[') {
        let advice = "this file is one JSON list; write one object a line instead (jq -c '.[]' FILE > FILE.jsonl)";
        return Err(ReadError::Unsupported(advice.into()));
    }
    let (lines, decoder, is_packed) = text.into_lines();
    let (columns, places) = Default::default();
    let mut rows = Jsonl { lines, decoder, is_packed, columns, places, ahead: VecDeque::new(), current: None };
    // A pretty-printed file shows at once: not one of its first lines is an object.
    let mut bytes = 0;
    while rows.ahead.len() < SAMPLE_ROWS && bytes < AHEAD_BYTES_MAX {
        let Some(next) = rows.read()? else { break };
        bytes += next.1.bytes.len();
        rows.ahead.push_back(next);
    }
    if rows.ahead.is_empty() {
        return Err(ReadError::Empty);
    }
    if rows.columns.is_empty() {
        let reason = match &rows.ahead[0].0 {
            Next::Refused(refused) => refused.reason.clone(),
            Next::Row(_) => "its objects have no fields".into(),
        };
        return Err(ReadError::Unsupported(format!(
            "not one of the first lines is a JSON object with fields (line 1: {reason}); JSONL has one whole object a line \
             (jq -c . FILE > FILE.jsonl makes it so)"
        )));
    }
    Ok(Box::new(rows))
}

impl Jsonl {
    /// The next line that is not blank.
    fn read(&mut self) -> Result<Option<(Next, Line)>, ReadError> {
        loop {
            let Some(line) = self.lines.next().map_err(|e| read_failed(e, self.is_packed))? else { return Ok(None) };
            if line.bytes.trim_ascii().is_empty() {
                self.lines.recycle(line);
                continue;
            }
            let next = match self.cells(&line) {
                Ok(cells) => Next::Row(Row { line: line.number, cells }),
                Err(reason) => Next::Refused(RowRefused { line: line.number, column: None, value: None, reason }),
            };
            return Ok(Some((next, line)));
        }
    }

    fn cells(&mut self, line: &Line) -> Result<Vec<Cell>, String> {
        if line.is_too_long {
            return Err(format!("the line is longer than {} MiB; shorten its values", LINE_BYTES_MAX >> 20));
        }
        self.decoder.check(&line.bytes)?;
        let text = self.decoder.decode(&line.bytes);
        if text.contains("\\u0000") {
            return Err("a value holds a NUL character (\\u0000), which no text does; leave it out".into());
        }
        let object: Map<String, Value> = serde_json::from_str(&text).map_err(|e| {
            let place = if e.column() > 0 { format!(" at column {}", e.column()) } else { String::new() };
            format!("the line is not one JSON object{place}: {}", without_place(&e))
        })?;
        let mut cells = vec![Cell::Empty; self.columns.len()];
        self.flatten("", object, 1, &mut cells)?;
        Ok(cells)
    }

    fn flatten(
        &mut self,
        prefix: &str,
        object: Map<String, Value>,
        depth: usize,
        cells: &mut Vec<Cell>,
    ) -> Result<(), String> {
        for (key, value) in object {
            let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            match value {
                Value::Object(inner) if depth < DEPTH_MAX && !inner.is_empty() => {
                    self.flatten(&name, inner, depth + 1, cells)?;
                }
                value => {
                    let cell = Cell::json(value);
                    let place = self.place(name)?;
                    cells.resize(cells.len().max(place + 1), Cell::Empty);
                    cells[place] = cell;
                }
            }
        }
        Ok(())
    }

    fn place(&mut self, name: String) -> Result<usize, String> {
        if let Some(place) = self.places.get(&name) {
            return Ok(*place);
        }
        if name.len() > COLUMN_NAME_BYTES_MAX {
            return Err(format!("a field has a name longer than {COLUMN_NAME_BYTES_MAX} bytes"));
        }
        if self.columns.len() == COLUMNS_MAX {
            let name = super::super::cell::shortened(&name, 60);
            return Err(format!(
                "{name} would be field number {} of this file; at most {COLUMNS_MAX} different ones are read",
                COLUMNS_MAX + 1
            ));
        }
        self.columns.push(name.clone());
        self.places.insert(name, self.columns.len() - 1);
        Ok(self.columns.len() - 1)
    }
}

/// serde's message without its own "at line 1 column n", which would contradict the line of the file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

impl Rows for Jsonl {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Next>, ReadError> {
        if let Some(done) = self.current.take() {
            self.lines.recycle(done);
        }
        let next = match self.ahead.pop_front() {
            Some(next) => Some(next),
            None => self.read()?,
        };
        Ok(next.map(|(next, line)| {
            self.current = Some(line);
            next
        }))
    }

    fn raw(&self) -> String {
        self.current.as_ref().map(|line| Decoder::readable(&line.bytes)).unwrap_or_default()
    }
}
