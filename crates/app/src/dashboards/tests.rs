use serde_json::{Value, json};

use super::*;
use crate::permission::Role;
use crate::saved_insights::{self, InsightChange, InsightsFilter, NewInsight};
use crate::testing::{self, TestApp};

async fn save(test: &TestApp, name: &str, query: Value) -> Id<id::Insight> {
    let request: NewInsight = serde_json::from_value(json!({"name": name, "query": query})).unwrap();
    // Ids of one moment have no order.
    test.clock.advance_ms(1);
    saved_insights::create(&test.app, &test.owner, request).await.unwrap().id
}

async fn make(test: &TestApp, body: Value) -> Result<DashboardView> {
    test.clock.advance_ms(1);
    create(&test.app, &test.owner, serde_json::from_value(body).unwrap()).await
}

fn trend() -> Value {
    json!({"insight": "trend", "event": "Lead Captured"})
}

/// The fields and codes that a request was refused for.
fn fields<T: std::fmt::Debug>(refused: Result<T>) -> Vec<String> {
    match refused {
        Err(AppError::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> (&'static str, String) {
    match refused {
        Err(AppError::Conflict { code, detail }) => (code, detail),
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn a_marketer_builds_a_dashboard_and_a_viewer_reads_it() {
    for test in testing::all().await {
        let (app, name) = (&test.app, test.name);
        let marketer = test.actor(Role::Marketer).await;
        let viewer = test.actor(Role::Viewer).await;
        let leads = NewInsight {
            name: " Leads ".to_owned(),
            description: String::new(),
            query: trend(),
            view: json!({"chart": "line", "period": "30d"}).as_object().cloned().unwrap(),
        };
        let leads = saved_insights::create(app, &marketer, leads).await.unwrap();
        assert_eq!((leads.name.as_str(), leads.version, &leads.fault), ("Leads", 1, &None), "{name}");
        assert_eq!(leads.created_by, marketer.audit_name());
        let request = json!({"name": "Growth", "tiles": [
            {"insight_id": leads.id, "width": 8, "height": 4, "title": " "},
            {"id": "note", "text": "# Why\n\nAsk *Kari*.", "width": 4, "height": 4},
            {"insight_id": leads.id, "width": 12, "height": 6, "title": "Again"},
        ]});
        let made = create(app, &marketer, serde_json::from_value(request).unwrap()).await.unwrap();
        let read = get(app, &viewer, made.id).await.unwrap();
        assert_eq!(read.tiles, made.tiles, "{name}");
        assert_eq!(read.period, Period::default());
        assert_eq!(read.insights.len(), 1, "an insight on two tiles comes once");
        assert_eq!(read.insights[0].view, json!({"chart": "line", "period": "30d"}));
        let [Tile::Insight(first), Tile::Text(note), Tile::Insight(again)] = read.tiles.as_slice() else {
            panic!("{:?}", read.tiles)
        };
        assert!(first.id.starts_with("til_") && first.id != again.id, "tiles are told apart");
        assert_eq!((first.title.as_deref(), again.title.as_deref()), (None, Some("Again")));
        assert_eq!((note.id.as_str(), note.text.as_str()), ("note", "# Why\n\nAsk *Kari*."));

        // What was read can be sent back, in another order.
        let mut tiles: Vec<Value> = read.tiles.iter().map(|tile| json!(tile)).collect();
        tiles.reverse();
        let change = json!({"tiles": tiles, "is_pinned": true, "base_version": 1,
            "period": {"period": "custom", "from": "2026-01-01", "to": "2026-01-31", "compare": "previous"}});
        let change: DashboardChange = serde_json::from_value(change).unwrap();
        let changed = update(app, &marketer, made.id, change.clone()).await.unwrap();
        assert_eq!((changed.version, changed.is_pinned), (2, true));
        assert_eq!(changed.tiles.iter().rev().cloned().collect::<Vec<_>>(), read.tiles);
        assert_eq!(changed.period.to.as_deref(), Some("2026-01-31"));
        let late = update(app, &marketer, made.id, change.clone()).await;
        assert_eq!(code(late).0, "version_passed", "{name}");
        let same = DashboardChange { base_version: Some(2), ..change };
        assert_eq!(update(app, &marketer, made.id, same).await.unwrap().version, 2, "nothing was changed");
        assert!(matches!(delete(app, &viewer, made.id).await, Err(AppError::Forbidden("insights.write"))));
        delete(app, &marketer, made.id).await.unwrap();
        assert!(matches!(get(app, &viewer, made.id).await, Err(AppError::NotFound("dashboard"))));
        saved_insights::get(app, &viewer, leads.id).await.expect("the insight stays");
    }
}

#[tokio::test]
async fn what_a_dashboard_shows_does_not_go_unnoticed() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let (leads, sales) = (save(&test, "Leads", trend()).await, save(&test, "Sales", trend()).await);
        let mut boards = Vec::new();
        for index in 0..5 {
            let tiles = json!([{"insight_id": leads, "width": 6, "height": 4},
                {"insight_id": sales, "width": 6, "height": 4}, {"text": "x", "width": 1, "height": 1}]);
            boards.push(make(&test, json!({"name": format!("Board {index}"), "tiles": tiles})).await.unwrap());
        }
        let (word, detail) = code(saved_insights::delete(app, owner, leads, false).await);
        assert_eq!(word, "on_dashboard");
        assert!(detail.contains("“Board 0”, “Board 1”, “Board 2” and 2 more"), "{detail}");
        saved_insights::get(app, owner, leads).await.expect("nothing was removed");

        saved_insights::delete(app, owner, leads, true).await.unwrap();
        for board in &boards {
            let now = get(app, owner, board.id).await.unwrap();
            assert_eq!((now.tiles.len(), now.version), (2, 2), "{}", test.name);
            assert_eq!(now.insights.iter().map(|insight| insight.id).collect::<Vec<_>>(), [sales]);
        }
        assert!(matches!(saved_insights::delete(app, owner, leads, true).await, Err(AppError::NotFound(_))));
        let gone = json!({"name": "x", "tiles": [{"text": "", "width": 1, "height": 1},
            {"insight_id": leads, "width": 6, "height": 4}]});
        assert_eq!(fields(make(&test, gone).await), ["tiles[1].insight_id"]);
        for board in boards {
            delete(app, owner, board.id).await.unwrap();
        }
        saved_insights::delete(app, owner, sales, false).await.expect("no dashboard shows it any more");
    }
}

#[tokio::test]
async fn lists_come_in_pages_with_the_pinned_first() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let mut wanted = Vec::new();
        for (index, is_pinned) in [false, true, false, true, true, false].into_iter().enumerate() {
            let body = json!({"name": format!("Året {index} 100%"), "is_pinned": is_pinned});
            let made = make(&test, body).await.unwrap();
            wanted.push((is_pinned, made.id));
        }
        make(&test, json!({"name": "Other"})).await.unwrap();
        wanted.sort_by(|a, b| b.cmp(a));
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let query = DashboardsFilter { q: Some("ÅRET 100%".to_owned()), cursor, limit: Some(2), is_pinned: None };
            let page = list(app, owner, query).await.unwrap();
            assert_eq!(page.total, 6);
            found.extend(page.items.into_iter().map(|item| (item.is_pinned, item.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, wanted, "{}", test.name);
        let pinned = DashboardsFilter { is_pinned: Some(true), ..DashboardsFilter::default() };
        assert_eq!(list(app, owner, pinned).await.unwrap().total, 3);
        let wrong = DashboardsFilter { cursor: Some("1.x".to_owned()), ..DashboardsFilter::default() };
        assert_eq!(fields(list(app, owner, wrong).await), ["cursor"]);
    }
}

#[tokio::test]
async fn a_copy_has_a_name_of_its_own() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let insight = save(&test, "Leads", trend()).await;
        let body = json!({"name": "Growth", "is_pinned": true, "description": "d", "period": {"period": "90d"},
            "tiles": [{"id": "a", "insight_id": insight, "width": 6, "height": 4}]});
        let original = make(&test, body).await.unwrap();
        let copy = duplicate(app, owner, original.id).await.unwrap();
        assert_eq!((copy.name.as_str(), copy.is_pinned, copy.version), ("Growth (2)", false, 1), "{}", test.name);
        assert_eq!((&copy.tiles, &copy.period), (&original.tiles, &original.period));
        assert_eq!(duplicate(app, owner, copy.id).await.unwrap().name, "Growth (3)");
        let (word, _) = code(saved_insights::delete(app, owner, insight, false).await);
        assert_eq!(word, "on_dashboard", "a copy shows it, too");
    }
    let long = "x".repeat(NAME_CHARS_MAX);
    assert_eq!(next_name(&long, &[]).chars().count(), NAME_CHARS_MAX);
    assert_eq!(next_name("Q (1 of 2)", &[]), "Q (1 of 2) (2)");
}

#[tokio::test]
async fn limits_are_named_by_their_field() {
    let test = testing::sqlite().await;
    let insight = save(&test, "Leads", trend()).await;
    let long = |count: usize| "x".repeat(count);
    let tile = |more: Value| {
        let mut tile = json!({"insight_id": insight, "width": 1, "height": 1});
        for (key, value) in more.as_object().unwrap() {
            tile[key] = value.clone();
        }
        json!({"name": "x", "tiles": [tile]})
    };
    let text = |text: String| json!({"name": "x", "tiles": [{"text": text, "width": 1, "height": 1}]});
    let cases = [
        (json!({"name": "  "}), vec!["name"]),
        (json!({"name": long(201)}), vec!["name"]),
        (json!({"name": "a\u{0}b", "description": long(2_001)}), vec!["name", "description"]),
        (json!({"name": "x", "period": {"period": "Last Week"}}), vec!["period.period"]),
        (json!({"name": "x", "period": {"period": "custom"}}), vec!["period.from"]),
        (
            json!({"name": "x", "period": {"period": "custom", "from": "2026-02-02", "to": "2026-02-01"}}),
            vec!["period.from"],
        ),
        (json!({"name": "x", "period": {"period": "30d", "to": "2026-02-01"}}), vec!["period.from"]),
        (json!({"name": "x", "period": {"period": "30d", "compare": "?"}}), vec!["period.compare"]),
        (tile(json!({"width": 13})), vec!["tiles[0].width"]),
        (tile(json!({"width": 0, "height": 0})), vec!["tiles[0].width", "tiles[0].height"]),
        (tile(json!({"title": long(201)})), vec!["tiles[0].title"]),
        (tile(json!({"text": "both"})), vec!["tiles[0].insight_id"]),
        (tile(json!({"insight_id": null})), vec!["tiles[0].insight_id"]),
        (tile(json!({"id": "a b"})), vec!["tiles[0].id"]),
        (tile(json!({"id": long(41)})), vec!["tiles[0].id"]),
        (text(long(4_097)), vec!["tiles[0].text"]),
        (text("å".repeat(2_049)), vec!["tiles[0].text"]),
        (text("\u{0}".to_owned()), vec!["tiles[0].text"]),
        (json!({"name": "x", "tiles": vec![json!({"text": "", "width": 1, "height": 1}); 31]}), vec!["tiles"]),
        (
            json!({"name": "x", "tiles": vec![json!({"id": "a", "text": "", "width": 1, "height": 1}); 2]}),
            vec!["tiles[1].id"],
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(fields(make(&test, body.clone()).await), expected, "{body}");
    }
    let most = json!({"name": long(200), "description": long(2_000), "tiles": vec![json!({"text": long(4_096), "width": 12, "height": 24}); 30]});
    make(&test, most).await.expect("all limits are reached and none is passed");
}

#[tokio::test]
async fn a_question_of_an_older_version_is_listed_with_its_fault() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let id = save(&test, "Old", json!({"steps": [{"event": "Lead Captured"}]})).await;
        save(&test, "New", trend()).await;
        // As an earlier version may have written it.
        let tx = app.store.begin().await.unwrap();
        let mut old = store::saved_insights::find(&tx, id).await.unwrap().unwrap();
        old.query = json!({"stages": ["Lead Captured"]});
        store::saved_insights::update(&tx, &old).await.unwrap();
        tx.commit().await.unwrap();

        let listed = saved_insights::list(app, owner, InsightsFilter::default()).await.unwrap();
        assert_eq!(listed.items.len(), 2, "{}", test.name);
        let fault = listed.items.iter().find(|item| item.id == id).unwrap().fault.clone().unwrap();
        assert!(fault.field == "stages" && fault.message.contains("unknown field"), "{fault:?}");
        let tiles = json!([{"insight_id": id, "width": 6, "height": 4}]);
        let board = make(&test, json!({"name": "Board", "tiles": tiles})).await.unwrap();
        assert!(board.insights[0].fault.is_some(), "the tile can say so");

        let renamed = InsightChange { name: Some("Older".to_owned()), ..InsightChange::default() };
        let renamed = saved_insights::update(app, owner, id, renamed).await.expect("its name can change");
        assert!(renamed.fault.is_some());
        let wrong = InsightChange { query: Some(json!({"steps": []})), ..InsightChange::default() };
        assert_eq!(fields(saved_insights::update(app, owner, id, wrong).await), ["query.steps"]);
        let mended = InsightChange { query: Some(trend()), base_version: Some(2), ..InsightChange::default() };
        let mended = saved_insights::update(app, owner, id, mended).await.unwrap();
        assert_eq!((mended.fault, mended.version), (None, 3));
    }
}

#[tokio::test]
async fn saved_insights_are_found_by_name_and_kind() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        for (name, query) in [
            ("Weekly leads", trend()),
            ("Leads to sales", json!({"steps": [{"event": "Lead Captured"}]})),
            ("Weekly return", json!({"insight": "retention", "event": "Page Viewed", "periods": 8})),
        ] {
            save(&test, name, query).await;
        }
        let names = async |body: Value| {
            let page = saved_insights::list(app, owner, serde_json::from_value(body).unwrap()).await.unwrap();
            assert_eq!(page.total, page.items.len() as u64);
            page.items.into_iter().map(|item| item.name).collect::<Vec<_>>()
        };
        assert_eq!(names(json!({"q": "weekly"})).await, ["Weekly return", "Weekly leads"], "{}", test.name);
        assert_eq!(names(json!({"q": "LEADS week"})).await, ["Weekly leads"]);
        assert_eq!(names(json!({"insight": "funnel"})).await, ["Leads to sales"], "a body without a kind is a funnel");
        assert!(names(json!({"q": "%"})).await.is_empty());
        let request = json!({"name": "", "query": {"insight": "trend"}, "view": {"x": "y".repeat(8_192)}});
        let refused = saved_insights::create(app, owner, serde_json::from_value(request).unwrap()).await;
        assert_eq!(fields(refused), ["name", "view", "query.event"]);
        let request = json!({"name": "Long", "query": {"insight": "trend", "event": vec!["x".repeat(900); 80]}});
        let refused = saved_insights::create(app, owner, serde_json::from_value(request).unwrap()).await;
        assert_eq!(fields(refused), ["query"]);
    }
}
