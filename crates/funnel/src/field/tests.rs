use proptest::prelude::*;
use serde_json::json;

use super::*;

fn field(key: &str, kind: FieldKind) -> Definition {
    let choices = ["small", "medium", "large"].map(|value| Choice {
        value: value.to_owned(),
        label: Localized::of(&[("en", &format!("The {value} one")), ("nb", value)]),
    });
    Definition {
        key: key.to_owned(),
        label: "A field".into(),
        kind,
        choices: if kind.has_choices() { choices.to_vec() } else { Vec::new() },
        is_required: false,
        help: Localized::default(),
        group: Localized::default(),
    }
}

#[test]
fn values_are_stored_in_the_form_of_their_type() {
    use FieldKind::*;
    let user = "usr_01jd3k5w0me9xr9q5y8t3v7n2p";
    let good = [
        (Text, json!(" a b "), json!("a b")),
        (Text, json!(42), json!("42")),
        (LongText, json!("a\r\nb"), json!("a\nb")),
        (WholeNumber, json!("1 234"), json!(1234)),
        (WholeNumber, json!(7.0), json!(7)),
        (Number, json!("1 234,50"), json!(1234.5)),
        (Number, json!(-0.0), json!(0.0)),
        (Money, json!({"minor": 12500, "currency": "NOK"}), json!({"minor": 12500, "currency": "NOK"})),
        (Date, json!("2026-03-02"), json!("2026-03-02")),
        (DateTime, json!("2026-03-02T09:00:00+01:00"), json!("2026-03-02T08:00:00.000Z")),
        (YesNo, json!("Yes"), json!(true)),
        (YesNo, json!(false), json!(false)),
        (Choice, json!("medium"), json!("medium")),
        (Choice, json!("the LARGE one"), json!("large")),
        (Choices, json!(["large", "small", "large"]), json!(["small", "large"])),
        (Choices, json!("medium; small"), json!(["small", "medium"])),
        (Url, json!("example.com/a"), json!("https://example.com/a")),
        (Email, json!(" Kari@Example.no "), json!("kari@example.no")),
        (Phone, json!("0047 (22) 12-34.56"), json!("+4722123456")),
        (User, json!(user), json!(user)),
    ];
    for (kind, value, expected) in good {
        let found = field("f", kind).normal(&value);
        assert_eq!(found, Ok(Some(expected)), "{kind:?} {value}");
    }
    let bad = [
        (Text, json!("a\nb")),
        (Text, json!(true)),
        (Text, json!("x".repeat(TEXT_CHARS_MAX + 1))),
        (WholeNumber, json!(1.5)),
        (WholeNumber, json!(1e300)),
        (Number, json!("abc")),
        (Number, json!("inf")),
        (Number, json!("NaN")),
        (Money, json!(12)),
        (Money, json!({"minor": 1.5, "currency": "NOK"})),
        (Money, json!({"minor": 1, "currency": "XX"})),
        (Date, json!("2026-02-30")),
        (Date, json!("2026-03-02T10:00:00Z")),
        (DateTime, json!("2026-03-02")),
        (YesNo, json!("perhaps")),
        (Choice, json!("huge")),
        (Choices, json!(["small", "huge"])),
        (Url, json!("javascript:alert(1)")),
        (Url, json!("ftp://example.com")),
        (Email, json!("nobody")),
        (Phone, json!("call me")),
        (User, json!("dea_01jd3k5w0me9xr9q5y8t3v7n2p")),
    ];
    for (kind, value) in bad {
        assert!(field("f", kind).normal(&value).is_err(), "{kind:?} {value}");
    }
    for kind in FieldKind::ALL {
        for nothing in [json!(null), json!(" "), json!([])] {
            assert_eq!(field("f", kind).normal(&nothing), Ok(None), "{kind:?}");
        }
    }
}

#[test]
fn a_change_is_taken_as_a_whole_or_not_at_all() {
    let mut size = field("size", FieldKind::Choice);
    size.is_required = true;
    let fields = [size, field("age", FieldKind::WholeNumber)];
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    let before = object(json!({"size": "small", "old": 1}));
    let change = |value: Value, others, writing| checked(&fields, &before, &object(value), others, writing);
    let words = |problems: Vec<Problem>| problems.iter().map(|one| (one.field.clone(), one.code)).collect::<Vec<_>>();

    let after = change(json!({"age": "7", "old": null}), Others::Refused, Writing::Change).unwrap();
    assert_eq!(Value::Object(after), json!({"size": "small", "age": 7}));
    let problems = change(json!({"age": "x", "size": null, "new": 1}), Others::Refused, Writing::Change).unwrap_err();
    let expected = [("age".to_owned(), "number"), ("new".to_owned(), "unknown"), ("size".to_owned(), "required")];
    assert_eq!(words(problems), expected);
    let after = change(json!({"new": [1]}), Others::Kept, Writing::Change).unwrap();
    assert_eq!(Value::Object(after), json!({"size": "small", "old": 1, "new": [1]}));
    let missing = checked(&fields, &Map::new(), &Map::new(), Others::Kept, Writing::New).unwrap_err();
    assert_eq!(words(missing), [("size".to_owned(), "required")]);
    assert!(checked(&fields, &Map::new(), &Map::new(), Others::Kept, Writing::Change).is_ok());
}

#[test]
fn a_definition_says_what_is_wrong_with_it() {
    let words = |definition: &Definition| definition.problems().iter().map(|one| one.field.clone()).collect::<Vec<_>>();
    assert_eq!(words(&field("size", FieldKind::Choice)), [""; 0]);
    for key in ["", "Size", "1a", "a-b", "å", &"a".repeat(KEY_CHARS_MAX + 1)] {
        assert_eq!(words(&field(key, FieldKind::Text)), ["key"], "{key}");
    }
    let mut wrong = field("size", FieldKind::Choice);
    wrong.label = Localized::default();
    wrong.choices[1].value = "small".to_owned();
    assert_eq!(words(&wrong), ["label", "choices"]);
    wrong.choices.clear();
    assert_eq!(words(&wrong), ["label", "choices"]);
    wrong.kind = FieldKind::Text;
    assert_eq!(words(&wrong), ["label"]);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(Value::from),
        "[ -~å]{0,12}".prop_map(Value::from),
        "[0-9 ,.+-]{1,8}".prop_map(Value::from),
        prop::sample::select(vec!["small", "The large one", "2026-01-31", "yes", "a@b.no", "+47 22 33 44 55", "x.no"])
            .prop_map(Value::from),
        (any::<i64>(), prop::sample::select(vec!["NOK", "EUR", "?"]))
            .prop_map(|(minor, currency)| json!({"minor": minor, "currency": currency})),
    ];
    prop_oneof![leaf.clone(), prop::collection::vec(leaf, 0..4).prop_map(Value::from)]
}

/// The shape of a stored value, told in another way than it is made.
fn has_shape(definition: &Definition, value: &Value) -> bool {
    use FieldKind::*;
    let is_one_line = || value.as_str().is_some_and(|text| !text.trim().is_empty() && !text.contains('\n'));
    let is_choice = |value: &Value| definition.choices.iter().any(|choice| value == &json!(choice.value));
    match definition.kind {
        Text | Url | Email | Phone | User => is_one_line(),
        LongText => value.is_string(),
        WholeNumber => value.is_i64(),
        Number => value.is_f64(),
        Money => value["minor"].is_i64() && value["currency"].as_str().is_some_and(|code| code.len() == 3),
        Date => value.as_str().is_some_and(|text| text.len() == 10),
        DateTime => value.as_str().is_some_and(|text| text.len() == 24 && text.ends_with('Z')),
        YesNo => value.is_boolean(),
        Choice => is_choice(value),
        Choices => value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(is_choice)),
    }
}

proptest! {
    #[test]
    fn what_is_taken_has_the_shape_of_its_type_and_stays_as_it_is(value in any_value()) {
        for kind in FieldKind::ALL {
            let definition = field("f", kind);
            if let Ok(Some(normal)) = definition.normal(&value) {
                prop_assert!(has_shape(&definition, &normal), "{:?}: {} became {}", kind, value, normal);
                prop_assert_eq!(definition.normal(&normal), Ok(Some(normal)));
            }
        }
    }

    #[test]
    fn what_a_change_does_not_name_stays(
        before in prop::collection::btree_map("[a-d]", any_value(), 0..4),
        change in prop::collection::btree_map("[a-f]", any_value(), 0..4),
    ) {
        let definitions = [field("a", FieldKind::Text), field("b", FieldKind::Number), field("e", FieldKind::Choices)];
        let (before, change): (Map<_, _>, Map<_, _>) = (before.into_iter().collect(), change.into_iter().collect());
        match checked(&definitions, &before, &change, Others::Kept, Writing::Change) {
            Ok(after) => for key in ["a", "b", "c", "d", "e", "f"] {
                // The naive twin: one key at a time.
                let definition = definitions.iter().find(|definition| definition.key == key);
                let expected = match (change.get(key), definition) {
                    (None, _) => before.get(key).cloned(),
                    (Some(value), Some(definition)) => definition.normal(value).unwrap(),
                    (Some(value), None) => Some(value.clone()).filter(|value| !value.is_null()),
                };
                prop_assert_eq!(after.get(key), expected.as_ref());
            },
            Err(problems) => for problem in problems {
                let definition = definitions.iter().find(|definition| definition.key == problem.field);
                prop_assert!(definition.unwrap().normal(&change[&problem.field]).is_err());
            },
        }
    }
}
