//! Pages: writing, checking, publishing.

use base::{Id, Locale, Timestamp, id};
use funnel::page::{self, Finding, PageDoc, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Tx;
use store::pages::{Page, Version, VersionState};

use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission, site};

/// The most pages of a company.
pub const PAGES_MAX: u64 = 5000;
const NAME_CHARS_MAX: usize = 120;

/// A page in one language.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PageLocale {
    pub locale: Locale,
    /// Where the draft would live, or where the page lives when there is no draft.
    pub slug: String,
    /// Its title for search engines.
    pub title: String,
    /// Whether there is work that visitors do not see yet.
    pub has_draft: bool,
    /// Where visitors find it now.
    #[schema(required)]
    pub published_slug: Option<String>,
    #[schema(required)]
    pub published_at: Option<Timestamp>,
}

/// A page.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PageView {
    pub id: Id<id::Page>,
    /// What those who make it call it.
    pub name: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub locales: Vec<PageLocale>,
}

/// A page in one language with its document: the draft, or what is published when there is no draft.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PageContent {
    pub page: PageView,
    pub locale: Locale,
    pub is_draft: bool,
    #[schema(value_type = Object)]
    pub doc: Value,
    /// What should be mended; errors keep it from being published.
    pub findings: Vec<Finding>,
}

/// A page to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPage {
    /// What those who make it call it.
    pub name: String,
    /// The language of its first version; the company's first one when absent.
    pub locale: Option<Locale>,
    /// The document; an empty page when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub doc: Option<Value>,
}

fn summary(page: Page, versions: &[Version]) -> PageView {
    let mut locales: Vec<PageLocale> = Vec::new();
    for version in versions.iter().filter(|version| version.page_id == page.id) {
        let index = locales.iter().position(|entry| entry.locale == version.locale).unwrap_or_else(|| {
            locales.push(PageLocale {
                locale: version.locale.clone(),
                slug: String::new(),
                title: String::new(),
                has_draft: false,
                published_slug: None,
                published_at: None,
            });
            locales.len() - 1
        });
        let entry = &mut locales[index];
        let is_draft = version.state == VersionState::Draft;
        if is_draft {
            entry.has_draft = true;
        } else {
            entry.published_slug = Some(version.slug.clone());
            entry.published_at = Some(version.created_at);
        }
        if is_draft || !entry.has_draft {
            entry.slug.clone_from(&version.slug);
            entry.title =
                version.doc.pointer("/root/props/title").and_then(Value::as_str).unwrap_or_default().to_owned();
        }
    }
    PageView { id: page.id, name: page.name, created_at: page.created_at, updated_at: page.updated_at, locales }
}

/// All pages, last changed first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<PageView>> {
    actor.may(Permission::PagesRead)?;
    let conn = app.store.reader();
    let pages = store::pages::all(conn, PAGES_MAX).await?;
    let ids: Vec<_> = pages.iter().map(|page| page.id).collect();
    let versions = store::pages::current_of(conn, &ids).await?;
    Ok(pages.into_iter().map(|page| summary(page, &versions)).collect())
}

/// A page in one language.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Page>, locale: Option<&Locale>) -> Result<PageContent> {
    actor.may(Permission::PagesRead)?;
    let conn = app.store.reader();
    let page = store::pages::find(conn, id).await?.ok_or(AppError::NotFound("page"))?;
    let versions = store::pages::current(conn, id).await?;
    let wanted = |version: &&Version| locale.is_none_or(|locale| version.locale == *locale);
    let draft = versions.iter().filter(wanted).find(|version| version.state == VersionState::Draft);
    let version = draft.or_else(|| versions.iter().find(wanted)).ok_or(AppError::NotFound("version of the page"))?;
    Ok(content(page, &versions, version))
}

fn content(page: Page, versions: &[Version], version: &Version) -> PageContent {
    let findings = match PageDoc::from_value(&version.doc) {
        Ok(doc) => page::check(&doc),
        Err(error) => error.0,
    };
    PageContent {
        page: summary(page, versions),
        locale: version.locale.clone(),
        is_draft: version.state == VersionState::Draft,
        doc: version.doc.clone(),
        findings,
    }
}

/// Add a page with a draft.
pub async fn create(app: &App, actor: &Actor, request: NewPage) -> Result<PageContent> {
    actor.may(Permission::PagesWrite)?;
    let name = checked_name(&request.name)?;
    let locale = request.locale.unwrap_or_else(|| app.company().default_locale());
    let page = Page { id: app.new_id(), name: name.clone(), created_at: app.now(), updated_at: app.now() };
    let mut doc = match request.doc {
        Some(doc) => read(&doc)?,
        None => PageDoc::default(),
    };
    if doc.root.props.title.is_empty() {
        doc.root.props.title.clone_from(&name);
    }
    // The first page may be the front page; a later one would only collide with it.
    if doc.root.props.slug.is_empty() && app.site.get().page("").is_some() {
        doc.root.props.slug = page::slugify(&name);
    }
    let tx = app.store.begin().await?;
    store::pages::insert(&tx, &page).await?;
    save_version(app, &tx, actor, &page, &locale, doc, VersionState::Draft).await?;
    audit::record(app, &tx, actor, "page.create", page.id, Value::Null).await?;
    tx.commit().await?;
    get(app, actor, page.id, Some(&locale)).await
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        let message = format!("write a name of 1 to {NAME_CHARS_MAX} characters");
        return Err(AppError::invalid("name", "length", message));
    }
    Ok(name.to_owned())
}

fn read(doc: &Value) -> Result<PageDoc> {
    if doc.to_string().len() > page::MAX_DOCUMENT_BYTES {
        let message = format!("the page has more than {} kB: split it in two", page::MAX_DOCUMENT_BYTES / 1024);
        return Err(AppError::invalid("doc", "too_long", message));
    }
    PageDoc::from_value(doc).map_err(|error| AppError::Invalid(error.0.into_iter().map(problem).collect()))
}

fn problem(finding: Finding) -> FieldProblem {
    FieldProblem::new(format!("doc.{}", finding.path), "page", finding.message)
}

async fn save_version(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    page: &Page,
    locale: &Locale,
    mut doc: PageDoc,
    state: VersionState,
) -> Result<()> {
    doc.root.props.locale = locale.clone();
    let version = Version {
        id: app.new_id(),
        page_id: page.id,
        locale: locale.clone(),
        state,
        slug: doc.root.props.slug.clone(),
        doc: serde_json::to_value(&doc).map_err(|error| AppError::Internal(error.to_string()))?,
        author: actor.audit_name(),
        created_at: app.now(),
    };
    Ok(store::pages::insert_version(tx, &version).await?)
}

/// What may be changed about a page.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageChange {
    /// What those who make it call it.
    pub name: Option<String>,
    /// The language of the document.
    pub locale: Option<Locale>,
    /// The document, kept as the draft of that language.
    #[schema(value_type = Option<Object>)]
    pub doc: Option<Value>,
}

/// Save a draft, in a language that may be new, or give the page another name. A draft may be unfinished:
/// what is wrong with it is said and it is kept all the same, unless it cannot be read.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Page>, change: PageChange) -> Result<PageContent> {
    actor.may(Permission::PagesWrite)?;
    let doc = change.doc.as_ref().map(read).transpose()?;
    let locale = change.locale.unwrap_or_else(|| app.company().default_locale());
    let tx = app.store.begin().await?;
    let mut page = store::pages::find(&tx, id).await?.ok_or(AppError::NotFound("page"))?;
    if let Some(name) = change.name {
        page.name = checked_name(&name)?;
    }
    page.updated_at = app.now();
    store::pages::update(&tx, &page).await?;
    let shown = doc.is_some().then_some(locale.clone());
    if let Some(doc) = doc {
        store::pages::delete_draft(&tx, id, &locale).await?;
        save_version(app, &tx, actor, &page, &locale, doc, VersionState::Draft).await?;
    }
    audit::record(app, &tx, actor, "page.update", id, Value::Null).await?;
    tx.commit().await?;
    site::refresh(app).await?;
    get(app, actor, id, shown.as_ref()).await
}

/// Let visitors see the draft of a language.
pub async fn publish(app: &App, actor: &Actor, id: Id<id::Page>, locale: &Locale) -> Result<PageContent> {
    actor.may(Permission::PagesWrite)?;
    let tx = app.store.begin().await?;
    let page = store::pages::find(&tx, id).await?.ok_or(AppError::NotFound("page"))?;
    let versions = store::pages::current(&tx, id).await?;
    let draft = versions.into_iter().find(|version| version.state == VersionState::Draft && version.locale == *locale);
    let draft = draft.ok_or_else(|| AppError::conflict("no_draft", "there is nothing new to publish"))?;
    let doc = read(&draft.doc)?;
    let errors: Vec<_> = page::check(&doc).into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors.into_iter().map(problem).collect()));
    }
    page::check_slug(&draft.slug)
        .map_err(|error| AppError::invalid("doc.root.props.slug", "slug", error.to_string()))?;
    let all = store::pages::published(&tx).await?;
    let is_same = |other: &Version| other.page_id == id && other.locale == *locale;
    if all.iter().any(|other| other.slug == draft.slug && !is_same(other)) {
        let message = format!("another page lives at /{}: choose another address", draft.slug);
        return Err(AppError::invalid("doc.root.props.slug", "taken", message));
    }
    store::pages::retire(&tx, id, locale).await?;
    store::pages::delete_draft(&tx, id, locale).await?;
    save_version(app, &tx, actor, &page, locale, doc, VersionState::Published).await?;
    store::pages::update(&tx, &Page { updated_at: app.now(), ..page }).await?;
    let detail = serde_json::json!({"locale": locale, "slug": draft.slug});
    audit::record(app, &tx, actor, "page.publish", id, detail).await?;
    tx.commit().await?;
    site::refresh(app).await?;
    get(app, actor, id, Some(locale)).await
}

/// Take a language of a page away from visitors; what was published becomes the draft if there is none.
pub async fn unpublish(app: &App, actor: &Actor, id: Id<id::Page>, locale: &Locale) -> Result<PageContent> {
    actor.may(Permission::PagesWrite)?;
    let tx = app.store.begin().await?;
    let page = store::pages::find(&tx, id).await?.ok_or(AppError::NotFound("page"))?;
    let versions = store::pages::current(&tx, id).await?;
    let of = |state: VersionState| versions.iter().find(|version| version.state == state && version.locale == *locale);
    let published = of(VersionState::Published)
        .ok_or_else(|| AppError::conflict("not_published", "the page is not published in this language"))?;
    store::pages::retire(&tx, id, locale).await?;
    if of(VersionState::Draft).is_none() {
        save_version(app, &tx, actor, &page, locale, read(&published.doc)?, VersionState::Draft).await?;
    }
    audit::record(app, &tx, actor, "page.unpublish", id, serde_json::json!({"locale": locale})).await?;
    tx.commit().await?;
    site::refresh(app).await?;
    get(app, actor, id, Some(locale)).await
}

/// Remove a page with all its versions.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Page>) -> Result<()> {
    actor.may(Permission::PagesWrite)?;
    let tx = app.store.begin().await?;
    if !store::pages::delete(&tx, id).await? {
        return Err(AppError::NotFound("page"));
    }
    audit::record(app, &tx, actor, "page.delete", id, Value::Null).await?;
    tx.commit().await?;
    site::refresh(app).await
}

/// Read a document for a preview; nothing is kept.
pub fn preview(actor: &Actor, doc: &Value) -> Result<PageDoc> {
    actor.may(Permission::PagesRead)?;
    read(doc)
}
