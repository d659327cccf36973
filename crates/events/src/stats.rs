//! What a segment knows about its events without decoding them; kept in the Parquet footer under `suppilo`.

use std::collections::BTreeMap;

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
    pub properties: BTreeMap<String, Vec<(String, u64)>>,
    /// The sources of the events; `None` when there are too many to list.
    sources: Option<Vec<String>>,
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
        if sources.iter().rev().any(|known| known == source) {
            return;
        }
        if sources.len() == SOURCES_MAX {
            self.sources = None;
        } else {
            sources.push(source.to_owned());
        }
    }

    fn add_properties(&mut self, event: &EventRef<'_>) {
        if !self.properties.contains_key(event.name) {
            self.properties.insert(event.name.to_owned(), Vec::new());
        }
        let Some(counts) = self.properties.get_mut(event.name) else { return };
        // Events of one name nearly always have the same properties in the same order: the next one is the guess.
        let mut guess = 0;
        json::each_name(event.props(), |name| {
            let is_right = counts.get(guess).is_some_and(|(known, _)| known == name);
            let place = if is_right { Some(guess) } else { counts.iter().position(|(known, _)| known == name) };
            if let Some(place) = place {
                counts[place].1 += 1;
                guess = place + 1;
            } else if counts.len() < PROPERTIES_MAX {
                counts.push((name.to_owned(), 1));
                guess = counts.len();
            }
        });
    }

    /// Whether events of the source may be among them.
    pub(crate) fn may_have_source(&self, source: &str) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.iter().any(|known| known == source))
    }

    /// The sources, or `None` when there are too many to list.
    pub(crate) fn sources(&self) -> Option<&[String]> {
        self.sources.as_deref()
    }
}
