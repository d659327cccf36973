use events::Position;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::consent::{self, Decision, Purpose};
use crate::contacts::{self, ContactChange};
use crate::deals::{self, NewDeal};
use crate::permission::Role;
use crate::testing::{self, TestApp};

/// Tables that a merge touches, but for its own.
fn tables() -> impl Iterator<Item = &'static str> {
    let hanging = store::merges::REFERENCES.into_iter().map(|(table, _)| table).filter(|table| *table != "merges");
    hanging.chain(["contacts", "duplicates"])
}

fn change(first: &str, last: &str, email: &str, phone: &str) -> ContactChange {
    let text = |text: &str| Some(text.to_owned());
    ContactChange {
        first_name: text(first),
        last_name: text(last),
        email: text(email),
        phone: text(phone),
        ..ContactChange::default()
    }
}

async fn contact(test: &TestApp, change: ContactChange) -> Id<id::Contact> {
    // Ids of one moment are in no order.
    test.clock.advance_ms(1);
    contacts::create(&test.app, &Actor::SYSTEM, change).await.unwrap().id
}

async fn agree(test: &TestApp, id: Id<id::Contact>, is_given: bool) {
    let tx = test.app.store.begin().await.unwrap();
    let contact = store::contacts::find(&tx, id).await.unwrap().unwrap();
    let decision = Decision {
        purpose: Purpose::Marketing,
        is_given,
        wording: "Yes, write to me".to_owned(),
        locale: contact.locale.clone(),
        origin: "/offer".to_owned(),
    };
    consent::record(&test.app, &tx, &contact, decision).await.unwrap();
    tx.commit().await.unwrap();
    test.clock.advance_ms(1000);
}

async fn deal(test: &TestApp, contact_id: Id<id::Contact>) -> Id<id::Deal> {
    let request = NewDeal::with(contact_id);
    deals::create(&test.app, &test.owner, request).await.unwrap().id
}

#[tokio::test]
async fn pairs_are_found_shown_and_refused() {
    for test in testing::all().await {
        let app = &test.app;
        let kari = contact(&test, change("Kari", "Nordmann", "kari@fjord.example", "+47 22 33 44 55")).await;
        let same = contact(&test, change("Kari", "Nordmann", "kari.nordmann@gmail.com", "22 33 44 55")).await;
        contact(&test, change("Ola", "Nordmann", "ola@fjord.example", "+47 22 33 44 55")).await;
        contact(&test, change("Per", "Hansen", "per@fjord.example", "")).await;
        deal(&test, same).await;
        look(app, &test.owner).await.unwrap();
        test.settle().await;
        let found = list(app, &test.owner).await.unwrap();
        assert_eq!((found.total, found.looked_at), (1, Some(app.now())), "{}", test.name);
        let pair = &found.items[0];
        assert_eq!((pair.left.contact.id, pair.right.contact.id, pair.right.deals), (kari, same, 1), "{}", test.name);
        let sum: i16 = pair.reasons.iter().map(|reason| reason.points).sum();
        assert_eq!(i64::from(sum), pair.points, "{:?}", pair.reasons);
        assert_eq!(of_contact(app, &test.owner, same).await.unwrap().total, 1);
        let rep = test.actor(Role::Rep).await;
        let both = DuplicatePair { left_id: same, right_id: kari };
        assert!(matches!(refuse(app, &rep, both).await, Err(AppError::Forbidden(_))));
        refuse(app, &test.owner, both).await.unwrap();
        test.clock.advance_ms(60_000);
        look(app, &test.owner).await.unwrap();
        test.settle().await;
        assert_eq!(list(app, &test.owner).await.unwrap().total, 0, "what was refused stays so: {}", test.name);
        reconsider(app, &test.owner, both).await.unwrap();
        assert_eq!(list(app, &test.owner).await.unwrap().total, 1);
        // What is no longer alike is no longer shown.
        contacts::update(app, &test.owner, same, change("Siri", "Haugen", "siri@gmail.com", "")).await.unwrap();
        test.clock.advance_ms(60_000);
        look(app, &test.owner).await.unwrap();
        test.settle().await;
        assert_eq!(list(app, &test.owner).await.unwrap().total, 0, "{}", test.name);
    }
}

#[tokio::test]
async fn the_stricter_word_stands_and_the_log_joins_and_parts() {
    for test in testing::all().await {
        let app = &test.app;
        let kari = contact(&test, change("Kari", "Nordmann", "kari@fjord.example", "")).await;
        let other = contact(&test, change("Kari", "Nordman", "kari@gmail.com", "22334455")).await;
        agree(&test, other, false).await;
        agree(&test, kari, true).await;
        let theirs = deal(&test, other).await;
        test.settle().await;
        let person = |id| app.log.person(&events::PersonKey::contact(&id));
        assert_ne!(person(kari), person(other));
        let request = MergeRequest { other_id: other, take: vec!["email".to_owned()] };
        let done = merge(app, &test.owner, kari, request).await.unwrap();
        assert_eq!(person(kari), person(other), "{}", test.name);
        let view = contacts::get(app, &test.owner, kari).await.unwrap();
        assert_eq!(view.email.unwrap().as_str(), "kari@gmail.com");
        assert_eq!((view.last_name.as_str(), view.phone.as_str()), ("Nordmann", "22334455"));
        assert_eq!(view.traits["other_emails"], serde_json::json!(["kari@fjord.example"]));
        assert!(contacts::get(app, &test.owner, other).await.is_err());
        let ledger = contacts::consents(app, &test.owner, kari).await.unwrap();
        let words: Vec<(bool, &str)> = ledger.iter().map(|entry| (entry.is_given, entry.origin.as_str())).collect();
        assert_eq!(words, [(false, done.id.to_string().as_str()), (true, "/offer"), (false, "/offer")]);
        assert_eq!(deals::get(app, &test.owner, theirs, None).await.unwrap().deal.contact_id, kari);
        // Somebody corrects the kept contact, and then the merge turns out to be wrong.
        contacts::update(app, &test.owner, kari, ContactChange { company: Some("Fjord".into()), ..Default::default() })
            .await
            .unwrap();
        undo(app, &test.owner, done.id).await.unwrap();
        test.settle().await;
        assert_ne!(person(kari), person(other), "{}", test.name);
        let view = contacts::get(app, &test.owner, kari).await.unwrap();
        assert_eq!((view.email.unwrap().as_str(), view.company.as_str()), ("kari@fjord.example", "Fjord"));
        assert_eq!(view.traits.get("other_emails"), None);
        assert_eq!(deals::get(app, &test.owner, theirs, None).await.unwrap().deal.contact_id, other);
        assert_eq!(contacts::consents(app, &test.owner, kari).await.unwrap().len(), 1);
        let again = undo(app, &test.owner, done.id).await;
        assert!(matches!(again, Err(AppError::Conflict { code: "undone", .. })), "{again:?}");
        let log = app.log.read_after(Position(0), 1000).await.unwrap();
        assert!(log.iter().all(|event| event.event.name != "Contacts Merged"), "{}", test.name);
    }
}

#[tokio::test]
async fn what_cannot_be_merged_or_undone_says_why() {
    let test = testing::sqlite().await;
    let app = &test.app;
    let names = ["a", "b", "c"];
    let mut ids = Vec::new();
    for name in names {
        ids.push(contact(&test, change(name, "X", &format!("{name}@example.no"), "")).await);
    }
    let request =
        |other_id, take: &[&str]| MergeRequest { other_id, take: take.iter().map(|name| (*name).to_owned()).collect() };
    assert!(matches!(merge(app, &test.owner, ids[0], request(ids[0], &[])).await, Err(AppError::Invalid(_))));
    assert!(matches!(merge(app, &test.owner, ids[0], request(app.new_id(), &[])).await, Err(AppError::Invalid(_))));
    assert!(matches!(merge(app, &test.owner, ids[0], request(ids[1], &["id"])).await, Err(AppError::Invalid(_))));
    assert!(matches!(merge(app, &test.owner, app.new_id(), request(ids[1], &[])).await, Err(AppError::NotFound(_))));
    let first = merge(app, &test.owner, ids[0], request(ids[1], &[])).await.unwrap();
    test.clock.advance_ms(1000);
    let second = merge(app, &test.owner, ids[2], request(ids[0], &[])).await.unwrap();
    // The first merge hangs on the second now.
    let code = |result: Result<MergeView>| match result {
        Err(AppError::Conflict { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(undo(app, &test.owner, first.id).await), "merged_again");
    undo(app, &test.owner, second.id).await.unwrap();
    contact(&test, change("d", "X", "b@example.no", "")).await;
    assert_eq!(code(undo(app, &test.owner, first.id).await), "email_taken");
    test.clock.advance_ms(MERGE_UNDO_MS);
    assert_eq!(code(undo(app, &test.owner, first.id).await), "too_late");
    tidy(app).await.unwrap();
    assert!(matches!(undo(app, &test.owner, first.id).await, Err(AppError::NotFound(_))));
}

/// Every row of the tables that a merge touches, in no order that a merge could change.
async fn rows(test: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for table in tables() {
        let mut rows = store::testing::rows(&test.app.store, table).await;
        // When a deal is looked at again by itself is no part of what it is.
        for row in &mut rows {
            let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(row).unwrap();
            fields.remove("gate_due_at");
            *row = serde_json::to_string(&fields).unwrap();
        }
        rows.sort();
        all.push(format!("{table}: {rows:#?}"));
    }
    all
}

#[tokio::test]
async fn a_merge_that_is_undone_leaves_no_trace() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let text = prop::sample::select(vec!["", "Kari", "Nordmann", "Ødegård"]);
    let field =
        prop::sample::subsequence(vec!["email", "first_name", "last_name", "phone", "company", "locale"], 0..=6);
    let tags = prop::collection::vec(prop::sample::select(vec!["vip", "new", "old"]), 0..3);
    let one = (text.clone(), text.clone(), text, tags, prop::option::of(any::<bool>()), 0..3usize);
    let strategy = (one.clone(), one, field, any::<bool>());
    for test in testing::all().await {
        for round in 0..12 {
            let (left, right, take, is_refused) = strategy.new_tree(&mut runner).unwrap().current();
            let mut ids = Vec::new();
            for (place, (first, last, company, tags, consent, deals)) in [left, right].into_iter().enumerate() {
                let known = serde_json::json!({ "size": place, first: place });
                let change = ContactChange {
                    company: Some(company.to_owned()),
                    tags: Some(tags.into_iter().map(str::to_owned).collect()),
                    traits: known.as_object().cloned(),
                    ..change(first, last, &format!("x{round}{place}@example.no"), "")
                };
                let id = contact(&test, change).await;
                if let Some(is_given) = consent {
                    agree(&test, id, is_given).await;
                }
                for _ in 0..deals {
                    deal(&test, id).await;
                }
                ids.push(id);
            }
            if is_refused {
                let pair = Pair {
                    left_id: ids[0].min(ids[1]),
                    right_id: ids[0].max(ids[1]),
                    points: 50,
                    reasons: vec!["same_name".to_owned()],
                    found_at: test.app.now(),
                    is_refused,
                    refused_by: "somebody".to_owned(),
                    refused_at: Some(test.app.now()),
                };
                let tx = test.app.store.begin().await.unwrap();
                store::duplicates::save(&tx, &[pair]).await.unwrap();
                tx.commit().await.unwrap();
            }
            let before = rows(&test).await;
            test.clock.advance_ms(5000);
            let take = take.into_iter().map(str::to_owned).collect();
            let request = MergeRequest { other_id: ids[1], take };
            let done = merge(&test.app, &test.owner, ids[0], request.clone()).await.unwrap();
            let joined = rows(&test).await;
            assert_ne!(joined, before);
            undo(&test.app, &test.owner, done.id).await.unwrap();
            assert_eq!(rows(&test).await, before, "{} {round} {request:?}", test.name);
        }
    }
}
