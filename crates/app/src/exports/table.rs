//! What every file of numbers is made of: tables of typed cells.

use std::borrow::Cow;

use base::Timestamp;
use jiff::civil::Date;

/// One value. Each format writes it in its own way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing is known.
    Empty,
    /// A text, perhaps one that a visitor chose.
    Text(Cow<'a, str>),
    /// How many.
    Count(u64),
    /// Any number.
    Number(f64),
    /// A part of a whole: 0 to 1.
    Share(f64),
    /// A day in the zone of the question.
    Day(Date),
    /// A moment.
    At(Timestamp),
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(Cow::Borrowed(text)) }
    }

    /// With a text of its own.
    pub(super) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Empty => Cell::Empty,
            Self::Count(count) => Cell::Count(count),
            Self::Number(number) => Cell::Number(number),
            Self::Share(share) => Cell::Share(share),
            Self::Day(day) => Cell::Day(day),
            Self::At(moment) => Cell::At(moment),
        }
    }

    pub(crate) fn number(value: Option<f64>) -> Self {
        value.filter(|value| value.is_finite()).map_or(Self::Empty, Self::Number)
    }

    pub(super) fn at(moment: Option<Timestamp>) -> Self {
        moment.map_or(Self::Empty, Self::At)
    }
}

/// The rows of a table, made while they are written: an answer may have half a million.
pub(super) type Rows<'a> = Box<dyn Iterator<Item = Vec<Cell<'a>>> + 'a>;

/// Rows under one heading.
pub(super) struct Table<'a> {
    /// The word that asks for it.
    pub(super) word: &'static str,
    /// What people call it: at most 31 characters, and none of `[]:*?/\`, as sheets have it.
    pub(super) title: &'static str,
    pub(super) header: Vec<Cow<'a, str>>,
    /// How many rows come.
    pub(super) row_count: usize,
    pub(super) rows: Rows<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        word: &'static str,
        title: &'static str,
        header: impl IntoIterator<Item = impl Into<Cow<'a, str>>>,
        row_count: usize,
        rows: impl Iterator<Item = Vec<Cell<'a>>> + 'a,
    ) -> Self {
        let header = header.into_iter().map(Into::into).collect();
        Self { word, title, header, row_count, rows: Box::new(rows) }
    }
}
