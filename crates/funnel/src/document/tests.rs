use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn default_doc() -> FunnelDoc {
    six_stage("main", "NOK".parse().unwrap(), "Europe/Oslo", vec!["nb".parse().unwrap(), "en".parse().unwrap()])
}

fn no_props() -> Map<String, Value> {
    Map::new()
}

const CLINIC: &str = r#"
funnel: smile-clinic
title: { en: "Smile clinic", nb: "Smilklinikken" }
currency: NOK
timezone: Europe/Oslo
locales: [nb, en]
personas:
  - { id: coffee-lover, name: "Kari, 38", pains: [yellow teeth] }
stages:
  - id: awareness
    enters_on: Page Viewed
    target: { people: 4000 per month, converts: 10% }
  - id: interest
    name: { nb: Interesse, en: Interest }
    enters_on: { event: Form Submitted, where: { form: [check, call], campaign: 7 } }
    target: { converts: 12.5%, within: 7 days }
    deal: opens
  - { id: action, enters_on: Order Completed, hue: 4, deal: wins }
  - { id: loyalty, enters_on: { event: Order Completed, occurrence: 2 } }
channels:
  - { id: google-ads, kind: paid, targeted: true, utm: { source: google, medium: cpc } }
  - { id: bus-stop, kind: paid, touchpoint: offline, code: SMIL24 }
ladder:
  - { rung: core, offer: braces }
"#;

#[test]
fn a_document_reads_and_writes_back_the_same() {
    let doc = FunnelDoc::from_yaml(CLINIC).unwrap();
    assert_eq!(check(&doc), []);
    assert_eq!(doc.id, "smile-clinic");
    assert_eq!(doc.stages[1].target.unwrap().within, Some(Duration { seconds: 7 * 86_400 }));
    assert_eq!(doc.stages[0].target.unwrap().converts, Some(Rate { basis_points: 1000 }));
    assert_eq!(doc.stages[1].name(&"no".parse().unwrap()), "Interesse");
    assert_eq!(doc.stages[2].name(&"nb".parse().unwrap()), "action");
    assert_eq!(FunnelDoc::from_yaml(&doc.to_yaml()).unwrap(), doc);
    let json = serde_json::to_string(&doc).unwrap();
    assert_eq!(FunnelDoc::from_json(&json).unwrap(), doc);
    assert!(json.contains(r#""enters_on":"Page Viewed""#) && json.contains(r#""people":"4000 per month""#), "{json}");
}

#[test]
fn what_cannot_be_read_is_named_by_its_path() {
    let change = |from: &str, to: &str| {
        assert!(CLINIC.contains(from), "{from}");
        FunnelDoc::from_yaml(&CLINIC.replace(from, to)).unwrap_err()
    };
    for (from, to, path, part) in [
        ("timezone:", "time_zone:", "time_zone", "unknown field `time_zone`"),
        ("occurrence: 2", "occurence: 2", "stages[3].enters_on.occurence", "unknown field"),
        ("enters_on: Page Viewed", "enters_on: 3", "stages[0].enters_on", "the name of an event"),
        ("10%", "10", "stages[0].target.converts", "\"10%\""),
        ("10%", "101%", "stages[0].target.converts", "from 0% to 100%"),
        ("7 days", "soon", "stages[1].target.within", "7 days"),
        ("per month", "monthly", "stages[0].target.people", "4000 per month"),
        ("kind: paid, targeted", "kind: free, targeted", "channels[0].kind", "unknown variant"),
        ("currency: NOK", "currency: kroner", "currency", "not a currency"),
        ("offer: braces", "offer: braces, price: 1", "ladder[0].price", "unknown field"),
        ("deal: wins", "deal: loses", "stages[2].deal", "unknown variant"),
    ] {
        let error = change(from, to);
        assert_eq!(error.path, path, "{error}");
        assert!(error.message.contains(part), "{error}");
    }
    assert!(FunnelDoc::from_json("{} x").is_err() && FunnelDoc::from_yaml("").is_err());
    assert!(FunnelDoc::from_yaml(&"#".repeat(DOCUMENT_BYTES_MAX + 1)).is_err());
}

/// The sketch of the document has parts that the program does not run yet. It must refuse them by name: a
/// silent `automations` would be a promise broken.
#[test]
fn the_sketch_is_refused_at_the_first_part_that_is_not_run_yet() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/example-funnel.yaml");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared/example-funnel.yaml is not there");
        return;
    };
    let error = FunnelDoc::from_yaml(&text).unwrap_err();
    assert_eq!(error.path, "stages[4].gate.approval");
}

#[test]
fn findings_name_what_to_mend() {
    let doc = default_doc();
    assert_eq!(check(&doc), []);
    type Break = fn(&mut FunnelDoc);
    let broken: [(&str, Break); 24] = [
        ("id", |d| d.id = "Main Funnel".to_owned()),
        ("title", |d| d.title = Localized::default()),
        ("title", |d| d.title = Localized::from("x".repeat(81).as_str())),
        ("timezone", |d| d.timezone = "Oslo".to_owned()),
        ("locales", |d| d.locales.clear()),
        ("locales", |d| d.locales = vec!["nb".parse().unwrap(); 2]),
        ("stages", |d| d.stages.truncate(1)),
        ("stages", |d| d.stages = vec![d.stages[0].clone(); 21]),
        ("stages[1].id", |d| d.stages[1].id = d.stages[0].id.clone()),
        ("stages[1].id", |d| d.stages[1].id = "".into()),
        ("stages[1].enters_on", |d| d.stages[1].enters_on = "Page Viewed".into()),
        ("stages[1].enters_on", |d| d.stages[1].enters_on = " ".into()),
        ("stages[3].enters_on", |d| d.stages[3].enters_on = "Stage Entered".into()),
        ("stages[5].enters_on.occurrence", |d| d.stages[5].enters_on.occurrence = 0),
        ("stages[5].enters_on.occurrence", |d| {
            d.stages[5].enters_on.conditions.insert("offer".to_owned(), json!("braces"));
        }),
        ("stages[0].enters_on.where.path", |d| {
            d.stages[0].enters_on.conditions.insert("path".to_owned(), json!({"op": "contains"}));
        }),
        ("stages[0].hue", |d| d.stages[0].hue = Some(10)),
        ("stages[0].deal", |d| d.stages[0].deal = Some(DealEffect::Wins)),
        ("channels[1].id", |d| d.channels[1].id = d.channels[0].id.clone()),
        ("channels[1].utm", |d| d.channels[1].utm = d.channels[0].utm.clone()),
        ("channels[1].code", |d| {
            d.channels[0].code = "SMIL".to_owned();
            d.channels[1].code = "smil".to_owned();
        }),
        ("channels[0].utm", |d| d.channels[0].utm.source = "x".repeat(121)),
        ("ladder[0].offer", |d| {
            d.ladder.push(Rung { rung: "core".to_owned(), offer: "Braces!".to_owned(), stage: None })
        }),
        ("personas", |d| d.personas = vec![Persona::default(); 51]),
    ];
    for (path, break_it) in broken {
        let mut doc = default_doc();
        break_it(&mut doc);
        let findings = check(&doc);
        let found = findings.iter().any(|finding| finding.path == path && finding.severity == Severity::Error);
        assert!(found, "{path} is not among {findings:?}");
    }
}

#[test]
fn a_funnel_without_leads_gets_advice() {
    let mut doc = default_doc();
    doc.stages[1].enters_on = "Booking Made".into();
    let findings = check(&doc);
    assert_eq!((findings.len(), findings[0].severity), (1, Severity::Advice));
    doc.stages[1].deal = Some(DealEffect::Opens);
    assert_eq!(check(&doc), []);
    assert!(doc.opens_deal(&doc.stages[1]) && !doc.opens_deal(&doc.stages[0]));
}

#[test]
fn events_lead_forward_to_the_latest_stage_they_fit() {
    let doc = default_doc();
    let go = |current: Option<&str>, event: &str, occurrence: u32| {
        advance(&doc, current.map(StageId::from).as_ref(), event, &no_props(), occurrence).map(|id| id.0)
    };
    for (current, event, occurrence, wanted) in [
        (None, "Page Viewed", 1, Some("awareness")),
        (None, "Lead Captured", 3, Some("interest")),
        (Some("interest"), "Page Viewed", 9, None),
        (Some("interest"), "Lead Captured", 2, None),
        (Some("interest"), "Offer Viewed", 1, Some("decision")),
        (Some("decision"), "Lead Magnet Downloaded", 1, None),
        (Some("interest"), "Order Completed", 1, Some("action")),
        (Some("interest"), "Order Completed", 2, Some("loyalty")),
        (Some("action"), "Order Completed", 1, None),
        (Some("action"), "Order Completed", 3, Some("loyalty")),
        (Some("loyalty"), "Order Completed", 4, None),
        (Some("removed"), "Lead Captured", 1, Some("interest")),
        (None, "Stage Entered", 1, None),
    ] {
        assert_eq!(go(current, event, occurrence).as_deref(), wanted, "{current:?} {event} {occurrence}");
    }
}

#[test]
fn conditions_compare_as_the_reports_do() {
    let doc = FunnelDoc::from_yaml(CLINIC).unwrap();
    let go = |props: Value| advance(&doc, None, "Form Submitted", props.as_object().unwrap(), 1).is_some();
    assert!(go(json!({"form": "check", "campaign": 7})));
    assert!(go(json!({"form": "call", "campaign": "7", "more": true})));
    assert!(go(json!({"form": "call", "campaign": 7.0})));
    assert!(!go(json!({"form": "call"})));
    assert!(!go(json!({"form": "other", "campaign": 7})));
    let empty = EntersOn { conditions: [("code".to_owned(), Value::Null)].into(), ..EntersOn::from("X") };
    assert!(empty.is_met("X", &no_props(), 1));
    assert!(!empty.is_met("X", json!({"code": 1}).as_object().unwrap(), 1));
}

proptest! {
    /// Whatever happens, nobody ever moves back, and the built-in funnel needs at most six moves.
    #[test]
    fn nobody_moves_back(events in prop::collection::vec(0usize..5, 0..60)) {
        let doc = default_doc();
        let names = ["Page Viewed", "Lead Captured", "Lead Magnet Downloaded", "Offer Viewed", "Order Completed"];
        let mut counts = [0u32; 5];
        let mut current: Option<StageId> = None;
        let mut moves = 0;
        for event in events {
            counts[event] += 1;
            if let Some(next) = advance(&doc, current.as_ref(), names[event], &no_props(), counts[event]) {
                prop_assert!(doc.stage_index(&next) > current.as_ref().and_then(|id| doc.stage_index(id)));
                current = Some(next);
                moves += 1;
            }
        }
        prop_assert!(moves <= 6);
        // The stage reached is the furthest that any of the events alone leads to.
        let furthest = (0..5).filter_map(|event| {
            let led = (counts[event] > 0).then(|| advance(&doc, None, names[event], &no_props(), counts[event]));
            led.flatten().and_then(|id| doc.stage_index(&id))
        }).max();
        prop_assert_eq!(current.and_then(|id| doc.stage_index(&id)), furthest);
    }

    #[test]
    fn targets_read_back_as_written(points in 0u16..=10_000, minutes in 1u32..1_000_000, count: u32) {
        let rate = Rate { basis_points: points };
        prop_assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate));
        let duration = Duration { seconds: minutes * 60 };
        prop_assert_eq!(duration.to_string().parse::<Duration>(), Ok(duration));
        let people = People { count, per: Period::Quarter };
        prop_assert_eq!(people.to_string().parse::<People>(), Ok(people));
    }
}
