//! The clinic's salespeople: who gets which leads, what they are to reach, and their days on the telephone.

use std::sync::Arc;

use app::activities::{self, ActivityCompletion, ActivityQuery, NewActivity};
use app::deals::{self, DealQuery};
use app::notifications::{self, NotificationsRead};
use app::permission::Role;
use app::routing::{self, HoursRequest, RuleRequest, TeamRequest};
use app::targets::{self, TargetRequest};
use app::{Actor, App};
use base::{Id, Random as _, SeededRandom, Timestamp, id};
use serde_json::json;

use super::DAY_MS;
use crate::commands::Failure;

/// Apart from the people's own choices: who is on the telephone must not send other visitors.
const SEED: u64 = 1881;
const HOUR_MS: i64 = 3600 * 1000;

/// The team, its hours, the rules and the targets.
pub async fn set_up(app: &App, manager: &Actor, emil: Id<id::User>, thea: Id<id::User>) -> Result<(), Failure> {
    let sara = manager.user_id();
    let team = TeamRequest { name: "Sales".to_owned(), head_id: sara, members: vec![emil, thea] };
    let team = routing::add_team(app, manager, team).await?;
    // Four days a week, and later in the day, when people have come home.
    let days: Vec<_> = (1..=4).map(|day| json!({"day": day, "from": "10:00", "to": "18:00"})).collect();
    let hours = serde_json::from_value(json!({"time_zone": "Europe/Oslo", "days": days}))?;
    routing::set_hours(app, manager, thea, HoursRequest { hours: Some(hours) }).await?;
    let rules = [
        json!({"name": "Recommended by friends", "is_active": true, "choose_by": "person", "people": [sara],
            "condition": {"field": "deal.channel", "one_of": ["recommendation", "referral"]},
            "answer": {"within_minutes": 480}}),
        json!({"name": "New leads", "is_active": true, "choose_by": "turns", "team_id": team.id, "in_hours": true,
            "nobody_there": "wait",
            "answer": {"within_minutes": 120, "tell_head_after_minutes": 480, "hands_on": false}}),
    ];
    for rule in rules {
        let rule = serde_json::from_value(rule)?;
        routing::add(app, manager, RuleRequest { rule, base_version: None }).await?;
    }
    let targets = [
        json!({"target": {"period": "month", "unit": "value_won", "amount": 30_000_000, "currency": "NOK"}}),
        json!({"team_id": team.id, "target": {"period": "month", "unit": "calls", "amount": 300}}),
        json!({"user_id": emil, "target": {"period": "month", "unit": "deals_won", "amount": 14}}),
        json!({"user_id": thea, "target": {"period": "month", "unit": "deals_won", "amount": 18}}),
    ];
    for target in targets {
        let request: TargetRequest = serde_json::from_value(target)?;
        targets::add(app, manager, request).await?;
    }
    Ok(())
}

/// The work of the salespeople in the history.
pub struct Sales {
    random: SeededRandom,
}

impl Sales {
    pub fn new() -> Self {
        Self { random: SeededRandom::new(SEED) }
    }

    fn chance(&self, share: f64) -> bool {
        self.random.unit() < share
    }

    /// An hour on the telephone: most of those who wait for an answer are called, and meetings that are over were held.
    pub async fn call(&self, app: &Arc<App>, now: Timestamp) -> Result<(), Failure> {
        let query = DealQuery { status: Some("open".to_owned()), limit: Some(200), ..DealQuery::default() };
        for deal in deals::list(app, &Actor::SYSTEM, query).await?.items {
            let Some(owner) = deal.owner_id.filter(|_| deal.answer_due_at.is_some()) else { continue };
            if !self.chance(0.62) {
                continue;
            }
            let rep = Actor::user(owner, Role::Rep);
            let draw = self.random.unit();
            let outcome = if draw < 0.55 {
                "reached"
            } else if draw < 0.9 {
                "no_answer"
            } else {
                "left_message"
            };
            note(app, &rep, deal.id, "call", json!({"outcome": outcome})).await?;
            if outcome == "reached" && self.chance(0.4) {
                let at = now.plus_ms(2 * DAY_MS);
                let content = json!({"title": "A look at the teeth", "at": at, "ends_at": at.plus_ms(HOUR_MS / 2)});
                note(app, &rep, deal.id, "meeting", content).await?;
            } else if self.chance(0.3) {
                let due_at = now.plus_ms(DAY_MS + 3 * HOUR_MS);
                let content = json!({"title": format!("Call {} again", deal.contact_name), "due_at": due_at});
                note(app, &rep, deal.id, "task", content).await?;
            }
        }
        self.finish(app, now).await
    }

    /// What is due is done: most meetings were held, most tasks are done in time.
    async fn finish(&self, app: &Arc<App>, now: Timestamp) -> Result<(), Failure> {
        for kind in ["meeting", "task"] {
            let query = ActivityQuery {
                kind: Some(kind.to_owned()),
                open: Some(true),
                limit: Some(200),
                ..ActivityQuery::default()
            };
            for planned in activities::list(app, &Actor::SYSTEM, query).await?.items {
                let is_over = planned.due_at.is_some_and(|due| due <= now);
                let Some(owner) = planned.assignee_id.filter(|_| is_over && self.chance(0.7)) else { continue };
                let held = if self.chance(0.82) { "held" } else { "no_show" };
                let outcome = (kind == "meeting").then(|| held.to_owned());
                let completion = ActivityCompletion { outcome, ..ActivityCompletion::default() };
                activities::complete(app, &Actor::user(owner, Role::Rep), planned.id, completion).await?;
            }
        }
        Ok(())
    }

    /// The end of a day: what people were told they have read.
    pub async fn read_notices(&self, app: &App, people: &[Id<id::User>]) -> Result<(), Failure> {
        for user in people {
            notifications::mark_read(app, &Actor::user(*user, Role::Rep), NotificationsRead::default()).await?;
        }
        Ok(())
    }
}

async fn note(
    app: &App,
    rep: &Actor,
    deal: Id<id::Deal>,
    kind: &str,
    content: serde_json::Value,
) -> Result<(), Failure> {
    let request = json!({"kind": kind, "deal_id": deal, "content": content});
    let request: NewActivity = serde_json::from_value(request)?;
    activities::create(app, rep, request).await?;
    Ok(())
}
