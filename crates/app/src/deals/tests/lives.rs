//! Random lives of deals under random gates, by every call there is, against a naive idea of what a gate lets through.
//!
//! What is held: no deal comes into a stage behind a gate that was shut at that moment, unless somebody who may let it
//! pass, with a reason, or it was won by a sale and says so.

use std::collections::BTreeMap;

use base::{Random, SeededRandom, Timestamp};
use funnel::document::{FunnelDoc, Gate, check};
use funnel::page::Severity;
use serde_json::{Value, json};

use super::*;
use crate::permission::Role;

const DAY_MS: i64 = 24 * 3600 * 1000;
const STAGES: usize = 5;
const LIVES: usize = 14;
const CALLS: usize = 45;
const EVENTS: [&str; 6] =
    ["Lead Captured", "Offer Viewed", "Meeting Held", "Deposit Paid", "Deposit Refunded", "Order Completed"];

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, end: u64) -> usize {
        usize::try_from(self.0.below(end)).unwrap()
    }

    fn one_in(&self, count: u64) -> bool {
        self.0.below(count) == 0
    }
}

/// A document whose gates are drawn by lot.
fn draw(dice: &Dice, first: &FunnelDoc) -> FunnelDoc {
    loop {
        let mut doc = first.clone();
        doc.stages.truncate(STAGES);
        for stage in doc.stages.iter_mut() {
            stage.gate = None;
            stage.time = None;
            if dice.one_in(6) {
                stage.time = Some(serde_json::from_value(json!({"min": "1 day"})).unwrap());
            }
            if dice.one_in(2) {
                continue;
            }
            stage.gate = Some(serde_json::from_value::<Gate>(draw_gate(dice)).unwrap());
        }
        if !check(&doc).iter().any(|finding| finding.severity == Severity::Error) {
            return doc;
        }
    }
}

fn draw_gate(dice: &Dice) -> Value {
    let mut gate = json!({});
    if dice.one_in(2) {
        gate["requires"] = [json!(["deal.need"]), json!(["contact.phone"]), json!(["deal.need", "contact.phone"])]
            [dice.below(3)]
        .clone();
    }
    if dice.one_in(3) {
        let since = ["deal", "stage", "ever"][dice.below(3)];
        gate["evidence"] = json!([{"event": "Deposit Paid", "undone_by": "Deposit Refunded", "since": since}]);
    }
    if dice.one_in(8) {
        gate["consent"] = json!(["marketing"]);
    }
    if dice.one_in(5) {
        gate["no_skipping"] = json!(true);
    }
    if dice.one_in(4) {
        let when = json!({"field": "deal.discount", "above": "15%"});
        gate["approvals"] = json!([{"when": when, "by": ["manager"], "four_eyes": dice.one_in(2)}]);
    }
    if dice.one_in(2) {
        gate["override"] = json!({"by": ["manager"], "reason_chars_min": 5});
    }
    gate
}

/// What the test itself knows of one contact and their deals, kept beside the program's own memory.
#[derive(Default)]
struct Notes {
    has_phone: bool,
    agreed: bool,
    events: Vec<(String, Timestamp)>,
    deals: BTreeMap<Id<id::Deal>, DealNotes>,
}

#[derive(Clone)]
struct DealNotes {
    changes_seen: usize,
    stage: Option<String>,
    opened_at: Timestamp,
    entered_at: Timestamp,
    approvals: Vec<(String, String, Timestamp, Option<f64>)>,
}

#[derive(Default, Debug)]
struct Seen {
    forward: usize,
    by_itself: usize,
    overridden: usize,
    refused: usize,
    sales_past: usize,
}

/// Whether a gate is open, in the plainest words: what is wrong with it, and whether somebody could let that pass.
#[expect(clippy::too_many_arguments, reason = "all that a gate looks at, side by side")]
fn faults(
    doc: &FunnelDoc,
    index: usize,
    first: usize,
    deal: &DealView,
    known: &DealNotes,
    notes: &Notes,
    mover: &str,
    now: Timestamp,
) -> Vec<&'static str> {
    let mut faults = Vec::new();
    let stage = &doc.stages[index];
    if index > 0 && index > first && doc.stages[index - 1].time.is_some() {
        faults.push("jumped over a stage that takes time");
    }
    let Some(gate) = &stage.gate else { return faults };
    for rule in &gate.requires {
        let is_there = match rule.field.as_str() {
            "deal.need" => deal.fields.contains_key("need"),
            _ => notes.has_phone,
        };
        if !is_there {
            faults.push("field");
        }
    }
    for rule in &gate.evidence {
        let since = match rule.since {
            funnel::document::Since::Deal => known.opened_at,
            funnel::document::Since::Stage => known.entered_at,
            funnel::document::Since::Ever => Timestamp::from_ms(0),
        };
        let undone = notes.events.iter().filter(|(name, _)| name == "Deposit Refunded").map(|(_, at)| *at).max();
        let counts = |at: Timestamp| at >= since && undone.is_none_or(|undone| at > undone);
        if !notes.events.iter().any(|(name, at)| name == "Deposit Paid" && counts(*at)) {
            faults.push("evidence");
        }
    }
    if !gate.consent.is_empty() && !notes.agreed {
        faults.push("consent");
    }
    if gate.no_skipping && index > first {
        faults.push("skipped");
    }
    for rule in &gate.approvals {
        if deal.discount.is_none_or(|discount| discount <= 15.0) {
            continue;
        }
        let owner = deal.owner_id.map(|id| id.to_string());
        let counts = |(at_stage, by, at, discount): &(String, String, Timestamp, Option<f64>)| {
            at_stage == stage.id.as_str()
                && *at >= known.entered_at
                && *at <= now
                && *discount == deal.discount
                && !(rule.four_eyes && (by == mover || Some(by) == owner.as_ref()))
        };
        if !known.approvals.iter().any(counts) {
            faults.push(if rule.four_eyes && owner.as_deref() == Some(mover) { "own approval" } else { "approval" });
        }
    }
    faults
}

struct Life<'a> {
    test: &'a TestApp,
    dice: &'a Dice,
    actors: Vec<Actor>,
    funnel: Id<id::Funnel>,
    docs: BTreeMap<i64, FunnelDoc>,
    kari: ContactId,
    notes: Notes,
    seen: Seen,
}

impl Life<'_> {
    /// Look at every change that came since the last look, and hold it against the naive gates.
    async fn hold(&mut self, what: &str) {
        let now = self.test.app.now();
        for deal in deals_of(self.test, self.kari).await {
            let detail = get(&self.test.app, &self.test.owner, deal.id, None).await.unwrap();
            let first = DealNotes {
                changes_seen: 0,
                stage: None,
                opened_at: deal.created_at,
                entered_at: deal.created_at,
                approvals: Vec::new(),
            };
            let mut known = self.notes.deals.get(&deal.id).cloned().unwrap_or(first);
            let doc = self.docs[&deal.funnel_version].clone();
            for change in detail.history.iter().rev().skip(known.changes_seen) {
                self.hold_change(&doc, &deal, &known, change, now, what);
                known.changes_seen += 1;
                if known.stage.as_deref() != Some(&change.stage) {
                    known.entered_at = change.at;
                    known.stage = Some(change.stage.clone());
                }
            }
            self.notes.deals.insert(deal.id, known);
        }
    }

    fn hold_change(
        &mut self,
        doc: &FunnelDoc,
        deal: &DealView,
        known: &DealNotes,
        change: &DealChange,
        now: Timestamp,
        what: &str,
    ) {
        let place = |stage: &str| doc.stages.iter().position(|known| known.id.as_str() == stage);
        let from = known.stage.as_deref().and_then(place);
        let mut to = place(&change.stage).unwrap();
        if change.status == DealStatus::Won {
            let winning = doc.stages.iter().position(|stage| stage.enters_on.event == "Order Completed");
            to = to.max(winning.unwrap_or(STAGES - 1));
        }
        let first = from.map_or(0, |from| from + 1);
        if to < first {
            return;
        }
        self.seen.forward += 1;
        let mover = if change.actor == "system" { "" } else { change.actor.as_str() };
        self.seen.by_itself += usize::from(mover.is_empty());
        let mut shut: Vec<(usize, &str)> = Vec::new();
        let is_early =
            from.is_some_and(|from| doc.stages[from].time.is_some() && now < known.entered_at.plus_ms(DAY_MS));
        if is_early {
            shut.push((to, "too early"));
        }
        for index in first..=to {
            let found = faults(doc, index, first, deal, known, &self.notes, mover, now);
            shut.extend(found.into_iter().map(|fault| (index, fault)));
        }
        if shut.is_empty() {
            return;
        }
        // A sale is recorded even for somebody whom the first gate would not let in, and says so.
        let is_sale = change.status == DealStatus::Won || change.from_stage.is_none();
        if is_sale && mover.is_empty() && !deal.won_past.is_empty() {
            self.seen.sales_past += 1;
            return;
        }
        let at = |why: &str| {
            format!("{why}: {what} brought {from:?} to {to} ({change:?}) past {shut:?} on {}", self.test.name)
        };
        assert!(!change.overridden.is_empty(), "{}", at("nobody let it pass"));
        let actor = self.actors.iter().find(|actor| actor.audit_name() == mover).unwrap();
        for (index, fault) in &shut {
            let rule = doc.stages[*index].gate.as_ref().and_then(|gate| gate.overriding.as_ref());
            assert!(rule.is_some() && actor.role != Some(Role::Rep), "{}", at("whoever did may not"));
            assert!(*fault != "consent" && *fault != "own approval", "{}", at("nobody may"));
        }
        assert!(change.reason.chars().count() >= 5, "{}", at("no reason"));
        self.seen.overridden += 1;
    }

    async fn call(&mut self) {
        let (app, dice) = (&self.test.app, self.dice);
        self.test.clock.advance_ms(1 + i64::try_from(dice.below(1000)).unwrap());
        let actor = self.actors[dice.below(self.actors.len() as u64)];
        let all = deals_of(self.test, self.kari).await;
        let stage =
            ["awareness", "interest", "consideration", "decision", "action"][dice.below(STAGES as u64)].to_owned();
        let override_reason = dice.one_in(4).then(|| ["so it is", "no"][dice.below(2)].to_owned());
        if all.is_empty() || dice.one_in(12) {
            let discount = dice.one_in(2).then_some(20.0);
            let request =
                NewDeal { stage: dice.one_in(2).then_some(stage), discount, override_reason, ..new(self.kari) };
            let made = create(app, &actor, request).await;
            return self.after("creating", made.map(drop)).await;
        }
        let deal = all[dice.below(all.len() as u64)].clone();
        match dice.below(11) {
            0..=2 => {
                let request = DealMove { stage, reason: String::new(), override_reason, locale: None };
                let moved = move_to(app, &actor, deal.id, request).await;
                self.after("moving", moved.map(drop)).await;
            }
            3 => {
                let outcome = if dice.one_in(3) { DealOutcome::Lost } else { DealOutcome::Won };
                let request = DealClose { outcome, reason: String::new(), override_reason, locale: None };
                let ended = end(app, &actor, deal.id, request).await;
                self.after("ending", ended.map(drop)).await;
            }
            4 => {
                let again = open_again(app, &actor, deal.id).await;
                self.after("opening again", again.map(drop)).await;
            }
            5 => {
                let need = if dice.one_in(2) { json!("braces") } else { Value::Null };
                let discount = [json!(10), json!(20), json!(30), Value::Null][dice.below(4)].clone();
                let owner = self.actors[dice.below(3)].user_id();
                let patch = json!({"fields": {"need": need}, "discount": discount, "owner_id": owner});
                let changed = update(app, &actor, deal.id, serde_json::from_value(patch).unwrap()).await;
                self.after("changing", changed.map(drop)).await;
            }
            6 => {
                let given = approve(app, &actor, deal.id, NewApproval { stage: stage.clone() }).await;
                if given.is_ok() {
                    let by = actor.audit_name();
                    let known = self.notes.deals.get_mut(&deal.id).unwrap();
                    known.approvals.push((stage, by, app.now(), deal.discount));
                }
                self.after("approving", given.map(drop)).await;
            }
            7 => {
                let name = EVENTS[dice.below(EVENTS.len() as u64)];
                note(self.test, self.kari, name, json!({"value": 1})).await;
                self.notes.events.push((name.to_owned(), app.now()));
                // Sometimes the program comes to it only after the next call.
                if dice.one_in(3) {
                    return self.hold("an event that waits").await;
                }
                self.after(name, Ok(())).await;
            }
            8 => {
                self.notes.has_phone = dice.one_in(2);
                let phone = if self.notes.has_phone { "22 33 44 55" } else { "" };
                let change = ContactChange { phone: Some(phone.to_owned()), ..ContactChange::default() };
                contacts::update(app, &self.test.owner, self.kari, change).await.unwrap();
                self.after("the telephone", Ok(())).await;
            }
            9 => {
                self.notes.agreed = dice.one_in(2);
                super::gates::agree(self.test, self.kari, self.notes.agreed).await;
                self.after("the consent", Ok(())).await;
            }
            _ if dice.one_in(3) => self.publish().await,
            _ => {
                self.test.clock.advance_ms(DAY_MS);
                self.after("a day", Ok(())).await;
            }
        }
    }

    async fn publish(&mut self) {
        let mut doc = draw(self.dice, self.docs.values().next().unwrap());
        doc.title = format!("Version {}", self.docs.len() + 1).as_str().into();
        let follow = if self.dice.one_in(2) { Follow::New } else { Follow::Entered };
        let deals = OpenDeals { follow, stages: BTreeMap::new() };
        let change =
            FunnelChange { document: doc.clone(), base_version: None, message: String::new(), source: None, deals };
        let view = funnels::publish(&self.test.app, &self.test.owner, self.funnel, change).await.unwrap();
        self.docs.insert(view.version, doc);
        self.after("publishing", Ok(())).await;
    }

    async fn after(&mut self, what: &str, done: crate::Result<()>) {
        match done {
            Ok(()) => {}
            Err(AppError::GateShut(_)) => self.seen.refused += 1,
            Err(AppError::Conflict { .. } | AppError::NotFound(_) | AppError::Forbidden(_)) => {}
            Err(error) => panic!("{what}: {error:?}"),
        }
        // What the call did itself, before the background comes to it.
        self.hold(what).await;
        self.test.settle().await;
        self.hold(what).await;
    }
}

#[tokio::test]
async fn no_sequence_of_calls_gets_a_deal_past_a_gate() {
    for test in testing::all().await {
        let manager = test.actor(Role::Manager).await;
        let rep = test.actor(Role::Rep).await;
        let actors = vec![test.owner, manager, rep];
        let mut seen = Seen::default();
        for seed in 0..LIVES {
            let dice = Dice(SeededRandom::new(seed as u64 + 1));
            let first = funnels::list(&test.app, &test.owner).await.unwrap().remove(0);
            let doc = draw(&dice, &first.document);
            let change = FunnelChange {
                document: doc.clone(),
                base_version: None,
                message: String::new(),
                source: None,
                deals: OpenDeals::default(),
            };
            let published = funnels::publish(&test.app, &test.owner, first.id, change).await.unwrap();
            let kari = contact(&test, &format!("Kari{seed}")).await;
            let mut life = Life {
                test: &test,
                dice: &dice,
                actors: actors.clone(),
                funnel: first.id,
                docs: [(published.version, doc)].into(),
                kari,
                notes: Notes::default(),
                seen,
            };
            for _ in 0..CALLS {
                life.call().await;
            }
            seen = life.seen;
        }
        let enough = seen.forward > 30 && seen.by_itself > 5 && seen.overridden > 0 && seen.refused > 20;
        assert!(enough && seen.sales_past > 0, "{seen:?} on {}", test.name);
    }
}
