//! What the rules look at: the deal, and the people as they are now.

use base::{Id, Timestamp, id};
use funnel::assignment::{AssignmentRule, Candidate, ChooseBy};
use funnel::condition::Subject;
use serde_json::{Map, Value, json};
use store::ConnectionTrait;
use store::assignments::{self, rules::Rule};
use store::deals::Deal;
use store::teams::Team;

use super::{Entered, Hours};
use crate::{App, Result, deals};

/// The people and the rules at a moment.
pub(super) struct Desk {
    pub(super) rules: Vec<Rule>,
    pub(super) hours: Hours,
    teams: Vec<Team>,
    /// Who can log in.
    active: Vec<Id<id::User>>,
    now: Timestamp,
}

impl Desk {
    pub(super) async fn of(app: &App, conn: &impl ConnectionTrait, rules: Vec<Rule>) -> Result<Self> {
        let users = store::users::all(conn).await?;
        Ok(Self {
            rules,
            hours: Hours::load(app, conn).await?,
            teams: store::teams::all(conn).await?,
            active: users.into_iter().filter(|user| user.is_active).map(|user| user.id).collect(),
            now: app.now(),
        })
    }

    /// The people of a rule who can log in: those it names, and then the members of its team.
    pub(super) fn group(&self, rule: &AssignmentRule) -> Vec<Id<id::User>> {
        let team = self.teams.iter().find(|team| Some(team.id) == rule.team_id);
        let members = team.map(|team| team.members.as_slice()).unwrap_or_default();
        let mut group: Vec<Id<id::User>> = Vec::new();
        for user in rule.people.iter().chain(members) {
            if self.active.contains(user) && !group.contains(user) {
                group.push(*user);
            }
        }
        group
    }

    /// The people of a rule as they are now.
    pub(super) async fn candidates(
        &self,
        conn: &impl ConnectionTrait,
        rule: &Rule,
        group: &[Id<id::User>],
    ) -> Result<Vec<Candidate>> {
        let turns = assignments::rules::turns(conn, rule.id).await?;
        let asks_load = rule.rule.choose_by == ChooseBy::Load || rule.rule.deals_max.is_some();
        let open = if asks_load { assignments::open_deals(conn, group).await? } else { Default::default() };
        let candidate = |user: &Id<id::User>| {
            let hours = self.hours.of(*user);
            let there_at = hours.next_open(self.now);
            Candidate {
                user: *user,
                is_there: there_at == Some(self.now),
                there_at,
                open_deals: open.get(user).copied().unwrap_or(0),
                turn: turns.get(user).copied().unwrap_or(0),
            }
        };
        Ok(group.iter().map(candidate).collect())
    }

    /// Who hears of it when somebody is late: the heads of their teams, but for themselves.
    pub(super) fn heads_of(&self, user: Id<id::User>) -> Vec<Id<id::User>> {
        let of_user = self.teams.iter().filter(|team| team.members.contains(&user));
        let mut heads: Vec<Id<id::User>> = of_user.filter_map(|team| team.head_id).collect();
        heads.retain(|head| *head != user && self.active.contains(head));
        heads.sort_unstable();
        heads.dedup();
        heads
    }
}

/// Whether a rule is asked about a deal as it stands.
pub(super) fn is_asked(rule: &Rule, deal: &Deal, entered: Entered<'_>) -> bool {
    let rule = &rule.rule;
    let is_of_funnel = rule.funnel_id.is_none_or(|funnel| funnel == deal.funnel_id);
    let is_occasion = match &rule.stage {
        Some(stage) => entered.is_some_and(|entered| entered.0 == *stage),
        None => deal.owner_id.is_none(),
    };
    rule.is_active && is_of_funnel && is_occasion
}

/// Whether what is known of a deal is what a rule asks for.
pub(super) fn fits(rule: &Rule, subject: &Map<String, Value>, now: Timestamp) -> bool {
    let subject = Subject::new(subject, &[], now);
    rule.rule.condition.as_ref().is_none_or(|condition| condition.is_met(&subject))
}

/// What rules look at: what gates do, and where the deal stands, and the company's own fields.
pub(super) async fn subject(app: &App, conn: &impl ConnectionTrait, deal: &Deal) -> Result<Map<String, Value>> {
    let contact = store::contacts::find(conn, deal.contact_id).await?;
    let company = match contact.as_ref().and_then(|contact| contact.company_id) {
        Some(id) => store::companies::find(conn, id).await?,
        None => None,
    };
    let mut fields = deals::told_fields(&app.running.rules(), deal, contact.as_ref());
    if let Some(company) = company {
        for (name, value) in &company.fields {
            fields.insert(format!("company.{name}"), value.clone());
        }
        fields.insert("company.name".to_owned(), company.name.into());
        fields.insert("company.domain".to_owned(), company.domain.into());
        fields.insert("company.tags".to_owned(), json!(company.tags));
    }
    Ok(fields)
}
