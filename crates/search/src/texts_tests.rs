use proptest::prelude::*;

use super::*;

/// Texts by id, looked at one by one.
#[derive(Default)]
struct Naive(BTreeMap<Uuid, Vec<String>>);

impl Naive {
    fn passes(texts: &[String], test: &TextTest) -> bool {
        match test {
            TextTest::All(tests) => tests.iter().all(|test| Self::passes(texts, test)),
            TextTest::Any(tests) => tests.iter().any(|test| Self::passes(texts, test)),
            TextTest::Has { texts: mask, part } => {
                let is_looked_at = |place: &usize| mask >> place & 1 == 1;
                (0..texts.len())
                    .filter(is_looked_at)
                    .any(|place| small(&texts[place]).replace(END, " ").contains(part.as_str()))
            }
        }
    }

    fn find(&self, test: &TextTest) -> Vec<Uuid> {
        let passing = self.0.iter().filter(|(_, texts)| Self::passes(texts, test));
        passing.map(|(id, _)| *id).collect()
    }
}

fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[abAB12@ åÅİς\u{1f}]{0,6}").expect("a pattern")
}

fn test() -> impl Strategy<Value = TextTest> {
    let part = proptest::string::string_regex("[abA1@ åÅİς]{1,3}").expect("a pattern");
    let leaf = (1u32..8, part).prop_filter_map("a part", |(texts, part)| TextTest::has(texts, &part));
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(TextTest::All),
            proptest::collection::vec(inner, 0..3).prop_map(TextTest::Any),
        ]
    })
}

proptest! {
    #[test]
    fn finds_what_looking_one_by_one_finds(
        batches in proptest::collection::vec(
            proptest::collection::vec((0u128..40, proptest::option::of([text(), text(), text()])), 0..20), 1..6),
        tests in proptest::collection::vec(test(), 1..6),
    ) {
        let (texts, mut naive) = (Texts::default(), Naive::default());
        for batch in batches {
            let batch: Vec<(Uuid, Option<Vec<String>>)> =
                batch.into_iter().map(|(id, texts)| (Uuid::from_u128(id), texts.map(Vec::from))).collect();
            for (id, texts) in batch.clone() {
                match texts {
                    Some(texts) => naive.0.insert(id, texts),
                    None => naive.0.remove(&id),
                };
            }
            texts.change(3, batch);
            for test in &tests {
                let expected = naive.find(test);
                prop_assert_eq!(texts.find(3, test, 100), Some(expected.clone()), "{:?}", test);
                prop_assert_eq!(texts.find(3, test, expected.len()), Some(expected.clone()));
                if !expected.is_empty() {
                    prop_assert_eq!(texts.find(3, test, expected.len() - 1), None);
                }
            }
        }
        prop_assert_eq!(texts.find(4, &tests[0], 100), Some(Vec::new()), "another kind has none of them");
    }

    #[test]
    fn what_a_database_takes_for_the_same_is_the_same(text in "\\PC{0,8}", from in 0usize..8, chars in 1usize..4) {
        let part: String = text.chars().skip(from).take(chars).collect();
        // In the letters of ASCII, in all letters, and as a program stores it for searches.
        let ways: [fn(&str) -> String; 3] = [
            |text| text.to_ascii_lowercase(),
            |text| text.chars().flat_map(char::to_lowercase).collect(),
            str::to_lowercase,
        ];
        for way in ways {
            prop_assert_eq!(small(&way(&text)), small(&text));
            prop_assert_eq!(small(&way(&part)), small(&part));
            prop_assert!(small(&text).contains(&small(&part)));
        }
    }
}

#[test]
fn many_things_lie_in_several_chunks_and_leave_none_behind() {
    let texts = Texts::default();
    let id = |n: u128| Uuid::from_u128(n * 2);
    let all = 3 * CHUNK as u128 + 7;
    texts.change(0, (0..all).map(|n| (id(n), Some(vec![format!("Name {n}"), format!("a{n}@b.no")]))));
    let has = |texts: u32, part: &str| TextTest::has(texts, part).unwrap();
    assert_eq!(texts.nouns.read()[&0].len(), 4);
    assert_eq!(texts.find(0, &has(2, "A4099@"), 9), Some(vec![id(4_099)]));
    assert_eq!(texts.find(0, &has(1, "a4099@"), 9), Some(vec![]), "it is in another text");
    assert_eq!(texts.find(0, &has(3, "name"), 9), None, "too many");
    // Between others, and in place of one.
    texts.change(0, [(Uuid::from_u128(9_001), Some(vec!["Between".to_owned()])), (id(4_099), None)]);
    assert_eq!(texts.find(0, &has(1, "betw"), 9), Some(vec![Uuid::from_u128(9_001)]));
    assert_eq!(texts.find(0, &has(2, "a4099@"), 9), Some(vec![]));
    texts.change(0, (0..all).map(|n| (id(n), None)));
    assert_eq!(texts.nouns.read()[&0].len(), 1);
}

#[test]
fn a_part_that_nothing_can_be_told_by_is_not_looked_for() {
    assert_eq!(TextTest::has(1, ""), None);
    assert_eq!(TextTest::has(1, "a\u{1f}b"), None);
    assert_eq!(TextTest::has(1, "\u{307}"), None);
    assert!(TextTest::has(1, "Ab").unwrap().is_told_alike());
    assert!(!TextTest::has(1, "å").unwrap().is_told_alike());
}
