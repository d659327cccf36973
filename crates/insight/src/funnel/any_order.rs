//! Funnels in any order: how many different steps a person did within one window.
//!
//! A window opens at each step event. The steps done in it are a largest matching of its events to the
//! steps, so an event that matches several steps goes where it is of most use. Of the windows that hold
//! most, the first counts, and in it the earliest events: the times are those of the earliest matching.
//!
//! An exclusion later than the opening wipes the window, unless all steps were done by then.

use ahash::AHashMap;

use super::history::Event;
use super::matching::Matching;
use super::{Attempt, Outcome, Rules};

/// How many events of each mask a window holds.
#[derive(Default)]
struct Window {
    counts: AHashMap<u32, usize>,
    /// Steps done, while the counts have not changed since they were worked out.
    known_depth: Option<usize>,
}

impl Window {
    fn add(&mut self, mask: u32, steps: usize) {
        let count = self.counts.entry(mask).or_default();
        *count += 1;
        if *count <= steps {
            self.known_depth = None;
        }
    }

    fn remove(&mut self, mask: u32, steps: usize) {
        if let Some(count) = self.counts.get_mut(&mask) {
            *count = count.saturating_sub(1);
            if *count < steps {
                self.known_depth = None;
            }
        }
    }

    /// The size of a largest matching. More events of one mask than there are steps are of no use.
    fn depth(&mut self, steps: usize) -> usize {
        *self.known_depth.get_or_insert_with(|| {
            let mut matching = Matching::new();
            for (mask, count) in &self.counts {
                for _ in 0..(*count).min(steps) {
                    matching.add(*mask);
                }
            }
            matching.size
        })
    }
}

/// What the windows of a person's events come to. A person of whom an exclusion left nothing is excluded.
pub(super) fn run(rules: &Rules, events: &[Event]) -> Outcome {
    let mut window = Window::default();
    let mut end = 0;
    let mut next_ban = 0;
    let mut best = (0, 0..0, 0);
    let mut has_started = false;
    let mut at = 0;
    for instant in events.chunk_by(|one, two| one.at_ms == two.at_ms) {
        let first = at;
        at += instant.len();
        let opens_ms = instant[0].at_ms;
        while next_ban < events.len() && (events[next_ban].banned == 0 || events[next_ban].at_ms <= opens_ms) {
            next_ban += 1;
        }
        let ban_ms = events.get(next_ban).map(|event| event.at_ms).filter(|ban| rules.in_window(opens_ms, *ban));
        let holds =
            |event: &Event| rules.in_window(opens_ms, event.at_ms) && ban_ms.is_none_or(|ban| event.at_ms <= ban);
        while end < events.len() && holds(&events[end]) {
            if events[end].fills != 0 {
                window.add(events[end].fills, rules.steps);
            }
            end += 1;
        }
        if let Some(start) = instant.iter().position(|event| event.fills != 0 && event.may_start) {
            has_started = true;
            let depth = window.depth(rules.steps);
            if depth > best.0 && (ban_ms.is_none() || depth == rules.steps) {
                best = (depth, first..end, first + start);
            }
        }
        if best.0 == rules.steps {
            break;
        }
        instant.iter().filter(|event| event.fills != 0).for_each(|event| window.remove(event.fills, rules.steps));
    }
    let (depth, range, start) = best;
    let clean = (depth > 0).then(|| earliest(&events[range.clone()], start - range.start, depth));
    Outcome { deepest: depth.max(usize::from(has_started)), clean }
}

/// The earliest times at which so many steps were done, the event that opened the window among them.
fn earliest(events: &[Event], start: usize, depth: usize) -> Attempt {
    let mut matching = Matching::new();
    matching.add(events[start].fills);
    let mut attempt = Attempt::begin(events[start].at_ms);
    let others = events.iter().enumerate().filter(|(index, event)| *index != start && event.fills != 0);
    for (_, event) in others {
        if matching.size == depth {
            break;
        }
        if matching.add(event.fills) {
            attempt = attempt.with(event.at_ms);
        }
    }
    attempt
}
