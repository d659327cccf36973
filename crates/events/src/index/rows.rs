//! Columns in memory, while they are being made or for one question.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;
use insight::{
    frame::{self, Codebook},
    record::Value,
};

use super::{PROPERTIES_MAX, VALUE_BYTES_MAX, VALUES_MAX, file::NoColumn};
use crate::json;

type Map<K, V> = HashMap<K, V, ahash::RandomState>;

/// A block and the number of a name.
pub(crate) type Place = (u32, u32);

/// The events of one name and block, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowList {
    pub keys: Vec<u64>,
    /// By number of the property; those with no value on any event are left out.
    pub columns: BTreeMap<u32, Vec<u32>>,
}

/// A property and the values seen.
#[derive(Debug, Default)]
pub(crate) struct Property {
    pub name: Arc<str>,
    pub codebook: Codebook,
    /// Too many values: there is no column.
    pub is_wide: bool,
    bytes: usize,
    /// By the text of the JSON, so that most values are known without being read.
    by_text: Map<Box<str>, u32>,
}

impl Property {
    fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The code of a value; `None` once there are too many.
    fn code(&mut self, value: &Value) -> Option<u32> {
        if self.is_wide {
            return None;
        }
        if let Some(code) = self.codebook.find(value) {
            return Some(code);
        }
        if let Value::Text(text) = value {
            self.bytes += text.len();
        }
        if self.codebook.values().len() > VALUES_MAX || self.bytes > VALUE_BYTES_MAX {
            *self = Self { name: self.name.clone(), is_wide: true, ..Self::default() };
            return None;
        }
        Some(self.codebook.code(value))
    }

    fn code_of_json(&mut self, text: &str) -> Option<u32> {
        if let Some(code) = self.by_text.get(text) {
            return Some(*code);
        }
        let code = self.code(&json::value_of(text))?;
        self.by_text.insert(text.into(), code);
        Some(code)
    }
}

/// The events of one name in the order they came.
#[derive(Default)]
struct Unsorted {
    people: Vec<u32>,
    times: Vec<i64>,
    /// Shorter than the others where the latest events have no value.
    columns: BTreeMap<u32, Vec<u32>>,
}

/// Takes events, gives sorted columns.
#[derive(Default)]
pub(crate) struct Builder {
    names: Vec<Arc<str>>,
    name_numbers: Map<Arc<str>, u32>,
    properties: Vec<Property>,
    property_numbers: Map<Arc<str>, u32>,
    /// Only these properties are wanted.
    wanted: bool,
    has_more_properties: bool,
    lists: Vec<Unsorted>,
    pub events: u64,
}

/// Sorted columns.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub names: Vec<Arc<str>>,
    pub properties: Vec<Property>,
    /// Some property has no column because there are too many.
    pub has_more_properties: bool,
    pub lists: BTreeMap<Place, RowList>,
}

impl Builder {
    /// For these properties only.
    pub(crate) fn wanting(properties: &[String]) -> Self {
        let mut builder = Self { wanted: true, ..Self::default() };
        for name in properties {
            let number = builder.properties.len() as u32;
            let property = Property::new(name);
            builder.property_numbers.insert(property.name.clone(), number);
            builder.properties.push(property);
        }
        builder
    }

    fn name(&mut self, name: &str) -> usize {
        if let Some(number) = self.name_numbers.get(name) {
            return *number as usize;
        }
        let (number, name): (_, Arc<str>) = (self.names.len(), name.into());
        self.names.push(name.clone());
        self.name_numbers.insert(name, number as u32);
        self.lists.push(Unsorted::default());
        number
    }

    fn property(&mut self, name: &str) -> Option<u32> {
        if let Some(number) = self.property_numbers.get(name) {
            return Some(*number);
        }
        if self.wanted || self.properties.len() >= PROPERTIES_MAX {
            self.has_more_properties = true;
            return None;
        }
        let (number, property) = (self.properties.len() as u32, Property::new(name));
        self.property_numbers.insert(property.name.clone(), number);
        self.properties.push(property);
        Some(number)
    }

    /// Take an event.
    pub(crate) fn push(&mut self, name: &str, person: u32, at_ms: i64, props: &str) {
        let list = self.name(name);
        let row = self.lists[list].people.len();
        self.events += 1;
        self.lists[list].people.push(person);
        self.lists[list].times.push(at_ms);
        if props == "{}" || (self.wanted && self.properties.is_empty()) {
            return;
        }
        json::each_raw(props, |property, text| {
            let Some(number) = self.property(property) else { return };
            let code = self.properties[number as usize].code_of_json(text);
            let columns = &mut self.lists[list].columns;
            let Some(code) = code else {
                columns.remove(&number);
                return;
            };
            if code == 0 && !columns.contains_key(&number) {
                return;
            }
            let column = columns.entry(number).or_default();
            // Of a property that stands twice in one object the last value counts.
            column.resize(row + 1, 0);
            column[row] = code;
        });
    }

    /// The names of lists, by number.
    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// Number and values of a property, when any event has it; none that can be told when it has too many values or was
    /// one property too many.
    pub(crate) fn find(&self, property: &str) -> Result<Option<(u32, &[Value])>, NoColumn> {
        match self.property_numbers.get(property) {
            Some(number) => match &self.properties[*number as usize] {
                wide if wide.is_wide => Err(NoColumn),
                found => Ok(Some((*number, found.codebook.values()))),
            },
            None if self.has_more_properties => Err(NoColumn),
            None => Ok(None),
        }
    }

    /// Sort.
    pub(crate) fn finish(mut self) -> Rows {
        let lists = self.take_lists();
        Rows { names: self.names, properties: self.properties, has_more_properties: self.has_more_properties, lists }
    }

    /// Sort what was pushed, and go on with the same names and codes. Properties may turn out to have too many values
    /// later: codes of those mean nothing then.
    pub(crate) fn take_lists(&mut self) -> BTreeMap<Place, RowList> {
        let wide: Vec<bool> = self.properties.iter().map(|property| property.is_wide).collect();
        let mut lists = BTreeMap::new();
        for (name, list) in self.lists.iter_mut().enumerate() {
            let mut list = std::mem::take(list);
            let mut order: Vec<u32> = (0..list.people.len() as u32).collect();
            order.sort_by_key(|row| (list.people[*row as usize], list.times[*row as usize]));
            list.columns.retain(|property, _| !wide[*property as usize]);
            for column in list.columns.values_mut() {
                column.resize(order.len(), 0);
            }
            for rows in order.chunk_by(|one, two| {
                frame::block(list.people[*one as usize]) == frame::block(list.people[*two as usize])
            }) {
                let block = frame::block(list.people[rows[0] as usize]);
                let key = |row: &u32| frame::key(list.people[*row as usize], list.times[*row as usize]);
                let columns = list.columns.iter().map(|(property, column)| {
                    (*property, rows.iter().map(|row| column[*row as usize]).collect::<Vec<u32>>())
                });
                let columns = columns.filter(|(_, codes)| codes.iter().any(|code| *code != 0)).collect();
                let keys = rows.iter().map(key).collect();
                lists.insert((block, name as u32), RowList { keys, columns });
            }
        }
        lists
    }
}

impl Rows {
    /// Rows whose lists have been sorted already; the values of each property by its name.
    pub(crate) fn of(
        names: Vec<Arc<str>>,
        properties: impl Iterator<Item = (String, Codebook)>,
        lists: BTreeMap<Place, RowList>,
    ) -> Self {
        let property = |(name, codebook): (String, Codebook)| Property { codebook, ..Property::new(&name) };
        Self { names, properties: properties.map(property).collect(), lists, ..Self::default() }
    }
}

impl RowList {
    /// Take the events of another list; those that were here come first. To be sorted afterwards.
    pub(crate) fn absorb(&mut self, other: &Self) {
        let rows = self.keys.len();
        self.keys.extend_from_slice(&other.keys);
        for (property, codes) in &other.columns {
            let column = self.columns.entry(*property).or_default();
            column.resize(rows, 0);
            column.extend_from_slice(codes);
        }
        for column in self.columns.values_mut() {
            column.resize(self.keys.len(), 0);
        }
    }

    /// Sort; of equal keys those that stand first stay first.
    pub(crate) fn sort(&mut self) {
        if self.keys.is_sorted() {
            return;
        }
        let mut order: Vec<(u64, u32)> = self.keys.iter().copied().zip(0..).collect();
        // Lists that were put behind each other are recognized as such and merged.
        order.sort_by_key(|(key, _)| *key);
        for (slot, (key, _)) in self.keys.iter_mut().zip(&order) {
            *slot = *key;
        }
        for column in self.columns.values_mut() {
            *column = order.iter().map(|(_, row)| column[*row as usize]).collect();
        }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.keys.len() * 8 + self.columns.len() * (self.keys.len() * 4 + size_of::<Vec<u32>>())
    }
}
