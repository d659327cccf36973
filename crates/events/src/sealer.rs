//! Turning full tails into segments, in a thread of its own, so that appends do not wait for compression.
//!
//! Order of one sealing, each step safe before the next: segment file, its name, then the write-ahead file goes.
//! A crash between them leaves both; opening skips write-ahead events that a segment has.

use std::{collections::HashSet, io, sync::Arc, time::Duration};

use crate::{
    LogError, codec,
    columns::EVENT,
    index,
    layout::Size,
    manifest, people,
    segment::{self, Segment},
    state::{Shared, State},
    tail::Tail,
    wal,
};

/// Wait after a failed attempt.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The sealer's thread: seal what waits, until told to close and nothing waits or sealing fails.
pub(crate) fn run(shared: &Shared) {
    loop {
        let did_fail = !seal_waiting(shared);
        let mut sealing = shared.sealing.lock();
        let is_idle = shared.state.read().frozen.is_empty();
        if sealing.is_closing && (is_idle || did_fail) {
            return;
        }
        if did_fail {
            shared.sealing_bell.wait_for(&mut sealing, RETRY_AFTER);
        } else if is_idle {
            shared.sealing_bell.wait(&mut sealing);
        }
    }
}

/// Seal every full tail. False when an attempt failed; it may be tried again, nothing is lost.
pub(crate) fn seal_waiting(shared: &Shared) -> bool {
    loop {
        let Some(tail) = shared.state.read().frozen.first().cloned() else { return true };
        let sealed = seal(shared, &tail);
        if let Err(error) = &sealed {
            tracing::error!(%error, first = tail.first, "sealing events failed; they are safe in the write-ahead log");
        }
        let did_fail = sealed.is_err();
        shared.sealing.lock().failure = sealed.err().map(Arc::new);
        shared.sealing_bell.notify_all();
        if did_fail {
            return false;
        }
        people::save_when_due(shared, false);
        manifest::save_when_due(shared, false);
        if !shared.options.background_sealing {
            index_now(shared);
        }
    }
}

/// Without a thread for it: what tests that must run the same each time do.
fn index_now(shared: &Shared) {
    loop {
        match index::step(shared) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "columns were not written; questions read segments");
                return;
            }
        }
    }
}

fn size(earlier: &[(u64, u32, Vec<u8>)], tail: &Tail) -> Size {
    let new = tail.chunks.iter().flat_map(|chunk| chunk.rows.iter().map(|row| row.key));
    let people: HashSet<u32, ahash::RandomState> = earlier.iter().map(|(_, key, _)| *key).chain(new).collect();
    Size { events: (earlier.len() + tail.events) as u64, people: people.len() as u64 }
}

fn seal(shared: &Shared, tail: &Tail) -> io::Result<()> {
    let _alone = shared.rewriting.lock();
    let merged = small_before(shared, tail);
    let mut earlier = Vec::new();
    for segment in &merged {
        earlier.extend(load(segment)?);
    }
    let first = merged.first().map_or(tail.first, |segment| segment.stats.first);
    let size = size(&earlier, tail);
    let earlier = earlier.iter().map(|(position, key, bytes)| {
        codec::decode(bytes, 0)
            .map(|(event, _)| (*position, *key, event))
            .ok_or_else(|| io::Error::other("an event does not come back from its bytes"))
    });
    let earlier = earlier.collect::<io::Result<Vec<_>>>()?;
    let events = tail.chunks.iter().flat_map(|chunk| chunk.events());
    let events = events.map(|(position, row, event)| (position, row.key, event));
    let segment = segment::write(&shared.disk, first, size, shared.clock.now(), earlier.into_iter().chain(events))?;
    {
        let mut state = shared.state.write();
        let segments = Arc::make_mut(&mut state.segments);
        segments.truncate(segments.len() - merged.len());
        segments.push(Arc::new(segment));
        state.frozen.remove(0);
    }
    merged.iter().for_each(|segment| segment.merge_away());
    if let Err(error) = shared.disk.remove(&wal::file_name(tail.first)) {
        tracing::debug!(%error, first = tail.first, "a sealed write-ahead file is left for the next start");
    }
    Ok(())
}

/// The newest segments that are small beside this tail: they become one with it, so that many short runs of the
/// program do not leave many small files. Every event is rewritten about `log2` of a full segment times.
fn small_before(shared: &Shared, tail: &Tail) -> Vec<Arc<Segment>> {
    let segments = shared.state.read().segments.clone();
    let mut events = tail.events as u64;
    let mut small = Vec::new();
    for segment in segments.iter().rev() {
        let count = segment.stats.events();
        let is_small = count <= events * 2 && segment.length() <= (shared.options.tail_bytes_max / 4) as u64;
        if !is_small || events + count > shared.options.tail_events_max as u64 {
            break;
        }
        events += count;
        small.push(segment.clone());
    }
    small.reverse();
    small
}

/// The events of a small segment: position, number of the key, encoded.
fn load(segment: &Segment) -> io::Result<Vec<(u64, u32, Vec<u8>)>> {
    let mut events = Vec::new();
    let read = segment.each(EVENT, None, |batch| {
        events.extend(batch.events()?.into_iter().map(|(position, key, event)| {
            let mut bytes = Vec::new();
            codec::encode(&event, &mut bytes);
            (position, key, bytes)
        }));
        Ok(())
    });
    read.map_err(io::Error::other)?;
    Ok(events)
}

/// Wait until nothing waits to be sealed.
pub(crate) fn wait_until_sealed(shared: &Shared) -> Result<(), LogError> {
    wait_until(shared, |state| state.frozen.is_empty())
}

/// Hold the writer while too much waits to be sealed; refuse when sealing does not work.
pub(crate) fn wait_for_room(shared: &Shared) -> Result<(), LogError> {
    let most = shared.options.unsealed_bytes_max;
    wait_until(shared, |state| state.frozen.is_empty() || state.unsealed_bytes() <= most)
}

fn wait_until(shared: &Shared, is_reached: impl Fn(&State) -> bool) -> Result<(), LogError> {
    let mut sealing = shared.sealing.lock();
    while !is_reached(&shared.state.read()) {
        if let Some(failure) = &sealing.failure {
            return Err(LogError::Disk(failure.clone()));
        }
        shared.sealing_bell.wait(&mut sealing);
    }
    Ok(())
}
