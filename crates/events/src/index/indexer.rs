//! Making parts of sealed segments and merging them, in a thread of its own.

use std::{collections::HashSet, io, ops::Range, sync::Arc, time::Duration};

use insight::frame::{self, List, Source};

use super::{
    VALUES_MAX,
    cache::Cache,
    file::{Origin, Part},
    properties::{HasMore, Kind, is_fact},
    rows::Builder,
    snapshot::{Wish, of_parts, read_facts, read_segment},
    writer::PartWriter,
};
use crate::{
    LogError,
    state::{Shared, View, disk_error},
};

/// Events made into one part at a time: what is held in memory while it is made.
const BUILD_EVENTS_MAX: u64 = 1 << 19;
/// Events of one part: facts hold their places in it as 32 bits.
const EVENTS_MAX: u64 = u32::MAX as u64;
/// A part that was merged has room for so many times the properties of a new one.
const MERGED_FACTOR: usize = 4;
/// Parts of about the same size that are merged.
const MERGE_PARTS_MIN: usize = 4;
/// With so many parts some are merged before another is made. What a part says of its lists stays in memory, about 300
/// bytes of each: when the columns of 100 million events were made anew without this, 217 parts lay beside each other and
/// the program came to 1.1 GB.
const PARTS_MANY: usize = 12;
/// While nothing else is to be done, a part up to so many times the newer ones is merged with them: questions to several
/// parts copy, and take up to three times as long (a strict funnel eight times). At a million events a day that writes
/// 100 million anew every other day, in 20 seconds.
const SETTLE_FACTOR: u64 = 64;
/// Nothing new for so long.
const IDLE_AFTER: Duration = Duration::from_secs(3);
/// What a merge keeps of what it reads: each piece is read once.
const MERGE_CACHE_BYTES: u64 = 1 << 20;
/// All of time.
const EVER: Range<i64> = i64::MIN..i64::MAX;
/// Wait after a failed attempt.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The thread.
pub(crate) fn run(shared: &Shared) {
    let mut is_idle = false;
    loop {
        let stepped = if is_idle { settle(shared) } else { step(shared) };
        let mut sealing = shared.sealing.lock();
        if sealing.is_closing {
            return;
        }
        match stepped {
            Ok(true) => {}
            Ok(false) if is_idle => {
                is_idle = false;
                shared.sealing_bell.wait(&mut sealing);
            }
            Ok(false) => is_idle = shared.sealing_bell.wait_for(&mut sealing, IDLE_AFTER).timed_out(),
            Err(error) => {
                tracing::error!(%error, "columns were not written; questions go on and are slower");
                shared.sealing_bell.wait_for(&mut sealing, RETRY_AFTER);
            }
        }
    }
}

/// One piece of work. False when there is none.
pub(crate) fn step(shared: &Shared) -> Result<bool, LogError> {
    let _alone = shared.indexing.lock();
    let Some((view, tombstones)) = current(shared) else { return Ok(true) };
    let mergeable = to_merge(&events_of(&view.parts), MERGE_PARTS_MIN, 1);
    let must_merge = mergeable.filter(|_| view.parts.len() >= PARTS_MANY);
    if must_merge.is_none() && build(shared, &view, tombstones)? {
        return Ok(true);
    }
    merge_from(shared, &view, mergeable, tombstones)
}

/// Fewer, larger parts while there is nothing else to do. False when there are few enough.
pub(crate) fn settle(shared: &Shared) -> Result<bool, LogError> {
    let _alone = shared.indexing.lock();
    let Some((view, tombstones)) = current(shared) else { return Ok(true) };
    merge_from(shared, &view, to_merge(&events_of(&view.parts), 2, SETTLE_FACTOR), tombstones)
}

/// The log with its tombstones as they are now. None when parts hold what was taken back since: they are gone now. What
/// was made of such a part would pass for one that was made without it, and people may have parted since: such parts say
/// whose events were whose before.
pub(super) fn current(shared: &Shared) -> Option<(View, u64)> {
    let view = shared.state.read().view();
    let tombstones = view.tombstones.fingerprint();
    if view.parts.iter().any(|part| part.origin().tombstones != tombstones) {
        drop_all(shared);
        return None;
    }
    Some((view, tombstones))
}

fn merge_from(shared: &Shared, view: &View, start: Option<usize>, tombstones: u64) -> Result<bool, LogError> {
    match start {
        Some(start) => merge(shared, view, start, tombstones).map(|()| true),
        None => Ok(false),
    }
}

/// Forget all parts: they hold what was taken back, or are damaged.
pub(crate) fn drop_all(shared: &Shared) {
    // The state stays locked: a new part may get the name of an old one.
    let mut state = shared.state.write();
    std::mem::take(&mut state.parts).iter().for_each(|part| part.remove());
}

/// Make a part of the next segments.
fn build(shared: &Shared, view: &View, tombstones: u64) -> Result<bool, LogError> {
    let covered = view.parts.last().map_or(0, |part| part.origin().last);
    let wish = Wish { names: None, columns: &[], time: EVER, cut: EVER, told_from_ms: EVER.start };
    let (mut builder, mut last) = (Builder::default(), covered);
    for segment in view.segments.iter().filter(|segment| segment.stats.last > covered) {
        if last > covered && segment.stats.last - covered > BUILD_EVENTS_MAX {
            break;
        }
        read_segment(view, segment, covered, &wish, &mut builder)?;
        read_facts(view, segment, covered, &mut builder)?;
        last = segment.stats.last;
    }
    if last == covered {
        return Ok(false);
    }
    let rows = builder.finish();
    let origin = Origin { first: covered + 1, last, tombstones, links_upto: view.links_upto };
    let names = rows.names.iter().map(|name| name.to_string()).collect();
    let written = PartWriter::new(&shared.disk, origin, names).and_then(|mut writer| {
        let lists: Vec<_> = rows.lists.iter().collect();
        for lists in lists.chunk_by(|((one, _), _), ((two, _), _)| one == two) {
            let keys: Vec<&[u64]> = lists.iter().map(|(_, list)| list.keys.as_slice()).collect();
            for (((block, name), list), ranks) in lists.iter().zip(frame::ranks(&keys)) {
                let columns = list.columns.iter().map(|(property, codes)| (*property, codes.as_slice()));
                writer.list(*block, *name, &list.keys, &ranks, columns)?;
            }
        }
        rows.facts.each_block(|block, mut facts| writer.facts(block, &mut facts))?;
        let properties = rows.properties.iter();
        let properties = properties.map(|property| (&*property.name, property.is_wide, property.codebook.values()));
        writer.finish(properties, rows.has_more)
    });
    let part = Arc::new(written.map_err(disk_error)?);
    install(shared, covered, 0, part);
    Ok(true)
}

fn events_of(parts: &[Arc<Part>]) -> Vec<u64> {
    parts.iter().map(|part| part.events()).collect()
}

/// The place of the first of the newest parts that should become one, given the events of each: at least so many, each no
/// larger than `factor` times all that are newer. With a factor of one every event is written about `log2` of their
/// number times.
fn to_merge(parts: &[u64], at_least: usize, factor: u64) -> Option<usize> {
    let (mut events, mut start) = (0, parts.len());
    for (place, part) in parts.iter().enumerate().rev() {
        let is_too_large = *part > events * factor || part + events > EVENTS_MAX;
        if parts.len() - place > 1 && is_too_large {
            break;
        }
        events += part;
        start = place;
    }
    (parts.len() - start >= at_least).then_some(start)
}

fn merge(shared: &Shared, view: &View, start: usize, tombstones: u64) -> Result<(), LogError> {
    let parts = &view.parts[start..];
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(()) };
    let (columns, wide, has_more) = properties_of(parts);
    let wish = Wish { names: None, columns: &columns, time: EVER, cut: EVER, told_from_ms: EVER.start };
    let origin =
        Origin { first: first.origin().first, last: last.origin().last, tombstones, links_upto: view.links_upto };
    let cache = Arc::new(Cache::new(MERGE_CACHE_BYTES));
    let merged = of_parts(parts, None, view, &cache, &wish).and_then(|snapshot| {
        let snapshot = snapshot.ok_or_else(|| io::Error::other("a property lost its column while it was merged"))?;
        let names = snapshot.names().iter().map(|name| name.to_string()).collect();
        let is_wide: Vec<bool> = (0..columns.len()).map(|column| snapshot.values(column).len() > VALUES_MAX).collect();
        let mut writer = PartWriter::new(&shared.disk, origin, names)?;
        for block in 0..snapshot.blocks() {
            if shared.sealing.lock().is_closing {
                return Err(io::Error::new(io::ErrorKind::Interrupted, "the log is closing"));
            }
            let frame = snapshot.events(block)?;
            let lists = (0..).zip(&frame.lists).filter_map(|(name, list)| Some((name, list.as_ref()?)));
            let lists: Vec<(u32, &List)> = lists.filter(|(_, list)| !list.keys.is_empty()).collect();
            let keys: Vec<&[u64]> = lists.iter().map(|(_, list)| &*list.keys).collect();
            for ((name, list), ranks) in lists.iter().zip(frame::ranks(&keys)) {
                let codes: Vec<(u32, Vec<u32>)> = (0..columns.len())
                    .filter(|column| !is_wide[*column] && !is_fact(&columns[*column]))
                    .map(|column| (column as u32, list.columns[column].to_words(list.keys.len())))
                    .collect();
                let codes = codes.iter().map(|(column, codes)| (*column, codes.as_slice()));
                writer.list(block, *name, &list.keys, &ranks, codes)?;
            }
            let mut facts = snapshot.facts(block)?;
            facts.retain(|fact| !is_wide[fact.property as usize]);
            writer.facts(block, &mut facts)?;
        }
        let properties = columns.iter().enumerate();
        let properties = properties.map(|(column, name)| (name.as_str(), is_wide[column], snapshot.values(column)));
        let wide = wide.iter().map(|name| (name.as_str(), true, &[][..]));
        writer.finish(properties.chain(wide), has_more)
    });
    let part = Arc::new(merged.map_err(disk_error)?);
    install(shared, first.origin().first - 1, parts.len(), part);
    Ok(())
}

/// What parts have in common: properties with a column in the one that is made of them, those that have too many
/// values, and of which kinds there are more.
fn properties_of(parts: &[Arc<Part>]) -> (Vec<String>, Vec<String>, HasMore) {
    let mut wide: Vec<String> = Vec::new();
    for name in parts.iter().flat_map(|part| part.wide()) {
        if !wide.iter().any(|known| known == name) {
            wide.push(name.to_owned());
        }
    }
    let mut has_more = HasMore::default();
    for part in parts {
        has_more.iter_mut().zip(part.has_more()).for_each(|(any, more)| *any |= more);
    }
    let (mut columns, mut known, mut counts) = (Vec::new(), HashSet::new(), [0; 4]);
    for (_, name) in parts.iter().flat_map(|part| part.properties()) {
        // A part that had no room for a property cannot say that it has no value there.
        let is_told = || parts.iter().all(|part| part.property(name).is_ok());
        if !known.insert(name) || !is_told() {
            continue;
        }
        let kind = Kind::of(name);
        if counts[kind as usize] == kind.most() * MERGED_FACTOR {
            has_more[kind as usize] = true;
            continue;
        }
        counts[kind as usize] += 1;
        columns.push(name.to_owned());
    }
    (columns, wide, has_more)
}

/// Put a part behind those that end at `after`, in the place of as many as it was made of. What was taken back in the
/// meantime is found by the next step.
fn install(shared: &Shared, after: u64, replaces: usize, part: Arc<Part>) {
    let mut state = shared.state.write();
    let place = state.parts.iter().take_while(|known| known.origin().last <= after).count();
    let is_next = after == if place == 0 { 0 } else { state.parts[place - 1].origin().last };
    let is_whole = place + replaces == state.parts.len();
    if !is_next || !is_whole {
        part.remove();
        return;
    }
    let mut parts = state.parts.to_vec();
    let gone: Vec<Arc<Part>> = parts.drain(place..).collect();
    parts.push(part);
    state.parts = parts.into();
    gone.iter().for_each(|part| part.remove());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_log_is_made_anew_in_few_parts_and_few_rounds() {
        let (mut parts, mut written, mut most) = (Vec::new(), 0, 0);
        for _ in 0..1_000 {
            parts.push(BUILD_EVENTS_MAX);
            while let Some(start) = to_merge(&parts, MERGE_PARTS_MIN, 1).filter(|_| parts.len() >= PARTS_MANY) {
                let events: u64 = parts.drain(start..).sum();
                written += events;
                parts.push(events);
            }
            most = most.max(parts.len());
        }
        assert!(most < PARTS_MANY + MERGE_PARTS_MIN, "{most} parts");
        let rounds = written / (1_000 * BUILD_EVENTS_MAX);
        assert!(rounds < 4, "each event was merged {rounds} times");
    }
}
