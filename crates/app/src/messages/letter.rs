//! From what is to be said to a row in the log, and from the row to its receiver.

use base::{Email, Id, Locale, Timestamp, id};
use channels::mail::{Mailbox, Rendered, SendError};
use serde_json::{Map, Value};
use store::contacts::Contact;
use store::jobs::Job;
use store::messages::{Content, Kind, Message, State};

use super::send::{self, Outcome, Urgency};
use super::templates::{self, Chosen};
use super::{TestOutcome, context, settings};
use crate::{
    Actor, App, AppError, Result, audit,
    jobs::JobError,
    links::{self, Link},
};

/// Waits after each failed attempt, in minutes: nearly two days in all, for a server that is down over a weekend
/// night and for one that makes strangers wait.
const RETRY_WAITS_MIN: [i64; 7] = [1, 5, 15, 60, 240, 720, 1440];
/// Wait after the server refused us (login, sender), ms: somebody has to change something first, and saving
/// the settings wakes what waits.
const SETTINGS_WAIT_MS: i64 = 15 * 60 * 1000;
/// How long mail waits for settings before it is given up on, ms: later it would surprise its receiver.
const SETTINGS_PATIENCE_MS: i64 = 7 * 24 * 3600 * 1000;

/// A mail to be written.
pub(super) struct Letter<'a> {
    /// What asks for it: the same key never makes two mails.
    pub key: String,
    pub kind: Kind,
    /// The template's name.
    pub template: &'a str,
    /// Absent for mail to staff.
    pub contact: Option<&'a Contact>,
    pub to: Mailbox,
    /// The language of the receiver.
    pub wish: Locale,
    /// The template's own facts.
    pub facts: Map<String, Value>,
    /// Addresses, under `link`.
    pub links: Map<String, Value>,
    /// Whether it carries a way to leave with one click.
    pub is_unsubscribable: bool,
    /// Whether its links lead to the public pages, so that it makes no sense without their address.
    pub needs_site: bool,
}

/// Write the letter unless that was done, and send it unless that was done.
pub(super) async fn deliver(app: &App, job: &Job, letter: Letter<'_>) -> Result<(), JobError> {
    let found = store::messages::find_by_key(app.store.reader(), &letter.key).await.map_err(AppError::from)?;
    let message = match found {
        // It may have arrived: what is sent again must be the same to the letter.
        Some(found) if !matches!(found.state, State::Queued | State::Failed) => found,
        // It has not: its links and facts are made anew.
        found => {
            let message = write(app, &letter, found).await?;
            if message.state == State::Failed {
                return Err(JobError::Dead(message.error.unwrap_or_default()));
            }
            message
        }
    };
    if letter.needs_site && app.company().base_url.is_empty() {
        let error = "the links of this mail need the address of your pages: set it in Settings, Company".to_owned();
        send::note(app, message, &error).await?;
        return Err(JobError::Wait { error, wait_ms: SETTINGS_WAIT_MS });
    }
    hand_over(app, job, message).await
}

/// Fill the letter in and put it into the log: as a new row, or over one that was never taken by a server.
async fn write(app: &App, letter: &Letter<'_>, found: Option<Message>) -> Result<Message> {
    let message_id = found.as_ref().map_or_else(|| app.new_id(), |found| found.id);
    let filled = fill(app, letter, message_id).await?;
    let (subject, content, error) = match filled.result {
        Ok(Rendered { subject, html, text }) => (subject, Content { html, plain: text }, None),
        Err(error) => (String::new(), Content { html: String::new(), plain: String::new() }, Some(error)),
    };
    let is_failed = error.is_some();
    let message = Message {
        id: message_id,
        contact_id: letter.contact.map(|contact| contact.id),
        job_id: found.as_ref().and_then(|found| found.job_id),
        kind: letter.kind,
        template: letter.template.to_owned(),
        locale: filled.locale,
        sender: None,
        message_id: found.as_ref().and_then(|found| found.message_id.clone()),
        recipient: letter.to.email.clone(),
        recipient_name: letter.to.name.clone().unwrap_or_default(),
        subject,
        is_unsubscribable: letter.is_unsubscribable,
        state: if is_failed { State::Failed } else { State::Queued },
        attempts: found.as_ref().map_or(0, |found| found.attempts),
        error,
        is_bad_address: false,
        reply: None,
        remark: filled.remark,
        created_at: found.as_ref().map_or_else(|| app.now(), |found| found.created_at),
        written_at: app.now(),
        sending_at: None,
        finished_at: is_failed.then(|| app.now()),
    };
    let tx = app.store.begin().await?;
    match found {
        None => store::messages::insert(&tx, &message, Some(&letter.key), &content).await?,
        Some(found) => {
            if !store::messages::replace(&tx, &message, found.attempts).await? {
                return Err(AppError::conflict("being_sent", "this mail is being sent by another worker"));
            }
            store::messages::rewrite(&tx, message.id, &content).await?;
        }
    }
    tx.commit().await?;
    Ok(message)
}

struct Filled {
    /// Why not even the built-in template could be filled in.
    result: Result<Rendered, String>,
    locale: Locale,
    remark: Option<String>,
}

/// Fill in the template, or the built-in one when the company's own cannot be: a mail that somebody asked for
/// should not wait for a misplaced brace.
async fn fill(app: &App, letter: &Letter<'_>, message: Id<id::Message>) -> Result<Filled> {
    let conn = app.store.reader();
    let settings = settings::load(conn).await?;
    let chosen = templates::choose(app, conn, letter.template, &letter.wish).await?;
    let chosen = chosen.ok_or(AppError::NotFound("template"))?;
    let facts = |chosen: &Chosen| facts(app, &settings, letter, message, &chosen.reading(&letter.wish));
    let (locale, is_saved, context) = (chosen.locale.clone(), chosen.is_saved, facts(&chosen));
    let own = match templates::fill(chosen.source, context).await? {
        Ok(rendered) => return Ok(Filled { result: Ok(rendered), locale, remark: None }),
        Err(error) => error.to_string(),
    };
    match templates::fallback(app, letter.template, &letter.wish).filter(|_| is_saved) {
        Some(built_in) => {
            let context = facts(&built_in);
            let locale = built_in.locale;
            let result = templates::fill(built_in.source, context).await?.map_err(|error| error.to_string());
            let remark = format!("the built-in template was used, for your own could not be filled in: {own}");
            tracing::warn!(template = letter.template, "{remark}");
            Ok(Filled { result, locale, remark: Some(remark) })
        }
        None => Ok(Filled { result: Err(own), locale, remark: None }),
    }
}

fn facts(
    app: &App,
    settings: &settings::MailSettings,
    letter: &Letter<'_>,
    message: Id<id::Message>,
    locale: &Locale,
) -> Value {
    let mut context = context::common(app, settings, locale);
    let mut link = letter.links.clone();
    if let Some(contact) = letter.contact {
        context.insert("contact".to_owned(), context::contact(contact));
        if letter.is_unsubscribable {
            let leave = links::address(app, Link::Unsubscribe, message, contact.id);
            link.insert("unsubscribe".to_owned(), leave.into());
        }
    }
    context.insert("link".to_owned(), Value::Object(link));
    context.extend(letter.facts.clone());
    Value::Object(context)
}

/// Send a message of the log as its state allows, and say what the job is to do next.
pub(super) async fn hand_over(app: &App, job: &Job, message: Message) -> Result<(), JobError> {
    match (message.kind, message.state) {
        (_, State::Sent | State::Suppressed) => return Ok(()),
        (kind, State::Sending) if kind.is_sent_once() => {
            let message = send::report_unknown(app, message).await?;
            return Err(JobError::Dead(message.error.unwrap_or_default()));
        }
        (kind, State::Unknown) if kind.is_sent_once() => return Err(JobError::Dead(message.error.unwrap_or_default())),
        _ => {}
    }
    let content = store::messages::content(app.store.reader(), message.id).await.map_err(AppError::from)?;
    let content = content.ok_or(AppError::NotFound("content of the message"))?;
    // A person who tries again later sets this very job going.
    let message = Message { job_id: Some(job.id), ..message };
    let (message, outcome) = send::send(app, message, &content, Urgency::Queued).await?;
    judge(app, job, message, outcome).await
}

/// What the job is to do next.
async fn judge(app: &App, job: &Job, message: Message, outcome: Outcome) -> Result<(), JobError> {
    let refused = match outcome {
        Outcome::Sent | Outcome::Suppressed => return Ok(()),
        Outcome::NotTried { reason, wait_ms } => return wait(app, message, reason, wait_ms).await,
        Outcome::Refused(refused) => refused,
    };
    let text = refused.to_string();
    match refused {
        SendError::Permanent { .. } => Err(JobError::Dead(text)),
        SendError::Settings { .. } => wait(app, message, text, SETTINGS_WAIT_MS).await,
        SendError::Unknown { .. } if message.kind.is_sent_once() => Err(JobError::Dead(text)),
        SendError::Temporary { .. } | SendError::Unknown { .. } if job.attempts >= job.attempts_max => {
            let reason = format!("given up after {} attempts: {text}", job.attempts);
            // What may have arrived stays at "unknown": "failed" would say more than anybody knows.
            if message.state == State::Queued {
                send::give_up(app, message, reason.clone()).await?;
            }
            Err(JobError::Dead(reason))
        }
        SendError::Temporary { .. } | SendError::Unknown { .. } => {
            let index = usize::try_from(job.attempts.max(1) - 1).unwrap_or(0).min(RETRY_WAITS_MIN.len() - 1);
            Err(JobError::RetryAfter { error: text, wait_ms: RETRY_WAITS_MIN[index] * 60_000 })
        }
    }
}

/// Wait for somebody to set what is missing, but not for ever.
async fn wait(app: &App, message: Message, error: String, wait_ms: i64) -> Result<(), JobError> {
    if app.now().ms() - message.created_at.ms() < SETTINGS_PATIENCE_MS {
        return Err(JobError::Wait { error, wait_ms });
    }
    let reason = format!("given up after 7 days of waiting: {error}");
    if message.state == State::Queued {
        send::give_up(app, message, reason.clone()).await?;
    }
    Err(JobError::Dead(reason))
}

/// Put a message that nobody's event asked for into the log.
pub(crate) fn blank(app: &App, kind: Kind, template: &str, locale: Locale, to: Mailbox) -> Message {
    Message {
        id: app.new_id(),
        contact_id: None,
        job_id: None,
        kind,
        template: template.to_owned(),
        locale,
        sender: None,
        message_id: None,
        recipient: to.email,
        recipient_name: to.name.unwrap_or_default(),
        subject: String::new(),
        is_unsubscribable: false,
        state: State::Queued,
        attempts: 0,
        error: None,
        is_bad_address: false,
        reply: None,
        remark: None,
        created_at: app.now(),
        written_at: app.now(),
        sending_at: None,
        finished_at: None,
    }
}

/// A marketing mail to one contact, filled in: the message and what it says.
pub(super) async fn marketing(app: &App, contact: &Contact, to: Email, template: &str) -> Result<(Message, Content)> {
    let letter = Letter {
        key: String::new(),
        kind: Kind::Marketing,
        template,
        contact: Some(contact),
        to: Mailbox { name: Some(contact.display_name()), email: to },
        wish: contact.locale.clone(),
        facts: Map::new(),
        links: Map::new(),
        is_unsubscribable: true,
        needs_site: true,
    };
    let message = blank(app, Kind::Marketing, template, contact.locale.clone(), letter.to.clone());
    let filled = fill(app, &letter, message.id).await?;
    let Rendered { subject, html, text } = filled.result.map_err(|error| {
        AppError::conflict("template", format!("the template cannot be filled in for this contact: {error}"))
    })?;
    let message = Message {
        contact_id: Some(contact.id),
        locale: filled.locale,
        subject,
        is_unsubscribable: true,
        remark: filled.remark,
        ..message
    };
    Ok((message, Content { html, plain: text }))
}

/// Send a mail now, to see it arrive.
pub(super) async fn test(
    app: &App,
    actor: &Actor,
    to: Email,
    template: &str,
    chosen: Chosen,
    mut facts: Value,
) -> Result<TestOutcome> {
    let settings = settings::load(app.store.reader()).await?;
    for (key, value) in context::common(app, &settings, &chosen.locale) {
        facts[key] = value;
    }
    let rendered = templates::fill(chosen.source, facts).await?.map_err(templates::problem)?;
    let mut message = blank(app, Kind::Transactional, template, chosen.locale, Mailbox::from(to));
    message.subject = rendered.subject;
    let content = Content { html: rendered.html, plain: rendered.text };
    let tx = app.store.begin().await?;
    store::messages::insert(&tx, &message, None, &content).await?;
    audit::record(app, &tx, actor, "message.test", message.id, serde_json::json!({"template": template})).await?;
    tx.commit().await?;
    let (message, outcome) = send::send(app, message, &content, Urgency::Now).await?;
    let told = told(&message, outcome);
    // Nobody tries a test again: it does not wait.
    if message.state == State::Queued {
        send::give_up(app, message, told.detail.clone()).await?;
    }
    Ok(told)
}

fn told(message: &Message, outcome: Outcome) -> TestOutcome {
    let (class, code, detail) = match outcome {
        Outcome::Sent => {
            let reply = message.reply.clone().unwrap_or_default();
            ("sent", None, format!("the mail server took the mail: {reply}"))
        }
        Outcome::Suppressed => ("permanent", None, message.error.clone().unwrap_or_default()),
        Outcome::NotTried { reason, .. } => ("settings", None, reason),
        Outcome::Refused(error) => {
            let class = match &error {
                SendError::Permanent { .. } => "permanent",
                SendError::Temporary { .. } => "temporary",
                SendError::Unknown { .. } => "unknown",
                SendError::Settings { .. } => "settings",
            };
            (class, error.code(), error.to_string())
        }
    };
    TestOutcome { is_sent: class == "sent", class, code, detail, message: message.id }
}

/// When a link of a letter ends, for the letter to say.
pub(super) fn expiry(app: &App, lasts_ms: i64) -> Timestamp {
    app.now().plus_ms(lasts_ms)
}
