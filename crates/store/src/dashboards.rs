//! Dashboards: saved insights side by side, and which of them shows what.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};

use crate::{Result, dialect, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dashboards")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub period: Json,
    pub tiles: Json,
    pub is_pinned: bool,
    pub search: String,
    pub created_by: String,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod shown {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "dashboard_insights")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dashboard_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub insight_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A dashboard. What its period and tiles hold is the business of the use cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    pub id: Id<id::Dashboard>,
    pub name: String,
    pub description: String,
    pub period: serde_json::Value,
    pub tiles: serde_json::Value,
    /// Whether it stands before the others.
    pub is_pinned: bool,
    /// The id of a user or key, or `system`.
    pub created_by: String,
    /// Counts from 1.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Model> for Dashboard {
    fn from(model: Model) -> Self {
        Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            description: model.description,
            period: model.period,
            tiles: model.tiles,
            is_pinned: model.is_pinned,
            created_by: model.created_by,
            version: model.version,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        }
    }
}

impl From<&Dashboard> for ActiveModel {
    fn from(dashboard: &Dashboard) -> Self {
        Self {
            id: Set(dashboard.id.uuid()),
            name: Set(dashboard.name.clone()),
            description: Set(dashboard.description.clone()),
            period: Set(dashboard.period.clone()),
            tiles: Set(dashboard.tiles.clone()),
            is_pinned: Set(dashboard.is_pinned),
            search: Set(dashboard.name.to_lowercase()),
            created_by: Set(dashboard.created_by.clone()),
            version: Set(dashboard.version),
            created_at: Set(dashboard.created_at.ms()),
            updated_at: Set(dashboard.updated_at.ms()),
        }
    }
}

/// Add a dashboard that shows these insights, each named once.
pub async fn insert(conn: &impl ConnectionTrait, dashboard: &Dashboard, shown: &[Id<id::Insight>]) -> Result<()> {
    Entity::insert(ActiveModel::from(dashboard)).exec_without_returning(conn).await?;
    insert_shown(conn, dashboard.id, shown).await
}

/// Write every field of a dashboard over what is stored. The caller holds the row ([`find_for_update`]).
pub async fn update(conn: &impl ConnectionTrait, dashboard: &Dashboard, shown: &[Id<id::Insight>]) -> Result<()> {
    Entity::update(ActiveModel::from(dashboard).reset_all()).exec(conn).await?;
    let before = shown::Entity::delete_many().filter(shown::Column::DashboardId.eq(dashboard.id.uuid()));
    before.exec(conn).await?;
    insert_shown(conn, dashboard.id, shown).await
}

async fn insert_shown(conn: &impl ConnectionTrait, id: Id<id::Dashboard>, shown: &[Id<id::Insight>]) -> Result<()> {
    if shown.is_empty() {
        return Ok(());
    }
    let row = |insight: &Id<id::Insight>| shown::ActiveModel {
        dashboard_id: Set(id.uuid()),
        insight_id: Set(insight.uuid()),
    };
    shown::Entity::insert_many(shown.iter().map(row)).exec_without_returning(conn).await?;
    Ok(())
}

/// Remove a dashboard. Answers whether there was one.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Dashboard>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The dashboard of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Dashboard>) -> Result<Option<Dashboard>> {
    Ok(Entity::find_by_id(id.uuid()).one(conn).await?.map(Dashboard::from))
}

/// The dashboard of that id, held until the transaction ends: two changes take turns.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Dashboard>) -> Result<Option<Dashboard>> {
    Ok(Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?.map(Dashboard::from))
}

/// The dashboards that show an insight, held until the transaction ends, the first one made first.
pub async fn showing_for_update(conn: &impl ConnectionTrait, insight: Id<id::Insight>) -> Result<Vec<Dashboard>> {
    let links = shown::Entity::find().filter(shown::Column::InsightId.eq(insight.uuid())).all(conn).await?;
    let ids = links.into_iter().map(|link| link.dashboard_id);
    let held = Entity::find().filter(Column::Id.is_in(ids)).order_by_asc(Column::Id).lock_exclusive();
    Ok(held.all(conn).await?.into_iter().map(Dashboard::from).collect())
}

/// The names of all dashboards.
pub async fn names(conn: &impl ConnectionTrait) -> Result<Vec<String>> {
    Ok(Entity::find().select_only().column(Column::Name).into_tuple().all(conn).await?)
}

/// What a list takes in.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words of the name.
    pub search: String,
    /// Only those that are pinned, or only those that are not.
    pub is_pinned: Option<bool>,
}

/// Where a page of the list ended: whether its last row is pinned, and its id.
pub type Place = (bool, Id<id::Dashboard>);

/// Dashboards, those that are pinned first, then newest first, after a place.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<Place>,
    limit: u64,
) -> Result<Page<Dashboard>> {
    let order = filtered(filter).order_by_desc(Column::IsPinned).order_by_desc(Column::Id);
    let mut query = order.limit(limit + 1);
    if let Some((is_pinned, id)) = after {
        let beside = Condition::all().add(Column::IsPinned.eq(is_pinned)).add(Column::Id.lt(id.uuid()));
        let mut rest = Condition::any().add(beside);
        if is_pinned {
            rest = rest.add(Column::IsPinned.eq(false));
        }
        query = query.filter(rest);
    }
    let rows = query.all(conn).await?.into_iter().map(Dashboard::from).collect();
    Ok(Page::cut(rows, limit, |row: &Dashboard| format!("{}.{}", u8::from(row.is_pinned), row.id)))
}

/// How many dashboards a list shows in all.
pub async fn count(conn: &impl ConnectionTrait, filter: &Filter) -> Result<u64> {
    Ok(filtered(filter).count(conn).await?)
}

fn filtered(filter: &Filter) -> Select<Entity> {
    let mut query = Entity::find().filter(dialect::has_words(Column::Search, &filter.search));
    if let Some(is_pinned) = filter.is_pinned {
        query = query.filter(Column::IsPinned.eq(is_pinned));
    }
    query
}
