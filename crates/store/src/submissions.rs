//! Forms that were sent.

use base::{Id, Locale, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, StoreError, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "submissions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub page_id: Uuid,
    pub form_id: String,
    pub contact_id: Uuid,
    pub magnet_id: Option<Uuid>,
    pub fields: Json,
    pub consents: Json,
    pub locale: String,
    pub path: String,
    pub token: String,
    pub created_at: i64,
    pub confirmed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A consent as it was answered in the form.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// `marketing`, `tracking`.
    pub purpose: String,
    pub is_given: bool,
    /// The words shown.
    pub wording: String,
}

/// A form that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    pub id: Id<id::Submission>,
    pub page_id: Id<id::Page>,
    /// The block of the page.
    pub form_id: String,
    pub contact_id: Id<id::Contact>,
    /// What is handed over for it.
    pub magnet_id: Option<Id<id::Magnet>>,
    /// The answers under the names of their fields.
    pub fields: Vec<(String, String)>,
    pub consents: Vec<Answer>,
    pub locale: Locale,
    pub path: String,
    /// The token of the form, used once.
    pub token: String,
    pub created_at: Timestamp,
    /// Absent until the address is confirmed, when the form asks for that.
    pub confirmed_at: Option<Timestamp>,
}

impl TryFrom<Model> for Submission {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            page_id: Id::from_uuid(model.page_id),
            form_id: model.form_id,
            contact_id: Id::from_uuid(model.contact_id),
            magnet_id: model.magnet_id.map(Id::from_uuid),
            fields: error::from_json("submission", model.fields)?,
            consents: error::from_json("submission", model.consents)?,
            locale: error::parsed("submission", &model.locale)?,
            path: model.path,
            token: model.token,
            created_at: Timestamp::from_ms(model.created_at),
            confirmed_at: model.confirmed_at.map(Timestamp::from_ms),
        })
    }
}

/// Add a submission. Answers false when its token was used before: nothing was added.
pub async fn insert(conn: &impl ConnectionTrait, submission: &Submission) -> Result<bool> {
    let row = ActiveModel {
        id: Set(submission.id.uuid()),
        page_id: Set(submission.page_id.uuid()),
        form_id: Set(submission.form_id.clone()),
        contact_id: Set(submission.contact_id.uuid()),
        magnet_id: Set(submission.magnet_id.map(Id::uuid)),
        fields: Set(error::to_json("submission", &submission.fields)?),
        consents: Set(error::to_json("submission", &submission.consents)?),
        locale: Set(submission.locale.to_string()),
        path: Set(submission.path.clone()),
        token: Set(submission.token.clone()),
        created_at: Set(submission.created_at.ms()),
        confirmed_at: Set(submission.confirmed_at.map(Timestamp::ms)),
    };
    let keep = OnConflict::column(Column::Token).do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(keep).exec_without_returning(conn).await? > 0)
}

/// The submission of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Submission>) -> Result<Option<Submission>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Submission::try_from).transpose()
}

/// Whether a form's token was used.
pub async fn is_token_used(conn: &impl ConnectionTrait, token: &str) -> Result<bool> {
    Ok(Entity::find().filter(Column::Token.eq(token)).one(conn).await?.is_some())
}

/// What a contact sent, newest first.
pub async fn of_contact(conn: &impl ConnectionTrait, contact: Id<id::Contact>) -> Result<Vec<Submission>> {
    let models =
        Entity::find().filter(Column::ContactId.eq(contact.uuid())).order_by_desc(Column::Id).all(conn).await?;
    models.into_iter().map(Submission::try_from).collect()
}

/// Note that the address was confirmed. Answers false when it was before.
pub async fn confirm(conn: &impl ConnectionTrait, id: Id<id::Submission>, now: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::ConfirmedAt, Expr::value(now.ms()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::ConfirmedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}
