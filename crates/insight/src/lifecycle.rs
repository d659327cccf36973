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

use crate::calendar;
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
    Plan { names: Some(query.event.0.clone()), columns: columns(query).0, from: None, to: Some(query.to) }
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
    let columns = columns(query);
    let predicate = Predicate::new(&query.event, &query.filter, &columns, records);
    let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
    let before = starts
        .first()
        .and_then(|first| calendar::begin(first.plus_ms(-1), query.interval, &query.time_zone, 1).first().copied());
    let place = |at_ms: i64| match calendar::bucket(&starts, at_ms) {
        Some(bucket) => Place::Bucket(bucket + 1),
        None if before.is_some_and(|before| at_ms >= before.ms()) => Place::Bucket(0),
        None => Place::LongBefore,
    };
    let mut tally = Tally::new(starts.len());
    let is_active = |row: &&Record| row.at_ms < query.to.ms() && predicate.matches(row);
    for person in records.rows.chunk_by(|one, next| one.person == next.person) {
        tally.person(person.iter().filter(is_active).map(|row| place(row.at_ms)));
    }
    tally.answer(starts)
}

/// The four numbers by bucket.
struct Tally {
    new: Vec<u64>,
    returning: Vec<u64>,
    resurrecting: Vec<u64>,
    dormant: Vec<u64>,
}

impl Tally {
    fn new(buckets: usize) -> Self {
        let zeros = || vec![0; buckets];
        Self { new: zeros(), returning: zeros(), resurrecting: zeros(), dormant: zeros() }
    }

    /// Counts a person, whose places come in order of time.
    fn person(&mut self, places: impl Iterator<Item = Place>) {
        let mut last = None;
        for place in places {
            if last == Some(place) {
                continue;
            }
            self.falls_silent(last, Some(place));
            if let Place::Bucket(number @ 1..) = place {
                let kind = match last {
                    None => &mut self.new,
                    Some(Place::Bucket(before)) if before + 1 == number => &mut self.returning,
                    Some(_) => &mut self.resurrecting,
                };
                kind[number - 1] += 1;
            }
            last = Some(place);
        }
        self.falls_silent(last, None);
    }

    /// After the place `last` the person was seen next in `next`, if ever: dormant in the bucket after `last`,
    /// unless that is `next` or beyond the table.
    fn falls_silent(&mut self, last: Option<Place>, next: Option<Place>) {
        let Some(Place::Bucket(number)) = last else { return };
        if next != Some(Place::Bucket(number + 1))
            && let Some(count) = self.dormant.get_mut(number)
        {
            *count += 1;
        }
    }

    fn answer(self, starts: Vec<Timestamp>) -> LifecycleAnswer {
        let Self { new, returning, resurrecting, dormant } = self;
        LifecycleAnswer { starts, new, returning, resurrecting, dormant }
    }
}
