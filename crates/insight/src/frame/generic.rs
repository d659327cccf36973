//! A block as records, for what has no faster way.

use std::ops::Range;

use super::{AT_MS_MAX, Frame, List, PEOPLE_PER_BLOCK, Source, at_ms, key, person};
use crate::record::{Record, Records, Value};

/// The events of a block as records, sorted as records are.
pub(crate) fn records<S: Source>(source: &S, columns: usize, block: u32, frame: &Frame) -> Records {
    let all = |list: &List| std::iter::once(0..list.keys.len());
    records_at(source, columns, block, frame, all)
}

/// The events of some people of a block, given by their places in it, as records.
pub(crate) fn records_of<S: Source>(source: &S, columns: usize, block: u32, frame: &Frame, people: &[u32]) -> Records {
    let of_people = |list: &List| {
        let keys = list.keys.clone();
        people.iter().map(move |person| {
            let start = keys.partition_point(|other| *other < key(*person, 0));
            start..start + keys[start..].partition_point(|other| *other <= key(*person, AT_MS_MAX))
        })
    };
    records_at(source, columns, block, frame, of_people)
}

fn records_at<S: Source, R: IntoIterator<Item = Range<usize>>>(
    source: &S,
    columns: usize,
    block: u32,
    frame: &Frame,
    ranges: impl Fn(&List) -> R,
) -> Records {
    let mut rows = Vec::new();
    for (name, list) in frame.lists.iter().enumerate() {
        let Some(list) = list else { continue };
        for row in ranges(list).into_iter().flatten() {
            let key = list.keys[row];
            let value = |column: usize| {
                let code = list.columns[column].get(row) as usize;
                source.values(column).get(code).cloned().unwrap_or(Value::Null)
            };
            rows.push(Record {
                person: block * PEOPLE_PER_BLOCK + person(key),
                at_ms: at_ms(key),
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
