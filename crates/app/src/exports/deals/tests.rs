use serde_json::json;

use super::*;
use crate::contacts::ContactChange;
use crate::deals::NewDeal;
use crate::fields::{AccessView, set_access, tests::define};
use crate::permission::Role;
use crate::testing::{self, TestApp};

async fn read(mut file: Streamed) -> String {
    let mut text = Vec::new();
    while let Some(piece) = file.pieces.recv().await {
        text.extend_from_slice(&piece.unwrap());
    }
    String::from_utf8(text).unwrap()
}

async fn lines(app: &Arc<App>, actor: &Actor, request: Value) -> Vec<String> {
    let request: DealExportRequest = serde_json::from_value(request).unwrap();
    let text = read(deals(app, actor, request).await.unwrap()).await;
    text.trim_end().split("\r\n").map(str::to_owned).collect()
}

/// A deal each of the owner and of a rep, dearer the later.
async fn two_deals(test: &TestApp, rep: &Actor) {
    let contact: ContactChange =
        serde_json::from_value(json!({"first_name": "Ola", "last_name": "Nordmann", "email": "ola@x.no"})).unwrap();
    let contact = contacts::create(&test.app, &test.owner, contact).await.unwrap().id;
    for (actor, title, minor) in [(&test.owner, "Crown", 100_050), (rep, "Braces", 200)] {
        test.clock.advance_ms(1_000);
        let value = Money::new(minor, "NOK".parse().unwrap());
        let fields = json!({"margin": 7, "need": "white"}).as_object().cloned();
        let new = NewDeal {
            title: Some(title.into()),
            value: Some(value),
            fields,
            discount: Some(12.5),
            ..NewDeal::with(contact)
        };
        deals::create(&test.app, actor, new).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_is_what_the_list_shows_to_whoever_asks() {
    for test in testing::all().await {
        define(&test, Entity::Deal, "margin", FieldKind::Number).await;
        let rep = test.actor(Role::Rep).await;
        two_deals(&test, &rep).await;
        let columns = json!([{"field": "title", "label": "Title"}, {"field": "contact"}, {"field": "contact_email"}, {"field": "stage"},
            {"field": "status"}, {"field": "value", "label": "Value"}, {"field": "discount"}, {"field": "fields.margin"}, {"field": "fields.need"}]);
        let request = |sort: &str| json!({"columns": columns, "sort": sort, "format": "csv", "locale": "nb"});
        let all = lines(&test.app, &test.owner, request("dearest")).await;
        let expected = [
            "Title,contact,contact_email,stage,status,Value,Value (currency),discount,fields.margin,fields.need",
            "Crown,Ola Nordmann,ola@x.no,Interesse,open,1000.5,NOK,12.5,7,white",
            "Braces,Ola Nordmann,ola@x.no,Interesse,open,2,NOK,12.5,7,white",
        ];
        assert_eq!(all, expected, "{}", test.name);
        assert_eq!(lines(&test.app, &test.owner, request("cheapest")).await[1].split(',').next(), Some("Braces"));
        let own = lines(&test.app, &rep, request("dearest")).await;
        assert_eq!(own.len(), 2, "a rep takes out the own ones: {own:?}");
        test.clock.advance_ms(1);
        let some = json!({"selection": {"q": "crown", "status": "open"}, "columns": [{"field": "title"}], "format": "csv", "byte_order_mark": true});
        assert_eq!(lines(&test.app, &test.owner, some).await, ["\u{feff}title", "Crown"]);
        let entries = crate::audit::newest(&test.app, &test.owner, None).await.unwrap();
        assert_eq!(
            (entries[0].action.as_str(), &entries[0].detail["selection"]["q"]),
            ("deal.export", &json!("crown"))
        );
    }
}

#[tokio::test]
async fn what_is_hidden_from_a_role_stays_out_of_its_file() {
    let test = testing::sqlite().await;
    define(&test, Entity::Deal, "margin", FieldKind::Number).await;
    let rep = test.actor(Role::Rep).await;
    two_deals(&test, &rep).await;
    for (entity, field) in [(Entity::Deal, "fields.margin"), (Entity::Contact, "email"), (Entity::Contact, "last_name")]
    {
        let access = AccessView { field: field.to_owned(), hidden_from: vec![Role::Rep], fixed_for: vec![] };
        set_access(&test.app, &test.owner, entity, access).await.unwrap();
    }
    let all = lines(&test.app, &rep, json!({"format": "csv"})).await.join("\n");
    assert!(all.contains("Braces") && all.contains("value,currency"), "{all}");
    assert!(!all.contains("margin") && !all.contains("x.no") && !all.contains("Nordmann"), "{all}");
    for column in ["fields.margin", "contact_email", "nothing"] {
        let request: DealExportRequest =
            serde_json::from_value(json!({"format": "csv", "columns": [{"field": column}]})).unwrap();
        let refused = deals(&test.app, &rep, request).await;
        assert!(
            matches!(&refused, Err(AppError::Invalid(problems)) if problems[0].code == "unknown"),
            "{column}: {refused:?}"
        );
    }
}
