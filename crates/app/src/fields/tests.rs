use funnel::field::{Choice, Definition, FieldKind};
use funnel::localized::Localized;
use serde_json::{Value, json};

use super::*;
use crate::companies::{self, CompanyChange};
use crate::contacts::{self, ContactChange, ContactQuery};
use crate::exports::{self, RecordExportRequest};
use crate::testing::{self, TestApp};
use crate::{audit, permission::Role};

pub(crate) fn definition(key: &str, kind: FieldKind) -> Definition {
    let choice = |value: &str| Choice { value: value.to_owned(), label: value.into() };
    Definition {
        key: key.to_owned(),
        label: key.into(),
        kind,
        choices: if kind.has_choices() { ["small", "large"].map(choice).to_vec() } else { Vec::new() },
        is_required: false,
        help: Localized::default(),
        group: Localized::default(),
    }
}

pub(crate) async fn define(test: &TestApp, entity: Entity, key: &str, kind: FieldKind) -> FieldView {
    create(&test.app, &test.owner, NewField { entity, definition: definition(key, kind) }).await.unwrap()
}

fn change(value: Value) -> ContactChange {
    serde_json::from_value(value).unwrap()
}

fn problems<T: std::fmt::Debug>(result: Result<T>) -> Vec<(String, String)> {
    match result {
        Err(AppError::Invalid(problems)) => problems.into_iter().map(|one| (one.field, one.code)).collect(),
        other => panic!("{other:?}"),
    }
}

async fn read(mut file: exports::Streamed) -> String {
    let mut text = Vec::new();
    while let Some(piece) = file.pieces.recv().await {
        text.extend_from_slice(&piece.unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn values_are_checked_and_survive_every_change_of_the_field() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let size = define(&test, Entity::Contact, "size", FieldKind::Choice).await;
        define(&test, Entity::Contact, "age", FieldKind::WholeNumber).await;
        let again =
            create(app, owner, NewField { entity: Entity::Contact, definition: definition("age", FieldKind::Text) });
        assert_eq!(problems(again.await), [("key".to_owned(), "taken".to_owned())]);
        let rep = test.actor(Role::Rep).await;
        let forbidden = NewField { entity: Entity::Contact, definition: definition("x", FieldKind::Text) };
        assert!(matches!(create(app, &rep, forbidden).await, Err(AppError::Forbidden(_))));

        let kari = json!({"first_name": "Kari", "traits": {"size": "LARGE", "age": "42", "note": [1]}});
        let kari = contacts::create(app, owner, change(kari)).await.unwrap();
        assert_eq!(Value::Object(kari.traits.clone()), json!({"size": "large", "age": 42, "note": [1]}));
        let wrong = contacts::update(app, owner, kari.id, change(json!({"traits": {"size": "huge", "age": 1.5}})));
        let expected = [("traits.age", "whole_number"), ("traits.size", "choice")];
        assert_eq!(problems(wrong.await), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));

        let renamed =
            FieldChange { label: Some("Size of shop".into()), is_required: Some(true), ..FieldChange::default() };
        update(app, owner, size.id, renamed).await.unwrap();
        assert_eq!(contacts::get(app, owner, kari.id).await.unwrap().traits["size"], "large");
        let emptied = contacts::update(app, owner, kari.id, change(json!({"traits": {"size": null}})));
        assert_eq!(problems(emptied.await), [("traits.size".to_owned(), "required".to_owned())]);
        let without = contacts::create(app, owner, change(json!({"first_name": "Ola"})));
        assert_eq!(problems(without.await), [("traits.size".to_owned(), "required".to_owned())]);

        let archived = FieldChange { is_archived: Some(true), ..FieldChange::default() };
        update(app, owner, size.id, archived).await.unwrap();
        contacts::create(app, owner, change(json!({"first_name": "Ola"}))).await.unwrap();
        let archived = contacts::update(app, owner, kari.id, change(json!({"traits": {"size": "small"}})));
        assert_eq!(problems(archived.await), [("traits.size".to_owned(), "archived".to_owned())]);
        assert_eq!(contacts::get(app, owner, kari.id).await.unwrap().traits["size"], "large", "{}", test.name);

        let ids: Vec<_> = list(app, owner, FieldQuery { entity: Entity::Contact }).await.unwrap().items;
        let ids: Vec<_> = ids.into_iter().rev().map(|field| field.id).collect();
        let order = FieldOrder { entity: Entity::Contact, ids };
        let keys: Vec<_> =
            reorder(app, owner, order).await.unwrap().items.into_iter().map(|one| one.definition.key).collect();
        assert_eq!(keys, ["age", "size"]);
        let short = FieldOrder { entity: Entity::Contact, ids: vec![size.id] };
        assert_eq!(problems(reorder(app, owner, short).await)[0].1, "incomplete");
    }
}

#[tokio::test]
async fn users_that_a_field_names_must_be_there_and_companies_refuse_what_is_not_defined() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    define(&test, Entity::Company, "seller", FieldKind::User).await;
    let company = |fields: Value| {
        let change = CompanyChange { name: Some("Acme".to_owned()), ..CompanyChange::default() };
        companies::create(app, owner, CompanyChange { fields: fields.as_object().cloned(), ..change })
    };
    let nobody = "usr_01jd3k5w0me9xr9q5y8t3v7n2p";
    assert_eq!(
        problems(company(json!({"seller": nobody})).await),
        [("fields.seller".to_owned(), "unknown".to_owned())]
    );
    assert_eq!(problems(company(json!({"other": 1})).await), [("fields.other".to_owned(), "unknown".to_owned())]);
    let acme = company(json!({"seller": owner.audit_name()})).await.unwrap();
    assert_eq!(acme.fields["seller"], json!(owner.audit_name()));

    // What deals call.
    define(&test, Entity::Deal, "margin", FieldKind::Number).await;
    let map = |value: Value| value.as_object().cloned().unwrap();
    let before = map(json!({"margin": 0.2}));
    let conn = app.store.reader();
    let after =
        checked(conn, owner, Entity::Deal, &before, &map(json!({"margin": "0,3"})), Writing::Change).await.unwrap();
    assert_eq!(Value::Object(after), json!({"margin": 0.3}));
    let access = AccessView { field: "fields.margin".to_owned(), hidden_from: vec![Role::Rep], fixed_for: vec![] };
    set_access(app, owner, Entity::Deal, access).await.unwrap();
    let rep = test.actor(Role::Rep).await;
    let refused = checked(conn, &rep, Entity::Deal, &before, &map(json!({"margin": 0.2})), Writing::Change).await;
    assert_eq!(problems(refused), [("fields.margin".to_owned(), "closed".to_owned())]);
}

#[tokio::test]
async fn what_is_hidden_cannot_be_read_in_any_way() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        define(&test, Entity::Contact, "margin", FieldKind::Number).await;
        for (name, email, margin) in [("Kari", "kari@secret.no", 9), ("Ola", "ola@b.no", 1)] {
            let traits = json!({"margin": margin, "secret_fact": name});
            let one = json!({"first_name": name, "email": email, "phone": "5550", "traits": traits});
            contacts::create(app, owner, change(one)).await.unwrap();
        }
        let nameless = contacts::create(app, owner, change(json!({"email": "x@secret.no"}))).await.unwrap();
        for field in ["email", "fields.margin", "other"] {
            let access = AccessView { field: field.to_owned(), hidden_from: vec![Role::Rep], fixed_for: vec![] };
            set_access(app, owner, Entity::Contact, access).await.unwrap();
        }
        let fixed = AccessView { field: "phone".to_owned(), hidden_from: vec![], fixed_for: vec![Role::Rep] };
        set_access(app, owner, Entity::Contact, fixed).await.unwrap();
        let rep = test.actor(Role::Rep).await;
        let ask = |query: Value| {
            let query: ContactQuery = serde_json::from_value(query).unwrap();
            contacts::list(app, &rep, query)
        };

        let all = ask(json!({})).await.unwrap();
        let told = serde_json::to_string(&all.items).unwrap();
        assert_eq!(all.items.len(), 3);
        for secret in ["secret", "@b.no", "margin"] {
            assert!(!told.contains(secret), "{}: {told}", test.name);
        }
        assert!(told.contains("5550"));
        let one = contacts::get(app, &rep, nameless.id).await.unwrap();
        assert_eq!(one.display_name, nameless.id.to_string());

        // By a filter, an order, words, a file's columns or a file's filter.
        let filters = [
            json!({"field": "email", "contains": "secret"}),
            json!({"field": "email", "known": true}),
            json!({"not": {"field": "fields.margin", "above": 5}}),
            json!({"any": [{"all": [{"field": "fields.margin", "known": true}]}]}),
            json!({"field": "fields.secret_fact", "is": "Kari"}),
        ];
        for filter in &filters {
            assert_eq!(problems(ask(json!({"filter": filter.to_string()})).await)[0].1, "unknown", "{filter}");
        }
        for sort in ["email", "-email", "fields.margin", "-fields.margin"] {
            assert_eq!(problems(ask(json!({"sort": sort})).await)[0].1, "unknown", "{sort}");
        }
        assert_eq!(ask(json!({"q": "secret.no"})).await.unwrap().total, 0);
        assert_eq!(ask(json!({"q": "555 kari"})).await.unwrap().total, 1);
        let file = |body: Value| {
            let request: RecordExportRequest = serde_json::from_value(body).unwrap();
            exports::records(app, &rep, Entity::Contact, request)
        };
        for column in ["email", "fields.margin", "fields.secret_fact", "traits"] {
            let refused = file(json!({"columns": [{"field": column}], "format": "csv"})).await;
            assert_eq!(problems(refused)[0].1, "unknown", "{column}");
        }
        let by_filter = json!({"columns": [{"field": "name"}], "format": "csv", "selection": {"filter": filters[0]}});
        assert_eq!(problems(file(by_filter).await)[0].1, "unknown");
        let names =
            read(file(json!({"columns": [{"field": "name"}], "format": "csv", "sort": "name"})).await.unwrap()).await;
        assert!(!names.contains("secret") && names.contains("Kari"), "{names}");

        // Nor by writing the same and seeing whether that is a change.
        for body in [json!({"email": "kari@secret.no"}), json!({"traits": {"margin": 9}}), json!({"phone": "5550"})] {
            let refused = contacts::update(app, &rep, nameless.id, change(body.clone())).await;
            assert_eq!(problems(refused)[0].1, "closed", "{body}");
        }
        let told =
            serde_json::to_string(&list(app, &rep, FieldQuery { entity: Entity::Contact }).await.unwrap()).unwrap();
        assert!(!told.contains("margin"), "{told}");

        // Who sees all still does.
        let query: ContactQuery = serde_json::from_value(json!({"sort": "-fields.margin", "q": "secret.no"})).unwrap();
        let seen = contacts::list(app, owner, query).await.unwrap();
        assert_eq!(seen.items.iter().map(|one| one.display_name.as_str()).collect::<Vec<_>>(), ["Kari", "x@secret.no"]);
        let entries = audit::newest(app, owner, Some("contact.email")).await.unwrap();
        assert_eq!(entries[0].detail["after"]["hidden_from"], json!(["rep"]));
    }
}

#[tokio::test]
async fn owner_and_admin_are_never_kept_from_a_field() {
    let test = testing::sqlite().await;
    let access = |field: &str, role| AccessView { field: field.to_owned(), hidden_from: vec![role], fixed_for: vec![] };
    let refused = set_access(&test.app, &test.owner, Entity::Contact, access("email", Role::Admin)).await;
    assert_eq!(problems(refused), [("hidden_from".to_owned(), "role".to_owned())]);
    let refused = set_access(&test.app, &test.owner, Entity::Contact, access("fields.none", Role::Rep)).await;
    assert_eq!(problems(refused), [("field".to_owned(), "unknown".to_owned())]);
}
