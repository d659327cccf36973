//! Columns that become fields of the company's own.

use funnel::field::FieldKind;
use serde_json::{Value, json};
use store::imports::ImportState;

use super::super::*;
use super::cases::upload;
use crate::contacts::{self, ContactQuery};
use crate::fields::{self, Entity, FieldQuery, FieldView, tests::define};
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::{AppError, companies};

const PEOPLE: &str = "Email;Butikkstørrelse;Omsetning;Kunde siden;Aktiv;Antall\n\
    a@x.no;Stor;1 234,50;31.01.2025;ja;3\n\
    b@x.no;Liten;99,90;02.03.2024;nei;4\n\
    c@x.no;Stor;;;;\n\
    d@x.no;Stor;0,5;05.05.2023;ja;1\n\
    e@x.no;Liten;7;06.06.2023;nei;2\n\
    f@x.no;Liten;8;07.07.2023;ja;3\n";

async fn fields(test: &TestApp, entity: Entity) -> Vec<FieldView> {
    fields::list(&test.app, &test.owner, FieldQuery { entity }).await.unwrap().items
}

/// The guess with every column that is a plain fact made a field.
fn all_made(guess: &Guess) -> Mapping {
    let mut mapping = guess.mapping.clone();
    for column in &guess.columns {
        if matches!(column.target, Target::Trait { .. } | Target::Skip) {
            let SuggestedField { key, field, value, format } = column.field.clone();
            mapping.set(&column.column, Target::Field { key, value, format, make: Some(field) });
        }
    }
    mapping
}

async fn run_it(test: &TestApp, id: base::Id<base::id::Import>, mapping: Mapping, is_dry_run: bool) -> ImportView {
    let request = StartRequest { mapping, hint: ReadHint::default(), is_dry_run };
    start(&test.app, &test.owner, id, request).await.unwrap();
    test.settle().await;
    get(&test.app, &test.owner, id).await.unwrap()
}

#[tokio::test]
async fn columns_become_fields_of_the_type_of_their_values() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let id = upload(&test, "people.csv", PEOPLE.as_bytes()).await.id;
        let seen = preview(app, owner, id, PreviewRequest::default()).await.unwrap();
        let mapping = all_made(&seen.guess);
        let request = PreviewRequest { mapping: Some(mapping.clone()), ..Default::default() };
        let tried = preview(app, owner, id, request).await.unwrap();
        assert_eq!(tried.problems, []);
        assert_eq!(tried.results[0].contact.as_ref().unwrap().traits["omsetning"], json!(1234.5));

        let checked = run_it(&test, id, mapping.clone(), true).await.check.unwrap();
        assert_eq!((checked.counts.contacts_added, checked.counts.refused), (6, 0), "{checked:?}");
        assert!(fields(&test, Entity::Contact).await.is_empty(), "a dry run makes nothing");

        let view = run_it(&test, id, mapping.clone(), false).await;
        assert_eq!((view.state, view.counts.refused), (ImportState::Done, 0), "{view:?}");
        let made: Vec<_> = fields(&test, Entity::Contact)
            .await
            .into_iter()
            .map(|one| (one.definition.key, one.definition.kind))
            .collect();
        let expected = [
            ("butikkstorrelse", FieldKind::Choice),
            ("omsetning", FieldKind::Number),
            ("kunde_siden", FieldKind::Date),
            ("aktiv", FieldKind::YesNo),
            ("antall", FieldKind::WholeNumber),
        ];
        assert_eq!(made, expected.map(|(key, kind)| (key.to_owned(), kind)));
        let query: ContactQuery = serde_json::from_value(json!({"sort": "-fields.omsetning"})).unwrap();
        let first = contacts::list(app, owner, query).await.unwrap().items.remove(0);
        let expected = json!({"butikkstorrelse": "Stor", "omsetning": 1234.5, "kunde_siden": "2025-01-31", "aktiv": true, "antall": 3});
        assert_eq!(Value::Object(first.traits), expected, "{}", test.name);

        // The same file again: the fields are there, and known by their labels.
        let id = upload(&test, "people.csv", PEOPLE.as_bytes()).await.id;
        let guess = preview(app, owner, id, PreviewRequest::default()).await.unwrap().guess;
        let target = |name: &str| guess.columns.iter().find(|column| column.column == name).unwrap().target.clone();
        for (name, key) in [("Butikkstørrelse", "butikkstorrelse"), ("Kunde siden", "kunde_siden")] {
            assert!(matches!(target(name), Target::Field { key: found, make: None, .. } if found == key), "{name}");
        }
        let view = run_it(&test, id, guess.mapping, false).await;
        assert_eq!((view.counts.contacts_repeated, view.counts.refused), (6, 0), "{view:?}");
        // A mapping that was kept from before makes nothing twice.
        let id = upload(&test, "people.csv", PEOPLE.as_bytes()).await.id;
        assert_eq!(run_it(&test, id, mapping, false).await.state, ImportState::Done);
        assert_eq!(fields(&test, Entity::Contact).await.len(), 5);
    }
}

#[tokio::test]
async fn a_dry_run_tells_each_value_that_is_not_of_its_fields_type() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        define(&test, Entity::Contact, "size", FieldKind::Choice).await;
        define(&test, Entity::Contact, "age", FieldKind::WholeNumber).await;
        let text = "email,Size,fields.age\na@x.no,large,40\nb@x.no,huge,41\nc@x.no,small,old\n";
        let id = upload(&test, "people.csv", text.as_bytes()).await.id;
        let mapping = preview(app, owner, id, PreviewRequest::default()).await.unwrap().guess.mapping;
        let check = run_it(&test, id, mapping.clone(), true).await.check.unwrap();
        assert_eq!((check.counts.contacts_added, check.counts.refused), (1, 2), "{check:?}");
        let page = refused(app, owner, id, ReportKind::Check, None, None).await.unwrap();
        let told: Vec<_> = page.items.iter().map(|row| &row.refused).collect();
        assert_eq!(
            (told[0].line, told[0].column.as_deref(), told[0].value.as_deref()),
            (3, Some("Size"), Some("huge"))
        );
        assert!(told[0].reason.contains("small, large"), "{told:?}");
        assert_eq!((told[1].line, told[1].column.as_deref()), (4, Some("fields.age")));
        assert!(told[1].reason.contains("write a number"), "{told:?}");

        // A fact under the name of a field is that field.
        let mut facts = mapping;
        facts.set("Size", Target::Trait { name: "size".to_owned(), value: Default::default() });
        let view = run_it(&test, id, facts, false).await;
        assert_eq!((view.counts.contacts_added, view.counts.refused), (1, 2), "{view:?}");
    }
}

fn problems<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    match result {
        Err(AppError::Invalid(problems)) => problems.into_iter().map(|problem| problem.message).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn fields_are_made_by_whoever_may_and_only_where_they_can_be() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let old = define(&test, Entity::Contact, "old", FieldKind::Text).await;
    let archived = fields::FieldChange { is_archived: Some(true), ..Default::default() };
    fields::update(app, owner, old.id, archived).await.unwrap();
    define(&test, Entity::Contact, "age", FieldKind::WholeNumber).await;
    let id = upload(&test, "people.csv", b"email,x\na@x.no,1\n").await.id;
    let guess = preview(app, owner, id, PreviewRequest::default()).await.unwrap().guess;
    let with = |key: &str, kind: FieldKind| {
        let make = Some(FieldToMake { label: "X".to_owned(), kind, choices: vec!["a, b".to_owned()] });
        let mut mapping = guess.mapping.clone();
        mapping.set(
            "x",
            Target::Field { key: key.to_owned(), value: Default::default(), format: Default::default(), make },
        );
        StartRequest { mapping, hint: ReadHint::default(), is_dry_run: false }
    };
    for (key, kind, expected) in [
        ("old", FieldKind::Text, "out of use"),
        ("age", FieldKind::Text, "of another type"),
        ("Not a key", FieldKind::Text, "lower case letters"),
        ("size", FieldKind::Choice, "without commas"),
    ] {
        let told = problems(start(app, owner, id, with(key, kind)).await);
        assert!(told.contains(expected), "{key}: {told}");
    }
    let manager = test.actor(Role::Manager).await;
    let refused = start(app, &manager, id, with("size", FieldKind::Text)).await;
    assert!(matches!(refused, Err(AppError::Forbidden(_))), "{refused:?}");
    start(app, &manager, id, with("age", FieldKind::WholeNumber)).await.unwrap();
    test.settle().await;
    assert_eq!(fields(&test, Entity::Contact).await.len(), 2);
}

#[tokio::test]
async fn companies_get_fields_with_amounts_in_their_currency() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        define(&test, Entity::Company, "budget", FieldKind::Money).await;
        let text = "Company name;budget;budget (currency);Bransje\nFjord AS;12 500,50;EUR;Tann\nVik AS;100;;Tann\n";
        let id = upload(&test, "companies.csv", text.as_bytes()).await.id;
        let request = PreviewRequest { kind: Some(ImportKind::Companies), ..Default::default() };
        let guess = preview(app, owner, id, request).await.unwrap().guess;
        let view = run_it(&test, id, all_made(&guess), false).await;
        assert_eq!((view.counts.companies_added, view.counts.refused), (2, 0), "{view:?}");
        let mut all = companies::list(app, owner, Default::default()).await.unwrap().items;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(all[0].fields["budget"], json!({"minor": 1_250_050, "currency": "EUR"}), "{}", test.name);
        assert_eq!(all[1].fields["budget"], json!({"minor": 10_000, "currency": "NOK"}));
        assert_eq!(all[0].fields["bransje"], json!("Tann"));
    }
}
