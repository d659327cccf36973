//! The events of a list that a predicate wants.

use super::{Buffer, Codes, Frame, List, Source};
use crate::predicate::{Columns, Test};
use crate::query::{EventNames, Filter};
use crate::record::Value;

/// Which events of a source are wanted: by list, and by what their properties are.
pub(crate) struct Selected {
    /// Places of the wanted lists.
    lists: Vec<usize>,
    /// Column, and by code whether its value passes.
    conditions: Vec<(usize, Vec<bool>)>,
}

impl Selected {
    pub(crate) fn new<S: Source>(source: &S, events: &EventNames, filter: &Filter, columns: &Columns) -> Self {
        let is_wanted = |list: &usize| events.0.iter().any(|event| **event == *source.names()[*list]);
        let lists = (0..source.names().len()).filter(is_wanted).collect();
        let mut conditions = Vec::new();
        for (prop, wishes) in &filter.0 {
            // The plan of the same question listed every property of its filters.
            let Some(column) = columns.index(prop) else { continue };
            let tests: Vec<Test> = wishes.iter().map(Test::new).collect();
            let passes = |value: &Value| tests.iter().all(|test| test.holds(value));
            conditions.push((column, source.values(column).iter().map(passes).collect()));
        }
        Self { lists, conditions }
    }

    /// Whether some list is wanted by both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.lists.iter().any(|list| other.lists.contains(list))
    }

    fn wants(&self, list: &List, row: usize) -> bool {
        self.conditions.iter().all(|(column, passes)| {
            let code = list.columns[*column].get(row) as usize;
            passes.get(code).copied().unwrap_or(false)
        })
    }
}

/// The wanted events of a block, sorted by person and time, each with its code in `column`. Without conditions, and
/// where only one list is wanted, nothing is copied.
pub(crate) fn select(frame: &Frame, wanted: &Selected, column: Option<usize>) -> (Buffer<u64>, Codes) {
    let taken = |list: &List| column.map_or(Codes::Same(0), |column| list.columns[column].clone());
    if let ([only], true) = (wanted.lists.as_slice(), wanted.conditions.is_empty()) {
        return match &frame.lists[*only] {
            Some(list) => (list.keys.clone(), taken(list)),
            None => (Buffer::Own(Vec::new()), Codes::Same(0)),
        };
    }
    let mut rows: Vec<(u64, u32)> = Vec::new();
    let mut filled = 0;
    for list in wanted.lists.iter().filter_map(|list| frame.lists[*list].as_ref()) {
        let codes = taken(list);
        let before = rows.len();
        let passing = (0..list.keys.len()).filter(|row| wanted.wants(list, *row));
        rows.extend(passing.map(|row| (list.keys[row], codes.get(row))));
        filled += usize::from(rows.len() > before);
    }
    if filled > 1 {
        rows.sort_by_key(|(key, _)| *key);
    }
    let keys = rows.iter().map(|(key, _)| *key).collect();
    let codes = match column {
        Some(_) => Codes::Words(Buffer::Own(rows.iter().map(|(_, code)| *code).collect())),
        None => Codes::Same(0),
    };
    (Buffer::Own(keys), codes)
}
