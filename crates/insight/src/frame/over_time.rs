//! Trends and retention over columns.

use std::hint::select_unpredictable;

use base::Timestamp;

use super::{Buckets, Buffer, Codes, Look, Selected, Source, Taken, at_ms, person, select, spread};
use crate::calendar;
use crate::predicate::number;
use crate::query::{BUCKETS_MAX, EventNames, Filter, Measure, RetentionQuery, TrendQuery};
use crate::retention::{self, RetentionAnswer};
use crate::trend::{self, TrendAnswer};

/// No person and bucket yet.
const NEVER: u64 = u64::MAX;
const NOBODY: u64 = u64::MAX;

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
    let Sums { values, total } = match Buckets::new(&starts, query.from.ms()..query.to.ms()) {
        Buckets::Even(look) => curve.sums(source, threads, &look)?,
        Buckets::Uneven(look) => curve.sums(source, threads, &look)?,
    };
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
    fn sums<S: Source>(&self, source: &S, threads: usize, look: &impl Look) -> Result<Sums, S::Error> {
        let begin = || Sums { values: vec![0.0; look.len()], total: 0.0 };
        let taken: Vec<Taken> = self.summed.map(Taken::Column).into_iter().collect();
        let work = |blocks: &mut Vec<(u32, Sums)>, block| {
            let (keys, codes) = select(&source.load(block)?, &self.wanted, &taken);
            let codes = codes.first().unwrap_or(&Codes::Same(0));
            let mut sums = begin();
            match self.measure {
                Measure::Unique => count_people(&keys, look, &mut sums),
                Measure::Total | Measure::PerPerson => count_events(&keys, look, &mut sums),
                Measure::Sum => add_up(&keys, look, &mut sums, |row| amount(&self.amounts, codes, row)),
            }
            blocks.push((block, sums));
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
}

fn amount(amounts: &[f64], codes: &Codes, row: usize) -> f64 {
    amounts.get(codes.get(row) as usize).copied().unwrap_or_default()
}

fn add_up(keys: &[u64], look: &impl Look, sums: &mut Sums, amount: impl Fn(usize) -> f64) {
    for (row, key) in keys.iter().enumerate() {
        if let Some(sum) = sums.values.get_mut(look.of(at_ms(*key))) {
            *sum += amount(row);
            sums.total += amount(row);
        }
    }
}

/// One place often follows itself, and to add to it again has to wait for the sum before: hence several tables.
fn count_events(keys: &[u64], look: &impl Look, sums: &mut Sums) {
    const TABLES: usize = 4;
    let mut tables = vec![[0u32; TABLES]; look.len() + 1];
    for keys in keys.chunks(TABLES) {
        for (table, key) in keys.iter().enumerate() {
            tables[look.of(at_ms(*key))][table] += 1;
        }
    }
    tables.pop();
    sums.values = tables.iter().map(|counts| counts.iter().map(|count| f64::from(*count)).sum()).collect();
    sums.total = sums.values.iter().sum();
}

/// Times of a person ascend, so a bucket once left does not come again.
fn count_people(keys: &[u64], look: &impl Look, sums: &mut Sums) {
    let mut counts = Counts::new(look.len());
    let (mut last, mut who, mut people) = (NEVER, NOBODY, 0u32);
    counts.add_all(keys, |key| {
        let bucket = look.of(at_ms(key));
        let here = person_and_bucket(key, bucket);
        let is_new = here != last;
        last = here;
        let (is_inside, person) = (bucket < look.len(), u64::from(person(key)));
        people += u32::from(is_inside & (person != who));
        who = select_unpredictable(is_inside, person, who);
        (bucket, is_new)
    });
    sums.values = counts.sum().iter().map(|count| *count as f64).collect();
    sums.total = f64::from(people);
}

/// Counts in places, of which the last stands for none. What counts is first written down and then counted, since
/// whether a key counts cannot be foretold, and into two tables in turns, since one place often follows itself.
struct Counts {
    tables: [Vec<u64>; 2],
    noted: Vec<u32>,
}

impl Counts {
    /// Keys looked at before what they count as is counted.
    const KEYS: usize = 4_096;

    fn new(places: usize) -> Self {
        Self { tables: [vec![0; places + 1], vec![0; places + 1]], noted: vec![0; Self::KEYS] }
    }

    /// `of` says where each key counts, and whether it does.
    fn add_all(&mut self, keys: &[u64], mut of: impl FnMut(u64) -> (usize, bool)) {
        for keys in keys.chunks(Self::KEYS) {
            let mut count = 0;
            let noted = &mut self.noted[..keys.len()];
            for key in keys {
                let (place, counts) = of(*key);
                noted[count] = place as u32;
                count += usize::from(counts);
            }
            let [even, odd] = &mut self.tables;
            for pair in noted[..count].chunks(2) {
                even[pair[0] as usize] += 1;
                if let Some(place) = pair.get(1) {
                    odd[*place as usize] += 1;
                }
            }
        }
    }

    fn add(&mut self, place: usize) {
        self.tables[0][place] += 1;
    }

    /// By place, without the last.
    fn sum(&self) -> Vec<u64> {
        let mut sums: Vec<u64> = self.tables[0].iter().zip(&self.tables[1]).map(|(even, odd)| even + odd).collect();
        sums.pop();
        sums
    }
}

fn person_and_bucket(key: u64, bucket: usize) -> u64 {
    u64::from(person(key)) << 32 | bucket as u64
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
    let all = match Buckets::new(&starts, query.from.ms()..end_ms) {
        Buckets::Even(look) => cells(query, source, threads, &look)?,
        Buckets::Uneven(look) => cells(query, source, threads, &look)?,
    };
    let periods = starts.len();
    let row = |first: usize| all[first * periods + first..(first + 1) * periods].to_vec();
    Ok(RetentionAnswer { cohorts: (0..periods).map(row).collect(), starts, compared: None })
}

/// Cell (first, period) of a square: those of the cohort seen then.
fn cells<S: Source>(
    query: &RetentionQuery,
    source: &S,
    threads: usize,
    look: &impl Look,
) -> Result<Vec<u64>, S::Error> {
    let columns = retention::columns(query);
    let entering = Selected::new(source, &query.event, &query.filter, &columns);
    let returning = query.returning.as_ref().map(|events| Selected::new(source, events, &Filter::default(), &columns));
    let places = look.len() * look.len();
    let work = |cells: &mut Counts, block| {
        let frame = source.load(block)?;
        let (first, _) = select(&frame, &entering, &[]);
        match &returning {
            None => count_returns(&first, look, cells),
            Some(returning) => count_other_returns(&first, &select(&frame, returning, &[]).0, look, cells),
        }
        Ok(())
    };
    let mut all = vec![0; places];
    for cells in spread(source.blocks(), threads, || Counts::new(places), work)? {
        all.iter_mut().zip(cells.sum()).for_each(|(all, cell)| *all += cell);
    }
    Ok(all)
}

/// Where a person counts is the cell of the first period and the one at hand.
fn count_returns(keys: &[u64], look: &impl Look, cells: &mut Counts) {
    let periods = look.len();
    let (mut who, mut first, mut last) = (NOBODY, 0, NEVER);
    cells.add_all(keys, |key| {
        let period = look.of(at_ms(key));
        let (is_inside, person) = (period < periods, u64::from(person(key)));
        first = select_unpredictable(is_inside & (person != who), period, first);
        who = select_unpredictable(is_inside, person, who);
        let here = person_and_bucket(key, period);
        let is_new = is_inside & (here != last);
        last = here;
        (first * periods + period, is_new)
    });
}

/// Coming back is another event: one of the period of the first does not count again.
fn count_other_returns(entries: &[u64], returns: &Buffer<u64>, look: &impl Look, cells: &mut Counts) {
    let periods = look.len();
    let inside = |key: u64| Some(look.of(at_ms(key))).filter(|period| *period < periods);
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
