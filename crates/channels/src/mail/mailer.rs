//! What it means to send: the trait, what the receiving server accepted, and the four ways it fails.

use super::message::{MessageError, OutgoingMail};

/// Sends mail. The next hop takes responsibility for the message when `send` answers `Ok`.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync {
    /// Hand one mail to the next hop.
    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, SendError>;
}

/// The next hop has the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it said, for the log: `2.0.0 Ok: queued as 4F2A1`.
    pub response: String,
}

/// Why a mail was not sent, by what the caller should do next. Displays as a sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Refused for good (5xx, or the mail itself cannot be sent): do not try this mail again.
    #[error("{text}")]
    Permanent {
        /// The server's code; `None` when the mail was refused before it left.
        code: Option<u16>,
        /// What happened and what to do.
        text: String,
        /// The server says that the mailbox does not exist: stop mailing this address. Other
        /// permanent refusals (too large, judged as spam) say nothing about the address.
        is_bad_address: bool,
    },
    /// Not sent now (4xx, refused connection, time-out before the message was handed over): try later.
    #[error("{text}")]
    Temporary {
        /// The server's code; `None` when it did not answer.
        code: Option<u16>,
        /// What happened and what to do.
        text: String,
    },
    /// The whole message was handed over, then the connection was lost before the answer: it may have
    /// been delivered. Marketing mail must not be sent again; transactional mail may, with the same
    /// Message-ID.
    #[error("{text}")]
    Unknown {
        /// What happened and what to do.
        text: String,
    },
    /// The mail settings are wrong (login, TLS, sender not allowed): every mail would fail. Pause
    /// sending and tell the operator.
    #[error("{text}")]
    Settings {
        /// The server's code; `None` when the fault showed before one was given.
        code: Option<u16>,
        /// What happened and what to do.
        text: String,
    },
}

impl SendError {
    /// Whether the same mail may be sent again without risk of a second copy.
    pub fn is_safe_to_retry(&self) -> bool {
        matches!(self, Self::Temporary { .. } | Self::Settings { .. })
    }

    /// The server's code, when it gave one.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Permanent { code, .. } | Self::Temporary { code, .. } | Self::Settings { code, .. } => *code,
            Self::Unknown { .. } => None,
        }
    }
}

impl From<MessageError> for SendError {
    fn from(error: MessageError) -> Self {
        Self::Permanent { code: None, text: error.to_string(), is_bad_address: false }
    }
}
