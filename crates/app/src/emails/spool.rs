//! Mail that a mail server on this machine hands in: `suppilo mail in` lays it into a folder, and the program that
//! serves takes it from there. So nothing is lost while it does not run.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base::{Random, Timestamp};

use super::incoming;
use crate::{Actor, App, AppError, Result};

/// The folder below the data folder.
const FOLDER: &str = "mail-in";
/// What a mail that waits is called.
const WAITING: &str = "eml";
/// What one that nobody could read is called: it stays for a person to look at.
const REFUSED: &str = "refused";
/// Mails that may lie there.
const MAILS_MAX: usize = 10_000;
/// Mails taken at once.
const TAKEN_MAX: usize = 50;

/// Why a mail was not laid into the folder.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It never will be.
    #[error("{0}")]
    NoMail(String),
    /// Later it may.
    #[error("{0}")]
    Later(String),
}

/// Lay a mail into the folder. It is safe on the disk when this returns.
pub fn put(data: &Path, raw: &[u8], now: Timestamp, random: &dyn Random) -> Result<(), SpoolError> {
    channels::mail::incoming::read(raw).map_err(|error| SpoolError::NoMail(error.to_string()))?;
    if !data.is_dir() {
        return Err(SpoolError::Later(format!("{} is no data folder: name it with --data", data.display())));
    }
    let folder = data.join(FOLDER);
    let later = |error: io::Error| SpoolError::Later(format!("{}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(later)?;
    if fs::read_dir(&folder).map_err(later)?.count() >= MAILS_MAX {
        let text = format!("{} is full: is the program being served?", folder.display());
        return Err(SpoolError::Later(text));
    }
    // In the order in which they came.
    let name = format!("{:015}-{:016x}", now.ms(), random.next_u64());
    let written = folder.join(format!(".{name}"));
    let mut file = File::create_new(&written).map_err(later)?;
    let kept = file.write_all(raw).and_then(|()| file.sync_all());
    let kept = kept.and_then(|()| fs::rename(&written, folder.join(format!("{name}.{WAITING}"))));
    if let Err(error) = kept {
        // The disk may be full: half a mail must not stay. Its own failure would say no more than the first.
        let _removed = fs::remove_file(&written);
        return Err(later(error));
    }
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(later)
}

/// Take what lies there, oldest first. Answers how many mails were taken.
pub async fn take_waiting(app: &App) -> Result<usize> {
    let folder = app.folder.join(FOLDER);
    let waiting = tokio::task::spawn_blocking(move || waiting(&folder)).await;
    let waiting = waiting.map_err(|error| AppError::Internal(error.to_string()))?.map_err(unusable)?;
    for path in &waiting {
        let raw = match tokio::fs::read(path).await {
            Ok(raw) => raw,
            // Another program on the same folder was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unusable(error)),
        };
        match incoming::take(app, &Actor::SYSTEM, raw).await {
            Ok(_) => tokio::fs::remove_file(path).await.map_err(unusable)?,
            Err(AppError::Invalid(_)) => {
                super::inbox::look::count(app, "unreadable").await?;
                tokio::fs::rename(path, path.with_extension(REFUSED)).await.map_err(unusable)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(waiting.len())
}

fn unusable(error: io::Error) -> AppError {
    AppError::Internal(format!("the folder {FOLDER} cannot be read: {error}"))
}

fn waiting(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == WAITING));
    paths.sort_unstable();
    paths.truncate(TAKEN_MAX);
    Ok(paths)
}
