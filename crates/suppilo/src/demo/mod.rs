//! The demo company: a Nordic dental clinic whose history is made by running its funnel on a virtual clock.
//!
//! Visitors come in through the same routes as anybody, with the same forms and links, and staff work with the
//! same use cases. Nothing is written into a report.

mod boards;
mod company;
mod history;
mod sales;
mod spend;
mod visit;

use std::path::Path;
use std::sync::Arc;

use base::{Clock as _, OsRandom, SystemClock, VirtualClock};
use channels::mail::RecordingMailer;
use events::{Durability, Options};
use serde::{Deserialize, Serialize};

use crate::commands::Failure;
use crate::config::Config;
use crate::installation::{self, Outside};

/// What the demo tells whoever started it. Kept in the data folder, for the next start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Access {
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: String,
    /// For sending events.
    pub write_key: String,
    /// For asking questions.
    pub secret_key: String,
}

const ACCESS_FILE: &str = "demo.json";
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The access of a demo that was made before; `None` when there is none.
pub fn access(folder: &Path) -> Result<Option<Access>, Failure> {
    match std::fs::read(folder.join(ACCESS_FILE)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Make the demo company with `days` of history in a new folder. It appears under its name only when whole.
pub async fn make(folder: &Path, config: &Config, days: u32, is_quiet: bool) -> Result<Access, Failure> {
    let is_used = folder.exists() && std::fs::read_dir(folder)?.next().is_some();
    if is_used {
        let folder = folder.display();
        return Err(Failure::new(format!("{folder} holds something else than a demo: name another with --data")));
    }
    if config.database_url.is_some() {
        return Err(Failure::new("the demo keeps its state in its folder: take the address of the database away"));
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let scratch = tempfile::Builder::new().prefix(".suppilo-demo-").tempdir_in(parent)?;
    let access = run(scratch.path(), config, days, is_quiet).await?;
    std::fs::write(scratch.path().join(ACCESS_FILE), serde_json::to_vec(&access)?)?;
    if folder.exists() {
        std::fs::remove_dir(folder)?;
    }
    std::fs::rename(scratch.keep(), folder)?;
    Ok(access)
}

async fn run(folder: &Path, config: &Config, days: u32, is_quiet: bool) -> Result<Access, Failure> {
    let end = SystemClock.now();
    let start = end.plus_ms(-i64::from(days) * DAY_MS);
    let clock = Arc::new(VirtualClock::at(start.plus_ms(-DAY_MS)));
    let mailer = Arc::new(RecordingMailer::new());
    let outside = Outside {
        clock: clock.clone(),
        // Ids and secrets are real ones; only the choices of the people come from a fixed seed.
        random: Arc::new(OsRandom),
        mailer_override: Some(mailer.clone()),
        log: Options { durability: Durability::Relaxed, ..Options::default() },
        is_history: true,
    };
    let app = installation::open(folder, config, outside).await?;
    let password = base::token(&OsRandom, 12);
    let company = company::found(&app, &password).await?;
    app::company::assume_base_url(&app, "http://localhost:8080");
    let web = web::build(app.clone(), &[]);
    let story =
        history::Story { app: &app, clock: &clock, mailer: &mailer, router: web.router.clone(), company: &company };
    let told = history::tell(&story, start, end, days, is_quiet).await;
    drop(story);
    drop(web.router);
    web.views.close().await;
    told?;
    app.log.settle().await?;
    installation::close(&app).await?;
    Ok(Access {
        email: company.email.clone(),
        password,
        write_key: company.write_key.clone(),
        secret_key: company.secret_key.clone(),
    })
}
