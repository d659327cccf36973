//! Every dialect through the router, into a log that only remembers.

mod dialects;
mod fuzz;
mod harness;
mod identity;
mod requests;
