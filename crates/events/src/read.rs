//! Reading single events and the lists of what the log knows.

use std::{collections::BTreeMap, sync::Arc};

use parquet::arrow::arrow_reader::{RowSelection, RowSelector};

use crate::{
    LogError, Position, StoredEvent,
    columns::{EVENT, link_ref},
    json, scan,
    segment::Segment,
    state::View,
    texts,
};

/// Rows of a segment looked at in one go while a reader may stop early.
const STRIDE_ROWS: u64 = 8_192;

/// Events after a position, oldest first.
pub(crate) fn read_after(view: &View, after: u64, limit: usize) -> Result<Vec<StoredEvent>, LogError> {
    let mut found = Vec::new();
    let from = view.segments.partition_point(|segment| segment.stats.last <= after);
    for segment in &view.segments[from..] {
        let mut next = segment.stats.first.max(after + 1);
        while next <= segment.stats.last && found.len() < limit {
            let count = STRIDE_ROWS.min(segment.stats.last + 1 - next).min((limit - found.len()) as u64);
            let selection = RowSelection::from(vec![
                RowSelector::skip((next - segment.stats.first) as usize),
                RowSelector::select(count as usize),
            ]);
            events(view, segment, selection, |event| found.push(event))?;
            next += count;
        }
    }
    for chunk in view.chunks.iter().filter(|chunk| chunk.last() > after) {
        for (position, row, event) in chunk.events().filter(|(position, ..)| *position > after) {
            if found.len() >= limit {
                return Ok(found);
            }
            if row.at_ms >= view.oldest_ms && !view.tombstones.covers(event.source, position) {
                let person = view.person(row.key);
                found.push(StoredEvent { position: Position(position), person, event: event.to_event() });
            }
        }
    }
    Ok(found)
}

fn events(
    view: &View,
    segment: &Segment,
    rows: RowSelection,
    mut each: impl FnMut(StoredEvent),
) -> Result<(), LogError> {
    segment.each(EVENT, Some(rows), |batch| {
        for (position, key, mut event) in batch.events()? {
            event.links.retain(|link| !texts::is_erased_text(link_ref(link).key));
            let is_kept = event.at.ms() >= view.oldest_ms;
            if is_kept && !view.tombstones.covers(event.source.as_deref(), position) {
                each(StoredEvent { position: Position(position), person: view.person(key), event });
            }
        }
        Ok(())
    })
}

/// Events of some keys before a position, newest first.
pub(crate) fn timeline(view: &View, keys: &[u32], before: u64, limit: usize) -> Result<Vec<StoredEvent>, LogError> {
    let mut found = Vec::new();
    for chunk in view.chunks.iter().rev().filter(|chunk| chunk.first() < before) {
        for (position, row, event) in chunk.events().rev() {
            if found.len() >= limit {
                return Ok(found);
            }
            let is_theirs = row.at_ms >= view.oldest_ms && position < before && keys.binary_search(&row.key).is_ok();
            if is_theirs && !view.tombstones.covers(event.source, position) {
                let person = view.person(row.key);
                found.push(StoredEvent { position: Position(position), person, event: event.to_event() });
            }
        }
    }
    for segment in view.segments.iter().rev() {
        if found.len() >= limit {
            break;
        }
        if segment.stats.first < before && segment.may_have_keys(keys)? {
            let mut rows = rows_of(segment, keys, before)?;
            while !rows.is_empty() && found.len() < limit {
                // Some of the newest rows may have been taken back: go on until enough are found.
                let newest = rows.split_off(rows.len().saturating_sub(limit - found.len()));
                let mut part = Vec::with_capacity(newest.len());
                events(view, segment, selection(&newest), |event| part.push(event))?;
                found.extend(part.into_iter().rev());
            }
        }
    }
    Ok(found)
}

/// The rows of a segment that belong to some keys, ascending.
fn rows_of(segment: &Segment, keys: &[u32], before: u64) -> Result<Vec<usize>, LogError> {
    let mut rows = Vec::new();
    let mut start = 0;
    let end = before.saturating_sub(segment.stats.first);
    segment.each(&["person_number"], None, |batch| {
        for (row, key) in batch.numbers()?.iter().enumerate() {
            if keys.binary_search(key).is_ok() && ((start + row) as u64) < end {
                rows.push(start + row);
            }
        }
        start += batch.rows();
        Ok(())
    })?;
    Ok(rows)
}

fn selection(rows: &[usize]) -> RowSelection {
    RowSelection::from_consecutive_ranges(rows.iter().map(|row| *row..*row + 1), rows.last().map_or(0, |row| row + 1))
}

type Counts = BTreeMap<String, u64>;

/// Live events by name in a segment.
fn names_of(view: &View, segment: &Segment) -> Result<Arc<Counts>, LogError> {
    let fingerprint = view.tombstones.fingerprint();
    if let Some((known, counts)) = &*segment.live.lock()
        && *known == fingerprint
    {
        return Ok(counts.clone());
    }
    let mut counts = Counts::new();
    segment.each(&["position", "event", "source"], None, |batch| {
        let (names, sources) = (batch.coded("event")?, batch.coded("source")?);
        for (row, position) in batch.positions()?.iter().enumerate() {
            if !view.tombstones.covers(sources.get(row), *position) {
                *counts.entry(names.get(row).unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        Ok(())
    })?;
    let counts = Arc::new(counts);
    *segment.live.lock() = Some((fingerprint, counts.clone()));
    Ok(counts)
}

fn add(counts: &mut Counts, name: &str, more: u64) {
    match counts.get_mut(name) {
        Some(count) => *count += more,
        None => {
            counts.insert(name.to_owned(), more);
        }
    }
}

/// Event names with counts, commonest first.
pub(crate) fn names(view: &View) -> Result<Vec<(String, u64)>, LogError> {
    let mut counts = Counts::new();
    for segment in view.segments.iter() {
        if segment.may_differ_from_stats(&view.tombstones) {
            names_of(view, segment)?.iter().for_each(|(name, count)| add(&mut counts, name, *count));
        } else {
            segment.stats.names.iter().for_each(|(name, count)| add(&mut counts, name, *count));
        }
    }
    let mut by_number = vec![0u64; view.names.len()];
    for chunk in &view.chunks {
        if view.tombstones.is_empty() {
            chunk.rows.iter().for_each(|row| by_number[row.name as usize] += 1);
        } else {
            for (position, row, event) in chunk.events() {
                by_number[row.name as usize] += u64::from(!view.tombstones.covers(event.source, position));
            }
        }
    }
    for (name, count) in view.names.iter().zip(by_number) {
        add(&mut counts, name, count);
    }
    Ok(scan::commonest(counts))
}

/// Properties on live events of wanted names in a segment that may hold retracted ones.
fn properties_of(view: &View, segment: &Segment, is_wanted: impl Fn(&str) -> bool) -> Result<Counts, LogError> {
    let live = names_of(view, segment)?;
    let mut counts = Counts::new();
    // Names of which some events were taken back and some were not: only these need their properties read again.
    let mut mixed: Vec<&str> = Vec::new();
    for (event, properties) in segment.stats.properties.iter().filter(|(event, _)| is_wanted(event)) {
        match live.get(&**event) {
            None => {}
            Some(count) if segment.stats.names.get(&**event) == Some(count) => {
                for (property, count) in properties {
                    add(&mut counts, property, *count);
                }
            }
            Some(_) => mixed.push(event),
        }
    }
    if mixed.is_empty() {
        return Ok(counts);
    }
    segment.each(&["position", "event", "props", "source"], None, |batch| {
        let (names, sources, props) = (batch.coded("event")?, batch.coded("source")?, batch.texts("props")?);
        for (row, position) in batch.positions()?.iter().enumerate() {
            let is_mixed = names.get(row).is_some_and(|name| mixed.contains(&name));
            if is_mixed && !view.tombstones.covers(sources.get(row), *position) {
                json::each_name(props.value(row), |property| add(&mut counts, property, 1));
            }
        }
        Ok(())
    })?;
    Ok(counts)
}

/// Property names seen on live events of a name, commonest first.
pub(crate) fn properties(view: &View, name: Option<&str>) -> Result<Vec<String>, LogError> {
    let mut counts = Counts::new();
    let is_wanted = |event: &str| name.is_none_or(|name| name == event);
    for segment in view.segments.iter() {
        if segment.may_differ_from_stats(&view.tombstones) {
            for (property, count) in properties_of(view, segment, is_wanted)? {
                add(&mut counts, &property, count);
            }
            continue;
        }
        let of_wanted = segment.stats.properties.iter().filter(|(event, _)| is_wanted(event));
        for (property, count) in of_wanted.flat_map(|(_, properties)| properties) {
            add(&mut counts, property, *count);
        }
    }
    for chunk in &view.chunks {
        for (position, _, event) in chunk.events() {
            if is_wanted(event.name) && !view.tombstones.covers(event.source, position) {
                json::each_name(event.props(), |property| add(&mut counts, property, 1));
            }
        }
    }
    Ok(scan::commonest(counts).into_iter().map(|(property, _)| property).collect())
}
