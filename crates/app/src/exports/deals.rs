//! Deals as a file: exactly those that their list shows, in its order, with whom they are and where they stand.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Locale, Money, id};
use funnel::field::FieldKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::contacts::Contact;
use store::deals::{Cursor, Deal, Filter, Sorted};
use store::users::User;

use super::records::{COLUMNS_MAX, Column, READ_AT_ONCE, SHEET_ROWS_MAX, cell, money, refuse_long_sheet, write_down};
use super::stream::{CellRows, Pages, Streamed, stream};
use super::{Cell, ExportColumn, Format};
use crate::deals::{self, DealQuery};
use crate::fields::{Entity, Fields};
use crate::funnels::Rules;
use crate::permission::Permission;
use crate::{Actor, App, AppError, Result, contacts};

/// What a file of deals may tell beside the company's own fields: the name of a column, and the field of the contact
/// that it shows, if it shows one. `value` becomes two columns, the amount and its currency.
pub const DEAL_COLUMNS: [(&str, Option<&str>); 17] = [
    ("id", None),
    ("title", None),
    ("contact", None),
    ("contact_email", Some("email")),
    ("pipeline", None),
    ("stage", None),
    ("status", None),
    ("value", None),
    ("discount", None),
    ("owner", None),
    ("channel", None),
    ("reason", None),
    ("created_at", None),
    ("stage_entered_at", None),
    ("updated_at", None),
    ("closed_at", None),
    ("contact_id", None),
];

/// Which deals, in the words of their list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DealSelection {
    /// A funnel, `fun_…`.
    pub funnel: Option<Id<id::Funnel>>,
    /// The id of a stage.
    pub stage: Option<String>,
    /// A user, `usr_…`; `me`; or `none` for deals that nobody works on.
    pub owner: Option<String>,
    /// `open`, `won` or `lost`.
    pub status: Option<String>,
    /// A contact, `ctc_…`.
    pub contact: Option<Id<id::Contact>>,
    /// A channel.
    pub channel: Option<String>,
    /// Words of the title.
    pub q: Option<String>,
}

/// A list of deals that shall be a file.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealExportRequest {
    #[serde(default)]
    pub selection: DealSelection,
    /// As in the list.
    #[serde(default)]
    #[schema(schema_with = crate::schema::deal_sort)]
    pub sort: Option<String>,
    /// `id`, `title`, `contact`, `contact_email`, `pipeline`, `stage`, `status`, `value`, `discount`, `owner`, `channel`,
    /// `reason`, `created_at`, `stage_entered_at`, `updated_at`, `closed_at`, `contact_id`, or `fields.KEY`. All that your
    /// role sees when absent, without fields that nobody has defined and no gate asks for.
    #[serde(default)]
    #[schema(default = json!([]))]
    pub columns: Vec<ExportColumn>,
    pub format: Format,
    /// Of a CSV: whether it begins with a byte order mark, without which Excel takes it for another encoding.
    #[serde(default)]
    #[schema(default = json!(false))]
    pub byte_order_mark: bool,
    /// What the file is called, without its ending.
    #[serde(default)]
    pub name: Option<String>,
    /// The language of the names of funnels and stages; the company's when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub locale: Option<Locale>,
}

/// A list of deals as a file. A rep takes out the own ones. Who took it out is written down.
pub async fn deals(app: &Arc<App>, actor: &Actor, request: DealExportRequest) -> Result<Streamed> {
    actor.may(Permission::DealsRead)?;
    let conn = app.store.reader();
    let DealSelection { funnel, stage, owner, status, contact, channel, q } = request.selection.clone();
    let sort = request.sort.clone();
    let query = DealQuery { funnel, stage, owner, status, contact, channel, q, sort, ..DealQuery::default() };
    let (filter, sort) = deals::asked_for(actor, &query)?;
    let of_deals = Fields::load(conn, actor, Entity::Deal).await?;
    let of_contacts = Fields::load(conn, actor, Entity::Contact).await?;
    let rules = app.running.rules();
    let columns = columns(&of_deals, &of_contacts, &rules, &request.columns)?;
    if request.format == Format::Xlsx {
        refuse_long_sheet(store::deals::count_to(conn, &filter, SHEET_ROWS_MAX + 1).await?)?;
    }
    // Else each page of a funnel would be found by sorting all of its deals.
    let is_of_few = Some(store::deals::count(conn, &filter).await?.is_exact);
    let sorted = Sorted { by: sort, is_of_few };
    let users = user_names(store::users::all(conn).await?);
    let taken: Vec<&str> = columns.iter().map(|column| column.field.as_str()).collect();
    write_down(app, actor, Entity::Deal, &request.selection, &taken).await?;
    let header = columns.iter().flat_map(Column::headings).collect();
    let locale = request.locale.unwrap_or_else(|| app.company().default_locale());
    let app_of_pages = app.clone();
    let made =
        Arc::new(Export { app: app_of_pages, filter, sorted, columns, of_deals, of_contacts, users, rules, locale });
    let pages: Pages = Box::new(move |place| {
        let made = made.clone();
        Box::pin(async move { made.page(place).await })
    });
    let name = request.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "deals".to_owned());
    stream(app, header, pages, request.format.into(), request.byte_order_mark, &name).await
}

/// What people are called; two of one name by their addresses, since nobody could tell them apart.
fn user_names(users: Vec<User>) -> HashMap<Id<id::User>, String> {
    let mut count: HashMap<String, usize> = HashMap::new();
    for user in &users {
        *count.entry(user.name.to_lowercase()).or_default() += 1;
    }
    let name = |user: User| {
        let is_alone = count.get(&user.name.to_lowercase()) == Some(&1);
        (user.id, if is_alone { user.name } else { user.email.to_string() })
    };
    users.into_iter().map(name).collect()
}

/// The columns that were asked for; all that the actor sees when none was.
fn columns(of_deals: &Fields, of_contacts: &Fields, rules: &Rules, wanted: &[ExportColumn]) -> Result<Vec<Column>> {
    if wanted.len() > COLUMNS_MAX {
        return Err(AppError::invalid("columns", "count", format!("choose at most {COLUMNS_MAX} columns")));
    }
    let is_seen = |name: &str| {
        let built_in = DEAL_COLUMNS.iter().find(|(known, _)| *known == name);
        built_in.is_some_and(|(_, of_contact)| of_contact.is_none_or(|field| !of_contacts.is_hidden(field)))
    };
    let column = |field: String, label: Option<&String>| {
        let own = field.strip_prefix("fields.").and_then(|key| of_deals.seen(key)).map(|definition| definition.kind);
        let kind = own.or_else(|| (field == "value").then_some(FieldKind::Money));
        Column::new(field, label, kind)
    };
    if wanted.is_empty() {
        let built_in = DEAL_COLUMNS.iter().map(|(name, _)| (*name).to_owned()).filter(|name| is_seen(name));
        let own = of_deals.all_seen().map(|definition| definition.key.clone());
        let mut keys: Vec<String> = own.collect();
        keys.extend(asked_by_gates(rules).filter(|key| !of_deals.is_defined(key)));
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        return Ok(built_in
            .chain(keys.iter().map(|key| format!("fields.{key}")))
            .map(|name| column(name, None))
            .collect());
    }
    let checked = |wanted: &ExportColumn| {
        // A gate may ask for a field that nobody has defined: it stands on the deal all the same.
        let own = |key: &str| of_deals.seen(key).is_some() || !of_deals.is_defined(key);
        let is_there = wanted.field.strip_prefix("fields.").map_or_else(|| is_seen(&wanted.field), own);
        let message = || format!("there is no field {} here", wanted.field);
        let unknown = || AppError::invalid("columns", "unknown", message());
        if is_there { Ok(column(wanted.field.clone(), wanted.label.as_ref())) } else { Err(unknown()) }
    };
    wanted.iter().map(checked).collect()
}

/// The keys of fields of deals that gates ask for.
fn asked_by_gates(rules: &Rules) -> impl Iterator<Item = String> + '_ {
    let gates = rules.funnels.iter().flat_map(|funnel| &funnel.doc.stages).filter_map(|stage| stage.gate.as_ref());
    let names = gates.flat_map(|gate| &gate.requires).filter_map(|required| required.field.strip_prefix("deal."));
    let own = names.filter(|name| !deals::KEPT_BY_PROGRAM.contains(name));
    own.map(str::to_owned)
}

struct Export {
    app: Arc<App>,
    filter: Filter,
    sorted: Sorted,
    columns: Vec<Column>,
    of_deals: Fields,
    of_contacts: Fields,
    users: HashMap<Id<id::User>, String>,
    rules: Arc<Rules>,
    locale: Locale,
}

impl Export {
    async fn page(&self, place: Option<Value>) -> Result<(CellRows, Option<Value>)> {
        let conn = self.app.store.reader();
        let broken = |()| AppError::Internal("the place in a list of deals cannot be read".to_owned());
        let after: Option<Cursor> =
            place.as_ref().and_then(Value::as_str).map(str::parse).transpose().map_err(broken)?;
        let page = store::deals::list(conn, &self.filter, self.sorted, after, READ_AT_ONCE).await?;
        let mut ids: Vec<Id<id::Contact>> = page.items.iter().map(|deal| deal.contact_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let known = store::contacts::find_many(conn, &ids).await?.into_iter().map(|mut contact| {
            contacts::blank_hidden(&mut contact, &self.of_contacts);
            (contact.id, contact)
        });
        let people: HashMap<Id<id::Contact>, Contact> = known.collect();
        let rows = page.items.iter().map(|deal| self.row(deal, people.get(&deal.contact_id)));
        Ok((rows.collect(), page.next_cursor.map(Value::from)))
    }

    fn row(&self, deal: &Deal, contact: Option<&Contact>) -> Vec<Cell<'static>> {
        let fields = self.of_deals.seen_values(deal.fields.clone());
        let text = |text: &str| Cell::text(text).into_owned();
        let mut cells = Vec::with_capacity(self.columns.len() + 1);
        for column in &self.columns {
            if let Some(key) = column.field.strip_prefix("fields.") {
                let value = fields.get(key).unwrap_or(&Value::Null);
                let user = value.as_str().and_then(|id| id.parse().ok()).and_then(|id| self.users.get(&id));
                match (column.kind, user) {
                    (Some(FieldKind::Money), _) => cells.extend(money(value)),
                    (Some(FieldKind::User), Some(name)) => cells.push(text(name)),
                    (kind, _) => cells.push(cell(kind, key, value)),
                }
                continue;
            }
            cells.push(match column.field.as_str() {
                "id" => text(&deal.id.to_string()),
                "title" => text(&deal.title),
                "contact" => text(&contact.map(Contact::display_name).unwrap_or_default()),
                "contact_email" => {
                    text(contact.and_then(|contact| contact.email.as_ref()).map_or("", base::Email::as_str))
                }
                "contact_id" => text(&deal.contact_id.to_string()),
                "pipeline" => text(&self.pipeline(deal)),
                "stage" => text(&self.stage(deal)),
                "status" => text(deal.status.as_str()),
                "discount" => Cell::number(deals::discount_percent(deal.discount_bp)),
                "owner" => text(deal.owner_id.and_then(|id| self.users.get(&id)).map_or("", String::as_str)),
                "channel" => text(&deal.channel),
                "reason" => text(&deal.reason),
                "created_at" => Cell::At(deal.created_at),
                "stage_entered_at" => Cell::At(deal.stage_entered_at),
                "updated_at" => Cell::At(deal.updated_at),
                "closed_at" => Cell::at(deal.closed_at),
                _ => {
                    cells.extend(value(deal.value));
                    continue;
                }
            });
        }
        cells
    }

    /// What people call the funnel; its id when two are called so.
    fn pipeline(&self, deal: &Deal) -> String {
        let funnels = &self.rules.funnels;
        let Some(funnel) = funnels.iter().find(|funnel| funnel.id == deal.funnel_id) else {
            return deal.funnel_id.to_string();
        };
        let title = funnel.doc.title.get(&self.locale);
        let same = funnels.iter().filter(|other| other.doc.title.get(&self.locale) == title).count();
        if title.is_empty() || same > 1 { funnel.doc.id.clone() } else { title.to_owned() }
    }

    /// What the document that the deal follows calls its stage; the id when it calls two so, or none.
    fn stage(&self, deal: &Deal) -> String {
        let running = || self.rules.funnels.iter().find(|funnel| funnel.id == deal.funnel_id);
        let followed = self.rules.followed.get(deal.funnel_id, deal.funnel_version).map(AsRef::as_ref);
        let Some(funnel) = followed.or_else(running) else { return deal.stage.0.clone() };
        let stages = &funnel.doc.stages;
        let Some(stage) = stages.iter().find(|stage| stage.id == deal.stage) else { return deal.stage.0.clone() };
        let name = stage.name.get(&self.locale);
        let same = stages.iter().filter(|other| other.name.get(&self.locale) == name).count();
        if name.is_empty() || same > 1 { stage.id.0.clone() } else { name.to_owned() }
    }
}

/// An amount in units, and its currency.
fn value(value: Money) -> [Cell<'static>; 2] {
    money(&json!(value))
}

#[cfg(test)]
mod tests;
