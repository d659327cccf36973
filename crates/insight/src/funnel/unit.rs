//! What a funnel counts beside people: sessions, and the values of a property; and within each the held properties.

use ahash::AHashMap;

use super::Rules;
use super::history::Event;
use crate::predicate;
use crate::query::{Count, Order, SESSION_GAP_S_DEFAULT};
use crate::record::Record;

/// Where an event comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Its place among the rows of the person.
    pub(super) place: usize,
    /// The number of its session.
    pub(super) session: u32,
}

/// Numbers the sessions of a person whose events come in order of time.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    last_ms: Option<i64>,
    number: u32,
}

impl Sessions {
    /// The session of an event at this time: 30 minutes after the last event another one begins, as in paths.
    pub(super) fn of(&mut self, at_ms: i64) -> u32 {
        const GAP_MS: i64 = SESSION_GAP_S_DEFAULT as i64 * 1_000;
        if self.last_ms.is_some_and(|last| at_ms.saturating_sub(last) >= GAP_MS) {
            self.number += 1;
        }
        self.last_ms = Some(at_ms);
        self.number
    }
}

/// Events with the places they come from.
type Placed = Vec<(Event, Part)>;

/// The events of each unit, and in it those of each combination of held values.
pub(super) fn split(rules: &Rules, rows: &[Record], events: &[Event], parts: &[Part]) -> Vec<Vec<Vec<Event>>> {
    let all: Placed = events.iter().copied().zip(parts.iter().copied()).collect();
    let units: Vec<Placed> = match &rules.units {
        Count::People | Count::Totals => vec![all],
        Count::Sessions => all.chunk_by(|one, two| one.1.session == two.1.session).map(<[_]>::to_vec).collect(),
        Count::Prop(_) => by_key(rules, all, |part| key(&rows[part.place], rules.unit_column.as_slice())),
    };
    let groups = |unit: Placed| -> Vec<Vec<Event>> {
        let held = match rules.hold_columns.as_slice() {
            [] => vec![unit],
            columns => by_key(rules, unit, |part| key(&rows[part.place], columns)),
        };
        held.into_iter().map(|group| group.into_iter().map(|(event, _)| event).collect()).collect()
    };
    units.into_iter().map(groups).collect()
}

/// The values of properties, each with its length so that no two rows share a key by accident; `None` where one is
/// missing.
fn key(row: &Record, columns: &[usize]) -> Option<String> {
    let mut key = String::new();
    for column in columns {
        let text = predicate::text(predicate::value(row, *column));
        if text.is_empty() {
            return None;
        }
        key.push_str(&format!("{}:{text};", text.len()));
    }
    Some(key)
}

/// One set of events for each key. Events of another key or of none fill nothing there; they stay where a
/// strict attempt breaks on them, and an exclusion without key holds for all.
fn by_key(rules: &Rules, events: Placed, key: impl Fn(&Part) -> Option<String>) -> Vec<Placed> {
    let mut numbers: AHashMap<String, usize> = AHashMap::new();
    let keys: Vec<Option<usize>> = events
        .iter()
        .map(|(_, part)| {
            let count = numbers.len();
            key(part).map(|key| *numbers.entry(key).or_insert(count))
        })
        .collect();
    let must_see_all = rules.order == Order::Strict || !rules.exclusion_predicates.is_empty();
    let mut groups: Vec<Placed> = vec![Vec::new(); numbers.len()];
    for ((event, part), own) in events.into_iter().zip(&keys) {
        let mut of_other = event;
        (of_other.fills, of_other.matches) = (0, 0);
        if own.is_some() {
            of_other.banned = 0;
        }
        if must_see_all && (rules.order == Order::Strict || !of_other.is_idle()) {
            let others = groups.iter_mut().enumerate().filter(|(group, _)| Some(*group) != *own);
            others.for_each(|(_, group)| group.push((of_other, part)));
        }
        if let Some(own) = own {
            groups[*own].push((event, part));
        }
    }
    groups
}
