//! Drafts: what a funnel shall become. Saved while somebody writes, without a word; published with one.

use base::{Id, Timestamp, id};
use funnel::document::{FunnelDoc, Place, rewrite};
use funnel::localized::Localized;
use serde::{Deserialize, Serialize};
use store::funnels::{Funnel, drafts::Draft};

use super::{FunnelChange, FunnelView, names::Names, templates};
use crate::{Actor, App, AppError, Result, audit, deals::OpenDeals, permission::Permission};

/// The most drafts of one company.
pub const DRAFTS_MAX: u64 = 100;

/// A draft as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FunnelDraft)]
pub struct DraftView {
    /// The funnel that it is of, or will be.
    pub funnel_id: Id<id::Funnel>,
    /// Whether the funnel runs already.
    pub is_running: bool,
    /// The version it began from; 0 for a funnel that never ran.
    pub base_version: i64,
    /// The version that runs now; 0 for none. Where it is another than `base_version`, somebody has published since.
    pub running_version: i64,
    /// Raised by each save; pass it with the next. 0: nothing was changed yet, this is what runs.
    pub revision: i64,
    /// What was designed.
    pub document: FunnelDoc,
    /// The same as YAML, with the comments that people wrote.
    pub source: String,
    /// Why the YAML cannot be read; the document is then what it last was.
    #[schema(required)]
    pub source_problem: Option<SourceProblem>,
    /// Who began it: a name.
    pub created_by: String,
    /// Who saved it last: a name.
    pub updated_by: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// Why a text is no document.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FunnelSourceProblem)]
pub struct SourceProblem {
    /// The place in the document: `stages[2].enters_on`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
    /// The place in the text.
    #[schema(required)]
    pub place: Option<Place>,
}

/// A draft in a list.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FunnelDraftSummary)]
pub struct DraftSummary {
    /// The funnel that it is of, or will be.
    pub funnel_id: Id<id::Funnel>,
    /// Whether the funnel runs already.
    pub is_running: bool,
    /// What addresses will call it.
    pub slug: String,
    /// What people call it.
    pub title: Localized,
    /// How many stages it has.
    pub stages: usize,
    /// Who saved it last: a name.
    pub updated_by: String,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// A funnel to be designed: from a template, from a document, or from two empty stages.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = NewFunnelDraft)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// What addresses and reports will call it: small letters, digits, hyphens. Not looked at with `replaces`.
    #[serde(default)]
    pub slug: String,
    /// The funnel that it shall take the place of. That one keeps its id and history, and loses the draft it had.
    #[serde(default)]
    pub replaces: Option<Id<id::Funnel>>,
    /// What people call it; the title of the template when left out.
    #[serde(default)]
    pub title: Option<Localized>,
    /// The template that it begins as.
    #[serde(default)]
    pub template: Option<String>,
    /// The document that it begins as, such as a copy.
    #[serde(default)]
    pub document: Option<FunnelDoc>,
}

/// What somebody wrote: the document, or its YAML.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = FunnelDraftChange)]
#[serde(deny_unknown_fields)]
pub struct DraftChange {
    /// The revision that was changed: refused when somebody has saved another one since. 0 to begin a draft of what runs.
    pub revision: i64,
    /// The whole document. Its id stays what it is.
    #[serde(default)]
    pub document: Option<FunnelDoc>,
    /// The YAML. It is kept also while it cannot be read.
    #[serde(default)]
    pub source: Option<String>,
}

/// Let a draft run.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = FunnelDraftPublication)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The revision that was looked at.
    pub revision: i64,
    /// Why, for those who read the history.
    #[serde(default)]
    pub message: String,
    /// What happens to the deals there are: they follow the new version when absent.
    #[serde(default)]
    pub deals: OpenDeals,
}

/// All drafts, the one saved last first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<DraftSummary>> {
    actor.may(Permission::FunnelsRead)?;
    let names = Names::read(app).await?;
    let rules = app.running.rules();
    let summary = |draft: Draft| DraftSummary {
        funnel_id: draft.funnel_id,
        is_running: rules.funnels.iter().any(|funnel| funnel.id == draft.funnel_id),
        slug: draft.doc.id,
        title: draft.doc.title,
        stages: draft.doc.stages.len(),
        updated_by: names.of(&draft.updated_by),
        updated_at: draft.updated_at,
    };
    Ok(store::funnels::drafts::all(app.store.reader()).await?.into_iter().map(summary).collect())
}

/// The draft of a funnel; where there is none, what runs.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Funnel>) -> Result<DraftView> {
    actor.may(Permission::FunnelsRead)?;
    let conn = app.store.reader();
    let funnel = store::funnels::find(conn, id).await?;
    let draft = match (store::funnels::drafts::find(conn, id).await?, &funnel) {
        (Some(draft), _) => draft,
        (None, Some(funnel)) => untouched(conn, funnel).await?,
        (None, None) => return Err(AppError::NotFound("funnel")),
    };
    view(app, draft, funnel.as_ref()).await
}

/// What runs, as a draft that nobody has touched.
async fn untouched(conn: &impl store::ConnectionTrait, funnel: &Funnel) -> Result<Draft> {
    let version = store::funnels::version(conn, funnel.id, funnel.version).await?;
    let version = version.ok_or(AppError::NotFound("version of the funnel"))?;
    Ok(Draft {
        funnel_id: funnel.id,
        base_version: funnel.version,
        revision: 0,
        doc: funnel.doc.clone(),
        source: version.source,
        created_by: version.published_by.clone(),
        updated_by: version.published_by,
        created_at: version.published_at,
        updated_at: version.published_at,
    })
}

async fn view(app: &App, draft: Draft, funnel: Option<&Funnel>) -> Result<DraftView> {
    let names = Names::read(app).await?;
    let problem = match draft.source.as_str() {
        "" => None,
        source => FunnelDoc::from_yaml(source).err(),
    };
    let source = if problem.is_some() { draft.source } else { rewrite(&draft.source, &draft.doc).text };
    Ok(DraftView {
        funnel_id: draft.funnel_id,
        is_running: funnel.is_some(),
        base_version: draft.base_version,
        running_version: funnel.map_or(0, |funnel| funnel.version),
        revision: draft.revision,
        document: draft.doc,
        source,
        source_problem: problem.map(|error| SourceProblem {
            path: error.path,
            message: error.message,
            place: error.place,
        }),
        created_by: names.of(&draft.created_by),
        updated_by: names.of(&draft.updated_by),
        created_at: draft.created_at,
        updated_at: draft.updated_at,
    })
}

/// Begin to design a further funnel. It runs when it is published.
pub async fn create(app: &App, actor: &Actor, request: NewDraft) -> Result<DraftView> {
    actor.may(Permission::FunnelsWrite)?;
    let tx = app.store.begin().await?;
    let replaced = match request.replaces {
        Some(id) => Some(store::funnels::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("funnel"))?),
        None => None,
    };
    let slug = replaced.as_ref().map_or(request.slug.clone(), |funnel| funnel.doc.id.clone());
    let doc = begin(app, NewDraft { slug, ..request })?;
    match &replaced {
        Some(funnel) => drop(store::funnels::drafts::delete(&tx, funnel.id).await?),
        None => refuse_taken(&tx, &doc).await?,
    }
    let by = actor.audit_name();
    let draft = Draft {
        funnel_id: replaced.as_ref().map_or_else(|| app.new_id(), |funnel| funnel.id),
        base_version: replaced.as_ref().map_or(0, |funnel| funnel.version),
        revision: 1,
        doc,
        source: String::new(),
        created_by: by.clone(),
        updated_by: by,
        created_at: app.now(),
        updated_at: app.now(),
    };
    store::funnels::drafts::insert(&tx, &draft).await?;
    let detail = serde_json::json!({"slug": draft.doc.id, "template": draft.doc.template});
    audit::record(app, &tx, actor, "funnel_draft.create", draft.funnel_id, detail).await?;
    tx.commit().await?;
    view(app, draft, replaced.as_ref()).await
}

/// A further funnel needs an id of its own, and room.
async fn refuse_taken(tx: &store::Tx, doc: &FunnelDoc) -> Result<()> {
    if let Some(fault) = super::findings::faults(doc).into_iter().find(|fault| fault.path == "id") {
        return Err(AppError::invalid("slug", "slug", fault.what));
    }
    let drafts = store::funnels::drafts::all(tx).await?;
    if drafts.len() as u64 >= DRAFTS_MAX {
        return Err(AppError::conflict("too_many_drafts", format!("a company has at most {DRAFTS_MAX} drafts")));
    }
    let is_taken =
        store::funnels::find_by_slug(tx, &doc.id).await?.is_some() || drafts.iter().any(|draft| draft.doc.id == doc.id);
    if is_taken {
        return Err(AppError::invalid("slug", "taken", format!("another funnel is called {} already", doc.id)));
    }
    Ok(())
}

fn begin(app: &App, request: NewDraft) -> Result<FunnelDoc> {
    let company = app.company();
    let mut doc = match (request.template, request.document) {
        (Some(id), None) => templates::start(templates::named(&id)?, &request.slug, &company)?,
        (None, Some(doc)) => FunnelDoc { id: request.slug, ..doc },
        (None, None) => FunnelDoc::new(
            &request.slug,
            Localized::default(),
            company.currency,
            &company.timezone,
            company.locales.clone(),
        ),
        (Some(_), Some(_)) => {
            return Err(AppError::invalid("template", "one_of", "send a template or a document, not both"));
        }
    };
    if let Some(title) = request.title {
        doc.title = title;
    }
    Ok(doc)
}

/// Save what was written. A draft may be unfinished: what is wrong with it is found by the check, and it is kept all the
/// same.
pub async fn save(app: &App, actor: &Actor, id: Id<id::Funnel>, change: DraftChange) -> Result<DraftView> {
    actor.may(Permission::FunnelsWrite)?;
    let tx = app.store.begin().await?;
    let funnel = store::funnels::find(&tx, id).await?;
    let known = store::funnels::drafts::find_for_update(&tx, id).await?;
    let is_new = known.is_none();
    let mut draft = match (known, &funnel) {
        (Some(draft), _) => draft,
        (None, Some(funnel)) => {
            let draft = untouched(&tx, funnel).await?;
            Draft { created_by: actor.audit_name(), created_at: app.now(), ..draft }
        }
        (None, None) => return Err(AppError::NotFound("funnel")),
    };
    if change.revision != draft.revision {
        return Err(passed(app, &draft).await?);
    }
    write(&mut draft, change)?;
    draft.revision += 1;
    draft.updated_by = actor.audit_name();
    draft.updated_at = app.now();
    if is_new {
        store::funnels::drafts::insert(&tx, &draft).await?;
    } else {
        store::funnels::drafts::update(&tx, &draft).await?;
    }
    tx.commit().await?;
    view(app, draft, funnel.as_ref()).await
}

/// What was written goes into the draft; its comments stay as far as they can.
fn write(draft: &mut Draft, change: DraftChange) -> Result<()> {
    let (doc, source) = match (change.document, change.source) {
        (Some(doc), None) => {
            let source = if draft.source.is_empty() { String::new() } else { rewrite(&draft.source, &doc).text };
            (Some(doc), source)
        }
        (None, Some(source)) if source.len() > funnel::document::DOCUMENT_BYTES_MAX => {
            let message = format!("a funnel document has at most {} kB", funnel::document::DOCUMENT_BYTES_MAX / 1024);
            return Err(AppError::invalid("source", "too_long", message));
        }
        (None, Some(source)) => (FunnelDoc::from_yaml(&source).ok(), source),
        _ => return Err(AppError::invalid("document", "one_of", "send a document or its source")),
    };
    if let Some(doc) = doc {
        super::refuse_other_id(&draft.doc, &doc)?;
        draft.doc = doc;
    }
    draft.source = source;
    Ok(())
}

/// Somebody else has saved since: who and when.
async fn passed(app: &App, draft: &Draft) -> Result<AppError> {
    let names = Names::read(app).await?;
    let detail = format!(
        "{} saved this draft at {}: load it and make the change there",
        names.of(&draft.updated_by),
        draft.updated_at
    );
    Ok(AppError::conflict("draft_passed", detail))
}

/// Throw a draft away. What runs goes on running.
pub async fn discard(app: &App, actor: &Actor, id: Id<id::Funnel>) -> Result<()> {
    actor.may(Permission::FunnelsWrite)?;
    let tx = app.store.begin().await?;
    if !store::funnels::drafts::delete(&tx, id).await? {
        return Err(AppError::NotFound("draft"));
    }
    audit::record(app, &tx, actor, "funnel_draft.discard", id, serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(())
}

/// Let a draft run, as the first version of a funnel or a further one. The draft is then done: should the program end
/// before it is taken away, it holds what runs, and publishing it again changes nothing.
pub async fn publish(app: &App, actor: &Actor, id: Id<id::Funnel>, request: Publication) -> Result<FunnelView> {
    actor.may(Permission::FunnelsWrite)?;
    let draft = store::funnels::drafts::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("draft"))?;
    if request.revision != draft.revision {
        return Err(passed(app, &draft).await?);
    }
    if !draft.source.is_empty()
        && let Err(error) = FunnelDoc::from_yaml(&draft.source)
    {
        return Err(AppError::invalid(format!("source.{}", error.path), "yaml", error.message));
    }
    let view = if store::funnels::find(app.store.reader(), id).await?.is_some() {
        let change = FunnelChange {
            document: draft.doc,
            base_version: Some(draft.base_version),
            message: request.message,
            source: Some(draft.source).filter(|source| !source.is_empty()),
            deals: request.deals,
        };
        super::publish(app, actor, id, change).await?
    } else {
        super::create_as(app, actor, id, draft.doc, &request.message, &draft.source).await?
    };
    let tx = app.store.begin().await?;
    store::funnels::drafts::delete(&tx, id).await?;
    tx.commit().await?;
    Ok(view)
}
