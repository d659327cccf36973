//! Fields that the company defined itself, and which roles may not see or change which field.

use base::{Id, Timestamp, id};
use funnel::field::Definition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fields")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entity: String,
    pub key: String,
    pub definition: Json,
    pub position: i64,
    pub is_archived: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod access {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "field_access")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub entity: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub field: String,
        pub hidden_from: Json,
        pub fixed_for: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub id: Id<id::Field>,
    /// `contact`, `company` or `deal`.
    pub entity: String,
    pub definition: Definition,
    /// Counts from 0 in the order that people see.
    pub position: i64,
    pub is_archived: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Field {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            entity: model.entity,
            definition: error::from_json("field", model.definition)?,
            position: model.position,
            is_archived: model.is_archived,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl TryFrom<&Field> for ActiveModel {
    type Error = StoreError;

    fn try_from(field: &Field) -> Result<Self> {
        Ok(Self {
            id: Set(field.id.uuid()),
            entity: Set(field.entity.clone()),
            key: Set(field.definition.key.clone()),
            definition: Set(error::to_json("field", &field.definition)?),
            position: Set(field.position),
            is_archived: Set(field.is_archived),
            created_at: Set(field.created_at.ms()),
            updated_at: Set(field.updated_at.ms()),
        })
    }
}

/// The fields of an entity in their order, archived ones too.
pub async fn list(conn: &impl ConnectionTrait, entity: &str) -> Result<Vec<Field>> {
    let query = Entity::find().filter(Column::Entity.eq(entity));
    let models = query.order_by_asc(Column::Position).order_by_asc(Column::Id).all(conn).await?;
    models.into_iter().map(Field::try_from).collect()
}

/// The field of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Field>) -> Result<Option<Field>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Field::try_from).transpose()
}

/// Add a field. Its key must be free.
pub async fn insert(conn: &impl ConnectionTrait, field: &Field) -> Result<()> {
    Entity::insert(ActiveModel::try_from(field)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write a field over what is stored.
pub async fn update(conn: &impl ConnectionTrait, field: &Field) -> Result<()> {
    Entity::update(ActiveModel::try_from(field)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Which roles may do less with a field than with the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// `email`, `fields.margin`.
    pub field: String,
    /// Names of roles that do not see it.
    pub hidden_from: Vec<String>,
    /// Names of roles that see it and cannot change it.
    pub fixed_for: Vec<String>,
}

/// What is closed to somebody in an entity.
pub async fn access(conn: &impl ConnectionTrait, entity: &str) -> Result<Vec<Access>> {
    let models = access::Entity::find()
        .filter(access::Column::Entity.eq(entity))
        .order_by_asc(access::Column::Field)
        .all(conn)
        .await?;
    let of = |model: access::Model| {
        Ok(Access {
            field: model.field,
            hidden_from: error::from_json("field_access", model.hidden_from)?,
            fixed_for: error::from_json("field_access", model.fixed_for)?,
        })
    };
    models.into_iter().map(of).collect()
}

/// Say which roles may do less with a field.
pub async fn set_access(conn: &impl ConnectionTrait, entity: &str, access: &Access) -> Result<()> {
    let row = access::ActiveModel {
        entity: Set(entity.to_owned()),
        field: Set(access.field.clone()),
        hidden_from: Set(error::to_json("field_access", &access.hidden_from)?),
        fixed_for: Set(error::to_json("field_access", &access.fixed_for)?),
    };
    let overwrite = OnConflict::columns([access::Column::Entity, access::Column::Field])
        .update_columns([access::Column::HiddenFrom, access::Column::FixedFor])
        .to_owned();
    access::Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}
