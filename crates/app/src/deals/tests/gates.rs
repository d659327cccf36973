//! Ways around a gate that were tried, each by its name.

use funnel::document::{FunnelDoc, Gate, StageId};
use serde_json::{Value, json};

use super::*;
use crate::permission::Role;

/// The six stages, with gates written as in a document.
async fn gated(test: &TestApp, gates: &[(usize, Value)]) -> Id<id::Funnel> {
    let first = funnels::list(&test.app, &test.owner).await.unwrap().remove(0);
    let mut document = first.document;
    for (index, gate) in gates {
        document.stages[*index].gate = Some(serde_json::from_value::<Gate>(gate.clone()).unwrap());
    }
    publish(test, first.id, document, OpenDeals::default()).await.unwrap();
    first.id
}

async fn publish(test: &TestApp, id: Id<id::Funnel>, document: FunnelDoc, deals: OpenDeals) -> crate::Result<()> {
    let change = FunnelChange { document, base_version: None, message: String::new(), source: None, deals };
    funnels::publish(&test.app, &test.owner, id, change).await.map(drop)
}

fn go(stage: &str) -> DealMove {
    DealMove { stage: stage.to_owned(), reason: String::new(), override_reason: None, locale: None }
}

fn passing(stage: &str, why: &str) -> DealMove {
    DealMove { override_reason: Some(why.to_owned()), ..go(stage) }
}

fn won() -> DealClose {
    DealClose { outcome: DealOutcome::Won, reason: String::new(), override_reason: None, locale: None }
}

fn patch(json: Value) -> DealPatch {
    serde_json::from_value(json).unwrap()
}

fn needs() -> Value {
    json!({"requires": ["deal.need"], "override": {"by": ["manager"], "reason_chars_min": 10}})
}

async fn stage(test: &TestApp, id: Id<id::Deal>) -> String {
    get(&test.app, &test.owner, id, None).await.unwrap().deal.stage
}

#[tokio::test]
async fn no_way_by_hand_leads_around_a_gate() {
    for test in testing::all().await {
        gated(&test, &[(3, needs())]).await;
        let (app, owner) = (&test.app, &test.owner);
        let rep = test.actor(Role::Rep).await;
        let kari = contact(&test, "Kari").await;
        let deal = create(app, &rep, new(kari)).await.unwrap();
        for (way, refused) in [
            ("one step", move_to(app, &rep, deal.id, go("decision")).await),
            ("a jump", move_to(app, &rep, deal.id, go("action")).await),
            ("a jump to the end", move_to(app, owner, deal.id, go("loyalty")).await),
            ("winning at once", end(app, &rep, deal.id, won()).await),
            ("beginning behind it", create(app, &rep, NewDeal { stage: Some("action".to_owned()), ..new(kari) }).await),
            ("a rep's reason", move_to(app, &rep, deal.id, passing("decision", "they are in a hurry")).await),
        ] {
            let AppError::GateShut(shut) = refused.unwrap_err() else { panic!("{way} on {}", test.name) };
            assert!(shut.reasons().iter().any(|reason| reason.text == "Fill in: need."), "{way} on {}", test.name);
        }
        assert_eq!(
            code(move_to(app, owner, deal.id, passing("decision", "short")).await.unwrap_err()),
            "shut decision"
        );
        // Lost and opened again it stands where it stood.
        let lost = DealClose { outcome: DealOutcome::Lost, ..won() };
        end(app, &rep, deal.id, lost).await.unwrap();
        assert_eq!(open_again(app, &rep, deal.id).await.unwrap().stage, "interest");
        assert_eq!(code(move_to(app, &rep, deal.id, go("decision")).await.unwrap_err()), "shut decision");
        // What is filled in opens it.
        update(app, &rep, deal.id, patch(json!({"fields": {"need": "braces"}}))).await.unwrap();
        assert_eq!(move_to(app, &rep, deal.id, go("decision")).await.unwrap().stage, "decision");
        assert_eq!(end(app, &rep, deal.id, won()).await.unwrap().status, DealStatus::Won);
    }
}

#[tokio::test]
async fn who_may_lets_a_deal_pass_and_it_is_written_down() {
    for test in testing::all().await {
        gated(&test, &[(3, needs())]).await;
        let manager = test.actor(Role::Manager).await;
        let kari = contact(&test, "Kari").await;
        let deal = create(&test.app, &manager, new(kari)).await.unwrap();
        let moved = move_to(&test.app, &manager, deal.id, passing("decision", " they are in a hurry ")).await.unwrap();
        assert_eq!(moved.stage, "decision");
        let change = get(&test.app, &manager, deal.id, None).await.unwrap().history.remove(0);
        assert_eq!((change.reason.as_str(), change.overridden.len()), ("they are in a hurry", 1));
        let entries = crate::audit::newest(&test.app, &test.owner, Some(&deal.id.to_string())).await.unwrap();
        let entry = entries.iter().find(|entry| entry.action == "deal.override").unwrap();
        assert_eq!(entry.detail["reason"], "they are in a hurry");
        assert_eq!(entry.detail["overridden"][0]["reason"]["field"], "deal.need", "{}", test.name);
    }
}

#[tokio::test]
async fn a_field_of_the_companys_own_is_not_one_that_the_program_keeps() {
    let test = testing::sqlite().await;
    gated(&test, &[(3, json!({"requires": [{"field": "deal.value", "type": "money"}, "contact.phone"]}))]).await;
    let (app, owner) = (&test.app, &test.owner);
    let kari = contact(&test, "Kari").await;
    let deal = create(app, owner, new(kari)).await.unwrap();
    for (fields, wanted) in [
        (json!({"value": 100}), "fields.value:name"),
        (json!({"Need": 1}), "fields.Need:name"),
        (json!({"x".repeat(65): 1}), &*format!("fields.{}:name", "x".repeat(65))),
        (json!({"a": "x".repeat(FIELDS_BYTES_MAX)}), "fields:too_long"),
    ] {
        assert_eq!(code(update(app, owner, deal.id, patch(json!({"fields": fields}))).await.unwrap_err()), wanted);
    }
    for discount in [json!(-1), json!(100.5), json!(12.345)] {
        let refused = update(app, owner, deal.id, patch(json!({"discount": discount}))).await.unwrap_err();
        assert_eq!(code(refused), "discount:range");
    }
    // A trait called like a field of the contact's opens nothing either.
    let traits =
        ContactChange { traits: json!({"phone": "22334455"}).as_object().cloned(), ..ContactChange::default() };
    contacts::update(app, owner, kari, traits).await.unwrap();
    update(app, owner, deal.id, patch(json!({"value": {"minor": 100, "currency": "NOK"}}))).await.unwrap();
    assert_eq!(code(move_to(app, owner, deal.id, go("decision")).await.unwrap_err()), "shut decision");
}

fn big_discount() -> Value {
    json!({"approvals": [{"when": {"field": "deal.discount", "above": "15%"}, "by": ["manager"], "four_eyes": true}],
        "override": {"by": ["manager"]}})
}

#[tokio::test]
async fn four_eyes_stay_four() {
    for test in testing::all().await {
        gated(&test, &[(3, big_discount())]).await;
        let app = &test.app;
        let (manager, rep) = (test.actor(Role::Manager).await, test.actor(Role::Rep).await);
        let kari = contact(&test, "Kari").await;
        let to = || NewApproval { stage: "decision".to_owned() };
        let own = create(app, &manager, NewDeal { discount: Some(20.0), ..new(kari) }).await.unwrap();
        assert_eq!(code(approve(app, &manager, own.id, to()).await.unwrap_err()), "approval_refused");
        let refused = move_to(app, &manager, own.id, passing("decision", "it is mine")).await.unwrap_err();
        assert_eq!(code(refused), "shut decision", "nobody overrides what somebody else should approve");
        let key = Actor::key(app.new_id(), Role::Owner);
        assert_eq!(code(approve(app, &key, own.id, to()).await.unwrap_err()), "approval_refused");

        let deal = create(app, &rep, NewDeal { discount: Some(20.0), ..new(kari) }).await.unwrap();
        assert_eq!(code(approve(app, &rep, deal.id, to()).await.unwrap_err()), "approval_refused");
        let asked = ApprovalRequest { stage: "decision".to_owned(), note: "a friend".to_owned() };
        let asked = ask(app, &rep, deal.id, asked).await.unwrap().approval_asked.unwrap();
        assert_eq!((asked.stage.as_str(), asked.note.as_str()), ("decision", "a friend"));
        assert!(approve(app, &manager, deal.id, to()).await.unwrap().approval_asked.is_none());
        // A larger discount than was approved, and back.
        update(app, &rep, deal.id, patch(json!({"discount": 30}))).await.unwrap();
        assert_eq!(code(move_to(app, &rep, deal.id, go("decision")).await.unwrap_err()), "shut decision");
        update(app, &rep, deal.id, patch(json!({"discount": 20}))).await.unwrap();
        assert_eq!(move_to(app, &rep, deal.id, go("decision")).await.unwrap().stage, "decision");
        // The approval was for that move: back and forth it counts no more.
        test.clock.advance_ms(1);
        move_to(app, &rep, deal.id, go("interest")).await.unwrap();
        assert_eq!(
            code(move_to(app, &rep, deal.id, go("decision")).await.unwrap_err()),
            "shut decision",
            "{}",
            test.name
        );
    }
}

#[tokio::test]
async fn deals_move_by_themselves_when_what_was_missing_comes() {
    for test in testing::all().await {
        let gate = json!({"requires": ["contact.phone"], "evidence": [{"event": "Deposit Paid", "undone_by": "Deposit Refunded"}],
            "consent": ["marketing"]});
        gated(&test, &[(3, gate)]).await;
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari").await;
        did(&test, kari, "Lead Captured", json!({})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        did(&test, kari, "Offer Viewed", json!({})).await;
        let held = deals_of(&test, kari).await.remove(0);
        assert_eq!(
            (held.stage.as_str(), held.held.map(|held| held.count)),
            ("interest", None),
            "the next stage has no gate"
        );
        let gates = gates(app, owner, deal.id, GateQuery::default()).await.unwrap();
        let decision = gates.stages.iter().find(|gate| gate.stage == "decision").unwrap();
        assert_eq!((decision.is_open, decision.reasons.len()), (false, 3));
        did(&test, kari, "Deposit Paid", json!({})).await;
        let phone = ContactChange { phone: Some("22 33 44 55".to_owned()), ..ContactChange::default() };
        contacts::update(app, owner, kari, phone).await.unwrap();
        test.settle().await;
        assert_eq!(stage(&test, deal.id).await, "interest");
        did(&test, kari, "Deposit Refunded", json!({})).await;
        agree(&test, kari, true).await;
        assert_eq!(stage(&test, deal.id).await, "interest", "what was paid back is not paid");
        did(&test, kari, "Deposit Paid", json!({})).await;
        assert_eq!(stage(&test, deal.id).await, "decision");
        let history = get(app, owner, deal.id, None).await.unwrap().history;
        assert_eq!(
            (history[0].actor.as_str(), history[0].reason.as_str()),
            ("system", "Offer Viewed"),
            "{}",
            test.name
        );
    }
}

pub(super) async fn agree(test: &TestApp, id: ContactId, is_given: bool) {
    let tx = test.app.store.begin().await.unwrap();
    let contact = store::contacts::find(&tx, id).await.unwrap().unwrap();
    let decision = crate::consent::Decision {
        purpose: crate::consent::Purpose::Marketing,
        is_given,
        wording: "yes".to_owned(),
        locale: "en".parse().unwrap(),
        origin: "/".to_owned(),
    };
    crate::consent::record(&test.app, &tx, &contact, decision).await.unwrap();
    tx.commit().await.unwrap();
    test.settle().await;
}

#[tokio::test]
async fn time_opens_a_way_and_the_worker_sees_it() {
    for test in testing::all().await {
        let first = funnels::list(&test.app, &test.owner).await.unwrap().remove(0);
        let mut document = first.document;
        document.stages[1].time = Some(serde_json::from_value(json!({"min": "3 days"})).unwrap());
        publish(&test, first.id, document, OpenDeals::default()).await.unwrap();
        let kari = contact(&test, "Kari").await;
        did(&test, kari, "Lead Captured", json!({})).await;
        did(&test, kari, "Offer Viewed", json!({})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        assert_eq!((deal.stage.as_str(), deal.held.unwrap().count), ("interest", 1));
        assert_eq!(look_again(&test.app).await.unwrap(), 0, "nothing is due");
        test.clock.advance_ms(3 * 24 * 3600 * 1000);
        test.settle().await;
        assert_eq!(stage(&test, deal.id).await, "decision", "{}", test.name);
    }
}

#[tokio::test]
async fn events_of_an_import_open_no_gate_of_a_deal_that_runs() {
    for test in testing::all().await {
        gated(&test, &[(3, json!({"evidence": [{"event": "Proposal Viewed", "since": "ever"}]}))]).await;
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari").await;
        did(&test, kari, "Lead Captured", json!({})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        test.clock.advance_ms(1000);
        let imported = |id: &str, at| NewEvent {
            message_id: id.to_owned(),
            name: "Proposal Viewed".to_owned(),
            at,
            received_at: app.now(),
            person: PersonKey::contact(&kari),
            links: Vec::new(),
            props: "{}".to_owned(),
            person_props: None,
            source: Some("imp_1".to_owned()),
        };
        app.log.append(vec![imported("m1", app.now())]).await.unwrap();
        test.settle().await;
        assert_eq!(code(move_to(app, owner, deal.id, go("decision")).await.unwrap_err()), "shut decision");
        // What lies before the deal is history that it begins with.
        app.log.append(vec![imported("m2", app.now().plus_ms(-3_600_000))]).await.unwrap();
        assert_eq!(move_to(app, owner, deal.id, go("decision")).await.unwrap().stage, "decision", "{}", test.name);
    }
}

#[tokio::test]
async fn a_sale_past_a_shut_gate_is_recorded_and_marked() {
    for test in testing::all().await {
        gated(&test, &[(1, json!({"requires": ["contact.phone"]})), (4, needs())]).await;
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari").await;
        did(&test, kari, "Lead Captured", json!({})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        assert_eq!((deal.stage.as_str(), deal.held.unwrap().text.as_str()), ("awareness", "Fill in: Telephone."));
        did(&test, kari, "Order Completed", json!({"value": 10})).await;
        let deals = deals_of(&test, kari).await;
        assert_eq!((deals.len(), deals[0].status, deals[0].stage.as_str()), (1, DealStatus::Won, "awareness"));
        assert_eq!((deals[0].value, deals[0].won_past.len()), (nok(1000), 2));
        // Opened again it stands where it was let in, and the old order moves it no more.
        open_again(app, owner, deal.id).await.unwrap();
        let phone = ContactChange { phone: Some("22 33 44 55".to_owned()), ..ContactChange::default() };
        contacts::update(app, owner, kari, phone).await.unwrap();
        update(app, owner, deal.id, patch(json!({"fields": {"need": "braces"}}))).await.unwrap();
        test.settle().await;
        let again = deals_of(&test, kari).await.remove(0);
        assert_eq!((again.status, again.stage.as_str()), (DealStatus::Open, "awareness"), "{}", test.name);
    }
}

#[tokio::test]
async fn deals_follow_the_version_that_the_rule_says() {
    for test in testing::all().await {
        let id = gated(&test, &[]).await;
        let (app, owner) = (&test.app, &test.owner);
        let document = funnels::list(app, owner).await.unwrap().remove(0).document;
        let kari = contact(&test, "Kari").await;
        let old = create(app, owner, new(kari)).await.unwrap();
        let mut gated = document.clone();
        gated.stages[3].gate = Some(serde_json::from_value(needs()).unwrap());
        gated.stages.remove(2);
        let entered = OpenDeals { follow: Follow::Entered, ..OpenDeals::default() };
        publish(&test, id, gated.clone(), entered).await.unwrap();
        let young = create(app, owner, new(kari)).await.unwrap();
        assert_eq!(code(move_to(app, owner, young.id, go("decision")).await.unwrap_err()), "shut decision");
        assert_eq!(code(move_to(app, owner, young.id, go("consideration")).await.unwrap_err()), "stage:unknown");
        // The old one has its old stages, and stands in a column of its own.
        assert_eq!(move_to(app, owner, old.id, go("consideration")).await.unwrap().funnel_version, old.funnel_version);
        let shown = board(app, owner, BoardQuery::default()).await.unwrap();
        let last = shown.columns.last().unwrap();
        assert_eq!((last.stage.as_str(), last.open.count, last.deals[0].id), ("", 1, old.id));

        let mut next = gated.clone();
        next.title = "Next".into();
        let refused = publish(&test, id, next.clone(), OpenDeals::default()).await.unwrap_err();
        assert_eq!(code(refused), "stage_in_use");
        let to = |stage: &str| OpenDeals {
            follow: Follow::New,
            stages: [("consideration".to_owned(), StageId(stage.to_owned()))].into(),
        };
        let refused = publish(&test, id, next.clone(), to("nirvana")).await.unwrap_err();
        assert_eq!(code(refused), "deals.stages.consideration:unknown");
        publish(&test, id, next, to("interest")).await.unwrap();
        let moved = get(app, owner, old.id, None).await.unwrap();
        assert_eq!((moved.deal.stage.as_str(), moved.deal.funnel_version), ("interest", young.funnel_version + 1));
        assert_eq!((moved.history[0].reason.as_str(), moved.history.len()), ("version 3 of the funnel", 3));
        assert_eq!(
            code(move_to(app, owner, old.id, go("decision")).await.unwrap_err()),
            "shut decision",
            "{}",
            test.name
        );
    }
}

/// A deposit is taken back while the deal moves: whichever comes first, the move never passes by what was paid back.
#[tokio::test]
async fn a_move_sees_what_came_while_it_was_on_its_way() {
    for test in testing::all().await {
        let gate = json!({"evidence": [{"event": "Deposit Paid", "undone_by": "Deposit Refunded"}]});
        gated(&test, &[(3, gate)]).await;
        let kari = contact(&test, "Kari").await;
        let deal = create(&test.app, &test.owner, new(kari)).await.unwrap();
        did(&test, kari, "Deposit Paid", json!({})).await;
        let known = case::known(&test.app, &test.owner, deal.id).await.unwrap();
        note(&test, kari, "Deposit Refunded", json!({})).await;
        let tx = test.app.store.begin().await.unwrap();
        let mut case = case::held(&test.app, &tx, &test.owner, deal.id, known).await.unwrap();
        let by = pass::ByHand::now(&test.owner, "", None);
        let refused = pass::go(&test.app, &tx, &mut case, "decision".into(), &by).await.unwrap_err();
        assert_eq!(code(refused), "shut decision", "{}", test.name);
    }
}

/// Fields of the company's own are asked for by their label, in the reader's language, and amounts in them are amounts.
#[tokio::test]
async fn a_gate_asks_for_own_fields_as_the_company_calls_them() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        for (entity, key, kind, en, nb) in [
            ("deal", "rooms", "whole_number", "Rooms", "Rom"),
            ("deal", "budget", "money", "Budget", "Budsjett"),
            ("contact", "clinic", "text", "Clinic", "Klinikk"),
        ] {
            let field = json!({"entity": entity, "key": key, "kind": kind, "label": {"en": en, "nb": nb}});
            crate::fields::create(app, owner, serde_json::from_value(field).unwrap()).await.unwrap();
        }
        let budget = json!({"field": "deal.budget", "type": "money", "min": 100});
        gated(&test, &[(3, json!({"requires": ["deal.rooms", budget, "contact.clinic", "contact.phone"]}))]).await;
        let kari = contact(&test, "Kari").await;
        let deal = create(app, owner, new(kari)).await.unwrap();
        let asked = async |locale: &str| {
            let request = DealMove { locale: Some(locale.parse().unwrap()), ..go("decision") };
            let AppError::GateShut(shut) = move_to(app, owner, deal.id, request).await.unwrap_err() else {
                panic!("it went through")
            };
            shut.reasons().into_iter().map(|reason| reason.text).collect::<Vec<_>>()
        };
        let in_norwegian = ["Fyll ut: Rom.", "Fyll ut: Budsjett.", "Fyll ut: Klinikk.", "Fyll ut: Telefon."];
        assert_eq!(asked("nb").await, in_norwegian, "{}", test.name);
        let shown = gates(app, owner, deal.id, GateQuery { stage: Some("decision".to_owned()), locale: None });
        let told = shown.await.unwrap().stages.remove(0).reasons;
        let names: Vec<String> = told.into_iter().filter_map(|reason| reason.field_name).collect();
        assert_eq!(names, ["Rooms", "Budget", "Clinic", "Telephone"]);

        let of = |minor: i64| patch(json!({"fields": {"rooms": 3, "budget": {"minor": minor, "currency": "NOK"}}}));
        update(app, owner, deal.id, of(5_000)).await.unwrap();
        let change = json!({"phone": "22 33 44 55", "traits": {"clinic": "Majorstuen"}});
        contacts::update(app, owner, kari, serde_json::from_value(change).unwrap()).await.unwrap();
        assert_eq!(asked("nb").await, ["Budsjett: minst 100."]);
        update(app, owner, deal.id, of(10_000)).await.unwrap();
        assert_eq!(move_to(app, owner, deal.id, go("decision")).await.unwrap().stage, "decision", "{}", test.name);
    }
}

/// Publishing another version is no way past a gate, neither for open deals nor for those that are opened again.
#[tokio::test]
async fn a_new_version_takes_no_deal_past_a_gate() {
    for test in testing::all().await {
        let id = gated(&test, &[(3, needs())]).await;
        let (app, owner) = (&test.app, &test.owner);
        let document = funnels::list(app, owner).await.unwrap().remove(0).document;
        let kari = contact(&test, "Kari").await;
        let deal = create(app, owner, new(kari)).await.unwrap();
        let mut next = document.clone();
        next.title = "Next".into();
        let to = |from: &str, stage: &str| OpenDeals {
            follow: Follow::New,
            stages: [(from.to_owned(), StageId(stage.to_owned()))].into(),
        };
        for stage in ["decision", "action", "loyalty"] {
            let refused = publish(&test, id, next.clone(), to("interest", stage)).await.unwrap_err();
            assert_eq!(code(refused), "deals.stages.interest:past_a_gate", "{stage}");
        }
        // The stage in which the deal stands is put behind the gate.
        let mut turned = next.clone();
        turned.stages.swap(1, 3);
        assert_eq!(code(publish(&test, id, turned.clone(), OpenDeals::default()).await.unwrap_err()), "past_a_gate");
        let lost = DealClose { outcome: DealOutcome::Lost, ..won() };
        end(app, owner, deal.id, lost).await.unwrap();
        publish(&test, id, turned, OpenDeals::default()).await.unwrap();
        let again = open_again(app, owner, deal.id).await.unwrap();
        assert_eq!((again.stage.as_str(), again.funnel_version), ("interest", deal.funnel_version), "{}", test.name);
        assert_eq!(code(move_to(app, owner, deal.id, go("decision")).await.unwrap_err()), "shut decision");
        // Called otherwise it stands where it stood.
        let mut renamed = next.clone();
        renamed.stages[1].id = "curious".into();
        publish(&test, id, renamed, to("interest", "curious")).await.unwrap();
        assert_eq!(stage(&test, deal.id).await, "curious", "{}", test.name);
        assert_eq!(code(move_to(app, owner, deal.id, go("decision")).await.unwrap_err()), "shut decision");
    }
}
