//! Lists: entries are found again by what they are known by, not by where they stand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Difference, values};

/// What an entry of a list is known by, in the order in which it is looked for.
const NAMES: [&str; 7] = ["id", "offer", "field", "event", "purpose", "metric", "did"];

/// What an entry is known by: a text by itself; content that is still to be made by its title.
pub(super) fn key(entry: &Value) -> Option<String> {
    if let Some(text) = entry.as_str() {
        return Some(text.to_owned());
    }
    let named = NAMES.iter().find_map(|name| entry.get(*name)?.as_str().map(str::to_owned));
    let first_text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(texts) => texts.get("en").or_else(|| texts.values().next())?.as_str().map(str::to_owned),
        _ => None,
    };
    named.or_else(|| ["title", "text", "name"].iter().find_map(|name| first_text(entry.get(*name)?)))
}

/// The keys of a list, when every entry has one of its own.
fn keys(list: &[Value]) -> Option<Vec<String>> {
    let keys: Vec<String> = list.iter().map(key).collect::<Option<_>>()?;
    (keys.iter().collect::<BTreeSet<_>>().len() == keys.len()).then_some(keys)
}

pub(super) fn compare(path: &str, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    match (keys(before), keys(after)) {
        (Some(old), Some(new)) => by_key(path, (before, &old), (after, &new), found),
        _ => by_place(path, before, after, found),
    }
}

type Keyed<'a> = (&'a [Value], &'a [String]);

fn by_key(path: &str, (before, old): Keyed<'_>, (after, new): Keyed<'_>, found: &mut Vec<Difference>) {
    let inner = |key: &str| format!("{path}[{key}]");
    let was_at: BTreeMap<&str, usize> = old.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let is_new: BTreeSet<&str> = new.iter().map(String::as_str).collect();
    for (at, key) in old.iter().enumerate().filter(|(_, key)| !is_new.contains(key.as_str())) {
        found.push(Difference::Removed { path: inner(key), value: before[at].clone(), at: Some(at) });
    }
    let kept: Vec<usize> = new.iter().filter_map(|key| was_at.get(key.as_str()).copied()).collect();
    let in_order: BTreeSet<usize> = longest_rising(&kept).into_iter().collect();
    for (at, key) in new.iter().enumerate() {
        let Some(&from) = was_at.get(key.as_str()) else {
            found.push(Difference::Added { path: inner(key), value: after[at].clone(), at: Some(at) });
            continue;
        };
        if !in_order.contains(&from) {
            found.push(Difference::Moved { path: inner(key), from, to: at });
        }
        values(&inner(key), &before[from], &after[at], found);
    }
}

fn by_place(path: &str, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    let inner = |at: usize| format!("{path}[{at}]");
    for (at, (one, other)) in before.iter().zip(after).enumerate() {
        values(&inner(at), one, other, found);
    }
    for (at, value) in before.iter().enumerate().skip(after.len()) {
        found.push(Difference::Removed { path: inner(at), value: value.clone(), at: Some(at) });
    }
    for (at, value) in after.iter().enumerate().skip(before.len()) {
        found.push(Difference::Added { path: inner(at), value: value.clone(), at: Some(at) });
    }
}

/// The most numbers that already stand in rising order: the others have moved. Lists are short, so the plain quadratic
/// way will do.
fn longest_rising(numbers: &[usize]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let before = (0..at).filter(|earlier| numbers[*earlier] < *number).max_by_key(|earlier| best[*earlier].0);
        best.push((before.map_or(1, |before| best[before].0 + 1), before));
    }
    let mut rising = Vec::new();
    let mut next = (0..numbers.len()).max_by_key(|at| best[*at].0);
    while let Some(at) = next {
        rising.push(numbers[at]);
        next = best[at].1;
    }
    rising
}
