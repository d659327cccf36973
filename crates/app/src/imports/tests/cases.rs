//! Imports as people use them, on every database.

use base::{Email, Id, id};
use events::PersonKey;
use serde_json::{Value, json};
use store::imports::ImportState;

use super::super::*;
use super::real::shared;
use crate::{Actor, AppError, consent, contacts, insights, permission::Role, testing, testing::TestApp};

pub(super) async fn upload(test: &TestApp, name: &str, bytes: &[u8]) -> ImportView {
    let mut upload = Upload::begin(&test.app, &test.owner, name).await.unwrap();
    for piece in bytes.chunks(64 * 1024) {
        upload.push(piece).await.unwrap();
    }
    upload.finish(&test.app, &test.owner).await.unwrap()
}

fn utc() -> PreviewRequest {
    PreviewRequest { time_zone: Some("UTC".into()), ..Default::default() }
}

/// By the guessed mapping, as it is.
async fn request(test: &TestApp, id: Id<id::Import>, is_dry_run: bool) -> StartRequest {
    let preview = preview(&test.app, &test.owner, id, utc()).await.unwrap();
    assert_eq!(preview.problems, []);
    StartRequest { mapping: preview.guess.mapping, hint: ReadHint::default(), is_dry_run }
}

pub(super) async fn bring_in(test: &TestApp, name: &str, bytes: &[u8]) -> ImportView {
    let id = upload(test, name, bytes).await.id;
    let request = request(test, id, false).await;
    start(&test.app, &test.owner, id, request).await.unwrap();
    test.settle().await;
    get(&test.app, &test.owner, id).await.unwrap()
}

async fn ask(test: &TestApp, body: Value) -> Value {
    insights::query(&test.app, &test.owner, &insights::parse(body).unwrap()).await.unwrap()
}

async fn names(test: &TestApp) -> Vec<(String, u64)> {
    let mut names = test.app.log.names().await.unwrap();
    names.sort();
    names
}

#[tokio::test]
async fn a_real_sales_funnel_gives_its_report() {
    let (Some(leads), Some(deals)) = (shared("olist/leads.csv"), shared("olist/closed_deals.csv")) else { return };
    let test = testing::sqlite().await;
    for (path, rows) in [(&leads, 8_000), (&deals, 842)] {
        let name = path.file_name().unwrap().to_string_lossy();
        let view = bring_in(&test, &name, &std::fs::read(path).unwrap()).await;
        assert_eq!(
            (view.state, view.counts.events_added, view.counts.refused),
            (ImportState::Done, rows, 0),
            "{view:?}"
        );
    }
    let funnel = |window_days: u64, order: &str| {
        json!({
            "insight": "funnel", "steps": [{"event": "Lead Captured"}, {"event": "Deal Won"}], "order": order,
            "window_s": window_days * 86_400, "from": "2017-01-01T00:00:00Z", "to": "2019-01-01T00:00:00Z",
            "breakdown": {"prop": "origin", "attribution": "first_touch"},
        })
    };
    // One deal was won two days before the lead's first contact was written down, so only an order that does
    // not matter finds all 842.
    let all = ask(&test, funnel(430, "unordered")).await;
    assert_eq!(all["counts"], json!([8_000, 842]), "{all}");
    for (origin, won, leads) in [
        ("Organic Search", 271, 2_296),
        ("Paid Search", 195, 1_586),
        ("Social", 75, 1_350),
        ("Email", 15, 493),
        ("Referral", 24, 284),
    ] {
        assert_eq!(all["breakdown"][origin], json!([leads, won]), "{origin}: {}", all["breakdown"]);
    }
    let median_days = all["steps"][1]["median_s"].as_f64().unwrap() / 86_400.0;
    assert!((median_days - 14.6503).abs() < 1e-4, "{median_days}");
    for (days, won) in [(7, 248), (14, 411), (30, 546), (60, 643), (90, 690), (430, 841)] {
        let ordered = ask(&test, funnel(days, "ordered")).await;
        assert_eq!(ordered["counts"], json!([8_000, won]), "within {days} days");
    }
}

#[tokio::test]
async fn an_import_may_be_tried_done_repeated_and_taken_back() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let before = names(&test).await;
        let text = "user_id,event,time,plan\nu1,Bought,2025-01-01,pro\nu1,Bought,2025-01-01,pro\nu2,Bought,soon,pro\nu3,Seen,2025-01-02,\n";
        let id = upload(&test, "C:\\temp\\events.csv", text.as_bytes()).await.id;
        let dry = request(&test, id, true).await;
        let mapping = dry.mapping.clone();
        assert_eq!(start(app, owner, id, dry).await.unwrap().state, ImportState::Checking);
        assert!(matches!(undo(&test, id).await, Err(AppError::Conflict { code: "import_busy", .. })));
        test.settle().await;
        let view = get(app, owner, id).await.unwrap();
        let check = view.check.unwrap();
        assert_eq!((view.state, check.counts.events_added, check.counts.refused), (ImportState::Ready, 3, 1));
        assert_eq!(names(&test).await, before, "{}", test.name);
        assert!(matches!(undo(&test, id).await, Err(AppError::Conflict { code: "nothing_imported", .. })));

        let run = StartRequest { mapping, hint: ReadHint::default(), is_dry_run: false };
        start(app, owner, id, run.clone()).await.unwrap();
        test.settle().await;
        let view = get(app, owner, id).await.unwrap();
        assert_eq!(
            (view.state, view.counts.events_added, view.file_name.as_str()),
            (ImportState::Done, 3, "events.csv")
        );
        assert_eq!((view.bytes_done, view.refused_kinds.len()), (view.size_bytes, 1));
        let page = refused(app, owner, id, ReportKind::Import, None, None).await.unwrap();
        assert_eq!((page.items[0].refused.line, page.items[0].row.as_str()), (4, "u2,Bought,soon,pro"));
        assert_eq!(page.items[0].refused.column.as_deref(), Some("time"));

        test.clock.advance_ms(1);
        let again = bring_in(&test, "copy.csv", text.as_bytes()).await;
        assert_eq!((again.counts.events_added, again.counts.events_repeated), (0, 3));

        undo(&test, id).await.unwrap();
        test.settle().await;
        let view = get(app, owner, id).await.unwrap();
        assert_eq!((view.state, view.undo.unwrap().events_removed), (ImportState::Undone, 3));
        assert_eq!(names(&test).await, before, "{}", test.name);

        start(app, owner, id, run).await.unwrap();
        test.settle().await;
        assert_eq!(get(app, owner, id).await.unwrap().counts.events_added, 3, "{}", test.name);
        let page = list(app, owner, None, Some(1)).await.unwrap();
        assert_eq!((page.items.len(), page.items[0].id), (1, again.id));
        assert_eq!(list(app, owner, page.next_cursor.as_deref(), None).await.unwrap().items[0].id, id);
    }
}

pub(super) async fn undo(test: &TestApp, id: Id<id::Import>) -> crate::Result<ImportView> {
    take_back(&test.app, &test.owner, id).await
}

async fn contact(test: &TestApp, email: &str) -> Option<store::contacts::Contact> {
    let email: Email = email.parse().unwrap();
    store::contacts::find_by_email(test.app.store.reader(), &email).await.unwrap()
}

async fn may_write_to(test: &TestApp, email: &str) -> bool {
    let id = contact(test, email).await.unwrap().id;
    consent::is_given(test.app.store.reader(), id, consent::Purpose::Marketing).await.unwrap()
}

const SUBSCRIBED: &str = "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,TAGS\n\
    kari@example.no,Kari,4,2024-01-02 10:00:00,2024-01-02 10:05:00,1,a,\"\"\"VIP\"\"\"\n\
    ola@example.no,Ola,4,2024-01-02 10:00:00,2024-01-02 10:05:00,2,b,\n\
    KARI@example.no,,4,2024-01-02 10:00:00,2024-01-02 10:05:00,1,a,\"\"\"new\"\"\"\n\
    nobody,,4,,,3,c,\n";
const UNSUBSCRIBED: &str = "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,UNSUB_TIME,LEID,EUID\n\
    ola@example.no,Ola,4,2024-01-02 10:00:00,2024-06-01 10:00:00,2,b\n";

#[tokio::test]
async fn contacts_come_with_their_consent_and_go_untouched() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        bring_in(&test, "events.csv", b"email,event,time\nkari@example.no,Bought,2024-03-01\n").await;
        let first = bring_in(&test, "subscribed_members.csv", SUBSCRIBED.as_bytes()).await;
        let counts = first.counts;
        assert_eq!((counts.contacts_added, counts.contacts_changed, counts.refused), (2, 1, 1), "{}", test.name);
        let kari = contact(&test, "kari@example.no").await.unwrap();
        assert_eq!((kari.first_name.as_str(), &kari.tags[..]), ("Kari", &["VIP".to_owned(), "new".to_owned()][..]));
        assert_eq!(kari.created_at.to_string(), "2024-01-02T10:00:00.000Z");
        assert!(may_write_to(&test, "kari@example.no").await && may_write_to(&test, "ola@example.no").await);
        let person = app.log.person(&PersonKey::contact(&kari.id)).unwrap();
        let timeline = app.log.timeline(person, None, 10).await.unwrap();
        let mut did: Vec<&str> = timeline.iter().map(|event| event.event.name.as_str()).collect();
        did.sort_unstable();
        assert_eq!(did, ["Bought", "Consent Given", "Contact Created"], "{}", test.name);

        let second = bring_in(&test, "unsubscribed_members.csv", UNSUBSCRIBED.as_bytes()).await;
        assert_eq!((second.counts.contacts_added, second.counts.contacts_changed), (0, 1));
        assert!(!may_write_to(&test, "ola@example.no").await);
        let again = bring_in(&test, "subscribed_again.csv", SUBSCRIBED.as_bytes()).await.counts;
        assert_eq!((again.contacts_added, again.contacts_changed, again.contacts_repeated), (0, 0, 3), "{}", test.name);
        assert!(!may_write_to(&test, "ola@example.no").await, "an older yes is no answer to a later no");

        undo(&test, second.id).await.unwrap();
        test.settle().await;
        assert!(may_write_to(&test, "ola@example.no").await);

        let change = contacts::ContactChange { phone: Some("+4722334455".into()), ..Default::default() };
        let ola = contact(&test, "ola@example.no").await.unwrap();
        test.clock.advance_ms(1);
        contacts::update(app, owner, ola.id, change).await.unwrap();
        undo(&test, first.id).await.unwrap();
        test.settle().await;
        let result = get(app, owner, first.id).await.unwrap().undo.unwrap();
        assert_eq!((result.contacts_removed, result.contacts_kept), (1, 1), "{} {result:?}", test.name);
        assert!(contact(&test, "kari@example.no").await.is_none());
        assert!(!may_write_to(&test, "ola@example.no").await);
    }
}

#[tokio::test]
async fn a_contact_that_did_something_since_stays() {
    let test = testing::sqlite().await;
    let import = bring_in(&test, "list.csv", b"email\nkari@example.no\nola@example.no\n").await;
    let kari = contact(&test, "kari@example.no").await.unwrap();
    test.clock.advance_ms(60_000);
    let event = events::NewEvent {
        message_id: "m1".into(),
        name: "Page Viewed".into(),
        at: test.app.now(),
        received_at: test.app.now(),
        person: PersonKey::contact(&kari.id),
        links: vec![],
        props: "{}".into(),
        person_props: None,
        source: None,
    };
    test.app.log.append(vec![event]).await.unwrap();
    undo(&test, import.id).await.unwrap();
    test.settle().await;
    assert!(contact(&test, "kari@example.no").await.is_some());
    assert!(contact(&test, "ola@example.no").await.is_none());
}

fn many(rows: usize) -> String {
    let mut text = String::from("user_id,event,time\n");
    (0..rows).for_each(|i| text.push_str(&format!("u{},Seen,2025-01-01\n", i / 3)));
    text
}

#[tokio::test]
async fn a_run_goes_on_after_slices_crashes_and_a_stop() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let id = upload(&test, "events.csv", many(9_500).as_bytes()).await.id;
    let run = request(&test, id, false).await;
    start(app, owner, id, run.clone()).await.unwrap();
    // A slice of no time takes one batch. After it the run waits in memory, or is lost as by a crash.
    assert!(work::slice(app, Work::Run, id, 0).await.unwrap());
    app.imports.forget(id);
    assert!(work::slice(app, Work::Run, id, 0).await.unwrap());
    assert!(work::slice(app, Work::Run, id, 0).await.unwrap());
    assert_eq!(get(app, owner, id).await.unwrap().counts.events_added, 6_000);
    cancel(app, owner, id).await.unwrap();
    test.settle().await;
    let view = get(app, owner, id).await.unwrap();
    assert_eq!(view.state, ImportState::Cancelled);
    assert!((6_000..9_500).contains(&view.counts.events_added), "{:?}", view.counts);
    assert!(matches!(cancel(app, owner, id).await, Err(AppError::Conflict { code: "import_idle", .. })));

    start(app, owner, id, run).await.unwrap();
    let mut shown = 0;
    let view = finish_here(app, owner, id, |_| shown += 1).await.unwrap();
    assert_eq!((view.state, view.counts.events_added, view.counts.events_repeated), (ImportState::Done, 9_500, 0));
    assert!(shown >= 2);
    test.settle().await;
    assert!(names(&test).await.contains(&("Seen".to_owned(), 9_500)));
}

#[tokio::test]
async fn only_those_who_may_and_only_what_can_be() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let viewer = test.actor(Role::Viewer).await;
    let id = upload(&test, "events.csv", many(3).as_bytes()).await.id;
    let run = request(&test, id, false).await;
    let forbidden = |result: crate::Result<()>| matches!(result, Err(AppError::Forbidden("imports.write")));
    assert!(forbidden(Upload::begin(app, &viewer, "x").await.map(|_| ())));
    assert!(forbidden(list(app, &viewer, None, None).await.map(|_| ())));
    assert!(forbidden(get(app, &viewer, id).await.map(|_| ())));
    assert!(forbidden(preview(app, &viewer, id, utc()).await.map(|_| ())));
    assert!(forbidden(start(app, &viewer, id, run.clone()).await.map(|_| ())));
    assert!(forbidden(cancel(app, &viewer, id).await.map(|_| ())));
    assert!(forbidden(take_back(app, &viewer, id).await.map(|_| ())));
    assert!(forbidden(delete(app, &viewer, id).await));
    assert!(forbidden(refused(app, &viewer, id, ReportKind::Import, None, None).await.map(|_| ())));
    assert!(matches!(list(app, &Actor::VISITOR, None, None).await, Err(AppError::Unauthenticated)));

    let mut wrong = run.clone();
    wrong.mapping.set("time", Target::Skip);
    wrong.mapping.set("nowhere", Target::Email);
    let Err(AppError::Invalid(problems)) = start(app, owner, id, wrong).await else { panic!("two problems") };
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["mapping.nowhere", "mapping.columns"]);
    let unknown = app.new_id();
    assert!(matches!(get(app, owner, unknown).await, Err(AppError::NotFound("import"))));
    let foreign = upload(&test, "book.xlsx", b"PK\x03\x04....").await.id;
    let Err(AppError::Invalid(problems)) = preview(app, owner, foreign, utc()).await.map(|_| ()) else { panic!() };
    assert!(problems[0].message.contains("Excel"));

    delete(app, owner, id).await.unwrap();
    assert!(matches!(start(app, owner, id, run).await, Err(AppError::NotFound("import"))));
    assert!(!upload::folder_of(app, id).exists());
}

#[tokio::test]
async fn a_file_that_breaks_on_the_way_fails_with_its_reason() {
    use std::io::Write as _;
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let text: String =
        (0..60_000u64).map(|i| format!("u{},Seen,2025-01-01\n", i * 2_654_435_761 % 1_000_003)).collect();
    gzip.write_all(format!("user_id,event,time\n{text}").as_bytes()).unwrap();
    let mut bytes = gzip.finish().unwrap();
    bytes.truncate(bytes.len() * 3 / 4);
    let id = upload(&test, "events.csv.gz", &bytes).await.id;
    // The whole of it is looked through for its encoding; a preview says at once that it is cut short.
    let broken = preview(app, owner, id, utc()).await.map(|_| ());
    assert!(matches!(broken, Err(AppError::Invalid(problems)) if problems[0].message.contains("ends early")));
    let hint = ReadHint { encoding: Some("utf-8".into()), ..Default::default() };
    let shown = preview(app, owner, id, PreviewRequest { hint: hint.clone(), ..utc() }).await.unwrap();
    let run = StartRequest { mapping: shown.guess.mapping, hint, is_dry_run: false };
    start(app, owner, id, run).await.unwrap();
    test.settle().await;
    let view = get(app, owner, id).await.unwrap();
    assert_eq!(view.state, ImportState::Failed);
    assert!(view.error.unwrap().contains("ends early"));
    assert!(view.counts.events_added > 20_000);
    undo(&test, id).await.unwrap();
    test.settle().await;
    assert!(!names(&test).await.iter().any(|(name, _)| name == "Seen"));
}

#[tokio::test]
async fn a_preview_shows_what_would_become_of_rows_and_old_uploads_go() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let text = "kunde;dato;beløp\n7;01.02.2025;1,50\n8;2025;2\n";
    let id = upload(&test, "ordre.csv", text.as_bytes()).await.id;
    let shown = preview(app, owner, id, PreviewRequest::default()).await.unwrap();
    assert!(shown.problems.iter().any(|problem| problem.message.contains("say what happened")), "{:?}", shown.problems);
    let asked = PreviewRequest { event_name: Some("Order Completed".into()), ..Default::default() };
    let shown = preview(app, owner, id, asked).await.unwrap();
    assert_eq!(shown.problems, [], "{:?}", shown.guess.columns);
    // The company is in Oslo.
    assert_eq!(shown.results[0].event.as_ref().unwrap().at.to_string(), "2025-01-31T23:00:00.000Z", "{shown:?}");
    assert_eq!(shown.results[0].event.as_ref().unwrap().properties["beløp"], 1.5);
    assert_eq!(shown.results[1].refused.as_ref().unwrap().column.as_deref(), Some("dato"));

    let request = StartRequest { mapping: shown.guess.mapping, hint: ReadHint::default(), is_dry_run: false };
    start(app, owner, id, request).await.unwrap();
    test.settle().await;
    test.clock.advance_ms(31 * 24 * 3600 * 1000);
    tidy(app).await.unwrap();
    assert!(!upload::folder_of(app, id).exists());
    let gone = preview(app, owner, id, utc()).await.map(|_| ());
    assert!(matches!(gone, Err(AppError::Conflict { code: "file_gone", .. })));
}
