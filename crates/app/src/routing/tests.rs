use base::{Id, id};
use funnel::assignment::{AnswerLimit, AssignmentRule, ChooseBy, NobodyThere};
use serde_json::json;

use super::*;
use crate::activities::{self, NewActivity};
use crate::deals::{DealMove, DealPatch, DealView, NewDeal};
use crate::notifications::NotificationQuery;
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::{AppError, contacts};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

async fn rep(test: &TestApp, name: &str) -> Actor {
    let request = crate::accounts::NewUser {
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        password: testing::PASSWORD.to_owned(),
        role: Role::Rep,
        locale: "en".parse().unwrap(),
    };
    let user = crate::accounts::create(&test.app, &test.owner, request).await.unwrap();
    Actor::user(user.id, Role::Rep)
}

fn id_of(actor: &Actor) -> Id<id::User> {
    actor.user_id().unwrap()
}

fn rule(name: &str, people: &[&Actor]) -> AssignmentRule {
    AssignmentRule {
        name: name.to_owned(),
        is_active: true,
        funnel_id: None,
        stage: None,
        condition: None,
        choose_by: ChooseBy::Turns,
        team_id: None,
        people: people.iter().map(|actor| id_of(actor)).collect(),
        deals_max: None,
        in_hours: false,
        nobody_there: NobodyThere::Wait,
        fallback_id: None,
        answer: None,
    }
}

async fn added(test: &TestApp, rule: AssignmentRule) -> RuleView {
    add(&test.app, &test.owner, RuleRequest { rule, base_version: None }).await.unwrap()
}

async fn contact(test: &TestApp, fields: serde_json::Value) -> Id<id::Contact> {
    let new: contacts::ContactChange = serde_json::from_value(fields).unwrap();
    contacts::create(&test.app, &test.owner, new).await.unwrap().id
}

/// A deal as a program adds one: nobody has it.
async fn deal_of(test: &TestApp, contact: Id<id::Contact>) -> DealView {
    let key = Actor::key(test.app.new_id(), Role::Admin);
    deals::create(&test.app, &key, NewDeal::with(contact)).await.unwrap()
}

async fn deal(test: &TestApp) -> DealView {
    let email = format!("{}@example.com", test.app.new_id::<id::Contact>());
    let contact = contact(test, json!({"first_name": "Lead", "email": email})).await;
    deal_of(test, contact).await
}

async fn owner_of(test: &TestApp, id: Id<id::Deal>) -> Option<Id<id::User>> {
    deals::get(&test.app, &test.owner, id, None).await.unwrap().deal.owner_id
}

async fn told(test: &TestApp, actor: &Actor) -> Vec<NotificationKind> {
    let list = notifications::list(&test.app, actor, NotificationQuery::default()).await.unwrap();
    list.items.into_iter().map(|told| told.kind).collect()
}

async fn call(test: &TestApp, actor: &Actor, deal: Id<id::Deal>) -> Id<id::Activity> {
    let body = json!({"kind": "call", "deal_id": deal, "content": {"outcome": "reached"}});
    let new: NewActivity = serde_json::from_value(body).unwrap();
    activities::create(&test.app, actor, new).await.unwrap().activity.id
}

#[tokio::test]
async fn the_first_rule_that_fits_gives_deals_in_turns_and_says_why() {
    for test in testing::all().await {
        let (a, b, c) = (rep(&test, "a").await, rep(&test, "b").await, rep(&test, "c").await);
        let vip = AssignmentRule {
            condition: Some(serde_json::from_value(json!({"field": "contact.tags", "contains": "vip"})).unwrap()),
            choose_by: ChooseBy::Person,
            ..rule("VIP", &[&c])
        };
        added(&test, vip).await;
        added(&test, rule("Everybody", &[&a, &b])).await;
        let vip = contact(&test, json!({"first_name": "Vip", "tags": ["vip"]})).await;
        assert_eq!(deal_of(&test, vip).await.owner_id, Some(id_of(&c)), "{}", test.name);
        let mut owners = Vec::new();
        for _ in 0..4 {
            owners.push(deal(&test).await.owner_id.unwrap());
        }
        assert_eq!(owners, [id_of(&a), id_of(&b), id_of(&a), id_of(&b)]);
        assert_eq!(told(&test, &a).await, [NotificationKind::DealAssigned; 2]);
        let given = deal(&test).await;
        let why = of_deal(&test.app, &a, given.id).await.unwrap();
        let first = &why.items[0];
        assert_eq!((first.rule_name.as_str(), first.reason.as_ref().unwrap().people), ("Everybody", 2));
        assert!(matches!(of_deal(&test.app, &b, given.id).await, Err(AppError::NotFound(_))), "not the own one");
        // Somebody who names a person is not asked about: the deal is theirs.
        let own = deals::create(&test.app, &b, NewDeal::with(vip)).await.unwrap();
        assert_eq!(own.owner_id, Some(id_of(&b)));
    }
}

#[tokio::test]
async fn a_lead_from_a_page_is_given_once_however_often_the_worker_looks() {
    for test in testing::all().await {
        let (a, b) = (rep(&test, "a").await, rep(&test, "b").await);
        added(&test, rule("Leads", &[&a, &b])).await;
        let lead = contact(&test, json!({"first_name": "Lead", "email": "lead@example.com"})).await;
        let funnel = test.app.running.rules().funnels[0].clone();
        let opening = funnel.doc.stages.iter().find(|stage| funnel.doc.opens_deal(stage)).unwrap();
        let tx = test.app.store.begin().await.unwrap();
        let fact = facts::Fact::new(&opening.enters_on.event, test.app.now(), &events::PersonKey::contact(&lead));
        facts::record(&test.app, &tx, fact).await.unwrap();
        tx.commit().await.unwrap();
        test.settle().await;
        test.settle().await;
        tend(&test.app).await.unwrap();
        let page = deals::list(&test.app, &test.owner, Default::default()).await.unwrap();
        assert_eq!(page.items.len(), 1, "{}", test.name);
        assert_eq!(page.items[0].owner_id, Some(id_of(&a)));
        assert_eq!(of_deal(&test.app, &test.owner, page.items[0].id).await.unwrap().items.len(), 1);
        assert_eq!(told(&test, &a).await.len(), 1);
    }
}

#[tokio::test]
async fn who_is_not_at_work_is_passed_over_and_a_deal_waits_for_the_first_who_comes() {
    for test in testing::all().await {
        let (a, b) = (rep(&test, "a").await, rep(&test, "b").await);
        // Monday 09:00 in Oslo. One is away today, the other works from noon.
        let away = json!({"time_zone": "Europe/Oslo", "days": [{"day": 1, "from": "08:00", "to": "16:00"}],
            "away": [{"from": "2026-03-02", "until": "2026-03-02"}]});
        let noon = json!({"time_zone": "Europe/Oslo", "days": [{"day": 1, "from": "12:00", "to": "16:00"}]});
        for (who, hours) in [(&a, away), (&b, noon)] {
            let request = HoursRequest { hours: Some(serde_json::from_value(hours).unwrap()) };
            set_hours(&test.app, who, id_of(who), request).await.unwrap();
        }
        let request = AssignmentRule { in_hours: true, ..rule("Leads", &[&a, &b]) };
        let view = added(&test, request.clone()).await;
        let waiting = deal(&test).await;
        assert_eq!(waiting.owner_id, None);
        let why = of_deal(&test.app, &test.owner, waiting.id).await.unwrap();
        assert_eq!(why.waits_for.as_deref(), Some("Leads"));
        assert_eq!(why.waits_until.unwrap(), "2026-03-02T11:00:00Z".parse().unwrap());
        test.clock.advance_ms(HOUR_MS);
        test.settle().await;
        assert_eq!(owner_of(&test, waiting.id).await, None);
        test.clock.advance_ms(2 * HOUR_MS);
        test.settle().await;
        assert_eq!(owner_of(&test, waiting.id).await, Some(id_of(&b)), "{}", test.name);
        // With somebody for when nobody is there.
        test.clock.advance_ms(12 * HOUR_MS);
        let fallback = AssignmentRule { nobody_there: NobodyThere::Fallback, fallback_id: Some(id_of(&a)), ..request };
        let change = RuleRequest { rule: fallback, base_version: Some(view.version) };
        replace(&test.app, &test.owner, view.id, change).await.unwrap();
        assert_eq!(deal(&test).await.owner_id, Some(id_of(&a)));
        let stale = RuleRequest { rule: rule("Other", &[&a]), base_version: Some(view.version) };
        let refused = replace(&test.app, &test.owner, view.id, stale).await;
        assert!(matches!(refused, Err(AppError::Conflict { code: "version_passed", .. })));
    }
}

#[tokio::test]
async fn the_least_loaded_gets_a_deal_and_who_has_enough_gets_none() {
    for test in testing::all().await {
        let (a, b) = (rep(&test, "a").await, rep(&test, "b").await);
        let hand = contact(&test, json!({"first_name": "By hand"})).await;
        for _ in 0..2 {
            deals::create(&test.app, &a, NewDeal::with(hand)).await.unwrap();
        }
        let by_load = AssignmentRule { choose_by: ChooseBy::Load, deals_max: Some(3), ..rule("Leads", &[&a, &b]) };
        added(&test, by_load).await;
        let mut owners = Vec::new();
        for _ in 0..5 {
            owners.push(deal(&test).await.owner_id);
        }
        let (a, b) = (Some(id_of(&a)), Some(id_of(&b)));
        // Of equals whoever has waited longest.
        assert_eq!(owners, [b, b, a, b, None], "{}", test.name);
    }
}

#[tokio::test]
async fn a_stage_hands_a_deal_over_and_keeps_who_had_it_before() {
    for test in testing::all().await {
        let (setter, closer) = (rep(&test, "setter").await, rep(&test, "closer").await);
        let funnel = test.app.running.rules().funnels[0].clone();
        added(&test, rule("First touch", &[&setter])).await;
        let given = deal(&test).await;
        assert_eq!(given.owner_id, Some(id_of(&setter)));
        let place = funnel.doc.stages.iter().position(|stage| stage.id.0 == given.stage).unwrap();
        let next = funnel.doc.stages[place + 1].id.0.clone();
        let closing =
            AssignmentRule { funnel_id: Some(funnel.id), stage: Some(next.clone()), ..rule("Closers", &[&closer]) };
        added(&test, closing).await;
        let go = |stage: &str| DealMove {
            stage: stage.to_owned(),
            reason: String::new(),
            override_reason: None,
            locale: None,
        };
        let moved = deals::move_to(&test.app, &setter, given.id, go(&next)).await.unwrap();
        assert_eq!(moved.owner_id, Some(id_of(&closer)), "{}", test.name);
        let had = of_deal(&test.app, &closer, given.id).await.unwrap().items;
        assert_eq!((had[0].former_id, had[0].rule_name.as_str()), (Some(id_of(&setter)), "Closers"));
        assert!(had[1].ended_at.is_some());
        // Back and forth: whoever has it and belongs there keeps it.
        deals::move_to(&test.app, &closer, given.id, go(&given.stage)).await.unwrap();
        deals::move_to(&test.app, &closer, given.id, go(&next)).await.unwrap();
        assert_eq!(of_deal(&test.app, &closer, given.id).await.unwrap().items.len(), 2);
        let given_back = DealPatch { owner_id: Some(Some(id_of(&setter))), ..DealPatch::default() };
        deals::update(&test.app, &test.owner, given.id, given_back).await.unwrap();
        let had = of_deal(&test.app, &setter, given.id).await.unwrap().items;
        assert_eq!((had.len(), had[0].rule_name.as_str()), (3, ""));
    }
}

#[tokio::test]
async fn a_late_answer_is_told_once_to_the_owner_and_then_to_the_head_and_the_deal_goes_on() {
    for test in testing::all().await {
        let (a, b, head) = (rep(&test, "a").await, rep(&test, "b").await, test.actor(Role::Manager).await);
        let team =
            TeamRequest { name: "Sales".to_owned(), head_id: Some(id_of(&head)), members: vec![id_of(&a), id_of(&b)] };
        let team = add_team(&test.app, &test.owner, team).await.unwrap();
        let answer = AnswerLimit { within_minutes: 60, tell_head_after_minutes: Some(120), hands_on: false };
        let limited = AssignmentRule { team_id: Some(team.id), answer: Some(answer), ..rule("Leads", &[]) };
        let view = added(&test, limited.clone()).await;
        let answered = deal(&test).await;
        let late = deal(&test).await;
        assert_eq!((answered.owner_id, late.owner_id), (Some(id_of(&a)), Some(id_of(&b))));
        assert_eq!(answered.answer_due_at.unwrap(), test.app.now().plus_ms(HOUR_MS));
        test.clock.advance_ms(30 * MINUTE_MS);
        let called = call(&test, &a, answered.id).await;
        let first = async |deal| of_deal(&test.app, &test.owner, deal).await.unwrap().items.swap_remove(0);
        assert_eq!(first(answered.id).await.answered_after_ms, Some(30 * MINUTE_MS), "{}", test.name);
        let read = deals::get(&test.app, &a, answered.id, None).await.unwrap();
        assert_eq!(read.deal.answer_due_at, None);
        // A colleague's call is no answer of theirs.
        call(&test, &test.owner, late.id).await;
        test.clock.advance_ms(31 * MINUTE_MS);
        test.settle().await;
        test.settle().await;
        let count = |all: &[NotificationKind], kind| all.iter().filter(|told| **told == kind).count();
        assert_eq!(count(&told(&test, &b).await, NotificationKind::AnswerLate), 1);
        assert_eq!(count(&told(&test, &a).await, NotificationKind::AnswerLate), 0);
        assert!(first(late.id).await.is_late);
        test.clock.advance_ms(HOUR_MS);
        test.settle().await;
        assert_eq!(told(&test, &head).await, [NotificationKind::TeamAnswerLate]);
        assert_eq!(owner_of(&test, late.id).await, Some(id_of(&b)), "told, and not taken away");
        // What answered is removed: nobody has answered.
        activities::remove(&test.app, &a, called).await.unwrap();
        assert_eq!(first(answered.id).await.answered_at, None);
        test.settle().await;
        assert_eq!(count(&told(&test, &a).await, NotificationKind::AnswerLate), 1);
        // A rule that hands on gives it to the other.
        let hands_on = Some(AnswerLimit { hands_on: true, ..answer });
        let change = RuleRequest { rule: AssignmentRule { answer: hands_on, ..limited }, base_version: None };
        replace(&test.app, &test.owner, view.id, change).await.unwrap();
        let next = deal(&test).await;
        assert_eq!(next.owner_id, Some(id_of(&a)));
        test.clock.advance_ms(61 * MINUTE_MS);
        test.settle().await;
        assert_eq!(owner_of(&test, next.id).await, Some(id_of(&b)));
        assert!(first(next.id).await.reason.unwrap().is_late);
    }
}

#[tokio::test]
async fn an_e_mail_of_whoever_was_given_a_deal_is_its_first_answer_and_one_of_the_contact_is_none() {
    use crate::emails::{NewEmail, incoming::take, write};
    for test in testing::all().await {
        let (a, b) = (rep(&test, "a").await, rep(&test, "b").await);
        let answer = AnswerLimit { within_minutes: 60, tell_head_after_minutes: None, hands_on: false };
        added(&test, AssignmentRule { answer: Some(answer), ..rule("Leads", &[&a]) }).await;
        let contact = contact(&test, json!({"first_name": "Kari", "email": "kari@example.no"})).await;
        let deal = deal_of(&test, contact).await;
        let first = async || of_deal(&test.app, &test.owner, deal.id).await.unwrap().items.remove(0);
        let due = async || deals::get(&test.app, &a, deal.id, None).await.unwrap().deal.answer_due_at;
        assert!(first().await.answered_at.is_none() && due().await.is_some(), "{}", test.name);

        test.clock.advance_ms(10 * MINUTE_MS);
        let asked = b"From: kari@example.no\r\nMessage-ID: <q@example.no>\r\n\r\nIs anybody there?".to_vec();
        let taken = take(&test.app, &Actor::SYSTEM, asked).await.unwrap();
        let lies_there = activities::get(&test.app, &a, taken.activity_id.unwrap()).await.unwrap();
        assert_eq!(lies_there.deal_id, Some(deal.id));
        // A copy of what somebody else sent from another program is no answer of theirs.
        let copy = b"From: b@example.com\r\nTo: kari@example.no\r\nMessage-ID: <c@example.no>\r\n\r\nHi".to_vec();
        take(&test.app, &Actor::SYSTEM, copy).await.unwrap();
        let (subject, text) = ("Welcome".to_owned(), "Here I am.".to_owned());
        let mail = NewEmail { deal_id: Some(deal.id), subject, text, ..NewEmail::default() };
        write(&test.app, &test.owner, mail.clone()).await.unwrap();
        assert!(first().await.answered_at.is_none() && due().await.is_some(), "{}: others answered", test.name);
        assert_ne!(id_of(&a), id_of(&b));

        test.clock.advance_ms(20 * MINUTE_MS);
        let written = write(&test.app, &a, mail).await.unwrap();
        let given = first().await;
        assert_eq!((given.answered_at, given.answered_after_ms), (Some(test.app.now()), Some(30 * MINUTE_MS)));
        assert_eq!(due().await, None, "{}", test.name);
        activities::remove(&test.app, &a, written.id).await.unwrap();
        assert!(first().await.answered_at.is_none() && due().await.is_some(), "{}: it is open again", test.name);
    }
}

#[tokio::test]
async fn a_rule_is_tried_and_ordered_before_it_gives_anything() {
    let test = testing::sqlite().await;
    let (a, b) = (rep(&test, "a").await, rep(&test, "b").await);
    let nordic = contact(&test, json!({"first_name": "N", "traits": {"country": "NO"}})).await;
    let other = contact(&test, json!({"first_name": "O", "traits": {"country": "DE"}})).await;
    deal_of(&test, nordic).await;
    deal_of(&test, other).await;
    let condition = serde_json::from_value(json!({"field": "contact.country", "one_of": ["NO", "SE"]})).unwrap();
    let tried = AssignmentRule { condition: Some(condition), ..rule("Nordic", &[&b, &a]) };
    let found = preview(&test.app, &test.owner, RulePreviewRequest { rule: tried.clone(), id: None }).await.unwrap();
    assert_eq!((found.deals.len(), found.taken, found.next_id), (2, 1, Some(id_of(&b))));
    assert!(found.deals.iter().all(|deal| deal.owner_id.is_none()));
    let nordic_rule = added(&test, tried).await;
    let everybody = added(&test, rule("Everybody", &[&a])).await;
    assert_eq!(deal_of(&test, nordic).await.owner_id, Some(id_of(&b)));
    let order = RuleOrder { ids: vec![everybody.id, nordic_rule.id] };
    reorder(&test.app, &test.owner, order).await.unwrap();
    assert_eq!(deal_of(&test, nordic).await.owner_id, Some(id_of(&a)));
    let partly = reorder(&test.app, &test.owner, RuleOrder { ids: vec![everybody.id] }).await;
    assert!(matches!(partly, Err(AppError::Invalid(_))));
    // What came before the rules is asked about by hand.
    let page = deals::list(&test.app, &test.owner, Default::default()).await.unwrap();
    let old = page.items.iter().find(|deal| deal.owner_id.is_none()).unwrap();
    let given = assign_now(&test.app, &test.owner, old.id).await.unwrap();
    assert_eq!(given.items[0].user_id, id_of(&a));
    let again = assign_now(&test.app, &test.owner, old.id).await;
    assert!(matches!(again, Err(AppError::Conflict { code: "has_owner", .. })));
    let viewer = test.actor(Role::Viewer).await;
    for refused in [
        add(&test.app, &a, RuleRequest { rule: rule("Mine", &[&a]), base_version: None }).await.err(),
        list(&test.app, &a).await.err(),
        remove(&test.app, &viewer, everybody.id).await.err(),
        set_hours(&test.app, &a, id_of(&b), HoursRequest { hours: None }).await.err(),
        assign_now(&test.app, &a, old.id).await.err(),
    ] {
        assert!(matches!(refused, Some(AppError::Forbidden(_))), "{refused:?}");
    }
    let gone = AssignmentRule { team_id: Some(test.app.new_id()), ..rule("Gone", &[]) };
    let refused = add(&test.app, &test.owner, RuleRequest { rule: gone, base_version: None }).await;
    assert!(matches!(refused, Err(AppError::Invalid(problems)) if problems[0].field == "rule.team_id"));
    test.clock.advance_ms(DAY_MS);
    remove(&test.app, &test.owner, nordic_rule.id).await.unwrap();
    test.settle().await;
}
