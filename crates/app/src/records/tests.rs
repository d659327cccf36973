use funnel::field::FieldKind;
use serde_json::{Value, json};

use super::*;
use crate::audit;
use crate::contacts::{self, ContactChange, ContactQuery, ContactView};
use crate::exports::{self, RecordExportRequest};
use crate::fields::tests::define;
use crate::permission::Role;
use crate::testing::{self, TestApp};

async fn add(test: &TestApp, body: Value) -> ContactView {
    test.clock.advance_ms(1);
    let change: ContactChange = serde_json::from_value(body).unwrap();
    contacts::create(&test.app, &test.owner, change).await.unwrap()
}

async fn names(test: &TestApp, query: Value) -> Vec<String> {
    let query: ContactQuery = serde_json::from_value(query).unwrap();
    let page = contacts::list(&test.app, &test.owner, query).await.unwrap();
    page.items.into_iter().map(|one| one.display_name).collect()
}

async fn bulk(test: &TestApp, body: Value) -> Result<BulkEditView> {
    let request: BulkRequest = serde_json::from_value(body).unwrap();
    start_bulk(&test.app, &test.owner, Entity::Contact, request).await
}

fn problem<T: std::fmt::Debug>(result: Result<T>) -> (String, String) {
    match result {
        Err(AppError::Invalid(mut problems)) => {
            let one = problems.remove(0);
            (one.field, one.code)
        }
        Err(AppError::Conflict { code, .. }) => (String::new(), code.to_owned()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_filter_means_what_it_says() {
    for test in testing::all().await {
        define(&test, Entity::Contact, "age", FieldKind::WholeNumber).await;
        define(&test, Entity::Contact, "met", FieldKind::DateTime).await;
        define(&test, Entity::Contact, "phone2", FieldKind::Phone).await;
        let me = test.owner.audit_name();
        add(&test, json!({"first_name": "Kari", "tags": ["vip"], "owner_id": me, "traits": {"age": 30}})).await;
        add(&test, json!({"first_name": "Ola", "traits": {"age": 40, "met": "2026-03-01T23:30:00Z"}})).await;
        add(&test, json!({"first_name": "Per", "traits": {"phone2": "+47 22 33 44 55"}})).await;
        let cases = [
            (json!({"field": "fields.age", "at_least": 31}), vec!["Ola"]),
            (json!({"field": "fields.age", "at_least": 30, "below": 40}), vec!["Kari"]),
            (json!({"not": {"field": "fields.age", "is": 30}}), vec!["Per", "Ola"]),
            (json!({"field": "fields.age", "none_of": [30, 40]}), vec!["Per"]),
            (json!({"field": "tags", "is": "vip"}), vec!["Kari"]),
            (json!({"field": "tags", "none_of": ["vip", "x"]}), vec!["Per", "Ola"]),
            (json!({"field": "owner_id", "is": "me"}), vec!["Kari"]),
            (json!({"field": "owner_id", "known": false}), vec!["Per", "Ola"]),
            // Half past eleven at night in UTC is the next day in Oslo, which is the company's zone.
            (json!({"field": "fields.met", "is": "2026-03-02"}), vec!["Ola"]),
            (json!({"field": "fields.met", "at_most": "2026-03-01"}), vec![]),
            (json!({"field": "fields.met", "above": "2026-03-01"}), vec!["Ola"]),
            (json!({"field": "created_at", "is": "2026-03-02"}), vec!["Per", "Ola", "Kari"]),
            (json!({"field": "created_at", "below": "2026-03-02"}), vec![]),
            (json!({"field": "fields.phone2", "is": "0047 22334455"}), vec!["Per"]),
            (
                json!({"any": [{"field": "name", "is": "kari"}, {"field": "name", "contains": "ER"}]}),
                vec!["Per", "Kari"],
            ),
        ];
        for (filter, expected) in cases {
            let found = names(&test, json!({"filter": filter.to_string()})).await;
            assert_eq!(found, expected, "{}: {filter}", test.name);
        }
        assert_eq!(names(&test, json!({"sort": "-fields.age"})).await, ["Ola", "Kari", "Per"]);
        let deep = (0..20).fold(json!({"field": "name", "known": true}), |inner, _| json!({"not": inner}));
        let wrong = [
            json!({"filter": "{"}),
            json!({"filter": r#"{"field":"nothing","known":true}"#}),
            json!({"filter": r#"{"field":"fields.age","is":"old"}"#}),
            json!({"filter": r#"{"field":"fields.age","contains":"3"}"#}),
            json!({"filter": r#"{"field":"owner_id","is":"ctc_1"}"#}),
            json!({"filter": r#"{"did":"Order Completed"}"#}),
            json!({"filter": deep.to_string()}),
            json!({"sort": "tags"}),
            json!({"sort": "nothing"}),
            json!({"cursor": "x"}),
            json!({"limit": 501}),
        ];
        for query in wrong {
            let asked: ContactQuery = serde_json::from_value(query.clone()).unwrap();
            let refused = contacts::list(&test.app, &test.owner, asked).await;
            assert!(matches!(refused, Err(AppError::Invalid(_))), "{query}");
        }
    }
}

#[tokio::test]
async fn an_edit_of_many_goes_through_all_of_them_and_can_be_taken_back() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        define(&test, Entity::Contact, "age", FieldKind::WholeNumber).await;
        // More than a batch, so that it goes on where it stood.
        const MANY: usize = 230;
        for number in 0..MANY {
            add(&test, json!({"first_name": format!("n{number}"), "tags": ["a"], "traits": {"age": 1}})).await;
        }
        let other = add(&test, json!({"first_name": "other"})).await;
        let all = json!({"filter": {"field": "fields.age", "is": 1}});
        // The edit changes what the filter asks for.
        let edit = bulk(
            &test,
            json!({"selection": all, "action": {"set": {"traits": {"age": 2}, "owner_id": owner.audit_name()}}}),
        );
        let edit = edit.await.unwrap();
        assert_eq!((edit.state, edit.total, edit.can_undo), ("running", MANY as u64, false));
        test.settle().await;
        let done = get_bulk(app, owner, edit.id).await.unwrap();
        assert_eq!((done.state, done.done, done.changed, done.can_undo), ("done", MANY as u64, MANY as u64, true));
        let two = json!({"filter": r#"{"field":"fields.age","is":2}"#, "limit": 500});
        assert_eq!(names(&test, two.clone()).await.len(), MANY, "{}", test.name);

        // One was changed since: it stays as it is.
        let since: ContactChange = serde_json::from_value(json!({"traits": {"age": 3}})).unwrap();
        let first: ContactQuery = serde_json::from_value(json!({"q": "n0"})).unwrap();
        let first = contacts::list(app, owner, first).await.unwrap().items.remove(0);
        test.clock.advance_ms(1);
        contacts::update(app, owner, first.id, since).await.unwrap();
        let entries = audit::newest(app, owner, Some(&first.id.to_string())).await.unwrap();
        assert_eq!(entries[0].detail, json!({"before": {"fields.age": 2}, "after": {"fields.age": 3}}));
        assert_eq!(entries[1].detail["before"], json!({"fields.age": 1, "owner_id": null}));
        call_off_or_undo(app, owner, edit.id).await.unwrap();
        test.settle().await;
        let undone = get_bulk(app, owner, edit.id).await.unwrap();
        assert_eq!((undone.state, undone.done, undone.can_undo), ("undone", MANY as u64 - 1, false));
        let one = contacts::get(app, owner, other.id).await.unwrap();
        assert!(one.owner_id.is_none() && one.traits.is_empty());
        assert_eq!(names(&test, two).await, Vec::<String>::new());
        assert_eq!(contacts::get(app, owner, first.id).await.unwrap().traits["age"], 3);
        assert_eq!(problem(call_off_or_undo(app, owner, edit.id).await).1, "not_undoable");
    }
}

#[tokio::test]
async fn tags_come_and_go_and_a_removal_waits() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let (a, b) =
            (add(&test, json!({"first_name": "A", "tags": ["x"]})).await, add(&test, json!({"first_name": "B"})).await);
        let both = json!([a.id, b.id]);
        bulk(&test, json!({"ids": both, "action": {"add_tags": [" y ", "x"]}})).await.unwrap();
        test.settle().await;
        assert_eq!(contacts::get(app, owner, b.id).await.unwrap().tags, ["x", "y"]);
        let edit = bulk(&test, json!({"ids": [a.id], "action": {"remove_tags": ["x"]}})).await.unwrap();
        test.settle().await;
        assert_eq!(contacts::get(app, owner, a.id).await.unwrap().tags, ["y"]);
        call_off_or_undo(app, owner, edit.id).await.unwrap();
        test.settle().await;
        assert_eq!(contacts::get(app, owner, a.id).await.unwrap().tags, ["x", "y"], "{}", test.name);

        let rep = test.actor(Role::Rep).await;
        let removal = |ids: Value| {
            serde_json::from_value::<BulkRequest>(json!({"ids": ids, "action": {"remove": true}})).unwrap()
        };
        let forbidden = start_bulk(app, &rep, Entity::Contact, removal(json!([a.id]))).await;
        assert!(matches!(forbidden, Err(AppError::Forbidden(_))));
        let edit = start_bulk(app, owner, Entity::Contact, removal(both.clone())).await.unwrap();
        assert!(edit.can_undo);
        test.settle().await;
        assert!(contacts::get(app, owner, a.id).await.is_ok(), "it waits");
        assert_eq!(call_off_or_undo(app, owner, edit.id).await.unwrap().state, "called_off");
        test.clock.advance_ms(60_000);
        test.settle().await;
        assert!(contacts::get(app, owner, a.id).await.is_ok(), "it was called off");
        let edit = start_bulk(app, owner, Entity::Contact, removal(both)).await.unwrap();
        test.clock.advance_ms(60_000);
        test.settle().await;
        let done = get_bulk(app, owner, edit.id).await.unwrap();
        assert_eq!((done.state, done.changed, done.can_undo), ("done", 2, false));
        assert!(matches!(contacts::get(app, owner, a.id).await, Err(AppError::NotFound(_))));
    }
}

#[tokio::test]
async fn what_cannot_be_done_to_any_is_refused_at_once() {
    let test = testing::sqlite().await;
    define(&test, Entity::Contact, "age", FieldKind::WholeNumber).await;
    let one = add(&test, json!({"first_name": "A"})).await;
    let cases = [
        (json!({"action": {"set": {}}}), "action.set"),
        (json!({"action": {"set": {"email": "a@b.no"}}}), "action.set"),
        (json!({"action": {"set": {"traits": {"age": "old"}}}}), "action.set.traits.age"),
        (json!({"action": {"set": {"owner_id": "usr_01jd3k5w0me9xr9q5y8t3v7n2p"}}}), "action.set.owner_id"),
        (json!({"action": {"set": {"nothing": 1}}}), "action.set"),
        (json!({"action": {"add_tags": [" "]}}), "action"),
        (json!({"action": {"remove": false}}), "action.remove"),
        (json!({"ids": [], "action": {"add_tags": ["x"]}}), "ids"),
        (json!({"ids": ["cmp_01jd3k5w0me9xr9q5y8t3v7n2p"], "action": {"add_tags": ["x"]}}), "ids"),
        (json!({"selection": {"filter": {"field": "no", "known": true}}, "action": {"add_tags": ["x"]}}), "filter"),
    ];
    for (body, field) in cases {
        assert_eq!(problem(bulk(&test, body.clone()).await).0, field, "{body}");
    }
    test.settle().await;
    assert_eq!(contacts::get(&test.app, &test.owner, one.id).await.unwrap().updated_at, one.updated_at);
}

#[tokio::test]
async fn a_file_holds_exactly_the_list() {
    for test in testing::all().await {
        define(&test, Entity::Contact, "sum", FieldKind::Money).await;
        add(
            &test,
            json!({"first_name": "=Kari", "tags": ["a", "b"], "owner_id": test.owner.audit_name(),
            "traits": {"sum": {"minor": 12550, "currency": "NOK"}}}),
        )
        .await;
        add(&test, json!({"first_name": "Ola", "email": "ola@b.no"})).await;
        add(&test, json!({"first_name": "Zed"})).await;
        let columns = json!([{"field": "name", "label": "Navn"}, {"field": "email"}, {"field": "tags"},
            {"field": "owner_id", "label": "Eier"}, {"field": "fields.sum", "label": "Sum"}]);
        let request = |format: &str| {
            let body = json!({"columns": columns, "format": format, "sort": "name",
                "selection": {"filter": {"not": {"field": "name", "is": "zed"}}}});
            serde_json::from_value::<RecordExportRequest>(body).unwrap()
        };
        let read = async |request| {
            let mut file = exports::records(&test.app, &test.owner, Entity::Contact, request).await.unwrap();
            let mut bytes = Vec::new();
            while let Some(piece) = file.pieces.recv().await {
                bytes.extend_from_slice(&piece.unwrap());
            }
            (file.file_name, bytes)
        };
        let (name, csv) = read(request("csv")).await;
        assert_eq!(name, "contacts.csv");
        let expected =
            "Navn,email,tags,Eier,Sum,Sum (currency)\r\n'=Kari,,\"a, b\",Ola Owner,125.5,NOK\r\nOla,ola@b.no,,,,\r\n";
        assert_eq!(String::from_utf8(csv).unwrap(), expected, "{}", test.name);
        let (name, xlsx) = read(request("xlsx")).await;
        assert_eq!(name, "contacts.xlsx");
        let mut book: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(xlsx)).unwrap();
        let range = calamine::Reader::worksheet_range(&mut book, "Rows").unwrap();
        assert_eq!(range.get((1, 4)), Some(&calamine::Data::Float(125.5)));
        assert_eq!(range.height(), 3);
    }
}
