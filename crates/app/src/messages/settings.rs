//! How mail leaves: the sender, the server, the DKIM key. Secrets go in and never come out.

use std::sync::Arc;

use base::Email;
use channels::mail::{DkimError, DkimSettings, Mailbox, Security, SmtpSettings, dkim};
use serde::{Deserialize, Serialize};
use store::ConnectionTrait;

use super::{TestOutcome, jobs, letter, templates};
use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

const SETTING: &str = "mail";
/// Longest name of the sender, in characters.
const NAME_CHARS_MAX: usize = 80;
/// The most people who are told of a new lead.
pub const NOTICES_MAX: usize = 20;
/// Time-outs that keep a whole conversation (connecting, five commands, the answer) inside a job's lease.
const TIMEOUT_MS: u64 = 15_000;
const ANSWER_TIMEOUT_MS: u64 = 180_000;

/// The setting as it is kept.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MailSettings {
    pub from_name: String,
    pub from_email: Option<Email>,
    pub reply_to: Option<Email>,
    pub smtp: Option<SmtpSettings>,
    pub dkim: Option<DkimSettings>,
    pub lead_notice_to: Vec<Email>,
}

impl MailSettings {
    /// Who writes: the name in the settings, else the company's.
    pub(super) fn from(&self, app: &App) -> Option<Mailbox> {
        Some(Mailbox::new(self.sender_name(app), self.from_email.clone()?))
    }

    pub(crate) fn sender_name(&self, app: &App) -> String {
        if self.from_name.is_empty() { app.company().name.clone() } else { self.from_name.clone() }
    }
}

pub(crate) async fn load(conn: &impl ConnectionTrait) -> Result<MailSettings> {
    Ok(store::settings::find(conn, SETTING).await?.unwrap_or_default())
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Not at all: only for a server on this machine or in a closed network.
    None,
    /// Plain at first, then TLS, or nothing is sent (most often port 587).
    #[default]
    Starttls,
    /// TLS from the first byte (most often port 465).
    Tls,
}

impl From<Security> for MailSecurity {
    fn from(security: Security) -> Self {
        match security {
            Security::None => Self::None,
            Security::Starttls => Self::Starttls,
            Security::Tls => Self::Tls,
        }
    }
}

impl From<MailSecurity> for Security {
    fn from(security: MailSecurity) -> Self {
        match security {
            MailSecurity::None => Self::None,
            MailSecurity::Starttls => Self::Starttls,
            MailSecurity::Tls => Self::Tls,
        }
    }
}

/// The mail settings without their secrets.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MailSettingsView {
    /// Shown instead of the address; the company's name when empty.
    pub from_name: String,
    /// Who mail is from.
    #[schema(required)]
    pub from_email: Option<Email>,
    /// Where answers go, when not to the sender.
    #[schema(required)]
    pub reply_to: Option<Email>,
    /// Name or address of the mail server; empty when none is set.
    pub host: String,
    /// Its port.
    pub port: u16,
    pub security: MailSecurity,
    /// For the login; empty when the server asks for none.
    pub username: String,
    /// Whether a password is kept. It is never shown.
    pub has_password: bool,
    /// Certificate authorities in PEM to trust besides the machine's own.
    #[schema(required)]
    pub ca_pem: Option<String>,
    /// The signature of mail; absent when mail is not signed.
    #[schema(required)]
    pub dkim: Option<DkimView>,
    /// Who is told of a new lead; empty for nobody.
    pub lead_notice_to: Vec<Email>,
    /// Whether mail can leave: a sender and a server are set.
    pub is_complete: bool,
    /// Mail is kept and not sent: this is the demo.
    pub is_recording: bool,
}

/// The signature of mail.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DkimView {
    /// The domain that answers for the mail.
    pub domain: String,
    /// The name under `_domainkey`.
    pub selector: String,
    /// The record to publish.
    pub record: DnsRecordView,
}

/// A TXT record to paste at one's DNS provider.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DnsRecordView {
    /// `suppilo1._domainkey.example.com`
    pub name: String,
    /// For a provider's form.
    pub value: String,
    /// For a zone file: in quoted strings of at most 255 bytes.
    pub zone_value: String,
}

/// The whole of the mail settings, as they shall be.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettingsChange {
    /// Shown instead of the address; the company's name when empty.
    pub from_name: String,
    /// Who mail is from.
    pub from_email: String,
    /// Where answers go, when not to the sender.
    pub reply_to: String,
    /// Name or address of the mail server; empty for none.
    pub host: String,
    /// Its port: 587 for STARTTLS, 465 for TLS.
    pub port: u16,
    pub security: MailSecurity,
    /// For the login; empty when the server asks for none.
    pub username: String,
    /// Absent keeps the password there is; empty removes it.
    pub password: Option<String>,
    /// Certificate authorities in PEM to trust besides the machine's own.
    pub ca_pem: Option<String>,
    /// Absent: mail is not signed. Another domain or selector makes a new key.
    pub dkim: Option<DkimChange>,
    /// Who is told of a new lead; empty for nobody.
    pub lead_notice_to: Vec<String>,
}

/// What is signed with.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimChange {
    /// The domain of the sender's address, or one above it.
    pub domain: String,
    /// A name of your choice, such as `suppilo1`; a new one makes a new key.
    pub selector: String,
}

/// The mail settings.
pub async fn get(app: &App, actor: &Actor) -> Result<MailSettingsView> {
    actor.may(Permission::SettingsRead)?;
    let settings = load(app.store.reader()).await?;
    // Reading an RSA key to show its public half is work of some milliseconds.
    blocking(move || view(&settings))
        .await?
        .map(|view| MailSettingsView { is_recording: app.mailer_override.is_some(), ..view })
}

fn view(settings: &MailSettings) -> Result<MailSettingsView> {
    let dkim = match &settings.dkim {
        Some(dkim) => {
            let record = dkim.dns_record().map_err(|error| AppError::Internal(error.to_string()))?;
            let record = DnsRecordView { name: record.name, value: record.value, zone_value: record.zone_value };
            Some(DkimView { domain: dkim.domain.clone(), selector: dkim.selector.clone(), record })
        }
        None => None,
    };
    let smtp = settings.smtp.as_ref();
    let filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    Ok(MailSettingsView {
        from_name: settings.from_name.clone(),
        from_email: settings.from_email.clone(),
        reply_to: settings.reply_to.clone(),
        host: smtp.map(|smtp| smtp.host.clone()).unwrap_or_default(),
        port: smtp.map_or(587, |smtp| smtp.port),
        security: smtp.map(|smtp| smtp.security.into()).unwrap_or_default(),
        username: smtp.and_then(|smtp| smtp.username.clone()).unwrap_or_default(),
        has_password: smtp.is_some_and(|smtp| filled(&smtp.password)),
        ca_pem: smtp.and_then(|smtp| smtp.ca_pem.clone()),
        dkim,
        lead_notice_to: settings.lead_notice_to.clone(),
        is_complete: settings.from_email.is_some() && smtp.is_some(),
        is_recording: false,
    })
}

/// Run what takes long on a thread that may.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.to_string()))
}

/// Save the mail settings. Mail that waits for them goes out now.
pub async fn update(app: &App, actor: &Actor, change: MailSettingsChange) -> Result<MailSettingsView> {
    actor.may(Permission::SettingsWrite)?;
    let before = load(app.store.reader()).await?;
    let dkim = change.dkim.clone();
    let mut settings = checked(&before, change)?;
    settings.dkim = match dkim {
        Some(change) => Some(signing(app, &before, &settings, change).await?),
        None => None,
    };
    let tx = app.store.begin().await?;
    store::settings::save(&tx, SETTING, &settings, app.now()).await?;
    store::jobs::hurry(&tx, &jobs::KINDS, app.now()).await?;
    let server = settings.smtp.as_ref().map(|smtp| format!("{}:{}", smtp.host, smtp.port));
    let detail = serde_json::json!({
        "from": settings.from_email, "server": server, "is_signed": settings.dkim.is_some(),
    });
    audit::record(app, &tx, actor, "mail_settings.update", "mail", detail).await?;
    tx.commit().await?;
    app.mail.resume();
    app.bell.ring();
    get(app, actor).await
}

/// Everything but DKIM, or all that is wrong with it.
fn checked(before: &MailSettings, change: MailSettingsChange) -> Result<MailSettings> {
    let mut problems = Vec::new();
    let mut address = |field: String, text: &str| match text.trim() {
        "" => None,
        text => match text.parse::<Email>() {
            Ok(email) => Some(email),
            Err(error) => {
                problems.push(FieldProblem::new(field, "email", error.to_string()));
                None
            }
        },
    };
    let from_email = address("from_email".to_owned(), &change.from_email);
    let reply_to = address("reply_to".to_owned(), &change.reply_to);
    let mut lead_notice_to = Vec::new();
    for (index, text) in change.lead_notice_to.iter().enumerate().take(NOTICES_MAX + 1) {
        lead_notice_to.extend(address(format!("lead_notice_to[{index}]"), text));
    }
    lead_notice_to.sort();
    lead_notice_to.dedup();
    if lead_notice_to.len() > NOTICES_MAX {
        let message = format!("at most {NOTICES_MAX} people are told of a new lead");
        problems.push(FieldProblem::new("lead_notice_to", "count", message));
    }
    let from_name = change.from_name.trim().to_owned();
    if from_name.chars().count() > NAME_CHARS_MAX || from_name.chars().any(char::is_control) {
        let message = format!("write a name of at most {NAME_CHARS_MAX} characters on one line");
        problems.push(FieldProblem::new("from_name", "length", message));
    }
    let smtp = smtp(before, &change);
    if let Some(smtp) = &smtp {
        problems.extend(smtp.faults().into_iter().map(|fault| FieldProblem::new(fault.field, "smtp", fault.message)));
        if from_email.is_none() && !problems.iter().any(|problem| problem.field == "from_email") {
            problems.push(FieldProblem::new("from_email", "required", "write the address that mail is from"));
        }
    }
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    Ok(MailSettings { from_name, from_email, reply_to, smtp, dkim: None, lead_notice_to })
}

fn smtp(before: &MailSettings, change: &MailSettingsChange) -> Option<SmtpSettings> {
    let host = change.host.trim();
    if host.is_empty() {
        return None;
    }
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let username = filled(change.username.trim());
    let kept = before.smtp.as_ref().filter(|smtp| smtp.host == host).and_then(|smtp| smtp.password.clone());
    let password = match &change.password {
        Some(password) => filled(password),
        // A password is kept for its own server only: another host must not be handed it.
        None => kept.filter(|_| username.is_some()),
    };
    Some(SmtpSettings {
        username,
        password,
        ca_pem: change.ca_pem.as_deref().map(str::trim).and_then(filled),
        timeout_ms: TIMEOUT_MS,
        answer_timeout_ms: ANSWER_TIMEOUT_MS,
        ..SmtpSettings::new(host, change.port, change.security.into())
    })
}

/// The key for a domain and selector: the one there is, else a new one.
async fn signing(
    app: &App,
    before: &MailSettings,
    settings: &MailSettings,
    change: DkimChange,
) -> Result<DkimSettings> {
    let domain = change.domain.trim().trim_end_matches('.').to_lowercase();
    let selector = change.selector.trim().to_lowercase();
    if let Some(from) = &settings.from_email {
        let is_above = from.domain() == domain || from.domain().ends_with(&format!(".{domain}"));
        if !is_above {
            let message = format!("sign for the sender's domain, {}, or one above it", from.domain());
            return Err(AppError::invalid("dkim.domain", "alignment", message));
        }
    }
    if let Some(kept) = before.dkim.as_ref().filter(|dkim| dkim.domain == domain && dkim.selector == selector) {
        return Ok(kept.clone());
    }
    let random = Arc::clone(&app.random);
    let made = blocking(move || {
        let private_key_pem = dkim::generate_rsa(&*random)?;
        let made = DkimSettings { domain, selector, private_key_pem };
        made.dns_record().map(|_| made)
    });
    made.await?.map_err(|error| match error {
        DkimError::Domain(_) => AppError::invalid("dkim.domain", "domain", error.to_string()),
        DkimError::Selector(_) => AppError::invalid("dkim.selector", "selector", error.to_string()),
        DkimError::Key | DkimError::Generate | DkimError::Sign => AppError::Internal(error.to_string()),
    })
}

/// Send a test mail with the settings that are saved, now.
pub async fn test(app: &App, actor: &Actor, to: &str) -> Result<TestOutcome> {
    actor.may(Permission::SettingsWrite)?;
    let to: Email =
        to.parse().map_err(|error: base::EmailError| AppError::invalid("to", "email", error.to_string()))?;
    let settings = load(app.store.reader()).await?;
    let facts = serde_json::json!({"smtp": {
        "host": settings.smtp.as_ref().map(|smtp| &smtp.host),
        "port": settings.smtp.as_ref().map(|smtp| smtp.port),
        "from": settings.from_email,
        "has_dkim": settings.dkim.is_some(),
    }});
    let locale = app.company().default_locale();
    let chosen = templates::builtin_for(channels::mail::Builtin::SmtpTest, &locale);
    letter::test(app, actor, to, templates::SMTP_TEST, chosen, facts).await
}
