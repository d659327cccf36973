//! When somebody works, and time counted in it.

use std::{fmt, str::FromStr};

use base::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far ahead working time is looked for: who does not work for that long is not waited for.
pub const DAYS_AHEAD_MAX: i32 = 400;
/// Stretches of a week.
const STRETCHES_MAX: usize = 50;
/// Times away that are kept.
const AWAY_MAX: usize = 100;
const DAY_MINUTES: u16 = 24 * 60;

/// A time of the day: `08:00`, at most `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime(u16);

impl ClockTime {
    /// That many minutes after midnight, if the day has them.
    pub fn of_minutes(minutes: u16) -> Option<Self> {
        (minutes <= DAY_MINUTES).then_some(Self(minutes))
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for ClockTime {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let (hours, minutes) = text.split_once(':').ok_or(HoursError::Time)?;
        let number = |part: &str| {
            let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| is_number).ok_or(HoursError::Time)
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let fits = hours <= 24 && minutes < 60;
        Self::of_minutes(hours * 60 + minutes).filter(|_| fits).ok_or(HoursError::Time)
    }
}

impl TryFrom<String> for ClockTime {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        time.to_string()
    }
}

/// What is wrong with working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    #[error("write a time of the day as 08:00, at most 24:00")]
    Time,
    #[error("name a time zone such as Europe/Oslo")]
    Zone,
    #[error("a day is 1 for Monday to 7 for Sunday")]
    Day,
    #[error("working time ends after it begins, and stretches of a day follow each other without overlapping")]
    Order,
    #[error("time away ends on the day it begins or later; write days as 2026-12-24")]
    Away,
    #[error("write at most 50 stretches of a week and 100 times away")]
    TooMany,
}

/// A stretch of a day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingDay {
    /// 1 for Monday to 7 for Sunday.
    pub day: u8,
    /// `08:00`.
    #[schema(value_type = String)]
    pub from: ClockTime,
    /// `16:00`; `24:00` for the end of the day.
    #[schema(value_type = String)]
    pub to: ClockTime,
}

/// Whole days on which somebody is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last one.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
}

/// When somebody works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// In which zone the days begin: `Europe/Oslo`.
    pub time_zone: String,
    /// The stretches of the week; two of one day for a break between them.
    pub days: Vec<WorkingDay>,
    #[serde(default)]
    pub away: Vec<Away>,
}

/// The same stretch from Monday to Friday.
pub fn week_of(from: ClockTime, to: ClockTime) -> Vec<WorkingDay> {
    (1..=5).map(|day| WorkingDay { day, from, to }).collect()
}

impl WorkingHours {
    /// Monday to Friday, 8 to 16.
    pub fn usual(time_zone: &str) -> Self {
        let days = week_of(ClockTime(8 * 60), ClockTime(16 * 60));
        Self { time_zone: time_zone.to_owned(), days, away: Vec::new() }
    }

    /// What is wrong with them, if anything.
    pub fn check(&self) -> Result<(), HoursError> {
        if self.days.len() > STRETCHES_MAX || self.away.len() > AWAY_MAX {
            return Err(HoursError::TooMany);
        }
        TimeZone::get(&self.time_zone).map_err(|_| HoursError::Zone)?;
        if self.days.iter().any(|stretch| !(1..=7).contains(&stretch.day)) {
            return Err(HoursError::Day);
        }
        let mut sorted = self.days.clone();
        sorted.sort_unstable_by_key(|stretch| (stretch.day, stretch.from));
        let is_reversed = sorted.iter().any(|stretch| stretch.from >= stretch.to);
        let overlaps = sorted.windows(2).any(|pair| pair[0].day == pair[1].day && pair[0].to > pair[1].from);
        if is_reversed || overlaps {
            return Err(HoursError::Order);
        }
        if self.away.iter().any(|away| away.until < away.from) {
            return Err(HoursError::Away);
        }
        Ok(())
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The working stretches of a day, in order, as moments. Clocks that leap make them longer or shorter.
    fn of_day(&self, date: Date, zone: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        if self.away.iter().any(|away| away.from <= date && date <= away.until) {
            return Vec::new();
        }
        let weekday = date.weekday().to_monday_one_offset();
        let mut stretches: Vec<&WorkingDay> =
            self.days.iter().filter(|stretch| i16::from(stretch.day) == i16::from(weekday)).collect();
        stretches.sort_unstable_by_key(|stretch| stretch.from);
        let moment = |time: ClockTime| {
            let (date, time) = match time.0 {
                DAY_MINUTES => (date.tomorrow().ok()?, Time::midnight()),
                minutes => {
                    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
                    (date, Time::new(hour, minute, 0, 0).ok()?)
                }
            };
            Some(Timestamp::from_jiff(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp()))
        };
        let ends = |stretch: &WorkingDay| Some((moment(stretch.from)?, moment(stretch.to)?));
        stretches.into_iter().filter_map(ends).filter(|(from, to)| from < to).collect()
    }

    /// The stretches that end after a moment, in order, as far as is looked ahead.
    fn after(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let zone = self.zone();
        let first = at.to_jiff().to_zoned(zone.clone()).date();
        let days = std::iter::successors(Some(first), |date| date.tomorrow().ok()).take(DAYS_AHEAD_MAX as usize);
        days.flat_map(move |date| self.of_day(date, &zone)).filter(move |(_, to)| *to > at)
    }

    /// Whether they work at a moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.after(at).next().is_some_and(|(from, _)| from <= at)
    }

    /// The first moment from this one on at which they work.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.after(at).next().map(|(from, _)| from.max(at))
    }

    /// The moment at which so many working minutes are over.
    pub fn plus_minutes(&self, at: Timestamp, minutes: u32) -> Option<Timestamp> {
        let mut left_ms = i64::from(minutes) * 60_000;
        for (from, to) in self.after(at) {
            let from = from.max(at);
            let length_ms = to.ms() - from.ms();
            if left_ms <= length_ms {
                return Some(from.plus_ms(left_ms));
            }
            left_ms -= length_ms;
        }
        None
    }

    /// Working time between two moments, ms; what lies further away than is looked ahead does not count.
    pub fn between_ms(&self, from: Timestamp, to: Timestamp) -> i64 {
        let stretches = self.after(from).take_while(|(start, _)| *start < to);
        stretches.map(|(start, end)| end.min(to).ms() - start.max(from).ms()).sum()
    }

    /// Whether they work on a day of the week at all.
    pub fn works_on(&self, weekday: Weekday) -> bool {
        self.days.iter().any(|stretch| i16::from(stretch.day) == i16::from(weekday.to_monday_one_offset()))
    }
}
