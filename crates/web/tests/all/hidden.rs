//! What is hidden from a role is in no answer of the API, wherever else it is written down.

use std::collections::BTreeSet;

use app::orders::{self, OfferOrder};
use app::permission::Role;
use app::testing::{self, TestApp};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Api, text};

/// What a viewer may not see of a contact, in the words of fields: none of them stands anywhere else.
const SECRETS: [(&str, &str); 7] = [
    ("first_name", "Zorblina"),
    ("last_name", "Quaxberg"),
    ("email", "hush.hush@secretplace.example"),
    ("phone", "98765432"),
    ("company", "Murmurworks"),
    ("channel", "whisperchannel"),
    ("fields.illness", "Glumpitis"),
];
/// What a viewer may not see of a deal.
const MARGIN: i64 = 7_391_846_205;

async fn made(api: &Api, path: &str, body: Value) -> Value {
    let (status, answer) = api.post(path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

/// A contact of whom everything is known, and everything that hangs on them.
async fn world(test: &TestApp, api: &Api) -> Value {
    made(api, "/fields", json!({"entity": "contact", "key": "illness", "label": {"en": "Illness"}, "kind": "text"}))
        .await;
    made(api, "/fields", json!({"entity": "deal", "key": "margin", "label": {"en": "Margin"}, "kind": "number"})).await;
    let person = json!({"first_name": "Zorblina", "last_name": "Quaxberg", "email": "hush.hush@secretplace.example",
        "phone": "+4798765432", "company": "Murmurworks", "traits": {"illness": "Glumpitis"}});
    let contact = made(api, "/contacts", person).await;
    // Found as a duplicate by name and phone.
    let twin = json!({"first_name": "Zorblina", "last_name": "Quaxberg", "phone": "98 76 54 32"});
    made(api, "/contacts", twin).await;
    let deal = json!({"contact_id": contact["id"], "title": "Braces", "fields": {"margin": MARGIN}});
    let deal = made(api, "/deals", deal).await;
    let note = json!({"kind": "note", "contact_id": contact["id"], "content": {"body": "Hello"}});
    made(api, "/activities", note).await;
    let call = json!({"kind": "call", "deal_id": deal["id"], "content": {"outcome": "reached"}});
    made(api, "/activities", call).await;
    let mail = json!({"deal_id": deal["id"], "subject": "Welcome", "text": "Come in."});
    made(api, "/emails", mail).await;
    let offer = json!({"is_published": true, "document": {"slug": "kit", "name": {"en": "Kit"},
        "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500}});
    made(api, "/offers", offer).await;
    let order = OfferOrder {
        offer: "kit".to_owned(),
        quantity: 1,
        buyer: serde_json::from_value(json!({"name": "Zorblina Quaxberg", "email": "hush.hush@secretplace.example",
            "phone": "+4798765432", "company": "Murmurworks"}))
        .unwrap(),
        locale: "nb".parse().unwrap(),
        consents: Vec::new(),
        channel: "whisperchannel".to_owned(),
        origin: "/o/kit".to_owned(),
        visitor: None,
        form_token: None,
    };
    orders::place(&test.app, order).await.unwrap();
    test.settle().await;
    made(api, "/duplicates/look", Value::Null).await;
    test.settle().await;
    contact
}

async fn hide(api: &Api, entity: &str, field: &str) {
    let access = json!({"field": field, "hidden_from": ["viewer"]});
    let (status, answer) = api.send(Method::PUT, &format!("/fields/access?entity={entity}"), Some(access)).await;
    assert_eq!(status, StatusCode::OK, "{entity} {field}: {answer}");
}

/// Every id in an answer, with what it is of.
fn ids(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() < 40 && text.as_bytes().get(3) == Some(&b'_') => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| ids(item, into)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| match (name.as_str(), field.as_u64()) {
            ("person", Some(person)) => drop(into.insert(format!("person {person}"))),
            _ => ids(field, into),
        }),
        _ => {}
    }
}

/// The addresses that an operation has with what is known.
fn addresses(template: &str, known: &BTreeSet<String>) -> Vec<String> {
    let path = template.trim_start_matches("/api/v1");
    match path {
        "/timeline" => {
            return of_prefixes(known, &["ctc_", "dea_"], |id| {
                let noun = if id.starts_with("ctc_") { "contact" } else { "deal" };
                format!("/timeline?{noun}={id}")
            });
        }
        "/search" => return SECRETS.iter().map(|(_, secret)| format!("/search?q={secret}")).collect(),
        // Their words are the texts of the program.
        "/templates/{name}/{locale}" | "/funnel-templates/{id}" => return Vec::new(),
        // A stream that does not end.
        "/live" => return Vec::new(),
        _ => {}
    }
    match path.split_once('{') {
        None => vec![path.to_owned()],
        Some((before, rest)) => {
            let after = &rest[rest.find('}').unwrap() + 1..];
            let prefix = match before {
                "/contacts/" => "ctc_",
                "/deals/" => "dea_",
                "/orders/" => "ord_",
                "/messages/" => "msg_",
                "/activities/" => "act_",
                "/companies/" => "cmp_",
                "/people/" => "person ",
                "/offers/" => "off_",
                "/funnels/" => "fun_",
                _ => return Vec::new(),
            };
            of_prefixes(known, &[prefix], |id| format!("{before}{}{after}", id.trim_start_matches("person ")))
        }
    }
}

fn of_prefixes(known: &BTreeSet<String>, prefixes: &[&str], address: impl Fn(&str) -> String) -> Vec<String> {
    known.iter().filter(|id| prefixes.iter().any(|prefix| id.starts_with(prefix))).map(|id| address(id)).collect()
}

async fn said(api: &Api, method: Method, path: &str, body: Option<Value>) -> (StatusCode, String) {
    let (status, bytes) = api.raw(method, path, body).await;
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

fn funnel() -> Value {
    json!({"insight": "funnel", "steps": [{"event": "Lead Captured"}], "count": "people",
        "from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"})
}

/// What is asked besides every GET.
fn questions() -> Vec<(&'static str, Value)> {
    let every = ["name", "email", "phone", "company", "channel", "tags", "fields.illness"];
    vec![
        ("/insights/people", json!({"query": funnel(), "step": 0})),
        ("/insights/people/export", json!({"query": funnel(), "step": 0, "format": "csv"})),
        ("/contacts/export", json!({"columns": every, "format": "csv"})),
        ("/contacts/export", json!({"columns": [], "format": "csv"})),
    ]
}

/// Questions whose answers would be what is hidden.
fn refused() -> Vec<(&'static str, Value)> {
    let by_channel = |mut query: Value| {
        query["breakdown"] = json!({"prop": "channel"});
        query
    };
    let mut with_filter = funnel();
    with_filter["steps"][0]["where"] = json!({"Email": "hush.hush@secretplace.example"});
    vec![
        ("/insights/query", by_channel(funnel())),
        ("/insights/query", with_filter.clone()),
        ("/insights/people", json!({"query": with_filter, "step": 0})),
        ("/insights/export", json!({"query": by_channel(funnel()), "format": "csv"})),
        ("/insights/people/export", json!({"query": by_channel(funnel()), "step": 0, "format": "csv"})),
    ]
}

#[tokio::test]
async fn what_is_hidden_is_in_no_answer() {
    let test = testing::sqlite().await;
    let owner = Api::of(&test, Role::Admin).await;
    let viewer = Api::of(&test, Role::Viewer).await;
    let contact = world(&test, &owner).await;
    let document = web::api::openapi();
    let gets = || {
        let paths = document["paths"].as_object().unwrap().iter();
        paths.filter(|(_, methods)| methods.get("get").is_some()).map(|(path, _)| path.as_str())
    };
    // What can be found is found as the owner, who sees it all: the test would else look where nothing is.
    let mut known = BTreeSet::from([text(&contact["id"]).to_owned()]);
    let mut told = BTreeSet::new();
    for round in 0..2 {
        for template in gets() {
            for path in addresses(template, &known.clone()) {
                let (status, body) = said(&owner, Method::GET, &path, None).await;
                ids(&serde_json::from_str(&body).unwrap_or(Value::Null), &mut known);
                let says = |secret: &str| body.contains(secret);
                if round == 1 && status.is_success() && SECRETS.iter().any(|(_, secret)| says(secret)) {
                    told.insert(template.to_owned());
                }
            }
        }
    }
    for noun in [
        "/contacts",
        "/orders/{id}",
        "/deals/{id}",
        "/messages",
        "/timeline",
        "/duplicates",
        "/people/{person}/timeline",
    ] {
        assert!(told.contains(&format!("/api/v1{noun}")), "{noun} says nothing that could be hidden: {told:?}");
    }

    for (field, _) in SECRETS {
        hide(&owner, "contact", field).await;
    }
    hide(&owner, "deal", "fields.margin").await;
    let mut leaks = BTreeSet::new();
    let mut look = |path: &str, body: &str| {
        for (field, secret) in SECRETS {
            // What was asked for may be repeated.
            if body.to_lowercase().contains(&secret.to_lowercase()) && !path.contains(secret) {
                let at = body.to_lowercase().find(&secret.to_lowercase()).unwrap_or(0);
                leaks.insert(format!("{path} tells {field}: …{}", &body[at.saturating_sub(80)..at]));
            }
        }
        if body.contains(&MARGIN.to_string()) {
            leaks.insert(format!("{path} tells the margin"));
        }
    };
    for template in gets() {
        for path in addresses(template, &known) {
            let (_, body) = said(&viewer, Method::GET, &path, None).await;
            look(&path, &body);
        }
    }
    for (path, body) in questions() {
        let (_, body) = said(&viewer, Method::POST, path, Some(body)).await;
        look(path, &body);
    }
    assert_eq!(leaks, BTreeSet::new(), "{} answers", told.len());
    for (path, body) in refused() {
        let (status, answer) = viewer.post(path, body).await;
        assert_eq!(
            (status, &answer["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("hidden")),
            "{path}: {answer}"
        );
    }
}

/// Nor can it be found out by asking for what has it.
#[tokio::test]
async fn nobody_finds_by_what_is_hidden_from_them() {
    let test = testing::sqlite().await;
    let owner = Api::of(&test, Role::Admin).await;
    let viewer = Api::of(&test, Role::Viewer).await;
    world(&test, &owner).await;
    let lists = ["/contacts", "/orders", "/messages", "/deals"];
    for (field, _) in SECRETS {
        hide(&owner, "contact", field).await;
    }
    for list in lists {
        for (field, secret) in SECRETS {
            let (status, answer) = viewer.send(Method::GET, &format!("{list}?q={secret}"), None).await;
            let found = answer["items"].as_array().map_or(0, Vec::len);
            assert!(status.is_client_error() || found == 0, "{list} by {field}: {answer}");
        }
    }
    let filter =
        r#"{"all":[{"field":"email","contains":"hush"}]}"#.replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
    let (status, answer) = viewer.send(Method::GET, &format!("/contacts?filter={filter}"), None).await;
    assert!(status.is_client_error(), "{answer}");
}

/// Who sends a mail is told no more of its receiver than who reads it.
#[tokio::test]
async fn the_answer_to_a_mail_sent_hides_its_receiver() {
    let test = testing::sqlite().await;
    let owner = Api::of(&test, Role::Admin).await;
    let marketer = Api::of(&test, Role::Marketer).await;
    let contact = world(&test, &owner).await;
    let words = json!({"subject": "For {{ contact.first_name }}", "text": "Hi {{ contact.first_name }} {{ link.unsubscribe }}",
        "mjml": "<mjml><mj-body><mj-section><mj-column><mj-text><a href=\"{{ link.unsubscribe }}\">Leave</a></mj-text>\
                 </mj-column></mj-section></mj-body></mjml>"});
    let (status, answer) = owner.send(Method::PUT, "/templates/spring/nb", Some(words)).await;
    assert!(status.is_success(), "{answer}");
    let mail = json!({"contact": contact["id"], "template": "spring"});
    let (_, answer) = said(&marketer, Method::POST, "/messages", Some(mail.clone())).await;
    assert!(answer.contains("Zorblina") && answer.contains("hush.hush@"), "{answer}");
    for field in ["first_name", "email"] {
        let access = json!({"field": field, "hidden_from": ["marketer"]});
        let (status, answer) = owner.send(Method::PUT, "/fields/access?entity=contact", Some(access)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let (status, answer) = said(&marketer, Method::POST, "/messages", Some(mail)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    assert!(!answer.contains("Zorblina") && !answer.contains("hush.hush@"), "{answer}");
}
