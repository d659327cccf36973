//! Contacts and companies as files: exactly what a list shows, in its order and with its columns.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Currency, Id, Timestamp};
use funnel::field::FieldKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::companies::Company;
use store::contacts::Contact;
use store::records::{Cursor, Order, Predicate};

use super::stream::{CellRows, Pages, Streamed, stream};
use super::{Cell, RecordFormat, vcard};
use crate::fields::{Entity, Fields};
use crate::permission::Permission;
use crate::records::{self as lists, Record, Selection};
use crate::{Actor, App, AppError, Result, audit, consent};
use uuid::Uuid;

/// Rows of a sheet besides its heading, rounded down from Excel's limit. A CSV has none.
pub const SHEET_ROWS_MAX: u64 = 1_000_000;
/// Most columns of a file.
pub const COLUMNS_MAX: usize = 200;
/// Rows read at once.
pub(super) const READ_AT_ONCE: u64 = 1_000;

/// What a contact has said about marketing mail, and since when, in the words that an import understands.
const CONSENT_COLUMNS: [&str; 2] = ["consent", "consent_at"];

/// A column of a file.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportColumn {
    /// A field of the list, or `id`; of contacts also `consent` (`subscribed`, `unsubscribed`, or nothing) and `consent_at`.
    pub field: String,
    /// Its heading; the field's name when absent.
    #[serde(default)]
    pub label: Option<String>,
}

/// A list that shall be a file.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordExportRequest {
    #[serde(default)]
    pub selection: Selection,
    /// As in the list.
    #[serde(default)]
    pub sort: Option<String>,
    pub columns: Vec<ExportColumn>,
    pub format: RecordFormat,
    /// Of a CSV: whether it begins with a byte order mark, without which Excel takes it for another encoding.
    #[serde(default)]
    #[schema(default = json!(false))]
    pub byte_order_mark: bool,
    /// What the file is called, without its ending.
    #[serde(default)]
    pub name: Option<String>,
}

/// A list as a file. Who took it out is written down.
pub async fn records(app: &Arc<App>, actor: &Actor, entity: Entity, request: RecordExportRequest) -> Result<Streamed> {
    actor.may(Permission::ContactsRead)?;
    match entity {
        Entity::Contact => of::<Contact>(app, actor, request).await,
        Entity::Company => of::<Company>(app, actor, request).await,
        // Their list has filters of its own: `exports::deals`.
        Entity::Deal => Err(AppError::NotFound("file of deals")),
    }
}

async fn of<R: Record>(app: &Arc<App>, actor: &Actor, request: RecordExportRequest) -> Result<Streamed> {
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, R::ENTITY).await?;
    let predicate = lists::predicate::<R>(app, actor, &fields, &request.selection)?;
    let (_, order) = lists::counted_order::<R>(conn, &fields, &predicate, request.sort.as_deref()).await?;
    let is_cards = request.format == RecordFormat::Vcf;
    if is_cards && R::ENTITY != Entity::Contact {
        return Err(AppError::invalid("format", "unknown", "only people have address cards: choose CSV or XLSX"));
    }
    let columns = if is_cards { Vec::new() } else { columns::<R>(&fields, &request.columns)? };
    if request.format == RecordFormat::Xlsx {
        refuse_long_sheet(store::records::count_to(conn, R::TABLE, &predicate, SHEET_ROWS_MAX + 1).await?)?;
    }
    let names = names(app).await?;
    let taken: Vec<&str> = request.columns.iter().map(|column| column.field.as_str()).collect();
    write_down(app, actor, R::ENTITY, &request.selection, &taken).await?;
    let header = columns.iter().flat_map(Column::headings).collect();
    let name = request.name.unwrap_or_default();
    let made = Arc::new(Export { app: app.clone(), fields, predicate, order, columns, names });
    let pages: Pages = Box::new(move |place| {
        let made = made.clone();
        Box::pin(async move { if is_cards { made.cards(place).await } else { made.page::<R>(place).await } })
    });
    let otherwise = match R::ENTITY {
        Entity::Contact => "contacts",
        Entity::Company | Entity::Deal => "companies",
    };
    let name = if name.trim().is_empty() { otherwise } else { name.as_str() };
    stream(app, header, pages, request.format, request.byte_order_mark, name).await
}

pub(super) fn refuse_long_sheet(rows: u64) -> Result<()> {
    if rows <= SHEET_ROWS_MAX {
        return Ok(());
    }
    let message = format!("a sheet has room for {SHEET_ROWS_MAX} rows: choose CSV, or filter the list");
    Err(AppError::invalid("format", "too_many_rows", message))
}

/// Who took which columns out of what.
pub(super) async fn write_down(
    app: &App,
    actor: &Actor,
    entity: Entity,
    selection: &impl Serialize,
    columns: &[&str],
) -> Result<()> {
    let tx = app.store.begin().await?;
    let detail = json!({"selection": selection, "columns": columns});
    audit::record(app, &tx, actor, &format!("{}.export", entity.as_str()), "", detail).await?;
    Ok(tx.commit().await?)
}

/// What users and companies are called.
async fn names(app: &App) -> Result<HashMap<String, String>> {
    let users = store::users::all(app.store.reader()).await?;
    Ok(users.into_iter().map(|user| (user.id.to_string(), user.name)).collect())
}

pub(super) struct Column {
    pub(super) field: String,
    label: String,
    pub(super) kind: Option<FieldKind>,
}

impl Column {
    /// Under the label that was asked for; under the field's name without one.
    pub(super) fn new(field: String, label: Option<&String>, kind: Option<FieldKind>) -> Self {
        let label = label.filter(|label| !label.trim().is_empty()).unwrap_or(&field).clone();
        Self { field, label, kind }
    }

    /// An amount has a second column for its currency.
    pub(super) fn headings(&self) -> Vec<String> {
        let currency = match (self.field.as_str(), self.label.as_str()) {
            ("value", "value") => "currency".to_owned(),
            (_, label) => format!("{label} (currency)"),
        };
        match self.kind {
            Some(FieldKind::Money) => vec![self.label.clone(), currency],
            _ => vec![self.label.clone()],
        }
    }
}

fn columns<R: Record>(fields: &Fields, wanted: &[ExportColumn]) -> Result<Vec<Column>> {
    if wanted.is_empty() || wanted.len() > COLUMNS_MAX {
        return Err(AppError::invalid("columns", "count", format!("choose 1 to {COLUMNS_MAX} columns")));
    }
    let column = |wanted: &ExportColumn| {
        let custom = wanted.field.strip_prefix("fields.").and_then(|key| fields.seen(key));
        let is_of_consent = R::ENTITY == Entity::Contact && CONSENT_COLUMNS.contains(&wanted.field.as_str());
        let is_built_in =
            wanted.field == "id" || is_of_consent || R::COLUMNS.iter().any(|(name, _)| *name == wanted.field);
        if custom.is_none() && (!is_built_in || fields.is_hidden(&wanted.field)) {
            let message = format!("there is no field {} here", wanted.field);
            return Err(AppError::invalid("columns", "unknown", message));
        }
        let kind = custom.map(|definition| definition.kind);
        Ok(Column::new(wanted.field.clone(), wanted.label.as_ref(), kind))
    };
    wanted.iter().map(column).collect()
}

struct Export {
    app: Arc<App>,
    fields: Fields,
    predicate: Predicate,
    order: Order,
    columns: Vec<Column>,
    names: HashMap<String, String>,
}

impl Export {
    async fn page<R: Record>(&self, place: Option<Value>) -> Result<(CellRows, Option<Value>)> {
        let (records, next) = self.read::<R>(place).await?;
        let companies = self.companies(&records).await?;
        let ids: Vec<Uuid> = records.iter().map(R::uuid).collect();
        let mut consents = self.consents(&ids).await?;
        let rows = records.into_iter().map(|mut record| {
            let consent = consents.remove(&record.uuid());
            record.blank_hidden(&self.fields);
            let mut shown = record.shown();
            if let Some((word, at)) = consent {
                shown.insert(CONSENT_COLUMNS[0].to_owned(), word.into());
                shown.insert(CONSENT_COLUMNS[1].to_owned(), at.to_string().into());
            }
            self.row(&shown, &companies)
        });
        Ok((rows.collect(), next))
    }

    /// The address cards of a page.
    async fn cards(&self, place: Option<Value>) -> Result<(CellRows, Option<Value>)> {
        let (contacts, next) = self.read::<Contact>(place).await?;
        let cards = contacts.into_iter().map(|mut contact| {
            contact.blank_hidden(&self.fields);
            vec![Cell::Text(vcard::card(&contact).into())]
        });
        Ok((cards.collect(), next))
    }

    /// The records of a page, in their order, and the place behind them.
    async fn read<R: Record>(&self, place: Option<Value>) -> Result<(Vec<R>, Option<Value>)> {
        let conn = self.app.store.reader();
        let broken = |error: serde_json::Error| AppError::Internal(error.to_string());
        let after: Option<Cursor> = place.map(serde_json::from_value).transpose().map_err(broken)?;
        let page = store::records::ids(conn, R::TABLE, &self.predicate, &self.order, after, READ_AT_ONCE).await?;
        let records = lists::in_order(R::load(conn, &page.items).await?, &page.items);
        let next = page.next_cursor.map(|text| serde_json::from_str(&text)).transpose().map_err(broken)?;
        Ok((records, next))
    }

    /// What the companies of a page are called.
    async fn companies<R: Record>(&self, records: &[R]) -> Result<HashMap<String, String>> {
        if !self.columns.iter().any(|column| column.field == "company_id") {
            return Ok(HashMap::new());
        }
        let id = |record: &R| record.flat().get("company_id")?.as_str()?.parse().ok();
        let ids: Vec<Id<base::id::Company>> = records.iter().filter_map(id).collect();
        let found = store::companies::find_many(self.app.store.reader(), &ids).await?;
        Ok(found.into_iter().map(|company| (company.id.to_string(), company.name)).collect())
    }

    /// How the consents of a page stand; nothing of who was never asked.
    async fn consents(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, (&'static str, Timestamp)>> {
        if !self.columns.iter().any(|column| CONSENT_COLUMNS.contains(&column.field.as_str())) {
            return Ok(HashMap::new());
        }
        let ids: Vec<Id<base::id::Contact>> = ids.iter().copied().map(Id::from_uuid).collect();
        consent::marketing_of_many(self.app.store.reader(), &ids).await
    }

    fn row(&self, record: &Map<String, Value>, companies: &HashMap<String, String>) -> Vec<Cell<'static>> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let value = record.get(&column.field).unwrap_or(&Value::Null);
            let named = value.as_str().and_then(|id| self.names.get(id).or_else(|| companies.get(id)));
            match (column.kind, column.field.as_str(), named) {
                (Some(FieldKind::Money), ..) => cells.extend(money(value)),
                (Some(FieldKind::User), _, Some(name)) | (_, "owner_id" | "company_id", Some(name)) => {
                    cells.push(Cell::Text(name.clone().into()));
                }
                (kind, name, _) => cells.push(cell(kind, name, value)),
            }
        }
        cells
    }
}

pub(super) fn money(value: &Value) -> [Cell<'static>; 2] {
    let currency: Option<Currency> = value["currency"].as_str().and_then(|code| code.parse().ok());
    match (value["minor"].as_i64(), currency) {
        #[expect(clippy::cast_precision_loss, reason = "sheets know no other numbers")]
        (Some(minor), Some(currency)) => {
            let units = 10f64.powi(i32::try_from(currency.exponent()).unwrap_or(0));
            [Cell::Number(minor as f64 / units), Cell::Text(currency.code().into())]
        }
        _ => [Cell::Empty, Cell::Empty],
    }
}

pub(super) fn cell(kind: Option<FieldKind>, name: &str, value: &Value) -> Cell<'static> {
    let is_moment = kind == Some(FieldKind::DateTime) || matches!(name, "created_at" | "updated_at" | "consent_at");
    match value {
        Value::Null => Cell::Empty,
        Value::String(text) if text.is_empty() => Cell::Empty,
        Value::String(text) => {
            let moment = || text.parse::<Timestamp>().ok().filter(|_| is_moment).map(Cell::At);
            let day = || text.parse().ok().filter(|_| kind == Some(FieldKind::Date)).map(Cell::Day);
            moment().or_else(day).unwrap_or_else(|| Cell::Text(text.clone().into()))
        }
        Value::Number(number) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        Value::Array(items) => {
            let texts: Vec<String> =
                items.iter().map(|item| item.as_str().map_or(item.to_string(), str::to_owned)).collect();
            // What would be cut elsewhere when it is read again is written as a list of texts.
            let is_plain = |text: &String| !text.contains([',', ';', '|', '"']) && !text.starts_with('[');
            if texts.iter().all(is_plain) {
                return Cell::Text(texts.join(", ").into());
            }
            Cell::Text(Value::from(texts).to_string().into())
        }
        other => Cell::Text(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_cells_of_their_type() {
        let text = |text: &str| Cell::Text(text.to_owned().into());
        assert_eq!(cell(None, "email", &json!("a@b.no")), text("a@b.no"));
        assert_eq!(cell(None, "email", &json!("")), Cell::Empty);
        assert_eq!(cell(None, "tags", &json!(["a", "b"])), text("a, b"));
        assert_eq!(cell(Some(FieldKind::Number), "n", &json!(2.5)), Cell::Number(2.5));
        assert_eq!(cell(Some(FieldKind::YesNo), "n", &json!(true)), text("true"));
        assert_eq!(cell(Some(FieldKind::Date), "d", &json!("2026-03-02")), Cell::Day("2026-03-02".parse().unwrap()));
        assert_eq!(cell(Some(FieldKind::Text), "d", &json!("2026-03-02")), text("2026-03-02"));
        assert_eq!(
            cell(None, "created_at", &json!("2026-03-02T08:00:00.000Z")),
            Cell::At("2026-03-02T08:00:00Z".parse().unwrap())
        );
        assert_eq!(money(&json!({"minor": 12_550, "currency": "NOK"})), [Cell::Number(125.5), text("NOK")]);
        assert_eq!(money(&Value::Null), [Cell::Empty, Cell::Empty]);
    }
}
