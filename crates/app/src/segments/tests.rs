use base::{Id, id};
use events::{NewEvent, PersonKey};
use funnel::condition::Condition;
use serde_json::{Value, json};

use super::*;
use crate::contacts::{self, ContactQuery};
use crate::facts::{self, Fact};
use crate::permission::Role;
use crate::testing::{self, TestApp};

const DAY_MS: i64 = 86_400_000;

fn rule(text: &str) -> Condition {
    serde_yaml_ng::from_str(text).unwrap()
}

fn request(name: &str, text: &str) -> SegmentRequest {
    let rule = (!text.is_empty()).then(|| rule(text));
    SegmentRequest { name: name.to_owned(), description: String::new(), rule, base_version: None }
}

async fn contact(test: &TestApp, name: &str, country: &str) -> Id<id::Contact> {
    let change = json!({"first_name": name, "traits": {"country": country}});
    let change = serde_json::from_value(change).unwrap();
    contacts::create(&test.app, &test.owner, change).await.unwrap().id
}

async fn does(test: &TestApp, who: &PersonKey, name: &str, props: Value) {
    let now = test.app.now();
    let event = NewEvent {
        message_id: format!("{name}{who}{}{props}", now.ms()),
        name: name.to_owned(),
        at: now,
        received_at: now,
        person: who.clone(),
        links: Vec::new(),
        props: props.to_string(),
        person_props: None,
        source: None,
    };
    test.app.log.append(vec![event]).await.unwrap();
}

async fn inside(test: &TestApp, segment: Id<id::Segment>) -> Vec<String> {
    let filter = json!({"segment": segment}).to_string();
    let query = ContactQuery { filter: Some(filter), sort: Some("first_name".to_owned()), ..ContactQuery::default() };
    let page = contacts::list(&test.app, &test.owner, query).await.unwrap();
    page.items.into_iter().map(|contact| contact.first_name).collect()
}

async fn told(test: &TestApp, name: &str) -> usize {
    test.settle().await;
    let names = test.app.log.names().await.unwrap();
    names.into_iter().find(|(known, _)| known == name).map_or(0, |(_, count)| count as usize)
}

#[tokio::test]
async fn people_enter_and_leave_as_things_happen_and_as_time_passes() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let (kari, ola) = (contact(&test, "Kari", "NO").await, contact(&test, "Ola", "SE").await);
        does(&test, &PersonKey::contact(&kari), "Order Completed", json!({"value": 700})).await;
        let norway = "{ field: contact.country, is: NO }";
        let buyers = "{ did: Order Completed, in_last: 7 days, sum: { of: value, at_least: 1000 } }";
        let norway = create(app, owner, request("Norway", norway)).await.unwrap();
        let buyers = create(app, owner, request("Buyers", buyers)).await.unwrap();
        assert!(!norway.is_counted);
        let both = format!("all: [ {{ segment: {} }}, {{ segment: {} }} ]", norway.id, buyers.id);
        let both = create(app, owner, request("Norwegian buyers", &both)).await.unwrap();
        test.settle().await;
        assert!(get(app, owner, norway.id).await.unwrap().is_counted, "{}", test.name);
        assert_eq!(inside(&test, norway.id).await, ["Kari"], "{}", test.name);
        assert_eq!(inside(&test, buyers.id).await, [] as [String; 0]);

        // A browser that turns out to be Kari's.
        let browser = PersonKey::anonymous("b1").unwrap();
        does(&test, &browser, "Order Completed", json!({"value": "300"})).await;
        does(&test, &PersonKey::contact(&ola), "Order Completed", json!({"value": 2000})).await;
        test.settle().await;
        assert_eq!(inside(&test, buyers.id).await, ["Ola"]);
        let joined = Fact::new("Page Viewed", app.now(), &PersonKey::contact(&kari)).merging(&browser);
        let tx = app.store.begin().await.unwrap();
        facts::record(app, &tx, joined).await.unwrap();
        tx.commit().await.unwrap();
        test.settle().await;
        assert_eq!(inside(&test, buyers.id).await, ["Kari", "Ola"], "{}", test.name);
        assert_eq!(inside(&test, both.id).await, ["Kari"]);

        // A field, and a contact who is new.
        let change = serde_json::from_value(json!({"traits": {"country": "NO"}})).unwrap();
        contacts::update(app, owner, ola, change).await.unwrap();
        contact(&test, "Per", "NO").await;
        test.settle().await;
        assert_eq!(inside(&test, norway.id).await, ["Kari", "Ola", "Per"]);
        assert_eq!(inside(&test, both.id).await, ["Kari", "Ola"]);
        assert_eq!(get(app, owner, both.id).await.unwrap().people, 2);

        // Questions can be asked of the people of a segment.
        let people = format!("person.{}", buyers.id);
        let buyers_who = |is_in: Value| {
            json!({"insight": "trend", "event": "Order Completed", "measure": "total", "where": {people.as_str(): is_in},
                "from": app.now().plus_ms(-DAY_MS).to_string(), "to": app.now().plus_ms(DAY_MS).to_string()})
        };
        let count = async |body: Value| {
            let query = crate::insights::read(app, owner, body).await.unwrap();
            crate::insights::query(app, owner, &query).await.unwrap()["total"].clone()
        };
        assert_eq!(count(buyers_who(json!(true))).await, json!(3.0), "{}", test.name);
        assert_eq!(count(buyers_who(json!({"op": "neq", "value": true}))).await, json!(0.0), "{}", test.name);

        // The seventh day ends.
        test.clock.advance_to(app.now().plus_ms(8 * DAY_MS));
        test.settle().await;
        assert_eq!(inside(&test, buyers.id).await, [] as [String; 0], "{}", test.name);
        assert_eq!(inside(&test, both.id).await, [] as [String; 0]);
        // Norway 3, buyers 2, both 2.
        assert_eq!((told(&test, ENTERED).await, told(&test, LEFT).await), (7, 4), "{}", test.name);

        let found = of_contact(app, owner, kari).await.unwrap();
        assert_eq!(found.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["Norway"]);
        let history: Vec<_> = found.history.iter().map(|stay| (stay.name.as_str(), stay.is_in)).collect();
        assert_eq!(history.len(), 5);
        assert!(history.contains(&("Buyers", false)) && history.last() == Some(&("Norway", true)), "{history:?}");

        let why = explain(app, owner, buyers.id, kari).await.unwrap();
        assert!(!why.is_in);
        let why = serde_json::to_value(why.why).unwrap();
        assert_eq!((&why["kind"], &why["times"], &why["sum"]), (&json!("event"), &json!(0), &json!(0.0)), "{why}");
    }
}

/// Whatever was written down and whatever happened while the program stood still.
#[tokio::test]
async fn a_start_finds_who_should_have_moved() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari", "NO").await;
        let rule = "{ did: Order Completed, within: 2 days }";
        let buyers = create(app, owner, request("Buyers", rule)).await.unwrap();
        does(&test, &PersonKey::contact(&kari), "Order Completed", json!({})).await;
        test.settle().await;
        assert_eq!(inside(&test, buyers.id).await, ["Kari"]);
        test.clock.advance_to(app.now().plus_ms(3 * DAY_MS));
        let again = test.restarted(None).await;
        assert_eq!(step(&again).await.unwrap(), 1, "{}", test.name);
        assert_eq!(inside(&test, buyers.id).await, [] as [String; 0]);
        let again = test.restarted(None).await;
        assert_eq!(step(&again).await.unwrap(), 0, "{}: nothing is told twice", test.name);
        assert_eq!((told(&test, ENTERED).await, told(&test, LEFT).await), (1, 1));
    }
}

#[tokio::test]
async fn deals_consent_and_temperature_can_be_asked_for() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari", "NO").await;
        contact(&test, "Ola", "NO").await;
        let open = "deal: { all: [ { field: deal.status, is: open }, { field: deal.value, at_least: 500 } ] }";
        let open = create(app, owner, request("Open deals", open)).await.unwrap();
        let agreed = "{ field: contact.consent.marketing, is: given }";
        let agreed = create(app, owner, request("Agreed", agreed)).await.unwrap();
        let hot = "{ field: metric.temperature, one_of: [warm, hot] }";
        let hot = create(app, owner, request("Warm", hot)).await.unwrap();
        test.settle().await;
        let deal = json!({"contact_id": kari, "title": "Braces", "value": {"minor": 90000, "currency": "NOK"}});
        let deal = crate::deals::create(app, owner, serde_json::from_value(deal).unwrap()).await.unwrap();
        let found = store::contacts::find(app.store.reader(), kari).await.unwrap().unwrap();
        let decision = crate::consent::Decision {
            purpose: crate::consent::Purpose::Marketing,
            is_given: true,
            wording: "Yes".to_owned(),
            locale: "nb".parse().unwrap(),
            origin: "test".to_owned(),
        };
        let tx = app.store.begin().await.unwrap();
        crate::consent::record(app, &tx, &found, decision).await.unwrap();
        tx.commit().await.unwrap();
        for _ in 0..2 {
            does(&test, &PersonKey::contact(&kari), "Checkout Started", json!({"n": 1})).await;
            test.clock.advance_to(app.now().plus_ms(1));
        }
        test.settle().await;
        for segment in [&open, &agreed, &hot] {
            assert_eq!(inside(&test, segment.id).await, ["Kari"], "{} {}", test.name, segment.name);
        }
        let lost = serde_json::from_value(json!({"outcome": "lost", "reason": "Price"})).unwrap();
        crate::deals::end(app, owner, deal.id, lost).await.unwrap();
        test.clock.advance_to(app.now().plus_ms(90 * DAY_MS));
        test.settle().await;
        assert_eq!(inside(&test, open.id).await, [] as [String; 0], "{}", test.name);
        assert_eq!(inside(&test, hot.id).await, [] as [String; 0], "{}", test.name);
        assert_eq!(inside(&test, agreed.id).await, ["Kari"], "{}", test.name);
    }
}

#[tokio::test]
async fn people_are_chosen_by_hand() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let (kari, ola) = (contact(&test, "Kari", "NO").await, contact(&test, "Ola", "SE").await);
        let guests = create(app, owner, request("Guests", "")).await.unwrap();
        let others = format!("not: {{ segment: {} }}", guests.id);
        let others = create(app, owner, request("Others", &others)).await.unwrap();
        let add = SegmentPeople { add: vec![kari], remove: vec![ola] };
        assert_eq!(choose(app, owner, guests.id, add.clone()).await.unwrap().people, 1);
        choose(app, owner, guests.id, add).await.unwrap();
        test.settle().await;
        assert_eq!(
            (inside(&test, guests.id).await, inside(&test, others.id).await),
            (vec!["Kari".into()], vec!["Ola".into()])
        );
        let remove = SegmentPeople { add: vec![ola], remove: vec![kari] };
        choose(app, owner, guests.id, remove).await.unwrap();
        test.settle().await;
        assert_eq!(
            (inside(&test, guests.id).await, inside(&test, others.id).await),
            (vec!["Ola".into()], vec!["Kari".into()])
        );
        let merge = serde_json::from_value(json!({"other_id": ola})).unwrap();
        let merge = crate::duplicates::merge(app, owner, kari, merge).await.unwrap();
        test.settle().await;
        assert_eq!((inside(&test, guests.id).await, inside(&test, others.id).await), (vec!["Kari".into()], vec![]));
        crate::duplicates::undo(app, owner, merge.id).await.unwrap();
        test.settle().await;
        assert_eq!(
            (inside(&test, guests.id).await, inside(&test, others.id).await),
            (vec!["Ola".into()], vec!["Kari".into()]),
            "{}",
            test.name
        );
        contacts::delete(app, owner, ola).await.unwrap();
        test.settle().await;
        assert_eq!(
            (inside(&test, guests.id).await, inside(&test, others.id).await),
            (vec![], vec!["Kari".into()]),
            "{}",
            test.name
        );
        let by_rule =
            choose(app, owner, others.id, SegmentPeople { add: vec![kari], remove: vec![] }).await.unwrap_err();
        assert!(matches!(by_rule, AppError::Conflict { code: "by_rule", .. }));
        let used = delete(app, owner, guests.id).await.unwrap_err();
        assert!(matches!(used, AppError::Conflict { code: "used", .. }));
        delete(app, owner, others.id).await.unwrap();
        delete(app, owner, guests.id).await.unwrap();
        test.settle().await;
        assert!(list(app, owner).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_a_segment_is_refused_in_words() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let first = create(app, owner, request("First", "all: []")).await.unwrap();
    let asks = format!("{{ segment: {} }}", first.id);
    create(app, owner, request("Second", &asks)).await.unwrap();
    let second = list(app, owner).await.unwrap().into_iter().find(|segment| segment.name == "Second").unwrap();
    let code = |error: AppError| match error {
        AppError::Invalid(problems) => (problems[0].field.clone(), problems[0].code.to_string()),
        other => panic!("{other:?}"),
    };
    for (name, text, wanted) in [
        ("First", "all: []", ("name", "taken")),
        ("", "all: []", ("name", "length")),
        ("X", "{ segment: seg_01jd0000000000000000000000 }", ("rule", "unknown")),
        ("X", "{ did: A, in_last: 9999 days }", ("rule", "range")),
        ("X", "{ field: deal.stage, is: x }", ("rule", "field")),
    ] {
        let refused = code(create(app, owner, request(name, text)).await.unwrap_err());
        assert_eq!((refused.0.as_str(), refused.1.as_str()), wanted, "{name} {text}");
    }
    let circle = format!("{{ segment: {} }}", second.id);
    let refused = update(app, owner, first.id, request("First", &circle)).await.unwrap_err();
    assert_eq!(refused.to_string(), "First would depend on itself: take it out of the rule");
    let old = SegmentRequest { base_version: Some(7), ..request("First", "all: []") };
    let refused = update(app, owner, first.id, old).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "version_passed", .. }));
    let viewer = test.actor(Role::Viewer).await;
    assert!(matches!(create(app, &viewer, request("X", "all: []")).await, Err(AppError::Forbidden(_))));
}

#[tokio::test]
async fn a_rule_that_is_being_written_is_counted_and_tells_nobody() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        for (name, country) in [("Kari", "NO"), ("Ola", "SE"), ("Per", "NO")] {
            let who = contact(&test, name, country).await;
            does(&test, &PersonKey::contact(&who), "Page Viewed", json!({"path": format!("/{name}")})).await;
        }
        test.settle().await;
        let draft = |text: &str| SegmentDraft { rule: rule(text), id: None };
        let found = preview(app, owner, draft("{ field: contact.country, is: NO }")).await.unwrap();
        let mut names: Vec<_> = found.sample.iter().map(|person| person.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!((found.people, found.of, names), (2, 3, vec!["Kari", "Per"]), "{}", test.name);
        let found = preview(app, owner, draft("{ did: Page Viewed, where: { path: [/Ola, /Per] } }")).await.unwrap();
        assert_eq!(found.people, 2, "{}", test.name);
        let found = preview(app, owner, draft("not: { did: Page Viewed }")).await.unwrap();
        assert_eq!((found.people, found.of), (0, 3));
        assert_eq!(told(&test, ENTERED).await, 0);
    }
}
