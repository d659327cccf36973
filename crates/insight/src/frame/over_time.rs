//! Trends and retention over columns.

use super::{Buckets, Buffer, Codes, Frame, Selected, Source, at_ms, person, select, spread};
use crate::calendar;
use crate::predicate::number;
use crate::query::{BUCKETS_MAX, EventNames, Filter, Measure, RetentionQuery, TrendQuery};
use crate::retention::{self, RetentionAnswer};
use crate::trend::{self, TrendAnswer};

/// No bucket yet.
const NEVER: usize = usize::MAX;

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
    let wanted = Selected::new(source, event, &query.filter, &columns);
    let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
    let buckets = Buckets::new(&starts);
    let summed = query.prop.as_ref().and_then(|prop| columns.index(prop)).filter(|_| query.measure == Measure::Sum);
    let amounts: Vec<f64> = summed.map_or_else(Vec::new, |column| source.values(column).iter().map(number).collect());
    let begin = || Sums { values: vec![0.0; buckets.len()], total: 0.0 };
    let work = |blocks: &mut Vec<(u32, Sums)>, block, frame: Frame| {
        let (keys, codes) = select(&frame, &wanted, summed);
        let mut sums = begin();
        match query.measure {
            Measure::Unique => count_people(&keys, &buckets, &mut sums),
            Measure::Total | Measure::PerPerson => add_up(&keys, &buckets, &mut sums, |_| 1.0),
            Measure::Sum => add_up(&keys, &buckets, &mut sums, |row| amount(&amounts, &codes, row)),
        }
        blocks.push((block, sums));
    };
    let mut blocks: Vec<(u32, Sums)> = spread(source, threads, Vec::new, work)?.into_iter().flatten().collect();
    // Sums of fractions depend on their order, and an answer must not depend on the threads.
    blocks.sort_unstable_by_key(|(block, _)| *block);
    let mut all = begin();
    for (_, sums) in blocks {
        all.values.iter_mut().zip(&sums.values).for_each(|(all, sum)| *all += sum);
        all.total += sums.total;
    }
    let values = all.values.into_iter().map(Some).collect();
    let total = Some(all.total);
    Ok(TrendAnswer {
        starts,
        values,
        total,
        moving_average: None,
        series: None,
        breakdown: None,
        rest: None,
        compared: None,
    })
}

fn amount(amounts: &[f64], codes: &Codes, row: usize) -> f64 {
    amounts.get(codes.get(row) as usize).copied().unwrap_or_default()
}

fn add_up(keys: &[u64], buckets: &Buckets, sums: &mut Sums, amount: impl Fn(usize) -> f64) {
    for (row, key) in keys.iter().enumerate() {
        if let Some(bucket) = buckets.of(at_ms(*key)) {
            sums.values[bucket] += amount(row);
            sums.total += amount(row);
        }
    }
}

/// Times of a person ascend, so a bucket once left does not come again.
fn count_people(keys: &[u64], buckets: &Buckets, sums: &mut Sums) {
    let mut last = (u32::MAX, NEVER);
    for key in keys {
        let Some(bucket) = buckets.of(at_ms(*key)) else { continue };
        let who = person(*key);
        sums.total += f64::from(u8::from(who != last.0));
        if (who, bucket) != last {
            sums.values[bucket] += 1.0;
            last = (who, bucket);
        }
    }
}

/// The answer of [`retention::retention`] to a question with the usual cohorts and cells, from columns of
/// [`retention::plan`].
pub(crate) fn retention_from<S: Source>(
    query: &RetentionQuery,
    source: &S,
    threads: usize,
) -> Result<RetentionAnswer, S::Error> {
    let columns = retention::columns(query);
    let entering = Selected::new(source, &query.event, &query.filter, &columns);
    let returning = query.returning.as_ref().map(|events| Selected::new(source, events, &Filter::default(), &columns));
    let starts = calendar::begin(query.from, query.period, &query.time_zone, query.periods);
    let buckets = Buckets::new(&starts);
    let periods = starts.len();
    // Cell (first, period) of a square: those of the cohort seen then.
    let begin = || vec![0u64; periods * periods];
    let work = |cells: &mut Vec<u64>, _, frame: Frame| {
        let (first, _) = select(&frame, &entering, None);
        match &returning {
            None => count_returns(&first, &buckets, cells),
            Some(returning) => count_other_returns(&first, &select(&frame, returning, None).0, &buckets, cells),
        }
    };
    let mut all = begin();
    for cells in spread(source, threads, begin, work)? {
        all.iter_mut().zip(cells).for_each(|(all, cell)| *all += cell);
    }
    let row = |first: usize| all[first * periods + first..(first + 1) * periods].to_vec();
    Ok(RetentionAnswer { cohorts: (0..periods).map(row).collect(), starts, compared: None })
}

fn count_returns(keys: &[u64], buckets: &Buckets, cells: &mut [u64]) {
    let periods = buckets.len();
    let (mut who, mut first, mut last) = (u32::MAX, 0, NEVER);
    for key in keys {
        let Some(period) = buckets.of(at_ms(*key)) else { continue };
        if person(*key) != who {
            (who, first, last) = (person(*key), period, NEVER);
        }
        if period != last {
            cells[first * periods + period] += 1;
            last = period;
        }
    }
}

/// Coming back is another event: one of the period of the first does not count again.
fn count_other_returns(entries: &[u64], returns: &Buffer<u64>, buckets: &Buckets, cells: &mut [u64]) {
    let periods = buckets.len();
    let (mut who, mut next) = (u32::MAX, 0);
    for key in entries {
        let Some(first) = buckets.of(at_ms(*key)).filter(|_| person(*key) != who) else { continue };
        who = person(*key);
        cells[first * periods + first] += 1;
        while returns.get(next).is_some_and(|key_back| person(*key_back) < who) {
            next += 1;
        }
        let mut last = first;
        while let Some(back) = returns.get(next).filter(|back| person(**back) == who) {
            if let Some(period) = buckets.of(at_ms(*back)).filter(|period| *period > last) {
                cells[first * periods + period] += 1;
                last = period;
            }
            next += 1;
        }
    }
}
