//! Work to be done later, enqueued in the transaction that decides it.
//!
//! A worker claims a job under a lease. If the worker dies, the lease runs out and another claims the
//! job; the lease token keeps the first from reporting on work that is no longer its own.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, FromQueryResult, QueryOrder, QuerySelect, Statement, sea_query::OnConflict};

use crate::{Result, dialect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub payload: Json,
    pub dedup_key: Option<String>,
    pub state: String,
    pub run_at: i64,
    pub attempts: i64,
    pub attempts_max: i64,
    pub lease_until: Option<i64>,
    pub lease_token: Option<i64>,
    pub last_error: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Longest error text kept with a job, in characters.
const ERROR_CHARS_MAX: usize = 2000;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its time.
    Queued,
    /// A worker holds it.
    Running,
    /// Done.
    Done,
    /// Given up on: a person must look.
    Dead,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Done, Self::Dead];

    /// The text in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        match text {
            "queued" => Ok(Self::Queued),
            "running" => Ok(Self::Running),
            "done" => Ok(Self::Done),
            "dead" => Ok(Self::Dead),
            _ => Err(crate::StoreError::Damaged { what: "job", detail: format!("unknown state {text}") }),
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Job {
    pub id: Id<id::Job>,
    /// Which handler does it.
    pub kind: String,
    pub payload: serde_json::Value,
    pub state: JobState,
    pub run_at: Timestamp,
    /// Times it was begun.
    pub attempts: i64,
    pub attempts_max: i64,
    /// Proof of the lease; the holder must show it.
    #[serde(skip)]
    pub lease_token: Option<i64>,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl TryFrom<Model> for Job {
    type Error = crate::StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            kind: model.kind,
            payload: model.payload,
            state: JobState::parse(&model.state)?,
            run_at: Timestamp::from_ms(model.run_at),
            attempts: model.attempts,
            attempts_max: model.attempts_max,
            lease_token: model.lease_token,
            last_error: model.last_error,
            created_at: Timestamp::from_ms(model.created_at),
            finished_at: model.finished_at.map(Timestamp::from_ms),
        })
    }
}

/// A job to be.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub id: Id<id::Job>,
    pub kind: &'static str,
    pub payload: serde_json::Value,
    /// A second job with the same key is not enqueued.
    pub dedup_key: Option<String>,
    pub run_at: Timestamp,
    pub attempts_max: i64,
}

/// Enqueue. Answers false when a job with the same key was there.
pub async fn enqueue(conn: &impl ConnectionTrait, job: NewJob, now: Timestamp) -> Result<bool> {
    let row = ActiveModel {
        id: Set(job.id.uuid()),
        kind: Set(job.kind.to_owned()),
        payload: Set(job.payload),
        dedup_key: Set(job.dedup_key),
        state: Set(JobState::Queued.as_str().to_owned()),
        run_at: Set(job.run_at.ms()),
        attempts: Set(0),
        attempts_max: Set(job.attempts_max),
        lease_until: Set(None),
        lease_token: Set(None),
        last_error: Set(None),
        created_at: Set(now.ms()),
        finished_at: Set(None),
    };
    let keep = OnConflict::column(Column::DedupKey).do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(keep).exec_without_returning(conn).await? > 0)
}

/// Claim up to `limit` jobs that are due, or whose holder has died, for `lease_ms`.
pub async fn claim(
    conn: &impl ConnectionTrait,
    now: Timestamp,
    lease_ms: i64,
    lease_token: i64,
    limit: u64,
) -> Result<Vec<Job>> {
    let backend = conn.get_database_backend();
    let sql = format!(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_until = $1, lease_token = $2
         WHERE id IN (
             SELECT id FROM jobs
             WHERE (state = 'queued' AND run_at <= $3) OR (state = 'running' AND lease_until <= $4)
             ORDER BY run_at, id LIMIT $5{})
         RETURNING *",
        dialect::skip_locked(backend)
    );
    let values = [
        now.plus_ms(lease_ms).ms().into(),
        lease_token.into(),
        now.ms().into(),
        now.ms().into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let rows = conn.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        jobs.push(Job::try_from(Model::from_query_result(&row, "")?)?);
    }
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// What became of a claimed job.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// Again at that time.
    Retry { at: Timestamp, error: String },
    /// Again at that time, and this time does not count: it could not even be tried.
    Wait { at: Timestamp, error: String },
    /// Never again by itself.
    Dead { error: String },
}

/// Report on a claimed job. Answers false when the lease has passed to somebody else.
pub async fn finish(conn: &impl ConnectionTrait, job: &Job, outcome: Outcome, now: Timestamp) -> Result<bool> {
    let short = |error: String| Some(error.chars().take(ERROR_CHARS_MAX).collect::<String>());
    let attempts = match outcome {
        Outcome::Wait { .. } => job.attempts - 1,
        _ => job.attempts,
    };
    let (state, run_at, error, finished_at) = match outcome {
        Outcome::Done => (JobState::Done, job.run_at, None, Some(now.ms())),
        Outcome::Retry { at, error } | Outcome::Wait { at, error } => (JobState::Queued, at, short(error), None),
        Outcome::Dead { error } => (JobState::Dead, job.run_at, short(error), Some(now.ms())),
    };
    let change = ActiveModel {
        state: Set(state.as_str().to_owned()),
        run_at: Set(run_at.ms()),
        attempts: Set(attempts),
        last_error: Set(error),
        finished_at: Set(finished_at),
        lease_until: Set(None),
        lease_token: Set(None),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(job.id.uuid()))
        .filter(Column::State.eq(JobState::Running.as_str()))
        .filter(Column::LeaseToken.eq(job.lease_token))
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Jobs of a state, the newest first.
pub async fn list(conn: &impl ConnectionTrait, state: Option<JobState>, limit: u64) -> Result<Vec<Job>> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    query.all(conn).await?.into_iter().map(Job::try_from).collect()
}

/// When the next job is due, if any waits.
pub async fn next_due(conn: &impl ConnectionTrait) -> Result<Option<Timestamp>> {
    let next = Entity::find()
        .filter(Column::State.eq(JobState::Queued.as_str()))
        .order_by_asc(Column::RunAt)
        .limit(1)
        .one(conn)
        .await?;
    Ok(next.map(|model| Timestamp::from_ms(model.run_at)))
}

/// Let waiting jobs of some kinds run now: what they waited for may be there. Answers how many.
pub async fn hurry(conn: &impl ConnectionTrait, kinds: &[&str], now: Timestamp) -> Result<u64> {
    let done = Entity::update_many()
        .set(ActiveModel { run_at: Set(now.ms()), ..Default::default() })
        .filter(Column::State.eq(JobState::Queued.as_str()))
        .filter(Column::Kind.is_in(kinds.iter().copied()))
        .filter(Column::RunAt.gt(now.ms()))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// Let a job that is dead, or waits, try now and from the start. Answers false when it runs, is done or is not there.
pub async fn revive(conn: &impl ConnectionTrait, id: Id<id::Job>, now: Timestamp) -> Result<bool> {
    let change = ActiveModel {
        state: Set(JobState::Queued.as_str().to_owned()),
        run_at: Set(now.ms()),
        attempts: Set(0),
        finished_at: Set(None),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.is_in([JobState::Dead.as_str(), JobState::Queued.as_str()]))
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Forget jobs done before `before`.
pub async fn delete_done(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    let done = Entity::delete_many()
        .filter(Column::State.eq(JobState::Done.as_str()))
        .filter(Column::FinishedAt.lt(before.ms()))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}
