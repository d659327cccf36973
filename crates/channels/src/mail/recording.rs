//! The twin of the real mailer for tests, the demo and `simulate`: it keeps what it is given.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::{Accepted, Mailer, OutgoingMail, SendError};

/// Mails kept before the oldest are let go: enough for any test, and a demo that runs for weeks does
/// not grow without bound.
pub const RECORDED_MAILS_MAX: usize = 10_000;

/// A way to fail, one of each class of [`SendError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 550, the mailbox does not exist.
    Permanent,
    /// 451, try later.
    Temporary,
    /// The connection is lost after the message; the mail *is* recorded, as a receiver may have it.
    Unknown,
    /// 535, the login is refused.
    Settings,
}

/// Keeps the mails it is given, and fails when told to. It checks and builds each mail as the real
/// one does, so that a mail that could never leave fails here too.
#[derive(Debug, Default)]
pub struct RecordingMailer {
    mails: Mutex<VecDeque<OutgoingMail>>,
    failures: Mutex<VecDeque<Failure>>,
    always: Mutex<Option<Failure>>,
}

impl RecordingMailer {
    /// A mailer that accepts everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fail the next send in this way (once; several calls queue up).
    pub fn fail_next(&self, failure: Failure) {
        self.failures.lock().push_back(failure);
    }

    /// Fail every send in this way until told otherwise with `None`.
    pub fn fail_always(&self, failure: Option<Failure>) {
        *self.always.lock() = failure;
    }

    /// The mails accepted so far, oldest first (the last [`RECORDED_MAILS_MAX`]).
    pub fn mails(&self) -> Vec<OutgoingMail> {
        self.mails.lock().iter().cloned().collect()
    }

    /// Take the mails, leaving none.
    pub fn take(&self) -> Vec<OutgoingMail> {
        self.mails.lock().drain(..).collect()
    }

    fn record(&self, mail: &OutgoingMail) {
        let mut mails = self.mails.lock();
        if mails.len() == RECORDED_MAILS_MAX {
            mails.pop_front();
        }
        mails.push_back(mail.clone());
    }
}

#[async_trait::async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, SendError> {
        mail.to_bytes()?;
        let failure = self.failures.lock().pop_front().or(*self.always.lock());
        match failure {
            None => {
                self.record(mail);
                Ok(Accepted { response: "250 2.0.0 recorded".to_owned() })
            }
            Some(Failure::Permanent) => Err(SendError::Permanent {
                code: Some(550),
                text: format!("{} does not exist (550 5.1.1); check the address with the person", mail.to.email),
                is_bad_address: true,
            }),
            Some(Failure::Temporary) => Err(SendError::Temporary {
                code: Some(451),
                text: "the mail server asked to try later (451 4.3.0); it is tried again by itself".to_owned(),
            }),
            Some(Failure::Unknown) => {
                self.record(mail);
                Err(SendError::Unknown {
                    text: "the connection was lost before the mail server answered; the mail may have arrived"
                        .to_owned(),
                })
            }
            Some(Failure::Settings) => Err(SendError::Settings {
                code: Some(535),
                text: "the mail server refused the user name or password (535 5.7.8); correct them in Settings, Mail"
                    .to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use base::{Email, Timestamp};

    use super::*;

    fn mail(subject: &str) -> OutgoingMail {
        let address: Email = "kari@example.no".parse().unwrap();
        OutgoingMail {
            from: address.clone().into(),
            to: address.into(),
            reply_to: Vec::new(),
            return_path: None,
            subject: subject.into(),
            html: String::new(),
            text: String::new(),
            message_id: "a@b.no".into(),
            date: Timestamp::from_ms(0),
            unsubscribe: None,
            headers: Vec::new(),
        }
    }

    #[tokio::test]
    async fn it_keeps_what_may_have_arrived_and_fails_as_told() {
        let mailer = RecordingMailer::new();
        mailer.send(&mail("one")).await.unwrap();
        for failure in [Failure::Permanent, Failure::Temporary, Failure::Unknown, Failure::Settings] {
            mailer.fail_next(failure);
            let error = mailer.send(&mail(&format!("{failure:?}"))).await.unwrap_err();
            assert_eq!(error.is_safe_to_retry(), matches!(failure, Failure::Temporary | Failure::Settings));
        }
        assert!(matches!(mailer.send(&mail("")).await, Err(SendError::Permanent { code: None, .. })), "no subject");
        mailer.fail_always(Some(Failure::Temporary));
        mailer.send(&mail("two")).await.unwrap_err();
        mailer.fail_always(None);
        mailer.send(&mail("three")).await.unwrap();
        let subjects: Vec<String> = mailer.take().into_iter().map(|mail| mail.subject).collect();
        assert_eq!(subjects, ["one", "Unknown", "three"]);
        assert!(mailer.mails().is_empty());
    }
}
