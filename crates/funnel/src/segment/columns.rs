//! What is known of everybody, a field at a time, each different value once.

use std::collections::HashMap;

use serde_json::Value;

use super::program::Fact;
use crate::condition::passes;

/// One field of everybody.
#[derive(Debug, Clone)]
struct Column {
    /// By contact: the place of the value.
    codes: Vec<u32>,
    /// The first is nothing at all.
    values: Vec<Value>,
    /// By the JSON of a value.
    places: HashMap<String, u32>,
}

/// The fields that rules ask for.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    columns: HashMap<String, Column>,
    /// By fact, by code of its field: whether the value passes.
    passes: Vec<Vec<bool>>,
}

impl Columns {
    pub(super) fn has(&self, field: &str) -> bool {
        self.columns.contains_key(field)
    }

    /// Begin to keep a field. Nobody has a value yet.
    pub(super) fn open(&mut self, field: &str) {
        let column = || Column { codes: Vec::new(), values: vec![Value::Null], places: HashMap::new() };
        self.columns.entry(field.to_owned()).or_insert_with(column);
    }

    /// Keep no field but these.
    pub(super) fn retain(&mut self, wanted: &[String]) {
        self.columns.retain(|field, _| wanted.contains(field));
    }

    /// A field of a contact is this now. Answers whether it was another before; fields that are not kept never change.
    pub(super) fn set(&mut self, who: u32, field: &str, value: Option<&Value>) -> bool {
        let Some(column) = self.columns.get_mut(field) else { return false };
        let code = match value {
            None | Some(Value::Null) => 0,
            Some(value) => column.code(value),
        };
        let who = who as usize;
        if column.codes.len() <= who {
            column.codes.resize(who + 1, 0);
        }
        std::mem::replace(&mut column.codes[who], code) != code
    }

    /// Have an answer for every value to every question.
    pub(super) fn judge(&mut self, facts: &[Fact]) {
        self.passes.resize_with(facts.len(), Vec::new);
        for (fact, known) in facts.iter().zip(&mut self.passes) {
            let Some(column) = self.columns.get(&fact.field) else {
                known.clear();
                continue;
            };
            for value in &column.values[known.len().min(column.values.len())..] {
                let value = (!value.is_null()).then_some(value);
                known.push(fact.tests.iter().all(|test| passes(value, test)));
            }
        }
    }

    /// The answer of a contact to a question; [`Self::judge`] must have been asked since values came.
    pub(super) fn is_so(&self, who: u32, fact: usize, facts: &[Fact]) -> bool {
        let code = self.columns.get(&facts[fact].field).and_then(|column| column.codes.get(who as usize));
        self.passes[fact].get(code.copied().unwrap_or(0) as usize).copied().unwrap_or(false)
    }
}

impl Column {
    fn code(&mut self, value: &Value) -> u32 {
        let text = value.to_string();
        if let Some(code) = self.places.get(&text) {
            return *code;
        }
        let code = self.values.len() as u32;
        self.values.push(value.clone());
        self.places.insert(text, code);
        code
    }
}
