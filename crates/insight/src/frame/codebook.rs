//! Values with a number each.

use std::sync::Arc;

use ahash::AHashMap;

use crate::record::Value;

/// Values, each once, with their codes: the place in the order in which they were met. Code 0 is no value.
#[derive(Debug, Clone)]
pub struct Codebook {
    values: Vec<Value>,
    codes: AHashMap<Key, u32>,
}

/// A value as a key. Numbers and texts that read the same are kept apart: a filter may tell them from each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Bool(bool),
    Number(u64),
    Text(Arc<str>),
}

impl Key {
    /// `None` for no value.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(value) => Some(Self::Bool(*value)),
            // Both zeros are one number.
            Value::Number(value) => Some(Self::Number((value + 0.0).to_bits())),
            Value::Text(text) if text.is_empty() => None,
            Value::Text(text) => Some(Self::Text(text.clone())),
        }
    }
}

impl Default for Codebook {
    fn default() -> Self {
        Self { values: vec![Value::Null], codes: AHashMap::new() }
    }
}

impl Codebook {
    /// The code of a value that was met before.
    pub fn find(&self, value: &Value) -> Option<u32> {
        Key::of(value).map_or(Some(0), |key| self.codes.get(&key).copied())
    }

    /// The code of a value, a new one when it is new.
    pub fn code(&mut self, value: &Value) -> u32 {
        let Some(key) = Key::of(value) else { return 0 };
        *self.codes.entry(key).or_insert_with(|| {
            self.values.push(value.clone());
            self.values.len() as u32 - 1
        })
    }

    /// By code.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}
