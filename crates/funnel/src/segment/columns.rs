//! What is known of everybody, a field at a time, each different value once.

use std::collections::HashMap;

use serde_json::Value;

use super::program::Fact;
use crate::condition::passes;

/// One field of everybody.
#[derive(Debug, Clone)]
struct Column {
    field: String,
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
    columns: Vec<Column>,
    /// By fact: the place of its field.
    of_fact: Vec<Option<usize>>,
    /// By fact, by code of its field: whether the value passes.
    passes: Vec<Vec<bool>>,
}

impl Columns {
    pub(super) fn has(&self, field: &str) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    /// Begin to keep a field. Nobody has a value yet.
    pub(super) fn open(&mut self, field: &str) {
        if !self.has(field) {
            let (codes, values, places) = (Vec::new(), vec![Value::Null], HashMap::new());
            self.columns.push(Column { field: field.to_owned(), codes, values, places });
        }
    }

    /// Keep no field but these.
    pub(super) fn retain(&mut self, wanted: &[String]) {
        self.columns.retain(|column| wanted.contains(&column.field));
    }

    /// A field of a contact is this now. Answers whether it was another before; fields that are not kept never change.
    pub(super) fn set(&mut self, who: u32, field: &str, value: Option<&Value>) -> bool {
        let Some(column) = self.columns.iter_mut().find(|column| column.field == field) else { return false };
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
        let place = |fact: &Fact| self.columns.iter().position(|column| column.field == fact.field);
        self.of_fact = facts.iter().map(place).collect();
        self.passes.resize_with(facts.len(), Vec::new);
        for ((fact, place), known) in facts.iter().zip(&self.of_fact).zip(&mut self.passes) {
            let Some(column) = place.map(|place| &self.columns[place]) else {
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
    pub(super) fn is_so(&self, who: u32, fact: usize) -> bool {
        let column = self.of_fact.get(fact).copied().flatten().map(|place| &self.columns[place]);
        let code = column.and_then(|column| column.codes.get(who as usize)).copied().unwrap_or(0);
        self.passes.get(fact).and_then(|passes| passes.get(code as usize)).copied().unwrap_or(false)
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
