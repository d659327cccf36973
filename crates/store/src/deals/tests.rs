use base::{Clock, Random, SeededRandom, VirtualClock};
use funnel::document::six_stage;

use super::*;
use crate::contacts::{self, Contact};
use crate::funnels::{self, Funnel};
use crate::testing::{self, TestStore};

struct Given {
    clock: VirtualClock,
    random: SeededRandom,
    contact_id: Id<id::Contact>,
    funnel_id: Id<id::Funnel>,
}

impl Given {
    fn id<K: id::Kind>(&self) -> Id<K> {
        Id::new(&self.clock as &dyn Clock, &self.random as &dyn Random)
    }

    fn deal(&self, stage: &str, minor: i64) -> Deal {
        self.clock.advance_ms(1000);
        Deal {
            id: self.id(),
            contact_id: self.contact_id,
            title: format!("Deal of {minor}"),
            funnel_id: self.funnel_id,
            stage: stage.into(),
            value: Money::new(minor, "NOK".parse().unwrap()),
            owner_id: None,
            status: DealStatus::Open,
            reason: String::new(),
            channel: "direct".to_owned(),
            order_id: None,
            stage_entered_at: self.clock.now(),
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
            closed_at: None,
            fields: Default::default(),
            discount_bp: None,
            funnel_version: 1,
            opened_at: self.clock.now(),
            moved_at: self.clock.now(),
            moved_back_at: None,
            gate_due_at: None,
            held: None,
            gate_flag: None,
            approval_asked: None,
            answer_due_at: None,
        }
    }
}

async fn given(test: &TestStore) -> Given {
    let clock = VirtualClock::at(Timestamp::from_ms(1_770_000_000_000));
    let random = SeededRandom::new(1);
    let contact_id = Id::new(&clock, &random);
    let funnel_id = Id::new(&clock, &random);
    let now = clock.now();
    let contact = Contact {
        id: contact_id,
        email: None,
        is_email_verified: false,
        first_name: "Kari".to_owned(),
        last_name: String::new(),
        phone: String::new(),
        company: String::new(),
        locale: "nb".parse().unwrap(),
        tags: Vec::new(),
        traits: Default::default(),
        channel: String::new(),
        source: None,
        company_id: None,
        owner_id: None,
        created_at: now,
        updated_at: now,
    };
    let doc = six_stage("main", "NOK".parse().unwrap(), "Europe/Oslo", vec!["nb".parse().unwrap()]);
    let funnel = Funnel { id: funnel_id, version: 1, doc, created_at: now, updated_at: now };
    let tx = test.store.begin().await.unwrap();
    contacts::insert(&tx, &contact).await.unwrap();
    funnels::insert(&tx, &funnel, "system").await.unwrap();
    tx.commit().await.unwrap();
    Given { clock, random, contact_id, funnel_id }
}

#[tokio::test]
async fn every_sort_gives_every_deal_once_page_by_page() {
    for test in testing::all().await {
        let given = given(&test).await;
        let tx = test.store.begin().await.unwrap();
        // Values that repeat: the cursor must part equal ones.
        for index in 0..23i64 {
            insert(&tx, &given.deal("interest", index % 4)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let conn = test.store.reader();
        let filter = Filter::all(Scope::All);
        let sorts = [Sort::Newest, Sort::Oldest, Sort::Dearest, Sort::Cheapest, Sort::LongestInStage, Sort::LastMoved];
        for (by, is_of_few) in sorts.into_iter().flat_map(|by| [None, Some(false), Some(true)].map(|few| (by, few))) {
            let sorted = Sorted { by, is_of_few };
            let mut seen: Vec<Deal> = Vec::new();
            let mut cursor = None;
            loop {
                let page = list(conn, &filter, sorted, cursor, 5).await.unwrap();
                seen.extend(page.items);
                let Some(next) = page.next_cursor else { break };
                cursor = Some(next.parse().unwrap());
            }
            let keys: Vec<(i64, Id<id::Deal>)> = seen.iter().map(|deal| (by.key(deal), deal.id)).collect();
            let mut ordered = keys.clone();
            ordered.sort_unstable();
            ordered.dedup();
            if by.order() == Order::Desc {
                ordered.reverse();
            }
            assert_eq!(ordered.len(), 23, "{sorted:?} on {}", test.name);
            assert_eq!(keys, ordered, "{sorted:?} on {}", test.name);
        }
        assert_eq!(count(conn, &filter).await.unwrap().rows, 23);
        let cheap = Filter { search: "deal 3".to_owned(), ..filter };
        assert_eq!(count(conn, &cheap).await.unwrap().rows, 5, "{}", test.name);
    }
}

#[tokio::test]
async fn a_board_sums_open_and_lately_won_deals() {
    for test in testing::all().await {
        let given = given(&test).await;
        let won =
            |deal: Deal, closed_at: Timestamp| Deal { status: DealStatus::Won, closed_at: Some(closed_at), ..deal };
        let since = given.clock.now();
        let tx = test.store.begin().await.unwrap();
        for minor in [100, 200] {
            insert(&tx, &given.deal("interest", minor)).await.unwrap();
        }
        let euro = Money::new(7, "EUR".parse().unwrap());
        insert(&tx, &Deal { value: euro, ..given.deal("interest", 0) }).await.unwrap();
        insert(&tx, &won(given.deal("action", 500), given.clock.now())).await.unwrap();
        insert(&tx, &won(given.deal("action", 900), since.plus_ms(-1))).await.unwrap();
        insert(&tx, &Deal { status: DealStatus::Lost, ..given.deal("interest", 1) }).await.unwrap();
        tx.commit().await.unwrap();
        let conn = test.store.reader();
        let filter = Filter::all(Scope::All);
        let mut sums: Vec<(String, &str, u64, String)> = Vec::new();
        for sum in board_sums(conn, &filter, since).await.unwrap() {
            sums.push((sum.stage.0, sum.status.as_str(), sum.count, sum.value.to_string()));
        }
        sums.sort();
        let wanted = [
            ("action".to_owned(), "won", 1, "5.00 NOK".to_owned()),
            ("interest".to_owned(), "open", 1, "0.07 EUR".to_owned()),
            ("interest".to_owned(), "open", 2, "3.00 NOK".to_owned()),
        ];
        assert_eq!(sums, wanted, "{}", test.name);
        let column = board_column(conn, &filter, &[&"interest".into()], since, 2).await.unwrap();
        assert_eq!(column.len(), 2);
        assert!(column[0].stage_entered_at > column[1].stage_entered_at);
        let stands = |stage: &str, open| Standing { version: 1, stage: stage.into(), open };
        let wanted = [stands("action", 0), stands("interest", 3)];
        assert_eq!(standing(conn, given.funnel_id).await.unwrap(), wanted);
        let nothing = Filter::all(Scope::Nothing);
        assert_eq!(count(conn, &nothing).await.unwrap().rows, 0);
    }
}
