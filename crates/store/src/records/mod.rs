//! Long lists of records: any filter, any order, a page at a time.
//!
//! A list asks for ids in their order first and for the records after. Pages follow each other by the value that the
//! list is ordered by and the id ([`Cursor`]), never by counting rows, so that the thousandth page costs what the
//! first does. Records without a value come last in either direction, by id: as a part of the list of their own,
//! since the two databases disagree about where nothing stands.

mod column;
mod predicate;
#[cfg(test)]
mod tests;

use base::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Result, dialect, page::Page};

pub use column::{Column, Holds, Place};
pub use predicate::{Comparison, Predicate};

/// Rows are counted up to here; a list that has more says so.
pub const COUNT_MAX: u64 = 10_000;

/// Which records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Contacts,
    Companies,
}

impl Table {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Companies => "companies",
        }
    }

    /// The column that holds values of custom fields.
    pub fn fields_column(self) -> &'static str {
        match self {
            Self::Contacts => "traits",
            Self::Companies => "fields",
        }
    }
}

/// A value that is compared and sorted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    Whole(i64),
    Number(f64),
    Text(String),
    Id(Uuid),
}

impl From<Timestamp> for Key {
    fn from(moment: Timestamp) -> Self {
        Self::Whole(moment.ms())
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Whole(whole) => whole.into(),
            Key::Number(number) => number.into(),
            Key::Text(text) => text.into(),
            Key::Id(id) => id.into(),
        }
    }
}

/// What a list is ordered by.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// By when they were made known here (their ids) when absent.
    pub column: Option<Column>,
    pub is_descending: bool,
    /// Few records pass: they are found first and put in order then.
    pub is_of_few: bool,
}

impl Order {
    /// The newest first.
    pub const NEWEST: Self = Self { column: None, is_descending: true, is_of_few: false };
    /// In the order of ids.
    pub const BY_ID: Self = Self { column: None, is_descending: false, is_of_few: false };

    /// Whether many that pass are best found by walking the list. Not in the order of time where one index may lead to
    /// them: those of a tag or a source often came together, long ago, and all newer ones would be tested first.
    fn is_walked(&self, predicate: &Predicate) -> bool {
        let is_of_time = self.column.as_ref().is_none_or(|column| column.holds == Holds::Moment);
        !is_of_time || predicate.has_alternatives()
    }
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// The value of the last row; none among those without one, and in a list by id.
    pub key: Option<Key>,
    /// The last row.
    pub id: Uuid,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub rows: u64,
    /// False: there are more.
    pub is_exact: bool,
}

impl Count {
    /// Of rows that were counted up to one more than [`COUNT_MAX`].
    pub(crate) fn of(found: u64) -> Self {
        Self { rows: found.min(COUNT_MAX), is_exact: found <= COUNT_MAX }
    }
}

/// A statement in the making.
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    text: String,
    values: Vec<Value>,
    way: Way,
    table: &'static str,
}

/// How a filter is carried out. SQLite guesses how many pass one, often wrongly, and is told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As the database likes.
    Any,
    /// All that may pass are looked at, best in an index that has them.
    All,
    /// Records come in the order of a list, and each is tested until enough have passed.
    Walk,
}

impl Sql {
    pub(crate) fn new(backend: DbBackend, table: Table, way: Way, text: &str) -> Self {
        Self { backend, text: text.to_owned(), values: Vec::new(), way, table: table.name() }
    }

    pub(crate) fn add(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A value, bound: nothing that anybody wrote becomes part of the statement.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.add(&place)
    }

    fn statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

/// The ids of a page of a list.
pub async fn ids(
    conn: &impl ConnectionTrait,
    table: Table,
    predicate: &Predicate,
    order: &Order,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<Uuid>> {
    let cursor = |row: &Cursor| serde_json::to_string(row).unwrap_or_default();
    if order.is_of_few {
        let (rows, _) = few(conn, table, predicate, order, after.as_ref(), limit + 1, None).await?;
        return Ok(Page::cut(rows, limit, cursor).map(|row| row.id));
    }
    let mut rows = Vec::new();
    let wanted = limit + 1;
    let is_among_unknown = after.as_ref().is_some_and(|after| after.key.is_none());
    if order.column.is_some() && !is_among_unknown {
        rows = part(conn, table, predicate, order, Part::Known, after.as_ref(), wanted).await?;
    }
    let so_far = rows.len() as u64;
    if so_far < wanted {
        let after = after.filter(|_| order.column.is_none() || is_among_unknown);
        let rest = part(conn, table, predicate, order, Part::Unknown, after.as_ref(), wanted - so_far).await?;
        rows.extend(rest);
    }
    Ok(Page::cut(rows, limit, cursor).map(|row| row.id))
}

/// The ids of a page of a list, and how many records there are: `known` where that has been found out.
pub async fn counted_ids(
    conn: &impl ConnectionTrait,
    table: Table,
    predicate: &Predicate,
    order: Order,
    after: Option<Cursor>,
    limit: u64,
    known: Option<Count>,
) -> Result<(Page<Uuid>, Count)> {
    let counted = match known {
        Some(count) => count,
        None if predicate.is_counted_in_index() => count(conn, table, predicate).await?,
        None => {
            // Counted and found at once: both look at all that pass.
            let most = Some(COUNT_MAX + 1);
            let (rows, found) = few(conn, table, predicate, &order, after.as_ref(), limit + 1, most).await?;
            if found <= COUNT_MAX {
                let cursor = |row: &Cursor| serde_json::to_string(row).unwrap_or_default();
                return Ok((Page::cut(rows, limit, cursor).map(|row| row.id), Count::of(found)));
            }
            Count::of(found)
        }
    };
    let order = Order { is_of_few: counted.is_exact, ..order };
    Ok((ids(conn, table, predicate, &order, after, limit).await?, counted))
}

/// Rows of a list that few pass, or that is cut at `most`: all are found first and put in order then. Also how many they
/// are.
///
/// Both databases would rather walk an index that is in the order asked for and test a million rows on the way, where
/// their guess of how many pass is far off.
async fn few(
    conn: &impl ConnectionTrait,
    table: Table,
    predicate: &Predicate,
    order: &Order,
    after: Option<&Cursor>,
    limit: u64,
    most: Option<u64>,
) -> Result<(Vec<Cursor>, u64)> {
    let backend = conn.get_database_backend();
    let column = order.column.as_ref();
    let key = |column: &Column| {
        let (known, by) = (column.is_known(backend, true), column.expression(backend));
        format!("CASE WHEN {known} THEN {by} END")
    };
    let key = column.map_or("NULL".to_owned(), key);
    let select = format!("WITH few AS MATERIALIZED (SELECT id, {key} AS sort_key FROM {} WHERE ", table.name());
    let mut sql = Sql::new(backend, table, Way::All, &select);
    predicate.write(&mut sql);
    if let Some(most) = most {
        sql.add(&format!(" LIMIT {most}"));
    }
    sql.add(") SELECT counted, id, sort_key FROM (SELECT COUNT(*) AS counted FROM few) AS number");
    sql.add(" LEFT JOIN (SELECT id, sort_key FROM few WHERE ");
    let (direction, beyond) = if order.is_descending { ("DESC", " < ") } else { ("ASC", " > ") };
    match (after, column) {
        (Some(Cursor { key: Some(last), id }), Some(_)) => {
            sql.add(&format!("((sort_key, id){beyond}(")).bind(last.clone()).add(", ").bind(*id);
            sql.add(") OR sort_key IS NULL)");
        }
        (Some(Cursor { id, .. }), _) => {
            sql.add("sort_key IS NULL AND id").add(beyond).bind(*id);
        }
        (None, _) => {
            sql.add("1 = 1");
        }
    }
    let by = format!("ORDER BY sort_key IS NULL, sort_key {direction}, id {direction}");
    sql.add(&format!(" {by} LIMIT {limit}) AS page ON 1 = 1 {by}"));
    let (mut rows, mut counted) = (Vec::new(), 0);
    for row in conn.query_all_raw(sql.statement()).await? {
        counted = u64::try_from(row.try_get::<i64>("", "counted")?).unwrap_or(0);
        if let Some(id) = row.try_get::<Option<Uuid>>("", "id")? {
            let key = column.map(|column| column.read(&row, "sort_key")).transpose()?.flatten();
            rows.push(Cursor { key, id });
        }
    }
    Ok((rows, counted))
}

/// The rows that have a value to be ordered by, and those that have none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Known,
    Unknown,
}

async fn part(
    conn: &impl ConnectionTrait,
    table: Table,
    predicate: &Predicate,
    order: &Order,
    part: Part,
    after: Option<&Cursor>,
    limit: u64,
) -> Result<Vec<Cursor>> {
    let backend = conn.get_database_backend();
    let column = order.column.as_ref().filter(|_| part == Part::Known);
    let by = column.map(|column| column.expression(backend));
    let (direction, beyond) = if order.is_descending { (" DESC", " < ") } else { (" ASC", " > ") };
    let key = by.as_deref().unwrap_or("id");
    let way = if order.is_walked(predicate) { Way::Walk } else { Way::Any };
    let select = format!("SELECT id, {key} AS sort_key FROM {} WHERE ", table.name());
    let mut sql = Sql::new(backend, table, way, &select);
    predicate.write(&mut sql);
    if let Some(ordered) = &order.column {
        sql.add(" AND ").add(&ordered.is_known(backend, part == Part::Known));
    }
    match (after, &by) {
        (Some(Cursor { key: Some(key), id }), Some(by)) => {
            sql.add(&format!(" AND ({by}, id){beyond}(")).bind(key.clone()).add(", ").bind(*id).add(")");
        }
        (Some(Cursor { id, .. }), _) => {
            sql.add(" AND id").add(beyond).bind(*id);
        }
        (None, _) => {}
    }
    if let Some(by) = &by {
        sql.add(&format!(" ORDER BY {by}{direction}, id{direction}"));
    } else {
        sql.add(&format!(" ORDER BY id{direction}"));
    }
    sql.add(&format!(" LIMIT {limit}"));
    let rows = conn.query_all_raw(sql.statement()).await?;
    let cursor = |row: sea_orm::QueryResult| {
        let key = column.map(|column| column.read(&row, "sort_key")).transpose()?.flatten();
        Ok(Cursor { key, id: row.try_get("", "id")? })
    };
    rows.into_iter().map(cursor).collect()
}

/// How many records there are, counted up to [`COUNT_MAX`].
pub async fn count(conn: &impl ConnectionTrait, table: Table, predicate: &Predicate) -> Result<Count> {
    let found = count_to(conn, table, predicate, COUNT_MAX + 1).await?;
    Ok(Count::of(found))
}

/// How many records there are, counted up to a number.
pub async fn count_to(conn: &impl ConnectionTrait, table: Table, predicate: &Predicate, most: u64) -> Result<u64> {
    let select = "SELECT COUNT(*) AS counted FROM (SELECT 1 FROM ";
    let mut sql = Sql::new(conn.get_database_backend(), table, Way::All, select);
    sql.add(table.name()).add(" WHERE ");
    predicate.write(&mut sql);
    sql.add(&format!(" LIMIT {most}) AS few"));
    let row = conn.query_one_raw(sql.statement()).await?;
    let counted: i64 = row.map(|row| row.try_get("", "counted")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(counted).unwrap_or(0))
}

/// Make lists by this column fast. Takes a second or two where there are a million records; writing waits meanwhile.
pub async fn index(conn: &impl ConnectionTrait, table: Table, column: &Column, name: &str) -> Result<()> {
    let backend = conn.get_database_backend();
    let by = column.expression(backend);
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let known = dialect::known_in_index(backend, &by);
    let sql = format!("CREATE INDEX IF NOT EXISTS by_{name} ON {} (({by}), id){known}", table.name());
    conn.execute_unprepared(&sql).await?;
    Ok(())
}
