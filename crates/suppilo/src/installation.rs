//! Opening a data folder: the database, the event log, and the app over both.

use std::path::Path;
use std::sync::Arc;

use app::{App, Parts};
use base::{Clock, OsRandom, Random, SystemClock};
use channels::mail::Mailer;
use events::{LocalLog, Options};
use store::{Location, Store};

use crate::commands::Failure;
use crate::config::Config;

/// What an installation is opened with besides its folder.
pub struct Outside {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Sends mail in place of the server named in the settings.
    pub mailer_override: Option<Arc<dyn Mailer>>,
    /// How the event log writes.
    pub log: Options,
    /// Whether this is a history that can be made again: it need not survive a power cut while it is made.
    pub is_history: bool,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            mailer_override: None,
            log: Options::default(),
            is_history: false,
        }
    }
}

/// Open a data folder, making it when it is not there.
pub async fn open(folder: &Path, config: &Config, outside: Outside) -> Result<Arc<App>, Failure> {
    make_private(folder)?;
    make_private(&folder.join("files"))?;
    let location = location(folder, config);
    let store = if outside.is_history { Store::open_history(&location).await? } else { Store::open(&location).await? };
    if config.retention_days == Some(0) {
        return Err(Failure::new("retention_days is 0: say 1 or more days, or leave it out to keep events for good"));
    }
    let options = Options { retention_days: config.retention_days.or(outside.log.retention_days), ..outside.log };
    let log = LocalLog::open(&folder.join("log"), options, outside.clock.clone())?;
    let parts = Parts {
        store,
        log: Arc::new(log),
        clock: outside.clock,
        random: outside.random,
        folder: folder.to_owned(),
        mailer_override: outside.mailer_override,
    };
    Ok(App::new(parts).await?)
}

/// Where the SQL state of a data folder is.
pub fn location(folder: &Path, config: &Config) -> Location {
    match &config.database_url {
        Some(url) => Location::Postgres { url: url.clone(), schema: None },
        None => Location::File(folder.join("suppilo.db")),
    }
}

/// Close in order: the log first, so that nothing new is known that the state has not heard of.
pub async fn close(app: &App) -> Result<(), Failure> {
    app.log.close().await?;
    app.store.close().await?;
    Ok(())
}

/// A folder that only its owner can look into: it holds people's data.
fn make_private(folder: &Path) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(format!("the folder {} cannot be made or used: {error}", folder.display()))
    };
    let is_new = !folder.exists();
    std::fs::create_dir_all(folder).map_err(cannot)?;
    #[cfg(unix)]
    if is_new {
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(folder, owner_only).map_err(cannot)?;
    }
    Ok(())
}
