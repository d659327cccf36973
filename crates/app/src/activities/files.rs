//! Files on records. Pages never show them: they have no public address, and each download asks for permission.
//!
//! A file is an activity; its bytes lie under the activity's id in the folder of files.

use std::path::PathBuf;

use base::{Id, Timestamp, id};
use store::ConnectionTrait;
use store::activities::{Activity, Filter, Kind};
use store::deals::Scope;

use super::{ActivityDetails, ActivityView, AttachedFile, blank, record, refuse_nowhere, save_new, view};
use crate::{
    Actor, App, AppError, Result, deals,
    files::{Upload, disk},
    permission::Permission,
};

/// Largest file on a record, bytes.
pub const RECORD_FILE_BYTES_MAX: u64 = 25 * 1024 * 1024;
/// Most files on one contact, its deals included.
pub const RECORD_FILES_MAX: u64 = 1_000;
/// A file that nothing names is left alone for this long: its upload may be about to be told of, ms.
const SWEEP_AFTER_MS: i64 = 60 * 60 * 1000;
/// Files looked up at once.
const SWEEP_BATCH: usize = 500;

/// Takes a file for a record, piece by piece.
pub struct RecordUpload {
    upload: Upload,
    activity: Activity,
}

impl RecordUpload {
    /// Begin: the record must be there, and have room.
    pub async fn begin(
        app: &App,
        actor: &Actor,
        contact: Option<Id<id::Contact>>,
        deal: Option<Id<id::Deal>>,
        name: &str,
    ) -> Result<Self> {
        actor.may(Permission::ActivitiesWrite)?;
        let tx = app.store.begin().await?;
        let activity = blank(app, actor, Kind::File, record(&tx, actor, contact, deal).await?);
        refuse_nowhere(&activity)?;
        refuse_too_many(&tx, activity.contact_id).await?;
        drop(tx);
        Ok(Self { upload: Upload::receive(app, name).await?, activity })
    }

    /// A file that came with an e-mail, whole: its bytes are on the disk, and the activity is to be saved.
    pub(crate) async fn of_email(app: &App, email: &Activity, name: &str, bytes: &[u8]) -> Result<Activity> {
        if bytes.len() as u64 > RECORD_FILE_BYTES_MAX {
            return Err(too_large());
        }
        let mut activity = blank(app, &Actor::SYSTEM, Kind::File, (email.contact_id, email.deal_id));
        activity.author.clone_from(&email.author);
        activity.author_id = email.author_id;
        activity.follows_id = Some(email.id);
        activity.at = email.at;
        refuse_too_many(app.store.reader(), activity.contact_id).await?;
        let mut upload = Self { upload: Upload::receive(app, name).await?, activity };
        upload.push(bytes).await?;
        upload.seal(app).await
    }

    /// Take a piece. On an error the upload is given up and leaves nothing behind.
    pub async fn push(&mut self, piece: &[u8]) -> Result<()> {
        if self.upload.size_bytes() + piece.len() as u64 > RECORD_FILE_BYTES_MAX {
            return Err(too_large());
        }
        self.upload.push(piece).await
    }

    /// The file is whole: bring it to its place.
    async fn seal(mut self, app: &App) -> Result<Activity> {
        let content_type = self.upload.seal().await?;
        let name = self.upload.clean_name(content_type);
        let file = AttachedFile {
            name: name.clone(),
            content_type: content_type.to_owned(),
            size_bytes: i64::try_from(self.upload.size_bytes()).unwrap_or(i64::MAX),
        };
        self.activity.title = name;
        self.activity.details = ActivityDetails { file: Some(file), ..ActivityDetails::default() }.json()?;
        self.upload.put(&path_of(app, self.activity.id)).await?;
        Ok(self.activity)
    }

    /// The file is whole.
    pub async fn finish(self, app: &App, actor: &Actor) -> Result<ActivityView> {
        let activity = self.seal(app).await?;
        let tx = app.store.begin().await?;
        save_new(app, &tx, actor, &activity).await?;
        tx.commit().await?;
        super::after_commit(app).await?;
        view::one(app, actor, activity).await
    }
}

fn too_large() -> AppError {
    let message = format!("a file on a record has at most {} MB", RECORD_FILE_BYTES_MAX / 1024 / 1024);
    AppError::invalid("file", "too_large", message)
}

async fn refuse_too_many(conn: &impl ConnectionTrait, contact_id: Option<Id<id::Contact>>) -> Result<()> {
    let all = Filter { contact_id, kinds: Some(vec![Kind::File]), ..Filter::all(Scope::All) };
    if store::activities::count(conn, &all).await? >= RECORD_FILES_MAX {
        let detail = format!("a contact has at most {RECORD_FILES_MAX} files: remove some first");
        return Err(AppError::conflict("too_many_files", detail));
    }
    Ok(())
}

/// Where the bytes lie.
fn path_of(app: &App, id: Id<id::Activity>) -> PathBuf {
    app.files_folder().join(id.to_string())
}

/// A file and where its bytes lie, for whoever may see the record.
pub async fn open(app: &App, actor: &Actor, id: Id<id::Activity>) -> Result<(AttachedFile, PathBuf)> {
    actor.may(Permission::ActivitiesRead)?;
    let found = store::activities::find(app.store.reader(), id, deals::scope(actor)).await?;
    let found = found.filter(|activity| activity.removed_at.is_none()).ok_or(AppError::NotFound("file"))?;
    let file = ActivityDetails::of(&found)?.file.ok_or(AppError::NotFound("file"))?;
    Ok((file, path_of(app, id)))
}

/// Remove the bytes of files whose records are gone for good.
pub(crate) async fn forget(app: &App, ids: &[Id<id::Activity>]) -> Result<()> {
    for id in ids {
        match tokio::fs::remove_file(path_of(app, *id)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(disk(&error)),
            _ => {}
        }
    }
    Ok(())
}

/// Remove the bytes that no activity names: of contacts that were removed, of what cannot be brought back any more.
pub(super) async fn sweep(app: &App) -> Result<()> {
    let mut folder = match tokio::fs::read_dir(app.files_folder()).await {
        Ok(folder) => folder,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(disk(&error)),
    };
    let old = app.now().plus_ms(-SWEEP_AFTER_MS);
    let mut batch = Vec::new();
    while let Some(entry) = folder.next_entry().await.map_err(|error| disk(&error))? {
        let id = entry.file_name().to_str().and_then(|name| name.parse::<Id<id::Activity>>().ok());
        batch.extend(id.filter(|id| made_at(*id) < old));
        if batch.len() >= SWEEP_BATCH {
            sweep_batch(app, &std::mem::take(&mut batch)).await?;
        }
    }
    sweep_batch(app, &batch).await
}

async fn sweep_batch(app: &App, ids: &[Id<id::Activity>]) -> Result<()> {
    let known = store::activities::known(app.store.reader(), ids).await?;
    let orphans: Vec<_> = ids.iter().filter(|id| !known.contains(id)).copied().collect();
    forget(app, &orphans).await
}

/// When an id was made: it begins with the time.
fn made_at(id: Id<id::Activity>) -> Timestamp {
    Timestamp::from_ms(i64::try_from(id.uuid().as_u128() >> 80).unwrap_or(i64::MAX))
}
