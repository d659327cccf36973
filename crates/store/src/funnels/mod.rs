//! Funnels and every version of their documents that was published; what they shall become; what the check found.

pub mod drafts;
pub mod findings;

use base::{Id, Timestamp, id};
use funnel::document::FunnelDoc;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "funnels")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "funnel_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub funnel_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub document: Json,
        pub published_by: String,
        pub published_at: i64,
        pub message: String,
        pub source: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A funnel as it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    pub id: Id<id::Funnel>,
    /// The version that runs; counts from 1.
    pub version: i64,
    pub doc: FunnelDoc,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One published version.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub version: i64,
    pub doc: FunnelDoc,
    /// The id of a user or key, or `system`.
    pub published_by: String,
    pub published_at: Timestamp,
    /// Why, in the words of whoever published it.
    pub message: String,
    /// The YAML that it was written as; empty when nobody wrote one.
    pub source: String,
}

/// What goes with a published version: who, why, and the text it was written as.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The id of a user or key, or `system`.
    pub by: &'a str,
    pub message: &'a str,
    /// The YAML; empty when nobody wrote one.
    pub source: &'a str,
}

impl<'a, T: AsRef<str> + ?Sized> From<&'a T> for Published<'a> {
    /// Published by somebody without a word.
    fn from(by: &'a T) -> Self {
        Self { by: by.as_ref(), message: "", source: "" }
    }
}

/// Add a funnel with its first version. The slug must be free.
pub async fn insert<'a>(
    conn: &impl ConnectionTrait,
    funnel: &Funnel,
    published: impl Into<Published<'a>>,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(funnel.id.uuid()),
        slug: Set(funnel.doc.id.clone()),
        version: Set(funnel.version),
        created_at: Set(funnel.created_at.ms()),
        updated_at: Set(funnel.updated_at.ms()),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    insert_version(conn, funnel, published.into()).await
}

/// Let a further version run. The caller has raised `funnel.version` by one and holds the row
/// ([`find_for_update`]).
pub async fn publish<'a>(
    conn: &impl ConnectionTrait,
    funnel: &Funnel,
    published: impl Into<Published<'a>>,
) -> Result<()> {
    let change =
        ActiveModel { version: Set(funnel.version), updated_at: Set(funnel.updated_at.ms()), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(funnel.id.uuid())).exec(conn).await?;
    insert_version(conn, funnel, published.into()).await
}

async fn insert_version(conn: &impl ConnectionTrait, funnel: &Funnel, published: Published<'_>) -> Result<()> {
    let row = version::ActiveModel {
        funnel_id: Set(funnel.id.uuid()),
        version: Set(funnel.version),
        document: Set(error::to_json("funnel", &funnel.doc)?),
        published_by: Set(published.by.to_owned()),
        published_at: Set(funnel.updated_at.ms()),
        message: Set(published.message.to_owned()),
        source: Set(published.source.to_owned()),
    };
    version::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Keep another text of the version that runs: the same document with other comments.
pub async fn set_source(conn: &impl ConnectionTrait, funnel: &Funnel, source: &str) -> Result<()> {
    let change = version::ActiveModel { source: Set(source.to_owned()), ..Default::default() };
    version::Entity::update_many()
        .set(change)
        .filter(version::Column::FunnelId.eq(funnel.id.uuid()))
        .filter(version::Column::Version.eq(funnel.version))
        .exec(conn)
        .await?;
    Ok(())
}

/// The funnel of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Funnel>) -> Result<Option<Funnel>> {
    let found = Entity::find_by_id(id.uuid()).one(conn).await?;
    with_document(conn, found).await
}

/// The funnel of that id, held until the transaction ends: two publications take turns.
pub async fn find_for_update(conn: &impl ConnectionTrait, id: Id<id::Funnel>) -> Result<Option<Funnel>> {
    let found = Entity::find_by_id(id.uuid()).lock_exclusive().one(conn).await?;
    with_document(conn, found).await
}

/// The funnel with that slug.
pub async fn find_by_slug(conn: &impl ConnectionTrait, slug: &str) -> Result<Option<Funnel>> {
    let found = Entity::find().filter(Column::Slug.eq(slug)).one(conn).await?;
    with_document(conn, found).await
}

async fn with_document(conn: &impl ConnectionTrait, model: Option<Model>) -> Result<Option<Funnel>> {
    let Some(model) = model else { return Ok(None) };
    let version = version::Entity::find_by_id((model.id, model.version)).one(conn).await?;
    let version = version.ok_or_else(|| missing(&model))?;
    Ok(Some(funnel(model, version.document)?))
}

/// All funnels, the first one made first.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Funnel>> {
    let models = Entity::find().order_by_asc(Column::Id).all(conn).await?;
    let mut funnels = Vec::with_capacity(models.len());
    for model in models {
        funnels.extend(with_document(conn, Some(model)).await?);
    }
    Ok(funnels)
}

/// How many funnels there are.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}

/// The funnel as a version of it was published.
pub async fn find_version(conn: &impl ConnectionTrait, id: Id<id::Funnel>, version: i64) -> Result<Option<Funnel>> {
    let Some(model) = Entity::find_by_id(id.uuid()).one(conn).await? else { return Ok(None) };
    with_document(conn, Some(Model { version, ..model })).await
}

/// The versions of a funnel, newest first, older than `before`.
pub async fn versions(
    conn: &impl ConnectionTrait,
    id: Id<id::Funnel>,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Version>> {
    let mut query = version::Entity::find()
        .filter(version::Column::FunnelId.eq(id.uuid()))
        .order_by_desc(version::Column::Version)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(version::Column::Version.lt(before));
    }
    let models = query.all(conn).await?;
    models.into_iter().map(Version::try_from).collect()
}

/// One version of a funnel.
pub async fn version(conn: &impl ConnectionTrait, id: Id<id::Funnel>, number: i64) -> Result<Option<Version>> {
    let found = version::Entity::find_by_id((id.uuid(), number)).one(conn).await?;
    found.map(Version::try_from).transpose()
}

impl TryFrom<version::Model> for Version {
    type Error = StoreError;

    fn try_from(model: version::Model) -> Result<Self> {
        Ok(Self {
            version: model.version,
            doc: error::from_json("funnel", model.document)?,
            published_by: model.published_by,
            published_at: Timestamp::from_ms(model.published_at),
            message: model.message,
            source: model.source,
        })
    }
}

fn funnel(model: Model, document: serde_json::Value) -> Result<Funnel> {
    Ok(Funnel {
        id: Id::from_uuid(model.id),
        version: model.version,
        doc: error::from_json("funnel", document)?,
        created_at: Timestamp::from_ms(model.created_at),
        updated_at: Timestamp::from_ms(model.updated_at),
    })
}

fn missing(model: &Model) -> StoreError {
    StoreError::Damaged { what: "funnel", detail: format!("{} has no version {}", model.slug, model.version) }
}
