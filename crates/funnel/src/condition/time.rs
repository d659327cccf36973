//! The time in which an event counts.

use base::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::EventTest;

/// How long an event counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Window {
    /// For ever.
    Ever,
    /// Until so many milliseconds are over.
    Ms(i64),
    /// Until so many days of the calendar are over, its own being the first.
    Days(u32),
}

impl Window {
    pub(crate) fn of(test: &EventTest) -> Self {
        match (test.within, test.in_last_days) {
            (_, Some(days)) => Self::Days(days),
            (Some(within), None) => Self::Ms(within.ms()),
            (None, None) => Self::Ever,
        }
    }

    /// From when on an event counts now.
    pub(crate) fn since(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Ever => Timestamp::from_ms(i64::MIN),
            Self::Ms(ms) => now.plus_ms(-ms),
            Self::Days(days) => {
                let today = now.to_jiff().to_zoned(zone.clone()).date();
                let first = today.checked_sub(i64::from(days.saturating_sub(1)).days()).unwrap_or(Date::MIN);
                day_start(first, zone)
            }
        }
    }
}

/// The first moment of a day; of one that clocks leap over, the first after it.
pub(crate) fn day_start(day: Date, zone: &TimeZone) -> Timestamp {
    let start = day.to_zoned(zone.clone()).map(|start| Timestamp::from_jiff(start.timestamp()));
    start.unwrap_or(Timestamp::from_ms(i64::MIN))
}
