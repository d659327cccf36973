//! The one thread that writes. It takes whatever appends wait, drops repeats, writes one frame, syncs once,
//! shows the events to readers, and only then answers.

use std::{collections::HashSet, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::{
    Appended, LogError, NewEvent, Position, codec,
    dedup::{self, Dedup},
    disk::remove_if_there,
    erase::{self, ERASURE_KEYS_MAX, Erasure},
    identity,
    options::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Durability, EVENT_NAMES_MAX, GROUP_BYTES_MAX},
    recover, retract, sealer,
    state::{Shared, disk_error},
    tail::{Chunk, Tail},
    tombstones::RETRACTED_SOURCES_MAX,
    wal::{self, Group, WalWriter, WriteError},
};

/// A batch, encoded by the one who appends, so that the writer has little to do for each event.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Where each event ends.
    ends: Vec<u32>,
    ids: Vec<u128>,
    reply: oneshot::Sender<Result<Appended, LogError>>,
    /// Gives the room in the queue back when the batch is done.
    _room: OwnedSemaphorePermit,
}

/// What an appender prepares before it queues.
pub(crate) struct Prepared {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    ids: Vec<u128>,
}

impl Prepared {
    /// Check and encode.
    pub(crate) fn new(events: &[NewEvent]) -> Result<Self, LogError> {
        if events.len() > BATCH_EVENTS_MAX {
            let count = events.len();
            return Err(LogError::TooMuch(format!("{count} events at once; send at most {BATCH_EVENTS_MAX}")));
        }
        let rough: usize = events.iter().map(|event| event.props.len() + 160).sum();
        let mut prepared = Self {
            bytes: Vec::with_capacity(rough),
            ends: Vec::with_capacity(events.len()),
            ids: Vec::with_capacity(events.len()),
        };
        for (index, event) in events.iter().enumerate() {
            event.check().map_err(|error| LogError::Refused { index, reason: error.to_string() })?;
            codec::encode(event, &mut prepared.bytes);
            if prepared.bytes.len() > BATCH_BYTES_MAX {
                return Err(LogError::TooMuch(format!(
                    "more than {BATCH_BYTES_MAX} bytes at once; send smaller batches"
                )));
            }
            prepared.ends.push(prepared.bytes.len() as u32);
            prepared.ids.push(dedup::hash(&event.message_id));
        }
        Ok(prepared)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn into_batch(
        self,
        room: OwnedSemaphorePermit,
        reply: oneshot::Sender<Result<Appended, LogError>>,
    ) -> Batch {
        Batch { bytes: self.bytes, ends: self.ends, ids: self.ids, reply, _room: room }
    }
}

/// Whose keys are to be erased.
pub(crate) enum Wanted {
    /// All keys of these people.
    People(Vec<u32>),
    /// These keys, unless their people came back after a position.
    Gone { keys: Vec<u32>, seen_upto: u64 },
}

/// What the writer is asked to do.
pub(crate) enum Command {
    Append(Batch),
    Retract {
        source: String,
        reply: oneshot::Sender<Result<u64, LogError>>,
    },
    /// Begin to erase keys: write it down, and forget their texts. Answers false when there was nothing to erase.
    Erase {
        wanted: Wanted,
        reply: oneshot::Sender<Result<bool, LogError>>,
    },
    /// An erasure was carried out.
    Erased {
        erasure: Erasure,
        reply: oneshot::Sender<Result<(), LogError>>,
    },
    Flush {
        reply: oneshot::Sender<Result<(), LogError>>,
    },
    /// Give what is in memory to the sealer.
    Seal {
        reply: oneshot::Sender<Result<(), LogError>>,
    },
    Close {
        reply: oneshot::Sender<Result<(), LogError>>,
    },
}

/// The writer's own state.
pub(crate) struct Writer {
    pub shared: Arc<Shared>,
    pub wal: WalWriter,
    pub dedup: Dedup,
    /// Why nothing may be written any more.
    pub lost: Option<LogError>,
}

impl Writer {
    /// Serve commands until closed or until nobody can ask any more.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut next = commands.blocking_recv();
        while let Some(command) = next.take() {
            match command {
                Command::Append(batch) => next = self.append(batch, &mut commands),
                Command::Retract { source, reply } => {
                    let _ = reply.send(self.retract(&source));
                }
                Command::Erase { wanted, reply } => {
                    let _ = reply.send(self.erase(wanted));
                }
                Command::Erased { erasure, reply } => {
                    let _ = reply.send(self.erased(&erasure));
                }
                Command::Flush { reply } => {
                    let _ = reply.send(self.flush());
                }
                Command::Seal { reply } => {
                    let _ = reply.send(self.seal());
                }
                Command::Close { reply } => {
                    let _ = reply.send(self.close());
                    return;
                }
            }
            if next.is_none() {
                next = commands.blocking_recv();
            }
        }
        // The handle was dropped without a close.
        if let Err(error) = self.close() {
            tracing::error!(%error, "closing the event log failed; what was acknowledged is safe");
        }
    }

    /// Commit this batch and those that wait behind it. Answers a command of another kind that came up.
    fn append(&mut self, first: Batch, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        let mut bytes = first.bytes.len();
        let mut batches = vec![first];
        let mut other = None;
        while bytes < GROUP_BYTES_MAX {
            match commands.try_recv() {
                Ok(Command::Append(batch)) => {
                    bytes += batch.bytes.len();
                    batches.push(batch);
                }
                Ok(command) => {
                    other = Some(command);
                    break;
                }
                Err(_) => break,
            }
        }
        match self.commit(&batches, bytes) {
            Ok(answers) => {
                for (batch, answer) in batches.into_iter().zip(answers) {
                    let _ = batch.reply.send(Ok(answer));
                }
            }
            Err(error) => {
                for batch in batches {
                    let _ = batch.reply.send(Err(error.clone()));
                }
            }
        }
        other
    }

    fn ready(&mut self) -> Result<(), LogError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        sealer::wait_for_room(&self.shared)?;
        let state = self.shared.state.read();
        if state.identity.key_bytes() > identity::KEY_BYTES_MAX {
            return Err(LogError::TooMuch("the log holds as many people as one log can".to_owned()));
        }
        if state.names.list().len() > EVENT_NAMES_MAX {
            return Err(LogError::TooMuch(format!(
                "the log holds {EVENT_NAMES_MAX} different event names; say what varies in properties, not in names"
            )));
        }
        Ok(())
    }

    fn commit(&mut self, batches: &[Batch], bytes: usize) -> Result<Vec<Appended>, LogError> {
        self.ready()?;
        let end = self.shared.state.read().end();
        if self.dedup.is_damaged() {
            self.relearn_ids()?;
        }
        let selected = match self.select_all(batches, bytes, end) {
            Err(_) if self.dedup.is_damaged() => {
                self.relearn_ids()?;
                self.select_all(batches, bytes, end)
            }
            other => other,
        };
        let (group, fresh, answers) = selected.map_err(disk_error)?;
        if group.count() == 0 {
            return Ok(answers);
        }
        let sync = self.shared.options.durability == Durability::Safe;
        let written = match self.wal.write(group, sync) {
            Ok(written) => written,
            Err(error) => {
                fresh.into_iter().for_each(|id| self.dedup.forget(id));
                return Err(self.refuse(error));
            }
        };
        self.show(written)?;
        self.freeze_when_full();
        self.dedup.spill_when_full(end + fresh.len() as u64);
        Ok(answers)
    }

    /// The ids from the events that stand: a file of them is damaged, or very many were taken back.
    fn relearn_ids(&mut self) -> Result<(), LogError> {
        tracing::warn!("message ids are made anew from the events, and appends wait for it");
        recover::relearn_ids(&self.shared.state, &mut self.dedup)
    }

    /// What of the batches is no repeat, the ids of that, and what to answer when it is written.
    fn select_all(
        &mut self,
        batches: &[Batch],
        bytes: usize,
        end: u64,
    ) -> std::io::Result<(Group, Vec<u128>, Vec<Appended>)> {
        let mut group = Group::new(end + 1, bytes);
        let mut fresh = Vec::new();
        let mut answers = Vec::with_capacity(batches.len());
        for batch in batches {
            let before = group.count();
            if let Err(error) = self.select(batch, &mut group, &mut fresh) {
                fresh.into_iter().for_each(|id| self.dedup.forget(id));
                return Err(error);
            }
            let written = group.count() - before;
            let last = Position(end + group.count() as u64);
            answers.push(Appended { written, repeated: batch.ids.len() - written, last });
        }
        Ok((group, fresh, answers))
    }

    /// Copy the events of a batch that are no repeats into the group.
    fn select(&mut self, batch: &Batch, group: &mut Group, fresh: &mut Vec<u128>) -> std::io::Result<()> {
        let mut run_start = 0;
        let mut run_events = 0;
        let mut start = 0;
        for (id, end) in batch.ids.iter().zip(&batch.ends) {
            let end = *end as usize;
            if self.dedup.insert(*id)? {
                fresh.push(*id);
                run_events += 1;
            } else {
                group.push(&batch.bytes[run_start..start], run_events);
                (run_start, run_events) = (end, 0);
            }
            start = end;
        }
        group.push(&batch.bytes[run_start..start], run_events);
        Ok(())
    }

    fn refuse(&mut self, error: WriteError) -> LogError {
        match error {
            WriteError::Refused(error) => disk_error(error),
            WriteError::Lost(error) => {
                tracing::error!(%error, "the event log cannot tell what is on the disk; it refuses writes until restarted");
                let error = disk_error(error);
                self.lost = Some(error.clone());
                error
            }
        }
    }

    /// Let readers see the events.
    fn show(&mut self, written: wal::EventBytes) -> Result<(), LogError> {
        let mut state = self.shared.state.write();
        let state = &mut *state;
        let chunk = Chunk::index(written, &mut state.names, &mut state.identity, |_, _| true);
        let chunk = chunk.inspect_err(|error| self.lost = Some(error.clone()))?;
        state.identity.upto = chunk.last();
        state.active.push(chunk);
        self.shared.end.send_replace(Position(state.end()));
        Ok(())
    }

    fn freeze_when_full(&mut self) {
        let is_full = {
            let state = self.shared.state.read();
            let options = &self.shared.options;
            state.active.events >= options.tail_events_max || state.active.bytes >= options.tail_bytes_max
        };
        if is_full {
            // Told already; the next commit tries again.
            let _ = self.freeze();
        }
    }

    /// Hand the active tail to the sealer and go on in a new file. After an error it goes on growing in the old one.
    fn freeze(&mut self) -> Result<(), LogError> {
        let (next, retracted, erasures) = {
            let state = self.shared.state.read();
            (state.end() + 1, state.tombstones.clone(), state.erasures.list())
        };
        let disk = &*self.shared.disk;
        // The old file must be safe before a later one exists: only the last file may have a torn end.
        let created = self.wal.sync().map_err(WriteError::Lost).and_then(|()| {
            WalWriter::create(disk, next, &retracted, &erasures).map_err(|error| {
                let gone = remove_if_there(disk, &wal::file_name(next)).and_then(|()| disk.sync_folder(wal::FOLDER));
                if gone.is_ok() { WriteError::Refused(error) } else { WriteError::Lost(error) }
            })
        });
        match created {
            Ok(wal) => self.wal = wal,
            Err(error) => {
                let error = self.refuse(error);
                tracing::warn!(%error, "no new write-ahead file");
                return Err(error);
            }
        }
        {
            let mut state = self.shared.state.write();
            let full = std::mem::replace(&mut state.active, Tail::new(next));
            state.frozen.push(Arc::new(full));
        }
        if self.shared.options.background_sealing {
            self.shared.sealing_bell.notify_all();
        } else {
            sealer::seal_waiting(&self.shared);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LogError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        self.wal.sync().map_err(|error| self.refuse(WriteError::Lost(error)))
    }

    /// Make everything safe and give it to the sealer.
    fn seal(&mut self) -> Result<(), LogError> {
        self.flush()?;
        if self.shared.state.read().active.events > 0 { self.freeze() } else { Ok(()) }
    }

    /// Leave as little to the next start as can be.
    fn close(&mut self) -> Result<(), LogError> {
        self.flush()?;
        if self.shared.state.read().active.events > 0 {
            // What cannot become a segment now does after the next start.
            let _ = self.freeze();
        }
        if !self.dedup.is_damaged() {
            let end = self.shared.state.read().end();
            self.dedup.spill_to_close(end);
        }
        Ok(())
    }

    fn erase(&mut self, wanted: Wanted) -> Result<bool, LogError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        let (view, end) = {
            let state = self.shared.state.read();
            (state.view(), state.end())
        };
        let came_back = match &wanted {
            Wanted::People(_) => HashSet::new(),
            Wanted::Gone { seen_upto, .. } => erase::people_after(&view, *seen_upto)?,
        };
        let mut keys: Vec<u32> = {
            let identity = &self.shared.state.read().identity;
            let keys = match wanted {
                Wanted::People(people) => people.iter().flat_map(|person| identity.keys(*person)).collect(),
                Wanted::Gone { keys, .. } => keys,
            };
            let stays = |key: &u32| identity.person(*key).is_none_or(|person| came_back.contains(&person));
            keys.into_iter().filter(|key| !stays(key) && !identity.is_erased(*key)).collect()
        };
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(false);
        }
        if keys.len() > ERASURE_KEYS_MAX {
            return Err(LogError::TooMuch(format!("{} keys at once; erase at most {ERASURE_KEYS_MAX}", keys.len())));
        }
        let erasure = Erasure { upto: end, keys: keys.into() };
        self.wal.write_erasure(&erasure, false).map_err(|error| self.refuse(error))?;
        let mut state = self.shared.state.write();
        let texts = state.identity.erase(&erasure.keys);
        state.forget_recent();
        state.erasures.begin(erasure, texts);
        Ok(true)
    }

    fn erased(&mut self, erasure: &Erasure) -> Result<(), LogError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        self.wal.write_erasure(erasure, true).map_err(|error| self.refuse(error))?;
        self.shared.state.write().erasures.finish(erasure);
        self.shared.end.send_modify(|_| {});
        Ok(())
    }

    fn retract(&mut self, source: &str) -> Result<u64, LogError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        let (view, end) = {
            let state = self.shared.state.read();
            (state.view(), state.end())
        };
        let found = retract::find(&view, source)?;
        if found.events == 0 {
            return Ok(0);
        }
        if view.tombstones.len() >= RETRACTED_SOURCES_MAX {
            return Err(LogError::TooMuch(format!("{RETRACTED_SOURCES_MAX} sources were taken back; no more can be")));
        }
        self.wal.write_retraction(source, end).map_err(|error| self.refuse(error))?;
        let mut state = self.shared.state.write();
        Arc::make_mut(&mut state.tombstones).insert(source.into(), end);
        state.forget_recent();
        if let Err(error) = self.dedup.free(&found.ids, state.tombstones.fingerprint()) {
            tracing::warn!(%error, "the freed message ids are not written; the next start rebuilds them");
        }
        if found.has_links {
            let view = state.view();
            retract::derive_joins(&view, &mut state.identity)?;
        }
        self.shared.end.send_modify(|_| {});
        Ok(found.events)
    }
}
