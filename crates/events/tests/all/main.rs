//! The event log from outside. One program for all of it: each further one would be linked with everything again.

mod check;
mod clickhouse;
mod columns;
mod erase;
mod golden;
mod local;
mod open;
mod peers;
