//! Named settings of the company, each a JSON document of its own type.

use base::Timestamp;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub value: Json,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The setting of that name, if it was ever saved.
pub async fn find<T: DeserializeOwned>(conn: &impl ConnectionTrait, name: &str) -> Result<Option<T>> {
    match Entity::find_by_id(name.to_owned()).one(conn).await? {
        Some(model) => Ok(Some(error::from_json("setting", model.value)?)),
        None => Ok(None),
    }
}

/// Save a setting over whatever was there.
pub async fn save<T: Serialize>(conn: &impl ConnectionTrait, name: &str, value: &T, now: Timestamp) -> Result<()> {
    let row = ActiveModel {
        name: Set(name.to_owned()),
        value: Set(error::to_json("setting", value)?),
        updated_at: Set(now.ms()),
    };
    let overwrite = OnConflict::column(Column::Name).update_columns([Column::Value, Column::UpdatedAt]).to_owned();
    Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}
