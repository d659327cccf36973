//! Finding anything by its name, also a misspelt one.
//!
//! The index lies in memory (`search::Index`), made from the database at each start and kept up by the list of changes
//! that the database itself writes ([`store::search`]). So it is the same on both databases and in every program on
//! one, a crash between a change and the index loses nothing, and who was erased is in no file of it. What is found
//! is read again from the database, in the scope of whoever asks.

mod candidates;
mod closed;
mod feed;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use base::{Id, Locale, id};
use funnel::localized::Localized;
use search::{Found, Owned, Query};
use serde::{Deserialize, Serialize};
use store::deals::Scope;
use store::search::{NOUNS, Texts};

use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, deals, permission::Permission};

pub(crate) use candidates::{narrowed, narrowed_deals};
pub use feed::{SearchIndex, catch_up, forget, keep_up, tidy};

/// Longest text that is looked for, in characters.
pub const TEXT_CHARS_MAX: usize = 200;
/// Things of one noun in an answer when nobody asks for another number, and at most.
const LIMIT_DEFAULT: u64 = 5;
const LIMIT_MAX: u64 = 50;

/// The kinds of things that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchNoun {
    Contact,
    Deal,
    Order,
    Page,
    Offer,
}

/// What may be seen by whom, in the order of [`NOUNS`].
const PERMISSIONS: [(SearchNoun, Permission); NOUNS.len()] = [
    (SearchNoun::Contact, Permission::ContactsRead),
    (SearchNoun::Deal, Permission::DealsRead),
    (SearchNoun::Order, Permission::OrdersRead),
    (SearchNoun::Page, Permission::PagesRead),
    (SearchNoun::Offer, Permission::OffersRead),
];

impl SearchNoun {
    /// The id as the API writes it.
    fn written(self, uuid: uuid::Uuid) -> String {
        match self {
            Self::Contact => Id::<id::Contact>::from_uuid(uuid).to_string(),
            Self::Deal => Id::<id::Deal>::from_uuid(uuid).to_string(),
            Self::Order => Id::<id::Order>::from_uuid(uuid).to_string(),
            Self::Page => Id::<id::Page>::from_uuid(uuid).to_string(),
            Self::Offer => Id::<id::Offer>::from_uuid(uuid).to_string(),
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct SearchQuery {
    /// Words of a name, a part of an address, a phone number; mistakes are forgiven.
    pub q: String,
    /// Things of each noun: 1 to 50, 5 when absent.
    pub limit: Option<u64>,
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchAnswer {
    /// By noun, the nouns with the best find first; without those of which nothing was found.
    pub groups: Vec<SearchGroup>,
    /// False while the index is being made after a start: there may be more.
    pub is_complete: bool,
}

/// The finds of one noun.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchGroup {
    /// What they are.
    pub noun: SearchNoun,
    /// The best ones first; of those that fit alike the newest.
    pub items: Vec<SearchHit>,
    /// How many there are in all.
    pub total: u64,
}

/// A thing that was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchHit {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Vec<SearchPiece>,
    /// What tells it from another of the same name.
    pub detail: Vec<SearchPiece>,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SearchPiece {
    /// The letters.
    pub text: String,
    /// Whether they are why it was found.
    pub is_match: bool,
}

/// Find things by their names.
pub async fn search(app: &App, actor: &Actor, query: SearchQuery) -> Result<SearchAnswer> {
    // Every role finds what it may see: none of the nouns is asked for by those who may not.
    actor.may(Permission::SettingsRead)?;
    if query.q.chars().count() > TEXT_CHARS_MAX {
        return Err(AppError::invalid("q", "too_long", format!("look for at most {TEXT_CHARS_MAX} characters")));
    }
    let limit = match query.limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => limit as usize,
        _ => return Err(AppError::invalid("limit", "range", format!("ask for 1 to {LIMIT_MAX}"))),
    };
    catch_up(app).await?;
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let indexed = |(noun, permission): &(SearchNoun, Permission)| match closed::is_closed(&fields, *noun) {
        true => Owned::Hidden,
        false => seen_by(actor, *noun, *permission),
    };
    let owned: Vec<Owned> = PERMISSIONS.iter().map(indexed).collect();
    let index = app.search.index.clone();
    let text = query.q.clone();
    let (asked, found) = in_background(move || {
        let asked = Query::new(&text);
        let found = index.find(&asked, &owned, limit);
        if found.iter().all(|(_, count)| *count == 0) {
            let asked = Query::of_words(&text);
            let found = index.find(&asked, &owned, limit);
            return (asked, found);
        }
        (asked, found)
    })
    .await?;
    let locale = app.company().default_locale();
    let mut groups: Vec<(u8, SearchGroup)> = Vec::new();
    for (place, (list, total)) in found.into_iter().enumerate() {
        let Some(best) = list.first().map(|found| found.score) else { continue };
        let noun = PERMISSIONS[place].0;
        let items = hits(app, actor, place, &list, &asked, &locale).await?;
        if !items.is_empty() {
            groups.push((best, SearchGroup { noun, total: (total as u64).max(items.len() as u64), items }));
        }
    }
    // Behind the others: there is no telling how well these fit.
    groups.extend(closed::groups(app, actor, &fields, &query.q, limit, &asked).await?.into_iter().map(|one| (0, one)));
    groups.sort_by_key(|(best, _)| std::cmp::Reverse(*best));
    let groups = groups.into_iter().map(|(_, group)| group).collect();
    Ok(SearchAnswer { groups, is_complete: app.search.is_complete() })
}

/// Whose things of a noun an actor may see.
fn seen_by(actor: &Actor, noun: SearchNoun, permission: Permission) -> Owned {
    if actor.may(permission).is_err() {
        return Owned::Hidden;
    }
    match (noun, deals::scope(actor)) {
        (SearchNoun::Deal, Scope::Own(user)) => Owned::By(user.uuid()),
        (SearchNoun::Deal, Scope::Nothing) => Owned::Hidden,
        _ => Owned::ByAll,
    }
}

/// What was found as it is in the database now: what is gone or went to somebody else is not shown.
async fn hits(
    app: &App,
    actor: &Actor,
    place: usize,
    found: &[Found],
    asked: &Query,
    locale: &Locale,
) -> Result<Vec<SearchHit>> {
    let (noun, permission) = PERMISSIONS[place];
    let ids: Vec<uuid::Uuid> = found.iter().map(|found| found.id).collect();
    let texts = NOUNS[place].of(app.store.reader(), &ids).await?;
    let mut texts: HashMap<uuid::Uuid, Texts> = texts.into_iter().map(|texts| (texts.id, texts)).collect();
    let owned = seen_by(actor, noun, permission);
    let is_seen = |texts: &Texts| match owned {
        Owned::By(user) => texts.owner == Some(user),
        _ => true,
    };
    let hit = |texts: Texts| SearchHit {
        id: noun.written(texts.id),
        title: pieces(asked, &localized(noun, texts.title, locale)),
        detail: pieces(asked, &texts.detail),
    };
    Ok(ids.iter().filter_map(|id| texts.remove(id)).filter(is_seen).map(hit).collect())
}

fn pieces(asked: &Query, text: &str) -> Vec<SearchPiece> {
    let list = search::pieces(text.trim(), |word| asked.means(word));
    list.into_iter().map(|piece| SearchPiece { text: piece.text, is_match: piece.is_match }).collect()
}

/// The name of an offer may be one for each language.
fn localized(noun: SearchNoun, title: String, locale: &Locale) -> String {
    if noun != SearchNoun::Offer {
        return title;
    }
    serde_json::from_str::<Localized>(&title).map(|name| name.get(locale).to_owned()).unwrap_or(title)
}

/// Work that takes the processor for milliseconds, away from the tasks that wait for others.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(format!("a search failed: {error}")))
}
