//! Uploaded files: pictures for pages, lead magnets.

use std::path::{Path, PathBuf};

use base::{Id, Timestamp, id};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::files::File;
use tokio::io::AsyncWriteExt as _;

use crate::{Actor, App, AppError, Result, audit, permission::Permission};

/// Largest upload, bytes.
pub const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// The most files in one answer.
pub const FILES_SHOWN_MAX: u64 = 500;
const NAME_CHARS_MAX: usize = 100;
/// Bytes that tell what a file is.
const HEAD_BYTES: usize = 8192;

/// What is shown of a file.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FileView {
    pub id: Id<id::File>,
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    /// Of pictures.
    #[schema(required)]
    pub width_px: Option<i64>,
    #[schema(required)]
    pub height_px: Option<i64>,
    /// Where pages find it.
    pub url: String,
    pub created_at: Timestamp,
}

impl From<File> for FileView {
    fn from(file: File) -> Self {
        Self {
            id: file.id,
            url: format!("/assets/f/{}/{}", file.id, file.name),
            name: file.name,
            content_type: file.content_type,
            size_bytes: file.size_bytes,
            width_px: file.width_px,
            height_px: file.height_px,
            created_at: file.created_at,
        }
    }
}

/// What may be uploaded: the type found from the bytes, and what people call it. Whatever a browser would
/// run (HTML, SVG, scripts) is not among it.
const ALLOWED: [(&str, &str); 14] = [
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/webp", "webp"),
    ("image/gif", "gif"),
    ("image/avif", "avif"),
    ("application/pdf", "pdf"),
    ("video/mp4", "mp4"),
    ("audio/mpeg", "mp3"),
    ("application/zip", "zip"),
    ("application/epub+zip", "epub"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("text/plain", "txt"),
];

/// Takes an upload piece by piece: the whole of it is never in memory.
pub struct Upload {
    name: String,
    path: PathBuf,
    file: tokio::fs::File,
    hash: Sha256,
    head: Vec<u8>,
    size: u64,
}

impl Upload {
    /// Begin. `name` is what the sender calls it.
    pub async fn begin(app: &App, actor: &Actor, name: &str) -> Result<Self> {
        actor.may(Permission::PagesWrite)?;
        Self::receive(app, name).await
    }

    /// Begin for a use case that has asked for permission itself.
    pub(crate) async fn receive(app: &App, name: &str) -> Result<Self> {
        tokio::fs::create_dir_all(app.files_folder()).await.map_err(|error| disk(&error))?;
        let path = app.files_folder().join(format!("{}.tmp", app.new_id::<id::File>()));
        let file = tokio::fs::File::create_new(&path).await.map_err(|error| disk(&error))?;
        Ok(Self { name: clean_name(name), path, file, hash: Sha256::new(), head: Vec::new(), size: 0 })
    }

    /// Take a piece. On an error the upload is given up and leaves nothing behind.
    pub async fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.size += piece.len() as u64;
        if self.size > FILE_BYTES_MAX {
            let message = format!("a file has at most {} MB", FILE_BYTES_MAX / 1024 / 1024);
            return Err(AppError::invalid("file", "too_large", message));
        }
        let room = HEAD_BYTES - self.head.len().min(HEAD_BYTES);
        self.head.extend_from_slice(&piece[..piece.len().min(room)]);
        self.hash.update(piece);
        self.file.write_all(piece).await.map_err(|error| disk(&error))
    }

    /// How much has come so far, bytes.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size
    }

    /// All of it has come: bring it to the disk and say what it is.
    pub(crate) async fn seal(&mut self) -> Result<&'static str> {
        if self.size == 0 {
            return Err(AppError::invalid("file", "empty", "the file is empty: choose another"));
        }
        let content_type = content_type(&self.head).ok_or_else(|| {
            let kinds = ALLOWED.map(|(_, ending)| ending).join(", ");
            AppError::invalid("file", "kind", format!("this kind of file cannot be uploaded; these can: {kinds}"))
        })?;
        self.file.flush().await.map_err(|error| disk(&error))?;
        self.file.sync_all().await.map_err(|error| disk(&error))?;
        Ok(content_type)
    }

    /// What it is to be called: with the ending of its kind.
    pub(crate) fn clean_name(&self, content_type: &str) -> String {
        with_ending(&self.name, content_type)
    }

    /// Put a sealed file where it is to lie.
    pub(crate) async fn put(&self, path: &Path) -> Result<()> {
        tokio::fs::rename(&self.path, path).await.map_err(|error| disk(&error))
    }

    /// The file is whole. The same bytes uploaded again are the same file.
    pub async fn finish(mut self, app: &App, actor: &Actor) -> Result<FileView> {
        let content_type = self.seal().await?;
        let sha256: [u8; 32] = self.hash.clone().finalize().into();
        if let Some(known) = store::files::find_by_hash(app.store.reader(), sha256).await? {
            return Ok(known.into());
        }
        let size = content_type.starts_with("image/").then(|| imagesize::blob_size(&self.head).ok()).flatten();
        let pixels = |pixels: usize| i64::try_from(pixels).ok();
        let file = File {
            id: app.new_id(),
            name: self.clean_name(content_type),
            content_type: content_type.to_owned(),
            size_bytes: i64::try_from(self.size).unwrap_or(i64::MAX),
            sha256,
            width_px: size.and_then(|size| pixels(size.width)),
            height_px: size.and_then(|size| pixels(size.height)),
            created_at: app.now(),
        };
        self.put(&path_of(app, file.id)).await?;
        let tx = app.store.begin().await?;
        store::files::insert(&tx, &file).await?;
        audit::record(app, &tx, actor, "file.upload", file.id, serde_json::json!({"name": file.name})).await?;
        tx.commit().await?;
        Ok(file.into())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Gone already when the upload went well.
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an unfinished upload stays behind");
        }
    }
}

pub(crate) fn disk(error: &std::io::Error) -> AppError {
    AppError::Internal(format!("the file cannot be written: {error}"))
}

fn content_type(head: &[u8]) -> Option<&'static str> {
    let found = match infer::get(head) {
        Some(kind) => kind.mime_type(),
        // Plain text has no mark; markup does.
        None => {
            let text = str::from_utf8(&head[..head.len().min(1024)]).ok()?;
            let looks_like_markup = text.trim_start().starts_with('<');
            let is_text = text.chars().all(|c| !c.is_control() || c.is_whitespace());
            if !is_text || looks_like_markup {
                return None;
            }
            "text/plain"
        }
    };
    ALLOWED.iter().find(|(allowed, _)| *allowed == found).map(|(allowed, _)| *allowed)
}

/// Letters, digits, dots and hyphens: fit for an address, a header and a folder.
fn clean_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mapped: String = base
        .chars()
        .take(NAME_CHARS_MAX)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' })
        .collect();
    let cleaned = mapped.trim_matches(['-', '.']).to_owned();
    if cleaned.is_empty() { "file".to_owned() } else { cleaned }
}

fn with_ending(name: &str, content_type: &str) -> String {
    let ending = ALLOWED.iter().find(|(allowed, _)| *allowed == content_type).map_or("bin", |(_, ending)| ending);
    let has_ending = name.rsplit_once('.').is_some_and(|(_, given)| {
        given.eq_ignore_ascii_case(ending) || (ending == "jpg" && given.eq_ignore_ascii_case("jpeg"))
    });
    if has_ending { name.to_owned() } else { format!("{name}.{ending}") }
}

/// Where the bytes of a file lie.
pub fn path_of(app: &App, id: Id<id::File>) -> PathBuf {
    app.files_folder().join(id.to_string())
}

/// A file, for whoever may have it: pages show them to everybody.
pub async fn find(app: &App, id: Id<id::File>) -> Result<File> {
    store::files::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("file"))
}

/// The newest files.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<FileView>> {
    actor.may(Permission::PagesRead)?;
    let files = store::files::newest(app.store.reader(), FILES_SHOWN_MAX).await?;
    Ok(files.into_iter().map(FileView::from).collect())
}

/// Remove a file that no lead magnet hands over.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::File>) -> Result<()> {
    actor.may(Permission::PagesWrite)?;
    let tx = app.store.begin().await?;
    match store::files::delete(&tx, id).await {
        Ok(true) => {}
        Ok(false) => return Err(AppError::NotFound("file")),
        Err(store::StoreError::Reference(_)) => {
            return Err(AppError::conflict("in_use", "a lead magnet hands this file over: change that first"));
        }
        Err(error) => return Err(error.into()),
    }
    audit::record(app, &tx, actor, "file.delete", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    match tokio::fs::remove_file(path_of(app, id)).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk(&error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_addresses_and_types_come_from_bytes() {
        assert_eq!(clean_name("C:\\temp\\Årsrapport 2026 (final).pdf"), "rsrapport-2026--final-.pdf");
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("..."), "file");
        assert_eq!(with_ending("photo.JPEG", "image/jpeg"), "photo.JPEG");
        assert_eq!(with_ending("photo.html", "image/png"), "photo.html.png");
        assert_eq!(content_type(b"%PDF-1.7\n"), Some("application/pdf"));
        assert_eq!(content_type(b"hello\nworld"), Some("text/plain"));
        for bad in [&b"<svg onload=alert(1)>"[..], b" <html>", b"MZ\x90\x00", b"#!/bin/sh\n\x00"] {
            assert_eq!(content_type(bad), None, "{bad:?}");
        }
    }
}
