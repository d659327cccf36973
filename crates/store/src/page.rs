//! Lists that are read a page at a time.

use serde::Serialize;

/// A part of a list, and where the next part begins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Pass as `cursor` for the rows that follow; absent on the last page.
    pub next_cursor: Option<String>,
}

/// Rows on a page when nobody asks for another number.
pub const LIMIT_DEFAULT: u64 = 50;
/// The most rows on a page.
pub const LIMIT_MAX: u64 = 500;

impl<T> Page<T> {
    /// From one row more than was asked for: the extra row only says that more follow.
    pub fn cut(mut rows: Vec<T>, limit: u64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if has_more { rows.last().map(cursor) } else { None };
        Self { items: rows, next_cursor }
    }

    /// The same page of other values.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}
