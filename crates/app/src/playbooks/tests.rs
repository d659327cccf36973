use super::*;
use crate::contacts::{self, ContactChange};
use crate::deals::NewDeal;
use crate::permission::Role;
use crate::testing;

#[tokio::test]
async fn a_script_is_gone_through_on_a_deal_and_its_end_is_told() {
    for test in testing::all().await {
        let rep = test.actor(Role::Rep).await;
        let contact = contacts::create(&test.app, &rep, ContactChange::default()).await.unwrap().id;
        let deal = deals::create(&test.app, &rep, NewDeal::with(contact)).await.unwrap();
        let starter = starters(&rep, &"nb".parse().unwrap()).unwrap().remove(0);
        let mut request = PlaybookRequest { name: starter.name, document: starter.document, base_version: None };
        request.document.stages = vec![deal.stage.clone()];
        assert!(create(&test.app, &rep, request.clone()).await.is_err(), "reps read the book");
        let book = create(&test.app, &test.owner, request.clone()).await.unwrap();
        let mine = of_deal(&test.app, &rep, deal.id).await.unwrap();
        assert!(mine.len() == 1 && mine[0].run.is_none(), "{}", test.name);
        let walk = async |path: &[&str], checked: &[&str]| {
            let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
            let progress = PlaybookProgress { path: texts(path), checked: texts(checked) };
            go_on(&test.app, &rep, deal.id, book.id, progress).await
        };
        assert!(walk(&["need"], &[]).await.is_err(), "a script begins at its beginning");
        assert!(walk(&["open"], &["nothing"]).await.is_err());
        assert!(!walk(&["open", "need"], &["read"]).await.unwrap().is_finished);
        let steps = ["open", "need", "weight", "decide", "meeting"];
        assert!(walk(&steps, &["read", "need"]).await.unwrap().is_finished);
        // Ticking one more point is no second conversation.
        walk(&steps, &["read", "need", "next"]).await.unwrap();
        test.settle().await;
        let person = test.app.log.person(&PersonKey::contact(&contact)).unwrap();
        let told = test.app.log.timeline(person, None, 100).await.unwrap();
        let used: Vec<_> = told.iter().filter(|event| event.event.name == "Script Used").collect();
        assert_eq!(used.len(), 1);
        let props: serde_json::Value = serde_json::from_str(&used[0].event.props).unwrap();
        assert_eq!((props["end"].as_str(), props["checked"].as_u64()), (Some("meeting"), Some(2)));
        let kept = of_deal(&test.app, &rep, deal.id).await.unwrap().remove(0).run.unwrap();
        assert_eq!((kept.path.len(), kept.checked.len()), (5, 3));
        let stranger = test.actor(Role::Manager).await;
        assert!(of_deal(&test.app, &stranger, deal.id).await.is_ok());
        request.base_version = Some(7);
        assert!(matches!(update(&test.app, &test.owner, book.id, request).await, Err(AppError::Conflict { .. })));
        delete(&test.app, &test.owner, book.id).await.unwrap();
        assert!(of_deal(&test.app, &rep, deal.id).await.unwrap().is_empty());
    }
}

#[test]
fn the_starters_are_whole_in_both_languages() {
    for (code, text) in STARTERS {
        let starters: Vec<PlaybookStarter> = serde_json::from_str(text).unwrap();
        assert!(starters.len() >= 2);
        for starter in &starters {
            assert!(
                starter.document.problems().is_empty(),
                "{code} {}: {:?}",
                starter.name,
                starter.document.problems()
            );
        }
    }
    let ids = |text: &str| {
        let starters: Vec<PlaybookStarter> = serde_json::from_str(text).unwrap();
        let steps = starters.into_iter().flat_map(|starter| starter.document.steps).map(|step| step.id);
        steps.collect::<Vec<_>>()
    };
    assert_eq!(ids(STARTERS[0].1), ids(STARTERS[1].1), "the same script in both");
}
