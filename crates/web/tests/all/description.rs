//! What the API answers is what OpenAPI says: every answer of a walk through the nouns is held against its schema,
//! and no field may be there that the schema does not name.

use app::testing::{self, TestApp};
use app::{accounts, orders};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

struct Walk {
    router: Router,
    login: accounts::Login,
    document: Value,
    /// What has a default may be absent from a request, and is always there in an answer.
    is_answer: std::cell::Cell<bool>,
    seen: std::cell::RefCell<std::collections::BTreeSet<String>>,
}

impl Walk {
    async fn of(test: &TestApp) -> Self {
        let login = accounts::log_in(&test.app, "owner@example.com", testing::PASSWORD).await.unwrap();
        let router = web::build(test.app.clone(), &[]).router;
        Self {
            router,
            login,
            document: web::api::openapi(),
            is_answer: std::cell::Cell::new(true),
            seen: std::cell::RefCell::default(),
        }
    }

    /// Send a request to an operation, and hold the answer against what is said of it. `fill` takes the place of
    /// what stands in braces.
    async fn call(&self, operation: &str, fill: &[&str], body: Value) -> Value {
        let (method, path) = operation.split_once(' ').unwrap();
        let (template, query) = path.split_once('?').map_or((path, String::new()), |(path, q)| (path, format!("?{q}")));
        let mut filled = template.to_owned();
        for value in fill {
            let (start, end) = (filled.find('{').unwrap(), filled.find('}').unwrap());
            filled.replace_range(start..=end, value);
        }
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{filled}{query}"))
            .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, self.login.token))
            .header("x-csrf-token", &self.login.csrf_token)
            .header(header::CONTENT_TYPE, "application/json");
        let sent = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(operation, template, request.body(sent).unwrap(), &body).await
    }

    /// Send a file as a form.
    async fn upload(&self, template: &str, name: &str, content: &str) -> Value {
        let form = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--x--\r\n"
        );
        let request = Request::post(format!("/api/v1{template}"))
            .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, self.login.token))
            .header("x-csrf-token", &self.login.csrf_token)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let request = request.body(Body::from(form)).unwrap();
        self.send(&format!("POST {template}"), template, request, &Value::Null).await
    }

    async fn send(&self, operation: &str, template: &str, request: Request<Body>, body: &Value) -> Value {
        let method = request.method().as_str().to_owned();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16().to_string();
        let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let place = format!("{operation} {status}");
        let described = &self.document["paths"][format!("/api/v1{template}")][method.to_lowercase()];
        assert!(described.is_object(), "{operation} is not described");
        if method != "GET" && status.starts_with('2') && body.is_object() {
            let schema = &described["requestBody"]["content"]["application/json"]["schema"];
            self.hold(&format!("{operation} request"), schema, body, false);
        }
        let response = &described["responses"][status.as_str()];
        assert!(response.is_object(), "{place} is not described: {answer}");
        if let Some(kind) = kind.filter(|kind| kind.contains("json")) {
            let schema = &response["content"][kind.as_str()]["schema"];
            assert!(schema.is_object(), "{place}: no schema for {kind}");
            self.hold(&place, schema, &answer, true);
        }
        self.seen.borrow_mut().insert(format!("{method} {template}"));
        answer
    }

    async fn get(&self, path: &str, fill: &[&str]) -> Value {
        self.call(&format!("GET {path}"), fill, Value::Null).await
    }

    fn hold(&self, place: &str, schema: &Value, value: &Value, is_answer: bool) {
        self.is_answer.set(is_answer);
        if let Err(reason) = self.fits(schema, value) {
            panic!("{place}: {reason}\n{value:#}");
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        self.resolve(self.document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere")))
    }

    /// The properties of an object's schema with those of its parts.
    fn properties<'a>(&'a self, schema: &'a Value) -> Map<String, Value> {
        let schema = self.resolve(schema);
        let mut all = schema["properties"].as_object().cloned().unwrap_or_default();
        for part in ["allOf", "oneOf"].iter().flat_map(|key| schema[*key].as_array().into_iter().flatten()) {
            all.extend(self.properties(part));
        }
        all
    }

    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        self.fits_as(schema, value, false)
    }

    /// `is_part`: the fields of other parts stand beside those of this schema.
    fn fits_as(&self, schema: &Value, value: &Value, is_part: bool) -> Result<(), String> {
        let schema = self.resolve(schema);
        for key in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[key].as_array() {
                let reasons: Vec<_> =
                    choices.iter().filter_map(|choice| self.fits_as(choice, value, is_part).err()).collect();
                if reasons.len() == choices.len() {
                    return Err(format!("fits none of: {}", reasons.join("; ")));
                }
            }
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.fits_as(part, value, true)?;
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|kind| is_of(kind, value)) {
            return Err(format!("{value} is no {types:?}"));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            return Err(format!("{value} is none of {words:?}"));
        }
        if let Some(object) = value.as_object() {
            self.fits_object(schema, object, is_part)?;
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let items = schema["prefixItems"].get(index).unwrap_or(&schema["items"]);
            self.fits(items, item).map_err(|reason| format!("[{index}]{reason}"))?;
        }
        Ok(())
    }

    fn fits_object(&self, schema: &Value, object: &Map<String, Value>, is_part: bool) -> Result<(), String> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(absent) = required.into_iter().find(|name| !object.contains_key(*name)) {
            return Err(format!(".{absent} is absent"));
        }
        let own = schema["properties"].as_object();
        for (name, field) in own.into_iter().flatten().filter(|_| self.is_answer.get()) {
            if field.get("default").is_some() && !object.contains_key(name) {
                return Err(format!(".{name} has a default and is absent"));
            }
        }
        for (name, field) in object {
            match own.and_then(|own| own.get(name)) {
                Some(schema) => self.fits(schema, field).map_err(|reason| format!(".{name}{reason}"))?,
                None if schema["additionalProperties"].is_object() => {
                    self.fits(&schema["additionalProperties"], field).map_err(|reason| format!(".{name}{reason}"))?;
                }
                None if schema["additionalProperties"] == false => return Err(format!(".{name} is not described")),
                None => {}
            }
        }
        // An object of fixed fields has no others; what is free has no properties at all.
        let all = self.properties(schema);
        let is_free = all.is_empty() || schema["additionalProperties"].is_object();
        match object.keys().find(|name| !is_part && !is_free && !all.contains_key(*name)) {
            Some(name) => Err(format!(".{name} is not described")),
            None => Ok(()),
        }
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("{value} has no id")).to_owned()
}

#[tokio::test]
async fn people_deals_and_orders() {
    let test = testing::sqlite().await;
    let walk = Walk::of(&test).await;
    let body = json!({"first_name": "Kari", "last_name": "Moe", "email": "kari@example.no", "tags": ["a"],
        "traits": {"size": 3}});
    let contact = id(&walk.call("POST /contacts", &[], body).await);
    walk.call("POST /contacts", &[], json!({"email": "x"})).await;
    walk.call("PATCH /contacts/{id}", &[&contact], json!({"phone": "+4712345678"})).await;
    test.settle().await;
    walk.get("/contacts?q=kari&limit=1", &[]).await;
    walk.get("/contacts/{id}", &[&contact]).await;
    walk.get("/contacts/{id}", &["ctc_01jd3k5w0me9xr9q5y8t3v7n2p"]).await;
    walk.get("/contacts/{id}/timeline", &[&contact]).await;
    walk.get("/contacts/{id}/consents", &[&contact]).await;
    let deal = json!({"contact_id": contact, "title": "Braces", "value": {"minor": 1000, "currency": "NOK"}});
    let deal = id(&walk.call("POST /deals", &[], deal).await);
    walk.call("PATCH /deals/{id}", &[&deal], json!({"title": "Crown", "owner_id": "me"})).await;
    walk.call("POST /deals/{id}/move", &[&deal], json!({"stage": "decision"})).await;
    walk.call("POST /deals/{id}/close", &[&deal], json!({"outcome": "lost", "reason": "price"})).await;
    walk.get("/deals/{id}", &[&deal]).await;
    walk.call("POST /deals/{id}/reopen", &[&deal], Value::Null).await;
    walk.get("/deals?status=open&sort=dearest", &[]).await;
    walk.get("/deals/board", &[]).await;
    let offer = json!({"is_published": true, "document": {"slug": "kit", "name": {"en": "Kit"},
        "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500}});
    let offer_id = id(&walk.call("POST /offers", &[], offer.clone()).await);
    walk.call("PUT /offers/{id}", &[&offer_id], offer).await;
    walk.get("/offers", &[]).await;
    walk.get("/offers/{id}", &[&offer_id]).await;
    let order = orders::OfferOrder {
        offer: "kit".to_owned(),
        quantity: 2,
        buyer: serde_json::from_value(json!({"name": "Ola", "email": "ola@example.no"})).unwrap(),
        locale: "nb".parse().unwrap(),
        consents: Vec::new(),
        channel: String::new(),
        origin: "/o/kit".to_owned(),
        visitor: None,
        form_token: None,
    };
    orders::place(&test.app, order).await.unwrap();
    test.settle().await;
    let listed = walk.get("/orders", &[]).await;
    let order = id(&listed["items"][0]);
    walk.get("/orders/{id}", &[&order]).await;
    walk.call("POST /orders/{id}/status", &[&order], json!({"status": "paid"})).await;
    walk.call("POST /orders/{id}/status", &[&order], json!({"status": "invoiced"})).await;
    walk.get("/messages", &[]).await;
    walk.get("/audit", &[]).await;
    walk.get("/jobs", &[]).await;
    let erased = id(&walk.call("POST /contacts", &[], json!({"email": "erased@example.no"})).await);
    walk.call("POST /contacts/{id}/erase", &[&erased], Value::Null).await;
    walk.call("DELETE /contacts/{id}", &[&contact], Value::Null).await;
}

#[tokio::test]
async fn numbers_and_funnels() {
    let test = testing::sqlite().await;
    let walk = Walk::of(&test).await;
    walk.call("POST /contacts", &[], json!({"first_name": "Kari", "email": "kari@example.no"})).await;
    test.settle().await;
    walk.get("/home", &[]).await;
    walk.get("/insights/catalog", &[]).await;
    let (from, to) = ("2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z");
    let funnel = json!({"insight": "funnel", "steps": [{"event": "Lead Captured"},
        {"event": ["Order Paid", "Deal Won"], "where": {"channel": "x"}}], "order": "ordered", "window_s": 1000,
        "from": from, "to": to, "breakdown": {"prop": "channel", "attribution": "first_touch"}});
    walk.call("POST /insights/query", &[], funnel.clone()).await;
    let histogram = json!({"insight": "funnel", "steps": [{"event": "Lead Captured"}, {"event": "Lead Captured"}],
        "from": from, "to": to, "time_to_convert": "histogram"});
    walk.call("POST /insights/query", &[], histogram).await;
    let trend = json!({"insight": "trend", "event": "Lead Captured", "from": from, "to": to});
    walk.call("POST /insights/query", &[], trend).await;
    let trend = json!({"insight": "trend", "series": [{"event": "Deal Won", "name": "Won"}, {"event": "Lead Captured"}],
        "formula": "A / B * 100", "moving_average": 7, "breakdown": {"prop": "channel"}, "from": from, "to": to});
    walk.call("POST /insights/query", &[], trend).await;
    let retention = json!({"insight": "retention", "event": "Lead Captured", "from": from, "periods": 3});
    walk.call("POST /insights/query", &[], retention).await;
    let retention = json!({"insight": "retention", "event": "Lead Captured", "from": from, "periods": 4,
        "cohort": "recurring", "mode": "bracket", "brackets": [1, 2]});
    walk.call("POST /insights/query", &[], retention).await;
    let lifecycle = json!({"insight": "lifecycle", "event": "Lead Captured", "from": from, "to": to});
    walk.call("POST /insights/query", &[], lifecycle).await;
    let paths = json!({"insight": "paths", "from": from, "to": to, "by_prop": {"Lead Captured": "channel"},
        "group": [{"match": "x*", "as": "X"}], "end": "Deal Won", "max_steps": 3, "session_gap_s": 86_400});
    walk.call("POST /insights/query", &[], paths).await;
    let deep = json!({"insight": "funnel", "steps": [{"event": "Lead Captured"}, {"event": "Offer Viewed", "optional": true},
        {"event": "Deal Won", "window_s": 600}], "entry": "first_ever", "count": {"prop": "deal"},
        "value": {"prop": "revenue"}, "breakdown": {"prop": ["channel", "country"]}, "survival": true,
        "trend": {"interval": "week", "time_zone": "Europe/Oslo"}, "from": from, "to": to,
        "compare": {"from": "2026-01-01T00:00:00Z", "to": from}});
    walk.call("POST /insights/query", &[], deep).await;
    let trend = json!({"insight": "trend", "event": "Lead Captured", "from": from, "to": to,
        "compare": {"from": "2026-01-01T00:00:00Z", "to": from}});
    walk.call("POST /insights/query", &[], trend.clone()).await;
    let around = json!({"insight": "paths", "around": {"step": 0,
        "funnel": {"steps": [{"event": "Lead Captured"}]}}});
    walk.call("POST /insights/query", &[], around).await;
    let stages = json!({"insight": "time_in_stage", "event": "Stage Entered", "prop": "stage", "unit": "deal",
        "exit": ["Deal Won", "Deal Lost"], "from": from, "to": to});
    walk.call("POST /insights/query", &[], stages.clone()).await;
    walk.call("POST /insights/query", &[], json!({"insight": "guess"})).await;
    let bucket = json!({"query": trend, "at": from});
    walk.call("POST /insights/people", &[], bucket).await;
    walk.call("POST /insights/people", &[], json!({"query": stages, "value": "won", "kind": "still_there"})).await;
    walk.call("POST /insights/people", &[], json!({"query": stages})).await;
    let people = walk.call("POST /insights/people", &[], json!({"query": funnel, "step": 0})).await;
    if let Some(person) = people["items"][0]["person"].as_u64() {
        walk.get("/people/{person}/timeline", &[&person.to_string()]).await;
    }
    let export = json!({"query": funnel, "format": "xlsx", "name": "Sales", "table": "breakdown"});
    walk.call("POST /insights/export", &[], export).await;
    walk.call("POST /insights/export", &[], json!({"query": {"insight": "guess"}, "format": "csv"})).await;
    walk.call("POST /insights/people/export", &[], json!({"query": funnel, "step": 0, "format": "csv"})).await;
    boards(&walk, &funnel).await;
    let listed = walk.get("/funnels", &[]).await;
    let funnel = &listed["items"][0];
    walk.get("/funnels/{id}", &[&id(funnel)]).await;
    walk.call("PUT /funnels/{id}", &[&id(funnel)], json!({"document": funnel["document"]})).await;
    walk.get("/funnels/{id}/versions", &[&id(funnel)]).await;
    walk.get("/ingest/refusals", &[]).await;
}

#[tokio::test]
async fn activities_and_playbooks() {
    let test = testing::sqlite().await;
    let walk = Walk::of(&test).await;
    let contact = id(&walk.call("POST /contacts", &[], json!({"email": "kari@example.no"})).await);
    let deal = id(&walk.call("POST /deals", &[], json!({"contact_id": contact})).await);
    walk.get("/today", &[]).await;
    let call = json!({"kind": "call", "deal_id": deal, "content": {"outcome": "reached", "duration_s": 60},
        "next_step": {"title": "Write", "due_at": "2026-03-03T08:00:00Z", "repeat": {"every": 2, "unit": "week"}}});
    let logged = walk.call("POST /activities", &[], call).await;
    let (call, task) = (id(&logged["activity"]), id(&logged["next"]));
    walk.call("POST /activities", &[], json!({"kind": "note", "contact_id": contact, "content": {}})).await;
    walk.call("PATCH /activities/{id}", &[&call], json!({"content": {"body": "**Hi**"}, "base_version": 1})).await;
    walk.call("PATCH /activities/{id}", &[&call], json!({"content": {"body": "x"}, "base_version": 1})).await;
    walk.call("POST /activities/{id}/complete", &[&task], json!({})).await;
    walk.call("POST /activities/{id}/complete", &[&task], json!({})).await;
    walk.call("POST /activities/{id}/reopen", &[&task], Value::Null).await;
    walk.call("DELETE /activities/{id}", &[&call], Value::Null).await;
    walk.get("/activities/{id}", &[&call]).await;
    walk.call("POST /activities/{id}/restore", &[&call], Value::Null).await;
    walk.get("/activities?kind=call,task&limit=1", &[]).await;
    walk.get(&format!("/timeline?deal={deal}"), &[]).await;
    walk.get(&format!("/timeline?contact={contact}&kind=web"), &[]).await;
    walk.get("/timeline", &[]).await;
    walk.get("/today", &[]).await;
    walk.get("/today/counts", &[]).await;
    let settings = walk.get("/activities/settings", &[]).await;
    walk.call("PUT /activities/settings", &[], settings).await;
    walk.get("/notifications?unread=true", &[]).await;
    walk.call("POST /notifications/read", &[], json!({})).await;
    let starters = walk.get("/playbooks/starters?locale=nb", &[]).await;
    let book = json!({"name": "First call", "document": starters["items"][0]["document"]});
    let made = walk.call("POST /playbooks", &[], book.clone()).await;
    let book_id = id(&made);
    walk.call("PUT /playbooks/{id}", &[&book_id], book).await;
    walk.get("/playbooks", &[]).await;
    walk.get("/playbooks/{id}", &[&book_id]).await;
    let progress = json!({"path": ["open", "later"], "checked": ["read"]});
    walk.call("PUT /deals/{id}/playbooks/{playbook}", &[&deal, &book_id], progress).await;
    walk.call("PUT /deals/{id}/playbooks/{playbook}", &[&deal, &book_id], json!({"path": ["later"]})).await;
    walk.get("/deals/{id}/playbooks", &[&deal]).await;
    walk.call("DELETE /playbooks/{id}", &[&book_id], Value::Null).await;
}

/// Saved insights and dashboards.
async fn boards(walk: &Walk, funnel: &Value) {
    let saved = json!({"name": "Sales", "query": funnel, "view": {"chart": "bars"}});
    let saved = id(&walk.call("POST /insights/saved", &[], saved).await);
    walk.call("POST /insights/saved", &[], json!({"name": "", "query": {"steps": []}})).await;
    walk.call("PATCH /insights/saved/{id}", &[&saved], json!({"description": "By channel"})).await;
    walk.call("PATCH /insights/saved/{id}", &[&saved], json!({"name": "Late", "base_version": 1})).await;
    walk.get("/insights/saved?q=sales&insight=funnel&limit=1", &[]).await;
    walk.get("/insights/saved/{id}", &[&saved]).await;
    let tiles = json!([{"insight_id": saved, "width": 8, "height": 4, "title": "All"},
        {"id": "note", "text": "**Look** here", "width": 4, "height": 4}]);
    let board = json!({"name": "Growth", "tiles": tiles, "is_pinned": true,
        "period": {"period": "custom", "from": "2026-01-01", "to": "2026-01-31", "compare": "previous"}});
    let board = id(&walk.call("POST /dashboards", &[], board).await);
    walk.call("POST /dashboards", &[], json!({"name": "x", "tiles": [{"width": 0, "height": 1}]})).await;
    walk.get("/dashboards/{id}", &[&board]).await;
    walk.call("PATCH /dashboards/{id}", &[&board], json!({"period": {"period": "90d"}, "base_version": 1})).await;
    walk.call("PATCH /dashboards/{id}", &[&board], json!({"name": "Late", "base_version": 1})).await;
    let copy = id(&walk.call("POST /dashboards/{id}/duplicate", &[&board], Value::Null).await);
    walk.get("/dashboards?q=growth&is_pinned=true", &[]).await;
    walk.call("DELETE /insights/saved/{id}", &[&saved], Value::Null).await;
    walk.call("DELETE /insights/saved/{id}?from_dashboards=true", &[&saved], Value::Null).await;
    walk.get("/dashboards/{id}", &[&copy]).await;
    walk.call("DELETE /dashboards/{id}", &[&copy], Value::Null).await;
}

#[tokio::test]
async fn settings_pages_and_templates() {
    let test = testing::sqlite().await;
    let walk = Walk::of(&test).await;
    walk.get("/session", &[]).await;
    let company = walk.get("/company", &[]).await;
    walk.call("PUT /company", &[], company).await;
    let user =
        json!({"name": "A", "email": "a@example.no", "password": testing::PASSWORD, "role": "rep", "locale": "nb"});
    let user = id(&walk.call("POST /users", &[], user).await);
    walk.call("PATCH /users/{id}", &[&user], json!({"role": "viewer"})).await;
    walk.get("/users", &[]).await;
    let key = id(&walk.call("POST /keys", &[], json!({"name": "k", "kind": "secret", "role": "rep"})).await);
    walk.call("DELETE /keys/{id}", &[&key], Value::Null).await;
    walk.call("POST /keys", &[], json!({"name": "k", "kind": "write"})).await;
    walk.get("/keys", &[]).await;
    let brand = walk.get("/brand", &[]).await;
    walk.call("PUT /brand", &[], brand).await;
    let made = walk.call("POST /pages", &[], json!({"name": "Start"})).await;
    let page = id(&made["page"]);
    walk.call("PATCH /pages/{id}", &[&page], json!({"name": "Home"})).await;
    walk.get("/pages", &[]).await;
    walk.get("/pages/{id}", &[&page]).await;
    walk.call("POST /pages/{id}/publish", &[&page], json!({"locale": "en"})).await;
    walk.call("POST /pages/preview", &[], json!({"doc": {"content": [], "root": {}}})).await;
    let magnet = id(&walk.call("POST /magnets", &[], json!({"name": "Code", "kind": "code", "code": "ABC"})).await);
    walk.get("/magnets", &[]).await;
    walk.call("DELETE /magnets/{id}", &[&magnet], Value::Null).await;
    walk.upload("/files/upload", "a.txt", "abc").await;
    walk.get("/files", &[]).await;
    walk.get("/mail-settings", &[]).await;
    let mail = json!({"from_name": "A", "from_email": "a@example.no", "reply_to": "", "host": "mail.example.no",
        "port": 25, "security": "none", "username": "", "lead_notice_to": []});
    walk.call("PUT /mail-settings", &[], mail).await;
    walk.call("POST /mail-settings/test", &[], json!({"to": "a@example.no"})).await;
    walk.get("/mail-settings/incoming", &[]).await;
    walk.call(
        "PUT /mail-settings/incoming",
        &[],
        json!({"host": "127.0.0.1", "port": 1, "security": "none",
        "username": "a", "password": "b"}),
    )
    .await;
    walk.call("POST /mail-settings/incoming/test", &[], json!({})).await;
    walk.get("/messages?state=sent", &[]).await;
    let listed = walk.get("/templates", &[]).await;
    let name = listed["items"][0]["name"].as_str().unwrap().to_owned();
    let template = walk.get("/templates/{name}/{locale}", &[&name, "en"]).await;
    let body = json!({"subject": template["subject"], "mjml": template["mjml"]});
    walk.call("PUT /templates/{name}/{locale}", &[&name, "en"], body).await;
    walk.call("POST /templates/{name}/{locale}/preview", &[&name, "en"], json!({})).await;
    walk.call("DELETE /templates/{name}/{locale}", &[&name, "en"], Value::Null).await;
    walk.get("/templates/{name}/{locale}", &["nothing", "en"]).await;
    println!("{} operations were held against their description", walk.seen.borrow().len());
}

#[tokio::test]
async fn imports() {
    let test = testing::sqlite().await;
    let walk = Walk::of(&test).await;
    let events = "email,event,at,amount\nkari@example.no,Order Completed,2026-01-02T10:00:00Z,12.5\nx,y,z,\n";
    let contacts = "Email,First name,Consent\nola@example.no,Ola,subscribed\n";
    for (name, content) in [("events.csv", events), ("contacts.csv", contacts)] {
        let import = id(&walk.upload("/imports/upload", name, content).await);
        let preview = walk.call("POST /imports/{id}/preview", &[&import], json!({})).await;
        let mapping = preview["guess"]["mapping"].clone();
        walk.call("POST /imports/{id}/preview", &[&import], json!({"mapping": mapping})).await;
        walk.call("POST /imports/{id}/start", &[&import], json!({"mapping": mapping, "is_dry_run": true})).await;
        test.settle().await;
        walk.call("POST /imports/{id}/start", &[&import], json!({"mapping": mapping})).await;
        test.settle().await;
        walk.get("/imports/{id}", &[&import]).await;
        walk.get("/imports/{id}/refused", &[&import]).await;
        walk.get("/imports", &[]).await;
        walk.call("POST /imports/{id}/cancel", &[&import], Value::Null).await;
        walk.call("POST /imports/{id}/undo", &[&import], Value::Null).await;
        test.settle().await;
        walk.get("/imports/{id}", &[&import]).await;
        walk.call("DELETE /imports/{id}", &[&import], Value::Null).await;
    }
}
