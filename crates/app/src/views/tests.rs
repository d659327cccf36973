use serde_json::{Value, json};

use super::*;
use crate::permission::Role;
use crate::testing;

fn view(body: Value) -> NewView {
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn own_views_are_ones_own_and_shared_ones_everybodys() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let (rep, viewer) = (test.actor(Role::Rep).await, test.actor(Role::Viewer).await);
        let definition =
            json!({"q": null, "filter": {"field": "tags", "is": "vip"}, "sort": "-name", "columns": ["name", "email"]});
        let mine = create(app, &rep, view(json!({"entity": "contact", "name": " Mine ", "definition": definition})))
            .await
            .unwrap();
        assert_eq!((mine.name.as_str(), mine.is_own), ("Mine", true));
        assert_eq!(serde_json::to_value(&mine.definition).unwrap(), definition);
        let shared =
            create(app, &rep, view(json!({"entity": "contact", "name": "All", "is_shared": true}))).await.unwrap();
        let names = async |actor| {
            let list = list(app, actor, ViewQuery { entity: Entity::Contact }).await.unwrap();
            list.items.into_iter().map(|view| view.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&rep).await, ["Mine", "All"], "{}", test.name);
        assert_eq!(names(&viewer).await, ["All"]);
        let forbidden = create(app, &viewer, view(json!({"entity": "contact", "name": "x", "is_shared": true}))).await;
        assert!(matches!(forbidden, Err(AppError::Forbidden(_))));
        let change = || ViewChange { name: Some("Other".to_owned()), ..ViewChange::default() };
        assert!(matches!(update(app, &viewer, mine.id, change()).await, Err(AppError::NotFound(_))));
        assert!(matches!(update(app, &viewer, shared.id, change()).await, Err(AppError::Forbidden(_))));
        assert_eq!(update(app, owner, shared.id, change()).await.unwrap().name, "Other");
        assert!(matches!(delete(app, &viewer, shared.id).await, Err(AppError::Forbidden(_))));
        delete(app, &rep, shared.id).await.unwrap();
        assert_eq!(names(&viewer).await, Vec::<String>::new());
        let nameless = create(app, &rep, view(json!({"entity": "contact", "name": " "}))).await;
        assert!(matches!(nameless, Err(AppError::Invalid(_))));
    }
}
