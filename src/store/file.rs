//! The SQLite file and those beside it: who may read them, and the lock that keeps them to one process. The
//! lock is on a file of its own: opening and closing the database file itself would drop SQLite's locks on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The mode of files that hold what users wrote, as of the key.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// Held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct FileLock(File);

impl FileLock {
    /// Takes the lock of the database that an SQLite address names; one in memory has none.
    ///
    /// # Errors
    /// `Conflict` when another process has it, `BadInput` when its file cannot be made.
    pub fn take(url: &str) -> Result<Option<Self>> {
        let Some(database) = path(url) else {
            return Ok(None);
        };
        let beside = beside(&database, ".lock");
        let file = open_to_owner(&beside).map_err(|error| unwritable(&beside, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Err(Error::conflict(format!(
                "another footlight process has {} open: stop it first, or give this one a DATABASE_URL of its own (several processes need PostgreSQL)",
                database.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Error::internal(error)),
        }
    }

    /// Gives the lock up.
    pub fn release(&self) {
        // It would go with the process anyway.
        let _ = self.0.unlock();
    }
}

/// Makes sure that nobody but the owner reads what an SQLite address names. The file is made when it is
/// missing; SQLite gives those that it makes beside it the same mode.
///
/// # Errors
/// `BadInput` when the file cannot be made.
pub fn keep_to_owner(url: &str) -> Result<()> {
    let Some(database) = path(url) else {
        return Ok(());
    };
    if !database.exists() && !creates(url) {
        return Ok(());
    }
    open_to_owner(&database).map_err(|error| unwritable(&database, &error))?;
    for end in ["-wal", "-shm"] {
        let beside = beside(&database, end);
        if beside.exists()
            && let Err(error) = close_to_others(&beside)
        {
            warn_of_others(&beside, &error);
        }
    }
    Ok(())
}

/// Opens a file that only its owner may read and write, and makes it when it is missing.
fn open_to_owner(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
    let file = options.open(path)?;
    if let Err(error) = close_to_others(path) {
        warn_of_others(path, &error);
    }
    Ok(file)
}

/// Takes the rights of everybody but the owner off a file that has more.
#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mut permissions = path.metadata()?.permissions();
    if permissions.mode() & 0o777 != OWNER_ONLY {
        permissions.set_mode(OWNER_ONLY);
        std::fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

/// Elsewhere a file in a user's folder is closed to other users by what it inherits.
#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Somebody else's file can be used all the same.
fn warn_of_others(path: &Path, error: &io::Error) {
    tracing::warn!(file = %path.display(), %error, "others may read this file");
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    let message = format!("DATABASE_URL: cannot write {}: {error}", path.display());
    Error::bad_input("DATABASE_URL", message)
}

/// Does the address have a missing file made? It may say that it does not.
fn creates(url: &str) -> bool {
    !url.contains("mode=ro") && !url.contains("mode=rw&") && !url.ends_with("mode=rw")
}

/// The file that an SQLite address names.
fn path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let in_memory = path.is_empty() || path == ":memory:" || parameters.contains("mode=memory");
    (!in_memory).then(|| PathBuf::from(path))
}

/// A file beside the database. Links are followed: two names of one database have one lock.
fn beside(database: &Path, end: &str) -> PathBuf {
    let real = database
        .canonicalize()
        .unwrap_or_else(|_| database.to_owned());
    let mut name = real.into_os_string();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_one_process_s_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/a.db?mode=rwc", folder.path().display());
        let held = FileLock::take(&url).unwrap().unwrap();
        let refusal = FileLock::take(&url).unwrap_err();
        assert!(matches!(refusal, Error::Conflict(text) if text.contains("a.db open")));
        held.release();
        assert!(FileLock::take(&url).unwrap().is_some());
    }

    #[test]
    fn a_database_in_memory_needs_no_lock() {
        for url in [
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite://x?mode=memory",
        ] {
            assert!(FileLock::take(url).unwrap().is_none(), "{url}");
        }
    }
}
