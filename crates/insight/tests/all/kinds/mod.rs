//! Questions of every kind but the funnel against twins that were written from their definitions alone: row by
//! row, with dates taken from the local clock instead of a table of bucket starts.

mod around;
mod clock;
mod lifecycle;
mod paths;
mod people;
mod retention;
mod rows;
mod stage;
mod trend;
