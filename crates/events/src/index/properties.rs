//! Which properties get a column, and what their values are.
//!
//! A column is named as questions name it: `plan`, `address.city` inside an object, `person.plan` for a fact about the
//! person. Each kind has a limit of its own, so that deep objects take no place away from plain properties. Whether a
//! name has room depends on the name and on how many came before alone: one that was refused is refused for good, so
//! that no column lacks what was told before it began.

use std::sync::Arc;

use hashbrown::HashMap;
use insight::{frame::Codebook, record::Value};

use super::{VALUE_BYTES_MAX, VALUES_MAX, file::NoColumn};
use crate::json;

type Map<K, V> = HashMap<K, V, ahash::RandomState>;

/// A column with this prefix is a fact about the person, not about the event.
pub(crate) const PERSON_PREFIX: &str = "person.";
const PERSON: &str = "person";

/// Properties of one kind in one part that get a column.
const PROPERTIES_MAX: usize = 1_000;
/// The same of those inside objects: whoever keeps a list as an object has a name for each entry, and a column of many
/// rows takes memory while it is made, however few of them have a value.
const NESTED_MAX: usize = 200;
/// Dots in the path of a property inside objects.
const PATH_DOTS_MAX: usize = 5;
/// Bytes of such a path.
const PATH_BYTES_MAX: usize = 200;

/// What a property is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Nested,
    Fact,
    NestedFact,
}

/// By kind: whether some property has no column because there are too many.
pub(super) type HasMore = [bool; 4];

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match (is_fact(name), bare(name).contains('.')) {
            (false, false) => Self::Plain,
            (false, true) => Self::Nested,
            (true, false) => Self::Fact,
            (true, true) => Self::NestedFact,
        }
    }

    /// How many get a column.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Plain | Self::Fact => PROPERTIES_MAX,
            Self::Nested | Self::NestedFact => NESTED_MAX,
        }
    }

    /// Whether the name gets a column where there are few: one that does not never has one, so that an object that is
    /// very deep says nothing about other paths.
    pub(super) fn takes(self, name: &str) -> bool {
        let is_nested = matches!(self, Self::Nested | Self::NestedFact);
        !is_nested || (dots(name) <= PATH_DOTS_MAX && bare(name).len() <= PATH_BYTES_MAX)
    }
}

/// Whether a column is a fact about the person.
pub(crate) fn is_fact(name: &str) -> bool {
    name.starts_with(PERSON_PREFIX)
}

/// The name without what says that it is a fact.
fn bare(name: &str) -> &str {
    name.strip_prefix(PERSON_PREFIX).unwrap_or(name)
}

fn dots(name: &str) -> usize {
    bare(name).matches('.').count()
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
    /// The last object that had it, and its place among what that said.
    seen: (u64, usize),
}

impl Property {
    fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// One whose values are known.
    pub(super) fn of(name: &str, codebook: Codebook) -> Self {
        Self { codebook, ..Self::new(name) }
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
            *self = Self { name: self.name.clone(), is_wide: true, seen: self.seen, ..Self::default() };
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

/// What an object says of one property.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub property: u32,
    /// `None` when the property has too many values.
    pub code: Option<u32>,
    /// It stands there more than once, so that the order decides.
    is_repeated: bool,
}

/// The properties of one part, or those that a question wants.
#[derive(Default)]
pub(super) struct Properties {
    list: Vec<Property>,
    numbers: Map<Arc<str>, u32>,
    /// No other ones are wanted.
    is_closed: bool,
    counts: [usize; 4],
    has_more: HasMore,
    /// Objects read.
    objects: u64,
    said: Vec<Said>,
    path: String,
}

impl Properties {
    /// These only, numbered in their order.
    pub(super) fn only(names: &[String]) -> Self {
        let mut properties = Self::default();
        for name in names {
            properties.add(name);
        }
        properties.is_closed = true;
        properties
    }

    /// Whether there is nothing to look for.
    pub(super) fn are_none(&self) -> bool {
        self.is_closed && self.list.is_empty()
    }

    /// Whether a property has too many values.
    pub(super) fn is_wide(&self, number: u32) -> bool {
        self.list[number as usize].is_wide
    }

    /// Number and values of a property; an error when it has too many values.
    pub(super) fn find(&self, name: &str) -> Result<Option<(u32, &[Value])>, NoColumn> {
        let Some(number) = self.numbers.get(name) else { return Ok(None) };
        match &self.list[*number as usize] {
            wide if wide.is_wide => Err(NoColumn),
            found => Ok(Some((*number, found.codebook.values()))),
        }
    }

    /// All of them, and which kinds have more.
    pub(super) fn finish(self) -> (Vec<Property>, HasMore) {
        (self.list, self.has_more)
    }

    /// What the properties of an event say.
    pub(super) fn of_event(&mut self, props: &str) -> &[Said] {
        self.read(props, "")
    }

    /// What is told about a person.
    pub(super) fn of_person(&mut self, person_props: &str) -> &[Said] {
        self.read(person_props, PERSON_PREFIX)
    }

    fn read(&mut self, object: &str, prefix: &'static str) -> &[Said] {
        self.objects += 1;
        self.said.clear();
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        path.push_str(prefix);
        json::each_path(object, &mut path, &mut Reader { properties: self, prefix });
        self.path = path;
        let (said, list) = (&mut self.said, &mut self.list);
        for said in said.iter_mut().filter(|said| said.is_repeated) {
            let property = &mut list[said.property as usize];
            said.code = property.code(&json::value_at(object, &property.name[prefix.len()..]));
        }
        &self.said
    }

    fn add(&mut self, name: &str) -> u32 {
        let (number, property) = (self.list.len() as u32, Property::new(name));
        self.counts[Kind::of(name) as usize] += 1;
        self.numbers.insert(property.name.clone(), number);
        self.list.push(property);
        number
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        if self.is_closed {
            return None;
        }
        let kind = Kind::of(name);
        if !kind.takes(name) {
            return None;
        }
        if self.counts[kind as usize] >= kind.most() {
            self.has_more[kind as usize] = true;
            return None;
        }
        Some(self.add(name))
    }
}

/// Reads one object.
struct Reader<'a> {
    properties: &'a mut Properties,
    prefix: &'static str,
}

impl json::Paths for Reader<'_> {
    fn take(&mut self, path: &str, raw: &str) {
        // Such a name means a fact, whatever events have.
        if self.prefix.is_empty() && is_fact(path) {
            return;
        }
        let Some(property) = self.properties.number(path) else { return };
        let Properties { list, said, objects, .. } = &mut *self.properties;
        let known = &mut list[property as usize];
        if known.seen.0 == *objects {
            said[known.seen.1].is_repeated = true;
            return;
        }
        known.seen = (*objects, said.len());
        said.push(Said { property, code: known.code_of_json(raw), is_repeated: false });
    }

    fn goes_into(&mut self, path: &str) -> bool {
        if self.prefix.is_empty() && path == PERSON {
            return false;
        }
        let properties = &mut *self.properties;
        if properties.is_closed {
            let is_inside = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
            return properties.list.iter().any(|property| is_inside(&property.name));
        }
        dots(path) < PATH_DOTS_MAX && bare(path).len() < PATH_BYTES_MAX
    }
}
