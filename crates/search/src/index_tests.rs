use proptest::prelude::*;

use super::*;

fn entry(noun: u8, id: u128, name: &str, more: &str, phone: &str) -> Entry {
    let text = str::to_owned;
    Entry { noun, id: Uuid::from_u128(id), owner: None, name: text(name), more: text(more), phone: text(phone) }
}

fn ids(index: &Index, text: &str) -> Vec<u128> {
    let found = index.find(&Query::new(text), &[Owned::ByAll], 10);
    found[0].0.iter().map(|found| found.id.as_u128()).collect()
}

#[test]
fn what_is_misspelt_is_found_and_what_is_right_comes_first() {
    let index = Index::default();
    index.put(vec![
        entry(0, 1, "John Smith", "john.smith@acme.example", "+47 22 33 44 55"),
        entry(0, 2, "Joan Smythe", "joan@other.example", "99 88 77 66"),
        entry(0, 3, "Bjørn Ødegård", "bjorn@fjord.example Fjord AS", ""),
        entry(0, 4, "Jon Smit", "", ""),
    ]);
    let found: [(&str, &[u128]); 12] = [
        ("Jhon Smiht", &[1, 4]),
        ("john smith", &[1, 4, 2]),
        ("smi joh", &[1, 4]),
        ("odegard", &[3]),
        ("Ødegaard", &[3]),
        ("22 33 44 55", &[1]),
        ("0047 22334455", &[1]),
        ("+47 99887766", &[2]),
        ("acme", &[1]),
        ("john.smith@acme.example", &[1]),
        ("nobody", &[]),
        ("", &[]),
    ];
    for (text, wanted) in found {
        assert_eq!(ids(&index, text), wanted, "{text}");
    }
}

#[test]
fn what_changed_is_found_as_it_is_and_owners_are_told_apart() {
    let index = Index::default();
    let (kari, ola) = (Uuid::from_u128(7), Uuid::from_u128(8));
    index.put(vec![
        Entry { owner: Some(kari), ..entry(1, 1, "Website", "", "") },
        Entry { owner: Some(ola), ..entry(1, 2, "Website", "", "") },
        entry(1, 3, "Website", "", ""),
    ]);
    let find = |owned| index.find(&Query::new("website"), &[Owned::ByAll, owned], 10)[1].clone();
    assert_eq!(find(Owned::ByAll).1, 3);
    assert_eq!(find(Owned::By(kari)), (vec![Found { score: 15, id: Uuid::from_u128(1) }], 1));
    assert_eq!(find(Owned::By(Uuid::from_u128(9))).1, 0);
    assert_eq!(find(Owned::Hidden).1, 0);
    index.put(vec![Entry { owner: Some(ola), ..entry(1, 1, "Web shop", "", "") }]);
    assert_eq!((find(Owned::By(kari)).1, find(Owned::By(ola)).1), (0, 1));
    index.remove(&[(1, Uuid::from_u128(2)), (1, Uuid::from_u128(99))]);
    assert_eq!((find(Owned::ByAll).1, index.len()), (1, 2));
    assert!(format!("{index:?}").contains("website"));
    index.put(vec![entry(1, 3, "Other", "", "")]);
    index.compact();
    assert!(!format!("{index:?}").contains("website"), "words that nothing has are gone");
}

#[test]
fn the_newest_of_equals_come_first_and_all_are_counted() {
    let index = Index::default();
    for start in [100, 0, 200] {
        index.put((start..start + 100).map(|id| entry(0, id, "Kari", "", "")).collect());
    }
    let found = index.find(&Query::new("kari"), &[Owned::ByAll], 3);
    let list: Vec<u128> = found[0].0.iter().map(|found| found.id.as_u128()).collect();
    assert_eq!((list, found[0].1), (vec![299, 298, 297], 300));
}

/// The answer by looking at every thing.
fn twin(things: &[Entry], text: &str) -> Vec<u128> {
    let query = Query::of_words(text);
    let score = |entry: &Entry| {
        let mut sum = 0;
        for wanted in &query.words {
            let best = |text: &str, bonus| {
                words::of(text).iter().filter_map(|word| Some(wanted.grade(word)? * 2 + bonus)).max().unwrap_or(0)
            };
            let best = best(&entry.name, 1).max(best(&entry.more, 0));
            if best == 0 {
                return None;
            }
            sum += best;
        }
        (!query.is_empty()).then_some(sum)
    };
    let mut list: Vec<(u8, Uuid)> = things.iter().filter_map(|entry| Some((score(entry)?, entry.id))).collect();
    list.sort_unstable_by(|a, b| b.cmp(a));
    list.into_iter().map(|(_, id)| id.as_u128()).collect()
}

proptest! {
    #[test]
    fn the_index_answers_as_if_it_looked_at_every_thing(
        changes in prop::collection::vec((0u128..12, "[abo]{1,4} [abo]{0,6}", "[ab]{0,3}", prop::bool::weighted(0.2)), 1..40),
        text in "[abo]{1,6}( [abo]{1,3})?",
    ) {
        let index = Index::default();
        let mut things: Vec<Entry> = Vec::new();
        for (id, name, more, is_removed) in changes {
            things.retain(|thing| thing.id.as_u128() != id);
            if is_removed {
                index.remove(&[(0, Uuid::from_u128(id))]);
            } else {
                let new = entry(0, id, &name, &more, "");
                things.push(new.clone());
                index.put(vec![new]);
            }
        }
        prop_assert_eq!(index.len(), things.len());
        let found = index.find(&Query::new(&text), &[Owned::ByAll], 100);
        let list: Vec<u128> = found[0].0.iter().map(|found| found.id.as_u128()).collect();
        prop_assert_eq!(list, twin(&things, &text));
    }
}
