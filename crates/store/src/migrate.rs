//! Bringing the schema up to date. A file once released is never changed; a new one is added.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};

use crate::{Result, StoreError, dialect};

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../migrations/", $name, ".sql")))),*]
    };
}

const MIGRATIONS: &[(&str, &str)] = migrations![
    "0001_foundation",
    "0002_contacts",
    "0004_imports",
    "0005_pages",
    "0007_messages",
    "0010_funnels",
    "0011_deals",
    "0012_offers_orders",
    "0013_answers",
    "0014_spend",
    "0015_dashboards",
    "0016_gates",
    "0017_funnel_designs",
    "0018_records",
    "0019_activities",
    "0020_find",
    "0021_routing",
    "0022_targets",
    "0023_exchange",
    "0024_letters",
    "0025_inboxes",
    "0026_segments",
    "0029_boards",
];

/// Apply what has not been applied, in order, each file in a transaction of its own.
pub(crate) async fn up(connection: &DatabaseConnection) -> Result<()> {
    connection
        .execute_unprepared("CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY NOT NULL)")
        .await?;
    for (name, sql) in MIGRATIONS {
        let tx = connection.begin().await?;
        lock(&tx).await?;
        if is_applied(&tx, name).await? {
            continue;
        }
        tx.execute_unprepared(&dialect::schema(tx.get_database_backend(), sql)).await.map_err(|error| {
            StoreError::Damaged { what: "schema", detail: format!("migration {name} failed: {error}") }
        })?;
        let backend = tx.get_database_backend();
        let insert = "INSERT INTO schema_migrations (name) VALUES ($1)";
        tx.execute_raw(Statement::from_sql_and_values(backend, insert, [(*name).into()])).await?;
        tx.commit().await?;
        tracing::info!(migration = name, "schema changed");
    }
    Ok(())
}

/// Two programs that start at once on one PostgreSQL take turns. SQLite has one writer anyhow.
pub(crate) async fn lock(tx: &impl ConnectionTrait) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE schema_migrations IN EXCLUSIVE MODE").await?;
    }
    Ok(())
}

async fn is_applied(tx: &impl ConnectionTrait, name: &str) -> Result<bool> {
    let backend = tx.get_database_backend();
    let select = "SELECT name FROM schema_migrations WHERE name = $1";
    Ok(tx.query_one_raw(Statement::from_sql_and_values(backend, select, [name.into()])).await?.is_some())
}
