//! The funnel.
//!
//! # The rule
//! An **attempt** begins with an event that matches the first step and takes, for every further step, the
//! first event after that matches it. Of all attempts of a person the deepest wins; of equally deep ones
//! the one that got there first, and of those the one that began last.
//!
//! - One event fills at most one step of an attempt (ClickHouse's `windowFunnel` calls it `strict_once`,
//!   PostHog's funnels do the same), so a repeated step needs a repeated event.
//! - The window runs from the attempt's first step in elapsed time, and its last millisecond belongs to it.
//! - Events of one instant are taken in step order, whatever order they were stored in.
//! - *Strict*: any other event of the person ends the attempt, also one that matches no step. Another event
//!   of the step just taken does not. Of the events of one instant those of earlier steps come before,
//!   those of later steps and of none after.
//! - *Exclusion*: an event strictly later than step `from_step` and strictly earlier than step `to_step`
//!   (where that is not reached: not later than the end of the window) taints the attempt. If no clean
//!   attempt gets as deep as the deepest tainted one would have, the person leaves every step.
//! - *Any order*: step k means "did k of the steps" within one window. An exclusion wipes what was
//!   collected before it.
//! - *Held properties*: an attempt only takes events that agree in all of them. Events without one of them
//!   are left aside, but a strict attempt still breaks on them and an exclusion still excludes.
//!
//! # Breakdown
//! - `first_touch`, `last_touch`: the first or last value that is not empty on any step event of the person;
//!   `""` when there is none. Of one instant the event of the earlier step is first; within a step the letters
//!   of the values decide, so that the order of arrival never does.
//! - `step:N`: for each value on the person's step-N events, the funnel with step N limited to it. A person
//!   counts once in each; one without a step-N event counts in none.
//! - `all_events`: for each value on the person's step events, the funnel over the events that carry it.

mod answer;
mod any_order;
mod chain;
mod columns;
mod history;
mod matching;
mod people;

pub use answer::{BREAKDOWN_VALUES_MAX, BreakdownSteps, FunnelAnswer, HistogramAnswer, Rest, StepAnswer};
pub use columns::funnel_from;
pub use people::{At, PersonAtStep, people};

use std::cmp::Reverse;

use base::Timestamp;

use crate::predicate::{Columns, Predicate};
use crate::query::{Attribution, FunnelQuery, Order};
use crate::record::{Plan, Records};
use answer::Tallies;
use history::History;

/// Most steps, as the length of what is kept of an attempt.
const STEPS: usize = crate::query::STEPS_MAX;

/// What a funnel needs from the log. With `entry_only` it reaches one window beyond `to`.
pub fn plan(query: &FunnelQuery) -> Plan {
    let names = (query.order != Order::Strict).then(|| {
        let mut names: Vec<String> = Vec::new();
        let steps = query.steps.iter().map(|step| &step.event);
        for name in steps.chain(query.exclusions.iter().map(|exclusion| &exclusion.event)).flat_map(|event| &event.0) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    });
    // The end of the last window belongs to it, and a plan ends without its last moment.
    let to = query.to.map(|to| if query.entry_only { to.plus_ms(window_ms(query)) } else { to });
    Plan { names, columns: columns(query).0, from: query.from, to }
}

fn window_ms(query: &FunnelQuery) -> i64 {
    i64::try_from(query.window_s).unwrap_or(i64::MAX).saturating_mul(1_000)
}

fn columns(query: &FunnelQuery) -> Columns {
    let mut columns = Columns::default();
    if let Some(breakdown) = &query.breakdown {
        columns.add(&breakdown.prop);
    }
    query.hold.iter().for_each(|prop| columns.add(prop));
    query.steps.iter().for_each(|step| columns.add_filter(&step.filter));
    query.exclusions.iter().for_each(|exclusion| columns.add_filter(&exclusion.filter));
    columns
}

/// The answer. Records beyond the query's period are left aside, so records of a wider plan will do.
pub fn funnel(query: &FunnelQuery, records: &Records) -> FunnelAnswer {
    let (mut tallies, mut values) = (Tallies::new(query), history::Values::default());
    each_person(query, records, &mut values, |_, person, result| tallies.add(person, result));
    tallies.answer(&values)
}

/// Where an exclusion taints: after step `from` (0-based) and before step `to`.
#[derive(Debug, Clone, Copy)]
struct Zone {
    from: usize,
    to: usize,
}

/// The rules of a query, ready for records.
#[derive(Debug)]
struct Rules {
    order: Order,
    steps: usize,
    window_ms: i64,
    /// An attempt begins before this moment.
    start_before_ms: i64,
    from_ms: i64,
    to_ms: i64,
    zones: Vec<Zone>,
    step_predicates: Vec<Predicate>,
    exclusion_predicates: Vec<Predicate>,
    hold_columns: Vec<usize>,
    breakdown: Option<(usize, Attribution)>,
}

impl Rules {
    fn new(query: &FunnelQuery, records: &Records) -> Self {
        let columns = columns(query);
        let plan = plan(query);
        let steps = query.steps.iter().map(|step| Predicate::new(&step.event, &step.filter, &columns, records));
        let exclusions = query.exclusions.iter();
        let column = |prop: &String| columns.index(prop).unwrap_or(usize::MAX);
        Self {
            order: query.order,
            steps: query.steps.len(),
            window_ms: window_ms(query),
            start_before_ms: query.to.map_or(i64::MAX, Timestamp::ms),
            from_ms: plan.from.map_or(i64::MIN, Timestamp::ms),
            to_ms: plan.to.map_or(i64::MAX, Timestamp::ms),
            zones: query.exclusions.iter().map(|e| Zone { from: e.from_step, to: e.to_step }).collect(),
            step_predicates: steps.collect(),
            exclusion_predicates: exclusions
                .map(|exclusion| Predicate::new(&exclusion.event, &exclusion.filter, &columns, records))
                .collect(),
            hold_columns: query.hold.iter().map(column).collect(),
            breakdown: query.breakdown.as_ref().map(|breakdown| (column(&breakdown.prop), breakdown.attribution)),
        }
    }

    /// Whether `at_ms` lies in the window of an attempt that began at `start_ms`.
    fn in_window(&self, start_ms: i64, at_ms: i64) -> bool {
        at_ms.saturating_sub(start_ms) <= self.window_ms
    }
}

/// How far an attempt got and when: the time of each step taken.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Attempt {
    depth: usize,
    times: [i64; STEPS],
}

impl Attempt {
    fn begin(at_ms: i64) -> Self {
        let mut times = [0; STEPS];
        times[0] = at_ms;
        Self { depth: 1, times }
    }

    fn with(mut self, at_ms: i64) -> Self {
        self.times[self.depth] = at_ms;
        self.depth += 1;
        self
    }

    fn times(&self) -> &[i64] {
        &self.times[..self.depth]
    }

    fn start_ms(&self) -> i64 {
        self.times[0]
    }

    fn end_ms(&self) -> i64 {
        self.times[self.depth - 1]
    }
}

/// What the attempts over some events of a person came to.
#[derive(Debug, Clone, Copy, Default)]
struct Outcome {
    /// The deepest any attempt would get if there were no exclusions.
    deepest: usize,
    /// The attempt that counts among the clean ones.
    clean: Option<Attempt>,
}

impl Outcome {
    /// Of two sets of attempts: the deepest counts, then (in any order) the one that began first or (else)
    /// the one that got there first and of those the one that began last, then the earliest times.
    fn or(self, other: Self, order: Order) -> Self {
        let key = |attempt: &Attempt| {
            let (start, end) = (attempt.start_ms(), attempt.end_ms());
            let place = if order == Order::Unordered { (start, end) } else { (end, -start) };
            (Reverse(attempt.depth), place, attempt.times)
        };
        let clean = match (self.clean, other.clean) {
            (Some(one), Some(two)) if key(&two) < key(&one) => Some(two),
            (one, two) => one.or(two),
        };
        Self { deepest: self.deepest.max(other.deepest), clean }
    }

    fn verdict(self) -> Verdict {
        match self.clean {
            _ if self.deepest == 0 => Verdict::Never,
            Some(attempt) if attempt.depth >= self.deepest => Verdict::Reached(attempt),
            _ => Verdict::Excluded,
        }
    }
}

/// What becomes of a person.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "lives on the stack for one person at a time; a box would cost more")]
enum Verdict {
    /// Did nothing that begins an attempt.
    Never,
    /// Removed from every step by an exclusion.
    Excluded,
    /// Got so far.
    Reached(Attempt),
}

/// What becomes of a person, over all and by value of the breakdown.
#[derive(Debug)]
struct PersonResult {
    verdict: Verdict,
    /// (number of the value, what becomes of the person in it); each value once.
    by_value: Vec<(u32, Verdict)>,
}

/// Hands every person that has an event of interest to `take`, with the texts of the values known so far.
fn each_person(
    query: &FunnelQuery,
    records: &Records,
    values: &mut history::Values,
    mut take: impl FnMut(&history::Values, u32, &PersonResult),
) {
    let rules = Rules::new(query, records);
    let mut rows = records.rows.as_slice();
    while let Some(first) = rows.first() {
        let split = rows.partition_point(|row| row.person == first.person);
        let (mine, others) = rows.split_at(split);
        rows = others;
        let history = History::new(&rules, mine, values);
        if history.is_empty() {
            continue;
        }
        let result = history.result(&rules, values);
        take(values, first.person, &result);
    }
}
