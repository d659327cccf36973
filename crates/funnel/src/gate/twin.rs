//! A naive twin of the gates, and a random life of a deal in which both decide every call.
//!
//! The twin knows nothing of reasons and texts: it walks the rules as they are written in the module's doc and says
//! yes or no for each gate.

use std::collections::BTreeMap;

use base::{Currency, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::condition::{Condition, FieldTest, Test};
use crate::document::{
    AfterMax, ApprovalRule, ConsentRule, Duration, EvidenceRule, FunnelDoc, Gate, OverrideRule, Requirement, Since,
    Stage, TimeLimit,
};
use crate::localized::Localized;

const HOUR_MS: i64 = 3_600_000;
const PEOPLE: [(&str, Role); 4] =
    [("rita", Role::Rep), ("max", Role::Manager), ("mia", Role::Manager), ("ola", Role::Owner)];

/// Everything about one deal, owned.
#[derive(Debug, Clone)]
struct Life {
    doc: FunnelDoc,
    status: DealStatus,
    stage: Option<StageId>,
    opened_at: Timestamp,
    entered_at: Timestamp,
    moved_back_at: Option<Timestamp>,
    owner: String,
    fields: Map<String, Value>,
    approvals: Vec<Approval>,
    events: Vec<Seen>,
    consents: Vec<Consent>,
    now: Timestamp,
}

impl Life {
    fn deal(&self) -> Deal<'_> {
        Deal {
            status: self.status,
            stage: self.stage.as_ref(),
            opened_at: self.opened_at,
            entered_at: self.entered_at,
            moved_back_at: self.moved_back_at,
            owner: Some(&self.owner),
            fields: &self.fields,
            approvals: &self.approvals,
        }
    }

    fn known(&self) -> Evidence<'_> {
        Evidence { events: &self.events, consents: &self.consents }
    }

    fn place(&self) -> i32 {
        let place = self.stage.as_ref().and_then(|id| self.doc.stages.iter().position(|stage| stage.id == *id));
        place.map_or(-1, |place| place as i32)
    }

    /// Is everything that the gate of one stage asks for there, not counting approvals and consents?
    fn papers_are_there(&self, gate: &Gate) -> bool {
        for rule in &gate.requires {
            let Some(number) = self.fields.get(&rule.field).and_then(Value::as_f64) else { return false };
            if rule.min.as_ref().is_some_and(|min| number < min.as_f64().unwrap()) {
                return false;
            }
        }
        for rule in &gate.evidence {
            let mut count = 0;
            for seen in &self.events {
                let is_late = self
                    .events
                    .iter()
                    .any(|other| other.name == rule.undone_by && other.at >= seen.at && other.at <= self.now);
                let begin = match rule.since {
                    Since::Ever => i64::MIN,
                    Since::Deal => self.opened_at.ms(),
                    Since::Stage => self.entered_at.ms(),
                };
                let age = self.now.ms() - seen.at.ms();
                let is_fresh = rule.within.is_none_or(|within| age <= within.ms());
                if seen.name == rule.event && !is_late && seen.at.ms() >= begin && age >= 0 && is_fresh {
                    count += 1;
                }
            }
            if count < rule.times {
                return false;
            }
        }
        true
    }

    fn consents_are_current(&self, gate: &Gate) -> bool {
        gate.consent.iter().all(|rule| {
            let mut last: Option<&Consent> = None;
            for consent in self.consents.iter().filter(|c| c.purpose == rule.purpose && c.given_at <= self.now) {
                if last.is_none_or(|last| consent.given_at >= last.given_at) {
                    last = Some(consent);
                }
            }
            last.is_some_and(|consent| {
                consent.withdrawn_at.is_none_or(|at| at > self.now)
                    && rule.within.is_none_or(|within| self.now.ms() - consent.given_at.ms() <= within.ms())
            })
        })
    }

    fn needs(&self, rule: &ApprovalRule) -> bool {
        match &rule.when {
            None => true,
            Some(Condition::Field(test)) => match &test.tests[0] {
                Test::Above(limit) => {
                    self.fields.get(&test.field).and_then(Value::as_f64).is_some_and(|v| v > limit.as_f64().unwrap())
                }
                other => panic!("{other:?}"),
            },
            Some(other) => panic!("{other:?}"),
        }
    }

    fn is_approved(&self, stage: &Stage, rule: &ApprovalRule, mover: &Mover<'_>) -> bool {
        self.approvals.iter().any(|approval| {
            let may = rule.by.contains(&approval.role) || [Role::Owner, Role::Admin].contains(&approval.role);
            let is_other = approval.by != mover.id && approval.by != self.owner;
            let names = ["deal.value", "deal.discount"];
            approval.stage == stage.id
                && may
                && (is_other || !rule.four_eyes)
                && approval.at >= self.entered_at
                && approval.at <= self.now
                && rule.within.is_none_or(|within| self.now.ms() - approval.at.ms() <= within.ms())
                && names.iter().all(|name| approval.fields.get(*name) == self.fields.get(*name))
        })
    }

    /// Yes or no.
    fn twin(&self, mover: &Mover<'_>, to: usize, reason: Option<&str>) -> bool {
        let from = self.place();
        if self.status != DealStatus::Open || from == to as i32 {
            return false;
        }
        let stages = &self.doc.stages;
        // May this one person let this pass at the gate of that stage?
        let can_override = |stage: &Stage| {
            let rule = stage.gate.as_ref().and_then(|gate| gate.overriding.as_ref());
            rule.is_some_and(|rule| {
                let role = mover.role.is_some_and(|role| role.is_among(&rule.by));
                let chars_min = rule.reason_chars_min.unwrap_or(0).max(1) as usize;
                role && reason.is_some_and(|reason| reason.trim().len() >= chars_min)
            })
        };
        if (to as i32) < from {
            let crossed = &stages[to + 1..=from as usize];
            return crossed.iter().all(|s| !s.gate.as_ref().is_some_and(|g| g.no_going_back) || can_override(s));
        }
        if from >= 0
            && let Some(limit) = stages[from as usize].time
        {
            let stood = self.now.ms() - self.entered_at.ms();
            let is_early = limit.min.is_some_and(|min| stood < min.ms());
            let is_late = limit.after_max == AfterMax::Block && limit.max.is_some_and(|max| stood > max.ms());
            if (is_early || is_late) && !can_override(&stages[to]) {
                return false;
            }
        }
        for at in (from + 1) as usize..=to {
            let stage = &stages[at];
            let before = (from + 1) as usize..at;
            let strict = stage.gate.as_ref().is_some_and(|gate| gate.no_skipping);
            let is_skipping =
                !before.is_empty() && (strict || stages[at - 1].time.is_some_and(|time| time.min.is_some()));
            if is_skipping && !can_override(stage) {
                return false;
            }
            let Some(gate) = &stage.gate else { continue };
            if !self.consents_are_current(gate) || (!self.papers_are_there(gate) && !can_override(stage)) {
                return false;
            }
            for rule in gate.approvals.iter().filter(|rule| self.needs(rule)) {
                let is_own = rule.four_eyes && self.owner == mover.id;
                if !self.is_approved(stage, rule, mover) && (is_own || !can_override(stage)) {
                    return false;
                }
            }
        }
        true
    }

    fn enter(&mut self, to: usize) {
        if (to as i32) < self.place() {
            self.moved_back_at = Some(self.now);
        }
        self.stage = Some(self.doc.stages[to].id.clone());
        self.entered_at = self.now;
    }
}

/// One call, by whoever.
#[derive(Debug, Clone)]
enum Call {
    Wait(i64),
    Field(usize, i64),
    Clear(usize),
    Event(usize, i64),
    Give(i64),
    Withdraw,
    Approve(usize, usize),
    Move(usize, usize, Option<&'static str>),
    Arrive,
    Win(usize),
    Owner(usize),
}

const FIELDS: [&str; 3] = ["deal.value", "deal.discount", "contact.a"];
const EVENTS: [&str; 4] = ["A", "B", "C", "Undo"];

fn any_gate() -> impl Strategy<Value = Gate> {
    let requirement = (0usize..3, prop::option::of(0i64..4)).prop_map(|(field, min)| Requirement {
        field: FIELDS[field].to_owned(),
        min: min.map(Into::into),
        ..Requirement::default()
    });
    let since = prop_oneof![Just(Since::Deal), Just(Since::Stage), Just(Since::Ever)];
    let hours = || prop::option::of((1u32..6).prop_map(|hours| Duration { seconds: hours * 3600 }));
    let evidence =
        (0usize..3, 1u32..3, hours(), since, any::<bool>()).prop_map(|(event, times, within, since, undo)| {
            let undone_by = if undo { "Undo".to_owned() } else { String::new() };
            EvidenceRule { times, within, since, undone_by, ..EvidenceRule::from(EVENTS[event]) }
        });
    let consent = hours().prop_map(|within| ConsentRule { purpose: "marketing".to_owned(), within });
    let when = prop::option::of((0i64..4).prop_map(|limit| {
        Condition::Field(FieldTest { field: "deal.discount".to_owned(), tests: vec![Test::Above(limit.into())] })
    }));
    let approval = (when, any::<bool>(), hours()).prop_map(|(when, four_eyes, within)| ApprovalRule {
        when,
        by: vec![Role::Manager],
        four_eyes,
        within,
    });
    let overriding = prop::option::weighted(0.3, prop::option::of(1u32..8))
        .prop_map(|chars| chars.map(|reason_chars_min| OverrideRule { by: vec![Role::Manager], reason_chars_min }));
    let lists = (
        prop::collection::vec(requirement, 0..2),
        prop::collection::vec(evidence, 0..2),
        prop::collection::vec(consent, 0..2),
        prop::collection::vec(approval, 0..3),
    );
    (lists, any::<bool>(), any::<bool>(), overriding).prop_map(
        |((requires, evidence, consent, approvals), no_skipping, no_going_back, overriding)| Gate {
            requires,
            evidence,
            consent,
            no_skipping,
            no_going_back,
            approvals,
            overriding,
        },
    )
}

pub(crate) fn any_doc() -> impl Strategy<Value = FunnelDoc> {
    let hours = || prop::option::weighted(0.3, (1u32..5).prop_map(|hours| Duration { seconds: hours * 3600 }));
    let time = (hours(), hours(), any::<bool>()).prop_map(|(min, max, blocks)| {
        let after_max = if blocks { AfterMax::Block } else { AfterMax::Tell };
        Some(TimeLimit { min, max, after_max }).filter(|time| *time != TimeLimit::default())
    });
    let stage = (prop::option::weighted(0.7, any_gate()), time, 0usize..3);
    prop::collection::vec(stage, 2..5).prop_map(|stages| {
        let currency: Currency = "NOK".parse().unwrap();
        let mut doc = FunnelDoc::new("main", Localized::from("Main"), currency, "Europe/Oslo", Vec::new());
        for (index, (gate, time, event)) in stages.into_iter().enumerate() {
            let stage = Stage::new(&format!("s{index}"), EVENTS[event].into());
            doc.stages.push(Stage { gate, time, ..stage });
        }
        doc
    })
}

fn any_call() -> impl Strategy<Value = Call> {
    let reason = prop_oneof![
        4 => Just(None),
        1 => Just(Some(" ")),
        2 => Just(Some("because")),
    ];
    prop_oneof![
        2 => (1i64..5).prop_map(Call::Wait),
        3 => (0usize..3, 0i64..5).prop_map(|(field, value)| Call::Field(field, value)),
        1 => (0usize..3).prop_map(Call::Clear),
        4 => (0usize..4, -3i64..2).prop_map(|(event, hours)| Call::Event(event, hours)),
        2 => (-3i64..2).prop_map(Call::Give),
        1 => Just(Call::Withdraw),
        3 => (0usize..4, 0usize..5).prop_map(|(who, stage)| Call::Approve(who, stage)),
        6 => (0usize..4, 0usize..5, reason).prop_map(|(who, to, reason)| Call::Move(who, to, reason)),
        2 => Just(Call::Arrive),
        1 => (0usize..4).prop_map(Call::Win),
        1 => (0usize..4).prop_map(Call::Owner),
    ]
}

fn new_life(doc: FunnelDoc) -> Life {
    let now = Timestamp::from_ms(100 * HOUR_MS);
    Life {
        doc,
        status: DealStatus::Open,
        stage: None,
        opened_at: now,
        entered_at: now,
        moved_back_at: None,
        owner: "rita".to_owned(),
        fields: Map::new(),
        approvals: Vec::new(),
        events: Vec::new(),
        consents: Vec::new(),
        now,
    }
}

/// Carry out a call as the program will; hold each decision against the twin. Answers how many moves were made.
fn call(life: &mut Life, call: &Call) -> u32 {
    let at = |hours: i64, now: Timestamp| now.plus_ms(hours * HOUR_MS);
    match call {
        Call::Wait(hours) => life.now = at(*hours, life.now),
        Call::Field(field, value) => {
            life.fields.insert(FIELDS[*field].to_owned(), json!(value));
        }
        Call::Clear(field) => {
            life.fields.remove(FIELDS[*field]);
        }
        Call::Event(event, hours) => {
            life.events.push(Seen { name: EVENTS[*event].to_owned(), at: at(*hours, life.now), props: Map::new() });
        }
        Call::Give(hours) => {
            let given_at = at(*hours, life.now);
            life.consents.push(Consent { purpose: "marketing".to_owned(), given_at, withdrawn_at: None });
        }
        Call::Withdraw => life.consents.iter_mut().for_each(|consent| {
            consent.withdrawn_at.get_or_insert(life.now);
        }),
        Call::Owner(who) => life.owner = PEOPLE[*who].0.to_owned(),
        Call::Approve(who, stage) => {
            let (id, role) = PEOPLE[*who];
            let stage = StageId(format!("s{stage}"));
            let given = approve(&life.doc, &life.deal(), &Mover { id, role: Some(role) }, &stage, life.now);
            if let Ok(approval) = given {
                assert!(role != Role::Rep, "a rep approved");
                life.approvals.push(approval);
            }
        }
        Call::Move(who, to, reason) => {
            let (id, role) = PEOPLE[*who];
            let mover = Mover { id, role: Some(role) };
            let stage = StageId(format!("s{to}"));
            let wish = Move { to: &stage, override_reason: *reason };
            let decision = may_move(&life.doc, &life.deal(), &life.known(), &mover, &wish, life.now);
            if *to >= life.doc.stages.len() {
                assert!(!decision.is_allowed());
                return 0;
            }
            assert_eq!(decision.is_allowed(), life.twin(&mover, *to, *reason), "{decision:?}\n{life:#?}");
            check_words(&decision, life, *to);
            if decision.is_allowed() {
                life.enter(*to);
                return 1;
            }
        }
        Call::Arrive => return arrive(life),
        Call::Win(who) => {
            let (id, role) = PEOPLE[*who];
            let mover = Mover { id, role: Some(role) };
            let decision = may_win(&life.doc, &life.deal(), &life.known(), &mover, None, life.now);
            let last = life.doc.stages.len() - 1;
            let wanted = life.place() == last as i32 || life.twin(&mover, last, None);
            assert_eq!(decision.is_allowed(), wanted, "{decision:?}\n{life:#?}");
        }
    }
    0
}

/// What a decision says about itself is true.
fn check_words(decision: &Decision, life: &Life, to: usize) {
    match decision {
        Decision::Already => assert_eq!(life.place(), to as i32),
        Decision::Blocked { reasons } => assert!(!reasons.is_empty()),
        Decision::Allowed { overridden } => {
            for block in overridden {
                assert!(!matches!(block.reason, Reason::ConsentMissing { .. }) && !block.override_by.is_empty());
            }
        }
    }
}

/// Every move that a deal makes by itself must be one that the twin lets it make at that moment, and no further one may
/// be left to make.
fn arrive(life: &mut Life) -> u32 {
    let arrival = advance_through(&life.doc, &life.deal(), &life.known(), life.now);
    for stage in &arrival.moves {
        let to = life.doc.stages.iter().position(|other| other.id == *stage).unwrap();
        assert!(to as i32 > life.place(), "a deal moved back by itself: {arrival:?}");
        assert!(life.twin(&Mover::ITSELF, to, None), "{arrival:?}\n{life:#?}");
        assert!(is_led_to(life, to), "{arrival:?}\n{life:#?}");
        life.enter(to);
    }
    let later = (life.place() + 1) as usize..life.doc.stages.len();
    let furthest = later.rev().find(|to| is_led_to(life, *to));
    assert_eq!(arrival.held, furthest.map(|to| life.doc.stages[to].id.clone()), "{life:#?}");
    assert_eq!(arrival.held.is_some(), !arrival.reasons.is_empty());
    arrival.moves.len() as u32
}

fn is_led_to(life: &Life, to: usize) -> bool {
    let since = life.moved_back_at.map_or(life.opened_at, |at| at.max(life.opened_at));
    let event = &life.doc.stages[to].enters_on.event;
    life.events.iter().any(|seen| seen.name == *event && seen.at >= since && seen.at <= life.now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    /// No sequence of calls gets a deal past a gate, and none holds a deal back whose gates are open.
    #[test]
    fn no_sequence_of_calls_gets_a_deal_past_a_gate(
        doc in any_doc(),
        calls in prop::collection::vec(any_call(), 1..60),
    ) {
        let mut life = new_life(doc);
        for one in &calls {
            call(&mut life, one);
        }
    }
}

/// The random lives are not all stuck at the first gate: a good part of the wishes are granted, and of each kind of
/// reason there are some.
#[test]
fn random_lives_come_somewhere() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut moves, mut reasons) = (0, BTreeMap::<String, u32>::new());
    for _ in 0..250 {
        let doc = any_doc().new_tree(&mut runner).unwrap().current();
        let calls = prop::collection::vec(any_call(), 40..60).new_tree(&mut runner).unwrap().current();
        let mut life = new_life(doc);
        for one in &calls {
            if let Call::Move(who, to, override_reason) = one {
                let (id, role) = PEOPLE[*who];
                let (mover, stage) = (Mover { id, role: Some(role) }, StageId(format!("s{to}")));
                let wish = Move { to: &stage, override_reason: *override_reason };
                let decision = may_move(&life.doc, &life.deal(), &life.known(), &mover, &wish, life.now);
                let blocks = match decision {
                    Decision::Blocked { reasons } => reasons,
                    Decision::Allowed { overridden } => overridden,
                    Decision::Already => Vec::new(),
                };
                for block in blocks {
                    let kind = serde_json::to_value(&block.reason).unwrap()["kind"].as_str().unwrap().to_owned();
                    *reasons.entry(kind).or_default() += 1;
                }
            }
            moves += call(&mut life, one);
        }
    }
    assert!(moves > 150, "{moves}");
    for kind in [
        "unknown_stage",
        "field_missing",
        "field_wrong",
        "event_missing",
        "consent_missing",
        "skipping",
        "no_going_back",
        "too_early",
        "overdue",
        "approval_missing",
        "override_not_allowed",
        "override_reason_short",
    ] {
        assert!(reasons.get(kind).is_some_and(|count| *count > 20), "{kind}: {reasons:?}");
    }
}
