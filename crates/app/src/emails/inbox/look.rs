//! Fetches what has come to the mailbox since the last look.
//!
//! How far it was read is written down behind each mail, and a mail that comes twice is kept once (its Message-ID):
//! so a stop at any point neither loses nor doubles one. When the server gives its mails other numbers (UIDVALIDITY),
//! those that arrived shortly before the last look are read again.

use channels::mail::imap::Lying;
use channels::mail::{ImapError, ImapSession, ImapSettings};
use store::inboxes::{self, Inbox, Place};

use super::load;
use crate::emails::incoming;
use crate::{Actor, App, AppError, Result};

/// How often the mailbox is looked into.
const EVERY_MS: i64 = 60 * 1000;
/// The longest wait after looks that failed: a wrong password must not lock the account out.
const LONGEST_WAIT_MS: i64 = 60 * 60 * 1000;
/// How long one look may take until the next mail; then somebody else may look.
const LEASE_MS: i64 = 5 * 60 * 1000;
/// Mails of one look.
const MAILS_MAX: usize = 50;
/// Bytes of one look; the mail that goes over it is the last.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// How far before the last look mail is read again when all numbers are others: servers count days in their own zone.
const AGAIN_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// Why a look ended early.
enum Stopped {
    Mailbox(ImapError),
    Program(AppError),
}

impl From<ImapError> for Stopped {
    fn from(error: ImapError) -> Self {
        Self::Mailbox(error)
    }
}

impl<E: Into<AppError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Program(error.into())
    }
}

/// Look into the mailbox if it is due. Answers whether more lies there to be fetched at once.
pub async fn look(app: &App) -> Result<bool> {
    let Some(imap) = load(app.store.reader()).await?.imap else { return Ok(false) };
    let address = imap.address();
    let tx = app.store.begin().await?;
    let claimed = inboxes::claim(&tx, &address, app.now(), app.now().plus_ms(LEASE_MS)).await?;
    tx.commit().await?;
    let Some(inbox) = claimed else { return Ok(false) };
    let failures = inbox.failures;
    let looked = fetch(app, &imap, inbox).await;
    let tx = app.store.begin().await?;
    let wait_ms = EVERY_MS.saturating_mul(1 << failures.min(10)).min(LONGEST_WAIT_MS);
    let again = app.now().plus_ms(wait_ms);
    let outcome = match looked {
        // Not all was seen: the last whole look stays the one from which to read again.
        Ok(true) => inboxes::due(&tx, &address, app.now()).await.map(|()| true)?,
        Ok(false) => inboxes::done(&tx, &address, app.now(), app.now().plus_ms(EVERY_MS)).await.map(|()| false)?,
        Err(Stopped::Mailbox(error)) => {
            tracing::warn!(mailbox = address, %error, "mail cannot be fetched");
            inboxes::failed(&tx, &address, (error.fault.as_str(), &error.text), again).await?;
            false
        }
        Err(Stopped::Program(error)) => {
            tracing::error!(mailbox = address, %error, "a mail that was fetched cannot be taken; trying again");
            inboxes::failed(&tx, &address, ("mail", &error.to_string()), again).await?;
            false
        }
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Give back what a stop has cut off, so that the next start need not wait.
pub async fn give_back(app: &App) -> Result<()> {
    let Some(imap) = load(app.store.reader()).await?.imap else { return Ok(()) };
    let tx = app.store.begin().await?;
    inboxes::due(&tx, &imap.address(), app.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn fetch(app: &App, imap: &ImapSettings, inbox: Inbox) -> Result<bool, Stopped> {
    let mut session = ImapSession::open(imap).await?;
    let fetched = fetch_with(app, &mut session, &inbox).await;
    session.close().await;
    fetched
}

async fn fetch_with(app: &App, session: &mut ImapSession, inbox: &Inbox) -> Result<bool, Stopped> {
    let mut place = match inbox.place {
        Some(place) if place.uid_validity == session.folder.uid_validity => place,
        Some(_) => {
            let last = inbox.fetched_at.unwrap_or_else(|| app.now());
            let since = Some(last.plus_ms(-AGAIN_MS));
            Place { uid_validity: session.folder.uid_validity, last_uid: 0, since }
        }
        None => beginning(session).await?,
    };
    advance(app, inbox, place).await?;
    let uids = session.uids_after(place.last_uid, place.since).await?;
    let mut bytes = 0;
    for (taken, uid) in uids.iter().copied().enumerate() {
        if taken == MAILS_MAX || bytes > BYTES_MAX || session.is_spent() {
            return Ok(true);
        }
        match session.mail(uid).await? {
            Lying::Mail(raw) => {
                bytes += raw.len();
                take(app, raw).await?;
            }
            Lying::TooLarge => count(app, "too_large").await?,
            Lying::Gone => {}
        }
        place.last_uid = uid;
        advance(app, inbox, place).await?;
    }
    Ok(false)
}

/// The first look leaves what lies there alone: it begins with the mail that comes next.
async fn beginning(session: &mut ImapSession) -> Result<Place, ImapError> {
    let last_uid = match session.folder.uid_next {
        Some(next) => next.saturating_sub(1),
        None => session.uids_after(0, None).await?.last().copied().unwrap_or(0),
    };
    Ok(Place { uid_validity: session.folder.uid_validity, last_uid, since: None })
}

async fn advance(app: &App, inbox: &Inbox, place: Place) -> Result<()> {
    let tx = app.store.begin().await?;
    inboxes::advance(&tx, &inbox.address, place, app.now().plus_ms(LEASE_MS)).await?;
    tx.commit().await?;
    Ok(())
}

async fn take(app: &App, raw: Vec<u8>) -> Result<()> {
    match incoming::take(app, &Actor::SYSTEM, raw).await {
        // Nobody could read it: it stays at the server, where a person may look at it.
        Err(AppError::Invalid(_)) => count(app, "unreadable").await,
        taken => taken.map(|_| ()),
    }
}

pub(in crate::emails) async fn count(app: &App, outcome: &str) -> Result<()> {
    let tx = app.store.begin().await?;
    store::emails::count(&tx, outcome, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// When the next look is due, for tests.
#[cfg(test)]
pub(super) async fn next_at(app: &App) -> base::Timestamp {
    let imap = load(app.store.reader()).await.unwrap().imap.unwrap();
    inboxes::find(app.store.reader(), &imap.address()).await.unwrap().unwrap().next_at
}
