//! What users are told inside the program: that somebody named them, that something was given to them, that
//! something is due.

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::activities::Activity;
use store::deals::Deal;
use store::notifications::Notification;
use store::page::Page;
use store::users::User;

use crate::{
    Actor, App, AppError, Result,
    contacts::{page_cursor, page_limit},
    permission::Permission,
};

/// Longest text of a notification, in characters: the beginning of what it is about.
const TEXT_CHARS_MAX: usize = 200;
/// People whom one text can call.
const MENTIONS_MAX: usize = 20;
/// Notifications named in one request.
pub const READ_MAX: usize = 500;
/// How long what was read is kept, ms.
const READ_KEPT_MS: i64 = 90 * 24 * 3600 * 1000;

/// Why a user is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// Somebody wrote `@` and their name.
    Mention,
    /// Somebody gave them a task or a meeting.
    Assignment,
    /// A task of theirs is due and not done.
    Overdue,
    /// They asked to be reminded.
    Reminder,
    /// They were given a deal.
    DealAssigned,
    /// They are late with the first answer to a deal.
    AnswerLate,
    /// Somebody of their team is.
    TeamAnswerLate,
    /// A contact of theirs wrote to them.
    Email,
}

impl NotificationKind {
    const ALL: [Self; 8] = [
        Self::Mention,
        Self::Assignment,
        Self::Overdue,
        Self::Reminder,
        Self::DealAssigned,
        Self::AnswerLate,
        Self::TeamAnswerLate,
        Self::Email,
    ];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Assignment => "assignment",
            Self::Overdue => "overdue",
            Self::Reminder => "reminder",
            Self::DealAssigned => "deal_assigned",
            Self::AnswerLate => "answer_late",
            Self::TeamAnswerLate => "team_answer_late",
            Self::Email => "email",
        }
    }
}

/// What a user is told.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NotificationView {
    pub id: Id<id::Notification>,
    pub kind: NotificationKind,
    /// What it is about.
    #[schema(required)]
    pub activity_id: Option<Id<id::Activity>>,
    #[schema(required)]
    pub contact_id: Option<Id<id::Contact>>,
    #[schema(required)]
    pub deal_id: Option<Id<id::Deal>>,
    /// Whose doing it is: the id of a user or key, or `system`.
    pub actor: String,
    /// The beginning of what it is about.
    pub text: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub read_at: Option<Timestamp>,
}

fn view(row: Notification) -> Result<NotificationView> {
    let kind = NotificationKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
    Ok(NotificationView {
        id: row.id,
        kind: kind.ok_or_else(|| AppError::Internal(format!("{} is of an unknown kind: {}", row.id, row.kind)))?,
        activity_id: row.activity_id,
        contact_id: row.contact_id,
        deal_id: row.deal_id,
        actor: row.actor,
        text: row.text,
        created_at: row.created_at,
        read_at: row.read_at,
    })
}

/// Which notifications a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationQuery {
    /// Only those that were not read.
    pub unread: Option<bool>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of notifications, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NotificationPage {
    pub items: Vec<NotificationView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many were not read, in all.
    pub unread: u64,
}

/// What the user was told. A program is told nothing.
pub async fn list(app: &App, actor: &Actor, query: NotificationQuery) -> Result<NotificationPage> {
    actor.may(Permission::ActivitiesRead)?;
    let before = page_cursor(query.cursor.as_deref())?;
    let limit = page_limit(query.limit)?;
    let Some(user) = actor.user_id() else {
        return Ok(NotificationPage { items: Vec::new(), next_cursor: None, unread: 0 });
    };
    let conn = app.store.reader();
    let unread_only = query.unread.unwrap_or(false);
    let Page { items, next_cursor } = store::notifications::list(conn, user, unread_only, before, limit).await?;
    let unread = store::notifications::count_unread(conn, user).await?;
    Ok(NotificationPage { items: items.into_iter().map(view).collect::<Result<_>>()?, next_cursor, unread })
}

/// What a user has read.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationsRead {
    /// These, at most 500; all of them when absent.
    pub ids: Option<Vec<Id<id::Notification>>>,
}

/// The user has read them. Whoever may read may say so: it changes nothing for others.
pub async fn mark_read(app: &App, actor: &Actor, read: NotificationsRead) -> Result<()> {
    actor.may(Permission::ActivitiesRead)?;
    if read.ids.as_ref().is_some_and(|ids| ids.len() > READ_MAX) {
        return Err(AppError::invalid("ids", "count", format!("name at most {READ_MAX}, or none for all")));
    }
    let Some(user) = actor.user_id() else { return Ok(()) };
    let tx = app.store.begin().await?;
    store::notifications::mark_read(&tx, user, read.ids.as_deref(), app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// What a user is to be told.
pub(crate) struct Notice<'a> {
    pub user: Id<id::User>,
    pub kind: NotificationKind,
    pub text: &'a str,
    pub about: About,
}

impl<'a> Notice<'a> {
    /// Of a deal, by its title.
    pub(crate) fn of(deal: &'a Deal, user: Id<id::User>, kind: NotificationKind) -> Self {
        Self { user, kind, text: &deal.title, about: deal.into() }
    }
}

/// What a notice leads to.
pub(crate) struct About {
    activity: Option<Id<id::Activity>>,
    contact: Option<Id<id::Contact>>,
    deal: Option<Id<id::Deal>>,
}

impl From<&Activity> for About {
    fn from(activity: &Activity) -> Self {
        Self { activity: Some(activity.id), contact: activity.contact_id, deal: activity.deal_id }
    }
}

impl From<&Deal> for About {
    fn from(deal: &Deal) -> Self {
        Self { activity: None, contact: Some(deal.contact_id), deal: Some(deal.id) }
    }
}

/// Tell a user something, in the transaction that makes it so; with a key, once.
pub(crate) async fn tell(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    notice: Notice<'_>,
    dedup_key: Option<String>,
) -> Result<()> {
    let row = Notification {
        id: app.new_id(),
        user_id: notice.user,
        kind: notice.kind.as_str().to_owned(),
        activity_id: notice.about.activity,
        contact_id: notice.about.contact,
        deal_id: notice.about.deal,
        actor: actor.audit_name(),
        text: notice.text.chars().take(TEXT_CHARS_MAX).collect(),
        created_at: app.now(),
        read_at: None,
    };
    Ok(store::notifications::insert(tx, &row, dedup_key).await?)
}

/// Tell those who are newly named in an activity, and who is newly to do it. Nobody is told of the own doing.
pub(crate) async fn of_activity(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    activity: &Activity,
    before: Option<&Activity>,
) -> Result<()> {
    let is_other = |user: &Id<id::User>| actor.user_id() != Some(*user);
    let former = before.and_then(|before| before.assignee_id);
    if let Some(user) = activity.assignee_id.filter(|user| Some(*user) != former).filter(is_other) {
        let notice = Notice { user, kind: NotificationKind::Assignment, text: &activity.title, about: activity.into() };
        tell(app, tx, actor, notice, None).await?;
    }
    let is_rewritten = before.is_none_or(|before| before.body != activity.body);
    if !is_rewritten || !activity.body.contains('@') {
        return Ok(());
    }
    let users = store::users::all(tx).await?;
    let known = before.map(|before| mentioned(&before.body, &users)).unwrap_or_default();
    for user in mentioned(&activity.body, &users).into_iter().filter(|user| !known.contains(user)).filter(is_other) {
        let notice = Notice { user, kind: NotificationKind::Mention, text: &activity.body, about: activity.into() };
        tell(app, tx, actor, notice, None).await?;
    }
    Ok(())
}

/// The users whom a text calls: `@` and a whole name or address, in any case. The longest name counts, so that
/// `@Kari Nordmann` does not call Kari.
fn mentioned(text: &str, users: &[User]) -> Vec<Id<id::User>> {
    let lower = text.to_lowercase();
    let mut called = Vec::new();
    for (at, _) in lower.match_indices('@') {
        // An address in the text calls nobody.
        let is_inside = lower[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let rest = &lower[at + 1..];
        let length = |user: &User| {
            let names = [user.name.to_lowercase(), user.email.as_str().to_lowercase()];
            let ends = |name: &String| !rest[name.len()..].starts_with(char::is_alphanumeric);
            names.iter().filter(|name| rest.starts_with(*name) && ends(name)).map(String::len).max()
        };
        let longest = users.iter().filter(|user| user.is_active).filter_map(length).max();
        if let (false, Some(longest)) = (is_inside, longest) {
            called.extend(
                users.iter().filter(|user| user.is_active && length(user) == Some(longest)).map(|user| user.id),
            );
        }
    }
    called.sort_unstable();
    called.dedup();
    called.truncate(MENTIONS_MAX);
    called
}

/// Forget what was read long ago.
pub(crate) async fn tidy(app: &App, tx: &Tx) -> Result<()> {
    store::notifications::delete_read(tx, app.now().plus_ms(-READ_KEPT_MS)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u128, name: &str, email: &str) -> User {
        User {
            id: Id::from_uuid(uuid::Uuid::from_u128(number)),
            email: email.parse().unwrap(),
            name: name.to_owned(),
            role: "rep".to_owned(),
            locale: "en".parse().unwrap(),
            password_hash: String::new(),
            is_active: name != "Gone",
            failed_logins: 0,
            locked_until: None,
            created_at: Timestamp::default(),
        }
    }

    #[test]
    fn a_text_calls_those_it_names_in_full() {
        let users = [
            user(1, "Kari", "kari@example.no"),
            user(2, "Kari Nordmann", "kn@example.no"),
            user(3, "Åse Ø", "ase@example.no"),
            user(4, "Gone", "gone@example.no"),
        ];
        let called =
            |text: &str| -> Vec<u128> { mentioned(text, &users).into_iter().map(|id| id.uuid().as_u128()).collect() };
        assert_eq!(called("@kari, look"), [1]);
        assert_eq!(called("ask @Kari Nordmann!"), [2]);
        assert_eq!(called("@Karianne and @Kari Nordmannsen"), [1]);
        assert_eq!(called("@åse ø and @kn@example.no (@KARI)"), [1, 2, 3]);
        assert_eq!(called("mail x@kari or @gone or @ or @nobody"), [] as [u128; 0]);
    }
}
