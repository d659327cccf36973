//! Every dialect through the router, into a log that only remembers.

mod dialects;
mod harness;
mod identity;
mod requests;
