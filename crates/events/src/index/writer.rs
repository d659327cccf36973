//! Writing a part.

use std::{io, sync::Arc};

use insight::record::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    FOLDER, SUFFIX,
    facts::Fact,
    file::{Column, FactsMeta, Footer, KeyPieces, ListMeta, MAGIC, Origin, Part, Piece, PropertyMeta, StoredValue},
    packed,
    properties::HasMore,
};
use crate::disk::{Disk, WriteFile, create_fresh};

/// Written at a time.
const WRITE_BYTES: usize = 1 << 20;

/// Writes a part, list by list in ascending order of block and name.
pub(crate) struct PartWriter {
    disk: Arc<dyn Disk>,
    file: Box<dyn WriteFile>,
    temporary: String,
    buffer: Vec<u8>,
    at: u64,
    origin: Origin,
    names: Vec<String>,
    people: Vec<u64>,
    lists: Vec<ListMeta>,
    facts: Vec<FactsMeta>,
}

impl PartWriter {
    pub(crate) fn new(disk: &Arc<dyn Disk>, origin: Origin, names: Vec<String>) -> io::Result<Self> {
        let temporary = format!("{FOLDER}/{:020}{SUFFIX}.tmp", origin.first);
        Ok(Self {
            disk: disk.clone(),
            file: create_fresh(&**disk, &temporary)?,
            temporary,
            buffer: Vec::with_capacity(WRITE_BYTES),
            at: 0,
            origin,
            names,
            people: Vec::new(),
            lists: Vec::new(),
            facts: Vec::new(),
        })
    }

    fn piece(&mut self, bytes: &[u8]) -> io::Result<Piece> {
        let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("a column is too long"))?;
        let piece = Piece { at: self.at, length, check: xxh3_64(bytes) };
        self.at += u64::from(length);
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_BYTES {
            self.file.append(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(piece)
    }

    /// Add the events of a name in a block, with their ranks among all events of the block; columns ascend by number of
    /// the property.
    pub(crate) fn list<'a>(
        &mut self,
        block: u32,
        name: u32,
        keys: &[u64],
        ranks: &[u32],
        columns: impl Iterator<Item = (u32, &'a [u32])>,
    ) -> io::Result<()> {
        let times = || keys.iter().map(|key| insight::frame::at_ms(*key));
        let (at_min_ms, at_max_ms) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        for key in keys {
            let person = (block * insight::frame::PEOPLE_PER_BLOCK + insight::frame::person(*key)) as usize;
            if self.people.len() <= person / 64 {
                self.people.resize(person / 64 + 1, 0);
            }
            self.people[person / 64] |= 1 << (person % 64);
        }
        let key_pieces = self.keys(keys)?;
        let ranks = self.column(ranks)?;
        let mut written = Vec::new();
        for (property, codes) in columns {
            let column = self.column(codes)?;
            if !matches!(column, Column::Same(0)) {
                written.push((property, column));
            }
        }
        let rows = keys.len() as u32;
        self.lists.push(ListMeta {
            block,
            name,
            rows,
            at_min_ms,
            at_max_ms,
            keys: key_pieces,
            ranks,
            columns: written,
        });
        Ok(())
    }

    /// Add what stands about the people of a block, of each person and property at most one. Blocks ascend.
    pub(super) fn facts(&mut self, block: u32, facts: &mut [Fact]) -> io::Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        facts.sort_unstable_by_key(|fact| (fact.person, fact.told, fact.property));
        let (mut keys, mut positions) = (Vec::new(), Vec::new());
        let mut cells: Vec<(u32, usize, u32)> = Vec::new();
        for event in facts.chunk_by(|one, two| (one.person, one.told) == (two.person, two.told)) {
            let (at_ms, position) = event[0].told;
            let offset = position.checked_sub(self.origin.first).and_then(|offset| u32::try_from(offset).ok());
            positions.push(offset.ok_or_else(|| io::Error::other("a fact is told by an event of another part"))?);
            cells.extend(event.iter().map(|fact| (fact.property, keys.len(), fact.code)));
            keys.push(insight::frame::key(event[0].person, at_ms));
        }
        cells.sort_unstable();
        let key_pieces = self.keys(&keys)?;
        let positions = self.column(&positions)?;
        let mut columns = Vec::new();
        let mut codes = Vec::new();
        for cells in cells.chunk_by(|one, two| one.0 == two.0) {
            codes.clear();
            codes.resize(keys.len(), 0);
            cells.iter().for_each(|(_, row, code)| codes[*row] = *code);
            columns.push((cells[0].0, self.column(&codes)?));
        }
        self.facts.push(FactsMeta { block, rows: keys.len() as u32, keys: key_pieces, positions, columns });
        Ok(())
    }

    /// Let names go that no list has.
    pub(super) fn forget_unused_names(&mut self) {
        for (number, name) in self.names.iter_mut().enumerate() {
            if !self.lists.iter().any(|list| list.name as usize == number) {
                name.clear();
            }
        }
    }

    fn keys(&mut self, keys: &[u64]) -> io::Result<KeyPieces> {
        let packed = packed::pack_keys(keys);
        Ok(KeyPieces { people: self.piece(&packed.people_and_slots)?, rests: self.piece(&packed.rests)? })
    }

    fn column(&mut self, codes: &[u32]) -> io::Result<Column> {
        let first = codes.first().copied().unwrap_or(0);
        if codes.iter().all(|code| *code == first) {
            return Ok(Column::Same(first));
        }
        Ok(Column::Packed(self.piece(&packed::pack_codes(codes))?))
    }

    /// Write the rest: name, width and values of each property. When this answers the part is safe.
    pub(crate) fn finish<'a>(
        mut self,
        properties: impl Iterator<Item = (&'a str, bool, &'a [Value])>,
        has_more: HasMore,
    ) -> io::Result<Part> {
        let encoded = |error| io::Error::other(format!("columns cannot be encoded: {error}"));
        let mut metas = Vec::new();
        for (name, is_wide, values) in properties {
            let stored = values.iter().map(|value| match value {
                Value::Null => StoredValue::Null,
                Value::Bool(value) => StoredValue::Bool(*value),
                Value::Number(value) => StoredValue::Number(*value),
                Value::Text(text) => StoredValue::Text(text.to_string()),
            });
            let bytes = postcard::to_stdvec(&stored.collect::<Vec<_>>()).map_err(encoded)?;
            let values = if is_wide { None } else { Some(self.piece(&bytes)?) };
            metas.push(PropertyMeta { name: name.to_owned(), is_wide, values });
        }
        let people: Vec<u8> = self.people.iter().flat_map(|word| word.to_le_bytes()).collect();
        let people = self.piece(&people)?;
        let footer = Footer {
            origin: self.origin,
            names: std::mem::take(&mut self.names),
            properties: metas,
            has_more,
            people,
            lists: std::mem::take(&mut self.lists),
            facts: std::mem::take(&mut self.facts),
        };
        let footer = postcard::to_stdvec(&footer).map_err(encoded)?;
        self.buffer.extend_from_slice(&footer);
        self.buffer.extend_from_slice(&(footer.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(&xxh3_64(&footer).to_le_bytes());
        self.buffer.extend_from_slice(MAGIC);
        self.file.append(&self.buffer)?;
        self.file.sync()?;
        let name = format!("{FOLDER}/{:020}-{:020}{SUFFIX}", self.origin.first, self.origin.last);
        self.disk.rename(&self.temporary, &name)?;
        self.disk.sync_folder(FOLDER)?;
        Part::open(&self.disk, name)
    }
}
