//! Ordered and strict funnels: one pass over a person's events, O(events x steps).
//!
//! For every depth k the attempt with the latest start among those that took k steps is kept. It makes the
//! others of that depth needless: its window ends later, and its step times are not earlier, so that
//! whatever lies in a zone of its own also lies in the zone of an attempt that began before it.

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
}

struct Walk<'a> {
    rules: &'a Rules,
    is_strict: bool,
    heeds_exclusions: bool,
    /// At k: the live attempt that took k steps. 0 stays empty.
    live: Vec<Option<Live>>,
    best: Option<Best>,
    has_tainted: bool,
}

/// What the attempts in a person's events come to.
pub(super) fn run(rules: &Rules, events: &[Event]) -> Outcome {
    let heeded = Walk::over(rules, events, true);
    let clean = heeded.best.filter(|best| !best.is_tainted).map(|best| best.attempt);
    let depth = clean.map_or(0, |attempt| attempt.depth);
    // A tainted attempt stopped where it was hit. How deep it would have come takes a look without exclusions.
    let deepest = if heeded.has_tainted && depth < rules.steps {
        Walk::over(rules, events, false).best.map_or(0, |best| best.attempt.depth)
    } else {
        depth
    };
    Outcome { deepest, clean }
}

impl<'a> Walk<'a> {
    fn over(rules: &'a Rules, events: &[Event], heeds_exclusions: bool) -> Self {
        let mut walk = Self {
            rules,
            is_strict: rules.order == Order::Strict,
            heeds_exclusions: heeds_exclusions && !rules.zones.is_empty(),
            live: vec![None; rules.steps + 1],
            best: None,
            has_tainted: false,
        };
        for instant in events.chunk_by(|one, two| one.at_ms == two.at_ms) {
            walk.take(instant);
            // A full attempt has no zone left to be tainted in.
            if walk.best.is_some_and(|best| best.attempt.depth == rules.steps) {
                break;
            }
        }
        walk
    }

    fn take(&mut self, instant: &[Event]) {
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
            best.is_open &= self.live[best.attempt.depth].is_some();
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
        self.record(attempt);
    }

    fn record(&mut self, attempt: Attempt) {
        let is_better = self.best.is_none_or(|best| {
            let known = best.attempt;
            let is_later_start = attempt.end_ms() == known.end_ms() && attempt.start_ms() > known.start_ms();
            attempt.depth > known.depth || (attempt.depth == known.depth && (best.is_tainted || is_later_start))
        });
        if is_better {
            self.best = Some(Best { attempt, is_tainted: false, is_open: true });
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
        if event.fills & 1 == 1 && event.may_start {
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
            if self.is_strict && self.live[k].is_none() && all_match(instant, k - 1..k) {
                self.live[k] = before[k];
            }
            if k < steps
                && let Some(attempt) = self.ready(before[k], k, instant[0].at_ms)
            {
                self.advance(instant, &masks, Some(attempt));
            }
        }
        if instant.iter().any(|event| event.may_start) {
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
                self.record(attempt);
            } else {
                self.put(attempt);
            }
        }
    }

    /// Exclusions of an instant come after its steps.
    fn taint(&mut self, instant: &[Event]) {
        for event in instant.iter().filter(|event| event.banned != 0) {
            let rules = self.rules;
            let zones = || rules.zones.iter().enumerate().filter(|(bit, _)| event.banned >> bit & 1 == 1);
            let hits = |attempt: &Attempt| {
                let depth = attempt.depth;
                let is_own_step = attempt.end_ms() == event.at_ms && event.fills >> (depth - 1) & 1 == 1;
                rules.in_window(attempt.start_ms(), event.at_ms)
                    && !is_own_step
                    && zones().any(|(_, zone)| {
                        (zone.from + 1..=zone.to).contains(&depth) && attempt.times[zone.from] < event.at_ms
                    })
            };
            for live in self.live.iter_mut().flatten().filter(|live| hits(&live.attempt)) {
                live.is_tainted = true;
                self.has_tainted = true;
            }
            if let Some(best) = self.best.as_mut().filter(|best| best.is_open && hits(&best.attempt)) {
                best.is_tainted = true;
                self.has_tainted = true;
            }
        }
        // Another attempt may have got as deep in the very instant of the exclusion, which does not hit it.
        if let Some(best) = self.best.filter(|best| best.is_tainted)
            && let Some(live) = self.live[best.attempt.depth].filter(|live| !live.is_tainted)
        {
            self.record(live.attempt);
        }
    }
}

/// Whether an event of the instant matches only steps before the last one taken at depth `k`: in step order
/// it comes first and breaks a strict attempt.
fn breaks_before(instant: &[Event], k: usize) -> bool {
    instant.iter().any(|event| event.matches != 0 && event.matches >> (k - 1) == 0)
}

/// Whether every event of the instant matches one of these steps (0-based).
fn all_match(instant: &[Event], steps: Range<usize>) -> bool {
    instant.iter().all(|event| steps.clone().any(|step| event.matches >> step & 1 == 1))
}
