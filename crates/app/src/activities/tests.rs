use std::collections::HashSet;

use events::PersonKey;
use serde_json::json;

use super::timeline::{RecordTimelineQuery, TimelineItem};
use super::*;
use crate::contacts::{self, ContactChange};
use crate::deals::{DealView, NewDeal};
use crate::notifications::{NotificationKind, NotificationQuery};
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::today::{self, TodayQuery};

type ContactId = Id<id::Contact>;

async fn contact(test: &TestApp, name: &str) -> ContactId {
    let change = ContactChange {
        first_name: Some(name.to_owned()),
        phone: Some("+47 900 00 000".to_owned()),
        ..ContactChange::default()
    };
    contacts::create(&test.app, &test.owner, change).await.unwrap().id
}

async fn deal(test: &TestApp, actor: &Actor, contact_id: ContactId) -> DealView {
    let request = NewDeal::with(contact_id);
    deals::create(&test.app, actor, request).await.unwrap()
}

fn content(value: serde_json::Value) -> ActivityContent {
    serde_json::from_value(value).unwrap()
}

fn on_deal(kind: ActivityKind, deal: &DealView, value: serde_json::Value) -> NewActivity {
    NewActivity { kind, contact_id: None, deal_id: Some(deal.id), content: content(value), next_step: None }
}

fn on_contact(kind: ActivityKind, contact: ContactId, value: serde_json::Value) -> NewActivity {
    NewActivity { kind, contact_id: Some(contact), deal_id: None, content: content(value), next_step: None }
}

/// What the log tells of a contact, oldest first.
async fn told(test: &TestApp, contact: ContactId) -> Vec<(String, serde_json::Value)> {
    let person = test.app.log.person(&PersonKey::contact(&contact)).unwrap();
    let mut events = test.app.log.timeline(person, None, 200).await.unwrap();
    events.reverse();
    let ours = |name: &str| !name.starts_with("Deal") && !name.starts_with("Stage") && name != "Contact Created";
    events
        .into_iter()
        .filter(|event| ours(&event.event.name))
        .map(|event| (event.event.name, serde_json::from_str(&event.event.props).unwrap()))
        .collect()
}

fn code(error: AppError) -> String {
    match error {
        AppError::Conflict { code, .. } => code.to_owned(),
        AppError::Invalid(problems) => format!("{}:{}", problems[0].field, problems[0].code),
        AppError::NotFound(what) => format!("no {what}"),
        AppError::Forbidden(permission) => format!("forbidden {permission}"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_told_to_the_log_without_its_words_and_its_next_step_is_a_task() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let kari = contact(&test, "Kari").await;
        let deal = deal(&test, &rep, kari).await;
        let mut request =
            on_deal(ActivityKind::Call, &deal, json!({"outcome": "reached", "duration_s": 90, "body": "secret words"}));
        request.next_step = Some(content(json!({"title": "Send the offer", "due_at": "2026-03-03T08:00:00Z"})));
        let done = create(&test.app, &rep, request).await.unwrap();
        let next = done.next.unwrap();
        assert_eq!(
            (next.title.as_str(), next.is_open, next.follows_id),
            ("Send the offer", true, Some(done.activity.id))
        );
        assert_eq!((next.assignee_id, next.deal_id, next.contact_id), (rep.user_id(), Some(deal.id), Some(kari)));
        let events = told(&test, kari).await;
        assert_eq!(events.len(), 1, "{}", test.name);
        assert_eq!(events[0].0, "Call Logged");
        let expected = json!({"activity": done.activity.id, "deal": deal.id, "outcome": "reached", "direction": "outbound",
            "duration_s": 90, "by": rep.audit_name()});
        assert_eq!(events[0].1, expected);
        complete(&test.app, &rep, next.id, ActivityCompletion::default()).await.unwrap();
        let again = complete(&test.app, &rep, next.id, ActivityCompletion::default()).await.unwrap_err();
        assert_eq!(code(again), "already_done");
        remove(&test.app, &rep, done.activity.id).await.unwrap();
        assert_eq!(code(get(&test.app, &rep, done.activity.id).await.unwrap_err()), "no activity");
        restore(&test.app, &rep, done.activity.id).await.unwrap();
        let names: Vec<String> = told(&test, kari).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Call Logged", "Task Completed", "Call Removed", "Call Logged"]);
        let entries = audit::newest(&test.app, &test.owner, Some(&done.activity.id.to_string())).await.unwrap();
        assert!(!format!("{entries:?}").contains("secret"), "the audit log outlives an erased person");
    }
}

#[tokio::test]
async fn what_does_not_fit_its_kind_is_refused_with_its_field() {
    let test = testing::sqlite().await;
    let kari = contact(&test, "Kari").await;
    let cases = [
        (ActivityKind::Note, json!({}), "content.body:required"),
        (ActivityKind::Note, json!({"body": "x", "due_at": null}), "content.due_at:foreign"),
        (ActivityKind::Note, json!({"body": "x", "at": "2026-03-09T08:00:00Z"}), "content.at:range"),
        (ActivityKind::Call, json!({}), "content.outcome:required"),
        (ActivityKind::Call, json!({"outcome": "sold"}), "content.outcome:unknown"),
        (ActivityKind::Call, json!({"outcome": "reached", "duration_s": 90_000}), "content.duration_s:range"),
        (ActivityKind::Meeting, json!({"title": "x"}), "content.at:required"),
        (
            ActivityKind::Meeting,
            json!({"at": "2026-03-09T08:00:00Z", "ends_at": "2026-03-09T07:00:00Z"}),
            "content.ends_at:range",
        ),
        (
            ActivityKind::Meeting,
            json!({"at": "2026-03-09T08:00:00Z", "link": "javascript:alert(1)"}),
            "content.link:url",
        ),
        (ActivityKind::Task, json!({"title": " "}), "content.title:required"),
        (ActivityKind::Task, json!({"title": "x", "zone": "Mars/Base"}), "content.zone:unknown"),
        (ActivityKind::Task, json!({"title": "x", "repeat": {"every": 1, "unit": "day"}}), "content.due_at:required"),
        (ActivityKind::File, json!({}), "kind:upload"),
    ];
    for (kind, value, expected) in cases {
        let error = create(&test.app, &test.owner, on_contact(kind, kari, value.clone())).await.unwrap_err();
        assert_eq!(code(error), expected, "{value}");
    }
    let nowhere = NewActivity {
        kind: ActivityKind::Note,
        contact_id: None,
        deal_id: None,
        content: content(json!({"body": "x"})),
        next_step: None,
    };
    assert_eq!(code(create(&test.app, &test.owner, nowhere).await.unwrap_err()), "contact_id:required");
}

#[tokio::test]
async fn a_rep_sees_own_deals_and_contacts_and_what_is_given_to_them() {
    for test in testing::all().await {
        let (rep, manager) = (test.actor(Role::Rep).await, test.actor(Role::Manager).await);
        let kari = contact(&test, "Kari").await;
        let own = deal(&test, &rep, kari).await;
        let other = deal(&test, &manager, kari).await;
        let note = |deal: &DealView, text: &str| on_deal(ActivityKind::Note, deal, json!({"body": text}));
        create(&test.app, &rep, note(&own, "mine")).await.unwrap();
        let foreign = create(&test.app, &manager, note(&other, "not theirs")).await.unwrap().activity;
        let loose = on_contact(ActivityKind::Note, kari, json!({"body": "on the contact"}));
        let loose = create(&test.app, &manager, loose).await.unwrap().activity;
        let task = json!({"title": "given", "assignee_id": rep.user_id()});
        let given = create(&test.app, &manager, on_deal(ActivityKind::Task, &other, task)).await.unwrap().activity;
        let private = NewActivity {
            kind: ActivityKind::Task,
            contact_id: None,
            deal_id: None,
            content: content(json!({"title": "for myself"})),
            next_step: None,
        };
        create(&test.app, &manager, private).await.unwrap();
        let seen = async |actor: &Actor| -> HashSet<String> {
            let page = list(&test.app, actor, ActivityQuery::default()).await.unwrap();
            page.items.into_iter().map(|row| row.title + &row.body).collect()
        };
        let expected = ["mine", "on the contact", "given"].map(str::to_owned).into();
        assert_eq!(seen(&rep).await, expected, "{}", test.name);
        assert_eq!(seen(&manager).await.len(), 5);
        assert_eq!(code(get(&test.app, &rep, foreign.id).await.unwrap_err()), "no activity");
        assert_eq!(code(create(&test.app, &rep, note(&other, "x")).await.unwrap_err()), "deal_id:unknown");
        assert_eq!(code(remove(&test.app, &rep, loose.id).await.unwrap_err()), "forbidden deals.all");
        complete(&test.app, &rep, given.id, ActivityCompletion::default()).await.unwrap();
        // The log's events of somebody else's deal do not show either.
        let query = RecordTimelineQuery { contact: Some(kari), ..RecordTimelineQuery::default() };
        let page = timeline::of_record(&test.app, &rep, query).await.unwrap();
        assert!(!serde_json::to_string(&page.items).unwrap().contains(&format!("\"deal\":\"{}\"", other.id)));
        let viewer = test.actor(Role::Viewer).await;
        assert!(create(&test.app, &viewer, note(&own, "x")).await.is_err());
    }
}

#[tokio::test]
async fn mentions_assignments_and_times_that_pass_are_told_once() {
    for test in testing::all().await {
        let (rep, manager) = (test.actor(Role::Rep).await, test.actor(Role::Manager).await);
        let kari = contact(&test, "Kari").await;
        let deal = deal(&test, &rep, kari).await;
        let note = on_deal(ActivityKind::Note, &deal, json!({"body": "@Manager look, @rep too"}));
        let note = create(&test.app, &rep, note).await.unwrap().activity;
        let edit = |body: &str| ActivityChange { content: content(json!({"body": body})), base_version: None };
        update(&test.app, &rep, note.id, edit("@manager look again")).await.unwrap();
        let kinds = async |actor: &Actor| -> Vec<NotificationKind> {
            let page = notifications::list(&test.app, actor, NotificationQuery::default()).await.unwrap();
            page.items.into_iter().map(|told| told.kind).collect()
        };
        assert_eq!(
            kinds(&manager).await,
            [NotificationKind::Mention],
            "{}: once, and not again when edited",
            test.name
        );
        assert!(kinds(&rep).await.is_empty(), "nobody is told of the own doing");
        let task = json!({"title": "Call", "assignee_id": rep.user_id(), "due_at": "2026-03-02T10:00:00Z",
            "remind_at": "2026-03-02T09:30:00Z"});
        let task = create(&test.app, &manager, on_deal(ActivityKind::Task, &deal, task)).await.unwrap().activity;
        assert_eq!(kinds(&rep).await, [NotificationKind::Assignment]);
        test.clock.advance_ms(3600 * 1000 * 7 / 4);
        test.settle().await;
        assert_eq!(kinds(&rep).await[0], NotificationKind::Reminder);
        // Put off: the old time passes unheard.
        let later = ActivityChange { content: content(json!({"due_at": "2026-03-02T12:00:00Z"})), base_version: None };
        update(&test.app, &rep, task.id, later).await.unwrap();
        test.clock.advance_ms(3600 * 1000);
        test.settle().await;
        assert_eq!(kinds(&rep).await.len(), 2);
        test.clock.advance_ms(2 * 3600 * 1000);
        test.settle().await;
        assert_eq!(kinds(&rep).await[0], NotificationKind::Overdue);
        let counts = today::counts(&test.app, &rep).await.unwrap();
        assert_eq!((counts.overdue, counts.unread), (1, 3));
        notifications::mark_read(&test.app, &rep, notifications::NotificationsRead::default()).await.unwrap();
        assert_eq!(today::counts(&test.app, &rep).await.unwrap().unread, 0);
        assert_eq!(today::counts(&test.app, &manager).await.unwrap().unread, 1, "others' stay");
    }
}

#[tokio::test]
async fn a_task_that_repeats_comes_again_at_its_hour_and_undoing_takes_it_back() {
    for test in testing::all().await {
        let kari = contact(&test, "Kari").await;
        let task = json!({"title": "Weekly call", "due_at": "2026-03-26T08:00:00Z", "zone": "Europe/Oslo",
            "repeat": {"every": 1, "unit": "week"}});
        let task = create(&test.app, &test.owner, on_contact(ActivityKind::Task, kari, task)).await.unwrap().activity;
        let snooze =
            ActivityChange { content: content(json!({"due_at": "2026-03-26T15:00:00Z"})), base_version: Some(1) };
        update(&test.app, &test.owner, task.id, snooze.clone()).await.unwrap();
        let passed = update(&test.app, &test.owner, task.id, snooze).await.unwrap_err();
        assert_eq!(code(passed), "version_passed");
        let done = complete(&test.app, &test.owner, task.id, ActivityCompletion::default()).await.unwrap();
        // Nine o'clock in Oslo, also after the clocks have changed, whenever it was put off to.
        assert_eq!(done.next.unwrap().due_at, Some("2026-04-02T07:00:00Z".parse().unwrap()), "{}", test.name);
        reopen(&test.app, &test.owner, task.id).await.unwrap();
        let open = ActivityQuery { open: Some(true), ..ActivityQuery::default() };
        let open = list(&test.app, &test.owner, open).await.unwrap().items;
        assert_eq!(open.iter().map(|row| row.id).collect::<Vec<_>>(), [task.id]);
    }
}

#[tokio::test]
async fn a_meeting_is_held_missed_or_moved() {
    for test in testing::all().await {
        let kari = contact(&test, "Kari").await;
        let meeting = json!({"title": "Demo", "at": "2026-03-03T09:00:00Z", "ends_at": "2026-03-03T10:00:00Z"});
        let meeting =
            create(&test.app, &test.owner, on_contact(ActivityKind::Meeting, kari, meeting)).await.unwrap().activity;
        let moved = ActivityCompletion {
            outcome: Some("moved".to_owned()),
            at: Some("2026-03-04T12:00:00Z".parse().unwrap()),
            next_step: None,
        };
        let moved = complete(&test.app, &test.owner, meeting.id, moved).await.unwrap().next.unwrap();
        assert_eq!(moved.details.ends_at, Some("2026-03-04T13:00:00Z".parse().unwrap()), "as long as before");
        let held = ActivityCompletion { outcome: Some("held".to_owned()), ..ActivityCompletion::default() };
        complete(&test.app, &test.owner, moved.id, held).await.unwrap();
        reopen(&test.app, &test.owner, moved.id).await.unwrap();
        let names: Vec<String> = told(&test, kari).await.into_iter().map(|(name, _)| name).collect();
        let expected = ["Meeting Scheduled", "Meeting Moved", "Meeting Scheduled", "Meeting Held", "Meeting Reopened"];
        assert_eq!(names, expected, "{}", test.name);
    }
}

/// The timeline page by page, as texts.
async fn timeline_of(test: &TestApp, query: &RecordTimelineQuery) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let query = RecordTimelineQuery { cursor, ..query.clone() };
        let page = timeline::of_record(&test.app, &test.owner, query).await.unwrap();
        let text = |item: TimelineItem| match (item.activity, item.event) {
            (Some(activity), None) => format!("{} {}", Kind::from(activity.kind).as_str(), activity.body),
            (None, Some(event)) => event.event,
            _ => panic!("an item is one or the other"),
        };
        all.extend(page.items.into_iter().map(text));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn a_timeline_tells_everything_once_in_pages_of_any_size() {
    for test in testing::all().await {
        let kari = contact(&test, "Kari").await;
        let deal = deal(&test, &test.owner, kari).await;
        for round in 0..6 {
            test.clock.advance_ms(1000);
            let fact = facts::Fact::new("Page Viewed", test.app.now(), &PersonKey::contact(&kari)).with("path", round);
            let tx = test.app.store.begin().await.unwrap();
            facts::record(&test.app, &tx, fact).await.unwrap();
            tx.commit().await.unwrap();
            facts::relay(&test.app).await.unwrap();
            test.clock.advance_ms(1000);
            let note = on_deal(ActivityKind::Note, &deal, json!({"body": format!("{round}")}));
            create(&test.app, &test.owner, note).await.unwrap();
        }
        let plan = on_deal(ActivityKind::Task, &deal, json!({"title": "to do"}));
        create(&test.app, &test.owner, plan).await.unwrap();
        test.settle().await;
        let whole = RecordTimelineQuery { contact: Some(kari), ..RecordTimelineQuery::default() };
        let all = timeline_of(&test, &whole).await;
        let mut expected: Vec<String> =
            (0..6).rev().flat_map(|round| [format!("note {round}"), "Page Viewed".to_owned()]).collect();
        expected.extend(["Stage Entered", "Deal Created", "Contact Created"].map(str::to_owned));
        assert_eq!(all, expected, "{}", test.name);
        for limit in [1, 2, 3, 5] {
            let paged = RecordTimelineQuery { limit: Some(limit), ..whole.clone() };
            assert_eq!(timeline_of(&test, &paged).await, expected, "pages of {limit}");
        }
        let web = RecordTimelineQuery { kind: Some("web".to_owned()), limit: Some(4), ..whole.clone() };
        assert_eq!(timeline_of(&test, &web).await, vec!["Page Viewed"; 6]);
        let notes = RecordTimelineQuery { kind: Some("note,task".to_owned()), limit: Some(4), ..whole.clone() };
        assert_eq!(timeline_of(&test, &notes).await.len(), 6);
        let first = timeline::of_record(&test.app, &test.owner, whole.clone()).await.unwrap();
        assert_eq!(first.planned.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["to do"]);
        let of_deal = RecordTimelineQuery { deal: Some(deal.id), limit: Some(4), ..RecordTimelineQuery::default() };
        assert_eq!(timeline_of(&test, &of_deal).await, expected);
        let unknown = RecordTimelineQuery { kind: Some("x".to_owned()), ..whole };
        assert_eq!(code(timeline::of_record(&test.app, &test.owner, unknown).await.unwrap_err()), "kind:unknown");
    }
}

#[tokio::test]
async fn the_day_tells_who_waits_and_what_lies_still() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let kari = contact(&test, "Kari").await;
        let lead = deal(&test, &rep, kari).await;
        let day = async || today::get(&test.app, &rep, TodayQuery::default()).await.unwrap();
        let now = day().await;
        assert_eq!((now.leads_total, now.quiet_total, now.leads[0].phone.as_str()), (1, 0, "+47 900 00 000"));
        let call = on_deal(ActivityKind::Call, &lead, json!({"outcome": "no_answer"}));
        create(&test.app, &rep, call).await.unwrap();
        let now = day().await;
        assert_eq!((now.leads_total, now.quiet_total, now.done), (0, 0, 1), "{}", test.name);
        test.clock.advance_ms(15 * 24 * 3600 * 1000);
        let now = day().await;
        assert_eq!((now.quiet_total, now.quiet[0].days, now.quiet[0].days_max), (1, 15, 14));
        let settings = settings::ActivitySettings { quiet_days: 20, ..settings::ActivitySettings::default() };
        assert!(settings::update(&test.app, &rep, settings.clone()).await.is_err());
        settings::update(&test.app, &test.owner, settings).await.unwrap();
        assert_eq!(day().await.quiet_total, 0);
        let task = |due: &str| on_deal(ActivityKind::Task, &lead, json!({"title": due, "due_at": due}));
        for due in ["2026-03-17T07:00:00Z", "2026-03-17T22:30:00Z", "2026-03-17T23:30:00Z"] {
            create(&test.app, &rep, task(due)).await.unwrap();
        }
        let now = day().await;
        assert_eq!((now.overdue.len(), now.due.len()), (1, 1), "the day ends at midnight in Oslo");
        let counts = today::counts(&test.app, &rep).await.unwrap();
        assert_eq!((counts.overdue, counts.due), (1, 1));
        let others = TodayQuery { user: test.owner.user_id() };
        assert_eq!(code(today::get(&test.app, &rep, others).await.unwrap_err()), "forbidden deals.all");
        let seen = TodayQuery { user: rep.user_id() };
        assert_eq!(today::get(&test.app, &test.owner, seen).await.unwrap().overdue.len(), 1);
    }
}

#[tokio::test]
async fn files_on_records_are_kept_apart_and_go_with_their_person() {
    for test in testing::all().await {
        let (rep, manager) = (test.actor(Role::Rep).await, test.actor(Role::Manager).await);
        let kari = contact(&test, "Kari").await;
        let foreign = deal(&test, &manager, kari).await;
        let upload = async |actor: &Actor, deal, bytes: &[u8]| {
            let mut upload = files::RecordUpload::begin(&test.app, actor, Some(kari), deal, "Offer.txt").await?;
            upload.push(bytes).await?;
            upload.finish(&test.app, actor).await
        };
        let own = upload(&rep, None, b"an offer").await.unwrap();
        let (file, path) = files::open(&test.app, &rep, own.id).await.unwrap();
        assert_eq!((file.name.as_str(), file.content_type.as_str(), file.size_bytes), ("Offer.txt", "text/plain", 8));
        assert_eq!(std::fs::read(&path).unwrap(), b"an offer");
        assert!(upload(&rep, Some(foreign.id), b"x").await.is_err(), "a deal that the rep does not see");
        assert_eq!(code(upload(&rep, None, b"<script>").await.unwrap_err()), "file:kind");
        let hidden = upload(&manager, Some(foreign.id), b"margin").await.unwrap();
        assert_eq!(code(files::open(&test.app, &rep, hidden.id).await.unwrap_err()), "no file");
        assert!(crate::files::list(&test.app, &test.owner).await.unwrap().is_empty(), "pages do not know of them");
        // What is removed can come back for a time; then the bytes go, too.
        remove(&test.app, &rep, own.id).await.unwrap();
        tidy(&test.app).await.unwrap();
        assert!(path.exists(), "{}", test.name);
        test.clock.advance_ms(REMOVED_KEPT_MS + 1);
        tidy(&test.app).await.unwrap();
        assert!(!path.exists());
        let (_, path) = files::open(&test.app, &manager, hidden.id).await.unwrap();
        assert!(path.exists());
        crate::erasure::erase(&test.app, &Actor::SYSTEM, kari).await.unwrap();
        assert!(!path.exists(), "{}: an erased person leaves no files", test.name);
    }
}
