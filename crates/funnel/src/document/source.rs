//! The text of a document that a person wrote: where a part stands in it, and how it is changed without losing comments
//! and layout.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use yamlpatch::{Op, Patch};
use yamlpath::{Component, Document, Route};

use super::FunnelDoc;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SourcePlace)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// A text after a change of its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The text.
    pub text: String,
    /// Whether comments and layout are what they were wherever nothing changed. Else all of it was written anew.
    pub keeps_comments: bool,
}

/// Where a part stands: `stages[2].gate.requires[0]`, the path of a finding. What is not there, for it is missing, is
/// told at the nearest part that is.
pub fn locate(text: &str, path: &str) -> Option<Place> {
    let document = Document::new(text).ok()?;
    let mut route = parts(path);
    while !route.is_empty() {
        let feature = document.query_pretty(&Route::from(route.clone())).ok();
        if let Some(feature) = feature {
            let (line, column) = feature.location.point_span.0;
            return Some(Place { line: line + 1, column: column + 1 });
        }
        route.pop();
    }
    Some(Place { line: 1, column: 1 })
}

/// `stages[2].gate` as its parts.
fn parts(path: &str) -> Vec<Component<'static>> {
    let mut parts = Vec::new();
    for name in path.split('.') {
        let (name, places) = name.split_once('[').map_or((name, ""), |(name, places)| (name, places));
        if !name.is_empty() {
            parts.push(Component::from(name.to_owned()));
        }
        let numbers = places.split(['[', ']']).filter_map(|place| place.parse::<usize>().ok());
        parts.extend(numbers.map(Component::from));
    }
    parts
}

/// The text after its document became another. Where a change cannot be made in the text as it stands, the smallest
/// part around it is written anew, and if need be all of it; the result always reads as `wanted`.
pub fn rewrite(text: &str, wanted: &FunnelDoc) -> Rewritten {
    let anew = || Rewritten { text: wanted.to_yaml(), keeps_comments: false };
    let Ok(known) = FunnelDoc::from_yaml(text) else { return anew() };
    if known == *wanted {
        return Rewritten { text: text.to_owned(), keeps_comments: true };
    }
    let as_written = |text: &str| serde_yaml_ng::from_str::<Value>(text).ok();
    let (Some(before), Ok(after)) = (as_written(text), serde_json::to_value(wanted)) else { return anew() };
    let Some(before) = normal(before) else { return anew() };
    let mut changes = Vec::new();
    differences(&mut Vec::new(), &before, &after, &mut changes);
    apply(text, &changes)
        .filter(|text| FunnelDoc::from_yaml(text).is_ok_and(|doc| doc == *wanted))
        .map_or_else(anew, |text| Rewritten { text, keeps_comments: true })
}

/// The value under the names that the program writes: `id` has an older word.
fn normal(mut value: Value) -> Option<Value> {
    let map = value.as_object_mut()?;
    // A text that uses the older word is left to be written anew: its key would have to be renamed in place.
    (!map.contains_key("funnel")).then_some(value)
}

enum Step {
    Put(Value),
    Insert(String, Value),
    Append(Value),
    Remove,
}

type Change = (Vec<Component<'static>>, Step);

/// What turns one value into another, the deepest and last places first, so that no change moves the place of one that
/// is still to be made.
fn differences(path: &mut Vec<Component<'static>>, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    match (before, after) {
        _ if before == after || is_same(before, after) => {}
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                path.push(Component::from(name.clone()));
                match after.get(name) {
                    Some(now) => differences(path, value, now, changes),
                    None => changes.push((path.clone(), Step::Remove)),
                }
                path.pop();
            }
            for (name, value) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                changes.push((path.clone(), Step::Insert(name.clone(), value.clone())));
            }
        }
        (Value::Array(before), Value::Array(after)) if has_one_order(before, after) => {
            lists(path, before, after, changes);
        }
        _ => changes.push((path.clone(), Step::Put(after.clone()))),
    }
}

/// Entries are paired from the front; when fewer are wanted, those that match nothing go. Longer lists grow at the end.
fn lists(path: &mut Vec<Component<'static>>, before: &[Value], after: &[Value], changes: &mut Vec<Change>) {
    for value in after.iter().skip(before.len()) {
        changes.push((path.clone(), Step::Append(value.clone())));
    }
    let gone = removed(before, after);
    let kept: Vec<usize> = (0..before.len()).filter(|place| !gone.contains(place)).collect();
    for (place, now) in kept.iter().zip(after) {
        path.push(Component::from(*place));
        differences(path, &before[*place], now, changes);
        path.pop();
    }
    for place in gone.into_iter().rev() {
        path.push(Component::from(place));
        changes.push((path.clone(), Step::Remove));
        path.pop();
    }
}

/// The places of the entries that go when a list becomes shorter: those whose like is not wanted any more, else the last.
fn removed(before: &[Value], after: &[Value]) -> Vec<usize> {
    let mut missing = before.len().saturating_sub(after.len());
    let mut gone: Vec<usize> = Vec::new();
    let mut wanted = after.iter().peekable();
    for (place, entry) in before.iter().enumerate() {
        let is_like = wanted.peek().is_some_and(|next| name_of(next) == name_of(entry));
        if is_like || missing == 0 {
            wanted.next();
        } else {
            missing -= 1;
            gone.push(place);
        }
    }
    gone
}

/// What an entry is known by.
fn name_of(entry: &Value) -> String {
    let name =
        ["id", "offer", "field", "event", "metric", "text", "title", "name"].iter().find_map(|key| entry.get(key));
    name.unwrap_or(entry).to_string()
}

/// Whether entries that stay keep their order, and new ones come at the end: a list in another order is written anew.
fn has_one_order(before: &[Value], after: &[Value]) -> bool {
    let kept = before.len().min(after.len());
    let old: Vec<String> = before.iter().map(name_of).collect();
    let mut from = 0;
    after.iter().take(kept).all(|entry| {
        let name = name_of(entry);
        match old.iter().position(|known| *known == name) {
            Some(place) if place >= from => {
                from = place + 1;
                true
            }
            Some(_) => false,
            None => before.len() == after.len(),
        }
    })
}

/// A short form and its long form are one: `Page Viewed` and `{event: Page Viewed}`; what is left at its default.
fn is_same(before: &Value, after: &Value) -> bool {
    let number = |value: &Value| value.as_f64();
    matches!((number(before), number(after)), (Some(one), Some(other)) if (one - other).abs() < f64::EPSILON)
}

fn apply(text: &str, changes: &[Change]) -> Option<String> {
    let mut document = Document::new(text).ok()?;
    for (path, step) in changes {
        let value = |value: &Value| yaml_serde::to_value(value).ok();
        let operation = match step {
            Step::Put(now) => Op::Replace(value(now)?),
            Step::Insert(key, now) => Op::Add { key: key.clone(), value: value(now)? },
            Step::Append(now) => Op::Append { value: value(now)? },
            Step::Remove => Op::Remove,
        };
        let patch = Patch { route: Route::from(path.clone()), operation };
        document = yamlpatch::apply_yaml_patches(&document, &[patch]).ok()?;
    }
    Some(document.source().to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::localized::Localized;
    use crate::template::templates;

    const TEXT: &str = "\
# The clinic's funnel.
id: smile
title: Smile   # short
currency: NOK
timezone: Europe/Oslo
locales: [nb, en]

stages:
  # Everybody begins here.
  - id: visit
    enters_on: Page Viewed
    target: { converts: 10% }  # agreed in March
  - id: lead
    enters_on: Lead Captured   # the form
    metrics: [leads, conversion]
    # Who has left a number.
    gate:
      requires: [contact.phone]
  - id: order
    enters_on: Order Completed
";

    fn doc() -> FunnelDoc {
        FunnelDoc::from_yaml(TEXT).unwrap()
    }

    #[test]
    fn parts_are_found_where_they_stand() {
        let line = |path: &str| locate(TEXT, path).unwrap().line;
        assert_eq!(line("stages[1].gate.requires[0]"), 18);
        assert_eq!(line("stages[0].target.converts"), 12);
        assert_eq!(line("title"), 3);
        // What is missing is told where it should be.
        assert_eq!(line("stages[2].owner"), 19);
        assert_eq!(line("pages.free-check"), 1);
    }

    #[test]
    fn a_fault_of_reading_names_its_line() {
        let text = TEXT.replace("    enters_on: Lead Captured   # the form", "    enters_no: Lead Captured");
        let error = FunnelDoc::from_yaml(&text).unwrap_err();
        assert_eq!((error.path.as_str(), error.place.unwrap().line), ("stages[1].enters_no", 14));
        assert!(FunnelDoc::from_yaml("id: [").unwrap_err().place.is_some());
    }

    #[test]
    fn comments_stay_where_something_else_changes() {
        let mut wanted = doc();
        wanted.stages[0].target.as_mut().unwrap().converts = Some("12%".parse().unwrap());
        wanted.stages[1].owner = "marketer".to_owned();
        wanted.stages.push(crate::document::Stage::new("again", "Order Completed".into()));
        wanted.stages[3].enters_on.occurrence = 2;
        let rewritten = rewrite(TEXT, &wanted);
        assert!(rewritten.keeps_comments, "{}", rewritten.text);
        for comment in ["# The clinic's funnel.", "# short", "# Everybody begins", "# the form", "# Who has left"] {
            assert!(rewritten.text.contains(comment), "{comment} is gone:\n{}", rewritten.text);
        }
        assert_eq!(FunnelDoc::from_yaml(&rewritten.text).unwrap(), wanted);
    }

    #[test]
    fn a_removed_stage_takes_only_itself_along() {
        let mut wanted = doc();
        wanted.stages.remove(1);
        let rewritten = rewrite(TEXT, &wanted);
        assert!(rewritten.keeps_comments && rewritten.text.contains("# agreed in March"), "{}", rewritten.text);
    }

    #[test]
    fn the_same_document_leaves_the_text_alone() {
        assert_eq!(rewrite(TEXT, &doc()), Rewritten { text: TEXT.to_owned(), keeps_comments: true });
        for template in templates() {
            let rewritten = rewrite(template.yaml(), &template.document().unwrap());
            assert_eq!(rewritten.text, template.yaml());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever was changed, the text reads as the document that was wanted.
        #[test]
        fn a_rewritten_text_reads_as_what_was_wanted(
            from in 0..templates().len(), to in 0..templates().len(), drop in 0usize..8, name in "([a-z#:]{1,6} ?[a-z#:]{1,6})?",
        ) {
            let (base, other) = (templates()[from].document().unwrap(), templates()[to].document().unwrap());
            let mut wanted = FunnelDoc { stages: other.stages, ..base };
            if drop < wanted.stages.len() {
                wanted.stages.remove(drop);
            }
            if let Some(stage) = wanted.stages.first_mut() {
                stage.purpose = Localized::from(name.as_str());
            }
            let rewritten = rewrite(templates()[from].yaml(), &wanted);
            prop_assert_eq!(FunnelDoc::from_yaml(&rewritten.text).unwrap(), wanted);
        }
    }
}
