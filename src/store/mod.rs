//! Queries, one file a noun, the same on both databases. What differs between SQLite and PostgreSQL stands
//! in [`connection`] and here.
//!
//! Finders take the owner: a row of somebody else's is not found. Functions take the connection
//! first, a pool's or a transaction's. Every statement goes through [`connection`], which is where it
//! gets its limit ([`deadline`]).

mod connect;
pub mod connection;
pub mod context;
mod deadline;
pub mod deletion;
pub mod diagnosis;
pub mod event;
pub mod execution;
pub mod execution_item;
pub mod execution_log;
mod failure;
mod file;
mod journal;
pub mod lease;
mod migrate;
pub mod model;
pub mod notify;
pub mod page;
pub mod pending;
mod pool;
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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use secrecy::{ExposeSecret, SecretString};

use self::connection::{Connection, Transaction};
use self::deadline::{Meter, PING, STATISTICS};
pub use self::failure::{is_duplicate, is_orphan, is_outage, is_overrun, is_repeatable, is_taken};
use self::file::FileLock;
use self::journal::Journal;
use self::notify::{Listener, Notifier};
use self::pool::Pool;
use crate::error::{Error, Result};

/// One for the writes of workers and one for starts: no more are ever used at once.
const GROUP_CONNECTIONS: u32 = 2;
/// Key of the advisory lock under which the keeper works ("flkeeper" in ASCII).
const KEEP_LOCK: i64 = 0x666c_6b65_6570_6572;

/// An open database: connections that read, and some that write (on SQLite a single one).
#[derive(Clone, Debug)]
pub struct Store {
    reader: Connection,
    writer: Connection,
    /// On PostgreSQL few connections that do nothing but commit groups: so they plan each of its
    /// statements once.
    group: Connection,
    /// On PostgreSQL a connection of its own, so that a session is renewed however busy the others are.
    heartbeat: Connection,
    /// On SQLite this process's claim to the file.
    lock: Option<Arc<FileLock>>,
    /// On SQLite what keeps the file's journal short.
    journal: Option<Arc<Journal>>,
    /// May hold a password.
    url: SecretString,
    commits: Arc<AtomicU64>,
    /// May there be changes of rows that wait for processes of the version before to end?
    postponed: Arc<AtomicBool>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:` or `postgres:`); a missing SQLite file is created, and a
    /// PostgreSQL that is not there is waited for.
    ///
    /// # Errors
    /// `Conflict` when another process has the SQLite file, `BadInput` for an address that makes no sense,
    /// `Internal` when the file cannot be opened.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Self::embedded(url, max_connections).await
        } else {
            Self::shared(url, max_connections).await
        }
    }

    async fn embedded(url: &str, max_connections: u32) -> Result<Self> {
        let lock = FileLock::take(url)?.map(Arc::new);
        file::keep_to_owner(url)?;
        let reads = Meter::default();
        // The writer comes first: it creates the file and turns the journal over.
        let writer = connect::sqlite_writer(url).await?;
        let reader = connect::sqlite_readers(url, max_connections).await?;
        let journal = Journal::keep(reader.clone(), writer.clone());
        let writer = Connection::sqlite(writer, reads.of_writes());
        let reader = Connection::sqlite(reader, reads);
        Ok(Self {
            reader,
            heartbeat: writer.clone(),
            group: writer.clone(),
            writer,
            lock,
            journal: Some(Arc::new(journal)),
            url: SecretString::from(url),
            commits: Arc::default(),
            postponed: Arc::new(AtomicBool::new(true)),
        })
    }

    async fn shared(url: &str, max_connections: u32) -> Result<Self> {
        let options = connect::postgres(url)?;
        let pool = |most, settings| Pool::new(options.clone(), most, settings);
        let shared = pool(max_connections, connect::POSTGRES_SETTINGS);
        connect::reach(&shared, &options).await;
        let reads = Meter::default();
        let writes = reads.of_writes();
        let group = pool(GROUP_CONNECTIONS, connect::GROUP_SETTINGS);
        let heartbeat = pool(1, connect::POSTGRES_SETTINGS);
        Ok(Self {
            reader: Connection::postgres(shared.clone(), reads),
            writer: Connection::postgres(shared, writes.clone()),
            group: Connection::postgres(group, writes.clone()),
            heartbeat: Connection::postgres(heartbeat, writes),
            lock: None,
            journal: None,
            url: SecretString::from(url),
            commits: Arc::default(),
            postponed: Arc::new(AtomicBool::new(true)),
        })
    }

    /// The connections to read from.
    #[must_use]
    pub const fn reader(&self) -> &Connection {
        &self.reader
    }

    /// The connection that renews this process's session.
    #[must_use]
    pub const fn heartbeat(&self) -> &Connection {
        &self.heartbeat
    }

    /// Connections on which a statement may go through large tables.
    #[must_use]
    pub fn patient(&self) -> Connection {
        self.reader.within(STATISTICS)
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// `Internal` when no connection can be had.
    pub async fn transaction(&self) -> Result<Transaction> {
        Ok(self.writer.begin().await?)
    }

    /// Begins a transaction that writes what many have to write.
    ///
    /// # Errors
    /// `Internal` when no connection can be had.
    pub async fn group_transaction(&self) -> Result<Transaction> {
        Ok(self.group.begin().await?)
    }

    /// Brings the tables up to date. Replicas that start together do it once, and those that run work on.
    ///
    /// # Errors
    /// `Internal` when a change fails.
    pub async fn migrate(&self) -> Result<()> {
        Box::pin(migrate::up(self)).await
    }

    /// Makes the changes of rows that were left for when no process of the version before lives. They hurry nobody.
    ///
    /// # Errors
    /// `Internal` when a change fails.
    pub async fn change_rows(&self) -> Result<()> {
        Box::pin(migrate::rows(self)).await
    }

    /// Are there such changes, as far as is known? Who has not looked at the tables does not know that there are none.
    #[must_use]
    pub fn has_postponed(&self) -> bool {
        self.postponed.load(Ordering::Relaxed)
    }

    /// Hears what other processes on this PostgreSQL notify.
    ///
    /// # Errors
    /// `Internal` when it cannot be reached.
    pub async fn listener(&self) -> Result<Listener> {
        Listener::connect(connect::postgres(self.url.expose_secret())?).await
    }

    /// Notifies the other processes on this PostgreSQL.
    ///
    /// # Errors
    /// `BadInput` when its address makes no sense.
    pub fn notifier(&self) -> Result<Notifier> {
        Ok(Notifier::new(connect::postgres(self.url.expose_secret())?))
    }

    /// Does the database answer, and soon? Both whoever reads and whoever writes.
    pub async fn is_alive(&self) -> bool {
        if !self.writer.meter().writes_are_answered() {
            return false;
        }
        let ping = tokio::time::timeout(PING, self.reader.execute_unprepared("select 1"));
        matches!(ping.await, Ok(Ok(_)))
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
            let (idle, used) = pool.sizes();
            found.push((name, "idle", idle));
            found.push((name, "used", used));
        }
        found
    }

    /// Statements sent so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.reader.meter().statements()
    }

    /// Bytes of the texts and of the JSON in the statements sent so far.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn bytes_bound(&self) -> usize {
        self.reader.meter().bytes()
    }

    /// Commits a transaction that writes.
    ///
    /// # Errors
    /// `Internal` when the database fails: whether it was committed is unknown then.
    pub async fn commit(&self, transaction: Transaction) -> Result<()> {
        transaction.commit().await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(journal) = &self.journal {
            journal.has_grown();
        }
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
        self.writer.embedded().is_some()
    }

    /// Closes all connections.
    pub async fn close(self) {
        if let Some(journal) = &self.journal {
            journal.leave();
        }
        for connections in [&self.reader, &self.writer, &self.group, &self.heartbeat] {
            connections.close().await;
        }
        if let Some(lock) = self.lock {
            lock.release();
        }
    }
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
