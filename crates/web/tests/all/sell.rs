//! The API of funnels, deals, offers and orders, as a program with a key sees it.

use app::links::{self, Link};
use app::orders::{self, OfferOrder};
use app::permission::Role;
use app::testing;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Api, text};

fn kit() -> Value {
    json!({"is_published": true, "document": {
        "slug": "whitening-kit", "name": {"en": "Whitening kit", "nb": "Blekesett"},
        "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500}})
}

#[tokio::test]
async fn a_deal_goes_over_the_board() {
    for test in testing::all().await {
        let api = Api::of(&test, Role::Admin).await;
        let (_, contact) = api.post("/contacts", json!({"first_name": "Kari", "email": "kari@example.no"})).await;
        let (status, deal) = api.post("/deals", json!({"contact_id": contact["id"], "title": "Braces"})).await;
        assert_eq!((status, &deal["stage"]), (StatusCode::CREATED, &json!("interest")));
        let path = format!("/deals/{}", text(&deal["id"]));
        let (status, moved) = api.post(&format!("{path}/move"), json!({"stage": "decision"})).await;
        assert_eq!((status, &moved["stage"]), (StatusCode::OK, &json!("decision")));
        let value = json!({"value": {"minor": 2490000, "currency": "NOK"}});
        let (status, changed) = api.send(Method::PATCH, &path, Some(value)).await;
        assert_eq!((status, &changed["value"]["minor"]), (StatusCode::OK, &json!(2490000)));
        let funnels = api.get("/funnels").await;
        let board = api.get(&format!("/deals/board?funnel={}", text(&funnels["items"][0]["id"]))).await;
        assert_eq!(board["columns"][3]["open"], json!({"count": 1, "values": [changed["value"].clone()]}));
        assert_eq!(board["columns"][3]["deals"][0]["contact_name"], "Kari");
        let (status, won) = api.post(&format!("{path}/close"), json!({"outcome": "won", "reason": "signed"})).await;
        assert_eq!((status, &won["status"]), (StatusCode::OK, &json!("won")));
        let (status, problem) = api.post(&format!("{path}/move"), json!({"stage": "interest"})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("deal_closed")));
        let (status, _) = api.send(Method::POST, &format!("{path}/reopen"), None).await;
        assert_eq!(status, StatusCode::OK);
        let detail = api.get(&path).await;
        assert_eq!(detail["history"].as_array().unwrap().len(), 4, "{}", test.name);
        let listed = api.get("/deals?status=open&stage=decision&q=brac&sort=dearest&limit=1").await;
        assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &deal["id"]));
    }
}

#[tokio::test]
async fn a_funnel_is_published_in_versions() {
    let test = testing::sqlite().await;
    let api = Api::of(&test, Role::Admin).await;
    let funnel = api.get("/funnels").await["items"][0].clone();
    let path = format!("/funnels/{}", text(&funnel["id"]));
    let mut document = funnel["document"].clone();
    document["title"] = json!("Smile clinic");
    let change = json!({"document": document, "base_version": 1});
    let (status, published) = api.send(Method::PUT, &path, Some(change.clone())).await;
    assert_eq!((status, &published["version"]), (StatusCode::OK, &json!(2)));
    let (status, problem) =
        api.send(Method::PUT, &path, Some(json!({"document": funnel["document"], "base_version": 1}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("version_passed")));
    let versions = api.get(&format!("{path}/versions?limit=1")).await;
    assert_eq!((&versions["items"][0]["version"], &versions["next_cursor"]), (&json!(2), &json!("2")));
    let older = api.get(&format!("{path}/versions?cursor=2")).await;
    assert_eq!(older["items"][0]["document"], funnel["document"]);
    // A misspelt field is named where it stands.
    let mut misspelt = funnel["document"].clone();
    misspelt["id"] = json!("second");
    misspelt["stages"][1]["enters_on"] = json!({"event": "Lead Captured", "occurence": 2});
    let (status, problem) = api.post("/funnels", misspelt.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "stages[1].enters_on.occurence", "{problem}");
    // Two funnels cannot open a deal on one event.
    misspelt["stages"][1]["enters_on"] = json!("Lead Captured");
    let (status, _) = api.post("/funnels", misspelt.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    misspelt["stages"][1]["enters_on"] = json!("Trial Started");
    let (status, second) = api.post("/funnels", misspelt).await;
    assert_eq!((status, &second["document"]["id"]), (StatusCode::CREATED, &json!("second")));
}

#[tokio::test]
async fn offers_are_sold_and_orders_are_paid() {
    for test in testing::all().await {
        let api = Api::of(&test, Role::Admin).await;
        let (status, offer) = api.post("/offers", kit()).await;
        assert_eq!(status, StatusCode::CREATED, "{offer}");
        let (status, problem) = api.post("/offers", kit()).await;
        assert_eq!((status, &problem["errors"][0]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("taken")));
        let request = OfferOrder {
            offer: "whitening-kit".to_owned(),
            quantity: 1,
            buyer: serde_json::from_value(json!({"name": "Kari", "email": "kari@example.no"})).unwrap(),
            locale: "nb".parse().unwrap(),
            consents: Vec::new(),
            channel: String::new(),
            origin: "/o/whitening-kit".to_owned(),
            visitor: None,
            form_token: None,
        };
        let placed = orders::place(&api.app, request).await.unwrap();
        test.settle().await;
        let link = links::address(&api.app, Link::Order, placed.order.order.id, placed.contact_id);
        let link = &link[link.find("/order/").unwrap()..];
        let (status, page) = api.page(link).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        for wanted in ["Ordre 1001", "fakturaen er sendt", "Blekesett", "Fakturanummer", "10001", "Å betale", "990,00"]
        {
            assert!(page.contains(wanted), "no {wanted} in {page}");
        }
        assert_eq!(api.page(&format!("{link}x")).await.0, StatusCode::NOT_FOUND);
        let listed = api.get("/orders?q=kari&status=invoiced").await;
        assert_eq!((&listed["total"], &listed["items"][0]["number"]), (&json!(1), &json!(1001)));
        let path = format!("/orders/{}", text(&listed["items"][0]["id"]));
        let detail = api.get(&path).await;
        assert_eq!(detail["lines"][0]["total"], json!({"minor": 99000, "currency": "NOK"}));
        assert_eq!(
            detail["taxes"],
            json!([{"rate_bp": 2500, "net_minor": 79200, "tax_minor": 19800, "total_minor": 99000}])
        );
        let (status, paid) = api.post(&format!("{path}/status"), json!({"status": "paid"})).await;
        assert_eq!((status, &paid["status"]), (StatusCode::OK, &json!("paid")), "{}", test.name);
        let (_, page) = api.page(link).await;
        assert!(page.contains("er betalt") && !page.contains("Å betale"), "{page}");
        let (status, problem) = api.post(&format!("{path}/status"), json!({"status": "invoiced"})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("order_status")));
        let won = api.get("/deals?status=won").await;
        assert_eq!(won["items"][0]["order_id"], detail["id"]);
        let offer_path = format!("/offers/{}", text(&offer["id"]));
        let mut hidden = kit();
        hidden["is_published"] = json!(false);
        let (status, changed) = api.send(Method::PUT, &offer_path, Some(hidden)).await;
        assert_eq!((status, &changed["is_published"]), (StatusCode::OK, &json!(false)));
        let (status, _) = api.send(Method::DELETE, &offer_path, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, problem) = api.send(Method::GET, &offer_path, None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    }
}

#[tokio::test]
async fn mistakes_are_answered_with_what_to_do() {
    let test = testing::sqlite().await;
    let api = Api::of(&test, Role::Admin).await;
    let (_, contact) = api.post("/contacts", json!({"first_name": "Kari"})).await;
    for (method, path, body, status, field) in [
        (Method::GET, "/deals/ctc_01jd3k5w0me9xr9q5y8t3v7n2p", None, 422, "id"),
        (Method::GET, "/orders/1001", None, 422, "id"),
        (Method::GET, "/deals?sort=best", None, 422, "sort"),
        (Method::GET, "/deals?colour=red", None, 422, "body"),
        (Method::GET, "/orders?status=lost", None, 422, "status"),
        (Method::POST, "/deals", Some(json!({"contact_id": "dea_1"})), 422, "contact_id"),
        (Method::POST, "/deals", Some(json!({"contact_id": contact["id"], "stage": "x"})), 422, "stage"),
        (Method::POST, "/deals", Some(json!({"contact_id": contact["id"], "colour": 1})), 422, "colour"),
        (
            Method::POST,
            "/offers",
            Some(json!({"document": {"slug": "a b", "name": "x",
            "price": {"minor": 1, "currency": "NOK"}}})),
            422,
            "document.slug",
        ),
        (Method::POST, "/offers", Some(json!({"document": {"slug": "a", "name": 3}})), 422, "document.name"),
    ] {
        let (answered, problem) = api.send(method, path, body).await;
        assert_eq!(answered.as_u16(), status, "{path} {problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{path} {problem}");
    }
}

/// Every endpoint of this file's nouns: nobody without a key, and a viewer reads and changes nothing.
#[tokio::test]
async fn every_endpoint_asks_who_it_is() {
    let test = testing::sqlite().await;
    let viewer = Api::of(&test, Role::Viewer).await;
    let nobody = Api { key: "sk_wrong".to_owned(), router: viewer.router.clone(), app: viewer.app.clone() };
    let funnel = viewer.get("/funnels").await["items"][0].clone();
    let document = funnel["document"].clone();
    let a_funnel = format!("/funnels/{}", text(&funnel["id"]));
    let a_deal = format!("/deals/{}", test.app.new_id::<base::id::Deal>());
    let an_offer = format!("/offers/{}", test.app.new_id::<base::id::Offer>());
    let an_order = format!("/orders/{}", test.app.new_id::<base::id::Order>());
    let new_deal = json!({"contact_id": test.app.new_id::<base::id::Contact>()});
    let reads = [
        "/funnels".to_owned(),
        a_funnel.clone(),
        format!("{a_funnel}/versions"),
        "/deals".to_owned(),
        "/deals/board".to_owned(),
        a_deal.clone(),
        "/offers".to_owned(),
        an_offer.clone(),
        "/orders".to_owned(),
        an_order.clone(),
    ];
    for path in reads {
        assert_eq!(nobody.send(Method::GET, &path, None).await.0, StatusCode::UNAUTHORIZED, "{path}");
        let (status, _) = viewer.send(Method::GET, &path, None).await;
        assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND, "{path}: {status}");
    }
    let changes = [
        (Method::POST, "/funnels".to_owned(), document.clone()),
        (Method::PUT, a_funnel, json!({"document": document})),
        (Method::POST, "/deals".to_owned(), new_deal),
        (Method::PATCH, a_deal.clone(), json!({})),
        (Method::POST, format!("{a_deal}/move"), json!({"stage": "interest"})),
        (Method::POST, format!("{a_deal}/close"), json!({"outcome": "won"})),
        (Method::POST, format!("{a_deal}/reopen"), json!({})),
        (Method::POST, "/offers".to_owned(), kit()),
        (Method::PUT, an_offer.clone(), kit()),
        (Method::DELETE, an_offer, json!({})),
        (Method::POST, format!("{an_order}/status"), json!({"status": "paid"})),
    ];
    for (method, path, body) in changes {
        let (status, _) = nobody.send(method.clone(), &path, Some(body.clone())).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
        let (status, problem) = viewer.send(method.clone(), &path, Some(body)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")), "{method} {path}");
    }
}

/// What the description names, it also describes.
#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let document = web::api::openapi();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => waiting.extend(fields.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    let schema = |name: &str| document.pointer(&format!("/components/schemas/{name}")).cloned().unwrap_or_default();
    assert_eq!(schema("OrderStatus")["enum"], json!(["placed", "invoiced", "paid", "cancelled", "refunded"]));
    assert!(schema("Localized")["oneOf"].is_array() && schema("EntersOn")["oneOf"].is_array());
}
