//! Contacts that look like one person: finding them, showing them side by side, and what somebody says about them.
//!
//! What makes two alike is `search::duplicates`. All contacts are compared once a day and when somebody asks, by
//! sorting what they have in common: a million takes seconds, and nothing has to be kept beside each contact.

mod merge;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use base::{Id, Timestamp, id};
use search::duplicates::{Person, Reason, compare, keys};
use serde::{Deserialize, Serialize};
use store::duplicates::{Compared, Counts, Pair};
use uuid::Uuid;

use crate::contacts::{self, ContactView};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, audit, jobs, permission::Permission};

pub use merge::{MERGE_UNDO_MS, MergeList, MergeRequest, MergeView, list as merges, merge, tidy, undo};

/// Compares all contacts.
pub const LOOK_JOB: &str = "duplicates.look";
/// Parts two contacts in the event log whose merge was undone.
pub const PART_JOB: &str = "duplicates.part";
/// Pairs on one page.
const PAIRS_SHOWN: u64 = 50;
/// Pairs that one look writes down: the most alike.
const PAIRS_MAX: usize = 20_000;
/// Contacts that may share a key: beyond, it is a switchboard or an address that everybody gives.
const SHARED_MAX: usize = 20;
/// Contacts read at once.
const BATCH: u64 = 5_000;
/// Contacts read again by id at once.
const CHUNK: usize = 500;

/// Two contacts that look like one person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateView {
    /// The one that was made first.
    pub left: DuplicateSide,
    /// The other one.
    pub right: DuplicateSide,
    /// How alike they are, to 100.
    pub points: i64,
    /// Why, each with its points.
    pub reasons: Vec<DuplicateReason>,
}

/// One of the two.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateSide {
    /// The contact.
    pub contact: ContactView,
    /// Deals it has.
    pub deals: u64,
    /// Orders it has.
    pub orders: u64,
    /// Messages it got.
    pub messages: u64,
}

/// One thing that speaks for a pair, or against it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateReason {
    /// `same_mailbox`, `same_phone`, `same_phone_once_without_country`, `same_name`, `similar_name`, `same_company`,
    /// `same_mail_domain` or `other_name`.
    pub reason: String,
    /// What it weighs; below 0 it speaks against the pair.
    pub points: i16,
}

/// Pairs to be decided.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateList {
    /// The most alike, at most 50.
    pub items: Vec<DuplicateView>,
    /// How many there are in all.
    pub total: u64,
    /// When all contacts were last compared.
    #[schema(required)]
    pub looked_at: Option<Timestamp>,
}

/// Two contacts.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DuplicatePair {
    pub left_id: Id<id::Contact>,
    pub right_id: Id<id::Contact>,
}

/// The setting that says when all contacts were last compared.
const LOOKED_AT: &str = "duplicates_looked_at";

/// Pairs that nobody has decided.
pub async fn list(app: &App, actor: &Actor) -> Result<DuplicateList> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let pairs = store::duplicates::open(conn, PAIRS_SHOWN).await?;
    Ok(DuplicateList {
        items: views(app, actor, pairs).await?,
        total: store::duplicates::count_open(conn).await?,
        looked_at: store::settings::find(conn, LOOKED_AT).await?,
    })
}

/// Pairs that nobody has decided and that a contact is in.
pub async fn of_contact(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<DuplicateList> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let mut pairs = store::duplicates::of_contact(conn, id).await?;
    pairs.retain(|pair| !pair.is_refused);
    let total = pairs.len() as u64;
    pairs.truncate(PAIRS_SHOWN as usize);
    Ok(DuplicateList {
        items: views(app, actor, pairs).await?,
        total,
        looked_at: store::settings::find(conn, LOOKED_AT).await?,
    })
}

async fn views(app: &App, actor: &Actor, pairs: Vec<Pair>) -> Result<Vec<DuplicateView>> {
    let ids: Vec<Id<id::Contact>> = pairs.iter().flat_map(|pair| [pair.left_id, pair.right_id]).collect();
    let conn = app.store.reader();
    let contacts = store::contacts::find_many(conn, &ids).await?;
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let contacts = contacts::views(conn, contacts, &fields).await?;
    let contacts: HashMap<_, _> = contacts.into_iter().map(|contact| (contact.id, contact)).collect();
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let counts = store::duplicates::counts(conn, &uuids).await?;
    let side = |id: Id<id::Contact>| {
        let Counts { deals, orders, messages } = counts.get(&id.uuid()).copied().unwrap_or_default();
        Some(DuplicateSide { contact: contacts.get(&id)?.clone(), deals, orders, messages })
    };
    let view = |pair: Pair| {
        let points = |reason: &str| Reason::ALL.iter().find(|known| known.as_str() == reason).map_or(0, |r| r.points());
        let reasons = pair.reasons.into_iter().map(|reason| DuplicateReason { points: points(&reason), reason });
        let reasons = reasons.collect();
        Some(DuplicateView { left: side(pair.left_id)?, right: side(pair.right_id)?, points: pair.points, reasons })
    };
    Ok(pairs.into_iter().filter_map(view).collect())
}

/// Say that two contacts are two people; they are not shown as one again.
pub async fn refuse(app: &App, actor: &Actor, pair: DuplicatePair) -> Result<()> {
    actor.may(Permission::ContactsDelete)?;
    set_refused(app, actor, pair, true).await
}

/// Take that back.
pub async fn reconsider(app: &App, actor: &Actor, pair: DuplicatePair) -> Result<()> {
    actor.may(Permission::ContactsDelete)?;
    set_refused(app, actor, pair, false).await
}

async fn set_refused(app: &App, actor: &Actor, pair: DuplicatePair, is_refused: bool) -> Result<()> {
    let (left, right) = (pair.left_id.min(pair.right_id), pair.left_id.max(pair.right_id));
    let tx = app.store.begin().await?;
    let pairs = store::duplicates::of_contact(&tx, left).await?;
    let found = pairs.into_iter().find(|pair| pair.left_id == left && pair.right_id == right);
    let mut pair = found.ok_or(AppError::NotFound("pair of contacts that look alike"))?;
    pair.is_refused = is_refused;
    pair.refused_by = if is_refused { actor.audit_name() } else { String::new() };
    pair.refused_at = is_refused.then(|| app.now());
    store::duplicates::update(&tx, &pair).await?;
    let action = if is_refused { "duplicates.refuse" } else { "duplicates.reconsider" };
    audit::record(app, &tx, actor, action, left, serde_json::json!({ "other": right })).await?;
    Ok(tx.commit().await?)
}

/// Compare all contacts now, in the background.
pub async fn look(app: &App, actor: &Actor) -> Result<()> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    // Asked for twice within a minute is asked for once.
    let minute = app.now().ms() / 60_000;
    let key = format!("{LOOK_JOB}-{minute}");
    jobs::enqueue_at(app, &tx, LOOK_JOB, serde_json::Value::Null, app.now(), Some(key)).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(())
}

/// Part two contacts in the event log, when the undoing of their merge was interrupted before.
pub(crate) async fn part_job(app: &App, payload: &serde_json::Value) -> Result<(), jobs::JobError> {
    let id = payload["merge"].as_str().and_then(|text| text.parse().ok());
    let id = id.ok_or_else(|| jobs::JobError::Dead("the job names no merge".to_owned()))?;
    Ok(merge::part_in_log(app, id).await?)
}

/// Compare all contacts and write down which look alike.
pub(crate) async fn compare_all(app: &App) -> Result<()> {
    let began = app.now();
    let candidates = candidates(app).await?;
    let mut found = Vec::new();
    for chunk in candidates.chunks(CHUNK / 2) {
        found.extend(weigh(app, chunk, began).await?);
        if found.len() > 2 * PAIRS_MAX {
            keep_best(&mut found);
        }
    }
    keep_best(&mut found);
    let tx = app.store.begin().await?;
    for chunk in found.chunks(CHUNK) {
        store::duplicates::save(&tx, chunk).await?;
    }
    store::duplicates::delete_stale(&tx, began).await?;
    store::settings::save(&tx, LOOKED_AT, &began, began).await?;
    Ok(tx.commit().await?)
}

fn keep_best(pairs: &mut Vec<Pair>) {
    pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.points), pair.left_id, pair.right_id));
    pairs.truncate(PAIRS_MAX);
}

/// Pairs that share a key, the lower id first, each once.
async fn candidates(app: &App) -> Result<Vec<(Uuid, Uuid)>> {
    let mut ids: Vec<Uuid> = Vec::new();
    let mut shared: Vec<(u64, u32)> = Vec::new();
    loop {
        let after = ids.last().copied().unwrap_or_default();
        let batch = store::duplicates::after(app.store.reader(), after, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for one in batch {
            let place = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            ids.push(one.id);
            shared.extend(keys(&person(one)).into_iter().map(|key| (key, place)));
        }
    }
    shared.sort_unstable();
    let mut pairs = HashSet::new();
    for group in shared.chunk_by(|a, b| a.0 == b.0).filter(|group| (2..=SHARED_MAX).contains(&group.len())) {
        for (place, (_, left)) in group.iter().enumerate() {
            pairs.extend(group[place + 1..].iter().map(|(_, right)| (*left, *right)));
        }
    }
    let mut pairs: Vec<(u32, u32)> = pairs.into_iter().collect();
    pairs.sort_unstable();
    Ok(pairs.into_iter().map(|(left, right)| (ids[left as usize], ids[right as usize])).collect())
}

/// The pairs of those that are alike enough.
async fn weigh(app: &App, pairs: &[(Uuid, Uuid)], found_at: Timestamp) -> Result<Vec<Pair>> {
    let mut ids: Vec<Uuid> = pairs.iter().flat_map(|(left, right)| [*left, *right]).collect();
    ids.sort_unstable();
    ids.dedup();
    let compared = store::duplicates::of(app.store.reader(), &ids).await?;
    let people: HashMap<Uuid, Person> = compared.into_iter().map(|one| (one.id, person(one))).collect();
    let pair = |(left, right): &(Uuid, Uuid)| {
        let likeness = compare(people.get(left)?, people.get(right)?)?;
        Some(Pair {
            left_id: Id::from_uuid(*left),
            right_id: Id::from_uuid(*right),
            points: i64::from(likeness.points),
            reasons: likeness.reasons.iter().map(|reason| reason.as_str().to_owned()).collect(),
            found_at,
            is_refused: false,
            refused_by: String::new(),
            refused_at: None,
        })
    };
    Ok(pairs.iter().filter_map(pair).collect())
}

fn person(one: Compared) -> Person {
    let Compared { first_name, last_name, email, phone, company, .. } = one;
    Person { first_name, last_name, email, phone, company }
}
