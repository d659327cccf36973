//! Ways around a gate by the API, tried at random against a naive idea of what a gate lets through.
//!
//! What is held after every call: an open deal stands behind no gate that it has not passed, and each gate that it
//! passed was open then, or somebody who may let it pass did, with a reason.

use std::collections::{BTreeMap, BTreeSet};

use app::accounts::{self, Login};
use app::keys;
use app::orders::{self, OfferOrder};
use app::permission::Role;
use app::testing::{self, TestApp};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use base::{Random, SeededRandom, Timestamp};
use serde_json::{Value, json};
use store::keys::KeyKind;
use tower::ServiceExt as _;

const LIVES: u64 = 8;
const CALLS: usize = 45;
/// The fewest characters of a reason to let a deal pass.
const REASON_CHARS_MIN: usize = 10;
/// Beyond that many per cent a discount must be approved.
const DISCOUNT_MAX: f64 = 15.0;

/// The funnel in three shapes: `try` lies behind a gate in the first, is gone in the second, and lies before it in the
/// third. Stages and gates are the same in all.
fn document(shape: usize, number: usize) -> Value {
    let talk = json!({"requires": ["contact.phone"], "override": {"by": ["manager"], "reason_chars_min": 10}});
    let offer = json!({"requires": ["deal.need"], "override": {"by": ["manager"], "reason_chars_min": 10},
        "evidence": [{"event": "Deposit Paid", "undone_by": "Deposit Refunded"}]});
    let when = json!({"field": "deal.discount", "above": "15%"});
    let agreed = json!({"approvals": [{"when": when, "by": ["manager"], "four_eyes": true}]});
    let stage = |id: &str| match id {
        "lead" => json!({"id": id, "enters_on": "Lead Captured", "deal": "opens"}),
        "talk" => json!({"id": id, "enters_on": "Meeting Held", "gate": talk}),
        "try" => json!({"id": id, "enters_on": "Product Tried"}),
        "offer" => json!({"id": id, "enters_on": "Offer Viewed", "gate": offer}),
        "agreed" => json!({"id": id, "enters_on": "Contract Signed", "gate": agreed}),
        _ => json!({"id": id, "enters_on": "Order Completed", "deal": "wins"}),
    };
    let stages: Vec<Value> = order_of(shape).iter().map(|id| stage(id)).collect();
    json!({"id": "main", "title": format!("Version {number}"), "currency": "NOK", "timezone": "UTC",
        "locales": ["en"], "stages": stages})
}

fn order_of(shape: usize) -> &'static [&'static str] {
    [
        &["lead", "talk", "try", "offer", "agreed", "sold"][..],
        &["lead", "talk", "offer", "agreed", "sold"],
        &["lead", "try", "talk", "offer", "agreed", "sold"],
    ][shape]
}

const STAGES: [&str; 6] = ["lead", "talk", "try", "offer", "agreed", "sold"];
const EVENTS: [&str; 7] = [
    "Lead Captured",
    "Meeting Held",
    "Product Tried",
    "Offer Viewed",
    "Contract Signed",
    "Deposit Paid",
    "Deposit Refunded",
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The texts that are not there are empty.
fn said(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn time(value: &Value) -> Timestamp {
    text(value).parse().unwrap()
}

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, end: usize) -> usize {
        usize::try_from(self.0.below(end as u64)).unwrap()
    }

    fn one_in(&self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'a>(&self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

struct Person {
    id: String,
    role: Role,
    login: Login,
}

/// What the test itself knows of a deal.
struct Known {
    contact: String,
    version: i64,
    stage: Option<String>,
    is_open: bool,
    opened_at: Timestamp,
    entered_at: Timestamp,
    changes_seen: usize,
    /// Stages whose gates it went through.
    passed: BTreeSet<String>,
    approvals: Vec<Approval>,
}

struct Approval {
    by: String,
    at: Timestamp,
    discount: Value,
    value: Value,
}

#[derive(Debug, Default)]
struct Seen {
    passed: usize,
    by_itself: usize,
    overridden: usize,
    refused: usize,
    sales_past: usize,
    merged: usize,
    parted: usize,
    published: usize,
    unpublished: usize,
    reopened: usize,
    edited: usize,
    imported: usize,
    /// Deals that came by a file, that a file changed, and that it could not bring where it says.
    filed: usize,
    refiled: usize,
    unfiled: usize,
    remade: usize,
}

struct World<'a> {
    test: &'a TestApp,
    router: Router,
    dice: Dice,
    seed: u64,
    step: usize,
    people: Vec<Person>,
    /// Opens the door for events.
    key: String,
    funnel: String,
    /// The order of the stages, by version.
    versions: BTreeMap<i64, usize>,
    contacts: Vec<String>,
    events: Vec<(String, String, Timestamp)>,
    /// The merge that can be taken back: its id, who was kept, who came in.
    merge: Option<(String, String, String)>,
    edits: Vec<String>,
    imports: Vec<String>,
    orders: Vec<String>,
    deals: BTreeMap<String, Known>,
    seen: Seen,
}

impl World<'_> {
    /// A funnel with gates in the place of what ran before, two people, something to buy.
    async fn begin(&mut self) {
        let funnels = self.get("/funnels").await;
        self.funnel = text(&funnels["items"][0]["id"]).to_owned();
        let mut first = document(0, 1);
        first["title"] = json!(format!("Life {}", self.seed));
        first["id"] = funnels["items"][0]["document"]["id"].clone();
        let open = self.get("/deals?status=open&limit=500").await;
        for deal in open["items"].as_array().unwrap() {
            let path = format!("/deals/{}/close", text(&deal["id"]));
            self.post(0, &path, json!({"outcome": "lost"})).await;
        }
        let (status, view) =
            self.call(0, Method::PUT, &format!("/funnels/{}", self.funnel), json!({"document": first})).await;
        assert_eq!(status, StatusCode::OK, "{view}");
        self.versions.insert(view["version"].as_i64().unwrap(), 0);
        if self.seed == 1 {
            let kit = json!({"slug": "kit", "name": "Kit", "price": {"minor": 99000, "currency": "NOK"}, "tax_rate_bp": 2500});
            let (status, offer) = self.post(0, "/offers", json!({"is_published": true, "document": kit})).await;
            assert_eq!(status, StatusCode::CREATED, "{offer}");
        }
        for name in ["kari", "kåre"] {
            let made = self.contact(name).await;
            self.contacts.push(made);
        }
        self.after("the beginning").await;
    }

    async fn request(&self, who: usize, request: axum::http::request::Builder, body: Body) -> (StatusCode, Value) {
        let login = &self.people[who].login;
        let request = request
            .header(header::COOKIE, format!("{}={}", web::api::SESSION_COOKIE, login.token))
            .header("x-csrf-token", &login.csrf_token);
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        assert!(!status.is_server_error(), "{}: {status} {body}", self.place("a call"));
        (status, body)
    }

    async fn call(&mut self, who: usize, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let (status, answer) = self.request(who, request, body).await;
        self.seen.refused += usize::from(answer["code"] == "gate_shut");
        (status, answer)
    }

    async fn post(&mut self, who: usize, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(who, Method::POST, path, body).await
    }

    async fn get(&self, path: &str) -> Value {
        let request = Request::get(format!("/api/v1{path}"));
        let (status, body) = self.request(0, request, Body::empty()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    fn place(&self, what: &str) -> String {
        format!("{what} (seed {}, call {}, {})", self.seed, self.step, self.test.name)
    }

    async fn tell(&mut self, contact: &str, event: &str) {
        self.test.clock.advance_ms(1000);
        let at = self.test.app.now();
        let message_id = format!("{}-{}-{event}", self.seed, at.ms());
        let events = json!({"events": [{"event": event, "person": format!("contact:{contact}"),
            "message_id": message_id, "properties": {"value": 1}}]});
        let request = Request::post("/api/v1/events").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        let response =
            self.router.clone().oneshot(request.body(Body::from(events.to_string())).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", self.place(event));
        self.events.push((contact.to_owned(), event.to_owned(), at));
    }

    /// Whose events count for a contact: the own ones, and while it is merged those of the other.
    fn is_same(&self, contact: &str, of_event: &str) -> bool {
        let joined = self.merge.as_ref().filter(|(_, _, other)| other == of_event).map(|(_, kept, _)| kept.as_str());
        joined.unwrap_or(of_event) == contact
    }

    /// Why a gate is shut for a deal as it stands, in the plainest words.
    async fn shut(&self, stage: &str, deal: &Value, known: &Known, mover: &str) -> Vec<&'static str> {
        let mut shut = Vec::new();
        match stage {
            "talk" => {
                let contact = self.get(&format!("/contacts/{}", known.contact)).await;
                if said(&contact["phone"]).is_empty() {
                    shut.push("phone");
                }
            }
            "offer" => {
                if said(&deal["fields"]["need"]).is_empty() {
                    shut.push("need");
                }
                let of = |name: &str| {
                    let its = self.events.iter().filter(|(contact, _, _)| self.is_same(&known.contact, contact));
                    its.filter(|(_, event, _)| event == name).map(|(_, _, at)| *at).max()
                };
                let (paid, refunded) = (of("Deposit Paid"), of("Deposit Refunded"));
                if paid.is_none_or(|paid| paid < known.opened_at || refunded.is_some_and(|back| back >= paid)) {
                    shut.push("deposit");
                }
            }
            "agreed" if deal["discount"].as_f64().is_some_and(|percent| percent > DISCOUNT_MAX) => {
                let owner = said(&deal["owner_id"]);
                let counts = |approval: &Approval| {
                    approval.at >= known.entered_at
                        && approval.discount == deal["discount"]
                        && approval.value == deal["value"]
                        && approval.by != mover
                        && approval.by != owner
                };
                if !known.approvals.iter().any(counts) {
                    shut.push(if owner == mover { "own approval" } else { "approval" });
                }
            }
            _ => {}
        }
        shut
    }

    /// Look at all that became of the deals since the last look.
    async fn hold(&mut self, what: &str) {
        for contact in self.contacts.clone() {
            let page = self.get(&format!("/deals?contact={contact}&limit=500&sort=oldest")).await;
            for deal in page["items"].as_array().unwrap() {
                let detail = self.get(&format!("/deals/{}", text(&deal["id"]))).await;
                self.hold_deal(&detail, &contact, what).await;
            }
        }
    }

    async fn hold_deal(&mut self, deal: &Value, contact: &str, what: &str) {
        let id = text(&deal["id"]).to_owned();
        let version = deal["funnel_version"].as_i64().unwrap();
        let mut known = self.deals.remove(&id).unwrap_or_else(|| Known {
            contact: contact.to_owned(),
            version,
            stage: None,
            is_open: true,
            opened_at: time(&deal["created_at"]),
            entered_at: time(&deal["created_at"]),
            changes_seen: 0,
            passed: BTreeSet::new(),
            approvals: Vec::new(),
        });
        contact.clone_into(&mut known.contact);
        known.version = version;
        known.is_open = deal["status"] == "open";
        let history: Vec<Value> = deal["history"].as_array().unwrap().iter().rev().cloned().collect();
        for change in history.iter().skip(known.changes_seen) {
            self.hold_change(deal, &mut known, change, what).await;
            known.changes_seen += 1;
        }
        if deal["status"] == "open" {
            let order = order_of(self.versions[&version]);
            let end = order.iter().position(|stage| *stage == deal["stage"]).unwrap_or_else(|| {
                panic!("{}: {id} stands in {}, which its version does not have", self.place(what), deal["stage"])
            });
            for gate in order[..=end].iter().filter(|stage| is_gated(stage)) {
                assert!(known.passed.contains(*gate), "{}: {id} stands behind {gate}: {deal}", self.place(what));
            }
        }
        self.deals.insert(id, known);
    }

    async fn hold_change(&mut self, deal: &Value, known: &mut Known, change: &Value, what: &str) {
        let to = text(&change["stage"]).to_owned();
        if said(&change["reason"]).starts_with("version ") {
            // Called otherwise: what it stands behind is held below.
            known.stage = Some(to);
            return;
        }
        let order = order_of(self.versions[&known.version]);
        let place = |stage: &str| order.iter().position(|known| *known == stage);
        let from = known.stage.as_deref().and_then(place);
        let is_sale = change["status"] == "won";
        let end = if is_sale { order.len() - 1 } else { place(&to).unwrap() };
        let mover = if change["actor"] == "system" { "" } else { text(&change["actor"]) };
        let first = from.map_or(0, |from| from + 1);
        let crossed = order.get(first..=end.max(first.saturating_sub(1))).unwrap_or_default();
        let mut shut: Vec<(&str, &str)> = Vec::new();
        for gate in crossed.iter().filter(|stage| is_gated(stage)) {
            let why = self.shut(gate, deal, known, mover).await;
            shut.extend(why.into_iter().map(|why| (*gate, why)));
        }
        let is_recorded = mover.is_empty() && !deal["won_past"].as_array().unwrap().is_empty();
        if is_sale && is_recorded {
            self.seen.sales_past += 1;
        } else if !shut.is_empty() {
            self.hold_override(change, mover, &shut, what);
        }
        if !is_sale {
            let passed = crossed.iter().filter(|stage| is_gated(stage));
            known.passed.extend(passed.map(|stage| (*stage).to_owned()));
            self.seen.passed += usize::from(!crossed.is_empty());
            self.seen.by_itself += usize::from(!crossed.is_empty() && mover.is_empty());
        }
        if known.stage.as_deref() != Some(&to) {
            known.entered_at = time(&change["at"]);
            known.stage = Some(to);
        }
    }

    fn hold_override(&mut self, change: &Value, mover: &str, shut: &[(&str, &str)], what: &str) {
        let place = self.place(what);
        assert!(!change["overridden"].as_array().unwrap().is_empty(), "{place}: {change} went past {shut:?}");
        let role = self.people.iter().find(|person| person.id == mover).map(|person| person.role);
        assert!(matches!(role, Some(Role::Owner | Role::Manager)), "{place}: {role:?} let {shut:?} pass");
        assert!(said(&change["reason"]).chars().count() >= REASON_CHARS_MIN, "{place}: without a reason: {change}");
        let is_free = shut.iter().all(|(gate, why)| *gate != "agreed" && *why != "own approval");
        assert!(is_free, "{place}: nobody may let {shut:?} pass");
        self.seen.overridden += 1;
    }

    /// All that follows in the background, and a look before and after it.
    async fn after(&mut self, what: &str) {
        self.hold(what).await;
        self.test.settle().await;
        self.hold(what).await;
    }

    async fn contact(&mut self, name: &str) -> String {
        let email = format!("{name}.{}.{}@example.no", self.seed, self.test.app.now().ms());
        let (status, made) = self.post(0, "/contacts", json!({"first_name": name, "email": email})).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        text(&made["id"]).to_owned()
    }

    async fn go(&mut self) {
        self.test.clock.advance_ms(1 + self.dice.below(1000) as i64);
        let who = self.dice.below(self.people.len());
        let contact = self.contacts[self.dice.below(self.contacts.len())].clone();
        let (open, closed) = self.deals.iter().partition::<Vec<_>, _>(|(_, known)| known.is_open);
        let [open, closed] = [open, closed].map(|some| some.into_iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
        if open.is_empty() || self.dice.one_in(14) {
            return self.make(who, &contact).await;
        }
        let deal = open[self.dice.below(open.len())].clone();
        match self.dice.below(24) {
            0..=3 => self.moved(who, &deal).await,
            4 => self.ended(who, &deal).await,
            5 => {
                let ended = closed.get(self.dice.below(closed.len().max(1))).unwrap_or(&deal);
                let (status, _) = self.post(who, &format!("/deals/{ended}/reopen"), Value::Null).await;
                self.seen.reopened += usize::from(status.is_success());
                self.after("opening again").await;
            }
            6 | 7 => self.changed(who, &deal).await,
            8 => self.approved(who, &deal).await,
            9..=11 => self.happened(who, &contact, &deal).await,
            12 => {
                let phone = self.dice.of(&["22 33 44 55", "22 33 44 55", ""]);
                self.call(who, Method::PATCH, &format!("/contacts/{contact}"), json!({"phone": phone})).await;
                self.after("the telephone").await;
            }
            13 => self.edit_many().await,
            14 | 22 | 23 => self.import(&contact, &deal).await,
            15 | 16 => self.merge_or_part().await,
            17..=19 => self.publish(who).await,
            20 => self.order(&contact).await,
            _ => self.remake(&contact).await,
        }
    }

    fn reason(&self) -> Value {
        if self.dice.one_in(3) { json!(self.dice.of(&["so it shall be", "no"])) } else { Value::Null }
    }

    async fn make(&mut self, who: usize, contact: &str) {
        let mut body = json!({"contact_id": contact, "override_reason": self.reason()});
        if self.dice.one_in(2) {
            body["stage"] = json!(self.dice.of(&STAGES));
        }
        if self.dice.one_in(3) {
            body["discount"] = json!(20);
        }
        self.post(who, "/deals", body).await;
        self.after("making").await;
    }

    async fn moved(&mut self, who: usize, deal: &str) {
        let body = json!({"stage": self.dice.of(&STAGES), "override_reason": self.reason()});
        self.post(who, &format!("/deals/{deal}/move"), body).await;
        self.after("moving").await;
    }

    async fn ended(&mut self, who: usize, deal: &str) {
        let outcome = self.dice.of(&["won", "lost"]);
        let body = json!({"outcome": outcome, "override_reason": self.reason()});
        self.post(who, &format!("/deals/{deal}/close"), body).await;
        self.after("ending").await;
    }

    async fn changed(&mut self, who: usize, deal: &str) {
        let need = if self.dice.one_in(3) { Value::Null } else { json!("braces") };
        let discount = [json!(10), json!(20), json!(30), Value::Null][self.dice.below(4)].clone();
        let mut body = json!({"fields": {"need": need}, "discount": discount});
        if self.dice.one_in(3) {
            body["owner_id"] = json!(self.people[self.dice.below(self.people.len())].id);
        }
        if self.dice.one_in(3) {
            body["value"] = json!({"minor": 100 * (1 + self.dice.below(3)), "currency": "NOK"});
        }
        self.call(who, Method::PATCH, &format!("/deals/{deal}"), body).await;
        self.after("changing").await;
    }

    async fn approved(&mut self, who: usize, deal: &str) {
        let (status, view) = self.post(who, &format!("/deals/{deal}/approvals"), json!({"stage": "agreed"})).await;
        if status.is_success() {
            let (discount, value) = (view["discount"].clone(), view["value"].clone());
            let approval = Approval { by: self.people[who].id.clone(), at: self.test.app.now(), discount, value };
            self.deals.get_mut(deal).unwrap().approvals.push(approval);
        }
        self.after("approving").await;
    }

    /// Sometimes somebody moves the deal before the program comes to what happened.
    async fn happened(&mut self, who: usize, contact: &str, deal: &str) {
        let event = self.dice.of(&EVENTS);
        self.tell(contact, event).await;
        if self.dice.one_in(3) {
            self.hold(event).await;
            return self.moved(who, deal).await;
        }
        self.after(event).await;
    }

    async fn edit_many(&mut self) {
        let manager = 1;
        if let Some(edit) = self.edits.pop().filter(|_| self.dice.one_in(2)) {
            self.post(manager, &format!("/bulk-edits/{edit}/undo"), Value::Null).await;
        } else {
            let phone = self.dice.of(&["99 88 77 66", ""]);
            let body = json!({"ids": self.contacts, "action": {"set": {"phone": phone}}});
            let (status, edit) = self.post(manager, "/contacts/bulk", body).await;
            assert!(status.is_success(), "{}: {edit}", self.place("an edit of many"));
            self.edits.push(text(&edit["id"]).to_owned());
            self.seen.edited += 1;
        }
        self.after("an edit of many").await;
    }

    /// A file with the contact's number, with a deposit that nobody paid, with a deal in any stage, or with a deal that is
    /// there in another stage: that opens no gate.
    async fn import(&mut self, contact: &str, deal: &str) {
        if let Some(import) = self.imports.pop().filter(|_| self.dice.one_in(2)) {
            self.post(1, &format!("/imports/{import}/undo"), Value::Null).await;
            self.after("an import taken back").await;
            let left = self.get("/deals?limit=500").await;
            let left: BTreeSet<&str> = left["items"].as_array().unwrap().iter().map(|deal| text(&deal["id"])).collect();
            return self.deals.retain(|id, _| left.contains(id.as_str()));
        }
        let email = self.get(&format!("/contacts/{contact}")).await["email"].clone();
        let email = said(&email);
        let stage = if self.dice.one_in(3) { "lead" } else { self.dice.of(&STAGES) };
        let (status, discount, need) = (
            self.dice.of(&["open", "open", "won", "lost"]),
            self.dice.of(&["", "10", "20"]),
            self.dice.of(&["", "braces"]),
        );
        let of_deals = "Deal id,Deal name,Deal stage,Status,Email,Amount,Discount,fields.need";
        let kind = self.dice.below(6);
        let content = match kind {
            2 | 3 => format!(
                "{of_deals}\nfile-{}-{},Filed,{stage},{status},{email},1,{discount},{need}\n",
                self.seed, self.step
            ),
            4 | 5 => format!("{of_deals}\n{deal},Filed,{stage},{status},{email},1,{discount},{need}\n"),
            0 => format!("Email,First name,Phone,Consent\n{email},Kari,+47 22 33 44 55,subscribed\n"),
            _ => format!("email,event,at\n{email},Deposit Paid,{}\n", self.test.app.now()),
        };
        let form = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n{content}\r\n--x--\r\n"
        );
        let request = Request::post("/api/v1/imports/upload");
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let (status, made) = self.request(1, request, Body::from(form)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let import = text(&made["id"]).to_owned();
        let (_, preview) = self.post(1, &format!("/imports/{import}/preview"), json!({})).await;
        let mut body = json!({"mapping": preview["guess"]["mapping"]});
        if kind > 1 {
            assert_eq!(body["mapping"]["kind"], "deals", "{preview}");
            body["mapping"]["known_deals"] = json!("change");
        }
        let (status, started) = self.post(1, &format!("/imports/{import}/start"), body).await;
        assert!(status.is_success(), "{}: {started}", self.place("an import"));
        self.seen.imported += 1;
        self.after("an import").await;
        let counts = self.get(&format!("/imports/{import}")).await["counts"].clone();
        self.seen.filed += usize::from(counts["deals_added"] == 1);
        self.seen.refiled += usize::from(counts["deals_changed"] == 1);
        self.seen.unfiled += usize::from(kind > 1 && counts["refused"] == 1);
        self.imports.push(import);
    }

    async fn merge_or_part(&mut self) {
        if let Some((merge, kept, other)) = self.merge.clone() {
            let (status, answer) = self.post(1, &format!("/merges/{merge}/undo"), Value::Null).await;
            if status.is_success() {
                self.test.settle().await;
                self.merge = None;
                self.contacts = vec![kept, other];
                self.seen.parted += 1;
            }
            return self.after(&format!("parting: {answer}")).await;
        }
        let (kept, other) = (self.contacts[0].clone(), self.contacts[1].clone());
        let take = if self.dice.one_in(2) { json!(["phone"]) } else { json!([]) };
        let (status, merge) =
            self.post(1, &format!("/contacts/{kept}/merge"), json!({"other_id": other, "take": take})).await;
        assert!(status.is_success(), "{}: {merge}", self.place("a merge"));
        self.merge = Some((text(&merge["id"]).to_owned(), kept.clone(), other));
        self.contacts = vec![kept];
        self.seen.merged += 1;
        self.after("a merge").await;
    }

    /// Another version, or an earlier one again, and a rule where deals go that stand in its stages.
    async fn publish(&mut self, who: usize) {
        let shape = self.dice.below(3);
        let number = self.versions.len() + 1;
        let mut deals = json!({"follow": self.dice.of(&["new", "new", "entered"])});
        if deals["follow"] == "new" && self.dice.one_in(2) {
            let standing: Vec<&str> = self.deals.values().filter_map(|known| known.stage.as_deref()).collect();
            let from = if standing.is_empty() { "try" } else { self.dice.of(&standing) };
            deals["stages"] = json!({(from): self.dice.of(order_of(shape))});
        }
        let running = *self.versions.last_key_value().unwrap().0;
        let is_reversion = self.dice.one_in(3);
        let (status, view, shape) = if is_reversion {
            let back = 1 + self.dice.below(usize::try_from(running).unwrap()) as i64;
            let shape = self.versions.get(&back).copied().unwrap_or(shape);
            let body = json!({"version": back, "deals": deals});
            let (status, view) = self.post(who, &format!("/funnels/{}/revert", self.funnel), body).await;
            (status, view, shape)
        } else {
            let body = json!({"document": document(shape, number), "deals": deals});
            let (status, view) = self.call(who, Method::PUT, &format!("/funnels/{}", self.funnel), body).await;
            (status, view, shape)
        };
        if status.is_success() {
            let stages: Vec<&str> =
                view["document"]["stages"].as_array().unwrap().iter().map(|stage| text(&stage["id"])).collect();
            if let Some(shape) = (0..3).find(|shape| order_of(*shape) == stages) {
                self.versions.insert(view["version"].as_i64().unwrap(), shape);
            }
            self.seen.published += 1;
        } else if status == StatusCode::CONFLICT || view["errors"][0]["code"] == "past_a_gate" {
            self.seen.unpublished += 1;
        }
        self.after(&format!("publishing {shape} with {deals}")).await;
    }

    /// Money comes, and sometimes goes back.
    async fn order(&mut self, contact: &str) {
        if let Some(order) = self.orders.pop().filter(|_| self.dice.one_in(2)) {
            self.post(1, &format!("/orders/{order}/status"), json!({"status": "cancelled"})).await;
            return self.after("an order taken back").await;
        }
        let email = self.get(&format!("/contacts/{contact}")).await["email"].clone();
        let request = OfferOrder {
            offer: "kit".to_owned(),
            quantity: 1,
            buyer: serde_json::from_value(json!({"name": "Kari", "email": email})).unwrap(),
            locale: "en".parse().unwrap(),
            consents: Vec::new(),
            channel: String::new(),
            origin: "/o/kit".to_owned(),
            visitor: None,
            form_token: None,
        };
        let placed = orders::place(&self.test.app, request).await.unwrap();
        self.orders.push(placed.order.order.id.to_string());
        self.after("an order").await;
    }

    /// Whoever is removed and added again begins anew.
    async fn remake(&mut self, contact: &str) {
        let (status, _) = self.call(1, Method::DELETE, &format!("/contacts/{contact}"), Value::Null).await;
        if status.is_success() {
            self.test.settle().await;
            self.deals.retain(|_, known| known.contact != contact);
            self.contacts.retain(|known| known != contact);
            if self.merge.as_ref().is_some_and(|(_, kept, _)| kept == contact) {
                self.merge = None;
            }
            let anew = self.contact("kari").await;
            self.contacts.push(anew);
            if self.merge.is_none() && self.contacts.len() < 2 {
                let other = self.contact("kåre").await;
                self.contacts.push(other);
            }
            self.seen.remade += 1;
        }
        self.after("removing and adding").await;
    }
}

fn is_gated(stage: &str) -> bool {
    ["talk", "offer", "agreed"].contains(&stage)
}

async fn people(test: &TestApp) -> Vec<Person> {
    test.actor(Role::Manager).await;
    test.actor(Role::Rep).await;
    let mut people = Vec::new();
    for (role, mailbox) in [(Role::Owner, "owner"), (Role::Manager, "manager"), (Role::Rep, "rep")] {
        let email = format!("{mailbox}@example.com");
        let login = accounts::log_in(&test.app, &email, testing::PASSWORD).await.unwrap();
        people.push(Person { id: login.user.id.to_string(), role, login });
    }
    people
}

#[tokio::test]
async fn no_calls_get_a_deal_past_a_gate() {
    for test in testing::all().await {
        let mut people = Some(people(&test).await);
        let key = keys::create(&test.app, &test.owner, "shop", KeyKind::Secret, Role::Marketer).await.unwrap().token;
        let mut seen = Seen::default();
        for seed in 1..=LIVES {
            let mut world = World {
                test: &test,
                router: web::build(test.app.clone(), &[]).router,
                dice: Dice(SeededRandom::new(seed)),
                seed,
                step: 0,
                people: people.take().unwrap(),
                key: key.clone(),
                funnel: String::new(),
                versions: BTreeMap::new(),
                contacts: Vec::new(),
                events: Vec::new(),
                merge: None,
                edits: Vec::new(),
                imports: Vec::new(),
                orders: Vec::new(),
                deals: BTreeMap::new(),
                seen,
            };
            world.begin().await;
            for step in 0..CALLS {
                world.step = step;
                world.go().await;
            }
            (people, seen) = (Some(world.people), world.seen);
        }
        println!("{seen:?} on {}", test.name);
        let moves = [seen.passed, seen.by_itself, seen.overridden, seen.refused, seen.sales_past, seen.reopened];
        let files = [seen.filed, seen.refiled, seen.unfiled];
        assert!(files.iter().all(|count| *count > 0), "{seen:?} on {}", test.name);
        let changes = [seen.merged, seen.parted, seen.published, seen.unpublished, seen.edited, seen.imported];
        assert!(moves.iter().chain(&changes).all(|count| *count > 0) && seen.remade > 0, "{seen:?} on {}", test.name);
    }
}
