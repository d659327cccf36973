//! What the event log knows of each person's steps.

use std::collections::{BTreeMap, HashSet};

use base::{Id, Timestamp, id};
use insight::owners::{Happened, Told, Visits, visits};
use insight::record::{Plan, Record, Records, Value};
use insight::stats::wilson_95;
use serde::Serialize;
use store::deals::Scope;
use store::funnels::Funnel;

use crate::{App, Result, insights::off_the_runtime};

/// What the log is asked for, and in which column it comes.
const NAMES: [&str; 5] = ["Stage Entered", "Deal Assigned", "Deal Won", "Deal Lost", "Deal Reopened"];
const COLUMNS: [&str; 4] = ["deal", "funnel", "stage", "owner"];

/// Who went on from a stage.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TeamStep {
    /// The id of the stage.
    pub stage: String,
    /// Times that a deal of theirs came into it.
    pub entered: u64,
    /// Of those, how many went on to a later stage or were won.
    pub went_on: u64,
    pub went_back: u64,
    pub lost: u64,
    pub still_there: u64,
    /// The share that went on, and its 95 % interval; none when none came.
    #[schema(required)]
    pub share: Option<f64>,
    pub low: f64,
    pub high: f64,
    /// How long those stayed on average that went on, ms.
    #[schema(required)]
    pub mean_ms: Option<i64>,
}

impl TeamStep {
    pub(super) fn of(stage: String, visits: Visits) -> Self {
        let (low, high) = wilson_95(visits.went_on, visits.entered);
        Self {
            stage,
            entered: visits.entered,
            went_on: visits.went_on,
            went_back: visits.went_back,
            lost: visits.lost,
            still_there: visits.still_there,
            share: (visits.entered > 0).then(|| visits.went_on as f64 / visits.entered as f64),
            low,
            high,
            mean_ms: i64::try_from(visits.went_on).ok().and_then(|count| visits.went_on_ms.checked_div(count)),
        }
    }
}

pub(crate) type Owner = Option<Id<id::User>>;
pub(crate) type Steps = BTreeMap<(Owner, usize), Visits>;

/// The visits of each person and stage of a funnel that began in a time. A rep's are theirs alone.
pub(crate) async fn steps(app: &App, scope: Scope, funnel: &Funnel, from: Timestamp, to: Timestamp) -> Result<Steps> {
    let plan = Plan {
        names: Some(NAMES.map(str::to_owned).to_vec()),
        columns: COLUMNS.map(str::to_owned).to_vec(),
        from: Some(from),
        // How visits ended is looked at until now.
        to: Some(app.now().plus_ms(1)),
        is_loose: false,
    };
    let records = app.log.scan(&plan).await?;
    let of_funnel = funnel.clone();
    let mut told = off_the_runtime(move || told(&records, &of_funnel)).await?;
    own_silent(app, funnel, &mut told).await?;
    let all = off_the_runtime(move || {
        told.sort_by_key(|(position, told)| (told.at_ms, *position));
        visits(told.into_iter().map(|(_, told)| told), from.ms(), to.ms())
    })
    .await?;
    Ok(match scope {
        Scope::All => all,
        Scope::Own(user) => all.into_iter().filter(|((owner, _), _)| *owner == Some(user)).collect(),
        Scope::Nothing => Steps::new(),
    })
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

type Known = Told<Id<id::Deal>, Id<id::User>>;

fn told(records: &Records, funnel: &Funnel) -> Vec<(u64, Known)> {
    let of_funnel = |row: &&Record| text(&row.values[1]) == funnel.doc.id;
    let read = |row: &Record| {
        let deal: Id<id::Deal> = text(&row.values[0]).parse().ok()?;
        let what = match records.names.get(row.name as usize)?.as_ref() {
            "Stage Entered" => {
                let stage = text(&row.values[2]);
                Happened::Entered(funnel.doc.stages.iter().position(|known| known.id.as_str() == stage))
            }
            "Deal Assigned" => Happened::Assigned,
            "Deal Won" => Happened::Won,
            "Deal Lost" => Happened::Lost,
            _ => Happened::Reopened,
        };
        let owner = text(&row.values[3]).parse().ok();
        Some((row.position, Told { deal, at_ms: row.at_ms, what, owner }))
    };
    records.rows.iter().filter(of_funnel).filter_map(read).collect()
}

/// Facts of earlier versions do not say who had the deal: then whoever has it now. The database is asked only when
/// there are such.
async fn own_silent(app: &App, funnel: &Funnel, all: &mut [(u64, Known)]) -> Result<()> {
    let says: HashSet<Id<id::Deal>> =
        all.iter().filter(|(_, told)| told.owner.is_some()).map(|(_, told)| told.deal).collect();
    let is_silent = |told: &Known| !says.contains(&told.deal) && told.what != Happened::Assigned;
    if !all.iter().any(|(_, told)| is_silent(told)) {
        return Ok(());
    }
    let owners = store::team::owners(app.store.reader(), funnel.id).await?;
    for (_, told) in all.iter_mut().filter(|(_, told)| is_silent(told)) {
        told.owner = owners.get(&told.deal).copied().flatten();
    }
    Ok(())
}
