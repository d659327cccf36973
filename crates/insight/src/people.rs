//! The people behind any number of an answer.

use std::ops::Range;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::blocks::over_blocks;
use crate::calendar;
use crate::frame::Source;
use crate::funnel::{self, At, PersonAtStep};
use crate::lifecycle::{self, Kind};
use crate::predicate::{Columns, Predicate, text, value};
use crate::query::{
    BUCKETS_MAX, FunnelQuery, LifecycleQuery, Query, QueryError, RetentionQuery, TimeInStageQuery, TrendQuery,
};
use crate::record::{Plan, Record, Records};
use crate::{retention, stage, trend};

/// Most people that one question brings, counted from the first.
pub const PEOPLE_MAX: usize = 100_000;

/// Which people of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeopleKind {
    /// Funnel: those who reached the step. Retention: those of the cohort who came back in the cell.
    #[default]
    Converted,
    /// Funnel: those lost before the step. Retention: those of the cohort who did not come back in the cell.
    Dropped,
    /// Funnel: those whom an exclusion removed. The step does not matter.
    Excluded,
    /// Lifecycle: active for the first time ever.
    New,
    /// Lifecycle: active here and in the bucket before.
    Returning,
    /// Lifecycle: active here and once, but not in the bucket before.
    Resurrecting,
    /// Lifecycle: active in the bucket before and not here.
    Dormant,
    /// Time in stage: those who entered it.
    Entered,
    /// Time in stage: those who left it.
    Left,
    /// Time in stage: those who are still there.
    StillThere,
}

/// Where in an answer the number stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Funnel: the step, counted from 0.
    pub step: Option<usize>,
    /// Which people.
    pub kind: PeopleKind,
    /// Funnel: only those counted in this value of the breakdown. Trend: only events with this value. Time in stage:
    /// the stage.
    pub value: Option<String>,
    /// Trend, lifecycle: when the bucket begins, as the answer's `starts` say. Retention: when the cohort's period
    /// begins. Funnel with a `trend`: only those who entered in the period that begins then.
    pub at: Option<Timestamp>,
    /// Retention: the place in the cohort's row; 0, the cohort itself, when left out.
    pub cell: Option<usize>,
    /// Trend: the series, counted from 0; the first when left out.
    pub series: Option<usize>,
}

/// The people behind a number, as a question. What comes out of [`PeopleQuery::new`] can be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct PeopleQuery {
    of: Of,
    plan: Plan,
}

#[derive(Debug, Clone, PartialEq)]
enum Of {
    Funnel { query: Box<FunnelQuery>, step: usize, at: At, value: Option<String>, entered: Option<Range<Timestamp>> },
    Trend { query: Box<TrendQuery>, series: usize, bucket: usize, value: Option<String> },
    Retention { query: Box<RetentionQuery>, cohort: usize, cell: usize, is_lost: bool },
    Lifecycle { query: Box<LifecycleQuery>, bucket: usize, kind: Kind },
    Stage { query: Box<TimeInStageQuery>, stage: String, has_left: Option<bool> },
}

/// The people found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct People {
    /// How many there are in all. Of a funnel that counts other things than people, how many of those.
    pub total: usize,
    /// The first of them, those last there first.
    pub rows: Vec<PersonAtStep>,
}

fn fail<T>(field: &str, message: impl Into<String>) -> Result<T, QueryError> {
    Err(QueryError::new(field, message))
}

/// The place of a bucket among the starts of an answer.
fn bucket(starts: &[Timestamp], at: Option<Timestamp>) -> Result<usize, QueryError> {
    let Some(at) = at else { return fail("at", "say when the bucket begins, as `starts` of the answer do") };
    match starts.iter().position(|start| *start == at) {
        Some(bucket) => Ok(bucket),
        None => fail("at", "no bucket begins then: take one of the answer's `starts`"),
    }
}

impl PeopleQuery {
    /// The people behind the number at a place of a question's answer.
    ///
    /// # Errors
    /// The field of the place that the answer has no such number for.
    pub fn new(query: Query, place: &Place) -> Result<Self, QueryError> {
        // Each person is looked at through records.
        let plan = Plan { is_loose: false, ..query.plan() };
        let of = match query {
            Query::Funnel(query) => Of::funnel(query, place)?,
            Query::Trend(query) => Of::trend(query, place)?,
            Query::Retention(query) => Of::retention(query, place)?,
            Query::Lifecycle(query) => Of::lifecycle(query, place)?,
            Query::TimeInStage(query) => Of::stage(query, place)?,
            Query::Paths(_) => return fail("query.insight", "ask for the people of another insight than paths"),
        };
        Ok(Self { of, plan })
    }

    /// What the question needs from the log.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The people, at most so many, from the records of [`PeopleQuery::plan`].
    pub fn answer(&self, records: &Records, most: usize) -> People {
        let mut found = Best::new(most);
        self.of.each(records, |person| found.push(person));
        found.people()
    }

    /// The same from columns, on so many threads.
    ///
    /// # Errors
    /// When the columns cannot be read.
    pub fn answer_from<S: Source>(&self, source: &S, threads: usize, most: usize) -> Result<People, S::Error> {
        let work = |found: &mut Best, records: &Records| self.of.each(records, |person| found.push(person));
        let mut all = Best::new(most);
        for found in over_blocks(source, self.plan.columns.len(), threads, || Best::new(most), work)? {
            all.total += found.total;
            all.rows.extend(found.rows);
        }
        Ok(all.people())
    }
}

/// The first people in order, and how many there are.
struct Best {
    most: usize,
    total: usize,
    rows: Vec<PersonAtStep>,
}

impl Best {
    fn new(most: usize) -> Self {
        Self { most: most.min(PEOPLE_MAX), total: 0, rows: Vec::new() }
    }

    fn push(&mut self, person: PersonAtStep) {
        /// Rows beyond those wanted before they are put in order.
        const SPARE: usize = 1_024;
        self.total += 1;
        self.rows.push(person);
        if self.rows.len() >= 2 * self.most + SPARE {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.rows.sort_by_key(PersonAtStep::order);
        self.rows.truncate(self.most);
    }

    fn people(mut self) -> People {
        self.cut();
        People { total: self.total, rows: self.rows }
    }
}

impl Of {
    fn funnel(query: FunnelQuery, place: &Place) -> Result<Self, QueryError> {
        let at = match place.kind {
            PeopleKind::Converted => At::Converted,
            PeopleKind::Dropped => At::Dropped,
            PeopleKind::Excluded => At::Excluded,
            _ => return fail("kind", "a funnel has people who are `converted`, `dropped` or `excluded`"),
        };
        let Some(step) = place.step else { return fail("step", "say which step, counted from 0") };
        if step >= query.steps.len() {
            return fail("step", format!("the funnel has the steps 0 to {}", query.steps.len() - 1));
        }
        let entered = match place.at {
            Some(_) => Some(entry_period(&query, place.at)?),
            None => None,
        };
        Ok(Self::Funnel { query: Box::new(query), step, at, value: place.value.clone(), entered })
    }

    fn trend(query: TrendQuery, place: &Place) -> Result<Self, QueryError> {
        let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
        let bucket = bucket(&starts, place.at)?;
        let (series, last) = (place.series.unwrap_or(0), query.all_series().len() - 1);
        if series > last {
            return fail("series", format!("the last series is {last} (series count from 0)"));
        }
        if place.value.is_some() && query.breakdown.is_none() {
            return fail("value", "the question has no breakdown: leave it out");
        }
        Ok(Self::Trend { query: Box::new(query), series, bucket, value: place.value.clone() })
    }

    fn retention(query: RetentionQuery, place: &Place) -> Result<Self, QueryError> {
        let starts = calendar::begin(query.from, query.period, &query.time_zone, query.periods);
        let cohort = bucket(&starts, place.at)?;
        let is_lost = match place.kind {
            PeopleKind::Converted => false,
            PeopleKind::Dropped => true,
            _ => return fail("kind", "a cohort has people who are `converted` (came back) or `dropped`"),
        };
        let cells = retention::Table::new(&query, starts.len()).cells(cohort);
        let cell = place.cell.unwrap_or(0);
        if cell >= cells {
            return fail("cell", format!("the row of this cohort has the cells 0 to {}", cells - 1));
        }
        Ok(Self::Retention { query: Box::new(query), cohort, cell, is_lost })
    }

    fn lifecycle(query: LifecycleQuery, place: &Place) -> Result<Self, QueryError> {
        let kind = match place.kind {
            PeopleKind::New => Kind::New,
            PeopleKind::Returning => Kind::Returning,
            PeopleKind::Resurrecting => Kind::Resurrecting,
            PeopleKind::Dormant => Kind::Dormant,
            _ => return fail("kind", "people are `new`, `returning`, `resurrecting` or `dormant`"),
        };
        let bucket = bucket(&lifecycle::Table::new(&query).starts, place.at)?;
        Ok(Self::Lifecycle { query: Box::new(query), bucket, kind })
    }

    fn stage(query: TimeInStageQuery, place: &Place) -> Result<Self, QueryError> {
        let has_left = match place.kind {
            PeopleKind::Entered | PeopleKind::Converted => None,
            PeopleKind::Left => Some(true),
            PeopleKind::StillThere => Some(false),
            _ => return fail("kind", "of a stage people have `entered` it, have `left` it or are `still_there`"),
        };
        let Some(stage) = place.value.clone() else { return fail("value", "name the stage") };
        Ok(Self::Stage { query: Box::new(query), stage, has_left })
    }

    /// Hands over everybody behind the number, in no order.
    fn each(&self, records: &Records, mut take: impl FnMut(PersonAtStep)) {
        match self {
            Self::Funnel { query, step, at, value, entered } => {
                let is_wanted = |person: &PersonAtStep| match entered {
                    Some(period) => person.entered_at.is_some_and(|at| period.contains(&at)),
                    None => true,
                };
                funnel::each_at_step(query, records, *step, *at, value.as_deref(), |person| {
                    if is_wanted(&person) {
                        take(person);
                    }
                });
            }
            Self::Trend { query, series, bucket, value } => {
                each_in_bucket(query, *series, *bucket, value.as_deref(), records, take);
            }
            Self::Retention { query, cohort, cell, is_lost } => {
                each_in_cell(query, (*cohort, *cell), *is_lost, records, take);
            }
            Self::Lifecycle { query, bucket, kind } => each_of_kind(query, *bucket, *kind, records, take),
            Self::Stage { query, stage, has_left } => each_in_stage(query, stage, *has_left, records, take),
        }
    }
}

/// The period of a funnel's trend that begins at a moment.
fn entry_period(query: &FunnelQuery, at: Option<Timestamp>) -> Result<Range<Timestamp>, QueryError> {
    let (Some(trend), Some(from), Some(to)) = (&query.trend, query.from, query.to) else {
        return fail("at", "the funnel has no `trend`: leave it out");
    };
    let starts = calendar::starts(from, to, trend.interval, &trend.time_zone, BUCKETS_MAX);
    let period = bucket(&starts, at)?;
    Ok(starts[period]..starts.get(period + 1).copied().unwrap_or(to))
}

/// A person whose events that count are these: entered with the first, last there with the last.
fn seen(rows: &[&Record]) -> Option<PersonAtStep> {
    let (first, last) = (rows.first()?, rows.last()?);
    Some(PersonAtStep {
        person: first.person,
        entered_at: Some(Timestamp::from_ms(first.at_ms)),
        reached_at: Some(Timestamp::from_ms(last.at_ms)),
        value: None,
    })
}

fn each_in_bucket(
    query: &TrendQuery,
    series: usize,
    wanted: usize,
    only: Option<&str>,
    records: &Records,
    take: impl FnMut(PersonAtStep),
) {
    let columns: Columns = trend::columns(query);
    let all = query.all_series();
    let predicate = Predicate::new(&all[series].event, &all[series].filter, &columns, records);
    let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
    let column = query.breakdown.as_ref().and_then(|breakdown| columns.index(&breakdown.prop));
    let has_value = |row: &Record| match (only, column) {
        (Some(only), Some(column)) => text(value(row, column)) == only,
        _ => true,
    };
    let counts = |row: &&Record| {
        (query.from.ms()..query.to.ms()).contains(&row.at_ms)
            && calendar::bucket(&starts, row.at_ms) == Some(wanted)
            && predicate.matches(row)
            && has_value(row)
    };
    let people = records.rows.chunk_by(|one, next| one.person == next.person);
    people.filter_map(|person| seen(&person.iter().filter(counts).collect::<Vec<_>>())).for_each(take);
}

fn each_in_cell(
    query: &RetentionQuery,
    (cohort, cell): (usize, usize),
    is_lost: bool,
    records: &Records,
    mut take: impl FnMut(PersonAtStep),
) {
    let reader = retention::Reader::new(query, records);
    let table = retention::Table::new(query, reader.starts.len());
    let mut presence = retention::Presence::default();
    for person in records.rows.chunk_by(|one, next| one.person == next.person) {
        reader.read(person, &mut presence);
        presence.each_entry(|entry, later| {
            if entry == cohort && table.holds(entry, later, cell) != is_lost {
                let entered = person.iter().filter(|row| reader.enters(row, cohort)).collect::<Vec<_>>();
                seen(&entered).into_iter().for_each(&mut take);
            }
        });
    }
}

fn each_of_kind(
    query: &LifecycleQuery,
    wanted: usize,
    kind: Kind,
    records: &Records,
    mut take: impl FnMut(PersonAtStep),
) {
    let table = lifecycle::Table::new(query);
    // The dormant were there in the bucket before.
    let own = |at_ms: i64| match kind {
        Kind::Dormant => table.is_just_before(wanted, at_ms),
        _ => calendar::bucket(&table.starts, at_ms) == Some(wanted),
    };
    table.each_person(query, records, |rows, kinds| {
        if kinds.contains(&(wanted, kind)) {
            let mine: Vec<&Record> = rows.iter().copied().filter(|row| own(row.at_ms)).collect();
            seen(&mine).into_iter().for_each(&mut take);
        }
    });
}

fn each_in_stage(
    query: &TimeInStageQuery,
    wanted: &str,
    has_left: Option<bool>,
    records: &Records,
    mut take: impl FnMut(PersonAtStep),
) {
    let reader = stage::Reader::new(query, records);
    for person in records.rows.chunk_by(|one, next| one.person == next.person) {
        let stays = reader.stays(person).into_iter();
        let mine = |stay: &stage::Stay| {
            stay.stage == wanted && has_left.is_none_or(|has_left| stay.left_ms.is_some() == has_left)
        };
        for stay in stays.filter(mine) {
            take(PersonAtStep {
                person: person[0].person,
                entered_at: Some(Timestamp::from_ms(stay.entered_ms)),
                reached_at: Some(Timestamp::from_ms(stay.left_ms.unwrap_or(stay.entered_ms))),
                value: None,
            });
        }
    }
}
