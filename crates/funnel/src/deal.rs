//! Deals as values: where one stands, and which changes are allowed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::document::{FunnelDoc, StageId};

/// Characters of a deal's title.
pub const TITLE_CHARS_MAX: usize = 160;
/// Characters of the reason for a move or an end.
pub const REASON_CHARS_MAX: usize = 500;
/// The highest value of a deal, minor units.
pub const VALUE_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// How a deal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealStatus {
    /// It may become a sale.
    Open,
    /// It has become one.
    Won,
    /// It will not.
    Lost,
}

impl DealStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Won, Self::Lost];

    /// The text in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

impl std::str::FromStr for DealStatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or("choose a status: open, won or lost")
    }
}

/// Why a deal cannot change like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// It has ended.
    #[error("this deal is {}: open it again first", .0.as_str())]
    Closed(DealStatus),
    /// It has not ended.
    #[error("this deal is open already")]
    Open,
    /// The funnel has no such stage.
    #[error("the funnel has no stage {stage}: choose one of {offered}")]
    UnknownStage {
        /// What was asked for.
        stage: String,
        /// What there is.
        offered: String,
    },
}

/// Whether the funnel has a stage.
pub fn known_stage(doc: &FunnelDoc, stage: &StageId) -> Result<(), DealError> {
    if doc.stage(stage).is_some() {
        return Ok(());
    }
    let offered: Vec<&str> = doc.stages.iter().map(|stage| stage.id.as_str()).collect();
    let shown = stage.as_str().chars().take(60).collect();
    Err(DealError::UnknownStage { stage: shown, offered: offered.join(", ") })
}

/// How a deal stands after it was closed or opened again.
pub fn may_become(from: DealStatus, to: DealStatus) -> Result<(), DealError> {
    match (from, to) {
        (DealStatus::Open, DealStatus::Won | DealStatus::Lost) => Ok(()),
        (DealStatus::Won | DealStatus::Lost, DealStatus::Open) => Ok(()),
        (DealStatus::Open, DealStatus::Open) => Err(DealError::Open),
        (from, _) => Err(DealError::Closed(from)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::six_stage;

    #[test]
    fn deals_end_and_are_opened_again_and_stages_are_known_by_name() {
        let doc = six_stage("main", "NOK".parse().unwrap(), "Europe/Oslo", vec!["en".parse().unwrap()]);
        assert_eq!(known_stage(&doc, &"decision".into()), Ok(()));
        let error = known_stage(&doc, &"nirvana".into()).unwrap_err().to_string();
        assert!(error.starts_with("the funnel has no stage nirvana: choose one of awareness, interest,"), "{error}");
        for from in DealStatus::ALL {
            for to in DealStatus::ALL {
                let is_allowed = (from == DealStatus::Open) != (to == DealStatus::Open);
                assert_eq!(may_become(from, to).is_ok(), is_allowed, "{from:?} {to:?}");
            }
            assert_eq!(from.as_str().parse(), Ok(from));
        }
    }
}
