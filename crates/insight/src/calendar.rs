//! Days, weeks and months in a time zone. A bucket is a stretch of elapsed time between two local
//! midnights, so the day on which the clock changes has 23 or 25 hours.

use base::Timestamp;
use jiff::{Span, Zoned, civil, tz::TimeZone};

use crate::query::Interval;

/// The zone of an IANA name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

fn floor(date: civil::Date, interval: Interval) -> civil::Date {
    match interval {
        Interval::Day => date,
        Interval::Week => date.saturating_sub(Span::new().days(date.weekday().to_monday_zero_offset())),
        Interval::Month => date.first_of_month(),
    }
}

fn next(date: civil::Date, interval: Interval) -> civil::Date {
    let step = match interval {
        Interval::Day => Span::new().days(1),
        Interval::Week => Span::new().weeks(1),
        Interval::Month => Span::new().months(1),
    };
    date.saturating_add(step)
}

fn midnight(date: civil::Date, zone: &TimeZone) -> Option<Timestamp> {
    let start: Zoned = date.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(start.timestamp()))
}

/// Starts of the buckets from the one that `from` lies in, while they begin before `to`; at most `limit`.
/// An unknown zone is read as UTC: the query has been checked.
pub(crate) fn starts(
    from: Timestamp,
    to: Timestamp,
    interval: Interval,
    zone_name: &str,
    limit: usize,
) -> Vec<Timestamp> {
    each_start(from, interval, zone_name).take_while(|start| *start < to).take(limit).collect()
}

/// Starts of `count` buckets from the one that `from` lies in.
pub(crate) fn begin(from: Timestamp, interval: Interval, zone_name: &str, count: usize) -> Vec<Timestamp> {
    each_start(from, interval, zone_name).take(count).collect()
}

/// Starts from the bucket that `from` lies in until the calendar ends with the year 9999.
fn each_start(from: Timestamp, interval: Interval, zone_name: &str) -> impl Iterator<Item = Timestamp> {
    let zone = zone(zone_name).unwrap_or(TimeZone::UTC);
    let mut ahead = Some(floor(from.to_jiff().to_zoned(zone.clone()).date(), interval));
    let mut last = None;
    std::iter::from_fn(move || {
        loop {
            let date = ahead?;
            let following = next(date, interval);
            ahead = (following != date).then_some(following);
            let start = midnight(date, &zone)?;
            // A date that a zone skipped when it changed sides of the date line has no bucket.
            if last.is_none_or(|last| last < start) {
                last = Some(start);
                return Some(start);
            }
        }
    })
}

/// The bucket a moment lies in: the last start that is not after it.
pub(crate) fn bucket(starts: &[Timestamp], at_ms: i64) -> Option<usize> {
    starts.partition_point(|start| start.ms() <= at_ms).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_the_clock_changes_is_shorter() {
        let days = starts(at("2026-03-28T12:00:00Z"), at("2026-03-31T00:00:00Z"), Interval::Day, "Europe/Oslo", 10);
        let lengths: Vec<i64> = days.windows(2).map(|pair| (pair[1].ms() - pair[0].ms()) / 3_600_000).collect();
        assert_eq!(lengths, [24, 23, 24]);
        assert_eq!(days[0], at("2026-03-27T23:00:00Z"));
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let weeks = starts(at("2026-01-01T00:00:00Z"), at("2026-01-12T00:00:01Z"), Interval::Week, "UTC", 10);
        assert_eq!(weeks, [at("2025-12-29T00:00:00Z"), at("2026-01-05T00:00:00Z"), at("2026-01-12T00:00:00Z")]);
        let months = begin(at("2026-01-31T23:30:00Z"), Interval::Month, "Europe/Oslo", 2);
        assert_eq!(months, [at("2026-01-31T23:00:00Z"), at("2026-02-28T23:00:00Z")]);
    }

    #[test]
    fn a_skipped_date_has_no_bucket_and_the_table_goes_on() {
        let days = starts(at("2011-12-29T12:00:00Z"), at("2012-01-01T12:00:00Z"), Interval::Day, "Pacific/Apia", 10);
        let dates = ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", "2012-01-01T10:00:00Z"];
        assert_eq!(days, dates.map(at), "Samoa had no 30 December in 2011");
    }

    #[test]
    fn the_calendar_ends_and_so_does_the_table() {
        assert_eq!(begin(at("9999-12-29T00:00:00Z"), Interval::Day, "UTC", 10).len(), 2);
    }

    #[test]
    fn a_bucket_has_its_start_and_not_its_end() {
        let days = begin(at("2026-01-01T00:00:00Z"), Interval::Day, "UTC", 2);
        assert_eq!(bucket(&days, days[0].ms() - 1), None);
        assert_eq!(bucket(&days, days[0].ms()), Some(0));
        assert_eq!(bucket(&days, days[1].ms() - 1), Some(0));
        assert_eq!(bucket(&days, days[1].ms()), Some(1));
    }
}
