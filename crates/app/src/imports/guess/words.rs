//! What was found, in words.

use crate::imports::{
    contact::ConsentStatus,
    number::ValueType,
    time::{Detected, TimeFormat},
};

/// The format to read a column of times with, and a sentence about it.
pub(super) fn time(found: Option<&Detected>) -> (TimeFormat, String) {
    let Some(found) = found else {
        let text = "said to be the time, though its values hardly read as times".to_owned();
        return (TimeFormat::YearFirst, text);
    };
    let how = match found.format {
        TimeFormat::YearFirst => "the year first",
        TimeFormat::DayFirst => "the day first",
        TimeFormat::MonthFirst => "the month first",
        TimeFormat::EpochSeconds => "seconds since 1970",
        TimeFormat::EpochMs => "milliseconds since 1970",
        TimeFormat::EpochUs => "microseconds since 1970",
        TimeFormat::ExcelSerial => "days as a spreadsheet counts them",
    };
    let doubt = if found.is_ambiguous { ", which nothing in the column proves" } else { "" };
    (found.format, format!("when it happened: {how}{doubt}"))
}

/// How values are kept.
pub(super) fn value_type(value: ValueType) -> &'static str {
    match value {
        ValueType::Text => "",
        ValueType::Number => ", as a number",
        ValueType::NumberComma => ", as a number with a decimal comma",
        ValueType::Bool => ", as true or false",
    }
}

/// What a file as a whole says about consent.
pub(super) fn consent(status: ConsentStatus) -> &'static str {
    match status {
        ConsentStatus::Subscribed => {
            "The file is that of subscribers: they are taken to have agreed to marketing mail."
        }
        ConsentStatus::Unsubscribed => "The file is that of people who unsubscribed: no marketing mail goes to them.",
        ConsentStatus::Cleaned => "The file is that of addresses that bounced: no mail goes to them.",
        ConsentStatus::NotAsked => "The file is that of people who were never asked: no marketing mail goes to them.",
    }
}
