//! Scripts, objections and checklists, and how far each has been gone through on a deal.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "playbooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub document: Json,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod runs {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "playbook_runs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub deal_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub playbook_id: Uuid,
        pub path: Json,
        pub checked: Json,
        pub is_finished: bool,
        pub actor: String,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A playbook; its document is of the type that `app` reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook<D> {
    pub id: Id<id::Playbook>,
    pub name: String,
    pub document: D,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

fn read<D: DeserializeOwned>(model: Model) -> Result<Playbook<D>> {
    Ok(Playbook {
        id: Id::from_uuid(model.id),
        name: model.name,
        document: error::from_json("playbook", model.document)?,
        version: model.version,
        created_at: Timestamp::from_ms(model.created_at),
        updated_at: Timestamp::from_ms(model.updated_at),
    })
}

fn row<D: Serialize>(playbook: &Playbook<D>) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(playbook.id.uuid()),
        name: Set(playbook.name.clone()),
        document: Set(error::to_json("playbook", &playbook.document)?),
        version: Set(playbook.version),
        created_at: Set(playbook.created_at.ms()),
        updated_at: Set(playbook.updated_at.ms()),
    })
}

/// Add a playbook.
pub async fn insert<D: Serialize>(conn: &impl ConnectionTrait, playbook: &Playbook<D>) -> Result<()> {
    Entity::insert(row(playbook)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a playbook over what is stored.
pub async fn update<D: Serialize>(conn: &impl ConnectionTrait, playbook: &Playbook<D>) -> Result<()> {
    Entity::update(row(playbook)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// The playbook of that id.
pub async fn find<D: DeserializeOwned>(
    conn: &impl ConnectionTrait,
    id: Id<id::Playbook>,
) -> Result<Option<Playbook<D>>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(read).transpose()
}

/// All playbooks, by name.
pub async fn all<D: DeserializeOwned>(conn: &impl ConnectionTrait) -> Result<Vec<Playbook<D>>> {
    let models = Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Id).all(conn).await?;
    models.into_iter().map(read).collect()
}

/// How many there are.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}

/// Remove a playbook and how far it has been gone through.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Playbook>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// How far a playbook has been gone through on a deal.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub deal_id: Id<id::Deal>,
    pub playbook_id: Id<id::Playbook>,
    /// The answers given, as the ids of the steps they led to.
    pub path: Vec<String>,
    /// The points of the checklist that are done.
    pub checked: Vec<String>,
    pub is_finished: bool,
    /// The id of a user or key.
    pub actor: String,
    pub updated_at: Timestamp,
}

/// The runs on a deal.
pub async fn runs(conn: &impl ConnectionTrait, deal: Id<id::Deal>) -> Result<Vec<Run>> {
    let models = runs::Entity::find().filter(runs::Column::DealId.eq(deal.uuid())).all(conn).await?;
    let read = |model: runs::Model| {
        Ok(Run {
            deal_id: Id::from_uuid(model.deal_id),
            playbook_id: Id::from_uuid(model.playbook_id),
            path: error::from_json("run of a playbook", model.path)?,
            checked: error::from_json("run of a playbook", model.checked)?,
            is_finished: model.is_finished,
            actor: model.actor,
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    };
    models.into_iter().map(read).collect()
}

/// Write a run over what is stored.
pub async fn save_run(conn: &impl ConnectionTrait, run: &Run) -> Result<()> {
    let row = runs::ActiveModel {
        deal_id: Set(run.deal_id.uuid()),
        playbook_id: Set(run.playbook_id.uuid()),
        path: Set(error::to_json("run of a playbook", &run.path)?),
        checked: Set(error::to_json("run of a playbook", &run.checked)?),
        is_finished: Set(run.is_finished),
        actor: Set(run.actor.clone()),
        updated_at: Set(run.updated_at.ms()),
    };
    use runs::Column::{Actor, Checked, DealId, IsFinished, Path, PlaybookId, UpdatedAt};
    let overwrite = OnConflict::columns([DealId, PlaybookId])
        .update_columns([Path, Checked, IsFinished, Actor, UpdatedAt])
        .to_owned();
    runs::Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}

/// How many runs each actor brought to their end in a time.
pub async fn finished_by_actor(
    conn: &impl ConnectionTrait,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(String, u64)>> {
    use runs::Column as C;
    let rows: Vec<(String, i64)> = runs::Entity::find()
        .filter(C::IsFinished.eq(true))
        .filter(C::UpdatedAt.gte(from.ms()))
        .filter(C::UpdatedAt.lt(to.ms()))
        .select_only()
        .column(C::Actor)
        .column_as(C::DealId.count(), "number")
        .group_by(C::Actor)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(actor, count)| (actor, count.unsigned_abs())).collect())
}
