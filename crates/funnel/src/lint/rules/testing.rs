//! A funnel, its content and its figures in which the check finds nothing, for the tests of the rules.

use base::Money;

use crate::document::FunnelDoc;
use crate::format::Language;
pub(in crate::lint) use crate::lint::facts::Facts;
use crate::lint::facts::{Automation, Content, Form, Measured, Message, Offer, Page, StageMeasured};
use crate::lint::{Finding, Report, Rule};

const DOC: &str = r#"
id: smile-clinic
title: { en: Smile clinic, nb: Smilklinikken }
currency: NOK
timezone: Europe/Oslo
locales: [nb, en]
caps: { email: 2 per week }
personas:
  - { id: kari, name: Kari, rule: { field: contact.age, above: 30 } }
  - { id: per, name: Per, rule: { field: contact.age, at_most: 30 } }
clusters:
  - { id: ads, channels: [google-ads], stages: [visit], owner: marketing }
  - { id: search, part_of: ads, channels: [google-ads] }
channels:
  - { id: google-ads, kind: paid, targeted: true, utm: { source: google, medium: cpc } }
stages:
  - id: visit
    name: { en: Visit, nb: Besøk }
    enters_on: Page Viewed
    owner: marketing
    target: { converts: 10% }
    metrics: [traffic]
    tactics: [ { text: Search ads, channel: google-ads } ]
    content: [ { kind: page, id: home } ]
  - id: lead
    name: { en: Lead, nb: Henvendelse }
    enters_on: Lead Captured
    owner: marketing
    metrics: [leads]
    target: { converts: 45% }
    reward: A free check
    tactics: [ { text: A free check } ]
    content:
      - { kind: page, id: free-check, review_by: 2026-12-01 }
      - { kind: automation, id: warm-up, personas: [kari] }
  - id: talk
    enters_on: Meeting Held
    owner: sales
    metrics: [conversion]
    content: [ { kind: script, title: The first talk } ]
    gate: { requires: [contact.phone] }
  - id: order
    enters_on: Order Completed
    owner: sales
    metrics: [sales]
    deal: wins
    content: [ { kind: offer, id: braces } ]
    gate: { evidence: [Deposit Paid] }
  - id: again
    enters_on: { event: Order Completed, occurrence: 2 }
    owner: clinic
    metrics: [repeat_rate]
    tactics: [ { text: A reminder after half a year } ]
    loops_to: visit
ladder:
  - { rung: lead-magnet, offer: free-check, stage: lead }
  - { rung: tripwire, offer: whitening-kit, stage: lead }
  - { rung: core, offer: braces, stage: talk }
  - { rung: additional, offer: care-plan, stage: again }
"#;

pub(in crate::lint) fn doc() -> FunnelDoc {
    FunnelDoc::from_yaml(DOC).unwrap()
}

pub(in crate::lint) fn none() -> Facts<'static> {
    Facts::default()
}

pub(in crate::lint) fn nok(minor: i64) -> Money {
    Money::new(minor, "NOK".parse().unwrap())
}

pub(in crate::lint) fn content() -> Content {
    let day = |text: &str| Some(text.parse().unwrap());
    let offer = |id: &str, price: i64| Offer { id: id.to_owned(), price: Some(nok(price)), ..Offer::default() };
    let page = |id: &str, offer: &str| Page { id: id.to_owned(), offer: offer.to_owned(), ..Page::default() };
    let events = ["Page Viewed", "Lead Captured", "Meeting Held", "Deposit Paid", "Order Completed"];
    Content {
        pages: vec![
            Page {
                forms: vec![Form { required_fields: 2, asks_consent: true, gives_something: true }],
                ..page("free-check", "")
            },
            page("braces", "braces"),
            page("home", ""),
        ],
        offers: vec![
            offer("free-check", 0),
            offer("whitening-kit", 99_000),
            Offer {
                unit_cost: Some(nok(1_500_000)),
                discount: Some("10%".parse().unwrap()),
                market: Some((nok(2_000_000), nok(3_000_000))),
                guarantee: Some(crate::document::Duration::days(30)),
                ..offer("braces", 2_490_000)
            },
            offer("care-plan", 19_900),
        ],
        messages: vec![Message {
            id: "welcome".to_owned(),
            is_marketing: true,
            locales: vec!["nb".parse().unwrap(), "en".parse().unwrap()],
            review_by: day("2026-12-01"),
            ..Message::default()
        }],
        automations: vec![Automation {
            id: "warm-up".to_owned(),
            sends: [1, 3, 10].map(|days| ("welcome".to_owned(), crate::document::Duration::days(days))).into(),
            starts: Vec::new(),
        }],
        events_seen: events.map(str::to_owned).to_vec(),
    }
}

/// 1,000 people, 200 leads, 100 talks, 20 sales of 10,000.
pub(in crate::lint) fn measured() -> Measured {
    let stages = [("visit", 1_000, 200), ("lead", 200, 100), ("talk", 100, 20), ("order", 20, 2), ("again", 2, 0)];
    let stage = |(id, entered, went_on): (&str, u64, u64)| StageMeasured {
        stage: id.into(),
        entered,
        went_on,
        median_time: None,
    };
    Measured { days: 30, stages: stages.map(stage).into(), sale_value: Some(nok(1_000_000)) }
}

/// What one rule finds.
pub(in crate::lint) fn found(rule: &'static Rule, doc: &FunnelDoc, facts: &Facts<'_>) -> Vec<Finding> {
    let mut report = Report { doc, facts, rule, findings: Vec::new() };
    (rule.find)(&mut report);
    report.findings
}

/// A rule finds nothing in the good example and exactly one thing in the bad one, there; all texts are complete in each
/// language; and where it has a fix, the fix mends it and leaves a document that can be published.
pub(in crate::lint) fn holds(
    rule: &'static Rule,
    good: (&FunnelDoc, &Facts<'_>),
    bad: (&FunnelDoc, &Facts<'_>),
    path: &str,
) -> Finding {
    assert_eq!(found(rule, good.0, good.1), []);
    let findings = found(rule, bad.0, bad.1);
    let paths: Vec<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, [path], "{findings:#?}");
    let finding = findings[0].clone();
    for language in Language::ALL {
        let text = finding.text(&language.code().parse().unwrap());
        for part in [&text.what, &text.why, &text.mend] {
            assert!(!part.is_empty() && !part.contains(['{', '}']), "{part}");
        }
    }
    if let Some(fix) = &finding.fix {
        let fixed = fix.apply(bad.0).unwrap();
        assert_eq!(found(rule, &fixed, bad.1), [], "the fix of {path} mends nothing");
        let refused = |finding: &crate::page::Finding| finding.severity == crate::page::Severity::Error;
        assert!(!crate::document::check(&fixed).iter().any(refused), "{:?}", crate::document::check(&fixed));
    }
    finding
}
