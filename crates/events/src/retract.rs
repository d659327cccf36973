//! Taking back what a source brought in.

use crate::{LogError, columns::link_ref, dedup, identity::Identity, state::View};

/// What a source has in the log.
#[derive(Default)]
pub(crate) struct Found {
    pub events: u64,
    /// Hashes of the message ids: they may come again.
    pub ids: Vec<u128>,
    pub has_links: bool,
}

/// The live events of a source.
pub(crate) fn find(view: &View, source: &str) -> Result<Found, LogError> {
    let mut found = Found::default();
    for segment in view.segments.iter().filter(|segment| segment.stats.may_have_source(source)) {
        segment.each(&["position", "message_id", "links", "source"], None, |batch| {
            let (positions, ids) = (batch.positions()?, batch.texts("message_id")?);
            let (links, sources) = (batch.texts("links")?, batch.coded("source")?);
            for (row, position) in positions.iter().enumerate() {
                let theirs = sources.get(row) == Some(source);
                if theirs && !view.tombstones.covers(Some(source), *position) {
                    found.events += 1;
                    found.ids.push(dedup::hash(ids.value(row)));
                    found.has_links |= arrow::array::Array::is_valid(links, row);
                }
            }
            Ok(())
        })?;
    }
    for (position, _, event) in view.chunks.iter().flat_map(|chunk| chunk.events()) {
        if event.source == Some(source) && !view.tombstones.covers(Some(source), position) {
            found.events += 1;
            found.ids.push(dedup::hash(event.message_id));
            found.has_links |= event.has_links();
        }
    }
    Ok(found)
}

/// Derive all joins anew from the links that stand. Numbers of keys stay.
pub(crate) fn derive_joins(view: &View, identity: &mut Identity) -> Result<(), LogError> {
    identity.part_all();
    for segment in view.segments.iter().filter(|segment| segment.stats.has_links) {
        segment.each(&["position", "person", "links", "source"], None, |batch| {
            let (positions, people) = (batch.positions()?, batch.texts("person")?);
            let (links, sources) = (batch.texts("links")?, batch.coded("source")?);
            for (row, position) in positions.iter().enumerate() {
                let told = batch.links(links, row)?;
                if !told.is_empty() && view.tombstones.has_links(sources.get(row), *position) {
                    identity.apply(people.value(row), told.iter().map(link_ref), true);
                }
            }
            Ok(())
        })?;
    }
    for (position, _, event) in view.chunks.iter().flat_map(|chunk| chunk.events()) {
        if event.has_links() && !view.tombstones.covers(event.source, position) {
            identity.apply(event.person, event.links(), true);
        }
    }
    Ok(())
}
