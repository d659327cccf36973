//! What the log and the audit log are told of activities.
//!
//! The log hears what happened and how it ended, never what was written: texts stay where they can be changed and
//! removed. What is taken back is told by an event of its own, so that counts can be set off.

use base::Timestamp;
use events::PersonKey;
use serde_json::{Value, json};
use store::Tx;
use store::activities::{Activity, EMAIL_SENT, Kind};

use super::ActivityDetails;
use crate::{
    App, Result,
    facts::{self, Fact},
};

/// Events that tell of an activity, which a timeline shows itself.
pub(crate) const PROPERTY: &str = "activity";

/// A fact about the contact of an activity; without a contact nobody is told of.
fn fact(name: &str, at: Timestamp, activity: &Activity) -> Result<Option<Fact>> {
    let Some(contact) = &activity.contact_id else { return Ok(None) };
    let details = ActivityDetails::of(activity)?;
    let told = Fact::new(name, at, &PersonKey::contact(contact))
        .with(PROPERTY, activity.id.to_string())
        .with("deal", activity.deal_id.map(|id| id.to_string()))
        .with("outcome", activity.outcome.as_str())
        .with("direction", details.direction.map(|direction| json!(direction)).unwrap_or_default())
        .with("duration_s", details.duration_s)
        .with("task_type", details.task_type.map(|kind| json!(kind)).unwrap_or_default())
        .with("by", activity.assignee_id.map_or_else(|| activity.author.clone(), |id| id.to_string()));
    Ok(Some(told))
}

async fn tell(app: &App, tx: &Tx, name: &str, at: Timestamp, activity: &Activity) -> Result<()> {
    match fact(name, at, activity)? {
        Some(fact) => facts::record(app, tx, fact).await,
        None => Ok(()),
    }
}

/// What has happened when an activity stands as it does; nothing yet when it is still to be done.
fn happened(activity: &Activity) -> Option<(&'static str, Timestamp)> {
    let name = match (activity.kind, activity.outcome.as_str()) {
        _ if activity.is_open => return None,
        (Kind::Note, _) => "Note Added",
        (Kind::Call, _) => "Call Logged",
        (Kind::Meeting, "held") => "Meeting Held",
        (Kind::Meeting, "no_show") => "Meeting Missed",
        (Kind::Meeting, _) => "Meeting Moved",
        (Kind::Task, _) => "Task Completed",
        (Kind::File, _) => "File Added",
        (Kind::Email, "received") => "Email Received",
        (Kind::Email, "automatic") => "Email Auto-Reply Received",
        (Kind::Email, EMAIL_SENT) => "Email Sent",
        // It has not left, or never did.
        (Kind::Email, _) => return None,
    };
    Some((name, activity.at))
}

/// The name of what takes it back.
fn taken_back(kind: Kind) -> &'static str {
    match kind {
        Kind::Note => "Note Removed",
        Kind::Call => "Call Removed",
        Kind::Meeting => "Meeting Reopened",
        Kind::Task => "Task Reopened",
        Kind::File => "File Removed",
        Kind::Email => "Email Removed",
    }
}

/// A new activity.
pub(super) async fn began(app: &App, tx: &Tx, activity: &Activity) -> Result<()> {
    if activity.kind == Kind::Meeting && activity.is_open {
        return tell(app, tx, "Meeting Scheduled", app.now(), activity).await;
    }
    restored(app, tx, activity).await
}

/// An activity stands in another way.
pub(crate) async fn changed(app: &App, tx: &Tx, before: &Activity, after: &Activity) -> Result<()> {
    let is_same = before.outcome == after.outcome && before.is_open == after.is_open;
    if is_same {
        return Ok(());
    }
    removed(app, tx, before).await?;
    restored(app, tx, after).await
}

/// An activity is gone.
pub(super) async fn removed(app: &App, tx: &Tx, activity: &Activity) -> Result<()> {
    match happened(activity) {
        Some(_) => tell(app, tx, taken_back(activity.kind), app.now(), activity).await,
        None => Ok(()),
    }
}

/// An activity is there again.
pub(super) async fn restored(app: &App, tx: &Tx, activity: &Activity) -> Result<()> {
    match happened(activity) {
        Some((name, at)) => tell(app, tx, name, at.min(app.now()), activity).await,
        None => Ok(()),
    }
}

/// An activity in the audit log, without what was written: an entry outlives an erased person.
pub(super) fn for_audit(activity: &Activity) -> Value {
    json!({
        "kind": activity.kind.as_str(),
        "contact": activity.contact_id,
        "deal": activity.deal_id,
        "assignee": activity.assignee_id,
        "outcome": activity.outcome,
        "is_open": activity.is_open,
        "due_at": activity.due_at,
        "at": activity.at,
        "priority": activity.priority,
    })
}

/// What has changed: before and after, and that texts were, without their words.
pub(super) fn difference(before: &Activity, after: &Activity) -> Value {
    let (old, new) = (for_audit(before), for_audit(after));
    let mut change = json!({"before": {}, "after": {}});
    for (name, value) in new.as_object().into_iter().flatten() {
        if old[name] != *value {
            change["before"][name] = old[name].clone();
            change["after"][name] = value.clone();
        }
    }
    let texts = [
        ("title", before.title != after.title),
        ("body", before.body != after.body),
        ("details", before.details != after.details),
    ];
    let rewritten: Vec<&str> = texts.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name).collect();
    if !rewritten.is_empty() {
        change["rewritten"] = json!(rewritten);
    }
    change
}
