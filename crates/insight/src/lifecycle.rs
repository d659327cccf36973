//! How the people who do something come and go.
//!
//! A person is **active** in a bucket when the event happens in it. Of those active in a bucket,
//! - **new** are those for whom it is the first time ever,
//! - **returning** those who were active in the bucket before as well,
//! - **resurrecting** those who were active once, but not in the bucket before.
//!
//! **Dormant** are those who were active in the bucket before and are not in this one; each is counted once,
//! in the bucket that begins the silence, and as a positive number (PostHog draws the same people below the
//! axis). So `new + returning + resurrecting` are the active people of a bucket, and `returning + dormant`
//! those of the bucket before.
//!
//! Source of the four words: PostHog's lifecycle insight. There a person is new when their profile was made;
//! here, when the event in question first happened, so that the numbers follow from the events alone.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::blocks::over_blocks;
use crate::calendar;
use crate::frame::Source;
use crate::predicate::{Columns, Predicate};
use crate::query::{BUCKETS_MAX, LifecycleQuery};
use crate::record::{Plan, Record, Records};

/// People by bucket. All arrays are as long as `starts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LifecycleAnswer {
    /// When each bucket begins. The last one counts only what happened before `to`: people may be dormant in
    /// it who will yet be seen.
    pub starts: Vec<Timestamp>,
    /// Active for the first time ever.
    pub new: Vec<u64>,
    /// Active here and in the bucket before.
    pub returning: Vec<u64>,
    /// Active here and once, but not in the bucket before.
    pub resurrecting: Vec<u64>,
    /// Active in the bucket before and not here, as a positive number.
    pub dormant: Vec<u64>,
}

fn columns(query: &LifecycleQuery) -> Columns {
    let mut columns = Columns::default();
    columns.add_filter(&query.filter);
    columns
}

/// What a lifecycle needs from the log: everything before `to`, as only the past tells who is new.
pub fn plan(query: &LifecycleQuery) -> Plan {
    Plan {
        names: Some(query.event.0.clone()),
        columns: columns(query).0,
        from: None,
        to: Some(query.to),
        is_loose: false,
    }
}

/// Where in time an event lies, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the bucket that comes before the first.
    LongBefore,
    /// A bucket, counted from the one before the first: 0 is that one, 1 the first of the answer.
    Bucket(usize),
}

/// The lifecycle.
pub fn lifecycle(query: &LifecycleQuery, records: &Records) -> LifecycleAnswer {
    let table = Table::new(query);
    let mut tally = Tally::new(table.starts.len());
    table.count(query, records, &mut tally);
    tally.answer(table.starts)
}

/// The same from columns of [`plan`].
pub(crate) fn lifecycle_from<S: Source>(
    query: &LifecycleQuery,
    source: &S,
    threads: usize,
) -> Result<LifecycleAnswer, S::Error> {
    let table = Table::new(query);
    let begin = || Tally::new(table.starts.len());
    let work = |tally: &mut Tally, records: &Records| table.count(query, records, tally);
    let mut all = begin();
    for tally in over_blocks(source, columns(query).0.len(), threads, begin, work)? {
        all.merge(&tally);
    }
    Ok(all.answer(table.starts))
}

/// The buckets of a question.
pub(crate) struct Table {
    pub(crate) starts: Vec<Timestamp>,
    /// When the bucket before the first begins.
    before: Option<Timestamp>,
}

impl Table {
    pub(crate) fn new(query: &LifecycleQuery) -> Self {
        let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
        let before = starts
            .first()
            .and_then(|first| calendar::begin(first.plus_ms(-1), query.interval, &query.time_zone, 1).first().copied());
        Self { starts, before }
    }

    fn place(&self, at_ms: i64) -> Place {
        match calendar::bucket(&self.starts, at_ms) {
            Some(bucket) => Place::Bucket(bucket + 1),
            None if self.before.is_some_and(|before| at_ms >= before.ms()) => Place::Bucket(0),
            None => Place::LongBefore,
        }
    }

    /// Whether a moment lies in the bucket before this one.
    pub(crate) fn is_just_before(&self, bucket: usize, at_ms: i64) -> bool {
        self.place(at_ms) == Place::Bucket(bucket)
    }

    fn count(&self, query: &LifecycleQuery, records: &Records, tally: &mut Tally) {
        self.each_person(query, records, |_, kinds| {
            for (bucket, kind) in kinds {
                tally.0[*kind as usize][*bucket] += 1;
            }
        });
    }

    /// Hands over each person's rows that count, with what the person is in which bucket.
    pub(crate) fn each_person(
        &self,
        query: &LifecycleQuery,
        records: &Records,
        mut take: impl FnMut(&[&Record], &[(usize, Kind)]),
    ) {
        let predicate = Predicate::new(&query.event, &query.filter, &columns(query), records);
        let (mut active, mut kinds) = (Vec::new(), Vec::new());
        for person in records.rows.chunk_by(|one, next| one.person == next.person) {
            active.clear();
            active.extend(person.iter().filter(|row| row.at_ms < query.to.ms() && predicate.matches(row)));
            kinds.clear();
            self.kinds(active.iter().map(|row| self.place(row.at_ms)), &mut kinds);
            take(&active, &kinds);
        }
    }

    /// What a person is in which bucket, whose places come in order of time.
    fn kinds(&self, places: impl Iterator<Item = Place>, kinds: &mut Vec<(usize, Kind)>) {
        let mut last = None;
        for place in places {
            if last == Some(place) {
                continue;
            }
            self.falls_silent(last, Some(place), kinds);
            if let Place::Bucket(number @ 1..) = place {
                let kind = match last {
                    None => Kind::New,
                    Some(Place::Bucket(before)) if before + 1 == number => Kind::Returning,
                    Some(_) => Kind::Resurrecting,
                };
                kinds.push((number - 1, kind));
            }
            last = Some(place);
        }
        self.falls_silent(last, None, kinds);
    }

    /// After the place `last` the person was seen next in `next`, if ever: dormant in the bucket after `last`,
    /// unless that is `next` or beyond the table.
    fn falls_silent(&self, last: Option<Place>, next: Option<Place>, kinds: &mut Vec<(usize, Kind)>) {
        let Some(Place::Bucket(number)) = last else { return };
        if next != Some(Place::Bucket(number + 1)) && number < self.starts.len() {
            kinds.push((number, Kind::Dormant));
        }
    }
}

/// What a person is in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    New,
    Returning,
    Resurrecting,
    Dormant,
}

/// By kind the people of each bucket.
struct Tally([Vec<u64>; 4]);

impl Tally {
    fn new(buckets: usize) -> Self {
        Self(std::array::from_fn(|_| vec![0; buckets]))
    }

    fn merge(&mut self, other: &Self) {
        let counts = self.0.iter_mut().flatten().zip(other.0.iter().flatten());
        counts.for_each(|(sum, count)| *sum += count);
    }

    fn answer(self, starts: Vec<Timestamp>) -> LifecycleAnswer {
        let [new, returning, resurrecting, dormant] = self.0;
        LifecycleAnswer { starts, new, returning, resurrecting, dormant }
    }
}
