use std::io::Write as _;

use events::{NewEvent, PersonKey};
use serde_json::{Value, json};

use super::*;
use crate::permission::Role;
use crate::testing::{self, TestApp};

fn nok(minor: i64) -> Money {
    Money::new(minor, "NOK".parse().unwrap())
}

fn entry(day: &str, channel: &str, amount: Money) -> SpendEntry {
    let (campaign, note) = Default::default();
    SpendEntry { day: day.to_owned(), until: None, channel: channel.to_owned(), amount, campaign, note }
}

async fn rows(test: &TestApp) -> Vec<(String, String, i64)> {
    let page = list(&test.app, &test.owner, SpendQuery::default()).await.unwrap();
    page.items.into_iter().map(|row| (row.day, row.channel, row.amount.minor)).collect()
}

fn fields(error: AppError) -> Vec<(String, String)> {
    match error {
        AppError::Invalid(problems) => problems.into_iter().map(|p| (p.field, p.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_amount_is_spread_to_the_last_minor_unit_and_replaced_when_set_again() {
    for test in testing::all().await {
        let app = &test.app;
        let month =
            SpendEntry { until: Some("2026-03-03".to_owned()), ..entry("2026-03-01", "newsletter", nok(1_000)) };
        assert_eq!(set(app, &test.owner, month).await.unwrap().saved, 3);
        let wanted = [("2026-03-03", 333), ("2026-03-02", 333), ("2026-03-01", 334)];
        let wanted = wanted.map(|(day, minor)| (day.to_owned(), "newsletter".to_owned(), minor));
        assert_eq!(rows(&test).await, wanted, "{}", test.name);
        // Entries of the audit log of one moment have no order.
        test.clock.advance_ms(1);
        set(app, &test.owner, entry("2026-03-02", "newsletter", nok(50))).await.unwrap();
        let page = list(app, &test.owner, SpendQuery { from: Some("2026-03-02".to_owned()), ..Default::default() });
        let page = page.await.unwrap();
        assert_eq!((page.items.len(), page.totals), (2, vec![nok(383)]), "{}", test.name);
        test.clock.advance_ms(1);
        delete(app, &test.owner, page.items[0].id).await.unwrap();
        assert!(matches!(delete(app, &test.owner, page.items[0].id).await, Err(AppError::NotFound("amount"))));
        let audited = audit::newest(app, &test.owner, None).await.unwrap();
        assert_eq!(audited[0].action, "spend.delete");
        assert_eq!((audited[1].action.as_str(), &audited[1].detail["day"]), ("spend.set", &json!("2026-03-02")));
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_of_every_row_and_nothing_is_kept() {
    let test = testing::sqlite().await;
    let (app, owner) = (&test.app, &test.owner);
    let far = SpendEntry { until: Some("2028-01-01".to_owned()), ..entry("2026-01-01", "a", nok(1)) };
    let items = vec![
        entry("2026-03-01", "google-ads", nok(1)),
        entry("1.3.2026", "Something Else", nok(-1)),
        entry("2026-03-01", "google-ads", nok(2)),
        SpendEntry { until: Some("2026-02-01".to_owned()), ..entry("2026-03-01", "a", nok(1)) },
        far,
        SpendEntry { note: "a\nb".to_owned(), ..entry("1999-01-01", "a", nok(AMOUNT_MINOR_MAX + 1)) },
    ];
    let found = fields(set_many(app, owner, SpendEntries { items }).await.unwrap_err());
    let wanted = [
        ("items[1].day", "date"),
        ("items[1].channel", "channel"),
        ("items[1].amount", "range"),
        ("items[2].day", "repeated"),
        ("items[3].until", "order"),
        ("items[4].until", "range"),
        ("items[5].day", "range"),
        ("items[5].amount", "range"),
        ("items[5].note", "length"),
    ];
    assert_eq!(found, wanted.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(rows(&test).await, []);
    let empty = set_many(app, owner, SpendEntries { items: Vec::new() }).await.unwrap_err();
    assert_eq!(fields(empty), [("items".to_owned(), "count".to_owned())]);
    let wrong = SpendQuery { cursor: Some("x".to_owned()), ..SpendQuery::default() };
    assert_eq!(fields(list(app, owner, wrong).await.unwrap_err())[0].0, "cursor");
}

#[tokio::test]
async fn a_manager_sees_spend_and_a_marketer_changes_it() {
    let test = testing::sqlite().await;
    let one = || entry("2026-03-01", "google-ads", nok(1));
    for (role, sees, changes) in [
        (Role::Admin, true, true),
        (Role::Marketer, true, true),
        (Role::Manager, true, false),
        (Role::Rep, false, false),
        (Role::Viewer, false, false),
    ] {
        let actor = test.actor(role).await;
        assert_eq!(set(&test.app, &actor, one()).await.is_ok(), changes, "{}", role.as_str());
        assert_eq!(list(&test.app, &actor, SpendQuery::default()).await.is_ok(), sees, "{}", role.as_str());
    }
}

/// Something that a visitor did, `minutes` after the test's clock began.
fn event(test: &TestApp, who: &str, minutes: i64, name: &str, props: Value) -> NewEvent {
    let at = test.app.now().plus_ms(minutes * 60_000 - 86_400_000);
    NewEvent {
        message_id: format!("{who} {minutes} {name}"),
        name: name.to_owned(),
        at,
        received_at: at,
        person: PersonKey::anonymous(who).unwrap(),
        links: Vec::new(),
        props: props.to_string(),
        person_props: None,
        source: None,
    }
}

async fn history(test: &TestApp) {
    let mut events = Vec::new();
    let people =
        [("a", "google-ads", true), ("b", "google-ads", true), ("c", "google-ads", false), ("d", "newsletter", true)];
    for (number, (who, channel, orders)) in people.into_iter().enumerate() {
        let minute = number as i64 * 10;
        events.push(event(test, who, minute, "Page Viewed", json!({"channel": channel})));
        events.push(event(test, who, minute + 1, "Lead Captured", json!({"channel": "direct"})));
        if orders {
            let order = json!({"value": 1250.0, "tax": 250.0, "currency": "NOK", "order": format!("ord_{who}")});
            events.push(event(test, who, minute + 2, "Order Completed", order));
        }
    }
    events.push(event(test, "e", 50, "Page Viewed", json!({"channel": "instagram"})));
    // The same order told by two programs, one in another currency, and one that is taken back.
    events.push(event(
        test,
        "a",
        60,
        "Order Completed",
        json!({"value": 1250, "currency": "NOK", "order_id": "ord_a"}),
    ));
    events.push(event(test, "a", 61, "Order Completed", json!({"value": 9, "currency": "EUR", "order": "ord_x"})));
    events.push(event(test, "b", 62, "Order Cancelled", json!({"order": "ord_b"})));
    test.app.log.append(events).await.unwrap();
}

fn question(attribution: &str) -> SpendReportQuery {
    let steps = ["Page Viewed", "Lead Captured", "Order Completed"].map(|event| json!({"event": event}));
    let query = json!({
        "insight": "funnel", "steps": steps, "from": "2026-02-28T23:00:00Z", "to": "2026-03-02T23:00:00Z",
        "breakdown": {"prop": "channel", "attribution": attribution},
    });
    SpendReportQuery { query }
}

#[tokio::test]
async fn a_report_says_what_a_lead_and_a_sale_cost_by_channel() {
    for test in testing::all().await {
        let app = &test.app;
        history(&test).await;
        let items = vec![
            entry("2026-02-28", "google-ads", nok(999_999)),
            entry("2026-03-01", "google-ads", nok(30_000)),
            entry("2026-03-02", "google-ads", nok(15_000)),
            SpendEntry { campaign: "smile".to_owned(), ..entry("2026-03-01", "instagram", nok(20_000)) },
            entry("2026-03-01", "poster", nok(0)),
            entry("2026-03-01", "instagram", Money::new(700, "EUR".parse().unwrap())),
            entry("2026-03-03", "google-ads", nok(999_999)),
        ];
        set_many(app, &test.owner, SpendEntries { items }).await.unwrap();
        let manager = test.actor(Role::Manager).await;
        let found = report(app, &manager, question("first_touch")).await.unwrap();
        assert_eq!((found.first_day.as_deref(), found.last_day.as_deref()), (Some("2026-03-01"), Some("2026-03-02")));
        assert_eq!((found.lead_step, found.sale_step, found.has_revenue), (1, 2, true));
        let told: Vec<_> = found
            .channels
            .iter()
            .map(|row| {
                let c = row.costs;
                (
                    row.channel.as_str(),
                    c.spend_minor,
                    c.leads,
                    c.cost_per_lead_minor,
                    c.cost_per_sale_minor,
                    c.revenue_minor,
                )
            })
            .collect();
        // Ms c's lead counts where the page was first seen; Mr b's cancelled order brings nothing, and he stays a buyer.
        assert_eq!(
            told,
            [
                ("google-ads", Some(45_000), 3, Some(15_000), Some(22_500), Some(100_000)),
                ("instagram", Some(20_000), 0, None, None, Some(0)),
                ("poster", Some(0), 0, None, None, Some(0)),
                ("newsletter", None, 1, None, None, Some(100_000)),
            ],
            "{}",
            test.name
        );
        assert_eq!(found.channels[0].costs.return_on_spend, Some(100_000.0 / 45_000.0));
        assert_eq!((found.total.spend_minor, found.total.leads, found.total.sales), (Some(65_000), 4, 3));
        assert_eq!((found.total.revenue_minor, found.total.cost_per_lead_minor), (Some(200_000), Some(16_250)));
        let other = OtherSpend { channel: "instagram".to_owned(), amount: Money::new(700, "EUR".parse().unwrap()) };
        assert_eq!(found.other_currencies, [other]);

        let shared = report(app, &manager, question("all_events")).await.unwrap();
        assert!(!shared.has_revenue && shared.total.revenue_minor.is_none());
        let rep = test.actor(Role::Rep).await;
        assert!(matches!(report(app, &rep, question("first_touch")).await, Err(AppError::Forbidden("spend.read"))));
        let mut other = question("first_touch");
        other.query["breakdown"]["prop"] = json!("utm_source");
        assert_eq!(fields(report(app, &manager, other).await.unwrap_err())[0].0, "query.breakdown");
    }
}

async fn import(test: &TestApp, text: &str, options: FileOptions) -> Result<Imported> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    import_file(&test.app, &test.owner, file.path(), &options).await
}

#[tokio::test]
async fn a_file_brings_its_good_rows_and_names_the_others() {
    let test = testing::sqlite().await;
    let text = "Dato;Kanal;Beløp;Valuta;Kampanje\n\
                01.03.2026;google-ads;\"1 234,50\";NOK;gratis sjekk\n\
                02.03.2026;google-ads;kr 80,00;;\n\
                31.02.2026;google-ads;1,00;;\n\
                02.03.2026;google-ads;mye;;\n\
                02.03.2026;Google Ads!;1,00;;\n\
                02.03.2026;google-ads;90,00;NOK;\n\
                02.03.2026;instagram;5,00;KRONER;\n\
                03.03.2026;instagram;-5,00;;\n";
    let found = import(&test, text, FileOptions { is_dry_run: true, ..FileOptions::default() }).await.unwrap();
    assert_eq!(rows(&test).await, []);
    let done = import(&test, text, FileOptions::default()).await.unwrap();
    assert_eq!(done, found);
    assert_eq!(
        done.columns,
        ["day: Dato", "channel: Kanal", "amount: Beløp", "currency: Valuta", "campaign: Kampanje"]
    );
    assert_eq!(done.saved, 2, "{done:#?}");
    let refused: Vec<(u64, &str)> = done.refused.iter().map(|row| (row.line, row.reason.as_str())).collect();
    let wanted = [
        (4, "the day \"31.02.2026\" cannot be read"),
        (5, "the amount \"mye\" cannot be read"),
        (6, "write a channel's id"),
        (7, "line 3 is for the same day"),
        (8, "\"KRONER\" is not a currency"),
        (9, "write an amount from 0"),
    ];
    assert_eq!(refused.len(), wanted.len(), "{refused:#?}");
    for ((line, reason), (wanted_line, start)) in refused.into_iter().zip(wanted) {
        assert!(line == wanted_line && reason.starts_with(start), "line {line}: {reason}");
    }
    let kept = [("2026-03-02", 8_000), ("2026-03-01", 123_450)];
    assert_eq!(rows(&test).await, kept.map(|(day, minor)| (day.to_owned(), "google-ads".to_owned(), minor)));
}

#[tokio::test]
async fn an_export_of_an_ad_network_needs_only_its_channel() {
    let test = testing::sqlite().await;
    let text = "Day,Campaign name,Amount spent (EUR)\n2026-03-01,Smile,12.5\n2026-03-02,Smile,3\n";
    let missing = import(&test, text, FileOptions::default()).await.unwrap_err();
    assert!(missing.to_string().contains("--channel"), "{missing}");
    let options = FileOptions { channel: Some("instagram".to_owned()), ..FileOptions::default() };
    assert_eq!(import(&test, text, options).await.unwrap().saved, 2);
    let page = list(&test.app, &test.owner, SpendQuery::default()).await.unwrap();
    assert_eq!(page.totals, [Money::new(1_550, "EUR".parse().unwrap())]);
    assert_eq!((page.items[1].campaign.as_str(), page.items[1].amount.minor), ("Smile", 1_250));
    let swapped = "day,amount,channel\n03/04/2026,1,a\n05/06/2026,1,a\n";
    let refused = import(&test, swapped, FileOptions::default()).await.unwrap_err();
    assert!(refused.to_string().contains("which number is the month"), "{refused}");
}
