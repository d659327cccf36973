use super::*;
use crate::contacts::{self, ContactChange};
use crate::facts::{self, Fact};
use crate::testing;

const DAY_MS: i64 = 24 * 3600 * 1000;

#[tokio::test]
async fn a_contact_warms_up_cools_down_and_says_why() {
    let test = testing::sqlite().await;
    let app = &test.app;
    let change = ContactChange {
        email: Some("kari@example.no".to_owned()),
        phone: Some("22334455".to_owned()),
        ..ContactChange::default()
    };
    let kari = contacts::create(app, &test.owner, change).await.unwrap().id;
    let now = || async { of_contact(app, &test.owner, kari, TemperatureQuery::default()).await.unwrap() };
    let cold = now().await.score.points;
    let tx = app.store.begin().await.unwrap();
    for _ in 0..3 {
        let fact = Fact::new("Offer Viewed", app.now(), &PersonKey::contact(&kari));
        facts::record(app, &tx, fact).await.unwrap();
    }
    tx.commit().await.unwrap();
    facts::relay(app).await.unwrap();
    let warm = now().await;
    assert!(warm.score.points > cold && !warm.is_cut, "{} {cold}", warm.score.points);
    let gave: Vec<(&str, u32)> =
        warm.score.parts.iter().flat_map(|part| &part.gave).map(|gave| (gave.event.as_str(), gave.times)).collect();
    assert!(gave.contains(&("Offer Viewed", 3)), "{gave:?}");
    test.clock.advance_ms(60 * DAY_MS);
    assert!(now().await.score.points < warm.score.points, "what was long ago counts less");
    let unknown = TemperatureQuery { funnel: Some(app.new_id()) };
    assert!(matches!(of_contact(app, &test.owner, kari, unknown).await, Err(AppError::NotFound("funnel"))));
}
