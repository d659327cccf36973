//! One conversation with the mail server, step by step, so that each failure is known by its step.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::time::timeout;

use super::{
    SmtpSettings,
    classify::{Fault, Step, classify},
    settings::Security,
    socket,
};
use crate::mail::{Accepted, SendError};

/// How much of a message is written at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long a farewell may take; nothing depends on it.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// A mail ready for the wire.
pub(super) struct Parcel {
    pub sender: Address,
    pub receiver: Address,
    /// RFC 5322 with CRLF line ends, signed.
    pub message: Vec<u8>,
}

/// A failed try, and whether the connection can carry another mail.
pub(super) struct Failed {
    pub error: SendError,
    pub is_usable: bool,
    /// Nothing of this mail was taken in: a connection that had gone stale may be replaced without
    /// any risk of a second copy.
    pub is_stale: bool,
}

pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    server: String,
    timeout: Duration,
    answer_timeout: Duration,
}

/// Keep to the time-out, and name the step when it fails.
async fn within<T>(
    limit: Duration,
    step: Step,
    server: &str,
    work: impl Future<Output = Result<T, impl Into<Fault>>>,
) -> Result<T, SendError> {
    match timeout(limit, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(fault)) => Err(classify(step, fault.into(), server)),
        Err(_) => Err(classify(step, Fault::Timeout, server)),
    }
}

impl Connection {
    /// Connect, protect, greet and log in.
    pub(super) async fn open(
        settings: &SmtpSettings,
        tls: Option<std::sync::Arc<rustls::ClientConfig>>,
    ) -> Result<Self, SendError> {
        let server = format!("{}:{}", settings.host, settings.port);
        let limit = Duration::from_millis(settings.timeout_ms);
        let hello = settings
            .hello_name
            .clone()
            .filter(|name| !name.is_empty())
            .map_or_else(ClientId::default, ClientId::Domain);
        let stream = within(limit, Step::Connect, &server, socket::connect(&settings.host, settings.port)).await?;
        let stream: Box<dyn lettre::transport::smtp::client::AsyncTokioStream> = match tls {
            Some(config) if settings.security == Security::Tls => {
                let wrapped = socket::TlsSocket::wrap(config, &settings.host, stream);
                Box::new(within(limit, Step::Connect, &server, wrapped).await?)
            }
            _ => Box::new(stream),
        };
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let smtp = within(limit, Step::Connect, &server, greeting).await?;
        let answer_timeout = Duration::from_millis(settings.answer_timeout_ms);
        let mut connection = Self { smtp, server, timeout: limit, answer_timeout };
        if settings.security == Security::Starttls {
            connection.start_tls(settings, &hello).await?;
        }
        if let Some((user, password)) = settings.login() {
            connection.log_in(user, password).await?;
        }
        Ok(connection)
    }

    async fn start_tls(&mut self, settings: &SmtpSettings, hello: &ClientId) -> Result<(), SendError> {
        let parameters = tls_parameters(settings)
            .map_err(|error| SendError::Settings { code: None, text: format!("TLS cannot be set up: {error}") })?;
        within(self.timeout, Step::Tls, &self.server, self.smtp.starttls(parameters, hello)).await
    }

    async fn log_in(&mut self, user: &str, password: &str) -> Result<(), SendError> {
        let credentials = Credentials::new(user.to_owned(), password.to_owned());
        let login = self.smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        within(self.timeout, Step::Login, &self.server, login).await.map(drop)
    }

    /// Hand one mail over.
    pub(super) async fn send(&mut self, parcel: &Parcel) -> Result<Accepted, Failed> {
        let parameters = match self.mail_parameters(parcel) {
            Ok(parameters) => parameters,
            Err(error) => return Err(Failed { error, is_usable: true, is_stale: false }),
        };
        let mail = Mail::new(Some(parcel.sender.clone()), parameters);
        self.command(Step::Sender, mail).await?;
        self.command(Step::Receiver, Rcpt::new(parcel.receiver.clone(), vec![])).await?;
        self.command(Step::Content, Data).await?;
        self.content(&parcel.message).await
    }

    fn mail_parameters(&self, parcel: &Parcel) -> Result<Vec<MailParameter>, SendError> {
        let supports = |extension| self.smtp.server_info().supports_feature(extension);
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !is_ascii(&parcel.sender) || !is_ascii(&parcel.receiver) {
            if !supports(Extension::SmtpUtfEight) {
                return Err(SendError::Permanent {
                    code: None,
                    text: format!(
                        "the mail server {} cannot send to addresses with letters such as å before the @ (SMTPUTF8); \
                         ask for another address",
                        self.server
                    ),
                    is_bad_address: false,
                });
            }
            return Ok(vec![MailParameter::Body(MailBodyParameter::EightBitMime), MailParameter::SmtpUtfEight]);
        }
        if !parcel.message.is_ascii() && supports(Extension::EightBitMime) {
            return Ok(vec![MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        Ok(Vec::new())
    }

    async fn command<C: std::fmt::Display>(&mut self, step: Step, command: C) -> Result<(), Failed> {
        let work = self.smtp.command(command);
        match within(self.timeout, step, &self.server, work).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(step, error).await),
        }
    }

    /// After a refusal the connection is put back to its start; after anything else it is done for.
    async fn failed(&mut self, step: Step, error: SendError) -> Failed {
        let is_refused = error.code().is_some_and(|code| code != 421);
        let is_usable = is_refused && matches!(timeout(self.timeout, self.smtp.command(Rset)).await, Ok(Ok(_)));
        Failed { is_stale: step == Step::Sender && !is_refused, error, is_usable }
    }

    async fn content(&mut self, message: &[u8]) -> Result<Accepted, Failed> {
        // The library writes the line end before the closing dot itself.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        // It asks for the next part only after the one before is written, so the end of the parts is
        // the moment from which the server may have the whole message.
        let is_handed_over = AtomicBool::new(false);
        let end = std::iter::from_fn(|| {
            is_handed_over.store(true, Ordering::Relaxed);
            None
        });
        let parts = message.chunks(CHUNK_BYTES).chain(end);
        let result: Result<Result<_, Error>, _> = timeout(self.answer_timeout, self.smtp.message_iter(parts)).await;
        let step = if is_handed_over.load(Ordering::Relaxed) { Step::Answer } else { Step::Content };
        let error = match result {
            Ok(Ok(response)) => {
                let said = response.message().collect::<Vec<_>>().join(" ");
                return Ok(Accepted { response: crate::mail::message::one_line(&said).chars().take(300).collect() });
            }
            Ok(Err(error)) => classify(step, error.into(), &self.server),
            Err(_) => classify(step, Fault::Timeout, &self.server),
        };
        Err(self.failed(step, error).await)
    }

    /// Say goodbye; whatever happens, the connection ends.
    pub(super) async fn quit(mut self) {
        drop(timeout(QUIT_TIMEOUT, self.smtp.quit()).await);
    }
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = settings.ca_pem.as_deref().filter(|pem| !pem.trim().is_empty()) {
        builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
    }
    builder.build_rustls()
}
