//! Who gets which deal: teams, working hours, rules in their order; and how soon people answer.
//!
//! Whatever opens or moves a deal notes in its transaction that the rules are to be asked ([`note`]), and asks them at
//! its end ([`settle`]), when all deals that it changes are held: so everybody holds deals first and rules after, and
//! nobody waits in a circle. Who forgets to ask loses nothing, since the worker asks for what is noted ([`tend`]); it
//! also looks at deals that wait for somebody to come to work, and at answers that are late.

mod answers;
mod desk;
mod preview;
mod rules;
mod teams;
#[cfg(test)]
mod tests;
mod view;

use base::{Id, Timestamp, id};
use funnel::assignment::{AnswerLimit, Choice};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use serde_json::{Value, json};
use store::Tx;
use store::assignments::rules::Rule;
use store::assignments::waits::{self, Wait};
use store::assignments::{self, Assignment};
use store::deals::{Deal, Scope};

use crate::notifications::{self, Notice, NotificationKind};
use crate::{Actor, App, Result, audit, deals, facts};

use desk::Desk;

pub use preview::{PreviewDeal, RulePreview, RulePreviewRequest, preview};
pub use rules::{RULES_MAX, RuleOrder, RuleRequest, RuleView, add, list, remove, reorder, replace};
pub use teams::{
    HoursRequest, HoursView, TEAMS_MAX, TeamRequest, TeamView, add_team, hours, remove_team, replace_team,
    set_company_hours, set_hours, teams,
};
pub use view::{AssignmentView, DealAssignments, assign_now, of_deal};

pub(crate) use answers::{forget as forget_answer, note as note_answer};
pub(crate) use teams::Hours;

/// Deals looked at in one go.
const LOOK_MAX: u64 = 200;
/// What cannot be looked at waits that long, ms, and the others go on.
const POSTPONED_MS: i64 = 10 * 60 * 1000;
/// When everybody has as many deals as they may have, somebody may have fewer after this long, ms.
const FULL_MS: i64 = 5 * 60 * 1000;

/// Note that the rules are to be asked about a deal that was just opened, or came into a stage.
pub(crate) async fn note(app: &App, tx: &Tx, deal: &Deal) -> Result<()> {
    let rules = assignments::rules::all(tx).await?;
    let is_asked = |rule: &&Rule| match &rule.rule.stage {
        Some(stage) => *stage == deal.stage.0 && rule.rule.funnel_id == Some(deal.funnel_id),
        None => deal.owner_id.is_none(),
    };
    if rules.iter().filter(|rule| rule.rule.is_active).find(is_asked).is_none() {
        // What it waited for in the stage before is over, too.
        return Ok(waits::end(tx, deal.id).await?);
    }
    let stage = Some(deal.stage.clone());
    let wait = Wait { deal_id: deal.id, stage, rule_id: None, since: app.now(), due_at: app.now() };
    Ok(waits::save(tx, &wait).await?)
}

/// Ask the rules about all that was noted, at the end of the transaction that noted it. Answers the deals that
/// somebody got.
pub(crate) async fn settle(app: &App, tx: &Tx) -> Result<Vec<Deal>> {
    let mut given = Vec::new();
    for wait in waits::fresh(tx, LOOK_MAX).await? {
        given.extend(ask(app, tx, &wait).await?);
    }
    Ok(given)
}

/// Look at deals that wait and whose time has come, and at answers that are late. Answers how many were looked at.
/// Doing it twice does no harm: a look changes what is due.
pub async fn tend(app: &App) -> Result<usize> {
    let due = waits::due(app.store.reader(), app.now(), LOOK_MAX).await?;
    for wait in &due {
        if let Err(error) = look(app, wait.deal_id).await {
            tracing::error!(deal = %wait.deal_id, %error, "nobody could be found for a deal; trying again later");
            let tx = app.store.begin().await?;
            waits::postpone(&tx, wait.deal_id, app.now().plus_ms(POSTPONED_MS)).await?;
            tx.commit().await?;
        }
    }
    let late = answers::look_at_late(app, LOOK_MAX).await?;
    if !due.is_empty() || late > 0 {
        facts::relay(app).await?;
    }
    Ok(due.len() + late)
}

async fn look(app: &App, id: Id<id::Deal>) -> Result<()> {
    let tx = app.store.begin().await?;
    if let Some(wait) = waits::find(&tx, id).await? {
        ask(app, &tx, &wait).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ask the rules about a deal: the first that fits decides.
async fn ask(app: &App, tx: &Tx, wait: &Wait) -> Result<Option<Deal>> {
    let found = store::deals::find_for_update(tx, wait.deal_id, Scope::All).await?;
    let Some(mut deal) = found.filter(|deal| deal.status == DealStatus::Open) else {
        waits::end(tx, wait.deal_id).await?;
        return Ok(None);
    };
    let desk = Desk::of(app, tx, assignments::rules::all_for_update(tx).await?).await?;
    let entered = wait.stage.as_ref().filter(|stage| **stage == deal.stage);
    let subject = desk::subject(app, tx, &deal).await?;
    for rule in &desk.rules {
        if !desk::is_asked(rule, &deal, entered) || !desk::fits(rule, &subject, app.now()) {
            continue;
        }
        let group = desk.group(&rule.rule);
        if deal.owner_id.is_some_and(|owner| group.contains(&owner)) {
            // Whoever has it is one of those who are to have it.
            break;
        }
        let candidates = desk.candidates(tx, rule, &group).await?;
        let choice = funnel::assignment::choose(&rule.rule, &candidates);
        let reason = |is_fallback: bool| {
            let there = candidates.iter().filter(|candidate| !rule.rule.in_hours || candidate.is_there).count();
            json!({"by": rule.rule.choose_by, "people": candidates.len(), "there": there, "is_fallback": is_fallback,
                "waited_ms": app.now().ms() - wait.since.ms()})
        };
        match choice {
            Choice::NextRule => {}
            Choice::Wait(until) => {
                let due_at = until.unwrap_or_else(|| app.now().plus_ms(FULL_MS)).max(app.now().plus_ms(1));
                let stage = entered.cloned();
                waits::save(tx, &Wait { stage, rule_id: Some(rule.id), due_at, ..wait.clone() }).await?;
                return Ok(None);
            }
            Choice::Person(user) => {
                give(app, tx, &desk, &mut deal, rule, user, reason(false)).await?;
                return Ok(Some(deal));
            }
            Choice::Fallback(user) => {
                give(app, tx, &desk, &mut deal, rule, user, reason(true)).await?;
                return Ok(Some(deal));
            }
        }
    }
    waits::end(tx, deal.id).await?;
    Ok(None)
}

/// A rule gives a deal to somebody.
async fn give(
    app: &App,
    tx: &Tx,
    desk: &Desk,
    deal: &mut Deal,
    rule: &Rule,
    user: Id<id::User>,
    reason: Value,
) -> Result<()> {
    let turn = assignments::rules::turns(tx, rule.id).await?.into_values().max().unwrap_or(0) + 1;
    assignments::rules::take_turn(tx, rule.id, user, turn).await?;
    let limit = rule.rule.answer.as_ref();
    let (due_at, tell_head_at) = limit.map_or((None, None), |limit| limits(desk, user, limit, app.now()));
    let former = deal.owner_id.replace(user);
    deal.answer_due_at = due_at;
    deal.updated_at = app.now();
    // Who has it may be what a gate asked for.
    deal.gate_due_at = Some(app.now());
    store::deals::update(tx, deal).await?;
    let given = Assignment {
        rule_id: Some(rule.id),
        rule_name: rule.rule.name.clone(),
        reason,
        answer_due_at: due_at,
        tell_head_at,
        look_at: due_at,
        ..taken(app, &Actor::SYSTEM, deal, user, former)
    };
    write(app, tx, &Actor::SYSTEM, deal, former, Some(&given)).await
}

fn limits(
    desk: &Desk,
    user: Id<id::User>,
    limit: &AnswerLimit,
    now: Timestamp,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let hours = desk.hours.of(user);
    let after = |minutes: u32| hours.plus_minutes(now, minutes);
    (after(limit.within_minutes), limit.tell_head_after_minutes.and_then(after))
}

fn taken(app: &App, actor: &Actor, deal: &Deal, user: Id<id::User>, former: Option<Id<id::User>>) -> Assignment {
    Assignment {
        id: app.new_id(),
        deal_id: deal.id,
        user_id: user,
        former_id: former,
        rule_id: None,
        rule_name: String::new(),
        reason: Value::Null,
        stage: deal.stage.clone(),
        actor: actor.audit_name(),
        at: app.now(),
        ended_at: None,
        answer_due_at: None,
        tell_head_at: None,
        look_at: None,
        is_late: false,
        answered_at: None,
        answer_id: None,
        answered_after_ms: None,
    }
}

/// A deal begins with whoever it was made for: no rule is asked.
pub(crate) async fn begun(app: &App, tx: &Tx, actor: &Actor, deal: &Deal) -> Result<()> {
    let Some(user) = deal.owner_id else { return Ok(()) };
    waits::end(tx, deal.id).await?;
    let given = taken(app, actor, deal, user, None);
    assignments::insert(tx, &given).await?;
    notify(app, tx, actor, deal, user).await
}

/// A person has given a deal to somebody, or to nobody: it stands on the deal already. No rule's limit counts for that.
pub(crate) async fn by_hand(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    deal: &Deal,
    former: Option<Id<id::User>>,
) -> Result<()> {
    let given = deal.owner_id.map(|user| taken(app, actor, deal, user, former));
    write(app, tx, actor, deal, former, given.as_ref()).await
}

/// Write down who has a deal now: the row, the fact, the audit log, and a word to whoever got it.
async fn write(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    deal: &Deal,
    former: Option<Id<id::User>>,
    given: Option<&Assignment>,
) -> Result<()> {
    assignments::end(tx, deal.id, app.now()).await?;
    waits::end(tx, deal.id).await?;
    let rule = given.and_then(|given| given.rule_id.map(|id| id.to_string())).unwrap_or_default();
    let name = given.map(|given| given.rule_name.as_str()).unwrap_or_default();
    let fact = deals::told_of(app, tx, "Deal Assigned", deal, app.now()).await?;
    let fact = fact.with("before", former.map(|id| id.to_string())).with("rule", rule.as_str()).with("rule_name", name);
    facts::record(app, tx, fact.with("by", actor.audit_name())).await?;
    let Some(given) = given else { return Ok(()) };
    assignments::insert(tx, given).await?;
    if given.rule_id.is_some() {
        let detail = json!({"before": former, "after": given.user_id, "rule": given.rule_id, "name": name,
            "because": given.reason, "answer_due_at": given.answer_due_at});
        audit::record(app, tx, actor, "deal.assign", deal.id, detail).await?;
    }
    notify(app, tx, actor, deal, given.user_id).await
}

/// Nobody is told of the own doing.
async fn notify(app: &App, tx: &Tx, actor: &Actor, deal: &Deal, user: Id<id::User>) -> Result<()> {
    if actor.user_id() == Some(user) {
        return Ok(());
    }
    let notice = Notice::of(deal, user, NotificationKind::DealAssigned);
    notifications::tell(app, tx, actor, notice, None).await
}

/// A deal has ended: nobody is to answer any more.
pub(crate) async fn ended(app: &App, tx: &Tx, deal: &mut Deal) -> Result<()> {
    deal.answer_due_at = None;
    waits::end(tx, deal.id).await?;
    Ok(assignments::end(tx, deal.id, app.now()).await?)
}

/// The stage that deals come into when they are opened or moved.
pub(crate) type Entered<'a> = Option<&'a StageId>;
