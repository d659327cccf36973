//! Lists with their filter, order and columns under a name: own ones, and those that all share.

#[cfg(test)]
mod tests;

use base::{Id, Timestamp, id};
use funnel::condition::Condition;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::views::View;

use crate::fields::Entity;
use crate::permission::Permission;
use crate::records::FILTER_BYTES_MAX;
use crate::{Actor, App, AppError, Result, audit};

/// The most views of one user.
pub const VIEWS_MAX: u64 = 200;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Most columns.
pub const COLUMNS_MAX: usize = 60;

/// What a list shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ViewDefinition {
    /// Words that must be there.
    pub q: Option<String>,
    /// What must be so.
    pub filter: Option<Condition>,
    /// The field to order by, with a minus before it for the other way round.
    pub sort: Option<String>,
    /// The columns in their order; those that every list begins with when absent.
    pub columns: Option<Vec<String>>,
}

/// A view as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = View)]
pub struct ViewView {
    pub id: Id<id::View>,
    pub entity: Entity,
    pub name: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// Whether you saved it, and so may change it.
    pub is_own: bool,
    pub definition: ViewDefinition,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A view to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    pub entity: Entity,
    pub name: String,
    /// Whether everybody sees it: for those who may change contacts.
    #[serde(default)]
    pub is_shared: bool,
    #[serde(default)]
    pub definition: ViewDefinition,
}

/// What may be changed about a view; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ViewChange {
    pub name: Option<String>,
    pub is_shared: Option<bool>,
    pub definition: Option<ViewDefinition>,
}

/// Which views.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ViewQuery {
    /// `contact` (when absent) or `company`.
    #[serde(default)]
    #[param(required = false)]
    pub entity: Entity,
}

/// The views of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ViewList {
    pub items: Vec<ViewView>,
}

fn shown(actor: &Actor, view: View) -> Result<ViewView> {
    let entity = match view.entity.as_str() {
        "contact" => Entity::Contact,
        "company" => Entity::Company,
        _ => Entity::Deal,
    };
    // Written by this program or an earlier one; what it does not know any more is told, not guessed.
    let definition = serde_json::from_value(view.definition)
        .map_err(|error| AppError::Internal(format!("the view {} cannot be read: {error}", view.id)))?;
    Ok(ViewView {
        id: view.id,
        entity,
        name: view.name,
        is_shared: view.is_shared,
        is_own: actor.user_id() == Some(view.owner_id),
        definition,
        created_at: view.created_at,
        updated_at: view.updated_at,
    })
}

/// The views of a list that you see: those that all share, and your own.
pub async fn list(app: &App, actor: &Actor, query: ViewQuery) -> Result<ViewList> {
    actor.may(Permission::ContactsRead)?;
    let views = store::views::list(app.store.reader(), query.entity.as_str(), actor.user_id()).await?;
    let items = views.into_iter().map(|view| shown(actor, view)).collect::<Result<Vec<_>>>()?;
    Ok(ViewList { items })
}

fn refuse_problems(view: &View, definition: &ViewDefinition) -> Result<()> {
    let chars = view.name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || view.name.chars().any(char::is_control) {
        return Err(AppError::invalid("name", "length", format!("write a name of 1 to {NAME_CHARS_MAX} characters")));
    }
    let columns = definition.columns.as_deref().unwrap_or_default();
    let is_long = columns.len() > COLUMNS_MAX || columns.iter().any(|column| column.len() > NAME_CHARS_MAX);
    if is_long || view.definition.to_string().len() > FILTER_BYTES_MAX {
        return Err(AppError::invalid("definition", "too_long", "save a list with fewer columns and conditions"));
    }
    Ok(())
}

fn written(definition: &ViewDefinition) -> Result<serde_json::Value> {
    serde_json::to_value(definition).map_err(|error| AppError::Internal(error.to_string()))
}

/// Save a list under a name.
pub async fn create(app: &App, actor: &Actor, request: NewView) -> Result<ViewView> {
    actor.may(Permission::ContactsRead)?;
    if request.is_shared {
        actor.may(Permission::ContactsWrite)?;
    }
    let owner_id =
        actor.user_id().ok_or_else(|| AppError::conflict("no_user", "views belong to users, not to keys"))?;
    let view = View {
        id: app.new_id(),
        entity: request.entity.as_str().to_owned(),
        name: request.name.trim().to_owned(),
        owner_id,
        is_shared: request.is_shared,
        definition: written(&request.definition)?,
        created_at: app.now(),
        updated_at: app.now(),
    };
    refuse_problems(&view, &request.definition)?;
    let tx = app.store.begin().await?;
    if store::views::count(&tx, owner_id).await? >= VIEWS_MAX {
        return Err(AppError::conflict("too_many_views", format!("you have {VIEWS_MAX} views: remove one first")));
    }
    store::views::insert(&tx, &view).await?;
    audit::record(app, &tx, actor, "view.create", view.id, json!({"before": {}, "after": state(&view)})).await?;
    tx.commit().await?;
    shown(actor, view)
}

fn state(view: &View) -> serde_json::Value {
    json!({"name": view.name, "is_shared": view.is_shared, "definition": view.definition})
}

/// The view, if the actor may change it: whoever saved it, and of shared ones those who do everything.
async fn changeable(tx: &store::Tx, actor: &Actor, id: Id<id::View>) -> Result<View> {
    let view = store::views::find(tx, id, actor.user_id()).await?.ok_or(AppError::NotFound("view"))?;
    if actor.user_id() != Some(view.owner_id) {
        actor.may(Permission::Operate)?;
    }
    Ok(view)
}

/// Change a view.
pub async fn update(app: &App, actor: &Actor, id: Id<id::View>, change: ViewChange) -> Result<ViewView> {
    actor.may(Permission::ContactsRead)?;
    if change.is_shared == Some(true) {
        actor.may(Permission::ContactsWrite)?;
    }
    let tx = app.store.begin().await?;
    let before = changeable(&tx, actor, id).await?;
    let mut view = before.clone();
    view.name = change.name.map_or(view.name, |name| name.trim().to_owned());
    view.is_shared = change.is_shared.unwrap_or(view.is_shared);
    if let Some(definition) = &change.definition {
        view.definition = written(definition)?;
    }
    refuse_problems(&view, &change.definition.unwrap_or_default())?;
    if view != before {
        view.updated_at = app.now();
        store::views::update(&tx, &view).await?;
        let detail = json!({"before": state(&before), "after": state(&view)});
        audit::record(app, &tx, actor, "view.update", id, detail).await?;
    }
    tx.commit().await?;
    shown(actor, view)
}

/// Remove a view.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::View>) -> Result<()> {
    actor.may(Permission::ContactsRead)?;
    let tx = app.store.begin().await?;
    let view = changeable(&tx, actor, id).await?;
    store::views::delete(&tx, id).await?;
    audit::record(app, &tx, actor, "view.delete", id, json!({"before": state(&view), "after": {}})).await?;
    tx.commit().await?;
    Ok(())
}
