//! What a segment knows about its events without decoding them; kept in the Parquet footer under `suppilo`.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::{codec::EventRef, json, tombstones::RESERVED};

/// Key of the footer entry.
pub(crate) const FOOTER_KEY: &str = "suppilo";
const VERSION: u32 = 1;
/// Of files with events that were emptied: earlier programs would count them.
const VERSION_EMPTIED: u32 = 2;
/// Sources that a segment lists; with more it must be looked into.
const SOURCES_MAX: usize = 256;
/// Property names counted for one event name in one segment.
const PROPERTIES_MAX: usize = 300;

/// Counts over the events of one segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stats {
    version: u32,
    pub first: u64,
    pub last: u64,
    pub at_min_ms: i64,
    pub at_max_ms: i64,
    /// Events by name.
    pub names: BTreeMap<String, u64>,
    /// How often each property stands on events of a name, in the order first seen.
    pub properties: BTreeMap<Arc<str>, Vec<(Arc<str>, u64)>>,
    /// The sources of the events; `None` when there are too many to list.
    sources: Option<Vec<Arc<str>>>,
    /// Whether any event names other keys of its person.
    pub has_links: bool,
    /// Whether any event sets facts on its person.
    pub has_person_props: bool,
    /// Events of which only the place is left; counted nowhere else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub emptied: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Stats {
    /// Counts of nothing, for events from `first` on.
    pub(crate) fn new(first: u64) -> Self {
        Self {
            version: VERSION,
            first,
            last: first.saturating_sub(1),
            at_min_ms: i64::MAX,
            at_max_ms: i64::MIN,
            sources: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Read the footer entry; `None` when another version wrote it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|stats: &Self| matches!(stats.version, VERSION | VERSION_EMPTIED))
    }

    /// Events counted.
    pub(crate) fn events(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }

    /// Whether any event has more than its place left.
    pub(crate) fn has_events(&self) -> bool {
        self.emptied < self.events()
    }

    /// Count the next event.
    pub(crate) fn add(&mut self, event: &EventRef<'_>) {
        self.last += 1;
        self.has_links |= event.has_links();
        if event.source.is_some_and(|source| source.starts_with(RESERVED)) {
            self.version = VERSION_EMPTIED;
            self.emptied += 1;
            return;
        }
        self.at_min_ms = self.at_min_ms.min(event.at_ms);
        self.at_max_ms = self.at_max_ms.max(event.at_ms);
        self.has_person_props |= event.person_props().is_some();
        match self.names.get_mut(event.name) {
            Some(count) => *count += 1,
            None => {
                self.names.insert(event.name.to_owned(), 1);
            }
        }
        if let Some(source) = event.source {
            self.add_source(source);
        }
        if event.props() != "{}" {
            self.add_properties(event);
        }
    }

    fn add_source(&mut self, source: &str) {
        // Events of one source come in rows, so the last one is nearly always the one.
        let Some(sources) = &mut self.sources else { return };
        if sources.iter().rev().any(|known| **known == *source) {
            return;
        }
        if sources.len() == SOURCES_MAX {
            self.sources = None;
        } else {
            sources.push(source.into());
        }
    }

    fn add_properties(&mut self, event: &EventRef<'_>) {
        if !self.properties.contains_key(event.name) {
            self.properties.insert(event.name.into(), Vec::new());
        }
        let Some(counts) = self.properties.get_mut(event.name) else { return };
        // Events of one name nearly always have the same properties in the same order: the next one is the guess.
        let mut guess = 0;
        json::each_name(event.props(), |name| {
            let is_right = counts.get(guess).is_some_and(|(known, _)| **known == *name);
            let place = if is_right { Some(guess) } else { counts.iter().position(|(known, _)| **known == *name) };
            if let Some(place) = place {
                counts[place].1 += 1;
                guess = place + 1;
            } else if counts.len() < PROPERTIES_MAX {
                counts.push((name.into(), 1));
                guess = counts.len();
            }
        });
    }

    /// Whether events of the source may be among them.
    pub(crate) fn may_have_source(&self, source: &str) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.iter().any(|known| **known == *source))
    }

    /// The sources, or `None` when there are too many to list.
    pub(crate) fn sources(&self) -> Option<&[Arc<str>]> {
        self.sources.as_deref()
    }

    /// As it is kept in a list of many.
    pub(crate) fn pack(&self, words: &mut Words) -> Packed {
        let names = self.names.iter().map(|(name, count)| (words.place(name), *count)).collect();
        let properties = self.properties.iter().map(|(name, properties)| {
            let properties = properties.iter().map(|(property, count)| (words.place(property), *count)).collect();
            (words.place(name), properties)
        });
        Packed {
            version: self.version,
            range: (self.first, self.last),
            at_ms: (self.at_min_ms, self.at_max_ms),
            properties: properties.collect(),
            names,
            sources: self.sources.as_ref().map(|sources| sources.iter().map(|source| words.place(source)).collect()),
            has_links: self.has_links,
            has_person_props: self.has_person_props,
            emptied: self.emptied,
        }
    }
}

/// Texts that many segments share, each once.
#[derive(Default)]
pub(crate) struct Words {
    places: HashMap<String, u32, ahash::RandomState>,
    list: Vec<String>,
}

impl Words {
    fn place(&mut self, word: &str) -> u32 {
        if let Some(place) = self.places.get(word) {
            return *place;
        }
        let place = self.list.len() as u32;
        self.places.insert(word.to_owned(), place);
        self.list.push(word.to_owned());
        place
    }

    /// The texts by place.
    pub(crate) fn into_list(self) -> Vec<String> {
        self.list
    }
}

/// [`Stats`] whose texts are places in a list.
#[derive(Serialize, Deserialize)]
pub(crate) struct Packed {
    version: u32,
    range: (u64, u64),
    at_ms: (i64, i64),
    names: Vec<(u32, u64)>,
    properties: Vec<(u32, Vec<(u32, u64)>)>,
    sources: Option<Vec<u32>>,
    has_links: bool,
    has_person_props: bool,
    emptied: u64,
}

impl Packed {
    /// As it was; `None` when the list has not all of its texts. Texts are shared.
    pub(crate) fn unpack(self, words: &[Arc<str>]) -> Option<Stats> {
        let word = |place: u32| words.get(place as usize).cloned();
        let counts = |counts: Vec<(u32, u64)>| -> Option<Vec<(Arc<str>, u64)>> {
            counts.into_iter().map(|(place, count)| Some((word(place)?, count))).collect()
        };
        let (names, properties) = (self.names.into_iter(), self.properties.into_iter());
        let properties = properties.map(|(name, properties)| Some((word(name)?, counts(properties)?)));
        let sources = match self.sources {
            Some(sources) => Some(sources.into_iter().map(word).collect::<Option<_>>()?),
            None => None,
        };
        Some(Stats {
            version: self.version,
            first: self.range.0,
            last: self.range.1,
            at_min_ms: self.at_ms.0,
            at_max_ms: self.at_ms.1,
            names: names.map(|(place, count)| Some((word(place)?.to_string(), count))).collect::<Option<_>>()?,
            properties: properties.collect::<Option<_>>()?,
            sources,
            has_links: self.has_links,
            has_person_props: self.has_person_props,
            emptied: self.emptied,
        })
    }
}
