//! The one place that hands mail to the network.

use std::sync::Arc;

use base::{Email, Timestamp};
use channels::mail::{Accepted, DkimKey, Mailbox, Mailer, OutgoingMail, SendError, SmtpMailer, Unsubscribe};
use events::PersonKey;
use parking_lot::Mutex;
use store::ConnectionTrait;
use store::messages::{Content, Kind, Message, State};

use super::settings::{self, MailSettings};
use crate::{
    App, AppError, Result, consent, emails,
    facts::{self, Fact},
    links::{self, Link},
};

/// How long sending pauses after a failure that every mail would meet, ms: with a queue of a thousand mails
/// and a server that does not answer, each would wait for its own time-out.
const PAUSE_MS: i64 = 60_000;
/// How long mail waits before it looks again whether a server is set, ms. Saving the settings wakes it at once.
const UNSET_WAIT_MS: i64 = 60_000;

/// The connection to the mail server, kept while the settings stay the same.
#[derive(Default)]
pub struct MailServer {
    built: Mutex<Option<Built>>,
    pause: Mutex<Option<Pause>>,
}

struct Built {
    settings: MailSettings,
    mailer: Arc<dyn Mailer>,
}

#[derive(Clone)]
struct Pause {
    until: Timestamp,
    reason: String,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailServer")
    }
}

/// Whether a mail waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// With the others: not during a pause.
    Queued,
    /// Somebody is watching: try, whatever happened before.
    Now,
}

/// What became of a mail.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The next server has it.
    Sent,
    /// A rule held it back; the message says which.
    Suppressed,
    /// The network was not touched, for something is not set or sending pauses.
    NotTried { reason: String, wait_ms: i64 },
    /// It was tried.
    Refused(SendError),
}

struct Ready {
    mailer: Arc<dyn Mailer>,
    from: Mailbox,
    reply_to: Vec<Mailbox>,
}

struct NotReady {
    reason: String,
    wait_ms: i64,
}

impl NotReady {
    fn unset(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), wait_ms: UNSET_WAIT_MS }
    }
}

impl MailServer {
    /// Forget a pause: the settings changed, or a person asks.
    pub(crate) fn resume(&self) {
        *self.pause.lock() = None;
    }

    fn paused(&self, now: Timestamp) -> Option<NotReady> {
        let pause = self.pause.lock().clone().filter(|pause| pause.until > now)?;
        Some(NotReady { reason: pause.reason, wait_ms: pause.until.ms() - now.ms() })
    }

    /// Pause after what every other mail would meet too; go on after anything else.
    fn learn(&self, now: Timestamp, result: &Result<Accepted, SendError>) {
        let reason = match result {
            Err(SendError::Settings { text, .. } | SendError::Temporary { code: None, text }) => text,
            _ => return self.resume(),
        };
        *self.pause.lock() = Some(Pause { until: now.plus_ms(PAUSE_MS), reason: reason.clone() });
    }

    fn mailer(&self, settings: &MailSettings) -> Result<Arc<dyn Mailer>, String> {
        let mut built = self.built.lock();
        if let Some(built) = built.as_ref().filter(|built| built.settings == *settings) {
            return Ok(Arc::clone(&built.mailer));
        }
        let smtp = settings.smtp.clone().ok_or("no mail server is set: set one in Settings, Mail")?;
        let dkim = settings.dkim.as_ref().map(DkimKey::new).transpose().map_err(|error| error.to_string())?;
        let mailer: Arc<dyn Mailer> = Arc::new(SmtpMailer::new(smtp, dkim).map_err(|error| error.to_string())?);
        *built = Some(Built { settings: settings.clone(), mailer: Arc::clone(&mailer) });
        Ok(mailer)
    }
}

/// The sender where mail is only recorded and nobody has set one.
fn recorded_sender(app: &App) -> Option<Email> {
    app.company().contact_email.clone().or_else(|| "mail@company.example".parse().ok())
}

async fn ready(app: &App, urgency: Urgency) -> Result<Result<Ready, NotReady>> {
    if urgency == Urgency::Queued
        && let Some(paused) = app.mail.paused(app.now())
    {
        return Ok(Err(paused));
    }
    let mut settings = settings::load(app.store.reader()).await?;
    let mailer = match &app.mailer_override {
        Some(mailer) => {
            settings.from_email = settings.from_email.take().or_else(|| recorded_sender(app));
            Ok(Arc::clone(mailer))
        }
        None => app.mail.mailer(&settings),
    };
    let Some(from) = settings.from(app) else {
        return Ok(Err(NotReady::unset("no sender is set: set the address that mail is from in Settings, Mail")));
    };
    Ok(mailer.map_err(NotReady::unset).map(|mailer| Ready {
        mailer,
        from,
        reply_to: settings.reply_to.map(Mailbox::from).into_iter().collect(),
    }))
}

/// Hand a message to the network: ask whether it may be sent, write down that it is being sent, send it, and
/// write down what became of it. No transaction is open during the call.
pub(super) async fn send(
    app: &App,
    message: Message,
    content: &Content,
    urgency: Urgency,
) -> Result<(Message, Outcome)> {
    let ready = match ready(app, urgency).await? {
        Ok(ready) => ready,
        Err(NotReady { reason, wait_ms }) => {
            let message = note(app, message, &reason).await?;
            return Ok((message, Outcome::NotTried { reason, wait_ms }));
        }
    };
    let letter = emails::of_message(app, &message).await?;
    let message = begin(app, message, &ready).await?;
    if message.state == State::Suppressed {
        return Ok((message, Outcome::Suppressed));
    }
    let mut mail = outgoing(app, &message, content, &ready);
    if let Some(letter) = &letter {
        emails::address(app, &mut mail, letter).await?;
    }
    let result = ready.mailer.send(&mail).await;
    app.mail.learn(app.now(), &result);
    let message = finish(app, message, &result).await?;
    Ok((message, result.map_or_else(Outcome::Refused, |_| Outcome::Sent)))
}

/// Write down why it has to wait.
pub(super) async fn note(app: &App, message: Message, reason: &str) -> Result<Message> {
    let message = Message { error: Some(reason.to_owned()), ..message };
    let tx = app.store.begin().await?;
    store::messages::replace(&tx, &message, message.attempts).await?;
    tx.commit().await?;
    Ok(message)
}

/// Commit to sending: from here on a crash leaves the row at `sending`.
async fn begin(app: &App, message: Message, ready: &Ready) -> Result<Message> {
    if message.kind.is_sent_once() && matches!(message.state, State::Sending | State::Unknown) {
        let detail = "this mail may have arrived already: it is not sent again by itself";
        return Err(AppError::conflict("may_have_arrived", detail));
    }
    let tx = app.store.begin().await?;
    let held_back = consent::held_back(&tx, &message).await?;
    let attempts = message.attempts;
    let message = match held_back {
        Some(reason) => Message {
            state: State::Suppressed,
            error: Some(reason.to_owned()),
            finished_at: Some(app.now()),
            ..message
        },
        None => Message {
            state: State::Sending,
            attempts: attempts + 1,
            sender: Some(ready.from.email.to_string()),
            message_id: Some(message.message_id.clone().unwrap_or_else(|| message_id(&message, &ready.from.email))),
            error: None,
            sending_at: Some(app.now()),
            finished_at: None,
            ..message
        },
    };
    if !store::messages::replace(&tx, &message, attempts).await? {
        return Err(AppError::conflict("being_sent", "this mail is being sent by another worker"));
    }
    tx.commit().await?;
    Ok(message)
}

/// `msg_…@example.com`, in ASCII.
fn message_id(message: &Message, from: &Email) -> String {
    let domain = match url::Host::parse(from.domain()) {
        Ok(url::Host::Domain(domain)) => domain,
        _ => "localhost.localdomain".to_owned(),
    };
    format!("{}@{domain}", message.id)
}

fn outgoing(app: &App, message: &Message, content: &Content, ready: &Ready) -> OutgoingMail {
    let name = Some(message.recipient_name.clone()).filter(|name| !name.is_empty());
    let leave =
        |contact| Unsubscribe { url: links::address(app, Link::Unsubscribe, message.id, contact), mailto: None };
    let mut headers = vec![("X-Suppilo-Message".to_owned(), message.id.to_string())];
    if message.kind == Kind::Transactional {
        // RFC 3834: absence notes are not sent to programs.
        headers.push(("Auto-Submitted".to_owned(), "auto-generated".to_owned()));
    }
    OutgoingMail {
        from: ready.from.clone(),
        to: Mailbox { name, email: message.recipient.clone() },
        reply_to: ready.reply_to.clone(),
        return_path: None,
        subject: message.subject.clone(),
        html: content.html.clone(),
        text: content.plain.clone(),
        message_id: message.message_id.clone().unwrap_or_default(),
        date: message.written_at,
        unsubscribe: message.contact_id.filter(|_| message.is_unsubscribable).map(leave),
        headers,
    }
}

/// Write down what became of it.
async fn finish(app: &App, message: Message, result: &Result<Accepted, SendError>) -> Result<Message> {
    let mut message = message;
    match result {
        Ok(accepted) => {
            message.state = State::Sent;
            message.reply = Some(accepted.response.clone());
        }
        Err(SendError::Permanent { text, is_bad_address, .. }) => {
            message.state = State::Failed;
            message.error = Some(text.clone());
            message.is_bad_address = *is_bad_address;
        }
        Err(SendError::Temporary { text, .. } | SendError::Settings { text, .. }) => {
            message.state = State::Queued;
            message.error = Some(text.clone());
        }
        Err(SendError::Unknown { text }) => {
            message.state = State::Unknown;
            message.error = Some(text.clone());
        }
    }
    message.finished_at = (message.state != State::Queued).then(|| app.now());
    save_outcome(app, &message).await?;
    Ok(message)
}

/// Stop trying.
pub(super) async fn give_up(app: &App, message: Message, reason: String) -> Result<Message> {
    let message = Message { state: State::Failed, error: Some(reason), finished_at: Some(app.now()), ..message };
    save_outcome(app, &message).await?;
    Ok(message)
}

/// Write down that it may have arrived, for people to decide.
pub(super) async fn report_unknown(app: &App, message: Message) -> Result<Message> {
    let reason = "the program stopped while this mail was being handed over: it may have arrived, so it is not sent \
                  again by itself";
    let message =
        Message { state: State::Unknown, error: Some(reason.to_owned()), finished_at: Some(app.now()), ..message };
    tracing::warn!(message = %message.id, template = message.template, "{reason}");
    save_outcome(app, &message).await?;
    Ok(message)
}

async fn save_outcome(app: &App, message: &Message) -> Result<()> {
    let tx = app.store.begin().await?;
    if !store::messages::replace(&tx, message, message.attempts).await? {
        tracing::warn!(message = %message.id, state = message.state.as_str(), "another worker has taken a mail over");
        return Ok(());
    }
    if let Some(contact) = message.contact_id.filter(|_| message.is_bad_address) {
        consent::note_bounce(app, &tx, contact, &message.recipient).await?;
    }
    if !emails::note_outcome(app, &tx, message).await? {
        tell(app, &tx, message).await?;
    }
    tx.commit().await?;
    // The worker relays what waits here, should this fail; the mail must not be sent again for it.
    if let Err(error) = facts::relay(app).await {
        tracing::warn!(%error, "a fact waits to be written to the event log");
    }
    Ok(())
}

/// The facts of an outcome, about the contact.
async fn tell(app: &App, conn: &impl ConnectionTrait, message: &Message) -> Result<()> {
    let name = match message.state {
        State::Sent => "Email Sent",
        State::Failed => "Email Failed",
        _ => return Ok(()),
    };
    let Some(contact) = message.contact_id else { return Ok(()) };
    let mut fact = Fact::new(name, app.now(), &PersonKey::contact(&contact))
        .with("template", message.template.as_str())
        .with("message", message.id.to_string())
        // What one person writes to another is not told.
        .with("subject", if message.kind == Kind::Personal { "" } else { &message.subject })
        .with("kind", message.kind.as_str());
    if message.state == State::Failed {
        fact = fact.with("reason", message.error.clone());
        if message.is_bad_address {
            fact = fact.with("bounced", true);
        }
    }
    facts::record(app, conn, fact).await
}
