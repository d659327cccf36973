//! What became of a funnel: what differs between its versions, in words, the way back to one of them, and its text.

use base::{Id, Locale, id};
use funnel::diff::{self, Difference, Plan};
use funnel::document::{FunnelDoc, rewrite};
use serde::{Deserialize, Serialize};

use super::{FunnelChange, FunnelView, drafts, facts};
use crate::{Actor, App, AppError, Result, deals::OpenDeals, permission::Permission};

/// One difference, in words too.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = ToldFunnelDifference)]
pub struct Told {
    /// The difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// Where: `Stage Interest › Target › Goes on`.
    pub place: String,
    /// What became of it: `10 % → 12 %`.
    pub told: String,
}

/// What differs between two states of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FunnelComparison)]
pub struct Comparison {
    /// The version before; 0 when there was none.
    pub from: i64,
    /// The version after; null for the draft.
    #[schema(required)]
    pub to: Option<i64>,
    /// In the order of the document; empty when they are equal.
    pub items: Vec<Told>,
}

/// The way back to a version.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = FunnelReversion)]
#[serde(deny_unknown_fields)]
pub struct Reversion {
    /// The version to go back to; it becomes a new one.
    pub version: i64,
    /// The version that runs now: refused when somebody has published another one since.
    #[serde(default)]
    pub base_version: Option<i64>,
    /// Why.
    #[serde(default)]
    pub message: String,
    /// What happens to the deals there are: they follow the new version when absent.
    #[serde(default)]
    pub deals: OpenDeals,
}

/// What differs between two versions, or between a version and the draft.
pub async fn compare(
    app: &App,
    actor: &Actor,
    id: Id<id::Funnel>,
    from: Option<i64>,
    to: Option<i64>,
    locale: &Locale,
) -> Result<Comparison> {
    actor.may(Permission::FunnelsRead)?;
    let from = from.or_else(|| Some(facts::running(app, id)?.version)).unwrap_or(0);
    let before = if from == 0 { None } else { Some(version(app, id, from).await?.doc) };
    let after = match to {
        Some(to) => version(app, id, to).await?.doc,
        None => drafts::get(app, actor, id).await?.document,
    };
    let before = before.unwrap_or_else(|| FunnelDoc { stages: Vec::new(), ..after.clone() });
    Ok(Comparison { from, to, items: tell(&before, &after, locale) })
}

/// The differences between two documents, in words.
pub fn tell(before: &FunnelDoc, after: &FunnelDoc, locale: &Locale) -> Vec<Told> {
    let told = |difference: Difference| {
        let words = diff::tell(&difference, before, after, locale);
        Told { difference, place: words.place, told: words.told }
    };
    diff::diff(before, after).into_iter().map(told).collect()
}

async fn version(app: &App, id: Id<id::Funnel>, number: i64) -> Result<store::funnels::Version> {
    let found = store::funnels::version(app.store.reader(), id, number).await?;
    found.ok_or(AppError::NotFound("version of the funnel"))
}

/// Let an earlier version run again, as a new one.
pub async fn revert(app: &App, actor: &Actor, id: Id<id::Funnel>, request: Reversion) -> Result<FunnelView> {
    actor.may(Permission::FunnelsWrite)?;
    let version = version(app, id, request.version).await?;
    let change = FunnelChange {
        document: version.doc,
        base_version: request.base_version,
        message: request.message,
        source: Some(version.source).filter(|source| !source.is_empty()),
        deals: request.deals,
    };
    super::publish(app, actor, id, change).await
}

/// A version of a funnel as YAML, with the comments it was written with; the one that runs when none is named.
pub async fn yaml(app: &App, actor: &Actor, id: Id<id::Funnel>, number: Option<i64>) -> Result<String> {
    actor.may(Permission::FunnelsRead)?;
    let funnel = facts::running(app, id).ok_or(AppError::NotFound("funnel"))?;
    let version = version(app, id, number.unwrap_or(funnel.version)).await?;
    Ok(rewrite(&version.source, &version.doc).text)
}

/// What publishing a document would do, to be shown before it is done.
pub async fn plan(app: &App, actor: &Actor, wanted: &FunnelDoc) -> Result<Plan> {
    actor.may(Permission::FunnelsRead)?;
    let running = store::funnels::find_by_slug(app.store.reader(), &wanted.id).await?;
    Ok(diff::plan(running.as_ref().map(|funnel| &funnel.doc), wanted))
}

/// What applying a document would change in the funnel that runs, in words; nothing when there is none.
pub async fn of_running(app: &App, actor: &Actor, wanted: &FunnelDoc, locale: &Locale) -> Result<Vec<Told>> {
    actor.may(Permission::FunnelsRead)?;
    let running = store::funnels::find_by_slug(app.store.reader(), &wanted.id).await?;
    Ok(running.map(|funnel| tell(&funnel.doc, wanted, locale)).unwrap_or_default())
}

/// Let a document run, as a further version of the funnel of its id or as a new funnel. The same document again changes
/// nothing.
pub async fn apply(app: &App, actor: &Actor, doc: FunnelDoc, source: String, message: String) -> Result<FunnelView> {
    actor.may(Permission::FunnelsWrite)?;
    match store::funnels::find_by_slug(app.store.reader(), &doc.id).await? {
        Some(funnel) => {
            let base_version = Some(funnel.version);
            let change = FunnelChange {
                document: doc,
                base_version,
                message,
                source: Some(source),
                deals: OpenDeals::default(),
            };
            super::publish(app, actor, funnel.id, change).await
        }
        None => super::create_as(app, actor, app.new_id(), doc, &message, &source).await,
    }
}
