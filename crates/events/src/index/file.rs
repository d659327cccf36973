//! A part in a file: `columns/<first>-<last>.cols`, positions with 20 digits. Little endian.
//!
//! ```text
//! pieces, one after another: keys, codes and ranks (see `packed`), facts, dictionaries, people
//! footer (postcard of `Footer`)
//! length of the footer u64 · xxh3 of the footer u64 · "SUPPICL5"
//! ```
//! Each piece has its xxh3 in the footer and is checked whenever it is read. Written as other whole files are: a name
//! without `.tmp` is whole. A part that lies inside another was merged into it.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use insight::{
    frame::{Codes, Room, Visits},
    record::Value,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    cache::{self, Cache},
    packed,
    properties::{HasMore, Kind, is_fact},
};
use crate::{
    disk::{Disk, ReadFile},
    segment::parse_range,
};

pub(crate) const FOLDER: &str = "columns";
pub(crate) const SUFFIX: &str = ".cols";
pub(super) const MAGIC: &[u8; 8] = b"SUPPICL5";
const TAIL: u64 = 24;
/// Bytes of a footer that is believed.
const FOOTER_BYTES_MAX: u64 = 1 << 30;

/// Some bytes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(super) at: u64,
    pub(super) length: u32,
    pub(super) check: u64,
}

/// Codes of a property.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Column {
    Same(u32),
    Packed(Piece),
}

/// Sorted keys.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct KeyPieces {
    /// People and slots of time.
    pub(super) people: Piece,
    /// The rests of the times.
    pub(super) rests: Piece,
}

/// The events of one name in one block.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ListMeta {
    pub block: u32,
    pub name: u32,
    pub rows: u32,
    pub at_min_ms: i64,
    pub at_max_ms: i64,
    pub keys: KeyPieces,
    /// See [`insight::frame::ranks`].
    pub ranks: Column,
    /// By number of the property, ascending; those without any value are left out.
    pub columns: Vec<(u32, Column)>,
}

/// What was told about the people of one block: a row for each event by which something stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FactsMeta {
    pub block: u32,
    pub rows: u32,
    pub keys: KeyPieces,
    /// Of the events, from the first of the part on: they tell which of two facts of one instant stands.
    pub positions: Column,
    /// By number of the property, ascending; 0 where the event tells nothing that stands.
    pub columns: Vec<(u32, Column)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PropertyMeta {
    pub(super) name: String,
    pub(super) is_wide: bool,
    pub(super) values: Option<Piece>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum StoredValue {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

/// What a part was made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub first: u64,
    pub last: u64,
    /// The tombstones, as their fingerprint.
    pub tombstones: u64,
    /// The last event whose links were known.
    pub links_upto: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Footer {
    pub(super) origin: Origin,
    pub(super) names: Vec<String>,
    pub(super) properties: Vec<PropertyMeta>,
    pub(super) has_more: HasMore,
    /// A bit for each person that has an event here.
    pub(super) people: Piece,
    /// Ascending by block, then name.
    pub(super) lists: Vec<ListMeta>,
    /// Ascending by block.
    pub(super) facts: Vec<FactsMeta>,
}

/// Blocks that people can be in: their numbers have 32 bits.
const BLOCKS_MAX: u32 = u32::MAX / insight::frame::PEOPLE_PER_BLOCK + 1;

impl Footer {
    /// Whether it can be walked without going astray; `body` is how many bytes lie before it.
    fn is_sound(&self, body: u64) -> bool {
        let fits = |piece: &Piece| piece.at.checked_add(u64::from(piece.length)).is_some_and(|end| end <= body);
        let column_fits = |column: &Column| match column {
            Column::Same(_) => true,
            Column::Packed(piece) => fits(piece),
        };
        // A key takes at least a bit, so that nothing is made of more rows than there is room for.
        let keys_fit = |keys: &KeyPieces, rows: u32| {
            fits(&keys.people) && fits(&keys.rests) && u64::from(rows) <= u64::from(keys.people.length) * 8
        };
        let columns_fit = |columns: &[(u32, Column)]| {
            let is_known = |property: u32| (property as usize) < self.properties.len();
            columns.is_sorted_by_key(|(property, _)| *property)
                && columns.iter().all(|(property, column)| is_known(*property) && column_fits(column))
        };
        let list_fits = |list: &ListMeta| {
            list.block < BLOCKS_MAX
                && (list.name as usize) < self.names.len()
                && keys_fit(&list.keys, list.rows)
                && column_fits(&list.ranks)
                && columns_fit(&list.columns)
        };
        let facts_fit = |facts: &FactsMeta| {
            facts.block < BLOCKS_MAX
                && keys_fit(&facts.keys, facts.rows)
                && column_fits(&facts.positions)
                && columns_fit(&facts.columns)
        };
        let Origin { first, last, .. } = self.origin;
        (1..=last).contains(&first)
            && last < u64::MAX
            && fits(&self.people)
            && self.properties.iter().filter_map(|property| property.values.as_ref()).all(fits)
            && self.lists.iter().all(list_fits)
            && self.lists.is_sorted_by_key(|list| (list.block, list.name))
            && self.facts.iter().all(facts_fit)
            && self.facts.is_sorted_by(|one, two| one.block < two.block)
    }
}

/// A part.
pub(crate) struct Part {
    disk: Arc<dyn Disk>,
    file: Arc<dyn ReadFile>,
    file_name: String,
    /// Tells parts from each other in the cache.
    id: u64,
    bytes: u64,
    footer: Footer,
    dictionaries: Vec<OnceLock<Arc<[Value]>>>,
    people: OnceLock<Vec<u64>>,
    /// After so many joins: people who are somebody else by now.
    pub(super) moved: Mutex<Option<(u64, Arc<[u32]>)>>,
}

fn damaged(name: &str, what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {what}"))
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Part {
    pub(crate) fn open(disk: &Arc<dyn Disk>, file_name: String) -> io::Result<Self> {
        let file = disk.open_read(&file_name)?;
        let bytes = file.length()?;
        let mut tail = [0; TAIL as usize];
        let body = bytes.checked_sub(TAIL).ok_or_else(|| damaged(&file_name, "it is too short"))?;
        file.read_at(&mut tail, body)?;
        let number = |at: usize| tail[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let (length, check) = (number(0), number(8));
        if tail[16..] != *MAGIC || length > body.min(FOOTER_BYTES_MAX) {
            return Err(damaged(&file_name, "it does not end as columns do"));
        }
        let mut footer = vec![0; length as usize];
        file.read_at(&mut footer, body - length)?;
        if xxh3_64(&footer) != check {
            return Err(damaged(&file_name, "its footer is damaged"));
        }
        let footer: Footer = postcard::from_bytes(&footer).map_err(|error| damaged(&file_name, error))?;
        if !footer.is_sound(body - length) {
            return Err(damaged(&file_name, "its footer says what cannot be"));
        }
        let dictionaries = footer.properties.iter().map(|_| OnceLock::new()).collect();
        Ok(Self {
            disk: disk.clone(),
            file,
            file_name,
            id: next_id(),
            bytes,
            footer,
            dictionaries,
            people: OnceLock::new(),
            moved: Mutex::new(None),
        })
    }

    pub(crate) fn origin(&self) -> Origin {
        self.footer.origin
    }

    pub(crate) fn events(&self) -> u64 {
        self.footer.origin.last + 1 - self.footer.origin.first
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.footer.names
    }

    /// Number and name of each property that has a column.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (u32, &str)> {
        let all = self.footer.properties.iter().enumerate();
        // One without a name lost its values when people were erased.
        let all = all.filter(|(_, property)| !property.name.is_empty());
        all.filter(|(_, property)| !property.is_wide).map(|(number, property)| (number as u32, property.name.as_str()))
    }

    /// The names of properties that have too many values for a column.
    pub(crate) fn wide(&self) -> impl Iterator<Item = &str> {
        self.footer.properties.iter().filter(|property| property.is_wide).map(|property| property.name.as_str())
    }

    /// Whether questions about the property can be answered; the number when it has a column, none when it has no value.
    pub(crate) fn property(&self, name: &str) -> Result<Option<u32>, NoColumn> {
        let kind = Kind::of(name);
        match self.footer.properties.iter().position(|property| property.name == name) {
            Some(number) if self.footer.properties[number].is_wide => Err(NoColumn),
            Some(number) => Ok(Some(number as u32)),
            None if self.footer.has_more[kind as usize] || !kind.takes(name) => Err(NoColumn),
            None => Ok(None),
        }
    }

    pub(super) fn has_more(&self) -> HasMore {
        self.footer.has_more
    }

    /// The lists of a block.
    pub(crate) fn lists(&self, block: u32) -> &[ListMeta] {
        let lists = &self.footer.lists;
        let start = lists.partition_point(|list| list.block < block);
        let end = lists.partition_point(|list| list.block <= block);
        &lists[start..end]
    }

    /// What was told about the people of a block.
    pub(super) fn facts(&self, block: u32) -> Option<&FactsMeta> {
        let found = self.footer.facts.binary_search_by_key(&block, |facts| facts.block);
        found.ok().map(|place| &self.footer.facts[place])
    }

    /// When the first event happened.
    pub(crate) fn at_min_ms(&self) -> i64 {
        self.footer.lists.iter().map(|list| list.at_min_ms).min().unwrap_or(i64::MAX)
    }

    pub(super) fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Name, whether it has too many values, of every property by number.
    pub(super) fn all_properties(&self) -> impl Iterator<Item = (&str, bool)> {
        self.footer.properties.iter().map(|property| (property.name.as_str(), property.is_wide))
    }

    /// Blocks are numbered from 0 up to and without this.
    pub(crate) fn blocks(&self) -> u32 {
        self.footer.lists.last().map_or(0, |list| list.block + 1)
    }

    /// Remove the file. Whoever reads it goes on reading.
    pub(crate) fn remove(&self) {
        if let Err(error) = self.disk.remove(&self.file_name) {
            tracing::debug!(file = self.file_name, %error, "columns that are not used are left for the next start");
        }
    }

    /// Hand the bytes of a piece to `take`.
    fn with_piece<T>(&self, piece: Piece, take: impl FnOnce(&[u8]) -> io::Result<T>) -> io::Result<T> {
        if piece.at + u64::from(piece.length) > self.bytes {
            return Err(damaged(&self.file_name, "it is shorter than it says"));
        }
        let mut bytes = Room::any(piece.length as usize);
        self.file.read_at(&mut bytes, piece.at)?;
        if xxh3_64(&bytes) != piece.check {
            return Err(damaged(&self.file_name, format_args!("the bytes from {} on are damaged", piece.at)));
        }
        take(&bytes)
    }

    /// The same with what they say.
    fn with_packed<T>(&self, piece: Piece, take: impl FnOnce(&[u8]) -> Result<T, packed::Wrong>) -> io::Result<T> {
        let wrong = |wrong| damaged(&self.file_name, format_args!("from byte {} on {wrong}", piece.at));
        self.with_piece(piece, |bytes| take(bytes).map_err(wrong))
    }

    /// Hand the events of a list to `take`. The cache is not asked: counting while unpacking takes no longer than counting
    /// what is unpacked.
    pub(crate) fn visit(&self, list: &ListMeta, take: &mut dyn FnMut(Visits<'_>)) -> io::Result<()> {
        self.with_packed(list.keys.people, |bytes| packed::visit_keys(bytes, list.rows, take))
    }

    pub(crate) fn keys(&self, cache: &Cache, list: &ListMeta) -> io::Result<Arc<Room<u64>>> {
        self.keys_in(cache, list.keys, list.rows)
    }

    fn keys_in(&self, cache: &Cache, pieces: KeyPieces, rows: u32) -> io::Result<Arc<Room<u64>>> {
        let unpack = || {
            let keys = self.with_piece(pieces.rests, |rests| {
                self.with_packed(pieces.people, |people| packed::unpack_keys(people, rests, rows))
            })?;
            Ok(cache::Piece::Keys(Arc::new(keys)))
        };
        match cache.piece((self.id, pieces.people.at), unpack)? {
            cache::Piece::Keys(keys) if keys.len() == rows as usize => Ok(keys),
            _ => Err(damaged(&self.file_name, "keys are not as many as events")),
        }
    }

    /// The codes of a property of a list.
    pub(crate) fn codes(&self, cache: &Cache, list: &ListMeta, property: u32) -> io::Result<Codes> {
        self.codes_in(cache, &list.columns, list.rows, property)
    }

    /// The ranks of a list, as [`insight::frame::ranks`] makes them.
    pub(crate) fn ranks(&self, cache: &Cache, list: &ListMeta) -> io::Result<Codes> {
        self.column(cache, list.ranks, list.rows)
    }

    /// By whom and when facts were told, and by which event of the part.
    pub(super) fn told(&self, cache: &Cache, facts: &FactsMeta) -> io::Result<(Arc<Room<u64>>, Codes)> {
        Ok((self.keys_in(cache, facts.keys, facts.rows)?, self.column(cache, facts.positions, facts.rows)?))
    }

    /// The codes of a property of facts.
    pub(super) fn facts_codes(&self, cache: &Cache, facts: &FactsMeta, property: u32) -> io::Result<Codes> {
        self.codes_in(cache, &facts.columns, facts.rows, property)
    }

    fn codes_in(&self, cache: &Cache, columns: &[(u32, Column)], rows: u32, property: u32) -> io::Result<Codes> {
        match columns.binary_search_by_key(&property, |(number, _)| *number) {
            Ok(found) => self.column(cache, columns[found].1, rows),
            Err(_) => Ok(Codes::Same(0)),
        }
    }

    fn column(&self, cache: &Cache, column: Column, rows: u32) -> io::Result<Codes> {
        let piece = match column {
            Column::Same(code) => return Ok(Codes::Same(code)),
            Column::Packed(piece) => piece,
        };
        let unpack = || {
            let codes = self.with_packed(piece, |bytes| packed::unpack_codes(bytes, rows))?;
            Ok(cache::Piece::Codes(codes))
        };
        match cache.piece((self.id, piece.at), unpack)? {
            cache::Piece::Codes(codes) if codes.count() == Some(rows as usize) => Ok(codes),
            _ => Err(damaged(&self.file_name, "codes are not as many as events")),
        }
    }

    /// What the codes of a property mean.
    pub(crate) fn dictionary(&self, property: u32) -> io::Result<&[Value]> {
        let slot = &self.dictionaries[property as usize];
        if let Some(known) = slot.get() {
            return Ok(known);
        }
        let stored: Vec<StoredValue> = match self.footer.properties[property as usize].values {
            Some(piece) => self.with_piece(piece, |bytes| {
                postcard::from_bytes(bytes).map_err(|error| damaged(&self.file_name, error))
            })?,
            None => vec![StoredValue::Null],
        };
        let value = |stored| match stored {
            StoredValue::Null => Value::Null,
            StoredValue::Bool(value) => Value::Bool(value),
            StoredValue::Number(value) => Value::Number(value),
            StoredValue::Text(text) => Value::Text(text.into()),
        };
        let values = stored.into_iter().map(value).collect();
        Ok(slot.get_or_init(|| values))
    }

    /// Read everything and compare it with its checksums. Answers how many events are here.
    pub(crate) fn check(&self) -> io::Result<u64> {
        for property in 0..self.footer.properties.len() as u32 {
            self.dictionary(property)?;
        }
        let cache = Cache::new(0);
        if !self.footer.lists.is_sorted_by_key(|list| (list.block, list.name)) {
            return Err(self.wrong("its lists are not in order"));
        }
        self.check_ranks(&cache)?;
        let mut events = 0;
        for list in &self.footer.lists {
            if self.footer.names.len() <= list.name as usize {
                return Err(self.wrong("a list is not in order"));
            }
            let keys = self.keys(&cache, list)?;
            self.check_keys(&keys, list.block)?;
            self.check_codes(&cache, &list.columns, list.rows, false)?;
            events += keys.len() as u64;
        }
        for facts in &self.footer.facts {
            let (keys, positions) = self.told(&cache, facts)?;
            self.check_keys(&keys, facts.block)?;
            self.check_codes(&cache, &facts.columns, facts.rows, true)?;
            if (0..keys.len()).any(|row| u64::from(positions.get(row)) >= self.events()) {
                return Err(self.wrong("a fact is told by an event that is not here"));
            }
        }
        Ok(events)
    }

    fn wrong(&self, what: &str) -> io::Error {
        damaged(&self.file_name, what)
    }

    fn check_ranks(&self, cache: &Cache) -> io::Result<()> {
        for lists in self.footer.lists.chunk_by(|one, two| one.block == two.block) {
            let keys: Vec<Arc<Room<u64>>> =
                lists.iter().map(|list| self.keys(cache, list)).collect::<io::Result<_>>()?;
            for (list, ranks) in
                lists.iter().zip(insight::frame::ranks(&keys.iter().map(|keys| keys.as_slice()).collect::<Vec<_>>()))
            {
                let stored = self.ranks(cache, list)?;
                if ranks.iter().enumerate().any(|(row, rank)| stored.get(row) != *rank) {
                    return Err(self.wrong("a list has ranks that its events do not have"));
                }
            }
        }
        Ok(())
    }

    fn check_keys(&self, keys: &[u64], block: u32) -> io::Result<()> {
        if !keys.is_sorted() {
            return Err(self.wrong("a list is not in order"));
        }
        let people = self.people()?;
        let person = |key: &u64| block * insight::frame::PEOPLE_PER_BLOCK + insight::frame::person(*key);
        let is_known =
            |person: u32| people.get(person as usize / 64).is_some_and(|word| word >> (person % 64) & 1 == 1);
        if !keys.iter().map(person).all(is_known) {
            return Err(self.wrong("it has events of people that it does not name"));
        }
        Ok(())
    }

    fn check_codes(&self, cache: &Cache, columns: &[(u32, Column)], rows: u32, are_facts: bool) -> io::Result<()> {
        for (property, column) in columns {
            let known = self.footer.properties.get(*property as usize);
            let known = known.ok_or_else(|| self.wrong("a list has a property that is not named"))?;
            if is_fact(&known.name) != are_facts {
                return Err(self.wrong("facts and properties of events are mixed up"));
            }
            let values = self.dictionary(*property)?.len();
            let codes = self.column(cache, *column, rows)?;
            if (0..rows as usize).any(|row| codes.get(row) as usize >= values) {
                return Err(self.wrong("a list has a value that is not named"));
            }
        }
        Ok(())
    }

    /// A bit for each person that has an event here.
    pub(crate) fn people(&self) -> io::Result<&[u64]> {
        if let Some(known) = self.people.get() {
            return Ok(known);
        }
        let words = self.with_piece(self.footer.people, |bytes| {
            Ok(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect())
        })?;
        Ok(self.people.get_or_init(|| words))
    }
}

/// The property has no column: segments know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoColumn;

/// The parts that can be used, from position 1 on without a gap; all other files go.
pub(crate) fn open_all(
    disk: &Arc<dyn Disk>,
    sealed: u64,
    links_upto: u64,
    tombstones: u64,
) -> io::Result<Vec<Arc<Part>>> {
    let names = disk.list(FOLDER)?;
    let mut ranges: Vec<(u64, u64, String)> = names
        .into_iter()
        .filter_map(|(name, _)| parse_range(&name, SUFFIX).map(|(first, last)| (first, last, name)))
        .collect();
    ranges.sort_unstable_by_key(|(first, last, _)| (*first, std::cmp::Reverse(*last)));
    let mut parts: Vec<Arc<Part>> = Vec::new();
    let mut has_removed = false;
    for (first, last, name) in ranges {
        let name = format!("{FOLDER}/{name}");
        let end = parts.last().map_or(0, |part| part.origin().last);
        let opened = if first == end + 1 && last <= sealed {
            Part::open(disk, name.clone()).inspect_err(|error| tracing::warn!(%error, "columns cannot be opened")).ok()
        } else {
            None
        };
        let usable = opened.filter(|part| {
            let origin = part.origin();
            (origin.first, origin.last, origin.tombstones) == (first, last, tombstones)
                && origin.links_upto <= links_upto
        });
        match usable {
            Some(part) => parts.push(Arc::new(part)),
            None => {
                tracing::info!(file = name, "columns are made anew");
                disk.remove(&name)?;
                has_removed = true;
            }
        }
    }
    if has_removed {
        // The log may grow past their events with other ones: they must not come back then.
        disk.sync_folder(FOLDER)?;
    }
    Ok(parts)
}
