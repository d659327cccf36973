//! Deals of a file: what its stages mean, deals that are there already, and gates that hold against both.

use std::collections::BTreeMap;

use funnel::deal::DealStatus;
use serde_json::json;
use store::imports::ImportState;

use super::super::*;
use super::cases::{bring_in, upload};
use crate::deals::{self, DealQuery, DealView};
use crate::permission::Role;
use crate::testing::{self, TestApp};

const PEOPLE: &str = "Email,First name\nola@x.no,Ola\neva@x.no,Eva\n";

async fn by_title(test: &TestApp) -> BTreeMap<String, DealView> {
    let all = deals::list(&test.app, &test.owner, DealQuery::default()).await.unwrap().items;
    all.into_iter().map(|deal| (deal.title.clone(), deal)).collect()
}

const STAGED: &str = "Deal name,Deal stage,Email,Amount\nBraces,Qualified to buy,ola@x.no,100\nCrown,Decision,eva@x.no,200\nBridge,Closed won,eva@x.no,300\n";

#[tokio::test]
async fn a_person_says_what_foreign_stages_mean() {
    for test in testing::all().await {
        bring_in(&test, "people.csv", PEOPLE.as_bytes()).await;
        let (app, owner) = (&test.app, &test.owner);
        let id = upload(&test, "deals.csv", STAGED.as_bytes()).await.id;
        let seen = preview(app, owner, id, PreviewRequest::default()).await.unwrap();
        assert_eq!(seen.guess.mapping.kind, ImportKind::Deals);
        let stages: Vec<_> =
            seen.stages.iter().map(|one| (one.name.as_str(), one.means.as_deref(), one.rows)).collect();
        assert_eq!(
            stages,
            [("Qualified to buy", None, 1), ("Decision", Some("decision"), 1), ("Closed won", Some("won"), 1)]
        );
        assert!(seen.stages.iter().all(|stage| stage.funnel_id.is_some()));

        // A dry run tells of it, too, and of people nobody knows.
        let mut mapping = seen.guess.mapping;
        let request = |mapping: &Mapping, is_dry_run| StartRequest {
            mapping: mapping.clone(),
            hint: ReadHint::default(),
            is_dry_run,
        };
        start(app, owner, id, request(&mapping, true)).await.unwrap();
        test.settle().await;
        let check = get(app, owner, id).await.unwrap().check.unwrap();
        assert_eq!((check.counts.deals_added, check.counts.refused), (2, 1), "{check:?}");
        assert!(check.refused_kinds[0].reason.contains("no stage Qualified to buy"), "{check:?}");

        mapping.stage_names.insert("Qualified to buy".to_owned(), "consideration".to_owned());
        let chosen = PreviewRequest { mapping: Some(mapping.clone()), ..Default::default() };
        let seen = preview(app, owner, id, chosen).await.unwrap();
        assert!(seen.stages.iter().all(|stage| stage.means.is_some()), "{:?}", seen.stages);
        start(app, owner, id, request(&mapping, false)).await.unwrap();
        test.settle().await;
        let all = by_title(&test).await;
        assert_eq!(
            (all["Braces"].stage.as_str(), all["Bridge"].status),
            ("consideration", DealStatus::Won),
            "{}",
            test.name
        );
    }
}

#[tokio::test]
async fn who_may_not_change_deals_changes_none_by_a_file() {
    let test = testing::sqlite().await;
    bring_in(&test, "people.csv", PEOPLE.as_bytes()).await;
    let id = upload(&test, "deals.csv", STAGED.as_bytes()).await.id;
    let mut mapping = preview(&test.app, &test.owner, id, PreviewRequest::default()).await.unwrap().guess.mapping;
    mapping.known_deals = KnownDeals::Change;
    for (role, is_allowed) in [(Role::Marketer, false), (Role::Manager, true)] {
        let actor = test.actor(role).await;
        let request = StartRequest { mapping: mapping.clone(), hint: ReadHint::default(), is_dry_run: false };
        let started = start(&test.app, &actor, id, request).await;
        assert_eq!(started.is_ok(), is_allowed, "{role:?}: {:?}", started.err());
    }
}

async fn run_changing(test: &TestApp, text: &str) -> ImportView {
    let (app, owner) = (&test.app, &test.owner);
    let id = upload(test, "deals.csv", text.as_bytes()).await.id;
    let mut mapping = preview(app, owner, id, PreviewRequest::default()).await.unwrap().guess.mapping;
    mapping.known_deals = KnownDeals::Change;
    start(app, owner, id, StartRequest { mapping, hint: ReadHint::default(), is_dry_run: false }).await.unwrap();
    test.settle().await;
    get(app, owner, id).await.unwrap()
}

#[tokio::test]
async fn a_file_changes_deals_that_are_there_and_gates_hold() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        bring_in(&test, "people.csv", PEOPLE.as_bytes()).await;
        super::crm::gate(&test, 3, json!({"requires": ["deal.need"]})).await;
        let first =
            "Title,Stage,E-mail,Value,Currency\nBraces,Interest,ola@x.no,100,NOK\nCrown,Interest,eva@x.no,200,NOK\n";
        let view = bring_in(&test, "deals.csv", first.as_bytes()).await;
        assert_eq!((view.counts.deals_added, view.counts.refused), (2, 0), "{view:?}");
        let all = by_title(&test).await;
        let (braces, crown) = (all["Braces"].id, all["Crown"].id);
        let head = "Deal id,Title,Stage,Status,E-mail,Value,Currency,Discount,fields.need";

        // By its id, whatever the mapping says of the rest: left alone unless somebody wants it changed.
        let text = format!("{head}\n{braces},Other,Consideration,open,ola@x.no,999,NOK,,\n");
        let view = bring_in(&test, "deals.csv", text.as_bytes()).await;
        assert_eq!((view.counts.deals_repeated, view.counts.deals_added), (1, 0), "{view:?}");
        assert_eq!(by_title(&test).await["Braces"].value.minor, 10_000);

        let text = format!(
            "{head}\n{braces},Braces,Decision,open,ola@x.no,150,NOK,12.5,\n\
             {crown},Crown,Decision,open,eva@x.no,250,NOK,,White\n,Third,Decision,open,eva@x.no,1,NOK,,\n"
        );
        test.clock.advance_ms(1_000);
        let view = run_changing(&test, &text).await;
        assert_eq!((view.counts.deals_changed, view.counts.deals_added, view.counts.refused), (1, 0, 2), "{view:?}");
        let page = refused(app, owner, view.id, ReportKind::Import, None, None).await.unwrap();
        assert!(page.items.iter().all(|row| row.refused.reason.contains("need")), "{page:?}");
        let all = by_title(&test).await;
        assert_eq!((all["Crown"].stage.as_str(), all["Crown"].value.minor), ("decision", 25_000));
        assert_eq!(all["Braces"].stage, "interest", "{}", test.name);
        assert!(!all.contains_key("Third"));

        // Won past the gate, or with somebody else: no.
        for (row, expected) in [
            (format!("{braces},Braces,Interest,won,ola@x.no,150,NOK,,"), "need"),
            (format!("{braces},Braces,Interest,open,eva@x.no,150,NOK,,"), "somebody else"),
        ] {
            let view = run_changing(&test, &format!("{head}\n{row}\n")).await;
            assert!(view.refused_kinds[0].reason.contains(expected), "{view:?}");
        }
        assert_eq!(by_title(&test).await["Braces"].status, DealStatus::Open);

        test.clock.advance_ms(1_000);
        let text = format!("{head}\n{crown},Crown,Decision,lost,eva@x.no,250,NOK,,White\n");
        let view = run_changing(&test, &text).await;
        assert_eq!((view.state, view.counts.deals_changed), (ImportState::Done, 1), "{view:?}");
        let again = run_changing(&test, &text).await;
        assert_eq!((again.counts.deals_changed, again.counts.deals_repeated), (0, 1), "{again:?}");
        assert_eq!(by_title(&test).await["Crown"].status, DealStatus::Lost);
    }
}
