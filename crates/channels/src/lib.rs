//! The outside world behind traits, each with a recording twin for tests, the demo and `simulate`.
//!
//! Mail so far: [`mail::template`] renders, [`mail::message`] builds, [`mail::dkim`] signs, and a
//! [`mail::Mailer`] sends.

pub mod mail;
