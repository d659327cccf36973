//! When an event happened, by the clock of this machine.

use base::Timestamp;

use super::{
    json::Loose,
    limits::{AHEAD_MS_MAX, JOURNEY_MS_MAX},
    refusals::{Reason, Refusal},
};

/// Numbers below this are seconds since 1970 (until the year 5138); above it, milliseconds.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// A moment as senders write it: RFC 3339, the same without a zone (UTC), a date, or a number of seconds or
/// milliseconds since 1970.
pub(super) fn moment(value: &Loose<'_>, field: &'static str) -> Result<Option<Timestamp>, Refusal> {
    let read = match value {
        Loose::Missing => return Ok(None),
        Loose::Text(text) if text.trim().is_empty() => return Ok(None),
        Loose::Text(text) => from_text(text.trim()),
        Loose::Whole(number) => Some(from_number(*number)),
        Loose::Real(number) if number.is_finite() && number.abs() < 9e15 => {
            let is_seconds = number.abs() < SECONDS_BELOW as f64;
            Some(Timestamp::from_ms((number * if is_seconds { 1000.0 } else { 1.0 }) as i64))
        }
        _ => None,
    };
    let Some(read) = read else {
        let message = format!("{field} is not a moment; write it as 2026-11-22T09:30:00.000Z");
        return Err(Refusal::new(Reason::TimeMalformed, field, message, value.hint().unwrap_or_default()));
    };
    if read.ms() < 0 {
        let message = format!("{field} lies before 1970; send the moment it happened");
        return Err(Refusal::new(Reason::TimeMalformed, field, message, &read.to_string()));
    }
    Ok(Some(read))
}

fn from_number(number: i64) -> Timestamp {
    Timestamp::from_ms(if number.abs() < SECONDS_BELOW { number * 1000 } else { number })
}

/// The 24 bytes that JavaScript writes, 2026-11-22T09:30:00.250Z, read at a tenth of the cost of the general
/// way: nearly every event of a batch carries one.
fn from_javascript(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    if marks.iter().any(|&(at, mark)| bytes[at] != mark) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second, milli) = (number(11..13)?, number(14..16)?, number(17..19)?, number(20..23)?);
    // Days 29 to 31 and leap seconds go the general way, which knows the calendar.
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=28).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days from the civil calendar, counted in years that begin in March so that the leap day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(Timestamp::from_ms(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milli))
}

fn from_text(text: &str) -> Option<Timestamp> {
    if let Some(read) = from_javascript(text) {
        return Some(read);
    }
    if let Ok(read) = text.parse() {
        return Some(read);
    }
    if !text.is_ascii() || text.len() > 40 {
        return None;
    }
    match text.len() {
        10 => format!("{text}T00:00:00Z").parse().ok(),
        len if len >= 16 && text.as_bytes()[4] == b'-' => format!("{text}Z").parse().ok(),
        _ => None,
    }
}

/// A moment brought to our clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settled {
    /// When it happened.
    pub(super) at: Timestamp,
    /// It lay so far ahead that the arrival was taken.
    pub(super) is_ahead: bool,
}

/// `received - (sent - happened)`: what is wrong with the sender's clock is wrong with both of its moments.
pub(super) fn settle(received: Timestamp, sent: Option<Timestamp>, happened: Option<Timestamp>) -> Settled {
    let Some(happened) = happened else {
        return Settled { at: received, is_ahead: false };
    };
    let off_ms = sent.map_or(0, |sent| received.ms() - sent.ms());
    let at = if off_ms.abs() <= JOURNEY_MS_MAX { happened } else { happened.plus_ms(off_ms) };
    if at.ms() > received.ms() + AHEAD_MS_MAX {
        return Settled { at: received, is_ahead: true };
    }
    // A clock far ahead with old events behind it may land before 1970: then only the arrival is known.
    if at.ms() < 0 {
        return Settled { at: received, is_ahead: false };
    }
    Settled { at, is_ahead: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Loose<'_> {
        Loose::Text(text.into())
    }

    #[test]
    fn moments_are_read_as_senders_write_them() {
        for (value, wanted) in [
            (text("2026-11-22T09:30:00.250Z"), "2026-11-22T09:30:00.250Z"),
            (text("2024-02-29T23:59:59.999Z"), "2024-02-29T23:59:59.999Z"),
            (text("1970-01-01T00:00:00.000Z"), "1970-01-01T00:00:00.000Z"),
            (text("2026-11-22T09:30:00.123456+00:00"), "2026-11-22T09:30:00.123Z"),
            (text("2026-11-22T10:30:00+01:00"), "2026-11-22T09:30:00.000Z"),
            (text("2026-11-22T09:30:00"), "2026-11-22T09:30:00.000Z"),
            (text("2026-11-22 09:30:00.5"), "2026-11-22T09:30:00.500Z"),
            (text("2026-11-22"), "2026-11-22T00:00:00.000Z"),
            (Loose::Whole(1_795_339_800), "2026-11-22T09:30:00.000Z"),
            (Loose::Whole(1_795_339_800_250), "2026-11-22T09:30:00.250Z"),
            (Loose::Real(1_795_339_800.25), "2026-11-22T09:30:00.250Z"),
        ] {
            let read = moment(&value, "timestamp").unwrap().unwrap();
            assert_eq!(read.to_string(), wanted, "{value:?}");
        }
        for bad in ["yesterday", "2026-13-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z", "1969-12-31T23:59:59Z", "æøå"]
        {
            let refusal = moment(&text(bad), "timestamp").unwrap_err();
            assert_eq!((refusal.reason, refusal.field), (Reason::TimeMalformed, "timestamp"), "{bad}");
        }
        assert!(moment(&Loose::List, "timestamp").is_err());
        assert_eq!(moment(&text(" "), "timestamp").unwrap(), None);
    }

    #[test]
    fn the_fast_way_agrees_with_the_calendar() {
        for day in (0..366 * 80).step_by(7) {
            let time = Timestamp::from_ms(day * 86_400_000 + day * 1_237 % 86_400_000);
            let written = time.to_string();
            if let Some(fast) = from_javascript(&written) {
                assert_eq!(fast, time, "{written}");
            }
        }
    }

    #[test]
    fn a_wrong_clock_is_set_right_and_history_is_kept() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let received = at("2026-11-22T12:00:00Z");
        for (sent, happened, wanted, is_ahead) in [
            // No clocks known: the arrival.
            (None, None, "2026-11-22T12:00:00Z", false),
            // Right clock, a day of history.
            (Some("2026-11-22T12:00:00.100Z"), Some("2026-11-21T08:00:00.001Z"), "2026-11-21T08:00:00.001Z", false),
            // One hour fast.
            (Some("2026-11-22T13:00:00Z"), Some("2026-11-22T12:50:00Z"), "2026-11-22T11:50:00Z", false),
            // Three days slow, ten minutes in the queue.
            (Some("2026-11-19T12:00:00Z"), Some("2026-11-19T11:50:00Z"), "2026-11-22T11:50:00Z", false),
            // A clock that was never set.
            (Some("1970-01-01T00:10:00Z"), Some("1970-01-01T00:00:00Z"), "2026-11-22T11:50:00Z", false),
            // Ahead without sentAt: within a day kept, beyond it the arrival.
            (None, Some("2026-11-23T11:59:59Z"), "2026-11-23T11:59:59Z", false),
            (None, Some("2026-11-23T12:00:01Z"), "2026-11-22T12:00:00Z", true),
            (None, Some("9999-01-01T00:00:00Z"), "2026-11-22T12:00:00Z", true),
        ] {
            let settled = settle(received, sent.map(at), happened.map(at));
            assert_eq!(settled, Settled { at: at(wanted), is_ahead }, "{sent:?} {happened:?}");
        }
    }
}
