//! Every outgoing mail: what was sent, to whom, and what became of it.

use base::{Email, Id, Locale, Timestamp, id};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, StoreError, error, page::Page};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contact_id: Option<Uuid>,
    pub job_id: Option<Uuid>,
    pub dedup_key: Option<String>,
    pub kind: String,
    pub template: String,
    pub locale: String,
    pub sender: Option<String>,
    pub message_id: Option<String>,
    pub recipient: String,
    pub recipient_name: String,
    pub subject: String,
    pub is_unsubscribable: bool,
    pub state: String,
    pub attempts: i64,
    pub error: Option<String>,
    pub is_bad_address: bool,
    pub reply: Option<String>,
    pub remark: Option<String>,
    pub created_at: i64,
    pub written_at: i64,
    pub sending_at: Option<i64>,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

mod content {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message_contents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub message_id: Uuid,
        pub html: String,
        pub plain: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Longest error or reply kept with a message, in characters.
const TEXT_CHARS_MAX: usize = 2000;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $what:literal { $($(#[$word_doc:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$word_doc])* $word),* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$word),*];

            /// The text in the database and the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),* }
            }

            fn stored(text: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| StoreError::Damaged {
                    what: "message",
                    detail: format!(concat!("unknown ", $what, " {}"), text),
                })
            }
        }
    };
}

words! {
    /// Why a mail is sent.
    Kind: "kind" {
        /// The receiver asked for this very mail: sent at least once.
        Transactional = "transactional",
        /// Needs consent, and is never sent twice.
        Marketing = "marketing",
        /// One person writes to another: needs no consent while there is no "no", and is never sent twice.
        Personal = "personal",
    }
}

impl Kind {
    /// Whether it is better lost than sent twice: nothing sends it again by itself once it may have arrived.
    pub fn is_sent_once(self) -> bool {
        matches!(self, Self::Marketing | Self::Personal)
    }
}

words! {
    /// Where a message stands.
    State: "state" {
        /// Not yet handed over; may be waiting for another try.
        Queued = "queued",
        /// Being handed over now, or the program stopped in the middle of it.
        Sending = "sending",
        /// The next server has it.
        Sent = "sent",
        /// Refused for good, or given up on.
        Failed = "failed",
        /// It may have arrived: nobody can tell.
        Unknown = "unknown",
        /// Held back by a rule; `error` says which.
        Suppressed = "suppressed",
    }
}

/// A message without its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: Id<id::Message>,
    /// Absent for mail to staff and for tests.
    pub contact_id: Option<Id<id::Contact>>,
    /// The job that sends it.
    pub job_id: Option<Id<id::Job>>,
    pub kind: Kind,
    /// The template's name.
    pub template: String,
    pub locale: Locale,
    /// The address it is from, once it was sent.
    pub sender: Option<String>,
    /// The header `Message-ID`, once it was sent; the same for every try.
    pub message_id: Option<String>,
    pub recipient: Email,
    pub recipient_name: String,
    pub subject: String,
    /// Whether it carries a way to leave with one click.
    pub is_unsubscribable: bool,
    pub state: State,
    /// Times the network was touched.
    pub attempts: i64,
    /// Why it is not sent.
    pub error: Option<String>,
    /// The receiving server has said that there is no such mailbox.
    pub is_bad_address: bool,
    /// What the next server answered.
    pub reply: Option<String>,
    /// What people should know about it although it could be sent.
    pub remark: Option<String>,
    pub created_at: Timestamp,
    /// When it was last filled in: its header `Date`.
    pub written_at: Timestamp,
    pub sending_at: Option<Timestamp>,
    /// When it was sent, failed, lost or held back.
    pub finished_at: Option<Timestamp>,
}

/// What a message says, to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub html: String,
    pub plain: String,
}

impl TryFrom<Model> for Message {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(model.id),
            contact_id: model.contact_id.map(Id::from_uuid),
            job_id: model.job_id.map(Id::from_uuid),
            kind: Kind::stored(&model.kind)?,
            template: model.template,
            locale: error::parsed("message", &model.locale)?,
            sender: model.sender,
            message_id: model.message_id,
            recipient: error::parsed("message", &model.recipient)?,
            recipient_name: model.recipient_name,
            subject: model.subject,
            is_unsubscribable: model.is_unsubscribable,
            state: State::stored(&model.state)?,
            attempts: model.attempts,
            error: model.error,
            is_bad_address: model.is_bad_address,
            reply: model.reply,
            remark: model.remark,
            created_at: Timestamp::from_ms(model.created_at),
            written_at: Timestamp::from_ms(model.written_at),
            sending_at: model.sending_at.map(Timestamp::from_ms),
            finished_at: model.finished_at.map(Timestamp::from_ms),
        })
    }
}

fn short(text: &Option<String>) -> Option<String> {
    text.as_ref().map(|text| text.chars().take(TEXT_CHARS_MAX).collect())
}

impl From<&Message> for ActiveModel {
    /// All but the id and the key, which never change.
    fn from(message: &Message) -> Self {
        Self {
            contact_id: Set(message.contact_id.map(Id::uuid)),
            job_id: Set(message.job_id.map(Id::uuid)),
            kind: Set(message.kind.as_str().to_owned()),
            template: Set(message.template.clone()),
            locale: Set(message.locale.to_string()),
            sender: Set(message.sender.clone()),
            message_id: Set(message.message_id.clone()),
            recipient: Set(message.recipient.to_string()),
            recipient_name: Set(message.recipient_name.clone()),
            subject: Set(message.subject.clone()),
            is_unsubscribable: Set(message.is_unsubscribable),
            state: Set(message.state.as_str().to_owned()),
            attempts: Set(message.attempts),
            error: Set(short(&message.error)),
            is_bad_address: Set(message.is_bad_address),
            reply: Set(short(&message.reply)),
            remark: Set(short(&message.remark)),
            created_at: Set(message.created_at.ms()),
            written_at: Set(message.written_at.ms()),
            sending_at: Set(message.sending_at.map(Timestamp::ms)),
            finished_at: Set(message.finished_at.map(Timestamp::ms)),
            ..Default::default()
        }
    }
}

/// Add a message. `dedup_key` names what asked for it; a second one with the same key is refused as taken.
pub async fn insert(
    conn: &impl ConnectionTrait,
    message: &Message,
    dedup_key: Option<&str>,
    content: &Content,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(message.id.uuid()),
        dedup_key: Set(dedup_key.map(str::to_owned)),
        ..ActiveModel::from(message)
    };
    Entity::insert(row).exec_without_returning(conn).await?;
    let row = content::ActiveModel {
        message_id: Set(message.id.uuid()),
        html: Set(content.html.clone()),
        plain: Set(content.plain.clone()),
    };
    content::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Write a message over what is stored, if nobody has begun to send it since it was read: `attempts` is
/// what was read. Answers false, and changes nothing, when somebody has.
pub async fn replace(conn: &impl ConnectionTrait, message: &Message, attempts: i64) -> Result<bool> {
    let done = Entity::update_many()
        .set(ActiveModel::from(message))
        .filter(Column::Id.eq(message.id.uuid()))
        .filter(Column::Attempts.eq(attempts))
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Write other content into a message.
pub async fn rewrite(conn: &impl ConnectionTrait, id: Id<id::Message>, content: &Content) -> Result<()> {
    let row = content::ActiveModel {
        message_id: Set(id.uuid()),
        html: Set(content.html.clone()),
        plain: Set(content.plain.clone()),
    };
    content::Entity::update(row).exec(conn).await?;
    Ok(())
}

/// The message of that id.
pub async fn find(conn: &impl ConnectionTrait, id: Id<id::Message>) -> Result<Option<Message>> {
    Entity::find_by_id(id.uuid()).one(conn).await?.map(Message::try_from).transpose()
}

/// The messages of those ids.
pub async fn find_many(conn: &impl ConnectionTrait, ids: &[Id<id::Message>]) -> Result<Vec<Message>> {
    let query = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    query.all(conn).await?.into_iter().map(Message::try_from).collect()
}

/// The message that something asked for.
pub async fn find_by_key(conn: &impl ConnectionTrait, dedup_key: &str) -> Result<Option<Message>> {
    Entity::find().filter(Column::DedupKey.eq(dedup_key)).one(conn).await?.map(Message::try_from).transpose()
}

/// What a message says.
pub async fn content(conn: &impl ConnectionTrait, id: Id<id::Message>) -> Result<Option<Content>> {
    let found = content::Entity::find_by_id(id.uuid()).one(conn).await?;
    Ok(found.map(|model| Content { html: model.html, plain: model.plain }))
}

/// What a list of messages shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub contact: Option<Id<id::Contact>>,
    pub state: Option<State>,
    pub template: Option<String>,
}

/// Messages, newest first, after the one named by `after`.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<Id<id::Message>>,
    limit: u64,
) -> Result<Page<Message>> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit + 1);
    if let Some(contact) = filter.contact {
        query = query.filter(Column::ContactId.eq(contact.uuid()));
    }
    if let Some(state) = filter.state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    if let Some(template) = &filter.template {
        query = query.filter(Column::Template.eq(template));
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after.uuid()));
    }
    let rows = query.all(conn).await?.into_iter().map(Message::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |message| message.id.to_string()))
}

/// Messages that have been `sending` since before a time: their sender has died.
pub async fn lost(conn: &impl ConnectionTrait, before: Timestamp, limit: u64) -> Result<Vec<Message>> {
    let models = Entity::find()
        .filter(Column::State.eq(State::Sending.as_str()))
        .filter(Column::SendingAt.lt(before.ms()))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    models.into_iter().map(Message::try_from).collect()
}

/// Whether the last thing heard about an address is that there is no such mailbox.
pub async fn is_bad_address(conn: &impl ConnectionTrait, address: &Email) -> Result<bool> {
    let last = Entity::find()
        .filter(Column::Recipient.eq(address.as_str()))
        .filter(Column::State.is_in([State::Sent.as_str(), State::Failed.as_str()]))
        .order_by_desc(Column::Id)
        .one(conn)
        .await?;
    Ok(last.is_some_and(|message| message.is_bad_address))
}
