//! The questions over time against twins that were written from their definitions alone: row by row, with
//! dates taken from the local clock instead of a table of bucket starts.

mod lifecycle;
mod rows;
