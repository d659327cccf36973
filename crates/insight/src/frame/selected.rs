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

    /// The list whose events are all wanted, and no others.
    pub(crate) fn only_list(&self) -> Option<usize> {
        match self.lists.as_slice() {
            [only] if self.conditions.is_empty() => Some(*only),
            _ => None,
        }
    }

    /// By list of the source, whether it is wanted.
    pub(crate) fn mark(&self, wanted: &mut [bool]) {
        self.lists.iter().for_each(|list| wanted[*list] = true);
    }

    /// The rows of a list that pass all conditions; none when there are no conditions.
    fn rows(&self, list: &List) -> Option<Vec<u32>> {
        let mut rows: Option<Vec<u32>> = None;
        for (column, passes) in &self.conditions {
            let codes = &list.columns[*column];
            rows = Some(match rows {
                None => codes.passing(list.keys.len(), passes),
                Some(rows) => rows.into_iter().filter(|row| passes[codes.get(*row as usize) as usize]).collect(),
            });
        }
        rows
    }
}

/// What comes along with an event.
#[derive(Clone, Copy)]
pub(crate) enum Taken {
    /// Its code in a column of the plan.
    Column(usize),
    /// Its rank.
    Ranks,
}

impl Taken {
    fn of(self, list: &List) -> Codes {
        match self {
            Self::Column(column) => list.columns[column].clone(),
            Self::Ranks => list.ranks.clone().unwrap_or(Codes::Same(0)),
        }
    }
}

/// The wanted events of a block, sorted by person and time, and what is taken along, event by event. Without
/// conditions, and where only one list is wanted, nothing is copied.
pub(crate) fn select(frame: &Frame, wanted: &Selected, taken: &[Taken]) -> (Buffer<u64>, Vec<Codes>) {
    let lists: Vec<&List> = wanted.lists.iter().filter_map(|list| frame.lists[*list].as_ref()).collect();
    if let ([only], true) = (lists.as_slice(), wanted.conditions.is_empty()) {
        return (only.keys.clone(), taken.iter().map(|taken| taken.of(only)).collect());
    }
    let mut keys = Vec::new();
    let mut all: Vec<Vec<u32>> = vec![Vec::new(); taken.len()];
    let mut filled = 0;
    for list in lists {
        let (rows, before) = (wanted.rows(list), keys.len());
        match &rows {
            Some(rows) => keys.extend(rows.iter().map(|row| list.keys[*row as usize])),
            None => keys.extend_from_slice(&list.keys),
        }
        for (codes, taken) in all.iter_mut().zip(taken) {
            let from = taken.of(list);
            match &rows {
                Some(rows) => codes.extend(rows.iter().map(|row| from.get(*row as usize))),
                None => codes.extend(from.to_words(list.keys.len())),
            }
        }
        filled += usize::from(keys.len() > before);
    }
    if filled > 1 {
        sort_together(&mut keys, all.iter_mut());
    }
    (Buffer::Own(keys), all.into_iter().map(|codes| Codes::Words(Buffer::Own(codes))).collect())
}

/// Sort keys, and the columns beside them in the same way; of equal ones the order stays.
pub fn sort_together<'a>(keys: &mut Vec<u64>, columns: impl ExactSizeIterator<Item = &'a mut Vec<u32>>) {
    // Most are lists that were put behind each other, which are recognized as such and merged.
    if keys.is_sorted() {
        return;
    }
    if columns.len() == 0 {
        keys.sort();
        return;
    }
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    order.sort_by_key(|row| keys[*row as usize]);
    *keys = order.iter().map(|row| keys[*row as usize]).collect();
    for column in columns {
        *column = order.iter().map(|row| column[*row as usize]).collect();
    }
}
