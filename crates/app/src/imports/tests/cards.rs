//! Address cards of people without an e-mail address: who they are is known by the card's id, or by number and name.

use base::{Id, id};
use serde_json::json;

use super::super::*;
use super::cases::{bring_in, undo};
use crate::contacts::{self, ContactChange, ContactQuery, ContactView};
use crate::exports;
use crate::fields::{AccessView, Entity, set_access};
use crate::permission::Role;
use crate::testing::{self, TestApp};

fn card(lines: &[&str]) -> String {
    format!("BEGIN:VCARD\r\nVERSION:4.0\r\n{}\r\nEND:VCARD\r\n", lines.join("\r\n"))
}

async fn everybody(test: &TestApp) -> Vec<ContactView> {
    let mut all = contacts::list(&test.app, &test.owner, ContactQuery::default()).await.unwrap().items;
    all.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    all
}

#[tokio::test]
async fn people_without_an_address_come_once_however_often_their_cards_do() {
    for test in testing::all().await {
        let cards = [
            card(&["FN:Anne Vik", "TEL:+47 22 33 44 55", "NOTE:Ring etter ti"]),
            // Who shares a number is somebody else.
            card(&["FN:Bjørn Vik", "TEL:+47 22 33 44 55"]),
            card(&["UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", "FN:Cecilie Dahl"]),
            card(&["FN:Dag Nygård"]),
            card(&["FN:Anne Vik", "TEL:0047 22334455", "ORG:Fjord"]),
        ]
        .concat();
        let view = bring_in(&test, "people.vcf", cards.as_bytes()).await;
        let counts = view.counts;
        assert_eq!(
            (counts.contacts_added, counts.contacts_changed, counts.refused),
            (3, 1, 1),
            "{}: {view:?}",
            test.name
        );
        assert!(view.refused_kinds[0].reason.contains("no e-mail address, no telephone number"), "{view:?}");
        let all = everybody(&test).await;
        let names: Vec<&str> = all.iter().map(|contact| contact.display_name.as_str()).collect();
        assert_eq!(names, ["Anne Vik", "Bjørn Vik", "Cecilie Dahl"]);
        assert_eq!(
            (all[0].company.as_str(), all[0].phone.as_str(), all[0].email.is_none()),
            ("Fjord", "+4722334455", true)
        );

        // The same cards, and one that has an address by now.
        test.clock.advance_ms(1);
        let more =
            card(&["UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", "FN:Cecilie Dahl", "EMAIL:cecilie@dahl.no"]);
        let again = bring_in(&test, "people.vcf", format!("{cards}{more}").as_bytes()).await;
        let counts = again.counts;
        assert_eq!((counts.contacts_added, counts.contacts_changed), (0, 1), "{}: {again:?}", test.name);
        let all = everybody(&test).await;
        assert_eq!(all.len(), 3, "{}", test.name);
        assert_eq!(all[2].email.as_ref().unwrap().as_str(), "cecilie@dahl.no");

        undo(&test, view.id).await.unwrap();
        test.settle().await;
        assert!(everybody(&test).await.len() < 3, "what nobody changed is taken back");
    }
}

#[tokio::test]
async fn a_dry_run_of_cards_counts_whom_it_would_add() {
    let test = testing::sqlite().await;
    let cards = [card(&["FN:Anne Vik", "TEL:22334455"]), card(&["FN:Anne Vik", "TEL:22 33 44 55"])].concat();
    let id = super::cases::upload(&test, "people.vcf", cards.as_bytes()).await.id;
    let guess = preview(&test.app, &test.owner, id, PreviewRequest::default()).await.unwrap().guess;
    let request = StartRequest { mapping: guess.mapping, hint: ReadHint::default(), is_dry_run: true };
    start(&test.app, &test.owner, id, request).await.unwrap();
    test.settle().await;
    let counts = get(&test.app, &test.owner, id).await.unwrap().check.unwrap().counts;
    assert_eq!((counts.contacts_added, counts.contacts_repeated), (1, 1));
}

async fn add(test: &TestApp, body: serde_json::Value) -> Id<id::Contact> {
    let change: ContactChange = serde_json::from_value(body).unwrap();
    contacts::create(&test.app, &test.owner, change).await.unwrap().id
}

#[tokio::test]
async fn the_card_of_one_contact_comes_back_to_the_same_contact() {
    for test in testing::all().await {
        let traits = json!({"job_title": "Sjef; innkjøp, nord", "birthday": "1985-03-02", "website": "https://vik.no/a,b;c",
            "address": "Storgata 1, 0155 Oslo", "other_emails": "anne@home.example, a@vik.no"});
        let anne = json!({"first_name": "Anne", "last_name": "Vik\\Dahl", "phone": "+4722334455", "tags": ["VIP", "a,b"],
            "company": "Fjord, AS", "traits": traits});
        let anne = add(&test, anne).await;
        let card = exports::contact_card(&test.app, &test.owner, anne).await.unwrap();
        assert_eq!(card.file_name, "Anne Vik-Dahl.vcf");
        let text = card.text.replace("\r\n ", "");
        for line in [
            "FN:Anne Vik\\\\Dahl",
            "N:Vik\\\\Dahl;Anne;;;",
            "TEL:+4722334455",
            "ORG:Fjord\\, AS",
            "TITLE:Sjef\\; innkjøp\\, nord",
            "BDAY:19850302",
            "URL:https://vik.no/a,b;c",
            "EMAIL:anne@home.example",
            "CATEGORIES:VIP,a\\,b",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} in {text}");
        }
        assert!(card.text.split("\r\n").all(|line| line.len() <= 75));
        assert!(text.starts_with("BEGIN:VCARD\r\nVERSION:4.0\r\n") && text.ends_with("END:VCARD\r\n"));

        let before = contacts::get(&test.app, &test.owner, anne).await.unwrap();
        let view = bring_in(&test, "anne.vcf", card.text.as_bytes()).await;
        // The card's first address becomes that of a contact who had none.
        assert_eq!((view.counts.contacts_added, view.counts.refused), (0, 0), "{}: {view:?}", test.name);
        let after = contacts::get(&test.app, &test.owner, anne).await.unwrap();
        assert_eq!(everybody(&test).await.len(), 1);
        assert_eq!((before.display_name, before.traits), (after.display_name, after.traits));
    }
}

#[tokio::test]
async fn a_card_tells_nothing_that_is_hidden() {
    let test = testing::sqlite().await;
    let anne =
        add(&test, json!({"first_name": "Anne", "last_name": "Vik", "email": "anne@vik.no", "phone": "22334455"}))
            .await;
    for field in ["email", "last_name"] {
        let access = AccessView { field: field.to_owned(), hidden_from: vec![Role::Rep], fixed_for: vec![] };
        set_access(&test.app, &test.owner, Entity::Contact, access).await.unwrap();
    }
    let rep = test.actor(Role::Rep).await;
    test.clock.advance_ms(1);
    let card = exports::contact_card(&test.app, &rep, anne).await.unwrap();
    assert!(!card.text.contains("vik.no") && !card.text.contains("Vik") && card.text.contains("22334455"), "{card:?}");
    assert!(!card.file_name.contains("Vik"));
    let entries = crate::audit::newest(&test.app, &test.owner, None).await.unwrap();
    assert_eq!((entries[0].action.as_str(), entries[0].subject.as_str()), ("contact.card", anne.to_string().as_str()));
}
