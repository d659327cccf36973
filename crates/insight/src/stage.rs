//! How long the stages last.
//!
//! A **stay** begins when a unit (a deal, or the person itself) enters a stage, and ends when it enters another one
//! or does one of the events of `exit`. The same stage told again goes on. Who comes back stays anew. A unit is a
//! value of its property within a person; events without the value, or without a stage, are left aside. Of one
//! instant stages are entered in the order of their letters, and exits come last.
//!
//! Stays that begin in `[from, to)` count. Who has not left by `to`, or by now where that is earlier, is still there
//! and was seen for so long: shares and mean are those of the Kaplan-Meier estimate (see [`crate::survival`]), as
//! the mean of those who left alone would say that slow stages are fast.

use ahash::AHashMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::blocks::over_blocks;
use crate::frame::Source;
use crate::predicate::{Columns, Predicate, text, value};
use crate::query::{Filter, TimeInStageQuery};
use crate::record::{Plan, Record, Records};
use crate::survival::Curve;

/// Most stages that an answer lists: more are no stages but, say, addresses.
pub const STAGES_MAX: usize = 1_000;

/// How long each stage lasts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TimeInStageAnswer {
    /// The stages entered most often first; at most 1000.
    pub stages: Vec<StageTime>,
    /// How many different stages there are.
    pub stages_total: u64,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StageTime {
    /// Its name.
    pub stage: String,
    /// How often it was entered.
    pub entered: u64,
    /// How often it was left again.
    pub left: u64,
    /// How many are still there.
    pub still_there: u64,
    /// Mean seconds; where some are still there, as far as the longest stay that was seen.
    pub mean_s: f64,
    /// Seconds after which half have left; null while fewer have.
    #[schema(required)]
    pub median_s: Option<f64>,
    /// Seconds after which nine of ten have left; null while fewer have.
    #[schema(required)]
    pub p90_s: Option<f64>,
}

fn columns(query: &TimeInStageQuery) -> Columns {
    let mut columns = Columns::default();
    columns.add(&query.prop);
    query.unit.iter().for_each(|unit| columns.add(unit));
    columns.add_filter(&query.filter);
    columns
}

/// What time in stages needs from the log.
pub fn plan(query: &TimeInStageQuery) -> Plan {
    let mut names = query.event.0.clone();
    let exits = query.exit.iter().flat_map(|exit| &exit.0);
    names.extend(exits.filter(|name| !query.event.0.contains(name)).cloned());
    Plan { names: Some(names), columns: columns(query).0, from: Some(query.from), to: Some(query.to), is_loose: false }
}

/// The stages.
pub fn time_in_stage(query: &TimeInStageQuery, records: &Records) -> TimeInStageAnswer {
    let mut stays = Stays::default();
    stays.add(query, records);
    stays.answer()
}

/// The same from columns of [`plan`].
pub(crate) fn time_in_stage_from<S: Source>(
    query: &TimeInStageQuery,
    source: &S,
    threads: usize,
) -> Result<TimeInStageAnswer, S::Error> {
    let width = columns(query).0.len();
    let work = |stays: &mut Stays, records: &Records| stays.add(query, records);
    let mut all = Stays::default();
    for stays in over_blocks(source, width, threads, Stays::default, work)? {
        for (stage, times) in stays.by_stage {
            let known = all.by_stage.entry(stage).or_default();
            known.left_ms.extend(times.left_ms);
            known.seen_ms.extend(times.seen_ms);
        }
    }
    Ok(all.answer())
}

/// A stay of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) stage: String,
    pub(crate) entered_ms: i64,
    /// `None` while it is still there.
    pub(crate) left_ms: Option<i64>,
}

/// A question ready for records.
pub(crate) struct Reader {
    inside: std::ops::Range<i64>,
    entering: Predicate,
    leaving: Option<Predicate>,
    stage: usize,
    unit: Option<usize>,
}

impl Reader {
    pub(crate) fn new(query: &TimeInStageQuery, records: &Records) -> Self {
        let columns = columns(query);
        let exit = query.exit.as_ref();
        Self {
            inside: query.from.ms()..query.known_until().ms(),
            entering: Predicate::new(&query.event, &query.filter, &columns, records),
            leaving: exit.map(|exit| Predicate::new(exit, &Filter::default(), &columns, records)),
            stage: columns.index(&query.prop).unwrap_or(usize::MAX),
            unit: query.unit.as_ref().and_then(|unit| columns.index(unit)),
        }
    }

    /// The stays of one person, whose rows come in order of time.
    pub(crate) fn stays(&self, rows: &[Record]) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        // By unit: the place of the stay that it is in.
        let mut open: AHashMap<String, usize> = AHashMap::new();
        let inside: Vec<&Record> = rows.iter().filter(|row| self.inside.contains(&row.at_ms)).collect();
        for instant in inside.chunk_by(|one, two| one.at_ms == two.at_ms) {
            let entering = instant.iter().filter(|row| self.entering.matches(row));
            let mut stages: Vec<(String, String)> =
                entering.filter_map(|row| Some((self.unit_of(row)?, named(row, self.stage)?))).collect();
            stages.sort_unstable();
            let at_ms = instant[0].at_ms;
            for (unit, stage) in stages {
                let known = open.get(&unit).copied();
                if known.is_some_and(|place| stays[place].stage == stage) {
                    continue;
                }
                if let Some(place) = known {
                    stays[place].left_ms = Some(at_ms);
                }
                open.insert(unit, stays.len());
                stays.push(Stay { stage, entered_ms: at_ms, left_ms: None });
            }
            let leaving = instant.iter().filter(|row| self.leaving.as_ref().is_some_and(|exit| exit.matches(row)));
            for unit in leaving.filter_map(|row| self.unit_of(row)) {
                if let Some(place) = open.remove(&unit) {
                    stays[place].left_ms = Some(at_ms);
                }
            }
        }
        stays
    }

    fn unit_of(&self, row: &Record) -> Option<String> {
        self.unit.map_or(Some(String::new()), |unit| named(row, unit))
    }
}

/// The text of a property that has one.
fn named(row: &Record, column: usize) -> Option<String> {
    let text = text(value(row, column));
    (!text.is_empty()).then(|| text.into_owned())
}

/// How long the stays of a stage were, in milliseconds.
#[derive(Debug, Default)]
struct Times {
    left_ms: Vec<i64>,
    /// Of those still there: how long they were seen.
    seen_ms: Vec<i64>,
}

#[derive(Debug, Default)]
struct Stays {
    by_stage: AHashMap<String, Times>,
}

impl Stays {
    fn add(&mut self, query: &TimeInStageQuery, records: &Records) {
        let reader = Reader::new(query, records);
        for person in records.rows.chunk_by(|one, next| one.person == next.person) {
            for stay in reader.stays(person) {
                let times = self.by_stage.entry(stay.stage).or_default();
                match stay.left_ms {
                    Some(left_ms) => times.left_ms.push(left_ms - stay.entered_ms),
                    None => times.seen_ms.push(query.known_until().ms() - stay.entered_ms),
                }
            }
        }
    }

    fn answer(self) -> TimeInStageAnswer {
        let stages_total = self.by_stage.len() as u64;
        let mut stages: Vec<StageTime> = self.by_stage.into_iter().map(|(stage, times)| times.answer(stage)).collect();
        stages.sort_by(|one, two| (two.entered, &one.stage).cmp(&(one.entered, &two.stage)));
        stages.truncate(STAGES_MAX);
        TimeInStageAnswer { stages, stages_total }
    }
}

impl Times {
    fn answer(self, stage: String) -> StageTime {
        let (left, still_there) = (self.left_ms.len() as u64, self.seen_ms.len() as u64);
        let curve = Curve::new(self.left_ms, self.seen_ms);
        let seconds = |ms: i64| ms as f64 / 1_000.0;
        StageTime {
            stage,
            entered: left + still_there,
            left,
            still_there,
            mean_s: curve.mean_ms() / 1_000.0,
            median_s: curve.quantile_ms(0.5).map(seconds),
            p90_s: curve.quantile_ms(0.9).map(seconds),
        }
    }
}
