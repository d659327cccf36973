//! Edits of many records at once: how far each has come, and how every record stood before.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_edits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entity: String,
    pub request: Json,
    pub state: String,
    pub after_id: Option<Uuid>,
    pub total: i64,
    pub done: i64,
    pub changed: i64,
    pub refused: i64,
    pub actor: String,
    pub role: String,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod change {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bulk_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bulk_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: Uuid,
        pub before: Json,
        pub after: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Where an edit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Running,
    Done,
    /// Being taken back.
    Undoing,
    Undone,
    /// A removal that was called off before it began.
    CalledOff,
    /// It could not go on.
    Failed,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Running, Self::Done, Self::Undoing, Self::Undone, Self::CalledOff, Self::Failed];

    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::CalledOff => "called_off",
            Self::Failed => "failed",
        }
    }
}

/// An edit of many records.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkEdit {
    pub id: Id<id::BulkEdit>,
    pub entity: String,
    /// What was asked for.
    pub request: serde_json::Value,
    pub state: State,
    /// The last record that was looked at.
    pub after_id: Option<Uuid>,
    /// How many records it is for, as counted when it was asked for.
    pub total: u64,
    pub done: u64,
    pub changed: u64,
    /// Records that could not be changed.
    pub refused: u64,
    /// Who asked, as in the audit log, and in which role.
    pub actor: String,
    pub role: String,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl TryFrom<Model> for BulkEdit {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        let state = State::ALL.into_iter().find(|state| state.as_str() == model.state);
        let detail = format!("there is no state {}", model.state);
        Ok(Self {
            id: Id::from_uuid(model.id),
            entity: model.entity,
            request: model.request,
            state: state.ok_or(StoreError::Damaged { what: "bulk_edit", detail })?,
            after_id: model.after_id,
            total: unsigned(model.total),
            done: unsigned(model.done),
            changed: unsigned(model.changed),
            refused: unsigned(model.refused),
            actor: model.actor,
            role: model.role,
            created_at: Timestamp::from_ms(model.created_at),
            finished_at: model.finished_at.map(Timestamp::from_ms),
        })
    }
}

impl From<&BulkEdit> for ActiveModel {
    fn from(edit: &BulkEdit) -> Self {
        Self {
            id: Set(edit.id.uuid()),
            entity: Set(edit.entity.clone()),
            request: Set(edit.request.clone()),
            state: Set(edit.state.as_str().to_owned()),
            after_id: Set(edit.after_id),
            total: Set(signed(edit.total)),
            done: Set(signed(edit.done)),
            changed: Set(signed(edit.changed)),
            refused: Set(signed(edit.refused)),
            actor: Set(edit.actor.clone()),
            role: Set(edit.role.clone()),
            created_at: Set(edit.created_at.ms()),
            finished_at: Set(edit.finished_at.map(Timestamp::ms)),
        }
    }
}

/// Add an edit.
pub async fn insert(conn: &impl ConnectionTrait, edit: &BulkEdit) -> Result<()> {
    Entity::insert(ActiveModel::from(edit)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write an edit over what is stored.
pub async fn update(conn: &impl ConnectionTrait, edit: &BulkEdit) -> Result<()> {
    Entity::update(ActiveModel::from(edit).reset_all()).exec(conn).await?;
    Ok(())
}

/// The edit of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::BulkEdit>) -> Result<Option<BulkEdit>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(BulkEdit::try_from).transpose()
}

/// The edit of that id, held until the transaction ends: carrying out and calling off take turns.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::BulkEdit>) -> Result<Option<BulkEdit>> {
    Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(BulkEdit::try_from).transpose()
}

/// How a record stood before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub record_id: Uuid,
    pub before: serde_json::Value,
    pub after: serde_json::Value,
}

/// Rows in one statement.
const ROWS_PER_STATEMENT: usize = 500;

/// Keep how records stood.
pub async fn insert_changes(conn: &impl ConnectionTrait, id: Id<id::BulkEdit>, changes: &[Change]) -> Result<()> {
    for changes in changes.chunks(ROWS_PER_STATEMENT) {
        let row = |change: &Change| change::ActiveModel {
            bulk_id: Set(id.uuid()),
            record_id: Set(change.record_id),
            before: Set(change.before.clone()),
            after: Set(change.after.clone()),
        };
        change::Entity::insert_many(changes.iter().map(row)).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// How records stood, in the order of their ids.
pub async fn changes(
    conn: &impl ConnectionTrait,
    id: Id<id::BulkEdit>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Change>> {
    let mut query = change::Entity::find().filter(change::Column::BulkId.eq(id.uuid()));
    if let Some(after) = after {
        query = query.filter(change::Column::RecordId.gt(after));
    }
    let models = query.order_by_asc(change::Column::RecordId).limit(limit).all(conn).await?;
    let of = |model: change::Model| Change { record_id: model.record_id, before: model.before, after: model.after };
    Ok(models.into_iter().map(of).collect())
}

/// Forget how a record stood: it is erased.
pub async fn forget_record(conn: &impl ConnectionTrait, record_id: Uuid) -> Result<()> {
    change::Entity::delete_many().filter(change::Column::RecordId.eq(record_id)).exec(conn).await?;
    Ok(())
}

/// Forget edits that were asked for before a moment; they can no longer be taken back. The changes go with them.
pub async fn delete_before(conn: &impl ConnectionTrait, before: Timestamp) -> Result<()> {
    Entity::delete_many().filter(Column::CreatedAt.lt(before.ms())).exec(conn).await?;
    Ok(())
}

/// Removals that have not begun and are due to begin later, and anything else under way.
pub async fn running(conn: &impl ConnectionTrait) -> Result<u64> {
    let words = [State::Running.as_str(), State::Undoing.as_str()];
    Ok(Entity::find().filter(Column::State.is_in(words)).count(conn).await?)
}
