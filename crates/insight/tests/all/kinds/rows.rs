//! Random events, the records a log would bring of them, and the calendar in the plainest words.

use std::convert::Infallible;
use std::sync::Arc;

use insight::frame::MemorySource;
use insight::people::{PeopleQuery, Place};
use insight::query::{Query, QueryError};
use insight::record::{Record, Records, Value};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use proptest::prelude::*;
use serde_json::Value as Json;

/// Cases of a normal run; `PROPTEST_CASES` asks for more.
const CASES: u32 = 500;

/// 2026-03-01T00:00:00Z. The clock changes in New York and Havana on the 8th, in Oslo on the 29th.
pub const T0_MS: i64 = 1_772_323_200_000;
pub const HOUR_MS: i64 = 3_600_000;

/// Havana has no midnight on the day its clock changes.
pub const ZONES: [&str; 5] = ["UTC", "Europe/Oslo", "America/New_York", "America/Havana", "Asia/Kathmandu"];

#[derive(Debug, Clone)]
pub struct Row {
    pub person: u32,
    pub at_ms: i64,
    pub name: &'static str,
    /// The property `p`.
    pub p: Option<&'static str>,
    /// The property `n`.
    pub n: Option<i32>,
}

pub fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    config.cases = config.cases.max(CASES);
    config
}

/// Full hours and odd moments of 40 days.
pub fn moment() -> impl Strategy<Value = i64> {
    let hours = 0..40 * 24i64;
    prop_oneof![hours.clone().prop_map(|h| T0_MS + h * HOUR_MS), hours.prop_map(|h| T0_MS + h * HOUR_MS - 1)]
}

pub fn zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(ZONES.to_vec())
}

pub fn row(at: impl Strategy<Value = i64>) -> impl Strategy<Value = Row> {
    let name = prop_oneof![4 => Just("a"), 2 => Just("b"), 1 => Just("c")];
    let p = prop_oneof![Just(None), Just(Some("x")), Just(Some("y")), Just(Some("z"))];
    let n = prop_oneof![Just(None), (-3..9i32).prop_map(Some)];
    (0..4u32, at, name, p, n).prop_map(|(person, at_ms, name, p, n)| Row { person, at_ms, name, p, n })
}

/// What a log would bring for the plan of the question.
pub fn records(query: &Query, rows: &[Row]) -> Records {
    let plan = query.plan();
    let names: Vec<Arc<str>> = ["c", "b", "a"].map(Arc::from).into();
    let mut found = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let named = plan.names.as_ref().is_none_or(|names| names.iter().any(|name| name == row.name));
        let late = plan.from.is_none_or(|from| row.at_ms >= from.ms());
        if !(named && late && plan.to.is_none_or(|to| row.at_ms < to.ms())) {
            continue;
        }
        let values = plan.columns.iter().map(|column| match column.as_str() {
            "p" => row.p.map_or(Value::Null, |text| Value::Text(text.into())),
            "n" => row.n.map_or(Value::Null, |number| Value::Number(number.into())),
            _ => Value::Null,
        });
        let name = names.iter().position(|name| **name == *row.name).unwrap() as u32;
        found.push(Record {
            person: row.person,
            at_ms: row.at_ms,
            position: position as u64,
            name,
            values: values.collect(),
        });
    }
    found.sort_by_key(|row| (row.person, row.at_ms, row.position));
    Records { names, rows: found }
}

/// The answer to a question, as its JSON: the same from records and from columns.
pub fn ask(query: Json, rows: &[Row]) -> Json {
    let query = Query::parse(query).unwrap();
    let answer = query.answer_with(|query| {
        let records = records(query, &apart(rows));
        let answer = query.answer(&records);
        let source = MemorySource::new(&records, query.plan().columns.len());
        assert_eq!(query.answer_from(&source, threads(rows)), Ok(answer.clone()), "{query:?} from columns");
        Ok::<_, Infallible>(answer)
    });
    serde_json::to_value(answer.unwrap()).unwrap()
}

/// The people behind a number: how many, and who; the same from records and from columns.
pub fn ask_people(query: &Json, place: &Place, rows: &[Row]) -> Result<(usize, Vec<u32>), QueryError> {
    let query = Query::parse(query.clone()).unwrap();
    let question = PeopleQuery::new(query.clone(), place)?;
    let records = records(&query, &apart(rows));
    let found = question.answer(&records, 100);
    let source = MemorySource::new(&records, query.plan().columns.len());
    assert_eq!(question.answer_from(&source, threads(rows), 100), Ok(found.clone()), "{query:?} from columns");
    let first = question.answer(&records, 1);
    assert_eq!((first.total, first.rows.as_slice()), (found.total, &found.rows[..found.rows.len().min(1)]));
    let mut people: Vec<u32> = found.rows.iter().map(|row| row.person / APART).collect();
    people.sort_unstable();
    Ok((found.total, people))
}

/// One or two: to begin threads takes longer than these questions.
fn threads(rows: &[Row]) -> usize {
    1 + usize::from(rows.len() % 8 == 7)
}

/// Between the numbers of two people in a log, so that some share a block of columns and others do not.
const APART: u32 = 40_000;

fn apart(rows: &[Row]) -> Vec<Row> {
    rows.iter().map(|row| Row { person: row.person * APART, ..row.clone() }).collect()
}

pub fn text(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap().to_string()
}

/// The date on the wall when the bucket of this moment began.
pub fn first_date(at_ms: i64, interval: &str, zone: &str) -> Date {
    let zone = TimeZone::get(zone).unwrap();
    let mut date = Timestamp::from_millisecond(at_ms).unwrap().to_zoned(zone).date();
    let begins = |date: Date| match interval {
        "week" => date.weekday() == jiff::civil::Weekday::Monday,
        "month" => date.day() == 1,
        _ => true,
    };
    while !begins(date) {
        date = date.yesterday().unwrap();
    }
    date
}

/// The bucket after.
pub fn next_date(date: Date, interval: &str) -> Date {
    match interval {
        "week" => date + 1.week(),
        "month" => date + 1.month(),
        _ => date + 1.day(),
    }
}

/// The buckets that moments of `[from, to)` lie in.
pub fn dates(from_ms: i64, to_ms: i64, interval: &str, zone: &str) -> Vec<Date> {
    let last = first_date(to_ms - 1, interval, zone);
    let mut dates = vec![first_date(from_ms, interval, zone)];
    while dates[dates.len() - 1] < last {
        dates.push(next_date(dates[dates.len() - 1], interval));
    }
    dates
}
