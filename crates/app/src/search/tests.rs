use base::Money;

use super::*;
use crate::contacts::{self, ContactChange};
use crate::deals::NewDeal;
use crate::fields;
use crate::permission::Role;
use crate::testing::{self, TestApp};

async fn contact(app: &App, first: &str, last: &str, email: &str, phone: &str) -> Id<id::Contact> {
    let change = ContactChange {
        email: Some(email.to_owned()),
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        phone: Some(phone.to_owned()),
        ..ContactChange::default()
    };
    contacts::create(app, &Actor::SYSTEM, change).await.unwrap().id
}

async fn find(test: &TestApp, actor: &Actor, text: &str) -> SearchAnswer {
    super::feed::catch_up_wholly(&test.app).await.unwrap();
    search(&test.app, actor, SearchQuery { q: text.to_owned(), limit: None }).await.unwrap()
}

fn ids(answer: &SearchAnswer, noun: SearchNoun) -> Vec<String> {
    let group = answer.groups.iter().find(|group| group.noun == noun);
    group.map(|group| group.items.iter().map(|item| item.id.clone()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_misspelt_name_is_found_and_what_changed_too() {
    for test in testing::all().await {
        let john = contact(&test.app, "John", "Smith", "john@acme.example", "+47 22 33 44 55").await;
        let bjorn = contact(&test.app, "Bjørn", "Ødegård", "bo@fjord.example", "").await;
        let owner = test.owner;
        for (text, id) in
            [("Jhon Smiht", john), ("22334455", john), ("0047 22 33", john), ("odegard", bjorn), ("acme", john)]
        {
            let id = if text == "0047 22 33" { None } else { Some(id.to_string()) };
            let found = ids(&find(&test, &owner, text).await, SearchNoun::Contact);
            assert_eq!(found.first().cloned(), id, "{text} {}", test.name);
        }
        let answer = find(&test, &owner, "odegard").await;
        let title = &answer.groups[0].items[0].title;
        assert_eq!(title[1], SearchPiece { text: "Ødegård".to_owned(), is_match: true });
        assert!(answer.is_complete);
        let change = ContactChange { last_name: Some("Haugen".to_owned()), ..ContactChange::default() };
        contacts::update(&test.app, &owner, bjorn, change).await.unwrap();
        assert_eq!(find(&test, &owner, "odegard").await.groups.len(), 0, "{}", test.name);
        assert_eq!(ids(&find(&test, &owner, "hauegn").await, SearchNoun::Contact), [bjorn.to_string()]);
        contacts::delete(&test.app, &owner, bjorn).await.unwrap();
        assert_eq!(find(&test, &owner, "haugen").await.groups.len(), 0, "{}", test.name);
        let long = SearchQuery { q: "x".repeat(TEXT_CHARS_MAX + 1), limit: None };
        assert!(search(&test.app, &owner, long).await.is_err());
    }
}

#[tokio::test]
async fn a_rep_finds_the_own_deals_only() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let kari = contact(&test.app, "Kari", "Nordmann", "kari@example.no", "").await;
        let mut made = Vec::new();
        for actor in [rep, test.owner] {
            let request = NewDeal {
                title: Some("New website".to_owned()),
                value: Some(Money::new(100, "NOK".parse().unwrap())),
                ..NewDeal::with(kari)
            };
            made.push(deals::create(&test.app, &actor, request).await.unwrap().id.to_string());
        }
        assert_eq!(ids(&find(&test, &rep, "wesbite").await, SearchNoun::Deal), made[..1], "{}", test.name);
        let both = ids(&find(&test, &test.owner, "website").await, SearchNoun::Deal);
        assert_eq!(both.len(), 2, "{}", test.name);
        // A deal is found by whose it is, too.
        assert_eq!(ids(&find(&test, &rep, "nordmann").await, SearchNoun::Deal), made[..1], "{}", test.name);
        let patch = deals::DealPatch { owner_id: Some(test.owner.user_id()), ..deals::DealPatch::default() };
        deals::update(&test.app, &test.owner, made[0].parse().unwrap(), patch).await.unwrap();
        assert_eq!(ids(&find(&test, &rep, "website").await, SearchNoun::Deal), Vec::<String>::new());
    }
}

#[tokio::test]
async fn who_fell_behind_a_cut_list_builds_anew() {
    for test in testing::all().await {
        contact(&test.app, "Kari", "Nordmann", "kari@example.no", "").await;
        assert_eq!(find(&test, &test.owner, "kari").await.groups.len(), 1);
        contact(&test.app, "Ola", "Nordmann", "ola@example.no", "").await;
        contact(&test.app, "Åse", "Nordmann", "ase@example.no", "").await;
        let tx = test.app.store.begin().await.unwrap();
        store::search::cut(&tx, 1, test.app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let found = ids(&find(&test, &test.owner, "nordmann").await, SearchNoun::Contact);
        assert_eq!(found.len(), 3, "{}", test.name);
    }
}

#[tokio::test]
async fn nobody_finds_by_what_is_hidden_from_the_role() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let kari = contact(&test.app, "Kari", "Nordmann", "kari@secret.example", "+47 22 33 44 55").await;
        let hide = async |field: &str| {
            let access =
                fields::AccessView { field: field.to_owned(), hidden_from: vec![Role::Rep], fixed_for: Vec::new() };
            fields::set_access(&test.app, &test.owner, Entity::Contact, access).await.unwrap();
        };
        hide("email").await;
        hide("phone").await;
        for text in ["secret", "22334455", "+47 22 33 44 55"] {
            assert_eq!(ids(&find(&test, &rep, text).await, SearchNoun::Contact), [""; 0], "{text} {}", test.name);
            assert_eq!(ids(&find(&test, &test.owner, text).await, SearchNoun::Contact), [kari.to_string()]);
        }
        let answer = find(&test, &rep, "nordmann").await;
        assert_eq!(ids(&answer, SearchNoun::Contact), [kari.to_string()], "{}", test.name);
        assert!(!serde_json::to_string(&answer).unwrap().contains("secret"), "{}", test.name);
        // A deal is found by its contact's name, which is not to be seen either.
        let request = serde_json::json!({"contact_id": kari, "title": "New website"});
        let deal = deals::create(&test.app, &rep, serde_json::from_value(request).unwrap()).await.unwrap();
        hide("last_name").await;
        assert_eq!(find(&test, &rep, "nordmann").await.groups.len(), 0, "{}", test.name);
        let answer = find(&test, &rep, "website").await;
        assert_eq!(ids(&answer, SearchNoun::Deal), [deal.id.to_string()], "{}", test.name);
        assert!(!serde_json::to_string(&answer).unwrap().contains("Nordmann"), "{}", test.name);
        let shown = deals::get(&test.app, &rep, deal.id, None).await.unwrap().deal;
        assert_eq!(shown.contact_name, "Kari", "{}", test.name);
    }
}
