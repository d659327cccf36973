//! What only e-mails have: their place in a conversation, and how they are sent. What stands in one is an activity.

use base::{Email, Id, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, activities, error, messages};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "emails")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: Uuid,
    pub message_id: Option<String>,
    pub outgoing_id: Option<Uuid>,
    pub sender_name: String,
    pub reply_to: Option<String>,
    pub thread: String,
    pub is_answer: bool,
    pub is_not_marketing: bool,
    pub conversation_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod intake {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "email_intake")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub outcome: String,
        pub count: i64,
        pub last_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What only an e-mail has.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    pub activity_id: Id<id::Activity>,
    /// Of mail that does not leave here: its Message-ID, without brackets.
    pub message_id: Option<String>,
    /// Of mail that leaves here: where its sending stands.
    pub outgoing_id: Option<Id<id::Message>>,
    /// Who it is from, in place of the company's name.
    pub sender_name: String,
    /// Where answers go.
    pub reply_to: Option<Email>,
    /// The Message-IDs of the conversation before it, oldest first; the last is what it answers.
    pub thread: Vec<String>,
    /// It answers a mail of the receiver's.
    pub is_answer: bool,
    /// Whoever wrote it has said that it is no marketing.
    pub is_not_marketing: bool,
    /// The first e-mail of the conversation; none where it is this one.
    pub conversation_id: Option<Id<id::Activity>>,
}

impl Letter {
    /// The conversation that an answer to it belongs to.
    pub fn conversation(&self) -> Id<id::Activity> {
        self.conversation_id.unwrap_or(self.activity_id)
    }
}

impl TryFrom<Model> for Letter {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            activity_id: Id::from_uuid(model.activity_id),
            message_id: model.message_id,
            outgoing_id: model.outgoing_id.map(Id::from_uuid),
            sender_name: model.sender_name,
            reply_to: model.reply_to.as_deref().map(|text| error::parsed("email", text)).transpose()?,
            thread: model.thread.split_whitespace().map(str::to_owned).collect(),
            is_answer: model.is_answer,
            is_not_marketing: model.is_not_marketing,
            conversation_id: model.conversation_id.map(Id::from_uuid),
        })
    }
}

/// Add one. The same Message-ID a second time is refused as taken.
pub async fn insert(conn: &impl ConnectionTrait, letter: &Letter) -> Result<()> {
    let row = ActiveModel {
        activity_id: Set(letter.activity_id.uuid()),
        message_id: Set(letter.message_id.clone()),
        outgoing_id: Set(letter.outgoing_id.map(Id::uuid)),
        sender_name: Set(letter.sender_name.clone()),
        reply_to: Set(letter.reply_to.as_ref().map(ToString::to_string)),
        thread: Set(letter.thread.join(" ")),
        is_answer: Set(letter.is_answer),
        is_not_marketing: Set(letter.is_not_marketing),
        conversation_id: Set(letter.conversation_id.map(Id::uuid)),
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// That of an activity.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Activity>) -> Result<Option<Letter>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Letter::try_from).transpose()
}

/// Those of activities.
pub async fn find_many(conn: &impl ConnectionTrait, ids: &[Id<id::Activity>]) -> Result<Vec<Letter>> {
    let query = Entity::find().filter(Column::ActivityId.is_in(ids.iter().map(|id| id.uuid())));
    query.all(conn).await?.into_iter().map(Letter::try_from).collect()
}

/// The one that a message sends.
pub async fn of_message(conn: &impl ConnectionTrait, message: Id<id::Message>) -> Result<Option<Letter>> {
    let query = Entity::find().filter(Column::OutgoingId.eq(message.uuid()));
    query.one(conn).await?.map(Letter::try_from).transpose()
}

/// The one with a Message-ID, which does not leave here.
pub async fn of_message_id(conn: &impl ConnectionTrait, message_id: &str) -> Result<Option<Letter>> {
    let query = Entity::find().filter(Column::MessageId.eq(message_id));
    query.one(conn).await?.map(Letter::try_from).transpose()
}

/// Say how the sending of an e-mail stands, where lists show it.
pub async fn note_state(
    conn: &impl ConnectionTrait,
    activity: Id<id::Activity>,
    state: messages::State,
    now: Timestamp,
) -> Result<()> {
    activities::Entity::update_many()
        .col_expr(activities::Column::Outcome, Expr::value(state.as_str()))
        .col_expr(activities::Column::UpdatedAt, Expr::value(now.ms()))
        .filter(activities::Column::Id.eq(activity.uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Files that came with e-mails, oldest first.
pub async fn attachments(conn: &impl ConnectionTrait, ids: &[Id<id::Activity>]) -> Result<Vec<activities::Activity>> {
    let query = activities::Entity::find()
        .filter(activities::Column::FollowsId.is_in(ids.iter().map(|id| id.uuid())))
        .filter(activities::Column::Kind.eq(activities::Kind::File.as_str()))
        .filter(activities::Column::RemovedAt.is_null())
        .order_by_asc(activities::Column::Id);
    query.all(conn).await?.into_iter().map(activities::Activity::try_from).collect()
}

/// What was sent by e-mails that were removed before a moment: it goes for good with them.
pub async fn delete_sent_of_removed(conn: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    let removed = Query::select()
        .column(activities::Column::Id)
        .from(activities::Entity)
        .and_where(activities::Column::RemovedAt.lt(before.ms()))
        .to_owned();
    let sent: Vec<Option<Uuid>> = Entity::find()
        .filter(Column::ActivityId.in_subquery(removed))
        .filter(Column::OutgoingId.is_not_null())
        .select_only()
        .column(Column::OutgoingId)
        .into_tuple()
        .all(conn)
        .await?;
    let gone = messages::Entity::delete_many().filter(messages::Column::Id.is_in(sent.into_iter().flatten()));
    Ok(gone.exec(conn).await?.rows_affected)
}

/// Count how a mail that came in was taken.
pub async fn count(conn: &impl ConnectionTrait, outcome: &str, now: Timestamp) -> Result<()> {
    let row = intake::ActiveModel { outcome: Set(outcome.to_owned()), count: Set(1), last_at: Set(now.ms()) };
    let more = OnConflict::column(intake::Column::Outcome)
        .value(intake::Column::Count, Expr::col((intake::Entity, intake::Column::Count)).add(1))
        .update_column(intake::Column::LastAt)
        .to_owned();
    intake::Entity::insert(row).on_conflict(more).exec_without_returning(conn).await?;
    Ok(())
}

/// How mail that came in was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    pub outcome: String,
    pub count: i64,
    pub last_at: Timestamp,
}

/// All counts.
pub async fn counts(conn: &impl ConnectionTrait) -> Result<Vec<Intake>> {
    let rows = intake::Entity::find().order_by_asc(intake::Column::Outcome).all(conn).await?;
    let read = |row: intake::Model| Intake {
        outcome: row.outcome,
        count: row.count,
        last_at: Timestamp::from_ms(row.last_at),
    };
    Ok(rows.into_iter().map(read).collect())
}
