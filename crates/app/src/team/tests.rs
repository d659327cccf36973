use base::{Id, Money, id};
use serde_json::json;

use super::*;
use crate::activities::{self, ActivityCompletion, NewActivity};
use crate::deals::{self, DealClose, DealMove, DealOutcome, DealPatch, NewDeal};
use crate::exports::Format;
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::{Actor, AppError, contacts};

const HOUR_MS: i64 = 3_600_000;

async fn user(test: &TestApp, name: &str, role: Role) -> Actor {
    let request = crate::accounts::NewUser {
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        password: testing::PASSWORD.to_owned(),
        role,
        locale: "en".parse().unwrap(),
    };
    Actor::user(crate::accounts::create(&test.app, &test.owner, request).await.unwrap().id, role)
}

async fn deal(test: &TestApp, by: &Actor, minor: i64) -> Id<id::Deal> {
    let email = format!("{}@example.com", test.app.new_id::<id::Contact>());
    let contact: contacts::ContactChange = serde_json::from_value(json!({"email": email})).unwrap();
    let contact = contacts::create(&test.app, &test.owner, contact).await.unwrap().id;
    let value = Some(Money::new(minor, "NOK".parse().unwrap()));
    deals::create(&test.app, by, NewDeal { value, ..NewDeal::with(contact) }).await.unwrap().id
}

async fn go(test: &TestApp, by: &Actor, deal: Id<id::Deal>, stage: &str) {
    let request: DealMove = serde_json::from_value(json!({"stage": stage})).unwrap();
    deals::move_to(&test.app, by, deal, request).await.unwrap();
}

async fn end(test: &TestApp, by: &Actor, deal: Id<id::Deal>, outcome: DealOutcome) {
    let request = DealClose { outcome, reason: String::new(), override_reason: None, locale: None };
    deals::end(&test.app, by, deal, request).await.unwrap();
}

async fn note(
    test: &TestApp,
    by: &Actor,
    deal: Id<id::Deal>,
    kind: &str,
    content: serde_json::Value,
) -> Id<id::Activity> {
    let body = json!({"kind": kind, "deal_id": deal, "content": content});
    let new: NewActivity = serde_json::from_value(body).unwrap();
    activities::create(&test.app, by, new).await.unwrap().activity.id
}

fn asked(test: &TestApp) -> TeamQuery {
    let now = test.app.now();
    TeamQuery { from: Some(now.plus_ms(-240 * HOUR_MS)), to: Some(now.plus_ms(HOUR_MS)), ..TeamQuery::default() }
}

fn row<'a>(report: &'a TeamReport, actor: &Actor) -> &'a TeamFigures {
    &report.rows.iter().find(|row| row.user_id == actor.user_id()).unwrap().figures
}

#[tokio::test]
async fn each_person_has_what_they_did_and_a_rep_sees_the_own_row_only() {
    for test in testing::all().await {
        let (a, b) = (user(&test, "Anna", Role::Rep).await, user(&test, "Bo", Role::Rep).await);
        let viewer = user(&test, "Vera", Role::Viewer).await;
        let won = deal(&test, &a, 10_000).await;
        let lost = deal(&test, &a, 50_00).await;
        let open = deal(&test, &b, 70_00).await;
        test.clock.advance_ms(HOUR_MS);
        go(&test, &a, won, "consideration").await;
        go(&test, &a, won, "decision").await;
        end(&test, &a, won, DealOutcome::Won).await;
        end(&test, &a, lost, DealOutcome::Lost).await;
        note(&test, &a, lost, "call", json!({"outcome": "reached"})).await;
        note(&test, &b, open, "note", json!({"body": "nothing yet"})).await;
        let due = test.app.now().plus_ms(HOUR_MS);
        let task = note(&test, &b, open, "task", json!({"title": "Call", "due_at": due})).await;
        note(&test, &b, open, "task", json!({"title": "Write", "due_at": due})).await;
        test.clock.advance_ms(2 * HOUR_MS);
        activities::complete(&test.app, &b, task, ActivityCompletion::default()).await.unwrap();
        // Given to somebody else: from then on it is theirs, also where it stands already.
        let given = DealPatch { owner_id: Some(a.user_id()), ..DealPatch::default() };
        deals::update(&test.app, &test.owner, open, given).await.unwrap();
        test.clock.advance_ms(HOUR_MS);
        note(&test, &a, open, "call", json!({"outcome": "no_answer"})).await;
        test.settle().await;

        let report = super::report(&test.app, &viewer, asked(&test)).await.unwrap();
        let stage = |name: &str| report.stages.iter().position(|stage| stage.id == name).unwrap();
        let (anna, bo) = (row(&report, &a), row(&report, &b));
        let interest = &anna.steps[stage("interest")];
        assert_eq!((interest.entered, interest.went_on, interest.lost, interest.still_there), (3, 1, 1, 1));
        assert_eq!(interest.mean_ms, Some(HOUR_MS));
        assert!(interest.low < 1.0 / 3.0 && interest.high > 1.0 / 3.0);
        assert_eq!(anna.steps[stage("decision")].went_on, 1, "a sale goes on");
        assert_eq!((anna.won, anna.lost, anna.win_share), (1, 1, Some(0.5)), "{}", test.name);
        assert_eq!(anna.won_values, [Money::new(10_000, "NOK".parse().unwrap())]);
        assert_eq!((anna.activity.calls, anna.open, anna.made), (2, 1, 3));
        assert_eq!(bo.activity, Activity { notes: 1, tasks: 1, ..Activity::default() });
        assert_eq!((bo.overdue, bo.open, bo.steps[stage("interest")].entered), (1, 0, 0));
        // What they made themselves nobody gave them.
        assert_eq!(bo.answers, Answers::default());
        assert_eq!((anna.answers.given, anna.answers.median_ms), (1, Some(HOUR_MS)));
        assert_eq!((report.total.won, report.total.open, report.total.activity.calls), (1, 1, 2));
        assert!(report.rows.iter().all(|row| row.user_id != viewer.user_id()), "a viewer works on no deals");

        let own = super::report(&test.app, &b, asked(&test)).await.unwrap();
        assert_eq!(own.rows.len(), 1);
        assert_eq!((own.total.won, own.total.open), (0, 0));
        assert_eq!((own.total.answers.given, own.total.overdue, own.total.activity.calls), (0, 1, 0));

        let head = a.user_id();
        let team = crate::routing::TeamRequest { name: "A".to_owned(), head_id: head, members: vec![head.unwrap()] };
        let team = crate::routing::add_team(&test.app, &test.owner, team).await.unwrap();
        let of_team = TeamQuery { team: Some(team.id), ..asked(&test) };
        let of_team = super::report(&test.app, &viewer, of_team).await.unwrap();
        assert_eq!(of_team.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Anna"]);
        // A rep who names a team sees the own row at most.
        let peeked = TeamQuery { team: Some(team.id), ..asked(&test) };
        let peeked = super::report(&test.app, &b, peeked).await.unwrap();
        assert_eq!(peeked.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Bo"]);
        let key = Actor::key(test.app.new_id(), Role::Rep);
        assert_eq!(super::report(&test.app, &key, asked(&test)).await.unwrap().rows.len(), 0);
        let backwards = TeamQuery { to: asked(&test).from, ..asked(&test) };
        assert!(matches!(super::report(&test.app, &viewer, backwards).await, Err(AppError::Invalid(_))));
    }
}

#[tokio::test]
async fn the_report_is_a_file() {
    let test = testing::sqlite().await;
    let a = user(&test, "=Anna", Role::Rep).await;
    let won = deal(&test, &a, 10_050).await;
    end(&test, &a, won, DealOutcome::Won).await;
    let TeamQuery { from, to, funnel, team } = asked(&test);
    let request = |format| TeamExportRequest { from, to, funnel, team, format: Some(format) };
    let csv = export(&test.app, &test.owner, request(Format::Csv)).await.unwrap();
    let text = String::from_utf8(csv.bytes).unwrap();
    assert_eq!(csv.file_name, "team.csv");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Person,Deals made,Won,Lost,Share won"), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("'=Anna,1,1,0,1,") && line.contains(",100.5,NOK,")), "{text}");
    let sheet = export(&test.app, &test.owner, request(Format::Xlsx)).await.unwrap();
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(sheet.bytes)).unwrap();
    assert!(calamine::Reader::worksheet_range(&mut book, "Steps").unwrap().height() > 6);
}
