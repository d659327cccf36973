//! Teams, and when people work.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use funnel::assignment::WorkingHours;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::assignments::waits;
use store::teams::Team;
use store::{ConnectionTrait, Tx};

use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

/// Most teams of a company.
pub const TEAMS_MAX: usize = 200;
/// Most members of one.
pub const MEMBERS_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 80;
/// The company's hours lie among its settings.
const SETTING: &str = "working_hours";

/// A team.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TeamView {
    pub id: Id<id::Team>,
    pub name: String,
    /// Who leads it, and is told when an answer is late.
    #[schema(required)]
    pub head_id: Option<Id<id::User>>,
    pub members: Vec<Id<id::User>>,
    pub updated_at: Timestamp,
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        let Team { id, name, head_id, members, updated_at, .. } = team;
        Self { id, name, head_id, members, updated_at }
    }
}

/// A team as it is to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRequest {
    /// 1 to 80 characters.
    pub name: String,
    #[serde(default)]
    pub head_id: Option<Id<id::User>>,
    #[serde(default)]
    pub members: Vec<Id<id::User>>,
}

/// The hours of everybody, by user.
#[derive(Debug, Clone)]
pub(crate) struct Hours {
    pub(crate) company: WorkingHours,
    own: HashMap<Id<id::User>, WorkingHours>,
}

impl Hours {
    pub(crate) async fn load(app: &App, conn: &impl ConnectionTrait) -> Result<Self> {
        let company = store::settings::find(conn, SETTING).await?;
        let company = company.unwrap_or_else(|| WorkingHours::usual(&app.company().timezone));
        Ok(Self { company, own: store::teams::hours(conn).await? })
    }

    /// The hours of a person: their own, else the company's.
    pub(crate) fn of(&self, user: Id<id::User>) -> &WorkingHours {
        self.own.get(&user).unwrap_or(&self.company)
    }
}

/// When people work.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HoursView {
    /// Of everybody who has none of their own.
    pub company: WorkingHours,
    /// Of those who have.
    pub people: Vec<PersonHours>,
}

/// The hours of one person.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PersonHours {
    pub user_id: Id<id::User>,
    pub hours: WorkingHours,
}

/// The hours of one person as they are to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursRequest {
    /// None for those of the company.
    pub hours: Option<WorkingHours>,
}

/// All teams, by name.
pub async fn teams(app: &App, actor: &Actor) -> Result<Vec<TeamView>> {
    actor.may(Permission::SettingsRead)?;
    let teams = store::teams::all(app.store.reader()).await?;
    Ok(teams.into_iter().map(TeamView::from).collect())
}

/// Add a team.
pub async fn add_team(app: &App, actor: &Actor, request: TeamRequest) -> Result<TeamView> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    if store::teams::all(&tx).await?.len() >= TEAMS_MAX {
        let detail = format!("there are at most {TEAMS_MAX} teams: remove some first");
        return Err(AppError::conflict("too_many", detail));
    }
    let request = checked(&tx, request).await?;
    let now = app.now();
    let TeamRequest { name, head_id, members } = request;
    let team = Team { id: app.new_id(), name, head_id, members, created_at: now, updated_at: now };
    store::teams::insert(&tx, &team).await?;
    audit::record(app, &tx, actor, "team.create", team.id, told(&team)).await?;
    tx.commit().await?;
    Ok(team.into())
}

/// Write a team anew.
pub async fn replace_team(app: &App, actor: &Actor, id: Id<id::Team>, request: TeamRequest) -> Result<TeamView> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let before = store::teams::find(&tx, id).await?.ok_or(AppError::NotFound("team"))?;
    let TeamRequest { name, head_id, members } = checked(&tx, request).await?;
    let team = Team { name, head_id, members, updated_at: app.now(), ..before.clone() };
    store::teams::update(&tx, &team).await?;
    waits::wake_all(&tx, app.now()).await?;
    audit::record(app, &tx, actor, "team.update", id, json!({"before": told(&before), "after": told(&team)})).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(team.into())
}

/// Remove a team that no rule chooses from, and its targets.
pub async fn remove_team(app: &App, actor: &Actor, id: Id<id::Team>) -> Result<()> {
    actor.may(Permission::RoutingWrite)?;
    let tx = app.store.begin().await?;
    let before = store::teams::find(&tx, id).await?.ok_or(AppError::NotFound("team"))?;
    let rules = store::assignments::rules::all(&tx).await?;
    if let Some(rule) = rules.iter().find(|rule| rule.rule.team_id == Some(id)) {
        let detail = format!("the rule {} chooses from this team: change the rule first", rule.rule.name);
        return Err(AppError::conflict("team_used", detail));
    }
    store::teams::delete(&tx, id).await?;
    audit::record(app, &tx, actor, "team.delete", id, told(&before)).await?;
    tx.commit().await?;
    Ok(())
}

fn told(team: &Team) -> serde_json::Value {
    json!({"name": team.name, "head": team.head_id, "members": team.members})
}

async fn checked(tx: &Tx, mut request: TeamRequest) -> Result<TeamRequest> {
    let mut problems = Vec::new();
    request.name = request.name.trim().to_owned();
    let chars = request.name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || request.name.chars().any(char::is_control) {
        problems.push(FieldProblem::new("name", "length", format!("write a name of 1 to {NAME_CHARS_MAX} characters")));
    }
    let mut members = Vec::new();
    for member in request.members {
        if !members.contains(&member) {
            members.push(member);
        }
    }
    request.members = members;
    if request.members.len() > MEMBERS_MAX {
        let message = format!("a team has at most {MEMBERS_MAX} members");
        problems.push(FieldProblem::new("members", "too_many", message));
    }
    let users = store::users::all(tx).await?;
    let is_user = |id: &Id<id::User>| users.iter().any(|user| user.id == *id);
    if !request.members.iter().all(is_user) {
        problems.push(FieldProblem::new("members", "unknown", "choose users of this company"));
    }
    if request.head_id.is_some_and(|head| !is_user(&head)) {
        problems.push(FieldProblem::new("head_id", "unknown", "choose a user of this company"));
    }
    if problems.is_empty() { Ok(request) } else { Err(AppError::Invalid(problems)) }
}

/// When people work. Everybody may know when a colleague is there.
pub async fn hours(app: &App, actor: &Actor) -> Result<HoursView> {
    actor.may(Permission::SettingsRead)?;
    let Hours { company, own } = Hours::load(app, app.store.reader()).await?;
    let mut people: Vec<_> = own.into_iter().map(|(user_id, hours)| PersonHours { user_id, hours }).collect();
    people.sort_by_key(|person| person.user_id);
    Ok(HoursView { company, people })
}

fn refuse_wrong(hours: &WorkingHours, field: &str) -> Result<()> {
    hours.check().map_err(|error| AppError::invalid(field, "hours", error.to_string()))
}

/// The hours of everybody who has none of their own.
pub async fn set_company_hours(app: &App, actor: &Actor, wanted: WorkingHours) -> Result<HoursView> {
    actor.may(Permission::RoutingWrite)?;
    refuse_wrong(&wanted, "days")?;
    let tx = app.store.begin().await?;
    let before = Hours::load(app, &tx).await?.company;
    store::settings::save(&tx, SETTING, &wanted, app.now()).await?;
    waits::wake_all(&tx, app.now()).await?;
    let detail = json!({"before": before, "after": wanted});
    audit::record(app, &tx, actor, "hours.update", "company", detail).await?;
    tx.commit().await?;
    app.bell.ring();
    hours(app, actor).await
}

/// The hours of one person. Everybody who works on deals sets their own.
pub async fn set_hours(app: &App, actor: &Actor, user: Id<id::User>, request: HoursRequest) -> Result<HoursView> {
    let is_own = actor.user_id() == Some(user);
    actor.may(if is_own { Permission::DealsWrite } else { Permission::RoutingWrite })?;
    if let Some(wanted) = &request.hours {
        refuse_wrong(wanted, "hours")?;
    }
    let tx = app.store.begin().await?;
    store::users::find(&tx, user).await?.ok_or(AppError::NotFound("user"))?;
    let before = Hours::load(app, &tx).await?.own.remove(&user);
    store::teams::set_hours(&tx, user, request.hours.as_ref(), app.now()).await?;
    waits::wake_all(&tx, app.now()).await?;
    let detail = json!({"before": before, "after": request.hours});
    audit::record(app, &tx, actor, "hours.update", user, detail).await?;
    tx.commit().await?;
    app.bell.ring();
    hours(app, actor).await
}
