use base::{Id, Locale, Money, Random as _, SeededRandom, id};
use store::contacts::Contact;
use store::records::{Comparison, Holds, Key, Order};

use super::*;
use crate::contacts::{self, ContactChange, ContactQuery};
use crate::deals::{self, DealQuery, NewDeal};
use crate::permission::Role;
use crate::testing::{self, TestApp};

/// Letters that databases write small in ways of their own, and what is special in a pattern.
const LETTERS: [&str; 20] =
    ["a", "A", "b", "B", "7", "å", "Å", "i", "I", "İ", "ı", "σ", "ς", "Σ", "ß", "\u{212a}", "%", "_", "\\", " "];
const CONTACTS: usize = 60;
const QUESTIONS: usize = 150;

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    fn text(&self, most: usize) -> String {
        (0..self.below(most + 1)).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    fn contact(&self, test: &TestApp, id: Id<id::Contact>) -> Contact {
        let local: String = (0..4).map(|_| ["a", "b", "7", "_"][self.below(4)]).collect();
        Contact {
            id,
            email: Some(format!("{local}{}@b7.no", id.uuid().simple()).parse().unwrap()).filter(|_| self.below(4) > 0),
            is_email_verified: false,
            first_name: self.text(4),
            last_name: self.text(6),
            phone: self.text(2),
            company: self.text(5),
            locale: "en".parse::<Locale>().unwrap(),
            tags: Vec::new(),
            traits: serde_json::Map::new(),
            channel: ["email", "web"][self.below(2)].to_owned(),
            source: None,
            company_id: None,
            owner_id: None,
            created_at: test.app.now(),
            updated_at: test.app.now(),
        }
    }

    /// A part of some contact's texts, or letters that perhaps nobody has.
    fn part(&self, all: &[Contact]) -> String {
        let contact = &all[self.below(all.len())];
        let name = format!("{} {}", contact.first_name, contact.last_name);
        let text = [&name, &contact.company, &contact.phone][self.below(3)];
        let chars: Vec<char> = text.chars().collect();
        if self.below(4) == 0 || chars.is_empty() {
            return self.text(3);
        }
        let from = self.below(chars.len());
        let part: String = chars[from..].iter().take(1 + self.below(3)).collect();
        [part.clone(), part.to_lowercase(), part.to_uppercase()][self.below(3)].clone()
    }

    fn predicate(&self, all: &[Contact], depth: usize) -> Predicate {
        let columns = ["first_name", "last_name", "email", "phone", "company", "channel"];
        let column = || match self.below(columns.len() + 1) {
            place if place < columns.len() => Column::of(columns[place], Holds::Text),
            _ => Column { place: Place::Name, holds: Holds::Text },
        };
        let several = || (0..1 + self.below(3)).map(|_| self.predicate(all, depth - 1)).collect();
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0..4 => Predicate::Contains(column(), self.part(all)),
            4 => Predicate::Words(format!("{} {}", self.part(all), self.part(all))),
            5 => Predicate::Compare(Column::of("channel", Holds::Text), Comparison::Is, Key::Text("web".to_owned())),
            6 => Predicate::All(several()),
            7 => Predicate::Any(several()),
            _ => Predicate::Not(Box::new(self.predicate(all, depth - 1))),
        }
    }
}

/// Ask about what is there; answers how many questions were narrowed.
async fn ask(test: &TestApp, dice: &Dice, all: &[Contact]) -> usize {
    let conn = test.app.store.reader();
    let mut count = 0;
    for _ in 0..QUESTIONS {
        let predicate = dice.predicate(all, 2);
        let (narrow, known) = narrowed(&test.app, Table::Contacts, &predicate).await.unwrap();
        let table = Table::Contacts;
        let expected = store::records::ids(conn, table, &predicate, &Order::NEWEST, None, 500).await.unwrap();
        for is_of_few in [false, true] {
            let order = Order { is_of_few, ..Order::NEWEST };
            let found = store::records::ids(conn, table, &narrow, &order, None, 500).await.unwrap();
            assert_eq!(found.items, expected.items, "{} {predicate:?}", test.name);
        }
        assert_eq!(known, None, "they are few");
        count += usize::from(narrow != predicate);
    }
    count
}

#[tokio::test]
async fn a_list_shows_what_the_database_alone_would_show() {
    for test in testing::all().await {
        let dice = Dice(SeededRandom::new(7));
        let mut all: Vec<Contact> = (0..CONTACTS).map(|_| dice.contact(&test, test.app.new_id())).collect();
        let tx = test.app.store.begin().await.unwrap();
        for contact in &all {
            store::contacts::insert(&tx, contact).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(ask(&test, &dice, &all).await, 0, "before the texts are read the database is asked alone");
        super::super::keep_up(&test.app).await.unwrap();
        assert!(ask(&test, &dice, &all).await > QUESTIONS / 2);
        // What changes afterwards is in no text yet.
        let tx = test.app.store.begin().await.unwrap();
        for place in (0..CONTACTS).step_by(3) {
            if place % 2 == 0 {
                all[place] = dice.contact(&test, all[place].id);
                store::contacts::update(&tx, &all[place]).await.unwrap();
            } else {
                store::contacts::delete(&tx, all[place].id).await.unwrap();
                all[place] = dice.contact(&test, test.app.new_id());
                store::contacts::insert(&tx, &all[place]).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        assert!(ask(&test, &dice, &all).await > QUESTIONS / 2);
        super::super::keep_up(&test.app).await.unwrap();
        assert!(ask(&test, &dice, &all).await > QUESTIONS / 2);
    }
}

#[tokio::test]
async fn so_many_changes_that_nobody_knows_are_left_to_the_database() {
    for test in testing::all().await {
        let dice = Dice(SeededRandom::new(8));
        super::super::keep_up(&test.app).await.unwrap();
        let tx = test.app.store.begin().await.unwrap();
        let mut last = None;
        for _ in 0..=CHANGED_MAX {
            let contact = Contact { last_name: "Berg".to_owned(), ..dice.contact(&test, test.app.new_id()) };
            store::contacts::insert(&tx, &contact).await.unwrap();
            last = last.max(Some(contact.id));
        }
        tx.commit().await.unwrap();
        let query = || ContactQuery { q: Some("berg".to_owned()), limit: Some(1), ..ContactQuery::default() };
        for _ in 0..2 {
            let page = contacts::list(&test.app, &test.owner, query()).await.unwrap();
            assert_eq!((page.total, page.is_total_exact), (CHANGED_MAX as u64 + 1, true), "{}", test.name);
            assert_eq!(Some(page.items[0].id), last, "{}", test.name);
            super::super::keep_up(&test.app).await.unwrap();
        }
    }
}

#[tokio::test]
async fn words_find_the_deals_in_scope_alone() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let change = ContactChange { first_name: Some("Kari".to_owned()), ..ContactChange::default() };
        let kari = contacts::create(&test.app, &test.owner, change).await.unwrap().id;
        for (actor, title) in [(&rep, "New website"), (&test.owner, "Newer website"), (&rep, "A shop")] {
            let request = NewDeal {
                title: Some(title.to_owned()),
                value: Some(Money::new(100, "NOK".parse().unwrap())),
                ..NewDeal::with(kari)
            };
            test.clock.advance_ms(1);
            deals::create(&test.app, actor, request).await.unwrap();
        }
        for _ in 0..2 {
            for (actor, expected) in [(&rep, vec!["New website"]), (&test.owner, vec!["Newer website", "New website"])]
            {
                let query = DealQuery { q: Some("WEB new".to_owned()), ..DealQuery::default() };
                let page = deals::list(&test.app, actor, query).await.unwrap();
                let titles: Vec<&str> = page.items.iter().map(|deal| deal.title.as_str()).collect();
                assert_eq!((titles, page.total), (expected.clone(), expected.len() as u64), "{}", test.name);
                let query = deals::BoardQuery { q: Some("WEB new".to_owned()), ..Default::default() };
                let board = deals::board(&test.app, actor, query).await.unwrap();
                let sum: u64 = board.columns.iter().map(|column| column.open.count).sum();
                let cards: usize = board.columns.iter().map(|column| column.deals.len()).sum();
                assert_eq!((sum, cards), (expected.len() as u64, expected.len()), "{}", test.name);
            }
            super::super::keep_up(&test.app).await.unwrap();
        }
    }
}
