//! What is offered at a price.

use base::{Id, Timestamp, id};
use funnel::offer::{self, OfferDoc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::offers::Offer;

use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

/// The most offers of one company.
pub const OFFERS_MAX: u64 = 1_000;

/// An offer as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OfferView {
    /// Its id.
    pub id: Id<id::Offer>,
    /// What is offered.
    pub document: OfferDoc,
    /// Whether its page is there and takes orders.
    pub is_published: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        Self {
            id: offer.id,
            document: offer.doc,
            is_published: offer.is_published,
            created_at: offer.created_at,
            updated_at: offer.updated_at,
        }
    }
}

/// An offer to be, or an offer as it shall be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferRequest {
    /// What is offered.
    pub document: OfferDoc,
    /// Whether its page is there and takes orders.
    #[serde(default)]
    pub is_published: bool,
}

/// All offers, newest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<OfferView>> {
    actor.may(Permission::OffersRead)?;
    Ok(store::offers::all(app.store.reader()).await?.into_iter().map(|offer| seen_by(actor, offer)).collect())
}

/// One offer.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Offer>) -> Result<OfferView> {
    actor.may(Permission::OffersRead)?;
    let found = store::offers::find(app.store.reader(), id).await?;
    found.map(|offer| seen_by(actor, offer)).ok_or(AppError::NotFound("offer"))
}

/// What an offer costs the company, and how far it may be discounted, is known to those who set its price.
fn seen_by(actor: &Actor, offer: Offer) -> OfferView {
    let mut view = OfferView::from(offer);
    if actor.may(Permission::OffersWrite).is_err() {
        (view.document.unit_cost, view.document.discount_max) = (None, None);
    }
    view
}

/// The offer that visitors find at an address, if it is published.
pub async fn published(app: &App, slug: &str) -> Result<Option<Offer>> {
    let found = store::offers::find_by_slug(app.store.reader(), slug).await?;
    Ok(found.filter(|offer| offer.is_published))
}

/// What an `Offer Viewed` event says about the offer: `offer`, `value` in major units, `currency`.
pub fn viewed_properties(offer: &Offer) -> Map<String, Value> {
    let price = offer.doc.price;
    let mut properties = Map::new();
    properties.insert("offer".to_owned(), offer.doc.slug.as_str().into());
    properties.insert("value".to_owned(), major_units(price).into());
    properties.insert("currency".to_owned(), price.currency.code().into());
    properties
}

/// An amount as events carry it: a number of major units, as other senders write it too.
pub(crate) fn major_units(money: base::Money) -> f64 {
    money.minor as f64 / 10f64.powi(money.currency.exponent().cast_signed())
}

/// Add an offer.
pub async fn create(app: &App, actor: &Actor, request: OfferRequest) -> Result<OfferView> {
    actor.may(Permission::OffersWrite)?;
    refuse_findings(&request.document)?;
    let tx = app.store.begin().await?;
    if store::offers::count(&tx).await? >= OFFERS_MAX {
        return Err(AppError::conflict("too_many_offers", format!("a company has at most {OFFERS_MAX} offers")));
    }
    refuse_taken_slug(&tx, &request.document.slug, None).await?;
    let offer = Offer {
        id: app.new_id(),
        doc: request.document,
        is_published: request.is_published,
        created_at: app.now(),
        updated_at: app.now(),
    };
    store::offers::insert(&tx, &offer).await?;
    audit::record(app, &tx, actor, "offer.create", offer.id, audited(&offer)).await?;
    tx.commit().await?;
    Ok(offer.into())
}

/// Change an offer. Orders placed before keep their own words and prices.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Offer>, request: OfferRequest) -> Result<OfferView> {
    actor.may(Permission::OffersWrite)?;
    refuse_findings(&request.document)?;
    let tx = app.store.begin().await?;
    let mut offer = store::offers::find(&tx, id).await?.ok_or(AppError::NotFound("offer"))?;
    refuse_taken_slug(&tx, &request.document.slug, Some(id)).await?;
    offer.doc = request.document;
    offer.is_published = request.is_published;
    offer.updated_at = app.now();
    store::offers::update(&tx, &offer).await?;
    audit::record(app, &tx, actor, "offer.update", id, audited(&offer)).await?;
    tx.commit().await?;
    Ok(offer.into())
}

/// Remove an offer that no ladder names.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Offer>) -> Result<()> {
    actor.may(Permission::OffersWrite)?;
    let tx = app.store.begin().await?;
    let offer = store::offers::find(&tx, id).await?.ok_or(AppError::NotFound("offer"))?;
    let rules = app.running.rules();
    let names_it = |funnel: &&store::funnels::Funnel| funnel.doc.ladder.iter().any(|rung| rung.offer == offer.doc.slug);
    if let Some(funnel) = rules.funnels.iter().find(names_it) {
        let detail = format!("the ladder of the funnel {} names this offer: take it off there first", funnel.doc.id);
        return Err(AppError::conflict("on_ladder", detail));
    }
    store::offers::delete(&tx, id).await?;
    audit::record(app, &tx, actor, "offer.delete", id, audited(&offer)).await?;
    tx.commit().await?;
    Ok(())
}

fn audited(offer: &Offer) -> Value {
    serde_json::json!({"slug": offer.doc.slug, "price": offer.doc.price.to_string(), "published": offer.is_published})
}

fn refuse_findings(doc: &OfferDoc) -> Result<()> {
    let problem = |finding: funnel::page::Finding| {
        FieldProblem::new(format!("document.{}", finding.path), "offer", finding.message)
    };
    let problems: Vec<FieldProblem> = offer::check(doc).into_iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

async fn refuse_taken_slug(tx: &store::Tx, slug: &str, own: Option<Id<id::Offer>>) -> Result<()> {
    match store::offers::find_by_slug(tx, slug).await? {
        Some(other) if Some(other.id) != own => {
            Err(AppError::invalid("document.slug", "taken", "another offer has this address already"))
        }
        _ => Ok(()),
    }
}
