//! How many come back. A person belongs to the cohort of the period in which the event first happened
//! inside the time asked about, and is retained in a later period when the returning event happens in it.
//! Cell k of a cohort is the number of its people seen k periods later; cell 0 is its size.

use ahash::AHashMap;
use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar;
use crate::predicate::{Columns, Predicate};
use crate::query::RetentionQuery;
use crate::record::{Plan, Records};

/// A table of cohorts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RetentionAnswer {
    /// When each period begins; cohort i is of period i.
    pub starts: Vec<Timestamp>,
    /// By cohort: its size, then how many of it were seen 1, 2, .. periods later. Each cohort is one
    /// shorter than the one before, as no later periods were asked about.
    pub cohorts: Vec<Vec<u64>>,
}

pub(crate) fn columns(query: &RetentionQuery) -> Columns {
    let mut columns = Columns::default();
    columns.add_filter(&query.filter);
    columns
}

/// What retention needs from the log: from the given moment to the end of the last period.
pub fn plan(query: &RetentionQuery) -> Plan {
    let mut names = query.event.0.clone();
    if let Some(returning) = &query.returning {
        names.extend(returning.0.iter().filter(|name| !query.event.0.contains(name)).cloned());
    }
    let bounds = calendar::begin(query.from, query.period, &query.time_zone, query.periods + 1);
    // Fewer bounds than asked for: the calendar ends before the last period does.
    let to = (bounds.len() > query.periods).then(|| bounds.last().copied()).flatten();
    Plan { names: Some(names), columns: columns(query).0, from: Some(query.from), to }
}

/// The table. The filter applies to the event that makes a cohort, and to the returning event when that
/// is the same.
pub fn retention(query: &RetentionQuery, records: &Records) -> RetentionAnswer {
    let columns = columns(query);
    let entering = Predicate::new(&query.event, &query.filter, &columns, records);
    let returning = match &query.returning {
        Some(events) => Predicate::new(events, &crate::query::Filter::default(), &columns, records),
        None => Predicate::new(&query.event, &query.filter, &columns, records),
    };
    let starts = calendar::begin(query.from, query.period, &query.time_zone, query.periods);
    let end = plan(query).to;
    let mut cohorts: Vec<Vec<u64>> = (0..starts.len()).map(|first| vec![0; starts.len() - first]).collect();
    let mut people: AHashMap<u32, (usize, usize)> = AHashMap::new();
    for record in &records.rows {
        let inside = record.at_ms >= query.from.ms() && end.is_none_or(|end| record.at_ms < end.ms());
        let Some(period) = calendar::bucket(&starts, record.at_ms).filter(|_| inside) else { continue };
        match people.get_mut(&record.person) {
            None if entering.matches(record) => {
                people.insert(record.person, (period, period));
                cohorts[period][0] += 1;
            }
            // Rows of a person come in order of time, so a period once left never comes again.
            Some((first, last)) if period > *last && returning.matches(record) => {
                *last = period;
                cohorts[*first][period - *first] += 1;
            }
            _ => {}
        }
    }
    RetentionAnswer { starts, cohorts }
}
