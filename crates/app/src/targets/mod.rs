//! What people, teams, funnels, stages and the company are to reach, what they have reached, and the pace: what the
//! working time that is over asks for, and where it leads. Goals of a document's clusters are measured beside them.

mod actual;
mod clusters;
#[cfg(test)]
mod tests;

use base::{Currency, Id, Timestamp, id};
use insight::pace::pace;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::deals::Scope;
use store::targets::Target;

use crate::{
    Actor, App, AppError, FieldProblem, Result, audit, deals, permission::Permission, routing::Hours, team::people_of,
};

use actual::{Figures, Span};

pub use clusters::{ClusterGoal, goals};

/// Most targets of a company.
pub const TARGETS_MAX: usize = 500;
/// The most that one may ask for: things, or minor units.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// In which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
// `TargetPeriod` is what documents call a day, week, month, quarter or year.
#[schema(as = TargetSpan)]
#[serde(rename_all = "snake_case")]
pub enum TargetPeriod {
    Month,
    Quarter,
    Year,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetUnit {
    /// Deals won in the time.
    DealsWon,
    /// What they brought, in minor units of `currency`.
    ValueWon,
    /// Deals made in the time.
    DealsMade,
    /// Times that a deal came into the stage.
    Entered,
    /// Calls that were written down.
    Calls,
    /// Meetings that were held.
    Meetings,
    /// Tasks that were done.
    Tasks,
}

/// What is to be reached in each period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetDoc {
    pub period: TargetPeriod,
    pub unit: TargetUnit,
    /// How many; of a value, minor units of the currency.
    pub amount: i64,
    /// Of a value.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// Of this funnel; of all when absent.
    #[serde(default)]
    pub funnel_id: Option<Id<id::Funnel>>,
    /// The stage of the funnel, for `entered`.
    #[serde(default)]
    pub stage: Option<String>,
}

/// A target as it is to be: of a person, of a team, or with neither of everybody.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetRequest {
    #[serde(default)]
    pub user_id: Option<Id<id::User>>,
    #[serde(default)]
    pub team_id: Option<Id<id::Team>>,
    pub target: TargetDoc,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TargetPace {
    /// What is reached in the running period.
    pub actual: f64,
    /// What the working time that is over asks for.
    pub expected: f64,
    /// Where this pace leads; unknown before any working time is over.
    #[schema(required)]
    pub forecast: Option<f64>,
    /// Reached, of the target: 1 for all of it.
    pub share: f64,
}

/// A target, and how far it is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TargetView {
    pub id: Id<id::Target>,
    #[schema(required)]
    pub user_id: Option<Id<id::User>>,
    #[schema(required)]
    pub team_id: Option<Id<id::Team>>,
    pub target: TargetDoc,
    /// When the running period began, and when it is over.
    pub from: Timestamp,
    pub to: Timestamp,
    pub pace: TargetPace,
}

/// All targets and how far they are. A rep sees the own ones.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<TargetView>> {
    actor.may(Permission::InsightsRead)?;
    actor.may(Permission::DealsRead)?;
    let conn = app.store.reader();
    let all: Vec<Target<TargetDoc>> = store::targets::all(conn).await?;
    let is_shown = |target: &Target<TargetDoc>| match deals::scope(actor) {
        Scope::All => true,
        Scope::Own(user) => target.user_id == Some(user),
        Scope::Nothing => false,
    };
    let hours = Hours::load(app, conn).await?;
    let mut figures = Figures::new(app);
    let mut views = Vec::new();
    for target in all.into_iter().filter(is_shown) {
        views.push(view(app, &hours, &mut figures, target).await?);
    }
    Ok(views)
}

async fn view(app: &App, hours: &Hours, figures: &mut Figures<'_>, target: Target<TargetDoc>) -> Result<TargetView> {
    let Target { id, user_id, team_id, target, .. } = target;
    let span = Span::of(app, target.period);
    let people = match user_id {
        Some(user) => Some(vec![user]),
        None => people_of(app, team_id).await?,
    };
    let actual = figures.actual(&target, people.as_deref(), span).await?;
    let works = user_id.map_or(&hours.company, |user| hours.of(user));
    let (elapsed, whole) = span.working(works, app.now());
    let pace = pace_of(actual, target.amount as f64, elapsed, whole);
    Ok(TargetView { id, user_id, team_id, target, from: span.from, to: span.to, pace })
}

fn pace_of(actual: f64, amount: f64, elapsed: f64, whole: f64) -> TargetPace {
    let pace = pace(actual, amount, elapsed, whole);
    TargetPace { actual, expected: pace.expected, forecast: pace.forecast, share: pace.share }
}

/// Add a target.
pub async fn add(app: &App, actor: &Actor, request: TargetRequest) -> Result<TargetView> {
    actor.may(Permission::TargetsWrite)?;
    let tx = app.store.begin().await?;
    if store::targets::all::<TargetDoc>(&tx).await?.len() >= TARGETS_MAX {
        let detail = format!("there are at most {TARGETS_MAX} targets: remove some first");
        return Err(AppError::conflict("too_many", detail));
    }
    let TargetRequest { user_id, team_id, target } = checked(app, &tx, request).await?;
    let now = app.now();
    let target = Target { id: app.new_id(), user_id, team_id, target, created_at: now, updated_at: now };
    store::targets::insert(&tx, &target).await?;
    audit::record(app, &tx, actor, "target.create", target.id, told(&target)).await?;
    tx.commit().await?;
    let hours = Hours::load(app, app.store.reader()).await?;
    view(app, &hours, &mut Figures::new(app), target).await
}

/// Write a target anew.
pub async fn replace(app: &App, actor: &Actor, id: Id<id::Target>, request: TargetRequest) -> Result<TargetView> {
    actor.may(Permission::TargetsWrite)?;
    let tx = app.store.begin().await?;
    let before: Target<TargetDoc> = store::targets::find(&tx, id).await?.ok_or(AppError::NotFound("target"))?;
    let TargetRequest { user_id, team_id, target } = checked(app, &tx, request).await?;
    let target = Target { user_id, team_id, target, updated_at: app.now(), ..before.clone() };
    store::targets::update(&tx, &target).await?;
    let detail = json!({"before": told(&before), "after": told(&target)});
    audit::record(app, &tx, actor, "target.update", id, detail).await?;
    tx.commit().await?;
    let hours = Hours::load(app, app.store.reader()).await?;
    view(app, &hours, &mut Figures::new(app), target).await
}

/// Remove a target.
pub async fn remove(app: &App, actor: &Actor, id: Id<id::Target>) -> Result<()> {
    actor.may(Permission::TargetsWrite)?;
    let tx = app.store.begin().await?;
    let before: Target<TargetDoc> = store::targets::find(&tx, id).await?.ok_or(AppError::NotFound("target"))?;
    store::targets::delete(&tx, id).await?;
    audit::record(app, &tx, actor, "target.delete", id, told(&before)).await?;
    tx.commit().await?;
    Ok(())
}

fn told(target: &Target<TargetDoc>) -> serde_json::Value {
    json!({"user": target.user_id, "team": target.team_id, "target": target.target})
}

async fn checked(app: &App, tx: &store::Tx, request: TargetRequest) -> Result<TargetRequest> {
    let mut problems = Vec::new();
    let mut refuse = |field: &str, code: &'static str, message: &str| {
        problems.push(FieldProblem::new(field, code, message));
    };
    let target = &request.target;
    if !(1..=AMOUNT_MAX).contains(&target.amount) {
        refuse("target.amount", "range", "write an amount above nothing");
    }
    if (target.unit == TargetUnit::ValueWon) != target.currency.is_some() {
        refuse("target.currency", "required", "name the currency of a value, and of a value only");
    }
    if (target.unit == TargetUnit::Entered) != target.stage.is_some() {
        refuse("target.stage", "required", "name the stage that deals are to come into, and for that only");
    }
    if target.stage.is_some() && target.funnel_id.is_none() {
        refuse("target.funnel_id", "required", "name the funnel that the stage belongs to");
    }
    let is_activity = matches!(target.unit, TargetUnit::Calls | TargetUnit::Meetings | TargetUnit::Tasks);
    if is_activity && target.funnel_id.is_some() {
        refuse("target.funnel_id", "activity", "calls, meetings and tasks are of all funnels: leave the funnel empty");
    }
    let rules = app.running.rules();
    if let Some(id) = target.funnel_id {
        let funnel = rules.funnels.iter().find(|funnel| funnel.id == id);
        let has =
            |stage: &String| funnel.is_some_and(|funnel| funnel.doc.stages.iter().any(|known| known.id.0 == *stage));
        if funnel.is_none() {
            refuse("target.funnel_id", "unknown", "there is no such funnel: choose another");
        } else if target.stage.as_ref().is_some_and(|stage| !has(stage)) {
            refuse("target.stage", "unknown", "the funnel has no such stage: choose one that it has");
        }
    }
    if request.user_id.is_some() && request.team_id.is_some() {
        refuse("team_id", "both", "a target is of a person or of a team: leave one of them empty");
    }
    if let Some(user) = request.user_id
        && store::users::find(tx, user).await?.is_none()
    {
        refuse("user_id", "unknown", "choose a user of this company");
    }
    if let Some(team) = request.team_id
        && store::teams::find(tx, team).await?.is_none()
    {
        refuse("team_id", "unknown", "there is no such team: choose another");
    }
    if problems.is_empty() { Ok(request) } else { Err(AppError::Invalid(problems)) }
}
