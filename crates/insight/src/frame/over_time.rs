//! Trends and retention over columns.

use std::hint::select_unpredictable;

use base::Timestamp;

use super::visits::each_chunk;
use super::{Buckets, Buffer, Codes, Selected, Source, Taken, VISITS_MAX, Visits, at_ms, person, select, spread};
use crate::calendar;
use crate::predicate::number;
use crate::query::{BUCKETS_MAX, EventNames, Filter, Measure, RetentionQuery, TrendQuery};
use crate::retention::{self, RetentionAnswer};
use crate::trend::{self, TrendAnswer};

struct Sums {
    values: Vec<f64>,
    total: f64,
}

/// The answer of [`trend::trend`] to a question about one event and nothing more, from columns of [`trend::plan`].
pub(crate) fn trend_from<S: Source>(
    query: &TrendQuery,
    event: &EventNames,
    source: &S,
    threads: usize,
) -> Result<TrendAnswer, S::Error> {
    let columns = trend::columns(query);
    let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
    let summed = query.prop.as_ref().and_then(|prop| columns.index(prop)).filter(|_| query.measure == Measure::Sum);
    let curve = Curve {
        measure: query.measure,
        wanted: Selected::new(source, event, &query.filter, &columns),
        summed,
        amounts: summed.map_or_else(Vec::new, |column| source.values(column).iter().map(number).collect()),
    };
    let buckets = Buckets::new(&starts, query.from.ms()..query.to.ms());
    let Sums { values, total } = curve.sums(source, threads, &buckets)?;
    Ok(TrendAnswer {
        starts,
        values: values.into_iter().map(Some).collect(),
        total: Some(total),
        moving_average: None,
        series: None,
        breakdown: None,
        rest: None,
        compared: None,
    })
}

/// What a trend measures.
struct Curve {
    measure: Measure,
    wanted: Selected,
    /// The column summed.
    summed: Option<usize>,
    /// By code of that column.
    amounts: Vec<f64>,
}

impl Curve {
    fn sums<S: Source>(&self, source: &S, threads: usize, buckets: &Buckets) -> Result<Sums, S::Error> {
        let begin = || Sums { values: vec![0.0; buckets.len()], total: 0.0 };
        let work = |blocks: &mut Vec<(u32, Sums)>, block| {
            blocks.push((block, self.block(source, block, buckets)?));
            Ok(())
        };
        let blocks = spread(source.blocks(), threads, Vec::new, work)?;
        let mut blocks: Vec<(u32, Sums)> = blocks.into_iter().flatten().collect();
        // Sums of fractions depend on their order, and an answer must not depend on the threads.
        blocks.sort_unstable_by_key(|(block, _)| *block);
        let mut all = begin();
        for (_, sums) in blocks {
            all.values.iter_mut().zip(&sums.values).for_each(|(all, sum)| *all += sum);
            all.total += sums.total;
        }
        Ok(all)
    }

    fn block<S: Source>(&self, source: &S, block: u32, buckets: &Buckets) -> Result<Sums, S::Error> {
        match self.measure {
            Measure::Unique => {
                let mut people = People::new(buckets.len());
                visit(source, block, &self.wanted, buckets, |is_other, found| people.take(is_other, found))?;
                Ok(people.sums())
            }
            Measure::Total | Measure::PerPerson => {
                let mut events = Counts::new(buckets.len());
                visit(source, block, &self.wanted, buckets, |_, found| events.add_each(found))?;
                let values: Vec<f64> = events.sums().map(|count| count as f64).collect();
                Ok(Sums { total: values.iter().sum(), values })
            }
            Measure::Sum => {
                let taken: Vec<Taken> = self.summed.map(Taken::Column).into_iter().collect();
                let (keys, codes) = select(&source.load(block)?, &self.wanted, &taken);
                let codes = codes.first().unwrap_or(&Codes::Same(0));
                let mut sums = Sums { values: vec![0.0; buckets.len()], total: 0.0 };
                add_up(&keys, buckets, &mut sums, |row| amount(&self.amounts, codes, row));
                Ok(sums)
            }
        }
    }
}

/// Hand the wanted events of a block to `take`, in order, some at a time: whether each is of another person than the one
/// before, and its bucket.
fn visit<S: Source>(
    source: &S,
    block: u32,
    wanted: &Selected,
    buckets: &Buckets,
    mut take: impl FnMut(&[bool], &[u32]),
) -> Result<(), S::Error> {
    let mut found = [0; VISITS_MAX];
    if let Some(list) = wanted.only_list().filter(|_| buckets.has_slots()) {
        return source.visit(block, list, &mut |Visits { is_other, slots }| {
            let found = &mut found[..slots.len()];
            buckets.find_slots(slots, found);
            take(is_other, found);
        });
    }
    each_chunk(&select(&source.load(block)?, wanted, &[]).0, |is_other, keys| {
        let found = &mut found[..keys.len()];
        buckets.find(keys.iter().map(|key| at_ms(*key)), found);
        take(is_other, found);
    });
    Ok(())
}

fn amount(amounts: &[f64], codes: &Codes, row: usize) -> f64 {
    amounts.get(codes.get(row) as usize).copied().unwrap_or_default()
}

fn add_up(keys: &[u64], buckets: &Buckets, sums: &mut Sums, amount: impl Fn(usize) -> f64) {
    for (row, key) in keys.iter().enumerate() {
        if let Some(sum) = sums.values.get_mut(buckets.of(at_ms(*key))) {
            *sum += amount(row);
            sums.total += amount(row);
        }
    }
}

/// Counts in places, of which the last stands for none. One place often follows itself, and to add to it again has to wait for the sum before: hence several
/// tables that take turns.
struct Counts(Vec<[u32; TABLES]>);

const TABLES: usize = 4;

impl Counts {
    fn new(places: usize) -> Self {
        Self(vec![[0; TABLES]; places + 1])
    }

    fn add(&mut self, place: usize) {
        self.0[place][0] += 1;
    }

    /// Add to each place.
    fn add_each(&mut self, places: &[u32]) {
        for places in places.chunks(TABLES) {
            for (table, place) in places.iter().enumerate() {
                self.0[*place as usize][table] += 1;
            }
        }
    }

    /// Add to the places that count; the others may be none. Those that do are first written down, since which they are
    /// cannot be foretold. Not more than [`VISITS_MAX`].
    fn add_all(&mut self, places: &[u32], counts: &[bool]) {
        let (mut noted, mut count) = ([0; VISITS_MAX], 0);
        for (place, counts) in places.iter().zip(counts) {
            noted[count & (VISITS_MAX - 1)] = *place;
            count += usize::from(*counts);
        }
        self.add_each(&noted[..count]);
    }

    /// By place, without the last.
    fn sums(&self) -> impl Iterator<Item = u64> {
        let places = self.0.split_last().map_or(&[][..], |(_, places)| places);
        places.iter().map(|counts| counts.iter().map(|count| u64::from(*count)).sum())
    }
}

/// Counts different people. Times of a person ascend, so a bucket once left does not come again.
struct People {
    counts: Counts,
    /// The bucket of events that are in none.
    none: u32,
    /// The bucket of the event before.
    last: u32,
    people: u64,
}

impl People {
    fn new(buckets: usize) -> Self {
        Self { counts: Counts::new(buckets), none: buckets as u32, last: buckets as u32, people: 0 }
    }

    fn take(&mut self, is_other: &[bool], buckets: &[u32]) {
        let (mut before, mut counts) = ([0; VISITS_MAX], [false; VISITS_MAX]);
        before[0] = self.last;
        before[1..buckets.len()].copy_from_slice(&buckets[..buckets.len() - 1]);
        let mut people = 0;
        for (((counts, is_other), bucket), before) in counts.iter_mut().zip(is_other).zip(buckets).zip(&before) {
            let is_inside = *bucket != self.none;
            *counts = is_inside & (is_other | (bucket != before));
            // What lies in no bucket comes before or after all that does.
            people += u32::from(is_inside & (is_other | (*before == self.none)));
        }
        self.last = buckets.last().copied().unwrap_or(self.last);
        self.people += u64::from(people);
        self.counts.add_all(buckets, &counts);
    }

    fn sums(&self) -> Sums {
        Sums { values: self.counts.sums().map(|count| count as f64).collect(), total: self.people as f64 }
    }
}

/// The answer of [`retention::retention`] to a question with the usual cohorts and cells, from columns of
/// [`retention::plan`].
pub(crate) fn retention_from<S: Source>(
    query: &RetentionQuery,
    source: &S,
    threads: usize,
) -> Result<RetentionAnswer, S::Error> {
    let starts = calendar::begin(query.from, query.period, &query.time_zone, query.periods);
    let end_ms = retention::end(query).map_or(i64::MAX, Timestamp::ms);
    let all = cells(query, source, threads, &Buckets::new(&starts, query.from.ms()..end_ms))?;
    let periods = starts.len();
    let row = |first: usize| all[first * periods + first..(first + 1) * periods].to_vec();
    Ok(RetentionAnswer { cohorts: (0..periods).map(row).collect(), starts, compared: None })
}

/// Cell (first, period) of a square: those of the cohort seen then.
fn cells<S: Source>(
    query: &RetentionQuery,
    source: &S,
    threads: usize,
    buckets: &Buckets,
) -> Result<Vec<u64>, S::Error> {
    let columns = retention::columns(query);
    let entering = Selected::new(source, &query.event, &query.filter, &columns);
    let returning = query.returning.as_ref().map(|events| Selected::new(source, events, &Filter::default(), &columns));
    let places = buckets.len() * buckets.len();
    let work = |cells: &mut Counts, block| match &returning {
        None => {
            let mut returns = Returns { periods: buckets.len() as u32, cells, first: 0, last: buckets.len() as u32 };
            visit(source, block, &entering, buckets, |is_other, found| returns.take(is_other, found))
        }
        Some(returning) => {
            let frame = source.load(block)?;
            let (first, _) = select(&frame, &entering, &[]);
            count_other_returns(&first, &select(&frame, returning, &[]).0, buckets, cells);
            Ok(())
        }
    };
    let mut all = vec![0; places];
    for cells in spread(source.blocks(), threads, || Counts::new(places), work)? {
        all.iter_mut().zip(cells.sums()).for_each(|(all, cell)| *all += cell);
    }
    Ok(all)
}

/// Where a person counts is the cell of the first period and the one at hand.
struct Returns<'a> {
    /// How many there are, and the period of events that are in none.
    periods: u32,
    cells: &'a mut Counts,
    /// The first period of the person at hand.
    first: u32,
    /// The period of the event before.
    last: u32,
}

impl Returns<'_> {
    fn take(&mut self, is_other: &[bool], found: &[u32]) {
        let periods = self.periods;
        let (mut cells, mut counts) = ([0; VISITS_MAX], [false; VISITS_MAX]);
        // Kept where the processor need not ask its memory for them.
        let (mut first, mut last) = (self.first, self.last);
        for (((cell, counts), is_other), period) in cells.iter_mut().zip(&mut counts).zip(is_other).zip(found) {
            // What lies in no period comes before or after all that does.
            first = select_unpredictable(is_other | (last == periods), *period, first);
            *counts = (*period != periods) & (is_other | (*period != last));
            *cell = first * periods + period;
            last = *period;
        }
        (self.first, self.last) = (first, last);
        self.cells.add_all(&cells[..found.len()], &counts);
    }
}

/// Coming back is another event: one of the period of the first does not count again.
fn count_other_returns(entries: &[u64], returns: &Buffer<u64>, buckets: &Buckets, cells: &mut Counts) {
    let periods = buckets.len();
    let inside = |key: u64| Some(buckets.of(at_ms(key))).filter(|period| *period < periods);
    let (mut who, mut next) = (u32::MAX, 0);
    for key in entries {
        let Some(first) = inside(*key).filter(|_| person(*key) != who) else { continue };
        who = person(*key);
        cells.add(first * periods + first);
        while returns.get(next).is_some_and(|key_back| person(*key_back) < who) {
            next += 1;
        }
        let mut last = first;
        while let Some(back) = returns.get(next).filter(|back| person(**back) == who) {
            if let Some(period) = inside(*back).filter(|period| *period > last) {
                cells.add(first * periods + period);
                last = period;
            }
            next += 1;
        }
    }
}
