//! How many went on from each stage, and how long they took.
//!
//! A funnel has two halves with two units. Up to the stage that opens a deal there are **people**: visitors who may
//! become a lead, of whom only the log knows. From there on there are **deals**: salespeople move them by hand, without
//! an event of the person, and one person may have two. So the stages before the opening one are measured by the events
//! of the document over people, and those from it on by `Stage Entered` over deals. A funnel whose document opens no
//! deal, or in which none was opened in the time looked at, is measured by people from top to bottom.
//!
//! Both are asked of the log, as reports are: a stage and what comes behind it as a funnel of two steps. Whoever had
//! less time than the target gives does not count yet, for a rate of people who are still under way is too low.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Money, Timestamp, id};
use funnel::document::{Duration, FunnelDoc, Stage};
use funnel::lint::facts::{Measured, PEOPLE_MIN, StageMeasured};
use insight::query::{Answer, Query};
use insight::record::{Plan, Value as Cell};
use parking_lot::Mutex;
use serde_json::{Value, json};
use store::funnels::Funnel;

use super::Figures;
use crate::{App, Result, insights};

/// How far figures look back.
pub const DAYS: u32 = 90;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// How old figures may be while somebody writes: each change asks for a check, and the log is not asked each time.
const RECENT_MS: i64 = 10 * 60 * 1000;
/// A time that is given and longer than this does not shorten the time looked at further.
const UNDER_WAY_MAX_DAYS: i64 = 45;

/// The figures that were last made of each funnel.
#[derive(Debug, Default)]
pub(in crate::funnels) struct Measurements(Mutex<HashMap<Id<id::Funnel>, Known>>);

#[derive(Debug)]
struct Known {
    at: Timestamp,
    version: i64,
    measured: Option<Arc<Measured>>,
}

impl Measurements {
    /// The figures of a funnel that runs; none while too few came for any.
    pub(in crate::funnels) async fn of(
        &self,
        app: &App,
        funnel: &Funnel,
        figures: Figures,
    ) -> Result<Option<Arc<Measured>>> {
        if figures == Figures::Recent
            && let Some(known) = self.0.lock().get(&funnel.id)
            && known.version == funnel.version
            && app.now().ms() - known.at.ms() < RECENT_MS
        {
            return Ok(known.measured.clone());
        }
        let measured = measure(app, &funnel.doc).await?.map(Arc::new);
        let known = Known { at: app.now(), version: funnel.version, measured: measured.clone() };
        self.0.lock().insert(funnel.id, known);
        Ok(measured)
    }
}

async fn measure(app: &App, doc: &FunnelDoc) -> Result<Option<Measured>> {
    let opening = opening(app, doc).await?;
    let mut stages = Vec::with_capacity(doc.stages.len());
    for (index, stage) in doc.stages.iter().enumerate() {
        let measured = match opening {
            Some(opening) if index >= opening => deals(app, doc, index).await?,
            _ => people(app, doc, index).await?,
        };
        stages.push(StageMeasured { stage: stage.id.clone(), ..measured });
    }
    // A funnel through which hardly anybody went has no rates, only assumptions.
    if stages.iter().all(|stage| stage.entered < PEOPLE_MIN) {
        return Ok(None);
    }
    Ok(Some(Measured { days: DAYS, stages, sale_value: sale_value(app, doc).await? }))
}

/// The stage from which deals are counted: the one that opens them, when any were opened.
async fn opening(app: &App, doc: &FunnelDoc) -> Result<Option<usize>> {
    let Some(opening) = doc.stages.iter().position(|stage| doc.opens_deal(stage)) else { return Ok(None) };
    let created = json!({"event": "Deal Created", "where": {"funnel": doc.id}});
    let answer = ask(app, vec![created], None, Some("deal")).await?;
    Ok((answer.counts.first().copied().unwrap_or(0) > 0).then_some(opening))
}

/// Deals that entered a stage, and those of them that later entered one behind it.
async fn deals(app: &App, doc: &FunnelDoc, index: usize) -> Result<StageMeasured> {
    let entered = |stages: Vec<&str>| {
        let stages = json!({"op": "in", "value": stages});
        json!({"event": "Stage Entered", "where": {"funnel": doc.id, "stage": stages}})
    };
    let behind: Vec<&str> = doc.stages[index + 1..].iter().map(|stage| stage.id.as_str()).collect();
    let mut steps = vec![entered(vec![doc.stages[index].id.as_str()])];
    if !behind.is_empty() {
        steps.push(entered(behind));
    }
    let answer = ask(app, steps, within(&doc.stages[index]), Some("deal")).await?;
    Ok(measured(&answer, 0, 1))
}

/// People who did what brings them into a stage, and those of them who then did what brings them into the next.
async fn people(app: &App, doc: &FunnelDoc, index: usize) -> Result<StageMeasured> {
    let step = |stage: &Stage| json!({"event": stage.enters_on.event, "where": conditions(stage)});
    let (stage, next) = (&doc.stages[index], doc.stages.get(index + 1));
    // The second order is the second of two steps.
    let times = |stage: &Stage| stage.enters_on.occurrence.clamp(1, REPEATED_MAX) as usize;
    let mut steps = vec![step(stage); times(stage)];
    let last = steps.len() - 1;
    if let Some(next) = next {
        let is_like =
            next.enters_on.event == stage.enters_on.event && next.enters_on.conditions == stage.enters_on.conditions;
        let more = if is_like { times(next).saturating_sub(times(stage)).max(1) } else { times(next) };
        steps.extend(vec![step(next); more]);
    }
    let end = steps.len() - 1;
    let answer = ask(app, steps, within(stage), None).await?;
    Ok(measured(&answer, last, end.max(last + 1)))
}

/// Occurrences beyond this are taken as this many: a question has at most 30 steps.
const REPEATED_MAX: u32 = 14;

/// The conditions of a stage as questions write them: a list of values of which one must be there.
fn conditions(stage: &Stage) -> Value {
    let written = stage.enters_on.conditions.iter().map(|(name, wanted)| {
        let wanted = if wanted.is_array() { json!({"op": "in", "value": wanted}) } else { wanted.clone() };
        (name.clone(), wanted)
    });
    Value::Object(written.collect())
}

fn within(stage: &Stage) -> Option<Duration> {
    stage.target.and_then(|target| target.within)
}

fn measured(answer: &insight::funnel::FunnelAnswer, first: usize, second: usize) -> StageMeasured {
    let count = |step: usize| answer.counts.get(step).copied().unwrap_or(0);
    let seconds = answer.median_s.get(second).copied().flatten().filter(|seconds| *seconds >= 1.0);
    StageMeasured {
        stage: "".into(),
        entered: count(first),
        went_on: count(second).min(count(first)),
        median_time: seconds.map(|seconds| Duration { seconds: seconds.min(f64::from(u32::MAX)) as u32 }),
    }
}

async fn ask(
    app: &App,
    steps: Vec<Value>,
    within: Option<Duration>,
    unit: Option<&str>,
) -> Result<insight::funnel::FunnelAnswer> {
    let span_s = i64::from(DAYS) * DAY_MS / 1000;
    let under_way_ms = within.map_or(0, |within| i64::from(within.seconds) * 1000).min(UNDER_WAY_MAX_DAYS * DAY_MS);
    let mut body = json!({
        "insight": "funnel",
        "steps": steps,
        "order": "ordered",
        "window_s": span_s,
        "from": app.now().plus_ms(-span_s * 1000),
        "to": app.now().plus_ms(1 - under_way_ms),
        "entry_only": true,
    });
    if let Some(unit) = unit {
        body["count"] = json!({"prop": unit});
    }
    let query: Query = insights::parse(body)?.asked_at(app.now());
    match app.log.answer(&query).await? {
        Answer::Funnel(answer) => Ok(answer),
        _ => Err(crate::AppError::Internal("a question about a funnel was answered by something else".to_owned())),
    }
}

/// What a sale brings on average: of the deals won in the funnel, else of all orders, in the funnel's currency.
async fn sale_value(app: &App, doc: &FunnelDoc) -> Result<Option<Money>> {
    let names = ["Deal Won", "Order Completed"];
    let plan = Plan {
        names: Some(names.map(str::to_owned).to_vec()),
        columns: ["value", "currency", "funnel"].map(str::to_owned).to_vec(),
        from: Some(app.now().plus_ms(-i64::from(DAYS) * DAY_MS)),
        to: Some(app.now().plus_ms(1)),
        is_loose: false,
    };
    let records = app.log.scan(&plan).await?;
    let (code, id) = (doc.currency.code().to_owned(), doc.id.clone());
    let scale = 10f64.powi(doc.currency.exponent().cast_signed());
    let is = |cell: &Cell, wanted: &str| matches!(cell, Cell::Text(text) if **text == *wanted);
    let mean = |name: &str, of_funnel: bool| {
        let (mut sum, mut count) = (0.0, 0u32);
        for row in &records.rows {
            let is_named = records.names.get(row.name as usize).is_some_and(|known| **known == *name);
            if let Cell::Number(value) = row.values[0]
                && is_named
                && is(&row.values[1], &code)
                && (!of_funnel || is(&row.values[2], &id))
            {
                (sum, count) = (sum + value, count + 1);
            }
        }
        (count > 0 && sum > 0.0).then(|| Money::new((sum / f64::from(count) * scale).round() as i64, doc.currency))
    };
    Ok(mean(names[0], true).or_else(|| mean(names[1], false)))
}
