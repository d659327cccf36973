//! Ordered and strict funnels: one pass over a person's events, O(events x steps).
//!
//! For every depth k the attempt with the latest start among those that took k steps is kept. It makes the
//! others of that depth needless: its window ends later, and its step times are not earlier, so that
//! whatever lies between two steps of its own also lies between those of an attempt that began before it.
//! Only for people whom an exclusion hit before they took all steps more passes are needed, one for each
//! exclusion event.

use std::ops::Range;

use super::history::Event;
use super::matching::{few_copies, prefix};
use super::{Attempt, Outcome, Rules};
use crate::query::Order;

/// An attempt on its way.
#[derive(Debug, Clone, Copy)]
struct Live {
    attempt: Attempt,
    /// An exclusion hit it. It goes no further, and it keeps its place so that the same start does not
    /// come here again by a later event.
    is_tainted: bool,
}

/// The attempt that counts so far.
#[derive(Debug, Clone, Copy)]
struct Best {
    attempt: Attempt,
    is_tainted: bool,
    /// Nothing has ended the attempt but the end of its window, so an exclusion can still taint it.
    is_open: bool,
    /// The instant of its last step did not end it.
    goes_on: bool,
}

struct Walk<'a> {
    rules: &'a Rules,
    starts: Range<i64>,
    is_strict: bool,
    heeds_exclusions: bool,
    /// At k: the live attempt that took k steps. 0 stays empty.
    live: Vec<Option<Live>>,
    best: Option<Best>,
    /// Attempts that took a step in the instant at hand, and whether it does not end them.
    arrived: Vec<(Attempt, bool)>,
    has_tainted: bool,
}

/// What the attempts in a person's events come to.
pub(super) fn run(rules: &Rules, events: &[Event]) -> Outcome {
    let heeded = Walk::over(rules, events, EVER, true);
    if !heeded.has_tainted || heeded.depth() == rules.steps {
        return Outcome { deepest: heeded.depth(), clean: heeded.clean() };
    }
    // A tainted attempt stopped where it was hit. How deep it would have come takes a look without exclusions.
    let deepest = Walk::over(rules, events, EVER, false).depth();
    if deepest == rules.steps {
        return Outcome { deepest, clean: heeded.clean() };
    }
    by_last_exclusion(rules, events).fold(Outcome { deepest, clean: None }, |one, two| one.or(two, rules.order))
}

/// The clean attempts, start by start of the same last exclusion in the window. The attempt that began last
/// does not speak for the others when it did not take all steps: an exclusion after the window of an
/// earlier attempt may lie in its own. It does among starts whose windows end between the same exclusions.
fn by_last_exclusion<'a>(rules: &'a Rules, events: &'a [Event]) -> impl Iterator<Item = Outcome> + 'a {
    let mut bounds = vec![i64::MIN];
    bounds.extend(
        events.iter().filter(|event| event.banned != 0).map(|event| event.at_ms.saturating_sub(rules.window_ms)),
    );
    bounds.dedup();
    bounds.push(i64::MAX);
    (1..bounds.len()).map(move |index| {
        let walk = Walk::over(rules, events, bounds[index - 1]..bounds[index], true);
        Outcome { deepest: 0, clean: walk.clean() }
    })
}

/// Starts at any time.
const EVER: Range<i64> = i64::MIN..i64::MAX;

impl<'a> Walk<'a> {
    /// Attempts that begin in the given time.
    fn over(rules: &'a Rules, events: &[Event], starts: Range<i64>, heeds_exclusions: bool) -> Self {
        let first = events.partition_point(|event| event.at_ms < starts.start);
        let last = events.partition_point(|event| event.at_ms <= starts.end.saturating_add(rules.window_ms));
        let mut walk = Self {
            rules,
            starts,
            is_strict: rules.order == Order::Strict,
            heeds_exclusions: heeds_exclusions && !rules.zones.is_empty(),
            live: vec![None; rules.steps + 1],
            best: None,
            arrived: Vec::new(),
            has_tainted: false,
        };
        for instant in events[first..last].chunk_by(|one, two| one.at_ms == two.at_ms) {
            walk.take(instant);
            // A full attempt has no zone left to be tainted in.
            if walk.depth() == rules.steps {
                break;
            }
        }
        walk
    }

    fn depth(&self) -> usize {
        self.best.map_or(0, |best| best.attempt.depth)
    }

    /// The attempt that counts, if it is a clean one.
    fn clean(&self) -> Option<Attempt> {
        self.best.filter(|best| !best.is_tainted).map(|best| best.attempt)
    }

    fn may_start(&self, event: &Event) -> bool {
        event.may_start && self.starts.contains(&event.at_ms)
    }

    fn take(&mut self, instant: &[Event]) {
        self.arrived.clear();
        let known = self.best.map(|best| best.attempt);
        match instant {
            [event] => self.take_one(event),
            several => self.take_several(several),
        }
        if self.heeds_exclusions {
            self.taint(instant);
        }
        if self.is_strict
            && let Some(best) = &mut self.best
        {
            // Only now: what ends an attempt may be the exclusion that hits it.
            let goes_on = if known == Some(best.attempt) { stays(instant, best.attempt.depth) } else { best.goes_on };
            best.is_open &= goes_on;
        }
    }

    /// The attempt, if it can go on from depth `k` at this moment.
    fn ready(&self, live: Option<Live>, k: usize, at_ms: i64) -> Option<Attempt> {
        let live = live.filter(|live| !live.is_tainted)?;
        let start = live.attempt.start_ms();
        let has_gone_on = self.live[k + 1].is_some_and(|next| next.attempt.start_ms() == start);
        (!has_gone_on && self.rules.in_window(start, at_ms)).then_some(live.attempt)
    }

    fn put(&mut self, attempt: Attempt) {
        self.live[attempt.depth] = Some(Live { attempt, is_tainted: false });
        self.record(attempt, true);
    }

    fn record(&mut self, attempt: Attempt, goes_on: bool) {
        if self.heeds_exclusions {
            self.arrived.push((attempt, goes_on));
        }
        self.prefer(attempt, goes_on);
    }

    /// Makes the attempt the one that counts, if it is the better one.
    fn prefer(&mut self, attempt: Attempt, goes_on: bool) {
        let is_better = self.best.is_none_or(|best| {
            let known = best.attempt;
            let is_later_start = attempt.end_ms() == known.end_ms() && attempt.start_ms() > known.start_ms();
            attempt.depth > known.depth || (attempt.depth == known.depth && (best.is_tainted || is_later_start))
        });
        if is_better {
            self.best = Some(Best { attempt, is_tainted: false, is_open: true, goes_on });
        }
    }

    /// An instant with a single event. From the deepest attempt down, so that none moves twice.
    fn take_one(&mut self, event: &Event) {
        let at_ms = event.at_ms;
        for k in (1..self.rules.steps).rev().filter(|k| event.fills >> k & 1 == 1) {
            if let Some(attempt) = self.ready(self.live[k], k, at_ms) {
                self.put(attempt.with(at_ms));
            }
        }
        if event.fills & 1 == 1 && self.may_start(event) {
            self.put(Attempt::begin(at_ms));
        }
        if self.is_strict {
            for k in (1..=self.rules.steps).filter(|k| event.matches >> (k - 1) & 1 == 0) {
                self.live[k] = None;
            }
        }
    }

    /// An instant with several events, taken in step order: every attempt goes on as far as different
    /// events of the instant carry it. From the deepest attempt down, so that later starts come last.
    fn take_several(&mut self, instant: &[Event]) {
        let steps = self.rules.steps;
        let mut masks: Vec<u32> = instant.iter().map(|event| event.fills).collect();
        few_copies(&mut masks, steps);
        let before = self.live.clone();
        if self.is_strict {
            self.live.fill(None);
        }
        for k in (1..=steps).rev() {
            if before[k].is_none() || (self.is_strict && breaks_before(instant, k)) {
                continue;
            }
            if self.is_strict && self.live[k].is_none() && stays(instant, k) {
                self.live[k] = before[k];
            }
            if k < steps
                && let Some(attempt) = self.ready(before[k], k, instant[0].at_ms)
            {
                self.advance(instant, &masks, Some(attempt));
            }
        }
        if instant.iter().any(|event| self.may_start(event)) {
            self.advance(instant, &masks, None);
        }
    }

    /// Lets an attempt (`None`: a new one) take as many steps as the instant has different events for.
    fn advance(&mut self, instant: &[Event], masks: &[u32], attempt: Option<Attempt>) {
        let at_ms = instant[0].at_ms;
        let k = attempt.map_or(0, |attempt| attempt.depth);
        let mut reached = attempt;
        for _ in 0..prefix(masks, k, self.rules.steps) {
            let attempt = reached.map_or_else(|| Attempt::begin(at_ms), |attempt| attempt.with(at_ms));
            reached = Some(attempt);
            // The same start may have come here from a deeper place: that one was first.
            let is_newer = |live: Live| live.attempt.start_ms() < attempt.start_ms();
            if !self.live[attempt.depth].is_none_or(is_newer) {
                continue;
            }
            if self.is_strict && !all_match(instant, k.saturating_sub(1)..attempt.depth) {
                // It came this far, and an event of a later step or of none ends it in the same instant.
                self.record(attempt, false);
            } else {
                self.put(attempt);
            }
        }
    }

    /// Exclusions of an instant come after its steps.
    fn taint(&mut self, instant: &[Event]) {
        let rules = self.rules;
        let is_hit = |attempt: &Attempt| instant.iter().any(|event| hits(rules, event, attempt));
        if instant.iter().all(|event| event.banned == 0) {
            return;
        }
        for live in self.live.iter_mut().flatten().filter(|live| is_hit(&live.attempt)) {
            live.is_tainted = true;
            self.has_tainted = true;
        }
        let Some(best) = self.best.as_mut().filter(|best| best.is_open && is_hit(&best.attempt)) else { return };
        best.is_tainted = true;
        self.has_tainted = true;
        // Another attempt may have got as deep in the very instant of the exclusion, which does not hit it.
        for (attempt, goes_on) in std::mem::take(&mut self.arrived) {
            if !is_hit(&attempt) && self.best.is_some_and(|best| best.attempt.depth == attempt.depth) {
                self.prefer(attempt, goes_on);
            }
        }
    }
}

/// Whether an event is an exclusion that taints the attempt. The event of the attempt's own latest step is
/// not.
fn hits(rules: &Rules, event: &Event, attempt: &Attempt) -> bool {
    let depth = attempt.depth;
    let is_own_step = attempt.end_ms() == event.at_ms && event.fills >> (depth - 1) & 1 == 1;
    let mut zones = rules.zones.iter().enumerate().filter(|(bit, _)| event.banned >> bit & 1 == 1);
    event.banned != 0
        && !is_own_step
        && rules.in_window(attempt.start_ms(), event.at_ms)
        && zones.any(|(_, zone)| (zone.from + 1..=zone.to).contains(&depth) && attempt.times[zone.from] < event.at_ms)
}

/// Whether an event of the instant matches only steps before the last one taken at depth `k`: in step order
/// it comes first and breaks a strict attempt.
fn breaks_before(instant: &[Event], k: usize) -> bool {
    instant.iter().any(|event| event.matches != 0 && event.matches >> (k - 1) == 0)
}

/// Whether a strict attempt at depth `k` that takes no further step outlives the instant: all events
/// repeat its latest step.
fn stays(instant: &[Event], k: usize) -> bool {
    all_match(instant, k - 1..k)
}

/// Whether every event of the instant matches one of these steps (0-based).
fn all_match(instant: &[Event], steps: Range<usize>) -> bool {
    instant.iter().all(|event| steps.clone().any(|step| event.matches >> step & 1 == 1))
}
