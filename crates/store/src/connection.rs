//! Opening the database, and the two ways to use it: read, or write in a transaction.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use crate::{Result, migrate, search};

/// Where the state is kept.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file, made when it is not there.
    File(PathBuf),
    /// A PostgreSQL address, and a schema inside it when several programs share the database.
    Postgres { url: String, schema: Option<String> },
}

/// Readers beside the one writer of SQLite. More gain nothing on the machines this runs on.
const SQLITE_READERS_MAX: u32 = 4;
const POSTGRES_CONNECTIONS_MAX: u32 = 12;
/// How long a statement waits for a free connection or a lock before it fails.
const WAIT: Duration = Duration::from_secs(15);

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
}

/// What lookups run on.
pub type Reader = DatabaseConnection;

/// One transaction. Dropped without [`Tx::commit`], it leaves no trace.
pub struct Tx(DatabaseTransaction);

impl Store {
    /// Open the database and bring its schema up to date.
    pub async fn open(location: &Location) -> Result<Self> {
        Self::open_with(location, Synchronous::Full).await
    }

    /// Open a database for history that can be made again: it need not survive a power cut meanwhile.
    pub async fn open_history(location: &Location) -> Result<Self> {
        Self::open_with(location, Synchronous::Off).await
    }

    async fn open_with(location: &Location, synchronous: Synchronous) -> Result<Self> {
        let store = Self::connect(location, synchronous).await?;
        migrate::up(&store.write).await?;
        search::watch(&store.write).await?;
        // An import may have been killed while they rested.
        store.wake_indexes().await?;
        Ok(store)
    }

    async fn connect(location: &Location, synchronous: Synchronous) -> Result<Self> {
        match location {
            Location::File(path) => {
                let url = format!("sqlite://{}?mode=rwc", path.display());
                // SQLite has one writer. A pool of one makes writers queue here, in order, instead of
                // failing with "database is locked" there.
                let write = Database::connect(sqlite_options(&url, 1, synchronous)).await?;
                let read = Database::connect(sqlite_options(&url, SQLITE_READERS_MAX, synchronous)).await?;
                Ok(Self { read, write })
            }
            Location::Postgres { url, schema } => {
                let mut options = ConnectOptions::new(url.clone());
                options.max_connections(POSTGRES_CONNECTIONS_MAX).acquire_timeout(WAIT).sqlx_logging(false);
                if let Some(schema) = schema {
                    let schema = schema.clone();
                    options.map_sqlx_postgres_opts(move |o| o.options([("search_path", schema.as_str())]));
                }
                let connection = Database::connect(options).await?;
                Ok(Self { read: connection.clone(), write: connection })
            }
        }
    }

    /// For lookups outside a transaction.
    pub fn reader(&self) -> &Reader {
        &self.read
    }

    /// Which database this is.
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Open a transaction that may write. On SQLite it takes the write lock at once: a transaction that
    /// reads first and asks for the lock later fails at once under load.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(self.write.begin_with_options(options).await?))
    }

    /// Close every connection. On SQLite this folds the write-ahead file back into the database.
    pub async fn close(&self) -> Result<()> {
        self.read.clone().close().await?;
        self.write.clone().close().await?;
        Ok(())
    }
}

/// When SQLite waits for the disk.
#[derive(Debug, Clone, Copy)]
enum Synchronous {
    /// At every commit. With a write-ahead file, FULL makes every commit durable; NORMAL may lose the last ones.
    Full,
    /// Never.
    Off,
}

fn sqlite_options(url: &str, connections_max: u32, synchronous: Synchronous) -> ConnectOptions {
    let synchronous = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Off => "OFF",
    };
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(connections_max).acquire_timeout(WAIT).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |o| {
        o.pragma("journal_mode", "WAL")
            .pragma("synchronous", synchronous)
            .pragma("cache_size", "-8000")
            // Who is erased must be gone from the file, not only from its tables.
            .pragma("secure_delete", "ON")
            .foreign_keys(true)
            .busy_timeout(WAIT)
    });
    options
}

impl Tx {
    /// Make everything done in it permanent.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}

impl Store {
    /// Leave nothing of rows that were deleted in the files of SQLite. PostgreSQL vacuums by itself.
    pub async fn forget_deleted(&self) -> Result<()> {
        if self.backend() == DbBackend::Sqlite {
            self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Let the planner know how the rows are spread. PostgreSQL does so by itself, some minutes later.
    pub async fn refresh_statistics(&self) -> Result<()> {
        let sql = match self.backend() {
            // Looks at a part of each index: 2.5 s where there are millions of rows. A part of 1,000 rows told nobody that
            // fewer have an owner than a language, so that lists of the own contacts took 1.5 s instead of 1 ms.
            DbBackend::Sqlite => "PRAGMA analysis_limit = 100000; ANALYZE",
            _ => "ANALYZE",
        };
        self.write.execute_unprepared(sql).await?;
        Ok(())
    }

    /// What SQLite finds wrong with a database file. It is opened for writing, so name a copy of one in use.
    ///
    /// # Errors
    /// When it cannot be opened or read at all.
    pub async fn problems_of_file(file: &std::path::Path) -> Result<Vec<String>> {
        let url = format!("sqlite://{}?mode=rw", file.display());
        let database = Database::connect(sqlite_options(&url, 1, Synchronous::Off)).await?;
        let ask = |sql: &str| database.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql.to_owned()));
        let mut problems = Vec::new();
        for row in ask("PRAGMA integrity_check").await? {
            problems.push(row.try_get_by_index::<String>(0)?);
        }
        problems.retain(|problem| problem != "ok");
        for row in ask("PRAGMA foreign_key_check").await? {
            let (table, parent) = (row.try_get_by_index::<String>(0)?, row.try_get_by_index::<String>(2)?);
            problems.push(format!("a row of {table} points at one of {parent} that is not there"));
        }
        database.close().await?;
        Ok(problems)
    }

    /// Write a consistent copy of the whole database into a new file, while it is in use. SQLite only:
    /// answers false on PostgreSQL, which has tools of its own for this.
    pub async fn copy_to(&self, file: &std::path::Path) -> Result<bool> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(false);
        }
        let path = file.to_string_lossy().into_owned();
        self.read
            .execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO $1", [path.into()]))
            .await?;
        Ok(true)
    }
}
