//! Those who log in.

use base::{Email, Id, Locale, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::{Result, error};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub role: String,
    pub locale: String,
    pub password_hash: String,
    pub is_active: bool,
    pub failed_logins: i64,
    pub locked_until: Option<i64>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Somebody who logs in.
#[derive(Clone, PartialEq)]
pub struct User {
    pub id: Id<id::User>,
    pub email: Email,
    pub name: String,
    /// The name of a role of `app::permission`.
    pub role: String,
    pub locale: Locale,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Whether the user may log in.
    pub is_active: bool,
    /// Wrong passwords since the last right one.
    pub failed_logins: i64,
    /// No login before this moment.
    pub locked_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

impl TryFrom<Model> for User {
    type Error = crate::StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            email: error::parsed("user", &model.email)?,
            name: model.name,
            role: model.role,
            locale: error::parsed("user", &model.locale)?,
            password_hash: model.password_hash,
            is_active: model.is_active,
            failed_logins: model.failed_logins,
            locked_until: model.locked_until.map(Timestamp::from_ms),
            created_at: Timestamp::from_ms(model.created_at),
        })
    }
}

impl From<&User> for ActiveModel {
    fn from(user: &User) -> Self {
        Self {
            id: Set(user.id.uuid()),
            email: Set(user.email.to_string()),
            name: Set(user.name.clone()),
            role: Set(user.role.clone()),
            locale: Set(user.locale.to_string()),
            password_hash: Set(user.password_hash.clone()),
            is_active: Set(user.is_active),
            failed_logins: Set(user.failed_logins),
            locked_until: Set(user.locked_until.map(Timestamp::ms)),
            created_at: Set(user.created_at.ms()),
        }
    }
}

/// Add a user. The address must be free.
pub async fn insert(conn: &impl ConnectionTrait, user: &User) -> Result<()> {
    Entity::insert(ActiveModel::from(user)).exec_without_returning(conn).await?;
    Ok(())
}

/// Write every field of a user over what is stored.
pub async fn update(conn: &impl ConnectionTrait, user: &User) -> Result<()> {
    Entity::update(ActiveModel::from(user).reset_all()).exec(conn).await?;
    Ok(())
}

/// The user of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::User>) -> Result<Option<User>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(User::try_from).transpose()
}

/// The user with that address.
pub async fn find_by_email(conn: &impl ConnectionTrait, email: &Email) -> Result<Option<User>> {
    Entity::find().filter(Column::Email.eq(email.as_str())).one(conn).await?.map(User::try_from).transpose()
}

/// All users, by name.
pub async fn all(conn: &impl ConnectionTrait) -> Result<Vec<User>> {
    let models = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    models.into_iter().map(User::try_from).collect()
}

/// How many users there are.
pub async fn count(conn: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::find().count(conn).await?)
}

/// Note a wrong password in one statement, so that guesses made at once are all counted.
pub async fn note_failed_login(conn: &impl ConnectionTrait, id: Id<id::User>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::FailedLogins, Expr::col(Column::FailedLogins).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(conn)
        .await?;
    Ok(())
}
