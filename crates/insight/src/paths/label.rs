//! What the steps are called.

use std::sync::Arc;

use ahash::AHashMap;

use super::Visit;
use crate::predicate::{Columns, text, value};
use crate::query::PathsQuery;
use crate::record::Record;

/// All labels seen, each with a number, and the way from a record to its label.
pub(super) struct Labels<'a> {
    query: &'a PathsQuery,
    point: Option<&'a str>,
    /// By `Record::name`.
    names: Vec<Name<'a>>,
    /// Numbers by what labels are before rules group them.
    known: AHashMap<Arc<str>, u32>,
    /// Numbers by what labels are in the end.
    numbers: AHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    /// By label: whether it is the one where paths start or end.
    is_point: Vec<bool>,
}

struct Name<'a> {
    text: &'a str,
    /// The property whose value is the label instead.
    column: Option<usize>,
    is_point: bool,
}

impl<'a> Labels<'a> {
    pub(super) fn new(query: &'a PathsQuery, columns: &Columns, names: &'a [Arc<str>]) -> Self {
        let point = query.start.as_deref().or(query.end.as_deref());
        let names = names.iter().map(|name| Name {
            text: name,
            column: query.by_prop.get(&**name).and_then(|prop| columns.index(prop)),
            is_point: point == Some(&**name),
        });
        let (known, numbers) = (AHashMap::new(), AHashMap::new());
        Self { query, point, names: names.collect(), known, numbers, texts: Vec::new(), is_point: Vec::new() }
    }

    /// The step that a record of a wanted name is.
    pub(super) fn visit(&mut self, record: &Record) -> Visit {
        let Name { text: name, column, is_point } = self.names[record.name as usize];
        let label = match column.map(|column| text(value(record, column))) {
            Some(value) if !value.is_empty() => self.number(&value),
            _ => self.number(name),
        };
        Visit { at_ms: record.at_ms, label, is_point: is_point || self.is_point[label as usize] }
    }

    pub(super) fn text(&self, label: u32) -> &str {
        &self.texts[label as usize]
    }

    fn number(&mut self, raw: &str) -> u32 {
        if let Some(number) = self.known.get(raw) {
            return *number;
        }
        let query = self.query;
        let rule = query.group.iter().find(|rule| matches(&rule.pattern, raw));
        let number = self.number_of(rule.map_or(raw, |rule| &rule.label));
        self.known.insert(raw.into(), number);
        number
    }

    /// The number of what a label is in the end.
    fn number_of(&mut self, label: &str) -> u32 {
        if let Some(number) = self.numbers.get(label) {
            return *number;
        }
        let (number, text) = (self.texts.len() as u32, Arc::<str>::from(label));
        self.numbers.insert(text.clone(), number);
        self.is_point.push(self.point == Some(label));
        self.texts.push(text);
        number
    }

    /// Take in the labels of others. Answers by their number the number here.
    pub(super) fn take_in(&mut self, others: &Labels<'_>) -> Vec<u32> {
        others.texts.iter().map(|text| self.number_of(text)).collect()
    }
}

/// Whether the pattern, in which `*` stands for any characters, is the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The first place found for each part leaves the most room for the others.
    for part in middle.split('*') {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By trying every length for a star.
    fn twin(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|skipped| twin(rest, &text[skipped..])),
            [first, rest @ ..] => text.first() == Some(first) && twin(rest, &text[1..]),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn patterns_match_as_the_twin(pattern in "[ab*]{0,7}", text in "[ab]{0,9}") {
            prop_assert_eq!(matches(&pattern, &text), twin(pattern.as_bytes(), text.as_bytes()));
        }
    }

    #[test]
    fn a_pattern_is_the_whole_label() {
        for (pattern, text, expected) in [
            ("/blog", "/blog", true),
            ("/blog", "/blog/a", false),
            ("/blog*", "/blog", true),
            ("/blog/*", "/blog/ærlig", true),
            ("*/edit", "/deals/1/edit", true),
            ("/a*/a", "/a", false),
            ("*æ*", "blåbær", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
