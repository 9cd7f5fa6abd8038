//! One command, one transaction: write, emit, commit, then ring.
//!
//! 1. Begin a transaction that writes.
//! 2. Do the work, which collects the hints of what it changed ([`Tx::ring`]).
//! 3. Commit. What a serialization failure, a deadlock or a busy file undid is done again, at most
//!    three times.
//! 4. Only then ring: whoever hears a hint finds what it is about.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::DatabaseTransaction;

use super::Deps;
use crate::error::{Error, Result};
use crate::events::hint::Hint;
use crate::store;

const REPEATS: u32 = 3;
const PAUSE_BEFORE_REPEAT: Duration = Duration::from_millis(20);

/// A transaction, with the hints that it rings once it is committed.
#[derive(Debug)]
pub struct Tx {
    db: DatabaseTransaction,
    hints: Mutex<Vec<Hint>>,
    counts: Mutex<Vec<Count>>,
}

/// Something that metrics count: the counter, and a label with its value.
pub type Count = (&'static str, &'static str, &'static str);

impl Tx {
    /// Rings `hint` after the commit.
    pub fn ring(&self, hint: Hint) {
        let mut hints = locked(&self.hints);
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }

    /// Counts after the commit.
    pub fn count(&self, count: Count) {
        locked(&self.counts).push(count);
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.db
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
    let mut repeats = 0;
    loop {
        match attempt(deps, &work).await {
            Err(error) if repeats < REPEATS && store::is_repeatable(&error) => {
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

async fn attempt<T, W, F>(deps: &Deps, work: &W) -> Result<T>
where
    W: Fn(Arc<Tx>) -> F,
    F: Future<Output = Result<T>>,
{
    let tx = Arc::new(Tx {
        db: deps.store.transaction().await?,
        hints: Mutex::default(),
        counts: Mutex::default(),
    });
    let outcome = work(Arc::clone(&tx)).await;
    let Tx { db, hints, counts } =
        Arc::into_inner(tx).ok_or_else(|| Error::internal("a transaction outlived its work"))?;
    match outcome {
        Ok(value) => {
            deps.store.commit(db).await?;
            #[cfg(feature = "faults")]
            if locked(&hints)
                .iter()
                .any(|hint| matches!(hint, Hint::Changed { .. }))
            {
                crate::faults::after_write().await;
            }
            for hint in &*locked(&hints) {
                deps.hub.ring(hint);
            }
            for (counter, label, value) in &*locked(&counts) {
                metrics::counter!(*counter, *label => *value).increment(1);
            }
            Ok(value)
        }
        Err(error) => {
            // The connection rolls back anyway when it returns to its pool.
            let _ = db.rollback().await;
            Err(error)
        }
    }
}

/// No code panics while it holds one of these locks, so that what is behind it is always whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
