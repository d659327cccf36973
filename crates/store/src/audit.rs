//! Who changed what, when. Rows are only added.

use base::{Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};

use crate::Result;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// One change.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Entry {
    pub id: Id<id::Audit>,
    pub at: Timestamp,
    /// The id of a user or key, or `system`.
    pub actor: String,
    /// `noun.verb`, such as `deal.move`.
    pub action: String,
    /// The id of what was changed.
    pub subject: String,
    /// What the change was; never a secret.
    pub detail: serde_json::Value,
}

/// Add an entry.
pub async fn insert(conn: &impl ConnectionTrait, entry: &Entry) -> Result<()> {
    let row = ActiveModel {
        id: Set(entry.id.uuid()),
        at: Set(entry.at.ms()),
        actor: Set(entry.actor.clone()),
        action: Set(entry.action.clone()),
        subject: Set(entry.subject.clone()),
        detail: Set(entry.detail.clone()),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The id of what was changed.
    pub subject: Option<String>,
    /// The id of a user or key, or `system`.
    pub actor: Option<String>,
    /// `contact`, or `contact.update`.
    pub action: Option<String>,
    pub from: Option<Timestamp>,
    /// Not at this moment any more.
    pub to: Option<Timestamp>,
}

/// A place in the list: the moment and the id of an entry.
pub type Cursor = (i64, Uuid);

/// Entries, the newest first, after a place in the list.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Entry>> {
    let mut query = Entity::find().order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit);
    if let Some(subject) = &filter.subject {
        query = query.filter(Column::Subject.eq(subject));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(Column::Actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        let within = Column::Action.starts_with(format!("{action}."));
        query = query.filter(Condition::any().add(Column::Action.eq(action)).add(within));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::At.gte(from.ms()));
    }
    if let Some(to) = filter.to {
        query = query.filter(Column::At.lt(to.ms()));
    }
    if let Some((at, id)) = after {
        let same = Condition::all().add(Column::At.eq(at)).add(Column::Id.lt(id));
        query = query.filter(Condition::any().add(Column::At.lt(at)).add(same));
    }
    Ok(query.all(conn).await?.into_iter().map(Entry::from).collect())
}

/// The newest entries, of one subject or of all.
pub async fn newest(conn: &impl ConnectionTrait, subject: Option<&str>, limit: u64) -> Result<Vec<Entry>> {
    list(conn, &Filter { subject: subject.map(str::to_owned), ..Filter::default() }, None, limit).await
}

/// Forget what was changed about a subject; that it was, when and by whom stays.
pub async fn forget_details(conn: &impl ConnectionTrait, subject: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Detail, Expr::value(Json::Null))
        .filter(Column::Subject.eq(subject))
        .exec(conn)
        .await?;
    Ok(())
}

impl From<Model> for Entry {
    fn from(model: Model) -> Self {
        Self {
            id: Id::from_uuid(model.id),
            at: Timestamp::from_ms(model.at),
            actor: model.actor,
            action: model.action,
            subject: model.subject,
            detail: model.detail,
        }
    }
}
