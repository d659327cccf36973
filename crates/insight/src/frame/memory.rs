//! Columns made of records in memory: for tests, and for small histories.

use std::convert::Infallible;
use std::sync::Arc;

use ahash::AHashMap;

use super::{Buffer, Codes, Frame, List, Source, block, key};
use crate::predicate;
use crate::record::{Record, Records, Value};

/// A source over records.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    names: Vec<Arc<str>>,
    values: Vec<Vec<Value>>,
    frames: Vec<Frame>,
}

impl MemorySource {
    /// Columns of these records of a plan with so many columns.
    pub fn new(records: &Records, columns: usize) -> Self {
        let mut source =
            Self { names: records.names.clone(), values: vec![vec![Value::Null]; columns], frames: Vec::new() };
        let mut codes = vec![AHashMap::new(); columns];
        let mut by_place: AHashMap<(u32, u32), Vec<&Record>> = AHashMap::new();
        for row in &records.rows {
            by_place.entry((block(row.person), row.name)).or_default().push(row);
        }
        let blocks = records.rows.iter().map(|row| block(row.person) + 1).max().unwrap_or(0);
        let empty = Frame { lists: vec![None; records.names.len()] };
        source.frames = vec![empty; blocks as usize];
        for ((block, name), mut rows) in by_place {
            rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
            let mut column = |column: usize| {
                let known = &mut source.values[column];
                let code = |row: &&Record| code_of(&row.values[column], &mut codes[column], known);
                Codes::Words(Buffer::Own(rows.iter().map(code).collect()))
            };
            let columns = (0..columns).map(&mut column).collect();
            let keys = Buffer::Own(rows.iter().map(|row| key(row.person, row.at_ms)).collect());
            source.frames[block as usize].lists[name as usize] = Some(List { keys, columns });
        }
        source
    }
}

/// Numbers and texts that read the same are kept apart: a filter may tell them from each other.
fn code_of(value: &Value, codes: &mut AHashMap<(u8, String), u32>, known: &mut Vec<Value>) -> u32 {
    let kind = match value {
        Value::Null => return 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::Text(text) if text.is_empty() => return 0,
        Value::Text(_) => 3,
    };
    *codes.entry((kind, predicate::text(value).into_owned())).or_insert_with(|| {
        known.push(value.clone());
        known.len() as u32 - 1
    })
}

impl Source for MemorySource {
    type Error = Infallible;

    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn values(&self, column: usize) -> &[Value] {
        &self.values[column]
    }

    fn blocks(&self) -> u32 {
        self.frames.len() as u32
    }

    fn load(&self, block: u32) -> Result<Frame, Infallible> {
        Ok(self.frames[block as usize].clone())
    }
}
