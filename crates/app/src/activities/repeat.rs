//! When a task that repeats comes again: counted from its first time on the clock of its zone, so that a task of nine
//! o'clock stays one of nine o'clock over daylight saving, and one of the 31st comes back to the 31st after February.

use base::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};

/// The widest step between two times.
pub const EVERY_MAX: u32 = 99;
/// Steps looked at: an estimate begins close to the answer, so that a few are enough.
const STEPS_MAX: i64 = 1_000;

/// What a task repeats by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatUnit {
    Day,
    Week,
    Month,
    Year,
}

/// How a task repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// 1 for every day, 2 for every other: at most 99.
    pub every: u32,
    pub unit: RepeatUnit,
    /// By weeks: on which days, 1 for Monday to 7 for Sunday; the first one's own day when empty.
    #[serde(default)]
    #[schema(default = json!([]))]
    pub weekdays: Vec<i8>,
    /// Not after this moment.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl Repeat {
    /// What is wrong with it.
    pub fn problem(&self) -> Option<String> {
        if !(1..=EVERY_MAX).contains(&self.every) {
            return Some(format!("repeat every 1 to {EVERY_MAX} days, weeks, months or years"));
        }
        let has_days = !self.weekdays.is_empty();
        if has_days && self.unit != RepeatUnit::Week {
            return Some("weekdays go with the unit week".to_owned());
        }
        let is_day = |day: &i8| (1..=7).contains(day);
        if !self.weekdays.iter().all(is_day) {
            return Some("weekdays are 1 for Monday to 7 for Sunday".to_owned());
        }
        None
    }

    /// The first time after a moment, for a task whose first time on the clock of its zone was `first`. None when it
    /// comes no more.
    pub fn next(&self, first: DateTime, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let start = self.steps_before(first, after.to_jiff().to_zoned(zone.clone()).datetime());
        let found = (start..start + STEPS_MAX)
            .flat_map(|step| self.of_step(first, step))
            .filter(|civil| *civil >= first)
            // A time that the clock leaps over is taken as much later as it leaps.
            .filter_map(|civil| civil.to_zoned(zone.clone()).ok())
            .map(|zoned| Timestamp::from_jiff(zoned.timestamp()))
            .find(|time| *time > after)?;
        self.until.is_none_or(|until| found <= until).then_some(found)
    }

    /// Steps that certainly lie before a time.
    fn steps_before(&self, first: DateTime, now: DateTime) -> i64 {
        // No step of a unit is longer than this, so that dividing by it never counts too many.
        let longest_days = match self.unit {
            RepeatUnit::Day => 1,
            RepeatUnit::Week => 7,
            RepeatUnit::Month => 31,
            RepeatUnit::Year => 366,
        };
        let days = first.date().until(now.date()).map_or(0, |span| i64::from(span.get_days()));
        (days / (longest_days * i64::from(self.every)) - 2).max(0)
    }

    /// The times of one step, in order.
    fn of_step(&self, first: DateTime, step: i64) -> Vec<DateTime> {
        let count = step * i64::from(self.every);
        let later = |base: DateTime, span: Result<Span, jiff::Error>| base.checked_add(span.ok()?).ok();
        match self.unit {
            RepeatUnit::Day => later(first, Span::new().try_days(count)).into_iter().collect(),
            RepeatUnit::Month => later(first, Span::new().try_months(count)).into_iter().collect(),
            RepeatUnit::Year => later(first, Span::new().try_years(count)).into_iter().collect(),
            RepeatUnit::Week if self.weekdays.is_empty() => {
                later(first, Span::new().try_weeks(count)).into_iter().collect()
            }
            RepeatUnit::Week => {
                let from_monday = first.weekday().since(Weekday::Monday);
                let monday = first.checked_sub(i64::from(from_monday).days()).ok();
                let Some(monday) = monday.and_then(|monday| later(monday, Span::new().try_weeks(count))) else {
                    return Vec::new();
                };
                let mut days = self.weekdays.clone();
                days.sort_unstable();
                days.dedup();
                days.into_iter().filter_map(|day| monday.checked_add(i64::from(day - 1).days()).ok()).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn nine_stays_nine_when_clocks_change() {
        let daily = Repeat { every: 1, unit: RepeatUnit::Day, weekdays: vec![], until: None };
        let first = "2026-03-27T09:00".parse().unwrap();
        let oslo = zone("Europe/Oslo");
        assert_eq!(daily.next(first, &oslo, at("2026-03-28T08:00:00Z")), Some(at("2026-03-29T07:00:00Z")));
        assert_eq!(daily.next(first, &oslo, at("2026-10-24T07:00:00Z")), Some(at("2026-10-25T08:00:00Z")));
        // Half past two does not exist that night; the day after it does again.
        let night = "2026-03-27T02:30".parse().unwrap();
        assert_eq!(daily.next(night, &oslo, at("2026-03-28T02:00:00Z")), Some(at("2026-03-29T01:30:00Z")));
        assert_eq!(daily.next(night, &oslo, at("2026-03-29T02:00:00Z")), Some(at("2026-03-30T00:30:00Z")));
    }

    #[test]
    fn the_last_of_the_month_comes_back_after_february() {
        let monthly = Repeat { every: 1, unit: RepeatUnit::Month, weekdays: vec![], until: None };
        let first = "2026-01-31T12:00".parse().unwrap();
        let next = |after| monthly.next(first, &TimeZone::UTC, at(after)).unwrap().to_string();
        assert_eq!(next("2026-02-01T00:00:00Z"), "2026-02-28T12:00:00.000Z");
        assert_eq!(next("2026-03-01T00:00:00Z"), "2026-03-31T12:00:00.000Z");
        let over = Repeat { until: Some(at("2026-03-01T00:00:00Z")), ..monthly.clone() };
        assert_eq!(over.next(first, &TimeZone::UTC, at("2026-03-01T00:00:00Z")), None);
    }

    /// Walks day by day and asks of each whether it is one.
    fn twin(repeat: &Repeat, first: DateTime, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let every = i64::from(repeat.every);
        let monday =
            |date: jiff::civil::Date| date.checked_sub(i64::from(date.weekday().since(Weekday::Monday)).days());
        for ahead in 0..9_000i64 {
            let date = first.date().checked_add(ahead.days()).unwrap();
            let months = i64::from(date.year() - first.year()) * 12 + i64::from(date.month() - first.month());
            let day_wanted = first.day().min(date.days_in_month());
            let is_one = match repeat.unit {
                RepeatUnit::Day => ahead % every == 0,
                RepeatUnit::Week if repeat.weekdays.is_empty() => ahead % (7 * every) == 0,
                RepeatUnit::Week => {
                    let weeks = monday(first.date()).unwrap().until(monday(date).unwrap()).unwrap().get_days() / 7;
                    i64::from(weeks) % every == 0 && repeat.weekdays.contains(&date.weekday().to_monday_one_offset())
                }
                RepeatUnit::Month => months % every == 0 && date.day() == day_wanted,
                RepeatUnit::Year => months % (12 * every) == 0 && date.day() == day_wanted,
            };
            let time = date.to_datetime(first.time()).to_zoned(zone.clone()).unwrap();
            let time = Timestamp::from_jiff(time.timestamp());
            if is_one && time > after {
                return repeat.until.is_none_or(|until| time <= until).then_some(time);
            }
        }
        None
    }

    fn repeats() -> impl Strategy<Value = Repeat> {
        let unit =
            prop_oneof![Just(RepeatUnit::Day), Just(RepeatUnit::Week), Just(RepeatUnit::Month), Just(RepeatUnit::Year)];
        (1u32..5, unit, proptest::collection::vec(1i8..=7, 0..4)).prop_map(|(every, unit, days)| {
            let weekdays = if unit == RepeatUnit::Week { days } else { Vec::new() };
            Repeat { every, unit, weekdays, until: None }
        })
    }

    proptest! {
        #[test]
        fn it_comes_when_a_calendar_says_so(
            repeat in repeats(),
            name in prop_oneof![Just("Europe/Oslo"), Just("America/New_York"), Just("Australia/Lord_Howe"), Just("UTC")],
            day in 0i64..1500,
            minute in 0i64..1440,
            later_min in 0i64..(3 * 366 * 1440),
        ) {
            let zone = zone(name);
            let first: DateTime = "2024-01-01T00:00".parse().unwrap();
            let first = first + day.days() + minute.minutes();
            let began = Timestamp::from_jiff(first.to_zoned(zone.clone()).unwrap().timestamp());
            let after = began.plus_ms(later_min * 60_000);
            let next = repeat.next(first, &zone, after);
            prop_assert_eq!(next, twin(&repeat, first, &zone, after));
            let next = next.unwrap();
            prop_assert!(next > after);
            // And then it comes again.
            prop_assert!(repeat.next(first, &zone, next).unwrap() > next);
        }
    }
}
