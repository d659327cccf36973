//! The sales book: scripts with branches, objections and answers, checklists, for stages and roles; and how far each
//! has been gone through on a deal.

mod document;
#[cfg(test)]
mod tests;

use base::{Id, Locale, Timestamp, id};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::playbooks::{Playbook, Run};

use crate::{
    Actor, App, AppError, FieldProblem, Result, audit, deals,
    facts::{self, Fact},
    permission::Permission,
};

pub use document::{ChecklistPoint, Objection, PlaybookDoc, ScriptAnswer, ScriptStep};

/// Most playbooks of a company.
pub const PLAYBOOKS_MAX: u64 = 200;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// Longest path through a script: whoever goes in circles begins anew.
pub const PATH_MAX: usize = 200;

/// Scripts that come with the program.
const STARTERS: [(&str, &str); 2] =
    [("en", include_str!("starters/en.json")), ("nb", include_str!("starters/nb.json"))];

/// A playbook.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PlaybookView {
    pub id: Id<id::Playbook>,
    pub name: String,
    pub document: PlaybookDoc,
    /// Counts the changes: pass it as `base_version` so as not to write over somebody else's.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Playbook<PlaybookDoc>> for PlaybookView {
    fn from(playbook: Playbook<PlaybookDoc>) -> Self {
        let Playbook { id, name, document, version, created_at, updated_at } = playbook;
        Self { id, name, document, version, created_at, updated_at }
    }
}

/// A playbook as it is to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybookRequest {
    /// 1 to 120 characters.
    pub name: String,
    pub document: PlaybookDoc,
    /// The version that was changed: refused when somebody has changed it since.
    #[serde(default)]
    pub base_version: Option<i64>,
}

/// A playbook that comes with the program, to begin with.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlaybookStarter {
    pub name: String,
    pub document: PlaybookDoc,
}

/// How far a playbook has been gone through on a deal.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PlaybookRun {
    /// The steps that were come to, in order.
    pub path: Vec<String>,
    /// The points of the checklist that are done.
    pub checked: Vec<String>,
    /// Whether the script was gone to its end.
    pub is_finished: bool,
    /// The id of a user or key.
    pub actor: String,
    pub updated_at: Timestamp,
}

impl From<Run> for PlaybookRun {
    fn from(run: Run) -> Self {
        let Run { path, checked, is_finished, actor, updated_at, .. } = run;
        Self { path, checked, is_finished, actor, updated_at }
    }
}

/// A playbook for a deal, and how far it has been gone through.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DealPlaybook {
    pub playbook: PlaybookView,
    #[schema(required)]
    pub run: Option<PlaybookRun>,
}

/// How far a playbook has been gone through.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlaybookProgress {
    /// The steps that were come to, in order; none to begin anew.
    pub path: Vec<String>,
    /// The points of the checklist that are done.
    pub checked: Vec<String>,
}

/// All playbooks, by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<PlaybookView>> {
    actor.may(Permission::PlaybooksRead)?;
    let all = store::playbooks::all(app.store.reader()).await?;
    Ok(all.into_iter().map(PlaybookView::from).collect())
}

/// Those that come with the program, in a language; in English where there are none in it.
pub fn starters(actor: &Actor, locale: &Locale) -> Result<Vec<PlaybookStarter>> {
    actor.may(Permission::PlaybooksRead)?;
    let found = STARTERS.iter().find(|(code, _)| *code == locale.as_str()).unwrap_or(&STARTERS[0]);
    serde_json::from_str(found.1).map_err(|error| AppError::Internal(format!("a starter is damaged: {error}")))
}

/// One playbook.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Playbook>) -> Result<PlaybookView> {
    actor.may(Permission::PlaybooksRead)?;
    let found = store::playbooks::find(app.store.reader(), id).await?;
    found.map(PlaybookView::from).ok_or(AppError::NotFound("playbook"))
}

fn checked(request: PlaybookRequest) -> Result<(String, PlaybookDoc)> {
    let name = request.name.trim().to_owned();
    let mut problems = request.document.problems();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let message = format!("write a name of 1 to {NAME_CHARS_MAX} characters");
        problems.insert(0, FieldProblem::new("name", "length", message));
    }
    if problems.is_empty() { Ok((name, request.document)) } else { Err(AppError::Invalid(problems)) }
}

/// Add a playbook.
pub async fn create(app: &App, actor: &Actor, request: PlaybookRequest) -> Result<PlaybookView> {
    actor.may(Permission::PlaybooksWrite)?;
    let (name, document) = checked(request)?;
    let now = app.now();
    let playbook = Playbook { id: app.new_id(), name, document, version: 1, created_at: now, updated_at: now };
    let tx = app.store.begin().await?;
    if store::playbooks::count(&tx).await? >= PLAYBOOKS_MAX {
        let detail = format!("there are at most {PLAYBOOKS_MAX} playbooks: remove some first");
        return Err(AppError::conflict("too_many", detail));
    }
    store::playbooks::insert(&tx, &playbook).await?;
    audit::record(app, &tx, actor, "playbook.create", playbook.id, json!({"name": playbook.name})).await?;
    tx.commit().await?;
    Ok(playbook.into())
}

/// Write a playbook anew.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Playbook>, request: PlaybookRequest) -> Result<PlaybookView> {
    actor.may(Permission::PlaybooksWrite)?;
    let base_version = request.base_version;
    let (name, document) = checked(request)?;
    let tx = app.store.begin().await?;
    let before: Playbook<PlaybookDoc> = store::playbooks::find(&tx, id).await?.ok_or(AppError::NotFound("playbook"))?;
    if base_version.is_some_and(|version| version != before.version) {
        let detail = "somebody has changed this playbook since you opened it: load it again";
        return Err(AppError::conflict("version_passed", detail));
    }
    let playbook = Playbook { name, document, version: before.version + 1, updated_at: app.now(), ..before.clone() };
    store::playbooks::update(&tx, &playbook).await?;
    let detail = json!({"before": {"name": before.name, "document": before.document},
        "after": {"name": playbook.name, "document": playbook.document}});
    audit::record(app, &tx, actor, "playbook.update", id, detail).await?;
    tx.commit().await?;
    Ok(playbook.into())
}

/// Remove a playbook and how far it has been gone through.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Playbook>) -> Result<()> {
    actor.may(Permission::PlaybooksWrite)?;
    let tx = app.store.begin().await?;
    if !store::playbooks::delete(&tx, id).await? {
        return Err(AppError::NotFound("playbook"));
    }
    audit::record(app, &tx, actor, "playbook.delete", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(())
}

/// The playbooks for a deal as it stands and for whoever asks, and how far each has been gone through. One that was
/// begun in an earlier stage stays until it is finished.
pub async fn of_deal(app: &App, actor: &Actor, id: Id<id::Deal>) -> Result<Vec<DealPlaybook>> {
    actor.may(Permission::PlaybooksRead)?;
    let conn = app.store.reader();
    let deal = store::deals::find(conn, id, deals::scope(actor)).await?.ok_or(AppError::NotFound("deal"))?;
    let runs = store::playbooks::runs(conn, id).await?;
    let all: Vec<Playbook<PlaybookDoc>> = store::playbooks::all(conn).await?;
    let shown = all.into_iter().filter_map(|playbook| {
        let run = runs.iter().find(|run| run.playbook_id == playbook.id).cloned();
        let is_begun = run.as_ref().is_some_and(|run| !run.is_finished && !run.path.is_empty());
        let is_shown = is_begun || playbook.document.is_for(deal.stage.as_str(), actor.role);
        is_shown.then(|| DealPlaybook { playbook: playbook.into(), run: run.map(PlaybookRun::from) })
    });
    Ok(shown.collect())
}

/// A playbook has been gone on with on a deal. Its end is told to the log.
pub async fn go_on(
    app: &App,
    actor: &Actor,
    deal: Id<id::Deal>,
    playbook: Id<id::Playbook>,
    progress: PlaybookProgress,
) -> Result<PlaybookRun> {
    actor.may(Permission::DealsWrite)?;
    let tx = app.store.begin().await?;
    let found = store::deals::find_for_update(&tx, deal, deals::scope(actor)).await?;
    let found = found.ok_or(AppError::NotFound("deal"))?;
    let book: Playbook<PlaybookDoc> =
        store::playbooks::find(&tx, playbook).await?.ok_or(AppError::NotFound("playbook"))?;
    refuse_progress(&book.document, &progress)?;
    let before = store::playbooks::runs(&tx, deal).await?.into_iter().find(|run| run.playbook_id == playbook);
    let run = Run {
        deal_id: deal,
        playbook_id: playbook,
        is_finished: book.document.is_end(&progress.path),
        path: progress.path,
        checked: progress.checked,
        actor: actor.audit_name(),
        updated_at: app.now(),
    };
    store::playbooks::save_run(&tx, &run).await?;
    let is_told = before.is_some_and(|before| before.is_finished && before.path == run.path);
    if run.is_finished && !is_told {
        let done = book.document.checklist.iter().filter(|point| run.checked.contains(&point.id)).count();
        let fact = Fact::new("Script Used", app.now(), &PersonKey::contact(&found.contact_id))
            .with("playbook", playbook.to_string())
            .with("name", book.name.as_str())
            .with("deal", deal.to_string())
            .with("stage", found.stage.as_str())
            .with("path", run.path.join(" > "))
            .with("end", run.path.last().map(String::as_str).unwrap_or_default())
            .with("checked", done)
            .with("points", book.document.checklist.len())
            .with("by", run.actor.as_str());
        facts::record(app, &tx, fact).await?;
    }
    let detail = json!({"playbook": playbook, "path": run.path, "checked": run.checked});
    audit::record(app, &tx, actor, "playbook.use", deal, detail).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    Ok(run.into())
}

fn refuse_progress(document: &PlaybookDoc, progress: &PlaybookProgress) -> Result<()> {
    if progress.path.len() > PATH_MAX || !document.is_path(&progress.path) {
        let message = "the script does not lead this way: it has been changed, so begin it anew";
        return Err(AppError::invalid("path", "path", message));
    }
    let is_point = |id: &String| document.checklist.iter().any(|point| point.id == *id);
    if !progress.checked.iter().all(is_point) {
        return Err(AppError::invalid("checked", "unknown", "the checklist has no such point: load it again"));
    }
    Ok(())
}
