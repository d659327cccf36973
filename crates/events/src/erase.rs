//! Removing a person, and what is older than events are kept.
//!
//! A removed event leaves its place: the row stays in its segment with its position, the numbers of its keys and the
//! source [`ERASED`] or [`EXPIRED`], and nothing else. So positions have no gaps, and keys that others were numbered
//! after keep their numbers. Readers pass over such rows as over those of a source that was taken back.
//!
//! Order of an erasure, each step safe before the next:
//! 1. The write-ahead log says which numbers go, up to which position; in memory their texts are gone from then on.
//! 2. What is in memory is sealed; segments that name them are written anew, *newest first*: whatever still has the
//!    text of a key is older than what has not, so that numbers can be derived again after a crash.
//! 3. Columns that hold them are written anew, leftovers of earlier files go, the people are saved.
//! 4. The write-ahead log says that it is done. A start that does not find this does 2 to 4 again.
//!
//! Ids of erased messages stay as hashes: what a client sends once more does not come back.

use std::{io, sync::Arc};

use hashbrown::{HashMap, HashSet};

use crate::{
    Link, LogError, NewEvent, PersonKey,
    columns::{EVENT, link_ref},
    disk::remove_if_there,
    identity::Identity,
    index, manifest, people, sealer,
    segment::{self, Segment, parse_range},
    state::{Shared, View, disk_error},
    texts,
    tombstones::{ERASED, EXPIRED},
    wal::{self, Entry},
};

/// Keys of one entry of the write-ahead log.
pub(crate) const ERASURE_KEYS_MAX: usize = 1_000_000;

/// Keys that are being erased, from all events up to a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Erasure {
    pub upto: u64,
    /// Numbers, ascending. No key is in two erasures: whoever comes again has another number.
    pub keys: Arc<[u32]>,
}

/// Erasures that are not finished, oldest first, with the texts that their keys had.
#[derive(Debug, Default, Clone)]
pub(crate) struct Erasures(Vec<(Erasure, Option<Texts>)>);

/// Texts that keys had, with their numbers.
pub(crate) type Texts = Vec<(String, u32)>;

impl Erasures {
    /// Take an entry of the write-ahead log, in order.
    pub(crate) fn learn(&mut self, entry: &Entry) {
        match entry {
            Entry::Erasure(erasure) if !self.0.iter().any(|(known, _)| known == erasure) => {
                self.0.push((erasure.clone(), None));
            }
            Entry::Erased(erasure) => self.finish(erasure),
            _ => {}
        }
    }

    /// Add one whose keys lost their texts just now.
    pub(crate) fn begin(&mut self, erasure: Erasure, texts: Texts) {
        self.0.push((erasure, Some(texts)));
    }

    pub(crate) fn finish(&mut self, erasure: &Erasure) {
        self.0.retain(|(known, _)| known != erasure);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn list(&self) -> Vec<Erasure> {
        self.0.iter().map(|(erasure, _)| erasure.clone()).collect()
    }

    fn first(&self) -> Option<(Erasure, Texts)> {
        self.0.first().map(|(erasure, texts)| (erasure.clone(), texts.clone().unwrap_or_default()))
    }

    /// While people are derived from events in order: what was erased before the event at `position` came.
    pub(crate) fn apply_before(&mut self, position: u64, identity: &mut Identity) {
        for (erasure, texts) in &mut self.0 {
            if texts.is_none() && erasure.upto < position {
                *texts = Some(identity.erase(&erasure.keys));
            }
        }
    }
}

/// What goes.
struct Going<'a> {
    upto: u64,
    keys: HashSet<u32, ahash::RandomState>,
    texts: HashMap<&'a str, u32, ahash::RandomState>,
}

impl Going<'_> {
    fn link(&self, link: &Link) -> Link {
        let Some(number) = self.texts.get(link_ref(link).key) else { return link.clone() };
        let key = PersonKey::trusted(&texts::erased_text(*number));
        if link_ref(link).always { Link::Merge(key) } else { Link::Claim(key) }
    }

    fn change(&self, position: u64, number: u32, event: &mut NewEvent) {
        if position > self.upto {
            return;
        }
        event.links = event.links.iter().map(|link| self.link(link)).collect();
        if self.keys.contains(&number) {
            event.person = PersonKey::trusted(&texts::erased_text(number));
            empty(event, ERASED);
        }
    }
}

fn empty(event: &mut NewEvent, source: &str) {
    event.message_id.clear();
    event.name.clear();
    event.at = base::Timestamp::from_ms(0);
    event.received_at = base::Timestamp::from_ms(0);
    event.props = "{}".to_owned();
    event.person_props = None;
    event.source = Some(source.to_owned());
}

/// Whether the log is being closed, so that long work should stop; the next start goes on with it.
fn check_closing(shared: &Shared) -> Result<(), LogError> {
    if shared.sealing.lock().is_closing { Err(LogError::Closed) } else { Ok(()) }
}

/// The oldest erasure that is not finished: carry it out. Answers it; `None` when there is none.
pub(crate) fn carry_out_next(shared: &Shared) -> Result<Option<Erasure>, LogError> {
    let next = shared.state.read().erasures.first();
    let Some((erasure, texts)) = next else { return Ok(None) };
    sealer::wait_until_sealed(shared)?;
    {
        let state = shared.state.read();
        if state.active.events > 0 && state.active.first <= erasure.upto {
            return Err(disk_error(io::Error::other("the newest events cannot be sealed")));
        }
    }
    let going = Going {
        upto: erasure.upto,
        keys: erasure.keys.iter().copied().collect(),
        texts: texts.iter().map(|(text, key)| (text.as_str(), *key)).collect(),
    };
    let names_them = |segment: &Segment| {
        let has_them = || Ok(segment.may_have_keys(&erasure.keys)? && has_keys(segment, &going)?);
        Ok(segment.stats.first <= going.upto && (has_them()? || links_name(segment, &going)?))
    };
    rewrite(shared, names_them, |position, number, event| going.change(position, number, event))?;
    let holds = |part: &index::Part| {
        let people = part.people()?;
        let has = |key: &u32| people.get(*key as usize / 64).is_some_and(|word| word & (1 << (key % 64)) != 0);
        Ok(erasure.keys.iter().any(has))
    };
    index::forget(shared, holds, |person, _| going.keys.contains(&person))?;
    remove_leftovers(shared).map_err(disk_error)?;
    // With others still to come, whose texts are gone from memory already, there must be no file: the next start would
    // not learn these texts any more.
    let is_last = shared.state.read().erasures.0.len() == 1;
    if is_last { people::save(shared) } else { people::remove(shared) }.map_err(disk_error)?;
    Ok(Some(erasure))
}

/// Whether keys that go stand in it: the filter is wrong for one segment in ten, and all of it would be read for that.
fn has_keys(segment: &Segment, going: &Going<'_>) -> Result<bool, LogError> {
    let mut found = false;
    segment.each(&["person_number"], None, |batch| {
        found = found || batch.numbers()?.iter().any(|key| going.keys.contains(key));
        Ok(())
    })?;
    Ok(found)
}

fn links_name(segment: &Segment, going: &Going<'_>) -> Result<bool, LogError> {
    if !segment.stats.has_links || going.texts.is_empty() {
        return Ok(false);
    }
    let mut found = false;
    segment.each(&["links"], None, |batch| {
        let links = batch.texts("links")?;
        for row in 0..batch.rows() {
            found |= batch.links(links, row)?.iter().any(|link| going.texts.contains_key(link_ref(link).key));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Write segments anew, newest first. Readers go on with what they began.
fn rewrite(
    shared: &Shared,
    is_meant: impl Fn(&Segment) -> Result<bool, LogError>,
    change: impl Fn(u64, u32, &mut NewEvent),
) -> Result<(), LogError> {
    let mut before = u64::MAX;
    loop {
        check_closing(shared)?;
        // Nobody else makes segments meanwhile. The newest may have been merged since the last look.
        let _alone = shared.rewriting.lock();
        let segments = shared.state.read().segments.clone();
        let Some(segment) = segments.iter().rev().find(|segment| segment.stats.first < before) else { return Ok(()) };
        before = segment.stats.first;
        if is_meant(segment)?
            && let Some(written) = changed(shared, segment, &change)?
        {
            let mut state = shared.state.write();
            state.forget_recent();
            for known in Arc::make_mut(&mut state.segments) {
                if Arc::ptr_eq(known, segment) {
                    *known = Arc::new(written);
                    break;
                }
            }
        }
    }
}

/// The segment with its events changed, under the same name; `None` when nothing changes.
fn changed(
    shared: &Shared,
    segment: &Segment,
    change: &impl Fn(u64, u32, &mut NewEvent),
) -> Result<Option<Segment>, LogError> {
    let (mut events, mut has_changed) = (Vec::new(), false);
    segment.each(EVENT, None, |batch| {
        for (position, number, event) in batch.events()? {
            let mut new = event.clone();
            change(position, number, &mut new);
            has_changed |= new != event;
            events.push((position, number, new));
        }
        Ok(())
    })?;
    if !has_changed {
        return Ok(None);
    }
    segment.pin().map_err(disk_error)?;
    segment::write_events(&shared.disk, segment.stats.first, shared.clock.now(), &events).map(Some).map_err(disk_error)
}

/// Remove files that were replaced and not removed yet, and make that safe.
fn remove_leftovers(shared: &Shared) -> io::Result<()> {
    let disk = &*shared.disk;
    {
        let _alone = shared.rewriting.lock();
        let segments = shared.state.read().segments.clone();
        let is_current = |range| segments.iter().any(|segment| (segment.stats.first, segment.stats.last) == range);
        for (name, _) in disk.list(segment::FOLDER)? {
            if name.ends_with(".tmp") || parse_range(&name, ".parquet").is_some_and(|range| !is_current(range)) {
                remove_if_there(disk, &format!("{}/{name}", segment::FOLDER))?;
            }
        }
        disk.sync_folder(segment::FOLDER)?;
        let state = shared.state.read();
        let oldest = state.frozen.first().map_or(state.active.first, |tail| tail.first);
        drop(state);
        for (name, _) in disk.list(wal::FOLDER)? {
            let first = name.strip_suffix(".wal").and_then(|first| first.parse::<u64>().ok());
            if let Some(first) = first.filter(|first| *first < oldest) {
                remove_if_there(disk, &wal::file_name(first))?;
            }
        }
        disk.sync_folder(wal::FOLDER)?;
    }
    // What their names and properties were called is in the list of segments too.
    manifest::save(shared)?;
    index::remove_leftovers(shared)
}

/// Empty what is older than `oldest_ms`, and answer the people of whom nothing is left.
pub(crate) fn expire(shared: &Shared, oldest_ms: i64) -> Result<Vec<u32>, LogError> {
    let tombstones = shared.state.read().tombstones.clone();
    let is_old = |segment: &Segment| Ok(segment.stats.at_min_ms < oldest_ms);
    rewrite(shared, is_old, |position, _, event| {
        let is_gone = event.source.as_deref().is_some_and(|source| source == ERASED || source == EXPIRED);
        if !is_gone && event.at.ms() < oldest_ms {
            // What was taken back says nothing of who is who, now or later.
            let counts = tombstones.has_links(event.source.as_deref(), position);
            empty(event, if counts { EXPIRED } else { ERASED });
        }
    })?;
    let holds = |part: &index::Part| Ok(part.at_min_ms() < oldest_ms);
    index::forget(shared, holds, |_, at_ms| at_ms < oldest_ms)?;
    remove_leftovers(shared).map_err(disk_error)?;
    people_without_events(shared)
}

/// Keys of people of whom no event stands, lowest first, as many as one erasure takes.
fn people_without_events(shared: &Shared) -> Result<Vec<u32>, LogError> {
    // The state stays as it is while keys are counted: somebody who comes back meanwhile has an event in memory.
    let view = shared.state.read().view();
    let mut is_alive = vec![false; view.persons.len()];
    let mut see = |key: u32| {
        if let Some(person) = view.persons.get(key as usize) {
            is_alive[*person as usize] = true;
        }
    };
    // Of those that hold nothing any more there are many after years.
    for segment in view.segments.iter().filter(|segment| segment.stats.has_events()) {
        check_closing(shared)?;
        segment.each(&["position", "person_number", "source"], None, |batch| {
            let (keys, sources) = (batch.numbers()?, batch.coded("source")?);
            for (row, position) in batch.positions()?.iter().enumerate() {
                if !view.tombstones.covers(sources.get(row), *position) {
                    see(keys[row]);
                }
            }
            Ok(())
        })?;
    }
    for chunk in &view.chunks {
        chunk.rows.iter().for_each(|row| see(row.key));
    }
    let state = shared.state.read();
    let is_gone = |key: &u32| !is_alive[view.persons[*key as usize] as usize] && !state.identity.is_erased(*key);
    Ok((0..view.persons.len() as u32).filter(is_gone).take(ERASURE_KEYS_MAX).collect())
}

/// Who has an event after a position.
pub(crate) fn people_after(view: &View, position: u64) -> Result<std::collections::HashSet<u32>, LogError> {
    let mut people = std::collections::HashSet::new();
    for segment in view.segments.iter().filter(|segment| segment.stats.last > position) {
        segment.each(&["position", "person_number"], None, |batch| {
            let rows = batch.positions()?.iter().zip(batch.numbers()?);
            people.extend(rows.filter(|(at, _)| **at > position).map(|(_, key)| view.person(*key)));
            Ok(())
        })?;
    }
    for chunk in view.chunks.iter().filter(|chunk| chunk.last() > position) {
        people.extend(chunk.rows.iter().map(|row| view.person(row.key)));
    }
    Ok(people)
}
