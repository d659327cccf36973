//! What is hoped for of a stage, in the words that people plan in: `4000 per month`, `10%`, `7 days`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is hoped for of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StageTarget)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// How many people enter it: `4000 per month`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// How many of them go on to the next: `10%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converts: Option<Rate>,
    /// Within how long: `7 days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
}

/// A number of people in a period: `4000 per month`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct People {
    /// How many.
    pub count: u32,
    /// In which time.
    pub per: Period,
}

/// A period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `day`
    Day,
    /// `week`
    Week,
    /// `month`
    Month,
    /// `quarter`
    Quarter,
    /// `year`
    Year,
}

/// A share in hundredths of a percent: `12.5%` is 1250.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// 0 to 10,000.
    pub basis_points: u16,
}

/// A span of time: `7 days`, `36 hours`, `2 weeks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// Seconds; at least 1.
    pub seconds: u32,
}

/// Why a text says no such thing; the text tells how to write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TargetError(&'static str);

impl Duration {
    /// Milliseconds.
    pub fn ms(self) -> i64 {
        i64::from(self.seconds) * 1_000
    }

    /// So many days.
    pub const fn days(days: u32) -> Self {
        Self { seconds: days.saturating_mul(86_400) }
    }
}

impl Period {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Day, "day"),
        (Self::Week, "week"),
        (Self::Month, "month"),
        (Self::Quarter, "quarter"),
        (Self::Year, "year"),
    ];
}

impl FromStr for People {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = TargetError("write people as \"4000 per month\" (day, week, month, quarter or year)");
        let (count, per) = text.split_once(" per ").ok_or(wrong)?;
        let (per, _) = *Period::ALL.iter().find(|(_, word)| *word == per.trim()).ok_or(wrong)?;
        Ok(Self { count: count.trim().parse().map_err(|_| wrong)?, per })
    }
}

impl fmt::Display for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Period::ALL.iter().find(|(period, _)| *period == self.per).map_or("", |(_, word)| word);
        write!(f, "{} per {word}", self.count)
    }
}

impl FromStr for Rate {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = TargetError("write a share as \"10%\" or \"12.5%\", from 0% to 100%, at most two decimals");
        let number = text.trim().strip_suffix('%').ok_or(wrong)?.trim();
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !is_digits(whole) || !is_digits(part) {
            return Err(wrong);
        }
        let hundredths: u32 = format!("{whole}{part:0<2}").parse().map_err(|_| wrong)?;
        let basis_points = u16::try_from(hundredths).ok().filter(|points| *points <= 10_000).ok_or(wrong)?;
        Ok(Self { basis_points })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.basis_points / 100, self.basis_points % 100);
        match part {
            0 => write!(f, "{whole}%"),
            part if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            part => write!(f, "{whole}.{part:02}%"),
        }
    }
}

const UNITS: [(&str, u32); 4] = [("week", 7 * 86_400), ("day", 86_400), ("hour", 3_600), ("minute", 60)];

impl FromStr for Duration {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = TargetError("write a time as \"7 days\" (minutes, hours, days or weeks)");
        let (count, unit) = text.trim().split_once(' ').ok_or(wrong)?;
        let unit = unit.trim().strip_suffix('s').unwrap_or(unit.trim());
        let (_, unit_seconds) = *UNITS.iter().find(|(word, _)| *word == unit).ok_or(wrong)?;
        let count: u32 = count.parse().map_err(|_| wrong)?;
        let seconds = count.checked_mul(unit_seconds).filter(|seconds| *seconds > 0).ok_or(wrong)?;
        Ok(Self { seconds })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The largest unit that says it exactly, but days rather than weeks: people say 7 days.
        let units = UNITS.iter().filter(|(word, _)| *word != "week");
        let (word, unit_seconds) =
            units.clone().find(|(_, unit)| self.seconds.is_multiple_of(*unit)).unwrap_or(&UNITS[3]);
        let count = self.seconds / unit_seconds;
        write!(f, "{count} {word}{}", if count == 1 { "" } else { "s" })
    }
}

macro_rules! written_as_text {
    ($($type:ident: $example:literal;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .examples([$example])
                    .into()
            }
        }
        impl ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                concat!("Target", stringify!($type)).into()
            }
        }
    )*};
}

impl FromStr for Period {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = TargetError("write a period: day, week, month, quarter or year");
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(period, _)| *period).ok_or(wrong)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(period, _)| period == self).map_or("", |(_, word)| word))
    }
}

written_as_text! {
    Period: "month";
    People: "4000 per month";
    Rate: "12.5%";
    Duration: "7 days";
}
