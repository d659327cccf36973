//! What stands between a deal and its stages, told to people.

use std::sync::Arc;

use base::{Id, Locale, Timestamp, id};
use funnel::document::{Role, Stage, StageId};
use funnel::gate::{Block, Decision, Labels, Reason};
use serde::{Deserialize, Serialize};
use store::ConnectionTrait;
use store::funnels::Funnel;

use super::case::{self, Asker, Case};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, permission::Permission};

/// A gate that let nobody through.
#[derive(Debug, Clone)]
pub struct Shut {
    pub(crate) funnel: Arc<Funnel>,
    /// The stage that was aimed at.
    pub(crate) to: StageId,
    /// Everything that is in the way.
    pub(crate) reasons: Vec<Block>,
    /// What the company calls its own fields.
    pub(crate) labels: Labels,
    /// The reader's language; the funnel's first when none.
    pub(crate) locale: Option<Locale>,
}

impl Shut {
    /// The stage that was aimed at.
    pub fn stage(&self) -> &str {
        self.to.as_str()
    }

    /// What is in the way, for the reader.
    pub fn reasons(&self) -> Vec<GateReasonView> {
        let of_funnel = || self.funnel.doc.locales.first().cloned().unwrap_or_else(Locale::english);
        told(&self.reasons, &self.funnel, &self.labels, &self.locale.clone().unwrap_or_else(of_funnel))
    }
}

impl std::fmt::Display for Shut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.funnel.doc.stage(&self.to).map_or(self.to.as_str(), |stage| stage.name(&Locale::english()));
        write!(f, "the gate before {name} is shut")?;
        for block in &self.reasons {
            write!(f, "; {}", block.reason)?;
        }
        Ok(())
    }
}

/// One thing in the way of a deal.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = GateReasonTold)]
pub struct GateReasonView {
    /// What it is.
    #[serde(flatten)]
    pub block: Block,
    /// The same as a sentence, in the language that was asked for.
    pub text: String,
    /// What people call the field that it asks for, in the same language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field_name: Option<String>,
}

/// What blocks say, for a reader.
pub(super) fn told(blocks: &[Block], funnel: &Funnel, labels: &Labels, locale: &Locale) -> Vec<GateReasonView> {
    let tell = |block: &Block| {
        let block = block.clone().labelled(labels);
        GateReasonView { text: block.text(&funnel.doc, locale), field_name: block.reason.field_name(locale), block }
    };
    blocks.iter().map(tell).collect()
}

/// What the company calls its own fields.
pub(super) async fn labels(conn: &impl ConnectionTrait, actor: &Actor) -> Result<Labels> {
    let of_deals = Fields::load(conn, actor, Entity::Deal).await?;
    let of_contacts = Fields::load(conn, actor, Entity::Contact).await?;
    Ok(of_deals.labels().chain(of_contacts.labels()).collect())
}

/// Which gates.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct GateQuery {
    /// One stage; every other one when absent.
    pub stage: Option<String>,
    /// The language of the sentences; the company's when absent.
    #[param(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

/// What stands between a deal and each stage.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DealGates {
    /// Where it stands.
    pub stage: String,
    /// The version of the funnel that it follows.
    pub funnel_version: i64,
    /// The other stages in their order: those before it, too, for some let nobody back.
    pub stages: Vec<StageGateView>,
    /// The approvals given so far, newest first. Most hold for the next move only.
    pub approvals: Vec<GivenApproval>,
}

/// What stands between a deal and one stage.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = DealStageGate)]
pub struct StageGateView {
    /// Its id.
    pub stage: String,
    /// Its name, for a reader.
    pub name: String,
    /// Whether the deal may go there now, if the asker moves it.
    pub is_open: bool,
    /// Whether it lies before the stage that the deal stands in.
    pub is_behind: bool,
    /// Everything that is in the way, in the order of the stages.
    pub reasons: Vec<GateReasonView>,
    /// Who may let the deal pass with a reason: roles that may override every reason. Nobody when empty.
    pub override_by: Vec<Role>,
    /// Whether the asker is one of them.
    pub may_override: bool,
    /// The fewest characters of that reason.
    pub override_chars_min: u32,
    /// Whether the asker can give an approval that is missing there.
    pub may_approve: bool,
}

/// An approval that somebody gave.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GivenApproval {
    /// The stage that the deal may enter.
    pub stage: String,
    /// The user who gave it.
    pub by: String,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Timestamp,
}

/// What stands between a deal and its stages, as the asker would meet it.
pub async fn gates(app: &App, actor: &Actor, id: Id<id::Deal>, query: GateQuery) -> Result<DealGates> {
    actor.may(Permission::DealsRead)?;
    let known = case::known(app, actor, id).await?;
    let conn = app.store.reader();
    let deal = store::deals::find(conn, id, super::scope(actor)).await?.ok_or(AppError::NotFound("deal"))?;
    let case = Case::of(app, conn, deal, known).await?;
    let locale = query.locale.unwrap_or_else(|| app.company().default_locale());
    let labels = labels(conn, actor).await?;
    let doc = &case.funnel.doc;
    let is_asked = |stage: &&Stage| match &query.stage {
        Some(asked) => stage.id.as_str() == asked,
        None => stage.id != case.deal.stage,
    };
    let asked: Vec<&Stage> = doc.stages.iter().filter(is_asked).collect();
    if let Some(stage) = query.stage.filter(|_| asked.is_empty()) {
        funnel::deal::known_stage(doc, &StageId(stage)).map_err(super::moves::refused)?;
    }
    let given = |approval: &funnel::gate::Approval| GivenApproval {
        stage: approval.stage.0.clone(),
        by: approval.by.clone(),
        role: approval.role,
        at: approval.at,
    };
    Ok(DealGates {
        stage: case.deal.stage.0.clone(),
        funnel_version: case.deal.funnel_version,
        stages: asked.into_iter().map(|stage| view(&case, actor, stage, &labels, &locale, app.now())).collect(),
        approvals: case.approvals.iter().map(given).collect(),
    })
}

fn view(case: &Case, actor: &Actor, stage: &Stage, labels: &Labels, locale: &Locale, now: Timestamp) -> StageGateView {
    let asker = Asker::of(actor);
    let reasons = match case.may_move(&asker.mover(), &stage.id, None, now) {
        Decision::Blocked { reasons } => reasons,
        Decision::Allowed { .. } | Decision::Already => Vec::new(),
    };
    let override_by: Vec<Role> = match reasons.split_first() {
        None => Vec::new(),
        Some((first, rest)) => {
            let is_of_all = |role: &&Role| rest.iter().all(|block| block.override_by.contains(role));
            first.override_by.iter().filter(is_of_all).copied().collect()
        }
    };
    let chars_min = reasons.iter().map(|block| block.override_chars_min).max().unwrap_or(0);
    // Whether they really may is decided by the rules themselves: four eyes stay four.
    let tried = "x".repeat(chars_min as usize);
    let may_override = !reasons.is_empty() && case.may_move(&asker.mover(), &stage.id, Some(&tried), now).is_allowed();
    let is_approval = |block: &Block| matches!(block.reason, Reason::ApprovalMissing { .. });
    let mut asked_for = reasons.iter().filter(|block| is_approval(block));
    let can_approve = |block: &Block| case.approve(&asker.mover(), &block.stage, now).is_ok();
    let doc = &case.funnel.doc;
    StageGateView {
        stage: stage.id.0.clone(),
        name: stage.name(locale).to_owned(),
        is_open: reasons.is_empty(),
        is_behind: doc.stage_index(&stage.id) < doc.stage_index(&case.deal.stage),
        override_by,
        may_override,
        override_chars_min: chars_min,
        may_approve: actor.user_id().is_some() && asked_for.any(can_approve),
        reasons: told(&reasons, &case.funnel, labels, locale),
    }
}
