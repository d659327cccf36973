//! When days begin in the zones where contacts live, found without asking a calendar each time.

use base::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::condition::{Window, day_start};

/// The days around now in one zone.
#[derive(Debug, Clone)]
pub(super) struct Days {
    zone: TimeZone,
    first: Date,
    /// When each day from the first on begins.
    starts: Vec<i64>,
}

impl Days {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { zone, first: Date::ZERO, starts: Vec::new() }
    }

    /// Know so many days before and after a moment.
    pub(super) fn cover(&mut self, now: Timestamp, days: u32) {
        let (back, ahead) = (i64::from(days) + 2, i64::from(days) + 30);
        let today = now.to_jiff().to_zoned(self.zone.clone()).date();
        let wanted_first = today.checked_sub(back.days()).unwrap_or(Date::MIN);
        let wanted_last = today.checked_add((i64::from(days) + 2).days()).unwrap_or(Date::MAX);
        let last_start = day_start(wanted_last, &self.zone).ms();
        if self.starts.last().is_some_and(|last| *last >= last_start) && self.first <= wanted_first {
            return;
        }
        let last = today.checked_add(ahead.days()).unwrap_or(Date::MAX);
        self.first = wanted_first;
        self.starts.clear();
        let mut day = wanted_first;
        while day <= last {
            self.starts.push(day_start(day, &self.zone).ms());
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }

    /// From which moment on an event does not count any more. Of events before all days that are known: long ago.
    pub(super) fn ends(&self, at: i64, window: Window) -> i64 {
        match window {
            Window::Ever => i64::MAX,
            Window::Ms(ms) => at.saturating_add(ms).saturating_add(1),
            Window::Days(days) => {
                let day = self.starts.partition_point(|start| *start <= at);
                if day == 0 {
                    return i64::MIN;
                }
                self.starts.get(day - 1 + days as usize).copied().unwrap_or(i64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// An event counts until exactly the moment at which the calendar says that it does not, also where clocks change.
        #[test]
        fn the_end_is_where_the_calendar_says(
            at in 1_700_000_000_000i64..1_800_000_000_000, days in 1u32..40, off in -3i64..3, zone in 0usize..4,
        ) {
            let name = ["Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"][zone];
            let zone = TimeZone::get(name).unwrap();
            let mut known = Days::new(zone.clone());
            known.cover(Timestamp::from_ms(at + off * 86_400_000), 40);
            let ends = known.ends(at, Window::Days(days));
            prop_assert!(Window::Days(days).since(Timestamp::from_ms(ends - 1), &zone).ms() <= at);
            prop_assert!(Window::Days(days).since(Timestamp::from_ms(ends), &zone).ms() > at);
        }
    }
}
