//! What an order may become.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an order stands.
///
/// ```text
/// placed ──> invoiced ──> paid ──> refunded
///    │  └──────────────────^│
///    └──> cancelled <── invoiced
/// ```
/// There is no draft: an order gets its number, from a series without gaps, when it is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderStatus)]
pub enum Status {
    /// The buyer has ordered.
    Placed,
    /// An invoice with a number has been written.
    Invoiced,
    /// The money has come.
    Paid,
    /// It will not be carried out, and nothing has been paid.
    Cancelled,
    /// The money has been given back.
    Refunded,
}

/// Why an order cannot become that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {} cannot become {}: {}", from.as_str(), to.as_str(), hint(*from))]
pub struct StatusError {
    /// What it is.
    pub from: Status,
    /// What it should have become.
    pub to: Status,
}

fn hint(from: Status) -> &'static str {
    match from {
        Status::Placed => "it can be invoiced, paid or cancelled",
        Status::Invoiced => "it can be paid or cancelled",
        Status::Paid => "it can be refunded",
        Status::Cancelled | Status::Refunded => "this is final",
    }
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Placed, Self::Invoiced, Self::Paid, Self::Cancelled, Self::Refunded];

    /// The text in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Invoiced => "invoiced",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// The status of that text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The status after a change, if it is allowed.
    pub fn become_(self, to: Self) -> Result<Self, StatusError> {
        use Status::{Cancelled, Invoiced, Paid, Placed, Refunded};
        match (self, to) {
            (Placed, Invoiced | Paid | Cancelled) | (Invoiced, Paid | Cancelled) | (Paid, Refunded) => Ok(to),
            (from, to) => Err(StatusError { from, to }),
        }
    }

    /// Whether the order counts as a sale.
    pub fn is_sale(self) -> bool {
        matches!(self, Self::Placed | Self::Invoiced | Self::Paid)
    }
}

impl std::str::FromStr for Status {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        Self::parse(text).ok_or("choose a status: placed, invoiced, paid, cancelled or refunded")
    }
}
