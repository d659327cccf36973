//! What lists of contacts and of companies share: filter and order, paging, edits of many at once, files.

mod bulk;
mod filter;
mod job;
#[cfg(test)]
mod tests;

use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use funnel::condition::Condition;
use funnel::field::{Definition, FieldKind, Writing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::records::{Column, Count, Cursor, Holds, Order, Place, Predicate, Table};
use store::{ConnectionTrait, Tx};
use uuid::Uuid;

use crate::contacts::{TAGS_MAX, TEXT_CHARS_MAX, page_limit};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, FieldProblem, Result, search};

pub use bulk::{BulkAction, BulkEditView, BulkRequest, call_off_or_undo, get as get_bulk, start as start_bulk};
pub(crate) use job::{KIND as BULK_JOB, run as run_bulk_job, tidy};

/// Longest filter, in bytes of JSON.
pub const FILTER_BYTES_MAX: usize = 16 * 1024;
/// Longest words that are searched for, in characters.
pub const WORDS_CHARS_MAX: usize = 200;

/// A contact or a company, as lists, edits and files need it.
pub(crate) trait Record: Clone + PartialEq + Send + Sync + Sized + 'static {
    const ENTITY: Entity;
    const TABLE: Table;
    /// Built-in columns: the name in filters and files, and what it holds.
    const COLUMNS: &'static [(&'static str, Column)];
    /// Columns that words are searched in when some of them are hidden.
    const WORDS: &'static [&'static str];
    /// What the API takes to change one.
    type Change: DeserializeOwned + Serialize + Clone + Send + Sync;

    fn uuid(&self) -> Uuid;
    /// Its id as people write it.
    fn id_text(&self) -> String;
    /// Everything that can be changed about it, custom values as `fields.KEY`; also what files are made of.
    fn flat(&self) -> Map<String, Value>;
    /// The same with what cannot be changed, as files show it.
    fn shown(&self) -> Map<String, Value>;
    /// Take away what somebody may not see.
    fn blank_hidden(&mut self, fields: &Fields);
    fn tags(&self) -> &[String];
    fn set_tags(&mut self, tags: Vec<String>);
    fn touched(&mut self, now: Timestamp);
    /// Write a change onto it, or say everything that is wrong.
    fn apply(&mut self, change: Self::Change, fields: &Fields, writing: Writing) -> Result<()>;
    fn load(conn: &impl ConnectionTrait, ids: &[Uuid]) -> impl Future<Output = Result<Vec<Self>>> + Send;
    fn save(&self, tx: &Tx, before: &Self) -> impl Future<Output = Result<()>> + Send;
    fn remove(tx: &Tx, id: Uuid) -> impl Future<Output = Result<()>> + Send;
}

/// A page of ids, and how many there are in all.
pub(crate) struct Found<R> {
    pub(crate) items: Vec<R>,
    pub(crate) next_cursor: Option<String>,
    pub(crate) count: Count,
}

/// What a list is asked for, in the words of the API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = RecordSelection)]
pub struct Selection {
    /// Words that must be there.
    pub q: Option<String>,
    /// What must be so, such as `{"all": [{"field": "email", "contains": "@acme.no"}]}`. Fields of the company's own are
    /// `fields.KEY`.
    pub filter: Option<Condition>,
}

/// A filter from the address of a list.
pub(crate) fn parse_filter(text: Option<&str>) -> Result<Option<Condition>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    if text.len() > FILTER_BYTES_MAX {
        return Err(AppError::invalid("filter", "too_long", "ask for less at once"));
    }
    let parsed = serde_json::from_str(text);
    parsed.map(Some).map_err(|error| AppError::invalid("filter", "shape", error.to_string()))
}

/// The records that a selection names.
pub(crate) fn predicate<R: Record>(
    app: &App,
    actor: &Actor,
    fields: &Fields,
    selection: &Selection,
) -> Result<Predicate> {
    let mut all = Vec::new();
    if let Some(words) = selection.q.as_deref().filter(|words| !words.trim().is_empty()) {
        all.push(words_in::<R>(fields, words)?);
    }
    if let Some(condition) = &selection.filter {
        all.push(filter::compiled::<R>(app, actor, fields, condition)?);
    }
    Ok(Predicate::All(all))
}

/// Every word in the text that is searched; where some of it is hidden, in the columns that are not.
fn words_in<R: Record>(fields: &Fields, words: &str) -> Result<Predicate> {
    if words.chars().count() > WORDS_CHARS_MAX {
        return Err(AppError::invalid("q", "too_long", format!("search for at most {WORDS_CHARS_MAX} characters")));
    }
    if !R::WORDS.iter().any(|name| fields.is_hidden(name)) {
        return Ok(Predicate::Words(words.to_owned()));
    }
    let seen = || R::COLUMNS.iter().filter(|(name, _)| R::WORDS.contains(name) && !fields.is_hidden(name));
    let one_of = |word: &str| {
        Predicate::Any(seen().map(|(_, column)| Predicate::Contains(column.clone(), word.to_owned())).collect())
    };
    Ok(Predicate::All(words.split_whitespace().map(one_of).collect()))
}

/// The order of a list: the name of a column, with a minus before it for the other way round.
pub(crate) fn order<R: Record>(fields: &Fields, sort: Option<&str>) -> Result<Order> {
    let Some(sort) = sort.filter(|sort| !sort.is_empty()) else { return Ok(Order::NEWEST) };
    let (name, is_descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let (column, _) = column::<R>(fields, "sort", name)?;
    if column.holds == Holds::List {
        return Err(AppError::invalid("sort", "unknown", "a list of values has no order: sort by another column"));
    }
    Ok(Order { column: Some(column), is_descending, is_of_few: false })
}

/// The column of that name, and its definition when it is one of the company's own fields. What the actor may not see
/// is not there: neither a filter nor an order may tell of it.
fn column<'a, R: Record>(fields: &'a Fields, parameter: &str, name: &str) -> Result<(Column, Option<&'a Definition>)> {
    if let Some(definition) = name.strip_prefix("fields.").and_then(|key| fields.seen(key)) {
        return Ok((custom_column(R::ENTITY, definition), Some(definition)));
    }
    let built_in = R::COLUMNS.iter().find(|(known, _)| *known == name && !fields.is_hidden(name));
    let built_in = built_in.map(|(_, column)| (column.clone(), None));
    built_in.ok_or_else(|| AppError::invalid(parameter, "unknown", format!("there is no field {name} here")))
}

/// Where the values of a field lie.
pub(crate) fn custom_column(entity: Entity, definition: &Definition) -> Column {
    let column = match entity {
        Entity::Contact => Table::Contacts.fields_column(),
        Entity::Company | Entity::Deal => Table::Companies.fields_column(),
    };
    let holds = match definition.kind {
        FieldKind::WholeNumber | FieldKind::Number => Holds::Number,
        FieldKind::Money => Holds::Money,
        FieldKind::YesNo => Holds::YesNo,
        FieldKind::Choices => Holds::List,
        // Days and moments are written so that texts sort as they do.
        _ => Holds::Text,
    };
    Column { place: Place::Field { column, key: definition.key.clone() }, holds }
}

/// A page of a list.
pub(crate) async fn page<R: Record>(
    app: &App,
    fields: &Fields,
    predicate: &Predicate,
    sort: Option<&str>,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Found<R>> {
    let after = cursor.map(parse_cursor).transpose()?;
    let conn = app.store.reader();
    let (predicate, known) = search::narrowed(app, R::TABLE, predicate).await?;
    let order = order::<R>(fields, sort)?;
    let limit = page_limit(limit)?;
    let (ids, count) = store::records::counted_ids(conn, R::TABLE, &predicate, order, after, limit, known).await?;
    let items = in_order(R::load(conn, &ids.items).await?, &ids.items);
    Ok(Found { items, next_cursor: ids.next_cursor.map(|text| URL_SAFE_NO_PAD.encode(text)), count })
}

/// How many records pass, and the order of a list that knows whether they are few.
pub(crate) async fn counted_order<R: Record>(
    conn: &impl ConnectionTrait,
    fields: &Fields,
    predicate: &Predicate,
    sort: Option<&str>,
) -> Result<(Count, Order)> {
    let count = store::records::count(conn, R::TABLE, predicate).await?;
    Ok((count, Order { is_of_few: count.is_exact, ..order::<R>(fields, sort)? }))
}

fn parse_cursor(text: &str) -> Result<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    cursor.ok_or_else(|| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given"))
}

/// Records in the order of their ids in a list; one that is gone meanwhile is left out.
pub(crate) fn in_order<R: Record>(mut records: Vec<R>, ids: &[Uuid]) -> Vec<R> {
    let places: std::collections::HashMap<Uuid, usize> = ids.iter().copied().zip(0..).collect();
    records.sort_by_key(|record| places.get(&record.uuid()).copied());
    records
}

/// The names of built-in fields and the keys of values that a change names.
pub(crate) fn named<R: Record>(change: &R::Change) -> (Vec<String>, Vec<String>) {
    let Ok(Value::Object(all)) = serde_json::to_value(change) else { return Default::default() };
    let values = R::ENTITY.values_name();
    let keys = all.get(values).and_then(Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default();
    (all.into_iter().map(|(name, _)| name).filter(|name| name != values).collect(), keys)
}

/// Go on only if the actor may change everything that the change names.
pub(crate) fn refuse_closed<R: Record>(fields: &Fields, change: &R::Change) -> Result<()> {
    let (names, keys) = named::<R>(change);
    fields.refuse_closed(names.iter().map(String::as_str), keys.iter().map(String::as_str))
}

/// What differs between two states of a record: how each changed field stood before and after.
pub(crate) fn difference(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let (mut was, mut is) = (Map::new(), Map::new());
    for name in changed {
        was.insert(name.clone(), before.get(name).cloned().unwrap_or(Value::Null));
        is.insert(name.clone(), after.get(name).cloned().unwrap_or(Value::Null));
    }
    (was, is)
}

/// The same as a detail of the audit log.
pub(crate) fn audited(before: &Map<String, Value>, after: &Map<String, Value>) -> Value {
    let (before, after) = difference(before, after);
    serde_json::json!({"before": before, "after": after})
}

/// Put what a change says into a record, or what is wrong with it among the problems. What it does not name stays.
pub(crate) fn put<T>(
    field: &mut T,
    checked: Option<std::result::Result<T, FieldProblem>>,
    problems: &mut Vec<FieldProblem>,
) {
    match checked {
        Some(Ok(value)) => *field = value,
        Some(Err(problem)) => problems.push(problem),
        None => {}
    }
}

/// Tags without blanks and repeats, in order, or what is wrong with them.
pub(crate) fn checked_tags(tags: &[String]) -> std::result::Result<Vec<String>, FieldProblem> {
    let mut tags: Vec<String> = tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    tags.dedup();
    if tags.len() > TAGS_MAX || tags.iter().any(|tag| tag.chars().count() > TEXT_CHARS_MAX) {
        let message = format!("write at most {TAGS_MAX} tags of {TEXT_CHARS_MAX} characters");
        return Err(FieldProblem::new("tags", "count", message));
    }
    Ok(tags)
}

/// A text of one line within a length, or what is wrong with it.
pub(crate) fn line(name: &str, value: &str, chars_max: usize) -> std::result::Result<String, FieldProblem> {
    let value = value.trim();
    if value.chars().count() > chars_max || value.chars().any(char::is_control) {
        return Err(FieldProblem::new(name, "length", format!("write at most {chars_max} characters on one line")));
    }
    Ok(value.to_owned())
}

/// Tells `null` from an absent field.
pub(crate) fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
