//! SMTP: a small pool of connections that are kept while mails follow each other.

pub(in crate::mail) mod classify;
mod connection;
pub(in crate::mail) mod server;
mod settings;
pub(in crate::mail) mod socket;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use connection::{Connection, Parcel};
pub use settings::{CONNECTIONS_MAX, Security, SettingsFault, SmtpSettings};

use super::{Accepted, DkimKey, Mailer, OutgoingMail, SendError};

/// How long a connection is kept without work; servers close theirs after one to five minutes.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Mails after which a connection is replaced; some servers cut longer ones off.
const MAILS_PER_CONNECTION_MAX: u32 = 100;

/// Sends over SMTP, signed with DKIM when a key is given.
pub struct SmtpMailer {
    settings: SmtpSettings,
    dkim: Option<DkimKey>,
    tls: Option<Arc<rustls::ClientConfig>>,
    permits: Semaphore,
    pool: Arc<Pool>,
}

struct Idle {
    connection: Connection,
    since: Instant,
    sent_count: u32,
}

#[derive(Default)]
struct Pool {
    state: Mutex<PoolState>,
}

#[derive(Default)]
struct PoolState {
    idle: Vec<Idle>,
    is_closer_running: bool,
}

impl SmtpMailer {
    /// Check the settings; connects only when there is something to send.
    pub fn new(settings: SmtpSettings, dkim: Option<DkimKey>) -> Result<Self, SendError> {
        let refused = |text: String| SendError::Settings { code: None, text };
        if let Some(fault) = settings.faults().into_iter().next() {
            return Err(refused(format!("Settings, Mail: {}", fault.message)));
        }
        let tls = match settings.security {
            Security::Tls => Some(socket::tls_config(settings.ca_pem.as_deref()).map_err(refused)?),
            Security::None | Security::Starttls => None,
        };
        let permits = Semaphore::new(settings.connections_max);
        Ok(Self { settings, dkim, tls, permits, pool: Arc::default() })
    }

    /// Connect and log in without sending anything, to try the settings.
    pub async fn verify(&self) -> Result<(), SendError> {
        let connection = Connection::open(&self.settings, self.tls.clone()).await?;
        connection.quit().await;
        Ok(())
    }

    fn parcel(&self, mail: &OutgoingMail) -> Result<Parcel, SendError> {
        let (sender, receiver) = mail.envelope()?;
        let plain = mail.to_bytes()?;
        let message = match &self.dkim {
            Some(key) => key
                .sign(&plain, mail.date)
                .map_err(|error| SendError::Settings { code: None, text: error.to_string() })?,
            None => plain,
        };
        Ok(Parcel { sender, receiver, message })
    }

    async fn open(&self) -> Result<Idle, SendError> {
        let connection = Connection::open(&self.settings, self.tls.clone()).await?;
        Ok(Idle { connection, since: Instant::now(), sent_count: 0 })
    }

    /// Send over one connection and keep it when it can carry another mail. The flag tells whether the
    /// connection had gone stale before it took anything of this mail.
    async fn send_over(&self, mut idle: Idle, parcel: &Parcel) -> Result<Accepted, (SendError, bool)> {
        let result = idle.connection.send(parcel).await;
        let is_usable = result.as_ref().map_or_else(|failed| failed.is_usable, |_| true);
        idle.sent_count += 1;
        if is_usable && idle.sent_count < MAILS_PER_CONNECTION_MAX {
            idle.since = Instant::now();
            self.pool.put(idle);
        } else if is_usable {
            tokio::spawn(idle.connection.quit());
        }
        result.map_err(|failed| (failed.error, failed.is_stale))
    }
}

#[async_trait::async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, SendError> {
        let parcel = self.parcel(mail)?;
        let _permit = self.permits.acquire().await.map_err(|_| SendError::Temporary {
            code: None,
            text: "sending has stopped; it is tried again later".to_owned(),
        })?;
        if let Some(idle) = self.pool.take() {
            match self.send_over(idle, &parcel).await {
                Err((_, true)) => tracing::debug!("a kept mail connection had been closed; opening another"),
                result => return result.map_err(|(error, _)| error),
            }
        }
        let fresh = self.open().await?;
        self.send_over(fresh, &parcel).await.map_err(|(error, _)| error)
    }
}

impl Pool {
    /// The connection used last; the others may then grow old and go.
    fn take(&self) -> Option<Idle> {
        let mut state = self.state.lock();
        let idle = state.idle.pop()?;
        if idle.since.elapsed() < IDLE_MAX { Some(idle) } else { None }
    }

    fn put(self: &Arc<Self>, idle: Idle) {
        let mut state = self.state.lock();
        state.idle.push(idle);
        if !state.is_closer_running {
            state.is_closer_running = true;
            tokio::spawn(close_idle(Arc::downgrade(self)));
        }
    }

    /// Those that have been idle too long; `None` when nothing is left to wait for.
    fn take_old(&self) -> Option<Vec<Idle>> {
        let mut state = self.state.lock();
        if state.idle.is_empty() {
            state.is_closer_running = false;
            return None;
        }
        let (old, kept) =
            std::mem::take(&mut state.idle).into_iter().partition(|idle| idle.since.elapsed() >= IDLE_MAX);
        state.idle = kept;
        Some(old)
    }
}

/// Says goodbye on connections without work, and ends when there are none or the mailer is gone.
async fn close_idle(pool: Weak<Pool>) {
    loop {
        sleep(IDLE_MAX / 2).await;
        let Some(old) = pool.upgrade().and_then(|pool| pool.take_old()) else { return };
        for idle in old {
            idle.connection.quit().await;
        }
    }
}
