//! The first answer to a deal that somebody was given, and what happens when it is late.

use base::{Id, Timestamp, id};
use funnel::assignment::Choice;
use serde_json::json;
use store::Tx;
use store::activities::{Activity, Kind};
use store::assignments::{self, Assignment};
use store::deals::{Deal, Scope};

use super::{Desk, Hours, POSTPONED_MS, give};
use crate::notifications::{self, Notice, NotificationKind};
use crate::{Actor, App, Result};

/// Whose answer an activity is, and when it came; none for what is no answer: tasks and files.
fn answer(activity: &Activity) -> Option<(Id<id::User>, Id<id::Contact>, Timestamp)> {
    let by = match activity.kind {
        Kind::Call | Kind::Note | Kind::Email => activity.author_id,
        Kind::Meeting => activity.author_id.or(activity.assignee_id),
        Kind::Task | Kind::File => None,
    };
    // Planning a meeting is an answer then and there, whenever it will be.
    let at = if activity.kind == Kind::Meeting { activity.created_at } else { activity.at };
    Some((by?, activity.contact_id?, at)).filter(|_| activity.removed_at.is_none())
}

/// Somebody has called, written an e-mail or a note, or planned a meeting: that answers the deals of theirs that it is about. To be
/// asked before the activity is stored, so that deals are held before what hangs on them.
pub(crate) async fn note(app: &App, tx: &Tx, activity: &Activity) -> Result<()> {
    let Some((user, contact, at)) = answer(activity) else { return Ok(()) };
    let waiting = assignments::unanswered(tx, user, activity.deal_id, contact).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let hours = Hours::load(app, tx).await?;
    for waiting in waiting {
        let Some((deal, mut given)) = held(tx, &waiting).await? else { continue };
        if at < given.at || given.answered_at.is_some() {
            continue;
        }
        given.answered_at = Some(at);
        given.answer_id = Some(activity.id);
        given.answered_after_ms = Some(hours.of(user).between_ms(given.at, at));
        given.is_late = given.answer_due_at.is_some_and(|due| at > due);
        given.look_at = None;
        assignments::update(tx, &given).await?;
        assignments::set_answer_due(tx, deal.id, None).await?;
    }
    Ok(())
}

/// An activity was removed, or brought back: what it answered is open again until something else answers it.
pub(crate) async fn forget(tx: &Tx, activity: &Activity) -> Result<()> {
    for answered in assignments::answered_by(tx, activity.id).await? {
        let Some((deal, mut given)) = held(tx, &answered).await? else { continue };
        (given.answered_at, given.answer_id, given.answered_after_ms) = (None, None, None);
        if given.ended_at.is_none() {
            given.look_at = given.answer_due_at;
            assignments::set_answer_due(tx, deal.id, given.answer_due_at).await?;
        }
        assignments::update(tx, &given).await?;
    }
    Ok(())
}

/// The deal and then what somebody has of it, both held: everybody holds deals first.
async fn held(tx: &Tx, given: &Assignment) -> Result<Option<(Deal, Assignment)>> {
    let Some(deal) = store::deals::find_for_update(tx, given.deal_id, Scope::All).await? else { return Ok(None) };
    Ok(assignments::find_for_update(tx, given.id).await?.map(|given| (deal, given)))
}

/// Look at those whose time is over.
pub(super) async fn look_at_late(app: &App, limit: u64) -> Result<usize> {
    let due = assignments::to_look_at(app.store.reader(), app.now(), limit).await?;
    for given in &due {
        if let Err(error) = look(app, given).await {
            tracing::error!(deal = %given.deal_id, %error, "a late answer could not be told of; trying again later");
            let tx = app.store.begin().await?;
            assignments::postpone(&tx, given.id, app.now().plus_ms(POSTPONED_MS)).await?;
            tx.commit().await?;
        }
    }
    Ok(due.len())
}

async fn look(app: &App, waiting: &Assignment) -> Result<()> {
    let tx = app.store.begin().await?;
    let Some((mut deal, mut given)) = held(&tx, waiting).await? else { return Ok(()) };
    let is_over = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= app.now());
    let is_waiting = given.answered_at.is_none() && given.ended_at.is_none() && is_over(given.look_at);
    if !is_waiting {
        return Ok(());
    }
    let desk = Desk::of(app, &tx, assignments::rules::all_for_update(&tx).await?).await?;
    if is_over(given.answer_due_at) && !given.is_late {
        given.is_late = true;
        let notice = Notice::of(&deal, given.user_id, NotificationKind::AnswerLate);
        notifications::tell(app, &tx, &Actor::SYSTEM, notice, Some(key(&given, "owner"))).await?;
    }
    let tells_head = is_over(given.tell_head_at);
    given.look_at = given.tell_head_at.filter(|_| !tells_head);
    assignments::update(&tx, &given).await?;
    if tells_head {
        tell_heads(app, &tx, &desk, &given, &deal).await?;
    }
    hand_on(app, &tx, &desk, &given, &mut deal).await?;
    tx.commit().await?;
    Ok(())
}

fn key(given: &Assignment, whom: &str) -> String {
    format!("answer_late:{}:{whom}", given.id)
}

/// The heads of the person's teams; where there is none, the managers; where there is none, the owner.
async fn tell_heads(app: &App, tx: &Tx, desk: &Desk, given: &Assignment, deal: &Deal) -> Result<()> {
    let mut heads = desk.heads_of(given.user_id);
    for role in ["manager", "owner"] {
        if heads.is_empty() {
            let users = store::users::all(tx).await?.into_iter();
            let is_other = |user: &store::users::User| user.is_active && user.id != given.user_id;
            heads = users.filter(|user| user.role == role).filter(is_other).map(|user| user.id).collect();
        }
    }
    for head in heads {
        let notice = Notice::of(deal, head, NotificationKind::TeamAnswerLate);
        notifications::tell(app, tx, &Actor::SYSTEM, notice, Some(key(given, &head.to_string()))).await?;
    }
    Ok(())
}

/// Somebody else of the rule gets the deal, if the rule says so and somebody else is there.
async fn hand_on(app: &App, tx: &Tx, desk: &Desk, given: &Assignment, deal: &mut Deal) -> Result<()> {
    let rule = desk.rules.iter().find(|rule| Some(rule.id) == given.rule_id);
    let hands_on = |limit: &funnel::assignment::AnswerLimit| limit.hands_on;
    let Some(rule) = rule.filter(|rule| rule.rule.answer.as_ref().is_some_and(hands_on)) else { return Ok(()) };
    let mut group = desk.group(&rule.rule);
    group.retain(|user| *user != given.user_id);
    let candidates = desk.candidates(tx, rule, &group).await?;
    if let Choice::Person(user) = funnel::assignment::choose(&rule.rule, &candidates) {
        let reason = json!({"by": rule.rule.choose_by, "people": candidates.len(), "is_late": true});
        give(app, tx, desk, deal, rule, user, reason).await?;
    }
    Ok(())
}
