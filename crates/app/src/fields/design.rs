//! Defining fields: adding, renaming, ordering, archiving, and who may use them.

use base::{Id, Timestamp, id};
use funnel::field::{self, Choice, Definition, FieldKind};
use funnel::localized::Localized;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::fields::{Access, Field};
use store::records::{self, Table};

use super::{Entity, Fields, full_name};
use crate::permission::{self, Permission, Role};
use crate::{Actor, App, AppError, FieldProblem, Result, audit, records as lists};

/// The most fields of one entity, archived ones too: each may have an index.
pub const FIELDS_MAX: usize = 100;

/// Which fields.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FieldQuery {
    /// `contact` (when absent), `company` or `deal`.
    #[serde(default)]
    #[param(required = false)]
    pub entity: Entity,
}

/// A field as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Field)]
pub struct FieldView {
    pub id: Id<id::Field>,
    pub entity: Entity,
    #[serde(flatten)]
    pub definition: Definition,
    /// No longer in use: its values stay and are not shown.
    pub is_archived: bool,
    /// Whether your role may change its values.
    pub is_fixed: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Which roles may do less with a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldAccess)]
pub struct AccessView {
    /// A built-in field such as `email`, or `fields.KEY`.
    pub field: String,
    /// Roles that do not see it.
    #[serde(default)]
    pub hidden_from: Vec<Role>,
    /// Roles that see it and cannot change it.
    #[serde(default)]
    pub fixed_for: Vec<Role>,
}

/// The fields of an entity that your role sees.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldList {
    /// In their order, archived ones too.
    pub items: Vec<FieldView>,
    /// Which roles may do less with which field; only for those who may change it.
    pub access: Vec<AccessView>,
    /// Built-in fields that roles can be kept from.
    pub closable: Vec<&'static str>,
    /// Built-in fields that your role does not see.
    pub hidden: Vec<String>,
    /// Built-in fields that your role cannot change.
    pub fixed: Vec<String>,
}

/// A field to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct NewField {
    pub entity: Entity,
    #[serde(flatten)]
    pub definition: Definition,
}

/// What may be changed about a field; what is absent stays. Values stay as they are in any case.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FieldChange {
    pub label: Option<Localized>,
    pub help: Option<Localized>,
    pub group: Option<Localized>,
    pub choices: Option<Vec<Choice>>,
    pub is_required: Option<bool>,
    /// Take out of use, or into use again.
    pub is_archived: Option<bool>,
}

/// The fields of an entity in a new order.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldOrder {
    pub entity: Entity,
    /// Every field, archived ones too.
    pub ids: Vec<Id<id::Field>>,
}

/// The fields of an entity.
pub async fn list(app: &App, actor: &Actor, query: FieldQuery) -> Result<FieldList> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, query.entity).await?;
    let is_seen = |field: &&Field| !fields.is_hidden(&full_name(&field.definition.key));
    let items = fields.all.iter().filter(is_seen).map(|field| view(field.clone(), query.entity, &fields)).collect();
    let access = match actor.may(Permission::SettingsWrite) {
        Ok(()) => store::fields::access(conn, query.entity.as_str()).await?.into_iter().map(access_view).collect(),
        Err(_) => Vec::new(),
    };
    let closable = query.entity.closable();
    let those = |is_so: &dyn Fn(&str) -> bool| {
        closable.iter().filter(|name| is_so(name)).map(|name| (*name).to_owned()).collect()
    };
    Ok(FieldList {
        items,
        access,
        closable: closable.to_vec(),
        hidden: those(&|name| fields.is_hidden(name)),
        fixed: those(&|name| fields.is_fixed(name)),
    })
}

fn view(field: Field, entity: Entity, fields: &Fields) -> FieldView {
    FieldView {
        id: field.id,
        entity,
        is_fixed: fields.is_fixed(&full_name(&field.definition.key)),
        definition: field.definition,
        is_archived: field.is_archived,
        created_at: field.created_at,
        updated_at: field.updated_at,
    }
}

fn access_view(access: Access) -> AccessView {
    let roles = |names: &[String]| names.iter().filter_map(|name| permission::role(name).ok()).collect();
    let (hidden_from, fixed_for) = (roles(&access.hidden_from), roles(&access.fixed_for));
    AccessView { field: access.field, hidden_from, fixed_for }
}

fn refuse_problems(definition: &Definition) -> Result<()> {
    let problem = |one: field::Problem| FieldProblem::new(one.field, one.code, one.message);
    let problems: Vec<FieldProblem> = definition.problems().into_iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(AppError::Invalid(problems)) }
}

/// Define a field.
pub async fn create(app: &App, actor: &Actor, request: NewField) -> Result<FieldView> {
    actor.may(Permission::SettingsWrite)?;
    let entity = request.entity;
    let tx = app.store.begin().await?;
    let field = define(app, &tx, actor, request).await?;
    tx.commit().await?;
    let fields = Fields::load(app.store.reader(), actor, entity).await?;
    Ok(view(field, entity, &fields))
}

/// Define a field in a transaction that does more.
pub(crate) async fn define(app: &App, tx: &Tx, actor: &Actor, request: NewField) -> Result<Field> {
    actor.may(Permission::SettingsWrite)?;
    let NewField { entity, definition } = request;
    refuse_problems(&definition)?;
    let there = store::fields::list(tx, entity.as_str()).await?;
    if there.len() >= FIELDS_MAX {
        let detail = format!("there are {FIELDS_MAX} fields already: use an archived one again");
        return Err(AppError::conflict("too_many_fields", detail));
    }
    if there.iter().any(|field| field.definition.key == definition.key) {
        return Err(AppError::invalid("key", "taken", "there is a field with this key, perhaps an archived one"));
    }
    let field = Field {
        id: app.new_id(),
        entity: entity.as_str().to_owned(),
        definition,
        position: i64::try_from(there.len()).unwrap_or(0),
        is_archived: false,
        created_at: app.now(),
        updated_at: app.now(),
    };
    store::fields::insert(tx, &field).await?;
    make_fast(tx, entity, &field).await?;
    let detail = json!({"before": {}, "after": {"entity": entity, "definition": field.definition}});
    audit::record(app, tx, actor, "field.create", field.id, detail).await?;
    Ok(field)
}

/// Lists by the field find their rows in an index.
async fn make_fast(tx: &Tx, entity: Entity, field: &Field) -> Result<()> {
    let table = match entity {
        Entity::Contact => Table::Contacts,
        Entity::Company => Table::Companies,
        // Deals have lists of their own.
        Entity::Deal => return Ok(()),
    };
    if matches!(field.definition.kind, FieldKind::LongText | FieldKind::Choices) {
        return Ok(());
    }
    let column = lists::custom_column(entity, &field.definition);
    Ok(records::index(tx, table, &column, &field.id.to_string()).await?)
}

/// Change a field. Its key and type never change: values are kept by the one in the form of the other.
pub async fn update(app: &App, actor: &Actor, id: Id<id::Field>, change: FieldChange) -> Result<FieldView> {
    actor.may(Permission::SettingsWrite)?;
    let tx = app.store.begin().await?;
    let mut field = store::fields::find(&tx, id).await?.ok_or(AppError::NotFound("field"))?;
    let before = field.clone();
    let definition = &mut field.definition;
    definition.label = change.label.unwrap_or_else(|| definition.label.clone());
    definition.help = change.help.unwrap_or_else(|| definition.help.clone());
    definition.group = change.group.unwrap_or_else(|| definition.group.clone());
    definition.choices = change.choices.unwrap_or_else(|| definition.choices.clone());
    definition.is_required = change.is_required.unwrap_or(definition.is_required);
    field.is_archived = change.is_archived.unwrap_or(field.is_archived);
    refuse_problems(&field.definition)?;
    if field != before {
        field.updated_at = app.now();
        store::fields::update(&tx, &field).await?;
        let state = |field: &Field| json!({"definition": field.definition, "is_archived": field.is_archived});
        let detail = json!({"before": state(&before), "after": state(&field)});
        audit::record(app, &tx, actor, "field.update", id, detail).await?;
    }
    tx.commit().await?;
    let entity = entity_of(&field)?;
    let fields = Fields::load(app.store.reader(), actor, entity).await?;
    Ok(view(field, entity, &fields))
}

fn entity_of(field: &Field) -> Result<Entity> {
    let all = [Entity::Contact, Entity::Company, Entity::Deal];
    let found = all.into_iter().find(|entity| entity.as_str() == field.entity);
    found.ok_or_else(|| AppError::Internal(format!("the field {} belongs to no entity", field.id)))
}

/// Put the fields of an entity in another order.
pub async fn reorder(app: &App, actor: &Actor, order: FieldOrder) -> Result<FieldList> {
    actor.may(Permission::SettingsWrite)?;
    let tx = app.store.begin().await?;
    let fields = store::fields::list(&tx, order.entity.as_str()).await?;
    let mut wanted = order.ids.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let is_complete = wanted.len() == order.ids.len()
        && wanted.len() == fields.len()
        && fields.iter().all(|field| wanted.binary_search(&field.id).is_ok());
    if !is_complete {
        return Err(AppError::invalid(
            "ids",
            "incomplete",
            "name every field once; load the list again, it has changed",
        ));
    }
    let keys = |ids: Vec<&Field>| ids.iter().map(|field| field.definition.key.clone()).collect::<Vec<_>>();
    let before = keys(fields.iter().collect());
    let mut sorted: Vec<&Field> = Vec::with_capacity(fields.len());
    for (position, id) in (0i64..).zip(&order.ids) {
        let Some(field) = fields.iter().find(|field| field.id == *id) else { continue };
        sorted.push(field);
        if field.position != position {
            store::fields::update(&tx, &Field { position, ..field.clone() }).await?;
        }
    }
    let detail = json!({"before": {"order": before}, "after": {"order": keys(sorted)}});
    audit::record(app, &tx, actor, "field.reorder", order.entity.as_str(), detail).await?;
    tx.commit().await?;
    list(app, actor, FieldQuery { entity: order.entity }).await
}

/// Say which roles may do less with a field of an entity than with its records.
pub async fn set_access(app: &App, actor: &Actor, entity: Entity, access: AccessView) -> Result<FieldList> {
    actor.may(Permission::SettingsWrite)?;
    let tx = app.store.begin().await?;
    let fields = store::fields::list(&tx, entity.as_str()).await?;
    let is_custom = fields.iter().any(|field| full_name(&field.definition.key) == access.field);
    if !is_custom && !entity.closable().contains(&access.field.as_str()) {
        let message = format!("choose one of {}, or fields.KEY", entity.closable().join(", "));
        return Err(AppError::invalid("field", "unknown", message));
    }
    for (name, roles) in [("hidden_from", &access.hidden_from), ("fixed_for", &access.fixed_for)] {
        if roles.iter().any(|role| matches!(role, Role::Owner | Role::Admin)) {
            return Err(AppError::invalid(name, "role", "owner and admin see and change everything"));
        }
    }
    let before = store::fields::access(&tx, entity.as_str()).await?;
    let before = before.into_iter().find(|one| one.field == access.field).map(access_view);
    let names = |roles: &[Role]| roles.iter().map(|role| role.as_str().to_owned()).collect();
    let row = Access {
        field: access.field.clone(),
        hidden_from: names(&access.hidden_from),
        fixed_for: names(&access.fixed_for),
    };
    store::fields::set_access(&tx, entity.as_str(), &row).await?;
    let subject = format!("{}.{}", entity.as_str(), access.field);
    let detail = json!({"before": before, "after": access});
    audit::record(app, &tx, actor, "field.access", subject, detail).await?;
    tx.commit().await?;
    list(app, actor, FieldQuery { entity }).await
}
