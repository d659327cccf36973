//! What we export we can bring in: the same people, whatever they are called.

use std::collections::BTreeMap;

use base::Locale;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use store::imports::ImportState;

use super::super::*;
use super::cases::{bring_in, upload};
use crate::consent::{self, Decision, Purpose};
use crate::contacts::{self, ContactChange, ContactQuery};
use crate::exports::{self, RecordExportRequest};
use crate::fields::{self, Entity};
use crate::testing::{self, TestApp};

const PEOPLE: usize = 150;
const COLUMNS: [&str; 12] = [
    "email",
    "first_name",
    "last_name",
    "phone",
    "company",
    "locale",
    "tags",
    "created_at",
    "consent",
    "consent_at",
    "fields.score",
    "fields.about",
];

/// Names as they are and as somebody may have wished to make mischief with; white space around them is not kept.
fn name() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("=cmd|' /C calc'!A0".to_owned()),
        Just("'=1+1".to_owned()),
        Just("''@x".to_owned()),
        Just("-5".to_owned()),
        Just("+47".to_owned()),
        Just("O'Hara \"Bob\", Jr.; x".to_owned()),
        Just("😀 Åse 李".to_owned()),
        Just("007".to_owned()),
        Just("true".to_owned()),
    ];
    prop_oneof![odd, "[A-ZÆØÅ'=@,;\"|\\[]{0,1}[a-zæøå ,;\"']{0,12}".prop_map(|text| text.trim().to_owned())]
}

fn about() -> impl Strategy<Value = String> {
    "[=+@'a-z,;\"\n 😀]{0,30}".prop_map(|text| text.trim().to_owned())
}

#[derive(Debug, Clone)]
struct Person {
    first_name: String,
    last_name: String,
    company: String,
    phone: String,
    locale: &'static str,
    tags: Vec<String>,
    score: Option<f64>,
    about: String,
    consent: Option<bool>,
}

fn person() -> impl Strategy<Value = Person> {
    let texts = (name(), name(), name(), prop_oneof![Just(String::new()), "\\+47[2-9][0-9]{7}"]);
    let tags = prop::collection::btree_set(name().prop_filter("a tag says something", |tag| !tag.is_empty()), 0..4);
    let score = prop::option::of((-1_000_000i64..1_000_000).prop_map(|n| n as f64 / 100.0));
    let rest = (prop::sample::select(vec!["en", "nb", "sv"]), tags, score, about(), prop::option::of(any::<bool>()));
    (texts, rest).prop_map(|((first_name, last_name, company, phone), (locale, tags, score, about, consent))| Person {
        first_name,
        last_name,
        company,
        phone,
        locale,
        tags: tags.into_iter().collect(),
        score,
        about,
        consent,
    })
}

async fn own_fields(test: &TestApp) {
    for (key, kind) in [("score", "number"), ("about", "long_text")] {
        let field = json!({"entity": "contact", "key": key, "label": key, "kind": kind});
        fields::create(&test.app, &test.owner, serde_json::from_value(field).unwrap()).await.unwrap();
    }
}

async fn add(test: &TestApp, number: usize, person: &Person) {
    let mut traits = json!({});
    if let Some(score) = person.score {
        traits["score"] = json!(score);
    }
    if !person.about.is_empty() {
        traits["about"] = json!(person.about);
    }
    let change: ContactChange = serde_json::from_value(json!({
        "email": format!("p{number}@example.com"), "first_name": person.first_name, "last_name": person.last_name,
        "company": person.company, "phone": person.phone, "locale": person.locale, "tags": person.tags,
        "traits": traits,
    }))
    .unwrap();
    let view = contacts::create(&test.app, &test.owner, change).await.unwrap_or_else(|e| panic!("{e}: {person:?}"));
    if let Some(is_given) = person.consent {
        let tx = test.app.store.begin().await.unwrap();
        let contact = store::contacts::find(&tx, view.id).await.unwrap().unwrap();
        let (wording, locale, origin) = ("yes".to_owned(), Locale::english(), "test".to_owned());
        let decision = Decision { purpose: Purpose::Marketing, is_given, wording, locale, origin };
        consent::record(&test.app, &tx, &contact, decision).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Everybody by address, as far as a file tells of them.
async fn everybody(test: &TestApp) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let query = ContactQuery { limit: Some(500), ..Default::default() };
    for view in contacts::list(&test.app, &test.owner, query).await.unwrap().items {
        let ledger = contacts::consents(&test.app, &test.owner, view.id).await.unwrap();
        let consent = ledger.first().map(|entry| (entry.is_given, entry.at));
        let mut traits = view.traits.clone();
        // 1 and 1.0 are one number.
        traits.entry("score").and_modify(|score| *score = json!(score.as_f64()));
        let seen = json!([
            view.first_name,
            view.last_name,
            view.company,
            view.phone,
            view.locale,
            view.tags,
            traits,
            view.created_at,
            consent.map(|(is_given, at)| json!([is_given, at])),
        ]);
        all.insert(view.email.unwrap().to_string(), seen);
    }
    all
}

/// What cards hold of somebody.
fn on_a_card(seen: &Value) -> Value {
    json!([seen[0], seen[1], seen[2], seen[3], seen[4], seen[5]])
}

#[tokio::test]
async fn address_cards_bring_the_same_people_back() {
    let mut runner = TestRunner::deterministic();
    let from = testing::sqlite().await;
    own_fields(&from).await;
    let mut added = 0;
    while added < PEOPLE {
        let person = person().new_tree(&mut runner).unwrap().current();
        // A card of somebody who has no name is headed by their address.
        if person.first_name.is_empty() || person.last_name.is_empty() {
            continue;
        }
        add(&from, added, &person).await;
        added += 1;
    }
    let bytes = exported(&from, "vcf", false).await;
    let to = testing::sqlite().await;
    let view = bring_in(&to, "people.vcf", &bytes).await;
    assert_eq!((view.state, view.counts.refused), (ImportState::Done, 0), "{:?}", view.refused_kinds);
    let (expected, found) = (everybody(&from).await, everybody(&to).await);
    for (email, expected) in &expected {
        assert_eq!(found.get(email).map(on_a_card), Some(on_a_card(expected)), "{email}");
    }
}

async fn exported(test: &TestApp, format: &str, has_mark: bool) -> Vec<u8> {
    let columns: Vec<Value> = COLUMNS.iter().map(|field| json!({"field": field})).collect();
    let request = json!({"columns": columns, "format": format, "byte_order_mark": has_mark});
    let request: RecordExportRequest = serde_json::from_value(request).unwrap();
    let mut file = exports::records(&test.app, &test.owner, Entity::Contact, request).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = file.pieces.recv().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    bytes
}

#[tokio::test]
async fn a_file_that_we_wrote_brings_the_same_people_back() {
    let mut runner = TestRunner::deterministic();
    let people: Vec<Person> = (0..PEOPLE).map(|_| person().new_tree(&mut runner).unwrap().current()).collect();
    let from = testing::sqlite().await;
    own_fields(&from).await;
    for (number, person) in people.iter().enumerate() {
        add(&from, number, person).await;
    }
    let expected = everybody(&from).await;
    assert_eq!(expected.len(), PEOPLE);
    for (format, has_mark) in [("csv", false), ("csv", true), ("xlsx", false)] {
        let bytes = exported(&from, format, has_mark).await;
        assert_eq!(bytes.starts_with("\u{feff}".as_bytes()), has_mark);
        for to in testing::all().await {
            own_fields(&to).await;
            let id = upload(&to, &format!("people.{format}"), &bytes).await.id;
            let preview = preview(&to.app, &to.owner, id, PreviewRequest::default()).await.unwrap();
            assert_eq!(preview.problems, []);
            let mapping = preview.guess.mapping;
            let request = StartRequest { mapping, hint: ReadHint::default(), is_dry_run: false };
            start(&to.app, &to.owner, id, request).await.unwrap();
            to.settle().await;
            let view = get(&to.app, &to.owner, id).await.unwrap();
            assert_eq!((view.state, view.counts.refused), (ImportState::Done, 0), "{format}: {:?}", view.refused_kinds);
            let found = everybody(&to).await;
            for (email, expected) in &expected {
                assert_eq!(found.get(email), Some(expected), "{email} by {format} on {}", to.name);
            }
        }
    }
}
