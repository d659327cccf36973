//! What the company decides about the work of its salespeople: outcomes of calls, and when a deal is quiet.

use std::collections::BTreeMap;

use funnel::localized::Localized;
use serde::{Deserialize, Serialize};

use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

const SETTING: &str = "activities";
/// Outcomes that every installation has.
pub const OUTCOMES: [&str; 4] = ["reached", "no_answer", "left_message", "wrong_number"];
/// Own outcomes besides.
pub const OWN_OUTCOMES_MAX: usize = 20;
/// Longest id of an outcome, and name in one language.
const ID_CHARS_MAX: usize = 40;
const NAME_CHARS_MAX: usize = 60;
/// Days without an activity after which an open deal is quiet, when nobody has chosen.
const QUIET_DAYS: u32 = 14;
/// The longest that may be chosen.
pub const QUIET_DAYS_MAX: u32 = 365;
/// Stages with a number of days of their own.
const STAGES_MAX: usize = 100;

/// How a call may end, besides what every installation knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallOutcome {
    /// What events and reports call it: small letters, digits, underscores.
    pub id: String,
    /// What people call it.
    pub name: Localized,
}

/// What the company decides about activities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActivitySettings {
    /// Own outcomes of calls, besides `reached`, `no_answer`, `left_message` and `wrong_number`.
    pub call_outcomes: Vec<CallOutcome>,
    /// Days without an activity after which an open deal is quiet: 1 to 365.
    pub quiet_days: u32,
    /// The same for single stages, by `stage`, or `funnel/stage` where two funnels share the name.
    pub quiet_days_of: BTreeMap<String, u32>,
}

impl Default for ActivitySettings {
    fn default() -> Self {
        Self { call_outcomes: Vec::new(), quiet_days: QUIET_DAYS, quiet_days_of: BTreeMap::new() }
    }
}

impl ActivitySettings {
    /// The ids of all outcomes of calls.
    pub fn outcome_ids(&self) -> Vec<&str> {
        OUTCOMES.into_iter().chain(self.call_outcomes.iter().map(|outcome| outcome.id.as_str())).collect()
    }

    pub(super) fn has_outcome(&self, id: &str) -> bool {
        self.outcome_ids().contains(&id)
    }

    /// Days after which a deal in that stage is quiet.
    pub fn quiet_days_in(&self, funnel: &str, stage: &str) -> u32 {
        let own = self.quiet_days_of.get(&format!("{funnel}/{stage}")).or_else(|| self.quiet_days_of.get(stage));
        own.copied().unwrap_or(self.quiet_days)
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        if self.call_outcomes.len() > OWN_OUTCOMES_MAX {
            let message = format!("choose at most {OWN_OUTCOMES_MAX} outcomes of your own");
            problems.push(FieldProblem::new("call_outcomes", "count", message));
        }
        for (index, outcome) in self.call_outcomes.iter().enumerate() {
            let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let is_id = (1..=ID_CHARS_MAX).contains(&outcome.id.len()) && outcome.id.chars().all(is_letter);
            let is_taken = self.outcome_ids().iter().filter(|id| **id == outcome.id).count() > 1;
            if !is_id || is_taken {
                let message = format!("write an id of its own: 1 to {ID_CHARS_MAX} small letters, digits, underscores");
                problems.push(FieldProblem::new(format!("call_outcomes[{index}].id"), "id", message));
            }
            let is_long = outcome.name.texts().any(|text| text.chars().count() > NAME_CHARS_MAX);
            if outcome.name.is_empty() || is_long {
                let message = format!("write a name of 1 to {NAME_CHARS_MAX} characters");
                problems.push(FieldProblem::new(format!("call_outcomes[{index}].name"), "length", message));
            }
        }
        let is_days = |days: &u32| (1..=QUIET_DAYS_MAX).contains(days);
        if !is_days(&self.quiet_days) {
            let message = format!("choose 1 to {QUIET_DAYS_MAX} days");
            problems.push(FieldProblem::new("quiet_days", "range", message));
        }
        if self.quiet_days_of.len() > STAGES_MAX || !self.quiet_days_of.values().all(is_days) {
            let message = format!("choose 1 to {QUIET_DAYS_MAX} days for at most {STAGES_MAX} stages");
            problems.push(FieldProblem::new("quiet_days_of", "range", message));
        }
        problems
    }
}

/// As they are now.
pub(crate) async fn load(app: &App) -> Result<ActivitySettings> {
    Ok(store::settings::find(app.store.reader(), SETTING).await?.unwrap_or_default())
}

/// As they are now, for whoever works with activities.
pub async fn get(app: &App, actor: &Actor) -> Result<ActivitySettings> {
    actor.may(Permission::ActivitiesRead)?;
    load(app).await
}

/// Change them.
pub async fn update(app: &App, actor: &Actor, settings: ActivitySettings) -> Result<ActivitySettings> {
    actor.may(Permission::PlaybooksWrite)?;
    let problems = settings.problems();
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    let before = load(app).await?;
    let tx = app.store.begin().await?;
    store::settings::save(&tx, SETTING, &settings, app.now()).await?;
    let detail = serde_json::json!({"before": before, "after": settings});
    audit::record(app, &tx, actor, "activities.settings", "activities", detail).await?;
    tx.commit().await?;
    Ok(settings)
}
