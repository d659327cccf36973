//! People who work together, and when each of them works.

use std::collections::HashMap;

use base::{Id, Timestamp, id};
use funnel::assignment::WorkingHours;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub head_id: Option<Uuid>,
    pub members: Json,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod hours {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "working_hours")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        pub hours: Json,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// People who work together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: Id<id::Team>,
    pub name: String,
    /// Who leads it.
    pub head_id: Option<Id<id::User>>,
    pub members: Vec<Id<id::User>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Team {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            head_id: model.head_id.map(Id::from_uuid),
            members: error::from_json("team", model.members)?,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

fn row(team: &Team) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(team.id.uuid()),
        name: Set(team.name.clone()),
        head_id: Set(team.head_id.map(Id::uuid)),
        members: Set(error::to_json("team", &team.members)?),
        created_at: Set(team.created_at.ms()),
        updated_at: Set(team.updated_at.ms()),
    })
}

/// Add a team.
pub async fn insert(conn: &impl ConnectionTrait, team: &Team) -> Result<()> {
    Entity::insert(row(team)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a team over what is stored.
pub async fn update(conn: &impl ConnectionTrait, team: &Team) -> Result<()> {
    Entity::update(row(team)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove a team.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Team>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The team of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Team>) -> Result<Option<Team>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Team::try_from).transpose()
}

/// All teams, by name.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Team>> {
    let models = Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Id).all(conn).await?;
    models.into_iter().map(Team::try_from).collect()
}

/// The hours of everybody who has their own.
pub async fn hours(conn: &impl ConnectionTrait) -> Result<HashMap<Id<id::User>, WorkingHours>> {
    let models = hours::Entity::find().all(conn).await?;
    let read =
        |model: hours::Model| Ok((Id::from_uuid(model.user_id), error::from_json("working hours", model.hours)?));
    models.into_iter().map(read).collect()
}

/// Somebody has hours of their own; none for those of the company.
pub async fn set_hours(
    conn: &impl ConnectionTrait,
    user: Id<id::User>,
    wanted: Option<&WorkingHours>,
    now: Timestamp,
) -> Result<()> {
    let Some(wanted) = wanted else {
        hours::Entity::delete_by_id(user.uuid()).exec(conn).await?;
        return Ok(());
    };
    let row = hours::ActiveModel {
        user_id: Set(user.uuid()),
        hours: Set(error::to_json("working hours", wanted)?),
        updated_at: Set(now.ms()),
    };
    let columns = [hours::Column::Hours, hours::Column::UpdatedAt];
    let overwrite = OnConflict::column(hours::Column::UserId).update_columns(columns).to_owned();
    hours::Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}
