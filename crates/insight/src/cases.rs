//! Funnel cases: small histories with a question and the numbers it must answer, in a file of the format
//! `funnel-cases/1`:
//!
//! ```json
//! {"format": "funnel-cases/1", "t0": "2020-01-01T00:00:00Z", "cases": [
//!   {"id": "repeat", "events": [["p1", 0, "sign up"], ["p1", 1.5, "buy", {"plan": "pro"}]],
//!    "aliases": {"anon1": "p1"},
//!    "query": {"steps": [{"event": "sign up"}, {"event": "buy"}], "window_s": 60},
//!    "expect": {"counts": [1, 1]}}]}
//! ```
//!
//! An event is a person, seconds after `t0`, a name and, if it has any, properties. `aliases` name ids that
//! are one person with another. What may stand in `expect` is in [`differences`]; an unknown key is a
//! difference, so that no expectation is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use base::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::funnel::{self, FunnelAnswer};
use crate::query::{FunnelQuery, QueryError};
use crate::record::{Record, Records, Value};

/// The format this module reads.
pub const FORMAT: &str = "funnel-cases/1";

/// Most cases of a file.
pub const CASES_MAX: usize = 10_000;

/// Most events of a case.
pub const CASE_EVENTS_MAX: usize = 1_000_000;

/// Shares are given with six digits.
const SHARE_TOLERANCE: f64 = 1e-6;
/// Seconds may be given rounded to a millionth, relative to their size.
const SECONDS_TOLERANCE: f64 = 1e-6;

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// What happened, in order of arrival.
    pub events: Vec<CaseEvent>,
    /// Ids that are another name of a person.
    pub aliases: BTreeMap<String, String>,
    /// The question. `reached` is always asked for.
    pub query: FunnelQuery,
    /// The numbers expected.
    pub expect: Map<String, Json>,
}

/// One event of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvent {
    /// Who, before aliases.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub name: String,
    /// With which properties.
    pub props: Map<String, Json>,
}

/// Why a file of cases cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CasesError {
    /// It is not what this module reads.
    #[error("not a file of funnel cases: {0}")]
    File(String),
    /// A case cannot be understood.
    #[error("case {id}: {why}")]
    Case {
        /// Which.
        id: String,
        /// What is wrong.
        why: String,
    },
}

#[derive(Deserialize)]
struct RawFile {
    format: String,
    t0: Timestamp,
    cases: Vec<RawCase>,
}

#[derive(Deserialize)]
struct RawCase {
    id: String,
    events: Vec<Vec<Json>>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    query: Json,
    expect: Map<String, Json>,
}

/// Read a file of cases.
///
/// # Errors
/// Another format, more than the limits, or a case that cannot be understood: its id and why.
pub fn parse(text: &str) -> Result<Vec<Case>, CasesError> {
    let file: RawFile = serde_json::from_str(text).map_err(|error| CasesError::File(error.to_string()))?;
    if file.format != FORMAT {
        return Err(CasesError::File(format!("its format is `{}`, this program reads `{FORMAT}`", file.format)));
    }
    if file.cases.len() > CASES_MAX {
        return Err(CasesError::File(format!("more than {CASES_MAX} cases")));
    }
    file.cases.into_iter().map(|case| Case::new(case, file.t0)).collect()
}

impl Case {
    fn new(raw: RawCase, t0: Timestamp) -> Result<Self, CasesError> {
        let id = raw.id;
        let fail = |why: String| CasesError::Case { id: id.clone(), why };
        if raw.events.len() > CASE_EVENTS_MAX {
            return Err(fail(format!("more than {CASE_EVENTS_MAX} events")));
        }
        let mut events = Vec::with_capacity(raw.events.len());
        for (index, event) in raw.events.into_iter().enumerate() {
            events.push(CaseEvent::new(event, t0).ok_or_else(|| {
                fail(format!("event {index} is not [person, seconds, name] or [person, seconds, name, {{..}}]"))
            })?);
        }
        let mut query = FunnelQuery::parse(raw.query).map_err(|error: QueryError| fail(format!("query: {error}")))?;
        query.reached = true;
        Ok(Self { events, aliases: raw.aliases, query, expect: raw.expect, id })
    }

    /// The person behind an id, aliases followed.
    pub fn person<'a>(&'a self, id: &'a str) -> &'a str {
        let mut id = id;
        // An alias of an alias is one too; a circle ends after as many steps as there are aliases.
        for _ in 0..self.aliases.len() {
            match self.aliases.get(id) {
                Some(other) => id = other,
                None => break,
            }
        }
        id
    }

    /// The events as records of the question's plan, without a log; and the persons by their number.
    pub fn records(&self) -> (Records, Vec<String>) {
        let plan = funnel::plan(&self.query);
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut persons: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for (position, event) in self.events.iter().enumerate() {
            let is_named = plan.names.as_ref().is_none_or(|names| names.contains(&event.name));
            let is_inside = plan.from.is_none_or(|from| event.at >= from) && plan.to.is_none_or(|to| event.at < to);
            if !is_named || !is_inside {
                continue;
            }
            let person = place(
                &mut persons,
                |known| known == self.person(&event.person),
                || self.person(&event.person).to_owned(),
            );
            let name = place(&mut names, |known| **known == *event.name, || event.name.as_str().into());
            let values = plan.columns.iter().map(|column| value_of(event.props.get(column)));
            let (at_ms, position) = (event.at.ms(), position as u64);
            rows.push(Record { person, at_ms, position, name, values: values.collect() });
        }
        rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
        (Records { names, rows }, persons)
    }

    /// Run the case without a log: what differs from the expectation.
    pub fn run(&self) -> Vec<String> {
        let (records, persons) = self.records();
        let answer = funnel::funnel(&self.query, &records);
        let name = |number: u32| persons.get(number as usize).cloned().unwrap_or_else(|| number.to_string());
        differences(&self.expect, &answer, name)
    }
}

fn place<T>(known: &mut Vec<T>, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
    let index = known.iter().position(is_it).unwrap_or_else(|| {
        known.push(make());
        known.len() - 1
    });
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A property as records hold it: an array or an object counts as its JSON text.
fn value_of(json: Option<&Json>) -> Value {
    match json {
        None | Some(Json::Null) => Value::Null,
        Some(Json::Bool(value)) => Value::Bool(*value),
        Some(Json::Number(number)) => number.as_f64().map_or(Value::Null, Value::Number),
        Some(Json::String(text)) if text.is_empty() => Value::Null,
        Some(Json::String(text)) => Value::Text(text.as_str().into()),
        Some(other) => Value::Text(other.to_string().into()),
    }
}

impl CaseEvent {
    fn new(raw: Vec<Json>, t0: Timestamp) -> Option<Self> {
        let mut parts = raw.into_iter();
        let person = match parts.next()? {
            Json::String(person) => person,
            Json::Number(number) => number.to_string(),
            _ => return None,
        };
        let seconds = parts.next()?.as_f64()?;
        let name = parts.next()?.as_str()?.to_owned();
        let props = match parts.next() {
            None | Some(Json::Null) => Map::new(),
            Some(Json::Object(props)) => props,
            Some(_) => return None,
        };
        let at = t0.plus_ms((seconds * 1_000.0).round() as i64);
        parts.next().is_none().then_some(Self { person, at, name, props })
    }
}

/// What an answer gives differently from what is expected, one line each. `name` gives the case's name of a
/// person by its number in the answer.
///
/// Keys understood: `counts`, `steps` (its fields), `reached`, `excluded`, `excluded_count`, `dropped`
/// (numbers), `avg_s`, `median_s`, `conversion_from_prev`, `conversion_from_first`, `breakdown`, `rest`,
/// `bins`, `bins_avg_s`, `time_to_convert`. Persons in `excluded` may come in any order.
pub fn differences(expect: &Map<String, Json>, answer: &FunnelAnswer, name: impl Fn(u32) -> String) -> Vec<String> {
    let mut found = Vec::new();
    let given = match serde_json::to_value(answer) {
        Ok(Json::Object(object)) => object,
        _ => Map::new(),
    };
    for (key, wanted) in expect {
        let got = match key.as_str() {
            "reached" => answer.reached.as_ref().map(|reached| {
                reached.iter().map(|(person, depth)| (name(*person), Json::from(*depth))).collect::<Map<_, _>>().into()
            }),
            "excluded" => answer.excluded.as_ref().map(|excluded| {
                excluded.iter().map(|person| name(*person)).collect::<BTreeSet<_>>().into_iter().collect::<Json>()
            }),
            _ => given.get(key).cloned(),
        };
        let wanted = if key == "excluded" { sorted(wanted) } else { wanted.clone() };
        match got {
            Some(got) => compare(key, &wanted, &got, &mut found),
            None if given.contains_key(key) || KNOWN.contains(&key.as_str()) => {
                // A part that the question did not ask for is as good as nothing.
                compare(key, &wanted, &Json::Null, &mut found);
            }
            None => found.push(format!("{key}: this program knows no such answer")),
        }
    }
    found
}

const KNOWN: [&str; 7] = ["breakdown", "rest", "bins", "bins_avg_s", "time_to_convert", "excluded", "reached"];

fn sorted(list: &Json) -> Json {
    match list.as_array() {
        Some(items) => {
            let mut items = items.clone();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        None => list.clone(),
    }
}

fn compare(path: &str, wanted: &Json, got: &Json, found: &mut Vec<String>) {
    match (wanted, got) {
        (Json::Array(wanted), Json::Array(got)) if wanted.len() == got.len() => {
            for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                compare(&format!("{path}[{index}]"), wanted, got, found);
            }
        }
        (Json::Object(wanted), Json::Object(got)) => compare_objects(path, wanted, got, found),
        (Json::Number(one), Json::Number(two)) => {
            let (one, two) = (one.as_f64().unwrap_or(f64::NAN), two.as_f64().unwrap_or(f64::NAN));
            let is_share = path.starts_with("conversion");
            let tolerance = if is_share { SHARE_TOLERANCE } else { SECONDS_TOLERANCE * one.abs().max(1.0) };
            let is_close = (one - two).abs() <= tolerance;
            if !is_close {
                found.push(format!("{path}: expected {one}, got {two}"));
            }
        }
        (wanted, got) if wanted == got => {}
        (wanted, got) => found.push(format!("{path}: expected {wanted}, got {got}")),
    }
}

/// Maps by person or value must agree in their keys; other objects in the fields that are expected.
fn compare_objects(path: &str, wanted: &Map<String, Json>, got: &Map<String, Json>, found: &mut Vec<String>) {
    for (key, value) in wanted {
        match got.get(key) {
            Some(got) => compare(&format!("{path}.{key}"), value, got, found),
            None => found.push(format!("{path}.{key}: expected {value}, got nothing")),
        }
    }
    if !matches!(path, "reached" | "breakdown") {
        return;
    }
    for (key, value) in got.iter().filter(|(key, _)| !wanted.contains_key(*key)) {
        let mut line = format!("{path}.{key}: expected nothing, got ");
        // Writing to a text cannot fail.
        let _ = write!(line, "{value}");
        found.push(line);
    }
}
