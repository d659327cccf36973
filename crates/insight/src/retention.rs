//! How many come back, cohort by cohort.
//!
//! # Cohorts
//! A person enters the cohort of the period in which the event happens:
//! - `first`: for the first time since `from` (PostHog: "first time retention" over the range shown);
//! - `first_ever`: for the first time ever, if that is not before `from` (PostHog: "first ever occurrence");
//! - `recurring`: each time; one person may be in every cohort (PostHog: "recurring retention").
//!
//! # Cells
//! Cell 0 is the size of the cohort. The returning event counts in the periods after the one of entry, and
//! for cell k
//! - `n_day`: in period k after it (Amplitude: "return on", or N-day retention);
//! - `unbounded`: in period k after it or any later one of the table (Amplitude: "return on or after", or
//!   unbounded retention). So a cohort never grows from one cell to the next;
//! - `bracket`: in any period of bracket k (Amplitude: "return on (custom)", or bracket retention), the first
//!   of which begins with the period after the entry. Brackets that the table does not hold to their end are
//!   left out: half a bracket would look like a loss.
//!
//! Periods are days, weeks and months of the calendar in a zone, for everybody the same (Amplitude's "strict
//! calendar dates"; by default it takes stretches of 24 hours from each person's own entry).

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::blocks::over_blocks;
use crate::calendar;
use crate::frame::Source;
use crate::predicate::{Columns, Predicate};
use crate::query::{CohortEntry, Filter, RetentionMode, RetentionQuery};
use crate::record::{Plan, Record, Records};

/// A table of cohorts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RetentionAnswer {
    /// When each period begins; cohort i is of period i.
    pub starts: Vec<Timestamp>,
    /// By cohort: its size, then how many of it were seen 1, 2, .. periods later (or, by the mode, that much
    /// later or after, or in bracket 1, 2, ..). Later cohorts are shorter, as no later periods were asked about.
    pub cohorts: Vec<Vec<u64>>,
    /// With `compare`: the whole answer from the other moment on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, no_recursion)]
    pub compared: Option<Box<RetentionAnswer>>,
}

pub(crate) fn columns(query: &RetentionQuery) -> Columns {
    let mut columns = Columns::default();
    columns.add_filter(&query.filter);
    columns
}

/// What retention needs from the log: from the given moment (for `first_ever`, from the beginning) to the
/// end of the last period.
pub fn plan(query: &RetentionQuery) -> Plan {
    let mut names = query.event.0.clone();
    if let Some(returning) = &query.returning {
        names.extend(returning.0.iter().filter(|name| !query.event.0.contains(name)).cloned());
    }
    let from = (query.cohort != CohortEntry::FirstEver).then_some(query.from);
    Plan { names: Some(names), columns: columns(query).0, from, to: end(query), is_loose: query.is_plain() }
}

/// The end of the last period.
pub(crate) fn end(query: &RetentionQuery) -> Option<Timestamp> {
    let bounds = calendar::begin(query.from, query.period, &query.time_zone, query.periods + 1);
    // Fewer bounds than asked for: the calendar ends before the last period does.
    (bounds.len() > query.periods).then(|| bounds.last().copied()).flatten()
}

/// The table. The filter applies to the event that makes a cohort, and to the returning event when that
/// is the same.
pub fn retention(query: &RetentionQuery, records: &Records) -> RetentionAnswer {
    let starts = calendar::begin(query.from, query.period, &query.time_zone, query.periods);
    let mut table = Table::new(query, starts.len());
    table.add_all(query, records);
    RetentionAnswer { starts, cohorts: table.cohorts, compared: None }
}

/// The same from columns of [`plan`].
pub(crate) fn retention_from<S: Source>(
    query: &RetentionQuery,
    source: &S,
    threads: usize,
) -> Result<RetentionAnswer, S::Error> {
    let starts = calendar::begin(query.from, query.period, &query.time_zone, query.periods);
    let begin = || Table::new(query, starts.len());
    let work = |table: &mut Table, records: &Records| table.add_all(query, records);
    let mut all = begin();
    for table in over_blocks(source, columns(query).0.len(), threads, begin, work)? {
        let cells = all.cohorts.iter_mut().flatten().zip(table.cohorts.iter().flatten());
        cells.for_each(|(sum, count)| *sum += count);
    }
    Ok(RetentionAnswer { cohorts: all.cohorts, starts, compared: None })
}

/// The periods in which a person entered and was seen again, ascending, each once.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    pub(crate) entries: Vec<usize>,
    /// Those after the first entry.
    pub(crate) returns: Vec<usize>,
}

impl Presence {
    /// Hands over each period of entry with the later ones of return.
    pub(crate) fn each_entry(&self, mut take: impl FnMut(usize, &[usize])) {
        for entry in &self.entries {
            let later = self.returns.partition_point(|period| period <= entry);
            take(*entry, &self.returns[later..]);
        }
    }
}

/// What the records mean to the question.
pub(crate) struct Reader {
    cohort: CohortEntry,
    entering: Predicate,
    returning: Predicate,
    pub(crate) starts: Vec<Timestamp>,
    from_ms: i64,
    end_ms: i64,
}

impl Reader {
    pub(crate) fn new(query: &RetentionQuery, records: &Records) -> Self {
        let columns = columns(query);
        let returning = match &query.returning {
            Some(events) => Predicate::new(events, &Filter::default(), &columns, records),
            None => Predicate::new(&query.event, &query.filter, &columns, records),
        };
        Self {
            cohort: query.cohort,
            entering: Predicate::new(&query.event, &query.filter, &columns, records),
            returning,
            starts: calendar::begin(query.from, query.period, &query.time_zone, query.periods),
            from_ms: query.from.ms(),
            end_ms: end(query).map_or(i64::MAX, Timestamp::ms),
        }
    }

    /// Whether the event counts for entering the cohort of a period.
    pub(crate) fn enters(&self, row: &Record, period: usize) -> bool {
        (self.from_ms..self.end_ms).contains(&row.at_ms)
            && calendar::bucket(&self.starts, row.at_ms) == Some(period)
            && self.entering.matches(row)
    }

    /// Goes through the rows of one person, which come in order of time.
    pub(crate) fn read(&self, rows: &[Record], presence: &mut Presence) {
        let Presence { entries, returns } = presence;
        entries.clear();
        returns.clear();
        let (before, rows) = rows.split_at(rows.partition_point(|row| row.at_ms < self.from_ms));
        if self.cohort == CohortEntry::FirstEver && before.iter().any(|row| self.entering.matches(row)) {
            return;
        }
        for row in rows.iter().take_while(|row| row.at_ms < self.end_ms) {
            let Some(period) = calendar::bucket(&self.starts, row.at_ms) else { continue };
            let may_enter = match self.cohort {
                CohortEntry::Recurring => entries.last() != Some(&period),
                CohortEntry::First | CohortEntry::FirstEver => entries.is_empty(),
            };
            let has_entered = entries.first().is_some_and(|entry| *entry < period);
            if has_entered && returns.last() != Some(&period) && self.returning.matches(row) {
                returns.push(period);
            }
            if may_enter && self.entering.matches(row) {
                entries.push(period);
            }
        }
    }
}

/// The cells being counted.
pub(crate) struct Table {
    mode: RetentionMode,
    /// For brackets: the first and last period after the entry.
    brackets: Vec<(usize, usize)>,
    cohorts: Vec<Vec<u64>>,
}

impl Table {
    pub(crate) fn new(query: &RetentionQuery, periods: usize) -> Self {
        let mut next = 1;
        let brackets: Vec<(usize, usize)> = query
            .brackets
            .iter()
            .map(|length| {
                let first = next;
                next += length;
                (first, next - 1)
            })
            .collect();
        let cells = |entry: usize| match query.mode {
            RetentionMode::NDay | RetentionMode::Unbounded => periods - entry,
            RetentionMode::Bracket => 1 + brackets.iter().filter(|(_, last)| entry + last < periods).count(),
        };
        let cohorts = (0..periods).map(|entry| vec![0; cells(entry)]).collect();
        Self { mode: query.mode, brackets, cohorts }
    }

    /// How many cells the row of a cohort has; none for a cohort that is not there.
    pub(crate) fn cells(&self, entry: usize) -> usize {
        self.cohorts.get(entry).map_or(0, Vec::len)
    }

    /// Whether a person who entered in a period and was seen in later ones counts in a cell of its row.
    pub(crate) fn holds(&self, entry: usize, later: &[usize], cell: usize) -> bool {
        match (cell, self.mode) {
            (0, _) => true,
            (_, RetentionMode::NDay) => later.contains(&(entry + cell)),
            (_, RetentionMode::Unbounded) => later.last().is_some_and(|last| *last >= entry + cell),
            (_, RetentionMode::Bracket) => {
                let (first, last) = self.brackets[cell - 1];
                later.iter().any(|period| (entry + first..=entry + last).contains(period))
            }
        }
    }

    fn add_all(&mut self, query: &RetentionQuery, records: &Records) {
        let reader = Reader::new(query, records);
        let mut presence = Presence::default();
        for person in records.rows.chunk_by(|one, next| one.person == next.person) {
            reader.read(person, &mut presence);
            presence.each_entry(|entry, later| self.add(entry, later));
        }
    }

    /// Counts a person who entered in a period and was seen in later ones (ascending).
    fn add(&mut self, entry: usize, later: &[usize]) {
        let cells = &mut self.cohorts[entry];
        cells[0] += 1;
        match self.mode {
            RetentionMode::NDay => later.iter().for_each(|period| cells[period - entry] += 1),
            RetentionMode::Unbounded => {
                let last = later.last().map_or(0, |period| period - entry);
                cells[1..=last].iter_mut().for_each(|cell| *cell += 1);
            }
            RetentionMode::Bracket => {
                for (cell, (first, last)) in cells[1..].iter_mut().zip(&self.brackets) {
                    let at = later.partition_point(|period| *period < entry + first);
                    *cell += u64::from(later.get(at).is_some_and(|period| *period <= entry + last));
                }
            }
        }
    }
}
