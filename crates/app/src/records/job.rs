//! Carrying out an edit of many records, a batch in a transaction: a crash loses none and repeats none.

use base::{Id, id};
use funnel::field::Writing;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Tx;
use store::bulk::{BulkEdit, Change, State};
use store::jobs::Job;
use store::records::{Cursor, Order};
use uuid::Uuid;

use super::bulk::{BulkAction, BulkRequest, chosen, is_removal, parse_change};
use super::{Record, difference};
use crate::fields::{Entity, Fields};
use crate::jobs::{self, JobError};
use crate::{Actor, App, AppError, Result, Who, audit, permission};

/// The kind of the job.
pub const KIND: &str = "bulk_edit";
/// Records of one transaction.
const BATCH: u64 = 200;
/// Batches of one job; then it enqueues itself again, so that mail and imports get their turn.
const BATCHES_PER_JOB: usize = 20;
/// How long an edit can be taken back, ms.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

/// What the job is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) id: Id<id::BulkEdit>,
}

/// The entity of an edit.
pub(super) fn entity_of(edit: &BulkEdit) -> Result<Entity> {
    match edit.entity.as_str() {
        "contact" => Ok(Entity::Contact),
        "company" => Ok(Entity::Company),
        other => Err(AppError::Internal(format!("an edit is of {other}"))),
    }
}

/// Carry out a job of [`KIND`].
pub(crate) async fn run(app: &App, job: &Job) -> Result<(), JobError> {
    let payload: Payload = serde_json::from_value(job.payload.clone())
        .map_err(|error| JobError::Dead(format!("the job does not say what to do: {error}")))?;
    let found = store::bulk::find(app.store.reader(), payload.id).await.map_err(AppError::from)?;
    let edit = found.ok_or_else(|| JobError::Dead("the edit is gone".to_owned()))?;
    let done = match entity_of(&edit)? {
        Entity::Company => batches::<store::companies::Company>(app, edit.id).await,
        _ => batches::<store::contacts::Contact>(app, edit.id).await,
    };
    match done {
        // Something about the request no longer holds, such as a field that was archived meanwhile.
        Err(error @ (AppError::Invalid(_) | AppError::Forbidden(_))) => {
            give_up(app, edit.id).await?;
            Err(JobError::Dead(error.to_string()))
        }
        other => Ok(other?),
    }
}

async fn give_up(app: &App, id: Id<id::BulkEdit>) -> Result<()> {
    let tx = app.store.begin().await?;
    if let Some(mut edit) = store::bulk::find_for_update(&tx, id).await? {
        (edit.state, edit.finished_at) = (State::Failed, Some(app.now()));
        store::bulk::update(&tx, &edit).await?;
    }
    Ok(tx.commit().await?)
}

async fn batches<R: Record>(app: &App, id: Id<id::BulkEdit>) -> Result<()> {
    for _ in 0..BATCHES_PER_JOB {
        let tx = app.store.begin().await?;
        let edit = store::bulk::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("edit"))?;
        let is_over = match edit.state {
            State::Running => forward::<R>(app, &tx, edit).await?,
            State::Undoing => back::<R>(app, &tx, edit).await?,
            _ => true,
        };
        tx.commit().await?;
        if is_over {
            return Ok(());
        }
    }
    let tx = app.store.begin().await?;
    jobs::enqueue(app, &tx, KIND, Payload { id }).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(())
}

/// Whoever asked, in the role of then.
fn actor_of(edit: &BulkEdit) -> Result<Actor> {
    let role = permission::role(&edit.role).map_err(|_| AppError::Forbidden("contacts.write"))?;
    let user = edit.actor.parse().map(Who::User);
    let who = user.or_else(|_| edit.actor.parse().map(Who::Key)).unwrap_or(Who::System);
    Ok(Actor { who, role: Some(role) })
}

/// One batch. Answers whether that was the last.
async fn forward<R: Record>(app: &App, tx: &Tx, mut edit: BulkEdit) -> Result<bool> {
    let actor = actor_of(&edit)?;
    let request: BulkRequest =
        serde_json::from_value(edit.request.clone()).map_err(|error| AppError::Internal(error.to_string()))?;
    let fields = Fields::load(tx, &actor, R::ENTITY).await?;
    let predicate = chosen::<R>(app, &actor, &fields, &request)?;
    let after = edit.after_id.map(|id| Cursor { key: None, id });
    let page = store::records::ids(tx, R::TABLE, &predicate, &Order::BY_ID, after, BATCH).await?;
    let records = R::load(tx, &page.items).await?;
    let mut changes = Vec::with_capacity(records.len());
    for before in records {
        edit.done += 1;
        match one::<R>(app, tx, &fields, &before, &request.action).await {
            Ok(Some(after)) => {
                edit.changed += 1;
                let (was, is) = difference(&before.flat(), &after);
                let action = format!("{}.{}", edit.entity, if is_removal(&edit) { "delete" } else { "update" });
                let detail = json!({"before": was, "after": is, "bulk": edit.id});
                audit::record(app, tx, &actor, &action, before.id_text(), detail).await?;
                if !is_removal(&edit) {
                    changes.push(Change { record_id: before.uuid(), before: was.into(), after: is.into() });
                }
            }
            Ok(None) => {}
            Err(AppError::Invalid(_) | AppError::Conflict { .. } | AppError::NotFound(_)) => edit.refused += 1,
            Err(error) => return Err(error),
        }
    }
    store::bulk::insert_changes(tx, edit.id, &changes).await?;
    edit.after_id = page.items.last().copied().or(edit.after_id);
    let is_over = page.next_cursor.is_none();
    if is_over {
        (edit.state, edit.finished_at) = (State::Done, Some(app.now()));
    }
    store::bulk::update(tx, &edit).await?;
    Ok(is_over)
}

/// Change one record; its state after, or none when nothing changed.
async fn one<R: Record>(
    app: &App,
    tx: &Tx,
    fields: &Fields,
    before: &R,
    action: &BulkAction,
) -> Result<Option<Map<String, Value>>> {
    let mut after = before.clone();
    match action {
        BulkAction::Remove(_) => {
            R::remove(tx, before.uuid()).await?;
            return Ok(Some(Map::new()));
        }
        BulkAction::Set(set) => after.apply(parse_change::<R>(set)?, fields, Writing::Change)?,
        BulkAction::AddTags(tags) | BulkAction::RemoveTags(tags) => {
            let mut kept = before.tags().to_vec();
            kept.retain(|tag| !tags.contains(tag));
            if matches!(action, BulkAction::AddTags(_)) {
                kept.extend(tags.iter().cloned());
            }
            let kept = super::checked_tags(&kept);
            after.set_tags(kept.map_err(|problem| AppError::Invalid(vec![problem]))?);
        }
    }
    if after == *before {
        return Ok(None);
    }
    after.touched(app.now());
    after.save(tx, before).await?;
    Ok(Some(after.flat()))
}

/// One batch of taking back. Answers whether that was the last.
async fn back<R: Record>(app: &App, tx: &Tx, mut edit: BulkEdit) -> Result<bool> {
    let actor = actor_of(&edit)?;
    // What was there may come back, also where a field has changed its rules since.
    let fields = Fields::load(tx, &Actor::SYSTEM, R::ENTITY).await?;
    let changes = store::bulk::changes(tx, edit.id, edit.after_id, BATCH).await?;
    let ids: Vec<Uuid> = changes.iter().map(|change| change.record_id).collect();
    let records = R::load(tx, &ids).await?;
    for change in &changes {
        let Some(before) = records.iter().find(|record| record.uuid() == change.record_id) else { continue };
        let now = before.flat();
        let as_left = |(name, value): (&String, &Value)| now.get(name).unwrap_or(&Value::Null) == value;
        // Whoever changed it since meant it.
        if !change.after.as_object().is_some_and(|after| after.iter().all(as_left)) {
            continue;
        }
        let mut after = before.clone();
        let given_back = parse_change::<R>(&unflat::<R>(change.before.as_object()))?;
        if after.apply(given_back, &fields, Writing::Change).is_err() {
            continue;
        }
        after.touched(app.now());
        after.save(tx, before).await?;
        edit.done += 1;
        let (was, is) = difference(&now, &after.flat());
        let detail = json!({"before": was, "after": is, "bulk_undo": edit.id});
        audit::record(app, tx, &actor, &format!("{}.update", edit.entity), before.id_text(), detail).await?;
    }
    edit.after_id = ids.last().copied().or(edit.after_id);
    let is_over = (changes.len() as u64) < BATCH;
    if is_over {
        (edit.state, edit.finished_at) = (State::Undone, Some(app.now()));
    }
    store::bulk::update(tx, &edit).await?;
    Ok(is_over)
}

/// A flat state as a change of the API has it.
fn unflat<R: Record>(flat: Option<&Map<String, Value>>) -> Map<String, Value> {
    let (mut change, mut values) = (Map::new(), Map::new());
    for (name, value) in flat.into_iter().flatten() {
        match name.strip_prefix("fields.") {
            Some(key) => values.insert(key.to_owned(), value.clone()),
            None => change.insert(name.clone(), value.clone()),
        };
    }
    if !values.is_empty() {
        change.insert(R::ENTITY.values_name().to_owned(), Value::Object(values));
    }
    change
}

/// Forget edits that are too old to be taken back.
pub(crate) async fn tidy(app: &App) -> Result<()> {
    let tx = app.store.begin().await?;
    store::bulk::delete_before(&tx, app.now().plus_ms(-KEPT_MS)).await?;
    Ok(tx.commit().await?)
}
