//! Writing parts anew without some of their events: a person was erased, or events are kept no longer.

use std::{io, sync::Arc};

use insight::{frame, record::Value};

use super::{
    FOLDER, SUFFIX,
    cache::Cache,
    file::{ListMeta, Part},
    indexer,
    writer::PartWriter,
};
use crate::{
    LogError,
    disk::{Disk, remove_if_there},
    segment::parse_range,
    state::{Shared, View, disk_error},
};

/// What is kept of what is read: each piece is read once.
const CACHE_BYTES: u64 = 1 << 20;

/// Write the parts anew that may hold events which go: those for whose person and time `goes` answers true. A part that
/// cannot be read goes as a whole, and is made anew of segments.
pub(crate) fn forget(
    shared: &Shared,
    may_hold: impl Fn(&Part) -> io::Result<bool>,
    goes: impl Fn(u32, i64) -> bool,
) -> Result<(), LogError> {
    let _alone = shared.indexing.lock();
    // Nothing but the parts: whoever held people for so long would have them copied by the next that are joined.
    let Some((View { parts, .. }, _)) = indexer::current(shared) else { return Ok(()) };
    for part in parts.iter() {
        let written = match may_hold(part) {
            Ok(false) => continue,
            Ok(true) => without(shared, part, &goes),
            Err(error) => Err(error),
        };
        match written {
            Ok(new) => replace(shared, part, new),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::warn!(%error, "columns cannot be read; they are made anew");
                super::drop_all(shared);
                return Ok(());
            }
            Err(error) => return Err(disk_error(error)),
        }
    }
    Ok(())
}

fn replace(shared: &Shared, old: &Arc<Part>, new: Part) {
    let mut state = shared.state.write();
    let new = Arc::new(new);
    let parts = state.parts.iter().map(|part| if Arc::ptr_eq(part, old) { new.clone() } else { part.clone() });
    state.parts = parts.collect();
}

/// The part without some events, and without the names and values that only they had.
fn without(shared: &Shared, part: &Part, goes: &impl Fn(u32, i64) -> bool) -> io::Result<Part> {
    let cache = Cache::new(CACHE_BYTES);
    let mut writer = PartWriter::new(&shared.disk, part.origin(), part.names().to_vec())?;
    let properties: Vec<(&str, bool)> = part.all_properties().collect();
    let mut values: Vec<Vec<Value>> = Vec::new();
    for property in 0..properties.len() as u32 {
        values.push(part.dictionary(property)?.to_vec());
    }
    let mut used: Vec<Vec<bool>> = values.iter().map(|values| vec![false; values.len()]).collect();
    for block in 0..part.blocks() {
        if shared.sealing.lock().is_closing {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "the log is closing"));
        }
        let stays = |key: u64| !goes(block * frame::PEOPLE_PER_BLOCK + frame::person(key), frame::at_ms(key));
        let mut lists: Vec<(&ListMeta, Vec<usize>, Vec<u64>)> = Vec::new();
        for list in part.lists(block) {
            let keys = part.keys(&cache, list)?;
            let rows: Vec<usize> = (0..keys.len()).filter(|row| stays(keys[*row])).collect();
            if !rows.is_empty() {
                let keys = rows.iter().map(|row| keys[*row]).collect();
                lists.push((list, rows, keys));
            }
        }
        let keys: Vec<&[u64]> = lists.iter().map(|(_, _, keys)| keys.as_slice()).collect();
        for ((list, rows, keys), ranks) in lists.iter().zip(frame::ranks(&keys)) {
            let mut columns: Vec<(u32, Vec<u32>)> = Vec::new();
            for (property, _) in &list.columns {
                let codes = part.codes(&cache, list, *property)?;
                let codes: Vec<u32> = rows.iter().map(|row| codes.get(*row)).collect();
                for code in &codes {
                    if let Some(used) = used[*property as usize].get_mut(*code as usize) {
                        *used = true;
                    }
                }
                columns.push((*property, codes));
            }
            let columns = columns.iter().map(|(property, codes)| (*property, codes.as_slice()));
            writer.list(block, list.name, keys, &ranks, columns)?;
        }
        let mut facts = part.all_facts(&cache, block)?;
        facts.retain(|fact| !goes(fact.person, fact.told.0));
        for fact in &facts {
            if let Some(used) = used[fact.property as usize].get_mut(fact.code as usize) {
                *used = true;
            }
        }
        writer.facts(block, &mut facts)?;
    }
    writer.forget_unused_names();
    for (values, used) in values.iter_mut().zip(&used) {
        for (value, is_used) in values.iter_mut().zip(used) {
            if !is_used {
                *value = Value::Null;
            }
        }
    }
    let properties = properties.iter().zip(&values).zip(&used).map(|(((name, is_wide), values), used)| {
        let is_known = *is_wide || used.iter().skip(1).any(|is_used| *is_used);
        (if is_known { *name } else { "" }, *is_wide, if is_known { values.as_slice() } else { &[Value::Null] })
    });
    writer.finish(properties, part.has_more())
}

/// Remove files of parts that were replaced, and make that safe.
pub(crate) fn remove_leftovers(shared: &Shared) -> io::Result<()> {
    let _alone = shared.indexing.lock();
    let disk: &dyn Disk = &*shared.disk;
    let parts = shared.state.read().parts.clone();
    let is_current = |name: &str| parts.iter().any(|part| part.file_name() == name);
    for (name, _) in disk.list(FOLDER)? {
        let name_inside = format!("{FOLDER}/{name}");
        let is_part = parse_range(&name, SUFFIX).is_some();
        if name.ends_with(".tmp") || is_part && !is_current(&name_inside) {
            remove_if_there(disk, &name_inside)?;
        }
    }
    disk.sync_folder(FOLDER)
}
