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
//! - *Steps that may be skipped, windows of single steps*: an attempt may take any events of its steps, each within
//!   the window of its step since the step taken before. Of all attempts the one that takes most steps of those
//!   that may not be skipped wins, then (as ever) the first to get there and the last to begin; and of those, step
//!   by step, the one that takes the step, and takes it first. So a step that may be skipped never costs a required
//!   one, nor time. After the last required step taken those that may be skipped count as they come.
//! - *First ever*: an attempt begins only with the first event of step 1 that the person ever did.
//! - *Held properties*: an attempt only takes events that agree in all of them. Events without one of them
//!   are left aside, but a strict attempt still breaks on them and an exclusion still excludes.
//!
//! # What is counted
//! - *People*, by the rule above.
//! - *Totals*: every attempt; the rule is in `funnel/totals.rs`.
//! - *Sessions*: each stretch of a person's events, of whatever name, that 30 minutes without any end, as sessions
//!   are in paths and in web analytics; by the rule above among its own events.
//! - *Values of a property* within a person, as if each held it: events without it are left aside. The same value
//!   of two people is two units.
//!
//! # Breakdown
//! - `first_touch`, `last_touch`: the first or last value that is not empty on any step event of the person;
//!   `""` when there is none. Of one instant the event of the earlier step is first; within a step the letters
//!   of the values decide, so that the order of arrival never does.
//! - `step:N`: for each value on the person's step-N events, the funnel with step N limited to it. A person
//!   counts once in each; one without a step-N event counts in none.
//! - `all_events`: for each value on the person's step events, the funnel over the events that carry it.
//!
//! Where other things than people are counted, "the person's" reads "the unit's"; all attempts of a person in
//! totals share the first or last touch. Two properties together are one value, empty where both are.
//!
//! # What is known when
//! An attempt that has not taken all steps was seen until `now`, or `to` where that bounds every step. Whoever had
//! not their whole window by then makes the period of their entry unfinished, and is censored at that moment in the
//! Kaplan-Meier curve; others are censored at the end of their window.

mod answer;
mod any_order;
mod blocks;
mod breakdown;
mod chain;
mod columns;
mod curves;
mod flexible;
mod histogram;
mod history;
mod matching;
mod people;
mod tally;
mod totals;
mod unit;
mod values;
mod worth;

pub use answer::{
    BREAKDOWN_VALUES_MAX, BreakdownSteps, Change, FunnelAnswer, FunnelTrendPoint, HistogramAnswer, Rest, StepAnswer,
    Survival, SurvivalPoint,
};
pub use blocks::funnel_from;
pub use people::{At, PersonAtStep, people};
pub(crate) use people::{Places, each_at_step};

use std::cmp::Reverse;

use base::Timestamp;

use crate::predicate::{self, Columns, Predicate};
use crate::query::{Attribution, Count, Entry, FunnelQuery, Order};
use crate::record::{Plan, Record, Records};
use history::History;
use tally::Tallies;
use values::Values;

/// Most steps, as the length of what is kept of an attempt.
const STEPS: usize = crate::query::STEPS_MAX;

/// The time of a step that was not taken: later than any, so that of equal attempts the one that took it counts.
const SKIPPED: i64 = i64::MAX;

/// What a funnel needs from the log. With `entry_only` it reaches one window beyond `to`.
pub fn plan(query: &FunnelQuery) -> Plan {
    // A session may go on by any event, and a strict attempt may break on any.
    let needs_all = query.order == Order::Strict || query.count == Count::Sessions;
    let names = (!needs_all).then(|| {
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
    let from = query.from.filter(|_| query.entry == Entry::Any);
    Plan { names, columns: columns(query).0, from, to, is_loose: false }
}

fn window_ms(query: &FunnelQuery) -> i64 {
    seconds_ms(query.window_s)
}

fn seconds_ms(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000)
}

fn columns(query: &FunnelQuery) -> Columns {
    let mut columns = Columns::default();
    query.breakdown.iter().flat_map(|breakdown| &breakdown.prop.0).for_each(|prop| columns.add(prop));
    query.hold.iter().for_each(|prop| columns.add(prop));
    if let Count::Prop(prop) = &query.count {
        columns.add(prop);
    }
    query.value.iter().for_each(|value| columns.add(&value.prop));
    query.steps.iter().for_each(|step| columns.add_filter(&step.filter));
    query.exclusions.iter().for_each(|exclusion| columns.add_filter(&exclusion.filter));
    columns
}

/// The answer. Records beyond the query's period are left aside, so records of a wider plan will do.
pub fn funnel(query: &FunnelQuery, records: &Records) -> FunnelAnswer {
    let (mut tallies, mut values) = (Tallies::new(query), Values::default());
    each_person(query, records, &mut values, |_, person, result| tallies.add(person, result));
    tallies.answer(&values, 1)
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
    /// What is counted.
    units: Count,
    /// The property whose values are counted.
    unit_column: Option<usize>,
    /// The property summed.
    amount_column: Option<usize>,
    /// Attempts begin with the first event ever.
    first_ever: bool,
    /// Steps may be skipped, or have windows of their own.
    is_flexible: bool,
    /// Bit s: step s may not be skipped.
    required: u32,
    /// By step: most ms since the step taken before.
    step_windows_ms: Vec<i64>,
    breakdown: Option<Split>,
}

/// The properties that a funnel is split by.
#[derive(Debug)]
struct Split {
    column: usize,
    second: Option<usize>,
    attribution: Attribution,
}

impl Split {
    /// The number of the value, or pair of values, that a row carries.
    fn value(&self, row: &Record, values: &mut Values) -> u32 {
        let one = predicate::value(row, self.column);
        match self.second {
            None => values.number(one),
            Some(second) => values.pair(one, predicate::value(row, second)),
        }
    }
}

impl Rules {
    fn new(query: &FunnelQuery, records: &Records) -> Self {
        Self::over(query, records, &columns(query))
    }

    /// The same for records of a wider plan, which has these columns.
    fn over(query: &FunnelQuery, records: &Records, columns: &Columns) -> Self {
        let plan = plan(query);
        let steps = query.steps.iter().map(|step| Predicate::new(&step.event, &step.filter, columns, records));
        let exclusions = query.exclusions.iter();
        let column = |prop: &String| columns.index(prop).unwrap_or(usize::MAX);
        Self {
            order: query.order,
            steps: query.steps.len(),
            window_ms: window_ms(query),
            start_before_ms: query.to.map_or(i64::MAX, Timestamp::ms),
            from_ms: query.from.map_or(i64::MIN, Timestamp::ms),
            to_ms: plan.to.map_or(i64::MAX, Timestamp::ms),
            zones: query.exclusions.iter().map(|e| Zone { from: e.from_step, to: e.to_step }).collect(),
            step_predicates: steps.collect(),
            exclusion_predicates: exclusions
                .map(|exclusion| Predicate::new(&exclusion.event, &exclusion.filter, columns, records))
                .collect(),
            hold_columns: query.hold.iter().map(column).collect(),
            units: query.count.clone(),
            unit_column: match &query.count {
                Count::Prop(prop) => Some(column(prop)),
                Count::People | Count::Totals | Count::Sessions => None,
            },
            amount_column: query.value.as_ref().map(|value| column(&value.prop)),
            first_ever: query.entry == Entry::FirstEver,
            is_flexible: query.is_flexible(),
            required: (0..query.steps.len()).filter(|step| query.is_required(*step)).fold(0, |mask, s| mask | 1 << s),
            step_windows_ms: query.steps.iter().map(|step| step.window_s.map_or(i64::MAX, seconds_ms)).collect(),
            breakdown: query.breakdown.as_ref().map(|breakdown| Split {
                column: breakdown.prop.0.first().map_or(usize::MAX, column),
                second: breakdown.prop.0.get(1).map(column),
                attribution: breakdown.attribution,
            }),
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
    /// Steps up to the deepest taken that may not be skipped.
    depth: usize,
    /// Steps up to the last taken; the same but for steps that may be skipped.
    taken: usize,
    /// [`SKIPPED`] for a step that was.
    times: [i64; STEPS],
}

impl Attempt {
    fn begin(at_ms: i64) -> Self {
        let mut times = [0; STEPS];
        times[0] = at_ms;
        Self { depth: 1, taken: 1, times }
    }

    fn with(mut self, at_ms: i64) -> Self {
        self.times[self.depth] = at_ms;
        self.depth += 1;
        self.taken = self.depth;
        self
    }

    fn times(&self) -> &[i64] {
        &self.times[..self.taken]
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

/// What becomes of a unit.
#[derive(Debug, Clone)]
struct Fate {
    verdict: Verdict,
    /// By step: the amount of its event; empty when none is asked for.
    amounts: Vec<f64>,
}

/// What becomes of a person (or another unit), over all and by value of the breakdown.
#[derive(Debug)]
struct PersonResult {
    whole: Fate,
    /// (number of the value, what becomes of the person in it); each value once.
    by_value: Vec<(u32, Fate)>,
}

/// Hands every unit of every person that has an event of interest to `take`, with the texts of the values known so
/// far.
fn each_person(
    query: &FunnelQuery,
    records: &Records,
    values: &mut Values,
    mut take: impl FnMut(&Values, u32, &PersonResult),
) {
    let rules = Rules::new(query, records);
    let mut rows = records.rows.as_slice();
    while let Some(first) = rows.first() {
        let split = rows.partition_point(|row| row.person == first.person);
        let (mine, others) = rows.split_at(split);
        rows = others;
        let history = History::new(&rules, mine, values);
        history.results(&rules, values, |result| take(values, first.person, result));
    }
}
