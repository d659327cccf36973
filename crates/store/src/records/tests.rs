use base::{Id, SeededRandom, Timestamp, id};
use serde_json::{Value as Json, json};

use super::*;
use crate::contacts::Contact;
use crate::testing;

fn contact(number: u64, name: &str, email: Option<&str>, tags: &[&str], traits: Json) -> Contact {
    Contact {
        id: Id::<id::Contact>::at(Timestamp::from_ms(1_000 + number.cast_signed()), &SeededRandom::new(number)),
        email: email.map(|text| text.parse().unwrap()),
        is_email_verified: false,
        first_name: name.to_owned(),
        last_name: String::new(),
        phone: String::new(),
        company: String::new(),
        locale: "en".parse().unwrap(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        traits: traits.as_object().cloned().unwrap_or_default(),
        channel: String::new(),
        source: None,
        company_id: None,
        owner_id: None,
        created_at: Timestamp::from_ms(1_000_000 - number.cast_signed()),
        updated_at: Timestamp::from_ms(5),
    }
}

fn field(key: &str, holds: Holds) -> Column {
    Column { place: Place::Field { column: "traits", key: key.to_owned() }, holds }
}

const NAME: Column = Column { place: Place::Name, holds: Holds::Text };
const EMAIL: Column = Column::of("email", Holds::Text);
const TAGS: Column = Column::of("tags", Holds::List);

/// Seven people whom every kind of value tells apart.
fn people() -> Vec<Contact> {
    vec![
        contact(1, "Bob", Some("bob@a.no"), &["vip"], json!({"score": 10, "size": "Large", "is_new": true})),
        contact(2, "anna", Some("anna@b.no"), &["vip", "old"], json!({"score": 2.5, "is_new": false})),
        contact(3, "", Some("zed@a.no"), &[], json!({"score": "many", "sum": {"minor": 500, "currency": "NOK"}})),
        contact(4, "Carl 100%", None, &["it's"], json!({"size": "small", "colours": ["red", "blue"]})),
        contact(5, "dora", None, &[], json!({"score": 10, "colours": []})),
        contact(6, "Bob", None, &[], json!({"score": -1, "sum": {"minor": -5, "currency": "NOK"}, "size": ""})),
        contact(7, "", None, &[], json!({})),
    ]
}

/// Every page of a list, by a page of so many rows; the numbers of the people.
async fn pages(conn: &impl ConnectionTrait, predicate: &Predicate, order: &Order, limit: u64) -> Vec<u64> {
    let all = people();
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..20 {
        let page = ids(conn, Table::Contacts, predicate, order, after, limit).await.unwrap();
        let number = |id: &Uuid| all.iter().position(|one| one.id.uuid() == *id).map(|place| place as u64 + 1);
        found.extend(page.items.iter().filter_map(number));
        match page.next_cursor {
            Some(cursor) => after = Some(serde_json::from_str(&cursor).unwrap()),
            None => return found,
        }
    }
    panic!("the list does not end");
}

#[tokio::test]
async fn pages_follow_each_other_in_any_order_without_a_gap() {
    for test in testing::all().await {
        let tx = test.store.begin().await.unwrap();
        for one in people() {
            crate::contacts::insert(&tx, &one).await.unwrap();
        }
        tx.commit().await.unwrap();
        let by = |column: Column, is_descending| Order { column: Some(column), is_descending, is_of_few: false };
        let created = || Column::of("created_at", Holds::Moment);
        let cases = [
            (Order::NEWEST, vec![7, 6, 5, 4, 3, 2, 1]),
            (Order::BY_ID, vec![1, 2, 3, 4, 5, 6, 7]),
            (by(created(), false), vec![7, 6, 5, 4, 3, 2, 1]),
            (by(NAME, false), vec![2, 1, 6, 4, 5, 3, 7]),
            (by(NAME, true), vec![5, 4, 6, 1, 2, 7, 3]),
            (by(EMAIL, false), vec![2, 1, 3, 4, 5, 6, 7]),
            (by(EMAIL, true), vec![3, 1, 2, 7, 6, 5, 4]),
            (by(field("score", Holds::Number), false), vec![6, 2, 1, 5, 3, 4, 7]),
            (by(field("score", Holds::Number), true), vec![5, 1, 2, 6, 7, 4, 3]),
            (by(field("sum", Holds::Money), false), vec![6, 3, 1, 2, 4, 5, 7]),
            (by(field("is_new", Holds::YesNo), false), vec![2, 1, 3, 4, 5, 6, 7]),
            (by(field("size", Holds::Text), false), vec![6, 1, 4, 2, 3, 5, 7]),
        ];
        for (order, expected) in cases {
            for limit in [1, 2, 3, 50] {
                let found = pages(test.store.reader(), &Predicate::EVERYTHING, &order, limit).await;
                assert_eq!(found, expected, "{} {order:?} {limit} at a time", test.name);
                let order = Order { is_of_few: true, ..order.clone() };
                let found = pages(test.store.reader(), &Predicate::EVERYTHING, &order, limit).await;
                assert_eq!(found, expected, "{} {order:?} {limit} at a time", test.name);
            }
        }
    }
}

#[tokio::test]
async fn every_test_means_the_same_on_both_databases() {
    use Comparison::{Above, AtLeast, AtMost, Below, Is};
    for test in testing::all().await {
        let tx = test.store.begin().await.unwrap();
        for one in people() {
            crate::contacts::insert(&tx, &one).await.unwrap();
        }
        // What is indexed is found the same way.
        for (name, column) in [("a", field("score", Holds::Number)), ("b", field("size", Holds::Text))] {
            index(&tx, Table::Contacts, &column, name).await.unwrap();
        }
        tx.commit().await.unwrap();
        let score = || field("score", Holds::Number);
        let text = |text: &str| Key::Text(text.to_owned());
        let not = |predicate| Predicate::Not(Box::new(predicate));
        let is_bob = || Predicate::Compare(NAME, Is, text("BOB"));
        let cases = [
            (Predicate::EVERYTHING, vec![1, 2, 3, 4, 5, 6, 7]),
            (Predicate::Any(vec![]), vec![]),
            (is_bob(), vec![1, 6]),
            (not(is_bob()), vec![2, 3, 4, 5, 7]),
            (Predicate::Compare(EMAIL, Is, text("Bob@A.no")), vec![1]),
            (not(Predicate::Compare(EMAIL, Is, text("bob@a.no"))), vec![2, 3, 4, 5, 6, 7]),
            (Predicate::Contains(EMAIL, "@A.".to_owned()), vec![1, 3]),
            (Predicate::Contains(NAME, "100%".to_owned()), vec![4]),
            (Predicate::Contains(NAME, "_".to_owned()), vec![]),
            (Predicate::Known(EMAIL, true), vec![1, 2, 3]),
            (Predicate::Known(NAME, false), vec![3, 7]),
            (Predicate::Known(score(), true), vec![1, 2, 5, 6]),
            (Predicate::Known(TAGS, true), vec![1, 2, 4]),
            (Predicate::Known(field("colours", Holds::List), true), vec![4]),
            (Predicate::Known(field("colours", Holds::List), false), vec![1, 2, 3, 5, 6, 7]),
            (Predicate::Compare(score(), AtLeast, Key::Number(2.5)), vec![1, 2, 5]),
            (Predicate::Compare(score(), Above, Key::Number(2.5)), vec![1, 5]),
            (Predicate::Compare(score(), AtMost, Key::Number(2.5)), vec![2, 6]),
            (Predicate::Compare(score(), Below, Key::Number(-0.5)), vec![6]),
            (Predicate::Compare(field("sum", Holds::Money), Above, Key::Number(0.0)), vec![3]),
            (Predicate::Compare(field("is_new", Holds::YesNo), Is, Key::Number(0.0)), vec![2]),
            (Predicate::Compare(field("size", Holds::Text), Is, text("LARGE")), vec![1]),
            (
                Predicate::Compare(Column::of("is_email_verified", Holds::YesNo), Is, Key::Whole(0)),
                vec![1, 2, 3, 4, 5, 6, 7],
            ),
            (Predicate::Has(TAGS, "vip".to_owned()), vec![1, 2]),
            (Predicate::Has(TAGS, "it's".to_owned()), vec![4]),
            (not(Predicate::Has(TAGS, "vip".to_owned())), vec![3, 4, 5, 6, 7]),
            (Predicate::Has(field("colours", Holds::List), "blue".to_owned()), vec![4]),
            (Predicate::Words("A.no bo".to_owned()), vec![1]),
            (
                Predicate::Any(vec![
                    Predicate::All(vec![is_bob(), Predicate::Known(EMAIL, false)]),
                    Predicate::Has(TAGS, "old".to_owned()),
                ]),
                vec![2, 6],
            ),
            (Predicate::Ids(vec![people()[1].id.uuid(), people()[6].id.uuid()]), vec![2, 7]),
            (Predicate::Ids(vec![]), vec![]),
            // Nothing that anybody writes becomes part of the statement.
            (Predicate::Compare(NAME, Is, text("' OR 1=1 --")), vec![]),
            (Predicate::Contains(NAME, "'); DROP TABLE contacts; --".to_owned()), vec![]),
        ];
        for (predicate, expected) in cases {
            let found = pages(test.store.reader(), &predicate, &Order::BY_ID, 3).await;
            assert_eq!(found, expected, "{} {predicate:?}", test.name);
            let counted = count(test.store.reader(), Table::Contacts, &predicate).await.unwrap();
            assert_eq!(counted, Count { rows: expected.len() as u64, is_exact: true }, "{} {predicate:?}", test.name);
        }
    }
}

#[tokio::test]
async fn tags_are_found_after_every_change() {
    for test in testing::all().await {
        let has = |tag: &str| Predicate::Has(TAGS, tag.to_owned());
        let tx = test.store.begin().await.unwrap();
        let mut one = people().remove(0);
        crate::contacts::insert(&tx, &one).await.unwrap();
        one.tags = vec!["b".to_owned()];
        crate::contacts::update(&tx, &one).await.unwrap();
        assert_eq!(pages(&tx, &has("vip"), &Order::BY_ID, 9).await, [0; 0], "{}", test.name);
        assert_eq!(pages(&tx, &has("b"), &Order::BY_ID, 9).await, [1], "{}", test.name);
        crate::contacts::delete(&tx, one.id).await.unwrap();
        assert_eq!(pages(&tx, &has("b"), &Order::BY_ID, 9).await, [0; 0], "{}", test.name);
    }
}
