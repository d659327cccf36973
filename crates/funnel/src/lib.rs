//! The rules of the funnel as functions of values: pages, forms, variants, the company's look. No I/O, no
//! clock and no randomness of its own.

pub mod brand;
pub mod form;
pub mod format;
pub mod page;
pub mod variant;
