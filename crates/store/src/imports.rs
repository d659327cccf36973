//! Imports, and the lookups in bulk that bringing in thousands of contacts needs.

use std::collections::HashMap;

use base::{Email, Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{
    Result, StoreError,
    activities::{self, Activity},
    contacts::{self, Consent, Contact, consent},
    page::Page,
};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub file_name: String,
    pub path: String,
    pub is_uploaded: bool,
    pub size_bytes: i64,
    pub state: String,
    pub hint: Json,
    pub mapping: Option<Json>,
    pub checkpoint: Option<Json>,
    pub bytes_done: i64,
    pub findings: Option<Json>,
    pub error: Option<String>,
    pub is_cancel_wanted: bool,
    pub created_by: String,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Rows written or asked for in one statement: SQLite allows 32,766 values, PostgreSQL 65,535.
const ROWS_PER_STATEMENT: usize = 500;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The file is there; nothing was decided yet.
    Ready,
    /// A dry run is under way.
    Checking,
    /// Rows are coming in.
    Running,
    /// Everything came in.
    Done,
    /// It ended early, with the error; it can be started again.
    Failed,
    /// Somebody stopped it; it can be started again or taken back.
    Cancelled,
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
}

impl ImportState {
    const ALL: [Self; 8] = [
        Self::Ready,
        Self::Checking,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Undoing,
        Self::Undone,
    ];

    /// The text in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Checking => "checking",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// Whether work is under way.
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Checking | Self::Running | Self::Undoing)
    }

    fn parse(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| StoreError::Damaged { what: "import", detail: format!("unknown state {text}") })
    }
}

/// One file brought in. The JSON documents belong to the use cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub id: Id<id::Import>,
    /// As its owner calls it.
    pub file_name: String,
    /// Where it lies.
    pub path: String,
    /// Whether it lies in the data folder and is ours to remove.
    pub is_uploaded: bool,
    pub size_bytes: u64,
    pub state: ImportState,
    /// How to read the file.
    pub hint: serde_json::Value,
    /// What its columns mean.
    pub mapping: Option<serde_json::Value>,
    /// Where an interrupted run goes on.
    pub checkpoint: Option<serde_json::Value>,
    /// Bytes of the file done with.
    pub bytes_done: u64,
    /// What the last dry run found, and what taking it back removed.
    pub findings: Option<serde_json::Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether the work under way should stop.
    pub is_cancel_wanted: bool,
    /// Who asked for it, as the audit log names actors.
    pub created_by: String,
    pub created_at: Timestamp,
    /// When rows first came in.
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl TryFrom<Model> for Import {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            file_name: model.file_name,
            path: model.path,
            is_uploaded: model.is_uploaded,
            size_bytes: u64::try_from(model.size_bytes).unwrap_or(0),
            state: ImportState::parse(&model.state)?,
            hint: model.hint,
            mapping: model.mapping,
            checkpoint: model.checkpoint,
            bytes_done: u64::try_from(model.bytes_done).unwrap_or(0),
            findings: model.findings,
            error: model.error,
            is_cancel_wanted: model.is_cancel_wanted,
            created_by: model.created_by,
            created_at: Timestamp::from_ms(model.created_at),
            started_at: model.started_at.map(Timestamp::from_ms),
            finished_at: model.finished_at.map(Timestamp::from_ms),
        })
    }
}

impl From<&Import> for ActiveModel {
    fn from(import: &Import) -> Self {
        Self {
            id: Set(import.id.uuid()),
            file_name: Set(import.file_name.clone()),
            path: Set(import.path.clone()),
            is_uploaded: Set(import.is_uploaded),
            size_bytes: Set(i64::try_from(import.size_bytes).unwrap_or(i64::MAX)),
            state: Set(import.state.as_str().to_owned()),
            hint: Set(import.hint.clone()),
            mapping: Set(import.mapping.clone()),
            checkpoint: Set(import.checkpoint.clone()),
            bytes_done: Set(i64::try_from(import.bytes_done).unwrap_or(i64::MAX)),
            findings: Set(import.findings.clone()),
            error: Set(import.error.clone()),
            is_cancel_wanted: Set(import.is_cancel_wanted),
            created_by: Set(import.created_by.clone()),
            created_at: Set(import.created_at.ms()),
            started_at: Set(import.started_at.map(Timestamp::ms)),
            finished_at: Set(import.finished_at.map(Timestamp::ms)),
        }
    }
}

/// Add an import.
pub async fn insert(conn: &impl ConnectionTrait, import: &Import) -> Result<()> {
    Entity::insert(ActiveModel::from(import)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field over what is stored.
pub async fn update(conn: &impl ConnectionTrait, import: &Import) -> Result<()> {
    Entity::update(ActiveModel::from(import).reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove an import from the list.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Import>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The import of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Import>) -> Result<Option<Import>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Import::try_from).transpose()
}

/// Imports, newest first, after the one named.
pub async fn list(conn: &impl ConnectionTrait, after: Option<Id<id::Import>>, limit: u64) -> Result<Page<Import>> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit + 1);
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after.uuid()));
    }
    let rows = query.all(conn).await?.into_iter().map(Import::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |import| import.id.to_string()))
}

/// Uploads whose work ended before a moment.
pub async fn ended_before(conn: &impl ConnectionTrait, before: Timestamp, limit: u64) -> Result<Vec<Import>> {
    let query = Entity::find()
        .filter(Column::IsUploaded.eq(true))
        .filter(Column::FinishedAt.lt(before.ms()))
        .filter(Column::Path.ne(""))
        .limit(limit);
    query.all(conn).await?.into_iter().map(Import::try_from).collect()
}

/// Keep how far a run is; without a checkpoint (a dry run) the one there is stays.
pub async fn set_progress(
    conn: &impl ConnectionTrait,
    id: Id<id::Import>,
    checkpoint: Option<serde_json::Value>,
    bytes_done: u64,
) -> Result<()> {
    let bytes_done = i64::try_from(bytes_done).unwrap_or(i64::MAX);
    let mut update = Entity::update_many().col_expr(Column::BytesDone, Expr::value(bytes_done));
    if let Some(checkpoint) = checkpoint {
        update = update.col_expr(Column::Checkpoint, Expr::value(checkpoint));
    }
    update.filter(Column::Id.eq(id.uuid())).exec(conn).await?;
    Ok(())
}

/// Ask the work under way to stop. Answers whether there is any.
pub async fn want_cancel(conn: &impl ConnectionTrait, id: Id<id::Import>) -> Result<bool> {
    let busy = [ImportState::Checking, ImportState::Running].map(ImportState::as_str);
    let update = Entity::update_many()
        .col_expr(Column::IsCancelWanted, Expr::value(true))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.is_in(busy));
    Ok(update.exec(conn).await?.rows_affected > 0)
}

/// Whether somebody wants the work under way to stop.
pub async fn is_cancel_wanted(conn: &impl ConnectionTrait, id: Id<id::Import>) -> Result<bool> {
    let found: Option<bool> =
        Entity::find_by_id(id.uuid()).select_only().column(Column::IsCancelWanted).into_tuple().one(conn).await?;
    Ok(found.unwrap_or(true))
}

/// The contacts with those telephone numbers, as they are written.
pub async fn contacts_by_phone(conn: &impl ConnectionTrait, phones: &[String]) -> Result<Vec<Contact>> {
    use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
    let mut found = Vec::new();
    for phones in phones.chunks(ROWS_PER_STATEMENT) {
        // As the index has them.
        let lower = Expr::expr(Func::lower(Expr::col(contacts::Column::Phone)));
        let texts = phones.iter().map(|phone| phone.to_lowercase());
        let rows = contacts::Entity::find().filter(lower.is_in(texts)).all(conn).await?;
        found.extend(rows.into_iter().map(Contact::try_from).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// The contacts that have one of these addresses.
pub async fn contacts_by_email(conn: &impl ConnectionTrait, emails: &[Email]) -> Result<Vec<Contact>> {
    let mut found = Vec::new();
    for emails in emails.chunks(ROWS_PER_STATEMENT) {
        let texts: Vec<&str> = emails.iter().map(Email::as_str).collect();
        let rows = contacts::Entity::find().filter(contacts::Column::Email.is_in(texts)).all(conn).await?;
        found.extend(rows.into_iter().map(Contact::try_from).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// Add contacts. Their addresses must be free.
pub async fn insert_contacts(conn: &impl ConnectionTrait, contacts: &[Contact]) -> Result<()> {
    for contacts in contacts.chunks(ROWS_PER_STATEMENT) {
        let rows = contacts.iter().map(contacts::ActiveModel::try_from).collect::<Result<Vec<_>>>()?;
        contacts::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Contacts that an import made and nobody changed since it ran at `made_at`, in the order of their ids.
pub async fn untouched_contacts(
    conn: &impl ConnectionTrait,
    source: &str,
    made_at: Timestamp,
    after: Option<Id<id::Contact>>,
    limit: u64,
) -> Result<Vec<Id<id::Contact>>> {
    let mut query = contacts::Entity::find()
        .select_only()
        .column(contacts::Column::Id)
        .filter(contacts::Column::Source.eq(source))
        .filter(contacts::Column::UpdatedAt.eq(made_at.ms()))
        .order_by_asc(contacts::Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(contacts::Column::Id.gt(after.uuid()));
    }
    let ids: Vec<Uuid> = query.into_tuple().all(conn).await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// How many contacts an import made that are still there.
pub async fn count_contacts(conn: &impl ConnectionTrait, source: &str) -> Result<u64> {
    Ok(contacts::Entity::find().filter(contacts::Column::Source.eq(source)).count(conn).await?)
}

/// Remove contacts and what hangs on them.
pub async fn delete_contacts(conn: &impl ConnectionTrait, ids: &[Id<id::Contact>]) -> Result<u64> {
    let mut deleted = 0;
    for ids in ids.chunks(ROWS_PER_STATEMENT) {
        let uuids = ids.iter().map(|id| id.uuid());
        let delete = contacts::Entity::delete_many().filter(contacts::Column::Id.is_in(uuids));
        deleted += delete.exec(conn).await?.rows_affected;
    }
    Ok(deleted)
}

/// The ledgers of several contacts, each newest first.
pub async fn consents_of(
    conn: &impl ConnectionTrait,
    ids: &[Id<id::Contact>],
) -> Result<HashMap<Id<id::Contact>, Vec<Consent>>> {
    let mut ledgers: HashMap<_, Vec<Consent>> = HashMap::new();
    for ids in ids.chunks(ROWS_PER_STATEMENT) {
        let rows = consent::Entity::find()
            .filter(consent::Column::ContactId.is_in(ids.iter().map(|id| id.uuid())))
            .order_by_desc(consent::Column::At)
            .order_by_desc(consent::Column::Id)
            .all(conn)
            .await?;
        for row in rows {
            let entry = Consent::try_from(row)?;
            ledgers.entry(entry.contact_id).or_default().push(entry);
        }
    }
    Ok(ledgers)
}

/// Add to the ledger.
pub async fn insert_consents(conn: &impl ConnectionTrait, entries: &[Consent]) -> Result<()> {
    for entries in entries.chunks(ROWS_PER_STATEMENT) {
        let rows = entries.iter().map(consent::ActiveModel::from);
        consent::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Add notes; those that are there stay as they are.
pub async fn insert_notes(conn: &impl ConnectionTrait, notes: &[Activity]) -> Result<()> {
    for notes in notes.chunks(ROWS_PER_STATEMENT) {
        let rows = notes.iter().map(activities::ActiveModel::from);
        let once = OnConflict::column(activities::Column::Id).do_nothing().to_owned();
        activities::Entity::insert_many(rows).on_conflict(once).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Take back what one import wrote into the ledger. Answers how many entries are gone.
pub async fn delete_consents(conn: &impl ConnectionTrait, origin: &str) -> Result<u64> {
    let delete = consent::Entity::delete_many().filter(consent::Column::Origin.eq(origin));
    Ok(delete.exec(conn).await?.rows_affected)
}
