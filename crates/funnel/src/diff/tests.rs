use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::{Gate, Patch, Stage};
use crate::template::{template, templates};

fn doc(id: &str) -> FunnelDoc {
    template(id).unwrap().document().unwrap()
}

fn lines(before: &FunnelDoc, after: &FunnelDoc) -> Vec<String> {
    diff(before, after).iter().map(ToString::to_string).collect()
}

#[test]
fn differences_read_like_what_was_done() {
    let before = doc("five-stage");
    let mut after = before.clone();
    after.stages.swap(1, 2);
    after.stages[2].target.as_mut().unwrap().converts = Some("12.5%".parse().unwrap());
    after.stages[3].gate = Some(Gate { no_skipping: true, ..Gate::default() });
    after.stages.remove(4);
    after.stages.push(Stage::new("recommends", "Referral Made".into()));
    after.caps = None;
    after.title = crate::localized::Localized::of(&[("en", "Our funnel"), ("nb", "Fem trinn")]);
    let found = lines(&before, &after);
    let wanted = [
        "- stages[loyalty]: {",
        "> stages[decision]: from place 3 to 2",
        "~ stages[interest].target.converts: 35% -> 12.5%",
        "+ stages[action].gate: {\"no_skipping\":true}",
        "+ stages[recommends]: {\"enters_on\":\"Referral Made\",\"id\":\"recommends\"}",
        "~ title.en: Five stages -> Our funnel",
        "- title.fi: Viisi vaihetta",
        "- caps: {",
    ];
    for line in wanted {
        assert!(found.iter().any(|found| found.starts_with(line)), "{line} is not among {found:#?}");
    }
    assert_eq!(found.len(), 10, "two more languages of the title are gone: {found:#?}");
}

#[test]
fn the_same_funnel_in_other_words_is_the_same() {
    let long = "{ id: a, title: A, currency: NOK, timezone: Europe/Oslo, locales: [nb], stages: [
        { id: x, enters_on: { event: Page Viewed, occurrence: 1 }, gate: { evidence: [{ event: E, times: 1 }] } },
        { enters_on: Lead Captured, id: y, tactics: [] } ] }";
    let short = "
funnel: a
title: A
stages:
  - { id: x, enters_on: Page Viewed, gate: { no_skipping: false, evidence: [E] } }
  - { id: y, enters_on: Lead Captured }
currency: NOK
timezone: Europe/Oslo
locales: [nb]";
    let (long, short) = (FunnelDoc::from_yaml(long).unwrap(), FunnelDoc::from_yaml(short).unwrap());
    assert_eq!(diff(&long, &short), []);
    assert!(plan(Some(&long), &short).is_empty());
}

#[test]
fn a_plan_says_what_follows() {
    let running = doc("four-level");
    assert!(plan(Some(&running), &running).is_empty());
    let new = plan(None, &running);
    assert!(new.is_new && !new.is_empty() && new.changes.is_empty() && new.refused.is_empty());
    let fewer = Patch::remove("/stages/2").apply(&running).unwrap();
    let plan_of = plan(Some(&running), &fewer);
    assert_eq!(plan_of.removed_stages, ["sales".into()]);
    assert_eq!(plan_of.changes.len(), 1);
    let mut other = running.clone();
    other.id = "other".to_owned();
    other.stages[1].loops_to = Some("nirvana".into());
    let refused: Vec<String> = plan(Some(&running), &other).refused.into_iter().map(|finding| finding.path).collect();
    assert_eq!(refused, ["stages[1].loops_to", "id"]);
    let json = serde_json::to_value(&diff(&running, &fewer)[0]).unwrap();
    assert_eq!((&json["kind"], &json["path"], &json["at"]), (&json!("removed"), &json!("stages[sales]"), &json!(2)));
}

/// Make the changes that a diff tells: what comes out must be the other document, or the diff kept something back.
fn carry_out(value: &Value, path: &str, found: &[Difference]) -> Value {
    for difference in found {
        if let Difference::Changed { path: place, to, .. } = difference
            && place == path
        {
            return to.clone();
        }
    }
    match value {
        Value::Object(map) => {
            let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let is_gone = |name: &str| {
                found
                    .iter()
                    .any(|one| matches!(one, Difference::Removed { path, at: None, .. } if *path == inner(name)))
            };
            let kept = map.iter().filter(|(name, _)| !is_gone(name));
            let mut map: Map<String, Value> =
                kept.map(|(name, value)| (name.clone(), carry_out(value, &inner(name), found))).collect();
            for difference in found {
                if let Difference::Added { path: place, value, at: None } = difference
                    && let Some((parent, name)) = place.rsplit_once('.').or(Some(("", place)))
                    && parent == path
                {
                    map.insert(name.to_owned(), value.clone());
                }
            }
            Value::Object(map)
        }
        Value::Array(list) => {
            let inner_of = |place: &str| place.strip_prefix(path).is_some_and(is_entry);
            let mut kept: Vec<Option<Value>> = list.iter().cloned().map(Some).collect();
            let mut placed: Vec<(usize, Value)> = Vec::new();
            let entry = |at: usize| {
                let name = lists::key(&list[at]).unwrap_or_default();
                let by_name = format!("{path}[{name}]");
                let by_place = format!("{path}[{at}]");
                let is_by_name = found.iter().any(|one| one.path().starts_with(&by_name));
                carry_out(&list[at], if is_by_name { &by_name } else { &by_place }, found)
            };
            for difference in found.iter().filter(|one| inner_of(one.path())) {
                match difference {
                    Difference::Removed { at: Some(at), .. } => kept[*at] = None,
                    Difference::Added { at: Some(at), value, .. } => placed.push((*at, value.clone())),
                    Difference::Moved { from, to, .. } => {
                        placed.push((*to, entry(*from)));
                        kept[*from] = None;
                    }
                    _ => {}
                }
            }
            placed.sort_by_key(|(at, _)| *at);
            let stay = kept.iter().enumerate().filter(|(_, kept)| kept.is_some());
            let mut result: Vec<Value> = stay.map(|(at, _)| entry(at)).collect();
            for (at, value) in placed {
                result.insert(at.min(result.len()), value);
            }
            Value::Array(result)
        }
        other => other.clone(),
    }
}

/// Whether the rest of a path is one entry of the list and nothing below it.
fn is_entry(rest: &str) -> bool {
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        depth += i32::from(c == '[') - i32::from(c == ']');
        if depth == 0 {
            return c == ']' && at + 1 == rest.len();
        }
    }
    false
}

fn nothing_is_kept_back(before: &FunnelDoc, after: &FunnelDoc) {
    let (from, to) = (serde_json::to_value(before).unwrap(), serde_json::to_value(after).unwrap());
    let found = diff(before, after);
    assert_eq!(carry_out(&from, "", &found), to, "{found:#?}");
    assert_eq!(found.is_empty(), before == after);
}

#[test]
fn the_differences_between_templates_are_complete() {
    let all: Vec<FunnelDoc> = templates().iter().map(|template| template.document().unwrap()).collect();
    for before in &all {
        for after in &all {
            nothing_is_kept_back(before, after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Shuffled, thinned out and mixed funnels, too.
    #[test]
    fn a_diff_keeps_nothing_back(
        one in 0usize..17,
        other in 0usize..17,
        order in prop::collection::vec(0usize..20, 0..8),
        gone in prop::collection::vec(0usize..20, 0..4),
        owner in "[a-z]{0,3}",
    ) {
        let before = templates()[one].document().unwrap();
        let mut after = before.clone();
        let more = templates()[other].document().unwrap();
        after.stages.extend(more.stages.into_iter().filter(|stage| before.stage(&stage.id).is_none()).take(3));
        for (at, place) in order.iter().enumerate() {
            let count = after.stages.len();
            after.stages.swap(at % count, place % count);
        }
        for place in gone {
            let count = after.stages.len();
            let stage = &mut after.stages[place % count];
            stage.owner.clone_from(&owner);
            stage.metrics.reverse();
            if place % 2 == 0 && count > 2 {
                after.stages.remove(place % count);
            }
        }
        nothing_is_kept_back(&before, &after);
        nothing_is_kept_back(&after, &before);
    }
}
