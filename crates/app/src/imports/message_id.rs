//! Ids of events that have none: made of what the row says, so that the same row, in whatever file and
//! whatever import, is the same event.

use std::collections::HashMap;

use base::Timestamp;
use events::PersonKey;
use sha2::{Digest, Sha256};

use super::Cell;

/// Rows remembered to count equal ones: at least so many, at most twice as many (about 70 MB).
///
/// Equal rows in one file are several events (a page viewed twice in a second) and each must have its own
/// id; to know that a row comes a second time, the first must be remembered. Exports are sorted by time or
/// person, so equal rows stand together. Equal rows farther apart than this count as one event.
const REMEMBERED_ROWS: usize = 1_800_000;

/// Makes the ids of the events of one file, in the order of its rows.
#[derive(Debug, Default)]
pub(super) struct MessageIds {
    /// Names of the columns, and their places in the order of their names: the order of columns (of fields,
    /// in JSONL) says nothing.
    order: Vec<(String, usize)>,
    young: HashMap<u64, u32>,
    old: HashMap<u64, u32>,
}

impl MessageIds {
    pub(super) fn learn(&mut self, columns: &[String]) {
        self.order = columns.iter().cloned().zip(0..).collect();
        self.order.sort();
    }

    /// The id of a row: what happened to whom and when, every value of the row, and which of several equal
    /// rows it is.
    pub(super) fn next(&mut self, name: &str, person: &PersonKey, at: Timestamp, cells: &[Cell]) -> String {
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        put(name);
        put(person.as_str());
        put(&at.ms().to_string());
        for (column, place) in &self.order {
            if let Some(cell) = cells.get(*place).filter(|cell| !cell.is_empty()) {
                put(column);
                put(&cell.as_text());
            }
        }
        let digest: [u8; 32] = hash.finalize().into();
        let id = u128::from_be_bytes(digest[..16].try_into().unwrap_or_default());
        match self.count(id as u64) {
            1 => format!("row-{id:032x}"),
            count => format!("row-{id:032x}-{count}"),
        }
    }

    /// How often this row has come, this time included.
    fn count(&mut self, row: u64) -> u32 {
        let before = self.young.get(&row).or_else(|| self.old.get(&row)).copied().unwrap_or(0);
        if self.young.len() >= REMEMBERED_ROWS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(row, before + 1);
        before + 1
    }
}

/// What stands for a row that names itself by nothing: every value of it.
pub(super) fn of_row(cells: &[Cell]) -> String {
    let mut hash = Sha256::new();
    for cell in cells {
        let text = cell.as_text();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let id = u128::from_be_bytes(digest[..16].try_into().unwrap_or_default());
    format!("row-{id:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ids: &mut MessageIds, columns: &[&str], cells: &[&str]) -> String {
        ids.learn(&columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let cells: Vec<Cell> = cells.iter().map(|text| Cell::text(text)).collect();
        ids.next("Home", &PersonKey::user("u1").unwrap(), Timestamp::from_ms(1), &cells)
    }

    #[test]
    fn equal_rows_of_a_file_are_told_apart_and_of_two_files_are_one() {
        let (mut first, mut second) = (MessageIds::default(), MessageIds::default());
        let a = id(&mut first, &["a", "b"], &["1", "2"]);
        let a_again = id(&mut first, &["a", "b"], &["1", "2"]);
        let b = id(&mut first, &["a", "b"], &["12", ""]);
        assert!(a != a_again && a != b && a_again == format!("{a}-2"));
        assert_eq!(id(&mut second, &["b", "a", "c"], &["2", "1", ""]), a);
        assert_eq!(id(&mut second, &["b", "a", "c"], &["2", "1", ""]), a_again);
        assert!(a_again.len() < events::MESSAGE_ID_BYTES_MAX);
    }
}
