//! How long a page of a list takes where there are a million contacts, through the API, on each database.
//!
//! Not a check of the build: `cargo nextest run -p web lists_at_scale --run-ignored only --no-capture` prints a
//! table. `SUPPILO_CONTACTS` names another number of contacts.

use std::time::Instant;

use app::fields::{Entity, NewField};
use app::{accounts, fields, testing};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use store::ConnectionTrait as _;
use tower::ServiceExt as _;

/// Questions of each kind.
const ROUNDS: usize = 40;

/// Contacts with names, addresses, tags, owners and values of two fields, spread as they are in life.
fn fill(backend: &str, contacts: u64, owner: &str) -> String {
    let (series, id, text) = match backend {
        "sqlite" => (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {contacts}) SELECT n FROM s)"
            ),
            "unhex(printf('0190%012x7000800000000000', n))",
            "",
        ),
        _ => (
            format!("(SELECT n FROM generate_series(1, {contacts}) AS s(n)) AS t"),
            "(lpad('0190' || lpad(to_hex(n), 12, '0') || '7000800000000000', 32, '0'))::uuid",
            "::jsonb",
        ),
    };
    let owner = match backend {
        "sqlite" => format!("x'{}'", owner.replace('-', "")),
        _ => format!("'{owner}'::uuid"),
    };
    let number = |n: &str| format!("CAST({n} AS TEXT)");
    let (n, of_thousand, score) = (number("n"), number("(n * 7919) % 1000"), number("(n * 104729) % 100000"));
    let tags =
        format!("(CASE WHEN n % 100 = 0 THEN '[\"vip\"]' WHEN n % 100000 = 1 THEN '[\"rare\"]' ELSE '[]' END){text}");
    let traits = format!(
        "('{{\"score\":' || {score} || ',\"size\":\"' || (CASE WHEN n % 3 = 0 THEN 'large' ELSE 'small' END) || '\"}}'){text}"
    );
    format!(
        "INSERT INTO contacts (id, email, is_email_verified, first_name, last_name, phone, company, locale, tags, traits, \
         channel, search, source, created_at, updated_at, company_id, owner_id) \
         SELECT {id}, 'person' || {n} || '@company' || {of_thousand} || '.no', FALSE, 'Name' || {of_thousand}, \
         'Family' || {score}, '+47' || {n}, 'Company ' || {of_thousand}, 'nb', {tags}, {traits}, 'organic', \
         'name' || {of_thousand} || ' family' || {score} || ' person' || {n} || '@company' || {of_thousand} || '.no', \
         NULL, 1700000000000 + n * 1000, 1700000000000 + ((n * 7919) % 1000003) * 1000, NULL, \
         (CASE WHEN n % 10 = 0 THEN {owner} END) FROM {series}"
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "fills databases with a million contacts and prints how long lists take"]
async fn pages_of_a_million_contacts() {
    let contacts: u64 = std::env::var("SUPPILO_CONTACTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    for test in testing::all().await {
        let web = web::build(test.app.clone(), &[]);
        for (key, kind) in [("score", "number"), ("size", "choice")] {
            let mut field = json!({"entity": "contact", "key": key, "label": key, "kind": kind});
            if kind == "choice" {
                field["choices"] = json!([{"value": "small", "label": "s"}, {"value": "large", "label": "l"}]);
            }
            let field: NewField = serde_json::from_value(field).expect("a field");
            assert_eq!(field.entity, Entity::Contact);
            fields::create(&test.app, &test.owner, field).await.expect("a field");
        }
        let began = Instant::now();
        let owner = test.owner.user_id().expect("a user").uuid().to_string();
        let tx = test.app.store.begin().await.expect("a transaction");
        tx.execute_unprepared(&fill(test.name, contacts, &owner)).await.expect("contacts");
        tx.commit().await.expect("a commit");
        // What autovacuum and `PRAGMA optimize` do in the background.
        test.app.store.refresh_statistics().await.expect("statistics");
        println!("{}: {contacts} contacts in {:.0} s", test.name, began.elapsed().as_secs_f64());

        let login = accounts::log_in(&test.app, "owner@example.com", testing::PASSWORD).await.expect("a login");
        let ask = async |query: &str| -> (Value, f64) {
            let began = Instant::now();
            let request = Request::get(format!("/api/v1/contacts?{query}"))
                .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token))
                .body(Body::empty())
                .expect("a request");
            let answer = web.router.clone().oneshot(request).await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::OK, "{query}");
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
            (serde_json::from_slice(&body).expect("JSON"), began.elapsed().as_secs_f64() * 1000.0)
        };
        let filter = |condition: Value| {
            let condition = condition.to_string();
            let text = percent_encoding::utf8_percent_encode(&condition, percent_encoding::NON_ALPHANUMERIC);
            format!("filter={text}")
        };
        let kinds = [
            ("newest", String::new()),
            ("by name", "sort=name".to_owned()),
            ("by address, backwards", "sort=-email".to_owned()),
            ("last changed", "sort=-updated_at".to_owned()),
            ("by an own number", "sort=-fields.score".to_owned()),
            ("a tag of 1 in 100", filter(json!({"field": "tags", "is": "vip"}))),
            ("a tag of 1 in 100, by name", format!("sort=name&{}", filter(json!({"field": "tags", "is": "vip"})))),
            ("a tag of 1 in 100,000", filter(json!({"field": "tags", "is": "rare"}))),
            ("own ones, by name", format!("sort=name&{}", filter(json!({"field": "owner_id", "is": "me"})))),
            ("an own number in a range", filter(json!({"field": "fields.score", "at_least": 500, "below": 510}))),
            (
                "an own choice, by own number",
                format!("sort=fields.score&{}", filter(json!({"field": "fields.size", "is": "large"}))),
            ),
            (
                "one of two, nested",
                filter(json!({"any": [{"field": "tags", "is": "vip"},
                    {"all": [{"field": "fields.size", "is": "large"}, {"field": "fields.score", "above": 99_000}]}]})),
            ),
            ("an address that contains", filter(json!({"field": "email", "contains": "company77"}))),
            ("a text nobody has (reads all)", filter(json!({"field": "email", "contains": "nobody-has-this"}))),
        ];
        println!("{:<34} {:>9} {:>9} {:>9}  rows", "", "p50 ms", "p95 ms", "max ms");
        for (name, query) in kinds {
            let mut times = Vec::with_capacity(ROUNDS);
            let (mut rows, mut cursor) = (0, None::<String>);
            for _ in 0..ROUNDS {
                let page = cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
                let (answer, ms) = ask(&format!("{query}{page}")).await;
                rows = answer["items"].as_array().map_or(0, Vec::len).max(rows);
                // Page after page, and from the beginning again at the end.
                cursor = answer["next_cursor"].as_str().map(str::to_owned);
                times.push(ms);
            }
            times.sort_by(f64::total_cmp);
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
            println!("{name:<34} {:>9.1} {:>9.1} {:>9.1}  {rows}", at(0.5), at(0.95), at(1.0));
        }
    }
}
