//! E-mails between salespeople and contacts.
//!
//! Each is an activity, so that it lies on the timeline, is merged, hidden and erased as the others are. One that we
//! send is a message of the log besides: it goes by the same lane as all mail (`messages::send`), at most once.
//! [`incoming`] takes what others write.

pub mod inbox;
pub mod incoming;
pub mod spool;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use base::{Id, id};
use channels::mail::{Mailbox, OutgoingMail};
use serde::Deserialize;
use store::Tx;
use store::activities::{Activity, Kind};
use store::contacts::Contact;
use store::emails::Letter;
use store::messages::{self, Content, Message, State};

use crate::activities::{
    self, ActivityDetails, ActivityView, BODY_CHARS_MAX, CallDirection, EmailDetails, EmailFile, EmailState,
    TITLE_CHARS_MAX, told,
};
use crate::consent::{self, Purpose};
use crate::messages::settings::{self, MailSettings};
use crate::messages::{jobs, letter, log};
use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

/// The template that personal mail is listed under.
const TEMPLATE: &str = "personal";
/// Why mail is held back from somebody who wants no marketing.
const REFUSED: &str = "the contact has said no to marketing: answer a mail of theirs, or say that this is no \
                       marketing (is_not_marketing)";

/// An e-mail to a contact.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewEmail {
    /// To whom; the deal's contact when absent.
    pub contact_id: Option<Id<id::Contact>>,
    /// About which deal.
    pub deal_id: Option<Id<id::Deal>>,
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The e-mail that it answers, an activity of the same contact.
    pub answers_id: Option<Id<id::Activity>>,
    /// It is about what the two do together, and no marketing: needed for somebody who has said no to marketing,
    /// unless it answers a mail of theirs. Stands in the audit log.
    pub is_not_marketing: bool,
}

/// Write an e-mail to a contact; the worker sends it.
pub async fn write(app: &App, actor: &Actor, request: NewEmail) -> Result<ActivityView> {
    actor.may(Permission::ActivitiesWrite)?;
    let (subject, text) = words(&request)?;
    let tx = app.store.begin().await?;
    let about = activities::record(&tx, actor, request.contact_id, request.deal_id).await?;
    let mut activity = activities::blank(app, actor, Kind::Email, about);
    activities::refuse_nowhere(&activity)?;
    let contact = receiver(&tx, &activity).await?;
    let to = contact.email.clone().ok_or_else(no_address)?;
    let answered = match request.answers_id {
        Some(id) => Some(answered(&tx, actor, &activity, id).await?),
        None => None,
    };
    let message = Message {
        contact_id: Some(contact.id),
        subject: subject.clone(),
        ..letter::blank(
            app,
            messages::Kind::Personal,
            TEMPLATE,
            contact.locale.clone(),
            Mailbox::new(contact.display_name(), to.clone()),
        )
    };
    let mail = settings::load(&tx).await?;
    let letter = letter_of(&tx, actor, &mail, app, &activity, &message, answered, request.is_not_marketing).await?;
    let details = EmailDetails {
        from: mail.from_email.as_ref().map(ToString::to_string).unwrap_or_default(),
        from_name: letter.sender_name.clone(),
        to: to.to_string(),
        ..EmailDetails::default()
    };
    activity.title = subject;
    activity.body.clone_from(&text);
    State::Queued.as_str().clone_into(&mut activity.outcome);
    activity.follows_id = request.answers_id;
    let direction = Some(CallDirection::Outbound);
    activity.details = ActivityDetails { direction, email: Some(details), ..ActivityDetails::default() }.json()?;
    store::messages::insert(&tx, &message, None, &Content { html: html(&text), plain: text }).await?;
    activities::save_new(app, &tx, actor, &activity).await?;
    store::emails::insert(&tx, &letter).await?;
    // Said now, to whoever can still mend it; asked again when it is sent.
    if let Some(reason) = consent::held_back(&tx, &message).await? {
        return Err(AppError::conflict(if reason == REFUSED { "said_no" } else { "bounces" }, reason));
    }
    if request.is_not_marketing {
        audit::record(app, &tx, actor, "email.not_marketing", activity.id, serde_json::Value::Null).await?;
    }
    jobs::enqueue_message(app, &tx, message.id).await?;
    tx.commit().await?;
    activities::after_commit(app).await?;
    activities::get(app, actor, activity.id).await
}

fn no_address() -> AppError {
    AppError::invalid("contact_id", "no_address", "this contact has no e-mail address: add one first")
}

fn words(request: &NewEmail) -> Result<(String, String)> {
    let mut problems = Vec::new();
    let subject = request.subject.trim().to_owned();
    let chars = subject.chars().count();
    if chars == 0 || chars > TITLE_CHARS_MAX || subject.chars().any(char::is_control) {
        let message = format!("write a subject of 1 to {TITLE_CHARS_MAX} characters on one line");
        problems.push(FieldProblem::new("subject", "length", message));
    }
    let text = request.text.trim().replace("\r\n", "\n");
    let chars = text.chars().count();
    let is_plain = text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t');
    if chars == 0 || chars > BODY_CHARS_MAX || !is_plain {
        let message = format!("write 1 to {BODY_CHARS_MAX} characters of plain text");
        problems.push(FieldProblem::new("text", "length", message));
    }
    if problems.is_empty() { Ok((subject, text)) } else { Err(AppError::Invalid(problems)) }
}

async fn receiver(tx: &Tx, activity: &Activity) -> Result<Contact> {
    let id = activity.contact_id.ok_or(AppError::NotFound("contact"))?;
    store::contacts::find(tx, id).await?.ok_or(AppError::NotFound("contact"))
}

/// The e-mail that is answered, if the actor may see it and it is the contact's.
async fn answered(tx: &Tx, actor: &Actor, answer: &Activity, id: Id<id::Activity>) -> Result<(Activity, Letter)> {
    let unknown = || AppError::invalid("answers_id", "unknown", "there is no such e-mail of this contact");
    let found = store::activities::find(tx, id, crate::deals::scope(actor)).await?;
    let found = found.filter(|found| found.removed_at.is_none() && found.contact_id == answer.contact_id);
    let letter = store::emails::find(tx, id).await?;
    found.zip(letter).ok_or_else(unknown)
}

/// Who it is from, where answers go, and its place in the conversation.
#[expect(clippy::too_many_arguments, reason = "all of them are read once, in one transaction")]
async fn letter_of(
    tx: &Tx,
    actor: &Actor,
    mail: &MailSettings,
    app: &App,
    activity: &Activity,
    message: &Message,
    answered: Option<(Activity, Letter)>,
    is_not_marketing: bool,
) -> Result<Letter> {
    let writer = match actor.user_id() {
        Some(id) => store::users::find(tx, id).await?,
        None => None,
    };
    let conversation_id = answered.as_ref().map(|(_, answered)| answered.conversation());
    let is_answer = answered.as_ref().is_some_and(|(answered, _)| answered.outcome == incoming::RECEIVED);
    let mut thread = Vec::new();
    if let Some((_, answered)) = answered {
        thread = answered.thread;
        let own = match answered.outgoing_id {
            Some(id) => store::messages::find(tx, id).await?.and_then(|message| message.message_id),
            None => None,
        };
        thread.extend(answered.message_id.or(own));
    }
    Ok(Letter {
        activity_id: activity.id,
        message_id: None,
        outgoing_id: Some(message.id),
        sender_name: writer.as_ref().map_or_else(|| mail.sender_name(app), |user| user.name.clone()),
        reply_to: writer.map(|user| user.email),
        thread,
        is_answer,
        is_not_marketing,
        conversation_id,
    })
}

/// The text as simple HTML: paragraphs and lines, nothing else.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let paragraphs =
        escaped.split("\n\n").map(|part| format!("<p>{}</p>\n", part.trim_matches('\n').replace('\n', "<br>\n")));
    format!("<!doctype html>\n<html><body>\n{}</body></html>\n", paragraphs.collect::<String>())
}

/// Longest header of a conversation, bytes: what lies before is left out.
const THREAD_BYTES_MAX: usize = 800;

/// What one person's mail to another has in place of the company's: the name, where answers go, the conversation.
pub(crate) async fn address(app: &App, mail: &mut OutgoingMail, letter: &Letter) -> Result<()> {
    mail.from.name = Some(letter.sender_name.clone());
    if let Some(reply_to) = &letter.reply_to {
        mail.reply_to = vec![Mailbox::new(letter.sender_name.clone(), reply_to.clone())];
        // To the mailbox as well, else answers would come to the salesperson and to no timeline.
        let fetched = inbox::load(app.store.reader()).await?.answers_to;
        mail.reply_to.extend(fetched.filter(|fetched| fetched != reply_to).map(Mailbox::from));
    }
    converse(mail, letter);
    Ok(())
}

/// The headers by which the receiver's program finds the conversation.
fn converse(mail: &mut OutgoingMail, letter: &Letter) {
    let Some(last) = letter.thread.last() else { return };
    mail.headers.push(("In-Reply-To".to_owned(), format!("<{last}>")));
    let mut bytes = 0;
    let fits = |id: &&String| {
        bytes += id.len() + 3;
        bytes <= THREAD_BYTES_MAX
    };
    let mut references: Vec<String> = letter.thread.iter().rev().take_while(fits).map(|id| format!("<{id}>")).collect();
    references.reverse();
    mail.headers.push(("References".to_owned(), references.join(" ")));
}

/// What makes a message a person's, if it is one.
pub(crate) async fn of_message(app: &App, message: &Message) -> Result<Option<Letter>> {
    if message.kind != messages::Kind::Personal {
        return Ok(None);
    }
    let found = store::emails::of_message(app.store.reader(), message.id).await?;
    Ok(Some(found.ok_or(AppError::NotFound("e-mail any more"))?))
}

/// Why a personal mail must not go out, if so; asked by `consent::held_back` and nobody else.
///
/// One person writing to another is no marketing as such and needs no consent. But who has said no to marketing gets
/// one only in answer to a mail of theirs, or when its writer says that it is none.
pub(crate) async fn held_back(tx: &Tx, message: &Message, contact: Id<id::Contact>) -> Result<Option<&'static str>> {
    let Some(letter) = store::emails::of_message(tx, message.id).await? else { return Ok(None) };
    let activity = store::activities::find(tx, letter.activity_id, store::deals::Scope::All).await?;
    if activity.is_none_or(|activity| activity.removed_at.is_some()) {
        return Ok(Some("it was removed before it was sent"));
    }
    let is_free = letter.is_answer || letter.is_not_marketing;
    let is_refused = !is_free && consent::is_refused(tx, contact, Purpose::Marketing).await?;
    Ok(is_refused.then_some(REFUSED))
}

/// Write onto the activity how its sending stands, and tell that it was sent. Answers whether that was told.
pub(crate) async fn note_outcome(app: &App, tx: &Tx, message: &Message) -> Result<bool> {
    if message.kind != messages::Kind::Personal {
        return Ok(false);
    }
    let Some(letter) = store::emails::of_message(tx, message.id).await? else { return Ok(false) };
    let before = store::activities::find(tx, letter.activity_id, store::deals::Scope::All).await?;
    let Some(before) = before else { return Ok(false) };
    store::emails::note_state(tx, before.id, message.state, app.now()).await?;
    let after = Activity { outcome: message.state.as_str().to_owned(), ..before.clone() };
    told::changed(app, tx, &before, &after).await?;
    Ok(message.state == State::Sent)
}

/// Try again to send an e-mail that failed, or may not have arrived: a person decides.
pub async fn retry(app: &App, actor: &Actor, id: Id<id::Activity>) -> Result<ActivityView> {
    actor.may(Permission::ActivitiesWrite)?;
    let tx = app.store.begin().await?;
    let before = activities::held_present(&tx, actor, id).await?;
    let letter = store::emails::find(&tx, id).await?.ok_or(AppError::NotFound("e-mail"))?;
    let message = letter.outgoing_id.ok_or(AppError::NotFound("e-mail that was sent from here"))?;
    let message = log::send_again(app, &tx, actor, message).await?;
    store::emails::note_state(&tx, id, message.state, app.now()).await?;
    let after = Activity { outcome: message.state.as_str().to_owned(), ..before.clone() };
    told::changed(app, &tx, &before, &after).await?;
    tx.commit().await?;
    app.mail.resume();
    activities::after_commit(app).await?;
    activities::get(app, actor, id).await
}

/// How the e-mails among activities stand, and what came with them.
pub(crate) async fn states(app: &App, activities: &[Activity]) -> Result<HashMap<Id<id::Activity>, EmailState>> {
    let conn = app.store.reader();
    let emails: Vec<&Activity> = activities.iter().filter(|activity| activity.kind == Kind::Email).collect();
    let ids: Vec<Id<id::Activity>> = emails.iter().map(|email| email.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut files: HashMap<Id<id::Activity>, Vec<EmailFile>> = HashMap::new();
    for file in store::emails::attachments(conn, &ids).await? {
        let size_bytes = ActivityDetails::of(&file)?.file.map_or(0, |file| file.size_bytes);
        let Some(email) = file.follows_id else { continue };
        files.entry(email).or_default().push(EmailFile { id: file.id, name: file.title, size_bytes });
    }
    let letters = store::emails::find_many(conn, &ids).await?;
    let conversations: HashMap<_, _> = letters.iter().map(|row| (row.activity_id, row.conversation())).collect();
    let outgoing: HashMap<_, _> =
        letters.iter().filter_map(|letter| Some((letter.activity_id, letter.outgoing_id?))).collect();
    let message_ids: Vec<_> = outgoing.values().copied().collect();
    let messages: HashMap<_, _> =
        store::messages::find_many(conn, &message_ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let state = |email: &Activity| {
        let message = outgoing.get(&email.id).and_then(|id| messages.get(id));
        EmailState {
            state: message.map_or_else(|| email.outcome.clone(), |message| message.state.as_str().to_owned()),
            error: message.and_then(|message| message.error.clone()),
            can_retry: message.is_some_and(log::can_retry),
            files: files.get(&email.id).cloned().unwrap_or_default(),
            conversation_id: conversations.get(&email.id).copied().unwrap_or(email.id),
        }
    };
    Ok(emails.into_iter().map(|email| (email.id, state(email))).collect())
}
