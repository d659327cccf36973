//! Telling users in time: a job waits for the moment and looks whether there is still something to do.

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::activities::Activity;
use store::deals::Scope;
use store::jobs::Job;

use super::ActivityDetails;
use crate::{
    Actor, App, Result,
    jobs::{self, JobError},
    notifications::{self, Notice, NotificationKind},
};

/// The kind of its jobs.
pub(crate) const JOB: &str = "activity.remind";

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    activity: Id<id::Activity>,
    kind: NotificationKind,
    /// The moment that was planned: another one has a job of its own.
    at: Timestamp,
}

/// The moments at which somebody is to be told of an activity.
fn moments(activity: &Activity) -> Result<Vec<(NotificationKind, Timestamp)>> {
    if !activity.is_open || activity.removed_at.is_some() {
        return Ok(Vec::new());
    }
    let remind_at = ActivityDetails::of(activity)?.remind_at;
    let is_task = activity.kind == store::activities::Kind::Task;
    let overdue = activity.due_at.filter(|_| is_task).map(|at| (NotificationKind::Overdue, at));
    let reminder = remind_at.map(|at| (NotificationKind::Reminder, at));
    Ok(overdue.into_iter().chain(reminder).collect())
}

/// Wait for the moments of an activity. The same moment is waited for once.
pub(super) async fn plan(app: &App, tx: &Tx, activity: &Activity) -> Result<()> {
    for (kind, at) in moments(activity)? {
        let key = format!("{JOB}:{}:{}:{}", activity.id, kind.as_str(), at.ms());
        let payload = Payload { activity: activity.id, kind, at };
        jobs::enqueue_at(app, tx, JOB, payload, at, Some(key)).await?;
    }
    Ok(())
}

/// The moment has come.
pub(crate) async fn run(app: &App, job: &Job) -> Result<(), JobError> {
    let payload: Payload = serde_json::from_value(job.payload.clone())
        .map_err(|error| JobError::Dead(format!("the reminder cannot be read: {error}")))?;
    remind(app, payload).await.map_err(JobError::from)
}

async fn remind(app: &App, payload: Payload) -> Result<()> {
    let tx = app.store.begin().await?;
    let found = store::activities::find(&tx, payload.activity, Scope::All).await?;
    let Some(activity) = found else { return Ok(()) };
    // Done, removed or put off since.
    if !moments(&activity)?.contains(&(payload.kind, payload.at)) {
        return Ok(());
    }
    if let Some(user) = activity.assignee_id.or(activity.author_id) {
        let key = format!("{}:{}:{}", payload.kind.as_str(), activity.id, payload.at.ms());
        let notice = Notice { user, kind: payload.kind, text: &activity.title, about: (&activity).into() };
        notifications::tell(app, &tx, &Actor::SYSTEM, notice, Some(key)).await?;
    }
    tx.commit().await?;
    Ok(())
}
