//! Who is who over several requests.

use serde_json::json;

use super::harness::{KEY, World};

async fn capture(world: &World, events: serde_json::Value) {
    let answer = world.json("/batch/", json!({"api_key": KEY, "batch": events})).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"status": 1})));
}

#[tokio::test]
async fn a_later_identify_joins_what_a_browser_did() {
    for anonymous in [json!({"$device_id": "a1"}), json!({"$process_person_profile": false}), json!({})] {
        for is_one_batch in [false, true] {
            let world = World::new();
            let visit = json!({"event": "$pageview", "distinct_id": "a1", "properties": anonymous});
            let identify =
                json!({"event": "$identify", "distinct_id": "u1", "properties": {"$anon_distinct_id": "a1"}});
            let after = json!({"event": "Bought", "distinct_id": "u1"});
            if is_one_batch {
                capture(&world, json!([visit, identify, after])).await;
            } else {
                for event in [visit, identify, after] {
                    capture(&world, json!([event])).await;
                }
            }
            let who = world.events()[0].person.to_string();
            assert!(world.is_one(&who, "user:u1"), "{anonymous} {is_one_batch} {who}");
            assert_eq!(world.events()[2].person.as_str(), "user:u1");
        }
    }
}

#[tokio::test]
async fn a_second_person_on_a_shared_device_joins_nothing() {
    for anonymous in [json!({"$device_id": "a1"}), json!({})] {
        for is_one_batch in [false, true] {
            let world = World::new();
            let visit = json!({"event": "$pageview", "distinct_id": "a1", "properties": anonymous});
            let kari = json!({"event": "$identify", "distinct_id": "kari", "properties": {"$anon_distinct_id": "a1"}});
            let ola = json!({"event": "$identify", "distinct_id": "ola", "properties": {"$anon_distinct_id": "a1"}});
            if is_one_batch {
                capture(&world, json!([visit, kari, ola])).await;
            } else {
                for event in [visit, kari, ola] {
                    capture(&world, json!([event])).await;
                }
            }
            assert!(!world.is_one("user:kari", "user:ola"), "{anonymous} {is_one_batch}");
            assert!(world.is_one(world.events()[0].person.as_str(), "user:kari"));
        }
    }
}

#[tokio::test]
async fn one_id_stays_one_person_whatever_its_events_say() {
    let world = World::new();
    let events = json!([
        {"event": "A", "distinct_id": "x", "properties": {"$process_person_profile": false}},
        {"event": "B", "distinct_id": "x"},
        {"event": "$set", "distinct_id": "x", "$set": {"a": 1}},
        {"event": "C", "distinct_id": "x", "properties": {"$process_person_profile": false}},
    ]);
    for event in events.as_array().unwrap() {
        capture(&world, json!([event])).await;
    }
    let people: Vec<String> = world.events().iter().map(|event| event.person.to_string()).collect();
    assert_eq!(people, ["anon:x", "anon:x", "user:x", "user:x"]);
    assert!(world.is_one("anon:x", "user:x"));
}

#[tokio::test]
async fn aliases_join_in_either_direction_and_across_dialects() {
    let world = World::new();
    capture(&world, json!([{"event": "A", "distinct_id": "old"}])).await;
    capture(&world, json!([{"event": "$create_alias", "distinct_id": "old", "properties": {"alias": "new"}}])).await;
    assert!(world.is_one("user:old", "user:new"));

    let segment = |item: serde_json::Value| json!({"writeKey": KEY, "batch": [item]});
    world.json("/v1/batch", segment(json!({"type": "track", "anonymousId": "b1", "event": "A"}))).await;
    world.json("/v1/batch", segment(json!({"type": "identify", "userId": "new", "anonymousId": "b1"}))).await;
    assert!(world.is_one("anon:b1", "user:old"));
    world.json("/v1/batch", segment(json!({"type": "track", "anonymousId": "b2", "event": "A"}))).await;
    world.json("/v1/batch", segment(json!({"type": "alias", "userId": "new", "previousId": "b2"}))).await;
    assert!(world.is_one("anon:b2", "user:new"));
}
