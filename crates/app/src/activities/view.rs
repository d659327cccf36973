//! An activity as the API shows it.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use serde::Serialize;
use store::activities::Activity;

use super::{ActivityDetails, ActivityKind, TaskPriority};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, contacts};

/// An activity.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ActivityView {
    pub id: Id<id::Activity>,
    pub kind: ActivityKind,
    /// With whom.
    #[schema(required)]
    pub contact_id: Option<Id<id::Contact>>,
    /// Their name, else their address; empty without a contact.
    pub contact_name: String,
    /// Their phone number; empty when unknown.
    pub contact_phone: String,
    /// About which deal.
    #[schema(required)]
    pub deal_id: Option<Id<id::Deal>>,
    /// What the deal is called; empty without one.
    pub deal_title: String,
    /// Who wrote it: the id of a user or key, or `system`.
    pub author: String,
    /// Who is to do it.
    #[schema(required)]
    pub assignee_id: Option<Id<id::User>>,
    pub title: String,
    /// Markdown.
    pub body: String,
    /// How a call or meeting ended; empty when it has not.
    pub outcome: String,
    pub priority: TaskPriority,
    /// What only some kinds have.
    pub details: ActivityDetails,
    /// Still to be done: a task that is not, a meeting without an outcome.
    pub is_open: bool,
    /// When a task is due, a meeting begins.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// Its place on the timeline: when it happened.
    pub at: Timestamp,
    #[schema(required)]
    pub done_at: Option<Timestamp>,
    /// What it came from.
    #[schema(required)]
    pub follows_id: Option<Id<id::Activity>>,
    /// Counts the changes: pass it as `base_version` so as not to write over somebody else's.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// E-mails: how it stands, and what came with it.
    #[schema(required)]
    pub email: Option<EmailState>,
}

/// How an e-mail stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EmailState {
    /// `queued`, `sending`, `sent`, `failed`, `unknown` (it may have arrived), `suppressed` (held back by a rule),
    /// `received` or `automatic` (received, and written by a program).
    pub state: String,
    /// Why it is not sent.
    #[schema(required)]
    pub error: Option<String>,
    /// Whether its sending may be tried again.
    pub can_retry: bool,
    /// Files that came with it.
    pub files: Vec<EmailFile>,
    /// The first e-mail of the conversation that it belongs to; its own id when it began one.
    pub conversation_id: Id<id::Activity>,
}

/// A file that came with an e-mail: an activity of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EmailFile {
    pub id: Id<id::Activity>,
    pub name: String,
    pub size_bytes: i64,
}

/// Activities with the names of what they are about, as far as somebody may see these.
pub async fn views(app: &App, actor: &Actor, activities: Vec<Activity>) -> Result<Vec<ActivityView>> {
    let conn = app.store.reader();
    let mut contact_ids: Vec<Id<id::Contact>> = activities.iter().filter_map(|row| row.contact_id).collect();
    contact_ids.sort_unstable();
    contact_ids.dedup();
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let contacts: HashMap<_, _> = store::contacts::find_many(conn, &contact_ids)
        .await?
        .into_iter()
        .map(|mut contact| {
            contacts::blank_hidden(&mut contact, &fields);
            (contact.id, (contact.display_name(), contact.phone))
        })
        .collect();
    let mut deal_ids: Vec<Id<id::Deal>> = activities.iter().filter_map(|row| row.deal_id).collect();
    deal_ids.sort_unstable();
    deal_ids.dedup();
    let deals = store::activities::titles_of_deals(conn, &deal_ids).await?;
    let mut emails = crate::emails::states(app, &activities).await?;
    activities
        .into_iter()
        .map(|row| {
            let (contact_name, contact_phone) =
                row.contact_id.and_then(|id| contacts.get(&id).cloned()).unwrap_or_default();
            let deal_title = row.deal_id.and_then(|id| deals.get(&id).cloned()).unwrap_or_default();
            Ok(ActivityView {
                email: emails.remove(&row.id),
                details: shown(&row, &fields)?,
                id: row.id,
                kind: row.kind.into(),
                contact_id: row.contact_id,
                contact_name,
                contact_phone,
                deal_id: row.deal_id,
                deal_title,
                author: row.author,
                assignee_id: row.assignee_id,
                title: row.title,
                body: row.body,
                outcome: row.outcome,
                priority: TaskPriority::of(row.priority),
                is_open: row.is_open,
                due_at: row.due_at,
                at: row.at,
                done_at: row.done_at,
                follows_id: row.follows_id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
            })
        })
        .collect()
}

/// The details, without an address that is hidden from whoever asks.
fn shown(row: &Activity, fields: &Fields) -> Result<ActivityDetails> {
    let mut details = ActivityDetails::of(row)?;
    if let Some(email) = details.email.as_mut().filter(|_| fields.is_hidden("email")) {
        email.from.clear();
        email.to.clear();
    }
    Ok(details)
}

pub(super) async fn one(app: &App, actor: &Actor, activity: Activity) -> Result<ActivityView> {
    views(app, actor, vec![activity]).await?.pop().ok_or(AppError::NotFound("activity"))
}
