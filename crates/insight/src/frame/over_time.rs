//! Trends and retention over columns.

use std::hint::select_unpredictable;

use base::Timestamp;
use multiversion::multiversion;

use super::buckets::Place;
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
        if buckets.len() <= <u8 as Place>::MAX {
            self.block_of::<u8, S>(source, block, buckets)
        } else {
            self.block_of::<u32, S>(source, block, buckets)
        }
    }

    fn block_of<P: Place, S: Source>(&self, source: &S, block: u32, buckets: &Buckets) -> Result<Sums, S::Error> {
        match self.measure {
            Measure::Unique => {
                let mut people = People::<P>::new(buckets.len());
                visit(source, block, &self.wanted, buckets, |is_other, found| people.take(is_other, found))?;
                Ok(people.sums())
            }
            Measure::Total | Measure::PerPerson => {
                let mut events = Counts::new(buckets.len());
                visit::<P, S>(source, block, &self.wanted, buckets, |_, found| events.add_each(found))?;
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
fn visit<P: Place, S: Source>(
    source: &S,
    block: u32,
    wanted: &Selected,
    buckets: &Buckets,
    mut take: impl FnMut(&[bool], &[P]),
) -> Result<(), S::Error> {
    let mut found = [P::default(); VISITS_MAX];
    if let (Some(list), Some(known)) = (wanted.only_list(), buckets.slots()) {
        return source.visit(block, list, &mut |Visits { is_other, slots }| {
            let found = &mut found[..slots.len()];
            known.find(slots, found);
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

/// Counts in places, of which the last stands for none. One place often follows itself, and to add to it again has to
/// wait for the sum before: hence several tables that take turns.
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
    fn add_each(&mut self, places: &[impl Place]) {
        for places in places.chunks(TABLES) {
            for (table, place) in places.iter().enumerate() {
                self.0[place.number()][table] += 1;
            }
        }
    }

    /// Add to the places that count. Which they are cannot be foretold, so nothing is added to the others.
    fn add_all(&mut self, places: &[impl Place], counts: &[bool]) {
        for (places, counts) in places.chunks(TABLES).zip(counts.chunks(TABLES)) {
            for (table, (place, counts)) in places.iter().zip(counts).enumerate() {
                self.0[place.number()][table] += u32::from(*counts);
            }
        }
    }

    /// By place, without the last.
    fn sums(&self) -> impl Iterator<Item = u64> {
        let places = self.0.split_last().map_or(&[][..], |(_, places)| places);
        places.iter().map(|counts| counts.iter().map(|count| u64::from(*count)).sum())
    }
}

/// What of the events of people is new. Times of a person ascend, so a bucket once left does not come again.
struct Arrivals<P> {
    /// The bucket of events that are in none.
    none: P,
    /// The bucket of the event before.
    last: P,
    /// Whether it is the first of its person in its bucket.
    is_first_there: [bool; VISITS_MAX],
    /// Whether it is the first of its person in any.
    is_first: [bool; VISITS_MAX],
}

impl<P: Place> Arrivals<P> {
    fn new(buckets: usize) -> Self {
        let none = P::of(buckets as u32);
        Self { none, last: none, is_first_there: [false; VISITS_MAX], is_first: [false; VISITS_MAX] }
    }

    fn take(&mut self, is_other: &[bool], buckets: &[P]) {
        let Some((last, but_last)) = buckets.split_last() else { return };
        let mut before = [self.last; VISITS_MAX];
        before[1..buckets.len()].copy_from_slice(but_last);
        self.last = *last;
        tell_new(is_other, buckets, &before, self.none, (&mut self.is_first_there, &mut self.is_first));
    }
}

/// Whether each event is the first of its person in its bucket, and in any. `before` are the buckets before each.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+fma+lzcnt+popcnt"))]
fn tell_new<P: Place>(
    is_other: &[bool],
    buckets: &[P],
    before: &[P],
    none: P,
    (is_first_there, is_first): (&mut [bool], &mut [bool]),
) {
    let told = is_first_there.iter_mut().zip(is_first);
    for ((told, is_other), (bucket, before)) in told.zip(is_other).zip(buckets.iter().zip(before)) {
        let is_inside = *bucket != none;
        *told.0 = is_inside & (is_other | (*bucket != *before));
        // What lies in no bucket comes before or after all that does.
        *told.1 = is_inside & (is_other | (*before == none));
    }
}

/// Counts different people.
struct People<P> {
    arrivals: Arrivals<P>,
    counts: Counts,
    people: u64,
}

impl<P: Place> People<P> {
    fn new(buckets: usize) -> Self {
        Self { arrivals: Arrivals::new(buckets), counts: Counts::new(buckets), people: 0 }
    }

    fn take(&mut self, is_other: &[bool], buckets: &[P]) {
        self.arrivals.take(is_other, buckets);
        let is_first = &self.arrivals.is_first[..buckets.len()];
        self.people += u64::from(is_first.iter().map(|is_first| u32::from(*is_first)).sum::<u32>());
        self.counts.add_all(buckets, &self.arrivals.is_first_there);
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
    let buckets = Buckets::new(&starts, query.from.ms()..end_ms);
    let all = if buckets.len() <= <u8 as Place>::MAX {
        cells::<u8, S>(query, source, threads, &buckets)?
    } else {
        cells::<u32, S>(query, source, threads, &buckets)?
    };
    let periods = starts.len();
    let row = |first: usize| all[first * periods + first..(first + 1) * periods].to_vec();
    Ok(RetentionAnswer { cohorts: (0..periods).map(row).collect(), starts, compared: None })
}

/// Cell (first, period) of a square: those of the cohort seen then.
fn cells<P: Place, S: Source>(
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
            let mut returns = Returns::<P>::new(buckets.len(), cells);
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
struct Returns<'a, P> {
    arrivals: Arrivals<P>,
    periods: usize,
    cells: &'a mut Counts,
    /// The row of the first period of the person at hand.
    row: usize,
}

impl<'a, P: Place> Returns<'a, P> {
    fn new(periods: usize, cells: &'a mut Counts) -> Self {
        Self { arrivals: Arrivals::new(periods), periods, cells, row: 0 }
    }

    fn take(&mut self, is_other: &[bool], found: &[P]) {
        self.arrivals.take(is_other, found);
        let Arrivals { is_first_there, is_first, .. } = &self.arrivals;
        // Those that count are first written down, since which they are cannot be foretold.
        let (mut noted, mut count) = ([(P::default(), false); VISITS_MAX], 0);
        for ((period, counts), is_first) in found.iter().zip(is_first_there).zip(is_first) {
            noted[count & (VISITS_MAX - 1)] = (*period, *is_first);
            count += usize::from(*counts);
        }
        let mut row = self.row;
        for (place, (period, is_first)) in noted[..count].iter().enumerate() {
            row = select_unpredictable(*is_first, period.number() * self.periods, row);
            self.cells.0[row + period.number()][place % TABLES] += 1;
        }
        self.row = row;
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
