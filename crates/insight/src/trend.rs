//! How often something happens over time: events, different people, or the sum of a property, in buckets
//! of a day, week or month of a time zone.

use ahash::AHashSet;
use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar;
use crate::predicate::{Columns, Predicate, number, value};
use crate::query::{BUCKETS_MAX, Measure, TrendQuery};
use crate::record::{Plan, Records};

/// Values by bucket.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendAnswer {
    /// When each bucket begins.
    pub starts: Vec<Timestamp>,
    /// The value of each bucket. The first and the last count only what lies inside `[from, to)`.
    pub values: Vec<f64>,
    /// Over the whole time: for `unique` the different people, not the sum of the buckets.
    pub total: f64,
}

pub(crate) fn columns(query: &TrendQuery) -> Columns {
    let mut columns = Columns::default();
    columns.add_filter(&query.filter);
    if let Some(prop) = &query.prop {
        columns.add(prop);
    }
    columns
}

/// What a trend needs from the log.
pub fn plan(query: &TrendQuery) -> Plan {
    let columns = columns(query).0;
    Plan { names: Some(query.event.0.clone()), columns, from: Some(query.from), to: Some(query.to) }
}

/// The trend. Values of the summed property that are no numbers count nothing.
pub fn trend(query: &TrendQuery, records: &Records) -> TrendAnswer {
    let columns = columns(query);
    let predicate = Predicate::new(&query.event, &query.filter, &columns, records);
    let summed = query.prop.as_ref().and_then(|prop| columns.index(prop));
    let starts = calendar::starts(query.from, query.to, query.interval, &query.time_zone, BUCKETS_MAX);
    let mut values = vec![0.0; starts.len()];
    let mut seen: Vec<AHashSet<u32>> = vec![AHashSet::new(); starts.len()];
    let mut people = AHashSet::new();
    let mut total = 0.0;
    let inside = query.from.ms()..query.to.ms();
    for record in records.rows.iter().filter(|row| inside.contains(&row.at_ms) && predicate.matches(row)) {
        let Some(bucket) = calendar::bucket(&starts, record.at_ms) else { continue };
        let amount = match query.measure {
            Measure::Total => 1.0,
            Measure::Unique => {
                people.insert(record.person);
                f64::from(u8::from(seen[bucket].insert(record.person)))
            }
            Measure::Sum => summed.map_or(0.0, |column| number(value(record, column))),
        };
        values[bucket] += amount;
        total += amount;
    }
    if query.measure == Measure::Unique {
        total = people.len() as f64;
    }
    TrendAnswer { starts, values, total }
}
