//! What people do with imports: look at a file, decide, try, start, stop, take back.

use std::path::{Path, PathBuf};

use base::{Id, id};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::imports::{Import, ImportState};
use utoipa::ToSchema;

use super::{
    ImportKind, KnownDeals, Mapping, ReadError, ReadHint, RowRefused, Sample, open,
    own::{OwnFields, entity_of},
    preview::{About, Preview, PreviewRequest, preview_of},
    upload::{disk, folder_of},
    view::{ImportPage, ImportView, read, write},
    work::{self, Work},
};
use crate::{
    Actor, App, AppError, FieldProblem, Result, audit,
    contacts::{page_cursor, page_limit},
    fields::{self, NewField},
    permission::Permission,
};

/// What to do with a file.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// What its columns mean.
    pub mapping: Mapping,
    /// How to read it.
    #[serde(default)]
    pub hint: ReadHint,
    /// Whether to only count what would happen.
    #[serde(default)]
    pub is_dry_run: bool,
}

/// Which report of refused rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Of the import itself.
    #[default]
    Import,
    /// Of the last dry run.
    Check,
}

/// Refused rows of a report, in the order of the file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedPage {
    pub items: Vec<RefusedRow>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A refused row with what stood in the file.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RefusedRow {
    #[serde(flatten)]
    pub refused: RowRefused,
    /// The row as it stands in the file.
    pub row: String,
}

pub(super) async fn find(app: &App, id: Id<id::Import>) -> Result<Import> {
    store::imports::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("import"))
}

/// Imports, newest first.
///
/// # Errors
/// When the actor may not import.
pub async fn list(app: &App, actor: &Actor, cursor: Option<&str>, limit: Option<u64>) -> Result<ImportPage> {
    actor.may(Permission::ImportsWrite)?;
    let page = store::imports::list(app.store.reader(), page_cursor(cursor)?, page_limit(limit)?).await?;
    let items = page.items.into_iter().map(ImportView::of).collect::<Result<_>>()?;
    Ok(ImportPage { items, next_cursor: page.next_cursor })
}

/// One import.
///
/// # Errors
/// When the actor may not import, or there is no such import.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Import>) -> Result<ImportView> {
    actor.may(Permission::ImportsWrite)?;
    ImportView::of(find(app, id).await?)
}

/// What the file of an import holds and what would become of its first rows.
///
/// # Errors
/// When the actor may not import, there is no such import, or its file cannot be read.
pub async fn preview(app: &App, actor: &Actor, id: Id<id::Import>, request: PreviewRequest) -> Result<Preview> {
    actor.may(Permission::ImportsWrite)?;
    let import = find(app, id).await?;
    let path = file_of(&import)?;
    let own = OwnFields::load(app, app.store.reader(), actor).await?;
    let rules = app.running.rules();
    let (zone, now) = (app.company().timezone.clone(), app.now());
    let about = About { file_name: import.file_name, time_zone: zone, now, own };
    let read = move || preview_of(&path, &request, &about, &rules.funnels);
    off_the_runtime(read).await?.map_err(unreadable)
}

fn file_of(import: &Import) -> Result<PathBuf> {
    if import.path.is_empty() {
        let detail = "the uploaded file was removed some time after its import; upload it again";
        return Err(AppError::conflict("file_gone", detail));
    }
    Ok(PathBuf::from(&import.path))
}

fn unreadable(error: ReadError) -> AppError {
    AppError::invalid("file", "unreadable", error.to_string())
}

/// Reading files blocks; the runtime serves others meanwhile. A panic of a library on a hostile file ends here.
async fn off_the_runtime<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(read)
        .await
        .map_err(|_| AppError::invalid("file", "unreadable", "the file made the reader fail; it is probably damaged"))
}

/// Begin to import, or to try it.
///
/// Fields of the company's own that the mapping names and that are not there yet are made, in the same transaction; a dry
/// run makes none. An import that failed or was stopped goes on where it was when nothing was decided differently since.
///
/// # Errors
/// When the actor may not import, work on it is under way, or the mapping does not fit the file.
pub async fn start(app: &App, actor: &Actor, id: Id<id::Import>, request: StartRequest) -> Result<ImportView> {
    actor.may(Permission::ImportsWrite)?;
    let path = file_of(&find(app, id).await?)?;
    let StartRequest { mapping, hint, is_dry_run } = request;
    let own = OwnFields::load(app, app.store.reader(), actor).await?;
    let missing = own.missing(&mapping);
    if !missing.is_empty() {
        // Who may import may not yet decide what is kept about everybody.
        actor.may(Permission::SettingsWrite)?;
    }
    if mapping.kind == ImportKind::Deals && mapping.known_deals == KnownDeals::Change {
        // Who may bring deals in may not yet change those of others.
        actor.may(Permission::DealsWrite)?;
        actor.may(Permission::DealsAll)?;
    }
    refuse_problems(path, hint.clone(), mapping.clone(), own).await?;
    let tx = app.store.begin().await?;
    if let Some(entity) = entity_of(mapping.kind).filter(|_| !is_dry_run) {
        for definition in missing {
            fields::define(app, &tx, actor, NewField { entity, definition }).await?;
        }
    }
    let mut import = store::imports::find(&tx, id).await?.ok_or(AppError::NotFound("import"))?;
    refuse_busy(&import)?;
    let (mapping, hint) = (Some(write(&mapping)?), write(&hint)?);
    let goes_on = matches!(import.state, ImportState::Failed | ImportState::Cancelled)
        && (&import.mapping, &import.hint) == (&mapping, &hint);
    let keeps_rows = goes_on && !is_dry_run;
    if !keeps_rows && !is_dry_run {
        import.checkpoint = None;
        import.started_at = Some(app.now());
    }
    // A dry run with another mapping makes the place where a run stopped worthless.
    if is_dry_run && !goes_on {
        import.checkpoint = None;
    }
    import.bytes_done = 0;
    (import.mapping, import.hint) = (mapping, hint);
    (import.error, import.finished_at, import.is_cancel_wanted) = (None, None, false);
    import.state = if is_dry_run { ImportState::Checking } else { ImportState::Running };
    app.imports.forget(id);
    store::imports::update(&tx, &import).await?;
    let (work, action) = if is_dry_run { (Work::Check, "import.check") } else { (Work::Run, "import.start") };
    work::enqueue(app, &tx, work, id).await?;
    audit::record(app, &tx, actor, action, id, json!({"file": import.file_name})).await?;
    tx.commit().await?;
    app.bell.ring();
    ImportView::of(import)
}

async fn refuse_problems(path: PathBuf, hint: ReadHint, mapping: Mapping, own: OwnFields) -> Result<()> {
    let columns = off_the_runtime(move || {
        let mut table = open(&path, &hint)?;
        Ok::<_, ReadError>(Sample::read(&mut table)?.columns)
    });
    let columns = columns.await?.map_err(unreadable)?;
    let problem = |problem: super::MappingError| {
        FieldProblem::new(format!("mapping.{}", problem.field), "mapping", problem.message)
    };
    let found = mapping.problems(&columns).into_iter().chain(own.problems(&mapping));
    let problems: Vec<FieldProblem> = found.map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

fn refuse_busy(import: &Import) -> Result<()> {
    if import.state.is_busy() {
        let detail = "work on this import is under way; wait for its end or cancel it";
        return Err(AppError::conflict("import_busy", detail));
    }
    Ok(())
}

/// Stop what is under way. What came in stays until it is taken back.
///
/// # Errors
/// When the actor may not import, or nothing is under way.
pub async fn cancel(app: &App, actor: &Actor, id: Id<id::Import>) -> Result<ImportView> {
    actor.may(Permission::ImportsWrite)?;
    find(app, id).await?;
    let tx = app.store.begin().await?;
    if !store::imports::want_cancel(&tx, id).await? {
        return Err(AppError::conflict("import_idle", "nothing is under way that could be cancelled"));
    }
    audit::record(app, &tx, actor, "import.cancel", id, json!({})).await?;
    tx.commit().await?;
    app.bell.ring();
    ImportView::of(find(app, id).await?)
}

/// Take back what an import brought in: its events, its entries in the consent ledger, and the contacts
/// that it made and nobody touched since. What it added to contacts that were there before stays.
///
/// # Errors
/// When the actor may not import, work on it is under way, or nothing came in.
pub async fn undo(app: &App, actor: &Actor, id: Id<id::Import>) -> Result<ImportView> {
    actor.may(Permission::ImportsWrite)?;
    let tx = app.store.begin().await?;
    let mut import = store::imports::find(&tx, id).await?.ok_or(AppError::NotFound("import"))?;
    refuse_busy(&import)?;
    if import.started_at.is_none() || import.state == ImportState::Undone {
        return Err(AppError::conflict(
            "nothing_imported",
            "nothing of this file is in: there is nothing to take back",
        ));
    }
    import.state = ImportState::Undoing;
    (import.error, import.finished_at) = (None, None);
    store::imports::update(&tx, &import).await?;
    work::enqueue(app, &tx, Work::Undo, id).await?;
    audit::record(app, &tx, actor, "import.undo", id, json!({"file": import.file_name})).await?;
    tx.commit().await?;
    app.bell.ring();
    ImportView::of(import)
}

/// Remove an import from the list, with its file. What it brought in stays.
///
/// # Errors
/// When the actor may not import, or work on it is under way.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Import>) -> Result<()> {
    actor.may(Permission::ImportsWrite)?;
    let tx = app.store.begin().await?;
    let import = store::imports::find(&tx, id).await?.ok_or(AppError::NotFound("import"))?;
    refuse_busy(&import)?;
    store::imports::delete(&tx, id).await?;
    audit::record(app, &tx, actor, "import.delete", id, json!({"file": import.file_name})).await?;
    tx.commit().await?;
    remove_folder(&folder_of(app, id)).await
}

async fn remove_folder(folder: &Path) -> Result<()> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk(&error)),
        _ => Ok(()),
    }
}

/// The report of refused rows as a CSV file: line, column, value, reason, row.
///
/// # Errors
/// When the actor may not import, or there is no such report.
pub async fn refused_file(app: &App, actor: &Actor, id: Id<id::Import>, kind: ReportKind) -> Result<PathBuf> {
    actor.may(Permission::ImportsWrite)?;
    find(app, id).await?;
    let path = work::report_path(app, id, kind);
    if !tokio::fs::try_exists(&path).await.map_err(|error| disk(&error))? {
        return Err(AppError::NotFound("report of refused rows"));
    }
    Ok(path)
}

/// A page of the report of refused rows.
///
/// # Errors
/// Those of [`refused_file`].
pub async fn refused(
    app: &App,
    actor: &Actor,
    id: Id<id::Import>,
    kind: ReportKind,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<RefusedPage> {
    let path = refused_file(app, actor, id, kind).await?;
    let wrong_cursor = |_| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given");
    let start: usize = cursor.map_or(Ok(0), str::parse).map_err(wrong_cursor)?;
    let limit = usize::try_from(page_limit(limit)?).unwrap_or(usize::MAX);
    let read = move || -> Result<RefusedPage, csv::Error> {
        let mut reader = csv::Reader::from_path(path)?;
        let mut items = Vec::new();
        for record in reader.records().skip(start).take(limit + 1) {
            items.push(refused_row(&record?));
        }
        let next_cursor = (items.len() > limit).then(|| (start + limit).to_string());
        items.truncate(limit);
        Ok(RefusedPage { items, next_cursor })
    };
    let failed = |error: csv::Error| AppError::Internal(format!("the report of refused rows cannot be read: {error}"));
    off_the_runtime(read).await?.map_err(failed)
}

fn refused_row(record: &csv::StringRecord) -> RefusedRow {
    let cell = |place: usize| record.get(place).unwrap_or_default().to_owned();
    let some = |text: String| (!text.is_empty()).then_some(text);
    let refused =
        RowRefused { line: cell(0).parse().unwrap_or(0), column: some(cell(1)), value: some(cell(2)), reason: cell(3) };
    RefusedRow { refused, row: cell(4) }
}

/// How long an uploaded file is kept after its import ended, ms: 30 days.
const UPLOAD_KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
/// Uploads removed at once.
const TIDIED_MAX: u64 = 100;

/// Remove uploads whose imports ended long ago: they are full of people.
///
/// # Errors
/// When disk or database fail.
pub async fn tidy(app: &App) -> Result<()> {
    let before = app.now().plus_ms(-UPLOAD_KEPT_MS);
    for mut import in store::imports::ended_before(app.store.reader(), before, TIDIED_MAX).await? {
        remove_folder(&folder_of(app, import.id)).await?;
        import.path = String::new();
        let tx = app.store.begin().await?;
        store::imports::update(&tx, &import).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Work on an import until it is at its end, here and now: for the command line, where no worker runs.
///
/// # Errors
/// When the actor may not import, or database or log fail. What is wrong with the file is in the answer.
pub async fn finish_here(
    app: &std::sync::Arc<App>,
    actor: &Actor,
    id: Id<id::Import>,
    mut show: impl FnMut(&ImportView),
) -> Result<ImportView> {
    /// How often progress is shown, ms.
    const SHOW_EVERY_MS: i64 = 200;
    actor.may(Permission::ImportsWrite)?;
    loop {
        let import = find(app, id).await?;
        let view = ImportView::of(import.clone())?;
        show(&view);
        let work = match import.state {
            ImportState::Checking => Work::Check,
            ImportState::Running => Work::Run,
            ImportState::Undoing => Work::Undo,
            _ => return Ok(view),
        };
        work::slice(app, work, id, SHOW_EVERY_MS).await?;
    }
}

/// The mapping that an import was last started with.
///
/// # Errors
/// When there is no such import.
pub async fn mapping(app: &App, actor: &Actor, id: Id<id::Import>) -> Result<Option<Mapping>> {
    actor.may(Permission::ImportsWrite)?;
    find(app, id).await?.mapping.map(read).transpose()
}
