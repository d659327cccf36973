use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Xlsx};
use events::{NewEvent, PersonKey};
use serde_json::json;

use super::*;
use crate::audit;
use crate::contacts::{self, ContactChange};
use crate::permission::Role;
use crate::testing::{self, TestApp};

/// Something that somebody did, on a day of January 2026 at noon.
fn event(person: &PersonKey, day: u32, name: &str, props: Value) -> NewEvent {
    let at: Timestamp = format!("2026-01-{day:02}T12:00:00Z").parse().unwrap();
    NewEvent {
        message_id: format!("{person} {day}"),
        name: name.to_owned(),
        at,
        received_at: at,
        person: person.clone(),
        links: Vec::new(),
        props: props.to_string(),
        person_props: None,
        source: None,
    }
}

/// Five visitors from three channels, of whom three sign up and one buys; one is a contact.
async fn history(test: &TestApp) {
    let change = ContactChange {
        first_name: Some("=Kari".to_owned()),
        email: Some("kari@example.no".to_owned()),
        ..ContactChange::default()
    };
    let kari = contacts::create(&test.app, &test.owner, change).await.unwrap();
    test.settle().await;
    let anonymous = |id: &str| PersonKey::anonymous(id).unwrap();
    let people = [
        (PersonKey::contact(&kari.id), "=cmd|' /C calc'!A0", 3),
        (anonymous("b"), "=cmd|' /C calc'!A0", 2),
        (anonymous("c"), "news, \"weekly\"", 2),
        (anonymous("d"), "", 1),
        (anonymous("e"), "", 1),
    ];
    let mut events = Vec::new();
    for (person, channel, depth) in &people {
        for (index, name) in ["Page Viewed", "Lead Captured", "Order Completed"].into_iter().take(*depth).enumerate() {
            let day = 5 + 7 * u32::try_from(index).unwrap();
            events.push(event(person, day, name, json!({"channel": channel, "value": 12.5, "path": "/pris"})));
        }
    }
    test.app.log.append(events).await.unwrap();
}

fn funnel() -> Value {
    json!({"steps": [{"event": "Page Viewed"}, {"event": "Lead Captured"}, {"event": "Order Completed"}],
        "window_s": 30 * 86_400, "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z",
        "breakdown": {"prop": "channel", "attribution": "first_touch"}})
}

async fn export(test: &TestApp, query: Value, format: Format, table: Option<&str>) -> Result<Exported> {
    let request = ExportRequest { query, format, name: None, table: table.map(str::to_owned) };
    answer(&test.app, &test.owner, request).await
}

fn sheets(file: &Exported) -> Vec<(String, Range<Data>)> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file.bytes.clone())).unwrap();
    workbook.worksheets()
}

fn rows(file: &Exported) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(file.bytes.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn number(cell: &Data) -> f64 {
    match cell {
        Data::Int(value) => *value as f64,
        Data::Float(value) => *value,
        Data::DateTime(moment) => moment.as_f64(),
        other => panic!("no number: {other:?}"),
    }
}

fn problem<T: std::fmt::Debug>(refused: Result<T>) -> (String, String) {
    match refused {
        Err(AppError::Invalid(mut problems)) => {
            let problem = problems.remove(0);
            (problem.field, format!("{}: {}", problem.code, problem.message))
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_funnel_is_a_row_a_step_and_a_row_a_value_and_step() {
    for test in testing::all().await {
        history(&test).await;
        let file = export(&test, funnel(), Format::Csv, None).await.unwrap();
        assert_eq!(file.file_name, "funnel.csv");
        let steps = rows(&file);
        assert_eq!(steps.len(), 4, "{}", test.name);
        assert_eq!(steps[0][..4], ["Step", "Name", "People", "Share of the step before"]);
        assert_eq!(steps[1][..4], ["1", "Page Viewed", "5", "1"]);
        assert_eq!(steps[2][..4], ["2", "Lead Captured", "3", "0.6"]);
        assert_eq!((steps[3][6].as_str(), steps[3][8].as_str()), ("0.2", "604800"), "of the first; mean seconds");

        let values = rows(&export(&test, funnel(), Format::Csv, Some("breakdown")).await.unwrap());
        assert_eq!(values.len(), 1 + 3 * 3);
        assert_eq!(values[1][..4], ["'=cmd|' /C calc'!A0", "1", "Page Viewed", "2"], "no formula");
        assert!(values.iter().any(|row| row[0] == "news, \"weekly\""), "quotes and commas come back whole");
        assert!(values.iter().any(|row| row[..4] == ["(no value)", "1", "Page Viewed", "2"]), "{values:?}");

        let file = export(&test, funnel(), Format::Xlsx, None).await.unwrap();
        let sheets = sheets(&file);
        assert_eq!(sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Steps", "Breakdown"]);
        let steps = &sheets[0].1;
        assert_eq!(steps.get((1, 1)), Some(&Data::String("Page Viewed".to_owned())));
        assert!((number(steps.get((2, 3)).unwrap()) - 0.6).abs() < 1e-12, "a real number");
        let text = Data::String("=cmd|' /C calc'!A0".to_owned());
        assert_eq!(sheets[1].1.get((1, 0)), Some(&text), "a text as it is, and no formula");
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file.bytes)).unwrap();
        for sheet in ["Steps", "Breakdown"] {
            assert_eq!(workbook.worksheet_formula(sheet).unwrap().used_cells().count(), 0);
        }
    }
}

#[tokio::test]
async fn days_are_those_of_the_question_and_real_dates() {
    let test = testing::sqlite().await;
    history(&test).await;
    let trend = json!({"insight": "trend", "time_zone": "Europe/Oslo", "interval": "week", "formula": "B / A",
        "series": [{"event": "Page Viewed", "name": "Visits"}, {"event": "Lead Captured", "name": "=Leads"}],
        "breakdown": {"prop": "channel", "top": 1}, "moving_average": 2,
        "from": "2026-01-04T23:00:00Z", "to": "2026-01-18T23:00:00Z"});
    let file = export(&test, trend.clone(), Format::Csv, None).await.unwrap();
    let lines = rows(&file);
    let heading = ["Week", "B / A", "B / A, mean of 2", "Visits", "'=Leads"];
    assert_eq!(lines[0][..5], heading);
    assert_eq!(lines[0].len(), 7, "the biggest value and the others: {:?}", lines[0]);
    assert_eq!(lines[1][..5], ["2026-01-05", "0", "", "5", "0"], "a day in Oslo, and the mean has no past");
    assert_eq!(lines[2][..5], ["2026-01-12", "", "", "0", "3"], "nothing divides by none");
    let totals = rows(&export(&test, trend.clone(), Format::Csv, Some("totals")).await.unwrap());
    assert_eq!(totals[1], ["B / A", "0.6"]);
    let sheets = sheets(&export(&test, trend, Format::Xlsx, Some("trend")).await.unwrap());
    assert_eq!(sheets.len(), 1);
    let first = sheets[0].1.get((1, 0)).unwrap();
    assert!(matches!(first, Data::DateTime(_)), "{first:?}");
    assert_eq!(number(first), 46_027.0, "2026-01-05 as sheets count days");
}

#[tokio::test]
async fn retention_lifecycle_and_paths_have_their_tables() {
    let test = testing::sqlite().await;
    history(&test).await;
    let any = json!(["Page Viewed", "Lead Captured", "Order Completed"]);
    let retention = json!({"insight": "retention", "event": any, "period": "week", "periods": 3,
        "from": "2026-01-05T00:00:00Z"});
    let cells = rows(&export(&test, retention.clone(), Format::Csv, None).await.unwrap());
    assert_eq!(cells[0], ["Cohort", "People of the cohort", "Week after the first", "People", "Share"]);
    assert_eq!(cells[1], ["2026-01-05", "5", "0", "5", "1"]);
    assert_eq!(cells[2], ["2026-01-05", "5", "1", "3", "0.6"]);
    assert_eq!(cells[4], ["2026-01-12", "0", "0", "0", ""], "a share of nobody is not known");
    assert_eq!(cells.len(), 1 + 3 + 2 + 1);
    let file = export(&test, retention, Format::Xlsx, None).await.unwrap();
    let found = sheets(&file);
    assert_eq!(found[1].0, "Cohorts");
    assert_eq!(found[1].1.get((0, 3)), Some(&Data::String("Week 2".to_owned())));
    assert!((number(found[1].1.get((1, 2)).unwrap()) - 0.6).abs() < 1e-12);

    let lifecycle = json!({"insight": "lifecycle", "event": any, "interval": "week", "from": "2026-01-05T00:00:00Z",
        "to": "2026-01-19T00:00:00Z"});
    let buckets = rows(&export(&test, lifecycle, Format::Csv, None).await.unwrap());
    assert_eq!(buckets[0], ["Week", "New", "Returning", "Resurrecting", "Dormant"]);
    assert_eq!(buckets[2], ["2026-01-12", "0", "3", "0", "2"]);

    let paths = json!({"insight": "paths", "session_gap_s": 30 * 86_400, "by_prop": {"Page Viewed": "path"}});
    let file = export(&test, paths, Format::Xlsx, None).await.unwrap();
    let found = sheets(&file);
    assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Links", "Steps"]);
    let first: Vec<_> = (0..5).map(|column| found[0].1.get((1, column)).cloned().unwrap()).collect();
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!((&first[1], &first[2]), (&text("/pris"), &text("Lead Captured")));
    assert_eq!((number(&first[0]), number(&first[3]), number(&first[4])), (1.0, 3.0, 604_800.0));
}

#[tokio::test]
async fn two_periods_stand_beside_each_other_with_what_changed() {
    let test = testing::sqlite().await;
    history(&test).await;
    let names = |file: &Exported| sheets(file).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let year_before = json!({"from": "2025-01-01T00:00:00Z", "to": "2025-02-01T00:00:00Z"});
    let with = |mut query: Value, more: Value| {
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query
    };

    let trend = json!({"interval": "week", "time_zone": "Europe/Oslo"});
    let compared = with(funnel(), json!({"compare": year_before, "trend": trend, "survival": true}));
    let file = export(&test, compared.clone(), Format::Xlsx, None).await.unwrap();
    let expected = ["Steps", "Breakdown", "By entry", "Conversion over time", "What changed", "Second period"];
    assert_eq!(names(&file)[..6], expected);
    assert_eq!(names(&file)[6..], ["Second period, breakdown", "Second period, by entry", "Second period, over time"]);
    let by_entry = &sheets(&file)[2].1;
    assert!(matches!(by_entry.get((1, 0)), Some(Data::DateTime(_))), "a day, as the buckets of a trend");
    let changes = rows(&export(&test, compared.clone(), Format::Csv, Some("changes")).await.unwrap());
    assert_eq!(changes[0][..5], ["Step", "Name", "Share of the step before", "Second period", "Difference"]);
    assert_eq!(changes[1][..5], ["2", "Lead Captured", "0.6", "0", "0.6"]);
    assert_eq!(changes.len(), 1 + 2);
    let changed = &sheets(&export(&test, compared, Format::Xlsx, Some("changes")).await.unwrap())[0].1;
    for column in 2..7 {
        assert!(matches!(changed.get((1, column)), Some(Data::Float(_) | Data::Int(_))), "{column}: a real number");
    }

    let visits = json!({"insight": "trend", "event": "Page Viewed", "interval": "week",
        "from": "2026-01-05T00:00:00Z", "to": "2026-01-12T00:00:00Z",
        "compare": {"from": "2025-12-29T00:00:00Z", "to": "2026-01-05T00:00:00Z"}});
    let file = export(&test, visits.clone(), Format::Xlsx, None).await.unwrap();
    assert_eq!(names(&file), ["Trend", "Totals", "Second period"]);
    let totals = rows(&export(&test, visits.clone(), Format::Csv, Some("totals")).await.unwrap());
    assert_eq!(totals[0], ["What", "Over the whole time", "Second period", "Change"]);
    assert_eq!(totals[1], ["Page Viewed", "5", "0", ""], "nothing is no measure of a change");
    let turned = with(
        visits,
        json!({"from": "2025-12-29T00:00:00Z", "to": "2026-01-05T00:00:00Z",
        "compare": {"from": "2026-01-05T00:00:00Z", "to": "2026-01-12T00:00:00Z"}}),
    );
    assert_eq!(rows(&export(&test, turned, Format::Csv, Some("totals")).await.unwrap())[1][1..], ["0", "5", "-1"]);

    let retention = json!({"insight": "retention", "event": ["Page Viewed", "Lead Captured"], "period": "week",
        "periods": 2, "from": "2025-12-29T00:00:00Z", "compare": {"from": "2026-01-05T00:00:00Z"}});
    let file = export(&test, retention.clone(), Format::Xlsx, None).await.unwrap();
    assert_eq!(names(&file), ["Retention", "Cohorts", "Second period", "Second period, cohorts"]);
    let second = rows(&export(&test, retention, Format::Csv, Some("compared")).await.unwrap());
    assert_eq!(second[2], ["2026-01-05", "5", "1", "3", "0.6"]);
}

#[tokio::test]
async fn what_cannot_be_made_is_said() {
    let test = testing::sqlite().await;
    let wrong = export(&test, json!({"steps": []}), Format::Csv, None).await;
    assert_eq!(problem(wrong).0, "query.steps");
    let (field, message) = problem(export(&test, funnel(), Format::Csv, Some("sums")).await);
    assert_eq!((field.as_str(), message.as_str()), ("table", "unknown: this answer has the tables steps, breakdown"));
    let long = json!({"insight": "retention", "event": "x", "period": "day", "periods": 1_100, "from": "2020-01-01T00:00:00Z"});
    let (field, message) = problem(export(&test, long.clone(), Format::Xlsx, Some("retention")).await);
    assert!(field == "query" && message.contains("has 605550 rows and a file takes 500000"), "{message}");
    export(&test, long, Format::Csv, Some("cohorts")).await.expect("a row for each cohort is fewer");
    for (name, expected) in [
        ("  ", "funnel.csv"),
        ("Q1 / Q2: \"vekst\"\r\n", "Q1 - Q2- -vekst-.csv"),
        ("..", "funnel.csv"),
        ("../../etc/passwd", "-..-etc-passwd.csv"),
        ("Omsetning på nett", "Omsetning på nett.csv"),
    ] {
        let request = ExportRequest { query: funnel(), format: Format::Csv, name: Some(name.to_owned()), table: None };
        assert_eq!(answer(&test.app, &test.owner, request).await.unwrap().file_name, expected);
    }
}

#[tokio::test]
async fn all_people_behind_a_number_come_in_one_file_and_that_is_written_down() {
    for test in testing::all().await {
        history(&test).await;
        let request = |step: usize, format: Format| {
            let body = json!({"query": funnel(), "step": step, "format": format});
            serde_json::from_value::<PeopleExportRequest>(body).unwrap()
        };
        let viewer = test.actor(Role::Viewer).await;
        test.clock.advance_ms(1);
        let file = people(&test.app, &viewer, request(1, Format::Csv)).await.unwrap();
        assert_eq!(file.file_name, "people.csv");
        let lines = rows(&file);
        assert_eq!(lines.len(), 1 + 3, "{}", test.name);
        assert_eq!(lines[0][2..6], ["Name", "E-mail", "Entered", "Reached"]);
        let kari = lines.iter().find(|line| line[3] == "kari@example.no").expect("the contact is named");
        assert!(kari[1].starts_with("ctc_"));
        assert_eq!(kari[2], "'=Kari", "a name that somebody chose is no formula");
        assert_eq!(kari[5], "2026-01-12T12:00:00.000Z");
        let audited = audit::newest(&test.app, &test.owner, None).await.unwrap();
        assert_eq!((audited[0].action.as_str(), &audited[0].detail["people"]), ("people.export", &json!(3)));
        assert_eq!(audited[0].actor, viewer.audit_name());

        let dropped = PeopleExportRequest { kind: insight::people::PeopleKind::Dropped, ..request(1, Format::Xlsx) };
        let found = sheets(&people(&test.app, &test.owner, dropped).await.unwrap());
        let range = &found[0].1;
        assert_eq!(range.height(), 1 + 2);
        assert_eq!(range.get((0, 4)), Some(&Data::String("Entered (Europe/Oslo)".to_owned())));
        let noon_in_oslo = 46_027.0 + 13.0 / 24.0;
        assert!((number(range.get((1, 4)).unwrap()) - noon_in_oslo).abs() < 1e-6);
        assert_eq!(problem(people(&test.app, &test.owner, request(3, Format::Csv)).await).0, "step");
        let other = PeopleExportRequest { query: json!({"insight": "paths"}), ..request(0, Format::Csv) };
        assert_eq!(problem(people(&test.app, &test.owner, other).await).0, "query.insight");
    }
}
