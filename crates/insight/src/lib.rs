//! The mathematics of insight over plain values: no I/O, no clock, no randomness.

pub mod record;
