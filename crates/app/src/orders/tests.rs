use events::PersonKey;
use serde_json::json;

use super::*;
use crate::consent::{self, Purpose};
use crate::contacts;
use crate::deals::{DealQuery, DealView};
use crate::offers::{self, OfferRequest};
use crate::permission::Role;
use crate::testing::{self, TestApp};

async fn kit(test: &TestApp, is_published: bool) -> offers::OfferView {
    let document = json!({
        "slug": "whitening-kit", "name": {"en": "Whitening kit", "nb": "Blekesett"},
        "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500
    });
    let request = OfferRequest { document: serde_json::from_value(document).unwrap(), is_published };
    offers::create(&test.app, &test.owner, request).await.unwrap()
}

fn order(email: &str) -> OfferOrder {
    let buyer = json!({"name": " Kari Nordmann ", "email": email, "address": {"city": "Oslo", "country": "no"}});
    OfferOrder {
        offer: "whitening-kit".to_owned(),
        quantity: 2,
        buyer: serde_json::from_value(buyer).unwrap(),
        locale: "nb".parse().unwrap(),
        consents: vec![GivenConsent { purpose: Purpose::Marketing, wording: "Send meg tips".to_owned() }],
        channel: "google-ads".to_owned(),
        origin: "/o/whitening-kit".to_owned(),
        visitor: Some(PersonKey::anonymous(&format!("browser of {email}")).unwrap()),
        form_token: None,
    }
}

fn code(error: AppError) -> String {
    match error {
        AppError::Conflict { code, .. } => code.to_owned(),
        AppError::Invalid(problems) => problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>().join(" "),
        AppError::NotFound(what) => format!("no {what}"),
        AppError::Forbidden(permission) => format!("forbidden {permission}"),
        other => format!("{other:?}"),
    }
}

async fn deals_of(test: &TestApp, contact: Id<id::Contact>) -> Vec<DealView> {
    let query = DealQuery { contact: Some(contact), ..DealQuery::default() };
    crate::deals::list(&test.app, &test.owner, query).await.unwrap().items
}

#[tokio::test]
async fn an_order_is_placed_with_all_that_belongs_to_it() {
    for test in testing::all().await {
        let app = &test.app;
        let offer = kit(&test, true).await;
        let placed = place(app, order("kari@example.no")).await.unwrap();
        let OrderDetail { order: view, lines } = placed.order;
        assert_eq!((view.number, view.invoice_number, view.status), (1001, Some(10001), Status::Invoiced));
        assert_eq!(view.due_on.as_deref(), Some("2026-03-16"));
        assert_eq!((view.total.minor, view.tax.minor, view.net.minor), (198_000, 39_600, 158_400));
        assert_eq!((view.buyer.name.as_str(), view.buyer.address.country.as_str()), ("Kari Nordmann", "NO"));
        assert_eq!((lines.len(), lines[0].description.as_str(), lines[0].offer_id), (1, "Blekesett", Some(offer.id)));
        let contact = contacts::get(app, &test.owner, placed.contact_id).await.unwrap();
        assert!(placed.is_new_contact && !contact.is_email_verified);
        assert_eq!((contact.first_name.as_str(), contact.channel.as_str()), ("Kari", "google-ads"));
        assert!(consent::is_given(app.store.reader(), contact.id, Purpose::Marketing).await.unwrap());
        let jobs = store::jobs::list(app.store.reader(), None, 10).await.unwrap();
        let confirmation = jobs.iter().find(|job| job.kind == CONFIRMATION_JOB).unwrap();
        assert_eq!(confirmation.payload, json!({"order": view.id}));
        // The browser is the contact now, and what the log heard says what was sold.
        let person = app.log.person(&PersonKey::contact(&contact.id)).unwrap();
        assert_eq!(app.log.person(&PersonKey::anonymous("browser of kari@example.no").unwrap()), Some(person));
        let told = app.log.timeline(person, None, 50).await.unwrap();
        let completed = told.iter().find(|event| event.event.name == "Order Completed").unwrap();
        let props: serde_json::Value = serde_json::from_str(&completed.event.props).unwrap();
        let wanted = json!({"order": view.id, "order_number": 1001, "value": 1980.0, "tax": 396.0,
            "currency": "NOK", "channel": "google-ads", "offer": "whitening-kit", "quantity": 2, "locale": "nb",
            "path": "/o/whitening-kit"});
        assert_eq!(props, wanted, "{}", test.name);
        test.settle().await;
        let deals = deals_of(&test, contact.id).await;
        assert_eq!((deals.len(), deals[0].value, deals[0].order_id), (1, view.total, Some(view.id)), "{}", test.name);
    }
}

#[tokio::test]
async fn a_known_address_is_not_joined_to_a_new_browser() {
    for test in testing::all().await {
        kit(&test, true).await;
        let first = place(&test.app, order("kari@example.no")).await.unwrap();
        let stranger = PersonKey::anonymous("stranger").unwrap();
        let again = OfferOrder { visitor: Some(stranger.clone()), ..order("KARI@example.no") };
        let second = place(&test.app, again).await.unwrap();
        assert_eq!((second.contact_id, second.is_new_contact), (first.contact_id, false));
        assert_eq!((second.order.order.number, second.order.order.invoice_number), (1002, Some(10002)));
        assert_eq!(test.app.log.person(&stranger), None, "{}", test.name);
    }
}

/// Orders at once: one address, half of them sent twice, some that must fail. No number is lost.
#[tokio::test]
async fn orders_at_once_get_numbers_without_gaps_and_one_contact() {
    for test in testing::all().await {
        kit(&test, true).await;
        let mut tasks = Vec::new();
        for index in 0..16 {
            let app = test.app.clone();
            let mut request = order("kari@example.no");
            request.form_token = Some(format!("token {}", index / 2));
            if index % 8 >= 6 {
                request.offer = "gone".to_owned();
            }
            tasks.push(tokio::spawn(async move { place(&app, request).await }));
        }
        let mut numbers = Vec::new();
        let mut contacts = Vec::new();
        let mut repeats = 0;
        for task in tasks {
            if let Ok(placed) = task.await.unwrap() {
                contacts.push(placed.contact_id);
                match placed.is_repeat {
                    true => repeats += 1,
                    false => numbers.push((placed.order.order.number, placed.order.order.invoice_number)),
                }
            }
        }
        numbers.sort_unstable();
        let wanted: Vec<(i64, Option<i64>)> = (0..6).map(|index| (1001 + index, Some(10001 + index))).collect();
        assert_eq!((numbers, repeats), (wanted, 6), "{}", test.name);
        contacts.dedup();
        assert_eq!(contacts.len(), 1, "{}", test.name);
        let page = list(&test.app, &test.owner, OrderQuery::default()).await.unwrap();
        assert_eq!(page.total, 6, "{}", test.name);
    }
}

#[tokio::test]
async fn a_token_belongs_to_one_order() {
    let test = testing::sqlite().await;
    kit(&test, true).await;
    let request = OfferOrder { form_token: Some("once".to_owned()), ..order("kari@example.no") };
    // An order that fails leaves the token free.
    let failed = place(&test.app, OfferOrder { quantity: 0, ..request.clone() }).await.unwrap_err();
    assert_eq!(code(failed), "quantity");
    let first = place(&test.app, request.clone()).await.unwrap();
    let again = place(&test.app, request.clone()).await.unwrap();
    assert!(again.is_repeat && again.order.order.id == first.order.order.id);
    let other = place(&test.app, OfferOrder { quantity: 3, ..request }).await.unwrap_err();
    assert_eq!(code(other), "already_sent");
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_named_at_once() {
    let test = testing::sqlite().await;
    let offer = kit(&test, true).await;
    let mut request = order("kari@example.no");
    request.buyer.name = " ".to_owned();
    request.buyer.address.country = "Norge".to_owned();
    request.quantity = 1_001;
    assert_eq!(code(place(&test.app, request).await.unwrap_err()), "buyer.name buyer.address.country quantity");
    let mut document = offer.document.clone();
    document.look.asks_address = true;
    let change = OfferRequest { document: document.clone(), is_published: true };
    offers::update(&test.app, &test.owner, offer.id, change).await.unwrap();
    assert_eq!(code(place(&test.app, order("kari@example.no")).await.unwrap_err()), "buyer.address");
    let change = OfferRequest { document, is_published: false };
    offers::update(&test.app, &test.owner, offer.id, change).await.unwrap();
    assert_eq!(code(place(&test.app, order("kari@example.no")).await.unwrap_err()), "no offer");
    assert_eq!(list(&test.app, &test.owner, OrderQuery::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn an_order_is_paid_or_cancelled_and_its_deal_follows() {
    for test in testing::all().await {
        let app = &test.app;
        kit(&test, true).await;
        let manager = test.actor(Role::Manager).await;
        let rep = test.actor(Role::Rep).await;
        let paid = place(app, order("kari@example.no")).await.unwrap().order.order;
        let cancelled = place(app, order("ola@example.no")).await.unwrap().order.order;
        test.settle().await;
        let refused = set_status(app, &rep, paid.id, Status::Paid).await.unwrap_err();
        assert_eq!(code(refused), "forbidden orders.write");
        let refused = set_status(app, &manager, paid.id, Status::Refunded).await.unwrap_err();
        assert_eq!(code(refused), "order_status");
        let done = set_status(app, &manager, paid.id, Status::Paid).await.unwrap();
        assert_eq!((done.order.status, done.order.paid_at), (Status::Paid, Some(app.now())));
        let refused = set_status(app, &manager, paid.id, Status::Cancelled).await.unwrap_err();
        assert_eq!(code(refused), "order_status");
        set_status(app, &manager, cancelled.id, Status::Cancelled).await.unwrap();
        test.settle().await;
        assert_eq!(deals_of(&test, paid.contact_id).await[0].status.as_str(), "won");
        let reopened = &deals_of(&test, cancelled.contact_id).await[0];
        assert_eq!((reopened.status.as_str(), reopened.order_id), ("open", None), "{}", test.name);
        let person = app.log.person(&PersonKey::contact(&paid.contact_id)).unwrap();
        let told = app.log.timeline(person, None, 50).await.unwrap();
        assert!(told.iter().any(|event| event.event.name == "Order Paid"));
        let of_status = |status: &str| OrderQuery { status: Some(status.to_owned()), ..OrderQuery::default() };
        assert_eq!(list(app, &manager, of_status("paid")).await.unwrap().items[0].id, paid.id);
        let found = OrderQuery { q: Some("10002 OLA".to_owned()), ..OrderQuery::default() };
        assert_eq!(list(app, &manager, found).await.unwrap().items[0].id, cancelled.id, "{}", test.name);
        assert_eq!(code(list(app, &manager, of_status("lost")).await.unwrap_err()), "status");
        let refused = contacts::delete(app, &manager, paid.contact_id).await.unwrap_err();
        assert_eq!(code(refused), "has_orders", "{}", test.name);
    }
}

#[tokio::test]
async fn an_offer_can_go_and_its_orders_stay() {
    for test in testing::all().await {
        let app = &test.app;
        let offer = kit(&test, true).await;
        let taken = OfferRequest { document: offer.document.clone(), is_published: false };
        assert_eq!(code(offers::create(app, &test.owner, taken).await.unwrap_err()), "document.slug");
        let mut broken = offer.document.clone();
        broken.price.minor = -1;
        let broken = OfferRequest { document: broken, is_published: true };
        assert_eq!(code(offers::create(app, &test.owner, broken).await.unwrap_err()), "document.price.minor");
        let placed = place(app, order("kari@example.no")).await.unwrap().order.order;
        let mut funnel = crate::funnels::list(app, &test.owner).await.unwrap().remove(0);
        let rung = json!([{"rung": "tripwire", "offer": "whitening-kit"}]);
        funnel.document.ladder = serde_json::from_value(rung).unwrap();
        let change = |document| crate::funnels::FunnelChange {
            document,
            base_version: None,
            message: String::new(),
            source: None,
            deals: Default::default(),
        };
        crate::funnels::publish(app, &test.owner, funnel.id, change(funnel.document.clone())).await.unwrap();
        assert_eq!(code(offers::delete(app, &test.owner, offer.id).await.unwrap_err()), "on_ladder");
        funnel.document.ladder.clear();
        crate::funnels::publish(app, &test.owner, funnel.id, change(funnel.document)).await.unwrap();
        offers::delete(app, &test.owner, offer.id).await.unwrap();
        let detail = get(app, &test.owner, placed.id).await.unwrap();
        assert_eq!((detail.lines[0].offer_id, detail.lines[0].description.as_str()), (None, "Blekesett"));
        assert!(offers::published(app, "whitening-kit").await.unwrap().is_none(), "{}", test.name);
        assert_eq!(code(place(app, order("kari@example.no")).await.unwrap_err()), "no offer");
    }
}
