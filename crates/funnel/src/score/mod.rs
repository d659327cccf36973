//! Temperature: how near somebody is to buying, as a number from 0 to 100 that explains itself.
//!
//! Three parts, each with a weight of its own, make the whole:
//! - **Recency**: how long ago the last sign of life was. It halves with every half-life.
//! - **Engagement**: points for what they did; the points of each event halve with every half-life.
//! - **Trust**: points for what is so: a number left, a consent given, an earlier purchase.

mod rate;

use std::collections::BTreeMap;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::condition::Condition;
use crate::document::Duration;

pub use rate::rate;

/// The rule of a funnel for the temperature of people. Anybody can read and change it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelScoring)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// How long ago the last sign of life was.
    pub recency: Recency,
    /// What they did.
    pub engagement: Engagement,
    /// What is so.
    pub trust: Trust,
    /// From this score on somebody is warm.
    pub warm_from: u8,
    /// From this score on somebody is hot.
    pub hot_from: u8,
}

/// How long ago the last sign of life was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScoringRecency)]
#[serde(deny_unknown_fields)]
pub struct Recency {
    /// Its part of the 100.
    pub weight: u8,
    /// After this time without a sign it counts half.
    pub half_life: Duration,
    /// The events that are signs of life; empty for all that bring points to engagement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// What they did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScoringEngagement)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Its part of the 100.
    pub weight: u8,
    /// After this time an event counts half.
    pub half_life: Duration,
    /// So many points fill the part.
    pub full_at: u32,
    /// What brings points.
    pub points: Vec<EventPoints>,
}

/// An event that brings points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScoringEventPoints)]
#[serde(deny_unknown_fields)]
pub struct EventPoints {
    /// The event's name.
    pub did: String,
    /// Properties that it must have.
    #[serde(rename = "where", default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub conditions: BTreeMap<String, Value>,
    /// What each brings when it is fresh.
    pub points: u32,
    /// The most that all of them bring together: a hundred page views are no purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

/// What is so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScoringTrust)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// Its part of the 100.
    pub weight: u8,
    /// So many points fill the part.
    pub full_at: u32,
    /// What brings points.
    pub points: Vec<ConditionPoints>,
}

/// Something that brings points while it is so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScoringConditionPoints)]
#[serde(deny_unknown_fields)]
pub struct ConditionPoints {
    /// What.
    pub when: Condition,
    /// What it brings.
    pub points: u32,
}

/// How near somebody is to buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Temperature {
    /// They hardly know the company.
    Cold,
    /// They look around.
    Warm,
    /// They are about to decide.
    Hot,
}

impl Temperature {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Hot => "hot",
        }
    }
}

/// The score of somebody, and which part gave what.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ScoreView)]
pub struct Score {
    /// 0 to 100, the parts together, rounded down.
    pub points: u8,
    /// What that means.
    pub temperature: Temperature,
    /// Recency, engagement, trust, in this order.
    pub parts: Vec<Part>,
}

/// What one part gave.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ScorePart)]
pub struct Part {
    /// Which.
    pub kind: PartKind,
    /// What it gave, 0 to its weight.
    pub points: f64,
    /// The most that it can give.
    pub weight: u8,
    /// What it was made of.
    pub gave: Vec<Gave>,
}

/// The parts of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ScorePartKind)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// How long ago the last sign of life was.
    Recency,
    /// What they did.
    Engagement,
    /// What is so.
    Trust,
}

/// One thing that gave points inside its part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ScoreGave)]
pub struct Gave {
    /// The place of the rule in its part; 0 for recency.
    pub rule: usize,
    /// The event, for recency and engagement.
    pub event: String,
    /// How many of them counted.
    pub times: u32,
    /// The last of them.
    pub last_at: Option<Timestamp>,
    /// What they gave, in the points of the rule (recency: of its weight), after fading and before the whole part is
    /// cut off at full.
    pub points: f64,
}

impl Default for Scoring {
    /// What fits most companies: events that the program makes by itself.
    fn default() -> Self {
        let event = |did: &str, points: u32, at_most: Option<u32>| EventPoints {
            did: did.to_owned(),
            conditions: BTreeMap::new(),
            points,
            at_most,
        };
        let so = |field: &str, points: u32| {
            let tests = vec![crate::condition::Test::Known(true)];
            let when = Condition::Field(crate::condition::FieldTest { field: field.to_owned(), tests });
            ConditionPoints { when, points }
        };
        let did = |name: &str, points: u32| ConditionPoints {
            when: Condition::Event(crate::condition::EventTest::of(name)),
            points,
        };
        Self {
            recency: Recency { weight: 35, half_life: Duration::days(7), events: Vec::new() },
            engagement: Engagement {
                weight: 45,
                half_life: Duration::days(14),
                full_at: 40,
                points: vec![
                    event("Page Viewed", 1, Some(8)),
                    event("Email Link Clicked", 4, Some(16)),
                    event("Lead Magnet Downloaded", 6, Some(12)),
                    event("Lead Captured", 8, Some(16)),
                    event("Offer Viewed", 8, Some(24)),
                    event("Booking Made", 20, None),
                    event("Checkout Started", 20, None),
                ],
            },
            trust: Trust {
                weight: 20,
                full_at: 20,
                points: vec![so("contact.email", 5), so("contact.phone", 5), did("Order Completed", 20)],
            },
            warm_from: 30,
            hot_from: 60,
        }
    }
}

#[cfg(test)]
mod tests;
