//! Making two contacts one, with nothing lost, and parting them again.
//!
//! The event log joins the two by an event that it can take back: undoing takes it back, and the log derives who is
//! who from what is left. What happened to the joined contact in between stays with the one that was kept.

use std::collections::BTreeSet;

use base::{Id, Timestamp, id};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::StoreError;
use store::merges::{Merge, Record, Row};
use store::segments::Inherited;

use super::PART_JOB;
use crate::facts::{self, Fact};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, audit, consent, jobs, permission::Permission};

/// How long a merge can be undone, ms.
pub const MERGE_UNDO_MS: i64 = 30 * 24 * 3600 * 1000;
/// Among what was moved: the segments that somebody chose for the merged contact, and those new to the kept one.
const SEGMENTS: &str = "segment_members";
const NEW_SEGMENTS: &str = "segment_members.new";
/// Merges in one answer.
const MERGES_SHOWN: u64 = 100;

/// Columns that no one chooses: they follow from the others.
const NOT_CHOSEN: [&str; 8] =
    ["id", "is_email_verified", "tags", "traits", "search", "source", "created_at", "updated_at"];

/// Which contact comes in, and what is taken from it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The contact that is no longer there afterwards.
    pub other_id: Id<id::Contact>,
    /// Fields that are taken from it: `email`, `first_name`, `phone`, ... What the kept contact does not have is taken
    /// anyway; addresses and numbers that are not taken stay among its facts.
    #[serde(default)]
    pub take: Vec<String>,
}

/// A merge as the API shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MergeView {
    /// Its id.
    pub id: Id<id::Merge>,
    /// The contact that holds everything now.
    pub kept_id: Id<id::Contact>,
    /// The contact that it was.
    pub merged_id: Id<id::Contact>,
    /// What that one was called.
    pub merged_name: String,
    /// The id of a user or key.
    pub merged_by: String,
    pub merged_at: Timestamp,
    /// Until when it can be undone.
    pub undo_until: Timestamp,
    /// When it was undone.
    #[schema(required)]
    pub undone_at: Option<Timestamp>,
}

/// Merges, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MergeList {
    pub items: Vec<MergeView>,
}

impl From<Merge> for MergeView {
    fn from(merge: Merge) -> Self {
        Self {
            id: merge.id,
            kept_id: merge.kept_id,
            merged_id: merge.merged_id,
            merged_name: merge.merged_name,
            merged_by: merge.merged_by,
            merged_at: merge.merged_at,
            undo_until: merge.merged_at.plus_ms(MERGE_UNDO_MS),
            undone_at: merge.undone_at,
        }
    }
}

/// The merges that can still be undone, and those that were.
pub async fn list(app: &App, actor: &Actor, kept: Option<Id<id::Contact>>) -> Result<MergeList> {
    actor.may(Permission::ContactsRead)?;
    let since = app.now().plus_ms(-MERGE_UNDO_MS);
    let list = store::merges::list(app.store.reader(), kept, since, MERGES_SHOWN).await?;
    let is_nameless = Fields::load(app.store.reader(), actor, Entity::Contact).await?.is_hidden("name");
    let mut items: Vec<MergeView> = list.into_iter().map(MergeView::from).collect();
    items.iter_mut().filter(|_| is_nameless).for_each(|merge| merge.merged_name.clear());
    Ok(MergeList { items })
}

/// Make two contacts one.
pub async fn merge(app: &App, actor: &Actor, kept_id: Id<id::Contact>, request: MergeRequest) -> Result<MergeView> {
    actor.may(Permission::ContactsDelete)?;
    let other_id = request.other_id;
    if other_id == kept_id {
        return Err(AppError::invalid("other_id", "same", "choose another contact: this is the same one"));
    }
    let tx = app.store.begin().await?;
    let fields = Fields::load(&tx, actor, Entity::Contact).await?;
    fields.refuse_closed(request.take.iter().map(String::as_str), [])?;
    let kept_before = store::merges::row(&tx, kept_id).await?.ok_or(AppError::NotFound("contact"))?;
    let unknown = || AppError::invalid("other_id", "unknown", "there is no such contact any more: load the list again");
    let merged = store::merges::row(&tx, other_id).await?.ok_or_else(unknown)?;
    let mut kept_after = combine(&kept_before, &merged, &request.take)?;
    kept_after.insert("updated_at".to_owned(), app.now().ms().into());
    let id: Id<id::Merge> = app.new_id();
    let kept = store::merges::contact(&kept_after)?;
    consent::keep_stricter(app, &tx, &kept, other_id, &id.to_string()).await?;
    let pairs = store::duplicates::of_contact(&tx, other_id).await?;
    let mut moved = store::merges::move_all(&tx, other_id, kept_id).await?;
    let inherited = store::segments::inherit(&tx, other_id, kept_id, app.now()).await?;
    moved.insert(SEGMENTS.to_owned(), inherited.all);
    moved.insert(NEW_SEGMENTS.to_owned(), inherited.new);
    store::contacts::delete(&tx, other_id).await?;
    store::contacts::update(&tx, &kept).await?;
    // As it was stored, with what the database derives.
    let kept_after = store::merges::row(&tx, kept_id).await?.ok_or(AppError::NotFound("contact"))?;
    let merged_name = store::merges::contact(&merged)?.display_name();
    let merge = Merge {
        id,
        kept_id,
        merged_id: other_id,
        merged_name,
        record: Record { kept_before, kept_after, merged, moved, pairs },
        merged_by: actor.audit_name(),
        merged_at: app.now(),
        undone_by: String::new(),
        undone_at: None,
    };
    store::merges::insert(&tx, &merge).await?;
    let fact = Fact::new("Contacts Merged", app.now(), &PersonKey::contact(&kept_id));
    let fact = fact.merging(&PersonKey::contact(&other_id)).with("merge", id.to_string()).from_source(id);
    facts::record(app, &tx, fact).await?;
    let detail = json!({ "merge": id, "other": other_id, "take": request.take });
    audit::record(app, &tx, actor, "contact.merge", kept_id, detail).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    Ok(merge.into())
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        _ => false,
    }
}

/// The row of the joined contact: what was chosen, else what the kept one has, else what the other has.
fn combine(kept: &Row, other: &Row, take: &[String]) -> Result<Row> {
    let may_take = |name: &String| kept.contains_key(name) && !NOT_CHOSEN.contains(&name.as_str());
    if let Some(wrong) = take.iter().find(|name| !may_take(name)) {
        let message = format!("{wrong} is no field that can be chosen");
        return Err(AppError::invalid("take", "unknown", message));
    }
    let mut row = kept.clone();
    for (name, theirs) in other.iter().filter(|(name, _)| !NOT_CHOSEN.contains(&name.as_str())) {
        let is_chosen = take.contains(name) && !is_empty(Some(theirs));
        if is_chosen || is_empty(kept.get(name)) {
            row.insert(name.clone(), theirs.clone());
        }
    }
    if !take.iter().any(|name| name == "company_id") {
        // Which company it is goes with what it was called.
        let has_their_company = !is_empty(row.get("company")) && row.get("company") != kept.get("company");
        let is_other_company = !is_empty(kept.get("company")) && kept.get("company") != other.get("company");
        if has_their_company || is_other_company {
            let company_of = if has_their_company { other } else { kept };
            row.insert("company_id".to_owned(), company_of.get("company_id").cloned().unwrap_or_default());
        }
    }
    let earlier = if created_at(other) < created_at(kept) { other } else { kept };
    // Where somebody came from first is where the earlier contact came from.
    if !is_empty(earlier.get("channel")) {
        row.insert("channel".to_owned(), earlier["channel"].clone());
    }
    row.insert("created_at".to_owned(), created_at(earlier).into());
    let has_their_address = !is_empty(row.get("email")) && row.get("email") != kept.get("email");
    let address_of = if has_their_address { other } else { kept };
    row.insert("is_email_verified".to_owned(), address_of["is_email_verified"].clone());
    row.insert("tags".to_owned(), union(&kept["tags"], &other["tags"]));
    let traits = combine_traits(&row, kept, other, address_of);
    row.insert("traits".to_owned(), traits);
    Ok(row)
}

fn created_at(row: &Row) -> i64 {
    row.get("created_at").and_then(Value::as_i64).unwrap_or(i64::MAX)
}

/// Every text of two lists once, sorted.
fn union(left: &Value, right: &Value) -> Value {
    let texts = [left, right].into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    json!(texts.collect::<BTreeSet<&str>>())
}

/// The facts of both; those of the kept contact win. Addresses and numbers that are not its own any more are kept
/// here, so that nothing is lost.
fn combine_traits(row: &Row, kept: &Row, other: &Row, address_of: &Row) -> Value {
    let map = |row: &Row| row.get("traits").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut traits = map(other);
    traits.extend(map(kept));
    traits.remove(consent::BOUNCES_TRAIT);
    if let Some(bounces) = map(address_of).remove(consent::BOUNCES_TRAIT) {
        traits.insert(consent::BOUNCES_TRAIT.to_owned(), bounces);
    }
    for (name, list) in [("email", "other_emails"), ("phone", "other_phones")] {
        let own = row.get(name);
        let known = |row: &Row| map(row).remove(list).unwrap_or_default();
        let mut values = union(&known(kept), &known(other));
        let unused: Vec<Value> = [kept, other]
            .into_iter()
            .filter_map(|row| row.get(name))
            .filter(|value| !is_empty(Some(value)) && Some(*value) != own)
            .cloned()
            .collect();
        values = union(&values, &Value::Array(unused));
        if !is_empty(Some(&values)) {
            traits.insert(list.to_owned(), values);
        }
    }
    Value::Object(traits)
}

/// Part two contacts that were made one.
pub async fn undo(app: &App, actor: &Actor, id: Id<id::Merge>) -> Result<MergeView> {
    actor.may(Permission::ContactsDelete)?;
    let tx = app.store.begin().await?;
    let mut merge = store::merges::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("merge"))?;
    refuse_late(app, &tx, &merge).await?;
    let Record { kept_before, kept_after, merged, moved, pairs } = &merge.record;
    let now = store::merges::row(&tx, merge.kept_id).await?.ok_or(AppError::NotFound("contact"))?;
    store::merges::write_row(&tx, &parted(&now, kept_before, kept_after)).await.map_err(taken)?;
    store::merges::insert_row(&tx, merged).await.map_err(taken)?;
    store::merges::delete_consents(&tx, id).await?;
    store::merges::move_back(&tx, moved, merge.kept_id, merge.merged_id).await?;
    let ids = |name: &str| moved.get(name).cloned().unwrap_or_default();
    let inherited = Inherited { all: ids(SEGMENTS), new: ids(NEW_SEGMENTS) };
    store::segments::give_back(&tx, &inherited, merge.kept_id, merge.merged_id, app.now()).await?;
    store::duplicates::restore(&tx, pairs).await?;
    merge.undone_by = actor.audit_name();
    merge.undone_at = Some(app.now());
    store::merges::set_undone(&tx, id, &merge.undone_by, app.now()).await?;
    audit::record(app, &tx, actor, "contact.part", merge.kept_id, json!({ "merge": id, "other": merge.merged_id }))
        .await?;
    jobs::enqueue(app, &tx, PART_JOB, json!({ "merge": id })).await?;
    tx.commit().await?;
    part_in_log(app, id).await?;
    app.bell.ring();
    Ok(merge.into())
}

/// Why a merge cannot be undone, if so.
async fn refuse_late(app: &App, tx: &store::Tx, merge: &Merge) -> Result<()> {
    if merge.undone_at.is_some() {
        return Err(AppError::conflict("undone", "this merge is undone already"));
    }
    if merge.merged_at.plus_ms(MERGE_UNDO_MS) < app.now() {
        return Err(AppError::conflict("too_late", "a merge can be undone for 30 days"));
    }
    let later = store::merges::list(tx, Some(merge.kept_id), merge.merged_at, MERGES_SHOWN).await?;
    if let Some(later) = later.iter().find(|later| later.id > merge.id && later.undone_at.is_none()) {
        let detail = format!("{} was merged into the same contact later: undo that first", later.merged_name);
        return Err(AppError::conflict("merged_again", detail));
    }
    Ok(())
}

/// The kept contact as it was; a field that somebody has changed since stays as they wrote it.
fn parted(now: &Row, before: &Row, after: &Row) -> Row {
    let field = |(name, value): (&String, &Value)| {
        let is_untouched = after.get(name) == Some(value);
        let back = before.get(name).filter(|_| is_untouched).unwrap_or(value);
        (name.clone(), back.clone())
    };
    now.iter().map(field).collect()
}

fn taken(error: StoreError) -> AppError {
    match error {
        StoreError::Taken(_) => AppError::conflict(
            "email_taken",
            "the address of the other contact belongs to somebody else by now: change it there, then undo again",
        ),
        error => error.into(),
    }
}

/// Part the two in the event log. Done twice, it does nothing the second time.
pub(crate) async fn part_in_log(app: &App, id: Id<id::Merge>) -> Result<()> {
    facts::relay(app).await?;
    app.log.retract(&id.to_string()).await?;
    Ok(())
}

/// Forget what it takes to undo merges that are too old for it.
pub async fn tidy(app: &App) -> Result<()> {
    let tx = app.store.begin().await?;
    store::merges::delete_before(&tx, app.now().plus_ms(-MERGE_UNDO_MS)).await?;
    Ok(tx.commit().await?)
}
