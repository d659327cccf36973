//! Goals of a document's clusters against what was reached.
//!
//! A cluster is measured where its goal counts deals: leads are deals made, sales are deals won, revenue is what they
//! brought, each in the cluster's channels and by its team. What a goal counts otherwise is for insights.

use base::{Id, id};
use funnel::deal::DealStatus;
use funnel::document::{Cluster, Goal, GoalValue, Metric, Period};
use funnel::localized::Localized;
use serde::Serialize;
use store::funnels::Funnel;
use store::team::Asked;

use super::actual::Span;
use super::{TargetPace, TargetPeriod, pace_of};
use crate::routing::Hours;
use crate::{Actor, App, Result, deals, permission::Permission};

/// A goal of a cluster, and how far it is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClusterGoal {
    pub funnel_id: Id<id::Funnel>,
    /// What the document calls the cluster.
    pub cluster: String,
    pub name: Localized,
    /// Who answers for it.
    pub owner: String,
    pub goal: Goal,
    /// How far it is; none for what is not counted in deals, or in no month, quarter or year.
    #[schema(required)]
    pub pace: Option<TargetPace>,
}

/// The goals of the clusters of a funnel, the first one when none is named; measured over everybody's deals, so
/// that a rep sees goals and no numbers.
pub async fn goals(app: &App, actor: &Actor, funnel: Option<Id<id::Funnel>>) -> Result<Vec<ClusterGoal>> {
    actor.may(Permission::InsightsRead)?;
    actor.may(Permission::FunnelsRead)?;
    let rules = app.running.rules();
    let found = match funnel {
        Some(id) => rules.funnels.iter().find(|funnel| funnel.id == id),
        None => rules.funnels.first(),
    };
    let Some(funnel) = found else { return Ok(Vec::new()) };
    let sees_all = actor.may(Permission::DealsAll).is_ok();
    let mut goals = Vec::new();
    for cluster in &funnel.doc.clusters {
        for goal in &cluster.goals {
            let pace = if sees_all { measured(app, actor, funnel, cluster, goal).await? } else { None };
            goals.push(ClusterGoal {
                funnel_id: funnel.id,
                cluster: cluster.id.clone(),
                name: cluster.name.clone(),
                owner: if goal.owner.is_empty() { cluster.owner.clone() } else { goal.owner.clone() },
                goal: goal.clone(),
                pace,
            });
        }
    }
    Ok(goals)
}

async fn measured(
    app: &App,
    actor: &Actor,
    funnel: &Funnel,
    cluster: &Cluster,
    goal: &Goal,
) -> Result<Option<TargetPace>> {
    let period = match goal.per {
        Some(Period::Month) => TargetPeriod::Month,
        Some(Period::Quarter) => TargetPeriod::Quarter,
        Some(Period::Year) => TargetPeriod::Year,
        Some(Period::Day | Period::Week) | None => return Ok(None),
    };
    let GoalValue::Number(amount) = goal.value else { return Ok(None) };
    let conn = app.store.reader();
    let span = Span::of(app, period);
    let which = Asked { scope: deals::scope(actor), funnel_id: Some(funnel.id), channels: &cluster.channels };
    let team = store::teams::all(conn).await?.into_iter().find(|team| team.name == cluster.team);
    if !cluster.team.is_empty() && team.is_none() {
        // The document names a team that nobody has made: whose deals count is not known.
        return Ok(None);
    }
    let is_asked = |owner: Option<Id<id::User>>| match &team {
        Some(team) => owner.is_some_and(|owner| team.members.contains(&owner)),
        None => true,
    };
    let sums = match goal.metric {
        Metric::Leads => store::team::made(conn, which, span.from, span.to).await?,
        Metric::Sales | Metric::Revenue => store::team::closed(conn, which, span.from, span.to).await?,
        _ => return Ok(None),
    };
    let is_counted = |status: DealStatus| goal.metric == Metric::Leads || status == DealStatus::Won;
    let own = sums.into_iter().filter(|sum| is_counted(sum.status) && is_asked(sum.owner_id));
    let actual = if goal.metric == Metric::Revenue {
        let of_currency = own.map(|sum| sum.value).filter(|value| value.currency == funnel.doc.currency);
        of_currency.map(crate::offers::major_units).sum()
    } else {
        own.map(|sum| sum.count).sum::<u64>() as f64
    };
    let hours = Hours::load(app, conn).await?;
    let (elapsed, whole) = span.working(&hours.company, app.now());
    Ok(Some(pace_of(actual, amount as f64, elapsed, whole)))
}
