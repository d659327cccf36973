//! The API from outside. One program for all of it: each further one would be linked with everything again.

mod api;
mod authorization;
mod clients;
mod description;
mod gates;
mod hidden;
mod idempotency;
mod openapi;
mod sell;
