//! The journal of an SQLite file (its write-ahead log): what it holds has to be brought over into the file now
//! and then, page by page, and awaited on the disk. SQLite has the commit do it that makes the journal long, and
//! everybody who wants to write waits for that one.
//!
//! 1. After a commit the length is looked at. What lies in a long journal is brought over on a connection that
//!    reads: nobody waits for it, and others commit meanwhile.
//! 2. What they committed is left over, less each time, and brought over after it. When nothing is left the next
//!    commit begins the journal anew.
//! 3. A journal that is very long all the same, where commits follow each other closely, is brought over by the
//!    writer, which then has little to do.
//! 4. Commits do it by themselves only when none of this keeps up, as beside somebody who reads for long.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

/// Pages that are worth a way to the disk, 4 MiB.
const LONG: i64 = 1_000;
/// Pages from which on the writer sees to it that the journal begins anew.
const VERY_LONG: i64 = 8_000;
/// Pages at which a commit brings them over by itself.
pub const TOO_LONG: u32 = 16_000;
/// How often what is left over is brought over after a long journal.
const AFTERWARDS: u32 = 8;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// The same while somebody reads what was there before, so that nothing can be brought over.
const LONGER_PAUSE: Duration = Duration::from_secs(1);

/// Keeps the journal short until it is dropped.
#[derive(Debug)]
pub struct Journal {
    grown: Arc<Notify>,
    keeping: AbortOnDropHandle<()>,
}

/// Pages in the journal, and how many of them are in the file already.
#[derive(Clone, Copy, Debug)]
struct Length {
    pages: i64,
    brought_over: i64,
}

impl Journal {
    /// Keeps the journal of the file short that these connections are to.
    #[must_use]
    pub fn keep(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        let grown = Arc::new(Notify::new());
        let keeping = tokio::spawn(keep_short(Arc::clone(&grown), reader, writer));
        Self {
            grown,
            keeping: AbortOnDropHandle::new(keeping),
        }
    }

    /// Says that something was committed.
    pub fn has_grown(&self) {
        self.grown.notify_one();
    }

    /// Leaves it as it is: whoever closes the file last brings everything over.
    pub fn leave(&self) {
        self.keeping.abort();
    }
}

async fn keep_short(grown: Arc<Notify>, reader: DatabaseConnection, writer: DatabaseConnection) {
    loop {
        grown.notified().await;
        let pause = match shorten(&reader, &writer).await {
            Ok(Way::Short) => PAUSE,
            // Nobody may commit for long, and so ask for a look.
            Ok(Way::On) => {
                grown.notify_one();
                PAUSE
            }
            Ok(Way::Held) => {
                grown.notify_one();
                LONGER_PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "the journal of the SQLite file was not brought over");
                grown.notify_one();
                LONGER_PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// How far it has come.
enum Way {
    /// Hardly anything is left.
    Short,
    /// Others commit as fast as it is brought over.
    On,
    /// Nothing can be, for somebody reads what was there before.
    Held,
}

async fn shorten(reader: &DatabaseConnection, writer: &DatabaseConnection) -> Result<Way, DbErr> {
    let first = checkpoint(reader, "noop").await?;
    if first.pages - first.brought_over < LONG {
        return Ok(Way::Short);
    }
    let mut left = first;
    for _ in 0..AFTERWARDS {
        checkpoint(reader, "passive").await?;
        left = checkpoint(reader, "noop").await?;
        if left.pages == left.brought_over {
            return Ok(Way::Short);
        }
    }
    if left.pages >= VERY_LONG {
        left = checkpoint(writer, "passive").await?;
    }
    // A journal that has begun anew has less, too.
    Ok(if left.pages - left.brought_over < LONG {
        Way::Short
    } else if left.brought_over == first.brought_over {
        Way::Held
    } else {
        Way::On
    })
}

/// Brings over what can be without waiting for anybody (`passive`), or nothing (`noop`).
async fn checkpoint(db: &DatabaseConnection, how: &str) -> Result<Length, DbErr> {
    let sql = format!("pragma wal_checkpoint({how})");
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?;
    // A file that cannot have this kind of journal has none: -1, or no row.
    let Some(row) = row else {
        return Ok(Length {
            pages: 0,
            brought_over: 0,
        });
    };
    Ok(Length {
        pages: row.try_get_by_index(1)?,
        brought_over: row.try_get_by_index(2)?,
    })
}
