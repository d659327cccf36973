//! Questions of every kind but the funnel against twins that were written from their definitions alone: row by
//! row, with dates taken from the local clock instead of a table of bucket starts.

mod lifecycle;
mod paths;
mod retention;
mod rows;
mod trend;
