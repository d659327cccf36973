//! People we may write to, and what they agreed to.

use std::collections::HashSet;

use base::{Email, Id, Locale, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "contacts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: Option<String>,
    pub is_email_verified: bool,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    pub company: String,
    pub locale: String,
    pub tags: Json,
    pub traits: Json,
    pub channel: String,
    pub search: String,
    pub source: Option<String>,
    pub company_id: Option<Uuid>,
    pub owner_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A person we may write to.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    pub id: Id<id::Contact>,
    pub email: Option<Email>,
    /// Whether somebody who reads that mailbox has clicked a link we sent there.
    pub is_email_verified: bool,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    pub company: String,
    pub locale: Locale,
    pub tags: Vec<String>,
    /// Open facts: a JSON object.
    pub traits: serde_json::Map<String, serde_json::Value>,
    /// Channel of the first touch; empty when unknown.
    pub channel: String,
    /// The import that made the contact (`imp_…`).
    pub source: Option<String>,
    /// Which company they work for, where that is known; `company` is what was written.
    pub company_id: Option<Id<id::Company>>,
    /// Who looks after them.
    pub owner_id: Option<Id<id::User>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Contact {
    /// First and last name, else the address, else the id.
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        match (name.trim(), &self.email) {
            ("", Some(email)) => email.to_string(),
            ("", None) => self.id.to_string(),
            (name, _) => name.to_owned(),
        }
    }

    fn search_text(&self) -> String {
        let email = self.email.as_ref().map_or("", Email::as_str);
        format!("{} {} {} {} {}", self.first_name, self.last_name, email, self.phone, self.company).to_lowercase()
    }
}

impl TryFrom<Model> for Contact {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            email: model.email.map(|text| error::parsed("contact", &text)).transpose()?,
            is_email_verified: model.is_email_verified,
            first_name: model.first_name,
            last_name: model.last_name,
            phone: model.phone,
            company: model.company,
            locale: error::parsed("contact", &model.locale)?,
            tags: error::from_json("contact", model.tags)?,
            traits: error::from_json("contact", model.traits)?,
            channel: model.channel,
            source: model.source,
            company_id: model.company_id.map(Id::from_uuid),
            owner_id: model.owner_id.map(Id::from_uuid),
            created_at: Timestamp::from_ms(model.created_at),
            updated_at: Timestamp::from_ms(model.updated_at),
        })
    }
}

impl TryFrom<&Contact> for ActiveModel {
    type Error = StoreError;

    fn try_from(contact: &Contact) -> Result<Self> {
        Ok(Self {
            id: Set(contact.id.uuid()),
            email: Set(contact.email.as_ref().map(Email::to_string)),
            is_email_verified: Set(contact.is_email_verified),
            first_name: Set(contact.first_name.clone()),
            last_name: Set(contact.last_name.clone()),
            phone: Set(contact.phone.clone()),
            company: Set(contact.company.clone()),
            locale: Set(contact.locale.to_string()),
            tags: Set(error::to_json("contact", &contact.tags)?),
            traits: Set(error::to_json("contact", &contact.traits)?),
            channel: Set(contact.channel.clone()),
            search: Set(contact.search_text()),
            source: Set(contact.source.clone()),
            company_id: Set(contact.company_id.map(Id::uuid)),
            owner_id: Set(contact.owner_id.map(Id::uuid)),
            created_at: Set(contact.created_at.ms()),
            updated_at: Set(contact.updated_at.ms()),
        })
    }
}

/// Add a contact. The address must be free.
pub async fn insert(conn: &impl ConnectionTrait, contact: &Contact) -> Result<()> {
    Entity::insert(ActiveModel::try_from(contact)?).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a contact over what is stored. Gates may look at any of them, whoever changes it: the open
/// deals are looked at again.
pub async fn update(conn: &impl ConnectionTrait, contact: &Contact) -> Result<()> {
    Entity::update(ActiveModel::try_from(contact)?.reset_all()).exec(conn).await?;
    crate::deals::look_again(conn, contact.id, contact.updated_at).await
}

/// Remove a contact and what hangs on it.
pub async fn delete(conn: &impl ConnectionTrait, id: Id<id::Contact>) -> Result<bool> {
    Ok(Entity::delete_by_id(id.uuid()).exec(conn).await?.rows_affected > 0)
}

/// Whether the contact has orders, so that it cannot be removed.
pub async fn has_orders(conn: &impl ConnectionTrait, id: Id<id::Contact>) -> Result<bool> {
    use crate::orders;
    let found = orders::Entity::find().filter(orders::Column::ContactId.eq(id.uuid())).one(conn).await?;
    Ok(found.is_some())
}

/// The contact of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Contact>) -> Result<Option<Contact>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Contact::try_from).transpose()
}

/// The contacts of those ids, in no order.
pub async fn find_many(conn: &impl ConnectionTrait, ids: &[Id<id::Contact>]) -> Result<Vec<Contact>> {
    let ids = ids.iter().map(|id| id.uuid());
    let models = Entity::find().filter(Column::Id.is_in(ids)).all(conn).await?;
    models.into_iter().map(Contact::try_from).collect()
}

/// Contacts behind one, by id: all of them, some at a time.
pub async fn after(conn: &impl ConnectionTrait, after: Uuid, limit: u64) -> Result<Vec<Contact>> {
    let query = Entity::find().filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit);
    query.all(conn).await?.into_iter().map(Contact::try_from).collect()
}

/// Ids of one statement.
const IDS: usize = 1_000;

/// Those of the contacts that are there.
pub async fn existing(conn: &impl ConnectionTrait, ids: &[Id<id::Contact>]) -> Result<HashSet<Uuid>> {
    let ids = ids.iter().map(|id| id.uuid());
    let query = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids));
    Ok(query.into_tuple::<Uuid>().all(conn).await?.into_iter().collect())
}

/// The same of very many.
pub async fn existing_of_many(conn: &impl ConnectionTrait, ids: &[Id<id::Contact>]) -> Result<HashSet<Uuid>> {
    let mut found = HashSet::new();
    for ids in ids.chunks(IDS) {
        found.extend(existing(conn, ids).await?);
    }
    Ok(found)
}

/// The contact with that address.
pub async fn find_by_email(conn: &impl ConnectionTrait, email: &Email) -> Result<Option<Contact>> {
    Entity::find().filter(Column::Email.eq(email.as_str())).one(conn).await?.map(Contact::try_from).transpose()
}

pub(crate) mod consent {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "consents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub contact_id: Uuid,
        pub purpose: String,
        pub is_given: bool,
        pub wording: String,
        pub locale: String,
        pub origin: String,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// One "yes" or "no".
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Consent {
    pub id: Id<id::Consent>,
    pub contact_id: Id<id::Contact>,
    /// What for: `marketing`, `tracking`.
    pub purpose: String,
    pub is_given: bool,
    /// The exact words that were agreed to.
    pub wording: String,
    pub locale: Locale,
    /// Where: a page's path, `unsubscribe`, an import.
    pub origin: String,
    pub at: Timestamp,
}

impl From<&Consent> for consent::ActiveModel {
    fn from(entry: &Consent) -> Self {
        Self {
            id: Set(entry.id.uuid()),
            contact_id: Set(entry.contact_id.uuid()),
            purpose: Set(entry.purpose.clone()),
            is_given: Set(entry.is_given),
            wording: Set(entry.wording.clone()),
            locale: Set(entry.locale.to_string()),
            origin: Set(entry.origin.clone()),
            at: Set(entry.at.ms()),
        }
    }
}

impl TryFrom<consent::Model> for Consent {
    type Error = StoreError;

    fn try_from(model: consent::Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            contact_id: Id::from_uuid(model.contact_id),
            purpose: model.purpose,
            is_given: model.is_given,
            wording: model.wording,
            locale: error::parsed("consent", &model.locale)?,
            origin: model.origin,
            at: Timestamp::from_ms(model.at),
        })
    }
}

/// Add to the ledger. Gates may ask for it: the contact's open deals are looked at again.
pub async fn insert_consent(conn: &impl ConnectionTrait, entry: &Consent) -> Result<()> {
    consent::Entity::insert(consent::ActiveModel::from(entry)).exec_without_returning(conn).await?;
    crate::deals::look_again(conn, entry.contact_id, entry.at).await
}

/// The ledger of a contact, newest first.
pub async fn consents(conn: &impl ConnectionTrait, contact_id: Id<id::Contact>) -> Result<Vec<Consent>> {
    let models = consent::Entity::find()
        .filter(consent::Column::ContactId.eq(contact_id.uuid()))
        .order_by_desc(consent::Column::At)
        .order_by_desc(consent::Column::Id)
        .all(conn)
        .await?;
    models.into_iter().map(Consent::try_from).collect()
}
