//! What the rest of the program asks of an event log, whoever serves it.

use std::sync::Arc;

use async_trait::async_trait;
use insight::{
    gather::{Gather, Take},
    people::{People, PeopleQuery},
    query::{Answer, Query},
    record::{Plan, Records},
};
use tokio::sync::watch;

use crate::{NewEvent, PersonKey, Position, StoredEvent};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Appended {
    /// Events written now.
    pub written: usize,
    /// Events whose message id the log already held; nothing was written for them.
    pub repeated: usize,
    /// The place of the last event of the batch, or of the log when all were repeats.
    pub last: Position,
}

/// What tells a state of the log from others, but for events that were added: for whoever keeps something of each
/// person beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lineage {
    /// Another one: something was taken back or erased, or has expired. What was kept must be gathered anew.
    pub epoch: u64,
    /// Grows by one with each two people who turned out to be one.
    pub joins: u64,
}

/// Why the log could not do what was asked. Nothing of the batch was acknowledged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// An event breaks a limit; its place in the batch and what to change.
    #[error("event {index}: {reason}")]
    Refused { index: usize, reason: String },
    /// The disk failed or is full.
    #[error("the event log cannot write or read its files: {0}")]
    Disk(Arc<std::io::Error>),
    /// A file holds what no writer of ours writes.
    #[error("the event log is damaged: {0}")]
    Damaged(String),
    /// More is asked at once than a limit allows.
    #[error("{0}")]
    TooMuch(String),
    /// The log is closing.
    #[error("the event log is closing")]
    Closed,
}

/// The log. One implementation reads and writes local files; at scale another speaks to a server.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Write a batch. Answers once it is safe on disk; all of it or nothing.
    async fn append(&self, events: Vec<NewEvent>) -> Result<Appended, LogError>;

    /// The events a question needs.
    async fn scan(&self, plan: &Plan) -> Result<Records, LogError>;

    /// The answer to a question.
    async fn answer(&self, query: &Query) -> Result<Answer, LogError> {
        let answer = query.answer(&self.scan(&query.plan()).await?);
        Ok(match query.compared() {
            Some(second) => answer.with_compared(second.answer(&self.scan(&second.plan()).await?)),
            None => answer,
        })
    }

    /// The people behind a number of an answer, at most so many.
    async fn people(&self, query: &PeopleQuery, most: usize) -> Result<People, LogError> {
        Ok(query.answer(&self.scan(query.plan()).await?, most))
    }

    /// Hand wanted events to `take`, some at a time, from several threads, in no order. Answers up to which place they
    /// are, and of which state.
    async fn gather(&self, wanted: &Gather, take: Take) -> Result<(Position, Lineage), LogError>;

    /// Where the log stands, and who was joined since a state: who went, into whom, in order. None when that cannot be
    /// told any more, and everything must be gathered anew.
    fn joined_since(&self, before: Lineage) -> (Lineage, Option<Vec<(u32, u32)>>);

    /// Events after a place, oldest first, at most `limit`: what reactors read.
    async fn read_after(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, LogError>;

    /// What a person did, newest first, before a place, at most `limit`.
    async fn timeline(&self, person: u32, before: Option<Position>, limit: usize)
    -> Result<Vec<StoredEvent>, LogError>;

    /// The person behind a key, if the key has been seen.
    fn person(&self, key: &PersonKey) -> Option<u32>;

    /// All keys of a person.
    fn keys(&self, person: u32) -> Vec<PersonKey>;

    /// Take back everything a source brought in. Answers how many events are gone.
    async fn retract(&self, source: &str) -> Result<u64, LogError>;

    /// Remove everything that people did, and every key of theirs, from all files. Answers once nothing is left of
    /// them; when it fails or the power goes, it goes on by itself. Whoever comes under a key of theirs later is new.
    async fn erase(&self, people: &[u32]) -> Result<(), LogError>;

    /// The event names held, each with its count, commonest first.
    async fn names(&self) -> Result<Vec<(String, u64)>, LogError>;

    /// The property names seen on events of a name (of all, when `None`), commonest first.
    async fn properties(&self, name: Option<&str>) -> Result<Vec<String>, LogError>;

    /// The place of the newest event; changes whenever something was written.
    fn end(&self) -> watch::Receiver<Position>;

    /// Get ready for questions now instead of by and by. Answers when they are as fast as they become.
    async fn settle(&self) -> Result<(), LogError> {
        Ok(())
    }

    /// Write everything out and stop. Whatever was acknowledged is safe without it too.
    async fn close(&self) -> Result<(), LogError>;
}
