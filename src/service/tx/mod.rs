//! One command, one transaction: write, emit, commit, then ring.
//!
//! 1. Begin a transaction that writes.
//! 2. Do the work, which collects the hints of what it changed ([`Tx::ring`]).
//! 3. Commit. What a serialization failure, a deadlock or a busy file undid is done again, at most
//!    three times.
//! 4. Only then ring: whoever hears a hint finds what it is about.

pub mod group;
mod outage;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::outage::outlast;
use super::Deps;
use crate::entity::execution_event;
use crate::error::{Error, Result};
use crate::events::hint::Hint;
use crate::store;
use crate::store::connection::Transaction;

const REPEATS: u32 = 3;
const PAUSE_BEFORE_REPEAT: Duration = Duration::from_millis(20);

/// A transaction, with the hints that it rings once it is committed.
#[derive(Debug)]
pub struct Tx {
    db: Transaction,
    after: Mutex<After>,
}

/// What follows the commit.
#[derive(Debug, Default)]
struct After {
    events: Vec<Arc<execution_event::Model>>,
    hints: Vec<Hint>,
    counts: Vec<Count>,
}

/// Something that metrics count: the counter, and a label with its value.
pub type Count = (&'static str, &'static str, &'static str);

impl Tx {
    /// Shows events that this transaction writes to this process's watchers after the commit.
    pub fn show(&self, events: Vec<execution_event::Model>) {
        let events = events.into_iter().map(Arc::new);
        locked(&self.after).events.extend(events);
    }

    /// Rings `hint` after the commit.
    pub fn ring(&self, hint: Hint) {
        let mut after = locked(&self.after);
        if !after.hints.contains(&hint) {
            after.hints.push(hint);
        }
    }

    /// Counts after the commit.
    pub fn count(&self, count: Count) {
        locked(&self.after).counts.push(count);
    }
}

impl Deref for Tx {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.db
    }
}

/// Why a transaction did not come to its end.
#[derive(Debug)]
enum Failure {
    /// It did not even begin.
    Unbegun(Error),
    /// Nothing was written.
    Undone(Error),
    /// The commit failed: what was written is unknown.
    Unknown(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unbegun(error) | Failure::Undone(error) | Failure::Unknown(error) => error,
        }
    }
}

/// Runs `work` in a transaction, commits, and rings what it collected. When `work` fails, nothing is
/// written. `work` gives up its handle before it returns.
///
/// # Errors
/// What `work` answers, or `Internal` when the database fails.
pub async fn write<T, W, F>(deps: &Deps, work: W) -> Result<T>
where
    W: Fn(Arc<Tx>) -> F,
    F: Future<Output = Result<T>>,
{
    Ok(written(deps, Writers::Any, work).await?)
}

/// Who writes a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writers {
    Any,
    /// A group, which on PostgreSQL has connections of its own.
    Group,
}

async fn written<T, W, F>(deps: &Deps, writers: Writers, work: W) -> std::result::Result<T, Failure>
where
    W: Fn(Arc<Tx>) -> F,
    F: Future<Output = Result<T>>,
{
    let mut repeats = 0;
    loop {
        match attempt(deps, writers, &work).await {
            Err(Failure::Unbegun(error) | Failure::Undone(error) | Failure::Unknown(error))
                if repeats < REPEATS && store::is_repeatable(&error) =>
            {
                repeats += 1;
                tokio::time::sleep(
                    PAUSE_BEFORE_REPEAT.mul_f64(f64::from(repeats) * (0.5 + deps.clock.jitter())),
                )
                .await;
            }
            ended => return ended,
        }
    }
}

async fn attempt<T, W, F>(
    deps: &Deps,
    writers: Writers,
    work: &W,
) -> std::result::Result<T, Failure>
where
    W: Fn(Arc<Tx>) -> F,
    F: Future<Output = Result<T>>,
{
    let begun = match writers {
        Writers::Any => deps.store.transaction().await,
        Writers::Group => deps.store.group_transaction().await,
    };
    let tx = Arc::new(Tx {
        db: begun.map_err(Failure::Unbegun)?,
        after: Mutex::default(),
    });
    let outcome = work(Arc::clone(&tx)).await;
    let Tx { db, after } = Arc::into_inner(tx)
        .ok_or_else(|| Failure::Undone(Error::internal("a transaction outlived its work")))?;
    let value = match outcome {
        Ok(value) => value,
        Err(error) => {
            // The connection rolls back anyway when it returns to its pool.
            let _ = db.rollback().await;
            return Err(Failure::Undone(error));
        }
    };
    deps.store.commit(db).await.map_err(Failure::Unknown)?;
    let after = std::mem::take(&mut *locked(&after));
    announce(deps, after).await;
    Ok(value)
}

/// Tells of what was committed.
async fn announce(deps: &Deps, after: After) {
    #[cfg(feature = "faults")]
    if after
        .hints
        .iter()
        .any(|hint| matches!(hint, Hint::Changed { .. }))
    {
        crate::faults::after_write().await;
    }
    for event in &after.events {
        deps.hub.put(event);
    }
    for hint in &after.hints {
        deps.hub.ring(hint);
    }
    for (counter, label, value) in after.counts {
        metrics::counter!(counter, label => value).increment(1);
    }
}

/// No code panics while it holds one of these locks, so that what is behind it is always whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
