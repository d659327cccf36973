//! The mailbox that mail is fetched from: its settings, and how it goes. [`look`](look::look) fetches.

pub mod look;
#[cfg(test)]
mod tests;

use base::{Email, Timestamp};
use channels::mail::{ImapError, ImapSession, ImapSettings};
use serde::{Deserialize, Serialize};
use store::ConnectionTrait;

use crate::messages::settings::MailSecurity;
use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

const SETTING: &str = "mail.incoming";
/// The folder that every mailbox has.
const FOLDER: &str = "INBOX";
/// The port of TLS from the first byte.
const PORT: u16 = 993;

/// What becomes of mail from somebody we do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSenders {
    /// It is counted and not kept.
    #[default]
    LeaveOut,
    /// Its sender becomes a contact, unless a program wrote it.
    MakeContact,
}

/// The setting as it is kept.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IncomingSettings {
    pub imap: Option<ImapSettings>,
    pub unknown_senders: UnknownSenders,
    /// The address of the mailbox: answers to salespeople go there, too.
    pub answers_to: Option<Email>,
}

pub(crate) async fn load(conn: &impl ConnectionTrait) -> Result<IncomingSettings> {
    Ok(store::settings::find(conn, SETTING).await?.unwrap_or_default())
}

/// How mail comes in, without its secrets.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IncomingMailView {
    /// Name or address of the server that mail is fetched from; empty when none is set.
    pub host: String,
    /// Its port.
    pub port: u16,
    pub security: MailSecurity,
    pub username: String,
    /// Whether a password is kept. It is never shown.
    pub has_password: bool,
    /// The folder that is read.
    pub folder: String,
    /// Certificate authorities in PEM to trust besides the machine's own.
    #[schema(required)]
    pub ca_pem: Option<String>,
    pub unknown_senders: UnknownSenders,
    /// Where answers to e-mails of salespeople go besides to themselves, so that they come to the timeline.
    #[schema(required)]
    pub answers_to: Option<Email>,
    /// How fetching goes; absent when no server is set or it was not yet looked into.
    #[schema(required)]
    pub state: Option<InboxState>,
    /// How mail was taken so far, by whichever way it came.
    pub intake: Vec<IntakeCount>,
}

/// How fetching goes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct InboxState {
    /// When it was last looked into without a fault.
    #[schema(required)]
    pub fetched_at: Option<Timestamp>,
    /// What was wrong the last time.
    #[schema(required)]
    pub fault: Option<InboxFault>,
    /// When it is looked into again.
    pub next_at: Timestamp,
}

/// What keeps mail from being fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct InboxFault {
    /// `settings`, `unreachable`, `tls`, `login`, `folder`, `answer` (the server answers something unexpected) or
    /// `mail` (a mail could not be taken).
    pub kind: String,
    /// In words, with what the server said.
    pub detail: String,
}

impl From<ImapError> for InboxFault {
    fn from(error: ImapError) -> Self {
        Self { kind: error.fault.as_str().to_owned(), detail: error.text }
    }
}

/// How much mail was taken in a way.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IntakeCount {
    /// `kept`, `known` (it had come before), `unknown` (from nobody we know: left out), `bounce`, `too_large` or
    /// `unreadable`.
    pub outcome: String,
    pub count: i64,
    pub last_at: Timestamp,
}

/// The whole of it, as it shall be.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IncomingMailChange {
    /// Name or address of the server; empty to fetch nothing.
    pub host: String,
    /// Its port: 993 for TLS, 143 for STARTTLS.
    pub port: u16,
    pub security: MailSecurity,
    pub username: String,
    /// Absent keeps the password there is.
    pub password: Option<String>,
    /// The folder that is read; INBOX when empty.
    pub folder: String,
    /// Certificate authorities in PEM to trust besides the machine's own.
    pub ca_pem: Option<String>,
    pub unknown_senders: UnknownSenders,
    /// An address whose mail comes in here: answers to e-mails of salespeople go there besides to themselves. Empty for
    /// none.
    pub answers_to: String,
}

/// What trying the mailbox found.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct InboxTest {
    /// What is wrong; absent when mail can be fetched.
    #[schema(required)]
    pub fault: Option<InboxFault>,
    /// Mails that lie in the folder.
    pub mails: u32,
}

/// How mail comes in.
pub async fn get(app: &App, actor: &Actor) -> Result<IncomingMailView> {
    actor.may(Permission::SettingsRead)?;
    let conn = app.store.reader();
    let IncomingSettings { imap, unknown_senders, answers_to } = load(conn).await?;
    let state = match &imap {
        Some(imap) => store::inboxes::find(conn, &imap.address()).await?,
        None => None,
    };
    let intake = store::emails::counts(conn).await?.into_iter();
    let imap = imap.as_ref();
    Ok(IncomingMailView {
        host: imap.map(|imap| imap.host.clone()).unwrap_or_default(),
        port: imap.map_or(PORT, |imap| imap.port),
        security: imap.map_or(MailSecurity::Tls, |imap| imap.security.into()),
        username: imap.map(|imap| imap.username.clone()).unwrap_or_default(),
        has_password: imap.is_some(),
        folder: imap.map_or_else(|| FOLDER.to_owned(), |imap| imap.folder.clone()),
        ca_pem: imap.and_then(|imap| imap.ca_pem.clone()),
        unknown_senders,
        answers_to,
        state: state.map(|inbox| InboxState {
            fetched_at: inbox.fetched_at,
            fault: inbox.fault.map(|(kind, detail)| InboxFault { kind, detail }),
            next_at: inbox.next_at,
        }),
        intake: intake
            .map(|row| IntakeCount { outcome: row.outcome, count: row.count, last_at: row.last_at })
            .collect(),
    })
}

/// Save how mail comes in. The mailbox is looked into at once.
pub async fn update(app: &App, actor: &Actor, change: IncomingMailChange) -> Result<IncomingMailView> {
    actor.may(Permission::SettingsWrite)?;
    let before = load(app.store.reader()).await?;
    let settings = checked(&before, change)?;
    let tx = app.store.begin().await?;
    store::settings::save(&tx, SETTING, &settings, app.now()).await?;
    if let Some(imap) = &settings.imap {
        store::inboxes::due(&tx, &imap.address(), app.now()).await?;
    }
    let detail = serde_json::json!({
        "mailbox": settings.imap.as_ref().map(ImapSettings::address), "unknown_senders": settings.unknown_senders,
    });
    audit::record(app, &tx, actor, "incoming_mail.update", "mail", detail).await?;
    tx.commit().await?;
    get(app, actor).await
}

fn checked(before: &IncomingSettings, change: IncomingMailChange) -> Result<IncomingSettings> {
    let mut problems = Vec::new();
    let answers_to = match change.answers_to.trim() {
        "" => None,
        text => text
            .parse::<Email>()
            .map_err(|error| problems.push(FieldProblem::new("answers_to", "email", error.to_string())))
            .ok(),
    };
    let unknown_senders = change.unknown_senders;
    let imap = imap(before, change);
    let faults = imap.as_ref().map(ImapSettings::faults).unwrap_or_default();
    problems.extend(faults.into_iter().map(|fault| FieldProblem::new(fault.field, "imap", fault.message)));
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    Ok(IncomingSettings { imap, unknown_senders, answers_to })
}

fn imap(before: &IncomingSettings, change: IncomingMailChange) -> Option<ImapSettings> {
    let host = change.host.trim().to_owned();
    if host.is_empty() {
        return None;
    }
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    // A password is kept for its own server only: another host must not be handed it.
    let kept = before.imap.as_ref().filter(|imap| imap.host == host).map(|imap| imap.password.clone());
    Some(ImapSettings {
        host,
        port: change.port,
        security: change.security.into(),
        username: change.username.trim().to_owned(),
        password: change.password.or(kept).unwrap_or_default(),
        folder: filled(&change.folder).unwrap_or_else(|| FOLDER.to_owned()),
        ca_pem: change.ca_pem.as_deref().and_then(filled),
    })
}

/// Log in with the settings that are saved and open the folder, now. Nothing is fetched.
pub async fn test(app: &App, actor: &Actor) -> Result<InboxTest> {
    actor.may(Permission::SettingsWrite)?;
    let Some(imap) = load(app.store.reader()).await?.imap else {
        return Err(AppError::invalid("host", "required", "write the server that mail is fetched from, and save"));
    };
    match ImapSession::open(&imap).await {
        Ok(session) => {
            let mails = session.folder.count;
            session.close().await;
            // What had failed may work now.
            let tx = app.store.begin().await?;
            store::inboxes::due(&tx, &imap.address(), app.now()).await?;
            tx.commit().await?;
            Ok(InboxTest { fault: None, mails })
        }
        Err(error) => Ok(InboxTest { fault: Some(error.into()), mails: 0 }),
    }
}
