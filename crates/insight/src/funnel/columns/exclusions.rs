//! Exclusions in ordered funnels. The attempt that counts without exclusions counts with them, too, when none hits it:
//! of the attempts that get as deep none is better. Only people whose attempt is hit need a closer look: the rules over
//! their events.

use std::ops::Range;

use super::{Stretch, leap, rows, window_end};
use crate::frame::{self, Buffer, Frame, Selected, Source, select};
use crate::funnel::history::Event;
use crate::funnel::values::NO_VALUE;
use crate::funnel::{Rules, Verdict, chain};
use crate::predicate::Columns;
use crate::query::FunnelQuery;
use crate::record::Records;

/// The exclusions of a question.
pub(super) struct Exclusions {
    events: Vec<Selected>,
    rules: Rules,
}

/// The exclusions of a stretch of people, who are asked about in order.
pub(super) struct Bans<'a> {
    of: &'a Exclusions,
    events: Vec<&'a [u64]>,
    /// By exclusion: events before this are of people who are done.
    at: Vec<usize>,
    window_ms: u64,
}

impl Exclusions {
    pub(super) fn new<S: Source>(query: &FunnelQuery, source: &S, columns: &Columns) -> Self {
        let selected = query.exclusions.iter().map(|e| Selected::new(source, &e.event, &e.filter, columns));
        let records = Records { names: source.names().to_vec(), rows: Vec::new() };
        Self { events: selected.collect(), rules: Rules::new(query, &records) }
    }

    /// Whether an event may be an exclusion and a step at once.
    pub(super) fn meet(&self, steps: &[Selected]) -> bool {
        self.events.iter().any(|event| steps.iter().any(|step| step.meets(event)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// By exclusion: its events in a block.
    pub(super) fn events(&self, frame: &Frame) -> Vec<Buffer<u64>> {
        self.events.iter().map(|wanted| select(frame, wanted, None).0).collect()
    }

    pub(super) fn over<'a>(&'a self, stretch: &Stretch<'_>, banned: &'a [Buffer<u64>], window_ms: u64) -> Bans<'a> {
        let events: Vec<&[u64]> = banned.iter().map(|keys| &keys[rows(keys, &stretch.edges)]).collect();
        Bans { of: self, at: vec![0; events.len()], events, window_ms }
    }
}

impl Bans<'_> {
    /// Whether an exclusion lies in a zone of the attempt.
    pub(super) fn hits(&mut self, person: u32, times: &[i64]) -> bool {
        let key = |at_ms| frame::key(person, at_ms);
        let mut is_hit = false;
        for (index, zone) in self.of.rules.zones.iter().enumerate().filter(|(_, zone)| zone.from < times.len()) {
            let open: Range<u64> = key(times[zone.from]) + 1..match times.get(zone.to) {
                Some(at_ms) => key(*at_ms),
                None => window_end(key(times[0]), self.window_ms) + 1,
            };
            let events = self.events[index];
            self.at[index] = leap(events, self.at[index], open.start);
            is_hit |= events.get(self.at[index]).is_some_and(|event| *event < open.end);
        }
        is_hit
    }

    /// What becomes of people, who are given in order, by the rules over their events.
    pub(super) fn decide(&self, stretch: &Stretch<'_>, people: &[u32], mut take: impl FnMut(u32, Verdict)) {
        // Keys, and which steps and exclusions they match.
        let steps = stretch.steps.iter().enumerate().map(|(index, keys)| (*keys, 1 << index, 0));
        let bans = self.events.iter().enumerate().map(|(index, keys)| (*keys, 0, 1 << index));
        let lists: Vec<(&[u64], u32, u32)> = steps.chain(bans).collect();
        let mut at = vec![0; lists.len()];
        let mut events = Vec::new();
        for person in people {
            let (begin, end) = (frame::key(*person, 0), frame::key(*person, frame::AT_MS_MAX));
            events.clear();
            for ((keys, fills, banned), at) in lists.iter().zip(&mut at) {
                *at = leap(keys, *at, begin);
                let mine = keys[*at..].iter().take_while(|key| **key <= end);
                events.extend(mine.map(|key| Event {
                    at_ms: frame::at_ms(*key),
                    fills: *fills,
                    matches: *fills,
                    banned: *banned,
                    value: NO_VALUE,
                    amount: 0.0,
                    may_start: frame::at_ms(*key) < self.of.rules.start_before_ms,
                }));
            }
            events.sort_unstable_by_key(|event| event.at_ms);
            take(*person, chain::run(&self.of.rules, &events).verdict());
        }
    }
}
