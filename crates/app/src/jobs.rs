//! Background work: what kinds there are, enqueuing, and carrying one job out.

use std::sync::Arc;

use base::{Id, Timestamp, id};
use serde::Serialize;
use serde_json::Value;
use store::ConnectionTrait;
use store::jobs::{Job, JobState, NewJob, Outcome};
use tokio::sync::Notify;

use crate::{Actor, App, AppError, Result, activities, audit, messages, notifications, permission::Permission};

/// Wakes the worker: rung after a commit that enqueued something.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// There is something to do.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Until somebody rings.
    pub async fn wait(&self) {
        self.0.notified().await;
    }
}

/// How long a worker may hold a job, ms. Longer work must be cut into jobs.
pub const LEASE_MS: i64 = 5 * 60 * 1000;
/// Attempts before a job is given up on.
pub const ATTEMPTS_MAX: i64 = 8;
/// First wait between attempts, ms; doubles, up to an hour.
const RETRY_FIRST_MS: i64 = 5_000;
const RETRY_LONGEST_MS: i64 = 60 * 60 * 1000;
/// The most jobs in one answer.
pub const JOBS_SHOWN_MAX: u64 = 200;

/// Why a job was not done.
#[derive(Debug)]
pub enum JobError {
    /// Trying again may help.
    Retry(String),
    /// Trying again may help after that many ms.
    RetryAfter { error: String, wait_ms: i64 },
    /// It could not even be tried, for want of something a person must set; again after that many ms. Does
    /// not count as an attempt.
    Wait { error: String, wait_ms: i64 },
    /// Trying again never helps.
    Dead(String),
}

impl From<AppError> for JobError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(_) | AppError::Invalid(_) | AppError::Forbidden(_) => Self::Dead(error.to_string()),
            other => Self::Retry(other.to_string()),
        }
    }
}

/// Enqueue a job for now, in the transaction that decides it. Ring the bell after the commit.
pub async fn enqueue(
    app: &App,
    conn: &impl ConnectionTrait,
    kind: &'static str,
    payload: impl Serialize,
) -> Result<()> {
    enqueue_at(app, conn, kind, payload, app.now(), None).await
}

/// Enqueue a job for a time; a second one with the same `dedup_key` is not enqueued.
pub async fn enqueue_at(
    app: &App,
    conn: &impl ConnectionTrait,
    kind: &'static str,
    payload: impl Serialize,
    run_at: Timestamp,
    dedup_key: Option<String>,
) -> Result<()> {
    let payload = serde_json::to_value(payload).map_err(|error| AppError::Internal(error.to_string()))?;
    let job = NewJob { id: app.new_id(), kind, payload, dedup_key, run_at, attempts_max: ATTEMPTS_MAX };
    store::jobs::enqueue(conn, job, app.now()).await?;
    Ok(())
}

/// Claim what is due and carry it out, one after the other. Answers how many jobs were begun.
pub async fn run_due(app: &Arc<App>, limit: u64) -> Result<usize> {
    let token = i64::from_ne_bytes(app.random.next_u64().to_ne_bytes());
    let tx = app.store.begin().await?;
    let jobs = store::jobs::claim(&tx, app.now(), LEASE_MS, token, limit).await?;
    tx.commit().await?;
    let begun = jobs.len();
    for job in jobs {
        let outcome = match dispatch(app, &job).await {
            Ok(()) => Outcome::Done,
            Err(JobError::Dead(error)) => Outcome::Dead { error },
            Err(JobError::Wait { error, wait_ms }) => Outcome::Wait { at: app.now().plus_ms(wait_ms), error },
            Err(JobError::Retry(error) | JobError::RetryAfter { error, .. }) if job.attempts >= job.attempts_max => {
                Outcome::Dead { error }
            }
            Err(JobError::Retry(error)) => Outcome::Retry { at: app.now().plus_ms(retry_wait_ms(app, &job)), error },
            Err(JobError::RetryAfter { error, wait_ms }) => {
                Outcome::Retry { at: app.now().plus_ms(with_jitter(app, wait_ms)), error }
            }
        };
        if let Outcome::Dead { error } | Outcome::Retry { error, .. } | Outcome::Wait { error, .. } = &outcome {
            tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempts, error, "job failed");
        }
        let tx = app.store.begin().await?;
        store::jobs::finish(&tx, &job, outcome, app.now()).await?;
        tx.commit().await?;
    }
    Ok(begun)
}

/// Doubling waits with jitter: retries of many jobs must not come in step.
fn retry_wait_ms(app: &App, job: &Job) -> i64 {
    let exponent = u32::try_from(job.attempts.clamp(1, 20) - 1).unwrap_or(0);
    let wait = RETRY_FIRST_MS.saturating_mul(1 << exponent).min(RETRY_LONGEST_MS);
    with_jitter(app, wait)
}

/// From half to one and a half of a wait.
fn with_jitter(app: &App, wait_ms: i64) -> i64 {
    wait_ms / 2 + app.random.below(wait_ms.unsigned_abs()).cast_signed()
}

/// The one list of kinds of jobs.
async fn dispatch(app: &Arc<App>, job: &Job) -> Result<(), JobError> {
    if let Some(work) = crate::imports::Work::of_job_kind(&job.kind) {
        let is_last_attempt = job.attempts >= job.attempts_max;
        return crate::imports::carry_out(app, work, job.payload.clone(), is_last_attempt).await;
    }
    match job.kind.as_str() {
        crate::records::BULK_JOB => crate::records::run_bulk_job(app, job).await,
        crate::duplicates::LOOK_JOB => Ok(crate::duplicates::compare_all(app).await?),
        STATISTICS_JOB => Ok(app.store.refresh_statistics().await.map_err(AppError::from)?),
        crate::duplicates::PART_JOB => crate::duplicates::part_job(app, &job.payload).await,
        kind if messages::jobs::KINDS.contains(&kind) => messages::jobs::run(app, job).await,
        activities::reminders::JOB => activities::reminders::run(app, job).await,
        other => Err(JobError::Dead(format!("no handler does jobs of the kind {other}"))),
    }
}

/// Jobs of a state, the newest first.
pub async fn list(app: &App, actor: &Actor, state: Option<JobState>) -> Result<Vec<Job>> {
    actor.may(Permission::Operate)?;
    Ok(store::jobs::list(app.store.reader(), state, JOBS_SHOWN_MAX).await?)
}

/// Set a job going that is dead, or waits for its next try.
pub async fn revive(app: &App, actor: &Actor, id: Id<id::Job>) -> Result<()> {
    actor.may(Permission::Operate)?;
    let tx = app.store.begin().await?;
    if !store::jobs::revive(&tx, id, app.now()).await? {
        return Err(AppError::NotFound("job that is dead or waits"));
    }
    audit::record(app, &tx, actor, "job.revive", id, Value::Null).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(())
}

/// How long the record of a job that went well is kept, ms.
const DONE_KEPT_MS: i64 = 14 * 24 * 3600 * 1000;

/// Lets the database know how its rows are spread.
const STATISTICS_JOB: &str = "statistics";
/// What is done once a day: all contacts are compared anew, and what grew by use is counted.
const DAILY: [&str; 2] = [crate::duplicates::LOOK_JOB, STATISTICS_JOB];
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Forget what is no longer of use: old jobs, ended logins, kept answers. Report mail whose sender died. Check the
/// funnels, once a day.
pub async fn tidy(app: &App) -> Result<()> {
    messages::log::report_lost(app).await?;
    crate::imports::tidy(app).await?;
    activities::tidy(app).await?;
    crate::records::tidy(app).await?;
    app.salts.forget(app.now());
    crate::search::tidy(app).await?;
    crate::duplicates::tidy(app).await?;
    let tx = app.store.begin().await?;
    for kind in DAILY {
        let key = format!("{kind}-day-{}", app.now().ms() / DAY_MS);
        enqueue_at(app, &tx, kind, Value::Null, app.now(), Some(key)).await?;
    }
    store::jobs::delete_done(&tx, app.now().plus_ms(-DONE_KEPT_MS)).await?;
    notifications::tidy(app, &tx).await?;
    store::sessions::delete_expired(&tx, app.now()).await?;
    store::idempotency::delete_before(&tx, app.now().plus_ms(-crate::idempotency::ANSWERS_KEPT_MS)).await?;
    tx.commit().await?;
    crate::funnels::findings::nightly(app).await
}
