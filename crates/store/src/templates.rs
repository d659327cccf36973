//! Mail templates as the company wrote them, one row a language.

use base::{Id, Locale, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "templates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub locale: String,
    pub subject: String,
    pub preheader: String,
    pub mjml: String,
    pub plain: Option<String>,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A template in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub id: Id<id::Template>,
    /// What it is for: `lead_magnet`, or a name of the company's own.
    pub name: String,
    pub locale: Locale,
    pub subject: String,
    pub preheader: String,
    pub mjml: String,
    /// The plain part; made from the HTML when absent.
    pub plain: Option<String>,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Template {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            locale: error::parsed("template", &model.locale)?,
            subject: model.subject,
            preheader: model.preheader,
            mjml: model.mjml,
            plain: model.plain,
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

/// Save a template over the one of the same name and language; that one keeps its id.
pub async fn save(conn: &impl ConnectionTrait, template: &Template) -> Result<()> {
    let row = ActiveModel {
        id: Set(template.id.uuid()),
        name: Set(template.name.clone()),
        locale: Set(template.locale.to_string()),
        subject: Set(template.subject.clone()),
        preheader: Set(template.preheader.clone()),
        mjml: Set(template.mjml.clone()),
        plain: Set(template.plain.clone()),
        updated_at: Set(template.updated_at.ms()),
    };
    let overwrite = OnConflict::columns([Column::Name, Column::Locale])
        .update_columns([Column::Subject, Column::Preheader, Column::Mjml, Column::Plain, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row).on_conflict(overwrite).exec_without_returning(conn).await?;
    Ok(())
}

/// Every language of a name.
pub async fn of_name(conn: &impl ConnectionTrait, name: &str) -> Result<Vec<Template>> {
    let models = Entity::find().filter(Column::Name.eq(name)).order_by_asc(Column::Locale).all(conn).await?;
    models.into_iter().map(Template::try_from).collect()
}

/// All of them, by name and language.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Template>> {
    let models = Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Locale).all(conn).await?;
    models.into_iter().map(Template::try_from).collect()
}

/// How many there are in all.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}

/// Remove a name in one language. Answers false when there was none.
pub async fn delete(conn: &impl ConnectionTrait, name: &str, locale: &Locale) -> Result<bool> {
    let done = Entity::delete_many()
        .filter(Column::Name.eq(name))
        .filter(Column::Locale.eq(locale.as_str()))
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}
