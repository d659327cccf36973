use base::{Clock, Random, SeededRandom, VirtualClock};

use super::*;
use crate::testing;

fn activity(clock: &VirtualClock, random: &SeededRandom, at_ms: i64) -> Activity {
    let now = clock.now();
    Activity {
        id: Id::new(clock as &dyn Clock, random as &dyn Random),
        kind: Kind::Task,
        contact_id: None,
        deal_id: None,
        company_id: None,
        author: "system".to_owned(),
        author_id: None,
        assignee_id: None,
        title: "Call back".to_owned(),
        body: String::new(),
        outcome: String::new(),
        details: serde_json::json!({}),
        is_open: true,
        priority: 0,
        due_at: None,
        at: Timestamp::from_ms(at_ms),
        done_at: None,
        follows_id: None,
        version: 1,
        removed_at: None,
        created_at: now,
        updated_at: now,
    }
}

#[tokio::test]
async fn pages_hold_every_activity_once_and_the_agenda_goes_by_time() {
    for test in testing::all().await {
        let clock = VirtualClock::at(Timestamp::from_ms(1_770_000_000_000));
        let random = SeededRandom::new(7);
        let tx = test.store.begin().await.unwrap();
        for index in 0..23 {
            // Times that repeat: the id must part them.
            let due_at = (index % 4 > 0).then(|| Timestamp::from_ms(1000 - index));
            let row = Activity { due_at, ..activity(&clock, &random, index % 5) };
            insert(&tx, &row).await.unwrap();
        }
        let removed = Activity { removed_at: Some(clock.now()), ..activity(&clock, &random, 3) };
        insert(&tx, &removed).await.unwrap();
        tx.commit().await.unwrap();
        let conn = test.store.reader();
        let everything = Filter::all(Scope::All);
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = list(conn, &everything, before, 4).await.unwrap();
            seen.extend(page.items.into_iter().map(|row| (row.at, row.id)));
            let Some(cursor) = page.next_cursor else { break };
            before = Some(cursor.parse().unwrap());
        }
        assert_eq!(seen.len(), 23, "{}", test.name);
        assert!(seen.is_sorted_by(|a, b| a > b), "newest first, each once");
        assert_eq!(count(conn, &everything).await.unwrap(), 23);
        let due: Vec<_> = agenda(conn, &everything, 100).await.unwrap().into_iter().map(|row| row.due_at).collect();
        let timed = due.iter().take_while(|due| due.is_some()).count();
        assert!(due[..timed].is_sorted() && due[timed..].iter().all(Option::is_none), "{}: {due:?}", test.name);
        assert_eq!(count(conn, &Filter::all(Scope::Nothing)).await.unwrap(), 0, "a task on nothing is its owner's");
        let tx = test.store.begin().await.unwrap();
        assert_eq!(delete_removed(&tx, clock.now().plus_ms(1)).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}
