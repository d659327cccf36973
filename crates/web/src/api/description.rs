//! What holds for many operations of the API, said in one place: who may call, which errors any of them may answer,
//! the headers that the layers around them read and write.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::caller::{CSRF_HEADER, SESSION_COOKIE};
use super::idempotency::{self, KEY_CHARS_MAX, Scope};

/// Sent with a key of its own, and never with a session.
const EVENTS: &str = "/api/v1/events";
/// Where a session begins: nobody is known yet.
const OPEN: [(&str, &str); 2] = [("post", "/api/v1/session"), ("post", "/api/v1/setup")];
/// Where a session is read and ended: no key has one.
const SESSION: &str = "/api/v1/session";

const TAGS: &[(&str, &str)] = &[
    ("session", "Logging in and out, and the first run."),
    ("events", "Sending events from programs without a library."),
    ("contacts", "People we may write to, what they did and what they agreed to."),
    ("companies", "Companies that contacts work for, their people and deals."),
    ("fields", "Fields that the company defined itself, and who may see and change which field."),
    ("views", "Saved lists, and edits of all that a list shows."),
    ("duplicates", "Contacts that look like one person, made one and parted again."),
    ("search", "Anything by its name."),
    ("deals", "Possible sales in their stages."),
    ("teams", "Teams, working hours, who gets which deals, what each person reached and is to reach."),
    ("activities", "Notes, calls, meetings, tasks and files; timelines; the day of a salesperson."),
    ("segments", "People who have something in common, kept up to date."),
    ("playbooks", "The sales book: scripts, objections and checklists."),
    ("funnels", "The funnel document and its versions."),
    ("insights", "Questions to the event log, and the people behind the answers."),
    ("dashboards", "Saved insights side by side."),
    ("spend", "What channels cost, and with it what a lead and a sale cost."),
    ("pages", "Public pages and the look of the brand."),
    ("files", "Uploads, and what is given for an address."),
    ("offers", "What is sold on a page of its own."),
    ("orders", "What was sold."),
    ("messages", "Outgoing mail and its templates."),
    ("imports", "Bringing in what another system knows."),
    ("settings", "Company, users, keys and the mail server."),
];
const OPERATE: (&str, &str) = ("operate", "What the program does by itself, and who changed what.");

/// The description that the handlers give, with all that no handler knows.
pub(super) fn complete(openapi: utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(openapi).unwrap_or_default();
    let tags = TAGS.iter().chain([&OPERATE]);
    document["tags"] = tags.map(|(name, description)| json!({"name": name, "description": description})).collect();
    document["security"] = json!([{"secret_key": []}, {"session": [], "csrf": []}]);
    document["components"]["securitySchemes"] = security_schemes();
    document["components"]["headers"] = headers();
    document["components"]["parameters"] = json!({"IdempotencyKey": idempotency_key()});
    tidy(&mut document);
    open_composed(&mut document);
    open_free(&mut document);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            describe(path, method, operation);
        }
    }
    document
}

fn security_schemes() -> Value {
    json!({
        "secret_key": {"type": "http", "scheme": "bearer",
            "description": "A secret key (`sk_…`) of Settings, Keys. It may do what its role may."},
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE,
            "description": "A login. Whatever changes something needs the header of `csrf` as well."},
        "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER,
            "description": "`csrf_token` of `GET /api/v1/session`."},
        "write_key": {"type": "http", "scheme": "bearer",
            "description": "A write key (`wk_…`), which may stand in public pages, or a secret key."},
    })
}

fn headers() -> Value {
    json!({
        "RetryAfter": {"description": "Seconds to wait before asking again.",
            "schema": {"type": "integer", "minimum": 1}},
        "IdempotencyReplayed": {"description": "Present when this is the answer to an earlier request with the same \
            Idempotency-Key.", "schema": {"type": "string", "enum": ["true"]}},
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "A name for this request, best a random UUID: sent again with the same name, it is answered \
            the same for 24 hours and not carried out twice. 401, 403, 408, 429 and 5xx are not kept, so that the \
            same name may be tried again. Work goes on when the caller hangs up.",
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": "^[ -~]+$"},
        "example": "6f1c1d0e-5a43-4c8e-9d0b-1f6f6a0e2b77",
    })
}

fn describe(path: &str, method: &str, operation: &mut Value) {
    let is_read = method == "get";
    if path == EVENTS {
        operation["security"] = json!([{"write_key": []}]);
        mark_problems(operation);
        return;
    }
    let is_open = OPEN.contains(&(method, path));
    if is_open {
        operation["security"] = json!([]);
    } else if path == SESSION {
        operation["security"] =
            if is_read { json!([{"session": []}, {}]) } else { json!([{"session": [], "csrf": []}]) };
    } else if is_read {
        operation["security"] = json!([{"secret_key": []}, {"session": []}]);
    }
    let asks_nobody = is_open || is_read && path == SESSION;
    if !asks_nobody {
        add(operation, "401", "Nobody is logged in, or the key is unknown.");
    }
    if !is_open && path != SESSION {
        add(operation, "403", "The role does not allow it, or the CSRF token is wrong.");
    }
    if operation.get("requestBody").is_some() {
        add(operation, "400", "The body or a header cannot be read.");
        add(operation, "413", "The body is too long.");
        add(operation, "415", "The body is of another type.");
        add(operation, "422", "A field is wrong: `errors` names it.");
    }
    if operation["parameters"].as_array().is_some_and(|list| !list.is_empty()) {
        add(operation, "422", "A field is wrong: `errors` names it.");
    }
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap_or_default();
    if idempotency::scope(&method, path) == Scope::Kept {
        describe_key(operation);
    }
    add(operation, "5XX", "Something failed on our side: try again in a moment.");
    mark_problems(operation);
}

fn describe_key(operation: &mut Value) {
    let parameter = json!({"$ref": "#/components/parameters/IdempotencyKey"});
    match operation["parameters"].as_array_mut() {
        Some(list) => list.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
    add(operation, "400", "The body or a header cannot be read.");
    add(
        operation,
        "409",
        "The first request with this Idempotency-Key is still being carried out, or its answer was not kept.",
    );
    add(operation, "422", "The Idempotency-Key was used for another request.");
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if status.starts_with('2') {
            response["headers"]["Idempotency-Replayed"] = json!({"$ref": "#/components/headers/IdempotencyReplayed"});
        }
        if status == "409" {
            response["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
        }
    }
}

/// Add an error, unless the handler says more of it.
fn add(operation: &mut Value, status: &str, description: &str) {
    let responses = operation["responses"].as_object_mut();
    let Some(responses) = responses else { return };
    let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    let told = responses
        .entry(status)
        .or_insert_with(|| json!({"description": "", "content": {"application/problem+json": problem}}));
    if told["description"].as_str().is_none_or(str::is_empty) {
        told["description"] = description.into();
    }
}

/// Errors are problem+json, and have words.
fn mark_problems(operation: &mut Value) {
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let description = match status.as_str() {
            "200" => "Done.",
            "201" => "Made.",
            "202" => "Taken on: it goes on in the background.",
            "204" => "Done; there is nothing to say.",
            "404" => "There is no such thing, or not for this caller.",
            "409" => "The state of things does not allow it now.",
            "422" => "A field is wrong: `errors` names it.",
            "429" => "Too many attempts: wait as long as Retry-After says.",
            _ => "",
        };
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = description.into();
        }
        if matches!(status.as_str(), "429" | "503") {
            response["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
        }
        let is_error = !status.starts_with('2');
        if let (true, Some(content)) = (is_error, response["content"].as_object_mut())
            && let Some(problem) = content.remove("application/json")
        {
            content.insert("application/problem+json".to_owned(), problem);
        }
    }
}

/// A field with a default may be absent from a request and is always there in an answer. `default: null` in what is
/// only sent says nothing that "not required" does not say, and generators of types read it as "always there".
fn tidy(document: &mut Value) {
    let mut answered = BTreeSet::new();
    for operation in
        document["paths"].as_object().into_iter().flatten().flat_map(|(_, path)| path.as_object()).flatten()
    {
        reach(document, &operation.1["responses"], &mut answered);
    }
    for (name, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        if !answered.contains(name) {
            drop_null_defaults(schema);
        }
    }
}

/// The names of all schemas that a part of the document leads to.
fn reach(document: &Value, part: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            if let Some(name) = name
                && names.insert(name.to_owned())
            {
                reach(document, &document["components"]["schemas"][name], names);
            }
            fields.values().for_each(|field| reach(document, field, names));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, names)),
        _ => {}
    }
}

fn drop_null_defaults(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("default") == Some(&Value::Null) {
                fields.remove("default");
            }
            fields.values_mut().for_each(drop_null_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_defaults),
        _ => {}
    }
}

/// An object of which no field is named may hold any; generators of types read silence as "holds none".
fn open_free(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_object = match fields.get("type") {
                Some(Value::String(kind)) => kind == "object",
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
                _ => false,
            };
            if is_object && !fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(Value::Bool(true));
            }
            fields.values_mut().for_each(open_free);
        }
        Value::Array(items) => items.iter_mut().for_each(open_free),
        _ => {}
    }
}

/// A schema that is part of another must let the fields of the other pass: `additionalProperties: false` looks at
/// the whole object and would refuse every value.
fn open_composed(document: &mut Value) {
    let mut parts = Vec::new();
    collect_composed(document, &mut parts);
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    for part in parts {
        if let Some(schema) = schemas.get_mut(&part).and_then(Value::as_object_mut) {
            schema.remove("additionalProperties");
            open_variants(schema);
        }
    }
}

fn open_variants(schema: &mut Map<String, Value>) {
    for variant in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(variant) = variant.as_object_mut() {
            variant.remove("additionalProperties");
        }
    }
}

fn collect_composed(value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let all = fields.get("allOf").and_then(Value::as_array).into_iter().flatten();
            let names = all.filter_map(|part| part["$ref"].as_str()?.rsplit('/').next());
            parts.extend(names.map(str::to_owned));
            fields.values().for_each(|field| collect_composed(field, parts));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_composed(item, parts)),
        _ => {}
    }
}
