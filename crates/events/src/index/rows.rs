//! Columns in memory, while they are being made or for one question.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;
use insight::{
    frame::{self, Codebook, sort_together},
    record::Value,
};

use super::{
    facts::{FactRows, Told},
    file::NoColumn,
    properties::{HasMore, Properties, Property},
};

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
    properties: Properties,
    lists: Vec<Unsorted>,
    facts: FactRows,
}

/// Sorted columns.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub names: Vec<Arc<str>>,
    pub properties: Vec<Property>,
    pub has_more: HasMore,
    pub lists: BTreeMap<Place, RowList>,
    pub facts: FactRows,
}

impl Builder {
    /// For these properties only.
    pub(crate) fn wanting(properties: &[String]) -> Self {
        Self { properties: Properties::only(properties), ..Self::default() }
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

    /// Take an event.
    pub(crate) fn push(&mut self, name: &str, person: u32, at_ms: i64, props: &str) {
        let list = self.name(name);
        let Unsorted { people, times, columns } = &mut self.lists[list];
        let row = people.len();
        people.push(person);
        times.push(at_ms);
        if props == "{}" || self.properties.are_none() {
            return;
        }
        for said in self.properties.of_event(props) {
            let Some(code) = said.code else {
                columns.remove(&said.property);
                continue;
            };
            if code != 0 {
                let column = columns.entry(said.property).or_default();
                column.resize(row, 0);
                column.push(code);
            }
        }
    }

    /// Take what an event tells about its person.
    pub(crate) fn tell(&mut self, person: u32, told: Told, person_props: &str) {
        self.facts.push(person, told, self.properties.of_person(person_props));
    }

    /// The names of lists, by number.
    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// Number and values of a property that is wanted; none that can be told when it has too many values.
    pub(crate) fn find(&self, property: &str) -> Result<Option<(u32, &[Value])>, NoColumn> {
        self.properties.find(property)
    }

    /// Sort.
    pub(crate) fn finish(mut self) -> Rows {
        let lists = self.take_lists();
        let (properties, has_more) = self.properties.finish();
        (0..)
            .zip(&properties)
            .filter(|(_, property)| property.is_wide)
            .for_each(|(number, _)| self.facts.remove(number));
        Rows { names: self.names, properties, has_more, lists, facts: self.facts }
    }

    /// Sort what was pushed, and go on with the same names and codes. Properties may turn out to have too many values
    /// later: codes of those mean nothing then.
    pub(crate) fn take_lists(&mut self) -> BTreeMap<Place, RowList> {
        let mut lists = BTreeMap::new();
        for (name, list) in self.lists.iter_mut().enumerate() {
            let mut list = std::mem::take(list);
            let mut order: Vec<u32> = (0..list.people.len() as u32).collect();
            order.sort_by_key(|row| (list.people[*row as usize], list.times[*row as usize]));
            list.columns.retain(|property, _| !self.properties.is_wide(*property));
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
        let property = |(name, codebook): (String, Codebook)| Property::of(&name, codebook);
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
        sort_together(&mut self.keys, self.columns.values_mut());
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.keys.len() * 8 + self.columns.len() * (self.keys.len() * 4 + size_of::<Vec<u32>>())
    }
}
