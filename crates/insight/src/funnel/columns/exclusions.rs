//! Exclusions in ordered funnels. The attempt that counts without exclusions counts with them, too, when none hits it:
//! of the attempts that get as deep none is better. Only people whose attempt is hit need a closer look.

use std::ops::Range;

use super::{Stretch, leap, rows, window_end};
use crate::frame::{self, Buffer, Frame, Selected, Source, select};
use crate::predicate::Columns;
use crate::query::FunnelQuery;

/// The exclusions of a question.
pub(super) struct Exclusions {
    zones: Vec<Zone>,
    events: Vec<Selected>,
}

#[derive(Clone, Copy)]
struct Zone {
    from: usize,
    to: usize,
}

/// The exclusions of a stretch of people, who are asked about in order.
pub(super) struct Bans<'a> {
    zones: &'a [Zone],
    events: Vec<&'a [u64]>,
    /// By exclusion: events before this are of people who are done.
    at: Vec<usize>,
    window_ms: u64,
}

impl Exclusions {
    pub(super) fn new<S: Source>(query: &FunnelQuery, source: &S, columns: &Columns) -> Self {
        let selected = query.exclusions.iter().map(|e| Selected::new(source, &e.event, &e.filter, columns));
        let zones = query.exclusions.iter().map(|e| Zone { from: e.from_step, to: e.to_step });
        Self { zones: zones.collect(), events: selected.collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// By exclusion: its events in a block.
    pub(super) fn events(&self, frame: &Frame) -> Vec<Buffer<u64>> {
        self.events.iter().map(|wanted| select(frame, wanted, None).0).collect()
    }

    pub(super) fn over<'a>(&'a self, stretch: &Stretch<'_>, banned: &'a [Buffer<u64>], window_ms: u64) -> Bans<'a> {
        let events: Vec<&[u64]> = banned.iter().map(|keys| &keys[rows(keys, &stretch.edges)]).collect();
        Bans { zones: &self.zones, at: vec![0; events.len()], events, window_ms }
    }
}

impl Bans<'_> {
    /// Whether an exclusion lies in a zone of the attempt.
    pub(super) fn hits(&mut self, person: u32, times: &[i64]) -> bool {
        let key = |at_ms| frame::key(person, at_ms);
        let mut is_hit = false;
        for (index, zone) in self.zones.iter().enumerate().filter(|(_, zone)| zone.from < times.len()) {
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
}
