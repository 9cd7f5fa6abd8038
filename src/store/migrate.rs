//! Bringing the tables up to date while other replicas work on them.
//!
//! 1. On PostgreSQL one connection takes a lock that lasts as long as the connection. It asks for the lock
//!    again and again and never waits in it: `create index concurrently` waits for every transaction that
//!    is under way, so also for one that waits.
//! 2. The changes that the database has not had are made in their order, each in one transaction with the
//!    record of it. The index of a table that may be large is a change of its own without a transaction,
//!    and can be repeated (`migration::index`). So whatever is killed in between, the next start goes on.
//! 3. Whoever needs a table waits behind a change that waits for it: so a change waits briefly, is undone,
//!    and made again a little later.
//!
//! 4. Some changes of rows are made once no process of the version before lives. They are left until then,
//!    and made by whoever asks again ([`Store::has_postponed`], [`rows`]): by a process, too, that was told to leave
//!    the tables alone at its start.
//!
//! A connection may die without a word. What takes a moment has the limit of any statement; beside a change, which
//! may take hours, another connection looks whether PostgreSQL still works for the one that makes it. Then all of this
//! begins anew, with another connection.
//!
//! An SQLite file belongs to one process: its changes wait for nobody.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use migration::{MigrationTrait, Migrator, MigratorTrait, PATIENT, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use secrecy::ExposeSecret;

use super::deadline::{PING, STATEMENT};
use super::failure::{Overrun, is_overrun, of_driver, sql_code};
use super::{Store, connect, session};
use crate::error::{Error, Result};

/// Key of the lock behind which tables are changed ("flchange" in ASCII).
const LOCK: i64 = 0x666c_6368_616e_6765;
/// Between two tries to take it.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Tries after which the log says again what the start waits for.
const SAY_EVERY: u32 = 150;

/// Changes may take longer than any statement of a request. A process that stands still in the middle of
/// one must not keep its locks for ever.
/// Nor must the lock stay with a connection whose client has gone without a word.
const SETTINGS: &str = "set statement_timeout = 0;
    set idle_in_transaction_session_timeout = '10s';
    set tcp_user_timeout = '10s';
    set tcp_keepalives_idle = 10;
    set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 3";
/// How long a change waits for a lock, and with it everybody who needs the table after it. Long enough for
/// PostgreSQL to end an automatic vacuum that is in the way, which it does after a second.
const BRIEFLY: &str = "set lock_timeout = '2s'";
/// Nobody waits behind an index that is built concurrently; but what was built is lost when it gives up.
const PATIENTLY: &str = "set lock_timeout = '5min'";
/// Those who waited behind a change get so long before it is tried again.
const PAUSE: Duration = Duration::from_secs(2);
/// However slow a change may be.
const LONGEST_CHANGE: Duration = Duration::from_hours(4);
/// How often another connection looks whether a change is worked on.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Is a process of the database at work, or was it until a moment ago?
const AT_WORK: &str = "
    select 1 from pg_stat_activity
    where pid = $1 and (state = 'active' or state_change > clock_timestamp() - interval '10 seconds')";

/// The transaction under way that is oldest among those that have a table of this schema locked.
const IN_THE_WAY: &str = "
    select activity.pid, extract(epoch from clock_timestamp() - activity.xact_start)::bigint as seconds
    from pg_locks as lock
    join pg_class as class on class.oid = lock.relation
    join pg_stat_activity as activity on activity.pid = lock.pid
    where class.relnamespace = current_schema()::regnamespace
        and lock.granted and lock.pid <> pg_backend_pid() and activity.xact_start is not null
    order by activity.xact_start
    limit 1";

/// Makes the changes that the database has not had.
///
/// # Errors
/// `Internal` when one fails.
pub(super) async fn up(store: &Store) -> Result<()> {
    change(store, |_| true).await
}

/// Makes those alone that may have been left for later.
///
/// # Errors
/// `Internal` when one fails.
pub(super) async fn rows(store: &Store) -> Result<()> {
    change(store, |name| PATIENT.contains(&name)).await
}

async fn change(store: &Store, which: fn(&str) -> bool) -> Result<()> {
    let postponed = if let Some(db) = store.writer.embedded() {
        change_all(db, which).await?
    } else {
        loop {
            match change_shared(store, which).await {
                Err(error) if is_overrun(&error) => {
                    tracing::warn!(
                        "the connection that changes the tables died without a word: going on with another"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
                changed => break changed?,
            }
        }
    };
    store.postponed.store(postponed > 0, Ordering::Relaxed);
    Ok(())
}

/// Answers how many are left for later.
async fn change_shared(store: &Store, which: fn(&str) -> bool) -> Result<usize> {
    // The lock ends with the connection.
    let opening = connect::unlimited(store.url.expose_secret(), SETTINGS);
    let db = soon(opening).await?;
    let changed = async {
        let process = soon(process_of(&db)).await?;
        take_lock(&db).await?;
        tokio::select! {
            changed = change_all(&db, which) => changed,
            died = left_alone(store, process) => Err(died),
        }
    };
    let changed = changed.await;
    // A failure to say goodbye changes nothing for anybody.
    let _ = tokio::time::timeout(PING, db.close()).await;
    changed
}

/// What takes no longer than any statement does.
async fn soon<T>(step: impl Future<Output = Result<T>>) -> Result<T> {
    let overrun = |_| of_driver(Overrun(STATEMENT).into());
    tokio::time::timeout(STATEMENT, step)
        .await
        .map_err(overrun)?
}

/// The process of the database that works for this connection.
async fn process_of(db: &DatabaseConnection) -> Result<i32> {
    let question = Statement::from_string(DbBackend::Postgres, "select pg_backend_pid() as pid");
    let row = db.query_one_raw(question).await?;
    let row = row.ok_or_else(|| Error::internal("a process was asked for and not answered"))?;
    Ok(row.try_get("", "pid")?)
}

/// Ends when nobody has worked for this process of the database for a while, of which its own connection did not hear.
async fn left_alone(store: &Store, process: i32) -> Error {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let values = [process.into()];
        let question = Statement::from_sql_and_values(DbBackend::Postgres, AT_WORK, values);
        // A look that fails says nothing.
        if let Ok(None) = store.reader().query_one_raw(question).await {
            return of_driver(Overrun(LOOK_EVERY).into()).into();
        }
    }
}

async fn take_lock(db: &DatabaseConnection) -> Result<()> {
    let sql = "select pg_try_advisory_lock($1) as taken";
    let mut tries = 0_u32;
    loop {
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [LOCK.into()]);
        let row = soon(async { Ok(db.query_one_raw(lock).await?) }).await?;
        let row = row.ok_or_else(|| Error::internal("a lock was asked for and not answered"))?;
        if row.try_get("", "taken")? {
            return Ok(());
        }
        if tries.is_multiple_of(SAY_EVERY) {
            tracing::info!("waiting for another process, which is changing the tables");
        }
        tries += 1;
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Answers how many are left for later.
async fn change_all(db: &DatabaseConnection, which: fn(&str) -> bool) -> Result<usize> {
    let made = Migrator::get_migration_models(db).await?;
    let mut made: HashSet<_> = made.into_iter().map(|change| change.version).collect();
    let is_new = made.is_empty();
    if is_new {
        tracing::info!("making the tables");
    }
    let mut postponed = 0;
    for change in Migrator::migrations() {
        if made.remove(change.name()) || !which(change.name()) {
            continue;
        }
        if has_to_wait(db, change.name()).await? {
            tracing::info!(
                change = change.name(),
                "rows are changed once no process of the version before lives"
            );
            postponed += 1;
            continue;
        }
        if !is_new {
            tracing::info!(change = change.name(), "changing the tables");
        }
        tokio::time::timeout(LONGEST_CHANGE, make(db, change.as_ref()))
            .await
            .map_err(Error::internal)??;
    }
    if !made.is_empty() {
        // A later version runs beside this one, or ran before it: it leaves the tables so that this one works.
        tracing::info!(changes = ?made, "the tables have changes of a later version");
    }
    Ok(postponed)
}

/// Is it a change that processes of the version before must not meet, and does one live?
async fn has_to_wait(db: &DatabaseConnection, change: &str) -> Result<bool> {
    let is_shared = db.get_database_backend() == DbBackend::Postgres;
    Ok(is_shared && PATIENT.contains(&change) && session::older(db).await?.has_first_syntax)
}

/// Makes a change, however often it has to give way.
async fn make(db: &DatabaseConnection, change: &dyn MigrationTrait) -> Result<()> {
    loop {
        match try_once(db, change).await {
            Err(error) if gave_way(&error) => {
                say_what_is_in_the_way(db, change.name()).await?;
                tokio::time::sleep(PAUSE).await;
            }
            made => return Ok(made?),
        }
    }
}

async fn try_once(
    db: &DatabaseConnection,
    change: &dyn MigrationTrait,
) -> std::result::Result<(), DbErr> {
    let in_transaction = change.use_transaction().unwrap_or(true);
    if db.get_database_backend() == DbBackend::Postgres {
        let wait = if in_transaction { BRIEFLY } else { PATIENTLY };
        db.execute_unprepared(wait).await?;
    }
    if !in_transaction {
        change.up(&SchemaManager::new(db)).await?;
        return record(db, change.name()).await;
    }
    let tx = db.begin().await?;
    let made = match change.up(&SchemaManager::new(&tx)).await {
        Ok(()) => record(&tx, change.name()).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => tx.commit().await,
        Err(error) => {
            // The connection rolls back anyway when it is used again.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

async fn record(db: &impl ConnectionTrait, name: &str) -> std::result::Result<(), DbErr> {
    let backend = db.get_database_backend();
    let now = match backend {
        DbBackend::Postgres => "extract(epoch from clock_timestamp())::bigint",
        _ => "unixepoch()",
    };
    let sql = format!("insert into seaql_migrations (version, applied_at) values ($1, {now})");
    let record = Statement::from_sql_and_values(backend, sql, [name.into()]);
    db.execute_raw(record).await?;
    Ok(())
}

/// Did a change fail because others hold what it needs (55P03), or would hold each other up with it (40P01)?
fn gave_way(error: &DbErr) -> bool {
    sql_code(error).is_some_and(|code| matches!(code.as_str(), "55P03" | "40P01"))
}

async fn say_what_is_in_the_way(db: &DatabaseConnection, change: &str) -> Result<()> {
    let question = Statement::from_string(DbBackend::Postgres, IN_THE_WAY);
    let (process, seconds) = match db.query_one_raw(question).await? {
        Some(row) => (row.try_get("", "pid")?, row.try_get("", "seconds")?),
        None => (None::<i32>, None::<i64>),
    };
    tracing::warn!(
        change,
        process,
        seconds,
        "a change of the tables waits for a lock that a transaction of another database process holds: trying again"
    );
    Ok(())
}
