//! How words of the store look in OpenAPI. The store knows nothing of HTTP; its lists of words are read here, so that
//! the description cannot fall behind them.

use store::jobs::JobState;
use utoipa::openapi::{ObjectBuilder, Schema, schema::Type};

fn one_of(words: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build().into()
}

/// Where a message stands.
pub fn message_state() -> Schema {
    one_of(store::messages::State::ALL.iter().map(|state| state.as_str()))
}

/// What law a message is under.
pub fn message_kind() -> Schema {
    one_of(store::messages::Kind::ALL.iter().map(|kind| kind.as_str()))
}

/// Where a job stands.
pub fn job_state() -> Schema {
    one_of(JobState::ALL.map(JobState::as_str))
}

/// What a key may do.
pub fn key_kind() -> Schema {
    one_of(store::keys::KeyKind::ALL.map(store::keys::KeyKind::as_str))
}

/// What became of a mail that was sent to see whether it can be.
pub fn test_class() -> Schema {
    one_of(crate::messages::TEST_CLASSES)
}

/// The orders of a list of deals.
pub fn deal_sort() -> Schema {
    one_of(crate::deals::SORTS.map(|(word, _)| word))
}

/// Where an edit of many records stands.
pub fn bulk_state() -> Schema {
    one_of(store::bulk::State::ALL.map(store::bulk::State::as_str))
}
