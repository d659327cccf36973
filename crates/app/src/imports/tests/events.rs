//! Events of many files.

use ::events::Link;
use serde_json::{Value, json};

use super::super::{time::TimeFormat, *};
use super::*;

fn props(event: &::events::NewEvent) -> Value {
    serde_json::from_str(&event.props).unwrap()
}

#[test]
fn a_file_with_an_event_column_needs_no_help() {
    let text = "user_id,session_id,event,timestamp,price\nu1,s1,home,2024-03-13 10:21:14,\nu1,s1,buy,2024-03-13 10:21:28,1.50\n";
    let guess = guessed(text, &GuessHint::default());
    assert_eq!(guess.problems, []);
    assert_eq!(guess.mapping.kind, ImportKind::Events);
    assert_eq!(target(&guess, "event").target, Target::Event);
    assert_eq!(target(&guess, "timestamp").target, Target::Time { format: TimeFormat::YearFirst });
    assert_eq!(target(&guess, "session_id").target, Target::property("session_id"));
    assert!(guess.sentences.iter().any(|sentence| sentence == "Times in timestamp name no zone and are read as UTC."));
    assert!(guess.confidence >= 0.9, "{}", guess.confidence);
    let all = all(text, &GuessHint { time_zone: Some("Europe/Oslo".into()), ..Default::default() }, |_| {});
    assert_eq!(all.events[1].at.to_string(), "2024-03-13T09:21:28.000Z");
    assert_eq!(props(&all.events[1]), json!({"price": 1.5, "session_id": "s1"}));
    assert_eq!((all.events[1].source.as_deref(), all.events[1].person.as_str()), (Some("imp_test"), "user:u1"));
}

#[test]
fn nordic_files_with_decimal_comma_and_dotted_dates() {
    let text = "Kundenummer;Hendelse;Tidspunkt;Beløp\n0042;Kjøp;26.02.2018 19:58;1.234,50\n7;Kjøp;1.3.2018;99,5\n";
    let all = all(text, &GuessHint::default(), |mapping| {
        mapping.event_names.insert("Kjøp".into(), "Order Completed".into());
    });
    assert_eq!(all.refused, []);
    assert_eq!((all.events[0].name.as_str(), all.events[0].person.as_str()), ("Order Completed", "user:0042"));
    assert_eq!(props(&all.events[0]), json!({"Beløp": 1234.5}));
    assert_eq!(all.events[1].at.to_string(), "2018-03-01T00:00:00.000Z");
}

#[test]
fn what_is_wrong_with_a_row_is_said_with_its_column() {
    let text = format!(
        "user_id,event,time,note\nu1,a,2024-01-01,ok\n,a,2024-01-01,\nundefined,a,2024-01-01,\nu1,,2024-01-01,\n\
         u1,a,,\nu1,a,01.02.2024,\nu1,a,1900-01-01,\nu1,a,2030-01-01,\nu1,a,2024-02-30,\nu1,a,2024-01-01,{}\n\
         u1,{},2024-01-01,\n{},a,2024-01-01,\nu1,a,2024-01-02,ok\n",
        "x".repeat(VALUE_BYTES_MAX + 1),
        "e".repeat(201),
        "u".repeat(400),
    );
    let all = all(&text, &GuessHint::default(), |_| {});
    let refused: Vec<(u64, &str, &str)> = all
        .refused
        .iter()
        .map(|row| (row.line, row.column.as_deref().unwrap_or(""), row.reason.split([';', ':']).next().unwrap()))
        .collect();
    insta::assert_debug_snapshot!(refused, @r#"
    [
        (
            3,
            "user_id",
            "the row does not say to whom it happened",
        ),
        (
            4,
            "user_id",
            "the row does not say to whom it happened",
        ),
        (
            5,
            "event",
            "the row does not say what happened",
        ),
        (
            6,
            "time",
            "the row does not say when it happened",
        ),
        (
            7,
            "time",
            "not a time of the form 2018-02-26 19",
        ),
        (
            8,
            "time",
            "1900-01-01T00",
        ),
        (
            9,
            "time",
            "2030-01-01T00",
        ),
        (
            10,
            "time",
            "there is no such date or time of day",
        ),
        (
            11,
            "note",
            "the value has 8193 bytes",
        ),
        (
            12,
            "event",
            "an event name has at most 200 bytes",
        ),
        (
            13,
            "user_id",
            "a person needs an id of 1 to 300 bytes without control characters",
        ),
    ]
    "#);
    assert_eq!(all.events.len(), 2);
    assert_eq!(all.refused[8].value.as_ref().unwrap().chars().count(), 81);
}

#[test]
fn equal_rows_are_two_events_and_a_second_import_adds_none() {
    let text = "user_id,event,time\nu1,a,2024-01-01\nu1,a,2024-01-01\nu2,a,2024-01-01\n";
    let ids = |text: &str| -> Vec<String> {
        all(text, &GuessHint::default(), |_| {}).events.into_iter().map(|event| event.message_id).collect()
    };
    let first = ids(text);
    assert_eq!(std::collections::HashSet::<&String>::from_iter(&first).len(), 3);
    assert_eq!(ids(text), first);
    let longer = ids("event;time;user_id\na;2024-01-01;u0\na;2024-01-01;u1\na;2024-01-01;u1\na;2024-01-01;u2\n");
    assert_eq!(longer[1..], first);
}

#[test]
fn segment_calls_are_read_as_segment_means_them() {
    let text = r#"{"type":"track","event":"Order Completed","userId":"u1","anonymousId":"a1","messageId":"m1","timestamp":"2024-03-13T10:21:14.000Z","properties":{"revenue":12.5},"context":{"ip":"10.0.0.1","campaign":{"name":"spring"},"page":{"path":"/ctx"}}}
{"type":"page","anonymousId":"a1","messageId":"m2","timestamp":"2024-03-13T10:21:15.000Z","name":"Home","properties":{"path":"/"}}
{"type":"identify","userId":"u1","anonymousId":"a1","messageId":"m3","timestamp":"2024-03-13T10:21:16.000Z","traits":{"email":"Kari@Example.no","plan":"pro"}}
{"type":"alias","userId":"u1","previousId":"old","messageId":"m4","timestamp":"2024-03-13T10:21:17.000Z"}
{"type":"dance","userId":"u1","messageId":"m5","timestamp":"2024-03-13T10:21:17.000Z"}
"#;
    let guess = guessed(text, &GuessHint::default());
    assert_eq!((guess.mapping.shape, guess.problems.len()), (Shape::Segment, 0));
    let all = all(text, &GuessHint::default(), |_| {});
    let names: Vec<(&str, &str)> = all.events.iter().map(|e| (e.name.as_str(), e.message_id.as_str())).collect();
    assert_eq!(names, [("Order Completed", "m1"), ("Page Viewed", "m2"), ("Identified", "m3"), ("Aliased", "m4")]);
    assert_eq!(all.events[0].person.as_str(), "user:u1");
    assert!(matches!(&all.events[0].links[..], [Link::Claim(key)] if key.as_str() == "anon:a1"));
    assert_eq!(props(&all.events[0]), json!({"revenue": 12.5, "utm_campaign": "spring", "path": "/ctx"}));
    assert_eq!(all.events[1].person.as_str(), "anon:a1");
    assert_eq!(props(&all.events[1]), json!({"name": "Home", "path": "/"}));
    let props = all.events[2].person_props.as_deref().unwrap();
    assert!(props.contains(r#""email":"kari@example.no""#) && props.contains(r#""plan":"pro""#), "{props}");
    assert!(matches!(&all.events[3].links[..], [Link::Merge(_), Link::Merge(key)] if key.as_str() == "user:old"));
    assert_eq!((all.refused.len(), all.refused[0].line), (1, 5));
}

#[test]
fn posthog_exports_are_read_nested_and_as_text() {
    let nested = r#"{"uuid":"1","event":"$pageview","distinct_id":"d1","timestamp":"2024-03-13T10:21:14Z","properties":{"$current_url":"https://x.no/","$device_id":"d1","$ip":"10.0.0.1"}}
{"uuid":"2","event":"$identify","distinct_id":"u1","timestamp":"2024-03-13T10:21:15Z","properties":{"$anon_distinct_id":"d1","$device_id":"d1","$set":{"email":"a@x.no"}}}
"#;
    let text = "uuid,event,distinct_id,timestamp,properties\n\
        1,$pageview,d1,2024-03-13T10:21:14Z,\"{\"\"$current_url\"\":\"\"https://x.no/\"\",\"\"$device_id\"\":\"\"d1\"\"}\"\n\
        2,$identify,u1,2024-03-13T10:21:15Z,\"{\"\"$anon_distinct_id\"\":\"\"d1\"\",\"\"$device_id\"\":\"\"d1\"\"}\"\n";
    for text in [nested, text] {
        let all = all(text, &GuessHint::default(), |_| {});
        assert_eq!(all.refused, []);
        assert_eq!((all.events[0].name.as_str(), all.events[0].person.as_str()), ("Page Viewed", "anon:d1"));
        assert!(all.events[0].props.contains(r#""url":"https://x.no/""#) && !all.events[0].props.contains("10.0.0.1"));
        assert_eq!((all.events[1].name.as_str(), all.events[1].person.as_str()), ("Identified", "user:u1"));
        assert!(matches!(&all.events[1].links[..], [.., Link::Claim(key)] if key.as_str() == "anon:d1"));
    }
}

#[test]
fn late_fields_of_jsonl_become_properties() {
    let mut text = String::new();
    for i in 0..1_500 {
        text.push_str(&format!("{{\"user_id\":\"u{i}\",\"event\":\"a\",\"time\":\"2024-01-01\"}}\n"));
    }
    text.push_str("{\"user_id\":\"u\",\"event\":\"a\",\"time\":\"2024-01-01\",\"late\":{\"field\":7}}\n");
    let events = all(&text, &GuessHint::default(), |_| {}).events;
    assert_eq!(events[1_500].props, r#"{"late.field":7}"#);
    let events = all(&text, &GuessHint::default(), |mapping| mapping.others = Others::Skip).events;
    assert_eq!(events[1_500].props, "{}");
}

#[test]
fn mappings_that_do_not_fit_say_what_is_missing() {
    let columns = ["a".to_owned(), "b".to_owned()];
    let mut mapping = guessed("a,b\nx,y\n", &GuessHint::default()).mapping;
    mapping.set("c", Target::Email);
    mapping.set("a", Target::Email);
    mapping.time_zone = "Atlantis".into();
    let problems: Vec<String> = mapping.problems(&columns).into_iter().map(|problem| problem.message).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    no time zone is called Atlantis; write one such as Europe/Oslo or UTC
    the file has no column c; it has a, b
    a and c are both mapped to the e-mail address; only one can be
    say what happened: map a column to the event, or give one event name for all rows
    say when it happened: map a column to the time
    ");
    mapping.set_only("b", Target::Email);
    assert_eq!(mapping.target_of("a"), Some(&Target::property("a")));
}

#[test]
fn a_mapping_is_the_same_after_json() {
    let mapping = guessed("mql_id;won_date;amount\nx;2018.02.26 19:58;1,5\n", &GuessHint::default()).mapping;
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
    let rule = json!({"column": "mql_id", "to": "person", "namespace": "user"});
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["columns"][0], rule);
}
