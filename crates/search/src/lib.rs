//! Finding things by their names: an index in memory that forgives a misspelt word, their texts to find any part of one,
//! and what makes two contacts look like one person. Pure: no I/O, no clock.

pub mod duplicates;
mod fold;
mod index;
mod segment;
mod texts;
mod typo;
mod words;

pub use fold::fold;
pub use index::{Entry, Found, Index, Owned, QUERY_WORDS_MAX, Query, Totals};
pub use texts::{TextTest, Texts};
pub use words::{Piece, pieces};
