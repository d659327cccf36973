//! A person's events as the rules see them, and the runs over them that a breakdown asks for.

use std::sync::Arc;

use ahash::{AHashMap, AHashSet};

use super::{Outcome, PersonResult, Rules, Verdict, any_order, chain};
use crate::predicate;
use crate::query::{Attribution, Order};
use crate::record::{Record, Value};

/// The number of "no value".
pub(super) const NO_VALUE: u32 = 0;

/// Texts of the breakdown's values, each with a number; 0 is the empty text.
#[derive(Debug, Clone)]
pub(super) struct Values {
    texts: Vec<Arc<str>>,
    numbers: AHashMap<Arc<str>, u32>,
}

impl Default for Values {
    fn default() -> Self {
        let none: Arc<str> = "".into();
        Self { texts: vec![Arc::clone(&none)], numbers: AHashMap::from_iter([(none, NO_VALUE)]) }
    }
}

impl Values {
    /// By number: the place of the text in the order of letters.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..self.texts.len() as u32).collect();
        numbers.sort_by_key(|number| self.text(*number));
        let mut ranks = vec![0; numbers.len()];
        for (rank, number) in (0..).zip(numbers) {
            ranks[number as usize] = rank;
        }
        ranks
    }

    /// The number of the text of each of these values.
    pub(super) fn numbers(&mut self, values: &[Value]) -> Vec<u32> {
        values.iter().map(|value| self.number(value)).collect()
    }

    fn number(&mut self, value: &Value) -> u32 {
        if matches!(value, Value::Null) {
            return NO_VALUE;
        }
        let text = predicate::text(value);
        if let Some(number) = self.numbers.get(text.as_ref()) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(NO_VALUE);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    pub(super) fn text(&self, number: u32) -> &Arc<str> {
        &self.texts[number as usize]
    }
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) at_ms: i64,
    /// Bit s: may fill step s in this run.
    pub(super) fills: u32,
    /// Bit s: matches step s. What a strict attempt takes for a repetition of the step.
    pub(super) matches: u32,
    /// Bit i: matches exclusion i.
    pub(super) banned: u32,
    /// Number of the breakdown's value.
    pub(super) value: u32,
    /// An attempt may begin with it.
    pub(super) may_start: bool,
}

impl Event {
    /// Whether a run that is not strict can leave it out.
    fn is_idle(&self) -> bool {
        self.fills == 0 && self.banned == 0
    }
}

/// A person's events in order of time, split by the held properties: one set of events for each
/// combination of their values, a single one when nothing is held.
#[derive(Debug)]
pub(super) struct History {
    groups: Vec<Vec<Event>>,
}

/// Which events may fill steps.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Any,
    /// Those of a value.
    Value(u32),
    /// For this step only those of a value.
    ValueAt(usize, u32),
    /// Attempts begin with those of a value.
    ValueFirst(u32),
}

impl History {
    pub(super) fn new(rules: &Rules, rows: &[Record], values: &mut Values) -> Self {
        let mut events = Vec::new();
        let mut keys = Vec::new();
        for row in rows.iter().filter(|row| (rules.from_ms..rules.to_ms).contains(&row.at_ms)) {
            let event = Event::new(rules, row, values);
            if event.is_idle() && rules.order != Order::Strict {
                continue;
            }
            events.push(event);
            if !rules.hold_columns.is_empty() {
                keys.push(key(rules, row));
            }
        }
        if events.iter().all(|event| event.matches == 0) {
            return Self { groups: Vec::new() };
        }
        let groups = if rules.hold_columns.is_empty() { vec![events] } else { split(rules, &events, &keys) };
        Self { groups }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// What becomes of the person, over all and in each value of the breakdown.
    pub(super) fn result(&self, rules: &Rules, values: &Values) -> PersonResult {
        let verdict = self.run(rules, Choice::Any);
        let by_value = match rules.breakdown {
            None => Vec::new(),
            Some((_, Attribution::FirstTouch)) => vec![(self.touch(false, values), verdict)],
            Some((_, Attribution::LastTouch)) => vec![(self.touch(true, values), verdict)],
            Some((_, Attribution::AllEvents)) => self.each_value(rules, |event| event.matches != 0, Choice::Value),
            Some((_, Attribution::Step(_))) if rules.order == Order::Unordered => {
                self.each_value(rules, |event| event.matches != 0, Choice::ValueFirst)
            }
            Some((_, Attribution::Step(step))) => {
                let at = |value| Choice::ValueAt(step, value);
                self.each_value(rules, |event| event.matches >> step & 1 == 1, at)
            }
        };
        PersonResult { verdict, by_value }
    }

    fn each_value(
        &self,
        rules: &Rules,
        carries: impl Fn(&Event) -> bool,
        choice: impl Fn(u32) -> Choice,
    ) -> Vec<(u32, Verdict)> {
        let mut seen = AHashSet::new();
        let mut values = Vec::new();
        for event in self.groups.iter().flatten().filter(|event| carries(event)) {
            if seen.insert(event.value) {
                values.push(event.value);
            }
        }
        values.into_iter().map(|value| (value, self.run(rules, choice(value)))).collect()
    }

    /// The first or last value that is not empty on a step event. Of one instant the event that matches
    /// the earliest step is first, the one that matches the latest step last; then the letters of the value decide.
    fn touch(&self, last: bool, values: &Values) -> u32 {
        let touched = self.groups.iter().flatten().filter(|event| event.matches != 0 && event.value != NO_VALUE);
        let text = |event: &Event| values.text(event.value);
        let value = if last {
            touched.max_by_key(|event| (event.at_ms, 32 - event.matches.leading_zeros(), text(event)))
        } else {
            touched.min_by_key(|event| (event.at_ms, event.matches.trailing_zeros(), text(event)))
        };
        value.map_or(NO_VALUE, |event| event.value)
    }

    fn run(&self, rules: &Rules, choice: Choice) -> Verdict {
        let outcomes = self.groups.iter().map(|events| match choice {
            Choice::Any => run_events(rules, events),
            choice => run_events(rules, &chosen(rules, events, choice)),
        });
        outcomes.fold(Outcome::default(), |one, two| one.or(two, rules.order)).verdict()
    }
}

fn run_events(rules: &Rules, events: &[Event]) -> Outcome {
    match rules.order {
        Order::Ordered | Order::Strict => chain::run(rules, events),
        Order::Unordered => any_order::run(rules, events),
    }
}

/// The events of a run over a choice. What may fill no step any more stays only where it may break or taint.
fn chosen(rules: &Rules, events: &[Event], choice: Choice) -> Vec<Event> {
    let change = |event: &Event| {
        let mut event = *event;
        match choice {
            Choice::Any => {}
            Choice::Value(value) if event.value != value => event.fills = 0,
            Choice::ValueAt(step, value) if event.value != value => event.fills &= !(1 << step),
            Choice::ValueFirst(value) => event.may_start &= event.value == value,
            Choice::Value(_) | Choice::ValueAt(..) => {}
        }
        event
    };
    events.iter().map(change).filter(|event| rules.order == Order::Strict || !event.is_idle()).collect()
}

impl Event {
    fn new(rules: &Rules, row: &Record, values: &mut Values) -> Self {
        let mask = |predicates: &[predicate::Predicate]| {
            predicates.iter().enumerate().fold(0, |mask, (bit, p)| mask | u32::from(p.matches(row)) << bit)
        };
        let matches = mask(&rules.step_predicates);
        let value = match rules.breakdown {
            Some((column, _)) if matches != 0 => values.number(predicate::value(row, column)),
            _ => NO_VALUE,
        };
        Self {
            at_ms: row.at_ms,
            fills: matches,
            matches,
            banned: mask(&rules.exclusion_predicates),
            value,
            may_start: row.at_ms < rules.start_before_ms,
        }
    }
}

/// The values of the held properties, each with its kind and length so that no two rows share a key by
/// accident; `None` where one is missing.
fn key(rules: &Rules, row: &Record) -> Option<String> {
    let mut key = String::new();
    for column in &rules.hold_columns {
        let value = predicate::value(row, *column);
        let text = predicate::text(value);
        if text.is_empty() {
            return None;
        }
        key.push_str(&format!("{}:{text};", text.len()));
    }
    Some(key)
}

/// One set of events for each key. Events of another key or of none fill nothing there; they stay where a
/// strict attempt breaks on them, and an exclusion without key holds for all.
fn split(rules: &Rules, events: &[Event], keys: &[Option<String>]) -> Vec<Vec<Event>> {
    let mut groups: Vec<&String> = Vec::new();
    let mut known = AHashSet::new();
    for key in keys.iter().flatten() {
        if known.insert(key) {
            groups.push(key);
        }
    }
    let member = |group: &String| {
        let changed = events.iter().zip(keys).map(move |(event, key)| {
            let mut event = *event;
            if key.as_ref() != Some(group) {
                (event.fills, event.matches) = (0, 0);
            }
            if key.as_ref().is_some_and(|key| key != group) {
                event.banned = 0;
            }
            event
        });
        changed.filter(|event| rules.order == Order::Strict || !event.is_idle()).collect()
    };
    groups.into_iter().map(member).collect()
}
