//! What each person of the team did and reached in a time.
//!
//! One definition for each number. **Steps** come from the event log: who had a deal when it left a stage
//! ([`insight::owners`]). **Won and lost** are the deals closed in the time, by whoever has them. **Calls and notes**
//! count for who wrote them, **meetings** that were held and **tasks** that were done for whose they are.
//! **Answers** are the deals given to somebody in the time. **Open** and **overdue** are as of now. A rep sees the own
//! row only: that stands in what is read, not in what is shown.

mod answers;
pub(crate) mod export;
mod report;
mod steps;
#[cfg(test)]
mod tests;

pub use export::{TeamExportRequest, export};
pub use report::{Activity, TeamFigures, TeamQuery, TeamReport, TeamRow, TeamStage, report};

pub use answers::Answers;
pub use steps::TeamStep;

pub(crate) use report::people_of;
pub(crate) use steps::{Steps, steps};
