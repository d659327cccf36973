//! Every operation of the API is closed to strangers, and open to exactly the roles that may have it.
//!
//! The table names who may do what. An operation that OpenAPI knows and the table does not fails the test.

use std::collections::BTreeSet;
use std::sync::Arc;

use app::permission::{Permission, Role};
use app::{accounts, keys, testing};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use store::keys::KeyKind;
use tower::ServiceExt as _;

/// Anybody: logging in is what they ask for.
const OPEN: [&str; 4] = ["GET /api/v1/session", "POST /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/setup"];

/// By a key that may write events; a session is not looked at.
const BY_KEY: [&str; 1] = ["POST /api/v1/events"];

const PAIR: &str = r#"{"left_id":"ctc_00000000000000000000000000","right_id":"ctc_00000000000000000000000000"}"#;

/// The permission of everything else, with a body whose shape is right so that the permission decides.
fn table() -> Vec<(&'static str, Permission, &'static str)> {
    use Permission::*;
    let mapping = r#"{"mapping":{"kind":"events","time_zone":"UTC","columns":[]}}"#;
    vec![
        ("GET /api/v1/company", SettingsRead, ""),
        (
            "PUT /api/v1/company",
            SettingsWrite,
            r#"{"name":"A","currency":"NOK","timezone":"UTC","locales":["en"],"base_url":""}"#,
        ),
        ("GET /api/v1/users", SettingsRead, ""),
        ("POST /api/v1/users", UsersWrite, r#"{"name":"","email":"","password":"","role":"rep","locale":"en"}"#),
        ("PATCH /api/v1/users/{id}", UsersWrite, r#"{"role":"rep"}"#),
        ("GET /api/v1/keys", SettingsWrite, ""),
        ("POST /api/v1/keys", SettingsWrite, r#"{"name":"","kind":"write"}"#),
        ("DELETE /api/v1/keys/{id}", SettingsWrite, ""),
        ("GET /api/v1/search", SettingsRead, ""),
        ("GET /api/v1/duplicates", ContactsRead, ""),
        ("POST /api/v1/duplicates/look", ContactsWrite, ""),
        ("POST /api/v1/duplicates/refuse", ContactsDelete, PAIR),
        ("POST /api/v1/duplicates/reconsider", ContactsDelete, PAIR),
        ("GET /api/v1/contacts/{id}/duplicates", ContactsRead, ""),
        ("POST /api/v1/contacts/{id}/merge", ContactsDelete, r#"{"other_id":"ctc_00000000000000000000000000"}"#),
        ("GET /api/v1/merges", ContactsRead, ""),
        ("POST /api/v1/merges/{id}/undo", ContactsDelete, ""),
        ("GET /api/v1/contacts/{id}/temperature", ContactsRead, ""),
        ("GET /api/v1/contacts", ContactsRead, ""),
        ("POST /api/v1/contacts", ContactsWrite, r#"{"email":"x"}"#),
        ("GET /api/v1/contacts/{id}", ContactsRead, ""),
        ("PATCH /api/v1/contacts/{id}", ContactsWrite, "{}"),
        ("DELETE /api/v1/contacts/{id}", ContactsDelete, ""),
        ("POST /api/v1/contacts/{id}/erase", ContactsDelete, ""),
        ("GET /api/v1/contacts/{id}/timeline", ContactsRead, ""),
        ("GET /api/v1/contacts/{id}/consents", ContactsRead, ""),
        ("GET /api/v1/contacts/{id}/vcard", ContactsRead, ""),
        ("POST /api/v1/contacts/bulk", ContactsWrite, BULK),
        ("POST /api/v1/contacts/export", ContactsRead, r#"{"columns":[],"format":"csv"}"#),
        ("GET /api/v1/companies", ContactsRead, ""),
        ("POST /api/v1/companies", ContactsWrite, "{}"),
        ("GET /api/v1/companies/{id}", ContactsRead, ""),
        ("PATCH /api/v1/companies/{id}", ContactsWrite, "{}"),
        ("DELETE /api/v1/companies/{id}", ContactsDelete, ""),
        ("GET /api/v1/companies/{id}/deals", DealsRead, ""),
        ("GET /api/v1/companies/{id}/timeline", ContactsRead, ""),
        ("POST /api/v1/companies/bulk", ContactsWrite, BULK),
        ("POST /api/v1/companies/export", ContactsRead, r#"{"columns":[],"format":"csv"}"#),
        ("GET /api/v1/fields", ContactsRead, ""),
        ("POST /api/v1/fields", SettingsWrite, r#"{"entity":"contact","key":"","label":"","kind":"text"}"#),
        ("PATCH /api/v1/fields/{id}", SettingsWrite, "{}"),
        ("PUT /api/v1/fields/order", SettingsWrite, r#"{"entity":"contact","ids":[]}"#),
        ("PUT /api/v1/fields/access", SettingsWrite, r#"{"field":"x"}"#),
        ("GET /api/v1/views", ContactsRead, ""),
        ("POST /api/v1/views", ContactsRead, r#"{"entity":"contact","name":""}"#),
        ("PATCH /api/v1/views/{id}", ContactsRead, "{}"),
        ("DELETE /api/v1/views/{id}", ContactsRead, ""),
        ("GET /api/v1/bulk-edits/{id}", ContactsRead, ""),
        ("POST /api/v1/bulk-edits/{id}/undo", ContactsWrite, ""),
        ("POST /api/v1/insights/query", InsightsRead, "{}"),
        ("POST /api/v1/insights/people", ContactsRead, r#"{"query":{},"step":0}"#),
        ("GET /api/v1/insights/catalog", InsightsRead, ""),
        ("POST /api/v1/insights/export", InsightsRead, r#"{"query":{},"format":"csv"}"#),
        ("POST /api/v1/insights/people/export", ContactsRead, r#"{"query":{},"step":0,"format":"csv"}"#),
        ("GET /api/v1/insights/saved", InsightsRead, ""),
        ("POST /api/v1/insights/saved", InsightsWrite, r#"{"name":"","query":{}}"#),
        ("GET /api/v1/insights/saved/{id}", InsightsRead, ""),
        ("PATCH /api/v1/insights/saved/{id}", InsightsWrite, "{}"),
        ("DELETE /api/v1/insights/saved/{id}", InsightsWrite, ""),
        ("GET /api/v1/dashboards", InsightsRead, ""),
        ("POST /api/v1/dashboards", InsightsWrite, r#"{"name":""}"#),
        ("GET /api/v1/dashboards/{id}", InsightsRead, ""),
        ("PATCH /api/v1/dashboards/{id}", InsightsWrite, "{}"),
        ("DELETE /api/v1/dashboards/{id}", InsightsWrite, ""),
        ("POST /api/v1/dashboards/{id}/duplicate", InsightsWrite, ""),
        ("GET /api/v1/people/{person}/timeline", ContactsRead, ""),
        ("GET /api/v1/home", InsightsRead, ""),
        ("GET /api/v1/live", InsightsRead, ""),
        ("GET /api/v1/jobs", Operate, ""),
        ("POST /api/v1/jobs/{id}/revive", Operate, ""),
        ("GET /api/v1/audit", Operate, ""),
        ("GET /api/v1/audit/export", Operate, ""),
        ("GET /api/v1/ingest/refusals", Operate, ""),
        ("GET /api/v1/pages", PagesRead, ""),
        ("POST /api/v1/pages", PagesWrite, r#"{"name":""}"#),
        ("GET /api/v1/pages/{id}", PagesRead, ""),
        ("PATCH /api/v1/pages/{id}", PagesWrite, "{}"),
        ("DELETE /api/v1/pages/{id}", PagesWrite, ""),
        ("POST /api/v1/pages/{id}/publish", PagesWrite, r#"{"locale":"en"}"#),
        ("POST /api/v1/pages/{id}/unpublish", PagesWrite, r#"{"locale":"en"}"#),
        ("POST /api/v1/pages/preview", PagesRead, r#"{"doc":{}}"#),
        ("GET /api/v1/brand", PagesRead, ""),
        ("PUT /api/v1/brand", PagesWrite, "{}"),
        ("GET /api/v1/files", PagesRead, ""),
        ("POST /api/v1/files/upload", PagesWrite, UPLOAD),
        ("DELETE /api/v1/files/{id}", PagesWrite, ""),
        ("GET /api/v1/magnets", PagesRead, ""),
        ("POST /api/v1/magnets", PagesWrite, r#"{"name":"","kind":"code","code":""}"#),
        ("PUT /api/v1/magnets/{id}", PagesWrite, r#"{"name":"","kind":"code","code":""}"#),
        ("DELETE /api/v1/magnets/{id}", PagesWrite, ""),
        ("GET /api/v1/deals", DealsRead, ""),
        ("GET /api/v1/deals/board", DealsRead, ""),
        ("POST /api/v1/deals/export", DealsRead, r#"{"format":"csv"}"#),
        ("POST /api/v1/deals", DealsWrite, r#"{"contact_id":"ctc_01jd3k5w0me9xr9q5y8t3v7n2p","title":""}"#),
        ("GET /api/v1/deals/{id}", DealsRead, ""),
        ("PATCH /api/v1/deals/{id}", DealsWrite, "{}"),
        ("POST /api/v1/deals/{id}/move", DealsWrite, r#"{"stage":"x"}"#),
        ("POST /api/v1/deals/{id}/close", DealsWrite, r#"{"outcome":"won"}"#),
        ("POST /api/v1/deals/{id}/reopen", DealsWrite, ""),
        ("GET /api/v1/deals/{id}/gates", DealsRead, ""),
        ("POST /api/v1/deals/{id}/approvals", DealsWrite, r#"{"stage":"x"}"#),
        ("POST /api/v1/deals/{id}/approvals/ask", DealsWrite, r#"{"stage":"x"}"#),
        ("GET /api/v1/deals/{id}/assignments", DealsRead, ""),
        ("POST /api/v1/deals/{id}/assignments", RoutingWrite, ""),
        ("GET /api/v1/teams", SettingsRead, ""),
        ("POST /api/v1/teams", RoutingWrite, r#"{"name":""}"#),
        ("PUT /api/v1/teams/{id}", RoutingWrite, r#"{"name":""}"#),
        ("DELETE /api/v1/teams/{id}", RoutingWrite, ""),
        ("GET /api/v1/working-hours", SettingsRead, ""),
        ("PUT /api/v1/working-hours", RoutingWrite, r#"{"time_zone":"","days":[]}"#),
        ("PUT /api/v1/working-hours/{user}", RoutingWrite, r#"{"hours":null}"#),
        ("GET /api/v1/assignment-rules", RoutingRead, ""),
        ("POST /api/v1/assignment-rules", RoutingWrite, RULE),
        ("PUT /api/v1/assignment-rules/order", RoutingWrite, r#"{"ids":[]}"#),
        ("POST /api/v1/assignment-rules/preview", RoutingRead, RULE),
        ("PUT /api/v1/assignment-rules/{id}", RoutingWrite, RULE),
        ("DELETE /api/v1/assignment-rules/{id}", RoutingWrite, ""),
        ("GET /api/v1/team-report", InsightsRead, ""),
        ("GET /api/v1/team-report/export", InsightsRead, ""),
        ("GET /api/v1/targets", InsightsRead, ""),
        ("POST /api/v1/targets", TargetsWrite, TARGET),
        ("GET /api/v1/targets/clusters", InsightsRead, ""),
        ("PUT /api/v1/targets/{id}", TargetsWrite, TARGET),
        ("DELETE /api/v1/targets/{id}", TargetsWrite, ""),
        ("GET /api/v1/funnels", FunnelsRead, ""),
        ("POST /api/v1/funnels", FunnelsWrite, FUNNEL),
        ("GET /api/v1/funnels/{id}", FunnelsRead, ""),
        ("PUT /api/v1/funnels/{id}", FunnelsWrite, FUNNEL_CHANGE),
        ("GET /api/v1/funnels/{id}/versions", FunnelsRead, ""),
        ("GET /api/v1/funnels/{id}/findings", FunnelsRead, ""),
        ("GET /api/v1/funnels/findings", FunnelsRead, ""),
        ("GET /api/v1/funnels/schema", FunnelsRead, ""),
        ("POST /api/v1/funnels/check", FunnelsRead, "{}"),
        ("GET /api/v1/funnel-templates", FunnelsRead, ""),
        ("GET /api/v1/funnel-templates/{id}", FunnelsRead, ""),
        ("POST /api/v1/funnel-templates/suggest", FunnelsRead, r#"{"goal":"leads","business":"b2b"}"#),
        ("GET /api/v1/funnel-drafts", FunnelsRead, ""),
        ("POST /api/v1/funnel-drafts", FunnelsWrite, r#"{"slug":""}"#),
        ("GET /api/v1/funnels/{id}/draft", FunnelsRead, ""),
        ("PUT /api/v1/funnels/{id}/draft", FunnelsWrite, r#"{"revision":0}"#),
        ("DELETE /api/v1/funnels/{id}/draft", FunnelsWrite, ""),
        ("POST /api/v1/funnels/{id}/draft/publish", FunnelsWrite, r#"{"revision":0}"#),
        ("GET /api/v1/funnels/{id}/diff", FunnelsRead, ""),
        ("POST /api/v1/funnels/{id}/revert", FunnelsWrite, r#"{"version":1}"#),
        ("GET /api/v1/funnels/{id}/yaml", FunnelsRead, ""),
        ("GET /api/v1/activities", ActivitiesRead, ""),
        ("POST /api/v1/activities", ActivitiesWrite, r#"{"kind":"note","content":{}}"#),
        ("POST /api/v1/activities/upload", ActivitiesWrite, UPLOAD),
        ("POST /api/v1/emails", ActivitiesWrite, r#"{"subject":"","text":""}"#),
        ("POST /api/v1/emails/{id}/retry", ActivitiesWrite, ""),
        ("POST /api/v1/emails/incoming", EmailsDeliver, "no mail"),
        ("GET /api/v1/activities/settings", ActivitiesRead, ""),
        ("PUT /api/v1/activities/settings", PlaybooksWrite, r#"{"quiet_days":0}"#),
        ("GET /api/v1/activities/{id}", ActivitiesRead, ""),
        ("PATCH /api/v1/activities/{id}", ActivitiesWrite, r#"{"content":{}}"#),
        ("DELETE /api/v1/activities/{id}", ActivitiesWrite, ""),
        ("POST /api/v1/activities/{id}/complete", ActivitiesWrite, "{}"),
        ("POST /api/v1/activities/{id}/reopen", ActivitiesWrite, ""),
        ("POST /api/v1/activities/{id}/restore", ActivitiesWrite, ""),
        ("GET /api/v1/activities/{id}/file", ActivitiesRead, ""),
        ("GET /api/v1/timeline", ActivitiesRead, ""),
        ("GET /api/v1/today", ActivitiesRead, ""),
        ("GET /api/v1/today/counts", ActivitiesRead, ""),
        ("GET /api/v1/notifications", ActivitiesRead, ""),
        ("POST /api/v1/notifications/read", ActivitiesRead, "{}"),
        ("GET /api/v1/segments", ContactsRead, ""),
        ("POST /api/v1/segments", SegmentsWrite, r#"{"name":""}"#),
        ("POST /api/v1/segments/preview", ContactsRead, r#"{"rule":{"all":[]}}"#),
        ("POST /api/v1/segments/from-people", SegmentsWrite, r#"{"name":"","people":{"query":{}}}"#),
        ("GET /api/v1/segments/{id}", ContactsRead, ""),
        ("PUT /api/v1/segments/{id}", SegmentsWrite, r#"{"name":""}"#),
        ("DELETE /api/v1/segments/{id}", SegmentsWrite, ""),
        ("POST /api/v1/segments/{id}/people", SegmentsWrite, "{}"),
        ("GET /api/v1/segments/{id}/contacts/{contact}", ContactsRead, ""),
        ("GET /api/v1/contacts/{id}/segments", ContactsRead, ""),
        ("GET /api/v1/playbooks", PlaybooksRead, ""),
        ("POST /api/v1/playbooks", PlaybooksWrite, r#"{"name":"","document":{}}"#),
        ("GET /api/v1/playbooks/starters", PlaybooksRead, ""),
        ("GET /api/v1/playbooks/{id}", PlaybooksRead, ""),
        ("PUT /api/v1/playbooks/{id}", PlaybooksWrite, r#"{"name":"","document":{}}"#),
        ("DELETE /api/v1/playbooks/{id}", PlaybooksWrite, ""),
        ("GET /api/v1/deals/{id}/playbooks", PlaybooksRead, ""),
        ("PUT /api/v1/deals/{id}/playbooks/{playbook}", DealsWrite, "{}"),
        ("GET /api/v1/offers", OffersRead, ""),
        ("POST /api/v1/offers", OffersWrite, OFFER),
        ("GET /api/v1/offers/{id}", OffersRead, ""),
        ("PUT /api/v1/offers/{id}", OffersWrite, OFFER),
        ("DELETE /api/v1/offers/{id}", OffersWrite, ""),
        ("GET /api/v1/orders", OrdersRead, ""),
        ("GET /api/v1/orders/{id}", OrdersRead, ""),
        ("POST /api/v1/orders/{id}/status", OrdersWrite, r#"{"status":"paid"}"#),
        ("GET /api/v1/spend", SpendRead, ""),
        ("PUT /api/v1/spend", SpendWrite, SPEND),
        ("POST /api/v1/spend", SpendWrite, r#"{"items":[]}"#),
        ("DELETE /api/v1/spend/{id}", SpendWrite, ""),
        ("POST /api/v1/spend/report", SpendRead, r#"{"query":{}}"#),
        ("GET /api/v1/messages", MessagesRead, ""),
        ("POST /api/v1/messages", MessagesWrite, r#"{"contact":"ctc_01jd3k5w0me9xr9q5y8t3v7n2p","template":"x"}"#),
        ("GET /api/v1/messages/{id}", MessagesRead, ""),
        ("POST /api/v1/messages/{id}/retry", MessagesWrite, ""),
        ("GET /api/v1/templates", MessagesRead, ""),
        ("GET /api/v1/templates/{name}/{locale}", MessagesRead, ""),
        ("PUT /api/v1/templates/{name}/{locale}", MessagesWrite, r#"{"subject":"","preheader":"","mjml":""}"#),
        ("DELETE /api/v1/templates/{name}/{locale}", MessagesWrite, ""),
        ("POST /api/v1/templates/{name}/{locale}/preview", MessagesRead, "{}"),
        ("POST /api/v1/templates/{name}/{locale}/test", MessagesWrite, r#"{"to":"x"}"#),
        ("GET /api/v1/mail-settings", SettingsRead, ""),
        ("PUT /api/v1/mail-settings", SettingsWrite, MAIL),
        ("POST /api/v1/mail-settings/test", SettingsWrite, r#"{"to":"x"}"#),
        ("GET /api/v1/mail-settings/incoming", SettingsRead, ""),
        ("PUT /api/v1/mail-settings/incoming", SettingsWrite, "{}"),
        ("POST /api/v1/mail-settings/incoming/test", SettingsWrite, ""),
        ("GET /api/v1/imports", ImportsWrite, ""),
        ("POST /api/v1/imports/upload", ImportsWrite, UPLOAD),
        ("GET /api/v1/imports/{id}", ImportsWrite, ""),
        ("DELETE /api/v1/imports/{id}", ImportsWrite, ""),
        ("POST /api/v1/imports/{id}/preview", ImportsWrite, "{}"),
        ("POST /api/v1/imports/{id}/start", ImportsWrite, mapping),
        ("POST /api/v1/imports/{id}/cancel", ImportsWrite, ""),
        ("POST /api/v1/imports/{id}/undo", ImportsWrite, ""),
        ("GET /api/v1/imports/{id}/refused", ImportsWrite, ""),
        ("GET /api/v1/imports/{id}/refused.csv", ImportsWrite, ""),
    ]
}

const BULK: &str = r#"{"ids":[],"action":{"add_tags":["x"]}}"#;
const FUNNEL: &str = r#"{"id":"x","title":"x","currency":"NOK","timezone":"UTC","locales":["en"],"stages":[]}"#;
const FUNNEL_CHANGE: &str =
    r#"{"document":{"id":"x","title":"x","currency":"NOK","timezone":"UTC","locales":["en"],"stages":[]}}"#;
const RULE: &str = r#"{"rule":{"name":"","is_active":true,"choose_by":"turns"}}"#;
const TARGET: &str = r#"{"target":{"period":"month","unit":"calls","amount":0}}"#;
const OFFER: &str = r#"{"document":{"slug":"x","name":"x","price":{"minor":1,"currency":"NOK"}}}"#;
const SPEND: &str = r#"{"day":"","channel":"","amount":{"minor":1,"currency":"NOK"}}"#;
const MAIL: &str = r#"{"from_name":"","from_email":"","reply_to":"","host":"","port":25,"security":"none",
    "username":"","lead_notice_to":[]}"#;

/// A form without the part that is asked for.
const UPLOAD: &str = "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n1\r\n--x--\r\n";

/// Operations as `METHOD /path`.
fn known_to_openapi() -> BTreeSet<String> {
    let document = web::api::openapi();
    let mut operations = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    operations
}

fn filled(path: &str) -> String {
    let noun = path.split('/').nth(3).unwrap_or_default();
    let prefix = match noun {
        "users" => "usr",
        "keys" => "key",
        "contacts" => "ctc",
        "companies" => "cmp",
        "fields" => "fld",
        "views" => "viw",
        "bulk-edits" => "blk",
        "jobs" => "job",
        "pages" => "pag",
        "files" => "fil",
        "magnets" => "mag",
        "imports" => "imp",
        "deals" => "dea",
        "activities" | "emails" => "act",
        "playbooks" => "plb",
        "segments" => "seg",
        "offers" => "off",
        "orders" => "ord",
        "messages" => "msg",
        "spend" => "spd",
        "funnels" => "fun",
        "insights" => "ins",
        "dashboards" => "dsh",
        "merges" => "mrg",
        "teams" => "tea",
        "assignment-rules" => "asr",
        "targets" => "tgt",
        _ => "xxx",
    };
    path.replace("{id}", &format!("{prefix}_01jd3k5w0me9xr9q5y8t3v7n2p"))
        .replace("{playbook}", "plb_01jd3k5w0me9xr9q5y8t3v7n2p")
        .replace("{user}", "usr_01jd3k5w0me9xr9q5y8t3v7n2p")
        .replace("{person}", "0")
        .replace("{name}", "lead_magnet")
        .replace("{locale}", "en")
}

fn request(operation: &str, body: &str) -> axum::http::request::Builder {
    let (method, path) = operation.split_once(' ').expect("METHOD /path");
    let kind = if body.starts_with("--x") { "multipart/form-data; boundary=x" } else { "application/json" };
    Request::builder().method(method).uri(filled(path)).header(header::CONTENT_TYPE, kind)
}

#[tokio::test]
async fn every_operation_asks_for_its_permission() {
    let test = testing::sqlite().await;
    let web = web::build(test.app.clone(), &[]);
    let table = table();
    let mut named: BTreeSet<String> = table.iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    named.extend(OPEN.map(str::to_owned));
    named.extend(BY_KEY.map(str::to_owned));
    let known = known_to_openapi();
    assert_eq!(known.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new(), "add these to the table");
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "OpenAPI does not know these");

    let mut logins = Vec::new();
    for role in Role::ALL {
        if role != Role::Owner {
            test.actor(role).await;
        }
        let email = format!("{}@example.com", role.as_str());
        let login = accounts::log_in(&test.app, &email, testing::PASSWORD).await.expect("a login");
        logins.push((role, Arc::new(login)));
    }
    for (operation, permission, body) in &table {
        let nobody = request(operation, body).body(Body::from(*body)).expect("a request");
        let answer = web.router.clone().oneshot(nobody).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{operation} without a login");
        for (role, login) in &logins {
            let request = request(operation, body)
                .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token))
                .header("x-csrf-token", &login.csrf_token)
                .body(Body::from(*body))
                .expect("a request");
            let status = web.router.clone().oneshot(request).await.expect("an answer").status();
            let is_allowed = status != StatusCode::FORBIDDEN && status != StatusCode::UNAUTHORIZED;
            assert_eq!(is_allowed, permission.is_of(*role), "{operation} as {}: {status}", role.as_str());
        }
    }
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let test = testing::sqlite().await;
    let web = web::build(test.app.clone(), &[]);
    let login = accounts::log_in(&test.app, "owner@example.com", testing::PASSWORD).await.expect("a login");
    for token in [None, Some("wrong"), Some("")] {
        let mut request = request("POST /api/v1/contacts", "{}")
            .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token));
        if let Some(token) = token {
            request = request.header("x-csrf-token", token);
        }
        let answer =
            web.router.clone().oneshot(request.body(Body::from("{}")).expect("a request")).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{token:?}");
    }
}

#[tokio::test]
async fn events_come_in_with_a_key_and_never_with_a_session() {
    let test = testing::sqlite().await;
    let web = web::build(test.app.clone(), &[]);
    let login = accounts::log_in(&test.app, "owner@example.com", testing::PASSWORD).await.expect("a login");
    let body = r#"{"events":[{"event":"Page Viewed","anonymous_id":1}]}"#;
    let key = async |kind, role| keys::create(&test.app, &test.owner, "test", kind, role).await.expect("a key").token;
    let cases = [
        (None, StatusCode::UNAUTHORIZED),
        (Some("wk_wrong".to_owned()), StatusCode::UNAUTHORIZED),
        (Some(key(KeyKind::Write, Role::Viewer).await), StatusCode::OK),
        (Some(key(KeyKind::Secret, Role::Admin).await), StatusCode::OK),
        (Some(key(KeyKind::Secret, Role::Viewer).await), StatusCode::UNAUTHORIZED),
    ];
    for (key, expected) in cases {
        let mut request = request(BY_KEY[0], body)
            .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token))
            .header("x-csrf-token", &login.csrf_token);
        if let Some(key) = &key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request.body(Body::from(body)).expect("a request");
        let answer = web.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), expected, "{key:?}");
    }
}
