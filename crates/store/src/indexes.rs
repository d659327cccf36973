//! Indexes that rest while very many rows come in.
//!
//! Each index by a name, an address or a number is touched all over its tree by rows that come in no order of it, and
//! every page touched is written, by SQLite twice, once into the write-ahead file. Sorting once at the end writes each
//! page once. Unique indexes stay, since they keep rules.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use crate::{Result, Store, dialect, records::Table};

#[derive(FromQueryResult)]
struct Index {
    name: String,
    statement: String,
}

/// Let the indexes of a table rest that are only there to be fast. Lists are slow until [`wake_one`] has made them all
/// again. Answers whether any rests now.
pub async fn rest(conn: &impl ConnectionTrait, table: Table) -> Result<bool> {
    let backend = conn.get_database_backend();
    let found = of_table(conn, table).await?;
    for Index { name, statement } in &found {
        let sql = "INSERT INTO indexes_at_rest (name, statement) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let values = [name.clone().into(), statement.clone().into()];
        conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        conn.execute_unprepared(&format!("DROP INDEX {}", quoted(name))).await?;
    }
    Ok(!found.is_empty())
}

/// The indexes of a table that keep no rule.
async fn of_table(conn: &impl ConnectionTrait, table: Table) -> Result<Vec<Index>> {
    let backend = conn.get_database_backend();
    let sql = format!(
        "SELECT name, statement FROM {} AS known WHERE of_table = $1 AND UPPER(statement) NOT LIKE 'CREATE UNIQUE%' \
         ORDER BY name",
        dialect::indexes(backend)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [table.name().into()]);
    Ok(Index::find_by_statement(statement).all(conn).await?)
}

/// Make one of the resting indexes again: a second or two where there are a million rows. Answers whether there was
/// one.
pub async fn wake_one(conn: &impl ConnectionTrait) -> Result<bool> {
    let backend = conn.get_database_backend();
    let sql = "SELECT name, statement FROM indexes_at_rest ORDER BY name LIMIT 1";
    let Some(index) = Index::find_by_statement(Statement::from_string(backend, sql)).one(conn).await? else {
        return Ok(false);
    };
    // Somebody may have made it meanwhile: the index of a field that was defined again.
    let sql = format!("SELECT name, statement FROM {} AS known WHERE name = $1", dialect::indexes(backend));
    let values = [index.name.clone().into()];
    if Index::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).one(conn).await?.is_none() {
        conn.execute_unprepared(&index.statement).await?;
    }
    let sql = "DELETE FROM indexes_at_rest WHERE name = $1";
    conn.execute_raw(Statement::from_sql_and_values(backend, sql, [index.name.into()])).await?;
    Ok(true)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Store {
    /// Make all indexes again that rest, each in a transaction of its own so that others can write in between.
    pub async fn wake_indexes(&self) -> Result<()> {
        loop {
            let tx = self.begin().await?;
            let was_one = wake_one(&tx).await?;
            tx.commit().await?;
            if !was_one {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    async fn indexes(store: &Store) -> Vec<(String, String)> {
        let found = of_table(store.reader(), Table::Contacts).await.unwrap();
        found.into_iter().map(|index| (index.name, index.statement)).collect()
    }

    async fn insert_twice(store: &Store) -> bool {
        let sql = "INSERT INTO contacts (id, email, is_email_verified, first_name, last_name, phone, company, locale, \
                   tags, traits, channel, search, created_at, updated_at) \
                   VALUES ($1, 'a@b.no', FALSE, '', '', '', '', 'en', '[]', '{}', '', '', 0, 0)";
        let tx = store.begin().await.unwrap();
        let mut refused = false;
        for id in [1u128, 2] {
            let values = [sea_orm::prelude::Uuid::from_u128(id).into()];
            let statement = Statement::from_sql_and_values(store.backend(), sql, values);
            refused = tx.execute_raw(statement).await.is_err();
        }
        refused
    }

    #[tokio::test]
    async fn indexes_rest_and_wake_as_they_were() {
        for test in testing::all().await {
            let store = &test.store;
            let before = indexes(store).await;
            assert!(before.len() > 10, "{before:?}");
            let tx = store.begin().await.unwrap();
            assert!(rest(&tx, Table::Contacts).await.unwrap());
            tx.commit().await.unwrap();
            // What keeps an address from being there twice stays.
            assert_eq!(indexes(store).await.into_iter().filter(|(name, _)| name.starts_with("contacts_n")).count(), 0);
            assert!(insert_twice(store).await, "{}", test.name);
            // One was made meanwhile, and nothing rests twice.
            let tx = store.begin().await.unwrap();
            tx.execute_unprepared(&before.iter().find(|(name, _)| name == "contacts_name").unwrap().1).await.unwrap();
            tx.commit().await.unwrap();
            store.wake_indexes().await.unwrap();
            assert_eq!(indexes(store).await, before, "{}", test.name);
            let tx = store.begin().await.unwrap();
            assert!(!wake_one(&tx).await.unwrap());
        }
    }
}
