//! Trying a rule on the deals that came last, before it gives any.

use base::{Id, Timestamp, id};
use funnel::assignment::{AssignmentRule, Choice};
use serde::{Deserialize, Serialize};
use store::assignments::rules::Rule;
use store::deals::{Filter, Sort};

use super::{Desk, desk, rules};
use crate::{Actor, App, Result, deals, permission::Permission};

/// Deals that a rule is tried on.
pub const DEALS_MAX: u64 = 20;

/// A rule to be tried.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = AssignmentRulePreviewRequest)]
#[serde(deny_unknown_fields)]
pub struct RulePreviewRequest {
    pub rule: AssignmentRule,
    /// Which rule it is, when it is one already: whose turn it is depends on that.
    #[serde(default)]
    pub id: Option<Id<id::AssignmentRule>>,
}

/// One of the deals that came last.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = AssignmentPreviewDeal)]
pub struct PreviewDeal {
    pub id: Id<id::Deal>,
    pub title: String,
    pub stage: String,
    #[schema(required)]
    pub owner_id: Option<Id<id::User>>,
    pub created_at: Timestamp,
    /// Whether the rule would have taken it when nobody had it.
    pub is_taken: bool,
}

/// What a rule would do.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = AssignmentRulePreview)]
pub struct RulePreview {
    /// The deals that were opened last, newest first, at most 20.
    pub deals: Vec<PreviewDeal>,
    /// How many of them it would have taken.
    pub taken: usize,
    /// Who would get a deal now; nobody when none of them is there.
    #[schema(required)]
    pub next_id: Option<Id<id::User>>,
    /// When somebody is there, if nobody is now.
    #[schema(required)]
    pub there_at: Option<Timestamp>,
}

/// Try a rule on the deals that came last. Nothing is given to anybody.
pub async fn preview(app: &App, actor: &Actor, request: RulePreviewRequest) -> Result<RulePreview> {
    actor.may(Permission::RoutingRead)?;
    // Thrown away at the end: what is read in it stands still.
    let tx = app.store.begin().await?;
    let wanted = rules::checked(app, &tx, request.rule).await?;
    let id = request.id.unwrap_or_else(|| app.new_id());
    let now = app.now();
    let rule = Rule { id, position: 0, rule: wanted, version: 0, created_at: now, updated_at: now };
    let desk = Desk::of(app, &tx, Vec::new()).await?;
    let group = desk.group(&rule.rule);
    let choice = funnel::assignment::choose(&rule.rule, &desk.candidates(&tx, &rule, &group).await?);
    let filter = Filter { funnel_id: rule.rule.funnel_id, ..Filter::all(deals::scope(actor)) };
    let mut tried = Vec::new();
    for deal in store::deals::list(&tx, &filter, Sort::Newest, None, DEALS_MAX).await?.items {
        let is_taken = desk::fits(&rule, &desk::subject(app, &tx, &deal).await?, now);
        tried.push(PreviewDeal {
            id: deal.id,
            title: deal.title,
            stage: deal.stage.0,
            owner_id: deal.owner_id,
            created_at: deal.created_at,
            is_taken,
        });
    }
    let (next_id, there_at) = match choice {
        Choice::Person(user) | Choice::Fallback(user) => (Some(user), None),
        Choice::Wait(at) => (None, at),
        Choice::NextRule => (None, None),
    };
    Ok(RulePreview { taken: tried.iter().filter(|deal| deal.is_taken).count(), deals: tried, next_id, there_at })
}
