//! Counting the rows of series by bucket, and by groups of values of a property.

use std::cmp::Ordering;

use ahash::AHashMap;
use base::Timestamp;

use super::columns;
use crate::calendar;
use crate::predicate::{Predicate, number, text, value};
use crate::query::{Measure, TREND_TOP_DEFAULT, TrendQuery};
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

/// A question ready to count rows.
pub(super) struct Counter<'a> {
    records: &'a Records,
    starts: &'a [Timestamp],
    inside: std::ops::Range<i64>,
    series: Vec<Series>,
    /// The property of the breakdown, and how many of its values have a line.
    breakdown: Option<(usize, usize)>,
}

struct Series {
    predicate: Predicate,
    measure: Measure,
    /// The column summed.
    summed: Option<usize>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(query: &TrendQuery, records: &'a Records, starts: &'a [Timestamp]) -> Self {
        let columns = columns(query);
        let series = query.all_series().into_iter().map(|series| Series {
            predicate: Predicate::new(&series.event, &series.filter, &columns, records),
            measure: series.measure,
            summed: series.prop.and_then(|prop| columns.index(&prop)),
        });
        let breakdown = query
            .breakdown
            .as_ref()
            .and_then(|breakdown| Some((columns.index(&breakdown.prop)?, breakdown.top.unwrap_or(TREND_TOP_DEFAULT))));
        let inside = query.from.ms()..query.to.ms();
        Self { records, starts, inside, series: series.collect(), breakdown }
    }

    /// The rows of the time asked about, with their places among the records.
    fn rows(&self) -> impl Iterator<Item = (usize, &Record)> {
        self.records.rows.iter().enumerate().filter(|(_, row)| self.inside.contains(&row.at_ms))
    }

    /// The curves of every series in each of the groups that rows, by their place, belong to.
    pub(super) fn count(&self, groups: usize, group: impl Fn(usize) -> usize) -> Vec<Vec<Curve>> {
        let curve = Curve { buckets: vec![Cell::default(); self.starts.len()], whole: Cell::default() };
        let mut curves = vec![vec![curve; self.series.len()]; groups];
        for (place, row) in self.rows() {
            for (index, series) in self.series.iter().enumerate() {
                if !series.predicate.matches(row) {
                    continue;
                }
                let Some(bucket) = calendar::bucket(self.starts, row.at_ms) else { continue };
                let curve = &mut curves[group(place)][index];
                let amount = series.amount(row);
                curve.buckets[bucket].add(row.person, amount);
                curve.whole.add(row.person, amount);
            }
        }
        curves
    }

    /// The values of the breakdown; `None` when none is asked for.
    pub(super) fn by_value(&self) -> Option<ByValue> {
        let (column, top) = self.breakdown?;
        let mut numbers: AHashMap<String, usize> = AHashMap::new();
        let mut sizes: Vec<Cell> = Vec::new();
        let mut value_of_row = vec![u32::MAX; self.records.rows.len()];
        for (place, row) in self.rows() {
            if !self.series.iter().any(|series| series.predicate.matches(row)) {
                continue;
            }
            let text = text(value(row, column));
            let number = match numbers.get(&*text) {
                Some(number) => *number,
                None => {
                    numbers.insert(text.into_owned(), sizes.len());
                    sizes.push(Cell::default());
                    sizes.len() - 1
                }
            };
            value_of_row[place] = number as u32;
            if self.series[0].predicate.matches(row) {
                sizes[number].add(row.person, self.series[0].amount(row));
            }
        }
        let ranks: Vec<f64> = sizes.iter().map(|size| size.rank(self.series[0].measure)).collect();
        Some(ByValue::new(numbers, &ranks, top, value_of_row))
    }
}

impl Series {
    fn amount(&self, row: &Record) -> f64 {
        self.summed.map_or(0.0, |column| number(value(row, column)))
    }
}

/// Which values have a line, and which row has which value.
#[derive(Debug)]
pub(super) struct ByValue {
    /// The values with a line, biggest first.
    pub(super) texts: Vec<String>,
    /// How many have none.
    pub(super) rest: u64,
    /// By number of a value: its line; the one behind the last for the rest.
    lines: Vec<usize>,
    /// By place of a row: the number of its value, where one of the series counts it.
    value_of_row: Vec<u32>,
}

impl ByValue {
    fn new(numbers: AHashMap<String, usize>, ranks: &[f64], top: usize, value_of_row: Vec<u32>) -> Self {
        let mut values: Vec<(String, usize)> = numbers.into_iter().collect();
        values.sort_by(|(a_text, a), (b_text, b)| match ranks[*b].total_cmp(&ranks[*a]) {
            Ordering::Equal => a_text.cmp(b_text),
            order => order,
        });
        let rest = values.len().saturating_sub(top);
        values.truncate(top);
        let mut lines = vec![values.len(); ranks.len()];
        for (line, (_, number)) in values.iter().enumerate() {
            lines[*number] = line;
        }
        Self { texts: values.into_iter().map(|(text, _)| text).collect(), rest: rest as u64, lines, value_of_row }
    }

    /// The line of a row that one of the series counts.
    pub(super) fn group(&self, place: usize) -> usize {
        self.lines[self.value_of_row[place] as usize]
    }
}
