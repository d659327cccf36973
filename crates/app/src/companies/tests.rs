use serde_json::{Value, json};

use super::*;
use crate::contacts::{self, ContactChange};
use crate::deals::NewDeal;
use crate::permission::Role;
use crate::testing::{self, TestApp};

async fn company(test: &TestApp, body: Value) -> CompanyView {
    let change: CompanyChange = serde_json::from_value(body).unwrap();
    create(&test.app, &test.owner, change).await.unwrap()
}

async fn person(test: &TestApp, body: Value) -> contacts::ContactView {
    test.clock.advance_ms(1);
    let change: ContactChange = serde_json::from_value(body).unwrap();
    contacts::create(&test.app, &test.owner, change).await.unwrap()
}

#[tokio::test]
async fn a_contact_joins_a_company_only_where_that_is_plain() {
    for test in testing::all().await {
        let acme = company(&test, json!({"name": "Acme AS", "domain": "https://www.Acme.no/about"})).await;
        assert_eq!(acme.domain, "acme.no");
        let twin = company(&test, json!({"name": "Twin", "domain": "twin.no"})).await.id;
        company(&test, json!({"name": "Twin AS", "domain": "twin.no"})).await;
        company(&test, json!({"name": "Mail", "domain": "gmail.com"})).await;
        let cases = [
            (json!({"email": "kari@acme.no"}), Some(acme.id)),
            (json!({"email": "k@acme.no", "company": "ACME a.s."}), Some(acme.id)),
            (json!({"first_name": "K", "company": "acme"}), Some(acme.id)),
            (json!({"email": "k2@acme.no", "company": "Twin"}), None),
            (json!({"email": "k3@acme.no", "company": "Acme Holding"}), None),
            (json!({"email": "k@twin.no"}), None),
            (json!({"email": "k@gmail.com"}), None),
            (json!({"email": "k@other.no", "company": "Acme AS"}), Some(acme.id)),
            (json!({"first_name": "K", "company": "Acme AS", "company_id": null}), None),
            (json!({"email": "k4@acme.no", "company_id": twin}), Some(twin)),
        ];
        for (body, expected) in cases {
            let joined = person(&test, body.clone()).await;
            assert_eq!(joined.company_id, expected, "{}: {body}", test.name);
            assert_eq!(joined.company_name.is_some(), expected.is_some());
        }
        assert_eq!(get(&test.app, &test.owner, acme.id).await.unwrap().people, 4);
        delete(&test.app, &test.owner, acme.id).await.unwrap();
        let query = contacts::ContactQuery { q: Some("kari".to_owned()), ..Default::default() };
        let kari = contacts::list(&test.app, &test.owner, query).await.unwrap().items.remove(0);
        assert_eq!(kari.company_id, None, "{}: people stay", test.name);
        assert!(matches!(get(&test.app, &test.owner, acme.id).await, Err(AppError::NotFound(_))));
    }
}

#[tokio::test]
async fn the_screen_of_a_company_tells_of_its_people() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let acme = company(&test, json!({"name": "Acme", "domain": "acme.no"})).await;
        let kari = person(&test, json!({"first_name": "Kari", "email": "kari@acme.no"})).await;
        let ola = person(&test, json!({"first_name": "Ola", "email": "ola@acme.no"})).await;
        let rep = test.actor(Role::Rep).await;
        let deal = |contact: Id<id::Contact>, minor: i64| {
            serde_json::from_value::<NewDeal>(
                json!({"contact_id": contact, "value": {"minor": minor, "currency": "NOK"}}),
            )
        };
        for (actor, contact, minor) in [(owner, kari.id, 100), (owner, ola.id, 50), (&rep, ola.id, 7)] {
            deals::create(app, actor, deal(contact, minor).unwrap()).await.unwrap();
        }
        test.settle().await;
        let all = deals(app, owner, acme.id).await.unwrap();
        assert_eq!((all.items.len(), all.sums.len()), (3, 1), "{}", test.name);
        assert_eq!((all.sums[0].count, all.sums[0].value.minor), (3, 157));
        let own = deals(app, &rep, acme.id).await.unwrap();
        assert_eq!((own.items.len(), own.sums[0].value.minor), (1, 7), "a rep sees the own ones");

        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = timeline(app, owner, acme.id, cursor.as_deref(), Some(2)).await.unwrap();
            assert!(page.is_complete);
            seen.extend(page.items.into_iter().map(|one| (one.event.event, one.contact_name)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let created: Vec<_> =
            seen.iter().filter(|(event, _)| event == "Contact Created").map(|(_, name)| name.as_str()).collect();
        assert_eq!(created, ["Ola", "Kari"]);
        assert!(seen.len() >= 5, "{seen:?}");
    }
}

#[test]
fn names_are_compared_without_form_and_punctuation() {
    for (name, key) in [
        ("Smile Clinic AS", "smile clinic"),
        ("smile-clinic, A.S.", "smile clinic"),
        ("Ås Bygg & Anlegg", "ås bygg anlegg"),
        ("AS", "as"),
        ("  ", ""),
        ("Acme Ltd.", "acme"),
    ] {
        assert_eq!(store::companies::name_key(name), key, "{name}");
    }
}
