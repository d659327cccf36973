//! Keys, sizes, packing, broken bodies, a log that fails, and what the operator sees of it.

use std::{io::Write as _, sync::Arc};

use axum::{
    body::{Body, Bytes},
    http::{Method, Request},
};
use events::LogError;
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use serde_json::{Value, json};

use super::harness::{KEY, NOW, World};
use crate::ingest::{RefusalReason, limits};

fn track(id: &str) -> Value {
    json!({"type": "track", "userId": "u", "event": "A", "messageId": id})
}

fn batch(items: &[Value]) -> Value {
    json!({"writeKey": KEY, "batch": items})
}

#[tokio::test]
async fn a_batch_keeps_the_good_and_names_the_bad() {
    let world = World::new();
    let long = "x".repeat(201);
    let cases = [
        (json!({"type": "track", "event": "A"}), "userId"),
        (json!({"type": "track", "userId": "u"}), "event"),
        (json!({"type": "track", "userId": "u", "event": long}), "event"),
        (json!({"type": "track", "userId": "u", "event": ["A"]}), "event"),
        (json!({"type": "track", "userId": {"id": 1}, "event": "A"}), "userId"),
        (json!({"type": "track", "userId": "x".repeat(400), "event": "A"}), "userId"),
        (json!({"type": "track", "userId": "u", "event": "A", "properties": "none"}), "properties"),
        (json!({"type": "track", "userId": "u", "event": "A", "properties": {"x": "y".repeat(33_000)}}), "properties"),
        (json!({"type": "track", "userId": "u", "event": "A", "timestamp": "yesterday"}), "timestamp"),
        (json!({"type": "track", "userId": "u", "event": "A", "messageId": "m".repeat(101)}), "messageId"),
        (json!({"type": "track", "userId": "u", "event": "A", "context": 7}), "context"),
        (json!({"type": "identify", "userId": "u", "traits": [1]}), "traits"),
        (json!({"type": "group", "userId": "u"}), "groupId"),
        (json!({"type": "alias", "userId": "u"}), "previousId"),
        (json!({"type": "dance", "userId": "u"}), "type"),
        (json!({"userId": "u", "event": "A"}), "type"),
        (json!("text"), "batch"),
        (json!(null), "batch"),
        (json!({"type": "track", "userId": "u", "event": "a\u{0}b"}), "event"),
    ];
    let mut items = vec![track("first")];
    items.extend(cases.iter().map(|(item, _)| item.clone()));
    items.push(track("last"));
    let answer = world.json("/v1/batch", batch(&items)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["success"]), (200, &json!(true)));
    let told = answer.json();
    let rejected = told["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), cases.len(), "{told}");
    for (place, (item, field)) in cases.iter().enumerate() {
        assert_eq!(
            (&rejected[place]["index"], &rejected[place]["field"]),
            (&json!(place + 1), &json!(field)),
            "{item}"
        );
        assert!(rejected[place]["message"].as_str().is_some_and(|text| text.len() > 10), "{item}");
    }
    let ids: Vec<String> = world.events().into_iter().map(|event| event.message_id).collect();
    assert_eq!(ids, ["first", "last"]);
    let seen = world.refusals.snapshot();
    assert_eq!(seen.accepted, 2);
    assert_eq!(seen.refused.iter().map(|refused| refused.count).sum::<u64>(), cases.len() as u64);
    // The operator sees what is wrong, and no id of a person.
    let shown = serde_json::to_string(&seen.refused).unwrap();
    assert!(shown.contains("time_malformed") && shown.contains("yesterday"), "{shown}");
    let long_id = seen
        .refused
        .iter()
        .flat_map(|refused| &refused.samples)
        .find(|sample| sample.field == "userId" && !sample.value.is_empty());
    assert_eq!(long_id.map(|sample| sample.value.as_str()), Some("400 characters"));
}

#[tokio::test]
async fn an_item_with_a_field_twice_does_not_spoil_its_batch() {
    let world = World::new();
    let body =
        format!(r#"{{"writeKey":"{KEY}","batch":[{{"type":"track","type":"page","userId":"u"}},{}]}}"#, track("good"));
    let answer = world.post("/v1/batch", &[], body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["rejected"][0]["index"], 0);
    assert_eq!(world.events().len(), 1);
}

#[tokio::test]
async fn keys_are_asked_for() {
    let world = World::new();
    for (path, body, code) in [
        ("/v1/batch", json!({"batch": [track("m")]}), "key_missing"),
        ("/v1/batch", json!({"writeKey": "wk_other", "batch": [track("m")]}), "key_unknown"),
        ("/v1/track", json!({"userId": "u", "event": "A"}), "key_missing"),
        ("/batch/", json!({"api_key": "phc_x", "batch": []}), "key_unknown"),
        ("/capture/", json!({"event": "A", "distinct_id": "u"}), "key_missing"),
        ("/mp/collect?api_secret=x", json!({"client_id": "c", "events": []}), "key_unknown"),
        ("/e/s", json!({"b": []}), "key_missing"),
        ("/api/v1/events", json!({"events": []}), "key_missing"),
    ] {
        let answer = world.json(path, body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (401, &json!(code)), "{path} {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(answer.json()["message"].is_string() && answer.json()["detail"].is_string());
    }
    assert_eq!(world.refusals.count(RefusalReason::KeyMissing), 5);
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn unreadable_bodies_are_refused_with_the_place() {
    let world = World::new();
    for (path, body) in [
        ("/v1/batch", &b"{\"writeKey\":\"wk_test\",\"batch\":[{]}"[..]),
        ("/v1/batch", b"{\"writeKey\":\"wk_test\",\"batch\":7}"),
        ("/v1/batch", b"{\"writeKey\":\"wk_test\"}"),
        ("/v1/batch", b""),
        ("/v1/batch", b"\xff\xfe{}"),
        ("/v1/track", b"[]"),
        ("/batch/", b"{\"api_key\":"),
        ("/e/", b"data=%%%"),
        ("/e/s", b"k=wk_test"),
        ("/mp/collect?api_secret=wk_test", b"{}"),
    ] {
        let answer = world.post(path, &[], Bytes::copy_from_slice(body)).await;
        assert_eq!(answer.status, 400, "{path} {body:?} {}", answer.text);
        assert_eq!(answer.json()["code"], "body_malformed", "{path}");
    }
    assert!(world.events().is_empty());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn packed_bodies_are_unpacked_within_the_limit() {
    let body = batch(&[track("m")]).to_string();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(body.as_bytes()).unwrap();
    for (encoding, packed) in
        [("gzip", gzip(body.as_bytes())), ("", gzip(body.as_bytes())), ("deflate", zlib.finish().unwrap())]
    {
        let world = World::new();
        let headers: &[(&str, &str)] = if encoding.is_empty() { &[] } else { &[("content-encoding", encoding)] };
        assert_eq!(world.post("/v1/batch", headers, packed).await.status, 200, "{encoding}");
        assert_eq!(world.events().len(), 1);
    }
    let world = World::new();
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < limits::SEGMENT_BODY_BYTES_MAX);
    let answer = world.post("/v1/batch", &[("content-encoding", "gzip")], bomb).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &json!("too_large")));
    let cut = &gzip(body.as_bytes())[..40];
    assert_eq!(world.post("/v1/batch", &[("content-encoding", "gzip")], cut.to_vec()).await.status, 400);
    let answer = world.post("/v1/batch", &[("content-encoding", "zstd")], body).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (415, &json!("encoding_unknown")));
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let world = World::new();
    let many: Vec<Value> =
        (0..=limits::SEGMENT_EVENTS_MAX).map(|n| json!({"type": "track", "userId": "u", "event": n})).collect();
    assert_eq!(world.json("/v1/batch", batch(&many)).await.status, 413);
    let huge = vec![b' '; limits::POSTHOG_BODY_BYTES_MAX + 1];
    assert_eq!(world.post("/batch/", &[], huge).await.status, 413);
    // A length that is only announced is enough.
    let announced = [("content-length", "2147483648")];
    assert_eq!(world.post("/v1/batch", &announced, "{}").await.status, 413);
    // A large body goes the way over a blocking thread and arrives all the same.
    let large: Vec<Value> =
        (0..100).map(|n| json!({"event": "A", "distinct_id": "u", "uuid": n.to_string(), "properties": {"x": "y".repeat(20_000)}})).collect();
    let answer = world.json("/batch/", json!({"api_key": KEY, "batch": large})).await;
    assert_eq!((answer.status.as_u16(), world.events().len()), (200, 100));
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let world = World::new();
    let half = batch(&[track("m")]).to_string()[..40].to_owned();
    let chunks: Vec<Result<String, std::io::Error>> = vec![Ok(half), Err(std::io::ErrorKind::ConnectionReset.into())];
    let answer = world.post("/v1/batch", &[], Body::from_stream(futures::stream::iter(chunks))).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (400, &json!("body_broken")));
    assert!(world.events().is_empty());
    let whole = batch(&[track("m")]).to_string();
    let chunks: Vec<Result<String, std::io::Error>> =
        whole.as_bytes().chunks(7).map(|part| Ok(String::from_utf8(part.to_vec()).unwrap())).collect();
    assert_eq!(world.post("/v1/batch", &[], Body::from_stream(futures::stream::iter(chunks))).await.status, 200);
    assert_eq!(world.events().len(), 1);
}

#[tokio::test]
async fn a_log_that_cannot_write_sends_the_sender_back() {
    let world = World::new();
    let disk = || LogError::Disk(Arc::new(std::io::ErrorKind::StorageFull.into()));
    for (error, status, code) in [
        (LogError::TooMuch("full".to_owned()), 429, "busy"),
        (disk(), 503, "log_failed"),
        (LogError::Closed, 503, "log_failed"),
        (LogError::Damaged("x".to_owned()), 503, "log_failed"),
    ] {
        world.fail(Some(error));
        let answer = world.json("/v1/batch", batch(&[track("m")])).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(code)));
        assert_eq!(answer.headers["retry-after"], "1");
    }
    world.fail(None);
    for _ in 0..2 {
        assert_eq!(world.json("/v1/batch", batch(&[track("m")])).await.status, 200);
    }
    assert_eq!(world.events().len(), 1, "a repeat is not doubled");
    let seen = world.refusals.snapshot();
    assert_eq!((seen.accepted, seen.repeated), (1, 1));
}

#[tokio::test]
async fn every_page_of_the_world_may_send() {
    let world = World::new();
    let preflight = Request::builder()
        .method(Method::OPTIONS)
        .uri("/v1/track")
        .header("origin", "https://k.no")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let answer = world.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(answer.headers["access-control-allow-headers"], "authorization,content-type");
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    let answer = world.json("/v1/batch", json!({})).await;
    assert_eq!(answer.headers["access-control-allow-origin"], "*", "a page can read why it was refused");
}

#[tokio::test]
async fn clocks_are_set_right_and_counted() {
    let world = World::new();
    let item = |at: &str| json!({"type": "track", "userId": "u", "event": "A", "timestamp": at});
    let body = json!({"writeKey": KEY, "sentAt": "2026-11-22T13:00:00Z", "batch": [
        item("2026-11-22T12:50:00Z"), item("2031-01-01T00:00:00Z"), item("2020-01-01T01:00:00Z"),
    ]});
    world.json("/v1/batch", body).await;
    let times: Vec<String> = world.events().iter().map(|event| event.at.to_string()).collect();
    assert_eq!(times, ["2026-11-22T11:50:00.000Z", NOW, "2020-01-01T00:00:00.000Z"]);
    assert_eq!(world.refusals.count(RefusalReason::TimeAhead), 1);
    let unclear = json!({"writeKey": KEY, "sentAt": "noon", "batch": [item("2026-11-22T11:00:00Z")]});
    assert_eq!(world.json("/v1/batch", unclear).await.json(), json!({"success": true}));
    assert_eq!(world.events()[3].at.to_string(), "2026-11-22T11:00:00.000Z");
    assert_eq!(world.refusals.count(RefusalReason::TimeMalformed), 1);
}

#[tokio::test]
async fn click_ids_without_consent_are_counted_and_gone() {
    let world = World::new();
    let item = json!({"type": "track", "userId": "u", "event": "A", "properties": {"gclid": "secret1", "link": "https://k.no/?fbclid=secret2&a=1"},
        "context": {"page": {"url": "https://k.no/?msclkid=secret3"}}});
    world.json("/v1/batch", batch(&[item])).await;
    let props = world.events()[0].props.clone();
    assert!(!props.contains("secret"), "{props}");
    assert!(props.contains("https://k.no/?a=1"));
    assert_eq!(world.refusals.count(RefusalReason::ClickIdWithoutConsent), 1);
}

#[tokio::test]
async fn hostile_text_is_kept_as_text() {
    let world = World::new();
    let nasty = "</script><img src=x onerror=alert(1)>\u{202e}\"'; drop table events; --";
    let item = json!({"type": "track", "userId": nasty, "event": nasty, "properties": {nasty: nasty}});
    let answer = world.json("/v1/batch", batch(&[item])).await;
    assert_eq!(answer.json(), json!({"success": true}));
    let event = &world.events()[0];
    assert_eq!((event.name.as_str(), event.person.as_str()), (nasty, format!("user:{nasty}").as_str()));
    assert_eq!(serde_json::from_str::<Value>(&event.props).unwrap(), json!({nasty: nasty}));
}
