//! Opening the database: an SQLite file, or connections to a PostgreSQL that may not be there yet.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::Executor;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous,
};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, sqlx};
use tokio::time::Instant;

use super::deadline::QUEUE;
use super::journal::TOO_LONG;
use super::pool::Pool;
use crate::error::{Error, Result};

/// A writer waits so long for the file before it is refused: writers queue in the pool, so that only
/// a foreign process can hold it.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that SQLite's journal keeps on the disk when it begins anew: what it mostly needs is not given back.
const LARGEST_JOURNAL: &str = "67108864";
/// Statements that a connection keeps prepared: those that write several rows come in a few lengths.
const PREPARED_STATEMENTS: usize = 400;
/// Rows that SQLite's thread may read ahead of whoever asked, who wants all of them: at fewer than there are
/// the two wait for each other row by row.
const ROWS_AHEAD: usize = 2_000;

/// A server that does not say anything is spoken of after so long.
const UNANSWERED: Duration = Duration::from_millis(700);
/// How often the log says what a start still waits for.
const SAY_EVERY: Duration = Duration::from_secs(15);
/// The pause before a server that is not there is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// A process that stands still in the middle of a transaction, as one does whose machine is paused,
/// must not hold its locks for ever: the others wait for them. They wait for less than the limit of a
/// statement, so that it is PostgreSQL that says why. Whoever cannot be sent an answer is gone, too.
///
/// Pages of lists are read by the index that has their order, whatever their parameters are: a plan for these
/// very ones would only be made anew each time, which takes longer than a page of many lists. A plan that is kept
/// knows no limit, so that it may look costly enough to be compiled, which would take longer still; and it is
/// never to read a whole table, however small that was when the plan was made.
pub const POSTGRES_SETTINGS: &str = "set idle_in_transaction_session_timeout = '10s';
    set lock_timeout = '4s';
    set tcp_user_timeout = '10s';
    set plan_cache_mode = force_generic_plan;
    set jit = off;
    set enable_seqscan = off";
/// Statements of groups look rows up by their keys, however many there are.
pub const GROUP_SETTINGS: &str = "set idle_in_transaction_session_timeout = '10s';
    set lock_timeout = '4s';
    set tcp_user_timeout = '10s';
    set plan_cache_mode = force_generic_plan;
    set jit = off;
    set enable_seqscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off";

/// Opens an SQLite file to write to; a missing one is created.
///
/// # Errors
/// `Internal` when it cannot be opened.
pub async fn sqlite_writer(url: &str) -> Result<DatabaseConnection> {
    // Of a new file: what is purged makes it smaller again. To say so takes the lock of the file's writer.
    sqlite(url, 1, |options| {
        options
            .create_if_missing(true)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
    })
    .await
}

/// Opens an SQLite file that is there, to read from it: nobody waits for whoever writes.
///
/// # Errors
/// `Internal` when it cannot be opened.
pub async fn sqlite_readers(url: &str, max_connections: u32) -> Result<DatabaseConnection> {
    sqlite(url, max_connections, |options| options).await
}

async fn sqlite(
    url: &str,
    max_connections: u32,
    of_its_own: fn(SqliteConnectOptions) -> SqliteConnectOptions,
) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(1)
        .acquire_timeout(QUEUE)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            of_its_own(sqlite)
                .statement_cache_capacity(PREPARED_STATEMENTS)
                .row_buffer_size(ROWS_AHEAD)
                .journal_mode(SqliteJournalMode::Wal)
                .pragma("wal_autocheckpoint", TOO_LONG.to_string())
                .pragma("journal_size_limit", LARGEST_JOURNAL)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
        });
    Database::connect(options).await.map_err(|error| {
        Error::internal(format!(
            "cannot open the SQLite file that DATABASE_URL names: {error}"
        ))
    })
}

/// A connection to PostgreSQL for what takes as long as it takes. Nothing closes it but its owner, whose locks
/// may last as long as it does.
///
/// # Errors
/// `Internal` when it cannot be opened.
pub async fn unlimited(url: &str, settings: &'static str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .map_sqlx_postgres_pool_opts(move |pool| {
            pool.after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(settings).await?;
                    Ok(())
                })
            })
        });
    Ok(Database::connect(options).await?)
}

/// What a PostgreSQL address says.
///
/// # Errors
/// `BadInput` when it makes no sense. The message never repeats it.
pub fn postgres(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        Error::bad_input(
            "DATABASE_URL",
            "DATABASE_URL is no address of a PostgreSQL: it must be like postgres://user:password@host:5432/database",
        )
    })?;
    Ok(options.statement_cache_capacity(PREPARED_STATEMENTS))
}

/// Waits until PostgreSQL can be reached, and says what it waits for: within a second at first, then whenever
/// that changes, and now and then.
pub async fn reach(pool: &Pool, options: &PgConnectOptions) {
    let place = Place::of(options);
    let mut said: Option<(String, Instant)> = None;
    loop {
        let Err(error) = try_once(pool, &place, &mut said).await else {
            if said.is_some() {
                tracing::info!("PostgreSQL at {place} is there");
            }
            return;
        };
        say(&place, told(&error), &mut said);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn try_once(
    pool: &Pool,
    place: &Place,
    said: &mut Option<(String, Instant)>,
) -> std::result::Result<(), sqlx::Error> {
    let opening = pool.try_open();
    tokio::pin!(opening);
    tokio::select! {
        opened = &mut opening => return opened,
        () = tokio::time::sleep(UNANSWERED) => {}
    }
    say(place, "no answer".to_owned(), said);
    opening.await
}

/// Says once what came back, and again after a while.
fn say(place: &Place, came_back: String, said: &mut Option<(String, Instant)>) {
    let again = said
        .as_ref()
        .is_none_or(|(before, at)| *before != came_back || at.elapsed() > SAY_EVERY);
    if again {
        tracing::warn!("cannot reach PostgreSQL at {place}: {came_back}; waiting for it");
        *said = Some((came_back, Instant::now()));
    }
}

/// What came back, for the log. PostgreSQL's own words name users and databases, never a password.
fn told(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "connection refused".to_owned()
        }
        sqlx::Error::Io(error) if error.to_string().contains("lookup") => {
            format!("no such host ({error})")
        }
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => "no answer".to_owned(),
        sqlx::Error::Tls(error) => format!("TLS failed: {error}"),
        sqlx::Error::Database(error) if error.code().is_some_and(|code| code.starts_with("28")) => {
            format!("the sign-in was refused: {}", error.message())
        }
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

/// Where a PostgreSQL is: host and port, or its socket. Never who signs in, nor how.
struct Place(String);

impl Place {
    fn of(options: &PgConnectOptions) -> Self {
        Self(match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
