//! What salespeople do: notes, calls, meetings, tasks, e-mails, and files beside them.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{ActiveValue::Set, Condition, Order, QueryOrder, QuerySelect, Select};

use crate::{Result, StoreError, deals, deals::Scope, dialect, error, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub contact_id: Option<Uuid>,
    pub deal_id: Option<Uuid>,
    pub company_id: Option<Uuid>,
    pub author: String,
    pub author_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub title: String,
    pub body: String,
    pub outcome: String,
    pub details: Json,
    pub is_open: bool,
    pub priority: i64,
    pub due_at: Option<i64>,
    pub at: i64,
    pub done_at: Option<i64>,
    pub follows_id: Option<Uuid>,
    pub version: i64,
    pub removed_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// What sort of activity it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Note,
    Call,
    Meeting,
    Task,
    File,
    Email,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::Note, Self::Call, Self::Meeting, Self::Task, Self::File, Self::Email];

    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Call => "call",
            Self::Meeting => "meeting",
            Self::Task => "task",
            Self::File => "file",
            Self::Email => "email",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| "choose note, call, meeting, task, file or email".to_owned())
    }
}

/// Something that was done, or is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub id: Id<id::Activity>,
    pub kind: Kind,
    /// With whom; the deal's contact when it is about a deal.
    pub contact_id: Option<Id<id::Contact>>,
    pub deal_id: Option<Id<id::Deal>>,
    pub company_id: Option<Uuid>,
    /// The id of a user or key, or `system`.
    pub author: String,
    /// The author, when it is a user.
    pub author_id: Option<Id<id::User>>,
    /// Who is to do it.
    pub assignee_id: Option<Id<id::User>>,
    pub title: String,
    /// Markdown.
    pub body: String,
    /// How a call or meeting ended; empty when it has not. How an e-mail stands.
    pub outcome: String,
    /// What only its kind has.
    pub details: serde_json::Value,
    /// Still to be done.
    pub is_open: bool,
    /// Higher goes first.
    pub priority: i64,
    /// When a task is due, a meeting begins.
    pub due_at: Option<Timestamp>,
    /// Its place on the timeline.
    pub at: Timestamp,
    pub done_at: Option<Timestamp>,
    /// What it came from.
    pub follows_id: Option<Id<id::Activity>>,
    pub version: i64,
    pub removed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Activity {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            kind: error::parsed("activity", &model.kind)?,
            contact_id: model.contact_id.map(Id::from_uuid),
            deal_id: model.deal_id.map(Id::from_uuid),
            company_id: model.company_id,
            author: model.author,
            author_id: model.author_id.map(Id::from_uuid),
            assignee_id: model.assignee_id.map(Id::from_uuid),
            title: model.title,
            body: model.body,
            outcome: model.outcome,
            details: model.details,
            is_open: model.is_open,
            priority: model.priority,
            due_at: model.due_at.map(Timestamp::from_ms),
            at: Timestamp::from_ms(model.at),
            done_at: model.done_at.map(Timestamp::from_ms),
            follows_id: model.follows_id.map(Id::from_uuid),
            version: model.version,
            removed_at: model.removed_at.map(Timestamp::from_ms),
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl From<&Activity> for ActiveModel {
    fn from(activity: &Activity) -> Self {
        Self {
            id: Set(activity.id.uuid()),
            kind: Set(activity.kind.as_str().to_owned()),
            contact_id: Set(activity.contact_id.map(Id::uuid)),
            deal_id: Set(activity.deal_id.map(Id::uuid)),
            company_id: Set(activity.company_id),
            author: Set(activity.author.clone()),
            author_id: Set(activity.author_id.map(Id::uuid)),
            assignee_id: Set(activity.assignee_id.map(Id::uuid)),
            title: Set(activity.title.clone()),
            body: Set(activity.body.clone()),
            outcome: Set(activity.outcome.clone()),
            details: Set(activity.details.clone()),
            is_open: Set(activity.is_open),
            priority: Set(activity.priority),
            due_at: Set(activity.due_at.map(Timestamp::ms)),
            at: Set(activity.at.ms()),
            done_at: Set(activity.done_at.map(Timestamp::ms)),
            follows_id: Set(activity.follows_id.map(Id::uuid)),
            version: Set(activity.version),
            removed_at: Set(activity.removed_at.map(Timestamp::ms)),
            created_at: Set(activity.created_at.ms()),
            updated_at: Set(activity.updated_at.ms()),
        }
    }
}

/// Whose activities a caller may see: those on deals in scope, those on contacts alone, and, for a user, the own
/// ones and those they are to do.
fn visible(scope: Scope) -> Condition {
    let on_nothing = || Condition::all().add(Column::ContactId.is_null()).add(Column::CompanyId.is_null());
    let on_contact = || Condition::all().add(Column::DealId.is_null()).add(on_nothing().not());
    match scope {
        Scope::All => Condition::all(),
        Scope::Nothing => on_contact(),
        Scope::Own(user) => {
            let own_deals = Query::select()
                .column(deals::Column::Id)
                .from(deals::Entity)
                .and_where(deals::Column::OwnerId.eq(user.uuid()))
                .to_owned();
            Condition::any()
                .add(on_contact())
                .add(Column::DealId.in_subquery(own_deals))
                .add(Column::AssigneeId.eq(user.uuid()))
                .add(Column::AuthorId.eq(user.uuid()))
        }
    }
}

/// Add an activity.
pub async fn insert(conn: &impl ConnectionTrait, activity: &Activity) -> Result<()> {
    Entity::insert(ActiveModel::from(activity)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of an activity over what is stored.
pub async fn update(conn: &impl ConnectionTrait, activity: &Activity) -> Result<()> {
    Entity::update(ActiveModel::from(activity).reset_all()).exec(conn).await?;
    Ok(())
}

/// The activity of that id in scope, also when it was removed.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Activity>, scope: Scope) -> Result<Option<Activity>> {
    let query = Entity::find_by_id(id.uuid()).filter(visible(scope));
    query.one(conn).await?.map(Activity::try_from).transpose()
}

/// The same, held until the transaction ends.
pub async fn find_for_update(
    conn: &impl ConnectionTrait,
    id: Id<id::Activity>,
    scope: Scope,
) -> Result<Option<Activity>> {
    let query = Entity::find_by_id(id.uuid()).filter(visible(scope)).lock_exclusive();
    query.one(conn).await?.map(Activity::try_from).transpose()
}

/// What came from an activity and is there still.
pub async fn following(conn: &impl ConnectionTrait, id: Id<id::Activity>) -> Result<Vec<Activity>> {
    let query = Entity::find().filter(Column::FollowsId.eq(id.uuid())).filter(Column::RemovedAt.is_null());
    query.all(conn).await?.into_iter().map(Activity::try_from).collect()
}

/// Which activities are asked for; those removed never are.
#[derive(Debug, Clone)]
pub struct Filter {
    pub scope: Scope,
    pub contact_id: Option<Id<id::Contact>>,
    /// Those on this deal, and with a contact those on the contact alone too.
    pub deal_id: Option<Id<id::Deal>>,
    pub assignee_id: Option<Id<id::User>>,
    /// None for every kind.
    pub kinds: Option<Vec<Kind>>,
    pub is_open: Option<bool>,
    pub due_before: Option<Timestamp>,
    /// Without files that came with something, which shows them itself.
    pub without_attachments: bool,
}

impl Filter {
    /// Everything in scope.
    pub fn all(scope: Scope) -> Self {
        Self {
            scope,
            contact_id: None,
            deal_id: None,
            assignee_id: None,
            kinds: None,
            is_open: None,
            due_before: None,
            without_attachments: false,
        }
    }
}

fn filtered(filter: &Filter) -> Select<Entity> {
    let mut query = Entity::find().filter(visible(filter.scope)).filter(Column::RemovedAt.is_null());
    match (filter.contact_id, filter.deal_id) {
        (Some(contact), Some(deal)) => {
            let about = Condition::any().add(Column::DealId.eq(deal.uuid())).add(Column::DealId.is_null());
            query = query.filter(Column::ContactId.eq(contact.uuid())).filter(about);
        }
        (Some(contact), None) => query = query.filter(Column::ContactId.eq(contact.uuid())),
        (None, Some(deal)) => query = query.filter(Column::DealId.eq(deal.uuid())),
        (None, None) => {}
    }
    if let Some(assignee) = filter.assignee_id {
        query = query.filter(Column::AssigneeId.eq(assignee.uuid()));
    }
    if let Some(kinds) = &filter.kinds {
        query = query.filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())));
    }
    if let Some(is_open) = filter.is_open {
        query = query.filter(Column::IsOpen.eq(is_open));
    }
    if let Some(before) = filter.due_before {
        query = query.filter(Column::DueAt.lt(before.ms()));
    }
    if filter.without_attachments {
        let alone = Condition::any().add(Column::Kind.ne(Kind::File.as_str())).add(Column::FollowsId.is_null());
        query = query.filter(alone);
    }
    query
}

/// A place in a list: a time, and the id that parts equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: i64,
    pub id: Id<id::Activity>,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('.').ok_or(())?;
        Ok(Self { at: at.parse().map_err(drop)?, id: id.parse().map_err(drop)? })
    }
}

/// Activities before a place, newest first.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    before: Option<Cursor>,
    limit: u64,
) -> Result<Page<Activity>> {
    let mut query = filtered(filter).order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit + 1);
    if let Some(Cursor { at, id }) = before {
        let same = Condition::all().add(Column::At.eq(at)).add(Column::Id.lt(id.uuid()));
        query = query.filter(Condition::any().add(Column::At.lt(at)).add(same));
    }
    let rows = query.all(conn).await?.into_iter().map(Activity::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |row| Cursor { at: row.at.ms(), id: row.id }.to_string()))
}

/// What is still to be done, the earliest first; what has no time comes last.
pub async fn agenda(conn: &impl ConnectionTrait, filter: &Filter, limit: u64) -> Result<Vec<Activity>> {
    let open = Filter { is_open: Some(true), ..filter.clone() };
    let query = filtered(&open)
        .order_by(Column::DueAt.is_null(), Order::Asc)
        .order_by_asc(Column::DueAt)
        .order_by_desc(Column::Priority)
        .order_by_asc(Column::Id)
        .limit(limit);
    query.all(conn).await?.into_iter().map(Activity::try_from).collect()
}

/// How many activities there are.
pub async fn count(conn: &impl ConnectionTrait, filter: &Filter) -> Result<u64> {
    Ok(filtered(filter).count(conn).await?)
}

/// How much a user has done since a moment: tasks, calls, meetings and e-mails sent. Notes are no work done.
pub async fn count_done(conn: &impl ConnectionTrait, user: Id<id::User>, since: Timestamp) -> Result<u64> {
    let own_calls = Condition::all().add(Column::Kind.eq(Kind::Call.as_str())).add(Column::AuthorId.eq(user.uuid()));
    let own_emails = Condition::all()
        .add(Column::Kind.eq(Kind::Email.as_str()))
        .add(Column::Outcome.eq(EMAIL_SENT))
        .add(Column::AuthorId.eq(user.uuid()));
    let own_others = Condition::all()
        .add(Column::Kind.is_in([Kind::Meeting.as_str(), Kind::Task.as_str()]))
        .add(Column::AssigneeId.eq(user.uuid()))
        .add(Column::DoneAt.gte(since.ms()));
    let done = Entity::find().filter(Column::RemovedAt.is_null()).filter(Column::IsOpen.eq(false)).filter(
        Condition::any()
            .add(own_calls.add(Column::CreatedAt.gte(since.ms())))
            .add(own_emails.add(Column::CreatedAt.gte(since.ms())))
            .add(own_others),
    );
    Ok(done.count(conn).await?)
}

/// When somebody last did something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Touch {
    at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
}

/// When somebody last did something, by deal and by contact. What is still to be done does not count.
#[derive(Debug, Clone, Default)]
pub struct Touches {
    /// About a deal.
    deals: HashMap<Uuid, Touch>,
    /// About a contact and no deal.
    contacts: HashMap<Uuid, Touch>,
}

impl Touches {
    /// The last of anything that was done about a deal or its contact.
    pub fn latest(&self, deal: Id<id::Deal>, contact: Id<id::Contact>) -> Option<Timestamp> {
        let (deal, contact) = self.of(deal, contact);
        deal.at.max(contact.at)
    }

    /// The last that answered a deal or its contact.
    pub fn answered(&self, deal: Id<id::Deal>, contact: Id<id::Contact>) -> Option<Timestamp> {
        let (deal, contact) = self.of(deal, contact);
        deal.answered_at.max(contact.answered_at)
    }

    fn of(&self, deal: Id<id::Deal>, contact: Id<id::Contact>) -> (Touch, Touch) {
        let deal = self.deals.get(&deal.uuid()).copied().unwrap_or_default();
        (deal, self.contacts.get(&contact.uuid()).copied().unwrap_or_default())
    }
}

/// The outcome of an e-mail that has left.
pub const EMAIL_SENT: &str = "sent";

/// When somebody last did something about deals or their contacts, and when something of the kinds that answer. Of
/// e-mails only those count that we wrote and that have left.
pub async fn last_touches(
    conn: &impl ConnectionTrait,
    deals: &[Id<id::Deal>],
    contacts: &[Id<id::Contact>],
    answers: &[Kind],
) -> Result<Touches> {
    // By hand: SQLite would look for those without a deal in the index of deals, where they are millions.
    let no_deal = Expr::cust(dialect::without_index(conn.get_database_backend(), "deal_id")).is_null();
    let of_deals = Column::DealId.is_in(deals.iter().map(|id| id.uuid()));
    let of_contacts = Column::ContactId.is_in(contacts.iter().map(|id| id.uuid()));
    Ok(Touches {
        deals: touches(conn, of_deals, Column::DealId, answers).await?,
        contacts: touches(conn, of_contacts.and(no_deal), Column::ContactId, answers).await?,
    })
}

async fn touches(
    conn: &impl ConnectionTrait,
    about: Expr,
    by: Column,
    answers: &[Kind],
) -> Result<HashMap<Uuid, Touch>> {
    let ours = Condition::any().add(Column::Kind.ne(Kind::Email.as_str())).add(Column::Outcome.eq(EMAIL_SENT));
    let is_answer = Column::Kind.is_in(answers.iter().map(|kind| kind.as_str()));
    let rows: Vec<(Uuid, Option<i64>, Option<i64>)> = Entity::find()
        .filter(Column::RemovedAt.is_null())
        .filter(Column::IsOpen.eq(false))
        .filter(ours)
        .filter(about)
        .select_only()
        .column(by)
        .column_as(Expr::col(Column::At).max(), "latest")
        .column_as(Expr::expr(Func::max(Expr::case(is_answer, Expr::col(Column::At)))), "answered")
        .group_by(by)
        .into_tuple()
        .all(conn)
        .await?;
    let moment = |at: Option<i64>| at.map(Timestamp::from_ms);
    Ok(rows
        .into_iter()
        .map(|(id, at, answered)| (id, Touch { at: moment(at), answered_at: moment(answered) }))
        .collect())
}

/// What deals are called.
pub async fn titles_of_deals(
    conn: &impl ConnectionTrait,
    ids: &[Id<id::Deal>],
) -> Result<HashMap<Id<id::Deal>, String>> {
    let rows: Vec<(Uuid, String)> = deals::Entity::find()
        .filter(deals::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .select_only()
        .column(deals::Column::Id)
        .column(deals::Column::Title)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, title)| (Id::from_uuid(id), title)).collect())
}

/// Give one contact's activities to another: the two turned out to be one person.
pub async fn move_contact(conn: &impl ConnectionTrait, from: Id<id::Contact>, to: Id<id::Contact>) -> Result<u64> {
    let moved = Entity::update_many()
        .col_expr(Column::ContactId, Expr::value(to.uuid()))
        .filter(Column::ContactId.eq(from.uuid()))
        .exec(conn)
        .await?;
    Ok(moved.rows_affected)
}

/// The files of a contact, removed ones too: their bytes lie outside of the database.
pub async fn files_of_contact(conn: &impl ConnectionTrait, contact: Id<id::Contact>) -> Result<Vec<Id<id::Activity>>> {
    let ids: Vec<Uuid> = Entity::find()
        .filter(Column::ContactId.eq(contact.uuid()))
        .filter(Column::Kind.eq(Kind::File.as_str()))
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// Which of these there still are, removed ones too.
pub async fn known(conn: &impl ConnectionTrait, ids: &[Id<id::Activity>]) -> Result<Vec<Id<id::Activity>>> {
    let found: Vec<Uuid> = Entity::find()
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// Forget for good what was removed before a moment.
pub async fn delete_removed(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(Entity::delete_many().filter(Column::RemovedAt.lt(before.ms())).exec(conn).await?.rows_affected)
}

#[cfg(test)]
mod tests;
