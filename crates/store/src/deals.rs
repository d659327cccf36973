//! Possible sales, where they stand, and how they came there.

use base::{Id, Money, Timestamp, id};
use funnel::deal::DealStatus;
use funnel::document::StageId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Value};
use sea_orm::{ActiveValue::Set, Condition, DbBackend, Order, QueryOrder, QuerySelect};

use crate::records::{COUNT_MAX, Count};
use crate::{Result, StoreError, dialect, error, page::Page};

mod board;
mod gates;

pub use board::{Sum, board_column, board_sums};
pub use gates::{
    Standing, Version, approvals, due, follow, insert_approval, look_again, look_again_in_funnel, open_versions,
    postpone, standing,
};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contact_id: Uuid,
    pub title: String,
    pub funnel_id: Uuid,
    pub stage: String,
    pub value_minor: i64,
    pub currency: String,
    pub owner_id: Option<Uuid>,
    pub status: String,
    pub reason: String,
    pub channel: String,
    pub order_id: Option<Uuid>,
    pub search: String,
    pub stage_entered_at: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub closed_at: Option<i64>,
    pub fields: Json,
    pub discount_bp: Option<i64>,
    pub funnel_version: i64,
    pub opened_at: i64,
    pub moved_at: i64,
    pub moved_back_at: Option<i64>,
    pub gate_due_at: Option<i64>,
    pub held: Option<Json>,
    pub gate_flag: Option<Json>,
    pub approval_asked: Option<Json>,
    pub answer_due_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod history {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_history")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub deal_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub from_stage: Option<String>,
        pub stage: String,
        pub status: String,
        pub actor: String,
        pub reason: String,
        pub at: i64,
        pub overridden: Option<Json>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A possible sale.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    pub id: Id<id::Deal>,
    pub contact_id: Id<id::Contact>,
    pub title: String,
    pub funnel_id: Id<id::Funnel>,
    pub stage: StageId,
    pub value: Money,
    /// Who works on it.
    pub owner_id: Option<Id<id::User>>,
    pub status: DealStatus,
    /// Why it was closed, in the words of whoever did.
    pub reason: String,
    /// By which channel it came; empty when unknown.
    pub channel: String,
    /// The order that won it.
    pub order_id: Option<Id<id::Order>>,
    pub stage_entered_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// Fields of the company's own, by name.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// Hundredths of a per cent.
    pub discount_bp: Option<i64>,
    /// The version of the funnel's document that it follows.
    pub funnel_version: i64,
    /// Since when events count for it.
    pub opened_at: Timestamp,
    /// When it was put where it stands, by our clock; `stage_entered_at` is when what moved it happened.
    pub moved_at: Timestamp,
    /// When somebody last moved it back.
    pub moved_back_at: Option<Timestamp>,
    /// When it must be looked at again.
    pub gate_due_at: Option<Timestamp>,
    /// What is in the way to the next stage, as of the last look: a list of blocks. It can be found anew at any time,
    /// so that what does not read back is worth no failure.
    pub held: Option<serde_json::Value>,
    /// What was shut when it was won all the same: a list of blocks.
    pub gate_flag: Option<serde_json::Value>,
    /// Who asks for an approval.
    pub approval_asked: Option<ApprovalAsked>,
    /// When whoever has it is late with the first answer; none when they have answered or need not.
    pub answer_due_at: Option<Timestamp>,
}

/// Somebody asks that a deal may enter a stage.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ApprovalAsked {
    pub stage: StageId,
    /// The id of a user or key.
    pub by: String,
    pub note: String,
    pub at: Timestamp,
}

impl TryFrom<Model> for Deal {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            contact_id: Id::from_uuid(model.contact_id),
            title: model.title,
            funnel_id: Id::from_uuid(model.funnel_id),
            stage: StageId(model.stage),
            value: Money::new(model.value_minor, error::parsed("deal", &model.currency)?),
            owner_id: model.owner_id.map(Id::from_uuid),
            status: error::parsed("deal", &model.status)?,
            reason: model.reason,
            channel: model.channel,
            order_id: model.order_id.map(Id::from_uuid),
            stage_entered_at: Timestamp::from_ms(model.stage_entered_at),
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
            closed_at: model.closed_at.map(Timestamp::from_ms),
            fields: error::from_json("deal", model.fields)?,
            discount_bp: model.discount_bp,
            funnel_version: model.funnel_version,
            opened_at: Timestamp::from_ms(model.opened_at),
            moved_at: Timestamp::from_ms(model.moved_at),
            moved_back_at: model.moved_back_at.map(Timestamp::from_ms),
            gate_due_at: model.gate_due_at.map(Timestamp::from_ms),
            held: model.held,
            gate_flag: model.gate_flag,
            approval_asked: model.approval_asked.map(|json| error::from_json("deal", json)).transpose()?,
            answer_due_at: model.answer_due_at.map(Timestamp::from_ms),
        })
    }
}

impl TryFrom<&Deal> for ActiveModel {
    type Error = StoreError;

    fn try_from(deal: &Deal) -> Result<Self> {
        let asked = deal.approval_asked.as_ref().map(|asked| error::to_json("deal", asked)).transpose()?;
        Ok(Self {
            id: Set(deal.id.uuid()),
            contact_id: Set(deal.contact_id.uuid()),
            title: Set(deal.title.clone()),
            funnel_id: Set(deal.funnel_id.uuid()),
            stage: Set(deal.stage.0.clone()),
            value_minor: Set(deal.value.minor),
            currency: Set(deal.value.currency.code().to_owned()),
            owner_id: Set(deal.owner_id.map(Id::uuid)),
            status: Set(deal.status.as_str().to_owned()),
            reason: Set(deal.reason.clone()),
            channel: Set(deal.channel.clone()),
            order_id: Set(deal.order_id.map(Id::uuid)),
            search: Set(deal.title.to_lowercase()),
            stage_entered_at: Set(deal.stage_entered_at.ms()),
            created_at: Set(deal.created_at.ms()),
            updated_at: Set(deal.updated_at.ms()),
            closed_at: Set(deal.closed_at.map(Timestamp::ms)),
            fields: Set(deal.fields.clone().into()),
            discount_bp: Set(deal.discount_bp),
            funnel_version: Set(deal.funnel_version),
            opened_at: Set(deal.opened_at.ms()),
            moved_at: Set(deal.moved_at.ms()),
            moved_back_at: Set(deal.moved_back_at.map(Timestamp::ms)),
            gate_due_at: Set(deal.gate_due_at.map(Timestamp::ms)),
            held: Set(deal.held.clone()),
            gate_flag: Set(deal.gate_flag.clone()),
            approval_asked: Set(asked),
            answer_due_at: Set(deal.answer_due_at.map(Timestamp::ms)),
        })
    }
}

/// Whose deals a caller may see. It stands in the query, so that a page of a list never has holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// One user's own.
    Own(Id<id::User>),
    /// Nobody's: a program in a role that has own deals only.
    Nothing,
}

/// Add a deal.
pub async fn insert(conn: &impl ConnectionTrait, deal: &Deal) -> Result<()> {
    Entity::insert(ActiveModel::try_from(deal)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a deal over what is stored.
pub async fn update(conn: &impl ConnectionTrait, deal: &Deal) -> Result<()> {
    Entity::update(ActiveModel::try_from(deal)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// The deal of that id, if it is in scope.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Deal>, scope: Scope) -> Result<Option<Deal>> {
    scoped(Entity::find_by_id(id.uuid()), scope).one(conn).await?.map(Deal::try_from).transpose()
}

/// The deal of that id, if it is in scope, held until the transaction ends: two moves take turns.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Deal>, scope: Scope) -> Result<Option<Deal>> {
    let query = scoped(Entity::find_by_id(id.uuid()), scope).lock_exclusive();
    query.one(conn).await?.map(Deal::try_from).transpose()
}

/// The newest open deal of a contact in a funnel, held until the transaction ends.
pub async fn open_of_contact(
    conn: &impl ConnectionTrait,
    contact_id: Id<id::Contact>,
    funnel_id: Id<id::Funnel>,
) -> Result<Option<Deal>> {
    let query = Entity::find()
        .filter(Column::ContactId.eq(contact_id.uuid()))
        .filter(Column::FunnelId.eq(funnel_id.uuid()))
        .filter(Column::Status.eq(DealStatus::Open.as_str()))
        .order_by_desc(Column::Id)
        .lock_exclusive();
    query.one(conn).await?.map(Deal::try_from).transpose()
}

/// The deals that an order has won.
pub async fn won_by_order(conn: &impl ConnectionTrait, order_id: Id<id::Order>) -> Result<Vec<Deal>> {
    let models = Entity::find().filter(Column::OrderId.eq(order_id.uuid())).all(conn).await?;
    models.into_iter().map(Deal::try_from).collect()
}

/// Remove those of the deals that nobody touched since the moment named with each. Answers how many are gone.
pub async fn delete_untouched(conn: &impl ConnectionTrait, deals: &[(Uuid, Timestamp)]) -> Result<u64> {
    let untouched = deals.iter().fold(Condition::any(), |any, (id, at)| {
        any.add(Condition::all().add(Column::Id.eq(*id)).add(Column::UpdatedAt.eq(at.ms())))
    });
    Ok(Entity::delete_many().filter(untouched).exec(conn).await?.rows_affected)
}

/// One change of stage or status.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Counts from 1 for each deal.
    pub number: i64,
    /// Where it stood before; none for a new deal.
    pub from_stage: Option<StageId>,
    pub stage: StageId,
    pub status: DealStatus,
    /// The id of a user or key, or `system`.
    pub actor: String,
    pub reason: String,
    pub at: Timestamp,
    /// What was in the way and let pass: a list of blocks.
    pub overridden: Option<serde_json::Value>,
}

/// Write how a deal stands now into its history. The caller holds the deal's row.
pub async fn note_change(
    conn: &impl ConnectionTrait,
    deal: &Deal,
    from_stage: Option<&StageId>,
    actor: &str,
    reason: &str,
    overridden: Option<serde_json::Value>,
) -> Result<()> {
    let earlier = history::Entity::find().filter(history::Column::DealId.eq(deal.id.uuid())).count(conn).await?;
    let row = history::ActiveModel {
        deal_id: Set(deal.id.uuid()),
        number: Set(i64::try_from(earlier).unwrap_or(i64::MAX - 1) + 1),
        from_stage: Set(from_stage.map(|stage| stage.0.clone())),
        stage: Set(deal.stage.0.clone()),
        status: Set(deal.status.as_str().to_owned()),
        actor: Set(actor.to_owned()),
        reason: Set(reason.to_owned()),
        at: Set(deal.updated_at.ms()),
        overridden: Set(overridden),
    };
    history::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// The newest changes of a deal, newest first.
pub async fn history(conn: &impl ConnectionTrait, id: Id<id::Deal>, limit: u64) -> Result<Vec<Change>> {
    let models = history::Entity::find()
        .filter(history::Column::DealId.eq(id.uuid()))
        .order_by_desc(history::Column::Number)
        .limit(limit)
        .all(conn)
        .await?;
    models
        .into_iter()
        .map(|model| {
            Ok(Change {
                number: model.number,
                from_stage: model.from_stage.map(StageId),
                stage: StageId(model.stage),
                status: error::parsed("deal", &model.status)?,
                actor: model.actor,
                reason: model.reason,
                at: Timestamp::from_ms(model.at),
                overridden: model.overridden,
            })
        })
        .collect()
}

/// Which deals a list or board shows.
#[derive(Debug, Clone)]
pub struct Filter {
    pub scope: Scope,
    pub funnel_id: Option<Id<id::Funnel>>,
    pub stage: Option<StageId>,
    pub status: Option<DealStatus>,
    pub owner: Option<Owner>,
    pub contact_id: Option<Id<id::Contact>>,
    pub channel: Option<String>,
    /// Words of the title.
    pub search: String,
    /// None but these can have them, where that is known.
    pub among: Option<Vec<Uuid>>,
}

/// Who works on the deals that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This user.
    User(Id<id::User>),
    /// Nobody yet.
    Nobody,
}

impl Filter {
    /// Everything in scope.
    pub fn all(scope: Scope) -> Self {
        Self {
            scope,
            funnel_id: None,
            stage: None,
            status: None,
            owner: None,
            contact_id: None,
            channel: None,
            search: String::new(),
            among: None,
        }
    }
}

pub(crate) fn scoped(query: Select<Entity>, scope: Scope) -> Select<Entity> {
    query.filter(in_scope(scope, &|column| Expr::col(column)))
}

fn in_scope(scope: Scope, column: &dyn Fn(Column) -> Expr) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Own(user) => Condition::all().add(column(Column::OwnerId).eq(user.uuid())),
        // False in both databases: an id is never null.
        Scope::Nothing => Condition::all().add(Column::Id.is_null()),
    }
}

fn filtered(backend: DbBackend, filter: &Filter) -> Select<Entity> {
    match &filter.among {
        // Those are found by their ids, and nothing else is a better way to them.
        Some(_) => filtered_by(backend, filter, &|column| apart(backend, column)),
        None => filtered_by(backend, filter, &|column| Expr::col(column)),
    }
}

/// A column that SQLite uses no index for.
fn apart(backend: DbBackend, column: Column) -> Expr {
    Expr::cust(dialect::without_index(backend, column.as_str()))
}

fn is_among(backend: DbBackend, ids: &[Uuid]) -> Expr {
    let (before, after) = dialect::id_among(backend);
    let place = dialect::bound_place(backend);
    Expr::cust_with_values(format!("{before}{place}{after}"), [dialect::id_list(backend, ids)])
}

/// Columns are written as `column` says.
fn filtered_by(backend: DbBackend, filter: &Filter, column: &dyn Fn(Column) -> Expr) -> Select<Entity> {
    let is = |name: Column, value: Option<Value>| value.map(|value| column(name).eq(value));
    let id = |id: Option<Uuid>| id.map(Value::from);
    let owner = match filter.owner {
        Some(Owner::User(user)) => Some(column(Column::OwnerId).eq(user.uuid())),
        Some(Owner::Nobody) => Some(column(Column::OwnerId).is_null()),
        None => None,
    };
    let condition = in_scope(filter.scope, column)
        .add(dialect::has_words(Column::Search, &filter.search))
        .add_option(is(Column::FunnelId, id(filter.funnel_id.map(Id::uuid))))
        .add_option(is(Column::Stage, filter.stage.as_ref().map(|stage| stage.as_str().into())))
        .add_option(is(Column::Status, filter.status.map(|status| status.as_str().into())))
        .add_option(owner)
        .add_option(is(Column::ContactId, id(filter.contact_id.map(Id::uuid))))
        .add_option(is(Column::Channel, filter.channel.as_deref().map(Value::from)))
        .add_option(filter.among.as_ref().map(|ids| is_among(backend, ids)));
    Entity::find().filter(condition)
}

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
    /// Dearest first.
    Dearest,
    /// Cheapest first.
    Cheapest,
    /// Longest in its stage first.
    LongestInStage,
    /// Last moved first.
    LastMoved,
}

impl Sort {
    fn column(self) -> Column {
        match self {
            Self::Newest | Self::Oldest => Column::CreatedAt,
            Self::Dearest | Self::Cheapest => Column::ValueMinor,
            Self::LongestInStage | Self::LastMoved => Column::StageEnteredAt,
        }
    }

    fn order(self) -> Order {
        match self {
            Self::Newest | Self::Dearest | Self::LastMoved => Order::Desc,
            Self::Oldest | Self::Cheapest | Self::LongestInStage => Order::Asc,
        }
    }

    fn key(self, deal: &Deal) -> i64 {
        match self {
            Self::Newest | Self::Oldest => deal.created_at.ms(),
            Self::Dearest | Self::Cheapest => deal.value.minor,
            Self::LongestInStage | Self::LastMoved => deal.stage_entered_at.ms(),
        }
    }
}

/// How a list is put in order.
#[derive(Debug, Clone, Copy)]
pub struct Sorted {
    pub by: Sort,
    /// Whether few deals pass the filter, where that is known.
    pub is_of_few: Option<bool>,
}

impl From<Sort> for Sorted {
    fn from(by: Sort) -> Self {
        Self { by, is_of_few: None }
    }
}

/// A place in a list: the value that it is ordered by, and the id that parts equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub key: i64,
    pub id: Id<id::Deal>,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.key, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, id) = text.split_once('.').ok_or(())?;
        Ok(Self { key: key.parse().map_err(drop)?, id: id.parse().map_err(drop)? })
    }
}

/// Deals after a place in the list.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    sorted: impl Into<Sorted>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<Deal>> {
    let Sorted { by, is_of_few } = sorted.into();
    let backend = conn.get_database_backend();
    let apart = |column: Column| apart(backend, column);
    // Few are found first and put in order then; of many the order is walked until enough have passed.
    let (column, query) = match is_of_few {
        Some(true) => (Expr::cust(dialect::order_of_few(backend, by.column().as_str())), filtered(backend, filter)),
        Some(false) => (Expr::col(by.column()), filtered_by(backend, filter, &apart)),
        None => (Expr::col(by.column()), filtered(backend, filter)),
    };
    let query = query.order_by(column.clone(), by.order());
    let mut query = query.order_by(Column::Id, by.order()).limit(limit + 1);
    if let Some(Cursor { key, id }) = after {
        // Both together, so that the index is entered at the place instead of read up to it.
        query = query.filter(beyond(column, &by.order(), key, id.uuid()));
    }
    let rows = query.all(conn).await?.into_iter().map(Deal::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |deal| Cursor { key: by.key(deal), id: deal.id }.to_string()))
}

/// What lies behind a place in a list.
fn beyond(column: Expr, order: &Order, key: i64, id: Uuid) -> Expr {
    let place = Expr::tuple([column, Expr::col(Column::Id)]);
    let last = Expr::tuple([Expr::value(key), Expr::value(id)]);
    if *order == Order::Desc { place.lt(last) } else { place.gt(last) }
}

/// Contacts of one statement.
const CONTACTS: usize = 500;

/// Those of the deals that are there.
pub async fn find_many(conn: &impl ConnectionTrait, ids: &[Id<id::Deal>]) -> Result<Vec<Deal>> {
    let models = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).all(conn).await?;
    models.into_iter().map(Deal::try_from).collect()
}

/// Deals behind one, by id: all of them, some at a time.
pub async fn after(conn: &impl ConnectionTrait, after: Uuid, limit: u64) -> Result<Vec<Deal>> {
    let query = Entity::find().filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit);
    query.all(conn).await?.into_iter().map(Deal::try_from).collect()
}

/// All deals of some contacts.
pub async fn of_contacts(conn: &impl ConnectionTrait, contacts: &[Uuid]) -> Result<Vec<Deal>> {
    let mut found = Vec::new();
    for contacts in contacts.chunks(CONTACTS) {
        let query = Entity::find().filter(Column::ContactId.is_in(contacts.iter().copied()));
        for model in query.all(conn).await? {
            found.push(model.try_into()?);
        }
    }
    Ok(found)
}

/// How many deals a list shows, counted up to a number.
pub async fn count_to(conn: &impl ConnectionTrait, filter: &Filter, most: u64) -> Result<u64> {
    let backend = conn.get_database_backend();
    // No column at all: the index that the rows are found in may have all of the rest.
    let rows = filtered(backend, filter).select_only().expr_as(Expr::value(1), "one").limit(most);
    Ok(rows.count(conn).await?)
}

/// How many deals a list shows, counted up to [`COUNT_MAX`].
pub async fn count(conn: &impl ConnectionTrait, filter: &Filter) -> Result<Count> {
    Ok(Count::of(count_to(conn, filter, COUNT_MAX + 1).await?))
}

#[cfg(test)]
mod tests;
