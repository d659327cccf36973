//! What the search index is fed with: the texts of each noun, and a list of what changed.
//!
//! Triggers write the list, in the transaction of the change: no way of writing, by hand, in bulk or by an import,
//! can forget it. Whoever keeps an index reads the list in the order of commits from where it stood; nothing of an
//! index is kept, so the list may be cut, and whoever was left behind builds anew.

use sea_orm::entity::prelude::Uuid;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult, Statement, TransactionTrait, Value};

use crate::{Result, dialect, migrate, records};

/// A noun that can be found, in SQL over its table `t`.
#[derive(Debug)]
pub struct Noun {
    /// The word for one, in the API too.
    pub name: &'static str,
    table: &'static str,
    /// Whose it is, where that decides who sees it.
    owner: &'static str,
    title: &'static str,
    /// What else it is found by.
    more: &'static str,
    phone: &'static str,
    /// What tells it from another of the same title.
    detail: &'static str,
    /// The texts that lists are filtered by.
    written: &'static [&'static str],
}

const NO_OWNER: &str = "CAST(NULL AS UUID)";
const NOTHING: &str = "''";
const NAME_OR_EMAIL: &str = "CASE WHEN t.first_name <> '' OR t.last_name <> '' \
    THEN TRIM(t.first_name || ' ' || t.last_name) ELSE COALESCE(t.email, '') END";
const CONTACT_OF_DEAL: &str =
    "(SELECT TRIM(c.first_name || ' ' || c.last_name) || ' ' || c.company FROM contacts c WHERE c.id = t.contact_id)";
const SLUG_OF_PAGE: &str = "COALESCE((SELECT MIN(v.slug) FROM page_versions v \
    WHERE v.page_id = t.id AND v.state = 'published'), '')";

/// The texts of contacts that lists are filtered by; [`texts_of_contact`] knows their places.
const CONTACT_WRITTEN: [&str; 5] = ["t.first_name", "t.last_name", "COALESCE(t.email, '')", "t.phone", "t.company"];

/// In which written texts of a contact the words of a column lie, a bit for each.
pub fn texts_of_contact(column: &records::Place) -> Option<u32> {
    match column {
        records::Place::Name => Some(1 + 2),
        records::Place::Column("first_name") => Some(1),
        records::Place::Column("last_name") => Some(2),
        records::Place::Column("email") => Some(4),
        records::Place::Column("phone") => Some(8),
        records::Place::Column("company") => Some(16),
        records::Place::Column(_) | records::Place::Field { .. } => None,
    }
}

/// All that can be found, in the order in which it is shown. A new noun is a line here and its permission in
/// `app::search`.
#[rustfmt::skip]
pub const NOUNS: [Noun; 5] = [
    Noun { name: "contact", table: "contacts", owner: NO_OWNER, title: NAME_OR_EMAIL, more: "COALESCE(t.email, '') || ' ' || t.company", phone: "t.phone", detail: "COALESCE(t.email, '') || ' ' || t.company", written: &CONTACT_WRITTEN },
    Noun { name: "deal", table: "deals", owner: "t.owner_id", title: "t.title", more: CONTACT_OF_DEAL, phone: NOTHING, detail: CONTACT_OF_DEAL, written: &["t.title"] },
    Noun { name: "order", table: "orders", owner: NO_OWNER, title: "CAST(t.number AS TEXT)", more: "t.search", phone: NOTHING, detail: "t.buyer ->> 'name'", written: &[] },
    Noun { name: "page", table: "pages", owner: NO_OWNER, title: "t.name", more: SLUG_OF_PAGE, phone: NOTHING, detail: SLUG_OF_PAGE, written: &[] },
    Noun { name: "offer", table: "offers", owner: NO_OWNER, title: "t.document ->> 'name'", more: "t.slug", phone: NOTHING, detail: "t.slug", written: &[] },
];

/// The texts of one thing.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Texts {
    pub id: Uuid,
    pub owner: Option<Uuid>,
    pub title: String,
    pub more: String,
    pub phone: String,
    pub detail: String,
    /// [`Noun::written`] behind each other, an [`END`] behind each.
    written: String,
}

/// Ends a written text where several come together.
const END: char = '\u{1f}';

impl Texts {
    /// The texts that lists are filtered by; none where lists of the noun are not.
    pub fn written(&self) -> Option<Vec<String>> {
        let mut texts: Vec<String> = self.written.split(END).map(str::to_owned).collect();
        texts.pop();
        (!texts.is_empty()).then_some(texts)
    }
}

impl Noun {
    fn select(&self, backend: DbBackend) -> String {
        let Self { table, owner, title, more, phone, detail, written, .. } = self;
        let end = u32::from(END);
        let end = if backend == DbBackend::Sqlite { format!("char({end})") } else { format!("chr({end})") };
        // One that has the mark in it would be taken for two.
        let one = |text: &&str| format!("REPLACE({text}, {end}, ' ') || {end}");
        let written = written.iter().map(one).reduce(|all, one| format!("{all} || {one}"));
        let written = written.as_deref().unwrap_or(NOTHING);
        let texts =
            format!("{title} AS title, {more} AS more, {phone} AS phone, {detail} AS detail, {written} AS written");
        format!("SELECT t.id AS id, {owner} AS owner, {texts} FROM {table} t")
    }

    /// Things behind one, by id.
    pub async fn after(&self, conn: &impl ConnectionTrait, after: Uuid, limit: u64) -> Result<Vec<Texts>> {
        let sql = format!("{} WHERE t.id > $1 ORDER BY t.id LIMIT {limit}", self.select(conn.get_database_backend()));
        texts(conn, sql, vec![after.into()]).await
    }

    /// Those things of a list that are there.
    pub async fn of(&self, conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Texts>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let backend = conn.get_database_backend();
        let (before, after) = dialect::id_among(backend);
        let sql = format!("{} WHERE {before}$1{after}", self.select(backend));
        texts(conn, sql, vec![dialect::id_list(backend, ids).into()]).await
    }
}

async fn texts(conn: &impl ConnectionTrait, sql: String, values: Vec<Value>) -> Result<Vec<Texts>> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(Texts::find_by_statement(statement).all(conn).await?)
}

/// A place in the list of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The transaction; always 0 on SQLite, whose writers take turns.
    pub transaction: i64,
    pub number: i64,
}

/// A thing that was added, changed or removed.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Change {
    pub transaction_id: i64,
    pub number: i64,
    pub noun: String,
    pub thing_id: Uuid,
}

/// Changes behind a place, at most `limit`, in the order of their transactions. On PostgreSQL a transaction is shown
/// once none that began before it can still commit: else a reader would pass over it.
pub async fn changes(conn: &impl ConnectionTrait, after: Place, limit: u64) -> Result<Vec<Change>> {
    let backend = conn.get_database_backend();
    let settled = match backend {
        DbBackend::Sqlite => "",
        _ => " AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    };
    let sql = format!(
        "SELECT transaction_id, number, noun, thing_id FROM search_changes \
         WHERE (transaction_id, number) > ($1, $2){settled} ORDER BY transaction_id, number LIMIT {limit}"
    );
    let values = [after.transaction.into(), after.number.into()];
    Ok(Change::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(conn).await?)
}

/// Whether changes stand behind a place, also those that a reader is not shown yet.
pub async fn has_behind(conn: &impl ConnectionTrait, after: Place) -> Result<bool> {
    let sql = "SELECT transaction_id, number FROM search_changes \
               WHERE (transaction_id, number) > ($1, $2) ORDER BY transaction_id, number LIMIT 1";
    let values = [after.transaction.into(), after.number.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(End::find_by_statement(statement).one(conn).await?.is_some())
}

#[derive(FromQueryResult)]
struct End {
    transaction_id: i64,
    number: i64,
}

/// The place before which everything is in the tables, for whoever builds an index anew.
pub async fn place(conn: &impl ConnectionTrait) -> Result<Place> {
    let backend = conn.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "SELECT 0 AS transaction_id, COALESCE(MAX(number), 0) AS number FROM search_changes",
        _ => {
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 AS transaction_id, \
             9223372036854775807 AS number"
        }
    };
    let end = End::find_by_statement(Statement::from_string(backend, sql)).one(conn).await?;
    Ok(end.map(|end| Place { transaction: end.transaction_id, number: end.number }).unwrap_or_default())
}

/// Whether changes behind a place were cut off the list.
pub async fn is_cut(conn: &impl ConnectionTrait, place: Place) -> Result<bool> {
    let cut: Option<i64> = crate::settings::find(conn, CUT).await?;
    Ok(match conn.get_database_backend() {
        DbBackend::Sqlite => cut.is_some_and(|cut| cut > place.number),
        _ => cut.is_some_and(|cut| cut > place.transaction),
    })
}

/// Things of a noun that changed behind a place, also by transactions that others may still overtake; none when there
/// are more than `most`, or the list was cut.
pub async fn changed_behind(
    conn: &impl ConnectionTrait,
    noun: &str,
    after: Place,
    most: usize,
) -> Result<Option<Vec<Uuid>>> {
    if is_cut(conn, after).await? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT transaction_id, number, noun, thing_id FROM search_changes \
         WHERE (transaction_id, number) > ($1, $2) LIMIT {}",
        most + 1
    );
    let values = [after.transaction.into(), after.number.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let changes = Change::find_by_statement(statement).all(conn).await?;
    if changes.len() > most {
        return Ok(None);
    }
    Ok(Some(changes.into_iter().filter(|change| change.noun == noun).map(|change| change.thing_id).collect()))
}

/// The setting that says up to where the list was cut.
const CUT: &str = "search_changes_cut";

/// Keep the newest `keep` changes of the list only.
pub async fn cut(conn: &impl ConnectionTrait, keep: i64, now: base::Timestamp) -> Result<()> {
    let backend = conn.get_database_backend();
    let sql = "SELECT transaction_id, number FROM search_changes ORDER BY number DESC LIMIT 1";
    let Some(last) = End::find_by_statement(Statement::from_string(backend, sql)).one(conn).await? else {
        return Ok(());
    };
    let sql = "SELECT transaction_id, number FROM search_changes WHERE number <= $1 ORDER BY number DESC LIMIT 1";
    let values = [(last.number - keep).into()];
    let Some(first) = End::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).one(conn).await?
    else {
        return Ok(());
    };
    let mark = if backend == DbBackend::Sqlite { first.number } else { first.transaction_id };
    crate::settings::save(conn, CUT, &mark, now).await?;
    let sql = "DELETE FROM search_changes WHERE number <= $1";
    conn.execute_raw(Statement::from_sql_and_values(backend, sql, [first.number.into()])).await?;
    Ok(())
}

/// Have every change of a noun noted. Runs at each start: a noun that is new comes in so.
pub(crate) async fn watch(connection: &DatabaseConnection) -> Result<()> {
    let tx = connection.begin().await?;
    migrate::lock(&tx).await?;
    let backend = tx.get_database_backend();
    if backend == DbBackend::Sqlite {
        for noun in &NOUNS {
            for (event, row) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
                let (name, table) = (noun.name, noun.table);
                let sql = format!(
                    "CREATE TRIGGER IF NOT EXISTS {table}_search_{event} AFTER {event} ON {table} BEGIN \
                     INSERT INTO search_changes (noun, thing_id) VALUES ('{name}', {row}.id); END"
                );
                tx.execute_unprepared(&sql).await?;
            }
        }
    } else {
        tx.execute_unprepared(
            "CREATE OR REPLACE FUNCTION note_search_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO search_changes (transaction_id, noun, thing_id) \
             VALUES (pg_current_xact_id()::text::bigint, TG_ARGV[0], COALESCE(NEW.id, OLD.id)); RETURN NULL; END $$",
        )
        .await?;
        for Noun { name, table, .. } in &NOUNS {
            let sql = format!(
                "CREATE OR REPLACE TRIGGER {table}_search AFTER INSERT OR UPDATE OR DELETE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION note_search_change('{name}')"
            );
            tx.execute_unprepared(&sql).await?;
        }
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn every_change_is_noted_and_the_list_can_be_cut() {
        for test in testing::all().await {
            let store = &test.store;
            let start = place(store.reader()).await.unwrap();
            let tx = store.begin().await.unwrap();
            for slug in ["a", "b", "c"] {
                let sql = "INSERT INTO pages (id, name, created_at, updated_at) VALUES ($1, $2, 0, 0)";
                let id = Uuid::from_u128(u128::from(slug.as_bytes()[0]));
                let values = [id.into(), slug.into()];
                tx.execute_raw(Statement::from_sql_and_values(store.backend(), sql, values)).await.unwrap();
            }
            tx.execute_unprepared("UPDATE pages SET name = 'd' WHERE name = 'c'").await.unwrap();
            tx.execute_unprepared("DELETE FROM pages WHERE name = 'b'").await.unwrap();
            tx.commit().await.unwrap();
            // What others began before on the same server keeps changes back for a while.
            let mut noted = Vec::new();
            for _ in 0..1_000 {
                noted = changes(store.reader(), start, 10).await.unwrap();
                if !noted.is_empty() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            let ids: Vec<u128> = noted.iter().map(|change| change.thing_id.as_u128()).collect();
            assert_eq!(ids, [97, 98, 99, 99, 98], "{}", test.name);
            assert!(noted.iter().all(|change| change.noun == "page"), "{}", test.name);
            let pages = NOUNS.iter().find(|noun| noun.name == "page").unwrap();
            let all = pages.after(store.reader(), Uuid::nil(), 10).await.unwrap();
            let titles: Vec<&str> = all.iter().map(|texts| texts.title.as_str()).collect();
            assert_eq!(titles, ["a", "d"], "{}", test.name);
            assert_eq!(pages.of(store.reader(), &[Uuid::from_u128(99), Uuid::from_u128(98)]).await.unwrap().len(), 1);
            let last = noted.last().unwrap();
            let here = Place { transaction: last.transaction_id, number: last.number };
            assert_eq!(changes(store.reader(), here, 10).await.unwrap(), [], "{}", test.name);
            let tx = store.begin().await.unwrap();
            cut(&tx, 2, base::Timestamp::from_ms(0)).await.unwrap();
            tx.commit().await.unwrap();
            assert!(is_cut(store.reader(), start).await.unwrap(), "{}", test.name);
            assert!(!is_cut(store.reader(), here).await.unwrap(), "{}", test.name);
        }
    }
}
