//! Every attempt counted for itself.
//!
//! Every event of the first step begins an attempt, unless one that is going on takes it for a later step. An event
//! belongs to one attempt: of those that wait for it to the deepest, of equally deep ones to the one whose latest
//! step is the latest. So a sale counts once, however often the offer was looked at before. Events of one instant
//! come in the order of the first step that they match.
//!
//! Attempts whose step was taken later lie on top, so each event costs as much as there are steps.

use super::history::Event;
use super::{Attempt, Fate, Rules, SKIPPED, STEPS, Verdict};
use crate::query::STEPS_MAX;

/// One attempt.
struct Going {
    attempt: Attempt,
    amounts: Vec<f64>,
    is_tainted: bool,
}

struct Walk<'a> {
    rules: &'a Rules,
    all: Vec<Going>,
    /// By step: those that took it last, the latest on top.
    waiting: [Vec<usize>; STEPS_MAX],
}

/// What becomes of each attempt.
pub(super) fn run(rules: &Rules, events: &[Event]) -> Vec<Fate> {
    let mut walk = Walk { rules, all: Vec::new(), waiting: std::array::from_fn(|_| Vec::new()) };
    for instant in events.chunk_by(|one, two| one.at_ms == two.at_ms) {
        walk.take(instant);
        walk.taint(instant);
    }
    let fate = |going: Going| Fate {
        verdict: if going.is_tainted { Verdict::Excluded } else { Verdict::Reached(going.attempt) },
        amounts: going.amounts,
    };
    walk.all.into_iter().map(fate).collect()
}

impl Walk<'_> {
    fn take(&mut self, instant: &[Event]) {
        if let [event] = instant {
            return self.take_one(event);
        }
        let mut sorted: Vec<&Event> = instant.iter().collect();
        sorted.sort_by(|one, two| {
            let key = |event: &Event| (event.fills.trailing_zeros(), event.fills);
            key(one).cmp(&key(two)).then(two.amount.total_cmp(&one.amount))
        });
        sorted.into_iter().for_each(|event| self.take_one(event));
    }

    fn take_one(&mut self, event: &Event) {
        for step in (1..self.rules.steps).rev().filter(|step| event.fills >> step & 1 == 1) {
            if let Some(number) = self.waiting_for(step, event.at_ms) {
                return self.step(number, step, event);
            }
        }
        if event.fills & 1 == 1 && event.may_start {
            let attempt = Attempt { depth: 0, taken: 0, times: [SKIPPED; STEPS] };
            self.all.push(Going { attempt, amounts: Vec::new(), is_tainted: false });
            self.step(self.all.len() - 1, 0, event);
        }
    }

    /// The attempt that takes this step now, no longer waiting.
    fn waiting_for(&mut self, step: usize, at_ms: i64) -> Option<usize> {
        let first = (0..step).rev().find(|before| self.rules.required >> before & 1 == 1).unwrap_or(0);
        let mut found: Option<(i64, usize)> = None;
        for before in first..step {
            // Whose window is over goes on no more.
            while let Some(number) = self.waiting[before].last()
                && !self.rules.in_window(self.all[*number].attempt.start_ms(), at_ms)
            {
                self.waiting[before].pop();
            }
            let Some(number) = self.waiting[before].last() else { continue };
            let took_ms = self.all[*number].attempt.times[before];
            let is_in_time = at_ms.saturating_sub(took_ms) <= self.rules.step_windows_ms[step];
            if is_in_time && found.is_none_or(|(latest, _)| took_ms >= latest) {
                found = Some((took_ms, before));
            }
        }
        found.and_then(|(_, before)| self.waiting[before].pop())
    }

    fn step(&mut self, number: usize, step: usize, event: &Event) {
        let going = &mut self.all[number];
        going.attempt.times[step] = event.at_ms;
        going.attempt.taken = step + 1;
        if self.rules.required >> step & 1 == 1 {
            going.attempt.depth = step + 1;
        }
        if self.rules.amount_column.is_some() {
            going.amounts.resize(step + 1, 0.0);
            going.amounts[step] = event.amount;
        }
        if step + 1 < self.rules.steps {
            self.waiting[step].push(number);
        }
    }

    /// Exclusions of an instant come after its steps, and end the attempts that they hit.
    fn taint(&mut self, instant: &[Event]) {
        let banned = instant.iter().fold(0, |mask, event| mask | event.banned);
        if banned == 0 {
            return;
        }
        let (rules, at_ms) = (self.rules, instant[0].at_ms);
        for (bit, zone) in rules.zones.iter().enumerate().filter(|(bit, _)| banned >> bit & 1 == 1) {
            for step in zone.from..zone.to {
                let mut banning = instant.iter().filter(|event| event.banned >> bit & 1 == 1);
                // The event of an attempt's own latest step does not exclude it.
                let hits_own = banning.any(|event| event.fills >> step & 1 == 0);
                let all = &mut self.all;
                self.waiting[step].retain(|number| {
                    let going = &mut all[*number];
                    let is_in_window = rules.in_window(going.attempt.start_ms(), at_ms);
                    let times = &going.attempt.times;
                    let is_hit = times[zone.from] < at_ms && (hits_own || times[step] < at_ms);
                    going.is_tainted |= is_in_window && is_hit;
                    is_in_window && !going.is_tainted
                });
            }
        }
    }
}
