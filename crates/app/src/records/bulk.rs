//! Edits of many records at once: asked for here, carried out by [`super::job`].

use base::{Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::bulk::{BulkEdit, State};
use store::records::{Order, Predicate};
use uuid::Uuid;

use super::{Record, Selection, job, predicate, refuse_closed};
use crate::fields::{Entity, Fields};
use crate::permission::Permission;
use crate::{Actor, App, AppError, Result, audit, jobs};

/// Most records that are named one by one.
pub const IDS_MAX: usize = 1_000;
/// Most records of one edit.
pub const RECORDS_MAX: u64 = 2_000_000;
/// Edits under way at once.
const AT_ONCE_MAX: u64 = 5;
/// How long a removal waits before it begins, ms: until then it can be called off. What is removed is gone.
pub const REMOVAL_WAITS_MS: i64 = 30_000;

/// What is done with each record: one of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// Change fields: a body of `PATCH` for one record, without what must differ between records.
    #[schema(value_type = Object)]
    Set(Map<String, Value>),
    /// Add tags.
    AddTags(Vec<String>),
    /// Take tags away.
    RemoveTags(Vec<String>),
    /// Remove the record: `{"remove": true}`. Begins after 30 seconds, in which it can be called off.
    Remove(bool),
}

/// An edit of many records: those named, or all that a list shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// The records; all of the selection when absent.
    #[serde(default)]
    pub ids: Option<Vec<String>>,
    /// What the list shows.
    #[serde(default)]
    pub selection: Selection,
    pub action: BulkAction,
}

/// How far an edit of many records has come.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = BulkEdit)]
pub struct BulkEditView {
    pub id: Id<id::BulkEdit>,
    pub entity: Entity,
    #[schema(schema_with = crate::schema::bulk_state)]
    pub state: &'static str,
    /// Records that it is for.
    pub total: u64,
    /// Records that were looked at; while it is taken back, those still as the edit left them.
    pub done: u64,
    /// Records that were changed.
    pub changed: u64,
    /// Records that could not be changed, such as contacts with orders, which cannot be removed.
    pub refused: u64,
    /// Whether it can be taken back or called off now.
    pub can_undo: bool,
    pub created_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
}

pub(super) fn view(app: &App, entity: Entity, edit: &BulkEdit) -> BulkEditView {
    let is_removal = is_removal(edit);
    let can_undo = match edit.state {
        State::Done => !is_removal,
        State::Running => is_removal && edit.done == 0 && app.now() < edit.created_at.plus_ms(REMOVAL_WAITS_MS),
        _ => false,
    };
    BulkEditView {
        id: edit.id,
        entity,
        state: edit.state.as_str(),
        total: edit.total,
        done: edit.done,
        changed: edit.changed,
        refused: edit.refused,
        can_undo,
        created_at: edit.created_at,
        finished_at: edit.finished_at,
    }
}

pub(super) fn is_removal(edit: &BulkEdit) -> bool {
    edit.request["action"].get("remove").is_some()
}

/// Which records a request names.
pub(super) fn chosen<R: Record>(app: &App, actor: &Actor, fields: &Fields, request: &BulkRequest) -> Result<Predicate> {
    let mut all = vec![predicate::<R>(app, actor, fields, &request.selection)?];
    if let Some(ids) = &request.ids {
        if ids.is_empty() || ids.len() > IDS_MAX {
            return Err(AppError::invalid("ids", "count", format!("name 1 to {IDS_MAX} records, or none for all")));
        }
        let bad = |text: &String| AppError::invalid("ids", "id", format!("{text} is no id of this list"));
        let parse = |text: &String| record_id(R::ENTITY, text).ok_or_else(|| bad(text));
        all.push(Predicate::Ids(ids.iter().map(parse).collect::<Result<Vec<_>>>()?));
    }
    Ok(Predicate::All(all))
}

fn record_id(entity: Entity, text: &str) -> Option<Uuid> {
    match entity {
        Entity::Contact => text.parse::<Id<id::Contact>>().ok().map(Id::uuid),
        Entity::Company => text.parse::<Id<id::Company>>().ok().map(Id::uuid),
        Entity::Deal => text.parse::<Id<id::Deal>>().ok().map(Id::uuid),
    }
}

/// Begin an edit of many records.
pub async fn start(app: &App, actor: &Actor, entity: Entity, request: BulkRequest) -> Result<BulkEditView> {
    let is_removal = matches!(request.action, BulkAction::Remove(_));
    actor.may(if is_removal { Permission::ContactsDelete } else { Permission::ContactsWrite })?;
    match entity {
        Entity::Contact => begin::<store::contacts::Contact>(app, actor, request).await,
        Entity::Company => begin::<store::companies::Company>(app, actor, request).await,
        Entity::Deal => Err(AppError::NotFound("edit of many deals")),
    }
}

async fn begin<R: Record>(app: &App, actor: &Actor, request: BulkRequest) -> Result<BulkEditView> {
    let fields = Fields::load(app.store.reader(), actor, R::ENTITY).await?;
    let predicate = chosen::<R>(app, actor, &fields, &request)?;
    refuse_action::<R>(app, actor, &fields, &request.action).await?;
    let most = RECORDS_MAX + 1;
    let total = store::records::count_to(app.store.reader(), R::TABLE, &predicate, most).await?;
    if total > RECORDS_MAX {
        return Err(AppError::invalid(
            "selection",
            "too_many",
            format!("change at most {RECORDS_MAX} records at once"),
        ));
    }
    let tx = app.store.begin().await?;
    if store::bulk::running(&tx).await? >= AT_ONCE_MAX {
        return Err(AppError::conflict("busy", "other edits of many records are under way: wait until one is done"));
    }
    let edit = BulkEdit {
        id: app.new_id(),
        entity: R::ENTITY.as_str().to_owned(),
        request: serde_json::to_value(&request).map_err(|error| AppError::Internal(error.to_string()))?,
        state: State::Running,
        after_id: None,
        total,
        done: 0,
        changed: 0,
        refused: 0,
        actor: actor.audit_name(),
        role: actor.role.map(|role| role.as_str().to_owned()).unwrap_or_default(),
        created_at: app.now(),
        finished_at: None,
    };
    store::bulk::insert(&tx, &edit).await?;
    let waits = if is_removal(&edit) { REMOVAL_WAITS_MS } else { 0 };
    jobs::enqueue_at(app, &tx, job::KIND, job::Payload { id: edit.id }, app.now().plus_ms(waits), None).await?;
    let action = format!("{}.bulk", edit.entity);
    audit::record(app, &tx, actor, &action, edit.id, json!({"request": edit.request, "total": total})).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(view(app, R::ENTITY, &edit))
}

/// What is wrong with an action, told before anything is changed.
async fn refuse_action<R: Record>(app: &App, actor: &Actor, fields: &Fields, action: &BulkAction) -> Result<()> {
    let within = |error: AppError, name: &str| match error {
        AppError::Invalid(mut problems) => {
            for problem in &mut problems {
                problem.field = format!("action.{name}.{}", problem.field);
            }
            AppError::Invalid(problems)
        }
        other => other,
    };
    match action {
        BulkAction::Set(set) => {
            if set.is_empty() || set.contains_key("email") {
                return Err(AppError::invalid(
                    "action.set",
                    "fields",
                    "name what to change; addresses are of one contact each",
                ));
            }
            let change = parse_change::<R>(set)?;
            refuse_closed::<R>(fields, &change).map_err(|error| within(error, "set"))?;
            // What is wrong for every record is told now; tried on one, and nothing is kept.
            let conn = app.store.reader();
            let any = store::records::ids(conn, R::TABLE, &Predicate::EVERYTHING, &Order::BY_ID, None, 1).await?;
            if let Some(mut one) = R::load(conn, &any.items).await?.pop() {
                let before = one.clone();
                one.apply(change, fields, funnel::field::Writing::Change).map_err(|error| within(error, "set"))?;
                let tx = app.store.begin().await?;
                one.save(&tx, &before).await.map_err(|error| within(error, "set"))?;
            }
            Ok(())
        }
        BulkAction::AddTags(tags) | BulkAction::RemoveTags(tags) => {
            fields.refuse_closed(["tags"], [])?;
            let tags = super::checked_tags(tags).map_err(|one| AppError::Invalid(vec![one]))?;
            if tags.is_empty() { Err(AppError::invalid("action", "tags", "name a tag")) } else { Ok(()) }
        }
        BulkAction::Remove(true) => actor.may(Permission::ContactsDelete),
        BulkAction::Remove(false) => Err(AppError::invalid("action.remove", "false", "write true, or another action")),
    }
}

pub(super) fn parse_change<R: Record>(set: &Map<String, Value>) -> Result<R::Change> {
    let parsed = serde_json::from_value(Value::Object(set.clone()));
    parsed.map_err(|error| AppError::invalid("action.set", "shape", error.to_string()))
}

/// How far an edit has come.
pub async fn get(app: &App, actor: &Actor, id: Id<id::BulkEdit>) -> Result<BulkEditView> {
    actor.may(Permission::ContactsRead)?;
    let edit = store::bulk::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("edit"))?;
    Ok(view(app, job::entity_of(&edit)?, &edit))
}

/// Take an edit back: each record that is still as the edit left it gets back what it had. A removal that has not begun
/// is called off.
pub async fn call_off_or_undo(app: &App, actor: &Actor, id: Id<id::BulkEdit>) -> Result<BulkEditView> {
    actor.may(Permission::ContactsWrite)?;
    let tx = app.store.begin().await?;
    let mut edit = store::bulk::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("edit"))?;
    let entity = job::entity_of(&edit)?;
    if edit.actor != actor.audit_name() {
        // Others' edits are for those who may do everything.
        actor.may(Permission::Operate)?;
    }
    if !view(app, entity, &edit).can_undo {
        let detail = "this cannot be taken back now: it is under way, or was a removal, or is taken back already";
        return Err(AppError::conflict("not_undoable", detail));
    }
    edit.after_id = None;
    if edit.state == State::Running {
        edit.state = State::CalledOff;
        edit.finished_at = Some(app.now());
    } else {
        (edit.state, edit.finished_at, edit.done) = (State::Undoing, None, 0);
        jobs::enqueue(app, &tx, job::KIND, job::Payload { id }).await?;
    }
    store::bulk::update(&tx, &edit).await?;
    audit::record(app, &tx, actor, &format!("{}.bulk_undo", edit.entity), id, Value::Null).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(view(app, entity, &edit))
}
