//! Columns in memory, while they are being made or for one question.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;
use insight::frame;

use super::{
    facts::{FactRows, Told},
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

    /// Sort.
    pub(crate) fn finish(mut self) -> Rows {
        let (properties, has_more) = self.properties.finish();
        (0..)
            .zip(&properties)
            .filter(|(_, property)| property.is_wide)
            .for_each(|(number, _)| self.facts.remove(number));
        let mut lists = BTreeMap::new();
        for (name, mut list) in self.lists.into_iter().enumerate() {
            let mut order: Vec<u32> = (0..list.people.len() as u32).collect();
            order.sort_by_key(|row| (list.people[*row as usize], list.times[*row as usize]));
            list.columns.retain(|property, _| !properties[*property as usize].is_wide);
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
        Rows { names: self.names, properties, has_more, lists, facts: self.facts }
    }
}
