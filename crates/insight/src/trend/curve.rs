//! Counting the rows of series by bucket, and by groups of values of a property.

use std::borrow::Cow;

use ahash::AHashMap;
use base::Timestamp;

use super::columns;
use crate::calendar;
use crate::predicate::{Predicate, number, text, value};
use crate::query::{Measure, TrendQuery};
use crate::record::{Record, Records};

/// What is known of one bucket of one series.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    events: u64,
    people: u64,
    sum: f64,
    /// Who was counted last. The rows of a person follow each other, so nobody is counted twice.
    last_person: Option<u32>,
}

impl Cell {
    fn add(&mut self, person: u32, amount: f64) {
        self.events += 1;
        if self.last_person != Some(person) {
            self.last_person = Some(person);
            self.people += 1;
        }
        self.sum += amount;
    }

    pub(super) fn value(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Total => Some(self.events as f64),
            Measure::Unique => Some(self.people as f64),
            Measure::Sum => Some(self.sum),
            Measure::PerPerson => (self.people > 0).then(|| self.events as f64 / self.people as f64),
        }
    }

    /// Counts other people, too.
    pub(super) fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.people += other.people;
        self.sum += other.sum;
    }

    /// How big a value is among the others of a breakdown.
    fn rank(&self, measure: Measure) -> f64 {
        match measure {
            Measure::PerPerson => self.events as f64,
            measure => self.value(measure).unwrap_or_default(),
        }
    }
}

/// One series: its buckets, and all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    pub(super) buckets: Vec<Cell>,
    pub(super) whole: Cell,
}

impl Curve {
    fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(cell, other)| cell.merge(other));
        self.whole.merge(&other.whole);
    }
}

/// The curves of every series: of all rows, and of each line of the breakdown, the rest as the last.
#[derive(Debug)]
pub(super) struct Curves {
    pub(super) whole: Vec<Curve>,
    pub(super) lines: Vec<Vec<Curve>>,
}

impl Curves {
    /// Counts other people, too.
    pub(super) fn merge(&mut self, other: &Self) {
        let others = other.whole.iter().chain(other.lines.iter().flatten());
        self.whole.iter_mut().chain(self.lines.iter_mut().flatten()).zip(others).for_each(|(one, two)| one.merge(two));
    }
}

/// By value of the breakdown, how much the first series has of it.
pub(super) type Sizes = AHashMap<String, Cell>;

/// Counts other people, too.
pub(super) fn merge_sizes(all: &mut Sizes, others: Sizes) {
    for (text, size) in others {
        all.entry(text).or_default().merge(&size);
    }
}

/// A question ready to count rows.
pub(super) struct Counter<'a> {
    records: &'a Records,
    starts: &'a [Timestamp],
    inside: std::ops::Range<i64>,
    series: Vec<Series>,
    /// The property of the breakdown.
    column: Option<usize>,
}

struct Series {
    predicate: Predicate,
    /// The column summed.
    summed: Option<usize>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(query: &TrendQuery, records: &'a Records, starts: &'a [Timestamp]) -> Self {
        let columns = columns(query);
        let series = query.all_series().into_iter().map(|series| Series {
            predicate: Predicate::new(&series.event, &series.filter, &columns, records),
            summed: series.prop.and_then(|prop| columns.index(&prop)),
        });
        let column = query.breakdown.as_ref().and_then(|breakdown| columns.index(&breakdown.prop));
        let inside = query.from.ms()..query.to.ms();
        Self { records, starts, inside, series: series.collect(), column }
    }

    /// The rows of the time asked about.
    fn rows(&self) -> impl Iterator<Item = &Record> {
        self.records.rows.iter().filter(|row| self.inside.contains(&row.at_ms))
    }

    /// The value of a row that its line depends on.
    fn text<'r>(&self, row: &'r Record) -> Cow<'r, str> {
        self.column.map_or(Cow::Borrowed(""), |column| text(value(row, column)))
    }

    pub(super) fn count(&self, lines: Option<&Lines>) -> Curves {
        let curve = Curve { buckets: vec![Cell::default(); self.starts.len()], whole: Cell::default() };
        let curves = vec![curve; self.series.len()];
        let groups = lines.map_or(0, |lines| lines.texts.len() + 1);
        let mut found = Curves { lines: vec![curves.clone(); groups], whole: curves };
        for row in self.rows() {
            let Some(bucket) = calendar::bucket(self.starts, row.at_ms) else { continue };
            let mut line = None;
            for (index, series) in self.series.iter().enumerate().filter(|(_, series)| series.predicate.matches(row)) {
                let amount = series.amount(row);
                let add = |curve: &mut Curve| {
                    curve.buckets[bucket].add(row.person, amount);
                    curve.whole.add(row.person, amount);
                };
                add(&mut found.whole[index]);
                if let Some(lines) = lines {
                    let line = *line.get_or_insert_with(|| lines.of(&self.text(row)));
                    add(&mut found.lines[line][index]);
                }
            }
        }
        found
    }

    /// The values of the breakdown on rows that some series counts.
    pub(super) fn sizes(&self) -> Sizes {
        let mut sizes = Sizes::new();
        for row in self.rows().filter(|row| self.series.iter().any(|series| series.predicate.matches(row))) {
            let text = self.text(row);
            if !sizes.contains_key(&*text) {
                sizes.insert(text.to_string(), Cell::default());
            }
            let first = &self.series[0];
            if let Some(size) = sizes.get_mut(&*text).filter(|_| first.predicate.matches(row)) {
                size.add(row.person, first.amount(row));
            }
        }
        sizes
    }
}

impl Series {
    fn amount(&self, row: &Record) -> f64 {
        self.summed.map_or(0.0, |column| number(value(row, column)))
    }
}

/// Which values have a line.
#[derive(Debug)]
pub(super) struct Lines {
    /// The values with a line, biggest first.
    pub(super) texts: Vec<String>,
    /// How many have none.
    pub(super) rest: u64,
    /// By value its line.
    known: AHashMap<String, usize>,
}

impl Lines {
    pub(super) fn new(sizes: Sizes, measure: Measure, top: usize) -> Self {
        let mut values: Vec<(String, f64)> = sizes.into_iter().map(|(text, size)| (text, size.rank(measure))).collect();
        values.sort_by(|(a_text, a), (b_text, b)| b.total_cmp(a).then_with(|| a_text.cmp(b_text)));
        let rest = values.len().saturating_sub(top) as u64;
        values.truncate(top);
        let texts: Vec<String> = values.into_iter().map(|(text, _)| text).collect();
        let known = texts.iter().cloned().zip(0..).collect();
        Self { texts, rest, known }
    }

    /// The line of a value; the one behind the last for the rest.
    fn of(&self, text: &str) -> usize {
        self.known.get(text).copied().unwrap_or(self.texts.len())
    }
}
