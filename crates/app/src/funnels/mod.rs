//! Funnels: their documents, every version of them, and what of them is kept in memory because every visit asks.

pub mod drafts;
mod facts;
pub mod findings;
pub mod history;
mod names;
pub mod templates;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arc_swap::ArcSwap;
use base::{Id, Timestamp, id};
use funnel::channel::Channel;
use funnel::document::{self, FunnelDoc};
use funnel::page::Finding;
use serde::{Deserialize, Serialize};
use store::Store;
use store::funnels::{Funnel, Published};
use store::page::{LIMIT_DEFAULT, Page};

use crate::{
    Actor, App, AppError, Result, audit, company::Company, contacts::page_limit, deals, permission::Permission,
};

/// The most funnels of one company.
pub const FUNNELS_MAX: u64 = 50;
/// The slug of the funnel that a new company starts with.
pub const FIRST_SLUG: &str = "main";
/// Characters of what is said about a version.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

/// The funnels as they run, in memory: ingest asks for channels on every visit and does no SQL, and the
/// reactor asks for the rules on every event.
#[derive(Debug)]
pub struct Running {
    rules: ArcSwap<Rules>,
    /// Their figures, for the check of what somebody is writing.
    measured: facts::Measurements,
}

/// The documents that run, and their channels.
#[derive(Debug, Default)]
pub struct Rules {
    /// The funnels, the first one made first.
    pub funnels: Vec<Funnel>,
    /// The channels of all of them; of two with one id the first.
    pub channels: Arc<[Channel]>,
    /// The versions that deals follow.
    pub(crate) followed: deals::Followed,
}

impl Rules {
    async fn read(store: &Store) -> Result<Self> {
        let funnels = store::funnels::all(store.reader()).await?;
        let mut channels: Vec<Channel> = Vec::new();
        for channel in funnels.iter().flat_map(|funnel| &funnel.doc.channels) {
            if !channels.iter().any(|known| known.id == channel.id) {
                channels.push(channel.clone());
            }
        }
        let followed = deals::Followed::read(store.reader(), &funnels).await?;
        Ok(Self { funnels, channels: channels.into(), followed })
    }
}

impl Running {
    pub(crate) async fn load(store: &Store) -> Result<Self> {
        Ok(Self { rules: ArcSwap::from_pointee(Rules::read(store).await?), measured: facts::Measurements::default() })
    }

    /// What runs now.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// The channels of all funnels, for `funnel::channel::classify`.
    pub fn channels(&self) -> Arc<[Channel]> {
        self.rules.load().channels.clone()
    }
}

/// Read again what runs: after a commit that changed it.
pub(crate) async fn refresh(app: &App) -> Result<()> {
    app.running.rules.store(Arc::new(Rules::read(&app.store).await?));
    Ok(())
}

/// A funnel as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FunnelView {
    /// Its id.
    pub id: Id<id::Funnel>,
    /// The version that runs; counts from 1.
    pub version: i64,
    /// What was designed.
    pub document: FunnelDoc,
    /// What would make it better.
    pub findings: Vec<Finding>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this version began to run.
    pub updated_at: Timestamp,
}

impl From<Funnel> for FunnelView {
    fn from(funnel: Funnel) -> Self {
        Self {
            id: funnel.id,
            version: funnel.version,
            findings: document::check(&funnel.doc),
            document: funnel.doc,
            created_at: funnel.created_at,
            updated_at: funnel.updated_at,
        }
    }
}

/// A version of a funnel that runs or has run.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FunnelVersion {
    /// Counts from 1.
    pub version: i64,
    /// What was designed.
    pub document: FunnelDoc,
    /// The id of a user or key, or `system`.
    pub published_by: String,
    /// What that one is called.
    pub published_by_name: String,
    /// When it began to run.
    pub published_at: Timestamp,
    /// Why, in the words of whoever published it; empty when nobody said.
    pub message: String,
}

/// A further version of a funnel.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelChange {
    /// The whole document. Its id stays what it is.
    pub document: FunnelDoc,
    /// The version that was changed: refused when somebody has published another one since.
    #[serde(default)]
    pub base_version: Option<i64>,
    /// Why, for those who read the history.
    #[serde(default)]
    pub message: String,
    /// The YAML that it was written as, when it was: its comments are kept.
    #[serde(default)]
    pub source: Option<String>,
    /// What happens to the deals there are: they follow the new version when absent.
    #[serde(default)]
    pub deals: deals::OpenDeals,
}

/// Create the six-stage funnel in the transaction that sets the company up.
pub(crate) async fn create_first(app: &App, tx: &store::Tx, company: &Company, actor: &Actor) -> Result<()> {
    if store::funnels::count(tx).await? > 0 {
        return Ok(());
    }
    let doc = templates::first(company)?;
    let funnel = Funnel { id: app.new_id(), version: 1, doc, created_at: app.now(), updated_at: app.now() };
    Ok(store::funnels::insert(tx, &funnel, &*actor.audit_name()).await?)
}

/// All funnels, the first one made first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<FunnelView>> {
    actor.may(Permission::FunnelsRead)?;
    Ok(store::funnels::all(app.store.reader()).await?.into_iter().map(FunnelView::from).collect())
}

/// One funnel.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Funnel>) -> Result<FunnelView> {
    actor.may(Permission::FunnelsRead)?;
    let found = store::funnels::find(app.store.reader(), id).await?;
    found.map(FunnelView::from).ok_or(AppError::NotFound("funnel"))
}

/// The versions of a funnel, newest first; `cursor` is the number of a version.
pub async fn versions(
    app: &App,
    actor: &Actor,
    id: Id<id::Funnel>,
    cursor: Option<i64>,
    limit: Option<u64>,
) -> Result<Page<FunnelVersion>> {
    actor.may(Permission::FunnelsRead)?;
    let limit = page_limit(limit.or(Some(LIMIT_DEFAULT)))?;
    let conn = app.store.reader();
    if store::funnels::find(conn, id).await?.is_none() {
        return Err(AppError::NotFound("funnel"));
    }
    let rows = store::funnels::versions(conn, id, cursor, limit + 1).await?;
    let names = names::Names::read(app).await?;
    let view = |row: store::funnels::Version| FunnelVersion {
        version: row.version,
        document: row.doc,
        published_by_name: names.of(&row.published_by),
        published_by: row.published_by,
        published_at: row.published_at,
        message: row.message,
    };
    Ok(Page::cut(rows.into_iter().map(view).collect(), limit, |row: &FunnelVersion| row.version.to_string()))
}

/// Design a further funnel and let it run.
pub async fn create(app: &App, actor: &Actor, doc: FunnelDoc) -> Result<FunnelView> {
    create_as(app, actor, app.new_id(), doc, "", "").await
}

/// The same under an id that its draft had, with why, and the YAML it was written as.
pub(crate) async fn create_as(
    app: &App,
    actor: &Actor,
    id: Id<id::Funnel>,
    doc: FunnelDoc,
    message: &str,
    source: &str,
) -> Result<FunnelView> {
    actor.may(Permission::FunnelsWrite)?;
    let message = checked_message(message)?;
    findings::refuse_errors(app, &doc, "").await?;
    let tx = app.store.begin().await?;
    if store::funnels::count(&tx).await? >= FUNNELS_MAX {
        let detail = format!("a company has at most {FUNNELS_MAX} funnels");
        return Err(AppError::conflict("too_many_funnels", detail));
    }
    if store::funnels::find_by_slug(&tx, &doc.id).await?.is_some() {
        return Err(AppError::invalid("id", "taken", format!("another funnel is called {} already", doc.id)));
    }
    let source = source_of(&doc, source, "");
    let funnel = Funnel { id, version: 1, doc, created_at: app.now(), updated_at: app.now() };
    let published = Published { by: &actor.audit_name(), message, source: &source };
    store::funnels::insert(&tx, &funnel, published).await?;
    let detail = serde_json::json!({"slug": funnel.doc.id, "message": message});
    audit::record(app, &tx, actor, "funnel.create", funnel.id, detail).await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok(funnel.into())
}

/// The text to keep with a version: the one it was written as, else the former one with the changes made in it. Empty
/// when nobody ever wrote one, or its comments could not be kept.
fn source_of(doc: &FunnelDoc, written: &str, former: &str) -> String {
    let is_written = |text: &&str| !text.is_empty() && FunnelDoc::from_yaml(text).is_ok_and(|read| read == *doc);
    if let Some(text) = Some(written).filter(is_written) {
        return text.to_owned();
    }
    if former.is_empty() {
        return String::new();
    }
    let rewritten = document::rewrite(former, doc);
    if rewritten.keeps_comments { rewritten.text } else { String::new() }
}

fn checked_message(message: &str) -> Result<&str> {
    let message = message.trim();
    if message.chars().count() > MESSAGE_CHARS_MAX {
        let text = format!("say it in at most {MESSAGE_CHARS_MAX} characters");
        return Err(AppError::invalid("message", "too_long", text));
    }
    Ok(message)
}

/// Let a further version of a funnel run. Earlier versions are kept. The same document again changes nothing.
pub async fn publish(app: &App, actor: &Actor, id: Id<id::Funnel>, change: FunnelChange) -> Result<FunnelView> {
    actor.may(Permission::FunnelsWrite)?;
    let message = checked_message(&change.message)?;
    // First, since under another id it would be checked against itself.
    refuse_other_id(&facts::running(app, id).ok_or(AppError::NotFound("funnel"))?.doc, &change.document)?;
    findings::refuse_errors(app, &change.document, "document.").await?;
    let tx = app.store.begin().await?;
    let mut funnel = store::funnels::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("funnel"))?;
    if change.base_version.is_some_and(|base| base != funnel.version) {
        let detail = format!("version {} has been published since: load it and make the change there", funnel.version);
        return Err(AppError::conflict("version_passed", detail));
    }
    let former = store::funnels::version(&tx, id, funnel.version).await?.map(|version| version.source);
    let source = source_of(&change.document, change.source.as_deref().unwrap_or(""), former.as_deref().unwrap_or(""));
    if change.document == funnel.doc {
        // Comments are no change of the funnel, and are kept all the same.
        if former.is_some_and(|former| former != source) {
            store::funnels::set_source(&tx, &funnel, &source).await?;
            tx.commit().await?;
        }
        return Ok(funnel.into());
    }
    deals::take_along(app, &tx, actor, &funnel, &change.document, &change.deals).await?;
    funnel.version += 1;
    funnel.doc = change.document;
    funnel.updated_at = app.now();
    let published = Published { by: &actor.audit_name(), message, source: &source };
    store::funnels::publish(&tx, &funnel, published).await?;
    let detail = serde_json::json!({"version": funnel.version, "message": message});
    audit::record(app, &tx, actor, "funnel.publish", id, detail).await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok(funnel.into())
}

fn refuse_other_id(running: &FunnelDoc, wanted: &FunnelDoc) -> Result<()> {
    if wanted.id == running.id {
        return Ok(());
    }
    let message = format!("the id of a funnel never changes: write {}", running.id);
    Err(AppError::invalid("document.id", "fixed", message))
}
