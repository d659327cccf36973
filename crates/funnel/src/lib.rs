//! The rules of the funnel as functions of values: funnels with their gates, check, templates and temperature; pages,
//! forms, variants, the company's look, channels, orders. No I/O, no clock and no randomness of its own.

pub mod assignment;
pub mod brand;
pub mod channel;
pub mod condition;
pub mod deal;
pub mod diff;
pub mod document;
pub mod field;
pub mod form;
pub mod format;
pub mod gate;
pub mod lint;
pub mod localized;
pub mod offer;
pub mod order;
pub mod page;
pub mod score;
pub mod segment;
pub mod template;
pub mod variant;
