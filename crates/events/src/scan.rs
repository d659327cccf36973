//! Answering a [`Plan`]: rows of the wanted events with the wanted properties, sorted by person and time.

use std::{cmp::Reverse, sync::Arc};

use hashbrown::HashMap;
use insight::record::{Plan, Record, Records, Value};
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};

use crate::{
    LogError, columns::Columns, index::PERSON_PREFIX, json::Extractor, segment::Segment, state::View, tail::Chunk,
};

/// Where the value of each wanted column comes from.
struct Wanted {
    event: Extractor,
    /// Places in `Plan::columns` of the event's properties, then of the person's.
    event_slots: Vec<usize>,
    person: Extractor,
    person_slots: Vec<usize>,
    scratch: Vec<Value>,
}

impl Wanted {
    fn new(plan: &Plan) -> Self {
        let (mut event_slots, mut person_slots) = (Vec::new(), Vec::new());
        for (slot, column) in plan.columns.iter().enumerate() {
            if column.starts_with(PERSON_PREFIX) { person_slots.push(slot) } else { event_slots.push(slot) }
        }
        let event = Extractor::new(event_slots.iter().map(|slot| plan.columns[*slot].as_str()));
        let person = Extractor::new(person_slots.iter().map(|slot| &plan.columns[*slot][PERSON_PREFIX.len()..]));
        let scratch = vec![Value::Null; event_slots.len()];
        Self { event, event_slots, person, person_slots, scratch }
    }

    fn values(&mut self, columns: usize, props: &str) -> Box<[Value]> {
        let mut values = vec![Value::Null; columns];
        if !self.event.is_empty() && props != "{}" {
            self.scratch.fill(Value::Null);
            self.event.extract(props, &mut self.scratch);
            for (slot, value) in self.event_slots.iter().zip(&mut self.scratch) {
                values[*slot] = std::mem::take(value);
            }
        }
        values.into()
    }
}

/// When a fact about a person was told: the later one stands.
type Told = (i64, u64);

/// The latest value of every wanted fact, by person.
type Traits = HashMap<u32, Vec<(Told, Value)>, ahash::RandomState>;

struct Scan<'a> {
    view: &'a View,
    plan: &'a Plan,
    from_ms: i64,
    to_ms: i64,
    wanted: Wanted,
    names: HashMap<Arc<str>, u32, ahash::RandomState>,
    records: Records,
}

/// Answer the plan from a still picture of the log.
pub(crate) fn scan(view: &View, plan: &Plan) -> Result<Records, LogError> {
    let mut scan = Scan {
        view,
        plan,
        from_ms: plan.from.map_or(i64::MIN, base::Timestamp::ms).max(view.oldest_ms),
        to_ms: plan.to.map_or(i64::MAX, base::Timestamp::ms),
        wanted: Wanted::new(plan),
        names: HashMap::default(),
        records: Records::default(),
    };
    for name in plan.names.iter().flatten() {
        scan.name(name);
    }
    for segment in view.segments.iter() {
        scan.segment(segment)?;
    }
    for chunk in &view.chunks {
        scan.chunk(chunk);
    }
    if !scan.wanted.person.is_empty() {
        scan.add_traits()?;
    }
    let mut records = scan.records;
    records.rows.sort_unstable_by_key(|row| (row.person, row.at_ms, row.position));
    Ok(records)
}

impl Scan<'_> {
    fn name(&mut self, name: &str) -> u32 {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        let number = self.records.names.len() as u32;
        let name: Arc<str> = name.into();
        self.records.names.push(name.clone());
        self.names.insert(name, number);
        number
    }

    /// The number of a name in the answer, when it is wanted.
    fn wanted_name(&mut self, name: &str) -> Option<u32> {
        if self.plan.names.is_some() { self.names.get(name).copied() } else { Some(self.name(name)) }
    }

    fn skips(&self, segment: &Segment) -> bool {
        let stats = &segment.stats;
        let no_name =
            self.plan.names.as_ref().is_some_and(|names| !names.iter().any(|name| stats.names.contains_key(name)));
        no_name || stats.at_max_ms < self.from_ms || stats.at_min_ms >= self.to_ms
    }

    fn segment(&mut self, segment: &Segment) -> Result<(), LogError> {
        if self.skips(segment) {
            return Ok(());
        }
        let mut columns = vec!["position", "event", "timestamp", "person_number"];
        let is_retracted = segment.may_be_retracted(&self.view.tombstones);
        if is_retracted {
            columns.push("source");
        }
        let start = self.records.rows.len();
        let mut selection = Picked::default();
        segment.each(&columns, None, |batch| self.pick(batch, is_retracted, &mut selection))?;
        if self.wanted.event.is_empty() || self.records.rows.len() == start {
            return Ok(());
        }
        // Second pass: the text of the properties, of the picked rows only.
        let mut next = start;
        let width = self.plan.columns.len();
        segment.each(&["props"], Some(selection.finish()), |batch| {
            for props in batch.texts("props")?.iter() {
                let row = self.records.rows.get_mut(next);
                let row = row.ok_or_else(|| segment.failed("it has more rows than it picked"))?;
                row.values = self.wanted.values(width, props.unwrap_or("{}"));
                next += 1;
            }
            Ok(())
        })
    }

    /// Add the wanted rows of a batch, without properties.
    fn pick(&mut self, batch: &Columns<'_>, is_retracted: bool, picked: &mut Picked) -> Result<(), LogError> {
        let (positions, times, keys) = (batch.positions()?, batch.times("timestamp")?, batch.numbers()?);
        let names = batch.coded("event")?;
        let sources = if is_retracted { Some(batch.coded("source")?) } else { None };
        let numbers: Vec<Option<u32>> =
            names.values.iter().map(|name| self.wanted_name(name.unwrap_or_default())).collect();
        let width = self.plan.columns.len();
        for row in 0..batch.rows() {
            let name = numbers[names.codes[row] as usize];
            let in_time = times[row] >= self.from_ms && times[row] < self.to_ms;
            let gone = || {
                let source = sources.as_ref().and_then(|sources| sources.get(row));
                self.view.tombstones.covers(source, positions[row])
            };
            let name = name.filter(|_| in_time && !gone());
            picked.push(name.is_some());
            let Some(name) = name else { continue };
            self.records.rows.push(Record {
                person: self.view.person(keys[row]),
                at_ms: times[row],
                position: positions[row],
                name,
                values: if width == 0 { Box::default() } else { vec![Value::Null; width].into() },
            });
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: &Chunk) {
        let view = self.view;
        for (position, row, event) in chunk.events() {
            if row.at_ms < self.from_ms || row.at_ms >= self.to_ms || view.tombstones.covers(event.source, position) {
                continue;
            }
            let Some(name) = self.wanted_name(event.name) else { continue };
            let values = self.wanted.values(self.plan.columns.len(), event.props());
            let person = view.person(row.key);
            self.records.rows.push(Record { person, at_ms: row.at_ms, position, name, values });
        }
    }

    /// Fill in the facts about people: the latest told, whenever and by whatever event it was, unless it is older than
    /// events are kept: whether the files still have it must not matter.
    fn add_traits(&mut self) -> Result<(), LogError> {
        let mut traits = Traits::default();
        let view = self.view;
        for segment in view.segments.iter().filter(|segment| segment.stats.has_person_props) {
            let columns = ["position", "timestamp", "person_number", "person_props", "source"];
            segment.each(&columns, None, |batch| {
                let (positions, times, keys) = (batch.positions()?, batch.times("timestamp")?, batch.numbers()?);
                let (props, sources) = (batch.texts("person_props")?, batch.coded("source")?);
                for (row, text) in props.iter().enumerate() {
                    let Some(text) = text else { continue };
                    if times[row] >= view.oldest_ms && !view.tombstones.covers(sources.get(row), positions[row]) {
                        self.learn(&mut traits, view.person(keys[row]), (times[row], positions[row]), text);
                    }
                }
                Ok(())
            })?;
        }
        for chunk in &view.chunks {
            for (position, row, event) in chunk.events() {
                let Some(text) = event.person_props() else { continue };
                if row.at_ms >= view.oldest_ms && !view.tombstones.covers(event.source, position) {
                    self.learn(&mut traits, view.person(row.key), (row.at_ms, position), text);
                }
            }
        }
        for row in &mut self.records.rows {
            let Some(told) = traits.get(&row.person) else { continue };
            for (slot, (_, value)) in self.wanted.person_slots.iter().zip(told) {
                row.values[*slot] = value.clone();
            }
        }
        Ok(())
    }

    fn learn(&mut self, traits: &mut Traits, person: u32, told: Told, text: &str) {
        let mut values = vec![Value::Null; self.wanted.person_slots.len()];
        self.wanted.person.extract(text, &mut values);
        let known = traits.entry(person).or_insert_with(|| vec![((i64::MIN, 0), Value::Null); values.len()]);
        for (known, value) in known.iter_mut().zip(values) {
            if value != Value::Null && told >= known.0 {
                *known = (told, value);
            }
        }
    }
}

/// Rows to read, as runs.
#[derive(Default)]
struct Picked(Vec<RowSelector>);

impl Picked {
    fn push(&mut self, is_picked: bool) {
        match self.0.last_mut() {
            Some(run) if run.skip != is_picked => run.row_count += 1,
            _ => self.0.push(if is_picked { RowSelector::select(1) } else { RowSelector::skip(1) }),
        }
    }

    fn finish(self) -> RowSelection {
        RowSelection::from(self.0)
    }
}

/// Names with counts, commonest first, equals by name.
pub(crate) fn commonest(counts: impl IntoIterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    counts.sort_unstable_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    counts
}
