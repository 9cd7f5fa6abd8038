//! Queries, one file a noun, the same on both databases. What differs between SQLite and PostgreSQL
//! stands in this file.
//!
//! Finders take the owner: a row of somebody else's is not found. Functions take the connection
//! first, a pool's or a transaction's.

pub mod context;
pub mod deletion;
pub mod event;
pub mod execution;
pub mod execution_log;
mod file_lock;
pub mod lease;
mod migrate;
pub mod model;
pub mod notify;
pub mod page;
pub mod pending;
pub mod profile;
pub mod retention;
pub mod revision;
mod rows;
pub mod session;
pub mod snapshot;
pub mod stage;
mod state;
pub mod statistics;
pub mod workflow;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::sqlx::Executor;
use sea_orm::sqlx::sqlite::{SqliteAutoVacuum, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, RuntimeErr, SqlErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use secrecy::SecretString;

use self::file_lock::FileLock;
use self::notify::{Listener, Notifier};
use crate::error::{Error, Result};

/// A writer waits so long for the file before it is refused: writers queue in the pool, so that only
/// a foreign process can hold it.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request queues for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that was idle so long may be gone: it is asked before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// One for the writes of workers and one for starts: no more are ever used at once.
const GROUP_CONNECTIONS: u32 = 2;
/// Statements that a connection keeps prepared: those that write several rows come in a few lengths.
const PREPARED_STATEMENTS: usize = 400;
/// Rows that SQLite's thread may read ahead of whoever asked, who wants all of them: at fewer than there are
/// the two wait for each other row by row.
const ROWS_AHEAD: usize = 2_000;
/// A database that takes longer to answer is taken for gone.
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// A process that stands still in the middle of a transaction, as one does whose machine is paused,
/// must not hold its locks for ever: the others wait for them.
///
/// Pages of lists are read by the index that has their order, whatever their parameters are: a plan for these
/// very ones would only be made anew each time, which takes longer than a page of many lists. A plan that is kept
/// knows no limit, so that it may look costly enough to be compiled, which would take longer still; and it is
/// never to read a whole table, however small that was when the plan was made.
const POSTGRES_SETTINGS: &str = "set idle_in_transaction_session_timeout = '10s';
    set plan_cache_mode = force_generic_plan;
    set jit = off;
    set enable_seqscan = off";
/// Statements of groups look rows up by their keys, however many there are.
const GROUP_SETTINGS: &str = "set idle_in_transaction_session_timeout = '10s';
    set plan_cache_mode = force_generic_plan;
    set jit = off;
    set enable_seqscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off";
/// Key of the advisory lock under which the keeper works ("flkeeper" in ASCII).
const KEEP_LOCK: i64 = 0x666c_6b65_6570_6572;

/// An open database: a pool that reads, and one that writes (on SQLite a single connection).
#[derive(Clone, Debug)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// On PostgreSQL few connections that do nothing but commit groups: so they plan each of its
    /// statements once.
    group: DatabaseConnection,
    /// On PostgreSQL a connection of its own, so that a session is renewed however busy the pool is.
    heartbeat: DatabaseConnection,
    /// On SQLite this process's claim to the file.
    lock: Option<Arc<FileLock>>,
    /// May hold a password.
    url: SecretString,
    statements: Arc<AtomicU64>,
    #[cfg(feature = "faults")]
    bytes_bound: Arc<std::sync::atomic::AtomicUsize>,
    commits: Arc<AtomicU64>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:` or `postgres:`); a missing SQLite file is created.
    ///
    /// # Errors
    /// `Conflict` when another process has the SQLite file, `Internal` when it cannot be opened.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        let mut store = if is_sqlite(url) {
            let lock = FileLock::take(url)?.map(Arc::new);
            // The writer comes first: it creates the file and turns the journal over.
            let writer = Database::connect(sqlite_options(url, 1)).await?;
            let reader = Database::connect(sqlite_options(url, max_connections)).await?;
            Self {
                reader,
                heartbeat: writer.clone(),
                group: writer.clone(),
                writer,
                lock,
                url: SecretString::from(url),
                statements: Arc::default(),
                #[cfg(feature = "faults")]
                bytes_bound: Arc::default(),
                commits: Arc::default(),
            }
        } else {
            let pool = Database::connect(options(url, max_connections)).await?;
            let group = options_with(url, GROUP_CONNECTIONS, GROUP_SETTINGS);
            Self {
                reader: pool.clone(),
                writer: pool,
                group: Database::connect(group).await?,
                heartbeat: Database::connect(options(url, 1)).await?,
                lock: None,
                url: SecretString::from(url),
                statements: Arc::default(),
                #[cfg(feature = "faults")]
                bytes_bound: Arc::default(),
                commits: Arc::default(),
            }
        };
        store.count_statements();
        Ok(store)
    }

    /// The pool to read from.
    #[must_use]
    pub const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection that renews this process's session.
    #[must_use]
    pub const fn heartbeat(&self) -> &DatabaseConnection {
        &self.heartbeat
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// `Internal` when no connection can be had.
    pub async fn transaction(&self) -> Result<DatabaseTransaction> {
        begin(&self.writer).await
    }

    /// Begins a transaction that writes what many have to write.
    ///
    /// # Errors
    /// `Internal` when no connection can be had.
    pub async fn group_transaction(&self) -> Result<DatabaseTransaction> {
        begin(&self.group).await
    }

    /// Brings the tables up to date. Replicas that start together do it once, and those that run work on.
    ///
    /// # Errors
    /// `Internal` when a change fails.
    pub async fn migrate(&self) -> Result<()> {
        migrate::up(self).await
    }

    /// Hears what other processes on this PostgreSQL notify.
    ///
    /// # Errors
    /// `Internal` when it cannot be reached.
    pub async fn listener(&self) -> Result<Listener> {
        Listener::connect(&self.url).await
    }

    /// Notifies the other processes on this PostgreSQL.
    ///
    /// # Errors
    /// `Internal` when its address makes no sense.
    pub async fn notifier(&self) -> Result<Notifier> {
        Notifier::connect(&self.url).await
    }

    /// Does the database answer, and soon?
    pub async fn is_alive(&self) -> bool {
        let ping = tokio::time::timeout(PING_TIMEOUT, self.reader.ping());
        matches!(ping.await, Ok(Ok(())))
    }

    /// How many connections there are: pool, state and count.
    #[must_use]
    pub fn connections(&self) -> Vec<(&'static str, &'static str, usize)> {
        let pools = if self.is_embedded() {
            vec![("reader", &self.reader), ("writer", &self.writer)]
        } else {
            vec![("shared", &self.reader)]
        };
        let mut found = Vec::new();
        for (name, pool) in pools {
            let (all, idle) = if self.is_embedded() {
                let pool = pool.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            } else {
                let pool = pool.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            };
            let all = usize::try_from(all).unwrap_or(usize::MAX);
            found.push((name, "idle", idle));
            found.push((name, "used", all.saturating_sub(idle)));
        }
        found
    }

    /// Statements sent so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Bytes of the texts and of the JSON in the statements sent so far.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn bytes_bound(&self) -> usize {
        self.bytes_bound.load(Ordering::Relaxed)
    }

    /// Commits a transaction that writes.
    ///
    /// # Errors
    /// `Internal` when the database fails: whether it was committed is unknown then.
    pub async fn commit(&self, transaction: DatabaseTransaction) -> Result<()> {
        transaction.commit().await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Transactions committed so far.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Does this store belong to one process alone?
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// Closes all connections.
    pub async fn close(self) {
        // A failure to say goodbye changes nothing for anybody.
        let _ = self.reader.close().await;
        let _ = self.writer.close().await;
        let _ = self.group.close().await;
        let _ = self.heartbeat.close().await;
        if let Some(lock) = self.lock {
            lock.release();
        }
    }

    fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    fn count_statements(&mut self) {
        for connection in [
            &mut self.reader,
            &mut self.writer,
            &mut self.group,
            &mut self.heartbeat,
        ] {
            let statements = Arc::clone(&self.statements);
            #[cfg(feature = "faults")]
            let bytes_bound = Arc::clone(&self.bytes_bound);
            connection.set_metric_callback(move |_sent| {
                statements.fetch_add(1, Ordering::Relaxed);
                #[cfg(feature = "faults")]
                bytes_bound.fetch_add(rows::bytes_of(_sent.statement), Ordering::Relaxed);
            });
        }
    }
}

async fn begin(pool: &DatabaseConnection) -> Result<DatabaseTransaction> {
    // A deferred transaction of SQLite fails at once when it turns into a write.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(pool.begin_with_options(options).await?)
}

/// Waits for a lock of PostgreSQL's that ends with the transaction; SQLite's writer is alone anyway.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn advisory_lock(db: &impl ConnectionTrait, key: i64) -> Result<()> {
    if db.get_database_backend() == DbBackend::Postgres {
        let sql = "select pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
        db.execute_raw(lock).await?;
    }
    Ok(())
}

/// Takes such a lock if it is free.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn try_advisory_lock(db: &impl ConnectionTrait, key: i64) -> Result<bool> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    let sql = "select pg_try_advisory_xact_lock($1) as taken";
    let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
    let row = db.query_one_raw(lock).await?;
    row.ok_or_else(|| Error::internal("a lock was asked for and not answered"))?
        .try_get("", "taken")
        .map_err(Error::from)
}

/// Takes the turn to clear away what is old or deleted, if no other process has it, until the transaction
/// ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn keep_alone(db: &impl ConnectionTrait) -> Result<bool> {
    try_advisory_lock(db, KEEP_LOCK).await
}

/// The time, in milliseconds since 1970, by which sessions end: the database's clock on PostgreSQL,
/// `now` on SQLite.
pub fn lease_clock(db: &impl ConnectionTrait, now: chrono::DateTime<chrono::Utc>) -> SimpleExpr {
    match db.get_database_backend() {
        DbBackend::Postgres => Expr::cust("(extract(epoch from clock_timestamp()) * 1000)::bigint"),
        _ => Expr::val(now.timestamp_millis()),
    }
}

/// May the transaction that failed so be repeated? True for serialization failures and deadlocks of
/// PostgreSQL (40001, 40P01) and for a busy SQLite: all of them undid the transaction.
#[must_use]
pub fn is_repeatable(error: &Error) -> bool {
    let Error::Internal(source) = error else {
        return false;
    };
    let Some(code) = source.downcast_ref::<DbErr>().and_then(sql_code) else {
        return false;
    };
    matches!(code.as_str(), "40001" | "40P01" | "5" | "261" | "517")
}

/// Did the database not answer, or say that it shuts down (57P01 to 57P03)? Else it lives, and has undone
/// the transaction that failed so.
#[must_use]
pub fn is_outage(error: &Error) -> bool {
    let Error::Internal(source) = error else {
        return false;
    };
    source
        .downcast_ref::<DbErr>()
        .is_some_and(|error| sql_code(error).is_none_or(|code| code.starts_with("57P")))
}

/// Did somebody else write a row with the same unique key meanwhile?
#[must_use]
pub fn is_taken(error: &Error) -> bool {
    let Error::Internal(source) = error else {
        return false;
    };
    source.downcast_ref::<DbErr>().is_some_and(is_duplicate)
}

/// Did a row with the same unique key exist already?
#[must_use]
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Is the row that was pointed at gone?
#[must_use]
pub fn is_orphan(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(SqlErr::ForeignKeyConstraintViolation(_))
    )
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::internal(error)
    }
}

fn sql_code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    Some(error.as_database_error()?.code()?.into_owned())
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn options(url: &str, max_connections: u32) -> ConnectOptions {
    options_with(url, max_connections, POSTGRES_SETTINGS)
}

fn options_with(url: &str, max_connections: u32, settings: &'static str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(TRUSTED_FOR)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(PREPARED_STATEMENTS))
        .map_sqlx_postgres_pool_opts(move |pool| {
            pool.after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(settings).await?;
                    Ok(())
                })
            })
        });
    options
}

fn sqlite_options(url: &str, max_connections: u32) -> ConnectOptions {
    let mut options = options(url, max_connections);
    options.min_connections(1).map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .statement_cache_capacity(PREPARED_STATEMENTS)
            .row_buffer_size(ROWS_AHEAD)
            // Of a new file: what is purged makes it smaller again.
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
    });
    options
}
