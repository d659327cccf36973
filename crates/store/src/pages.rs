//! Pages and their versions.

use base::{Id, Locale, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "page_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub page_id: Uuid,
        pub locale: String,
        pub state: String,
        pub slug: String,
        pub doc: Json,
        pub author: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub id: Id<id::Page>,
    /// What those who make it call it.
    pub name: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Being worked on.
    Draft,
    /// What visitors see.
    Published,
    /// What visitors saw before.
    Past,
}

impl VersionState {
    /// The text in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Past => "past",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let all = [Self::Draft, Self::Published, Self::Past];
        all.into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StoreError::Damaged { what: "page version", detail: format!("unknown state {text}") })
    }
}

/// A page in one language, as it was at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub id: Id<id::PageVersion>,
    pub page_id: Id<id::Page>,
    pub locale: Locale,
    pub state: VersionState,
    /// Where it lives, without the leading slash.
    pub slug: String,
    /// The document of blocks.
    pub doc: serde_json::Value,
    /// Who wrote it: a name of the audit log.
    pub author: String,
    pub created_at: Timestamp,
}

impl From<Model> for Page {
    fn from(model: Model) -> Self {
        Self {
            id: Id::from_uuid(model.id),
            name: model.name,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        }
    }
}

impl From<&Page> for ActiveModel {
    fn from(page: &Page) -> Self {
        Self {
            id: Set(page.id.uuid()),
            name: Set(page.name.clone()),
            created_at: Set(page.created_at.ms()),
            updated_at: Set(page.updated_at.ms()),
        }
    }
}

impl TryFrom<version::Model> for Version {
    type Error = StoreError;

    fn try_from(model: version::Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            page_id: Id::from_uuid(model.page_id),
            locale: error::parsed("page version", &model.locale)?,
            state: VersionState::parse(&model.state)?,
            slug: model.slug,
            doc: model.doc,
            author: model.author,
            created_at: Timestamp::from_ms(model.created_at),
        })
    }
}

/// Add a page.
pub async fn insert(conn: &impl ConnectionTrait, page: &Page) -> Result<()> {
    Entity::insert(ActiveModel::from(page)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a page over what is stored.
pub async fn update(conn: &impl ConnectionTrait, page: &Page) -> Result<()> {
    Entity::update(ActiveModel::from(page).reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove a page with all its versions.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Page>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The page of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Page>) -> Result<Option<Page>> {
    Ok(Entity::find_by_id(id.uuid()).one(conn).await?.map(Page::from))
}

/// The pages, last changed first.
pub async fn all(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<Page>> {
    let models = Entity::find().order_by_desc(Column::UpdatedAt).order_by_desc(Column::Id).limit(limit).all(conn);
    Ok(models.await?.into_iter().map(Page::from).collect())
}

/// Add a version.
pub async fn insert_version(conn: &impl ConnectionTrait, version: &Version) -> Result<()> {
    let row = version::ActiveModel {
        id: Set(version.id.uuid()),
        page_id: Set(version.page_id.uuid()),
        locale: Set(version.locale.to_string()),
        state: Set(version.state.as_str().to_owned()),
        slug: Set(version.slug.clone()),
        doc: Set(version.doc.clone()),
        author: Set(version.author.clone()),
        created_at: Set(version.created_at.ms()),
    };
    version::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Remove the draft of a page in a language.
pub async fn delete_draft(conn: &impl ConnectionTrait, page: Id<id::Page>, locale: &Locale) -> Result<()> {
    version::Entity::delete_many()
        .filter(version::Column::PageId.eq(page.uuid()))
        .filter(version::Column::Locale.eq(locale.as_str()))
        .filter(version::Column::State.eq(VersionState::Draft.as_str()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Let what is published of a page in a language be past. Answers whether anything was.
pub async fn retire(conn: &impl ConnectionTrait, page: Id<id::Page>, locale: &Locale) -> Result<bool> {
    let done = version::Entity::update_many()
        .col_expr(version::Column::State, Expr::value(VersionState::Past.as_str()))
        .filter(version::Column::PageId.eq(page.uuid()))
        .filter(version::Column::Locale.eq(locale.as_str()))
        .filter(version::Column::State.eq(VersionState::Published.as_str()))
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The draft and the published version of a page in every language.
pub async fn current(conn: &impl ConnectionTrait, page: Id<id::Page>) -> Result<Vec<Version>> {
    let models = version::Entity::find()
        .filter(version::Column::PageId.eq(page.uuid()))
        .filter(version::Column::State.ne(VersionState::Past.as_str()))
        .order_by_asc(version::Column::Locale)
        .all(conn)
        .await?;
    models.into_iter().map(Version::try_from).collect()
}

/// Everything that visitors can see.
pub async fn published(conn: &impl ConnectionTrait) -> Result<Vec<Version>> {
    let models = version::Entity::find()
        .filter(version::Column::State.eq(VersionState::Published.as_str()))
        .order_by_asc(version::Column::Slug)
        .all(conn)
        .await?;
    models.into_iter().map(Version::try_from).collect()
}

/// The draft and published versions of several pages.
pub async fn current_of(conn: &impl ConnectionTrait, pages: &[Id<id::Page>]) -> Result<Vec<Version>> {
    let models = version::Entity::find()
        .filter(version::Column::PageId.is_in(pages.iter().map(|page| page.uuid())))
        .filter(version::Column::State.ne(VersionState::Past.as_str()))
        .order_by_asc(version::Column::Locale)
        .all(conn)
        .await?;
    models.into_iter().map(Version::try_from).collect()
}
