use super::facts::{Facts, Team};
use super::rules::testing::{content, doc, measured};
use super::*;
use crate::document::{Role, StageId};
use crate::format::Language;

#[test]
fn a_sound_funnel_gives_no_finding() {
    let (doc, content, measured) = (doc(), content(), measured());
    let names = ["marketing", "sales", "clinic"].map(str::to_owned).to_vec();
    let team = Team { roles: vec![(Role::Owner, 1), (Role::Rep, 1)], names };
    let facts = Facts {
        today: Some("2026-11-22".parse().unwrap()),
        content: Some(&content),
        measured: Some(&measured),
        team: Some(&team),
        others: &[],
    };
    assert_eq!(check(&doc, &facts), []);
    assert_eq!(crate::document::check(&doc), []);
}

#[test]
fn rules_have_ids_of_their_own_and_texts_that_name_the_same_values() {
    let mut ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rules().len());
    let names = |text: &str| {
        let mut names: Vec<String> =
            text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect();
        names.sort_unstable();
        names
    };
    for rule in rules() {
        let [en, others @ ..] = &rule.texts;
        for (other, language) in others.iter().zip(&Language::ALL[1..]) {
            for (one, other) in [(en.what, other.what), (en.why, other.why), (en.mend, other.mend)] {
                assert_eq!(names(one), names(other), "{} {language:?}", rule.id);
                assert_ne!(one, other, "{} is not translated to {language:?}", rule.id);
            }
        }
    }
}

#[test]
fn the_worst_and_dearest_come_first() {
    let (mut doc, mut measured) = (doc(), measured());
    doc.stages[4].loops_to = Some(StageId("again".to_owned()));
    doc.stages[4].owner.clear();
    doc.stages[0].target.as_mut().unwrap().converts = Some("25%".parse().unwrap());
    measured.stages[1].went_on = 80;
    let findings = check(&doc, &Facts { measured: Some(&measured), ..Facts::default() });
    let told: Vec<(&str, Option<i64>)> =
        findings.iter().map(|finding| (finding.rule, finding.cost_per_month.map(|cost| cost.minor))).collect();
    // 50 leads are missing, of whom 40 % talk and 20 % of those buy; 5 % of 200 leads do not talk.
    let wanted = [
        ("cycle", None),
        ("step_below_target", Some(50 * 80_000)),
        ("step_below_target", Some(10 * 200_000)),
        ("step_unimproved", None),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn what_cannot_run_is_refused_with_the_place_and_the_mend() {
    let mut doc = doc();
    doc.stages[4].loops_to = Some(StageId("again".to_owned()));
    let findings = crate::document::check(&doc);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].path.as_str(), findings[0].severity), ("stages[4].loops_to", crate::page::Severity::Error));
    assert!(findings[0].message.contains("Take one of the links out"), "{}", findings[0].message);
}
