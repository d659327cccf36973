//! Links that we send to a mailbox: each names what it is for and whom it was sent to, signed.

use base::{Id, Timestamp, id, id::Kind};

use crate::{App, AppError, Result, secret::SignatureError};

/// How long a download link works, ms.
pub const DOWNLOAD_LASTS_MS: i64 = 7 * 24 * 3600 * 1000;
/// How long a link to confirm an address works, ms.
pub const CONFIRM_LASTS_MS: i64 = 30 * 24 * 3600 * 1000;

/// How long a link to an order works, ms: as long as a buyer may complain about what was bought (five years for
/// things that should last, in Norway).
pub const ORDER_LASTS_MS: i64 = 5 * 365 * 24 * 3600 * 1000;

/// What a signed link is for. A link for one thing does not open another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `/d/…`: download a lead magnet.
    Download,
    /// `/c/…`: confirm an address.
    Confirm,
    /// `/order/…`: see an order.
    Order,
    /// `/u/…`: take consent to marketing back.
    Unsubscribe,
}

impl Link {
    fn purpose(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Confirm => "confirm",
            Self::Order => "order",
            Self::Unsubscribe => "unsubscribe",
        }
    }

    /// First part of the path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Download => "/d/",
            Self::Confirm => "/c/",
            Self::Order => "/order/",
            Self::Unsubscribe => "/u/",
        }
    }

    fn lasts_ms(self) -> Option<i64> {
        match self {
            Self::Download => Some(DOWNLOAD_LASTS_MS),
            Self::Confirm => Some(CONFIRM_LASTS_MS),
            Self::Order => Some(ORDER_LASTS_MS),
            // RFC 8058: a message kept for years must still unsubscribe.
            Self::Unsubscribe => None,
        }
    }
}

/// The whole address of a link about `subject` (a magnet, a submission, an order, a message) for a contact.
pub fn address<K: Kind>(app: &App, link: Link, subject: Id<K>, contact: Id<id::Contact>) -> String {
    let expires_at: Option<Timestamp> = link.lasts_ms().map(|ms| app.now().plus_ms(ms));
    let signed = app.signer.sign(link.purpose(), &format!("{subject} {contact}"), expires_at);
    format!("{}{}{signed}", app.company().base_url, link.path())
}

/// What a link names, if it is ours and its time has not passed.
pub fn open<K: Kind>(app: &App, link: Link, signed: &str) -> Result<(Id<K>, Id<id::Contact>)> {
    let text = app.signer.verify(link.purpose(), signed, app.now()).map_err(|error| match error {
        SignatureError::Expired => AppError::conflict("link_expired", "this link has expired: ask for a new one"),
        SignatureError::Forged => AppError::NotFound("link"),
    })?;
    let parse = || {
        let (subject, contact) = text.split_once(' ')?;
        Some((subject.parse().ok()?, contact.parse().ok()?))
    };
    parse().ok_or(AppError::NotFound("link"))
}
