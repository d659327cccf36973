//! What each dialect's items become.

use serde_json::{Value, json};

use super::harness::{KEY, NOW, SECRET, World, shown};

/// Send each body to a path; each must become the one event beside it.
async fn each(path: &str, headers: &[(&str, &str)], wrap: fn(Value) -> Value, cases: Vec<(Value, Value)>) {
    for (item, wanted) in cases {
        let world = World::new();
        let answer = world.post(path, headers, wrap(item.clone()).to_string()).await;
        assert!(answer.status.is_success(), "{item}: {} {}", answer.status, answer.text);
        let events: Vec<Value> = world.events().iter().map(shown).collect();
        assert_eq!(events, [wanted], "{item} answered {}", answer.text);
    }
}

fn event(name: &str, person: &str, links: Value, props: Value, person_props: Value) -> Value {
    json!({"name": name, "person": person, "links": links, "props": props, "person_props": person_props})
}

#[tokio::test]
async fn segment_calls() {
    let wrap = |item: Value| json!({"writeKey": KEY, "batch": [item], "sentAt": NOW});
    each("/v1/batch", &[], wrap, vec![
        (
            json!({"type": "track", "userId": "u1", "event": "Order Completed", "properties": {"total": 10.5, "b": "æ"}}),
            event("Order Completed", "user:u1", json!([]), json!({"total": 10.5, "b": "æ"}), Value::Null),
        ),
        (
            json!({"type": "track", "userId": 42, "anonymousId": "a1", "event": "X", "integrations": {"All": false}}),
            event("X", "user:42", json!([]), json!({}), Value::Null),
        ),
        (
            json!({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {"email": "Kari@example.no"}}),
            event("Identified", "user:u1", json!(["claim anon:a1"]), json!({}), json!({"email": "Kari@example.no"})),
        ),
        (
            json!({"type": "identify", "anonymousId": "a1", "traits": {}}),
            event("Identified", "anon:a1", json!([]), json!({}), Value::Null),
        ),
        (
            json!({"type": "page", "anonymousId": "a1", "name": "Home", "category": "Site",
                "properties": {"url": "https://k.no/?utm_source=google&utm_medium=cpc&gclid=abc", "title": "K"}}),
            event("Page Viewed", "anon:a1", json!([]), json!({
                "name": "Home", "category": "Site", "url": "https://k.no/?utm_source=google&utm_medium=cpc",
                "title": "K", "path": "/", "channel": "google-ads", "utm_source": "google", "utm_medium": "cpc",
            }), Value::Null),
        ),
        (
            json!({"type": "screen", "anonymousId": "a1", "name": "Start"}),
            event("Screen Viewed", "anon:a1", json!([]), json!({"name": "Start"}), Value::Null),
        ),
        (
            json!({"type": "group", "userId": "u1", "groupId": "g1", "traits": {"size": 3}}),
            event("Group Joined", "user:u1", json!([]), json!({"size": 3, "group_id": "g1"}), Value::Null),
        ),
        (
            json!({"type": "alias", "userId": "u1", "previousId": "a1"}),
            event("Aliased", "user:u1", json!(["merge anon:a1", "merge user:a1"]), json!({}), Value::Null),
        ),
        (
            json!({"type": "track", "anonymousId": "a1", "event": "Signed Up", "context": {
                "ip": "203.0.113.7", "locale": "nb-NO", "userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)",
                "page": {"url": "https://k.no/p?gclid=abc", "referrer": "https://www.google.com/"},
                "campaign": {"name": "vår", "source": "google", "medium": "cpc"},
                "consent": {"categoryPreferences": {"Advertising": true}}}}),
            event("Signed Up", "anon:a1", json!([]), json!({
                "url": "https://k.no/p?gclid=abc", "path": "/p", "referrer": "https://www.google.com/", "locale": "nb-NO",
                "device": "desktop", "channel": "google-ads", "utm_source": "google", "utm_medium": "cpc",
                "utm_campaign": "vår", "gclid": "abc", "is_bot": true,
            }), Value::Null),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_segment_call_of_its_own_and_the_context_of_a_batch() {
    let world = World::new();
    let basic = [("authorization", "Basic d2tfdGVzdDo="), ("content-type", "text/plain")];
    let answer = world.post("/v1/track", &basic, r#"{"userId":"u1","event":"A","messageId":"m1"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"{"success":true}"#));
    let item = json!({"type": "track", "userId": "u1", "event": "B", "context": {"locale": "sv"}});
    let shared = json!({"locale": "nb", "campaign": {"source": "fair"}});
    world.json("/v1/batch", json!({"writeKey": KEY, "context": shared, "batch": [item]})).await;
    let events = world.events();
    assert_eq!((events[0].name.as_str(), events[0].message_id.as_str()), ("A", "m1"));
    assert_eq!(shown(&events[1])["props"], json!({"locale": "sv", "utm_source": "fair", "channel": "campaign"}));
    assert_eq!(events[1].message_id.len(), 26, "an id was made");
}

#[tokio::test]
async fn posthog_events() {
    let wrap = |item: Value| json!({"api_key": KEY, "batch": [item], "sent_at": NOW});
    each("/batch/", &[], wrap, vec![
        (
            json!({"event": "Signed Up", "distinct_id": "u1", "properties": {"plan": "pro", "$lib": "posthog-node", "$ip": "1.2.3.4"}}),
            event("Signed Up", "user:u1", json!([]), json!({"plan": "pro", "$lib": "posthog-node"}), Value::Null),
        ),
        (
            json!({"event": "$pageview", "properties": {"distinct_id": "a1", "$device_id": "a1", "token": KEY,
                "$current_url": "https://k.no/x?fbclid=1", "$referrer": "$direct", "$pathname": "/x", "$raw_user_agent": "curl/8"}}),
            event("Page Viewed", "anon:a1", json!([]), json!({
                "$device_id": "a1", "$current_url": "https://k.no/x", "$referrer": "$direct", "$pathname": "/x",
                "$raw_user_agent": "curl/8", "url": "https://k.no/x", "path": "/x", "device": "desktop",
                "channel": "social", "is_bot": true,
            }), Value::Null),
        ),
        (
            json!({"event": "$identify", "distinct_id": "u1", "$set": {"name": "Kari"},
                "properties": {"$anon_distinct_id": "a1", "$set_once": {"$initial_gclid": "x", "first": 1}}}),
            event("Identified", "user:u1", json!(["claim anon:a1"]), json!({}), json!({"name": "Kari", "$set_once": {"first": 1}})),
        ),
        (
            json!({"event": "$set", "distinct_id": "u1", "properties": {"$set": {"city": "Bodø"}}}),
            event("Identified", "user:u1", json!([]), json!({}), json!({"city": "Bodø"})),
        ),
        (
            json!({"event": "$create_alias", "distinct_id": "u1", "properties": {"distinct_id": "u1", "alias": "old"}}),
            event("Aliased", "user:u1", json!(["merge user:old"]), json!({"alias": "old"}), Value::Null),
        ),
        (
            json!({"event": "$groupidentify", "distinct_id": "u1",
                "properties": {"$group_type": "company", "$group_key": "acme", "$group_set": {"seats": 5}}}),
            event("Group Joined", "user:u1", json!([]), json!({"seats": 5, "group_id": "acme", "group_type": "company"}), Value::Null),
        ),
        (
            json!({"event": "X", "distinct_id": "0190c1", "$set": {"a": 1}, "properties": {"$process_person_profile": false}}),
            event("X", "anon:0190c1", json!([]), json!({"$process_person_profile": false}), Value::Null),
        ),
    ])
    .await;
}

#[tokio::test]
async fn posthog_bodies_in_every_shape() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let single = json!({"api_key": KEY, "event": "A", "distinct_id": "u", "uuid": "m1"}).to_string();
    let list = json!([{"event": "A", "uuid": "m1", "properties": {"token": KEY, "distinct_id": "u"}}]).to_string();
    let form = format!("data={}&ver=1", percent(&STANDARD.encode(&single)));
    let raw_form = format!("data={}", percent(&single));
    for (path, body) in [
        ("/capture/", single.clone()),
        ("/i/v0/e/?ip=1", single.clone()),
        ("/e/", list.clone()),
        ("/e", form),
        ("/e/", raw_form),
        ("/e/", STANDARD.encode(&list)),
    ] {
        let world = World::new();
        let answer = world.post(path, &[("content-type", "text/plain")], body).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"status": 1})), "{path}");
        assert_eq!(world.events().len(), 1);
        assert_eq!((world.events()[0].message_id.as_str(), world.events()[0].person.as_str()), ("m1", "user:u"));
    }
    let world = World::new();
    let request = axum::http::Request::get(format!("/e/?data={}", percent(&STANDARD.encode(&single))));
    assert_eq!(world.send(request.body(axum::body::Body::empty()).unwrap()).await.status, 200);
    assert_eq!(world.events().len(), 1);
}

fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn posthog_v1_answers_by_id() {
    let world = World::new();
    let body = json!({"created_at": NOW, "batch": [
        {"event": "A", "uuid": "m1", "distinct_id": "u", "timestamp": NOW, "options": {}, "properties": {}},
        {"event": "", "uuid": "m2", "distinct_id": "u", "timestamp": NOW, "options": {}, "properties": {}},
        {"event": "B", "uuid": "m3", "distinct_id": "a", "options": {"process_person_profile": false}, "properties": {"$set": {"x": 1}}},
    ]});
    let bearer = format!("Bearer {KEY}");
    let answer = world.post("/i/v1/analytics/events", &[("authorization", &bearer)], body.to_string()).await;
    assert_eq!(
        answer.json(),
        json!({"results": {
            "m1": {"result": "ok"}, "m2": {"result": "drop", "details": "an event needs its name"}, "m3": {"result": "ok"},
        }})
    );
    assert_eq!(world.events()[1].person.as_str(), "anon:a");
    assert_eq!(world.events()[1].person_props, None);
}

#[tokio::test]
async fn posthog_libraries_find_the_endpoints_that_they_ask() {
    let world = World::new();
    assert_eq!(world.json("/flags/?v=2", json!({"token": KEY})).await.json()["flags"], json!({}));
    let get = |path: &str| axum::http::Request::get(path.to_owned()).body(axum::body::Body::empty()).unwrap();
    assert_eq!(world.send(get("/array/wk_test/config")).await.json()["hasFeatureFlags"], false);
    let script = world.send(get("/array/%3C%2Fscript%3E/config.js")).await;
    assert!(!script.text.contains("</script>"), "{}", script.text);
    assert_eq!(script.headers["content-type"], "application/javascript");
}

#[tokio::test]
async fn measurement_protocol() {
    let world = World::new();
    let path = format!("/mp/collect?measurement_id=G-1&api_secret={KEY}");
    let body = json!({
    "client_id": "c.1", "user_id": "u1", "timestamp_micros": "1795348200000000",
    "user_properties": {"plan": {"value": "pro"}}, "consent": {"ad_user_data": "GRANTED"},
    "events": [
        {"name": "page_view", "params": {"page_location": "https://k.no/?gclid=1", "page_title": "K"}},
        {"name": "purchase", "params": {"value": 10, "currency": "NOK"}},
    ]});
    let answer = world.json(&path, body).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    let events = world.events();
    assert_eq!(
        shown(&events[0]),
        event(
            "Page Viewed",
            "user:u1",
            json!(["claim anon:c.1"]),
            json!({
                "page_location": "https://k.no/?gclid=1", "page_title": "K", "url": "https://k.no/?gclid=1", "path": "/",
                "title": "K", "channel": "google-ads", "gclid": "1",
            }),
            json!({"plan": "pro"})
        )
    );
    assert_eq!((events[1].name.as_str(), events[1].at.to_string().as_str()), ("purchase", "2026-11-22T11:50:00.000Z"));

    let params: serde_json::Map<String, Value> = (0..26).map(|n| (format!("p{n}"), n.into())).collect();
    let bad = json!({"client_id": "c.1", "events": [
        {"name": "x".repeat(41)}, {"name": "a", "params": params}, {"name": "b", "params": []}, {}, 7, {"name": "fine"}]});
    let answer = world.json(&path, bad.clone()).await;
    let fields: Vec<Value> = answer.json()["rejected"].as_array().unwrap().iter().map(|r| r["field"].clone()).collect();
    assert_eq!(fields, ["name", "params", "params", "name", "events"]);
    assert_eq!(world.events().len(), 3);
    let checked = world.json(&format!("/debug{path}"), bad).await.json();
    assert_eq!(checked["validationMessages"].as_array().map(Vec::len), Some(5));
    assert_eq!(world.events().len(), 3, "a check writes nothing");
}

#[tokio::test]
async fn snippet_events() {
    let world = World::new();
    let browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1";
    let headers = |ip: &'static str| {
        [("content-type", "text/plain"), ("user-agent", browser), ("x-forwarded-for", ip), ("host", "c.no")]
    };
    let page =
        json!({"t": "page", "u": "https://k.no/?utm_source=news&utm_medium=email", "r": "", "i": "m1", "ts": 1500});
    let body =
        json!({"k": KEY, "b": [page, {"t": "track", "n": "CTA Clicked", "u": "https://k.no/", "p": {"where": "top"}}]});
    let answer = world.post("/e/s", &headers("203.0.113.7"), body.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    let again = json!({"k": KEY, "b": [{"t": "click", "u": "https://k.no/"}, {"t": "page", "u": "https://other.no/"}]});
    world.post("/e/s", &headers("203.0.113.7"), again.to_string()).await;
    world.post("/e/s", &headers("203.0.113.8"), again.to_string()).await;
    let events = world.events();
    let people: Vec<&str> = events.iter().map(|event| event.person.as_str()).collect();
    assert!(people[0].starts_with("anon:d") && people[0].len() == "anon:d".len() + 32);
    assert_eq!((people[1], people[2]), (people[0], people[0]), "one visitor");
    assert!(people[3] != people[0] && people[4] != people[0], "another site, another address");
    assert_eq!(
        shown(&events[0])["props"],
        json!({
            "url": "https://k.no/?utm_source=news&utm_medium=email", "path": "/", "device": "mobile",
            "channel": "email", "utm_source": "news", "utm_medium": "email",
        })
    );
    assert_eq!(events[0].at.to_string(), "2026-11-22T11:59:58.500Z");
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names[..4], ["Page Viewed", "CTA Clicked", "Click", "Page Viewed"]);
    assert!(events.iter().all(|event| !event.props.contains("203.0.113")), "no address is kept");

    let yes = json!({"k": KEY, "b": [{"t": "track", "n": "Consent Given", "a": "c1", "c": true, "u": "https://k.no/?gclid=g"}]});
    world.post("/e/s", &headers("203.0.113.7"), yes.to_string()).await;
    assert!(world.is_one("anon:c1", world.events()[0].person.as_str()), "the visit so far joined the browser");
    assert_eq!(shown(world.events().last().unwrap())["props"]["gclid"], "g");

    let known = json!({"k": KEY, "b": [{"t": "identify", "a": "a1", "d": "u1", "p": {"email": "a@b.no"}}]});
    world.post("/e/s", &headers("203.0.113.7"), known.to_string()).await;
    assert_eq!(
        shown(world.events().last().unwrap()),
        event(
            "Identified",
            "user:u1",
            json!(["claim anon:a1"]),
            json!({"device": "mobile"}),
            json!({"email": "a@b.no"})
        )
    );
}

#[tokio::test]
async fn plain_events() {
    let wrap = |item: Value| json!({"events": [item]});
    let public = format!("Bearer {KEY}");
    let secret = format!("Bearer {SECRET}");
    each("/api/v1/events", &[("authorization", &public)], wrap, vec![
        (
            json!({"event": "A", "user_id": "u1", "anonymous_id": "a1", "email": "K@example.no", "traits": {"x": 1}}),
            event("A", "user:u1", json!(["claim anon:a1"]), json!({}), json!({"x": 1})),
        ),
        (
            json!({"event": "A", "email": "K@example.no", "anonymous_id": "a1"}),
            event("A", "anon:a1", json!([]), json!({}), Value::Null),
        ),
        (
            json!({"event": "Page Viewed", "person": "email:k@example.no", "properties": {"url": "https://k.no/a"}}),
            event("Page Viewed", "email:k@example.no", json!([]),
                json!({"url": "https://k.no/a", "path": "/a", "channel": "direct"}), Value::Null),
        ),
    ])
    .await;
    each(
        "/api/v1/events",
        &[("authorization", &secret)],
        wrap,
        vec![
            (
                json!({"event": "A", "user_id": "u1", "anonymous_id": "a1", "email": "K@example.no"}),
                event("A", "user:u1", json!(["merge email:k@example.no", "claim anon:a1"]), json!({}), Value::Null),
            ),
            (
                json!({"event": "A", "email": "K@example.no", "anonymous_id": "a1"}),
                event("A", "email:k@example.no", json!(["claim anon:a1"]), json!({}), Value::Null),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn plain_answers_count_and_name() {
    let world = World::new();
    let bearer = format!("Bearer {KEY}");
    let good = json!({"event": "A", "user_id": "u", "message_id": "m1", "at": "2026-11-01T00:00:00Z"});
    let body = json!({"events": [good, good, {"event": "A"}, {"event": "B", "user_id": "u", "at": "soon"}]});
    let answer = world.post("/api/v1/events", &[("authorization", &bearer)], body.to_string()).await;
    let told = answer.json();
    assert_eq!((&told["accepted"], &told["repeated"], &told["rejected_count"]), (&json!(1), &json!(1), &json!(2)));
    assert_eq!(
        told["rejected"][1],
        json!({
        "index": 3, "field": "at", "message": "at is not a moment; write it as 2026-11-22T09:30:00.000Z"})
    );
    let none = json!({"events": [{"event": "A"}]});
    let answer = world.post("/api/v1/events", &[("authorization", &bearer)], none.to_string()).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["errors"][0]["field"], "user_id");
}
