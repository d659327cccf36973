//! What visitors can see, held in memory: a visit does no SQL. Read anew after every change.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base::{Id, Locale, Timestamp, id};
use funnel::brand::Brand;
use funnel::page::{Alternate, PageDoc};
use store::Store;

use crate::{Actor, App, AppError, Result, audit, permission::Permission};

const BRAND_SETTING: &str = "brand";

/// A page as visitors see it.
#[derive(Debug)]
pub struct PublishedPage {
    /// The page.
    pub page_id: Id<id::Page>,
    /// The version: another one after every publication.
    pub version_id: Id<id::PageVersion>,
    /// What those who make it call it.
    pub name: String,
    /// The language it is written in.
    pub locale: Locale,
    /// Where it lives, without the leading slash; empty is the front page.
    pub slug: String,
    /// The document as it stands.
    pub doc: PageDoc,
    /// The documents of an experiment, their variants applied, with the variant's id. Empty: no experiment.
    pub variants: Vec<(String, PageDoc)>,
    /// When it was published.
    pub published_at: Timestamp,
}

impl PublishedPage {
    /// The document that a visitor sees, and the variant's id.
    pub fn choose(&self, visitor_id: &str) -> (&PageDoc, Option<&str>) {
        let chosen = self.doc.choose_variant(&self.page_id.to_string(), visitor_id);
        let variant = chosen.and_then(|variant| self.variants.iter().find(|(id, _)| *id == variant.id));
        variant.map_or((&self.doc, None), |(id, doc)| (doc, Some(id.as_str())))
    }
}

/// Everything visitors can see.
#[derive(Debug, Default)]
pub struct Site {
    pages: HashMap<String, Arc<PublishedPage>>,
    /// The company's look.
    pub brand: Brand,
}

impl Site {
    /// The page at a path without its leading slash.
    pub fn page(&self, slug: &str) -> Option<&Arc<PublishedPage>> {
        self.pages.get(slug)
    }

    /// All pages, in no order.
    pub fn pages(&self) -> impl Iterator<Item = &Arc<PublishedPage>> {
        self.pages.values()
    }

    /// The published page in the language that serves a reader best, in the order of their wishes.
    pub fn in_language(&self, page: Id<id::Page>, wishes: &[Locale]) -> Option<&Arc<PublishedPage>> {
        let versions: Vec<_> = self.pages.values().filter(|candidate| candidate.page_id == page).collect();
        let offered: Vec<Locale> = versions.iter().map(|version| version.locale.clone()).collect();
        let best = wishes.iter().find_map(|wish| wish.best_of(&offered))?;
        versions.into_iter().find(|version| version.locale == *best)
    }

    /// The form of a page, wherever it is published: visitors may send it from an older version.
    pub fn of_page(&self, page: Id<id::Page>) -> impl Iterator<Item = &Arc<PublishedPage>> {
        self.pages.values().filter(move |candidate| candidate.page_id == page)
    }
}

/// Holds the site of an [`App`].
#[derive(Debug, Default)]
pub struct SiteHolder(ArcSwap<Site>);

impl SiteHolder {
    pub(crate) async fn load(store: &Store) -> Result<Self> {
        Ok(Self(ArcSwap::from_pointee(read(store).await?)))
    }

    /// The site as it is now.
    pub fn get(&self) -> Arc<Site> {
        self.0.load_full()
    }
}

/// Read the site anew; call it after the commit of a change.
pub async fn refresh(app: &App) -> Result<()> {
    app.site.0.store(Arc::new(read(&app.store).await?));
    Ok(())
}

async fn read(store: &Store) -> Result<Site> {
    let conn = store.reader();
    let mut brand: Brand = store::settings::find(conn, BRAND_SETTING).await?.unwrap_or_default();
    if brand.name.is_empty() {
        brand.name = crate::company::load(store).await?.name;
    }
    let versions = store::pages::published(conn).await?;
    let names: HashMap<_, _> =
        store::pages::all(conn, crate::pages::PAGES_MAX).await?.into_iter().map(|page| (page.id, page.name)).collect();
    let mut alternates: HashMap<Id<id::Page>, Vec<Alternate>> = HashMap::new();
    for version in &versions {
        let alternate = Alternate { locale: version.locale.clone(), url: format!("/{}", version.slug) };
        alternates.entry(version.page_id).or_default().push(alternate);
    }
    let mut pages = HashMap::with_capacity(versions.len());
    for version in versions {
        let mut doc = PageDoc::from_value(&version.doc)
            .map_err(|error| AppError::Internal(format!("the published page /{} is damaged: {error}", version.slug)))?;
        // What is published decides which languages a page names; those elsewhere are the author's to name.
        let own = alternates.get(&version.page_id).cloned().unwrap_or_default();
        let is_elsewhere = |alternate: &Alternate| alternate.url.contains("://");
        let elsewhere = doc.root.props.alternates.iter().filter(|alternate| is_elsewhere(alternate)).cloned();
        let all: Vec<Alternate> = own.into_iter().chain(elsewhere).collect();
        doc.root.props.alternates = if all.len() > 1 { all } else { Vec::new() };
        let mut variants = Vec::with_capacity(doc.variants.len());
        for variant in &doc.variants {
            let applied = doc.with_variant(variant).map_err(|error| {
                AppError::Internal(format!("the variant {} of /{} is damaged: {error}", variant.id, version.slug))
            })?;
            variants.push((variant.id.clone(), applied));
        }
        let page = PublishedPage {
            page_id: version.page_id,
            version_id: version.id,
            name: names.get(&version.page_id).cloned().unwrap_or_default(),
            locale: version.locale,
            slug: version.slug.clone(),
            doc,
            variants,
            published_at: version.created_at,
        };
        pages.insert(version.slug, Arc::new(page));
    }
    Ok(Site { pages, brand })
}

/// The company's look.
pub fn brand(app: &App, actor: &Actor) -> Result<Brand> {
    actor.may(Permission::PagesRead)?;
    Ok(app.site.get().brand.clone())
}

/// Change the company's look.
pub async fn set_brand(app: &App, actor: &Actor, brand: Brand) -> Result<Brand> {
    actor.may(Permission::PagesWrite)?;
    let tx = app.store.begin().await?;
    store::settings::save(&tx, BRAND_SETTING, &brand, app.now()).await?;
    audit::record(app, &tx, actor, "brand.update", "brand", serde_json::Value::Null).await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok(brand)
}
