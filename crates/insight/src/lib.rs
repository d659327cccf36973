//! The mathematics of insight over plain values: no I/O, no clock, no randomness.
//!
//! A question is a [`query::Query`]; its [`query::Query::plan`] says which events it needs, a log brings
//! them as [`record::Records`], and [`query::Query::answer`] is a function of the two. A log that keeps columns
//! brings them as a [`frame::Source`], and [`query::Query::answer_from`] gives the same answer faster.

mod blocks;
mod calendar;
pub mod cases;
pub mod costs;
mod durations;
mod formula;
pub mod frame;
pub mod funnel;
pub mod gather;
pub mod lifecycle;
mod moment;
pub mod owners;
pub mod pace;
pub mod paths;
pub mod people;
mod predicate;
pub mod query;
pub mod record;
pub mod retention;
pub mod stage;
pub mod stats;
pub mod survival;
pub mod trend;
