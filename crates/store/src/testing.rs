//! Databases for tests: a new SQLite file, and a new PostgreSQL schema where the environment names a
//! server in `SUPPILO_TEST_POSTGRES`.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Location, Store};

/// Names the PostgreSQL server to test against: `postgres://user@host:port/database`.
pub const POSTGRES_VARIABLE: &str = "SUPPILO_TEST_POSTGRES";

/// An open database and what must outlive it.
pub struct TestStore {
    /// `sqlite` or `postgres`, for messages.
    pub name: &'static str,
    /// The open database.
    pub store: Store,
    _folder: Option<tempfile::TempDir>,
}

/// Every database the suite must pass on. Says so when PostgreSQL is not among them.
pub async fn all() -> Vec<TestStore> {
    let mut stores = vec![sqlite().await];
    match std::env::var(POSTGRES_VARIABLE) {
        Ok(url) => stores.push(postgres(url).await),
        Err(_) => eprintln!("skipped on PostgreSQL: {POSTGRES_VARIABLE} names no server"),
    }
    stores
}

/// A new SQLite database.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let location = Location::File(folder.path().join("test.db"));
    let store = Store::open(&location).await.expect("SQLite opens");
    TestStore { name: "sqlite", store, _folder: Some(folder) }
}

async fn postgres(url: String) -> TestStore {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = sea_orm::Database::connect(&url).await.expect("PostgreSQL answers");
    let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sea_orm::ConnectionTrait::execute_unprepared(&admin, &create).await.expect("a schema for the test");
    admin.close().await.expect("the connection closes");
    let store = Store::open(&Location::Postgres { url, schema: Some(schema) }).await.expect("PostgreSQL opens");
    TestStore { name: "postgres", store, _folder: None }
}

/// Every row of a table as JSON text.
pub async fn rows(store: &Store, table: &str) -> Vec<String> {
    use sea_orm::{FromQueryResult as _, JsonValue, Statement};
    let statement = Statement::from_string(store.backend(), format!("SELECT * FROM {table}"));
    let rows = JsonValue::find_by_statement(statement).all(store.reader()).await.expect("the table is read");
    rows.iter().map(ToString::to_string).collect()
}
