//! What salespeople do: notes, calls, meetings, tasks, e-mails and files on contacts and deals.
//!
//! Each change writes the activity, what is told of it to the log, and who is to hear of it, in one transaction. A rep
//! sees what is on own deals and on contacts alone, and what the rep wrote or is to do; that stands in the query.

mod content;
pub mod files;
pub mod reminders;
pub mod repeat;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod timeline;
pub(crate) mod told;
mod view;

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::activities::{Activity, Filter, Kind};
use store::deals::Deal;
use store::page::Page;

use crate::{
    Actor, App, AppError, FieldProblem, Result, audit, contacts::page_limit, deals, facts, notifications,
    permission::Permission, routing,
};

pub use content::{
    ActivityContent, ActivityDetails, AttachedFile, BODY_CHARS_MAX, CallDirection, EmailDetails, MEETING_OUTCOMES,
    TITLE_CHARS_MAX, TaskPriority, TaskType,
};
pub use view::{ActivityView, EmailFile, EmailState, views};

/// How long what was removed can be brought back, ms.
pub const REMOVED_KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

/// What sort of activity it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    Note,
    Call,
    Meeting,
    Task,
    File,
    Email,
}

impl From<Kind> for ActivityKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Note => Self::Note,
            Kind::Call => Self::Call,
            Kind::Meeting => Self::Meeting,
            Kind::Task => Self::Task,
            Kind::File => Self::File,
            Kind::Email => Self::Email,
        }
    }
}

impl From<ActivityKind> for Kind {
    fn from(kind: ActivityKind) -> Self {
        match kind {
            ActivityKind::Note => Self::Note,
            ActivityKind::Call => Self::Call,
            ActivityKind::Meeting => Self::Meeting,
            ActivityKind::Task => Self::Task,
            ActivityKind::File => Self::File,
            ActivityKind::Email => Self::Email,
        }
    }
}

/// Something that was done, or is to be done.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// Any but `file`, which is uploaded, and `email`, which is sent.
    pub kind: ActivityKind,
    /// With whom; the deal's contact when absent. Only a task may be about nobody.
    #[serde(default)]
    pub contact_id: Option<Id<id::Contact>>,
    /// About which deal.
    #[serde(default)]
    pub deal_id: Option<Id<id::Deal>>,
    /// What stands in it.
    pub content: ActivityContent,
    /// A task that follows from a call, a meeting or a note.
    #[serde(default)]
    pub next_step: Option<ActivityContent>,
}

/// What becomes of an activity.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityChange {
    /// What is absent stays as it is.
    pub content: ActivityContent,
    /// The version that was changed: refused when somebody has changed it since.
    #[serde(default)]
    pub base_version: Option<i64>,
}

/// How a task or a meeting ends.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityCompletion {
    /// Meetings: `held`, `no_show` or `moved`.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Meetings that were moved: when it begins instead.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// A task that follows.
    #[serde(default)]
    pub next_step: Option<ActivityContent>,
}

/// An activity, and what has come from it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ActivityDone {
    pub activity: ActivityView,
    /// The next step, the next time of a task that repeats, or the meeting that was moved.
    #[schema(required)]
    pub next: Option<ActivityView>,
}

/// Which activities a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct ActivityQuery {
    /// A contact, `ctc_…`.
    pub contact: Option<Id<id::Contact>>,
    /// A deal, `dea_…`.
    pub deal: Option<Id<id::Deal>>,
    /// `note`, `call`, `meeting`, `task`, `file` or `email`; several with commas.
    pub kind: Option<String>,
    /// Who is to do it: a user, `usr_…`, or `me`.
    pub assignee: Option<String>,
    /// Whether it is still to be done.
    pub open: Option<bool>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of activities, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ActivityPage {
    pub items: Vec<ActivityView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many the filter shows in all.
    pub total: u64,
}

pub(crate) fn wrong_cursor() -> AppError {
    AppError::invalid("cursor", "cursor", "pass next_cursor as it was given")
}

fn parse_kinds(text: &str) -> Result<Vec<Kind>> {
    let parse =
        |word: &str| word.trim().parse().map_err(|message: String| AppError::invalid("kind", "unknown", message));
    text.split(',').map(parse).collect()
}

/// A page of activities.
pub async fn list(app: &App, actor: &Actor, query: ActivityQuery) -> Result<ActivityPage> {
    actor.may(Permission::ActivitiesRead)?;
    let assignee_id = match query.assignee.as_deref() {
        Some("me") => actor.user_id(),
        Some(text) => Some(text.parse().map_err(|error| AppError::invalid("assignee", "id", format!("{error}")))?),
        None => None,
    };
    let filter = Filter {
        contact_id: query.contact,
        deal_id: query.deal,
        assignee_id,
        kinds: query.kind.as_deref().map(parse_kinds).transpose()?,
        is_open: query.open,
        ..Filter::all(deals::scope(actor))
    };
    let before = query.cursor.as_deref().map(str::parse).transpose().map_err(|()| wrong_cursor())?;
    let conn = app.store.reader();
    let Page { items, next_cursor } = store::activities::list(conn, &filter, before, page_limit(query.limit)?).await?;
    let total = store::activities::count(conn, &filter).await?;
    Ok(ActivityPage { items: views(app, actor, items).await?, next_cursor, total })
}

/// One activity.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Activity>) -> Result<ActivityView> {
    actor.may(Permission::ActivitiesRead)?;
    let found = store::activities::find(app.store.reader(), id, deals::scope(actor)).await?;
    let found = found.filter(|activity| activity.removed_at.is_none()).ok_or(AppError::NotFound("activity"))?;
    view::one(app, actor, found).await
}

/// Write down what was done, or what is to be done.
pub async fn create(app: &App, actor: &Actor, request: NewActivity) -> Result<ActivityDone> {
    actor.may(Permission::ActivitiesWrite)?;
    if request.kind == ActivityKind::File {
        return Err(AppError::invalid("kind", "upload", "files are uploaded: see POST /api/v1/activities/upload"));
    }
    if request.kind == ActivityKind::Email {
        return Err(AppError::invalid("kind", "send", "e-mails are sent: see POST /api/v1/emails"));
    }
    let settings = settings::load(app).await?;
    let tx = app.store.begin().await?;
    let kind = Kind::from(request.kind);
    let mut activity = blank(app, actor, kind, record(&tx, actor, request.contact_id, request.deal_id).await?);
    refuse_nowhere(&activity)?;
    content::apply(app, &settings, &mut activity, request.content)?;
    refuse_assignee(&tx, &activity, None).await?;
    save_new(app, &tx, actor, &activity).await?;
    let next = match request.next_step {
        Some(step) => Some(next_step(app, &tx, actor, &settings, &activity, step).await?),
        None => None,
    };
    tx.commit().await?;
    after_commit(app).await?;
    done(app, actor, activity, next).await
}

/// Where an activity is: the contact of a deal comes with it.
pub(crate) type Record = (Option<Id<id::Contact>>, Option<Id<id::Deal>>);

/// Read where an activity is to be; what the actor may not see does not exist.
pub(crate) async fn record(
    tx: &Tx,
    actor: &Actor,
    contact: Option<Id<id::Contact>>,
    deal: Option<Id<id::Deal>>,
) -> Result<Record> {
    if let Some(id) = deal {
        let found: Option<Deal> = store::deals::find(tx, id, deals::scope(actor)).await?;
        let found = found.ok_or_else(|| AppError::invalid("deal_id", "unknown", "there is no such deal"))?;
        if contact.is_some_and(|contact| contact != found.contact_id) {
            return Err(AppError::invalid("contact_id", "other", "this is not the contact of the deal: leave it out"));
        }
        return Ok((Some(found.contact_id), Some(id)));
    }
    if let Some(id) = contact
        && store::contacts::find(tx, id).await?.is_none()
    {
        return Err(AppError::invalid("contact_id", "unknown", "there is no such contact"));
    }
    Ok((contact, None))
}

pub(crate) fn blank(app: &App, actor: &Actor, kind: Kind, (contact_id, deal_id): Record) -> Activity {
    let now = app.now();
    Activity {
        id: app.new_id(),
        kind,
        contact_id,
        deal_id,
        company_id: None,
        author: actor.audit_name(),
        author_id: actor.user_id(),
        assignee_id: matches!(kind, Kind::Task | Kind::Meeting).then(|| actor.user_id()).flatten(),
        title: String::new(),
        body: String::new(),
        outcome: String::new(),
        details: serde_json::json!({}),
        is_open: matches!(kind, Kind::Task | Kind::Meeting),
        priority: 0,
        due_at: None,
        at: now,
        done_at: None,
        follows_id: None,
        version: 1,
        removed_at: None,
        created_at: now,
        updated_at: now,
    }
}

pub(crate) fn refuse_nowhere(activity: &Activity) -> Result<()> {
    if activity.contact_id.is_some() || activity.kind == Kind::Task {
        return Ok(());
    }
    Err(AppError::invalid("contact_id", "required", "name the contact or the deal that this is about"))
}

async fn refuse_assignee(tx: &Tx, activity: &Activity, before: Option<&Activity>) -> Result<()> {
    let is_new = before.is_none_or(|before| before.assignee_id != activity.assignee_id);
    let Some(assignee) = activity.assignee_id.filter(|_| is_new) else { return Ok(()) };
    let found = store::users::find(tx, assignee).await?;
    if found.is_some_and(|user| user.is_active) {
        return Ok(());
    }
    Err(AppError::invalid("content.assignee_id", "unknown", "choose a user who can log in"))
}

pub(crate) async fn save_new(app: &App, tx: &Tx, actor: &Actor, activity: &Activity) -> Result<()> {
    routing::note_answer(app, tx, activity).await?;
    store::activities::insert(tx, activity).await?;
    told::began(app, tx, activity).await?;
    notifications::of_activity(app, tx, actor, activity, None).await?;
    reminders::plan(app, tx, activity).await?;
    audit::record(app, tx, actor, "activity.create", activity.id, told::for_audit(activity)).await
}

/// The task that follows from something.
async fn next_step(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    settings: &settings::ActivitySettings,
    from: &Activity,
    content: ActivityContent,
) -> Result<Activity> {
    let mut next = blank(app, actor, Kind::Task, (from.contact_id, from.deal_id));
    next.follows_id = Some(from.id);
    let renamed =
        |problem: FieldProblem| FieldProblem { field: problem.field.replacen("content", "next_step", 1), ..problem };
    content::apply(app, settings, &mut next, content).map_err(|error| match error {
        AppError::Invalid(problems) => AppError::Invalid(problems.into_iter().map(renamed).collect()),
        other => other,
    })?;
    refuse_assignee(tx, &next, None).await?;
    save_new(app, tx, actor, &next).await?;
    Ok(next)
}

pub(crate) async fn after_commit(app: &App) -> Result<()> {
    facts::relay(app).await?;
    app.bell.ring();
    Ok(())
}

async fn done(app: &App, actor: &Actor, activity: Activity, next: Option<Activity>) -> Result<ActivityDone> {
    let mut shown = views(app, actor, std::iter::once(activity).chain(next).collect()).await?.into_iter();
    let activity = shown.next().ok_or(AppError::NotFound("activity"))?;
    Ok(ActivityDone { activity, next: shown.next() })
}

/// The activity, held, if it is there and the actor may change it: who wrote it, who is to do it, and whoever works
/// on everybody's deals.
async fn held(tx: &Tx, actor: &Actor, id: Id<id::Activity>) -> Result<Activity> {
    let found = store::activities::find_for_update(tx, id, deals::scope(actor)).await?;
    let activity = found.ok_or(AppError::NotFound("activity"))?;
    let is_own =
        activity.author == actor.audit_name() || actor.user_id().is_some_and(|user| activity.assignee_id == Some(user));
    if !is_own {
        actor.may(Permission::DealsAll)?;
    }
    Ok(activity)
}

pub(crate) async fn held_present(tx: &Tx, actor: &Actor, id: Id<id::Activity>) -> Result<Activity> {
    let activity = held(tx, actor, id).await?;
    if activity.removed_at.is_some() { Err(AppError::NotFound("activity")) } else { Ok(activity) }
}

/// Change what stands in an activity.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Activity>, change: ActivityChange) -> Result<ActivityView> {
    actor.may(Permission::ActivitiesWrite)?;
    let settings = settings::load(app).await?;
    let tx = app.store.begin().await?;
    let before = held_present(&tx, actor, id).await?;
    if change.base_version.is_some_and(|version| version != before.version) {
        let detail = "somebody has changed this since you opened it: load it again";
        return Err(AppError::conflict("version_passed", detail));
    }
    let mut activity = before.clone();
    content::apply(app, &settings, &mut activity, change.content)?;
    refuse_assignee(&tx, &activity, Some(&before)).await?;
    if activity != before {
        save(app, &tx, &mut activity).await?;
        told::changed(app, &tx, &before, &activity).await?;
        notifications::of_activity(app, &tx, actor, &activity, Some(&before)).await?;
        reminders::plan(app, &tx, &activity).await?;
        let detail = told::difference(&before, &activity);
        audit::record(app, &tx, actor, "activity.update", id, detail).await?;
    }
    tx.commit().await?;
    after_commit(app).await?;
    view::one(app, actor, activity).await
}

async fn save(app: &App, tx: &Tx, activity: &mut Activity) -> Result<()> {
    activity.version += 1;
    activity.updated_at = app.now();
    Ok(store::activities::update(tx, activity).await?)
}

/// A task is done; a meeting was held, was not, or was moved.
pub async fn complete(
    app: &App,
    actor: &Actor,
    id: Id<id::Activity>,
    completion: ActivityCompletion,
) -> Result<ActivityDone> {
    actor.may(Permission::ActivitiesWrite)?;
    let settings = settings::load(app).await?;
    let tx = app.store.begin().await?;
    let before = held_present(&tx, actor, id).await?;
    if !before.is_open {
        return Err(AppError::conflict("already_done", "this is done already: open it again to change how it ended"));
    }
    let mut activity = before.clone();
    activity.is_open = false;
    activity.done_at = Some(app.now());
    let mut next = match activity.kind {
        Kind::Meeting => end_meeting(&mut activity, app, &completion)?,
        _ => end_task(&mut activity, app, &completion)?,
    };
    save(app, &tx, &mut activity).await?;
    told::changed(app, &tx, &before, &activity).await?;
    if let Some(next) = &next {
        save_new(app, &tx, actor, next).await?;
    }
    if let Some(step) = completion.next_step {
        next = Some(next_step(app, &tx, actor, &settings, &activity, step).await?);
    }
    audit::record(app, &tx, actor, "activity.complete", id, told::difference(&before, &activity)).await?;
    tx.commit().await?;
    after_commit(app).await?;
    done(app, actor, activity, next).await
}

fn end_meeting(meeting: &mut Activity, app: &App, completion: &ActivityCompletion) -> Result<Option<Activity>> {
    let outcome = completion.outcome.as_deref().unwrap_or("held");
    if !MEETING_OUTCOMES.contains(&outcome) {
        return Err(AppError::invalid("outcome", "unknown", "choose held, no_show or moved"));
    }
    outcome.clone_into(&mut meeting.outcome);
    match (outcome, completion.at) {
        ("moved", Some(at)) => {
            let mut details = ActivityDetails::of(meeting)?;
            details.ends_at = details.ends_at.map(|end| at.plus_ms(end.ms() - meeting.at.ms()));
            // Nobody is reminded of the new time at the old one.
            details.remind_at = details.remind_at.map(|remind| at.plus_ms(remind.ms() - meeting.at.ms()));
            let details = details.json()?;
            let outcome = String::new();
            Ok(Some(Activity { at, due_at: Some(at), outcome, details, ..again(meeting, app) }))
        }
        ("moved", None) => Err(AppError::invalid("at", "required", "say when the meeting begins instead")),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(AppError::invalid("at", "foreign", "only a meeting that was moved begins at another time")),
    }
}

/// The same once more, still to be done.
fn again(activity: &Activity, app: &App) -> Activity {
    let now = app.now();
    Activity {
        id: app.new_id(),
        is_open: true,
        done_at: None,
        follows_id: Some(activity.id),
        version: 1,
        created_at: now,
        updated_at: now,
        ..activity.clone()
    }
}

fn end_task(task: &mut Activity, app: &App, completion: &ActivityCompletion) -> Result<Option<Activity>> {
    if completion.outcome.is_some() || completion.at.is_some() {
        return Err(AppError::invalid("outcome", "foreign", "a task is done or not: leave outcome and at out"));
    }
    let due_before = task.due_at;
    // On the timeline it stands where it was done.
    task.at = app.now();
    let mut details = ActivityDetails::of(task)?;
    let (Some(rule), Some(first), Some(due)) = (&details.repeat, details.repeats_from, due_before) else {
        return Ok(None);
    };
    // What was left lying for a week is not to be done seven times.
    let Some(next) = rule.next(first, &details.time_zone(app), due.max(app.now())) else { return Ok(None) };
    details.remind_at = details.remind_at.map(|remind| next.plus_ms(remind.ms() - due.ms()));
    let details = details.json()?;
    Ok(Some(Activity { due_at: Some(next), details, ..again(task, app) }))
}

/// A task is not done after all; a meeting has no outcome yet. What came of itself, untouched, goes.
pub async fn reopen(app: &App, actor: &Actor, id: Id<id::Activity>) -> Result<ActivityView> {
    actor.may(Permission::ActivitiesWrite)?;
    let tx = app.store.begin().await?;
    let before = held_present(&tx, actor, id).await?;
    if before.is_open || !matches!(before.kind, Kind::Task | Kind::Meeting) {
        return Err(AppError::conflict("already_open", "only a task or a meeting that is done can be opened again"));
    }
    let mut activity = Activity { is_open: true, done_at: None, outcome: String::new(), ..before.clone() };
    save(app, &tx, &mut activity).await?;
    told::changed(app, &tx, &before, &activity).await?;
    for next in store::activities::following(&tx, id).await? {
        // A next step that somebody wrote stays.
        let is_of_itself = next.kind == before.kind && (next.kind == Kind::Meeting || next.title == before.title);
        if is_of_itself && next.is_open && next.version == 1 {
            take_away(app, &tx, actor, next).await?;
        }
    }
    reminders::plan(app, &tx, &activity).await?;
    audit::record(app, &tx, actor, "activity.reopen", id, told::difference(&before, &activity)).await?;
    tx.commit().await?;
    after_commit(app).await?;
    view::one(app, actor, activity).await
}

async fn take_away(app: &App, tx: &Tx, actor: &Actor, mut activity: Activity) -> Result<()> {
    activity.removed_at = Some(app.now());
    save(app, tx, &mut activity).await?;
    routing::forget_answer(tx, &activity).await?;
    told::removed(app, tx, &activity).await?;
    audit::record(app, tx, actor, "activity.remove", activity.id, told::for_audit(&activity)).await
}

/// Remove an activity; it can be brought back for 30 days.
pub async fn remove(app: &App, actor: &Actor, id: Id<id::Activity>) -> Result<()> {
    actor.may(Permission::ActivitiesWrite)?;
    let tx = app.store.begin().await?;
    let activity = held_present(&tx, actor, id).await?;
    take_away(app, &tx, actor, activity).await?;
    tx.commit().await?;
    after_commit(app).await
}

/// Bring back what was removed.
pub async fn restore(app: &App, actor: &Actor, id: Id<id::Activity>) -> Result<ActivityView> {
    actor.may(Permission::ActivitiesWrite)?;
    let tx = app.store.begin().await?;
    let mut activity = held(&tx, actor, id).await?;
    if activity.removed_at.take().is_some() {
        save(app, &tx, &mut activity).await?;
        routing::note_answer(app, &tx, &activity).await?;
        told::restored(app, &tx, &activity).await?;
        reminders::plan(app, &tx, &activity).await?;
        audit::record(app, &tx, actor, "activity.restore", id, told::for_audit(&activity)).await?;
    }
    tx.commit().await?;
    after_commit(app).await?;
    view::one(app, actor, activity).await
}

/// Forget for good what was removed long ago, and the bytes of files that nothing names any more.
pub(crate) async fn tidy(app: &App) -> Result<()> {
    let tx = app.store.begin().await?;
    let before = app.now().plus_ms(-REMOVED_KEPT_MS);
    store::emails::delete_sent_of_removed(&tx, before).await?;
    store::activities::delete_removed(&tx, before).await?;
    tx.commit().await?;
    files::sweep(app).await
}
