//! The values of a breakdown as numbers.

use std::sync::Arc;

use ahash::AHashMap;

use crate::predicate;
use crate::record::Value;

/// The number of "no value".
pub(super) const NO_VALUE: u32 = 0;

/// Texts of the breakdown's values, each with a number; 0 is the empty text.
#[derive(Debug, Clone)]
pub(super) struct Values {
    texts: Vec<Arc<str>>,
    numbers: AHashMap<Arc<str>, u32>,
    /// With two properties: the values of each, and the numbers of those that came together.
    pairs: Option<Box<Pairs>>,
}

#[derive(Debug, Clone, Default)]
struct Pairs {
    parts: Values,
    numbers: AHashMap<(u32, u32), u32>,
}

impl Default for Values {
    fn default() -> Self {
        let none: Arc<str> = "".into();
        Self { texts: vec![Arc::clone(&none)], numbers: AHashMap::from_iter([(none, NO_VALUE)]), pairs: None }
    }
}

impl Values {
    /// By number: the place of the text in the order of letters.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..self.texts.len() as u32).collect();
        numbers.sort_by_key(|number| self.text(*number));
        let mut ranks = vec![0; numbers.len()];
        for (rank, number) in (0..).zip(numbers) {
            ranks[number as usize] = rank;
        }
        ranks
    }

    /// The number of the text of each of these values.
    pub(super) fn numbers(&mut self, values: &[Value]) -> Vec<u32> {
        values.iter().map(|value| self.number(value)).collect()
    }

    pub(super) fn number(&mut self, value: &Value) -> u32 {
        match value {
            Value::Null => NO_VALUE,
            value => self.number_of(&predicate::text(value)),
        }
    }

    /// The number of two values that came together; "no value" where there is neither.
    pub(super) fn pair(&mut self, one: &Value, two: &Value) -> u32 {
        let pairs = self.pairs.get_or_insert_default();
        let parts = (pairs.parts.number(one), pairs.parts.number(two));
        if parts == (NO_VALUE, NO_VALUE) {
            return NO_VALUE;
        }
        if let Some(number) = pairs.numbers.get(&parts) {
            return *number;
        }
        let text = joined(pairs.parts.text(parts.0), pairs.parts.text(parts.1));
        let number = self.number_of(&text);
        self.pairs.get_or_insert_default().numbers.insert(parts, number);
        number
    }

    /// The number of a text.
    pub(super) fn number_of(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(NO_VALUE);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    pub(super) fn text(&self, number: u32) -> &Arc<str> {
        &self.texts[number as usize]
    }

    /// Take in the texts of others. Answers by their number the number here.
    pub(super) fn take_in(&mut self, others: &Self) -> Vec<u32> {
        others.texts.iter().map(|text| self.number_of(text)).collect()
    }
}

/// The key of two values: a JSON array of them, which no other two share.
pub(super) fn joined(one: &str, two: &str) -> String {
    serde_json::json!([one, two]).to_string()
}

/// The two values behind a key; `["", ""]` for "no value".
pub(super) fn parted(key: &str) -> Vec<String> {
    serde_json::from_str(key).unwrap_or_else(|_| vec![String::new(); 2])
}
