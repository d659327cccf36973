use proptest::prelude::*;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Funnels that somebody has torn apart: the check does not stumble, every fix fits and takes its finding away, and
    /// carrying out all fixes one after the other comes to an end.
    #[test]
    fn fixes_mend_what_was_torn_apart(
        which in 0usize..17,
        tears in prop::collection::vec((0usize..9, 0usize..8), 1..8),
    ) {
        let mut torn = crate::template::templates()[which].document().unwrap();
        for (kind, at) in tears {
            tear(&mut torn, kind, at);
        }
        let facts = Facts::default();
        let mut doc = torn.clone();
        let mut rounds = 0;
        while let Some(finding) = check(&doc, &facts).into_iter().find(|finding| finding.fix.is_some()) {
            let fixed = finding.fix.as_ref().unwrap().apply(&doc).unwrap();
            let same = |other: &Finding| other.rule == finding.rule;
            let count = |doc: &FunnelDoc| check(doc, &facts).iter().filter(|other| same(other)).count();
            prop_assert!(count(&fixed) < count(&doc), "{:?}", finding);
            doc = fixed;
            rounds += 1;
            prop_assert!(rounds < 100, "no end");
        }
    }
}

fn tear(doc: &mut FunnelDoc, kind: usize, at: usize) {
    use crate::document::{Cluster, Gate, Rung};
    let count = doc.stages.len();
    let other = doc.stages[(at + 1) % count].id.clone();
    let place = at % count;
    let stage = &mut doc.stages[place];
    match kind {
        0 => stage.metrics.clear(),
        1 => stage.target = None,
        2 => stage.loops_to = Some(other),
        3 => stage.loops_to = Some("nirvana".into()),
        4 => stage.tactics[0].channel = "nirvana".to_owned(),
        5 => {
            let gate =
                "requires: [contact.a, { field: deal.value, min: 3, max: 2 }]\nevidence: [{ event: A, undone_by: A }]";
            stage.gate = Some(serde_yaml_ng::from_str::<Gate>(gate).unwrap());
        }
        6 => {
            let rung = ["lead-magnet", "tripwire", "core", "additional"][at % 4];
            let offer = format!("{rung}-{}", doc.ladder.len());
            doc.ladder.push(Rung { rung: rung.to_owned(), offer, stage: Some(other) });
        }
        7 => doc.caps = None,
        _ => {
            let id = format!("c{}", doc.clusters.len());
            let cluster = format!("{{ id: {id}, part_of: c{at}, stages: [{other}, nirvana], channels: [nirvana] }}");
            doc.clusters.push(serde_yaml_ng::from_str::<Cluster>(&cluster).unwrap());
        }
    }
}
