//! Times as files write them: which way a column writes them, and each value read that way.
//!
//! Of `03/04/2024` nobody can say what it means; of a whole column mostly one can. So the way is found
//! over the column ([`detect`]), said aloud, and then holds for every row.

use base::Timestamp;
use jiff::{
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Cell;

/// How a column writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// The year first: RFC 3339, `2018.02.01`, `2024-03-13 10:21:14`, `20180201`.
    #[default]
    YearFirst,
    /// The day first: `26.02.2018 19:58`, `26/2/18`, `26 Feb 2018`.
    DayFirst,
    /// The month first: `02/26/2018 7:58 PM`, `Feb 26, 2018`.
    MonthFirst,
    /// Seconds since 1970, with or without a fraction.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMs,
    /// Microseconds since 1970.
    EpochUs,
    /// Days since 1899-12-30 as spreadsheets count them, with the time of day as the fraction.
    ExcelSerial,
}

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It does not read as the column's format does.
    #[error("not a time of the form {0}")]
    Form(&'static str),
    /// The parts are there and there is no such day or hour.
    #[error("there is no such date or time of day")]
    NoSuchDay,
}

/// Times before this are typing errors or placeholders (`1900-01-01`): 1980-01-01.
const EARLIEST_MS: i64 = 315_532_800_000;
/// A clock of another machine may be ahead by so much: a day, which a zone left out makes too.
const AHEAD_MS_MAX: i64 = 86_400_000;
/// Spreadsheet days of 1980-01-01 and of 2100-01-01.
const EXCEL_DAYS: std::ops::Range<f64> = 29_221.0..73_051.0;
/// From 1899-12-30 to 1970-01-01.
const EXCEL_EPOCH_DAYS: f64 = 25_569.0;
/// Two digits of a year from here on mean 19xx.
const CENTURY_TURNS_AT: i16 = 70;
const DAY_MS: f64 = 86_400_000.0;

impl TimeFormat {
    /// An example, for messages.
    pub const fn example(self) -> &'static str {
        match self {
            Self::YearFirst => "2018-02-26 19:58",
            Self::DayFirst => "26.02.2018 19:58",
            Self::MonthFirst => "02/26/2018 7:58 PM",
            Self::EpochSeconds => "1519675080 (seconds since 1970)",
            Self::EpochMs => "1519675080000 (milliseconds since 1970)",
            Self::EpochUs => "1519675080000000 (microseconds since 1970)",
            Self::ExcelSerial => "43157.832 (days as a spreadsheet counts them)",
        }
    }

    /// Read a cell. A time without a zone is one of `zone`; where clocks skip an hour it is moved forward,
    /// where they repeat one the first is meant.
    ///
    /// # Errors
    /// When the cell is not written this way, or names no real day.
    pub fn read(self, cell: &Cell, zone: &TimeZone) -> Result<Timestamp, TimeError> {
        if let Cell::Time(time) = cell {
            return Ok(*time);
        }
        let text = cell.as_text();
        match self {
            Self::YearFirst | Self::DayFirst | Self::MonthFirst => self.read_calendar(text.trim(), zone),
            _ => self.read_number(text.trim(), zone),
        }
    }

    fn read_number(self, text: &str, zone: &TimeZone) -> Result<Timestamp, TimeError> {
        let wrong = TimeError::Form(self.example());
        let text = text.replace(',', ".");
        let number: f64 = text.parse().map_err(|_| wrong)?;
        if !number.is_finite() {
            return Err(wrong);
        }
        // Whole numbers must not go through f64: microseconds need more digits than it keeps.
        let whole = text.parse::<i64>().ok();
        let ms = match self {
            Self::EpochSeconds => whole.map_or((number * 1e3).round() as i64, |s| s.saturating_mul(1_000)),
            Self::EpochMs => whole.unwrap_or(number.round() as i64),
            Self::EpochUs => whole.map_or((number / 1e3).floor() as i64, |us| us.div_euclid(1_000)),
            _ => {
                let ms = ((number - EXCEL_EPOCH_DAYS) * DAY_MS).round() as i64;
                // Spreadsheet days are civil: the clock on the wall, somewhere.
                return in_zone(TimeZone::UTC.to_datetime(Timestamp::from_ms(ms).to_jiff()), zone);
            }
        };
        Ok(Timestamp::from_ms(ms))
    }

    fn read_calendar(self, text: &str, zone: &TimeZone) -> Result<Timestamp, TimeError> {
        let wrong = TimeError::Form(self.example());
        let mut parts = Parts { rest: text };
        let date = parts.date(self).ok_or(wrong)??;
        let clock = parts.clock().ok_or(wrong)??;
        let offset = parts.offset().ok_or(wrong)?;
        if !parts.rest.trim().is_empty() {
            return Err(wrong);
        }
        let civil = date.to_datetime(clock);
        match offset {
            Some(offset) => in_zone(civil, &TimeZone::fixed(offset)),
            None => in_zone(civil, zone),
        }
    }
}

fn in_zone(civil: DateTime, zone: &TimeZone) -> Result<Timestamp, TimeError> {
    let instant = zone.to_ambiguous_timestamp(civil).compatible().map_err(|_| TimeError::NoSuchDay)?;
    Ok(Timestamp::from_jiff(instant))
}

/// Whether a time can be true: not before 1980, not more than a day after `now`.
pub fn check_range(time: Timestamp, now: Timestamp) -> Result<(), &'static str> {
    if time.ms() < EARLIEST_MS {
        return Err("lies before 1980; a placeholder, or the column is read in the wrong way");
    }
    if time.ms() > now.ms().saturating_add(AHEAD_MS_MAX) {
        return Err("lies in the future; an event has happened when it is imported");
    }
    Ok(())
}

/// What is left of a text that is read from its start.
struct Parts<'a> {
    rest: &'a str,
}

type Read<T> = Option<Result<T, TimeError>>;

impl Parts<'_> {
    fn skip(&mut self, signs: &[char]) -> bool {
        let trimmed = self.rest.trim_start_matches(signs);
        let has_moved = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        has_moved
    }

    fn number(&mut self) -> Option<(i32, usize)> {
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || digits > 9 {
            return None;
        }
        let number = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some((number, digits))
    }

    fn word(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_lowercase();
        self.rest = &self.rest[end..];
        (!word.is_empty()).then_some(word)
    }

    fn date(&mut self, format: TimeFormat) -> Read<Date> {
        const BETWEEN: [char; 5] = ['.', '-', '/', ' ', ','];
        if self.rest.starts_with(|c: char| c.is_alphabetic()) {
            return self.date_with_leading_word();
        }
        let (first, digits) = self.number()?;
        if format == TimeFormat::YearFirst && digits == 8 {
            return Some(day(first / 10_000, first / 100 % 100, first % 100));
        }
        if !self.skip(&BETWEEN) {
            return None;
        }
        let named = self.rest.starts_with(|c: char| c.is_alphabetic());
        let second = if named { month(&self.word()?)? } else { self.number()?.0 };
        if !self.skip(&BETWEEN) {
            return None;
        }
        let (third, third_digits) = self.number()?;
        match format {
            TimeFormat::YearFirst if digits == 4 => Some(day(first, second, third)),
            TimeFormat::DayFirst => Some(day(year(third, third_digits)?, second, first)),
            TimeFormat::MonthFirst if !named => Some(day(year(third, third_digits)?, first, second)),
            _ => None,
        }
    }

    /// `Feb 26, 2018`, and the day of the week before any form: `Mon, 26 Feb 2018`.
    fn date_with_leading_word(&mut self) -> Read<Date> {
        let word = self.word()?;
        self.skip(&['.', ',', ' ']);
        let Some(month) = month(&word) else {
            let is_weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| word.starts_with(day));
            return if is_weekday && self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                self.date(TimeFormat::DayFirst)
            } else if is_weekday && !self.rest.is_empty() {
                self.word()
                    .and_then(|word| crate::imports::time::month(&word))
                    .and_then(|month| self.after_month(month))
            } else {
                None
            };
        };
        self.after_month(month)
    }

    fn after_month(&mut self, month: i32) -> Read<Date> {
        self.skip(&['.', ',', ' ', '-']);
        let (number, _) = self.number()?;
        self.skip(&[',', ' ', '-', '.']);
        let (third, digits) = self.number()?;
        Some(day(year(third, digits)?, month, number))
    }

    /// The time of day; midnight when there is none.
    fn clock(&mut self) -> Read<Time> {
        let has_t = self.rest.starts_with(['T', 't']);
        if has_t {
            self.rest = &self.rest[1..];
        }
        self.skip(&[' ', ',', '\u{a0}', '\u{202f}']);
        self.rest = self.rest.strip_prefix("at ").unwrap_or(self.rest);
        if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return if has_t { None } else { Some(Ok(Time::midnight())) };
        }
        let (mut hour, digits) = self.number()?;
        if digits > 2 || !self.skip(&[':', '.']) {
            return None;
        }
        let minute = self.number()?.0;
        let mut second = 0;
        let mut nanos = 0;
        if self.rest.starts_with([':', '.']) && self.skip(&[':', '.']) {
            second = self.number()?.0;
            if self.rest.starts_with(['.', ',']) && self.skip(&['.', ',']) {
                let (fraction, digits) = self.number()?;
                nanos = fraction * 10i32.pow(9 - u32::try_from(digits).ok()?);
            }
        }
        self.skip(&[' ', '\u{a0}', '\u{202f}']);
        let half = self.rest.get(..2).map(str::to_ascii_lowercase);
        if let Some(half @ ("am" | "pm")) = half.as_deref() {
            self.rest = &self.rest[2..];
            if !(1..=12).contains(&hour) {
                return Some(Err(TimeError::NoSuchDay));
            }
            hour = hour % 12 + if half == "pm" { 12 } else { 0 };
        }
        Some(time_of_day(hour, minute, second.min(59), nanos).filter(|_| second <= 60).ok_or(TimeError::NoSuchDay))
    }

    /// `Z`, `UTC`, `GMT`, `+02:00`, `+0200`, `-5`; nothing is `Some(None)`, nonsense is `None`.
    fn offset(&mut self) -> Option<Option<Offset>> {
        self.skip(&[' ']);
        for name in ["UTC", "GMT", "Z", "utc", "z"] {
            if let Some(rest) = self.rest.strip_prefix(name) {
                self.rest = rest;
                if !rest.starts_with(['+', '-']) {
                    return Some(Some(Offset::UTC));
                }
            }
        }
        let sign = match self.rest.chars().next() {
            Some('+') => 1,
            Some('-' | '\u{2212}') => -1,
            _ => return Some(None),
        };
        self.rest = &self.rest[self.rest.chars().next().map_or(1, char::len_utf8)..];
        let (number, digits) = self.number()?;
        let minutes = if digits > 2 {
            number / 100 * 60 + number % 100
        } else if self.skip(&[':']) {
            number * 60 + self.number()?.0
        } else {
            number * 60
        };
        Offset::from_seconds(sign * minutes * 60).ok().map(Some)
    }
}

fn day(year: i32, month: i32, day: i32) -> Result<Date, TimeError> {
    let part = |number: i32| i8::try_from(number).map_err(|_| TimeError::NoSuchDay);
    let year = i16::try_from(year).map_err(|_| TimeError::NoSuchDay)?;
    Date::new(year, part(month)?, part(day)?).map_err(|_| TimeError::NoSuchDay)
}

fn time_of_day(hour: i32, minute: i32, second: i32, nanos: i32) -> Option<Time> {
    let part = |number: i32| i8::try_from(number).ok();
    Time::new(part(hour)?, part(minute)?, part(second)?, nanos).ok()
}

fn year(number: i32, digits: usize) -> Option<i32> {
    match digits {
        4 => Some(number),
        2 if number >= i32::from(CENTURY_TURNS_AT) => Some(1900 + number),
        2 => Some(2000 + number),
        _ => None,
    }
}

/// Months as English and the Nordic languages shorten them.
fn month(word: &str) -> Option<i32> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "tammi"],
        &["feb", "helmi"],
        &["mar", "mär", "maalis"],
        &["apr", "huhti"],
        &["may", "mai", "maj", "touko"],
        &["jun", "kesä"],
        &["jul", "heinä"],
        &["aug", "elo"],
        &["sep", "syys"],
        &["oct", "okt", "loka"],
        &["nov", "marras"],
        &["dec", "des", "joulu"],
    ];
    let place = MONTHS.iter().position(|starts| starts.iter().any(|start| word.starts_with(start)))?;
    i32::try_from(place + 1).ok()
}

/// How the values of a column write times.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// The way.
    pub format: TimeFormat,
    /// Share of the values that can be read so, 0 to 1.
    pub share: f64,
    /// Day first and month first read equally many values: somebody must say which it is.
    pub is_ambiguous: bool,
    /// Whether a value names no zone, so that the import's zone decides.
    pub is_naive: bool,
}

/// Values looked at.
const VALUES_MAX: usize = 1_000;
/// Fewer than this share of readable values is no column of times.
const SHARE_MIN: f64 = 0.8;
/// A column that is called a time may hold more nonsense and still be one.
const SHARE_MIN_NAMED: f64 = 0.5;

/// Find out how a column writes times; `None` when it holds something else. `is_named` says that the
/// column is called a time.
pub fn detect<'a>(is_named: bool, values: impl IntoIterator<Item = &'a Cell>) -> Option<Detected> {
    let values: Vec<&Cell> = values.into_iter().filter(|cell| !cell.is_empty()).take(VALUES_MAX).collect();
    if values.is_empty() {
        return None;
    }
    if values.iter().all(|cell| matches!(cell, Cell::Time(_))) {
        return Some(Detected { format: TimeFormat::YearFirst, share: 1.0, is_ambiguous: false, is_naive: false });
    }
    if let Some(format) = number_format(&values) {
        let is_naive = format == TimeFormat::ExcelSerial;
        return Some(Detected { format, share: 1.0, is_ambiguous: false, is_naive });
    }
    let count = |format: TimeFormat| {
        values.iter().filter(|cell| is_textual(cell) && format.read(cell, &TimeZone::UTC).is_ok()).count()
    };
    let [year_first, day_first, month_first] =
        [TimeFormat::YearFirst, TimeFormat::DayFirst, TimeFormat::MonthFirst].map(count);
    let (format, most) = if year_first >= day_first.max(month_first) {
        (TimeFormat::YearFirst, year_first)
    } else if month_first > day_first {
        (TimeFormat::MonthFirst, month_first)
    } else {
        (TimeFormat::DayFirst, day_first)
    };
    let share = most as f64 / values.len() as f64;
    // Between dots the day comes first wherever dates are written so; with slashes or hyphens it is not known.
    let is_swappable = values.iter().any(|cell| cell.as_text().contains(['/', '-']));
    let is_ambiguous = format != TimeFormat::YearFirst && day_first == month_first && is_swappable;
    let is_naive = values.iter().any(|cell| {
        let kiritimati = TimeZone::fixed(jiff::tz::offset(14));
        format.read(cell, &TimeZone::UTC).ok() != format.read(cell, &kiritimati).ok()
    });
    let share_min = if is_named { SHARE_MIN_NAMED } else { SHARE_MIN };
    (share >= share_min).then_some(Detected { format, share, is_ambiguous, is_naive })
}

fn is_textual(cell: &Cell) -> bool {
    match cell {
        Cell::Text(_) | Cell::Time(_) => true,
        // 20180201 written as a number.
        Cell::Number(number) => number.as_u64().is_some_and(|n| (19_800_101..=21_000_101).contains(&n)),
        _ => false,
    }
}

/// Numbers that can only be one way of counting time.
fn number_format(values: &[&Cell]) -> Option<TimeFormat> {
    let numbers: Vec<f64> =
        values.iter().map(|cell| cell.as_text().replace(',', ".").parse().ok()).collect::<Option<Vec<f64>>>()?;
    // From 2001 to 2100: ten digits of seconds, and so on; a plain count or price is none of these.
    let seconds = 978_307_200.0..4_102_444_800.0;
    let all = |scale: f64| numbers.iter().all(|number| seconds.contains(&(number / scale)));
    if all(1.0) {
        Some(TimeFormat::EpochSeconds)
    } else if all(1e3) {
        Some(TimeFormat::EpochMs)
    } else if all(1e6) {
        Some(TimeFormat::EpochUs)
    } else if numbers.iter().all(|number| EXCEL_DAYS.contains(number)) {
        Some(TimeFormat::ExcelSerial)
    } else {
        None
    }
}

/// Whether one text by itself reads as a date with separators, however it is ordered.
pub fn looks_like_date(text: &str) -> bool {
    let has_shape =
        text.len() >= 6 && text.contains(['-', '.', '/', ':']) && text.contains(|c: char| c.is_ascii_digit());
    let cell = Cell::text(text);
    has_shape
        && [TimeFormat::YearFirst, TimeFormat::DayFirst, TimeFormat::MonthFirst]
            .iter()
            .any(|format| format.read(&cell, &TimeZone::UTC).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: TimeFormat, text: &str) -> Result<String, TimeError> {
        let oslo = TimeZone::get("Europe/Oslo").unwrap();
        format.read(&Cell::text(text), &oslo).map(|time| time.to_string().replace(".000Z", "Z"))
    }

    #[test]
    fn the_ways_files_write_times() {
        use TimeFormat as F;
        let cases = [
            (F::YearFirst, "2018.02.01", "2018-01-31T23:00:00Z"),
            (F::YearFirst, "2018.02.26 19:58", "2018-02-26T18:58:00Z"),
            (F::YearFirst, "2018.05.04 3:00", "2018-05-04T01:00:00Z"),
            (F::YearFirst, "2024-03-13 10:21:14", "2024-03-13T09:21:14Z"),
            (F::YearFirst, "2024-03-13T10:21:14.25+02:00", "2024-03-13T08:21:14.250Z"),
            (F::YearFirst, "2024-03-13T10:21:14Z", "2024-03-13T10:21:14Z"),
            (F::YearFirst, "2024-03-13 10:21:14 UTC", "2024-03-13T10:21:14Z"),
            (F::YearFirst, "2024-03-13 10:21:14.123456 -0500", "2024-03-13T15:21:14.123Z"),
            (F::YearFirst, "20180201", "2018-01-31T23:00:00Z"),
            (F::DayFirst, "26.02.2018 19:58", "2018-02-26T18:58:00Z"),
            (F::DayFirst, "26/2/18", "2018-02-25T23:00:00Z"),
            (F::DayFirst, "1. juni 2018 kl", "error"),
            (F::DayFirst, "26 Feb 2018 19.58", "2018-02-26T18:58:00Z"),
            (F::DayFirst, "Mon, 26 Feb 2018 19:58:00 +0000", "2018-02-26T19:58:00Z"),
            (F::MonthFirst, "02/26/2018 7:58 PM", "2018-02-26T18:58:00Z"),
            (F::MonthFirst, "2/6/2018 12:00:00 AM", "2018-02-05T23:00:00Z"),
            (F::MonthFirst, "Feb 26, 2018", "2018-02-25T23:00:00Z"),
            (F::EpochSeconds, "1519675080", "2018-02-26T19:58:00Z"),
            (F::EpochSeconds, "1519675080.5", "2018-02-26T19:58:00.500Z"),
            (F::EpochMs, "1519675080000", "2018-02-26T19:58:00Z"),
            (F::EpochUs, "1519675080000999", "2018-02-26T19:58:00Z"),
            (F::ExcelSerial, "43157,75", "2018-02-26T17:00:00Z"),
            // Clocks go forward at 02:00 and the hour is not there: an hour later.
            (F::YearFirst, "2024-03-31 02:30", "2024-03-31T01:30:00Z"),
            (F::YearFirst, "2023-02-29", "error"),
            (F::YearFirst, "26.02.2018", "error"),
            (F::YearFirst, "2018-02-26 25:00", "error"),
            (F::YearFirst, "2018-02-26 10:00 tomorrow", "error"),
            (F::DayFirst, "02/26/2018", "error"),
            (F::EpochMs, "soon", "error"),
        ];
        for (format, text, expect) in cases {
            assert_eq!(read(format, text).unwrap_or_else(|_| "error".into()), expect, "{format:?} {text}");
        }
    }

    fn found(values: &[&str]) -> Option<(TimeFormat, bool)> {
        let cells: Vec<Cell> = values.iter().map(|text| Cell::text(text)).collect();
        detect(false, &cells).map(|found| (found.format, found.is_ambiguous))
    }

    #[test]
    fn the_way_is_found_over_the_column() {
        use TimeFormat as F;
        assert_eq!(found(&["03/04/2024", "05/06/2024", "25/06/2024"]), Some((F::DayFirst, false)));
        assert_eq!(found(&["03/04/2024", "05/06/2024", "06/25/2024"]), Some((F::MonthFirst, false)));
        assert_eq!(found(&["03/04/2024", "05/06/2024"]), Some((F::DayFirst, true)));
        assert_eq!(found(&["03.04.2024", "05.06.2024 10:00"]), Some((F::DayFirst, false)));
        assert_eq!(found(&["2018.02.01", "", "2018.11.30"]), Some((F::YearFirst, false)));
        assert_eq!(found(&["20180201", "20181130"]), Some((F::YearFirst, false)));
        assert_eq!(found(&["1519675080", "1519675081"]), Some((F::EpochSeconds, false)));
        assert_eq!(found(&["1519675080123"]), Some((F::EpochMs, false)));
        assert_eq!(found(&["1519675080123456"]), Some((F::EpochUs, false)));
        assert_eq!(found(&["43157.8", "43158"]), Some((F::ExcelSerial, false)));
        assert_eq!(found(&["26 Feb 2018", "1 Mar 2018"]), Some((F::DayFirst, false)));
        assert_eq!(found(&["home", "2018-02-01", "cart"]), None);
        let half = [Cell::text("2018-02-01"), Cell::text("soon")];
        assert!(detect(false, &half).is_none() && detect(true, &half).is_some_and(|found| found.share == 0.5));
        assert_eq!(found(&["12", "7", "1"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn what_cannot_be_true_is_out_of_range() {
        let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        assert!(check_range("1900-01-01T00:00:00Z".parse().unwrap(), now).is_err());
        assert!(check_range(now.plus_ms(AHEAD_MS_MAX), now).is_ok());
        assert!(check_range(now.plus_ms(AHEAD_MS_MAX + 1), now).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let cell = Cell::text(&text);
            for format in [
                TimeFormat::YearFirst, TimeFormat::DayFirst, TimeFormat::MonthFirst, TimeFormat::EpochSeconds,
                TimeFormat::EpochMs, TimeFormat::EpochUs, TimeFormat::ExcelSerial,
            ] {
                let _ = format.read(&cell, &TimeZone::UTC);
            }
            let _ = detect(true, [&cell]);
        }

        #[test]
        fn what_rfc_3339_writes_is_read(ms in 0i64..4_000_000_000_000) {
            let time = Timestamp::from_ms(ms);
            prop_assert_eq!(TimeFormat::YearFirst.read(&Cell::text(&time.to_string()), &TimeZone::UTC), Ok(time));
        }
    }
}
