use serde_json::json;

use super::*;
use crate::document::FunnelDoc;

const DOC: &str = r#"
id: main
title: Main
currency: NOK
timezone: Europe/Oslo
locales: [en]
stages:
  - { id: interest, enters_on: Lead Captured, time: { min: 1 hour } }
  - { id: talk, enters_on: Meeting Held, time: { max: 2 days, after_max: block } }
  - id: decision
    enters_on: Proposal Viewed
    gate:
      requires: [contact.phone, { field: deal.value, type: money, min: 1000 }]
      evidence: [{ event: Proposal Viewed, where: { version: 2 }, within: 30 days }]
      consent: [{ purpose: treatment, within: 365 days }]
      override: { by: [manager], reason_chars_min: 10 }
  - id: action
    enters_on: Order Completed
    deal: wins
    gate:
      evidence: [{ event: Deposit Paid, undone_by: Deposit Refunded }]
      no_skipping: true
      no_going_back: true
      approvals: [{ when: { field: deal.discount, above: 15% }, by: [manager], four_eyes: true }]
"#;

const DAY_MS: i64 = 86_400_000;

struct Case {
    doc: FunnelDoc,
    stage: Option<StageId>,
    fields: Map<String, Value>,
    approvals: Vec<Approval>,
    events: Vec<Seen>,
    consents: Vec<Consent>,
    /// Days since the deal was opened and entered its stage.
    day: i64,
}

impl Case {
    fn at(stage: &str) -> Self {
        Self {
            doc: FunnelDoc::from_yaml(DOC).unwrap(),
            stage: Some(stage.into()),
            fields: Map::new(),
            approvals: Vec::new(),
            events: Vec::new(),
            consents: Vec::new(),
            day: 1,
        }
    }

    fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    fn event(mut self, name: &str, day: i64, props: Value) -> Self {
        let props = props.as_object().cloned().unwrap_or_default();
        self.events.push(Seen { name: name.to_owned(), at: Timestamp::from_ms(day * DAY_MS), props });
        self
    }

    fn consent(mut self, day: i64, withdrawn: Option<i64>) -> Self {
        let at = |day: i64| Timestamp::from_ms(day * DAY_MS);
        let purpose = "treatment".to_owned();
        self.consents.push(Consent { purpose, given_at: at(day), withdrawn_at: withdrawn.map(at) });
        self
    }

    fn day(mut self, day: i64) -> Self {
        self.day = day;
        self
    }

    fn deal(&self) -> Deal<'_> {
        Deal {
            status: DealStatus::Open,
            stage: self.stage.as_ref(),
            opened_at: Timestamp::from_ms(0),
            entered_at: Timestamp::from_ms(0),
            moved_back_at: None,
            owner: Some("rita"),
            fields: &self.fields,
            approvals: &self.approvals,
        }
    }

    fn known(&self) -> Evidence<'_> {
        Evidence { events: &self.events, consents: &self.consents }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.day * DAY_MS)
    }

    fn go(&self, id: &str, role: Role, to: &str, reason: Option<&str>) -> Decision {
        let wish = Move { to: &to.into(), override_reason: reason };
        may_move(&self.doc, &self.deal(), &self.known(), &Mover { id, role: Some(role) }, &wish, self.now())
    }

    /// What is in the way of a rep, in JSON: what the API will say.
    fn blocks(&self, to: &str) -> Value {
        match self.go("rita", Role::Rep, to, None) {
            Decision::Blocked { reasons } => reasons.iter().map(|block| json!([block.stage, block.reason])).collect(),
            other => json!(format!("{other:?}")),
        }
    }
}

/// A deal for which every gate is open.
fn ready(stage: &str) -> Case {
    Case::at(stage)
        .field("contact.phone", json!("22 33 44 55"))
        .field("deal.value", json!(5000))
        .event("Proposal Viewed", 0, json!({"version": 2}))
        .event("Deposit Paid", 1, json!({}))
        .consent(0, None)
}

#[test]
fn all_that_is_missing_is_said_at_once() {
    let blocks = Case::at("talk").field("deal.value", json!(999)).blocks("decision");
    let wanted = json!([
        ["decision", {"kind": "field_missing", "field": "contact.phone", "label": "", "value_kind": null, "one_of": []}],
        ["decision", {"kind": "field_wrong", "field": "deal.value", "label": "", "value": 999,
            "fault": {"kind": "below_min", "min": 1000}}],
        ["decision", {"kind": "event_missing", "event": "Proposal Viewed", "where": {"version": 2}, "times": 0,
            "needed": 1, "counts_since": "1970-01-01T00:00:00.000Z", "last_at": null, "undone_at": null}],
        ["decision", {"kind": "consent_missing", "purpose": "treatment", "given_at": null, "withdrawn_at": null,
            "expired_at": null}],
    ]);
    assert_eq!(blocks, wanted);
    assert!(ready("talk").go("rita", Role::Rep, "decision", None).is_allowed());
}

#[test]
fn evidence_and_consents_must_be_current() {
    let kinds = |case: Case, to: &str| {
        let blocks = case.blocks(to);
        let list = blocks.as_array().unwrap_or_else(|| panic!("{blocks}")).clone();
        list.iter().map(|block| block[1]["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let old = Case { events: Vec::new(), ..ready("decision") };
    assert_eq!(
        kinds(Case { stage: Some("interest".into()), ..old }.event("Proposal Viewed", 1, json!({})), "decision"),
        ["event_missing"]
    );
    assert_eq!(kinds(ready("interest").day(31), "decision"), ["event_missing"]);
    assert_eq!(kinds(ready("interest").consent(0, Some(1)), "decision"), ["consent_missing"]);
    assert_eq!(kinds(ready("talk").day(3), "decision"), ["overdue"]);
    assert_eq!(kinds(ready("decision").event("Deposit Refunded", 1, json!({})), "action"), ["event_missing"]);
    assert!(
        ready("decision").event("Deposit Refunded", 0, json!({})).go("rita", Role::Rep, "action", None).is_allowed()
    );
    assert_eq!(kinds(Case { day: 0, ..ready("interest") }, "talk"), ["too_early"]);
}

#[test]
fn nobody_jumps_over_a_gate() {
    let blocks = ready("interest").blocks("action");
    assert_eq!(blocks, json!([["action", {"kind": "skipping", "through": ["talk", "decision"]}]]));
    let without = Case { fields: Map::new(), ..ready("decision") };
    assert!(without.go("rita", Role::Rep, "action", None).is_allowed(), "the gate of a stage behind is passed already");
    let fresh = Case { stage: None, ..ready("talk") };
    let through = json!([
        ["talk", {"kind": "skipping", "through": ["interest"]}],
        ["action", {"kind": "skipping", "through": ["interest", "talk", "decision"]}],
    ]);
    assert_eq!(fresh.blocks("action"), through);
    assert!(fresh.go("rita", Role::Rep, "interest", None).is_allowed());
    assert_eq!(ready("action").blocks("decision"), json!([["action", {"kind": "no_going_back"}]]));
    assert!(ready("decision").go("rita", Role::Rep, "talk", None).is_allowed());
    assert_eq!(ready("decision").go("rita", Role::Rep, "decision", None), Decision::Already);
    assert_eq!(ready("decision").blocks("nirvana")[0][1]["kind"], "unknown_stage");
}

#[test]
fn a_discount_takes_four_eyes_and_holds_for_that_discount_only() {
    let mut case = ready("decision").field("deal.discount", json!(20));
    let missing = json!([["action", {"kind": "approval_missing", "rule": 0, "by": ["manager"], "four_eyes": true,
        "void": null}]]);
    assert_eq!(case.blocks("action"), missing);
    let approve = |case: &Case, id: &str, role: Role| {
        approve(&case.doc, &case.deal(), &Mover { id, role: Some(role) }, &"action".into(), case.now())
    };
    assert_eq!(approve(&case, "rolf", Role::Rep), Err(ApproveError::RoleMayNot));
    assert_eq!(approve(&case, "rita", Role::Manager), Err(ApproveError::OwnDeal));
    let given = approve(&case, "max", Role::Manager).unwrap();
    assert_eq!(Value::Object(given.fields.clone()), json!({"deal.value": 5000, "deal.discount": 20}));
    case.approvals.push(given);
    assert!(case.go("rita", Role::Rep, "action", None).is_allowed());
    assert!(!case.go("max", Role::Manager, "action", None).is_allowed(), "who approves does not move");
    let came_later = Deal { entered_at: Timestamp::from_ms(DAY_MS + 1), ..case.deal() };
    let wish = Move { to: &"action".into(), override_reason: None };
    let (mover, later) = (Mover { id: "rita", role: Some(Role::Rep) }, Timestamp::from_ms(DAY_MS + 2));
    let Decision::Blocked { reasons } = may_move(&case.doc, &came_later, &case.known(), &mover, &wish, later) else {
        panic!("an approval is for the next move only");
    };
    assert!(matches!(reasons[0].reason, Reason::ApprovalMissing { void: Some(ApprovalVoid::TooOld), .. }));
    let case = case.field("deal.discount", json!(40));
    assert_eq!(case.blocks("action")[0][1]["void"], "deal_changed");
    let small = ready("decision").field("deal.discount", json!("15 %"));
    assert_eq!(approve(&small, "max", Role::Manager), Err(ApproveError::NothingToApprove));
    assert!(small.go("rita", Role::Rep, "action", None).is_allowed());
}

#[test]
fn a_gate_says_who_may_override_it_and_consent_says_nobody() {
    let case = Case { fields: Map::new(), ..ready("talk") };
    let Decision::Blocked { reasons } = case.go("rita", Role::Rep, "decision", None) else { panic!() };
    assert_eq!(reasons[0].override_by, [Role::Owner, Role::Admin, Role::Manager]);
    assert_eq!(reasons[0].override_chars_min, 10);
    let because = Some("the phone is broken");
    assert!(!case.go("rita", Role::Rep, "decision", because).is_allowed());
    assert!(!case.go("max", Role::Manager, "decision", Some("because")).is_allowed());
    let Decision::Allowed { overridden } = case.go("max", Role::Manager, "decision", because) else { panic!() };
    assert_eq!(overridden.len(), 2);
    let case = Case { consents: Vec::new(), ..case };
    assert!(!case.go("ola", Role::Owner, "decision", because).is_allowed());
}

#[test]
fn deals_move_by_themselves_once_the_last_thing_is_there() {
    let case = Case::at("interest").event("Proposal Viewed", 1, json!({"version": 2}));
    let arrival = advance_through(&case.doc, &case.deal(), &case.known(), case.now());
    assert_eq!((arrival.moves, arrival.held), (vec![], Some("decision".into())));
    assert_eq!(arrival.reasons.len(), 3);
    let case = ready("interest").event("Order Completed", 1, json!({}));
    let arrival = advance_through(&case.doc, &case.deal(), &case.known(), case.now());
    assert_eq!(arrival.moves, ["decision".into(), "action".into()], "one after the other");
    assert_eq!((arrival.held, arrival.reasons.len()), (None, 0));
    let back = Deal { moved_back_at: Some(Timestamp::from_ms(2 * DAY_MS)), ..case.deal() };
    let later = Timestamp::from_ms(3 * DAY_MS);
    assert_eq!(advance_through(&case.doc, &back, &case.known(), later), Arrival::default());
}

#[test]
fn a_deal_is_not_won_around_the_gates() {
    let win = |case: &Case, reason| {
        let mover = Mover { id: "rita", role: Some(Role::Rep) };
        may_win(&case.doc, &case.deal(), &case.known(), &mover, reason, case.now()).is_allowed()
    };
    assert!(!win(&ready("talk"), None) && win(&ready("decision"), None) && win(&Case::at("action"), None));
    assert!(!win(&Case::at("decision"), None));
    let mut unmarked = Case::at("talk");
    unmarked.doc.stages[3].deal = None;
    assert_eq!(winning_stage(&unmarked.doc).unwrap().id, "action".into());
    unmarked.doc.stages[3].enters_on = "Paid".into();
    assert!(winning_stage(&unmarked.doc).is_none() && !win(&unmarked, None));
}

#[test]
fn fields_are_of_their_kind() {
    use crate::document::{Requirement, ValueKind as K};
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let fits = |rule: &Requirement, value: Value| {
        let fields = Map::from_iter([("deal.f".to_owned(), value)]);
        fields::block(rule, &fields, now).is_none()
    };
    let of = |kind: K| Requirement { field: "deal.f".to_owned(), kind: Some(kind), ..Requirement::default() };
    for (kind, good, bad) in [
        (K::Text, json!("x"), json!(3)),
        (K::Number, json!("12.5"), json!("twelve")),
        (K::Money, json!(1), json!(0)),
        (K::Date, json!("2026-02-28"), json!("2026-02-30")),
        (K::Date, json!("2026-02-28T10:00:00Z"), json!("2026-02-28 at ten")),
        (K::FutureDate, json!("2026-11-22"), json!("2026-11-20")),
        (K::FutureDate, json!("2026-11-22T10:00:00Z"), json!("2026-11-22T09:59:59Z")),
        (K::Yes, json!(true), json!(false)),
        (K::Email, json!("kari@example.no"), json!("kari")),
        (K::Phone, json!("+47 22 33 44 55"), json!("ring meg")),
    ] {
        assert!(fits(&of(kind), good), "{kind:?}");
        assert!(!fits(&of(kind), bad), "{kind:?}");
    }
    let rule = |text: &str| serde_yaml_ng::from_str::<Requirement>(text).unwrap();
    assert!(!fits(&rule("deal.f"), json!(" ")) && fits(&rule("deal.f"), json!(false)));
    assert!(!fits(&rule("{ field: deal.f, chars_min: 3 }"), json!("ab ")));
    assert!(fits(&rule("{ field: deal.f, one_of: [a, 3] }"), json!("3")));
    assert!(!fits(&rule("{ field: deal.f, one_of: [a, 3] }"), json!("b")));
    assert!(
        !fits(&rule("{ field: deal.f, max: 3 }"), json!(4)) && !fits(&rule("{ field: deal.f, max: 3 }"), json!("x"))
    );
}

#[test]
fn what_is_in_the_way_is_said_in_the_readers_language() {
    let doc = FunnelDoc::from_yaml(DOC).unwrap();
    let say = |reason: Reason, locale: &str| reason.text(&doc, &locale.parse().unwrap());
    let at = Timestamp::from_ms(20_000 * DAY_MS);
    let event_of = |needed, times, last_at, undone_at| Reason::EventMissing {
        event: "Deposit Paid".to_owned(),
        conditions: Default::default(),
        times,
        needed,
        counts_since: Some(at),
        last_at,
        undone_at,
    };
    let event = |times, last_at, undone_at| event_of(2, times, last_at, undone_at);
    let consent = |withdrawn_at, expired_at| Reason::ConsentMissing {
        purpose: "treatment".to_owned(),
        given_at: None,
        withdrawn_at,
        expired_at,
    };
    let approval = |void| Reason::ApprovalMissing { rule: 0, by: vec![Role::Manager], four_eyes: true, void };
    let wrong = |fault| Reason::FieldWrong {
        field: "deal.close_date".to_owned(),
        label: Default::default(),
        value: Value::Null,
        fault,
    };
    let label = crate::localized::Localized::of(&[("nb", "Behov"), ("en", "Need")]);
    let missing = Reason::FieldMissing { field: "deal.need".to_owned(), label, value_kind: None, one_of: Vec::new() };
    let early = at.plus_ms(-1);
    for (reason, nb) in [
        (missing, "Fyll ut: Behov."),
        (wrong(FieldFault::Past), "Avslutningsdato: denne dagen er passert. Velg en senere."),
        (wrong(FieldFault::BelowMin { min: 10.into() }), "Avslutningsdato: minst 10."),
        (event_of(1, 0, None, None), "Venter på: Depositum betalt."),
        (event(1, Some(at), None), "Depositum betalt mangler (1 av 2)."),
        (event(0, Some(early), None), "Depositum betalt fra 4. oktober 2024 gjelder ikke lenger."),
        (event(0, Some(early), Some(at)), "Depositum betalt ble trukket tilbake 4. oktober 2024."),
        (consent(None, None), "Samtykket treatment mangler."),
        (consent(Some(at), None), "Samtykket treatment ble trukket tilbake 4. oktober 2024."),
        (consent(None, Some(at)), "Samtykket treatment gikk ut 4. oktober 2024: be om det på nytt."),
        (
            Reason::Skipping { through: vec!["talk".into(), "decision".into()] },
            "Gå gjennom disse først: talk, decision.",
        ),
        (Reason::TooEarly { until: at }, "Vent til 4. oktober 2024 kl.\u{a0}02:00."),
        (Reason::Overdue { since: at }, "Forfalt siden 4. oktober 2024."),
        (approval(None), "Må godkjennes av: salgsleder."),
        (
            approval(Some(ApprovalVoid::DealChanged)),
            "Avtalen er endret siden den ble godkjent. Spør igjen: salgsleder.",
        ),
        (approval(Some(ApprovalVoid::SameEyes)), "En annen må godkjenne dette: salgsleder."),
        (Reason::OverrideReasonShort { chars_min: 10 }, "Skriv hvorfor med minst 10 tegn."),
    ] {
        assert_eq!(say(reason.clone(), "nb"), nb);
        for locale in ["en", "sv", "da", "fi"] {
            let text = say(reason.clone(), locale);
            let is_same = text == nb && ["en", "fi"].contains(&locale);
            assert!(!text.contains(['{', '}']) && !is_same, "{locale}: {text}");
        }
    }
}

/// A field is called by what its gate says, else by the company's own label, else by what the program calls it, else as
/// it is written.
#[test]
fn a_field_is_called_as_people_call_it() {
    let doc = FunnelDoc::from_yaml(DOC).unwrap();
    let label = |text: &str| crate::localized::Localized::of(&[("nb", text), ("en", "Else")]);
    let labels: Labels = [("deal.need".to_owned(), label("Behov")), ("deal.value".to_owned(), label("Summen"))].into();
    let say = |field: &str, own: crate::localized::Localized, locale: &str| {
        let (field, one_of) = (field.to_owned(), Vec::new());
        let reason = Reason::FieldMissing { field, label: own, value_kind: None, one_of };
        let block = Block { stage: "talk".into(), reason, override_by: Vec::new(), override_chars_min: 0 };
        block.labelled(&labels).text(&doc, &locale.parse().unwrap())
    };
    for (field, own, locale, wanted) in [
        ("deal.need", label("Hva de trenger"), "nb", "Fyll ut: Hva de trenger."),
        ("deal.need", Default::default(), "nb", "Fyll ut: Behov."),
        ("deal.need", Default::default(), "en", "Fill in: Else."),
        ("deal.value", Default::default(), "nb", "Fyll ut: Summen."),
        ("deal.discount", Default::default(), "nb", "Fyll ut: Rabatt."),
        ("contact.email", Default::default(), "fi", "Täytä: Sähköpostiosoite."),
        ("company.name", Default::default(), "sv", "Fyll i: Företag."),
        ("deal.close_date", Default::default(), "de", "Fill in: Closing date."),
        ("deal.room_count", Default::default(), "da", "Udfyld: room count."),
    ] {
        assert_eq!(say(field, own, locale), wanted, "{field} {locale}");
    }
}

/// No field that a shipped gate asks for, and no event that it waits for, is called by its raw name.
#[test]
fn shipped_gates_ask_in_words() {
    use crate::format::Language;
    for template in crate::template::templates() {
        let doc = template.document().unwrap();
        for gate in doc.stages.iter().filter_map(|stage| stage.gate.as_ref()) {
            for rule in &gate.requires {
                let plain = rule.field.split_once('.').unwrap().1;
                let called = names::name(&rule.field, &rule.label, &"fi".parse().unwrap());
                assert_ne!(called, plain.replace('_', " "), "{} {}", template.id, rule.field);
            }
            for rule in &gate.evidence {
                assert_ne!(names::event(&rule.event, Language::Nb), rule.event, "{}", template.id);
            }
        }
    }
}

/// A deal that stood at one stage stands at another when the next version runs.
#[test]
fn a_new_version_takes_no_deal_past_a_gate() {
    let doc = |stages: &str| {
        let stage = |text: &str| match text.strip_suffix('!') {
            Some(id) => format!("  - {{ id: {id}, enters_on: E {id}, gate: {{ requires: [deal.need] }} }}\n"),
            None => format!("  - {{ id: {text}, enters_on: E {text} }}\n"),
        };
        let stages: String = stages.split(' ').map(stage).collect();
        let head = "id: main\ntitle: Main\ncurrency: NOK\ntimezone: UTC\nlocales: [en]\nstages:\n";
        FunnelDoc::from_yaml(&format!("{head}{stages}")).unwrap()
    };
    for (old, from, new, to, gate) in [
        ("a b! c", "a", "a b! c", "a", None),
        ("a b! c", "a", "a b! c", "c", Some("b")),
        ("a b! c", "c", "a b! c", "a", None),
        // Called otherwise.
        ("a b! c", "a", "x b! c", "x", None),
        ("a b! c", "b", "a y! c", "y", None),
        // Gone: those who stood there stand before its gate or behind it.
        ("a b c! d", "b", "a c! d", "a", None),
        ("a b c! d", "b", "a c! d", "c", Some("c")),
        ("a b c! d", "b", "a c! d", "d", Some("c")),
        // Stages change places.
        ("a b! c", "a", "b! a c", "a", Some("b")),
        ("a b! c", "c", "b! a c", "c", None),
        // A gate that is new where they were already, or are told to go.
        ("a b c", "b", "a! b! c", "b", None),
        ("a b c", "b", "a b vip! c", "vip", Some("vip")),
        // The stage that they stood in was gone before, and is back behind a gate.
        ("a c!", "b", "a c! b", "b", Some("c")),
        ("a c!", "b", "b a c!", "b", None),
    ] {
        let (old, new) = (doc(old), doc(new));
        let found = jumped(&old, &from.into(), &new, &to.into()).map(|stage| stage.id.as_str());
        assert_eq!(found, gate, "{from} -> {to}");
    }
}
