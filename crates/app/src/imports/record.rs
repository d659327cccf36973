//! Companies and deals as a row describes them, before they meet what is there.

use base::Timestamp;
use funnel::deal::DealStatus;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use utoipa::ToSchema;

use super::RowRefused;

/// A company to be added, or to complete one that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompanyDraft {
    /// Line of the row.
    pub line: u64,
    /// Its id in the program that the file comes from; empty when unknown.
    pub external_id: String,
    pub name: String,
    /// Empty when unknown, as all texts here.
    pub domain: String,
    pub organisation_number: String,
    pub phone: String,
    pub address: String,
    /// A name or an address of a user.
    pub owner: String,
    pub tags: Vec<String>,
    /// What else the row says, by the name of its column.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// The row as it stands, for the report of refused rows.
    #[serde(skip)]
    pub raw: String,
}

/// A deal to be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DealDraft {
    /// Line of the row.
    pub line: u64,
    /// Its id in the program that the file comes from, else what the row says in short.
    pub external_id: String,
    /// What the file calls the contacts; the first that is known counts.
    pub contact_ids: Vec<String>,
    /// The address of the contact; empty when unknown.
    pub email: String,
    /// Empty when unknown, as all texts here.
    pub title: String,
    pub pipeline: String,
    /// What the file calls the stage.
    pub stage: String,
    #[schema(required, value_type = Option<f64>)]
    pub amount: Option<Number>,
    pub currency: String,
    /// In per cent.
    #[schema(required)]
    pub discount: Option<f64>,
    /// Whether it has ended, where the file says so beside the stage.
    #[schema(required)]
    pub status: Option<DealStatus>,
    /// A name or an address of a user.
    pub owner: String,
    pub reason: String,
    #[schema(required)]
    pub created_at: Option<Timestamp>,
    #[schema(required)]
    pub closed_at: Option<Timestamp>,
    /// What else the row says, by the name of its column.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// The row as it stands, for the report of refused rows.
    #[serde(skip)]
    pub raw: String,
}

/// A refusal of a whole row that could be read.
pub(super) fn refused(line: u64, reason: impl Into<String>) -> RowRefused {
    RowRefused { line, column: None, value: None, reason: reason.into() }
}

/// Ids between semicolons or commas, as associations are written.
pub(super) fn ids(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split([';', ',']).map(|id| id.trim().to_owned()).filter(|id| !id.is_empty())
}
