//! SQL state: what the program has to change and look up by key, as opposed to the event log, which
//! only grows. SQLite or PostgreSQL through one code path; [`dialect`] holds every difference.
//!
//! One module per noun. Its functions take anything that can run a statement, so that a use case
//! decides what stands in one transaction; nothing here opens one by itself.

pub mod activities;
pub mod assignments;
pub mod audit;
pub mod bulk;
pub mod companies;
mod connection;
pub mod contacts;
pub mod dashboards;
pub mod deals;
mod dialect;
pub mod duplicates;
pub mod emails;
mod error;
pub mod external_ids;
pub mod fields;
pub mod files;
pub mod funnels;
pub mod idempotency;
pub mod imports;
pub mod inboxes;
pub mod indexes;
pub mod jobs;
pub mod keys;
pub mod magnets;
pub mod merges;
pub mod messages;
mod migrate;
pub mod notifications;
pub mod numbers;
pub mod offers;
pub mod orders;
pub mod outbox;
pub mod page;
pub mod pages;
pub mod playbooks;
pub mod records;
pub mod saved_insights;
pub mod search;
pub mod segments;
pub mod sessions;
pub mod settings;
pub mod spend;
pub mod submissions;
pub mod targets;
pub mod team;
pub mod teams;
pub mod templates;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod users;
pub mod views;

pub use connection::{Location, Reader, Store, Tx};
pub use error::StoreError;
pub use sea_orm::ConnectionTrait;

/// What every lookup and change answers with.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
