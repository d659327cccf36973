//! What is offered at a price.

use base::{Id, Timestamp, id};
use funnel::offer::OfferDoc;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "offers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub document: Json,
    pub is_published: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// An offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub id: Id<id::Offer>,
    pub doc: OfferDoc,
    /// Whether its page is there and takes orders.
    pub is_published: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for Offer {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            doc: error::from_json("offer", model.document)?,
            is_published: model.is_published,
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl TryFrom<&Offer> for ActiveModel {
    type Error = StoreError;

    fn try_from(offer: &Offer) -> Result<Self> {
        Ok(Self {
            id: Set(offer.id.uuid()),
            slug: Set(offer.doc.slug.clone()),
            document: Set(error::to_json("offer", &offer.doc)?),
            is_published: Set(offer.is_published),
            created_at: Set(offer.created_at.ms()),
            updated_at: Set(offer.updated_at.ms()),
        })
    }
}

/// Add an offer. The slug must be free.
pub async fn insert(conn: &impl ConnectionTrait, offer: &Offer) -> Result<()> {
    Entity::insert(ActiveModel::try_from(offer)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of an offer over what is stored.
pub async fn update(conn: &impl ConnectionTrait, offer: &Offer) -> Result<()> {
    Entity::update(ActiveModel::try_from(offer)?.reset_all()).exec(conn).await?;
    Ok(())
}

/// Remove an offer; orders keep their own words. Answers whether there was one.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Offer>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// The offer of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Offer>) -> Result<Option<Offer>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Offer::try_from).transpose()
}

/// The offer with that slug, published or not.
pub async fn find_by_slug(conn: &impl ConnectionTrait, slug: &str) -> Result<Option<Offer>> {
    Entity::find().filter(Column::Slug.eq(slug)).one(conn).await?.map(Offer::try_from).transpose()
}

/// All offers, newest first.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Offer>> {
    let models = Entity::find().order_by_desc(Column::Id).all(conn).await?;
    models.into_iter().map(Offer::try_from).collect()
}

/// How many offers there are.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}
