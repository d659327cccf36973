use std::sync::Arc;

use base::{Id, Money, id};
use events::{Link, NewEvent, PersonKey};
use funnel::deal::DealStatus;
use serde_json::json;

use super::*;
use crate::contacts::{self, ContactChange};
use crate::funnels::{self, FunnelChange};
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::{facts::Fact, reactor};

mod gates;
mod lives;

type ContactId = Id<id::Contact>;

async fn contact(test: &TestApp, name: &str) -> ContactId {
    let change = ContactChange {
        first_name: Some(name.to_owned()),
        email: Some(format!("{}@example.no", name.to_lowercase())),
        ..ContactChange::default()
    };
    contacts::create(&test.app, &test.owner, change).await.unwrap().id
}

/// Something that a contact did, a second after what was before, and all that follows from it.
async fn did(test: &TestApp, contact: ContactId, name: &str, props: serde_json::Value) {
    note(test, contact, name, props).await;
    test.settle().await;
}

async fn note(test: &TestApp, contact: ContactId, name: &str, props: serde_json::Value) {
    test.clock.advance_ms(1000);
    let mut fact = Fact::new(name, test.app.now(), &PersonKey::contact(&contact));
    fact.props = props.as_object().unwrap().clone();
    let tx = test.app.store.begin().await.unwrap();
    facts::record(&test.app, &tx, fact).await.unwrap();
    tx.commit().await.unwrap();
    facts::relay(&test.app).await.unwrap();
}

async fn deals_of(test: &TestApp, contact: ContactId) -> Vec<DealView> {
    let query = DealQuery { contact: Some(contact), sort: Some("oldest".to_owned()), ..DealQuery::default() };
    list(&test.app, &test.owner, query).await.unwrap().items
}

async fn names(test: &TestApp, contact: ContactId) -> Vec<String> {
    let person = test.app.log.person(&PersonKey::contact(&contact)).unwrap();
    let mut events = test.app.log.timeline(person, None, 100).await.unwrap();
    events.reverse();
    events.into_iter().map(|event| event.event.name).collect()
}

fn new(contact_id: ContactId) -> NewDeal {
    NewDeal::with(contact_id)
}

fn nok(minor: i64) -> Money {
    Money::new(minor, "NOK".parse().unwrap())
}

fn code(error: AppError) -> String {
    match error {
        AppError::Conflict { code, .. } => code.to_owned(),
        AppError::GateShut(shut) => format!("shut {}", shut.stage()),
        AppError::Invalid(problems) => format!("{}:{}", problems[0].field, problems[0].code),
        AppError::NotFound(what) => format!("no {what}"),
        AppError::Forbidden(permission) => format!("forbidden {permission}"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn events_open_move_and_win_a_deal() {
    for test in testing::all().await {
        let kari = contact(&test, "Kari").await;
        did(&test, kari, "Page Viewed", json!({})).await;
        assert!(deals_of(&test, kari).await.is_empty(), "a visit is no deal");
        did(&test, kari, "Lead Captured", json!({"channel": "google-ads"})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        assert_eq!(
            (deal.stage.as_str(), deal.title.as_str(), deal.channel.as_str()),
            ("interest", "Kari", "google-ads")
        );
        did(&test, kari, "Offer Viewed", json!({})).await;
        did(&test, kari, "Lead Captured", json!({})).await;
        did(&test, kari, "Lead Magnet Downloaded", json!({})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        assert_eq!((deal.stage.as_str(), deal.status), ("decision", DealStatus::Open), "events lead forward only");
        did(&test, kari, "Order Completed", json!({"value": 990.5, "currency": "NOK"})).await;
        let deal = deals_of(&test, kari).await.remove(0);
        assert_eq!((deal.stage.as_str(), deal.status, deal.value), ("action", DealStatus::Won, nok(99_050)));
        let history = get(&test.app, &test.owner, deal.id, None).await.unwrap().history;
        let told: Vec<(&str, &str, &str)> = history
            .iter()
            .map(|change| (change.stage.as_str(), change.status.as_str(), change.reason.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("action", "won", "Order Completed"),
                ("action", "open", "Order Completed"),
                ("decision", "open", "Offer Viewed"),
                ("interest", "open", "Lead Captured"),
            ]
        );
        // The second order is a sale of its own and enters the stage of those who come back.
        did(&test, kari, "Order Completed", json!({"revenue": "100", "currency": "EUR"})).await;
        let deals = deals_of(&test, kari).await;
        assert_eq!((deals.len(), deals[1].stage.as_str(), deals[1].status), (2, "loyalty", DealStatus::Won));
        assert_eq!(deals[1].value.to_string(), "100.00 EUR");
        let names = names(&test, kari).await;
        for (name, count) in [("Deal Created", 2), ("Stage Entered", 4), ("Deal Won", 2), ("Deal Lost", 0)] {
            assert_eq!(names.iter().filter(|known| *known == name).count(), count, "{name} on {}", test.name);
        }
    }
}

#[tokio::test]
async fn facts_say_which_deal_stage_and_funnel() {
    let test = testing::sqlite().await;
    let kari = contact(&test, "Kari").await;
    did(&test, kari, "Lead Captured", json!({"channel": "newsletter"})).await;
    did(&test, kari, "Offer Viewed", json!({})).await;
    let deal = deals_of(&test, kari).await.remove(0);
    let person = test.app.log.person(&PersonKey::contact(&kari)).unwrap();
    let newest = test.app.log.timeline(person, None, 1).await.unwrap().remove(0);
    let props: serde_json::Value = serde_json::from_str(&newest.event.props).unwrap();
    let wanted = json!({"deal": deal.id, "funnel": "main", "stage": "decision", "from": "interest",
        "channel": "newsletter", "value": 0.0, "currency": "NOK"});
    assert_eq!((newest.event.name.as_str(), props), ("Stage Entered", wanted));
}

#[tokio::test]
async fn what_nobody_is_known_for_or_an_import_brings_moves_nothing() {
    for test in testing::all().await {
        let kari = contact(&test, "Kari").await;
        test.settle().await;
        let event = |id: &str, person: PersonKey, source: Option<&str>, links: Vec<Link>| NewEvent {
            message_id: id.to_owned(),
            name: "Lead Captured".to_owned(),
            at: test.app.now(),
            received_at: test.app.now(),
            person,
            links,
            props: "{}".to_owned(),
            person_props: None,
            source: source.map(str::to_owned),
        };
        let key = PersonKey::contact(&kari);
        let browser = PersonKey::anonymous("b1").unwrap();
        let imported = event("m1", key.clone(), Some("imp_1"), Vec::new());
        let unknown = event("m2", browser.clone(), None, Vec::new());
        test.app.log.append(vec![imported, unknown]).await.unwrap();
        test.settle().await;
        assert!(deals_of(&test, kari).await.is_empty(), "{}", test.name);
        // From the event on that tells whose the browser is, what it does counts.
        let told = event("m3", browser, None, vec![Link::Claim(key)]);
        test.app.log.append(vec![told]).await.unwrap();
        test.settle().await;
        assert_eq!(deals_of(&test, kari).await.len(), 1, "{}", test.name);
    }
}

#[tokio::test]
async fn an_event_has_its_effects_once_however_many_react() {
    for test in testing::all().await {
        let kari = contact(&test, "Kari").await;
        note(&test, kari, "Lead Captured", json!({})).await;
        let mut reactors = Vec::new();
        for _ in 0..8 {
            let app: Arc<App> = test.app.clone();
            reactors.push(tokio::spawn(async move { reactor::step(&app).await.unwrap() }));
        }
        for reactor in reactors {
            reactor.await.unwrap();
        }
        test.settle().await;
        assert_eq!(reactor::step(&test.app).await.unwrap(), 0);
        assert_eq!(deals_of(&test, kari).await.len(), 1, "{}", test.name);
        let created = names(&test, kari).await.iter().filter(|name| *name == "Deal Created").count();
        assert_eq!(created, 1, "{}", test.name);
    }
}

/// The reactor dies after some of its work, at another place each time, and starts again.
#[tokio::test]
async fn an_event_has_its_effects_once_wherever_the_reactor_dies() {
    for test in testing::all().await {
        for patience in 0..40 {
            let somebody = contact(&test, &format!("Person{patience}")).await;
            note(&test, somebody, "Lead Captured", json!({})).await;
            let dies = async {
                for _ in 0..patience * patience {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                _ = reactor::step(&test.app) => {}
                () = dies => {}
            }
            // The first may still meet the commit of the one that died, between a look at what waits and a look
            // at the cursor; the second finds what it left.
            test.settle().await;
            test.settle().await;
            assert_eq!(deals_of(&test, somebody).await.len(), 1, "{patience} on {}", test.name);
            let created = names(&test, somebody).await.iter().filter(|name| *name == "Deal Created").count();
            assert_eq!(created, 1, "{patience} on {}", test.name);
        }
    }
}

#[tokio::test]
async fn deals_are_moved_closed_and_opened_again_by_hand() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari").await;
        let deal = create(app, owner, NewDeal { value: Some(nok(2_490_000)), ..new(kari) }).await.unwrap();
        assert_eq!((deal.stage.as_str(), deal.owner_id), ("interest", owner.user_id()));
        let go = |stage: &str| DealMove {
            stage: stage.to_owned(),
            reason: " called ".to_owned(),
            override_reason: None,
            locale: None,
        };
        assert_eq!(move_to(app, owner, deal.id, go("action")).await.unwrap().stage, "action");
        assert_eq!(move_to(app, owner, deal.id, go("interest")).await.unwrap().stage, "interest");
        assert_eq!(move_to(app, owner, deal.id, go("interest")).await.unwrap().stage, "interest");
        assert_eq!(code(move_to(app, owner, deal.id, go("nirvana")).await.unwrap_err()), "stage:unknown");
        let lost = DealClose {
            outcome: DealOutcome::Lost,
            reason: "too dear".to_owned(),
            override_reason: None,
            locale: None,
        };
        let closed = end(app, owner, deal.id, lost.clone()).await.unwrap();
        assert_eq!((closed.status, closed.reason.as_str()), (DealStatus::Lost, "too dear"));
        assert_eq!(code(end(app, owner, deal.id, lost).await.unwrap_err()), "deal_closed");
        assert_eq!(code(move_to(app, owner, deal.id, go("action")).await.unwrap_err()), "deal_closed");
        let reopened = open_again(app, owner, deal.id).await.unwrap();
        assert_eq!((reopened.status, reopened.closed_at), (DealStatus::Open, None));
        assert_eq!(code(open_again(app, owner, deal.id).await.unwrap_err()), "deal_open");
        let patch: DealPatch = serde_json::from_str(r#"{"title": " Braces ", "owner_id": null}"#).unwrap();
        let changed = update(app, owner, deal.id, patch).await.unwrap();
        assert_eq!((changed.title.as_str(), changed.owner_id, changed.value), ("Braces", None, nok(2_490_000)));
        let detail = get(app, owner, deal.id, None).await.unwrap();
        assert_eq!(detail.history.len(), 5, "{}", test.name);
        assert_eq!((detail.history[2].stage.as_str(), detail.history[2].reason.as_str()), ("interest", "called"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_deal_is_named() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let kari = contact(&test, "Kari").await;
    let nobody: ContactId = app.new_id();
    let cases = [
        (new(nobody), "contact_id:unknown"),
        (NewDeal { title: Some("x".repeat(161)), ..new(kari) }, "title:length"),
        (NewDeal { value: Some(nok(-1)), ..new(kari) }, "value.minor:range"),
        (NewDeal { owner_id: Some(app.new_id()), ..new(kari) }, "owner_id:unknown"),
        (NewDeal { funnel_id: Some(app.new_id()), ..new(kari) }, "no funnel"),
        (NewDeal { stage: Some("nirvana".to_owned()), ..new(kari) }, "stage:unknown"),
    ];
    for (request, wanted) in cases {
        assert_eq!(code(create(app, owner, request).await.unwrap_err()), wanted);
    }
    for (query, wanted) in [
        (DealQuery { sort: Some("best".to_owned()), ..DealQuery::default() }, "sort:unknown"),
        (DealQuery { status: Some("gone".to_owned()), ..DealQuery::default() }, "status:unknown"),
        (DealQuery { owner: Some("kari".to_owned()), ..DealQuery::default() }, "owner:id"),
        (DealQuery { cursor: Some("1.x".to_owned()), ..DealQuery::default() }, "cursor:cursor"),
        (DealQuery { limit: Some(501), ..DealQuery::default() }, "limit:range"),
    ] {
        assert_eq!(code(list(app, owner, query).await.unwrap_err()), wanted);
    }
}

#[tokio::test]
async fn a_rep_has_the_own_deals_only() {
    for test in testing::all().await {
        let app = &test.app;
        let rep = test.actor(Role::Rep).await;
        let manager = test.actor(Role::Manager).await;
        let viewer = test.actor(Role::Viewer).await;
        let program = Actor::key(app.new_id(), Role::Rep);
        let kari = contact(&test, "Kari").await;
        let own = create(app, &rep, new(kari)).await.unwrap();
        let foreign = create(app, &manager, new(kari)).await.unwrap();
        assert_eq!(own.owner_id, rep.user_id());
        let seen = async |actor: &Actor| list(app, actor, DealQuery::default()).await.unwrap().total;
        assert_eq!([seen(&rep).await, seen(&manager).await, seen(&viewer).await, seen(&program).await], [1, 2, 2, 0]);
        let cards = |board: Board| board.columns.iter().map(|column| column.deals.len()).sum::<usize>();
        assert_eq!(cards(board(app, &rep, BoardQuery::default()).await.unwrap()), 1);
        assert_eq!(cards(board(app, &viewer, BoardQuery::default()).await.unwrap()), 2);
        let go =
            || DealMove { stage: "decision".to_owned(), reason: String::new(), override_reason: None, locale: None };
        assert_eq!(code(get(app, &rep, foreign.id, None).await.unwrap_err()), "no deal");
        assert_eq!(code(move_to(app, &rep, foreign.id, go()).await.unwrap_err()), "no deal");
        assert_eq!(code(open_again(app, &rep, foreign.id).await.unwrap_err()), "no deal");
        assert_eq!(code(update(app, &rep, foreign.id, DealPatch::default()).await.unwrap_err()), "no deal");
        assert_eq!(move_to(app, &rep, own.id, go()).await.unwrap().stage, "decision");
        assert_eq!(code(move_to(app, &viewer, own.id, go()).await.unwrap_err()), "forbidden deals.write");
        let hand_over = DealPatch { owner_id: Some(manager.user_id()), ..DealPatch::default() };
        assert_eq!(code(update(app, &rep, own.id, hand_over.clone()).await.unwrap_err()), "forbidden deals.all");
        let to_other = NewDeal { owner_id: manager.user_id(), ..new(kari) };
        assert_eq!(code(create(app, &rep, to_other).await.unwrap_err()), "forbidden deals.all");
        assert_eq!(update(app, &manager, own.id, hand_over).await.unwrap().owner_id, manager.user_id());
        assert_eq!(seen(&rep).await, 0, "{}", test.name);
        let visitor = list(app, &Actor::VISITOR, DealQuery::default()).await.unwrap_err();
        assert!(matches!(visitor, AppError::Unauthenticated));
    }
}

#[tokio::test]
async fn the_board_shows_stages_with_counts_and_sums() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let kari = contact(&test, "Kari").await;
        for minor in [100, 250] {
            create(app, owner, NewDeal { value: Some(nok(minor)), ..new(kari) }).await.unwrap();
        }
        let won = create(app, owner, NewDeal { value: Some(nok(900)), ..new(kari) }).await.unwrap();
        let outcome =
            DealClose { outcome: DealOutcome::Won, reason: String::new(), override_reason: None, locale: None };
        end(app, owner, won.id, outcome).await.unwrap();
        let shown = board(app, owner, BoardQuery::default()).await.unwrap();
        let stages: Vec<&str> = shown.columns.iter().map(|column| column.stage.as_str()).collect();
        assert_eq!(stages, ["awareness", "interest", "consideration", "decision", "action", "loyalty"]);
        let interest = &shown.columns[1];
        assert_eq!((interest.open.count, interest.open.values.clone()), (2, vec![nok(350)]));
        assert_eq!((interest.won.count, interest.won.values.clone()), (1, vec![nok(900)]));
        assert_eq!((interest.deals.len(), interest.deals[0].contact_name.as_str()), (3, "Kari"));
        test.clock.advance_ms(WON_SHOWN_MS + 1);
        let later = board(app, owner, BoardQuery { owner: Some("me".to_owned()), ..BoardQuery::default() }).await;
        assert_eq!(later.unwrap().columns[1].won.count, 0, "{}", test.name);
    }
}

#[tokio::test]
async fn funnels_are_published_in_versions() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let first = funnels::list(app, owner).await.unwrap().remove(0);
        assert_eq!((first.document.id.as_str(), first.version, first.findings.len()), ("main", 1, 0));
        assert!(app.running.channels().iter().any(|channel| channel.id == "google-ads"));
        let same = FunnelChange {
            document: first.document.clone(),
            base_version: None,
            message: String::new(),
            source: None,
            deals: Default::default(),
        };
        assert_eq!(funnels::publish(app, owner, first.id, same).await.unwrap().version, 1);
        let mut document = first.document.clone();
        document.stages[1].name = "Leads".into();
        document.channels.retain(|channel| channel.id != "google-ads");
        let change = FunnelChange {
            document,
            base_version: Some(1),
            message: String::new(),
            source: None,
            deals: Default::default(),
        };
        assert_eq!(funnels::publish(app, owner, first.id, change.clone()).await.unwrap().version, 2);
        assert!(!app.running.channels().iter().any(|channel| channel.id == "google-ads"));
        let mut late = change.clone();
        late.document.title = "Late".into();
        assert_eq!(code(funnels::publish(app, owner, first.id, late).await.unwrap_err()), "version_passed");
        let versions = funnels::versions(app, owner, first.id, None, None).await.unwrap();
        let kept: Vec<i64> = versions.items.iter().map(|version| version.version).collect();
        assert_eq!((kept, &versions.items[1].document), (vec![2, 1], &first.document), "{}", test.name);

        let kari = contact(&test, "Kari").await;
        create(app, owner, new(kari)).await.unwrap();
        let mut without = change.document.clone();
        without.stages.remove(1);
        let change = |document| FunnelChange {
            document,
            base_version: None,
            message: String::new(),
            source: None,
            deals: Default::default(),
        };
        assert_eq!(code(funnels::publish(app, owner, first.id, change(without)).await.unwrap_err()), "stage_in_use");
        let mut renamed = first.document.clone();
        renamed.id = "other".to_owned();
        let refused = funnels::publish(app, owner, first.id, change(renamed.clone())).await.unwrap_err();
        assert_eq!(code(refused), "document.id:fixed");
        let mut broken = first.document.clone();
        broken.stages[2].enters_on = "".into();
        let refused = funnels::publish(app, owner, first.id, change(broken)).await.unwrap_err();
        assert_eq!(code(refused), "document.stages[2].enters_on:funnel");
        let refused = funnels::create(app, owner, renamed.clone()).await.unwrap_err();
        assert_eq!(code(refused), "stages[1].enters_on:funnel", "both would open a deal for one lead");
        renamed.stages[1].enters_on = "Booking Made".into();
        renamed.stages[1].deal = Some(funnel::document::DealEffect::Opens);
        funnels::create(app, owner, renamed.clone()).await.unwrap();
        assert_eq!(code(funnels::create(app, owner, renamed).await.unwrap_err()), "id:taken");
        let viewer = test.actor(Role::Viewer).await;
        let refused = funnels::create(app, &viewer, first.document).await.unwrap_err();
        assert_eq!(code(refused), "forbidden funnels.write");
    }
}

#[tokio::test]
async fn an_order_without_a_deal_makes_one_in_one_funnel_only() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let mut second = funnels::list(app, owner).await.unwrap().remove(0).document;
    second.id = "second".to_owned();
    second.stages[1].enters_on = "Booking Made".into();
    second.stages[1].deal = Some(funnel::document::DealEffect::Opens);
    let second = funnels::create(app, owner, second).await.unwrap();
    let kari = contact(&test, "Kari").await;
    did(&test, kari, "Order Completed", json!({"value": 10})).await;
    assert_eq!(deals_of(&test, kari).await.len(), 1);
    // An open deal in the second funnel is the one that the order wins.
    let ola = contact(&test, "Ola").await;
    did(&test, ola, "Booking Made", json!({})).await;
    did(&test, ola, "Order Completed", json!({"value": 10})).await;
    let deals = deals_of(&test, ola).await;
    assert_eq!((deals.len(), deals[0].funnel_id, deals[0].status), (1, second.id, DealStatus::Won));
}

/// More leads at once than one transaction takes, among many events that lead to nothing.
#[tokio::test]
async fn many_events_at_once_are_all_reacted_to() {
    for test in testing::all().await {
        let mut people = Vec::new();
        for index in 0..230 {
            people.push(contact(&test, &format!("Person{index}")).await);
        }
        test.settle().await;
        let event = |index: usize, name: &str, person: PersonKey| NewEvent {
            message_id: format!("{name} {index}"),
            name: name.to_owned(),
            at: test.app.now(),
            received_at: test.app.now(),
            person,
            links: Vec::new(),
            props: "{}".to_owned(),
            person_props: None,
            source: None,
        };
        let mut events = Vec::new();
        for (index, person) in people.iter().enumerate() {
            events.push(event(index, "Lead Captured", PersonKey::contact(person)));
            events.push(event(index, "Page Viewed", PersonKey::anonymous(&index.to_string()).unwrap()));
        }
        test.app.log.append(events).await.unwrap();
        test.settle().await;
        let all = list(&test.app, &test.owner, DealQuery::default()).await.unwrap();
        assert_eq!(all.total, 230, "{}", test.name);
    }
}
