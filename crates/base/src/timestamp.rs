//! Points in time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: milliseconds since 1970-01-01 in UTC. Written as RFC 3339. Zones live at the edges.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

/// Why a text is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a point in time: write it as 2026-11-22T09:30:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// Years 0001 to 9999: what RFC 3339 can write.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

    /// From milliseconds since 1970, held inside the years 0001 to 9999.
    pub const fn from_ms(ms: i64) -> Self {
        if ms < *Self::RANGE.start() {
            return Self(*Self::RANGE.start());
        }
        if ms > *Self::RANGE.end() {
            return Self(*Self::RANGE.end());
        }
        Self(ms)
    }

    /// Milliseconds since 1970.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This many milliseconds later (or, negative, earlier).
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// For calendar arithmetic in a zone.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }

    /// From calendar arithmetic.
    pub fn from_jiff(time: jiff::Timestamp) -> Self {
        Self::from_ms(time.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let time: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Ok(Self::from_jiff(time))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_round_trips() {
        let time: Timestamp = "2026-11-22T10:30:00.250+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-22T09:30:00.250Z");
        assert_eq!(Timestamp::from_ms(time.ms()), time);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
