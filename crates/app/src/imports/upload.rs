//! A file on its way in: taken piece by piece, or where it lies on this machine.

use std::path::{Path, PathBuf};

use base::{Id, id};
use serde_json::json;
use store::imports::{Import, ImportState};
use tokio::io::AsyncWriteExt as _;

use super::{ReadHint, view::ImportView};
use crate::{Actor, App, AppError, Result, audit, permission::Permission};

/// Largest upload, in bytes: 4 GiB. A larger file is imported from the command line, where it need not travel.
pub const UPLOAD_BYTES_MAX: u64 = 4 << 30;
/// Longest name of a file, in characters.
const NAME_CHARS_MAX: usize = 200;

/// Takes an upload piece by piece: the whole of it is never in memory.
pub struct Upload {
    id: Id<id::Import>,
    name: String,
    folder: PathBuf,
    file: tokio::fs::File,
    size_bytes: u64,
    is_finished: bool,
}

impl Upload {
    /// Begin. `name` is what the sender calls the file.
    ///
    /// # Errors
    /// When the actor may not import, or the disk fails.
    pub async fn begin(app: &App, actor: &Actor, name: &str) -> Result<Self> {
        actor.may(Permission::ImportsWrite)?;
        let id = app.new_id();
        let folder = folder_of(app, id);
        tokio::fs::create_dir_all(&folder).await.map_err(|error| disk(&error))?;
        let file = tokio::fs::File::create_new(folder.join(DATA)).await.map_err(|error| disk(&error))?;
        Ok(Self { id, name: clean_name(name), folder, file, size_bytes: 0, is_finished: false })
    }

    /// Take a piece. On an error the upload is given up and leaves nothing behind.
    ///
    /// # Errors
    /// When the file grows beyond [`UPLOAD_BYTES_MAX`], or the disk fails.
    pub async fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.size_bytes += piece.len() as u64;
        if self.size_bytes > UPLOAD_BYTES_MAX {
            let gib = UPLOAD_BYTES_MAX >> 30;
            let message = format!(
                "a file of more than {gib} GiB cannot be uploaded; pack it with gzip, or run `suppilo import` on the machine"
            );
            return Err(AppError::invalid("file", "too_large", message));
        }
        self.file.write_all(piece).await.map_err(|error| disk(&error))
    }

    /// The file is whole.
    ///
    /// # Errors
    /// When it is empty, or disk or database fail.
    pub async fn finish(mut self, app: &App, actor: &Actor) -> Result<ImportView> {
        if self.size_bytes == 0 {
            return Err(AppError::invalid("file", "empty", "the file is empty: choose another"));
        }
        self.file.flush().await.map_err(|error| disk(&error))?;
        self.file.sync_all().await.map_err(|error| disk(&error))?;
        let path = self.folder.join(DATA);
        let view = add(app, actor, self.id, &self.name, &path, self.size_bytes, true).await?;
        self.is_finished = true;
        Ok(view)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_finished
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, "an unfinished upload stays behind");
        }
    }
}

/// A file on this machine, for the command line: it stays where it is.
///
/// # Errors
/// When it cannot be read.
pub async fn add_local(app: &App, actor: &Actor, path: &Path) -> Result<ImportView> {
    actor.may(Permission::ImportsWrite)?;
    let wrong = |error: std::io::Error| {
        AppError::invalid("file", "unreadable", format!("{} cannot be read: {error}", path.display()))
    };
    let path = path.canonicalize().map_err(wrong)?;
    let meta = tokio::fs::metadata(&path).await.map_err(wrong)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let id = app.new_id();
    tokio::fs::create_dir_all(folder_of(app, id)).await.map_err(|error| disk(&error))?;
    add(app, actor, id, &clean_name(&name), &path, meta.len(), false).await
}

async fn add(
    app: &App,
    actor: &Actor,
    id: Id<id::Import>,
    name: &str,
    path: &Path,
    size_bytes: u64,
    is_uploaded: bool,
) -> Result<ImportView> {
    let hint = serde_json::to_value(ReadHint::default()).map_err(|error| AppError::Internal(error.to_string()))?;
    let import = Import {
        id,
        file_name: name.to_owned(),
        path: path.to_string_lossy().into_owned(),
        is_uploaded,
        size_bytes,
        state: ImportState::Ready,
        hint,
        mapping: None,
        checkpoint: None,
        bytes_done: 0,
        findings: None,
        error: None,
        is_cancel_wanted: false,
        created_by: actor.audit_name(),
        created_at: app.now(),
        started_at: None,
        finished_at: None,
    };
    let tx = app.store.begin().await?;
    store::imports::insert(&tx, &import).await?;
    audit::record(app, &tx, actor, "import.upload", id, json!({"file": name, "bytes": size_bytes})).await?;
    tx.commit().await?;
    ImportView::of(import)
}

const DATA: &str = "data";

/// Where the upload and the reports of an import lie.
pub(super) fn folder_of(app: &App, id: Id<id::Import>) -> PathBuf {
    app.folder.join("imports").join(id.to_string())
}

pub(super) fn disk(error: &std::io::Error) -> AppError {
    AppError::Internal(format!("the file of the import cannot be written: {error}"))
}

/// The last part of a path, without control characters: it is shown, never opened.
fn clean_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = base.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if clean.trim().is_empty() { "file".to_owned() } else { clean }
}
