//! The list of rules.

use base::{Id, Timestamp, id};
use funnel::assignment::AssignmentRule;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::assignments::rules::{self, Rule};
use store::assignments::waits;

use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

/// Most rules of a company.
pub const RULES_MAX: usize = 100;

/// A rule in its place.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = AssignmentRuleView)]
pub struct RuleView {
    pub id: Id<id::AssignmentRule>,
    #[serde(flatten)]
    pub rule: AssignmentRule,
    /// Counts the changes: pass it as `base_version` so as not to write over somebody else's.
    pub version: i64,
    pub updated_at: Timestamp,
}

impl From<Rule> for RuleView {
    fn from(rule: Rule) -> Self {
        Self { id: rule.id, rule: rule.rule, version: rule.version, updated_at: rule.updated_at }
    }
}

/// A rule as it is to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = AssignmentRuleRequest)]
#[serde(deny_unknown_fields)]
pub struct RuleRequest {
    pub rule: AssignmentRule,
    /// The version that was changed: refused when somebody has changed it since.
    #[serde(default)]
    pub base_version: Option<i64>,
}

/// The order in which rules are asked.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = AssignmentRuleOrder)]
#[serde(deny_unknown_fields)]
pub struct RuleOrder {
    /// All of them.
    pub ids: Vec<Id<id::AssignmentRule>>,
}

/// All rules, in the order in which they are asked.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<RuleView>> {
    actor.may(Permission::RoutingRead)?;
    Ok(rules::all(app.store.reader()).await?.into_iter().map(RuleView::from).collect())
}

/// Add a rule behind the others.
pub async fn add(app: &App, actor: &Actor, request: RuleRequest) -> Result<RuleView> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let all = rules::all_for_update(&tx).await?;
    if all.len() >= RULES_MAX {
        let detail = format!("there are at most {RULES_MAX} rules: remove some first");
        return Err(AppError::conflict("too_many", detail));
    }
    let rule = checked(app, &tx, request.rule).await?;
    let position = all.last().map_or(0, |last| last.position + 1);
    let now = app.now();
    let rule = Rule { id: app.new_id(), position, rule, version: 1, created_at: now, updated_at: now };
    rules::insert(&tx, &rule).await?;
    waits::wake_all(&tx, app.now()).await?;
    audit::record(app, &tx, actor, "assignment_rule.create", rule.id, json!({"after": rule.rule})).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(rule.into())
}

/// Write a rule anew.
pub async fn replace(app: &App, actor: &Actor, id: Id<id::AssignmentRule>, request: RuleRequest) -> Result<RuleView> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let all = rules::all_for_update(&tx).await?;
    let before = all.into_iter().find(|rule| rule.id == id).ok_or(AppError::NotFound("assignment rule"))?;
    if request.base_version.is_some_and(|version| version != before.version) {
        let detail = "somebody has changed this rule since you opened it: load it again";
        return Err(AppError::conflict("version_passed", detail));
    }
    let rule = checked(app, &tx, request.rule).await?;
    let after = Rule { rule, version: before.version + 1, updated_at: app.now(), ..before.clone() };
    rules::update(&tx, &after).await?;
    waits::wake_all(&tx, app.now()).await?;
    let detail = json!({"before": before.rule, "after": after.rule});
    audit::record(app, &tx, actor, "assignment_rule.update", id, detail).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(after.into())
}

/// Remove a rule. What it gave to people stays theirs; what waits for it is asked of the others.
pub async fn remove(app: &App, actor: &Actor, id: Id<id::AssignmentRule>) -> Result<()> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let all = rules::all_for_update(&tx).await?;
    let before = all.into_iter().find(|rule| rule.id == id).ok_or(AppError::NotFound("assignment rule"))?;
    rules::delete(&tx, id).await?;
    waits::wake_all(&tx, app.now()).await?;
    audit::record(app, &tx, actor, "assignment_rule.delete", id, json!({"before": before.rule})).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(())
}

/// Ask the rules in another order.
pub async fn reorder(app: &App, actor: &Actor, order: RuleOrder) -> Result<Vec<RuleView>> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let all = rules::all_for_update(&tx).await?;
    let mut ids: Vec<_> = all.iter().map(|rule| rule.id).collect();
    let before = ids.clone();
    let mut wanted = order.ids.clone();
    ids.sort_unstable();
    wanted.sort_unstable();
    if ids != wanted {
        let message = "name every rule once: somebody has added or removed one, so load them again";
        return Err(AppError::invalid("ids", "rules", message));
    }
    for mut rule in all {
        let place = order.ids.iter().position(|id| *id == rule.id).unwrap_or_default();
        rule.position = i64::try_from(place).unwrap_or(i64::MAX);
        rules::update(&tx, &rule).await?;
    }
    waits::wake_all(&tx, app.now()).await?;
    let detail = json!({"before": before, "after": order.ids});
    audit::record(app, &tx, actor, "assignment_rule.reorder", "assignment_rules", detail).await?;
    tx.commit().await?;
    app.bell.ring();
    list(app, actor).await
}

/// A rule whose people, team, funnel and stage there are.
pub(super) async fn checked(app: &App, tx: &Tx, mut rule: AssignmentRule) -> Result<AssignmentRule> {
    rule.name = rule.name.trim().to_owned();
    let told = rule.problems().into_iter();
    let named = told.map(|problem| FieldProblem::new(format!("rule.{}", problem.field), problem.code, problem.message));
    let mut problems: Vec<FieldProblem> = named.collect();
    let users = store::users::all(tx).await?;
    let is_active = |id: &Id<id::User>| users.iter().any(|user| user.id == *id && user.is_active);
    if !rule.people.iter().all(is_active) {
        problems.push(FieldProblem::new("rule.people", "unknown", "choose users who can log in"));
    }
    if rule.fallback_id.is_some_and(|user| !is_active(&user)) {
        problems.push(FieldProblem::new("rule.fallback_id", "unknown", "choose a user who can log in"));
    }
    if let Some(team) = rule.team_id
        && store::teams::find(tx, team).await?.is_none()
    {
        problems.push(FieldProblem::new("rule.team_id", "unknown", "there is no such team: choose another"));
    }
    let rules = app.running.rules();
    if let Some(id) = rule.funnel_id {
        match rules.funnels.iter().find(|funnel| funnel.id == id) {
            None => problems.push(FieldProblem::new("rule.funnel_id", "unknown", "there is no such funnel")),
            Some(funnel) => {
                let is_stage = |stage: &String| funnel.doc.stages.iter().any(|known| known.id.0 == *stage);
                if rule.stage.as_ref().is_some_and(|stage| !is_stage(stage)) {
                    let message = "the funnel has no such stage: choose one that it has";
                    problems.push(FieldProblem::new("rule.stage", "unknown", message));
                }
            }
        }
    }
    if problems.is_empty() { Ok(rule) } else { Err(AppError::Invalid(problems)) }
}
