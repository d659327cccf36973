//! What was sent, to whom, and what became of it; and what a person may do about it.

use base::{Email, Id, Locale, Timestamp, id};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::messages::{Content, Filter, Message, State};
use store::page::Page;

use super::{jobs, letter, templates};
use crate::{
    Actor, App, AppError, Result, audit, consent,
    contacts::{page_cursor, page_limit},
    fields::{Entity, Fields},
    permission::Permission,
};

/// How long a message may be `sending` before it counts as lost, ms: longer than a job's lease and any time-out.
const SENDING_LASTS_MS: i64 = 30 * 60 * 1000;
/// The most lost messages reported at once.
const LOST_MAX: u64 = 500;

/// A message as the log lists it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    pub id: Id<id::Message>,
    /// Absent for mail to staff and for tests.
    #[schema(required)]
    pub contact: Option<Id<id::Contact>>,
    /// `transactional`, `marketing` or `personal`.
    #[schema(schema_with = crate::schema::message_kind)]
    pub kind: &'static str,
    /// The template's name.
    pub template: String,
    /// The language of its words.
    pub locale: Locale,
    /// The address it is from, once it was sent.
    #[schema(required)]
    pub from: Option<String>,
    /// None when addresses are hidden from your role.
    #[schema(required)]
    pub to: Option<Email>,
    pub to_name: String,
    pub subject: String,
    /// `queued`, `sending`, `sent`, `failed`, `unknown` (it may have arrived) or `suppressed` (held back by a
    /// rule).
    #[schema(schema_with = crate::schema::message_state)]
    pub state: &'static str,
    /// Whether it carries a way to leave with one click.
    pub is_unsubscribable: bool,
    /// Whether [`retry`] may be asked.
    pub can_retry: bool,
    /// Times it was handed to the network.
    pub attempts: i64,
    /// Why it is not sent.
    #[schema(required)]
    pub error: Option<String>,
    /// What people should know about it although it could be sent.
    #[schema(required)]
    pub remark: Option<String>,
    /// What the next server answered.
    #[schema(required)]
    pub reply: Option<String>,
    /// The header `Message-ID`, once it was sent.
    #[schema(required)]
    pub message_id: Option<String>,
    pub created_at: Timestamp,
    /// When it was sent, failed, lost or held back.
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
}

impl MessageView {
    /// As somebody sees it who may see those fields of contacts. Its words may have any of them in it.
    fn of(message: Message, fields: &Fields) -> Self {
        let words = |text: Option<String>| text.filter(|_| !fields.hides_any());
        let can_retry = can_retry(&message);
        Self {
            id: message.id,
            contact: message.contact_id,
            kind: message.kind.as_str(),
            template: message.template,
            locale: message.locale,
            from: message.sender,
            to: Some(message.recipient).filter(|_| !fields.is_hidden("email")),
            to_name: if fields.is_hidden("name") { String::new() } else { message.recipient_name },
            subject: words(Some(message.subject)).unwrap_or_default(),
            state: message.state.as_str(),
            can_retry,
            is_unsubscribable: message.is_unsubscribable,
            attempts: message.attempts,
            error: words(message.error),
            remark: words(message.remark),
            reply: words(message.reply),
            message_id: message.message_id,
            created_at: message.created_at,
            finished_at: message.finished_at,
        }
    }
}

/// A message with what it says, to the letter; without words when anything of contacts is hidden from your role.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageDetail {
    #[serde(flatten)]
    pub message: MessageView,
    /// The HTML part. Show it in a sandboxed frame.
    pub html: String,
    /// The plain part.
    pub text: String,
}

/// Which messages a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct MessageQuery {
    /// A contact, `ctc_…`.
    pub contact: Option<Id<id::Contact>>,
    /// `queued`, `sending`, `sent`, `failed`, `unknown` or `suppressed`.
    #[param(schema_with = crate::schema::message_state, required = false)]
    pub state: Option<String>,
    /// A template's name.
    pub template: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessagePage {
    pub items: Vec<MessageView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A page of messages.
pub async fn list(app: &App, actor: &Actor, query: MessageQuery) -> Result<MessagePage> {
    actor.may(Permission::MessagesRead)?;
    let state = match query.state.as_deref() {
        None => None,
        Some(text) => Some(State::ALL.iter().copied().find(|state| state.as_str() == text).ok_or_else(|| {
            let message = "choose a state: queued, sending, sent, failed, unknown or suppressed";
            AppError::invalid("state", "unknown", message)
        })?),
    };
    let filter = Filter { contact: query.contact, state, template: query.template };
    let after = page_cursor(query.cursor.as_deref())?;
    let limit = page_limit(query.limit)?;
    let Page { items, next_cursor } = store::messages::list(app.store.reader(), &filter, after, limit).await?;
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    Ok(MessagePage { items: items.into_iter().map(|message| MessageView::of(message, &fields)).collect(), next_cursor })
}

/// One message with what it says.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Message>) -> Result<MessageDetail> {
    actor.may(Permission::MessagesRead)?;
    let conn = app.store.reader();
    let message = store::messages::find(conn, id).await?.ok_or(AppError::NotFound("message"))?;
    let content = store::messages::content(conn, id).await?;
    let Content { html, plain } = content.ok_or(AppError::NotFound("content of the message"))?;
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let said = |text: String| if fields.hides_any() { String::new() } else { text };
    let (html, text) = (said(html), said(plain));
    Ok(MessageDetail { message: MessageView::of(message, &fields), html, text })
}

pub(crate) fn can_retry(message: &Message) -> bool {
    match message.state {
        State::Failed | State::Unknown => true,
        // A try failed, and the next one waits.
        State::Queued => message.error.is_some(),
        _ => false,
    }
}

/// Send a message again that failed or may not have arrived, or now instead of later: a person decides. Marketing
/// mail still asks for consent when it is sent; an address that bounced gets another try.
pub async fn retry(app: &App, actor: &Actor, id: Id<id::Message>) -> Result<MessageView> {
    actor.may(Permission::MessagesWrite)?;
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let tx = app.store.begin().await?;
    let message = send_again(app, &tx, actor, id).await?;
    tx.commit().await?;
    app.mail.resume();
    app.bell.ring();
    Ok(MessageView::of(message, &fields))
}

/// Let a message be sent again; ring the bell after the commit.
pub(crate) async fn send_again(app: &App, tx: &Tx, actor: &Actor, id: Id<id::Message>) -> Result<Message> {
    let message = store::messages::find(tx, id).await?.ok_or(AppError::NotFound("message"))?;
    if !can_retry(&message) {
        let detail = format!("this message is {}: only one whose sending failed is sent again", message.state.as_str());
        return Err(AppError::conflict("not_failed", detail));
    }
    let was = message.state;
    let message = Message { state: State::Queued, error: None, is_bad_address: false, finished_at: None, ..message };
    if !store::messages::replace(tx, &message, message.attempts).await? {
        return Err(AppError::conflict("being_sent", "this message is being sent now"));
    }
    if let Some(contact) = message.contact_id {
        consent::forget_bounce(app, tx, contact).await?;
    }
    // The job that gave up tries again: it knows how to make the links anew. Without one, what was written goes.
    let is_revived = match message.job_id {
        Some(job) => store::jobs::revive(tx, job, app.now()).await?,
        None => false,
    };
    if !is_revived && was == State::Queued {
        return Err(AppError::conflict("being_sent", "this message is being sent now"));
    }
    if !is_revived {
        jobs::enqueue_message(app, tx, id).await?;
    }
    audit::record(app, tx, actor, "message.retry", id, json!({"was": was.as_str()})).await?;
    Ok(message)
}

/// A mail to be sent to one contact.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// To whom.
    pub contact: Id<id::Contact>,
    /// One of the company's own templates.
    pub template: String,
}

/// Send one of the company's own templates to a contact. It is marketing mail: without consent it is held back.
pub async fn create(app: &App, actor: &Actor, request: NewMessage) -> Result<MessageView> {
    actor.may(Permission::MessagesWrite)?;
    if templates::is_builtin(&request.template) {
        let message = "this template needs facts of its own (an order, a link): choose one you made yourself";
        return Err(AppError::invalid("template", "builtin", message));
    }
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let contact = store::contacts::find(conn, request.contact).await?;
    let contact = contact.ok_or(AppError::NotFound("contact"))?;
    let Some(to) = contact.email.clone() else {
        return Err(AppError::invalid("contact", "no_address", "this contact has no e-mail address: add one first"));
    };
    let (message, content) = letter::marketing(app, &contact, to, &request.template).await?;
    let tx = app.store.begin().await?;
    store::messages::insert(&tx, &message, None, &content).await?;
    jobs::enqueue_message(app, &tx, message.id).await?;
    audit::record(app, &tx, actor, "message.create", message.id, json!({"template": request.template})).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(MessageView::of(message, &fields))
}

/// Report messages whose sender died. Marketing mail stays there until a person decides; the job of a
/// transactional one sends it again by itself.
pub(crate) async fn report_lost(app: &App) -> Result<usize> {
    let before = app.now().plus_ms(-SENDING_LASTS_MS);
    let lost = store::messages::lost(app.store.reader(), before, LOST_MAX).await?;
    let count = lost.len();
    for message in lost {
        super::send::report_unknown(app, message).await?;
    }
    Ok(count)
}
