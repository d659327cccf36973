//! What can go wrong with the database. A failure is never turned into "not found".

use sea_orm::{DbErr, SqlErr};

/// Why a statement did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A value that must be unique is taken; the text names the constraint.
    #[error("already taken: {0}")]
    Taken(String),
    /// Something else points at this row, or this row points at nothing.
    #[error("a row that is pointed at is missing, or still pointed at: {0}")]
    Reference(String),
    /// A stored value does not read back as what it should be.
    #[error("a stored {what} is damaged: {detail}")]
    Damaged { what: &'static str, detail: String },
    /// The database could not be reached or refused the statement.
    #[error("the database failed: {0}")]
    Database(DbErr),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(what)) => Self::Taken(what),
            Some(SqlErr::ForeignKeyConstraintViolation(what)) => Self::Reference(what),
            _ => Self::Database(error),
        }
    }
}

/// Read a stored text back as a checked value.
pub(crate) fn parsed<T>(what: &'static str, text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Damaged { what, detail: error.to_string() })
}

/// Read a stored JSON document back as a typed value.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    json: serde_json::Value,
) -> Result<T, StoreError> {
    serde_json::from_value(json).map_err(|error| StoreError::Damaged { what, detail: error.to_string() })
}

/// A typed value as a JSON document to store.
pub(crate) fn to_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Damaged { what, detail: error.to_string() })
}
