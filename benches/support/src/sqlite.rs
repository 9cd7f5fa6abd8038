//! SQLite beside the server: what it has committed, and how fast the same disk commits one row at a
//! time.

use std::fs::File;
use std::iter::repeat_n;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rusqlite::types::Null;
use rusqlite::{Connection, OpenFlags, params_from_iter};

/// Where the WAL index counts transactions (<https://sqlite.org/walformat.html>, `iChange`), in the
/// byte order of the machine.
const CHANGES: u64 = 8;

/// What keeps the pages of many rows, in KiB as SQLite says it: below zero.
const CACHE: i64 = -512 * 1024;

/// Transactions that wrote to the database so far, modulo 2^32.
///
/// # Errors
/// When nobody has the database open.
pub fn commits(database: &Path) -> Result<u32> {
    let mut index = database.as_os_str().to_owned();
    index.push("-shm");
    let index = File::open(&index).context("no WAL index: is the database open?")?;
    let mut counter = [0; 4];
    index.read_exact_at(&mut counter, CHANGES)?;
    Ok(u32::from_ne_bytes(counter))
}

/// A connection that reads beside the server.
///
/// # Errors
/// When there is no such file.
pub fn reader(database: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Runs SQL that writes, perhaps a million rows: it keeps their pages in memory, and does not wait for the disk.
///
/// # Errors
/// When it is refused.
pub fn run(database: &Path, sql: &str) -> Result<()> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    Ok(connection.execute_batch(sql)?)
}

/// Commits a second of a single row each, with the settings that the server uses: WAL, and every
/// commit waits for the disk.
///
/// # Errors
/// When the file cannot be written.
pub fn single_row_commits(folder: &Path, time: Duration) -> Result<f64> {
    let folder = tempfile::tempdir_in(folder)?;
    let connection = Connection::open(folder.path().join("single.db"))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(
        "create table single (id integer primary key, payload text not null) strict",
    )?;
    let mut insert = connection.prepare("insert into single (payload) values (?)")?;
    let began = Instant::now();
    let mut commits = 0_u32;
    while began.elapsed() < time {
        insert.execute(["one row, one commit"])?;
        commits += 1;
    }
    Ok(f64::from(commits) / began.elapsed().as_secs_f64())
}

/// The steps in which a statement would be carried out, whatever its parameters are.
///
/// # Errors
/// When it is not understood.
pub fn plan(connection: &Connection, statement: &str) -> Result<Vec<String>> {
    let mut explain = connection
        .prepare(&format!("explain query plan {statement}"))
        .with_context(|| format!("not understood: {statement}"))?;
    let parameters = repeat_n(Null, explain.parameter_count());
    let steps = explain.query_map(params_from_iter(parameters), |row| row.get("detail"))?;
    Ok(steps.collect::<Result<_, _>>()?)
}
