//! Mail that lies at a server is read by IMAP (RFC 3501), and left there as it was: the folder is opened for reading
//! only, and asked for with `BODY.PEEK`.

mod folder;
mod settings;
mod wire;

use std::future::Future;
use std::io;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::types::Fetch;
use async_imap::{Client, Session};
use futures::TryStreamExt as _;
use jiff::fmt::strtime;
use rustls::pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Security;
use super::incoming::RAW_BYTES_MAX;
use super::message::one_line;
use super::smtp::socket;
use base::Timestamp;
pub use settings::ImapSettings;
use wire::Wire;

/// How long connecting, the login and each question may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long one mail may take.
const MAIL_MAX: Duration = Duration::from_secs(120);
/// What a server may answer to a question, bytes: the numbers of 200,000 mails.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What stands around a mail in an answer, bytes.
const AROUND_BYTES: usize = 64 * 1024;
/// Longest sentence of a server that is told on, in characters.
const SAID_CHARS_MAX: usize = 300;

/// What kind of thing is wrong with a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapFault {
    /// The settings cannot be right.
    Settings,
    /// Nobody answers there.
    Unreachable,
    /// There is no protected connection.
    Tls,
    /// The server refuses the login.
    Login,
    /// There is no such folder, or it may not be read.
    Folder,
    /// The server answers something else than IMAP, or not in time.
    Answer,
}

impl ImapFault {
    /// As it is kept and told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::Folder => "folder",
            Self::Answer => "answer",
        }
    }
}

/// Why mail was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ImapError {
    pub fault: ImapFault,
    /// In words, with what the server said.
    pub text: String,
}

impl ImapError {
    fn new(fault: ImapFault, text: impl Into<String>) -> Self {
        Self { fault, text: text.into() }
    }

    /// A question that was refused, or not answered.
    fn of(fault: ImapFault, what: &str, error: &Error) -> Self {
        match error {
            Error::No(said) | Error::Bad(said) => Self::new(fault, format!("{what}: {}", said_of(said))),
            Error::Io(error) => Self::new(ImapFault::Answer, format!("{what}: {}", io_words(error))),
            Error::ConnectionLost => Self::new(ImapFault::Answer, format!("{what}: the server hung up")),
            Error::Validate(_) => Self::new(fault, format!("{what}: it holds a character that IMAP cannot carry")),
            // Its own words hold what was read, a mail perhaps.
            _ => Self::new(ImapFault::Answer, format!("{what}: the server's answer cannot be read")),
        }
    }
}

/// What a server said, without what the library wraps around it.
fn said_of(said: &str) -> String {
    let info = said.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")")).map(|(info, _)| info);
    let line: String = one_line(info.unwrap_or(said)).chars().take(SAID_CHARS_MAX).collect();
    if line.is_empty() { "the server refused and gave no reason".to_owned() } else { line }
}

fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server hung up".to_owned(),
        io::ErrorKind::FileTooLarge => "the server answered far more than it was asked".to_owned(),
        io::ErrorKind::Other => "the server's answer cannot be read; it may not speak IMAP".to_owned(),
        _ => error.to_string(),
    }
}

async fn in_time<T>(
    what: &str,
    limit: Duration,
    work: impl Future<Output = Result<T, ImapError>>,
) -> Result<T, ImapError> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        let text = format!("{what}: no answer within {} seconds", limit.as_secs());
        Err(ImapError::new(ImapFault::Answer, text))
    })
}

/// A folder as it stands at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// Another one says that all numbers are others (UIDVALIDITY).
    pub uid_validity: u32,
    /// The number that the next mail gets, when the server says it.
    pub uid_next: Option<u32>,
    /// Mails that lie there.
    pub count: u32,
}

/// What lies at a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lying {
    Mail(Vec<u8>),
    /// Larger than a mail may be.
    TooLarge,
    /// Somebody took it away meanwhile.
    Gone,
}

/// A login at a server, with a folder open for reading.
pub struct ImapSession {
    session: Session<Wire>,
    /// The folder as it stood when it was opened.
    pub folder: Folder,
}

impl ImapSession {
    /// Connect, log in and open the folder.
    pub async fn open(settings: &ImapSettings) -> Result<Self, ImapError> {
        if let Some(fault) = settings.faults().into_iter().next() {
            return Err(ImapError::new(ImapFault::Settings, fault.message));
        }
        let client = connect(settings).await?;
        let login = async {
            let logged_in = client.login(&settings.username, &settings.password).await;
            logged_in.map_err(|(error, _)| ImapError::of(ImapFault::Login, "the server says", &error))
        };
        let mut session = in_time("the login", ANSWER_MAX, login).await?;
        let open = async {
            let name = folder::encode(&settings.folder);
            let opened = session.examine(name).await;
            opened.map_err(|error| ImapError::of(ImapFault::Folder, &settings.folder, &error))
        };
        let opened = in_time("opening the folder", ANSWER_MAX, open).await?;
        let uid_validity = opened.uid_validity.ok_or_else(|| {
            let text = "the server does not number the mails of this folder (UIDVALIDITY): choose another folder";
            ImapError::new(ImapFault::Folder, text)
        })?;
        let folder = Folder { uid_validity, uid_next: opened.uid_next, count: opened.exists };
        Ok(Self { session, folder })
    }

    /// Numbers of mails behind one, smallest first; of mails that arrived on a day or later, when one is given.
    pub async fn uids_after(&mut self, uid: u32, since: Option<Timestamp>) -> Result<Vec<u32>, ImapError> {
        let Some(first) = uid.checked_add(1) else { return Ok(Vec::new()) };
        let since = since.map(|since| format!(" SINCE {}", day(since))).unwrap_or_default();
        let what = "looking for new mail";
        self.session.get_mut().allow(ANSWER_BYTES_MAX);
        let ask = async {
            let found = self.session.uid_search(format!("UID {first}:*{since}")).await;
            found.map_err(|error| ImapError::of(ImapFault::Answer, what, &error))
        };
        // `*` is the last mail, however small its number.
        let mut uids: Vec<u32> =
            in_time(what, ANSWER_MAX, ask).await?.into_iter().filter(|found| *found >= first).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// A mail as it came. Nothing is marked as read.
    pub async fn mail(&mut self, uid: u32) -> Result<Lying, ImapError> {
        match self.ask(uid, "(UID RFC822.SIZE)", ANSWER_BYTES_MAX).await? {
            None => return Ok(Lying::Gone),
            Some(told) if told.size.is_some_and(|size| size as usize > RAW_BYTES_MAX) => return Ok(Lying::TooLarge),
            Some(_) => {}
        }
        let asked = self.ask(uid, "(UID BODY.PEEK[])", RAW_BYTES_MAX + AROUND_BYTES).await;
        match asked {
            Ok(Some(fetch)) => Ok(fetch.body().map_or(Lying::Gone, |body| Lying::Mail(body.to_vec()))),
            Ok(None) => Ok(Lying::Gone),
            // It is larger than the server had said. The connection is of no more use.
            Err(_) if self.is_spent() => Ok(Lying::TooLarge),
            Err(error) => Err(error),
        }
    }

    async fn ask(&mut self, uid: u32, question: &str, bytes_max: usize) -> Result<Option<Fetch>, ImapError> {
        let what = "reading a mail";
        self.session.get_mut().allow(bytes_max);
        let ask = async {
            let failed = |error: Error| ImapError::of(ImapFault::Answer, what, &error);
            let answers = self.session.uid_fetch(uid.to_string(), question).await.map_err(failed)?;
            let mut answers = std::pin::pin!(answers);
            let mut found = None;
            // To the end, so that the next question gets its own answer.
            while let Some(fetch) = answers.try_next().await.map_err(failed)? {
                if fetch.uid == Some(uid) && found.is_none() {
                    found = Some(fetch);
                }
            }
            Ok(found)
        };
        in_time(what, MAIL_MAX, ask).await
    }

    /// Whether the connection is of no more use: a mail was larger than its server had said.
    pub fn is_spent(&self) -> bool {
        self.session.get_ref().is_over()
    }

    /// Say goodbye. Whatever was read stays read when that fails.
    pub async fn close(mut self) {
        if timeout(Duration::from_secs(5), self.session.logout()).await.is_err() {
            tracing::debug!("the mail server did not answer a goodbye");
        }
    }
}

/// A day as IMAP writes it, in UTC: the server's may differ by one.
fn day(at: Timestamp) -> String {
    let written = jiff::Timestamp::from_millisecond(at.ms()).map(|at| at.to_zoned(jiff::tz::TimeZone::UTC));
    written.and_then(|at| strtime::format("%d-%b-%Y", &at)).unwrap_or_else(|_| "01-Jan-1970".to_owned())
}

async fn connect(settings: &ImapSettings) -> Result<Client<Wire>, ImapError> {
    let (host, port) = (settings.host.as_str(), settings.port);
    let unreachable =
        |error: io::Error| ImapError::new(ImapFault::Unreachable, format!("{host}, port {port}: {error}"));
    let tcp = in_time("connecting", ANSWER_MAX, async { socket::connect(host, port).await.map_err(unreachable) });
    let tcp = tcp.await.map_err(|error| ImapError { fault: ImapFault::Unreachable, ..error })?;
    let tls = async |tcp| {
        let refused = |text: String| ImapError::new(ImapFault::Tls, text);
        let config = socket::tls_config(settings.ca_pem.as_deref()).map_err(refused)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(error.to_string()))?;
        let shaken = TlsConnector::from(config).connect(name, tcp).await;
        let words = |error: io::Error| refused(format!("the server's certificate or TLS is not accepted: {error}"));
        shaken.map(|socket| Wire::new(socket, ANSWER_BYTES_MAX)).map_err(words)
    };
    let greet = async {
        match settings.security {
            Security::None => greeted(Wire::new(tcp, ANSWER_BYTES_MAX)).await,
            Security::Tls => greeted(tls(tcp).await?).await,
            Security::Starttls => {
                // In the clear up to here: what was read of it is let go with its client.
                let mut plain = greeted(tcp).await?;
                let asked = plain.run_command_and_check_ok("STARTTLS", None).await;
                asked.map_err(|error| ImapError::of(ImapFault::Tls, "the server offers no STARTTLS", &error))?;
                Ok(Client::new(tls(plain.into_inner()).await?))
            }
        }
    };
    in_time("the greeting", ANSWER_MAX, greet).await
}

/// Read the greeting.
async fn greeted<S>(socket: S) -> Result<Client<S>, ImapError>
where
    S: wire::Socket + std::fmt::Debug,
{
    let mut client = Client::new(socket);
    let what = "the server did not greet";
    match client.read_response().await {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(ImapError::of(ImapFault::Answer, what, &Error::ConnectionLost)),
        Err(error) => Err(ImapError::of(ImapFault::Answer, what, &Error::Io(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_imap_wants_them() {
        assert_eq!(day(Timestamp::from_ms(1_795_392_000_000)), "23-Nov-2026");
    }

    #[test]
    fn a_server_is_quoted_on_one_line() {
        assert_eq!(said_of("code: None, info: Some(\"[AUTHENTICATIONFAILED] no\")"), "[AUTHENTICATIONFAILED] no");
        assert_eq!(said_of("a\r\nb"), "a b");
        assert!(said_of(" ").contains("no reason"));
    }
}
