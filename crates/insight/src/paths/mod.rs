//! Which steps follow each other within sessions.
//!
//! A **step** is an event that the question lets in. A **session** is a run of one person's steps, each less
//! than `session_gap_s` after the one before: 30 minutes without a step end it, the moment itself included, as
//! PostHog's paths are cut. What happened outside `[from, to)` belongs to no session. Steps of one instant are
//! taken in the order of their labels, so that the answer does not hang on the order of arrival.
//!
//! A **path** is the first `max_steps` steps of a session; from the first `start` on, when there is one; with
//! an `end`, the last `max_steps` steps up to its first occurrence. Its steps are numbered from 1, or backwards
//! from `max_steps` at the end. Around a step of a funnel only people who reached it (or were lost before it) and
//! their events up to (or from) that moment are there. One session makes at most one path, and so counts once in a node or link.

mod label;
mod tally;

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::blocks::over_blocks;
use crate::frame::Source;
use crate::funnel::{self, At, Places};
use crate::predicate::{Columns, Predicate};
use crate::query::{AroundKind, PathsAround, PathsQuery, Side};
use crate::record::{Plan, Record, Records};
use label::Labels;
use tally::Tally;

/// A Sankey diagram.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PathsAnswer {
    /// Sessions with a path: all, or those with the start or end asked for.
    pub sessions: u64,
    /// Of these, sessions whose path is a single step, and so has no link.
    pub one_step_sessions: u64,
    /// Of these, sessions of which a link is not among those shown.
    pub cut_off_sessions: u64,
    /// How many different links there are; `links` shows the biggest.
    pub links_total: u64,
    /// The ends of the links shown, by step, biggest first.
    pub nodes: Vec<PathNode>,
    /// The biggest links, biggest first.
    pub links: Vec<PathLink>,
}

/// A label at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PathNode {
    /// The step's number and the label, as `1 /pricing`.
    pub id: String,
    /// The number of the step, from 1.
    pub step: usize,
    /// What the step is called.
    pub label: String,
    /// Sessions that came by, also by links not shown and without going on.
    pub sessions: u64,
}

/// Two steps that follow each other.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PathLink {
    /// `id` of a node.
    pub source: String,
    /// `id` of a node of the next step.
    pub target: String,
    /// Sessions that went this way.
    pub sessions: u64,
    /// Median seconds from the one to the other.
    pub median_s: f64,
}

fn columns(query: &PathsQuery) -> Columns {
    let mut columns = Columns::default();
    columns.add_filter(&query.filter);
    query.by_prop.values().for_each(|prop| columns.add(prop));
    if let Some(around) = &query.around {
        funnel::plan(&around.funnel).columns.iter().for_each(|prop| columns.add(prop));
    }
    columns
}

/// What paths need from the log; around a step of a funnel also what that needs.
pub fn plan(query: &PathsQuery) -> Plan {
    let names = query.events.as_ref().map(|events| events.0.clone());
    let own = Plan { names, columns: columns(query).0, from: query.from, to: query.to, is_loose: false };
    let Some(around) = &query.around else { return own };
    let other = funnel::plan(&around.funnel);
    let names = own.names.zip(other.names).map(|(mut names, others)| {
        names.extend(others);
        names.sort_unstable();
        names.dedup();
        names
    });
    let from = own.from.zip(other.from).map(|(one, two)| one.min(two));
    let to = own.to.zip(other.to).map(|(one, two)| one.max(two));
    Plan { names, columns: own.columns, from, to, is_loose: false }
}

/// One step of a session.
#[derive(Debug, Clone, Copy)]
struct Visit {
    at_ms: i64,
    /// Number of its label.
    label: u32,
    /// Whether it is where paths start or end.
    is_point: bool,
}

/// The paths.
pub fn paths(query: &PathsQuery, records: &Records) -> PathsAnswer {
    let mut walk = Walk::new(query, &records.names);
    walk.add(records);
    walk.tally.answer(query.top, &walk.labels)
}

/// The same from columns of [`plan`].
pub(crate) fn paths_from<S: Source>(query: &PathsQuery, source: &S, threads: usize) -> Result<PathsAnswer, S::Error> {
    let begin = || Walk::new(query, source.names());
    let work = |walk: &mut Walk<'_>, records: &Records| walk.add(records);
    let mut all = begin();
    for walk in over_blocks(source, columns(query).0.len(), threads, begin, work)? {
        let numbers = all.labels.take_in(&walk.labels);
        all.tally.merge(walk.tally, &numbers);
    }
    Ok(all.tally.answer(query.top, &all.labels))
}

/// A question on its way through records.
struct Walk<'a> {
    query: &'a PathsQuery,
    columns: Columns,
    labels: Labels<'a>,
    tally: Tally,
}

impl<'a> Walk<'a> {
    fn new(query: &'a PathsQuery, names: &'a [Arc<str>]) -> Self {
        let columns = columns(query);
        let labels = Labels::new(query, &columns, names);
        Self { query, columns, labels, tally: Tally::new(query) }
    }

    /// Counts the sessions of people. The names of the records are always the same.
    fn add(&mut self, records: &Records) {
        let Self { query, columns, labels, tally } = self;
        let predicate = match &query.events {
            Some(events) => Predicate::new(events, &query.filter, columns, records),
            None => Predicate::of_any(&query.filter, columns, records),
        };
        let mut around = query.around.as_ref().map(|around| Around::new(around, records, columns));
        let mut visits = Vec::new();
        for person in records.rows.chunk_by(|one, next| one.person == next.person) {
            let Some(near) = around.as_mut().map_or(Some(EVER), |around| around.near(person)) else { continue };
            let inside = |at_ms: i64| {
                query.from.is_none_or(|from| at_ms >= from.ms())
                    && query.to.is_none_or(|to| at_ms < to.ms())
                    && near.contains(&at_ms)
            };
            let is_step = |row: &&Record| inside(row.at_ms) && predicate.matches(row);
            visits.clear();
            visits.extend(person.iter().filter(is_step).map(|row| labels.visit(row)));
            visits.sort_by(|a, b| {
                (a.at_ms, labels.text(a.label), b.is_point).cmp(&(b.at_ms, labels.text(b.label), a.is_point))
            });
            for session in visits.chunk_by(|one, next| next.at_ms.saturating_sub(one.at_ms) < gap_ms(query)) {
                tally.add(&steps(query, session));
            }
        }
    }
}

/// All times.
const EVER: RangeInclusive<i64> = i64::MIN..=i64::MAX;

/// A step of a funnel, ready to say where each person stood there.
struct Around<'a> {
    query: &'a PathsAround,
    places: Places,
}

impl<'a> Around<'a> {
    fn new(query: &'a PathsAround, records: &Records, columns: &Columns) -> Self {
        Self { query, places: Places::new(&query.funnel, records, columns) }
    }

    /// The times on the side asked for; `None` for who is not among the people asked for.
    fn near(&mut self, person: &[Record]) -> Option<RangeInclusive<i64>> {
        let at = match self.query.kind {
            AroundKind::Reached => At::Converted,
            AroundKind::Dropped => At::Dropped,
        };
        let moment_ms = self.places.moment_ms(&self.query.funnel, person, self.query.step, at)?;
        Some(match self.query.side {
            Side::Before => i64::MIN..=moment_ms,
            Side::After => moment_ms..=i64::MAX,
        })
    }
}

fn gap_ms(query: &PathsQuery) -> i64 {
    i64::try_from(query.session_gap_s).unwrap_or(i64::MAX).saturating_mul(1_000)
}

/// The path of a session; empty when it lacks the start or end asked for.
fn steps(query: &PathsQuery, session: &[Visit]) -> Vec<Visit> {
    let mut steps: Vec<Visit> = Vec::new();
    for visit in session {
        match steps.last_mut() {
            Some(last) if query.collapse && last.label == visit.label => last.is_point |= visit.is_point,
            _ => steps.push(*visit),
        }
    }
    let point = steps.iter().position(|step| step.is_point);
    if query.end.is_some() {
        steps.truncate(point.map_or(0, |point| point + 1));
        steps.drain(..steps.len().saturating_sub(query.max_steps));
    } else if query.start.is_some() {
        steps.drain(..point.unwrap_or(steps.len()));
    }
    steps.truncate(query.max_steps);
    steps
}
