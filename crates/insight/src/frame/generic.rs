//! A block as records, for what has no faster way.

use super::{Frame, PEOPLE_PER_BLOCK, Source, at_ms, person, spread};
use crate::record::{Record, Records, Value};

/// The events of a block as records, sorted as records are.
pub(crate) fn records<S: Source>(source: &S, columns: usize, block: u32, frame: &Frame) -> Records {
    let mut rows = Vec::with_capacity(frame.lists.iter().flatten().map(|list| list.keys.len()).sum());
    for (name, list) in frame.lists.iter().enumerate() {
        let Some(list) = list else { continue };
        for (row, key) in list.keys.iter().enumerate() {
            let value = |column: usize| {
                let code = list.columns[column].get(row) as usize;
                source.values(column).get(code).cloned().unwrap_or(Value::Null)
            };
            rows.push(Record {
                person: block * PEOPLE_PER_BLOCK + person(*key),
                at_ms: at_ms(*key),
                // Within a name the order of arrival; between names none is asked for.
                position: row as u64,
                name: name as u32,
                values: (0..columns).map(value).collect(),
            });
        }
    }
    rows.sort_by_key(|row| (row.person, row.at_ms));
    Records { names: source.names().to_vec(), rows }
}

/// The events of all blocks as records: for questions that have no way through the blocks one by one yet.
pub(crate) fn all_records<S: Source>(source: &S, columns: usize, threads: usize) -> Result<Records, S::Error> {
    let work = |blocks: &mut Vec<(u32, Records)>, block, frame: Frame| {
        blocks.push((block, records(source, columns, block, &frame)));
    };
    let mut blocks: Vec<(u32, Records)> = spread(source, threads, Vec::new, work)?.into_iter().flatten().collect();
    blocks.sort_unstable_by_key(|(block, _)| *block);
    let rows = blocks.into_iter().flat_map(|(_, records)| records.rows).collect();
    Ok(Records { names: source.names().to_vec(), rows })
}
