//! The use cases: the only layer that opens transactions and decides permission.
//!
//! One module per noun; a use case is a function that takes the [`App`], the [`Actor`] who asks, and
//! the request as checked values. The web, the command line, the worker and `simulate` all come through here.

pub mod accounts;
pub mod activities;
mod actor;
pub mod audit;
pub mod capture;
pub mod companies;
pub mod company;
pub mod consent;
pub mod contacts;
pub mod dashboards;
pub mod deals;
pub mod duplicates;
pub mod emails;
pub mod erasure;
mod error;
pub mod exports;
pub mod facts;
pub mod fields;
pub mod files;
pub mod funnels;
pub mod home;
pub mod idempotency;
pub mod imports;
pub mod insights;
pub mod jobs;
pub mod keys;
pub mod links;
pub mod magnets;
pub mod messages;
pub mod notifications;
pub mod offers;
pub mod orders;
pub mod pages;
pub mod permission;
pub mod playbooks;
#[cfg(test)]
#[path = "../../../tests/mail/python.rs"]
mod python;
pub mod reactor;
pub mod records;
pub mod routing;
pub mod salt;
pub mod saved_insights;
pub mod schema;
pub mod search;
pub mod secret;
pub mod segments;
pub mod site;
pub mod spend;
mod state;
pub mod targets;
pub mod team;
pub mod temperature;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod today;
pub mod views;

pub use actor::{Actor, Who};
pub use error::{AppError, FieldProblem};
pub use state::{App, Parts};

/// What every use case answers with.
pub type Result<T, E = AppError> = std::result::Result<T, E>;
