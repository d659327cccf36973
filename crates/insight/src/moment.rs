//! Dates and times as properties carry them: `2026-01-31`, `2026-01-31T10:00:00+01:00`,
//! `2026-01-31 10:00:00`, or milliseconds since 1970.

use jiff::{Timestamp, civil, tz::TimeZone};

const DAY_MS: i64 = 86_400_000;

/// A stretch of time: one millisecond, or the whole day that a date without a time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    first_ms: i64,
    last_ms: i64,
}

impl Moment {
    fn at(at_ms: i64) -> Self {
        Self { first_ms: at_ms, last_ms: at_ms }
    }

    /// Milliseconds since 1970.
    pub(crate) fn of_number(ms: f64) -> Option<Self> {
        // Beyond what an integer holds the nearest one is as good: no date lies there.
        ms.is_finite().then(|| Self::at(ms.floor() as i64))
    }

    /// What a text says: a number is milliseconds, a time without an offset is UTC, and a date without a time
    /// is that day in UTC.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with(|first: char| first.is_ascii_digit() || first == '-' || first == '+') {
            return None;
        }
        if let Ok(number) = text.parse() {
            return Self::of_number(number);
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(Self::at(time.as_millisecond()));
        }
        let has_time = text.contains(':');
        let start = if has_time { text.parse().ok()? } else { text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0) };
        let first_ms = start.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond();
        Some(Self { first_ms, last_ms: if has_time { first_ms } else { first_ms + DAY_MS - 1 } })
    }

    /// Whether it is over when the other begins: the day 2026-01-31 is neither before nor after one of its
    /// hours.
    pub(crate) fn is_before(self, other: Self) -> bool {
        self.last_ms < other.first_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text for a time, and the first and last millisecond it stands for.
    fn written() -> impl Strategy<Value = (String, i64, i64)> {
        (-3 * DAY_MS..3 * DAY_MS, 0..5usize, -12..13i8).prop_map(|(at_ms, form, hours)| {
            let time = Timestamp::from_millisecond(at_ms).unwrap();
            let utc = time.to_zoned(TimeZone::UTC);
            let day_ms = at_ms.div_euclid(DAY_MS) * DAY_MS;
            let second_ms = at_ms.div_euclid(1_000) * 1_000;
            match form {
                0 => (at_ms.to_string(), at_ms, at_ms),
                1 => (time.display_with_offset(jiff::tz::offset(hours)).to_string(), at_ms, at_ms),
                2 => (utc.datetime().to_string(), at_ms, at_ms),
                3 => (utc.strftime("%Y-%m-%d %H:%M:%S").to_string(), second_ms, second_ms),
                _ => (utc.date().to_string(), day_ms, day_ms + DAY_MS - 1),
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_is_compared_by_when_it_was(one in written(), two in written()) {
            let read = |text: &str| Moment::of_text(text).unwrap();
            prop_assert_eq!(read(&one.0).is_before(read(&two.0)), one.2 < two.1, "{} {}", one.0, two.0);
        }
    }

    #[test]
    fn other_texts_are_no_time() {
        for text in ["", "soon", "2026-13-01", "2026-02-30", "31.01.2026", "10:00", "NaN", "2026-01-31T10:00:00 sharp"]
        {
            assert_eq!(Moment::of_text(text), None, "{text}");
        }
        assert_eq!(Moment::of_number(f64::NAN), None);
    }
}
