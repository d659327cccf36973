//! The day of a salesperson: what is due, whom to meet, who waits for an answer, which deals lie still.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use store::activities::{Filter, Kind, Touches};
use store::deals::Scope;

use crate::fields::{Entity, Fields};
use crate::{
    Actor, App, AppError, Result,
    activities::{self, ActivityKind, ActivityView, settings::ActivitySettings, views},
    deals::{self, DealQuery, DealView},
    notifications::{self, NotificationKind, NotificationQuery, NotificationView},
    permission::Permission,
};

/// The most tasks and meetings of a day.
pub const DUE_MAX: u64 = 200;
/// Open deals of one user that are looked at.
const DEALS_MAX: u64 = 500;
/// The most leads and quiet deals that are shown; the counts tell of all.
pub const DEALS_SHOWN_MAX: usize = 50;
/// A deal is a new lead for so long, ms; then it is quiet.
const LEAD_MS: i64 = 30 * 24 * 3600 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Mentions on the screen of the day.
const MENTIONS_MAX: u64 = 10;

/// Whose day.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct TodayQuery {
    /// A user, `usr_…`; whoever asks when absent. Others' days need `deals.all`.
    pub user: Option<Id<id::User>>,
}

/// A new lead that nobody has called or met yet.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WaitingLead {
    pub deal: DealView,
    /// Empty when unknown.
    pub phone: String,
    /// Since when they wait.
    pub since: Timestamp,
}

/// Why a deal is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietReason {
    /// It stands in its stage for longer than the stage's time.
    OverTime,
    /// Nobody has done anything about it for some days.
    NoActivity,
}

/// A deal that lies still.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuietDeal {
    pub deal: DealView,
    /// Empty when unknown.
    pub phone: String,
    pub reason: QuietReason,
    /// Since when.
    pub since: Timestamp,
    /// For how many days it has been so, and how many are allowed.
    pub days: u32,
    pub days_max: u32,
}

/// How much there is to do: shown in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct TodayCounts {
    /// Tasks whose time is over.
    pub overdue: u64,
    /// Tasks and meetings of the rest of the day.
    pub due: u64,
    /// Notifications that were not read.
    pub unread: u64,
}

/// The day of a salesperson.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Today {
    /// Tasks whose time is over, the oldest first.
    pub overdue: Vec<ActivityView>,
    /// Tasks of the rest of the day.
    pub due: Vec<ActivityView>,
    /// Meetings of the day, and earlier ones of which nobody has said how they went.
    pub meetings: Vec<ActivityView>,
    /// New leads without an answer, the freshest first, since they answer most; at most 50.
    pub leads: Vec<WaitingLead>,
    pub leads_total: u64,
    /// Deals that lie still, the stillest first; at most 50.
    pub quiet: Vec<QuietDeal>,
    pub quiet_total: u64,
    /// Where somebody named the user, and it was not read.
    pub mentions: Vec<NotificationView>,
    /// How much was done today: tasks, calls and meetings.
    pub done: u64,
}

/// The user whose day it is.
fn whose(actor: &Actor, query: &TodayQuery) -> Result<Id<id::User>> {
    if let Some(user) = query.user.filter(|user| Some(*user) != actor.user_id()) {
        actor.may(Permission::DealsAll)?;
        return Ok(user);
    }
    let message = "a key has no day of its own: name a user, usr_…";
    actor.user_id().ok_or_else(|| AppError::invalid("user", "nobody", message))
}

/// When the day began and when it is over, in the company's zone.
fn bounds(app: &App) -> (Timestamp, Timestamp) {
    let now = app.now().to_jiff().to_zoned(app.company().zone());
    let start = now.start_of_day().unwrap_or_else(|_| now.clone());
    let end = start.tomorrow().unwrap_or_else(|_| start.clone());
    (Timestamp::from_jiff(start.timestamp()), Timestamp::from_jiff(end.timestamp()))
}

/// What one user is still to do before a moment.
fn agenda(actor: &Actor, user: Id<id::User>, before: Timestamp) -> Filter {
    Filter {
        assignee_id: Some(user),
        is_open: Some(true),
        due_before: Some(before),
        ..Filter::all(deals::scope(actor))
    }
}

/// The day.
pub async fn get(app: &App, actor: &Actor, query: TodayQuery) -> Result<Today> {
    actor.may(Permission::ActivitiesRead)?;
    let user = whose(actor, &query)?;
    let (start, end) = bounds(app);
    let todo = store::activities::agenda(app.store.reader(), &agenda(actor, user, end), DUE_MAX).await?;
    let (meetings, tasks): (Vec<_>, Vec<_>) =
        views(app, actor, todo).await?.into_iter().partition(|todo| todo.kind == ActivityKind::Meeting);
    let now = app.now();
    let (overdue, due) = tasks.into_iter().partition(|task| task.due_at.is_some_and(|at| at < now));
    let Work { leads, quiet } = work(app, actor, user).await?;
    let (leads_total, quiet_total) = (leads.len() as u64, quiet.len() as u64);
    Ok(Today {
        overdue,
        due,
        meetings,
        leads: leads.into_iter().take(DEALS_SHOWN_MAX).collect(),
        leads_total,
        quiet: quiet.into_iter().take(DEALS_SHOWN_MAX).collect(),
        quiet_total,
        mentions: if actor.user_id() == Some(user) { mentions(app, actor).await? } else { Vec::new() },
        done: store::activities::count_done(app.store.reader(), user, start).await?,
    })
}

async fn mentions(app: &App, actor: &Actor) -> Result<Vec<NotificationView>> {
    let query = NotificationQuery { unread: Some(true), cursor: None, limit: Some(MENTIONS_MAX * 5) };
    let unread = notifications::list(app, actor, query).await?.items;
    let is_mention = |notification: &NotificationView| notification.kind == NotificationKind::Mention;
    Ok(unread.into_iter().filter(is_mention).take(MENTIONS_MAX as usize).collect())
}

/// How much there is to do: cheap enough to be asked every half minute.
pub async fn counts(app: &App, actor: &Actor) -> Result<TodayCounts> {
    actor.may(Permission::ActivitiesRead)?;
    let Some(user) = actor.user_id() else { return Ok(TodayCounts::default()) };
    let conn = app.store.reader();
    let tasks = Filter { kinds: Some(vec![Kind::Task]), ..agenda(actor, user, app.now()) };
    let overdue = store::activities::count(conn, &tasks).await?;
    let all = store::activities::count(conn, &agenda(actor, user, bounds(app).1)).await?;
    let unread = store::notifications::count_unread(conn, user).await?;
    Ok(TodayCounts { overdue, due: all.saturating_sub(overdue), unread })
}

/// Deals that ask for something.
struct Work {
    leads: Vec<WaitingLead>,
    quiet: Vec<QuietDeal>,
}

async fn work(app: &App, actor: &Actor, user: Id<id::User>) -> Result<Work> {
    let settings = activities::settings::load(app).await?;
    let mut open = open_deals(app, actor, user.to_string()).await?;
    // Who sees everybody's deals sees those, too, that nobody works on.
    if deals::scope(actor) == Scope::All && actor.user_id() == Some(user) {
        open.extend(open_deals(app, actor, "none".to_owned()).await?);
    }
    let deal_ids: Vec<_> = open.iter().map(|deal| deal.id).collect();
    let mut contact_ids: Vec<_> = open.iter().map(|deal| deal.contact_id).collect();
    contact_ids.sort_unstable();
    contact_ids.dedup();
    let conn = app.store.reader();
    let answers = [Kind::Call, Kind::Meeting, Kind::Email];
    let touched = store::activities::last_touches(conn, &deal_ids, &contact_ids, &answers).await?;
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let phones: HashMap<_, _> = store::contacts::find_many(conn, &contact_ids)
        .await?
        .into_iter()
        .filter(|_| !fields.is_hidden("phone"))
        .map(|contact| (contact.id, contact.phone))
        .collect();
    let mut work = Work { leads: Vec::new(), quiet: Vec::new() };
    for deal in open {
        let phone = phones.get(&deal.contact_id).cloned().unwrap_or_default();
        let is_answered = touched.answered(deal.id, deal.contact_id).is_some_and(|at| at >= deal.created_at);
        let is_new = deal.created_at > app.now().plus_ms(-LEAD_MS);
        if is_new && !is_answered {
            work.leads.push(WaitingLead { since: deal.created_at, phone, deal });
        } else if let Some(quiet) = quiet(app, &settings, &touched, deal, phone) {
            work.quiet.push(quiet);
        }
    }
    work.leads.sort_by_key(|lead| std::cmp::Reverse(lead.since));
    work.quiet.sort_by_key(|quiet| quiet.since);
    Ok(work)
}

async fn open_deals(app: &App, actor: &Actor, owner: String) -> Result<Vec<DealView>> {
    let query = DealQuery {
        owner: Some(owner),
        status: Some("open".to_owned()),
        sort: Some("longest_in_stage".to_owned()),
        limit: Some(DEALS_MAX),
        ..DealQuery::default()
    };
    Ok(deals::list(app, actor, query).await?.items)
}

/// Whether a deal lies still, and why.
fn quiet(
    app: &App,
    settings: &ActivitySettings,
    touched: &Touches,
    deal: DealView,
    phone: String,
) -> Option<QuietDeal> {
    let rules = app.running.rules();
    let funnel = rules.funnels.iter().find(|funnel| funnel.id == deal.funnel_id)?;
    let stage = funnel.doc.stages.iter().find(|stage| stage.id.as_str() == deal.stage);
    let days = |since: Timestamp| u32::try_from((app.now().ms() - since.ms()).max(0) / DAY_MS).unwrap_or(u32::MAX);
    let over =
        stage.and_then(|stage| stage.time?.max).filter(|max| app.now().ms() - deal.stage_entered_at.ms() > max.ms());
    if let Some(max) = over {
        let since = deal.stage_entered_at;
        let days_max = u32::try_from(max.ms() / DAY_MS).unwrap_or(u32::MAX);
        return Some(QuietDeal { phone, reason: QuietReason::OverTime, since, days: days(since), days_max, deal });
    }
    let last = touched.latest(deal.id, deal.contact_id);
    let since = last.map_or(deal.stage_entered_at, |last| last.max(deal.stage_entered_at));
    let days_max = settings.quiet_days_in(&funnel.doc.id, &deal.stage);
    let is_quiet = days(since) >= days_max;
    is_quiet.then(|| QuietDeal { phone, reason: QuietReason::NoActivity, since, days: days(since), days_max, deal })
}
