//! The log in a folder of this machine.

use std::{
    any::Any,
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};

use async_trait::async_trait;
use base::Clock;
use insight::{
    gather::{Gather, Take},
    people::{People, PeopleQuery},
    query::{Answer, Query},
    record::{Plan, Records},
};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::{
    Appended, EventLog, Lineage, LogError, NewEvent, PersonKey, Position, StoredEvent,
    disk::{Disk, RealDisk},
    eraser, index, manifest,
    options::{Options, QUEUE_BATCHES_MAX, READ_EVENTS_MAX},
    people, read, recover, scan, sealer,
    state::{Sealing, Shared, View, disk_error},
    writer::{Command, Prepared, Writer},
};

/// Room in the queue is counted in these.
const QUEUE_UNIT_BYTES: usize = 1024;

/// The event log in a folder. One process at a time.
pub struct LocalLog {
    pub(crate) shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    room: Arc<Semaphore>,
    threads: Arc<Mutex<Threads>>,
}

struct Threads {
    writer: Option<JoinHandle<()>>,
    sealer: Option<JoinHandle<()>>,
    indexer: Option<JoinHandle<()>>,
    eraser: Option<JoinHandle<()>>,
    lock: Option<Box<dyn Any + Send + Sync>>,
}

impl LocalLog {
    /// Open the log in `folder`, which is made when missing. Blocks while it reads what is there.
    ///
    /// # Errors
    /// `Damaged` names the file and the place; nothing was changed. `Disk` when the folder cannot be used or
    /// another process has it.
    pub fn open(folder: &Path, options: Options, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        Self::open_on(Arc::new(RealDisk::new(folder).map_err(disk_error)?), options, clock)
    }

    /// Open the log on a disk.
    ///
    /// # Errors
    /// As [`LocalLog::open`].
    pub fn open_on(disk: Arc<dyn Disk>, options: Options, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        let lock = disk.lock().map_err(disk_error)?;
        let opened = recover::open(&disk, &options)?;
        let end = Position(opened.state.end());
        let saved_people = Mutex::new(opened.saved_people);
        let shared = Arc::new(Shared {
            disk,
            state: opened.state.into(),
            end: watch::Sender::new(end),
            sealing: Mutex::new(Sealing::default()),
            rewriting: Mutex::default(),
            expired_to: Mutex::new(i64::MIN),
            erasing: Mutex::default(),
            saved_people,
            saved_segments: Mutex::new(opened.saved_segments),
            cache: Arc::new(index::Cache::new(options.cache_bytes)),
            indexing: Mutex::default(),
            sealing_bell: parking_lot::Condvar::new(),
            options,
            clock,
        });
        let (commands, received) = mpsc::channel(QUEUE_BATCHES_MAX);
        let writer = Writer { shared: shared.clone(), wal: opened.wal, dedup: opened.dedup, lost: None };
        let writer = spawn("log-writer", move || writer.run(received))?;
        let sealer = if shared.options.background_sealing {
            let shared = shared.clone();
            Some(spawn("log-sealer", move || sealer::run(&shared))?)
        } else {
            sealer::seal_waiting(&shared);
            None
        };
        let indexer = if shared.options.background_sealing {
            let shared = shared.clone();
            Some(spawn("log-indexer", move || index::run(&shared))?)
        } else {
            None
        };
        let eraser = eraser::start(&shared, &commands)?;
        let room = Semaphore::new(shared.options.queue_bytes_max.div_ceil(QUEUE_UNIT_BYTES));
        let threads = Threads { writer: Some(writer), sealer, indexer, eraser, lock: Some(lock) };
        Ok(Self { shared, commands, room: Arc::new(room), threads: Arc::new(Mutex::new(threads)) })
    }

    /// Make safe what [`Durability::Relaxed`](crate::Durability::Relaxed) left to the operating system.
    ///
    /// # Errors
    /// `Disk` when the disk failed; the log then refuses writes.
    pub async fn flush(&self) -> Result<(), LogError> {
        self.ask(|reply| Command::Flush { reply }).await
    }

    /// Drop what is older than events are kept (`Options::retention_days`). It is done by itself once a day too.
    ///
    /// # Errors
    /// `Disk` when files cannot be written; it is tried again.
    pub async fn expire(&self) -> Result<(), LogError> {
        self.work(eraser::expire).await
    }

    /// Work with the writer where blocking is allowed.
    async fn work(
        &self,
        work: impl FnOnce(&Shared, &mpsc::Sender<Command>) -> Result<(), LogError> + Send + 'static,
    ) -> Result<(), LogError> {
        let (shared, commands) = (self.shared.clone(), self.commands.clone());
        let done = tokio::task::spawn_blocking(move || work(&shared, &commands)).await;
        done.map_err(|error| disk_error(std::io::Error::other(error)))?
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, LogError>>) -> Command,
    ) -> Result<T, LogError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| LogError::Closed)?;
        answer.await.map_err(|_| LogError::Closed)?
    }

    pub(crate) fn view(&self) -> View {
        self.shared.state.read().view()
    }

    /// Work on a still picture of the log where blocking is allowed.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let view = self.view();
        let done = tokio::task::spawn_blocking(move || work(&view)).await;
        done.map_err(|error| LogError::Damaged(format!("reading the log failed: {error}")))?
    }
}

/// Wait until the threads have ended: as long as the last sealing takes.
fn join(shared: &Shared, threads: &Mutex<Threads>) {
    let mut threads = threads.lock();
    if let Some(writer) = threads.writer.take() {
        let _ = writer.join();
    }
    shared.sealing.lock().is_closing = true;
    shared.sealing_bell.notify_all();
    if let Some(sealer) = threads.sealer.take() {
        let _ = sealer.join();
        people::save_when_due(shared, true);
        manifest::save_when_due(shared, true);
    }
    for thread in [threads.indexer.take(), threads.eraser.take()].into_iter().flatten() {
        let _ = thread.join();
    }
    threads.lock = None;
}

impl Drop for LocalLog {
    fn drop(&mut self) {
        // Without a sender the writer writes everything out and ends; the folder is free when this returns.
        self.commands = mpsc::channel(1).0;
        join(&self.shared, &self.threads);
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LogError> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map_err(disk_error)
}

fn check_limit(limit: usize) -> Result<(), LogError> {
    if limit > READ_EVENTS_MAX {
        return Err(LogError::TooMuch(format!("{limit} events asked for at once; ask for at most {READ_EVENTS_MAX}")));
    }
    Ok(())
}

/// From the columns, or, where they do not do, from the segments.
fn answer(shared: &Shared, view: &View, query: &Query) -> Result<Answer, LogError> {
    query.answer_with(|query| {
        from_columns_or_segments(
            (shared, view),
            &query.plan(),
            |columns| query.answer_from(columns, shared.options.query_threads),
            |records| query.answer(records),
        )
    })
}

/// What columns say; segments, where they cannot.
fn from_columns_or_segments<T>(
    (shared, view): (&Shared, &View),
    plan: &Plan,
    from_columns: impl FnOnce(&index::Snapshot) -> std::io::Result<T>,
    from_segments: impl FnOnce(&Records) -> T,
) -> Result<T, LogError> {
    let found = match index::snapshot(view, &shared.cache, plan) {
        Ok(Some(columns)) => from_columns(&columns).map(Some).map_err(disk_error),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match found {
        Ok(Some(answer)) => return Ok(answer),
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "columns cannot be read; they are made anew, and this question reads segments");
            index::drop_all(shared);
            shared.sealing_bell.notify_all();
        }
    }
    Ok(from_segments(&scan::scan(view, plan)?))
}

#[async_trait]
impl EventLog for LocalLog {
    async fn append(&self, events: Vec<NewEvent>) -> Result<Appended, LogError> {
        let prepared = Prepared::new(&events)?;
        drop(events);
        let all = self.shared.options.queue_bytes_max.div_ceil(QUEUE_UNIT_BYTES);
        let units = prepared.bytes().div_ceil(QUEUE_UNIT_BYTES).min(all) as u32;
        let room = self.room.clone().acquire_many_owned(units).await.map_err(|_| LogError::Closed)?;
        self.ask(|reply| Command::Append(prepared.into_batch(room, reply))).await
    }

    async fn scan(&self, plan: &Plan) -> Result<Records, LogError> {
        let plan = plan.clone();
        self.read(move |view| scan::scan(view, &plan)).await
    }

    async fn answer(&self, query: &Query) -> Result<Answer, LogError> {
        let (query, shared) = (query.clone(), self.shared.clone());
        self.read(move |view| answer(&shared, view, &query)).await
    }

    async fn people(&self, query: &PeopleQuery, most: usize) -> Result<People, LogError> {
        let (query, shared) = (query.clone(), self.shared.clone());
        let people = move |view: &View| {
            from_columns_or_segments(
                (&shared, view),
                query.plan(),
                |columns| query.answer_from(columns, shared.options.query_threads, most),
                |records| query.answer(records, most),
            )
        };
        self.read(people).await
    }

    async fn gather(&self, wanted: &Gather, take: Take) -> Result<(Position, Lineage), LogError> {
        let (wanted, shared) = (wanted.clone(), self.shared.clone());
        let gather = move |view: &View| {
            let plan = wanted.plan();
            // Where columns fail nothing is read elsewhere: some would be handed on twice.
            match index::snapshot(view, &shared.cache, &plan)? {
                Some(columns) => {
                    let threads = shared.options.query_threads;
                    wanted.from_source(&columns, threads, &*take).map_err(disk_error)?;
                }
                None => take(&wanted.of_records(&scan::scan(view, &plan)?)),
            }
            Ok((Position(view.end), view.lineage))
        };
        self.read(gather).await
    }

    fn joined_since(&self, before: Lineage) -> (Lineage, Option<Vec<(u32, u32)>>) {
        let state = self.shared.state.read();
        let now = state.lineage();
        let joined = if now.epoch == before.epoch { state.identity.joined_since(before.joins) } else { None };
        (now, joined)
    }

    async fn read_after(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, LogError> {
        check_limit(limit)?;
        self.read(move |view| read::read_after(view, after.0, limit)).await
    }

    async fn timeline(
        &self,
        person: u32,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        check_limit(limit)?;
        let keys = self.shared.state.read().identity.keys(person);
        let before = before.map_or(u64::MAX, |position| position.0);
        self.read(move |view| read::timeline(view, &keys, before, limit)).await
    }

    fn person(&self, key: &PersonKey) -> Option<u32> {
        let state = self.shared.state.read();
        state.identity.person(state.identity.find(key.as_str())?)
    }

    fn keys(&self, person: u32) -> Vec<PersonKey> {
        let state = self.shared.state.read();
        let keys = state.identity.keys(person);
        let keys = keys.into_iter().filter(|key| !state.identity.is_erased(*key));
        keys.map(|key| PersonKey::trusted(&state.identity.text(key))).collect()
    }

    async fn retract(&self, source: &str) -> Result<u64, LogError> {
        let (shared, commands, source) = (self.shared.clone(), self.commands.clone(), source.to_owned());
        let work = move || eraser::retract(&shared, &commands, source);
        tokio::task::spawn_blocking(work).await.map_err(|error| disk_error(std::io::Error::other(error)))?
    }

    async fn erase(&self, people: &[u32]) -> Result<(), LogError> {
        let people = people.to_vec();
        self.work(move |shared, commands| eraser::erase(shared, commands, people)).await
    }

    async fn names(&self) -> Result<Vec<(String, u64)>, LogError> {
        self.read(read::names).await
    }

    async fn properties(&self, name: Option<&str>) -> Result<Vec<String>, LogError> {
        let name = name.map(str::to_owned);
        self.read(move |view| read::properties(view, name.as_deref())).await
    }

    fn end(&self) -> watch::Receiver<Position> {
        self.shared.end.subscribe()
    }

    async fn settle(&self) -> Result<(), LogError> {
        self.ask(|reply| Command::Seal { reply }).await?;
        let shared = self.shared.clone();
        let work = move || {
            sealer::wait_until_sealed(&shared)?;
            while index::step(&shared)? || index::settle(&shared)? {}
            Ok(())
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| disk_error(std::io::Error::other(error)))?
    }

    async fn close(&self) -> Result<(), LogError> {
        let closed = self.ask(|reply| Command::Close { reply }).await;
        let (shared, threads) = (self.shared.clone(), self.threads.clone());
        let joined = tokio::task::spawn_blocking(move || join(&shared, &threads)).await;
        joined.map_err(|error| disk_error(std::io::Error::other(error)))?;
        match closed {
            Err(LogError::Closed) => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use base::{Timestamp, VirtualClock};

    use super::*;
    use crate::{event::tests::sample, faulty::FaultyDisk};

    /// Merging in an idle moment once gave columns that held what had been taken back the mark of those without it.
    #[tokio::test]
    async fn what_was_taken_back_is_in_no_columns_that_are_merged_after_it() {
        let options = Options { tail_events_max: 2, background_sealing: false, ..Options::default() };
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Timestamp::from_ms(0)));
        let log = LocalLog::open_on(Arc::new(FaultyDisk::new(1)), options, clock).unwrap();
        for batch in 0..2 {
            let event =
                |n: u32, source: &str| NewEvent { source: Some(source.to_owned()), ..sample(&format!("{batch}-{n}")) };
            log.append(vec![event(0, "kept"), event(1, "taken back")]).await.unwrap();
        }
        assert_eq!(log.shared.state.read().parts.len(), 2);
        log.retract("taken back").await.unwrap();
        let question =
            Query::parse(serde_json::json!({"steps": [{"event": sample("").name}], "count": "totals"})).unwrap();
        while index::settle(&log.shared).unwrap() || index::step(&log.shared).unwrap() {}
        let Answer::Funnel(answer) = log.answer(&question).await.unwrap() else { panic!("another kind") };
        assert_eq!(answer.counts, [2]);
    }
}
