//! The parts of a document beyond its stages, channels and ladder.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const FULL: &str = r#"
id: smile-clinic
title: { en: "Smile clinic", nb: "Smilklinikken" }
description: Straight teeth without fear
template: six-stage
currency: NOK
timezone: Europe/Oslo
locales: [nb, en]
caps: { email: 2 per week, all: 4 per week }
goals:
  - { metric: revenue, value: 400000, per: month, owner: manager }
  - { metric: nps, value: -10 }
personas:
  - id: coffee-lover
    name: "Kari, 38, project manager"
    demography: { age_min: 30, age_max: 45, place: { nb: Oslo og omegn }, occupation: Project manager }
    psychography: [wants to look good on video]
    pains: [yellow teeth, { en: no time, nb: lite tid }]
    goals: [look good in meetings]
    buying: [asks a friend, reads reviews]
    rule:
      all:
        - { field: contact.country, is: "NO" }
        - any: [ { did: Offer Viewed, within: 30 days }, { field: contact.tags, contains: coffee } ]
clusters:
  - id: ads
    name: Everything we pay for
    owner: marketing
    channels: [google-ads]
    stages: [awareness]
    goals: [ { metric: cost_per_lead, value: 90 } ]
  - { id: search-ads, part_of: ads, channels: [google-ads], team: search }
stages:
  - id: awareness
    enters_on: Page Viewed
    purpose: They learn that we exist
    owner: marketing
    target: { people: 4000 per month, converts: 10% }
    metrics: [traffic, click_rate]
    tactics:
      - { text: { en: Ads before the holidays, nb: Annonser før ferien }, owner: marketing, channel: google-ads }
    content:
      - { kind: ad, title: Yellow teeth? }
    journey:
      touchpoints:
        - { name: Google, channel: google-ads, event: Page Viewed }
        - { name: The bus stop, place: offline }
      looks_for: [a dentist nearby]
      worries: [ { text: It hurts, answer: "Nine of ten feel nothing", content: pain } ]
      motivators: [a wedding]
  - id: interest
    enters_on: Lead Captured
    reward: A free check of your teeth
    content:
      - { kind: page, id: free-check, personas: [coffee-lover], owner: Ola, review_by: 2027-03-01 }
      - { kind: automation, id: warm-up }
    time: { min: 1 hour, max: 14 days, after_max: block }
  - id: decision
    enters_on: Offer Viewed
    gate:
      requires:
        - contact.phone
        - { field: deal.value, type: money, min: 1000, label: { nb: Verdi } }
        - { field: deal.need, one_of: [braces, whitening] }
      evidence:
        - Visit Held
        - { event: Proposal Viewed, where: { version: [2, 3] }, times: 2, within: 30 days, since: stage }
        - { event: Deposit Paid, undone_by: Deposit Refunded, since: ever }
      consent: [treatment, { purpose: marketing, within: 365 days }]
      no_skipping: true
      no_going_back: true
      approvals:
        - { when: { field: deal.discount, above: 15% }, by: [manager], four_eyes: true, within: 7 days }
      override: { by: [manager], reason_chars_min: 10 }
  - { id: action, enters_on: Order Completed, deal: wins }
  - { id: loyalty, enters_on: { event: Order Completed, occurrence: 2 }, loops_to: awareness }
channels:
  - { id: google-ads, kind: paid, targeted: true, utm: { source: google, medium: cpc } }
ladder:
  - { rung: lead-magnet, offer: free-check, stage: interest }
"#;

fn full() -> FunnelDoc {
    FunnelDoc::from_yaml(FULL).unwrap()
}

#[test]
fn everything_written_is_kept() {
    let doc = full();
    assert_eq!(check(&doc), []);
    // Not only does the typed value come back: nothing of the text is missing from it.
    let written: Value = serde_yaml_ng::from_str(FULL).unwrap();
    assert_eq!(serde_json::to_value(&doc).unwrap(), written);
    assert_eq!(FunnelDoc::from_yaml(&doc.to_yaml()).unwrap(), doc);
    assert_eq!(FunnelDoc::from_json(&serde_json::to_string(&doc).unwrap()).unwrap(), doc);
}

#[test]
fn what_cannot_be_read_is_named_by_its_path() {
    let change = |from: &str, to: &str| {
        assert!(FULL.contains(from), "{from}");
        FunnelDoc::from_yaml(&FULL.replace(from, to)).unwrap_err()
    };
    for (from, to, path, part) in [
        ("metrics: [traffic", "metrics: [trafic", "stages[0].metrics[0]", "unknown variant"),
        ("value: 400000", "value: lots", "goals[0].value", "25%"),
        ("per: month, owner", "per: moon, owner", "goals[0].per", "day, week"),
        ("times: 2", "times: two", "stages[2].gate.evidence[1].times", "invalid type"),
        ("since: stage", "since: never", "stages[2].gate.evidence[1].since", "unknown variant"),
        ("type: money", "kind: money", "stages[2].gate.requires[1].kind", "unknown field"),
        ("by: [manager], four", "by: [boss], four", "stages[2].gate.approvals[0].by[0]", "unknown variant"),
        ("above: 15%", "over: 15%", "stages[2].gate.approvals[0].when.over", "unknown field"),
        ("2027-03-01", "soon", "stages[1].content[0].review_by", "year"),
        ("min: 1 hour", "min: 1", "stages[1].time.min", "7 days"),
        ("place: offline", "place: outside", "stages[0].journey.touchpoints[1].place", "unknown variant"),
        ("part_of: ads", "parent: ads", "clusters[1].parent", "unknown field"),
    ] {
        let error = change(from, to);
        assert_eq!(error.path, path, "{error}");
        assert!(error.message.contains(part), "{error}");
    }
}

#[test]
fn findings_name_the_part_to_mend() {
    let long = "x".repeat(601);
    let change = |from: &str, to: &str| {
        assert!(FULL.contains(from), "{from}");
        FunnelDoc::from_yaml(&FULL.replace(from, to)).unwrap_or_else(|error| panic!("{to}: {error}"))
    };
    for (from, to, path) in [
        ("They learn that we exist", long.as_str(), "stages[0].purpose"),
        ("metrics: [traffic, click_rate]", "metrics: [traffic, traffic]", "stages[0].metrics"),
        ("value: 400000", "value: 25%", "goals[0].value"),
        ("value: -10", "value: -101", "goals[1].value"),
        ("{ en: Ads before the holidays, nb: Annonser før ferien }", "''", "stages[0].tactics[0].text"),
        ("title: Yellow teeth?", "title: ''", "stages[0].content[0].title"),
        ("min: 1 hour", "min: 15 days", "stages[1].time"),
        ("- contact.phone", "- phone", "stages[2].gate.requires[0].field"),
        ("- contact.phone", "- consent.treatment", "stages[2].gate.requires[0].field"),
        ("- Visit Held", "- Stage Entered", "stages[2].gate.evidence[0].event"),
        ("times: 2", "times: 0", "stages[2].gate.evidence[1].times"),
        ("[treatment,", "['',", "stages[2].gate.consent[0].purpose"),
        ("{ field: deal.discount, above: 15% }", "{ did: Offer Viewed }", "stages[2].gate.approvals[0].when"),
        ("field: contact.country", "field: country", "personas[0].rule"),
        ("age_max: 45", "age_max: 29", "personas[0].demography.age_min"),
        ("id: search-ads", "id: ads", "clusters[1].id"),
        ("channels: [google-ads], team: search", "channels: []", "clusters[1]"),
        ("email: 2 per week", "email: 0 per week", "caps.email"),
    ] {
        let findings = check(&change(from, to));
        let found = findings.iter().any(|finding| finding.path == path && finding.severity == Severity::Error);
        assert!(found, "{path} is not among {findings:?}");
    }
}

#[test]
fn personas_of_earlier_versions_go_on_being_read() {
    let mut json: Value = serde_json::to_value(full()).unwrap();
    let written = json!([
        { "name": "Kari" },
        { "id": "x", "pains": "yellow teeth", "segment": "country = 'NO'", "age": 38, "goals": ["smile"] },
        {},
        { "id": "x", "goals": ["", "x".repeat(700)] },
    ]);
    json["personas"] = written.clone();
    json["stages"][1]["content"][0]["personas"] = json!([]);
    let doc = FunnelDoc::from_json(&json.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&doc.personas).unwrap(), written);
    let findings = check(&doc);
    assert!(findings.iter().all(|finding| finding.severity == Severity::Advice), "{findings:?}");
    let mut paths: Vec<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
    paths.sort_unstable();
    let old = ["personas[1].age", "personas[1].pains", "personas[1].segment"];
    assert_eq!(paths, [&old[..], &["personas[3].goals[0]", "personas[3].goals[1]", "personas[3].id"]].concat());
    let pains = findings.iter().find(|finding| finding.path.ends_with("pains")).unwrap();
    assert!(pains.message.contains("a sequence"), "{}", pains.message);
}

#[test]
fn people_belong_to_personas_by_their_rules() {
    use crate::condition::{Seen, Subject};
    let doc = full();
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let seen = [Seen { name: "Offer Viewed".to_owned(), at: now, props: serde_json::Map::new() }];
    let belongs = |fields: Value, events: &[Seen]| {
        let fields = fields.as_object().cloned().unwrap();
        let subject = Subject::new(&fields, events, now);
        let ids: Vec<&str> = doc.personas_of(&subject).map(|persona| persona.id.as_str()).collect();
        assert_eq!(doc.personas[0].explain(&subject).unwrap().is_met, !ids.is_empty());
        ids.concat()
    };
    assert_eq!(belongs(json!({"contact.country": "NO"}), &seen), "coffee-lover");
    assert_eq!(belongs(json!({"contact.country": "NO", "contact.tags": ["coffee"]}), &[]), "coffee-lover");
    assert_eq!(belongs(json!({"contact.country": "NO"}), &[]), "");
    assert_eq!(belongs(json!({"contact.country": "SE"}), &seen), "");
}

#[test]
fn documents_of_today_are_written_as_before() {
    let doc = six_stage("main", "NOK".parse().unwrap(), "Europe/Oslo", vec!["nb".parse().unwrap()]);
    let value = serde_json::to_value(&doc).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(keys(&value), of(&["id", "title", "currency", "timezone", "locales", "stages", "channels"]));
    assert_eq!(keys(&value["stages"][0]), of(&["id", "name", "enters_on"]));
}

proptest! {
    /// Whatever a gate, a time limit or the rule of a persona says is kept, and editors take it.
    #[test]
    fn random_documents_are_kept(
        doc in crate::gate::twin::any_doc(),
        rule in crate::condition::tests::any_condition(),
        text in "[^\\p{C}]{1,20}",
    ) {
        let schema = schema();
        let text = Localized::of(&[("nb", text.as_str()), ("en", "x")]);
        let persona = Persona { id: "p".to_owned(), pains: vec![text], rule: Some(rule), ..Persona::default() };
        let locales = vec!["nb".parse().unwrap()];
        let doc = FunnelDoc { personas: vec![persona], locales, ..doc };
        let yaml = doc.to_yaml();
        prop_assert_eq!(&FunnelDoc::from_yaml(&yaml).unwrap(), &doc, "{}", yaml);
        let json = serde_json::to_value(&doc).unwrap();
        prop_assert_eq!(&FunnelDoc::from_json(&json.to_string()).unwrap(), &doc);
        prop_assert_eq!(validator::misfit(&schema, &schema, &json, "$"), None);
        // No document makes the check stumble, and every fix that it offers fits.
        for finding in crate::lint::check(&doc, &crate::lint::facts::Facts::default()) {
            if let Some(fix) = finding.fix {
                prop_assert!(fix.apply(&doc).is_ok(), "{:?}", fix);
            }
        }
    }
}

#[test]
fn editors_get_a_schema_that_fits_what_is_read() {
    let schema = schema();
    let misfit = |value: &Value| validator::misfit(&schema, &schema, value, "$");
    for text in [FULL, include_str!("../../../suppilo/demo/funnel.yaml")] {
        assert_eq!(misfit(&serde_yaml_ng::from_str(text).unwrap()), None);
    }
    let written: Value = serde_yaml_ng::from_str(FULL).unwrap();
    type Break = fn(&mut Value);
    let broken: [Break; 7] = [
        |doc| doc["stages"][0]["enter_on"] = json!("Page Viewed"),
        |doc| doc["stages"][0]["enters_on"] = json!(3),
        |doc| doc["stages"][0]["metrics"][0] = json!("trafic"),
        |doc| doc["stages"][2]["gate"]["evidence"][1]["tims"] = json!(2),
        |doc| doc["stages"][2]["gate"]["approvals"][0]["when"]["equals"] = json!(1),
        |doc| doc["goals"][0]["value"] = json!([]),
        |doc| doc["funnel"] = json!("twice"),
    ];
    for break_it in broken {
        let mut doc = written.clone();
        break_it(&mut doc);
        assert!(misfit(&doc).is_some() && serde_json::from_value::<FunnelDoc>(doc).is_err());
    }
    // No name of a part of the API leads out of the document.
    assert!(!schema.to_string().contains("#/components"));
}
