//! Indexes that rest while very many rows come in.
//!
//! Each index by a name, an address or a number is touched all over its tree by rows that come in no order of it, and
//! SQLite writes every page it touched twice, once into the write-ahead file. A million contacts with their twelve
//! indexes made it write some thirty times what the rows come to; sorting once at the end writes each page once.
//! Unique indexes stay, since they keep rules. PostgreSQL notes changes of rows and not pages, so nothing rests there.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::{Result, Store, records::Table};

#[derive(FromQueryResult)]
struct Index {
    name: String,
    statement: String,
}

/// Let the indexes of a table rest that are only there to be fast. Lists are slow until [`wake_one`] has made them all
/// again. Answers whether any rests now.
pub async fn rest(conn: &impl ConnectionTrait, table: Table) -> Result<bool> {
    let backend = conn.get_database_backend();
    if backend != DbBackend::Sqlite {
        return Ok(false);
    }
    // Those that a rule made have no statement; those that keep one are not only there to be fast.
    let sql = "SELECT name, sql AS statement FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 \
               AND sql IS NOT NULL AND UPPER(sql) NOT LIKE 'CREATE UNIQUE%'";
    let found =
        Index::find_by_statement(Statement::from_sql_and_values(backend, sql, [table.name().into()])).all(conn).await?;
    for Index { name, statement } in &found {
        let sql = "INSERT OR REPLACE INTO indexes_at_rest (name, statement) VALUES ($1, $2)";
        let values = [name.clone().into(), statement.clone().into()];
        conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        conn.execute_unprepared(&format!("DROP INDEX {}", quoted(name))).await?;
    }
    Ok(!found.is_empty())
}

/// Make one of the resting indexes again: a second or two where there are a million rows. Answers whether there was
/// one.
pub async fn wake_one(conn: &impl ConnectionTrait) -> Result<bool> {
    let backend = conn.get_database_backend();
    if backend != DbBackend::Sqlite {
        return Ok(false);
    }
    let sql = "SELECT name, statement FROM indexes_at_rest ORDER BY name LIMIT 1";
    let Some(index) = Index::find_by_statement(Statement::from_string(backend, sql)).one(conn).await? else {
        return Ok(false);
    };
    // Somebody may have made it meanwhile: the index of a field that was defined again.
    let sql = "SELECT name, COALESCE(sql, '') AS statement FROM sqlite_master WHERE type = 'index' AND name = $1";
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
        let sql = "SELECT name, COALESCE(sql, '') AS statement FROM sqlite_master WHERE type = 'index' \
                   AND tbl_name = 'contacts' ORDER BY name";
        let found = Index::find_by_statement(Statement::from_string(DbBackend::Sqlite, sql));
        found.all(store.reader()).await.unwrap().into_iter().map(|index| (index.name, index.statement)).collect()
    }

    #[tokio::test]
    async fn indexes_rest_and_wake_as_they_were() {
        for test in testing::all().await {
            let store = &test.store;
            if store.backend() != DbBackend::Sqlite {
                let tx = store.begin().await.unwrap();
                assert!(!rest(&tx, Table::Contacts).await.unwrap());
                continue;
            }
            let before = indexes(store).await;
            assert!(before.len() > 10, "{before:?}");
            let tx = store.begin().await.unwrap();
            assert!(rest(&tx, Table::Contacts).await.unwrap());
            tx.commit().await.unwrap();
            // What keeps an address from being there twice stays.
            let resting = indexes(store).await;
            assert!(!resting.is_empty() && resting.iter().all(|(_, statement)| statement.is_empty()), "{resting:?}");
            // One was made meanwhile, and nothing rests twice.
            let tx = store.begin().await.unwrap();
            tx.execute_unprepared(&before.iter().find(|(name, _)| name == "contacts_name").unwrap().1).await.unwrap();
            tx.commit().await.unwrap();
            store.wake_indexes().await.unwrap();
            assert_eq!(indexes(store).await, before);
            let tx = store.begin().await.unwrap();
            assert!(!wake_one(&tx).await.unwrap());
        }
    }
}
