//! What we export of companies and deals we can bring in: the same companies, the same deals.
//!
//! What no file carries, and what an import makes anew: ids are remembered as the records' names, and are not theirs;
//! how a deal came where it stands (its history, its approvals, the version it followed) begins with the import, so that
//! since when it stands in its stage is when it was made; its channel is that of its contact; the order that won it
//! stays behind, and who won past a shut gate passes it now or is refused. A company's dates are those of the import.

use std::collections::BTreeMap;

use base::Id;
use serde_json::{Value, json};
use store::imports::ImportState;

use super::super::*;
use super::cases::undo;
use crate::companies::{self, CompanyChange, CompanyQuery};
use crate::contacts::{self, ContactChange};
use crate::deals::{self, DealClose, DealMove, DealOutcome, DealPatch, DealQuery, NewDeal};
use crate::exports::{self, DealExportRequest, RecordExportRequest, Streamed};
use crate::fields::{Entity, tests::define};
use crate::testing::{self, TestApp};
use crate::{accounts, audit};
use funnel::field::FieldKind;

const NAMES: [&str; 6] = ["=cmd|' /C calc'!A0", "'=1+1", "-5", "O'Hara \"Bob\", Jr.; x", "😀 Åse 李", "007"];

async fn bytes_of(mut file: Streamed) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = file.pieces.recv().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    bytes
}

/// What both programs have: a salesperson and the fields of the company's own.
async fn prepare(test: &TestApp) {
    let user = json!({"name": "Kari Selger", "email": "kari@selger.example", "password": testing::PASSWORD, "role": "rep", "locale": "nb"});
    accounts::create(&test.app, &test.owner, serde_json::from_value(user).unwrap()).await.unwrap();
    for entity in [Entity::Company, Entity::Deal] {
        for (key, kind) in [
            ("size", FieldKind::Choice),
            ("marks", FieldKind::Choices),
            ("budget", FieldKind::Money),
            ("score", FieldKind::Number),
            ("since", FieldKind::Date),
            ("called_at", FieldKind::DateTime),
            ("is_key", FieldKind::YesNo),
            ("about", FieldKind::LongText),
            ("seller", FieldKind::User),
        ] {
            define(test, entity, key, kind).await;
        }
    }
}

async fn kari(test: &TestApp) -> String {
    let users = store::users::all(test.app.store.reader()).await.unwrap();
    users.into_iter().find(|user| user.name == "Kari Selger").unwrap().id.to_string()
}

fn values(number: usize, seller: &str) -> Value {
    match number % 3 {
        0 => json!({}),
        1 => json!({"size": "large", "marks": ["small", "large"], "budget": {"minor": 1_234_550, "currency": "EUR"},
            "score": 0.125, "since": "2024-02-29", "called_at": "2026-01-02T03:04:05.000Z", "is_key": true,
            "about": "=one\n'two', \"three\"; 😀", "seller": seller}),
        _ => json!({"budget": {"minor": -5, "currency": "JPY"}, "score": -3.0, "is_key": false, "about": "'"}),
    }
}

/// The values with users by name and numbers as numbers: 1 and 1.0 are one.
fn told(values: &serde_json::Map<String, Value>) -> Value {
    let mut values = values.clone();
    values.entry("seller").and_modify(|seller| *seller = json!(seller.is_string()));
    values.entry("score").and_modify(|score| *score = json!(score.as_f64()));
    Value::Object(values)
}

async fn all_companies(test: &TestApp) -> BTreeMap<String, Value> {
    let query = CompanyQuery { limit: Some(500), ..Default::default() };
    let all = companies::list(&test.app, &test.owner, query).await.unwrap().items;
    all.into_iter()
        .map(|one| {
            let seen = json!([
                one.domain,
                one.organisation_number,
                one.phone,
                one.address,
                one.owner_id.is_some(),
                one.tags,
                told(&one.fields)
            ]);
            (one.name, seen)
        })
        .collect()
}

#[tokio::test]
async fn companies_come_back_the_same() {
    let from = testing::sqlite().await;
    prepare(&from).await;
    let seller = kari(&from).await;
    for (number, name) in NAMES.iter().enumerate() {
        let owner = if number % 2 == 0 { json!(seller) } else { Value::Null };
        let change = json!({"name": name, "domain": format!("c{number}.example"), "organisation_number": format!("00{number}"),
            "phone": "+4722334455", "address": "Storgata 1\n0155 Oslo".replace('\n', ", "), "owner_id": owner, "tags": ["a,b", name],
            "fields": values(number, &seller)});
        let change: CompanyChange = serde_json::from_value(change).unwrap();
        companies::create(&from.app, &from.owner, change).await.unwrap();
    }
    let expected = all_companies(&from).await;
    assert_eq!(expected.len(), NAMES.len());
    let keys = ["size", "marks", "budget", "score", "since", "called_at", "is_key", "about", "seller"]
        .map(|key| format!("fields.{key}"));
    let built_in =
        ["id", "name", "domain", "organisation_number", "phone", "address", "owner_id", "tags", "created_at"];
    let columns: Vec<Value> = built_in
        .iter()
        .map(|name| json!({"field": name}))
        .chain(keys.iter().map(|name| json!({"field": name})))
        .collect();
    for format in ["csv", "xlsx"] {
        let request: RecordExportRequest =
            serde_json::from_value(json!({"columns": columns, "format": format})).unwrap();
        let file = exports::records(&from.app, &from.owner, Entity::Company, request).await.unwrap();
        let bytes = bytes_of(file).await;
        // In the same program it says nothing new, in another it says all.
        let same = taken_in(&from, format, Some(ImportKind::Companies), &bytes).await;
        assert_eq!((same.counts.companies_repeated, same.counts.refused), (6, 0), "{format}: {same:?}");
        for to in testing::all().await {
            prepare(&to).await;
            let view = taken_in(&to, format, Some(ImportKind::Companies), &bytes).await;
            assert_eq!(
                (view.state, view.counts.companies_added, view.counts.refused),
                (ImportState::Done, 6, 0),
                "{view:?}"
            );
            assert_eq!(all_companies(&to).await, expected, "{format} on {}", to.name);
        }
    }
}

/// A file brought in by the guess, its times read in the company's zone.
async fn taken_in(test: &TestApp, name: &str, kind: Option<ImportKind>, bytes: &[u8]) -> ImportView {
    let id = super::cases::upload(test, name, bytes).await.id;
    let request = PreviewRequest { kind, ..Default::default() };
    let mapping = preview(&test.app, &test.owner, id, request).await.unwrap().guess.mapping;
    let request = StartRequest { mapping, hint: ReadHint::default(), is_dry_run: false };
    start(&test.app, &test.owner, id, request).await.unwrap();
    test.settle().await;
    get(&test.app, &test.owner, id).await.unwrap()
}

async fn people(test: &TestApp) {
    for number in 0..3 {
        let change = json!({"email": format!("p{number}@example.no"), "first_name": format!("P{number}")});
        let change: ContactChange = serde_json::from_value(change).unwrap();
        contacts::create(&test.app, &test.owner, change).await.unwrap();
    }
}

async fn all_deals(test: &TestApp) -> BTreeMap<String, Value> {
    let query = DealQuery { limit: Some(500), ..Default::default() };
    let all = deals::list(&test.app, &test.owner, query).await.unwrap().items;
    all.into_iter()
        .map(|one| {
            let seen = json!([
                one.contact_name,
                one.stage,
                one.status,
                one.value,
                one.discount,
                one.owner_id.is_some(),
                one.reason,
                one.created_at,
                one.closed_at,
                told(&one.fields)
            ]);
            (one.title, seen)
        })
        .collect()
}

/// Deals in several stages, won and lost, with amounts in several currencies.
async fn make_deals(test: &TestApp) {
    let (app, owner) = (&test.app, &test.owner);
    let seller = kari(test).await;
    let people = contacts::list(app, owner, Default::default()).await.unwrap().items;
    for (number, title) in NAMES.iter().enumerate() {
        test.clock.advance_ms(61_000);
        let contact = people[number % people.len()].id;
        let stage = ["interest", "consideration", "decision"][number % 3];
        let currency = ["NOK", "EUR", "JPY"][number % 3].parse().unwrap();
        let mut fields = values(number, &seller);
        fields["need"] = json!("nobody defined it");
        let new = NewDeal {
            title: Some((*title).to_owned()),
            stage: Some(stage.to_owned()),
            value: Some(base::Money::new(1_250_055 * (number as i64), currency)),
            owner_id: if number % 2 == 0 { Some(seller.parse().unwrap()) } else { None },
            fields: fields.as_object().cloned(),
            discount: [None, Some(12.5), Some(0.0)][number % 3],
            ..NewDeal::with(contact)
        };
        let deal = deals::create(app, owner, new).await.unwrap();
        if number % 2 != 0 {
            let nobody = DealPatch { owner_id: Some(None), ..Default::default() };
            deals::update(app, owner, deal.id, nobody).await.unwrap();
        }
        test.clock.advance_ms(1_000);
        let outcome = [None, None, None, Some(DealOutcome::Won), Some(DealOutcome::Lost), None][number];
        if let Some(outcome) = outcome {
            let close = DealClose { outcome, reason: "Too, \"dear\"".into(), override_reason: None, locale: None };
            deals::end(app, owner, deal.id, close).await.unwrap();
        }
    }
    let ids: Vec<Id<base::id::Deal>> =
        deals::list(app, owner, DealQuery::default()).await.unwrap().items.iter().map(|deal| deal.id).collect();
    let back = DealMove { stage: "interest".into(), reason: String::new(), override_reason: None, locale: None };
    deals::move_to(app, owner, ids[0], back).await.unwrap();
}

#[tokio::test]
async fn deals_come_back_the_same() {
    let from = testing::sqlite().await;
    prepare(&from).await;
    people(&from).await;
    make_deals(&from).await;
    let expected = all_deals(&from).await;
    assert_eq!(expected.len(), NAMES.len());
    for (format, mark) in [("csv", true), ("xlsx", false)] {
        let request = json!({"format": format, "byte_order_mark": mark, "locale": "nb",
            "columns": if mark { plain() } else { titled() }});
        let request: DealExportRequest = serde_json::from_value(request).unwrap();
        let bytes = bytes_of(exports::deals(&from.app, &from.owner, request).await.unwrap()).await;
        assert_eq!(bytes.starts_with("\u{feff}".as_bytes()), mark);
        let same = taken_in(&from, &format!("deals.{format}"), None, &bytes).await;
        assert_eq!(
            (same.counts.deals_repeated, same.counts.deals_added, same.counts.refused),
            (6, 0, 0),
            "{format}: {same:?}"
        );
        for to in testing::all().await {
            prepare(&to).await;
            people(&to).await;
            to.clock.advance_ms(3_600_000);
            let view = taken_in(&to, &format!("deals.{format}"), None, &bytes).await;
            assert_eq!(
                (view.state, view.counts.deals_added, view.counts.refused),
                (ImportState::Done, 6, 0),
                "{format}: {view:?}"
            );
            assert_eq!(all_deals(&to).await, expected, "{format} on {}", to.name);
            undo(&to, view.id).await.unwrap();
            to.settle().await;
            assert!(all_deals(&to).await.is_empty());
        }
    }
    let entries = audit::newest(&from.app, &from.owner, None).await.unwrap();
    assert!(entries.iter().any(|entry| entry.action == "deal.export"));
}

/// Every column under its own name.
fn plain() -> Value {
    let built_in = exports::DEAL_COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let own = OWN.iter().map(|key| format!("fields.{key}"));
    built_in.chain(own).map(|field| json!({"field": field})).collect()
}

/// What deals know besides; `need` is a field that nobody defined.
const OWN: [&str; 10] = ["size", "marks", "budget", "score", "since", "called_at", "is_key", "about", "seller", "need"];

/// The headings that the interface writes in Norwegian.
fn titled() -> Value {
    let built_in = [
        ("id", "Salgs-id"),
        ("title", "Tittel"),
        ("contact", "Kontakt"),
        ("contact_email", "Kontaktens e-post"),
        ("pipeline", "Trakt"),
        ("stage", "Fase"),
        ("status", "Status"),
        ("value", "Verdi"),
        ("discount", "Rabatt"),
        ("owner", "Ansvarlig"),
        ("channel", "Kanal"),
        ("reason", "Grunn"),
        ("created_at", "Opprettet"),
        ("stage_entered_at", "I fasen siden"),
        ("closed_at", "Avsluttet"),
    ];
    let own = OWN.iter().map(|key| json!({"field": format!("fields.{key}"), "label": key}));
    built_in.iter().map(|(field, label)| json!({"field": field, "label": label})).chain(own).collect()
}
