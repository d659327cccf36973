//! Columns made of records in memory: for tests, and for small histories.

use std::convert::Infallible;
use std::sync::Arc;

use ahash::AHashMap;

use super::{Buffer, Codebook, Codes, Frame, List, Source, block, key};
use crate::record::{Record, Records, Value};

/// A source over records.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    names: Vec<Arc<str>>,
    codebooks: Vec<Codebook>,
    frames: Vec<Frame>,
}

impl MemorySource {
    /// Columns of these records of a plan with so many columns.
    pub fn new(records: &Records, columns: usize) -> Self {
        let codebooks = vec![Codebook::default(); columns];
        let mut source = Self { names: records.names.clone(), codebooks, frames: Vec::new() };
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
                let codebook = &mut source.codebooks[column];
                let code = |row: &&Record| codebook.code(&row.values[column]);
                Codes::Words(Buffer::Own(rows.iter().map(code).collect()))
            };
            let columns = (0..columns).map(&mut column).collect();
            let keys = Buffer::Own(rows.iter().map(|row| key(row.person, row.at_ms)).collect());
            source.frames[block as usize].lists[name as usize] = Some(List { keys, columns, ranks: None });
        }
        source
    }
}

impl Source for MemorySource {
    type Error = Infallible;

    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn values(&self, column: usize) -> &[Value] {
        self.codebooks[column].values()
    }

    fn blocks(&self) -> u32 {
        self.frames.len() as u32
    }

    fn load(&self, block: u32) -> Result<Frame, Infallible> {
        Ok(self.frames[block as usize].clone())
    }
}
