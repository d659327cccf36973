//! The questions from outside. One program for all of it: each further one would be linked with everything again.

mod answers;
mod columns;
mod derived_cases;
mod funnel_depth;
mod kinds;
mod naive_twin;
mod published_cases;
mod twin;
