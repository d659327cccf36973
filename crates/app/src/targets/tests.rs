use base::{Money, id};
use serde_json::{Value, json};

use super::*;
use crate::contacts;
use crate::deals::{DealClose, DealOutcome, NewDeal};
use crate::permission::Role;
use crate::testing::{self, TestApp};

const DAY_MS: i64 = 24 * 3600 * 1000;

async fn won(test: &TestApp, by: &Actor, minor: i64) {
    let email = format!("{}@example.com", test.app.new_id::<id::Contact>());
    let contact: contacts::ContactChange = serde_json::from_value(json!({"email": email})).unwrap();
    let contact = contacts::create(&test.app, &test.owner, contact).await.unwrap().id;
    let value = Some(Money::new(minor, "NOK".parse().unwrap()));
    let deal = deals::create(&test.app, by, NewDeal { value, ..NewDeal::with(contact) }).await.unwrap().id;
    let request = DealClose { outcome: DealOutcome::Won, reason: String::new(), override_reason: None, locale: None };
    deals::end(&test.app, by, deal, request).await.unwrap();
}

fn request(body: Value) -> TargetRequest {
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn a_target_tells_what_is_reached_what_is_asked_by_now_and_where_it_leads() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let manager = test.actor(Role::Manager).await;
        // Friday 13 March 16:00 in Oslo: ten of the month's 22 working days are over.
        test.clock.advance_ms(11 * DAY_MS + 7 * 3_600_000);
        won(&test, &rep, 10_000).await;
        won(&test, &rep, 50_00).await;
        won(&test, &manager, 40_000).await;
        let user = rep.user_id();
        let funnel = test.app.running.rules().funnels[0].id;
        let month = |unit: &str, amount: i64| json!({"period": "month", "unit": unit, "amount": amount});
        let mut value = month("value_won", 22_000);
        value["currency"] = "NOK".into();
        let mut entered = month("entered", 30);
        (entered["funnel_id"], entered["stage"]) = (json!(funnel), "interest".into());
        for (body, actual, expected) in [
            (json!({"user_id": user, "target": month("deals_won", 22)}), 2.0, 10.0),
            (json!({"target": month("deals_made", 22)}), 3.0, 10.0),
            (json!({"user_id": user, "target": value}), 15_000.0, 10_000.0),
            (json!({"target": entered}), 3.0, 30.0 * 10.0 / 22.0),
            (json!({"target": month("calls", 22)}), 0.0, 10.0),
        ] {
            let view = add(&test.app, &manager, request(body.clone())).await.unwrap();
            assert_eq!(view.pace.actual, actual, "{body} {}", test.name);
            assert!((view.pace.expected - expected).abs() < 1e-9, "{body}: {}", view.pace.expected);
            let forecast = view.pace.forecast.unwrap();
            assert!((forecast - actual * 2.2).abs() < 1e-6, "{body}: {forecast}");
        }
        assert_eq!(list(&test.app, &manager).await.unwrap().len(), 5);
        let own = list(&test.app, &rep).await.unwrap();
        assert!(own.len() == 2 && own.iter().all(|target| target.user_id == user), "a rep sees the own ones");
        let quarter = json!({"target": {"period": "quarter", "unit": "deals_won", "amount": 3}});
        let quarter = replace(&test.app, &manager, own[0].id, request(quarter)).await.unwrap();
        assert_eq!((quarter.from, quarter.pace.share), ("2025-12-31T23:00:00Z".parse().unwrap(), 1.0));
        remove(&test.app, &manager, own[0].id).await.unwrap();
        assert!(matches!(remove(&test.app, &manager, own[0].id).await, Err(AppError::NotFound(_))));
        assert!(matches!(
            add(&test.app, &rep, request(json!({"target": month("calls", 1)}))).await,
            Err(AppError::Forbidden(_))
        ));
        for (body, field) in [
            (json!({"target": month("deals_won", 0)}), "target.amount"),
            (json!({"target": month("value_won", 1)}), "target.currency"),
            (json!({"target": month("entered", 1)}), "target.stage"),
            (
                json!({"user_id": user, "team_id": test.app.new_id::<id::Team>(), "target": month("calls", 1)}),
                "team_id",
            ),
        ] {
            let refused = add(&test.app, &manager, request(body.clone())).await;
            assert!(matches!(&refused, Err(AppError::Invalid(all)) if all[0].field == field), "{body} {refused:?}");
        }
    }
}
