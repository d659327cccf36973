//! What a funnel counts beside people: sessions, and the values of a property; and within each the held properties.

use std::ops::Range;

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
    if rules.order == Order::Strict {
        return strict_by_key(&events, &keys, numbers.len());
    }
    let mut groups: Vec<Placed> = vec![Vec::new(); numbers.len()];
    for ((event, part), own) in events.into_iter().zip(&keys) {
        match own {
            Some(own) => groups[*own].push((event, part)),
            None if event.banned == 0 => {}
            None => groups.iter_mut().for_each(|group| group.push((foreign(event, None), part))),
        }
    }
    groups
}

/// An event among those of another key than its own.
fn foreign(event: Event, own: Option<usize>) -> Event {
    Event { fills: 0, matches: 0, banned: if own.is_some() { 0 } else { event.banned }, ..event }
}

/// The same for strict attempts. A set has the instants of its own events and the one after each: there the attempts
/// that have not gone on are over, and what comes later changes nothing. So robots with a deal for each event are no
/// burden.
fn strict_by_key(events: &Placed, keys: &[Option<usize>], count: usize) -> Vec<Placed> {
    let mut instants = Vec::new();
    let mut first = 0;
    for instant in events.chunk_by(|one, two| one.0.at_ms == two.0.at_ms) {
        instants.push(first..first + instant.len());
        first += instant.len();
    }
    let mut groups: Vec<Placed> = vec![Vec::new(); count];
    let mut added: Vec<Option<usize>> = vec![None; count];
    for (place, instant) in instants.iter().enumerate() {
        for group in keys[instant.clone()].iter().flatten() {
            for (next, instant) in instants.iter().enumerate().skip(place).take(2) {
                if added[*group].is_none_or(|last| last < next) {
                    added[*group] = Some(next);
                    add_instant(&mut groups[*group], *group, events, keys, instant.clone());
                }
            }
        }
    }
    groups
}

/// Of the events of other keys that do not exclude one is as good as many.
fn add_instant(set: &mut Placed, group: usize, events: &Placed, keys: &[Option<usize>], instant: Range<usize>) {
    let mut has_other = false;
    for (place, (event, part)) in instant.clone().zip(&events[instant]) {
        if keys[place] == Some(group) {
            set.push((*event, *part));
            continue;
        }
        let other = foreign(*event, keys[place]);
        if !other.is_idle() || !has_other {
            has_other |= other.is_idle();
            set.push((other, *part));
        }
    }
}
