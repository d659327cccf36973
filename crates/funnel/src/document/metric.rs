//! What is measured at a stage, and what is hoped for of a measure.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, schema::Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Duration, Period, Rate};
use crate::localized::Localized;

/// A measure of a stage, a part of a funnel or a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelMetric)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// People who see an ad or a post.
    Impressions,
    /// People who come.
    Traffic,
    /// What a click costs.
    CostPerClick,
    /// People who do more than look: read to the end, watch, answer.
    Engagement,
    /// Share of mails opened.
    OpenRate,
    /// Share of mails or ads clicked.
    ClickRate,
    /// People who leave their address.
    Leads,
    /// What a lead costs.
    CostPerLead,
    /// Share of leads that are worth a salesperson's time.
    LeadQuality,
    /// Demonstrations asked for.
    DemoRequests,
    /// Trials begun.
    TrialRequests,
    /// Appointments made.
    Bookings,
    /// People who signed up and came.
    Attendance,
    /// Proposals sent.
    Proposals,
    /// What a deal is worth on average.
    DealSize,
    /// Share of deals won.
    WinRate,
    /// Sales made.
    Sales,
    /// Money taken.
    Revenue,
    /// Share of carts left behind.
    CartAbandonment,
    /// What an order is worth on average.
    AverageOrderValue,
    /// Time until somebody answers.
    ResponseTime,
    /// Share of people who go on to the next stage.
    Conversion,
    /// Time that people stand in the stage.
    TimeInStage,
    /// Share of invoices paid in time.
    PaidOnTime,
    /// Share of deliveries in time.
    DeliveredOnTime,
    /// Share of customers who are content.
    Satisfaction,
    /// Share of customers who buy again.
    RepeatRate,
    /// Share of customers who stay.
    Retention,
    /// Share of customers who leave.
    Churn,
    /// What a customer is worth over the whole time.
    LifetimeValue,
    /// Net promoter score, -100 to 100.
    Nps,
    /// People brought by customers.
    Referrals,
    /// Reviews written.
    Reviews,
    /// Share of orders that come back.
    RefundRate,
}

/// What a measure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// People or things.
    Count,
    /// Hundredths of a whole.
    Share,
    /// The funnel's currency.
    Money,
    /// A span of time.
    Time,
    /// A mark between two bounds.
    Score,
}

impl Metric {
    /// What it is counted in.
    pub fn unit(self) -> Unit {
        use Metric as M;
        match self {
            M::Impressions
            | M::Traffic
            | M::Engagement
            | M::Leads
            | M::DemoRequests
            | M::TrialRequests
            | M::Bookings
            | M::Attendance
            | M::Proposals
            | M::Sales
            | M::Referrals
            | M::Reviews => Unit::Count,
            M::CostPerClick | M::CostPerLead | M::DealSize | M::Revenue | M::AverageOrderValue | M::LifetimeValue => {
                Unit::Money
            }
            M::ResponseTime | M::TimeInStage => Unit::Time,
            M::Nps => Unit::Score,
            _ => Unit::Share,
        }
    }

    /// Whether less of it is better.
    pub fn is_better_low(self) -> bool {
        use Metric as M;
        matches!(
            self,
            M::CostPerClick
                | M::CostPerLead
                | M::CartAbandonment
                | M::ResponseTime
                | M::TimeInStage
                | M::Churn
                | M::RefundRate
        )
    }
}

/// What is hoped for of one measure: at least that much, or at most where less is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelGoal)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// What is measured.
    pub metric: Metric,
    /// `25%`, `2 days`, or a number: of people, or of whole units of the funnel's currency.
    pub value: GoalValue,
    /// In which time, for what is counted or paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Period>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

/// How much is hoped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalValue {
    /// `25%`
    Share(Rate),
    /// `2 days`
    Time(Duration),
    /// `400000`
    Number(i64),
}

impl GoalValue {
    /// Whether a measure of that unit can have this value.
    pub fn fits(self, unit: Unit) -> bool {
        match self {
            Self::Share(_) => unit == Unit::Share,
            Self::Time(_) => unit == Unit::Time,
            Self::Number(number) => match unit {
                Unit::Count | Unit::Money => number >= 0,
                Unit::Score => (-100..=100).contains(&number),
                Unit::Share | Unit::Time => false,
            },
        }
    }
}

impl FromStr for GoalValue {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = || text.trim().parse().map(Self::Number);
        let share = text.parse().map(Self::Share);
        share.or_else(|_| text.parse().map(Self::Time)).or_else(|_| number()).map_err(|_| GOAL_SHAPE)
    }
}

const GOAL_SHAPE: &str = "write a goal as \"25%\", \"2 days\" or a whole number";

impl fmt::Display for GoalValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(rate) => rate.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Serialize for GoalValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            text => serializer.collect_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for GoalValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = GoalValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a goal such as \"25%\", \"2 days\" or a whole number")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<GoalValue, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E>(self, number: i64) -> Result<GoalValue, E> {
                Ok(GoalValue::Number(number))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<GoalValue, E> {
                i64::try_from(number).map(GoalValue::Number).map_err(|_| E::custom(GOAL_SHAPE))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl PartialSchema for GoalValue {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).examples(["25%", "2 days"]);
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        RefOr::T(Schema::OneOf(OneOfBuilder::new().item(text.build()).item(number.build()).build()))
    }
}

impl ToSchema for GoalValue {
    fn name() -> std::borrow::Cow<'static, str> {
        "FunnelGoalValue".into()
    }
}

/// A part of the funnel with a goal and an owner of its own: some stages, channels or pages, or what a team does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelCluster)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// What reports call it: small letters, digits, hyphens.
    pub id: String,
    /// What people call it; the id when empty.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub name: Localized,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The larger part that it belongs to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part_of: String,
    /// Its stages, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub stages: Vec<super::StageId>,
    /// Its channels, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Its content, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<String>,
    /// The team that works in it; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub team: String,
    /// What is hoped for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
}
