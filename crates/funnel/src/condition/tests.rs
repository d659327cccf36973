use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str) -> Condition {
    serde_yaml_ng::from_str(text).unwrap()
}

fn seen(name: &str, day: i64, props: Value) -> Seen {
    let props = props.as_object().cloned().unwrap_or_default();
    Seen { name: name.to_owned(), at: Timestamp::from_ms(day * 86_400_000), props }
}

fn ask(text: &str, fields: Value, events: &[Seen]) -> bool {
    let fields = fields.as_object().cloned().unwrap_or_default();
    read(text).is_met(&Subject::new(&fields, events, Timestamp::from_ms(100 * 86_400_000)))
}

#[test]
fn fields_are_compared_as_people_mean_it() {
    for (condition, value, wanted) in [
        ("{ field: f, is: NO }", json!("NO"), true),
        ("{ field: f, is: NO }", json!("SE"), false),
        ("{ field: f, is: '' }", json!(null), false),
        ("{ field: f, is_not: NO }", json!(null), true),
        ("{ field: f, one_of: [NO, 7] }", json!("7"), true),
        ("{ field: f, none_of: [NO, 7] }", json!(7), false),
        ("{ field: f, contains: Dent }", json!("smile dental"), true),
        ("{ field: f, contains: vip }", json!(["new", "vip"]), true),
        ("{ field: f, contains: vi }", json!(["new", "vip"]), false),
        ("{ field: f, one_of: [vip, old] }", json!(["new", "vip"]), true),
        ("{ field: f, none_of: [vip, old] }", json!(["new", "vip"]), false),
        ("{ field: f, is_not: vip }", json!(["new"]), true),
        ("{ field: f, above: 15% }", json!(15), false),
        ("{ field: f, above: 15% }", json!("15.5 %"), true),
        ("{ field: f, is: 15% }", json!(15), true),
        ("{ field: f, at_least: 30, at_most: 45 }", json!(45), true),
        ("{ field: f, at_least: 30, at_most: 45 }", json!(46), false),
        ("{ field: f, at_least: 30 }", json!("old"), false),
        ("{ field: f, at_least: 30 }", json!(null), false),
        ("{ field: f, at_least: 2026-11-01 }", json!("2026-11-22T09:30:00Z"), true),
        ("{ field: f, below: 2026-11-22 }", json!("2026-11-22T09:30:00Z"), false),
        ("{ field: f, known: true }", json!(" "), false),
        ("{ field: f, known: false }", json!([]), true),
        ("{ field: f, below: 3 }", json!("NaN"), false),
    ] {
        assert_eq!(ask(condition, json!({"f": value}), &[]), wanted, "{condition} {value}");
    }
}

#[test]
fn events_are_counted_in_their_time() {
    let events = [
        seen("Offer Viewed", 80, json!({"offer": "braces"})),
        seen("Offer Viewed", 99, json!({"offer": "kit"})),
        seen("Offer Viewed", 101, json!({"offer": "braces"})),
    ];
    for (condition, wanted) in [
        ("{ did: Offer Viewed }", true),
        ("{ did: Offer Viewed, times: 2 }", true),
        ("{ did: Offer Viewed, times: 3 }", false),
        ("{ did: Offer Viewed, times: 2, within: 20 days }", true),
        ("{ did: Offer Viewed, times: 2, within: 19 days }", false),
        ("{ did: Offer Viewed, where: { offer: [kit, care] } }", true),
        ("{ did: Offer Viewed, where: { offer: braces }, within: 7 days }", false),
        ("not: { did: Order Completed }", true),
        ("any: [ { did: Order Completed }, { all: [] } ]", true),
        ("any: []", false),
    ] {
        assert_eq!(ask(condition, json!({}), &events), wanted, "{condition}");
    }
}

#[test]
fn an_answer_says_what_was_found() {
    let condition = read("all: [ { field: contact.country, is: NO }, { not: { did: Offer Viewed, times: 2 } } ]");
    let fields = json!({"contact.country": "SE"}).as_object().cloned().unwrap();
    let events = [seen("Offer Viewed", 5, json!({}))];
    let found = condition.explain(&Subject::new(&fields, &events, Timestamp::from_ms(1 << 40)));
    let wanted = json!({"is_met": false, "kind": "all", "parts": [
        {"is_met": false, "kind": "field", "field": "contact.country", "value": "SE"},
        {"is_met": true, "kind": "not", "parts": [{"is_met": false, "kind": "event", "event": "Offer Viewed",
            "times": 1, "needed": 2, "last_at": "1970-01-06T00:00:00.000Z"}]},
    ]});
    assert_eq!(serde_json::to_value(&found).unwrap(), wanted);
    assert_eq!(condition.fields(), ["contact.country"].into());
    assert_eq!(condition.events(), ["Offer Viewed"].into());
    assert_eq!(condition.size(), (4, 3));
}

#[test]
fn what_is_no_condition_is_refused_in_words() {
    for (text, part) in [
        ("{ field: f }", "say what the field must be"),
        ("{ is: 3 }", "belong to a field"),
        ("{ all: [], any: [] }", "write one of all"),
        ("{}", "write one of all"),
        ("{ field: f, is: 1, times: 2 }", "belong to did"),
        ("{ did: X, times: 0 }", "use not"),
        ("{ did: X, within: soon }", "7 days"),
        ("{ feild: f, is: 1 }", "unknown field `feild`"),
    ] {
        let error = serde_yaml_ng::from_str::<Condition>(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

fn any_event() -> impl Strategy<Value = EventTest> {
    let window = prop_oneof![
        Just((None, None)),
        (1u32..9).prop_map(|days| (Some(Duration::days(days)), None)),
        (1u32..9).prop_map(|days| (None, Some(days))),
    ];
    let which = prop_oneof![Just(None), Just(Some(Which::First)), Just(Some(Which::Last))];
    let sum =
        (-3i64..9).prop_map(|least| SumTest { of: "n".to_owned(), at_least: Some(least as f64), ..SumTest::default() });
    let wanted = prop::collection::btree_map("[n-o]", (0i64..3).prop_map(Value::from), 0..2);
    let before = prop::option::of((1u32..5).prop_map(Duration::days));
    ("[A-C]", 1u32..4, window, before, which, prop::option::of(sum), wanted).prop_map(
        |(event, times, (within, in_last_days), before, which, sum, conditions)| {
            let times = if which.is_some() { 1 } else { times };
            EventTest { conditions, within, in_last_days, before, which, times, sum, ..EventTest::of(event) }
        },
    )
}

/// Conditions of any shape, for the tests of other modules, too.
pub(crate) fn any_condition() -> impl Strategy<Value = Condition> {
    let value = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-5i64..5).prop_map(Value::from),
        "[a-z]{1,3}".prop_map(Value::from)
    ];
    let test = prop_oneof![
        value.clone().prop_map(Test::Is),
        value.clone().prop_map(Test::AtLeast),
        prop::collection::vec(value, 0..3).prop_map(Test::OneOf),
        any::<bool>().prop_map(Test::Known),
    ];
    let leaf = prop_oneof![
        ("contact\\.[a-c]", test).prop_map(|(field, test)| Condition::Field(FieldTest { field, tests: vec![test] })),
        any_event().prop_map(Condition::Event),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn a_condition_reads_back_as_written(condition in any_condition()) {
        let yaml = serde_yaml_ng::to_string(&condition).unwrap();
        prop_assert_eq!(&read(&yaml), &condition, "{}", yaml);
        let json = serde_json::to_string(&condition).unwrap();
        prop_assert_eq!(serde_json::from_str::<Condition>(&json).unwrap(), condition);
    }

    /// Not all is any not, and the other way round.
    #[test]
    fn negation_turns_all_into_any(parts in prop::collection::vec(any_condition(), 0..4), have in -5i64..5) {
        let fields = json!({"contact.a": have, "contact.b": "a"}).as_object().cloned().unwrap();
        let events = [seen("A", 1, json!({})), seen("A", 2, json!({})), seen("B", 3, json!({}))];
        let subject = Subject::new(&fields, &events, Timestamp::from_ms(5 * 86_400_000));
        let not = |part: Condition| Condition::Not(Box::new(part));
        let one = not(Condition::All(parts.clone())).is_met(&subject);
        let other = Condition::Any(parts.into_iter().map(not).collect()).is_met(&subject);
        prop_assert_eq!(one, other);
    }
}
