//! What happens to deals when another version of their funnel is published.

use std::collections::BTreeMap;

use funnel::document::{FunnelDoc, Stage, StageId};
use funnel::gate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::deals::{Standing, Version};
use store::funnels::Funnel;

use crate::{Actor, App, AppError, FieldProblem, Result, audit};

/// Which version the deals follow that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// The new one.
    #[default]
    New,
    /// The one that each follows already, to its end.
    Entered,
}

/// What happens to the deals of a funnel when a version of it is published.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = OpenDealsRule)]
pub struct OpenDeals {
    /// Which version they follow.
    pub follow: Follow,
    /// Where those stand whose stage is called otherwise now, or is gone: the new id by the old one.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub stages: BTreeMap<String, StageId>,
}

/// Take the deals of a funnel along to a new version, in the transaction that publishes it, as the rule says. Where a
/// stage is mapped to another the deals are not moved by it but called otherwise. Refuses when open deals would stand
/// nowhere, or behind a gate that they have not passed; deals that have ended then stay with the version that they
/// follow, for opened again they must not stand behind it either.
pub(crate) async fn take_along(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    funnel: &Funnel,
    doc: &FunnelDoc,
    rule: &OpenDeals,
) -> Result<()> {
    refuse_problems(doc, rule)?;
    if rule.follow == Follow::Entered {
        return Ok(());
    }
    let mut kept = Vec::new();
    for standing in store::deals::standing(tx, funnel.id).await? {
        match past_a_gate(tx, funnel, doc, rule, &standing).await? {
            None => refuse_nowhere(doc, rule, &standing)?,
            Some(_) if standing.open == 0 => kept.push(standing),
            Some(gate) => return Err(jumps(rule, &standing, gate)),
        }
    }
    let renamed: Vec<(StageId, StageId)> =
        rule.stages.iter().map(|(from, to)| (from.as_str().into(), to.clone())).collect();
    let version = Version { funnel_id: funnel.id, number: funnel.version + 1 };
    store::deals::follow(tx, version, &renamed, &kept, &actor.audit_name(), app.now()).await?;
    if !renamed.is_empty() {
        let detail = json!({"version": version.number, "stages": rule.stages});
        audit::record(app, tx, actor, "funnel.rename_stages", funnel.id, detail).await?;
    }
    Ok(store::deals::look_again_in_funnel(tx, funnel.id, app.now()).await?)
}

/// The gate that deals would get past by following the new document.
async fn past_a_gate<'a>(
    tx: &Tx,
    funnel: &Funnel,
    doc: &'a FunnelDoc,
    rule: &OpenDeals,
    standing: &Standing,
) -> Result<Option<&'a Stage>> {
    let to = rule.stages.get(standing.stage.as_str()).unwrap_or(&standing.stage);
    if standing.version == funnel.version {
        return Ok(gate::jumped(&funnel.doc, &standing.stage, doc, to));
    }
    let older = store::funnels::find_version(tx, funnel.id, standing.version).await?;
    Ok(older.and_then(|older| gate::jumped(&older.doc, &standing.stage, doc, to)))
}

fn refuse_nowhere(doc: &FunnelDoc, rule: &OpenDeals, standing: &Standing) -> Result<()> {
    let Standing { stage, open, .. } = standing;
    if *open == 0 || doc.stage(stage).is_some() || rule.stages.contains_key(stage.as_str()) {
        return Ok(());
    }
    let detail = format!(
        "{open} open deals stand in the stage {stage}: say in deals.stages where they go, let them follow the version \
         that they entered, or move or close them first"
    );
    Err(AppError::conflict("stage_in_use", detail))
}

fn jumps(rule: &OpenDeals, standing: &Standing, gate: &Stage) -> AppError {
    let Standing { stage, open, .. } = standing;
    let gate = &gate.id;
    if rule.stages.contains_key(stage.as_str()) {
        let message =
            format!("the {open} open deals there have not passed the gate of {gate}: choose a stage before it");
        return AppError::invalid(format!("deals.stages.{stage}"), "past_a_gate", message);
    }
    let detail = format!(
        "{open} open deals in the stage {stage} would stand behind the gate of {gate}, which they have not passed: say in \
         deals.stages where they go, let them follow the version that they entered, or move or close them first"
    );
    AppError::conflict("past_a_gate", detail)
}

fn refuse_problems(doc: &FunnelDoc, rule: &OpenDeals) -> Result<()> {
    let mut problems = Vec::new();
    if rule.follow == Follow::Entered && !rule.stages.is_empty() {
        let message = "deals that follow the version they entered stay in its stages: leave stages out";
        problems.push(FieldProblem::new("deals.stages", "not_here", message));
    }
    for (from, to) in &rule.stages {
        if doc.stage(to).is_none() {
            let offered: Vec<&str> = doc.stages.iter().map(|stage| stage.id.as_str()).collect();
            let message = format!("the new version has no such stage: choose one of {}", offered.join(", "));
            problems.push(FieldProblem::new(format!("deals.stages.{from}"), "unknown", message));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}
