//! The lock that keeps an SQLite file to one process. It is on a file of its own beside the database:
//! opening and closing the database file itself would drop SQLite's locks on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

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
        let beside = beside(&database);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&beside)
            .map_err(|error| {
                let message = format!("DATABASE_URL: cannot write {}: {error}", beside.display());
                Error::bad_input("DATABASE_URL", message)
            })?;
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

/// The file that an SQLite address names.
fn path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let in_memory = path.is_empty() || path == ":memory:" || parameters.contains("mode=memory");
    (!in_memory).then(|| PathBuf::from(path))
}

/// The lock's file. Links are followed: two names of one database have one lock.
fn beside(database: &Path) -> PathBuf {
    let real = database
        .canonicalize()
        .unwrap_or_else(|_| database.to_owned());
    let mut name = real.into_os_string();
    name.push(".lock");
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
